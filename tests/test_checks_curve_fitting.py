"""L1's exercises: every known wrong answer gets its own name, right ones pass in whatever style they are written."""

import functools
import re
from pathlib import Path

import numpy as np
import pytest
from asking import look_alike, run_as_cell
from checker_report import the_report_is_true
from numpy.polynomial import Polynomial, polynomial

from helpers import checking, checks, descent
from helpers.checks import curve_fitting as L1
from helpers.data import load_hubble

ROOT = Path(__file__).resolve().parents[1]
H = load_hubble()


def pairs(table):
    return [pytest.param(name, answer, id=f"{name}-{i}") for name in table for i, answer in enumerate(table[name])]


def name_of(exercise, answer):
    return checking.examine(exercise, answer).name


# axes

RIGHT_AXES = [
    {"curve": ("year", "CO2"), "loss": ("knob", "loss")},
    {"loss": ["knob", "loss"], "curve": ["year", "CO2"]},
    {"curve": (" Year", "co2"), "loss": ("KNOB", "Loss ")},
    {"curve": ("years", "CO₂"), "loss": ("k1", "MSE")},
    {"curve": ("time", "ppm"), "loss": ("k", "error")},
    {"curve": ("x", "y"), "loss": ("m", "mse")},
    {"curve": ["YEARS ", " CO2"], "loss": ("k0", "LOSS")},
    dict(zip(("loss", "curve"), (("knobs", "loss"), ("year", "ppm")), strict=True)),
    {picture: tuple(words.split()) for picture, words in {"curve": "year CO2", "loss": "knob loss"}.items()},
    {"curve": ("year", "co₂"), "loss": ["k1", "Error"]} | {},
]
WRONG_AXES = {
    "A06": [
        {"curve": ("year", "CO2"), "loss": ("year", "loss")},
        {"curve": ("knob", "CO2"), "loss": ("year", "loss")},
        {"curve": ("knob", "loss"), "loss": ("year", "CO2")},
    ],
    "axes-turned": [
        {"curve": ("CO2", "year"), "loss": ("knob", "loss")},
        {"curve": ("year", "CO2"), "loss": ("loss", "knob")},
        {"curve": ("CO2", "year"), "loss": ("loss", "knob")},
    ],
    "knob-on-curve": [{"curve": ("knob", "CO2"), "loss": ("loss", "year")}],
    "axes-mixed": [{"curve": ("year", "loss"), "loss": ("knob", "CO2")}],
    "type": [
        {"curve": ("year", "CO2")},
        {"curve": ("year",), "loss": ("knob", "loss")},
        {"curve": ("year", "money"), "loss": ("knob", "loss")},
        {"curve": ("year", 3), "loss": ("knob", None)},
        ["year", "CO2", "knob", "loss"],
        "year",
    ],
    "not started": [None, {"curve": (..., ...), "loss": (..., ...)}, {"curve": ("year", ...), "loss": (..., "loss")}],
}

# predict


def predict_loop(k, x):
    total = np.zeros(len(x))
    for i in range(len(k)):
        total = total + k[i] * x**i
    return total


def predict_horner(k, x):
    value = 0
    for knob in k[::-1]:
        value = value * x + knob
    return value


def predict_recursive(k, x):
    return k[0] + x * predict_recursive(k[1:], x) if len(k) > 1 else k[0]


def predict_powers(k, x):
    total, power = 0.0, np.ones_like(x)
    for knob in k:
        total, power = total + knob * power, power * x
    return total


class Predict:
    def __call__(self, k, x):
        return Polynomial(k)(x)


RIGHT_PREDICT = [
    predict_loop,
    predict_horner,
    predict_recursive,
    predict_powers,
    Predict(),
    lambda k, x: [sum(k_i * x_j**i for i, k_i in enumerate(k)) for x_j in x],
    lambda k, x: np.vander(x, len(k), increasing=True) @ k,
    lambda k, x: np.polyval(k[::-1], x),
    lambda k, x: polynomial.polyval(x, k),
    lambda k, x: (k * x[:, np.newaxis] ** np.arange(len(k))).sum(axis=1),
    lambda k, x: np.einsum("i,ij->j", k, np.array([x**i for i in range(len(k))])),
    lambda k, x: functools.reduce(lambda total, i: total + k[i] * x**i, range(len(k)), 0 * x),
    lambda k, x: tuple(polynomial.polyval(x_j, k) for x_j in x),
    lambda k, x: polynomial.polyval(np.float32(x), np.float32(k)),
    descent.polynomial,
]


def predict_overwrites(k, x):
    for i in range(len(k)):
        total = k[i] * x**i
    return total


def predict_returns_early(k, x):
    total = np.zeros(len(x))
    for i in range(len(k)):
        total = total + k[i] * x**i
        return total


def predict_unpacks(k, x):
    a, b, c, d, e, f = k
    return a + b * x + c * x**2 + d * x**3 + e * x**4 + f * x**5


def terms(term):
    return lambda k, x: sum(term(k[i], x, i) for i in range(len(k)))


