"""What the checks of several lessons share: readers between check and answer, parts of answers; and odd answers."""

import functools
import inspect

import numpy as np
import pytest

from helpers import checking, checks
from helpers.checking import Case, Exercise, Mistake, Report, Trouble
from helpers.checks import common
from helpers.guard import Limits, Runner


def pair(a, b):
    """Returns both, doubled."""
    return 2 * a, 2 * b


TOY = Exercise(
    name="toy_pair",
    lesson="toy",
    parameters=("a", "b"),
    cases=(Case("1 and 2", lambda: (1.0, 2.0)), Case("3 and −1", lambda: (3.0, -1.0))),
    truth=lambda a, b: np.array([2 * a, 2 * b]),
    shape=lambda a, b: (2,),
    shape_words="two numbers",
    what="both, doubled",
    known="two numbers.",
    question="What is the double of each?",
    pointer="Times two.",
    step="3 becomes 6.",
    mistakes=(
        Mistake("swapped", "they have changed places.", "Which is first?", "a.", "a, b", lambda a, b: (2 * b, 2 * a)),
    ),
)


def as_row(raw, between, *args):
    between.kept.append(args)
    between.note = type(raw).__name__
    return common.in_a_row(raw)


def looked_at(answer, **options):
    return checking.examine(common.read_by(as_row, TOY, limits=Limits, **options), answer)


# Verdicts


def test_a_verdict_has_the_hints_of_its_mistake_or_else_of_the_exercise():
    known = common.verdict_on(TOY, "swapped", "said.")
    assert (known.right, known.question, known.pointer, known.step) == (False, "Which is first?", "a.", "a, b")
    other = common.verdict_on(TOY, "odd", "said.", "Why?", code="x = 1")
    assert (other.question, other.pointer, other.step, other.code) == ("Why?", "Times two.", "3 becomes 6.", "x = 1")


def test_what_is_not_started_counts_no_attempt():
    assert not common.not_started().started
    assert common.unfinished("b is open").sentence == "not started yet, or not finished: b is open."
    assert not common.unfinished("b is open").started


# What can be called


@pytest.mark.parametrize(
    ("answer", "fits"),
    [
        (pair, True),
        (lambda *args: args, True),
        (lambda a, b, c=1: a, True),
        (functools.partial(pair, 1.0), False),
        (lambda a: a, False),
        (lambda a, b, *, c: a, False),
        (dict, False),
        (3, False),
        (max, True),
    ],
)
def test_a_function_of_two_arguments(answer, fits):
    assert common.is_function_of(answer, ("a", "b")) is fits


@pytest.mark.parametrize("signature", ["text", property(lambda self: 1 / 0)])
def test_a_signature_that_can_not_be_told_is_tried(signature):
    odd = type("Odd", (), {"__signature__": signature, "__call__": lambda self, a, b: pair(a, b)})()
    assert common.is_function_of(odd, ("a", "b"))
    assert looked_at(odd).right


# Readers


def test_a_reader_looks_like_the_function():
    stand_in = common.Between(pair, as_row)
    assert stand_in.__name__ == "pair" and stand_in.__code__ is pair.__code__
    assert inspect.signature(stand_in) == inspect.signature(pair)
    assert not hasattr(stand_in, "__wrapped__") and not hasattr(stand_in, "anything")


def test_a_reader_hands_on_what_it_makes_of_the_answer():
    between = common.Between(pair, as_row)
    assert between(1, 2).tolist() == [2, 4] and between.kept == [(1, 2)] and between.note == "tuple"
    assert looked_at(pair).right and looked_at(lambda a, b: [b + b, a + a]).name == "swapped"


@pytest.mark.parametrize("nothing", [None, ...])
def test_a_reader_is_not_asked_about_nothing(nothing):
    between = common.Between(lambda: nothing, None)
    assert between() is nothing


def test_a_reader_is_not_asked_about_calls_that_ran_nothing():
    def lazy(a, b):
        yield a

    async def later(a, b):
        return a

    assert looked_at(lazy).name == "generator" and looked_at(later).name == "coroutine"


