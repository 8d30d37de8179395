"""What course.py promises: it mends itself, never overwrites a learner's work, and fails in one sentence."""

import ast
import errno
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
posix_only = pytest.mark.skipif(os.name == "nt", reason="signals of this kind are POSIX")


def load():
    spec = importlib.util.spec_from_file_location("course", ROOT / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


course = load()


@pytest.fixture
def tree(tmp_path):
    """A small course: the files that course.py looks at, with two lessons."""
    root = tmp_path / "course"
    files = {
        "course.py": "", "pyproject.toml": "[project]\n", "jupyter/overrides.json": "{}",
        "requirements.lock": "numpy==2.0 \\\n    --hash=sha256:00\n",
        "requirements-test.lock": "numpy==2.0 \\\n    --hash=sha256:00\npytest==9.0 \\\n    --hash=sha256:00\n",
        "notebooks/00_start_here.ipynb": "start", "notebooks/01_curve_fitting.ipynb": "lesson 1",
        "notebooks/11_later.ipynb": "lesson 11", "notebooks/images/hubble.png": "picture",
        "notebooks/.ipynb_checkpoints/01_curve_fitting.ipynb": "checkpoint",
        "exercises/01_curve_fitting.ipynb": "exercise 1", "exercises/solutions/01_curve_fitting.ipynb": "solved",
    }  # fmt: skip
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


class FakeTools:
    """Stands in for uv and pip: notes each step, makes the interpreter, and fails where it is told to."""

    def __init__(self):
        self.steps = []
        self.fails = {}  # name of a step -> the output with which it fails
        self.names = ["pip"]
        self.pip_inside = False  # whether the environment needs a pip of its own

    def find(self, python):
        self.python = python
        tools = [course.Tool(name, self.command("make", name), [], self.pip_inside) for name in self.names]
        return [tool._replace(install=self.command("install", tool.name)) for tool in tools]

    def command(self, kind, name):
        return [kind, name]

    def run(self, command, log, note=None, cwd=None, hold=()):
        kind, name, *rest = map(str, command)
        what = "package" if "-e" in rest else Path(rest[-1]).name if rest else kind
        self.steps.append(what)
        output = self.fails.get((name, what), self.fails.get(what))
        log.write_text("log")
        if isinstance(output, BaseException):
            raise output
        if what == "make":
            self.python.parent.mkdir(parents=True, exist_ok=True)
            self.python.write_text("an interpreter")
        return (0, "") if output is None else (1, output)


@pytest.fixture
def tools(monkeypatch):
    fake = FakeTools()
    monkeypatch.setattr(course, "find_tools", fake.find)
    monkeypatch.setattr(course, "run_logged", fake.run)
    monkeypatch.setattr(course, "runs", lambda python: python.exists())
    monkeypatch.setattr(course.Environment, "warming_up", lambda self: course.contextlib.nullcontext())
    return fake


def stamp(root):
    return json.loads((root / ".venv" / "downhill-stamp.json").read_text())


def sentence_of(capsys):
    """What was said on the error output: it has to be one sentence on one line, and no traceback."""
    said = capsys.readouterr().err
    assert re.fullmatch(r"[A-Z][^\n]+\.\n", said), said
    assert "Traceback" not in said
    return said


# The file itself


def test_it_leans_on_the_standard_library_alone():
    names = set()
    for node in ast.walk(ast.parse((ROOT / "course.py").read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module.split(".")[0])
    assert names <= set(sys.stdlib_module_names) | {"upkeep"}


def test_a_python_that_is_too_old_can_still_read_it():
    for name in ("course.py", "upkeep/__init__.py", "upkeep/files.py"):  # what is loaded before the version is known
        ast.parse((ROOT / name).read_text("utf-8"), feature_version=(3, 6))


def test_alone_it_prints_help(capsys):
    assert course.main([]) == 0
    said = capsys.readouterr().out
    for command in ("lab", "test", "build", "update", "reset", "doctor", "copy"):
        assert f"    {command} " in said


# What can go wrong, in one sentence


def test_an_old_python_hears_which_one_is_needed_and_which_is_there(capsys, monkeypatch):
    monkeypatch.setattr(course, "NEEDS_PYTHON", (99, 1))
    assert course.main(["lab"]) == 1
    assert "needs Python 99.1 or newer, and this is Python {}.{}".format(*sys.version_info) in sentence_of(capsys)


def test_an_old_python_names_a_newer_one_that_is_there():
    assert "run it as python3.12 course.py lab" in course.too_old((3, 8), find={"python3.12": "here"}.get)
    assert "install a newer one" in course.too_old((3, 8), find=lambda name: None)
    assert course.too_old((3, 11, 0)) is None


PIP_OFFLINE = """WARNING: Retrying (Retry(total=4, connect=None)) after connection broken by 'NewConnectionError(
'<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno -3]
Temporary failure in name resolution')': /simple/anyio/
ERROR: Could not find a version that satisfies the requirement anyio==4.16.0 (from versions: none)
ERROR: No matching distribution found for anyio==4.16.0"""
UV_OFFLINE = """error: Failed to fetch: `anyio-4.16.0-py3-none-any.whl`
  Caused by: Request failed after 3 retries
  Caused by: error sending request for url
  Caused by: client error (Connect)
  Caused by: dns error: failed to lookup address information"""
FAILING = {
    PIP_OFFLINE: "can't be fetched from the network; check the connection",
    UV_OFFLINE: "can't be fetched from the network; check the connection",
    "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed')) "
    "Max retries exceeded with url": "certificate this computer doesn't trust",
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device": "the disk is full",
    "error: Failed to install: numpy\n  Caused by: No space left on device (os error 28)": "the disk is full",
    "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/x'": "can't be written",
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.": "not the one the course was tested",
    "ERROR: No matching distribution found for numpy==2.4.6": "install Python 3.12 or 3.13",
    "/usr/bin/python3: No module named venv": "sudo apt install python3-venv",
    "something nobody thought of": "the file named here ends with the reason",
}


@pytest.mark.parametrize("output", FAILING, ids=range(len(FAILING)))
def test_a_failed_install_is_one_sentence_that_names_step_cause_mend_and_log(tree, tools, capsys, output):
    tools.fails["requirements.lock"] = output
    assert course.main(["lab"], root=tree) == 1
    said = sentence_of(capsys)
    assert said.startswith("The step 'installing the packages with pip' failed: ")
    assert FAILING[output] in said
    assert str(Path(".venv", "install.log")) in said
    assert "run the same command" in said
    assert stamp(tree) == {"complete": False}


def test_where_uv_fails_pip_is_tried(tree, tools):
    tools.names = ["uv", "pip"]
    tools.fails["uv", "requirements.lock"] = UV_OFFLINE
    course.Environment(tree).prepare()
    assert tools.steps == ["make", "requirements.lock", "requirements.lock", "package"]
    assert stamp(tree)["complete"]


def test_where_both_fail_the_reason_of_the_one_that_gave_one_is_said(tree, tools):
    tools.names = ["uv", "pip"]
    tools.fails = {("uv", "requirements.lock"): UV_OFFLINE, ("pip", "requirements.lock"): "No module named pip"}
    with pytest.raises(course.Trouble, match="can't be fetched from the network"):
        course.Environment(tree).prepare()


def test_a_disk_without_room_is_said_before_anything_is_made(tree, tools, capsys, monkeypatch):
    monkeypatch.setattr(course.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 0, 40_000_000))
    assert course.main(["lab"], root=tree) == 1
    assert "40 MB are free and the course needs about 500 MB" in sentence_of(capsys)
    assert not (tree / ".venv").exists()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "The disk is full: free about 1 GB"),
        (errno.EACCES, "no permission to write"),
        (errno.EROFS, "no permission to write"),
        (errno.EIO, "The computer says"),
    ],
)
@pytest.mark.parametrize("command", [["lab"], ["copy"], ["reset", "1"], ["test"], ["build"]])
def test_an_error_of_the_computer_is_one_sentence(tree, tools, capsys, monkeypatch, number, words, command):
    def refuse(*args, **kwargs):
        raise OSError(number, os.strerror(number), str(tree / "work"))

    for name in ("mkstemp", "mkdtemp"):
        monkeypatch.setattr(course.tempfile, name, refuse)
    monkeypatch.setattr(course.Environment, "write_stamp", refuse)
    assert course.main(command, root=tree) == 1
    assert words in sentence_of(capsys)


