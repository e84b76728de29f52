"""From the train dialog to published files, on recorded events and results."""

import sys

import msgspec
import pytest
from PIL import Image
from PySide6.QtCore import Qt, QThread
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.dataset.readiness import TooFewImages
from cloudanno_desktop.dataset.run_folder import (
    JOB_VERSION,
    ArtifactResult,
    Job,
    JobImage,
    LabelScore,
    Mistake,
    RunFolder,
    RunResult,
    TrainOptions,
)
from cloudanno_desktop.errors import Failed
from cloudanno_desktop.gui.common.form_dialog import FormDialog
from cloudanno_desktop.gui.common.tasks import TaskRunner
from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.model.publish_dialog import PublishDialog
from cloudanno_desktop.gui.model.results_page import ResultsPage
from cloudanno_desktop.gui.model.train_dialog import TrainDialog
from cloudanno_desktop.gui.model.training_panel import TrainingPanel
from cloudanno_desktop.gui.project.original_fetcher import Originals
from cloudanno_desktop.gui.project.run_worker import TrainingWorker
from cloudanno_desktop.images.originals import LocalOriginal
from cloudanno_desktop.index.image_index import ImageRow
from cloudanno_desktop.labels.label import Label, LabelCount
from cloudanno_desktop.media_messages.replies import ItemFailure
from cloudanno_desktop.publish.publisher import Published
from cloudanno_desktop.training.events import EpochEnded, Evaluated, RunFailed
from cloudanno_desktop.training.process import TrainingChild
from tests.support.program import button

SAY = "import sys\ndef say(line): sys.stdout.write(line + '\\n'); sys.stdout.flush()\n"
WHOLE_RUN = """
say('{"event":"started","protocol":1,"images":10,"labels":2,"device":"CPU"}')
say('{"event":"phase","name":"features"}')
say('{"event":"progressed","done":5,"total":10}')
say('{"event":"epoch_ended","epoch":1,"epochs":2,"loss":1.0,"accuracy":0.5,"val_loss":1.1,"val_accuracy":0.4,"seconds":0.1}')
say('{"event":"evaluated","accuracy":0.9,"low":0.8,"high":0.95,"images":20}')
say('{"event":"finished","seconds":1.0}')
"""


def counts(**images):
    return [
        LabelCount(Label(name, name, "#4e79a7", float(place)), number)
        for place, (name, number) in enumerate(images.items())
    ]


@pytest.fixture
def theme(qapp):
    return Theme(qapp, "light")


@pytest.fixture
def runner(qapp):
    runner = TaskRunner()
    yield runner
    runner.close()


DEFAULTS = TrainOptions()


def dialog_of(qtbot, theme, labels, options=DEFAULTS):
    dialog = TrainDialog(theme, labels, options)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def train_button(dialog):
    return next(b for b in dialog.findChildren(QPushButton) if b.text() == "Train")


def texts(widget):
    return " ".join(label.text() for label in widget.findChildren(QLabel))


def test_one_label_cannot_be_trained_and_the_dialog_says_why(qtbot, theme):
    dialog = dialog_of(qtbot, theme, counts(cat=20, dog=0))
    assert not train_button(dialog).isEnabled()
    assert "at least 2 labels" in texts(dialog)


def test_a_label_that_is_too_small_can_be_left_out_this_time(qtbot, theme):
    dialog = dialog_of(qtbot, theme, counts(cat=20, dog=9, cow=2))
    assert not train_button(dialog).isEnabled()
    offer = dialog.findChild(QCheckBox)
    assert "cow" in offer.text()
    offer.click()
    assert train_button(dialog).isEnabled()
    with qtbot.waitSignal(dialog.train_requested) as heard:
        train_button(dialog).click()
    assert heard.args[0].leave_out == ("cow",)
    assert dialog_of(qtbot, theme, counts(cat=20, dog=2)).findChild(QCheckBox).isHidden()


