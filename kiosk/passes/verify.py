"""Pass + TrustList + Stamp -> Credential | Refused: what may be believed of a shown code.

The order of the checks is fixed and the first refusal wins: form (`passes.text`), key,
signature, and only then a parser: strict CBOR, claims, label, kind, issuer, the key's
window, the dates. Revocation does not exist yet.
"""

from kiosk.core.words import Credential, PassWarning, Refusal, Refused
from kiosk.passes.claims import Claims, check_kind, check_label, decode_claims
from kiosk.passes.cose import to_be_signed, verify_signature
from kiosk.passes.text import Pass, read_pass, ref_of
from kiosk.passes.trust import KeyStatus, TrustedKey, TrustList
from kiosk.timing import ClockState, Stamp


def verify_text(text: str, trust: TrustList | None, at: Stamp) -> Credential | Refused:
    """Return what the text of a code is worth at `at`. Without a trust list no key is known."""
    shown = read_pass(text)
    if isinstance(shown, Refusal):
        return Refused(shown, ref_of(text))
    return verify(shown, trust, at)


def verify(shown: Pass, trust: TrustList | None, at: Stamp) -> Credential | Refused:
    """Return the credential of a pass, or the first reason why it is none."""
    key = find_key(shown.kid, trust)
    if isinstance(key, Refusal):
        return Refused(key, shown.ref)
    if not is_genuine(shown, key):
        return Refused(Refusal.SIG, shown.ref)
    claims = decode_claims(shown.payload)
    if isinstance(claims, Refusal):
        return Refused(claims, shown.ref)
    if reason := check_label(claims.label):
        return Refused(reason, claims.cti, claims.sub)
    if reason := check_kind(claims.kind) or check_issuer(claims, key):
        return Refused(reason, claims.cti, claims.sub, claims.label)
    return _verify_dates(claims, at)


def find_key(kid: bytes, trust: TrustList | None) -> TrustedKey | Refusal:
    """Step 7: return the key a pass names, if the trust list has it and still trusts it."""
    key = trust.keys.get(kid) if trust else None
    if key is None:
        return Refusal.KID
    return Refusal.KEY_RETIRED if key.status is KeyStatus.COMPROMISED else key


def is_genuine(shown: Pass, key: TrustedKey) -> bool:
    """Step 8: return whether `key` signed the pass."""
    signed = to_be_signed(shown.protected, shown.payload)
    return verify_signature(key.public, signed, shown.signature)


def check_issuer(claims: Claims, key: TrustedKey) -> Refusal | None:
    """Step 13: the key signs for this community, and was in use when the pass began."""
    if claims.iss != key.iss:
        return Refusal.ISS
    is_inside = key.from_s <= claims.nbf_s <= key.to_s
    return None if is_inside else Refusal.KEY_WINDOW


def check_dates(claims: Claims, at: Stamp) -> Refusal | None:
    """Step 16: return NOT_YET or EXPIRED where the clock can tell.

    An unsure clock stands at its floor: what has ended by then has ended for certain, but
    whether something has begun cannot be judged.
    """
    now_s = at.utc.timestamp()
    if now_s < claims.nbf_s and at.clock is not ClockState.UNSURE:
        return Refusal.NOT_YET
    return Refusal.EXPIRED if now_s >= claims.exp_s else None


def _verify_dates(claims: Claims, at: Stamp) -> Credential | Refused:
    if reason := check_dates(claims, at):
        when_s = claims.exp_s if reason is Refusal.EXPIRED else claims.nbf_s
        return Refused(reason, claims.cti, claims.sub, claims.label, when_s)
    is_unsure = at.clock is ClockState.UNSURE
    return Credential(
        cti=claims.cti,
        sub=claims.sub,
        iss=claims.iss,
        kind=claims.kind,
        grid=claims.grid,
        label=claims.label,
        exp_s=claims.exp_s,
        warnings=(PassWarning.TIME_UNSURE,) if is_unsure else (),
    )
