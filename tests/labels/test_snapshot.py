import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudanno_desktop.labels import clock
from cloudanno_desktop.labels.fold import fold
from cloudanno_desktop.labels.snapshot import PREFIX
from cloudanno_desktop.labels.snapshot_writing import pack_snapshot
from cloudanno_desktop.labels.snapshots import Thresholds
from labels.memory_bucket import MODES, MemoryBucket
from labels.test_fold import in_delivery_order, journals, stamped, state_of

EAGER = Thresholds(objects=1, bytes=1, read=1)


@pytest.fixture(params=MODES)
def bucket(request):
    return MemoryBucket(request.param)


def snapshots_of(bucket):
    return sorted(key for key in bucket.objects if key.startswith(PREFIX))


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
    _, body = pack_snapshot(first.database.reader(), clock.next_time(clock.ZERO))

    with second.store.taking() as writing:
        writing.join(body)
        for item in deliveries[cut:]:
            writing.take(item)

    state = fold(stamped(objects))
    shown = state.assignments(multi_label=many)
    assert state_of(second) == (state.catalog().shown, shown, state.marked())
    for project in (first, second):
        project.database.close()
