"""Which keys are images."""

import pytest

from cloudanno_desktop.project_keys import IMAGE_SUFFIXES, is_image_key


@pytest.mark.parametrize(
    "key",
    [
        "a.jpg", "A.JPEG", "x//y.PnG", "..png", "über ä+%#.heic", "猫/🐈.webp", "no/.jpg",
        "photos/_cloudanno/a.jpg", "photos/models/a.jpg", "a.b.c.tiff", "models.jpg", "CON.gif",
    ],
)  # fmt: skip
def test_a_picture_suffix_makes_an_image(key):
    assert is_image_key(key)


@pytest.mark.parametrize(
    "key",
    [
        "", "jpg", "a.txt", "a.jpg/", "photos/", "a.jpg.part", "a.jp", "a.pdf", "a.svg", "a.h5",
        "_cloudanno/cache/a.jpg", "models/artifacts/1/a.png", "_annotations.json",
    ],
)  # fmt: skip
def test_other_objects_and_own_files_are_no_images(key):
    assert not is_image_key(key)


def test_every_suffix_belongs_to_a_format_that_is_decoded():
    from PIL import Image

    from cloudanno_desktop.images.decode import FORMATS

    Image.init()
    formats = {suffix: Image.registered_extensions()[f".{suffix}"] for suffix in IMAGE_SUFFIXES}
    assert {s: f for s, f in formats.items() if f not in FORMATS} == {}
