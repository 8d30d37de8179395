"""The bug clinic: its right version is right, each bug is wrong in its own way, and accuracy doesn't show it."""

import numpy as np
import pytest

from helpers import clinic
from helpers.network import Network, cross_entropy


@pytest.fixture(scope="module")
def case():
    rng = np.random.default_rng(7)
    X, y = rng.normal(size=(9, 4)), rng.integers(3, size=9)
    params = {name: part + 0.1 for name, part in clinic.start((4, 6, 3), rng).items()}
    return params, X, y, clinic.nudged_gradients(params, X, y)


def test_the_right_version_agrees_with_nudges_and_with_the_engine(case):
    params, X, y, nudged = case
    found = clinic.gradients(params, X, y)
    assert max(clinic.relative_errors(found, nudged).values()) < 1e-8
    network = Network([4, 6, 3])
    for name, parameter in network.named_parameters().items():
        parameter.data = params[name]
    loss = cross_entropy(network(X), y)
    loss.backward()
    assert loss.data == pytest.approx(clinic.loss(params, X, y))
    for name, parameter in network.named_parameters().items():
        np.testing.assert_allclose(parameter.grad, found[name], rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("bug", [bug for bug in clinic.BUGS if bug not in ("none", "never zeroed")])
def test_each_bug_fails_the_gradient_check(case, bug):
    params, X, y, nudged = case
    assert clinic.relative_errors(clinic.gradients(params, X, y, bug), nudged)["all"] > 1e-3


def test_gradients_that_are_never_zeroed_are_right_the_first_time_only(case):
    params, X, y, nudged = case
    memory = {}
    errors = [
        clinic.relative_errors(clinic.gradients(params, X, y, "never zeroed", memory=memory), nudged)["all"]
        for _ in range(2)
    ]
    assert errors[0] < 1e-8 and errors[1] == pytest.approx(1 / 3, rel=1e-6)


def test_no_two_bugs_give_the_same_gradient(case):
    params, X, y, _ = case
    bugs = [bug for bug in clinic.BUGS if bug not in ("none", "never zeroed")]
    flat = {
        bug: np.concatenate([part.ravel() for part in clinic.gradients(params, X, y, bug).values()]) for bug in bugs
    }
    for i, first in enumerate(bugs):
        for second in bugs[i + 1 :]:
            assert not np.allclose(flat[first], flat[second], rtol=1e-6), (first, second)


def test_the_sweep_bug_fades_with_the_learning_rate(case):
    params, X, y, nudged = case

    def error(learning_rate):
        found = clinic.gradients(params, X, y, "new W2 in the sweep", learning_rate)
        return clinic.relative_errors(found, nudged)["all"]

    assert error(0.1) > 0.001 and error(0.0) < 1e-8


def test_the_mystery_nets_show_three_different_patterns():
    wrong = {}
    for name, net in clinic.mystery_nets().items():
        errors = clinic.relative_errors(net.gradients(), clinic.nudged_gradients(net.params, net.X, net.y))
        wrong[name] = [block for block in clinic.BLOCKS if errors[block] > 1e-6]
        assert "missing" not in repr(net) and "mean" not in repr(net)
    assert wrong == {"net A": ["W1", "b1"], "net B": ["W1", "b1", "W2", "b2"], "net C": ["b1", "b2"]}


def test_training_with_the_right_gradient_learns():
    rng = np.random.default_rng(3)
    y = rng.integers(3, size=60)
    X = rng.normal(size=(60, 4)) + 3 * y[:, np.newaxis]
    params = clinic.train(X, y, (4, 6, 3), 0.1, 100, batch=20)
    assert clinic.accuracy(params, X, y) > 0.9 and clinic.loss(params, X, y) < 0.5


def test_an_unknown_bug_gets_one_sentence(case):
    params, X, y, _ = case
    with pytest.raises(clinic.ClinicError, match="no bug called 'typo'"):
        clinic.gradients(params, X, y, "typo")


def test_a_training_reports_and_learns_the_same(case):
    _, X, y, _ = case
    seen = []
    told = clinic.train(X, y, (4, 6, 3), 0.5, 100, batch=4, report=lambda *what: seen.append(what))
    silent = clinic.train(X, y, (4, 6, 3), 0.5, 100, batch=4)
    for name, part in told.items():
        np.testing.assert_array_equal(part, silent[name])
    assert len(seen) <= 16 and seen[-1] == (100, 100, clinic.loss(told, X, y))


def test_a_training_that_is_stopped_keeps_what_it_has_come_to(case):
    _, X, y, _ = case

    class Stop:
        def __call__(self, epoch, epochs, loss):
            self.params_loss = loss
            raise KeyboardInterrupt

        def ended(self, history):
            self.why = history.stopped

    stop = Stop()
    params = clinic.train(X, y, (4, 6, 3), 0.5, 30, report=stop)
    assert stop.why == "interrupted" and clinic.loss(params, X, y) == stop.params_loss
    with pytest.raises(KeyboardInterrupt):
        clinic.train(Interrupting(X), y, (4, 6, 3), 0.5, 30)


class Interrupting(np.ndarray):
    """Rows that interrupt whoever asks for some of them."""

    def __new__(cls, X):
        return np.asarray(X).view(cls)

    def __getitem__(self, rows):
        raise KeyboardInterrupt
