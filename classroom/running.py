"""Runs one submission's cells beside the checks, and reports what happened line by line; keeps no marks.

This is the only module that shares a process with a student's code. It is given the cells and a line to the outside;
no solution, no other submission and no gradebook is within its reach. What it reports is read by sandbox.py, which
believes nothing it has not looked at.
"""

import ast
import base64
import contextlib
import importlib
import io
import json
import os
import pkgutil
import sys
import threading

from .integrity import Photograph, snoops

TEXT = 100_000  # characters of output kept of a cell
FLOOD = 2_000_000  # characters after which a cell that prints is stopped
PICTURES = 3_000_000  # characters of pictures and other rich output kept of a cell
SENTENCE = 600


class Flood(BaseException):
    """Raised in a cell that prints without end; no Exception, so that `except Exception` lets it through."""


class Sink:
    """Takes what a cell prints and shows, as a notebook's outputs, and cuts what is too much."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.outputs, self.written, self.pictures, self.flooded = [], 0, 0, False

    def write(self, stream, text):
        """Keep printed text; raises Flood when a cell has printed far too much."""
        text = str(text)
        room = TEXT - self.written
        self.written += len(text)
        if room > 0:
            kept = text[:room] + ("\n[… cut: the cell prints more]\n" if len(text) > room else "")
            last = self.outputs[-1] if self.outputs else {}
            if last.get("name") == stream:
                last["text"] += kept
            else:
                self.outputs.append({"output_type": "stream", "name": stream, "text": kept})
        if self.written > FLOOD:
            self.flooded = True
            raise Flood
        return len(text)

    def show(self, kind, data, metadata, count=None):
        """Keep a displayed object, or that there was one where it is too large."""
        data = {str(mime): _plain(value) for mime, value in data.items() if "widget-view" not in str(mime)}
        size = len(json.dumps(data))
        self.pictures += size
        if self.pictures > PICTURES:
            data = {"text/plain": f"[… cut: {size:,} characters]"}
        output = {"output_type": kind, "data": data, "metadata": _plain(metadata or {})}
        if kind == "execute_result":
            output["execution_count"] = count
        self.outputs.append(output)

    def error(self, name, text, lines):
        """Keep an error as a notebook has it."""
        lines = [str(line)[:2000] for line in lines][:60]
        self.outputs.append(
            {"output_type": "error", "ename": str(name)[:100], "evalue": str(text)[:SENTENCE], "traceback": lines}
        )


def _plain(value):
    """The same in what JSON knows; pictures as base64, what is odd as text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)[:TEXT]


class Paper(io.TextIOBase):
    """What sys.stdout and sys.stderr are while a cell runs."""

    encoding = "utf-8"

    def __init__(self, sink, stream):
        self.sink, self.stream = sink, stream

    def writable(self):
        return True

    def write(self, text):
        return self.sink.write(self.stream, text)


# Before the first student


class Stage:
    """All that takes time and is the same for everybody: packages, a shell like a notebook's, the photograph."""

    def __init__(self):
        self.sink = Sink()
        self.shell = _shell(self.sink)
        _import_helpers()
        # What the first cell, the first result and the first error load.
        self.shell.run_cell("print()\n[1]\n1 / 0")
        self.shell.reset(new_session=True, aggressive=False)
        self.sink.clear()
        self.photograph = None

    def photograph_now(self):
        """Remember the checker's state; the last step before a student's code comes in."""
        self.photograph = Photograph()


def _import_helpers():
    """Every module of helpers, so that nobody waits for it and the photograph has it all; data and fonts too."""
    import matplotlib.pyplot as plt

    import helpers

    for module in pkgutil.walk_packages(helpers.__path__, "helpers."):
        if module.name not in ("helpers.server", "helpers.doctor"):  # not for notebooks
            importlib.import_module(module.name)
    data = importlib.import_module("helpers.data")
    for name in data.__all__:
        if name.startswith("load_"):
            getattr(data, name)()
    plt.figure().canvas.draw()  # finds the fonts
    plt.close("all")


