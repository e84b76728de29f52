"""Thumbnails are small upright JPEG files."""

import io

import pytest
from PIL import Image

from cloudanno_desktop.thumbnails.picture import PictureUnreadable
from cloudanno_desktop.thumbnails.render import render


def test_the_longest_side_has_the_size_asked_for(picture_file):
    made = render(picture_file((1600, 1200)), 160)

    assert (made.width, made.height) == (160, 120)
    assert (made.source_width, made.source_height) == (1600, 1200)
    image = Image.open(io.BytesIO(made.jpeg))
    assert (image.format, image.size) == ("JPEG", (160, 120))


def test_small_pictures_are_not_blown_up(picture_file):
    made = render(picture_file((30, 20)), 160)

    assert (made.width, made.height) == (30, 20)


def test_a_thumbnail_carries_no_place_or_camera(picture_file):
    exif = Image.Exif()
    exif[0x010F] = "camera"
    made = render(picture_file((640, 480), exif=exif), 160)

    assert b"camera" not in made.jpeg


def test_what_is_no_picture_is_refused():
    with pytest.raises(PictureUnreadable):
        render(b"text", 160)
