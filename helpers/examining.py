"""Finds out what an answer is: right, right by another convention, or wrong by which mistake; prints and keeps nothing.

The order: not started; wrong type or shape; behaviour (input changed, called twice, the exercise's own probe); the
truth; other conventions; known mistakes and constant ratios, recomputed on the same inputs; at last an honest "it
differs here". A mistake is named only if it explains the answers on every input. One mistake at a time, as one
sentence and one question, never the answer.
"""

import dis
import inspect
import re
import types
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from .answers import RTOL, agree, as_array, close, numbers, show
from .guard import Runner, Trouble, untouched_settings

__all__ = ["Case", "Convention", "Exercise", "Mistake", "Report", "Verdict", "case", "examine", "ladder"]


# What an exercise declares


@dataclass(frozen=True)
class Case:
    """One input: `label` says it in words, `make()` returns fresh arguments, so no call can spoil the next."""

    label: str
    make: Callable


def case(label, *args):
    """A Case with fixed arguments; arrays are copied for every call."""
    return Case(label, lambda: tuple(arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args))


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer and its hints: what it `says`, a `question`, a `pointer`, a worked `step`.

    `says` is a sentence or a function from the Report to one. The mistake is recognised by `wrong`, a function
    with the exercise's arguments that returns what it gives (or a tuple of such variants), or by `seen`, a function
    from the Report to a bool; with neither, only the exercise's probe names it.
    """

    name: str
    says: str | Callable
    question: str
    pointer: str
    step: str
    wrong: Callable | tuple | None = None
    seen: Callable | None = None

    @property
    def variants(self):
        """The functions that recompute it, as a tuple."""
        return self.wrong if isinstance(self.wrong, tuple) else (self.wrong,) if self.wrong else ()


@dataclass(frozen=True)
class Convention:
    """Another right answer, recognised like a Mistake; `note` says which convention it is and which is ours."""

    name: str
    note: str
    value: Callable | None = None
    seen: Callable | None = None


@dataclass(frozen=True)
class Exercise:
    """All that a check has to know about one exercise.

    name, lesson     as in check("name", ...) and as the lesson's folder
    known            what is known when the answer is right, for the line with the tick
    what             what the answer is, in words: "the mean of the squared errors"
    question, pointer, step     the hints when no mistake has been named
    example          a small call a learner can type
    parameters, cases           names of the arguments, and the inputs to try
    truth            the right answer for the same arguments; None where only behaviour can be checked
    shape, shape_words, parts   the answer's shape for these arguments, that in words, names of the components
    size             the N of the ratios N and 1/N, for these arguments
    probe            maps the Report to the name of a mistake, a Trouble, a Verdict, or None if all is well
    look             does all of it for an answer that is no function: maps the answer to the same four
    tell_apart       chooses between mistakes that give the same numbers: (names, source) -> name or None
    """

    name: str
    lesson: str
    known: str
    what: str
    question: str
    pointer: str
    step: str
    example: str = ""
    parameters: tuple = ()
    cases: tuple = ()
    truth: Callable | None = None
    shape: Callable = lambda *args: ()
    shape_words: str = "one number"
    parts: tuple = ()
    size: Callable | None = None
    rtol: float = RTOL
    mistakes: tuple = ()
    conventions: tuple = ()
    probe: Callable | None = None
    look: Callable | None = None
    tell_apart: Callable | None = None

    def mistake(self, name):
        """The Mistake of that name; KeyError if there is none."""
        return {mistake.name: mistake for mistake in self.mistakes}[name]


@dataclass(frozen=True)
class Verdict:
    """What a check found: whether it is right, the name of the mistake, convention or trouble, what to say."""

    right: bool
    name: str
    sentence: str
    question: str = ""
    pointer: str = ""
    step: str = ""
    code: str = ""
    printed: str = ""

    @property
    def started(self):
        return self.name != "not started"

    def hint(self, level):
        """The hint of level 1 (question), 2 (pointer) or 3 (worked step), or the nearest one below it."""
        return ladder((self.question, self.pointer, self.step), level)


def ladder(hints, level):
    """The hint of that level out of (question, pointer, step), or the nearest one below it that isn't empty."""
    return next((text for text in reversed(hints[:level]) if text), "")


