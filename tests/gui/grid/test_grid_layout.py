import itertools

import pytest

from cloudanno_desktop.gui.grid.layout import NOWHERE, Box, GridLayout, Move


def layout(count=23, width=440, height=300):
    """Four columns of 100 x 120 cells, a gap of 8."""
    return GridLayout(count, width, height, 100, 120)


def test_every_cell_is_found_at_its_own_middle():
    grid = layout()
    for position in range(grid.count):
        box = grid.box(position)
        assert grid.position_at(box.left + 50, box.top + 60) == position


def test_cells_do_not_overlap_and_stay_inside_the_width():
    grid = layout(width=431)
    boxes = [grid.box(position) for position in range(grid.columns)]
    assert boxes[0].left >= 0
    assert boxes[-1].right <= 431
    for left, right in itertools.pairwise(boxes):
        assert left.right < right.left


def test_between_cells_and_behind_the_last_there_is_nothing():
    grid = layout()
    box = grid.box(0)
    assert grid.position_at(box.right + 1, box.top + 1) == NOWHERE
    assert grid.position_at(box.left + 1, box.bottom + 1) == NOWHERE
    last = grid.box(22)
    assert grid.position_at(last.right + 20, last.top + 5) == NOWHERE
    assert grid.position_at(5, -200) == NOWHERE


def test_a_view_narrower_than_a_cell_has_one_column():
    assert layout(width=20).columns == 1


def test_the_visible_range_holds_just_the_rows_in_view():
    grid = layout(count=1000)
    assert grid.range_at(0, 300) == (0, 12)
    assert grid.range_at(136, 128) == (4, 8)
    assert grid.range_at(136, 129) == (4, 12)
    assert grid.range_at(grid.content_height - 10, 10) == (996, 1000)
    assert grid.range_at(grid.content_height, 10) == (1000, 1000)


def test_a_million_images_reach_beyond_what_a_widget_can_be_tall():
    grid = layout(count=1_000_000)
    assert grid.content_height > 2**24
    assert grid.range_at(grid.content_height - 300, 300)[1] == 1_000_000
    assert grid.position_at(grid.box(999_999).left, grid.box(999_999).top) == 999_999


def test_a_rectangle_touches_the_cells_it_overlaps():
    grid = layout()
    first, sixth = grid.box(0), grid.box(5)
    area = Box(
        first.left + 90, first.top + 110, sixth.left - first.left - 80, sixth.top - first.top - 100
    )
    assert grid.positions_in(area).tolist() == [0, 1, 4, 5]
    assert grid.positions_in(Box(0, 0, 2000, 10_000)).tolist() == list(range(23))
    assert grid.positions_in(Box(0, 0, 2, 2)).tolist() == []


@pytest.mark.parametrize(
    ("start", "move", "end"),
    [
        (5, Move.LEFT, 4),
        (4, Move.LEFT, 3),
        (0, Move.LEFT, 0),
        (22, Move.RIGHT, 22),
        (5, Move.UP, 1),
        (1, Move.UP, 1),
        (5, Move.DOWN, 9),
        (19, Move.DOWN, 22),
        (5, Move.NEXT, 6),
        (5, Move.PREVIOUS, 4),
        (5, Move.PAGE_DOWN, 13),
        (13, Move.PAGE_UP, 5),
        (5, Move.FIRST, 0),
        (5, Move.LAST, 22),
        (NOWHERE, Move.RIGHT, 0),
        (NOWHERE, Move.LAST, 22),
    ],
)
def test_a_key_leads_from_cell_to_cell(start, move, end):
    assert layout().moved(start, move) == end


def test_an_empty_grid_leads_nowhere():
    assert layout(count=0).moved(NOWHERE, Move.RIGHT) == NOWHERE
    assert layout(count=0).content_height == 0


def test_scrolling_to_a_cell_moves_no_more_than_needed():
    grid = layout(count=1000)
    assert grid.scroll_to_show(0, 0) == 0
    below = grid.scroll_to_show(100, 0)
    assert below + 300 == grid.box(100).bottom + grid.gap
    assert grid.scroll_to_show(100, below) == below
    assert grid.scroll_to_show(100, 10_000) == grid.box(100).top - grid.gap
