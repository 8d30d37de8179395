"""Promises of a check, whatever the exercise: it survives every function, names no wrong mistake, tells no answer."""

import functools
import itertools
import json
import linecache
import os
import random
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections import namedtuple
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from helpers import checking, checks, guard, ledger
from helpers.checking import CheckFailed, Convention, Exercise, Mistake, case, check, examine, hint, solution
from helpers.guard import Limits
from helpers.plain import PlainError

SHORT = Limits(call=0.1, whole=0.25, characters=400)
X = np.array([1.0, 2.0, 6.0])

MEAN = Exercise(
    name="toy_mean",
    lesson="01_toy",
    parameters=("x",),
    example="toy_mean(np.array([1.0, 2.0]))",
    cases=(case("x = 1, 2, 6", X), case("x = −4, …, 8", np.array([-4.0, 0, 1, 2, 8])), case("x = 5, 9", X[1:] + 3)),
    truth=lambda x: sum(x) / len(x),
    size=lambda x: len(x),
    what="the mean",
    known="the mean of three arrays.",
    question="What is the mean of 1 and 3?",
    pointer="Add first.",
    step="1 and 3: 4 / 2 = 2.",
    conventions=(Convention("plus-zero", "right for means from ten.", value=lambda x: sum(x) / len(x) + 10),),
    mistakes=(
        Mistake(
            "median",
            "that is the middle.",
            "Which value is in the middle?",
            "It is sorted.",
            "1, 2, 6: 2.",
            wrong=lambda x: sorted(x)[len(x) // 2],
        ),
        Mistake(
            "largest", "that is the largest.", "Is it?", "It is.", "1, 2, 6: 6.", wrong=(max, lambda x: max(x) + 1)
        ),
        Mistake("twin", "that is the largest too.", "Is it?", "It is.", "1, 2, 6: 6.", wrong=lambda x: np.max(x)),
        Mistake(
            "noisy",
            lambda report: f"it returned {report.values[0]:.0f} first.",
            "Why?",
            "Look.",
            "So.",
            seen=lambda report: report.gives(99.0, 0),
        ),
    ),
)
SQUARES = Exercise(
    name="toy_squares",
    lesson="01_toy",
    parameters=("x",),
    example="toy_squares(np.array([1.0]))",
    cases=(case("x = 1, 2, 6", X), case("x = 3, 4", X[1:] + 1), case("x = −1, 0.5, 2, 3", np.array([-1, 0.5, 2, 3]))),
    truth=lambda x: [value**2 for value in x],
    shape=lambda x: x.shape,
    shape_words="one number for each x",
    what="the squares",
    known="squares.",
    question="What is 3 · 3?",
    pointer="Multiply.",
    step="3 · 3 = 9.",
    mistakes=(Mistake("sum", "that is the sum.", "How many?", "Apart.", "1, 4, 36.", wrong=lambda x: sum(x**2)),),
)


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))
    monkeypatch.setattr(checking, "_registry", {"toy_mean": MEAN, "toy_squares": SQUARES})
    ledger._unsaved.clear()
    ledger._told.clear()


def cell(source, name="toy_mean"):
    """A function as a notebook cell would make it: with source lines, in a file that exists nowhere."""
    filename = f"<ipython-input-{next(cell.count)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    scope = {"np": np}
    exec(compile(source, filename, "exec"), scope)
    return scope[name]


cell.count = itertools.count(1)


def failed(name, answer):
    with pytest.raises(CheckFailed) as caught:
        check(name, answer)
    return caught.value


def verdict(answer, exercise=MEAN, limits=SHORT, **more):
    return examine(exercise, answer, limits, **more)


# What is right


@pytest.mark.parametrize(
    "answer",
    [
        lambda x: sum(x) / len(x),
        np.mean,
        functools.partial(np.mean, axis=0),
        lambda x: np.array(np.mean(x)),
        lambda x: np.float32(np.mean(x)),
        lambda x: np.longdouble(np.mean(x)),
        lambda x: Fraction(int(sum(x)), len(x)),
        lambda x: Decimal(float(np.mean(x))),
        lambda x: int(sum(x)) / len(x),
        lambda x: round(float(np.mean(x)), 8),
        np.vectorize(lambda x: x.mean(), signature="(n)->()"),
        lambda *everything: np.mean(everything[0]),
        lambda x, weights=None: np.average(x, weights=weights),
    ],
)
def test_a_number_is_right_in_every_natural_type(answer):
    assert verdict(answer) == checking.Verdict(True, "right", MEAN.known)


