"""L3's exercises: engines of every style pass, each known mistake gets its name in more than one of them."""

import collections
import functools
import itertools
import linecache
import math
import sys
import threading
from collections import OrderedDict, deque

import numpy as np
import pytest
from asking import changed, run_as_cell
from checker_report import the_report_is_true

from helpers import checking, value
from helpers.checking import CheckFailed, check
from helpers.checks import computational_graphs as L3
from helpers.guard import Limits


def cell(source, *changes, **scope):
    """What a notebook cell with this source defines; each change is (old text, new text), and the old one is there."""
    tools = {"np": np, "math": math, "sys": sys, "deque": deque, "itertools": itertools}
    return run_as_cell(changed(source, *changes), scope | tools)


def engine(source, *changes):
    return cell(source, *changes)["Value"]


def verdict(exercise, answer):
    return checking.examine(exercise, answer)


# Engines of different styles. Each is a text, so that one line of it can be changed into a mistake.

TOPO = """
def topo(root):
    order, met, todo = [], set(), [(root, False)]
    while todo:
        node, done = todo.pop()
        if done:
            order.append(node)
        elif node not in met:
            met.add(node)
            todo.append((node, True))
            todo.extend((parent, False) for parent in node._prev)
    return order
"""

STORED = (  # the engine of the exercise notebook: slopes are stored when the node is made
    TOPO
    + """
class Value:
    def __init__(self, data, parents=(), slopes=(), op="", label=""):
        self.data = float(data)
        self.grad = 0.0
        self._prev = tuple(parents)
        self._slopes = tuple(slopes)
        self._op, self.label = op, label

def add(self, other):
    other = other if isinstance(other, Value) else Value(other)
    return Value(self.data + other.data, (self, other), (1.0, 1.0), "+")

def multiply(self, other):
    other = other if isinstance(other, Value) else Value(other)
    return Value(self.data * other.data, (self, other), (other.data, self.data), "*")

Value.__add__, Value.__mul__ = add, multiply
Value.__radd__, Value.__rmul__ = add, multiply
Value.__neg__ = lambda self: self * -1
Value.__sub__ = lambda self, other: self + other * -1

def power(self, n):
    return Value(self.data**n, (self,), (n * self.data ** (n - 1),), "**")

def tanh(self):
    t = math.tanh(self.data)
    return Value(t, (self,), (1 - t**2,), "tanh")

def exp(self):
    e = math.exp(self.data)
    return Value(e, (self,), (e,), "exp")

Value.__pow__, Value.tanh, Value.exp = power, tanh, exp

def backward(self):
    order = topo(self)
    self.grad = 1.0
    for node in reversed(order):
        for parent, slope in zip(node._prev, node._slopes):
            parent.grad += slope * node.grad

Value.backward = backward
"""
)

CLOSURES = """
class Value:
    def __init__(self, data, _children=(), _op=""):
        self.data = data
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = set(_children)
        self._op = _op

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), "+")
        def _backward():
            self.grad += 1.0 * out.grad
            other.grad += 1.0 * out.grad
        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), "*")
        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out

    def __sub__(self, other):
        out = Value(self.data - other.data, (self, other), "-")
        def _backward():
            self.grad += out.grad
            other.grad -= out.grad
        out._backward = _backward
        return out

    def __pow__(self, n):
        assert isinstance(n, (int, float))
        out = Value(self.data**n, (self,), f"**{n}")
        def _backward():
            self.grad += n * self.data ** (n - 1) * out.grad
        out._backward = _backward
        return out

    def tanh(self):
        t = (math.exp(2 * self.data) - 1) / (math.exp(2 * self.data) + 1)
        out = Value(t, (self,), "tanh")
        def _backward():
            self.grad += (1 - t**2) * out.grad
        out._backward = _backward
        return out

    def exp(self):
        out = Value(math.exp(self.data), (self,), "exp")
        def _backward():
            self.grad += out.data * out.grad
        out._backward = _backward
        return out

    def __neg__(self):
        return self * -1

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def backward(self):
        topo, visited = [], set()
        def build_topo(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build_topo(child)
                topo.append(v)
        build_topo(self)
        self.grad = 1.0
        for v in reversed(topo):
            v._backward()
"""

TABLE = (  # what each operation does to its operands stands in one table; slopes are looked up on the way back
    TOPO
    + """
FORWARD = {"+": lambda a, b: a + b, "*": lambda a, b: a * b, "-": lambda a, b: a - b,
           "tanh": math.tanh, "exp": math.exp}
RULES = {
    "+": (lambda y, a, b: 1, lambda y, a, b: 1),
    "*": (lambda y, a, b: b, lambda y, a, b: a),
    "-": (lambda y, a, b: 1, lambda y, a, b: -1),
    "tanh": (lambda y, a: 1 - y * y,),
    "exp": (lambda y, a: y,),
}

class Value:
    def __init__(self, data, op="", *operands):
        self.data, self.op, self._prev, self.grad = data, op, list(operands), 0

    @classmethod
    def make(cls, op, *operands):
        operands = [each if isinstance(each, cls) else cls(each) for each in operands]
        return cls(FORWARD[op](*(each.data for each in operands)), op, *operands)

    def __add__(self, other): return self.make("+", self, other)
    def __radd__(self, other): return self.make("+", other, self)
    def __mul__(self, other): return self.make("*", self, other)
    def __rmul__(self, other): return self.make("*", other, self)
    def __sub__(self, other): return self.make("-", self, other)
    def tanh(self): return self.make("tanh", self)
    def exp(self): return self.make("exp", self)

    def __pow__(self, n):
        name = f"** {n}"
        FORWARD[name] = lambda a: a**n
        RULES[name] = (lambda y, a: n * a ** (n - 1),)
        return self.make(name, self)

    def backward(self):
        self.grad = 1
        for node in topo(self)[::-1]:
            data = [each.data for each in node._prev]
            for each, rule in zip(node._prev, RULES.get(node.op, ())):
                each.grad += rule(node.data, *data) * node.grad
"""
)

PULLBACKS = (  # each operand comes with a function from the gradient above to its own share
    TOPO
    + """
class Value:
    def __init__(self, data, pulls=()):
        self.data, self.grad, self.pulls = np.float64(data), np.float64(0), list(pulls)

    @property
    def _prev(self):
        return tuple(parent for parent, _ in self.pulls)

    def __add__(self, other):
        if not hasattr(other, "pulls"):
            other = Value(other)
        return Value(self.data + other.data, [(self, lambda g: g), (other, lambda g: g)])

    def __mul__(self, other):
        if not hasattr(other, "pulls"):
            other = Value(other)
        return Value(self.data * other.data, [(self, lambda g: g * other.data), (other, lambda g: g * self.data)])

    def __sub__(self, other):
        return Value(self.data - other.data, [(self, lambda g: g), (other, lambda g: -g)])

    __radd__, __rmul__ = __add__, __mul__

    def __pow__(self, n):
        return Value(self.data**n, [(self, lambda g: g * n * self.data ** (n - 1))])

    def tanh(self):
        t = np.tanh(self.data)
        return Value(t, [(self, lambda g: g * (1 - t * t))])

    def exp(self):
        e = np.exp(self.data)
        return Value(e, [(self, lambda g: g * e)])

    def backward(self):
        self.grad = np.float64(1)
        for node in topo(self)[::-1]:
            for parent, pull in node.pulls:
                parent.grad = parent.grad + pull(node.grad)
"""
)

LISTS = """
class Value:  # two lists side by side, and a walk that counts how many customers have not paid yet
    __slots__ = ("data", "grad", "_prev", "rates")

    def __init__(self, data):
        self.data, self.grad, self._prev, self.rates = data, 0.0, [], []

    def _from(self, parent, rate):
        self._prev.append(parent)
        self.rates.append(rate)
        return self

    def __add__(self, other):
        if type(other) is not Value:
            return Value(self.data + other)._from(self, 1.0)
        return Value(self.data + other.data)._from(self, 1.0)._from(other, 1.0)

    def __mul__(self, other):
        if type(other) is not Value:
            return Value(self.data * other)._from(self, other)
        return Value(self.data * other.data)._from(self, other.data)._from(other, self.data)

    def __radd__(self, number): return self + number
    def __rmul__(self, number): return self * number
    def __neg__(self): return Value(-self.data)._from(self, -1.0)
    def __sub__(self, other): return self + (-other)
    def __pow__(self, n): return Value(self.data**n)._from(self, n * self.data ** (n - 1))

    def tanh(self):
        out = Value(math.tanh(self.data))
        return out._from(self, 1 / math.cosh(self.data) ** 2)

    def exp(self):
        out = Value(math.exp(self.data))
        return out._from(self, out.data)

    def backward(self):
        waiting, seen, stack = {}, {id(self)}, [self]
        while stack:
            for parent in stack.pop()._prev:
                waiting[id(parent)] = waiting.get(id(parent), 0) + 1
                if id(parent) not in seen:
                    seen.add(id(parent))
                    stack.append(parent)
        ready = deque([self])
        self.grad = 1.0
        while ready:
            node = ready.popleft()
            for parent, rate in zip(node._prev, node.rates):
                parent.grad += rate * node.grad
                waiting[id(parent)] -= 1
                if waiting[id(parent)] == 0:
                    ready.append(parent)
"""

