"""The graph of an expression, drawn: boxes for numbers, wires for who uses whom, on each a sticker with its slope.

`draw` takes any object with `data` and `_prev` (and `_op`, `label`, `grad` where it has them): the course's Value and
a learner's own. What is drawn where is decided in layers: a node stands one column left of the first that uses it,
crossings are sorted out by barycentres, heights by least squares. Text stands only where no foreign wire may run, so
nothing has to be moved apart afterwards. A long graph goes on in the next row, as a text does.
"""

import base64
import io
import math
import warnings
from dataclasses import dataclass, field

import matplotlib
import numpy as np
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from PIL import Image

from helpers.palette import GRADIENT, INK, PAPER, TEXT, WRONG
from helpers.plain import PlainError

__all__ = ["MOST", "Drawing", "draw", "number", "read_graph"]

MOST = 60  # nodes; more than that nobody reads
DPI = 100
FINE = 2  # pixels each way for a pixel of the page
WIRE = "#8A8A8A"
MARGIN = 0.1  # inches
MIDDLE = 0.3  # how strongly everything is drawn to the middle of its row, where a wire pulls with 1


# ---- reading an expression -----------------------------------------------------------------------------------------


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
                _clean(getattr(one, "_op", "") or "") if operands else "",
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
    text = _clean(repr(thing), 24) if isinstance(thing, (int, float, str, complex)) else ""
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


def _clean(text, room=14):
    """One line of `text` in letters that the font has, cut to `room` characters."""
    text = " ".join(str(text).split())
    text = "".join(char if ord(char) in _letters() else "?" for char in text)
    return text if len(text) <= room else text[: room - 1] + "…"


def _letters():
    if not _LETTERS:
        _LETTERS.update(font_manager.get_font(font_manager.findfont("DejaVu Sans")).get_charmap())
    return _LETTERS


_LETTERS = {}


def _names(objects):
    """A name for each node, no two alike: its label, or v1, v2, … in the order of computation."""
    given = [_clean(getattr(one, "label", "") or "") for one in objects]
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


# ---- numbers as text -----------------------------------------------------------------------------------------------


def number(value, digits=4):
    """A number in so many digits and at most nine characters, with a real minus sign; of an array its shape."""
    if isinstance(value, np.ndarray):
        return "×".join(map(str, value.shape))
    if not isinstance(value, (int, float, np.number)):
        return _clean(value, 9)
    value = float(value)
    if not math.isfinite(value):
        text = "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    elif abs(value - round(value)) < 1e-12 * max(1.0, abs(value)) and abs(value) < 1e6:
        text = f"{round(value)}"
    elif 1e-3 <= abs(value) < 1e6:
        text = f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}"
    else:
        front, power = f"{value:.2e}".split("e")
        text = f"{front}e{int(power)}"
    return text.replace("-", "\N{MINUS SIGN}")


def op_sign(op):
    """An operation's name as it stands in a box."""
    return {"*": "×", "-": "\N{MINUS SIGN}"}.get(op, op)


# ---- layers, order and heights -------------------------------------------------------------------------------------


def columns_of(graph):
    """For each node its column, 0 for the first: as far right as the earliest node that uses it allows."""
    depth = [0] * len(graph.nodes)
    for node in reversed(graph.nodes):
        for operand in node.operands:
            depth[operand] = max(depth[operand], depth[node.index] + 1)
    return [max(depth) - d for d in depth]