WRONG_PREDICT = {
    "A08": [lambda k, x: np.polyval(k, x), lambda k, x: predict_loop(k[::-1], x), lambda k, x: Polynomial(k[::-1])(x)],
    "fixed-length": [
        predict_unpacks,
        lambda k, x: sum(k[i] * x**i for i in range(6)),
        lambda k, x: k[0] + k[1] * x,
        lambda k, x: k[0] + k[1] * x + k[2] * x**2,
    ],
    "power-plus-one": [terms(lambda k, x, i: k * x ** (i + 1)), lambda k, x: x * predict_loop(k, x)],
    "power-minus-one": [terms(lambda k, x, i: k * x ** (i - 1.0))],
    "first-missing": [lambda k, x: sum(k[i] * x**i for i in range(1, len(k)))],
    "last-missing": [lambda k, x: sum(k[i] * x**i for i in range(len(k) - 1))],
    "last-term-only": [predict_overwrites],
    "first-term-only": [predict_returns_early],
    "times-not-power": [terms(lambda k, x, i: k * x * i)],
    "no-power": [terms(lambda k, x, i: k * x), lambda k, x: sum(k) * x],
    "base-and-exponent": [terms(lambda k, x, i: k * i**x)],
    "knob-in-the-power": [terms(lambda k, x, i: (k * x) ** i)],
    "one-number": [lambda k, x: np.sum([k[i] * x**i for i in range(len(k))])],
    "ratio -1": [lambda k, x: -predict_loop(k, x)],
    "shape": [lambda k, x: predict_loop(k, x)[:, np.newaxis], lambda k, x: np.array([k[i] * x**i for i in range(2)])],
    "type": [lambda k, x: [k[i] * x**i for i in range(len(k))] + [0], lambda k, x: str(predict_loop(k, x))],
    "constant": [],
    "exception": [lambda k, x: k * x**2, lambda k, x: k @ x],
    "unknown": [lambda k, x: predict_loop(k, x) + x, terms(lambda k, x, i: k * np.abs(x) ** i), lambda k, x: k[1] * x],
    "nearly": [lambda k, x: np.round(predict_loop(k, x), 2)],
    "changes-input": [lambda k, x: np.multiply(x, 0, out=x) + 1],
}
F1 = (np.array([0.5, -1.0]), np.array([0.0, 1.0, 2.0, 4.0]), np.array([1.0, 3.0, 2.0, 6.0]))

# mse


def mse_loop(theta, x, y):
    total = 0
    for x_i, y_i in zip(x, y, strict=True):
        total += (theta[0] + theta[1] * x_i - y_i) ** 2
    return total / len(x)


def errors(theta, x, y):
    return theta[0] + theta[1] * x - y


def mse_recursive(theta, x, y):
    n, first = len(x), (theta[0] + theta[1] * x[0] - y[0]) ** 2
    return first if n == 1 else (first + (n - 1) * mse_recursive(theta, x[1:], y[1:])) / n


def mse_while(theta, x, y):
    i, total = 0, 0.0
    while i < len(x):
        total, i = total + (y[i] - theta[0] - theta[1] * x[i]) ** 2, i + 1
    return total / i


class Mse:
    def __call__(self, theta, x, y):
        e = errors(theta, x, y)
        return np.dot(e, e) / e.size


RIGHT_MSE = [
    mse_loop,
    mse_recursive,
    mse_while,
    Mse(),
    lambda theta, x, y: np.mean(errors(theta, x, y) ** 2),
    lambda theta, x, y: ((y - np.polyval(theta[::-1], x)) ** 2).mean(),
    lambda theta, x, y: sum((theta[0] + theta[1] * a - b) ** 2 for a, b in zip(x, y, strict=True)) / len(x),
    lambda theta, x, y: errors(theta, x, y) @ errors(theta, x, y) / len(x),
    lambda theta, x, y: np.linalg.norm(np.stack([np.ones_like(x), x], axis=1) @ theta - y) ** 2 / x.shape[0],
    lambda theta, x, y: np.average(np.square(Polynomial(theta)(x) - y)),
    lambda theta, x, y: np.var(errors(theta, x, y)) + np.mean(errors(theta, x, y)) ** 2,
    lambda theta, x, y: np.float32(np.mean(errors(theta, x, y) ** 2)),
    lambda theta, x, y: np.array(mse_loop(theta, x, y)),
    functools.partial(descent.mse_polynomial),
]


def mse_overwrites(theta, x, y):
    for x_i, y_i in zip(x, y, strict=True):
        total = (theta[0] + theta[1] * x_i - y_i) ** 2
    return total


def mse_returns_early(theta, x, y):
    total = 0
    for x_i, y_i in zip(x, y, strict=True):
        total += (theta[0] + theta[1] * x_i - y_i) ** 2
        return total / len(x)


def mse_writes_into_y(theta, x, y):
    y -= theta[0] + theta[1] * x
    return np.mean(y**2)


v = np.array([1.0, 2.0, 3.0, 4.0])

