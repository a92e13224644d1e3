"""Base45 (RFC 9285): bytes as the letters that a QR code's alphanumeric mode holds.

Two bytes become three letters, a last single byte two. Reading is exact: no case folding,
no trimming, no letter from outside the alphabet.
"""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_BASE = len(ALPHABET)


def encode(message: bytes) -> str:
    """Return `message` in base45."""
    letters = []
    for at in range(0, len(message), 2):
        group = message[at : at + 2]
        value = int.from_bytes(group)
        for _ in range(len(group) + 1):
            value, rest = divmod(value, _BASE)
            letters.append(ALPHABET[rest])
    return "".join(letters)


def decode(text: str) -> bytes | None:
    """Return the bytes of `text`, None when it is not base45 to the letter."""
    values = [_VALUES.get(letter, -1) for letter in text]
    if -1 in values or len(values) % 3 == 1:
        return None
    message = bytearray()
    for at in range(0, len(values), 3):
        group = values[at : at + 3]
        value = 0
        for digit in reversed(group):
            value = value * _BASE + digit
        width = len(group) - 1
        if value >= 256**width:
            return None
        message += value.to_bytes(width)
    return bytes(message)
