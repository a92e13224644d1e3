"""Config -> Kiosk: the only file that knows every part."""

import os
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from kiosk import log
from kiosk.config import Config, StateDir
from kiosk.core.faults import Fault
from kiosk.core.measure import Measurer
from kiosk.core.messages import StopReading, TakeReading
from kiosk.core.words import Direction, Recorded
from kiosk.devices import catalogue
from kiosk.devices.calibration import calibration_path
from kiosk.devices.line_holders import other_holders_of
from kiosk.devices.room_sensor import RoomWatch
from kiosk.errors import SyncError
from kiosk.journal.chain import find_damage
from kiosk.journal.journal import SqliteJournal, open_journal
from kiosk.journal.outbox import open_outbox
from kiosk.journal.recall import recall_urgent
from kiosk.kernel_clock import this_machine
from kiosk.passes.phone import Proofs
from kiosk.passes.verify import Checked, check
from kiosk.ports import Asking
from kiosk.register.directory import Directory
from kiosk.register.elsewhere import Elsewhere
from kiosk.register.households import RegisterKeeper
from kiosk.register.passages import newest_noted
from kiosk.register.register import FromCentral, HouseRegister, open_register
from kiosk.register.roster import RosterHere
from kiosk.register.standing import Standing
from kiosk.runtime.announcing import Announcer
from kiosk.runtime.beside import BesideTheCase
from kiosk.runtime.calibrated import Calibrated
from kiosk.runtime.displays import open_display
from kiosk.runtime.duty import DutyKeeper
from kiosk.runtime.execute import RECENT, Ports
from kiosk.runtime.inspection import Inspection
from kiosk.runtime.kept_clock import ClockKeeper, read_kept
from kiosk.runtime.late import LateGate, LateJournal
from kiosk.runtime.look_ups import make_look_ups
from kiosk.runtime.loop import MainLoop
from kiosk.runtime.mailbox import Inbox, Latest
from kiosk.runtime.matters import RECALL_MAX, MatterBook
from kiosk.runtime.measuring import kept_measuring
from kiosk.runtime.publishing import Views
from kiosk.runtime.repeats import Repeats
from kiosk.runtime.rules_now import open_kept_rules, rules_now
from kiosk.runtime.screen_of import make_screen
from kiosk.runtime.startup import SoleRight
from kiosk.runtime.supervisor import EXIT_HUNG, Supervisor, Worker
from kiosk.runtime.systemd import notify
from kiosk.runtime.troubles import Troubles
from kiosk.runtime.wires import Wires
from kiosk.runtime.worker_scan import ScanWorker
from kiosk.runtime.worker_screen import ScreenWorker
from kiosk.runtime.worker_sync import SyncWorker
from kiosk.runtime.worker_thermometer import ThermometerWorker
from kiosk.runtime.worker_voice import VoiceWorker
from kiosk.screen.web import ScreenServer
from kiosk.sync.engine import SyncEngine
from kiosk.sync.identity import device_id, make_identity, read_identity
from kiosk.sync.list_store import ListStore
from kiosk.sync.rules_kept import RulesStore
from kiosk.sync.store import acknowledged, sealed_sent
from kiosk.timing import ClockState, SystemClock, process_started_s

DEVICE_BEAT_S = 8.0  # capture 2 s, twice, plus reopening 3 s, is 7 s
SCREEN_BEAT_S = 20.0
SYNC_BEAT_S = 300.0
VOICE_BEAT_S = 30.0  # a child has 8 s, and beats are given while it runs
MAIN_BEAT_S = 8.0


@dataclass(frozen=True, slots=True)
class Site:
    """What a kiosk is made from."""

    config: Config
    state: StateDir
    clock: SystemClock
    troubles: Troubles


