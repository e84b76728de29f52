"""Every edit can be named in the person's language."""

import dataclasses
import inspect

import pytest

from cloudanno_desktop.gui.project.edit_texts import EDIT_TEXTS
from cloudanno_desktop.labels.edits import (
    assign,
    copy_annotations,
    delete_label,
    properties,
    relabel,
    resolve_conflict,
    restore,
    states,
)

MODULES = (
    assign,
    properties,
    relabel,
    delete_label,
    states,
    resolve_conflict,
    restore,
    copy_annotations,
)


def kinds():
    for module in MODULES:
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ == module.__name__ and hasattr(kind, "apply"):
                yield kind


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_what_an_edit_does_can_be_translated(kind):
    (field,) = (field for field in dataclasses.fields(kind) if field.name == "text")
    assert field.default is dataclasses.MISSING or field.default in EDIT_TEXTS
