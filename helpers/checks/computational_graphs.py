"""The exercises of L3: forward_table, then an engine piece by piece: add_mul, pow_tanh_exp, topo, backward, zero_grad.

What is checked is a class, so everything runs through small expression graphs: a list of steps from which the
truth, the wrong walks of the catalogue and the nudges are recomputed. All that a learner's class does, even reading
an attribute of it, happens under the guard; what leaves the guard are plain numbers. Of a class, the checks use the
operators, `data`, `grad`, `_prev` and `backward`; where local slopes can be seen (`_slopes`, or a `_backward` to
call), they are looked at too.
"""

import ast
import collections
import dis
import functools
import inspect
import itertools
import math
import operator
import re
import sys
import textwrap
from dataclasses import dataclass, field

from ..checking import Convention, Exercise, Mistake, Trouble, Verdict, close, numbers, one_line, register
from ..guard import Limits, Runner
from .common import can_take, not_started, unfinished
from .fixtures import drawn, shaken

LESSON = "03_computational_graphs"

LIMITS = Limits(call=4.0, whole=20.0)
HURRIED = Limits(call=6.0, whole=20.0)  # for graphs that a right answer walks in milliseconds
DEEP, STAGES = 5000, 40  # a long chain; two-way stages, each of which doubles the number of paths


# Graphs: steps with a name, an operation and its operands, which are names of earlier steps or plain numbers

_VALUES = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "neg": lambda a: -a,
    "**": lambda a, n: a**n,
    "tanh": math.tanh,
    "exp": math.exp,
}
_SLOPES = {  # result, operands -> one local slope an operand
    "+": lambda out, a, b: (1.0, 1.0),
    "-": lambda out, a, b: (1.0, -1.0),
    "*": lambda out, a, b: (b, a),
    "neg": lambda out, a: (-1.0,),
    "**": lambda out, a, n: (n * a ** (n - 1), 0.0),
    "tanh": lambda out, a: (1 - out * out,),
    "exp": lambda out, a: (out,),
}


@dataclass(frozen=True)
class Graph:
    """An expression: `words` says it, `steps` are (name, operation, operands); a leaf's operand is its value."""

    words: str
    steps: tuple

    @property
    def root(self):
        return self.steps[-1][0]

    @property
    def names(self):
        return [name for name, *_ in self.steps]

    @property
    def leaves(self):
        return [name for name, op, *_ in self.steps if op == "leaf"]

    @functools.cached_property
    def parents(self):
        """For each step its operands that are steps themselves, in order; the same one may stand twice."""
        return {
            name: [each for each in operands if op != "leaf" and isinstance(each, str)]
            for name, op, *operands in self.steps
        }

    def forward(self, nudged=None, by=0.0):
        """The number of each step; with `nudged`, that step alone is raised by `by` and the rest follows."""
        values = {}
        for name, op, *operands in self.steps:
            given = [values[each] if isinstance(each, str) else each for each in operands]
            values[name] = float(given[0]) if op == "leaf" else _VALUES[op](*given)
            values[name] += by * (name == nudged)
        return values

    def edges(self):
        """For each step that is no leaf, its (operand, local slope) pairs, plain numbers left out."""
        values = self.forward()
        found = {}
        for name, op, *operands in self.steps:
            if op != "leaf":
                given = [values[each] if isinstance(each, str) else each for each in operands]
                slopes = _SLOPES[op](values[name], *given)
                found[name] = [(o, s) for o, s in zip(operands, slopes, strict=True) if isinstance(o, str)]
        return found

    def gradients(self):
        """The true gradient of the last step with respect to every step."""
        grads, edges = dict.fromkeys(self.names, 0.0), self.edges()
        grads[self.root] = 1.0
        for name in reversed(self.names):
            for operand, slope in edges.get(name, ()):
                grads[operand] += slope * grads[name]
        return grads


def _g1(x, y):
    steps = (("x", "leaf", x), ("y", "leaf", y), ("p", "*", "x", "y"), ("q", "+", "p", "x"))
    return Graph(
        f"the lesson's graph at x = {_num(x)}, y = {_num(y)}", (*steps, ("r", "*", "p", "q"), ("L", "-", "r", "q"))
    )


def _g2(x, y):
    steps = (("x", "leaf", x), ("y", "leaf", y), ("p", "*", "x", "y"), ("q", "+", "p", "x"))
    return Graph(
        f"L = q² + p, with p = x·y, q = p + x, at x = {_num(x)}, y = {_num(y)}",
        (*steps, ("r", "*", "q", "q"), ("L", "+", "r", "p")),
    )


def _num(number):
    """A number as it stands in a sentence: six digits at most, a real minus sign."""
    return f"{number:.6g}".replace("-", "−") if isinstance(number, float | int) else "no number"


_AB = (("a", "leaf", 2.0), ("b", "leaf", 5.0))
_ABC = (*_AB, ("c", "leaf", -3.0))
G1, G2 = _g1(3.0, -2.0), _g2(3.0, -2.0)
ELSEWHERE = _g1(*shaken(2, (0.5, 4.0))), _g2(*shaken(3, (-1.5, 0.25)))  # the same two at other places
SUM = Graph("s = a + b with a = 2, b = 5", (*_AB, ("s", "+", "a", "b")))
PRODUCT = Graph("m = a · b with a = 2, b = 5", (*_AB, ("m", "*", "a", "b")))
DIFFERENCE = Graph("d = a − b with a = 2, b = 5", (*_AB, ("d", "-", "a", "b")))
DOUBLED = Graph("s = a + a with a = 3", (("a", "leaf", 3.0), ("s", "+", "a", "a")))
SQUARED = Graph("m = a · a with a = 3", (("a", "leaf", 3.0), ("m", "*", "a", "a")))
IN_A_ROW = Graph("s = (a·b)·c with a = 2, b = 5, c = −3", (*_ABC, ("u", "*", "a", "b"), ("s", "*", "u", "c")))
TWO_BILLS = Graph(  # a leaf with two customers, and no inner node with two
    "s = a·b + a·c with a = 2, b = 5, c = −3", (*_ABC, ("u", "*", "a", "b"), ("v", "*", "a", "c"), ("s", "+", "u", "v"))
)
DIAMOND = Graph(
    "s = (a + b)·c + (a + b)·a with a = 2, b = 5, c = −3",
    (*_ABC, ("t", "+", "a", "b"), ("u", "*", "t", "c"), ("v", "*", "t", "a"), ("s", "+", "u", "v")),
)
LONG_WAY = Graph(  # t is needed at once and again three steps later
    "e = t + ((t·c)·b + a)·c with t = a + b, a = 2, b = 5, c = −3",
    (
        *_ABC,
        ("t", "+", "a", "b"),
        ("u", "*", "t", "c"),
        ("v", "*", "u", "b"),
        ("w", "+", "v", "a"),
        ("z", "*", "w", "c"),
        ("e", "+", "t", "z"),
    ),
)
CONSTANTS = Graph(
    "s = 3·a + a·4 + 1 with a = 2",
    (("a", "leaf", 2.0), ("u", "*", 3, "a"), ("v", "*", "a", 4), ("w", "+", "u", "v"), ("s", "+", "w", 1)),
)
ALONE = Graph("a single node a = 2", (("a", "leaf", 2.0),))
SAME_NUMBERS = Graph(
    "s = a·b + c·d with all four equal to 2",
    (
        *((name, "leaf", 2.0) for name in "abcd"),
        ("u", "*", "a", "b"),
        ("v", "*", "c", "d"),
        ("s", "+", "u", "v"),
    ),
)
FUNCTIONS = (
    Graph("d = a² with a = 3", (("a", "leaf", 3.0), ("d", "**", "a", 2))),
    Graph("h = tanh(a) with a = 0.5", (("a", "leaf", 0.5), ("h", "tanh", "a"))),
    Graph("g = exp(a) with a = 0.5", (("a", "leaf", 0.5), ("g", "exp", "a"))),
)
NEURON = Graph(
    "E = (tanh(x·w + b) + exp(b))³ with x = 0.5, w = −1.5, b = 0.25",
    (
        ("x", "leaf", 0.5),
        ("w", "leaf", -1.5),
        ("b", "leaf", 0.25),
        ("m", "*", "x", "w"),
        ("a", "+", "m", "b"),
        ("h", "tanh", "a"),
        ("g", "exp", "b"),
        ("s", "+", "h", "g"),
        ("E", "**", "s", 3),
    ),
)


def _chain(length):
    steps = [("x0", "leaf", 1.0)] + [(f"x{i}", "+", f"x{i - 1}", 1) for i in range(1, length)]
    return Graph(f"a chain of {length:,} nodes", tuple(steps))


def _ladder(stages):
    """Each stage splits into two ways that meet again, so there are 2 ** stages paths."""
    steps = [("s0", "leaf", 1.0)]
    for i in range(stages):
        steps += [(f"u{i}", "*", f"s{i}", 0.75), (f"v{i}", "*", f"s{i}", 0.25), (f"s{i + 1}", "+", f"u{i}", f"v{i}")]
    return Graph(f"{stages} two-way stages, {2**stages:,} paths", tuple(steps))


def _drawn_graph(rng):
    """A graph of three leaves and some sums and products, each of two nodes before it; the last one needs them all."""
    steps = list(_ABC)
    while True:
        names = [name for name, *_ in steps]
        used = {name for _, op, *operands in steps if op != "leaf" for name in operands}
        unused = [name for name in names if name not in used]
        if len(steps) > 6 and len(unused) == 1:
            return Graph("a graph drawn for your class", tuple(steps))
        pair = unused[:2] if len(steps) > 6 else rng.choice(names, 2, replace=False).tolist()
        steps.append((f"n{len(steps)}", "+" if len(steps) > 6 else "+*"[rng.integers(2)], *pair))


def _fan(customers):
    """One leaf with many customers."""
    steps = [("a", "leaf", 2.0), ("s0", "*", "a", "a")]
    for i in range(1, customers):
        steps += [(f"m{i}", "*", "a", i / 10), (f"s{i}", "+", f"s{i - 1}", f"m{i}")]
    return Graph(f"one leaf a with {customers} customers", tuple(steps))


# Running a learner's code


class _Bench:
    """Runs pieces of a learner's engine under the guard and keeps what the first of them printed."""

    def __init__(self, name, limits=None):
        self._runner = Runner(name, operator.call, limits or LIMITS)

    def run(self, words, function, *args):
        """What `function` returns, or a Trouble that says `words` where the guard says "your function"."""
        value = self._runner.call(function, *args)
        if type(value) is not Trouble:
            return value
        return Trouble(value.kind, value.sentence.replace("your function", words, 1), value.question, value.code)

    @property
    def printed(self):
        return self._runner.printed or ""


def _calm(look):
    """A look that leaves the recursion limit as it found it: learners raise it to get down a long chain."""

    @functools.wraps(look)
    def calm(answer):
        limit = sys.getrecursionlimit()
        try:
            return look(answer)
        finally:
            sys.setrecursionlimit(limit)

    return calm


def _float(raw):
    """A number as a float; None for None; nan for everything that is no number."""
    if raw is None:
        return None
    value = numbers(raw, (), "one number")
    return math.nan if isinstance(value, Trouble) else float(value)


def _is_node(thing):
    return hasattr(thing, "data") and hasattr(thing, "grad")


def _items(node):
    """What stands in a node's `_prev`, whatever container that is; pairs (parent, …) count as their parent."""
    raw = getattr(node, "_prev", None)
    if raw is None:
        return []
    if _is_node(raw):
        return [raw]
    return [each[0] if type(each) is tuple and each and _is_node(each[0]) else each for each in raw]


def _parents(node):
    return [each for each in _items(node) if _is_node(each)]


def _reach(*starts):
    """All nodes from which `starts` are made, themselves included; each once, operands before results.

    A cycle, which no expression has, does not keep it from ending.
    """
    order, seen = [], set()
    stack = [(node, False) for node in reversed(starts)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((each, False) for each in _parents(node))
    return order


_MAKE = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "neg": lambda a: -a,
    "**": lambda a, n: a**n,
    "tanh": lambda a: a.tanh(),
    "exp": lambda a: a.exp(),
}


def _build(make_node, graph, can=frozenset(_MAKE)):
    """The graph in a learner's class, {name: node}; where the class has no minus, by plus and times."""
    nodes = {}
    for name, op, *operands in graph.steps:
        given = [nodes[each] if isinstance(each, str) else each for each in operands]
        if op == "leaf":
            nodes[name] = make_node(given[0])
        elif op == "-" and (op not in can or _own(type(given[0]), "__sub__") is None):
            nodes[name] = given[0] + given[1] * -1.0
        else:
            nodes[name] = _MAKE[op](*given)
    return nodes


# Looking at code, only to tell "not started" from "wrong" and to find what an answer rests on


def _does_nothing(function):
    """Whether it is missing, or its body is a docstring, `pass` or `...`."""
    if function is None:
        return True
    code = getattr(function, "__code__", None)
    if not inspect.iscode(code):
        return False
    steps = list(dis.get_instructions(code))
    idle = {step.opname for step in steps} <= {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}
    return idle and all(step.argval in (None, ...) for step in steps if "CONST" in step.opname)


def _has_blank(*functions):
    """Whether a `...` is left in the source of one of these functions."""
    for function in functions:
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        except (OSError, TypeError, SyntaxError, ValueError):
            continue
        if any(isinstance(node, ast.Constant) and node.value is ... for node in ast.walk(tree)):
            return True
    return False


def _own(cls, name):
    """A method as the class and those above it have it, `object` left out; None if there is none."""
    homes = [vars(each) for each in type.mro(cls) if each is not object]
    return next((home[name] for home in homes if name in home), None)


def _uses(function, name):
    """The thing called `name` that a function refers to outside itself, or None."""
    code = getattr(function, "__code__", None)
    if not inspect.iscode(code):
        return None
    codes = [code]
    for each in codes:
        codes += [inner for inner in each.co_consts if inspect.iscode(inner)]
    if any(name in each.co_names for each in codes):
        return getattr(function, "__globals__", {}).get(name)
    return None


def _is_class(answer):
    return issubclass(type(answer), type)


# What is said


def _named(mistakes, name, printed="", **facts):
    """The Verdict for a known mistake; `facts` go to its sentence where that is a function."""
    mistake = next(each for each in mistakes if each.name == name)
    says = mistake.says(facts) if callable(mistake.says) else mistake.says
    return Verdict(False, name, says, mistake.question, mistake.pointer, mistake.step, printed=printed)


def _left_blank(where="your code"):
    return unfinished(f"a blank `...` is left in {where}")


def _troubled(trouble, printed="", pointer="", step=""):
    """The Verdict for a Trouble, which an unfilled blank may have caused."""
    if trouble.kind == "exception" and re.search("(type |')ellipsis", trouble.sentence):
        return _left_blank()
    if trouble.kind == "exception" and re.search("`__init__`.*object is not iterable", trouble.sentence):
        return Verdict(
            False,
            "comma",
            "your node gets an operand or a slope without the comma that makes it a tuple: `(self)` is only `self`.",
            "How many entries has `(5,)`, and what is `(5)`?",
            "One operand, one slope: write a comma behind each, inside the parentheses.",
            "`Value(9, (a,), (6,))` has one operand and one slope. In `Value(9, (a), (6))` the parentheses do nothing.",
            printed=printed,
        )
    return Verdict(
        False,
        trouble.kind,
        trouble.sentence,
        trouble.question,
        pointer or "Print the values that meet in that line, right before it.",
        step
        or "Build a = Value(2.0) and b = Value(5.0) in a new cell and do it there by hand. Then you see the whole "
        "traceback.",
        trouble.code,
        printed,
    )


def _earlier(what, finding, printed=""):
    """An exercise that comes before this one is not finished, and nothing can be said until it is."""
    found = finding.sentence[0].lower() + finding.sentence[1:]
    if not finding.started:
        found = "it isn't finished yet"
    return Verdict(
        False,
        "earlier",
        f"this exercise rests on {what}, and there something is left to do: {found.rstrip('.')}.",
        finding.question or "Does that check pass, with the class and the functions as they are now?",
        f"Go back to {what} first. Run its cell and its check again, and then this one.",
        finding.step
        or "One exercise at a time: an answer cell changes the class only when it is run. Run the cells in their "
        "order, from the class down to here.",
        finding.code,
        printed,
    )


def _wants_class(name, answer):
    """A Verdict where the answer is no class, else None."""
    if _is_class(answer):
        return None
    if inspect.isroutine(answer):
        got = f"a function, `{one_line(answer.__name__, 30)}`"
    else:
        got = f"a thing of type {one_line(type(answer).__name__, 30)}"
    return Verdict(
        False,
        "not-a-class",
        f"the check wants your class itself and got {got}.",
        f'Does the check cell say check("{name}", Value), without brackets behind Value?',
        "A class is passed on by its name. With brackets behind it, it makes one node.",
        f'check("{name}", Value) hands over the class. check("{name}", Value(2.0)) hands over one node.',
    )