@dataclass(frozen=True, slots=True)
class Kiosk:
    """The parts that are started and stopped."""

    loop: MainLoop
    supervisor: Supervisor
    journal: LateJournal
    register: HouseRegister
    troubles: Troubles
    calibrated: Calibrated
    kept_clock: ClockKeeper
    sync: SyncWorker | None

    def keep_house(self) -> None:
        """What is done when nobody is at the gate."""
        self.journal.keep_house()
        self.calibrated.look()
        self.kept_clock.look()
        self.look_at_register()

    def look_at_register(self) -> None:
        """Tell whether there is a register of households."""
        trouble = self.register.trouble
        self.troubles(Fault.REGISTER_MISSING, is_on=bool(trouble), detail=trouble)


def run_gate(
    config: Config, state: StateDir, stop: threading.Event, *, problems: tuple[str, ...] = ()
) -> int:
    """Run the gate until `stop`. Returns the exit code: 0, or 75 when a worker hung.

    `problems` are the mistakes of a config file in whose place the last good copy serves.
    Raises JournalError when another kiosk runs on this state.
    """
    clock = SystemClock(machine=this_machine(), kept=read_kept(state.clock))
    site = Site(config, state, clock, Troubles(clock))
    site.troubles(Fault.CONFIG_LAST_GOOD, is_on=bool(problems), detail="; ".join(problems))
    with ExitStack() as opened:
        opened.enter_context(closing(SoleRight(state)))
        kiosk = assemble(site, opened)
        is_clean = _serve(kiosk, clock, stop)
    log.event(log.Event.RUN_STOPPED, is_clean=is_clean)
    if not is_clean:
        os._exit(EXIT_HUNG)  # a thread that hangs would hold the exit
    return 0


def _serve(kiosk: Kiosk, clock: SystemClock, stop: threading.Event) -> bool:
    """Start, run and stop. Returns whether every worker ended in time."""
    kiosk.look_at_register()
    kiosk.loop.show_starting()
    kiosk.supervisor.start()
    seconds = clock.mono_s() - process_started_s()
    log.event(log.Event.RUN_READY, seconds=round(seconds, 2))
    notify("READY=1")
    nudge = kiosk.sync.nudge if kiosk.sync is not None else _nobody
    try:
        kiosk.loop.run(stop, keep_house=kiosk.keep_house, written=nudge)
    finally:
        notify("STOPPING=1")
        is_clean = kiosk.supervisor.stop()
    return is_clean


def _nobody() -> None:
    """This gate works alone: nobody waits for its entries."""


