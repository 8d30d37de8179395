"""Promises of the ledger: nothing is lost, nothing stops the lesson, trouble is said once."""

import contextlib
import datetime
import errno
import json
import os
import subprocess
import sys
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import ledger
from helpers.plain import PlainError


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A fresh work folder, and a ledger module that has said nothing yet."""
    folder = tmp_path / "work"
    monkeypatch.setenv("COURSE_WORK", str(folder))
    monkeypatch.delenv("COURSE_ROOT", raising=False)
    for memory in (ledger._unsaved, ledger._trouble, ledger._told):
        monkeypatch.setattr(ledger, _name_of(memory), type(memory)())
    return folder


def _name_of(memory):
    return next(name for name in ("_unsaved", "_trouble", "_told") if getattr(ledger, name) is memory)


def refuse(number):
    def action(*_args, **_kwargs):
        raise OSError(number, os.strerror(number))

    return action


def own(entry):
    """An entry without what the ledger adds."""
    return {key: value for key, value in entry.items() if key not in ledger.RESERVED}


# Places


def test_work_folder_is_what_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_WORK", str(tmp_path / "mine"))
    assert ledger.work_folder() == tmp_path / "mine"


def test_work_folder_is_found_from_anywhere_in_the_course(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_WORK", raising=False)
    monkeypatch.delenv("COURSE_ROOT", raising=False)
    (tmp_path / "course.py").touch()
    deep = tmp_path / "work" / "exercises"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert ledger.work_folder().resolve() == (tmp_path / "work").resolve()
    assert ledger.course_root().resolve() == tmp_path.resolve()


def test_outside_a_course_the_work_folder_is_beside_the_notebook(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_WORK", raising=False)
    monkeypatch.delenv("COURSE_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    assert ledger.work_folder().resolve() == (tmp_path / "work").resolve()
    assert ledger.course_root() is None


def test_an_empty_variable_counts_as_none(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_WORK", "")
    monkeypatch.chdir(tmp_path)
    assert ledger.work_folder().resolve() == (tmp_path / "work").resolve()


# The ordinary day


def test_an_entry_comes_back_as_it_went_in(work):
    given_entry = {"answer": 2, "confidence": 3, "why": "the red one is flat: ∂L/∂m = 0"}
    ledger.record("predict", "L1-lines", given_entry)
    (entry,) = ledger.entries("predict", "L1-lines")
    assert own(entry) == given_entry
    assert (entry["kind"], entry["name"]) == ("predict", "L1-lines")


def test_an_unknown_kind_or_name_has_no_entries(work):
    assert ledger.entries("predict") == []
    assert ledger.entries("predict", "L1-lines") == []
    assert not work.exists(), "asking must not make a folder"


def test_entries_keep_their_order_and_are_never_replaced(work):
    for answer in range(5):
        ledger.record("predict", "a", {"answer": answer})
    assert [entry["answer"] for entry in ledger.entries("predict", "a")] == [0, 1, 2, 3, 4]


def test_entries_of_a_kind_come_name_by_name(work):
    for name in ("b", "a", "b"):
        ledger.record("card", name, {"knew": True})
    ledger.record("quiz", "c", {"right": True})
    assert [entry["name"] for entry in ledger.entries("card")] == ["a", "b", "b"]


def test_changing_what_entries_returned_does_not_change_the_ledger(work):
    ledger.record("predict", "a", {"answer": 1})
    ledger.entries("predict", "a")[0]["answer"] = 99
    assert ledger.entries("predict", "a")[0]["answer"] == 1


def test_the_date_is_that_of_the_day(work, monkeypatch):
    monkeypatch.setattr(ledger, "today", lambda: datetime.date(2030, 2, 28))
    assert ledger.record("card", "a", {})["date"] == "2030-02-28"


def test_the_names_of_the_ledger_itself_are_refused(work):
    with pytest.raises(ValueError, match="date"):
        ledger.record("card", "a", {"date": "yesterday"})
    assert ledger.entries("card") == []


def test_the_file_is_readable_by_a_person(work):
    ledger.record("predict", "L1-größe", {"why": "weil η klein ist"})
    text = (work / "progress.json").read_text(encoding="utf-8")
    assert "weil η klein ist" in text and "größe" in text
    assert "Your progress in the course Downhill" in text.splitlines()[1]
    assert len(text.splitlines()) > 10
    kinds = json.loads(text)
    assert list(kinds) == sorted(kinds)


def test_numbers_of_numpy_become_plain_numbers(work):
    np = pytest.importorskip("numpy")
    entry = {"value": np.float64(0.5), "shape": np.array([1, 2]), "right": np.bool_(True)}
    ledger.record("check", "mse", entry)
    assert own(ledger.entries("check", "mse")[0]) == {"value": 0.5, "shape": [1, 2], "right": True}


def test_what_json_lacks_is_stored_as_text(work):
    ledger.record("check", "mse", {"value": float("nan"), "far": float("-inf"), "odd": {1: object, 2: (1,)}})
    entry = own(ledger.entries("check", "mse")[0])
    assert entry["value"] == "nan" and entry["far"] == "-inf" and entry["odd"]["2"] == [1]

    def refuse_constant(name):
        raise AssertionError(f"{name} is not JSON")

    json.loads((work / "progress.json").read_text(encoding="utf-8"), parse_constant=refuse_constant)


def test_only_the_file_itself_and_its_lock_stay_behind(work):
    for _ in range(3):
        ledger.record("card", "a", {"knew": True})
    assert sorted(path.name for path in work.iterdir()) == [".progress.lock", "progress.json"]


texts = st.text(max_size=40)
finite = st.floats(allow_nan=False, allow_infinity=False)
plain_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), finite, texts),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
free_names = texts.filter(lambda key: key not in ledger.RESERVED)
plain_entries = st.dictionaries(free_names, plain_values, max_size=4)


@settings(max_examples=60, deadline=None)
@given(kind=texts, name=texts, entry=plain_entries)
def test_any_entry_survives_the_way_to_disk_and_back(kind, name, entry):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_WORK", folder)
        ledger.record(kind, name, entry)
        assert [own(each) for each in ledger.entries(kind, name)] == [entry]
        ledger.export(os.path.join(folder, "out.json"))
        patch.setenv("COURSE_WORK", os.path.join(folder, "elsewhere"))
        assert ledger.import_(os.path.join(folder, "out.json")) == 1
        assert [own(each) for each in ledger.entries(kind, name)] == [entry]


def test_half_a_surrogate_pair_does_not_break_the_file(work):
    ledger.record("why", "a", {"text": "broken \ud83d emoji"})
    assert ledger.entries("why", "a")[0]["text"] == "broken ? emoji"


# Several notebooks at once


WRITER = """
import sys
from helpers import ledger
for number in range(40):
    ledger.record("card", sys.argv[1], {"number": number})
