"""An issuer with its trust list and passes of its own, for one run of a bench."""

from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from kiosk.core.words import PassKind, Refusal, Refused
from kiosk.errors import MessageError
from kiosk.passes import base45, cose
from kiosk.passes.claims import Claims
from kiosk.passes.issue import issue, issue_credential, new_cti
from kiosk.passes.lists import Lists
from kiosk.passes.phone import make_proof
from kiosk.passes.text import PREFIX, read_pass
from kiosk.passes.trust import TrustList, make_key, make_trust, read_trust
from kiosk.passes.verify import verify_text
from kiosk.timing import ClockState, Stamp, SystemClock

DAY_S = 86_400


class Office:
    """An issuer, its trust list and passes of its own, for one run."""

    def __init__(self) -> None:
        now = SystemClock().now()
        self.at = Stamp(now.mono_s, now.utc, now.boot_id, ClockState.TRUSTED)
        self.now_s = int(self.at.utc.timestamp())
        self.issuer, root = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        self.public = self.issuer.public_key().public_bytes_raw()
        from_s, to_s = self.now_s - DAY_S, self.now_s + DAY_S
        key = make_key(self.public, iss="bench", from_s=from_s, to_s=to_s)
        trust = make_trust([key], community="bench", seq=1, issued_s=self.now_s, root=root)
        read = read_trust(trust, root.public_key().public_bytes_raw())
        self.lists = Lists(read if isinstance(read, TrustList) else None)

    def claims(self, kind: PassKind = PassKind.RESIDENT, holder: bytes = b"") -> Claims:
        """Return the claims of somebody."""
        ends_s = self.now_s + 30 * DAY_S
        return Claims(
            "bench", "KX3M2P7Q", self.now_s, ends_s, new_cti(), kind, 7, "张*明", holder
        )

    def paper(self) -> str:
        """Return the text of a paper pass."""
        return issue(self.claims(), self.issuer)

    def phone(self) -> str:
        """Return the text that a phone shows now."""
        holder = Ed25519PrivateKey.generate()
        claims = self.claims(PassKind.PHONE, holder.public_key().public_bytes_raw())
        return make_proof(issue_credential(claims, self.issuer), holder, iat_s=self.now_s)

    def outcome(self, text: str) -> str:
        """Return OK, or the code of the refusal."""
        outcome = verify_text(text, self.lists, self.at)
        return outcome.reason.value if isinstance(outcome, Refused) else "OK"

    def bare(self, text: str) -> Callable[[], object]:
        """Return base45 and one signature check, as short as they can be written."""
        shown = read_pass(text)
        if isinstance(shown, Refusal):
            raise MessageError("the bench's own pass has no form")
        signed = cose.to_be_signed(shown.protected, shown.payload)
        body, public = text.removeprefix(PREFIX), self.public

        def check() -> object:
            message = base45.decode(body) or b""
            try:
                return Ed25519PublicKey.from_public_bytes(public).verify(message[-64:], signed)
            except InvalidSignature:
                return None

        return check
