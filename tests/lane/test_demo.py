"""The demo: whoever opens its page plays a resident before a real gate, and sees all of it."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, sync_playwright

from kiosk.cli.demo import command
from kiosk.cli.entries import command as entries
from kiosk.errors import KioskError
from kiosk.runtime.demo_children import free_port
from kiosk.runtime.demo_faults import DemoOptions, FaultPlan
from kiosk.runtime.demo_logs import LogTail
from kiosk.runtime.demo_stage import open_stage
from kiosk.runtime.demo_tiles import thermometer_tile
from kiosk.runtime.demo_visited import Visited, open_visited
from kiosk.screen.files import read_page
from kiosk.screen.serving import settings as server_settings

pytestmark = [pytest.mark.timeout(180), pytest.mark.needs_browser]

GOOD = {
    "resident": 0,
    "story": "good",
    "shows": "card",
    "body_c": 36.4,
    "is_from_cold": False,
}
WELL = {
    "outdoor_c": 20.0,
    "volunteer": "auto",
    "camera": "ok",
    "thermometer": "ok",
    "is_central_away": False,
}
WITHIN_S = 60.0
RECORD = """() => {
  window.seen = [];
  const watch = (id, say) => {
    const node = document.getElementById(id);
    const note = () => seen.at(-1) !== say(node) && seen.push(say(node));
    new MutationObserver(note).observe(node, { attributes: true });
  };
  watch("person", (node) => `${node.classList[0]} ${node.dataset.held}`);
  watch("arm", (node) => `arm ${node.classList.contains("up") ? "up" : "down"}`);
  watch("mini", (node) => `tone ${node.dataset.tone}`);
}"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visited]:
    folder = tmp_path_factory.mktemp("visited") / "demo"
    options = DemoOptions(seed=1, reader="auto", folder=folder, faults=FaultPlan(), pace=0.3)
    with ExitStack() as opened:
        visited = open_visited(options, opened)
        server = uvicorn.Server(server_settings(visited.page.app()))
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [visited.listener]}, daemon=True
        )
        thread.start()
        yield visited
        visited.page.close()
        server.should_exit = True
        thread.join(10.0)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def tab(demo: Visited, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script("localStorage.setItem('kiosk-demo-tour', '1')")
    context.set_default_timeout(WITHIN_S * 1000)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(demo.url)
    page.wait_for_selector("body.ready")
    yield page
    context.close()
    assert all(url.startswith(demo.url) for url in asked), "an outside request"


def until(is_so: Callable[[], bool], within_s: float = WITHIN_S) -> bool:
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        if is_so():
            return True
        time.sleep(0.05)
    return is_so()


def post(demo: Visited, path: str, body: dict[str, Any] | None = None) -> requests.Response:
    return requests.post(demo.url + path, json=body or {}, timeout=30)


def walk(demo: Visited, **wish: Any) -> dict[str, Any]:
    """Let somebody come; return the decision once they have gone."""
    before = demo.play.outcome
    assert until(lambda: not demo.play.is_busy)
    assert post(demo, "come", {**GOOD, **wish}).status_code == 200
    assert until(lambda: not demo.play.is_busy and demo.play.outcome is not before)
    outcome = demo.play.outcome
    assert outcome is not None
    assert until(lambda: demo.watch.view["play"]["outcome"] == asdict(outcome))
    decision = demo.watch.view["decision"] or {}
    return {"page": outcome.page, "opened": outcome.opened, **decision}


def test_a_visitor_sees_the_pass_the_reading_the_decision_and_the_barrier(
    demo: Visited, tab: Page
) -> None:
    tab.evaluate(RECORD)
    tab.click("label:has([value=live_phone])")
    tab.click("#come")
    wanted = ["camera phone", "thermometer nothing", "arm up", "through nothing", "tone pass"]
    assert until(lambda: set(wanted) <= set(tab.evaluate("seen"))), tab.evaluate("seen")
    seen = tab.evaluate("seen")
    assert seen.index("camera phone") < seen.index("thermometer nothing")
    assert seen.index("thermometer nothing") < seen.index("arm up")
    assert seen.index("arm up") <= seen.index("through nothing")
    assert until(lambda: "放行" in tab.inner_text("#verdict"))
    assert "°C，额头" in tab.inner_text("#verdict .reading")
    assert until(lambda: tab.inner_text("#arrived") != "0")
    assert until(lambda: tab.inner_text("#passed") == "1")
    assert until(lambda: tab.evaluate("seen").count("arm down") > 0)


def test_each_story_comes_to_its_end(demo: Visited) -> None:
    forged = walk(demo, story="forged", shows="dark_phone")
    assert (forged["page"], forged["opened"], forged["decision"]) == ("hold", False, "denied")
    revoked = walk(demo, story="revoked")
    assert (revoked["page"], revoked["opened"]) == ("hold", False)
    assert "作废" in revoked["reason"][0]
    again = walk(demo, story="again", shows="phone", resident=2)
    assert (again["page"], again["opened"]) == ("second_scan", True)
    fever = walk(demo, body_c=38.6, resident=3)
    assert (fever["page"], fever["opened"], fever["decision"]) == ("fever", False, "referred")


def test_the_tile_tells_what_the_command_tells_and_an_edit_breaks_a_copy_alone(
    demo: Visited, tab: Page
) -> None:
    walk(demo, story="forged", resident=1)
    told = walk(demo, story="expired", resident=5)
    state = str(demo.stage.site.state)
    shown = CliRunner().invoke(entries, ["show", str(told["seq"]), "--state", state])
    for sentence in (told["reason"][0], told["next"][0], told["say"][1]):
        assert sentence in shown.output
    for rule in told["rules"]:
        is_silent = rule["rule"].endswith(":-")
        said = rule["zh"][0] if is_silent else f"{rule['zh'][0]}: {rule['zh'][1]}"
        assert said in shown.output
    rows = demo.watch.view["journal"]["rows"]
    assert len(rows) >= 2
    assert all(newer["before"] == older["head"] for newer, older in pairwise(rows))
    tab.click("#edit")
    tab.wait_for_selector("#edited code")
    assert "is not what was written" in tab.inner_text("#edited")
    assert CliRunner().invoke(entries, ["verify", "--state", state]).exit_code == 0


def test_the_weather_reaches_the_kiosk_and_meanwhile_axe_finds_nothing(
    demo: Visited, tab: Page
) -> None:
    tab.fill("#outdoor", "-12")
    tab.dispatch_event("#outdoor", "change")
    for width in (1920, 1280, 390):
        tab.set_viewport_size({"width": width, "height": 900})
        assert not violations(tab), width
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.click("#tour-open")
    assert not violations(tab)
    for _ in range(5):
        tab.click("#tour-next")
    assert tab.is_hidden("#tour")
    tab.click("#come")
    tab.wait_for_selector("#person.staff")
    assert tab.get_attribute("#scene", "data-weather") == "frost"
    tab.wait_for_selector("#person.through")
    assert "手腕" in tab.inner_text("#verdict .reading")
    post(demo, "world", WELL)


def test_what_is_broken_is_said_with_a_way_back(demo: Visited, tab: Page) -> None:
    tab.click("label:has([name=thermometer][value=noise])")
    tab.wait_for_selector("#faults li")
    tab.wait_for_selector("#thermometer.is-dead")
    tab.click("label:has([name=is_central_away])")
    tab.wait_for_selector("#central.is-dead")
    tab.click("#power")
    tab.wait_for_selector("#screen.is-dead")
    assert not violations(tab), "while the kiosk is down"
    tab.wait_for_selector("#screen:not(.is-dead)")
    assert until(lambda: "back after" in tab.inner_text("#outage"))
    post(demo, "world", WELL)
    tab.wait_for_selector("#central:not(.is-dead)")
    assert until(lambda: tab.is_checked("[name=thermometer][value=ok]"))


def test_a_second_visitor_waits_and_a_closed_tab_disturbs_nobody(
    demo: Visited, tab: Page, browser: Browser
) -> None:
    assert until(lambda: not demo.play.is_busy)
    before = demo.play.outcome
    # Whoever comes while the camera is out waits until it is back, so that nobody's walk
    # can be over before the second visitor has pressed.
    assert post(demo, "world", {**WELL, "camera": "unplugged"}).ok
    assert until(lambda: demo.stage.street.watcher.look().page == "cam_covered")
    other = browser.new_page()
    other.goto(demo.url)
    other.wait_for_selector("body.ready")
    other.click("#tour-skip")
    other.click("#auto")
    tab.wait_for_selector("#auto[aria-pressed=true]")
    other.close()
    tab.click("#come", force=True)  # it says aria-disabled, and answers when pressed
    tab.wait_for_selector("#problem:has-text('自动演示')")
    tab.click("#auto")
    tab.wait_for_selector("#auto[aria-pressed=false]")
    tab.click("#come", force=True)
    tab.wait_for_selector("#problem:has-text('请稍等')")
    assert post(demo, "world", WELL).ok
    assert until(lambda: not demo.play.is_busy)
    assert demo.play.outcome is not before


def violations(tab: Page) -> list[str]:
    found = Axe().run(tab).response
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in found["violations"]]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("come", {**GOOD, "resident": 8}),
        ("come", {**GOOD, "body_c": float("1e308")}),
        ("come", {**GOOD, "story": "../../etc/passwd"}),
        ("come", {**GOOD, "more": 1}),
        ("world", {**WELL, "outdoor_c": "cold"}),
        ("world", {"camera": None}),
        ("auto", {"is_on": 1}),
        ("power", {"now": True}),
        ("edit", {"seq": 1}),
    ],
)
def test_what_no_form_sends_is_refused(demo: Visited, path: str, body: dict[str, Any]) -> None:
    assert post(demo, path, body).status_code == 400


