"""Runs a learner's function so that whatever it does ends in a value or in one plain sentence.

A function under test may run for ever, print for ever, swallow every exception, change the random state or
NumPy's settings. Nothing of that reaches the notebook that checks it. Knows no exercise.
"""

import _thread
import contextlib
import functools
import inspect
import io
import linecache
import random
import signal
import sys
import threading
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["Limits", "Runner", "Trouble", "one_line", "untouched_settings"]

AGAIN = 0.05  # seconds until the limit strikes again at a function that swallowed it
GIVE_UP = 20  # strikes after which the learner is told that only a restart helps
OURS = str(Path(__file__).parent)


@dataclass(frozen=True)
class Limits:
    """How long one call and a whole check may take, in seconds, and how many characters a call may print."""

    call: float = 2.0
    whole: float = 5.0
    characters: int = 10_000


@dataclass(frozen=True)
class Trouble:
    """Why there is no value: the `kind`, a sentence and a question for the learner, the line of code."""

    kind: str
    sentence: str
    question: str = ""
    code: str = ""


class _Stop(BaseException):
    """Raised inside the learner's function to end it; no Exception, so `except Exception` lets it through."""


class _Paper(io.TextIOBase):
    """Where print goes while a learner's function runs: keeps the beginning and stops what never ends."""

    def __init__(self, room):
        self.room, self.text, self.full = room, "", False

    def writable(self):
        return True

    def write(self, text):
        self.text += text[: self.room - len(self.text)]
        if len(self.text) >= self.room:
            self.full = True
            raise _Stop
        return len(text)


class Runner:
    """Calls one function again and again, with limits on time and output.

    `name` is what the learner calls the function, `printed` what its first call printed (None before that).
    The time for the whole check starts with the first call. `clock` is one of the clocks below, the one that
    works here if it isn't given.
    """

    def __init__(self, name, function, limits=None, clock=None):
        self.name, self.function = name, function
        self.limits = limits or Limits()
        self.clock = clock or _best_clock()
        self.printed = None
        self._end = None

    def call(self, *args):
        """The function's value for these arguments, or a `Trouble`. A KeyboardInterrupt goes through."""
        now = time.monotonic()
        self._end = self._end or now + self.limits.whole
        seconds = min(self.limits.call, self._end - now)
        if seconds <= 0:
            return _too_slow(self.limits.whole, " for the check's inputs together")
        paper, strike = _Paper(self.limits.characters), _Strike(self.name)
        try:
            with (
                contextlib.redirect_stdout(paper),
                contextlib.redirect_stderr(paper),
                self.clock(seconds, strike),
            ):
                value = _finished(_enter(self.function, args))
        except KeyboardInterrupt:
            raise
        except _Stop:
            value = None
        except BaseException as error:  # SystemExit too: a function under test must not end the notebook
            value = _explain(error, self.function)
        if self.printed is None:
            self.printed = paper.text
        if paper.full:
            room = f"{self.limits.characters:,} characters"
            return Trouble(
                "output",
                f"your function prints more than {room}, so it was stopped.",
                "Is there a print inside a loop that has no end?",
            )
        return _too_slow(seconds) if strike.count else value


def _enter(function, args):
    """The one door to the learner's code: a limit strikes only while this frame is on the stack."""
    return function(*args)


def _too_slow(seconds, where=""):
    return Trouble(
        "time",
        f"your function was still running after {seconds:.2g} seconds{where}, so it was stopped.",
        "Which condition ends your loop, and can it become true?",
    )


@contextlib.contextmanager
def untouched_settings():
    """Leave NumPy's error and print settings, warnings and both global random states as they were before."""
    of_numpy, of_python = np.random.get_state(), random.getstate()
    np.random.seed(0)  # so that a function that draws from it is wrong in the same way each time
    random.seed(0)
    try:
        with np.errstate(all="ignore"), np.printoptions(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(of_numpy)
        random.setstate(of_python)


# Time


class _Strike:
    """What happens when the time is over; `count` says how often it had to happen."""

    def __init__(self, name):
        self.name, self.count, self.outside = name, 0, sys.stdout

    def __call__(self, frame):
        """Raise _Stop inside the learner's function; do nothing when `frame` is not inside it any more."""
        frames = _learners_frames(frame)
        if not frames:
            return
        self.count += 1
        if self.count == GIVE_UP:
            print(
                f"{self.name}: your function catches every exception, also the one that should stop it (an "
                "`except:` with nothing behind it). Choose Kernel, then Restart Kernel.",
                file=self.outside,
                flush=True,
            )
        # A bare `except:` catches _Stop too. So the next line that runs, which is that except line itself and
        # no longer inside its try, raises it once more.
        for each in frames:
            each.f_trace = _stop_at_next_line
        sys.settrace(_trace_no_other_frame)
        raise _Stop


def _learners_frames(frame):
    """The frames from `frame` down to the door, or none when the door is not on the stack."""
    frames = []
    while frame is not None:
        frames.append(frame)
        if frame.f_code is _enter.__code__:
            return frames
        frame = frame.f_back
    return []


def _stop_at_next_line(frame, event, arg):
    if event == "line":
        raise _Stop
    return _stop_at_next_line


def _trace_no_other_frame(frame, event, arg):
    return None


def _best_clock():
    if threading.current_thread() is not threading.main_thread():
        return clock_by_lines
    return clock_by_signal if hasattr(signal, "setitimer") else clock_by_thread


@contextlib.contextmanager
def clock_by_signal(seconds, strike):
    """Strike after `seconds`, and again and again: Linux and macOS, in the main thread."""
    trace = sys.gettrace()
    handler = signal.signal(signal.SIGALRM, lambda number, frame: strike(frame))
    running = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *running)
        signal.signal(signal.SIGALRM, handler)
        sys.settrace(trace)