BY_BIRTH = """
class Value:  # a node is younger than its parents, so walking from the youngest to the oldest is an order
    born = itertools.count()

    def __init__(self, data, edges=()):
        self.data, self.edges, self.age = np.array(float(data)), edges, next(Value.born)
        self.__grad = 0.0
        self._prev = frozenset(parent for parent, _ in edges)

    @property
    def grad(self):
        return self.__grad

    @grad.setter
    def grad(self, value):
        self.__grad = value

    def wrap(self, other):
        return other if isinstance(other, Value) else Value(other)

    def __add__(self, other):
        other = self.wrap(other)
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = self.wrap(other)
        return Value(self.data * other.data, ((self, float(other.data)), (other, float(self.data))))

    __radd__, __rmul__ = __add__, __mul__
    __neg__ = lambda self: self * -1
    __sub__ = lambda self, other: self + -other
    __pow__ = lambda self, n: Value(self.data**n, ((self, float(n * self.data ** (n - 1.0))),))
    exp = lambda self: Value(np.exp(self.data), ((self, math.exp(self.data)),))

    def tanh(self):  # from other nodes, as in the exercise's question
        e = (2 * self).exp()
        return (e - Value(1)) * (e + 1) ** -1

    def backward(self):
        nodes, todo = {id(self): self}, [self]
        while todo:
            for parent, _ in todo.pop().edges:
                if id(parent) not in nodes:
                    nodes[id(parent)] = parent
                    todo.append(parent)
        for node in nodes.values():
            node.grad = 0.0
        self.grad = 1.0
        for node in sorted(nodes.values(), key=lambda node: -node.age):
            for parent, slope in node.edges:
                parent.grad += slope * node.grad
"""

DATACLASS = (
    TOPO
    + """
from dataclasses import dataclass, field

@dataclass(eq=False)
class Value:
    data: float
    grad: float = 0.0
    _prev: list = field(default_factory=list, repr=False)
    _slopes: list = field(default_factory=list, repr=False)

    def __add__(self, other):
        if isinstance(other, (int, float)):
            return Value(self.data + other, _prev=[self], _slopes=[1])
        return Value(self.data + other.data, _prev=[self, other], _slopes=[1, 1])

    def __mul__(self, other):
        if isinstance(other, (int, float)):
            return Value(self.data * other, _prev=[self], _slopes=[other])
        return Value(self.data * other.data, _prev=[self, other], _slopes=[other.data, self.data])

    __radd__, __rmul__ = __add__, __mul__

    def __pow__(self, n): return Value(self.data**n, _prev=[self], _slopes=[n * self.data ** (n - 1)])
    def tanh(self): return Value(math.tanh(self.data), _prev=[self], _slopes=[1 - math.tanh(self.data) ** 2])
    def exp(self): return Value(math.exp(self.data), _prev=[self], _slopes=[math.exp(self.data)])

    def backward(self, seed=1):
        own = {id(node): 0 for node in topo(self)}
        own[id(self)] = seed
        for node in reversed(topo(self)):
            node.grad += own[id(node)]
            for parent, slope in zip(node._prev, node._slopes):
                own[id(parent)] += slope * own[id(node)]
"""
)

LAZY = """
class Value:  # every node asks its customers, and remembers the answer
    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad, self._prev, self._slopes = data, 0.0, parents, slopes

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, [self, other], [1, 1])

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, [self, other], [other.data, self.data])

    def __radd__(self, other): return self + other
    def __rmul__(self, other): return self * other
    def __pow__(self, n): return Value(self.data**n, [self], [n * self.data ** (n - 1)])
    def tanh(self): return Value(math.tanh(self.data), [self], [1 - math.tanh(self.data) ** 2])
    def exp(self): return Value(math.exp(self.data), [self], [math.exp(self.data)])

    def backward(self):
        customers, todo, nodes = {self: []}, [self], [self]
        while todo:
            node = todo.pop()
            for parent, slope in zip(node._prev, node._slopes):
                if parent not in customers:
                    customers[parent] = []
                    todo.append(parent)
                    nodes.append(parent)
                customers[parent].append((node, slope))
        known = {self: 1.0}
        def gradient(node):
            if node not in known:
                known[node] = sum(slope * gradient(customer) for customer, slope in customers[node])
            return known[node]
        for node in nodes:
            node.grad = gradient(node)
"""

ENGINES = {
    "stored": STORED,
    "closures": CLOSURES,
    "table": TABLE,
    "pullbacks": PULLBACKS,
    "lists": LISTS,
    "by-birth": BY_BIRTH,
    "dataclass": DATACLASS,
    "lazy": LAZY,
}
MORE_ENGINES = [  # the stored one in other words
    engine(STORED, ("float(data)", "np.float64(data)"), ("math.tanh", "np.tanh"), ("math.exp", "np.exp")),
    engine(
        STORED, ("class Value:", 'class Value:\n    __slots__ = ("data", "grad", "_prev", "_slopes", "_op", "label")')
    ),
    engine(STORED, ("for node in reversed(order):", "while order:\n        node = order.pop()")),
    engine(
        STORED,
        ("self.grad = 1.0", "self.grad = np.ones(())"),
        ("parent.grad += slope * node.grad", "parent.grad = parent.grad + node.grad * slope"),
    ),
    type("Value", (engine(STORED),), {}),
]
OPERATING = [*map(engine, ENGINES.values()), *MORE_ENGINES, value.Value]
AS = {"closures": "A21", "table": "A21", "pullbacks": "A21"}  # right, and read their numbers late


# forward_table


def table_literal(x, y):
    p = x * y
    q = p + x
    r = p * q
    return {"x": x, "y": y, "p": p, "q": q, "r": r, "L": r - q}


def table_step_by_step(x, y):
    table = {"y": y}
    table["x"] = x
    table["p"] = table["x"] * table["y"]
    table["q"] = table["p"] + table["x"]
    table["r"] = table["p"] * table["q"]
    table["L"] = table["r"] - table["q"]
    return table


def table_from_rules(x, y):
    rules = [("p", lambda t: t["x"] * t["y"]), ("q", lambda t: t["x"] + t["p"]), ("r", lambda t: t["q"] * t["p"])]
    table = {"x": x, "y": y}
    for name, rule in [*rules, ("L", lambda t: t["r"] - t["q"])]:
        table[name] = rule(table)
    return table


class Table:
    def __call__(self, x, y):
        return table_literal(np.float64(x), np.array(y))


def reordered(*names):
    return lambda x, y: {name: table_literal(x, y)[name] for name in names}


RIGHT_TABLES = [
    table_literal,
    table_step_by_step,
    table_from_rules,
    Table(),
    lambda x, y: OrderedDict(table_literal(float(x), float(y))),
    lambda x, y: table_literal(x, y) | {"note": "made by hand"},
    lambda x, y: dict(
        zip("xypqrL", (x, y, x * y, x * y + x, x * y * (x * y + x), (x * y + x) * (x * y - 1)), strict=True)
    ),
    functools.partial(table_literal),
    reordered("x", "y", "p", "q", "r", "L"),
    lambda x, y, *more: collections.defaultdict(float, table_literal(np.int64(x) if x == 7 else x, y)),
]


def changed_table(old, new):
    source = """
def forward_table(x, y):
    p = x * y
    q = p + x
    r = p * q
    L = r - q
    return {"x": x, "y": y, "p": p, "q": q, "r": r, "L": L}
"""
    return cell(source, (old, new))["forward_table"]


COUNTED = {}
WRONG_TABLES = {
    "x-y-swapped": [changed_table("(x, y)", "(y, x)"), changed_table('"x": x, "y": y', '"x": y, "y": x')],
    "input-changed": [changed_table('"x": x', '"x": 2 * x')],
    "p-sum": [changed_table("x * y", "x + y")],
    "q-other-operand": [changed_table("p + x", "p + y")],
    "q-product": [changed_table("p + x", "p * x")],
    "r-sum": [changed_table("p * q", "p + q")],
    "r-square": [changed_table("p * q", "q * q")],
    "r-other-operand": [changed_table("p * q", "p * x")],
    "A20": [changed_table("r - q", "r + q")],
    "L-turned": [changed_table("r - q", "q - r")],
    "L-other-operand": [changed_table("r - q", "r - p")],
    "fixed": [changed_table("x * y", "-6"), changed_table('"L": L', '"L": 21'), changed_table('"y": y', '"y": -2')],
    "rounded": [changed_table("x * y", "round(x * y, 1)")],
    "turned": [reordered("L", "r", "q", "p", "y", "x"), reordered("L", "q", "p", "r", "x", "y")],
    "order": [reordered("x", "p", "y", "q", "r", "L"), reordered("L", "p", "q", "r", "x", "y")],
    "entry": [
        changed_table("p + x", "p + x + 1"),
        changed_table("r - q", "r"),
        changed_table("x * y", "x * y * y + 9"),
    ],
    "entries": [changed_table('"L": L', '"l": L'), lambda x, y: {"x": x, "y": y}, lambda x, y: {}],
    "type": [
        lambda x, y: list(table_literal(x, y).items()),
        lambda x, y: 21.0,
        lambda x, y: set("xypqrL"),
        lambda x, y: table_literal(x, y) | {"p": "six"},
        lambda x, y: table_literal(x, y) | {"p": None},
    ],
    "shape": [lambda x, y: table_literal(x, y) | {"q": np.array([1.0, 2.0])}],
    "nan": [lambda x, y: table_literal(x, y) | {"q": math.nan}],
    "prints": [lambda x, y: print(table_literal(x, y))],
    "returns-nothing": [lambda x, y: table_literal(x, y) and None],
    "not-a-function": [table_literal(3.0, -2.0), 21],
    "parameters": [lambda x: table_literal(x, x)],
    "exception": [changed_table("p * q", "p * z"), changed_table("p * q", "p.q")],
    "remembers": [
        lambda x, y: COUNTED.update(n=COUNTED.get("n", 0) + 1) or table_literal(x, y if COUNTED["n"] % 6 else 9)
    ],
    "not started": [
        None,
        ...,
        lambda x, y: ...,
        changed_table("r - q", "..."),
        changed_table("p + x", "..."),
        cell("def forward_table(x, y):\n    pass\n")["forward_table"],
    ],
}


