"""What importing the verifier costs, in fresh interpreters, from compiled modules."""

import os
import statistics
import subprocess
import sys
import tempfile

IMPORTS = 11
_IMPORT = (
    "import time, cryptography.hazmat.primitives.asymmetric.ed25519; "
    "t = time.perf_counter(); import kiosk.passes.verify; "
    "print((time.perf_counter() - t) * 1000)"
)


def import_ms() -> float:
    """Return the median milliseconds beyond cryptography's own import."""
    with tempfile.TemporaryDirectory() as folder:
        _import_ms(folder)  # compiles
        return statistics.median(_import_ms(folder) for _ in range(IMPORTS))


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
