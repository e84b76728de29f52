r"""Which names a label may have.

Profiles: ``free``; ``modelarts`` (specification of Huawei ModelArts: 1–32 letters, digits,
``-``, ``_`` or Chinese characters, counted in code points); ``watson-safe`` (names become file
names of zip archives, so none of ``* | { } \ / " < > ? $`` and no control characters).
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from cloudanno_desktop.errors import CloudAnnoError

RESERVED = frozenset({"all", "labeled", "unlabeled"})
MODELARTS = re.compile(r"[0-9A-Za-z_\-\u4e00-\u9fff]{1,32}")
WATSON_FORBIDDEN = re.compile(r'[*|{}\\/"<>?$\x00-\x1f]')
LONGEST_NAME = 200


class RuleProfile(StrEnum):
    """A set of rules for label names."""

    FREE = "free"
    MODELARTS = "modelarts"
    WATSON_SAFE = "watson-safe"


@dataclass(eq=False)
class LabelNameRefused(CloudAnnoError):
    """The name breaks a rule of the project."""

    sentence: ClassVar[str] = "“{name}” cannot be a label: {reason}."

    name: str
    reason: str


def check_name(name: str, profile: RuleProfile = RuleProfile.FREE) -> str:
    """Return ``name`` without outer spaces.

    Raises:
        LabelNameRefused: the name breaks a rule.
    """
    clean = name.strip()
    reason = _broken_rule(clean) or _broken_profile(clean, profile)
    if reason:
        raise LabelNameRefused(clean, reason)
    return clean


def _broken_rule(name: str) -> str | None:
    if not name:
        return "it is empty"
    if name.casefold() in RESERVED:
        return "the word is reserved"
    if len(name) > LONGEST_NAME:
        return f"it is longer than {LONGEST_NAME} characters"
    if not name.isprintable():
        return "it has a character that cannot be shown"
    return None


def _broken_profile(name: str, profile: RuleProfile) -> str | None:
    if profile is RuleProfile.MODELARTS and not MODELARTS.fullmatch(name):
        return "ModelArts allows 1–32 letters, digits, “-”, “_” and Chinese characters"
    if profile is RuleProfile.WATSON_SAFE and WATSON_FORBIDDEN.search(name):
        return 'Watson allows none of * | { } \\ / " < > ? $'
    return None
