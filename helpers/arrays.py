"""What the engine's table of operations needs beyond + and *: functions that take a float or an array, and how a
gradient finds its way back through axes that were repeated, summed, picked or multiplied away.

Floats go to `math`, which is ten times as quick as NumPy; arrays go to NumPy. `g` is always the upstream gradient: the
slope of the loss for the operation's result `out`. A share is what an operand gets of it.
"""

import functools
import math

import numpy as np

from helpers.plain import PlainErrorInALine

__all__ = [
    "EngineError", "average", "average_share", "base_share", "cos", "exp", "exponent_share", "fit", "largest",
    "left_share", "log", "numbers", "power", "put_back", "relu", "right_share", "share_of_largest", "sigmoid", "sin",
    "softmax_loss", "spread", "tanh", "total", "turn", "where",
]  # fmt: skip


class EngineError(PlainErrorInALine, TypeError, ValueError, IndexError):
    """A Value was asked for what it cannot do. The message says what that is, and what to do."""


def numbers(x, copy=False):
    """x as a float, or as a float64 array if it has axes; EngineError if it is no number."""
    if type(x) is float or (type(x) is np.ndarray and x.dtype.char == "d" and x.ndim and not copy):
        return x
    try:
        array = np.array(x) if copy else np.asarray(x)
    except ValueError:
        raise EngineError("the rows of a list are of unequal length here, so they make no array.") from None
    if array.dtype.kind not in "biuf":
        raise EngineError(f"a Value works with numbers and arrays of numbers, not with {x!r:.40}.")
    return array.astype(np.float64, copy=False) if array.ndim else float(array)


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
    have = share.shape if type(share) is np.ndarray else np.shape(share)
    shape = data.shape if type(data) is np.ndarray else ()
    if have == shape:
        return share if shape else float(share)
    if not have:  # one number for all of them
        all_alike = np.empty(shape)
        all_alike.fill(share)
        return all_alike
    if len(have) == 2 and shape == have[1:]:  # a bias, which met every row: as a product it takes half as long
        return _ones(have[0]) @ share
    if len(have) > len(shape):
        share = np.add.reduce(share, axis=tuple(range(len(have) - len(shape))))
    if 1 in shape:
        share = np.add.reduce(share, axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)
    return share if shape else float(share)


_ones = functools.lru_cache(maxsize=64)(np.ones)


def total(a, how):
    """The sum over an axis, over several or over all (None); how = (axis, whether the axis stays, 1 long)."""
    return np.add.reduce(np.float64(a) if type(a) is float else a, how[0], keepdims=how[1])


def spread(g, a, how):
    """A sum's gradient handed to everything that was summed: in the shape of a, or one number for all."""
    axis, keep = how
    if type(g) is float and axis is None:
        return g
    share = np.empty(np.shape(a))
    share[...] = g if axis is None or keep else np.expand_dims(g, axis)
    return share


def average(a, how):
    """The mean; nan for the mean of nothing."""
    added = total(a, how)
    return np.divide(added, np.size(a) // max(added.size, 1)) if added.ndim else added / np.float64(np.size(a))


def average_share(g, out, a, how):
    """The same part of a mean's gradient for everything it was the mean of."""
    return spread(g * ((1 if type(out) is float else out.size) / max(np.size(a), 1)), a, how)


def largest(a, how):
    """The largest entry along an axis, over several or over all."""
    return np.max(a, how[0], keepdims=how[1])


def share_of_largest(g, out, a, how):
    """Only the largest entries are paid; if several are equal, each gets the same part."""
    is_largest = a == spread(out, a, how)
    return np.where(is_largest, spread(g, a, how) / np.sum(is_largest, axis=how[0], keepdims=True), 0.0)


def turn(a, axes):
    """The array with its axes in another order; () turns all of them round."""
    return np.transpose(a, None if len(axes) == 0 else axes)


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
    share = np.zeros(a.shape)
    np.add.at(share, index, g)
    return share


def softmax_loss(s, classes):
    """(mean of −log softmax(s)[class] over the rows, its slope for s): s is (N, K) or (K,), classes (N,) or ().

    The slope is (softmax − one-hot) / N: see lesson 4. The largest entry of a row is subtracted first, so nothing
    overflows. Raises IndexError for a class that is not in 0 to K − 1.
    """
    n = classes.size
    if np.minimum.reduce(classes, axis=None) < 0:
        raise IndexError
    columns = s.reshape(n, -1).T.copy()  # (K, N): NumPy is quicker down many short columns than along many short rows
    columns -= np.maximum.reduce(columns, axis=0)
    slope = np.exp(columns)
    total = np.add.reduce(slope, axis=0)
    picked = classes.astype(np.intp) * n + np.arange(n)  # where each class stands in `columns`, counted row by row
    loss = np.add.reduce(np.log(total) - columns.take(picked), axis=None) / n
    slope /= total * n
    slope.put(picked, slope.take(picked) - 1 / n)
    return loss, slope.T.reshape(s.shape)
