"""What a teacher is promised of a graded class: every mark, every named mistake, and that no submission harms anything.

A made-up class (classroom_class.py) is graded once, by the command a teacher types; all tests look at what came out.
"""

import csv
import hashlib
import html.parser
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from classroom_class import FILES, MISTAKES, ROOT, hand_in, released, whole_class

from classroom import folder as folders
from classroom import grading
from classroom.report import harmless

WAIT = 600  # seconds for the other test process to grade the class
ON_LINUX = sys.platform == "linux"
needs_walls = pytest.mark.skipif(not ON_LINUX, reason="namespaces are Linux's")
SECONDS_A_CELL = 6


def classroom(*words, cwd=ROOT, **variables):
    """Run the teacher's tools as `course.py classroom` does."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, "-P", "-m", "classroom", *map(str, words)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=900, check=False)


def changed_settings(folder, **changes):
    """Change the class's settings; limits by their own names."""
    path = folder / "classroom.json"
    settings = json.loads(path.read_text("utf-8"))
    settings["seed"] = changes.pop("seed", settings["seed"])
    settings["limits"].update(changes)
    path.write_text(json.dumps(settings), "utf-8")


def prints_of(folder, parts):
    """{file: digest} of some files and folders of a class."""
    paths = [path for part in parts for path in [folder / part, *(folder / part).rglob("*")] if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(paths)}


def spoilt():
    """Files with the word spoilt in their name at the places where a hostile submission tries to put one."""
    places = [ROOT, ROOT / "helpers", Path.home(), Path("/"), Path("/etc"), Path(tempfile.gettempdir()), Path("/tmp")]
    found = [place / name for place in places for name in ("spoilt", "spoilt.py", "course-spoilt")]
    return [str(path) for path in found if path.exists()]


class Class:
    """The graded class: its folder, what was expected, what the command said, and the rows."""

    def __init__(self, place):
        self.folder = place / "class"
        self.expected = whole_class(self.folder)
        self.said = json.loads((place / "said.json").read_text("utf-8"))

    def row(self, each):
        path = self.folder / "grading" / each.assignment / f"{each.student}.json"
        return json.loads(path.read_text("utf-8"))


def _grade_class(place):
    """Make, hand in, grade and report; keep what was said."""
    folder = place / "class"
    made = classroom("init", folder)
    assert made.returncode == 0, made.stderr
    changed_settings(folder, seed=0, cell_seconds=SECONDS_A_CELL, memory_mb=600)
    hand_in(folder, whole_class(folder))
    own = ["source", "release", "submitted", "classroom.json", "nbgrader_config.py", "roster.csv"]
    before = prints_of(folder, own)
    start = time.monotonic()
    graded = classroom("grade", folder, "--cores", "2")
    seconds = time.monotonic() - start
    reported = classroom("report", folder)
    said = {
        "init": made.stdout, "grade": graded.stdout, "code": graded.returncode, "errors": graded.stderr,
        "seconds": seconds, "report": reported.stdout, "reported": reported.returncode, "spoilt": spoilt(),
        "changed": [name for name, mark in prints_of(folder, own).items() if before.get(name) != mark],
    }  # fmt: skip
    (place / "said.part").write_text(json.dumps(said), "utf-8")
    (place / "said.part").rename(place / "said.json")