def test_few_pictures_are_enough_with_advice(qtbot, theme):
    dialog = dialog_of(qtbot, theme, counts(cat=60, dog=12))
    assert train_button(dialog).isEnabled()
    assert "dog (12)" in texts(dialog)
    assert "cat" not in texts(dialog).replace("72 labeled pictures", "")


def test_every_thin_label_is_counted_and_empty_ones_are_not_called_enough(qtbot, theme):
    thin = {f"label{number:02}": 10 for number in range(14)}
    dialog = dialog_of(qtbot, theme, counts(**thin, empty=0))
    assert "label11 (10), 2 more (50 per label)" in texts(dialog)
    assert "without pictures will not be trained" in texts(dialog)
    full = dialog_of(qtbot, theme, counts(cat=60, dog=60, empty=0))
    assert "enough" not in texts(full)
    assert "without pictures" in texts(full)


def test_the_chosen_options_come_out(qtbot, theme):
    chosen = TrainOptions(weights="none", mode="full", resize="pad", val_fraction=0.3, seed=7)
    dialog = dialog_of(qtbot, theme, counts(cat=60, dog=60), chosen)
    with qtbot.waitSignal(dialog.train_requested) as heard:
        dialog.findChild(QDialogButtonBox).accepted.emit()
    assert heard.args == [chosen]


COPIES = (
    JobImage("a.jpg", "a.jpg", "same", (0,), "train"),
    JobImage("b.jpg", "b.jpg", "same", (1,), "train"),
    JobImage("c.jpg", "c.jpg", "other", (1,), "train"),
)


class Prepared:
    """A workspace whose run folder is ready, or cannot be made."""

    def __init__(self, path, error=None):
        self.run = RunFolder(path)
        self.run.write_job(Job(JOB_VERSION, "pets", ("cat", "dog"), False, COPIES, DEFAULTS, ""))
        self.error = error

    def labeled_rows(self):
        return [
            ImageRow(1, "a.jpg", 10, "e", 0.0, None),
            ImageRow(2, "gone.jpg", 10, "e", 0.0, None),
        ]

    def write(self, _options, files):
        assert set(files) == {1}
        if self.error:
            raise self.error
        return self.run


class OneIsGone:
    """Originals of which one cannot be had."""

    def fetch(self, pictures, progress):
        progress(1, len(pictures), "")
        assert [picture.key for picture in pictures] == ["a.jpg", "gone.jpg"]
        return Originals({1: LocalOriginal("a.jpg", "d")}, [ItemFailure("gone.jpg", "It is gone.")])


@pytest.fixture
def work(qtbot, tmp_path):
    threads = []

    def start(script, error=None, begin=lambda worker: None):
        worker = TrainingWorker(
            Prepared(tmp_path, error),
            OneIsGone(),
            TrainOptions(),
            lambda path: TrainingChild(path, [sys.executable, "-c", SAY + script]),
        )
        thread = QThread()
        worker.moveToThread(thread)
        thread.started.connect(worker.run)
        worker.ended.connect(thread.quit)
        threads.append((worker, thread))
        begin(worker)
        return worker, thread

    yield start
    for _worker, thread in threads:
        thread.quit()
        assert thread.wait(20_000)


def test_a_run_on_its_thread_tells_everything_in_order(work, qtbot, tmp_path):
    reported = []
    worker, thread = work(WHOLE_RUN)
    worker.phase_entered.connect(reported.append)
    worker.left_out.connect(lambda failed: reported.append([item.name for item in failed]))
    worker.progressed.connect(lambda done, total, _text: reported.append((done, total)))
    worker.epoch_ended.connect(lambda event: reported.append(event.val_accuracy))
    worker.evaluated.connect(lambda event: reported.append(event.accuracy))
    worker.finished.connect(lambda run: reported.append(run.path))
    with qtbot.waitSignal(worker.ended, timeout=20_000):
        thread.start()
    assert reported == ["prepare", (1, 2), ["gone.jpg"], "features", (5, 10), 0.4, 0.9, tmp_path]


