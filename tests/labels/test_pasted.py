import pytest

from cloudanno_desktop.labels.match_list import match_keys

KEYS = (
    "a.jpg",
    "birds/one two.jpg",
    "birds/a.jpg",
    "birds/caf\u00e9.jpg",
    "deep/er/100%.jpg",
    "deep/er/only here.png",
    'say "hi".jpg',
    "a,b.jpg",
    " lead.jpg",
)


@pytest.fixture
def matched(open_project):
    project = open_project(keys=KEYS)

    def match(text):
        found = match_keys(project.index, text, project.store.image_ids())
        return sorted(row.key for row in project.index.rows(found.images)), found

    return match


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("a.jpg", ["a.jpg"]),
        ("a.jpg\r\nbirds/a.jpg\r\n", ["a.jpg", "birds/a.jpg"]),
        ("\ufeffa.jpg\n\n  \na.jpg", ["a.jpg"]),
        ("\tbirds/one two.jpg  ", ["birds/one two.jpg"]),
        ('"birds/one two.jpg",', ["birds/one two.jpg"]),
        ("birds/one%20two.jpg", ["birds/one two.jpg"]),
        ("./birds/one two.jpg", ["birds/one two.jpg"]),
        ("/birds/one two.jpg", ["birds/one two.jpg"]),
        ("s3://photos/2026/birds/one two.jpg", ["birds/one two.jpg"]),
        ("https://photos.example/birds/one%20two.jpg", ["birds/one two.jpg"]),
        ("C:\\pictures\\birds\\one two.jpg", ["birds/one two.jpg"]),
        ("birds/cafe\u0301.jpg", ["birds/caf\u00e9.jpg"]),
        ("cafe\u0301.jpg", ["birds/caf\u00e9.jpg"]),
        ("deep/er/100%.jpg", ["deep/er/100%.jpg"]),
        ("only here.png", ["deep/er/only here.png"]),
        ("somewhere/else/only here.png", ["deep/er/only here.png"]),
        ('say "hi".jpg', ['say "hi".jpg']),
        ('"say ""hi"".jpg"', ['say "hi".jpg']),
        ("a,b.jpg", ["a,b.jpg"]),
        (" lead.jpg", [" lead.jpg"]),
        ("'a.jpg';", ["a.jpg"]),
    ],
)
def test_a_pasted_line_means_its_image_however_it_is_written(matched, text, keys):
    found, report = matched(text)

    assert found == keys
    assert (report.unknown, report.ambiguous) == ((), ())


def test_lines_that_mean_none_or_several_are_told(matched):
    found, report = matched('a.jpg\nnowhere.jpg\nelse/a.jpg\n"')

    assert found == ["a.jpg"]
    assert report.unknown == ("nowhere.jpg", '"')
    assert report.ambiguous == ("else/a.jpg",)
