"""The exercises of L2: places, local_slopes, chain, a derivation to put in order, numdiff, two_paths, boiling_rate.

The truths are written in plain Python, point by point. Where an answer has several parts, each part is looked at by
itself, in the order of the chain: then the slope that is off gets named, and the place it was taken at.
"""

import math
from itertools import combinations
from types import SimpleNamespace

import numpy as np

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
from .common import not_started, verdict_on
from .fixtures import shaken

LESSON = "02_chain_rule"


def _explained(report):
    """Whether the truth or a known mistake already explains the answers on every input."""
    variants = (variant for mistake in report.exercise.mistakes for variant in mistake.variants)
    return report.fits(report.exercise.truth) or any(map(report.fits, variants))


_DEGREES = (
    "Is the sine of 1 close to 0.84 or close to 0.017?",
    "The slope of sin is cos only if angles are in radians. np.sin and np.cos take radians.",
    "Near 0 the sine of 0.1 radians is 0.0998, a slope of nearly 1. The sine of 0.1 degrees is 0.0017: as a curve over "
    "degrees it climbs 57 times more slowly.",
)


# Warm-up: which number each machine receives, in exp(sin x) at x = 1

_MACHINES = ("sin", "exp")
_S, _C = math.sin(1.0), math.cos(1.0)
_RECEIVED = {  # what is written for sin and for exp: what that is
    "A09": [(1.0, 1.0)],
    "swapped": [(_S, 1.0)],
    "inside-out": [(math.e, 1.0)],
    "outputs": [(_S, math.exp(_S)), (1.0, math.exp(_S))],
    "slopes": [(_C, math.exp(_S)), (1.0, _C)],
    "degrees": [(1.0, math.sin(math.radians(1.0)))],
}


def _look_at_places(answer):
    """What is wrong with a dict of two numbers, or None."""
    if type(answer) is not dict or set(answer) != set(_MACHINES):
        return Trouble(
            "type",
            'the check wants a dict with two entries, "sin" and "exp".',
            "Does it look like the one in the cell you started from?",
        )
    got = []
    for machine in _MACHINES:
        value = numbers(answer[machine], (), "one number")
        if isinstance(value, Trouble):
            return Trouble(
                "type", f'beside "{machine}" one number is wanted, the one that arrives there.', "Which number is it?"
            )
        got.append(float(value))

    def near(pairs, room):
        return any(max(abs(a - b) for a, b in zip(got, pair, strict=True)) < room for pair in pairs)

    if near([(1.0, _S)], 1e-3):
        return None
    name = next((name for name, pairs in _RECEIVED.items() if near(pairs, 0.02)), None)
    if name or near([(1.0, _S)], 0.05):
        return name or "rounded"
    agrees = "the number for sin is right, and " if close(got[0], 1.0, 1e-3) else ""
    wrong = "exp" if agrees else "sin"
    return verdict_on(
        PLACES, "unknown", f"{agrees}{wrong} does not receive {show(got[_MACHINES.index(wrong)])} when x = 1."
    )


PLACES = Exercise(
    name="places",
    lesson=LESSON,
    look=_look_at_places,
    example="places",
    what="the number each machine receives",
    known="each machine's slope is taken where that machine stands: sin at x, exp at what sin hands on.",
    question="Follow the number 1 through the machines. What does the first one do with it?",
    pointer="x goes into sin. What comes out of sin, and nothing else, goes into exp.",
    step="The same for square, then sine, at x = 3: the square receives 3 and hands on 9. The sine receives 9.",
    mistakes=(
        Mistake(
            "A09",
            "you give both machines the number 1; only the first one receives x.",
            "The second machine never sees x. What number does it actually receive?",
            "Between the machines lies a wire. Run sin for x = 1 and look what lies on it.",
            "Square, then sine, at x = 3: the square receives 3. The wire behind it carries 9, and 9 is all that the "
            "sine ever gets.",
        ),
        Mistake(
            "swapped",
            "the two numbers have changed places.",
            "Which of the two machines stands first, right behind x?",
            "In exp(sin x) the inner machine runs first.",
            "Square, then sine, is written sin(x²): what stands inside runs first, and it receives x.",
        ),
        Mistake(
            "inside-out",
            "you run exp first and then sin: that is sin(exp x).",
            "In exp(sin x), which machine is closest to x?",
            "Read from the inside out: the innermost machine receives x.",
            "In sin(x²) the x meets the square first, and the sine takes what comes out.",
        ),
        Mistake(
            "outputs",
            "you name a number that comes out of a machine where the one that goes in is asked for.",
            "What is on the wire in front of the machine, and what on the one behind it?",
            "A slope belongs to the place where the machine stands: its input.",
            "Square, then sine, at x = 3: the square receives 3 and puts out 9. The sine receives 9 and puts out 0.41.",
        ),
        Mistake(
            "slopes",
            "there is a slope among your numbers; machines hand on values.",
            "Which one runs along the wire: what sin makes of 1, or how fast it changes there?",
            "The places come first. The slopes are read off there, one step later.",
            "Square at 3: it hands on the value 9. Its slope there, 6, stays a note beside the machine.",
        ),
        Mistake("degrees", "your sine takes 1 for one degree.", *_DEGREES),
        Mistake(
            "rounded",
            "both numbers are close, and rounded too far.",
            "How many digits does the exercise ask for?",
            "Give three digits or more, or let Python write the number.",
            "One third to three digits is 0.333. With 0.3 the error is ten per cent.",
        ),
    ),
)


# 1 local_slopes and 5 two_paths: each part of the answer is looked at by itself


class _Slips:
    """Known slips, each in one part of an answer: rows of (name, part, words, function of x)."""

    def __init__(self, parts, rows):
        self.parts, self.rows = parts, rows

    def found(self, report):
        """(index of the first part that is off, the row that explains it on every input, or None), or None."""
        xs = [each.make()[0] for each in report.exercise.cases]
        right = np.array([report.exercise.truth(x) for x in xs])
        got = np.array(report.values)
        for part in range(len(self.parts)):
            if not close(got[:, part], right[:, part]):
                rows = (row for row in self.rows if row[1] == part)
                return part, next((row for row in rows if close(got[:, part], [row[3](x) for x in xs])), None)
        return None

    def probe(self, report):
        """The name of the slip in the first part that is off, unless the answer as a whole is known."""
        found = None if _explained(report) else self.found(report)
        return found[1][0] if found and found[1] else None

    def says(self, template):
        """A mistake's sentence: the template with {part} and {words} of the slip that was found."""

        def sentence(report):
            part, row = self.found(report)
            return template.format(part=self.parts[part], words=row[2])

        return sentence


def _uvy(x):
    u = x * x
    v = math.sin(u)
    return u, v, math.exp(v)


def _three_slopes(x):
    return 2 * x, math.cos(x * x), _uvy(x)[2]


_SLOPES = _Slips(
    ("du/dx", "dv/du", "dy/dv"),
    (
        ("A09", 1, "x", math.cos),
        ("A09", 2, "x", math.exp),
        ("A09", 2, "u", lambda x: math.exp(x * x)),
        ("A09", 2, "sin x", lambda x: math.exp(math.sin(x))),
        ("at-output", 0, "u", lambda x: 2 * x * x),
        ("at-output", 1, "v", lambda x: math.cos(_uvy(x)[1])),
        ("at-output", 2, "y", lambda x: math.exp(_uvy(x)[2])),
        ("slope-fed", 1, "2x", lambda x: math.cos(2 * x)),
        ("slope-fed", 2, "cos u", lambda x: math.exp(math.cos(x * x))),
        ("slope-fed", 2, "cos 2x", lambda x: math.exp(math.cos(2 * x))),
        ("value", 0, "u", lambda x: _uvy(x)[0]),
        ("value", 1, "v", lambda x: _uvy(x)[1]),
        ("value", 2, "v", lambda x: _uvy(x)[1]),
        ("square", 0, "x", lambda x: x),
        ("square", 0, "2", lambda x: 2.0),
        ("cosine-sign", 1, "", lambda x: -math.cos(x * x)),
        ("power-rule", 2, "", lambda x: _uvy(x)[1] * math.exp(_uvy(x)[1] - 1)),
        ("power-rule", 2, "", lambda x: _uvy(x)[1] * _uvy(x)[2]),
        ("degrees", 1, "", lambda x: math.cos(math.radians(x * x))),
        ("degrees", 1, "", lambda x: math.cos(math.radians(x * x)) * math.radians(1)),
        ("degrees", 2, "", lambda x: math.exp(math.sin(math.radians(x * x)))),
        ("running", 0, "", lambda x: math.prod(_three_slopes(x))),
        ("running", 1, "", lambda x: math.prod(_three_slopes(x)[:2])),
        ("running", 1, "", lambda x: math.prod(_three_slopes(x)[1:])),
        ("running", 1, "", lambda x: math.prod(_three_slopes(x))),
        ("running", 2, "", lambda x: math.prod(_three_slopes(x)[1:])),
        ("running", 2, "", lambda x: math.prod(_three_slopes(x))),
    ),
)

