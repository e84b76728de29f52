import pytest

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
from cloudanno_desktop.labels.edits.properties import (
    MarkNegative,
    MoveLabel,
    RecolorLabel,
    RenameLabel,
)
from cloudanno_desktop.labels.edits.undo import UndoStack
from cloudanno_desktop.labels.journal import local_journal
from cloudanno_desktop.labels.naming_rules import LabelNameRefused
from cloudanno_desktop.labels.store import LabelUnknown, ProjectReadOnly


def test_assigning_replaces_the_label_in_a_single_label_project(project):
    cat, dog = project.create("cat", "dog")
    images = project.ids("a.jpg", "b.jpg")
    project.do(Assign((cat,), images))

    project.do(Assign((dog,), images[:1]))

    assert project.shown() == {"a.jpg": ["dog"], "b.jpg": ["cat"]}
    assert project.counts() == {"cat": 1, "dog": 1}


def test_assigning_adds_in_a_multi_label_project(multi):
    cat, dog = multi.create("cat", "dog")
    images = multi.ids("a.jpg", "b.jpg")
    multi.do(Assign((cat,), images[:1]))

    multi.do(Assign((cat, dog), images))

    assert multi.shown() == {"a.jpg": ["cat", "dog"], "b.jpg": ["cat", "dog"]}


def test_undoing_an_assignment_spares_what_was_assigned_before(multi):
    (cat,) = multi.create("cat")
    multi.do(Assign((cat,), multi.ids("a.jpg")))

    applied = multi.do(Assign((cat,), multi.ids("a.jpg", "b.jpg")))
    multi.do(applied.inverse)

    assert multi.shown() == {"a.jpg": ["cat"]}
    assert applied.changes.images.tolist() == list(multi.ids("b.jpg"))


def test_an_edit_that_changes_nothing_writes_nothing(project):
    (cat,) = project.create("cat")
    project.do(Assign((cat,), project.ids("a.jpg")))
    pending = project.store.pending()

    applied = project.do(Assign((cat,), project.ids("a.jpg")))

    assert project.store.pending() == pending
    assert applied.changes.images.size == 0


def test_every_edit_is_taken_back_by_its_inverse(multi):
    cat, dog = multi.create("cat", "dog")
    images = multi.ids("a.jpg", "b.jpg", "c.jpg")
    multi.do(Assign((cat,), images[:2]))
    multi.do(Assign((dog,), images[1:]))
    edits = [
        Assign((cat, dog), images),
        Unassign((cat,), images),
        SetLabels(images, (dog,)),
        SetLabels(images, ()),
        ClearLabels(images),
        CreateLabel("cow"),
        RenameLabel(cat, "feline"),
        RecolorLabel(cat, "#000000"),
        MoveLabel(cat, 99.0),
        MarkNegative(cat),
        DeleteLabel(cat),
        MergeLabels(cat, dog),
        CompositeEdit((DeleteLabel(dog), ClearLabels(images)), "both"),
    ]
    before = multi.shown(), multi.store.labels()
    for edit in edits:
        applied = multi.do(edit)
        changed = multi.shown(), multi.store.labels()
        assert changed != before, edit

        again = multi.do(applied.inverse)
        assert (multi.shown(), multi.store.labels()) == before, edit

        multi.do(again.inverse)
        assert (multi.shown(), multi.store.labels()) == changed, edit
        multi.do(applied.inverse)


def test_the_undo_stack_walks_back_and_forth(project):
    (cat,) = project.create("cat")
    stack = UndoStack()
    for key in ("a.jpg", "b.jpg"):
        stack.push(f"label {key}", project.do(Assign((cat,), project.ids(key))))

    assert stack.undo_text == "label b.jpg"
    stack.undo(project.store)
    stack.undo(project.store)
    assert project.shown() == {}
    assert not stack.can_undo
    stack.redo(project.store)
    assert project.shown() == {"a.jpg": ["cat"]}
    assert stack.redo_text == "label b.jpg"
    stack.push("other", project.do(ClearLabels(project.ids("a.jpg"))))
    assert not stack.can_redo


def test_a_merged_label_counts_as_the_other_and_can_be_removed_as_it(multi):
    cat, feline = multi.create("cat", "feline")
    multi.do(Assign((cat,), multi.ids("a.jpg")))
    multi.do(Assign((feline, cat), multi.ids("b.jpg")))

    multi.do(MergeLabels(cat, feline))
    assert multi.counts() == {"feline": 2}

    multi.do(Unassign((feline,), multi.ids("a.jpg", "b.jpg")))
    assert multi.shown() == {}


def test_only_images_that_are_in_the_bucket_count(project):
    (cat,) = project.create("cat")
    with project.database.transaction() as connection:
        (absent,) = project.index.ensure(connection, ["absent.jpg"])

    project.do(Assign((cat,), (absent, *project.ids("a.jpg"))))

    assert project.counts() == {"cat": 1}
    project.add_image("absent.jpg")
    assert project.counts() == {"cat": 2}


def test_a_failure_inside_several_edits_leaves_nothing(project):
    (cat,) = project.create("cat")
    images = project.ids("a.jpg")

    with pytest.raises(LabelUnknown):
        project.do(CompositeEdit((Assign((cat,), images), Assign(("nowhere",), images)), "both"))

    assert project.shown() == {}
    project.do(Assign((cat,), project.ids("b.jpg")))
    assert project.shown() == {"b.jpg": ["cat"]}
    assert project.counts() == {"cat": 1}


def test_a_name_is_refused_if_reserved_or_taken(project):
    cat, _dog = project.create("cat", "dog")
    for edit in (
        CreateLabel("Labeled"),
        CreateLabel(" "),
        CreateLabel("cat"),
        RenameLabel(cat, "dog"),
    ):
        with pytest.raises(LabelNameRefused):
            project.do(edit)
    assert list(project.counts()) == ["cat", "dog"]


def test_a_name_that_was_deleted_can_be_used_for_a_new_label(project):
    (cat,) = project.create("cat")
    project.do(Assign((cat,), project.ids("a.jpg")))
    project.do(DeleteLabel(cat))

    (again,) = project.create("cat")

    assert again != cat
    assert project.counts() == {"cat": 0}


def test_a_read_only_project_refuses_edits(project):
    with project.database.transaction() as connection:
        local_journal.set_state(connection, "read_only", "it is foreign.")

    with pytest.raises(ProjectReadOnly, match="it is foreign"):
        project.create("cat")

    assert project.store.pending() == 0


def test_what_an_edit_returned_is_there_after_opening_again(open_project):
    project = open_project()
    (cat,) = project.create("cat")
    project.do(Assign((cat,), project.ids("a.jpg")))
    project.database.close()

    again = open_project(keys=())

    assert again.shown() == {"a.jpg": ["cat"]}
    assert again.store.pending() == 2
