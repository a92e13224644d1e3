"""`kiosk central unseal`: what visitors told, read in the office, off line."""

import csv
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from kiosk.central.sealed import KeptForm, kept_forms
from kiosk.central.store import open_store, reading
from kiosk.cli import EXIT_NO
from kiosk.cli.central_options import DATABASE, STATE
from kiosk.errors import ConfigError, MessageError
from kiosk.ledger.cells import harmless
from kiosk.passes.sealing import FIELDS, open_field

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_COLUMNS = ("device", "seq", "utc", "gate", "form", *FIELDS, "trouble")


@click.command("unseal")
@click.option("--key", "key_file", type=_FILE, required=True, help="office.key")
@click.option("--device", "device_id", help="Of this kiosk alone.")
@click.option("--entry", "seq", type=click.IntRange(1, 2**53), help="Of this entry alone.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="From this day on, UTC.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line a form, not CSV.")
@STATE
@DATABASE
def unseal(
    *,
    key_file: Path,
    device_id: str | None,
    seq: int | None,
    since: datetime | None,
    as_json: bool,
    folder: Path,
    database: str | None,
) -> None:
    """Print what visitors told at the gates, in the office, from a copy of the database.

    Copy central's folder to the office's machine and give it as --state: the key must not
    come to the server. Ends with 1 when a field cannot be opened; the others are printed.
    """
    key = _read_key(key_file)
    since_ms = int(since.replace(tzinfo=UTC).timestamp() * 1000) if since is not None else 0
    engine = open_store(database or folder)
    try:
        with reading(engine) as db:
            forms = kept_forms(db, device=device_id, seq=seq, since_ms=since_ms)
    finally:
        engine.dispose()
    rows = [_row(form, key) for form in forms]
    _tell(rows, as_json=as_json)
    sys.exit(EXIT_NO if any(row["trouble"] for row in rows) else 0)


def _row(form: KeptForm, key: X25519PrivateKey) -> dict[str, str]:
    told = {
        "device": form.device,
        "seq": str(form.seq),
        "utc": _moment(form.utc_ms),
        "gate": form.gate,
        "form": form.form.hex(),
        "trouble": "",
    }
    for one in form.fields:
        try:
            told[one.field] = open_field(one, office=key, device=form.device)
        except MessageError as exc:
            told["trouble"] = f"{one.field}: {exc}"
    return told


def _moment(utc_ms: int) -> str:
    """Return a time, "?" for one that no gate can have meant."""
    try:
        return f"{datetime.fromtimestamp(utc_ms / 1000, UTC):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return "?"


def _tell(rows: list[dict[str, str]], *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
        return
    sheet = csv.DictWriter(sys.stdout, _COLUMNS, restval="", extrasaction="ignore")
    sheet.writeheader()
    sheet.writerows({name: harmless(value) for name, value in row.items()} for row in rows)


def _read_key(path: Path) -> X25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as exc:
        raise ConfigError([f"{path}: not an X25519 key; give office.key"]) from exc
    if not isinstance(key, X25519PrivateKey):
        raise ConfigError([f"{path}: not an X25519 key; give office.key"])
    return key
