"""docs/checker.md is a fresh run's, slips that stand in no catalogue are caught, and a class may have own numbers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from asking import LESSONS, answers_of, has_no_name, tally
from checker_report import CATALOGUE, FIXED, exercises, named_in, rows_of_the_page, the_slips_are_true
from mutants import all_mutants, mutants
from slips import REVIEWED, SUBJECTS, alike

from helpers import checking, checks, ledger
from helpers.checks import fixtures
from helpers.plain import PlainError

ROOT = Path(__file__).resolve().parents[1]
SEEDS = (1, 7, 42, 2026, 123456789)
MORE = int(os.environ.get("COURSE_MORE_SEEDS", "0"))  # how many more to try, for who has the time


# The report


def test_every_exercise_of_the_course_is_in_the_report_and_every_function_is_tried_with_slips():
    names = [name for _, name in exercises()]
    assert sorted(names) == sorted(checks.names())
    assert set(SUBJECTS) == set(names) - set(FIXED) | {"boiling_rate"}


def test_the_page_has_a_row_for_each_exercise_and_no_other():
    rows = rows_of_the_page()
    assert {name for table, name in rows if table == 0} == {*checks.names(), "all", "exercise"}
    assert {name for table, name in rows if table == 1} - {"id", *CATALOGUE} == {*SUBJECTS, "exercise"}


def test_the_goals_are_met():
    cells = [cell.strip() for cell in rows_of_the_page()[0, "all"].split("|")[2:-1]]
    _, tried, detected, named, _, _, right, refused = map(int, cells)
    assert tried == detected > 1500 and named >= 0.95 * tried and right >= 10 * len(checks.names()) and refused == 0


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_slip_that_stands_in_no_catalogue_is_caught_and_never_named_wrongly(name):
    the_slips_are_true(name)


def test_all_forty_of_the_catalogue_can_be_named_and_the_page_says_where():
    found, rows = named_in(), rows_of_the_page()
    assert all(found.values()), [each for each, names in found.items() if not names]
    listed = {each: f"| {each} | {', '.join(f'`{name}`' for name in names)} |" for each, names in found.items()}
    assert {each: rows[1, each] for each in CATALOGUE} == listed


def test_no_mistake_has_the_name_of_a_general_verdict():
    for lesson in LESSONS:
        for exercise, _, _ in answers_of(lesson).EVERY.values():
            assert not [m.name for m in exercise.mistakes if has_no_name(m.name)], exercise.name


def test_every_reviewed_slip_is_one_that_still_occurs():
    text = REVIEWED.read_text(encoding="utf-8")
    lines = [line.split(" | ") for line in text.splitlines() if not line.startswith("#")]
    assert all(len(line) == 3 and line[0] in SUBJECTS for line in lines) and len(lines) > 100


# The mutants


def test_mutants_are_one_change_each_and_always_the_same():
    source = "def f(x, h):\n    return (x + h) / 2"
    found = all_mutants(source)
    assert found == all_mutants(source) and len(found) == len({text for _, text in found})
    texts = {text.split("return ")[1] for _, text in found if text.startswith("def f(x, h)")}
    assert {"(x - h) / 2", "(x + h) * 2", "x / 2", "(x + h) / 3", "2 / (x + h)"} <= texts
    assert len(mutants(source, 4)) == 4


def test_what_counts_as_the_same_answer():
    assert alike([1.0, [2.0, "a"]], [1.0 + 1e-12, [2.0, "a"]], 1e-9)
    assert not alike([1.0], [1.1], 1e-9) and not alike("a", "b", 1e-9) and not alike([1.0], [1.0, 1.0], 1e-9)


# A class's own numbers


def in_a_new_python(code, seed):
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    environment = {**os.environ, fixtures.VARIABLE: str(seed), "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code], env=environment, text=True, capture_output=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


IN_A_CLASS = """
import json
from checker_report import FIXED, exercises
from asking import tally
from helpers.checks import computational_graphs
computational_graphs.DEEP = 1200  # deep enough for recursion to show
found = {}
for lesson, name in exercises():
    if name not in FIXED:
        found[name] = tally(lesson, name, known_only=True).failures
