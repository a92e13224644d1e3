"""Pass + lists + Stamp -> Credential | Refused: what may be believed of a shown code.

The order of the checks is fixed and the first refusal wins: form (`passes.text`), key,
signature, and only then a parser: strict CBOR, claims, label, kind, issuer, the key's
window; a phone's proof; the dates; revocation. Whether the pass has just come in (step 18)
is asked of the rules, which know its last passage.
"""

from dataclasses import dataclass, field

from kiosk.core.words_pass import Credential, PassWarning, Refusal, Refused
from kiosk.passes import phone
from kiosk.passes.claims import (
    Claims,
    check_kind,
    check_label,
    decode_claims,
    decode_credential,
    stock_number,
)
from kiosk.passes.cose import to_be_signed, verify_signature
from kiosk.passes.lists import Lists
from kiosk.passes.strict import UNFORESEEN
from kiosk.passes.text import Pass, read_pass, ref_of
from kiosk.passes.trust import KeyStatus, TrustedKey
from kiosk.timing import ClockState, Stamp


@dataclass(frozen=True, slots=True)
class Checked:
    """What a text is worth, and what opens its holder's display record.

    `signature` is the issuer's, empty where it is not worth anything: never kept, never
    logged.
    """

    outcome: Credential | Refused
    signature: bytes = field(default=b"", repr=False)


def verify_text(
    text: str, lists: Lists, at: Stamp, proofs: phone.Proofs | None = None
) -> Credential | Refused:
    """Return what the text of a code is worth at `at`. Without a trust list no key is known."""
    return check(text, lists, at, proofs).outcome


def check(text: str, lists: Lists, at: Stamp, proofs: phone.Proofs | None = None) -> Checked:
    """Return what the text of a code is worth at `at`.

    `proofs` are those that were taken before; without them none was. What fails in a way
    that nobody foresaw is refused as INTERNAL: staff decide, and the gate goes on.
    """
    try:
        shown = read_pass(text)
        if isinstance(shown, Refusal):
            return Checked(Refused(shown, ref_of(text)))
        outcome = verify(shown, lists, at, proofs)
    except UNFORESEEN:
        return Checked(Refused(Refusal.INTERNAL, ref_of(text)))
    if isinstance(outcome, Refused):
        return Checked(outcome)
    return Checked(outcome, shown.signature)


def verify(
    shown: Pass, lists: Lists, at: Stamp, proofs: phone.Proofs | None = None
) -> Credential | Refused:
    """Return the credential of a pass, or the first reason why it is none."""
    key = find_key(shown.kid, lists)
    if isinstance(key, Refusal):
        return Refused(key, shown.ref)
    claims = believe(shown, key, lists)
    if isinstance(claims, Refusal):
        return Refused(claims, shown.ref)
    if reason := check_label(claims.label):
        return Refused(reason, claims.cti, claims.sub)
    reason = (
        check_kind(claims)
        or check_issuer(claims, key)
        or check_holder(claims, shown.proof)
        or check_proof(claims, shown.proof, at, proofs)
        or check_dates(claims, at)
        or check_revoked(claims, lists)
    )
    if reason is not None:
        return Refused(reason, claims.cti, claims.sub, claims.label, _when_s(claims, reason))
    return _credential(claims, shown, lists, at)


def believe(shown: Pass, key: TrustedKey, lists: Lists) -> Claims | Refusal:
    """Steps 8 to 10: return what the holder of `key` said in this pass."""
    if not is_genuine(shown, key):
        return Refusal.SIG
    if reason := check_allowed(shown, key, lists):
        return reason
    decode = decode_claims if shown.proof is None else decode_credential
    return decode(shown.payload)


def find_key(kid: bytes, lists: Lists) -> TrustedKey | Refusal:
    """Step 7: return the key a pass names, if the trust list has it and it may still count.

    One that was burnt counts for the passes of its allow-list alone.
    """
    key = lists.trust.keys.get(kid) if lists.trust else None
    if key is None:
        return Refusal.KID
    is_burnt = key.status is KeyStatus.COMPROMISED
    return Refusal.KEY_RETIRED if is_burnt and kid not in lists.allowed else key


