"""How much of what a thermometer's line brings makes sense: the share of bad bytes."""

from collections import deque

SHARE_OVER_S = 60
NOISE_AFTER_S = 0.9
NOISE_BYTES_MIN = 20  # chosen: fewer are the glitch of a plug


class Traffic:
    """Counts bytes and bytes of sound packets by the second. Time comes with the calls."""

    def __init__(self, now_s: float, noise_bytes_min: int = NOISE_BYTES_MIN) -> None:
        self._seconds: deque[list[int]] = deque()  # second, bytes, bytes of sound packets
        self._noise_bytes_min = noise_bytes_min
        self._sound_s = now_s  # of the last sound packet
        self._bytes_since = 0  # that came after it

    def count(self, now_s: float, *, came: int, sound: int) -> None:
        """Note that `came` bytes came, and that `sound` bytes proved to be sound packets."""
        second = int(now_s)
        self._forget(second)
        if not self._seconds or self._seconds[-1][0] != second:
            self._seconds.append([second, 0, 0])
        self._seconds[-1][1] += came
        self._seconds[-1][2] += sound
        self._bytes_since = 0 if sound else self._bytes_since + came
        self._sound_s = now_s if sound else self._sound_s

    def bad_share(self, now_s: float) -> float:
        """Return the share of bytes of the last minute that made no sound packet.

        While nothing has been sound for a second it is that of the bytes since: 1 for noise,
        0 for silence, whatever the line said before.
        """
        if now_s - self._sound_s > NOISE_AFTER_S:
            return 1.0 if self._bytes_since >= self._noise_bytes_min else 0.0
        self._forget(int(now_s))
        total = sum(row[1] for row in self._seconds)
        sound = sum(row[2] for row in self._seconds)
        return max(0.0, 1 - sound / total) if total else 0.0

    def _forget(self, second: int) -> None:
        while self._seconds and second - self._seconds[0][0] > SHARE_OVER_S:
            self._seconds.popleft()
