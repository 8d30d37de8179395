"""What the test modules of all lessons' checks ask alike: every right answer, every known mistake, and the count.

A test module has EVERY, {exercise's name: (the Exercise, its right answers, {name it must be told: wrong answers})}. It
may have RIGHT_TOO, names of verdicts that are right in another form; MADE, names of exercises whose answers are
functions that make them; and BEGINS, how its sentences begin (a regular expression).
"""

import contextlib
import importlib
import re
from dataclasses import dataclass, field
from unittest import mock

from helpers import checking
from helpers.guard import Limits

__all__ = ["LESSONS", "Tally", "answers_hold", "answers_of", "checks_of", "has_no_name", "short_limits", "tally"]

LESSONS = (
    "start_here", "curve_fitting", "chain_rule", "computational_graphs", "backpropagation", "learning_rates",
    "vanishing_gradients", "digit_reader",
)  # fmt: skip
ENDLESS = {"time", "every-path", "slow"}  # answers of these kinds use up whatever time they get
GENERAL = {"unknown", "nearly"}  # no name was given, only where it differs
BRIEF = Limits(call=0.5, whole=12.0)


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
