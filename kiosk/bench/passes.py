"""`kiosk bench passes`: verifying a pass, beside its bare signature check and base45.

Both sides take turns in one run, each with an issuer made for the run. The import is timed
in fresh interpreters that have imported cryptography's Ed25519 already. `--hostile` puts
random texts and truly signed, changed payloads to the verifier and counts what it says.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import click
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from kiosk.core.words import PassKind, Refusal, Refused
from kiosk.passes import base45, cose
from kiosk.passes.claims import Claims, encode_claims
from kiosk.passes.issue import issue, issue_credential, new_cti
from kiosk.passes.lists import Lists
from kiosk.passes.phone import make_proof
from kiosk.passes.text import PREFIX, read_pass
from kiosk.passes.trust import TrustList, make_key, make_trust, read_trust
from kiosk.passes.verify import verify_text
from kiosk.timing import ClockState, Stamp, SystemClock

EXIT_NO = 1
RATIO_MAX, IMPORT_MS_MAX = 1.3, 25.0
ROUNDS, CALLS, IMPORTS = 60, 200, 11
DAY_S = 86_400
TEXTS, PAYLOADS = 1_000_000, 200_000
_IMPORT = (
    "import time, cryptography.hazmat.primitives.asymmetric.ed25519; "
    "t = time.perf_counter(); import kiosk.passes.verify; "
    "print((time.perf_counter() - t) * 1000)"
)


class Office:
    """An issuer, its trust list and passes of its own, for one run."""

    def __init__(self) -> None:
        now = SystemClock().now()
        self.at = Stamp(now.mono_s, now.utc, now.boot_id, ClockState.TRUSTED)
        self.now_s = int(self.at.utc.timestamp())
        self.issuer, root = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        self.public = self.issuer.public_key().public_bytes_raw()
        from_s, to_s = self.now_s - DAY_S, self.now_s + DAY_S
        key = make_key(self.public, iss="bench", from_s=from_s, to_s=to_s)
        trust = make_trust([key], community="bench", seq=1, issued_s=self.now_s, root=root)
        read = read_trust(trust, root.public_key().public_bytes_raw())
        self.lists = Lists(read if isinstance(read, TrustList) else None)

    def claims(self, kind: PassKind = PassKind.RESIDENT, holder: bytes = b"") -> Claims:
        """Return the claims of somebody."""
        ends_s = self.now_s + 30 * DAY_S
        return Claims(
            "bench", "KX3M2P7Q", self.now_s, ends_s, new_cti(), kind, 7, "张*明", holder
        )

    def paper(self) -> str:
        """Return the text of a paper pass."""
        return issue(self.claims(), self.issuer)

    def phone(self) -> str:
        """Return the text that a phone shows now."""
        holder = Ed25519PrivateKey.generate()
        claims = self.claims(PassKind.PHONE, holder.public_key().public_bytes_raw())
        return make_proof(issue_credential(claims, self.issuer), holder, iat_s=self.now_s)

    def outcome(self, text: str) -> str:
        """Return OK, or the code of the refusal."""
        outcome = verify_text(text, self.lists, self.at)
        return outcome.reason.value if isinstance(outcome, Refused) else "OK"


@click.command("passes")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
@click.option("--hostile", is_flag=True, help="1,000,000 texts and 200,000 signed payloads.")
@click.option("--seed", type=int, default=1, show_default=True)
def command(as_json: bool, hostile: bool, seed: int) -> None:
    """Measure what a pass costs to verify, beside its bare signature and base45.

    Ends with 1 when it costs more than 1.3 times that, the import more than 25 ms, or
    something hostile was taken.
    """
    office = Office()
    report = measure(office)
    is_good = _is_within(report)
    if hostile:
        report["hostile"] = attack(office, random.Random(seed))
        is_good = is_good and report["hostile"]["bad"] == 0
    click.echo(json.dumps(report) if as_json else json.dumps(report, indent=1))
    sys.exit(0 if is_good else EXIT_NO)


def measure(office: Office) -> dict[str, Any]:
    """Return the figures of a good pass, a forged one and a phone's, and of the import."""
    text = office.paper()
    forged = text[:-2] + ("00" if text[-2:] != "00" else "10")
    report: dict[str, Any] = {}
    for name, shown in (("paper", text), ("forged", forged)):
        whole_us, bare_us = _beside(partial(office.outcome, shown), _bare(office, shown))
        report[name] = {
            "outcome": office.outcome(shown),
            "us": round(whole_us, 1),
            "bare_us": round(bare_us, 1),
            "ratio": round(whole_us / bare_us, 3),
        }
    phone = office.phone()
    whole_us, bare_us = _beside(partial(office.outcome, phone), _bare(office, text))
    report["phone"] = {"us": round(whole_us, 1), "papers": round(whole_us / bare_us, 2)}
    with tempfile.TemporaryDirectory() as folder:
        _import_ms(folder)  # compiles
        taken = [_import_ms(folder) for _ in range(IMPORTS)]
    report["import_ms"] = round(statistics.median(taken), 1)
    return report


