"""L6's exercises: every known wrong answer gets its own name, right ones pass in whatever style they are written."""

import functools
import itertools
import math
import time
from fractions import Fraction

import numpy as np
import pytest
from asking import are_told_what_they_are, bad_answers, look_alike, met_in_two_styles
from asking import written as plainly_written
from checker_report import the_report_is_true

from helpers import checking, checks
from helpers.checks import vanishing_gradients as L6
from helpers.guard import Limits
from helpers.network import ACTIVATIONS, Network, cross_entropy
from helpers.value import Value


def name_of(exercise, answer):
    return checking.examine(exercise, answer).name


written = functools.partial(plainly_written, cross_entropy=cross_entropy)


# chain_gain


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def gain_loop(w, act, depth):
    v, slope = 0.5, 1.0
    for _ in range(depth):
        a = w * v
        if act == "sigmoid":
            v = sigmoid(a)
            local = v * (1 - v)
        elif act == "tanh":
            v = np.tanh(a)
            local = 1 - v**2
        else:
            v, local = max(a, 0.0), float(a > 0)
        slope = slope * w * local
    return abs(slope)


TABLE = {
    "sigmoid": (sigmoid, lambda a: sigmoid(a) * (1 - sigmoid(a))),
    "tanh": (np.tanh, lambda a: np.cosh(a) ** -2.0),
    "relu": (lambda a: np.maximum(a, 0), lambda a: np.heaviside(a, 0)),
}


def gain_table(w, act, depth):
    f, df = TABLE[act]
    places = list(itertools.accumulate(range(depth), lambda v, _: f(w * v), initial=0.5))
    return np.abs(np.prod([w * df(w * v) for v in places[:-1]]))


def gain_recursive(w, act, depth, v=0.5):
    if depth == 0:
        return 1
    f, df = TABLE[act]
    return abs(w) * df(w * v) * gain_recursive(w, act, depth - 1, f(w * v))


def gain_by_engine(w, act, depth):
    x = v = Value(0.5)
    for _ in range(depth):
        v = ACTIVATIONS[act](w * v)
    v.backward()
    return abs(x.grad)


def gain_logs(w, act, depth):
    v, total = 0.5, 0.0
    f, df = TABLE[act]
    with np.errstate(divide="ignore"):
        for _ in range(depth):
            total += np.log(abs(w * df(w * v)))
            v = f(w * v)
    return np.exp(total)


def gain_backwards(w, act, depth):
    a, v = [], 0.5
    while len(a) < depth:
        a.append(w * v)
        v = TABLE[act][0](a[-1])
    grad = 1.0
    for each in reversed(a):
        grad *= TABLE[act][1](each)
        grad *= w
    return (grad**2) ** 0.5 if grad * grad > 1e-300 else abs(grad)


def gain_dual(w, act, depth):
    number = (0.5, 1.0)
    for _ in range(depth):
        v, dv = number[0] * w, number[1] * w
        number = TABLE[act][0](v), TABLE[act][1](v) * dv
    return math.fabs(number[1])


class Gain:
    def __call__(self, w, act, depth):
        return np.array(gain_table(w, act, depth))


def gain_nudging_each_link(w, act, depth, h=1e-5):
    f, v, gain = TABLE[act][0], 0.5, 1.0
    for _ in range(depth):
        gain *= (f(w * (v + h)) - f(w * (v - h))) / (2 * h)
        v = f(w * v)
    return abs(gain)


def gain_match(w, act, depth):
    v, g = 0.5, 1
    for _ in range(int(depth)):
        match act:
            case "sigmoid":
                v = 0.5 * (1 + np.tanh(w * v / 2))
                g *= w * v * (1 - v)
            case "tanh":
                e = np.exp(2 * w * v)
                v = (e - 1) / (e + 1)
                g *= w * (1 + v) * (1 - v)
            case "relu":
                g *= w * (w * v > 0)
                v = w * v * (w * v > 0)
    return max(g, -g)


RIGHT_GAIN = [
    gain_loop,
    gain_table,
    gain_recursive,
    gain_by_engine,
    gain_logs,
    gain_backwards,
    gain_dual,
    Gain(),
    gain_nudging_each_link,
    gain_match,
    lambda w, act, depth: float(gain_loop(w, act, depth)),
    lambda w, act, depth: np.abs(w) ** depth * gain_table(w, act, depth) / np.abs(w) ** depth,
    lambda w, act, depth: functools.reduce(
        lambda s, _: (TABLE[act][0](w * s[0]), s[1] * abs(w) * TABLE[act][1](w * s[0])), range(depth), (0.5, 1.0)
    )[1],
    functools.partial(lambda table, w, act, depth: gain_table(w, act, depth), TABLE),
]


def a_gain(
    start="v, slope = 0.5, 1.0",
    a="a = w * v",
    sig="h * (1 - h)",
    tanh="1 - h**2",
    relu="1.0 if a > 0 else 0.0",
    step="slope = slope * w * d",
    forward="v = h",
    rounds="depth",
    end="abs(slope)",
    early="pass",
):
    """The loop of the exercise with one line changed."""
    return written(
        f"def chain_gain(w, act, depth):\n    {start}\n    for i in range({rounds}):\n        {a}\n"
        f"        if act == 'sigmoid':\n            h = 1 / (1 + np.exp(-a))\n            d = {sig}\n"
        f"        elif act == 'tanh':\n            h = np.tanh(a)\n            d = {tanh}\n"
        f"        else:\n            h = max(a, 0)\n            d = {relu}\n"
        f"        {step}\n        {forward}\n        {early}\n    return {end}\n"
    )


def slope_table(at, weight=True, **other):
    """Another style: functions in a table; `at(w, v, f)` is the place where the slope is taken."""

    def chain_gain(w, act, depth):
        f, df = {**TABLE, **other}[act]
        v, g = 0.5, []
        for _ in range(depth):
            g.append((w if weight else 1) * df(at(w, v, f)))
            v = f(w * v)
        return abs(np.prod(g))

    return chain_gain


def right_place(w, v, f):
    return w * v


def nudged(w, act, depth, h=1e-6):
    def run(v):
        for _ in range(depth):
            v = TABLE[act][0](w * v)
        return v

    return abs(run(0.5 + h) - run(0.5 - h)) / (2 * h)