@pytest.fixture(scope="session")
def graded(tmp_path_factory):
    """The class, graded once even where the tests run in two processes."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "the-class"
    try:
        place.mkdir()
    except FileExistsError:
        end = time.monotonic() + WAIT
        while not (place / "said.json").exists():
            assert time.monotonic() < end and not (place / "failed").exists(), "the class could not be graded"
            time.sleep(0.5)
    else:
        try:
            _grade_class(place)
        except BaseException:
            (place / "failed").touch()
            raise
    return Class(place)


CLASS = whole_class(Path("/nowhere"))


def each_submission():
    return pytest.mark.parametrize("number", range(len(CLASS)), ids=[f"{e.student}-{e.assignment}" for e in CLASS])


# The marks


def test_the_class_has_sixty_submissions_and_more_all_graded_by_one_command(graded):
    assert len(CLASS) >= 60 and len({(e.student, e.assignment) for e in CLASS}) == len(CLASS)
    assert graded.said["code"] == 0, graded.said["errors"]
    assert f"{len(CLASS)} submissions to grade" in graded.said["grade"]
    assert graded.said["errors"] == ""
    lines = re.findall(r"^ *(\d+) of (\d+)  (\S+)", graded.said["grade"], re.MULTILINE)
    assert [int(number) for number, _, _ in lines] == list(range(1, len(CLASS) + 1))
    assert {name for *_, name in lines} == {e.student for e in CLASS}


@each_submission()
def test_each_exercise_of_each_submission_has_its_mark_and_its_mistake_has_its_name(graded, number):
    each = graded.expected[number]
    row = graded.row(each)
    release = folders.opened(graded.folder).releases[each.assignment]
    of = {check.exercise: check.points for check in release.checks}
    assert [entry["exercise"] for entry in row["exercises"]] == list(of)
    states = {entry["exercise"]: entry["state"] for entry in row["exercises"]}
    assert states == {name: each.states.get(name, each.otherwise) for name in of}
    points = {entry["exercise"]: entry["points"] for entry in row["exercises"]}
    assert points == {name: of[name] if states[name] == "right" else 0 for name in of}
    assert row["points"] == sum(points.values()) and row["of"] == sum(of.values())


@each_submission()
def test_a_teacher_is_asked_to_look_where_there_is_something_to_see_and_nowhere_else(graded, number):
    each = graded.expected[number]
    row = graded.row(each)
    assert {note["kind"] for note in row["notes"] if note["look"]} == each.notes
    assert row["look"] == bool(each.notes or each.trouble)
    assert each.trouble in row["trouble"] and bool(each.trouble) == bool(row["trouble"])


def test_the_untouched_release_gets_nothing_and_the_solutions_get_all_points():
    begun = {e.assignment: e.otherwise for e in CLASS if e.student == "untouched"}
    done = {e.assignment: e.otherwise for e in CLASS if e.student == "complete"}
    assert begun == dict.fromkeys(FILES, "not started") and done == dict.fromkeys(FILES, "right")


def test_every_mistake_of_the_list_is_made_by_someone():
    made = {(e.assignment, name, state) for e in CLASS for name, state in e.states.items()}
    assert {(lesson, exercise, name) for lesson, exercise, name, *_ in MISTAKES} <= made
    assert len({name for *_, name, _, _ in MISTAKES}) >= 25


def test_what_nbgrader_sees_in_its_gradebook_are_the_same_points(graded):
    with sqlite3.connect(f"file:{graded.folder / 'gradebook.db'}?mode=ro", uri=True) as book:
        found = dict.fromkeys(((e.student, e.assignment) for e in CLASS), 0.0)
        query = """select s.student_id, a.name, sum(g.auto_score) from submitted_assignment s
            join assignment a on a.id = s.assignment_id join submitted_notebook n on n.assignment_id = s.id
            join grade g on g.notebook_id = n.id group by s.student_id, a.name"""
        rows = {(student, assignment): points for student, assignment, points in book.execute(query)}
    assert rows == {**found, **{(e.student, e.assignment): graded.row(e)["points"] for e in CLASS}}


def test_a_graded_notebook_shows_what_the_built_one_shows(graded):
    for assignment, file in FILES.items():
        built = nbformat.read(ROOT / "exercises" / "solutions" / file, 4)
        ours = {c.id: c for c in nbformat.read(graded.folder / f"autograded/complete/{assignment}/{file}", 4).cells}
        for cell in built.cells:
            if cell.cell_type == "code":
                assert printed(ours[cell.id]) == printed(cell), (assignment, cell.id)
                assert pictures(ours[cell.id]) == pictures(cell), (assignment, cell.id)


def printed(cell):
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def pictures(cell):
    return sum("image/png" in output.get("data", {}) for output in cell.outputs)


def test_every_graded_notebook_is_valid_and_shows_nothing_a_browser_would_run(graded):
    for each in CLASS:
        path = graded.folder / "autograded" / each.student / each.assignment / FILES[each.assignment]
        notebook = nbformat.read(path, 4)
        nbformat.validate(notebook)
        for cell in notebook.cells:
            assert "<script" not in cell.source or cell.cell_type == "code"
            for output in cell.get("outputs", []):
                assert output.get("data", {}).keys() <= {"text/plain", "image/png", "image/jpeg"}


# Harmless


def test_nothing_outside_a_submissions_own_folder_was_written(graded):
    assert graded.said["changed"] == [] and graded.said["spoilt"] == [] and spoilt() == []


def test_nothing_of_the_class_runs_on_when_all_is_graded(graded):
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        assert "classroom.worker" not in words or str(graded.folder) not in " ".join(words)


@needs_walls
def test_on_linux_every_submission_ran_inside_walls(graded):
    ways = {graded.row(each)["walls"] for each in CLASS}
    if ways != {"walls"} and not os.environ.get("CI"):
        pytest.skip("this machine's kernel refuses namespaces; in CI this is a failure")
    assert ways == {"walls"}
    assert "Each ran inside walls" in graded.said["grade"]


def test_an_output_without_end_is_cut(graded):
    for path in (graded.folder / "autograded").rglob("*.ipynb"):
        assert path.stat().st_size < 5_000_000, path


# Going on, and again


def test_a_second_run_has_nothing_to_do_and_a_changed_submission_is_graded_anew(graded, tmp_path):
    mine = tmp_path / "class"
    shutil.copytree(graded.folder, mine)
    room, roster = folders.opened(mine), folders.read_roster(mine)
    tasks, before = grading._to_do(room, room.releases, roster, ())
    assert tasks == [] and before == len(CLASS)
    tasks, before = grading._to_do(room, {"L2": room.releases["L2"]}, roster, ("complete",))
    assert [(task.student, task.release.name) for task in tasks] == [("complete", "L2")]
    tasks, before = grading._to_do(room, room.releases, roster, ("all",))
    assert len(tasks) == len(CLASS) and before == 0
    (mine / "submitted" / "complete" / "L2" / FILES["L2"]).write_bytes(released("L2"))
    said = []
    assert grading.grade(mine, say=said.append) == 0
    assert said[0] == f"1 submission to grade, {len(CLASS) - 1} graded before"
    assert json.loads((mine / "grading" / "L2" / "complete.json").read_text("utf-8"))["points"] == 0
    said.clear()
    assert grading.grade(mine, say=said.append) == 0 and said == [f"Nothing to grade, {len(CLASS)} graded before."]


def test_another_seed_grades_everything_anew_and_right_stays_right(graded, tmp_path):
    mine = tmp_path / "class"
    shutil.copytree(graded.folder, mine, ignore=shutil.ignore_patterns("submitted", "autograded", "report"))
    for lesson in ("L1", "L2", "L4"):
        shutil.copytree(graded.folder / "submitted" / "complete" / lesson, mine / "submitted" / "complete" / lesson)
    changed_settings(mine, seed=7)
    said = []
    assert grading.grade(mine, say=said.append, cores=1) == 0
    assert said[0] == "3 submissions to grade"
    assert re.findall(r"(\d+) of (\d+) points", "\n".join(said)) == [("16", "16"), ("15", "15"), ("22", "22")]


def test_stopped_in_the_middle_it_keeps_what_it_has_and_goes_on_from_there(graded, tmp_path):
    mine = tmp_path / "class"
    shutil.copytree(graded.folder, mine, ignore=shutil.ignore_patterns("grading", "autograded", "submitted", "report"))
    for number in range(6):
        place = mine / "submitted" / f"s{number}" / "L1"
        place.mkdir(parents=True)
        shutil.copy(graded.folder / "submitted" / ("complete" if number < 3 else "sleeper") / "L1" / FILES["L1"], place)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "classroom", "grade", str(mine), "--cores", "1"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in process.stdout:
        if line.strip().startswith("3 of 6"):
            break
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(2)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and errors.startswith("Stopped. What was graded is kept")
    assert "Traceback" not in errors
    assert children and not psutil.wait_procs(children, timeout=5)[1]
    assert len(list((mine / "grading" / "L1").glob("*.json"))) >= 3
    for number in (3, 4, 5):
        shutil.copy(graded.folder / "submitted" / "complete" / "L1" / FILES["L1"], mine / f"submitted/s{number}/L1")
    rest = classroom("grade", mine, "--cores", "2")
    assert rest.returncode == 0 and "3 submissions to grade, 3 graded before" in rest.stdout


# The report


def rows_of_csv(graded):
    text = (graded.folder / "report" / "marks.csv").read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_table_has_a_line_for_each_student_and_exercise(graded):
    rows = rows_of_csv(graded)
    exercises = {name: len(r.checks) for name, r in folders.opened(graded.folder).releases.items()}
    assert len(rows) == len({e.student for e in CLASS}) * sum(exercises.values())
    by = {(r["student"], r["assignment"], r["exercise"]): r for r in rows}
    for each in CLASS:
        for entry in graded.row(each)["exercises"]:
            row = by[each.student, each.assignment, entry["exercise"]]
            assert (float(row["points"]), row["state"]) == (entry["points"], entry["state"])
    assert {r["state"] for r in rows if r["student"] == "pdf" and r["assignment"] == "L4"} == {"no submission"}


def test_no_cell_of_the_table_is_a_formula(graded):
    for row in rows_of_csv(graded):
        assert not any(value[:1] in ("=", "+", "-", "@") for value in row.values()), row
    assert harmless("=1+1") == "'=1+1" and harmless(" @x\x00\n") == "'@x" and harmless("-2") == "'-2"


class Page(html.parser.HTMLParser):
    """The texts of a page's table rows, and the tags in it."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.lines, self.open = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "tr":
            self.lines.append([])
        if tag in ("td", "th") and self.lines:
            self.lines[-1].append("")

    def handle_data(self, data):
        if self.lines and self.lines[-1]:
            self.lines[-1][-1] += data


