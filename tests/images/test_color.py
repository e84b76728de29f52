"""Colors and depths: the grid and the network see what a good viewer shows."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from cloudanno_desktop.images.decode import open_picture
from cloudanno_desktop.images.render import render
from cloudanno_desktop.training.preprocess import read_pixels


def encoded(image, form="PNG", **options):
    body = io.BytesIO()
    image.save(body, form, **options)
    return body.getvalue()


def ramp(low, high):
    """Gray of 16 bits that gets brighter from left to right."""
    row = np.linspace(low, high, 256).round().astype(np.uint16)
    return Image.fromarray(np.tile(row, (256, 1)))


def gray_of(image):
    return np.asarray(image.convert("L"), int)[image.height // 2]


EIGHT_BITS = gray_of(ramp(0, 255).convert("L"))


@pytest.mark.parametrize(
    ("low", "high"), [(0, 4095), (64, 4080), (0, 1023), (0, 200), (0, 65535), (9000, 9255)]
)
@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_deep_gray_is_seen_by_its_own_range(low, high, form, tmp_path):
    data = encoded(ramp(low, high), form)
    path = tmp_path / f"gray.{form.lower()}"
    path.write_bytes(data)

    decoded = gray_of(open_picture(data, 256)[0])
    seen = gray_of(Image.fromarray(read_pixels(path, "stretch")))
    shown = gray_of(Image.open(io.BytesIO(render(data, 128).jpeg)))

    assert np.abs(decoded - EIGHT_BITS).max() <= 2
    assert np.abs(seen - np.linspace(0, 255, 224)).max() <= 3
    assert np.abs(shown - np.linspace(0, 255, 128)).max() <= 6


def test_the_range_is_that_of_the_whole_picture_whatever_the_size():
    values = np.array(ramp(0, 2000))
    values[0, 0] = 4000
    data = encoded(Image.fromarray(values))
    assert gray_of(open_picture(data, 256)[0])[-1] == pytest.approx(127, abs=2)
    assert gray_of(open_picture(data, 32)[0])[-1] == pytest.approx(127, abs=4)


def wide_gamut_profile():
    """Profile of a screen whose red, green and blue are stronger than those of sRGB.

    It is made of the profile of sRGB: red and green have changed places.
    """
    body = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(body[128:132])
    for entry in range(132, 132 + 12 * count, 12):
        tag = bytes(body[entry : entry + 4])
        body[entry : entry + 4] = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}.get(tag, tag)
    at = body.find("sRGB".encode("utf-16-be"))
    while at >= 0:
        body[at : at + 8] = "Swap".encode("utf-16-be")
        at = body.find("sRGB".encode("utf-16-be"))
    return bytes(body)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_colors_are_those_that_the_profile_means(form):
    data = encoded(
        Image.new("RGB", (64, 64), (200, 20, 60)), form, icc_profile=wide_gamut_profile()
    )
    pixel = open_picture(data, 64)[0].getpixel((30, 30))
    assert np.abs(np.subtract(pixel, (20, 200, 60))).max() <= 4


def test_transparent_and_indexed_pictures_are_converted_too():
    profile = wide_gamut_profile()
    clear = Image.new("RGBA", (64, 64), (200, 20, 60, 255))
    clear.paste((0, 0, 0, 0), (32, 0, 64, 64))
    decoded, _ = open_picture(encoded(clear, icc_profile=profile), 64)
    assert np.abs(np.subtract(decoded.getpixel((5, 5)), (20, 200, 60))).max() <= 4
    assert np.abs(np.subtract(decoded.getpixel((60, 5)), (255, 255, 255))).max() <= 2
    indexed = Image.new("RGB", (64, 64), (200, 20, 60)).quantize(4)
    decoded, _ = open_picture(encoded(indexed, icc_profile=profile), 64)
    assert np.abs(np.subtract(decoded.getpixel((5, 5)), (20, 200, 60))).max() <= 6


@pytest.mark.parametrize("profile", [b"no profile at all", b"\0" * 400])
def test_a_damaged_profile_costs_no_picture(profile):
    data = encoded(Image.new("RGB", (64, 64), (200, 20, 60)), icc_profile=profile)
    assert open_picture(data, 64)[0].getpixel((30, 30)) == (200, 20, 60)


def test_a_profile_of_other_pixels_is_passed_over():
    data = encoded(
        Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "TIFF", icc_profile=wide_gamut_profile()
    )
    red, green, blue = open_picture(data, 64)[0].getpixel((30, 30))
    assert max(red, green) > 150 > blue


def test_the_profile_of_srgb_changes_nothing():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    random = np.random.default_rng(2).integers(0, 256, (64, 64, 3), np.uint8)
    data = encoded(Image.fromarray(random), icc_profile=profile)
    assert np.array_equal(np.asarray(open_picture(data, 64)[0]), random)
