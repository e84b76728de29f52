"""Arguments go to the command line; without any, or with ``open``, the window opens."""

import os
import sys


def main() -> int:
    """Run the program and return its exit code."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: its threads fight each other
    arguments = sys.argv[1:]
    if arguments[:1] == ["media"]:
        from cloudanno_desktop.media.main import main as run_media

        return run_media()
    if not arguments or (arguments[0] == "open" and "--help" not in arguments):
        from cloudanno_desktop.gui.app import main as run_window

        return run_window(arguments[1:])
    from cloudanno_desktop.cli.main import main as run_command

    return run_command(arguments)


if __name__ == "__main__":
    sys.exit(main())
