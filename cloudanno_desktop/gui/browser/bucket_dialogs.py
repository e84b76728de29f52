"""The questions before a bucket is created, deleted, or opened by its name."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLineEdit,
    QListWidget,
    QPushButton,
    QWidget,
)

from cloudanno_desktop.bucket.bucket_admin import DEEPLENS_PREFIX, bucket_name_problem, locations
from cloudanno_desktop.bucket.bulk import Amount
from cloudanno_desktop.bucket.connections.connection import Connection
from cloudanno_desktop.gui.common.form_dialog import FormDialog
from cloudanno_desktop.gui.common.format import shown_bytes
from cloudanno_desktop.gui.common.theme import set_look, set_role
from cloudanno_desktop.gui.common.widgets import styled_label


class NewBucketDialog(FormDialog):
    bucket_requested = Signal(str, str)  # name, location or ""

    def __init__(self, connection: Connection, parent: QWidget) -> None:
        where = connection.name or connection.endpoint_url
        explanation = self.tr("Create a bucket on “%1”. Bucket names are public.")
        texts = (self.tr("New bucket"), explanation.replace("%1", where), self.tr("Create"))
        super().__init__(texts, parent, is_danger=False)
        self._name = QLineEdit(placeholderText=self.tr("my-photos"))
        self._name.setAccessibleName(self.tr("Name of the new bucket"))
        text = self.tr("For AWS DeepLens: start with “%1”").replace("%1", DEEPLENS_PREFIX)
        self._is_deeplens = QCheckBox(text)
        self._location = QComboBox(editable=True)
        self._location.setAccessibleName(self.tr("Region or location"))
        self._location.addItems(locations(connection))
        if line := self._location.lineEdit():
            line.setPlaceholderText(self.tr("the connection’s own"))
        form = QFormLayout()
        form.addRow(self.tr("&Name"), self._name)
        if not connection.endpoint_url:  # DeepLens looks at Amazon alone
            form.addRow("", self._is_deeplens)
        form.addRow(self.tr("&Location"), self._location)
        self.body.addLayout(form)
        self._name.textChanged.connect(self._check)
        self._is_deeplens.toggled.connect(self._on_deeplens)
        self.accepted.connect(self._on_accepted)
        self._name.setFocus()

    @property
    def name(self) -> str:
        return self._name.text().strip()

    def _on_deeplens(self, is_needed: bool) -> None:
        bare = self.name.removeprefix(DEEPLENS_PREFIX)
        self._name.setText(DEEPLENS_PREFIX + bare if is_needed else bare)

    def _check(self) -> None:
        problem = bucket_name_problem(self.name) if self.name else ""
        set_look(self._name, "state", "bad" if problem else "")
        sentence = f"{problem[0].upper()}{problem[1:]}." if problem else ""
        self.say(sentence, is_ready=bool(self.name))
        self._is_deeplens.blockSignals(True)
        self._is_deeplens.setChecked(self.name.startswith(DEEPLENS_PREFIX))
        self._is_deeplens.blockSignals(False)

    def _on_accepted(self) -> None:
        self.bucket_requested.emit(self.name, self._location.currentText().strip())


class DeleteBucketDialog(FormDialog):
    """Shows what is in the bucket to delete and asks for its name."""

    deletion_requested = Signal(bool)  # whether to delete the objects in it, too

    def __init__(self, name: str, parent: QWidget) -> None:
        title = self.tr("Delete bucket")
        explanation = self.tr("Delete the bucket “%1”? This cannot be undone.").replace("%1", name)
        super().__init__((title, explanation, title), parent, is_danger=True)
        self._bucket = name
        self._amount: Amount | None = None
        self._content = styled_label(self.tr("Counting what is in it…"), "muted", wraps=True)
        self._empties = QCheckBox()
        self._empties.hide()
        self._typed = QLineEdit()
        self._typed.setAccessibleName(self.tr("Name of the bucket, to confirm"))
        ask = styled_label(self.tr("Type the bucket’s name to confirm:"))
        ask.setBuddy(self._typed)
        for widget in (self._content, self._empties, ask, self._typed):
            self.body.addWidget(widget)
        self._typed.textChanged.connect(self._check)
        self._empties.toggled.connect(self._check)
        self.accepted.connect(lambda: self.deletion_requested.emit(self._empties.isChecked()))
        self._typed.setFocus()

    def show_count(self, counted: int) -> None:
        text = self.tr("Counting what is in it… %1")
        self._content.setText(text.replace("%1", f"{counted:,}"))

    def show_amount(self, amount: Amount) -> None:
        self._amount = amount
        text = self.tr("It is empty.")
        if amount.objects:
            text = self.tr("It contains %n object(s), %1.", "", amount.objects)
        self._content.setText(text.replace("%1", shown_bytes(amount.bytes)))
        also = self.tr("Delete the %n object(s) in it too", "", amount.objects)
        self._empties.setText(also)
        self._empties.setVisible(bool(amount.objects))
        self._check()

    def show_problem(self, sentence: str) -> None:
        """Show why it cannot be counted; it is not deleted then."""
        self._content.setText(sentence)

    def _check(self) -> None:
        typed = self._typed.text()
        is_wrong = bool(typed) and not self._bucket.startswith(typed)
        set_look(self._typed, "state", "bad" if is_wrong else "")
        amount = self._amount
        is_allowed = amount is not None and (not amount.objects or self._empties.isChecked())
        self.say(
            self.tr("This is not the bucket’s name.") if is_wrong else "",
            is_ready=is_allowed and typed == self._bucket,
        )


class BucketNameDialog(FormDialog):
    """Asks which bucket to open: one that is listed, or one that cannot be."""

    place_requested = Signal(str)  # s3://bucket[/prefix]
    new_requested = Signal()

    def __init__(self, parent: QWidget, names: Sequence[str] = ()) -> None:
        explanation = self.tr(
            "For a bucket that you may use but not list. Add a folder to open only that folder."
        )
        title = self.tr("Open a bucket by name")
        if names:
            title = self.tr("Choose a bucket")
            explanation = self.tr("Connection works. Which bucket holds your pictures?")
        super().__init__((title, explanation, self.tr("Open")), parent, is_danger=False)
        self._list = QListWidget()
        self._list.addItems(names)
        self._list.setAccessibleName(self.tr("Buckets"))
        self._list.setVisible(bool(names))
        self._list.itemActivated.connect(self.accept)
        new = QPushButton(self.tr("New bucket…"))
        new.setAutoDefault(False)
        set_role(new, "link")
        new.clicked.connect(self.reject)
        new.clicked.connect(self.new_requested)
        self._name = QLineEdit(placeholderText=self.tr("bucket or bucket/folder"))
        self._name.setAccessibleName(self.tr("Name of the bucket"))
        self._list.currentTextChanged.connect(self._name.setText)
        self.body.addWidget(self._list)
        self.body.addWidget(self._name)
        self.body.addWidget(new, 0, Qt.AlignmentFlag.AlignLeft)
        self._name.textChanged.connect(self._check)
        self.accepted.connect(lambda: self.place_requested.emit(f"s3://{self._place()}"))
        self._name.setFocus()

    def _place(self) -> str:
        return self._name.text().strip().removeprefix("s3://")

    def _check(self) -> None:
        self.say("", is_ready=bool(self._place().partition("/")[0]))
