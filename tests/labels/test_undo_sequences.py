"""Undo of any sequence of edits restores what was, and redo brings it back."""

import contextlib
import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudanno_desktop.labels.edits.assign import (
    Assign,
    ClearLabels,
    CompositeEdit,
    CreateLabel,
    DeleteLabel,
    MergeLabels,
    SetLabels,
    Unassign,
)
from cloudanno_desktop.labels.edits.by_folder import label_by_folder, plan_folders
from cloudanno_desktop.labels.edits.delete_label import DeleteLabelAndImages
from cloudanno_desktop.labels.edits.properties import (
    MarkNegative,
    MoveLabel,
    RecolorLabel,
    RenameLabel,
)
from cloudanno_desktop.labels.edits.relabel import AssignNamed, KeepFirstLabel, SplitLabel
from cloudanno_desktop.labels.edits.states import PinSplit, SetState, TakeOut
from cloudanno_desktop.labels.edits.undo import UndoStack
from cloudanno_desktop.labels.image_states import Part, State
from cloudanno_desktop.labels.naming_rules import LabelNameRefused

KEYS = ("fox/a.jpg", "fox/b.jpg", "owl/c.jpg", "d.jpg", "owl/deep/e.jpg")
NAMES = ("cat", "dog", "cow", "hen")

EDITS = {
    "create": lambda p, _ids, a, _b: CreateLabel(f"{a}{len(p.store.catalog.rows)}"),
    "assign": lambda p, ids, a, _b: Assign((label(p, a),), ids),
    "unassign": lambda p, ids, a, _b: Unassign((label(p, a),), ids),
    "set": lambda p, ids, a, _b: SetLabels(ids, (label(p, a),)),
    "clear": lambda _p, ids, _a, _b: ClearLabels(ids),
    "rename": lambda p, _ids, a, _b: RenameLabel(label(p, a), f"new {len(p.store.catalog.rows)}"),
    "recolour": lambda p, _ids, a, _b: RecolorLabel(label(p, a), "#123456"),
    "move": lambda p, _ids, a, b: MoveLabel(label(p, a), float(len(b)) + 0.5),
    "negative": lambda p, _ids, a, _b: MarkNegative(label(p, a)),
    "merge": lambda p, _ids, a, b: MergeLabels(label(p, a), label(p, b)),
    "delete": lambda p, _ids, a, _b: DeleteLabel(label(p, a)),
    "delete with images": lambda p, _ids, a, _b: DeleteLabelAndImages(label(p, a)),
    "assign new": lambda p, ids, a, _b: AssignNamed({f"{a}{len(p.store.catalog.rows)}": ids}),
    "assign named": lambda p, ids, a, b: AssignNamed({a: ids, b: ids}),
    "split": lambda p, ids, a, b: SplitLabel(label(p, a), ids, b),
    "keep first": lambda _p, _ids, _a, _b: KeepFirstLabel(),
    "by folder": lambda p, _ids, _a, _b: label_by_folder(
        plan_folders(p.index, p.store, p.store.image_ids())
    ),
    "skip": lambda _p, ids, _a, _b: SetState(ids, State.SKIPPED),
    "not sure": lambda _p, ids, _a, _b: SetState(ids, State.UNSURE),
    "sure again": lambda _p, ids, _a, _b: SetState(ids, State.UNSURE, is_on=False),
    "exclude": lambda _p, ids, _a, _b: SetState(ids, State.EXCLUDED),
    "pin": lambda _p, ids, a, _b: PinSplit(ids, list(Part)[len(a) % 3]),
    "unpin": lambda _p, ids, _a, _b: PinSplit(ids, None),
    "take out": lambda _p, ids, _a, _b: TakeOut(ids),
    "bring back": lambda _p, ids, _a, _b: TakeOut(ids, is_out=False),
    "both": lambda p, ids, a, b: CompositeEdit(
        (Assign((label(p, a),), ids), DeleteLabel(label(p, b))), ""
    ),
}

steps = st.lists(
    st.tuples(
        st.sampled_from(sorted(EDITS)),
        st.sets(st.integers(0, len(KEYS) - 1), max_size=len(KEYS)),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
    ),
    min_size=1,
    max_size=12,
)


def label(project, name):
    """Return the label of that name, or the first one there is."""
    found = project.store.catalog.named(name)
    return (found or project.store.catalog.shown[0]).id


def seen(project):
    """Return all that a person sees."""
    store = project.store
    images = store.image_ids()
    return (
        images.tolist(),
        store.labels_of(images),
        {
            image: marks
            for image, marks in store.marks_of(images).items()
            if marks.states or marks.part
        },
        store.labels(),
    )


@pytest.mark.parametrize("many", [False, True], ids=["one label", "several labels"])
def test_undo_of_any_sequence_restores_what_was_and_redo_brings_it_back(open_project, many):
    numbers = itertools.count()

    @given(steps)
    @settings(
        max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def check(sequence):
        project = open_project(f"{many}{next(numbers)}", keys=KEYS)
        if many:
            project.allow_many()
        project.create(*NAMES)
        ids = np.array(project.ids(*KEYS), np.int32)
        stack, moments = UndoStack(), []
        for kind, places, first, second in sequence:
            if not project.store.catalog.shown:
                break  # nobody can choose one
            edit = EDITS[kind](project, ids[sorted(places)], first, second)
            before = seen(project)
            with contextlib.suppress(LabelNameRefused):  # a name that is taken already
                stack.push(edit.text, project.do(edit))
                moments.append(before)
        moments.append(seen(project))

        for before in reversed(moments[:-1]):
            stack.undo(project.store)
            assert seen(project) == before
        for after in moments[1:]:
            stack.redo(project.store)
            assert seen(project) == after

    check()