def _shell(sink):
    """An IPython shell as notebooks have it, without a kernel around it: its outputs go to `sink`."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets import Type
    from traitlets.config import Config

    class Publisher(DisplayPublisher):
        def publish(self, data, metadata=None, **_):
            sink.show("display_data", data, metadata)

        def clear_output(self, wait=False):
            sink.outputs.clear()

    class Hook(DisplayHook):
        def write_format_data(self, format_dict, md_dict=None):
            sink.show("execute_result", format_dict, md_dict, self.prompt_count)

        def write_output_prompt(self):
            pass

        def finish_displayhook(self):
            pass

    class Shell(InteractiveShell):
        displayhook_class = Type(Hook)
        display_pub_class = Type(Publisher)

        def enable_gui(self, gui=None):
            pass

        def ask_exit(self):
            pass

        def system(self, command):
            print("Commands of the system don't run while a notebook is graded.")

        def _showtraceback(self, etype, evalue, stb):
            sink.error(etype.__name__, evalue, stb)

    settings = Config({"HistoryManager": {"enabled": False}})
    shell = Shell.instance(config=settings)
    shell.enable_matplotlib("inline")
    return shell


# One submission


class Line:
    """The line to the outside: each message is the job's secret word and one line of JSON."""

    def __init__(self, number, word):
        self._number, self._word, self._write = number, word, os.write

    def say(self, **message):
        data = f"{self._word} {json.dumps(message)}\n".encode("ascii", "replace")
        while data:
            data = data[self._write(self._number, data) :]


def read_job(number):
    """The job from a file descriptor: its length in bytes on the first line, then JSON."""
    head = b""
    while not head.endswith(b"\n"):
        byte = os.read(number, 1)
        if not byte:
            raise EOFError("no job")
        head += byte
    left, parts = int(head), []
    while left:
        part = os.read(number, min(left, 1 << 16))
        if not part:
            raise EOFError("half a job")
        parts.append(part)
        left -= len(part)
    return json.loads(b"".join(parts))


def limit(limits, used):
    """Put limits on this process where the system has them: memory beyond `used` bytes, time, files, their size."""
    try:
        import resource
    except ImportError:  # Windows has none
        return
    wanted = {
        "RLIMIT_AS": used + limits["memory_mb"] * 2**20 if used else None,
        "RLIMIT_CPU": int(limits["submission_seconds"]) + 10,
        "RLIMIT_FSIZE": 64 * 2**20,
        "RLIMIT_NOFILE": 256,
        "RLIMIT_CORE": 0,
    }
    for name, value in wanted.items():
        if value is None or not hasattr(resource, name):
            continue
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with contextlib.suppress(OSError, ValueError):  # a system that refuses one of them still has the others
            resource.setrlimit(kind, (value, value))


def run(stage, job, line, folder):
    """Run a job's cells in order and report each. `folder` is the only place where the notebook may write."""
    os.chdir(folder)
    runner = _Runner(stage, job, line)
    line.say(looks=_looks(job["cells"]))
    for index, cell in enumerate(job["cells"]):
        if index in job["skip"]:
            continue
        line.say(at=index)
        line.say(done=index, **runner.run(cell))
    line.say(end=True)


def _looks(cells):
    """What each answer reaches for beyond its task, as {exercise: words}; only says where a teacher may look."""
    found = {}
    for cell in cells:
        if cell["kind"] in ("answer", "extra", "todo"):
            try:
                words = snoops(ast.parse(cell["source"]))
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            if words:
                found[cell["id"]] = words[:5]
    return found


