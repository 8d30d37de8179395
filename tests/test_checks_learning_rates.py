"""L5's exercises: every known wrong answer gets its own name, right ones pass in whatever style they are written."""

import functools
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from asking import are_told_what_they_are, bad_answers, look_alike, met_in_two_styles, written
from checker_report import the_report_is_true

from helpers import checking, checks
from helpers.checks import learning_rates as L5
from helpers.data import load_hubble
from helpers.figures import learning_rates as figures
from helpers.guard import Limits

RNG = np.random.default_rng


# gd_step


def step_in_two_lines(w, g, eta):
    step = -eta * g
    return w + step


def step_by_loop(w, g, eta):
    if np.ndim(w) == 0:
        return w - g * eta
    return [step_by_loop(w_i, g_i, eta) for w_i, g_i in zip(w, g, strict=True)]


def step_on_a_copy(w, g, eta):
    w = np.array(w, dtype=float)
    w -= eta * g
    return w


class Step:
    def __call__(self, w, g, eta):
        return np.subtract(w, np.multiply(eta, g))


RIGHT_STEP = [
    lambda w, g, eta: w - eta * g,
    step_in_two_lines,
    step_by_loop,
    step_on_a_copy,
    Step(),
    lambda w, g, eta: -(eta * g - w),
    lambda w, g, eta: np.float32(w - eta * g),
    lambda w, g, eta: (w - eta * g).tolist() if np.ndim(w) else Fraction(w) - Fraction(eta) * Fraction(g),
    lambda w, g, eta: np.sum([w, -eta * g], axis=0),
    lambda weights, gradient, rate: weights - rate * gradient,
    lambda w, g, eta: np.array(w - eta * g, dtype=object),
    functools.partial(lambda sign, w, g, eta: w + sign * eta * g, -1),
    lambda w, g, eta: w - np.dot(eta, g),
]
WRONG_STEP = {
    "A01": [lambda w, g, eta: w + eta * g, written("def gd_step(w, g, eta):\n    step = eta * g\n    return w + step")],
    "A30": [lambda w, g, eta: w - g, lambda w, g, eta: np.subtract(w, g), lambda w, g, eta: w + g],
    "step-only": [lambda w, g, eta: -eta * g, lambda w, g, eta: np.multiply(g, eta)],
    "g-missing": [lambda w, g, eta: w - eta, lambda w, g, eta: w - eta * (np.ones_like(w) if np.ndim(w) else 1)],
    "length-ignored": [
        lambda w, g, eta: w - eta * np.sign(g),
        lambda w, g, eta: w - eta * g / np.sqrt(np.sum(g**2)),
        lambda w, g, eta: w - eta * g / abs(g),
    ],
    "one-way": [lambda w, g, eta: w - eta * abs(g), lambda w, g, eta: w - eta * np.sqrt(g**2)],
    "w-for-g": [lambda w, g, eta: w - eta * w, lambda w, g, eta: (1 - eta) * w],
    "own-gradient": [lambda w, g, eta: w - eta * 4 * w, lambda w, g, eta: w * (1 - 4 * eta)],
    "parentheses": [
        lambda w, g, eta: (w - g) * eta,
        lambda w, g, eta: eta * w - g,
        lambda w, g, eta: w * (1 - eta * g),
    ],
    "two": [lambda w, g, eta: w - 2 * eta * g, lambda w, g, eta: w - eta * g / 2],
    "one-for-all": [
        lambda w, g, eta: w - eta * np.mean(g),
        lambda w, g, eta: w - eta * np.sum(g),
        lambda w, g, eta: w - eta * np.average(g) * np.ones(np.shape(w)),
    ],
    "no-step": [lambda w, g, eta: w, lambda w, g, eta: g, lambda w, g, eta: np.array(w)],
    "changes-input": [
        written("def gd_step(w, g, eta):\n    w -= eta * g\n    return w"),
        written("def gd_step(w, g, eta):\n    g *= eta\n    return w - g"),
    ],
    "shape": [lambda w, g, eta: [w - eta * g], lambda w, g, eta: (w - eta * g, g), lambda w, g, eta: 0.9],
    "unknown": [lambda w, g, eta: w - eta**2 * g, lambda w, g, eta: w - eta * g**2, lambda w, g, eta: w - 3 * eta * g],
    "nan": [lambda w, g, eta: w - np.divide(g, eta * 0.0), lambda w, g, eta: w * np.nan],
    "nearly": [lambda w, g, eta: w - 1.001 * eta * g],
    "remembers": [
        written("seen = []\ndef gd_step(w, g, eta):\n    seen.append(1)\n    return w - eta * g * len(seen)")
    ],
}

# eta_limit


def limit_by_power(X):
    H = 2 / len(X) * X.T @ X
    v = np.ones(len(H))
    for _ in range(3000):
        v = H @ v
        v = v / np.linalg.norm(v)
    return 2 / (v @ H @ v)


def limit_by_loops(X):
    n, d = X.shape
    H = np.zeros((d, d))
    for row in X:
        H += 2 / n * np.outer(row, row)
    return 2 / max(np.linalg.eigvals(H).real)


RIGHT_LIMIT = [
    lambda X: 2 / np.linalg.eigvalsh(2 / len(X) * X.T @ X).max(),
    lambda X: 2 / np.linalg.eigvalsh(2 * X.T @ X / X.shape[0])[-1],
    limit_by_power,
    limit_by_loops,
    lambda X: len(X) / np.linalg.norm(X, 2) ** 2,
    lambda X: len(X) / np.linalg.svd(X, compute_uv=False)[0] ** 2,
    lambda X: 2 / np.max(np.linalg.eig(2 / len(X) * (X.T @ X))[0]),
    lambda X: 1 / np.linalg.eigvalsh(X.T @ X / len(X)).max(),
    lambda X: 2 / (2 / len(X) * np.linalg.eigvalsh(X @ X.T).max()),
    lambda X: np.array(2 / np.linalg.eigvalsh(2 * np.einsum("ni,nj->ij", X, X) / len(X)).max()),
    lambda X: min(2 / np.linalg.eigvalsh(2 / len(X) * X.T @ X).clip(1e-12)),
    lambda X: 2 / np.linalg.norm(2 / len(X) * X.T @ X, ord=2),
    lambda X: float(2 / np.abs(np.linalg.eigvals((X.T * (2 / len(X))) @ X)).max()),
]


def hessian(X):
    return 2 / len(X) * X.T @ X


def eig(X):
    return np.linalg.eigvalsh(hessian(X))