WRONG_GAIN = {
    "A36": [lambda w, act, depth: abs(w) ** depth, a_gain(step="slope *= w"), a_gain(sig="1", tanh="1")],
    "slope-at-0": [
        lambda w, act, depth: abs(w * {"sigmoid": 0.25, "tanh": 1, "relu": 1}[act]) ** depth,
        a_gain(sig="0.25"),
        a_gain(sig="1 / 4", tanh="1.0"),
        slope_table(lambda w, v, f: 0.0),
    ],
    "weight-missing": [
        a_gain(step="slope = slope * d"),
        slope_table(right_place, weight=False),
        a_gain(a="a = v", step="slope *= d"),
    ],
    "weight-not-forward": [
        a_gain(a="a = v"),
        lambda w, act, depth: abs(w) ** depth * gain_table(1, act, depth),
    ],
    "weight-once": [
        a_gain(step="slope = slope * d", end="abs(w * slope) if depth else 1.0"),
        lambda w, act, depth: abs(w) * slope_table(right_place, weight=False)(w, act, depth),
    ],
    "weight-squared": [
        a_gain(step="slope = slope * w * w * d"),
        a_gain(sig="w * h * (1 - h)", tanh="w * (1 - h**2)", relu="w * (a > 0)"),
    ],
    "A13": [
        a_gain(sig="a * (1 - a)", tanh="1 - a**2"),
        a_gain(tanh="1 - a**2"),
        slope_table(right_place, tanh=(np.tanh, lambda a: 1 - a * a)),
    ],
    "at-output": [
        slope_table(lambda w, v, f: f(w * v)),
        a_gain(tanh="1 - np.tanh(h)**2"),
        slope_table(lambda w, v, f: w * f(w * v)),
    ],
    "at-input": [
        slope_table(lambda w, v, f: v),
        a_gain(tanh="1 - np.tanh(v)**2"),
        a_gain(sig="v * (1 - v)", tanh="1 - v**2"),
    ],
    "same-place": [
        lambda w, act, depth: abs(w * TABLE[act][1](0.5 * w)) ** depth,
        a_gain(forward="pass"),
        slope_table(lambda w, v, f: 0.5),
    ],
    "A25": [
        a_gain(tanh="h * (1 - h)"),
        a_gain(sig="1 - h**2"),
        slope_table(right_place, tanh=(np.tanh, lambda a: np.tanh(a) * (1 - np.tanh(a)))),
    ],
    "relu-slope": [
        a_gain(relu="1.0"),
        a_gain(relu="h"),
        slope_table(right_place, relu=(TABLE["relu"][0], lambda a: 1.0)),
    ],
    "A10": [
        a_gain(start="v, slope = 0.5, 0.0", step="slope += w * d"),
        a_gain(step="slope = slope + w * d"),
        lambda w, act, depth: sum(gain_factors(w, act, depth)),
    ],
    "A11": [
        a_gain(rounds="depth - 1"),
        a_gain(rounds="1, depth"),
        a_gain(rounds="depth + 1"),
        lambda w, act, depth: math.prod(gain_factors(w, act, depth)[1:]),
    ],
    "one-link": [
        a_gain(step="slope = w * d"),
        a_gain(early="return abs(slope)"),
        lambda w, act, depth: gain_factors(w, act, depth)[-1],
    ],
    "start": [
        a_gain(start="v, slope = 1.0, 1.0"),
        a_gain(start="v, slope = 0.0, 1.0"),
        a_gain(start="v, slope = w, 1.0"),
    ],
    "starts-at-x": [a_gain(start="v, slope = 0.5, 0.5"), lambda w, act, depth: gain_table(w, act, depth) / 2],
    "starts-at-zero": [a_gain(start="v, slope = 0.5, 0"), lambda w, act, depth: 0],
    "value": [
        a_gain(end="v"),
        lambda w, act, depth: list(itertools.accumulate(range(depth), lambda v, _: TABLE[act][0](w * v), initial=0.5))[
            -1
        ],
    ],
    "sign": [a_gain(end="slope"), lambda w, act, depth: math.copysign(1, w) ** depth * gain_table(w, act, depth)],
    "per-link": [
        a_gain(end="abs(slope) ** (1 / depth)"),
        lambda w, act, depth: np.mean(gain_factors(w, act, depth)),
        a_gain(end="abs(slope) / depth"),
    ],
    "list": [
        lambda w, act, depth: gain_factors(w, act, depth),
        lambda w, act, depth: np.cumprod(gain_factors(w, act, depth)),
    ],
    "deep": [nudged, lambda w, act, depth: np.float32(gain_loop(w, act, depth))],
    "empty": [
        a_gain(end="abs(slope) if depth else 0.0"),
        a_gain(early="result = abs(slope)", end="result"),
        lambda w, act, depth: gain_table(w, act, depth) if depth > 0 else None,
    ],
    "nearly": [
        lambda w, act, depth: 1.001 * gain_loop(w, act, depth),
        lambda w, act, depth: round(float(gain_loop(w, act, depth)), 5),
    ],
    "ratio 2": [lambda w, act, depth: 2 * gain_loop(w, act, depth)],
    "ratio -1": [lambda w, act, depth: -gain_loop(w, act, depth)],
    "constant": [lambda w, act, depth: 0.25, lambda w, act, depth: 1.0],
    "first-only": [lambda w, act, depth: gain_loop(2.0, "sigmoid", 3) if w == 2 else w + depth],
    "shape": [lambda w, act, depth: [gain_loop(w, act, depth)], lambda w, act, depth: (0.1, gain_loop(w, act, depth))],
    "exception": [a_gain(a="a = w * u"), lambda w, act, depth: act * w, a_gain(rounds="act")],
    "unknown": [
        a_gain(sig="h * (1 + h)"),
        a_gain(step="slope *= w * d ** 2"),
        lambda w, act, depth: gain_loop(w, act, depth) + 1,
        lambda w, act, depth: gain_loop(w, "tanh", depth),
        a_gain(step="slope = slope * (w + d)"),
    ],
}


def gain_factors(w, act, depth):
    v, found = 0.5, []
    for _ in range(depth):
        found.append(abs(w) * TABLE[act][1](w * v))
        v = TABLE[act][0](w * v)
    return found


# init_std


def std_if(fan_in, fan_out, kind):
    if kind == "he":
        return np.sqrt(2 / fan_in)
    return np.sqrt(2 / (fan_in + fan_out))


class Std:
    def __call__(self, fan_in, fan_out, kind):
        return {"he": (2 / fan_in) ** 0.5, "xavier": (2 / (fan_in + fan_out)) ** 0.5}[kind]


def std_match(fan_in, fan_out, kind):
    match kind:
        case "he":
            n = fan_in
        case "xavier":
            n = fan_in + fan_out
    return math.sqrt(2) / math.sqrt(n)


RIGHT_STD = [
    std_if,
    Std(),
    std_match,
    lambda i, o, kind: math.sqrt(2 / (i + o * (kind != "he"))),
    lambda i, o, kind: math.sqrt(1 / np.mean([i, i if kind == "he" else o]) * (2 if kind == "he" else 1)),
    lambda i, o, kind: np.array(std_if(i, o, kind)),
    lambda i, o, kind: np.float32(std_if(i, o, kind)),
    lambda i, o, kind: Fraction(std_if(i, o, kind)),
    lambda i, o, kind: np.exp(0.5 * (np.log(2) - np.log(i + (kind[0] == "x") * o))),
    lambda i, o, kind: (np.sqrt(6 / i) if kind == "he" else np.sqrt(6 / (i + o))) / np.sqrt(3),
    lambda fan_in, fan_out, kind="he": float(np.power(2 / (fan_in if kind == "he" else fan_in + fan_out), 1 / 2)),
    functools.partial(lambda two, i, o, kind: math.sqrt(two / (i if kind == "he" else i + o)), 2.0),
    lambda i, o, kind: 1 / math.sqrt({"he": i / 2, "xavier": (i + o) / 2}[kind]),
]


def a_std(he="np.sqrt(2 / fan_in)", xavier="np.sqrt(2 / (fan_in + fan_out))"):
    return written(
        f"def init_std(fan_in, fan_out, kind):\n    if kind == 'he':\n        return {he}\n    return {xavier}\n"
    )