class _Runner:
    """Runs cells of one notebook; keeps its own references, so that what a student renames does not matter."""

    def __init__(self, stage, job, line):
        from helpers import checking, examining

        self.stage, self.sink, self.shell = stage, stage.sink, stage.shell
        self.names = stage.shell.user_ns
        self.run_cell = stage.shell.run_cell
        self.difference = stage.photograph.difference
        self.real = checking.check
        self.find, self.examine, self.failed = checking._find, examining.examine, checking.CheckFailed
        self.verdict_class, self.printed = examining.Verdict, checking._show_printed
        self.tampered, self.count = "", 0
        self.out, self.err = Paper(self.sink, "stdout"), Paper(self.sink, "stderr")
        self.threads = threading.active_count()

    def run(self, cell):
        """Run one cell; returns what is reported of it."""
        self.sink.clear()
        sys.stdout, sys.stderr = self.out, self.err
        self.count += 1
        report = self._check(cell) if cell["kind"] == "check" else self._other(cell)
        report["outputs"], report["count"] = self.sink.outputs, self.count
        return report

    def _other(self, cell):
        error = None
        try:
            result = self.run_cell(cell["source"], store_history=True)
            error = result.error_before_exec or result.error_in_exec
        except BaseException as problem:
            # An interrupt between two lines of the shell's own, or a shell that the student has bent.
            error = problem
            self.sink.error(type(problem).__name__, "", [])
        return {"error": _described(error, self.sink.flooded)}

    def _check(self, cell):
        """Evaluate the answer in the check's call, and examine it with the checker as it was at the beginning."""
        notes = []
        self.tampered = self.tampered or self.difference()
        if self.names.get("check", self.real) is not self.real:
            notes.append("check")
            self.names["check"] = self.real
        if sys.gettrace() or sys.getprofile():
            notes.append("trace")
            sys.settrace(None)
            sys.setprofile(None)
        if threading.active_count() > self.threads:
            notes.append("threads")
        report = {"error": None, "verdict": None, "notes": notes, "tampered": ""}
        self.names["__builtins__"] = __builtins__
        try:
            answer = eval(_argument(cell["source"]), self.names)  # the release's own line, in the student's names
            verdict = self.examine(self.find(cell["exercise"]), answer)
        except BaseException as problem:
            report["error"] = _described(problem, self.sink.flooded)
            text = report["error"]["text"]
            self.sink.error(report["error"]["name"], text, [f"{report['error']['name']}: {text}"])
            verdict = None
        self.tampered = self.tampered or self.difference()
        report["tampered"] = self.tampered
        if verdict is not None:
            report["verdict"] = self._told(cell["exercise"], verdict)
        return report

    def _told(self, name, verdict):
        """The verdict as a dict, and what check() would have shown in the notebook."""
        if self.tampered:
            text = f"No points: the submission changed {self.tampered}, which checks lean on."
            self.sink.error("CheckerChanged", text, [text])
        elif verdict.right is True:
            self.printed(verdict.printed)
            self.sink.write("stdout", f"✓ {name}: {verdict.sentence}\n")
        else:
            self.printed(verdict.printed)
            failed = self.failed(name, verdict)
            self.sink.error("CheckFailed", failed, failed._render_traceback_())
        words = {part: str(getattr(verdict, part))[:SENTENCE] for part in ("name", "sentence", "question", "code")}
        return {"right": verdict.right is True and type(verdict) is self.verdict_class, **words}


def _argument(source):
    """The compiled second argument of `check("name", answer)`."""
    call = ast.parse(source).body[0].value
    return compile(ast.Expression(call.args[1]), "<check>", "eval")


def _described(error, flooded):
    """An exception as {kind, name, text}, None for none."""
    if flooded:
        return {"kind": "output", "name": "Flood", "text": "it prints without end"}
    if error is None:
        return None
    kinds = ((SyntaxError, "syntax"), (KeyboardInterrupt, "time"), (MemoryError, "memory"), (SystemExit, "exit"))
    kind = next((word for kind, word in kinds if isinstance(error, kind)), "error")
    try:
        text = str(error)
    except Exception:  # an exception class of the student's own whose __str__ fails
        text = ""
    return {"kind": kind, "name": type(error).__name__[:100], "text": " ".join(text.split())[:300]}


