"""TEACHING.md stays true: its steps, minutes, exercises, mistakes, figures, commands and points are the course's."""

import importlib
import importlib.util
import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from classroom import release, report
from classroom.__main__ import arguments as classroom_arguments
from classroom.marking import STOPPED
from classroom.report import NO_MISTAKE
from classroom.sandbox import Limits
from helpers import checking
from helpers.checks import digit_reader

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
LESSONS = {f"L{n}": next((ROOT / "lessons").glob(f"{n:02}_*")) for n in range(8)}
CLOSING = {
    "Where this is used", "A conversation, with one error in it", "In three sizes", "Quiz", "Cards", "Exit ticket",
    "Words of this lesson", "Words of this page", "Questions people ask", "Where it comes from",
}  # fmt: skip
FOR_LATER = {"Questions people ask", "Where it comes from", "Words of this lesson", "Words of this page"}
OWN_DEADLINE = {"nudge_search": 20, "hello_slope": 10}
every_lesson = pytest.mark.parametrize("lesson", LESSONS)


# Reading the guide


def section(title, level="##"):
    """The text below the heading that starts so, up to the next heading of its level or above."""
    parts = re.split(rf"(?m)^#{{2,{len(level)}}} (?!#)", GUIDE)
    found = [part for part in parts if part.startswith(title)]
    assert len(found) == 1, f"{len(found)} sections start with {title!r}"
    return found[0]


def tables(text):
    """All tables of a text: a list of (names of the columns, rows as dicts)."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        lines = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in block.splitlines()]
        names, rows = lines[0], lines[2:]
        assert all(len(row) == len(names) for row in rows), f"a row of another length under {names}"
        found.append((names, rows))
    return found


def table(text, *names):
    """The rows of the one table with these columns, as tuples."""
    found = [rows for head, rows in tables(text) if tuple(head) == names]
    assert len(found) == 1, f"{len(found)} tables with the columns {names}"
    return [tuple(row) for row in found[0]]


def names_in(cell):
    return re.findall(r"`([^`]+)`", cell)


def steps(lesson):
    """[(step, minutes, exercises, their minutes, figures)] of a lesson in the guide."""
    rows = table(section(f"{lesson} ", "###"), "step", "min", "then", "min", "project")
    return [(step, int(m), names_in(then), int(more or 0), names_in(figures)) for step, m, then, more, figures in rows]


# Reading the course


def parts(lesson):
    """{heading: text} of a lesson, in order; what comes before the first heading is called Start."""
    text = (LESSONS[lesson] / "lesson.md").read_text(encoding="utf-8").split("\n---\n", 1)[1]
    start, *others = re.split(r"(?m)^## ", text)
    return {"Start": start, **{part.split("\n", 1)[0].removeprefix("Step "): part for part in others}}


def by_step(lesson):
    """{row of the guide: text}: the lesson's parts with all closing parts put together under Close."""
    found = {name: text for name, text in parts(lesson).items() if name not in CLOSING}
    found["Close"] = "".join(text for name, text in parts(lesson).items() if name in CLOSING - FOR_LATER)
    return found


def code_cells(text):
    return re.findall(r"^```\{code-cell\}.*?^```", text, flags=re.MULTILINE | re.DOTALL)


def counted(text):
    """Minutes for a part of a lesson, by the rates that the guide names."""
    code = code_cells(text)
    lines = sum(bool(line.strip()) and line[0] not in ":`" for cell in code for line in cell.splitlines())
    prose = re.sub(r"```.*?```|<details>.*?</details>|<!--.*?-->", "", text, flags=re.DOTALL)
    figures = len(re.findall(r"\bfigures\.(?!ready_made)\w+\(", "".join(code)))
    minutes = len(prose.split()) / 120 + lines / 15 + text.count('predict("') + 4 * figures
    minutes += 1.5 * text.count("**Your turn")
    return minutes + 4 * ("recall(" in "".join(code)) + 8 * ("quiz(" in "".join(code))


def points(lesson):
    """{exercise: points} by the metadata of the built exercise notebook, which is what nbgrader scores."""
    path = ROOT / "exercises" / f"{LESSONS[lesson].name}.ipynb"
    found = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        meta = cell["metadata"].get("nbgrader", {})
        if meta.get("grade"):
            found[re.match(r'check\("(\w+)"', "".join(cell["source"]))[1]] = meta["points"]
    return found


def after_step(lesson):
    """{exercise: the steps after which it may come} by the table in the lesson's exercises."""
    text = (LESSONS[lesson] / "exercises.md").read_text(encoding="utf-8")
    found = {}
    for head, rows in tables(text):
        if "after step" in head:
            for row in rows:
                numbers = re.findall(r"\d+", row[head.index("after step")].split(", cell")[0])
                found.update(dict.fromkeys(names_in(row[head.index("you write")]), numbers))
    return found


# The lessons


@every_lesson
def test_the_steps_are_the_headings_of_the_lesson_in_order(lesson):
    assert [step for step, *_ in steps(lesson)] == list(by_step(lesson))