def test_stop_reaches_the_child_and_keeps_its_model(work, qtbot):
    script = """say('{"event":"phase","name":"head"}'); sys.stdin.readline()
say('{"event":"stopped","has_model":true}')"""
    worker, thread = work(script)
    worker.phase_entered.connect(lambda name: worker.stop() if name == "head" else None)
    with qtbot.waitSignal(worker.stopped, timeout=20_000) as heard:
        thread.start()
    assert heard.args[1] is True


def test_missing_weights_are_told_apart(work, qtbot):
    worker, thread = work("""say('{"event":"failed","kind":"weights","message":"None here."}')""")
    with qtbot.waitSignal(worker.failed, timeout=20_000) as heard:
        thread.start()
    assert heard.args[0].kind == "weights"


def test_a_run_that_cannot_be_prepared_fails_with_the_sentence(work, qtbot):
    worker, thread = work("", Failed("Too few pictures."))
    with qtbot.waitSignal(worker.failed, timeout=20_000) as heard:
        thread.start()
    assert (heard.args[0].kind, heard.args[0].message) == ("error", "Too few pictures.")


def test_copies_with_different_labels_are_reported_before_the_run(work, qtbot):
    reported = []
    worker, thread = work(WHOLE_RUN)
    worker.contradicted.connect(
        lambda found: reported.extend([image.key for image in copies] for copies in found)
    )
    worker.phase_entered.connect(reported.append)
    with qtbot.waitSignal(worker.ended, timeout=20_000):
        thread.start()
    assert reported[:3] == ["prepare", ["a.jpg", "b.jpg"], "features"]


def test_labels_without_which_a_run_would_work_are_passed_on(work, qtbot):
    worker, thread = work("", TooFewImages("“cow” (2)", names=("cow",)))
    with qtbot.waitSignal(worker.failed, timeout=20_000) as heard:
        thread.start()
    assert heard.args[0].labels == ("cow",)


def test_the_panel_shows_phase_curves_and_end(qtbot, theme):
    panel = TrainingPanel(theme)
    qtbot.addWidget(panel)
    panel.show_begin()
    panel.show_phase("features")
    assert "Analyzing the pictures" in texts(panel)
    panel.show_epoch(EpochEnded(1, 2, 1.0, 0.5, 1.1, 0.4, 0.1))
    panel.show_evaluated(Evaluated(0.9, 0.8, 0.95, 20))
    assert "90.0% correct on 20 validation picture" in texts(panel)
    panel.show_phase("export")
    panel.show_progress(1, 3, "")
    assert "Exporting the model · 90.0% correct" in texts(panel)
    panel.show_end("Trained", has_model=True)
    stop = next(b for b in panel.findChildren(QPushButton) if b.text().startswith("Stop"))
    assert stop.isHidden()


@pytest.fixture
def result(tmp_path):
    mistakes = []
    for number, (truth, predicted) in enumerate([("cat", "dog"), ("dog", "cat"), ("cat", "dog")]):
        path = tmp_path / f"{number}.jpg"
        Image.new("RGB", (80, 60), (200, 10 * number, 40)).save(path)
        mistakes.append(Mistake(f"{number}.jpg", str(path), (truth,), predicted, 0.9))
    return RunResult(
        labels=("cat", "dog"),
        multi_label=False,
        train_images=80,
        val_images=20,
        val_accuracy=0.85,
        val_accuracy_interval=(0.64, 0.95),
        per_label=(LabelScore("cat", 10, 0.9, 0.8, 0.85), LabelScore("dog", 10, 0.8, 0.9, 0.85)),
        confusion=((8, 2), (1, 9)),
        mistakes=tuple(mistakes),
        temperature=1.0,
        thresholds=(),
        seconds={"total": 12.0},
        backbone="mobilenet_v2",
        weights="imagenet",
        device="CPU",
        mode="fast",
        unreadable={},
        artifacts=(
            ArtifactResult("tflite", "m.tflite", 4_500_000, "0" * 64, 0.85, 1.0, 0.01),
            ArtifactResult(
                "coreml", "m.mlpackage", 4_600_000, "1" * 64, 0.75, 0.9, 0.4, ("0.jpg",)
            ),
        ),
    )


