"""From labels to a trained model: the dialogs, the run on its thread, the results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec
from PySide6.QtCore import QObject, QThread, Signal

from cloudanno_desktop.bucket.usage.usage import Usage
from cloudanno_desktop.dataset.run_folder import JobImage, RunFolder, TrainOptions, untested
from cloudanno_desktop.errors import CloudAnnoError
from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import handles
from cloudanno_desktop.gui.common.form_dialog import confirm
from cloudanno_desktop.gui.common.format import shown_percent
from cloudanno_desktop.gui.common.media_client import MediaClient
from cloudanno_desktop.gui.common.messages import Level, Message, Say
from cloudanno_desktop.gui.common.tasks import Task, TaskRunner
from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.grid.grid_view import ThumbnailGrid
from cloudanno_desktop.gui.model.results_page import ResultsPage
from cloudanno_desktop.gui.model.train_dialog import TrainDialog
from cloudanno_desktop.gui.model.training_panel import TrainingPanel
from cloudanno_desktop.gui.model.weights_question import WeightsQuestion, ask_weights
from cloudanno_desktop.gui.project.original_fetcher import OriginalFetcher
from cloudanno_desktop.gui.project.publish_controller import PublishController
from cloudanno_desktop.gui.project.run_worker import TrainingWorker
from cloudanno_desktop.gui.transfers.drawer import TRAINING, Drawer
from cloudanno_desktop.gui.window.main_window import MainWindow
from cloudanno_desktop.media_messages.replies import ItemFailure
from cloudanno_desktop.projects.runs import Runs
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.training.events import WEIGHTS_UNAVAILABLE, RunFailed


@dataclass(frozen=True, slots=True)
class ModelWidgets:
    window: MainWindow
    grid: ThumbnailGrid
    panel: TrainingPanel
    results: ResultsPage
    drawer: Drawer
    theme: Theme


class TrainController(QObject):
    """Trains and shows the models of one project."""

    crashed = Signal(object)  # an exception that is a bug
    pictures_requested = Signal(object)  # ids of pictures that results or a message lead to
    synchronise_requested = Signal()  # the labels belong in the bucket too
    closed = Signal()  # no run is going on any more

    def __init__(
        self,
        workspace: Workspace,
        media: MediaClient,
        runner: TaskRunner,
        stage: ModelWidgets,
        say: Say,
    ) -> None:
        super().__init__()
        self._workspace = workspace
        self._originals = OriginalFetcher(media, self)
        self._runner = runner
        self._stage = stage
        self._say = say
        self._publishing = PublishController(workspace, runner, stage.window, say)
        self._options = TrainOptions()
        self._run = self._latest_run()
        self._thread: QThread | None = None
        self._worker: TrainingWorker | None = None
        self._is_closing = False
        stage.panel.show_idle()
        stage.panel.stop_requested.connect(self.stop)
        stage.panel.results_requested.connect(self.show_results)
        stage.results.back_requested.connect(self.show_pictures)
        stage.results.publish_requested.connect(self.ask_publish)
        stage.results.picture_requested.connect(lambda key: self._select_pictures([key]))

    @property
    def is_training(self) -> bool:
        return self._thread is not None

    @property
    def has_result(self) -> bool:
        return self._run is not None

    @handles(Action.TRAIN)
    def ask_train(self) -> None:
        if self.is_training:
            self._show_panel()
            return
        labels = self._workspace.labels.labels()
        dialog = TrainDialog(self._stage.theme, labels, self._options, self._stage.window)
        dialog.train_requested.connect(self.train)
        dialog.open()
        self._estimate(dialog)

    def train(self, options: TrainOptions) -> None:
        if self.is_training:
            return
        self._options = options
        self._show_panel()
        self._stage.panel.show_begin()
        self.synchronise_requested.emit()
        self._worker = TrainingWorker(Runs(self._workspace), self._originals, options)
        self._connect_worker(self._worker)
        self._thread = QThread(self)
        self._worker.moveToThread(self._thread)
        self._thread.started.connect(self._worker.run)
        self._thread.finished.connect(self._on_thread_finished)
        self._thread.start()

    def stop(self) -> None:
        if self._worker is not None:
            self._stage.panel.show_stopping()
            self._worker.stop()

    def may_stop(self, act: Callable[[], None], keep: Callable[[], None]) -> bool:
        """Ask before ``act`` ends a run; return whether there is none."""
        if self.is_training:
            text = self.tr("A training is running. If you stop it now, its model is lost.")
            texts = (self.tr("Stop the training?"), text, self.tr("Stop training"))
            confirm(texts, self._stage.window, act).rejected.connect(keep)
        return not self.is_training

    def close(self) -> None:
        """Stop a run that is going on; ``closed`` follows when its thread has ended."""
        self._is_closing = True
        if self._worker is None:
            self.closed.emit()
        else:
            self._worker.stop()

    @handles(Action.RESULTS)
    def show_results(self) -> None:
        if self._run is None:
            text = self.tr("No model yet. Press Train when you have labels.")
            self._say(Message(Level.INFO, text))
            return
        self._stage.results.show_result(self._run.read_result())
        self._stage.window.show_results(is_shown=True)

    def show_pictures(self) -> None:
        self._stage.window.show_results(is_shown=False)

    @handles(Action.PUBLISH)
    def ask_publish(self) -> None:
        if self._run is None:
            self.show_results()
        else:
            self._publishing.open(self._run, self._stage.theme)

    def on_failed(self, failure: RunFailed) -> None:
        if self._is_closing:
            return
        self._stage.panel.show_end(self.tr("Training failed"), has_model=False)
        if failure.kind == WEIGHTS_UNAVAILABLE:
            self._ask_weights()
            return
        if failure.labels:
            self._offer_leaving_out(failure)
            return
        sentence, _, details = failure.message.partition("\n")
        again = self.tr("Train again")
        self._say(Message(Level.ERROR, sentence, details, again, self.ask_train))

    def _latest_run(self) -> RunFolder | None:
        folder = Runs(self._workspace).folder
        paths = sorted(folder.iterdir(), reverse=True) if folder.is_dir() else []
        return next((RunFolder(path) for path in paths if RunFolder(path).has_result), None)

    def _connect_worker(self, worker: TrainingWorker) -> None:
        panel = self._stage.panel
        worker.left_out.connect(self._on_left_out)
        worker.contradicted.connect(self._on_contradicted)
        worker.started.connect(panel.show_started)
        worker.phase_entered.connect(panel.show_phase)
        worker.progressed.connect(panel.show_progress)
        worker.epoch_ended.connect(panel.show_epoch)
        worker.evaluated.connect(panel.show_evaluated)
        worker.finished.connect(self._on_finished)
        worker.stopped.connect(self._on_stopped)
        worker.failed.connect(self.on_failed)
        worker.crashed.connect(self._on_crashed)
        worker.ended.connect(self._on_ended)

    def _estimate(self, dialog: TrainDialog) -> None:
        def done(usage: Usage) -> None:
            if usage:
                cost = self._stage.window.status.cost.sentence(usage)
                dialog.show_fetching(usage.requests, cost)

        def ignored(_error: CloudAnnoError) -> None:
            """Say nothing; the run itself will report the same error."""

        estimate = Runs(self._workspace).estimate_originals
        self._runner.run(Task(dialog, lambda _task: estimate(), done, ignored))

    def _on_left_out(self, failed: Sequence[ItemFailure]) -> None:
        text = self.tr(
            "%n labeled picture(s) could not be fetched and are left out.", "", len(failed)
        )
        details = "\n".join(f"{item.name}\n    {item.reason}" for item in failed)
        self._say(Message(Level.WARNING, text, details))

    def _on_contradicted(self, found: Sequence[Sequence[JobImage]]) -> None:
        text = self.tr("Copies of %n picture(s) carry different labels.", "", len(found))
        keys = [image.key for copies in found for image in copies]
        act = partial(self._select_pictures, keys)
        self._say(Message(Level.WARNING, text, "\n".join(keys), self.tr("Show them"), act))

    def _offer_leaving_out(self, failure: RunFailed) -> None:
        names = ", ".join(f"“{name}”" for name in failure.labels)
        without = self.tr("Train without %1").replace("%1", names)
        options = msgspec.structs.replace(
            self._options, leave_out=(*self._options.leave_out, *failure.labels)
        )
        act = partial(self.train, options)
        self._say(Message(Level.ERROR, failure.message, "", without, act))

    def _select_pictures(self, keys: Sequence[str]) -> None:
        self.show_pictures()
        self._stage.grid.setFocus()
        self.pictures_requested.emit([*self._workspace.index.ids_of(keys).values()])

    def _show_panel(self) -> None:
        self._stage.drawer.show_page(TRAINING)
        self._stage.window.show_part(Action.SHOW_DRAWER, is_shown=True)

    def _on_finished(self, run: RunFolder) -> None:
        if self._is_closing:
            return
        self._run = run
        result = run.read_result()
        accuracy = shown_percent(result.val_accuracy)
        text = self.tr("Trained: %1 correct").replace("%1", accuracy)
        if names := ", ".join(f"“{name}”" for name in untested(result.per_label)):
            text += self.tr("; not tested: %1").replace("%1", names)
        self._offer_results(text)

    def _offer_results(self, text: str) -> None:
        """Say that there is a model; whoever labels meanwhile is not taken away from it."""
        self._stage.panel.show_end(text, has_model=True)
        show = self.tr("Show results")
        self._say(Message(Level.GOOD, text, action=show, act=self.show_results))

    def _on_stopped(self, run: RunFolder | None, has_model: bool) -> None:
        if self._is_closing:
            return
        if run is not None and has_model and run.has_result:
            self._run = run
            self._offer_results(self.tr("Stopped; the best model so far is available"))
        else:
            self._stage.panel.show_end(self.tr("Stopped before the first model"), has_model=False)

    def _on_crashed(self, error: Exception) -> None:
        self._stage.panel.show_end(self.tr("Training failed"), has_model=False)
        self.crashed.emit(error)

    def _on_ended(self) -> None:
        if self._thread is not None:
            self._thread.quit()

    def _on_thread_finished(self) -> None:
        if self._thread is not None and self._worker is not None:
            self._worker.deleteLater()
            self._thread.deleteLater()
        self._thread, self._worker = None, None
        if self._is_closing:
            self.closed.emit()

    def _ask_weights(self) -> None:
        question = WeightsQuestion(self._stage.window)
        question.chosen.connect(self._train_with)
        question.file_requested.connect(partial(ask_weights, self._stage.window, self._train_with))
        question.open()

    def _train_with(self, weights: str) -> None:
        self.train(msgspec.structs.replace(self._options, weights=weights))
