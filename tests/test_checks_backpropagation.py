"""L4's exercises: every known wrong answer gets its own name, right ones pass in whatever style they are written."""

import functools
import itertools
import math
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from asking import are_told_what_they_are, bad_answers, met_in_two_styles, values_on_all_cases
from asking import written as plainly_written
from checker_report import the_report_is_true

from helpers import checking, checks, clinic
from helpers.checks import backpropagation as L4
from helpers.guard import Limits
from helpers.value import Value, cross_entropy

ROOT = Path(__file__).resolve().parents[1]

written = functools.partial(plainly_written, Value=Value)


def template(source):
    """A function that fills a source's slots, each written «name: what stands there if nothing else is given»."""

    def fill(**lines):
        unknown = set(lines) - set(re.findall(r"«(\w+): ", source))
        assert not unknown, unknown
        return written(re.sub(r"«(\w+): (.*?)»", lambda slot: lines.get(slot[1], slot[2]), source))

    return fill


# neuron_backward: two styles with slots, then others

a_neuron = template("""
def neuron_backward(x, w, b, t):
    w1, w2 = w
    a = «a: w1 * x + b»
    h = np.tanh(a)
    dy = «dy: 2 * (w2 * h - t)»
    slope = «slope: 1 - h**2»
    dw2 = «dw2: dy * h»
    «update: pass»
    dh = «dh: dy * w2»
    da = «da: dh * slope»
    dw1 = «dw1: da * x»
    db = «db: da»
    dx = «dx: da * w1»
    return «end: (dw1, dw2), db, dx»
""")

b_neuron = template("""
def neuron_backward(x, w, b, t):
    h = math.tanh(«a: w[0] * x + b»)
    upstream = «up: 2 * w[1] * h - 2 * t»
    back = upstream * «w2: w[1]» * «slope: (1 - h) * (1 + h)»
    grad = np.array([«one: back * x», «two: upstream * h»])
    db, dx = np.float64(«b: back»), np.array(«x: back * w[0]»)
    return [«end: grad, db, dx»]
""")


def neuron_nudged(x, w, b, t, eps=1e-6):
    def loss(x, w1, w2, b):
        return (w2 * np.tanh(w1 * x + b) - t) ** 2

    at = np.array([x, *w, b])
    dx, dw1, dw2, db = ((loss(*(at + eps * row)) - loss(*(at - eps * row))) / (2 * eps) for row in np.eye(4))
    return (dw1, dw2), db, dx


def neuron_engine(x, w, b, t):
    x, w1, w2, b = Value(x), Value(w[0]), Value(w[1]), Value(b)
    ((w2 * (w1 * x + b).tanh() - t) ** 2).backward()
    return [w1.grad, w2.grad], b.grad, x.grad


def neuron_cosh(x, w, b, t):
    """The slope of tanh as one over cosh squared, and a dict."""
    a = w[0] * x + b
    error = 2 * (w[1] * np.tanh(a) - t)
    db = error * w[1] / np.cosh(a) ** 2
    return {"dw": [db * x, error * np.tanh(a)], "db": db, "dx": db * w[0]}


def neuron_links(x, w, b, t):
    links = [
        (lambda v: w[0] * v + b, lambda v: w[0]),
        (np.tanh, lambda v: 1 - np.tanh(v) ** 2),
        (lambda v: w[1] * v, lambda v: w[1]),
        (lambda v: (v - t) ** 2, lambda v: 2 * (v - t)),
    ]
    values = [x]
    for f, _ in links:
        values.append(f(values[-1]))
    upstream = 1.0
    arrives = []  # at the output of each link, from the last one to the first
    for (_, slope), value in zip(reversed(links), reversed(values[:-1]), strict=True):
        arrives.append(upstream)
        upstream *= slope(value)
    return np.array([arrives[3] * x, arrives[1] * values[2]]), arrives[3], upstream


def neuron_exact(x, w, b, t):
    (dw1, dw2), db, dx = neuron_engine(x, w, b, t)
    return (Fraction(dw1), np.longdouble(dw2)), Decimal(db), [[dx]][0]


class Neuron:
    def __call__(self, x, w, b, t):
        return a_neuron()(x, w, b, t)


RIGHT_NEURON = [
    a_neuron(),
    b_neuron(),
    neuron_nudged,
    neuron_engine,
    neuron_links,
    Neuron(),
    a_neuron(end="np.array([dw1, dw2]), db, dx"),
    a_neuron(end="[[dw1, dw2], db, dx]"),
    a_neuron(end="(np.float32(dw1), np.float32(dw2)), np.array(db), dx"),
    a_neuron(end="((float(dw1), float(dw2)), float(db), float(dx))"),
    a_neuron(slope="1 / np.cosh(a) ** 2", dh="w2 * dy"),
    a_neuron(end="dw1, dw2, db, dx"),
    functools.partial(a_neuron()),
    neuron_exact,
    neuron_cosh,
]  # fmt: skip

WRONG_NEURON = {
    "half": [a_neuron(dy="w2 * h - t"), b_neuron(up="w[1] * h - t")],
    "A02": [a_neuron(dy="2 * (t - w2 * h)"), b_neuron(up="2 * t - 2 * w[1] * h"), a_neuron(dy="t - w2 * h")],
    "loss-slope": [
        a_neuron(dy="2 * w2 * h"),
        b_neuron(up="(w[1] * h - t) ** 2"),
        a_neuron(dy="2 * (h - t)"),
        a_neuron(dy="1.0"),
    ],
    "A23": [
        a_neuron(update="w2 = w2 - 0.1 * dw2"),
        b_neuron(w2="(w[1] - 0.1 * upstream * h)"),
        a_neuron(update="w2 -= 0.01 * dw2"),
        a_neuron(update="w2 = w2 - dw2"),
    ],
    "w2-link": [a_neuron(dh="dy"), b_neuron(w2="h"), b_neuron(w2="w[0]"), a_neuron(dh="dy * h")],
    "A24": [a_neuron(da="dh"), b_neuron(slope="1")],
    "A13": [a_neuron(slope="1 - a**2"), b_neuron(slope="(1 - (w[0] * x + b) ** 2)")],
    "A25": [a_neuron(slope="h * (1 - h)"), b_neuron(slope="(h - h * h)")],
    "tanh-slope": [
        a_neuron(slope="1 - np.tanh(h) ** 2"),
        b_neuron(slope="(1 - h)"),
        a_neuron(slope="1 + h**2"),
        b_neuron(slope="h"),
        a_neuron(da="dh * slope * slope"),
    ],
    "b-missing": [a_neuron(a="w1 * x"), b_neuron(a="w[0] * x")],
    "dw1": [a_neuron(dw1="da"), b_neuron(one="back"), a_neuron(dw1="da * w1"), b_neuron(one="back * h")],
    "dw2": [
        a_neuron(dw2="dy"),
        b_neuron(two="upstream"),
        a_neuron(dw2="dy * a"),
        b_neuron(two="upstream * x"),
        a_neuron(dw2="dy * w2"),
        a_neuron(dw2="dy * h * slope"),
    ],
    "db": [
        a_neuron(db="dy"),
        b_neuron(b="upstream"),
        a_neuron(db="dh"),
        b_neuron(b="back * b"),
        a_neuron(db="dw1"),
        b_neuron(b="1"),
        a_neuron(db="0"),
    ],
    "dx": [
        a_neuron(dx="da"),
        b_neuron(x="back"),
        a_neuron(dx="da * x"),
        b_neuron(x="back * w[1]"),
        a_neuron(dx="w1"),
        b_neuron(x="0.0"),
    ],
    "order": [
        a_neuron(end="(dw1, dw2), dx, db"),
        b_neuron(end="np.array(back * w[0]), grad, back"),
        a_neuron(end="db, (dw1, dw2), dx"),
        a_neuron(end="dx, db, np.array([dw1, dw2])"),
    ],
    "weights-swapped": [a_neuron(end="(dw2, dw1), db, dx"), b_neuron(end="grad[::-1], back, back * w[0]")],
    "one-weight": [
        a_neuron(end="dw1, db, dx"),
        b_neuron(end="grad.sum(), back, back * w[0]"),
        a_neuron(end="dw2, db, dx"),
    ],
    "unknown": [
        a_neuron(dw1="da * x + 0.1"),
        b_neuron(x="back * w[0] ** 3"),
        a_neuron(dy="3 * (w2 * h - t)"),
        a_neuron(end="(1.0, 2.0), 3.0 * x, 4.0"),
    ],
    "shape": [
        a_neuron(end="dw1, db"),
        a_neuron(end="(w2 * h - t) ** 2, (dw1, dw2), db, dx"),
        lambda x, w, b, t: 3.0,
        lambda x, w, b, t: [],
    ],
    "type": [
        a_neuron(end="(dw1, None), db, dx"),
        a_neuron(end="(dw1, str(dw2)), db, dx"),
        a_neuron(end="{'dw': (dw1, dw2), 'b': db, 'dx': dx}"),
        a_neuron(end="(dw1, dw2), db > 0, dx"),
        a_neuron(end="(dw1, dw2), np.tanh, dx"),
        a_neuron(end="(dw1, dw2), Value(db), dx"),
    ],
    "nan": [a_neuron(dw1="da * np.inf * 0"), a_neuron(db="np.inf")],
    "not started": [a_neuron(da="..."), a_neuron(end="..."), a_neuron(end="(dw1, ...), db, dx")],
}

# dense_backward

a_dense = template("""
def dense_backward(dout, cache):
    X, W = «cache: cache»
    N = len(dout)
    dX = «dX: dout @ W.T»
    dW = «dW: X.T @ dout»
    db = «db: dout.sum(axis=0)»
    «last: pass»
    return «end: dX, dW, db»
""")

b_dense = template("""
def dense_backward(dout, cache):
    (X, W), (N, units) = cache, np.shape(dout)
    dX, dW, db = np.zeros_like(X), np.zeros_like(W), np.zeros(units)
    for n in range(N):
        dX[n] = «x: np.dot(W, dout[n])»
        dW «keep: +=» «w: np.outer(X[n], dout[n])»
        db «keepb: +=» «b: dout[n]»
    dW, db = dW«scale: », db«scaleb: »
    return [«end: dX, dW, db»]
""")


def dense_einsum(dout, cache):
    X, W = cache
    return np.einsum("nh,dh->nd", dout, W), np.einsum("nd,nh->dh", X, dout), np.einsum("nh->h", dout)


def dense_plain(dout, cache):
    X, W = cache[0].tolist(), cache[1].tolist()
    d = dout.tolist()
    n, i, u = range(len(X)), range(len(W)), range(len(W[0]))
    return (
        [[sum(d[s][k] * W[j][k] for k in u) for j in i] for s in n],
        [[sum(X[s][j] * d[s][k] for s in n) for k in u] for j in i],
        [sum(d[s][k] for s in n) for k in u],
    )


