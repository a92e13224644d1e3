"""An exchange ends when its time is over, wherever it hangs."""

import socket
import time

from kiosk.sync.line import Alarm


def test_connection_that_hangs_is_cut() -> None:
    near, far = socket.socketpair()
    alarm = Alarm()
    alarm.know(near)
    alarm.set(0.05)
    assert near.recv(1) == b""
    assert alarm.stop()
    near.close()
    far.close()


def test_connection_that_comes_after_the_bell_is_cut_at_once() -> None:
    near, far = socket.socketpair()
    near.settimeout(5.0)
    alarm = Alarm()
    alarm.set(0.0)
    time.sleep(0.05)
    alarm.know(near)
    assert near.recv(1) == b""
    assert alarm.stop()
    near.close()
    far.close()


def test_exchange_in_time_is_left_alone() -> None:
    near, far = socket.socketpair()
    alarm = Alarm()
    alarm.know(near)
    alarm.set(5.0)
    assert not alarm.stop()
    far.sendall(b"1")
    assert near.recv(1) == b"1"
    near.close()
    far.close()