@dataclass
class Report:
    """What the learner's function did: `values` has a float array or a Trouble for each case tried.

    `raw` has what came back before it was understood, `changed` the first argument that the function wrote into,
    as (parameter, before, after).
    """

    exercise: Exercise
    answer: object
    runner: Runner
    values: list = field(default_factory=list)
    raw: list = field(default_factory=list)
    changed: tuple | None = None

    def call(self, *args):
        """Call the learner's function once more: whatever it returns, or a Trouble."""
        return self.runner.call(*args)

    def gives(self, expected, index):
        """Whether the answer to case `index` is `expected`, in shape and value."""
        value = self.values[index]
        return not isinstance(value, Trouble) and close(value, expected, self.exercise.rtol)

    def fits(self, function):
        """Whether `function`, called with the same arguments, gives the learner's answer on every case."""
        if len(self.values) < len(self.exercise.cases):
            return False
        for each, value, raw in zip(self.exercise.cases, self.values, self.raw, strict=True):
            try:
                expected = function(*each.make())
            except (ArithmeticError, ValueError, IndexError):  # no value here, and the learner has one
                return False
            got = _readable(value, raw)
            if got is None or not close(got, expected, self.exercise.rtol):
                return False
        return True


# Examining an answer


def examine(exercise, answer, limits=None, clock=None):
    """The Verdict on an answer; prints nothing and writes nothing. See guard.py for `limits` and `clock`."""
    if answer is None or _has_dots(answer):
        return _not_started()
    with untouched_settings():
        if exercise.look:
            return _as_verdict(exercise, exercise.look(answer), None) or _right(exercise)
        trouble = _not_callable(exercise, answer)
        if trouble:
            return _troubled(exercise, trouble)
        report = _tried(exercise, answer, limits, clock)
        stages = (
            _unfinished,
            _seen,
            _failed,
            _changed_input,
            _called_twice,
            _probed,
            _true,
            _other_convention,
            _known_mistake,
            _ratio,
            _constant,
            _differs,
        )
        verdict = next(found for stage in stages if (found := stage(exercise, report)))
    return replace(verdict, printed=report.runner.printed or "")


def _tried(exercise, answer, limits, clock):
    """The Report on every case."""
    report = Report(exercise, answer, Runner(exercise.name, answer, limits, clock))
    for each in exercise.cases:
        args, before = each.make(), each.make()
        raw = report.call(*args)
        if isinstance(raw, Trouble):
            value = raw
        else:
            value = numbers(raw, exercise.shape(*before), exercise.shape_words, report.runner.printed)
        report.raw.append(raw)
        report.values.append(value)
        report.changed = report.changed or _changed(exercise.parameters, before, args)
        if isinstance(value, Trouble) and value.kind not in ("exception", "type", "shape", "nan"):
            break  # the other inputs would only show the same again, and running for ever takes its time
    return report


def _changed(parameters, before, after):
    for name, old, new in zip(parameters, before, after, strict=True):
        if isinstance(old, np.ndarray) and not close(new, old, 1e-9):  # adding h and taking it away may round
            return name, old, new
    return None


def _readable(value, raw):
    """The numbers in an answer, also in one of the wrong shape or with a nan in it; None if there are none."""
    if not isinstance(value, Trouble):
        return value
    found = as_array(raw) if value.kind in ("shape", "nan") else None
    return None if isinstance(found, Trouble) else found  # a reader has already said what it is


def _has_dots(value, depth=2):
    """Whether it is the `...` of a stub, or holds one as a part."""
    if type(value) in (list, tuple, dict) and depth:
        return any(_has_dots(item, depth - 1) for item in (value.values() if type(value) is dict else value))
    if type(value) is np.ndarray and value.dtype.kind == "O":
        return any(item is ... for item in value.flat)
    return value is ...


# Stage by stage: each returns a Verdict, or None to pass on


def _unfinished(exercise, report):
    """An untouched stub, or a blank that is still in the code."""
    raw, value = report.raw[0], report.values[0]
    if raw is None:
        return _not_started() if _does_nothing(report.answer) else None
    if _has_dots(raw):
        return _not_started()
    if isinstance(value, Trouble) and value.kind == "exception" and re.search("(type |')ellipsis", value.sentence):
        return replace(
            _not_started("not started yet, or not finished: a blank `...` is left in your function."), code=value.code
        )
    return None