def dense_engine(dout, cache):
    X, W = (Value(part) for part in cache)
    b = Value(np.zeros(dout.shape[1]))
    ((X @ W + b) * dout).sum().backward()
    return X.grad, W.grad, b.grad


def dense_nudged(dout, cache, eps=1e-4):
    parts = [cache[0].copy(), cache[1].copy(), np.zeros(dout.shape[1])]
    found = [np.zeros_like(part) for part in parts]
    for part, slopes in zip(parts, found, strict=True):
        for index in np.ndindex(part.shape):
            kept = part[index]
            ends = []
            for by in (eps, -eps):
                part[index] = kept + by
                ends.append(np.sum((parts[0] @ parts[1] + parts[2]) * dout))
            part[index] = kept
            slopes[index] = (ends[0] - ends[1]) / (2 * eps)
    return tuple(found)


class Dense:
    def __call__(self, dout, cache):
        return np.tensordot(dout, cache[1], (1, 1)), np.tensordot(cache[0], dout, (0, 0)), np.ones(len(dout)) @ dout


RIGHT_DENSE = [
    a_dense(),
    b_dense(),
    dense_einsum,
    dense_plain,
    dense_engine,
    dense_nudged,
    Dense(),
    a_dense(dX="np.dot(dout, np.transpose(W))", dW="np.dot(X.T, dout)", db="np.sum(dout, 0)"),
    a_dense(dX="(W @ dout.T).T", dW="(dout.T @ X).T", db="np.ones((1, N)) @ dout", last="db = db.ravel()"),
    a_dense(end="{'dX': dX, 'dW': dW, 'db': db}"),
    a_dense(dX="dout.dot(W.swapaxes(0, 1))", end="[dX, dW, list(db)]"),
    a_dense(db="np.float32(dout).sum(0)", dW="sum(np.outer(X[n], dout[n]) for n in range(N))"),
    a_dense(dX="np.inner(dout, W)", dW="np.matmul(X.T, dout)", db="np.add.reduce(dout)"),
    functools.partial(dense_einsum),
]

WRONG_DENSE = {
    "A22": [
        a_dense(last="W -= 0.1 * dW"),
        written(
            "def dense_backward(dout, cache):\n    X, W = cache\n    parts = dout @ W.T, X.T @ dout, dout.sum(0)\n"
            "    cache[1][...] = W - 0.01 * parts[1]\n    return parts"
        ),
    ],
    "A27": [a_dense(dX="dout @ W"), a_dense(dX="np.dot(dout, W)", end="[dX, dW, db]")],
    "X-not-transposed": [a_dense(dW="X @ dout"), a_dense(dW="np.matmul(X, dout)", db="np.sum(dout, 0)")],
    "factors": [
        a_dense(dX="W.T @ dout"),
        a_dense(dX="W @ dout"),
        a_dense(dW="dout @ X.T"),
        a_dense(dW="np.dot(dout, X)"),
    ],
    "lies-on-side": [
        a_dense(dW="dout.T @ X"),
        a_dense(dX="W @ dout.T"),
        b_dense(end="dX, dW.T, db"),
        lambda dout, cache: (np.einsum("nh,dh->dn", dout, cache[1]), *dense_einsum(dout, cache)[1:]),
    ],
    "A26": [
        a_dense(db="dout.sum(axis=1)"),
        a_dense(db="dout.sum()"),
        a_dense(db="np.mean(dout, axis=1)"),
        b_dense(end="dX, dW, [sum(row) for row in dout]"),
        a_dense(db="dout.mean()"),
    ],
    "db-not-summed": [a_dense(db="dout"), b_dense(end="dX, dW, dout.copy()")],
    "A29": [
        a_dense(dW="X.T @ dout / N"),
        a_dense(db="dout.mean(axis=0)"),
        b_dense(scale=" / N", scaleb=" / N"),
        a_dense(dX="dout @ W.T / N"),
        a_dense(last="dX, dW, db = dX / N, dW / N, db / N"),
    ],
    "W-missing": [a_dense(dX="dout"), a_dense(dX="W"), b_dense(end="dout + 0, dW, db"), a_dense(dX="W.T")],
    "X-missing": [a_dense(dW="dout"), b_dense(w="np.outer(np.ones_like(X[n]), dout[n])"), a_dense(dW="X.T")],
    "one-sample": [
        b_dense(keep="="),
        b_dense(keep="=", keepb="="),
        a_dense(db="dout[0]"),
        b_dense(keepb="="),
        a_dense(dW="np.outer(X[0], dout[0])"),
    ],
    "db-rest": [a_dense(db="np.ones(dout.shape[1])"), b_dense(b="0"), b_dense(b="1")],
    "tanh-too": [
        a_dense(dX="dout @ W.T * (1 - X**2)"),
        a_dense(last="dX *= 1 - X * X"),
        a_dense(cache="cache; dout = dout * (1 - np.tanh(X @ W) ** 2)"),
        b_dense(x="W @ dout[n] * (1 - X[n] ** 2)"),
    ],
    "cache-swapped": [
        a_dense(cache="cache[::-1]"),
        written(
            "def dense_backward(dout, cache):\n    W, X = cache\n    return dout @ W.T, X.T @ dout, dout.sum(axis=0)"
        ),
    ],
    "order": [a_dense(end="dW, db, dX"), b_dense(end="dW, dX, db"), a_dense(end="db, dW, dX")],
    "db-shape": [a_dense(db="dout.sum(axis=0, keepdims=True)"), b_dense(end="dX, dW, db.reshape(-1, 1)")],
    "shape": [
        a_dense(dX="dout @ W.T @ W"),
        a_dense(dW="np.sum(X.T @ dout)"),
        a_dense(dX="(dout @ W.T).ravel()"),
        a_dense(end="dX, dW, (db[0], [db])"),
        a_dense(dX="dout @ W.T + 1", db="dout.sum(axis=0, keepdims=True)"),
    ],
    "unknown": [
        a_dense(dW="1.1 * X.T @ dout"),
        a_dense(dX="dout @ W.T + 1"),
        a_dense(db="dout.max(axis=0)"),
        b_dense(end="dX * 0.5, dW, db"),
        a_dense(dX="dout @ W.T * X"),
    ],
    "ratio -1": [a_dense(last="dX, dW, db = -dX, -dW, -db"), b_dense(end="-dX, -dW, -db")],
    "ratio 2": [a_dense(last="dX, dW, db = 2 * dX, 2 * dW, 2 * db"), b_dense(end="dX + dX, dW + dW, db + db")],
    "changes-input": [a_dense(last="X *= 0"), a_dense(last="dout /= N")],
    "exception": [a_dense(dW="X.T @ W"), a_dense(cache="cache; dout[99]"), a_dense(dX="dout @ V.T")],
    "type": [
        a_dense(end="dX, dW"),
        a_dense(end="dX"),
        a_dense(end="{'dX': dX, 'dW': dW}"),
        a_dense(end="dX, dW, 'db'"),
        a_dense(end="[]"),
        a_dense(end="dX, dW, None"),
    ],
    "nan": [a_dense(db="dout.sum(0) / 0.0"), a_dense(dW="X.T @ dout * np.nan")],
    "not started": [a_dense(end="..."), a_dense(end="dX, dW, ..."), a_dense(dW="...")],
}

# softmax_xent

a_softmax = template("""
def softmax_xent(s, y):
    shifted = «shift: s - np.max(s)»
    e = «e: np.exp(shifted)»
    q = «q: e / e.sum()»
    loss = «loss: np.log(e.sum()) - shifted[y]»
    ds = «ds: q - np.eye(len(s))[y]»
    «last: pass»
    return «end: loss, ds»
""")

b_softmax = template("""
def softmax_xent(s, y):
    biggest = max(s)
    total = sum(«e: math.exp(score - biggest)» for score in s)
    q = [«e: math.exp(score - biggest)» / total for score in s]
    slopes = [«slope: chance - (k == y)» for k, chance in enumerate(q)]
    return [«loss: math.log(total) - (s[y] - biggest)», «end: slopes»]
""")


def softmax_logaddexp(s, y):
    log_sum = np.logaddexp.reduce(s)
    ds = np.exp(s - log_sum)
    ds[y] -= 1.0
    return log_sum - s[y], ds


def softmax_engine(s, y):
    scores = Value(s)
    loss = cross_entropy(scores, y)
    loss.backward()
    return loss.data, scores.grad


def softmax_margins(s, y):
    with np.errstate(over="ignore"):
        odds = np.array([[np.exp(b - a) for b in s] for a in s]).sum(axis=1)
    ds = 1 / odds
    ds[y] = ds[y] - 1
    m = max(s)
    return m + math.log(sum(math.exp(x - m) for x in s)) - s[y], ds


def softmax_sorted(s, y):
    order = np.argsort(s)[::-1]
    gaps = s[order] - s[order[0]]
    total = 1 + np.exp(gaps[1:]).sum()
    q = np.empty(len(s))
    q[order] = np.exp(gaps) / total
    hot = np.where(np.arange(len(s)) == y, 1.0, 0.0)
    return np.log1p(total - 1) - gaps[list(order).index(y)], np.subtract(q, hot)


class Softmax:
    def __call__(self, s, y):
        return a_softmax()(np.asarray(s), int(y))