@pytest.mark.parametrize(
    "answer",
    [
        lambda x: x**2,
        lambda x: (x**2).astype(int) if all(x % 1 == 0) else x**2,
        lambda x: [value**2 for value in x],
        lambda x: tuple(np.array(value) ** 2 for value in x),
        lambda x: np.array([value**2 for value in x], dtype=object),
        lambda x: np.asfortranarray(x**2)[::1],
        lambda x: namedtuple("P", list("abcd"[: len(x)]))(*x**2),
        lambda x: np.float32(x) ** 2,
    ],
)
def test_an_array_is_right_as_list_tuple_or_array_of_any_number_type(answer):
    assert verdict(answer, SQUARES).name == "right"


def test_a_right_answer_prints_exactly_one_line(capsys):
    assert check("toy_mean", np.mean) is None
    assert capsys.readouterr().out == "✓ toy_mean: the mean of three arrays.\n"


def test_another_convention_is_right_and_says_which_it_is(capsys):
    check("toy_mean", lambda x: np.mean(x) + 10)
    assert capsys.readouterr().out == "✓ toy_mean: right for means from ten.\n"
    assert ledger.entries("checks", "toy_mean")[-1]["as"] == "plus-zero"


# What isn't started


@pytest.mark.parametrize(
    "source",
    [
        "toy_mean = None",
        "toy_mean = ...",
        "toy_mean = (..., 3)",
        "def toy_mean(x): ...",
        "def toy_mean(x):\n    '''What it does.'''",
        "def toy_mean(x):\n    '''What it does.'''\n    ...",
        "def toy_mean(x):\n    pass",
        "def toy_mean(x):\n    return ...",
        "def toy_mean(x):\n    total = sum(x)\n    return ...",
        "def toy_mean(x):\n    return ..., ...",
        "def toy_mean(x):\n    total = ...\n    return total / len(x)",
        "def toy_mean(x):\n    return np.sqrt(...)",
    ],
)
def test_an_untouched_stub_is_called_not_started_and_is_no_attempt(source):
    error = failed("toy_mean", cell(source))
    assert error.mistake == "not started" and "not started" in str(error)
    assert error._render_traceback_()[0].startswith("○ toy_mean: not started yet")
    assert ledger.entries("checks", "toy_mean") == []


def test_an_index_error_that_mentions_ellipsis_is_no_blank():
    assert verdict(cell("def toy_mean(x):\n    return x['a']")).name == "exception"


def test_a_blank_left_in_the_code_is_shown():
    lines = failed("toy_mean", cell("def toy_mean(x):\n    total = ...\n    return total / 3"))._render_traceback_()
    assert lines[1] == "      line 3:  return total / 3"


# Wrong types and shapes


class AlwaysEqual:
    __hash__ = None

    def __eq__(self, other):
        return True

    def __array__(self, *args, **kwargs):
        raise AssertionError("the check must not ask the answer what it is")

    __float__ = __lt__ = __le__ = __gt__ = __abs__ = __sub__ = __rsub__ = __array__


class Pretender(AlwaysEqual):
    __class__ = np.ndarray


