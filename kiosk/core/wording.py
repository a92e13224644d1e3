"""From a decision to the page that tells it: catalogue key, dwell. Words are in catalogues.

Source of keys and dwell: the community's wording table. "Until change" pages are ended by
the next person's pass, or after `STAY_S`.
"""

from enum import Enum
from typing import assert_never

from kiosk.core.words import (
    Decision,
    Denied,
    Direction,
    Granted,
    Reason,
    Referred,
    Refusal,
)

STAY_S = 60.0  # chosen: a page "until change" gives way to the instruction after a minute


class Page(Enum):
    """What the resident's screen shows; the value is the key in the catalogues."""

    STARTING = "starting"
    IDLE = "idle"
    SEEN = "seen"
    LOOK_TEMP = "look_temp"
    AGAIN = "again"
    NO_TEMP = "no_temp"
    STAFF_MEASURES = "staff_measures"
    WARM_UP = "warm_up"
    ON_DUTY = "on_duty"
    PASS_OUT = "pass_out"
    PASS_IN = "pass_in"
    PASS_LAST = "pass_last"
    VISITOR_OK = "visitor_ok"
    VISITOR_NEW = "visitor_new"
    OVERRIDE = "override"
    SUPPLIES = "supplies"
    QUOTA = "quota"
    CURFEW = "curfew"
    SECOND_SCAN = "second_scan"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    FORGED = "forged"
    HOLD = "hold"
    FEVER = "fever"
    TEMP_LOW = "temp_low"
    TOO_COLD = "too_cold"
    THERM_DOWN = "therm_down"
    CAM_COVERED = "cam_covered"
    QR_HARD = "qr_hard"
    HELP = "help"
    FORGOT = "forgot"
    VISITOR_WAIT = "visitor_wait"
    VEHICLE = "vehicle"
    STAFF_SIGNIN = "staff_signin"
    ANNOUNCE = "announce"


DWELL_S: dict[Page, float] = {
    Page.STARTING: STAY_S,
    Page.IDLE: STAY_S,
    Page.SEEN: STAY_S,
    Page.LOOK_TEMP: STAY_S,
    Page.AGAIN: STAY_S,
    Page.NO_TEMP: STAY_S,
    Page.STAFF_MEASURES: STAY_S,
    Page.WARM_UP: 9.0,
    Page.ON_DUTY: 4.0,
    Page.PASS_OUT: 4.0,
    Page.PASS_IN: 4.0,
    Page.PASS_LAST: 6.0,
    Page.VISITOR_OK: 4.0,
    Page.VISITOR_NEW: 8.0,
    Page.OVERRIDE: 4.0,
    Page.SUPPLIES: 4.0,
    Page.QUOTA: 8.0,
    Page.CURFEW: 8.0,
    Page.SECOND_SCAN: 5.0,
    Page.EXPIRED: 7.0,
    Page.NOT_YET: 7.0,
    Page.REVOKED: STAY_S,
    Page.UNKNOWN: 9.0,
    Page.FORGED: STAY_S,
    Page.HOLD: STAY_S,
    Page.FEVER: STAY_S,
    Page.TEMP_LOW: 7.0,
    Page.TOO_COLD: 8.0,
    Page.THERM_DOWN: 8.0,
    Page.CAM_COVERED: STAY_S,
    Page.QR_HARD: 8.0,
    Page.HELP: 10.0,
    Page.FORGOT: 8.0,
    Page.VISITOR_WAIT: STAY_S,
    Page.VEHICLE: 8.0,
    Page.STAFF_SIGNIN: STAY_S,
    Page.ANNOUNCE: 12.0,  # at least: a long one stays longer
}

# Bystanders cannot tell these apart: same words, colour, shape and sound.
ONE_MOMENT = frozenset({Page.HOLD, Page.REVOKED, Page.FORGED})

_REFUSAL_PAGES = {
    Refusal.SIG: Page.FORGED,
    Refusal.HOLDER_KEY: Page.FORGED,
    Refusal.HOLDER_SIG: Page.FORGED,
    Refusal.REVOKED: Page.REVOKED,
    Refusal.EXPIRED: Page.EXPIRED,
    Refusal.NOT_YET: Page.NOT_YET,
    Refusal.INTERNAL: Page.HOLD,
}
_REASON_PAGES = {
    Reason.ELEVATED: Page.FEVER,
    Reason.BORDERLINE: Page.FEVER,
    Reason.INCONSISTENT: Page.FEVER,
    Reason.COLD_SKIN: Page.TEMP_LOW,
    Reason.TOO_COLD: Page.TOO_COLD,
    Reason.WARMING_UP: Page.WARM_UP,
    Reason.NOT_TYPED: Page.HOLD,
    Reason.NO_VALID_READING: Page.HOLD,  # not "too cold": nobody knows why
    Reason.THERMOMETER: Page.THERM_DOWN,
    Reason.INTERRUPTED: Page.HOLD,
    Reason.CLOCK: Page.HOLD,
    Reason.PASSBACK: Page.HOLD,
    Reason.LIST_STALE: Page.HOLD,
    Reason.BLANK_CARD: Page.HOLD,
    Reason.CARD_CANCELLED: Page.HOLD,
    Reason.ISOLATION: Page.HOLD,  # as any "one moment": the reason is for staff alone
    Reason.QUOTA: Page.QUOTA,
    Reason.HOURS: Page.CURFEW,
    Reason.ALREADY_OUT: Page.HOLD,
    Reason.NOT_ON_REGISTER: Page.HOLD,
    Reason.REGISTER_STALE: Page.HOLD,
    Reason.NO_VISIT: Page.VISITOR_NEW,
    Reason.CARD_LENT: Page.VISITOR_NEW,
    Reason.NO_VISITORS: Page.HOLD,
    Reason.NO_APPOINTMENT: Page.VISITOR_NEW,
    Reason.NO_HOST: Page.VISITOR_NEW,
    Reason.OVERSTAY: Page.HOLD,
    Reason.VEHICLE: Page.HOLD,
    Reason.STORAGE: Page.HOLD,
    Reason.HELD: Page.HOLD,
}


def page_of(decision: Decision, direction: Direction) -> Page:
    """Return the page that tells a decision."""
    match decision:
        case Granted():
            return Page.PASS_IN if direction is Direction.IN else Page.PASS_OUT
        case Referred(reason) | Denied(reason):
            return page_of_reason(reason)
        case _:
            assert_never(decision)


def page_of_reason(reason: Reason | Refusal) -> Page:
    """Return the page for a refusal of a pass or a reason of the rules."""
    if isinstance(reason, Refusal):
        return _REFUSAL_PAGES.get(reason, Page.UNKNOWN)
    return _REASON_PAGES[reason]