RIGHT_SOFTMAX = [
    a_softmax(),
    b_softmax(),
    softmax_logaddexp,
    softmax_engine,
    softmax_margins,
    softmax_sorted,
    Softmax(),
    a_softmax(
        loss="-(shifted - np.log(np.exp(shifted).sum()))[y]", ds="np.array([q[k] - (k == y) for k in range(len(q))])"
    ),
    a_softmax(ds="q", last="ds[y] -= 1", end="[loss, list(ds)]"),
    a_softmax(end="np.float64(loss), np.float32(ds)"),
    a_softmax(end="np.array(loss), tuple(ds)"),
    a_softmax(end="{'loss': loss, 'ds': ds}"),
    a_softmax(loss="np.max(s) + np.log(e.sum()) - s[y]", ds="q - (np.arange(len(s)) == y)"),
    functools.partial(softmax_logaddexp),
]
WRONG_SOFTMAX = {
    "A28": [a_softmax(ds="np.eye(len(s))[y] - q"), b_softmax(slope="(k == y) - chance")],
    "likelihood": [
        a_softmax(end="-loss, -ds"),
        b_softmax(slope="(k == y) - chance", loss="s[y] - biggest - math.log(total)"),
    ],
    "minus-missing": [a_softmax(loss="np.log(q[y])"), b_softmax(loss="s[y] - biggest - math.log(total)")],
    "one-hot-missing": [a_softmax(ds="q"), b_softmax(slope="chance")],
    "class-as-number": [a_softmax(ds="q - y"), b_softmax(slope="chance - y")],
    "one-everywhere": [a_softmax(ds="q - 1"), b_softmax(slope="chance - 1")],
    "wrong-class": [
        a_softmax(ds="q - np.eye(len(s))[np.argmax(s)]"),
        b_softmax(slope="chance - (k == 0)"),
        a_softmax(ds="q - np.eye(len(s))[y - 1]"),
        b_softmax(loss="-math.log(max(q))"),
        a_softmax(loss="-np.log(q[0])"),
    ],
    "all-classes": [
        a_softmax(loss="-np.sum(np.log(q))"),
        b_softmax(loss="-sum(map(math.log, q)) / len(q)"),
        a_softmax(loss="-np.sum(q * np.log(q))"),
    ],
    "all-logs": [a_softmax(loss="-np.log(q)"), b_softmax(loss="[-math.log(chance) for chance in q]")],
    "chances-for-loss": [a_softmax(loss="q"), b_softmax(loss="q")],
    "log-missing": [a_softmax(loss="-q[y]"), b_softmax(loss="1 - q[y]"), a_softmax(loss="q[y]")],
    "log-base": [a_softmax(loss="-np.log2(q[y])"), b_softmax(loss="-math.log10(q[y])")],
    "score-only": [a_softmax(loss="-s[y]"), b_softmax(loss="biggest - s[y]")],
    "half-shifted": [
        a_softmax(loss="np.log(e.sum()) - s[y]"),
        b_softmax(loss="math.log(total) - s[y]"),
        a_softmax(loss="np.log(np.exp(s).sum()) - shifted[y]"),
    ],
    "squared-loss": [
        a_softmax(loss="np.sum((q - np.eye(len(s))[y]) ** 2)"),
        b_softmax(loss="(1 - q[y]) ** 2"),
        a_softmax(loss="np.mean((q - np.eye(len(s))[y]) ** 2)"),
    ],
    "over-K": [
        a_softmax(last="loss, ds = loss / len(s), ds / len(s)"),
        b_softmax(slope="(chance - (k == y)) / len(s)"),
        a_softmax(last="loss /= len(s)"),
    ],
    "stops-at-q": [a_softmax(ds="-np.eye(len(s))[y] / q"), b_softmax(slope="-(k == y) / chance")],
    "slope-of-q": [
        a_softmax(ds="q * (1 - q)"),
        b_softmax(slope="(chance - (k == y)) * chance * (1 - chance)"),
        a_softmax(ds="q[y] * (np.eye(len(s))[y] - q)"),
    ],
    "twice": [a_softmax(ds="2 * (q - np.eye(len(s))[y])"), b_softmax(slope="2 * (chance - (k == y))")],
    "scores-for-q": [a_softmax(ds="s - np.eye(len(s))[y]"), b_softmax(slope="s[k] - (k == y)")],
    "not-normalised": [
        a_softmax(shift="s", q="e", loss="-np.log(q[y])"),
        a_softmax(q="e", loss="-np.log(q[y])"),
        written(
            "def softmax_xent(s, y):\n    q = [math.exp(x) for x in s]\n"
            "    return -math.log(q[y]), [c - (k == y) for k, c in enumerate(q)]"
        ),
    ],
    "sigmoid": [
        a_softmax(q="1 / (1 + np.exp(-s))", loss="-np.log(q[y])"),
        written(
            "def softmax_xent(s, y):\n    q = [1 / (1 + math.exp(-x)) for x in s]\n"
            "    return -math.log(q[y]), [c - (k == y) for k, c in enumerate(q)]"
        ),
    ],
    "exp-missing": [
        a_softmax(e="s", loss="-np.log(q[y])", shift="s"),
        a_softmax(e="np.abs(s)", loss="-np.log(q[y])"),
    ],
    "divided-by-max": [
        a_softmax(shift="s / np.max(s)", loss="-np.log(q[y])"),
        b_softmax(e="math.exp(score / biggest)", loss="-math.log(q[y])"),
    ],
    "order": [a_softmax(end="ds, loss"), b_softmax(loss="slopes", end="math.log(total) - (s[y] - biggest)")],
    "no-shift": [
        a_softmax(shift="s"),
        a_softmax(shift="s - np.mean(s)"),
        a_softmax(shift="s - np.abs(s).max()"),
        a_softmax(shift="s - 500"),
        a_softmax(shift="s", loss="-np.log(q[y])"),
        b_softmax(e="math.exp(score)", loss="math.log(total) - s[y]"),
    ],
    "log-underflow": [
        a_softmax(loss="-np.log(q[y])"),
        b_softmax(loss="-math.log(q[y])"),
        written(
            "def softmax_xent(s, y):\n    q = np.exp(s - max(s))\n    q = q / sum(q)\n    hot = np.zeros(len(s))\n"
            "    hot[y] = 1\n    return np.log(1 / q[y]), q - hot"
        ),
    ],
    "log-clipped": [
        a_softmax(loss="-np.log(q[y] + 1e-12)"),
        b_softmax(loss="-math.log(max(q[y], 1e-15))"),
        a_softmax(loss="-np.log(np.clip(q[y], 1e-300, 1))"),
    ],
    "unknown": [
        a_softmax(ds="q - 0.9 * np.eye(len(s))[y]"),
        a_softmax(loss="np.log(e.sum()) - shifted[y] + 0.1"),
        b_softmax(slope="abs(chance - (k == y))"),
        b_softmax(e="2 ** (score - biggest)"),
    ],
    "shape": [
        a_softmax(ds="(q - np.eye(len(s))[y])[:, None]"),
        a_softmax(loss="np.array([np.log(e.sum()) - shifted[y]])"),
        a_softmax(ds="(q - np.eye(len(s))[y]).sum()"),
        a_softmax(ds="np.outer(q, q)"),
    ],
    "exception": [
        a_softmax(ds="q - np.eye(9)[y]"),
        a_softmax(loss="np.log(e.sum()) - shifted(y)"),
        a_softmax(shift="s - np.max(s); math.log(1500 - s[-1])"),
    ],
    "changes-input": [
        a_softmax(shift="s; s -= np.max(s)", loss="np.log(np.exp(s).sum()) - s[y]"),
        a_softmax(last="s[y] = 0"),
    ],
    "type": [
        a_softmax(end="loss, ds, q"),
        a_softmax(end="loss, None"),
        a_softmax(end="str(loss), ds"),
        a_softmax(end="{'loss': loss, 'd': ds}"),
    ],
    "nan": [a_softmax(loss="np.nan"), a_softmax(ds="q / 0.0"), a_softmax(loss="-np.log(q[y] - 1)")],
    "not started": [a_softmax(end="..."), a_softmax(end="loss, ..."), a_softmax(ds="...")],
}

# gradcheck

a_gradcheck = template("""
def gradcheck(f, params, grads):
    eps = «eps: 1e-5»
    errors = {}
    for name, array in «blocks: params.items()»:
        n = np.zeros_like(array)
        for index in «indices: np.ndindex(array.shape)»:
            kept = array[index]
            «up: array[index] = kept + eps»
            up = f()
            «down: array[index] = kept - eps»
            down = f()
            «restore: array[index] = kept»
            n[index] = «slope: (up - down) / (2 * eps)»
            «early: pass»
        g = grads[name]
        length = «length: np.linalg.norm(g) + np.linalg.norm(n)»
        errors[name] = «error: np.linalg.norm(g - n) / length if length > 0 else 0.0»
        «out: pass»
    return «end: errors»
""")

b_gradcheck = template("""
def gradcheck(f, params, grads, eps=«eps: 1e-6»):
    def nudged(flat, i, by):
        before = flat[i]
        flat[i] = before + by
        loss = «loss: f()»
        flat[i] = «back: before»
        return loss

    def slopes(array):
        flat = «flat: array.reshape(-1)»
        count = «size: flat.size»
        return np.array([«slope: (nudged(flat, i, eps) - nudged(flat, i, -eps)) / (2 * eps)» for i in range(count)])

    def error(name):
        g, n = grads[name].ravel(), slopes(params[name])
        above = «above: math.sqrt(sum((g - n) ** 2))»
        below = «below: math.sqrt(sum(g * g)) + math.sqrt(sum(n * n))»
        return «zero: 0.0 if below == 0 else» above / below

    return {name: «error: error(name)» for name in params}
""")


def gradcheck_bits(f, params, grads):
    errors = {}
    for name in grads:
        kept, n = params[name].copy(), np.empty(params[name].shape)
        for index, _ in np.ndenumerate(kept):
            ends = []
            for by in (1e-4, -1e-4):
                params[name][index] += by
                ends.append(f())
                params[name][...] = kept
            n[index] = (ends[0] - ends[1]) / 2e-4
        difference = np.linalg.norm(n - grads[name])
        errors[name] = difference / max(np.linalg.norm(n) + np.linalg.norm(grads[name]), 1e-30)
    return errors


def gradcheck_five_point(f, params, grads, h=1e-3):
    def slope(array, index):
        kept, ends = array[index], []
        for step in (2, 1, -1, -2):
            array[index] = kept + step * h
            ends.append(f())
        array[index] = kept
        return (8 * (ends[1] - ends[2]) - (ends[0] - ends[3])) / (12 * h)

    def relative(g, n):
        below = np.sqrt((g**2).sum()) + np.sqrt((n**2).sum())
        return np.float64(0) if below == 0 else np.sqrt(((g - n) ** 2).sum()) / below

    return {
        name: relative(grads[name], np.array([slope(p, i) for i in np.ndindex(p.shape)]).reshape(p.shape))
        for name, p in params.items()
    }


class GradCheck:
    def __call__(self, f, params, grads):
        return gradcheck_bits(f, params, grads)