def test_what_is_no_function_is_examined_as_it_is():
    assert looked_at(lambda a: a).name == "parameters"
    assert looked_at(3).name == "not-a-function" and looked_at(dict).name == "class"


def test_the_limits_are_asked_for_at_each_check():
    asked = []
    exercise = common.read_by(as_row, TOY, limits=lambda: asked.append(1) or Limits())
    checking.examine(exercise, pair)
    checking.examine(exercise, 3)
    assert asked == [1, 1]


def test_a_general_verdict_may_be_said_more_exactly():
    def sharper(verdict, exercise, between):
        return common.verdict_on(exercise, verdict.name, f"{verdict.name}, {len(between.kept)} calls read.")

    assert looked_at(lambda a, b: (b, 7.0), sharper=sharper).sentence == "unknown, 3 calls read."


# Parts


def test_numbers_of_nested_parts_in_a_row():
    assert common.in_a_row().tolist() == common.in_a_row([]).tolist() == []
    assert common.in_a_row(1, [2, (np.array([[3, 4]]), [5])], np.float64(6)).tolist() == [1, 2, 3, 4, 5, 6]


def test_a_part_of_an_answer():
    assert common.as_part([1, 2], (2,), "two numbers", "as b").tolist() == [1, 2]
    assert np.isnan(common.as_part([1, np.nan], (2,), "two numbers", "as b")[1])
    trouble = common.as_part(3, (2,), "two numbers", "as b")
    assert trouble.kind == "shape" and trouble.sentence.startswith("as b your function returns one number")


def test_the_length_of_an_array_of_any_shape():
    assert common.length([[3.0], [4.0]]) == 5 and common.length(-2) == 2 and common.length([]) == 0


def test_a_blank_among_parts():
    assert common.any_blank([np.ones(2), ...]) and not common.any_blank([np.ones(2), [...]])


def test_a_call_that_stopped_did_not_run_through():
    shape, stopped = Trouble("shape", "", ""), Trouble("exception", "", "")
    for values, through in (([np.ones(2), shape], True), ([np.ones(2), stopped], False), ([], True)):
        assert common.ran_through(Report(TOY, pair, Runner("toy", pair), values)) is through


# Answers that nobody foresaw are told something, and don't stop the check

ODD = [
    "word", 1.5, True, np.array(3.0), np.ones((2, 2)), [], [1, 2], [1.0, [2.0, 3.0]], (np.ones(3), np.ones(2)),
    [None, None], [np.nan, np.inf], [..., [1]], {"a": 1}, {1, 2}, 1j, slice(1, 2), object, 10**400, [10**400, 1],
    [[0, 1], 2], np.array([[1, 2], ...], dtype=object), {"W": np.ones((2, 10)), "b": 0.0},
    [np.zeros((2, 3)), np.zeros(3), np.zeros((3, 1))],
]  # fmt: skip


def always(thing):
    return lambda *args: thing


def not_what_is_wanted():
    """Functions of any number of arguments: each returns one odd thing, its arguments, or nothing usable."""
    yield from map(always, ODD)
    yield from (lambda *args: args, lambda *args: args[0], lambda *args: (each for each in args), lambda *args: 1 / 0)


@pytest.mark.parametrize("name", checks.names())
def test_an_odd_answer_is_told_something(name):
    exercise = checking._find(name)
    for number, answer in enumerate([*not_what_is_wanted(), *ODD]):
        verdict = checking.examine(exercise, answer)
        assert not verdict.right, number
        assert verdict.name and verdict.sentence.endswith((".", "?")), number


@pytest.mark.parametrize("builtin", [max, np.add, sorted])
def test_a_builtin_that_fails_is_not_told_a_line_of_ours(builtin):
    for name in ("momentum", "dense_backward", "numdiff"):
        sentence = checking.judge(name, builtin).sentence
        assert "its cell" not in sentence, f"{name}: {sentence}"


def test_a_name_that_is_not_in_the_list_gets_hints_of_its_own():
    verdict = checking.judge("diagnosis", {"net A": "no mean", "net B": "none", "net C": "none"})
    assert verdict.name == "type" and "which is none of the names" in verdict.sentence
    assert len({verdict.question, verdict.pointer, verdict.step}) == 3 and "quotes" in verdict.pointer
