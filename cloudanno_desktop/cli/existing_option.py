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
    """Add the option; the command receives one text."""
    return click.option(
        "--existing",
        type=click.Choice([choice.value for choice in Existing]),
        default=Existing.RENAME.value,
        show_default=True,
        help="What to do with a name that other bytes have; the same bytes are never moved twice.",
    )(function)


def choice_of(existing: str) -> Choice:
    """Return the choice. Raises ``Failed`` where nobody could be asked."""
    chosen = Existing(existing)
    if chosen is Existing.ASK and not sys.stdin.isatty():
        raise Failed("Nobody can be asked here. Choose --existing rename, skip or overwrite.")
    return Choice(chosen, ask_user)


def ask_user(question: Question) -> tuple[Existing, bool]:
    """Ask on the terminal; a capital letter is an answer for all."""
    sizes = f"{question.size:,} bytes instead of {question.other_size:,}"
    text = (
        f"“{printable(question.name)}” is taken ({sizes}).\n"
        "[k]eep both, [s]kip, [o]verwrite; a capital letter for all"
    )
    letters = [*REPLIES, *(letter.upper() for letter in REPLIES)]
    reply = click.prompt(text, type=click.Choice(letters), show_choices=False, err=True)
    return REPLIES[reply.lower()], reply.isupper()
