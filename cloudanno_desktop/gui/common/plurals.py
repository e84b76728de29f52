"""English plurals: texts say ``%n image(s)``, and a user reads ``1 image`` or ``2,000 images``."""

from PySide6.QtCore import QTranslator


class EnglishPlurals(QTranslator):
    """Resolves ``(s)`` by the number; every other language brings its own catalogue."""

    def isEmpty(self) -> bool:  # noqa: N802 - Qt's name
        return False

    def translate(
        self,
        context: str,
        sourceText: str,  # noqa: N803 - Qt's name
        disambiguation: str | None = None,
        n: int = -1,
    ) -> str:
        del context, disambiguation
        if n < 0:
            return sourceText
        return sourceText.replace("(s)", "" if n == 1 else "s").replace("%n", f"{n:,}")