class EqualFloat(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


class EqualArray(np.ndarray):
    def __eq__(self, other):
        return np.True_

    def __array_ufunc__(self, *args, **kwargs):
        return np.zeros(())

    __hash__ = None


LOOP = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("nan", "the text 'nan'"),
        (np.str_("3"), "the text"),
        ("x" * 10**6, "the text"),
        (True, "a truth value"),
        (np.True_, "a truth value"),
        (np.array([True, False]), "a truth value"),
        (3 + 0j, "a complex number"),
        (np.array([1j]), "a complex number"),
        (np.ma.array([3.0], mask=[True]), "a masked array"),
        (np.array([3.0, "a"], dtype=object), "the text 'a'"),
        ([1, None], "None in place of numbers"),
        ([[1, 2], 3], "whose parts differ in shape"),
        ((np.zeros(3), 1.0), "whose parts differ in shape: (3,), one number"),
        ({1: 2}, "a dict"),
        (np.mean, "something to call"),
        (AlwaysEqual(), "an AlwaysEqual"),
        (Pretender(), "a Pretender"),
        (EqualFloat(3.0), "an EqualFloat"),
        (LOOP, "a list"),
        ([0] * 10**6, "returns 1,000,000 things"),
        (np.datetime64("2020"), "a datetime64"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_number_is_said_to_be_none(value, words):
    found = verdict(lambda x: value)
    assert (found.right, found.name) == (False, "type") and words in found.sentence and len(found.sentence) < 140


def test_an_array_that_always_says_equal_is_compared_by_its_numbers():
    assert not verdict(lambda x: np.array(2.5).view(EqualArray)).right
    assert verdict(lambda x: np.array(np.mean(x)).view(EqualArray)).right


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda x: x, "an array of shape (3,), where one number is wanted"),
        (lambda x: [np.mean(x)], "an array of shape (1,) with one number in it, where one number"),
        (lambda x: np.zeros((0,)), "an array of shape (0,), where one number"),
    ],
)
def test_an_array_in_place_of_a_number_gets_its_own_sentence(answer, words):
    assert verdict(answer).name == "shape" and words in verdict(answer).sentence


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda x: (x**2)[:, np.newaxis], "shape (3, 1), a column, where one number for each x, shape (3,) is wanted"),
        (lambda x: (x**2)[np.newaxis], "shape (1, 3), where one"),
        (lambda x: np.matrix(x**2), "shape (1, 3), where one"),
        (lambda x: 7.0, "returns one number, where one number for each x"),
        (lambda x: x[1:] ** 2, "shape (2,), where"),
    ],
)
def test_a_column_in_place_of_a_row_gets_its_own_sentence(answer, words):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = verdict(answer, SQUARES)
    assert found.name == "shape" and words in found.sentence and found.question.endswith("?")


def test_a_known_mistake_of_another_shape_is_named_all_the_same():
    assert verdict(lambda x: np.sum(x**2), SQUARES).name == "sum"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 10**400, Decimal("sNaN")])
def test_nan_and_inf_are_named(value):
    assert verdict(lambda x: value).name == "nan"


def test_the_place_of_a_nan_is_told():
    def nan_at_1(x):
        return np.where(np.arange(len(x)) == 1, np.nan, x)

    assert "nan (not a number) as component [1]" in verdict(nan_at_1, SQUARES).sentence


# Functions that don't give a value


@pytest.mark.parametrize(
    ("source", "name", "words"),
    [
        ("    return y", "exception", "a NameError in line 2 of its cell: name 'y' is not defined."),
        ("    return 1 / 0", "exception", "a ZeroDivisionError in line 2 of its cell: division by zero."),
        ("    return x[9]", "exception", "an IndexError in line 2 of its cell"),
        ("    return x ^ 2", "exception", "a TypeError in line 2 of its cell: `^` does not work on these numbers."),
        ("    return np.linalg.inv(x)", "exception", "a LinAlgError in line 2 of its cell"),
        ("    return toy_mean(x)", "recursion", "calls itself without end in line 2"),
        ("    raise SystemExit(1)", "exit", "ends the whole program in line 2 of its cell"),
        ("    raise MemoryError", "memory", "more memory than there is in line 2"),
        ("    raise GeneratorExit", "exception", "a GeneratorExit in line 2 of its cell."),
        ("    yield 1", "generator", "contains `yield`"),
        ("    print(np.mean(x))", "prints", "prints its result and returns nothing"),
        ("    m = np.mean(x)", "returns-nothing", "runs to its end and returns nothing"),
    ],
)
def test_a_function_without_a_value_gets_one_sentence(source, name, words):
    found = verdict(cell(f"def toy_mean(x):\n{source}"))
    assert found.name == name and words in found.sentence and found.question.endswith("?")
    if "line 2" in words:
        assert found.code == f"line 2:  {source.strip()}"