LOCAL_SLOPES = Exercise(
    name="local_slopes",
    lesson=LESSON,
    parameters=("x",),
    example="local_slopes(2.0)",
    cases=tuple(case(f"x = {x:g}", x) for x in (0.5, *shaken(1, (1.2,), 0.1), 2.0, *shaken(2, (-0.8, 1.7, -1.3), 0.1))),
    truth=_three_slopes,
    shape=lambda x: (3,),
    shape_words="three numbers, du/dx, dv/du and dy/dv",
    parts=_SLOPES.parts,
    what="the slope of each machine where it stands",
    known="three slopes, each at the number its own machine receives, for 6 values of x.",
    question="Write down x, u and v for x = 2. Which of them does each machine receive?",
    pointer="First run forward and keep u and v. Then take each slope at the number its own machine receives.",
    step="Another chain, x → u = 3x → v = u²: at x = 2, u = 6. The tripler's slope is 3, the square's is 2 · 6 = 12: "
    "it stands at 6, and 2 never reaches it.",
    mistakes=(
        Mistake(
            "order",
            "the three slopes are right and in the order from the last machine to the first.",
            "Which machine does x meet first?",
            "The answer follows the chain: du/dx, then dv/du, then dy/dv.",
            "Chain x → u = 3x → v = u² at x = 2: first 3, then 12.",
            wrong=lambda x: _three_slopes(x)[::-1],
        ),
        Mistake(
            "product",
            "your function returns one number, the product of the three slopes.",
            "Which of the three slopes would you look at if the product were wrong?",
            "The product is the next step of the lesson. Here the three factors are wanted, one by one.",
            "Chain x → u = 3x → v = u² at x = 2: the answer would be the two numbers 3 and 12, and 36 comes later.",
            wrong=lambda x: math.prod(_three_slopes(x)),
        ),
        Mistake(
            "A10",
            "your function returns one number, the sum of the three slopes.",
            "How many machines are there, and how many slopes do you hand back?",
            "Three numbers are wanted, one for each machine. Along a chain they would be multiplied anyway.",
            "Chain x → u = 3x → v = u² at x = 2: the answer would be the two numbers 3 and 12.",
            wrong=lambda x: sum(_three_slopes(x)),
        ),
        Mistake(
            "A09",
            _SLOPES.says("your {part} is the right slope at the wrong place: it is taken at {words}."),
            "This machine stands further along the chain. What number does it actually receive?",
            "dv/du is taken at u, dy/dv at v: the letter below the line says where.",
            "Chain x → u = 3x → v = u² at x = 2: the square receives 6. Its slope is 2 · 6 = 12. At x = 2 it would be "
            "4, and the square is never there.",
        ),
        Mistake(
            "at-output",
            _SLOPES.says("your {part} is taken at {words}, the number that comes out of this machine."),
            "What goes into this machine, and what comes out?",
            "A slope answers: if what goes in moves a little, how does what comes out move? It is taken at the input.",
            "The square at 3: in goes 3, out comes 9. Its slope is 2 · 3 = 6. 2 · 9 is its slope at 9.",
        ),
        Mistake(
            "slope-fed",
            _SLOPES.says("your {part} is taken at {words}, the slope of the machine before it."),
            "What does a machine hand to the next one: its value or its slope?",
            "Values run along the chain. The slopes stay where they are, beside their machines.",
            "Chain x → u = 3x → v = u² at x = 2: the tripler hands on 6. Its slope 3 isn't handed to anyone.",
        ),
        Mistake(
            "value",
            _SLOPES.says("in place of {part} your function returns {words}, a value."),
            "How much does the output move if the input moves by 0.01?",
            "What comes out of a machine is one thing, how fast it changes is another.",
            "The square at 3: the value is 9. At 3.01 it is 9.0601, so 0.01 at the input makes 0.06 at the output: "
            "slope 6.",
        ),
        Mistake(
            "square",
            _SLOPES.says("your du/dx is {words}, and x² climbs at another rate."),
            "By how much does x² grow when x goes from 3 to 3.01?",
            "The slope of a square depends on where you stand, and it doubles when you stand twice as far out.",
            "3² = 9 and 3.01² = 9.0601: 0.01 makes 0.0601, a slope of 6 at x = 3. At x = 5 it is 10.",
        ),
        Mistake(
            "cosine-sign",
            "your dv/du has the right size and the opposite sign.",
            "At u = 0, does sin u rise or fall?",
            "The sign turns when a cosine is differentiated. Here it is a sine.",
            "sin 0 = 0 and sin 0.01 = 0.01: it rises, with slope 1, and cos 0 is 1.",
        ),
        Mistake(
            "power-rule",
            "your dy/dv treats exp v like a power of v.",
            "In vⁿ the base moves. What moves in e to the power of v?",
            "exp is its own slope. The rule for powers is for a fixed exponent.",
            "exp at 0 is 1, at 0.01 it is 1.01: slope 1. A factor v in front would make it 0.",
        ),
        Mistake("degrees", _SLOPES.says("your {part} takes an angle for degrees."), *_DEGREES),
        Mistake(
            "running",
            _SLOPES.says("your {part} has other machines' slopes multiplied into it."),
            "If only this one machine is nudged at its input, how much does its own output move?",
            "A local slope knows one machine. Multiplying comes later.",
            "Chain x → u = 3x → v = u² at x = 2: the local slopes are 3 and 12. 36 is already the whole chain.",
        ),
    ),
    probe=_SLOPES.probe,
)


# 2 chain


def _walk(fs, dfs, x, at="before", join=lambda total, slope: total * slope, start=1.0):
    """Run forward and collect the slopes, each taken `at` the number before its machine, after it, or at the first."""
    value, total = x, start
    for f, df in zip(fs, dfs, strict=False):
        places = {"before": value, "after": f(value), "first": x}
        value, total = places["after"], join(total, df(places[at]))
    return value, total


def _add(total, slope):
    return total + slope


def _last(total, slope):
    return slope


def _all_get_x(fs, dfs, x):
    """Every machine is given x, and every slope is taken at what the machine before made of x."""
    values = [x, *(f(x) for f in fs)]
    return values[-1], math.prod(df(value) for df, value in zip(dfs, values, strict=False))


def _value(fs, x):
    return _walk(fs, fs, x)[0]


_SIN, _EXP = (np.sin, np.cos), (np.exp, np.exp)
_SQUARE, _TRIPLE = (lambda x: x * x, lambda x: 2 * x), (lambda x: 3 * x, lambda x: 3.0)
_TANH = (np.tanh, lambda x: 1 - np.tanh(x) ** 2)
_FIVE = (_SIN, _TRIPLE, _SQUARE, _TANH, _EXP)


def _chain_case(label, x, *links):
    return Case(f"{label} at x = {x:g}", lambda: ([f for f, _ in links], [df for _, df in links], x))