WRONG_STD = {
    "A37": [
        a_std("2 / fan_in", "2 / (fan_in + fan_out)"),
        a_std(he="2 / fan_in"),
        a_std(xavier="1 / ((fan_in + fan_out) / 2)"),
        lambda i, o, kind: {"he": 2 / i, "xavier": 2 / (i + o)}[kind],
        a_std(he="2 / fan_out"),
        a_std("1 / fan_in", "1 / (fan_in + fan_out)"),
    ],
    "A38": [
        a_std("0.0", "0.0"),
        lambda i, o, kind: 0,
        lambda i, o, kind: np.zeros((i, o)),
        lambda i, o, kind: np.full((i, o), std_if(i, o, kind)),
        a_std(he="0.0"),
    ],
    "fan-out": [
        a_std(he="np.sqrt(2 / fan_out)"),
        lambda i, o, kind: math.sqrt(2 / o),
        a_std(xavier="(2 / fan_out) ** 0.5"),
    ],
    "fan-in-only": [a_std(xavier="np.sqrt(1 / fan_in)"), lambda i, o, kind: (2 - (kind == "xavier")) ** 0.5 / i**0.5],
    "kinds": [
        a_std(xavier="np.sqrt(2 / fan_in)"),
        a_std(he="np.sqrt(2 / (fan_in + fan_out))"),
        lambda i, o, kind: math.sqrt(2 / i),
        a_std("np.sqrt(2 / (fan_in + fan_out))", "np.sqrt(2 / fan_in)"),
    ],
    "numerator": [
        a_std(he="np.sqrt(1 / fan_in)"),
        a_std(xavier="1 / np.sqrt(fan_in + fan_out)"),
        lambda i, o, kind: 1 / math.sqrt(i + o * (kind == "xavier")),
    ],
    "uniform": [
        a_std(xavier="np.sqrt(6 / (fan_in + fan_out))"),
        a_std(he="np.sqrt(6 / fan_in)"),
        lambda i, o, kind: math.sqrt(3) * std_if(i, o, kind),
    ],
    "half-root": [
        a_std(he="np.sqrt(2) / fan_in"),
        a_std(xavier="np.sqrt(2) / (fan_in + fan_out)"),
        lambda i, o, kind: 2 / math.sqrt(i if kind == "he" else i + o),
    ],
    "upside-down": [
        a_std(he="np.sqrt(fan_in / 2)"),
        lambda i, o, kind: 1 / std_if(i, o, kind),
        a_std(he="fan_in ** 0.5"),
    ],
    "product": [a_std(xavier="np.sqrt(2 / (fan_in * fan_out))"), lambda i, o, kind: (2 / i / o) ** 0.5],
    "parentheses": [a_std(xavier="np.sqrt(2 / fan_in + fan_out)"), a_std(xavier="np.sqrt(2 / fan_in) + fan_out")],
    "typed": [a_std("0.2", "0.08944"), a_std(he="0.2"), lambda i, o, kind: 0.2 if kind == "he" else 0.0894],
    "weights": [
        lambda i, o, kind: np.random.default_rng(0).normal(0, std_if(i, o, kind), (i, o)),
        written(
            "def init_std(fan_in, fan_out, kind):\n    rng = np.random.default_rng(1)\n"
            "    return np.sqrt(2 / fan_in) * rng.normal(size=(fan_in, fan_out))"
        ),
    ],
    "remembers": [lambda i, o, kind: std_if(i, o, kind) * np.random.default_rng().normal()],
    "constant": [lambda i, o, kind: 0.05, lambda i, o, kind: 1.0, lambda i, o, kind: 0.2],
    "ratio 2": [lambda i, o, kind: 2 * std_if(i, o, kind)],
    "ratio -1": [lambda i, o, kind: -std_if(i, o, kind)],
    "exception": [lambda i, o, kind: math.sqrt(2 / fans), a_std(he="np.sqrt(2 / kind)")],  # noqa: F821
    "nan": [a_std(he="np.sqrt(-fan_in)"), a_std(xavier="np.float64(2) / (fan_in - fan_in)")],
    "shape": [a_std(he="[np.sqrt(2 / fan_in)]"), lambda i, o, kind: (0, std_if(i, o, kind))],
    "unknown": [
        a_std(he="np.sqrt(5 / fan_in)"),
        a_std(xavier="np.sqrt(2 / abs(fan_in - fan_out))"),
        a_std(xavier="np.log(fan_in)"),
        lambda i, o, kind: 1 / (i + o),
        a_std(he="np.sqrt(2 / fan_in) + 1"),
    ],
}

# layer_norms


def norms_plain(network, X, y):
    network.zero_grad()
    cross_entropy(network(X), y).backward()
    return [float(np.linalg.norm(layer.W.grad)) for layer in network.layers]


def norms_by_name(network, X, y):
    for parameter in network.parameters():
        parameter.grad = np.zeros(parameter.shape)
    loss = cross_entropy(network(X), y)
    loss.backward()
    named = network.named_parameters()
    return [np.sqrt((named[name].grad ** 2).sum()) for name in named if name.startswith("W")]


def norms_weights_only_zeroed(network, X, y):
    norms = []
    for layer in network.layers:
        layer.W.zero_grad()
    cross_entropy(network(X), y).backward()
    for layer in network.layers:
        norms.append(math.sqrt(np.sum(np.square(layer.W.grad))))
    return norms


def norms_by_difference(network, X, y):
    before = [layer.W.grad.copy() for layer in network.layers]
    cross_entropy(network(X), y).backward()
    return [np.linalg.norm(layer.W.grad - old) for layer, old in zip(network.layers, before, strict=True)]


def norms_restored(network, X, y):
    norms = norms_plain(network, X, y)
    network.zero_grad()
    return tuple(norms)


def norms_by_hand_loss(network, X, y):
    network.zero_grad()
    s = network(X)
    e = (s - s.data.max(axis=1, keepdims=True)).exp()
    q = e / e.sum(axis=1, keepdims=True)
    (-(q[np.arange(len(y)), y].log()).mean()).backward()
    return np.array([np.linalg.norm(layer.W.grad, "fro") for layer in network.layers])


def norms_flat(network, X, y):
    network.zero_grad()
    cross_entropy(network(X), y).backward()
    flat = (layer.W.grad.ravel() for layer in network.layers)
    return [math.sqrt(g @ g) for g in flat]


class Norms:
    def __call__(self, network, X, y):
        return list(map(np.float32, norms_plain(network, X, y)))


RIGHT_NORMS = [
    norms_plain,
    norms_by_name,
    norms_weights_only_zeroed,
    norms_by_difference,
    norms_restored,
    norms_by_hand_loss,
    norms_flat,
    Norms(),
    lambda network, X, y: np.array(norms_plain(network, X, y)),
    lambda network, X, y: [np.array(n) for n in norms_plain(network, X, y)],
    lambda network, X, y: [math.hypot(*g.flat) for g in dWs(network, X, y)],
    functools.partial(lambda root, network, X, y: [root(np.vdot(g, g)) for g in dWs(network, X, y)], np.sqrt),
]


def dWs(network, X, y):
    network.zero_grad()
    cross_entropy(network(X), y).backward()
    return [layer.W.grad for layer in network.layers]


def a_norms(
    zero="network.zero_grad()",
    loss="cross_entropy(network(X), y)",
    back="loss.backward()",
    after="pass",
    each="np.linalg.norm(layer.W.grad)",
    layers="network.layers",
    end="norms",
):
    return written(
        f"def layer_norms(network, X, y):\n    {zero}\n    loss = {loss}\n    {back}\n    {after}\n"
        f"    norms = [{each} for layer in {layers}]\n    return {end}\n"
    )


def of_each(number):
    return lambda network, X, y: [number(g) for g in dWs(network, X, y)]


def trains(network, X, y):
    norms = norms_plain(network, X, y)
    for parameter in network.parameters():
        parameter.data = parameter.data - 0.1 * parameter.grad
    return norms


