from collections import Counter

from cloudanno_desktop.dataset.split import Candidate, split


def candidates(count, label=0, start=0):
    return [Candidate(f"digest-{label}-{n}", (label,)) for n in range(start, start + count)]


def test_each_label_gives_its_share_to_validation():
    images = candidates(200, 0) + candidates(20, 1) + candidates(5, 2)
    parts = split(images, 0.2, seed=0)
    shares = Counter(i.labels[0] for i, part in zip(images, parts, strict=True) if part == "val")
    assert 20 <= shares[0] <= 60
    assert 2 <= shares[1] <= 6
    assert 1 <= shares[2] <= 2


def test_adding_images_moves_none_from_validation_to_training():
    few, many = candidates(300), candidates(1000)
    before = dict(zip((i.group for i in few), split(few, 0.2, seed=3), strict=True))
    after = dict(zip((i.group for i in many), split(many, 0.2, seed=3), strict=True))
    assert before.items() <= after.items()


def test_identical_bytes_stay_in_one_part_even_under_two_labels():
    images = candidates(30, 0) + candidates(30, 1)
    twins = [Candidate(f"twin-{n}", (label,)) for n in range(20) for label in (0, 1)]
    parts = split(images + twins, 0.3, seed=0)[60:]
    assert parts[0::2] == parts[1::2]
    assert set(parts) == {"train", "val"}


def test_a_pin_wins_and_takes_its_twins_along():
    images = candidates(30)
    pinned = Candidate("digest-0-4", (0,), "test")
    parts = split([*images, pinned], 0.2, seed=0)
    assert parts[4] == parts[-1] == "test"
    assert parts.count("test") == 2


def test_another_seed_gives_another_split():
    images = candidates(100)
    assert split(images, 0.2, seed=0) != split(images, 0.2, seed=1)


def test_a_label_never_goes_to_validation_whole():
    for label in range(200):
        parts = split(candidates(5, label), 0.9, seed=0)
        assert "train" in parts
        assert "val" in parts