WRONG_MSE = {
    "A05": [lambda *a: np.mean(errors(*a)) ** 2, lambda t, x, y: np.mean(y - t[0] - t[1] * x) ** 2],
    "A04": [lambda *a: np.sum(errors(*a) ** 2), lambda *a: errors(*a) @ errors(*a), lambda *a: sum(errors(*a) ** 2)],
    "root": [lambda *a: np.sqrt(np.mean(errors(*a) ** 2))],
    "absolute": [lambda *a: np.mean(np.abs(errors(*a)))],
    "signed": [lambda *a: np.mean(errors(*a)), lambda *a: -errors(*a).mean(), lambda *a: abs(errors(*a).mean())],
    "doubled": [lambda *a: np.mean(errors(*a) * 2), lambda *a: -2 * np.mean(errors(*a))],
    "sum-then-square": [lambda *a: np.sum(errors(*a)) ** 2, lambda *a: np.sum(errors(*a)) ** 2 / len(a[1])],
    "one-less": [lambda *a: np.sum(errors(*a) ** 2) / (len(a[1]) - 1)],
    "theta-order": [lambda t, x, y: mse_loop(t[::-1], x, y), lambda t, x, y: np.mean((np.polyval(t, x) - y) ** 2)],
    "squares-subtracted": [
        lambda t, x, y: np.mean((t[0] + t[1] * x) ** 2 - y**2),
        lambda t, x, y: np.mean(y**2 - (t[0] + t[1] * x) ** 2),
    ],
    "added": [lambda t, x, y: np.mean((t[0] + t[1] * x + y) ** 2)],
    "no-target": [lambda t, x, y: np.mean((t[0] + t[1] * x) ** 2)],
    "last-point": [mse_overwrites, lambda *a: mse_overwrites(*a) / len(a[1])],
    "first-point": [mse_returns_early, lambda *a: errors(*a)[0] ** 2],
    "not-averaged": [lambda *a: errors(*a) ** 2, lambda *a: list(errors(*a) ** 2)],
    "residuals": [errors, lambda *a: -errors(*a)],
    "half": [lambda *a: np.mean(errors(*a) ** 2) / 2, lambda *a: 0.5 * mse_loop(*a)],
    "ratio -1": [lambda *a: -mse_loop(*a)],
    "ratio 3.5": [lambda *a: np.sum(errors(*a) ** 2) / 2],
    "constant": [lambda *a: 28.75, lambda *a: 14],
    "first-only": [lambda t, x, y: 28.75 if x[1] == 1 and t[0] == 0.5 else x[0]],
    "outside": [lambda t, x, y: np.mean((t[0] + t[1] * x - v[0]) ** 2)],
    "changes-input": [mse_writes_into_y],
    "nan": [lambda t, x, y: np.log(-mse_loop(t, x, y))],
    "shape": [lambda *a: np.array([mse_loop(*a)])],
    "type": [lambda *a: "28.75", lambda *a: (mse_loop(*a), errors(*a)), lambda *a: mse_loop(*a) + 0j],
    "exception": [lambda t, x, y: np.mean((t * x - y) ** 2), lambda t, x, y: errors(t, x, y) ^ 2],
    "unknown": [lambda *a: mse_loop(*a) + 1, lambda *a: np.max(errors(*a) ** 2), lambda *a: np.var(errors(*a))],
}

# nudge_search


def search(loss, k, n, rng, size=0.1):
    best, best_loss = k.copy(), loss(k)
    for _ in range(n - 1):
        trial = best.copy()
        trial[rng.integers(len(k))] += rng.normal(0, size)
        trial_loss = loss(trial)
        if trial_loss < best_loss:
            best, best_loss = trial, trial_loss
    return best


def search_undoes(loss, k, n, rng):
    k = k.copy()
    best = loss(k)
    for _ in range(n - 1):
        i, nudge = rng.integers(len(k)), rng.uniform(-0.2, 0.2)
        before = k[i]
        k[i] += nudge
        now = loss(k)
        if now < best:
            best = now
        else:
            k[i] = before
    return k


def search_keeps_all(loss, k, n, rng):
    seen = [(loss(k), tuple(k))]
    while len(seen) < n:
        trial = np.array(min(seen)[1])
        trial[rng.choice(len(k))] += rng.choice([-1, 1]) * rng.random()
        seen.append((loss(trial), tuple(trial)))
    return np.array(min(seen)[1])


def search_recursive(loss, k, n, rng):
    def go(best, best_loss, left):
        if left == 0:
            return best
        trial = best + rng.normal(0, 0.3) * np.eye(len(best))[rng.integers(len(best))]
        now = loss(trial)
        return go(trial, now, left - 1) if now <= best_loss else go(best, best_loss, left - 1)

    return go(np.array(k), loss(k), n - 1)


def search_with_lists(loss, k, n, rng):
    best, best_loss, asked = list(k), loss(list(k)), 1
    while asked < n:
        trial = best[:]
        trial[int(rng.random() * len(trial))] += rng.normal() / 10
        now, asked = loss(trial), asked + 1
        if now < best_loss:
            best, best_loss = trial, now
    return best


def search_all_knobs(loss, k, n, rng):
    best, best_loss = np.array(k), loss(k)
    for nudge in rng.normal(0, 0.1, (n - 1, len(k))):
        now = loss(best + nudge)
        if now < best_loss:
            best, best_loss = best + nudge, now
    return best


class Search:
    def __init__(self, size):
        self.size = size

    def __call__(self, loss, k, n, rng):
        return tuple(search(loss, k, n, rng, self.size))


RIGHT_SEARCH = [
    search,
    functools.partial(search, size=0.01),
    functools.partial(search, size=1.0),
    search_undoes,
    search_keeps_all,
    search_recursive,
    search_with_lists,
    search_all_knobs,
    Search(0.05),
    lambda loss, k, n, rng: descent.nudge_search(loss, k, n, rng).last,
]


def a_search(
    start="k.copy()",
    first="loss(best)",
    rounds="n - 1",
    trial="best.copy()",
    index="rng.integers(len(k))",
    nudge="rng.normal(0, 0.1)",
    keep="if now < best_loss: best, best_loss = trial, now",
    end="best",
):
    """A search with one line of its own: which line, is what the mistakes below are about."""
    source = f"""
def nudge_search(loss, k, n, rng):
    best = {start}
    best_loss = {first}
    trial = best
    for _ in range({rounds}):
        trial = {trial}
        trial[{index}] += {nudge}
        now = loss(trial)
        {keep}
    return {end}
"""
    scope = {"np": np}
    exec(source, scope)
    return scope["nudge_search"]


def a_search_that_sets(number="rng.normal(0, 0.1)"):
    source = f"""
def nudge_search(loss, k, n, rng):
    best, best_loss = k.copy(), loss(k)
    for _ in range(n - 1):
        trial = best.copy()
        trial[rng.integers(len(k))] = {number}
        now = loss(trial)
        if now < best_loss:
            best, best_loss = trial, now
    return best
"""
    scope = {"np": np}
    exec(source, scope)
    return scope["nudge_search"]


