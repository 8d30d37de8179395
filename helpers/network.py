"""Networks of dense layers on the engine: how they start, what they compute, how they are trained and tested.

Arrays hold one sample a row: X is (N, features), a layer's W is (in, out), and its result is X @ W + b.
"""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from helpers.plain import PlainErrorInALine
from helpers.value import Value, cross_entropy

__all__ = [
    "ACTIVATIONS", "STARTS", "Dense", "History", "Network", "NetworkError", "accuracy", "cross_entropy", "gradcheck",
    "mse", "train",
]  # fmt: skip


class NetworkError(PlainErrorInALine, ValueError):
    """A network was asked for what it cannot do. The message says what that is, and what to do."""


ACTIVATIONS = {
    "tanh": Value.tanh,
    "relu": Value.relu,
    "sigmoid": Value.sigmoid,
    "none": lambda a: a,
}
# How weights start: the standard deviation of normal random numbers for a layer of this many inputs and outputs.
# "xavier": Glorot and Bengio, AISTATS 2010; "he": He et al., ICCV 2015.
STARTS = {
    "xavier": lambda fan_in, fan_out: np.sqrt(2 / (fan_in + fan_out)),
    "he": lambda fan_in, fan_out: np.sqrt(2 / fan_in),
    "zeros": lambda fan_in, fan_out: 0.0,
}


class Dense:
    """A layer: activation(X @ W + b), with W of shape (fan_in, fan_out) and b of shape (fan_out,).

    `activation` is a name in ACTIVATIONS; `init` is a name in STARTS, or the standard deviation of the weights as a
    number; biases start at 0; `rng` is a NumPy Generator. Raises NetworkError for names it doesn't know.
    """

    def __init__(self, fan_in, fan_out, activation="tanh", init="xavier", rng=None):
        for size in (fan_in, fan_out):
            if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
                raise NetworkError(f"a layer has a whole number of inputs and outputs, 1 or more, not {size!r}.")
        self.activation = _known("activation", activation, ACTIVATIONS)
        spread = init if isinstance(init, int | float) else STARTS[_known("init", init, STARTS)](fan_in, fan_out)
        rng = np.random.default_rng(0) if rng is None else rng
        self.W = Value(spread * rng.normal(size=(fan_in, fan_out)), label="W")
        self.b = Value(np.zeros(fan_out), label="b")

    def __call__(self, X):
        """The layer's result (N, fan_out) for X (N, fan_in), an array or a Value."""
        fan_in = self.W.shape[0]
        shape = np.shape(X.data if isinstance(X, Value) else X)
        if len(shape) != 2 or shape[1] != fan_in:
            raise NetworkError(
                f"this layer takes rows of {fan_in} numbers, shape (N, {fan_in}), and got an array of shape {shape}."
            )
        return ACTIVATIONS[self.activation](X @ self.W + self.b)


class Network:
    """Dense layers in a row: Network([4, 6, 3]) takes 4 numbers a sample, has 6 hidden units and gives 3 logits.

    The last layer has no activation. `init` and `rng` as in Dense; without an rng the seed is 0.
    """

    def __init__(self, sizes, activation="tanh", init="xavier", rng=None):
        if len(sizes) < 2:
            raise NetworkError("a network needs at least two sizes: how many inputs, and how many outputs.")
        rng = np.random.default_rng(0) if rng is None else rng
        kinds = [activation] * (len(sizes) - 2) + ["none"]
        self.layers = [
            Dense(fan_in, fan_out, kind, init, rng)
            for (fan_in, fan_out), kind in zip(pairwise(sizes), kinds, strict=True)
        ]
        for name, parameter in self.named_parameters().items():
            parameter.label = name

    def __call__(self, X):
        """The logits (N, outputs) for X (N, features), as a Value."""
        out = X if isinstance(X, Value) else np.asarray(X, dtype=float)
        for layer in self.layers:
            out = layer(out)
        return out

    def named_parameters(self):
        """{"W1": Value, "b1": Value, "W2": …}, from the first layer to the last."""
        return {
            f"{letter}{i}": getattr(layer, letter) for i, layer in enumerate(self.layers, start=1) for letter in "Wb"
        }

    def parameters(self):
        """The same without their names, as a list."""
        return list(self.named_parameters().values())

    def zero_grad(self):
        """Set the gradient of every parameter to zero."""
        for parameter in self.parameters():
            parameter.zero_grad()

    def predict(self, X):
        """The class with the largest logit for each row of X: whole numbers, (N,)."""
        return np.argmax(self(X).data, axis=1)


def _known(what, name, names):
    if not isinstance(name, str) or name not in names:
        raise NetworkError(f"{what} is one of {', '.join(names)}, not {name!r}.")
    return name


def mse(prediction, target):
    """The mean of the squared differences, as a Value: over all samples, and over all outputs if there are several."""
    if np.shape(target) != prediction.shape:
        raise NetworkError(
            f"prediction and target have to have one shape, and have {prediction.shape} and {np.shape(target)}: "
            "subtracting them would make a table of all pairs."
        )
    return ((prediction - target) ** 2).mean()


