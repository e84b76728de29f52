import msgspec
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudanno_desktop.labels.edits.assign import Assign, ClearLabels, SetLabels
from cloudanno_desktop.labels.edits.resolve_conflict import ResolveConflict
from cloudanno_desktop.labels.journal import hlc
from cloudanno_desktop.labels.snapshot.format import parse_key
from cloudanno_desktop.labels.snapshot.store import Thresholds
from cloudanno_desktop.labels.snapshot.write import pack_snapshot
from cloudanno_desktop.project_keys import SNAPSHOTS
from tests.labels.test_fold import in_delivery_order, journals, stamped, state_of
from tests.support.fold import fold
from tests.support.memory_bucket import MODES, MemoryBucket

EAGER = Thresholds(objects=1, bytes=1, read=1)


@pytest.fixture(params=MODES)
def bucket(request):
    return MemoryBucket(request.param)


def snapshots_of(bucket):
    return sorted(key for key in bucket.objects if key.startswith(SNAPSHOTS))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(journals(), st.booleans(), st.booleans(), st.randoms(use_true_random=False))
def test_a_snapshot_and_the_rest_make_the_whole(open_project, objects, many, used, chance):
    deliveries = list(in_delivery_order(objects, chance))
    cut = chance.randint(0, len(deliveries))
    first, second = (open_project(keys=("a.jpg", "b.jpg"), in_memory=True) for _ in range(2))
    for project in (first, second):
        if many:
            project.allow_many()
    taken_before = chance.sample(objects, chance.randint(0, len(objects))) if used else []
    for project, items in ((first, deliveries[:cut]), (second, taken_before)):
        with project.store.taking() as writing:
            for item in sorted(items, key=lambda item: item.header.sequence):
                writing.take(item)
    _, body = pack_snapshot(first.database.reader(), hlc.next_time(hlc.ZERO))

    with second.store.taking() as writing:
        writing.join(body)
        for item in deliveries[cut:]:
            writing.take(item)

    state = fold(stamped(objects))
    shown = state.assignments(multi_label=many)
    assert state_of(second) == (state.catalog().shown, shown, state.marked())
    for project in (first, second):
        project.database.close()


def labeled(open_project, bucket, rounds=3, *, many=False, **options):
    """Return a project whose journal has an object a round, all in a snapshot."""
    project = open_project("ada", bucket, thresholds=EAGER, **options)
    if many:
        project.sync.use_multi_label(multi_label=True)
    for number in range(rounds):
        (label,) = project.create(f"label {number}")
        project.do(Assign((label,), project.ids("abcd"[number % 4] + ".jpg")))
        project.synchronise()
    assert project.sync.write_snapshot()
    return project


def journal_reads(bucket):
    return [key for key in bucket.gets if "/journal/" in key]


def test_a_newcomer_reads_the_snapshot_and_then_only_what_is_after_it(open_project, bucket):
    ada = labeled(open_project, bucket)
    ada.do(ClearLabels(ada.ids("a.jpg")))
    ada.sync.push()
    bucket.gets.clear()

    bob = open_project("bob", bucket, thresholds=EAGER)
    bob.synchronise()

    assert bob.shown() == ada.shown() == {"b.jpg": ["label 1"], "c.jpg": ["label 2"]}
    assert len(journal_reads(bucket)) == 1
    bob.do(Assign((ada.store.label_named("label 1").id,), bob.ids("a.jpg")))
    bob.synchronise()
    ada.synchronise()
    assert ada.shown() == bob.shown()