"""


def test_two_notebooks_that_write_at_once_lose_nothing(work):
    environment = {**os.environ, "COURSE_WORK": str(work)}
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, name], env=environment) for name in "ab"]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    for name in "ab":
        assert [entry["number"] for entry in ledger.entries("card", name)] == list(range(40))
    assert not list(work.glob("*.damaged*")) and not list(work.glob(".*.tmp"))


ENDLESS_WRITER = """
import itertools, sys
from helpers import ledger
for number in itertools.count():
    ledger.record("card", sys.argv[1], {"number": number, "why": "x" * 2000})
    print(number, flush=True)
"""


@pytest.mark.parametrize("others", [0, 1], ids=["alone", "beside another notebook"])
def test_a_kernel_killed_in_the_middle_of_writing_loses_nothing_that_was_stored(work, others):
    environment = {**os.environ, "COURSE_WORK": str(work)}
    run = {"env": environment, "stdout": subprocess.PIPE, "text": True}
    beside = [subprocess.Popen([sys.executable, "-c", WRITER, f"beside {n}"], env=environment) for n in range(others)]
    for name, lines in (("first", 1), ("second", 5), ("third", 12), ("fourth", 20)):
        process = subprocess.Popen([sys.executable, "-c", ENDLESS_WRITER, name], **run)
        for _ in range(lines):
            last = int(process.stdout.readline())
        process.kill()  # kill -9 on Linux and macOS
        rest = [int(line) for line in process.stdout if line.endswith("\n")]
        process.wait()
        process.stdout.close()
        data = json.loads((work / "progress.json").read_text(encoding="utf-8"))
        stored = [entry["number"] for entry in data["entries"]["card"][name]]
        said = max([last, *rest])
        assert stored in (list(range(said + 1)), list(range(said + 2))), "all that was reported, at most one more"
    assert [writer.wait(timeout=60) for writer in beside] == [0] * others
    assert not list(work.glob("*.damaged*"))
    for number in range(others):
        assert len(ledger.entries("card", f"beside {number}")) == 40
    ledger.record("card", "after", {"knew": True})
    assert len(ledger.entries("card", "after")) == 1


HOLDER = """
import time
from helpers import ledger
with ledger._locked(ledger.work_folder() / "progress.json"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_lock_of_a_killed_kernel_is_free_at_once(work):
    work.mkdir()
    environment = {**os.environ, "COURSE_WORK": str(work)}
    process = subprocess.Popen([sys.executable, "-c", HOLDER], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    process.kill()
    process.wait()
    process.stdout.close()
    with ledger._locked(work / "progress.json"), open(work / ".progress.lock", "a+b") as other:
        assert not ledger._try_lock(other), "the lock is ours now"


def test_what_a_killed_kernel_left_half_written_is_swept_away_when_it_is_old(work):
    work.mkdir()
    old, young, export = (work / name for name in (
        ".progress-0123abcd.tmp", ".progress-4567abcd.tmp", ".progress-export-0123abcd.tmp",
    ))  # fmt: skip
    for path in (old, young, export):
        path.write_text("{")
    os.utime(old, (1, 1))
    os.utime(export, (1, 1))
    ledger.record("card", "a", {"knew": True})
    assert not old.exists() and young.exists() and export.exists()


def test_what_another_notebook_wrote_is_seen_at_once_and_kept(work):
    ledger.record("card", "a", {"knew": True})
    path = work / "progress.json"
    other = json.loads(path.read_text(encoding="utf-8"))
    other["entries"]["card"]["b"] = [{"id": "elsewhere", "date": "2026-01-01", "knew": False}]
    path.write_text(json.dumps(other), encoding="utf-8")
    assert [entry["name"] for entry in ledger.entries("card")] == ["a", "b"]
    ledger.record("card", "c", {"knew": True})
    assert [entry["name"] for entry in ledger.entries("card")] == ["a", "b", "c"]


def test_a_lock_that_another_program_keeps_delays_but_does_not_stop(work, monkeypatch):
    monkeypatch.setattr(ledger, "LOCK_SECONDS", 0.05)
    work.mkdir()
    with ledger._locked(work / "progress.json"):
        ledger.record("card", "a", {"knew": True})
    assert len(ledger.entries("card", "a")) == 1


def test_a_file_system_without_locks_is_no_obstacle(work, monkeypatch):
    if ledger.fcntl is None:
        pytest.skip("flock is not on Windows")
    monkeypatch.setattr(ledger.fcntl, "flock", refuse(errno.ENOLCK))
    ledger.record("card", "a", {"knew": True})
    assert len(ledger.entries("card", "a")) == 1


# Damage


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b'{"entries": {"predict": {"a": [{"answer": 1}', b"\x00\xff\xfe\x80binary", b"[]", b"null",
        b'{"entries": []}', b'{"entries": {"predict": []}}', b'{"entries": {"predict": {"a": {}}}}',
        b'{"entries": {"predict": {"a": [1]}}}', b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_damaged_file_is_kept_and_a_new_one_started(work, capsys, content):
    work.mkdir()
    (work / "progress.json").write_bytes(content)
    assert ledger.entries("predict") == []
    ledger.record("predict", "a", {"answer": 1})
    assert (work / "progress.damaged-1.json").read_bytes() == content
    assert len(ledger.entries("predict", "a")) == 1
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "work/progress.json was damaged and could not be read. It is kept as work/progress.damaged-1.json, "
        "and a new one was started."
    ]


def test_damage_that_is_found_while_writing_is_kept_too(work, capsys):
    work.mkdir()
    (work / "progress.json").write_bytes(b"{")
    ledger.record("predict", "a", {"answer": 1})
    assert (work / "progress.damaged-1.json").read_bytes() == b"{"
    assert len(ledger.entries("predict", "a")) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_second_damaged_file_does_not_replace_the_first(work):
    work.mkdir()
    for content in (b"first", b"second"):
        (work / "progress.json").write_bytes(content)
        ledger.record("card", "a", {})
    kept = [(work / f"progress.damaged-{number}.json").read_bytes() for number in (1, 2)]
    assert kept == [b"first", b"second"]


def test_a_folder_in_place_of_the_file_is_moved_aside_with_all_in_it(work, capsys):
    (work / "progress.json").mkdir(parents=True)
    (work / "progress.json" / "note.txt").write_text("mine")
    ledger.record("card", "a", {"knew": True})
    assert (work / "progress.damaged-1.json" / "note.txt").read_text() == "mine"
    assert len(ledger.entries("card", "a")) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_mark_that_windows_notepad_puts_in_front_is_no_damage(work):
    ledger.record("card", "a", {"knew": True})
    path = work / "progress.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    ledger.record("card", "a", {"knew": False})
    assert [entry["knew"] for entry in ledger.entries("card", "a")] == [True, False]


def test_entries_written_by_hand_are_welcome(work):
    work.mkdir()
    by_hand = {"entries": {"card": {"a": [{"knew": True}, {"id": ["odd"], "knew": False}]}}}
    (work / "progress.json").write_text(json.dumps(by_hand))
    ledger.record("card", "a", {"knew": True})
    assert sorted(entry["knew"] for entry in ledger.entries("card", "a")) == [False, True, True]


def test_a_huge_ledger_still_works(work):
    work.mkdir()
    many = [{"id": f"{number:06}", "date": "2026-01-01", "why": "x" * 100} for number in range(50_000)]
    (work / "progress.json").write_text(json.dumps({"version": 1, "entries": {"predict": {"a": many}}}))
    ledger.record("predict", "a", {"answer": 1})
    assert len(ledger.entries("predict", "a")) == 50_001


# A newer version's file


def test_what_a_newer_version_added_is_preserved(work):
    work.mkdir()
    dreams = {"dream": {"x": [{"id": "1", "depth": 3}]}}
    newer = {"version": 9, "theme": {"colour": "blue"}, "entries": dreams}
    (work / "progress.json").write_text(json.dumps(newer))
    ledger.record("card", "a", {"knew": True})
    data = json.loads((work / "progress.json").read_text(encoding="utf-8"))
    assert data["version"] == 9 and data["theme"] == {"colour": "blue"}
    assert data["entries"]["dream"]["x"] == [{"id": "1", "depth": 3}]
    assert len(data["entries"]["card"]["a"]) == 1


def test_a_newer_form_that_we_cannot_read_is_left_alone(work, capsys):
    work.mkdir()
    newer = json.dumps({"version": 9, "entries": ["another", "form"]})
    (work / "progress.json").write_text(newer)
    ledger.record("card", "a", {"knew": True})
    ledger.record("card", "a", {"knew": False})
    assert (work / "progress.json").read_text() == newer
    assert [entry["knew"] for entry in ledger.entries("card", "a")] == [True, False]
    assert capsys.readouterr().out.splitlines() == [ledger.problem()]
    assert "it was written by a newer version of the course" in ledger.problem()


# A disk that says no


@pytest.mark.parametrize(
    ("number", "words"), [(errno.EACCES, "permission was refused"), (errno.ENOSPC, "the disk is full")]
)
def test_answers_that_cannot_be_saved_are_kept_and_it_is_said_once(work, monkeypatch, capsys, number, words):
    ledger.record("predict", "before", {"answer": 0})
    before = (work / "progress.json").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse(number))
        for answer in (1, 2):
            ledger.record("predict", "a", {"answer": answer})
        assert [entry["answer"] for entry in ledger.entries("predict", "a")] == [1, 2]
        assert words in ledger.problem()
    assert (work / "progress.json").read_bytes() == before
    assert not list(work.glob(".*.tmp"))
    assert capsys.readouterr().out.splitlines() == [
        f"work/progress.json can't be used ({words}), so answers are kept only until this notebook closes."
    ]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can mount a small disk")
