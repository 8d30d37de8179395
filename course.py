#!/usr/bin/env python3
"""The course's one command: makes the course's own Python environment, opens the lessons, runs the tests.

It uses the standard library alone, since it runs before anything is installed. Its syntax is that of
Python 3.6, so that a Python that is too old still reads the file and can say so in a sentence.
"""
import argparse
import collections
import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree
from pathlib import Path

from upkeep import Trouble
from upkeep.files import copy_new, free_name, keep, locked

ROOT = Path(__file__).resolve().parent
NEEDS_PYTHON = (3, 11)
NEEDS_PIP = (22, 3)  # the first pip that can install into another environment (--python)
NEEDS_BYTES = {"learner": 500_000_000, "test": 800_000_000}  # measured 320 and 520 MB, and a little air
START_PAGE = "00_start_here.ipynb"
LEARNER_LOCK, TEST_LOCK = "requirements.lock", "requirements-test.lock"
CLASSROOM, CLASSROOM_LOCK = "classroom", "requirements-classroom.lock"  # what `prepare` installs for teachers
NOT_YET = "there is none yet"
GRACE = 5  # seconds that JupyterLab has to end by itself


def say(text=""):
    print(text, flush=True)


# ---------------------------------------------------------------- what can go wrong, as sentences


AGAIN = "then run the same command again"
FAILURES = (
    (
        r"No space left on device|Errno 28\b|not enough space on the disk|Disk quota exceeded|os error 28\b",
        f"the disk is full; free about 1 GB, {AGAIN}",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|invalid peer certificate|UnknownIssuer",
        "the network answers with a certificate this computer doesn't trust; ask who runs the network for "
        f"its certificate, or use another network, {AGAIN}",
    ),
    (
        r"NewConnectionError|ConnectTimeout|ReadTimeout|Read timed out|ProxyError|Temporary failure in name"
        r"|Failed to establish|Max retries exceeded|Connection broken|Connection reset|Network is unreachable"
        r"|dns error|tcp connect error|error sending request|client error \(Connect\)|Could not connect"
        r"|operation timed out",
        f"the packages can't be fetched from the network; check the connection, {AGAIN}",
    ),
    (
        r"Permission denied|Access is denied|Errno 13\b|Read-only file system|Operation not permitted",
        "a file can't be written; give yourself write permission to the course's folder, or move the course "
        f"into a folder of your own, {AGAIN}",
    ),
    (
        r"DO NOT MATCH THE HASHES|[Hh]ash mismatch",
        "a package that came over the network is not the one the course was tested with; try another "
        f"network, {AGAIN}",
    ),
    (
        r"No matching distribution found|no wheels|[Ff]ailed to build|Failed building|No solution found",
        "a package has no ready-made build for this Python or this computer; install Python 3.12 or 3.13, "
        "then run the same command with that",
    ),
    (
        r"No module named '?venv|ensurepip is not available",
        "this Python comes without its venv module; install it (on Debian and Ubuntu: sudo apt install "
        f"python3-venv), {AGAIN}",
    ),
)


def explain(output):
    """Return what the output of pip, uv or venv means and how to mend it, None where it is something else."""
    return next((sentence for pattern, sentence in FAILURES if re.search(pattern, output)), None)


def explain_os(error):
    """Return one sentence for an OSError: what can't be done, and how to mend it."""
    name = error.filename or "the course's folder"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full: free about 1 GB, {AGAIN}."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"There is no permission to write {name}: close programs that use it, give yourself write "
            f"permission, or move the course into a folder of your own, {AGAIN}."
        )
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return f"A file stands where the course needs a folder, {name}: move it away, {AGAIN}."
    return f"The computer says '{error.strerror or error}' about {name}: mend that, {AGAIN}."


def too_old(version, find=shutil.which):
    """Return a sentence where the Python of `version` (major, minor, ...) is too old, else None."""
    if tuple(version[:2]) >= NEEDS_PYTHON:
        return None
    newer = next((name for name in map("python3.{}".format, range(20, 10, -1)) if find(name)), None)
    mend = f"run it as {newer} course.py lab" if newer else "install a newer one from python.org"
    return "The course needs Python {}.{} or newer, and this is Python {}.{}: {}.".format(
        *NEEDS_PYTHON, version[0], version[1], mend
    )


# ---------------------------------------------------------------- showing progress


