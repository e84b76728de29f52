"""The small picture that a camera put into a photo."""

import io

import pytest
from PIL import Image

from cloudanno_desktop.images.exif_thumbnail import HEAD_BYTES, open_embedded
from cloudanno_desktop.images.render import render_embedded

GREEN, RED = (30, 200, 30), (200, 30, 30)


def close(pixel, needed, tolerance=20):
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, needed, strict=True))


def test_the_embedded_picture_is_found_in_the_first_bytes(camera_photo):
    embedded = open_embedded(camera_photo((4000, 3000))[:HEAD_BYTES])

    assert embedded.pixels.size == (160, 120)
    assert embedded.source_size == (4000, 3000)
    assert close(embedded.pixels.getpixel((20, 60)), GREEN)
    assert close(embedded.pixels.getpixel((140, 60)), RED)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((3000, 2000), (160, 106)), ((4000, 1000), (160, 40)), ((2000, 4000), (60, 120))],
)
def test_black_bars_are_cut_off(camera_photo, size, expected):
    embedded = open_embedded(camera_photo(size, small_size=(160, 120))[:HEAD_BYTES])

    assert max(abs(a - b) for a, b in zip(embedded.pixels.size, expected, strict=True)) <= 2
    dark = [p for p in embedded.pixels.get_flattened_data() if max(p) < 60]
    assert len(dark) == 0


@pytest.mark.parametrize(("orientation", "first"), [(1, GREEN), (3, RED), (6, GREEN), (8, RED)])
def test_it_is_turned_like_the_picture_itself(camera_photo, orientation, first):
    embedded = open_embedded(camera_photo((3000, 2000), orientation=orientation)[:HEAD_BYTES])

    is_turned = orientation in (6, 8)
    assert embedded.source_size == ((2000, 3000) if is_turned else (3000, 2000))
    assert (embedded.pixels.height > embedded.pixels.width) == is_turned
    assert close(embedded.pixels.getpixel((5, 5)), first)


def test_one_of_another_shape_is_not_trusted(camera_photo, picture_file):
    other = picture_file((120, 120))

    assert open_embedded(camera_photo((3000, 2000), small=other)[:HEAD_BYTES]) is None


@pytest.mark.parametrize("small", [b"", b"no picture", b"\xff\xd8\xff\xd9"])
def test_a_damaged_one_is_no_picture(camera_photo, small):
    assert open_embedded(camera_photo((3000, 2000), small=small)[:HEAD_BYTES]) is None


def test_a_photo_without_one_and_what_is_no_photo_have_none(picture_file):
    assert open_embedded(picture_file((3000, 2000))[:HEAD_BYTES]) is None
    assert open_embedded(picture_file((300, 200), "PNG")) is None
    assert open_embedded(b"") is None
    assert render_embedded(b"\xff\xd8", 160) is None


def test_its_thumbnail_has_the_size_asked_for_or_its_own(camera_photo):
    head = camera_photo((4000, 3000))[:HEAD_BYTES]

    small, large = render_embedded(head, 128), render_embedded(head, 512)

    assert (small.width, small.height) == (128, 96)
    assert (large.width, large.height) == (160, 120)
    assert (large.source_width, large.source_height) == (4000, 3000)
    assert Image.open(io.BytesIO(small.jpeg)).size == (128, 96)


def test_the_embedded_pictures_of_odd_files_show_the_same(shared_data):
    folder = shared_data / "odd" / "pillow"
    for name in ("flower.jpg", "exif_typeerror.jpg"):
        data = (folder / name).read_bytes()
        embedded = open_embedded(data[:HEAD_BYTES])
        whole = Image.open(io.BytesIO(data)).convert("RGB").resize((16, 16))
        small = embedded.pixels.resize((16, 16))
        pairs = zip(whole.get_flattened_data(), small.get_flattened_data(), strict=True)
        off = sum(sum(abs(a - b) for a, b in zip(x, y, strict=True)) for x, y in pairs) / 256 / 3
        assert off < 12, (name, off)
