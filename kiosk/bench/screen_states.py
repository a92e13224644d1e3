"""Every state of the resident's page as a snapshot, named."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from kiosk.core.announcement import HANZI_MAX, LETTERS_MAX, Announcement
from kiosk.core.faults import Fault
from kiosk.core.messages import Show
from kiosk.core.messages_screen import Hint
from kiosk.core.wording import DWELL_S, STAY_S, Page
from kiosk.ports import ActiveFault, Announced, Snapshot, SyncStatus
from kiosk.timing import ClockState, Stamp

BOOT = "00000000-0000-4000-8000-000000000001"
UTC_NOW = datetime(2027, 1, 5, 6, 5, tzinfo=UTC)  # 14:05 at the gate
NOW_S = 1000.0
LONGEST_GATE = "和平东路北里社区第十二号楼西南侧地下车库人行出入口"[:24]
LONGEST_PHONE = "+86 (0451) 8888 6666-123"
LONGEST_ZH = ("明天上午九点在北门口发口罩，每户一包，请戴好口罩。" * 3)[:HANZI_MAX]
LONGEST_EN = ("Masks are handed out at the north gate at nine, one each. " * 4)[:LETTERS_MAX]
_TIMED = (Page.NOT_YET, Page.WARM_UP, Page.VISITOR_OK)

State = tuple[str, Snapshot]


def states() -> Iterator[State]:
    """Yield each state that can occur, as seen at an attended gate."""
    for page in Page:
        if page is not Page.ANNOUNCE:  # that is an idle gate with a notice
            yield page.value, snapshot(page)
    until_ms = int(UTC_NOW.timestamp() * 1000) + 3_600_000
    notice = Announcement(b"notice-1", LONGEST_ZH, LONGEST_EN, "社区居委会", 0, until_ms)
    told = Announced(notice, 1, 3, NOW_S + notice.shown_s)
    yield "announce", replace(snapshot(Page.IDLE), announced=told)
    for page in _TIMED:
        yield f"{page.value} until", snapshot(page, when_s=int(UTC_NOW.timestamp()) + 86_400)
    for hint in Hint:
        yield f"qr_hard {hint.value}", snapshot(Page.QR_HARD, hint=hint)
    lost = ActiveFault(Fault.THERMOMETER_LOST, stamp(), "")
    yield "idle by hand", replace(snapshot(Page.IDLE), faults=(lost,))
    called = replace(snapshot(Page.IDLE), help_since=stamp())
    yield "idle called", called
    yield "idle called unattended", replace(called, staff=None)
    for page in (Page.HOLD, Page.HELP):
        yield f"{page.value} unattended", replace(snapshot(page), staff=None)


def snapshot(page: Page, *, when_s: int | None = None, hint: Hint | None = None) -> Snapshot:
    """Return a page that has just come on, at a gate with somebody on duty."""
    dwell_s = DWELL_S[page]
    until_s = NOW_S + dwell_s if dwell_s < STAY_S else None
    show = Show(page, NOW_S, until_s, when_s=when_s, hint=hint)
    issued_s = int(UTC_NOW.timestamp())
    return Snapshot(stamp(), show, (), (), SyncStatus(0, 990.0), issued_s, staff="li")


def stamp() -> Stamp:
    """Return the instant at which all of them are seen."""
    return Stamp(NOW_S, UTC_NOW, BOOT, ClockState.TRUSTED)
