import pytest

from cloudanno_desktop.labels.rules import LabelNameRefused, RuleProfile, check_name


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
