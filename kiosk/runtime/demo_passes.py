"""Issues the passes of the demo's people, the good ones and the others."""

from datetime import UTC, datetime

from kiosk.core.words import PassKind
from kiosk.passes import base45
from kiosk.passes.claims import Claims
from kiosk.passes.issue import issue, new_cti
from kiosk.passes.text import PREFIX
from kiosk.runtime.demo_site import COMMUNITY, DAY_S, EXPIRED_TO, Site
from kiosk.simulate.town import Person, Resident, Story

VALID_DAYS = 300
EXPIRED_FROM = datetime(2026, 2, 1, tzinfo=UTC)


class PassDesk:
    """Issues each person of the script their pass; the second scan shows the first's again."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._texts: dict[int, str] = {}
        self.ctis: dict[int, bytes] = {}

    def pass_of(self, person: Person) -> str:
        """Return the text of a person's pass, the same whenever asked."""
        number = person.number if person.same_as is None else person.same_as
        if number not in self._texts:
            self._texts[number] = self._issue(number, person)
        return self._texts[number]

    def _issue(self, number: int, person: Person) -> str:
        cti = self.ctis[number] = new_cti()
        text = issue(self._claims(person.resident, person.story, cti), self._site.issuer)
        return forge(text) if person.story is Story.FORGED else text

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


def forge(text: str) -> str:
    """Return the text with one bit of its signature turned: everything else is genuine."""
    message = bytearray(base45.decode(text.removeprefix(PREFIX)) or b"")
    message[-1] ^= 1
    return PREFIX + base45.encode(bytes(message))
