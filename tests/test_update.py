"""`course.py update` on real files: a backup first, nothing half-done, nothing lost, and every byte comes back."""

import contextlib
import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from unittest import mock

import nbformat
import pytest
from editing import (
    AUTHOR,
    DAMAGE,
    LEARNER,
    author,
    course_cell,
    damage,
    learner,
    lesson,
    notebook,
    token_list,
    typed,
)  # fmt: skip
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import course
from upkeep import bases, cells, files, journal, notebooks, updating

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "tests" / "data"
posix_only = pytest.mark.skipif(os.name == "nt", reason="links and file modes of this kind are POSIX")
LESSON, EXERCISE = "04_backpropagation.ipynb", "exercises/04_backpropagation.ipynb"


def make_course(root, lesson_four, exercise_four):
    """A small course as it comes: the files that course.py looks at, and two notebooks."""
    plain = {"course.py": "", "pyproject.toml": '[project]\nversion = "0.2"\n', "requirements.lock": "numpy==2.0\n"}
    for name, text in plain.items():
        root.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    release(root, {LESSON: lesson_four, EXERCISE: exercise_four})
    return root


def release(root, notebooks_of_course):
    """Put notebooks in place as git pull does."""
    for name, whole in notebooks_of_course.items():
        path = root / name if name.startswith("exercises/") else root / "notebooks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(whole if isinstance(whole, bytes) else cells.write(whole))


def simple(*texts, title="# 4 · Backpropagation"):
    return notebook([course_cell("markdown", title), *(course_cell("code", text) for text in texts)])


def task(stub="def mse(x):\n    return ...", check='check("mse", mse)', setup="import numpy as np"):
    return notebook([
        course_cell("markdown", "# 4 · Exercises"), course_cell("code", setup),
        course_cell("code", stub, "answer-mse", "answer"), course_cell("code", check, "check-mse", "check"),
    ])  # fmt: skip


@pytest.fixture(autouse=True)
def quick_disk():
    """Leave out the waiting for the disk, which takes most of the time and can't be seen from here."""
    with mock.patch("os.fsync"):
        yield


@pytest.fixture
def root(tmp_path):
    root = make_course(tmp_path / "course", simple("eta = 0.1", "print(eta)"), task())
    course.copy_missing(root)
    return root


def run(root, *arguments):
    return course.main(["update", *arguments], root=root)


def work_of(root):
    """The bytes of every file below work/ but those of the course's own folder there."""
    return everything_below(root / "work", lambda path: ".course" not in path.parts)


def everything_below(folder, wanted=lambda path: True):
    found = {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name.as_posix(): path.read_bytes() for name, path in found.items() if wanted(name) and name.name != "lock"}


def read(root, name):
    return cells.read((root / "work" / name).read_bytes())


def said_in(root, name):
    return [cells.source(cell) for cell in read(root, name)["cells"]]


def write(root, name, whole):
    (root / "work" / name).write_bytes(cells.write(whole))


def answer(root, text="def mse(x):\n    return x  # mine"):
    whole = read(root, EXERCISE)
    whole["cells"][2]["source"] = text
    write(root, EXERCISE, whole)


# The ordinary day


def test_a_new_version_in_the_middle_of_a_lesson_loses_nothing(root, capsys):
    answer(root)
    (root / "work" / "progress.json").write_text('{"entries": {}}')
    (root / "work" / "my own.ipynb").write_text("mine")
    release(root, {LESSON: simple("eta = 0.1", "print(f'{eta:.2f}')", "eta * 2")})
    release(root, {EXERCISE: task("def mse(x, y):\n    ...")})
    release(root, {"05_new.ipynb": simple("more", title="# 5 · New")})
    before = work_of(root)
    assert run(root) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Your notebooks follow the new version of the course; all that you wrote is there.",
        "  New: work/05_new.ipynb.",
        f"  Lesson 4 (work/{LESSON}): 1 cell is new, 1 cell changed.",
        f"  Exercises 4 (work/{EXERCISE}): 1 of your answers is to a task that changed, "
        "look for “New in this version”.",
        updating.RELOAD,
        f"Copies of all files as they were before lie in work/.course/backups/{journal.today()}-1; "
        "course.py update --undo takes this update back.",
    ]
    assert said_in(root, LESSON) == ["# 4 · Backpropagation", "eta = 0.1", "print(f'{eta:.2f}')", "eta * 2"]
    assert said_in(root, EXERCISE)[2] == "def mse(x):\n    return x  # mine"
    assert "def mse(x, y):" in said_in(root, EXERCISE)[3] and "New in this version" in said_in(root, EXERCISE)[3]
    assert work_of(root)["progress.json"] == before["progress.json"] and work_of(root)["my own.ipynb"] == b"mine"
    assert run(root, "--undo") == 0
    assert work_of(root) == before


