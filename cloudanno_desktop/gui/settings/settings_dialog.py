"""The settings: connections, general, storage and costs."""

from functools import partial

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.common.widgets import resize_to_screen, styled_label
from cloudanno_desktop.gui.settings.connections_page import ConnectionsPage
from cloudanno_desktop.gui.settings.storage_page import StoragePage
from cloudanno_desktop.settings import Settings

PAGES = ("connections", "general", "storage")
MOST_KB_S = 10_000_000


class GeneralPage(QWidget):
    changed = Signal(object)  # the new Settings

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        form = QFormLayout(self)
        form.setContentsMargins(16, 16, 16, 16)
        form.setVerticalSpacing(12)
        form.addRow(self.tr("&Appearance"), self._build_theme())
        form.addRow(self.tr("Your &name"), self._build_author())
        form.addRow("", styled_label(self.tr("Shown to others next to your labels."), "muted"))
        form.addRow(self.tr("&Transfers at once"), self._build_parallel())
        form.addRow(self.tr("&Upload limit"), self._build_limit("upload_limit_kb_s"))
        form.addRow(self.tr("Do&wnload limit"), self._build_limit("download_limit_kb_s"))
        form.addRow(self.tr("When a name is ta&ken"), self._build_existing())
        form.addRow(self.tr("Check for change&s every"), self._build_refresh())
        form.addRow(self.tr("&Deleted pictures"), self._build_trash())

    def use_settings(self, settings: Settings) -> None:
        self._settings = settings

    def _build_theme(self) -> QComboBox:
        texts = {"system": self.tr("System"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        return self._build_choice("theme", texts)

    def _build_author(self) -> QLineEdit:
        field = QLineEdit(self._settings.author)
        field.setPlaceholderText(self._settings.author_name)
        field.editingFinished.connect(lambda: self._change(author=field.text().strip()))
        return field

    def _build_parallel(self) -> QSpinBox:
        box = QSpinBox(minimum=1, maximum=32, value=self._settings.parallel_transfers)
        box.valueChanged.connect(lambda value: self._change(parallel_transfers=value))
        return box

    def _build_limit(self, name: str) -> QSpinBox:
        value = getattr(self._settings, name)
        box = QSpinBox(minimum=0, maximum=MOST_KB_S, singleStep=100, value=value)
        box.setGroupSeparatorShown(True)
        box.setSuffix(self.tr(" kB/s"))
        box.setSpecialValueText(self.tr("Unlimited"))
        box.setToolTip(self.tr("For all transfers together; 0 for no limit"))
        box.setKeyboardTracking(False)
        box.valueChanged.connect(lambda value: self._change(**{name: value}))
        return box

    def _build_existing(self) -> QComboBox:
        texts = {
            "rename": self.tr("Keep both"),
            "ask": self.tr("Ask"),
            "skip": self.tr("Skip"),
            "overwrite": self.tr("Overwrite"),
        }
        box = self._build_choice("existing", texts)
        box.setToolTip(self.tr("By a different file; identical files are never transferred twice"))
        return box

    def _build_choice(self, name: str, texts: dict[str, str]) -> QComboBox:
        box = QComboBox()
        for value, text in texts.items():
            box.addItem(text, value)
        box.setCurrentIndex(max(0, box.findData(getattr(self._settings, name))))
        box.currentIndexChanged.connect(lambda: self._change(**{name: box.currentData()}))
        return box

    def _build_trash(self) -> QCheckBox:
        box = QCheckBox(self.tr("Move to the trash of the project"))
        box.setChecked(self._settings.uses_trash)
        box.setToolTip(self.tr("They use storage until the trash is emptied."))
        box.toggled.connect(lambda is_on: self._change(uses_trash=is_on))
        return box

    def _build_refresh(self) -> QSpinBox:
        box = QSpinBox(minimum=0, maximum=3600, singleStep=30, value=self._settings.refresh_s)
        box.setSuffix(self.tr(" s"))
        box.setSpecialValueText(self.tr("Never"))
        box.setToolTip(self.tr("How often to check for new pictures and labels of others"))
        box.valueChanged.connect(lambda value: self._change(refresh_s=value))
        return box

    def _change(self, **changes: object) -> None:
        changed = msgspec.structs.replace(self._settings, **changes)
        if changed != self._settings:
            self._settings = changed
            self.changed.emit(changed)


class SettingsDialog(QDialog):
    """Three pages behind tabs; everything takes effect at once."""

    def __init__(self, theme: Theme, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Settings"))
        resize_to_screen(self, 860, 700)
        self.connections = ConnectionsPage(theme)
        self.general = GeneralPage(settings)
        self.storage = StoragePage(settings)
        self.general.changed.connect(self.storage.use_settings)
        self.storage.changed.connect(self.general.use_settings)
        self._tabs = QTabWidget()
        self._tabs.addTab(self.connections, self.tr("Connections"))
        self._tabs.addTab(self.general, self.tr("General"))
        self._tabs.addTab(self.storage, self.tr("Storage and costs"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self._tabs, 1)
        column.addWidget(buttons)

    def reject(self) -> None:
        self.connections.leave(partial(self.done, QDialog.DialogCode.Rejected))

    def show_page(self, page: int) -> None:
        self._tabs.setCurrentIndex(page)
