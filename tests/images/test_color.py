"""Colors and depths: the grid and the network see what a good viewer shows."""

import io
import struct
import zlib
from functools import partial

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


def deep_png(values):
    """A PNG of 16-bit colors; Pillow cannot write one."""
    height, width, channels = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, {3: 2, 4: 6}[channels], 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def deep_tiff(values, order="<", compression=1):
    """A TIFF of 16-bit colors in one strip."""
    height, width, channels = values.shape
    body = values.astype(f"{order}u2").tobytes()
    body = zlib.compress(body) if compression == 8 else body
    bits = struct.pack(f"{order}{channels}H", *[16] * channels)
    tags = [
        (256, 3, 1, width),
        (257, 3, 1, height),
        (258, 3, channels, 8),
        (259, 3, 1, compression),
    ]
    tags += [(262, 3, 1, 2), (273, 4, 1, 200), (277, 3, 1, channels), (278, 3, 1, height)]
    tags += [(279, 4, 1, len(body))]
    directory = struct.pack(f"{order}H", len(tags))
    for tag, kind, count, value in tags:
        is_short = kind == 3 and count == 1
        directory += struct.pack(f"{order}HHI", tag, kind, count)
        directory += struct.pack(
            f"{order}HH" if is_short else f"{order}I", *([value, 0] if is_short else [value])
        )
    head = (
        (b"II" if order == "<" else b"MM")
        + struct.pack(f"{order}HI", 42, 16)
        + bits.ljust(8, b"\0")
    )
    return (head + directory + bytes(4)).ljust(200, b"\0") + body


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
@pytest.mark.parametrize(
    "encode",
    [
        deep_png,
        deep_tiff,
        partial(deep_tiff, order=">"),
        partial(deep_tiff, compression=8),
        partial(deep_tiff, order=">", compression=8),
    ],
)
def test_deep_colors_are_seen_by_the_bits_that_they_use(bits, encode):
    eight = np.random.default_rng(3).integers(0, 256, (64, 64, 3))
    eight[0, 0] = 255
    data = encode((eight * ((1 << bits) - 1) / 255).round().astype(np.uint16))
    decoded = np.asarray(open_picture(data, 64)[0], int)
    assert np.abs(decoded - eight).max() <= 1


def test_deep_colors_keep_their_transparency_and_profile():
    values = np.full((64, 64, 4), (3200, 320, 960, 65535), np.uint16)
    values[0, 0, :3] = 4095
    values[:, 32:, 3] = 0
    decoded, _ = open_picture(deep_png(values), 64)
    assert np.abs(np.subtract(decoded.getpixel((5, 5)), (199, 20, 60))).max() <= 1
    assert decoded.getpixel((60, 5)) == (255, 255, 255)


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