def test_a_second_update_changes_nothing_and_says_so(root, capsys):
    answer(root)
    release(root, {LESSON: simple("eta = 0.2", "print(eta)"), EXERCISE: task("def mse(x, y):\n    ...")})
    run(root)
    before = everything_below(root / "work")
    capsys.readouterr()
    assert run(root) == 0
    assert capsys.readouterr().out == "Your notebooks are up to date. Nothing was changed.\n"
    assert everything_below(root / "work") == before


def test_a_dry_run_says_the_same_and_changes_nothing(root, capsys):
    answer(root)
    release(root, {LESSON: simple("eta = 0.2", "print(eta)"), EXERCISE: task("def mse(x, y):\n    ...")})
    before = everything_below(root / "work")
    assert run(root, "--dry-run") == 0
    dry = capsys.readouterr().out.splitlines()
    assert everything_below(root / "work") == before
    run(root)
    assert dry[1:] == [line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]


def test_a_copy_that_was_never_opened_becomes_the_new_file_byte_for_byte(root):
    release(root, {LESSON: simple("quite", "another", "lesson")})
    run(root)
    assert (root / "work" / LESSON).read_bytes() == (root / "notebooks" / LESSON).read_bytes()


def test_new_outputs_alone_are_told(root, capsys):
    new = simple("eta = 0.1", "print(eta)")
    new["cells"][2]["outputs"] = []
    release(root, {LESSON: new})
    run(root)
    assert f"Lesson 4 (work/{LESSON}): has newer pictures and outputs." in capsys.readouterr().out
    assert read(root, LESSON)["cells"][2]["outputs"] == []


def test_lab_says_in_one_line_that_there_is_something_newer(root, capsys, monkeypatch):
    monkeypatch.setattr(course.Environment, "prepare", lambda self, **options: None)
    monkeypatch.setattr(course, "run_until_stopped", lambda command, variables, log, browser: log.write_text("") and 0)
    (root / ".venv").mkdir()
    assert course.main(["lab"], root=root) == 0
    assert "newer" not in capsys.readouterr().out
    release(root, {LESSON: simple("eta = 0.2", "print(eta)")})
    before = work_of(root)
    course.main(["lab"], root=root)
    line = (
        "The course has a newer version of 1 file in work: course.py update brings it in and keeps all that you wrote."
    )
    assert capsys.readouterr().out.splitlines().count(line) == 1
    assert work_of(root) == before, "lab never updates by itself"
    run(root)
    capsys.readouterr()
    course.main(["lab"], root=root)
    assert "newer" not in capsys.readouterr().out


def test_changed_packages_are_told_with_the_command_that_brings_them(root, capsys):
    (root / ".venv").mkdir()
    run(root)
    assert "the next course.py lab brings them up to date" in capsys.readouterr().out


def test_copy_lab_and_reset_keep_what_each_copy_was_made_from(root):
    for name in (LESSON, EXERCISE):
        master = root / name if name == EXERCISE else root / "notebooks" / name
        assert bases.kept(root, root / "work" / name) == master.read_bytes()
    release(root, {LESSON: simple("eta = 0.2")})
    course.main(["reset", "4"], root=root)
    assert bases.kept(root, root / "work" / LESSON) == (root / "notebooks" / LESSON).read_bytes()


