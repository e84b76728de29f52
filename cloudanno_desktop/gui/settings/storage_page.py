"""The settings for the disk space of the caches, and the prices of the service."""

from decimal import Decimal, InvalidOperation
from functools import partial

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QSpinBox, QWidget

from cloudanno_desktop.gui.common.theme import set_look
from cloudanno_desktop.gui.common.widgets import styled_label
from cloudanno_desktop.settings import Settings

LEAST_CACHE_MB, MOST_CACHE_MB = 50, 1_000_000
CURRENCY_CHARACTERS = 8


class StoragePage(QWidget):
    changed = Signal(object)  # the new Settings

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._form = QFormLayout(self)
        self._form.setContentsMargins(16, 16, 16, 16)
        self._form.setVerticalSpacing(10)
        self._form.addRow(styled_label(self.tr("On this computer"), "heading"))
        self._form.addRow(self.tr("&Thumbnails, at most"), self._build_size("thumbnail_cache_mb"))
        self._form.addRow(self.tr("&Originals, at most"), self._build_size("originals_cache_mb"))
        self._note(
            self.tr(
                "Least recently used files are removed first. Originals are downloaded to train "
                "and to view at full size; offline folders are not counted."
            )
        )
        self._form.addRow(styled_label(self.tr("Costs"), "heading"))
        self._note(self.tr("Enter the prices from your service’s price list."))
        self._form.addRow(self.tr("&Currency"), self._build_currency())
        self._add_price("list_requests", self.tr("1,000 &list calls"))
        self._add_price("write_requests", self.tr("1,000 &writes (PUT, COPY)"))
        self._add_price("read_requests", self.tr("1,000 &reads (GET, HEAD)"))
        self._add_price("delete_requests", self.tr("1,000 &deletion calls"))
        self._add_price("gigabyte_out", self.tr("1 &GB downloaded"))
        self._note(self.tr("1 GB is 1,000,000,000 bytes. Costs are shown once a price is set."))

    def use_settings(self, settings: Settings) -> None:
        self._settings = settings

    def _note(self, text: str) -> None:
        self._form.addRow("", styled_label(text, "muted", wraps=True))

    def _build_size(self, name: str) -> QSpinBox:
        box = QSpinBox(minimum=LEAST_CACHE_MB, maximum=MOST_CACHE_MB, singleStep=100, suffix=" MB")
        box.setGroupSeparatorShown(True)
        box.setValue(getattr(self._settings, name))
        box.setToolTip(self.tr("Takes effect when a project is opened"))
        box.valueChanged.connect(lambda value: self._change(**{name: value}))
        return box

    def _build_currency(self) -> QLineEdit:
        field = QLineEdit(self._settings.prices.currency)
        field.setMaxLength(CURRENCY_CHARACTERS)
        field.setPlaceholderText(self.tr("such as EUR"))
        field.editingFinished.connect(lambda: self._change_price(currency=field.text().strip()))
        return field

    def _add_price(self, name: str, title: str) -> None:
        price = getattr(self._settings.prices, name)
        field = QLineEdit("" if price is None else f"{price:f}")
        field.setObjectName(name)
        field.setPlaceholderText(self.tr("not set"))
        field.editingFinished.connect(partial(self._on_price, name, field))
        self._form.addRow(title, field)

    def _on_price(self, name: str, field: QLineEdit) -> None:
        try:
            price = parse_price(field.text())
        except ValueError:
            set_look(field, "state", "bad")
            field.setToolTip(self.tr("Enter a price such as 0.0054, or leave empty"))
            return
        set_look(field, "state", "")
        field.setToolTip("")
        self._change_price(**{name: price})

    def _change_price(self, **changes: object) -> None:
        self._change(prices=msgspec.structs.replace(self._settings.prices, **changes))

    def _change(self, **changes: object) -> None:
        changed = msgspec.structs.replace(self._settings, **changes)
        if changed != self._settings:
            self._settings = changed
            self.changed.emit(changed)


def parse_price(text: str) -> Decimal | None:
    """Read a price with a point or a comma; ``None`` for nothing. Raises ``ValueError``."""
    if not text.strip():
        return None
    try:
        price = Decimal(text.strip().replace(",", "."))
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not price.is_finite() or price < 0:
        raise ValueError(text)
    return price