def test_on_a_disk_that_is_really_full_the_lesson_goes_on_and_nothing_is_lost(tmp_path, work, monkeypatch, capsys):
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", place]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let root mount a small disk")
    try:
        monkeypatch.setenv("COURSE_WORK", str(place / "work"))
        ledger.record("predict", "a", {"answer": 1, "why": "x" * 5000})
        before = (place / "work" / "progress.json").read_bytes()
        with open(place / "filler", "wb", buffering=0) as filler, contextlib.suppress(OSError):
            while filler.write(b"x" * 4096):
                pass
        for answer in (2, 3):
            ledger.record("predict", "a", {"answer": answer})
        assert (place / "work" / "progress.json").read_bytes() == before
        assert [entry["answer"] for entry in ledger.entries("predict", "a")] == [1, 2, 3]
        assert capsys.readouterr().out.splitlines() == [
            "work/progress.json can't be used (the disk is full), so answers are kept only until this notebook closes."
        ]
        (place / "filler").unlink()
        ledger.record("predict", "a", {"answer": 4})
        saved = json.loads((place / "work" / "progress.json").read_text(encoding="utf-8"))["entries"]["predict"]["a"]
        assert [entry["answer"] for entry in saved] == [1, 2, 3, 4] and ledger.problem() == ""
    finally:
        subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize("refusals", [1, 4])
