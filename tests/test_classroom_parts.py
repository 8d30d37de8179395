"""What the parts of the classroom promise, one by one: sentences for mistakes, reading of files, walls, the line."""

import ast
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from classroom_class import FILES, ROOT, cell, released, solved, to_bytes

import course
from classroom import Trouble, folder, marking, sandbox, submissions, walls
from classroom.__main__ import main
from classroom.grading import _cell
from classroom.integrity import snoops
from classroom.release import course_releases, read_release

RELEASES = course_releases()


def say_nothing(text):
    pass


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    place = tmp_path_factory.mktemp("made") / "class"
    folder.make(place, say=say_nothing)
    return place


# Who leans on whom


BESIDE_STUDENTS = {"running.py", "integrity.py", "worker.py", "walls.py"}


def imports(path):
    """(level, module) of every import in a file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""


@pytest.mark.parametrize("path", sorted((ROOT / "classroom").glob("*.py")), ids=lambda path: path.name)
def test_what_runs_beside_a_student_knows_no_gradebook_and_what_marks_runs_no_course_code(path):
    assert (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").strip()
    own = {module for level, module in imports(path) if level}
    outside = {module.split(".")[0] for level, module in imports(path) if not level}
    if path.name in BESIDE_STUDENTS:
        assert own <= {"integrity", "running", "walls", ""} and not outside & {"nbgrader", "sqlite3", "nbformat"}
    else:
        assert "helpers" not in outside and not own & {"running", "integrity", "worker"}
    assert "pickle" not in outside and "lessons" not in outside


def test_the_course_does_not_lean_on_the_classroom():
    for path in (ROOT / "helpers").rglob("*.py"):
        assert "classroom" not in {module.split(".")[0] for _, module in imports(path)}, path


# Making a class


def test_the_released_notebook_is_the_learners_own_file(made):
    for name, file in FILES.items():
        assert (made / "release" / name / file).read_bytes() == (ROOT / "exercises" / file).read_bytes()
    assert [release.points for release in RELEASES.values()] == [
        sum(check.points for check in release.checks) for release in RELEASES.values()
    ]


def test_made_again_it_keeps_seed_roster_gradebook_and_submissions_and_brings_new_releases(made):
    (made / "roster.csv").write_text("id\nada\n", "utf-8")
    (made / "submitted" / "ada").mkdir()
    (made / "release" / "L1" / FILES["L1"]).write_bytes(b"{}")
    kept = {name: (made / name).read_bytes() for name in ("classroom.json", "roster.csv")}
    said = []
    folder.make(made, say=said.append)
    assert {name: (made / name).read_bytes() for name in kept} == kept
    assert (made / "submitted" / "ada").is_dir() and (made / "gradebook.db").exists()
    assert (made / "release" / "L1" / FILES["L1"]).read_bytes() == released("L1")
    assert "Brought up to date" in said[0] and "(new)" in said[1] and "(new)" not in said[2]


def test_two_classes_have_two_seeds(made, tmp_path):
    other = folder.make(tmp_path / "other", say=say_nothing)
    assert 0 < other.seed < 10**9 and other.seed != folder.opened(made).seed


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(Trouble, match="has files in it and is no classroom"):
        folder.make(tmp_path)
    with pytest.raises(Trouble, match="is a file"):
        folder.make(tmp_path / "thesis.txt")
    with pytest.raises(Trouble, match="inside the course's own folder"):
        folder.make(ROOT / "exercises" / "class")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


# Sentences for what a teacher can mend


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("id,last_name\n", "is empty"),
        ("", "has to name the columns"),
        ("name\nAda\n", "has to name the columns"),
        ("id\nada\nbob\nAda\n", "stands twice"),
        ("id\n../bob\n", "no usable id"),
        ("id,last_name\n,Lovelace\n", "Line 2"),
    ],
)
def test_a_roster_that_does_not_work_is_explained(tmp_path, text, sentence):
    (tmp_path / "roster.csv").write_text(text, "utf-8")
    with pytest.raises(Trouble, match=sentence):
        folder.read_roster(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("comma", [",", ";"])
def test_rosters_of_spreadsheets_are_read(tmp_path, encoding, comma):
    text = "id,last_name,first_name,email\r\nada , Łović,Åsa,\r\n,,,\r\n".replace("Łović", "Lövic").replace(",", comma)
    (tmp_path / "roster.csv").write_bytes(text.encode(encoding))
    assert folder.read_roster(tmp_path) == [folder.Student("ada", "Åsa", "Lövic")]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["grade", "nowhere"], "There is no folder"),
        (["report", "nowhere"], "There is no folder"),
        (["grade", "."], "is no classroom"),
        (["grade", "CLASS"], "is empty: write a line for each student"),
        (["report", "CLASS"], "is empty: write a line for each student"),
        (["grade", "CLASS", "--only", "L9"], "There is no assignment L9"),
        (["grade", "CLASS", "--again", "eve"], "There is no folder submitted/eve"),
    ],
)
def test_what_a_teacher_can_mend_is_one_sentence(made, tmp_path, monkeypatch, capsys, words, sentence):
    (made / "roster.csv").write_text("id\n" + "ada\n" * (len(words) > 2), "utf-8")
    words = [str(made) if word == "CLASS" else word for word in words]
    monkeypatch.chdir(tmp_path)
    assert main(words) == 1
    said = capsys.readouterr()
    assert sentence in said.err and said.err.count("\n") == 1 and said.out == ""


def test_without_nbgrader_the_sentence_says_how_to_get_it(monkeypatch):
    from classroom.gradebook import require_nbgrader

    monkeypatch.setitem(sys.modules, "nbgrader", None)
    with pytest.raises(Trouble, match="nbgrader is not installed"):
        require_nbgrader()


def test_damaged_settings_are_explained(made):
    path, text = made / "classroom.json", (made / "classroom.json").read_text("utf-8")
    for wrong in ("{", '{"seed": -1}', '{"seed": "x"}', '{"seed": 1, "limits": {"minutes": 3}}', "[]"):
        path.write_text(wrong, "utf-8")
        with pytest.raises(Trouble, match=r"classroom\.json"):
            folder.opened(made)
    path.write_text(text, "utf-8")
    assert folder.opened(made).limits == sandbox.Limits()


def test_a_second_grade_of_the_same_class_has_to_wait(made):
    with folder.one_at_a_time(made), pytest.raises(Trouble, match="is being graded by another"):
        folder.one_at_a_time(made).__enter__()


# course.py


def test_the_teachers_packages_are_installed_once_and_learners_never_need_them(monkeypatch, tmp_path):
    for name in ("requirements.lock", "requirements-test.lock", "requirements-classroom.lock", "pyproject.toml"):
        (tmp_path / name).write_text(name, "utf-8")
    env, stamp = course.Environment(tmp_path), {}
    monkeypatch.setattr(env, "read_stamp", lambda: stamp)
    stamp.update(env.goal(False))
    assert env.fits(False) and not env.fits(True) and not env.fits(course.CLASSROOM)
    stamp.update(env.goal(course.CLASSROOM))
    assert env.fits(False) and env.fits(course.CLASSROOM) and not env.fits(True)
    stamp.clear()
    stamp.update(env.goal(True))
    assert env.fits(True) and env.fits(course.CLASSROOM)


# Reading what was handed in


def found(tmp_path, files, release=RELEASES["L1"]):
    """The Submission of a student whose folder has these files, {name: bytes}."""
    for name, data in files.items():
        path = tmp_path / "ada" / "L1" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return submissions.find(tmp_path, "ada", release)


def test_the_notebook_of_the_right_name_is_taken_and_others_are_named(tmp_path):
    each = found(tmp_path, {FILES["L1"]: b"{}", "try.ipynb": b"{}"})
    assert each.file == FILES["L1"] and [note.look for note in each.notes] == [False]


def test_a_renamed_one_is_found_also_in_a_folder_of_a_zip_and_among_other_lessons(tmp_path):
    each = found(tmp_path, {"hand in/L1/mine.ipynb": released("L1"), "hand in/L1/.ipynb_checkpoints/x.ipynb": b"{}"})
    assert each.file == str(Path("hand in/L1/mine.ipynb")) and not each.trouble
    each = found(tmp_path, {"a.ipynb": released("L2"), "b.ipynb": released("L1")})
    assert each.file == "b.ipynb" and "b.ipynb" in each.notes[0].text


def test_two_that_could_be_meant_are_not_guessed_at(tmp_path):
    each = found(tmp_path, {"a.ipynb": released("L1"), "b.ipynb": released("L1")})
    assert "several others: a.ipynb, b.ipynb" in each.trouble


def test_a_folder_without_a_notebook_says_what_is_in_it(tmp_path):
    assert "the folder is empty" in found(tmp_path, {".hidden": b""}).trouble
    assert "answers.docx" in found(tmp_path, {"answers.docx": b"PK"}).trouble
    assert submissions.find(tmp_path, "eve", RELEASES["L1"]) is None


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_are_not_followed(tmp_path):
    (tmp_path / "secret.ipynb").write_bytes(released("L1"))
    found(tmp_path, {".keep": b""})
    (tmp_path / "ada" / "L1" / FILES["L1"]).symlink_to(tmp_path / "secret.ipynb")
    assert "is a link" in submissions.find(tmp_path, "ada", RELEASES["L1"]).trouble
    (tmp_path / "bob").symlink_to(tmp_path / "ada")
    assert "is a link" in submissions.find(tmp_path, "bob", RELEASES["L1"]).trouble


def test_answers_come_from_the_student_and_all_else_from_the_release():
    notebook = solved("L1")
    cell(notebook, "check-mse")["source"] = "print('mine')"
    cell(notebook, "5e748b0be5ce")["source"] = "import os"
    slots, notes = submissions.compose(RELEASES["L1"], to_bytes(notebook))
    for slot in slots:
        given = "".join(cell(notebook, slot.id)["source"])
        own = slot.kind in ("answer", "todo")
        assert slot.source == (given if own else RELEASES["L1"].by_id[slot.id].source)
    assert {note.kind: note.look for note in notes} == {"check changed": True, "given": False}


def test_of_two_copies_of_an_answer_the_one_that_was_worked_on_counts():
    notebook = json.loads(released("L1"))
    twin = json.loads(json.dumps(cell(notebook, "answer-mse")))
    twin.update(id="twin", source="def mse(theta, x, y):\n    return 1")
    notebook["cells"].append(twin)
    slots, notes = submissions.compose(RELEASES["L1"], to_bytes(notebook))
    assert next(slot for slot in slots if slot.id == "answer-mse").source == twin["source"]
    assert [note.kind for note in notes] == ["copied"]


@pytest.mark.parametrize("metadata", [None, [], {"nbgrader": 3}, {"nbgrader": {"grade_id": ["x"]}}])
def test_odd_metadata_stops_nothing(metadata):
    notebook = solved("L1")
    for each in notebook["cells"]:
        each["metadata"] = metadata
    slots, notes = submissions.compose(RELEASES["L1"], to_bytes(notebook))
    assert len(slots) == len(RELEASES["L1"].cells) and {note.kind for note in notes} == {"metadata"}


def test_what_reaches_for_the_machinery_is_named_and_plain_work_is_not():
    assert snoops(ast.parse("import gc\nx.__globals__\ngetattr(f, '__code__')\nfrom helpers import checks")) == [
        "import gc", "import helpers.checks", ".__globals__", "'__code__'",
    ]  # fmt: skip
    for file in FILES.values():
        for each in json.loads((ROOT / "exercises" / "solutions" / file).read_text("utf-8"))["cells"]:
            if each["cell_type"] == "code":
                assert snoops(ast.parse("".join(each["source"]))) == [], each["id"]


def test_a_check_cell_of_another_form_is_refused_when_it_is_released(tmp_path):
    notebook = json.loads(released("L1"))
    cell(notebook, "check-mse")["source"] = "assert check('mse', mse) is None"
    (tmp_path / "x.ipynb").write_bytes(to_bytes(notebook))
    with pytest.raises(Trouble, match="check-mse has to be one line"):
        read_release("L1", tmp_path / "x.ipynb")


# The line


def reader():
    return sandbox._Reader("word", 3), sandbox.Attempt()


REPORT = {"done": 0, "error": None, "outputs": [], "count": 1}


def line(word="word", **message):
    return f"{word} {json.dumps(message)}\n".encode()


def test_reports_are_believed_in_their_known_form_and_order():
    reading, attempt = reader()
    data = line(looks={}) + line(at=0) + line(**REPORT) + line(at=2) + line(end=True)
    for byte in data:
        reading.feed(bytes([byte]), attempt)
    assert reading.at == 2 and reading.ended and attempt.stray == 0 and list(attempt.reports) == [0]


@pytest.mark.parametrize(
    "bad",
    [
        b"nonsense\n",
        line("guess", at=1),
        b"word " + b"[" * 100_000 + b"\n",
        line(at=7),
        line(at=-1),
        line(at=True),
        line(at=0),
        line(**{**REPORT, "done": 1}),
        line(**{**REPORT, "verdict": {"right": 1, "name": "", "sentence": "", "question": "", "code": ""}}),
        line(**{**REPORT, "verdict": {"right": True}}),
        line(**{**REPORT, "outputs": [3]}),
        line(**{**REPORT, "tampered": 3}),
        line(looks=[1]),
        b"word null\n",
    ],
)
def test_anything_else_on_the_line_is_counted_and_not_believed(bad):
    reading, attempt = reader()
    reading.feed(line(at=0) + bad, attempt)
    assert attempt.stray == 1 and attempt.reports == {} and reading.at == 0 and not reading.ended


def test_a_students_page_or_script_never_gets_into_the_graded_notebook():
    rich = {"text/plain": "x", "text/html": "<script>", "application/javascript": "x", "image/svg+xml": "x"}
    clean = marking._clean({"output_type": "display_data", "data": rich, "metadata": {}})
    assert clean["data"] == {"text/plain": "x"}
    assert marking._clean({"output_type": "odd"}) is None
    assert "<" not in marking._harmless("<img src=x onerror=alert(1)> [a](javascript:x)")


# Walls, and what there is without them


def graded_with(way):
    """{exercise: state} of L2's solutions with one answer that writes and one that ends the process; and the way."""
    notebook = solved("L2")
    node = cell(notebook, "answer-places")
    node["source"] = "".join(node["source"]) + "\nopen('own.txt', 'w').write('x')"
    cell(notebook, "answer-numdiff")["source"] = "import os\nos._exit(3)"
    cell(notebook, "answer-two_paths")["source"] = "while True:\n    pass"
    slots, _ = submissions.compose(RELEASES["L2"], to_bytes(notebook))
    cells = [_cell(slot) for slot in slots if slot.kind != "text"]
    with sandbox.Worker(way=way) as worker:
        outcome = worker.run(cells, sandbox.Limits(cell_seconds=3))
        rows, _ = marking.mark(RELEASES["L2"], slots, outcome, sandbox.Limits())
        return {row["exercise"]: row["state"] for row in rows}, worker.way