def test_the_page_counts_the_mistakes_of_the_class_and_gives_their_questions(graded):
    page = Page((graded.folder / "report" / "index.html").read_text("utf-8"))
    counts = {}
    for each in CLASS:
        for entry in graded.row(each)["exercises"]:
            key = (entry["state"], f"{each.assignment} {entry['exercise']}")
            counts[key] = counts.get(key, 0) + 1
    lines = {(line[1], line[2]): line for line in page.lines if len(line) == 6 and line[0].isdigit()}
    for assignment, exercise, name, *_ in MISTAKES:
        line = lines[name, f"{assignment} {exercise}"]
        assert int(line[0]) == counts[name, f"{assignment} {exercise}"]
        assert line[4].endswith("?"), line
    numbers = [int(line[0]) for line in page.lines if len(line) == 6 and line[0].isdigit()]
    assert numbers == sorted(numbers, reverse=True)


def test_the_page_is_one_harmless_file_with_real_headers(graded):
    for name in ("index.html", "read.html"):
        text = (graded.folder / "report" / name).read_text("utf-8")
        page = Page(text)
        tags = [tag for tag, _ in page.tags]
        assert not {"script", "img", "link", "iframe", "object"} & set(tags)
        assert not any(key.startswith("on") for _, attributes in page.tags for key in attributes)
        assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
        assert tags.count("table") == tags.count("caption") and tags.count("h1") == 1
        assert dict(page.tags)["html"]["lang"] == "en"
    assert "&lt;script&gt;" in (graded.folder / "report" / "index.html").read_text("utf-8")


