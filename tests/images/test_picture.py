"""Decoding: upright, on white, the right size, and never more memory than promised."""

import csv
import io
import struct
import subprocess
import sys
import zlib

import pytest
from PIL import Image, ImageCms

from cloudanno_desktop.images import decode as picture
from cloudanno_desktop.images.decode import PictureUnreadable, open_picture

# Pillow remarks on broken files in passing; here they are broken on purpose.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

GREEN, RED = (30, 200, 30), (200, 30, 30)


def close(pixel, needed, tolerance=12):
    return all(abs(a - b) <= tolerance for a, b in zip(pixel, needed, strict=True))


@pytest.mark.parametrize("orientation", range(9))
def test_every_orientation_comes_out_upright(shared_data, orientation):
    folder = shared_data / "odd" / "exif-orientation"
    upright = Image.open(folder / "Landscape_1.jpg").convert("RGB").resize((60, 40))
    data = (folder / f"Landscape_{orientation}.jpg").read_bytes()

    image, source_size = open_picture(data, 100)

    small = image.resize((60, 40))
    difference = max(
        abs(a - b)
        for x in range(5, 60, 10)
        for y in range(5, 40, 10)
        for a, b in zip(small.getpixel((x, y)), upright.getpixel((x, y)), strict=True)
    )
    assert source_size == (1800, 1200)
    assert difference < 60


def test_a_sideways_photo_is_turned(picture_file):
    exif = Image.Exif()
    exif[0x0112] = 6
    data = picture_file((640, 480), exif=exif)

    image, source_size = open_picture(data, 100)

    assert source_size == (480, 640)
    assert image.width < image.height
    assert close(image.getpixel((10, 5)), GREEN)
    assert close(image.getpixel((10, image.height - 5)), RED)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "HEIF", "AVIF"])
def test_every_common_format_is_decoded_and_made_small(picture_file, form):
    image, source_size = open_picture(picture_file((1600, 1200), form), 100)

    assert source_size == (1600, 1200)
    assert image.mode == "RGB"
    assert 100 <= min(image.size) < 400
    assert close(image.getpixel((3, 3)), GREEN, 25)
    assert close(image.getpixel((image.width - 3, 3)), RED, 25)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LA", "RGBA"])
def test_every_mode_becomes_rgb(picture_file, mode):
    form = "TIFF" if mode in ("CMYK", "YCbCr") else "PNG"

    image, _ = open_picture(picture_file(form=form, mode=mode), 48)

    assert image.mode == "RGB"
    assert image.size == (64, 48)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF"])
def test_transparency_is_shown_on_white(form):
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    image.paste((250, 0, 0, 255), (0, 0, 20, 40))
    body = io.BytesIO()
    image.save(body, form, lossless=True)

    decoded, _ = open_picture(body.getvalue(), 40)

    assert close(decoded.getpixel((5, 5)), (250, 0, 0))
    assert close(decoded.getpixel((35, 35)), (255, 255, 255))


def test_sixteen_bit_grey_keeps_its_tones():
    image = Image.new("I;16", (40, 40), 32768)
    body = io.BytesIO()
    image.save(body, "PNG")

    decoded, _ = open_picture(body.getvalue(), 40)

    assert close(decoded.getpixel((20, 20)), (127, 127, 127), 2)


@pytest.mark.parametrize(
    ("values", "expected"),
    [((0.0, 1.0), (0, 255)), ((0.0, 200.0), (0, 200)), ((-2.0, 2.0), (0, 255))],
)
def test_floating_point_grey_is_shown_in_its_range(values, expected):
    image = Image.new("F", (40, 40), values[0])
    image.paste(values[1], (20, 0, 40, 40))
    body = io.BytesIO()
    image.save(body, "TIFF")

    decoded, _ = open_picture(body.getvalue(), 40)

    assert close(decoded.getpixel((3, 3)), (expected[0],) * 3, 1)
    assert close(decoded.getpixel((37, 3)), (expected[1],) * 3, 1)


def test_a_lab_picture_has_its_colours(shared_data):
    data = (shared_data / "odd" / "pillow" / "hopper.Lab.tif").read_bytes()
    lab = Image.open(io.BytesIO(data))
    transform = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    expected = ImageCms.profileToProfile(lab, *transform, outputMode="RGB")

    decoded, _ = open_picture(data, 128)

    assert decoded.getpixel((64, 64)) == expected.getpixel((64, 64))