# add_mul and pow_tanh_exp: what is wrong with one operation, in the engine of the notebook and in closures


def stored(*changes):
    return engine(STORED, *changes)


def closures(*changes):
    return engine(CLOSURES, *changes)


def without(source, *names):
    made = engine(source)
    for name in names:
        delattr(made, name)
    return made


S_ADD = 'Value(self.data + other.data, (self, other), (1.0, 1.0), "+")'
S_MUL = 'Value(self.data * other.data, (self, other), (other.data, self.data), "*")'
S_WRAP = "other = other if isinstance(other, Value) else Value(other)\n"
S_RIGHT = "Value.__radd__, Value.__rmul__ = add, multiply"
K_ADD = "self.grad += 1.0 * out.grad\n            other.grad += 1.0 * out.grad"
K_MUL = "self.grad += other.data * out.grad\n            other.grad += self.data * out.grad"
K_RADD = "def __radd__(self, other):\n        return self + other"
K_RMUL = "def __rmul__(self, other):\n        return self * other"

NO_BACKWARD = ("Value.backward = backward", "")


class NoGrad:
    def __init__(self, data):
        self.data = data

    def __add__(self, other):
        return NoGrad(self.data + other.data)

    __mul__ = __add__


SHARED_PREV = """
class Value:
    def __init__(self, data, parents=[]):
        self.data, self.grad, self._prev = data, 0.0, parents
    def __add__(self, other):
        out = Value(self.data + getattr(other, "data", other))
        out._prev += [self, other]
        return out
    def __mul__(self, other):
        out = Value(self.data * getattr(other, "data", other))
        out._prev += [self, other]
        return out
    __radd__, __rmul__ = __add__, __mul__
"""

SHARED_EXP = """
    def exp(self):
        out = Value(math.exp(self.data))
        out._prev.append(self)
        return out
"""

IN_PLACE = """
class Value:
    def __init__(self, data):
        self.data, self.grad, self._prev = data, 0.0, ()
    def __add__(self, other):
        self.data += other.data
        return self
    __mul__ = __add__
"""

WRONG_ADD_MUL = {
    "returns-nothing": [
        stored((f"return {S_ADD}", S_ADD)),
        closures(("        return out\n\n    def __mul__", "\n    def __mul__")),
    ],
    "returns-number": [
        stored((S_ADD, "self.data + other.data")),
        closures(('out = Value(self.data * other.data, (self, other), "*")', "return self.data * other.data")),
        stored((S_ADD, "str(self.data)")),
    ],
    "in-place": [engine(IN_PLACE), stored((f"return {S_ADD}", "self.data += other.data; return self"))],
    "data": [
        stored(("self.data * other.data", "self.data + other.data")),
        closures(("Value(self.data + other.data", "Value(self.data - other.data")),
        stored((S_RIGHT, "Value.__radd__ = Value.__rmul__ = add")),
    ],
    "no-prev": [
        stored((S_ADD, 'Value(self.data + other.data, op="+")')),
        closures(('self.data * other.data, (self, other), "*"', "self.data * other.data")),
        stored(("self._prev = tuple(parents)", "self._parents = tuple(parents)")),
    ],
    "prev-itself": [
        closures(
            (
                "out._backward = _backward\n        return out\n\n    def __mul__",
                "out._backward = _backward\n        out._prev.add(out)\n        return out\n\n    def __mul__",
            )
        )
    ],
    "prev-numbers": [
        stored(("+ other.data, (self, other)", "+ other.data, (self.data, other.data)")),
        closures(("+ other.data, (self, other)", "+ other.data, (self.data, other.data)")),
    ],
    "prev-copies": [
        stored(("+ other.data, (self, other)", "+ other.data, (Value(self.data), Value(other.data))")),
        closures(("* other.data, (self, other)", "* other.data, (Value(self.data), other)")),
    ],
    "prev-one": [
        stored(("+ other.data, (self, other), (1.0, 1.0)", "+ other.data, (self,), (1.0,)")),
        closures(("* other.data, (self, other)", "* other.data, (other,)")),
    ],
    "grad-not-zero": [
        closures(
            (
                'out = Value(self.data + other.data, (self, other), "+")',
                'out = Value(self.data + other.data, (self, other), "+")\n        out.grad = 1.0',
            )
        )
    ],
    "slopes-missing": [
        stored((S_ADD, 'Value(self.data + other.data, (self, other), op="+")'), NO_BACKWARD),
        closures(("out._backward = _backward\n        return out\n\n    def __sub__", "return out\n\n    def __sub__")),
    ],
    "slopes-short": [
        stored(("(1.0, 1.0)", "(1.0,)"), NO_BACKWARD),
        stored(("(other.data, self.data)", "(self.data,)"), NO_BACKWARD),
    ],
    "upstream-missing": [closures((K_ADD, "self.grad += 1.0\n            other.grad += 1.0"))],
    "slopes-added": [closures((K_ADD, "self.grad += 1.0 + out.grad\n            other.grad += 1.0 + out.grad"))],
    "A14": [
        closures((K_ADD, "self.grad = 1.0 * out.grad\n            other.grad = 1.0 * out.grad")),
        closures((K_MUL, "self.grad = other.data * out.grad\n            other.grad = self.data * out.grad")),
    ],
    "same-parent-twice": [
        stored(
            ("self._slopes = tuple(slopes)", "self._slopes = tuple(slopes)[:len(set(parents))]"),
            ("self._prev = tuple(parents)", "self._prev = tuple(dict.fromkeys(parents))"),
        ),
    ],
    "slope": [
        stored(("(1.0, 1.0)", "(1.0, -1.0)")),
        closures((K_ADD, "self.grad += 2.0 * out.grad\n            other.grad += out.grad")),
    ],
    "slopes-of-times": [stored(("(1.0, 1.0)", "(other.data, self.data)")), closures((K_ADD, K_MUL))],
    "slopes-of-plus": [stored(("(other.data, self.data)", "(1.0, 1.0)")), closures((K_MUL, K_ADD))],
    "A19": [
        stored(("(other.data, self.data)", "(self.data, other.data)")),
        closures((K_MUL, "self.grad += self.data * out.grad\n            other.grad += other.data * out.grad")),
    ],
    "shared-prev": [engine(SHARED_PREV)],
    "wrapped-twice": [
        stored((S_WRAP, "other = Value(other)\n")),
        closures((S_WRAP, "other = Value(other)\n")),
    ],
    "not-wrapped": [stored((S_WRAP, "pass\n")), closures((S_WRAP, "pass\n"))],
    "no-radd": [stored((S_RIGHT, "")), closures((K_RADD, "")), stored((S_RIGHT, "Value.__rmul__ = multiply"))],
    "no-rmul": [stored((S_RIGHT, "Value.__radd__ = add")), closures((K_RMUL, ""))],
    "right-hand-recursion": [
        stored((S_RIGHT, "Value.__radd__ = lambda self, other: other + self\nValue.__rmul__ = multiply")),
        closures(("return self * other", "return other * self")),
    ],
    "exception": [
        stored((S_ADD, "Value(self.data + other.dat, (self, other), (1.0, 1.0))")),
        closures((S_WRAP, "0 / 0\n")),
    ],
    "time": [stored((S_WRAP, "while self: pass\n"))],
    "leaf": [stored(("self.grad = 0.0", "self.grad = 7.0")), stored(("float(data)", "0.0")), NoGrad],
    "not-a-class": [stored()(3.0), table_literal, 7, "Value"],
    "not started": [
        None,
        without(STORED, "__add__", "__mul__", "__radd__", "__rmul__"),
        stored((f"return {S_ADD}", "return ...")),
        stored((f"return {S_ADD}", "return ..."), (f"return {S_MUL}", "return ...")),
        without(STORED, "__mul__", "__rmul__"),
    ],
}

S_POW = "(n * self.data ** (n - 1),)"
S_TANH = "(1 - t**2,)"
S_EXP = 'Value(e, (self,), (e,), "exp")'
K_POW = "self.grad += n * self.data ** (n - 1) * out.grad"
K_TANH = "self.grad += (1 - t**2) * out.grad"
K_EXP = "self.grad += out.data * out.grad"

