"""From starting the interpreter to a painted window: the program against a bare Qt window.

All are started cold in turn, the program also as the command line starts it; the time runs from the
start of the process to the first paint. The modules that must never be loaded by the window are
looked for in the same process.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 7
PAINTED = b"painted\n"
BARE = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel
application = QApplication([])
window = QLabel("bare")
window.show()
"""
OURS = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from cloudanno_desktop.gui.app.app import App
from cloudanno_desktop.settings import load_settings
application = QApplication([])
app = App(application, load_settings())
app.show()
window = app.window
"""
COMMAND = """
from cloudanno_desktop.__main__ import be_quiet
from cloudanno_desktop.cli.main import main
be_quiet()
main(["open"], lambda *_: 0)
"""
TELL = """
import sys
window.grab()
heavy = {"tensorflow", "keras", "coremltools", "boto3", "keyring", "ai_edge_litert"}
sys.stdout.write("painted\\n")
sys.stdout.write(" ".join(sorted(heavy & set(sys.modules))) + "\\n")
sys.stdout.flush()
import os
os._exit(0)
"""


def seconds_to_paint(code: str, home: str) -> tuple[float, str]:
    """Start one process; return the seconds to its first paint and the heavy modules it loaded."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "CLOUDANNO_HOME": home}
    # modules are compiled once, as an installed program's are
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = f"{home}/compiled"
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", code + TELL], stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        seconds = time.perf_counter() - began
        if line != PAINTED:
            raise RuntimeError("the window was not painted")
        return seconds, process.stdout.readline().decode().strip()


def main() -> None:
    """Measure both in turn and print one table."""
    with tempfile.TemporaryDirectory() as home:
        seconds_to_paint(OURS, home)
        codes = (OURS, COMMAND + OURS, BARE)
        rounds = [[seconds_to_paint(code, home) for code in codes] for _ in range(RUNS)]
    ours, command, bare = (
        statistics.median(one[number][0] for one in rounds) for number in range(len(codes))
    )
    print(f"{'window painted after':24} {'ms':>6}")
    print(f"{'CloudAnno':24} {ours * 1000:6.0f}")
    print(f"{'… by the command line':24} {command * 1000:6.0f}")
    print(f"{'bare Qt window':24} {bare * 1000:6.0f}")
    print(f"{'ratio':24} {ours / bare:6.2f}")
    print(f"heavy modules loaded: {rounds[0][0][1] or 'none'}")


if __name__ == "__main__":
    main()