WRONG_NORMS = {
    "weights-changed": [
        trains,
        a_norms(after="for p in network.parameters(): p.data = p.data - 0.01 * p.grad"),
        a_norms(after="network.layers[0].b.data += 1"),
    ],
    "per-unit": [
        a_norms(each="np.linalg.norm(layer.W.grad, axis=0)"),
        a_norms(each="np.linalg.norm(layer.W.grad, axis=1)"),
        of_each(lambda g: np.sqrt(np.sum(g**2, axis=0))),
    ],
    "arrays": [a_norms(each="layer.W.grad"), dWs, of_each(np.abs)],
    "A15": [
        a_norms(zero="pass"),
        lambda network, X, y: (
            cross_entropy(network(X), y).backward(),
            [np.linalg.norm(layer.W.grad) for layer in network.layers],
        )[1],
    ],
    "no-backward": [
        a_norms(zero="pass", back="pass"),
        lambda network, X, y: [np.linalg.norm(layer.W.grad) for layer in network.layers],
    ],
    "all-zero": [
        a_norms(back="pass"),
        a_norms(after="network.zero_grad()"),
        lambda network, X, y: [0.0 for layer in network.layers],
    ],
    "weights-measured": [
        a_norms(each="np.linalg.norm(layer.W.data)"),
        lambda network, X, y: [np.linalg.norm(layer.W.data) for layer in network.layers],
    ],
    "bias": [
        a_norms(each="np.linalg.norm(layer.grad)", layers="network.parameters()"),
        a_norms(each="np.sqrt(np.sum(layer.W.grad**2) + np.sum(layer.b.grad**2))"),
        a_norms(each="np.linalg.norm(layer.b.grad)"),
        a_norms(each="np.linalg.norm(layer.W.grad) + np.linalg.norm(layer.b.grad)"),
    ],
    "one-number": [
        a_norms(end="np.linalg.norm(norms)"),
        a_norms(end="sum(norms)"),
        lambda network, X, y: max(norms_plain(network, X, y)),
    ],
    "root-missing": [a_norms(each="np.linalg.norm(layer.W.grad) ** 2"), of_each(lambda g: np.sum(g * g))],
    "other-norm": [
        a_norms(each="np.linalg.norm(layer.W.grad, 2)"),
        a_norms(each="np.linalg.norm(layer.W.grad, 1)"),
        of_each(lambda g: abs(g).max()),
        of_each(lambda g: np.abs(g).sum()),
    ],
    "mean-size": [
        a_norms(each="np.abs(layer.W.grad).mean()"),
        of_each(lambda g: np.sqrt(np.mean(g**2))),
        of_each(np.mean),
        of_each(lambda g: np.linalg.norm(g) / g.size),
    ],
    "summed": [a_norms(each="np.sum(layer.W.grad)"), of_each(lambda g: abs(g.sum()))],
    "reversed": [a_norms(layers="reversed(network.layers)"), lambda network, X, y: norms_plain(network, X, y)[::-1]],
    "layer-missing": [
        a_norms(layers="network.layers[:-1]"),
        a_norms(layers="network.layers[1:]"),
        lambda network, X, y: norms_plain(network, X, y)[:-1],
    ],
    "A40": [
        a_norms(end="[n / norms[-1] for n in norms]"),
        a_norms(end="np.array(norms) / max(norms)"),
        a_norms(each="np.linalg.norm(layer.W.grad) / np.linalg.norm(layer.W.data)"),
        lambda network, X, y: np.divide((n := norms_plain(network, X, y)), sum(n)),
    ],
    "other-loss": [
        a_norms(loss="network(X).sum()"),
        a_norms(loss="network(X).mean()"),
        a_norms(loss="cross_entropy(network(X[:1]), y[:1])"),
        lambda network, X, y: (
            network.zero_grad(),
            ((network(X) - np.eye(network.layers[-1].W.shape[1])[y]) ** 2).mean().backward(),
            [np.linalg.norm(layer.W.grad) for layer in network.layers],
        )[-1],
    ],
    "activations": [
        written(
            "def layer_norms(network, X, y):\n    out, norms = X, []\n    for layer in network.layers:\n"
            "        out = layer(out)\n        norms.append(np.linalg.norm(out.data))\n    return norms"
        ),
        lambda network, X, y: [
            np.linalg.norm(h.data)
            for h in itertools.islice(
                itertools.accumulate(network.layers, lambda h, layer: layer(h), initial=Value(X)), 1, None
            )
        ],
    ],
    "ratio 7": [a_norms(loss="cross_entropy(network(X), y) * len(X)")],
    "ratio 2": [a_norms(zero="network.zero_grad(); cross_entropy(network(X), y).backward()")],
    "changes-input": [a_norms(after="X *= 2"), a_norms(after="X -= 1")],
    "exception": [
        a_norms(zero="network.zero_gradients()"),
        a_norms(loss="cross_entropy(network(X), X)"),
        a_norms(loss="network(X)"),
    ],
    "type": [a_norms(end="{'W1': norms[0]}"), a_norms(end="str(norms)"), a_norms(each="layer.W")],
    "shape": [a_norms(end="[norms]"), a_norms(end="norms + [loss.data]")],
    "unknown": [
        a_norms(each="np.linalg.norm(layer.W.grad) + 1"),
        a_norms(end="sorted(norms)"),
        a_norms(loss="cross_entropy(network(X), y) * cross_entropy(network(X), y)"),
        of_each(lambda g: np.linalg.norm(g[0])),
        of_each(lambda g: math.log(np.linalg.norm(g))),
    ],
    "nan": [a_norms(each="np.nan * np.sum(layer.W.grad)")],
}

# diagnose


def diagnose_plain(norms, acts):
    norms = np.asarray(norms, dtype=float)
    if any(np.mean(np.all(h == 0, axis=0)) > 0.5 for h in acts):
        return "dead units"
    if not np.all(np.isfinite(norms)) or norms.max() > 10:
        return "exploding"
    if norms.max() < 1e-4:
        return "uniformly tiny"
    if norms[0] < norms[-2] / 100:
        return "vanishing with depth"
    return "healthy"


def diagnose_counting(norms, acts):
    for layer in acts:
        dead = 0
        for unit in range(layer.shape[1]):
            if not layer[:, unit].any():
                dead += 1
        if 2 * dead > layer.shape[1]:
            return "dead units"
    for n in norms:
        if n != n or n > 10:
            return "exploding"
    largest = 0
    for n in norms:
        largest = n if n > largest else largest
    if largest < 0.0001:
        return "uniformly tiny"
    return "vanishing with depth" if norms[0] / norms[-2] < 0.01 else "healthy"


def diagnose_table(norms, acts):
    rules = {
        "dead units": lambda: max(np.count_nonzero(np.abs(h).max(axis=0) == 0) / h.shape[1] for h in acts) > 0.5,
        "exploding": lambda: not all(math.isfinite(n) and n <= 10 for n in norms),
        "uniformly tiny": lambda: max(norms) < 1e-4,
        "vanishing with depth": lambda: norms[len(acts) - 1] > 100 * norms[0],
        "healthy": lambda: True,
    }
    return next(word for word, rule in rules.items() if rule())


def diagnose_upside_down(norms, acts):
    word = "healthy"
    norms = np.array(norms)
    if norms[-2] and norms[0] / norms[-2] < 0.01:
        word = "vanishing with depth"
    if (norms < 1e-4).all():
        word = "uniformly tiny"
    if ~np.isfinite(norms).all() or (norms > 10).any():
        word = "exploding"
    for h in acts:
        if np.median((h != 0).any(axis=0)) == 0:
            word = "dead units"
    return word


class Doctor:
    def __call__(self, norms, acts):
        dead = [np.sum(h**2, axis=0) == 0 for h in acts]
        if np.max([d.mean() for d in dead]) > 1 / 2:
            return np.str_("dead units")
        worst = np.max(norms)  # nan wins
        return "exploding" if not worst <= 10 else diagnose_plain(norms, [])