def _seen(exercise, report):
    """Mistakes that show in what the function did rather than in its numbers."""
    if len(report.values) < len(exercise.cases):
        return None
    found = next((mistake for mistake in exercise.mistakes if mistake.seen and mistake.seen(report)), None)
    return found and _named(found, report)


def _failed(exercise, report):
    """No value for some input, or one of the wrong type or shape."""
    troubles = [value for value in report.values if isinstance(value, Trouble)]
    if not troubles:
        return None
    order = ("exception", "type", "shape", "nan")  # anything else is more urgent
    worst = min(troubles, key=lambda trouble: order.index(trouble.kind) if trouble.kind in order else -1)
    return _known_mistake(exercise, report) or _troubled(exercise, worst)


def _changed_input(exercise, report):
    if report.changed is None:
        return None
    name, before, after = report.changed
    return _troubled(
        exercise,
        Trouble(
            "changes-input",
            f"your function writes into `{name}`, which belongs to the caller: it was {show(before)} "
            f"before the call and is {show(after)} after it.",
            f"Which line writes into `{name}`, or into another name for the same array?",
        ),
    )


def _called_twice(exercise, report):
    if exercise.truth is None:  # where a random generator is an argument, the exercise's probe does this
        return None
    first, raw = report.values[0], report.call(*exercise.cases[0].make())
    again = raw if isinstance(raw, Trouble) else numbers(raw, first.shape, exercise.shape_words)
    if not isinstance(again, Trouble) and close(again, first, exercise.rtol):
        return None
    does = "fails" if isinstance(again, Trouble) else f"gives {show(again)}"
    return _troubled(
        exercise,
        Trouble(
            "remembers",
            f"called a second time with the same input your function {does}; the first time it gave {show(first)}.",
            "What does your function keep from one call to the next?",
        ),
    )


def _probed(exercise, report):
    return _as_verdict(exercise, exercise.probe(report), report) if exercise.probe else None


def _true(exercise, report):
    return _right(exercise) if exercise.truth is None or report.fits(exercise.truth) else None


def _other_convention(exercise, report):
    for convention in exercise.conventions:
        if convention.seen(report) if convention.seen else report.fits(convention.value):
            return Verdict(True, convention.name, convention.note)
    return None


def _known_mistake(exercise, report):
    """The one mistake that gives exactly these numbers; if several do, say so and ask what separates them."""
    found = [mistake for mistake in exercise.mistakes if any(map(report.fits, mistake.variants))]
    if len(found) > 1 and exercise.tell_apart:
        chosen = exercise.tell_apart([mistake.name for mistake in found], _source(report.answer))
        found = [mistake for mistake in found if mistake.name == chosen] or found
    verdicts = [_named(mistake, report) for mistake in found]
    if len(verdicts) < 2:
        return verdicts[0] if verdicts else None
    told = "; or ".join(verdict.sentence.rstrip(".") for verdict in verdicts)
    return replace(
        verdicts[0],
        name=" or ".join(verdict.name for verdict in verdicts),
        sentence=f"your numbers fit more than one slip: {told}.",
        question="Which of them is in your code?",
    )


_TWO = "Which factor 2 is there one time too often, or missing?"
_TURNED = "Where does the sign come from: what do you subtract from what?"
_COPIES = "Copy every data point once: should the answer change?"
_RATIOS = (  # factor on the truth, given N; what to say; what to ask
    (lambda n: -1, "the right size and the opposite sign", _TURNED),
    (lambda n: 2, "twice the size", _TWO),
    (lambda n: 1 / 2, "half the size", _TWO),
    (lambda n: -2, "twice the size and the opposite sign", _TURNED),
    (lambda n: -1 / 2, "half the size and the opposite sign", _TURNED),
    (lambda n: n, "N times the size, with N the number of data points", _COPIES),
    (lambda n: n / 2, "N/2 times the size, with N the number of data points", _COPIES),
    (lambda n: -n, "N times the size, with N the number of data points, and the opposite sign", _COPIES),
    (
        lambda n: 1 / n,
        "1/N of the size, with N the number of data points",
        "How often do you divide by the number of points?",
    ),
)