def _wants_function(name, parameters, answer):
    """A Verdict where the answer can't be called with these arguments, else None."""
    first_line = f"def {name}({', '.join(parameters)}):"
    if _is_class(answer) or not callable(answer):
        kind = f"the class `{answer.__name__}`" if _is_class(answer) else f"a thing of type {type(answer).__name__}"
        return Verdict(
            False,
            "not-a-function",
            f"the check wants your function itself and got {one_line(kind, 50)}.",
            f'Does the check cell say check("{name}", {name}), without brackets after the second name?',
            "With brackets behind its name a function runs, and what is passed on is its result.",
            f"The answer is a function whose first line is `{first_line}`.",
        )
    if can_take(answer, parameters):
        return None
    count = len(inspect.signature(answer).parameters)
    return Verdict(
        False,
        "parameters",
        f"your function takes {count} argument{'s' * (count != 1)}, and the check gives it {len(parameters)}: "
        f"{', '.join(parameters)}.",
        f"Does it still start with `{first_line}`?",
        "Compare the first line of your function with the one in the text above, name by name.",
        f"The first line is `{first_line}`.",
    )


# 1 forward_table

_RULES = {  # entry: what it needs, and how it follows
    "p": (("x", "y"), operator.mul),
    "q": (("p", "x"), operator.add),
    "r": (("p", "q"), operator.mul),
    "L": (("r", "q"), operator.sub),
}
_SLIPS = {  # entry: name of the mistake, what was computed from the table's own earlier entries
    "p": {"p-sum": lambda t: t["x"] + t["y"]},
    "q": {"q-other-operand": lambda t: t["p"] + t["y"], "q-product": lambda t: t["p"] * t["x"]},
    "r": {
        "r-sum": lambda t: t["p"] + t["q"],
        "r-square": lambda t: t["q"] ** 2,
        "r-other-operand": lambda t: t["p"] * t["x"],
    },
    "L": {
        "A20": lambda t: t["r"] + t["q"],
        "L-turned": lambda t: t["q"] - t["r"],
        "L-other-operand": lambda t: t["r"] - t["p"],
    },
}
_ENTRIES = ("x", "y", *_RULES)
_PLACES = ((3.0, -2.0), *shaken(1, ((0.5, 4.0), (-1.5, 2.5))), (7, 3), (0.0, 1.0))


def _look_at_forward_table(answer):
    if _is_class(answer) is False and callable(answer) and _does_nothing(getattr(answer, "__func__", answer)):
        return not_started()
    wrong = _wants_function("forward_table", ("x", "y"), answer)
    if wrong:
        return wrong
    bench, tables = _Bench("forward_table"), []
    for place in _PLACES:
        raw = bench.run("your function", answer, *place)
        table = raw if isinstance(raw, Trouble) else _read_table(raw, bench)
        if isinstance(table, Trouble):
            return _troubled(
                table,
                bench.printed,
                "Look at what forward_table(3.0, -2.0) gives: its type, and what is in it.",
                "A table of two entries: {'x': 3.0, 'y': -2.0}. Four more belong into it, each under its own name.",
            )
        if isinstance(table, Verdict):
            return table
        tables.append(table)
    name, facts = _table_mistake(tables)
    if name:
        return _named(FORWARD_TABLE.mistakes, name, bench.printed, **facts)
    again = bench.run("your function, called a second time with the same x and y,", answer, *_PLACES[0])
    again = again if isinstance(again, Trouble) else _read_table(again, bench)
    if isinstance(again, Trouble) or again != tables[0]:
        sentence = "called a second time with x = 3, y = −2, your function gives another table."
        question = "What does your function keep from one call to the next?"
        return _troubled(Trouble("remembers", sentence, question), bench.printed)
    return None


def _read_table(raw, bench):
    """{entry: float} in the order of the learner's dict, or a Trouble, or the Verdict "not started"."""
    if raw is ... or raw is None:
        return not_started() if raw is ... else numbers(None, (), "", bench.printed)
    if not issubclass(type(raw), dict):
        kind = "a set, which has no order" if type(raw) is set else f"a thing of type {type(raw).__name__}"
        return Trouble(
            "type",
            f"your function returns {one_line(kind, 60)}; the table is a dict with the six entries x, y, p, q, r, L.",
            "What do the curly brackets of a dict look like, with a name and a number in each entry?",
        )
    if any(value is ... for value in dict.values(raw)):
        return _left_blank("your table")
    keys = [key for key in dict.keys(raw) if type(key) is str]
    missing = [name for name in _ENTRIES if name not in keys]
    if missing:
        there = ", ".join(f'"{one_line(key, 12)}"' for key in keys[:8])
        return Trouble(
            "entries",
            f'your table has no entry "{missing[0]}"; {f"its entries are {there}" if there else "it is empty"}.',
            "Which of the six names x, y, p, q, r, L are in it, letter for letter?",
        )
    table = {}
    for key in keys:
        if key in _ENTRIES:
            raw_value = dict.__getitem__(raw, key)
            value = numbers("" if raw_value is None else raw_value, (), "one number")
            if raw_value is None:
                value = Trouble("type", "your function returns None.", "Which line should give that entry its number?")
            if isinstance(value, Trouble):
                sentence = value.sentence.replace("your function returns", f'the entry "{key}" of your table is', 1)
                return Trouble(value.kind, sentence, value.question)
            table[key] = float(value)
    return table


def _near(one, other):
    return one is not None and other is not None and close(one, other)


def _table_mistake(tables):
    """(name, facts) of the first entry that doesn't follow from the ones it needs, or of the order; else (None, {})."""
    first = tables[0]
    given = [{"x": float(x), "y": float(y)} for x, y in _PLACES]
    for name in ("x", "y"):
        other = "y" if name == "x" else "x"
        if all(_near(table[name], place[other]) for table, place in zip(tables, given, strict=True)):
            return "x-y-swapped", {}
        if not all(_near(table[name], place[name]) for table, place in zip(tables, given, strict=True)):
            return _fixed_or("input-changed", tables, name)
    for name, (needs, rule) in _RULES.items():
        if all(_near(table[name], rule(*(table[need] for need in needs))) for table in tables):
            continue
        for slip, wrong in _SLIPS[name].items():
            if all(_near(table[name], wrong(table)) for table in tables):
                return slip, {"got": first[name]}
        if all(abs(table[name] - rule(*(table[need] for need in needs))) <= 0.06 for table in tables):
            return "rounded", {"entry": name}
        return _fixed_or("entry", tables, name)
    order = [key for key in first if key in _ENTRIES]
    early = next(
        ((n, need) for n in order for need in _RULES.get(n, ((),))[0] if order.index(need) > order.index(n)), None
    )
    if early is None:
        return None, {}
    return ("turned" if order[0] == "L" and order.index("p") > order.index("q") else "order"), {
        "entry": early[0],
        "need": early[1],
        "order": ", ".join(order),
    }


def _fixed_or(name, tables, entry):
    at = next((i for i, table in enumerate(tables) if not _near(table[entry], _true_table(i)[entry])), 0)
    fixed = at > 0 and all(_near(table[entry], tables[0][entry]) for table in tables)
    x, y = _PLACES[at]
    facts = {"entry": entry, "got": tables[at][entry], "table": tables[at], "x": x, "y": y}
    return ("fixed" if fixed else name), facts


def _true_table(index):
    x, y = _PLACES[index]
    return _g1(x, y).forward()


def _said_entry(facts):
    needs, table = _RULES[facts["entry"]][0], facts["table"]
    with_ = " and ".join(f"{need} = {_num(table[need])}" for need in needs)
    return (
        f"for x = {_num(facts['x'])}, y = {_num(facts['y'])} your table has {facts['entry']} = {_num(facts['got'])}, "
        f"and that does not follow from {with_}."
    )


FORWARD_TABLE = Exercise(
    name="forward_table",
    lesson=LESSON,
    parameters=("x", "y"),
    look=_look_at_forward_table,
    example="forward_table(3.0, -2.0)",
    what="the six numbers of the lesson's graph, each after what it needs",
    known="all six nodes at 5 places, and each entry comes after the ones it is made from.",
    question="With x = 3 and y = −2, what is p, and what is q?",
    pointer="One line for each node, in the order of the edges: p first, since q and r both need it.",
    step="x = 1, y = 2: p is 2, q is p plus x, so 3, r is p times q, so 6, and L is 6 − 3 = 3.",
    mistakes=(
        Mistake(
            "x-y-swapped",
            "your entries x and y have changed places.",
            "In forward_table(3.0, -2.0), which argument is 3?",
            "The first argument is x. Look at the def line and at the first two entries.",
            "For forward_table(3.0, -2.0) the table starts with x = 3 and y = −2.",
        ),
        Mistake(
            "input-changed",
            lambda facts: (
                f"for x = {_num(facts['x'])}, y = {_num(facts['y'])} your table has {facts['entry']} = "
                f"{_num(facts['got'])}."
            ),
            "Which line changes it before it stands in the table?",
            "x and y are leaves: nothing is computed for them, they are what the caller gave.",
            "For forward_table(3.0, -2.0) the table starts with x = 3 and y = −2.",
        ),
        Mistake(
            "p-sum",
            "your p adds x and y; in the graph it is their product.",
            "Which sign stands between x and y in the exercise's first equation?",
            "Two letters side by side are multiplied: p = x y is a product.",
            "x = 3 and y = −2: their sum is 1, their product is −6. p is the product.",
        ),
        Mistake(
            "q-other-operand",
            "your q adds y; in the graph the second edge into q comes from x.",
            "Which two edges end in q?",
            "x goes to two places, to p and to q. y goes to p only.",
            "x = 3 and p = −6: q is −3.",
        ),
        Mistake(
            "q-product",
            "your q multiplies; in the graph it is a sum.",
            "Which sign stands in the equation of q?",
            "The graph has two products, one sum and one difference. Which node is the sum?",
            "p = −6 and x = 3: their product is −18, their sum is −3. q is the sum.",
        ),
        Mistake(
            "r-sum",
            "your r adds p and q; in the graph it is their product.",
            "Which sign stands in the equation of r?",
            "The graph has two products. p is one of them.",
            "p = −6 and q = −3: their sum is −9, their product is 18. r is the product.",
        ),
        Mistake(
            "r-square",
            "your r is q times q; in the graph it has two different operands.",
            "Which two edges end in r, on your drawing?",
            "Go back along the edges from r. Where do you arrive?",
            "p = −6 and q = −3: q times q is 9, and r is 18.",
        ),
        Mistake(
            "r-other-operand",
            "your r multiplies p by x; in the graph the second edge into r comes from q.",
            "Which two edges end in r?",
            "x goes to two places, to p and to q. From there on its number travels inside theirs.",
            "p = −6 and q = −3: r is 18.",
        ),
        Mistake(
            "A20",
            lambda facts: f"your L adds q: at x = 3, y = −2 it is {_num(facts['got'])}.",
            "In r − q, if q grows, does L grow?",
            "The last node is a difference. A difference has an order and a sign.",
            "r = 18 and q = −3: taking away −3 makes 18 larger.",
        ),
        Mistake(
            "L-turned",
            lambda facts: f"your L is turned around: at x = 3, y = −2 it is {_num(facts['got'])}.",
            "What is 5 − 2, and what is 2 − 5?",
            "Which of the two stands before the minus in the exercise's last equation?",
            "r = 18 and q = −3: r comes first, so L is 18 − (−3) = 21.",
        ),
        Mistake(
            "L-other-operand",
            "your L takes p away; in the graph the second edge into L comes from q.",
            "Which two edges end in L?",
            "p has two customers, q and r. L buys from r and from q.",
            "r = 18 and q = −3: L is 18 − (−3) = 21.",
        ),
        Mistake(
            "fixed",
            lambda facts: f"your entry {facts['entry']} is {_num(facts['got'])} for every x and y I try.",
            "In which line does it use what the function was given?",
            "Numbers worked out by hand hold for one x and one y. The function has to work for any.",
            "For x = 3 the first entry is 3, for x = 0.5 it is 0.5, and p follows both.",
        ),
        Mistake(
            "rounded",
            lambda facts: f"your entry {facts['entry']} is rounded.",
            "Which line rounds, or divides with `//`?",
            "Round when you print. A table that others go on with keeps all digits.",
            "−1.5 times 2.5 is −3.75. In the table it should stand like that.",
        ),
        Mistake(
            "turned",
            lambda facts: (
                f"your numbers are right, and your table runs from the result to the leaves: {facts['order']}."
            ),
            "To fill in its first row by hand, what would you have to know already?",
            "A dict keeps the order in which its entries were written. Forward means: leaves first.",
            "p can be filled in as soon as x and y are there. L needs r and q, and those need p.",
        ),
        Mistake(
            "order",
            lambda facts: (
                f"your numbers are right, and {facts['entry']} stands before {facts['need']}, which it is made from: "
                f"{facts['order']}."
            ),
            "Cover the table and uncover it row by row. At which row do you need one that is still covered?",
            "A dict keeps the order in which its entries were written. The alphabet is no help here.",
            "q is made from p and x, so it can stand anywhere after those two.",
        ),
        Mistake(
            "entry",
            _said_entry,
            "Take that one node by hand: which two numbers come in, and which sign joins them?",
            "Compare the line with the equation in the text: which two letters, and which sign.",
            "x = 1, y = 2: p is 2, q is p plus x, so 3, r is p times q, so 6, and L is 6 − 3 = 3.",
        ),
    ),
)


# 2 add_mul and 3 pow_tanh_exp: one operation at a time


@dataclass(frozen=True)
class Probe:
    """One small expression: in words, how to make it from leaves, their values, its value and slopes, its method."""

    words: str
    make: object
    values: tuple
    result: float
    slopes: tuple
    method: str
    whole: bool = False  # hand in ints, as a learner does

    @property
    def where(self):
        """The leaves' values, for a sentence."""
        return " and ".join(f"{name} = {_num(value)}" for name, value in zip("abc", self.values, strict=False))


_UP, _START = 1.7, 0.45  # gradients put in by hand before a `_backward` is called


def _facts(make_node, probe):
    """What the expression turned out to be, in plain values. Runs under the guard."""
    leaves = [make_node(int(value) if probe.whole else value) for value in probe.values]
    out = probe.make(*leaves)
    if out is None or out is ...:
        return {"kind": "dots" if out is ... else "nothing"}
    if not _is_node(out):
        value = numbers(out, (), "one number")
        return {"kind": "other" if isinstance(value, Trouble) else "number", "type": type(out).__name__}
    if _is_node(out.data):
        return {"kind": "node-in-node"}
    facts = {"kind": "node", "data": _float(out.data), "grad": _float(out.grad)}
    facts["same"] = any(out is leaf for leaf in leaves)
    facts["leaves"] = [_float(leaf.data) for leaf in leaves]
    facts["prev"] = _prev_facts(out, leaves)
    facts["way"], facts["got"] = _local_slopes(make_node, out, leaves) if facts["prev"] == "right" else (None, ())
    return facts


def _prev_facts(out, leaves):
    """What is in `_prev`: "right", or which way it isn't."""
    if not hasattr(out, "_prev"):
        return "missing"
    items = _items(out)
    if not items:
        return "empty"
    nodes = _reach(out)
    if any(parent is out for node in nodes for parent in _parents(node)):
        return "itself"
    reached = [any(node is leaf for node in nodes) for leaf in leaves]
    if all(reached):
        return "right"
    if not any(_is_node(item) for item in items):
        return "numbers"
    lost = [leaf for leaf, there in zip(leaves, reached, strict=True) if not there]
    if all(any(_near(_float(node.data), _float(leaf.data)) for node in nodes if node is not out) for leaf in lost):
        return "copies"
    return "one"


def _local_slopes(make_node, out, leaves):
    """(way, what each leaf gets): "stored" slopes or "closures" called by hand; "missing"; None if not to be seen."""
    nodes = _reach(out)
    inner = [node for node in nodes if _parents(node)]
    stored = [_stored(node) for node in inner]
    if all(slopes is not None and len(slopes) == len(_items(n)) for slopes, n in zip(stored, inner, strict=True)):
        grads = {id(node): 0.0 for node in nodes}
        grads[id(out)] = 1.0
        for node, slopes in zip(reversed(inner), reversed(stored), strict=True):
            for parent, slope in zip(_items(node), slopes, strict=True):
                if _is_node(parent):
                    grads[id(parent)] += slope * grads[id(node)]
        return "stored", [grads[id(leaf)] for leaf in leaves]
    if all(_callable_alone(getattr(node, "_backward", None)) for node in inner):
        for node in nodes:
            node.grad = 0.0
        for leaf in leaves:
            leaf.grad = _START
        out.grad = _UP
        for node in reversed(inner):
            node._backward()
        return "closures", [_float(leaf.grad) for leaf in leaves]
    if any(slopes is not None and len(slopes) != len(_items(n)) for slopes, n in zip(stored, inner, strict=True)):
        return ("missing" if not any(stored) else "short"), ()
    return None, ()


def _gradients_come_out(make_node, probe):
    """Whether a class that keeps its slopes elsewhere gets this expression's gradients right. Under the guard."""
    leaves = [make_node(value) for value in probe.values]
    probe.make(*leaves).backward()
    return _same([_float(leaf.grad) for leaf in leaves], probe.slopes)


def _stored(node):
    """The numbers in a node's `_slopes`, or None if it has none or they are no numbers."""
    raw = getattr(node, "_slopes", None)
    if raw is None or type(raw) is dict:
        return None
    slopes = [_float(each) for each in raw]
    return None if any(slope is None or math.isnan(slope) for slope in slopes) else slopes


def _callable_alone(thing):
    """Whether it can be called without arguments."""
    if not callable(thing):
        return False
    try:
        inspect.signature(thing).bind()
    except (TypeError, ValueError):
        return False
    return True