RIGHT_GRADCHECK = [
    a_gradcheck(),
    b_gradcheck(),
    gradcheck_bits,
    gradcheck_five_point,
    GradCheck(),
    a_gradcheck(eps="1e-4"),
    a_gradcheck(eps="1e-6", error="float(np.linalg.norm(n - g) / (length + 1e-15))"),
    a_gradcheck(error="np.array(np.linalg.norm(g - n) / length) if length else 0"),
    a_gradcheck(indices="[tuple(i) for i in np.argwhere(np.ones(array.shape))]"),
    b_gradcheck(size="len(flat)", above="np.hypot.reduce(g - n)"),
    a_gradcheck(
        length="np.sqrt(np.sum(g**2)) + np.sqrt(np.sum(n**2))", error="np.nan_to_num(np.linalg.norm(g - n) / length)"
    ),
    a_gradcheck(end="dict(sorted(errors.items()))"),
    a_gradcheck(error="np.float32(np.linalg.norm(g - n) / length) if length > 0 else np.float32(0)"),
    functools.partial(gradcheck_bits),
]
WRONG_GRADCHECK = {
    "other-form": [
        a_gradcheck(end="[errors[name] for name in params]"),
        a_gradcheck(end="np.array(list(errors.values()))"),
    ],
    "one-sided": [
        a_gradcheck(down="array[index] = kept", slope="(up - down) / eps"),
        b_gradcheck(slope="(nudged(flat, i, 1e-5) - f()) / 1e-5"),
        a_gradcheck(up="array[index] = kept", slope="(up - down) / eps"),
    ],
    "not-restored": [
        a_gradcheck(restore="pass"),
        b_gradcheck(back="before + abs(by)"),
        a_gradcheck(restore="array[index] = kept + 2 * eps"),
    ],
    "restored-inexactly": [
        a_gradcheck(up="array[index] += eps", down="array[index] -= 2 * eps", restore="array[index] += eps"),
        b_gradcheck(back="flat[i] - by"),
        a_gradcheck(restore="array[index] = array[index] + eps"),
    ],
    "perturbs-copy": [
        a_gradcheck(blocks="{k: v.copy() for k, v in params.items()}.items()"),
        b_gradcheck(flat="array.flatten()"),
        a_gradcheck(
            up="trial = array.copy(); trial[index] += eps; params[name] = trial",
            down="trial = array.copy(); trial[index] -= eps; params[name] = trial",
            restore="params[name] = array",
        ),
    ],
    "f-not-called": [
        a_gradcheck(up="f = lambda: 0.0"),
        b_gradcheck(loss="before ** 2"),
    ],
    "all-at-once": [
        a_gradcheck(
            up="array += eps", down="array -= 2 * eps", restore="array += eps; array[...] = np.round(array, 17)"
        ),
        a_gradcheck(
            indices="[...]",
            up="start = array.copy(); array += eps",
            down="array[...] = start - eps",
            restore="array[...] = start",
        ),
        written("""
def gradcheck(f, params, grads):
    errors = {}
    for name, array in params.items():
        kept = array.copy()
        array[:] = kept + 1e-5
        up = f()
        array[:] = kept - 1e-5
        n = (up - f()) / 2e-5
        array[:] = kept
        errors[name] = np.linalg.norm(grads[name] - n) / (np.linalg.norm(grads[name]) + np.linalg.norm(n))
    return errors
"""),
    ],
    "first-entry-only": [
        a_gradcheck(early="break"),
        b_gradcheck(slope="(nudged(flat, 0, eps) - nudged(flat, 0, -eps)) / (2 * eps)"),
    ],
    "block-missing": [
        a_gradcheck(blocks="[next(iter(params.items()))]", end="{name: errors.get(name, 0.0) for name in params}"),
        b_gradcheck(error="error('W')"),
        a_gradcheck(out="return {'W': errors[name], 'b': errors[name]}"),
        a_gradcheck(out="return errors"),
    ],
    "nudge-too-small": [a_gradcheck(eps="1e-12"), b_gradcheck(eps="1e-13")],
    "nudge-too-large": [a_gradcheck(eps="0.1"), b_gradcheck(eps="1e-2")],
    "zero-block": [
        a_gradcheck(error="np.linalg.norm(g - n) / length"),
        b_gradcheck(zero="1.0 if below == 0 else"),
        b_gradcheck(zero=""),
        a_gradcheck(error="np.linalg.norm(g - n) / length if length > 0 else np.inf"),
    ],
    "absolute": [
        a_gradcheck(error="np.linalg.norm(g - n)"),
        b_gradcheck(below="1.0"),
        a_gradcheck(error="np.abs(g - n).max()"),
        a_gradcheck(error="np.mean((g - n) ** 2)"),
        a_gradcheck(error="np.sum(np.abs(g - n))"),
    ],
    "max": [
        a_gradcheck(error="np.abs(g - n).max() / max(np.abs(g).max() + np.abs(n).max(), 1e-12)"),
        b_gradcheck(above="max(abs(g - n))", below="max(max(abs(g)), max(abs(n)))"),
        a_gradcheck(error="np.max(np.abs(g - n) / (np.abs(g) + np.abs(n) + 1e-12))"),
    ],
    "entry-by-entry": [
        a_gradcheck(error="np.mean(np.abs(g - n) / (np.abs(g) + np.abs(n) + 1e-12))"),
        b_gradcheck(above="sum(abs(g - n) / (abs(g) + abs(n) + 1e-12))", below="1.0"),
    ],
    "other-lengths": [
        a_gradcheck(error="np.abs(g - n).sum() / max(np.abs(g).sum() + np.abs(n).sum(), 1e-12)"),
        b_gradcheck(above="sum((g - n) ** 2)", below="sum(g * g) + sum(n * n)"),
        a_gradcheck(error="(np.linalg.norm(g - n) / max(length, 1e-12)) ** 2"),
        b_gradcheck(above="sum((g - n) ** 2)"),
    ],
    "denominator": [
        a_gradcheck(length="np.linalg.norm(g)"),
        b_gradcheck(below="math.sqrt(sum(n * n))"),
        a_gradcheck(length="max(np.linalg.norm(g), np.linalg.norm(n))"),
        a_gradcheck(length="(np.linalg.norm(g) + np.linalg.norm(n)) / 2"),
        b_gradcheck(below="math.sqrt(sum(g * g)) * math.sqrt(sum(n * n))"),
    ],
    "lengths-compared": [
        a_gradcheck(error="abs(np.linalg.norm(g) - np.linalg.norm(n)) / max(length, 1e-12)"),
        b_gradcheck(above="abs(math.sqrt(sum(g * g)) - math.sqrt(sum(n * n)))"),
        a_gradcheck(error="abs(np.sum(g - n)) / max(length, 1e-12)"),
    ],
    "A12": [
        a_gradcheck(slope="(up - down) / eps"),
        b_gradcheck(slope="(nudged(flat, i, eps) - nudged(flat, i, -eps)) / eps"),
    ],
    "halved-twice": [
        a_gradcheck(slope="(up - down) / (4 * eps)"),
        b_gradcheck(slope="(nudged(flat, i, eps) - nudged(flat, i, -eps)) / 2 / (2 * eps)"),
    ],
    "not-divided": [
        a_gradcheck(slope="up - down"),
        b_gradcheck(slope="(nudged(flat, i, eps) - nudged(flat, i, -eps))"),
        a_gradcheck(slope="0.0"),
        a_gradcheck(eps="1e-3", slope="(up - down) / 2"),
    ],
    "nudge-sign": [
        a_gradcheck(slope="(down - up) / (2 * eps)"),
        b_gradcheck(slope="(nudged(flat, i, -eps) - nudged(flat, i, eps)) / (2 * eps)"),
    ],
    "one-for-all": [
        written(
            """
def gradcheck(f, params, grads):
    g, n = [], []
    for name, array in params.items():
        for index in np.ndindex(array.shape):
            kept, ends = array[index], []
            for by in (1e-5, -1e-5):
                array[index] = kept + by
                ends.append(f())
            array[index] = kept
            g.append(grads[name][index])
            n.append((ends[0] - ends[1]) / 2e-5)
    return <end>
""".replace("<end>", "np.linalg.norm(np.subtract(g, n)) / (np.linalg.norm(g) + np.linalg.norm(n))")
        ),
        written("""
def gradcheck(f, params, grads):
    above, below_g, below_n = 0, 0, 0
    for name, array in params.items():
        for index in np.ndindex(array.shape):
            kept, ends = array[index], []
            for by in (1e-5, -1e-5):
                array[index] = kept + by
                ends.append(f())
            array[index] = kept
            n, g = (ends[0] - ends[1]) / 2e-5, grads[name][index]
            above, below_g, below_n = above + (g - n) ** 2, below_g + g * g, below_n + n * n
    return {name: math.sqrt(above) / (math.sqrt(below_g) + math.sqrt(below_n)) for name in params}
"""),
    ],
    "worst-only": [a_gradcheck(end="max(errors.values())"), a_gradcheck(end="np.max(list(errors.values()))")],
    "unknown": [
        a_gradcheck(error="np.tanh(np.linalg.norm(g - n) / length) if length > 0 else 0.0"),
        a_gradcheck(slope="3 * (up - down) / (2 * eps)"),
        b_gradcheck(slope="(nudged(flat, i, eps) - nudged(flat, i, -eps)) / (7 * eps)"),
        a_gradcheck(end="{name: 0.25 * len(name) * error for name, error in errors.items()}"),
    ],
    "changes-input": [a_gradcheck(out="grads[name] *= 0"), a_gradcheck(out="g -= n")],
    "type": [
        a_gradcheck(end="{'W': errors['W']}"),
        a_gradcheck(end="{name: error < 1e-6 for name, error in errors.items()}"),
        a_gradcheck(end="{name: str(error) for name, error in errors.items()}"),
        a_gradcheck(end="[]"),
        a_gradcheck(end="{name: None for name in errors}"),
    ],
    "exception": [
        a_gradcheck(slope="up.grad"),
        a_gradcheck(indices="range(array.size)", end="errors"),
        a_gradcheck(up="f(array)"),
    ],
    "not started": [a_gradcheck(end="..."), a_gradcheck(slope="...")],
}

# value_step

a_value = template("""
def value_step(parameters, loss_of, eta):
    for p in parameters:
        «Z: p.grad = 0.0»
    loss = «F: loss_of()»
    «B: loss.backward()»
    for p in parameters:
        «U: p.data = p.data - eta * p.grad»
        «inside: pass»
    «after: pass»
    return «end: loss.data»
""")

b_value = template("""
def value_step(parameters, loss_of, eta):
    «one: [p.zero_grad() for p in parameters]»
    «two: loss = loss_of()»
    «three: loss.backward()»
    «four: any(setattr(p, "data", p.data + -eta * p.grad) for p in parameters)»
    «five: number = float(loss.data)»
    return «end: number»
""")


def value_while(parameters, loss_of, eta):
    loss, i = loss_of(), 0
    while i < len(parameters):
        parameters[i].grad *= 0
        i += 1
    loss.backward()
    for i in range(len(parameters)):
        parameters[i].data -= parameters[i].grad * eta
    return loss.data


def value_from_copies(parameters, loss_of, eta):
    """Keeps what it computes in lists, and moves all parameters at the end."""
    for parameter in parameters:
        parameter.grad = np.zeros(parameter.shape) if parameter.shape else 0
    result = loss_of()
    before = result.data
    result.backward()
    news = [parameter.data - eta * parameter.grad for parameter in parameters]
    for parameter, new in zip(parameters, news, strict=True):
        parameter.data = new
    return np.array(before)


def value_fresh_loss(parameters, loss_of, eta):
    number = loss_of().data
    for parameter in parameters:
        parameter.zero_grad()
    loss_of().backward()
    for i in reversed(range(len(parameters))):
        parameters[i].data = np.subtract(parameters[i].data, np.multiply(eta, parameters[i].grad))
    return number