def _is_within(report: dict[str, Any]) -> bool:
    ratios = [report[name]["ratio"] for name in ("paper", "forged")]
    return bool(max(ratios) <= RATIO_MAX and report["import_ms"] <= IMPORT_MS_MAX)


def _bare(office: Office, text: str) -> Callable[[], object]:
    """Return base45 and one signature check, as short as they can be written."""
    shown = read_pass(text)
    if isinstance(shown, Refusal):
        raise click.ClickException("the bench's own pass has no form")
    signed = cose.to_be_signed(shown.protected, shown.payload)
    body, public = text.removeprefix(PREFIX), office.public

    def check() -> object:
        message = base45.decode(body) or b""
        try:
            return Ed25519PublicKey.from_public_bytes(public).verify(message[-64:], signed)
        except InvalidSignature:
            return None

    return check


def _beside(ours: Callable[[], object], bare: Callable[[], object]) -> tuple[float, float]:
    """Return the median microseconds of a call of each; they take turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for side, call in enumerate((ours, bare)):
            began = time.perf_counter()
            for _ in range(CALLS):
                call()
            times[side].append((time.perf_counter() - began) / CALLS * 1e6)
    return statistics.median(times[0]), statistics.median(times[1])


def _import_ms(compiled: str) -> float:
    """Return the milliseconds of the import, from modules compiled into a folder."""
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT],
        capture_output=True,
        text=True,
        check=True,
        env=environ | {"PYTHONPYCACHEPREFIX": compiled},
    )
    return float(done.stdout)


def attack(office: Office, rng: random.Random) -> dict[str, Any]:
    """Return what came of random texts and of truly signed, changed payloads.

    `bad` counts texts that were taken, and outcomes that are on no list.
    """
    texts = Counter(office.outcome(_any_text(rng)) for _ in range(TEXTS))
    good = encode_claims(office.claims())
    signed = Counter(office.outcome(_changed(good, office, rng)) for _ in range(PAYLOADS))
    bad = texts["OK"] + texts["E_INTERNAL"] + signed["E_INTERNAL"]
    return {"bad": bad, "texts": dict(texts), "signed": dict(signed)}


def _any_text(rng: random.Random) -> str:
    length = rng.choice((rng.randint(0, 30), rng.randint(165, 225), rng.randint(300, 425)))
    prefix = rng.choice(("", "GP1:", "GD1:"))
    return prefix + "".join(rng.choices(base45.ALPHABET, k=length))


def _changed(good: bytes, office: Office, rng: random.Random) -> str:
    payload = bytearray(good)
    for _ in range(rng.randint(1, 3)):
        payload[rng.randrange(len(payload))] = rng.randrange(256)
    return PREFIX + base45.encode(cose.sign(bytes(payload), office.issuer))
