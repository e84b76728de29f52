"""The condition of a write, as one bucket's service takes it."""

import logging
import threading
from collections.abc import Callable

from cloudanno_desktop import log
from cloudanno_desktop.bucket.bucket import PutOptions
from cloudanno_desktop.bucket.errors import AccessDenied, ConditionRefused, StorageFailed
from cloudanno_desktop.bucket.s3.conversion import has_condition
from cloudanno_desktop.bucket.s3.remembered_capabilities import (
    ALL_HONOURED,
    NONE_HONOURED,
    Conditions,
    ConditionSupport,
    recall,
    remember,
)
from cloudanno_desktop.errors import FileProblem

_log = logging.getLogger(__name__)


class ConditionRule:
    """Turns options into arguments, or refuses conditions that the service would ignore.

    ``learn`` returns what the service does; it is called at the first conditional write.
    """

    def __init__(self, learn: Callable[[], Conditions] = lambda: ALL_HONOURED) -> None:
        self._learn = learn
        self._lock = threading.Lock()
        self._known: Conditions | None = None

    def condition_of(
        self, key: str, options: PutOptions, *, in_parts: bool = False
    ) -> dict[str, str]:
        """Return boto3's arguments. Raises ``ConditionRefused``."""
        if not has_condition(options):
            return {}
        with self._lock:
            known = self._known = self._known or self._learn()
        responses = {known.in_parts} if in_parts else set()
        responses |= {known.create} if options.if_absent else set()
        responses |= {known.replace} if options.if_match is not None else set()
        if responses & {ConditionSupport.IGNORED, ConditionSupport.REFUSED}:
            raise ConditionRefused(key)
        return _sent(options, is_quoted=known.replace is not ConditionSupport.UNQUOTED)


def learned_once(address: str, probe: Callable[[], Conditions]) -> Conditions:
    """Return what is remembered of a bucket, or probe and remember it.

    If a probe is not allowed, or fails, no conditional write may be relied on.
    """
    known = recall(address)
    if known is not None:
        return known
    try:
        found = probe()
    except (AccessDenied, StorageFailed) as error:
        _log.info("%s: no condition is relied on, as it could not be probed: %s", address, error)
        return NONE_HONOURED
    responses = found.create, found.replace, found.in_parts
    _log.info("%s: conditions probed: create %s, replace %s, in parts %s", address, *responses)
    with log.passing_over(FileProblem):  # on a full disk it is found out again
        remember(address, found)
    return found


def _sent(options: PutOptions, *, is_quoted: bool) -> dict[str, str]:
    sent = {"IfNoneMatch": "*"} if options.if_absent else {}
    if options.if_match is not None:
        sent["IfMatch"] = f'"{options.if_match}"' if is_quoted else options.if_match
    return sent