def test_the_results_show_accuracy_with_interval_and_filter_mistakes_by_cell(
    qtbot, theme, runner, result
):
    page = ResultsPage(theme, runner)
    qtbot.addWidget(page)
    page.show_result(result)
    assert "85.0%" in texts(page)
    assert "95% confidence: 64.0–95.0%" in texts(page)
    assert "20 validation picture" in texts(page)
    mistakes = page.mistakes
    assert mistakes.count() == 3
    qtbot.waitUntil(lambda: not mistakes.item(0).icon().isNull())
    page.confusion.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Right):
        qtbot.keyClick(page.confusion, key)
    assert [mistakes.item(row).text().splitlines()[0] for row in range(mistakes.count())] == [
        "labeled cat",
        "labeled cat",
    ]


def test_what_the_accuracy_hides_stands_under_it(qtbot, theme, runner, result):
    page = ResultsPage(theme, runner)
    qtbot.addWidget(page)
    scores = (LabelScore("cat", 10, 1.0, 0.2, 0.3), LabelScore("dog", 0, 0.0, 0.0, 0.0))
    page.show_result(msgspec.structs.replace(result, per_label=scores))
    assert "Often missed: “cat” (20.0% found)" in texts(page)
    assert "no validation picture has it: “dog”" in texts(page)
    page.show_result(result)
    assert "Often missed" not in texts(page)


def test_a_file_that_is_too_far_off_is_not_published(qtbot, theme, result):
    dialog = PublishDialog(theme, result, ["dev"])
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    assert dialog.chosen_formats == ("tflite",)
    publish = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Publish")
    with qtbot.waitSignal(dialog.publish_requested) as heard:
        publish.click()
    assert heard.args == ["dev", ("tflite",)]
    dialog.show_problem("The branch is busy.")
    assert "The branch is busy." in texts(dialog)
    assert publish.isEnabled()


def test_copy_takes_the_command_and_nothing_but_it(qtbot, theme, result):
    dialog = PublishDialog(theme, result, ["dev"])
    qtbot.addWidget(dialog)
    dialog.show_done(
        Published("dev", "v1", 3, ("models/branches/dev.json",)),
        "cloudanno pull s3://birds ./model --branch dev --watch",
    )
    next(b for b in dialog.findChildren(QPushButton) if b.text() == "Copy command").click()
    copied = QGuiApplication.clipboard().text()
    assert copied == "cloudanno pull s3://birds ./model --branch dev --watch"
    shown = [field.toPlainText() for field in dialog.findChildren(QPlainTextEdit)]
    assert shown == [copied, "models/branches/dev.json"]


def test_the_branch_is_chosen_in_the_dialog_and_what_is_typed_stays(qtbot, theme, result):
    dialog = PublishDialog(theme, result, ["main", "dev", "main"])
    qtbot.addWidget(dialog)
    branch = dialog.findChild(QComboBox)
    assert branch.currentText() == "main"
    branch.setEditText("field")
    dialog.show_branches(["dev", "try"])
    assert branch.currentText() == "field"
    assert [branch.itemText(row) for row in range(branch.count())] == ["main", "dev", "try"]