class _Row:
    """A stretch of columns that stand in one row of the drawing, with its own order and heights.

    Items are ("node", i), ("again", i) for a node from a row above, and ("pass", i, column) where the wire of node i
    runs through a column. A link joins items of neighbouring columns; `place` is the operand's place in a node, else
    None.
    """

    def __init__(self, graph, column, first, last):
        self.first, self.last = first, last
        inside = [
            node.index  # a leaf at the end of a row goes to the front of the next, where it is used
            for node in graph.nodes
            if first - (not node.operands) <= column[node.index] <= last - (not node.operands and node != graph.root)
        ]
        self.columns = {c: [] for c in range(first - 1, last + 1)}
        for index in inside:
            self.columns[column[index]].append(("node", index))
        self.links = {c: [] for c in range(first - 1, last)}  # between column c and c + 1: (left, right, place)
        self.ways = {}  # (user, place) -> the (column, item) pairs that its wire starts from and passes
        users = {}
        for index in inside:
            for place, operand in enumerate(graph.nodes[index].operands):
                users.setdefault(operand, []).append((index, place))
        for source, goals in sorted(users.items()):
            if source in inside:
                item, at = ("node", source), column[source]
            else:
                item, at = ("again", source), min(column[user] for user, _ in goals) - 1
                self.columns[at].append(item)
            way = {at: item}
            for c in range(at + 1, max(column[user] for user, _ in goals)):
                way[c] = ("pass", source, c)
                self.columns[c].append(way[c])
                self.links[c - 1].append((way[c - 1], way[c], None))
            for user, place in goals:
                c = column[user] - 1
                self.links[c].append((way[c], ("node", user), place))
                self.ways[user, place] = sorted((at, item) for at, item in way.items() if at <= c)
        if not self.columns[first - 1]:
            del self.columns[first - 1], self.links[first - 1]
        self._sort()

    # -- order within the columns: as few crossings as sweeps of barycentres find

    def _sort(self):
        numbered = sorted(self.columns)
        best, least = None, None
        for backwards in (False, True):
            for c in numbered:
                self.columns[c].sort(key=lambda item: item[1], reverse=backwards)
            for sweep in range(10):
                for c in numbered[1:] if sweep % 2 == 0 else numbered[-2::-1]:
                    self._by_barycentre(c, c - 1 if sweep % 2 == 0 else c)
                crossings = self.crossings()
                if least is None or crossings < least:
                    best, least = {c: list(items) for c, items in self.columns.items()}, crossings
                if not least:
                    break
        self.columns = best
        for _ in range(6):
            if not least or not self._switch_neighbours():
                break
            least = self.crossings()

    def _by_barycentre(self, column, channel):
        """Sort one column by where the neighbours across `channel` stand; who has none keeps its place."""
        items = self.columns[column]
        other = {item: i for i, item in enumerate(self.columns[channel if channel != column else channel + 1])}
        reach = {}
        for left, right, _ in self.links[channel]:
            here, there = (right, left) if channel != column else (left, right)
            reach.setdefault(here, []).append(other[there])
        scale = len(other) / max(len(items), 1)
        key = {item: np.mean(reach[item]) if item in reach else i * scale for i, item in enumerate(items)}
        items.sort(key=key.get)

    def crossings(self):
        """How many pairs of wires cross."""
        return sum(self._crossings(c) for c in self.links)

    def _crossings(self, channel):
        if channel not in self.links:
            return 0
        left = {item: i for i, item in enumerate(self.columns[channel])}
        right = {item: i for i, item in enumerate(self.columns[channel + 1])}
        ends = np.array([(left[a], right[b]) for a, b, _ in self.links[channel]]).reshape(-1, 2)
        over = np.sign(ends[:, None, 0] - ends[None, :, 0]) * np.sign(ends[:, None, 1] - ends[None, :, 1])
        return int(np.sum(over < 0)) // 2

    def _switch_neighbours(self):
        better = False
        for c, items in self.columns.items():
            for i in range(len(items) - 1):
                before = self._crossings(c - 1) + self._crossings(c)
                items[i], items[i + 1] = items[i + 1], items[i]
                if self._crossings(c - 1) + self._crossings(c) < before:
                    better = True
                else:
                    items[i], items[i + 1] = items[i + 1], items[i]
        return better

    # -- heights: wires as level as the distances allow

    def ports(self):
        """For each node the (link's left item, place) of its operands, top to bottom."""
        ports = {}
        for c, links in self.links.items():
            position = {item: i for i, item in enumerate(self.columns[c])}
            for left, right, place in links:
                if place is not None:
                    ports.setdefault(right, []).append((position[left], place, left))
        return {node: [(left, place) for _, place, left in sorted(into)] for node, into in ports.items()}

    def place(self, tall, gap, pitch, below=0.0):
        """Heights, downwards from 0: ({item: y of its wires}, {(node, place): y of the port}, height of the row).

        `tall(item)` is how high an item is, `gap` the space between two, `pitch` that between two ports of a node,
        `below` what of a node's height lies under its box.
        """
        offset = {}
        for node, into in self.ports().items():
            for j, (_, place) in enumerate(into):
                offset[node, place] = (j - (len(into) - 1) / 2) * pitch
        lift = {item: -below / 2 if item[0] == "node" else 0.0 for items in self.columns.values() for item in items}
        pulls = {item: [] for item in lift}
        for links in self.links.values():
            for left, right, place in links:
                stiff = {0: 1.0, 1: 2.0, 2: 8.0}[(left[0] == "pass") + (right[0] == "pass")]
                shift = offset.get((right, place), 0.0) + lift[right] - lift[left]
                pulls[left].append((right, shift, stiff))
                pulls[right].append((left, -shift, stiff))
        y, apart = {}, {}
        for c, items in self.columns.items():
            heights = np.array([tall(item) for item in items])
            apart[c] = np.concatenate([[0.0], np.cumsum((heights[1:] + heights[:-1]) / 2 + gap)])
            for item, at in zip(items, apart[c] - apart[c][-1] / 2, strict=True):
                y[item] = float(at)
        numbered = sorted(self.columns)
        for sweep in range(24):
            for c in numbered if sweep % 2 == 0 else reversed(numbered):
                wanted, weights = [], []
                for item in self.columns[c]:
                    weight = MIDDLE + sum(stiff for *_, stiff in pulls[item])
                    weights.append(weight)
                    wanted.append(sum(stiff * (y[other] + shift) for other, shift, stiff in pulls[item]) / weight)
                settled = _in_order_and_apart(np.array(wanted), np.array(weights), apart[c])
                y.update(zip(self.columns[c], settled.tolist(), strict=True))
        top = min(y[item] - tall(item) / 2 for item in y)
        height = max(y[item] + tall(item) / 2 for item in y) - top
        y = {item: at - top + lift[item] for item, at in y.items()}
        return y, {(node, place): y[node] + shift for (node, place), shift in offset.items()}, height