WRONG_FUNCTIONS = {
    "returns-nothing": [stored((f"return {S_EXP}", S_EXP))],
    "returns-number": [
        stored((f"return {S_EXP}", "return e")),
        stored(('return Value(t, (self,), (1 - t**2,), "tanh")', "return t")),
    ],
    "in-place": [stored((f"return {S_EXP}", "self.data = e; return self"))],
    "data": [
        stored(("self.data**n, (self,)", "self.data * n, (self,)")),
        stored(("math.tanh", "math.tan")),
        stored(("e = math.exp(self.data)", "e = 2**self.data")),
        closures(("(math.exp(2 * self.data) + 1)", "(math.exp(2 * self.data) + 2)")),
    ],
    "no-prev": [stored((S_EXP, "Value(e)")), closures(('out = Value(t, (self,), "tanh")', "out = Value(t)"))],
    "prev-itself": [closures(('out = Value(t, (self,), "tanh")', "out = Value(t, (self,)); out._prev.add(out)"))],
    "prev-numbers": [stored((S_EXP, "Value(e, (self.data,), (e,))"))],
    "prev-copies": [stored((S_EXP, "Value(e, (Value(self.data),), (e,))"))],
    "prev-one": [stored((S_EXP, "Value(e, (Value(9.0),), (e,))"))],
    "grad-not-zero": [closures(('out = Value(t, (self,), "tanh")', 'out = Value(t, (self,), "tanh"); out.grad = 1.0'))],
    "slopes-missing": [
        stored((S_EXP, "Value(e, (self,))"), NO_BACKWARD),
        closures((f"{K_EXP}\n        out._backward = _backward", K_EXP)),
    ],
    "slopes-short": [stored((S_TANH, "(1 - t**2, 0.0)"), NO_BACKWARD)],
    "upstream-missing": [closures((K_EXP, "self.grad += out.data"))],
    "slopes-added": [closures((K_EXP, "self.grad += out.data + out.grad"))],
    "A14": [closures((K_TANH, "self.grad = (1 - t**2) * out.grad")), closures((K_POW, K_POW.replace("+=", "=")))],
    "slope": [stored((S_TANH, "(2 - t**2,)")), closures((K_EXP, "self.grad += 2 * out.data * out.grad"))],
    "shared-prev": [engine(SHARED_PREV + SHARED_EXP)],
    "wrapped-twice": [stored((S_EXP, "Value(Value(e), (self,), (e,))"))],
    "caret": [stored(("self.data**n, (self,)", "self.data ^ n, (self,)"))],
    "A13": [stored((S_TANH, "(1 - self.data**2,)")), closures((K_TANH, "self.grad += (1 - self.data**2) * out.grad"))],
    "tanh-not-squared": [
        stored((S_TANH, "(1 - t,)")),
        closures((K_TANH, "self.grad += out.grad / math.cosh(self.data)")),
    ],
    "tanh-as-sigmoid": [stored((S_TANH, "(t * (1 - t),)"))],
    "slope-is-value": [stored((S_TANH, "(t,)")), stored((S_POW, "(self.data**n,)"))],
    "slope-is-one": [stored((S_EXP, "Value(e, (self,), (1.0,))")), closures((K_TANH, "self.grad += out.grad"))],
    "exp-as-power": [stored((S_EXP, "Value(e, (self,), (self.data * math.exp(self.data - 1),))"))],
    "slope-is-input": [stored((S_EXP, "Value(e, (self,), (self.data,))"))],
    "factor-missing": [
        stored((S_POW, "(self.data ** (n - 1),)")),
        closures((K_POW, "self.grad += self.data ** (n - 1) * out.grad")),
    ],
    "power-not-lowered": [stored((S_POW, "(n * self.data**n,)"))],
    "lowered-too-early": [stored((S_POW, "((n - 1) * self.data ** (n - 1),)"))],
    "power-forgotten": [
        stored((S_POW, "(n * self.data,)")),
        closures((K_POW, "self.grad += n * self.data * out.grad")),
    ],
    "exception": [stored(("def power(self, n):", "def power(self, n):\n    assert isinstance(n, int) and n > 0"))],
    "not-a-class": [stored()(3.0)],
    "not started": [
        None,
        without(STORED, "__pow__", "tanh", "exp"),
        without(STORED, "exp"),
        stored((f"return {S_EXP}", "return ...")),
    ],
}


# topo


def topo_recursive(root):
    sys.setrecursionlimit(20_000)
    order, seen = [], set()

    def visit(node):
        if node in seen:
            return
        seen.add(node)
        for parent in node._prev:
            visit(parent)
        order.append(node)

    visit(root)
    return order


def topo_counts(root):
    missing, customers, todo, seen = {}, {}, [root], {root}
    while todo:
        node = todo.pop()
        missing[node] = len(node._prev)
        for parent in node._prev:
            customers.setdefault(parent, []).append(node)
            if parent not in seen:
                seen.add(parent)
                todo.append(parent)
    ready, order = [node for node in missing if missing[node] == 0], []
    while ready:
        node = ready.pop(0)
        order.append(node)
        for customer in customers.get(node, ()):
            missing[customer] -= 1
            if missing[customer] == 0:
                ready.append(customer)
    return order


def topo_from_the_end(root):
    customers, todo, seen = {id(root): 0}, [root], {id(root)}
    while todo:
        for parent in todo.pop()._prev:
            customers[id(parent)] = customers.get(id(parent), 0) + 1
            if id(parent) not in seen:
                seen.add(id(parent))
                todo.append(parent)
    order = [root]
    for node in order:
        for parent in node._prev:
            customers[id(parent)] -= 1
            if customers[id(parent)] == 0:
                order.append(parent)
    return tuple(reversed(order))


def topo_by_height(root):
    height, stack = {}, [root]
    while stack:
        node = stack[-1]
        below = [parent for parent in node._prev if parent not in height]
        if below:
            stack.extend(below)
        else:
            stack.pop()
            height[node] = 1 + max((height[parent] for parent in node._prev), default=0)
    return sorted(height, key=height.get)


def topo_with_marks(root):
    root.mark, order, stack = "open", [], [root]
    while stack:
        node = stack.pop()
        if getattr(node, "mark", "") == "done":
            continue
        if all(getattr(parent, "mark", "") == "done" for parent in node._prev):
            node.mark = "done"
            order.append(node)
        else:
            stack += [node, *node._prev]
    for node in order:
        del node.mark
    return order


def topo_iterators(root):
    order, met, stack = deque(), {root}, [(root, iter(root._prev))]
    while stack:
        node, rest = stack[-1]
        for parent in rest:
            if parent not in met:
                met.add(parent)
                stack.append((parent, iter(parent._prev)))
                break
        else:
            order.append(node)
            stack.pop()
    return order


def topo_generators(root):
    order, met = {}, set()

    def visit(node):
        met.add(node)
        for parent in node._prev:
            if parent not in met:
                yield visit(parent)
        order[node] = True

    stack = [visit(root)]
    while stack:
        below = next(stack[-1], None)
        stack.append(below) if below else stack.pop()
    return list(order)


class Topo:
    def __call__(self, root):
        return topo_recursive(root)


def topo_of_own_class(root):
    """Rests on a name that only the learner's own class has."""
    order, met, todo = [], set(), [(root, False)]
    while todo:
        node, done = todo.pop()
        if done:
            order.append(node)
        elif node not in met:
            met.add(node)
            todo.append((node, True))
            todo.extend((parent, False) for parent, _ in node.pulls)
    return order


def beside(function, cls):
    """The function as if it had been written in a notebook where that class is called Value."""
    made = type(function)(function.__code__, function.__globals__ | {"Value": cls}, function.__name__)
    made.__defaults__ = function.__defaults__
    return made


RIGHT_TOPOS = [
    cell(TOPO)["topo"],
    topo_recursive,
    topo_counts,
    topo_from_the_end,
    topo_by_height,
    topo_with_marks,
    topo_iterators,
    topo_generators,
    Topo(),
    beside(topo_of_own_class, engine(PULLBACKS)),
    cell(TOPO + "\nclass Value:\n    topo = topo\n")["Value"],
    functools.partial(topo_recursive),
]

RECURSIVE = """
def topo(root):
    order, seen = [], set()
    def visit(node):
        if node in seen:
            return
        seen.add(node)
        for parent in node._prev:
            visit(parent)
        order.append(node)
    visit(root)
    return order
"""


def a_topo(*changes):
    return cell(TOPO, *changes)["topo"]


def r_topo(*changes):
    return cell(
        RECURSIVE, ("order, seen = [], set()", "order, seen = [], set(); sys.setrecursionlimit(20_000)"), *changes
    )["topo"]


def topo_breadth(root):
    order, seen = [root], {root}
    for node in order:
        for parent in node._prev:
            if parent not in seen:
                seen.add(parent)
                order.append(parent)
    return order[::-1]


def topo_pre_order(root):
    order, stack = [], [root]
    while stack:
        node = stack.pop()
        if node not in order:
            order.append(node)
            stack.extend(node._prev)
    return order[::-1]


def topo_shuffled(root):
    order = topo_counts(root)
    return order[1::2] + order[0::2]


def topo_quadratic(root):
    order, todo = [], [(root, False)]
    while todo:
        node, done = todo.pop()
        if any(len(str(id(each))) * 0 + id(each) == id(node) for each in order):
            continue
        if done:
            order.append(node)
        else:
            todo.append((node, True))
            todo.extend((parent, False) for parent in node._prev)
    return order


