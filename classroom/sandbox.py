"""Has submissions run by a worker and watches over them: time, output, and how they end. Believes nothing unread.

A worker (worker.py) forks a child for each submission; the child's reports come over a socket of its own. Each line
has to carry the job's secret word, be JSON of the known form and of bounded size; anything else is counted as stray.
A cell that ends or stalls its process is left out in a second run, so that it costs the student that exercise alone.
"""

import contextlib
import json
import os
import queue
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import walls
from .release import ROOT

REPORTS = 24 * 2**20  # bytes of reports of one run
LINE = 12 * 2**20
GRACE = 2.0  # seconds between the interrupt and the end
RERUNS = 4
START = 120.0  # seconds a worker may take to load everything on a slow machine
KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "TEMP", "TMP", "LD_LIBRARY_PATH")
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class Broken(Exception):
    """The worker itself failed, which is no student's doing."""


@dataclass(frozen=True)
class Limits:
    """Seconds for a cell and for a whole submission, megabytes of memory on top of what an empty one needs."""

    cell_seconds: float = 30.0
    submission_seconds: float = 240.0
    memory_mb: int = 1000


@dataclass
class Attempt:
    """One run of the cells: what was reported, at which cell it ended, and why ("" when it went through)."""

    reports: dict = field(default_factory=dict)
    looks: dict = field(default_factory=dict)
    at: int | None = None
    why: str = ""
    stray: int = 0
    cpu: float = 0.0


@dataclass
class Outcome:
    """What is known after all runs: reports by cell, {cell: why it was left out}, odd things, seconds."""

    reports: dict
    left_out: dict
    looks: dict
    stray: int
    seconds: float
    cpu: float
    runs: int
    cut_short: bool


def best_way():
    """How submissions run here: "walls", "open" (fork without namespaces) or "alone" (a process each)."""
    return "walls" if walls.supported() else "alone"


class Worker:
    """One worker process with what it takes to give it jobs. `way` may turn from walls to open at the start."""

    def __init__(self, seed=0, hidden=(), way=None, root=ROOT):
        self.seed, self.hidden, self.root = seed, [str(Path(path).resolve()) for path in hidden], Path(root)
        self.way, self.why_open = way or best_way(), ""
        self.room = tempfile.mkdtemp(prefix="course-grading-")
        self.process = self.control = None
        self.stop_asked = threading.Event()
        if self.way != "alone":
            try:
                self._start()
            except Broken:
                self.close()
                raise

    def _start(self):
        """Start the worker process and wait until it is ready; without walls where the kernel refuses them."""
        stage = os.path.join(self.room, "root")
        os.makedirs(stage, exist_ok=True)
        self.control, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            self._command(self.way, stage), env=environment(self.seed, self.room, self.root), cwd=str(self.root),
            stdin=theirs, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        theirs.close()
        self.control.settimeout(START)
        try:
            answer = json.loads(self.control.recv(65536) or b"{}")
        except (OSError, ValueError):
            answer = {}
        if answer.get("ready"):
            self._lines = queue.Queue()
            self.control.settimeout(None)
            threading.Thread(target=_read_into, args=(self.control.recv, self._lines, "control"), daemon=True).start()
            return
        said = self._end_process()
        if self.way == "walls" and "refused" in answer:
            self.way, self.why_open = "open", answer["refused"]
            self._start()
            return
        raise Broken(said or "it ended without a word")

    def _command(self, way, stage):
        shown = [str(self.root / "helpers")]
        settings = {"stage": stage, "shown": shown, "hidden": self.hidden, "room": self.room}
        return [sys.executable, "-m", "classroom.worker", way, json.dumps(settings)]

    def _end_process(self):
        """End the worker process; returns the last line it wrote to its error output."""
        if self.process is None:
            return ""
        self.control.close()
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        said = self.process.stderr.read().decode("utf-8", "replace").strip().splitlines()
        self.process.wait()
        self.process.stderr.close()
        self.process = None
        return said[-1] if said else ""

    def close(self):
        """End the worker and whatever runs in it, and remove its folder."""
        self.stop_asked.set()
        self._end_process()
        _remove(self.room)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    # Running

    def run(self, cells, limits):
        """The Outcome of some cells: dicts with id, kind, source and exercise. Raises Broken, KeyboardInterrupt."""
        start, end = time.monotonic(), time.monotonic() + limits.submission_seconds
        left_out, reports, looks, stray, cpu, runs, why = {}, {}, {}, 0, 0.0, 0, ""
        while runs <= RERUNS:
            attempt = self._attempt(cells, left_out, limits, end)
            runs += 1
            reports, looks = attempt.reports, looks or attempt.looks
            stray, cpu, why = stray + attempt.stray, cpu + attempt.cpu, attempt.why
            if not why:
                break
            left_out[attempt.at] = why
            if time.monotonic() > end:
                break
        return Outcome(reports, left_out, looks, stray, time.monotonic() - start, cpu, runs, bool(why))

    def _attempt(self, cells, left_out, limits, end):
        """One run; starts the worker anew once if it fails."""
        for last in (False, True):
            attempt = self._once(cells, left_out, limits, end)
            if attempt.at is not None or not attempt.why:
                return attempt
            if last or self.stop_asked.is_set():
                raise Broken(attempt.why)
            if self.way != "alone":
                self._end_process()
                self._start()
        raise AssertionError("unreachable")

    def _once(self, cells, left_out, limits, end):
        word = secrets.token_hex(16)
        job = {
            "word": word,
            "cells": cells,
            "skip": sorted(left_out),
            "limits": {"memory_mb": limits.memory_mb, "submission_seconds": limits.submission_seconds},
        }
        data = json.dumps(job).encode()
        data = b"%d\n" % len(data) + data
        child = (_Alone if self.way == "alone" else _Forked)(self, data)
        try:
            return _watch(child, word, len(cells), limits, end, self.stop_asked)
        finally:
            child.close()


