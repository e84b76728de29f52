"""Numbers in one text."""

import numpy as np
import pytest

from cloudanno_desktop.index.int_lists import PIECE, numbers_in


@pytest.mark.parametrize("text", [None, ""])
def test_nothing_joined_is_no_number(text):
    assert numbers_in(text, np.int32).tolist() == []


@pytest.mark.parametrize("count", [1, PIECE // 2, PIECE // 2 + 1, PIECE])
def test_all_numbers_are_read_in_their_order_however_long_the_text(count):
    numbers = [(7 * i) % 10 for i in range(count)]  # one digit and a comma each

    assert numbers_in(",".join(map(str, numbers)), np.int32).tolist() == numbers


def test_large_numbers_are_read_whole():
    numbers = [10**12 + i for i in range(20_000)]

    assert numbers_in(",".join(map(str, numbers)), np.int64).tolist() == numbers
