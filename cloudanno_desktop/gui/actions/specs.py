"""Everything a person can ask for, as data; menus, toolbar and list of keys are made from it."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication


class Scope(StrEnum):
    """Where a key works: everywhere in the window, among pictures, or among labels."""

    WINDOW = "window"
    PICTURES = "pictures"
    LABELS = "labels"


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action.

    Attributes:
        id: the name that code uses.
        menu: title of its menu; empty for none.
        keys: portable key sequences; the first one is shown.
        needs_project: disabled on the welcome page.
        starts_group: a separator stands before it in its menu.
    """

    id: str
    text: str
    menu: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    scope: Scope = Scope.WINDOW
    needs_project: bool = True
    starts_group: bool = False
    checkable: bool = False


def _tr(text: str) -> str:
    return str(QT_TRANSLATE_NOOP("actions", text))


FILE, EDIT, LABEL, PARTS, VIEW, MODEL, HELP = (
    _tr("&File"),
    _tr("&Edit"),
    _tr("&Label"),
    _tr("Part of training"),
    _tr("&View"),
    _tr("&Model"),
    _tr("&Help"),
)
MENUS = (FILE, EDIT, LABEL, VIEW, MODEL, HELP)
SUBMENUS = {"exclude": PARTS}  # after which action a menu of its own stands

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "open_folder", _tr("Open a folder…"), FILE, ("Ctrl+O",), "folder", needs_project=False
    ),
    ActionSpec(
        "open_storage",
        _tr("Connect to object storage…"),
        FILE,
        ("Ctrl+Shift+O",),
        "cloud",
        needs_project=False,
    ),
    ActionSpec(
        "open_sample", _tr("Open the sample project"), FILE, (), "sparkle", needs_project=False
    ),
    ActionSpec("close_project", _tr("Close the project"), FILE, ("Ctrl+W",), "home"),
    ActionSpec("upload", _tr("Upload pictures…"), FILE, ("Ctrl+U",), "upload", starts_group=True),
    ActionSpec("upload_folder", _tr("Upload a folder…"), FILE, ("Ctrl+Shift+U",), "folder"),
    ActionSpec("download", _tr("Download the selection…"), FILE, ("Ctrl+D",), "download"),
    ActionSpec("trash", _tr("Trash…"), FILE, ("Ctrl+Shift+Delete",), "delete"),
    ActionSpec("refresh", _tr("Refresh"), FILE, ("F5",), "refresh"),
    ActionSpec("keep_offline", _tr("Keep offline…"), FILE, (), "offline"),
    ActionSpec(
        "settings",
        _tr("Settings…"),
        FILE,
        ("Ctrl+,",),
        "settings",
        needs_project=False,
        starts_group=True,
    ),
    ActionSpec("quit", _tr("Quit"), FILE, ("Ctrl+Q",), needs_project=False),
    ActionSpec("undo", _tr("Undo"), EDIT, ("Ctrl+Z",), "undo"),
    ActionSpec("redo", _tr("Redo"), EDIT, ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
    ActionSpec(
        "select_all",
        _tr("Select all pictures"),
        EDIT,
        ("Ctrl+A",),
        scope=Scope.PICTURES,
        starts_group=True,
    ),
    ActionSpec("select_none", _tr("Select nothing"), EDIT, ("Escape",), scope=Scope.PICTURES),
    ActionSpec("find", _tr("Filter"), EDIT, ("Ctrl+F",), "search"),
    ActionSpec(
        "delete_images",
        _tr("Delete pictures…"),
        EDIT,
        ("Delete",),
        "delete",
        Scope.PICTURES,
        starts_group=True,
    ),
    ActionSpec("rename_image", _tr("Rename picture…"), EDIT, ("F2",), "edit", Scope.PICTURES),
    ActionSpec(
        "move_images", _tr("Move to a folder…"), EDIT, ("Ctrl+Shift+M",), "folder", Scope.PICTURES
    ),
    ActionSpec("copy_uri", _tr("Copy address"), EDIT, ("Ctrl+Shift+C",), "copy", Scope.PICTURES),
    ActionSpec("image_details", _tr("Details"), EDIT, ("Alt+Return",), "info", Scope.PICTURES),
    ActionSpec(
        "pick_label", _tr("Choose a label…"), LABEL, ("Return", "Enter"), "label", Scope.PICTURES
    ),
    ActionSpec(
        "clear_labels", _tr("Remove labels"), LABEL, ("Backspace",), "close", Scope.PICTURES
    ),
    ActionSpec("next_unlabeled", _tr("Next unlabeled"), LABEL, ("N",), "next", Scope.PICTURES),
    ActionSpec("skip", _tr("Skipped"), LABEL, ("S",), scope=Scope.PICTURES, starts_group=True),
    ActionSpec("unsure", _tr("Not sure"), LABEL, ("U",), scope=Scope.PICTURES),
    ActionSpec("exclude", _tr("Excluded from training"), LABEL, ("X",), scope=Scope.PICTURES),
    ActionSpec(
        "pin_train",
        _tr("Always for training"),
        PARTS,
        ("Shift+T",),
        scope=Scope.PICTURES,
    ),
    ActionSpec("pin_val", _tr("Always for validation"), PARTS, ("Shift+V",), scope=Scope.PICTURES),
    ActionSpec("pin_test", _tr("Always for the test"), PARTS, ("Shift+E",), scope=Scope.PICTURES),
    ActionSpec("unpin", _tr("By chance"), PARTS, ("Shift+A",), scope=Scope.PICTURES),
    ActionSpec(
        "split_label",
        _tr("Another label instead…"),
        LABEL,
        ("Shift+R",),
        scope=Scope.PICTURES,
        starts_group=True,
    ),
    ActionSpec("label_by_folder", _tr("Label by folder…"), LABEL, ("Ctrl+Shift+F",)),
    ActionSpec("paste_keys", _tr("Label a pasted list…"), LABEL, ("Ctrl+Shift+V",)),
    ActionSpec(
        "take_out", _tr("Take out of the project"), LABEL, ("Shift+X",), scope=Scope.PICTURES
    ),
    ActionSpec("new_label", _tr("New label"), LABEL, ("Ctrl+L",), "plus", starts_group=True),
    ActionSpec("rename_label", _tr("Rename label"), LABEL, ("F2",), "edit", Scope.LABELS),
    ActionSpec("recolor_label", _tr("Change colour…"), LABEL, (), "", Scope.LABELS),
    ActionSpec("merge_label", _tr("Merge into…"), LABEL, ("M",), "", Scope.LABELS),
    ActionSpec("negative_label", _tr("“None of the above”"), LABEL, (), "", Scope.LABELS),
    ActionSpec("label_up", _tr("Move up"), LABEL, ("Alt+Up",), "", Scope.LABELS),
    ActionSpec("label_down", _tr("Move down"), LABEL, ("Alt+Down",), "", Scope.LABELS),
    ActionSpec("label_history", _tr("History of the label…"), LABEL, ("H",), "", Scope.LABELS),
    ActionSpec("delete_label", _tr("Delete label…"), LABEL, ("Delete",), "delete", Scope.LABELS),
    ActionSpec(
        "image_history",
        _tr("History of the picture…"),
        LABEL,
        ("H",),
        scope=Scope.PICTURES,
        starts_group=True,
    ),
    ActionSpec("labels_as_of", _tr("Labels as of…"), LABEL, ("Ctrl+H",)),
    ActionSpec("label_rules", _tr("Rules for names…"), LABEL, starts_group=True),
    ActionSpec(
        "several_labels",
        _tr("Several labels per picture"),
        LABEL,
        checkable=True,
    ),
    ActionSpec("tab_all", _tr("All pictures"), VIEW, ("Ctrl+1",)),
    ActionSpec("tab_unlabeled", _tr("Unlabeled pictures"), VIEW, ("Ctrl+2",)),
    ActionSpec("tab_labeled", _tr("Labeled pictures"), VIEW, ("Ctrl+3",)),
    ActionSpec("tab_conflicts", _tr("Conflicts"), VIEW, ("Ctrl+4",)),
    ActionSpec("quick_look", _tr("Quick look"), VIEW, ("Space",), "image", Scope.PICTURES),
    ActionSpec("larger", _tr("Larger thumbnails"), VIEW, ("Ctrl++", "Ctrl+="), starts_group=True),
    ActionSpec("smaller", _tr("Smaller thumbnails"), VIEW, ("Ctrl+-",)),
    ActionSpec(
        "show_browser",
        _tr("Bucket browser"),
        VIEW,
        ("Ctrl+Shift+B",),
        "panel_left",
        checkable=True,
        starts_group=True,
    ),
    ActionSpec(
        "show_labels", _tr("Labels"), VIEW, ("Ctrl+Shift+L",), "panel_right", checkable=True
    ),
    ActionSpec(
        "show_drawer",
        _tr("Transfers, training, messages"),
        VIEW,
        ("Ctrl+Shift+D",),
        "panel_bottom",
        checkable=True,
    ),
    ActionSpec("train", _tr("Train…"), MODEL, ("Ctrl+T",), "train"),
    ActionSpec("results", _tr("Results"), MODEL, ("Ctrl+R",), "chart"),
    ActionSpec("publish", _tr("Publish…"), MODEL, ("Ctrl+P",), "publish"),
    ActionSpec("shortcuts", _tr("Keys"), HELP, ("F1", "?"), "keyboard", needs_project=False),
    ActionSpec("show_log", _tr("Show log"), HELP, (), "", needs_project=False),
    ActionSpec("about", _tr("About CloudAnno"), HELP, (), "info", needs_project=False),
)
TOOLBAR = ("upload", "train", "publish")
PRIMARY = "train"
HISTORY = ("undo", "redo")
DIGITS = "1234567890"


def translated(text: str) -> str:
    """Return a text of this module in the person's language."""
    return QCoreApplication.translate("actions", text)