def topo_cuts(root):
    order = topo_counts(root)
    for node in order:
        node._prev = ()
    return order


DEFAULT_SET = RECURSIVE.replace("def topo(root):\n    order, seen = [], set()", "def topo(root, order=[], seen=set()):")

WRONG_TOPOS = {
    "results-first": [
        a_topo(("return order", "return order[::-1]")),
        lambda root: [*topo_from_the_end(root)][::-1],
        r_topo(("return order", "return list(reversed(order))")),
    ],
    "duplicates": [
        a_topo(("elif node not in met:", "else:")),
        r_topo(("if node in seen:", "if False:")),
        r_topo(("seen.add(node)", "pass")),
    ],
    "A17": [
        topo_breadth,
        topo_pre_order,
        lambda root: topo_breadth(root)[::-1],
        lambda root: topo_pre_order(root)[::-1],
    ],
    "unsorted": [topo_shuffled, lambda root: sorted(topo_counts(root), key=lambda node: node.data)],
    "root-missing": [
        a_topo(("return order", "return order[:-1] or order")),
        a_topo(("return order", "return order[:-1]")),
    ],
    "leaves-missing": [
        a_topo(("return order", "return [node for node in order if node._prev]")),
        r_topo(("order.append(node)", "if node._prev: order.append(node)")),
    ],
    "by-number": [
        a_topo(("node not in met", "node.data not in met"), ("met.add(node)", "met.add(node.data)")),
        r_topo(("if node in seen:", "if node.data in seen:"), ("seen.add(node)", "seen.add(node.data)")),
    ],
    "nodes-missing": [
        a_topo(("for parent in node._prev", "for parent in node._prev[:1]")),
        a_topo(("node not in met", "node.label not in met"), ("met.add(node)", "met.add(node.label)")),
        r_topo(("visit(root)", "[visit(parent) for parent in root._prev[:1]]; order.append(root)")),
    ],
    "no-nodes": [
        a_topo(("order.append(node)", "order.append(node.data)")),
        a_topo(("order.append(node)", "order.append(node.label)")),
        a_topo(("order.append(node)", "order.append((node, 1))")),
    ],
    "set": [lambda root: set(topo_counts(root))],
    "remembers": [
        cell(DEFAULT_SET)["topo"],
        cell(DEFAULT_SET.replace("order=[], ", ""), ("def visit", "order = []\n    def visit"))["topo"],
    ],
    "changes-graph": [topo_cuts],
    "recursion": [
        cell(RECURSIVE)["topo"],
        a_topo(("return order", "return order if len(order) < 4000 else 1 + topo(root)")),
    ][:1],
    "slow": [topo_quadratic],
    "every-path": [
        r_topo(
            ("        if node in seen:\n            return\n        seen.add(node)\n", ""),
            ("order.append(node)", "order.append(node) if node not in order else 0"),
        )
    ],
    "time": [a_topo(("while todo:", "while True:\n        if not todo: continue"))],
    "type": [
        lambda root: "abc",
        lambda root: 7,
        lambda root: map(id, topo_counts(root)),
        a_topo(("return order", "yield from order")),
    ],
    "returns-nothing": [a_topo(("return order", ""))],
    "prints": [a_topo(("return order", "print(order)"))],
    "not-a-function": [topo_counts(L3.Node(1.0)), engine(STORED)],
    "parameters": [lambda: []],
    "exception": [a_topo(("node._prev", "node._parents")), a_topo(("order.append(node)", "order.add(node)"))],
    "not started": [
        None,
        lambda root: ...,
        a_topo(("return order", "return ...")),
        cell("def topo(root):\n    return ...\n")["topo"],
    ],
}


# backward: each mistake in several styles

S_PAY = "parent.grad += slope * node.grad"
S_SWEEP = STORED[STORED.index("for node in reversed") : STORED.index(S_PAY)] + S_PAY
T_PAY = "each.grad += rule(node.data, *data) * node.grad"
P_PAY = "parent.grad = parent.grad + pull(node.grad)"
L_PAY = "parent.grad += rate * node.grad"
B_PAY = "parent.grad += slope * node.grad"
T_WALK = "for node in topo(self)[::-1]:"
K_WALK = "for v in reversed(topo):\n            v._backward()"

PRE_ORDER = """
def walk(root):
    order, stack = [], [root]
    while stack:
        node = stack.pop()
        if not any(node is each for each in order):
            order.append(node)
            stack.extend(node._prev)
    return order
"""
BREADTH = """
def walk(root):
    order = [root]
    for node in order:
        for parent in node._prev:
            if not any(parent is each for each in order):
                order.append(parent)
    return order
"""
SMALLEST_FIRST = PRE_ORDER.replace("extend(node._prev)", "extend(sorted(node._prev, key=lambda n: -n.data))")
OWN_MINUS = (
    "Value.__sub__ = lambda self, other: self + other * -1",
    "Value.__sub__ = lambda self, other: Value(self.data - other.data, (self, other), (1.0, -1.0))",
)
WITH_WALK = ("class Value", "{walk}\nclass Value")


def table(*changes):
    return engine(TABLE, *changes)


def pullbacks(*changes):
    return engine(PULLBACKS, *changes)


def lists(*changes):
    return engine(LISTS, *changes)


def by_birth(*changes):
    return engine(BY_BIRTH, *changes)


def dataclass_(*changes):
    return engine(DATACLASS, *changes)


S_RECURSION = """def backward(self, first=True):
    if first:
        self.grad = 1.0
    for parent, slope in zip(self._prev, self._slopes):
        parent.grad += slope * self.grad
    for parent in self._prev:
        parent.backward(False)

Value.backward = backward"""
S_ONE_BY_ONE = """def backward(self, first=True):
    if first:
        self.grad = 1.0
    for parent, slope in zip(self._prev, self._slopes):
        parent.grad += slope * self.grad
        parent.backward(False)

Value.backward = backward"""
S_PATHS = """def backward(self, upstream=1.0):
    self.grad += upstream
    for parent, slope in zip(self._prev, self._slopes):
        parent.backward(upstream * slope)

Value.backward = backward"""
S_SEEDING = S_RECURSION.replace("first=True", "").replace("if first:", "if True:").replace("False", "")
S_BACKWARD = STORED[STORED.index("def backward") :]
K_BACKWARD = CLOSURES[CLOSURES.index("    def backward") :]
K_RECURSION = """    def backward(self, first=True):
        if first:
            self.grad = 1.0
        self._backward()
        for child in self._prev:
            child.backward(False)
"""
T_BACKWARD = TABLE[TABLE.index("    def backward") :]
T_RECURSION = """    def backward(self, first=True):
        if first:
            self.grad = 1
        data = [each.data for each in self._prev]
        for each, rule in zip(self._prev, RULES.get(self.op, ())):
            each.grad += rule(self.data, *data) * self.grad
        for each in self._prev:
            each.backward(False)
"""


def plus_walk(source, walk, old, new):
    """An engine with another walk, defined in front of its class."""
    return engine(source, ("\nclass Value", f"{walk}\nclass Value"), (old, new))


OLD_CLASS_GRAD = """
class Value:
    grad = 0.0
    def __init__(self, data, parents=(), slopes=(), op=""):
        self.data, self._prev, self._slopes = float(data), tuple(parents), tuple(slopes)

"""
S_INIT = STORED[STORED.index("\nclass Value") : STORED.index("def add")]

LATE = []
KEPT = TOPO.replace(
    "def topo(root):\n    order, met, todo = [], set(), [(root, False)]",
    "def topo(root, met=set()):\n    order, todo = [], [(root, False)]",
)
OLDER = TOPO.replace(
    "def topo(root):\n    order, met, todo = [], set(), [(root, False)]",
    "def topo(root, order=[]):\n    met, todo = set(), [(root, False)]",
)

AT_THE_END = (  # gradients are collected elsewhere and written at the end, so nobody sees the order
    DATACLASS.replace("in reversed(topo(self)):", "in walk(self):")
    .replace("\n@dataclass", f"{SMALLEST_FIRST}\n@dataclass")
    .replace("            node.grad += own[id(node)]\n", "")
    + "        for node in walk(self):\n            node.grad += own[id(node)]\n"
)

