"""Passes and trust lists made by hand, right and wrong, below the rules that `issue` keeps."""

from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.words import Credential, PassKind, Refused
from kiosk.passes import base45, cose
from kiosk.passes.claims import Claims
from kiosk.passes.lists import Lists
from kiosk.passes.trust import TrustedKey, TrustList, make_key, make_trust, read_trust
from kiosk.passes.verify import verify_text
from kiosk.timing import ClockState, ManualClock, Stamp

ISSUER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ISSUER_PUBLIC = ISSUER.public_key().public_bytes_raw()
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
ROOT = Ed25519PrivateKey.from_private_bytes(b"r" * 32)
ROOT_PUBLIC = ROOT.public_key().public_bytes_raw()

NBF_S, EXP_S = 0x6AFD86C0, 0x6B742DC0
CTI = bytes.fromhex("a1b2c3d4e5f60718")
CLAIMS = Claims("lanyuan", "KX3M2P7Q", NBF_S, EXP_S, CTI, PassKind.RESIDENT, 7, "张*明")
TREE: dict[Any, Any] = {
    1: "lanyuan",
    2: "KX3M2P7Q",
    4: EXP_S,
    5: NBF_S,
    7: CTI,
    -65537: [1, 7, "张*明"],
}
VECTOR = (
    "GP1:RRQ+D9 60CO0/2O5VS8CKTI7:70PVDL/DY$E$+DE8DY6B7Y9F6A+AADF3-UEHCOCF3C2WJCO889/QM6-QS4V"
    "$23100000CPG5.0.1T7BK$6TZ:H68809V:G5MQBIDQI$F9XJD16.BFOQHI5KT01 $RTYFH.P/E2 CKG2S$B4$KFV"
    "N4S3K1LH+$JLPOX:47KM%W1:+A0:67QJD0200"
)
VECTOR_BYTES = bytes.fromhex(
    "d28449a201320444be5de2f4a0583aa601676c616e7975616e02684b58334d32503751041a6b742dc0051a6af"
    "d86c00748a1b2c3d4e5f607183a0001000083010767e5bca02ae6988e5840b6f6cc2a895babd0057d3a9c212f"
    "b078c08b239f270806dc387cbecd341273a074dde621b87a5023ce9ed78a2b9cf4c2522781b1910daf564e373"
    "29ae40fdf00"
)


def stamp(utc_s: float, state: ClockState = ClockState.TRUSTED) -> Stamp:
    clock = ManualClock(state=state)
    return clock.advance(utc_s - clock.now().utc.timestamp())


NOW = stamp(NBF_S + 86_400)
ISSUER_KEY = make_key(ISSUER_PUBLIC, iss="lanyuan", from_s=NBF_S - 1, to_s=NBF_S + 86_400)


def trust_of(*keys: TrustedKey, seq: int = 1) -> TrustList:
    message = make_trust(keys, community="lanyuan", seq=seq, issued_s=NBF_S, root=ROOT)
    trust = read_trust(message, ROOT_PUBLIC)
    assert isinstance(trust, TrustList), trust
    return trust


TRUST = trust_of(ISSUER_KEY)


def text_of(message: bytes) -> str:
    return "GP1:" + base45.encode(message)


def signed(payload: bytes, key: Ed25519PrivateKey = ISSUER) -> str:
    """A pass with any payload at all, truly signed."""
    return text_of(cose.sign(payload, key))


def payload_of(**changes: Any) -> bytes:
    """The claims of the vector with some changed; None takes one away."""
    names = {"iss": 1, "sub": 2, "exp": 4, "nbf": 5, "cti": 7, "gate": -65537, "extra": 9}
    tree = dict(TREE)
    for name, value in changes.items():
        tree[names[name]] = value
        if value is None:
            del tree[names[name]]
    return cbor2.dumps(tree, canonical=True)


def labelled(label: Any) -> bytes:
    return payload_of(gate=[1, 7, label])


def outcome(text: str, *, trust: TrustList | None = TRUST, at: Stamp = NOW) -> str:
    """`OK`, or the code of the refusal."""
    result: Credential | Refused = verify_text(text, Lists(trust), at)
    return result.reason.value if isinstance(result, Refused) else "OK"


def issued_duty_card() -> tuple[str, bytes, bytes]:
    """The text of a duty card, its id and the issuer's signature on it."""
    text = signed(payload_of(gate=[3, 7, "李*"], cti=b"dutycard"))
    return text, b"dutycard", (base45.decode(text[4:]) or b"")[-cose.SIGNATURE_BYTES :]