def test_a_coroutine_is_named_and_leaves_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert verdict(cell("async def toy_mean(x):\n    return 3")).name == "coroutine"


def test_the_line_is_the_learners_deepest_own_one():
    helper = cell("def help_me(x):\n    a = 1\n    return x.nothing\n", "help_me")
    outer = cell("def toy_mean(x):\n    return help_me(x)")
    outer.__globals__["help_me"] = helper
    found = verdict(outer)
    assert "in line 3 of the cell of `help_me`" in found.sentence and found.code == "line 3:  return x.nothing"


@pytest.mark.parametrize("wrap", [functools.partial, functools.lru_cache])
def test_the_line_is_found_behind_a_wrapper(wrap):
    class Callable:
        pass

    function = cell("def toy_mean(x):\n    return x + ''")
    found = verdict(wrap(lambda x: function(np.ones(1))))
    assert found.name == "exception"
    assert "line 2" in verdict(functools.partial(function)).sentence


def test_an_exception_that_cannot_be_printed_is_named_by_its_type():
    odd = "class Odd(Exception):\n    def __str__(self):\n        raise ValueError\n\n"
    found = verdict(cell(f"{odd}def toy_mean(x):\n    raise Odd"))
    assert found.sentence == "your function stops with an Odd in line 6 of its cell."


def test_a_long_message_with_control_characters_becomes_one_short_line():
    found = verdict(cell("def toy_mean(x):\n    raise ValueError('a\\x1b[31m\\n' * 1000)"))
    assert len(found.sentence) < 260 and found.sentence.isprintable()


class Forgot:
    def __call__(x):
        return np.mean(x)


class Callable:
    def __call__(self, x):
        return np.mean(x)


@pytest.mark.parametrize(
    ("answer", "name", "words"),
    [
        (3.0, "not-a-function", "got a number"),
        ("toy_mean", "not-a-function", "got a thing of type str"),
        (np.zeros(3), "not-a-function", "got a thing of type ndarray"),
        (lambda: 3, "parameters", "takes 0 arguments, and the check gives it 1: x."),
        (lambda x, y: 3, "parameters", "takes 2 arguments"),
        (Forgot(), "no-self", "the first parameter of a method is the object itself"),
        (Callable, "class", "`Callable` is a class"),
    ],
)
def test_what_cannot_be_called_like_the_exercise_gets_its_own_sentence(answer, name, words):
    found = verdict(answer)
    assert found.name == name and words in found.sentence


def test_an_instance_with_call_is_a_function():
    assert verdict(Callable()).right


# Time and output


NO_ALARM = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no alarm")
CLOCKS = [pytest.param(guard.clock_by_signal, marks=NO_ALARM), guard.clock_by_thread]
ENDLESS = {
    "loop": "    while True: pass",
    "swallows": "    while True:\n        try:\n            x.sum()\n        except Exception:\n            pass",
    "swallows all": "    while True:\n        try:\n            x.sum()\n        except:\n            pass",
    "continues": "    while True:\n        try:\n            x.sum()\n        except BaseException: continue",
    "sleeps": "    import time\n    while True:\n        try:\n            time.sleep(9)\n        except: pass",
    "gives in": "    try:\n        while True: pass\n    except:\n        return x.mean()",
    "finally": "    try:\n        while True: pass\n    finally:\n        return x.mean()",
}


@pytest.mark.parametrize("clock", CLOCKS, ids=["alarm", "thread"])
@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS)
@pytest.mark.filterwarnings("ignore:'return' in a 'finally' block:SyntaxWarning")
def test_a_function_that_never_ends_is_stopped(source, clock):
    if "sleep" in source and clock is guard.clock_by_thread and os.name == "posix":
        pytest.skip("only on Windows does interrupt_main end a sleep, and only there is this clock in use")
    began = time.monotonic()
    found = verdict(cell(f"def toy_mean(x):\n{source}"), clock=clock)
    assert found.name == "time" and "still running after 0.1 seconds" in found.sentence
    assert time.monotonic() - began < 2


def test_outside_the_main_thread_a_loop_is_stopped_too():
    found = []
    thread = threading.Thread(target=lambda: found.append(verdict(cell("def toy_mean(x):\n    while True: pass"))))
    thread.start()
    thread.join(5)
    assert found[0].name == "time"


