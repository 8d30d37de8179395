"""L2's exercises: every known wrong answer gets its own name, right ones pass in whatever style they are written."""

import functools
import itertools
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from asking import are_told_what_they_are, bad_answers, look_alike, met_in_two_styles, written
from checker_report import the_report_is_true

from helpers import checking, checks
from helpers.checks import chain_rule as L2
from helpers.data import load_forbes
from helpers.guard import Limits

SIN1, COS1 = math.sin(1), math.cos(1)


def name_of(exercise, answer):
    return checking.examine(exercise, answer).name


# places

RIGHT_PLACES = [
    {"sin": 1.0, "exp": 0.8415},
    {"exp": 0.841, "sin": 1},
    {"sin": 1, "exp": 0.842},
    {"sin": 1.0, "exp": math.sin(1)},
    {"sin": np.float64(1), "exp": np.sin(1.0)},
    {"sin": np.array(1.0), "exp": np.array(0.8415)},
    {"sin": np.int64(1), "exp": np.float32(0.8415)},
    {"sin": Fraction(1), "exp": Fraction(8415, 10000)},
    {"sin": Decimal(1), "exp": Decimal("0.8415")},
    dict(zip(("sin", "exp"), (1.0, np.sin(1)), strict=True)),
]
WRONG_PLACES = {
    "A09": [{"sin": 1, "exp": 1}, {"sin": 1.0, "exp": np.float64(1)}],
    "swapped": [{"sin": 0.8415, "exp": 1}, {"sin": np.sin(1), "exp": 1.0}],
    "inside-out": [{"sin": 2.718, "exp": 1}, {"sin": np.exp(1), "exp": 1}, {"sin": 2.72, "exp": 1}],
    "outputs": [{"sin": 0.8415, "exp": 2.3198}, {"sin": 1, "exp": np.exp(np.sin(1))}],
    "slopes": [{"sin": 0.54, "exp": 2.32}, {"sin": 1, "exp": np.cos(1)}],
    "degrees": [{"sin": 1, "exp": 0.01745}, {"sin": 1.0, "exp": np.sin(np.pi / 180)}],
    "rounded": [{"sin": 1, "exp": 0.84}, {"sin": 1, "exp": 0.8}, {"sin": 1, "exp": 0.85}],
    "unknown": [{"sin": 1, "exp": 7}, {"sin": 3, "exp": 0.8415}, {"sin": 0, "exp": 0}, {"sin": 1, "exp": 1e300}],
    "type": [
        {"sin": 1},
        {"sin": 1, "exp": "0.8415"},
        {"sin": 1, "exp": None},
        {"sin": 1, "exp": np.nan},
        {"sin": [1], "exp": 0.8415},
        {"sin": 1, "exp": True},
        {"sin": 1, "exp": np.sin},
        {"sin": 1, "cos": 0.8415},
        [1, 0.8415],
        "0.8415",
        3,
    ],
    "not started": [None, {"sin": ..., "exp": ...}, {"sin": 1.0, "exp": ...}],
}

# local_slopes


def slopes_by_name(x):
    u = x**2
    v = np.sin(u)
    return 2 * x, np.cos(u), np.exp(v)


def slopes_nudged(x, h=1e-6):
    slopes = []
    for machine in (np.square, np.sin, np.exp):
        slopes.append((machine(x + h) - machine(x - h)) / (2 * h))
        x = machine(x)
    return slopes


def slopes_recursive(x, links=((np.square, lambda x: x + x), (np.sin, np.cos), (np.exp, np.exp))):
    (f, df), rest = links[0], links[1:]
    return [df(x), *(slopes_recursive(f(x), rest) if rest else [])]


class Slopes:
    def __call__(self, x):
        return np.array([2 * x, np.sin(np.pi / 2 - x * x), math.e ** np.sin(x * x)])


RIGHT_SLOPES = [
    slopes_by_name,
    slopes_nudged,
    slopes_recursive,
    Slopes(),
    lambda x: [2 * x, math.cos(x * x), math.exp(math.sin(x * x))],
    lambda x: np.array([2 * x, np.cos(x**2), np.exp(np.sin(x**2))]),
    lambda x: np.float32(slopes_by_name(x)),
    lambda x: [np.array(slope) for slope in slopes_by_name(x)],
    lambda x: np.array(slopes_by_name(x), dtype=object),
    lambda x: (x + x, 1 - 2 * np.sin(x * x / 2) ** 2, np.expm1(np.sin(x * x)) + 1),
    lambda x: [np.polyval([2, 0], x), np.real(np.exp(1j * x * x)), np.exp(np.imag(np.exp(1j * x * x)))],
    functools.partial(lambda n, x: slopes_by_name(x)[:n], 3),
]


def a_slopes(du="2 * x", dv="np.cos(u)", dy="np.exp(v)", end="du, dv, dy"):
    return written(
        f"def local_slopes(x):\n    u = x**2\n    v = np.sin(u)\n    y = np.exp(v)\n"
        f"    du = {du}\n    dv = {dv}\n    dy = {dy}\n    return {end}\n"
    )


def degrees_everywhere(x):
    u = x**2
    return [2 * x, np.cos(np.deg2rad(u)), np.exp(np.sin(np.deg2rad(u)))]


def values_for_slopes(x):
    out = []
    for machine in (np.square, np.sin, np.exp):
        x = machine(x)
        out.append(x)
    return out


