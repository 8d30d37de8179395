"""Slips of the hand that stand in no catalogue: the right answers whose source is mutated, and how to tell a real one.

Whether a mutant is wrong at all is decided here and not by the check: it is run on many random inputs beside the right
answer, and all that comes back, every change of an argument and every error is compared.
"""

# ruff: noqa: E501 - tables of one-line subjects

import math
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import test_checks_computational_graphs as L3_tests
import test_checks_digit_reader as L7_tests
from asking import checks_of, has_no_name, run_as_cell
from mutants import mutants

from helpers import checking
from helpers.guard import Limits, Runner, Trouble
from helpers.network import Network, cross_entropy
from helpers.value import Value

__all__ = ["SUBJECTS", "Slips", "try_slips"]

REVIEWED = Path(__file__).with_name("reviewed_slips.txt")
GIVES_ITSELF_AWAY = {"data", "slope", "entry"}  # mistakes that say where it differs and name no cause
SCOPE = {"np": np, "math": math, "cross_entropy": cross_entropy}
SCOPE |= {"A": -42.164, "B": 0.8956, "SCALE": 8434.0, "P0": 29.92}


@dataclass(frozen=True)
class Subject:
    """A right answer as text, and random arguments for it.

    `mutated` is the part that gets changed, if not the whole text (it is part of `source`). `observe(answer, rng)`
    says in nested numbers what an answer does, where calling it with `inputs(rng)` is not enough.
    """

    lesson: str
    source: str
    inputs: object = None
    observe: object = None
    mutated: str = ""
    tolerance: float = 1e-7
    answer: str = ""  # what of the source is handed in; the last name if empty
    wanted: int = 40  # mutants, at most

    def made(self, text):
        """The answer that this text defines, as a notebook cell would make it."""
        scope = run_as_cell(text, dict(SCOPE))
        return scope[self.answer or [name for name in scope if name != "__builtins__"][-1]]

    def slips(self, wanted=40):
        """(what was changed, the answer) of those mutants that differ from the right answer somewhere, and end."""
        part = self.mutated or self.source
        right = self.seen(self.made(self.source))
        for words, text in mutants(part, min(wanted, self.wanted)):
            changed = self.source.replace(part, f"{text}\n")
            try:
                answer = self.made(changed)
            except Exception:  # a class whose body no longer runs gives nobody an answer to check
                continue
            seen = self.seen(answer)
            if seen is not None and not alike(seen, right, self.tolerance):
                yield words, answer, changed

    def seen(self, answer):
        """All that the answer does on random inputs; None if it doesn't end."""
        rng, found = np.random.default_rng(2026), []
        for _ in range(10 if self.observe else 25):
            if self.observe:
                runner = Runner("answer", lambda rng=rng: self.observe(answer, rng), Limits(call=1.0, whole=20.0))
                got = runner.call()
            else:
                args = self.inputs(rng)
                runner = Runner("answer", answer, Limits(call=0.5, whole=20.0))
                with np.errstate(all="ignore"):
                    got = runner.call(*args)
                got = got if isinstance(got, Trouble) else [plain(got), plain(args)]
            if isinstance(got, Trouble):
                if got.kind in ("time", "output"):
                    return None
                got = got.sentence.split(" in line")[0] if got.kind == "exception" else got.kind
            found.append(got)
        return found


def plain(thing, depth=6):
    """Numbers, texts and nested lists of them, whatever they came in; a copy."""
    if depth == 0 or thing is None or callable(thing):
        return "…"
    if isinstance(thing, dict):
        return [[str(key), plain(thing[key], depth - 1)] for key in thing]
    if isinstance(thing, list | tuple | set):
        parts = [plain(each, depth - 1) for each in thing]
        flat = parts and all(isinstance(each, float) for each in parts)
        return np.array(parts) if flat else parts
    if hasattr(thing, "data") and hasattr(thing, "grad"):
        return [plain(thing.data, depth - 1), plain(thing.grad, depth - 1)]
    if isinstance(thing, np.generic) and thing.dtype.kind in "biuf":
        return float(thing)
    if isinstance(thing, np.ndarray | np.generic) and thing.dtype.kind in "biufc":
        return np.array(thing, dtype=complex if thing.dtype.kind == "c" else float)
    return float(thing) if isinstance(thing, int | float) else thing if isinstance(thing, str) else type(thing).__name__


def alike(one, other, tolerance):
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(alike(a, b, tolerance) for a, b in zip(one, other, strict=True))
    numbers = (float, np.ndarray)
    if isinstance(one, numbers) and isinstance(other, numbers):
        a, b = np.asarray(one), np.asarray(other)
        scale = max(1e-3, np.max(np.abs(b[np.isfinite(b)]), initial=0.0)) if b.size else 1.0
        with np.errstate(all="ignore"):
            return a.shape == b.shape and bool(
                np.all((np.abs(a - b) <= tolerance * scale) | (a == b) | (np.isnan(a) & np.isnan(b)))
            )
    return type(one) is type(other) and one == other


