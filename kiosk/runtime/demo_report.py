"""What came of the demo: expected against got, journal against central, and the figures."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from kiosk.central.store import read_entries
from kiosk.journal.outbox import open_outbox
from kiosk.passes.text import ref_of
from kiosk.runtime.demo_children import Child
from kiosk.runtime.demo_people import Visit
from kiosk.runtime.demo_stage import Stage
from kiosk.simulate.town import Expected, Person, Story
from kiosk.wire import WireEntry, decode_entry

SCAN_WITHIN_S = 20.0
ALL_ENTRIES = 1_000_000
CENTRAL_WITHIN_S = 330.0  # after an outage the next try may be 300 s away


@dataclass(frozen=True, slots=True)
class Played:
    """A script that was played to its end."""

    stage: Stage
    visits: tuple[Visit, ...]
    expected: Mapping[int, Expected]  # by the number of the person
    memory_mb: tuple[float, ...]
    waited_s: float


def make_report(played: Played, chain: str) -> tuple[dict[str, Any], bool]:
    """Return the report, and whether everything was as it should be."""
    entries = _journal(played.stage)
    central = read_entries(played.stage.site.central)
    expected = played.expected
    wrong = _wrong(played, entries, expected)
    passes = Counter(_ref(e.body) for e in central)
    due = Counter(dict.fromkeys(passes, 1))
    due.update(_pass_ref(played.stage, p) for p in _with_entry_of_their_own(played, expected))
    unwritten = _opened_without_entry(played, entries)
    report: dict[str, Any] = {
        "people": len(played.visits),
        "wrong": wrong,
        "outcomes": _outcomes(entries),
        "entries": len(entries),
        "at_central": len({(e.device, e.epoch, e.seq) for e in central}),
        "doubled": sum(max(0, n - due[ref]) for ref, n in passes.items()),
        "opened_without_entry": unwritten,
        "chain": chain,
        "people_per_min": _people_per_min(played.visits),
        "code_to_pass_ms": _spread(_code_to_pass_ms(played), 1),
        "reading_s": _spread(_reading_s(played.stage.kiosk), 3),
        "decision_to_central_s": _spread(_decision_to_central_s(played), 3),
        "kiosk_pss_mb": _memory(played.memory_mb),
        "start_to_scanning_s": _spread(_starts_s(played.stage.kiosk), 2),
        "starts": {c.name: c.starts for c in (played.stage.kiosk, played.stage.central)},
        "waited_for_central_s": round(played.waited_s, 1),
    }
    is_whole = report["entries"] == report["at_central"] and not report["doubled"]
    return report, not wrong and is_whole and not unwritten


def wait_for_central(stage: Stage) -> float:
    """Wait until central has every entry. Returns the seconds that it took."""
    began_s = time.monotonic()
    while (waited_s := time.monotonic() - began_s) < CENTRAL_WITHIN_S:
        newest = _newest_seq(stage)
        at_central = {(e.device, e.epoch, e.seq) for e in read_entries(stage.site.central)}
        if newest == len(at_central):
            break
        time.sleep(0.5)
    return waited_s


def _newest_seq(stage: Stage) -> int:
    outbox = open_outbox(stage.site.state / "journal.db")
    try:
        return outbox.newest()[0]
    finally:
        outbox.close()


def _journal(stage: Stage) -> list[WireEntry]:
    outbox = open_outbox(stage.site.state / "journal.db")
    try:
        rows = outbox.pending(0, ALL_ENTRIES, ALL_ENTRIES * 1000)
    finally:
        outbox.close()
    return [decode_entry(row.body) for row in rows]


def _ref(body: bytes) -> bytes | None:
    return decode_entry(body).cti


def _outcomes(entries: Sequence[WireEntry]) -> dict[str, int]:
    """Return how often each decision was made, by its reason."""
    said = Counter(e.reason or e.decision for e in entries if e.decision is not None)
    return {str(what): count for what, count in said.most_common()}


def _wrong(
    played: Played, entries: Sequence[WireEntry], due: Mapping[int, Expected]
) -> list[dict[str, Any]]:
    """Return each person whose outcome was not the expected one."""
    by_pass: dict[bytes | None, list[WireEntry]] = {}
    for entry in entries:
        by_pass.setdefault(entry.cti, []).append(entry)
    shared = {v.person.same_as for v in played.visits}
    wrong = []
    for seen in played.visits:
        person = seen.person
        expected = due[person.number]
        found = by_pass.get(_pass_ref(played.stage, person), [])
        if person.same_as is not None:
            found = found[1:]  # the first one is of whoever showed the pass before
        elif person.number in shared:
            found = found[:1]  # a second one is held against the second person
        got = [(e.decision, e.reason) for e in found]
        want = [] if expected.decision is None else [(expected.decision, expected.reason)]
        if got != want or seen.opened != expected.opens:
            wrong.append(
                {
                    "person": person.number,
                    "story": person.story.value,
                    "expected": {"entries": want, "opens": expected.opens},
                    "got": {"entries": got, "opens": seen.opened, "page": seen.page},
                }
            )
    return wrong


def _pass_ref(stage: Stage, person: Person) -> bytes:
    """Return what an entry holds of a pass: its id, or the hash of a text that is forged."""
    if person.story is Story.FORGED:
        return ref_of(stage.desk.pass_of(person))
    return stage.desk.ctis[person.number if person.same_as is None else person.same_as]


def _with_entry_of_their_own(played: Played, due: Mapping[int, Expected]) -> list[Person]:
    """Return who showed somebody else's pass and must stand in the journal beside them."""
    people = [seen.person for seen in played.visits if seen.person.same_as is not None]
    return [person for person in people if due[person.number].decision is not None]


