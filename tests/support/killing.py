"""Kill a process as a power cut would, at a moment that a condition tells."""

import signal
import threading

TIMEOUT_S = 120


def kill(process):
    """Kill one process as a power cut would, and wait until it is gone."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait(TIMEOUT_S)
    process.stdout.close()


def wait_until(condition):
    """Wait for a condition; the test fails if it does not come true."""
    pause = threading.Event()
    for _ in range(TIMEOUT_S * 200):
        if condition():
            return
        pause.wait(0.005)
    raise AssertionError("the condition did not come true")