# Files that come, go, and are something else


def test_a_notebook_that_left_the_course_stays_and_is_told_once(root, capsys):
    (root / "notebooks" / LESSON).unlink()
    run(root)
    assert f"work/{LESSON}: is no longer part of the course; your copy stays." in capsys.readouterr().out
    assert (root / "work" / LESSON).exists()
    run(root)
    assert "no longer" not in capsys.readouterr().out


def test_a_renamed_notebook_is_named_beside_the_old_one(root, capsys):
    (root / "notebooks" / LESSON).rename(root / "notebooks" / "04_one_pass_back.ipynb")
    run(root)
    assert (
        f"work/{LESSON}: is no longer part of the course; your copy stays with all you wrote. The course now has "
        "work/04_one_pass_back.ipynb in its place."
    ) in capsys.readouterr().out
    assert (root / "work" / LESSON).exists() and (root / "work" / "04_one_pass_back.ipynb").exists()


@pytest.mark.parametrize(("mine", "after"), [(b"old", b"new"), (b"painted over", b"painted over")])
def test_a_picture_follows_the_course_unless_the_learner_changed_it(root, mine, after, capsys):
    release(root, {"images.png": b"old"})
    course.copy_missing(root)
    (root / "work" / "images.png").write_bytes(mine)
    release(root, {"images.png": b"new"})
    run(root)
    assert (root / "work" / "images.png").read_bytes() == after
    assert ("notebooks/images.png" in capsys.readouterr().out) == (mine == after)


@posix_only
def test_a_link_is_left_as_it_is(root, tmp_path, capsys):
    (root / "work" / LESSON).rename(tmp_path / "cloud.ipynb")
    (root / "work" / LESSON).symlink_to(tmp_path / "cloud.ipynb")
    release(root, {LESSON: simple("new")})
    before = (tmp_path / "cloud.ipynb").read_bytes()
    assert run(root) == 0
    assert "is a link to a file elsewhere, so it is left as it is" in capsys.readouterr().out
    assert (root / "work" / LESSON).is_symlink() and (tmp_path / "cloud.ipynb").read_bytes() == before


@posix_only
def test_the_rights_of_a_file_stay(root):
    (root / "work" / LESSON).chmod(0o640)
    release(root, {LESSON: simple("new")})
    run(root)
    assert (root / "work" / LESSON).stat().st_mode & 0o777 == 0o640
    run(root, "--undo")
    assert (root / "work" / LESSON).stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("how", ["cut off", "merge conflict", "not text", "empty", "another format"])
def test_a_damaged_notebook_is_kept_beside_a_fresh_one(root, how, capsys):
    broken = damage((root / "work" / LESSON).read_bytes(), how, 100)
    (root / "work" / LESSON).write_bytes(broken)
    assert run(root) == 0
    assert "could not be read; it is kept as work/04_backpropagation.kept-1.ipynb" in capsys.readouterr().out
    assert (root / "work" / "04_backpropagation.kept-1.ipynb").read_bytes() == broken
    assert (root / "work" / LESSON).read_bytes() == (root / "notebooks" / LESSON).read_bytes()
    run(root, "--undo")
    assert (root / "work" / LESSON).read_bytes() == broken
    assert not (root / "work" / "04_backpropagation.kept-1.ipynb").exists()


def test_a_damaged_notebook_of_the_course_changes_nothing(root, capsys):
    answer(root)
    (root / EXERCISE).write_text("<<<<<<< HEAD")
    before = everything_below(root / "work")
    assert run(root) == 1
    assert "get the course again" in capsys.readouterr().err
    assert everything_below(root / "work") == before


def test_a_damaged_note_of_where_a_copy_came_from_loses_nothing(root):
    answer(root)
    bases.place_of(root, root / "work" / EXERCISE).write_text("{")
    release(root, {EXERCISE: task("def mse(x, y):\n    ...")})
    run(root)
    assert "def mse(x):\n    return x  # mine" in said_in(root, EXERCISE)