def _opened_without_entry(played: Played, entries: Sequence[WireEntry]) -> int:
    """Return for how many people the barrier moved and no granted entry was kept."""
    granted = {e.cti for e in entries if e.decision == "granted"}
    return sum(
        1
        for v in played.visits
        if v.opened and _pass_ref(played.stage, v.person) not in granted
    )


def _people_per_min(visits: Sequence[Visit]) -> float:
    minutes = (visits[-1].left_s - visits[0].came_s) / 60
    return round(len(visits) / minutes, 1)


def _code_to_pass_ms(played: Played) -> list[float]:
    """From the first frame sent that shows the whole code to the verified instant."""
    scans_s = sorted(_stamps(played.stage.kiosk, "scan.verified", "scan.refused"))
    camera = played.stage.street.camera
    taken = []
    for seen in played.visits:
        for number in seen.showings:
            if (sent_s := camera.first_sent(number)) is None:
                continue
            after = next((s for s in scans_s if sent_s <= s <= sent_s + SCAN_WITHIN_S), None)
            if after is not None:
                taken.append((after - sent_s) * 1000)
    return taken


def _reading_s(kiosk: Child) -> list[float]:
    return [float(r["seconds"]) for r in kiosk.events() if r["event"] == "reading.taken"]


def _decision_to_central_s(played: Played) -> list[float]:
    """From the journal's commit to central's; entries that met an outage are left out."""
    stored_s: dict[int, float] = {}
    for record in played.stage.central.events():
        if record["event"] == "intake.stored":
            for seq in range(int(record["from_seq"]), int(record["to_seq"]) + 1):
                stored_s.setdefault(seq, float(record["mono_s"]))
    outages = [pair for pairs in played.stage.keeper.outages.values() for pair in pairs]
    return [
        stored_s[seq] - kept_s
        for record in played.stage.kiosk.events()
        if record["event"] == "journal.recorded"
        and (seq := int(record["seq"])) in stored_s
        and not _meets(outages, kept_s := float(record["mono_s"]), stored_s[seq])
    ]


def _meets(outages: Iterable[tuple[float, float]], from_s: float, to_s: float) -> bool:
    return any(began_s <= to_s and from_s <= ended_s for began_s, ended_s in outages)


def _starts_s(kiosk: Child) -> list[float]:
    """From each start of the kiosk to its first frame."""
    starts: list[float] = []
    started_s: float | None = None
    for record in kiosk.events():
        if record["event"] == "run.started":
            started_s = float(record["mono_s"]) - float(record["seconds"])
        elif record["event"] == "camera.opened" and started_s is not None:
            starts.append(float(record["mono_s"]) - started_s)
            started_s = None
    return starts


def _stamps(child: Child, *names: str) -> list[float]:
    return [float(r["mono_s"]) for r in child.events() if r["event"] in names]


def _spread(values: Sequence[float], digits: int) -> dict[str, float | int | None]:
    if not values:
        return {"p50": None, "p95": None, "n": 0}
    p95 = quantiles(values, n=20, method="inclusive")[18] if len(values) > 1 else values[0]
    return {"p50": round(median(values), digits), "p95": round(p95, digits), "n": len(values)}


def _memory(seen_mb: Sequence[float]) -> dict[str, float] | None:
    if not seen_mb:
        return None
    return {"first": seen_mb[0], "last": seen_mb[-1], "max": max(seen_mb)}
