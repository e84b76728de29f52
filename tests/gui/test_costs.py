"""What the window says about requests to the storage and their price."""

import uuid
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QTableWidget, QTreeWidget

from cloudanno_desktop import paths
from cloudanno_desktop.bucket.bucket_admin import create_bucket
from cloudanno_desktop.bucket.connections.address import parse_address
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.bucket.cost import estimate_download
from cloudanno_desktop.bucket.open_bucket import open_bucket
from cloudanno_desktop.bucket.usage.meter import METER, Meter
from cloudanno_desktop.bucket.usage.usage import RequestKind, Tally, Usage
from cloudanno_desktop.gui.browser.offline_dialog import OfflineDialog
from cloudanno_desktop.gui.common.format import shown_bytes
from cloudanno_desktop.gui.common.plurals import EnglishPlurals
from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.cost.cost_button import CostButton, cost_sentence, money_text
from cloudanno_desktop.gui.cost.cost_dialog import CostDialog
from cloudanno_desktop.gui.labels.folder_question import FolderQuestion
from cloudanno_desktop.gui.model.train_dialog import TrainDialog
from cloudanno_desktop.gui.settings.settings_dialog import SettingsDialog
from cloudanno_desktop.gui.settings.storage_page import StoragePage, parse_price
from cloudanno_desktop.images.originals import OriginalStore
from cloudanno_desktop.index.offline_prefixes import FolderSize
from cloudanno_desktop.labels.edits.assign import Assign
from cloudanno_desktop.projects.runs import Runs
from cloudanno_desktop.projects.workspace import Workspace
from cloudanno_desktop.settings import Prices, Settings

PRICES = Prices("EUR", list_requests=Decimal("5"), gigabyte_out=Decimal("0.09"))


@pytest.fixture(autouse=True)
def english(qapp):
    plurals = EnglishPlurals()
    qapp.installTranslator(plurals)
    yield
    qapp.removeTranslator(plurals)


@pytest.fixture
def meter():
    meter = Meter()
    meter.add(
        Usage({RequestKind.LIST: Tally(1112), RequestKind.GET: Tally(1, bytes_down=3_100_000_000)})
    )
    return meter


def bucket_with(endpoint, project, photos):
    """Put a photo of the project into a new bucket, several times; return the address."""
    connection = Connection(name="test", endpoint_url=endpoint)
    name = f"photos-{uuid.uuid4().hex[:12]}"
    create_bucket(connection, name)
    address = parse_address(f"s3://{name}", connection)
    bucket = open_bucket(address)
    for number in range(photos):
        bucket.put(f"{number}.jpg", (project / "a.jpg").read_bytes())
    bucket.close()
    return address


def texts(dialog):
    table = dialog.findChild(QTableWidget)
    return [
        [table.item(row, column).text() for column in range(table.columnCount())]
        for row in range(table.rowCount())
    ]


def press(dialog, text):
    (button,) = [b for b in dialog.findChildren(QPushButton) if b.text() == text]
    button.click()


def test_a_sentence_names_calls_bytes_and_money():
    usage = Usage({RequestKind.LIST: Tally(112)}) + estimate_download(1, 3_100_000_000)

    assert cost_sentence(usage, Prices()) == "112 list calls, 1 read, 3.1 GB down"
    assert cost_sentence(usage, PRICES) == "112 list calls, 1 read, 3.1 GB down: 0.84 EUR"
    assert cost_sentence(Usage(), PRICES) == ""


@pytest.mark.parametrize(
    ("money", "shown"),
    [
        ("0", "0.00 EUR"),
        ("0.004", "< 0.01 EUR"),
        ("0.005", "0.01 EUR"),
        ("1234.565", "1,234.57 EUR"),
    ],
)
def test_money_is_rounded_to_the_cent(money, shown):
    assert money_text(Decimal(money), PRICES) == shown


def test_the_button_follows_the_meter_while_it_is_on_screen(qtbot, meter):
    button = CostButton(meter)
    qtbot.addWidget(button)
    button.set_prices(PRICES)
    button.show()
    assert button.text() == "1,113 requests · 3.1 GB"
    assert button.toolTip().endswith("1,112 list calls, 1 read, 3.1 GB down: 5.84 EUR")

    meter.count(RequestKind.PUT, Tally(7))

    qtbot.waitUntil(lambda: button.text().startswith("1,120 requests"))
    assert "7 writes" in button.toolTip()


def test_the_table_tells_each_kind_and_can_begin_anew(qtbot, meter):
    dialog = CostDialog(PRICES, meter)
    qtbot.addWidget(dialog)
    assert texts(dialog) == [
        ["LIST", "1,112", "", "", "5.56 EUR"],
        ["GET", "1", "", "3.1 GB", "0.28 EUR"],
        ["All", "1,113", "", "3.1 GB", "5.84 EUR"],
    ]

    press(dialog, "&Reset")

    assert texts(dialog) == [["All", "0", "", "", "0.00 EUR"]]
    assert not meter.total()


def test_without_prices_no_column_of_money_is_shown(qtbot, meter):
    dialog = CostDialog(Prices(), meter)
    qtbot.addWidget(dialog)
    dialog.show()

    assert dialog.findChild(QTableWidget).isColumnHidden(4)
    with qtbot.waitSignal(dialog.prices_requested):
        press(dialog, "Set &prices…")