WRONG_BACKWARDS = {
    "A13": [
        stored((S_TANH, "(1 - self.data**2,)")),
        closures((K_TANH, "self.grad += (1 - self.data**2) * out.grad")),
        table(("1 - y * y", "1 - a * a")),
        pullbacks(("(1 - t * t)", "(1 - self.data**2)")),
    ],
    "A14": [
        stored((S_PAY, "parent.grad = slope * node.grad")),
        stored((S_PAY, "parent.grad = slope * node.grad"), OWN_MINUS),
        closures((K_ADD, K_ADD.replace("+=", "=")), (K_MUL, K_MUL.replace("+=", "="))),
        closures((K_ADD, K_ADD.replace("+=", "="))),
        closures((K_MUL, K_MUL.replace("+=", "="))),
        table((T_PAY, T_PAY.replace("+=", "="))),
        pullbacks((P_PAY, "parent.grad = pull(node.grad)")),
        lists((L_PAY, L_PAY.replace("+=", "="))),
        by_birth((B_PAY, B_PAY.replace("+=", "="))),
    ],
    "A15": [
        stored(
            (
                S_SWEEP,
                f"for _ in range(2):\n        self.grad = 1.0\n        {S_SWEEP.replace(chr(10), chr(10) + '    ')}",
            )
        ),
        closures(
            (
                K_WALK,
                "for v in reversed(topo):\n            v._backward()\n        self.grad = 1.0\n        for v in "
                "reversed(topo):\n            v._backward()",
            )
        ),
        table((T_WALK, "for node in topo(self)[::-1] * 2:")),
    ],
    "A16": [
        stored((S_BACKWARD, S_RECURSION)),
        stored((S_BACKWARD, S_RECURSION), OWN_MINUS),
        stored((S_BACKWARD, S_ONE_BY_ONE)),
        stored(
            (
                S_BACKWARD,
                S_ONE_BY_ONE.replace("zip(self._prev, self._slopes)", "[*zip(self._prev, self._slopes)][::-1]"),
            )
        ),
        closures((K_BACKWARD, K_RECURSION)),
        table((T_BACKWARD, T_RECURSION)),
        lists(("if waiting[id(parent)] == 0:\n                    ready.append(parent)", "ready.append(parent)")),
    ],
    "A17": [
        plus_walk(STORED, PRE_ORDER, "for node in reversed(order):", "for node in walk(self):"),
        plus_walk(STORED, BREADTH, "for node in reversed(order):", "for node in walk(self):"),
        plus_walk(CLOSURES, PRE_ORDER, "for v in reversed(topo):", "for v in walk(self):"),
        plus_walk(CLOSURES, BREADTH, "for v in reversed(topo):", "for v in walk(self):"),
        plus_walk(TABLE, PRE_ORDER, "in topo(self)[::-1]:", "in walk(self):"),
        plus_walk(TABLE, BREADTH, "in topo(self)[::-1]:", "in walk(self):"),
        plus_walk(PULLBACKS, BREADTH, "in topo(self)[::-1]:", "in walk(self):"),
        closures(
            (
                "            if v not in visited:\n                visited.add(v)\n",
                "            if v not in visited:\n                visited.add(v)\n                topo.insert(0, v)\n",
            ),
            ("                topo.append(v)\n", ""),
        ),
        plus_walk(STORED, SMALLEST_FIRST, "for node in reversed(order):", "for node in walk(self):"),
        plus_walk(TABLE, SMALLEST_FIRST, "in topo(self)[::-1]:", "in walk(self):"),
        plus_walk(PULLBACKS, SMALLEST_FIRST, "in topo(self)[::-1]:", "in walk(self):"),
    ],
    "A18": [
        stored(("self.grad = 1.0", "pass")),
        closures(("        build_topo(self)\n        self.grad = 1.0", "        build_topo(self)")),
        table(("self.grad = 1\n", "pass\n")),
        pullbacks(("self.grad = np.float64(1)", "pass")),
        stored(("self.grad = 1.0", "self.grad = self.grad")),
    ],
    "A19": [
        stored(("(other.data, self.data)", "(self.data, other.data)")),
        stored(("(other.data, self.data)", "(self.data, other.data)"), OWN_MINUS),
        closures((K_MUL, "self.grad += self.data * out.grad\n            other.grad += other.data * out.grad")),
        table(('"*": (lambda y, a, b: b, lambda y, a, b: a)', '"*": (lambda y, a, b: a, lambda y, a, b: b)')),
        pullbacks(
            ("g * other.data", "g * self.data"),
            ("(other, lambda g: g * self.data)", "(other, lambda g: g * other.data)"),
        ),
        lists(("_from(self, other.data)._from(other, self.data)", "_from(self, self.data)._from(other, other.data)")),
    ],
    "A20": [
        stored((OWN_MINUS[0], OWN_MINUS[1].replace("-1.0", "1.0"))),
        closures(("other.grad -= out.grad", "other.grad += out.grad")),
        table(("lambda y, a, b: -1", "lambda y, a, b: 1")),
        pullbacks(("(other, lambda g: -g)", "(other, lambda g: g)")),
        lists(("_from(self, -1.0)", "_from(self, 1.0)")),
    ],
    "A22": [
        stored((S_PAY, f"{S_PAY}\n            parent.data -= 0.01 * parent.grad")),
        closures((K_WALK, f"{K_WALK}\n        for v in topo: v.data -= 0.1 * v.grad")),
        table((T_PAY, f"{T_PAY}; each.data -= 0.1 * each.grad")),
        stored(("self.grad = 1.0", "self.data = 1.0; self.grad = 1.0")),
    ],
    "seed": [
        stored(("self.grad = 1.0", "self.grad = 2.0")),
        closures(("        self.grad = 1.0\n        for v", "        self.grad = -1.0\n        for v")),
    ],
    "seed-data": [
        stored(("self.grad = 1.0", "self.grad = self.data")),
        table(("self.grad = 1\n", "self.grad = self.data\n")),
    ],
    "seed-everywhere": [
        stored((S_BACKWARD, S_SEEDING)),
        closures((K_BACKWARD, K_RECURSION.replace("if first:", "if True:"))),
    ],
    "not-reversed": [
        stored(("reversed(order)", "order")),
        closures(("reversed(topo)", "topo")),
        table(("topo(self)[::-1]", "topo(self)")),
        by_birth(("-node.age", "node.age")),
        stored(("for node in reversed(order):", "for node in [self]:")),
        closures((K_WALK, "self._backward()")),
    ],
    "upstream-missing": [
        stored((S_PAY, "parent.grad += slope")),
        table((f"{T_PAY}", "each.grad += rule(node.data, *data)")),
    ],
    "slopes-added": [
        stored((S_PAY, "parent.grad += slope + node.grad")),
        lists((L_PAY, "parent.grad += rate + node.grad")),
    ],
    "same-parent-twice": [
        stored(
            (S_SWEEP, S_SWEEP.replace("zip(node._prev, node._slopes)", "dict(zip(node._prev, node._slopes)).items()"))
        ),
        table(
            (
                "for each, rule in zip(node._prev, RULES.get(node.op, ())):",
                "for each, rule in dict(zip(node._prev, RULES.get(node.op, ()))).items():",
            )
        ),
    ],
    "first-customer": [
        stored((S_PAY, "parent.grad = parent.grad or slope * node.grad")),
        table((T_PAY, f"if not each.grad: {T_PAY}")),
    ],
    "nothing-passed": [
        stored((S_PAY, "grad = slope * node.grad")),
        closures((K_WALK, "for v in reversed(topo):\n            v.grad")),
        stored((S_SWEEP, "return {node: 1.0 for node in order}"), ("self.grad = 1.0", "pass")),
    ],
    "too-early": [engine(AT_THE_END)],
    "shared-grad": [
        stored(
            (S_INIT, OLD_CLASS_GRAD),
            ("self.grad = 1.0", "Value.grad = 1.0"),
            (S_PAY, "Value.grad += slope * node.grad"),
        ),
        closures(
            ("        self.grad = 0.0\n", ""),
            ("class Value:", "class Value:\n    grad = 0.0"),
            ("self.grad = 1.0\n        for v", "Value.grad = 1.0\n        for v"),
        ),
    ],
    "remembers": [
        engine(STORED.replace(TOPO, KEPT)),
        engine(TABLE.replace(TOPO, KEPT)),
        engine(STORED.replace(TOPO, OLDER)),
    ],
    "every-path": [stored((S_BACKWARD, S_PATHS)), stored((S_BACKWARD, S_PATHS), OWN_MINUS)],
    "A21": [closures(), table(), pullbacks()],
    "recursive": [engine(STORED.replace(TOPO, RECURSIVE))],
    "leaves-only": [
        stored((S_PAY, S_PAY + "\n        if node._prev: node.grad = 0.0")),
        lists(
            (
                "while ready:\n            node = ready.popleft()",
                "while ready:\n            node = ready.popleft()\n            if all(n is not node for n in ()): pass",
            ),
            (
                "                if waiting[id(parent)] == 0:\n                    ready.append(parent)",
                "                if waiting[id(parent)] == 0:\n                    ready.append(parent)\n            "
                "if node._prev: node.grad = None",
            ),
        ),
    ],
    "earlier": [
        without(STORED, "__mul__", "__rmul__"),
        without(CLOSURES, "__add__"),
        stored((f"return {S_ADD}", "return ...")),
        stored(("self.data * other.data", "self.data + other.data")),
        stored((S_ADD, 'Value(self.data + other.data, (self, other), op="+")')),
        stored((f"return {S_MUL}", S_MUL)),
        engine(STORED.replace(TOPO, "def topo(root):\n    return ...\n")),
        engine(
            STORED.replace(
                TOPO,
                TOPO.replace("node not in met", "node.data not in met").replace("met.add(node)", "met.add(node.data)"),
            )
        ),
        engine(STORED.replace(TOPO, TOPO.replace("for parent in node._prev", "for parent in node._prev[:1]"))),
        stored((S_EXP, "Value(e, (self,), (1.0,))")),
        stored((S_POW, "(self.data ** (n - 1),)")),
        closures((K_RADD, ""), (K_RMUL, "")),
    ],
    "unknown": [
        stored((S_PAY, "parent.grad += slope * node.grad + 0.5")),
        closures((K_MUL, "self.grad += other.data * out.grad * 2\n            other.grad += self.data * out.grad")),
        stored((S_PAY, "parent.grad += abs(slope) * node.grad"), OWN_MINUS),
    ],
    "exception": [
        stored((S_PAY, "parent.grad += slope * node.gradient")),
        closures(("v._backward()", "v._backwards()")),
        stored(("def backward(self):", "def backward(self, order):"), ("order = topo(self)", "")),
    ],
    "recursion": [stored((S_BACKWARD, "def backward(self):\n    self.backward()\n\nValue.backward = backward"))],
    "time": [stored(("order = topo(self)", "order = topo(self)\n    while self: pass"))],
    "output": [stored(("order = topo(self)", "order = topo(self)\n    while self: print(self)"))],
    "exit": [stored(("order = topo(self)", "order = topo(self); sys.exit(0)"))],
    "not-a-class": [stored()(2.0), engine(STORED).backward, 7],
    "not started": [
        None,
        without(STORED, "backward"),
        stored((S_BACKWARD, "def backward(self):\n    ...\n\nValue.backward = backward")),
        stored((S_SWEEP, "return ...")),
        stored((S_PAY, "...")),
        stored((S_PAY, "parent.grad += ...")),
    ],
}


