"""Labels in the place of others, by folder, deleted in three ways; states and pins."""

import numpy as np
import pytest

from cloudanno_desktop.labels.edits import delete_label as deleting
from cloudanno_desktop.labels.edits.assign import Assign, MergeLabels, OneLabelOnly, SetLabels
from cloudanno_desktop.labels.edits.by_folder import label_by_folder, plan_folders
from cloudanno_desktop.labels.edits.delete_label import DeleteLabelAndImages, reach_of
from cloudanno_desktop.labels.edits.relabel import AssignNamed, KeepFirstLabel, SplitLabel
from cloudanno_desktop.labels.edits.states import PinSplit, SetState, TakeOut
from cloudanno_desktop.labels.image_states import Marks, Part, State
from cloudanno_desktop.labels.naming_rules import LabelNameRefused


def test_a_new_label_and_its_images_are_one_step_that_a_closing_window_cannot_part(project):
    images = project.ids("a.jpg", "b.jpg")

    applied = project.do(AssignNamed({"owl": images}))

    assert project.shown() == {"a.jpg": ["owl"], "b.jpg": ["owl"]}
    project.do(applied.inverse)
    assert (project.shown(), project.counts()) == ({}, {})


def test_splitting_moves_only_images_that_carry_the_label(multi):
    cat, dog = multi.create("cat", "dog")
    multi.do(Assign((cat,), multi.ids("a.jpg", "b.jpg")))
    multi.do(Assign((dog,), multi.ids("b.jpg", "c.jpg")))

    multi.do(SplitLabel(cat, multi.ids("b.jpg", "c.jpg"), "lynx"))

    assert multi.shown() == {"a.jpg": ["cat"], "b.jpg": ["dog", "lynx"], "c.jpg": ["dog"]}


def test_splitting_in_a_single_label_project_moves_what_was_merged_too(project):
    cat, tom = project.create("cat", "tom")
    project.do(Assign((tom,), project.ids("a.jpg")))
    project.do(MergeLabels(tom, cat))

    project.do(SplitLabel(cat, project.ids("a.jpg", "b.jpg"), "lynx"))

    assert project.shown() == {"a.jpg": ["lynx"]}


def test_keeping_one_label_keeps_the_first_of_the_list(multi):
    cat, dog, cow = multi.create("cat", "dog", "cow")
    multi.do(Assign((dog, cow), multi.ids("a.jpg")))
    multi.do(Assign((cow, cat), multi.ids("b.jpg")))
    multi.do(Assign((cow,), multi.ids("c.jpg")))

    applied = multi.do(KeepFirstLabel())

    assert multi.shown() == {"a.jpg": ["dog"], "b.jpg": ["cat"], "c.jpg": ["cow"]}
    multi.do(applied.inverse)
    assert multi.shown()["b.jpg"] == ["cat", "cow"]


def test_several_labels_are_refused_where_an_image_carries_one(project):
    cat, dog = project.create("cat", "dog")

    with pytest.raises(OneLabelOnly):
        project.do(SetLabels(project.ids("a.jpg"), (cat, dog)))


def test_deleting_a_label_with_its_images_takes_out_only_those_that_have_nothing_else(multi):
    cat, dog = multi.create("cat", "dog")
    multi.do(Assign((cat,), multi.ids("a.jpg", "b.jpg")))
    multi.do(Assign((dog,), multi.ids("b.jpg")))
    reach = reach_of(multi.store, cat)

    applied = multi.do(DeleteLabelAndImages(cat))

    assert (reach.carriers, reach.only.tolist()) == (2, list(multi.ids("a.jpg")))
    assert multi.shown() == {"b.jpg": ["dog"]}
    assert multi.store.image_ids().tolist() == list(multi.ids("b.jpg", "c.jpg", "d.jpg"))
    assert multi.store.ids_taken_out().tolist() == list(multi.ids("a.jpg"))
    multi.do(applied.inverse)
    assert multi.shown() == {"a.jpg": ["cat"], "b.jpg": ["cat", "dog"]}


def test_images_whose_files_are_gone_are_forgotten_whole(project):
    (cat,) = project.create("cat")
    images = project.ids("a.jpg")
    project.do(Assign((cat,), images))
    project.do(SetState(images, State.UNSURE))
    project.do(PinSplit(images, Part.TEST))

    project.do(deleting.forget_images(images))

    assert project.shown() == {}
    assert project.store.marks_of(images) == {}


def test_folders_become_labels_and_names_that_cannot_are_told(open_project):
    keys = ("owl/1.jpg", "x/owl/2.jpg", "fox/3.jpg", "all/4.jpg", "top.jpg")
    project = open_project(keys=keys)
    project.create("fox")

    plan = plan_folders(project.index, project.store, project.store.image_ids())
    project.do(label_by_folder(plan))

    assert [(part.name, len(part.images), part.is_new) for part in plan] == [
        ("all", 1, True),
        ("fox", 1, False),
        ("owl", 2, True),
    ]
    assert "reserved" in plan[0].problem
    assert project.counts() == {"fox": 1, "owl": 2}


def test_a_name_that_no_label_may_have_labels_nothing(project):
    with pytest.raises(LabelNameRefused):
        project.do(AssignNamed({"owl": project.ids("a.jpg"), "all": project.ids("b.jpg")}))

    assert (project.shown(), project.counts()) == ({}, {})


def test_states_and_pins_are_kept_beside_labels(project):
    images = project.ids("a.jpg", "b.jpg")
    project.do(SetState(images, State.SKIPPED))
    project.do(SetState(images[:1], State.EXCLUDED))
    applied = project.do(PinSplit(images[1:], Part.VAL))

    assert project.store.marks_of(project.ids("a.jpg", "b.jpg", "c.jpg")) == {
        images[0]: Marks((State.SKIPPED, State.EXCLUDED), None),
        images[1]: Marks((State.SKIPPED,), Part.VAL),
    }
    project.do(applied.inverse)
    assert project.store.ids_pinned_to(Part.VAL).tolist() == []


def test_excluded_images_are_no_part_of_training(project):
    (cat,) = project.create("cat")
    project.do(Assign((cat,), project.ids("a.jpg", "b.jpg")))
    project.do(SetState(project.ids("b.jpg", "c.jpg"), State.EXCLUDED))

    assert project.store.training_ids().tolist() == list(project.ids("a.jpg"))


def test_taking_out_what_is_out_already_writes_nothing(project):
    images = np.array(project.ids("a.jpg"), np.int32)
    project.do(TakeOut(images))
    pending = project.store.pending()

    project.do(TakeOut(images))

    assert project.store.pending() == pending