def _in_order_and_apart(wanted, weights, apart):
    """The places nearest to `wanted`, by weighted squares, that keep their order and the distances in `apart`.

    With the distances taken off this is isotonic regression: neighbours that would overtake are pooled.
    """
    pools = []  # [value, weight, count]
    for value, weight in zip(wanted - apart, weights, strict=True):
        pools.append([value, weight, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            value, weight, count = pools.pop()
            last = pools[-1]
            last[0] = (last[0] * last[1] + value * weight) / (last[1] + weight)
            last[1] += weight
            last[2] += count
    return np.concatenate([np.full(count, value) for value, _, count in pools]) + apart


# ---- the plan: where everything stands, in inches ------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A rectangle in inches from the bottom left corner: its middle and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self):
        return self.x - self.width / 2

    @property
    def top(self):
        return self.y + self.height / 2


@dataclass(frozen=True)
class Plan:
    """Where everything of a drawing stands: in inches, with y upwards."""

    width: float
    height: float
    size: float  # of letters, in points
    line: float  # from one line of text to the next
    boxes: dict  # node -> Place
    again: tuple  # (node, Place) where a node from a row above is named once more
    stickers: dict  # (user, place among its operands) -> Place
    wires: dict  # the same -> points (n, 2) from the operand's box to the user's
    crossings: int


def digits_for(count):
    """Significant digits in a drawing of so many nodes."""
    return 4 if count <= 9 else 3


def letter_size(count):
    """Points for a drawing of so many nodes."""
    return 10.5 if count <= 16 else 9.5 if count <= 34 else 8.5


class _Measures:
    """How large everything of a drawing is, in inches, before it is known where it stands."""

    def __init__(self, graph, lines, stickers, below, least):
        self.graph, self.lines, self.below = graph, lines, below
        self.size = size = letter_size(len(graph.nodes))
        self.line, self.pitch = 1.42 * size / 72, 1.5 * size / 72 + 0.03
        # The space between columns, between boxes above each other, and between rows.
        self.channel, self.gap, self.between = (0.24, 0.09, 0.2) if len(graph.nodes) > 16 else (0.3, 0.13, 0.3)
        self.pill = {key: text_width(text, size) + 0.1 for key, text in stickers.items() if text}
        self.box = {}
        for index, rows in lines.items():
            widest = max(text_width(text, size, bold=True) for texts in rows for text in texts)
            self.box[index] = max(widest + 0.16, least.get(index, 0.0))
        names = [text_width(node.name, size, bold=True) for node in graph.nodes]
        self.name = max(*names, text_width("above", size)) + 0.16
        self._columns()

    def _columns(self):
        """Of each column the width of its stickers, of its boxes, and of its leaves alone."""
        self.column = columns_of(self.graph)
        self.zone, self.room, self.front = ([0.0] * (max(self.column) + 1) for _ in range(3))
        for node in self.graph.nodes:
            c = self.column[node.index]
            self.room[c] = max(self.room[c], self.box[node.index])
            if not node.operands:
                self.front[c] = max(self.front[c], self.box[node.index])
            for place in range(len(node.operands)):
                self.zone[c] = max(self.zone[c], self.pill.get((node.index, place), 0.0) + 0.2)

    def tall(self, item):
        """How high an item is, with what is kept free below it."""
        if item[0] == "pass":
            return 0.06
        if item[0] == "again":
            return 2 * self.line + 0.08
        ports = len(self.graph.nodes[item[1]].operands)
        return max(len(self.lines[item[1]]) * self.line + 0.1, ports * self.pitch) + self.below

    def rows(self, width):
        """The columns cut into as few rows as fit `width`, of about the same length."""
        rows = best = self._cut(width)
        for limit in np.arange(width, 0, -0.1):
            shorter = self._cut(limit)
            if len(shorter) > len(rows):
                break
            best = shorter
        return [_Row(self.graph, self.column, first, last) for first, last in best]

    def _cut(self, limit):
        rows, first, last = [], 0, max(self.column)
        while first <= last:
            before = max(self.name, self.front[first - 1]) + self.channel if first else 0.0
            used, end = 2 * MARGIN + before + self.zone[first] + self.room[first], first + 1
            while end <= last:
                used += self.channel + self.zone[end] + self.room[end]
                if used > limit and end > 1:  # leaves go to the row where they are used: none is left with leaves alone
                    break
                end += 1
            rows.append((first, end - 1))
            first = end
        return rows


def make_plan(graph, lines, stickers, width=9.0, below=0.0, least=None):
    """Where everything stands in a drawing at most `width` inches wide (wider only if two columns are).

    `lines[i]` holds the lines of text in node i's box, each a tuple of the texts that it may show; `stickers` maps
    (user, place) to its text, and a wire without one has no sticker. `below` is kept free under each box, which is at
    least `least[i]` wide.
    """
    measures = _Measures(graph, lines, stickers, below, least or {})
    rows = measures.rows(width)
    stands = _Stands(measures, width)
    for row in rows:
        stands.add(row)
    height = _whole(stands.depth - measures.between + MARGIN)
    return Plan(
        _whole(stands.right + MARGIN),
        height,
        measures.size,
        measures.line,
        {index: _flipped(at, height) for index, at in sorted(stands.boxes.items())},
        tuple((index, _flipped(at, height)) for index, at in stands.again),
        {key: _flipped(at, height) for key, at in sorted(stands.stickers.items())},
        {key: points * (1, -1) + (0, height) for key, points in sorted(stands.wires.items())},
        sum(row.crossings() for row in rows),
    )


class _Stands:
    """Collects where everything stands, row by row, y downwards."""

    def __init__(self, measures, width):
        self.measures, self.width = measures, width
        self.boxes, self.again, self.stickers, self.wires = {}, [], {}, {}
        self.depth, self.right = MARGIN, 0.0

    def add(self, row):
        """Put one more row below the others."""
        m = self.measures
        y, ports, height = row.place(m.tall, m.gap, m.pitch, m.below)
        start, box_start, end = self._across(row)
        self.right = max(self.right, *end.values())
        for c, items in row.columns.items():
            for item in items:
                middle, wide = (box_start[c] + end[c]) / 2, end[c] - box_start[c]
                if item[0] == "node":
                    self.boxes[item[1]] = Place(middle, self.depth + y[item], wide, m.tall(item) - m.below)
                elif item[0] == "again":
                    self.again.append((item[1], Place(middle, self.depth + y[item], wide, m.tall(item))))
        for (node, place), port in ports.items():
            c, key = m.column[node[1]], (node[1], place)
            if key in m.pill:
                middle = box_start[c] - 0.12 - m.pill[key] / 2
                self.stickers[key] = Place(middle, self.depth + port, m.pill[key], m.pitch - 0.05)
            points = _wire(row.ways[key], start, end, y, (start[c], port), box_start[c])
            self.wires[key] = points + np.array([0, self.depth])
        self.depth += height + m.between

    def _across(self, row):
        """For each column of a row where its stickers begin, where its boxes begin and where they end."""
        m, wide, zone = self.measures, {}, {}
        for c, items in row.columns.items():
            zone[c] = m.zone[c] if c >= row.first else 0.0
            wide[c] = max(m.box[item[1]] if item[0] == "node" else m.name for item in items if item[0] != "pass")
        spaces = max(len(wide) - 1, 1)
        spare = self.width - 2 * MARGIN - sum(wide.values()) - sum(zone.values()) - m.channel * spaces
        step, at = m.channel + min(max(spare / spaces, 0.0), 0.55), MARGIN
        start, box_start, end = {}, {}, {}
        for c in sorted(wide):
            start[c], box_start[c], end[c] = at, at + zone[c], at + zone[c] + wide[c]
            at = end[c] + step
        return start, box_start, end


def _whole(inches):
    """Rounded up to whole pixels."""
    return math.ceil(inches * DPI - 1e-6) / DPI


def _flipped(at, height):
    return Place(at.x, height - at.y, at.width, at.height)


def _wire(way, x, right, y, end, box_left):
    """The points of one wire, from the box where its `way` starts to the port at `end`, y downwards.

    Columns reach from `x` to `right`. Within one the wire is level; it bends only between two.
    """
    (column, item), *passed = way
    points = [(right[column], y[item])]
    for column, item in passed:
        points += [*_bend(points[-1], (x[column], y[item])), (right[column], y[item])]
    return np.array([*points, *_bend(points[-1], end), (box_left, end[1])])


def _bend(start, end, count=16):
    """A curve that leaves and arrives level, without its first point."""
    (x0, y0), (x1, y1) = start, end
    if abs(y0 - y1) < 1e-9:
        return [end]
    t = np.linspace(0, 1, count)[1:]
    x = x0 * (1 - t) ** 3 + 3 * (x0 + x1) / 2 * (t * (1 - t) ** 2 + t**2 * (1 - t)) + x1 * t**3
    y = y0 * ((1 - t) ** 3 + 3 * t * (1 - t) ** 2) + y1 * (3 * t**2 * (1 - t) + t**3)
    return list(zip(x.tolist(), y.tolist(), strict=True))


def text_width(text, size, bold=False):
    """How many inches a text is wide, in the widest of the resolutions that are drawn."""
    key = (text, size, bold)
    if key not in _WIDTHS:
        font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
        _WIDTHS[key] = max(
            _renderer(dpi).get_text_width_height_descent(text, font, False)[0] / dpi for dpi in (DPI, FINE * DPI)
        )
    return _WIDTHS[key]


_WIDTHS, _RENDERERS = {}, {}


def _renderer(dpi):
    if dpi not in _RENDERERS:
        _RENDERERS[dpi] = RendererAgg(1, 1, dpi)
    return _RENDERERS[dpi]


# ---- painting ------------------------------------------------------------------------------------------------------


def sheet(figure, plan, left=0.0, bottom=0.0):
    """Axes whose unit is the inch, for painting `plan` with its bottom left corner at (left, bottom)."""
    width, height = figure.get_size_inches()
    axes = figure.add_axes((left / width, bottom / height, plan.width / width, plan.height / height))
    axes.set(xlim=(0, plan.width), ylim=(0, plan.height))
    axes.set_axis_off()
    return axes


def rounded(at, radius=0.07, grow=0.0):
    """The corners of a Place as a polygon with round corners, points (n, 2), closed."""
    w, h = at.width / 2 + grow, at.height / 2 + grow
    r = min(radius, w, h)
    angles = np.linspace(0, np.pi / 2, 5)
    corner = np.column_stack([np.cos(angles), np.sin(angles)]) * r
    parts = []
    for sx, sy, turned in ((1, 1, False), (-1, 1, True), (-1, -1, False), (1, -1, True)):
        part = corner * (sx, sy) + (sx * (w - r), sy * (h - r))
        parts.append(part[::-1] if turned else part)
    return np.concatenate([*parts, parts[0][:1]]) + np.array([at.x, at.y])


def paint_ground(axes, graph, plan):
    """What never changes: wires with their arrowheads, blank stickers, boxes, and names that stand a second time."""
    wires = [points for _, points in sorted(plan.wires.items())]
    axes.add_collection(LineCollection(wires, colors=WIRE, linewidths=1.2, zorder=1))
    tips = [points[-1] + [(-0.09, 0.04), (0, 0), (-0.09, -0.04)] for points in wires]
    axes.add_collection(PolyCollection(tips, facecolors=WIRE, edgecolors="none", zorder=1.5))
    pills = [rounded(at, 0.06) for _, at in sorted(plan.stickers.items())]
    axes.add_collection(PolyCollection(pills, facecolors=PAPER, edgecolors="#BBBBBB", linewidths=0.8, zorder=2))
    last, looks = len(graph.nodes) - 1, {"facecolors": [], "edgecolors": [], "linewidths": []}
    for index in plan.boxes:
        looks["facecolors"].append(PAPER if graph.nodes[index].operands else "#EFF3F6")
        looks["edgecolors"].append(INK if index == last else "#777777")
        looks["linewidths"].append(2 if index == last else 1.1)
    axes.add_collection(PolyCollection([rounded(at) for at in plan.boxes.values()], zorder=2, **looks))
    ghosts = [rounded(at) for _, at in plan.again]
    axes.add_collection(PolyCollection(ghosts, facecolors=PAPER, edgecolors="#9A9A9A", linestyles="--", zorder=2))
    for index, at in plan.again:
        for y, text in zip(rows_in(at, plan, 2), (graph.nodes[index].name, "above"), strict=True):
            write(axes, at.x, y, text, plan.size, color="#555555", gid=f"again {index}")


def write(axes, x, y, text, size, color=INK, bold=False, ha="center", gid=""):
    """A text whose middle stands at (x, y); dollar signs in a learner's label stay dollar signs."""
    look = {"size": size, "color": color, "weight": "bold" if bold else "normal", "zorder": 5, "gid": gid}
    return axes.text(x, y, text, ha=ha, va="center_baseline", parse_math=False, **look)


def rows_in(at, plan, count):
    """The heights of `count` lines of text in a box, top to bottom."""
    return [at.y + (i * -1 + (count - 1) / 2) * plan.line for i in range(count)]


# ---- a drawing -----------------------------------------------------------------------------------------------------


class Drawing:
    """A drawn graph: the last expression of a cell shows it as a picture with its alt text.

    `transcript` says the same in words, one line a node; `alt` is its first sentence; `figure` is Matplotlib's.
    """

    def __init__(self, graph, figure, plan, edges, grads):
        self.graph, self.figure, self.plan = graph, figure, plan
        self._edges, self._grads = edges, grads

    @property
    def alt(self):
        """One or two sentences: what is drawn, with the numbers at both ends."""
        graph = self.graph
        leaves = graph.leaves
        text = (
            f"Graph of {graph.root.name}: {_count(len(graph.nodes), 'node')}, {_count(graph.edges, 'edge')}, "
            f"from {_list([node.name for node in leaves])} on the left to {graph.root.name} on the right. "
            f"{graph.root.name} = {number(graph.root.data)}."
        )
        if self._grads:
            told = [f"{node.name} {number(node.grad)}" for node in leaves]
            text += f" Gradients: {_list(told)}."
        return text

    @property
    def transcript(self):
        """The whole drawing in words: one line a node, operands before results."""
        return "\n".join([self.alt, *(self._line(node) for node in self.graph.nodes)])

    def _line(self, node):
        graph = self.graph
        shape = isinstance(node.data, np.ndarray)
        text = f"{node.name}: {'shape' if shape else 'value'} {number(node.data)}"
        if self._grads and not shape:
            text += f", gradient {number(node.grad)}"
        if node.operands:
            names = [graph.nodes[operand].name for operand in node.operands]
            text += f"; made by {spoken(node.op)} from {' and '.join(names)}"
            if any(slope is not None for slope in node.stickers):
                text += f"; local slope {', '.join(self._told(node, place) for place in range(len(names)))}"
        users = list(dict.fromkeys(user for user, _ in graph.users[node.index]))
        if users:
            text += f"; used by {' and '.join(graph.nodes[user].name for user in users)}"
        return text + "."

    def _told(self, node, place):
        slope, name = node.stickers[place], self.graph.nodes[node.operands[place]].name
        text = f"{number(slope) if slope is not None else 'unknown'} for {name}"
        if node.misjudged(place):
            text += f" (kept by the node; the operation has {number(node.slopes[place])})"
        return text

    def picture(self, scale=1):
        """The picture as an array (height, width, 4) of uint8, `scale` pixels to a CSS pixel."""
        self.figure.dpi = DPI * scale
        canvas = FigureCanvasAgg(self.figure)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            canvas.draw()
        return np.asarray(canvas.buffer_rgba()).copy()

    def __repr__(self):
        return self.alt

    def _repr_mimebundle_(self, **_):
        stream = io.BytesIO()
        picture = self.picture(FINE)
        Image.fromarray(picture[..., :3]).save(stream, "PNG", compress_level=6)
        data = {"text/plain": repr(self), "image/png": base64.b64encode(stream.getvalue()).decode("ascii")}
        size = {"width": picture.shape[1] // FINE, "height": picture.shape[0] // FINE}
        return data, {"image/png": {"alt": self.alt, **size}}


def _count(count, thing):
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _list(names, most=8):
    """Names as a sentence lists them; a long list is cut."""
    if len(names) > most:
        names = [*names[: most - 1], f"{len(names) - most + 1} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def spoken(op):
    """An operation's name as a voice reads it."""
    words = {"+": "addition", "-": "subtraction", "*": "multiplication", "/": "division", "**": "power"}
    return {**words, "@": "matrix product", "neg": "negation", "": "an operation"}.get(op, op)


def draw(root, edges="slopes", grads=None, width=9.0):
    """Draw the graph of the expression that ends in `root`; returns a Drawing.

    Works for helpers.value.Value and for any class with `data` and `_prev`; `_op`, `label`, `grad` and `_slopes` are
    used where they exist. `edges` says what stands on the wires: "slopes" (how much the result moves when the operand
    does), "contributions" (slope times the result's gradient: what flows back along the wire), "both" or "none".
    `grads` shows the gradients; by default if one of them is not zero. `width` is in inches. Nothing is changed.
    Raises PlainError for what is no expression, for more than 60 nodes, for a cycle and for an unknown `edges`.
    """
    if edges not in ("slopes", "contributions", "both", "none"):
        raise PlainError(f'edges is "slopes", "contributions", "both" or "none", not {edges!r}.')
    graph = read_graph(root)
    if grads is None:
        known = [node.grad for node in graph.nodes if isinstance(node.grad, (float, np.ndarray))]
        grads = any(np.any(grad != 0) for grad in known)
    digits, lines = digits_for(len(graph.nodes)), {}
    for node in graph.nodes:
        lines[node.index] = [(heading(node),), (number(node.data, digits),)]
        if grads:
            lines[node.index].append((f"grad {number(node.grad, digits)}",))
    stickers = {
        (node.index, place): text
        for node in graph.nodes
        for place in range(len(node.operands))
        if (text := _on_edge(node, place, edges, digits))
    }
    plan = make_plan(graph, lines, stickers, width)
    with matplotlib.rc_context(TEXT):
        figure = Figure(figsize=(plan.width, plan.height), dpi=DPI)
        axes = sheet(figure, plan)
        paint_ground(axes, graph, plan)
        for index, at in plan.boxes.items():
            looks = ({"bold": True}, {}, {"color": GRADIENT, "bold": True})
            for y, (text,), look in zip(rows_in(at, plan, len(lines[index])), lines[index], looks, strict=False):
                write(axes, at.x, y, text, plan.size, gid=f"box {index}", **look)
        color = GRADIENT if edges == "contributions" else INK
        for (user, place), at in plan.stickers.items():
            if graph.nodes[user].misjudged(place):
                axes.fill(*rounded(at, 0.06).T, fc=WRONG, ec=WRONG, zorder=3)
            write(axes, at.x, at.y, stickers[user, place], plan.size, color=color, gid=f"sticker {user} {place}")
    return Drawing(graph, figure, plan, edges, grads)


def heading(node):
    """The first line in a node's box: its name and how it was made, with a constant where there is one: r  **2."""
    if not node.op:
        return node.name
    sign, others = op_sign(node.op), [one for one in node.recipe if one[0] == "number"]
    if len(node.recipe) == 2 and len(others) == 1:
        text = number(others[0][1])
        sign = f"{sign}{text}" if node.recipe[1] == others[0] else f"{text}{sign}"
    return f"{node.name}  {sign}"


def formula(graph, node):
    """How a node is computed, in names and in numbers: "p = x × y = 3 × (−2) = −6"."""
    said = []
    for named in (True, False):
        parts = []
        for kind, what in node.recipe:
            value = graph.nodes[what].data if kind == "node" else what
            text = number(value)
            parts.append(graph.nodes[what].name if named and kind == "node" else f"({text})" if value < 0 else text)
        said.append(_written(node.op, parts))
    return f"{node.name} = {said[0]} = {said[1]} = {number(node.data)}"


def _written(op, parts):
    sign = op_sign(op)
    if op == "**" and len(parts) == 2:
        return f"{parts[0]}**{parts[1]}"
    if op == "neg" and len(parts) == 1:
        return f"\N{MINUS SIGN}{parts[0]}"
    if op in _BOTH and len(parts) == 1:
        return f"{parts[0]} {sign} a constant"
    if op in _BOTH:
        return f" {sign} ".join(parts)
    if op.startswith("**") and len(parts) == 1:
        return f"{parts[0]}{op}"
    inside = ", ".join(part.strip("()") if len(parts) == 1 and part.startswith("(") else part for part in parts)
    return f"{sign or 'f'}({inside})"


def _on_edge(node, place, edges, digits):
    slope = node.stickers[place]
    if edges == "none" or slope is None:
        return ""
    if edges == "slopes":
        return number(slope, digits)
    paid = slope * node.grad if isinstance(node.grad, float) else math.nan
    if edges == "contributions":
        return number(paid, digits)
    return f"{number(slope, digits)} · {number(node.grad, digits)} = {number(paid, digits)}"
