"""One picture, zoomed and moved by mouse and keyboard.

The view is kept in pixels of the original, so that a sharper picture of the same image can take
the place of a coarse one without a jump.
"""

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

ZOOM_STEP = 1.25
LARGEST_ZOOM = 16.0
WHEEL_NOTCH = 120


class PictureCanvas(QWidget):
    """Shows one picture whole, or a part of it larger."""

    zoomed = Signal(float)  # share of the original's size at which it is shown

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: list[QImage] = []
        self._full = QSizeF(1, 1)
        self._message = ""
        self._scale: float | None = None
        self._center = QPointF()
        self._grabbed: QPointF | None = None
        self._fitted = QImage()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 120)

    @property
    def scale(self) -> float:
        """Device pixels for each pixel of the original."""
        return self._fit_scale() if self._scale is None else self._scale

    @property
    def is_fitted(self) -> bool:
        return self._scale is None

    def clear(self, message: str = "") -> None:
        self._images.clear()
        self._fitted = QImage()
        self._message = message
        self.fit()

    def add_image(self, image: QImage, full_size: QSize) -> None:
        """Add a rendering of the picture; the one that suits the zoom best is painted."""
        self._images = sorted([*self._images, image], key=lambda each: each.width())
        self._full = QSizeF(full_size)
        self._fitted = QImage()
        self.update()
        self.zoomed.emit(self.scale)

    def fit(self) -> None:
        self._scale = None
        self.update()
        self.zoomed.emit(self.scale)

    def zoom_to(self, scale: float, at: QPointF | None = None) -> None:
        """Show the picture at a share of its size; the point ``at`` of the widget stays."""
        at = QRectF(self.rect()).center() if at is None else at
        place = self._place()
        kept = (at - place.topLeft()) / (place.width() or 1) * self._full.width()
        self._scale = min(max(scale, min(self._fit_scale(), 1.0)), LARGEST_ZOOM)
        away = (at - QRectF(self.rect()).center()) / self._logical_scale()
        self._center = self._inside(kept - away)
        self.update()
        self.zoomed.emit(self.scale)

    def zoom_by(self, steps: float, at: QPointF | None = None) -> None:
        self.zoom_to(self.scale * ZOOM_STEP**steps, at)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.palette().base())
        image = self._best_image()
        if image is None:
            painter.setPen(self.palette().text().color())
            room = self.rect().adjusted(24, 24, -24, -24)
            centred = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(room, centred, self._message)
        else:
            is_smooth = self.scale < 2
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
            painter.drawImage(self._place(), image)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom_by(event.angleDelta().y() / WHEEL_NOTCH, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self.is_fitted:
            self._grabbed = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is None:
            return
        moved = (event.position() - self._grabbed) / self._logical_scale()
        self._center = self._inside(self._center - moved)
        self._grabbed = event.position()
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.is_fitted:
            self.zoom_to(1.0, event.position())
        else:
            self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.zoomed.emit(self.scale)

    def _fit_scale(self) -> float:
        """Return the scale of the whole picture; small ones are shown at most twice as large."""
        ratio = self.devicePixelRatioF()
        width = self.width() * ratio / self._full.width()
        return max(1e-4, min(width, self.height() * ratio / self._full.height(), 2.0))

    def _logical_scale(self) -> float:
        return self.scale / self.devicePixelRatioF()

    def _place(self) -> QRectF:
        size = self._full * self._logical_scale()
        half = QPointF(self._full.width(), self._full.height()) / 2
        center = half if self.is_fitted else self._center
        middle = QRectF(self.rect()).center()
        return QRectF(middle - center * self._logical_scale(), size)

    def _inside(self, center: QPointF) -> QPointF:
        """Keep the view on the picture; what is smaller than the view stays in its middle."""
        logical = self._logical_scale()
        half = QPointF(self.width(), self.height()) / 2 / logical
        return QPointF(
            _clamped(center.x(), half.x(), self._full.width()),
            _clamped(center.y(), half.y(), self._full.height()),
        )

    def _best_image(self) -> QImage | None:
        """Return the smallest rendering that is sharp at this scale, scaled once when fitted."""
        width = round(self._full.width() * self.scale)
        sharp = [image for image in self._images if image.width() >= width]
        image = sharp[0] if sharp else next(reversed(self._images), None)
        if image is None or not self.is_fitted or image.width() <= width:
            return image
        if self._fitted.width() != width:
            smooth = Qt.TransformationMode.SmoothTransformation
            self._fitted = image.scaledToWidth(max(1, width), smooth)
        return self._fitted


def _clamped(center: float, half_view: float, full: float) -> float:
    return full / 2 if full <= 2 * half_view else min(max(center, half_view), full - half_view)
