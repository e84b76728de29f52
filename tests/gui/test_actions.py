from collections import Counter

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from cloudanno_desktop import paths
from cloudanno_desktop.gui.actions.action_set import ActionSet
from cloudanno_desktop.gui.actions.specs import (
    ACTIONS,
    CHECKABLE,
    DIGITS,
    MENUS,
    PRIMARY,
    SUBMENUS,
    Scope,
)
from cloudanno_desktop.gui.common.plurals import EnglishPlurals
from cloudanno_desktop.gui.common.theme import Theme
from cloudanno_desktop.gui.window.shortcut_overlay import ShortcutOverlay


@pytest.mark.parametrize("scope", [Scope.PICTURES, Scope.LABELS])
def test_no_key_means_two_things_at_one_place(scope):
    keys = Counter(
        key for spec in ACTIONS if spec.scope in {scope, Scope.WINDOW} for key in spec.keys
    )
    keys.update(DIGITS if scope is Scope.PICTURES else ())
    assert [key for key, uses in keys.items() if uses > 1] == []


def test_every_action_stands_in_a_menu_and_has_the_icon_it_names():
    icons = paths.resources_dir() / "icons"
    assert {spec.menu for spec in ACTIONS} == {*MENUS, *SUBMENUS.values()}
    assert [s.id for s in ACTIONS if s.icon and not (icons / f"{s.icon}.svg").is_file()] == []


def test_the_overlay_lists_every_key(qtbot):
    overlay = ShortcutOverlay()
    qtbot.addWidget(overlay)
    texts = {label.text() for label in overlay.findChildren(QLabel)}
    missing = [s.id for s in ACTIONS if s.keys and s.text.rstrip("…") not in texts]
    assert missing == []


def test_what_needs_a_project_is_disabled_without_one(qtbot, qapp):
    window = QWidget()
    qtbot.addWidget(window)
    actions = ActionSet(Theme(qapp), window)
    actions.enable_project(is_open=False)
    assert not actions["train"].isEnabled()
    assert actions["open_folder"].isEnabled()


def test_numbers_are_counted_in_proper_english(qapp):
    plurals = EnglishPlurals()
    QApplication.installTranslator(plurals)
    try:
        translate = QApplication.translate
        assert translate("any", "%n image(s)", "", 1) == "1 image"
        assert translate("any", "%n image(s)", "", 7) == "7 images"
        assert translate("any", "%n image(s)", "", 19_882) == "19,882 images"
        assert translate("any", "Back to the pictures") == "Back to the pictures"
    finally:
        QApplication.removeTranslator(plurals)


def test_a_menu_shows_what_is_on_by_a_mark(qtbot, qapp):
    window = QWidget()
    qtbot.addWidget(window)
    actions = ActionSet(Theme(qapp), window)
    for spec in ACTIONS:
        action = actions[spec.id]
        if spec.id in CHECKABLE:
            assert action.icon().isNull()  # it would stand where the mark goes
        assert action.isIconVisibleInMenu() is (spec.id != PRIMARY)