def test_where_another_program_holds_the_file_for_a_moment_writing_waits_for_it(work, monkeypatch, refusals):
    """Windows refuses to replace a file that another program, such as a virus scanner, has open."""
    ledger.record("card", "a", {"knew": True})
    real, left = os.replace, [errno.EACCES] * refusals

    def replace(source, target):
        if left:
            raise PermissionError(left.pop(), "in use")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    ledger.record("card", "a", {"knew": False})
    assert not left and ledger.problem() == ""
    assert len(ledger.entries("card", "a")) == 2


def test_what_could_not_be_saved_is_saved_as_soon_as_it_can(work, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse(errno.ENOSPC))
        ledger.record("predict", "a", {"answer": 1})
    assert ledger.problem()
    ledger.record("predict", "b", {"answer": 2})
    assert ledger.problem() == ""
    saved = json.loads((work / "progress.json").read_text(encoding="utf-8"))["entries"]["predict"]
    assert [saved["a"][0]["answer"], saved["b"][0]["answer"]] == [1, 2]


@pytest.mark.parametrize("function", ["open", "mkdir", "fsync"])
def test_any_step_of_writing_may_fail(work, monkeypatch, function):
    target = {"open": ("builtins.open",), "mkdir": ("pathlib.Path.mkdir",), "fsync": ("os.fsync",)}[function]
    with monkeypatch.context() as patch:
        patch.setattr(*target, refuse(errno.EROFS))
        ledger.record("predict", "a", {"answer": 1})
        assert ledger.entries("predict", "a")[0]["answer"] == 1
        assert "permission was refused" in ledger.problem()


