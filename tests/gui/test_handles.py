import pytest

from cloudanno_desktop.gui.actions.action import Action
from cloudanno_desktop.gui.actions.handles import collect, handles
from cloudanno_desktop.gui.actions.specs import ACTIONS


class Dial:
    def __init__(self):
        self.size = 0

    @handles(Action.LARGER, 1)
    @handles(Action.SMALLER, -1)
    def change(self, step):
        self.size += step


class Knob(Dial):
    pass


def test_each_action_stands_once_in_the_list_of_actions():
    assert sorted(spec.id for spec in ACTIONS) == sorted(Action)


def test_one_method_may_carry_out_several_actions():
    dial = Knob()
    handlers = collect([dial], [Action.LARGER])
    handlers[Action.LARGER]()
    handlers[Action.LARGER]()
    handlers[Action.SMALLER]()
    assert dial.size == 1


def test_an_action_without_a_handler_is_found_at_start():
    with pytest.raises(ValueError, match="no handler for train"):
        collect([Dial()], [Action.LARGER, Action.TRAIN])


def test_an_action_with_two_handlers_is_found_at_start():
    with pytest.raises(ValueError, match="two handlers for"):
        collect([Dial(), Knob()], [])