def assemble(site: Site, opened: ExitStack) -> Kiosk:
    """Open what the gate needs, the journal first; `opened` closes it in reverse."""
    config, state, clock, troubles = site.config, site.state, site.clock, site.troubles
    wires = Wires(Inbox(), clock, troubles)
    make_identity(state.keys)
    journal = opened.enter_context(
        closing(LateJournal(partial(_open_journal, site), clock, troubles))
    )
    _take_floor(journal, clock)
    gate = opened.enter_context(
        closing(LateGate(partial(catalogue.open_gate, config.gate, clock), clock, troubles))
    )
    directory = opened.enter_context(closing(Directory(state.directory)))
    elsewhere = opened.enter_context(closing(Elsewhere(state.elsewhere)))
    standing = Standing(directory)
    central = FromCentral(standing, elsewhere)
    register = opened.enter_context(closing(_open_register(site, central)))
    kept_rules = open_kept_rules(config, site.state.lists, clock, _utc_offset_s(config))
    lists = _open_lists(site, kept_rules, directory, elsewhere)
    requests: Latest[TakeReading | StopReading] = Latest()
    proofs = Proofs()
    scan = _make_scan(site, lists, proofs, directory, wires)
    calibrated = Calibrated(calibration_path(config, state), clock, troubles)
    room = RoomWatch(config.thermometer, clock, troubles)
    thermometer = _make_thermometer(site, calibrated, room, requests, wires)
    voice = VoiceWorker(config, state, standing.announcements, troubles)
    look_ups = make_look_ups(directory, lists)
    screen = make_screen(config, state, wires, scan.newest_frame, look_ups, sounds=voice.sounds)
    inspection = Inspection(partial(find_damage, state.journal), troubles)
    matters = MatterBook(partial(recall_urgent, state.journal, RECALL_MAX))
    sync = _make_sync(site, lists, matters)
    workers = _critical_and_screen(screen, scan, thermometer, inspection, troubles)
    lists.neighbours.wake = sync.nudge if sync else _nobody
    workers += _what_may_die(voice, room, sync)
    supervisor = Supervisor(tuple(workers), clock, main_within_s=MAIN_BEAT_S)
    beside = BesideTheCase(register, state.journal, _utc_offset_s(config))
    duty = _keep_duty(site, directory, lists, beside)
    views = Views(
        screen,
        sync.status if sync else lambda: None,
        lambda: lists.trust.issued_s,
        room.surroundings,
        lambda at: lists.current().revoked_age_s(at),
        lambda: directory.is_unlocked,
        beside,
        duty,
        Announcer(standing.announcements, every_s=config.voice.announce_every_s),
        config.site.supplies,
        config.gate.contact_pin is not None,
    )
    written = partial(_written, calibrated, beside, duty, clock)
    inbox, kept = wires.inbox, kept_measuring(state.root, journal)
    ports = Ports(journal, register, gate, requests, inbox, proofs.note, written, matters)
    rules, recent = rules_now(config, kept_rules, _utc_offset_s(config)), journal.recent(RECENT)
    kept_clock = ClockKeeper(clock, state.clock)
    loop = MainLoop(ports, wires, rules, views, supervisor, recent=recent, kept=kept)
    return Kiosk(loop, supervisor, journal, register, troubles, calibrated, kept_clock, sync)


def _written(
    calibrated: Calibrated,
    beside: BesideTheCase,
    duty: DutyKeeper,
    clock: SystemClock,
    recorded: Recorded,
) -> None:
    """Tell an entry that was written to whoever follows them."""
    calibrated.note(recorded)
    beside.note(recorded, clock.now())
    duty.note(recorded)


def _critical_and_screen(
    screen: ScreenServer,
    scan: ScanWorker,
    thermometer: ThermometerWorker,
    inspection: Inspection,
    troubles: Troubles,
) -> list[Worker]:
    """Return the workers that every gate has."""
    screen_worker = ScreenWorker(screen.run, troubles)
    return [
        Worker("screen", screen_worker.run, SCREEN_BEAT_S, is_critical=False),
        Worker("scan", scan.run, DEVICE_BEAT_S, is_critical=True),
        Worker("thermometer", thermometer.run, DEVICE_BEAT_S, is_critical=True),
        Worker("inspection", inspection.run, SYNC_BEAT_S, is_critical=False),
    ]


def _what_may_die(voice: VoiceWorker, room: RoomWatch, sync: SyncWorker | None) -> list[Worker]:
    """Return the workers that the gate goes on without."""
    workers = [Worker("voice", voice.run, VOICE_BEAT_S, is_critical=False)]
    if room.has_sensors:
        workers.append(Worker("room", room.run, SYNC_BEAT_S, is_critical=False))
    if sync is not None:
        workers.append(Worker("sync", sync.run, SYNC_BEAT_S, is_critical=False))
    return workers


def _open_journal(site: Site) -> SqliteJournal:
    state = site.state

    def cursor() -> int | None:
        return acknowledged(state.sync, journal.epoch) if site.config.central.url else None

    def known(epoch: bytes) -> int:
        return max(acknowledged(state.sync, epoch), newest_noted(state.passages, epoch))

    def sealed_at_central(epoch: bytes) -> frozenset[int]:
        return sealed_sent(state.sync, epoch)

    journal = open_journal(
        state.journal,
        device=device_id(state.keys),
        config=site.config.journal,
        acknowledged=cursor,
        clock=site.clock,
        known=known,
        sealed_sent=sealed_at_central,
    )
    return journal


