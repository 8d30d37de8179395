"""What the checks of several lessons do alike; knows no exercise.

A check wants numbers. Where a function hands back something else (a word, a tuple of arrays, a dict), a reader stands
between the check and the learner's function: it calls the function, turns what comes back into one row of numbers, and
remembers what a lesson's probe asks for later. The check doesn't notice: a reader has the function's name, code and
signature. The rest says verdicts and looks at parts of an answer.
"""

import functools
import inspect
from dataclasses import replace

import numpy as np

from ..checking import Trouble, Verdict, examine, numbers

__all__ = [
    "Between", "StandIn", "any_blank", "as_part", "can_take", "in_a_row", "is_function_of", "length", "not_started",
    "ran_through", "read_by", "unfinished", "verdict_on", "watched",
]  # fmt: skip


# What is said


def verdict_on(exercise, name, sentence, question=None, right=False, code=""):
    """A Verdict with a sentence of its own; the hints are the mistake's, or the exercise's where it has no such one."""
    hints = next((mistake for mistake in exercise.mistakes if mistake.name == name), exercise)
    return Verdict(right, name, sentence, question or hints.question, hints.pointer, hints.step, code)


def not_started(sentence="not started yet. Fill in the cell above, run it, and then run this one again."):
    """The Verdict that counts no attempt: there is nothing to check yet, and `sentence` says what is missing."""
    return Verdict(False, "not started", sentence)


def unfinished(what):
    """The Verdict on an answer of which a part is missing; `what` says which."""
    return not_started(f"not started yet, or not finished: {what}.")


# Whether an answer can be called


def can_take(answer, parameters):
    """Whether a callable has room for arguments in these places; True where its signature can't be told."""
    try:
        signature = inspect.signature(answer)
    except Exception:  # whatever an answer's own __signature__ does; calling it will tell
        return True
    try:
        signature.bind(*parameters)
    except TypeError:
        return False
    return True


def is_function_of(answer, parameters):
    """Whether it is a function, or acts like one, with room for arguments in these places; a class is none."""
    return not isinstance(answer, type) and callable(answer) and can_take(answer, parameters)


# Between the check and the learner's function


class StandIn:
    """Stands for the learner's function: its name, code, globals and signature are those of the function."""

    def __init__(self, function):
        self.function = function

    def __getattr__(self, name):  # for those who look at the code
        if name.startswith("__") and name != "__wrapped__":
            return getattr(self.function, name)
        raise AttributeError(name)

    @property
    def __signature__(self):
        return inspect.signature(self.function)


class Between(StandIn):
    """Calls the learner's function and hands on what `read(raw, between, *args)` makes of what came back.

    A reader may leave something for the probe: things in the list `kept`, a word or a sentence in `note`. It isn't
    asked about nothing, a blank `...` and what `yield` and `async def` give: the check knows what to say of those.
    """

    def __init__(self, function, read):
        super().__init__(function)
        self.read, self.kept, self.note = read, [], ""

    def __call__(self, *args):
        raw = self.function(*args)
        waits = inspect.isgeneratorfunction(self.function) or inspect.iscoroutine(raw)
        return raw if waits or raw is None or raw is ... else self.read(raw, self, *args)


def _as_it_is(verdict, exercise, between):
    return verdict


def watched(exercise, between, *, limits, sharper=_as_it_is):
    """The exercise, its answers looked at through a reader.

    `between(answer)` makes the reader; what is no function of the exercise's parameters is examined as it is.
    `limits()` are the Limits of a check, asked for each time. `sharper(verdict, exercise, between)` may say a general
    verdict more exactly.
    """

    def look(answer):
        if not is_function_of(answer, exercise.parameters):
            return examine(exercise, answer, limits())
        reader = between(answer)
        return sharper(examine(exercise, reader, limits()), exercise, reader)

    return replace(exercise, look=look)


def read_by(read, exercise, between=Between, *, limits, sharper=_as_it_is):
    """The exercise, its answers looked at through a Between with this `read`; the rest as for `watched`."""
    return watched(exercise, functools.partial(between, read=read), limits=limits, sharper=sharper)


# Parts of an answer


def any_blank(parts):
    """Whether one of the parts is a blank `...` that was left in."""
    return any(part is ... for part in parts)


def as_part(raw, shape, shape_words, place):
    """A part of an answer as a float array of that shape, nan and inf left in it; or a Trouble that says its `place`.

    `place` goes before "your function returns", as in "as gradient [1]".
    """
    value = numbers(raw, shape, shape_words)
    if not isinstance(value, Trouble):
        return value
    if value.kind == "nan":
        return np.array(raw, dtype=float)
    said = value.sentence.replace("your function returns", f"{place} your function returns")
    return replace(value, sentence=said)


def in_a_row(*parts):
    """All numbers of the parts in one row; a part is a number, an array, or a list or tuple of parts."""
    rows = [in_a_row(*each) if isinstance(each, list | tuple) else np.ravel(np.asarray(each, float)) for each in parts]
    return np.concatenate([np.empty(0), *rows])


def length(x):
    """The root of the sum of all squares: the length of an array of any shape, as an arrow."""
    return float(np.sqrt(np.sum(np.square(x))))


# What the learner's function did


def ran_through(report):
    """Whether every call ended with numbers, right or wrong: an exception may come before all the work is done."""
    return not any(isinstance(value, Trouble) and value.kind in ("exception", "type") for value in report.values)