RIGHT_DIAGNOSE = [
    diagnose_plain,
    diagnose_counting,
    diagnose_table,
    diagnose_upside_down,
    Doctor(),
    lambda norms, acts: diagnose_plain(norms, acts).upper(),
    lambda norms, acts: diagnose_plain(norms, acts).replace(" ", "_"),
    lambda norms, acts: f" {diagnose_plain(norms, acts)}. ",
    lambda norms, acts: np.array([diagnose_plain(norms, acts)])[0],
    lambda norms, acts: (
        "dead units"
        if [h for h in acts if ((h == 0).sum(0) == len(h)).sum() > h.shape[1] / 2]
        else "exploding"
        if not np.nan_to_num(norms, nan=1e9).max() <= 10
        else "uniformly tiny"
        if sum(n >= 1e-4 for n in norms) == 0
        else ["healthy", "vanishing with depth"][norms[0] < 0.01 * norms[-2]]
    ),
    functools.partial(lambda limit, norms, acts: diagnose_plain(norms, acts), 10),
]


def a_diagnose(
    dead="any((np.all(h == 0, axis=0)).mean() > 0.5 for h in acts)",
    exploding="not np.all(np.isfinite(norms)) or max(norms) > 10",
    tiny="max(norms) < 1e-4",
    vanishing="norms[0] < norms[-2] / 100",
    order=(0, 1, 2, 3),
):
    tests = (dead, exploding, tiny, vanishing)
    lines = [f"    if {tests[k]}: return {L6.WORDS[k]!r}\n" for k in order]
    return written(f"def diagnose(norms, acts):\n{''.join(lines)}    return 'healthy'\n")


WRONG_DIAGNOSE = {
    "A40": [
        a_diagnose(order=(0, 1, 3)),
        a_diagnose(order=(0, 3)),
        lambda norms, acts: "vanishing with depth" if norms[0] / (norms[-2] or 1) < 0.01 else "healthy",
        a_diagnose(exploding="norms[0] > 100 * norms[-2]", order=(0, 1, 3)),
    ],
    "A39": [
        a_diagnose(dead="any((h == 0).any() for h in acts)"),
        a_diagnose(dead="any((h == 0).mean() > 0.5 for h in acts)"),
        a_diagnose(dead="any((h[0] == 0).mean() > 0.5 for h in acts)"),
        lambda norms, acts: "dead units" if any(0 in h for h in acts) else diagnose_plain(norms, []),
        a_diagnose(dead="any(((h == 0).mean(axis=0) > 0.5).mean() > 0.5 for h in acts)"),
    ],
    "axis": [
        a_diagnose(dead="any((h == 0).all(axis=1).mean() > 0.5 for h in acts)"),
        lambda norms, acts: diagnose_plain(norms, [h.T for h in acts]),
        a_diagnose(dead="any((h == 0).all(axis=1).any() for h in acts)"),
    ],
    "any-dead": [
        a_diagnose(dead="any((h == 0).all(axis=0).any() for h in acts)"),
        lambda norms, acts: (
            "dead units" if sum(np.all(h == 0, axis=0).sum() for h in acts) else diagnose_plain(norms, [])
        ),
    ],
    "all-dead": [
        a_diagnose(dead="any((h == 0).all() for h in acts)"),
        a_diagnose(dead="all((h == 0).all(axis=0).mean() > 0.5 for h in acts)"),
        a_diagnose(dead="np.mean([(h == 0).all(axis=0) for h in acts]) > 0.5"),
        a_diagnose(dead="(acts[-1] == 0).all(axis=0).mean() > 0.5"),
        lambda norms, acts: diagnose_plain(norms, acts[:1]),
    ],
    "negative": [
        a_diagnose(dead="any((h <= 0).all(axis=0).mean() > 0.5 for h in acts)"),
        a_diagnose(dead="any((h.sum(axis=0) <= 0).mean() > 0.5 for h in acts)"),
        lambda norms, acts: diagnose_plain(norms, [np.maximum(h, 0) for h in acts]),
    ],
    "no-dead-rule": [a_diagnose(order=(1, 2, 3)), lambda norms, acts: diagnose_plain(norms, [])],
    "no-exploding-rule": [a_diagnose(order=(0, 2, 3)), a_diagnose(exploding="False")],
    "no-vanishing-rule": [a_diagnose(order=(0, 1, 2)), a_diagnose(vanishing="norms[0] > 1e9")],
    "nan": [
        a_diagnose(exploding="any(n > 10 for n in norms)"),
        a_diagnose(exploding="max(norms) > 10"),
        a_diagnose(exploding="np.nanmax(norms) > 10"),
        a_diagnose(exploding="not all(math.isfinite(n) for n in norms)"),
    ],
    "one-norm": [
        a_diagnose(exploding="not norms[0] <= 10"),
        a_diagnose(exploding="not norms[-1] <= 10"),
        a_diagnose(exploding="all(not n <= 10 for n in norms)"),
    ],
    "any-tiny": [
        a_diagnose(tiny="min(norms) < 1e-4"),
        a_diagnose(tiny="norms[0] < 1e-4"),
        a_diagnose(tiny="any(n < 1e-4 for n in norms)"),
    ],
    "output-layer": [
        a_diagnose(vanishing="norms[0] / norms[-1] < 0.01"),
        a_diagnose(vanishing="norms[-1] > 100 * norms[0]"),
    ],
    "inverted": [
        a_diagnose(vanishing="norms[-2] / norms[0] < 0.01"),
        a_diagnose(vanishing="norms[0] > 100 * norms[-2]"),
    ],
    "any-two": [
        a_diagnose(vanishing="min(norms) / max(norms) < 0.01"),
        a_diagnose(vanishing="min(norms[:-1]) < max(norms[:-1]) / 100"),
    ],
    "order": [
        a_diagnose(order=(1, 0, 2, 3)),
        a_diagnose(order=(2, 1, 3, 0)),
        a_diagnose(order=(0, 1, 3, 2)),
        lambda norms, acts: "vanishing with depth" if norms[0] < norms[-2] / 100 else diagnose_plain(norms, acts),
    ],
    "constant": [lambda norms, acts: "healthy", lambda norms, acts: "exploding"],
    "type": [
        lambda norms, acts: "sick",
        lambda norms, acts: 3,
        lambda norms, acts: ["healthy"],
        lambda norms, acts: {"word": diagnose_plain(norms, acts)},
        lambda norms, acts: norms[0] < 1,
        lambda norms, acts: b"healthy",
        lambda norms, acts: "",
    ],
    "exception": [
        a_diagnose(dead="acts.all(axis=0)"),
        a_diagnose(tiny="norms < 1e-4"),
        a_diagnose(vanishing="norms['first']"),
    ],
    "unknown": [
        a_diagnose(tiny="max(norms) < 0.5"),
        a_diagnose(vanishing="norms[0] < norms[-2]"),
        a_diagnose(exploding="not max(norms) <= 1"),
        lambda norms, acts: ["healthy", "exploding"][len(norms) % 2],
        lambda norms, acts: "healthy" if acts[0].mean() > 0 else "dead units",
    ],
}

# residual


def residual_by_name(x, f, df):
    straight, through = x, f(x)
    return straight + through, np.ones_like(x) + df(x)


def residual_paths(x, f, df):
    value, slope = 0, 0
    for path, steep in ((lambda x: x, lambda x: np.ones_like(x)), (f, df)):
        value = value + path(x)
        slope = slope + steep(x)
    return [value, slope]


def residual_copy(x, f, df):
    out = np.array(x, dtype=float)
    out += f(x)
    slope = np.ones(np.shape(x))
    slope += df(x)
    return out, slope


class Residual:
    def __call__(self, x, f, df):
        return np.array([x, np.ones_like(x)]) + np.array([f(x), df(x)])