def test_a_file_that_cannot_be_read_is_not_written_over(work, monkeypatch, capsys):
    ledger.record("predict", "a", {"answer": 1})
    before = (work / "progress.json").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.read_bytes", refuse(errno.EACCES))
        assert ledger.entries("predict") == []
        ledger.record("predict", "b", {"answer": 2})
        assert len(ledger.entries("predict", "b")) == 1
    assert (work / "progress.json").read_bytes() == before
    assert not list(work.glob("*.damaged*"))
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_damaged_file_that_cannot_be_moved_stays_where_it_is(work, monkeypatch, capsys):
    work.mkdir()
    (work / "progress.json").write_bytes(b"{")
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.rename", refuse(errno.EACCES))
        ledger.record("predict", "a", {"answer": 1})
        assert len(ledger.entries("predict", "a")) == 1
    assert (work / "progress.json").read_bytes() == b"{"
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_file_in_place_of_the_work_folder_does_not_stop_the_lesson(tmp_path, work, capsys):
    work.write_text("not a folder")
    ledger.record("predict", "a", {"answer": 1})
    assert ledger.entries("predict", "a")[0]["answer"] == 1
    assert "can't be used" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a folder that is in use")
def test_a_notebook_whose_folder_was_deleted_goes_on(tmp_path, work, monkeypatch, capsys):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    monkeypatch.delenv("COURSE_WORK")
    gone.rmdir()
    ledger.record("predict", "a", {"answer": 1})
    assert ledger.entries("predict", "a")[0]["answer"] == 1
    assert capsys.readouterr().out.count("is gone") == 1
    monkeypatch.chdir(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="links need a permission on Windows")