def test_prices_are_entered_with_point_or_comma_and_can_be_taken_back(qtbot):
    page = StoragePage(Settings())
    qtbot.addWidget(page)
    reported = []
    page.changed.connect(reported.append)
    field = page.findChild(QLineEdit, "list_requests")

    for text in ("0,005", "five", "-1", ""):
        field.setText(text)
        field.editingFinished.emit()

    assert [settings.prices.list_requests for settings in reported] == [Decimal("0.005"), None]


@pytest.mark.parametrize("text", ["nan", "inf", "-0.1", "1.2.3", "1 000"])
def test_what_is_no_price_is_refused(text):
    with pytest.raises(ValueError, match=text.replace(".", r"\.")):
        parse_price(text)


def test_no_page_of_the_settings_takes_back_what_another_has_set(qtbot, qapp):
    dialog = SettingsDialog(Theme(qapp, "light"), Settings(author="Ann"))
    qtbot.addWidget(dialog)
    reported = []
    dialog.general.changed.connect(reported.append)
    dialog.storage.changed.connect(reported.append)

    dialog.storage._change_price(currency="EUR")
    dialog.general._change(author="Bea")
    dialog.storage._change(thumbnail_cache_mb=100)

    assert reported[-1] == Settings(author="Bea", thumbnail_cache_mb=100, prices=Prices("EUR"))


def test_a_project_in_a_folder_has_nothing_to_count(window, project):
    window.open(parse_address(str(project)))

    assert not window.app.window.status.cost.isVisible()


def test_both_processes_count_for_the_window(window, s3_endpoint, aws_keys, project):
    address = bucket_with(s3_endpoint, project, 3)
    before = METER.total()

    window.open(address)

    button = window.app.window.status.cost
    assert button.isVisible()
    window.wait(lambda: (METER.total() - before).of(RequestKind.LIST).requests >= 1)  # the scan
    window.wait(
        lambda: (METER.total() - before).of(RequestKind.GET).requests >= 3
    )  # the thumbnails
    window.wait(lambda: button.text().startswith(f"{METER.total().requests:,} requests"))


def test_before_a_run_it_is_said_what_must_be_fetched(window, s3_endpoint, aws_keys, project):
    window.open(bucket_with(s3_endpoint, project, 4))
    window.wait(lambda: window.app.project.workspace.index.counts().images == 4)
    workspace = window.app.project.workspace
    label = workspace.label_named("bird")
    workspace.apply(Assign((label.id,), tuple(row.id for row in workspace.index.rows([1, 2, 3]))))
    size = (project / "a.jpg").stat().st_size

    window.app.train_controller.ask_train()

    reported = f"3 pictures must be fetched first (3 reads, {shown_bytes(3 * size)} down)."
    dialog = window.app.window.findChild(TrainDialog)
    window.wait(lambda: any(text.text() == reported for text in dialog.findChildren(QLabel)))
    dialog.reject()


def test_what_is_here_already_is_not_fetched_again(s3_endpoint, aws_keys, project, home):
    with Workspace.open(bucket_with(s3_endpoint, project, 3), Settings()) as workspace:
        workspace.refresh()
        label = workspace.label_named("bird")
        workspace.apply(Assign((label.id,), (1, 2, 3)))
        size = (project / "a.jpg").stat().st_size
        assert Runs(workspace).estimate_originals() == estimate_download(3, 3 * size)

        OriginalStore(paths.originals_dir(), workspace.bucket).fetch(workspace.index.rows([1, 2]))

        assert Runs(workspace).estimate_originals() == estimate_download(1, size)


def test_a_folder_fetches_nothing(project):
    with Workspace.open(parse_address(str(project)), Settings()) as workspace:
        workspace.refresh()
        workspace.apply(Assign((workspace.label_named("bird").id,), (1, 2)))

        assert not Runs(workspace).estimate_originals()


def test_keeping_folders_offline_says_what_is_new(qtbot):
    folders = [FolderSize("", 30, 3000), FolderSize("a/", 10, 1000), FolderSize("b/", 20, 2000)]
    dialog = OfflineDialog(folders, ["a/"], lambda images, size: f"{images} reads, {size} bytes")
    qtbot.addWidget(dialog)
    tree = dialog.findChild(QTreeWidget)
    texts = [label for label in dialog.findChildren(QLabel) if label.property("role") == "muted"]
    assert not any("To download" in label.text() for label in texts)

    tree.topLevelItem(2).setCheckState(0, Qt.CheckState.Checked)

    assert "To download, at most: 20 reads, 2000 bytes" in [label.text() for label in texts]


def test_an_upload_of_folders_says_what_it_takes(window, s3_endpoint, aws_keys, project):
    window.open(bucket_with(s3_endpoint, project, 1))
    size = sum(path.stat().st_size for path in project.iterdir())

    window.app.project.labels.label_controller._on_folders_dropped([project])

    question = window.app.window.findChild(FolderQuestion)
    reported = f"4 writes, {shown_bytes(size)} up"
    window.wait(lambda: question.informativeText().endswith(reported))
    question.reject()
