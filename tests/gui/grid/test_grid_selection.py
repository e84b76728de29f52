import numpy as np

from cloudanno_desktop.gui.grid.layout import NOWHERE
from cloudanno_desktop.gui.grid.selection import Selection


def selection(*ids):
    return Selection(np.array(ids or range(100, 120), np.int32))


def chosen(selection):
    return selection.selected_ids().tolist()


def test_a_click_selects_one_alone():
    some = selection()
    some.choose(3)
    some.choose(7)
    assert chosen(some) == [107]
    assert (some.current_id, some.count) == (107, 1)


def test_ctrl_adds_and_takes_away():
    some = selection()
    some.choose(3)
    some.toggle(5)
    some.toggle(3)
    assert chosen(some) == [105]
    assert (some.current_id, some.count) == (103, 1)


def test_shift_selects_from_the_anchor_again_and_again():
    some = selection()
    some.choose(5)
    some.extend(8)
    some.extend(3)
    assert chosen(some) == [103, 104, 105]


def test_shift_and_ctrl_keep_what_was_selected():
    some = selection()
    some.choose(0)
    some.toggle(5)
    some.extend(7, keep=True)
    assert chosen(some) == [100, 105, 106, 107]


def test_shift_without_a_start_selects_that_one():
    some = selection()
    some.extend(4)
    assert chosen(some) == [104]


def test_all_page_and_none():
    some = selection()
    some.select_all()
    assert some.count == 20
    some.select_range(2, 5)
    assert chosen(some) == [102, 103, 104]
    some.clear()
    assert (chosen(some), some.count) == ([], 0)


def test_a_rubber_band_follows_and_can_be_given_up():
    some = selection()
    some.choose(0)
    some.begin_band(keep=True)
    some.set_band(np.array([4, 5, 6]))
    some.set_band(np.array([4]))
    assert chosen(some) == [100, 104]
    some.cancel_band()
    assert chosen(some) == [100]


def test_a_rubber_band_alone_drops_what_was_selected():
    some = selection()
    some.choose(0)
    some.begin_band(keep=False)
    some.set_band(np.array([4, 5]))
    assert chosen(some) == [104, 105]


def test_ids_that_are_not_in_the_list_are_not_selected():
    some = selection(5, 3, 9)
    some.select_ids([9, 5, 1000, -1])
    assert chosen(some) == [5, 9]


def test_another_order_keeps_the_same_images():
    some = selection(1, 2, 3, 4)
    some.choose(1)
    some.toggle(3)
    moved = some.moved_to(np.array([4, 3, 2, 1], np.int32))
    assert chosen(moved) == [4, 2]
    assert moved.current_id == 4


def test_when_all_selected_are_gone_the_next_one_is_selected():
    some = selection(1, 2, 3, 4)
    some.choose(1)
    moved = some.moved_to(np.array([1, 3, 4], np.int32))
    assert (moved.current_id, chosen(moved)) == (3, [3])


def test_when_nothing_follows_nothing_is_current():
    some = selection(1, 2)
    some.choose(1)
    moved = some.moved_to(np.array([1], np.int32))
    assert (moved.current, chosen(moved)) == (NOWHERE, [])
    assert some.moved_to(np.empty(0, np.int32)).count == 0


def test_without_a_selection_a_new_list_selects_nothing():
    some = selection(1, 2, 3)
    some.choose(0)
    some.clear()
    moved = some.moved_to(np.array([2, 3], np.int32))
    assert (moved.current_id, moved.count) == (2, 0)


def test_the_next_image_becomes_current_however_far_it_is():
    many = Selection(np.arange(200_000, dtype=np.int32))
    many.choose(5)

    moved = many.moved_to(np.array([3, 199_000, 199_001], np.int32))

    assert (moved.current_id, chosen(moved)) == (199_000, [199_000])


def test_an_image_is_found_at_the_far_end_of_another_list():
    many = Selection(np.arange(200_000, dtype=np.int32))
    many.choose(199_999)

    moved = many.moved_to(np.arange(1, 200_000, dtype=np.int32))

    assert (moved.current, chosen(moved)) == (199_998, [199_999])


def test_all_of_a_list_stay_selected_in_a_longer_one():
    some = selection(1, 2, 3)
    some.select_all()

    moved = some.moved_to(np.array([1, 4, 2, 3], np.int32))

    assert (chosen(some), chosen(moved)) == ([1, 2, 3], [1, 2, 3])
    assert moved.count == 3