def _ratio(exercise, report):
    """A constant ratio to the truth that none of the exercise's own mistakes explains."""
    subject = "your answer has" if report.values[0].shape == () else "every component of your answer has"
    for factor, words, question in _RATIOS[: None if exercise.size else 5]:

        def scaled(*args, factor=factor):
            n = exercise.size(*args) if exercise.size else 0
            return factor(n) * np.asarray(exercise.truth(*args))

        if report.fits(scaled):
            return _general(exercise, f"ratio {factor(7):g}", f"on every input {subject} {words}.", question)
    return None


def _constant(exercise, report):
    """The same answer to everything, or a function that looks at data from outside its arguments."""
    values, cases = report.values, exercise.cases
    if len(values) > 1 and all(close(value, values[0]) for value in values[1:]):
        return _general(
            exercise,
            "constant",
            f"your function returns {show(values[0])} for every input I try.",
            "In which line does it use its arguments?",
        )
    outside = _outside_data(report.answer)
    if outside:
        return _general(
            exercise,
            "outside",
            f"your function reads `{outside}`, which is not one of its arguments, and its answers don't fit the input.",
            f"Which `{outside}` does it see when somebody else calls it?",
        )
    right = [report.gives(exercise.truth(*each.make()), i) for i, each in enumerate(cases)]
    if right[0] and not any(right[1:]):
        return _general(
            exercise,
            "first-only",
            f"your function is right for {cases[0].label}, and for no other input "
            f"I try; for {cases[1].label} it gives {show(values[1])}.",
            "Which line holds for the first input only?",
        )
    return None


def _differs(exercise, report):
    """Nothing known fits: say on which input which component differs, ask how to look closer, name nothing."""
    truths = [np.asarray(exercise.truth(*each.make()), dtype=float) for each in exercise.cases]
    index = next(i for i, truth in enumerate(truths) if not report.gives(truth, i))
    value, truth = report.values[index], truths[index]
    agreed = f"it agrees on {index} other input{'s' * (index > 1)}, but " if index else ""
    gives = f"{agreed}for {exercise.cases[index].label} your function gives {show(value)}"
    if all(close(each, truth, 0.02) for each, truth in zip(report.values, truths, strict=True)):
        return _general(
            exercise,
            "nearly",
            f"{gives}, which is close to {exercise.what}, and not equal to it.",
            "Do you round on the way, or stop before the end?",
        )
    off = ~np.ravel(agree(value, truth, exercise.rtol))
    names = [name for name, bad in zip(exercise.parts or range(truth.size), off, strict=False) if bad]
    listed = f": {', '.join(f'[{name}]' for name in names)} differ{'s' * (len(names) == 1)}, the rest agrees"
    which = "" if off.all() else listed
    return _general(exercise, "unknown", f"{gives}, and that is not {exercise.what}{which}.", exercise.question)


# Verdicts


def _right(exercise):
    return Verdict(True, "right", exercise.known)


def _not_started(sentence="not started yet. Fill in the cell above, run it, and then run this one again."):
    return Verdict(False, "not started", sentence)


def _named(mistake, report):
    says = mistake.says(report) if callable(mistake.says) else mistake.says
    return Verdict(False, mistake.name, says, mistake.question, mistake.pointer, mistake.step)


def _general(exercise, name, sentence, question):
    return Verdict(False, name, sentence, question, exercise.pointer, exercise.step)


def _as_verdict(exercise, found, report):
    """What a probe or a look found, as a Verdict, or None."""
    if isinstance(found, str):
        return _named(exercise.mistake(found), report)
    return _troubled(exercise, found) if isinstance(found, Trouble) else found


