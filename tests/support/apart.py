"""Two people who disagree, for several tests."""

from cloudanno_desktop.labels.edits.assign import Assign


def apart(open_project, bucket, name=""):
    """Return two computers that gave one image different labels, and know of each other now."""
    one, two = open_project(f"{name}one", bucket), open_project(f"{name}two", bucket)
    cat, dog = one.create("cat", "dog")
    one.synchronise()
    two.synchronise()
    one.do(Assign((cat,), one.ids("a.jpg", "b.jpg")))
    two.do(Assign((dog,), two.ids("a.jpg")))
    for project in (one, two, one):
        project.synchronise()
    return one, two
