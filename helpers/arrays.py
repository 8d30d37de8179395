"""What the engine's table of operations needs beyond + and *: functions that take a float or an array, and how a
gradient finds its way back through axes that were repeated, summed, picked or multiplied away.

Floats go to `math`, which is ten times as quick as NumPy; arrays go to NumPy. `g` is always the upstream gradient: the
slope of the loss for the operation's result `out`. A share is what an operand gets of it.
"""

import math

import numpy as np

__all__ = [
    "average", "base_share", "cos", "exp", "exponent_share", "fit", "left_share", "log", "power", "put_back",
    "relu", "right_share", "share_of_largest", "sigmoid", "sin", "softmax_loss", "spread", "tanh", "total", "where",
]  # fmt: skip


def _either(scalar, array):
    return lambda a: scalar(a) if type(a) is float else array(a)


exp, log, sin, cos, tanh = (_either(getattr(math, f), getattr(np, f)) for f in ("exp", "log", "sin", "cos", "tanh"))


def power(a, b):
    """a to the power of b; nan for a root of a negative number, where Python's own ** would turn complex."""
    return math.pow(a, b) if type(a) is float and type(b) is float else np.power(a, b)


def where(condition, yes, no=0.0):
    """np.where, and for a plain True or False the plain choice."""
    if type(condition) is bool:
        return yes if condition else no
    return np.where(condition, yes, no)


def relu(a):
    """a where it is positive, else 0; nan stays nan."""
    if type(a) is float:
        return 0.0 if a < 0 else a
    return np.maximum(a, 0.0)


def sigmoid(a):
    """1 / (1 + exp(−a)), computed from exp(−|a|), which never overflows."""
    e = exp(-abs(a))
    return where(a < 0, e, 1.0) / (1 + e)


def base_share(g, out, a, b):
    """b a^(b − 1), which is 0 for b = 0 even where a = 0."""
    return where(b != 0, g * b * power(a, b - 1))


def exponent_share(g, out, a, b):
    """a^b log a, which is 0 for a = 0 and b ≥ 0, since a^b then stays 0 beside it."""
    return where((a != 0) | (b < 0), g * out * log(a))


def fit(share, data):
    """Broadcasting undone: where an operand was repeated to fit, its shares are added up, to the shape of `data`."""
    if type(share) is np.ndarray and type(data) is np.ndarray and share.shape == data.shape:
        return share
    have, shape = np.shape(share), np.shape(data)
    if have == shape:
        return share if shape else float(share)
    if not have:  # one number for all of them
        all_alike = np.empty(shape)
        all_alike.fill(share)
        return all_alike
    share = np.add.reduce(share, axis=tuple(range(len(have) - len(shape))))
    if 1 in shape:
        share = np.add.reduce(share, axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)
    return share if shape else float(share)


def total(a, axis, keep):
    """The sum over an axis, over several or over all (None)."""
    return np.add.reduce(np.float64(a) if type(a) is float else a, axis, keepdims=keep)


def spread(g, a, axis, keep):
    """A sum's gradient handed to everything that was summed: a view in the shape of a, or one number for all."""
    if type(g) is float and axis is None:
        return g
    return np.broadcast_to(g if axis is None or keep else np.expand_dims(g, axis), np.shape(a))


def average(a, axis, keep):
    """The mean; nan for the mean of nothing, without NumPy's warning."""
    added = total(a, axis, keep)
    return np.divide(added, np.size(a) // max(np.size(added), 1))


def share_of_largest(g, out, a, *how):
    """Only the largest entries are paid; if several are equal, each gets the same part."""
    largest = a == spread(out, a, *how)
    return np.where(largest, spread(g, a, *how) / np.sum(largest, axis=how[0], keepdims=True), 0.0)


def _matrices(g, a, b):
    """A vector counts as one row on the left of @, and as one column on the right."""
    g = np.expand_dims(g, -1) if b.ndim == 1 else g
    g = np.expand_dims(g, -2) if a.ndim == 1 else g
    return g, np.atleast_2d(a), b if b.ndim > 1 else b[:, np.newaxis]


def left_share(g, out, a, b):
    """g bᵀ for a in a @ b."""
    if a.ndim == b.ndim == 2:
        return g @ b.T
    g, a, b = _matrices(g, a, b)
    return g @ np.swapaxes(b, -1, -2)


def right_share(g, out, a, b):
    """aᵀ g for b in a @ b."""
    if a.ndim == b.ndim == 2:
        return a.T @ g
    g, a, _ = _matrices(g, a, b)
    share = np.swapaxes(a, -1, -2) @ g
    return share if b.ndim > 1 else share[..., 0]


def put_back(g, a, index):
    """Zeros in the shape of a, with g where `index` picked; an entry that was picked twice gets both."""
    share = np.zeros_like(a)
    np.add.at(share, index, g)
    return share


@np.errstate(all="ignore")
def softmax_loss(s, classes):
    """(mean of −log softmax(s)[class] over the rows, its slope for s): s is (N, K) or (K,), classes (N,) or ().

    The slope is (softmax − one-hot) / N: see lesson 4. The largest entry of a row is subtracted first, so nothing
    overflows.
    """
    rows = s - np.maximum.reduce(s, axis=-1, keepdims=True)
    slope = np.exp(rows)
    total = np.add.reduce(slope, axis=-1, keepdims=True)
    slope /= total
    n = classes.size
    at = (np.arange(n), classes) if s.ndim == 2 else (classes,)
    loss = np.add.reduce(np.log(total), axis=None) - np.add.reduce(rows[at], axis=None)
    slope[at] -= 1
    slope /= n
    return loss / n, slope