WRONG_LIMIT = {
    "half": [
        lambda X: 2 / np.linalg.eigvalsh(X.T @ X / len(X)).max(),
        lambda X: 2 * len(X) / np.linalg.norm(X, 2) ** 2,
    ],
    "2/N-missing": [lambda X: 2 / np.linalg.eigvalsh(X.T @ X).max(), lambda X: 2 / np.linalg.norm(X, 2) ** 2],
    "A04": [lambda X: 2 / np.linalg.eigvalsh(2 * X.T @ X).max(), lambda X: 1 / np.linalg.norm(X, 2) ** 2],
    "one-over": [lambda X: 1 / eig(X).max(), lambda X: len(X) / 2 / np.linalg.norm(X, 2) ** 2],
    "smallest": [lambda X: 2 / eig(X).min(), lambda X: 2 / eig(X)[0], lambda X: max(2 / eig(X))],
    "best": [lambda X: 2 / (eig(X).min() + eig(X).max()), lambda X: 1 / np.mean(eig(X)[[0, -1]])],
    "not-squared": [
        lambda X: len(X) / np.linalg.norm(X, 2),
        lambda X: 2 / (2 / len(X) * np.linalg.svd(X)[1].max()),
        lambda X: 2 / np.linalg.svd(X)[1].max(),
        lambda X: 2 / np.sqrt(eig(X).max()),
    ],
    "curvature": [lambda X: eig(X).max(), lambda X: np.linalg.norm(X, 2) ** 2, lambda X: eig(X).max() / 2],
    "trace": [lambda X: 2 / np.trace(hessian(X)), lambda X: 2 / eig(X).mean(), lambda X: 2 / sum(eig(X))],
    "diagonal": [lambda X: 2 / np.diag(hessian(X)).max(), lambda X: 2 / hessian(X).max()],
    "d-for-N": [
        lambda X: 2 / np.linalg.eigvalsh(2 / X.shape[1] * X.T @ X).max(),
        lambda X: len(X.T) / np.linalg.norm(X, 2) ** 2,
    ],
    "centred": [
        lambda X: 2 / eig(X - X.mean(axis=0)).max(),
        lambda X: 1 / np.linalg.eigvalsh(np.atleast_2d(np.cov(X.T, ddof=0))).max(),
    ],
    "condition": [lambda X: eig(X).max() / eig(X).min(), lambda X: np.linalg.cond(X)],
    "all-limits": [lambda X: 2 / eig(X), lambda X: (2 / eig(X))[::-1].tolist()],
    "ratio -1": [lambda X: -2 / eig(X).max()],
    "constant": [lambda X: 0.8131, lambda X: 0.1],
    "unknown": [lambda X: 3 / eig(X).max(), lambda X: 2 / np.abs(X).max(), lambda X: 2 / eig(X).max() ** 2],
    "nearly": [lambda X: 1.99 / eig(X).max()],
    "shape": [lambda X: hessian(X), lambda X: [2 / eig(X).max()]],
    "exception": [lambda X: 2 / np.linalg.eigvalsh(X @ X).max(), lambda X: 2 / np.linalg.eigvalsh(X).max()],
    "changes-input": [written("def eta_limit(X):\n    X /= len(X) ** .5\n    return 1 / np.linalg.norm(X, 2) ** 2")],
}

# standardise


def a_standardise(
    mean="train.mean(axis=0)",
    std="train.std(axis=0)",
    fix="std = np.where(std == 0, 1, std)",
    train="(train - mean) / std",
    test="(test - mean) / std",
    between="pass",
    end="a, b",
):
    return written(
        f"def standardise(train, test):\n    mean = {mean}\n    std = {std}\n    {fix}\n    a = {train}\n"
        f"    {between}\n    b = {test}\n    return {end}\n"
    )


def by_columns(train, test):
    out = [np.zeros(train.shape), np.zeros(test.shape)]
    for j in range(train.shape[1]):
        m, s = np.mean(train[:, j]), np.std(train[:, j])
        for table, scaled in zip((train, test), out, strict=True):
            scaled[:, j] = (table[:, j] - m) / (s or 1)
    return out


def by_scaler(train, test):
    class Scaler:
        def fit(self, X):
            self.mean, self.std = X.mean(0), X.std(0)
            self.std[self.std == 0] = 1
            return self

        def __call__(self, X):
            return (X - self.mean) / self.std

    scaler = Scaler().fit(train)
    return tuple(map(scaler, (train, test)))


def by_pure_lists(train, test):
    columns = list(zip(*train.tolist(), strict=True))
    means = [sum(c) / len(c) for c in columns]
    stds = [math.sqrt(sum((v - m) ** 2 for v in c) / len(c)) or 1.0 for c, m in zip(columns, means, strict=True)]
    return [
        [[(v - m) / s for v, m, s in zip(row, means, stds, strict=True)] for row in table.tolist()]
        for table in (train, test)
    ]