def environment(seed, room, root):
    """The variables of a worker: nothing of the teacher's but what Python needs, and the class's seed."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        **kept, **dict.fromkeys(ONE_THREAD, "1"), "DOWNHILL_CLASS_SEED": str(seed), "PYTHONHASHSEED": "0", "TZ": "UTC",
        "HOME": room, "TMPDIR": room, "IPYTHONDIR": os.path.join(room, "ipython"), "COURSE_ROOT": room,
        "COURSE_WORK": os.path.join(room, "work"), "MPLCONFIGDIR": os.path.join(room, "matplotlib"),
        "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }  # fmt: skip


class _Forked:
    """A child of the worker. Events: ("data", bytes), ("control", bytes); the worker says pid and end."""

    def __init__(self, worker, data):
        self.events, self.pid, self._text = worker._lines, None, b""
        while not self.events.empty():  # of a child before, which was given up
            self.events.get_nowait()
        self.ours, theirs = socket.socketpair()
        try:
            socket.send_fds(worker.control, [b"j"], [theirs.fileno()])
        except OSError:
            self.events.put(("control", b""))
        theirs.close()
        threading.Thread(target=_send, args=(self.ours, data), daemon=True).start()
        threading.Thread(target=_read_into, args=(self.ours.recv, self.events, self.ours), daemon=True).start()

    def told(self, kind, data):
        """("data", bytes) or ("end", code) or ("lost", reason) out of an event, or None."""
        if kind is self.ours:
            return ("data", data)
        if kind != "control":
            return None  # the last words of a child before
        if not data:
            return ("lost", "the worker ended")
        self._text += data
        *lines, self._text = self._text.split(b"\n")
        for line in lines:
            message = json.loads(line)
            self.pid = message.get("pid", self.pid)
            if "refused" in message:
                return ("lost", message["refused"])
            if "ended" in message:
                self.pid = None
                return ("end", message["ended"], message["cpu"])
        return None

    def interrupt(self):
        if self.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, signal.SIGINT)

    def kill(self):
        if self.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, signal.SIGKILL)

    def memory(self):
        return 0  # the kernel keeps its limit

    def close(self):
        self.kill()
        self.ours.close()


class _Alone:
    """A process of its own, where there is no fork or no Linux."""

    def __init__(self, worker, data):
        self.events = queue.Queue()
        own = {"start_new_session": True} if os.name != "nt" else {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        self.process = subprocess.Popen(
            worker._command("alone", worker.room), env=environment(worker.seed, worker.room, worker.root),
            cwd=str(worker.root), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **own,
        )  # fmt: skip
        threading.Thread(target=self._feed, args=(data,), daemon=True).start()
        read = self.process.stdout.read1
        threading.Thread(target=_read_into, args=(read, self.events, "out"), daemon=True).start()

    def _feed(self, data):
        with contextlib.suppress(OSError):  # it ended before it had read all: the other side sees that too
            self.process.stdin.write(data)
            self.process.stdin.close()

    def told(self, kind, data):
        return ("data", data) if data else ("end", self.process.wait(), 0.0)

    def interrupt(self):
        if os.name != "nt":
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGINT)

    def kill(self):
        if os.name != "nt":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()

    def memory(self):
        """Bytes in use, where the system has no limit of its own to set."""
        if sys.platform == "linux":
            return 0
        import psutil  # comes with Jupyter's kernel

        with contextlib.suppress(psutil.Error):
            return psutil.Process(self.process.pid).memory_info().rss
        return 0

    def close(self):
        self.kill()
        self.process.wait()


def _send(connection, data):
    with contextlib.suppress(OSError):  # it ended before it had read all: the other side sees that too
        connection.sendall(data)


def _read_into(read, events, kind):
    """Put what `read` gives into a queue, b"" at the end."""
    while True:
        try:
            data = read(1 << 16)
        except (OSError, ValueError):
            data = b""
        events.put((kind, data))
        if not data:
            return


# Watching


def _watch(child, word, count, limits, end, stop):
    """Follow a child until it has ended; end it when it takes too long or says too much."""
    attempt, reader = Attempt(), _Reader(word, count)
    now = time.monotonic()
    since, interrupted, why, closed, allowed = now, None, "", False, now + START
    while True:
        try:
            event = child.events.get(timeout=0.05)
        except queue.Empty:
            event = None
        told = child.told(*event) if event else None
        closed = closed or told == ("data", b"")
        now = time.monotonic()
        if told and told[0] == "data" and not why:
            before = reader.at
            reader.feed(told[1], attempt)
            if reader.at != before or attempt.at is None:
                since, interrupted = now, None
            if reader.size > REPORTS or len(reader.rest) > LINE:
                why = "output"
                child.kill()
        elif told and told[0] == "lost":
            attempt.why, attempt.at = told[1], None
            return attempt
        elif told and told[0] == "end":
            if not closed:
                _drain(child, reader, attempt)
            attempt.at, attempt.cpu = reader.at, told[2]
            late = "time" if interrupted is not None else ""
            attempt.why = "" if reader.ended else why or late or _reason(told[1])
            return attempt
        attempt.at = reader.at
        if stop.is_set():
            raise KeyboardInterrupt
        if why:
            if now > since + 4 * GRACE + 10:
                attempt.why, attempt.at = "a child that can't be ended", None
                return attempt
            continue
        running = reader.at is not None
        if interrupted is None and running and now - since > limits.cell_seconds:
            child.interrupt()
            interrupted = now
        late = interrupted is not None and now - interrupted > GRACE
        if late or (running and now > end) or (not running and now > allowed):
            why, since = "time", now
            child.kill()
        if child.memory() > (limits.memory_mb + 500) * 2**20:
            why, since = "memory", now
            child.kill()


def _drain(child, reader, attempt):
    """Read what came before the end and is still in the queue."""
    give_up = time.monotonic() + 1
    while time.monotonic() < give_up:
        try:
            event = child.events.get(timeout=0.5)
        except queue.Empty:
            return
        told = child.told(*event)
        if told and told[0] == "data":
            if not told[1]:
                return
            reader.feed(told[1], attempt)


def _reason(code):
    """Why a process ended by itself, from its exit code."""
    if code >= 0:
        return "exit"
    names = {signal.SIGKILL if hasattr(signal, "SIGKILL") else 9: "killed", 24: "time"}
    return names.get(-code, "crash")


class _Reader:
    """Takes a child's bytes apart into reports of the known form."""

    def __init__(self, word, count):
        self.word, self.count = word.encode() + b" ", count
        self.rest, self.size, self.at, self.ended = b"", 0, None, False

    def feed(self, data, attempt):
        self.size += len(data)
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            message = self._message(line)
            if message is None:
                attempt.stray += 1
            elif "at" in message:
                self.at = message["at"]
            elif "looks" in message:
                attempt.looks = message["looks"]
            elif "end" in message:
                self.ended = True
            else:
                attempt.reports[message.pop("done")] = message

    def _message(self, line):
        """A report in its known form, None for anything else."""
        if not line.startswith(self.word) or self.ended:
            return None
        try:
            message = json.loads(line[len(self.word) :])
        except (ValueError, RecursionError):
            return None
        if not isinstance(message, dict):
            return None
        if message.keys() == {"at"}:
            before = -1 if self.at is None else self.at
            return message if self._index(message["at"]) and message["at"] > before else None
        if message.keys() == {"end"} or (message.keys() == {"looks"} and _looks_fit(message["looks"])):
            return message
        if self._index(message.get("done")) and message["done"] == self.at:
            return _report(message)
        return None

    def _index(self, value):
        return type(value) is int and 0 <= value < self.count


