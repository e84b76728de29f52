import pytest

from cloudanno_desktop.labels.naming_rules import (
    LabelNameRefused,
    PatternRefused,
    RuleProfile,
    check_name,
    check_pattern,
    cleaned_name,
    folded_name,
)


@pytest.mark.parametrize("name", ["cat", " none of the above ", "猫", "a/b", "é" * 200])
def test_free_names(name):
    assert check_name(name) == name.strip()


@pytest.mark.parametrize("name", ["", "  ", "ALL", "Labeled", "unlabeled", "a\nb", "x" * 201])
def test_names_that_no_project_takes(name):
    with pytest.raises(LabelNameRefused):
        check_name(name)


@pytest.mark.parametrize(
    ("profile", "good", "bad"),
    [
        (RuleProfile.MODELARTS, "Cat_1-猫", "two words"),
        (RuleProfile.MODELARTS, "x" * 32, "x" * 33),
        (RuleProfile.WATSON_SAFE, "two words", "a/b"),
        (RuleProfile.WATSON_SAFE, "猫", 'say "cat"'),
    ],
)
def test_profiles(profile, good, bad):
    assert check_name(good, profile) == good
    with pytest.raises(LabelNameRefused):
        check_name(bad, profile)


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("[a-z]{3,}", "cat", "Cat"),
        (r"leaf-\d+", "leaf-12", "leaf-"),
        ("cat|dog", "dog", "cow"),
        ("[(] [)]", "( )", "()"),
    ],
)
def test_a_pattern_of_their_own(pattern, good, bad):
    assert check_pattern(pattern) == pattern
    assert check_name(good, RuleProfile.CUSTOM, pattern) == good
    with pytest.raises(LabelNameRefused, match="pattern"):
        check_name(bad, RuleProfile.CUSTOM, pattern)


@pytest.mark.parametrize(
    "pattern",
    ["", "[a-z", "(a+)+b", "(?:a|a)*b", "a?" * 40 + "a" * 40, ".*" * 9 + "x", r"(.)\1", "x" * 201],
)
def test_patterns_that_are_none_or_could_take_for_ever(pattern):
    with pytest.raises(PatternRefused):
        check_pattern(pattern)
    with pytest.raises(LabelNameRefused):
        check_name("a" * 200, RuleProfile.CUSTOM, pattern)


def test_the_slowest_pattern_that_is_allowed_answers():
    with pytest.raises(LabelNameRefused):
        check_name("a" * 200, RuleProfile.CUSTOM, ".*.*.*b")


@pytest.mark.parametrize(
    "name",
    ["می‌خواهم", "क्‍ष", "👩‍🌾", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️", "日本語　語", "naïve"],
    ids=["Persian", "Hindi", "joined emoji", "flag", "heart", "Japanese", "accent"],
)
def test_names_of_all_scripts_are_taken(name):
    assert check_name(name)


def test_one_name_has_one_form():
    assert check_name("cafe\u0301") == check_name("caf\u00e9")
    assert check_name("日本\u3000語\u00a0") == "日本 語"
    assert folded_name("CAFE\u0301") == folded_name("caf\u00e9")


@pytest.mark.parametrize(
    "hidden",
    ["\u200b", "\ufeff", "\u202e", "\u2066", "\u200e", "\u2028", "\x07", "\ud800", "\ue000"],
)
def test_what_cannot_be_seen_is_refused(hidden):
    with pytest.raises(LabelNameRefused):
        check_name(f"cat{hidden}s")


@pytest.mark.parametrize("name", ["\u200dcat", "cat\u200d", "a \u200db", "a\u200d\u200db"])
def test_a_joiner_that_joins_nothing_is_refused(name):
    with pytest.raises(LabelNameRefused):
        check_name(name)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("two\n lines", "two lines"), (" \t", ""), ("e\u0301\u200b", "é"), ("x" * 300, "x" * 200)],
)
def test_names_of_other_programs_are_cleaned(written, meant):
    assert cleaned_name(written) == meant