def _examine_probe(bench, cls, probe):
    """(name of the mistake, facts), a Verdict for trouble, or None when all is well."""
    facts = bench.run(f"`{probe.words}`", _facts, cls, probe)
    base = {"probe": probe, "words": probe.words, "where": probe.where}
    if isinstance(facts, Trouble):
        return _trouble_in_probe(bench, cls, probe, facts, base)
    base |= facts
    kinds = {"nothing": "returns-nothing", "number": "returns-number", "node-in-node": "wrapped-twice"}
    if facts["kind"] == "dots":
        return _left_blank(f"`{probe.method}`")
    if facts["kind"] == "other":
        return "returns-number", base
    if facts["kind"] in kinds:
        return kinds[facts["kind"]], base
    if facts["same"]:
        return "in-place", base
    if any(not _near(now, value) for now, value in zip(facts["leaves"], probe.values, strict=True)):
        return "in-place", base
    if not _near(facts["data"], probe.result):
        return "data", base
    prev = {"missing": "no-prev", "empty": "no-prev", "itself": "prev-itself", "numbers": "prev-numbers"}
    prev |= {"copies": "prev-copies", "one": "prev-one"}
    if facts["prev"] != "right":
        return prev[facts["prev"]], base
    if facts["grad"] not in (None, 0.0):
        return "grad-not-zero", base
    elsewhere = facts["way"] in ("missing", "short") and not _does_nothing(_own(cls, "backward"))
    if elsewhere and bench.run("", _gradients_come_out, cls, probe) is True:
        return None
    return _examine_slopes(probe, facts, base)


def _trouble_in_probe(bench, cls, probe, trouble, base):
    said = trouble.sentence
    if re.search(r"'(int|float)' object has no attribute", said):
        return "not-wrapped", base
    if "not 'Value'" in said or f"not '{cls.__name__}'" in said:
        return "wrapped-twice", base
    if trouble.kind == "recursion" and probe.method in ("__radd__", "__rmul__"):
        return "right-hand-recursion", base
    missing = probe.method in ("__radd__", "__rmul__") and _own(cls, probe.method) is None
    if missing and ("unsupported operand" in said or "can't multiply" in said):
        return {"__radd__": "no-radd", "__rmul__": "no-rmul"}[probe.method], base
    if "unsupported operand type(s) for ^" in said or "`^` does not work" in said:
        return "caret", base
    return _troubled(trouble, bench.printed)


def _examine_slopes(probe, facts, base):
    """The same for the slopes or closures that an operation leaves behind for the backward pass."""
    way, got, true = facts["way"], facts["got"], probe.slopes
    if way in (None, "missing", "short"):
        return ({"missing": "slopes-missing", "short": "slopes-short"}[way], base) if way else None
    if way == "closures":
        if _same(got, [_START + _UP * slope for slope in true]):
            return None
        if _same(got, [_START] * len(true)):
            return "slopes-missing", base
        if _same(got, [_START + slope for slope in true]):
            return "upstream-missing", base
        if _same(got, [_START + slope + _UP for slope in true]):
            return "slopes-added", base
        if _overwritten(probe, got):
            return "A14", base
        if None in got:
            return "slope", base | {"slope": None, "leaf": 0}
        seen = [(value - _START) / _UP for value in got]
    else:
        if _same(got, true):
            return None
        seen = list(got)
    return _which_slope(probe, seen, base)


def _same(got, wanted):
    return None not in got and len(got) == len(wanted) and close(list(got), list(wanted))


def _overwritten(probe, got):
    """Whether each leaf holds the last payment alone; a leaf that stands on both sides then has half of its due."""
    whole = [_UP * slope for slope in probe.slopes]
    return _same(got, whole) or (len(got) == 1 and _same(got, [whole[0] / 2]))


def _which_slope(probe, seen, base):
    """Names the known wrong slopes of each operation, by their values at this probe."""
    a = probe.values[0]
    for name, method, wrong in _WRONG_SLOPES:
        if method == probe.method:
            for each in wrong(*probe.values, *_exponent(probe)):
                if _same(seen, each):
                    return name, base | {"slope": seen[0], "leaf": 0}
    if len(probe.values) == 1 and probe.words in ("a + a", "a * a") and _near(seen[0], probe.slopes[0] / 2):
        return "same-parent-twice", base
    leaf = next(i for i, (one, other) in enumerate(zip(seen, probe.slopes, strict=True)) if not _near(one, other))
    return "slope", base | {"slope": seen[leaf], "leaf": leaf, "a": a}


def _exponent(probe):
    found = re.search(r"\*\* \(?(−?[\d.]+)", probe.words)
    return (float(found[1].replace("−", "-")),) if found else ()


_WRONG_SLOPES = (  # name, method, the leaves' values (and the exponent) -> variants, one slope a leaf
    ("A19", "__mul__", lambda *v: [list(v)] if len(v) > 1 else []),
    ("slopes-of-times", "__add__", lambda *v: [list(v), list(v[::-1])] if len(v) > 1 else []),
    ("slopes-of-plus", "__mul__", lambda *v: [[1.0, 1.0]] if len(v) > 1 else []),
    ("A13", "tanh", lambda a: [[1 - a * a]]),
    ("tanh-not-squared", "tanh", lambda a: [[1 - math.tanh(a)], [1 / math.cosh(a)]]),
    ("slope-is-value", "tanh", lambda a: [[math.tanh(a)]]),
    ("tanh-as-sigmoid", "tanh", lambda a: [[math.tanh(a) * (1 - math.tanh(a))]]),
    ("exp-as-power", "exp", lambda a: [[a * math.exp(a - 1)]]),
    ("slope-is-input", "exp", lambda a: [[a]]),
    ("slope-is-one", "exp", lambda a: [[1.0]]),
    ("slope-is-one", "tanh", lambda a: [[1.0]]),
    ("slope-is-value", "__pow__", lambda a, n: [[a**n]]),
    ("factor-missing", "__pow__", lambda a, n: [[a ** (n - 1)]]),
    ("power-not-lowered", "__pow__", lambda a, n: [[n * a**n]]),
    ("lowered-too-early", "__pow__", lambda a, n: [[(n - 1) * a ** (n - 1)], [(n - 1) * a**n]]),
    ("power-forgotten", "__pow__", lambda a, n: [[n * a], [n]]),
    ("slope-is-one", "__pow__", lambda a, n: [[1.0]]),
)

_ADD, _MUL = (lambda a, b: a + b), (lambda a, b: a * b)
_MOVED = shaken(4, (-1.5, 0.25))
ADD_MUL_PROBES = (
    Probe("a + b", _ADD, (2.0, 5.0), 7.0, (1, 1), "__add__"),
    Probe("a * b", _MUL, (2.0, 5.0), 10.0, (5, 2), "__mul__"),
    Probe("a + b", _ADD, _MOVED, sum(_MOVED), (1, 1), "__add__"),
    Probe("a * b", _MUL, _MOVED, math.prod(_MOVED), _MOVED[::-1], "__mul__"),
    Probe("a * b", _MUL, (0.0, 4.0), 0.0, (4, 0), "__mul__"),
    Probe("a + a", lambda a: a + a, (3.0,), 6.0, (2,), "__add__"),
    Probe("a * a", lambda a: a * a, (3.0,), 9.0, (6,), "__mul__"),
    Probe("a + 1", lambda a: a + 1, (3.0,), 4.0, (1,), "__add__"),
    Probe("a * 4", lambda a: a * 4, (3.0,), 12.0, (4,), "__mul__"),
    Probe("a + 0.5", lambda a: a + 0.5, (3.0,), 3.5, (1,), "__add__"),
    Probe("a * 0.5", lambda a: a * 0.5, (3.0,), 1.5, (0.5,), "__mul__"),
    Probe("1 + a", lambda a: 1 + a, (3.0,), 4.0, (1,), "__radd__"),
    Probe("2 * a", lambda a: 2 * a, (3.0,), 6.0, (2,), "__rmul__"),
    Probe("0.5 + a", lambda a: 0.5 + a, (3.0,), 3.5, (1,), "__radd__"),
    Probe("0.5 * a", lambda a: 0.5 * a, (3.0,), 1.5, (0.5,), "__rmul__"),
    Probe("sum([a, b, c])", lambda a, b, c: sum([a, b, c]), (3.0, 4.0, 7.0), 14.0, (1, 1, 1), "__radd__"),
    Probe("a * b + a", lambda a, b: a * b + a, (3.0, 4.0), 15.0, (5, 3), "__add__"),
    Probe("a * b + c * a", lambda a, b, c: a * b + c * a, (2.0, 4.0, -7.0), -6.0, (-3, 2, 2), "__add__"),
    Probe("a * b", _MUL, (7.0, 3.0), 21.0, (3, 7), "__mul__", whole=True),
    Probe("a + b", _ADD, (7.0, 3.0), 10.0, (1, 1), "__add__", whole=True),
)


def _power_probe(a, n):
    words = f"a ** {n:g}" if n >= 0 else f"a ** (−{-n:g})"
    return Probe(words, lambda v: v**n, (a,), a**n, (n * a ** (n - 1),), "__pow__")


def _function_probe(name, a):
    out = _VALUES[name](a)
    slope = _SLOPES[name](out, a)[0]
    return Probe(f"a.{name}()", lambda v: getattr(v, name)(), (a,), out, (slope,), name)


FUNCTION_PROBES = {
    "__pow__": tuple(
        _power_probe(a, n)
        for a, n in ((shaken(5, 2.5), 3), (3.0, 2), (-2.0, 3), (2.0, -1), (4.0, 0.5), (0.5, 4.0), (2.5, 1))
    ),
    "tanh": tuple(_function_probe("tanh", a) for a in (0.5, 2.0, shaken(6, -1.25), 0.0)),
    "exp": tuple(_function_probe("exp", a) for a in (0.5, 2.0, shaken(7, -1.25), 0.0)),
}


def _fresh(make_node):
    """(gradient, number of parents) of a new leaf: class-level lists and numbers show here. Under the guard."""
    node = make_node(7.0)
    return _float(node.grad), len(_items(node))


def _makes_leaves(bench, cls, name):
    """A Verdict where Value(3.0) gives no node with that number, else None."""

    def leaf():
        node = cls(3.0)
        return (_float(node.data), _float(node.grad)) if _is_node(node) else None

    made = bench.run(f"`{one_line(cls.__name__, 30)}(3.0)`", leaf)
    if isinstance(made, Trouble):
        return _troubled(made, bench.printed, "The class from the text makes a node from one number.")
    if made is not None and _near(made[0], 3.0) and made[1] in (None, 0.0):
        return None
    got = "has no `data` or no `grad`" if made is None else f"has data {_num(made[0])} and grad {_num(made[1])}"
    return Verdict(
        False,
        "leaf",
        f"a new node from the number 3 {got}; it should hold 3 and a gradient of 0.",
        "Did you change `__init__`? What does it keep?",
        "Each node keeps its own number in `data` and starts with `grad` at 0.",
        "a = Value(3.0); print(a.data, a.grad) should show 3.0 and 0.0.",
        printed=bench.printed,
    )


def _cracks(bench, cls, probes, mistakes):
    """The Verdict on the first of these expressions that isn't right, or None."""
    for probe in probes:
        found = _examine_probe(bench, cls, probe)
        if isinstance(found, Verdict):
            return found
        if found and found[0] not in {mistake.name for mistake in mistakes}:
            return _troubled(bench.run(f"`{probe.words}`", _facts, cls, probe), bench.printed)
        if found:
            name, facts = found
            blank = _own(cls, probe.method)
            if name in ("returns-nothing", "slopes-missing", "slopes-short", "data") and _has_blank(blank):
                return _left_blank(f"`{probe.method}`")
            return _named(mistakes, name, bench.printed, **facts)
    fresh = bench.run("a new node, made at the end,", _fresh, cls)
    if isinstance(fresh, Trouble):
        return _troubled(fresh, bench.printed)
    if fresh[1]:
        return _named(mistakes, "shared-prev", bench.printed, count=fresh[1])
    return None


@_calm
def _look_at_add_mul(cls):
    return _add_mul(cls)


def _add_mul(cls):
    wrong = _wants_class("add_mul", cls)
    if wrong:
        return wrong
    started = [name for name in ("__add__", "__mul__") if not _does_nothing(_own(cls, name))]
    if not started:
        return not_started()
    bench = _Bench("add_mul")
    found = _makes_leaves(bench, cls, "add_mul")
    if found:
        return found
    if len(started) == 1:
        probes = [p for p in ADD_MUL_PROBES[:2] if p.method in started]
        missing = "__mul__" if started[0] == "__add__" else "__add__"
        return _cracks(bench, cls, probes, ADD_MUL.mistakes) or not_started(
            f"half done: `{started[0]}` works on two nodes, and `{missing}` is not there yet."
        )
    return _cracks(bench, cls, ADD_MUL_PROBES, ADD_MUL.mistakes)


@_calm
def _look_at_functions(cls):
    wrong = _wants_class("pow_tanh_exp", cls)
    if wrong:
        return wrong
    started = [name for name in FUNCTION_PROBES if not _does_nothing(_own(cls, name))]
    if not started:
        return not_started()
    bench = _Bench("pow_tanh_exp")
    found = _makes_leaves(bench, cls, "pow_tanh_exp")
    if found:
        return found
    for name in started:
        found = _cracks(bench, cls, FUNCTION_PROBES[name], POW_TANH_EXP.mistakes)
        if found:
            return found
    if len(started) < len(FUNCTION_PROBES):
        missing = " and ".join(f"`{name}`" for name in FUNCTION_PROBES if name not in started)
        done = " and ".join(f"`{name}`" for name in started)
        verb, wanted = ("is" if count == 1 else "are" for count in (len(started), 3 - len(started)))
        return not_started(f"half done: {done} {verb} right, and {missing} {wanted} not there yet.")
    return None


def _moved(facts):
    """What a nudge of 0.01 to the leaf in question does, by running the expression forward again in plain numbers."""
    probe, leaf = facts["probe"], facts["leaf"]
    values = list(probe.values)
    values[leaf] += 0.01
    return "abc"[leaf], float(probe.make(*values)) - probe.result if probe.words[:2] != "a." else _moved_function(probe)


def _moved_function(probe):
    return _VALUES[probe.method](probe.values[0] + 0.01) - probe.result


def _said_slope(facts):
    leaf, moved = _moved(facts)
    got = "no slope" if facts["slope"] is None else f"the slope {_num(facts['slope'])}"
    return (
        f"your `{facts['words']}` keeps {got} towards {leaf}; with {facts['where']}, raising {leaf} by 0.01 moves the "
        f"result by {_num(round(moved, 5))}."
    )


_FORGOT_RETURN = Mistake(
    "returns-nothing",
    lambda facts: f"your `{facts['words']}` gives None in place of a node.",
    "Which word hands the new node back to the caller?",
    "A method without `return` hands back None, whatever it has computed.",
    "Two lines do it: make the new node and give it a name, then hand that name back.",
)
_NUMBER = Mistake(
    "returns-number",
    lambda facts: f"your `{facts['words']}` gives a plain {facts['type']} in place of a node.",
    "How will the result know later what it was made from?",
    "A number has no memory. The result has to be a node of its own, with the number inside.",
    "With a = 2 the result of a + a, of a ** 2 or of a.tanh() is a new node: 4, 4 or 0.964 in its data, and a in its "
    "`_prev`.",
)
_IN_PLACE = Mistake(
    "in-place",
    lambda facts: f"your `{facts['words']}` changes one of its operands in place of making a new node.",
    "After t = a.tanh() or c = a + a, what should a.data be?",
    "Operands stay as they are. Each operation makes one new node.",
    "a = 2: after c = a + a there are two nodes, with the data 2 and 4. After t = a.tanh() a third one, with 0.964.",
)
_DATA = Mistake(
    "data",
    lambda facts: (
        f"your `{facts['words']}` with {facts['where']} has the data {_num(facts['data'])}, not "
        f"{_num(round(facts['probe'].result, 6))}."
    ),
    "Which numbers meet in that line, and which sign joins them?",
    "The new node's number comes from the operands' numbers alone, by the operation of its name.",
    "Do it by hand for a = 2: what is 2 + 5, 2 · 5, 2³? Then print what your line makes of them.",
)
_NO_PREV = Mistake(
    "no-prev",
    lambda facts: f"your `{facts['words']}` has the right number and remembers no parents: its `_prev` is empty.",
    "How would backward find a, if it holds nothing but the result?",
    "The constructor takes the parents too. Which arguments does your call hand over?",
    "For c = a + b the node c keeps both a and b in `_prev`, the nodes themselves. For a.tanh() it keeps a.",
)
_PREV_ITSELF = Mistake(
    "prev-itself",
    lambda facts: f"your `{facts['words']}` counts itself among its own parents.",
    "Which nodes had to exist before this one?",
    "An edge runs from what is needed to what is made from it, and never back.",
    "For c = a + b the parents of c are a and b. c is made last and is no parent of its own.",
)
_PREV_NUMBERS = Mistake(
    "prev-numbers",
    lambda facts: f"your `{facts['words']}` keeps numbers in `_prev`, not nodes.",
    "Where should backward write a gradient: into the number 2, or into the node a?",
    "Hand over the operands themselves, without `.data`.",
    "For c = a + b the check asks: does `_prev` of c hold the very object a? The number 2.0 is another object.",
)
_PREV_COPIES = Mistake(
    "prev-copies",
    lambda facts: (
        f"your `{facts['words']}` keeps copies in `_prev`: nodes with the right number that are not the operands "
        "themselves."
    ),
    "If a copy of a receives a gradient, what does a.grad say?",
    "A node that is a node already needs no new one around it.",
    "c = a + b; print(a in c._prev) should print True. A new Value with a's number in it is somebody else.",
)
_PREV_ONE = Mistake(
    "prev-one",
    lambda facts: f"your `{facts['words']}` doesn't remember all its operands in `_prev`.",
    "How many edges end in that node?",
    "Each operand that is a node belongs into `_prev`, on whichever side of the sign it stands.",
    "For c = a + b the node c keeps both a and b. From sum([a, b, c]) all three can be reached.",
)
_GRAD = Mistake(
    "grad-not-zero",
    lambda facts: f"your `{facts['words']}` starts with the gradient {_num(facts['grad'])}; nobody has sent it one.",
    "When is a gradient written into a node: forward or backward?",
    "A new node starts with a gradient of 0, also when its parents have one.",
    "c = a + b; print(c.grad) shows 0 until backward runs.",
)
_SLOPES_MISSING = Mistake(
    "slopes-missing",
    lambda facts: (
        f"your `{facts['words']}` has the right number and the right parents, and leaves nothing behind for the "
        "backward pass: no local slope."
    ),
    "What will backward multiply with when it comes to this node?",
    "One sticker for each edge: how fast does the result move when that operand moves?",
    "For m = a · b with a = 2, b = 5: raise a by 0.01 and m rises by 0.05, so the sticker towards a says 5.",
)
_SLOPES_SHORT = Mistake(
    "slopes-short",
    lambda facts: f"your `{facts['words']}` keeps another number of slopes than of parents.",
    "How many edges end in that node, and how many stickers are there?",
    "Parents and slopes are read side by side: the first slope belongs to the first parent.",
    "For two operands there are two slopes, also where both are equal.",
)
_UPSTREAM = Mistake(
    "upstream-missing",
    lambda facts: f"your `{facts['words']}` hands on its local slope alone, whatever gradient comes in from above.",
    "If the result counts three times as much for L, does a too?",
    "Upstream times local. Which of the two is missing in your line?",
    "m = a · b with b = 5, and L moves by 3 for each unit of m. Then L moves by 3 · 5 = 15 for each unit of a.",
)
_SLOPES_ADDED = Mistake(
    "slopes-added",
    lambda facts: f"your `{facts['words']}` adds its local slope to the gradient from above; rates multiply.",
    "If the local slope is 0, can anything come through?",
    "Two gears in a row: one turn of the first is 3 of the second, and one of the second is 5 of the third.",
    "Upstream 3 and local slope 5: a unit of a moves m by 5, and each of those moves L by 3. That makes 15, not 8.",
)
_A14_OPS = Mistake(
    "A14",
    lambda facts: f"your `{facts['words']}` overwrites the gradient of its parent: what was there before is lost.",
    "The node a has two customers. After both have reported, where did the first report go?",
    "A gradient is collected. `=` forgets what is there, and which sign adds to it?",
    "a + a: both edges end in a, and each brings 1. Collected, that is 2. With `=` it stays 1.",
)
_TWICE = Mistake(
    "same-parent-twice",
    lambda facts: f"in your `{facts['words']}` one of the two edges is lost: the same node stands on both sides.",
    "Raise a by 0.01. By how much does a + a move?",
    "The same node can be a parent twice. A set or a dict keeps it only once.",
    "a + a with a = 3 is 6. With a = 3.01 it is 6.02: two edges, each brings 1.",
)
_SLOPE = Mistake(
    "slope",
    _said_slope,
    "How much does the result move for each unit that this operand moves?",
    "Raise one operand by 0.01, leave the other alone, and divide what the result did by 0.01.",
    "For a · b with a = 2, b = 5: 2.01 · 5 = 10.05, so the slope towards a is 0.05 / 0.01 = 5.",
)
_SHARED_PREV = Mistake(
    "shared-prev",
    lambda facts: f"a brand-new leaf has {facts['count']} parents already: all nodes share one list.",
    "When is a list that stands in a def line made: at each call, or once?",
    "A list as a default value is one list for ever, and so is a list in the body of the class.",
    "def f(x, seen=[]): seen.append(x); return seen. Call f(1) and then f(2): the second gives [1, 2].",
)
_WHAT_AN_OPERATION_MAY_DO = (
    _FORGOT_RETURN,
    _NUMBER,
    _IN_PLACE,
    _DATA,
    _NO_PREV,
    _PREV_ITSELF,
    _PREV_NUMBERS,
    _PREV_COPIES,
    _PREV_ONE,
    _GRAD,
    _SLOPES_MISSING,
    _SLOPES_SHORT,
    _UPSTREAM,
    _SLOPES_ADDED,
    _A14_OPS,
    _SLOPE,
    _SHARED_PREV,
    Mistake(
        "wrapped-twice",
        lambda facts: f"your `{facts['words']}` wraps a node in a second node.",
        "What is inside Value(Value(2.0))?",
        "Only a plain number needs wrapping. isinstance(other, Value) tells which of the two you have.",
        "In a + b the right operand is a node already. In a + 1 it is the int 1, and becomes Value(1).",
    ),
)

ADD_MUL = Exercise(
    name="add_mul",
    lesson=LESSON,
    look=_look_at_add_mul,
    example="Value(2.0) * Value(5.0)",
    what="a class whose + and * make new nodes that remember their parents",
    known=f"+ and * in {len(ADD_MUL_PROBES)} expressions of nodes and numbers, on either side; each result knows its "
    "parents.",
    question="c = a + b: which number is in c, which nodes is it made from, and how fast does it move with each?",
    pointer="Three things go into the new node: its number, its two parents, and a local slope for each of them.",
    step="a = 2, b = 5, m = a · b: the number is 10, the parents are a and b. Raise a by 0.01: m rises by 0.05, so the "
    "slope towards a is 5. Raise b by 0.01: m rises by 0.02.",
    mistakes=(
        *_WHAT_AN_OPERATION_MAY_DO,
        _TWICE,
        Mistake(
            "not-wrapped",
            lambda facts: f"your `{facts['words']}` fails: a plain number has no `.data`.",
            "What type does `other` have in a + 1?",
            "If `other` is no node yet, make one of it in the first line. isinstance(other, Value) tells.",
            "In a + 1 Python hands the int 1 to your method. With Value(1) in its place the rest works as it is.",
        ),
        Mistake(
            "no-radd",
            lambda facts: (
                f"your `{facts['words']}` fails: with the number on the left, Python asks the int for a sum with a "
                "node, and an int can't."
            ),
            "Which method does Python try next, on the right operand?",
            "`__radd__` is the sum seen from the right-hand side. sum([...]) needs it too: it starts with 0 + a.",
            "In 1 + a Python tries the int first, then `__radd__` of a, with 1 as `other`. a + 1 you have already.",
        ),
        Mistake(
            "no-rmul",
            lambda facts: (
                f"your `{facts['words']}` fails: with the number on the left, Python asks it for a product with a "
                "node, and a number can't."
            ),
            "Which method does Python try next, on the right operand?",
            "`__rmul__` is the product seen from the right-hand side.",
            "In 2 * a Python tries the int first, then `__rmul__` of a, with 2 as `other`. a * 2 you have already.",
        ),
        Mistake(
            "right-hand-recursion",
            lambda facts: (
                f"your `{facts['words']}` calls itself without end: the right-hand method asks the number, and Python "
                "sends it straight back."
            ),
            "In `__radd__`, which of self and other is the node?",
            "The node has to stand on the left, so that its own `__add__` or `__mul__` does the work.",
            "1 + a comes to `__radd__` with self = a and other = 1. The sum with a on the left is one you can do.",
        ),
        Mistake(
            "A19",
            lambda facts: f"your `{facts['words']}` keeps each operand's own number as the slope towards it.",
            "Nudge a by 0.01 in a·b with b = 5. By how much does the product move?",
            "The slope towards one factor is something the other factor knows.",
            "a = 2, b = 5: 2 · 5 = 10 and 2.01 · 5 = 10.05. The product moved 5 times as far as a.",
        ),
        Mistake(
            "slopes-of-times",
            lambda facts: f"your `{facts['words']}` keeps the operands' numbers as slopes; those belong to a product.",
            "Nudge a by 0.01 in a + b. By how much does the sum move?",
            "A sum passes on every move of an operand as it is, however large the other one is.",
            "2 + 5 = 7 and 2.01 + 5 = 7.01. The sum moved as far as a.",
        ),
        Mistake(
            "slopes-of-plus",
            lambda facts: f"your `{facts['words']}` keeps the slopes 1 and 1; those belong to a sum.",
            "Nudge a by 0.01 in a·b with b = 5. By how much does the product move?",
            "In a product each factor sets how much the other one counts.",
            "2 · 5 = 10 and 2.01 · 5 = 10.05. The product moved 5 times as far as a.",
        ),
    ),
)

POW_TANH_EXP = Exercise(
    name="pow_tanh_exp",
    lesson=LESSON,
    look=_look_at_functions,
    example="Value(3.0) ** 2",
    what="a power, a tanh and an exp, each a node with one parent and one slope",
    known="powers 2, 3, 4, 1, ½ and −1, tanh and exp, each at 4 places and more, with number, parent and slope.",
    question="At a = 3, what is a², and how much does it move if a rises by 0.01?",
    pointer="Each makes one new node with one parent. A nudge of 0.01 by hand tells the slope before any formula does.",
    step="a = 3: 3² = 9 and 3.01² = 9.0601. That is 0.0601 for 0.01, so the slope is 6, twice the 3. For a³ at 2: 8 "
    "and 8.1206, slope 12.",
    mistakes=(
        *_WHAT_AN_OPERATION_MAY_DO,
        Mistake(
            "caret",
            lambda facts: f"your `{facts['words']}` uses `^`, which is no power in Python.",
            "Which sign means “to the power of” in Python?",
            "`^` works on the bits of whole numbers. Two stars make a power.",
            "In Python 3 ^ 2 is 1, and 3 ** 2 is 9.",
        ),
        Mistake(
            "A13",
            lambda facts: (
                f"your tanh takes its slope from the number that goes in: at a = {_num(facts['probe'].values[0])} it "
                f"keeps {_num(facts['slope'])}."
            ),
            "tanh never falls, yet that slope is negative at a = 2. Which stored value belongs in the square?",
            "1 − t² is right for the t that comes out of the machine, not for what goes in.",
            "a = 2: tanh gives 0.9640. 1 − 0.9640² is 0.0707, and tanh(2.01) − tanh(2) is 0.0007. 1 − 2² would be −3.",
        ),
        Mistake(
            "tanh-not-squared",
            lambda facts: (
                f"your tanh keeps the slope {_num(facts['slope'])} at a = {_num(facts['probe'].values[0])}: a square "
                "is missing."
            ),
            "What is the slope for a = −1.25, and can it be larger than 1?",
            "The steepest place of tanh is 0, with slope 1. To both sides it gets flatter, the same way.",
            "a = 0.5: tanh gives 0.4621. Raise a by 0.01: 0.4699, a slope of 0.79. That is 1 − 0.4621².",
        ),
        Mistake(
            "tanh-as-sigmoid",
            "your tanh keeps the slope of the sigmoid, t · (1 − t).",
            "What is the steepest slope of tanh, and what does your formula say at 0?",
            "The sigmoid and tanh look alike and have different slopes.",
            "At a = 0: tanh(0.01) is 0.01, so the slope there is 1. Your formula gives 0 there.",
        ),
        Mistake(
            "slope-is-value",
            lambda facts: f"your `{facts['words']}` keeps its own value as its slope; only exp may do that.",
            "Raise a by 0.01. By how much does the result move?",
            "Of the functions in this exercise one is its own slope, and it is not this one.",
            "At a = 0 tanh is 0, and tanh(0.01) is 0.01: the slope there is 1. At a = 3, a² is 9 with a slope of 6.",
        ),
        Mistake(
            "slope-is-one",
            lambda facts: f"your `{facts['words']}` keeps the slope 1 at every place.",
            "Is the curve as steep at 2 as at 0?",
            "A slope of 1 everywhere belongs to a straight line.",
            "exp(2) is 7.389 and exp(2.01) is 7.463: 0.074 for 0.01, a slope of 7.4.",
        ),
        Mistake(
            "exp-as-power",
            lambda facts: (
                f"your exp is differentiated like a power: at a = {_num(facts['probe'].values[0])} it keeps "
                f"{_num(facts['slope'])}."
            ),
            "In eᵃ, does the variable stand below or above?",
            "The rule “exponent in front, one less above” is for aⁿ, where the exponent is a fixed number.",
            "exp(2) is 7.389 and exp(2.01) is 7.463: 0.074 for 0.01, a slope of 7.4, as large as exp(2) itself.",
        ),
        Mistake(
            "slope-is-input",
            "your exp keeps the number that goes in as its slope.",
            "At a = 0, is exp flat?",
            "There is one stored number that is also the slope of exp. It is not the input.",
            "exp(0) is 1 and exp(0.01) is 1.01: the slope at 0 is 1.",
        ),
        Mistake(
            "factor-missing",
            lambda facts: (
                f"your `{facts['words']}` keeps the slope {_num(facts['slope'])}: the exponent in front is missing."
            ),
            "At a = 3, how far does a² move for 0.01?",
            "A square is a · a: a stands there twice, and each of them counts.",
            "3² = 9 and 3.01² = 9.0601: a slope of 6, twice the 3.",
        ),
        Mistake(
            "power-not-lowered",
            lambda facts: (
                f"your `{facts['words']}` keeps the slope {_num(facts['slope'])}: the power is still as high as before."
            ),
            "The slope of a square: is it a square too, or a straight line?",
            "One factor a has been used up by the nudge. How many are left?",
            "a³ at 2: 8 and 2.01³ = 8.1206, a slope of 12 = 3 · 2². With 2³ it would be 24.",
        ),
        Mistake(
            "lowered-too-early",
            lambda facts: (
                f"your `{facts['words']}` keeps the slope {_num(facts['slope'])}: the factor in front is one too small."
            ),
            "Which number goes in front: the exponent before or after it is lowered?",
            "Take the factor first, lower the power afterwards.",
            "a³ at 2: 8 and 2.01³ = 8.1206, a slope of 12 = 3 · 2². With 2 in front it would be 8.",
        ),
        Mistake(
            "power-forgotten",
            lambda facts: (
                f"your `{facts['words']}` keeps the slope {_num(facts['slope'])}: it doesn't depend on the power as it "
                "should."
            ),
            "For a³, how many factors a are left beside the one you nudge?",
            "2a is the slope of a square. Higher powers have higher slopes.",
            "a³ at 2: 8 and 2.01³ = 8.1206, a slope of 12 = 3 · 2².",
        ),
    ),
)


# A stand-in for a learner's class, so that topo and zero_grad can be looked at by themselves


class Node:
    """A small engine with stored slopes. Learners may hang what they like on its nodes, as on their own."""

    def __init__(self, data, parents=(), slopes=(), op="", label=""):
        self.data, self.grad = float(data), 0.0
        self._prev, self._slopes, self._op, self.label = tuple(parents), tuple(slopes), op, label

    def _made(self, op, *operands):
        given = [each.data if isinstance(each, Node) else each for each in (self, *operands)]
        out = _VALUES[op](*given)
        slopes = zip((self, *operands), _SLOPES[op](out, *given), strict=True)
        pairs = [(each, slope) for each, slope in slopes if isinstance(each, Node)]
        return Node(out, [each for each, _ in pairs], [slope for _, slope in pairs], op)

    def __add__(self, other):
        return self._made("+", other)

    def __mul__(self, other):
        return self._made("*", other)

    def __sub__(self, other):
        return self._made("-", other)

    def __neg__(self):
        return self._made("neg")

    def __pow__(self, n):
        return self._made("**", n)

    def tanh(self):
        return self._made("tanh")

    def exp(self):
        return self._made("exp")

    __radd__, __rmul__ = __add__, __mul__


Node.__name__ = "Value"  # so that an error message speaks of the class that the learner knows


def _learners_class(function):
    """The class `Value` that stands beside a learner's function, if it can add and multiply; else None."""
    cls = getattr(function, "__globals__", {}).get("Value")
    if cls is None or not _is_class(cls):
        return None
    bench = _Bench("Value", HURRIED)
    for probe in ADD_MUL_PROBES[:2]:
        facts = bench.run("your class", _facts, cls, probe)
        if isinstance(facts, Trouble) or facts.get("prev") != "right":
            return None
    return cls


def _on_stand_in_or_own(look, function):
    """The look's finding on the stand-in, or, where that doesn't do, on the learner's own class if it goes well there.

    A walk may rest on a method or a name that only the learner's class has.
    """
    found = look(function, Node)
    if found is None or found.right or not found.started:
        return found
    cls = _learners_class(function)
    if cls is None:
        return found
    own = look(function, cls)
    if own is None or own.right:
        return own
    return own if found.name in ("exception", "earlier") else found


# 4 topo

DRAWN = drawn(8, (), lambda rng: (_drawn_graph(rng),))
TOPO_GRAPHS = (ALONE, SUM, G1, G2, DOUBLED, DIAMOND, LONG_WAY, TWO_BILLS, SAME_NUMBERS, _fan(30), *DRAWN)


def _walk_facts(function, make_node, graph):
    """What topo returned for the graph, in names and numbers. Runs under the guard."""
    nodes = _build(make_node, graph)
    everything = _reach(nodes[graph.root])
    before = {id(node): [id(each) for each in _items(node)] for node in everything}
    data = [_float(node.data) for node in everything]
    result = function(nodes[graph.root])
    facts = {"type": type(result).__name__, "graph": graph, "nothing": result is None, "dots": result is ...}
    facts["changed"] = any([id(each) for each in _items(n)] != before[id(n)] for n in everything)
    facts["changed"] |= any(_float(node.data) != old for node, old in zip(everything, data, strict=True))
    if isinstance(result, str) or not isinstance(result, list | tuple | dict | set | collections.deque):
        return facts | {"items": None}
    names = {id(node): name for name, node in nodes.items()}
    known = {id(node) for node in everything}
    facts["items"] = [names.get(id(item), "" if id(item) in known else _stranger(item, nodes)) for item in result]
    facts["walks"] = _walks_of(nodes, graph, names)
    facts["again"] = None
    if isinstance(result, list | tuple) and len(result) < 100:
        second = function(nodes[graph.root])
        same = isinstance(second, list | tuple) and [id(i) for i in second] == [id(i) for i in result]
        facts["again"] = same
    return facts


def _stranger(item, nodes):
    """What an entry is that is no node of this graph."""
    if _is_node(item):
        return "!node"
    if isinstance(item, str):
        return "!text"
    return "!number" if isinstance(item, int | float) else "!other"


def _walks_of(nodes, graph, names):
    """The orders that the usual other walks over these nodes give, as lists of names."""
    if len(nodes) > 100:
        return {}

    def named(order):
        return [names[id(node)] for node in order if id(node) in names]

    root = nodes[graph.root]
    walks = {}
    for turned in (False, True):
        kids = (lambda n: _parents(n)[::-1]) if turned else _parents
        walks[f"pre-order {turned}"] = named(_once(root, kids, "pre"))
        walks[f"breadth {turned}"] = named(_once(root, kids, "breadth"))
        walks[f"stack {turned}"] = named(_once(root, kids, "stack"))
    return walks


def _once(root, kids, kind):
    """Each node once: in pre-order, breadth-first, or from a stack that marks nodes when they are put on it."""
    order, waiting, seen = [], collections.deque([root]), {id(root)} if kind != "pre" else set()
    while waiting:
        node = waiting.popleft() if kind == "breadth" else waiting.pop()
        if kind == "pre":
            if id(node) in seen:
                continue
            seen.add(id(node))
            waiting.extend(reversed(kids(node)))
        order.append(node)
        if kind != "pre":
            for each in kids(node):
                if id(each) not in seen:
                    seen.add(id(each))
                    waiting.append(each)
    return order


def _early_pair(graph, items):
    """The first (node, parent) of which the parent stands later in the list, or None."""
    at = {name: i for i, name in enumerate(items)}
    for name in items:
        for parent in graph.parents.get(name, ()):
            if at.get(parent, -1) > at[name]:
                return name, parent
    return None


@_calm
def _look_at_topo(answer):
    return _topo(answer)


def _topo(answer):
    if _is_class(answer) and not _does_nothing(_own(answer, "topo")):
        answer = answer.topo
    if inspect.isfunction(answer) and _does_nothing(answer):
        return not_started()
    wrong = _wants_function("topo", ("root",), answer)
    return wrong or _on_stand_in_or_own(_topo_on, answer)


def _topo_on(function, make_node):
    bench, all_facts = _Bench("topo"), []
    for graph in TOPO_GRAPHS:
        facts = bench.run("your function", _walk_facts, function, make_node, graph)
        if isinstance(facts, Trouble):
            return _troubled(
                facts,
                bench.printed,
                "Call it on something tiny first: on a leaf alone, then on a + b.",
                "For a leaf the list has one entry, the leaf. For a + b it has three: both leaves, then the sum.",
            )
        if facts["dots"]:
            return not_started()
        if facts["items"] is None:
            return _no_list(facts, bench, function)
        all_facts.append(facts)
    name, facts = _list_mistake(all_facts)
    if name:
        if _has_blank(function):
            return _left_blank("your function")
        return _named(TOPO.mistakes, name, bench.printed, **facts)
    return _topo_on_large(function, make_node, bench)


def _no_list(facts, bench, function):
    if facts["nothing"]:
        if _has_blank(function):
            return _left_blank("your function")
        return _troubled(
            numbers(None, (), "", bench.printed),
            bench.printed,
            "The list is filled inside. What stands behind `return` is what the caller gets.",
            "def f(): seen = [1, 2] gives None. With return seen as its last line it gives the list.",
        )
    return _troubled(
        Trouble(
            "type",
            f"your function returns a thing of type {one_line(facts['type'], 30)}; a list of nodes is wanted.",
            "What is a walk over many nodes collected in?",
        ),
        bench.printed,
        "Start with an empty list, append each node when its turn has come, return the list.",
        "For a + b the list has three entries: the two leaves in either order, then the sum.",
    )


def _list_mistake(all_facts):
    """(name, facts) of what is amiss with the lists, or (None, {})."""
    for facts in all_facts:
        if facts["type"] == "set":
            return "set", {}
        if facts["changed"]:
            return "changes-graph", {"words": facts["graph"].words}
        odd = next((item for item in facts["items"] if item[:1] == "!"), None)
        if odd == "!node":
            return "remembers", {"words": facts["graph"].words}
        if odd:
            return "no-nodes", {"what": {"!text": "texts", "!number": "numbers"}.get(odd, "other things than nodes")}
    for facts in all_facts:
        graph, items = facts["graph"], facts["items"]
        double = next((name for name, count in collections.Counter(items).items() if name and count > 1), None)
        if double:
            twice = collections.Counter(items)[double]
            return "duplicates", {"words": graph.words, "node": double, "count": twice, "list": _listed(items)}
    missing = _missing(all_facts)
    if missing:
        return missing
    turned = all(_early_pair(facts["graph"], facts["items"][::-1]) is None for facts in all_facts)
    for facts in all_facts:
        pair = _early_pair(facts["graph"], facts["items"])
        if pair:
            about = {"node": pair[0], "parent": pair[1], "list": _listed(facts["items"]), "words": facts["graph"].words}
            if turned:
                return "results-first", about
            for kind in ("breadth", "pre-order", "stack"):
                if _is_walk(all_facts, kind):
                    return "A17", about | {"kind": "breadth-first" if kind == "breadth" else "pre-order"}
            return "unsorted", about
    if any(facts["again"] is False for facts in all_facts):
        return "remembers", {"words": all_facts[0]["graph"].words}
    return None, {}


def _is_walk(all_facts, kind):
    """Whether all lists are this walk over the graph, forwards or backwards, parents taken in one of both orders."""
    for side, turned in itertools.product((False, True), (1, -1)):
        if all(f["walks"].get(f"{kind} {side}") == [i for i in f["items"] if i][::turned] for f in all_facts):
            return True
    return False


def _missing(all_facts):
    """(name, facts) where nodes are missing from the lists, or None."""
    lost = [(f["graph"], [name for name in f["graph"].names if name not in f["items"]]) for f in all_facts]
    if not any(names for _, names in lost):
        return None
    graph, names = next(((g, n) for g, n in lost if n and g is not ALONE), (ALONE, ALONE.names))
    facts = {"words": graph.words, "node": names[0], "nodes": ", ".join(names[:5])}
    inner = [(graph, names) for graph, names in lost if len(graph.steps) > 1]
    if all(names == [graph.root] for graph, names in inner):
        return "root-missing", facts
    if all(names == graph.leaves for graph, names in inner):
        return "leaves-missing", facts
    if all(names == (g.names if len(g.steps) == 1 else [*g.leaves, g.root]) for g, names in lost):
        return "leaves-missing", facts
    if not any(names for graph, names in lost if graph is not SAME_NUMBERS and not _has_twins(graph)):
        return "by-number", facts
    return "nodes-missing", facts


def _has_twins(graph):
    values = list(graph.forward().values())
    return len({round(value, 9) for value in values}) < len(values)


def _listed(items):
    """A list of names for a sentence, at most eight of them."""
    shown = [item or "·" for item in items[:8]]
    return f"[{', '.join(shown)}{', …' * (len(items) > 8)}]"


def _topo_on_large(function, make_node, bench):
    """The Verdict on a ladder with very many paths and on a long chain, or None."""
    for graph in (_ladder(STAGES), _chain(DEEP)):
        hurried = _Bench("topo", HURRIED)
        facts = hurried.run(f"on {graph.words} your function", _walk_facts, function, make_node, graph)
        if isinstance(facts, Trouble):
            if facts.kind in ("recursion", "time", "memory") and graph.words.startswith("a chain"):
                return _named(TOPO.mistakes, "recursion" if facts.kind == "recursion" else "slow", bench.printed)
            if facts.kind in ("time", "memory", "recursion"):
                return _named(TOPO.mistakes, "every-path" if facts.kind != "recursion" else "recursion", bench.printed)
            return _troubled(facts, bench.printed)
        name, about = _list_mistake([facts])
        if name:
            return _named(TOPO.mistakes, name, bench.printed, **about)
    return None


TOPO = Exercise(
    name="topo",
    lesson=LESSON,
    parameters=("root",),
    look=_look_at_topo,
    example="topo(a + b)",
    what="all nodes of the graph, each once, each after its parents",
    known=f"each node once and after its parents, on {len(TOPO_GRAPHS) + 2} graphs, among them a chain of {DEEP:,} "
    "nodes and one with more than a trillion paths.",
    question="For s = a + b, which of the three nodes may stand first in the list, and which has to be last?",
    pointer="A node may be put down once all its parents are down. So go to the parents first, then put down the node.",
    step="t = a + b, s = t · a: start at s. Its parents are t and a. t needs a and b: put down a, b, then t. a is down "
    "already. Now s. The list is a, b, t, s.",
    mistakes=(
        Mistake(
            "results-first",
            lambda facts: (
                f"your list runs the wrong way round: for {facts['words']} it is {facts['list']}, results before what "
                "they are made from."
            ),
            "Which node can be computed first, the root or a leaf?",
            "Backward will read this list from its end. In the list itself a node comes after its parents.",
            "For s = a + b the list is a, b, s. Yours starts with s.",
        ),
        Mistake(
            "duplicates",
            lambda facts: f"for {facts['words']} the node {facts['node']} stands {facts['count']} times in your list.",
            "Two edges leave that node. How often is it visited, and how often should it be put down?",
            "Keep a set of the nodes you have been at, and look into it before anything else.",
            "t = a + b, s = t · a: you come to a twice, from t and from s. The second time it is down already.",
        ),
        Mistake(
            "A17",
            lambda facts: (
                f"each node is there once, and your list is a {facts['kind']} walk: for {facts['words']}, "
                f"{facts['node']} stands before {facts['parent']}, which it is made from."
            ),
            "In L = q² + p: when p sends its gradient on, has q already reported?",
            "Nearness to the root says little: in L = q² + p, p is one edge from L, and q, which needs p, is two away.",
            "t = a + b, s = t · a: a is a parent of s, and t needs a too. A node waits until all its parents are down, "
            "not until one customer has come by.",
        ),
        Mistake(
            "unsorted",
            lambda facts: (
                f"for {facts['words']} your list is {facts['list']}: {facts['node']} stands before {facts['parent']}, "
                "which it is made from."
            ),
            "When is a node put down: before or after its parents?",
            "First do all the parents, whatever that takes. Put the node itself down last.",
            "t = a + b, s = t · a: at s, go to t first. t sends you to a and b. Down go a, b, t, and at last s.",
        ),
        Mistake(
            "root-missing",
            lambda facts: f"for {facts['words']} the root {facts['node']} is not in your list.",
            "Which node starts the backward pass?",
            "The root is a node like the others: it comes after its parents, so it stands at the end.",
            "For s = a + b the list has three entries, and the last one is s.",
        ),
        Mistake(
            "leaves-missing",
            lambda facts: f"for {facts['words']} the leaves are not in your list: {facts['nodes']}.",
            "Who should receive the gradients in the end?",
            "A leaf has no parents, so there is nothing to wait for. It still has to be put down.",
            "For s = a + b the list has three entries: a and b are in it.",
        ),
        Mistake(
            "by-number",
            lambda facts: (
                f"nodes with the same number become one in your list: for {facts['words']}, {facts['node']} is missing."
            ),
            "a = Value(2.0) and b = Value(2.0): one node or two?",
            "Remember the nodes themselves in your set, not what is in them. Labels may be empty or equal as well.",
            "a = 2, b = 2, s = a + b: three nodes, though two of them hold a 2. The list has three entries.",
        ),
        Mistake(
            "nodes-missing",
            lambda facts: f"for {facts['words']} these nodes are not in your list: {facts['nodes']}.",
            "Which edges does your walk never follow?",
            "Every parent of every node has to be visited, however deep it lies.",
            "t = a + b, s = t · a: four nodes. From s the walk goes to t and to a, from t to a and to b.",
        ),
        Mistake(
            "no-nodes",
            lambda facts: f"your list holds {facts['what']}; the nodes themselves are wanted.",
            "What will backward need: the number in the node, or the node?",
            "Append the node as it is, without `.data` or `.label`.",
            "topo(a + b)[0] should be an object with `data`, `grad` and `_prev`.",
        ),
        Mistake(
            "set",
            "your function returns a set, and a set has no order.",
            "Which of the three nodes of a + b comes last in a set?",
            "Use two things side by side: a set to know where you have been, a list for the order.",
            "A list keeps what is appended in the order in which it came.",
        ),
        Mistake(
            "remembers",
            lambda facts: (
                "your function keeps nodes from one call to the next: they turn up in another graph's list, or are "
                "missing when the same graph comes again."
            ),
            "When is a list that stands in a def line made: at each call, or once?",
            "Make the list and the set inside the function, anew for each call. A helper inside may share them.",
            "def f(x, seen=[]): seen.append(x); return seen. Call f(1) and then f(2): the second gives [1, 2].",
        ),
        Mistake(
            "changes-graph",
            lambda facts: f"after your function has run, the nodes of {facts['words']} are no longer what they were.",
            "Which line writes into a node, or takes something out of its `_prev`?",
            "A walk only looks. Copy a list before you take things out of it.",
            "parents = list(node._prev) may be emptied. node._prev itself belongs to the graph.",
        ),
        Mistake(
            "recursion",
            f"your function is right on small graphs, and on a chain of {DEEP:,} nodes Python stops it: it calls "
            "itself once for each node.",
            "How many calls are open at the same time when your walk has reached the leaf of a long chain?",
            "Python allows about 1,000 open calls, a notebook about 3,000. A list of your own can remember where to go "
            "back to.",
            "Put (node, False) on a list. Take the last entry off: if False, put it back with True, then its parents "
            "with False. If True, all its parents are down, so put it down too.",
        ),
        Mistake(
            "slow",
            f"your function is right on small graphs, and on a chain of {DEEP:,} nodes it takes more than "
            f"{HURRIED.call:g} seconds.",
            "How much work does your walk do for each node, and does it grow with the length of the list?",
            "To ask whether a node is in a list means to read the list. A set answers at once.",
            f"{DEEP:,} nodes, and for each a list of up to {DEEP:,} entries: {DEEP**2 // 2:,} comparisons. With a set "
            f"it is {DEEP:,}.",
        ),
        Mistake(
            "every-path",
            f"your list is right on small graphs, and on one with {STAGES} two-way stages your function never comes to "
            "its end: it walks along every path.",
            f"Each stage makes two nodes from one and adds them. {STAGES} stages: how many paths, and how many nodes?",
            "Ask whether you have been at a node before you go to its parents, not after.",
            f"10 stages have 1,024 paths and 31 nodes, {STAGES} stages have {2**STAGES:,} paths and {3 * STAGES + 1} "
            "nodes. Each node needs one visit.",
        ),
    ),
)


# 5 backward


@dataclass
class Sweep:
    """What one backward pass did to a graph built in the learner's class, in plain numbers.

    `grads` and `data` belong to the graph's named steps. `at` says where these are among all nodes that were found,
    hidden ones included; `kids` has for each of those the positions of its parents, as `_prev` gives them.
    """

    graph: Graph
    grads: dict
    before: dict
    data: dict
    at: dict = field(default_factory=dict)
    kids: list = field(default_factory=list)
    numbers: list = field(default_factory=list)
    fresh: float | None = 0.0
    dots: bool = False

    @property
    def right(self):
        return _agrees(self.grads, self.graph.gradients())


def _agrees(grads, truth, names=None):
    """Whether the gradients of these names are the true ones; where the truth is 0, None will do."""
    names = list(truth if names is None else names)
    got = [0.0 if grads[name] is None and truth[name] == 0 else grads[name] for name in names]
    return None not in got and close(got, [truth[name] for name in names])


def _run_backward(make_node, graph, can):
    """Build the graph, call backward, look. Runs under the guard."""
    nodes = _build(make_node, graph, can)
    sweep = Sweep(graph, {}, {name: _float(node.data) for name, node in nodes.items()}, {})
    if len(nodes) < 100:
        found = _reach(*nodes.values())
        place = {id(node): i for i, node in enumerate(found)}
        sweep.at = {name: place[id(node)] for name, node in nodes.items()}
        sweep.kids = [[place[id(each)] for each in _parents(node)] for node in found]
        sweep.numbers = [_float(node.data) for node in found]
    sweep.dots = nodes[graph.root].backward() is ...
    sweep.grads = {name: _float(node.grad) for name, node in nodes.items()}
    sweep.data = {name: _float(node.data) for name, node in nodes.items()}
    sweep.fresh = _float(make_node(1.0).grad)
    return sweep


def _run_seeded(make_node, graph, can):
    """The gradients when the root's is set to 1 by hand before backward is called."""
    nodes = _build(make_node, graph, can)
    nodes[graph.root].grad = 1.0
    nodes[graph.root].backward()
    return {name: _float(node.grad) for name, node in nodes.items()}


def _run_again(make_node, graph, can):
    """The gradients after one call, a second one, zeros by hand and a third; whether an older graph kept its own."""
    nodes, older = _build(make_node, graph, can), _build(make_node, PRODUCT, can)
    older["m"].backward()
    kept = {name: _float(node.grad) for name, node in older.items()}
    nodes[graph.root].backward()
    first = {name: _float(node.grad) for name, node in nodes.items()}
    nodes[graph.root].backward()
    second = {name: _float(node.grad) for name, node in nodes.items()}
    for node in _reach(*nodes.values()):
        node.grad = 0.0
    nodes[graph.root].backward()
    third = {name: _float(node.grad) for name, node in nodes.items()}
    return first, second, third, kept == {name: _float(node.grad) for name, node in older.items()}


def _run_changed(make_node, graph, can, leaf, value):
    """The gradients when a leaf's number is changed between forward and backward; None if it can't be changed."""
    nodes = _build(make_node, graph, can)
    try:
        nodes[leaf].data = value
    except AttributeError:  # a class that doesn't allow it is on the safe side
        return None
    nodes[graph.root].backward()
    return {name: _float(node.grad) for name, node in nodes.items()}


# The known wrong walks, recomputed on the very nodes that the learner's class made


@dataclass(frozen=True)
class Wrong:
    """A backward pass with something changed: how it walks, writes and combines, what it starts with.

    walk     "order", "forward" (the same from the wrong end), or another one of _WALKS
    write    "+=", "=", "= in" one operation (then `op`), or "first": only into a gradient that is still 0
    combine  "times", "slope": without what comes from above, or "plus"
    seed     the root's gradient, or "data"
    local    "", "own": a product sends its operands their own number, "plus": a minus is sent as a plus
    parents  "each", or "once": a parent that stands twice is paid once
    sweeps   how many times over
    """

    walk: str = "order"
    write: str = "+="
    combine: str = "times"
    seed: float | str = 1.0
    local: str = ""
    parents: str = "each"
    sweeps: int = 1
    variant: int = 0  # which of several orders or sides


@dataclass
class Model:
    """A learner's graph as positions: `edges` as (parent, slope, parent's number, operation), `kids` to walk along."""

    edges: list
    kids: list
    numbers: list
    root: int
    at: dict


def _model(sweep):
    """The Model of the learner's own nodes; where they can't be understood, of the graph as it was ordered."""
    graph = sweep.graph
    values, edges = graph.forward(), graph.edges()
    ops = {name: op for name, op, *_ in graph.steps}
    if sweep.kids:
        found = [[] for _ in sweep.kids]
        named = {place: name for name, place in sweep.at.items()}
        for place, kids in enumerate(sweep.kids):
            name = named.get(place)
            wanted = [(sweep.at[o], slope, values[o], ops[name]) for o, slope in edges.get(name, ())]
            if name is not None and all(parent in kids for parent, *_ in wanted):
                found[place] = wanted
            elif kids or wanted:
                found[place] = _inferred(sweep, place, kids)
        if None not in found:
            return Model(found, sweep.kids, sweep.numbers, sweep.at[graph.root], sweep.at)
    at = {name: i for i, name in enumerate(graph.names)}
    found = [[(at[o], slope, values[o], ops[name]) for o, slope in edges.get(name, ())] for name in graph.names]
    return Model(found, [[edge[0] for edge in each] for each in found], list(values.values()), at[graph.root], at)


def _inferred(sweep, place, kids):
    """The edges of a node that the learner's minus made on its way, from the numbers alone; None if they don't tell."""
    number, values = sweep.numbers[place], [sweep.numbers[kid] for kid in kids]
    if len(kids) == 1 and _near(number, -values[0]):
        return [(kids[0], -1.0, values[0], "neg")]
    if len(kids) != 2:
        return None
    for op in ("+", "-", "*"):
        if _near(number, _VALUES[op](*values)):
            slopes = _SLOPES[op](number, *values)
            return [(kid, slope, value, op) for kid, slope, value in zip(kids, slopes, values, strict=True)]
    return None


def _simulate(model, wrong):
    """The gradients, by position, that this wrong backward pass gives."""
    grads = [0.0] * len(model.edges)
    sides = (lambda kids: kids) if wrong.variant % 2 == 0 else (lambda kids: kids[::-1])
    kids = [sides(each) for each in model.kids]

    def pay(place, parent, slope, number, op):
        if wrong.local == "own" and op == "*":
            slope = number
        elif wrong.local == "plus" and op in ("-", "neg"):
            slope = abs(slope)
        gradient = grads[place]
        amount = {"times": slope * gradient, "slope": slope, "plus": slope + gradient}[wrong.combine]
        overwrites = wrong.write == "=" or wrong.write == f"= in {op}"
        if overwrites or (wrong.write == "first" and grads[parent] == 0):
            grads[parent] = amount
        elif wrong.write != "first":
            grads[parent] += amount

    def process(place):
        edges = model.edges[place]
        if wrong.parents == "once":
            edges = list({edge[0]: edge for edge in edges}.values())
        for edge in edges:
            pay(place, *edge)

    for _ in range(wrong.sweeps):
        grads[model.root] = model.numbers[model.root] if wrong.seed == "data" else float(wrong.seed)
        if wrong.walk == "recursion":
            _recurse(model.root, kids, process, [4000])
        elif wrong.walk == "one by one":
            _recurse_one_by_one(model, model.root, pay, wrong.variant, [4000])
        elif wrong.walk == "seeding":
            _recurse_seeding(model, model.root, kids, process, grads, [4000])
        elif wrong.walk == "queue":
            _queue(model.root, kids, process, 4000)
        else:
            for place in _places(model, wrong.walk, kids, wrong.variant):
                process(place)
    return grads


def _recurse(place, kids, process, left):
    left[0] -= 1
    if left[0] > 0:
        process(place)
        for kid in kids[place]:
            _recurse(kid, kids, process, left)


def _recurse_one_by_one(model, place, pay, side, left):
    left[0] -= 1
    if left[0] > 0:
        for edge in model.edges[place][:: -1 if side % 2 else 1]:
            pay(place, *edge)
            _recurse_one_by_one(model, edge[0], pay, side, left)


def _recurse_seeding(model, place, kids, process, grads, left):
    left[0] -= 1
    if left[0] > 0:
        grads[place] = 1.0
        process(place)
        for kid in kids[place]:
            _recurse_seeding(model, kid, kids, process, grads, left)


def _queue(root, kids, process, left):
    waiting = collections.deque([root])
    while waiting and left:
        place, left = waiting.popleft(), left - 1
        process(place)
        waiting.extend(kids[place])


def _places(model, walk, kids, variant):
    """The positions in the order of a walk that comes to each node once."""
    if walk in ("order", "forward"):
        order = _waiting_order(model) if variant >= 2 else _postorder(model.root, kids)[::-1]
        return order if walk == "order" else order[::-1]
    order, waiting = [], collections.deque([model.root])
    seen = set() if walk in ("pre-order", "breadth late") else {model.root}
    while waiting:
        place = waiting.pop() if walk in ("pre-order", "stack") else waiting.popleft()
        if walk in ("pre-order", "breadth late"):
            if place in seen:
                continue
            seen.add(place)
            waiting.extend(kids[place][::-1] if walk == "pre-order" else kids[place])
        order.append(place)
        if walk in ("breadth", "stack"):
            for kid in kids[place]:
                if kid not in seen:
                    seen.add(kid)
                    waiting.append(kid)
    return order


def _postorder(root, kids):
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        place, ready = stack.pop()
        if ready:
            order.append(place)
        elif place not in seen:
            seen.add(place)
            stack.append((place, True))
            stack.extend((kid, False) for kid in reversed(kids[place]))
    return order


def _waiting_order(model):
    """Each node when its last customer has been processed; the root first."""
    reached = _postorder(model.root, model.kids)
    customers = collections.Counter(kid for place in reached for kid in model.kids[place])
    order, ready = [], collections.deque([model.root])
    while ready:
        place = ready.popleft()
        order.append(place)
        for kid in model.kids[place]:
            customers[kid] -= 1
            if customers[kid] == 0:
                ready.append(kid)
    return order


_ORDERS = (0, 1, 2)
_WALKS = (  # name of the mistake, the walk, its variants
    ("A17", "pre-order", (0, 1)),
    ("A17", "breadth", (0, 1)),
    ("A17", "breadth late", (0, 1)),
    ("A17", "stack", (0, 1)),
    ("A16", "recursion", (0, 1)),
    ("A16", "one by one", (0, 1)),
    ("A16", "queue", (0, 1)),
    ("seed-everywhere", "seeding", (0, 1)),
    ("not-reversed", "forward", _ORDERS),
)
_WRITES = (
    ("A14", "="),
    ("A14", "= in *"),
    ("A14", "= in +"),
    ("A14", "= in -"),
    ("first-customer", "first"),
)
_RULE_SLIPS = (
    ("A19", {"local": "own"}),
    ("A20", {"local": "plus"}),
    ("upstream-missing", {"combine": "slope"}),
    ("slopes-added", {"combine": "plus"}),
    ("same-parent-twice", {"parents": "once"}),
    ("seed-data", {"seed": "data"}),
)


def _single_slips():
    """(name, Wrong) of every single mistake, the likelier ones first."""
    for name, change in _RULE_SLIPS:
        yield name, Wrong(**change)
    for name, write in _WRITES:
        for variant in _ORDERS:
            yield name, Wrong(write=write, variant=variant)
    for name, walk, variants in _WALKS:
        for variant in variants:
            yield name, Wrong(walk=walk, variant=variant)
    yield "A15", Wrong(sweeps=2)


def _double_slips():
    """(name of the one to tell first, Wrong) of pairs: a rule, a way to write, a walk."""
    walks = [(name, {"walk": walk, "variant": v}) for name, walk, variants in _WALKS for v in variants]
    writes = [(name, {"write": write}) for name, write in _WRITES]
    for (name, one), (_, other) in itertools.product(_RULE_SLIPS, walks):
        yield name, Wrong(**one, **other)
    for (name, one), (_, other), variant in itertools.product(_RULE_SLIPS, writes, _ORDERS):
        yield name, Wrong(**one, **other, variant=variant)
    for (name, one), (_, other) in itertools.product(writes, walks):
        yield name, Wrong(**one, **other)
    for (name, one), (_, other) in itertools.combinations(_RULE_SLIPS, 2):
        if not set(one) & set(other):
            yield name, Wrong(**one, **other)


def _explains(sweeps, models, wrong):
    """Whether this wrong pass gives the learner's gradients on every graph, at every named node."""
    for sweep, model in zip(sweeps, models, strict=True):
        grads = _simulate(model, wrong)
        got = [0.0 if sweep.grads[name] is None else sweep.grads[name] for name in sweep.graph.names]
        if not close(got, [grads[model.at[name]] for name in sweep.graph.names]):
            return False
    return True


def _identify(sweeps):
    """(name, whether a second slip is behind it) of the first known mistake that explains all sweeps, else None."""
    models = [_model(sweep) for sweep in sweeps]
    for second, slips in ((False, _single_slips()), (True, _double_slips())):
        for name, wrong in slips:
            if _explains(sweeps, models, wrong):
                return name, second
    return None


# What a class can do, and what its backward pass does


def _features(bench, cls):
    """The operations that work forward in this class, of those that G1, G2 and the other graphs would use."""
    can = set()
    for graph, op in zip((SUM, PRODUCT, DIFFERENCE, *FUNCTIONS), ("+", "*", "-", "**", "tanh", "exp"), strict=True):

        def forward(graph=graph):
            nodes = _build(cls, graph)
            values = graph.forward()
            linked = any(node is nodes["a"] for node in _reach(nodes[graph.root]))
            return linked and all(_near(_float(node.data), values[name]) for name, node in nodes.items())

        if bench.run("", forward) is True:
            can.add(op)
    return frozenset(can)


_FORWARD_SLIPS = (  # of exercise 2: what makes it useless to look at backward
    "returns-nothing",
    "returns-number",
    "in-place",
    "data",
    "wrapped-twice",
    "slopes-missing",
    "slopes-short",
    "shared-prev",
    "prev-itself",
)


def _graphs_for(can):
    """The small graphs, the single operations first; those with functions only if the functions are there."""
    graphs = [SUM, PRODUCT]
    graphs += [DIFFERENCE] if "-" in can else []
    graphs += [DOUBLED, SQUARED, IN_A_ROW, G1, G2, TWO_BILLS, DIAMOND, LONG_WAY, *ELSEWHERE, ALONE]
    return graphs


@_calm
def _look_at_backward(cls):
    wrong = _wants_class("backward", cls)
    if wrong:
        return wrong
    method = _own(cls, "backward")
    if _does_nothing(method):
        return not_started()
    first = _add_mul_for_backward(cls)
    if first:
        return first
    bench = _Bench("backward")
    can = _features(_Bench("backward"), cls)
    sweeps = []
    for graph in _graphs_for(can):
        sweep = bench.run(f"backward, called on the last node of {graph.words},", _run_backward, cls, graph, can)
        if isinstance(sweep, Trouble):
            return _trouble_in_backward(sweep, method, bench)
        if sweep.dots and not sweep.right:
            return not_started()
        sweeps.append(sweep)
    found = _data_or_shared(sweeps, cls, bench)
    if found:
        return found
    if not all(sweep.right for sweep in sweeps):
        return _why_wrong(cls, can, method, sweeps, bench)
    return _beyond_small_graphs(cls, can, method, bench)


def _add_mul_for_backward(cls):
    """The Verdict where exercise 2 is not far enough for backward to be looked at, or None."""
    found = _add_mul(cls)
    if found is None or found.right:
        return None
    if not found.started or found.name in _FORWARD_SLIPS or found.name in ("exception", "leaf", "time", "recursion"):
        return _earlier("exercise 2, `add_mul`", found)
    return None


def _trouble_in_backward(trouble, method, bench):
    """An exception, or no end: perhaps of a walk that isn't finished."""
    behind = _unfinished_topo(method, bench)
    if behind:
        return behind
    return _troubled(
        trouble,
        bench.printed,
        "Call backward on something tiny first: on a leaf alone, then on a + b.",
        "For s = a + b: s.grad becomes 1, then s pays 1 to a and 1 to b. Do it line by line in a new cell.",
    )


def _unfinished_topo(method, bench):
    """The Verdict where backward rests on a topo that doesn't pass its own check, or None."""
    topo = _uses(method, "topo")
    if topo is None or not callable(topo):
        return None
    found = _topo(topo)
    if found is None or found.right or found.name in ("recursion", "slow"):
        return None
    return _earlier("exercise 4, `topo`", found, bench.printed)


def _data_or_shared(sweeps, cls, bench):
    """Backward that changes numbers, or one gradient for all."""
    for sweep in sweeps:
        for name in sweep.graph.names:
            if not _near(sweep.before[name], sweep.data[name]):
                facts = {"words": sweep.graph.words, "node": name}
                facts |= {"before": sweep.before[name], "after": sweep.data[name]}
                return _named(BACKWARD.mistakes, "A22", bench.printed, **facts)
    on_class = next((raw for each in type.mro(cls) if (raw := vars(each).get("grad")) is not None), None)
    changed = type(on_class) in (int, float) and on_class != 0
    if changed or all(sweep.fresh not in (None, 0.0) for sweep in sweeps):
        return _named(BACKWARD.mistakes, "shared-grad", bench.printed)
    return None


def _why_wrong(cls, can, method, sweeps, bench):
    """The Verdict on gradients that are not right: a known mistake, or an honest word on where they differ."""
    by_name = {sweep.graph.words: sweep for sweep in sweeps}
    facts = {"g1": by_name[G1.words].grads, "g2": by_name[G2.words].grads, "second": False}
    wrong = [sweep for sweep in sweeps if not sweep.right]
    if all(_only_leaves(sweep) for sweep in sweeps):
        return _convention("leaves-only")
    if _has_blank(method):
        return _left_blank("your backward")
    if all(value in (None, 0.0) for sweep in wrong for name, value in sweep.grads.items() if name != sweep.graph.root):
        return _nothing_arrives(cls, can, method, sweeps, bench, facts)
    seeds = {sweep.grads[sweep.graph.root] for sweep in sweeps}
    found = _identify(sweeps)
    if found is None and len(seeds) == 1 and (seed := seeds.pop()) not in (None, 0.0, 1.0) and math.isfinite(seed):
        scaled = [{n: g * seed for n, g in sweep.graph.gradients().items()} for sweep in sweeps]
        if all(_agrees(sweep.grads, truth) for sweep, truth in zip(sweeps, scaled, strict=True)):
            return _named(BACKWARD.mistakes, "seed", bench.printed, seed=seed)
    if found:
        name, facts["second"] = found
        return _named(BACKWARD.mistakes, name, bench.printed, **facts)
    behind = _unfinished_topo(method, bench)
    if behind:
        return behind
    if not any(sweep in wrong for sweep in sweeps[:3] if len(sweep.graph.steps) == 3):
        named = _by_signs(by_name, sweeps)
        if named in (None, "too-early"):
            named = _by_trace(cls, can, bench) or named
        if named:
            return _named(BACKWARD.mistakes, named, bench.printed, **facts)
    return _differs(min(wrong, key=lambda sweep: len(sweep.graph.steps)), bench)