WRONG_SLOPES = {
    "A09": [
        a_slopes(dv="np.cos(x)"),
        a_slopes(dy="np.exp(x)"),
        a_slopes(dy="np.exp(u)"),
        a_slopes(dv="np.cos(x)", dy="np.exp(np.sin(x))"),
        lambda x: [2 * x, math.cos(x), math.exp(x)],
        lambda x: np.array([df(x) for df in (lambda x: 2 * x, np.cos, np.exp)]),
    ],
    "at-output": [
        a_slopes(du="2 * u", dv="np.cos(v)", dy="np.exp(y)"),
        a_slopes(dv="np.cos(v)"),
        lambda x: (2 * x, math.cos(x * x), math.exp(math.exp(math.sin(x * x)))),
    ],
    "slope-fed": [a_slopes(dv="np.cos(du)"), a_slopes(dy="np.exp(dv)"), lambda x: slopes_recursive_fed(x)],
    "value": [a_slopes(du="u"), a_slopes(dv="v"), values_for_slopes, a_slopes(dy="v")],
    "square": [a_slopes(du="x"), a_slopes(du="2"), lambda x: (x, np.cos(x**2), np.exp(np.sin(x**2)))],
    "cosine-sign": [a_slopes(dv="-np.cos(u)"), lambda x: [2 * x, -math.cos(x * x), math.exp(math.sin(x * x))]],
    "power-rule": [a_slopes(dy="v * np.exp(v - 1)"), a_slopes(dy="v * np.exp(v)")],
    "degrees": [degrees_everywhere, a_slopes(dv="np.cos(np.pi / 180 * u)"), a_slopes(dy="np.exp(np.sin(u*np.pi/180))")],
    "running": [
        a_slopes(end="du, du * dv, du * dv * dy"),
        lambda x: np.cumprod(slopes_by_name(x)),
        lambda x: np.cumprod(slopes_by_name(x)[::-1])[::-1],
        a_slopes(end="du * dv * dy, dv * dy, dy"),
    ],
    "order": [a_slopes(end="dy, dv, du"), lambda x: slopes_by_name(x)[::-1]],
    "product": [a_slopes(end="du * dv * dy"), lambda x: np.prod(slopes_by_name(x))],
    "A10": [a_slopes(end="du + dv + dy"), lambda x: sum(slopes_by_name(x))],
    "ratio -1": [lambda x: -np.array(slopes_by_name(x))],
    "ratio 2": [lambda x: 2 * np.array(slopes_by_name(x))],
    "shape": [a_slopes(end="du, dv"), a_slopes(end="du, dv, dy, y"), a_slopes(end="[[du], [dv], [dy]]")],
    "constant": [lambda x: (1.0, 2.0, 3.0)],
    "first-only": [lambda x: slopes_by_name(0.5) if x == 0.5 else (x, x, 1.0 + x)],
    "unknown": [
        a_slopes(dy="np.exp(v) + 1"),
        a_slopes(dv="np.cos(u) ** 2"),
        a_slopes(du="3 * x", dv="np.cos(x)"),
        a_slopes(end="dv, du, dy"),
        a_slopes(dv="np.tan(u)", dy="np.exp(x)"),
    ],
    "nearly": [lambda x: np.round(slopes_by_name(x), 2)],
}


def slopes_recursive_fed(x):
    du = 2 * x
    dv = math.cos(du)
    return du, dv, math.exp(dv)


# chain


def chain_loop(fs, dfs, x):
    slope = 1.0
    for f, df in zip(fs, dfs, strict=True):
        slope = slope * df(x)
        x = f(x)
    return x, slope


def chain_values_first(fs, dfs, x):
    values = [x]
    for f in fs:
        values.append(f(values[-1]))
    return values[-1], np.prod([df(value) for df, value in zip(dfs, values, strict=False)])


def chain_backwards(fs, dfs, x):
    values = list(itertools.accumulate(fs, lambda value, f: f(value), initial=x))
    slope = 1
    for i in reversed(range(len(fs))):
        slope *= dfs[i](values[i])
    return np.array([values[-1], slope])


def chain_recursive(fs, dfs, x):
    if not fs:
        return x, 1
    value, slope = chain_recursive(fs[1:], dfs[1:], fs[0](x))
    return value, slope * dfs[0](x)


def chain_last_first(fs, dfs, x):
    if len(fs) == 0:
        return [x, 1.0]
    value, slope = chain_last_first(fs[:-1], dfs[:-1], x)
    return [fs[-1](value), slope * dfs[-1](value)]


def chain_while(fs, dfs, x):
    i, value, slope = 0, np.float64(x), np.float64(1)
    while i < len(fs):
        value, slope, i = fs[i](value), slope * dfs[i](value), i + 1
    return value, slope


def chain_by_logs(fs, dfs, x):
    signs, logs = [1.0], [0.0]
    for f, df in zip(fs, dfs, strict=True):
        s = df(x)
        signs.append(np.sign(s))
        logs.append(np.log(abs(s)))
        x = f(x)
    return x, math.prod(signs) * np.exp(sum(logs))


class Chain:
    def __call__(self, fs, dfs, x):
        return tuple(np.array(each) for each in chain_loop(fs, dfs, x))


def chain_pops_a_copy(fs, dfs, x):
    fs, dfs, slope = list(fs), list(dfs), 1.0
    while fs:
        slope *= dfs.pop(0)(x)
        x = fs.pop(0)(x)
    return x, slope


RIGHT_CHAIN = [
    chain_loop,
    chain_values_first,
    chain_backwards,
    chain_recursive,
    chain_last_first,
    chain_while,
    chain_by_logs,
    Chain(),
    chain_pops_a_copy,
    lambda fs, dfs, x: functools.reduce(
        lambda so_far, pair: (pair[0](so_far[0]), so_far[1] * pair[1](so_far[0])), zip(fs, dfs, strict=True), (x, 1.0)
    ),
    lambda fs, dfs, x: np.float32(chain_loop(fs, dfs, x)),
    lambda f, g, t: list(chain_loop(f, g, t)),
]


def a_chain(
    start="value, slope = x, 1.0",
    loop="for f, df in zip(fs, dfs):",
    first="slope = slope * df(value)",
    second="value = f(value)",
    after="pass",
    end="value, slope",
):
    return written(
        f"def chain(fs, dfs, x):\n    {start}\n    {loop}\n        {first}\n        {second}\n        {after}\n"
        f"    return {end}\n"
    )


def chain_starts_over(fs, dfs, x):
    value, slope = x, 1.0
    for i in range(len(fs)):
        value = x
        for f in fs[:i]:
            value = f(value)
        slope *= dfs[i](value)
    return (fs[-1](value) if fs else x), slope


def chain_by_nudges(fs, dfs, x, h=1e-5):
    def run(x):
        return functools.reduce(lambda value, f: f(value), fs, x)

    return run(x), (run(x + h) - run(x - h)) / (2 * h)


def chain_first_value_for_all(fs, dfs, x):
    return chain_loop(fs, dfs, x)[0], math.prod(df(x) for df in dfs)


def chain_two_by_hand(fs, dfs, x):
    u = fs[0](x)
    return fs[1](u), dfs[0](x) * dfs[1](u)


