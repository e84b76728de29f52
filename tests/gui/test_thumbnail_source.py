"""Thumbnails that are on this computer need no media process."""

from contextlib import suppress
from pathlib import Path

import pytest

from cloudanno_desktop import paths
from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.gui.common.tasks import TaskRunner
from cloudanno_desktop.gui.project.thumbnail_source import ThumbnailSource
from cloudanno_desktop.images.render import Thumbnail
from cloudanno_desktop.images.thumbnail_cache import ThumbnailCache, ThumbnailKey
from cloudanno_desktop.media_messages.commands import Picture

SIZE_PX = 256
DESCRIPTORS = Path("/proc/self/fd")


class AskedMedia(MediaClient):
    """No process: keeps what it was asked for."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def want_thumbnails(self, generation, pictures, size_px):
        self.asked.append((generation, [picture.key for picture in pictures], size_px))


@pytest.fixture
def media(qtbot):
    return AskedMedia()


@pytest.fixture
def source(media):
    runner = TaskRunner()
    source = ThumbnailSource(media, runner)
    yield source
    source.close()
    runner.close()


@pytest.fixture
def kept():
    cache = ThumbnailCache(paths.thumbnails_file(), 10**9)
    cache.put(ThumbnailKey("seen", 10, SIZE_PX), Thumbnail(b"jpeg", 256, 128, 4000, 2000))
    cache.close()


def picture(number, etag):
    return Picture(number, f"{etag}.jpg", etag, 10)


def test_kept_thumbnails_are_shown_and_only_the_rest_is_asked_for(qtbot, source, media, kept):
    with qtbot.waitSignal(source.ready) as heard:
        source.want(3, [picture(1, "new"), picture(2, "seen")], SIZE_PX)
    (ready,) = heard.args[0]
    assert (ready.id, ready.generation, ready.jpeg) == (2, 3, b"jpeg")
    assert (ready.source_width, ready.source_height) == (4000, 2000)
    assert media.asked == [(3, ["new.jpg"], SIZE_PX)]


def test_a_later_wish_replaces_an_earlier_one(qtbot, source, media, kept):
    source.want(1, [picture(1, "old")], SIZE_PX)
    source.want(2, [picture(2, "new")], SIZE_PX)
    qtbot.waitUntil(lambda: bool(media.asked))
    qtbot.wait(50)
    assert [generation for generation, _, _ in media.asked] == [2]


def test_what_is_all_kept_still_ends_the_wish_before(qtbot, source, media, kept):
    source.want(1, [picture(2, "seen")], SIZE_PX)
    qtbot.waitUntil(lambda: media.asked == [(1, [], SIZE_PX)])


@pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="no list of open files")
def test_what_comes_after_the_end_opens_no_file(source, kept):
    assert source.dimensions("seen", 10) == (4000, 2000)
    source.close()
    assert source.dimensions("seen", 10) is None
    assert not any(str(paths.thumbnails_file()) in link for link in open_files())


def open_files():
    for link in DESCRIPTORS.iterdir():
        with suppress(OSError):
            yield str(link.readlink())
