import numpy as np
import pytest

from cloudanno_desktop.training.classifier_head import (
    fit_head,
    fit_temperature,
    logits_of,
    probabilities,
)


def look_away(iteration, head):
    pass


def clouds(labels=3, each=60, width=12, noise=1.0):
    random = np.random.default_rng(1)
    centres = random.normal(0, 1, (labels, width))
    numbers = np.repeat(np.arange(labels), each)
    features = centres[numbers] * 2 + random.normal(0, noise, (labels * each, width)) + 5
    return features.astype(np.float16), np.eye(labels, dtype=np.float32)[numbers]


def test_the_head_learns_what_features_tell():
    features, truth = clouds()
    fitted = fit_head(features, truth, multi_label=False, seed=0, watch=look_away)
    predictions = fitted.head.probabilities(features)
    assert (predictions.argmax(axis=1) == truth.argmax(axis=1)).mean() > 0.98
    assert predictions.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_out_of_fold_answers_know_nothing_of_random_labels():
    random = np.random.default_rng(0)
    features = random.normal(0, 1, (200, 300)).astype(np.float16)
    truth = np.eye(2, dtype=np.float32)[random.integers(0, 2, 200)]
    fitted = fit_head(features, truth, multi_label=False, seed=0, watch=look_away)
    seen = fitted.head.probabilities(features).argmax(axis=1) == truth.argmax(axis=1)
    left_out = fitted.out_of_fold.argmax(axis=1) == fitted.truth.argmax(axis=1)
    assert seen.mean() > 0.8
    assert left_out.mean() < 0.65


def test_several_labels_a_picture_are_each_answered():
    features, truth = clouds(labels=2, each=80)
    both = np.hstack([truth, 1 - truth[:, :1], truth[:, :1]])
    fitted = fit_head(features, both, multi_label=True, seed=0, watch=look_away)
    said = fitted.head.probabilities(features) >= 0.5
    assert (said == both).mean() > 0.98


def test_a_rare_label_is_still_found():
    features, truth = clouds(labels=2, each=100, noise=1.5)
    kept = np.r_[0:100, 100:106]
    fitted = fit_head(features[kept], truth[kept], multi_label=False, seed=0, watch=look_away)
    predictions = fitted.head.probabilities(features[106:])
    assert (predictions.argmax(axis=1) == 1).mean() > 0.8


def test_features_that_never_change_do_no_harm():
    features, truth = clouds()
    features[:, 3] = 7
    fitted = fit_head(features, truth, multi_label=False, seed=0, watch=look_away)
    assert np.isfinite(fitted.head.weights).all()


def test_the_same_seed_gives_the_same_head():
    features, truth = clouds()
    first, second = (
        fit_head(features, truth, multi_label=False, seed=4, watch=look_away).head for _ in "ab"
    )
    assert np.array_equal(first.weights, second.weights)


def test_temperature_undoes_overconfidence():
    random = np.random.default_rng(0)
    logits = random.normal(0, 1, (4000, 3)).astype(np.float32)
    predictions = probabilities(logits, multi_label=False)
    drawn = [random.choice(3, p=row / row.sum()) for row in predictions.astype(np.float64)]
    truth = np.eye(3, dtype=np.float32)[drawn]
    assert fit_temperature(logits * 4, truth, multi_label=False) == pytest.approx(4, rel=0.15)


@pytest.mark.parametrize("multi_label", [False, True])
def test_probabilities_and_logits_are_inverse(multi_label):
    predictions = np.array([[0.7, 0.2, 0.1], [0.01, 0.01, 0.98]], np.float32)
    logits = logits_of(predictions, multi_label=multi_label)
    assert probabilities(logits, multi_label=multi_label) == pytest.approx(predictions, abs=1e-5)


def test_the_fit_can_be_watched_and_stopped():
    features, truth = clouds()
    seen = []

    def watch(iteration, head):
        seen.append(iteration)
        if iteration == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fit_head(features, truth, multi_label=False, seed=0, watch=watch)
    assert seen == [1, 2, 3]