class Step:
    def __call__(self, parameters, loss_of, eta):
        return value_from_copies(parameters, loss_of, eta)


RIGHT_VALUE = [
    a_value(),
    b_value(),
    value_while,
    value_from_copies,
    value_fresh_loss,
    Step(),
    a_value(Z="p.zero_grad()", U="p.data -= eta * p.grad"),
    a_value(Z="p.grad = 0", end="float(loss.data)"),
    a_value(U="p.data = p.data - eta * p.grad; p.grad = 0.0"),
    a_value(end="np.float64(loss.data)"),
    b_value(one="for p in parameters: p.grad = 0.0", four="for p in parameters: p.data += -(eta * p.grad)"),
    functools.partial(value_while),
    a_value(Z="p.grad = None"),
]
WRONG_VALUE = {
    "zero-last": [
        a_value(Z="pass", U="p.data = p.data - eta * p.grad; p.grad = 0.0"),
        b_value(one="pass", five="number = loss.data; [p.zero_grad() for p in parameters]"),
    ],
    "A15": [a_value(Z="pass"), b_value(one="pass"), a_value(Z="grad = 0.0"), b_value(one="loss_of().zero_grad()")],
    "zeroes-first-only": [b_value(one="parameters[0].grad = 0.0"), a_value(Z="p.grad = 0.0; break")],
    "zero-late": [
        a_value(Z="pass", U="p.zero_grad(); p.data -= eta * p.grad"),
        b_value(one="pass", three="loss.backward(); [p.zero_grad() for p in parameters]"),
    ],
    "update-early": [
        b_value(three="for p in parameters: p.data = p.data - eta * p.grad", four="loss.backward()"),
        written(
            "def value_step(parameters, loss_of, eta):\n    for p in parameters:\n        p.data -= eta * p.grad\n"
            "        p.zero_grad()\n    loss = loss_of()\n    loss.backward()\n    return loss.data"
        ),
        b_value(one="for p in parameters: p.data -= eta * p.grad; p.grad = 0.0", four="pass"),
    ],
    "no-backward": [a_value(B="pass"), b_value(three="loss.backward")],
    "no-forward": [
        a_value(F="Value(1.0)", end="1.0"),
        b_value(two="loss = sum(parameters)", three="pass", five="number = 0.0"),
    ],
    "new-values": [
        a_value(U="p = p - eta * p.grad"),
        a_value(U="p = Value(p.data - eta * p.grad)"),
        b_value(four="parameters[:] = [Value(p.data - eta * p.grad) for p in parameters]"),
        a_value(U="p -= eta * p.grad"),
    ],
    "A22": [
        a_value(U="pass"),
        b_value(four="pass"),
        a_value(U="p.data - eta * p.grad"),
        a_value(U="new = p.data - eta * p.grad"),
    ],
    "A01": [a_value(U="p.data = p.data + eta * p.grad"), b_value(four="for p in parameters: p.data += eta * p.grad")],
    "A30": [a_value(U="p.data = p.data - p.grad"), b_value(four="for p in parameters: p.data -= p.grad")],
    "eta-twice": [
        a_value(U="p.data = p.data - eta * (eta * p.grad)"),
        b_value(four="for p in parameters: p.data -= eta**2 * p.grad"),
    ],
    "double-step": [
        a_value(U="p.data -= eta * p.grad; p.data -= eta * p.grad"),
        b_value(four="for p in parameters: p.data -= 2 * eta * p.grad"),
    ],
    "first-parameter-only": [
        a_value(inside="return loss.data"),
        b_value(four="parameters[0].data -= eta * parameters[0].grad"),
        a_value(U="pass", after="p.data = p.data - eta * p.grad"),
    ],
    "backward-twice": [
        a_value(B="loss.backward(); loss.backward()"),
        b_value(three="loss.backward(); loss_of().backward()"),
    ],
    "divided": [
        a_value(U="p.data -= eta * p.grad / len(parameters)"),
        b_value(four="for p in parameters: p.data += -eta / len(parameters) * p.grad"),
    ],
    "becomes-step": [
        a_value(U="p.data = -eta * p.grad"),
        b_value(four="for p in parameters: p.data = p.grad"),
        a_value(U="p.data = eta * p.grad"),
    ],
    "loss-after": [a_value(end="loss_of().data"), b_value(five="number = float(loss_of().data)")],
    "returns-value": [a_value(end="loss"), b_value(five="number = loss"), a_value(end="loss * 1")],
    "returns-nothing": [a_value(end="None"), b_value(end="")],
    "prints": [a_value(end="print(loss.data)"), b_value(end="print(number)")],
    "unknown": [
        a_value(U="p.data = p.data - 1.7 * eta * p.grad"),
        b_value(four="for p in parameters: p.data -= eta * np.sign(p.grad)"),
        a_value(end="loss.data + 1"),
        a_value(end="loss.grad"),
    ],
    "type": [
        a_value(end="str(loss.data)"),
        a_value(end="{'loss': loss.data}"),
        a_value(end="loss.data > 0"),
        a_value(end="print"),
        a_value(end="[loss.data]"),
        a_value(end="(loss.data, parameters[0].data)"),
        a_value(end="np.zeros(3)"),
    ],
    "nan": [a_value(end="np.nan"), a_value(U="p.data = p.data - np.inf * p.grad")],
    "exception": [
        a_value(F="loss_of", end="0.0"),
        a_value(U="p.data = p - eta * p.grad + 'a'"),
    ],
    "not started": [a_value(end="..."), a_value(F="...")],
}

# train_step

a_train = template("""
def train_step(params, X, t, eta):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    N = len(t)
    a = «a: X @ W1 + b1»
    h = «h: np.tanh(a)»
    y_hat = «y: h @ W2 + b2»
    dy = «dy: 2 * (y_hat - t) / N»
    dW2 = «dW2: h.T @ dy»
    db2 = «db2: dy.sum()»
    «sweep: pass»
    dh = «dh: np.outer(dy, W2)»
    da = «da: dh * (1 - h**2)»
    dW1 = «dW1: X.T @ da»
    db1 = «db1: da.sum(axis=0)»
    «last: pass»
    V1, c1 = «W1: W1 - eta * dW1», «b1: b1 - eta * db1»
    V2, c2 = «W2: W2 - eta * dW2», «b2: b2 - eta * db2»
    return «end: {"W1": V1, "b1": c1, "W2": V2, "b2": c2}»
""")

b_train = template("""
def train_step(params, X, t, eta):
    new = {name: «zero: 0.0 * part» for name, part in params.items()}
    for n in range(len(t)):
        h = np.array([math.tanh(params["b1"][j] + sum(X[n][i] * params["W1"][i, j] for i in range(X.shape[1])))
                      for j in range(len(params["b1"]))])
        error = «error: params["b2"] + h.dot(params["W2"]) - t[n]»
        upstream = «up: 2 / len(t) * error»
        back = «back: upstream * params["W2"] * (1 - h) * (1 + h)»
        new["W1"] = «W1: new["W1"] + np.outer(X[n], back)»
        new["b1"] = «b1: new["b1"] + back»
        new["W2"] = «W2: new["W2"] + upstream * h»
        new["b2"] = «b2: new["b2"] + upstream»
        «round: pass»
    return {name: «step: part - eta * new[name]» for name, part in params.items()}
""")


def train_engine(params, X, t, eta):
    leaves = {name: Value(part) for name, part in params.items()}
    h = (X @ leaves["W1"] + leaves["b1"]).tanh()
    ((h @ leaves["W2"] + leaves["b2"] - t) ** 2).mean().backward()
    return {name: leaf.data - eta * leaf.grad for name, leaf in leaves.items()}


def train_copied(params, X, t, eta):
    new = {name: np.array(part, dtype=float) for name, part in params.items()}
    h = np.tanh(X.dot(params["W1"]) + params["b1"])
    d = (h.dot(params["W2"]) + params["b2"] - t)[:, None] * 2 / t.size
    back = d @ params["W2"][None, :] * (1 - h * h)
    new["W1"] -= eta * np.einsum("ni,nj->ij", X, back)
    new["b1"] -= eta * np.ones(len(X)) @ back
    new["W2"] -= eta * (d * h).sum(0)
    new["b2"] -= eta * d.sum()
    return new


def train_nudged(params, X, t, eta, eps=1e-5):
    def loss(params):
        y_hat = np.tanh(X @ params["W1"] + params["b1"]) @ params["W2"] + params["b2"]
        return np.mean((y_hat - t) ** 2)

    new = {}
    for name, part in params.items():
        part = np.asarray(part)
        slopes = np.zeros(part.shape)
        for index in np.ndindex(part.shape):
            nudge = np.zeros(part.shape)
            nudge[index] = eps
            slopes[index] = (loss({**params, name: part + nudge}) - loss({**params, name: part - nudge})) / (2 * eps)
        new[name] = part - eta * slopes
    return new


def train_bias_column(params, X, t, eta):
    """With a column of ones for each bias."""
    X1 = np.column_stack([X, np.ones(len(X))])
    V1, V2 = np.vstack([params["W1"], params["b1"]]), np.append(params["W2"], params["b2"])
    h = np.column_stack([np.tanh(X1 @ V1), np.ones(len(X))])
    r = h @ V2 - t
    n1 = V1 - eta * 2 / len(t) * X1.T @ (r[:, None] * V2[:-1] * (1 - h[:, :-1] ** 2))
    n2 = V2 - eta * 2 * (h * r[:, None]).mean(axis=0)
    return {"W1": n1[:-1], "b1": n1[-1], "W2": n2[:-1], "b2": n2[-1]}


class Train:
    def __call__(self, params, X, t, eta):
        return train_copied(params, X, t, eta)


RIGHT_TRAIN = [
    a_train(),
    b_train(),
    train_engine,
    train_copied,
    train_nudged,
    train_bias_column,
    Train(),
    a_train(dh="dy[:, np.newaxis] * W2", da="dh / np.cosh(a) ** 2"),
    a_train(dW2="(dy[:, None] * h).sum(axis=0)", db2="np.sum(dy)", db1="np.sum(da, 0)"),
    a_train(dh="dy.reshape(-1, 1) @ W2.reshape(1, -1)", da="dh * (1 - h) * (1 + h)"),
    a_train(end="dict(zip(['W1', 'b1', 'W2', 'b2'], [V1, c1, V2, float(c2)]))"),
    a_train(last="params = {k: np.copy(v) for k, v in params.items()}",
            end='{**params, "W1": V1, "b1": c1, "W2": V2, "b2": np.array(c2)}'),
    a_train(dy="-2 / N * (t - y_hat)", end='{"b2": b2 - eta * db2, "W2": list(W2 - eta * dW2), "b1": b1 - eta * db1, '
            '"W1": (W1 - eta * dW1).tolist(), "loss": np.mean((y_hat - t) ** 2)}'),
    a_train(dy="2 * (t - y_hat) / N",
            W1="W1 + eta * dW1", b1="b1 + eta * db1", W2="W2 + eta * dW2", b2="b2 + eta * db2"),
    functools.partial(train_copied),
]  # fmt: skip


