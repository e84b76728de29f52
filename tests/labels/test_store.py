"""Reading labels while the media process writes what it finds."""

import numpy as np
import pytest

from cloudanno_desktop.labels.catalog import Catalog
from cloudanno_desktop.labels.edits.assign import Assign


def test_labels_are_counted_while_images_arrive(project, monkeypatch):
    (cat,) = project.create("cat")
    project.do(Assign((cat,), project.ids("a.jpg")))
    root = Catalog.root

    def root_while_an_image_arrives(catalog, label_id):
        project.add_image(f"new {len(project.index.all_ids())}.jpg")
        return root(catalog, label_id)

    monkeypatch.setattr(Catalog, "root", root_while_an_image_arrives)
    assert project.store.labeled_ids().tolist() == list(project.ids("a.jpg"))
    assert "new 4.jpg" in project.index.ids_of(["new 4.jpg"])


def test_the_labels_of_a_selection_are_counted(project):
    cat, dog, _ = project.create("cat", "dog", "bird")
    project.do(Assign((cat,), project.ids("a.jpg", "b.jpg")))
    project.do(Assign((dog,), project.ids("d.jpg")))
    chosen = np.array(project.ids("b.jpg", "c.jpg", "d.jpg"), np.int32)
    counts = {row.label.name: row.images for row in project.store.labels_among(chosen)}
    assert counts == {"cat": 1, "dog": 1}
    assert project.store.labels_among(np.zeros(0, np.int32)) == []


def test_what_another_process_labels_is_counted_beside_what_is_labeled_here(open_project):
    here, there = open_project("one"), open_project("one")
    (cat,) = here.create("cat")
    assert here.counts() == {"cat": 0}
    there.do(Assign((cat,), there.ids("a.jpg")))
    here.do(Assign((cat,), here.ids("b.jpg")))
    assert here.counts() == {"cat": 2}


def test_what_another_process_labels_is_counted_after_something_failed_here(open_project):
    here, there = open_project("one"), open_project("one")
    (cat,) = here.create("cat")
    assert here.counts() == {"cat": 0}

    def fail():
        with here.store.writing():
            here.do(Assign((cat,), here.ids("b.jpg")))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    there.do(Assign((cat,), there.ids("a.jpg")))
    assert here.counts() == {"cat": 1}