def test_a_check_that_was_taken_out_comes_back_even_without_a_new_version(root, capsys):
    whole = read(root, EXERCISE)
    del whole["cells"][3]
    write(root, EXERCISE, whole)
    run(root)
    assert "1 cell that you took out came back" in capsys.readouterr().out
    assert said_in(root, EXERCISE)[3] == 'check("mse", mse)'


def test_a_merge_that_would_lose_something_is_not_made(root, capsys, monkeypatch):
    answer(root)
    release(root, {EXERCISE: task("def mse(x, y):\n    ...")})

    def forgetful(base, own, new):
        return notebooks.Merged(new)

    monkeypatch.setattr(notebooks, "merge", forgetful)
    before = work_of(root)
    run(root)
    assert "left as it is; please tell the course's authors" in capsys.readouterr().out
    assert work_of(root) == before


# Any edits by both sides, on disk


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.integers(0, 99), st.integers(0, 9), st.booleans(), LEARNER, AUTHOR, LEARNER, AUTHOR,
    st.none() | st.tuples(DAMAGE, st.integers(0, 5000)), st.booleans(),
)  # fmt: skip
def test_undo_restores_every_byte_whatever_both_sides_did(
    seed, size, legacy, in_lesson, of_lesson, in_task, of_task, accident, crlf
):
    typed.begin()
    with tempfile.TemporaryDirectory() as folder:
        old = {LESSON: lesson(seed, size, False), EXERCISE: lesson(seed, size, True)}
        root = make_course(Path(folder) / "course", *old.values())
        course.copy_missing(root)
        if legacy:
            shutil.rmtree(root / "work" / ".course")
        mine = {LESSON: learner(old[LESSON], in_lesson), EXERCISE: learner(old[EXERCISE], in_task)}
        raw = {name: json.dumps(whole, indent=seed % 3).encode() for name, whole in mine.items()}
        raw[LESSON] = raw[LESSON].replace(b"\n", b"\r\n") if crlf else raw[LESSON]
        raw[EXERCISE] = damage(raw[EXERCISE], *accident) if accident else raw[EXERCISE]
        for name, data in raw.items():
            (root / "work" / name).write_bytes(data)
        release(root, {LESSON: author(old[LESSON], of_lesson), EXERCISE: author(old[EXERCISE], of_task)})
        before = work_of(root)
        said = []
        updating.update(root, course.masters(root), "", said.append)
        after = everything_below(root / "work")
        for name, whole in mine.items():
            if after[name] != raw[name]:
                nbformat.validate(json.loads(after[name]))
            kept = [data for path, data in after.items() if ".kept-" in path and ".course" not in path]
            assert raw[name] in kept or token_list(whole) <= token_list(cells.read(after[name]))
        updating.update(root, course.masters(root), "", said.append)
        assert everything_below(root / "work") == after, "a second time changes nothing"
        if journal.backups(root / "work"):
            updating.undo(root, said.append)
        assert work_of(root) == before


# Interrupted, anywhere


class Crash(BaseException):
    """The power goes, the process is killed."""


class Counted:
    """Wraps everything that changes the disk, and raises `error` at the step `at`; counts the steps."""

    TARGETS = (
        "os.rename", "os.replace", "os.link", "os.mkdir", "os.fsync", "os.unlink", "pathlib.Path.mkdir",
        "pathlib.Path.unlink", "pathlib.Path.chmod", "shutil.rmtree", "upkeep.files.write_through",
    )  # fmt: skip

    def __init__(self, at, error):
        self.at, self.error, self.steps, self.stack = at, error, 0, contextlib.ExitStack()

    def __enter__(self):
        for name in self.TARGETS:
            where, _, attribute = name.rpartition(".")
            thing = files if where == "upkeep.files" else {"os": os, "shutil": shutil, "pathlib.Path": Path}[where]
            real = getattr(thing, attribute)
            self.stack.enter_context(mock.patch.object(thing, attribute, self.wrapped(real)))
        return self

    def wrapped(self, real):
        def step(*arguments, **options):
            self.steps += 1
            if self.steps == self.at:
                raise self.error
            return real(*arguments, **options)

        return step

    def __exit__(self, *error):
        self.stack.close()


