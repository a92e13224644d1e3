"""What a person at central sees. Whatever a kiosk sends is text on it."""

from html.parser import HTMLParser

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.central import authority, page
from kiosk.wire import LogPart
from tests.central.office import Office

GATES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["<img src=x onerror=alert(1)>", "\"'><svg/onload=x>", "{{ 7*7 }}", "&lt;"]
    ),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gate=GATES, name=GATES)
def test_the_page_shows_any_name_as_text(office: Office, gate: str, name: str) -> None:
    office.kiosk.write(1, gate=gate)
    newest = len(office.kiosk.bodies)
    office.send(newest, newest)
    authority.add_device(office.engine, office.kiosk.public, name=name, now_ms=0)
    seen = PageReader()
    seen.feed(page.render(office.engine, now_ms=1_800_000_000_000))
    assert seen.tags <= TAGS
    if gate.strip() and "\x00" not in gate:
        assert " ".join(gate.split()) in " ".join("".join(seen.texts).split())


ELEMENTS = """html head meta title link body header h1 h2 small p span main section div table
thead tbody tr th td code"""
TAGS = frozenset(ELEMENTS.split())


class PageReader(HTMLParser):
    """Reads a page as a browser would: which elements there are, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_says_what_waits_and_which_clock_is_wrong(office: Office) -> None:
    office.kiosk.write(7)
    office.send(1, 2)
    ends = LogPart(8, 7, office.kiosk.heads[7], office.kiosk.heads[7])
    office.ask(office.kiosk.request(ends, utc_ms=1_800_000_000_000 - 600_000))
    text = page.render(office.engine, now_ms=1_800_000_000_000)
    assert "+5 待传" in text
    assert "10 min slow" in text