EXPECTED = {"numdiff": "exit", "two_paths": "time"}


@pytest.mark.parametrize("way", ["alone", "open"])
def test_without_walls_a_submission_is_still_stopped_and_the_rest_of_it_graded(way):
    if way == "open" and not hasattr(os, "fork"):
        pytest.skip("there is no fork here")
    states, used = graded_with(way)
    assert used == way
    assert states == {check.exercise: EXPECTED.get(check.exercise, "right") for check in RELEASES["L2"].checks}


TRIAL = """
import os, sys, tempfile, json, socket
import numpy
from classroom import walls
stage = tempfile.mkdtemp()
walls.enclose(stage, [sys.argv[1]], [sys.argv[2]])
walls.own_processes()
if os.fork() == 0:
    walls.cell()
    def refused(action):
        try:
            action()
        except OSError:
            return True
        return False
    found = {
        "fork": refused(os.fork),
        "program": refused(lambda: os.execv(sys.executable, [sys.executable])),
        "write": refused(lambda: open(sys.argv[1] + "/spoilt", "w")),
        "secret": refused(lambda: os.listdir(sys.argv[2])),
        "home": refused(lambda: os.listdir(os.environ["HOME"] + "/.ssh")),
        "mount": refused(lambda: walls._mount("none", "/own", "tmpfs")),
        "namespace": refused(lambda: walls._unshare(walls.CLONE_NEWUSER)),
        "network": refused(lambda: socket.create_connection(("127.0.0.1", int(sys.argv[3])), 1)),
        "own": not refused(lambda: open("/own/x", "w").close()),
        "alone": os.getpid() == 1,
    }
    print(json.dumps(found), flush=True)
    os._exit(0)
os.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")
def test_inside_walls_there_is_no_way_to_files_network_processes_or_more_rights(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        command = [sys.executable, "-c", TRIAL, str(ROOT / "helpers"), str(tmp_path), port]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode and "unshare" in done.stderr and not os.environ.get("CI"):
        pytest.skip("this machine's kernel refuses namespaces; in CI this is a failure")
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert answers == dict.fromkeys(answers, True)


def test_a_worker_gets_none_of_the_teachers_own_variables(monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "x")
    given = sandbox.environment(7, "/room", ROOT)
    assert "SECRET_TOKEN" not in given and given["DOWNHILL_CLASS_SEED"] == "7" and given["HOME"] == "/room"


def test_the_known_machines_have_a_number_for_every_call():
    assert walls.REFUSED.keys() == walls.ARCHITECTURE.keys() == walls.CLONE.keys() == walls.SYS_PIVOT_ROOT.keys()