def test_a_file_in_the_place_of_the_work_folder_is_one_sentence(tree, capsys):
    (tree / "work").write_text("mine")
    assert course.main(["copy"], root=tree) == 1
    assert "A file stands where the course needs a folder" in sentence_of(capsys)
    assert (tree / "work").read_text() == "mine"


def test_an_old_environment_in_use_is_one_sentence(tree, tools, capsys, monkeypatch):
    course.Environment(tree).prepare()

    def busy(self, target):
        raise PermissionError(errno.EACCES, "in use", str(self))

    monkeypatch.setattr(course.Path, "rename", busy)
    assert course.main(["lab", "--fresh"], root=tree) == 1
    assert "close JupyterLab" in sentence_of(capsys)
    assert stamp(tree)["complete"], "the environment that could not be removed stays usable"


def test_a_missing_lock_is_one_sentence(tree, tools, capsys):
    (tree / "requirements.lock").unlink()
    assert course.main(["lab"], root=tree) == 1
    assert "requirements.lock is missing" in sentence_of(capsys)


def test_a_taken_port_is_one_sentence_with_a_free_one(tree, tools, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        assert course.main(["lab", "--port", str(port)], root=tree) == 1
        said = sentence_of(capsys)
        assert f"Port {port} is taken by another program" in said
        other = int(re.search(r"use --port (\d+)", said).group(1))
        assert course.port_error(other) is None
    assert not (tree / ".venv").exists(), "the port is looked at before half a minute of installing"


def test_a_free_port_is_accepted():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    course.require_port(port)


@pytest.mark.parametrize("port", ["0", "65536", "abc"])
def test_a_port_that_is_none_is_refused(port, capsys):
    with pytest.raises(SystemExit) as stopped:
        course.main(["lab", "--port", port])
    assert stopped.value.code == 2


def test_no_pip_and_no_uv_is_one_sentence(tree, capsys, monkeypatch):
    monkeypatch.setattr(course.shutil, "which", lambda name: None)
    monkeypatch.setattr(course.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(course, "pip_version", lambda python: (0, 0))
    assert course.main(["lab"], root=tree) == 1
    assert "This Python has no pip" in sentence_of(capsys)
    monkeypatch.setattr(course, "pip_version", lambda python: (20, 3))
    assert course.main(["lab"], root=tree) == 1
    assert "a pip that is too old (20.3)" in sentence_of(capsys)


# Which tool fills the environment


def test_uv_comes_first_and_pip_after_it(monkeypatch):
    monkeypatch.setattr(course.shutil, "which", lambda name: "/opt/uv" if name == "uv" else None)
    monkeypatch.setattr(course, "pip_version", lambda python: (25, 0))
    uv, pip = course.find_tools(Path("x/.venv/bin/python"))
    assert uv.name == "uv" and uv.make[:2] == ["/opt/uv", "venv"] and "--python" in uv.install
    assert pip.make[1:4] == ["-m", "venv", "--without-pip"]
    assert pip.install[:4] == [sys.executable, "-m", "pip", "--python"] and "--no-compile" in pip.install


@pytest.mark.parametrize("version", [(22, 2), (0, 0)])
def test_a_python_without_a_usable_pip_unpacks_its_own_into_the_environment(monkeypatch, version):
    monkeypatch.setattr(course.shutil, "which", lambda name: None)
    monkeypatch.setattr(course.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(course, "pip_version", lambda python: version)
    python = Path("x/.venv/bin/python")
    (tool,) = course.find_tools(python)
    assert "--without-pip" not in tool.make
    assert tool.install[:3] == [python, "-m", "pip"]


def test_started_with_its_own_python_it_uses_the_one_that_was_installed(tree, monkeypatch):
    env = course.Environment(tree)
    assert course.base_python(env.python) == sys.executable
    monkeypatch.setattr(course.sys, "prefix", str(env.folder))
    monkeypatch.setattr(course.sys, "_base_executable", "/usr/bin/python3")
    assert course.base_python(env.python) == "/usr/bin/python3"


def test_an_update_without_uv_and_pip_gives_the_environment_a_pip_first(tree, tools):
    course.Environment(tree).prepare()
    (tree / "requirements.lock").write_text("changed\n")
    tools.steps.clear()
    tools.pip_inside = True
    course.Environment(tree).prepare()
    assert tools.steps == ["make", "requirements.lock"]


def test_the_version_of_pip_is_read(monkeypatch):
    answer = subprocess.CompletedProcess([], 0, stdout="pip 23.0.1 from /usr/lib/python3 (python 3.11)\n")
    monkeypatch.setattr(course.subprocess, "run", lambda *args, **kwargs: answer)
    assert course.pip_version(sys.executable) == (23, 0)
    answer.returncode, answer.stdout = 1, ""
    assert course.pip_version(sys.executable) == (0, 0)


def test_settings_that_lead_pip_astray_are_kept_out(monkeypatch):
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET"):
        monkeypatch.setenv(name, "/elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "kept")
    env = course.clean_environment(MORE=Path("x"))
    assert not {"PYTHONPATH", "PYTHONHOME", "PIP_TARGET"} & set(env)
    assert env["PIP_USER"] == "0" and env["PIP_INDEX_URL"] == "kept" and env["MORE"] == "x"


def test_a_command_is_logged_with_all_it_says(tmp_path):
    log, heard = tmp_path / "log", []
    code, output = course.run_logged([sys.executable, "-c", "print('a\\nb'); exit(3)"], log, heard.append)
    assert (code, output, heard) == (3, "a\nb\n", ["a", "b"])
    assert "a\nb\n" in log.read_text()


def test_progress_counts_the_packages(capsys):
    step = course.Step("installing")
    step.live = True
    count = course.Counter(step, 3)
    for line in ("Ignoring appnope: markers don't match", "Collecting numpy==2.4", "+ anyio==4.1", "Other"):
        count(line)
    said = capsys.readouterr().out
    assert "1 of 2: numpy" in said and "2 of 2: anyio" in said


def test_a_step_says_its_time_and_how_it_ended(capsys):
    with course.Step("one") as step:
        step.ending = "failed"
    with pytest.raises(KeyboardInterrupt), course.Step("two"):
        raise KeyboardInterrupt
    assert re.search(r"one \.\.\. failed, 0\.\d s\n  two \.\.\. stopped, 0\.\d s\n", capsys.readouterr().out)


# An environment that mends itself


def test_from_nothing_each_step_is_done_once(tree, tools):
    course.Environment(tree).prepare()
    assert tools.steps == ["make", "requirements.lock", "package"]
    assert stamp(tree) == course.Environment(tree).goal(test=False)


def test_the_second_start_does_nothing(tree, tools):
    course.Environment(tree).prepare()
    tools.steps.clear()
    course.Environment(tree).prepare()
    assert tools.steps == []


@pytest.mark.parametrize("step", ["make", "requirements.lock", "package"])
def test_an_interrupted_start_is_mended_by_the_next(tree, tools, capsys, monkeypatch, step):
    tools.fails[step] = KeyboardInterrupt()
    assert course.main(["lab"], root=tree) == 130
    assert "run the same command again" in sentence_of(capsys)
    assert stamp(tree) == {"complete": False}
    (tree / ".venv" / "half").write_text("a package that was half unpacked")

    tools.fails.clear()
    tools.steps.clear()
    course.Environment(tree).prepare()
    assert tools.steps == ["make", "requirements.lock", "package"]
    assert not (tree / ".venv" / "half").exists() and stamp(tree)["complete"]
    assert not (tree / ".venv.making").exists()


def test_an_interrupted_removal_is_finished_by_the_next_start(tree, tools, monkeypatch):
    course.Environment(tree).prepare()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        def interrupt(path):
            raise KeyboardInterrupt

        patch.setattr(course.shutil, "rmtree", interrupt)
        course.Environment(tree).prepare(fresh=True)
    assert not (tree / ".venv").exists()
    course.Environment(tree).prepare()
    assert stamp(tree)["complete"] and not (tree / ".venv.making").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '"complete"', '{"complete": false}'])
def test_a_damaged_stamp_means_a_new_environment(tree, tools, content):
    course.Environment(tree).prepare()
    (tree / ".venv" / "downhill-stamp.json").write_text(content)
    tools.steps.clear()
    course.Environment(tree).prepare()
    assert tools.steps[0] == "make" and stamp(tree)["complete"]


def test_an_environment_of_somebody_else_is_kept_under_another_name(tree, tools, capsys):
    for number in (1, 2):
        shutil.rmtree(tree / ".venv", ignore_errors=True)
        (tree / ".venv").mkdir()
        (tree / ".venv" / "mine").write_text(f"mine {number}")
        course.Environment(tree).prepare()
        assert (tree / f".venv.kept-{number}" / "mine").read_text() == f"mine {number}"
    assert "kept as .venv.kept-2" in capsys.readouterr().out
    assert (tree / ".venv.kept-1" / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("change", ["python", "root", "dead", "fresh"])
def test_what_no_longer_fits_is_made_anew(tree, tools, change):
    env = course.Environment(tree)
    env.prepare()
    if change == "dead":
        env.python.unlink()
    elif change != "fresh":
        env.write_stamp(dict(stamp(tree), **{change: "another"}))
    tools.steps.clear()
    env.prepare(fresh=change == "fresh")
    assert tools.steps == ["make", "requirements.lock", "package"]


def test_a_changed_lock_is_installed_into_what_is_there(tree, tools):
    course.Environment(tree).prepare()
    (tree / "requirements.lock").write_text("numpy==2.1\n")
    tools.steps.clear()
    course.Environment(tree).prepare()
    assert tools.steps == ["requirements.lock"]


@pytest.mark.parametrize("name", ["pyproject.toml", "jupyter/overrides.json"])
def test_a_changed_setting_installs_only_the_course_itself(tree, tools, name):
    course.Environment(tree).prepare()
    (tree / name).write_text("changed")
    tools.steps.clear()
    course.Environment(tree).prepare()
    assert tools.steps == ["package"]


def test_an_update_without_network_leaves_the_environment_as_it_was(tree, tools):
    course.Environment(tree).prepare()
    before = stamp(tree)
    (tree / "requirements.lock").write_text("numpy==2.1\n")
    tools.fails["requirements.lock"] = PIP_OFFLINE
    with pytest.raises(course.Trouble):
        course.Environment(tree).prepare()
    assert stamp(tree) == before
    tools.fails.clear()
    tools.steps.clear()
    course.Environment(tree).prepare()
    assert tools.steps == ["requirements.lock"], "installed into what is there, not made anew"


def test_the_tests_packages_come_only_when_they_are_asked_for(tree, tools):
    env = course.Environment(tree)
    env.prepare()
    tools.steps.clear()
    env.prepare(test=True)
    assert tools.steps == ["requirements-test.lock"]
    tools.steps.clear()
    env.prepare()  # lab after test
    env.prepare(test=True)
    assert tools.steps == []
    (tree / "pyproject.toml").write_text("changed")
    env.prepare()
    env.prepare(test=True)
    assert tools.steps == ["package"], "the tests' packages are still known to be there"


def test_from_nothing_the_tests_lock_is_enough(tree, tools):
    course.Environment(tree).prepare(test=True)
    course.Environment(tree).prepare()
    assert tools.steps == ["make", "requirements-test.lock", "package"]


def test_only_one_start_at_a_time_makes_the_environment(tree):
    with open(tree / "course.py", "rb") as one, open(tree / "course.py", "rb") as other:
        assert course.locked(one)
        assert not course.locked(other)
        one.close()
        assert course.locked(other)


# The learner's own copies


def test_what_is_missing_is_copied_and_solutions_are_not(tree):
    new = course.copy_missing(tree)
    assert {path.relative_to(tree / "work").as_posix() for path in new} == {
        "00_start_here.ipynb", "01_curve_fitting.ipynb", "11_later.ipynb", "images/hubble.png",
        "exercises/01_curve_fitting.ipynb",
    }  # fmt: skip
    found = {p.relative_to(tree / "work").as_posix() for p in (tree / "work").rglob("*") if p.is_file()}
    copies = {path.relative_to(tree / "work").as_posix() for path in new}
    assert found == copies | {f".course/base/{name}" for name in copies}, "each with what it was made from, and no more"
    assert course.copy_missing(tree) == []


def test_nothing_that_is_there_is_ever_overwritten(tree):
    course.copy_missing(tree)
    (tree / "work" / "01_curve_fitting.ipynb").write_text("my answers")
    (tree / "work" / "exercises" / "01_curve_fitting.ipynb").write_text("")
    (tree / "notebooks" / "01_curve_fitting.ipynb").write_text("a newer release")
    assert course.copy_missing(tree) == []
    assert (tree / "work" / "01_curve_fitting.ipynb").read_text() == "my answers"
    assert (tree / "work" / "exercises" / "01_curve_fitting.ipynb").read_text() == ""


@posix_only
@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_a_file_that_appears_while_we_copy_is_not_overwritten(tree, monkeypatch, links):
    link = os.link

    def late(source, target):
        Path(target).write_text("saved just now")
        if not links:
            raise OSError(errno.EPERM, "no hard links here")
        link(source, target)

    monkeypatch.setattr(course.os, "link", late)
    assert course.copy_missing(tree) == []
    assert (tree / "work" / "01_curve_fitting.ipynb").read_text() == "saved just now"
    assert not list((tree / "work").rglob(".*.part")), "nothing half-made is left"


@posix_only
def test_it_copies_on_a_disk_without_hard_links(tree, monkeypatch):
    def refuse(source, target):
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(course.os, "link", refuse)
    assert len(course.copy_missing(tree)) == 5
    assert (tree / "work" / "01_curve_fitting.ipynb").read_text() == "lesson 1"


def test_a_full_disk_leaves_no_half_copy(tree, capsys, monkeypatch):
    def full(number):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(course.os, "fsync", full)
    assert course.main(["copy"], root=tree) == 1
    assert "The disk is full" in sentence_of(capsys)
    assert [path for path in (tree / "work").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["1", "01", "L1", "l01", "01_curve_fitting"])
def test_reset_gives_fresh_copies_and_keeps_the_old_ones(tree, name, capsys):
    course.copy_missing(tree)
    own = tree / "work" / "01_curve_fitting.ipynb"
    own.write_text("my answers")
    (tree / "work" / "exercises" / "01_curve_fitting.ipynb").write_text("my exercises")
    assert course.main(["reset", name], root=tree) == 0
    assert own.read_text() == "lesson 1"
    assert (tree / "work" / "01_curve_fitting.kept-1.ipynb").read_text() == "my answers"
    assert (tree / "work" / "exercises" / "01_curve_fitting.ipynb").read_text() == "exercise 1"
    assert (tree / "work" / "exercises" / "01_curve_fitting.kept-1.ipynb").read_text() == "my exercises"
    assert not (tree / "work" / "11_later.kept-1.ipynb").exists()
    assert str(Path("work", "01_curve_fitting.kept-1.ipynb")) in capsys.readouterr().out


def test_reset_numbers_what_it_keeps_and_overwrites_none(tree):
    course.copy_missing(tree)
    own = tree / "work" / "01_curve_fitting.ipynb"
    for number in (1, 2, 3):
        own.write_text(f"try {number}")
        course.main(["reset", "01"], root=tree)
    assert [(own.with_name(f"01_curve_fitting.kept-{n}.ipynb")).read_text() for n in (1, 2, 3)] == [
        "try 1", "try 2", "try 3",
    ]  # fmt: skip


def test_reset_without_an_old_copy_makes_a_fresh_one(tree):
    assert course.main(["reset", "0"], root=tree) == 0
    assert (tree / "work" / "00_start_here.ipynb").read_text() == "start"


@pytest.mark.parametrize("name", ["7", "fitting", "", "..", "01_curve"])
def test_reset_of_a_lesson_that_is_none_names_those_there_are(tree, name, capsys):
    course.copy_missing(tree)
    assert course.main(["reset", name], root=tree) == 1
    assert "00_start_here, 01_curve_fitting, 11_later" in sentence_of(capsys)
    assert not list((tree / "work").glob("*.kept-*"))


# lab


def test_jupyterlab_opens_on_the_start_page_of_the_learners_folder(tree):
    course.copy_missing(tree)
    command = course.lab_command(course.Environment(tree), None, True)
    assert command[1:3] == ["-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={tree / 'work'}" in command
    assert "--LabApp.default_url=/lab/tree/00_start_here.ipynb" in command
    assert "--no-browser" not in command and not any("port" in part for part in command)


def test_a_port_that_was_asked_for_is_used_or_none(tree):
    command = course.lab_command(course.Environment(tree), 9999, False)
    assert {"--ServerApp.port=9999", "--ServerApp.port_retries=0", "--no-browser"} <= set(command)


def test_lab_tells_the_kernels_where_the_course_and_the_work_are(tree, tools, monkeypatch):
    seen = {}
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")

    def jupyterlab(command, env, log, browser):
        log.write_text("")
        seen.update(env)
        return 0

    monkeypatch.setattr(course, "run_until_stopped", jupyterlab)
    assert course.main(["lab", "--no-browser"], root=tree) == 0
    assert seen["COURSE_ROOT"] == str(tree) and seen["COURSE_WORK"] == str(tree / "work")
    assert seen["PATH"].startswith(str(course.Environment(tree).python.parent))
    assert "PYTHONPATH" not in seen
    assert (tree / "work" / "00_start_here.ipynb").exists()


def test_a_jupyterlab_that_fails_is_one_sentence(tree, tools, capsys, monkeypatch):
    monkeypatch.setattr(course, "lab_command", lambda *args: [sys.executable, "-c", "print('no'); exit(5)"])
    assert course.main(["lab"], root=tree) == 1
    said = sentence_of(capsys)
    assert "JupyterLab ended with an error" in said and "course.py doctor" in said
    log = tree / re.search(r"(\.venv\S+\.log)", said).group(1)
    assert log.read_text() == "no\n"


SERVER = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
print("[W] Read https://example.org/en/latest/")
print("[I] http://localhost:8888/lab?token=abc")
print("[I]     http://127.0.0.1:8888/lab?token=abc", flush=True)
time.sleep(60)
"""


def in_a_group_of_its_own(root, server):
    """Run `server` as lab runs JupyterLab, as a terminal would: in a process group that Ctrl-C reaches."""
    driver = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import course; from pathlib import Path; course.GRACE = 0.5\n"
        f"command = [sys.executable, '-c', {server!r}]\n"
        f"sys.exit(course.run_until_stopped(command, None, Path({str(root / 'log')!r}), False))"
    )
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", driver], start_new_session=True, **pipes)


def ended_cleanly(process):
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
    with pytest.raises(ProcessLookupError):  # nothing of the group is left running
        until = time.monotonic() + 5
        while time.monotonic() < until:
            os.killpg(process.pid, 0)
            time.sleep(0.05)


@posix_only
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminate"])
def test_lab_says_the_address_and_ends_cleanly_when_told_to(tree, sent):
    process = in_a_group_of_its_own(tree, SERVER)
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            break
    assert "http://127.0.0.1:8888/lab?token=abc" in said
    if sent == signal.SIGINT:
        os.killpg(process.pid, sent)
    else:
        process.send_signal(sent)
    ended_cleanly(process)


@posix_only
def test_an_interrupt_that_reaches_only_course_py_is_passed_on(tree):
    process = in_a_group_of_its_own(tree, SERVER)
    for line in process.stdout:
        if "Ctrl-C" in line:
            break
    process.send_signal(signal.SIGINT)
    ended_cleanly(process)


@posix_only
def test_ctrl_c_while_jupyterlab_opens_ends_cleanly_too(tree):
    slow = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_DFL); time.sleep(60)"
    process = in_a_group_of_its_own(tree, slow)
    opening = "  opening JupyterLab ..."
    assert process.stdout.read(len(opening)) == opening
    time.sleep(0.3)  # the server sets its own signal handling first
    os.killpg(process.pid, signal.SIGINT)
    ended_cleanly(process)


# build, test and doctor


def test_build_runs_the_builder_with_the_courses_own_python(tree, tools, monkeypatch):
    seen = []
    monkeypatch.setattr(course, "call", lambda command, cwd, env: seen.append((command, cwd, env)) or 3)
    assert course.main(["build", "--check"], root=tree) == 3
    command, cwd, env = seen[0]
    assert command == [str(course.Environment(tree).python), str(tree / "lessons" / "build.py"), "--check"]
    assert cwd == tree and "requirements-test.lock" in tools.steps
    assert env["COURSE_WORK"] != str(tree / "work")


def test_the_test_command_has_every_step_in_order(tree):
    steps = course.steps_of_test(course.Environment(tree))
    assert [name for name, _, _ in steps] == ["ruff", "build --check", "unit tests", "notebooks", "browser tests"]
    commands = {name: " ".join(command) for name, command, _ in steps}
    assert "ruff check ." in commands["ruff"] and "build.py --check" in commands["build --check"]
    assert "-m not browser" in commands["unit tests"] and "-m browser" in commands["browser tests"]
    assert commands["browser tests"].endswith("-n 2 --dist loadfile tests/browser")
    for part in ("--nbval ", "--nbval-cell-timeout=60", "--dist loadfile", "notebooks exercises"):
        assert part in commands["notebooks"]
    assert "lax" not in commands["notebooks"]


def test_fast_leaves_out_the_browser_and_k_what_is_not_pytest(tree):
    env = course.Environment(tree)
    assert "browser tests" not in [name for name, _, _ in course.steps_of_test(env, fast=True)]
    only = course.steps_of_test(env, only="hubble")
    assert [name for name, _, _ in only] == ["unit tests", "notebooks", "browser tests"]
    assert all("-k hubble" in " ".join(command) for _, command, _ in only)


class FakeSteps:
    """Stands in for the programs of the test command: each has an exit code and, for pytest, a report."""

    def __init__(self, codes, browser=True):
        self.codes, self.browser, self.seen = codes, browser, []

    def call(self, command, cwd, env):
        name = next((n for n in self.codes if n in " ".join(command)), "other")
        self.seen.append((name, env))
        report = next((part.split("=", 1)[1] for part in command if part.startswith("--junitxml=")), None)
        code = self.codes.get(name, 0)
        if report and code < 2:
            counts = f'tests="5" failures="{code}" errors="0" skipped="1"'
            Path(report).write_text(f"<testsuites><testsuite {counts}/></testsuites>")
        return code


@pytest.mark.parametrize(
    ("codes", "last", "code"),
    [
        ({}, "14 passed, 0 failed", 0),
        ({"ruff": 1}, "13 passed, 1 failed", 1),
        ({"--nbval": 1}, "13 passed, 1 failed", 1),
        ({"not browser": 4}, "10 passed, 1 failed", 1),  # pytest could not even start
        ({"not browser": 5}, "10 passed, 1 failed", 1),  # no tests found
    ],
)
def test_the_last_line_counts_all_steps(tree, tools, capsys, monkeypatch, codes, last, code):
    fake = FakeSteps(codes)
    monkeypatch.setattr(course, "call", fake.call)
    assert course.main(["test"], root=tree) == code
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == last
    assert "===== 4 of 5: notebooks =====" in lines


def test_each_step_gets_a_fresh_work_folder_and_one_thread(tree, tools, monkeypatch):
    fake = FakeSteps({"ruff": 0, "--nbval": 0, "not browser": 0})
    monkeypatch.setattr(course, "call", fake.call)
    monkeypatch.setenv("COURSE_ROOT", "/elsewhere")
    course.main(["test", "--fast"], root=tree)
    works = [env["COURSE_WORK"] for _, env in fake.seen]
    assert len(set(works)) == len(works) == 4 and str(tree / "work") not in works
    assert all(env["OPENBLAS_NUM_THREADS"] == "1" and "COURSE_ROOT" not in env for _, env in fake.seen)
    assert not any(Path(work).exists() for work in works)


def test_fast_says_loudly_what_was_not_run(tree, tools, capsys, monkeypatch):
    monkeypatch.setattr(course, "call", FakeSteps({}).call)
    assert course.main(["test", "--fast"], root=tree) == 0
    assert "NOT RUN: browser tests, because of --fast\n10 passed, 0 failed\n" in capsys.readouterr().out


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_without_a_browser_ci_fails_and_others_are_told(tree, tools, capsys, monkeypatch, ci, code):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(course, "call", FakeSteps({"find_chromium": 1}).call)
    assert course.main(["test"], root=tree) == code
    said = capsys.readouterr().out
    assert "NOT RUN: browser tests, because no Chromium was found" in said
    assert said.endswith(f"10 passed, {code} failed\n")


def test_a_k_that_fits_nothing_is_no_success(tree, tools, capsys, monkeypatch):
    monkeypatch.setattr(course, "call", FakeSteps({"-k nothing": 5}).call)
    assert course.main(["test", "-k", "nothing"], root=tree) == 1
    assert capsys.readouterr().out.endswith("0 passed, 0 failed\n")


def test_doctor_says_what_is_missing_and_the_command_that_mends_it(tree, tools, capsys, monkeypatch):
    assert course.main(["doctor"], root=tree) == 1
    said = capsys.readouterr().out
    assert "not ready: there is none yet" in said and "course.py lab" in said
    course.Environment(tree).prepare()
    (tree / "requirements.lock").write_text("changed")
    assert course.main(["doctor"], root=tree) == 1
    assert "newer than what is installed" in capsys.readouterr().out


def test_doctor_then_asks_the_packages_themselves(tree, tools, monkeypatch):
    course.Environment(tree).prepare()
    seen = []
    monkeypatch.setattr(course, "call", lambda command, cwd, env: seen.append((command, env)) or 0)
    assert course.main(["doctor"], root=tree) == 0
    command, env = seen[0]
    assert command == [str(course.Environment(tree).python), "-m", "helpers.doctor"]
    assert env["COURSE_ROOT"] == str(tree)


# What lies beside it


@pytest.mark.parametrize("name", [".ci/run", "postBuild"])
def test_the_scripts_are_bash_and_stop_at_the_first_error(name):
    text = (ROOT / name).read_text()
    assert text.startswith("#!/usr/bin/env bash\n") and "set -euo pipefail" in text
    if os.name != "nt":
        assert os.access(ROOT / name, os.X_OK)


def test_ci_runs_the_test_command_of_the_readme():
    assert "exec python3 course.py test <" in (ROOT / ".ci" / "run").read_text()