def is_genuine(shown: Pass, key: TrustedKey) -> bool:
    """Step 8: return whether `key` signed the pass."""
    signed = to_be_signed(shown.protected, shown.payload)
    return verify_signature(key.public, signed, shown.signature)


def check_allowed(shown: Pass, key: TrustedKey, lists: Lists) -> Refusal | None:
    """Step 8, of a burnt key: who holds it signs what he likes, but not what was issued."""
    if key.status is not KeyStatus.COMPROMISED:
        return None
    return None if lists.allowed[key.kid].holds(shown.payload) else Refusal.KEY_RETIRED


def check_issuer(claims: Claims, key: TrustedKey) -> Refusal | None:
    """Step 13: the key signs for this community, and was in use when the pass began."""
    if claims.iss != key.iss:
        return Refusal.ISS
    is_inside = key.from_s <= claims.nbf_s <= key.to_s
    return None if is_inside else Refusal.KEY_WINDOW


def check_holder(claims: Claims, proof: phone.Proof | None) -> Refusal | None:
    """Step 14: the phone that draws the code holds the key that the credential names."""
    if proof is None:
        return None
    if not phone.is_usable_key(claims.holder):
        return Refusal.HOLDER_KEY
    return None if phone.is_signed(proof, claims.holder) else Refusal.HOLDER_SIG


def check_proof(
    claims: Claims, proof: phone.Proof | None, at: Stamp, proofs: phone.Proofs | None
) -> Refusal | None:
    """Step 15: the code was drawn just now, after every other one of this pass.

    An unsure clock cannot judge the first: the pass is then marked, and staff look.
    """
    if proof is None:
        return None
    away_s = abs(at.utc.timestamp() - proof.iat_s)
    is_judged = at.clock is not ClockState.UNSURE
    alone_s = at.since_set_s if at.clock is ClockState.HOLDOVER else 0.0
    if is_judged and away_s > phone.window_s(alone_s):
        return Refusal.PROOF_TIME
    is_new = proofs is None or proofs.is_new(claims.cti, proof.iat_s)
    return None if is_new else Refusal.PROOF_REPLAY


def check_dates(claims: Claims, at: Stamp) -> Refusal | None:
    """Step 16: return NOT_YET or EXPIRED where the clock can tell.

    An unsure clock stands at its floor: what has ended by then has ended for certain, but
    whether something has begun cannot be judged.
    """
    now_s = at.utc.timestamp()
    if now_s < claims.nbf_s and at.clock is not ClockState.UNSURE:
        return Refusal.NOT_YET
    return Refusal.EXPIRED if now_s >= claims.exp_s else None


def check_revoked(claims: Claims, lists: Lists) -> Refusal | None:
    """Step 17: the pass is not on the list of those taken back."""
    is_revoked = lists.revoked is not None and claims.cti in lists.revoked
    return Refusal.REVOKED if is_revoked else None


def _when_s(claims: Claims, reason: Refusal) -> int | None:
    """Return the date that belongs to a refusal, UTC seconds."""
    dates = {Refusal.EXPIRED: claims.exp_s, Refusal.NOT_YET: claims.nbf_s}
    return dates.get(reason)


def _credential(claims: Claims, shown: Pass, lists: Lists, at: Stamp) -> Credential:
    warnings = []
    if at.clock is ClockState.UNSURE:
        warnings.append(PassWarning.TIME_UNSURE)
    elif lists.revoked is not None and at.utc.timestamp() > lists.revoked.next_s:
        warnings.append(PassWarning.LIST_STALE)
    return Credential(
        cti=claims.cti,
        sub=claims.sub,
        iss=claims.iss,
        kind=claims.kind,
        grid=claims.grid,
        label=claims.label,
        exp_s=claims.exp_s,
        warnings=tuple(warnings),
        card_no=stock_number(claims.sub),
        proof_s=shown.proof.iat_s if shown.proof is not None else None,
    )
