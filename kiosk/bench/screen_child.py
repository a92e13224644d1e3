"""The screen's server in a process of its own, told by lines what to show. See `screen_far`.

Each line names a state; the answer is the wall-clock second at which it was handed over.
`memory` answers with this process's memory. Before serving it says what it would use without
the screen: what the gate has loaded in any case.
"""

import sys
import time

import cv2  # noqa: F401 - the gate has it in any case

import kiosk.core.machine
import kiosk.ports  # noqa: F401
from kiosk.bench.screen_film import Film
from kiosk.bench.screen_memory import pss_mb
from kiosk.bench.screen_states import states


def main() -> None:
    """Serve until the input ends."""
    known = dict(states())
    film = Film()
    before_mb = pss_mb("self")
    from kiosk.bench.screen_side import serving  # after the first look at the memory

    with serving(film, gate="南门") as side:
        print(side.url, f"{before_mb:.2f}", flush=True)
        for line in sys.stdin:
            name = line.strip()
            if name == "memory":
                print(f"{pss_mb('self'):.2f}", flush=True)
                continue
            at_s = time.time()
            side.show(known[name])
            print(at_s, flush=True)


if __name__ == "__main__":
    main()
