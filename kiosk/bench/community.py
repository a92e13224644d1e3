"""A big made-up community for the benches: references of households, ids of passes."""

from kiosk.passes.claims import SUB_ALPHABET


def sub_of(home: int) -> str:
    """Return the reference of a household, by its number."""
    return "B" + "".join(SUB_ALPHABET[home >> shift & 31] for shift in range(30, -5, -5))


def cti_of(who: int) -> bytes:
    """Return the id of somebody's pass, by their number."""
    return (who + 1).to_bytes(8)