def test_small_pictures_keep_their_size(picture_file):
    image, _ = open_picture(picture_file((30, 20)), 256)

    assert image.size == (30, 20)


@pytest.mark.parametrize("size", [(1, 4000), (4000, 1), (20000, 100), (1, 1)])
def test_very_long_pictures_keep_their_shape(picture_file, size):
    image, source_size = open_picture(picture_file(size, "PNG"), 50)

    assert source_size == size
    assert (image.width > image.height) == (size[0] > size[1])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"x", "no picture"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS"),
        (b"\n<!DOCTYPE html><html><body>404</body></html>", "web page"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "no picture"),
    ],
)
def test_what_is_no_picture_is_named(data, reason):
    with pytest.raises(PictureUnreadable, match=reason):
        open_picture(data, 100)


def test_a_file_that_was_cut_off_is_named(picture_file):
    data = picture_file((640, 480))
    with pytest.raises(PictureUnreadable, match="cut off"):
        open_picture(data[: len(data) // 2], 100)


def test_a_header_that_promises_too_much_is_refused_before_decoding():
    header = struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    body = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )

    with pytest.raises(PictureUnreadable, match="900 megapixels"):
        open_picture(body, 100)


@pytest.mark.parametrize("side", [20_000, 80_000, 900_000, 2_000_000])
def test_a_bitmap_of_any_claimed_size_is_refused(side):
    header = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0)
    body = b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + header

    with pytest.raises(PictureUnreadable, match=r"memory|claims"):
        open_picture(body, 100)


def test_a_format_that_needs_more_memory_has_a_lower_limit(picture_file, monkeypatch):
    monkeypatch.setattr(picture, "BUDGET_BYTES", 64 * 48 * 8)

    assert open_picture(picture_file(form="PNG"), 48)
    with pytest.raises(PictureUnreadable, match="WEBP"):
        open_picture(picture_file(form="WEBP"), 48)


def test_broken_exif_does_not_hide_the_picture(picture_file):
    data = picture_file((64, 48), exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x01\x12" * 40)

    assert open_picture(data, 48)[0].size == (64, 48)


ODD = """
import csv, re, sys
from pathlib import Path
from cloudanno_desktop.images.decode import PictureUnreadable
from cloudanno_desktop.images.render import render
root = Path(sys.argv[1])
for row in csv.DictReader((root / "manifest.csv").open()):
    try:
        made = render((root / row["path"]).read_bytes(), 256)
        result = f"{made.source_width}x{made.source_height}"
    except PictureUnreadable as error:
        result = error.reason
    print(row["path"], result, sep="\\t")
print("peak", re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1], sep="\\t")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_every_odd_file_is_shown_or_refused_within_a_gigabyte(shared_data):
    root = shared_data / "odd"
    command = [sys.executable, "-W", "ignore", "-c", ODD, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    results = dict(line.split("\t") for line in done.stdout.splitlines())
    peak_kb = int(results.pop("peak"))
    rows = list(csv.DictReader((root / "manifest.csv").open()))
    loadable = {row["path"]: row["upright"] for row in rows if row["upright"]}

    assert len(results) == len(rows)
    assert {path: results[path] for path in loadable} == loadable
    assert all(len(result) > 2 for result in results.values())
    assert peak_kb < 1_000_000


def scan_repeated(data, times):
    """Return a progressive JPEG whose last scan stands in it many times."""
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * times + data[-2:]


@pytest.fixture
def progressive():
    body = io.BytesIO()
    Image.new("RGB", (64, 48), GREEN).save(body, "JPEG", progressive=True)
    return body.getvalue()


def test_a_picture_of_endless_scans_is_refused_before_it_is_decoded(progressive):
    with pytest.raises(PictureUnreadable, match="more than 100 scans"):
        open_picture(scan_repeated(progressive, 20_000), 100)


def test_scans_are_counted_in_the_picture_and_not_in_a_film_behind_it(progressive):
    data = scan_repeated(progressive, 40) + b"\xff\xda" * 500
    assert open_picture(data, 100)[1] == (64, 48)


def test_a_file_too_large_for_a_picture_is_not_read(tmp_path):
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.truncate(2_100_000_000)
    with pytest.raises(PictureUnreadable, match="2,100 MB"):
        picture.read_picture_file(path)
