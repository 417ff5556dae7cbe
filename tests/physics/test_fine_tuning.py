"""Backpropagation climbs down its loss, from a stack as from chance. SCIENCE 6.1 for windows."""

import math

import numpy as np
import pytest

from explorer.physics import fine_tuning as ft
from explorer.physics.pretraining_contest import Contest, contest, variants
from explorer.physics.restricted_learning import Course
from explorer.physics.restricted_machine import fresh, hidden_chances, visible_chances

LETTERS = ("0111010001100011111110001", "1111010001111101000111110", "0111110000100001000001111")
XI = np.array([[1 if cell == "1" else -1 for cell in letter] for letter in LETTERS])


def last(steps):
    *_, end = steps
    return end


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
@pytest.mark.parametrize("sizes", [(4, 3), (4, 5, 3), (6, 5, 4, 3)])
def test_slopes_are_the_gradient_of_the_loss(output, sizes):
    # SCIENCE 6.1: central differences, h = 1e-5: relative error below 1e-6
    rng = np.random.default_rng(1)
    net = ft.random_net(sizes, output, 2)
    x = rng.random((7, sizes[0]))
    y = np.eye(sizes[-1])[rng.integers(0, sizes[-1], 7)]
    for kind, found in zip(("weights", "biases"), ft.slopes(net, x, y), strict=True):
        for layer, slope in enumerate(found):
            way = rng.normal(size=slope.shape)

            def height(step, kind=kind, layer=layer, way=way):
                parts = list(getattr(net, kind))
                parts[layer] = parts[layer] + step * way
                weights = parts if kind == "weights" else net.weights
                biases = parts if kind == "biases" else net.biases
                return ft.loss(ft.Net(tuple(weights), tuple(biases), output), x, y)

            numeric, exact = (height(1e-5) - height(-1e-5)) / 2e-5, float((slope * way).sum())
            assert numeric == pytest.approx(exact, rel=1e-6, abs=1e-9)


def test_a_stack_becomes_the_network_that_it_is():
    machines = (fresh(5, 4, 1, 1.0), fresh(4, 3, 2, 1.0))
    v = np.random.default_rng(0).integers(0, 2, (6, 5))
    middle = hidden_chances(machines[1], hidden_chances(machines[0], v))
    assert np.allclose(ft.activations(ft.classifier(machines, 7), v)[2], middle)
    back = visible_chances(machines[0], visible_chances(machines[1], middle))
    assert np.allclose(ft.activations(ft.autoencoder(machines), v)[-1], back)


def test_tuning_learns_and_is_repeatable():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    y = ft.one_hot([0, 1, 1, 0], 2)
    plan = ft.Tuning(0.5, 0.9, 4, 2000, seed=1)
    start = ft.random_net((2, 4, 2), "softmax", 3)
    nets = list(ft.tune(start, x, y, plan, 500))
    assert ft.loss(start, x, y) == pytest.approx(math.log(2), abs=0.3)  # near ln V at the start
    assert ft.loss(nets[-1], x, y) < 0.05
    assert ft.wrong(nets[-1], x, [0, 1, 1, 0]) == 0
    again = last(ft.tune(start, x, y, plan, 2000))
    assert np.array_equal(again.weights[0], nets[-1].weights[0])


def test_pictures_vary_as_they_should():
    pictures, labels = variants(XI, (5, 5), 30, 1, 0.0, 4)
    assert pictures.shape == (90, 25)
    assert np.bincount(labels).tolist() == [30, 30, 30]
    ink = [(XI[label] == 1).sum() for label in labels]
    assert (pictures.sum(axis=1) <= ink).all()  # ink may be shifted out, paper comes in
    still, names = variants(XI, (5, 5), 4, 0, 0.0, 4)
    assert np.array_equal(still, (XI[names] + 1) / 2)
    noisy, names = variants(XI, (5, 5), 200, 0, 0.1, 4)
    assert np.abs(noisy - (XI[names] + 1) / 2).mean() == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("task", ["classification", "reconstruction"])
def test_both_curves_come_seed_after_seed_and_are_repeatable(task):
    course = Course("cd", 1, 0.1, batch=20, steps=100, falling=False)
    plan = Contest((12, 8), course, ft.Tuning(steps=60), 20, 2, 1, 0.05, seeds=2, every=20)
    steps = list(contest(XI, (5, 5), plan, task))
    end = steps[-1]
    assert end.steps.tolist() == [20, 40, 60]
    assert (end.done, end.total) == (8, 8)
    assert np.isfinite(end.with_).all() and np.isfinite(end.without).all()
    assert ((end.with_ >= 0) & (end.with_ <= 1)).all()
    mean, error, other, _ = end.bands()
    assert np.allclose(mean, end.with_.mean(axis=0))
    assert np.allclose(error, end.with_.std(axis=0, ddof=1) / math.sqrt(2))
    assert np.allclose(other, end.without.mean(axis=0))
    assert np.isnan(steps[0].bands()[0]).all()
    assert [one.done for one in steps] == sorted(one.done for one in steps)
    again = last(contest(XI, (5, 5), plan, task))
    assert np.array_equal(again.with_, end.with_)


def test_pretraining_wins_at_reconstruction_when_tuning_is_short():
    # measured over 4 seeds with eight letters on 10 x 10: .109 against .123 after 500 steps
    plan = Contest((20, 10), tuning=ft.Tuning(steps=60), pictures=30, noise=0.05, seeds=2)
    end = last(contest(XI, (5, 5), plan, "reconstruction"))
    assert end.with_[:, -1].mean() < end.without[:, -1].mean()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: next(contest(XI[:1], (5, 5), Contest())), "two letters"),
        (lambda: next(contest(XI, (5, 5), Contest(labels=50))), "two letters"),
        (lambda: next(contest(XI, (5, 6), Contest())), "do not hold"),
        (lambda: ft.random_net((3,), "softmax"), "two layers"),
        (lambda: ft.Tuning(rate=math.nan), "learning rate"),
        (lambda: ft.Tuning(steps=0), "1 or more"),
        (
            lambda: next(ft.tune(ft.random_net((2, 2), "softmax"), [], [], ft.Tuning())),
            "as many targets",
        ),
    ],
)
def test_what_cannot_be_tuned_ends_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