def search_asks_twice(loss, k, n, rng):
    best = k.copy()
    for _ in range(n):
        trial = best.copy()
        trial[rng.integers(len(k))] += rng.normal(0, 0.1)
        if loss(trial) < loss(best):
            best = trial
    return best


def search_in_place(loss, k, n, rng):
    best_loss = loss(k)
    for _ in range(n - 1):
        i, nudge = rng.integers(len(k)), rng.normal(0, 0.1)
        before = k[i]
        k[i] += nudge
        if loss(k) < best_loss:
            best_loss = loss(k)
        else:
            k[i] = before
    return k


WRONG_SEARCH = {
    "A07": [
        a_search(start="k", trial="best"),
        a_search(start="k.copy()", trial="best"),
        a_search(start="k", trial="k", end="k"),
        a_search(start="np.array(k)", trial="best[:]"),
    ],
    "sets-not-adds": [
        a_search_that_sets(),
        a_search_that_sets("rng.uniform(-1, 1)"),
    ],
    "returns-loss": [a_search(end="best_loss"), a_search(end="loss(best)", rounds="n - 2")],
    "no-search": [lambda loss, k, n, rng: k.copy(), a_search(keep="return best"), a_search(rounds="0")],
    "too-many": [a_search(rounds="n"), a_search(rounds="2 * n"), search_asks_twice],
    "returns-start": [a_search(end="k"), a_search(keep="if now < best_loss: best_loss = now")],
    "uphill": [a_search(keep="if now > best_loss: best, best_loss = trial, now")],
    "keeps-worse": [
        a_search(keep="best, best_loss = trial, now"),
        a_search(keep="if now < best_loss or True: best = trial"),
    ],
    "returns-last": [a_search(end="trial")],
    "not-the-best": [a_search(keep="if now < best_loss: best = trial"), a_search(end="(best + k) / 2")],
    "start-not-measured": [a_search(first="np.inf"), a_search(first="1e9", rounds="n")],
    "ignores-rng": [
        a_search(index="np.random.randint(len(k))", nudge="np.random.normal(0, 0.1)"),
        lambda loss, k, n, rng: search(loss, k, n, np.random.default_rng(0)),
        lambda loss, k, n, rng: search(loss, k, n, np.random.default_rng()),
    ],
    "no-progress": [a_search(nudge="0.0 * rng.normal()"), a_search(nudge="1e6 + rng.random()")],
    "some-knobs": [a_search(index="rng.integers(len(k) - 1)"), a_search(index="0"), a_search(index="rng.integers(2)")],
    "one-way": [
        a_search(nudge="rng.random() / 10"),
        a_search(nudge="-rng.random() / 10"),
        a_search(nudge="abs(rng.normal(0, 0.1))"),
    ],
    "changes-input": [search_in_place],
    "type": [a_search(end="best, best_loss")],
    "exception": [a_search(index="rng.integers(6)"), a_search(index="rng.integers(1, len(k) + 1)")],
    "returns-nothing": [a_search(end="None")],
    "shape": [a_search(end="best[0]"), a_search(end="[best]")],
}

# slope


def slope_copies(loss, k, i, h):
    up, down = k.copy(), k.copy()
    up[i] += h
    down[i] -= h
    return (loss(up) - loss(down)) / (2 * h)


def slope_in_place(loss, k, i, h):
    k[i] += h
    up = loss(k)
    k[i] -= 2 * h
    down = loss(k)
    k[i] += h
    return (up - down) / (2 * h)


def slope_lists(loss, k, i, h):
    up, down = list(k), list(k)
    up[i], down[i] = up[i] + h, down[i] - h
    return (loss(up) - loss(down)) / (2 * h)


class Slope:
    def __call__(self, loss, k, i, h):
        nudge = h * np.eye(len(k))[i]
        return (loss(k + nudge) - loss(k - nudge)) / 2 / h


RIGHT_SLOPE = [
    slope_copies,
    slope_in_place,
    slope_lists,
    Slope(),
    lambda loss, k, i, h: float(slope_copies(loss, np.array(k), int(i), float(h))),
    lambda loss, k, i, h: np.diff([loss([*k[:i], k[i] + s * h, *k[i + 1 :]]) for s in (-1, 1)])[0] / (2 * h),
    lambda loss, k, i, h: (loss(k + h * (np.arange(k.size) == i)) - loss(k - h * (np.arange(k.size) == i))) * 0.5 / h,
    lambda loss, k, i, h: -(loss(np.add(k, -h * np.eye(len(k))[i])) - loss(np.add(k, h * np.eye(len(k))[i]))) / (h + h),
    lambda loss, k, i, h: np.gradient([loss(k + s * h * np.eye(len(k))[i]) for s in (-1, 0, 1)], h)[1],
    functools.partial(lambda two, loss, k, i, h: slope_copies(loss, k, i, h) * 2 / two, 2),
]


def a_slope(
    first="up = k.copy(); up[i] += h; a = loss(up)",
    second="down = k.copy(); down[i] -= h; b = loss(down)",
    end="(a - b) / (2 * h)",
):
    scope = {"np": np, "slope_copies": slope_copies}
    exec(f"def slope(loss, k, i, h):\n    {first}\n    {second}\n    return {end}\n", scope)
    return scope["slope"]


