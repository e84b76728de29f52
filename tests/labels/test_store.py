"""Reading labels while the media process writes what it finds."""

import numpy as np

from cloudanno_desktop.labels.catalog import Catalog
from cloudanno_desktop.labels.edits import Assign


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