def test_other_sites_and_other_names_are_refused(demo: Visited) -> None:
    url = f"{demo.url}power"
    foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert requests.post(url, json={}, headers=foreign, timeout=9).status_code == 403
    assert requests.post(url, data="{}", timeout=9).status_code == 415
    name = {"Host": "elsewhere.example"}
    assert requests.get(demo.url, headers=name, timeout=9).status_code == 421
    assert requests.post(url, json={"x": "x" * 9000}, timeout=9).status_code == 413


def test_the_pages_of_a_demo_say_that_it_is_practice(demo: Visited) -> None:
    site = demo.stage.site
    for url in (site.screen_url, f"{site.screen_url}/staff", site.central_url):
        assert "练习" in requests.get(url, timeout=9).text
    for name in ("resident.html", "staff.html"):
        assert "practice" not in read_page(name)


@pytest.mark.parametrize("when", ["setting up", "walking"])
def test_ctrl_c_leaves_nothing_but_the_folder(tmp_path: Path, when: str) -> None:
    folder = tmp_path / "demo"
    log = tmp_path / "log"
    arguments = [sys.executable, "-m", "kiosk", "demo", "--folder", str(folder)]
    with log.open("wb") as file:
        demo = subprocess.Popen(arguments, stdout=file, stderr=file, start_new_session=True)
    try:
        if when == "setting up":
            assert until((folder / "thermometer").is_symlink)
        else:
            assert until(lambda: "Ctrl-C" in log.read_text())
            url = next(w for w in log.read_text().split() if w.startswith("http"))
            assert requests.post(f"{url}come", json=GOOD, timeout=9).ok
        demo.send_signal(signal.SIGINT)
        assert demo.wait(30) == 0, log.read_text()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(demo.pid, signal.SIGKILL)
    assert "Traceback" not in log.read_text()
    left = [p.name for p in folder.iterdir() if p.is_symlink() or p.is_socket()]
    assert left == []
    assert not any(str(folder) in line for line in _command_lines())