def _only_length(report):
    """The only number of links, two or more, for which every answer is right; else None."""
    lengths = {}
    for index, each in enumerate(report.exercise.cases):
        fs, dfs, x = each.make()
        lengths.setdefault(len(fs), []).append(report.gives(_walk(fs, dfs, x), index))
    right = [length for length, answers in lengths.items() if any(answers)]
    return right[0] if len(right) == 1 and right[0] > 1 and all(lengths[right[0]]) else None


def _trace_chain(report):
    """One run on five links: how often each of the ten functions was called, and whether a list was changed."""
    calls = {}

    def counted(key, function):
        def machine(x):
            calls[key] = calls.get(key, 0) + 1
            return function(x)

        return machine

    fs, dfs = ([counted((kind, i), pair[kind]) for i, pair in enumerate(_FIVE)] for kind in (0, 1))
    before = fs[:], dfs[:]
    report.call(fs, dfs, 0.4)
    kind, place = max(calls, key=calls.get, default=(0, 0))
    name = f"{('fs', 'dfs')[kind]}[{place}]"
    return SimpleNamespace(most=calls.get((kind, place), 0), name=name, changed=(fs, dfs) != before)


def _empty_chain(report):
    """What comes out of a chain without links at 2.5, or a Trouble."""
    raw = report.call([], [], 2.5)
    return raw if isinstance(raw, Trouble) else numbers(raw, (2,), "two numbers")


def _said_empty(report):
    got = _empty_chain(report)
    does = "gives no pair of numbers" if isinstance(got, Trouble) else f"gives {show(got)}"
    return f"right for every chain with links; for a chain without any, at x = 2.5, your function {does}."


def _probe_chain(report):
    if not report.fits(_walk):
        return None
    seen, empty = _trace_chain(report), _empty_chain(report)
    if seen.changed:
        return Trouble(
            "changes-input",
            "your function changes the caller's list: fs or dfs is not the same after the call.",
            "Which line takes something out of the list, or turns it around?",
        )
    if seen.most > 1:
        return "called-too-often"
    return None if not isinstance(empty, Trouble) and close(empty, (2.5, 1.0)) else "empty"


def _said_calls(report):
    seen = _trace_chain(report)
    return f"the numbers are right, but in a chain of five links {seen.name} is called {seen.most} times."


CHAIN = Exercise(
    name="chain",
    lesson=LESSON,
    parameters=("fs", "dfs", "x"),
    example="chain([np.sin, np.exp], [np.cos, np.exp], 1.0)",
    cases=(
        _chain_case("sin, then exp,", 1.0, _SIN, _EXP),
        _chain_case("the square alone", 3.0, _SQUARE),
        _chain_case("triple, tanh, exp", shaken(3, 0.3), _TRIPLE, _TANH, _EXP),
        _chain_case("exp, then sin,", shaken(4, -0.5), _EXP, _SIN),
        _chain_case("square, sin, exp", 0.0, _SQUARE, _SIN, _EXP),
        _chain_case("sin, triple, square, tanh, exp", shaken(5, 0.4), *_FIVE),
    ),
    truth=_walk,
    shape=lambda fs, dfs, x: (2,),
    shape_words="two numbers, the value and the derivative",
    parts=("value", "derivative"),
    what="the chain's value and derivative",
    known="value and derivative for chains of 0 to 5 links, each function called once.",
    question="Which two numbers must your loop remember from one machine to the next?",
    pointer="Carry two numbers: where you are in the chain, and the product of the slopes so far. Ask for the slope "
    "before you move on.",
    step="Square, then triple, at x = 5. Start with value 5 and product 1. The square's slope at 5 is 10: product 10, "
    "value 25. The tripler's slope at 25 is 3: product 30, value 75.",
    mistakes=(
        Mistake(
            "fixed-length",
            lambda report: f"your function is right for {_only_length(report)} links and for no other number of links.",
            "How does your function know how many links there are?",
            "The lists are as long as the chain. One round of a loop for each link.",
            "With two links there are two slopes to multiply, with five there are five.",
            seen=lambda report: _only_length(report) is not None,
        ),
        Mistake(
            "A09",
            "all your slopes are taken at x.",
            "The second machine never sees x. What number does it actually receive?",
            "A slope belongs to the number that arrives at its machine, and that changes from link to link.",
            "Square, then triple and square again, at x = 1: the last machine receives 3. Its slope is 2 · 3 = 6; at "
            "x it would be 2.",
            wrong=(
                lambda fs, dfs, x: _walk(fs, dfs, x, at="first"),
                lambda fs, dfs, x: (x, _walk(fs, dfs, x, at="first")[1]),
                lambda fs, dfs, x: (fs[-1](x), _walk(fs, dfs, x, at="first")[1]),
            ),
        ),
        Mistake(
            "at-output",
            "each of your slopes is taken at the number that comes out of its machine.",
            "When you ask for a slope, have you moved on to the next number already?",
            "The order of two lines decides: first the slope, then the step to the next number.",
            "The square at 3: its slope is 2 · 3 = 6. After the step you stand at 9, and there the answer is 18.",
            wrong=lambda fs, dfs, x: _walk(fs, dfs, x, at="after"),
        ),
        Mistake(
            "A10",
            "you add the slopes of the links.",
            "If one gear is stuck (slope 0), can the last gear still turn?",
            "A nudge is made twice as long, then three times as long. How much longer is it at the end?",
            "Slopes 2, then 3: a nudge of 0.01 becomes 0.02, then 0.06. That is 6 times as long, and 2 + 3 is 5.",
            wrong=(
                lambda fs, dfs, x: _walk(fs, dfs, x, join=_add, start=0.0),
                lambda fs, dfs, x: _walk(fs, dfs, x, join=_add),
                lambda fs, dfs, x: _walk(fs, dfs, x, at="first", join=_add, start=0.0),
            ),
        ),
        Mistake(
            "A11",
            "the last link's slope is missing from your product.",
            "Count links and count factors. For a one-link chain, what do you return?",
            "range(n) and zip stop at the end by themselves. There is no need to stop earlier.",
            "The square alone at 3: one link, one factor, and the derivative is 6. Without it, 1.",
            wrong=(
                lambda fs, dfs, x: (_value(fs, x), _walk(fs[:-1], dfs, x)[1]),
                lambda fs, dfs, x: _walk(fs[:-1], dfs, x),
            ),
        ),
        Mistake(
            "first-dropped",
            "the first link's slope is missing from your product.",
            "Count links and count factors. At which index does your loop begin?",
            "Python counts from 0, and x itself is where the first slope is taken.",
            "Square, then triple, at x = 5: slopes 10 and 3, product 30. Without the first it is 3.",
            wrong=lambda fs, dfs, x: (_value(fs, x), _walk(fs[1:], dfs[1:], fs[0](x))[1]),
        ),
        Mistake(
            "overwritten",
            "your derivative is the last link's slope alone; the earlier ones were overwritten.",
            "What happens to the first slope when the loop comes to the second?",
            "`d = …` throws away what d was. The slopes have to be collected.",
            "Slopes 10, then 3: after the first round the product should be 10, after the second 30. Print yours.",
            wrong=lambda fs, dfs, x: _walk(fs, dfs, x, join=_last),
        ),
        Mistake(
            "first-link-only",
            "your derivative stops after the first link.",
            "How often does your loop run before the function returns?",
            "`return` ends the function at once, also inside a loop. Look at how far it is indented.",
            "Square, then triple, at x = 5: the first round gives 25 and 10. One more round is needed for 75 and 30.",
            wrong=(
                lambda fs, dfs, x: _walk(fs[:1], dfs, x),
                lambda fs, dfs, x: (_value(fs, x), dfs[0](x)),
            ),
        ),
        Mistake(
            "reversed",
            "you run the machines from the last one in the list to the first.",
            "fs[0] is the first machine. Which number does it receive?",
            "On paper exp(sin x) has the exp on the left. In the list the machine that runs first stands first.",
            "fs = [square, triple] at 5: 25, then 75. In the other order: 15, then 225.",
            wrong=(
                lambda fs, dfs, x: _walk(fs[::-1], dfs[::-1], x),
                lambda fs, dfs, x: (_value(fs[::-1], x), _walk(fs, dfs, x)[1]),
            ),
        ),
        Mistake(
            "dfs-reversed",
            "the slopes belong to other machines: fs and dfs run through in opposite directions.",
            "Which entry of dfs belongs to fs[0]?",
            "fs[i] and dfs[i] are one machine: what it does, and its slope.",
            "fs = [square, triple]: at 5 the slope of the square, 10, goes first, then the tripler's 3.",
            wrong=lambda fs, dfs, x: _walk(fs, dfs[::-1], x),
        ),
        Mistake(
            "x-fed",
            "every machine gets x itself; nothing is handed on from one to the next.",
            "What does the second machine receive?",
            "The number that runs through the chain has to change in every round.",
            "Square, then triple, at x = 5: the tripler receives 25 and gives 75. 15 would be three times x.",
            wrong=_all_get_x,
        ),
        Mistake(
            "slope-fed",
            "you hand each machine's slope to the next one.",
            "What does a machine hand to the next one: its value or its slope?",
            "Values run along the chain. Slopes go into the product.",
            "Square, then triple, at x = 5: 25 runs on to the tripler. The slope 10 goes into the product.",
            wrong=lambda fs, dfs, x: _walk(dfs, dfs, x),
        ),
        Mistake(
            "values-multiplied",
            "you multiply the values of the machines; fs stands where dfs belongs.",
            "Which of the two lists knows how fast a machine moves?",
            "fs says what a machine does, dfs says its slope.",
            "Square, then triple, at x = 5: values 25 and 75, slopes 10 and 3. The derivative is 10 · 3.",
            wrong=lambda fs, dfs, x: _walk(fs, fs, x),
        ),
        Mistake(
            "starts-at-zero",
            "your derivative is 0 for every chain.",
            "Which number can you multiply by without changing anything?",
            "A sum starts at 0. What does a product start at?",
            "0 · 10 · 3 = 0, and 1 · 10 · 3 = 30.",
            wrong=lambda fs, dfs, x: (_value(fs, x), 0.0),
        ),
        Mistake(
            "swapped",
            "the two numbers have changed places: the value goes first, the derivative second.",
            "Which of the two does the caller expect first?",
            "Look at the last line of your function.",
            "Square, then triple, at x = 5: the value is 75, the derivative 30, in this order.",
            wrong=lambda fs, dfs, x: _walk(fs, dfs, x)[::-1],
        ),
        Mistake(
            "start-returned",
            "your derivative is right, and beside it you return x in place of the chain's value.",
            "What comes out of the last machine?",
            "Two variables are around: the x you were given, and the number that ran through the chain.",
            "Square, then triple, at x = 5: 75 comes out. 5 is what went in.",
            wrong=lambda fs, dfs, x: (x, _walk(fs, dfs, x)[1]),
        ),
        Mistake(
            "value-only",
            "your function returns the chain's value alone.",
            "If x moves by 0.01, how far does the last number move?",
            "Two numbers are wanted. The second is the product of the slopes.",
            "Square, then triple, at x = 5: the value is 75. The slopes on the way are 10 and 3.",
            wrong=lambda fs, dfs, x: _value(fs, x),
        ),
        Mistake(
            "derivative-only",
            "your function returns the derivative alone, and it is right.",
            "Which other number did you have to compute on the way?",
            "The number that runs through the chain is wanted too, in front of the derivative.",
            "Square, then triple, at x = 5: the derivative is 30, and the value that came out is 75.",
            wrong=lambda fs, dfs, x: _walk(fs, dfs, x)[1],
        ),
        Mistake(
            "called-too-often",
            _said_calls,
            "Which number do you compute again though you had it already?",
            "Carry the number along. Then no machine has to start over for the next one.",
            "Square, then triple, at x = 5: the square turns 5 into 25 once. The 25 is kept for the tripler and for "
            "its slope.",
        ),
        Mistake(
            "empty",
            _said_empty,
            "If there is no machine between in and out, what comes out, and how fast does it move?",
            "Begin with the number that goes in and with the factor that changes nothing. Then loop.",
            "No machine at all: 7 goes in and 7 comes out, and a nudge of 0.01 stays 0.01, a slope of 1.",
        ),
    ),
    probe=_probe_chain,
)


