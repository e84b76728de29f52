"""What the first page may cost, and what follows it."""

import subprocess
import sys

LOADED_LATER = {
    "numpy",
    "PIL",
    "boto3",
    "keyring",
    "pyqtgraph",
    "tensorflow",
    "cloudanno_desktop.projects.workspace",
    "cloudanno_desktop.gui.project.project",
    "cloudanno_desktop.gui.window.widgets",
}
FIRST_PAGE = """
import sys
from PySide6.QtWidgets import QApplication
from cloudanno_desktop.gui.app.app import App
from cloudanno_desktop.settings import Settings
application = QApplication([])
app = App(application, Settings())
app.show()
app.window.grab()
print(" ".join(sys.modules))
"""


def test_the_first_page_loads_nothing_that_only_a_project_needs():
    done = subprocess.run(
        [sys.executable, "-c", FIRST_PAGE], capture_output=True, text=True, check=True
    )
    assert "PySide6.QtWidgets" in done.stdout.split()
    assert LOADED_LATER & set(done.stdout.split()) == set()


def test_the_desk_is_made_by_itself_after_the_first_page(window):
    window.wait(lambda: window.app._project_widgets is not None)
    assert window.app.welcome.isVisible()
    assert not window.app.project_widgets.sidebar.isVisible()
    assert not window.app.project_widgets.drawer.isVisible()