def accuracy(network, X, y):
    """The part of the rows of X whose predicted class is that in y: 0 to 1."""
    return float(np.mean(network.predict(X) == np.asarray(y)))


@dataclass
class History:
    """What a training did: `losses` has the loss of every update, `epochs` the mean loss of every epoch.

    `stopped` says in a sentence why it ended early, and is "" if it didn't.
    """

    losses: list = field(default_factory=list)
    epochs: list = field(default_factory=list)
    stopped: str = ""


def train(network, X, y, learning_rate, epochs, batch=None, rng=None, loss=cross_entropy, report=None):
    """Gradient descent on loss(network(X), y): changes the network's parameters, returns a History.

    An epoch goes through all rows once: in one update, or with `batch` in updates of that many rows, in an order drawn
    from `rng` (seed 0 without one). `report(epoch, epochs, mean_loss)` is called after every epoch; if it returns
    True, the training ends. Interrupting the kernel ends it too, after a whole update, and nothing is lost. A loss
    that is no longer finite ends it as well. If `report` has a method `ended`, it is called once, with the History.
    Raises NetworkError for rows that don't fit and for nonsensical numbers.
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    _sensible(X, y, learning_rate, epochs, batch)
    batch = len(X) if batch is None else min(int(batch), len(X))
    rng = np.random.default_rng(0) if rng is None else rng
    history = History()
    try:
        for epoch in range(1, int(epochs) + 1):
            rows = np.arange(len(X)) if batch == len(X) else rng.permutation(len(X))
            spent = 0.0
            for first in range(0, len(X), batch):
                some = rows[first : first + batch]
                value = update(network, X[some], y[some], learning_rate, loss)
                history.losses.append(value)
                spent += value * len(some)
            history.epochs.append(spent / len(X))
            if not np.isfinite(spent):
                history.stopped = f"the loss was {spent / len(X)} in epoch {epoch}: a smaller learning rate may help"
                break
            if report is not None and report(epoch, int(epochs), history.epochs[-1]):
                history.stopped = f"ended after epoch {epoch} of {int(epochs)}, as asked"
                break
    except KeyboardInterrupt:
        history.stopped = f"interrupted after {len(history.losses)} updates"
    if hasattr(report, "ended"):
        report.ended(history)
    return history


def update(network, X, y, learning_rate, loss=cross_entropy):
    """One step, Z-F-B-U: zero the gradients, forward, backward, update. Returns the loss before the step."""
    network.zero_grad()
    value = loss(network(X), y)
    value.backward()
    with np.errstate(all="ignore"):
        moved = [(each, each.data - learning_rate * each.grad) for each in network.parameters()]
    try:
        _put(moved)
    except KeyboardInterrupt:
        _put(moved)  # an update is done whole or not at all
        raise
    return value.data


def _put(moved):
    for parameter, data in moved:
        parameter.data = data


def _sensible(X, y, learning_rate, epochs, batch):
    if X.ndim != 2 or len(X) == 0 or len(X) != len(np.atleast_1d(y)):
        raise NetworkError(f"X needs a row for each entry of y, at least one: the shapes are {X.shape} and {y.shape}.")
    if isinstance(learning_rate, str | bool) or not np.isscalar(learning_rate) or not np.isfinite(learning_rate):
        raise NetworkError(f"the learning rate is a finite number, not {learning_rate!r}.")
    for name, count in (("epochs", epochs), ("batch", batch)):
        if count is not None and (isinstance(count, str | bool) or int(count) != count or count < (name == "batch")):
            raise NetworkError(f"{name} is a whole number, {int(name == 'batch')} or more, not {count!r}.")


def gradcheck(loss, parameters, h=1e-5):
    """Compare the gradients that `backward` gives with nudges, parameter by parameter.

    `loss()` builds the loss from the parameters; `parameters` is {name: Value}. Returns {name: ‖g − n‖/(‖g‖ + ‖n‖)},
    with g the gradient and n the central differences with nudges of length h. Below 1e-6 is a pass in float64;
    0 where both are zero. Every parameter is back where it was, to the last bit.
    """
    for parameter in parameters.values():
        parameter.zero_grad()
    loss().backward()
    errors = {}
    for name, parameter in parameters.items():
        kept = np.array(parameter.data, dtype=float)
        nudged = np.empty(kept.shape)
        try:
            for index in np.ndindex(kept.shape):
                ends = []
                for nudge in (h, -h):
                    trial = kept.copy()
                    trial[index] += nudge
                    parameter.data = trial if trial.ndim else float(trial)
                    ends.append(loss().data)
                nudged[index] = (ends[0] - ends[1]) / (2 * h)
        finally:
            parameter.data = kept if kept.ndim else float(kept)
        gradient = np.asarray(parameter.grad)
        size = np.linalg.norm(gradient) + np.linalg.norm(nudged)
        errors[name] = float(np.linalg.norm(gradient - nudged) / size) if size else 0.0
    return errors