# 3 derivation: lines to put in order

_DOES = {
    "B": "gives the inner and the outer machine their names",
    "E": "says how fast the inner machine moves",
    "A": "says how fast the outer machine moves",
    "D": "says how the two slopes go together",
    "G": "arrives at the result",
}


def _letters(answer):
    """The letters of an answer as one text, or None: a list of letters, or a text such as "A, B"."""
    if type(answer) in (list, tuple):
        if any(type(each) is not str for each in answer):
            return None
        answer = " ".join(answer)
    if type(answer) is not str:
        return None
    text = "".join(char for char in answer.upper() if not char.isspace() and char not in ",;.->→")
    return text if set(text) <= set("ABCDEFG") else None


def _look_at_derivation(answer):
    """What is wrong with a list of letters, or None."""
    letters = _letters(answer)
    if letters is None:
        odd = f", and got {one_line(repr(answer), 40)}" if type(answer) in (list, tuple, str) else ""
        return Trouble(
            "type",
            f"the check wants a list of letters from A to G, in order{odd}.",
            'Does it look like ["A", "B"], with each letter in quotes?',
        )
    if not letters:
        return not_started("not started yet. Put letters into the list, and run this cell again.")
    for line, name in (("C", "A09"), ("F", "A10")):
        if line in letters:
            return name
    twice = next((line for line in letters if letters.count(line) > 1), None)
    if twice:
        return verdict_on(DERIVATION, "twice", f"line {twice} stands in your derivation {letters.count(twice)} times.")
    missing = [line for line in _DOES if line not in letters]
    if missing:
        more = f"; {len(missing)} lines are missing" if len(missing) > 1 else ""
        return verdict_on(DERIVATION, "missing", f"no line of yours {_DOES[missing[0]]}{more}.")
    if letters[0] != "B":
        return "names-late"
    if letters[-1] != "G":
        return "result-early"
    if letters[3] != "D":
        return Verdict(
            True,
            "rule-first",
            "right: the rule goes first and the slopes are filled in afterwards. The lesson finds the slopes first.",
        )
    return None


DERIVATION = Exercise(
    name="derivation",
    lesson=LESSON,
    look=_look_at_derivation,
    example="derivation",
    what="the derivation, line by line",
    known="five lines, each after what it needs: names, two slopes at their own places, product, result.",
    question="Which line can be read without knowing any other line?",
    pointer="Name the machines, find each one's slope, say how slopes go together, fill in. Two lines are wrong.",
    step="For (3x)²: name u = 3x and y = u². Find du/dx = 3 and dy/du = 2u. Multiply: 2u · 3. Put u back: 18x.",
    mistakes=(
        Mistake(
            "A09",
            "one of your lines takes the root's slope at x.",
            "The root never sees x. What number does it actually receive?",
            "The outer slope is taken at u, and u is not x.",
            "At x = 3 the root receives 1 + 9 = 10. Its slope there is 1 / (2 · 3.162) = 0.158. Line C says 0.289.",
        ),
        Mistake(
            "A10",
            "one of your lines adds the slopes of two links in a row.",
            "If the inner machine is stuck (slope 0), can y still move?",
            "A nudge passes both machines, one after the other. Each makes it longer or shorter by a factor.",
            "At x = 0 the inner slope is 0 and the outer one ½. The curve √(1 + x²) is flat there: 0 · ½ = 0, and "
            "0 + ½ is not.",
        ),
        Mistake(
            "twice",
            "a line stands twice in your derivation.",
            "Does it say anything new the second time?",
            "Each line is used once at most, and two of the seven not at all.",
            "Seven lines, two of them wrong: five are left, and each has one place.",
        ),
        Mistake(
            "missing",
            "a line is missing.",
            "Which step would a reader have to guess?",
            "Go from line to line and ask: is everything that this line uses written above it?",
            "For (3x)²: names, inner slope, outer slope, product, result. With any of the five left out, one number "
            "falls from the sky.",
        ),
        Mistake(
            "names-late",
            "your derivation speaks of u before it says what u is.",
            "Which line says what u stands for?",
            "A symbol has to be introduced before it is used.",
            "For (3x)²: du/dx = 3 says nothing as long as nobody has said u = 3x.",
        ),
        Mistake(
            "result-early",
            "the result comes before a line that it needs.",
            "Which two slopes are multiplied in the result, and are both found above it?",
            "A result goes last: it puts together what the other lines have found.",
            "For (3x)²: 18x is 2u · 3 with u put back. 2u and 3 have to be there before.",
        ),
    ),
)


