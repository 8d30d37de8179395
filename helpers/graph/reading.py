"""Reading an expression: from any class with `data` and `_prev` to a Graph of nodes with their local slopes.

The course's Value and a learner's own class are read alike; `_op`, `label`, `grad` and `_slopes` are used where they
exist. Nothing is changed.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from helpers.graph.words import clean
from helpers.plain import PlainError

MOST = 60  # nodes; more than that nobody reads


@dataclass(frozen=True)
class Node:
    """One number of an expression: its place in the graph's list, what it is called, how it was made, from whom."""

    index: int
    name: str
    op: str
    data: object  # float, or an array
    grad: object
    operands: tuple  # indices into the graph's list, in the operation's order; the same one may stand twice
    slopes: tuple  # for each operand how much this node moves when it moves; None where nobody knows
    stored: tuple  # the slopes that the node itself keeps (`_slopes`), or None
    recipe: tuple = ()  # the operands with the constants among them, as far as known: ("node", i) or ("number", x)

    @property
    def stickers(self):
        """What stands on the edges: the slopes that the node keeps itself, where it does, else the known ones."""
        return self.stored if self.stored is not None else self.slopes

    def misjudged(self, place):
        """True where the node keeps another slope than the operation has."""
        kept, known = self.stickers[place], self.slopes[place]
        return kept is not None and known is not None and not _same(kept, known)


@dataclass(frozen=True)
class Graph:
    """The nodes of an expression, operands before results; the last is the root."""

    nodes: tuple
    users: tuple = field(init=False)  # for each node the (user, place among the user's operands)

    def __post_init__(self):
        users = [[] for _ in self.nodes]
        for node in self.nodes:
            for place, operand in enumerate(node.operands):
                users[operand].append((node.index, place))
        object.__setattr__(self, "users", tuple(map(tuple, users)))

    @property
    def root(self):
        """The node that all others lead to."""
        return self.nodes[-1]

    @property
    def leaves(self):
        """The nodes that were not computed from others."""
        return tuple(node for node in self.nodes if not node.operands)

    @property
    def edges(self):
        """How many (operand, result) pairs there are; a * a has two."""
        return sum(len(node.operands) for node in self.nodes)


def read_graph(root, most=MOST):
    """The Graph of the expression that ends in `root`. The objects are only looked at, never changed.

    Raises PlainError, one sentence, for what is no expression, for more than `most` nodes and for a cycle.
    """
    if not _is_node(root):
        raise PlainError(
            "A graph is drawn from the result of an expression, an object with `data` and `_prev`, "
            f"not from {_said(root)}."
        )
    objects = _in_order(root)
    if len(objects) > most:
        raise PlainError(f"This expression has {len(objects):,} nodes; a drawing stays readable up to {most}.")
    place = {id(one): index for index, one in enumerate(objects)}
    names = _names(objects)
    nodes = []
    for index, one in enumerate(objects):
        operands, stored = _operands(one)
        slopes = _slopes(one, operands, stored)
        nodes.append(
            Node(
                index,
                names[index],
                clean(getattr(one, "_op", "") or "") if operands else "",
                _plain(one.data),
                _plain(0.0 if getattr(one, "grad", None) is None else one.grad),
                tuple(place[id(operand)] for operand in operands),
                slopes,
                stored,
                _recipe(one, operands, place),
            )
        )
    return Graph(tuple(nodes))


def _is_node(thing):
    return not isinstance(thing, type) and hasattr(thing, "data") and hasattr(thing, "_prev")


def _said(thing):
    """A short description of something that was handed in by mistake."""
    if thing is None:
        return "None"
    if isinstance(thing, type):
        return f"the class {thing.__name__} itself"
    text = clean(repr(thing), 24) if isinstance(thing, (int, float, str, complex)) else ""
    kind = type(thing).__name__
    return f"the {kind} {text}" if text else f"{'an' if kind[:1] in 'aeiouAEIOU' else 'a'} {kind}"


