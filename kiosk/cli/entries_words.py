"""How `kiosk entries` says an entry: plain values for programs, lines for people."""

from datetime import UTC, datetime
from typing import Any

from kiosk.timing import ClockState
from kiosk.wire import WireEntry


def say_time(wire: WireEntry) -> str:
    """Return the UTC instant of an entry; "?" behind it when the clock was in doubt."""
    try:
        at = datetime.fromtimestamp(wire.utc_ms / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return "?"
    doubt = "?" if wire.clock == ClockState.UNSURE else ""
    return f"{at:%Y-%m-%dT%H:%M:%S}Z{doubt}"


def to_json(wire: WireEntry, head: bytes) -> dict[str, Any]:
    """Return an entry as JSON values; ids and hashes in hex."""
    return {
        "seq": wire.seq,
        "at": say_time(wire),
        "clock": ClockState(wire.clock).name.lower(),
        "boot": wire.boot_no,
        "boot_ms": wire.boot_ms,
        "kind": wire.kind,
        "gate": wire.gate,
        "direction": wire.direction,
        "decision": wire.decision,
        "reason": wire.reason,
        "cti": wire.cti.hex() if wire.cti is not None else None,
        "sub": wire.sub,
        "rules_version": wire.rules_version,
        "readings": [_reading(fields) for fields in wire.readings],
        "trace": list(wire.trace),
        "staff": wire.staff,
        "refers_to_seq": wire.refers_to_seq,
        "sealed_sha256": wire.sealed_sha256.hex() if wire.sealed_sha256 is not None else None,
        "head": head.hex(),
    }


def _reading(fields: tuple[Any, ...]) -> dict[str, Any]:
    raw, estimate, spread, samples, ms, room, calibration_id, source, *more = fields
    slope, rate, ambient, drift, distance, body = more[0] if more else [None] * 6
    return {
        "raw_c": _celsius(raw),
        "estimate_c": _celsius(estimate),
        "spread_c": _celsius(spread),
        "samples": samples,
        "seconds": None if ms is None else ms / 1000,
        "room_c": _celsius(room),
        "calibration": calibration_id,
        "source": source,
        "slope_c_per_s": _celsius(slope),
        "rate_hz": None if rate is None else rate / 10,
        "sensor_c": _celsius(ambient),
        "drift_c_per_min": _celsius(drift),
        "distance_cm": None if distance is None else distance / 10,
        "device_body_c": _celsius(body),
    }


def _celsius(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100


def to_line(wire: WireEntry) -> str:
    """Return an entry as one line of the list."""
    decision = wire.decision or "-"
    return (
        f"{wire.seq:>8}  {say_time(wire):<21}  {wire.kind:<9}  {wire.direction:<3}  "
        f"{decision:<8}  {wire.reason or ''}"
    ).rstrip()


def to_page(wire: WireEntry, head: bytes) -> list[str]:
    """Return an entry with its readings, a line each."""
    values = to_json(wire, head)
    readings = values.pop("readings")
    values["trace"] = ", ".join(text.replace(":", ": ") for text in values["trace"]) or None
    lines = [f"{name:<14} {value}" for name, value in values.items() if value is not None]
    for number, reading in enumerate(readings, 1):
        said = [f"{name}={value}" for name, value in reading.items() if value is not None]
        lines.append(f"{f'reading {number}':<14} {' '.join(said)}")
    return lines