def test_the_page_says_who_never_started_and_lists_what_needs_a_look_first(graded):
    text = (graded.folder / "report" / "index.html").read_text("utf-8")
    never = text.split("Who never started")[1].split("<h2>")[0]
    assert re.findall(r"\((\S+)\)", never) == ["untouched"]
    look = text.split("What needs a look")[1].split("<h2>")[0]
    wanted = {e.student for e in CLASS if e.notes or e.trouble}
    assert set(re.findall(r"\((\S+)\)</th>", look)) == wanted
    first = re.findall(r"\((\S+)\)</th>", look)[: sum(bool(e.trouble) for e in CLASS)]
    assert set(first) == {e.student for e in CLASS if e.trouble}


def test_answers_in_words_are_there_to_be_read(graded):
    text = (graded.folder / "report" / "read.html").read_text("utf-8")
    assert "three explanations" in text and "Of Class" in text and "the reason for a learning rate" in text
    assert "untouched" not in text.casefold()


# nbgrader's own tools


def test_nbgraders_own_autograde_feedback_and_export_work_on_the_class_and_agree(graded, tmp_path):
    mine = tmp_path / "class"
    shutil.copytree(graded.folder, mine, ignore=shutil.ignore_patterns("submitted", "autograded", "report"))
    own = next(e for e in CLASS if e.student == "mixed-04" or (e.assignment == "L2" and e.states))
    for part in ("submitted", "autograded"):
        source = graded.folder / part / own.student / own.assignment
        shutil.copytree(source, mine / part / own.student / own.assignment)

    def nbgrader(*words):
        bin_folder = str(Path(sys.executable).parent)
        environment = {**os.environ, "PATH": os.pathsep.join([bin_folder, os.environ["PATH"]]), "PYTHONPATH": str(ROOT)}
        environment["JUPYTER_RUNTIME_DIR"] = str(tmp_path / "runtime")
        command = [sys.executable, "-m", "nbgrader", *words]
        done = subprocess.run(command, cwd=mine, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]

    def score():
        nbgrader("export")
        rows = csv.DictReader(io.StringIO((mine / "grades.csv").read_text("utf-8")))
        wanted = (own.student, own.assignment)
        return next(float(r["raw_score"]) for r in rows if (r["student_id"], r["assignment"]) == wanted)

    assert score() == graded.row(own)["points"]
    nbgrader("generate_feedback", own.assignment, "--student", own.student)
    page = next((mine / "feedback" / own.student / own.assignment).glob("*.html")).read_text("utf-8")
    assert "check-chain" in page
    nbgrader("autograde", own.assignment, "--student", own.student, "--force")
    assert score() == graded.row(own)["points"]
