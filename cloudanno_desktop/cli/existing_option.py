"""The option ``--existing``: what to do with a name that other bytes have."""

import sys
from collections.abc import Callable
from typing import Any

import click

from cloudanno_desktop.cli.output import printable
from cloudanno_desktop.errors import Failed
from cloudanno_desktop.transfers.model import Existing, Question
from cloudanno_desktop.transfers.run_once import Choice

REPLIES = {"k": Existing.RENAME, "s": Existing.SKIP, "o": Existing.OVERWRITE}


def existing_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--existing",
        type=click.Choice([choice.value for choice in Existing]),
        default=Existing.RENAME.value,
        show_default=True,
        help="What to do when a different file has the same name. Identical files are skipped.",
    )(function)


def choice_of(existing: str) -> Choice:
    """Return the choice. Raises ``Failed`` without a terminal to ask on."""
    chosen = Existing(existing)
    if chosen is Existing.ASK and not sys.stdin.isatty():
        raise Failed("Cannot ask without a terminal. Use --existing rename, skip or overwrite.")
    return Choice(chosen, ask_user)


def ask_user(question: Question) -> tuple[Existing, bool]:
    """Ask on the terminal; a capital letter is an answer for all."""
    sizes = f"new: {question.size:,} bytes, existing: {question.other_size:,} bytes"
    text = (
        f"“{printable(question.name)}” already exists ({sizes}).\n"
        "[k]eep both, [s]kip, [o]verwrite; uppercase for all"
    )
    letters = [*REPLIES, *(letter.upper() for letter in REPLIES)]
    reply = click.prompt(text, type=click.Choice(letters), show_choices=False, err=True)
    return REPLIES[reply.lower()], reply.isupper()
