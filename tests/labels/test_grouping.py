import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cloudanno_desktop.labels.transaction import group_by_labels


@given(
    st.dictionaries(st.integers(0, 12), st.frozensets(st.integers(0, 99), max_size=70), min_size=1)
)
def test_images_are_sorted_by_exactly_what_they_carry(labels_of):
    ids = np.array(sorted(labels_of), np.int32)
    numbers = sorted(frozenset().union(*labels_of.values()))
    carried = {
        no: np.array([image for image in ids if no in labels_of[image]], np.int32) for no in numbers
    }

    groups = group_by_labels(ids, carried)

    assert {int(x): frozenset(nos) for nos, images in groups for x in images} == labels_of
    assert len({nos for nos, _ in groups}) == len(groups)