@contextlib.contextmanager
def clock_by_thread(seconds, strike):
    """The same where there is no alarm, on Windows: a second thread interrupts the main one."""
    trace, over, due = sys.gettrace(), threading.Event(), threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def on_interrupt(number, frame):
        if due.is_set():
            strike(frame)
        elif callable(before):  # the learner pressed stop
            before(number, frame)

    def watch():
        if not over.wait(seconds):
            due.set()
            while not over.is_set():
                _thread.interrupt_main()
                over.wait(AGAIN)

    watcher = threading.Thread(target=watch, daemon=True)
    signal.signal(signal.SIGINT, on_interrupt)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        signal.signal(signal.SIGINT, before)
        sys.settrace(trace)


@contextlib.contextmanager
def clock_by_lines(seconds, strike):
    """The same outside the main thread, which nothing can interrupt: look at the time before every line.

    Slower, and it can stop neither one long call into compiled code nor a bare `except:` in a loop. Notebooks
    run in the main thread, so this is for the rare rest.
    """
    trace, end = sys.gettrace(), time.monotonic() + seconds

    def look(frame, event, arg):
        frame.f_trace_opcodes = True  # a loop on a single line has no new lines in it
        if event in ("line", "opcode") and time.monotonic() > end:
            strike(frame)
        return look

    sys.settrace(look)
    try:
        yield
    finally:
        sys.settrace(trace)


# What came back, and what went wrong


def _finished(value):
    """The value itself, or a Trouble where calling the function did not run it yet."""
    if inspect.isgenerator(value) or inspect.isasyncgen(value):
        return Trouble(
            "generator",
            "your function contains `yield`, so a call only prepares a generator.",
            "Which word hands a value back to the caller?",
        )
    if inspect.iscoroutine(value):
        value.close()  # else Python warns that it was never awaited
        return Trouble(
            "coroutine",
            "your function starts with `async def`, so calling it runs nothing yet.",
            "What does a plain function start with?",
        )
    return value


_QUESTIONS = (  # by exception type, the first that fits
    (NameError, "Is that name one of your function's arguments, or was it made in another cell?"),
    (ZeroDivisionError, "Which value is 0 there, and for which input?"),
    (IndexError, "How long is the thing you index, and which index do you ask for?"),
    (KeyError, "Which keys are there?"),
    (AttributeError, "What type does the thing before the dot have?"),
    (TypeError, "What types meet in that line?"),
    (ValueError, "What are the shapes of the arrays that meet in that line?"),
)


def _explain(error, function):
    """One sentence about an exception in the learner's code, with the line."""
    where, code = _place(error, function)
    if isinstance(error, SystemExit):
        return Trouble(
            "exit",
            f"your function ends the whole program{where} in place of returning a value.",
            "What should the caller get?",
            code,
        )
    if isinstance(error, RecursionError):
        return Trouble(
            "recursion",
            f"your function calls itself without end{where}.",
            "For which input does it answer without calling itself?",
            code,
        )
    if isinstance(error, MemoryError):
        return Trouble(
            "memory",
            f"your function asks for more memory than there is{where}.",
            "How large is the array that you ask for there?",
            code,
        )
    kind, said = type(error).__name__, one_line(_text(error), 160).rstrip(".")
    question = next((text for types, text in _QUESTIONS if isinstance(error, types)), "Which values meet?")
    if isinstance(error, TypeError) and ("for ^" in said or "bitwise_xor" in said):
        said, question = "`^` does not work on these numbers", "Which sign means “to the power of” in Python?"
    article = "an" if kind[0] in "AEIOU" else "a"
    sentence = f"your function stops with {article} {kind}{where}{': ' if said else ''}{said}."
    return Trouble("exception", sentence, question, code)


def _place(error, function):
    """(" in line 3 of its cell", "line 3:  the code") for the deepest frame that the learner wrote."""
    home, best, traceback = _home(function), None, error.__traceback__
    while traceback is not None:
        filename, number = traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        # A cell has lines of source and a file name that exists nowhere.
        if filename == home or (linecache.getline(filename, number) and not Path(filename).exists()):
            best = (filename, number, traceback.tb_frame.f_code.co_name)
        traceback = traceback.tb_next
    if best is None:
        return "", ""
    filename, number, inside = best
    code = one_line(linecache.getline(filename, number), 120)
    return (
        f" in line {number} of {'its cell' if filename == home else f'the cell of `{inside}`'}",
        f"line {number}:  {code}" if code else "",
    )


def _home(function):
    """The file name of the cell in which `function` was written, or None for something built in."""
    while isinstance(function, functools.partial):
        function = function.func
    for each in (function, getattr(function, "__func__", None), getattr(type(function), "__call__", None)):  # noqa: B004
        code = getattr(each, "__code__", None)
        if code is not None and not code.co_filename.startswith(OURS):  # what stands in for an answer is no answer
            return code.co_filename
    return None


def _text(error):
    try:
        return str(error)
    except Exception:  # an exception class of the learner's own whose __str__ fails: its name says enough
        return ""


def one_line(text, room):
    """`text` without line breaks and control characters, cut to `room` characters."""
    text = " ".join("".join(char if char.isprintable() else " " for char in text[: 20 * room]).split())
    return text if len(text) <= room else text[: room - 2] + " …"