def _looks_fit(looks):
    return isinstance(looks, dict) and all(
        isinstance(words, list) and all(isinstance(word, str) for word in words) for words in looks.values()
    )


def _report(message):
    """A cell's report with exactly the fields and types it has to have, None where it hasn't."""
    error, verdict = message.get("error"), message.get("verdict")
    clean = {"done": message["done"], "error": None, "verdict": None, "outputs": [], "notes": [], "tampered": ""}
    if error is not None:
        if not _texts(error, ("kind", "name", "text")):
            return None
        clean["error"] = {key: error[key][:600] for key in ("kind", "name", "text")}
    if verdict is not None:
        if not _texts(verdict, ("name", "sentence", "question", "code")) or type(verdict.get("right")) is not bool:
            return None
        clean["verdict"] = {key: verdict[key][:600] for key in ("name", "sentence", "question", "code")}
        clean["verdict"]["right"] = verdict["right"]
    notes, tampered = message.get("notes", []), message.get("tampered", "")
    if not isinstance(tampered, str) or not isinstance(notes, list) or not all(isinstance(n, str) for n in notes):
        return None
    outputs = message.get("outputs")
    if not isinstance(outputs, list) or not all(isinstance(output, dict) for output in outputs):
        return None
    clean.update(notes=notes[:10], tampered=tampered[:200], outputs=outputs)
    return clean


def _texts(value, keys):
    return isinstance(value, dict) and all(isinstance(value.get(key), str) for key in keys)


def _remove(folder):
    """Remove a worker's folder, also what a student's code has made hard to remove in it."""
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
