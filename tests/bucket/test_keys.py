"""Keys and local names."""

import os
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cloudanno_desktop.bucket.content_type import guess_content_type
from cloudanno_desktop.bucket.keys import (
    escape_name,
    key_problem,
    local_segments,
    numbered,
    unescape_name,
)

names = st.binary(min_size=1, max_size=80).filter(lambda raw: not set(b"/\0") & set(raw))


@pytest.mark.skipif(sys.platform != "linux", reason="needs names of any bytes")
@given(names)
@example(b"\x80%A0")
@example(b"\x80%25A0 %25 %2525FF%")
def test_every_name_of_bytes_has_a_key_of_text_that_leads_back(raw):
    name = os.fsdecode(raw)

    key = escape_name(name)

    key.encode()
    assert key == name or unescape_name(key) == name


@given(st.text(min_size=1, max_size=400).filter(lambda text: not key_problem(text)))
def test_every_key_has_a_place_inside_a_folder(key):
    for segment in local_segments(key):
        assert segment not in {"", ".", ".."}
        assert "/" not in segment
        assert "\0" not in segment
        assert len(segment.encode()) <= 255


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a/two.jpg.png", "a/two.jpg (2).png"),
        (".hidden.jpg", ".hidden (2).jpg"),
        ("noextension", "noextension (2)"),
        ("a.b/c", "a.b/c (2)"),
        ("ü" * 125 + ".jpg", "ü" * 123 + " (2).jpg"),
    ],
)
def test_a_numbered_key_keeps_its_suffix_and_fits_on_a_disk(key, expected):
    assert numbered(key, 2) == expected
    assert numbered(key, 1) == key


@pytest.mark.parametrize(
    ("key", "expected"),
    [("A.JPG", "image/jpeg"), ("x/y.heic", "image/heic"), ("x", "application/octet-stream")],
)
def test_the_content_type_follows_the_suffix(key, expected):
    assert guess_content_type(key) == expected