def _command_lines() -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            yield path.read_bytes().decode("utf-8", "replace")


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    options = DemoOptions(seed=1, reader="auto", folder=tmp_path, faults=FaultPlan())
    with ExitStack() as opened, pytest.raises(KioskError, match="not empty"):
        open_stage(options, opened)
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_two_demos_that_begin_together_listen_at_different_ports() -> None:
    wished = free_port(0)
    code = (
        f"from kiosk.runtime.demo_children import free_port as f; print(f({wished})); input()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    begun = [subprocess.Popen([sys.executable, "-c", code], **pipes) for _ in range(2)]
    chosen = [one.stdout.readline() for one in begun if one.stdout is not None]
    for one in begun:
        one.communicate("\n")
    assert f"{wished}\n" in chosen and len(set(chosen)) == 2


def test_a_fault_that_is_none_is_refused_before_anything_starts() -> None:
    done = CliRunner().invoke(command, ["--people", "1", "--fault", "moon:down=0-50%"])
    assert done.exit_code == 2
    assert "moon:down" in done.output


def test_a_log_line_that_a_kill_cut_off_hides_no_other(tmp_path: Path) -> None:
    path = tmp_path / "log"
    tail = LogTail(path)
    assert list(tail.events()) == []
    path.write_bytes(b'{"event": "a.b"}\n{"event": "c')
    assert [e["event"] for e in tail.events()] == ["a.b"]
    with path.open("ab") as file:
        file.write(b'.d"}\n{"event": "e\n{"event": "f.g"}\n')
    assert [e["event"] for e in tail.events()] == ["c.d", "f.g"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 20), st.binary(max_size=120)), max_size=5))
def test_noise_on_the_line_is_never_told_as_a_temperature(
    sent: list[tuple[float, bytes]],
) -> None:
    sound = bytes.fromhex("5a5a45040d4a08b511")
    told = thermometer_tile([s for s in sent if s[1] != sound], 20.0)
    assert told["object_c"] is None or sent[-1][1].startswith(sound[:4])
    assert thermometer_tile([(19.9, sound)], 20.0)["object_c"] == 34.02
