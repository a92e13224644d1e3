"""Issues the passes of the demo's people, the good ones and the others."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.words import PassKind
from kiosk.passes import base45
from kiosk.passes.claims import Claims
from kiosk.passes.issue import issue, issue_credential, new_cti
from kiosk.passes.phone import make_proof
from kiosk.passes.text import PREFIX
from kiosk.runtime.demo_cast import revoked_of
from kiosk.runtime.demo_children import run_command
from kiosk.runtime.demo_site import COMMUNITY, DAY_S, EXPIRED_TO, Site
from kiosk.simulate.town import Person, Resident, Shows, Story, Town

VALID_DAYS = 300
EXPIRED_FROM = datetime(2026, 2, 1, tzinfo=UTC)


class PassDesk:
    """Issues each person of the script their pass; some show one that is somebody else's."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._texts: dict[int, str] = {}
        self._phones: dict[int, Phone] = {}
        self.ctis: dict[int, bytes] = {}

    def pass_of(self, person: Person) -> str:
        """Return the text that a person shows: a live phone's is drawn anew whenever asked."""
        number = person.number if person.same_as is None else person.same_as
        if number not in self.ctis:
            self._issue(number, person)
        if person.shows is Shows.LIVE_PHONE:
            self._texts[number] = self._phones[number].draw()
        return self._texts[number]

    def hand_out(self, number: int, text: str) -> None:
        """Let person `number` show `text`, which nobody here issued."""
        self._texts[number], self.ctis[number] = text, b""

    def revoke(self, people: Iterable[Person]) -> None:
        """Take these people's passes back at central, as the office does."""
        ctis = []
        for person in people:
            self.pass_of(person)
            ctis.append(self.ctis[person.number].hex())
        if ctis:
            why = ("--reason", "lost", "--by", "demo")
            run_command("central", "revoke", *ctis, *why, "--state", str(self._site.central))

    def isolate(self, sub: str) -> None:
        """Order a household to stay in, as the office does."""
        at_central = ("--days", "14", "--by", "demo", "--state", str(self._site.central))
        run_command("central", "orders", "isolate", sub, *at_central)

    def revoke_cast(self, town: Town) -> None:
        """Take back a pass of everybody whom a visitor may be, before the day begins."""
        self.revoke(revoked_of(town))

    def _issue(self, number: int, person: Person) -> None:
        cti = self.ctis[number] = new_cti()
        claims = self._claims(person.resident, person.story, cti)
        if person.shows is Shows.LIVE_PHONE:
            self._phones[number] = Phone(claims, self._site.issuer)
            return
        text = issue(claims, self._site.issuer)
        self._texts[number] = forge(text) if person.story is Story.FORGED else text

    def _claims(self, resident: Resident, story: Story, cti: bytes) -> Claims:
        from_s, to_s = self._site.now_s - DAY_S, self._site.now_s + VALID_DAYS * DAY_S
        if story is Story.EXPIRED:
            from_s, to_s = int(EXPIRED_FROM.timestamp()), int(EXPIRED_TO.timestamp())
        return Claims(
            iss=COMMUNITY,
            sub=resident.sub,
            exp_s=to_s,
            nbf_s=from_s,
            cti=cti,
            kind=PassKind.RESIDENT,
            grid=resident.grid,
            label=resident.label,
        )


class Phone:
    """A resident's phone with a key of its own and the credential made for it."""

    def __init__(self, claims: Claims, issuer: Ed25519PrivateKey) -> None:
        self._key = Ed25519PrivateKey.generate()
        public = self._key.public_key().public_bytes_raw()
        claims = replace(claims, kind=PassKind.PHONE, holder=public)
        self._credential = issue_credential(claims, issuer)

    def draw(self) -> str:
        """Return the pass as the phone shows it now."""
        now_s = int(datetime.now(UTC).timestamp())
        return make_proof(self._credential, self._key, iat_s=now_s)


def forge(text: str) -> str:
    """Return the text with one bit of its signature turned: everything else is genuine."""
    message = bytearray(base45.decode(text.removeprefix(PREFIX)) or b"")
    message[-1] ^= 1
    return PREFIX + base45.encode(bytes(message))