_RETURN = (
    "A printed number is for the eyes only. What the caller gets is what stands behind `return`.",
    "Try it: def half(x): print(x / 2), and then print(half(3)). Then again with return in place of print.",
)
_FIRST_LINE = ("Compare the first line of your function with the one in the text above, name by name.", "")
_LADDERS = {  # kind of trouble: pointer, worked step
    "prints": _RETURN,
    "returns-nothing": _RETURN,
    "parameters": _FIRST_LINE,
    "no-self": _FIRST_LINE,
    "class": _FIRST_LINE,
    "not-a-function": ("With brackets behind its name a function runs, and what is passed on is its result.", ""),
    "recursion": ("Print the arguments in the first line of your function, and look at the first three rounds.", ""),
    "remembers": (
        "A variable made outside the function keeps its value from call to call, and so does a list in the def line.",
        "Call it twice in a row: {example}. Print what it starts with each time.",
    ),
    "nan": ("Print every intermediate result, and look for the first one that is no number.", ""),
    "exception": (
        "Print the values that meet in that line, right before it.",
        "Call it yourself, outside the check: {example}. Then you see the whole traceback.",
    ),
    "time": (
        "Print the loop's counter in its first ten rounds.",
        "Call it on something tiny, {example}, and count the rounds by hand.",
    ),
    "output": (
        "Take the print out of the loop, or print in every hundredth round only.",
        "Call it on something tiny: {example}.",
    ),
    "changes-input": (
        "`b = a` gives an array a second name. It makes no second array.",
        "Try it: a = np.zeros(2); b = a; b[0] = 1; print(a). Then again with b = a.copy().",
    ),
}


def _troubled(exercise, trouble):
    pointer, step = _LADDERS.get(trouble.kind, ("Look at what {example} gives: its type and its shape.", ""))
    return Verdict(
        False,
        trouble.kind,
        trouble.sentence,
        trouble.question,
        pointer.format(example=exercise.example),
        step.format(example=exercise.example),
        trouble.code,
    )


# Looking at the function itself


def _not_callable(exercise, answer):
    """A Trouble where the answer can't be called with the exercise's arguments, else None."""
    def_line = f"def {exercise.name}({', '.join(exercise.parameters)}):"
    if isinstance(answer, type):
        return Trouble(
            "class",
            f"`{answer.__name__}` is a class, and the check wants something it can call.",
            f"Would an instance of it do, or a function that starts with `{def_line}`?",
        )
    if not callable(answer):
        number = isinstance(answer, int | float | np.generic)
        kind = "a number" if number else f"a thing of type {type(answer).__name__}"
        return Trouble(
            "not-a-function",
            f"the check wants your function itself and got {kind}.",
            f'Does the check cell say check("{exercise.name}", {exercise.name}), without brackets after '
            "the second name?",
        )
    try:
        signature = inspect.signature(answer)
    except Exception:  # some built-in functions have none, and a class may break its own: calling it will tell
        return None
    try:
        signature.bind(*exercise.parameters)
    except TypeError:
        return _wrong_parameters(exercise, answer, len(signature.parameters), def_line)
    return None


def _wrong_parameters(exercise, answer, count, def_line):
    wanted = len(exercise.parameters)
    method = type(answer).__call__
    if inspect.isfunction(method) and len(inspect.signature(method).parameters) == wanted:
        return Trouble(
            "no-self",
            "the first parameter of a method is the object itself, and your `__call__` has no place for it.",
            "What is that first parameter usually called?",
        )
    return Trouble(
        "parameters",
        f"your function takes {count} argument{'s' * (count != 1)}, and the check gives it "
        f"{wanted}: {', '.join(exercise.parameters)}.",
        f"Does it still start with `{def_line}`?",
    )


def _does_nothing(function):
    """Whether a function's body is only a docstring, `pass` or `...`."""
    code = getattr(function, "__code__", None)
    return isinstance(code, types.CodeType) and {step.opname for step in dis.get_instructions(code)} <= {
        "RESUME",
        "NOP",
        "LOAD_CONST",
        "RETURN_VALUE",
        "RETURN_CONST",
    }


def _source(function):
    """The learner's source text, or "" where there is none. Used only to choose between two hints."""
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return ""


def _outside_data(function):
    """The name of a number, list or array that the function reads from outside its arguments, or ""."""
    code, known = getattr(function, "__code__", None), getattr(function, "__globals__", {})
    names = _global_names(code) if isinstance(code, types.CodeType) else []
    return next((name for name in names if isinstance(known.get(name), float | int | list | tuple | np.ndarray)), "")


def _global_names(code):
    names = [step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"]
    for inner in code.co_consts:
        names += _global_names(inner) if isinstance(inner, types.CodeType) else []
    return names
