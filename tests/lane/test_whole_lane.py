"""A person with a pass goes through a real kiosk; what is bad has a name and loses nothing."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
import segno
from click.testing import CliRunner

from kiosk.cli import cli
from kiosk.journal.outbox import open_outbox
from kiosk.register.staff_pins import StaffPins
from kiosk.runtime.demo_people import visit
from kiosk.simulate.camera import Scene
from tests.lane.rig import Rig, open_rig, until

pytestmark = pytest.mark.timeout(120)


def _entries(rig: Rig, state: Path | None = None) -> int:
    outbox = open_outbox((state or rig.site.state) / "journal.db")
    try:
        return outbox.newest()[0]
    finally:
        outbox.close()


def _serves_a_person(rig: Rig) -> None:
    """One more healthy resident goes through."""
    before = _entries(rig)
    seen = visit(rig.street, rig.next_person())
    assert (seen.page, seen.opened) == ("pass_in", True)
    assert _entries(rig) == before + 1


def _pictures_go_out(rig: Rig, number: int) -> None:
    """Wait until so many pictures went to the kiosk, however busy the machine is."""
    sent = {rig.ends.camera.last_sent()}

    def is_enough() -> bool:
        sent.add(rig.ends.camera.last_sent())
        return len(sent) > number

    assert until(is_enough)


def _thermometer_faults(rig: Rig) -> set[str]:
    """What stands of the thermometer; one trouble may end in another before it heals."""
    return {fault for fault in rig.staff.faults() if fault.startswith("thermometer")}


@pytest.fixture(scope="module")
def one_kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with open_rig(tmp_path_factory.mktemp("lane")) as rig:
        yield rig


@pytest.fixture
def rig(one_kiosk: Rig) -> Rig:
    """One kiosk for many troubles: it serves again after each, or is started again."""
    if one_kiosk.kiosk.pid is None:
        one_kiosk.kiosk.start()
    one_kiosk.wait_for_page("idle")
    return one_kiosk


def test_a_resident_goes_through_and_the_stop_is_clean(rig: Rig) -> None:
    begins = len(rig.log_events())
    _serves_a_person(rig)
    began_s = time.monotonic()
    assert rig.kiosk.stop() == 0
    assert time.monotonic() - began_s < 8.0
    events = rig.log_events()[begins:]
    assert events.index("journal.recorded") < events.index("gate.pulsed")
    assert events[-1] == "run.stopped"


def test_a_kill_between_two_people_loses_nothing(rig: Rig) -> None:
    before = _entries(rig)
    _serves_a_person(rig)
    rig.kiosk.kill()
    rig.kiosk.start()
    rig.wait_for_page("idle")
    _serves_a_person(rig)
    assert _entries(rig) == before + 2


def test_strange_codes_are_named_and_the_next_pass_is_served(rig: Rig) -> None:
    before = _entries(rig)
    for number in range(40):  # garbage codes, as fast as the camera shows them
        rig.ends.camera.show(Scene.card(f"https://example.org/{number}"))
        time.sleep(1 / 30)
    assert until(lambda: "codes_foreign" in rig.staff.faults())
    assert _entries(rig) == before
    rig.ends.camera.show(Scene.nobody())
    rig.wait_for_page("idle")
    assert until(lambda: "codes_foreign" not in rig.staff.faults())
    _serves_a_person(rig)


def test_one_part_of_a_split_code_does_not_stop_the_gate(rig: Rig) -> None:
    begins, starts = len(rig.log_events()), rig.kiosk.starts
    part = segno.make_sequence("SPLIT " * 40, symbol_count=3)[0]
    showing = rig.ends.camera.show(Scene.symbol(part))
    assert until(lambda: rig.ends.camera.first_sent(showing) is not None)
    _pictures_go_out(rig, 40)
    rig.ends.camera.show(Scene.nobody())
    rig.wait_for_page("idle")
    _serves_a_person(rig)
    assert rig.kiosk.starts == starts
    assert "worker.failed" not in rig.log_events()[begins:]


def test_random_bytes_on_the_serial_line_are_named_and_heal(rig: Rig) -> None:
    before = _entries(rig)
    rig.ends.thermometer.noise(True)
    assert until(lambda: "thermometer_noise" in rig.staff.faults())
    seen = visit(rig.street, rig.next_person())
    assert (seen.page, seen.opened) == ("therm_down", False)
    assert _entries(rig) == before + 1  # a person decides, and it is written down
    rig.ends.thermometer.noise(False)
    assert until(lambda: not _thermometer_faults(rig))
    _serves_a_person(rig)


def test_a_camera_that_goes_is_named_and_comes_back(rig: Rig) -> None:
    rig.ends.camera.refuse(True)
    assert until(lambda: bool(rig.staff.faults() & {"camera_lost", "camera_missing"}))
    rig.ends.camera.refuse(False)
    assert until(lambda: not rig.staff.faults() & {"camera_lost", "camera_missing"})
    _serves_a_person(rig)


def test_a_thermometer_that_is_unplugged_is_named_and_comes_back(rig: Rig) -> None:
    rig.ends.thermometer.unplug()
    assert until(lambda: bool(rig.staff.faults() & {"thermometer_lost", "thermometer_missing"}))
    rig.ends.thermometer.plug()
    assert until(lambda: not _thermometer_faults(rig))
    _serves_a_person(rig)


@contextmanager
def _portal() -> Iterator[str]:
    """A captive portal: whatever is asked, it answers 200 with its log-in page."""

    class Portal(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b"<html><body>Welcome! Please log in.</body></html>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Portal) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_captive_portal_is_named_and_nobody_waits_for_it(tmp_path: Path) -> None:
    with _portal() as url, open_rig(tmp_path, central_url=url) as rig:
        assert until(lambda: "not_bound" in rig.staff.faults())
        _bind(rig, url)
        assert until(lambda: "captive_portal" in rig.staff.faults())
        assert "not_bound" not in rig.staff.faults()
        rig.wait_for_page("idle")
        _serves_a_person(rig)


def _bind(rig: Rig, url: str) -> None:
    """Do what ops do with a new gate."""
    central = rig.site.folder / "central"
    keys = rig.site.state / "keys"
    for arguments in (
        ["init", "--state", str(central)],
        ["device", "add", str(keys / "device.pub"), "--state", str(central)],
    ):
        done = CliRunner().invoke(cli, ["central", *arguments])
        assert done.exit_code == 0, done.output


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB, mounted for real."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_named_the_gate_stays_shut_and_room_heals_it(
    tmp_path: Path, small_disk: Path
) -> None:
    state = small_disk / "state"
    (state / "keys").mkdir(parents=True, mode=0o700)
    StaffPins(state / "keys/staff-pins.json").put("w01", "2468")
    with open_rig(tmp_path / "site", state=state) as rig:
        rig.wait_for_page("idle")
        assert _post(rig, "sign-on", pin="2468")[0] == 200
        assert until(lambda: rig.staff.view.get("staff") == "w01")
        assert visit(rig.street, rig.next_person()).opened
        ballast = small_disk / "ballast"
        _fill(ballast)
        kept = 2  # who signed on and who came in; the log's own blocks have room for a few more
        while (said := _post(rig, "note", text="the lamp is broken"))[0] == 200:
            kept += 1
            assert kept < 200
        assert said == (507, "not_kept"), "nobody is told that it is written down"
        _fill(small_disk / "more")  # the log was folded into the file, which made room
        while (seen := visit(rig.street, rig.next_person())).opened:
            kept += 1
            assert kept < 200
        assert seen.page == "hold"
        assert until(lambda: "journal_full" in rig.staff.faults())
        for file in (ballast, small_disk / "more"):
            file.unlink()
        assert _entries(rig, state) == kept
        again = visit(rig.street, rig.next_person())
        assert (again.page, again.opened) == ("pass_in", True)
        assert until(lambda: "journal_full" not in rig.staff.faults())
        assert _entries(rig, state) == kept + 1


def _post(rig: Rig, what: str, **body: str) -> tuple[int, str | None]:
    answer = requests.post(f"{rig.site.screen_url}/staff/{what}", json=body, timeout=8)
    return answer.status_code, answer.json().get("error")


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return


def test_a_config_with_three_mistakes_names_all_three_and_exits_78(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("gate: {pin: 99}\ncamera: {fps: fast, colour: 1}\n", "utf-8")
    arguments = ["run", "--config", str(file), "--state", str(tmp_path / "state")]
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 78
    for path in ("gate.pin", "camera.fps", "camera.colour"):
        assert path in done.stderr


def test_a_config_that_breaks_overnight_is_named_and_the_last_good_one_serves(
    tmp_path: Path,
) -> None:
    with open_rig(tmp_path) as rig:
        rig.wait_for_page("idle")
        assert rig.kiosk.stop() == 0
        rig.site.config.write_text("camera: {fps: fast}\n", "utf-8")
        rig.kiosk.start()
        rig.wait_for_page("idle")
        assert until(lambda: "config_last_good" in rig.staff.faults())
        _serves_a_person(rig)


def test_a_taken_port_is_named_and_the_page_comes_when_it_is_free(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with open_rig(tmp_path, screen={"port": port}) as rig:
            assert until(lambda: "screen.down" in rig.log_events())
            assert until(lambda: "camera.opened" in rig.log_events())  # the gate works on
            taken.close()
            assert until(lambda: "screen.served" in rig.log_events())


def test_a_second_kiosk_on_the_same_state_ends_and_the_first_goes_on(rig: Rig) -> None:
    arguments = ["run", "--config", str(rig.site.config), "--state", str(rig.site.state)]
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 70
    assert "another kiosk" in done.stderr
    _serves_a_person(rig)


def test_sigterm_while_somebody_is_measured_stops_within_the_limit(rig: Rig) -> None:
    rig.ends.camera.show(Scene.card(rig.street.pass_of(rig.next_person())))
    rig.wait_for_page("look_temp")
    pid = rig.kiosk.pid
    assert pid is not None
    os.kill(pid, signal.SIGTERM)
    assert until(lambda: rig.kiosk.pid is None, 10.0)