WRONG_GRADIENT_SLOPE = {
    "A12": [
        a_slope(end="(a - b) / h"),
        a_slope("k[i] += h; a = loss(k)", "k[i] -= 2 * h; b = loss(k); k[i] += h", "(a - b) / h"),
    ],
    "A07": [
        a_slope("up = k; up[i] += h", "down = k; down[i] -= h", "(loss(up) - loss(down)) / (2 * h)"),
        a_slope("up = k; up[i] += h; a = loss(up)", "down = k; down[i] -= h; b = loss(down)"),
        a_slope("k[i] += h; a = loss(k)", "k[i] -= 2 * h; b = loss(k)"),
        a_slope("b = loss(k)", "k[i] += h; a = loss(k)", "(a - b) / h"),
    ],
    "forward": [a_slope(second="b = loss(k)", end="(a - b) / h")],
    "backward": [a_slope("a = loss(k)", end="(a - b) / h")],
    "half-forward": [a_slope(second="up[i] -= h; b = loss(up)"), a_slope(second="b = loss(k)"), a_slope("a = loss(k)")],
    "parentheses": [a_slope(end="(a - b) / 2 * h")],
    "parentheses-above": [a_slope(end="a - b / (2 * h)")],
    "not-divided": [a_slope(end="a - b"), a_slope(end="(a - b) / 2"), a_slope(second="b = loss(k)", end="a - b")],
    "sign": [
        a_slope(end="(b - a) / (2 * h)"),
        a_slope("up = k.copy(); up[i] -= h; a = loss(up)", "down = k.copy(); down[i] += h; b = loss(down)"),
    ],
    "all-knobs": [a_slope("a = loss(k + h)", "b = loss(k - h)")],
    "wrong-knob": [
        lambda loss, k, i, h: slope_copies(loss, k, 0, h),
        lambda loss, k, i, h: slope_copies(loss, k, i - 1, h),
        lambda loss, k, i, h: slope_copies(loss, k, (i + 1) % len(k), h),
        lambda loss, k, i, h: slope_copies(loss, k, -1, h),
    ],
    "sets-not-adds": [
        a_slope("up = k.copy(); up[i] = h; a = loss(up)", "down = k.copy(); down[i] = -h; b = loss(down)")
    ],
    "all-slopes": [lambda loss, k, i, h: [slope_copies(loss, k, j, h) for j in range(len(k))]],
    "ignores-h": [
        lambda loss, k, i, h: slope_copies(loss, k, i, 1e-4),
        lambda loss, k, i, h: slope_copies(loss, k, i, 1e-6),
    ],
    "five-point": [lambda loss, k, i, h: (4 * slope_copies(loss, k, i, h) - slope_copies(loss, k, i, 2 * h)) / 3],
    "ratio -2": [a_slope(end="(b - a) / h")],
    "exception": [lambda loss, k, i, h: slope_copies(loss, k, i + 1, h), a_slope(end="(loss() - b) / h")],
    "unknown": [
        a_slope(end="(a - b) / (2 * h) + 1"),
        a_slope(end="(a + b) / (2 * h)"),
        a_slope(end="(a - 2 * loss(k) + b) / h**2"),
    ],
    "constant": [lambda loss, k, i, h: 6.0],
}

# grad_mse


def grad_loop(theta, x, y):
    d_b = d_m = 0
    for x_i, y_i in zip(x, y, strict=True):
        error = theta[0] + theta[1] * x_i - y_i
        d_b += 2 * error / len(x)
        d_m += 2 * error * x_i / len(x)
    return d_b, d_m


def grad_vector(theta, x, y):
    e = errors(theta, x, y)
    return np.array([2 * np.mean(e), 2 * np.mean(e * x)])


class Gradient:
    def __call__(self, theta, x, y):
        X = np.column_stack([np.ones_like(x), x])
        return 2 * X.T @ (X @ theta - y) / len(x)


def grad_by_nudges(theta, x, y):
    return [slope_copies(lambda t: mse_loop(t, x, y), theta, i, 1e-3) for i in (0, 1)]


RIGHT_GRAD = [
    grad_loop,
    grad_vector,
    Gradient(),
    grad_by_nudges,
    lambda t, x, y: [np.mean(2 * errors(t, x, y)), np.mean(2 * errors(t, x, y) * x)],
    lambda t, x, y: -2 / len(x) * np.array([np.sum(y - t[0] - t[1] * x), x @ (y - t[0] - t[1] * x)]),
    lambda t, x, y: 2 * np.mean(errors(t, x, y) * np.stack([x**0, x]), axis=1),
    lambda t, x, y: tuple(2 * np.average(errors(t, x, y) * x**i) for i in range(2)),
    lambda t, x, y: [2 * sum((t[0] + t[1] * a - b) * a**i for a, b in zip(x, y, strict=True)) / len(x) for i in (0, 1)],
    lambda t, x, y: grad_vector(t, x, y).astype(np.float32),
    lambda t, x, y: np.array(grad_loop(t, x, y), dtype=object),
    functools.partial(lambda n, t, x, y: descent.mse_gradient(t, x, y)[:n], 2),
]


def a_grad(error="theta[0] + theta[1] * x - y", b="2 * np.mean(e)", m="2 * np.mean(e * x)"):
    scope = {"np": np}
    exec(f"def grad_mse(theta, x, y):\n    e = {error}\n    return {b}, {m}\n", scope)
    return scope["grad_mse"]


