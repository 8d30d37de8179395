"""The tables of real data, and the descent rules with their gradients checked two independent ways."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from helpers.data import load_co2, load_hubble, standardised_co2
from helpers.descent import gradient_descent, mse_gradient, mse_polynomial, nudge_search, polynomial

RNG = np.random.default_rng(0)
X, Z = standardised_co2()


def test_the_tables_are_whole():
    hubble, co2 = load_hubble(), load_co2()
    assert len(hubble.name) == len(hubble.distance) == len(hubble.velocity) == 24
    assert hubble.distance.sum() == pytest.approx(21.873)
    assert hubble.velocity.sum() == pytest.approx(8955)
    assert list(co2.year) == list(range(1959, 2026))
    assert (co2.ppm[0], co2.ppm[-1]) == (315.98, 427.35)


@pytest.mark.parametrize("name", ["hubble_1929.csv", "mauna_loa_co2.csv"])
def test_each_table_says_where_it_comes_from(name):
    from helpers import data

    head = [line for line in (data._FOLDER / name).read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    for word in ("Source:", "Units:", "Licence:"):
        assert any(word in line for line in head)


def test_the_standardised_record_has_mean_zero_and_mean_square_one():
    assert X.min() == -1 and X.max() == 1
    assert np.mean(Z) == pytest.approx(0, abs=1e-12)
    assert np.mean(Z**2) == pytest.approx(1)


def test_a_polynomial_agrees_with_numpys():
    k = RNG.normal(size=6)
    assert np.allclose(polynomial(k, X), np.polynomial.polynomial.polyval(X, k))
    assert polynomial([5.0], X).shape == X.shape


@pytest.mark.parametrize("size", [1, 2, 6, 10])
def test_the_gradient_agrees_with_central_differences(size):
    k, h = RNG.normal(size=size), 1e-6
    nudges = np.eye(size) * h
    slopes = [(mse_polynomial(k + d, X, Z) - mse_polynomial(k - d, X, Z)) / (2 * h) for d in nudges]
    assert np.allclose(mse_gradient(k, X, Z), slopes, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("size", [1, 2, 6, 10])
def test_the_gradient_agrees_with_an_independent_library(size):
    k = RNG.normal(size=size)

    def loss(knobs):
        return anp.mean((sum(knobs[i] * X**i for i in range(size)) - Z) ** 2)

    assert np.allclose(mse_gradient(k, X, Z), autograd.grad(loss)(k), rtol=1e-10)


def descend(eta, steps):
    return gradient_descent(lambda k: mse_polynomial(k, X, Z), lambda k: mse_gradient(k, X, Z), np.zeros(6), eta, steps)


def test_descent_on_the_bench_gives_the_lessons_numbers():
    rmse = np.sqrt(descend(0.5, 100).losses) * load_co2().ppm.std()
    assert [round(rmse[i], d) for i, d in ((1, 2), (10, 2), (100, 3))] == [15.49, 4.50, 0.539]
    assert int(np.argmax(descend(0.5, 100).losses <= 0.01)) == 19


def test_descent_diverges_above_its_limit_and_not_below():
    assert descend(0.840, 2000).losses[-1] < 1e-3
    assert descend(0.845, 3000).losses[-1] > 1


def test_a_path_records_every_step_and_leaves_the_start_alone():
    start = np.zeros(6)
    path = gradient_descent(lambda k: float(k @ k), lambda k: 2 * k + 1, start, 0.1, 7)
    assert path.points.shape == (8, 6) and path.losses.shape == (8,)
    assert not start.any()
    assert np.array_equal(path.last, path.points[-1])


@pytest.mark.parametrize("eta", [1e6, np.nan, np.inf])
def test_a_mad_learning_rate_runs_to_the_end_without_a_warning(eta, recwarn):
    assert len(descend(eta, 200).losses) == 201
    assert not recwarn.list


def test_no_steps_is_a_path_of_one_point_and_a_fraction_of_a_step_is_refused():
    assert descend(0.5, 0).points.shape == (1, 6)
    for steps in (-1, 2.5):
        with pytest.raises(ValueError, match="whole number"):
            descend(0.5, steps)


def test_nudging_never_gets_worse_keeps_its_budget_and_leaves_the_start_alone():
    asked = []

    def loss(k):
        asked.append(k.copy())
        return mse_polynomial(k, X, Z)

    start = np.zeros(6)
    path = nudge_search(loss, start, 300, np.random.default_rng(3))
    assert len(asked) == 300 == path.evaluations == len(path.losses)
    assert np.all(np.diff(path.losses) <= 0)
    assert not start.any()


def test_nudging_is_repeatable_and_depends_on_its_luck():
    def run(seed):
        return nudge_search(lambda k: mse_polynomial(k, X, Z), np.zeros(6), 100, np.random.default_rng(seed)).losses

    assert np.array_equal(run(1), run(1))
    assert not np.array_equal(run(1), run(2))
