"""`kiosk pass keygen` and `issue`: what happens in the office, never at a gate."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from kiosk.cli.passes_options import DAY, FILE, utc
from kiosk.core.words import PassKind
from kiosk.passes.claims import Claims, masked
from kiosk.passes.issue import issue, new_cti, new_sub, read_private, write_key_pair, write_new
from kiosk.passes.trust import make_key, make_trust

KINDS = [kind.name.lower() for kind in PassKind]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--community", required=True, help="Short name of the site, a-z 0-9 -.")
@click.option("--years", type=click.IntRange(1, 10), default=2, show_default=True)
def keygen(folder: Path, community: str, years: int) -> None:
    """Make a root key, an issuer key and the trust list that names the issuer.

    Writes root.key, root.pub, issuer.key, issuer.pub and trust into FOLDER, never over
    anything. Keep root.key and issuer.key off every gate.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    root, issuer = write_key_pair(folder, "root"), write_key_pair(folder, "issuer")
    now_s = int(datetime.now(UTC).timestamp())
    key = make_key(
        issuer.public_key().public_bytes_raw(),
        iss=community,
        from_s=now_s - 86_400,
        to_s=now_s + years * 366 * 86_400,
    )
    trust = make_trust([key], community=community, seq=1, issued_s=now_s, root=root)
    write_new(folder / "trust", trust, mode=0o644)
    click.echo(f"{folder}: keys of {community}; gates need trust and root.pub, nothing else")


@click.command("issue")
@click.option("--key", "key_file", type=FILE, required=True, help="issuer.key")
@click.option("--community", required=True, help="Short name of the site.")
@click.option("--grid", type=click.IntRange(0, 65_535), required=True)
@click.option("--sub", help="Household reference; a new one when not given.")
@click.option("--label", default="", help="张*明, or nothing; a full name is masked.")
@click.option("--kind", type=click.Choice(KINDS), default="resident", show_default=True)
@click.option("--starts", type=DAY, help="UTC; now when not given.")
@click.option("--days", type=click.IntRange(1, 400), default=180, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def issue_one(
    *,
    key_file: Path,
    community: str,
    grid: int,
    sub: str | None,
    label: str,
    kind: str,
    starts: datetime | None,
    days: int,
    as_json: bool,
) -> None:
    """Print the text of a new pass, to be printed or shown as a QR code."""
    from_time = utc(starts) if starts else datetime.now(UTC)
    claims = Claims(
        iss=community,
        sub=sub or new_sub(),
        nbf_s=int(from_time.timestamp()),
        exp_s=int((from_time + timedelta(days=days)).timestamp()),
        cti=new_cti(),
        kind=PassKind[kind.upper()],
        grid=grid,
        label=masked(label),
    )
    text = issue(claims, read_private(key_file))
    if as_json:
        row = {"text": text, "cti": claims.cti.hex(), "sub": claims.sub}
        text = json.dumps(row, ensure_ascii=False)
    click.echo(text)
