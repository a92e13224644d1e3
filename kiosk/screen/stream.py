"""Views as server-sent events: whole views, the newest first of all, a beat every 2 s.

Source: the event stream format of the HTML standard, section 9.2.
"""

import json
from collections.abc import AsyncIterator, Callable

from kiosk.screen.hub import Hub, Posted
from kiosk.screen.view import View
from kiosk.timing import boot_seconds

HEARTBEAT_S = 2.0  # the page gives up after two that did not come
STALE_S = 5.0  # a gate that said nothing for so long does not stand behind its page
RETRY = b"retry: 500\n\n"  # ms; browsers would wait 3 s after a restart

Render = Callable[[Posted], View]


async def event_stream(hub: Hub, render: Render) -> AsyncIterator[bytes]:
    """Yield the view at once, when it changed, and every 2 s, until the hub closes."""
    yield RETRY
    sent: View = {}
    sent_s = -HEARTBEAT_S
    while hub.is_open:
        posted = hub.newest
        view = render(posted)
        if _is_due(view, sent, sent_s):
            yield encode_event(view)
            sent, sent_s = view, boot_seconds()
        await hub.wait(posted.number, max(0.0, sent_s + HEARTBEAT_S - boot_seconds()))


def is_stale(posted: Posted) -> bool:
    """Return whether the main thread has been silent for too long."""
    return boot_seconds() - posted.heard_s > STALE_S


def encode_event(view: View) -> bytes:
    """Return a view as one event. JSON escapes newlines, so it is always one line."""
    text = json.dumps(view, ensure_ascii=False, separators=(",", ":"))
    return b"data: " + text.encode("utf-8") + b"\n\n"


def _is_due(view: View, sent: View, sent_s: float) -> bool:
    """A view that differs in nothing but the time left can wait for the next beat."""
    is_other = {**view, "left_s": None} != {**sent, "left_s": None}
    return is_other or boot_seconds() - sent_s >= HEARTBEAT_S