RIGHT_SCALED = [
    a_standardise(),
    by_columns,
    by_scaler,
    by_pure_lists,
    a_standardise(fix="std[std == 0] = 1.0"),
    a_standardise(fix="std = std + (std == 0)"),
    a_standardise(std="np.sqrt(((train - mean) ** 2).mean(axis=0))"),
    a_standardise(fix="std = np.where(std < 1e-9, 1, std)", mean="np.average(train, axis=0)"),
    a_standardise(
        fix="pass",
        train="np.nan_to_num((train - mean) / std)",
        test="np.nan_to_num((test - mean) / std)",
        end="a, np.clip(b, -1e6, 1e6)",
    ),
    a_standardise(fix="std[~(std > 0)] = np.inf"),
    a_standardise(train="np.divide(train - mean, std, out=np.zeros_like(train), where=std > 0)"),
    a_standardise(end="[np.float32(a), np.float32(b)]"),
    lambda train, test: tuple((t - train.mean(0)) / np.where(train.std(0) > 0, train.std(0), 1) for t in (train, test)),
    a_standardise(mean="train.mean(axis=0, keepdims=True)", std="train.std(axis=0, keepdims=True)"),
]
RAW_SCALED = a_standardise(fix="pass")
OWN = "(test - test.mean(axis=0))"
WRONG_SCALED = {
    "sample-std": [
        a_standardise(std="train.std(axis=0, ddof=1)"),
        a_standardise(std="np.sqrt(np.var(train, 0, ddof=1))"),
    ],
    "A35": [
        a_standardise(test=f"{OWN} / test.std(axis=0)"),
        a_standardise(test=f"{OWN} / np.where(test.std(axis=0) == 0, 1, test.std(axis=0))"),
        a_standardise(test=f"{OWN} / std"),
        a_standardise(test="(test - mean) / np.where(test.std(axis=0) == 0, 1, test.std(axis=0))"),
        lambda train, test: [(t - t.mean(0)) / t.std(0) for t in (train, test)],
        lambda train, test: [(t - t.mean(0)) / np.where(t.std(0) > 0, t.std(0), 1) for t in (train, test)],
    ],
    "pooled": [
        a_standardise(mean="np.vstack([train, test]).mean(axis=0)", std="np.vstack([train, test]).std(axis=0)"),
        a_standardise("np.concatenate([train, test]).mean(0)", "np.concatenate([train, test]).std(0)", fix="pass"),
    ],
    "by-test": [
        a_standardise(mean="test.mean(axis=0)", std="test.std(axis=0)"),
        a_standardise(mean="test.mean(0)", std="test.std(0)", fix="pass"),
    ],
    "test-untouched": [
        a_standardise(test="test"),
        a_standardise(between="mean, std = a.mean(axis=0), a.std(axis=0); std[std == 0] = 1"),
        a_standardise(fix="pass", between="mean, std = a.mean(axis=0), a.std(axis=0)"),
    ],
    "constant-column": [
        a_standardise(fix="pass"),
        lambda train, test: [(t - train.mean(0)) / train.std(0) for t in (train, test)],
    ],
    "constant-kept": [
        a_standardise(
            fix="pass",
            train="np.where(std > 0, (train - mean) / std, train)",
            test="np.where(std > 0, (test - mean) / std, test)",
        ),
        a_standardise(fix="mean = np.where(std == 0, 0, mean); std = np.where(std == 0, 1, std)"),
    ],
    "centred": [a_standardise(train="train - mean", test="test - mean"), a_standardise(std="np.ones(train.shape[1])")],
    "not-centred": [a_standardise(train="train / std", test="test / std"), a_standardise(mean="0")],
    "precedence": [
        a_standardise(train="train - mean / std", test="test - mean / std"),
        lambda train, test: [t - train.mean(0) / np.where(train.std(0) > 0, train.std(0), 1) for t in (train, test)],
    ],
    "variance": [
        a_standardise(std="train.var(axis=0)"),
        a_standardise(std="train.std(axis=0) ** 2", fix="std[std == 0] = 1"),
    ],
    "one-for-all": [
        a_standardise(mean="train.mean()", std="train.std()"),
        a_standardise("np.mean(train)", "np.std(train)", "pass"),
    ],
    "rows": [
        lambda train, test: [(t - t.mean(1, keepdims=True)) / t.std(1, keepdims=True) for t in (train, test)],
        lambda train, test: [((t.T - t.mean(1)) / t.std(1)).T for t in (train, test)],
    ],
    "min-max": [
        a_standardise(mean="train.min(axis=0)", std="train.max(axis=0) - train.min(axis=0)"),
        a_standardise(mean="train.min(axis=0)", std="np.ptp(train, axis=0)", fix="pass"),
    ],
    "order": [a_standardise(end="b, a"), lambda train, test: RIGHT_SCALED[0](train, test)[::-1]],
    "nearly-still": [
        lambda train, test: [np.where(np.isnan(t), 0, t) for t in RAW_SCALED(train, test)],
        a_standardise(
            fix="pass",
            train="np.nan_to_num((train - mean) / std)",
            test="np.nan_to_num((test - mean) / std, posinf=np.inf)",
        ),
    ],
    "explodes": [
        a_standardise(fix="std = std + 1e-9"),
        a_standardise(fix="std = np.maximum(std, 1e-12)"),
        a_standardise(fix="std = np.maximum(std, 1e-3)"),
    ],
    "type": [
        a_standardise(end="a"),
        a_standardise(end="a, b, mean"),
        a_standardise(end="np.vstack([a, b])"),
        a_standardise(end="{'train': a, 'test': b}"),
        a_standardise(end="a, 'test'"),
        lambda train, test: 3.0,
    ],
    "shape": [a_standardise(end="a.T, b.T"), a_standardise(end="a[:, :1], b"), a_standardise(end="a, b[0]")],
    "changes-input": [
        written(
            "def standardise(train, test):\n    m, s = train.mean(0), train.std(0)\n    s[s == 0] = 1\n"
            "    train -= m\n    train /= s\n    return train, (test - m) / s"
        ),
        written(
            "def standardise(train, test):\n    m, s = train.mean(0), train.std(0)\n    s[s == 0] = 1\n"
            "    test[:] = (test - m) / s\n    return (train - m) / s, test"
        ),
    ],
    "unknown": [a_standardise(test="(test - mean) / std + 1"), a_standardise(mean="np.median(train, axis=0)")],
    "nan": [a_standardise(test="np.log(-abs(test))"), a_standardise(fix="std = 0 * std")],
}

# momentum


def a_momentum(first="v = beta * v + g", second="w = w - eta * v", end="w, v"):
    return written(f"def momentum(w, v, g, eta, beta):\n    {first}\n    {second}\n    return {end}\n")


def ball_by_loop(w, v, g, eta, beta):
    if np.ndim(w) == 0:
        v = beta * v + g
        return w - eta * v, v
    pairs = [ball_by_loop(*each, eta, beta) for each in zip(w, v, g, strict=True)]
    return np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])


class Ball:
    def __call__(self, w, v, g, eta, beta):
        new_v = np.add(np.multiply(beta, v), g)
        return w + -eta * new_v, new_v


