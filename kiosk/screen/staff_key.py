"""Numbers for reasons: the one screen shows a number, and a laminated key at the desk says why.

A number says nothing to a queue. Keys hang in gatehouses, so a number is never given to
another reason: new ones are added, and those of reasons that are gone stay empty.
The tens say what it is about: 1x temperature, 2x the machine or a colleague, 3x the rules,
4x visitors and vehicles, 5x to 7x the pass.
"""

from kiosk.core.words import Entry, Granted, Reason, Refusal

MEASURE = 10  # no reason: staff are asked to measure

NUMBERS: dict[Reason | Refusal, int] = {
    Reason.ELEVATED: 11,
    Reason.BORDERLINE: 12,
    Reason.INCONSISTENT: 13,
    Reason.COLD_SKIN: 14,
    Reason.TOO_COLD: 15,
    Reason.WARMING_UP: 16,
    Reason.NOT_TYPED: 17,
    Reason.NO_VALID_READING: 18,
    Reason.THERMOMETER: 19,
    Reason.HELD: 20,
    Reason.INTERRUPTED: 21,
    Reason.CLOCK: 22,
    Reason.STORAGE: 23,
    Reason.LIST_STALE: 24,
    Reason.REGISTER_STALE: 25,
    Reason.ISOLATION: 30,
    Reason.QUOTA: 31,
    Reason.HOURS: 32,
    Reason.PASSBACK: 33,
    Reason.ALREADY_OUT: 34,
    Reason.NOT_ON_REGISTER: 35,
    Reason.BLANK_CARD: 40,
    Reason.CARD_CANCELLED: 41,
    Reason.NO_VISIT: 42,
    Reason.NO_VISITORS: 43,
    Reason.NO_APPOINTMENT: 44,
    Reason.NO_HOST: 45,
    Reason.OVERSTAY: 46,
    Reason.VEHICLE: 47,
    Reason.CARD_LENT: 48,
    Refusal.EXPIRED: 50,
    Refusal.NOT_YET: 51,
    Refusal.REVOKED: 52,
    Refusal.SIG: 53,
    Refusal.PREFIX: 54,
    Refusal.EMPTY: 55,
    Refusal.LENGTH: 56,
    Refusal.BASE45: 57,
    Refusal.ISS: 58,
    Refusal.KIND: 59,
    Refusal.PROFILE: 60,
    Refusal.KID: 61,
    Refusal.KEY_RETIRED: 62,
    Refusal.KEY_WINDOW: 63,
    Refusal.CBOR: 64,
    Refusal.CLAIMS: 65,
    Refusal.LABEL: 66,
    Refusal.HOLDER_KEY: 70,
    Refusal.HOLDER_SIG: 71,
    Refusal.PROOF_TIME: 72,
    Refusal.PROOF_REPLAY: 73,
    Refusal.INTERNAL: 79,
}


def number_of(entry: Entry) -> int | None:
    """Return the number of an entry's reason; None: whoever it is about was let through."""
    if entry.decision is None:
        return MEASURE
    return None if isinstance(entry.decision, Granted) else NUMBERS.get(entry.decision.reason)
