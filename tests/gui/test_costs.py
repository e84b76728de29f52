"""What the window says about requests to the storage and their price."""

import uuid
from decimal import Decimal

import pytest
from PySide6.QtWidgets import QLineEdit, QPushButton, QTableWidget

from cloudanno_desktop.bucket.address import parse_address
from cloudanno_desktop.bucket.buckets import create_bucket
from cloudanno_desktop.bucket.connection import Connection
from cloudanno_desktop.bucket.cost import estimate_download, estimate_listing
from cloudanno_desktop.bucket.metering import METER, Meter
from cloudanno_desktop.bucket.opening import open_bucket
from cloudanno_desktop.bucket.usage import Kind, Tally, Usage
from cloudanno_desktop.gui.cost.cost_button import CostButton
from cloudanno_desktop.gui.cost.cost_dialog import CostDialog
from cloudanno_desktop.gui.cost.cost_text import cost_sentence, money_text
from cloudanno_desktop.gui.plurals import EnglishPlurals
from cloudanno_desktop.gui.settings.settings_dialog import SettingsDialog
from cloudanno_desktop.gui.settings.storage_page import StoragePage, parse_price
from cloudanno_desktop.gui.theme import Theme
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
    meter.add(Usage({Kind.LIST: Tally(1112), Kind.GET: Tally(1, bytes_down=3_100_000_000)}))
    return meter


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
    usage = estimate_listing(112_000) + estimate_download([3_100_000_000])

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

    meter.count(Kind.PUT, Tally(7))

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
    with qtbot.waitSignal(dialog.prices_wanted):
        press(dialog, "Set &prices…")


def test_prices_are_entered_with_point_or_comma_and_can_be_taken_back(qtbot):
    page = StoragePage(Settings())
    qtbot.addWidget(page)
    told = []
    page.changed.connect(told.append)
    field = page.findChild(QLineEdit, "list_requests")

    for text in ("0,005", "five", "-1", ""):
        field.setText(text)
        field.editingFinished.emit()

    assert [settings.prices.list_requests for settings in told] == [Decimal("0.005"), None]


@pytest.mark.parametrize("text", ["nan", "inf", "-0.1", "1.2.3", "1 000"])
def test_what_is_no_price_is_refused(text):
    with pytest.raises(ValueError, match=text.replace(".", r"\.")):
        parse_price(text)


def test_no_page_of_the_settings_takes_back_what_another_has_set(qtbot, qapp):
    dialog = SettingsDialog(Theme(qapp, "light"), Settings(author="Ann"))
    qtbot.addWidget(dialog)
    told = []
    dialog.general.changed.connect(told.append)
    dialog.storage.changed.connect(told.append)

    dialog.storage._change_price(currency="EUR")
    dialog.general._change(author="Bea")
    dialog.storage._change(thumbnail_cache_mb=100)

    assert told[-1] == Settings(author="Bea", thumbnail_cache_mb=100, prices=Prices("EUR"))


def test_a_project_in_a_folder_has_nothing_to_count(window, project):
    window.open(parse_address(str(project)))

    assert not window.app.window.status.cost.isVisible()


def test_both_processes_count_for_the_window(window, s3_endpoint, aws_keys, project):
    bucket = open_bucket(address := s3_address(s3_endpoint))
    for number in range(3):
        bucket.put(f"{number}.jpg", (project / "a.jpg").read_bytes())
    bucket.close()
    before = METER.total()

    window.open(address)

    button = window.app.window.status.cost
    assert button.isVisible()
    window.wait(lambda: (METER.total() - before).of(Kind.LIST).requests >= 1)  # the scan
    window.wait(lambda: (METER.total() - before).of(Kind.GET).requests >= 3)  # the thumbnails
    window.wait(lambda: button.text().startswith(f"{METER.total().requests:,} requests"))


def s3_address(endpoint):
    """Make an empty bucket and return its address."""
    connection = Connection(name="test", endpoint_url=endpoint)
    name = f"photos-{uuid.uuid4().hex[:12]}"
    create_bucket(connection, name)
    return parse_address(f"s3://{name}", connection)
