import random

from cloudanno_desktop.dataset.run_folder import JobImage
from cloudanno_desktop.dataset.split import spread_over_labels


def picture(number, *labels):
    return JobImage(f"{number}.jpg", "", f"{number * 7919 % 1000:03}", labels, "val")


def test_every_label_has_its_turn_before_one_has_a_second():
    images = [picture(number, 0) for number in range(50)]
    images += [picture(100 + number, 1) for number in range(3)] + [picture(200, 2)]

    chosen = spread_over_labels(images, 7)

    assert [image.labels for image in chosen] == [(0,), (1,), (2,), (0,), (1,), (0,), (1,)]


def test_the_order_of_the_pictures_does_not_matter():
    images = [picture(number, number % 3) for number in range(30)]
    mixed = random.Random(1).sample(images, len(images))

    assert spread_over_labels(mixed, 5) == spread_over_labels(images, 5)


def test_the_same_bytes_are_chosen_once():
    twice = [JobImage(name, "", "aa", (0,), "val") for name in ("a.jpg", "b.jpg")]

    assert len(spread_over_labels(twice, 5)) == 1


def test_pictures_of_several_labels_and_of_none_have_turns_too():
    images = [picture(1, 1, 2), picture(2), picture(3, 2)]

    assert {image.key for image in spread_over_labels(images, 3)} == {"1.jpg", "2.jpg", "3.jpg"}


def test_few_pictures_are_all_chosen():
    assert spread_over_labels([], 5) == []
    assert len(spread_over_labels([picture(1, 0), picture(2, 0)], 5)) == 2