def with_update(name, line):
    """The first style with another update for one block."""
    return a_train(**{name: line})


WRONG_TRAIN = {
    "half": [a_train(dy="(y_hat - t) / N"), b_train(up="error / len(t)")],
    "other-form": [a_train(end="W1 - eta * dW1, b1 - eta * db1, W2 - eta * dW2, b2 - eta * db2"),
                   a_train(end="[W1 - eta * dW1, b1 - eta * db1, W2 - eta * dW2, b2 - eta * db2]")],
    "A01": [
        a_train(dy="2 * (t - y_hat) / N"),
        b_train(step="part + eta * new[name]"),
        with_update("b1", "b1 + eta * db1"),
        b_train(error='t[n] - h.dot(params["W2"]) - params["b2"]'),
        with_update("W2", "W2 + eta * dW2"),
    ],
    "b-missing": [a_train(a="X @ W1"), b_train(error='h.dot(params["W2"]) - t[n]'), a_train(y="h @ W2")],
    "loss-slope": [
        a_train(dy="2 * y_hat / N"),
        b_train(up="error**2 / len(t)"),
        a_train(dy="np.sign(y_hat - t) / N"),
        a_train(dy="2 * np.mean(y_hat - t) * np.ones(N) / N"),
    ],
    "A29": [
        a_train(dy="2 * (y_hat - t)"),
        b_train(up="2 * error"),
        a_train(dy="2 * (y_hat - t) / N**2"),
        a_train(dW1="X.T @ da / N"),
        b_train(b1='new["b1"] + back / len(t)'),
        a_train(db1="da.mean(axis=0)", db2="dy.mean()"),
        a_train(dy="y_hat - t"),
        a_train(dW1="X.T @ da / N", db1="da.mean(0)"),
    ],
    "A23": [
        a_train(sweep="W2 = W2 - eta * dW2", W2="W2"),
        a_train(sweep="W2 -= eta * dW2", W2="W2"),
        a_train(sweep="old, W2, b2 = (W2, b2), W2 - eta * dW2, b2 - eta * db2; dy = 2 * (h @ W2 + b2 - t) / N",
                end='{"W1": W1 - eta * dW1, "b1": b1 - eta * db1, "W2": W2, "b2": b2}'),
        a_train(last="W1 = W1 - eta * dW1; b1 = b1 - eta * db1; h = np.tanh(X @ W1 + b1); dW2 = h.T @ dy",
                end='{"W1": W1, "b1": b1, "W2": W2 - eta * dW2, "b2": b2 - eta * db2}'),
    ],
    "W2-link": [
        a_train(dh="np.outer(dy, np.ones(len(W2)))"),
        b_train(back="upstream * (1 - h * h)"),
        a_train(dh="np.outer(dy, W2 * W2)"),
    ],
    "dh-on-side": [a_train(dh="np.outer(W2, dy)"), a_train(dh="W2[:, None] * dy")],
    "A24": [a_train(da="dh"), b_train(back='upstream * params["W2"]')],
    "A13": [a_train(da="dh * (1 - a**2)"), b_train(back='upstream * params["W2"] * (1 - np.arctanh(h) ** 2)')],
    "A25": [a_train(da="dh * h * (1 - h)"), b_train(back='upstream * params["W2"] * (h - h**2)')],
    "tanh-slope": [
        a_train(da="dh * (1 - np.tanh(h) ** 2)"),
        b_train(back='upstream * params["W2"] * (1 - h)'),
        a_train(da="dh * (1 - h**2) ** 2"),
        b_train(back='upstream * params["W2"] * (1 + h * h)'),
        a_train(da="dh * h"),
    ],
    "other-net": [
        a_train(h="1 / (1 + np.exp(-a))", da="dh * h * (1 - h)"),
        a_train(h="a", da="dh"),
        a_train(y="np.tanh(h @ W2 + b2)"),
        b_train(error='(lambda y: (y - t[n]) * (1 - y * y))(math.tanh(params["b2"] + h.dot(params["W2"])))'),
    ],
    "A26": [a_train(db1="da.sum(axis=1)"), a_train(db1="np.sum(da)"), b_train(b1='new["b1"] + back.sum()'),
            a_train(db1="da.sum(axis=1, keepdims=True)"), a_train(db1="da.mean(1)")],
    "not-summed": [a_train(db1="da"), a_train(db2="dy"), a_train(db1="da", db2="dy")],
    "X-not-transposed": [a_train(dW1="X @ da"), a_train(dW1="np.dot(X, da)", db1="np.sum(da, 0)")],
    "lies-on-side": [a_train(dW1="da.T @ X"), a_train(dW1="np.einsum('ni,nj->ji', X, da)")],
    "W1-front": [a_train(dW1="h.T @ da"), a_train(dW1="a.T @ da"), b_train(W1='new["W1"] + back'),
                 a_train(dW1="np.ones_like(X).T @ da")],
    "W2-front": [a_train(dW2="a.T @ dy"), b_train(W2='new["W2"] + upstream'), a_train(dW2="(h * (1 - h**2)).T @ dy")],
    "block-forgotten": [with_update("b2", "b2"), b_train(b1='new["b1"]'), with_update("W1", "W1"),
                        lambda params, X, t, eta: {**params, "W1": train_copied(params, X, t, eta)["W1"],
                                                   "W2": train_copied(params, X, t, eta)["W2"]}],
    "eta-twice": [a_train(last="dW1, db1, dW2, db2 = eta * dW1, eta * db1, eta * dW2, eta * db2"),
                  b_train(step="part - eta * eta * new[name]"), with_update("W2", "W2 - eta * eta * dW2")],
    "A30": [a_train(last="eta = 1"), b_train(step="part - new[name]"), with_update("b2", "b2 - db2")],
    "one-by-one": [
        lambda params, X, t, eta: functools.reduce(
            lambda p, i: train_copied(p, X[i : i + 1], t[i : i + 1], eta), range(len(t)), params
        ),
        written("""
def train_step(params, X, t, eta):
    p = {k: np.copy(v) for k, v in params.items()}
    for x, target in zip(X, t):
        h = np.tanh(x @ p["W1"] + p["b1"])
        d = 2 * (h @ p["W2"] + p["b2"] - target)
        back = d * p["W2"] * (1 - h**2)
        slopes = {"W1": np.outer(x, back), "b1": back, "W2": d * h, "b2": d}
        p = {name: p[name] - eta * slopes[name] for name in p}
    return p
"""),
    ],
    "one-sample": [
        b_train(W1="np.outer(X[n], back)", b1="back", W2="upstream * h", b2="upstream"),
        b_train(round="break"),
    ],
    "two-steps": [
        lambda params, X, t, eta: train_copied(train_copied(params, X, t, eta), X, t, eta),
        lambda params, X, t, eta: a_train()(b_train()(params, X, t, eta), X, t, eta),
    ],
    "gradient-returned": [a_train(end='{"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}'), b_train(step="new[name]"),
                          b_train(step="-eta * new[name]"), b_train(step="eta * new[name]")],
    "in-place": [
        a_train(last="W1 -= eta * dW1; b1 -= eta * db1; W2 -= eta * dW2; b2 -= eta * db2",
                end='{"W1": W1, "b1": b1, "W2": W2, "b2": b2}'),
        written("def train_step(params, X, t, eta):\n    new = dict(params)\n"
                "    right = right_step(params, X, t, eta)\n"
                "    for name in new:\n        new[name] += right[name] - params[name]\n    return new",
                right_step=train_copied),
        written("def train_step(params, X, t, eta):\n"
                "    params.update(right_step(params, X, t, eta))\n    return params",
                right_step=train_engine),
    ],
    "unknown": [
        a_train(dW1="X.T @ da * 1.2"),
        with_update("b2", "b2 - eta * db2 + 0.1"),
        b_train(up="3 / len(t) * error"),
        a_train(da="dh * (1 - h**3)"),
    ],
    "shape": [
        with_update("b2", "np.array([b2 - eta * db2])"),
        with_update("b1", "(b1 - eta * db1)[None, :]"),
        with_update("W2", "(W2 - eta * dW2).sum()"),
    ],
    "exception": [a_train(dW1="X.T @ X.T"), a_train(a="X @ W3"), a_train(sweep="params['W9']")],
    "type": [
        a_train(end='{"W1": W1 - eta * dW1, "b1": b1 - eta * db1, "W2": W2 - eta * dW2}'),
        a_train(end='{"w1": W1, "b1": b1, "W2": W2, "b2": b2}'),
        a_train(end="W1, b1, W2"),
        a_train(end='{"W1": W1, "b1": "b1", "W2": W2, "b2": b2}'),
        a_train(end='{"W1": W1, "b1": None, "W2": W2, "b2": b2}'),
        a_train(end="np.mean((y_hat - t) ** 2), {}"),
        a_train(end="W1 - eta * dW1"),
    ],
    "changes-input": [a_train(last="X *= 0"), a_train(last="t[0] = 5")],
    "nan": [a_train(dy="(y_hat - t) / 0.0"), with_update("b2", "np.nan")],
    "not started": [a_train(end="..."), with_update("b1", "...")],
}  # fmt: skip

# diagnosis

TRUE = {"net A": "tanh slope missing", "net B": "sum instead of mean", "net C": "bias gradient missing"}
RIGHT_DIAGNOSIS = [
    TRUE,
    dict(reversed(TRUE.items())),
    {net: word.upper() for net, word in TRUE.items()},
    {net: f" {word} " for net, word in TRUE.items()},
    {net: word.replace(" ", "_") for net, word in TRUE.items()},
    {net: word.replace(" ", "-") for net, word in TRUE.items()},
    {net: word.capitalize() + "." for net, word in TRUE.items()},
    {net.upper(): word for net, word in TRUE.items()},
    {f" {net} ": f"'{word}'" for net, word in TRUE.items()},
    {net: "  ".join(word.split()) for net, word in TRUE.items()},
]
WRONG_DIAGNOSIS = {
    word: [{**TRUE, net: word} for net in TRUE if TRUE[net] != word] for word in clinic.BUGS
} | {
    "type": [
        "tanh slope missing",
        list(TRUE.values()),
        {"net A": "tanh slope missing"},
        {**TRUE, "net D": "none"},
        {**TRUE, "net B": "sum"},
        {**TRUE, "net C": 3},
        {**TRUE, "net C": None},
        {**TRUE, "net C": ["bias gradient missing"]},
    ],
    "not started": [None, dict.fromkeys(TRUE, ...), {**TRUE, "net C": ...}],
}  # fmt: skip

