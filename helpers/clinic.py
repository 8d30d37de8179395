"""The bug clinic of lesson 4: one backward pass written by hand, and thirteen ways to get it wrong.

The net has two layers, tanh and softmax: a1 = X W1 + b1, h = tanh(a1), s = h W2 + b2, q = softmax(s); the loss is the
mean cross-entropy. `params` is a dict of arrays, W1 (in, H), b1 (H,), W2 (H, K), b2 (K,), and so are its gradients.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType, SimpleNamespace

import numpy as np

from helpers.plain import PlainErrorInALine

__all__ = [
    "BUGS", "ClinicError", "MysteryNet", "accuracy", "gradients", "loss", "mystery_nets", "nudged_gradients",
    "relative_errors", "start", "train",
]  # fmt: skip

BUGS = MappingProxyType(
    {
        "none": "the right backward pass",
        "wrong sign": "y − q in place of q − y",
        "sum instead of mean": "not divided by the number of samples",
        "tanh slope missing": "the gradient goes back through tanh unchanged",
        "tanh slope at the input": "1 − a² in place of 1 − h²",
        "sigmoid slope": "h (1 − h) in place of 1 − h²",
        "new W2 in the sweep": "W2 is updated before the gradient goes back through it",
        "bias gradient missing": "db1 and db2 are left at 0",
        "bias gradient of one sample": "db1 and db2 are taken from the first sample alone",
        "bias gradient divided twice": "db1 and db2 are divided by N a second time",
        "hidden layer never trained": "dW1 and db1 are left at 0",
        "random feedback": "a fixed random matrix in place of W2 transposed",
        "never zeroed": "every gradient is added to all earlier ones",
        "last sample only": "the gradient of the last sample, divided by N",
    }
)
BLOCKS = ("W1", "b1", "W2", "b2")
LOOKS = 15  # how often a training reports


class ClinicError(PlainErrorInALine, ValueError):
    """The clinic was asked for what it doesn't have."""


def start(sizes, rng):
    """The parameters of a net with sizes (in, H, K): W normal, with variance 2 / (fan_in + fan_out); b zero."""
    return {
        name: part
        for i, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1)
        for name, part in (
            (f"W{i}", rng.normal(0, np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))),
            (f"b{i}", np.zeros(fan_out)),
        )
    }


def forward(params, X):
    """a1, h and q for the rows of X."""
    a1 = X @ params["W1"] + params["b1"]
    h = np.tanh(a1)
    s = h @ params["W2"] + params["b2"]
    q = np.exp(s - s.max(axis=1, keepdims=True))
    return a1, h, q / q.sum(axis=1, keepdims=True)


def loss(params, X, y):
    """The mean over the rows of −log q[class]."""
    with np.errstate(all="ignore"):  # a net that was sure and wrong has a loss of inf
        return float(-np.mean(np.log(forward(params, X)[2][np.arange(len(y)), y])))


def accuracy(params, X, y):
    """The part of the rows for which the largest q belongs to the class in y."""
    return float(np.mean(forward(params, X)[2].argmax(axis=1) == y))


def gradients(params, X, y, bug="none", learning_rate=0.1, memory=None):
    """The gradient of `loss` for every block of `params`, with one deliberate bug by its name in BUGS.

    `learning_rate` matters to "new W2 in the sweep" alone, `memory`, a dict kept from call to call, to "never zeroed".
    Raises ClinicError for an unknown bug.
    """
    if bug not in BUGS:
        raise ClinicError(f"the clinic has no bug called {bug!r}; it has {', '.join(BUGS)}.")
    a1, h, q = forward(params, X)
    ds = q.copy()
    ds[np.arange(len(y)), y] -= 1
    if bug == "wrong sign":
        ds = -ds
    if bug == "last sample only":
        ds[:-1] = 0
    if bug != "sum instead of mean":
        ds /= len(y)
    dW2, db2 = h.T @ ds, ds.sum(axis=0)
    back = params["W2"].T
    if bug == "new W2 in the sweep":
        back = (params["W2"] - learning_rate * dW2).T
    if bug == "random feedback":
        back = np.random.default_rng(5).normal(0, np.sqrt(2 / sum(back.shape)), back.shape)  # as W2 itself may start
    dh = ds @ back
    slope = {"tanh slope missing": 1.0, "tanh slope at the input": 1 - a1**2, "sigmoid slope": h * (1 - h)}
    da1 = dh * slope.get(bug, 1 - h**2)
    found = {"W1": X.T @ da1, "b1": da1.sum(axis=0), "W2": dW2, "b2": db2}
    if bug == "hidden layer never trained":
        found["W1"], found["b1"] = 0 * found["W1"], 0 * found["b1"]
    for name, delta in (("b1", da1), ("b2", ds)):
        if bug == "bias gradient missing":
            found[name] = 0 * found[name]
        elif bug == "bias gradient of one sample":
            found[name] = delta[0]
        elif bug == "bias gradient divided twice":
            found[name] = found[name] / len(y)
    if bug == "never zeroed" and memory is not None:
        for name in BLOCKS:
            found[name] = memory[name] = memory.get(name, 0) + found[name]
    return found