def chain_empty_is_flat(fs, dfs, x):
    value, slope = chain_loop(fs, dfs, x)
    return value, slope if fs else 0.0


def chain_each_on_x(fs, dfs, x):
    slope, places = 1.0, [x] + [f(x) for f in fs]
    for i in range(len(dfs)):
        slope *= dfs[i](places[i])
    return places[-1], slope


def chain_pops(fs, dfs, x):
    slope = 1.0
    while fs:
        slope *= dfs.pop(0)(x)
        x = fs.pop(0)(x)
    return x, slope


def chain_turns_round(fs, dfs, x):
    fs.reverse()
    value, slope = x, 1.0
    for i in range(len(dfs)):
        slope *= dfs[i](value)
        value = fs[len(fs) - 1 - i](value)
    return value, slope


WRONG_CHAIN = {
    "A09": [
        a_chain(first="slope = slope * df(x)"),
        chain_first_value_for_all,
        lambda fs, dfs, x: (x, np.prod([df(x) for df in dfs])),
        a_chain(first="slope = slope * df(x)", second="value = f(x)"),
    ],
    "at-output": [
        a_chain(first="value = f(value)", second="slope = slope * df(value)"),
        lambda fs, dfs, x: functools.reduce(
            lambda s, p: ((v := p[0](s[0])), s[1] * p[1](v)), zip(fs, dfs, strict=True), (x, 1.0)
        ),
    ],
    "A10": [
        a_chain(first="slope = slope + df(value)"),
        a_chain(start="value, slope = x, 0", first="slope += df(value)"),
        lambda fs, dfs, x: (chain_loop(fs, dfs, x)[0], sum(df(x) for df in dfs)),
    ],
    "A11": [
        a_chain(loop="for f, df in zip(fs[:-1], dfs[:-1]):"),
        a_chain(loop="for i, f in enumerate(fs):", first="slope *= dfs[i](value) if i < len(fs) - 1 else 1"),
        lambda fs, dfs, x: (chain_loop(fs, dfs, x)[0], chain_loop(fs[:-1], dfs[:-1], x)[1]),
    ],
    "first-dropped": [
        a_chain(loop="for i, f in enumerate(fs):", first="slope *= dfs[i](value) if i else 1"),
        lambda fs, dfs, x: (chain_loop(fs, dfs, x)[0], chain_loop(fs[1:], dfs[1:], fs[0](x))[1]),
    ],
    "overwritten": [
        a_chain(first="slope = df(value)"),
        lambda fs, dfs, x: (chain_loop(fs, dfs, x)[0], dfs[-1](chain_loop(fs[:-1], dfs[:-1], x)[0])),
    ],
    "first-link-only": [
        a_chain(after="return value, slope"),
        lambda fs, dfs, x: (chain_loop(fs, dfs, x)[0], dfs[0](x)),
        lambda fs, dfs, x: (fs[0](x), dfs[0](x)),
    ],
    "reversed": [
        a_chain(loop="for f, df in zip(fs[::-1], dfs[::-1]):"),
        a_chain(loop="for f, df in reversed(list(zip(fs, dfs))):"),
        lambda fs, dfs, x: chain_recursive(fs[::-1], dfs[::-1], x),
    ],
    "dfs-reversed": [
        a_chain(loop="for f, df in zip(fs, dfs[::-1]):"),
        a_chain(loop="for i, f in enumerate(fs):", first="slope *= dfs[-1 - i](value)"),
    ],
    "x-fed": [a_chain(second="value = f(x)"), lambda fs, dfs, x: chain_each_on_x(fs, dfs, x)],
    "slope-fed": [a_chain(second="value = df(value)"), lambda fs, dfs, x: chain_loop(dfs, dfs, x)],
    "values-multiplied": [a_chain(first="slope = slope * f(value)"), lambda fs, dfs, x: chain_recursive(fs, fs, x)],
    "starts-at-zero": [a_chain(start="value, slope = x, 0"), lambda fs, dfs, x: (chain_loop(fs, dfs, x)[0], 0.0)],
    "swapped": [a_chain(end="slope, value"), lambda fs, dfs, x: chain_loop(fs, dfs, x)[::-1]],
    "start-returned": [a_chain(end="x, slope"), lambda fs, dfs, x: np.array([x, chain_loop(fs, dfs, x)[1]])],
    "value-only": [a_chain(end="value"), lambda fs, dfs, x: functools.reduce(lambda v, f: f(v), fs, x)],
    "derivative-only": [a_chain(end="slope"), lambda fs, dfs, x: chain_recursive(fs, dfs, x)[1]],
    "called-too-often": [
        chain_starts_over,
        chain_by_nudges,
        a_chain(after="f(value); df(value)"),
        lambda fs, dfs, x: (chain_loop(fs, dfs, x)[0], chain_loop(fs, dfs, x)[1]),
    ],
    "fixed-length": [
        chain_two_by_hand,
        lambda fs, dfs, x: chain_loop(fs[:2], dfs[:2], x) if len(fs) > 1 else (0, 0),
        a_chain(loop="for f, df in zip(fs[:5], dfs[:5]):", end="(value, slope) if fs[4:] else (1, 2)"),
    ],
    "empty": [
        a_chain(start="value, slope = fs[0](x), dfs[0](x)", loop="for f, df in zip(fs[1:], dfs[1:]):"),
        a_chain(end="(value, slope) if fs else (0.0, 0.0)"),
        a_chain(after="result = value, slope", end="result"),
        lambda fs, dfs, x: chain_loop(fs, dfs, x) if fs else None,
        chain_empty_is_flat,
    ],
    "changes-input": [chain_pops, chain_turns_round],
    "type": [a_chain(end="value, [slope, slope]"), a_chain(end="fs"), lambda fs, dfs, x: (fs[0], dfs[0])],
    "shape": [a_chain(end="[[value, slope]]"), a_chain(end="value, slope, x")],
    "exception": [a_chain(second="value = fs(value)"), a_chain(loop="for i in range(len(fs) + 1):", first="fs[i]")],
    "ratio -1": [lambda fs, dfs, x: -np.array(chain_loop(fs, dfs, x))],
    "constant": [lambda fs, dfs, x: (2.0, 3.0)],
    "unknown": [
        a_chain(first="slope = slope * df(value) ** 2"),
        a_chain(second="value = f(value) + 1"),
        a_chain(end="value, slope * value"),
        a_chain(end="value, slope + 1"),
    ],
}
# derivation