def _operands(node):
    """(operands, slopes kept by the node or None): constants among the operands are left out of both.

    A set, as micrograd keeps it, has no order and holds a once for a + a: it is put in order by label and value, and
    the second a is given back.
    """
    before = getattr(node, "_prev", None)
    if before is None:
        return (), None
    try:
        everyone = list(before)
    except TypeError:
        problem = f"`_prev` has to hold the operands of a node, and one of yours holds {_said(before)}."
        raise PlainError(problem) from None
    stored = getattr(node, "_slopes", None)
    try:
        stored = [float(slope) for slope in stored] if stored is not None else None
    except (TypeError, ValueError):
        stored = None
    if isinstance(before, (set, frozenset)):
        everyone.sort(key=lambda one: (str(getattr(one, "label", "")), _sortable(getattr(one, "data", 0))))
        stored = None
        if len(everyone) == 1 and _is_node(everyone[0]):
            once, out = _plain(everyone[0].data), _plain(node.data)
            twice = {"+": once + once, "*": once * once}.get(getattr(node, "_op", ""))
            if twice is not None and np.array_equal(twice, out):
                everyone *= 2
    keep = [_is_node(one) for one in everyone]
    if stored is not None:
        fits = len(stored) == len(everyone) or len(stored) == sum(keep)
        if len(stored) == len(everyone):
            stored = [slope for slope, kept in zip(stored, keep, strict=True) if kept]
        stored = tuple(stored) if fits else None
    operands = tuple(one for one, kept in zip(everyone, keep, strict=True) if kept)
    return operands, stored if operands else None


def _recipe(node, operands, place):
    """The operands and, where the node remembers them, the constants in between."""
    everyone = getattr(node, "_operands", None) or ()  # the course's Value keeps its constants there
    numbers = [one for one in everyone if not _is_node(one)]
    if len(everyone) - len(numbers) == len(operands) and all(isinstance(_plain(one), float) for one in numbers):
        return tuple(("node", place[id(one)]) if _is_node(one) else ("number", _plain(one)) for one in everyone)
    return tuple(("node", place[id(one)]) for one in operands)


def _sortable(data):
    try:
        return float(data)
    except (TypeError, ValueError):
        return 0.0


def _in_order(root):
    """Every node once, operands before results, without recursion. Raises PlainError for a cycle."""
    done, open_, order = set(), set(), []
    waiting = [(root, iter(_operands(root)[0]))]
    open_.add(id(root))
    while waiting:
        node, rest = waiting[-1]
        for operand in rest:
            if id(operand) in open_:
                raise PlainError(
                    "This graph has a cycle: a node is computed, by way of others, from itself. "
                    "Look for a node that was put into its own `_prev`."
                )
            if id(operand) not in done:
                open_.add(id(operand))
                waiting.append((operand, iter(_operands(operand)[0])))
                break
        else:
            waiting.pop()
            open_.discard(id(node))
            done.add(id(node))
            order.append(node)
    return order


def _plain(data):
    """A number as a float; anything with axes as a float array; what is neither stays as it is."""
    try:
        array = np.asarray(data, dtype=float)
    except (TypeError, ValueError):
        return data
    return float(array) if array.ndim == 0 else array


def _names(objects):
    """A name for each node, no two alike: its label, or v1, v2, … in the order of computation."""
    given = [clean(getattr(one, "label", "") or "") for one in objects]
    names, taken, count = [], set(given), 0
    seen = {}
    for label in given:
        if not label:
            count += 1
            while f"v{count}" in taken:
                count += 1
            label = f"v{count}"
        else:
            seen[label] = seen.get(label, 0) + 1
            if seen[label] > 1:
                label = _unused(label, seen[label], taken)
        taken.add(label)
        names.append(label)
    return names


def _unused(label, number_, taken):
    while f"{label} ({number_})" in taken:
        number_ += 1
    return f"{label} ({number_})"


# ---- local slopes --------------------------------------------------------------------------------------------------