@every_lesson
def test_the_minutes_are_what_counting_gives_or_a_little_more(lesson):
    texts = by_step(lesson)
    for step, minutes, *_ in steps(lesson):
        assert -3 < minutes - counted(texts[step]) < 10, f"{lesson} {step}: counted {counted(texts[step]):.1f}"


def test_the_rates_of_counting_are_those_the_guide_names():
    said = " ".join(section("1. In two minutes").split())
    for words in (
        "120 words and 15 lines of code a minute", "1 minute a guess", "4 a figure", '1½ for each "Your turn"',
        "4 for the recall questions", "8 for a quiz", "4 minutes a point", "deadline of 20", "`hello_slope` its ten",
    ):  # fmt: skip
        assert words in said


@every_lesson
def test_every_exercise_stands_once_and_behind_its_step(lesson):
    there = {name: step for step, _, names, *_ in steps(lesson) for name in names}
    assert sorted(name for _, _, names, *_ in steps(lesson) for name in names) == sorted(points(lesson))
    for name, numbers in after_step(lesson).items():
        if name in there:
            assert there[name].split(" ")[0] in numbers, f"{lesson} {name}"


@every_lesson
def test_the_minutes_of_exercises_follow_from_their_points(lesson):
    for step, _, names, minutes, _ in steps(lesson):
        worth = points(lesson)
        assert minutes == sum(OWN_DEADLINE.get(name, 4 * worth[name]) for name in names), f"{lesson} {step}"


def test_the_table_of_totals_adds_up():
    name = ("lesson", "reading and figures, min", "exercises, min", "all", "points")
    rows = {row[0]: row[1:] for row in table(section("1. In two minutes"), *name)}
    assert list(rows) == list(LESSONS)
    for lesson, (reading, working, total, worth) in rows.items():
        assert int(reading) == sum(minutes for _, minutes, *_ in steps(lesson)), lesson
        assert int(working) == sum(row[3] for row in steps(lesson)), lesson
        hours, minutes = divmod(int(reading) + int(working), 60)
        assert total == (f"{hours} h {minutes}" if hours else f"{minutes} min"), lesson
        assert int(worth) == sum(points(lesson).values()), lesson


def test_the_totals_are_those_the_readme_promises():
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    said = re.search(r"Lesson 0 takes (\d+) to (\d+) minutes, lessons 1 to 6 take ([\d.]+) to (\d+) hours each, "
                     r"the capstone (\d+) to (\d+)", readme)  # fmt: skip
    low0, high0, low, high, low7, high7 = map(float, said.groups())
    for lesson in LESSONS:
        total = sum(row[1] + row[3] for row in steps(lesson))
        wanted = {"L0": (low0, high0), "L7": (60 * low7, 60 * high7)}.get(lesson, (60 * low, 60 * high))
        assert wanted[0] <= total <= wanted[1], lesson


@every_lesson
def test_the_mistakes_are_those_the_checks_know(lesson):
    head = ("exercise", "mistake", "the thinking behind it", "ask, don't tell")
    rows = table(section(f"{lesson} ", "###"), *head)
    assert 3 <= len(rows) <= 5
    for exercise, mistake, thinking, question in rows:
        declared = checking._find(names_in(exercise)[0])
        assert declared.name in points(lesson)
        assert declared.mistake(names_in(mistake)[0])
        assert thinking
        assert "?" in question


@every_lesson
def test_the_figures_are_drawn_in_their_steps(lesson):
    texts = by_step(lesson)
    module = importlib.import_module(f"helpers.figures.{LESSONS[lesson].name[3:]}") if lesson != "L0" else None
    for step, *_, figures in steps(lesson):
        for name in figures:
            assert callable(getattr(module, name))
            assert f"figures.{name}(" in texts[step], f"{lesson} {step} {name}"


@every_lesson
def test_there_is_a_question_for_every_figure(lesson):
    projected = re.split(r"\*\*Project\.?\*\*", section(f"{lesson} ", "###"))[1].split("\n|")[0]
    asked = set(re.findall(r"`(\w+)`", projected))
    assert {name for *_, figures in steps(lesson) for name in figures} <= asked
    assert projected.count("?") >= sum(len(figures) > 0 for *_, figures in steps(lesson)) / 2


@every_lesson
def test_each_lesson_has_all_its_parts(lesson):
    text = section(f"{lesson} ", "###")
    for part in ("**Say.**", "**Project", "*Discovery:*", "**Stop", "**Leave out"):
        assert part in " ".join(text.split()), f"{lesson} {part}"


def test_every_step_named_in_the_text_exists():
    numbers = {lesson: {name.split(" ")[0] for name in by_step(lesson)} for lesson in LESSONS}
    found = re.findall(r"\b(L\d) steps? (\d+)(?:(?: to | and |, (?=\d+ and))(\d+))?(?: and (\d+))?", GUIDE)
    assert len(found) > 20
    for lesson, *mentioned in found:
        assert {number for number in mentioned if number} <= numbers[lesson], (lesson, mentioned)


# Running it, setting up, grading


