"""What the test modules of all lessons' checks ask alike: every right answer, every known mistake, and the count.

The rest is what several of them need: a cell's source made into a function, answers that are bad in any exercise, and
the question whether two known mistakes look alike.

A test module has EVERY, {exercise's name: (the Exercise, its right answers, {name it must be told: wrong answers})}. It
may have RIGHT_TOO, names of verdicts that are right in another form; MADE, names of exercises whose answers are
functions that make them; and BEGINS, how its sentences begin (a regular expression).
"""

import contextlib
import importlib
import itertools
import linecache
import math
import re
from dataclasses import dataclass, field
from unittest import mock

import numpy as np

from helpers import checking
from helpers.guard import Limits

__all__ = [
    "LESSONS", "Tally", "answers_hold", "answers_of", "are_told_what_they_are", "bad_answers", "changed", "checks_of",
    "endless", "forever", "has_no_name", "look_alike", "met_in_two_styles", "run_as_cell", "short_limits", "tally",
    "values_on_all_cases", "written",
]  # fmt: skip

LESSONS = (
    "start_here", "curve_fitting", "chain_rule", "computational_graphs", "backpropagation", "learning_rates",
    "vanishing_gradients", "digit_reader",
)  # fmt: skip
ENDLESS = {"time", "every-path", "slow"}  # answers of these kinds use up whatever time they get
GENERAL = {"unknown", "nearly"}  # no name was given, only where it differs
BRIEF = Limits(call=0.5, whole=12.0)

_CELLS = itertools.count(10_000)


def answers_of(lesson):
    """The test module of a lesson, which has the tables of answers."""
    return importlib.import_module(f"test_checks_{lesson}")


def checks_of(lesson):
    """The module that declares a lesson's exercises."""
    return importlib.import_module(f"helpers.checks.{lesson}")


def has_no_name(name):
    """Whether a verdict's name says no more than how the answer differs from the truth: no mistake is claimed."""
    return name in {*GENERAL, "constant", "first-only", "outside"} or name.startswith("ratio ")


@contextlib.contextmanager
def short_limits(lesson, limits=BRIEF):
    """Give a lesson's checks less time than a learner gets."""
    module = checks_of(lesson)
    with contextlib.ExitStack() as stack:
        for name in ("LIMITS", "HURRIED"):
            if hasattr(module, name):
                stack.enter_context(mock.patch.object(module, name, limits))
        yield


@dataclass
class Tally:
    """How one exercise's check did: how many were tried of a kind, how many came out as they have to."""

    kinds: int = 0  # of known mistakes
    known: list = field(default_factory=lambda: [0, 0, 0])  # tried, detected, named rightly
    trouble: list = field(default_factory=lambda: [0, 0, 0])  # the same: wrong types, shapes, errors, no end
    right: list = field(default_factory=lambda: [0, 0])  # tried, refused
    unknown: list = field(default_factory=lambda: [0, 0, 0])  # tried, caught, given a name
    names: set = field(default_factory=set)
    failures: list = field(default_factory=list)


def tally(lesson, name, known_only=False):
    """Try every answer of the exercise's table; with `known_only` the right ones and those with a known mistake."""
    tests = answers_of(lesson)
    exercise, right, wrong = tests.EVERY[name]
    mistakes = {mistake.name for mistake in exercise.mistakes}
    right_too = ({each.name for each in exercise.conventions} | getattr(tests, "RIGHT_TOO", set())) - mistakes
    found = Tally(kinds=len(mistakes), names=set(wrong))
    for number, answer in enumerate(right):
        verdict = _verdict(lesson, exercise, name, answer)
        _count_right(found, f"right answer {number}", verdict)
    for wanted, answers in wrong.items():
        skipped = known_only and (wanted in ENDLESS or wanted not in mistakes | right_too)
        for number, answer in enumerate(() if skipped else answers):
            verdict, label = _verdict(lesson, exercise, name, answer, wanted), f"{wanted} {number}"
            if wanted in right_too:
                _count_right(found, label, verdict, wanted)
                continue
            kind = found.known if wanted in mistakes else found.unknown if wanted in GENERAL else found.trouble
            named = verdict.name in GENERAL if wanted in GENERAL else verdict.name == wanted
            kind[0] += 1
            kind[1] += not verdict.right
            kind[2] += named != (wanted in GENERAL)
            if verdict.right or not named:
                found.failures.append(f"{label} is told {verdict.name}: {verdict.sentence}")
            elif verdict.started:
                _look_at_sentence(found, label, verdict, getattr(tests, "BEGINS", "."))
    return found


def _verdict(lesson, exercise, name, answer, wanted=""):
    if name in getattr(answers_of(lesson), "MADE", ()):
        answer = answer()
    if wanted not in ENDLESS:
        return checking.examine(exercise, answer)
    with short_limits(lesson):
        return checking.examine(exercise, answer, BRIEF)