_ALIASES = {
    "add": "+", "sub": "-", "mul": "*", "×": "*", "·": "*", "div": "/", "truediv": "/", "pow": "**", "^": "**",
    "−": "-", "negate": "neg", "ln": "log", "σ": "sigmoid", "square root": "sqrt",
}  # fmt: skip
_BOTH = {  # op: what it computes, and its slopes for both operands, from (out, a, b)
    "+": (lambda a, b: a + b, lambda out, a, b: (1.0, 1.0)),
    "-": (lambda a, b: a - b, lambda out, a, b: (1.0, -1.0)),
    "*": (lambda a, b: a * b, lambda out, a, b: (b, a)),
    "/": (lambda a, b: a / b, lambda out, a, b: (1 / b, -a / b**2)),
    "**": (
        lambda a, b: a**b,
        lambda out, a, b: (b * a ** (b - 1) if b else 0.0, out * math.log(a) if a > 0 else math.nan),
    ),
}
_ALONE = {  # op: what it computes, and its slope from (out, a)
    "neg": (lambda a: -a, lambda out, a: -1.0),
    "exp": (math.exp, lambda out, a: out),
    "log": (math.log, lambda out, a: 1 / a),
    "sin": (math.sin, lambda out, a: math.cos(a)),
    "cos": (math.cos, lambda out, a: -math.sin(a)),
    "tanh": (math.tanh, lambda out, a: 1 - out * out),
    "sigmoid": (lambda a: 0.5 + 0.5 * math.tanh(a / 2), lambda out, a: out * (1 - out)),
    "relu": (lambda a: max(a, 0.0), lambda out, a: 1.0 if a > 0 else 0.0),
    "abs": (abs, lambda out, a: float(np.sign(a))),
    "sqrt": (math.sqrt, lambda out, a: 0.5 / out),
    **dict.fromkeys(("sum", "mean", "max", "reshape", "t", "[]"), (lambda a: a, lambda out, a: 1.0)),
}


def _slopes(node, operands, stored):
    """The local slope for each operand: from the table, else the node's own, else measured; None for no idea."""
    if not operands:
        return ()
    unknown = (None,) * len(operands)
    values = [_plain(one.data) for one in (node, *operands)]
    if not all(isinstance(value, float) for value in values):
        return unknown
    try:
        known = _from_table(node, values[0], values[1:])
    except ArithmeticError:  # a division by zero: the slope is upright
        known = (math.inf,) * len(operands)
    except ValueError:  # as for the logarithm of a negative number
        known = None
    if known is None and stored is not None:
        known = stored
    if known is None:
        known = _measured(node, values[0], values[1:])
    if known is None or any(isinstance(slope, complex) for slope in known):
        return unknown
    return tuple(map(float, known))


def _from_table(node, out, values):
    """The slopes by the operation's name, or None; a name is believed if it gives the node's number."""
    op = str(getattr(node, "_op", "") or "").strip().lower()
    op = _ALIASES.get(op, op)
    if op in _ALONE and len(values) == 1:
        compute, slope = _ALONE[op]
        return (slope(out, values[0]),) if _same(compute(values[0]), out) else None
    if op in _BOTH:
        compute, slopes = _BOTH[op]
        everyone = getattr(node, "_operands", None) or ()  # the course's Value keeps its constants there
        if len(values) == 1 and len(everyone) == 2:
            both = [_plain(one.data) if _is_node(one) else _plain(one) for one in everyone]
            known = zip(slopes(out, *both), everyone, strict=True)
            return tuple(slope for slope, one in known if _is_node(one)) if _same(compute(*both), out) else None
        if len(values) == 2:
            return slopes(out, *values) if _same(compute(*values), out) else None
        if op == "+":
            return (1.0,) * len(values) if len(values) == 1 or _same(sum(values), out) else None
        if op == "*" and len(values) == 1 and values[0]:
            return (out / values[0],)  # times a constant that nobody remembered
        return None
    for sign in ("**", "^", "pow"):  # micrograd writes the exponent into the name: **2
        if op.startswith(sign) and len(values) == 1:
            n = float(op[len(sign) :].strip("() "))
            return (n * values[0] ** (n - 1) if n else 0.0,) if _same(values[0] ** n, out) else None
    return None


def known_operation(op):
    """True where the table has the operation, so that a missing slope means numbers that do not fit."""
    return _ALIASES.get(op.lower(), op.lower()) in {**_BOTH, **_ALONE}


def _same(one, other):
    if isinstance(one, complex):
        return False
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9) or (math.isnan(one) and math.isnan(other))


def _measured(node, out, values, h=1e-5):
    """Central differences of the class's method that is called like the operation, or None."""
    method = getattr(type(node), str(getattr(node, "_op", "") or ""), None)
    if not callable(method):
        return None

    def at(numbers):
        result = _plain(method(*[type(node)(value) for value in numbers]).data)
        return result if isinstance(result, float) else math.nan

    try:
        if not _same(at(values), out):
            return None  # another function, or one with constants that nobody remembered
        slopes = []
        for place in range(len(values)):
            high, low = list(values), list(values)
            high[place] += h
            low[place] -= h
            slopes.append((at(high) - at(low)) / (2 * h))
    except Exception:  # a learner's method may want other arguments or raise whatever it likes
        return None
    return slopes if all(map(math.isfinite, slopes)) else None