def test_the_whole_check_has_a_limit_of_its_own():
    slow = lambda x: (time.sleep(0.06), np.mean(x))[1]  # noqa: E731
    assert verdict(slow, limits=Limits(call=1, whole=0.1)).name == "time"
    runner = guard.Runner("toy_mean", np.mean, Limits(call=1, whole=0.01))
    assert runner.call(X) == 3
    time.sleep(0.02)
    assert "still running after 0.01 seconds for the check's inputs together" in runner.call(X).sentence


@NO_ALARM
def test_the_alarm_is_put_back_and_never_strikes_later():
    before = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT)
    for clock in (guard.clock_by_signal, guard.clock_by_thread):
        assert verdict(np.mean, clock=clock).right
        verdict(cell("def toy_mean(x):\n    while True: pass"), clock=clock)
    assert (signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT)) == before
    time.sleep(0.2)
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_an_unknown_mistake_in_a_table_says_which_entries_differ():
    table = replace(SQUARES, truth=lambda x: np.outer(x, x), shape=lambda x: (len(x), len(x)), mistakes=())
    found = examine(table, lambda x: np.outer(x, x) + 0.7 * np.eye(len(x)))
    assert (found.name, found.right) == ("unknown", False)
    assert "[0], [4], [8] differ, the rest agrees" in found.sentence


@pytest.mark.parametrize("clock", CLOCKS, ids=["alarm", "thread"])
def test_the_learners_own_stop_goes_through(clock):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background starts deaf to it
    try:
        with pytest.raises(KeyboardInterrupt):
            verdict(lambda x: signal.raise_signal(signal.SIGINT), limits=Limits(), clock=clock)
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_function_that_swallows_the_limit_again_and_again_is_told_to_restart(capsys, monkeypatch):
    monkeypatch.setattr(guard, "GIVE_UP", 2)
    swallow = "    for _ in (1, 2):\n        try:\n            try:\n                while True: x.sum()\n"
    swallow += "            except: pass\n        except: pass\n    return x.mean()"
    assert verdict(cell(f"def toy_mean(x):\n{swallow}")).name == "time"
    said = capsys.readouterr().out
    assert said.count("Restart Kernel") == 1 and said.startswith("toy_mean: your function catches every exception")


@pytest.mark.parametrize("way", ["print('hello')", "import sys; sys.stderr.write('hello')"])
def test_a_function_that_prints_for_ever_is_stopped(way):
    found = verdict(cell(f"def toy_mean(x):\n    while True: {way}"))
    assert found.name == "output" and "more than 400 characters" in found.sentence and len(found.printed) <= 400


def test_one_huge_print_is_stopped():
    found = verdict(cell("def toy_mean(x):\n    print('a' * 10**7)\n    return x.mean()"))
    assert found.name == "output" and len(found.printed) <= 400


def test_what_a_function_prints_is_shown_shortened_and_from_the_first_input_only(capsys):
    source = "def toy_mean(x):\n    for i in range(20):\n        print(i, 'x' * 200)\n    return x.mean()"
    check("toy_mean", cell(source))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Your function printed, on the check's first input:"
    assert lines[6] == "    … and 15 more lines" and lines[7].startswith("✓") and len(lines) == 8
    assert max(map(len, lines)) < 110


# Behaviour


def test_writing_into_the_input_is_seen_and_does_not_spoil_the_next_input():
    def rude(x):
        x /= len(x)
        return x.sum()

    found = verdict(rude)
    assert found.name == "changes-input"
    assert found.sentence.startswith("your function writes into `x`, which belongs to the caller: it was (1, 2, 6)")


def test_a_function_that_remembers_is_seen():
    seen = []

    def toy_mean(x):
        seen.append(1)
        return np.mean(x) + len(seen) // 4

    found = verdict(toy_mean)
    assert found.name == "remembers" and "gives 4; the first time it gave 3" in found.sentence


