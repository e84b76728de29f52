"""What the media process asked of the storage, and what it tells of pictures."""

import contextlib
import io
import sqlite3
import uuid

import boto3
import pytest
from PIL import Image

from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.connections.credentials import Secret
from cloudanno_desktop.bucket.usage.usage import Usage
from cloudanno_desktop.media_messages import commands
from cloudanno_desktop.media_messages import replies as messages
from cloudanno_desktop.settings import Settings
from tests.support.counting_proxy import counting_proxy

KEY = {"aws_access_key_id": "test", "aws_secret_access_key": "secret"}


@pytest.fixture
def filled(s3_endpoint, jpeg):
    client = boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1", **KEY)
    name = f"photos-{uuid.uuid4().hex[:12]}"
    client.create_bucket(Bucket=name)
    for number in range(5):
        client.put_object(Bucket=name, Key=f"{number}.jpg", Body=jpeg(40 + number))
    client.close()
    return name


def pictures(index):
    return tuple(
        commands.Picture(row.id, row.key, row.etag, row.size) for row in index.rows(index.all_ids())
    )


def test_the_window_is_told_of_every_request(start, open_request, index, s3_endpoint, filled):
    with counting_proxy(s3_endpoint) as proxy:
        connection = Connection("t", proxy.address, "us-east-1", access_key_id="test")
        media = start()
        media.send(open_request(f"s3://{filled}", 1, connection, Secret("secret")))
        _, status_changed = media.finish(commands.Scan())
        media.send(commands.WantThumbnails(1, pictures(index), 32))
        ready = 0
        while ready < 5:
            status_changed.append(media.replies.get(timeout=60))
            ready += isinstance(status_changed[-1], messages.ThumbnailReady)
        assert media.close() == 0
        while not media.replies.empty():
            status_changed.append(media.replies.get())

    used = [reply.usage for reply in status_changed if isinstance(reply, messages.StorageUsed)]
    usage = sum(used, Usage())
    assert usage.requests == len(proxy.seen) >= 6
    assert usage.bytes_down == sum(received for _, _, received in proxy.seen)
    assert usage.requests_by_kind()["GET"] >= 5


def test_a_folder_has_nothing_to_tell(opened, photos, jpeg):
    (photos / "a.jpg").write_bytes(jpeg())

    _, status_changed = opened.finish(commands.Scan())

    assert opened.close() == 0
    assert not any(isinstance(reply, messages.StorageUsed) for reply in status_changed)
    assert opened.replies.empty()


def test_the_window_is_told_that_a_picture_moves(opened, index, photos):
    frames = [Image.new("RGB", (40, 40), color) for color in ("red", "blue")]
    body = io.BytesIO()
    frames[0].save(body, "GIF", save_all=True, append_images=frames[1:])
    (photos / "film.gif").write_bytes(body.getvalue())
    opened.finish(commands.Scan())

    opened.send(commands.WantThumbnails(1, pictures(index), 32))

    assert opened.take(messages.ThumbnailReady).is_animated


def test_another_limit_of_the_thumbnails_holds_at_once(start, open_request, index, photos, home):
    for number in range(40):
        Image.new("RGB", (40, 40), (number, 0, 0)).save(photos / f"{number}.png")
    media = start()
    media.send(open_request(photos))
    media.finish(commands.Scan())

    media.send(commands.UseSettings(Settings(thumbnail_cache_mb=0)))
    media.send(commands.WantThumbnails(1, pictures(index), 32))
    for _ in range(40):
        media.take(messages.ThumbnailReady)
    media.close()

    (cache,) = (home / "cache").glob("thumbnails*.db")
    with contextlib.closing(sqlite3.connect(cache)) as database:
        assert database.execute("SELECT count(*) FROM thumbnail").fetchone() == (0,)