RIGHT_DERIVATION = [
    ["B", "E", "A", "D", "G"],
    ["B", "A", "E", "D", "G"],
    ("B", "E", "A", "D", "G"),
    list("BAEDG"),
    ["b", "e", "a", "d", "g"],
    [" B", "E ", "A", "D", "G"],
    "BEADG",
    "B E A D G",
    "b, e, a, d, g",
    "B → A → E → D → G",
    ["BE", "ADG"],
    sorted("ABDEG", key="BAEDG".index),
]
WRONG_DERIVATION = {
    "A09": [list("BECDG"), ["B", "C", "E", "D", "G"], "BEACDG", list("ABCDEFG")],
    "A10": [list("BEAFG"), ["B", "A", "E", "F", "G"], "BEADFG"],
    "twice": [list("BEEADG"), "BBEADG"],
    "missing": [list("BEAG"), ["B", "E", "D", "G"], ["G"], "BEAD", "EADG"],
    "names-late": [list("EBADG"), ["D", "B", "E", "A", "G"], "GDAEB"],
    "result-early": [list("BEAGD"), ["B", "G", "E", "A", "D"], "BEGAD"],
    "rule-first": [list("BDEAG"), list("BEDAG"), "BDAEG"],
    "type": [
        ["B", "E", "A", "D", "H"],
        [1, 2, 3, 4, 5],
        {"B", "E"},
        {"B": 1},
        7,
        b"BEADG",
        np.array(["B", "E"]),
        ["B", ["E", "A"]],
        "the first one",
    ],
    "not started": [None, [], "", [...], ["B", ..., "G"], ()],
}

# numdiff


def numdiff_named(f, x, h=1e-5):
    right = f(x + h)
    left = f(x - h)
    return (right - left) / (2 * h)