WRONG_GRAD = {
    "A02": [
        a_grad("y - (theta[0] + theta[1] * x)"),
        a_grad("y - theta[0] - theta[1] * x", "np.mean(e)", "np.mean(e * x)"),
        a_grad(b="-2 * np.mean(e)", m="-2 * np.mean(e * x)"),
    ],
    "A03": [
        a_grad(m="2 * np.mean(e)"),
        a_grad(b="np.mean(e)", m="np.mean(e)"),
        a_grad("y - theta[0] - theta[1] * x", m="2 * np.mean(e)"),
    ],
    "A04": [
        a_grad(b="2 * np.sum(e)", m="2 * np.sum(e * x)"),
        a_grad(b="2 * e.sum()", m="2 * e @ x"),
        a_grad(b="np.sum(e)", m="np.sum(e * x)"),
    ],
    "swapped": [a_grad(b="2 * np.mean(e * x)", m="2 * np.mean(e)")],
    "theta-order": [
        a_grad("theta[1] + theta[0] * x - y"),
        a_grad("theta[1] + theta[0] * x - y", "2 * np.mean(e * x)", "2 * np.mean(e)"),
    ],
    "means-multiplied": [a_grad(m="2 * np.mean(e) * np.mean(x)")],
    "x-too-often": [a_grad(b="2 * np.mean(e * x)", m="2 * np.mean(e * x * x)")],
    "not-differentiated": [
        a_grad(b="np.mean(e**2)", m="np.mean(e**2 * x)"),
        a_grad(b="2 * np.mean(e**2)", m="2 * np.mean(e**2 * x)"),
    ],
    "no-target": [a_grad("theta[0] + theta[1] * x")],
    "not-averaged": [
        lambda t, x, y: np.array([2 * errors(t, x, y), 2 * errors(t, x, y) * x]),
        a_grad(b="2 * e", m="2 * e * x"),
        lambda t, x, y: np.stack([2 * errors(t, x, y), 2 * errors(t, x, y) * x], axis=1),
    ],
    "half": [a_grad(b="np.mean(e)", m="np.mean(e * x)")],
    "ratio 2": [a_grad(b="4 * np.mean(e)", m="4 * np.mean(e * x)")],
    "ratio 0.142857": [a_grad(b="2 * np.mean(e) / len(x)", m="2 * np.mean(e * x) / len(x)")],
    "ratio -7": [a_grad(b="-2 * e.sum()", m="-2 * e @ x")],
    "shape": [a_grad(b="np.array([2 * np.mean(e)])", m="[2 * np.mean(e * x)]"), lambda *a: np.sum(grad_vector(*a))],
    "type": [a_grad(b="2 * np.mean(e)", m="2 * e * x"), a_grad(m="None")],
    "constant": [lambda *a: (-8.5, -24.25)],
    "unknown": [a_grad(b="2 * np.mean(e) + 1"), a_grad(m="2 * np.mean(e * x) - np.mean(x)"), a_grad(b="0")],
    "nearly": [lambda t, x, y: np.round(grad_vector(t, x, y), 1)],
}

# fit_hubble


def a_fit(
    start="0.0",
    rounds="range(steps)",
    before="pass",
    slope="2 * np.mean((m * r - v) * r)",
    step="m = m - eta * g",
    after="pass",
    end="m",
    eta="eta",
    steps="steps",
):
    """A descent with one line of its own; its source can be read, as in a notebook."""
    source = f"""
def fit_hubble(r, v, {eta}, {steps}):
    m = {start}
    {before}
    for t in {rounds}:
        g = {slope}
        {step}
        {after}
    return {end}
"""
    return run_as_cell(source, {"np": np})["fit_hubble"]


def fit_recursive(r, v, eta, steps, m=0.0):
    return m if steps == 0 else fit_recursive(r, v, eta, steps - 1, m - eta * 2 * np.mean((m * r - v) * r))


def fit_by_nudges(r, v, eta, steps):
    k = np.array([0.0])
    for _ in range(steps):
        k = k - eta * slope_copies(lambda k: np.mean((k[0] * r - v) ** 2), k, 0, 1e-2)
    return k[0]


def fit_by_closed_walk(r, v, eta, steps):
    best, bend = (r @ v) / (r @ r), 2 * np.mean(r * r)
    return best * (1 - (1 - eta * bend) ** steps)


def fit_in_plain_python(r, v, eta, steps):
    m, n = 0, len(r)
    while steps > 0:
        m -= eta * sum(2 * (m * a - b) * a for a, b in zip(r, v, strict=True)) / n
        steps -= 1
    return m


class Fit:
    def __init__(self):
        self.path = []

    def __call__(self, r, v, eta, steps):
        self.path = [0.0]
        for _ in range(steps):
            self.path.append(self.path[-1] - eta * 2 * np.mean((self.path[-1] * r - v) * r))
        return self.path[-1]


RIGHT_FIT = [
    a_fit(),
    a_fit(eta="eta=0.3", steps="steps=60"),
    a_fit(eta="eta=0.1", steps="steps=500"),
    a_fit(after="if abs(g) < 1e-9: break"),
    fit_recursive,
    fit_by_nudges,
    fit_by_closed_walk,
    fit_in_plain_python,
    Fit(),
    lambda r, v, eta, steps: functools.reduce(lambda m, _: m - eta * 2 * np.mean((m * r - v) * r), range(steps), 0),
    lambda r, v, eta, steps: np.float32(fit_by_closed_walk(r, v, eta, steps)),
    lambda r, v, eta, steps: np.array(fit_in_plain_python(r, v, eta, steps)),
    lambda r, v, eta, steps: descent.gradient_descent(
        lambda m: 0.0, lambda m: np.array([2 * np.mean((m[0] * r - v) * r)]), [0.0], eta, steps
    ).last[0],
]

WITH_B = """
def fit_hubble(r, v, eta, steps):
    b, m = 0.0, 0.0
    for t in range(steps):
        e = b + m * r - v
        b, m = b - eta * 2 * np.mean(e), m - eta * 2 * np.mean(e * r)
    return m
"""
SCOPE = {"np": np}
exec(WITH_B, SCOPE)

