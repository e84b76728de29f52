"""Light and dark: one set of colors, one style sheet, one palette, icons recolored to match."""

from dataclasses import asdict, dataclass
from string import Template

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QWidget

from cloudanno_desktop import paths

ICON_PX = 20


@dataclass(frozen=True, slots=True)
class Colors:
    window: str
    surface: str
    raised: str
    sunken: str
    field: str
    border: str
    scroll: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_hover: str
    on_accent: str
    selection: str
    hover: str
    good: str
    warning: str
    bad: str


LIGHT = Colors(
    window="#f5f6f8",
    surface="#ffffff",
    raised="#ffffff",
    sunken="#e9ecf1",
    field="#ffffff",
    border="#d9dde4",
    scroll="#c3c9d4",
    text="#1a1e27",
    muted="#5d6779",
    faint="#9aa3b2",
    accent="#2563eb",
    accent_hover="#1d4fd0",
    on_accent="#ffffff",
    selection="#dce7ff",
    hover="#eef1f6",
    good="#15803d",
    warning="#b45309",
    bad="#c62828",
)
DARK = Colors(
    window="#15171c",
    surface="#1c1f26",
    raised="#272b34",
    sunken="#101216",
    field="#14161b",
    border="#333842",
    scroll="#454c59",
    text="#e7e9ee",
    muted="#a0a9b8",
    faint="#667083",
    accent="#5a92ff",
    accent_hover="#79a7ff",
    on_accent="#0b1220",
    selection="#2a3f6b",
    hover="#272b34",
    good="#4ade80",
    warning="#fbbf24",
    bad="#f87171",
)


class Theme(QObject):
    """The look of the whole program; follows the system unless the user chose."""

    changed = Signal()  # repaint what was drawn with the old colors

    def __init__(self, application: QApplication, choice: str = "system") -> None:
        super().__init__(application)
        self._application = application
        self._choice = choice
        application.setStyle("Fusion")
        application.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)
        self._apply()

    @property
    def is_dark(self) -> bool:
        if self._choice in {"light", "dark"}:
            return self._choice == "dark"
        return self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark

    @property
    def colors(self) -> Colors:
        return DARK if self.is_dark else LIGHT

    def choose(self, choice: str) -> None:
        if choice != self._choice:
            self._choice = choice
            self._apply()

    def icon(self, name: str, color: str = "") -> QIcon:
        icon = QIcon()
        normal = color or self.colors.text
        icon.addPixmap(_draw(name, normal, ICON_PX), QIcon.Mode.Normal)
        icon.addPixmap(_draw(name, self.colors.faint, ICON_PX), QIcon.Mode.Disabled)
        return icon

    def pixmap(self, name: str, size_px: int, color: str = "") -> QPixmap:
        return _draw(name, color or self.colors.muted, size_px)

    def _on_scheme_changed(self, _scheme: Qt.ColorScheme) -> None:
        if self._choice == "system":
            self._apply()

    def _apply(self) -> None:
        colors = self.colors
        self._application.setPalette(_palette(colors))
        self._application.setStyleSheet(_style_sheet(colors))
        self.changed.emit()


def set_role(widget: QWidget, role: str) -> None:
    set_look(widget, "role", role)


def set_look(widget: QWidget, name: str, value: str) -> None:
    """Set a property that the style sheet selects by, and let it take effect."""
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def application_icon() -> QIcon:
    return QIcon(str(paths.resources_dir() / "icons" / "cloudanno.svg"))


def _style_sheet(colors: Colors) -> str:
    resources = paths.resources_dir()
    text = (resources / "styles" / "window.qss").read_text("utf-8")
    icons = (resources / "icons").as_posix()
    return Template(text).substitute(asdict(colors), icons=icons)


def _palette(colors: Colors) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for name, color in (
        (role.Window, colors.window),
        (role.WindowText, colors.text),
        (role.Base, colors.surface),
        (role.AlternateBase, colors.sunken),
        (role.Text, colors.text),
        (role.PlaceholderText, colors.faint),
        (role.Button, colors.raised),
        (role.ButtonText, colors.text),
        (role.BrightText, colors.bad),
        (role.Highlight, colors.accent),
        (role.HighlightedText, colors.on_accent),
        (role.Accent, colors.accent),
        (role.Link, colors.accent),
        (role.ToolTipBase, colors.raised),
        (role.ToolTipText, colors.text),
        (role.Mid, colors.border),
        (role.Midlight, colors.hover),
        (role.Light, colors.raised),
        (role.Dark, colors.muted),
        (role.Shadow, colors.sunken),
    ):
        palette.setColor(name, QColor(color))
    for name in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(colors.faint))
    return palette


def _draw(name: str, color: str, size_px: int) -> QPixmap:
    source = (paths.resources_dir() / "icons" / f"{name}.svg").read_text("utf-8")
    renderer = QSvgRenderer(QByteArray(source.replace("currentColor", color).encode()))
    scale = 2  # sharp on screens with two device pixels a point
    pixmap = QPixmap(QSize(size_px, size_px) * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size_px * scale, size_px * scale))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap
