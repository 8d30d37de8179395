"""The exercises of L4: neuron_backward, dense_backward, softmax_xent, gradcheck, value_step, train_step, diagnosis.

A way back is written here line by line, so that a known mistake is one line exchanged for another; two of them at once
are recognised as well. Answers come as tuples and dicts of arrays: a reader between the check and the learner's
function turns them into one row of numbers, and remembers the parts' shapes and what was done to the arguments.
"""

import inspect
import re
from dataclasses import replace
from functools import partial
from itertools import combinations, permutations
from types import SimpleNamespace

import numpy as np

from .. import clinic
from ..checking import (
    Case,
    Convention,
    Exercise,
    Mistake,
    Trouble,
    Verdict,
    case,
    close,
    numbers,
    one_line,
    register,
    show,
)
from ..guard import Limits
from ..value import Value
from .common import StandIn, in_a_row, ran_through, watched
from .fixtures import fixture_rng, normal, shaken

LESSON = "04_backpropagation"
LIMITS = Limits()
SMALL = 1e-6  # a relative error below this is a pass


# Ways back, and the slips in them


class Way:
    """Lines that compute one thing after another from named inputs; each is a function of what is known so far."""

    def __init__(self, inputs, outputs, lines):
        self.inputs, self.outputs, self.lines = inputs, outputs, lines

    def __call__(self, *args, **changes):
        """The outputs as one row of numbers, with `changes` in place of the lines of these names."""
        known = SimpleNamespace(**dict(zip(self.inputs, args, strict=True)))
        if "whole" in changes:
            return in_a_row(changes["whole"](known))
        for name, line in self.lines.items():
            setattr(known, name, changes.get(name, line)(known))
        result = changes.get("result", lambda v: [getattr(v, name) for name in self.outputs])
        return in_a_row(result(known))

    def turned(self, *order):
        """A `result` with the outputs in another order."""
        return lambda v: [getattr(v, name) for name in order]


class Slips:
    """The known slips in a way: rows of (mistake or None for a convention, words for its sentence, changed lines)."""

    def __init__(self, way, rows):
        self.way = way
        self.rows = [(name, words, dict(changes)) for name, words, changes in rows]

    def found(self, report):
        """The one or two rows that explain the answers on every input, or none where nothing does; kept."""
        if not hasattr(report.answer, "explained"):
            report.answer.report = report
            report.answer.explained = self._explain(report)
        return report.answer.explained

    def _explain(self, report):
        if not _comparable(report) or _alike(report, self.way):
            return ()
        for row in self.rows:
            if _alike(report, partial(self.way, **row[2])):
                return (row,)
        for one, other in combinations(self.rows, 2):
            clash = one[2].keys() & other[2].keys() or "whole" in {*one[2], *other[2]}
            if not clash and _alike(report, partial(self.way, **one[2], **other[2])):
                return (one, other)
        return ()

    def seen(self, name):
        """Whether the mistake of that name is the first thing that is off."""

        def seen(report):
            named = [row[0] for row in self.found(report) if row[0]]
            return bool(named) and named[0] == name

        return seen

    def says(self, template):
        """The template with the {words} of the row that was found."""

        def sentence(report):
            named = [row for row in self.found(report) if row[0]]
            begin = "more than one line is off. To begin with, " if len(named) > 1 else ""
            return begin + template.format(words=named[0][1])

        return sentence

    def mistake(self, name, says, question, pointer, step):
        """A Mistake that is recognised by these slips."""
        return Mistake(name, self.says(says), question, pointer, step, seen=self.seen(name))

    def convention(self, name, note):
        """A Convention that is recognised by these slips: the row's words are its name."""
        (changes,) = [row[2] for row in self.rows if row[:2] == (None, name)]
        return Convention(name, note, value=partial(self.way, **changes))


def _comparable(report):
    """Whether every input was tried, and each brought numbers or an exception."""
    troubles = [value.kind for value in report.values if isinstance(value, Trouble)]
    some = len(troubles) < len(report.values) or set(troubles) <= {"shape", "nan"}
    return len(report.values) == len(report.exercise.cases) and some and set(troubles) <= {"exception", "shape", "nan"}


def _alike(report, function):
    """Whether `function` gives the learner's numbers on every input, and fails wherever the learner's code failed."""
    compared = False
    for each, value, raw in zip(report.exercise.cases, report.values, report.raw, strict=True):
        try:
            expected = function(*each.make())
        except (ValueError, IndexError):
            expected = None
        failed = isinstance(value, Trouble) and value.kind == "exception"
        if failed or expected is None:
            if not failed or expected is not None:
                return False
            continue
        if (
            isinstance(raw, Trouble)
            or not isinstance(raw, np.ndarray)
            or not close(raw, expected, report.exercise.rtol)
        ):
            return False
        compared = True
    return compared


# Between the check and the learner's function


class Reader(StandIn):
    """Calls the learner's function and turns what comes back into one row of numbers.

    `layout(*args)` says what is wanted: (name, what it belongs to, shape) for each part. For each call it remembers in
    `calls` the parts, the arguments before and after, and what came back.
    """

    note = ""  # said where the answer is right in another form

    def __init__(self, function, layout):
        super().__init__(function)
        self.layout, self.calls, self.report = layout, [], None

    def __call__(self, *args):
        before, layout = _copied(args), self.layout(*args)
        call = SimpleNamespace(args=args, before=before, layout=layout, parts=None, raw=None)
        self.calls.append(call)
        call.raw = self.run(call, *args)
        call.row = self.read(call)
        return call.row

    def run(self, call, *args):
        return self.function(*args)

    def read(self, call):
        """One row of numbers; or what came back, where the check itself knows what to say of it; or a Trouble."""
        raw, kind = call.raw, type(call.raw)
        if raw is None or _holds_dots(raw) or not issubclass(kind, list | tuple | dict | np.ndarray):
            return raw
        pieces = self.pieces(raw, [name for name, _, _ in call.layout])
        if isinstance(pieces, Trouble):
            return pieces
        parts = {}
        for name, piece in pieces.items():
            parts[name] = _array(piece, name)
            if isinstance(parts[name], Trouble):
                return parts[name]
        call.parts = parts
        return in_a_row(list(parts.values()))

    def pieces(self, raw, names):
        """{name: what stands for it} in the answer, or a Trouble."""
        if issubclass(type(raw), dict):
            missing = next((name for name in names if name not in raw), None)
            if missing is None:
                return {name: raw[name] for name in names}
            there = ", ".join(f'"{one_line(str(key), 20)}"' for key in [*raw][:6]) or "nothing"
            return Trouble("type", f'your function returns a dict without "{missing}"; it has {there}.', _WHICH_NAMES)
        if len(np.shape(raw) if issubclass(type(raw), np.ndarray) else [0]) and len(raw) == len(names):
            return dict(zip(names, raw, strict=True))
        many = f"{len(raw)} thing{'s' * (len(raw) != 1)}" if not issubclass(type(raw), np.ndarray) else "one array"
        wanted = f"{', '.join(names[:-1])} and {names[-1]}"
        return Trouble("type", f"your function returns {many}, where {wanted} are wanted.", _WHICH_NAMES)


_WHICH_NAMES = "Which line of your function says what is handed back?"


class FlatReader(Reader):
    """The same for an answer of single numbers: how they are nested doesn't matter, their order does."""

    def pieces(self, raw, names):
        if issubclass(type(raw), dict):
            found = super().pieces(raw, ["dw", "db", "dx"])
            return found if isinstance(found, Trouble) else {"all": [*found.values()]}
        return {"all": raw}

    def read(self, call):
        value = super().read(call)
        if call.parts and isinstance(value, np.ndarray) and value.size == len(call.layout):
            call.parts = {name: np.array(number) for (name, _, _), number in zip(call.layout, value, strict=True)}
        return value


def _array(piece, name):
    """A piece of an answer as a float array, with nan and inf left in it; or a Trouble of the kind "type"."""
    if issubclass(type(piece), list | tuple):
        inner = [_array(each, name) for each in piece]
        trouble = next((each for each in inner if isinstance(each, Trouble)), None)
        if trouble or len({each.shape for each in inner}) == 1:
            return trouble or np.array(inner)
        return in_a_row(inner)
    value = numbers([piece], (1, *(piece.shape if issubclass(type(piece), np.ndarray) else ())), "numbers")
    if not isinstance(value, Trouble):
        return value[0]
    if value.kind == "nan":
        return np.array(piece, dtype=float)
    said = value.sentence.replace("your function returns", f"your {name} is" if name != "all" else "in your answer is")
    return Trouble("type", said, value.question)


def _copied(args):
    """The arguments with every array in them copied."""
    if isinstance(args, np.ndarray):
        return args.copy()
    if type(args) in (list, tuple):
        return type(args)(_copied(each) for each in args)
    return {key: _copied(each) for key, each in args.items()} if type(args) is dict else args


def _holds_dots(raw, depth=2):
    if type(raw) in (list, tuple, dict) and depth:
        return any(_holds_dots(each, depth - 1) for each in (raw.values() if type(raw) is dict else raw))
    return raw is ...


# Examining, and saying more exactly what the general stages found


def _watched(exercise, reader, layout=None, shown=None):
    """The exercise, looked at through a reader; `shown` says what an unknown mistake looks like on one input."""

    sharper = partial(_sharper, shown=shown or _shown_by_a_nudge)
    return watched(exercise, partial(reader, layout=layout), limits=lambda: LIMITS, sharper=sharper)


def _sharper(verdict, exercise, reader, shown):
    """The same verdict with parts and shapes by their names."""
    if verdict.right:
        return replace(verdict, name="other-form", sentence=reader.note) if reader.note else verdict
    tried = reader.calls[: len(exercise.cases)]
    if verdict.name == "nan":
        for each, call in zip(exercise.cases, tried, strict=False):
            bad = [name for name, part in (call.parts or {}).items() if not np.isfinite(part).all()]
            if bad:
                what = "nan (not a number)" if np.isnan(call.parts[bad[0]]).any() else "inf (too large for a number)"
                which = "" if bad[0] == "all" else f" in {bad[0]}"
                return replace(verdict, sentence=f"for {each.label} your function returns {what}{which}.")
    if verdict.name == "nan" and isinstance(reader, Rounds):
        return replace(verdict, sentence="after a round, the loss you return or a parameter is nan or inf.")
    if verdict.name == "shape" and isinstance(reader, FlatReader):
        count = next(np.size(call.row) for call in tried if np.size(call.row) != len(call.layout))
        many = f"{count} number{'s' * (count != 1)}"
        return replace(verdict, sentence=f"your function returns {many}, where 4 are wanted: two in dw, db and dx.")
    if verdict.name == "shape":
        found = next(filter(None, map(_odd_shape, tried)), None)
        if found:
            return replace(verdict, sentence=found, question=_ONE_EACH)
    if verdict.name == "unknown":
        for index, (each, call) in enumerate(zip(exercise.cases, tried, strict=True)):
            args = each.make()
            got, true = call.row, exercise.truth(*args)
            if not close(got, true, exercise.rtol):
                agreed = f"right on {index} other input{'s' * (index > 1)}; " if index else ""
                off = np.abs(got - true) > exercise.rtol * np.abs(true).max() + 1e-9
                return replace(verdict, sentence=f"{agreed}for {each.label}, {shown(call, args, got, true, off)}")
    return verdict


_ONE_EACH = "How many numbers does the thing have whose slopes these are?"


def _odd_shape(call):
    """A sentence about the first part that hasn't the shape of what it belongs to, or None."""
    for name, owner, shape in call.layout:
        part = (call.parts or {}).get(name)
        if part is not None and part.shape != shape:
            got = f"shape {part.shape}" if part.shape else "no axes: it is one number"
            new, old = ("new ", "the old ") if name == owner else ("", "")
            wanted = f"{old}{owner} has shape {shape}" if shape else f"{old}{owner} is one number"
            return f"your {new}{name} has {got}, and {wanted}."
    return None


def _shape_first(report):
    """A Verdict on a part of the right size and the wrong shape, for a probe."""
    found = _odd_shape(report.answer.calls[0])
    return found and Trouble("shape", found, _ONE_EACH)


def _parts_off(call, got, true, off):
    """(names of the parts that are off, names of the others, (part, owner, entry, place in the row) of the worst)."""
    at, good, bad, worst = 0, [], [], None
    for name, owner, shape in call.layout:
        size = int(np.prod(shape))
        here = slice(at, at + size)
        (bad if off[here].any() else good).append(name)
        if off[here].any() and worst is None:
            most = int(np.argmax(np.abs(got - true)[here]))
            entry = f"[{', '.join(str(int(i)) for i in np.unravel_index(most, shape))}]" if shape else ""
            worst = (name, owner, entry, at + most)
        at += size
    agree = f"; {_listed(good)} agree{'s' * (len(good) == 1)}" if good else ""
    return f"{_listed(bad)} {_is(bad)} off{agree}.", worst


def _shown_by_a_nudge(call, args, got, true, off, says="Your {part} says"):
    """Which part is off, and what a nudge of its worst entry does to the loss."""
    which, (part, owner, entry, k) = _parts_off(call, got, true, off)
    if owner == "the loss":
        return f"{which} The loss there is {true[k]:.4g}, and yours is {got[k]:.4g}."
    said = f"{says.format(part=part + entry)} {0.001 * got[k]:.4g}."
    return f"{which} Nudge {owner}{entry} by 0.001 and the loss moves by about {0.001 * true[k]:.4g}. {said}"


def _listed(names):
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _is(names):
    return "is" if len(names) == 1 else "are"


# Hints that two exercises share

_A13 = (
    "tanh never falls, yet your slope is negative at a = 2. Which stored value belongs in the square?",
    "The slope of tanh, written with the square of a number, uses what came out of tanh. What is that called here?",
    "At a = 2: tanh gives 0.964. Its slope there is 1 − 0.964² = 0.071. With the input, 1 − 2² = −3, steeper than tanh "
    "ever is and the wrong way.",
)
_A24 = (
    "The last layer passes, the first one doesn't. What lies on the wire between them?",
    "Between a and h stands a tanh. Every link that you go back through has a local slope.",
    "Where a = 2 the tanh is nearly flat, slope 0.071. Of an upstream gradient of 10, only 0.71 comes through to a.",
)
_A25 = (
    "What is the steepest slope of tanh, and what does your formula say at h = 0?",
    "h·(1 − h) belongs to another S-curve, the sigmoid, which runs from 0 to 1. tanh runs from −1 to 1.",
    "Through the origin tanh goes at 45 degrees: at a = 0.01 it is 0.01, slope 1. With h = 0 your formula gives 0.",
)
_TANH_SLOPE = (
    "Nudge a by 0.01, at 0 and at 2: what is the slope of tanh at each, and what does your formula say?",
    "One minus the square of what came out of tanh: each of these words counts.",
    "At a = 2, h = 0.964. tanh(2.01) − tanh(2) = 0.0007 for a nudge of 0.01: a slope of 0.07, and 1 − 0.964² = 0.071.",
)
_A23 = (
    "With η = 0 your answer is right, with η = 0.1 it is not. What depends on η in a gradient?",
    "Old weights only, until every slope is known. First all four slopes, then all four updates.",
    "The lesson's hand net: with the old w₂ = −1.5 the slope of w₁ is 5.398. With w₂ moved by one step of 0.1 first, "
    "it comes out as 4.224: the slope of a network that was never run forward.",
)


# 1 neuron_backward

NEURON = Way(
    ("x", "w", "b", "t"),
    ("dw1", "dw2", "db", "dx"),
    {
        "w1": lambda v: v.w[0],
        "w2": lambda v: v.w[1],
        "a": lambda v: v.w1 * v.x + v.b,
        "h": lambda v: np.tanh(v.a),
        "dy": lambda v: 2 * (v.w2 * v.h - v.t),
        "slope": lambda v: 1 - v.h**2,
        "dw2": lambda v: v.dy * v.h,
        "back": lambda v: v.w2,
        "da": lambda v: v.dy * v.back * v.slope,
        "dw1": lambda v: v.da * v.x,
        "db": lambda v: v.da,
        "dx": lambda v: v.da * v.w1,
    },
)
_BLOCKS = (("dw1", "dw2"), ("db",), ("dx",))

_NEURON = Slips(
    NEURON,
    [
        (None, "half", {"dy": lambda v: v.w2 * v.h - v.t}),
        ("A02", "", {"dy": lambda v: 2 * (v.t - v.w2 * v.h)}),
        ("A02", "", {"dy": lambda v: v.t - v.w2 * v.h}),
        ("loss-slope", "the target is left out of it", {"dy": lambda v: 2 * v.w2 * v.h}),
        ("loss-slope", "it is the loss itself, the square", {"dy": lambda v: (v.w2 * v.h - v.t) ** 2}),
        ("loss-slope", "it uses h in place of ŷ", {"dy": lambda v: 2 * (v.h - v.t)}),
        ("loss-slope", "it is left out, and the way back starts with 1", {"dy": lambda v: 1.0}),
        ("A23", "", {"back": lambda v: v.w2 - 0.1 * v.dw2}),
        ("A23", "", {"back": lambda v: v.w2 - 0.01 * v.dw2}),
        ("A23", "", {"back": lambda v: v.w2 - v.dw2}),
        ("w2-link", "it is missing", {"back": lambda v: 1.0}),
        ("w2-link", "h stands in place of w₂", {"back": lambda v: v.h}),
        ("w2-link", "w₁ stands in place of w₂", {"back": lambda v: v.w1}),
        ("A24", "", {"slope": lambda v: 1.0}),
        ("A13", "", {"slope": lambda v: 1 - v.a**2}),
        ("A25", "", {"slope": lambda v: v.h * (1 - v.h)}),
        ("tanh-slope", "1 − tanh²(h), with tanh taken twice", {"slope": lambda v: 1 - np.tanh(v.h) ** 2}),
        ("tanh-slope", "1 − h, without the square", {"slope": lambda v: 1 - v.h}),
        ("tanh-slope", "1 + h²", {"slope": lambda v: 1 + v.h**2}),
        ("tanh-slope", "h, the value", {"slope": lambda v: v.h}),
        ("tanh-slope", "(1 − h²)², counted twice", {"slope": lambda v: (1 - v.h**2) ** 2}),
        ("b-missing", "", {"a": lambda v: v.w1 * v.x}),
        ("dw1", "the slope at a alone, without the number in front", {"dw1": lambda v: v.da}),
        ("dw1", "the slope at a times w₁", {"dw1": lambda v: v.da * v.w1}),
        ("dw1", "the slope at a times h", {"dw1": lambda v: v.da * v.h}),
        ("dw2", "the slope at ŷ alone, without the number in front", {"dw2": lambda v: v.dy}),
        ("dw2", "the slope at ŷ times a, the value before tanh", {"dw2": lambda v: v.dy * v.a}),
        ("dw2", "the slope at ŷ times x", {"dw2": lambda v: v.dy * v.x}),
        ("dw2", "the slope at ŷ times w₂", {"dw2": lambda v: v.dy * v.w2}),
        (
            "dw2",
            "passed through tanh, which lies behind w₂ and not in front of it",
            {"dw2": lambda v: v.dy * v.h * v.slope},
        ),
        ("db", "the slope at ŷ", {"db": lambda v: v.dy}),
        ("db", "the slope at h, before tanh", {"db": lambda v: v.dy * v.back}),
        ("db", "the slope at a times b", {"db": lambda v: v.da * v.b}),
        ("db", "the slope at a times x", {"db": lambda v: v.da * v.x}),
        ("db", "1", {"db": lambda v: 1.0}),
        ("db", "0", {"db": lambda v: 0.0}),
        ("dx", "the slope at a alone: w₁ is missing", {"dx": lambda v: v.da}),
        ("dx", "the slope at a times x", {"dx": lambda v: v.da * v.x}),
        ("dx", "the slope at a times w₂", {"dx": lambda v: v.da * v.w2}),
        ("dx", "w₁, the local slope alone", {"dx": lambda v: v.w1}),
        ("dx", "0", {"dx": lambda v: 0.0}),
        *(
            ("order", "", {"result": NEURON.turned(*sum(order, ()))})
            for order in permutations(_BLOCKS)
            if order != _BLOCKS
        ),
        ("weights-swapped", "", {"result": NEURON.turned("dw2", "dw1", "db", "dx")}),
        ("one-weight", "the first weight's slope", {"result": NEURON.turned("dw1", "db", "dx")}),
        ("one-weight", "the second weight's slope", {"result": NEURON.turned("dw2", "db", "dx")}),
        ("one-weight", "the sum of both", {"result": lambda v: [v.dw1 + v.dw2, v.db, v.dx]}),
    ],
)


def _neuron_case(x, w1, w2, b, t):
    words = ", ".join(f"{number:g}".replace("-", "−") for number in (x, w1, w2, b, t))
    return case(f"x, w₁, w₂, b, t = {words}", x, (w1, w2), b, t)


NEURON_BACKWARD = _watched(
    Exercise(
        name="neuron_backward",
        lesson=LESSON,
        parameters=("x", "w", "b", "t"),
        example="neuron_backward(2.0, (0.5, -1.5), 0.0, 1.0)",
        cases=(
            _neuron_case(2.0, 0.5, -1.5, 0.0, 1.0),
            _neuron_case(*shaken(1, (-0.7, 1.2, 0.8, 0.3, -0.5))),
            _neuron_case(*shaken(2, (1.5, -0.4, 2.0, -0.9, 0.25))),
            _neuron_case(0.3, 0.9, -0.6, 1.4, 2.0),
        ),
        truth=NEURON,
        shape=lambda x, w, b, t: (4,),
        shape_words="dw with two numbers, db and dx",
        parts=("dw₁", "dw₂", "db", "dx"),
        what="the four slopes of the loss",
        known="four slopes from one way back, on the lesson's hand net and three others; each agrees with its nudge.",
        question="Write down a, h and ŷ for the example's numbers. Which of them does each line of the way back need?",
        pointer="Each line: the slope that arrives from the side of the loss, times the local slope of one link.",
        step="A shorter neuron, y = w·h with loss (y − t)², at w = 3, h = 0.5, t = 1: y = 1.5, the slope at y is "
        "2 · 0.5 = 1. For w it is 1 · h = 0.5, for h it is 1 · w = 3. Yours has a tanh and one more such link.",
        conventions=(
            _NEURON.convention(
                "half",
                "right for a loss with ½ in front. The course leaves the ½ out, so each slope here is twice as long.",
            ),
        ),
        mistakes=(
            _NEURON.mistake(
                "A02",
                "the slopes point the wrong way: the residual is reversed.",
                "Differentiate (ŷ − t)² once more: what is the inner derivative of ŷ?",
                "If the prediction is too high, raising it raises the loss. What sign has the slope at ŷ then?",
                "ŷ = 3, t = 1: the loss is 4. At ŷ = 3.01 it is 4.0401. So the slope is +4, which is 2 · (3 − 1).",
            ),
            _NEURON.mistake(
                "loss-slope",
                "the slope of the loss at ŷ is off: {words}.",
                "How much does (ŷ − t)² move when ŷ moves by 0.01?",
                "A square is a link of its own: its slope is twice what stands in the brackets.",
                "ŷ = 3, t = 1: the loss is 4, at ŷ = 3.01 it is 4.0401. The slope is 4: twice the residual 2.",
            ),
            _NEURON.mistake(
                "b-missing",
                "your slopes fit a neuron without its bias: b takes no part in the forward pass.",
                "What arrives at tanh?",
                "a is w₁·x + b, and everything behind it depends on b.",
                "With w₁ = 0.5, x = 2 and b = 1 the tanh receives 2 and gives 0.964. Without b it receives 1: 0.762.",
            ),
            _NEURON.mistake(
                "A23",
                "on its way to w₁ your gradient passes a w₂ that was moved already.",
                "This function has no learning rate. Which line of yours moves a weight?",
                "Old weights only: the slope that goes back through w₂ is multiplied by the w₂ of the forward pass.",
                _A23[2],
            ),
            _NEURON.mistake(
                "A24",
                "the slope of tanh is missing on the way to w₁, b and x.",
                "Your slope of w₂ is right, that of w₁ isn't. What lies on the wire between them?",
                *_A24[1:],
            ),
            _NEURON.mistake("A13", "the slope of tanh is taken from a, what goes in, in place of h.", *_A13),
            _NEURON.mistake("A25", "you use h·(1 − h), the sigmoid's slope, for tanh.", *_A25),
            _NEURON.mistake("tanh-slope", "in place of the slope of tanh stands {words}.", *_TANH_SLOPE),
            _NEURON.mistake(
                "w2-link",
                "on the way from ŷ to h the local slope is off: {words}.",
                "If h moves by 0.01, by how much does w₂·h move?",
                "Between h and ŷ stands a multiplication. Going back, each factor is multiplied by the other one.",
                "With w₂ = 3: h = 0.5 gives 1.5 and h = 0.51 gives 1.53. Slope 3, the weight itself.",
            ),
            _NEURON.mistake(
                "dw1",
                "your slope for w₁ is {words}.",
                "What came in at the front of w₁?",
                "The slope of a weight: what came in at its front, times the slope that arrived at its back.",
                "a = w₁·x with x = 4: if w₁ moves by 0.01, a moves by 0.04. So the slope at a is multiplied by 4.",
            ),
            _NEURON.mistake(
                "dw2",
                "your slope for w₂ is {words}.",
                "What came in at the front of w₂?",
                "The slope of a weight: what came in at its front, times the slope that arrived at its back.",
                "ŷ = w₂·h with h = 0.5: if w₂ moves by 0.01, ŷ moves by 0.005, whatever w₂ is.",
            ),
            _NEURON.mistake(
                "db",
                "your db is {words}.",
                "If b moves by 0.01, by how much does a move?",
                "A bias enters at a, with a constant 1 at its front.",
                "w₁·x = 3: with b = 0, a = 3, and with b = 0.01, a = 3.01. What arrives at a goes on to b as it is.",
            ),
            _NEURON.mistake(
                "dx",
                "your dx is {words}.",
                "If x moves by 0.01, by how much does a move?",
                "a is a product of x and w₁, plus b. Going back, each factor is multiplied by the other one.",
                "a = w₁·x with w₁ = 5: x from 2 to 2.01 moves a from 10 to 10.05. Slope 5, and not 1.",
            ),
            _NEURON.mistake(
                "order",
                "the slopes are right and stand in another order.",
                "In which order does the exercise want them back?",
                "First dw, the two numbers; then db; then dx.",
                "The caller writes dw, db, dx = neuron_backward(…). With another order it would move b by the slope of "
                "x.",
            ),
            _NEURON.mistake(
                "weights-swapped",
                "the two numbers in dw have changed places.",
                "Which of the two weights comes first in w?",
                "A gradient has the shape and the order of the thing it belongs to.",
                "w is (w₁, w₂), so dw is the slope of w₁ first, then that of w₂.",
            ),
            _NEURON.mistake(
                "one-weight",
                "in place of two slopes your dw has one number, {words}.",
                "How many weights does the neuron have?",
                "A gradient has the shape of the thing it belongs to, and w has two numbers.",
                "If w = (3, 4) and their slopes are 10 and 20, then dw is (10, 20).",
            ),
        ),
    ),
    FlatReader,
    lambda x, w, b, t: [("dw₁", "w₁", ()), ("dw₂", "w₂", ()), ("db", "b", ()), ("dx", "x", ())],
)


# 2 dense_backward

DENSE = Way(
    ("dout", "cache"),
    ("dX", "dW", "db"),
    {
        "X": lambda v: v.cache[0],
        "W": lambda v: v.cache[1],
        "N": lambda v: len(v.dout),
        "dX": lambda v: v.dout @ v.W.T,
        "dW": lambda v: v.X.T @ v.dout,
        "db": lambda v: v.dout.sum(axis=0),
    },
)


def _scaled(*names):
    """The lines of these names divided by N once more."""
    return {name: lambda v, name=name: DENSE.lines[name](v) / v.N for name in names}


_DENSE = Slips(
    DENSE,
    [
        ("A27", "", {"dX": lambda v: v.dout @ v.W}),
        ("X-not-transposed", "", {"dW": lambda v: v.X @ v.dout}),
        ("factors", "dX has its two factors", {"dX": lambda v: v.W.T @ v.dout}),
        ("factors", "dX has its two factors", {"dX": lambda v: v.W @ v.dout}),
        ("factors", "dW has its two factors", {"dW": lambda v: v.dout @ v.X.T}),
        ("factors", "dW has its two factors", {"dW": lambda v: v.dout @ v.X}),
        ("lies-on-side", "dX", {"dX": lambda v: v.W @ v.dout.T}),
        ("lies-on-side", "dW", {"dW": lambda v: v.dout.T @ v.X}),
        ("A26", "adds up each sample's units", {"db": lambda v: v.dout.sum(axis=1)}),
        ("A26", "averages each sample's units", {"db": lambda v: v.dout.mean(axis=1)}),
        ("A26", "adds up everything, samples and units", {"db": lambda v: v.dout.sum()}),
        ("A26", "averages everything, samples and units", {"db": lambda v: v.dout.mean()}),
        ("db-not-summed", "", {"db": lambda v: v.dout}),
        ("A29", "dW", _scaled("dW")),
        ("A29", "db", _scaled("db")),
        ("A29", "dX", _scaled("dX")),
        ("A29", "dW and db", _scaled("dW", "db")),
        ("A29", "all three", _scaled("dX", "dW", "db")),
        ("W-missing", "", {"dX": lambda v: v.dout}),
        ("W-missing", "", {"dX": lambda v: v.W}),
        ("W-missing", "", {"dX": lambda v: v.W.T}),
        ("X-missing", "", {"dW": lambda v: v.dout}),
        ("X-missing", "", {"dW": lambda v: np.ones_like(v.X).T @ v.dout}),
        ("X-missing", "", {"dW": lambda v: v.X}),
        ("X-missing", "", {"dW": lambda v: v.X.T}),
        ("one-sample", "dW comes from the last sample", {"dW": lambda v: np.outer(v.X[-1], v.dout[-1])}),
        ("one-sample", "dW comes from the first sample", {"dW": lambda v: np.outer(v.X[0], v.dout[0])}),
        ("one-sample", "db comes from the last sample", {"db": lambda v: v.dout[-1]}),
        ("one-sample", "db comes from the first sample", {"db": lambda v: v.dout[0]}),
        (
            "one-sample",
            "dW and db come from the last sample",
            {"dW": lambda v: np.outer(v.X[-1], v.dout[-1]), "db": lambda v: v.dout[-1]},
        ),
        (
            "one-sample",
            "dW and db come from the first sample",
            {"dW": lambda v: np.outer(v.X[0], v.dout[0]), "db": lambda v: v.dout[0]},
        ),
        ("db-rest", "0", {"db": lambda v: np.zeros(v.dout.shape[1])}),
        ("db-rest", "1 for each unit", {"db": lambda v: np.ones(v.dout.shape[1])}),
        ("db-rest", "N for each unit, the number of samples", {"db": lambda v: np.full(v.dout.shape[1], v.N)}),
        ("tanh-too", "dX", {"dX": lambda v: v.dout @ v.W.T * (1 - v.X**2)}),
        (
            "tanh-too",
            "all three",
            {"dout": lambda v: v.dout * (1 - np.tanh(v.cache[0] @ v.cache[1]) ** 2)},
        ),
        ("tanh-too", "all three", {"dout": lambda v: v.dout * (1 - (v.cache[0] @ v.cache[1]) ** 2)}),
        ("cache-swapped", "", {"X": lambda v: v.cache[1], "W": lambda v: v.cache[0]}),
        *(
            ("order", ", ".join(order), {"result": DENSE.turned(*order)})
            for order in permutations(("dX", "dW", "db"))
            if order != ("dX", "dW", "db")
        ),
    ],
)
DENSE.lines = {"dout": lambda v: v.dout, **DENSE.lines}


def _dense_case(seed, n, inputs, units):
    label = f"{n} sample{'s' * (n > 1)}, {inputs} inputs and {units} unit{'s' * (units > 1)}"
    return Case(
        label,
        lambda: (normal(seed, n, units), (normal(seed + 1, n, inputs), normal(seed + 2, inputs, units))),
    )


def _cache_changed(which):
    """Whether X (0) or W (1) was written into."""

    def changed(report):
        return any(
            call.args[1][which].shape != call.before[1][which].shape
            or not close(call.args[1][which], call.before[1][which], 1e-9)
            for call in report.answer.calls
        )

    return changed


def _probe_dense(report):
    if _cache_changed(0)(report):
        return Trouble(
            "changes-input",
            "your function writes into X, which belongs to the caller: after the call it is no longer what was in "
            "the cache.",
            "Which line writes into X, or into another name for the same array?",
        )
    odd = _odd_shape(report.answer.calls[0])
    if odd and odd.startswith("your db") and report.fits(DENSE):
        return "db-shape"
    return odd and Trouble("shape", odd, _ONE_EACH)


def _dense_layout(dout, cache):
    return [("dX", "X", cache[0].shape), ("dW", "W", cache[1].shape), ("db", "b", (dout.shape[1],))]


DENSE_BACKWARD = _watched(
    Exercise(
        name="dense_backward",
        lesson=LESSON,
        parameters=("dout", "cache"),
        example="dense_backward(np.array([[10.0]]), (np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]])))",
        cases=(
            _dense_case(10, 3, 4, 2),
            _dense_case(20, 1, 3, 2),
            _dense_case(30, 7, 2, 5),
            _dense_case(40, 2, 3, 3),
            _dense_case(50, 3, 3, 3),  # where every product fits, so that a wrong one gives itself away by its numbers
            _dense_case(60, 4, 5, 1),
        ),
        truth=DENSE,
        shape=lambda dout, cache: (cache[0].size + cache[1].size + dout.shape[1],),
        shape_words="dX, dW and db",
        size=lambda dout, cache: len(dout),
        what="the slopes for X, W and b",
        known="dX, dW and db for 1 to 7 samples, square tables among them, each in the shape of what it belongs to.",
        question="Write down the shapes of X, W and dout for N = 3, 4 inputs, 2 units. Which shape must each slope "
        "have?",
        pointer="A gradient has the shape of the thing it belongs to. For dW the samples have to disappear, for dX the "
        "units.",
        step="One sample, X = [[1, 2]], W = [[3], [4]], dout = [[10]]: raise W[0, 0] by 0.01, and out rises by 0.01 · "
        "1, "
        "so dW[0, 0] = 1 · 10. Raise X[0, 0] by 0.01, and out rises by 0.01 · 3, so dX[0, 0] = 3 · 10.",
        mistakes=(
            Mistake(
                "A22",
                "your function moves the weights: W is not the same after the call.",
                "Backward fills in the notes. Who moves the knobs?",
                "Here slopes are computed and handed back. The update is a line of its own, in another function.",
                "W = 3, slope 10: this function returns 10, and W is still 3. Somebody else decides about a step.",
                seen=_cache_changed(1),
            ),
            _DENSE.mistake(
                "A27",
                "dX uses W as it stands, and not turned around.",
                "The shapes may fit, but so would the transpose. Which weight connects input 0 to unit 1?",
                "W[i, j] leads from input i to unit j. On the way back it leads from unit j to input i.",
                "W = [[1, 2], [3, 4]], dout = [[1, 0]]: only unit 0 sends something back, 1 to input 0 and 3 to input "
                "1. "
                "So dX is [[1, 3]]. With W as it stands it would be [[1, 2]].",
            ),
            _DENSE.mistake(
                "X-not-transposed",
                "dW uses X as it stands, and not turned around.",
                "What is added up in dW: samples, or something else?",
                "In a matrix product the number in the middle is summed. For dW that must be N, the samples.",
                "X is (3, 4), dout is (3, 2), dW has to be (4, 2). A (4, 3) times a (3, 2) gives that.",
            ),
            _DENSE.mistake(
                "factors",
                "{words} in the wrong order, or one of them not turned around.",
                "Write the shapes of both factors side by side. Which two numbers touch?",
                "A @ B is another table than B @ A. The numbers that touch are summed and disappear.",
                "For dX, (3, 4): the units, 2, have to disappear. (3, 2) times (2, 4) does that; which array is (3, "
                "2)?",
            ),
            _DENSE.mistake(
                "lies-on-side",
                "your {words} has the right numbers and lies on its side: rows and columns are exchanged.",
                "Could you subtract it from the array it belongs to?",
                "Some books keep W as (units, inputs). In this course it is (inputs, units), and its slopes likewise.",
                "X is (3, 4), W is (4, 2), dout is (3, 2). (A @ B).T equals B.T @ A.T: turn the product around.",
            ),
            _DENSE.mistake(
                "A26",
                "your db {words}.",
                "One bias per unit, many samples. Over which of the two do its effects add up?",
                "axis=0 runs down the rows, one row a sample. axis=1 runs along a row, from unit to unit.",
                "dout = [[1, 2], [10, 20], [100, 200]]: unit 0 collects 111, unit 1 collects 222. db has two numbers.",
            ),
            _DENSE.mistake(
                "db-not-summed",
                "your db is dout itself: one row for each sample.",
                "How many biases does the layer have, and how many samples used each of them?",
                "Each sample used the same bias. Shares of one node add up.",
                "dout = [[1, 2], [10, 20]]: two biases, so two numbers, 11 and 22.",
            ),
            _DENSE.mistake(
                "A29",
                "in {words} the samples are averaged, and they should be added up.",
                "With one sample you agree with me, with seven you are seven times off. Where does a 7 come in?",
                "If the loss is a mean, 1/N is in dout already. It comes in once, at the top.",
                "Two samples, dout = [[5], [5]], and the 5 has its ½ in it. The bias moved both: 5 + 5 = 10.",
            ),
            _DENSE.mistake(
                "W-missing",
                "your dX leaves one of its two factors out.",
                "If X[0, 0] moves by 0.01, by how much does out[0, 1] move?",
                "Upstream times local slope: dout arrives, and the weight is the local slope.",
                "One sample, one unit, W = [[3], [4]], dout = [[10]]: the inputs get 30 and 40.",
            ),
            _DENSE.mistake(
                "X-missing",
                "your dW leaves one of its two factors out.",
                "If W[0, 0] moves by 0.01 and X[0, 0] is 0, does out move at all?",
                "The slope of a weight: what came in at its front, times the slope that arrived at its back.",
                "One sample, X = [[1, 2]], dout = [[10]]: the two weights get 10 and 20.",
            ),
            _DENSE.mistake(
                "one-sample",
                "{words} alone.",
                "What happens to the first sample's share when the loop comes to the second?",
                "Each sample sends a share. `=` throws away what was there, `return` ends the loop.",
                "dout = [[1], [10], [100]]: db is 111. The last sample alone would make it 100, the first 1.",
            ),
            _DENSE.mistake(
                "db-rest",
                "your db is {words}, whatever dout is.",
                "If the loss doesn't care about unit 0, should its bias have a slope?",
                "What arrives at a unit goes on to its bias: local slope 1, so the upstream gradient itself.",
                "dout = [[5, 0]]: the first bias gets 5, the second nothing.",
            ),
            _DENSE.mistake(
                "tanh-too",
                "a slope of tanh is multiplied into {words}, and this layer has no tanh.",
                "What is out, as the exercise defines it?",
                "out = X @ W + b and nothing more. The tanh is a link of its own, with a line of its own.",
                "W = [[3]], dout = [[10]]: dX is 30, also where X = 1 and 1 − X² would be 0.",
            ),
            _DENSE.mistake(
                "cache-swapped",
                "you unpack the cache the wrong way round: your X is W, and your W is X.",
                "In which order does dense_forward put them into the cache?",
                "cache = (X, W), and so X, W = cache.",
                "Print X.shape in the first line: it should have as many rows as dout.",
            ),
            _DENSE.mistake(
                "order",
                "the three parts are right and come back as {words}.",
                "In which order does the exercise want them?",
                "dX, dW, db: look at your last line.",
                "The caller writes dX, dW, db = dense_backward(…) and goes on with dX through the layer below.",
            ),
            Mistake(
                "db-shape",
                lambda report: f"the numbers are right, but {_odd_shape(report.answer.calls[0])}",
                "How many axes does b have?",
                "A gradient has the shape of the thing it belongs to. keepdims=True keeps an axis that b doesn't have.",
                "np.ones((3, 2)).sum(axis=0) has shape (2,). With keepdims=True it has shape (1, 2).",
            ),
        ),
        probe=_probe_dense,
    ),
    Reader,
    _dense_layout,
)


# 3 softmax_xent


def _one_hot(s, y):
    row = np.zeros(len(s))
    row[y] = 1
    return row


SOFTMAX = Way(
    ("s", "y"),
    ("loss", "ds"),
    {
        "e": lambda v: np.exp(v.s - v.s.max()),
        "q": lambda v: v.e / v.e.sum(),
        "hot": lambda v: _one_hot(v.s, v.y),
        "loss": lambda v: -np.log(v.q[v.y]),
        "ds": lambda v: v.q - v.hot,
    },
)
_SOFTMAX = Slips(
    SOFTMAX,
    [
        ("A28", "", {"ds": lambda v: v.hot - v.q}),
        ("minus-missing", "", {"loss": lambda v: np.log(v.q[v.y])}),
        ("one-hot-missing", "", {"ds": lambda v: v.q}),
        ("class-as-number", "", {"ds": lambda v: v.q - v.y}),
        (
            "wrong-class",
            "the slopes take the 1 off the class with the largest score",
            {"hot": lambda v: _one_hot(v.s, v.s.argmax())},
        ),
        ("wrong-class", "the slopes take the 1 off class 0, whatever y is", {"hot": lambda v: _one_hot(v.s, 0)}),
        ("wrong-class", "the slopes take the 1 off the class before y", {"hot": lambda v: _one_hot(v.s, v.y - 1)}),
        ("wrong-class", "the loss looks at the class with the largest chance", {"loss": lambda v: -np.log(v.q.max())}),
        ("wrong-class", "the loss looks at class 0, whatever y is", {"loss": lambda v: -np.log(v.q[0])}),
        ("one-everywhere", "", {"ds": lambda v: v.q - 1}),
        ("all-classes", "", {"loss": lambda v: -np.log(v.q).sum()}),
        ("all-classes", "", {"loss": lambda v: -np.log(v.q).mean()}),
        ("all-classes", "", {"loss": lambda v: -(v.q * np.log(v.q)).sum()}),
        ("log-missing", "minus the chance of the true class", {"loss": lambda v: -v.q[v.y]}),
        ("log-missing", "one minus the chance of the true class", {"loss": lambda v: 1 - v.q[v.y]}),
        ("log-missing", "the chance of the true class", {"loss": lambda v: v.q[v.y]}),
        ("log-base", "2", {"loss": lambda v: -np.log2(v.q[v.y])}),
        ("log-base", "10", {"loss": lambda v: -np.log10(v.q[v.y])}),
        ("score-only", "", {"loss": lambda v: -v.s[v.y]}),
        ("score-only", "", {"loss": lambda v: v.s.max() - v.s[v.y]}),
        ("half-shifted", "", {"loss": lambda v: np.log(v.e.sum()) - v.s[v.y]}),
        ("half-shifted", "", {"loss": lambda v: np.log(np.exp(v.s).sum()) - (v.s - v.s.max())[v.y]}),
        ("squared-loss", "", {"loss": lambda v: ((v.q - v.hot) ** 2).sum()}),
        ("squared-loss", "", {"loss": lambda v: ((v.q - v.hot) ** 2).mean()}),
        ("squared-loss", "", {"loss": lambda v: (v.q[v.y] - 1) ** 2}),
        ("over-K", "the loss", {"loss": lambda v: -np.log(v.q[v.y]) / len(v.s)}),
        ("over-K", "the slopes", {"ds": lambda v: (v.q - v.hot) / len(v.s)}),
        ("over-K", "both", {"loss": lambda v: -np.log(v.q[v.y]) / len(v.s), "ds": lambda v: (v.q - v.hot) / len(v.s)}),
        ("stops-at-q", "", {"ds": lambda v: -v.hot / v.q}),
        ("stops-at-q", "", {"ds": lambda v: v.hot / v.q}),
        ("slope-of-q", "q·(1 − q) alone", {"ds": lambda v: v.q * (1 - v.q)}),
        ("slope-of-q", "(q − y)·q·(1 − q)", {"ds": lambda v: (v.q - v.hot) * v.q * (1 - v.q)}),
        ("slope-of-q", "the slopes of q for the true class alone", {"ds": lambda v: v.q[v.y] * (v.hot - v.q)}),
        ("twice", "", {"ds": lambda v: 2 * (v.q - v.hot)}),
        ("scores-for-q", "", {"ds": lambda v: v.s - v.hot}),
        ("not-normalised", "", {"q": lambda v: np.exp(v.s)}),
        ("not-normalised", "", {"q": lambda v: v.e}),
        ("sigmoid", "", {"q": lambda v: 1 / (1 + np.exp(-v.s))}),
        ("exp-missing", "", {"e": lambda v: v.s}),
        ("exp-missing", "", {"e": lambda v: np.abs(v.s)}),
        ("divided-by-max", "", {"e": lambda v: np.exp(v.s / v.s.max())}),
        ("order", "", {"result": SOFTMAX.turned("ds", "loss")}),
        ("likelihood", "", {"result": lambda v: [-v.loss, -v.ds]}),
        ("chances-for-loss", "", {"loss": lambda v: v.q, "ds": lambda v: v.q - v.hot}),
        ("all-logs", "", {"loss": lambda v: -np.log(v.q)}),
    ],
)
_BIG = (  # scores and true class, the hardest last
    ((1000.0, 0.0), 0),
    ((1000.0, 999.0, 997.0), 1),
    ((-1000.0, -1001.0), 0),
    ((0.0, 0.0, 0.0, 3000.0), 3),
    ((1000.0, 0.0), 1),
)


def _stable(s, y):
    """The loss and the slopes in one row, without a logarithm of a chance."""
    shifted = np.array(s) - max(s)
    total = np.exp(shifted).sum()
    return in_a_row([np.log(total) - shifted[y], np.exp(shifted) / total - _one_hot(s, y)])


def _big(report):
    """(scores, class, the wrong loss and slopes or a Trouble) for the first large scores that aren't survived."""
    for scores, y in _BIG:
        row, true = report.call(np.array(scores), y), _stable(scores, y)
        if isinstance(row, Trouble) or not isinstance(row, np.ndarray) or row.shape != true.shape:
            trouble = (
                row if isinstance(row, Trouble) else Trouble("type", "your function returns no loss and slopes.", "")
            )
            return SimpleNamespace(scores=scores, y=y, row=trouble, true=true)
        if not close(row, true):
            return SimpleNamespace(scores=scores, y=y, row=row, true=true)
    return None


def _probe_softmax(report):
    odd = _shape_first(report)
    if odd or not report.fits(SOFTMAX):
        return odd
    big = _big(report)
    if big is None:
        return None
    report.answer.big = big
    if isinstance(big.row, Trouble):
        if re.search("OverflowError|ZeroDivisionError", big.row.sentence):
            return "no-shift"
        if re.search("math domain error|expected a positive", big.row.sentence) and big.true[0] > 100:
            return "log-underflow"
        said = big.row.sentence.replace("your function", f"for s = {_scores(big)} your function", 1)
        return replace(big.row, sentence=said)
    if close(big.row[1:], big.true[1:], 1e-6) and big.true[0] > 100:
        return "log-underflow" if not np.isfinite(big.row[0]) else "log-clipped"
    return "no-shift"


def _scores(big):
    return f"({', '.join(f'{score:g}' for score in big.scores)})".replace("-", "−")


def _said_big(template):
    def sentence(report):
        big = report.answer.big
        if isinstance(big.row, Trouble):
            gives = f"no numbers but {'an OverflowError' if 'Overflow' in big.row.sentence else 'an error'}"
        else:
            gives = f"{big.row[0]:.6g} and {show(big.row[1:])}"
        return template.format(s=_scores(big), y=big.y, loss=f"{big.true[0]:.4g}", gives=gives)

    return sentence


def _softmax_case(seed, y, *scores):
    s = np.array(scores) if scores else normal(seed, 5)
    return case(f"s = {show(s)} and y = {y}".replace("-", "−"), s, y)


SOFTMAX_XENT = _watched(
    Exercise(
        name="softmax_xent",
        lesson=LESSON,
        parameters=("s", "y"),
        example="softmax_xent(np.array([0.0, 0.0, 0.0]), 0)",
        cases=(
            _softmax_case(0, 1, 2.0, 1.0, -1.0),  # S1
            _softmax_case(0, 2, 2.0, 1.0, -1.0),  # S1 with another class: keeps apart what coincides at 1
            _softmax_case(0, 0, 0.5, 1.5),
            _softmax_case(70, 3),
            _softmax_case(71, 1, *shaken(3, (-1.2, 0.4, 3.1, 0.7))),
            _softmax_case(72, 2, 0.3, -0.8, 1.9, -2.2),
        ),
        truth=SOFTMAX,
        shape=lambda s, y: (1 + len(s),),
        shape_words="the loss and the slopes ds",
        size=lambda s, y: len(s),
        what="the cross-entropy and its slopes",
        known="q − y, for 2 to 5 classes, and scores of 3000 do no harm.",
        question="Three equal scores, y = 0. What are the three chances, what is the loss, and which score should "
        "rise?",
        pointer="Exponentials, divided by their sum: the chances. Minus the logarithm of one of them: the loss. And "
        "the "
        "slopes are chance given minus chance deserved.",
        step="Two scores of 0, y = 0: the chances are ½ and ½, the loss is log 2 = 0.693. The first chance should have "
        "been 1 and the second 0, so the slopes are −½ and ½.",
        mistakes=(
            _SOFTMAX.mistake(
                "A28",
                "your slopes are y − q: each has the right size and the opposite sign.",
                "For the true class, should raising its score raise or lower the loss?",
                "A slope says what happens when the score goes up. More score for the truth means less loss.",
                "Two scores of 0, y = 0: the loss is 0.693. With s = (0.01, 0) it is 0.688. It fell, so the first "
                "slope "
                "is negative: −½.",
            ),
            _SOFTMAX.mistake(
                "likelihood",
                "loss and slopes both have the opposite sign: together they are the log-likelihood, which one climbs.",
                "Gradient descent goes downhill. Where would it take these numbers?",
                "A loss gets smaller as the network gets better. Minus the logarithm does that.",
                "A chance of ½ costs −log ½ = 0.693, a chance of 0.9 costs 0.105. With the other sign, better would be "
                "higher.",
            ),
            _SOFTMAX.mistake(
                "minus-missing",
                "your loss is the logarithm itself; the minus is missing.",
                "What sign has the logarithm of a number between 0 and 1?",
                "A loss is never negative here: 0 for a sure and right answer, more for everything else.",
                "A chance of ½ costs −log ½ = 0.693. A chance of 1 in 1000 costs 6.9.",
            ),
            _SOFTMAX.mistake(
                "one-hot-missing",
                "your slopes are the chances q themselves.",
                "Should the loss rise when the score of the true class rises?",
                "Chance given minus chance deserved. The true class deserves 1, the others 0.",
                "Chances ½ and ½, y = 0: slopes −½ and ½. They add up to 0; yours add up to 1.",
            ),
            _SOFTMAX.mistake(
                "class-as-number",
                "you take y, the number of the class, off every chance.",
                "If the classes were numbered from 10, should the slopes change?",
                "In q − y the y is a row: zeros, and a 1 at the place of the true class.",
                "Three classes, y = 2: the row is (0, 0, 1). With q = (0.2, 0.3, 0.5) the slopes are (0.2, 0.3, −0.5).",
            ),
            _SOFTMAX.mistake(
                "one-everywhere",
                "you take 1 off every chance.",
                "Which class deserves a chance of 1, and what do the others deserve?",
                "Only the entry at y gets 1 off.",
                "q = (0.2, 0.3, 0.5), y = 2: (0.2, 0.3, −0.5). They add up to 0.",
            ),
            _SOFTMAX.mistake(
                "wrong-class",
                "{words}.",
                "Which class is the true one, and who tells your function?",
                "y is an index: the true class is entry y, also where another class has the larger score.",
                "s = (5, 0), y = 1: the network was sure and wrong. The chance that counts is the second, 0.0067.",
            ),
            _SOFTMAX.mistake(
                "all-classes",
                "your loss takes in the logarithms of all classes.",
                "What should a chance of a class that isn't true cost by itself?",
                "Cross-entropy looks at one chance only, that of the true class.",
                "q = (0.2, 0.3, 0.5), y = 2: the loss is −log 0.5 = 0.693, however the rest is shared out.",
            ),
            _SOFTMAX.mistake(
                "all-logs",
                "your loss is a row, one number for each class.",
                "Which of these classes is the true one?",
                "One sample has one loss: the entry at y.",
                "q = (0.2, 0.3, 0.5), y = 2: −log 0.5 = 0.693 and nothing else.",
            ),
            _SOFTMAX.mistake(
                "chances-for-loss",
                "where the loss belongs you return the chances q.",
                "Which one number says how bad the answer was?",
                "Minus the logarithm of the chance of the true class.",
                "q = (0.2, 0.3, 0.5), y = 2: the loss is 0.693.",
            ),
            _SOFTMAX.mistake(
                "log-missing",
                "your loss is {words}; the logarithm is missing.",
                "What should a chance of one in a thousand cost, compared with one in ten?",
                "Your slopes belong to −log q. The loss has to be that too.",
                "A chance of ½ costs −log ½ = 0.693, and 0.001 costs 6.9.",
            ),
            _SOFTMAX.mistake(
                "log-base",
                "your loss takes the logarithm to the base {words}.",
                "Of which logarithm is the slope 1/x?",
                "np.log is the natural one, and q − y are the slopes of that.",
                "A chance of ½ costs 0.693. To the base 2 it would be 1, and all slopes would grow by 1.44.",
            ),
            _SOFTMAX.mistake(
                "score-only",
                "your loss looks at the scores and leaves out the logarithm of the sum.",
                "If all scores rise by 1, should the loss change?",
                "L = −s_y + log Σ e^s. Both terms count.",
                "Two scores of 0: −0 + log(1 + 1) = 0.693.",
            ),
            _SOFTMAX.mistake(
                "half-shifted",
                "in your loss one of the two terms is shifted by the largest score and the other is not.",
                "If you take 1000 off the scores in one place, where else must it come off?",
                "Shift first and give the shifted scores a name. Then use only that name.",
                "s = (3, 1), y = 1. Shifted: (0, −2). The loss is log(1 + 0.135) − (−2) = 2.127. With s[1] = 1 it "
                "would "
                "be −0.873.",
            ),
            _SOFTMAX.mistake(
                "squared-loss",
                "your loss is a squared difference of chances.",
                "Which loss has q − y for its slopes?",
                "Cross-entropy: minus the logarithm of the true class's chance.",
                "q = (½, ½), y = 0: cross-entropy is 0.693, and the squares give 0.5.",
            ),
            _SOFTMAX.mistake(
                "over-K",
                "you divide {words} by the number of classes.",
                "Over what would that be a mean?",
                "One sample has one true class, and one logarithm. Nothing is averaged.",
                "Two scores of 0, y = 0: the loss is 0.693 and the slopes are −½ and ½.",
            ),
            _SOFTMAX.mistake(
                "stops-at-q",
                "your slopes are those for q, the chances: one link is still to go.",
                "What lies between the scores and the chances?",
                "If one score rises, all chances move. Going back through softmax, the fuss cancels: q − y is left.",
                "Two scores of 0, y = 0: the slope for q₀ is −1/q₀ = −2. For the score s₀ it is −½.",
            ),
            _SOFTMAX.mistake(
                "slope-of-q",
                "your slopes have softmax's own slope in them: {words}.",
                "Log and softmax go together here. Which factor does 1/q cancel?",
                "Derive −s_y + log Σ e^s: neither term leaves a product of chances behind.",
                "Two scores of 0, y = 0: slopes −½ and ½. A factor q·(1 − q) would make them four times too small.",
            ),
            _SOFTMAX.mistake(
                "twice",
                "your loss is right and your slopes are twice as long.",
                "Where does the 2 come from: is there a square in this loss?",
                "The 2 belongs to the squared loss. Cross-entropy has no square.",
                "Two scores of 0, y = 0: the loss is 0.69315, with s₀ = 0.01 it is 0.68816: −0.005 for 0.01, slope −½.",
            ),
            _SOFTMAX.mistake(
                "scores-for-q",
                "your slopes use the scores in place of the chances.",
                "Do your slopes add up to 0?",
                "q − y: first softmax, then the difference.",
                "Two scores of 3, y = 0: the chances are ½ and ½, the slopes −½ and ½, whatever the 3 is.",
            ),
            _SOFTMAX.mistake(
                "not-normalised",
                "your chances don't add up to 1: the division by the sum is missing.",
                "What must the chances add up to?",
                "Each exponential is divided by the sum of all of them.",
                "Exponentials 1 and 3: their sum is 4, the chances are ¼ and ¾.",
            ),
            _SOFTMAX.mistake(
                "sigmoid",
                "your chances come from a sigmoid for each score by itself.",
                "If one score rises, what should happen to the other chances?",
                "Softmax lets the classes compete: exponentials, divided by their common sum.",
                "Three scores of 0: the chances are ⅓ each. Three sigmoids would say ½, ½, ½.",
            ),
            _SOFTMAX.mistake(
                "exp-missing",
                "your chances are made from the scores without the exponential.",
                "What would a chance be for a score of −1?",
                "Scores may be anything. e to the power of a score is positive.",
                "Scores (1, −1): exponentials 2.718 and 0.368, chances 0.881 and 0.119.",
            ),
            _SOFTMAX.mistake(
                "divided-by-max",
                "you divide the scores by the largest one; that changes the chances.",
                "Which change of all scores leaves every chance as it is?",
                "All scores may go up or down together: subtract, and the common factor cancels.",
                "(1000, 999): subtract 1000 and you get (0, −1), chances 0.73 and 0.27. Divided: (1, 0.999), nearly "
                "equal.",
            ),
            _SOFTMAX.mistake(
                "order",
                "the slopes come first and the loss second.",
                "In which order does the exercise want them?",
                "loss, ds: look at your last line.",
                "The caller writes loss, ds = softmax_xent(…).",
            ),
            Mistake(
                "no-shift",
                _said_big("right for small scores; for s = {s} and y = {y} your function gives {gives}."),
                "How large is e to the power of 1000, and how small e to the power of −1000, for a computer?",
                "All scores may go down together by the same number, and nothing changes. Which number makes the "
                "largest "
                "exponential 1?",
                "(1000, 999) and (0, −1) have the same chances. exp(0) = 1 and exp(−1) = 0.368, so: 0.731 and "
                "0.269.",
            ),
            Mistake(
                "log-underflow",
                _said_big(
                    "your slopes survive large scores and your loss doesn't: for s = {s} and y = {y} it should be "
                    "{loss}, "
                    "and your function gives {gives}."
                ),
                "A chance of e to the power of −1000 is 0 to the computer. What is the logarithm of that?",
                "Don't take the logarithm of a chance. L = −s_y + log Σ e^s, with shifted scores, never needs it.",
                "s = (3, 1), y = 1. Shifted: (0, −2). Sum of exponentials: 1.135, its log 0.127. Minus −2: 2.127.",
            ),
            Mistake(
                "log-clipped",
                _said_big(
                    "right for small scores; for s = {s} and y = {y} the loss should be {loss}, and your function "
                    "gives "
                    "{gives}: something keeps the chance away from 0."
                ),
                "Which loss does a chance of 1e-12 have, and what becomes of everything smaller?",
                "A small number added inside the logarithm hides inf and cuts the loss off. L = −s_y + log Σ e^s does "
                "without.",
                "s = (3, 1), y = 1. Shifted: (0, −2). Sum of exponentials: 1.135, its log 0.127. Minus −2: 2.127.",
            ),
        ),
        probe=_probe_softmax,
    ),
    Reader,
    lambda s, y: [("loss", "the loss", ()), ("ds", "s", s.shape)],
)


# 4 gradcheck: a loss that watches who nudges what


class Watched:
    """A loss of the arrays in `params`, called without arguments; it writes down how they stood at each call.

    The loss is u·v + exp(0.3 Σb) with u = Σ A∘sin W and v = Σ B∘b²: no entry enters in the same way as another. A block
    by another name takes no part in it. `scale` stands in front of all of it.
    """

    scale = 1.0

    def __init__(self, W, b, **idle):
        self.params = {"W": W, "b": b, **idle}
        self.arrays = dict(self.params)
        self.start = {name: array.copy() for name, array in self.params.items()}
        self.A = np.array([1.0, -0.5, 0.8, -1.2, 1.5, 0.7]).reshape(W.shape)
        self.B = np.array([1.0, -0.6, 1.3])
        self.calls, self.looking, self.exchanged = [], False, False

    def __call__(self, *given):
        if given:
            raise TypeError("f takes no arguments: it reads the parameters where they stand")
        if self.looking:
            moved = {}
            for name, array in self.arrays.items():
                for place in np.argwhere(array != self.start[name]):
                    moved[name, tuple(place.tolist())] = float(array[tuple(place)] - self.start[name][tuple(place)])
            self.calls.append(moved)
            self.exchanged |= any(self.params.get(name) is not array for name, array in self.arrays.items())
        W, b = self.arrays["W"], self.arrays["b"]
        return self.scale * (np.sum(self.A * np.sin(W)) * np.sum(self.B * b * b) + np.exp(0.3 * np.sum(b)))

    def slopes(self):
        """The true gradient where the arrays were at the start."""
        W, b = self.start["W"], self.start["b"]
        u, v = np.sum(self.A * np.sin(W)), np.sum(self.B * b * b)
        found = {"W": v * self.A * np.cos(W), "b": 2 * u * self.B * b + 0.3 * np.exp(0.3 * np.sum(b))}
        return {name: self.scale * found.get(name, np.zeros_like(array)) for name, array in self.params.items()}


def _last_longer(block):
    block = block.copy()
    block.flat[-1] *= 3
    return block


def _check_case(label, seed, idle=False, scale=1.0, **changes):
    """A case: params of Watched, the right slopes, and `changes` that are made to the blocks of these names."""

    def make():
        blocks = {"W": fixture_rng(seed).uniform(-1, 1, (2, 3)), "b": fixture_rng(seed + 1).uniform(0.3, 1.4, 3)}
        blocks["W"][0, 1] = 1.2345678e-7  # smaller than the nudge: adding and taking away again can't bring it back
        if idle:
            blocks["idle"] = fixture_rng(seed + 2).uniform(-1, 1, 2)
        f = Watched(**blocks)
        f.scale = scale
        grads = {name: changes.get(name, np.copy)(slope) for name, slope in f.slopes().items()}
        return f, f.params, grads

    return Case(label, make)


def _errors_by(error, slopes=lambda f: f.slopes()):
    """What gradcheck gives with another `error(g, n)` or with other `slopes(f)`, for any case."""

    def errors(f, params, grads):
        n = slopes(f)
        return _snapped([error(grads[name], n[name]) for name in params])

    return errors


def _snapped(errors):
    """Errors below the threshold as 0: how far below it they are depends on the nudge."""
    errors = np.asarray(errors, dtype=float)
    return np.where(np.abs(errors) < SMALL, 0.0, errors)


def _norm(x):
    return np.linalg.norm(x)


def _ratio(above, below):
    return above / below if below else 0.0


def _relative(g, n):
    return _ratio(_norm(g - n), _norm(g) + _norm(n))


def _by_entry(g, n):
    """The relative error of each entry by itself, 0 where both are 0."""
    below = np.abs(g) + np.abs(n)
    return np.divide(np.abs(g - n), below, out=np.zeros_like(below), where=below > 0)


def _by_factor(factor):
    return lambda f: {name: factor * slope for name, slope in f.slopes().items()}


def _first_only(f):
    slopes = f.slopes()
    return {name: np.where(np.arange(each.size).reshape(each.shape) == 0, each, 0) for name, each in slopes.items()}


def _all_in_one(f, params, grads):
    n = f.slopes()
    g, n = (in_a_row([each[name] for name in params]) for each in (grads, n))
    return _relative(g, n)


_GRADCHECK = {  # mistake: (words, function)
    "absolute": [
        ("the length of g − n", _errors_by(lambda g, n: _norm(g - n))),
        ("the largest entry of g − n", _errors_by(lambda g, n: np.abs(g - n).max())),
        ("the sum of the entries of g − n", _errors_by(lambda g, n: np.abs(g - n).sum())),
        ("the mean of the entries of g − n", _errors_by(lambda g, n: np.abs(g - n).mean())),
        ("the sum of squares of g − n", _errors_by(lambda g, n: np.sum((g - n) ** 2))),
        ("the mean square of g − n", _errors_by(lambda g, n: np.mean((g - n) ** 2))),
    ],
    "max": [
        ("", _errors_by(lambda g, n: _ratio(np.abs(g - n).max(), np.abs(g).max() + np.abs(n).max()))),
        ("", _errors_by(lambda g, n: _ratio(np.abs(g - n).max(), max(np.abs(g).max(), np.abs(n).max())))),
        ("", _errors_by(lambda g, n: _by_entry(g, n).max())),
        ("", _errors_by(lambda g, n: _ratio(np.abs(g - n).max(), (np.abs(g) + np.abs(n)).max()))),
        ("", _errors_by(lambda g, n: _ratio(np.abs(g - n).max(), _norm(g) + _norm(n)))),
    ],
    "entry-by-entry": [
        ("the mean", _errors_by(lambda g, n: _by_entry(g, n).mean())),
        ("the sum", _errors_by(lambda g, n: _by_entry(g, n).sum())),
        ("the length", _errors_by(lambda g, n: _norm(_by_entry(g, n)))),
    ],
    "other-lengths": [
        ("", _errors_by(lambda g, n: _ratio(np.abs(g - n).sum(), np.abs(g).sum() + np.abs(n).sum()))),
        ("", _errors_by(lambda g, n: _ratio(np.sum((g - n) ** 2), np.sum(g**2) + np.sum(n**2)))),
        ("", _errors_by(lambda g, n: _relative(g, n) ** 2)),
        ("", _errors_by(lambda g, n: _ratio(np.sum((g - n) ** 2), _norm(g) + _norm(n)))),
    ],
    "denominator": [
        ("‖g‖", _errors_by(lambda g, n: _ratio(_norm(g - n), _norm(g)))),
        ("‖n‖", _errors_by(lambda g, n: _ratio(_norm(g - n), _norm(n)))),
        ("the larger of ‖g‖ and ‖n‖", _errors_by(lambda g, n: _ratio(_norm(g - n), max(_norm(g), _norm(n))))),
        ("the smaller of ‖g‖ and ‖n‖", _errors_by(lambda g, n: _ratio(_norm(g - n), min(_norm(g), _norm(n))))),
        ("half of ‖g‖ + ‖n‖", _errors_by(lambda g, n: 2 * _relative(g, n))),
        ("twice ‖g‖ + ‖n‖", _errors_by(lambda g, n: _relative(g, n) / 2)),
        ("‖g + n‖", _errors_by(lambda g, n: _ratio(_norm(g - n), _norm(g + n)))),
        ("‖g‖·‖n‖", _errors_by(lambda g, n: _ratio(_norm(g - n), _norm(g) * _norm(n)))),
    ],
    "lengths-compared": [
        ("", _errors_by(lambda g, n: _ratio(abs(_norm(g) - _norm(n)), _norm(g) + _norm(n)))),
        ("", _errors_by(lambda g, n: abs(_norm(g) - _norm(n)))),
        ("", _errors_by(lambda g, n: _ratio(abs(g.sum() - n.sum()), abs(g.sum()) + abs(n.sum())))),
        ("", _errors_by(lambda g, n: _ratio(abs(np.sum(g - n)), _norm(g) + _norm(n)))),
    ],
    "A12": [("", _errors_by(_relative, _by_factor(2)))],
    "halved-twice": [("", _errors_by(_relative, _by_factor(1 / 2)))],
    "nudge-sign": [("", _errors_by(_relative, _by_factor(-1))), ("", _errors_by(_relative, _by_factor(-2)))],
    "not-divided": [("", _errors_by(_relative, _by_factor(c * 10.0**-k))) for c in (1, 2) for k in (3, 4, 5)],
    "one-for-all": [
        ("", _all_in_one),
        ("", lambda f, params, grads: np.full(len(params), _all_in_one(f, params, grads))),
    ],
    "worst-only": [("", lambda f, params, grads: _errors_by(_relative)(f, params, grads).max())],
}


class Judge(Reader):
    """Lets the learner's gradcheck run on a Watched loss and looks at what it did to the parameters."""

    def __init__(self, function, layout):
        super().__init__(function, layout)
        self.note = ""

    def run(self, call, f, params, grads):
        f.looking = True
        try:
            return self.function(f, params, grads)
        finally:
            f.looking = False
            call.f = f
            call.trace = _trace(f, params)
            call.exchanged = f.exchanged
            call.left = max(np.abs(array - f.start[name]).max() for name, array in f.arrays.items())
            call.exact = all((array == f.start[name]).all() for name, array in f.arrays.items())
            call.spoilt = any(
                not np.array_equal(old, new) for old, new in zip(call.before[2].values(), grads.values(), strict=False)
            )

    def read(self, call):
        value = super().read(call)
        if isinstance(value, np.ndarray):
            if type(call.raw) is not dict and len(value) == len(call.layout) > 1:
                self.note = (
                    "right, as a row of numbers. The exercise asks for a dict, so that each number keeps the name of "
                    "its "
                    "block."
                )
            return _snapped(value)
        return value

    def pieces(self, raw, names):
        if issubclass(type(raw), np.ndarray) and raw.ndim == 0:
            return {"all": raw}
        return super().pieces(raw, names)


def _trace(f, params):
    """What the calls of f had in common: entries nudged, how far, which way."""
    nudged = [moved for moved in f.calls if moved]
    sizes = [abs(by) for moved in nudged for by in moved.values()]
    seen = {}
    for moved in nudged:
        for place, by in moved.items():
            seen.setdefault(place, set()).add(by > 0)
    return SimpleNamespace(
        calls=len(f.calls),
        nudged=len(nudged),
        size=min(sizes, default=0.0),
        most=max(sizes, default=0.0),
        at_once=len(nudged[0]) if nudged else 0,
        one_sided=bool(seen) and all(len(ways) == 1 for ways in seen.values()),
        places=seen,
    )


def _first(report):
    """What happened in the first call: the right slopes of two blocks."""
    return report.answer.calls[0]


def _judged_right(report):
    return report.fits(GRADCHECK_TRUTH)


def _wrong_and(test):
    """A test of the first call's trace that counts only where the numbers are wrong."""

    def seen(report):
        call = _first(report)
        return ran_through(report) and not _judged_right(report) and bool(test(call, call.trace))

    return seen


def _gradcheck_row(name):
    def seen(report):
        far = name == "not-divided" and _first(report).trace.most > 0.01  # then the slopes are wrong, and not small
        return not far and any(map(report.fits, (function for _, function in _GRADCHECK[name])))

    return seen


def _gradcheck_says(name, template):
    def sentence(report):
        return template.format(words=next(words for words, function in _GRADCHECK[name] if report.fits(function)))

    return sentence


def _formula(name, says, question, pointer, step):
    """A mistake in the numbers alone."""
    return Mistake(name, _gradcheck_says(name, says), question, pointer, step, seen=_gradcheck_row(name))


GRADCHECK_TRUTH = _errors_by(_relative)


def _zero_block(report):
    """Whether only the block whose slopes are all 0 is off, with anything in place of a 0."""
    for each, value, raw in zip(report.exercise.cases, report.values, report.raw, strict=True):
        expected = GRADCHECK_TRUTH(*each.make())
        if len(expected) == 3:
            if isinstance(value, Trouble) and value.kind == "exception":
                return "ZeroDivision" in value.sentence
            if not isinstance(raw, np.ndarray) or raw.shape != (3,):
                return False
            return close(raw[:2], expected[:2], 1e-4) and not close(raw[2], 0.0)
        if isinstance(value, Trouble) or not close(value, expected, 1e-4):
            return False
    return False


def _missed_entries(call, trace):
    """Whether of some block only the first entry was nudged, and of none all but a few."""
    per_block = [{place for name, place in trace.places if name == block} for block in call.f.arrays]
    return any(len(places) == 1 for places in per_block) and trace.at_once == 1


def _missed_block(report):
    """Whether all nudges went to one block, also where the dict that came back lacks the others."""
    failed = isinstance(report.values[0], Trouble) and report.values[0].kind == "exception"
    blocks = {name for name, _ in _first(report).trace.places}
    return not failed and not _judged_right(report) and len(blocks) == 1


def _said_size(report):
    size = _first(report).trace.size
    return f"your nudge is {size:.0e}, and even right slopes don't pass: the error is {_show_first(report)}."


def _show_first(report):
    return f"{np.nanmax(in_a_row(report.raw[0])):.1e}" if isinstance(report.raw[0], np.ndarray) else "no number"


def _probe_gradcheck(report):
    call = _first(report)
    if any(each.spoilt for each in report.answer.calls):
        return Trouble(
            "changes-input",
            "your function writes into grads, which belongs to the caller: it is not the same after the call.",
            "Which line writes into grads, or into another name for one of its arrays?",
        )
    if _judged_right(report) and call.trace.one_sided:
        return Verdict(
            True,
            "one-sided",
            "right on every case, with nudges to one side. Central differences allow a larger nudge: their error "
            "shrinks "
            "with its square.",
        )
    return None


def _show_left(report):
    return f"{max(call.left for call in report.answer.calls if hasattr(call, 'left')):.0e}"


def _shown_errors(call, args, got, true, off):
    """The first block whose error is off."""
    which, (part, _, _, k) = _parts_off(call, got, true, off)
    return f"{which} The relative error of {part} there is {true[k]:.4g}, and yours is {got[k]:.4g}."


GRADCHECK = _watched(
    Exercise(
        name="gradcheck",
        lesson=LESSON,
        parameters=("f", "params", "grads"),
        example='gradcheck(lambda: np.sum(p**2), {"p": p}, {"p": 2 * p})',
        cases=(
            _check_case("right slopes for two blocks", 80),
            _check_case("slopes of b that are 1 % too long", 90, b=lambda g: 1.01 * g),
            _check_case(
                "slopes of W with the wrong sign and slopes of b half as long", 100, W=lambda g: -g, b=lambda g: g / 2
            ),
            _check_case("a block that the loss doesn't depend on", 110, idle=True),
            _check_case(
                "a last entry that is three times too long in both blocks", 120, W=_last_longer, b=_last_longer
            ),
            _check_case("slopes of a hundredth, and those of W turned round", 140, scale=0.01, W=lambda g: -g),
        ),
        truth=GRADCHECK_TRUTH,
        rtol=1e-4,  # the errors of wrong slopes depend on the nudge in the fifth digit
        shape=lambda f, params, grads: (len(params),),
        shape_words="one relative error for each block",
        what="the relative error of each block",
        known="right slopes pass, 1 % shows, a block of zeros does no harm, and every parameter is back to the last "
        "bit.",
        question="Take one block of two numbers and f = the sum of their squares. Which four calls of f do you make?",
        pointer="For each entry: keep it, raise it, call f, lower it, call f, put the kept number back. Then compare "
        "whole "
        "blocks by their lengths.",
        step="p = (1, 2), loss Σp², nudge 0.1 so that you can see it. Entry 0: f(1.1, 2) = 5.21, f(0.9, 2) = 4.81, "
        "slope "
        "0.4 / 0.2 = 2. Put the 1 back. Entry 1 likewise: 4. So n = (2, 4), and its length is 4.47.",
        mistakes=(
            Mistake(
                "not-restored",
                lambda report: f"your function leaves the parameters {_show_left(report)} away from where they were.",
                "After the two calls of f, who puts the entry back?",
                "Keep the number in a name of its own before you nudge, and write that number back.",
                "kept = array[i], then array[i] = kept + eps, call f, array[i] = kept − eps, call f, array[i] = kept.",
                seen=lambda report: ran_through(report) and any(call.left > 1e-9 for call in report.answer.calls),
            ),
            Mistake(
                "perturbs-copy",
                lambda report: (
                    "f never sees your nudges: you put another array into the dict, and f goes on reading the one it "
                    "knows."
                    if _first(report).exchanged
                    else "f never sees your nudges: each time it is called the parameters stand where they stood."
                ),
                "Which array does f read, and which one do you change?",
                "`a + eps` and `a.copy()` make a new array. `a[i] = …` changes the one that f reads.",
                "p = np.ones(2); q = p.copy(); q[0] = 5: p is still (1, 1). With p[0] = 5 it is (5, 1).",
                seen=_wrong_and(lambda call, trace: trace.calls and not trace.nudged),
            ),
            Mistake(
                "f-not-called",
                "your function never calls f.",
                "Where do the nudged losses come from?",
                "f() with empty brackets gives the loss for the parameters as they are now.",
                "Raise one entry, up = f(). Lower it, down = f(). Their difference over 2·eps is one slope.",
                seen=_wrong_and(lambda call, trace: trace.calls == 0),
            ),
            Mistake(
                "all-at-once",
                lambda report: f"at your first nudge {_first(report).trace.at_once} entries move together.",
                "If six numbers move and the loss changes, which of them was it?",
                "One entry at a time: array[index] with an index from np.ndindex(array.shape).",
                "p = (1, 2): first (1 + eps, 2) and (1 − eps, 2), then (1, 2 + eps) and (1, 2 − eps).",
                seen=_wrong_and(lambda call, trace: trace.at_once > 1),
            ),
            Mistake(
                "first-entry-only",
                "of a block with several entries only one is ever nudged.",
                "How many slopes does a (2, 3) array have?",
                "np.ndindex(array.shape) runs through all indices. Where does your loop end?",
                "p = (1, 2) needs four calls of f, two for each entry. Count yours.",
                seen=_wrong_and(_missed_entries),
            ),
            Mistake(
                "block-missing",
                "only one of the two blocks is ever nudged.",
                "How often does your outer loop run, and where does it return?",
                "params is a dict: `for name, array in params.items()`. `return` ends the function at once.",
                "Two blocks of 6 and 3 entries: 18 calls of f.",
                seen=_missed_block,
            ),
            Mistake(
                "one-sided",
                lambda report: (
                    "your nudges go to one side only, and with the nudge "
                    f"{_first(report).trace.size:.0e} even right slopes are judged wrong."
                ),
                "How does the error of a one-sided difference shrink with the nudge, and how that of a central one?",
                "Central: one call of f a little above, one a little below, divided by the distance between them.",
                "p², p = 1, eps = 0.1: one side gives 0.21 / 0.1 = 2.1. Both sides: (1.21 − 0.81) / 0.2 = 2.",
                seen=_wrong_and(lambda call, trace: trace.one_sided),
            ),
            Mistake(
                "nudge-too-small",
                _said_size,
                "How many digits of the loss are left when you subtract two losses that agree in twelve digits?",
                "A loss has about sixteen digits. A nudge that is too small uses them all up for what stays the same.",
                "Lesson 2 had a V-shaped curve: for central differences its bottom lies near 1e-5.",
                seen=_wrong_and(lambda call, trace: 0 < trace.most < 2e-8),
            ),
            Mistake(
                "nudge-too-large",
                _said_size,
                "Is the curve straight over a stretch that long?",
                "The error of a central difference grows with the square of the nudge.",
                "Lesson 2 had a V-shaped curve: for central differences its bottom lies near 1e-5.",
                seen=_wrong_and(lambda call, trace: trace.size > 2e-3),
            ),
            Mistake(
                "restored-inexactly",
                lambda report: (
                    f"the parameters come back {_show_left(report)} away from where they were: not to the last bit."
                ),
                "Type 0.1 + 0.2 - 0.2 into a cell: is the result 0.1?",
                "Adding and taking away again rounds twice. Write back the number that you kept.",
                "With p += h; p −= 2h; p += h a thousand checks move every weight a little. With array[i] = kept none "
                "does.",
                seen=lambda report: ran_through(report) and not all(call.exact for call in report.answer.calls),
            ),
            Mistake(
                "zero-block",
                lambda report: (
                    "right for blocks with slopes; for a block whose slopes are all 0, in grads and by nudging, your "
                    "function doesn't give 0."
                ),
                "What is 0 divided by 0, and how far apart are two slopes that are both 0?",
                "Look at the length below the line first. If it is 0, the two agree.",
                "g = (0, 0) and n = (0, 0): ‖g − n‖ = 0, ‖g‖ + ‖n‖ = 0. They agree, error 0.",
                seen=_zero_block,
            ),
            _formula(
                "absolute",
                "your error is absolute: {words}, not compared with how long the slopes are.",
                "Slopes of a million that are off by 1: good or bad? Slopes of 0.001 that are off by 1?",
                "Divide the length of the difference by the two lengths together.",
                "g = 101, n = 100: off by 1, relative error 1/201 = 0.005. g = 2, n = 1: also off by 1, and 1/3.",
            ),
            _formula(
                "max",
                "your error looks at the largest entry where the length of the whole block is asked for.",
                "What is ‖x‖ for x = (3, 4)?",
                "‖x‖ is the root of the sum of squares: np.linalg.norm.",
                "x = (3, 4): the largest entry is 4, the length is 5.",
            ),
            _formula(
                "entry-by-entry",
                "you compare entry by entry and then take {words} of the errors.",
                "What happens to an entry whose slope is nearly 0, and whose rounding error isn't?",
                "First the lengths of whole blocks, then one division.",
                "g = (100, 0.0002), n = (100, 0.0001): as blocks they agree to a millionth. Entry by entry the second "
                "is "
                "off by a third.",
            ),
            _formula(
                "other-lengths",
                "your error measures length in another way than by the root of the sum of squares.",
                "What is ‖x‖ for x = (3, 4)?",
                "np.linalg.norm: squares, sum, root. All three lengths in the formula are of this kind.",
                "x = (3, 4): 9 + 16 = 25, the root is 5. Without the root it is 25, with plain sizes 7.",
            ),
            _formula(
                "denominator",
                "below the line stands {words}, and not ‖g‖ + ‖n‖.",
                "What should come out if g = −n?",
                "With ‖g‖ + ‖n‖ below the line the error lies between 0 and 1, whichever of the two is wrong.",
                "g = 3, n = −3: 6 / (3 + 3) = 1.",
            ),
            _formula(
                "lengths-compared",
                "you compare two lengths or two sums; slopes that point elsewhere can have the same.",
                "g = (1, 0) and n = (0, 1): do they agree?",
                "First the difference g − n, then its length.",
                "g = (1, 0), n = (0, 1): both have length 1, and their difference (1, −1) has length 1.41.",
            ),
            _formula(
                "A12",
                "your numerical slopes are twice too long.",
                "How far apart are your two sample points?",
                "One nudge up and one nudge down are two nudges apart.",
                "p², p = 1, eps = 0.1: 1.21 − 0.81 = 0.4, over a stretch of 0.2. Slope 2.",
            ),
            _formula(
                "halved-twice",
                "your numerical slopes are half of what they should be.",
                "How far apart are your two sample points?",
                "Divide the difference of two losses by the distance between the two places.",
                "p², p = 1, eps = 0.1: one side alone moves 0.21, over 0.1. Both: 0.4, over 0.2.",
            ),
            _formula(
                "not-divided",
                "your numerical slopes are next to nothing: what the two losses differ by is not yet a slope.",
                "The loss moves by 0.0004 over a stretch of 0.0002. How steep is that?",
                "Rise over run: divide the difference of the losses by the distance between the two places.",
                "p², p = 1, eps = 0.1: 1.21 − 0.81 = 0.4, over a stretch of 0.2. Slope 2.",
            ),
            _formula(
                "nudge-sign",
                "your numerical slopes have the opposite sign.",
                "Which of the two losses do you subtract from which?",
                "The loss at the raised entry, minus the loss at the lowered one.",
                "p², p = 1, eps = 0.1: 1.21 − 0.81 = 0.4, a slope of +2. It rises.",
            ),
            _formula(
                "one-for-all",
                "your function makes one number of all blocks together.",
                "If one block of ten is wrong, would you see which?",
                "One relative error for each name in params.",
                "Errors {W: 0, b: 0.3} tell you where to look. A single 0.1 doesn't.",
            ),
            _formula(
                "worst-only",
                "your function returns the error of the worst block alone.",
                "Which blocks pass, and which one doesn't?",
                "One relative error for each name in params, in a dict.",
                "Errors {W: 0, b: 0.3} tell you where to look. A single 0.3 doesn't.",
            ),
        ),
        probe=_probe_gradcheck,
    ),
    Judge,
    lambda f, params, grads: [(name, name, ()) for name in params],
    shown=_shown_errors,
)


# 5 value_step: four letters, on leaves that write down what happens to them


class _Leaf(Value):
    """A leaf that tells a diary whenever its data or its gradient is set from outside."""

    def __init__(self, data, diary):
        self.diary = None
        super().__init__(data)
        self.diary = diary

    @property
    def data(self):
        return Value.data.__get__(self)

    @data.setter
    def data(self, number):
        self._note("U")
        Value.data.__set__(self, number)

    @property
    def grad(self):
        return Value.grad.__get__(self)

    @grad.setter
    def grad(self, number):
        if self.diary is not None:
            self._note("Z" if number is None or not np.any(np.asarray(number, dtype=float)) else "g")
        Value.grad.__set__(self, number)

    def zero_grad(self):
        self._note("Z")
        super().zero_grad()

    def _note(self, letter):
        if self.diary is not None and not self.diary.busy:
            self.diary.letters.append(letter)

    def __sub__(self, other):
        self._note("-")
        return super().__sub__(other)


class Round:
    """Parameters, a loss of them, and a diary of what is done to them: Z, F, B, U."""

    def __init__(self, build, starts, stale):
        diary = self.diary = SimpleNamespace(letters=[], busy=True)

        class Root(Value):
            __slots__ = ()

            def backward(self):
                diary.letters.append("B")
                diary.busy = True
                super().backward()
                diary.busy = False

        self.build, self.root = build, Root
        self.parameters = [_Leaf(start, diary) for start in starts]
        for parameter, old in zip(self.parameters, stale, strict=True):
            parameter.grad = old + np.zeros(parameter.shape) if parameter.shape else old
        diary.busy = False

    def loss_of(self):
        self.diary.letters.append("F")
        self.diary.busy = True
        loss = self.build(*self.parameters)
        loss.__class__ = self.root
        self.diary.busy = False
        return loss


ROUNDS = 3


def _round_case(label, build, starts, stale, eta):
    def make():
        some = Round(build, starts, stale)
        return list(some.parameters), some.loss_of, eta

    return Case(label, make)


def _program(letters, update=lambda p, i, n, eta: p.data - eta * p.grad, after=False):
    """What comes out when these letters are carried out three times, in that order."""

    def run(parameters, loss_of, eta):
        row, loss = [], None
        for _ in range(ROUNDS):
            for letter in letters:
                if letter == "F":
                    loss = loss_of()
                elif letter == "B":
                    loss.backward()
                for i, parameter in enumerate(parameters):
                    if letter == "Z" or (letter == "z" and i == 0):
                        parameter.zero_grad()
                    elif letter == "U":
                        parameter.data = update(parameter, i, len(parameters), eta)
            row += [loss_of().data if after else loss.data, [parameter.data for parameter in parameters]]
        return in_a_row(row)

    return run


def _only(place):
    return lambda p, i, n, eta: p.data - eta * p.grad if i == place % n else p.data


VALUE_TRUTH = _program("ZFBU")
_VALUE_ROWS = {
    "A15": [_program("FBU")],
    "zeroes-first-only": [_program("zFBU")],
    "A01": [_program("ZFBU", lambda p, i, n, eta: p.data + eta * p.grad)],
    "A30": [_program("ZFBU", lambda p, i, n, eta: p.data - p.grad)],
    "eta-twice": [_program("ZFBU", lambda p, i, n, eta: p.data - eta * eta * p.grad)],
    "double-step": [_program("ZFBUU")],
    "first-parameter-only": [_program("ZFBU", _only(0)), _program("ZFBU", _only(-1))],
    "backward-twice": [_program("ZFBBU")],
    "divided": [_program("ZFBU", lambda p, i, n, eta: p.data - eta * p.grad / n)],
    "becomes-step": [
        _program("ZFBU", lambda p, i, n, eta: -eta * p.grad),
        _program("ZFBU", lambda p, i, n, eta: eta * p.grad),
        _program("ZFBU", lambda p, i, n, eta: p.grad),
    ],
    "loss-after": [_program("ZFBU", after=True)],
}


class Rounds(Reader):
    """Calls the learner's value_step three times on the same parameters: three losses, and where the parameters "
    "stood."""

    def run(self, call, parameters, loss_of, eta):
        some = loss_of.__self__
        call.losses, call.stands, call.letters, call.replaced, call.as_value = [], [], [], False, False
        originals = list(parameters)
        for _ in range(ROUNDS):
            some.diary.letters.clear()
            loss = self.function(parameters, loss_of, eta)
            call.letters.append("".join(some.diary.letters))
            call.replaced = call.replaced or any(a is not b for a, b in zip(parameters, originals, strict=False))
            if isinstance(loss, Value):
                call.as_value, loss = True, loss.data
            call.losses.append(loss)
            call.stands.append([np.copy(parameter.data) for parameter in originals])
            if loss is None or _holds_dots(loss) or inspect.isgenerator(loss):
                return loss
        stood = in_a_row([parameter.data for parameter in call.before_data])
        call.moved = bool(np.any(in_a_row(call.stands[-1]) != stood))
        return call.losses

    def __call__(self, parameters, loss_of, eta):
        call = SimpleNamespace(args=(), before=(), layout=[("loss", "the loss", ())], parts=None, raw=None)
        call.before_data = [SimpleNamespace(data=np.copy(parameter.data)) for parameter in parameters]
        self.calls.append(call)
        call.raw = raw = self.run(call, parameters, loss_of, eta)
        if type(raw) is not list or _holds_dots(raw):
            return raw
        row = []
        for loss, stand in zip(call.losses, call.stands, strict=True):
            loss = numbers(loss, (), "one number, the loss")
            if isinstance(loss, Trouble) and loss.kind != "nan":
                return replace(loss, kind="type")
            row += [np.nan if isinstance(loss, Trouble) else loss, stand]
        call.row = in_a_row(row)
        return call.row


def _value_row(name):
    return lambda report: any(map(report.fits, _VALUE_ROWS[name]))


def _diary(test):
    """A test of the letters of the first call on notes that were clean, where the numbers are wrong."""

    def seen(report):
        call = report.answer.calls[0]
        if isinstance(report.values[0], Trouble) or not hasattr(call, "moved") or report.fits(VALUE_TRUTH):
            return False
        return bool(test(call, call.letters[0]))

    return seen


def _before(letters, one, other):
    """Whether the first `one` comes before the first `other`, and both occur."""
    return one in letters and other in letters and letters.index(one) < letters.index(other)


def _stands_still(call, letters):
    return not call.moved and "U" not in letters


def _nothing_moves(report):
    tried = report.answer.calls[: len(report.exercise.cases)]
    return _diary(lambda call, letters: not any(getattr(each, "moved", True) for each in tried))(report)


def _makes_new(call, letters):
    return _stands_still(call, letters) and (call.replaced or "-" in letters)


def _backs(report):
    """How often backward ran in the first call."""
    return report.answer.calls[0].letters[0].count("B")


def _new_in_source(report):
    try:
        return "Value(" in inspect.getsource(report.answer.function)
    except (OSError, TypeError):
        return False


def _probe_value(report):
    return "returns-value" if report.fits(VALUE_TRUTH) and report.answer.calls[0].as_value else None


def _shown_rounds(call, args, got, true, off):
    """The first number that is off, in which round."""
    k = int(np.argmax(off))
    length = len(got) // ROUNDS
    round_, place = divmod(k, length)
    if place == 0:
        return f"the loss you return in round {round_ + 1} is {got[k]:.6g}, and before that step it was {true[k]:.6g}."
    sizes = np.repeat(range(len(args[0])), [np.size(parameter.data) for parameter in args[0]])
    stands = f"parameters[{sizes[place - 1]}] stands at {got[k]:.6g} after round {round_ + 1}"
    return f"{stands}. Old place minus eta times slope would be {true[k]:.6g}."


VALUE_STEP = _watched(
    Exercise(
        name="value_step",
        lesson=LESSON,
        parameters=("parameters", "loss_of", "eta"),
        example="value_step([w], lambda: w * w, 0.1)",
        cases=(
            _round_case("w · w at w = 3, eta = 0.1", lambda w: w * w, (3.0,), (0.0,), 0.1),
            _round_case(
                "three parameters with old slopes left in them, eta = 0.05",
                lambda w, v, b: ((w * 2.0 + b).tanh() * v - 1.0) ** 2 + b * b,
                shaken(4, (0.5, -1.5, 0.2)),
                (2.0, -3.0, 1.0),
                0.05,
            ),
            _round_case(
                "an array and a number, eta = 0.2",
                lambda w, b: ((w * np.array([1.0, -2.0, 0.5]) + b) ** 2).mean(),
                shaken(5, (np.array([0.3, -0.8, 1.1]), 0.4)),
                (0.0, 0.7),
                0.2,
            ),
        ),
        truth=VALUE_TRUTH,
        shape=lambda parameters, loss_of, eta: (ROUNDS * (1 + sum(np.size(p.data) for p in parameters)),),
        shape_words="one number, the loss",
        what="one step of gradient descent and the loss before it",
        known="Z, F, B, U: three rounds on three losses, also where old slopes were left in grad.",
        question="With w = 3 and the loss w · w: what are w.grad and w.data after each of the four letters?",
        pointer="Four lines or short loops, in the order Zero, Forward, Backward, Update; then return the loss.",
        step="w = 3, loss w · w, eta = 0.1. Z: w.grad is 0. F: the loss is 9. B: w.grad is 6. U: w.data is 2.4. "
        "Returned: "
        "9. Next round: Z, then F 5.76, B 4.8, U 1.92.",
        conventions=(
            Convention(
                "zero-last",
                "right, for parameters whose slopes are 0 when it is called: you empty the bin after the update. The "
                "course "
                "does it first, so that a slope somebody left behind can't spoil a step.",
                seen=lambda report: report.fits(_program("FBUZ")),
            ),
        ),
        mistakes=(
            Mistake(
                "A15",
                "the slopes are never zeroed: each round adds to those of the rounds before.",
                "First round slope 6, second round 10.8 and not 4.8. Where do the other 6 come from?",
                "backward() adds to grad. Who sets it to 0, and when?",
                "w · w at 3, eta 0.1: slope 6, w = 2.4. Now w.grad must go to 0 before backward adds 4.8 to it.",
                seen=_value_row("A15"),
            ),
            Mistake(
                "zeroes-first-only",
                "only the first parameter's slope is set to 0; those of the others pile up.",
                "How many parameters are in the list?",
                "Zeroing needs a loop over all of them, as the update does.",
                "Two parameters with slopes 5 and 7: after Z both are 0.",
                seen=_value_row("zeroes-first-only"),
            ),
            Mistake(
                "zero-late",
                "you empty the bin between backward and update, so the update finds only zeros.",
                "What is in w.grad at the moment when the update reads it?",
                "Z stands before B. Between B and U the slopes have to stay.",
                "w · w at 3: B makes w.grad 6. If it is zeroed now, U moves w by 0.1 · 0.",
                seen=_diary(
                    lambda call, letters: "Z" in letters[letters.find("B") : letters.rfind("U")] and "B" in letters
                ),
            ),
            Mistake(
                "update-early",
                "the update comes before backward, so it uses the slopes of an earlier place, or none.",
                "When the update reads w.grad, has backward filled it in?",
                "Z, F, B, U: the update is the last of the four.",
                "w · w at 3: before B, w.grad is 0 and a step of 0.1 · 0 goes nowhere. After B it is 6.",
                seen=_diary(lambda call, letters: _before(letters, "U", "B")),
            ),
            Mistake(
                "no-backward",
                "backward() is never called, so no slope is ever filled in.",
                "Who computes w.grad?",
                "loss_of() gives a Value, and that has a method backward().",
                "loss = w * w; loss.backward(); then w.grad is 6 at w = 3.",
                seen=_diary(lambda call, letters: "B" not in letters and "F" in letters),
            ),
            Mistake(
                "no-forward",
                "loss_of is never called, so there is no loss to go back from.",
                "Who builds the loss, and for which place?",
                "loss_of() builds it anew out of the parameters as they stand now.",
                "At w = 3, loss_of() gives 9; after the step, at 2.4, it gives 5.76.",
                seen=_diary(lambda call, letters: "F" not in letters),
            ),
            Mistake(
                "new-values",
                "you make new Values, and the caller's own parameters stay where they were.",
                "After your line, which object has moved: the one that the loss is built from?",
                "`p = …` gives a name to a new object. `p.data = …` moves the one that is there.",
                "w = Value(3.0); p = w; p = Value(2.4): w.data is still 3. With p.data = 2.4 w.data is 2.4.",
                seen=lambda report: (
                    _diary(_makes_new)(report) or (_diary(_stands_still)(report) and _new_in_source(report))
                ),
            ),
            Mistake(
                "A22",
                "after your step every parameter stands where it stood: nothing moves them.",
                "Backward fills in the notes. Who moves the knobs?",
                "The U is a line of yours: p.data = p.data − eta · p.grad, for every p.",
                "w · w at 3: after backward w.grad is 6 and w.data still 3. The update makes it 2.4.",
                seen=_nothing_moves,
            ),
            Mistake(
                "A01",
                "your step follows the gradient uphill: the parameters go the right distance the wrong way.",
                "Which way does the gradient point: to more loss or to less?",
                "Descent subtracts.",
                "w · w at 3: the slope is +6, so more w means more loss. A step down goes to 2.4, and not to 3.6.",
                seen=_value_row("A01"),
            ),
            Mistake(
                "A30",
                "your step is the whole gradient; eta takes no part in it.",
                "With eta = 0, should anything move?",
                "The gradient says which way is up and how steep. How far to go, eta says.",
                "w · w at 3 with eta = 0.1: the slope is 6, the step 0.6. Without eta the step is 6 and ends at −3.",
                seen=_value_row("A30"),
            ),
            Mistake(
                "eta-twice",
                "eta works twice: your step is eta squared times the slope.",
                "How many times does eta stand between the slope and the new place?",
                "One step: eta once.",
                "w · w at 3, eta = 0.1: to 2.4. With 0.01 it would be 2.94.",
                seen=_value_row("eta-twice"),
            ),
            Mistake(
                "first-parameter-only",
                "only one of the parameters moves.",
                "How often does your update loop run before the function returns?",
                "`return` ends the function at once. Look at how far it is indented.",
                "Three parameters: three updates, and after them one return.",
                seen=_value_row("first-parameter-only"),
            ),
            Mistake(
                "backward-twice",
                "backward runs twice in a round, and the slopes are twice as long.",
                "What does a second backward() do to a gradient that is already there?",
                "One B in Z, F, B, U.",
                "w · w at 3: one backward makes w.grad 6, a second one makes it 12.",
                seen=lambda report: _value_row("backward-twice")(report) and _backs(report) > 1,
            ),
            Mistake(
                "double-step",
                "your step is twice as long as it should be.",
                "Does a line of your update run twice, or does a 2 stand in it?",
                "One step: eta times the slope, once for each parameter.",
                "w · w at 3, eta = 0.1: the slope is 6, the step 0.6, the new place 2.4. Two such steps would end at "
                "1.8.",
                seen=_value_row("double-step"),
            ),
            Mistake(
                "divided",
                "your step is divided by the number of parameters.",
                "Does each parameter have a slope of its own?",
                "A mean over samples may stand in the loss. Over parameters nothing is averaged.",
                "Two parameters with slopes 6 and 2, eta = 0.1: steps of 0.6 and 0.2.",
                seen=_value_row("divided"),
            ),
            Mistake(
                "becomes-step",
                "each parameter is replaced by a step or a slope; where it stood before is forgotten.",
                "From where does a step start?",
                "New place = old place − eta · slope.",
                "w = 3, step 0.6: the new place is 2.4, and not −0.6.",
                seen=_value_row("becomes-step"),
            ),
            Mistake(
                "loss-after",
                "the parameters are right; the loss you return is the one after the step.",
                "At which of the four letters is the loss that the exercise asks for known?",
                "Keep the loss of F. After the update you stand somewhere else.",
                "w · w at 3: F gives 9. After the step, at 2.4, the loss is 5.76. Returned is 9.",
                seen=_value_row("loss-after"),
            ),
            Mistake(
                "returns-value",
                "everything is right, but you return the loss as a Value, with its whole graph behind it.",
                "Where in a Value does the plain number stand?",
                "loss.data is a number. Keeping the Value keeps every node of every round in memory.",
                "Value(9.0).data is 9.0, and losses.append(…) wants 9.0.",
            ),
        ),
        probe=_probe_value,
    ),
    Rounds,
    shown=_shown_rounds,
)


# 5 train_step

TRAIN = Way(
    ("params", "X", "t", "eta"),
    ("W1", "b1", "W2", "b2"),
    {
        "N": lambda v: len(v.t),
        "old": lambda v: SimpleNamespace(**v.params),
        "a": lambda v: v.X @ v.old.W1 + v.old.b1,
        "h": lambda v: np.tanh(v.a),
        "y": lambda v: v.h @ v.old.W2 + v.old.b2,
        "dy": lambda v: 2 * (v.y - v.t) / v.N,
        "dy1": lambda v: v.dy,
        "back": lambda v: v.old.W2,
        "dh": lambda v: np.outer(v.dy1, v.back),
        "slope": lambda v: 1 - v.h**2,
        "da": lambda v: v.dh * v.slope,
        "dW1": lambda v: v.X.T @ v.da,
        "db1": lambda v: v.da.sum(axis=0),
        "h2": lambda v: v.h,
        "dy2": lambda v: v.dy,
        "dW2": lambda v: v.h2.T @ v.dy2,
        "db2": lambda v: v.dy2.sum(),
        "rate": lambda v: v.eta,
        "W1": lambda v: v.old.W1 - v.rate * v.dW1,
        "b1": lambda v: v.old.b1 - v.rate * v.db1,
        "W2": lambda v: v.old.W2 - v.rate * v.dW2,
        "b2": lambda v: v.old.b2 - v.rate * v.db2,
    },
)
_ALL = ("W1", "b1", "W2", "b2")


def _new_W2(v):
    return v.old.W2 - v.eta * v.h.T @ v.dy


def _new_b2(v):
    return v.old.b2 - v.eta * v.dy.sum()


def _again(W2, b2):
    """The slope at ŷ, with the prediction made anew from these."""
    return lambda v: 2 * (v.h @ W2(v) + b2(v) - v.t) / v.N


def _new_h(v):
    return np.tanh(v.X @ (v.old.W1 - v.eta * v.dW1) + v.old.b1 - v.eta * v.db1)


def _old(name):
    return lambda v: getattr(v.old, name)


def _uphill(name):
    return lambda v: getattr(v.old, name) + v.rate * getattr(v, f"d{name}")


def _after(name, change):
    """The line `name` as it is, and `change` of its result and of what is known."""
    return lambda v: change(TRAIN.lines[name](v), v)


def _one_by_one(v):
    params = v.params
    for i in range(len(v.t)):
        row = TRAIN(params, v.X[i : i + 1], v.t[i : i + 1], v.eta)
        params = _unrow(row, params)
    return [params[name] for name in _ALL]


def _unrow(row, like):
    """A row of numbers as a dict of parameters in the shapes of `like`."""
    made, at = {}, 0
    for name in _ALL:
        size = np.size(like[name])
        made[name] = row[at : at + size].reshape(np.shape(like[name]))
        at += size
    return made


def _from_sample(i):
    return lambda v: [
        _unrow(TRAIN(v.params, v.X[i:][:1], v.t[i:][:1], v.eta / len(v.t)), v.params)[name] for name in _ALL
    ]


def _twice_over(v):
    once = _unrow(TRAIN(v.params, v.X, v.t, v.eta), v.params)
    return TRAIN(once, v.X, v.t, v.eta)


_TRAIN = Slips(
    TRAIN,
    [
        (None, "half", {"dy": lambda v: (v.y - v.t) / v.N}),
        ("A01", "every parameter", {"dy": lambda v: 2 * (v.t - v.y) / v.N}),
        *(("A01", name, {name: _uphill(name)}) for name in _ALL),
        ("A01", "W1 and b1", {"W1": _uphill("W1"), "b1": _uphill("b1")}),
        ("A01", "W2 and b2", {"W2": _uphill("W2"), "b2": _uphill("b2")}),
        ("b-missing", "b1", {"a": lambda v: v.X @ v.old.W1}),
        ("b-missing", "b2", {"y": lambda v: v.h @ v.old.W2}),
        ("loss-slope", "the targets are left out of it", {"dy": lambda v: 2 * v.y / v.N}),
        ("loss-slope", "it is the squared residual", {"dy": lambda v: (v.y - v.t) ** 2 / v.N}),
        ("loss-slope", "it is the sign of the residual", {"dy": lambda v: np.sign(v.y - v.t) / v.N}),
        (
            "loss-slope",
            "the residuals are averaged first",
            {"dy": lambda v: np.full(v.N, 2 * np.mean(v.y - v.t) / v.N)},
        ),
        ("A29", "1/N is missing", {"dy": lambda v: 2 * (v.y - v.t)}),
        ("A29", "1/N and the 2 are missing", {"dy": lambda v: v.y - v.t}),
        ("A29", "1/N comes in twice", {"dy": lambda v: 2 * (v.y - v.t) / v.N**2}),
        *(
            (
                "A29",
                f"in the slopes of {_listed(names)} 1/N comes in once more",
                {f"d{name}": _after(f"d{name}", lambda found, v: found / v.N) for name in names},
            )
            for names in (("W1",), ("b1",), ("W2",), ("b2",), ("W1", "b1"), ("W2", "b2"), ("W1", "W2"), ("b1", "b2"))
        ),
        *(
            (
                "A29",
                f"in the slopes of {_listed(names)} 1/N is missing",
                {f"d{name}": _after(f"d{name}", lambda found, v: found * v.N) for name in names},
            )
            for names in (("W1",), ("b1",), ("W2",), ("b2",), ("W1", "b1"), ("W2", "b2"), ("W1", "W2"), ("b1", "b2"))
        ),
        ("A23", "", {"back": _new_W2}),
        ("A23", "", {"back": _new_W2, "dy1": _again(_new_W2, _new_b2)}),
        ("A23", "", {"back": _new_W2, "dy1": _again(_new_W2, _old("b2"))}),
        ("A23", "", {"h2": _new_h}),
        ("A23", "", {"h2": _new_h, "dy2": lambda v: 2 * (_new_h(v) @ v.old.W2 + v.old.b2 - v.t) / v.N}),
        ("W2-link", "is missing", {"back": lambda v: np.ones_like(v.old.W2)}),
        ("W2-link", "comes in squared", {"back": lambda v: v.old.W2**2}),
        ("dh-on-side", "", {"dh": lambda v: np.outer(v.back, v.dy1)}),
        ("A24", "", {"slope": lambda v: 1.0}),
        ("A13", "", {"slope": lambda v: 1 - v.a**2}),
        ("A25", "", {"slope": lambda v: v.h * (1 - v.h)}),
        ("tanh-slope", "1 − tanh²(h), with tanh taken twice", {"slope": lambda v: 1 - np.tanh(v.h) ** 2}),
        ("tanh-slope", "1 − h, without the square", {"slope": lambda v: 1 - v.h}),
        ("tanh-slope", "1 + h²", {"slope": lambda v: 1 + v.h**2}),
        ("tanh-slope", "(1 − h²)², counted twice", {"slope": lambda v: (1 - v.h**2) ** 2}),
        ("tanh-slope", "h, the value", {"slope": lambda v: v.h}),
        ("other-net", "h is a sigmoid", {"h": lambda v: 1 / (1 + np.exp(-v.a)), "slope": lambda v: v.h * (1 - v.h)}),
        ("other-net", "tanh is left out", {"h": lambda v: v.a, "slope": lambda v: 1.0}),
        (
            "other-net",
            "the output passes a tanh, too",
            {"y": lambda v: np.tanh(v.h @ v.old.W2 + v.old.b2), "dy": lambda v: 2 * (v.y - v.t) * (1 - v.y**2) / v.N},
        ),
        (
            "other-net",
            "the output passes a tanh, too",
            {"y": lambda v: np.tanh(v.h @ v.old.W2 + v.old.b2), "dy": lambda v: 2 * (v.y - v.t) / v.N},
        ),
        ("A26", "db1 adds up each sample's units", {"db1": lambda v: v.da.sum(axis=1)}),
        ("A26", "db1 adds up each sample's units", {"db1": lambda v: v.da.sum(axis=1, keepdims=True)}),
        ("A26", "db1 adds up everything, samples and units", {"db1": lambda v: v.da.sum()}),
        ("A26", "db1 averages each sample's units", {"db1": lambda v: v.da.mean(axis=1)}),
        ("not-summed", "db1 has", {"db1": lambda v: v.da}),
        ("not-summed", "db2 has", {"db2": lambda v: v.dy2}),
        ("not-summed", "db1 and db2 have", {"db1": lambda v: v.da, "db2": lambda v: v.dy2}),
        ("X-not-transposed", "", {"dW1": lambda v: v.X @ v.da}),
        ("lies-on-side", "", {"dW1": lambda v: v.da.T @ v.X}),
        ("W1-front", "h stands in place of X", {"dW1": lambda v: v.h.T @ v.da}),
        ("W1-front", "a stands in place of X", {"dW1": lambda v: v.a.T @ v.da}),
        ("W1-front", "X is missing", {"dW1": lambda v: np.ones_like(v.X).T @ v.da}),
        ("W2-front", "a stands in place of h", {"dW2": lambda v: v.a.T @ v.dy2}),
        ("W2-front", "h is missing", {"dW2": lambda v: np.ones_like(v.h).T @ v.dy2}),
        (
            "W2-front",
            "the slope of tanh comes in, which lies further back",
            {"dW2": lambda v: (v.h * v.slope).T @ v.dy2},
        ),
        *(("block-forgotten", name, {name: _old(name)}) for name in _ALL),
        ("block-forgotten", "W1 and b1", {"W1": _old("W1"), "b1": _old("b1")}),
        ("block-forgotten", "b1 and b2", {"b1": _old("b1"), "b2": _old("b2")}),
        ("block-forgotten", "every block", {"rate": lambda v: 0.0}),
        ("eta-twice", "every block", {"rate": lambda v: v.eta**2}),
        *(("eta-twice", name, {f"d{name}": _after(f"d{name}", lambda found, v: v.eta * found)}) for name in _ALL),
        ("A30", "every block", {"rate": lambda v: 1.0}),
        *(("A30", name, {f"d{name}": _after(f"d{name}", lambda found, v: found / v.eta)}) for name in _ALL),
        ("one-by-one", "", {"whole": _one_by_one}),
        ("one-sample", "last", {"whole": _from_sample(-1)}),
        ("one-sample", "first", {"whole": _from_sample(0)}),
        ("two-steps", "", {"whole": _twice_over}),
        ("gradient-returned", "the gradient", {"result": TRAIN.turned("dW1", "db1", "dW2", "db2")}),
        (
            "gradient-returned",
            "eta times the gradient",
            {"result": lambda v: [v.eta * getattr(v, f"d{name}") for name in _ALL]},
        ),
        (
            "gradient-returned",
            "minus eta times the gradient",
            {"result": lambda v: [-v.eta * getattr(v, f"d{name}") for name in _ALL]},
        ),
    ],
)


def _train_case(label, seed, n, inputs, units, eta):
    def make():
        params = {
            "W1": normal(seed, inputs, units),
            "b1": 0.5 * normal(seed + 1, units),
            "W2": normal(seed + 2, units),
            "b2": 0.15 + seed / 1000,
        }
        return params, normal(seed + 3, n, inputs), normal(seed + 4, n), eta

    return Case(f"{label}, eta = {eta:g}", make)


def _b1():
    params = {
        "W1": np.array([[0.6, -0.4], [0.3, 0.8]]),
        "b1": np.array([0.1, -0.2]),
        "W2": np.array([1.2, -0.7]),
        "b2": 0.05,
    }
    return params, np.array([[1.0, -2.0], [0.5, 1.0], [-1.5, 0.5]]), np.array([1.0, 0.0, -1.0]), 0.1


class Stepper(Reader):
    """The same for train_step: the new parameters, and what became of the old ones."""

    def __init__(self, function, layout):
        super().__init__(function, layout)
        self.note = ""

    def read(self, call):
        old, before = call.args[0], call.before[0]
        call.changed = next((name for name in before if not _same(old.get(name), before[name])), "")
        call.same_dict = call.raw is old
        value = super().read(call)
        if isinstance(value, np.ndarray) and not issubclass(type(call.raw), dict):
            self.note = (
                "right, as a tuple. The loop below hands your answer back in as params, and there it has to be a dict "
                "with "
                "the same four names."
            )
        return value


def _same(one, other):
    return one is not None and np.shape(one) == np.shape(other) and bool(np.all(np.asarray(one) == np.asarray(other)))


def _shown_step(call, args, got, true, off):
    """As for slopes, which are old minus new, over eta."""
    params, _, _, eta = args
    old = in_a_row([params[name] for name in _ALL])
    got, true = (old - got) / eta, (old - true) / eta
    return _shown_by_a_nudge(call, args, got, true, off, says="Your step on {part} says")


TRAIN_STEP = _watched(
    Exercise(
        name="train_step",
        lesson=LESSON,
        parameters=("params", "X", "t", "eta"),
        example="train_step(params, X, t, 0.1)",
        cases=(
            Case("the three samples of the lesson, eta = 0.1", _b1),
            _train_case("7 samples, 3 inputs and 4 units", 130, 7, 3, 4, 0.3),
            _train_case("1 sample, 3 inputs and 2 units", 140, 1, 3, 2, 0.05),
            _train_case("3 samples, 3 inputs and 3 units", 150, 3, 3, 3, 0.5),
            _train_case("5 samples, 2 inputs and 5 units", 160, 5, 2, 5, 0.2),
        ),
        truth=TRAIN,
        shape=lambda params, X, t, eta: (sum(np.size(each) for each in params.values()),),
        shape_words="the new W1, b1, W2 and b2",
        what="the parameters after one step",
        known="one step for nets of five sizes, all slopes from the old weights, and the old ones still there.",
        question="Which slopes do you know right after the forward pass, and which line comes next on the way back?",
        pointer="Forward, keep h. Slope at ŷ, with 2 and 1/N in it. From it dW2 and db2; through W2 and tanh to da; "
        "from "
        "that dW1 and db1. Then the four updates, into a new dict.",
        step="One sample, one unit: x = 2, w₁ = 0.5, w₂ = −1.5, no biases, t = 1: h = 0.762, ŷ = −1.142, slope at ŷ "
        "−4.285. "
        "dw₂ = −4.285 · 0.762 = −3.263, da = −4.285 · −1.5 · 0.42 = 2.699, dw₁ = 2.699 · 2 = 5.398. With eta = 0.1: "
        "w₂ = −1.174, w₁ = −0.040.",
        conventions=(
            _TRAIN.convention(
                "half",
                "right for a loss with ½ in front. The course leaves the ½ out, so your steps are half as long as ours "
                "with "
                "the same eta.",
            ),
        ),
        mistakes=(
            _TRAIN.mistake(
                "A01",
                "your step takes {words} the right distance uphill.",
                "Which way does the gradient point, and what do you subtract from what in the residual?",
                "Prediction minus target, and then old minus eta times slope. One minus turned around sends the step "
                "uphill.",
                "ŷ = 3, t = 1: the prediction is too high, its slope +4. A step down makes it lower: 3 − 0.1 · 4 = "
                "2.6.",
            ),
            _TRAIN.mistake(
                "b-missing",
                "in your forward pass {words} takes no part.",
                "What exactly goes into tanh, and what comes out of the net?",
                "Both layers add their bias: X @ W1 + b1, and h @ W2 + b2.",
                "With all weights 0 the net should still say b2 for every sample.",
            ),
            _TRAIN.mistake(
                "loss-slope",
                "the slope of the loss at ŷ is off: {words}.",
                "How much does the mean of (ŷ − t)² move when one ŷ moves by 0.01?",
                "Each sample has a slope of its own: twice its residual, over N.",
                "Two samples with residuals 1 and −3: slopes 2 · 1 / 2 = 1 and 2 · (−3) / 2 = −3.",
            ),
            _TRAIN.mistake(
                "A29",
                "the mean is off: {words}.",
                "With one sample you agree with me, with seven you don't. What in your code knows how many samples "
                "there are?",
                "The loss is a mean. Its 1/N comes in once, in the slope at ŷ, and flows on from there. After that, "
                "add up.",
                "Two samples with residuals 1 and 1: slopes at ŷ ½ · 2 = 1 each. db2 adds them up: 2. Copy both "
                "samples, and "
                "db2 is still 2.",
            ),
            _TRAIN.mistake(
                "A23", "one of your slopes is computed with weights that were moved already in the same sweep.", *_A23
            ),
            _TRAIN.mistake("A24", "the slope of tanh is missing on the way to W1 and b1.", *_A24),
            _TRAIN.mistake("A13", "the slope of tanh is taken from a, what goes in, in place of h.", *_A13),
            _TRAIN.mistake("A25", "you use h·(1 − h), the sigmoid's slope, for tanh.", *_A25),
            _TRAIN.mistake("tanh-slope", "in place of the slope of tanh stands {words}.", *_TANH_SLOPE),
            _TRAIN.mistake(
                "other-net",
                "your steps belong to another net: {words}.",
                "Write the forward pass of the exercise beside yours. Where do they part?",
                "ŷ = tanh(X W1 + b1) · W2 + b2: one tanh, and none at the end.",
                "With W2 = 0 the prediction is b2, also when b2 is 3. Behind a tanh it could never be.",
            ),
            _TRAIN.mistake(
                "W2-link",
                "on the way from ŷ to h, W2 {words}.",
                "If h[0, 0] moves by 0.01, by how much does ŷ[0] move?",
                "dh has a row for each sample: its slope at ŷ, times W2.",
                "W2 = (3, 5), slope at ŷ 10: dh is (30, 50).",
            ),
            _TRAIN.mistake(
                "dh-on-side",
                "your dh lies on its side: one row for each unit.",
                "Which shape does h have?",
                "A gradient has the shape of the thing it belongs to: (N, units). np.outer(u, v) has a row for each "
                "entry of u.",
                "Three samples, two units: h is (3, 2). np.outer of 3 numbers and 2 numbers is (3, 2).",
            ),
            _TRAIN.mistake(
                "A26",
                "{words}.",
                "One bias per unit, many samples. Over which of the two do its effects add up?",
                "axis=0 runs down the rows, one row a sample. axis=1 runs along a row, from unit to unit.",
                "da = [[1, 2], [10, 20], [100, 200]]: unit 0 collects 111, unit 1 collects 222. db1 has two numbers.",
            ),
            _TRAIN.mistake(
                "not-summed",
                "your {words} one entry for each sample.",
                "How many biases are there, and how many samples used each of them?",
                "Each sample used the same bias. Shares of one node add up.",
                "da = [[1, 2], [10, 20]]: db1 is (11, 22).",
            ),
            _TRAIN.mistake(
                "X-not-transposed",
                "dW1 uses X as it stands, and not turned around.",
                "What is added up in dW1: samples, or something else?",
                "In a matrix product the number in the middle is summed. For dW1 that must be N, the samples.",
                "X is (7, 3), da is (7, 4), dW1 has to be (3, 4). A (3, 7) times a (7, 4) gives that.",
            ),
            _TRAIN.mistake(
                "lies-on-side",
                "your dW1 lies on its side: rows and columns are exchanged.",
                "Which shape does W1 have, and which does your dW1 have for 3 inputs and 4 units?",
                "Some books keep W as (units, inputs). In this course it is (inputs, units), and its slopes likewise.",
                "X is (7, 3), da is (7, 4). (A @ B).T equals B.T @ A.T: turn the product around.",
            ),
            _TRAIN.mistake(
                "W1-front",
                "in the slopes of W1 {words}.",
                "What came in at the front of W1?",
                "The slope of a weight: what came in at its front, times the slope that arrived at its back.",
                "One sample, x = (1, 2), da = (10,): dW1 is [[10], [20]].",
            ),
            _TRAIN.mistake(
                "W2-front",
                "in the slopes of W2 {words}.",
                "What came in at the front of W2?",
                "The slope of a weight: what came in at its front, times the slope that arrived at its back.",
                "One sample, h = (0.5, 0.9), slope at ŷ 10: dW2 is (5, 9).",
            ),
            _TRAIN.mistake(
                "block-forgotten",
                "your step doesn't move {words}.",
                "How many entries has your dict, and how many of them are updated?",
                "Four names, four slopes, four updates.",
                "b2 = 0.05, slope 2, eta = 0.1: the new b2 is −0.15.",
            ),
            _TRAIN.mistake(
                "eta-twice",
                "eta comes in twice, in {words}.",
                "How many times does eta stand between the slope and the new parameter?",
                "A slope knows nothing of eta. Only the update does, once.",
                "Slope 2, eta = 0.1: the step is 0.2, and not 0.02.",
            ),
            _TRAIN.mistake(
                "A30",
                "eta takes no part in the step of {words}.",
                "With eta = 0, should anything move?",
                "The gradient says which way is up and how steep. How far to go, eta says.",
                "Slope 2, eta = 0.1: the step is 0.2, and not 2.",
            ),
            _TRAIN.mistake(
                "one-by-one",
                "you update after every single sample: the second one already meets moved weights.",
                "How many steps are taken for one batch?",
                "All samples first, with the same old weights; their slopes add up. Then one step.",
                "Two samples with slopes 4 and 2 and a mean in front: one step of eta · 3.",
            ),
            _TRAIN.mistake(
                "one-sample",
                "your step knows the {words} sample only.",
                "What happens to the first sample's share when the loop comes to the second?",
                "Each sample sends a share. `=` throws away what was there, `return` ends the loop.",
                "Shares 1, 10, 100: together 111.",
            ),
            _TRAIN.mistake(
                "two-steps",
                "your function takes two steps in one call.",
                "Which line runs twice?",
                "One call, one step. The loop around it belongs to the caller.",
                "Slope 6 at 3, eta = 0.1: one step ends at 2.4.",
            ),
            _TRAIN.mistake(
                "gradient-returned",
                "your dict holds {words}, and not the new parameters.",
                "What does the caller do with the answer in the next round?",
                "New place = old place − eta · slope.",
                "b2 = 0.05, slope 2, eta = 0.1: what comes back is −0.15.",
            ),
            Mistake(
                "in-place",
                lambda report: (
                    "your function writes into the caller's own parameters: "
                    f"{next(call.changed for call in report.answer.calls if call.changed)} is not what it was before "
                    "the "
                    "call."
                ),
                "Who else may still need the old parameters?",
                "`W -= …` and `params[name] = …` change what is there. `W − …` makes a new array, `{…}` a new dict. A "
                "copied "
                "dict still holds the same arrays.",
                "p = np.ones(2); q = p; q -= 1: p is (0, 0). With q = p - 1, p is still (1, 1).",
                seen=lambda report: any(getattr(call, "changed", "") for call in report.answer.calls),
            ),
        ),
        probe=_shape_first,
    ),
    Stepper,
    lambda params, X, t, eta: [(name, name, np.shape(params[name])) for name in _ALL],
    shown=_shown_step,
)


# 6 diagnosis: the word of a bug for each net, each explained by the table that it would give

NETS = ("net A", "net B", "net C")
PASS = 1e-6


def _tables():
    """{net: {bug: {block: relative error}}} for the three nets of the clinic."""
    found = {}
    for name, net in clinic.mystery_nets().items():
        nudged = clinic.nudged_gradients(net.params, net.X, net.y)
        found[name] = {
            bug: clinic.relative_errors(clinic.gradients(net.params, net.X, net.y, bug), nudged) for bug in clinic.BUGS
        }
        found[name][""] = clinic.relative_errors(net.gradients(), nudged)
    return found


_kept = {}


def tables():
    """The same, computed once."""
    if not _kept:
        _kept.update(_tables())
    return _kept


def _true_bug(net):
    """The only bug whose table is the net's own."""
    mine = tables()[net]
    (bug,) = [bug for bug in clinic.BUGS if all(abs(mine[bug][block] - mine[""][block]) < PASS for block in mine[""])]
    return bug


def _grade(error):
    return "passes" if error < PASS else f"shows {error:.3f}"


def _against(net, word):
    """What in the net's table speaks against that word: where it sits first, then how much."""
    mine, other = tables()[net][""], tables()[net][word]
    blocks = [block for block in mine if block != "all"]
    where = [block for block in blocks if (mine[block] < PASS) != (other[block] < PASS)]
    much = [block for block in blocks if abs(mine[block] - other[block]) > 0.0005]
    block = (where or much)[0]
    does = "pass" if other[block] < PASS else f"show {other[block]:.3f}"
    kind = "where" if where else "much"
    return kind, f'{net}: with "{word}" its block {block} would {does}, and in the table it {_grade(mine[block])}.'


_BY_WORD = {  # question, pointer, step
    "none": (
        "Does every block of that table pass?",
        "A block that shows a number above a millionth has a mistake on its way.",
        "With right slopes all four blocks are below 1e-6. Not one of the three nets has that.",
    ),
    "wrong sign": (
        "What error does a block have whose slopes all point the opposite way?",
        "If g = −n then g − n = 2g: the error is 2‖g‖ over 2‖g‖. And a sign at the top goes to all blocks.",
        "g = 3, n = −3: 6 / (3 + 3) = 1. In every block.",
    ),
    "sum instead of mean": (
        "What error does a block have whose slopes are 20 times too long, and which blocks would have it?",
        "Slopes that are c times too long give (c − 1)/(c + 1), and 1/N goes to all blocks.",
        "c = 3: 2/4 = 0.5. For 20 samples c = 20: 19/21 = 0.905, in each of the four blocks.",
    ),
    "tanh slope missing": (
        "Which blocks lie behind the tanh, seen from the loss, and which in front of it?",
        "Whatever happens at the tanh can't touch W2 and b2. It reaches W1 and b1.",
        "A factor between 0 and 1 is missing there: slopes too long, by another factor for each unit.",
    ),
    "tanh slope at the input": (
        "The place may be right. Did you compute how much it would be?",
        "Three mistakes sit at the tanh, and they differ in size. The cell above tries any suspect: change the two "
        "names in its first line.",
        "1 − a² turns negative where |a| is above 1, so some slopes point the wrong way: errors are large then.",
    ),
    "sigmoid slope": (
        "The place may be right. Did you compute how much it would be?",
        "Three mistakes sit at the tanh, and they differ in size. The cell above tries any suspect: change the two "
        "names in its first line.",
        "h(1 − h) is at most ¼ for h above 0, and negative for h below 0: errors are large then.",
    ),
    "new W2 in the sweep": (
        "How far does W2 move in one step, and how large can the error be then?",
        "W1 and b1 are touched, and only a little: the new W2 is nearly the old one.",
        "With a small step the two W2 differ by a few per cent, so the error is a few hundredths at most.",
    ),
    "bias gradient missing": (
        "What error does a block have whose slopes are all 0, and which blocks would that be?",
        "If g = 0, then ‖0 − n‖ / (0 + ‖n‖) = 1. Only b1 and b2 would have it.",
        "g = 0, n = 5: 5 / 5 = 1. The weights are computed elsewhere and pass.",
    ),
    "bias gradient of one sample": (
        "Which blocks does this touch, and would it make exactly 1?",
        "One sample of 20 is a small share that points nearly anywhere: large, and by chance different in b1 and b2.",
        "g = 0.1, n = 1: 0.9 / 1.1 = 0.82. Look at the slopes themselves: are they small, or are they 0?",
    ),
    "bias gradient divided twice": (
        "What error does a block have whose slopes are 20 times too short?",
        "c times too long or too short gives the same: |c − 1|/(c + 1).",
        "c = 1/20: 0.95/1.05 = 0.905, in b1 and b2 alone.",
    ),
    "hidden layer never trained": (
        "What error does a block have whose slopes are all 0, and which blocks would that be?",
        "If g = 0, then ‖0 − n‖ / (0 + ‖n‖) = 1. Only W1 and b1 would have it.",
        "g = 0, n = 5: 5 / 5 = 1. The last layer is computed before and passes.",
    ),
    "random feedback": (
        "The place may be right. Would a random table make an error of that size?",
        "Random numbers in place of W2 point nearly anywhere: the error is seldom small.",
        "Two directions at a right angle, equally long: ‖g − n‖ = 1.41, over 2, is 0.71.",
    ),
    "never zeroed": (
        "How do the slopes of the very first call look, when there is nothing yet to add to?",
        "This mistake sits in the loop and not in the way back. One call of the gradient shows nothing.",
        "First call: g. Second call: g + g. The table comes from a first call, so every block would pass.",
    ),
    "last sample only": (
        "Which blocks would a missing sample spare?",
        "If 19 of 20 samples are lost at the top, every block gets the share of one sample.",
        "It touches all four blocks, each by another number, since each sample points elsewhere.",
    ),
}


def _word(text):
    """A bug's name as the clinic writes it, or None."""
    if type(text) is not str:
        return None
    plain = " ".join(text.strip(" .\"'").lower().replace("_", " ").replace("-", " ").split())
    return next((bug for bug in clinic.BUGS if bug.lower().replace("-", " ") == plain), None)


def _look_at_diagnosis(answer):
    """What is wrong with a dict of three words, or None."""
    if type(answer) is not dict or {str(key).strip().lower() for key in answer} != {net.lower() for net in NETS}:
        return Trouble(
            "type",
            'the check wants a dict with three entries, "net A", "net B" and "net C".',
            "Does it look like the one in the cell you started from?",
        )
    words = {str(key).strip().lower(): text for key, text in answer.items()}
    words = {net: words[net.lower()] for net in NETS}
    for net, text in words.items():
        if _word(text) is None:
            shown = f'"{one_line(text, 40)}"' if type(text) is str else f"a thing of type {type(text).__name__}"
            return Verdict(
                False,
                "type",
                f"for {net} you wrote {shown}, which is none of the names in the list.",
                "Which of the names above the answer cell do you mean, letter by letter?",
                "The names stand to the left of the colon in the list above. Copy one, and put it in quotes.",
                'For a network that never trains its hidden layer the entry is "net A": "hidden layer never trained".',
            )
    wrong = [net for net in NETS if _word(words[net]) != _true_bug(net)]
    if not wrong:
        return None
    right = [net for net in NETS if net not in wrong]
    word = _word(words[wrong[0]])
    kind, against = _against(wrong[0], word)
    begin = f"{_listed(right)} {_is(right)} right. " if right else ""
    mistake = DIAGNOSIS.mistake(word)
    where = f'Which blocks would "{word}" touch, and which ones fail in the table?'
    question = where if kind == "where" else mistake.question
    return Verdict(False, word, begin + against, question, mistake.pointer, mistake.step)


DIAGNOSIS = Exercise(
    name="diagnosis",
    lesson=LESSON,
    look=_look_at_diagnosis,
    example="diagnosis",
    what="the mistake in each of three ways back",
    known="three mistakes found from where they show and how much.",
    question="Which blocks pass, for each net? What lies on the way to the others and not to these?",
    pointer="Where first: all blocks, only W1 and b1, or only b1 and b2. Then how much: 1 for a sign or for zeros, "
    "|c − 1|/(c + 1) for slopes that are c times too long.",
    step="A made-up net D with W1 pass, b1 pass, W2 0.333, b2 0.333: the mistake sits in the last layer only. "
    "(2 − 1)/(2 + 1) = 0.333: twice too long, or half as long.",
    mistakes=tuple(
        Mistake(word, lambda report, word=word: f'"{word}" does not fit.', *texts) for word, texts in _BY_WORD.items()
    ),
)

register(NEURON_BACKWARD, DENSE_BACKWARD, SOFTMAX_XENT, GRADCHECK, VALUE_STEP, TRAIN_STEP, DIAGNOSIS)