class Step:
    """One line on the screen while a step runs: its name, on a terminal what it does now, then its time."""

    def __init__(self, name):
        self.name = name
        self.ending = "done"
        self.live = sys.stdout.isatty()

    def __enter__(self):
        self.start = time.monotonic()
        print(f"  {self.name} ...", end="", flush=True)
        return self

    def note(self, text):
        """Show what the step is doing now; a log file or a pipe is spared these."""
        if self.live:
            print(f"\r  {self.name} ... {text[:40]:40}", end="", flush=True)

    def __exit__(self, kind, *_):
        ending = "stopped" if kind else self.ending
        self.note("")
        again = f"\r  {self.name} ..." if self.live else ""
        print(f"{again} {ending}, {time.monotonic() - self.start:.1f} s", flush=True)


def run_logged(command, log, note=lambda text: None, cwd=None, hold=()):
    """Run a command with its output going to the file `log`; return its exit code and its output as text.

    `note` is called with each line as it comes; `hold` are open files that the command inherits.
    """
    lines = []
    with open(log, "a", encoding="utf-8") as record:
        record.write("\n$ {}\n".format(" ".join(map(str, command))))
        process = subprocess.Popen(
            [str(part) for part in command], cwd=cwd, env=clean_environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", pass_fds=hold,
        )
        try:
            for line in process.stdout:
                lines.append(line)
                record.write(line)
                note(line.strip())
            return process.wait(), "".join(lines)
        finally:
            stop(process)


def stop(process, patience=10):
    """End a process that may still run, first politely."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


STRAYS = ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "__PYVENV_LAUNCHER__")


def clean_environment(**more):
    """Return this process's environment without what leads another Python or pip astray, and with `more`."""
    env = {name: value for name, value in os.environ.items() if name not in STRAYS}
    env.update({"PIP_USER": "0", "PYTHONUTF8": "1"})
    env.update({name: str(value) for name, value in more.items()})
    return env


# ---------------------------------------------------------------- the course's own environment


Tool = collections.namedtuple("Tool", "name make install pip_inside")


def find_tools(python):
    """Return the ways there are to fill an environment whose interpreter is `python`, the best first.

    Each has a name, the command that makes an empty environment and the command that installs into it. Raises
    Trouble where this Python has no uv beside it, no pip of its own and none to unpack.
    """
    folder, base = python.parent.parent, base_python(python)
    tools = []
    uv = shutil.which("uv")
    if uv:
        make = [uv, "venv", "--quiet", "--allow-existing", "--python", base, folder]
        tools.append(Tool("uv", make, [uv, "pip", "install", "--python", python], False))
    quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--no-compile"]
    version = pip_version(base)
    if version >= NEEDS_PIP:
        make = [base, "-m", "venv", "--without-pip", folder]
        tools.append(Tool("pip", make, [base, "-m", "pip", "--python", python, "install", *quiet], False))
    elif importlib.util.find_spec("ensurepip"):
        make = [base, "-m", "venv", folder]
        tools.append(Tool("pip", make, [python, "-m", "pip", "install", *quiet], True))
    if not tools:
        what = "a pip that is too old ({}.{})".format(*version) if version > (0, 0) else "no pip"
        raise Trouble(
            f"This Python has {what}, so nothing can be installed: install pip (on Debian and Ubuntu: sudo "
            "apt install python3-pip python3-venv; elsewhere the installer from python.org has it) or uv, "
            f"{AGAIN}."
        )
    return tools


def base_python(python):
    """Return the interpreter to make .venv with: this one, unless it is the one of .venv, which may go away."""
    inside = Path(sys.prefix) == python.parent.parent
    return getattr(sys, "_base_executable", sys.executable) if inside else sys.executable