def prepared(folder):
    """A course with a new version for two notebooks, one of them edited, one new and one gone."""
    old = {LESSON: simple("eta = 0.1", "print(eta)"), EXERCISE: task()}
    root = make_course(folder / "course", *old.values())
    release(root, {"03_gone.ipynb": simple("gone")})
    course.copy_missing(root)
    answer(root)
    (root / "work" / "progress.json").write_text("{}")
    (root / "notebooks" / "03_gone.ipynb").unlink()
    release(root, {LESSON: simple("eta = 0.2", "print(eta)"), EXERCISE: task("def mse(x, y):\n    ...")})
    release(root, {"05_new.ipynb": simple("more")})
    return root


def steps_of(tmp_path, what):
    """How many steps there are to be interrupted at, and work/ before and after."""
    root = prepared(tmp_path / "whole")
    before = work_of(root)
    if what == "undo":
        run(root)
        before = work_of(root)
    with Counted(0, Crash()) as counted:
        assert run(root, *(["--undo"] if what == "undo" else [])) == 0
    return counted.steps, before, work_of(root)


@pytest.mark.parametrize("then", ["update", "undo"])
def test_an_update_interrupted_anywhere_is_finished_or_taken_back(tmp_path, then, capsys):
    steps, before, after = steps_of(tmp_path, "update")
    assert steps > 30
    finished = 0
    for at in range(1, steps + 1):
        root = prepared(tmp_path / f"{at}")
        with Counted(at, Crash()), pytest.raises(Crash):
            run(root)
        there = work_of(root)
        for name in before.keys() | after.keys():
            assert there.get(name) in (before.get(name), after.get(name)), "each file is the old one or the new one"
        pending = journal.pending(root / "work")
        done = bool(journal.backups(root / "work"))
        if pending:
            assert "run course.py update once" in updating.news(root, course.masters(root))
        capsys.readouterr()
        if then == "update":
            assert run(root) == 0
            assert work_of(root) == after
            assert ("it is finished now" in capsys.readouterr().out) == pending
            finished += pending
        elif pending or done:
            assert run(root, "--undo") == 0
            assert work_of(root) == before
            assert "taken back" in capsys.readouterr().out
        else:
            assert run(root, "--undo") == 1
            assert "There is no update to take back" in capsys.readouterr().err
            assert work_of(root) == before
        assert not list((root / "work" / ".course" / "backups").glob("*.part")), "nothing half-made is left"
    assert then == "undo" or finished > 5