RIGHT_RESIDUAL = [
    lambda x, f, df: (x + f(x), 1 + df(x)),
    residual_by_name,
    residual_paths,
    residual_copy,
    Residual(),
    lambda x, f, df: [f(x) + x, df(x) + 1.0],
    lambda x, f, df: np.stack([x + f(x), 1 + df(x)]),
    lambda x, f, df: (np.add(x, f(x)), np.add(1, df(x))),
    lambda x, f, df: tuple(np.float32(each) for each in (x + f(x), 1 + df(x))),
    lambda x, f, df: [np.asarray(x + f(x)).tolist(), np.asarray(1 + df(x)).tolist()],
    lambda x, f, df: tuple(map(sum, ((x, f(x)), (1, df(x))))),
    lambda x, g, dg: (x - (-g(x)), 2 + dg(x) - 1),
    functools.partial(lambda one, x, f, df: (x + f(x), one + df(x)), 1),
]


def a_residual(value="x + f(x)", slope="1 + df(x)", end="value, slope"):
    return written(f"def residual(x, f, df):\n    value = {value}\n    slope = {slope}\n    return {end}\n")


def makes(value, slope):
    return lambda x, f, df: [value(x, f(x)), slope(x, f(x), df)]


WRONG_RESIDUAL = {
    "skip-missing": [a_residual("f(x)", "df(x)"), makes(lambda x, v: v, lambda x, v, df: df(x))],
    "one-missing": [a_residual(slope="df(x)"), makes(lambda x, v: x + v, lambda x, v, df: 1 * df(x))],
    "f-slope-missing": [a_residual(slope="np.ones_like(x)"), makes(lambda x, v: x + v, lambda x, v, df: 1 + 0 * df(x))],
    "x-missing": [a_residual("f(x)"), makes(lambda x, v: v, lambda x, v, df: 1 + df(x))],
    "x-for-one": [a_residual(slope="x + df(x)"), a_residual("1 + f(x)"), makes(np.add, lambda x, v, df: df(x) + x)],
    "product": [
        a_residual("x * f(x)", "f(x) + x * df(x)"),
        a_residual("x * f(x)"),
        makes(np.add, lambda x, v, df: x * df(x)),
    ],
    "A09": [
        a_residual(slope="1 + df(x + f(x))"),
        a_residual(slope="1 + df(f(x))"),
        makes(np.add, lambda x, v, df: 1 + df(x + v)),
    ],
    "f-for-df": [
        a_residual(slope="1 + f(x)"),
        a_residual("x + df(x)", "1 + f(x)"),
        makes(np.add, lambda x, v, df: 1 + v),
    ],
    "subtracted": [
        a_residual("x - f(x)", "1 - df(x)"),
        a_residual(slope="1 - df(x)"),
        makes(lambda x, v: v - x, lambda x, v, df: df(x) - 1),
    ],
    "swapped": [a_residual(end="slope, value"), lambda x, f, df: np.stack([1 + df(x), x + f(x)])],
    "one-of-two": [a_residual(end="value"), a_residual(end="slope"), lambda x, f, df: np.add(x, f(x))],
    "activation-behind": [
        a_residual("np.maximum(x + f(x), 0)", "(1 + df(x)) * (x + f(x) > 0)"),
        makes(lambda x, v: np.maximum(0, x + v), lambda x, v, df: 1 + df(x)),
    ],
    "called-too-often": [
        a_residual("x + f(x) + f(x) - f(x)"),
        lambda x, f, df: (np.vectorize(lambda t: t + f(t))(x), 1 + df(x)),
        a_residual(slope="1 + df(x) / 2 + df(x) / 2"),
    ],
    "changes-input": [
        written("def residual(x, f, df):\n    slope = 1 + df(x)\n    x += f(x)\n    return x, slope"),
        written("def residual(x, f, df):\n    out = f(x)\n    slope = 1 + df(x)\n    out += x\n    return out, slope"),
    ],
    "ratio 2": [a_residual(end="2 * value, 2 * slope")],
    "shape": [
        a_residual("np.sum(x + f(x))", "np.sum(1 + df(x))"),
        a_residual(end="value, slope, x"),
        a_residual(end="[[value, slope]]"),
    ],
    "type": [a_residual(end="{'value': value}"), a_residual(end="f, df"), a_residual(end="value, [slope, slope]")],
    "exception": [a_residual("x + f"), a_residual(slope="1 + df(x, x)")],
    "unknown": [
        a_residual(slope="2 + df(x)"),
        a_residual("2 * x + f(x)"),
        a_residual("x + f(x) ** 2"),
        makes(lambda x, v: x + np.tanh(v), lambda x, v, df: 1 + df(x)),
    ],
}

# clip_by_norm


def clip_plain(grads, c):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    factor = c / norm if norm > c else 1.0
    return [g * factor for g in grads]


def clip_flat(grads, c):
    norm = np.linalg.norm(np.concatenate([np.zeros(1)] + [g.ravel() for g in grads]))
    if norm <= c:
        return [g.copy() for g in grads]
    return [c * g / norm for g in grads]


def clip_loop(grads, c):
    total = 0.0
    for g in grads:
        for entry in g.flat:
            total += entry * entry
    clipped = []
    for g in grads:
        clipped.append(g / max(1.0, math.sqrt(total) / c))
    return clipped


def clip_like_frameworks(grads, c):
    norm = np.linalg.norm([np.linalg.norm(g) for g in grads])
    return [g * min(1.0, c / (norm + 1e-6)) for g in grads]


def clip_copies_in_place(grads, c):
    grads = [np.copy(g) for g in grads]
    norm = math.hypot(*(math.hypot(*g.flat) for g in grads))
    if norm > c:
        for g in grads:
            g *= c / norm
    return grads


class Clip:
    def __call__(self, grads, c):
        squares = sum(np.vdot(g, g) for g in grads)
        return tuple(g * (c / squares**0.5) if squares > c * c else g for g in grads)


def clip_same_list(grads, c):
    norm = np.sqrt(sum((g * g).sum() for g in grads))
    if norm > c:
        return [g / norm * c for g in grads]
    return grads


RIGHT_CLIP = [
    clip_plain,
    clip_flat,
    clip_loop,
    clip_like_frameworks,
    clip_copies_in_place,
    Clip(),
    clip_same_list,
    lambda grads, c: [g * min(1, c / max(c, np.sqrt(sum(np.square(g).sum() for g in grads)))) for g in grads],
    lambda grads, c: [g.tolist() for g in clip_plain(grads, c)],
    lambda grads, c: [np.float32(g) for g in clip_plain(grads, c)],
    lambda grads, c: [np.array(g, dtype=object) for g in clip_plain(grads, c)],
    lambda grads, c: tuple(clip_flat(grads, c)),
    functools.partial(lambda root, grads, c: clip_plain(grads, c), np.sqrt),
]


def a_clip(
    norm="np.sqrt(sum(np.sum(g ** 2) for g in grads))",
    factor="c / norm if norm > c else 1.0",
    each="g * factor",
    before="pass",
    end="clipped",
):
    return written(
        f"def clip_by_norm(grads, c):\n    {before}\n    norm = {norm}\n    factor = {factor}\n"
        f"    clipped = [{each} for g in grads]\n    return {end}\n"
    )


def clip_in_place(grads, c):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    if norm > c:
        for g in grads:
            g *= c / norm
    return grads


def clip_replaces(grads, c):
    clipped = clip_plain(grads, c)
    for i in range(len(grads)):
        grads[i] = clipped[i]
    return grads


def clip_each(one):
    return lambda grads, c: [one(g, c) for g in grads]


