"""Settings: the connections, the look, the name in the journal."""

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from cloudanno_desktop.gui.common.theme import Theme, set_role
from cloudanno_desktop.gui.settings.connections_page import ConnectionsPage
from cloudanno_desktop.gui.settings.storage_page import StoragePage
from cloudanno_desktop.settings import Settings

PAGES = ("connections", "general", "storage")
THEMES = ("system", "light", "dark")
EXISTING = ("rename", "ask", "skip", "overwrite")
MOST_KB_S = 10_000_000


class GeneralPage(QWidget):
    """What is no connection.

    Signals:
        changed: the new ``Settings``.
    """

    changed = Signal(object)

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        form = QFormLayout(self)
        form.setContentsMargins(16, 16, 16, 16)
        form.setVerticalSpacing(12)
        form.addRow(self.tr("&Look"), self._build_theme())
        form.addRow(self.tr("Your &name"), self._build_author())
        note = QLabel(self.tr("Stands beside your labels for others who work on the project."))
        set_role(note, "muted")
        form.addRow("", note)
        form.addRow(self.tr("&Transfers at once"), self._build_parallel())
        form.addRow(self.tr("&Upload at most"), self._build_limit("upload_limit_kb_s"))
        form.addRow(self.tr("Do&wnload at most"), self._build_limit("download_limit_kb_s"))
        form.addRow(self.tr("When a name is ta&ken"), self._build_existing())
        form.addRow(self.tr("Look for new&s every"), self._build_refresh())
        form.addRow(self.tr("&Deleted pictures"), self._build_trash())

    def use_settings(self, settings: Settings) -> None:
        self._settings = settings

    def _build_theme(self) -> QComboBox:
        texts = (self.tr("as the system"), self.tr("light"), self.tr("dark"))
        box = QComboBox()
        for text, name in zip(texts, THEMES, strict=True):
            box.addItem(text, name)
        box.setCurrentIndex(max(0, box.findData(self._settings.theme)))
        box.currentIndexChanged.connect(lambda: self._change(theme=box.currentData()))
        return box

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
        box.setSpecialValueText(self.tr("as fast as it goes"))
        box.setToolTip(self.tr("0 is no bound; all transfers together, from now on"))
        box.setKeyboardTracking(False)
        box.valueChanged.connect(lambda value: self._change(**{name: value}))
        return box

    def _build_existing(self) -> QComboBox:
        texts = (self.tr("keep both"), self.tr("ask"), self.tr("skip"), self.tr("overwrite"))
        box = QComboBox()
        for text, name in zip(texts, EXISTING, strict=True):
            box.addItem(text, name)
        box.setCurrentIndex(max(0, box.findData(self._settings.existing)))
        box.setToolTip(self.tr("By other bytes; the same bytes are never moved twice"))
        box.currentIndexChanged.connect(lambda: self._change(existing=box.currentData()))
        return box

    def _build_trash(self) -> QCheckBox:
        box = QCheckBox(self.tr("go to the trash of their project"))
        box.setChecked(self._settings.uses_trash)
        box.setToolTip(self.tr("They count as storage until the trash is emptied."))
        box.toggled.connect(lambda is_on: self._change(uses_trash=is_on))
        return box

    def _build_refresh(self) -> QSpinBox:
        box = QSpinBox(minimum=0, maximum=3600, singleStep=30, value=self._settings.refresh_s)
        box.setSuffix(self.tr(" s"))
        box.setSpecialValueText(self.tr("never"))
        box.setToolTip(self.tr("How often to look for new pictures and the labels of others"))
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
        self.resize(860, 700)
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

    def show_page(self, page: int) -> None:
        self._tabs.setCurrentIndex(page)
