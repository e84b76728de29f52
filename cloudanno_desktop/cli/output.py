"""How commands print: results on standard output, progress and notes on standard error."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click
import msgspec

from cloudanno_desktop.bucket.usage.meter import METER
from cloudanno_desktop.dataset.run_folder import LabelScore, untested, weak
from cloudanno_desktop.progress import Progress, silent

WARNED = "cloudanno_desktop.warned"


def print_json(document: object) -> None:
    body = msgspec.json.encode(_valid(msgspec.to_builtins(document)))
    click.echo(msgspec.json.format(body, indent=2).decode())


def print_counted(document: object) -> None:
    """Print a JSON document together with the storage requests; a folder has none."""
    used = METER.total()
    counted = {
        "requests": used.requests_by_kind(),
        "bytes_up": used.bytes_up,
        "bytes_down": used.bytes_down,
    }
    print_json(msgspec.to_builtins(document) | counted)


def _valid(value: object) -> object:
    """Return a document that UTF-8 can carry: names of files may hold bytes that are no text."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_valid(name): _valid(item) for name, item in value.items()}
    return [_valid(item) for item in value] if isinstance(value, list | tuple) else value


def note(text: str) -> None:
    click.echo(text, err=True)


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def ask_number(things: str, count: int) -> None:
    """Confirm a deletion by its number. Raises ``Abort`` for another number."""
    typed = click.prompt(f"To delete {count:,} {things}, type {count}", err=True)
    if typed.strip() != str(count):
        raise click.Abort


def warn(text: str) -> None:
    """Warn that something is missing from the result; the exit code reports it too."""
    note(f"warning: {printable(text)}")
    click.get_current_context().find_root().meta[WARNED] = True


def list_left_out(failures: Sequence[tuple[str, str]]) -> None:
    for name, reason in failures:
        note(f"left out: {printable(name)}: {reason}")


def printable(text: str) -> str:
    """Return ``text`` without control characters or lone surrogates, safe on any terminal."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown.encode("utf-8", "backslashreplace").decode()


def none_of(scores: Sequence[LabelScore]) -> str:
    """Name the labels that a headline says nothing about."""
    names = ", ".join(f"“{printable(name)}”" for name in untested(scores))
    return f", none of {names}" if names else ""


def print_weak(scores: Sequence[LabelScore]) -> None:
    """Name what an average hides: labels of which fewer than half of the pictures were found."""
    for score in weak(scores):
        found = f"recall {score.recall:.1%} on {counted(score.images, 'picture')}"
        click.echo(f"  often missed: {printable(score.name)}, {found}")


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def report(done: int, total: int | None, text: str = "") -> None:
            bar.update(task, completed=done, total=total, description=f"{title} {text}".rstrip())

        yield report


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    cells = [list(headers), *[[printable(str(cell)) for cell in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headers))]
    for row in cells:
        click.echo("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip())


def has_display() -> bool:
    """Say whether a window can be shown; only Linux may have no display."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform != "linux" or any(os.environ.get(name) for name in names)
