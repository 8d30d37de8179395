"""Networks on the engine: shapes, starts, training, gradient check, and what they say to nonsense."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from autograd.scipy.special import logsumexp

from helpers.data import load_penguins
from helpers.network import Dense, Network, NetworkError, accuracy, cross_entropy, gradcheck, mse, train, update
from helpers.value import Value


@pytest.fixture(scope="module")
def birds():
    table = load_penguins()
    rows = np.random.default_rng(0).permutation(len(table.species))
    X, y = table.measurements[rows], table.species[rows]
    X = (X - X[:240].mean(axis=0)) / X[:240].std(axis=0)
    return X[:240], y[:240], X[240:], y[240:]


def blobs(n=30, seed=1):
    rng = np.random.default_rng(seed)
    y = rng.integers(3, size=n)
    return rng.normal(size=(n, 4)) + y[:, np.newaxis], y


def test_a_network_has_the_shapes_it_was_asked_for():
    network = Network([4, 6, 3])
    assert {name: p.shape for name, p in network.named_parameters().items()} == {
        "W1": (4, 6), "b1": (6,), "W2": (6, 3), "b2": (3,),
    }  # fmt: skip
    assert [p.label for p in network.parameters()] == ["W1", "b1", "W2", "b2"]
    assert network(np.ones((5, 4))).shape == (5, 3) and network.predict(np.ones((5, 4))).shape == (5,)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "none"])
def test_every_block_of_the_gradient_agrees_with_autograd(activation):
    X, y = blobs()
    network = Network([4, 6, 5, 3], activation, rng=np.random.default_rng(3))
    for p in network.parameters():
        p.data = p.data + 0.1
    cross_entropy(network(X), y).backward()
    acts = {"tanh": anp.tanh, "relu": lambda a: anp.maximum(a, 0), "sigmoid": lambda a: 1 / (1 + anp.exp(-a))}
    act = acts.get(activation, lambda a: a)

    def loss(parts):
        h = act(X @ parts[0] + parts[1])
        h = act(h @ parts[2] + parts[3])
        s = h @ parts[4] + parts[5]
        return anp.mean(logsumexp(s, axis=1) - s[np.arange(len(y)), y])

    expected = autograd.grad(loss)([p.data for p in network.parameters()])
    for p, slope in zip(network.parameters(), expected, strict=True):
        np.testing.assert_allclose(p.grad, slope, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("init", "spread"), [("xavier", np.sqrt(2 / 500)), ("he", np.sqrt(2 / 300)), ("zeros", 0), (0.05, 0.05), (1, 1)]
)
def test_weights_start_with_the_spread_of_their_rule(init, spread):
    layer = Dense(300, 200, init=init, rng=np.random.default_rng(0))
    assert layer.W.data.std() == pytest.approx(spread, rel=0.01) and not layer.b.data.any()


def test_two_networks_with_one_seed_are_equal():
    a, b = (Network([3, 4, 2], rng=np.random.default_rng(5)) for _ in range(2))
    assert all((p.data == q.data).all() for p, q in zip(a.parameters(), b.parameters(), strict=True))


def test_penguins_are_learned(birds):
    X, y, X_test, y_test = birds
    network = Network([4, 6, 3], rng=np.random.default_rng(1))
    history = train(network, X, y, learning_rate=0.5, epochs=300)
    assert sum(p.data.size for p in network.parameters()) == 51
    assert history.losses[0] > 0.9 and history.losses[-1] < 0.02 and len(history.losses) == 300
    assert accuracy(network, X_test, y_test) >= 0.96 and history.stopped == ""


def test_mini_batches_go_through_all_rows_once_an_epoch():
    seen = []

    def spy(prediction, target):
        seen.append(target.tolist())
        return mse(prediction, target)

    X = np.arange(10.0)[:, np.newaxis]
    history = train(Network([1, 1]), X, X, 1e-4, epochs=2, batch=4, loss=spy)
    assert [len(rows) for rows in seen] == [4, 4, 2, 4, 4, 2] and len(history.losses) == 6 and len(history.epochs) == 2
    for part in (seen[:3], seen[3:]):
        assert sorted(row[0] for rows in part for row in rows) == list(range(10))
    assert seen[:3] != seen[3:]


def test_an_epochs_loss_is_the_mean_over_its_rows():
    X, y = blobs(10)
    history = train(Network([4, 3]), X, y, 0.0, epochs=1, batch=4)
    assert history.epochs[0] == pytest.approx(cross_entropy(Network([4, 3])(X), y).data)


def test_progress_is_reported_and_can_end_the_training():
    X, y = blobs()
    told = []
    train(Network([4, 3]), X, y, 0.1, epochs=3, report=lambda *now: told.append(now))
    assert [(epoch, epochs) for epoch, epochs, _ in told] == [(1, 3), (2, 3), (3, 3)]
    history = train(Network([4, 3]), X, y, 0.1, epochs=50, report=lambda epoch, *_: epoch == 2)
    assert len(history.losses) == 2 and "after epoch 2 of 50" in history.stopped


def test_an_interrupted_training_keeps_what_it_has_learned():
    X, y = blobs()
    network = Network([4, 3])
    calls = []

    def interrupted(*args):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return cross_entropy(*args)

    history = train(network, X, y, 0.1, epochs=10, loss=interrupted)
    assert len(history.losses) == 3 and "interrupted after 3 updates" in history.stopped
    assert all(np.isfinite(p.data).all() for p in network.parameters())


@pytest.mark.parametrize("learning_rate", [1e6, -1e6, 1e300])
def test_a_training_that_flies_off_stops_and_says_so(learning_rate):
    X, y = blobs()
    history = train(Network([4, 5, 3], "relu"), X * 10, y, learning_rate, epochs=200, loss=lambda s, y: (s * s).mean())
    assert "a smaller learning rate may help" in history.stopped and len(history.losses) < 200


def test_a_step_uses_the_gradient_of_this_batch_alone():
    X, y = blobs()
    once, twice = Network([4, 3]), Network([4, 3])
    cross_entropy(twice(X), y).backward()  # a gradient left over from before
    assert update(once, X, y, 0.1) == update(twice, X, y, 0.1)
    assert (once.layers[0].W.data == twice.layers[0].W.data).all()


def test_gradcheck_passes_what_is_right_and_puts_everything_back():
    X, y = blobs(12)
    network = Network([4, 5, 3], rng=np.random.default_rng(2))
    before = [p.data.copy() for p in network.parameters()]
    errors = gradcheck(lambda: cross_entropy(network(X), y), network.named_parameters())
    assert list(errors) == ["W1", "b1", "W2", "b2"] and max(errors.values()) < 1e-8
    assert all((p.data == kept).all() for p, kept in zip(network.parameters(), before, strict=True))


def test_gradcheck_finds_a_gradient_that_is_one_per_cent_off():
    w, c = Value([1.0, 2.0]), Value(3.0)

    def loss():
        return ((w * w).sum() + c.data * 1.01 * c + (c * c - c * c.data)) * 1.0  # constants hide a part of c's slope

    errors = gradcheck(loss, {"w": w, "c": c})
    assert errors["w"] < 1e-9 and 1e-3 < errors["c"] < 0.5


def test_gradcheck_of_what_has_no_effect_is_zero():
    a, b = Value(1.0), Value(2.0)
    assert gradcheck(lambda: a * a, {"a": a, "b": b})["b"] == 0


def test_gradcheck_puts_parameters_back_even_if_the_loss_fails():
    w = Value([1.0, 2.0])

    def loss():
        if w.data[0] != 1:
            raise ZeroDivisionError
        return (w * w).sum()

    with pytest.raises(ZeroDivisionError):
        gradcheck(loss, {"w": w})
    assert w.data.tolist() == [1, 2]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Network([4]),
        lambda: Network([4, 0]),
        lambda: Network([4, 2.5]),
        lambda: Network([4, "3"]),
        lambda: Network([4, 3, 2], activation="tan"),
        lambda: Network([4, 3], init="glorot"),
        lambda: Network([4, 3])(np.ones(4)),
        lambda: Network([4, 3])(np.ones((2, 5))),
        lambda: mse(Value(np.ones((3, 1))), np.ones(3)),
        lambda: train(Network([4, 3]), np.ones((0, 4)), np.zeros(0, int), 0.1, 1),
        lambda: train(Network([4, 3]), np.ones((3, 4)), np.zeros(2, int), 0.1, 1),
        lambda: train(Network([4, 3]), np.ones((3, 4)), np.zeros(3, int), np.nan, 1),
        lambda: train(Network([4, 3]), np.ones((3, 4)), np.zeros(3, int), "0.1", 1),
        lambda: train(Network([4, 3]), np.ones((3, 4)), np.zeros(3, int), 0.1, -1),
        lambda: train(Network([4, 3]), np.ones((3, 4)), np.zeros(3, int), 0.1, 1.5),
        lambda: train(Network([4, 3]), np.ones((3, 4)), np.zeros(3, int), 0.1, 1, batch=0),
    ],
)
def test_nonsense_gets_one_sentence(wrong):
    with pytest.raises(NetworkError) as caught:
        wrong()
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


def test_an_interrupt_in_the_middle_of_an_update_leaves_no_half_of_it():
    class Interrupted(Value):
        """A parameter that is interrupted the first time it is moved."""

        __slots__ = ("pressed",)

        def __setattr__(self, name, value):
            if name == "data" and getattr(self, "pressed", None) is False:
                object.__setattr__(self, "pressed", True)
                raise KeyboardInterrupt
            object.__setattr__(self, name, value)

    network, same = (Network([2, 3, 2], rng=np.random.default_rng(5)) for _ in range(2))
    last = network.layers[0]
    last.b = Interrupted(last.b.data)
    last.b.pressed = False
    X, y = np.random.default_rng(6).normal(size=(8, 2)), np.arange(8) % 2
    with pytest.raises(KeyboardInterrupt):
        update(network, X, y, 0.5)
    update(same, X, y, 0.5)
    for one, other in zip(network.parameters(), same.parameters(), strict=True):
        np.testing.assert_array_equal(one.data, other.data)