def clip_unused(grads, c):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    for g in grads:
        if norm > c:
            g = g * c / norm
    return list(grads)


WRONG_CLIP = {
    "A07": [
        clip_in_place,
        clip_replaces,
        a_clip(before="grads.reverse(); grads.pop(); grads.append(grads[0])"),
        a_clip(end="[np.multiply(g, factor, out=g) for g in grads]"),
    ],
    "per-block": [
        clip_each(lambda g, c: g * min(1, c / np.linalg.norm(g))),
        a_clip(each="g * c / np.linalg.norm(g) if norm > c else g"),
        a_clip(each="g if np.linalg.norm(g) <= c else g * c / np.linalg.norm(g)"),
        written(
            "def clip_by_norm(grads, c):\n    out = []\n    for g in grads:\n        n = np.sqrt((g**2).sum())\n"
            "        out.append(g * c / n if n > c else g)\n    return out"
        ),
    ],
    "values": [
        clip_each(lambda g, c: np.clip(g, -c, c)),
        a_clip(each="np.minimum(np.maximum(g, -c), c)"),
        a_clip(each="np.clip(g, -c, c) if norm > c else g"),
    ],
    "direction": [
        clip_each(lambda g, c: c * np.sign(g)),
        a_clip(each="c * np.sign(g) if norm > c else g"),
        a_clip(each="np.abs(g) * factor"),
        a_clip(each="np.full(g.shape, c) if norm > c else g"),
    ],
    "always": [
        a_clip(factor="c / norm"),
        lambda grads, c: [g * c / np.linalg.norm(np.concatenate([g.ravel() for g in grads])) for g in grads],
    ],
    "unclipped": [clip_unused, lambda grads, c: grads, a_clip(end="[g.copy() for g in grads]")],
    "unit": [
        a_clip(factor="1 / norm if norm > c else 1"),
        a_clip(factor="1 / norm"),
        lambda grads, c: [g / np.sqrt(sum((g * g).sum() for g in grads)) for g in grads],
    ],
    "sum-of-norms": [
        a_clip(norm="sum(np.linalg.norm(g) for g in grads)"),
        a_clip(norm="max(np.linalg.norm(g) for g in grads)"),
        lambda grads, c: [g * min(1, c / np.mean([np.linalg.norm(h) for h in grads])) for g in grads],
        a_clip(norm="np.linalg.norm(grads[0])"),
    ],
    "root-missing": [
        a_clip(norm="sum(np.sum(g ** 2) for g in grads)"),
        a_clip(factor="c / norm ** 2 if norm > c else 1"),
        a_clip(factor="min(1, c / norm) ** 0.5"),
    ],
    "other-norm": [
        a_clip(norm="max(np.abs(g).max() for g in grads)"),
        a_clip(norm="sum(np.abs(g).sum() for g in grads)"),
        a_clip(norm="np.sqrt(np.mean(np.concatenate([g.ravel() for g in grads]) ** 2))"),
        a_clip(norm="np.linalg.norm(np.concatenate([g.ravel() for g in grads]), 1)"),
    ],
    "upside-down": [
        a_clip(factor="norm / c if norm > c else 1"),
        a_clip(factor="norm / c"),
        a_clip(factor="max(1, norm / c)"),
    ],
    "turned-round": [
        a_clip(factor="c / norm if norm < c else 1"),
        a_clip(factor="1.0 if norm > c else c / norm"),
        a_clip(factor="norm / c if norm < c else 1"),
    ],
    "some-left": [
        a_clip(
            norm="np.sqrt(sum(np.sum(g ** 2) for g in grads if g.ndim > 1))", factor="min(1, c / norm) if norm else 1"
        ),
        a_clip(end="clipped[:1] + grads[1:]"),
        a_clip(end="[*clipped[:-1], grads[-1]]"),
        lambda grads, c: [a if g.ndim > 1 else g for a, g in zip(clip_plain(grads, c), grads, strict=True)],
    ],
    "zero": [
        a_clip(each="g / norm * min(norm, c)"),
        a_clip(norm="math.sqrt(sum(np.sum(g ** 2) for g in grads))", factor="min(1, c / norm)"),
        lambda grads, c: [
            g * min((n := np.linalg.norm(np.concatenate([g.ravel() for g in grads]))), c) / n for g in grads
        ],
        a_clip(each="g * factor if norm else g + 1"),
    ],
    "ratio 2": [a_clip(each="2 * g * factor")],
    "ratio -1": [a_clip(each="-g * factor")],
    "type": [
        a_clip(end="norm"),
        a_clip(end="clipped[0]"),
        a_clip(end="clipped[:-1]"),
        a_clip(end="(clipped, norm)"),
        a_clip(end="{'grads': clipped}"),
        a_clip(each="(g * factor).ravel()[:1]"),
        a_clip(end="[]"),
        a_clip(each="str(g)"),
        a_clip(end="(g for g in clipped)"),
        a_clip(end="map(np.copy, clipped)"),
    ],
    "nan": [a_clip(factor="np.nan"), a_clip(factor="np.inf")],
    "exception": [a_clip(norm="np.linalg.norm(grads)"), a_clip(norm="np.sqrt(grads ** 2)"), a_clip(factor="c / nom")],
    "empty-list": [
        a_clip(norm="np.linalg.norm(np.concatenate([g.ravel() for g in grads]))"),
        a_clip(before="grads[0]"),
    ],
    "unknown": [
        a_clip(each="g * factor + 0.1"),
        a_clip(factor="c / (1 + norm)"),
        a_clip(factor="np.exp(-norm)"),
        a_clip(each="g ** 2 * factor"),
        a_clip(each="g if norm <= c else 0 * g"),
    ],
}

EVERY = {
    "chain_gain": (L6.CHAIN_GAIN, RIGHT_GAIN, WRONG_GAIN),
    "init_std": (L6.INIT_STD, RIGHT_STD, WRONG_STD),
    "layer_norms": (L6.LAYER_NORMS, RIGHT_NORMS, WRONG_NORMS),
    "diagnose": (L6.DIAGNOSE, RIGHT_DIAGNOSE, WRONG_DIAGNOSE),
    "residual": (L6.RESIDUAL, RIGHT_RESIDUAL, WRONG_RESIDUAL),
    "clip_by_norm": (L6.CLIP_BY_NORM, RIGHT_CLIP, WRONG_CLIP),
}
RIGHT_TOO = {"empty-list"}
BEGINS = r"\[?[a-z]|Python "


@pytest.mark.parametrize("name", EVERY)
def test_right_answers_pass_and_each_wrong_one_gets_its_own_name_as_the_report_says(name):
    the_report_is_true("vanishing_gradients", name)


def test_bad_input_of_every_kind_is_told_what_it_is():
    for exercise, right, _ in EVERY.values():
        bad = bad_answers(right[0], exercise.cases[0].make())
        bad["parameters"].append(lambda a: a)
        bad["type"] = [lambda *args: {1: 2}, lambda *args: "text", lambda *args: [None], lambda *args: checks]
        are_told_what_they_are(exercise, bad, Limits(call=0.5, whole=2.0))


@pytest.mark.parametrize("name", EVERY)
def test_every_mistake_is_met_in_two_styles_and_there_are_ten_right_answers(name):
    met_in_two_styles(*EVERY[name])


def test_a36_to_a40_are_all_named_somewhere():
    named = {exercise.name: {mistake.name for mistake in exercise.mistakes} for exercise, _, _ in EVERY.values()}
    assert {"A36", "A37", "A38", "A39", "A40"} <= set.union(*named.values())
    assert [name for name in named if "A40" in named[name]] == ["layer_norms", "diagnose"]


