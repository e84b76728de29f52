"""Pictures read in the background and on the GUI thread at once: ``reading_child.py VIEW FILE``.

The translator answers a background thread only after the GUI thread has decoded a thumbnail: if
the first holds a lock of Qt's meanwhile, both wait for ever, and their stacks are written.
"""

import faulthandler
import io
import sys
import threading
from pathlib import Path

from PIL import Image
from PySide6.QtWidgets import QApplication

from cloudanno_desktop.dataset.run_folder import Mistake
from cloudanno_desktop.gui.common.plurals import EnglishPlurals
from cloudanno_desktop.gui.common.tasks import TaskRunner
from cloudanno_desktop.gui.grid.cell import Cell
from cloudanno_desktop.gui.grid.quick_look import QuickLook
from cloudanno_desktop.gui.model.mistakes_view import MistakesView

STUCK_S = 60


class LateTranslator(EnglishPlurals):
    """Keeps background threads waiting."""

    def __init__(self, application):
        super().__init__(application)
        self.was_asked = threading.Event()
        self.may_answer = threading.Event()

    def translate(self, *words):
        if threading.current_thread() is not threading.main_thread():
            self.was_asked.set()
            self.may_answer.wait()
        return super().translate(*words)


def jpeg():
    body = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(body, "JPEG")
    return body.getvalue()


def main(view, path):
    application = QApplication(sys.argv[:1])
    translator = LateTranslator(application)
    application.installTranslator(translator)
    tasks = TaskRunner()
    look, mistakes = QuickLook(tasks), MistakesView(tasks)
    look.show_cell(Cell(5, "in/5.jpg"), 0, 9)
    if view == "quick look":
        look.show_original(5, path)
    else:
        mistakes.show_mistakes([Mistake("in/5.jpg", str(path), ("crow",), "owl", 0.9)])
    while tasks.is_busy and not translator.was_asked.wait(0.01):
        application.processEvents()
    look.show_rendering(5, jpeg())
    translator.may_answer.set()
    while tasks.is_busy:
        application.processEvents()
    tasks.close()


if __name__ == "__main__":
    faulthandler.dump_traceback_later(STUCK_S, exit=True)
    main(sys.argv[1], Path(sys.argv[2]))