RIGHT_BALL = [
    a_momentum(),
    ball_by_loop,
    Ball(),
    lambda w, v, g, eta, beta: (w - eta * (beta * v + g), beta * v + g),
    lambda w, v, g, eta, beta: [w - eta * g - eta * beta * v, g + beta * v],
    a_momentum(end="[w, v]"),
    a_momentum(end="np.array([w, v])"),
    a_momentum(end="np.float32(w), np.float32(v)"),
    a_momentum(first="v = np.sum([beta * v, g], axis=0)"),
    a_momentum(second="w = w + (-v) * eta"),
    a_momentum(first="v, w = beta * v + g, w - eta * (g + v * beta)", second="pass"),
    a_momentum(first="v = v - (1 - beta) * v + g"),
    lambda w, v, g, eta, beta: (lambda new: (np.subtract(w, eta * new).tolist(), np.asarray(new).tolist()))(
        beta * v + g
    ),
    a_momentum(end="np.array(w), np.array(v)"),
]
WRONG_BALL = {
    "eta-inside": [
        a_momentum("v = beta * v - eta * g", "w = w + v"),
        lambda w, v, g, e, b: (w + b * v - e * g, b * v - e * g),
    ],
    "eta-inside-minus": [
        a_momentum("v = beta * v + eta * g", "w = w - v"),
        lambda w, v, g, e, b: (w - b * v - e * g, b * v + e * g),
    ],
    "downhill-velocity": [
        a_momentum("v = beta * v - g", "w = w + eta * v"),
        lambda w, v, g, e, b: (w + e * (b * v - g), b * v - g),
    ],
    "nesterov": [
        a_momentum(second="w = w - eta * (g + beta * v)"),
        a_momentum(second="w = w - eta * g - beta * eta * v"),
    ],
    "averaged": [a_momentum("v = beta * v + (1 - beta) * g"), a_momentum("v = g + beta * (v - g)")],
    "old-velocity": [
        a_momentum(first="w = w - eta * v", second="v = beta * v + g"),
        a_momentum(first="v, w = beta * v + g, w - eta * v", second="pass"),
        a_momentum(first="w = w + v", second="v = beta * v - eta * g"),
    ],
    "no-memory": [a_momentum(first="v = g"), lambda w, v, g, e, b: (w - e * g, v), a_momentum(first="v = 0 * v + g")],
    "plain-step": [a_momentum(second="w = w - eta * g"), lambda w, v, g, e, b: (w - e * g, b * v + g)],
    "velocity-not-kept": [
        a_momentum(first="new = beta * v + g", second="w = w - eta * new"),
        lambda w, v, g, e, b: (w - e * (b * v + g), g),
    ],
    "A01": [
        a_momentum(second="w = w + eta * v"),
        a_momentum("v = beta * v + eta * g", "w = w + v"),
        a_momentum(first="v = beta * v - g"),
        a_momentum("v = beta * v - eta * g", "w = w - v"),
    ],
    "A30": [a_momentum(second="w = w - v"), a_momentum("v = beta * v - g", "w = w + v")],
    "eta-twice": [
        a_momentum(first="v = beta * v + eta * g"),
        a_momentum("v = beta * v - eta * g", "w = w + eta * v"),
    ],
    "no-friction": [a_momentum(first="v = v + g"), a_momentum("v = v - eta * g", "w = w + v")],
    "beta-misplaced": [
        a_momentum(first="v = v + beta * g"),
        a_momentum(first="v = beta * (v + g)"),
        a_momentum(first="v = (1 - beta) * v + g"),
        a_momentum(first="v = (1 - beta) * v + beta * g"),
    ],
    "gradient-twice": [
        a_momentum(second="w = w - eta * (v + g)"),
        a_momentum("v = beta * v - eta * g", "w = w + v - eta * g"),
    ],
    "step-returned": [a_momentum(end="w, eta * v"), a_momentum(end="w, -eta * v"), a_momentum(end="-eta * v, v")],
    "order": [a_momentum(end="v, w"), lambda *args: RIGHT_BALL[0](*args)[::-1]],
    "type": [
        a_momentum(end="w"),
        a_momentum(end="w, v, g"),
        a_momentum(end="w, str(v)"),
        a_momentum(end="{'w': w, 'v': v}"),
    ],
    "shape": [a_momentum(end="w, np.mean(v)"), a_momentum(end="np.sum(w), v"), a_momentum(end="[w], [v]")],
    "changes-input": [
        written("def momentum(w, v, g, eta, beta):\n    v *= beta\n    v += g\n    return w - eta * v, v"),
        written("def momentum(w, v, g, eta, beta):\n    v = beta * v + g\n    w -= eta * v\n    return w, v"),
    ],
    "unknown": [
        a_momentum(first="v = beta * v + g**2"),
        a_momentum(end="w, v + 1"),
        a_momentum(second="w = w - eta * v / 3"),
    ],
    "nan": [a_momentum(end="w, v * np.nan"), a_momentum(second="w = w - v / (0.0 * eta * np.float64(1))")],
}

# minibatches


def a_deal(
    order="rng.permutation(n)", loop="range(0, n, size)", batch="order[start:start + size]", before="pass", end="out"
):
    return written(
        f"def minibatches(n, size, rng):\n    order = {order}\n    {before}\n    out = []\n"
        f"    for start in {loop}:\n        out.append({batch})\n    return {end}\n"
    )


def deal_from_a_pile(n, size, rng):
    pile, batches = list(rng.permutation(n)), []
    while pile:
        batches.append([pile.pop() for _ in range(min(size, len(pile)))])
    return batches


def deal_recursive(n, size, rng, order=None):
    order = rng.permutation(n).tolist() if order is None else order
    return [order[:size], *deal_recursive(n, size, rng, order[size:])] if order else []


class Deal:
    def __call__(self, n, size, rng):
        return np.split(rng.permutation(n), np.arange(size, n, size))