def test_an_undo_interrupted_anywhere_is_finished_by_the_next_command(tmp_path, capsys):
    steps, after, before = steps_of(tmp_path, "undo")
    for at in range(1, steps + 1):
        root = prepared(tmp_path / f"{at}")
        run(root)
        with Counted(at, Crash()), pytest.raises(Crash):
            run(root, "--undo")
        there = work_of(root)
        for name in before.keys() | after.keys():
            assert there.get(name) in (before.get(name), after.get(name))
        capsys.readouterr()
        if journal.pending(root / "work") or journal.backups(root / "work"):
            assert run(root, "--undo") == 0
        assert work_of(root) == before


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_a_disk_that_says_no_anywhere_changes_nothing_and_is_one_sentence(tmp_path, number, capsys):
    steps, before, after = steps_of(tmp_path, "update")
    refused = 0
    for at in range(1, steps + 1):
        root = prepared(tmp_path / f"{at}")
        capsys.readouterr()
        with Counted(at, OSError(number, os.strerror(number), "somewhere")):
            code = run(root)
        said = capsys.readouterr().err
        if code:
            refused += 1
            assert work_of(root) == before
            assert said.count("\n") == 1 and ("disk is full" in said or "permission" in said)
        else:
            assert work_of(root) == after
        assert run(root) == 0
        assert work_of(root) == after
    assert refused > 30


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_disk_that_is_really_full_changes_nothing(tmp_path, capsys):
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", place]
    mounted = subprocess.run(mount, check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine does not let root mount a small disk")
    try:
        root = prepared(place)
        before = work_of(root)
        with open(place / "filler", "wb", buffering=0) as filler, contextlib.suppress(OSError):
            while filler.write(b"x" * 4096):
                pass
        assert run(root) == 1
        assert capsys.readouterr().err.startswith("The disk is full")
        assert work_of(root) == before
        (place / "filler").unlink()
        assert run(root) == 0
        assert "return x  # mine" in "".join(said_in(root, EXERCISE))
        with open(place / "filler", "wb", buffering=0) as filler, contextlib.suppress(OSError):
            while filler.write(b"x" * 4096):
                pass
        assert run(root, "--undo") == 0, "to undo takes no room"
        assert work_of(root) == before
    finally:
        subprocess.run(["umount", place], check=True)


@posix_only
def test_an_update_that_is_killed_at_any_moment_leaves_whole_files(tmp_path):
    root = prepared(tmp_path)
    before = work_of(root)
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import course; from pathlib import Path\n"
        f"root = Path({str(root)!r})\n"
        "print('ready', flush=True)\n"
        "while True:\n    course.main(['update'], root); course.main(['update', '--undo'], root)\n"
    )
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    done = prepared(tmp_path / "done")
    run(done)
    after = work_of(done)
    for pause in (0.01, 0.02, 0.03, 0.05, 0.08, 0.13):
        process = subprocess.Popen([sys.executable, "-c", code], **pipes)
        process.stdout.readline()
        drain = threading.Thread(target=process.stdout.read, daemon=True)
        drain.start()
        time.sleep(pause)
        process.kill()
        process.wait()
        drain.join()
        process.stdout.close()
        there = work_of(root)
        for name in before.keys() | after.keys():
            assert there.get(name) in (before.get(name), after.get(name))
    while journal.pending(root / "work") or journal.backups(root / "work"):
        assert run(root, "--undo") == 0
    assert work_of(root) == before


# Others who write at the same moment


def test_a_notebook_saved_while_the_update_works_is_left_alone(root, capsys, monkeypatch):
    release(root, {LESSON: simple("eta = 0.2", "print(eta)"), EXERCISE: task("def mse(x, y):\n    ...")})
    real = journal.prepare

    def and_then_jupyterlab_saves(*arguments):
        backup = real(*arguments)
        answer(root, "saved just now")
        return backup

    with monkeypatch.context() as patch:
        patch.setattr(journal, "prepare", and_then_jupyterlab_saves)
        assert run(root) == 0
    said = capsys.readouterr().out
    assert f"work/{EXERCISE} was saved by another program at this moment, so it was left alone." in said
    assert "Run course.py update once more" in said
    assert said_in(root, EXERCISE)[2] == "saved just now"
    assert said_in(root, LESSON)[1] == "eta = 0.2"
    between = work_of(root)
    run(root, "--undo")
    assert work_of(root)[EXERCISE] == between[EXERCISE], "what was left alone is not taken back either"
    run(root)
    assert said_in(root, EXERCISE)[2] == "saved just now" and "def mse(x, y):" in said_in(root, EXERCISE)[3]


def test_undo_keeps_what_was_written_after_the_update(root, capsys):
    answer(root)
    before = work_of(root)
    release(root, {LESSON: simple("eta = 0.2"), EXERCISE: task("def mse(x, y):\n    ...")})
    run(root)
    answer(root, "written after the update")
    newer = (root / "work" / EXERCISE).read_bytes()
    assert run(root, "--undo") == 0
    kept = "exercises/04_backpropagation.kept-1.ipynb"
    assert f"that newer file is kept as work/{kept}" in capsys.readouterr().out
    assert work_of(root) == {**before, kept: newer}


def test_undo_goes_back_update_by_update(root):
    states = []
    for number in range(3):
        states.append(work_of(root))
        release(root, {LESSON: simple(f"eta = {number}")})
        run(root)
    for state in reversed(states):
        assert run(root, "--undo") == 0
        assert work_of(root) == state
    assert run(root, "--undo") == 1