def test_settings_and_random_states_are_left_as_they_were():
    def toy_mean(x):
        np.random.seed(1)
        random.seed(1)
        np.seterr(all="raise")
        np.set_printoptions(precision=1)
        warnings.simplefilter("error")
        return np.mean(x)

    def state():
        of_numpy = np.random.get_state()[1].tolist(), np.geterr(), np.get_printoptions()
        return of_numpy, random.getstate(), warnings.filters[:]

    before = state()
    assert verdict(toy_mean).right
    assert state() == before


def test_the_learners_own_strict_settings_do_not_disturb_a_check():
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert verdict(lambda x: np.log(-x)[0]).name == "nan"


def test_a_notebook_that_spoils_numpy_does_not_spoil_the_comparison(monkeypatch):
    for name in ("abs", "isfinite", "isnan", "max", "mean", "allclose"):
        monkeypatch.setattr(np, name, lambda *args, **kwargs: 0)
    assert verdict(lambda x: sum(x) / len(x)).right
    assert not verdict(lambda x: sum(x)).right


def test_random_answers_are_wrong_in_the_same_way_each_time():
    answer = lambda x: np.random.rand()  # noqa: E731
    assert verdict(answer) == verdict(answer)


# Which mistake


def test_a_mistake_is_named_when_it_fits_every_input():
    assert verdict(lambda x: np.sort(x)[len(x) // 2]).name == "median"
    assert verdict(lambda x: max(x) + 1).name == "largest"
    assert verdict(lambda x: 99.0 if len(x) == 3 else 1.0).sentence == "it returned 99 first."


def test_a_mistake_that_fits_the_first_input_only_is_not_named():
    found = verdict(lambda x: 2.0 if len(x) == 3 else np.mean(x) + 1)
    assert found.name == "unknown"


def test_two_mistakes_with_the_same_numbers_are_both_told():
    found = verdict(max)
    assert found.name == "largest or twin" and found.question == "Which of them is in your code?"
    assert found.sentence == "your numbers fit more than one slip: that is the largest; or that is the largest too."


def test_the_source_may_choose_between_two_mistakes_with_the_same_numbers():
    chooses = replace(MEAN, tell_apart=lambda names, source: names[1] if "np.max" in source else None)
    assert verdict(cell("def toy_mean(x):\n    return np.max(x)"), chooses).name == "twin"
    assert verdict(cell("def toy_mean(x):\n    return max(x)"), chooses).name == "largest or twin"


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (-1, "the right size and the opposite sign"),
        (2, "twice the size"),
        (0.5, "half the size"),
        (-2, "twice the size and the opposite sign"),
        (-0.5, "half the size and the opposite sign"),
        (len, "N times the size"),
        (lambda x: -len(x), "N times the size, with N the number of data points, and the opposite sign"),
        (lambda x: 1 / len(x), "1/N of the size"),
        (lambda x: len(x) / 2, "N/2 times the size"),
    ],
)
def test_a_constant_ratio_to_the_truth_is_told(factor, words):
    found = verdict(lambda x: (factor(x) if callable(factor) else factor) * np.mean(x))
    assert found.name.startswith("ratio") and words in found.sentence


def test_a_constant_is_called_a_constant():
    found = verdict(lambda x: 3.0)
    assert found.name == "constant" and found.sentence == "your function returns 3 for every input I try."


def test_the_right_value_of_the_first_input_typed_in_is_called_that():
    found = verdict(lambda x: 3.0 if len(x) == 3 else float(len(x)))
    assert found.name == "first-only" and "for no other input" in found.sentence


def test_data_from_outside_the_arguments_are_named():
    answer = cell("data = np.arange(4.0)\n\ndef toy_mean(x):\n    return sum([v for v in data]) / len(x)")
    found = verdict(answer)
    assert found.name == "outside" and "reads `data`, which is not one of its arguments" in found.sentence


def test_close_and_not_equal_is_called_close():
    assert verdict(lambda x: round(np.mean(x), 2) + 0.001).name == "nearly"


def test_an_unknown_mistake_gets_the_input_and_a_question_and_no_name():
    found = verdict(lambda x: np.mean(x) + 0.5)
    assert found.name == "unknown"
    assert found.sentence == "for x = 1, 2, 6 your function gives 3.5, and that is not the mean."
    assert (found.question, found.pointer, found.step) == (MEAN.question, MEAN.pointer, MEAN.step)


