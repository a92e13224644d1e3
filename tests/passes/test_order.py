"""Of several things that are wrong with a pass the first in the order of the steps is told."""

from kiosk.core.words import Refused
from kiosk.passes import cose
from kiosk.passes.lists import Lists
from kiosk.passes.revocation import Revocations
from kiosk.passes.verify import verify_text
from kiosk.timing import Stamp
from tests.passes.making import (
    CTI,
    EXP_S,
    ISSUER_KEY,
    NBF_S,
    NOW,
    OTHER,
    TRUST,
    payload_of,
    signed,
    stamp,
    text_of,
)

REVOKED = Lists(TRUST, Revocations("lanyuan", 1, NBF_S, EXP_S, CTI))
ENDED = stamp(EXP_S)
LATE = NBF_S + 86_401  # after the window in which its key signed


def code(text: str, at: Stamp = ENDED) -> str:
    outcome = verify_text(text, REVOKED, at)
    return outcome.reason.value if isinstance(outcome, Refused) else "OK"


def test_the_first_refusal_wins_over_all_that_follow() -> None:
    worst = payload_of(iss="nanyuan", nbf=LATE, gate=[2, 7, "<b>"], extra=1)
    by_other = cose.sign(worst, OTHER)
    as_ours = by_other[:8] + ISSUER_KEY.kid + by_other[12:]
    shown = [
        code(text_of(by_other)),
        code(text_of(as_ours)),
        code(signed(worst + b"\0")),
        code(signed(worst)),
        code(signed(payload_of(iss="nanyuan", nbf=LATE, gate=[2, 7, "<b>"]))),
        code(signed(payload_of(iss="nanyuan", nbf=LATE, gate=[2, 7, "张*明"]))),
        code(signed(payload_of(iss="nanyuan", nbf=LATE))),
        code(signed(payload_of(nbf=LATE))),
        code(signed(payload_of())),
        code(signed(payload_of()), NOW),
    ]
    assert shown == [
        "E_KID",
        "E_SIG",
        "E_CBOR",
        "E_CLAIMS",
        "E_LABEL",
        "E_KIND",
        "E_ISS",
        "E_KEY_WINDOW",
        "E_EXPIRED",
        "E_REVOKED",
    ]
