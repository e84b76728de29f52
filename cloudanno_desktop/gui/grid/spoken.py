"""What a screen reader says about the grid."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent
from PySide6.QtWidgets import QWidget


def describe(widget: QWidget, description: str) -> None:
    """Set a widget's description and announce it to a screen reader if one listens."""
    if widget.accessibleDescription() == description:
        return
    widget.setAccessibleDescription(description)
    QAccessible.updateAccessibility(QAccessibleEvent(widget, QAccessible.Event.DescriptionChanged))
    if QAccessible.isActive() and widget.hasFocus():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, description))


def grid_text(current: str, place: tuple[int, int], selected: int) -> str:
    position, count = place
    if not count:
        return QCoreApplication.translate("grid", "No pictures")
    parts = []
    if current:
        where = QCoreApplication.translate("grid", "{position} of {count}")
        parts = [current, where.format(position=position + 1, count=count)]
    else:
        parts = [QCoreApplication.translate("grid", "{count} pictures").format(count=count)]
    parts.append(QCoreApplication.translate("grid", "{count} selected").format(count=selected))
    return "; ".join(parts)