def test_the_components_that_differ_are_named():
    found = verdict(lambda x: x**2 + np.eye(len(x))[0], SQUARES)
    assert found.sentence.endswith("and that is not the squares: [0] differs, the rest agrees.")
    one_later = verdict(lambda x: x**2 + (len(x) == 4), SQUARES)
    assert one_later.sentence.startswith("it agrees on 2 other inputs, but for x = −1, 0.5, 2, 3 your function gives")


# What the learner sees


def test_the_error_shows_plain_lines_and_keeps_the_sentence():
    error = failed("toy_mean", lambda x: np.sort(x)[len(x) // 2])
    assert str(error) == "toy_mean: that is the middle. Which value is in the middle?"
    assert error._render_traceback_() == ["✗ toy_mean: that is the middle.", "  Which value is in the middle?"]
    assert isinstance(error, PlainError) and type(error).__name__ == "CheckFailed"


def test_long_sentences_are_broken_between_words():
    lines = failed("toy_mean", lambda x: "x y " * 100)._render_traceback_()
    assert all(len(line) <= checking.WIDTH for line in lines)


def test_ipython_shows_no_traceback():
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell()
    shell.user_ns.update(check=check, toy_mean=lambda x: np.mean(x) + 0.5)
    with capture_output() as captured:
        result = shell.run_cell("check('toy_mean', toy_mean)")
    assert isinstance(result.error_in_exec, CheckFailed)
    assert captured.stdout.splitlines() == result.error_in_exec._render_traceback_()
    assert "Traceback" not in captured.stdout + captured.stderr


def test_a_fresh_ledger_gives_the_same_output_each_time(tmp_path, monkeypatch):
    said = []
    for run in range(2):
        monkeypatch.setenv("COURSE_WORK", str(tmp_path / str(run)))
        said.append(failed("toy_mean", lambda x: np.random.rand() + len(x))._render_traceback_())
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: check(np.mean), 'check("mean", mean)'),
        (lambda: check("toy_mean"), 'check("toy_mean", toy_mean)'),
        (lambda: check(3, 4), "in quotes"),
        (lambda: check("toy_meen", 4), 'There is no exercise called "toy_meen".'),
        (lambda: check("msee", 4), 'Did you mean "mse"?'),
        (lambda: hint("nothing like it"), "There are: "),
    ],
)
def test_a_wrong_call_of_check_is_explained(call, words):
    with pytest.raises(PlainError) as caught:
        call()
    assert words in str(caught.value) and not isinstance(caught.value, CheckFailed)


# Hints


def test_the_same_mistake_again_brings_the_pointer_and_then_the_worked_step():
    hints = [failed("toy_mean", max)._render_traceback_()[-1].strip() for _ in range(4)]
    assert hints == ["Which of them is in your code?", "It is.", "1, 2, 6: 6.", "1, 2, 6: 6."]


