"""What the grid shows: the tab and filter, thumbnails, the selection and its labels."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.grid.cell import no_rows
from cloudanno_desktop.gui.grid.grid_view import ThumbnailGrid
from cloudanno_desktop.gui.grid.selection import members
from cloudanno_desktop.gui.labels.selection_labels import SelectedLabel
from cloudanno_desktop.gui.labels.sidebar import LabelSidebar, any_name
from cloudanno_desktop.gui.project.dimension_recorder import DimensionRecorder
from cloudanno_desktop.gui.project.edit_session import EditSession
from cloudanno_desktop.gui.project.scan_controller import ScanController
from cloudanno_desktop.gui.project.thumbnail_source import ThumbnailSource
from cloudanno_desktop.gui.window.images_page import ImagesPage, ImagesTab
from cloudanno_desktop.gui.window.main_window import MainWindow
from cloudanno_desktop.labels.filter_syntax import quoted
from cloudanno_desktop.labels.image_states import State
from cloudanno_desktop.labels.query import Query, Selected
from cloudanno_desktop.labels.query import Tab as QueryTab
from cloudanno_desktop.media_messages.replies import ThumbnailFailed, ThumbnailReady

if TYPE_CHECKING:
    from cloudanno_desktop.labels.label import LabelCount


FILTER_DELAY_MS = 120
REFRESH_DELAY_MS = 250
TABS = {
    ImagesTab.ALL: QueryTab.ALL,
    ImagesTab.UNLABELED: QueryTab.UNLABELED,
    ImagesTab.LABELED: QueryTab.LABELED,
    ImagesTab.CONFLICTS: QueryTab.CONFLICTS,
}


@dataclass(frozen=True, slots=True)
class ProjectViews:
    window: MainWindow
    images: ImagesPage
    grid: ThumbnailGrid
    sidebar: LabelSidebar

    @staticmethod
    def front(usual: QWidget) -> QWidget:
        """Return what a question stands over: the quick look while it is open, else ``usual``."""
        return QApplication.activeModalWidget() or usual


class GridController(QObject):
    resolved = Signal()  # what this computer knows of the project is on show for the first time

    def __init__(
        self,
        session: EditSession,
        thumbnails: ThumbnailSource,
        scan_controller: ScanController,
        views: ProjectViews,
    ) -> None:
        super().__init__(session)
        self._session = session
        self._thumbnails = thumbnails
        self._dimension_recorder = DimensionRecorder(session, thumbnails)
        self._traffic = scan_controller
        self._views = views
        self._filter = ""
        self._is_resolved = False
        self._goes_to_first = False
        self._shown_labels: list[LabelCount] | None = None
        self._asked = self._replied = Query("", QueryTab.ALL)
        self._refresh = QTimer(self, singleShot=True, interval=REFRESH_DELAY_MS)
        self._refresh.timeout.connect(self.show_images)
        self._typed = QTimer(self, singleShot=True, interval=FILTER_DELAY_MS)
        self._typed.timeout.connect(self.show_images)
        self._connect()

    def start(self) -> None:
        grid = self._views.grid
        grid.forget_thumbnails()
        grid.set_rows_provider(self._session.cells)
        self._views.sidebar.use_check(self._session.name_problem)
        self._session.look(lambda workspace: workspace.labels.image_ids(), self._show_first)

    def stop(self) -> None:
        self._refresh.stop()
        self._typed.stop()
        self._dimension_recorder.stop()
        grid = self._views.grid
        grid.set_rows_provider(no_rows)
        grid.set_images(np.zeros(0, np.int32))
        self._views.sidebar.use_check(any_name)
        self._views.sidebar.show_labels([])

    def show_images(self) -> None:
        self._asked = Query(self._filter, TABS[self._views.images.tab])
        self._session.select(self._asked, partial(self._on_selected, self._session.pending.number))

    def show_pictures(self, ids: list[int]) -> None:
        """Select pictures among all of them; keys wait until they are on show."""
        self._session.pending.show(np.array(ids, np.int32))
        self._views.images.show_tab(ImagesTab.ALL)
        self._views.window.set_filter("")
        self._typed.stop()
        self._filter = ""
        self.show_images()

    def go_to_first(self) -> None:
        """Select the first picture of what is typed, once found; until then no key labels one."""
        self._typed.stop()
        self._views.grid.clear_selection()
        self._goes_to_first = True
        self.show_images()

    def show_labels(self) -> None:
        labels = self._session.labels()
        if labels != self._shown_labels:  # also a scan changes how many pictures carry one
            self._shown_labels = labels
            self._views.sidebar.show_labels(labels)
            self._views.window.filter_box.show_labels([row.label.name for row in labels])
        self._views.window.status.show_counts(self._session.counts())
        self._show_drop_hint()

    @handles(Action.SELECT_ALL)
    def select_all(self) -> None:
        self._views.grid.select_all()

    @handles(Action.SELECT_NONE)
    def select_none(self) -> None:
        """Deselect the pictures; where none is selected, the label that uploads would get."""
        if not self._views.grid.selected_count:
            self._views.sidebar.let_go()
        self._views.grid.clear_selection()

    @handles(Action.SHOW_LABELED)
    def show_labeled(self) -> None:
        self._on_label_filter(self._views.sidebar.current_label())

    @handles(Action.NEXT_UNLABELED)
    def go_to_next_unlabeled(self) -> None:
        """Select the next image that has no label and was not skipped; wraps around."""
        grid = self._views.grid
        ids = grid.ids
        labels = self._session.workspace.labels
        passed = np.concatenate([labels.labeled_ids(), labels.ids_in(State.SKIPPED)])
        candidates = np.flatnonzero(~members(ids, passed))
        if not len(candidates):
            return
        here = np.flatnonzero(ids == grid.current_id)
        after = candidates[candidates > (here[0] if len(here) else -1)]
        grid.set_current(int(ids[after[0] if len(after) else candidates[0]]))

    def _show_first(self, ids: NDArray[np.int32]) -> None:
        """Show the pictures at once; the counts of tabs and labels take longer."""
        self._views.grid.set_images(ids)
        if len(ids):
            self._refresh.start()
        else:
            self.show_images()

    def _connect(self) -> None:
        views = self._views
        self._session.labels_changed.connect(self.show_labels)
        self._session.images_relabeled.connect(self._on_relabeled)
        self._session.labeling.connect(self._on_labeling)
        self._session.refused.connect(self.show_images)
        self._session.conflicts_changed.connect(views.grid.refresh_rows)
        self._traffic.images_changed.connect(self._on_images_changed)
        self._traffic.pictures_changed.connect(self._on_pictures_changed)
        views.images.tab_changed.connect(self._on_tab_changed)
        views.images.clear_requested.connect(self._on_clear_requested)
        views.window.filter_changed.connect(self._on_filter_changed)
        views.window.first_requested.connect(self.go_to_first)
        views.sidebar.filter_requested.connect(self._on_label_filter)
        views.sidebar.current_changed.connect(self._show_drop_hint)
        views.grid.selection_changed.connect(self._on_selection_changed)
        views.grid.visible_changed.connect(self._on_visible_changed)
        self._thumbnails.ready.connect(self._on_thumbnails)
        self._thumbnails.failed.connect(self._on_thumbnail_failed)

    def _show_drop_hint(self) -> None:
        label_id = self._views.sidebar.selected_label()
        names = {row.label.id: row.label.name for row in self._session.labels()}
        hint = self.tr("Drop to upload")
        if label_id in names:
            hint = self.tr("Drop to upload as “%1”").replace("%1", names[label_id])
        self._views.grid.set_drop_hint(hint)
        self._views.window.actions_set.show_upload_label(names.get(label_id, ""))

    def _on_selected(self, edits: int, found: Selected) -> None:
        pending = self._session.pending
        pending.forget_seen(edits)
        ids = pending.without_leaving(found.ids) if self._asked.hides_labeled else found.ids
        images = self._session.counts().images
        problem = self._views.window.filter_box.show_unclear(found.unclear)
        has_filter = bool(self._filter)
        title, hint = self._views.images.empty_text(
            images, has_filter=has_filter, is_scanning=self._traffic.is_scanning
        )
        grid = self._views.grid
        if self._asked != self._replied:
            # A key must not label what a new filter hides, nor its neighbour.
            if grid.selected_count:
                selected = grid.selected_ids()
                grid.select_ids(selected[members(selected, ids)])
            self._replied = self._asked
        grid.set_message(title, problem or hint)
        self._views.images.offer_clearing(has_filter and images > 0 and not len(ids))
        if not np.array_equal(ids, grid.ids):  # a drag that is under way goes on
            grid.set_images(ids)
        if self._goes_to_first and len(ids):
            grid.set_current(int(ids[0]))
        self._goes_to_first = False
        self._select_restored()
        self._views.images.show_counts({tab: found.counts[name] for tab, name in TABS.items()})
        self.show_labels()
        if not self._is_resolved:
            self._is_resolved = True
            self.resolved.emit()

    def _on_labeling(self) -> None:
        """Go on to the next picture at once: the next key must not find this one again."""
        if self._replied.hides_labeled:
            grid = self._views.grid
            grid.set_images(self._session.pending.without_leaving(grid.ids))

    def _select_restored(self) -> None:
        grid = self._views.grid
        restored = self._session.pending.restored_in(grid.ids)
        if len(restored):
            grid.set_current(int(restored[0]))
            grid.select_ids(restored)
        self._session.pending.go_on()

    def _on_relabeled(self, ids: NDArray[np.int32] | None) -> None:
        self._views.grid.refresh_rows(None if ids is None else ids.tolist())
        self._describe()
        self.show_images()

    def _on_pictures_changed(self) -> None:
        self._views.grid.refresh_rows()
        self._views.grid.forget_thumbnails()

    def _on_images_changed(self) -> None:
        if not self._refresh.isActive():
            self._refresh.start()

    def _on_tab_changed(self, _tab: int) -> None:
        self.show_images()

    def _on_filter_changed(self, text: str) -> None:
        self._filter = text.strip()
        self._typed.start()

    def _on_clear_requested(self) -> None:
        self._views.window.set_filter("")
        self._views.window.show_pictures()

    def _on_label_filter(self, label_id: str) -> None:
        for row in self._session.labels():
            if row.label.id == label_id:
                name = row.label.name
                self._views.window.set_filter(f"label:{quoted(name)}")

    def _on_selection_changed(self) -> None:
        self._views.window.status.show_selected(self._views.grid.selected_count)
        self._describe()

    def _describe(self) -> None:
        ids = self._views.grid.selected_ids()

        def done(labels: list[SelectedLabel]) -> None:
            self._views.sidebar.show_selection(len(ids), labels)

        self._session.describe(ids, done)

    def _on_visible_changed(self, ids: NDArray[np.int32]) -> None:
        grid = self._views.grid
        pictures = self._session.pictures(ids.tolist())
        self._dimension_recorder.expect(pictures)
        self._thumbnails.want(grid.generation, pictures, grid.request_px)

    def _on_thumbnails(self, ready: list[ThumbnailReady]) -> None:
        for one in ready:
            if one.size_px == self._views.grid.request_px:
                self._views.grid.show_thumbnail(
                    one.id, one.generation, one.jpeg, is_preview=one.is_preview
                )
        self._views.grid.mark_animated([one.id for one in ready if one.is_animated])

    def _on_thumbnail_failed(self, failed: ThumbnailFailed) -> None:
        if failed.size_px == self._views.grid.request_px:
            self._views.grid.show_problem(failed.id, failed.generation, failed.reason)