RIGHT_DEAL = [
    a_deal(),
    deal_from_a_pile,
    deal_recursive,
    Deal(),
    a_deal(order="np.arange(n)", before="rng.shuffle(order)"),
    a_deal(order="list(range(n))", before="rng.shuffle(order)"),
    a_deal(order="np.argsort(rng.random(n))"),
    a_deal(order="rng.choice(n, n, replace=False)"),
    a_deal(end="tuple(out)"),
    a_deal(batch="sorted(order[start:start + size].tolist())"),
    a_deal(loop="range(-(-n // size))", batch="order[start * size:(start + 1) * size]"),
    a_deal(batch="np.int32(order[start:start + size])"),
    a_deal(batch="set(order[start:start + size].tolist())"),
    lambda n, size, rng: list(np.split(rng.permutation(n), range(size, n, size))),
    written(
        "def minibatches(n, size, rng):\n    keys = rng.random(n)\n"
        "    order = sorted(range(n), key=lambda i: keys[i])\n"
        "    return [order[i:i + size] for i in range(0, n, size)]"
    ),
]
WRONG_DEAL = {
    "slices": [
        a_deal(batch="slice(start, start + size)"),
        lambda n, size, rng: [slice(i, i + size) for i in range(0, n, size)],
    ],
    "not-cut": [
        lambda n, size, rng: rng.permutation(n),
        lambda n, size, rng: [rng.permutation(n)],
        a_deal(end="order.tolist()"),
    ],
    "starts": [
        a_deal(batch="start"),
        lambda n, size, rng: np.arange(0, n, size),
        lambda n, size, rng: rng.permutation(range(0, n, size)),
    ],
    "from-one": [
        a_deal(order="rng.permutation(n) + 1"),
        a_deal(order="np.arange(1, n + 1)", before="rng.shuffle(order)"),
    ],
    "end-dropped": [
        a_deal(order="rng.permutation(n - 1)"),
        a_deal(order="np.arange(0, n - 1)", before="rng.shuffle(order)"),
    ],
    "last-dropped": [
        a_deal(loop="range(n // size)", batch="order[start * size:(start + 1) * size]"),
        a_deal(loop="range(0, n - size + 1, size)"),
        a_deal(end="[b for b in out if len(b) == size]"),
    ],
    "empty-batch": [
        a_deal(loop="range(n // size + 1)", batch="order[start * size:(start + 1) * size]"),
        a_deal(loop="range(0, n + 1, size)"),
    ],
    "size-as-count": [
        lambda n, size, rng: np.array_split(rng.permutation(n), size),
        a_deal(loop="range(size)", batch="order[start::size]"),
    ],
    "even-sizes": [
        lambda n, size, rng: np.array_split(rng.permutation(n), -(-n // size)),
        a_deal(loop="range(-(-n // size))", batch="order[start::-(-n // size)]"),
    ],
    "rest-glued": [
        a_deal(
            loop="range(max(1, n // size))",
            batch="order[start * size:(start + 1) * size if start < n // size - 1 else n]",
        ),
        written(
            "def minibatches(n, size, rng):\n    k = max(1, n // size)\n    order = rng.permutation(n)\n"
            "    out = [list(order[i * size:(i + 1) * size]) for i in range(k)]\n"
            "    out[-1] += list(order[k * size:])\n    return out"
        ),
    ],
    "filled-up": [
        a_deal(batch="np.take(order, range(start, start + size), mode='wrap')"),
        a_deal(batch="[order[i % n] for i in range(start, start + size)]"),
    ],
    "overlap": [a_deal(loop="range(n)"), a_deal(loop="range(0, n - size + 1) if n > size else [0, 0]")],
    "drawn-again": [
        a_deal(batch="rng.integers(n, size=size)"),
        a_deal(batch="rng.choice(n, min(size, n - start), replace=False)"),
        a_deal(order="rng.choice(n, n)"),
        a_deal(order="rng.integers(0, n, n)"),
    ],
    "floats": [
        a_deal(order="rng.permutation(n).astype(float)"),
        a_deal(batch="np.append([], order[start:start + size])"),
    ],
    "not-shuffled": [
        a_deal(order="np.arange(n)"),
        a_deal(order="list(range(n))"),
        a_deal("np.arange(n)", before="rng.permutation(order)"),
        a_deal(order="np.arange(n)[::-1]"),
    ],
    "ignores-rng": [a_deal(order="np.random.permutation(n)"), a_deal(order="np.random.default_rng().permutation(n)")],
    "same-each-time": [
        a_deal(order="np.random.default_rng(0).permutation(n)"),
        a_deal(order="np.random.RandomState(1).permutation(n)"),
        a_deal(order="np.array(sorted(range(n), key=lambda i: i * 7919 % 13))"),
        a_deal(order="__import__('copy').deepcopy(rng).permutation(n)"),
    ],
    "blocks": [
        a_deal(order="np.arange(n)", loop="rng.permutation(range(0, n, size)) if n > 30 else range(0, n, size)"),
        a_deal(order="np.arange(n)", batch="rng.permutation(order[start:start + size])"),
    ],
    "type": [
        lambda n, size, rng: 3.0,
        lambda n, size, rng: "0 1 2",
        lambda n, size, rng: {0: rng.permutation(n)},
        a_deal(batch="str(start)"),
        a_deal(batch="order[start:start + size] > 2"),
        a_deal(batch="order[start:start + size] + 0.5"),
        a_deal(batch="order[start:start + size].reshape(-1, 1)"),
        a_deal(end="out + [1]"),
        lambda n, size, rng: map(list, [rng.permutation(n)]),
    ],
    "unknown": [
        a_deal(batch="order[start:start + size - 1]"),
        lambda n, size, rng: [],
        a_deal(end="out + out"),
        a_deal(batch="order[start:start + size] + n"),
        a_deal(end="out[1:]"),
        a_deal(batch="order[0]"),
    ],
    "generator": [
        written(
            "def minibatches(n, size, rng):\n    order = rng.permutation(n)\n"
            "    for i in range(0, n, size):\n        yield order[i:i + size]"
        )
    ],
}

# updates

RIGHT_UPDATES = [
    lambda n, size, epochs: epochs * math.ceil(n / size),
    lambda n, size, epochs: epochs * -(-n // size),
    lambda n, size, epochs: epochs * ((n + size - 1) // size),
    lambda n, size, epochs: epochs * len(range(0, n, size)),
    lambda n, size, epochs: np.ceil(n / size) * epochs,
    lambda n, size, epochs: sum(1 for _ in range(epochs) for _ in range(0, n, size)),
    lambda n, size, epochs: int(epochs * (n // size + (n % size > 0))),
    lambda n, size, epochs: epochs * len(RIGHT_DEAL[0](n, size, RNG(0))),
    lambda n, size, epochs: epochs * (n // size + 1) if n % size else epochs * n // size,
    lambda n, size, epochs: np.int64(epochs * ((n - 1) // size + 1)),
    lambda n, size, epochs: Decimal(epochs) * Decimal(math.ceil(Fraction(n, size))),
    written(
        "def updates(n, size, epochs):\n    count = 0\n    for e in range(epochs):\n        left = n\n"
        "        while left > 0:\n            left -= size\n            count += 1\n    return count"
    ),
]
WRONG_UPDATES = {
    "A34": [
        lambda n, size, epochs: epochs,
        written("def updates(n, size, epochs):\n    c = 0\n    for e in range(epochs): c += 1\n    return c"),
    ],
    "last-dropped": [lambda n, size, epochs: epochs * (n // size), lambda n, size, epochs: int(n / size) * epochs],
    "samples": [
        lambda n, size, epochs: epochs * n,
        lambda n, size, epochs: n,
        lambda n, size, epochs: sum(n for _ in range(epochs)),
    ],
    "one-epoch": [
        lambda n, size, epochs: math.ceil(n / size),
        lambda n, size, epochs: n // size,
        lambda n, size, epochs: n / size,
    ],
    "not-whole": [lambda n, size, epochs: epochs * n / size, lambda n, size, epochs: n / size * epochs],
    "across-epochs": [
        lambda n, size, epochs: math.ceil(n * epochs / size),
        lambda n, size, epochs: n * epochs // size,
        lambda n, size, epochs: round(epochs * n / size),
    ],
    "one-too-many": [
        lambda n, size, epochs: epochs * (n // size + 1),
        lambda n, size, epochs: (1 + n // size) * epochs,
    ],
    "rounded": [lambda n, size, epochs: epochs * round(n / size), lambda n, size, epochs: np.rint(n / size) * epochs],
    "size-for-n": [lambda n, size, epochs: epochs * size, lambda n, size, epochs: n * size * epochs],
    "constant": [lambda n, size, epochs: 80],
    "unknown": [lambda n, size, epochs: epochs + n // size, lambda n, size, epochs: n - size],
    "shape": [lambda n, size, epochs: [epochs * math.ceil(n / size)]],
}

# range_test


def a_range_test(
    start="v = w.copy()",
    outer="for eta in etas:",
    steps="range(10)",
    step="v = v - eta * g",
    last="out.append(f(v)[0])",
    before="pass",
    end="out",
):
    return written(
        f"def range_test(f, w, etas):\n    out = []\n    {before}\n    {outer}\n        {start}\n"
        f"        for i in {steps}:\n            L, g = f(v)\n            {step}\n        {last}\n    return {end}\n"
    )


def range_recursive(f, w, etas, steps=10):
    def down(v, eta, left):
        return f(v)[0] if left == 0 else down(v - eta * f(v)[1], eta, left - 1)

    return [down(w, eta, steps) for eta in etas]


class RangeTest:
    def run(self, f, w, eta):
        for _ in range(10):
            w = w - eta * f(w)[1]
        return f(w)[0]

    def __call__(self, f, w, etas):
        return np.array([self.run(f, w, eta) for eta in etas])


def range_all_at_once(f, w, etas):
    walkers = np.tile(w, (len(etas), 1))
    for _ in range(10):
        walkers = walkers - np.array(etas)[:, None] * np.array([f(v)[1] for v in walkers])
    return [f(v)[0] for v in walkers]


RIGHT_RANGE = [
    a_range_test(),
    range_recursive,
    RangeTest(),
    range_all_at_once,
    a_range_test(start="v = w"),
    a_range_test(start="v = np.array(w)", step="v -= eta * g"),
    a_range_test(end="np.array(out)"),
    a_range_test(end="tuple(out)"),
    a_range_test(steps="range(11)", step="v = v - eta * g", last="out.append(L)"),
    a_range_test(last="L, g = f(v); out.append(float(L))"),
    a_range_test(last="out.append(np.float64(f(v)[0]))", before="np.seterr(all='ignore')"),
    lambda f, w, etas: [f(functools.reduce(lambda v, _: v - eta * f(v)[1], range(10), w))[0] for eta in etas],
    a_range_test(step="v = [a - eta * b for a, b in zip(v, g)]; v = np.array(v)"),
]
WRONG_RANGE = {
    "step-count": [
        a_range_test(last="out.append(L)"),
        a_range_test(steps="range(9)"),
        a_range_test(steps="range(1)"),
        a_range_test(steps="range(1, 10)"),
        a_range_test(steps="range(11)"),
        a_range_test(steps="range(100)"),
    ],
    "not-restarted": [
        a_range_test(start="pass", before="v = w.copy()"),
        a_range_test(start="v = w", step="v = v - eta * g; w = v"),
        a_range_test(start="pass", before="v = w.copy()", last="out.append(L)"),
        a_range_test(start="pass", before="v = w.copy()", steps="range(1)"),
    ],
    "start-loss": [
        a_range_test(last="out.append(f(w)[0])"),
        lambda f, w, etas: [f(w)[0] for _ in etas],
        lambda f, w, etas: f(w)[0],
    ],
    "A01": [a_range_test(step="v = v + eta * g"), a_range_test(step="v = v + eta * g", last="out.append(L)")],
    "A30": [a_range_test(step="v = v - g"), a_range_test(step="v = v - g", last="out.append(L)")],
    "one-gradient": [
        a_range_test(step="v = v - eta * f(w)[1]"),
        lambda f, w, etas: [f(w - 10 * eta * f(w)[1])[0] for eta in etas],
    ],
    "best-on-the-way": [
        a_range_test(start="v = w; Ls = []", step="Ls.append(L); v = v - eta * g", last="out.append(min(Ls))"),
        a_range_test(start="v = w; Ls = []", step="v = v - eta * g; Ls.append(f(v)[0])", last="out.append(min(Ls))"),
        a_range_test(
            start="v = w; Ls = []", step="v = v - eta * g; Ls.append(f(v)[0])", last="out.append(np.mean(Ls))"
        ),
    ],
    "whole-curves": [
        a_range_test(start="v = w; Ls = []", step="Ls.append(L); v = v - eta * g", last="out.append(Ls)"),
        a_range_test(start="v = w; Ls = []", step="v = v - eta * g; Ls.append(f(v)[0])", last="out.append(Ls)"),
        a_range_test(start="v = w; Ls = [f(w)[0]]", step="v = v - eta * g; Ls.append(f(v)[0])", last="out.append(Ls)"),
    ],
    "drop": [a_range_test(last="out.append(f(w)[0] - f(v)[0])"), a_range_test(last="out.append(f(v)[0] - f(w)[0])")],
    "places": [lambda f, w, etas: RangeTestPlaces()(f, w, etas), a_range_test(last="out.append(f(v)[1])")],
    "winner-only": [
        a_range_test(end="etas[np.argmin(out)]"),
        a_range_test(end="min(out)"),
        a_range_test(end="np.argmin(out)"),
        a_range_test(end="out[-1]"),
    ],
    "sorted": [
        a_range_test(end="sorted(out)"),
        a_range_test(outer="for eta in sorted(etas):"),
        a_range_test(end="out[::-1]"),
    ],
    "stops-early": [
        a_range_test(last="L = f(v)[0]\n        if np.isfinite(L): out.append(L)"),
        a_range_test(end="out if np.isfinite(out).all() else {}"),
        a_range_test(end="out if np.isfinite(out).all() else None"),
        a_range_test(end="out if np.isfinite(out).all() else np.array(3.0)"),
        a_range_test(last="L = f(v)[0]\n        if not np.isfinite(L): break\n        out.append(L)"),
    ],
    "blow-up-spreads": [
        a_range_test(end="out if np.isfinite(out).all() else [None, 'too large', []]"),
        a_range_test(
            start="v = np.where(bad, np.nan, w)",
            before="bad = False",
            last="out.append(f(v)[0]); bad = not np.isfinite(out[-1])",
        ),
        a_range_test(before="out = []", end="list(np.where(np.isfinite(out).all(), out, [L * 0 for L in out]))"),
    ],
    "changes-input": [
        a_range_test(start="v = w", step="v -= eta * g"),
        a_range_test(start="v = w[:]", step="v -= eta * g"),
    ],
    "unknown": [
        a_range_test(step="v = v - eta * g / 2"),
        a_range_test(last="out.append(f(v)[0] + 1)"),
        a_range_test(step="v = v - eta ** 2 * g"),
    ],
    "shape": [a_range_test(end="dict(zip(etas, out)) and [out]")],
    "type": [a_range_test(end="dict(zip(etas, out))"), a_range_test(last="out.append(f(v))")],
    "nan": [a_range_test(last="out.append(np.nan)")],
}


class RangeTestPlaces:
    def __call__(self, f, w, etas):
        places = []
        for eta in etas:
            v = w
            for _ in range(10):
                v = v - eta * f(v)[1]
            places.append(v)
        return places


# decisions

BECAUSE = "the loss falls steeply up to 1, and at 1.8 it blows up"
RIGHT_ETA = [
    (1.0, BECAUSE),
    (0.1, BECAUSE),
    (0.3162, BECAUSE),
    (0.56, BECAUSE),
    [0.5, BECAUSE],
    {"eta": 0.5, "reason": BECAUSE},
    (np.float64(0.8), BECAUSE),
    (np.array(0.4), "ja"),
    (1, "it is the lowest"),
    (Fraction(1, 2), BECAUSE),
    (Decimal("0.3"), BECAUSE),
    (BECAUSE, 0.25),
    (10**-0.25, BECAUSE),
    (1.2, BECAUSE),
]
WRONG_ETA = {
    "A31": [(1.8, BECAUSE), (10, BECAUSE), (1e6, BECAUSE), (1e300, BECAUSE), (3.0, BECAUSE)],
    "A32": [(1e-6, BECAUSE), (0.01, BECAUSE), (0.05, BECAUSE)],
    "edge": [(1.4, BECAUSE), (1.5, BECAUSE)],
    "not-positive": [(0, BECAUSE), (-0.5, BECAUSE), (0.0, "")],
    "no-reason": [(0.5, ""), (0.5, None), (0.5, "  "), (0.5, 3), (0.5, ["a"])],
    "type": [
        0.5,
        (np.nan, BECAUSE),
        (np.inf, BECAUSE),
        ("0.5", BECAUSE),
        ([0.5], BECAUSE),
        (True, BECAUSE),
        (0.5,),
        "0.5",
        (0.5, BECAUSE, 1),
        {"eta": 0.5},
        (1j, BECAUSE),
    ],
    "not started": [None, ..., (..., ""), (..., BECAUSE), (None, ""), {"eta": ..., "reason": ""}],
}

TRUE_WORDS = L5.CURVES


def words(**changes):
    return TRUE_WORDS | {f"curve {letter}": word for letter, word in changes.items()}


RIGHT_WORDS = [
    dict(TRUE_WORDS),
    dict(reversed(TRUE_WORDS.items())),
    {curve: word.upper() for curve, word in TRUE_WORDS.items()},
    {curve: word.capitalize() for curve, word in TRUE_WORDS.items()},
    {curve: f" {word} " for curve, word in TRUE_WORDS.items()},
    {curve: f"{word}." for curve, word in TRUE_WORDS.items()},
    {curve: word.replace(" ", "  ") for curve, word in TRUE_WORDS.items()},
    {curve: word.title() for curve, word in TRUE_WORDS.items()},
    {curve: f"\t{word}\n" for curve, word in TRUE_WORDS.items()},
    dict(zip(TRUE_WORDS, TRUE_WORDS.values(), strict=True)),
]
WRONG_WORDS = {
    "A32": [words(A="healthy"), words(F="healthy"), words(F="Healthy", D="learning rate too small")],
    "A33": [
        words(E="healthy"),
        words(A="start near a saddle"),
        words(E="inputs badly scaled", A="start near a saddle"),
    ],
    "slow-or-flat": [words(E="learning rate too small"), words(F="start near a saddle")],
    "units-or-rate": [words(F="inputs badly scaled"), words(A="learning rate too small")],
    "noise-or-rate": [
        words(B="learning rate too large"),
        words(C="batches too small"),
        words(B="minus sign forgotten"),
    ],
    "minus-or-rate": [words(C="minus sign forgotten"), words(C="Minus sign forgotten", D="start near a saddle")],
    "unknown": [
        words(D="learning rate too large"),
        words(B="healthy"),
        dict.fromkeys(TRUE_WORDS, "healthy")
        | {"curve A": "minus sign forgotten", "curve E": "minus sign forgotten", "curve F": "batches too small"},
    ],
    "type": [
        {},
        {"curve A": "healthy"},
        words(G="healthy"),
        words(A="ill"),
        words(A=3),
        list(TRUE_WORDS.values()),
        "healthy",
        words(C=True),
        words(B=["healthy"]),
    ],
    "not started": [None, words(A=...), dict.fromkeys(TRUE_WORDS, ...), dict.fromkeys(TRUE_WORDS, ""), words(C=None)],
}

FUNCTIONS = {
    "gd_step": (L5.GD_STEP, RIGHT_STEP, WRONG_STEP),
    "eta_limit": (L5.ETA_LIMIT, RIGHT_LIMIT, WRONG_LIMIT),
    "standardise": (L5.STANDARDISE, RIGHT_SCALED, WRONG_SCALED),
    "momentum": (L5.MOMENTUM, RIGHT_BALL, WRONG_BALL),
    "minibatches": (L5.MINIBATCHES, RIGHT_DEAL, WRONG_DEAL),
    "updates": (L5.UPDATES, RIGHT_UPDATES, WRONG_UPDATES),
    "range_test": (L5.RANGE_TEST, RIGHT_RANGE, WRONG_RANGE),
}
EVERY = {
    **FUNCTIONS,
    "my_eta": (L5.MY_ETA, RIGHT_ETA, WRONG_ETA),
    "curve_doctor": (L5.CURVE_DOCTOR, RIGHT_WORDS, WRONG_WORDS),
}
RIGHT_TOO = {
    "half",
    "sample-std",
    "explodes",
    "eta-inside",
    "eta-inside-minus",
    "downhill-velocity",
    "nesterov",
    "averaged",
}
BEGINS = r"\[?[a-zβη0-9]|Python "


@pytest.mark.parametrize("name", EVERY)
def test_right_answers_pass_and_each_wrong_one_gets_its_own_name_as_the_report_says(name):
    the_report_is_true("learning_rates", name)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_bad_input_of_every_kind_is_told_what_it_is(name, monkeypatch):
    exercise, (right, *_), _ = FUNCTIONS[name]
    limits = Limits(call=1.0, whole=3.0)
    monkeypatch.setattr(L5, "LIMITS", limits)
    are_told_what_they_are(exercise, bad_answers(right, exercise.cases[0].make()), limits)


@pytest.mark.parametrize("name", EVERY)
def test_every_mistake_is_met_in_two_styles_and_there_are_ten_right_answers(name):
    met_in_two_styles(*EVERY[name])


def test_a30_to_a35_are_all_named_somewhere():
    named = {mistake.name for exercise, _, _ in EVERY.values() for mistake in exercise.mistakes}
    assert {"A30", "A31", "A32", "A33", "A34", "A35"} <= named


def test_all_nine_are_registered_under_their_names():
    assert [name for name in checks.names() if name in EVERY] == list(EVERY)
    for name in EVERY:
        checks.load(name)
        assert checking._registry[name].lesson == "05_learning_rates"


@pytest.mark.parametrize("name", EVERY)
def test_hints_are_there_on_three_levels_and_differ(name):
    exercise = EVERY[name][0]
    for each in (exercise, *exercise.mistakes):
        hints = [each.question, each.pointer, each.step]
        assert all(hints) and len(set(hints)) == 3 and hints[0].endswith("?"), each.name


# No two mistakes look alike


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "minibatches"])
def test_no_two_mistakes_give_the_same_numbers_and_none_the_truth(name):
    assert look_alike(FUNCTIONS[name][0]) == []


# The numbers that this lesson's text rests on


def test_d1_comes_out_as_known_with_its_mistakes():
    d1 = (1.5, 6.0, 0.1)
    gives = {mistake.name: [float(wrong(*d1)) for wrong in mistake.variants] for mistake in L5.GD_STEP.mistakes}
    assert L5.GD_STEP.truth(*d1) == pytest.approx(0.9)
    assert gives["A01"][0] == pytest.approx(2.1)
    assert gives["A30"][0] == pytest.approx(-4.5)
    assert gives["step-only"][0] == pytest.approx(-0.6)
    assert gives["g-missing"][0] == pytest.approx(1.4)
    assert gives["w-for-g"][0] == pytest.approx(1.35)


def test_d2_two_steps_of_the_heavy_ball_lead_to_0_06():
    w, v = 1.5, 0.0
    for _ in range(2):
        w, v = RIGHT_BALL[0](w, v, 4 * w, 0.1, 0.8)
    assert w == pytest.approx(0.06)


def test_the_limits_of_hubble_and_co2_are_those_of_the_lesson():
    limits = [L5.ETA_LIMIT.truth(*each.make()) for each in L5.ETA_LIMIT.cases]
    assert limits[0] == pytest.approx(0.8131, abs=5e-5)
    assert limits[2] == pytest.approx(6.8e-4, abs=5e-6)
    assert limits[3] == pytest.approx(1.0)
    r = load_hubble().distance
    assert limits[0] == pytest.approx(1 / np.mean(r**2))


def test_a_thousand_rows_in_batches_of_64_make_80_updates_and_the_known_wrong_counts():
    args = (1000, 64, 5)
    gives = {mistake.name: [wrong(*args) for wrong in mistake.variants] for mistake in L5.UPDATES.mistakes}
    assert L5.UPDATES.truth(*args) == 80
    assert (gives["A34"][0], gives["last-dropped"][0], gives["samples"][0], gives["one-epoch"][0]) == (5, 75, 5000, 16)


def test_the_diagnoses_are_those_of_the_figure():
    assert figures.TRUTH == L5.CURVES
    assert sorted(figures.DIAGNOSES) == sorted(L5.WORDS)
    assert list(figures.loss_curves()) == list(L5.CURVES)


def test_the_range_test_of_the_digits_is_the_one_the_check_was_tuned_on():
    ends = {eta: L5.ten_steps(eta)[-1] for eta in (0.001, 0.1, 10**-0.5, 1.0, 10**0.25, 10.0)}
    assert L5.ten_steps(1.0)[0] == pytest.approx(2.32, abs=0.01)
    assert [round(end, 1) for end in ends.values()][:5] == [2.3, 2.0, 1.5, 0.8, 3.0]
    assert ends[10.0] > 100


def test_the_numbers_in_the_hints_are_true():
    assert pytest.approx(0.79, abs=5e-3) == 0.996**60
    assert pytest.approx(29, abs=0.5) == 1.4**10
    assert pytest.approx(0.004, abs=5e-5) == 1 - 0.9996**10
    assert pytest.approx(2.4e-4, abs=1e-5) == 1e-6 * 1.2**30
    assert 1e-6 * 1.2**75 < 1 < 1e-6 * 1.2**76
    assert pytest.approx((-1.12, -0.06, 3.12, 2.06)) == (1 - 1.06 * 2, 1 - 0.53 * 2, 1 + 1.06 * 2, 1 + 0.53 * 2)
    assert pytest.approx(1.44) == 1.2**2 and pytest.approx(1.21) == 1.1**2
    assert np.linalg.eigvalsh([[2, 1], [1, 2]])[-1] == pytest.approx(3)
    assert pytest.approx(-2.6) == 1 - 9 * 2 / 5
    assert L5._limit(np.array([[1.0, 0], [0, 3]])) == pytest.approx(2 / 9)
    assert L5._limit(np.ones((4, 1))) == pytest.approx(1)
    w = np.array([1.0])
    losses = [RIGHT_RANGE[0](lambda w: (w @ w, 2 * w), w, [eta])[0] for eta in (0.1, 0.25)]
    assert losses[1] < losses[0]
    assert [(1 - 2 * eta) ** 4 for eta in (0.1, 0.25, 2)] == pytest.approx([0.41, 0.06, 81], abs=5e-3)


# What the sentences say


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        (L5.STANDARDISE, a_standardise(test="(test - mean) / std + 1"), "the scaled test is off"),
        (L5.STANDARDISE, a_standardise(test="np.log(-abs(test))"), "in the scaled test there is a nan"),
        (
            L5.STANDARDISE,
            a_standardise(end="a, b[0]"),
            "the scaled test comes back with shape (3,), and shape (3, 3) is wanted.",
        ),
        (L5.MOMENTUM, a_momentum(end="w, v + 1"), "the new w is right there."),
        (L5.MOMENTUM, a_momentum(end="w"), "two things are wanted: the new w and the new v."),
        (
            L5.RANGE_TEST,
            a_range_test(last="out.append(L)"),
            "after 9 steps, and ten are asked for: a round too few, or the loss taken before",
        ),
        (L5.RANGE_TEST, a_range_test(steps="range(1)"), "after 1 step, and"),
        (L5.MINIBATCHES, a_deal(batch="order[start:start + size - 1]"), "never comes."),
        (L5.MINIBATCHES, a_deal(end="out + out"), "comes 2 times."),
        (L5.MY_ETA, (1.8, BECAUSE), "with η = 1.8 ten steps take the loss from 2.32 up to"),
        (L5.MY_ETA, (1e308, BECAUSE), "up out of all numbers."),
        (
            L5.CURVE_DOCTOR,
            words(F="healthy", D="plateau", E="healthy") | {"curve D": "batches too small"},
            "3 of your six diagnoses are right. Look again at curve E",
        ),
    ],
)
def test_a_sentence_says_what_was_seen(exercise, answer, said):
    assert said in checking.examine(exercise, answer).sentence


def test_a_column_that_moves_in_the_test_only_may_be_left_or_set_to_zero():
    for answer in (a_standardise(), a_standardise(fix="std[std == 0] = np.inf")):
        assert checking.examine(L5.STANDARDISE, answer).right


def test_a_minibatch_answer_is_judged_without_touching_the_global_random_state():
    np.random.seed(5)
    before = np.random.get_state()[1].copy()
    checking.examine(L5.MINIBATCHES, a_deal(order="np.random.permutation(n)"))
    assert np.array_equal(before, np.random.get_state()[1])
