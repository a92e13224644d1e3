"""What the desk prints with: the gate's own reader looks at every card before it is kept."""

from kiosk.passes.card_face import read_card
from kiosk.runtime.cards import LAYOUTS, print_cards


def print_passes(texts: list[str], site: str, size: str) -> bytes:
    """Return a PDF of passes; `size` is sheet or large. Raises MessageError."""
    return print_cards([read_card(text, site) for text in texts], LAYOUTS[size])
