"""The command ``cloudanno``: finds the subcommand, turns errors into one sentence and a code.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 stopped by the user, 4 done but items left out.
"""

import importlib
import io
import logging
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from cloudanno_desktop import __version__, log
from cloudanno_desktop.cli.output import WARNED, printable
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.files import local_problem
from cloudanno_desktop.progress import Cancelled

_log = logging.getLogger(__name__)

DONE, FAILED, USAGE, STOPPED, LEFT_OUT = range(5)

COMMANDS = (
    "open",
    "demo",
    "status",
    "scan",
    "upload",
    "download",
    "label",
    "labels",
    "changed",
    "folder",
    "sync",
    "train",
    "evaluate",
    "predict",
    "publish",
    "branches",
    "promote",
    "rollback",
    "pull",
    "connections",
)
IN_MODULE = {"promote": "branches", "rollback": "branches"}  # else in one of their own name


class LazyCommands(click.Group):
    """Subcommands that are imported when they are called, so that each starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = IN_MODULE.get(cmd_name, cmd_name)
        module = importlib.import_module(f"cloudanno_desktop.cli.{name}_command")
        command = getattr(module, cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module.__name__}.{cmd_name} is no command")
        return command


@click.command(
    cls=LazyCommands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.option(
    "--log-level", type=click.Choice(log.LEVELS), help="Level of the log; info by default."
)
@click.version_option(__version__, prog_name="cloudanno")
@click.pass_context
def cloudanno(context: click.Context, debug: bool, log_level: str | None) -> int | None:
    """Label pictures in a bucket or folder, train a classifier, publish it to phones.

    PROJECT is a folder, s3://bucket[/prefix], or the name of a recent project. Without a command,
    the window opens.
    """
    if log_level:
        log.use_level(log_level)
    _log.info("command %s", context.invoked_subcommand or "open")
    if context.invoked_subcommand:
        return None
    code: int = context.obj("", "", None)
    return code


@cloudanno.result_callback()
@click.pass_context
def _exit_code(context: click.Context, /, code: object, **_options: object) -> int:
    """Return what a command ends with: a warning beside the answer is something left out."""
    code = code if isinstance(code, int) else DONE
    return LEFT_OUT if code == DONE and context.meta.get(WARNED) else code


OpenWindow = Callable[[str, str, Path | None], int]


def main(arguments: Sequence[str], open_window: OpenWindow | None = None) -> int:
    """Run one command and return the exit code.

    ``open_window(project, connection, screenshot)`` is handed in, because the command line itself
    needs no screen and no Qt.
    """
    _carry_any_name()
    command = next((argument for argument in arguments if argument in COMMANDS), "open")
    with log.writing("window" if command == "open" else "command"):
        return _run(arguments, open_window)


def _run(arguments: Sequence[str], open_window: OpenWindow | None) -> int:
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        code = cloudanno.main(
            arguments, prog_name="cloudanno", standalone_mode=False, obj=open_window
        )
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except (Cancelled, KeyboardInterrupt, click.Abort):
        click.echo("Stopped.", err=True)
        return STOPPED
    except (CloudAnnoError, OSError) as error:
        _log.debug("the command failed", exc_info=True)
        if debug:
            traceback.print_exc()
        click.echo(_sentence(error), err=True)
        return FAILED
    return code if isinstance(code, int) else DONE


def _carry_any_name() -> None:
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def _sentence(error: CloudAnnoError | OSError) -> str:
    """Say in one line what went wrong; names of files and labels may hold line ends."""
    if isinstance(error, OSError):
        error = local_problem(Path(os.fsdecode(error.filename or "a file")), error)
    return printable(str(error))
