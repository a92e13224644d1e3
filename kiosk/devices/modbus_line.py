"""A Modbus RTU slave on a serial line: registers read and written through minimalmodbus.

minimalmodbus 2.1 keeps to the port it is given, and its failures are IOErrors as those of a
lost line are: they are told apart here. None means that no sound answer came in time.
"""

import time

import minimalmodbus

from kiosk.devices.serial_line import LINE_TROUBLE, SerialLine, said
from kiosk.errors import DeviceFault, DeviceLost


class ModbusSlave:
    """One device on the bus. Its line must have its speed and parity already."""

    def __init__(self, line: SerialLine, address: int, *, answer_s: float) -> None:
        self._port = _CountedPort(line, answer_s)
        self._device = minimalmodbus.Instrument(self._port, address)

    def read(self, first: int, count: int, *, function: int) -> list[int] | None:
        """Return `count` registers from `first` on, unsigned; None when no sound answer came.

        An answer with anything behind it is not sound: two speak at once. Raises DeviceFault
        when the device refuses, DeviceLost when the line is gone.
        """
        try:
            registers = self._device.read_registers(first, count, functioncode=function)
        except minimalmodbus.ModbusException as exc:
            _tell_refusal(exc)
            return None
        return None if self._port.has_more() else [int(register) for register in registers]

    def write(self, register: int, value: int, *, function: int) -> bool:
        """Write one register. Returns whether the device said that it did.

        Raises DeviceFault when the device refuses, DeviceLost when the line is gone.
        """
        try:
            self._device.write_register(register, value, functioncode=function)
        except minimalmodbus.ModbusException as exc:
            _tell_refusal(exc)
            return False
        return not self._port.has_more()


def _tell_refusal(exc: minimalmodbus.ModbusException) -> None:
    is_refusal = isinstance(exc, minimalmodbus.SlaveReportedException)
    if is_refusal and not isinstance(exc, minimalmodbus.SlaveDeviceBusyError):
        why = f"{said(exc)}; is this the right register map?"
        raise DeviceFault("thermometer", why) from exc


class _CountedPort:
    """The port as minimalmodbus wants it: counts what is read, loses nothing untold."""

    is_open = True

    def __init__(self, line: SerialLine, answer_s: float) -> None:
        self._line = line
        self.timeout = answer_s
        self.port = str(line.port.port)
        self.baudrate = line.port.baudrate

    def read(self, count: int) -> bytes:
        """Return at most `count` bytes, fewer when they are late."""
        got = b""
        deadline_s = time.monotonic() + self.timeout
        try:
            while len(got) < count and time.monotonic() < deadline_s:
                got += bytes(self._line.port.read(count - len(got)))
        except LINE_TROUBLE as exc:
            raise DeviceLost("thermometer", f"{self.port}: {said(exc)}") from exc
        finally:
            self._line.received_bytes += len(got)
        return got

    def has_more(self) -> bool:
        """Return whether something stands behind the answer. It is thrown away."""
        return self._line.drain() > 0

    def write(self, request: bytes) -> None:
        """Send a request."""
        self._line.write(request)

    def reset_input_buffer(self) -> None:
        """Forget what came and was not read."""
        self._line.discard()

    def reset_output_buffer(self) -> None:
        """Do nothing: a request is short and gone at once."""

    def open(self) -> None:
        """Do nothing: the line is open."""

    def close(self) -> None:
        """Do nothing: the line is its owner's."""