FUNCTIONS = {
    "neuron_backward": (L4.NEURON_BACKWARD, RIGHT_NEURON, WRONG_NEURON),
    "dense_backward": (L4.DENSE_BACKWARD, RIGHT_DENSE, WRONG_DENSE),
    "softmax_xent": (L4.SOFTMAX_XENT, RIGHT_SOFTMAX, WRONG_SOFTMAX),
    "gradcheck": (L4.GRADCHECK, RIGHT_GRADCHECK, WRONG_GRADCHECK),
    "value_step": (L4.VALUE_STEP, RIGHT_VALUE, WRONG_VALUE),
    "train_step": (L4.TRAIN_STEP, RIGHT_TRAIN, WRONG_TRAIN),
}
EVERY = {**FUNCTIONS, "diagnosis": (L4.DIAGNOSIS, RIGHT_DIAGNOSIS, WRONG_DIAGNOSIS)}
RIGHT_TOO = {"half", "other-form", "one-sided", "zero-last"}
BEGINS = "[a-z]"


@pytest.mark.parametrize("name", EVERY)
def test_right_answers_pass_and_each_wrong_one_gets_its_own_name_as_the_report_says(name):
    the_report_is_true("backpropagation", name)


# What can go wrong with any function


@pytest.mark.parametrize("name", FUNCTIONS)
def test_bad_input_of_every_kind_is_told_what_it_is(name, monkeypatch):
    monkeypatch.setattr(L4, "LIMITS", Limits(call=0.5, whole=2.0))
    exercise, right, _ = FUNCTIONS[name]
    bad = bad_answers(right[0], exercise.cases[0].make())
    bad["parameters"].append(lambda a: 0.0)
    bad["output"] = [written("def loud(*args):\n    while True:\n        print(args)")]
    are_told_what_they_are(exercise, bad)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_that_prints_too_is_right_and_its_words_are_kept(name):
    exercise, right, _ = FUNCTIONS[name]

    def wordy(*args):
        print("here I am")
        return right[0](*args)

    found = checking.examine(exercise, wordy)
    assert found.right and found.printed.startswith("here I am")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_answer_that_remembers_is_told_so(name):
    exercise, right, _ = FUNCTIONS[name]
    calls = itertools.count()
    rounds = L4.ROUNDS if name == "value_step" else 1

    def forgetful(*args):
        if next(calls) < rounds * len(exercise.cases):
            return right[0](*args)
        raise RuntimeError("again?")

    found = checking.examine(exercise, forgetful)
    assert found.name == "remembers" and not found.right, found


def test_a_numpy_setting_or_a_seed_of_the_notebook_survives_every_check():
    np.random.seed(5)
    expected = np.random.RandomState(5).rand()
    before = np.geterr()
    for exercise, right, _ in FUNCTIONS.values():
        checking.examine(exercise, right[0])
    assert np.geterr() == before and np.random.rand() == expected


@pytest.mark.parametrize("name", EVERY)
def test_every_mistake_is_met_in_two_styles_and_there_are_ten_right_answers(name):
    met_in_two_styles(*EVERY[name])


def test_the_catalogue_of_this_lesson_is_named():
    named = {exercise.name: {mistake.name for mistake in exercise.mistakes} for exercise, _, _ in EVERY.values()}
    assert {"A13", "A15", *(f"A{n}" for n in range(22, 30))} <= set.union(*named.values())
    assert {"A13", "A23", "A24", "A25", "A26", "A29"} <= named["train_step"]
    assert {"A13", "A24", "A25"} <= named["neuron_backward"]
    assert {"A22", "A26", "A27", "A29"} <= named["dense_backward"]
    assert "A28" in named["softmax_xent"]
    assert {"A15", "A22"} <= named["value_step"]
    assert named["diagnosis"] == set(clinic.BUGS)


def test_all_seven_are_registered_under_their_names():
    mine = ("neuron_backward", "dense_backward", "softmax_xent", "gradcheck", "value_step", "train_step", "diagnosis")
    assert tuple(name for name in checks.names() if name in mine) == mine
    for name in mine:
        checks.load(name)
        assert checking._registry[name].lesson == "04_backpropagation"


def test_every_hint_is_a_question_a_pointer_and_a_worked_step():
    for exercise, _, _ in EVERY.values():
        for each in (exercise, *exercise.mistakes):
            assert each.question.endswith("?"), each.name
            assert each.pointer.endswith((".", "?")) and each.step.endswith((".", "?")), each.name
            assert len({each.question, each.pointer, each.step}) == 3


# The notebook and the checks agree


def answer_cells():
    """{exercise: source of its answer cell} in the lesson's exercises."""
    text = (ROOT / "lessons" / "04_backpropagation" / "exercises.md").read_text(encoding="utf-8")
    cells = re.findall(r"```\{code-cell\} ipython3\n(.*?)```", text, flags=re.S)
    return {name[1]: cell for cell in cells if (name := re.search(r"^:answer: (\w+)$", cell, flags=re.M))}


def answer(cell, name, stub):
    """What the cell leaves under that name, with its solution or with its stub."""
    solved, rest = re.search(r" *### BEGIN SOLUTION\n(.*?)### END SOLUTION", cell, flags=re.S)[1], None
    if "### STUB" in solved:
        solved, rest = re.split(r" *### STUB\n", solved)
    source = re.sub(r" *### BEGIN SOLUTION\n.*?### END SOLUTION", "@@", cell, flags=re.S).replace(
        "@@", rest if stub else solved
    )
    scope = {"np": np, "Value": Value}
    exec("\n".join(line for line in source.splitlines() if not line.startswith(":")), scope)
    return scope[name]


@pytest.mark.parametrize("name", EVERY)
def test_the_notebooks_solution_is_right_and_its_stub_not_started(name):
    cell = answer_cells()[name]
    exercise = EVERY[name][0]
    assert checking.examine(exercise, answer(cell, name, stub=False)).name == "right"
    assert checking.examine(exercise, answer(cell, name, stub=True)).name == "not started"


def test_a_stub_with_its_first_blank_filled_is_not_finished():
    cell = answer_cells()["neuron_backward"].replace(
        "    da = ...\n    return ...", "    da = ...\n    return (da * x, 1.0), da, da"
    )
    assert checking.examine(L4.NEURON_BACKWARD, answer(cell, "neuron_backward", stub=True)).name == "not started"


# The truths, against nudges and against the engine


def by_nudges(function, numbers, eps=1e-6):
    numbers = np.array(numbers, dtype=float)
    rows = eps * np.eye(len(numbers))
    return [(function(numbers + row) - function(numbers - row)) / (2 * eps) for row in rows]


def test_the_true_slopes_are_those_of_nudges():
    for each in L4.NEURON_BACKWARD.cases:
        assert L4.NEURON(*each.make()) == pytest.approx(
            np.hstack([np.ravel(p) for p in neuron_nudged(*each.make())]), rel=1e-6
        )
    for each in L4.DENSE_BACKWARD.cases:
        assert L4.DENSE(*each.make()) == pytest.approx(
            np.hstack([p.ravel() for p in dense_nudged(*each.make())]), abs=1e-7
        )
    for each in L4.SOFTMAX_XENT.cases:
        s, y = each.make()
        assert L4.SOFTMAX(s, y)[0] == pytest.approx(-np.log(np.exp(s[y]) / np.exp(s).sum()))
        assert L4.SOFTMAX(s, y)[1:] == pytest.approx(by_nudges(lambda s, y=y: L4.SOFTMAX(s, y)[0], s), abs=1e-8)
    for each in L4.TRAIN_STEP.cases:
        found = np.hstack([np.ravel(part) for part in train_nudged(*each.make()).values()])
        assert L4.TRAIN(*each.make()) == pytest.approx(found, abs=1e-8)
    for each in L4.GRADCHECK.cases:
        f, params, _ = each.make()
        assert max(gradcheck_bits(f, params, f.slopes()).values()) < 1e-8


def test_large_scores_have_the_loss_and_slopes_of_python_with_many_digits():
    for scores, y in L4._BIG:
        exact = [Decimal(score) for score in scores]
        total = sum(score.exp() for score in exact)
        chances = [score.exp() / total for score in exact]
        assert L4._stable(scores, y)[0] == pytest.approx(float(total.ln() - exact[y]), abs=1e-9)
        slopes = [float(chance - (k == y)) for k, chance in enumerate(chances)]
        assert L4._stable(scores, y)[1:] == pytest.approx(slopes, abs=1e-9)


# The numbers that this lesson's text rests on


def test_h1_comes_out_as_known_with_its_fingerprints():
    h1 = L4.NEURON_BACKWARD.cases[0].make()
    assert h1 == (2.0, (0.5, -1.5), 0.0, 1.0)
    assert L4.NEURON(*h1)[:2] == pytest.approx((5.39850, -3.26327), abs=5e-6)
    gives = {name: L4.NEURON(*h1, **changes)[0] for name, _, changes in reversed(L4._NEURON.rows)}
    assert gives["A24"] == pytest.approx(12.8543, abs=5e-5)
    assert gives["A13"] == 0
    assert gives["A23"] == pytest.approx(4.22405, abs=5e-6)


def test_s1_comes_out_as_known_and_what_coincides_there_is_kept_apart_by_another_class():
    s1 = L4.SOFTMAX_XENT.cases[0].make()
    assert L4.SOFTMAX(*s1)[1:] == pytest.approx((0.70538, -0.74050, 0.03512), abs=5e-6)
    both = {"class-as-number", "one-everywhere"}
    changes = [row[2] for row in L4._SOFTMAX.rows if row[0] in both]
    first, second = ([L4.SOFTMAX(*each.make(), **change) for change in changes] for each in L4.SOFTMAX_XENT.cases[:2])
    assert np.allclose(*first) and not np.allclose(*second)


def test_b1_is_the_batch_of_the_lesson_and_its_mistakes_differ_pairwise():
    params, X, t, _ = L4._b1()
    assert X.tolist() == [[1, -2], [0.5, 1], [-1.5, 0.5]] and t.tolist() == [1, 0, -1]
    found = {}
    for name, words, changes in L4._TRAIN.rows:
        try:
            found[name, words, len(found)] = L4.TRAIN(params, X, t, 0.1, **changes)
        except ValueError:
            assert name in ("X-not-transposed", "A26", "dh-on-side", "lies-on-side"), name
    vectors = [vector for vector in found.values() if len(vector) == 9]
    assert len(vectors) > 60


def test_the_mystery_nets_are_what_the_diagnosis_says_and_no_other_bug_fits():
    assert {net: L4._true_bug(net) for net in L4.NETS} == TRUE


def test_each_wrong_word_is_answered_with_numbers_from_the_tables():
    for net in L4.NETS:
        for word in clinic.BUGS:
            if word == TRUE[net]:
                continue
            kind, said = L4._against(net, word)
            block = re.search(r"its block (\w+) would", said)[1]
            mine, other = L4.tables()[net][""][block], L4.tables()[net][word][block]
            assert ("would pass" in said) == (other < 1e-6) and ("it passes" in said) == (mine < 1e-6)
            assert abs(mine - other) > 0.0005 and (kind == "where") == ((mine < 1e-6) != (other < 1e-6))