def pip_version(python):
    """Return the version of an interpreter's pip as (major, minor), (0, 0) where it has none."""
    answer = subprocess.run(
        [python, "-m", "pip", "--version"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, encoding="utf-8", errors="replace", env=clean_environment(), check=False,
    )
    found = re.match(r"pip (\d+)\.(\d+)", answer.stdout)
    return (int(found.group(1)), int(found.group(2))) if found and answer.returncode == 0 else (0, 0)


class Environment:
    """The folder .venv: whether it is whole and up to date, and how it is made so.

    A stamp is written into it twice: `complete: false` before anything else, and `complete: true` when all is
    done. So an interrupted start leaves a folder that the next start knows to be half-made.
    """

    def __init__(self, root):
        self.root = root
        self.folder = root / ".venv"
        self.stamp = self.folder / "downhill-stamp.json"
        self.log = self.folder / "install.log"
        inside = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
        self.python = self.folder.joinpath(*inside)
        self.hold = ()

    def goal(self, test):
        """Return what the stamp says once this environment fits the files of the course as they are now."""
        shared = sorted(path for path in self.root.glob("jupyter/**/*") if path.is_file())
        goal = {
            "complete": True,
            "root": str(self.root),
            "python": "{}.{}".format(*sys.version_info[:2]),
            "learner": digest(self.root / LEARNER_LOCK),
            "project": digest(self.root / "pyproject.toml", *shared),
            "test": digest(self.root / TEST_LOCK) if test is True else "",
        }
        return {**goal, CLASSROOM: digest(self.root / CLASSROOM_LOCK)} if test == CLASSROOM else goal

    def read_stamp(self):
        """Return the stamp as a dict, empty where there is none that can be read."""
        try:
            stamp = json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stamp if isinstance(stamp, dict) else {}

    def write_stamp(self, content):
        """Put the stamp in place in one go, so that it is never half-written."""
        beside = self.stamp.with_suffix(".part")
        beside.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        os.replace(beside, self.stamp)

    def why_anew(self):
        """Return why the environment has to be made from nothing, or None where what is there can be used."""
        if not self.folder.is_dir() or not any(self.folder.iterdir()):
            return NOT_YET
        stamp = self.read_stamp()
        here = "{}.{}".format(*sys.version_info[:2])
        if not stamp.get("complete"):
            return "an earlier start did not finish"
        if stamp.get("python") != here:
            return "it was made by Python {}, and this is {}".format(stamp.get("python"), here)
        if stamp.get("root") != str(self.root):
            return "the course's folder was moved"
        if not runs(self.python):
            return "its Python doesn't run any more"
        return None

    def fits(self, test):
        """Return whether the stamp says that all is installed; the tests' packages count only for `test`."""
        goal, stamp = self.goal(test), self.read_stamp()
        if test == CLASSROOM and stamp.get("test") == digest(self.root / TEST_LOCK):
            goal.pop(CLASSROOM)  # the tests' packages include it
        return all(stamp.get(key) == value for key, value in goal.items() if key != "test" or test is True)

    def prepare(self, test=False, fresh=False):
        """Make the environment fit the course's files, doing only what is missing.

        `test` asks for the packages of authors and tests too (True) or for those of teachers (CLASSROOM), `fresh`
        for a start from nothing in any case.
        Raises Trouble with a sentence for what the reader has to mend.
        """
        with one_at_a_time(self.root) as self.hold:
            why = "that was asked for" if fresh and self.folder.exists() else self.why_anew()
            if why is None and self.fits(test):
                return
            say("Preparing the course's own Python environment, .venv (half a minute the first time)")
            before = {} if why else self.read_stamp()
            if why:
                self.require_room("test" if test else "learner")
                self.clear(why)
            self.folder.mkdir(exist_ok=True)
            self.write_stamp({"complete": False})
            try:
                self.fill(before, test)
            except Trouble:
                if before:  # pip gave up and left what was there: nothing has to be made anew
                    self.write_stamp(before)
                raise

    def fill(self, before, test):
        """Install what differs from `before`, the last stamp, and write the new stamp at the end."""
        goal = self.goal(test)
        if before.get("learner") == goal["learner"]:
            also = [CLASSROOM] if test is True else ["test"] if test == CLASSROOM else ["test", CLASSROOM]
            goal.update({name: before[name] for name in also if name in before})
        tools = find_tools(self.python)
        if not before or tools[0].pip_inside:
            self.attempt("making .venv with {}", tools, lambda tool: tool.make)
        kinds = {True: ("test", TEST_LOCK), CLASSROOM: (CLASSROOM, CLASSROOM_LOCK)}
        key, lock = kinds.get(test, ("learner", LEARNER_LOCK))
        if before.get(key) != goal[key] or before.get("learner") != goal["learner"]:
            options = ["--require-hashes", "-r", self.root / lock]
            total = count(self.root / lock)
            self.attempt("installing the packages with {}", tools, lambda tool: tool.install + options, total)
        with self.warming_up():
            if before.get("project") != goal["project"]:
                options = ["--no-deps", "--no-build-isolation", "-e", self.root]
                name = "installing the course's own package"
                self.attempt(name, tools, lambda tool: tool.install + options)
        self.write_stamp(goal)

    @contextlib.contextmanager
    def warming_up(self):
        """Import the large packages beside the next step, so that the first lesson doesn't wait for it.

        Python compiles them then, and Matplotlib looks through the computer's fonts. Whether it works is for
        the lessons and `doctor` to say.
        """
        command = [str(self.python), "-c", "import matplotlib.pyplot, ipywidgets, anywidget"]
        with open(self.log, "a", encoding="utf-8") as record:
            process = subprocess.Popen(
                command, env=clean_environment(), stdin=subprocess.DEVNULL, stdout=record, stderr=record
            )
            try:
                yield
                with Step("warming up"):
                    process.wait()
            finally:
                stop(process)

    def attempt(self, name, tools, command, total=None):
        """Run one step with the first tool that can do it; raise Trouble with a sentence where none can."""
        heard = ""
        for tool in tools:
            with Step(name.format(tool.name)) as step:
                note = Counter(step, total)
                code, output = run_logged(command(tool), self.log, note, self.root, self.hold)
                step.ending = "failed" if code else "done"
            if code == 0:
                return
            heard = output + heard
        cause = explain(heard) or f"the file named here ends with the reason; mend that, {AGAIN}"
        log = self.log.relative_to(self.root)
        raise Trouble(f"The step '{name.format(tools[-1].name)}' failed: {cause} (details in {log}).")

    def require_room(self, which):
        """Raise Trouble where the disk has too little room for the environment."""
        free = shutil.disk_usage(self.root).free
        if free < NEEDS_BYTES[which] and not self.folder.exists():
            raise Trouble(
                f"The disk is nearly full: {free // 10**6} MB are free and the course needs about "
                f"{NEEDS_BYTES[which] // 10**6} MB; free some room, {AGAIN}."
            )

    def clear(self, why):
        """Take the old .venv away: ours is deleted, one that we didn't make is kept under another name."""
        going = self.root / ".venv.making"
        try:
            if going.exists():
                shutil.rmtree(str(going))
            if self.folder.is_symlink():
                self.folder.unlink()
            elif why != NOT_YET and self.stamp.exists():
                say(f"  .venv is made anew: {why}")
                # First away with the name, in one go: an interrupt leaves nothing half-deleted.
                self.folder.rename(going)
                shutil.rmtree(str(going))
            elif why != NOT_YET:
                self.put_aside()
        except PermissionError as error:
            raise Trouble(
                f"The old .venv can't be removed because {error.filename} is in use or not yours: close "
                f"JupyterLab and other programs of the course, {AGAIN}."
            ) from None

    def put_aside(self):
        """Give a .venv that somebody else made another name; git doesn't see it there either."""
        kept = free_name(self.folder, "")
        self.folder.rename(kept)
        ignore = kept / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        say(f"  the .venv that was here is not course.py's; it is kept as {kept.name}")


class Counter:
    """Turns the lines of pip and uv into a short note of how far they are."""

    def __init__(self, step, total=None):
        self.step, self.total, self.seen = step, total, 0

    def __call__(self, line):
        found = re.match(r"(?:Collecting|\+) ([A-Za-z0-9._-]+)", line)
        if found and self.total:
            self.seen += 1
            self.step.note(f"{self.seen} of {self.total}: {found.group(1)}")
        elif line.startswith("Ignoring ") and self.total:
            self.total -= 1
        elif line.startswith("Installing collected packages"):
            self.step.note("unpacking")
        elif not self.seen and re.match(r"(Downloading|Resolved|Prepared|Installed) ", line):  # uv
            self.step.note(line)


def count(lock):
    """Return how many requirements a lock file has."""
    text = lock.read_text(encoding="utf-8")
    return len(re.findall(r"^[A-Za-z0-9]", text, flags=re.MULTILINE))


def digest(*paths):
    """Return the SHA-256 of some files, one after the other; a file that isn't there is Trouble."""
    total = hashlib.sha256()
    for path in paths:
        try:
            total.update(path.read_bytes())
        except FileNotFoundError:
            raise Trouble(
                f"The file {path.name} is missing from the course's folder: get the course again."
            ) from None
    return total.hexdigest()


def runs(python):
    """Return whether the interpreter `python` starts."""
    try:
        return subprocess.run([str(python), "-c", ""], env=clean_environment(), check=False).returncode == 0
    except OSError:
        return False


@contextlib.contextmanager
def one_at_a_time(root):
    """Hold a lock while .venv is being made, so that two starts at once don't spoil each other's work.

    The lock is on course.py itself and ends with the process, however that ends. Yields the open files that pip
    has to inherit: where course.py alone was killed, the lock stays until pip has ended too. A file system
    without locks is no reason to stop.
    """
    with open(root / "course.py", "rb") as handle:
        told = False
        while not locked(handle):
            if not told:
                say("Another course.py is preparing the course; waiting for it.")
                told = True
            time.sleep(0.3)
        yield () if os.name == "nt" else (handle.fileno(),)


# ---------------------------------------------------------------- the learner's own copies


def masters(root):
    """Return the built files that a learner gets, as pairs (master, copy).

    notebooks/ goes to work/ and exercises/ to work/exercises/, with the pictures beside them; the solutions
    stay where they are.
    """
    pairs = []
    for source, target in (("notebooks", "work"), ("exercises", "work/exercises")):
        for path in sorted((root / source).glob("**/*")):
            inside = path.relative_to(root / source)
            hidden = any(part.startswith((".", "__")) for part in inside.parts)
            if path.is_file() and not hidden and inside.parts[0] != "solutions":
                pairs.append((path, root / target / inside))
    return pairs


def copy_missing(root):
    """Copy into work/ what isn't there yet; return the new files. What is there is never touched."""
    (root / "work").mkdir(exist_ok=True)
    missing = [pair for pair in masters(root) if not os.path.lexists(str(pair[1]))]
    new = [pair for pair in missing if copy_new(*pair)]
    updating().copied(root, new)
    return [copy for _, copy in new]


def updating():
    """Return the module that updates work/; loaded late, since a Python that is too old can't read it."""
    return importlib.import_module("upkeep.updating")


def lesson_files(root, lesson):
    """Return the pairs (master, copy) of one lesson, named like 1, 01, L1 or 01_curve_fitting.

    Raises Trouble, with the names there are, where no lesson or more than one is meant.
    """
    notebooks = [pair for pair in masters(root) if pair[0].suffix == ".ipynb"]
    slugs = sorted({master.stem for master, _ in notebooks})
    number = re.fullmatch(r"[Ll]?(\d{1,2})", lesson)
    wanted = [s for s in slugs if s == lesson or (number and re.match(f"0*{int(number.group(1))}_", s))]
    if len(wanted) != 1:
        there = ", ".join(slugs) or "none, since nothing is built yet"
        raise Trouble(f"There is no lesson '{lesson}': name one of the lessons there are ({there}).")
    return [pair for pair in notebooks if pair[0].stem == wanted[0]]


def reset(root, lesson):
    """Give fresh copies of a lesson and its exercises, and keep the old ones beside under a numbered name."""
    for master, copy in lesson_files(root, lesson):
        if os.path.lexists(str(copy)):
            kept = keep(copy)
            say(f"  {kept.relative_to(root)} keeps your old copy")
        copy_new(master, copy)
        updating().copied(root, [(master, copy)])
        say(f"  {copy.relative_to(root)} is fresh")
    say("If one of them is open in JupyterLab, close its tab without saving and open it again.")
    return 0


def update(root, undo=False, dry_run=False):
    """Bring the course's present notebooks into work/ and keep all that the learner wrote; `undo` takes it back."""
    if undo:
        updating().undo(root, say)
        return 0
    updating().update(root, masters(root), course_version(root), say, dry_run)
    env = Environment(root)
    if env.folder.exists() and not env.fits(test=False):
        say("The packages of the course have changed too: the next course.py lab brings them up to date.")
    return 0


def course_version(root):
    """Return the version that pyproject.toml names, "" where it names none."""
    found = re.search(r'^version = "(.+)"', (root / "pyproject.toml").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return found.group(1) if found else ""


# ---------------------------------------------------------------- lab


def port_number(text):
    """Return a port as a number, for argparse."""
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return number


def port_error(port):
    """Return None where this computer lets us use the port, else the errno that says why not."""
    try:
        with contextlib.closing(socket.socket()) as probe:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
    except OSError as error:
        return error.errno
    return None


def require_port(port):
    """Raise Trouble where the port that was asked for can't be used, and name one that can."""
    problem = port_error(port)
    if problem is None:
        return
    other = next(n for n in range(8888, 65536) if n != port and port_error(n) is None)
    why = "not open to you" if problem == errno.EACCES else "taken by another program"
    raise Trouble(f"Port {port} is {why}: use --port {other}, or leave --port away and a free one is found.")


def lab_command(env, port, browser):
    """Return the command that starts JupyterLab on the start page."""
    work = env.root / "work"
    command = [env.python, "-m", "jupyterlab", f"--ServerApp.root_dir={work}", "--ServerApp.answer_yes=True"]
    if (work / START_PAGE).exists():
        command.append(f"--LabApp.default_url=/lab/tree/{START_PAGE}")
    if port is not None:
        command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # containers often have no other user
    return [str(part) for part in command]


def activated(env, **more):
    """Return the environment variables with which programs of .venv find each other."""
    path = os.pathsep.join([str(env.python.parent), os.environ.get("PATH", "")])
    return clean_environment(PATH=path, VIRTUAL_ENV=env.folder, JUPYTER_PREFER_ENV_PATH="1", **more)


def lab(root, port=None, browser=True, fresh=False):
    """Prepare the course, copy what is missing into work/ and run JupyterLab until it is stopped."""
    if port is not None:
        require_port(port)
    env = Environment(root)
    env.prepare(fresh=fresh)
    new = copy_missing(root)
    say("Your notebooks are in the folder work" + (f" ({len(new)} new)" if new else ""))
    news = updating().news(root, masters(root))
    if news:
        say(news)
    # A workspace of its own: tabs of other projects don't turn up in the course.
    spaces = env.folder / "lab-workspaces"
    variables = activated(env, COURSE_ROOT=root, COURSE_WORK=root / "work", JUPYTERLAB_WORKSPACES_DIR=spaces)
    log = env.folder / f"jupyterlab-{os.getpid()}.log"
    code = run_until_stopped(lab_command(env, port, browser), variables, log, browser)
    if code != 0:
        raise Trouble(
            f"JupyterLab ended with an error, which {log.relative_to(root)} names: run course.py doctor, and "
            "where that finds nothing wrong, course.py lab --fresh."
        )
    log.unlink()
    say("JupyterLab has stopped. Your notebooks are in the folder work.")
    return 0


def run_until_stopped(command, variables, log, browser):
    """Run JupyterLab until it ends, say its address once; return its exit code, 0 where it was told to stop.

    Its own messages go to the file `log`. A Ctrl-C goes from the terminal to JupyterLab too, so here it is
    waited for; where only this process was interrupted, JupyterLab is told after a while.
    """
    told, process = [], None  # the signals that came, and when: noted only, so that none comes at a bad moment

    def note(number, frame):
        told.append((number, time.monotonic()))

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with open(log, "wb") as record:
            process = subprocess.Popen(
                command, env=variables, stdin=subprocess.DEVNULL, stdout=record, stderr=subprocess.STDOUT
            )
        with Step("opening JupyterLab"):
            address = wait_for_address(process, log, told)
        if address:
            say(f"\n    {address}\n")
            say("Your browser opens; if not, copy this address." if browser else "Open this address in a browser.")
            say("To stop JupyterLab, press Ctrl-C here.")
        while process.poll() is None:
            if told and (told[0][0] == signal.SIGTERM or time.monotonic() - told[0][1] > GRACE):
                stop(process)
            time.sleep(0.1)
        return 0 if told else process.returncode
    finally:
        if process:
            stop(process)
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_address(process, log, told):
    """Return JupyterLab's address once its log names it, None where it ended or was told to stop before."""
    while process.poll() is None and not told:
        text = log.read_text(encoding="utf-8", errors="replace")
        # Each address ends a line; the words around it depend on the language. The one with numbers works
        # without a name service.
        found = re.findall(r"https?://\S+/lab\S*$", text, flags=re.MULTILINE)
        if found and text.endswith("\n"):
            return next((address for address in found if "127.0.0.1" in address), found[0])
        time.sleep(0.1)
    return None


# ---------------------------------------------------------------- build


def build(root, check=False):
    """Build the notebooks from the lessons, or with `check` say where they differ from what is built."""
    env = Environment(root)
    env.prepare(test=True)
    with tempfile.TemporaryDirectory(prefix="course-build-") as place:
        return call(build_command(env, check), root, apart(env, place))


def call(command, cwd, variables):
    """Run a command with its output on the screen; return its exit code."""
    return subprocess.run(command, cwd=str(cwd), env=variables, check=False).returncode


def build_command(env, check):
    return [str(env.python), str(env.root / "lessons" / "build.py")] + (["--check"] if check else [])


def apart(env, place):
    """Return environment variables for a run that a learner's or author's own settings can't change."""
    own = {
        "COURSE_WORK": "work", "IPYTHONDIR": "ipython", "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
    }
    more = {name: os.path.join(place, folder) for name, folder in own.items()}
    # Two notebooks run at a time; with one thread each they don't fight for the processor.
    more.update({f"{lib}_NUM_THREADS": 1 for lib in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM")})
    os.makedirs(more["COURSE_WORK"])
    variables = activated(env, **more)
    variables.pop("COURSE_ROOT", None)
    return variables


# ---------------------------------------------------------------- test


Result = collections.namedtuple("Result", "name passed failed skipped seconds")
NOTHING_COLLECTED = 5  # pytest's exit code
BROWSER = "browser tests"


def steps_of_test(env, fast=False, only=None):
    """Return the steps of the test run as (name, command, whether it is pytest).

    `fast` leaves the browser out; `only` is a pytest -k expression, and leaves out what isn't pytest.
    """
    python = str(env.python)
    pytest = [python, "-m", "pytest", "-rs"] + (["-k", only] if only else [])
    nbval = ["--nbval", "--nbval-cell-timeout=60", "--nbval-sanitize-with", "tests/nbval_sanitize.cfg"]
    steps = [
        ("ruff", [python, "-m", "ruff", "check", "."], False),
        ("build --check", build_command(env, True), False),
        ("unit tests", [*pytest, "tests", "-m", "not browser", "-n", "2"], True),
        ("notebooks", [*pytest, *nbval, "-n", "2", "--dist", "loadfile", "notebooks", "exercises"], True),
        (BROWSER, [*pytest, "-m", "browser", "-n", "2", "--dist", "loadfile", "tests/browser"], True),
    ]
    return [s for s in steps if not (fast and s[0] == BROWSER) and (s[2] or not only)]


def run_tests(root, fast=False, only=None):
    """Run every check of the course, one heading a step; return 0 where all passed."""
    env = Environment(root)
    env.prepare(test=True)
    start = time.monotonic()
    steps, results = steps_of_test(env, fast, only), []
    left_out = ["browser tests, because of --fast"] if fast else []
    left_out += ["ruff and build --check, because of -k"] if only else []
    for number, (name, command, is_pytest) in enumerate(steps, 1):
        say(f"\n===== {number} of {len(steps)}: {name} =====")
        if name == BROWSER and not has_browser(env):
            say("NOT RUN: no Chromium was found")
            left_out.append("browser tests, because no Chromium was found: install Chromium or Chrome")
            if os.environ.get("CI"):
                results.append(Result(name, 0, 1, 0, 0.0))  # there everything has to be tested
            continue
        results.append(run_step(env, name, command, is_pytest, only))
    return summarise(results, left_out, time.monotonic() - start)


def has_browser(env):
    """Return whether the browser tests would find a browser; they know where to look."""
    look = "import sys; from tests.browser.jupyterlab import find_chromium; sys.exit(find_chromium() is None)"
    return call([str(env.python), "-c", look], env.root, activated(env)) == 0


def run_step(env, name, command, is_pytest, only=None):
    """Run one step with its output on the screen and return its Result."""
    with tempfile.TemporaryDirectory(prefix="course-test-") as place:
        report = os.path.join(place, "report.xml")
        command = [*command, f"--junitxml={report}"] if is_pytest else command
        start = time.monotonic()
        code = call(command, env.root, apart(env, place))
        seconds = time.monotonic() - start
        passed, failed, skipped = read_report(report) if is_pytest else (int(code == 0), int(code != 0), 0)
    nothing = is_pytest and code == NOTHING_COLLECTED and only
    if code != 0 and not failed and not nothing:
        failed = 1  # pytest itself stopped: no tests found, a broken conftest, an interrupt
    return Result(name, passed, failed, skipped, seconds)


def read_report(path):
    """Return (passed, failed, skipped) from a JUnit XML report, zeros where there is none."""
    if not os.path.exists(path):
        return 0, 0, 0
    suites = list(xml.etree.ElementTree.parse(path).getroot().iter("testsuite"))
    kinds = ("tests", "failures", "errors", "skipped")
    total = {kind: sum(int(suite.get(kind, 0)) for suite in suites) for kind in kinds}
    failed = total["failures"] + total["errors"]
    return total["tests"] - failed - total["skipped"], failed, total["skipped"]


def summarise(results, left_out, seconds):
    """Print the table of all steps and the last line; return the exit code."""
    say("\n===== summary =====")
    say(f"{'step':16}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for r in results:
        say(f"{r.name:16}{r.passed:8}{r.failed:8}{r.skipped:9}{r.seconds:9.1f}")
    say(f"all of it took {seconds:.0f} s")
    for what in left_out:
        say(f"NOT RUN: {what}")
    passed, failed = sum(r.passed for r in results), sum(r.failed for r in results)
    say(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


# ---------------------------------------------------------------- classroom


def classroom(root, words):
    """Run the teacher's tools with what they need installed; return their exit code."""
    env = Environment(root)
    if words and not {"-h", "--help"} & set(words):
        env.prepare(test=CLASSROOM)
    python = env.python if env.folder.exists() else sys.executable
    # -P: a file of the teacher's that is called classroom.py is none of ours
    command = [str(python), "-P", "-m", "classroom", *words]
    process = subprocess.Popen(command, env=activated(env, PYTHONPATH=root), stdin=subprocess.DEVNULL)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the terminal has told it too: it ends by itself, once its workers have ended
            continue


# ---------------------------------------------------------------- doctor


def doctor(root):
    """Say what is in order and what is not, with the command that mends it; return 0 where all is well."""
    env = Environment(root)
    again = "{} course.py lab".format("py" if os.name == "nt" else "python3")
    why = env.why_anew()
    if why is None and not env.fits(test=False):
        why = "the course is newer than what is installed in it"
    if why is not None:
        say(f"✗ the course's own environment, .venv, is not ready: {why}\n    mend it with: {again}")
        return 1
    say("✓ the course's own environment is whole and up to date")
    variables = activated(env, COURSE_ROOT=root, COURSE_WORK=root / "work")
    return call([str(env.python), "-m", "helpers.doctor"], root, variables)


# ---------------------------------------------------------------- the command line


def arguments():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="course.py", description="Downhill, a course in gradient descent and backpropagation.",
        epilog="Start with: python3 course.py lab",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    one = commands.add_parser("lab", help="open the course in JupyterLab")
    one.add_argument("--no-browser", action="store_true", help="don't open a browser, only print the address")
    one.add_argument("--port", type=port_number, metavar="N", help="the port; without it, the next free one")
    one.add_argument("--fresh", action="store_true", help="make .venv anew first; your work is not touched")
    one = commands.add_parser("test", help="run every check of the course")
    one.add_argument("-k", metavar="EXPRESSION", help="only tests whose name fits, as in pytest")
    one.add_argument("--fast", action="store_true", help="leave the browser tests out")
    one = commands.add_parser("build", help="build the notebooks from the lessons")
    one.add_argument("--check", action="store_true", help="change nothing, say where built notebooks differ")
    one = commands.add_parser("update", help="bring the course's new version into your notebooks; yours stays yours")
    one = one.add_mutually_exclusive_group()
    one.add_argument("--undo", action="store_true", help="take the latest update back, to the last byte")
    one.add_argument("--dry-run", action="store_true", help="change nothing, say what an update would do")
    one = commands.add_parser("reset", help="fresh copies of a lesson; your old ones are kept beside")
    one.add_argument("lesson", metavar="LESSON", help="such as 1, 01 or 01_curve_fitting")
    one = commands.add_parser("classroom", help="for teachers: init, grade and report a class")
    one.add_argument("words", nargs=argparse.REMAINDER, metavar="init|grade|report FOLDER [--help]")
    commands.add_parser("doctor", help="say what is wrong with the installation and how to mend it")
    commands.add_parser("copy", help="copy missing notebooks into the folder work, nothing else")
    return parser


def run(options, root):
    """Do what the command line asks for; return the exit code."""
    if options.command == "lab":
        return lab(root, options.port, not options.no_browser, options.fresh)
    if options.command == "test":
        return run_tests(root, options.fast, options.k)
    if options.command == "build":
        return build(root, options.check)
    if options.command == "update":
        return update(root, options.undo, options.dry_run)
    if options.command == "reset":
        return reset(root, options.lesson)
    if options.command == "classroom":
        return classroom(root, options.words)
    if options.command == "doctor":
        return doctor(root)
    new = copy_missing(root)
    say(f"New in the folder work: {len(new)}")
    return 0


def main(argv=None, root=ROOT):
    """Run one command; what goes wrong is one sentence on the error output and a non-zero exit code."""
    old = too_old(sys.version_info)
    if old:
        print(old, file=sys.stderr)
        return 1
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # an old Windows console has no check mark
    parser = arguments()
    options = parser.parse_args(argv)
    if not options.command:
        parser.print_help()
        return 0
    try:
        return run(options, root)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped. Nothing is lost: run the same command again to go on.", file=sys.stderr)
        return 130
    except OSError as error:
        print(explain_os(error), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
