"""check, hint and solution: what a learner calls, what is said then, and what is kept of it in the ledger.

Knows no lesson: exercises are declared in helpers/checks and registered here. What an answer is, examining.py finds.
"""

import importlib
import json
import textwrap
from difflib import get_close_matches

from . import ledger
from .answers import close, numbers, show
from .examining import Case, Convention, Exercise, Mistake, Report, Verdict, case, examine, ladder
from .guard import Trouble, one_line
from .plain import PlainError

__all__ = [
    "Case", "CheckFailed", "Convention", "Exercise", "Mistake", "PlainError", "Report", "Trouble", "Verdict", "case",
    "check", "close", "examine", "hint", "judge", "numbers", "one_line", "register", "show", "solution",
]  # fmt: skip

TRIES_BEFORE_SOLUTION = 3
WIDTH = 100  # JupyterLab breaks the lines of an error in the middle of a word, so we break them earlier

_NOTHING = object()
_registry = {}


def register(*exercises):
    """Make exercises known to `check` under their names."""
    _registry.update({exercise.name: exercise for exercise in exercises})


# What a learner calls


class CheckFailed(PlainError):
    """An answer that isn't right yet: a notebook shows its lines, nbgrader sees an error and gives no points.

    `mistake` is the verdict's name, `level` the level of the hint, str() the sentence and the hint in one line.
    """

    def __init__(self, name, verdict, level=1):
        self.name, self.verdict, self.level, self.mistake = name, verdict, level, verdict.name
        super().__init__(" ".join(text for text in (f"{name}: {verdict.sentence}", verdict.hint(level)) if text))

    def _render_traceback_(self):
        mark = "✗" if self.verdict.started else "○"
        code = [f"      {self.verdict.code}"] if self.verdict.code else []
        return [
            *_wrapped(f"{mark} {self.name}: {self.verdict.sentence}"),
            *code,
            *_wrapped(f"  {self.verdict.hint(self.level)}"),
        ]


def check(name, answer=_NOTHING):
    """Check the answer to the exercise `name`: print one line if it is right, else raise CheckFailed.

    The attempt goes into the learner's ledger. The same mistake again brings the next hint.
    """
    if answer is _NOTHING:
        called = getattr(name, "__name__", name)
        raise PlainError(f'check wants the name in quotes and your answer: check("{called}", {called}).')
    if not isinstance(name, str):
        raise PlainError('The name of the exercise comes first and in quotes, as in check("double", double).')
    verdict = judge(name, answer)
    _show_printed(verdict.printed)
    if not verdict.started:
        raise CheckFailed(name, verdict)
    if verdict.right:
        ledger.record("checks", name, {"result": "right", "as": verdict.name})
        print(f"✓ {name}: {verdict.sentence}")
        return
    level = _next_level(name, verdict.name)
    hints = [verdict.question, verdict.pointer, verdict.step]
    ledger.record(
        "checks",
        name,
        {"result": "wrong", "mistake": verdict.name, "level": level, "said": verdict.sentence, "hints": hints},
    )
    raise CheckFailed(name, verdict, level)


def judge(name, answer):
    """The Verdict on an answer to the exercise `name`; prints nothing and writes nothing. For programs that grade.

    `right` says whether it earns its points, `started` is False for an untouched stub, `name` is the mistake, the
    convention or the trouble ("right" for a plain right answer), `sentence` and `hint(1)` to `hint(3)` are what the
    learner would read, `printed` is what the answer printed. An exercise that doesn't exist is a PlainError.
    Fixtures depend on DOWNHILL_CLASS_SEED, which is read when the first exercise is looked up: see checks/fixtures.py.
    A CheckFailed that `check` raises carries the same Verdict as `error.verdict`.
    """
    return examine(_find(name), answer)


def hint(name):
    """Print the next hint: on the mistake that the last check found, or on how to begin if none was found."""
    exercise = _find(name)
    last = (_attempts(name) or [{}])[-1]
    if last.get("result") == "right":
        print(f"{name} is right already, so there is nothing left to hint at.")
        return
    mistake, hints = last.get("mistake"), last.get("hints")
    if not (isinstance(hints, list) and len(hints) == 3 and all(isinstance(text, str) for text in hints)):
        mistake, hints = "beginning", (exercise.question, exercise.pointer, exercise.step)
    level = _next_level(name, mistake)
    ledger.record("hints", name, {"mistake": mistake, "level": level, "after": len(_attempts(name))})
    print("\n".join(_wrapped(f"{name}, hint {level} of 3: {ladder(hints, level)}")))


def solution(name):
    """Print a solution of the exercise, once it is right or was tried three times."""
    exercise = _find(name)
    results = [attempt.get("result") for attempt in _attempts(name)]
    tries = results.count("wrong")
    if tries < TRIES_BEFORE_SOLUTION and "right" not in results:
        so_far = ("none so far", "one so far", "two so far")[tries]
        print(f"The solution of {name} opens after three checked tries ({so_far}).")
        print(f'Until then, hint("{name}") has a question, a pointer and a worked step for you.')
        return
    source = _solution_source(exercise)
    if source is None:
        print(f"The solution of {name} is not part of this copy of the course. In a class, ask your teacher.")
    else:
        print(f"# One solution of {name}. Yours may look different and be right.\n{source}")


# Looking up and remembering


def _find(name):
    if name not in _registry:
        checks = importlib.import_module(".checks", __package__)  # here, since those modules import this one
        checks.load(name)
        if name not in _registry:
            near = get_close_matches(str(name), checks.names(), 1)
            ask = f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(checks.names())}."
            raise PlainError(f'There is no exercise called "{name}". {ask}')
    return _registry[name]


def _attempts(name):
    return ledger.entries("checks", name)


def _next_level(name, mistake):
    """1 the first time this mistake is met or asked about since the exercise was last right, then 2, then 3."""
    attempts = _attempts(name)
    start = max((i + 1 for i, attempt in enumerate(attempts) if attempt.get("result") == "right"), default=0)
    met = sum(attempt.get("mistake") == mistake for attempt in attempts[start:])
    hints = [each for each in ledger.entries("hints", name) if isinstance(each.get("after"), int)]
    asked = sum(each.get("mistake") == mistake and each["after"] >= start for each in hints)
    return min(3, 1 + met + asked)


def _wrapped(text):
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_long_words=False)


def _show_printed(text):
    """What the learner's function printed on the first input, shortened."""
    lines = [one_line(line, 90) for line in text.splitlines() if line.strip()]
    if lines:
        more = [f"    … and {len(lines) - 5} more lines"] if len(lines) > 5 else []
        print(
            "Your function printed, on the check's first input:",
            *(f"    {line}" for line in lines[:5]),
            *more,
            sep="\n",
        )


def _solution_source(exercise):
    """The source of the answer cell in the notebook with solutions, or None if that isn't there."""
    root = ledger.course_root()
    if root is None:
        return None
    try:
        path = root / "exercises" / "solutions" / f"{exercise.lesson}.ipynb"
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        source = next("".join(cell["source"]) for cell in cells if cell.get("id") == f"answer-{exercise.name}")
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return None
    return "\n".join(line for line in source.splitlines() if not line.strip().startswith("### ")).strip("\n")
