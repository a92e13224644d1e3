"""As many people and gates as there are ask central's books at once, and nobody is cut off."""

import subprocess
import sys
from pathlib import Path

from kiosk.central.store import make_store

# A process of its own: what goes wrong between threads here ends the process.
ASK = """
import sys
from concurrent.futures import ThreadPoolExecutor
from sqlalchemy import func, select
from kiosk.central.schema import setting
from kiosk.central.store import open_store, reading

def ask(engine):
    for _ in range(6):
        with reading(engine) as db:
            db.execute(select(func.count()).select_from(setting)).all()

for _ in range(30):
    engine = open_store(sys.argv[1])
    with ThreadPoolExecutor(12) as threads:
        list(threads.map(ask, [engine] * 12))
    engine.dispose()
print("all were answered")
"""


def test_twelve_who_ask_at_once_are_all_answered(tmp_path: Path) -> None:
    make_store(tmp_path / "central.db").dispose()
    asked = [sys.executable, "-c", ASK, str(tmp_path / "central.db")]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "all were answered\n"), done.stderr
