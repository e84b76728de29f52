"""kill −9 while photos are uploaded and labels are given: what was done stays done."""

import random
import sqlite3

import pytest
from PIL import Image

from tests.support.killing import kill, wait_until

PHOTOS = 60


@pytest.fixture
def many_photos(tmp_path):
    folder = tmp_path / "many"
    draw = random.Random(2)
    for number in range(PHOTOS):
        label = folder / ("cat" if number % 2 else "dog")
        label.mkdir(parents=True, exist_ok=True)
        picture = Image.effect_noise((120, 90), draw.randrange(20, 120))
        picture.save(label / f"{number}.png")
    return folder


def images_of(place):
    return {k: v for k, v in place.objects().items() if k.endswith(".png")}


def shown_as_done(home):
    """Return what the project's own database holds: images present, and label pairs."""
    files = list(home.glob("data/projects/*/*/project.db"))
    found = set()
    for file in files:
        connection = sqlite3.connect(file)
        try:
            found |= {
                row[0] for row in connection.execute("SELECT key FROM image WHERE present = 1")
            }
        except sqlite3.OperationalError:
            pass  # killed before the tables were made
        finally:
            connection.close()
    return found


@pytest.mark.parametrize("moment", [1, 15, 40, PHOTOS])
def test_upload(place, cloudanno, start, many_photos, home, moment):
    expected = {
        f"{path.parent.relative_to(many_photos.parent).as_posix()}/{path.name}": path.stat().st_size
        for path in many_photos.rglob("*.png")
    }
    upload = ["upload", place.address, many_photos, "--labels-from-folders", *place.reach]
    killed = start(*upload)
    wait_until(lambda: len(images_of(place)) >= moment or killed.poll() is not None)
    kill(killed)

    done = shown_as_done(home)
    arrived = images_of(place)
    assert done <= set(arrived)
    assert all(expected[key] == size for key, size in arrived.items())

    again = cloudanno(*upload)
    assert again.code == 0, again.err
    assert images_of(place) == expected
    status = cloudanno("status", place.address, *place.reach, "--json").document
    assert status["images"] == PHOTOS
    assert status["unlabeled"] == 0
    assert status["pending"] == 0
    assert sum(label["count"] for label in status["labels"]) == PHOTOS


@pytest.mark.parametrize("moment", ["start", "journal", "annotations"])
def test_labels(place, cloudanno, start, many_photos, moment):
    cloudanno("upload", place.address, many_photos, *place.reach)
    keys = sorted(images_of(place))
    done = []
    for number in range(3):
        name = f"label{number}"
        add = start("label", place.address, "add", name, *keys[number::3], *place.reach)
        before = len(journal(place))
        if moment == "journal":
            wait_until(lambda b=before, p=add: len(journal(place)) > b or p.poll() is not None)
        elif moment == "annotations":
            wait_until(lambda n=name, p=add: annotated(place, n) or p.poll() is not None)
        kill(add)
        if add.returncode == 0 or moment != "start":
            done.append((name, len(keys[number::3])))

    assert cloudanno("sync", place.address, *place.reach).code == 0
    labels = cloudanno("labels", place.address, "list", *place.reach, "--json").document
    counts = {label["name"]: label["count"] for label in labels}
    assert all(counts[name] == images for name, images in done)
    status = cloudanno("status", place.address, *place.reach, "--json").document
    assert status["pending"] == 0


def journal(place):
    return [key for key in place.objects() if key.startswith("_cloudanno/journal/")]


def annotated(place, name):
    return "_annotations.json" in place.objects() and name.encode() in place.read(
        "_annotations.json"
    )