# 4 numdiff


def _central(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / (2 * h)


def _forward(f, x, h):
    return (f(x + h) - f(x)) / h


def _half_forward(f, x, h):
    return _forward(f, x, h) / 2


def _five_point(f, x, h):
    return (4 * _central(f, x, h) - _central(f, x, 2 * h)) / 3


def _cubic(x):
    return x**3 - 2 * x


def _bent(x):
    return np.exp(x / 2) + np.sin(x)


_ROW = shaken(6, np.array([-1.5, 0.2, 0.9, 2.5]))
_TABLE = shaken(7, np.array([[0.3, 1.1, 2.0], [-0.7, 0.6, 1.4]]))
_X = shaken(8, -1.2)
_ARRAYS = (3, 4, 5)  # the places of the cases with arrays
_NUMDIFF_CASES = (
    case("x³ − 2x at x = 2, h = 0.1", _cubic, 2.0, 0.1),
    case("exp(x/2) + sin x at x = 0.5, h = 0.25", _bent, 0.5, 0.25),
    case(f"sin x at x = {_X:g}, h = 0.5".replace("-", "−"), np.sin, _X, 0.5),
    case("x³ − 2x at four places, h = 0.2", _cubic, _ROW, 0.2),
    case("exp(x/2) + sin x at four places, h = 0.1", _bent, _ROW + 0.4, 0.1),
    case("sin x at a table of six places, h = 0.3", np.sin, _TABLE, 0.3),
)


def _own_h(report):
    """Whether its slopes are those of a much smaller h than the one it was given."""
    if report.fits(_central) or report.fits(_five_point):
        return False
    cases = (each.make() for each in report.exercise.cases)
    return all(
        not isinstance(value, Trouble) and close(value, _central(f, x), 5e-4)
        for value, (f, x, _) in zip(report.values, cases, strict=True)
    )


def _second_name(report):
    """Whether numbers come out right and arrays as if both nudges went into one and the same array."""
    cases = [each.make() for each in report.exercise.cases]
    spoiled = (lambda f, x, h: np.zeros_like(x), _half_forward, lambda f, x, h: _half_forward(f, x, -h))
    return all(report.gives(_central(*args), i) for i, args in enumerate(cases) if i not in _ARRAYS) and any(
        all(report.gives(way(*cases[i]), i) for i in _ARRAYS) for way in spoiled
    )


def _one_for_all(report):
    """Whether numbers come out right and for an array one number comes out."""
    cases = [each.make() for each in report.exercise.cases]
    single = all(not isinstance(report.raw[i], str | list | tuple) and np.ndim(report.raw[i]) == 0 for i in _ARRAYS)
    return single and all(report.gives(_central(*args), i) for i, args in enumerate(cases) if i not in _ARRAYS)


def _calls_of_f(report, x):
    calls = []
    report.call(lambda x: (calls.append(x), np.sin(x))[1], x, 0.1)
    return len(calls)


def _most_calls(report):
    return max((_calls_of_f(report, 0.7), "one place"), (_calls_of_f(report, _ROW.copy()), "four places at once"))


def _said_most_calls(report):
    calls, where = _most_calls(report)
    return f"the numbers are right, but for {where} your function calls f {calls} times."


def _without_h(report):
    """What comes out for sin at 1 when no h is given, or a Trouble."""
    raw = report.call(np.sin, 1.0)
    return raw if isinstance(raw, Trouble) else numbers(raw, (), "one number")


def _probe_numdiff(report):
    if not report.fits(_central):
        return None
    if _most_calls(report)[0] > 2:
        return "called-too-often"
    slope = _without_h(report)
    if isinstance(slope, Trouble):
        return "no-default"
    return None if close(slope, math.cos(1.0), 1e-6) else "default-h"


def _said_default(report):
    off = abs(float(_without_h(report)) - math.cos(1.0))
    return f"with your own h for callers who give none, the slope of sin at 1 is off by {off:.1g}."


_SIDES = "The central difference has one place on each side of x, equally far away. Its error is much smaller."

NUMDIFF = Exercise(
    name="numdiff",
    lesson=LESSON,
    parameters=("f", "x", "h"),
    example="numdiff(np.sin, 1.0, 0.1)",
    cases=_NUMDIFF_CASES,
    truth=_central,
    shape=lambda f, x, h: np.shape(x),
    shape_words="one slope for each x",
    what="the slope between the two places beside x",
    known="a central difference with two calls of f, for single numbers and for whole arrays.",
    question="At which two places do you ask f, and how far apart are they?",
    pointer="One place lies h to the right of x, the other h to the left. A slope is rise divided by run.",
    step="x² at 3 with h = 0.1: at 3.1 it is 9.61, at 2.9 it is 8.41. The rise is 1.2 and the run 0.2: slope 6.",
    conventions=(
        Convention(
            "five-point",
            "right, by the five-point formula, which is finer and asks four times. The course uses the central "
            "difference, which asks twice.",
            value=_five_point,
        ),
    ),
    mistakes=(
        Mistake(
            "A07",
            "right for a single x; for an array both nudges go into one and the same array.",
            "After the first nudge, print x. Did it stay where it was?",
            "`up = x` gives an array a second name, and `+=` then moves both. x + h makes a new array.",
            "Try it: a = np.zeros(2); b = a; b += 1; print(a). Then again with b = a + 1.",
            seen=_second_name,
        ),
        Mistake(
            "one-number",
            "right for a single x; for an array of places your function returns one number.",
            "For four places, how many slopes should come out?",
            "Plus, minus and divided by work on a whole array, place by place. No sum is needed.",
            "x² at 3 and 5: the slopes are 6 and 10, two numbers.",
            seen=_one_for_all,
        ),
        Mistake(
            "ignores-h",
            "your slopes belong to a much smaller h than the one your function is given.",
            "Which h does the caller ask for, and which one do you use?",
            "h is an argument. A number of your own in its place hides what the caller wants to try.",
            "x³ at 0: with h = 0.1 the central slope is 0.01, with h = 0.01 it is 0.0001. The caller chooses.",
            seen=_own_h,
        ),
        Mistake(
            "A12",
            "every slope of yours is twice too large.",
            "How far apart are your two sample points?",
            "From x − h to x + h it is more than h.",
            "The places 2.9 and 3.1 are 0.2 apart, with h = 0.1.",
            wrong=lambda f, x, h: 2 * _central(f, x, h),
        ),
        Mistake(
            "forward",
            "that is a forward difference, from x to x + h: it looks to one side only.",
            "Your two places: does x lie in the middle between them?",
            _SIDES,
            "x² at 3 with h = 0.1: forward (9.61 − 9) / 0.1 = 6.1. Central (9.61 − 8.41) / 0.2 = 6, the true slope.",
            wrong=_forward,
        ),
        Mistake(
            "backward",
            "that is a backward difference, from x − h to x: it looks to one side only.",
            "Your two places: does x lie in the middle between them?",
            _SIDES,
            "x² at 3 with h = 0.1: backward (9 − 8.41) / 0.1 = 5.9. Central (9.61 − 8.41) / 0.2 = 6, the true slope.",
            wrong=lambda f, x, h: _forward(f, x, -h),
        ),
        Mistake(
            "half-forward",
            "your two places are only h apart and you divide by 2h.",
            "Which two places do you compare: is one of them x itself?",
            "The run below the line and the places above it have to belong together.",
            "x² at 3 with h = 0.1: 9.61 − 9 = 0.61 on a run of 0.1. Divided by 0.2 that is half the slope.",
            wrong=(_half_forward, lambda f, x, h: _half_forward(f, x, -h)),
        ),
        Mistake(
            "parentheses",
            "Python divides by 2 and then multiplies by h.",
            "What is 1.2 / 2 * 0.1, and what is 1.2 / (2 * 0.1)?",
            "What belongs below the fraction line needs parentheses.",
            "1.2 / 2 * 0.1 is 0.6 · 0.1 = 0.06. 1.2 / (2 * 0.1) is 1.2 / 0.2 = 6.",
            wrong=(lambda f, x, h: _central(f, x, h) * h * h, lambda f, x, h: _forward(f, x, h) * h * h / 2),
        ),
        Mistake(
            "parentheses-above",
            "only the second value of f is divided by 2h.",
            "In `9.61 - 8.41 / 0.2`, what does Python compute first?",
            "What belongs above the fraction line needs parentheses.",
            "9.61 - 8.41 / 0.2 is 9.61 − 42.05. (9.61 - 8.41) / 0.2 is 6.",
            wrong=lambda f, x, h: f(x + h) - f(x - h) / (2 * h),
        ),
        Mistake(
            "h-forgotten",
            "you return how much f changed, not yet divided by the way on which it changed.",
            "With h half as large the change is half as large. Has the curve become less steep?",
            "Slope is rise divided by run. The run has an h in it.",
            "x² from 2.9 to 3.1: the rise is 1.2 on a run of 0.2.",
            wrong=(
                lambda f, x, h: _central(f, x, h) * 2 * h,
                lambda f, x, h: _central(f, x, h) * h,
                lambda f, x, h: f(x + h) - f(x),
            ),
        ),
        Mistake(
            "sign",
            "every slope has the right size and the opposite sign.",
            "If f is larger at x + h than at x − h, is the slope positive or negative?",
            "Later place minus earlier place, above the fraction line and below it.",
            "At 3.1 the square is 9.61, at 2.9 it is 8.41. Going right it grows, so the slope is positive.",
            wrong=lambda f, x, h: -_central(f, x, h),
        ),
        Mistake(
            "added",
            "you add the two values of f where their difference is wanted.",
            "For a flat curve both values are equal. Which slope does your function give then?",
            "Rise is how far apart the two values are.",
            "x² at 3 with h = 0.1: 9.61 and 8.41 are 1.2 apart. Their sum says nothing about steepness.",
            wrong=lambda f, x, h: (f(x + h) + f(x - h)) / (2 * h),
        ),
        Mistake(
            "output-nudged",
            "your slope is 1 for every function: you nudge what comes out of f.",
            "Is h added to x, or to f(x)?",
            "A nudge goes in at the front of the machine. Look at the brackets of your two calls.",
            "x² at 3 with h = 0.1: f(3.1) is 9.61. f(3) + 0.1 is 9.1 for any f with f(3) = 9.",
            wrong=lambda f, x, h: np.ones(np.shape(x)),
        ),
        Mistake(
            "value",
            "your function returns a value of f, no slope.",
            "What is the rise between your two places, and what is the run?",
            "A slope compares two values of f.",
            "x² at 3: the value is 9. From 2.9 to 3.1 it rises by 1.2 on a run of 0.2.",
            wrong=(
                lambda f, x, h: f(x),
                lambda f, x, h: f(x + h),
                lambda f, x, h: (f(x + h) + f(x - h)) / 2,
            ),
        ),
        Mistake(
            "called-too-often",
            _said_most_calls,
            "Which calls could be spared?",
            "Two calls are enough: f takes a whole array at once, and its values can be kept in variables.",
            "x = 3 and 5 with h = 0.1: one call of f for 3.1 and 5.1 together, one for 2.9 and 4.9.",
        ),
        Mistake(
            "no-default",
            "your function only works if the caller gives an h.",
            "What does the first line in the text above say about h?",
            "A parameter gets a default with an equals sign in the def line.",
            "def power(x, n=2) can be called as power(3) and as power(3, 4).",
        ),
        Mistake(
            "default-h",
            _said_default,
            "Where is the bottom of the V-shaped error curve for the central difference?",
            "Too large an h cuts the corner, too small a one drowns in rounding. The text above names the default.",
            "For sin at 1, h = 0.1 is off by 0.0009 and h = 1e-14 by 0.004. In between, h = 1e-5 is off by 1e-11.",
        ),
    ),
    probe=_probe_numdiff,
)


# 5 two_paths


def _paths(x):
    a, b = math.sin(x), x * math.cos(x)
    return a, b, a + b


_PATHS = _Slips(
    ("through a", "through b", "together"),
    (
        ("factor-missing", 0, "1", lambda x: 1.0),
        ("factor-missing", 1, "cos x", math.cos),
        ("inner-missing", 1, "x", lambda x: x),
        ("own-factor", 0, "x", lambda x: x),
        ("own-factor", 1, "sin x · cos x", lambda x: math.sin(x) * math.cos(x)),
        ("own-factor", 1, "sin x", math.sin),
        ("value", 0, "", lambda x: x * math.sin(x)),
        ("value", 1, "", lambda x: x * math.sin(x)),
        ("cosine-sign", 1, "", lambda x: -x * math.cos(x)),
        ("degrees", 0, "", lambda x: math.sin(math.radians(x))),
        ("degrees", 1, "", lambda x: x * math.cos(math.radians(x))),
        ("one-path", 2, "through a", lambda x: _paths(x)[0]),
        ("one-path", 2, "through b", lambda x: _paths(x)[1]),
        ("multiplied", 2, "", lambda x: math.prod(_paths(x)[:2])),
        ("subtracted", 2, "", lambda x: _paths(x)[0] - _paths(x)[1]),
        ("subtracted", 2, "", lambda x: _paths(x)[1] - _paths(x)[0]),
        ("averaged", 2, "", lambda x: _paths(x)[2] / 2),
        ("slopes-multiplied", 2, "", math.cos),
        ("slopes-added", 2, "", lambda x: 1 + math.cos(x)),
        ("value", 2, "", lambda x: x * math.sin(x)),
    ),
)

TWO_PATHS = Exercise(
    name="two_paths",
    lesson=LESSON,
    parameters=("x",),
    example="two_paths(2.0)",
    cases=tuple(case(f"x = {x:g}", x) for x in (0.5, 1.0, *shaken(9, (2.0, -1.3, 3.0), 0.15))),
    truth=_paths,
    shape=lambda x: (3,),
    shape_words="three numbers, through a, through b and together",
    parts=_PATHS.parts,
    what="how fast y moves along the two paths and together",
    known="each path by itself, with b or a held still, and both together, for 5 values of x.",
    question="Hold b still and let only a move by 0.01. How far does y = a·b move?",
    pointer="A path is a chain: how fast a moves with x, times how fast y moves with a. Then the same through b.",
    step="y = a·b with a = x² and b = 3x, at x = 2: a = 4, b = 6. Through a: 4 · 6 = 24. Through b: 3 · 4 = 12. "
    "Together 36; and 3x³ has the slope 9 · 4 = 36.",
    mistakes=(
        Mistake(
            "swapped",
            "the two paths have changed places.",
            "On the path through a, which of the two factors is held still?",
            "Through a: a moves, and b stays and stretches the movement.",
            "y = a·b with a = 4 and b = 6: if a moves by 0.01, y moves by 0.06.",
            wrong=lambda x: (_paths(x)[1], _paths(x)[0], _paths(x)[2]),
        ),
        Mistake(
            "together-only",
            "your function returns one number: both paths together, and that one is right.",
            "How much of it came through a, and how much through b?",
            "Three numbers are wanted: the two paths, then their effect together.",
            "y = a·b with a = x², b = 3x at x = 2: the answer is 24, 12, 36.",
            wrong=lambda x: _paths(x)[2],
        ),
        Mistake(
            "no-total",
            "your function returns the two paths; the third number is missing.",
            "If both paths are open, how far does y move?",
            "The nudge of x takes both paths at once.",
            "y = a·b with a = x², b = 3x at x = 2: the answer is 24, 12, 36.",
            wrong=lambda x: _paths(x)[:2],
        ),
        Mistake(
            "factor-missing",
            _PATHS.says("{part} you get {words}: how fast that factor moves, and the other factor is missing."),
            "If one factor moves by 0.01 and the other is 6, how far does the product move?",
            "The path has two links: from x to the factor, and from the factor to y. One slope each.",
            "y = a·b with a = x², b = 3x at x = 2: a moves 4 times as fast as x, and y moves 6 times as fast as a. 24.",
        ),
        Mistake(
            "inner-missing",
            "the path through b ends at b: how fast b moves with x is missing.",
            "If x moves by 0.01, how far does b = sin x move?",
            "The path has two links: from x to b, and from b to y. One slope each.",
            "y = a·b with a = x², b = 3x at x = 2: y moves 4 times as fast as b, and b 3 times as fast as x. 12.",
        ),
        Mistake(
            "own-factor",
            _PATHS.says("{part} you get {words}: the moving factor's own value stands where the other one belongs."),
            "Nudge a by 0.01 in a·b with b = 5. By how much does the product move?",
            "The factor that moves doesn't stretch itself. The one that stands still does the stretching.",
            "4 · 6 = 24 and 4.01 · 6 = 24.06: 0.01 at the 4 makes 0.06, six times as much.",
        ),
        Mistake(
            "value",
            _PATHS.says("{part} you get x · sin x: that is y, and no slope."),
            "How far does y move if x moves by 0.01?",
            "Where y is, is one thing. How fast it moves is another.",
            "3x³ at x = 2 is 24, at 2.01 it is 24.36: 0.01 makes 0.36, a slope of 36.",
        ),
        Mistake(
            "cosine-sign",
            "the path through b has the right size and the opposite sign.",
            "At x = 0, does sin x rise or fall?",
            "The sign turns when a cosine is differentiated. Here it is a sine.",
            "sin 0 = 0 and sin 0.01 = 0.01: it rises, with slope 1, and cos 0 is 1.",
        ),
        Mistake("degrees", _PATHS.says("{part} the angle is taken for degrees."), *_DEGREES),
        Mistake(
            "one-path",
            _PATHS.says("together you count one path only, the one {words}."),
            "When x moves, which of the two factors stands still?",
            "x drives both factors at once, and each moves y by its own amount.",
            "y = a·b with a = x², b = 3x at x = 2: a nudge of 0.01 brings 0.24 through a and 0.12 through b: 0.36.",
        ),
        Mistake(
            "multiplied",
            "together you multiply the two paths.",
            "If one path is blocked (slope 0), does the other one still move y?",
            "Links one after the other multiply. What do two roads side by side do?",
            "0.24 arrives along one path and 0.12 along the other. At y they meet: 0.36.",
        ),
        Mistake(
            "subtracted",
            "together you take the difference of the two paths.",
            "If both paths push y upwards, does one of them hold it back?",
            "What arrives along the paths comes together at y, each with its own sign.",
            "0.24 arrives along one path and 0.12 along the other: 0.36 in all.",
        ),
        Mistake(
            "averaged",
            "together you take the mean of the two paths.",
            "Does y move less than through a alone, because a second path opened?",
            "Both effects arrive in full.",
            "0.24 arrives along one path and 0.12 along the other: 0.36 in all, and 0.18 would be less than the first.",
        ),
        Mistake(
            "slopes-multiplied",
            "together you get cos x, the slope of a times the slope of b.",
            "Is x · x = x² as steep as 1 · 1 everywhere?",
            "The slope of a product isn't the product of the slopes. Your first two numbers know better.",
            "x · x at 3: both slopes are 1, and the product of slopes is 1. Through each path 3 arrives, together 6.",
        ),
        Mistake(
            "slopes-added",
            "together you add how fast a and b move, and not how fast y moves because of them.",
            "Which two of your own numbers say how fast y moves?",
            "a and b move; then each passes the product on its way to y.",
            "y = a·b with a = x², b = 3x at x = 2: a moves with 4 and b with 3. At y 24 and 12 arrive, 36 in all.",
        ),
    ),
    probe=_PATHS.probe,
)


# 6 boiling_rate: three links, from the height to the pressure, to °F, to °C

A, B, SCALE, P0 = -42.164, 0.8956, 8434.0, 29.92
_LN10 = math.log(10)
_C_PER_F = 5 / 9


def _pressure(height):
    return P0 * math.exp(-height / SCALE)


def _per_metre(height):
    return -_pressure(height) / SCALE


def _per_inch(p):
    return 100 / (_LN10 * B * p)


def _fahrenheit(height):
    return (100 * math.log10(_pressure(height)) - A) / B


def _rate(height):
    return _per_metre(height) * _per_inch(_pressure(height)) * _C_PER_F


_FACTORS = {  # slips that change the answer by a factor, the same at every height
    "fahrenheit": (9 / 5,),
    "nine-fifths": (81 / 25,),
    "no-ln10": (_LN10, _LN10**2),
    "inverted": (B * B,),
    "b-missing": (B,),
    "hundred": (1 / 100, 1 / 10_000),
    "scale": (-SCALE, SCALE, SCALE * SCALE),
    "p0": (1 / P0,),
    "per-km": (1000.0,),
    "sign": (-1.0,),
}


def _times(factor):
    return lambda height: factor * _rate(height)


def _scaled(name):
    return tuple(_times(factor) for factor in _FACTORS[name])


def _probe_boiling(report):
    """What the general stages can't see here: the truth is a constant, and the notebook's numbers are outside."""
    if _explained(report) or report.fits(_times(2)) or report.fits(_times(1 / 2)):
        return None
    for one, other in combinations(_FACTORS, 2):
        if any(report.fits(_times(f * g)) for f in _FACTORS[one] for g in _FACTORS[other]):
            says = BOILING_RATE.mistake(one).says
            return verdict_on(BOILING_RATE, one, f"more than one link is off. To begin with, {says}")
    height = report.exercise.cases[0].make()[0]
    gives = f"for height = {height:g} your function gives {show(report.values[0])}"
    if all(close(value, _rate(height), 0.02) for value in report.values):
        sentence = f"{gives}, which is close to the rate, and not equal to it."
        return verdict_on(BOILING_RATE, "nearly", sentence, "Do you round on the way, or is a constant cut off?")
    return verdict_on(BOILING_RATE, "unknown", f"{gives}, and that is not the rate in °C per metre.")


BOILING_RATE = Exercise(
    name="boiling_rate",
    lesson=LESSON,
    parameters=("height",),
    example="boiling_rate(1000.0)",
    cases=tuple(case(f"height = {height:g}", height) for height in (1000.0, 10.0, *shaken(10, (2500.0, 5364.0)))),
    truth=_rate,
    rtol=1e-4,  # a line fitted to Forbes's table by oneself is as good as the rounded one
    what="how fast the boiling point moves with the height, in °C per metre",
    known="three links, three units that cancel: 1 °C lower for every 313 m, at any height.",
    question="Which three quantities follow each other from the height to °C, and in which unit is each slope?",
    pointer="Inches of mercury per metre, times °F per inch, times °C per °F. The units cancel like fractions.",
    step="A car: 0.08 litres per km, 1.7 euros per litre, 100 cents per euro. Multiplied: 13.6 cents per km. Write "
    "your three slopes with their units and see what cancels.",
    mistakes=(
        Mistake(
            "value",
            "your function returns a pressure or a temperature at that height; the rate is asked for.",
            "If you climb one metre more, by how much does the number change?",
            "The unit tells: a rate has “per metre” in it.",
            "99 °C is a boiling point. 0.3 °C less on every 100 m is a rate.",
            wrong=(
                _fahrenheit,
                lambda height: (_fahrenheit(height) - 32) * _C_PER_F,
                _pressure,
            ),
        ),
        Mistake(
            "A11",
            "at least one of the three links is missing from your product.",
            "In which unit is your answer, link by link?",
            "Height to pressure, pressure to °F, °F to °C: three arrows, three factors.",
            "Litres per km times cents per euro leaves litres and euros over: the price of a litre is missing.",
            wrong=(
                lambda height: _per_inch(_pressure(height)) * _C_PER_F,
                lambda height: _per_metre(height) * _C_PER_F,
                lambda height: _per_inch(_pressure(height)),
                _per_metre,
            ),
        ),
        Mistake(
            "fahrenheit",
            "your rate is in °F per metre.",
            "How many degrees Celsius is a rise of 9 degrees Fahrenheit?",
            "Forbes's line gives °F. One more link leads to °C.",
            "From freezing to boiling it is 180 steps in Fahrenheit and 100 in Celsius: each °F is 100/180 of a °C.",
            wrong=_scaled("fahrenheit"),
        ),
        Mistake(
            "nine-fifths",
            "your last link runs the wrong way: it turns °C into °F.",
            "Is a degree Fahrenheit larger or smaller than a degree Celsius?",
            "From freezing to boiling it is 180 steps in Fahrenheit and 100 in Celsius.",
            "A rise of 180 °F is a rise of 100 °C. So a rise of 9 °F is one of 5 °C.",
            wrong=_scaled("nine-fifths"),
        ),
        Mistake(
            "thirty-two",
            "you take 32 off; that belongs to a temperature, and a rate has no zero point.",
            "If it gets 9 °F warmer, how many °C is that, whatever the temperature was?",
            "A constant that is added moves the whole line and changes no slope.",
            "50 °F is 10 °C, 59 °F is 15 °C: a rise of 9 °F is a rise of 5 °C, and the 32 has cancelled.",
            wrong=(
                lambda height: (_rate(height) / _C_PER_F - 32) * _C_PER_F,
                lambda height: _rate(height) - 32,
                lambda height: _per_metre(height) * (_per_inch(_pressure(height)) - 32) * _C_PER_F,
            ),
        ),
        Mistake(
            "inverted",
            "the slope of Forbes's line is upside down: it says how log p moves with T.",
            "If 100·log₁₀ p moves by 1, does T move by 0.8956, or by 1 divided by that?",
            "The line gives log p from T. Here T follows from p, so that slope has to be turned over.",
            "If a climbs 4 for every 1 of b, then b climbs a quarter for every 1 of a.",
            wrong=(*_scaled("inverted"), lambda height: _per_metre(height) / _per_inch(_pressure(height)) * _C_PER_F),
        ),
        Mistake(
            "b-missing",
            "the slope of Forbes's line, 0.8956, is missing from your second link.",
            "If 100·log₁₀ p climbs by 0.8956, by how many °F does T climb?",
            "Solve the line for T first. What stands below the fraction line then?",
            "If 4·T = b then T = b/4: as b climbs by 1, T climbs by a quarter.",
            wrong=_scaled("b-missing"),
        ),
        Mistake(
            "p-missing",
            "a pressure is missing from one of your slopes: exp is its own slope, and the slope of ln p is 1/p.",
            "Which of your slopes change with the height, and which ones should?",
            "The pressure itself stands in two of the three slopes.",
            "ln 10 to ln 11 rises by 0.095, ln 20 to ln 21 by 0.049: the slope of ln p is about 1/p.",
            wrong=(
                lambda height: _rate(height) * _pressure(height),
                lambda height: _rate(height) / _pressure(height),
            ),
        ),
        Mistake(
            "metres-per-degree",
            "your answer is in metres per degree: the whole product is upside down.",
            "If you climb one metre, how many degrees is that?",
            "°C per metre: the metre stands below the line.",
            "13.6 cents per km, and 1 / 13.6 = 0.074 km per cent. Both are true, and one of them was asked for.",
            wrong=(lambda height: 1 / _rate(height), lambda height: -1 / _rate(height)),
        ),
        Mistake(
            "no-ln10",
            "log₁₀ is differentiated like the natural logarithm, or ln 10 stands on the wrong side of the line.",
            "Between p = 10 and p = 11, which rises more: log₁₀ p or ln p?",
            "log₁₀ p = ln p / ln 10, and ln 10 is 2.303. The slope of log₁₀ is flatter by that factor.",
            "ln 11 − ln 10 = 0.0953. log₁₀ 11 − log₁₀ 10 = 0.0414, which is 2.303 times less.",
            wrong=_scaled("no-ln10"),
        ),
        Mistake(
            "hundred",
            "the 100 in Forbes's line is lost, or stands on the wrong side.",
            "The line is about 100·log₁₀ p. By how much does that move when log₁₀ p moves by 0.01?",
            "Forbes's line, solved for T: the 100 stays beside the logarithm.",
            "From p = 20 to p = 20.5, log₁₀ p rises by 0.0107 and 100·log₁₀ p by 1.07.",
            wrong=_scaled("hundred"),
        ),
        Mistake(
            "scale",
            "the slope of the pressure lacks what is inside exp, or has it on the wrong side of the line.",
            "How fast does −height/8434 move when the height moves by one metre?",
            "exp(−height/8434) is a chain of two machines itself: first divide, then exp.",
            "exp(−H/1000) at H = 0: one metre further it is 0.999. So its slope there is −0.001, and not −1 or −1000.",
            wrong=_scaled("scale"),
        ),
        Mistake(
            "p0",
            "the 29.92 inches are missing from the slope of the pressure.",
            "How many inches of mercury does the pressure fall on the first metre?",
            "A factor in front stays in front when you differentiate.",
            "5·exp(−H/1000) at H = 0: one metre further it is 4.995. Its slope is −0.005, five times the exp's.",
            wrong=_scaled("p0"),
        ),
        Mistake(
            "sea-level",
            "one slope is taken at sea level and the others where you stand.",
            "What is the pressure at this height? Is it the one in each of your slopes?",
            "Every link is evaluated where it stands: the pressure that comes out of the first goes into the second.",
            "At 5364 m the pressure is 15.8 inches and no longer 29.92. It falls more slowly there, and the boiling "
            "point answers more strongly.",
            wrong=(
                lambda height: _rate(height) * math.exp(height / SCALE),
                lambda height: _rate(height) * math.exp(-height / SCALE),
            ),
        ),
        Mistake(
            "A09",
            "the second slope is taken at the height; a barometer has no idea of metres.",
            "The second machine never sees the height. What number does it actually receive?",
            "The slope of T with respect to p is taken at p, in inches of mercury.",
            "At 1000 m the pressure is 26.6 inches. The logarithm stands at 26.6, and there its slope is 1 / 26.6 "
            "before the constants.",
            wrong=lambda height: _per_metre(height) * _per_inch(height) * _C_PER_F,
        ),
        Mistake(
            "A10",
            "you add the slopes of the links.",
            "Can you add inches per metre to degrees per inch?",
            "Along a chain each slope stretches the nudge that comes in.",
            "0.08 litres per km and 1.7 euros per litre: 0.08 · 1.7 = 0.136 euros per km. Their sum has no unit.",
            wrong=(
                lambda height: _per_metre(height) + _per_inch(_pressure(height)) + _C_PER_F,
                lambda height: _per_metre(height) + _per_inch(_pressure(height)),
                lambda height: (_per_metre(height) + _per_inch(_pressure(height))) * _C_PER_F,
            ),
        ),
        Mistake(
            "per-km",
            "your rate is per kilometre.",
            "How many degrees does the first metre cost?",
            "The exercise asks for °C per metre, the unit in which the height is given.",
            "13.6 cents per km is 0.0136 cents per metre.",
            wrong=_scaled("per-km"),
        ),
        Mistake(
            "sign",
            "your rate has the right size and the opposite sign.",
            "Does water boil hotter or cooler on a mountain?",
            "One of the three slopes is negative: something falls as you climb.",
            "exp(−H/1000): at H = 0 it is 1, at H = 1 it is 0.999. It falls, so its slope is negative.",
            wrong=_scaled("sign"),
        ),
    ),
    probe=_probe_boiling,
)

register(PLACES, LOCAL_SLOPES, CHAIN, DERIVATION, NUMDIFF, TWO_PATHS, BOILING_RATE)