def test_another_mistake_begins_with_its_question():
    failed("toy_mean", max)
    failed("toy_mean", max)
    assert failed("toy_mean", lambda x: np.sort(x)[len(x) // 2]).level == 1
    assert failed("toy_mean", max).level == 3


def test_after_a_right_answer_the_hints_begin_again():
    failed("toy_mean", max)
    failed("toy_mean", max)
    check("toy_mean", np.mean)
    assert failed("toy_mean", max).level == 1


def test_hint_goes_one_level_further_each_time(capsys):
    for _ in range(4):
        hint("toy_mean")
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "toy_mean, hint 1 of 3: What is the mean of 1 and 3?",
        "toy_mean, hint 2 of 3: Add first.",
        "toy_mean, hint 3 of 3: 1 and 3: 4 / 2 = 2.",
        "toy_mean, hint 3 of 3: 1 and 3: 4 / 2 = 2.",
    ]


def test_hint_speaks_about_the_mistake_that_was_found(capsys):
    failed("toy_mean", lambda x: np.sort(x)[len(x) // 2])
    hint("toy_mean")
    assert capsys.readouterr().out == "toy_mean, hint 2 of 3: It is sorted.\n"
    assert failed("toy_mean", lambda x: np.sort(x)[len(x) // 2]).level == 3


def test_hint_says_so_when_there_is_nothing_left(capsys):
    check("toy_mean", np.mean)
    hint("toy_mean")
    assert "right already" in capsys.readouterr().out.splitlines()[-1]


def solved_notebook(root):
    folder = root / "exercises" / "solutions"
    folder.mkdir(parents=True)
    source = ["def toy_mean(x):\n", "    ### BEGIN SOLUTION\n", "    return x.mean()\n", "    ### END SOLUTION"]
    cells = [{"id": "other", "source": []}, {"id": "answer-toy_mean", "source": source}]
    (folder / "01_toy.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")


def test_the_solution_opens_after_three_tries(tmp_path, capsys):
    solved_notebook(tmp_path)
    for so_far in ("none so far", "one so far", "two so far"):
        solution("toy_mean")
        said = capsys.readouterr().out
        assert so_far in said and "x.mean()" not in said
        failed("toy_mean", max)
    solution("toy_mean")
    assert capsys.readouterr().out.splitlines()[1:] == ["def toy_mean(x):", "    return x.mean()"]


def test_the_solution_opens_when_the_answer_is_right(tmp_path, capsys):
    solved_notebook(tmp_path)
    check("toy_mean", np.mean)
    solution("toy_mean")
    assert "return x.mean()" in capsys.readouterr().out


@pytest.mark.parametrize("damage", ["", "[1]", '{"cells": [{"id": "answer-toy_mean"}]}', None])
def test_a_class_without_solutions_is_told_so(damage, tmp_path, capsys):
    if damage is not None:
        solved_notebook(tmp_path)
        (tmp_path / "exercises" / "solutions" / "01_toy.ipynb").write_text(damage, encoding="utf-8")
    check("toy_mean", np.mean)
    solution("toy_mean")
    assert "not part of this copy" in capsys.readouterr().out


# The ledger


def test_an_attempt_is_kept_with_what_was_found():
    failed("toy_mean", lambda x: np.sort(x)[len(x) // 2])
    check("toy_mean", np.mean)
    first, second = ledger.entries("checks", "toy_mean")
    assert (first["result"], first["mistake"], first["level"]) == ("wrong", "median", 1)
    assert (second["result"], second["as"]) == ("right", "right")


@pytest.mark.parametrize("trouble", ["damaged", "odd", "a folder", "not writable"])
def test_trouble_with_the_ledger_stops_no_check(trouble, tmp_path, monkeypatch, capsys):
    work = tmp_path / "work"
    work.mkdir()
    if trouble == "damaged":
        (work / "progress.json").write_text("{ not json", encoding="utf-8")
    elif trouble == "odd":
        attempts, hints = (
            [{"result": 3, "hints": "no", "mistake": ["x"]}],
            [{"after": "x"}, {"mistake": 3, "after": []}],
        )
        odd = {"entries": {"checks": {"toy_mean": attempts}, "hints": {"toy_mean": hints}}}
        (work / "progress.json").write_text(json.dumps(odd), encoding="utf-8")
    elif trouble == "a folder":
        (work / "progress.json").mkdir()
    else:
        monkeypatch.setenv("COURSE_WORK", str(tmp_path / "a_file" / "work"))
        (tmp_path / "a_file").write_text("x", encoding="utf-8")
    hint("toy_mean")
    assert failed("toy_mean", max).level == 1 and failed("toy_mean", max).level == 2
    check("toy_mean", np.mean)
    assert "✓ toy_mean" in capsys.readouterr().out


# The exercises of the course


def in_a_new_python(code):
    return subprocess.check_output([sys.executable, "-c", code], text=True).strip()


def test_every_exercise_is_found_under_its_name():
    code = "from helpers import checking, checks\nfor n in checks.names(): print(checking._find(n).name)"
    assert in_a_new_python(code).split() == checks.names()


def test_loading_one_lesson_loads_no_other():
    code = "import sys, helpers.checks as c; c.load('double'); print('helpers.checks.curve_fitting' in sys.modules)"
    assert in_a_new_python(code) == "False"


def test_a_name_that_is_no_exercise_loads_nothing():
    checks.load("no such exercise")
    assert "no such exercise" not in checking._registry