# What the check says to them


@dataclass
class Slips:
    """How the check of one exercise did on slips that stand in no catalogue."""

    tried: int = 0
    named: int = 0  # rightly, as a known mistake that gives these very numbers, or one that was looked at by a person
    convention: int = 0
    escaped: list = field(default_factory=list)
    misnamed: list = field(default_factory=list)  # named, and neither the numbers nor a person say that it is right


def try_slips(name):
    """The Slips of an exercise."""
    found, reviewed = Slips(), set(REVIEWED.read_text(encoding="utf-8").splitlines())
    subjects = SUBJECTS[name]
    checks_of(subjects[0].lesson)
    exercise = checking._find(name)
    mistakes, conventions = ({each.name for each in some} for some in (exercise.mistakes, exercise.conventions))
    for subject in subjects:
        for words, answer, _ in subject.slips(40 // len(subjects)):
            verdict = checking.examine(exercise, answer)
            found.tried += 1
            line = f"{name} | {words} | {verdict.name}"
            if verdict.right and verdict.name in conventions:
                found.convention += 1
            elif verdict.right:
                found.escaped.append(line)
            elif set(verdict.name.split(" or ")) & mistakes - GIVES_ITSELF_AWAY:
                right = line in reviewed or _gives_the_same(subject, exercise, verdict.name, answer)
                found.named += right
                found.misnamed += [] if right else [f"{line} | {verdict.sentence}"]
            elif not has_no_name(verdict.name) and verdict.name in mistakes - GIVES_ITSELF_AWAY:
                found.misnamed.append(line)
    return found


def _gives_the_same(subject, exercise, names, answer):
    """Whether a known mistake of one of these names, alone or with a second one, gives the answer's numbers."""
    if subject.observe:
        return False
    return any(_agree(subject, wrong, answer) for name in names.split(" or ") for wrong in _known(exercise, name))


def _known(exercise, name):
    yield from exercise.mistake(name).variants
    for table in vars(checks_of(exercise.lesson[3:])).values():
        if not hasattr(table, "rows") or getattr(table, "way", None) is not exercise.truth:
            continue
        mine = [changes for each, _, changes in table.rows if each == name]
        yield from (partial(table.way, **changes) for changes in mine)
        for one in mine:
            for _, _, other in table.rows:
                if not one.keys() & other.keys() and "whole" not in {*one, *other}:
                    yield partial(table.way, **one, **other)


def _agree(subject, one, other):
    for seed in range(15):
        numbers = []
        for function in (one, other):
            try:
                with np.errstate(all="ignore"):
                    numbers.append(_flat(plain(function(*subject.inputs(np.random.default_rng(seed))))))
            except (ArithmeticError, ValueError, IndexError, TypeError, AttributeError, NameError):
                numbers.append(None)
        if (numbers[0] is None) != (numbers[1] is None):
            return False
        if numbers[0] is not None and not alike(*numbers, 1e-5):
            return False
    return True


def _flat(thing):
    if isinstance(thing, list):
        return np.concatenate([np.zeros(0), *(_flat(each) for each in thing if not isinstance(each, str))])
    return np.ravel(np.asarray(thing, dtype=float)) if isinstance(thing, float | np.ndarray) else np.zeros(0)


# Random arguments


def line(rng):
    n = int(rng.integers(2, 9))
    return rng.normal(size=2), rng.uniform(-3, 5, n), rng.normal(size=n)


def chains(rng):
    links = [(np.sin, np.cos), (np.exp, np.exp), (np.tanh, lambda x: 1 - np.tanh(x) ** 2), (lambda x: 3 * x, lambda x: 3.0)]
    chosen = [links[i] for i in rng.integers(0, 4, rng.integers(0, 5))]
    return [f for f, _ in chosen], [df for _, df in chosen], float(rng.uniform(-1, 1))


def some_loss(rng):
    c = rng.normal(size=8)

    def loss(k):
        k = np.asarray(k, dtype=float)
        return float(np.sum(c[: len(k)] * k**3) + np.prod(np.sin(k + 1)) * 3 + k[0] * k[-1])

    return loss


def heap(rng, low=0.0, high=1.0):
    n, d = int(rng.integers(1, 9)), int(rng.integers(2, 6))
    return rng.uniform(low, high, (n, d)), rng.integers(0, 10, n)


def tables(rng):
    train, test = rng.normal(3, 2, (rng.integers(2, 7), 3)), rng.normal(5, 4, (rng.integers(1, 5), 3))
    if rng.random() < 0.3:
        train[:, 1] = test[:, 1] = 4.0
    return train, test


def net(rng):
    i, h, n = (int(rng.integers(1, 6)) for _ in range(3))
    params = {"W1": rng.normal(size=(i, h)), "b1": rng.normal(size=h), "W2": rng.normal(size=h), "b2": float(rng.normal())}
    return params, rng.normal(size=(n, i)), rng.normal(size=n), float(rng.uniform(0.05, 0.6))


def xray(rng):
    layers = int(rng.integers(1, 5))
    norms = 10 ** rng.uniform(*[(-9, -3), (-2, 0.5), (-1, 2), (-5, 0), (-6, 3)][rng.integers(5)], layers + 1)
    acts = [np.maximum(rng.normal(size=(6, 4)), 0) for _ in range(layers)]
    acts[-1][:, : rng.integers(0, 5)] = 0
    if rng.random() < 0.15:
        norms[rng.integers(len(norms))] = (np.nan, np.inf)[rng.integers(2)]
    if rng.random() < 0.5:
        acts = [np.abs(a) + 0.1 for a in acts]
    return list(norms), acts


def shapes(rng):
    pairs = [((2,), (3, 2)), ((1, 2), (3, 2)), ((3, 1), (3, 2)), ((), (3, 2)), ((1, 1), (3, 2)), ((3, 2), (3, 2)), ((), ()),
             ((4, 1), (2, 4, 3)), ((2, 1, 3), (2, 4, 3)), ((3,), (2, 4, 3)), ((1,), (5, 1))]  # fmt: skip
    small, large = pairs[rng.integers(len(pairs))]
    return rng.normal(size=large), small


def bins(rng):
    edges = np.sort(rng.choice(np.arange(1, 20), int(rng.integers(2, 6)), replace=False)) / 20
    c = rng.choice([*edges, *rng.random(6).round(3)], int(rng.integers(3, 20)))
    return c, rng.random(len(c)) < 0.6, edges.tolist()


# What an answer does, where its value is not enough


def search(answer, rng):
    bottom, asked = rng.normal(size=int(rng.integers(1, 6))), []
    start = rng.normal(size=len(bottom))

    def loss(k):
        asked.append(np.array(k, dtype=float))
        return float(np.sum((asked[-1] - bottom) ** 2))

    n, before, seed = int(rng.integers(1, 60)), start.copy(), int(rng.integers(99))
    end = np.asarray(answer(loss, start, n, np.random.default_rng(seed)), dtype=float)
    losses = [float(np.sum((each - bottom) ** 2)) for each in asked]
    steps = np.array([each - before for each in asked])
    kept = float(np.sum((end - bottom) ** 2)) <= min([*losses, math.inf]) + 1e-12
    moved = np.any(steps != 0, axis=0).tolist() if n > 40 and len(steps) else []
    signs = [bool((steps > 0).any() and (steps < 0).any())] if n > 40 and len(steps) else []
    return [kept, bool(np.array_equal(start, before)), len(asked) <= n, n < 4 or len(asked) > 1, moved, signs]


def checked_gradients(answer, rng):
    p = {"a": rng.normal(size=(2, 2)), "b": rng.normal(size=3)}
    before = plain(p)
    true = {"a": np.cos(p["a"]) * np.sum(p["b"] ** 2), "b": 2 * p["b"] * np.sum(np.sin(p["a"]))}
    grads = {name: g * (1 + 0.5 * (rng.random() < 0.5)) + 0.05 * rng.normal() for name, g in true.items()}
    errors = answer(lambda: np.sum(np.sin(p["a"])) * np.sum(p["b"] ** 2), p, grads)
    return [plain(errors), alike(plain(p), before, 0)]


def agreeing(answer, rng):
    Node = L7_tests.engine()
    p = {"a": Node(rng.normal(size=(2, 2))), "b": Node(rng.normal(size=2))}
    before, fault = {name: each.data.copy() for name, each in p.items()}, 1 + 0.4 * (rng.random() < 0.5)
    for each in p.values():
        each.grad = np.full_like(each.data, 0.3)

    def loss_of():
        loss = (p["a"] * p["a"] + p["b"]).tanh().total() * 2.0
        sweep = loss.backward

        def backward():
            old = p["b"].grad.copy()
            sweep()
            p["b"].grad = old + fault * (p["b"].grad - old)

        loss.backward = backward
        return loss

    errors = answer(loss_of, p)
    return [plain(errors), all(np.array_equal(p[name].data, old) for name, old in before.items())]


def rounds(answer, rng):
    parameters = [Value(float(rng.normal())), Value(rng.normal(size=3))]
    for each in parameters:
        each.grad = each.data * 0 + 0.7
    eta, said = float(rng.uniform(0.02, 0.2)), []
    for _ in range(2):
        loss = answer(parameters, lambda: ((parameters[1] * parameters[0] + 1.0) ** 2).mean(), eta)
        said.append([plain(loss), [plain(each.data) for each in parameters]])
    return said


def dealt(answer, rng):
    n, size, seed = int(rng.integers(1, 40)), int(rng.integers(1, 12)), int(rng.integers(99))
    one, again, other = (answer(n, size, np.random.default_rng(each)) for each in (seed, seed, seed + 1))
    flat = [int(row) for batch in one for row in batch]
    rest = [size] * (n // size) + [n % size] * (n % size > 0)
    differ = n < 12 or plain([list(b) for b in one]) != plain([list(b) for b in other])
    same = [list(map(int, b)) for b in one] == [list(map(int, b)) for b in again]
    return [sorted(flat) == list(range(n)), [len(batch) for batch in one] == rest, differ, same]


def norms_of_layers(answer, rng):
    network = Network([4, 5, 3], "tanh", "xavier", np.random.default_rng(int(rng.integers(99))))
    for parameter in network.parameters():
        parameter.grad = rng.normal(size=parameter.shape)
    X, y = rng.normal(size=(6, 4)), rng.integers(0, 3, 6)
    return [plain(answer(network, X, y)), [plain(p.data) for p in network.parameters()]]


def splits(answer, rng):
    n = int(rng.integers(6, 30))
    held, X = int(rng.integers(1, n // 2)), np.column_stack([np.arange(n), rng.normal(size=n)])
    y, calls = rng.integers(0, 10, n), []

    def train_and_score(*parts):
        calls.append(plain(parts))
        return 0.1 * len(calls)

    seed, before = int(rng.integers(99)), X.copy()
    said = answer(train_and_score, X, y, held, np.random.default_rng(seed))
    return [plain(said), bool(np.array_equal(X, before)), calls]


def graph_of(make, rng, operations):
    nodes = [make(float(rng.uniform(0.3, 2.0))) for _ in range(3)]
    for _ in range(8):
        one, other = nodes[rng.integers(len(nodes))], nodes[rng.integers(len(nodes))]
        nodes.append(operations[rng.integers(len(operations))](one, other))
    return nodes


PLUS_TIMES = (lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a + 0.5, lambda a, b: 2 * b, lambda a, b: 1 + a)
CURVES = (lambda a, b: a**2, lambda a, b: a.tanh(), lambda a, b: (a * 0.1).exp(), lambda a, b: b**-1, lambda a, b: a**0.5)


def expression(operations):
    def observe(answer, rng):
        nodes = graph_of(answer, rng, operations)
        leaves = nodes[:3]
        nodes[-1].backward()
        return [[plain(each.data) for each in nodes], [plain(each.grad) for each in leaves]]

    return observe


def walked(answer, rng):
    nodes = graph_of(L3_tests.engine(L3_tests.STORED), rng, PLUS_TIMES)
    place, order = {id(node): i for i, node in enumerate(nodes)}, answer(nodes[-1])
    below = [nodes[-1]]
    for node in below:
        below += [each for each in node._prev if all(each is not old for old in below)]
    at = {id(node): i for i, node in enumerate(order)}
    once = len(at) == len(order) == len(below) and all(id(node) in at for node in below)
    return [once, once and all(at[id(p)] < at[id(n)] for n in below for p in n._prev), len(place) > 0]


def zeroed(answer, rng):
    nodes = graph_of(L3_tests.engine(L3_tests.STORED), rng, PLUS_TIMES)
    nodes[-1].backward()
    data = [node.data for node in nodes]
    answer(nodes[-1])
    below = [nodes[-1]]
    for node in below:
        below += [each for each in node._prev if all(each is not old for old in below)]
    return [[plain(node.grad) for node in below], data == [node.data for node in nodes]]


def array_expression(answer, rng):
    n, k, m = (int(each) for each in rng.integers(1, 5, 3))
    a, b, c, d = answer(rng.normal(size=(n, k))), answer(rng.normal(size=(k, m))), answer(rng.normal(size=m)), answer(1.5)
    s = ((a @ b + c).tanh() * d + c * c) ** 2
    roots = [s.total(), s.cross_entropy(rng.integers(0, m, n)), (a - a * d).total() + (2 - b).total(), (rng.normal(size=(2, n)) @ a).total()]
    found = []
    for root in roots:
        for leaf in (a, b, c, d):
            leaf.zero_grad() if hasattr(leaf, "zero_grad") else setattr(leaf, "grad", np.zeros_like(leaf.data))
        root.backward()
        found.append([plain(root.data), [plain(leaf.grad) for leaf in (a, b, c, d)]])
    return found


def part(source, start, end):
    return source[source.index(start) : source.index(end)]


GIVEN = part(L7_tests.ENGINE, "    def __pow__", "    def __matmul__")  # by the notebook, so no learner slips there
ARRAYS = L7_tests.ENGINE.replace(GIVEN, "") + """
Value.__pow__ = lambda self, n: Value(self.data**n, (self,), (lambda g: g * n * self.data ** (n - 1),))
Value.__neg__ = lambda self: self * -1
Value.__sub__ = lambda self, other: self + other * -1
Value.__rsub__ = lambda self, other: -self + other
"""
STORED, ZERO = L3_tests.STORED, "\ndef zero_grad(root):\n    for node in topo(root):\n        node.grad = 0.0\n"

TOPO = part(STORED, "def topo", "class Value")
C, CH, G, B, L, V, D = (
    "curve_fitting", "chain_rule", "computational_graphs", "backpropagation", "learning_rates", "vanishing_gradients",
    "digit_reader",
)  # fmt: skip

SUBJECTS = {
    "double": [Subject("start_here", "def double(x):\n    return 2 * x", lambda r: (float(r.normal()),)),
               Subject("start_here", "def double(x):\n    total = x\n    total += x\n    return total", lambda r: (float(r.normal()),))],
    "hello_slope": [Subject("start_here", """
def hello_slope(x1, y1, x2, y2):
    rise = y2 - y1
    run = x2 - x1
    return rise / run
""", lambda r: tuple(r.normal(size=4).tolist()))],
    "predict": [Subject(C, source, lambda r: (r.normal(size=int(r.integers(1, 7))), r.normal(size=int(r.integers(1, 7))))) for source in ("""
def predict(k, x):
    total = np.zeros(len(x))
    for i in range(len(k)):
        total = total + k[i] * x**i
    return total
""", """
def predict(k, x):
    total, power = 0 * x, np.ones(len(x))
    for knob in k:
        total = total + knob * power
        power = power * x
    return total
""")],
    "mse": [Subject(C, source, line) for source in ("""
def mse(theta, x, y):
    b, m = theta
    prediction = b + m * x
    residual = prediction - y
    return np.mean(residual**2)
""", """
def mse(theta, x, y):
    total = 0.0
    for a, c in zip(x, y):
        total += (theta[0] + theta[1] * a - c) ** 2
    return total / len(x)
""")],
    "nudge_search": [Subject(C, """
def nudge_search(loss, k, n, rng):
    best = k.copy()
    best_loss = loss(best)
    for _ in range(n - 1):
        trial = best.copy()
        trial[rng.integers(len(k))] += rng.normal(0, 0.1)
        trial_loss = loss(trial)
        if trial_loss < best_loss:
            best, best_loss = trial, trial_loss
    return best
""", observe=search)],
    "slope": [Subject(C, """
def slope(loss, k, i, h):
    up = k.copy()
    up[i] = up[i] + h
    down = k.copy()
    down[i] = down[i] - h
    return (loss(up) - loss(down)) / (2 * h)
""", lambda r: (some_loss(r), r.normal(size=int(r.integers(1, 6))), 0, float(r.uniform(0.05, 0.5)))),
              Subject(C, """
def slope(loss, k, i, h):
    nudge = h * np.eye(len(k))[i]
    return (loss(k + nudge) - loss(k - nudge)) / 2 / h
""", lambda r: (some_loss(r), r.normal(size=4), int(r.integers(4)), float(r.uniform(0.05, 0.5))))],
    "grad_mse": [Subject(C, source, line) for source in ("""
def grad_mse(theta, x, y):
    b, m = theta
    residual = b + m * x - y
    return np.array([2 * np.mean(residual), 2 * np.mean(residual * x)])
""", """
def grad_mse(theta, x, y):
    db, dm = 0.0, 0.0
    for a, c in zip(x, y):
        e = theta[0] + theta[1] * a - c
        db += 2 * e / len(x)
        dm += 2 * e * a / len(x)
    return db, dm
""")],
    "fit_hubble": [Subject(C, """
def fit_hubble(r, v, eta, steps):
    m = 0.0
    for _ in range(steps):
        slope_here = 2 * np.mean((m * r - v) * r)
        m = m - eta * slope_here
    return m
""", lambda r: (r.uniform(0.1, 2, 6), r.uniform(-1, 9, 6), float(r.uniform(0.01, 0.2)), int(r.integers(1, 9))))],
    "local_slopes": [Subject(CH, """
def local_slopes(x):
    u = x**2
    v = np.sin(u)
    return 2 * x, np.cos(u), np.exp(v)
""", lambda r: (float(r.uniform(-2, 2)),))],
    "chain": [Subject(CH, source, chains) for source in ("""
def chain(fs, dfs, x):
    value, slope = x, 1.0
    for i in range(len(fs)):
        slope = slope * dfs[i](value)
        value = fs[i](value)
    return value, slope
""", """
def chain(fs, dfs, x):
    slope = 1.0
    for f, df in zip(fs, dfs):
        slope *= df(x)
        x = f(x)
    return x, slope
""")],
    "numdiff": [Subject(CH, "def numdiff(f, x, h=1e-5):\n    return (f(x + h) - f(x - h)) / (2 * h)",
                        lambda r: ((np.sin, np.exp)[r.integers(2)], r.normal(size=(3, ())[r.integers(2)]), float(r.uniform(0.05, 0.5)))),
                Subject(CH, "def numdiff(f, x, h=1e-5):\n    up = f(x + h)\n    down = f(x - h)\n    rise = up - down\n    run = 2 * h\n    return rise / run",
                        lambda r: ((np.sin, np.exp)[r.integers(2)], float(r.normal()), float(r.uniform(0.05, 0.5))))],
    "two_paths": [Subject(CH, """
def two_paths(x):
    a, b = x, np.sin(x)
    through_a = b * 1.0
    through_b = a * np.cos(x)
    return through_a, through_b, through_a + through_b
""", lambda r: (float(r.uniform(-3, 3)),))],
    "boiling_rate": [Subject(CH, """
def boiling_rate(height):
    p = P0 * np.exp(-height / SCALE)
    dp_dheight = -p / SCALE
    dT_dp = 100 / (np.log(10) * p * B)
    dC_dT = 5 / 9
    return dC_dT * dT_dp * dp_dheight
""", lambda r: (float(r.uniform(0, 6000)),), tolerance=1e-4)],
    "forward_table": [Subject(G, """
def forward_table(x, y):
    table = {"x": x, "y": y}
    table["p"] = table["x"] * table["y"]
    table["q"] = table["p"] + table["x"]
    table["r"] = table["p"] * table["q"]
    table["L"] = table["r"] - table["q"]
    return table
""", lambda r: tuple(r.normal(size=2).tolist()))],
    "add_mul": [Subject(G, STORED, observe=expression(PLUS_TIMES), mutated=part(STORED, "def add", "Value.__add__"), answer="Value")],
    "pow_tanh_exp": [Subject(G, STORED, observe=expression(PLUS_TIMES + CURVES), mutated=part(STORED, "def power", "Value.__pow__"), answer="Value")],
    "topo": [Subject(G, TOPO, observe=walked)],
    "backward": [Subject(G, STORED, observe=expression(PLUS_TIMES), mutated=part(STORED, "def backward", "Value.backward"), answer="Value")],
    "zero_grad": [Subject(G, TOPO + ZERO, observe=zeroed)],
    "neuron_backward": [Subject(B, """
def neuron_backward(x, w, b, t):
    w1, w2 = w
    a = w1 * x + b
    h = np.tanh(a)
    dy_hat = 2 * (w2 * h - t)
    da = dy_hat * w2 * (1 - h**2)
    return (da * x, dy_hat * h), da, da * w1
""", lambda r: (float(r.normal()), tuple(r.normal(size=2).tolist()), float(r.normal()), float(r.normal())))],
    "dense_backward": [Subject(B, """
def dense_backward(dout, cache):
    X, W = cache
    dX = dout @ W.T
    dW = X.T @ dout
    db = dout.sum(axis=0)
    return dX, dW, db
""", lambda r: (lambda n, i, o: (r.normal(size=(n, o)), (r.normal(size=(n, i)), r.normal(size=(i, o)))))(*r.integers(1, 5, 3)))],
    "softmax_xent": [Subject(B, source, lambda r: (lambda k: (r.normal(0, 2, k), int(r.integers(k))))(int(r.integers(2, 6)))) for source in ("""
def softmax_xent(s, y):
    shifted = s - np.max(s)
    e = np.exp(shifted)
    loss = np.log(e.sum()) - shifted[y]
    ds = e / e.sum()
    ds[y] = ds[y] - 1
    return loss, ds
""", """
def softmax_xent(s, y):
    e = np.exp(s - s.max())
    q = e / np.sum(e)
    loss = np.log(np.sum(e)) - (s[y] - s.max())
    hot = np.zeros(len(s))
    hot[y] = 1
    return loss, q - hot
""")],
    "gradcheck": [Subject(B, """
def gradcheck(f, params, grads):
    eps = 1e-5
    errors = {}
    for name, array in params.items():
        n = np.zeros_like(array)
        for index in np.ndindex(array.shape):
            kept = array[index]
            array[index] = kept + eps
            up = f()
            array[index] = kept - eps
            down = f()
            array[index] = kept
            n[index] = (up - down) / (2 * eps)
        length = np.linalg.norm(grads[name]) + np.linalg.norm(n)
        errors[name] = np.linalg.norm(grads[name] - n) / length if length > 0 else 0.0
    return errors
""", observe=checked_gradients, tolerance=1e-4)],
    "value_step": [Subject(B, """
def value_step(parameters, loss_of, eta):
    for parameter in parameters:
        parameter.grad = 0.0
    loss = loss_of()
    loss.backward()
    for parameter in parameters:
        parameter.data = parameter.data - eta * parameter.grad
    return loss.data
""", observe=rounds)],
    "train_step": [Subject(B, """
def train_step(params, X, t, eta):
    W1, b1, W2, b2 = (params[name] for name in ("W1", "b1", "W2", "b2"))
    h = np.tanh(X @ W1 + b1)
    dy_hat = 2 * (h @ W2 + b2 - t) / len(t)
    da = np.outer(dy_hat, W2) * (1 - h**2)
    return {
        "W1": W1 - eta * X.T @ da,
        "b1": b1 - eta * da.sum(axis=0),
        "W2": W2 - eta * h.T @ dy_hat,
        "b2": b2 - eta * dy_hat.sum(),
    }
""", net, wanted=14)],
    "gd_step": [Subject(L, "def gd_step(w, g, eta):\n    return w - eta * g", lambda r: (r.normal(size=3), r.normal(size=3), float(r.uniform(0.01, 0.5)))),
                Subject(L, "def gd_step(w, g, eta):\n    step = eta * g\n    new = w - step\n    return new", lambda r: (*r.normal(size=2).tolist(), float(r.uniform(0.01, 0.5))))],
    "eta_limit": [Subject(L, """
def eta_limit(X):
    H = 2 * X.T @ X / len(X)
    return 2 / np.linalg.eigvalsh(H)[-1]
""", lambda r: (r.normal(size=(int(r.integers(3, 8)), int(r.integers(1, 4)))),))],
    "standardise": [Subject(L, """
def standardise(train, test):
    mean, spread = train.mean(axis=0), train.std(axis=0)
    spread = np.where(spread == 0, 1.0, spread)
    return (train - mean) / spread, (test - mean) / spread
""", tables)],
    "momentum": [Subject(L, """
def momentum(w, v, g, eta, beta):
    v = beta * v + g
    w = w - eta * v
    return w, v
""", lambda r: (*r.normal(size=3).tolist(), float(r.uniform(0.05, 0.5)), float(r.uniform(0.3, 0.9))))],
    "minibatches": [Subject(L, source, observe=dealt) for source in ("""
def minibatches(n, size, rng):
    order = rng.permutation(n)
    return [order[start : start + size] for start in range(0, n, size)]
""", """
def minibatches(n, size, rng):
    order = np.arange(n)
    rng.shuffle(order)
    batches, start = [], 0
    while start < n:
        batches.append(order[start : start + size])
        start += size
    return batches
""")],
    "updates": [Subject(L, source, lambda r: tuple(int(each) for each in r.integers(1, 60, 3))) for source in (
        "def updates(n, size, epochs):\n    return epochs * -(-n // size)", """
def updates(n, size, epochs):
    batches = n // size
    if n % size > 0:
        batches += 1
    return batches * epochs
""")],
    "range_test": [Subject(L, """
def range_test(loss_and_grad, w, etas):
    losses = []
    for eta in etas:
        here = w
        for _ in range(10):
            here = here - eta * loss_and_grad(here)[1]
        losses.append(loss_and_grad(here)[0])
    return losses
""", lambda r: (lambda c: (lambda w: (float(np.sum(c * w * w)), 2 * c * w), r.normal(size=3), r.uniform(0.01, 0.4, 4)))(r.uniform(0.3, 2, 3)))],
    "chain_gain": [Subject(V, """
def chain_gain(w, act, depth):
    v, slope = 0.5, 1.0
    for _ in range(depth):
        a = w * v
        if act == "sigmoid":
            v = 1 / (1 + np.exp(-a))
            local = v * (1 - v)
        elif act == "tanh":
            v = np.tanh(a)
            local = 1 - v**2
        else:
            v = max(a, 0.0)
            local = 1.0 if a > 0 else 0.0
        slope = slope * w * local
    return abs(slope)
""", lambda r: (float(r.uniform(-3, 3)), ("sigmoid", "tanh", "relu")[r.integers(3)], int(r.integers(0, 7))))],
    "init_std": [Subject(V, """
def init_std(fan_in, fan_out, kind):
    if kind == "he":
        variance = 2 / fan_in
    else:
        variance = 2 / (fan_in + fan_out)
    return np.sqrt(variance)
""", lambda r: (int(r.integers(2, 300)), int(r.integers(2, 300)), ("he", "xavier")[r.integers(2)]))],
    "layer_norms": [Subject(V, """
def layer_norms(network, X, y):
    network.zero_grad()
    cross_entropy(network(X), y).backward()
    norms = []
    for layer in network.layers:
        norms.append(float(np.sqrt(np.sum(layer.W.grad ** 2))))
    return norms
""", observe=norms_of_layers)],
    "diagnose": [Subject(V, """
def diagnose(norms, acts):
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
""", xray)],
    "residual": [Subject(V, """
def residual(x, f, df):
    value = x + f(x)
    slope = 1 + df(x)
    return value, slope
""", lambda r: (r.normal(size=3), np.sin, np.cos))],
    "clip_by_norm": [Subject(V, """
def clip_by_norm(grads, c):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    factor = c / norm if norm > c else 1.0
    return [g * factor for g in grads]
""", lambda r: ([r.normal(size=(2, 3)), r.normal(size=2), r.normal(size=(3, 1))], float(r.uniform(0.5, 5)))),
                     Subject(V, """
def clip_by_norm(grads, c):
    total = 0.0
    for g in grads:
        total += np.sum(g * g)
    norm = np.sqrt(total)
    if norm <= c:
        return list(grads)
    clipped = []
    for g in grads:
        clipped.append(g * c / norm)
    return clipped
""", lambda r: ([r.normal(size=(2, 3)), r.normal(size=2), r.normal(size=(3, 1))], float(r.uniform(0.5, 5))))],
    "data_card": [Subject(D, """
def data_card(X, y):
    return {
        "images": X.shape[0],
        "pixels": X.shape[1],
        "lowest": X.min(),
        "highest": X.max(),
        "per class": list(np.bincount(y, minlength=10)),
        "dead pixels": int(np.sum(X.min(axis=0) == X.max(axis=0))),
    }
""", lambda r: (r.integers(1, 4, (int(r.integers(2, 6)), int(r.integers(2, 6)))).astype(float), r.integers(0, 10, 9)))],
    "baseline": [Subject(D, """
def baseline(y_train, y_test):
    counts = np.bincount(y_train, minlength=10)
    digit = int(np.argmax(counts))
    share = np.mean(np.asarray(y_test) == digit)
    return digit, share
""", lambda r: (r.integers(0, 6, int(r.integers(3, 30))), r.integers(0, 6, int(r.integers(3, 30)))))],
    "softmax_regression": [Subject(D, """
def softmax_regression(X, y, eta, steps):
    W, b = np.zeros((X.shape[1], 10)), np.zeros(10)
    wanted = np.eye(10)[y]
    for _ in range(steps):
        s = X @ W + b
        q = np.exp(s - s.max(axis=1, keepdims=True))
        q = q / q.sum(axis=1, keepdims=True)
        ds = (q - wanted) / len(y)
        W = W - eta * X.T @ ds
        b = b - eta * ds.sum(axis=0)
    return W, b
""", lambda r: (*heap(r, 0, (1, 900)[r.integers(2)]), float(r.uniform(0.1, 1)), int(r.integers(0, 5))))],
    "fit": [Subject(D, """
def fit(g, shape):
    while np.ndim(g) > len(shape):
        g = g.sum(axis=0)
    for axis, length in enumerate(shape):
        if length == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g
""", shapes)],
    "array_engine": [Subject(D, ARRAYS, observe=array_expression, mutated=part(ARRAYS, "class Value", "    def backward"), answer="Value"),
                     Subject(D, ARRAYS, observe=array_expression, mutated=part(ARRAYS, "def fit", "class Value"), answer="Value")],
    "gradients_agree": [Subject(D, """
def gradients_agree(loss_of, parameters):
    eps, errors = 1e-5, {}
    for value in parameters.values():
        value.grad = np.zeros_like(value.data)
    loss_of().backward()
    for name, value in parameters.items():
        n = np.zeros_like(value.data)
        for index in np.ndindex(n.shape):
            kept = value.data[index]
            value.data[index] = kept + eps
            up = loss_of().data
            value.data[index] = kept - eps
            down = loss_of().data
            value.data[index] = kept
            n[index] = (up - down) / (2 * eps)
        length = np.linalg.norm(value.grad) + np.linalg.norm(n)
        errors[name] = float(np.linalg.norm(value.grad - n) / length) if length > 0 else 0.0
    return errors
""", observe=agreeing, tolerance=1e-4, wanted=24)],
    "leakage": [Subject(D, """
def leakage(train_and_score, X, y, held_out, rng):
    n = len(X)
    shares = []
    for order in (np.arange(n), rng.permutation(n)):
        train, test = order[: n - held_out], order[n - held_out :]
        shares.append(train_and_score(X[train], y[train], X[test], y[test]))
    return tuple(shares)
""", observe=splits)],
    "calibration": [Subject(D, """
def calibration(confidence, right, edges):
    confidence, right = np.asarray(confidence), np.asarray(right)
    table = []
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (low <= confidence) & ((confidence < high) | (confidence == high) & (high == edges[-1]))
        if inside.any():
            table.append((confidence[inside].mean(), right[inside].mean(), int(inside.sum())))
    return table
""", bins)],
}  # fmt: skip