def test_after_an_undo_the_update_can_be_made_again(root):
    answer(root)
    release(root, {EXERCISE: task("def mse(x, y):\n    ...")})
    run(root)
    after = work_of(root)
    run(root, "--undo")
    run(root)
    assert work_of(root) == after


def test_the_last_ten_backups_stay(root, monkeypatch):
    for number in range(13):
        release(root, {LESSON: simple(f"eta = {number}")})
        run(root)
    numbers = [path.name.rpartition("-")[2] for path in journal.backups(root / "work")]
    assert numbers == [str(number) for number in range(4, 14)]
    assert not list(journal.folder_of(root / "work").glob("*.part"))


def test_a_backup_holds_whole_copies_and_says_what_it_is(root):
    answer(root)
    before = (root / "work" / EXERCISE).read_bytes()
    release(root, {EXERCISE: task("def mse(x, y):\n    ...")})
    run(root)
    backup = journal.backups(root / "work")[-1]
    manifest = json.loads((backup / "manifest.json").read_text())
    assert manifest["course"] == "0.2" and "Exercises 4" in manifest["report"][0]
    change = next(each for group in manifest["changes"] for each in group if each["path"] == EXERCISE)
    assert (backup / "before" / change["copy"]).read_bytes() == before
    assert change["before"] == files.digest_of(before)
    assert change["after"] == files.digest_of((root / "work" / EXERCISE).read_bytes())


def test_every_byte_of_the_backup_is_on_the_disk_before_anything_changes(root, monkeypatch):
    answer(root)
    release(root, {LESSON: simple("eta = 0.2"), EXERCISE: task("def mse(x, y):\n    ...")})
    synced, order = set(), []
    monkeypatch.setattr(os, "fsync", lambda number: synced.add(os.fstat(number).st_ino))
    real = files.replace

    def replace(source, target):
        if not order:
            backup = source.parent.parent
            order.append(backup.suffix)
            assert all(path.stat().st_ino in synced for path in [backup, *backup.rglob("*")])
        real(source, target)

    monkeypatch.setattr(files, "replace", replace)
    assert run(root) == 0
    assert order == [".open"]


def test_two_updates_at_once_wait_for_each_other(root, capsys):
    answer(root)
    release(root, {LESSON: simple("eta = 0.2"), EXERCISE: task("def mse(x, y):\n    ...")})
    with files.alone(root / "work" / ".course" / "lock", lambda: None):
        waiting = threading.Thread(target=run, args=(root,))
        waiting.start()
        time.sleep(0.3)
        assert said_in(root, LESSON)[1] == "eta = 0.1"
    waiting.join(timeout=20)
    assert "Another course.py is updating work/; waiting for it." in capsys.readouterr().out
    assert said_in(root, LESSON)[1] == "eta = 0.2"


# Copies from before the course kept where they came from


def copy_of_today(root):
    """A learner's work/ as course.py made it in November 2026, with nothing kept beside."""
    shutil.copytree(DATA / "work_2026_11", root / "work")
    return json.loads((DATA / "work_2026_11_wrote.json").read_text(encoding="utf-8"))


def course_of_today(tmp_path):
    root = tmp_path / "course"
    root.mkdir()
    for name in ("pyproject.toml", "requirements.lock", "requirements-test.lock"):
        shutil.copy(ROOT / name, root / name)
    for folder in ("notebooks", "exercises"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("solutions", ".*"))
    return root


def later(whole, number):
    """A later release of a notebook: texts reworded, cells added, taken out and moved, tasks and checks changed."""
    steps = [("reword", place, place + number) for place in range(0, len(whole["cells"]), 3)]
    steps += [("remove", place, 0) for place in range(40, 5, -11)]
    steps += [("add", place, place) for place in range(2, 60, 9)]
    return author(whole, [*steps, ("move", 12, 30), ("outputs", 8, 1), ("outputs", 10, 3)])