def test_a_link_to_a_synchronised_folder_stays_a_link(tmp_path, work):
    work.mkdir()
    cloud = tmp_path / "cloud.json"
    cloud.write_text('{"entries": {}}')
    (work / "progress.json").symlink_to(cloud)
    ledger.record("card", "a", {"knew": True})
    assert (work / "progress.json").is_symlink()
    assert '"knew": true' in cloud.read_text()


# From one computer to another


def test_export_and_import_round_trip_without_duplicates(work, tmp_path, monkeypatch):
    for answer in (1, 1, 2):
        ledger.record("predict", "a", {"answer": answer})
    out = ledger.export(tmp_path / "out.json")
    assert ledger.import_(out) == 0, "a file of one's own holds nothing new"
    monkeypatch.setenv("COURSE_WORK", str(tmp_path / "laptop"))
    ledger.record("predict", "a", {"answer": 3})
    assert ledger.import_(out) == 3
    assert ledger.import_(out) == 0
    assert sorted(entry["answer"] for entry in ledger.entries("predict", "a")) == [1, 1, 2, 3]


def test_entries_of_two_computers_are_put_in_the_order_of_their_days(work, tmp_path, monkeypatch):
    for day in (1, 3):
        monkeypatch.setattr(ledger, "today", lambda day=day: datetime.date(2026, 1, day))
        ledger.record("card", "a", {"number": day})
    out = ledger.export(tmp_path / "out.json")
    monkeypatch.setenv("COURSE_WORK", str(tmp_path / "laptop"))
    monkeypatch.setattr(ledger, "today", lambda: datetime.date(2026, 1, 2))
    ledger.record("card", "a", {"number": 2})
    ledger.import_(out)
    assert [entry["number"] for entry in ledger.entries("card", "a")] == [1, 2, 3]


def test_what_could_not_be_saved_is_exported_too(work, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "_write", refuse(errno.ENOSPC))
        ledger.record("predict", "a", {"answer": 1})
    out = ledger.export(tmp_path / "out.json")
    assert '"answer": 1' in out.read_text()


def test_an_export_may_be_renewed_but_replaces_nothing_else(work, tmp_path):
    ledger.record("card", "a", {"knew": True})
    out = ledger.export(tmp_path / "out.json")
    ledger.record("card", "b", {"knew": True})
    assert '"b"' in ledger.export(out).read_text()
    precious = tmp_path / "thesis.json"
    precious.write_text('{"my": "thesis"}')
    with pytest.raises(PlainError, match="was not overwritten"):
        ledger.export(precious)
    assert precious.read_text() == '{"my": "thesis"}'


def test_export_into_a_folder_chooses_a_name(work, tmp_path):
    ledger.record("card", "a", {"knew": True})
    assert ledger.export(tmp_path).name == "progress-export.json"


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"front;back\n"])
def test_importing_something_else_says_so_and_changes_nothing(work, tmp_path, content):
    ledger.record("card", "a", {"knew": True})
    before = (work / "progress.json").read_bytes()
    (tmp_path / "other.txt").write_bytes(content)
    with pytest.raises(PlainError, match="not a progress file of this course, so nothing was imported"):
        ledger.import_(tmp_path / "other.txt")
    assert (work / "progress.json").read_bytes() == before
    assert (tmp_path / "other.txt").read_bytes() == content


def test_a_missing_file_or_folder_is_named(work, tmp_path):
    with pytest.raises(PlainError, match=r"There is no file .*nowhere\.json"):
        ledger.import_(tmp_path / "nowhere.json")
    with pytest.raises(PlainError, match="could not be written"):
        ledger.export(tmp_path / "no" / "such" / "folder.json")


def test_a_plain_error_shows_its_sentence_alone():
    assert PlainError("One sentence.")._render_traceback_() == ["One sentence."]


def test_the_ledger_needs_the_standard_library_alone():
    code = "import sys, helpers.ledger; print({'numpy', 'IPython', 'anywidget'} & set(sys.modules))"
    said = subprocess.check_output([sys.executable, "-c", code], text=True, timeout=60)
    assert said.strip() == "set()"