def test_closing_the_dialog_while_it_publishes_asks(qtbot, theme, result):
    window = QWidget()
    qtbot.addWidget(window)
    dialog = PublishDialog(theme, result, ["dev"], window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    dialog.show()
    button(dialog, "Publish").click()
    dialog.reject()
    button(dialog.findChild(FormDialog), "Cancel").click()
    assert dialog.isVisible()
    dialog.show_problem("The branch is busy.")
    dialog.reject()  # nothing is under way any more
    assert not dialog.isVisible()


def test_a_training_that_ends_takes_nobody_away_from_labeling(window, project, tmp_path, result):
    window.open(parse_address(str(project), None))
    window.do("tab_unlabeled")
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    run.write_result(result)
    window.app.train_controller._on_finished(run)
    widgets = window.app.project_widgets
    assert widgets.grid.isVisible()
    assert window.app.messages.text == "Trained: 85.0% correct"
    button(window.app.messages, "Show results").click()
    assert widgets.results.isVisible()


def test_copies_with_different_labels_are_shown_from_any_tab_and_filter(window, project):
    window.open(parse_address(str(project), None))
    copies = [JobImage(key, key, "same", (0,), "train") for key in ("a.jpg", "b.jpg")]
    window.app.window.set_filter("d.png")
    window.wait(lambda: window.names() == ["d.png"])
    window.app.train_controller._on_contradicted([copies])
    button(window.app.messages, "Show them").click()
    grid = window.app.project_widgets.grid
    window.wait(lambda: grid.selected_count == 2)
    rows = window.app.project.workspace.index.rows(grid.selected_ids())
    assert [row.key for row in rows] == ["a.jpg", "b.jpg"]


def test_the_results_lead_to_the_very_picture_from_any_tab_and_filter(window, project):
    window.open(parse_address(str(project), None))
    label = window.add_label("heron")
    grid = window.app.project_widgets.grid
    index = window.app.project.workspace.index
    window.app.project.labels.label_controller.toggle(label, index.all_ids()[:2])
    window.do("tab_unlabeled")
    window.app.window.set_filter("d.png")
    window.wait(lambda: window.names() == ["d.png"])
    window.app.window.show_results(is_shown=True)
    window.app.project_widgets.results.picture_requested.emit("b.jpg")
    window.wait(lambda: grid.selected_ids().tolist() == [index.id_of("b.jpg")])
    assert len(window.names()) == 4
    window.press(Qt.Key.Key_1)
    window.wait(lambda: window.counts() == {"heron": 1})


def test_a_message_on_copies_leads_to_all_of_them(window, project):
    window.open(parse_address(str(project), None))
    grid = window.app.project_widgets.grid
    index = window.app.project.workspace.index
    label = window.add_label("heron")
    window.app.project.labels.label_controller.toggle(label, index.all_ids()[:2])
    window.do("tab_unlabeled")
    window.wait(lambda: len(window.names()) == 2)
    copies = [msgspec.structs.replace(COPIES[0], key=key) for key in ("a.jpg", "b.jpg")]
    window.app.train_controller._on_contradicted([copies])
    assert "different labels" in window.app.messages.text
    button(window.app.messages, "Show them").click()
    wanted = sorted(index.ids_of(["a.jpg", "b.jpg"]).values())
    window.wait(lambda: sorted(grid.selected_ids().tolist()) == wanted)


def test_a_label_that_became_too_small_is_left_out_by_one_click(window, project, monkeypatch):
    window.open(parse_address(str(project), None))
    trained = []
    controller = window.app.train_controller
    monkeypatch.setattr(controller, "train", trained.append)
    controller.on_failed(RunFailed("error", "Too few: “cow” (4).", ("cow",)))
    button(window.app.messages, "Train without “cow”").click()
    assert [options.leave_out for options in trained] == [("cow",)]


def test_the_end_of_a_training_names_what_was_not_tested(window, project, tmp_path, result):
    window.open(parse_address(str(project), None))
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    scores = (*result.per_label, LabelScore("emu", 0, 0.0, 0.0, 0.0))
    run.write_result(msgspec.structs.replace(result, per_label=scores))
    window.app.train_controller._on_finished(run)
    assert window.app.messages.text == "Trained: 85.0% correct; not tested: “emu”"