@pytest.mark.parametrize(
    "damage",
    [
        lambda body: body[: len(body) // 2],
        lambda body: b"",
        lambda body: b"{}",
        lambda body: repacked(body, format=2),
        lambda body: repacked(body, lines=2),
        lambda body: repacked(body, clock="yesterday"),
        lambda body: with_column(body, "pairs", "label", b"\x01\x00"),
        lambda body: with_column(body, "pairs", "label", b"\x07\x00\x00\x00" * 3),
        lambda body: with_column(body, "pairs", "label", b"\xff" * 12),
        lambda body: with_column(body, "pairs", "on", b"\x00" * 4),
        lambda body: with_column(body, "pairs", "on", b"\x02\x00\x00\x00" * 3),
        lambda body: with_column(body, "pairs", "steps", b"\xff\xff\xff\x7f" * 3),
    ],
    ids=[
        *("truncated", "empty", "foreign", "newer", "cut and packed", "no clock"),
        *(
            "half a number",
            "an unknown label",
            "below 0",
            "a short column",
            "neither on nor off",
            "beyond all images",
        ),
    ],
)
@pytest.mark.parametrize("many", [False, True], ids=["one label", "several labels"])
def test_a_snapshot_that_cannot_be_used_is_passed_over(open_project, damage, many):
    bucket = MemoryBucket()
    ada = labeled(open_project, bucket, many=many)
    (first,) = snapshots_of(bucket)
    ada.create("one more")
    ada.sync.push()
    assert ada.sync.write_snapshot()
    newest = snapshots_of(bucket)[-1]
    bucket.objects[newest] = damage(bucket.objects[newest])
    bucket.gets.clear()

    bob = open_project("bob", bucket, thresholds=EAGER)
    bob.synchronise()

    assert bob.counts() == ada.counts()
    assert first in bucket.gets
    assert len(journal_reads(bucket)) == 1
    bucket.objects[first] = damage(bucket.objects[first])
    eve = open_project("eve", bucket, thresholds=EAGER)
    eve.synchronise()
    assert eve.counts() == ada.counts()
    assert eve.shown() == ada.shown()


def repacked(body, lines=None, **changes):
    """Return a snapshot with another header, or with its first lines only."""
    head, *rest = zstandard.decompress(body, max_output_size=1 << 20).splitlines()
    header = msgspec.json.decode(head) | changes
    return zstandard.compress(b"\n".join([msgspec.json.encode(header), *rest[:lines], b""]))


def with_column(body, part, name, column):
    """Return a snapshot that says something else in a column."""
    lines = zstandard.decompress(body, max_output_size=1 << 20).splitlines()
    decoded = [msgspec.json.decode(line) for line in lines]
    changed = [x | {name: column} if x.get("part") == part else x for x in decoded]
    return zstandard.compress(b"".join(msgspec.json.encode(line) + b"\n" for line in changed))


def test_keys_of_any_form_go_through_a_snapshot(open_project, bucket):
    keys = [f"{number}.jpg" for number in range(1500)]
    keys += ['"quoted"\\.jpg', "\0.jpg", "a\0b.jpg", "\x1b\n.jpg", "ж☃😀.jpg"]
    ada = open_project("ada", bucket, keys, thresholds=EAGER)
    (label,) = ada.create("cat")
    ada.do(Assign((label,), ada.ids(*keys)))
    ada.synchronise()
    assert ada.sync.write_snapshot()

    bob = open_project("bob", bucket, keys=(), thresholds=EAGER)
    bob.synchronise()

    assert not journal_reads(bucket)
    for key in keys:
        bob.add_image(key)
    assert bob.shown() == ada.shown() == {key: ["cat"] for key in keys}


def test_a_snapshot_of_another_journal_is_not_used(open_project):
    bucket = MemoryBucket()
    ada = labeled(open_project, bucket)
    last = max(key for key in bucket.objects if "/journal/" in key)
    del bucket.objects[last]

    bob = open_project("bob", bucket, thresholds=EAGER)
    bob.synchronise()

    assert bob.counts() == {"label 0": 1, "label 1": 1}
    assert ada.counts() == {"label 0": 1, "label 1": 1, "label 2": 1}


def test_labels_of_this_computer_are_joined_with_a_snapshot(open_project, bucket):
    bob = open_project("bob", bucket, thresholds=EAGER)
    (own,) = bob.create("own")
    bob.do(Assign((own,), bob.ids("d.jpg")))
    ada = labeled(open_project, bucket)

    for project in (bob, ada, bob):
        project.synchronise()

    expected = {"a.jpg": "label 0", "b.jpg": "label 1", "c.jpg": "label 2", "d.jpg": "own"}
    assert bob.shown() == ada.shown() == {key: [name] for key, name in expected.items()}


def test_what_is_not_sent_yet_is_in_no_snapshot(open_project, bucket):
    ada = labeled(open_project, bucket)
    before = snapshots_of(bucket)
    ada.do(Assign((ada.store.label_named("label 0").id,), ada.ids("d.jpg")))

    assert not ada.sync.write_snapshot()
    assert snapshots_of(bucket) == before
    ada.sync.push()
    assert ada.sync.write_snapshot()


def test_a_snapshot_waits_until_it_is_worth_it_and_less_at_the_end(open_project, bucket):
    ada = open_project("ada", bucket, thresholds=Thresholds(objects=10, bytes=10**9, read=1))
    for number in range(3):
        ada.create(f"label {number}")
        ada.sync.push()

    assert not ada.sync.write_snapshot()
    assert ada.sync.write_snapshot(closing=True)
    assert not ada.sync.write_snapshot(closing=True)


def test_a_snapshot_that_somebody_else_wrote_need_not_be_written_again(open_project, bucket):
    bob = open_project("bob", bucket, thresholds=Thresholds(1, 1, read=100))
    labeled(open_project, bucket)

    bob.synchronise()

    assert not bob.sync.write_snapshot()
    assert len(snapshots_of(bucket)) == 1


def test_only_own_old_snapshots_are_deleted_and_never_the_journal(
    open_project, bucket, monkeypatch
):
    ada = labeled(open_project, bucket)
    bob = open_project("bob", bucket, thresholds=EAGER)
    bob.synchronise()
    journal = [key for key in bucket.objects if "/journal/" in key]
    for project in (bob, ada):
        project.create(f"of {project}")
        project.synchronise()
        assert project.sync.write_snapshot()
    assert len(snapshots_of(bucket)) == 3
    tomorrow = hlc.wall_ms() + 25 * 3_600_000
    monkeypatch.setattr(hlc, "wall_ms", lambda: tomorrow)
    foreign = snapshots_of(bucket)[1]

    ada.create("tomorrow")
    ada.synchronise()
    assert ada.sync.write_snapshot()

    kept = snapshots_of(bucket)
    assert kept[0] == foreign
    assert parse_key(kept[1]) >= f"{tomorrow:015d}"
    assert len(kept) == 2
    assert set(journal) <= set(bucket.objects)


def test_conflicts_survive_a_snapshot(open_project, bucket):
    ada, bob = (open_project(name, bucket, thresholds=EAGER) for name in ("ada", "bob"))
    cat, dog = ada.create("cat", "dog")
    ada.synchronise()
    bob.synchronise()
    ada.do(SetLabels(ada.ids("a.jpg"), (cat,)))
    bob.do(SetLabels(bob.ids("a.jpg"), (dog,)))
    for project in (ada, bob, ada):
        project.synchronise()
    assert ada.sync.write_snapshot()
    eve = open_project("eve", bucket, thresholds=EAGER)
    eve.synchronise()

    (conflict,) = eve.store.conflicts()
    assert conflict.label_ids == ada.store.conflicts()[0].label_ids
    eve.do(ResolveConflict((conflict.image_id,), conflict.label_ids[0]))
    for project in (eve, ada, bob):
        project.synchronise()
        assert project.store.conflicts() == []
