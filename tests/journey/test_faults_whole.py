"""The whole program on a service that fails: what was told as done is there, and there once.

What the bucket holds is looked at by an independent client, on the sound service behind the faults.
"""

import errno
import json
import random
from collections import Counter

import boto3
import pytest

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.cli.main import FAILED, main
from cloudanno_desktop.errors import CloudAnnoError, DiskFull, Failed
from cloudanno_desktop.labels.edits.assign import Assign, CreateLabel, SetLabels
from cloudanno_desktop.labels.journal.operations import decode_object, parse_key
from cloudanno_desktop.project_keys import JOURNAL
from cloudanno_desktop.projects.uploads import LocalFiles, download, upload
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Settings
from cloudanno_desktop.transfers import commit_downloads
from cloudanno_desktop.transfers import download as downloading
from tests.support.faulty_service import cut_off, disorder, lose_answer, misdate, refuse, reset

PHOTOS = 12
MOST_TRIES = 40


@pytest.fixture
def client(s3_endpoint, aws_keys):
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    yield client
    client.close()


@pytest.fixture
def name(client, request):
    name = f"faults-{abs(hash(request.node.nodeid)):x}"
    client.create_bucket(Bucket=name)
    return name


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    for number in range(PHOTOS):
        label = folder / ("cat" if number % 2 else "dog")
        label.mkdir(parents=True, exist_ok=True)
        body = random.Random(number).randbytes(20_000 + number)
        (label / f"{number}.jpg").write_bytes(body)
    return folder


@pytest.fixture
def opened(name):
    """Return a function that opens the project at a service, each time as another writer."""
    open_ones = []

    def opened(endpoint):
        address = parse_address(f"s3://{name}", Connection(endpoint_url=endpoint))
        open_ones.append(Workspace.open(address, Settings()))
        return open_ones[-1]

    yield opened
    for workspace in open_ones:
        workspace.close()


def objects(client, name):
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=name)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    return {key: client.get_object(Bucket=name, Key=key)["Body"].read() for key in keys}


def operations(held):
    """Return the journal's operations, after a look that no writer's sequence has a gap."""
    places = sorted(filter(None, map(parse_key, held)))
    for writer, count in Counter(writer for writer, _ in places).items():
        assert [n for w, n in places if w == writer] == list(range(1, count + 1))
    keys = [key for key in held if key.startswith(JOURNAL)]
    return [one for key in keys for one in decode_object(held[key], *parse_key(key)).operations]


def labels_shown(workspace):
    names = {count.label.id: count.label.name for count in workspace.labels.labels()}
    rows = workspace.index.rows(workspace.labels.labeled_ids().tolist())
    carried = workspace.labels.labels_of([row.id for row in rows])
    return {row.key: [names[label] for label in carried[row.id]] for row in rows}


def insist(work):
    """Do something again until it goes through, as a person does; return what was told."""
    reported = []
    for _ in range(MOST_TRIES):
        try:
            work()
        except CloudAnnoError as error:
            reported.append(str(error))
            continue
        return reported
    raise AssertionError(reported[-1])


def storm(seed):
    """Return when each kind of fault strikes: one request in seven or so, at random."""
    draw = random.Random(seed)
    return lambda: {turn for turn in range(3_000) if draw.random() < 0.14}


@pytest.mark.parametrize("seed", range(2))
def test_photos_and_labels_survive_a_storm(faulty, opened, client, name, photos, seed):
    strikes = storm(seed)
    faulty.fails(lose_answer, lambda asked: asked.is_write, strikes())
    faulty.fails(reset, lambda asked: True, strikes())
    faulty.fails(cut_off, lambda asked: asked.is_read, strikes())
    faulty.fails(refuse(503, "SlowDown"), lambda asked: True, strikes())
    faulty.fails(refuse(500, "InternalError"), lambda asked: asked.is_write, strikes())
    faulty.fails(disorder(5, repeat=True), lambda asked: asked.is_listing)
    one = opened(faulty.endpoint)

    def send():
        report = upload(one, LocalFiles([photos], lambda item: (item.path.parent.name,)))
        if report.failed:
            raise Failed(report.failed[0].reason)

    reported = [*insist(one.refresh), *insist(send), *insist(one.synchronise)]
    acknowledged = labels_shown(one)
    assert len(faulty.failed) == 6
    faulty.heal()

    assert all("\n" not in text and "http" in text for text in reported)
    held = objects(client, name)
    expected = {
        f"photos/{path.parent.name}/{path.name}": path.read_bytes()
        for path in photos.rglob("*.jpg")
    }
    assert {key: body for key, body in held.items() if key.endswith(".jpg")} == expected
    made = operations(held)
    assert len({one.id for one in made}) == len(made)
    assert one.labels.pending() == 0
    witness = opened(faulty.sound)
    witness.refresh()
    assert labels_shown(witness) == acknowledged
    assert acknowledged == {key: [key.split("/")[1]] for key in expected}
    written = json.loads(held["_annotations.json"])["annotations"]
    assert {key: [entry["label"] for entry in found] for key, found in written.items()} == (
        acknowledged
    )