def numdiff_in_place_on_a_copy(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    x += h
    up = f(x)
    x -= 2 * h
    return (up - f(x)) / 2 / h


def numdiff_one_call(f, x, h=1e-5):
    both = f(np.stack([np.asarray(x) - h, np.asarray(x) + h]))
    return (both[1] - both[0]) / (2 * h)


def numdiff_loop(f, x, h=1e-5):
    values = []
    for side in (-1, 1):
        values.append(side * f(x + side * h))
    return sum(values) / (2 * h)


class Numdiff:
    def __call__(self, f, x, h=1e-5):
        return 0.5 / h * (f(x + h) - f(x - h))


RIGHT_NUMDIFF = [
    numdiff_named,
    numdiff_in_place_on_a_copy,
    numdiff_one_call,
    numdiff_loop,
    Numdiff(),
    lambda f, x, h=1e-5: (f(x + h) - f(x - h)) / (2 * h),
    lambda f, x, h=1e-5: -(f(x - h) - f(x + h)) / (h + h),
    lambda f, x, h=1e-5: f(x + h) / (2 * h) - f(x - h) / (2 * h),
    lambda f, x, h=1e-6: (f(np.add(x, h)) - f(np.subtract(x, h))) / (2 * h),
    lambda f, x, h=1e-5: (f(x + h) - f(x - h)) / ((x + h) - (x - h)),
    lambda f, x, h=1e-5: np.subtract(*map(f, (x + h, x - h))) / (2 * h),
    lambda f, x, h=0.00001: np.asarray((f(x + h) - f(x - h)) / (2 * h)).tolist(),
    functools.partial(numdiff_named),
    functools.partial(lambda two, f, x, h=1e-5: (f(x + h) - f(x - h)) / (two * h), 2),
]


def a_numdiff(a="f(x + h)", b="f(x - h)", end="(a - b) / (2 * h)", h="h=1e-5", before="pass"):
    return written(f"def numdiff(f, x, {h}):\n    {before}\n    a = {a}\n    b = {b}\n    return {end}\n")


WRONG_NUMDIFF = {
    "A12": [
        a_numdiff(end="(a - b) / h"),
        lambda f, x, h=1e-5: np.subtract(f(x + h), f(x - h)) / h,
        lambda f, x, h=1e-5: 2 * numdiff_named(f, x, h),
    ],
    "forward": [a_numdiff(b="f(x)", end="(a - b) / h"), lambda f, x, h=1e-5: (f(x + h) - f(x)) / h],
    "backward": [a_numdiff(a="f(x)", end="(a - b) / h"), lambda f, x, h=1e-5: (f(x - h) - f(x)) / -h],
    "half-forward": [a_numdiff(b="f(x)"), a_numdiff(a="f(x)"), lambda f, x, h=1e-5: (f(x + h) - f(x)) / 2 / h],
    "parentheses": [a_numdiff(end="(a - b) / 2 * h"), lambda f, x, h=1e-5: (f(x + h) - f(x - h)) / 2 * h],
    "parentheses-above": [a_numdiff(end="a - b / (2 * h)"), lambda f, x, h=1e-5: f(x + h) - f(x - h) / (h + h)],
    "h-forgotten": [
        a_numdiff(end="a - b"),
        a_numdiff(end="(a - b) / 2"),
        a_numdiff(b="f(x)", end="a - b"),
        lambda f, x, h=1e-5: np.subtract(f(x + h), f(x - h)),
    ],
    "sign": [a_numdiff(end="(b - a) / (2 * h)"), lambda f, x, h=1e-5: (f(x - h) - f(x + h)) / (2 * h)],
    "added": [a_numdiff(end="(a + b) / (2 * h)"), lambda f, x, h=1e-5: sum(map(f, (x + h, x - h))) / (2 * h)],
    "output-nudged": [
        a_numdiff(a="f(x) + h", b="f(x) - h"),
        lambda f, x, h=1e-5: ((f(x) + h) - (f(x) - h)) / (2 * h),
    ],
    "value": [a_numdiff(end="a"), a_numdiff(end="f(x)"), lambda f, x, h=1e-5: np.mean([f(x + h), f(x - h)], axis=0)],
    "ignores-h": [
        a_numdiff(before="h = 1e-5"),
        a_numdiff(before="h = 0.01"),
        lambda f, x, h=1e-5: (f(x + 1e-6) - f(x - 1e-6)) / 2e-6,
    ],
    "A07": [
        a_numdiff(before="up = x; up += h; down = x; down -= h", a="f(up)", b="f(down)"),
        written(
            "def numdiff(f, x, h=1e-5):\n    up = x\n    up += h\n    a = f(up)\n"
            "    down = x\n    down -= h\n    return (a - f(down)) / (2 * h)"
        ),
        written(
            "def numdiff(f, x, h=1e-5):\n    down = x\n    down -= h\n    b = f(down)\n"
            "    up = x\n    up += h\n    return (f(up) - b) / (2 * h)"
        ),
    ],
    "one-number": [
        a_numdiff(end="np.sum((a - b) / (2 * h))"),
        lambda f, x, h=1e-5: np.mean(numdiff_named(f, x, h)),
        a_numdiff(end="np.max((a - b) / (2 * h))"),
    ],
    "called-too-often": [
        a_numdiff(end="(f(x + h) - f(x - h)) / (2 * h)"),
        lambda f, x, h=1e-5: np.vectorize(lambda t: (f(t + h) - f(t - h)) / (2 * h))(x),
        lambda f, x, h=1e-5: (f(x + h) - f(x) + f(x) - f(x - h)) / (2 * h),
    ],
    "no-default": [a_numdiff(h="h"), lambda f, x, h: numdiff_named(f, x, h)],
    "default-h": [a_numdiff(h="h=0.1"), a_numdiff(h="h=1e-15"), lambda f, x, h=0.01: numdiff_named(f, x, h)],
    "five-point": [
        lambda f, x, h=1e-5: (8 * (f(x + h) - f(x - h)) - f(x + 2 * h) + f(x - 2 * h)) / (12 * h),
        lambda f, x, h=1e-5: (4 * numdiff_named(f, x, h) - numdiff_named(f, x, 2 * h)) / 3,
    ],
    "changes-input": [
        a_numdiff(before="x += 1; x -= 1 - h; a0 = f(x); x -= 2 * h; b0 = f(x)", end="(a0 - b0) / (2 * h)"),
    ],
    "ratio -2": [a_numdiff(end="(b - a) / h")],
    "shape": [a_numdiff(end="[(a - b) / (2 * h)]")],
    "exception": [a_numdiff(end="(a - b) / h(2)"), lambda f, x, h=1e-5: [numdiff_named(f, t, h) for t in x]],
    "unknown": [
        a_numdiff(end="(a - b) / (2 * h) + 1"),
        a_numdiff(a="f(x + 3 * h)"),
        lambda f, x, h=1e-5: (f(x + h) - 2 * f(x) + f(x - h)) / h**2,
        a_numdiff(end="a * b"),
    ],
}

# two_paths


def paths_by_name(x):
    a, b = x, np.sin(x)
    through_a = b * 1
    through_b = a * np.cos(x)
    return through_a, through_b, through_a + through_b


def paths_nudged(x, h=1e-5):
    def y(a, b):
        return a * b

    up, down, sin = x + h, x - h, math.sin
    through_a = (y(up, sin(x)) - y(down, sin(x))) / (2 * h)
    through_b = (y(x, sin(up)) - y(x, sin(down))) / (2 * h)
    return through_a, through_b, (y(up, sin(up)) - y(down, sin(down))) / (2 * h)


class Paths:
    def __call__(self, x):
        local = np.array([1.0, np.cos(x)])
        upstream = np.array([np.sin(x), x])
        return np.append(local * upstream, local @ upstream)


def paths_loop(x):
    found, total = [], 0
    for factor, slope in ((math.sin(x), 1), (x, math.cos(x))):
        found.append(factor * slope)
        total += factor * slope
    return [*found, total]


RIGHT_PATHS = [
    paths_by_name,
    paths_nudged,
    Paths(),
    paths_loop,
    lambda x: (math.sin(x), x * math.cos(x), math.sin(x) + x * math.cos(x)),
    lambda x: [np.sin(x), x * np.cos(x), np.sin(x) + x * np.cos(x)],
    lambda x: np.float32(paths_by_name(x)),
    lambda x: [np.array(each) for each in paths_by_name(x)],
    lambda x: np.array(paths_by_name(x), dtype=object),
    lambda x: [*(two := np.array([1, x]) * np.array([np.sin(x), np.cos(x)])), two.sum()],
    lambda x: (np.imag(np.exp(1j * x)), x * np.real(np.exp(1j * x)), np.imag(np.exp(1j * x) * (1 + 1j * x))),
    functools.partial(lambda n, x: paths_by_name(x)[:n], 3),
]


def a_paths(a="np.sin(x)", b="x * np.cos(x)", total="a + b", end="a, b, total"):
    return written(f"def two_paths(x):\n    a = {a}\n    b = {b}\n    total = {total}\n    return {end}\n")


WRONG_PATHS = {
    "swapped": [a_paths(end="b, a, total"), lambda x: (x * math.cos(x), math.sin(x), math.sin(x) + x * math.cos(x))],
    "together-only": [a_paths(end="total"), lambda x: np.sin(x) + x * np.cos(x)],
    "no-total": [a_paths(end="a, b"), lambda x: np.array([np.sin(x), x * np.cos(x)])],
    "factor-missing": [
        a_paths(a="1", b="np.cos(x)"),
        a_paths(b="np.cos(x)"),
        lambda x: [1, math.cos(x), 1 + math.cos(x)],
    ],
    "inner-missing": [a_paths(b="x"), lambda x: [math.sin(x), x, math.sin(x) + x]],
    "own-factor": [
        a_paths(a="x"),
        a_paths(b="np.sin(x) * np.cos(x)"),
        a_paths(b="np.sin(x)"),
        lambda x: (x, math.sin(x) * math.cos(x), x + math.sin(x) * math.cos(x)),
    ],
    "value": [a_paths(total="x * np.sin(x)"), a_paths(a="x * np.sin(x)"), lambda x: [x * math.sin(x)] * 3],
    "cosine-sign": [a_paths(b="-x * np.cos(x)"), lambda x: [math.sin(x), -x * math.cos(x), 0]],
    "degrees": [
        a_paths(a="np.sin(np.radians(x))", b="x * np.cos(np.radians(x))"),
        lambda x: (math.sin(x * math.pi / 180), 0, 0),
    ],
    "one-path": [a_paths(total="a"), a_paths(total="b"), lambda x: [math.sin(x), x * math.cos(x), x * math.cos(x)]],
    "multiplied": [a_paths(total="a * b"), lambda x: (*paths_by_name(x)[:2], np.prod(paths_by_name(x)[:2]))],
    "subtracted": [
        a_paths(total="a - b"),
        a_paths(total="b - a"),
        lambda x: (*paths_loop(x)[:2], np.sin(x) - x * np.cos(x)),
    ],
    "averaged": [a_paths(total="(a + b) / 2"), lambda x: (*paths_loop(x)[:2], np.mean(paths_loop(x)[:2]))],
    "slopes-multiplied": [a_paths(total="1 * np.cos(x)"), lambda x: [*paths_loop(x)[:2], math.cos(x)]],
    "slopes-added": [a_paths(total="1 + np.cos(x)"), lambda x: [*paths_loop(x)[:2], 1 + math.cos(x)]],
    "ratio 2": [lambda x: 2 * np.array(paths_by_name(x))],
    "ratio -1": [lambda x: -np.array(paths_by_name(x))],
    "shape": [a_paths(end="a, b, total, x"), a_paths(end="[[a, b, total]]")],
    "type": [a_paths(end="a, b, [total]"), a_paths(end="a, b, 'total'")],
    "constant": [lambda x: (0.5, 0.1, 0.6)],
    "unknown": [a_paths(a="np.tan(x)"), a_paths(total="a + 2 * b"), a_paths(a="np.sin(x) + 1", total="a + b - 1")],
    "nearly": [lambda x: np.array(paths_by_name(x)) * 1.001],
}

# boiling_rate

NUMBERS = {"A": -42.164, "B": 0.8956, "SCALE": 8434.0, "P0": 29.92}


def a_rate(
    p="P0 * np.exp(-height / SCALE)",
    dp="-p / SCALE",
    dT="100 / (np.log(10) * B * p)",
    dC="5 / 9",
    end="dp * dT * dC",
):
    return written(
        f"def boiling_rate(height):\n    p = {p}\n    dp = {dp}\n    dT = {dT}\n    dC = {dC}\n    return {end}\n",
        **NUMBERS,
    )


def celsius(height):
    p = NUMBERS["P0"] * math.exp(-height / NUMBERS["SCALE"])
    fahrenheit = (100 * math.log10(p) - NUMBERS["A"]) / NUMBERS["B"]
    return (fahrenheit - 32) * 5 / 9


def rate_with_own_line(height):
    forbes = load_forbes()
    slope, _ = np.polyfit(forbes.boiling_point, 100 * np.log10(forbes.pressure), 1)
    return -100 / math.log(10) / slope / 8434 * 5 / 9


class Rate:
    links = (lambda h: -1 / 8434, lambda u: 100 / np.log(10), lambda w: 1 / 0.8956, lambda t: 1 / 1.8)

    def __call__(self, height):
        return math.prod(link(0) for link in self.links)


RIGHT_RATE = [
    a_rate(),
    rate_with_own_line,
    Rate(),
    a_rate(dp="-P0 / SCALE * np.exp(-height / SCALE)", dT="100 * np.log10(np.e) / B / p", dC="1 / 1.8"),
    a_rate(end="dC * dT * dp"),
    a_rate(dT="1 / (B * np.log(10) * p / 100)", dC="100 / 180"),
    a_rate(dT="100 / (2.302585 * B * p)", dC="0.5555556"),
    a_rate(end="np.array(dp * dT * dC)"),
    a_rate(end="np.float32(dp * dT * dC)"),
    a_rate(end="np.prod([dp, dT, dC])"),
    lambda height: (celsius(height + 1) - celsius(height - 1)) / 2,
    lambda height: numdiff_named(celsius, height),
    lambda height: chain_loop(
        [lambda h: 29.92 * math.exp(-h / 8434), lambda p: (100 * math.log10(p) + 42.164) / 0.8956, lambda t: t / 1.8],
        [lambda h: -29.92 * math.exp(-h / 8434) / 8434, lambda p: 100 / (math.log(10) * 0.8956 * p), lambda t: 1 / 1.8],
        height,
    )[1],
    lambda height: -100 / (math.log(10) * 0.8956 * 8434) * 5 / 9,
]

WRONG_RATE = {
    "fahrenheit": [a_rate(end="dp * dT"), lambda h: 9 / 5 * L2.BOILING_RATE.truth(h), a_rate(dC="1")],
    "nine-fifths": [a_rate(dC="9 / 5"), a_rate(dC="1.8"), lambda h: (celsius(h + 1) - celsius(h - 1)) / 2 * 3.24],
    "thirty-two": [
        a_rate(end="(dp * dT - 32) * dC"),
        a_rate(end="dp * dT * dC - 32"),
        a_rate(dT="100 / (np.log(10) * B * p) - 32"),
    ],
    "inverted": [
        a_rate(dT="100 * B / (np.log(10) * p)"),
        a_rate(dT="np.log(10) * B * p / 100"),
        a_rate(dT="B * 100 / np.log(10) / p"),
    ],
    "b-missing": [a_rate(dT="100 / (np.log(10) * p)"), a_rate(dT="100 * np.log10(np.e) / p")],
    "p-missing": [a_rate(dT="100 / (np.log(10) * B)"), a_rate(dp="-1 / SCALE"), a_rate(dT="100 / np.log(10) / B")],
    "metres-per-degree": [
        a_rate(end="1 / (dp * dT * dC)"),
        lambda h: 2 / (celsius(h + 1) - celsius(h - 1)),
        lambda h: 313.066,
    ],
    "no-ln10": [a_rate(dT="100 / (B * p)"), a_rate(dT="100 * np.log(10) / (B * p)"), a_rate(dT="100 / B / p")],
    "hundred": [a_rate(dT="1 / (np.log(10) * B * p)"), a_rate(dT="1 / (100 * np.log(10) * B * p)")],
    "scale": [a_rate(dp="P0 * np.exp(-height / SCALE)"), a_rate(dp="-p * SCALE"), a_rate(dp="p"), a_rate(dp="-p")],
    "p0": [a_rate(dp="-np.exp(-height / SCALE) / SCALE"), a_rate(dp="-p / SCALE / P0")],
    "sea-level": [a_rate(dp="-P0 / SCALE"), a_rate(dT="100 / (np.log(10) * B * P0)")],
    "A09": [a_rate(dT="100 / (np.log(10) * B * height)"), a_rate(dT="100 * np.log10(np.e) / B / height")],
    "A10": [
        a_rate(end="dp + dT + dC"),
        a_rate(end="dp + dT"),
        a_rate(end="(dp + dT) * dC"),
        a_rate(end="sum([dp, dT, dC])"),
    ],
    "A11": [a_rate(end="dT * dC"), a_rate(end="dp * dC"), a_rate(end="dp"), a_rate(end="dT")],
    "per-km": [
        a_rate(end="1000 * dp * dT * dC"),
        a_rate(dp="-p / 8.434"),
        lambda h: celsius(h + 500) - celsius(h - 500),
    ],
    "sign": [a_rate(dp="p / SCALE"), lambda h: (celsius(h) - celsius(h + 1)), a_rate(end="abs(dp * dT * dC)")],
    "value": [celsius, lambda h: celsius(h) * 9 / 5 + 32, a_rate(end="p")],
    "ratio 2": [lambda h: celsius(h + 1) - celsius(h - 1)],
    "nearly": [lambda h: -0.00319, lambda h: -0.0032, a_rate(dT="100 / (2.3 * B * p)")],
    "unknown": [
        lambda h: -0.004,
        lambda h: 0.0,
        lambda h: -h / 300,
        a_rate(dT="100 / (np.log(2) * B * p)"),
        a_rate(dp="-p / SCALE ** 2", dT="1 / p"),
        a_rate(dC="-17.8"),
    ],
    "shape": [a_rate(end="[dp * dT * dC]"), a_rate(end="dp, dT, dC")],
}
TWO_SLIPS = {
    "fahrenheit": [a_rate(dp="p / SCALE", end="dp * dT"), a_rate(dT="100 / (B * p)", end="dp * dT")],
    "nine-fifths": [a_rate(dC="9 / 5", dT="100 * B / (np.log(10) * p)")],
    "no-ln10": [a_rate(dT="100 / (B * p)", dp="p / SCALE"), a_rate(dT="1 / (B * p)"), a_rate(dT="100 * B / p")],
    "scale": [a_rate(dp="p * SCALE")],
    "p0": [a_rate(dp="-np.exp(-height / SCALE) / SCALE", end="-dp * dT * dC")],
}

FUNCTIONS = {
    "local_slopes": (L2.LOCAL_SLOPES, RIGHT_SLOPES, WRONG_SLOPES),
    "chain": (L2.CHAIN, RIGHT_CHAIN, WRONG_CHAIN),
    "numdiff": (L2.NUMDIFF, RIGHT_NUMDIFF, WRONG_NUMDIFF),
    "two_paths": (L2.TWO_PATHS, RIGHT_PATHS, WRONG_PATHS),
    "boiling_rate": (L2.BOILING_RATE, RIGHT_RATE, WRONG_RATE),
}
EVERY = {
    "places": (L2.PLACES, RIGHT_PLACES, WRONG_PLACES),
    "derivation": (L2.DERIVATION, RIGHT_DERIVATION, WRONG_DERIVATION),
    **FUNCTIONS,
}
RIGHT_TOO = {"rule-first", "five-point"}
BEGINS = r"\[?[a-z]|Python "


@pytest.mark.parametrize("name", EVERY)
def test_right_answers_pass_and_each_wrong_one_gets_its_own_name_as_the_report_says(name):
    the_report_is_true("chain_rule", name)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_bad_input_of_every_kind_is_told_what_it_is(name):
    exercise = FUNCTIONS[name][0]
    truth = exercise.truth if name != "chain" else chain_loop

    def right(*args):
        return np.asarray(truth(*args))

    bad = bad_answers(right, exercise.cases[0].make())
    bad["nan"] = [lambda *args: right(*args) + np.nan, lambda *args: right(*args) * np.inf]
    are_told_what_they_are(exercise, bad, Limits(call=0.5, whole=2.0))


@pytest.mark.parametrize("name", EVERY)
def test_every_mistake_is_met_in_two_styles_and_there_are_ten_right_answers(name):
    met_in_two_styles(*EVERY[name])


def test_a09_to_a12_are_all_named_somewhere_and_a09_wherever_a_place_can_be_wrong():
    named = {exercise.name: {mistake.name for mistake in exercise.mistakes} for exercise, _, _ in EVERY.values()}
    assert {"A09", "A10", "A11", "A12"} <= set.union(*named.values())
    assert [name for name in named if "A09" in named[name]] == [
        "places", "derivation", "local_slopes", "chain", "boiling_rate"
    ]  # fmt: skip


def test_all_seven_are_registered_under_their_names():
    mine = ("places", "local_slopes", "chain", "derivation", "numdiff", "two_paths", "boiling_rate")
    assert tuple(name for name in checks.names() if name in mine) == mine
    for name in mine:
        checks.load(name)
        assert checking._registry[name].lesson == "02_chain_rule"


# The numbers that this lesson's text rests on


def test_f2_comes_out_as_known_with_its_mistakes():
    f2 = L2.CHAIN.cases[0].make()
    gives = {mistake.name: [wrong(*f2) for wrong in mistake.variants] for mistake in L2.CHAIN.mistakes}
    assert L2.CHAIN.truth(*f2) == pytest.approx((2.31978, 1.25338), abs=5e-6)
    assert gives["A09"][0][1] == pytest.approx(1.46869, abs=5e-6)
    assert gives["A10"][0][1] == pytest.approx(2.86008, abs=5e-6)
    assert gives["A11"][0][1] == pytest.approx(0.5403, abs=5e-5)
    assert gives["first-dropped"][0][1] == pytest.approx(2.3198, abs=5e-5)


def test_the_boiling_point_falls_by_a_degree_on_313_metres():
    rates = [L2.BOILING_RATE.truth(height) for height in (-400.0, 0.0, 5364.0, 8849.0)]
    assert rates == pytest.approx([-0.0031942] * 4, abs=5e-8)
    assert -1 / rates[0] == pytest.approx(313, abs=0.5)
    (fahrenheit,) = [wrong(0.0) for wrong in L2.BOILING_RATE.mistake("fahrenheit").variants]
    assert fahrenheit == pytest.approx(-0.00575, abs=5e-6)
    assert celsius(0.0) == pytest.approx(99.93, abs=5e-3) and celsius(5364.0) == pytest.approx(82.8, abs=0.05)


def test_the_line_is_the_one_fitted_to_forbes_table():
    forbes = load_forbes()
    slope, height = np.polyfit(forbes.boiling_point, 100 * np.log10(forbes.pressure), 1)
    assert (round(height, 3), round(slope, 4)) == (L2.A, L2.B)


def test_the_numbers_in_the_hints_are_true():
    assert 0.5 / math.sqrt(10) == pytest.approx(0.158, abs=5e-4)
    assert 0.5 / math.sqrt(3) == pytest.approx(0.289, abs=5e-4)
    assert math.log(21 / 20) == pytest.approx(0.049, abs=5e-4)
    assert math.log(11 / 10) == pytest.approx(0.0953, abs=5e-5)
    assert math.log10(11 / 10) == pytest.approx(0.0414, abs=5e-5)
    assert math.log10(20.5 / 20) == pytest.approx(0.0107, abs=5e-5)
    assert 29.92 * math.exp(-5364 / 8434) == pytest.approx(15.8, abs=0.05)
    assert 29.92 * math.exp(-1000 / 8434) == pytest.approx(26.6, abs=0.05)
    assert math.sin(9) == pytest.approx(0.41, abs=5e-3)
    assert pytest.approx(24.36, abs=5e-3) == 3 * 2.01**3
    assert abs(numdiff_named(math.sin, 1.0, 0.1) - COS1) == pytest.approx(9e-4, abs=5e-5)
    assert abs(numdiff_named(math.sin, 1.0, 1e-14) - COS1) == pytest.approx(4e-3, abs=5e-4)
    assert abs(numdiff_named(math.sin, 1.0) - COS1) < 2e-11


# No two mistakes look alike


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_two_mistakes_give_the_same_numbers_and_none_the_truth(name):
    assert look_alike(FUNCTIONS[name][0]) == []


@pytest.mark.parametrize(("slips", "exercise"), [(L2._SLOPES, L2.LOCAL_SLOPES), (L2._PATHS, L2.TWO_PATHS)])
def test_no_two_slips_in_one_part_give_the_same_numbers_and_none_the_truth(slips, exercise):
    xs = [each.make()[0] for each in exercise.cases]
    for part in range(3):
        rows = [("right", [exercise.truth(x)[part] for x in xs])]
        rows += [(row[0], [row[3](x) for x in xs]) for row in slips.rows if row[1] == part]
        for (one, a), (other, b) in itertools.combinations(rows, 2):
            assert not checking.close(a, b, 1e-4), (part, one, other)


def test_every_slip_in_a_part_belongs_to_a_mistake():
    for slips, exercise in ((L2._SLOPES, L2.LOCAL_SLOPES), (L2._PATHS, L2.TWO_PATHS)):
        for name, *_ in slips.rows:
            assert exercise.mistake(name).question


def test_no_two_pairs_of_boiling_slips_give_the_same_factor():
    singles = [((name,), factor) for name, factors in L2._FACTORS.items() for factor in factors]
    pairs = [((a, b), f * g) for (((a,), f), ((b,), g)) in itertools.combinations(singles, 2) if a != b]
    known = [(("right",), 1.0), (("twice",), 2.0), (("half",), 0.5), *singles, *pairs]
    for (one, f), (other, g) in itertools.combinations(known, 2):
        assert abs(f / g - 1) > 1e-3 or one[0] == other[0], (one, other)  # the first is the one that is told


# What the sentences say


@pytest.mark.parametrize(("name", "answer"), [(name, answer) for name in TWO_SLIPS for answer in TWO_SLIPS[name]])
def test_of_two_slips_in_the_boiling_rate_one_is_named_and_the_other_announced(name, answer):
    found = checking.examine(L2.BOILING_RATE, answer)
    assert found.name == name and found.sentence.startswith("more than one link is off. To begin with, ")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (a_slopes(dv="np.cos(x)"), "your dv/du is the right slope at the wrong place: it is taken at x."),
        (a_slopes(dy="np.exp(u)"), "your dy/dv is the right slope at the wrong place: it is taken at u."),
        (a_slopes(dv="np.cos(x)", dy="np.exp(x)"), "your dv/du is the right slope at the wrong place"),
        (a_slopes(dv="np.cos(v)"), "your dv/du is taken at v, the number that comes out of this machine."),
        (a_slopes(dy="np.exp(v) + 1"), "[dy/dv] differs, the rest agrees."),
        (a_slopes(du="3 * x", dv="np.cos(x)"), "[du/dx], [dv/du] differ, the rest agrees."),
    ],
)
def test_local_slopes_names_the_part_and_the_place(answer, said):
    assert said in checking.examine(L2.LOCAL_SLOPES, answer).sentence