print(json.dumps({name: failures for name, failures in found.items() if failures}))
"""


@pytest.mark.parametrize("seed", [*SEEDS, *range(1000, 1000 + MORE)])
def test_in_every_class_right_answers_pass_and_known_mistakes_are_named(seed):
    assert json.loads(in_a_new_python(IN_A_CLASS, seed).splitlines()[-1]) == {}


TYPED_IN = """
import json
import numpy as np
from helpers import checking, checks
from checker_report import FIXED, exercises
from asking import answers_of
kept = {}
for lesson, name in exercises():
    exercise = answers_of(lesson).EVERY[name][0]
    if name not in FIXED and exercise.truth is not None:
        kept[name] = repr([[str(arg) for arg in each.make()] for each in exercise.cases])
print(json.dumps(kept))
"""


def test_every_exercise_with_a_truth_has_numbers_of_its_own_in_each_class_and_today_s_without_one():
    today, also_today, one, other = (json.loads(in_a_new_python(TYPED_IN, seed)) for seed in ("", 0, 7, 8))
    rounds = {"value_step", "gradcheck", "gradients_agree", "layer_norms"}  # objects whose text says nothing
    assert today.keys() == one.keys() and len(today) > 25
    for name in today.keys() - rounds:
        if " at 0x" not in today[name]:
            assert today[name] == also_today[name], name
        assert len({today[name], one[name], other[name]}) == 3, name


@pytest.mark.parametrize("text", ["seven", "-3", "1.5", "0x7", "٣", "7 8"])
def test_a_class_seed_that_is_no_whole_number_is_told_so(text):
    with pytest.raises(PlainError) as caught:
        fixtures.class_seed({fixtures.VARIABLE: text})
    assert "whole number" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(("text", "seed"), [("", 0), (" ", 0), ("0", 0), ("7", 7), (" 12 ", 12)])
def test_no_class_seed_and_zero_are_the_same(text, seed):
    assert fixtures.class_seed({fixtures.VARIABLE: text}) == seed and fixtures.class_seed({}) == 0


def test_moved_numbers_keep_sign_size_and_zeros_and_are_never_special(monkeypatch):
    value = {"a": 1}, [3.0, -0.25, 0.0, 7], (1e-9,)
    assert fixtures.shaken(1, value) is value
    for seed in range(1, 60):
        monkeypatch.setattr(fixtures, "CLASS_SEED", seed)
        same, (x, y, zero, whole), (tiny,) = fixtures.shaken(1, value)
        assert same == {"a": 1} and zero == 0.0 and whole == 7
        assert 2.2 < x < 4.1 and -0.34 < y < -0.18 and 0.7e-9 < tiny < 1.4e-9 and x != 3.0 and y != -0.25


# A verdict for programs


def test_judge_says_what_check_says_and_neither_prints_nor_writes(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_WORK", str(tmp_path))
    right, wrong, open_ = (checking.judge("double", each) for each in (lambda x: 2 * x, lambda x: x * x, lambda x: ...))
    assert (right.right, right.name) == (True, "right") and (wrong.right, wrong.name) == (False, "square")
    assert not open_.right and not open_.started
    assert capsys.readouterr().out == "" and ledger.entries("checks", "double") == [] and not list(tmp_path.iterdir())
    with pytest.raises(checking.CheckFailed) as caught:
        checking.check("double", lambda x: x * x)
    assert caught.value.verdict == wrong
    with pytest.raises(PlainError):
        checking.judge("no such exercise", 3)


def test_a_tally_says_which_answer_was_told_what(monkeypatch):
    tests = answers_of("start_here")
    exercise, right, wrong = tests.EVERY["double"]
    broken = {**tests.EVERY, "double": (exercise, [*right, lambda x: 3 * x], {**wrong, "half": [lambda x: x * x]})}
    monkeypatch.setattr(tests, "EVERY", broken)
    failures = tally("start_here", "double").failures
    assert [failure.split(" is told ")[0] for failure in failures] == ["right answer 10", "half 0"]
