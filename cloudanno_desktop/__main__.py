"""Arguments go to the command line; without any the window opens."""

import gc
import logging
import os
import re
import sys
import warnings
from pathlib import Path

from cloudanno_desktop import log

_log = logging.getLogger(__name__)

USUAL = gc.get_threshold()
YOUNG_OBJECTS = 20_000  # before garbage is looked for among them; usually 700


def main() -> int:
    be_quiet()
    gc.set_threshold(YOUNG_OBJECTS)  # nearly all that a start makes is kept
    try:
        return run(sys.argv[1:])
    finally:
        gc.freeze()  # a process that ends need not look for garbage, a tenth of a second long


def run(arguments: list[str]) -> int:
    if arguments == ["media"]:
        from cloudanno_desktop.media.main import main as run_media

        with log.writing("media"):
            return run_media()
    if is_training_child(arguments):
        from cloudanno_desktop.training_child import main as run_worker

        with log.writing("training"):
            return run_worker(Path(arguments[1]), events=True)
    if len(arguments) == 2 and arguments[0] == "prepare":
        from cloudanno_desktop.training_child import prepare

        with log.writing("backbone"):
            return prepare(Path(arguments[1]))
    from cloudanno_desktop.cli.main import main as run_command

    return run_command(arguments, open_window)


def be_quiet() -> None:
    """Set up libraries before they are loaded: no threads that fight, no chatter about files."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # oddities of a picture do not matter while it can be read
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
    logging.getLogger("PIL").setLevel(logging.CRITICAL)


def is_training_child(arguments: list[str]) -> bool:
    """Say whether this is ``train RUN --events``, which must not load what knows buckets."""
    is_form = len(arguments) == 3 and arguments[0] == "train" and arguments[2] == "--events"
    return is_form and (Path(arguments[1]) / "job.json").is_file()


def open_window(project: str, connection: str, screenshot: Path | None) -> int:
    """Open the window; without a display only its picture can be taken.

    Raises ``Failed``: there is no display, or a library of the system is missing.
    """
    from cloudanno_desktop.cli.output import has_display
    from cloudanno_desktop.errors import Failed

    gc.set_threshold(*USUAL)  # what is left of a widget waits no longer than it must
    if screenshot and not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    elif not has_display():
        raise Failed("There is no display for the window. Try: cloudanno demo --no-window")
    try:
        from cloudanno_desktop.gui.app.start import run as run_window
    except ImportError as error:
        _log.debug("the window does not load", exc_info=True)
        raise Failed(_why_no_window(error)) from error
    return run_window(project, connection, screenshot)


def _why_no_window(error: ImportError) -> str:
    """Name the library of the system that is missing; anything else is a bug."""
    library = re.match(r"(lib[\w.+-]+): cannot open shared object file", str(error))
    if library is None:
        raise error
    return (
        f"The window needs the library {library[1]}, which this computer lacks. Install it; "
        "all other commands work without it."
    )


if __name__ == "__main__":
    sys.exit(main())