def _only_leaves(sweep):
    """Whether the leaves are right and the rest was cleared on the way, as PyTorch does."""
    if len(sweep.graph.steps) == 1:
        return sweep.right or sweep.grads["a"] in (None, 0.0)
    truth, leaves = sweep.graph.gradients(), sweep.graph.leaves
    others = [name for name in sweep.graph.names if name not in leaves]
    cleared = all(sweep.grads[n] in (None, 0.0) or _near(sweep.grads[n], truth[n]) for n in others)
    return cleared and _agrees(sweep.grads, truth, leaves)


def _nothing_arrives(cls, can, method, sweeps, bench, facts):
    """No gradient beyond the root: perhaps none ever started."""
    seeded = bench.run("backward, with the root's gradient set to 1 by hand,", _run_seeded, cls, G1, can)
    started = all(_near(sweep.grads[sweep.graph.root], 1.0) for sweep in sweeps)
    if (
        not started
        and not isinstance(seeded, Trouble)
        and any(value not in (None, 0.0) for name, value in seeded.items() if name != G1.root)
    ):
        return _named(BACKWARD.mistakes, "A18", bench.printed, whole=_agrees(seeded, G1.gradients()), **facts)
    behind = _unfinished_topo(method, bench)
    if behind:
        return behind
    return _named(BACKWARD.mistakes, "nothing-passed", bench.printed, started=started, **facts)


def _by_signs(by_name, sweeps):
    """A name from where it goes wrong, when no recomputed walk fits to the last digit; or None."""
    bills = by_name[TWO_BILLS.words]
    if not bills.right:
        pays = sorted((5.0, -3.0))
        doubled = by_name[DOUBLED.words].grads["a"]
        if any(_near(bills.grads["a"], pay) for pay in pays) and _near(doubled, 1.0):
            return "A14"
        return None
    if not by_name[DOUBLED.words].right or not by_name[SQUARED.words].right:
        return "same-parent-twice" if all(s.right for s in sweeps if s.graph.words not in _SQUARES) else None
    return "too-early" if by_name[IN_A_ROW.words].right else None  # right wherever no inner node has two customers


class _Watch:
    """Stands in for a class's `grad` for a while and writes down which node's gradient changes, one after the other."""

    def __init__(self, cls):
        self.cls, self.before, self.changes = cls, inspect.getattr_static(cls, "grad", None), []
        self.was_there = "grad" in vars(cls)

    def __get__(self, node, owner=None):
        if node is None:
            return self
        if hasattr(type(self.before), "__set__"):  # a property or a slot
            return self.before.__get__(node, owner)
        return vars(node).get("grad", self.before)

    def __set__(self, node, value):
        if _float(self.__get__(node)) != _float(value):
            self.changes.append(id(node))
        if hasattr(type(self.before), "__set__"):
            self.before.__set__(node, value)
        else:
            vars(node)["grad"] = value

    def __enter__(self):
        self.cls.grad = self
        return self

    def __exit__(self, *error):
        if self.was_there:
            self.cls.grad = self.before
        else:
            del self.cls.grad


def _traced(cls, can, bench, graph):
    """The names of the nodes whose gradients changed, in that order; empty where they can't be watched."""
    nodes = bench.run("", _build, cls, graph, can)
    if isinstance(nodes, Trouble):
        return []
    try:
        with _Watch(cls) as watch:  # put on and taken off out here: the guard may end what runs inside it anywhere
            bench.run("", nodes[graph.root].backward)
    except (TypeError, AttributeError):  # a class that allows no such change
        return []
    names = {id(node): name for name, node in nodes.items()}
    return [names[place] for place in watch.changes if place in names]


def _by_trace(cls, can, bench):
    """A name from watching G1 and G2: y is paid by p alone, so each change of y is a visit to p."""
    for graph in (G1, G2):
        changes = _traced(cls, can, bench, graph)
        if "y" not in changes or "p" not in changes[: changes.index("y")]:
            continue  # not written as the walk goes along, so the order of writing tells nothing
        if changes.count("y") > 1:
            return "A16"
        if "p" in changes[changes.index("y") :]:
            return "A17"
    return None


_SQUARES = (DOUBLED.words, SQUARED.words, G2.words, ELSEWHERE[1].words)


def _differs(sweep, bench):
    """The general word: the first node from the end whose gradient differs, and the nudge that shows it."""
    graph, truth = sweep.graph, sweep.graph.gradients()
    name = next((name for name in reversed(graph.names) if not _agrees(sweep.grads, truth, [name])), graph.names[0])
    got, by = sweep.grads[name], 0.001
    moved = graph.forward(name, by)[graph.root] - graph.forward()[graph.root]
    other = [each for each in graph.names if not _agrees(sweep.grads, truth, [each])]
    rest = f" {', '.join(other[:-1])} and {other[-1]} differ, the other nodes agree." if len(other) > 1 else ""
    rest = " All other nodes agree." if len(other) == 1 else rest * (len(other) < len(graph.names))
    value = "no gradient" if got is None else "no number" if math.isnan(got) else _num(got)
    return Verdict(
        False,
        "unknown",
        f"for {graph.words} your gradient of {name} is {value}; raise {name} alone by 0.001, and {graph.root} moves by "
        f"{_num(round(moved, 7))}.{rest}",
        f"Who are the customers of {name}, and what did each of them pay?",
        BACKWARD.pointer,
        BACKWARD.step,
        printed=bench.printed,
    )


def _convention(name, **facts):
    note = next(each.note for each in BACKWARD.conventions if each.name == name)
    return Verdict(True, name, note.format(**facts) if facts else note)


def _beyond_small_graphs(cls, can, method, bench):
    """The small graphs are right. Constants, functions, a second call, many customers, many paths, late changes."""
    found = _constants_and_functions(cls, can, bench)
    if found:
        return found
    again = bench.run("backward, called again on the same graph,", _run_again, cls, G1, can)
    if isinstance(again, Trouble):
        return _troubled(again, bench.printed)
    first, second, third, kept = again
    if not _agrees(third, G1.gradients()) and not _agrees(third, G1.gradients(), G1.leaves):
        return _named(BACKWARD.mistakes, "remembers", bench.printed, what="again", got=third["x"])
    if not kept:
        return _named(BACKWARD.mistakes, "remembers", bench.printed, what="older", got=0.0)
    for graph in (_fan(200), _ladder(STAGES)):
        hurried = _Bench("backward", HURRIED)
        sweep = hurried.run(f"backward, on {graph.words},", _run_backward, cls, graph, can)
        if isinstance(sweep, Trouble):
            if sweep.kind in ("time", "memory") and graph.words != _fan(200).words:
                return _named(BACKWARD.mistakes, "every-path", bench.printed)
            if sweep.kind == "recursion":
                continue
            return _troubled(sweep, bench.printed)
        if not sweep.right and not _only_leaves(sweep):
            return _unfinished_topo(method, bench) or _differs(sweep, bench)
    return _right_with_notes(cls, can, bench, first, second)


def _later_graphs(can):
    """The graphs with plain numbers and with those functions that are there."""
    ready = [graph for graph, op in zip(FUNCTIONS, ("**", "tanh", "exp"), strict=True) if op in can]
    return [CONSTANTS, *ready, *([NEURON] if len(ready) == len(FUNCTIONS) else [])]


def _constants_and_functions(cls, can, bench):
    """The Verdict where graphs with numbers, powers, tanh and exp go wrong, or None."""
    for graph in _later_graphs(can):
        sweep = bench.run(f"backward, called on the last node of {graph.words},", _run_backward, cls, graph, can)
        if isinstance(sweep, Trouble):
            if graph is CONSTANTS:
                found = _add_mul(cls)
                return _earlier("exercise 2, `add_mul`", found) if found else _troubled(sweep, bench.printed)
            return _troubled(sweep, bench.printed)
        if sweep.right or _only_leaves(sweep):
            continue
        if graph is CONSTANTS:
            return _differs(sweep, bench)
        found = _look_at_functions(cls)
        if found is not None and found.started and not found.right:
            if found.name == "A13":
                return found
            return _earlier("exercise 3, `pow_tanh_exp`", found, bench.printed)
        if graph is FUNCTIONS[1] and _near(sweep.grads["a"], 1 - 0.5**2):
            return _named(BACKWARD.mistakes, "A13", bench.printed, got=sweep.grads["a"])
        return _differs(sweep, bench)
    return None


def _right_with_notes(cls, can, bench, first, second):
    """The Verdict "right", with what else is worth knowing about this engine."""
    changed = bench.run("backward, after x.data was changed,", _run_changed, cls, G1, can, "x", 5.0)
    late = not isinstance(changed, Trouble) and changed is not None and not _agrees(changed, first)
    deep = _Bench("backward", HURRIED).run("backward", _run_backward, cls, _chain(DEEP), can)
    shallow = isinstance(deep, Trouble)
    if not shallow and not deep.right and not _only_leaves(deep):
        return _differs(deep, bench)
    if late:
        also = "" if not shallow else f" And on a chain of {DEEP:,} nodes Python stops it, since its walk calls itself."
        return _convention("A21", x=_num(changed["x"]), y=_num(changed["y"]), also=also)
    if shallow:
        return _convention("recursive")
    others = len(_graphs_for(can)) + len(_later_graphs(can)) + 2  # all but the lesson's, and fan, ladder and chain
    habit = "exercise 6 is about that" if not _near(second["x"], 13.0) else "yours starts afresh by itself"
    return Verdict(
        True,
        "right",
        f"the lesson's graph and {others} others, one with {2**STAGES:,} paths and one {DEEP:,} nodes deep; no number "
        f"was changed. Called a second time without zeroing, x goes from 13 to {_num(second['x'])}: {habit}.",
    )


def _pair(grads):
    return f"x gets {_num(grads['x'])} and y gets {_num(grads['y'])}"


def _behind(facts):
    return " There is a second slip behind it, for later." if facts.get("second") else ""


def _on_the_lessons_graph(facts):
    return f"on the lesson's graph {_pair(facts['g1'])}.{_behind(facts)}"


def _said_order(facts):
    if _agrees(facts["g1"], G1.gradients()):
        return (
            "each node pays once, and some pay too early: the lesson's graph comes out right, and on L = q² + p "
            f"{_pair(facts['g2'])}.{_behind(facts)}"
        )
    return f"each node pays once, and some pay too early: {_on_the_lessons_graph(facts)}"


BACKWARD = Exercise(
    name="backward",
    lesson=LESSON,
    look=_look_at_backward,
    example="(Value(2.0) * Value(5.0)).backward()",
    what="the gradient of the last node with respect to each node",
    known="the lesson's graph and many others.",
    question="Take m = a · b: which gradient does m start with, and what do a and b get from it?",
    pointer="Walk from the end. At each node: for each parent, upstream times local slope, added to what is there.",
    step="m = a · b with a = 2, b = 5: m starts with 1. The sticker towards a says 5, so a gets 1 · 5. The sticker "
    "towards b says 2, so b gets 1 · 2. If a has another customer, its payment is added.",
    conventions=(
        Convention(
            "A21",
            "right on every graph, for numbers that stay put. One thing to know: I set x.data = 5 between forward and "
            "backward on the lesson's graph, and x got {x} and y got {y} where 13 and −30 belong. Your product reads "
            "its numbers when backward runs. Backward speaks about the point where forward was run.{also}",
        ),
        Convention(
            "recursive",
            f"right on every small graph. On a chain of {DEEP:,} nodes Python stops it, since its walk calls itself "
            "once for each node; a topo that passes exercise 4 gets through.",
        ),
        Convention(
            "leaves-only",
            "right at every leaf. Your inner nodes don't keep their gradients, as in PyTorch; in this course they do, "
            "so that you can read them on the edges.",
        ),
    ),
    mistakes=(
        Mistake(
            "A14",
            lambda facts: f"gradients overwrite one another: {_on_the_lessons_graph(facts)}",
            "p has two customers. After both have reported, where did the first report go?",
            "A node collects what its customers pay. `=` throws away what is there already.",
            "a + a: two edges end in a, and each brings 1. The first makes a.grad 1, the second has to make it 2.",
        ),
        Mistake(
            "A15",
            lambda facts: f"your sweep runs twice over without resetting: {_on_the_lessons_graph(facts)}",
            "x should have 13, and the second round doesn't double it. Which nodes besides x kept old values?",
            "One call is one sweep: each node pays once. Count how often your loop comes to p.",
            "m = a · b: in the first round a gets 5. In a second round it gets 5 again, and 10 is no slope of m.",
        ),
        Mistake(
            "A16",
            lambda facts: (
                "your walk comes to some nodes more than once, and each time they pay again all they have: "
                f"{_on_the_lessons_graph(facts)}"
            ),
            "p passed its gradient on before q had finished paying in. What must every node wait for?",
            "Find the order first, then pay. In the right order one visit for each node is enough.",
            "t has two customers that pay 2 and 3. Walked twice, t sends on 2 and then 5, together 7. Its gradient is "
            "5.",
        ),
        Mistake(
            "A17",
            _said_order,
            "In L = q² + p: when p sends its gradient on, has q already reported?",
            "A node may pay when its last customer has paid in, and not when the first one came by.",
            "The list from exercise 4 has each node after its parents. Read from its end, each node comes after all "
            "its customers.",
        ),
        Mistake(
            "A18",
            lambda facts: (
                "every gradient stays at 0: the root's is never set, so there is nothing to pass on."
                + ("" if facts["whole"] else " There is a second slip behind it, for later.")
            ),
            "How much does L change when L changes by 1?",
            "Each payment is upstream times local. At the root, nobody is upstream: who starts?",
            "m = a · b with a = 2, b = 5: a gets 5 times the gradient of m. With 0 there, a gets 0.",
        ),
        Mistake(
            "A19",
            lambda facts: f"in a product each factor gets its own number as the slope: {_on_the_lessons_graph(facts)}",
            "Nudge a by 0.01 in a·b with b = 5. By how much does the product move?",
            "The slope towards one factor is something the other factor knows.",
            "a = 2, b = 5: 2 · 5 = 10 and 2.01 · 5 = 10.05. So a.grad is 5 and b.grad is 2.",
        ),
        Mistake(
            "A20",
            lambda facts: f"your minus sends +1 both ways: {_on_the_lessons_graph(facts)}",
            "In r − q, if q grows, does L grow?",
            "A difference has two edges with different stickers. The second operand pulls the other way.",
            "5 − 2 = 3 and 5 − 2.01 = 2.99: the slope towards the second operand is −1.",
        ),
        Mistake(
            "A22",
            lambda facts: (
                f"your backward changes numbers: for {facts['words']}, {facts['node']} was {_num(facts['before'])} "
                f"before it and is {_num(facts['after'])} after it."
            ),
            "Backward fills in the notes. Who moves the knobs?",
            "Only `grad` is written here. A step downhill is taken later, by somebody else.",
            "a = 2, b = 5, m = a · b: after backward a.grad is 5, and a.data is 2 as before.",
        ),
        Mistake(
            "A13",
            lambda facts: (
                f"your tanh takes its slope from the number that goes in: at 0.5 it pays {_num(facts['got'])}."
            ),
            "tanh never falls, yet 1 − 2² is negative. Which stored value belongs in the square?",
            "1 − t² is right for the t that comes out of the machine, not for what goes in.",
            "a = 2: tanh gives 0.9640. 1 − 0.9640² is 0.0707, and tanh(2.01) − tanh(2) is 0.0007.",
        ),
        Mistake(
            "seed",
            lambda facts: f"all your gradients are {_num(facts['seed'])} times what they should be: so is the root's.",
            "How much does L change when L changes by 1?",
            "Everything that is passed on is a multiple of what the root starts with.",
            "m = a · b with b = 5: if m starts with 1, a gets 5. If m starts with 2, a gets 10.",
        ),
        Mistake(
            "seed-data",
            lambda facts: f"your root starts with its own number as its gradient: {_on_the_lessons_graph(facts)}",
            "L is 21. How much does L change when L changes by 1?",
            "Everything that is passed on is a multiple of what the root starts with.",
            "m = a · b with a = 2, b = 5: m is 10, and still a gets 5, not 50.",
        ),
        Mistake(
            "seed-everywhere",
            "each call of backward sets the node's own gradient to 1, also when a node calls it for its parents.",
            "How much does L change when p changes by 1? Is that 1 for every node?",
            "Only the root, where backward was called first, starts with 1. The others wait for what they are paid.",
            "m = a · b with b = 5: a is paid 5. If a then calls backward for itself and sets its gradient to 1, the 5 "
            "is lost.",
        ),
        Mistake(
            "not-reversed",
            lambda facts: (
                "only the root's own parents are paid; when it is the turn of any other node, it has nothing to pass "
                f"on, or it gets no turn: {_on_the_lessons_graph(facts)}"
            ),
            "At which end of the list does your walk begin, and does it go all the way?",
            "The list has each node after its parents. Gradients run against the edges, so from which end?",
            "t = a + b, s = t · a: s pays t and a. Then t pays a and b. From the other end t is asked before it has "
            "anything.",
        ),
        Mistake(
            "upstream-missing",
            lambda facts: f"each node pays its local slope alone: {_on_the_lessons_graph(facts)}",
            "If the result counts three times as much for L, does its parent too?",
            "Upstream times local. Which of the two is missing in your line?",
            "m = a · b with b = 5, and L moves by 3 for each unit of m. Then L moves by 3 · 5 = 15 for each unit of a.",
        ),
        Mistake(
            "slopes-added",
            lambda facts: f"each node pays upstream plus local: {_on_the_lessons_graph(facts)}",
            "If the local slope is 0, can anything come through?",
            "Rates in a row multiply. Rates on several ways into one node add up. Which is which here?",
            "Upstream 3 and local slope 5: a unit of a moves m by 5, and each of those moves L by 3. That makes 15, "
            "not 8.",
        ),
        Mistake(
            "same-parent-twice",
            lambda facts: (
                "a parent that stands twice in the same node is paid once: a + a and a · a come out with half their "
                f"slope.{_behind(facts)}"
            ),
            "Raise a by 0.01. By how much does a + a move?",
            "The same node can be a parent twice. A set or a dict keeps it only once.",
            "a + a with a = 3 is 6, with a = 3.01 it is 6.02: two edges, each brings 1.",
        ),
        Mistake(
            "first-customer",
            lambda facts: f"a node that has been paid once takes nothing more: {_on_the_lessons_graph(facts)}",
            "p has two customers. What happens to the payment of the second?",
            "A gradient is a sum over all customers, whoever came first.",
            "a + a: two edges end in a, and each brings 1. Together that is 2.",
        ),
        Mistake(
            "nothing-passed",
            lambda facts: (
                "the root has its 1, and no other node receives anything."
                if facts["started"]
                else "no node has a gradient after backward, not even the root."
            ),
            "Which line writes into the gradient of a parent?",
            "For each node, and for each of its parents: upstream times local, added to the parent's `grad`.",
            "m = a · b with a = 2, b = 5: after m.backward(), a.grad has to be 5 and b.grad 2.",
        ),
        Mistake(
            "too-early",
            lambda facts: (
                "your gradients are right wherever each inner node has one customer, and not where one has two: on the "
                f"lesson's graph {_pair(facts['g1'])}, on L = q² + p {_pair(facts['g2'])}."
            ),
            "In which order does your walk come to q and p, and how often?",
            "A node pays once, when its last customer has paid in.",
            "t = a + b, s = t · c + t · a: t waits for both products. Only then does it pay a and b, once.",
        ),
        Mistake(
            "shared-grad",
            "all nodes share one gradient: a brand-new node has one already.",
            "Where does `grad` live: in the class, or in each node?",
            "What is written as self.grad belongs to one node. What is written with the name of the class belongs to "
            "all.",
            "a, b = Value(2.0), Value(5.0); a.grad = 3.0; print(b.grad) should print 0.0.",
        ),
        Mistake(
            "remembers",
            lambda facts: (
                f"with all gradients set back to 0 by hand, a second call gives x the gradient {_num(facts['got'])}, "
                "not 13: something is kept from the first call."
                if facts["what"] == "again"
                else "a backward pass on a new graph also changes the gradients of an older one."
            ),
            "What does your walk keep from one call to the next?",
            "A set or a list that stands in a def line or in the class is made once and never emptied.",
            "def f(x, seen=[]): seen.append(x); return seen. Call f(1) and then f(2): the second gives [1, 2].",
        ),
        Mistake(
            "every-path",
            f"your gradients are right, and on a graph with {STAGES} two-way stages backward never comes to its end: "
            "it walks along every path.",
            f"Each stage makes two nodes from one and adds them. {STAGES} stages: how many paths, and how many edges?",
            "Collect at each node before you go on: then each edge is used once, however many paths run over it.",
            f"10 stages have 1,024 paths and 40 edges, {STAGES} stages have {2**STAGES:,} paths and {4 * STAGES} "
            "edges.",
        ),
    ),
)