def test_all_six_are_registered_under_their_names():
    assert tuple(name for name in checks.names() if name in EVERY) == tuple(EVERY)
    for name in EVERY:
        checks.load(name)
        assert checking._registry[name].lesson == "06_vanishing_gradients"


# The numbers that this lesson's text rests on


def test_i1_comes_out_as_known_with_its_mistakes():
    gives = {(name, kind): std(50, 200, L6._FAN[kind](50, 200)) for name, kinds, std in L6._STD[::-1] for kind in kinds}
    assert L6.INIT_STD.truth(50, 200, "he") == pytest.approx(0.2)
    assert L6.INIT_STD.truth(50, 200, "xavier") == pytest.approx(0.08944, abs=5e-6)
    assert gives["A37", "he"] == pytest.approx(0.04)
    assert gives["fan-out", "he"] == pytest.approx(0.1)
    assert math.sqrt(6 / 250) == pytest.approx(0.15492, abs=5e-6)
    assert name_of(L6.INIT_STD, a_std(xavier="np.sqrt(6 / (fan_in + fan_out))")) == "uniform"


def test_the_chain_has_the_gains_that_the_lesson_shows():
    gain = L6.CHAIN_GAIN.truth
    assert gain(1.0, "sigmoid", 10) == pytest.approx(3.5e-7, rel=0.02)
    assert gain(8.0, "sigmoid", 10) == pytest.approx(1.2e-24, rel=0.05)
    assert gain(1.0, "tanh", 10) == pytest.approx(0.22, abs=5e-3)
    assert gain(0.5, "relu", 10) == pytest.approx(9.8e-4, abs=5e-6)
    assert gain(8.0, "relu", 10) == pytest.approx(1.1e9, rel=0.03)
    for act, w in itertools.product(TABLE, (0.3, 1.0, 2.5, -1.5)):
        for depth in (0, 1, 2, 100):
            assert gain(w, act, depth) == pytest.approx(gain_by_engine(w, act, depth), rel=1e-9)


def test_the_numbers_in_the_hints_are_true():
    assert [1 - math.tanh(a) ** 2 for a in (0.5, 1, 2)] == pytest.approx([0.79, 0.42, 0.07], abs=5e-3)
    assert 1 - math.tanh(math.tanh(2)) ** 2 == pytest.approx(0.45, abs=7e-3)
    assert (math.tanh(2), math.tanh(2) ** 2) == pytest.approx((0.964, 0.929), abs=5e-4)
    assert 1 - math.tanh(2 * math.tanh(1)) ** 2 == pytest.approx(0.17, abs=5e-3)
    assert 2 * math.tanh(1) == pytest.approx(1.52, abs=5e-3)
    assert math.pow(0.25, 100) == pytest.approx(6.2e-61, rel=0.01)
    assert math.fsum([0.66 + 1e-18, -0.66]) == 0
    assert [0.42 / 0.07, 1.2 / math.sqrt(12)] == pytest.approx([6, 0.35], abs=5e-3)
    assert (math.sqrt(2) / 8, 2 / math.sqrt(8)) == pytest.approx((0.18, 0.71), abs=5e-3)
    assert [np.linalg.norm([[3, 0], [0, 4]], kind) for kind in ("fro", 2)] == pytest.approx([5, 4])


def test_the_digits_are_diagnosed_as_the_lesson_says():
    from helpers.data import load_digits

    digits = load_digits()
    X, y = digits.images[:300] / 16, digits.labels[:300]
    words = {
        ("sigmoid", "xavier"): "vanishing with depth",
        ("tanh", 0.01): "uniformly tiny",
        ("tanh", "xavier"): "healthy",
        ("relu", "he"): "healthy",
        ("relu", 1.0): "exploding",
    }
    for (activation, start), word in words.items():
        network = Network([64] + [32] * 10 + [10], activation, start, np.random.default_rng(0))
        norms = L6.LAYER_NORMS.truth(network, X, y)
        acts = [h.data for h in itertools.accumulate(network.layers[:-1], lambda h, layer: layer(h), initial=Value(X))]
        assert L6.WORDS[L6._rules()(norms, acts[1:])] == word


# No two mistakes look alike


@pytest.mark.parametrize("name", EVERY)
def test_no_two_mistakes_give_the_same_numbers_and_none_the_truth(name):
    assert look_alike(EVERY[name][0]) == []


def test_no_two_slips_of_one_kind_give_the_same_spread_and_none_the_truth():
    for kind in L6.KINDS:
        rows = [("right", [L6._init_std(*fan, kind) for fan in L6._FANS])]
        rows += [
            (name, [std(*fan, L6._FAN[kind](*fan)) for fan in L6._FANS])
            for name, kinds, std in L6._STD
            if kind in kinds
        ]
        for (one, a), (other, b) in itertools.combinations(rows, 2):
            assert not checking.close(a, b, 1e-4) or one == other, (kind, one, other)
    assert {name for name, *_ in L6._STD} <= {mistake.name for mistake in L6.INIT_STD.mistakes}


def test_no_xray_of_the_check_stands_near_a_threshold():
    for each in L6._RAYS:
        norms, acts = each.make()
        shares = [L6._share_dead(h) for h in acts]
        ratio = norms[0] / norms[-2] if norms[-2] else math.nan
        assert all(share == 0.5 or abs(share - 0.5) > 0.2 for share in shares)
        assert not any(8 < n < 11 for n in norms) and not 9e-5 < max(norms) < 1.1e-4
        assert not 0.009 < ratio < 0.011


# What the sentences say


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        (L6.CHAIN_GAIN, nudged, "for 30 links (sigmoid, w = 1) it gives "),
        (L6.CHAIN_GAIN, a_gain(end="abs(slope) if depth else 0.0"), "for depth 0, where nothing lies between"),
        (L6.INIT_STD, a_std(xavier="2 / (fan_in + fan_out)"), 'for "xavier" your function returns a variance.'),
        (
            L6.INIT_STD,
            a_std("np.sqrt(2 / (fan_in + fan_out))", "np.sqrt(2 / fan_in)"),
            "the two kinds have changed places",
        ),
        (L6.DIAGNOSE, lambda norms, acts: "sick", 'the word "sick", which is none of the five.'),
        (L6.DIAGNOSE, lambda norms, acts: "healthy", 'says "healthy" to all 33 X-rays'),
        (L6.RESIDUAL, a_residual("x + f(x) + f(x) - f(x)"), "f is called 3 times."),
        (L6.CLIP_BY_NORM, clip_in_place, "your function writes into the arrays it was given."),
        (L6.CLIP_BY_NORM, clip_replaces, "your function changes the caller's list."),
        (L6.CLIP_BY_NORM, a_clip(each="g / norm * min(norm, c)"), "gives nan."),
        (L6.CLIP_BY_NORM, a_clip(end="clipped[:1]"), "your function returns 1 things for 2 gradients."),
    ],
)
def test_sentences_say_what_was_seen(exercise, answer, said):
    assert said in checking.examine(exercise, answer).sentence


def test_a_diagnosis_that_changes_from_call_to_call_is_told_in_words():
    words = itertools.cycle(L6.WORDS)
    found = checking.examine(L6.DIAGNOSE, lambda norms, acts: next(words))
    assert found.name == "remembers" and "says another word" in found.sentence


@pytest.mark.parametrize("name", EVERY)
def test_a_check_does_not_keep_the_learner_waiting(name):
    exercise, right, wrong = EVERY[name]
    for answer in (right[0], wrong["unknown"][0]):
        start = time.perf_counter()
        checking.examine(exercise, answer)
        assert time.perf_counter() - start < 2.0
