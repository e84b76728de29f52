"""Everything a user can ask for, as data; menus, toolbar and list of keys are made from it."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from cloudanno_desktop.gui.actions.action import Action


class Scope(StrEnum):
    WINDOW = "window"
    PICTURES = "pictures"
    LABELS = "labels"


@dataclass(frozen=True, slots=True)
class Spec:
    """One action; the first of its ``keys`` is shown in menus."""

    id: Action
    text: str
    menu: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    scope: Scope = Scope.WINDOW


def _tr(text: str) -> str:
    return str(QT_TRANSLATE_NOOP("actions", text))


FILE, EDIT, LABEL = _tr("&File"), _tr("&Edit"), _tr("&Label")
PARTS, VIEW, MODEL, HELP = _tr("Training split"), _tr("&View"), _tr("&Model"), _tr("&Help")
MENUS = (FILE, EDIT, LABEL, VIEW, MODEL, HELP)
SUBMENUS = {Action.EXCLUDE: PARTS}  # the action that a submenu follows
PICTURES, LABELS = Scope.PICTURES, Scope.LABELS

ACTIONS: tuple[Spec, ...] = (
    Spec(Action.OPEN_FOLDER, _tr("Open a folder…"), FILE, ("Ctrl+O",), "folder"),
    Spec(Action.OPEN_STORAGE, _tr("Connect to object storage…"), FILE, ("Ctrl+Shift+O",), "cloud"),
    Spec(Action.OPEN_SAMPLE, _tr("Open the sample project"), FILE, (), "sparkle"),
    Spec(Action.CLOSE_PROJECT, _tr("Close the project"), FILE, ("Ctrl+W",), "home"),
    Spec(Action.UPLOAD, _tr("Upload pictures…"), FILE, ("Ctrl+U",), "upload"),
    Spec(Action.UPLOAD_UNLABELED, _tr("Upload without a label…"), FILE),
    Spec(Action.UPLOAD_FOLDER, _tr("Upload a folder…"), FILE, ("Ctrl+Shift+U",), "folder"),
    Spec(Action.DOWNLOAD, _tr("Download the selection…"), FILE, ("Ctrl+D",), "download"),
    Spec(Action.TRASH, _tr("Trash…"), FILE, ("Ctrl+Shift+Delete",), "delete"),
    Spec(Action.REFRESH, _tr("Refresh"), FILE, ("F5",), "refresh"),
    Spec(Action.KEEP_OFFLINE, _tr("Keep offline…"), FILE, (), "offline"),
    Spec(Action.SETTINGS, _tr("Settings…"), FILE, ("Ctrl+,",), "settings"),
    Spec(Action.QUIT, _tr("Quit"), FILE, ("Ctrl+Q",)),
    Spec(Action.UNDO, _tr("Undo"), EDIT, ("Ctrl+Z",), "undo"),
    Spec(Action.REDO, _tr("Redo"), EDIT, ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
    Spec(Action.SELECT_ALL, _tr("Select all pictures"), EDIT, ("Ctrl+A",), scope=PICTURES),
    Spec(Action.SELECT_NONE, _tr("Deselect all"), EDIT, ("Escape",), scope=PICTURES),
    Spec(Action.FIND, _tr("Filter"), EDIT, ("Ctrl+F",), "search"),
    Spec(Action.DELETE_IMAGES, _tr("Delete pictures…"), EDIT, ("Delete",), "delete", PICTURES),
    Spec(Action.RENAME_IMAGE, _tr("Rename picture…"), EDIT, ("F2",), "edit", PICTURES),
    Spec(Action.MOVE_IMAGES, _tr("Move to a folder…"), EDIT, ("Ctrl+Shift+M",), "folder", PICTURES),
    Spec(Action.COPY_URI, _tr("Copy location"), EDIT, ("Ctrl+Shift+C",), "copy", PICTURES),
    Spec(Action.IMAGE_DETAILS, _tr("Details"), EDIT, ("Alt+Return",), "info", PICTURES),
    Spec(Action.PICK_LABEL, _tr("Choose a label…"), LABEL, ("Return", "Enter"), "label", PICTURES),
    Spec(Action.CLEAR_LABELS, _tr("Remove labels"), LABEL, ("Backspace",), "close", PICTURES),
    Spec(Action.NEXT_UNLABELED, _tr("Next unlabeled"), LABEL, ("N",), "next", PICTURES),
    Spec(Action.SKIP, _tr("Skipped"), LABEL, ("S",), scope=PICTURES),
    Spec(Action.UNSURE, _tr("Not sure"), LABEL, ("U",), scope=PICTURES),
    Spec(Action.EXCLUDE, _tr("Excluded from training"), LABEL, ("X",), scope=PICTURES),
    Spec(Action.PIN_TRAIN, _tr("Always for training"), PARTS, ("Shift+T",), scope=PICTURES),
    Spec(Action.PIN_VAL, _tr("Always for validation"), PARTS, ("Shift+V",), scope=PICTURES),
    Spec(Action.PIN_TEST, _tr("Always for the test"), PARTS, ("Shift+E",), scope=PICTURES),
    Spec(Action.UNPIN, _tr("Automatic"), PARTS, ("Shift+A",), scope=PICTURES),
    Spec(Action.SPLIT_LABEL, _tr("Replace label…"), LABEL, ("Shift+R",), scope=PICTURES),
    Spec(Action.LABEL_BY_FOLDER, _tr("Label by folder…"), LABEL, ("Ctrl+Shift+F",)),
    Spec(Action.PASTE_KEYS, _tr("Label a pasted list…"), LABEL, ("Ctrl+Shift+V",)),
    Spec(Action.TAKE_OUT, _tr("Remove from the project"), LABEL, ("Shift+X",), scope=PICTURES),
    Spec(Action.NEW_LABEL, _tr("New label"), LABEL, ("Ctrl+L",), "plus"),
    Spec(Action.GIVE_LABEL, _tr("Give to the selected pictures"), LABEL, scope=LABELS),
    Spec(Action.SHOW_LABELED, _tr("Show its pictures"), LABEL, scope=LABELS),
    Spec(Action.RENAME_LABEL, _tr("Rename label"), LABEL, ("F2",), "edit", LABELS),
    Spec(Action.RECOLOR_LABEL, _tr("Change color…"), LABEL, (), "", LABELS),
    Spec(Action.MERGE_LABEL, _tr("Merge into…"), LABEL, ("M",), "", LABELS),
    Spec(Action.NEGATIVE_LABEL, _tr("“None of the above”"), LABEL, (), "", LABELS),
    Spec(Action.LABEL_UP, _tr("Move up"), LABEL, ("Alt+Up",), "", LABELS),
    Spec(Action.LABEL_DOWN, _tr("Move down"), LABEL, ("Alt+Down",), "", LABELS),
    Spec(Action.LABEL_HISTORY, _tr("History of the label…"), LABEL, ("H",), "", LABELS),
    Spec(Action.DELETE_LABEL, _tr("Delete label…"), LABEL, ("Delete",), "delete", LABELS),
    Spec(Action.IMAGE_HISTORY, _tr("History of the picture…"), LABEL, ("H",), scope=PICTURES),
    Spec(Action.LABELS_AS_OF, _tr("Labels as of…"), LABEL, ("Ctrl+H",)),
    Spec(Action.LABEL_RULES, _tr("Naming rules…"), LABEL),
    Spec(Action.MULTI_LABEL, _tr("Several labels per picture"), LABEL),
    Spec(Action.TAB_ALL, _tr("All pictures"), VIEW, ("Ctrl+1",)),
    Spec(Action.TAB_UNLABELED, _tr("Unlabeled pictures"), VIEW, ("Ctrl+2",)),
    Spec(Action.TAB_LABELED, _tr("Labeled pictures"), VIEW, ("Ctrl+3",)),
    Spec(Action.TAB_CONFLICTS, _tr("Conflicts"), VIEW, ("Ctrl+4",)),
    Spec(Action.QUICK_LOOK, _tr("Quick look"), VIEW, ("Space",), "image", PICTURES),
    Spec(Action.LARGER, _tr("Larger thumbnails"), VIEW, ("Ctrl++", "Ctrl+=")),
    Spec(Action.SMALLER, _tr("Smaller thumbnails"), VIEW, ("Ctrl+-",)),
    Spec(Action.SHOW_BROWSER, _tr("Bucket browser"), VIEW, ("Ctrl+Shift+B",)),
    Spec(Action.SHOW_LABELS, _tr("Labels"), VIEW, ("Ctrl+Shift+L",)),
    Spec(Action.SHOW_DRAWER, _tr("Transfers, training, messages"), VIEW, ("Ctrl+Shift+D",)),
    Spec(Action.TRAIN, _tr("Train…"), MODEL, ("Ctrl+T",), "train"),
    Spec(Action.RESULTS, _tr("Results"), MODEL, ("Ctrl+R",), "chart"),
    Spec(Action.PUBLISH, _tr("Publish…"), MODEL, ("Ctrl+P",), "publish"),
    Spec(Action.SHORTCUTS, _tr("Keyboard shortcuts"), HELP, ("F1", "?"), "keyboard"),
    Spec(Action.SHOW_LOG, _tr("Show log"), HELP, (), ""),
    Spec(Action.ABOUT, _tr("About CloudAnno"), HELP, (), "info"),
)
TABS = (Action.TAB_ALL, Action.TAB_UNLABELED, Action.TAB_LABELED, Action.TAB_CONFLICTS)
TOOLBAR = (Action.UPLOAD, Action.TRAIN, Action.PUBLISH)
UPLOADS = (Action.UPLOAD, Action.UPLOAD_UNLABELED, Action.UPLOAD_FOLDER)
PRIMARY = Action.TRAIN
WITHOUT_PROJECT = {
    Action.OPEN_FOLDER,
    Action.OPEN_STORAGE,
    Action.OPEN_SAMPLE,
    Action.SETTINGS,
    Action.QUIT,
    Action.SHORTCUTS,
    Action.SHOW_LOG,
    Action.ABOUT,
}
SEPARATED = {  # a separator stands before them
    Action.UPLOAD,
    Action.SETTINGS,
    Action.SELECT_ALL,
    Action.DELETE_IMAGES,
    Action.SKIP,
    Action.SPLIT_LABEL,
    Action.NEW_LABEL,
    Action.IMAGE_HISTORY,
    Action.LABEL_RULES,
    Action.LARGER,
    Action.SHOW_BROWSER,
}
CHECKABLE = {Action.MULTI_LABEL, Action.SHOW_BROWSER, Action.SHOW_LABELS, Action.SHOW_DRAWER}
HISTORY = (Action.UNDO, Action.REDO)
DIGITS = "1234567890"


def translated(text: str) -> str:
    return QCoreApplication.translate("actions", text)