def train(X, y, sizes, learning_rate, epochs, batch=None, bug="none", seed=0, report=None):
    """The parameters after so many epochs of descent with that bug; `batch` rows an update, all of them if None.

    `report(epoch, epochs, loss)` is called some fifteen times on the way, as the bar of helpers.progress wants; with it
    interrupting the kernel ends the training, and what it has come to is returned.
    """
    rng = np.random.default_rng(seed)
    params, memory = start(sizes, rng), {}
    batch = len(X) if batch is None else batch
    stopped = ""
    try:
        for epoch in range(1, epochs + 1):
            with np.errstate(all="ignore"):
                rows = rng.permutation(len(X))
                for first in range(0, len(X), batch):
                    some = rows[first : first + batch]
                    slopes = gradients(params, X[some], y[some], bug, learning_rate, memory)
                    params = {name: params[name] - learning_rate * slopes[name] for name in BLOCKS}
            if report is not None and (epoch % -(-epochs // LOOKS) == 0 or epoch == epochs):
                report(epoch, epochs, loss(params, X, y))
    except KeyboardInterrupt:
        if report is None:
            raise
        stopped = "interrupted"
    if hasattr(report, "ended"):
        report.ended(SimpleNamespace(stopped=stopped))
    return params


def nudged_gradients(params, X, y, h=1e-5):
    """The gradient of `loss` by central differences, number by number."""
    found = {}
    for name in BLOCKS:
        found[name] = np.empty_like(params[name])
        for index in np.ndindex(params[name].shape):
            ends = []
            for nudge in (h, -h):
                trial = dict(params, **{name: params[name].copy()})
                trial[name][index] += nudge
                ends.append(loss(trial, X, y))
            found[name][index] = (ends[0] - ends[1]) / (2 * h)
    return found


def relative_errors(g, n):
    """{block: ‖g − n‖ / (‖g‖ + ‖n‖)} for two gradients, and under "all" the same for all blocks as one long vector."""
    parts = {name: (np.ravel(g[name]), np.ravel(n[name])) for name in BLOCKS}
    parts["all"] = tuple(np.concatenate([pair[i] for pair in parts.values()]) for i in (0, 1))
    errors = {}
    for name, (a, b) in parts.items():
        size = np.linalg.norm(a) + np.linalg.norm(b)
        errors[name] = float(np.linalg.norm(a - b) / size) if size else 0.0
    return errors


@dataclass(frozen=True)
class MysteryNet:
    """A net whose backward pass has a bug: `loss()` of its `params` as they are now, and its `gradients()`."""

    params: dict
    X: np.ndarray
    y: np.ndarray
    _bug: str = field(repr=False)

    def loss(self):
        """The loss, one number; reads `params` anew at each call."""
        return loss(self.params, self.X, self.y)

    def gradients(self):
        """What the buggy backward pass says: {block: array}."""
        return gradients(self.params, self.X, self.y, self._bug)


def mystery_nets(seed=0):
    """{"net A": MysteryNet, "net B": …, "net C": …}: three nets with one bug each, on the same 20 made-up samples."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(20, 4)), rng.integers(3, size=20)
    bugs = ("tanh slope missing", "sum instead of mean", "bias gradient missing")
    nets = {}
    for letter, bug in zip("ABC", bugs, strict=True):
        params = start((4, 6, 3), rng)
        params = {name: part + (0.1 * rng.normal(size=part.shape)) for name, part in params.items()}
        nets[f"net {letter}"] = MysteryNet(params, X, y, bug)
    return nets