def test_whichever_write_is_never_answered_no_label_is_lost_or_doubled(
    faulty, opened, client, name
):
    for number in range(4):
        client.put_object(Bucket=name, Key=f"{number}.jpg", Body=b"1")
    one, other = opened(faulty.endpoint), opened(faulty.sound)
    one.refresh()
    other.refresh()
    ids = one.index.ids_of([f"{number}.jpg" for number in range(4)])
    expected = {}
    for turn in range(30):
        label = one.label_named(f"label {turn}").id
        key = f"{turn % 4}.jpg"
        one.apply(SetLabels((ids[key],), (label,)))
        expected[key] = [f"label {turn}"]
        faulty.fails(lose_answer, lambda asked: asked.is_write, range(turn, turn + 4))
        try:
            one.synchronise()
        except CloudAnnoError:
            faulty.heal()
            insist(one.synchronise)
        was_met = faulty.failed["lose_answer"] > 0
        faulty.heal()
        faulty.failed.clear()
        if not was_met:
            break
    else:
        pytest.fail("an exchange never ends")

    other.synchronise()
    assert labels_shown(one) == labels_shown(other) == expected
    made = operations(objects(client, name))
    assert len({one.id for one in made}) == len(made)
    assert one.labels.pending() == 0


def test_a_listing_that_fails_half_way_removes_nothing(faulty, opened, client, name):
    for number in range(20):
        client.put_object(Bucket=name, Key=f"{number:02}.jpg", Body=b"1")
    workspace = opened(faulty.endpoint)
    workspace.refresh()
    faulty.fails(disorder(4, repeat=False), lambda asked: asked.is_listing, range(2))
    faulty.fails(reset, lambda asked: asked.is_listing)

    with pytest.raises(CloudAnnoError):
        workspace.refresh()

    assert workspace.index.counts().images == 20


def test_pages_in_no_order_and_twice_are_the_same_images(faulty, opened, client, name):
    keys = {f"{folder}/{number:02}.jpg" for folder in ("a", "b") for number in range(9)}
    for key in keys:
        client.put_object(Bucket=name, Key=key, Body=b"1")
    faulty.fails(disorder(4, repeat=True), lambda asked: asked.is_listing)
    workspace = opened(faulty.endpoint)

    first, again = workspace.refresh(), workspace.refresh()

    assert (first.new, first.images) == (len(keys), len(keys))
    assert (again.new, again.changed, again.vanished, again.images) == (0, 0, 0, len(keys))


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_service_whose_clock_is_wrong_changes_no_label(faulty, opened, name, photos, hours):
    faulty.fails(misdate(hours * 3600))
    one, other = opened(faulty.endpoint), opened(faulty.sound)
    one.refresh()
    upload(one, LocalFiles([photos], lambda item: ("first",)))
    one.synchronise()
    other.refresh()
    second = other.label_named("second").id
    ids = other.index.all_ids().tolist()
    other.apply(SetLabels(tuple(ids), (second,)))
    other.synchronise()
    one.synchronise()

    assert set(map(tuple, labels_shown(one).values())) == {("second",)}
    assert labels_shown(one) == labels_shown(other)


COMMANDS = {
    "scan": ("scan", "{}"),
    "upload": ("upload", "{}", "{photos}"),
    "sync": ("sync", "{}"),
    "branches": ("branches", "{}"),
}
BREAKDOWNS = {
    "reset": reset,
    "slow down": refuse(503, "SlowDown"),
    "skewed": refuse(403, "RequestTimeTooSkewed"),
}


@pytest.mark.parametrize("kind", BREAKDOWNS)
def test_every_command_tells_in_one_sentence_what_is_wrong(
    faulty, name, photos, kind, aws_keys, capsys
):
    faulty.fails(BREAKDOWNS[kind])
    for command in COMMANDS.values():
        words = [word.format(f"s3://{name}", photos=photos) for word in command]
        code = main([*words, "--endpoint-url", faulty.endpoint])

        reported = capsys.readouterr()
        assert code == FAILED, reported
        assert reported.err.count("\n") == 1
        assert reported.out == ""
        assert faulty.endpoint in reported.err
        for secret in ("Traceback", "test-secret", "Signature", "AWS4", "botocore"):
            assert secret not in reported.err


def label_until_full(workspace):
    for number in range(10_000):
        try:
            workspace.apply(CreateLabel(f"a long name of a label that takes some room {number}"))
        except DiskFull:
            return number
    raise AssertionError("the disk is not full")


def test_a_full_disk_shows_no_label_that_is_not_kept(faulty, opened, client, name):
    for number in range(50):
        client.put_object(Bucket=name, Key=f"{number}.jpg", Body=b"1")
    workspace = opened(faulty.sound)
    workspace.refresh()
    ids = tuple(workspace.index.all_ids().tolist())
    kept = workspace.label_named("kept").id
    workspace.apply(Assign((kept,), ids[:10]))
    with workspace.database.transaction() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    done = label_until_full(workspace)

    assert len(workspace.labels.labels()) == done + 1
    with workspace.database.transaction() as connection:
        connection.execute(f"PRAGMA max_page_count = {pages * 10}")
    workspace.synchronise()
    other = opened(faulty.sound)
    other.refresh()
    assert len(other.labels.labels()) == done + 1
    assert labels_shown(other) == {row.key: ["kept"] for row in workspace.index.rows(ids[:10])}


@pytest.mark.parametrize("step", [(downloading, "stamp"), (commit_downloads, "named")])
def test_a_download_onto_a_full_disk_leaves_nothing_half_and_goes_on_later(
    faulty, opened, client, name, tmp_path, monkeypatch, step
):
    bodies = {f"{number}.jpg": random.Random(number).randbytes(50_000) for number in range(9)}
    for key, body in bodies.items():
        client.put_object(Bucket=name, Key=key, Body=body)
    workspace = opened(faulty.sound)
    workspace.refresh()
    target = tmp_path / "target"

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(*step, full)
        with pytest.raises(DiskFull) as caught:
            download(workspace, list(bodies), target)
    left = [path for path in target.rglob("*") if path.is_file()]
    report = download(workspace, list(bodies), target)

    assert "full" in str(caught.value)
    assert left == []
    assert report.failed == []
    assert {path.name: path.read_bytes() for path in target.iterdir()} == bodies