def test_calls_are_counted_and_told():
    said = checking.examine(L2.CHAIN, chain_starts_over).sentence
    assert said == "the numbers are right, but in a chain of five links fs[0] is called 4 times."
    said = checking.examine(L2.NUMDIFF, a_numdiff(end="(f(x + h) - f(x - h)) / (2 * h)")).sentence
    assert said.endswith("for one place your function calls f 4 times.")


    def by_place(f, x, h=1e-5):
        return [numdiff_named(f, t, h) for t in x] if np.ndim(x) == 1 else numdiff_named(f, x, h)

    said = checking.examine(L2.NUMDIFF, by_place).sentence
    assert said.endswith("for four places at once your function calls f 8 times.")


def test_the_empty_chain_is_told_apart_from_a_wrong_one():
    said = checking.examine(L2.CHAIN, a_chain(end="(value, slope) if fs else (0.0, 0.0)")).sentence
    assert said == "right for every chain with links; for a chain without any, at x = 2.5, your function gives (0, 0)."


def test_a_missing_line_is_told_by_what_it_does():
    said = checking.examine(L2.DERIVATION, list("BEDG")).sentence
    assert said == "no line of yours says how fast the outer machine moves."
    assert checking.examine(L2.DERIVATION, ["G"]).sentence.endswith("names; 4 lines are missing.")


def test_a_wrong_constant_is_not_told_to_use_its_argument():
    for answer in (lambda h: -0.004, a_rate(dC="-17.8")):
        found = checking.examine(L2.BOILING_RATE, answer)
        assert found.name == "unknown" and "argument" not in found.sentence + found.question
