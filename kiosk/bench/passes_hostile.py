"""Random texts and truly signed, changed payloads, put to the verifier."""

import random
from collections import Counter
from typing import Any

from kiosk.bench.passes_office import Office
from kiosk.passes import base45, cose
from kiosk.passes.claims import encode_claims
from kiosk.passes.text import PREFIX

TEXTS, PAYLOADS = 1_000_000, 200_000


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