def test_the_weeks_add_up():
    rows = table(section("3. Ways of running it"), "weeks in all", "L0 and L1", "L2", "L3", "L4", "L5", "L6", "L7")
    for weeks, *each in rows:
        assert int(weeks) == sum(map(int, each))


def course_arguments():
    spec = importlib.util.spec_from_file_location("course", ROOT / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.arguments()


def test_every_command_is_known_to_the_command_line():
    commands = re.findall(r"\b(?:python3?|py) course\.py( [^`\n\"&;,)]+)", GUIDE)
    assert len(commands) > 15
    for words in map(shlex.split, commands):
        options = course_arguments().parse_args(words)
        if options.command == "classroom":
            classroom_arguments().parse_args(options.words)


def test_the_options_of_grade_are_known():
    said = section("5. Handing out and grading")
    for words in ("--again STUDENT", "--again all", "--cores 2", "--only L3"):
        option = words.split()[0]
        assert f"{option} " in said
        classroom_arguments().parse_args(["grade", "FOLDER", *words.split()])


def test_the_columns_and_states_are_those_of_the_report():
    said = section("5. Handing out and grading")
    assert [names_in(row[0])[0] for row in table(said, "column", "meaning")] == list(report.COLUMNS)
    listed = set(names_in(said.split("States that are no mistake of thought:")[1].split("\n\n")[0]))
    assert listed - {"sys"} >= set(STOPPED) | {"syntax", "error"} | (NO_MISTAKE - {"right", "not started"})
    assert listed <= set(STOPPED) | {"syntax", "error"} | NO_MISTAKE


def test_what_a_teacher_reads_is_what_the_report_collects():
    rows = table(section("5. Handing out and grading"), "lesson", "what", "where", "points")
    assert {row[0] for row in rows} == set(release.TO_READ)
    assert len(rows) == sum(len(each) for each in release.TO_READ.values())


def test_what_is_said_of_the_reader_is_what_its_check_does():
    said = " ".join(section("5. Handing out and grading").split())
    assert f"more than {digit_reader.HONEST} of 500" in said
    assert f"anything above {digit_reader.LEAKED}" in said


def test_the_limits_are_those_of_a_new_class():
    limits = Limits()
    said = f"{limits.cell_seconds:g} s a cell, {limits.submission_seconds:g} s a submission, {limits.memory_mb} MB"
    assert said in " ".join(GUIDE.split())


def test_short_answers_are_exercises():
    row = next(line for line in GUIDE.splitlines() if line.startswith("| short answers"))
    everything = {name for lesson in LESSONS for name in points(lesson)}
    assert set(names_in(row)) <= everything


def test_the_values_for_kubernetes_are_yaml_and_hold_what_was_measured():
    values = yaml.safe_load(re.search(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)[1])
    user = values["singleuser"]
    assert set(user) == {
        "image", "cmd", "defaultUrl", "memory", "cpu", "storage", "extraEnv", "lifecycleHooks",
    }  # fmt: skip
    assert all(isinstance(value, str) for value in user["extraEnv"].values())
    assert user["lifecycleHooks"]["postStart"]["exec"]["command"][:2] == ["sh", "-c"]
    measured = {row[0]: row[1] for row in table(section("Resource figures", "###"), "what", "memory, MB", "CPU, s")}
    largest = max(int(memory) for what, memory in measured.items() if what.startswith("kernel after lesson"))
    server = int(measured["JupyterLab's server, two notebooks fetched"])
    assert f"{server} + 2 × {largest} = {server + 2 * largest} MB" in " ".join(GUIDE.split())
    assert server + 4 * largest <= 1000 == int(user["memory"]["limit"].removesuffix("G")) * 1000


def test_the_sums_for_classes_are_right():
    rows = table(section("Resource figures", "###"), "class", "at work at once", "memory", "cores", "disk")
    for _, at_once, memory, *_ in rows:
        count, each, total = re.match(r"(\d+) × ([\d.]+) = (\d+) GB", memory).groups()
        assert count == at_once
        assert round(int(count) * float(each)) == int(total)


# Form


def test_links_lead_somewhere():
    headings = re.findall(r"(?m)^#+ (.*)$", GUIDE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)]+)\)", GUIDE):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif not target.startswith("http"):
            assert (ROOT / target).exists(), target


def test_the_files_it_names_exist():
    for path in (
        "course.py", "requirements.lock", "CONTRIBUTING.md", "tests/test_teaching.py", "classroom/README.md",
    ):  # fmt: skip
        assert path in GUIDE
        assert (ROOT / path).is_file(), path


def test_the_voice_is_the_courses():
    prose = re.sub(r"```.*?```|`[^`]*`", "", GUIDE, flags=re.DOTALL)
    assert "!" not in prose
    assert not re.search(r"\b(simply|obviously|just)\b", prose, flags=re.IGNORECASE)
    lines = re.sub(r"```.*?```", "", GUIDE, flags=re.DOTALL).splitlines()
    assert not [line for line in lines if len(line) > 120 and not line.startswith("|")]