WRONG_FIT = {
    "A01": [
        a_fit(step="m = m + eta * g"),
        a_fit(step="m += eta * g"),
        a_fit(slope="eta * 2 * np.mean((m * r - v) * r)", step="m += g"),
    ],
    "A02": [
        a_fit(slope="2 * np.mean((v - m * r) * r)"),
        a_fit(slope="2 * np.mean((v - m * r) * r)", step="m -= eta * g"),
        a_fit(slope="-2 * np.mean((m * r - v) * r)", step="step = eta * g; m -= step"),
    ],
    "A01 or A02": [functools.partial(lambda sign, r, v, eta, steps: fit_by_closed_walk(r, v, sign * eta, steps), -1)],
    "first-only": [a_fit(end="m + t")],
    "A03": [a_fit(slope="2 * np.mean(m * r - v)")],
    "A04": [a_fit(slope="2 * np.sum((m * r - v) * r)"), a_fit(slope="np.sum((m * r - v) * r)")],
    "intercept": [SCOPE["fit_hubble"]],
    "stale-slope": [a_fit(before="first = 2 * np.mean((m * r - v) * r)", slope="first")],
    "one-step-only": [a_fit(after="return m")],
    "one-step-less": [a_fit(rounds="range(1, steps)"), a_fit(rounds="range(steps - 1)")],
    "one-step-more": [a_fit(rounds="range(steps + 1)")],
    "no-descent": [a_fit(end="(r @ v) / (r @ r)"), lambda r, v, eta, steps: np.linalg.lstsq(r[:, None], v)[0][0]],
    "returns-history": [
        a_fit(before="path = [m]", after="path.append(m)", end="path"),
        a_fit(before="path = []", after="path.append(m)", end="np.array(path)"),
    ],
    "returns-loss": [a_fit(end="np.mean((m * r - v) ** 2)")],
    "returns-slope": [a_fit(end="g"), a_fit(end="2 * np.mean((m * r - v) * r)")],
    "swapped-data": [a_fit(slope="2 * np.mean((m * v - r) * v)")],
    "ignores-eta": [a_fit(step="m = m - 1e-6 * g"), a_fit(step="m = m - 0.1 * g"), a_fit(step="m = m - g")],
    "ignores-steps": [a_fit(rounds="range(100)"), a_fit(rounds="range(50)", step="m = m - 1e-6 * g")],
    "stops-early": [
        a_fit(
            before="old = 1e99",
            after="now = np.mean((m * r - v) ** 2)\n        if old - now < 3000: break\n        old = now",
        )
    ],
    "defaults-too-small": [
        a_fit(eta="eta=1e-6", steps="steps=1000"),
        a_fit(eta="eta=0.3", steps="steps=3"),
        a_fit(eta="eta=0.01", steps="steps=100"),
    ],
    "defaults-too-large": [a_fit(eta="eta=1.0", steps="steps=500"), a_fit(eta="eta=0.9", steps="steps=10000")],
    "half": [
        a_fit(slope="np.mean((m * r - v) * r)"),
        a_fit(slope="np.mean((m * r - v) * r)", eta="eta=.5", steps="steps=99"),
    ],
    "other-start": [a_fit(start="1.0"), a_fit(start="500"), a_fit(start="-20.0")],
    "constant": [lambda r, v, eta, steps: 423.937],
    "time": [a_fit(eta="eta=0.3", steps="steps=10**9")],
    "nearly": [a_fit(end="m * 1.001")],
    "unknown": [a_fit(slope="2 * np.mean((m * r - v) * r**2)"), a_fit(step="m = m - eta**2 * g")],
}

EVERY = {
    "axes": (L1.AXES, RIGHT_AXES, WRONG_AXES),
    "predict": (L1.PREDICT, RIGHT_PREDICT, WRONG_PREDICT),
    "mse": (L1.MSE, RIGHT_MSE, WRONG_MSE),
    "nudge_search": (L1.NUDGE_SEARCH, RIGHT_SEARCH, WRONG_SEARCH),
    "slope": (L1.SLOPE, RIGHT_SLOPE, WRONG_GRADIENT_SLOPE),
    "grad_mse": (L1.GRAD_MSE, RIGHT_GRAD, WRONG_GRAD),
    "fit_hubble": (L1.FIT_HUBBLE, RIGHT_FIT, WRONG_FIT),
}


@pytest.mark.parametrize("name", EVERY)
def test_right_answers_pass_and_each_wrong_one_gets_its_own_name_as_the_report_says(name):
    the_report_is_true("curve_fitting", name)


@pytest.mark.parametrize("name", EVERY)
def test_every_mistake_and_convention_of_an_exercise_is_in_its_table(name):
    exercise, right, wrong = EVERY[name]
    assert {mistake.name for mistake in exercise.mistakes} <= set(wrong)
    assert {convention.name for convention in exercise.conventions} <= set(wrong)
    assert len(right) >= 5


def test_a01_to_a08_are_all_named_somewhere():
    named = {mistake.name for exercise, _, _ in EVERY.values() for mistake in exercise.mistakes}
    assert {f"A0{number}" for number in range(1, 9)} <= named and "A12" in named


# The numbers that this lesson's text rests on


def test_the_truths_are_the_known_numbers():
    assert L1.MSE.truth(*F1) == 28.75
    assert L1.GRAD_MSE.truth(*F1) == (-8.5, -24.25)
    assert L1.FIT_HUBBLE.truth(H.distance, H.velocity, 0.3, 100) == pytest.approx(423.937, abs=5e-4)
    assert L1.FIT_HUBBLE.truth(H.distance, H.velocity, 0.3, 1) == pytest.approx(313, abs=0.5)