# zero_grad

Z = """
def zero_grad(root):
    for node in topo(root):
        node.grad = 0.0
"""


def a_zero(*changes):
    return cell(TOPO + Z, *changes)["zero_grad"]


def r_zero(*changes):
    """The same by calling itself, with a set of the nodes it has been at."""
    source = """
def zero_grad(root):
    sys.setrecursionlimit(20_000)
    seen = set()
    def visit(node):
        if node in seen:
            return
        seen.add(node)
        node.grad = 0
        for parent in node._prev:
            visit(parent)
    visit(root)
"""
    return cell(source, *changes)["zero_grad"]


def zero_with_stack(root):
    todo, seen = [root], set()
    while todo:
        node = todo.pop()
        if id(node) not in seen:
            seen.add(id(node))
            node.grad = np.float64(0)
            todo.extend(node._prev)
    return root


def zero_breadth(root):
    level, seen = {root}, set()
    while level:
        for node in level:
            node.grad = 0
        seen |= level
        level = {parent for node in level for parent in node._prev} - seen


class Zero:
    def __call__(self, root):
        zero_with_stack(root)


ZERO_METHOD = (
    STORED
    + "\ndef zero_grad(self):\n    for node in topo(self):\n        node.grad = 0.0\n\nValue.zero_grad = zero_grad\n"
)


def zero_by_method(root):
    root.zero_grad()


RIGHT_ZEROS = [
    a_zero(),
    a_zero(("node.grad = 0.0", "setattr(node, 'grad', 0)")),
    r_zero(),
    zero_with_stack,
    zero_breadth,
    Zero(),
    lambda root: [setattr(node, "grad", np.zeros(())) for node in topo_counts(root)],
    functools.partial(zero_breadth),
    engine(ZERO_METHOD),
    engine(ZERO_METHOD).zero_grad,
    beside(zero_by_method, engine(ZERO_METHOD)),
    cell(STORED + Z)["zero_grad"],
    cell(LISTS + TOPO + Z)["zero_grad"],
]
KEEPS = STORED.replace("class Value:", "class Value:\n    seen = set()").replace(
    "for node in reversed(order):",
    "for node in [n for n in reversed(order) if n not in Value.seen and not Value.seen.add(n)]:",
)

WRONG_ZEROS = {
    "A15": [
        a_zero(("node.grad = 0.0", "grad = 0.0")),
        a_zero(("node.grad = 0.0", "node.grad == 0.0")),
        a_zero(("node.grad = 0.0", "node.gradient = 0.0")),
        r_zero(("node.grad = 0", "node.grd = 0")),
        cell(STORED + Z, ("        node.grad = 0.0", "        node.slope = 0.0"))["zero_grad"],
        cell(
            CLOSURES + TOPO + Z,
            ("    for node in topo(root):\n        node.grad = 0.0", "    grads = [0.0 for node in topo(root)]"),
        )["zero_grad"],
    ],
    "root-only": [
        a_zero(("for node in topo(root):\n        node.grad", "root.grad")),
        r_zero(("visit(parent)", "pass")),
    ],
    "leaves-only": [
        a_zero(("node.grad = 0.0", "node.grad = node.grad if node._prev else 0.0")),
        r_zero(("node.grad = 0\n", "if not node._prev: node.grad = 0\n")),
    ],
    "leaves-missed": [
        a_zero(("node.grad = 0.0", "node.grad = 0.0 if node._prev else node.grad")),
        r_zero(("node.grad = 0\n", "if node._prev: node.grad = 0\n")),
    ],
    "root-missed": [
        a_zero(("in topo(root)", "in topo(root)[:-1]")),
        r_zero(("    visit(root)", "    for parent in root._prev: visit(parent)")),
    ],
    "one-level": [
        a_zero(("in topo(root)", "in [root, *root._prev]")),
        a_zero(("in topo(root)", "in root._prev")),
        lambda root: [setattr(node, "grad", 0) for node in (root, *root._prev)],
    ],
    "one-branch": [
        r_zero(("for parent in node._prev:\n            visit(parent)", "if node._prev: visit(node._prev[0])")),
        r_zero(("in node._prev:", "in node._prev[-1:]:")),
    ],
    "root-one": [a_zero(("node.grad = 0.0", "node.grad = 0.0\n    root.grad = 1.0"))],
    "none": [a_zero(("0.0", "None")), r_zero(("node.grad = 0", "node.grad = None"))],
    "data-zeroed": [
        a_zero(("node.grad = 0.0", "node.data = 0.0")),
        a_zero(("node.grad = 0.0", "node.grad = node.data = 0.0")),
    ],
    "graph-cut": [a_zero(("node.grad = 0.0", "node.grad, node._prev = 0.0, ()"))],
    "stops-at-zero": [
        r_zero(("if node in seen:", "if node.grad == 0:")),
        cell(
            "def zero_grad(root):\n    if root.grad != 0:\n        root.grad = 0\n        for parent in root._prev: "
            "zero_grad(parent)\n"
        )["zero_grad"],
    ],
    "every-path": [
        cell("def zero_grad(root):\n    root.grad = 0\n    for parent in root._prev: zero_grad(parent)\n")["zero_grad"],
        r_zero(("seen.add(node)", "pass")),
    ],
    "second-differs": [cell(KEEPS + Z)["zero_grad"]],
    "some-kept": [
        a_zero(("in topo(root)", "in topo(root)[::2]")),
        a_zero(("node.grad = 0.0", "node.grad = max(node.grad - 4, 0)")),
        a_zero(("0.0", "1e-3")),
    ],
    "recursive": [r_zero(("sys.setrecursionlimit(20_000)", "pass")), cell(RECURSIVE + Z)["zero_grad"]],
    "earlier": [
        cell("def topo(root):\n    return ...\n" + Z)["zero_grad"],
        cell(TOPO.replace("node._prev)", "node._prev[:1])") + Z)["zero_grad"],
    ],
    "exception": [a_zero(("in topo(root)", "in walk(root)")), a_zero(("in topo(root)", "in root"))],
    "time": [a_zero(("node.grad = 0.0", "\n        while node: node.grad = 0.0"))],
    "parameters": [lambda: print()],
    "not-a-function": [7, engine(STORED)],
    "not started": [
        None,
        cell("def zero_grad(root):\n    # your code here\n    ...\n")["zero_grad"],
        a_zero(("node.grad = 0.0", "...")),
    ],
}

EVERY = {
    "forward_table": (L3.FORWARD_TABLE, RIGHT_TABLES, WRONG_TABLES),
    "add_mul": (L3.ADD_MUL, OPERATING, WRONG_ADD_MUL),
    "pow_tanh_exp": (L3.POW_TANH_EXP, OPERATING, WRONG_FUNCTIONS),
    "topo": (L3.TOPO, RIGHT_TOPOS, WRONG_TOPOS),
    "backward": (L3.BACKWARD, [engine(s) for n, s in ENGINES.items() if n not in AS] + MORE_ENGINES, WRONG_BACKWARDS),
    "zero_grad": (L3.ZERO_GRAD, RIGHT_ZEROS, WRONG_ZEROS),
}


@pytest.mark.parametrize("name", EVERY)
def test_right_answers_pass_and_each_wrong_one_gets_its_own_name_as_the_report_says(name):
    the_report_is_true("computational_graphs", name)


# What holds for all of them


@pytest.mark.parametrize("name", EVERY)
def test_every_mistake_and_convention_of_an_exercise_is_in_its_table(name):
    exercise, right, wrong = EVERY[name]
    tried = {each for each, answers in wrong.items() if answers}
    assert {mistake.name for mistake in exercise.mistakes} <= tried
    assert {convention.name for convention in exercise.conventions} <= tried
    assert len(right) >= 5


def style_of(answer):
    """The first lines of the cell that an engine or a function comes from: what its style is."""
    function = answer.__init__ if isinstance(answer, type) else answer
    source = "".join(linecache.getlines(function.__code__.co_filename))
    return next(name for name, text in ENGINES.items() if text.split("def ")[2][:60] in source)


@pytest.mark.parametrize("name", [f"A{number}" for number in range(14, 23)])
def test_each_mistake_of_the_catalogue_is_named_in_two_styles_and_more(name):
    assert len({style_of(answer) for answer in WRONG_BACKWARDS[name]}) >= 2


