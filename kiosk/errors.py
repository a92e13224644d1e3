"""Every failure the kiosk knows by name.

KioskError
├── ConfigError            config.yaml or a key file is wrong: exit 78, ops mend it
├── DeviceError            a device of the gate; the worker closes and reopens it
│   ├── DeviceMissing      was never there, or does not open
│   │   ├── DeviceBusy     is held by another program
│   │   └── DeviceDenied   may not be opened by this user
│   ├── DeviceLost         was open and went
│   ├── DeviceSilent       is open and does not answer (a state, until it counts as lost)
│   └── DeviceFault        answers, but says or shows that it is unwell
├── JournalError           an entry could not be kept: the gate stays shut
│   ├── JournalFull        no room left on the disk
│   └── JournalCorrupt     the file is damaged; it is set aside and a new one begun
├── SyncError              central did not take our entries; they wait and are sent again
│   ├── ServerUnreachable  no connection, time-out, cut off
│   │   └── CertificateDates   its certificate is of another day, or our clock is
│   ├── CaptivePortal      somebody else's page answered in central's place
│   ├── ServerBusy         asked us to come later
│   ├── ServerRefused      signed "no": identity, counter or chain
│   └── BadUpdate          a list or reply that does not verify; the old one is kept
├── StoreError             central's database did not keep or give; nothing is acknowledged
└── MessageError           bytes of a message that do not have the agreed shape

A pass that does not verify is not here: a refusal is a value (`core.words.Refusal`).
"""


class KioskError(Exception):
    """Base of all failures with a name."""


class ConfigError(KioskError):
    """One or more problems, each with the path of the key it is about."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class DeviceError(KioskError):
    """A device failed. `device` is camera, thermometer, gate or voice."""

    def __init__(self, device: str, detail: str) -> None:
        super().__init__(f"{device}: {detail}")
        self.device = device
        self.detail = detail


class DeviceMissing(DeviceError):
    """The device was never there, or cannot be opened."""


class DeviceBusy(DeviceMissing):
    """Another program holds the device; `detail` names it where it can be seen."""


class DeviceDenied(DeviceMissing):
    """This user may not open the device."""


class DeviceLost(DeviceError):
    """The device was open and went away."""


class DeviceSilent(DeviceError):
    """The device is open and does not answer in time."""


class DeviceFault(DeviceError):
    """The device answers, but not with what can be believed."""


class JournalError(KioskError):
    """The entry is not on disk. The gate must not open for it."""


class JournalFull(JournalError):
    """The disk has no room for the entry."""


class JournalCorrupt(JournalError):
    """The journal file is damaged."""


class SyncError(KioskError):
    """Central did not take or answer a message. Nothing is lost: it is sent again."""


class ServerUnreachable(SyncError):
    """No connection, a time-out, or an answer that was cut off.

    `is_slow` means that there is a line, but the exchange took longer than it may.
    """

    def __init__(self, detail: str, *, is_slow: bool = False) -> None:
        super().__init__(detail)
        self.is_slow = is_slow


class CertificateDates(ServerUnreachable):
    """The server's certificate is not valid yet, or no longer, by the clock that judged it."""


class CaptivePortal(SyncError):
    """Something between us and central answered in its place."""


class ServerBusy(SyncError):
    """Central asks for patience. `retry_after_s` is None when it did not say how long."""

    def __init__(self, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class ServerRefused(SyncError):
    """Central answered with a signed refusal, an `E_` code."""

    def __init__(self, code: str, expected_seq: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.expected_seq = expected_seq


class BadUpdate(SyncError):
    """A reply or list does not verify. What we hold stays in force."""


class StoreError(KioskError):
    """Central's database failed. What came was not acknowledged and is sent again."""


class MessageError(KioskError):
    """Bytes that do not have the shape agreed in `wire`."""