def _count_right(found, label, verdict, wanted=None):
    found.right[0] += 1
    found.right[1] += not verdict.right
    if not verdict.right or (wanted and verdict.name != wanted):
        found.failures.append(f"{label} is told {verdict.name}: {verdict.sentence}")


def _look_at_sentence(found, label, verdict, begins):
    said = verdict.sentence
    if not re.match(begins, said) or not said.endswith((".", "?")) or said.endswith("..") or "{words}" in said:
        found.failures.append(f"{label} is told an odd sentence: {said}")
    if not verdict.question.endswith("?") or not verdict.hint(3):
        found.failures.append(f"{label} is asked nothing: {verdict.question}")


def answers_hold(lesson, name):
    """The Tally of an exercise of which all answers are told what they have to be told, ten right ones among them."""
    found = tally(lesson, name)
    assert not found.failures, "\n".join(found.failures)
    assert found.right[0] >= 10, f"{found.right[0]} right answers"
    mistakes = {mistake.name for mistake in answers_of(lesson).EVERY[name][0].mistakes}
    assert mistakes <= found.names, mistakes - found.names
    return found


# Answers that are bad in any exercise


def changed(source, *changes):
    """The source with one text after the other exchanged; each change is (old text, new text), and the old is there."""
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    return source


def run_as_cell(source, scope):
    """Run the source in this scope as a notebook does: whoever asks for the source of what it defines can read it."""
    name = f"<ipython-input-{next(_CELLS)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), scope)
    return scope


def written(source, **scope):
    """The last function or class of a cell's source, which may use np, math and what is in `scope`."""
    scope = {"np": np, "math": math, **scope}
    before = set(scope)
    run_as_cell(source, scope)
    return [value for name, value in scope.items() if name not in before and name != "__builtins__"][-1]


def forever(*args):
    while True:
        pass


def endless(*args):
    return endless(*args)


def bad_answers(right, example):
    """{the name it must be told: answers of that kind} for a right function and arguments of it."""
    return {
        "not started": [None, ..., lambda *args: ..., lambda *args: [..., ...], written("def f(*args):\n    pass")],
        "class": [type("Answer", (), {"__call__": lambda self, *args: right(*args)})],
        "not-a-function": [right(*example), 3.0, "text", np.zeros(3)],
        "parameters": [lambda: 0.0, lambda a, b, c, d, e, f: 0.0],
        "time": [forever, written("def slow(*args):\n    while True:\n        try: args\n        except Exception: 0")],
        "prints": [lambda *args: print(right(*args))],
        "returns-nothing": [written("def silent(*args):\n    y = args", right=right)],
        "type": [lambda *args: str(right(*args)), lambda *args: {"y": right(*args)}, lambda *args: right],
        "exception": [lambda *args: undefined_name, lambda *args: [][1]],  # noqa: F821
        "recursion": [endless],
        "generator": [written("def lazy(*args):\n    yield 1")],
        "exit": [lambda *args: exit()],
    }


def are_told_what_they_are(exercise, bad, limits=None):
    """Every answer of the table {name: answers} gets that name, and a question if it was started."""
    for kind, answers in bad.items():
        for answer in answers:
            found = checking.examine(exercise, answer, limits)
            assert found.name == kind and not found.right, (exercise.name, kind, found)
            assert not found.started or found.question.endswith("?")


# Tables of answers and of mistakes


def met_in_two_styles(exercise, right, wrong):
    """Every known mistake stands in the table twice or more, every convention too, and there are ten right answers."""
    for mistake in exercise.mistakes:
        assert len(wrong[mistake.name]) >= 2, mistake.name
    assert {convention.name for convention in exercise.conventions} <= set(wrong)
    assert len(right) >= 10


def values_on_all_cases(exercise, function):
    """What the function gives for each input of the exercise, None where it gives nothing."""
    found = []
    for each in exercise.cases:
        try:
            found.append(np.asarray(function(*each.make()), dtype=float))
        except (ArithmeticError, ValueError, IndexError):
            found.append(None)
    return found


def look_alike(exercise, near=20):
    """Pairs of names of which the functions agree on all inputs to `near` times rtol: right, conventions, mistakes."""
    functions = [("right", exercise.truth), *((each.name, each.value) for each in exercise.conventions if each.value)]
    functions += [(mistake.name, wrong) for mistake in exercise.mistakes for wrong in mistake.variants]
    with np.errstate(all="ignore"):
        values = [(label, values_on_all_cases(exercise, function)) for label, function in functions]
    return [
        {one, other}
        for (one, a), (other, b) in itertools.combinations(values, 2)
        if one != other and all(_agree(p, q, near * exercise.rtol) for p, q in zip(a, b, strict=True))
    ]


def _agree(one, other, rtol):
    return one is not None and other is not None and checking.close(one, other, rtol)
