"""Which method carries out which action: marked by ``@handles``, collected from the objects."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeVar

from cloudanno_desktop.gui.actions.action import Action

Handler = Callable[[], object]
Method = TypeVar("Method", bound=Callable[..., object])
MARK = "handled_actions"


def handles(action: Action, *arguments: object) -> Callable[[Method], Method]:
    """Mark the method that carries out an action; it is called with ``arguments``."""

    def mark(method: Method) -> Method:
        vars(method).setdefault(MARK, []).append((action, arguments))
        return method

    return mark


def collect(owners: Iterable[object], needed: Iterable[Action]) -> dict[Action, Handler]:
    """Return what carries out each action.

    Raises:
        ValueError: an action has two handlers, or one of ``needed`` has none.
    """
    handlers: dict[Action, Handler] = {}
    for owner in owners:
        for action, handler in _marked(owner):
            if action in handlers:
                raise ValueError(f"two handlers for {action}")
            handlers[action] = handler
    missing = sorted(set(needed) - set(handlers))
    if missing:
        raise ValueError(f"no handler for {', '.join(missing)}")
    return handlers


def _marked(owner: object) -> Iterator[tuple[Action, Handler]]:
    for kind in type(owner).__mro__:
        for name, member in vars(kind).items():
            for action, arguments in getattr(member, MARK, ()):
                yield action, partial(getattr(owner, name), *arguments)