def test_the_known_wrong_numbers_come_from_the_mistakes_they_stand_for():
    gives = {mistake.name: [wrong(*F1) for wrong in mistake.variants] for mistake in L1.MSE.mistakes}
    assert gives["A04"] == [115] and gives["A05"] == [18.0625] and gives["root"] == [pytest.approx(5.36, abs=5e-3)]
    assert L1.MSE.conventions[0].value(*F1) == 14.375
    gives = {mistake.name: mistake.variants[0](*F1) for mistake in L1.GRAD_MSE.mistakes}
    assert gives["A02"] == (8.5, 24.25) and gives["A03"] == (-8.5, -8.5) and gives["A04"] == (-34, -97)


@pytest.mark.parametrize("name", ["predict", "mse", "slope", "grad_mse", "fit_hubble"])
def test_no_two_mistakes_give_the_same_numbers_and_none_the_truth(name):
    assert [pair for pair in look_alike(EVERY[name][0], near=100) if pair != {"A01", "A02"}] == []


# What the sentences say


def test_a_tiny_learning_rate_is_told_that_the_slope_is_still_steep():
    said = checking.examine(L1.FIT_HUBBLE, a_fit(eta="eta=1e-6", steps="steps=1000")).sentence
    assert said.endswith("it stops at m = 1.042, where the slope is still -1.04e+03.")
    said = checking.examine(L1.FIT_HUBBLE, a_fit(step="m = m - 1e-6 * g")).sentence
    assert "steps with eta = 1e-06, whatever eta it is given" in said and "the slope is still -1043" in said


def test_the_half_convention_is_right_and_says_so():
    note = checking.examine(L1.MSE, lambda *a: mse_loop(*a) / 2).sentence
    assert note.startswith("right for the convention with ½ in front") and "The course leaves the ½ out" in note


def test_the_sum_is_told_to_be_right_for_the_sum_convention():
    assert "right for the sum convention" in L1.MSE.mistake("A04").says
    assert "right for the sum convention" in L1.GRAD_MSE.mistake("A04").says


def test_only_the_wrong_component_is_named():
    said = checking.examine(L1.GRAD_MSE, a_grad(m="2 * np.mean(e * x) + 3")).sentence
    assert said.endswith("that is not the gradient of the mean squared error: [m] differs, the rest agrees.")


def exercises():
    for name in checks.names():
        checks.load(name)
    return [checking._registry[name] for name in checks.names()]


@pytest.mark.parametrize("exercise", exercises(), ids=lambda exercise: exercise.name)
def test_hints_are_a_question_then_a_pointer_then_a_step_and_no_two_are_the_same(exercise):
    for hints in (exercise, *exercise.mistakes):
        assert hints.question.endswith("?")
        assert hints.pointer.endswith((".", "?", ".)")) and hints.step.endswith((".", "?", ".)"))
        assert len({hints.question, hints.pointer, hints.step}) == 3
        assert max(map(len, (hints.question, hints.pointer))) < 210 and len(hints.step) < 280
    for mistake in exercise.mistakes:
        assert callable(mistake.says) or re.fullmatch(r"([a-zβη]|Python ).*\.", mistake.says)
    names = [mistake.name for mistake in exercise.mistakes]
    assert len(set(names)) == len(names)


def solution_lines(exercise):
    """The lines of the exercise's solution that would give it away, without spaces."""
    text = (ROOT / "lessons" / exercise.lesson / "exercises.md").read_text(encoding="utf-8")
    cell = re.search(rf":answer: {exercise.name}\n.*?### BEGIN SOLUTION\n(.*?)### (?:STUB|END)", text, re.DOTALL)
    lines = [line.split("#")[0].strip() for line in cell[1].splitlines()] if cell else []
    telling = [re.sub(r"^(return|[^=(]+ \+?=)", "", line) for line in lines if re.search(r"[-(*/]", line)]
    return [re.sub(r"\s", "", line) for line in telling if not line.startswith(("def", "for", "if", '"""'))]


def test_the_solutions_can_be_found_to_be_compared():
    found = {exercise.name: solution_lines(exercise) for exercise in exercises()}
    without = {name for name, lines in found.items() if not lines}
    words_or_too_short = {"double", "derivation", "add_mul", "pow_tanh_exp", "zero_grad", "diagnosis", "curve_doctor"}
    assert without <= words_or_too_short | {"diagnose"}
    assert "y2-y1" in found["hello_slope"] and "(loss(up)-loss(down))/(2*h)" in found["slope"]
    assert "np.mean(residual**2)" in found["mse"] and "eta*slope_here" in "".join(found["fit_hubble"])


@pytest.mark.parametrize("exercise", exercises(), ids=lambda exercise: exercise.name)
def test_no_hint_contains_a_line_of_the_solution(exercise):
    texts = [exercise.question, exercise.pointer, exercise.step, exercise.known]
    texts += [t for m in exercise.mistakes for t in (m.question, m.pointer, m.step, "" if callable(m.says) else m.says)]
    for text in texts:
        telling = [line for line in solution_lines(exercise) if len(line) > 20]  # a short call tells nothing
        assert not [line for line in telling if line in re.sub(r"\s", "", text)], text


@pytest.mark.parametrize("exercise", exercises(), ids=lambda exercise: exercise.name)
def test_the_words_stay_calm(exercise):
    texts = [exercise.known, exercise.what, exercise.question, exercise.pointer, exercise.step]
    texts += [t for m in exercise.mistakes for t in (m.question, m.pointer, m.step, "" if callable(m.says) else m.says)]
    for text in texts:
        assert not re.search(
            r"!|\b(simply|obviously|just|easy|trivial|wrong!)\b", text.replace("gives just these", "")
        ), text
