"""The names, labels and problems of the images on screen, asked for once."""

from collections.abc import Iterable, Sequence

from cloudanno_desktop.gui.grid.cell import Cell, RowsProvider, no_rows

KEPT_ROWS = 8192


class Rows:
    """Cells by image id, fetched from the provider many at a time."""

    def __init__(self) -> None:
        self._provider: RowsProvider = no_rows
        self._cells: dict[int, Cell] = {}

    def set_provider(self, provider: RowsProvider) -> None:
        self._provider = provider
        self._cells.clear()

    def fetch(self, ids: Sequence[int]) -> list[Cell]:
        missing = [image_id for image_id in ids if image_id not in self._cells]
        if missing:
            if len(self._cells) > KEPT_ROWS:
                self._cells.clear()
                missing = list(ids)
            self._cells.update((cell.id, cell) for cell in self._provider(missing))
        return [self._cells.get(image_id) or Cell(image_id, "") for image_id in ids]

    def known_problem(self, image_id: int) -> str:
        """Return why a picture cannot be read, as far as its cell was fetched."""
        cell = self._cells.get(image_id)
        return cell.problem if cell else ""

    def forget(self, ids: Iterable[int] | None) -> None:
        if ids is None:
            self._cells.clear()
            return
        for image_id in ids:
            self._cells.pop(image_id, None)
