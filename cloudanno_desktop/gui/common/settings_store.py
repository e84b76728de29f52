"""The settings in use, one copy for the whole window."""

from PySide6.QtCore import QObject, Signal

from cloudanno_desktop.settings import Settings, load_settings, save_settings


class SettingsStore(QObject):
    """Holds the settings; readers take them from ``current`` at use."""

    changed = Signal()

    def __init__(self, current: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.current = current

    def load(self) -> None:
        """Use what was saved. Raises ``FileProblem``."""
        self._set(load_settings())

    def use(self, settings: Settings) -> None:
        if settings != self.current:
            save_settings(settings)
            self._set(settings)

    def _set(self, settings: Settings) -> None:
        self.current = settings
        self.changed.emit()
