r"""Which names a label may have.

Profiles: ``free``; ``modelarts`` (specification of Huawei ModelArts: 1–32 letters, digits,
``-``, ``_`` or Chinese characters, counted in code points); ``watson-safe`` (names become file
names of zip archives, so none of ``* | { } \ / " < > ? $`` and no control characters); ``custom``
(a pattern of the user, which the whole name must match).

Names are Unicode in composed form (NFC); two that are equal after case folding are one. What no one
can see is refused, as it makes two names look alike; joiners that a script or emoji needs stay.

A pattern is a regular expression without groups and with few repeats, because it comes from the
bucket and runs at every key press: groups and many repeats can take exponential time.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from unicodedata import category, normalize

from cloudanno_desktop.errors import CloudAnnoError

RESERVED = frozenset({"all", "labeled", "unlabeled"})
MODELARTS = re.compile(r"[0-9A-Za-z_\-\u4e00-\u9fff]{1,32}")
WATSON_FORBIDDEN = re.compile(r'[*|{}\\/"<>?$\x00-\x1f]')
UNSEEN = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})  # general categories of Unicode
INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
STRAY_JOINER = re.compile("(?:^|[\\s\u200c\u200d])[\u200c\u200d]|[\u200c\u200d](?:$|\\s)")
LONGEST_NAME = 200
LONGEST_PATTERN = 200
MOST_REPEATS = 3
CHARACTER_SET = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\.")
REPEAT = re.compile(r"[*+?]|\{\d*,\d*\}")


class RuleProfile(StrEnum):
    FREE = "free"
    MODELARTS = "modelarts"
    WATSON_SAFE = "watson-safe"
    CUSTOM = "custom"


@dataclass(eq=False)
class LabelNameRefused(CloudAnnoError):
    """The name breaks a rule of the project."""

    sentence: ClassVar[str] = "“{name}” cannot be a label: {reason}."

    name: str
    reason: str


@dataclass(eq=False)
class PatternRefused(CloudAnnoError):
    """The pattern cannot be a rule for names."""

    sentence: ClassVar[str] = "“{pattern}” cannot be a rule: {reason}."

    pattern: str
    reason: str


def normal_name(name: str) -> str:
    """Return a name in composed form, with plain spaces and none around it."""
    return re.sub(r"[^\S\t-\r\x1c-\x1f\x85\u2028\u2029]", " ", normalize("NFC", name)).strip(" ")


def folded_name(name: str) -> str:
    """Return what two names have in common that are one."""
    return normalize("NFC", normal_name(name).casefold())


def cleaned_name(name: str) -> str:
    """Return a name that another program wrote as one that may be used; it may be empty."""
    text = " ".join(normalize("NFC", name).split())
    seen = "".join(x for x in text if category(x) not in UNSEEN and not INVISIBLE.match(x))
    return STRAY_JOINER.sub(" ", seen).strip()[:LONGEST_NAME]


def check_pattern(pattern: str) -> str:
    """Return ``pattern``. Raises ``PatternRefused`` where it is invalid or may be very slow."""
    reason = _pattern_problem(pattern)
    if reason:
        raise PatternRefused(pattern, reason)
    return pattern


def check_name(name: str, profile: RuleProfile = RuleProfile.FREE, pattern: str = "") -> str:
    """Return ``name`` in its normal form. Raises ``LabelNameRefused``."""
    clean = normal_name(name)
    reason = _broken_rule(clean) or _broken_profile(clean, profile, pattern)
    if reason:
        raise LabelNameRefused(clean, reason)
    return clean


def _broken_rule(name: str) -> str | None:
    if not name:
        return "it is empty"
    if name.casefold() in RESERVED:
        return "this word is reserved"
    if len(name) > LONGEST_NAME:
        return f"it is longer than {LONGEST_NAME} characters"
    if any(category(x) in UNSEEN for x in name) or INVISIBLE.search(name):
        return "it contains a character that cannot be seen"
    if STRAY_JOINER.search(name):
        return "it contains a joiner that joins nothing"
    return None


def _broken_profile(name: str, profile: RuleProfile, pattern: str) -> str | None:
    if profile is RuleProfile.MODELARTS and not MODELARTS.fullmatch(name):
        return "ModelArts allows 1–32 letters, digits, “-”, “_” and Chinese characters"
    if profile is RuleProfile.WATSON_SAFE and WATSON_FORBIDDEN.search(name):
        return 'Watson allows none of * | { } \\ / " < > ? $'
    if profile is RuleProfile.CUSTOM and not _matches(name, pattern):
        return f"it does not match the project’s pattern {pattern}"
    return None


def _matches(name: str, pattern: str) -> bool:
    return _pattern_problem(pattern) is None and re.fullmatch(pattern, name) is not None


def _pattern_problem(pattern: str) -> str | None:
    if not pattern:
        return "it is empty"
    if len(pattern) > LONGEST_PATTERN:
        return f"it is longer than {LONGEST_PATTERN} characters"
    bare = CHARACTER_SET.sub("x", pattern)
    if "(" in bare or re.search(r"\\[1-9]", pattern):
        return "groups are not supported; use letters, sets such as [a-z], repeats and |"
    if len(REPEAT.findall(bare)) > MOST_REPEATS:
        return f"it has more than {MOST_REPEATS} repeats"
    try:
        re.compile(pattern)
    except (re.error, OverflowError) as error:
        return f"it is not a regular expression ({error})"
    return None
