"""States and parts of training for the selected pictures: keys and menus become edits."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.project.edit_session import EditSession
from cloudanno_desktop.gui.project.grid_controller import ProjectViews
from cloudanno_desktop.gui.project.pending_edits import Ids
from cloudanno_desktop.labels.edits.assign import Edit
from cloudanno_desktop.labels.edits.states import PinSplit, SetState, TakeOut
from cloudanno_desktop.labels.image_states import Part, State
from cloudanno_desktop.projects.workspace import Workspace


class StateActions(QObject):
    def __init__(self, session: EditSession, views: ProjectViews) -> None:
        super().__init__(session)
        self._session = session
        self._views = views

    @handles(Action.SKIP, State.SKIPPED)
    @handles(Action.UNSURE, State.UNSURE)
    @handles(Action.EXCLUDE, State.EXCLUDED)
    def _toggle(self, state: State) -> None:
        """Put the selection into a state, or take it out of it if all of it is in it."""

        def make(ids: Ids, workspace: Workspace) -> Edit | None:
            marks = workspace.labels.marks_of(ids)
            are_in = sum(state in marked.states for marked in marks.values())
            return SetState(ids, state, is_on=are_in < len(ids)) if len(ids) else None

        self._edit_selection(make)

    @handles(Action.PIN_TRAIN, Part.TRAIN)
    @handles(Action.PIN_VAL, Part.VAL)
    @handles(Action.PIN_TEST, Part.TEST)
    @handles(Action.UNPIN, None)
    def _pin(self, part: Part | None) -> None:
        self._edit_selection(lambda ids, _workspace: PinSplit(ids, part) if len(ids) else None)

    @handles(Action.TAKE_OUT)
    def _take_out(self) -> None:
        self._edit_selection(lambda ids, _workspace: TakeOut(ids) if len(ids) else None)

    def _edit_selection(self, make: Callable[[Ids, Workspace], Edit | None]) -> None:
        def edit() -> None:
            self._session.edit(partial(make, self._views.grid.selected_ids()))

        self._session.pending.when_shown(edit)