# 6 zero_grad

ZERO_GRAPHS = (SUM, G1, G2, DOUBLED, DIAMOND, LONG_WAY, TWO_BILLS, SAME_NUMBERS, ALONE, *DRAWN)


def _zero_facts(function, make_node, graph, at_zero=""):
    """The gradients and numbers after zero_grad, when each node had one before; `at_zero` had none. Under the guard."""
    nodes = _build(make_node, graph)
    everything = _reach(nodes[graph.root])
    links = [[id(each) for each in _items(node)] for node in everything]
    data = [_float(node.data) for node in everything]
    for i, node in enumerate(everything):
        node.grad = 2.5 + i
    if at_zero:
        nodes[at_zero].grad = 0.0
    function(nodes[graph.root])
    facts = {"graph": graph, "grads": {name: _float(node.grad) for name, node in nodes.items()}}
    facts["kept"] = all(_float(node.grad) == 2.5 + i for i, node in enumerate(everything))
    facts["data"] = all(_near(_float(node.data), old) for node, old in zip(everything, data, strict=True))
    facts["links"] = links == [[id(each) for each in _items(node)] for node in everything]
    return facts


def _twice_with_zeros(function, make_node):
    """The gradients of G1 after backward, and after zero_grad and another backward."""
    nodes = _build(make_node, G1)
    nodes["L"].backward()
    first = {name: _float(node.grad) for name, node in nodes.items()}
    function(nodes["L"])
    nodes["L"].backward()
    return first, {name: _float(node.grad) for name, node in nodes.items()}


def _first_parents(graph, side):
    """The nodes on the way from the root that always takes the first parent, or the last."""
    name, way = graph.root, []
    while True:
        way.append(name)
        parents = graph.parents[name]
        if not parents:
            return way
        name = parents[side]


_KEPT = (  # name, graph -> the nodes that keep their gradient
    ("root-only", lambda g: [n for n in g.names if n != g.root]),
    ("leaves-only", lambda g: [n for n in g.names if n not in g.leaves]),
    ("leaves-missed", lambda g: g.leaves),
    ("root-missed", lambda g: [g.root]),
    ("one-level", lambda g: [n for n in g.names if n != g.root and n not in g.parents[g.root]]),
    ("one-level", lambda g: [n for n in g.names if n not in g.parents[g.root]]),
    ("one-branch", lambda g: [n for n in g.names if n not in _first_parents(g, 0)]),
    ("one-branch", lambda g: [n for n in g.names if n not in _first_parents(g, -1)]),
)


@_calm
def _look_at_zero_grad(answer):
    if _is_class(answer) and not _does_nothing(_own(answer, "zero_grad")):
        cls, answer = answer, answer.zero_grad
        return _wants_function("zero_grad", ("root",), answer) or _zero_on(answer, cls)
    if inspect.isfunction(answer) and _does_nothing(answer):
        return not_started()
    wrong = _wants_function("zero_grad", ("root",), answer)
    return wrong or _on_stand_in_or_own(_zero_on, answer)


def _zero_on(function, make_node):
    bench, all_facts = _Bench("zero_grad"), []
    for graph in ZERO_GRAPHS:
        facts = bench.run("your function", _zero_facts, function, make_node, graph)
        if isinstance(facts, Trouble):
            behind = _unfinished_topo(function, bench)
            return behind or _troubled(
                facts,
                bench.printed,
                "Call it on something tiny first: on a leaf alone, then on a + b.",
                "s = a + b: set a.grad = 3.0 by hand, call zero_grad(s), and look at a.grad.",
            )
        all_facts.append(facts)
    name, facts = _zero_mistake(all_facts)
    if name:
        if _has_blank(function):
            return _left_blank("your function")
        behind = _unfinished_topo(function, bench)
        return behind or _named(ZERO_GRAD.mistakes, name, bench.printed, **facts)
    return _zero_beyond(function, make_node, bench)


def _zero_mistake(all_facts):
    """(name, facts) of what is amiss, or (None, {})."""
    for facts in all_facts:
        if not facts["data"]:
            return "data-zeroed", {"words": facts["graph"].words}
        if not facts["links"]:
            return "graph-cut", {"words": facts["graph"].words}
    if all(set(facts["grads"].values()) == {None} for facts in all_facts):
        return "none", {}
    kept = [(f["graph"], [name for name, grad in f["grads"].items() if grad != 0]) for f in all_facts]
    if not any(names for _, names in kept):
        return None, {}
    if all(names == [g.root] and f["grads"][g.root] == 1 for (g, names), f in zip(kept, all_facts, strict=True)):
        return "root-one", {}
    if all(facts["kept"] for facts in all_facts):
        return "A15", {}
    for name, pattern in _KEPT:
        if all(sorted(names) == sorted(pattern(graph)) for graph, names in kept):
            return name, {}
    graph, names = next((graph, names) for graph, names in kept if names)
    return "some-kept", {"words": graph.words, "nodes": ", ".join(names), "all": len(names) == len(graph.names)}


def _zero_beyond(function, make_node, bench):
    """All small graphs are zeroed. A zero on the way, many paths, a long chain, a second backward."""
    stopped = bench.run("your function", _zero_facts, function, make_node, LONG_WAY, "z")
    if isinstance(stopped, Trouble):
        return _troubled(stopped, bench.printed)
    if any(stopped["grads"].values()):
        return _named(ZERO_GRAD.mistakes, "stops-at-zero", bench.printed)
    ladder = _Bench("zero_grad", HURRIED).run("", _zero_facts, function, make_node, _ladder(STAGES))
    if isinstance(ladder, Trouble) and ladder.kind in ("time", "memory"):
        return _named(ZERO_GRAD.mistakes, "every-path", bench.printed)
    deep = _Bench("zero_grad", HURRIED).run("your function", _zero_facts, function, make_node, _chain(DEEP))
    cls = _learners_class(function)
    if cls is not None and not _does_nothing(_own(cls, "backward")):
        passes = bench.run("backward, zero_grad and backward", _twice_with_zeros, function, cls)
        if not isinstance(passes, Trouble) and passes[0] != passes[1]:
            first, second = passes
            return _named(ZERO_GRAD.mistakes, "second-differs", bench.printed, first=first["x"], second=second["x"])
    if isinstance(deep, Trouble):
        if deep.kind != "recursion":
            return _troubled(deep, bench.printed)
        note = next(each.note for each in ZERO_GRAD.conventions if each.name == "recursive")
        return Verdict(True, "recursive", note)
    for facts in (ladder, deep):
        if not isinstance(facts, Trouble) and (name := _zero_mistake([facts])[0]):
            return _named(ZERO_GRAD.mistakes, name, bench.printed, **_zero_mistake([facts])[1])
    return None


ZERO_GRAD = Exercise(
    name="zero_grad",
    lesson=LESSON,
    parameters=("root",),
    look=_look_at_zero_grad,
    example="zero_grad(a + b)",
    what="every gradient of the graph set back to 0",
    known=f"every node of {len(ZERO_GRAPHS) + 2} graphs is back at 0, also in a chain of {DEEP:,} nodes, and no "
    "number or edge was touched.",
    question="After the first backward on the lesson's graph, which nodes have a gradient: x and y only?",
    pointer="You have a walk that comes to every node once. The order doesn't matter here, the completeness does.",
    step="t = a + b, s = t · a: four nodes, s, t, a, b. Each of them gets 0 into its `grad`, whatever stands there.",
    conventions=(
        Convention(
            "recursive",
            f"right on every small graph. On a chain of {DEEP:,} nodes Python stops it, since it calls itself once for "
            "each node; a walk along your topo gets through.",
        ),
    ),
    mistakes=(
        Mistake(
            "A15",
            "no gradient is reset: every node keeps what it had.",
            "A second call makes much more of the first call's 13 than 26. Which nodes besides x kept old values?",
            "Go to each node of the graph and write into its `grad`. A new name for the number changes no node.",
            "s = a + b: set a.grad = 3.0 by hand, call zero_grad(s), print a.grad. It has to say 0.",
        ),
        Mistake(
            "root-only",
            "only the root is reset; every other node keeps its gradient.",
            "In the lesson's graph, which of the six nodes had a gradient?",
            "The root's gradient is set anew by backward anyway. It's the others that pile up.",
            "s = a + b: set a.grad = 3.0 by hand, call zero_grad(s), print a.grad. It has to say 0.",
        ),
        Mistake(
            "leaves-only",
            "only the leaves are reset; the nodes between them and the root keep their gradients.",
            "p has −10 from the first call. What does it pass on in the second one?",
            "An inner node that starts with −10 ends with more than its due, and passes all of it on.",
            "t = a + b, s = t · a, with a = 2: t gets 2. If that stays, the second call makes it 4, and b gets 4 where "
            "2 belongs.",
        ),
        Mistake(
            "leaves-missed",
            "the leaves keep their gradients; all other nodes are reset.",
            "A leaf has no parents. Does it have a gradient?",
            "Reset a node before you ask whether it has parents.",
            "s = a + b: set a.grad = 3.0 by hand, call zero_grad(s), print a.grad. It has to say 0.",
        ),
        Mistake(
            "root-missed",
            "the root keeps its gradient; all other nodes are reset.",
            "Is the root a node of its graph?",
            "Reset the node you stand at too, and not only its parents.",
            "s = a + b: set s.grad = 3.0 by hand, call zero_grad(s), print s.grad. It has to say 0.",
        ),
        Mistake(
            "one-level",
            "your function goes one edge far from the root; deeper nodes keep their gradients.",
            "Who resets the parents of the parents?",
            "What is done at the root has to be done at each node, down to the leaves.",
            "t = a + b, s = t · a: from s you reach t and a. b is one edge further.",
        ),
        Mistake(
            "one-branch",
            "your function follows one parent of each node; the other branches keep their gradients.",
            "How many edges end in a product?",
            "One way from the root to one leaf passes by many nodes. Every parent has to be visited.",
            "t = a + b, s = t · a: s leads to t and to a, and t leads to a and to b.",
        ),
        Mistake(
            "root-one",
            "the root is set to 1, not to 0.",
            "Whose task is the seed: zero_grad's or backward's?",
            "After zero_grad no node has a gradient. The 1 comes when backward starts.",
            "s = a + b: after zero_grad(s), s.grad, a.grad and b.grad all print 0.",
        ),
        Mistake(
            "none",
            "your gradients are set to None; the next payment can't be added to that.",
            "What is None + 5?",
            "A gradient that is empty is the number 0.",
            "a.grad = None, then a.grad = a.grad + 5 stops with a TypeError. With 0 it gives 5.",
        ),
        Mistake(
            "data-zeroed",
            lambda facts: (
                f"your function changes the numbers of the nodes: for {facts['words']} `data` is another one "
                "afterwards."
            ),
            "Which of the two is a note about the pass: `data` or `grad`?",
            "`data` is what forward computed. Only `grad` goes back to 0.",
            "a = 2, b = 5: after zero_grad, a.data is still 2.",
        ),
        Mistake(
            "graph-cut",
            lambda facts: f"your function changes `_prev`: for {facts['words']} the edges are others afterwards.",
            "How will the next backward find its way?",
            "Look at `_prev`, and leave it as it is. A copy of it may be emptied.",
            "s = a + b: after zero_grad, a and b are still the parents of s.",
        ),
        Mistake(
            "stops-at-zero",
            "your walk turns back at a node whose gradient is 0 already; what lies behind it keeps its gradient.",
            "Can a node with gradient 0 have a parent whose gradient isn't 0?",
            "Somebody may have called backward on a node in the middle. Remember where you have been, not what you "
            "found there.",
            "t = a + b, s = t · a, and somebody called t.backward(): s has 0, and behind it t, a and b have 1 each.",
        ),
        Mistake(
            "every-path",
            f"your function is right on small graphs, and on one with {STAGES} two-way stages it never comes to its "
            "end: it walks along every path.",
            f"Each stage makes two nodes from one and adds them. {STAGES} stages: how many paths, and how many nodes?",
            "Your topo has every node once. That is all this function needs.",
            f"10 stages have 1,024 paths and 31 nodes, {STAGES} stages have {2**STAGES:,} paths and {3 * STAGES + 1} "
            "nodes.",
        ),
        Mistake(
            "second-differs",
            lambda facts: (
                "every gradient is 0 after zero_grad, and still a second backward on the lesson's graph gives x "
                f"{_num(facts['second'])} where the first gave {_num(facts['first'])}: your class keeps something "
                "elsewhere."
            ),
            "What does your backward remember from one call to the next, apart from `grad`?",
            "A set or a list that is made once, in a def line or in the class, is never emptied.",
            "Run exercise 5's check once more. It looks at that.",
        ),
        Mistake(
            "some-kept",
            lambda facts: f"for {facts['words']} these nodes still have a gradient: {facts['nodes']}.",
            "Which edges does your walk never follow?",
            "Go through the list from exercise 4: it has every node once.",
            "t = a + b, s = t · a: four nodes, s, t, a, b. Each of them gets 0 into its `grad`.",
        ),
    ),
)

register(FORWARD_TABLE, ADD_MUL, POW_TANH_EXP, TOPO, BACKWARD, ZERO_GRAD)