# No two mistakes look alike


def alike(one, other, rtol):
    pairs = list(zip(one, other, strict=True))
    return all((p is None) == (q is None) and (p is None or checking.close(p, q, rtol)) for p, q in pairs)


ROWS = {
    "neuron_backward": L4._NEURON,
    "dense_backward": L4._DENSE,
    "softmax_xent": L4._SOFTMAX,
    "train_step": L4._TRAIN,
}


@pytest.mark.parametrize("name", ROWS)
def test_no_two_slips_give_the_same_numbers_and_none_the_truth(name):
    exercise, slips = EVERY[name][0], ROWS[name]
    rows = [("right", "", {}), *slips.rows]
    with np.errstate(all="ignore"):
        values = [(row[:2], values_on_all_cases(exercise, functools.partial(slips.way, **row[2]))) for row in rows]
    for (one, a), (other, b) in itertools.combinations(values, 2):
        assert not alike(a, b, 2e-5) or (one == other and one[0]), (one, other)
    assert {row[0] for row in slips.rows if row[0]} <= {mistake.name for mistake in exercise.mistakes}


@pytest.mark.parametrize(("exercise", "truth", "rows"), [
    (L4.GRADCHECK, L4.GRADCHECK_TRUTH, [(n, f) for n, rows in L4._GRADCHECK.items() for _, f in rows]),
    (L4.VALUE_STEP, L4.VALUE_TRUTH, [(n, f) for n, rows in L4._VALUE_ROWS.items() for f in rows]),
])  # fmt: skip
def test_no_two_known_numbers_of_gradcheck_and_value_step_are_the_same(exercise, truth, rows):
    values = [(name, values_on_all_cases(exercise, function)) for name, function in [("right", truth), *rows]]
    for (one, a), (other, b) in itertools.combinations(values, 2):
        same = {one, other} == {"double-step", "backward-twice"}  # told apart by counting backward
        assert not alike(a, b, 2 * exercise.rtol) or one == other or same, (one, other)


def test_two_slips_at_once_never_pass_for_another_single_one():
    """Pairs are only looked for where no single slip fits: a single one that looks like a pair would be misnamed."""
    for name in ("neuron_backward", "dense_backward"):
        exercise, slips = EVERY[name][0], ROWS[name]
        singles = [values_on_all_cases(exercise, functools.partial(slips.way, **row[2])) for row in slips.rows]
        wrong = 0
        for one, other in itertools.combinations(slips.rows, 2):
            if one[2].keys() & other[2].keys() or "result" in {*one[2], *other[2]}:
                continue
            both = values_on_all_cases(exercise, functools.partial(slips.way, **one[2], **other[2]))
            names = {row[0] for row, values in zip(slips.rows, singles, strict=True) if alike(values, both, 1e-6)}
            wrong += bool(names - {one[0], other[0]})
        assert wrong == 0, (name, wrong)


# What the sentences say


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        (L4.NEURON_BACKWARD, a_neuron(dx="da"), "your dx is the slope at a alone: w₁ is missing."),
        (
            L4.NEURON_BACKWARD,
            a_neuron(slope="1 - a**2", dx="da * x"),
            "more than one line is off. To begin with, the slope of tanh is taken from a, what goes in, in place of h.",
        ),
        (
            L4.NEURON_BACKWARD,
            a_neuron(dy="w2 * h - t", slope="1.0"),
            "the slope of tanh is missing on the way to w₁, b and x.",
        ),
        (
            L4.NEURON_BACKWARD,
            a_neuron(dw1="da * x + 0.1"),
            "for x, w₁, w₂, b, t = 2, 0.5, −1.5, 0, 1, dw₁ is off; dw₂, db and dx agree. Nudge w₁ by 0.001 and "
            "the loss moves by about 0.005398. Your dw₁ says 0.005498.",
        ),
        (L4.DENSE_BACKWARD, a_dense(db="dout.sum(axis=1)"), "your db adds up each sample's units."),
        (L4.DENSE_BACKWARD, a_dense(dX="dout @ W.T @ W"), "your dX has shape (3, 2), and X has shape (3, 4)."),
        (L4.DENSE_BACKWARD, a_dense(db="dout.max(axis=0)"), "db is off; dX and dW agree. Nudge b["),
        (L4.DENSE_BACKWARD, a_dense(dW="X.T @ dout * np.nan"), "your function returns nan (not a number) in dW."),
        (L4.DENSE_BACKWARD, a_dense(end="dX, dW"), "returns 2 things, where dX, dW and db are wanted."),
        (
            L4.SOFTMAX_XENT,
            a_softmax(loss="-np.log(q[y])"),
            "for s = (1000, 0) and y = 1 it should be 1000, and your function gives inf",
        ),
        (
            L4.SOFTMAX_XENT,
            a_softmax(shift="s", loss="-np.log(q[y])"),
            "for s = (1000, 0) and y = 0 your function gives nan",
        ),
        (
            L4.SOFTMAX_XENT,
            b_softmax(e="math.exp(score)", loss="math.log(total) - s[y]"),
            "gives no numbers but an OverflowError.",
        ),
        (L4.SOFTMAX_XENT, a_softmax(loss="0.1 - np.log(q[y])"), "loss is off; ds agrees. The loss there is"),
        (
            L4.GRADCHECK,
            a_gradcheck(restore="pass"),
            "your function leaves the parameters 1e-05 away from where they were.",
        ),
        (L4.GRADCHECK, a_gradcheck(eps="1e-12"), "your nudge is 1e-12, and even right slopes don't pass"),
        (L4.GRADCHECK, WRONG_GRADCHECK["perturbs-copy"][2], "you put another array into the dict"),
        (
            L4.GRADCHECK,
            WRONG_GRADCHECK["perturbs-copy"][0],
            "each time it is called the parameters stand where they stood",
        ),
        (L4.GRADCHECK, a_gradcheck(length="np.linalg.norm(g)"), "below the line stands ‖g‖, and not ‖g‖ + ‖n‖."),
        (
            L4.GRADCHECK,
            a_gradcheck(slope="3 * (up - down) / (2 * eps)"),
            "for right slopes for two blocks, W and b are off. The relative error of W there is 0, and yours is 0.5.",
        ),
        (
            L4.VALUE_STEP,
            a_value(U="p.data = p.data - 1.7 * eta * p.grad"),
            "parameters[0] stands at 1.98 after round 1. Old place minus eta times slope would be 2.4.",
        ),
        (L4.TRAIN_STEP, a_train(db1="da.mean(axis=0)"), "the mean is off: in the slopes of b1 1/N comes in once more."),
        (
            L4.TRAIN_STEP,
            with_update("b2", "np.array([b2 - eta * db2])"),
            "your new b2 has shape (1,), and the old b2 is one number.",
        ),
        (L4.TRAIN_STEP, a_train(dW1="X.T @ da * 1.2"), "W1 is off; b1, W2 and b2 agree. Nudge W1["),
        (
            L4.TRAIN_STEP,
            WRONG_TRAIN["in-place"][0],
            "your function writes into the caller's own parameters: W1 is not what it was",
        ),
        (
            L4.DIAGNOSIS,
            {**TRUE, "net C": "wrong sign"},
            'net A and net B are right. net C: with "wrong sign" its block W1 would show 1.000, and',
        ),
    ],
)  # fmt: skip
def test_the_sentence_says_which_part_and_how_much(exercise, answer, said):
    found = checking.examine(exercise, answer)
    assert said in found.sentence and not found.right, found.sentence


def test_the_numbers_in_the_hints_are_true():
    assert np.tanh(2) == pytest.approx(0.964, abs=5e-4) and 1 - np.tanh(2) ** 2 == pytest.approx(0.071, abs=5e-4)
    assert (np.tanh(2.01) - np.tanh(2)) == pytest.approx(0.0007, abs=5e-5)
    assert np.log(2) == pytest.approx(0.693, abs=5e-4) and np.log(1000) == pytest.approx(6.9, abs=0.05)
    assert np.log(1 + np.exp(-0.01)) == pytest.approx(0.688, abs=5e-4)
    assert np.log(1 + np.exp(-0.01)) == pytest.approx(0.68816, abs=5e-6)
    assert 1 / np.log(2) == pytest.approx(1.44, abs=5e-3) and -np.log(0.9) == pytest.approx(0.105, abs=5e-4)
    assert 1 / (1 + np.exp(5)) == pytest.approx(0.0067, abs=5e-5)
    assert np.log(1 + np.exp(-2)) + 2 == pytest.approx(2.127, abs=5e-4) and np.exp(-2) == pytest.approx(0.135, abs=5e-4)
    assert np.log(1 + np.exp(-2)) - 1 == pytest.approx(-0.873, abs=5e-4)
    e = np.exp([1, -1])
    assert e == pytest.approx((2.718, 0.368), abs=5e-4) and e / e.sum() == pytest.approx((0.881, 0.119), abs=5e-4)
    assert 1 / (1 + np.exp(-1)) == pytest.approx(0.731, abs=5e-4)
    x, w1, w2, t, eta = 2.0, 0.5, -1.5, 1.0, 0.1
    dw1, dw2, _, _ = L4.NEURON(x, (w1, w2), 0.0, t)
    h = np.tanh(1)
    assert (h, w2 * h, 2 * (w2 * h - t)) == pytest.approx((0.762, -1.142, -4.285), abs=5e-4)
    assert (w2 - eta * dw2, w1 - eta * dw1) == pytest.approx((-1.174, -0.040), abs=5e-4)
    assert dw1 / 2 == pytest.approx(2.699, abs=5e-4) and 1 - h * h == pytest.approx(0.42, abs=5e-4)
    assert 0.1 + 0.2 - 0.2 != 0.1
    assert pytest.approx(0.005, abs=5e-5) == 1 / 201 and pytest.approx(0.905, abs=5e-4) == 19 / 21
    assert np.hypot(2, 4) == pytest.approx(4.47, abs=5e-3)
    assert np.sqrt(2) / 2 == pytest.approx(0.71, abs=5e-3) and pytest.approx(0.82, abs=5e-3) == 0.9 / 1.1


def test_a_learner_meets_the_hints_one_after_the_other_and_then_the_tick(capsys):
    told = []
    for _ in range(3):
        with pytest.raises(checking.CheckFailed) as failed:
            checking.check("train_step", a_train(da="dh"))
        told.append(failed.value.verdict.hint(failed.value.level))
    assert told == [*L4._A24]
    checking.check("train_step", a_train())
    assert capsys.readouterr().out.startswith("✓ train_step: one step for nets of five sizes")