@pytest.mark.parametrize("when", ["today", "a later release"])
def test_the_work_of_november_2026_survives(tmp_path, when, capsys):
    root = course_of_today(tmp_path)
    wrote = copy_of_today(root)
    assert len(wrote) > 20 and not (root / "work" / ".course").exists()
    before = work_of(root)
    for each in wrote:
        assert each["source"] in said_in(root, each["notebook"]), "the test asks for what is there"
    if when != "today":
        for path in [*(root / "notebooks").glob("*.ipynb"), *(root / "exercises").glob("*.ipynb")]:
            path.write_bytes(cells.write(later(cells.read(path.read_bytes()), 1)))
    assert run(root) == 0
    said = capsys.readouterr().out
    for each in wrote:
        assert each["source"] in said_in(root, each["notebook"]), each
    for name in (LESSON, "01_curve_fitting.ipynb", EXERCISE, "exercises/01_curve_fitting.ipynb"):
        nbformat.validate(json.loads((root / "work" / name).read_bytes()))
        master = cells.read((root / name if "/" in name else root / "notebooks" / name).read_bytes())
        checks = {cell["id"] for cell in master["cells"] if cells.is_locked(cell)}
        assert checks <= {cell["id"] for cell in read(root, name)["cells"]}
    assert work_of(root)["progress.json"] == before["progress.json"]
    assert ("New in this version" in said) == (when != "today")
    again = everything_below(root / "work")
    run(root)
    assert everything_below(root / "work") == again
    assert run(root, "--undo") == 0
    assert work_of(root) == before


def test_the_first_lab_after_the_upgrade_keeps_what_is_certain(root, capsys):
    shutil.rmtree(root / "work" / ".course")
    answer(root)
    assert "1 file" in updating.news(root, course.masters(root))
    assert bases.kept(root, root / "work" / LESSON) is not None, "the copy is the course's own file"
    assert bases.kept(root, root / "work" / EXERCISE) is None, "nobody knows what this was made from"


@pytest.fixture
def with_history(root):
    """The course as git brought it, with three versions of each notebook; the copies are of the second."""
    if shutil.which("git") is None:
        pytest.skip("git is not here")
    shutil.rmtree(root / "work")
    name = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]

    def git(*arguments):
        subprocess.run(["git", "-C", root, *name, *arguments], check=True, capture_output=True)

    git("init")
    for number in (1, 2, 3):
        release(root, {LESSON: simple(f"eta = 0.{number}", "print(eta)", f"version {number} of a long story about it")})
        release(root, {EXERCISE: task(f"def mse(x):\n    # version {number}\n    return ...", f"check({number})")})
        if number == 2:
            course.copy_missing(root)
            shutil.rmtree(root / "work" / ".course")
        git("add", "notebooks", "exercises")
        git("commit", "-m", str(number))
    return root


def test_git_tells_which_version_a_copy_was_made_from(with_history):
    root = with_history
    answer(root)
    updating.news(root, course.masters(root))
    assert b"eta = 0.2" in bases.kept(root, root / "work" / LESSON)
    assert b"version 2" in bases.kept(root, root / "work" / EXERCISE)
    run(root)
    assert said_in(root, LESSON)[1:] == ["eta = 0.3", "print(eta)", "version 3 of a long story about it"]
    assert said_in(root, EXERCISE)[2] == "def mse(x):\n    return x  # mine"
    assert "version 3" in said_in(root, EXERCISE)[3]
    assert said_in(root, EXERCISE)[4:] == ["check(3)"], "an untouched check follows without a note"


def test_a_repository_that_git_refuses_is_no_obstacle(with_history, monkeypatch):
    root = with_history
    answer(root)
    monkeypatch.setattr(bases, "ask", lambda *arguments: b"")
    assert run(root) == 0
    assert said_in(root, EXERCISE)[2] == "def mse(x):\n    return x  # mine"
    assert said_in(root, EXERCISE)[3] == "check(3)"
    assert 'check(2)' in said_in(root, EXERCISE)[4], "what may be the learner's is kept in a note"