def _take_floor(journal: LateJournal, clock: SystemClock) -> None:
    """It is later than the newest entry whose clock could be believed."""
    for recorded in journal.recent(RECENT):
        if recorded.entry.at.clock is not ClockState.UNSURE:
            clock.not_before(recorded.entry.at.utc)


def _open_register(site: Site, central: FromCentral) -> HouseRegister:
    config, state = site.config, site.state
    return open_register(
        register_path=state.register,
        passages_path=state.passages,
        journal_path=state.journal,
        gate=config.site.gate,
        direction=Direction(config.lane.direction),
        clock=site.clock,
        utc_offset_s=_utc_offset_s(config),
        central=central,
    )


def _utc_offset_s(config: Config) -> int:
    """Return how far local time is ahead. China has no summer time: any day will do."""
    offset = datetime.now(UTC).astimezone(ZoneInfo(config.site.timezone)).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _make_scan(
    site: Site, lists: ListStore, proofs: Proofs, directory: Directory, wires: Wires
) -> ScanWorker:
    def verify(text: str) -> Checked:
        return check(text, lists.current(), site.clock.now(), proofs)

    camera = partial(catalogue.open_camera, site.config.camera, site.clock)
    finder = catalogue.open_finder(site.config.camera)
    site.troubles(Fault.READER_ZBAR, is_on=bool(finder.lacks), detail=finder.lacks)
    return ScanWorker(camera, finder, Repeats(verify), wires, partial(open_display, directory))


def _make_thermometer(
    site: Site,
    calibrated: Calibrated,
    room: RoomWatch,
    requests: Latest[TakeReading | StopReading],
    wires: Wires,
) -> ThermometerWorker:
    config = site.config.thermometer
    opener = partial(catalogue.open_thermometer, config, site.clock)
    conditions = catalogue.conditions(
        config, calibrated.calibration, site.clock, room.surroundings
    )
    measurer = Measurer(replace(conditions, has_drifted=calibrated.has_drifted))
    return ThermometerWorker(
        opener,
        measurer,
        requests,
        wires,
        others_on_line=lambda: ", ".join(other_holders_of(config.port)),
    )


def _make_sync(site: Site, lists: ListStore, matters: MatterBook) -> SyncWorker | None:
    """Return what goes to central, None for a gate that works alone."""
    if not site.config.central.url:
        return None
    return SyncWorker(partial(_open_engine, site, lists, matters.asking))


def _keep_duty(
    site: Site, directory: Directory, lists: ListStore, beside: BesideTheCase
) -> DutyKeeper:
    roster = RosterHere(directory, site.config.site.gate, _utc_offset_s(site.config))
    active = site.troubles.active
    return DutyKeeper(site.state.journal, roster, lists.neighbours, beside, active)


def _open_engine(site: Site, lists: ListStore, asking: Callable[[], Asking]) -> SyncEngine:
    """Open the way to central. Raises SyncError while this gate is not bound to it."""
    identity = read_identity(site.state.keys)
    site.troubles(Fault.NOT_BOUND, is_on=identity is None)
    if identity is None:
        raise SyncError("not bound to a server: put its bundle into keys/")
    lists.look_again()
    return SyncEngine(
        site.config.central,
        identity=identity,
        outbox=open_outbox(site.state.journal),
        sync_path=site.state.sync,
        lists=lists,
        clock=site.clock,
        troubles=site.troubles,
        asking=asking,
    )


def _open_lists(
    site: Site, rules: RulesStore, directory: Directory, elsewhere: Elsewhere
) -> ListStore:
    return ListStore(
        site.state.lists,
        community=site.config.site.community,
        keys=site.state.keys,
        directory=directory,
        elsewhere=elsewhere,
        rules=rules,
        register=RegisterKeeper(site.state.register),
    )