# The numbers that this lesson's text rests on


def gradients(graph, wrong=None):
    """The gradients of x and y by a wrong pass over the graph as it stands; by the right one without `wrong`."""
    model = L3._model(L3.Sweep(graph, {}, {}, {}))
    found = L3._simulate(model, wrong or L3.Wrong())
    return tuple(found[model.at[name]] for name in ("x", "y"))


def test_the_truths_are_the_known_numbers():
    assert L3.G1.forward() == {"x": 3, "y": -2, "p": -6, "q": -3, "r": 18, "L": 21} and L3.G2.forward()["L"] == 3
    assert L3.G1.gradients() == {"x": 13, "y": -30, "p": -10, "q": -7, "r": 1, "L": 1}
    assert gradients(L3.G1) == (13, -30) and gradients(L3.G2) == (4, -15)


@pytest.mark.parametrize("graph", [g for g in vars(L3).values() if isinstance(g, L3.Graph)], ids=lambda g: g.words)
def test_the_truths_agree_with_a_nudge(graph):
    for name, slope in graph.gradients().items():
        up, down = (graph.forward(name, by)[graph.root] for by in (1e-5, -1e-5))
        assert (up - down) / 2e-5 == pytest.approx(slope, abs=1e-5)


def test_the_wrong_walks_leave_the_fingerprints_of_the_lesson():
    assert gradients(L3.G1, L3.Wrong(write="=")) == (12, -18)
    assert gradients(L3.G1, L3.Wrong(walk="recursion")) == (46, -90)
    assert gradients(L3.G2, L3.Wrong(walk="recursion")) == (42, -81)
    assert gradients(L3.G1, L3.Wrong(walk="pre-order")) == (-1, -9)
    assert gradients(L3.G1, L3.Wrong(walk="breadth")) == (13, -30)
    assert gradients(L3.G2, L3.Wrong(walk="breadth")) == (-8, 3)
    assert gradients(L3.G1, L3.Wrong(sweeps=2)) == (65, -138)
    assert gradients(L3.G1, L3.Wrong(local="own")) == (-34, 20)
    assert gradients(L3.G1, L3.Wrong(local="plus")) == (11, -24)


def test_the_number_changed_between_the_passes_gives_13_and_minus_50_in_an_engine_that_reads_late():
    found = verdict(L3.BACKWARD, engine(CLOSURES))
    assert found.right and "x got 13 and y got −50 where 13 and −30 belong" in found.sentence


@pytest.mark.parametrize(
    ("style", "said"),
    [
        (stored(OWN_MINUS), "x goes from 13 to 65: exercise 6"),
        (stored(), "x goes from 13 to 66: exercise 6"),  # minus by way of times −1 has two nodes more to pile up in
        (engine(BY_BIRTH), "x goes from 13 to 13: yours starts afresh by itself."),
    ],
)
def test_the_tick_says_what_a_second_call_does(style, said):
    assert said in verdict(L3.BACKWARD, style).sentence


# What is said


def test_breadth_first_passes_g1_and_is_shown_g2():
    answer = plus_walk(TABLE, BREADTH, "in topo(self)[::-1]:", "in walk(self):")
    assert (
        "the lesson's graph comes out right, and on L = q² + p x gets −8 and y gets 3."
        in verdict(L3.BACKWARD, answer).sentence
    )


def test_of_two_mistakes_one_is_told_and_the_other_announced():
    overwrites = (S_PAY, "parent.grad = slope * node.grad")
    found = verdict(L3.BACKWARD, stored(("(other.data, self.data)", "(self.data, other.data)"), overwrites))
    assert found.name == "A19" and found.sentence.endswith("There is a second slip behind it, for later.")
    found = verdict(L3.BACKWARD, stored(("self.grad = 1.0", "pass"), overwrites))
    assert found.name == "A18" and found.sentence.endswith("There is a second slip behind it, for later.")


def test_an_unknown_mistake_is_told_the_node_and_the_nudge_that_shows_it():
    found = verdict(L3.BACKWARD, stored((S_PAY, "parent.grad += slope * node.grad + 0.5 * (node._op == '*')")))
    assert (found.name, found.sentence) == (
        "unknown",
        "for m = a · a with a = 3 your gradient of a is 7; raise a alone by 0.001, and m moves by 0.006001. "
        "All other nodes agree.",
    )


def test_an_earlier_exercise_that_is_missing_is_said_in_a_sentence():
    found = verdict(L3.BACKWARD, without(STORED, "__mul__", "__rmul__"))
    assert found.name == "earlier" and "rests on exercise 2, `add_mul`" in found.sentence


def test_a_class_without_minus_and_functions_is_checked_by_plus_and_times():
    assert verdict(L3.BACKWARD, without(STORED, "__sub__", "__neg__")).name == "right"
    assert verdict(L3.BACKWARD, without(STORED, "__sub__", "__neg__", "__pow__", "tanh", "exp")).name == "right"


# What a check leaves behind


def test_the_recursion_limit_stays_as_it_was():
    limit = sys.getrecursionlimit()
    verdict(L3.TOPO, topo_recursive)
    assert sys.getrecursionlimit() == limit


@pytest.mark.parametrize("source", [STORED, LISTS, BY_BIRTH, DATACLASS])
def test_watching_the_gradients_leaves_the_class_as_it_was(source):
    made = engine(source)
    before = dict(vars(made))
    assert L3._traced(made, frozenset("+-*"), L3._Bench("x"), L3.G1)
    assert dict(vars(made)) == before


def test_watching_sees_each_change_in_its_order():
    changes = L3._traced(stored(OWN_MINUS), frozenset("+-*"), L3._Bench("x"), L3.G2)
    assert changes.index("q") < changes.index("y") and changes.count("p") == 2 and changes.count("y") == 1


def test_what_the_engine_prints_is_shown_once_and_shortened(capsys):
    told = ("order = topo(self)", "order = topo(self); print('sweep over', len(order), 'nodes')")
    with pytest.raises(CheckFailed) as caught:
        check("backward", stored(told, (S_PAY, "pass")))
    assert "Your function printed, on the check's first input:\n    sweep over 3 nodes\n" in capsys.readouterr().out
    assert "no other node receives anything" in str(caught.value)


def test_a_right_engine_gets_its_tick(capsys):
    for name, answer in (("add_mul", stored()), ("backward", stored()), ("topo", cell(TOPO)["topo"])):
        check(name, answer)
    out = capsys.readouterr().out
    assert out.count("✓") == 3 and "✓ backward: the lesson's graph and 21 others" in out


def test_a_check_outside_the_main_thread_finds_the_same():
    found, pairs = [], ((L3.BACKWARD, stored()), (L3.TOPO, topo_counts))
    thread = threading.Thread(target=lambda: found.extend(verdict(*pair) for pair in pairs))
    thread.start()
    thread.join()
    assert [each.name for each in found] == ["right", "right"]


HOSTILE = """
class Value:
    def __init__(self, data, *more):
        self.data, self.grad, self._prev = data, 0.0, more
    def __add__(self, other): return Value(self.data + getattr(other, "data", other), self, other)
    def __mul__(self, other): return Value(self.data * getattr(other, "data", other), self, other)
    __radd__, __rmul__ = __add__, __mul__
    def backward(self): self.grad = 1.0
"""


@pytest.mark.parametrize(
    "extra",
    [
        "    def __eq__(self, other): return True\n",
        "    def __getattribute__(self, name): raise RuntimeError(name)\n",
        "    def __bool__(self): raise ValueError\n    def __hash__(self): raise TypeError\n",
        "    def __repr__(self): raise ValueError\n",
        "    __class__ = property(lambda self: int)\n",
        "    data = property(lambda self: float('nan'), lambda self, value: None)\n",
        "    grad = property(lambda self: 1 / 0, lambda self, value: None)\n",
        "    _prev = property(lambda self: iter(int, 1), lambda self, value: None)\n",
        "    def __iter__(self): return iter(int, 1)\n",
        "    def __getattr__(self, name): return self\n",
    ],
)
def test_whatever_a_class_does_ends_in_a_sentence(extra, monkeypatch):
    monkeypatch.setattr(L3, "LIMITS", Limits(call=0.3, whole=2.0))
    for exercise in (L3.ADD_MUL, L3.BACKWARD):
        found = verdict(exercise, cell(HOSTILE + extra)["Value"])
        assert found.sentence.endswith(".") and not (found.right and exercise is L3.BACKWARD)


@pytest.mark.parametrize("answer", [3, "Value", [1, 2], {}, object(), print, int, type, np.zeros(3), stored()(1.0)])
@pytest.mark.parametrize("name", EVERY)
def test_anything_handed_in_gets_a_sentence(name, answer):
    found = verdict(EVERY[name][0], answer)
    assert not found.right and found.sentence.endswith(".")


@pytest.mark.parametrize("slip", ["(n * self.data ** (n - 1))", "(self), (n * self.data ** (n - 1),)"])
def test_a_comma_that_is_missing_is_named(slip):
    answer = stored((S_POW, slip) if slip.startswith("(n") else (f"(self,), {S_POW}", slip))
    verdict = checking.examine(L3.POW_TANH_EXP, answer)
    assert verdict.name == "comma" and "tuple" in verdict.sentence
