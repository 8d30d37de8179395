"""The merge of one notebook: what the learner wrote stays, everything else follows the course."""

import copy
import json

import nbformat
import pytest
from editing import AUTHOR, LEARNER, author, course_cell, learner, lesson, notebook, own_cell, token_list, typed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upkeep import bases, cells, notebooks

CASES = 2200
SEED, SIZE = st.integers(0, 99), st.integers(0, 11)


def readable(whole):
    """A notebook as an update reads it from disk."""
    return cells.read(cells.write(whole))


def said(whole):
    return [cells.text(cell["source"]) for cell in whole["cells"]]


# Any edits by both sides


@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(SEED, SIZE, st.booleans(), st.lists(st.tuples(LEARNER, AUTHOR), min_size=1, max_size=2))
def test_no_character_is_lost_and_the_notebook_is_valid_whatever_both_sides_do(seed, size, exercise, rounds):
    typed.begin()
    base = own = lesson(seed, size, exercise)
    for by_learner, by_author in rounds:
        raw = learner(own, by_learner)
        mine, new = readable(raw), author(base, by_author)
        before = copy.deepcopy((base, mine, new))
        merged = notebooks.merge(base, mine, new).notebook
        assert (base, mine, new) == before, "the merge changes none of the three"
        hold_promises(raw, mine, base, new, merged)
        base, own = new, merged


def hold_promises(raw, mine, base, new, merged):
    data = cells.write(merged)
    nbformat.validate(json.loads(data))
    assert cells.read(data) == merged, "what is written is read back the same"
    texts = said(merged)
    assert token_list(raw) <= token_list(merged)
    courses = set(said(base) + said(new))
    notes = [text for text, cell in zip(texts, merged["cells"], strict=True) if notebooks.KEY in cell["metadata"]]
    for cell in mine["cells"]:
        text = cells.source(cell)
        if text not in courses and not notebooks.is_note(cell, "clash"):
            assert text in texts or any(text in note for note in notes), "whole, in one cell"
    ids = [cell["id"] for cell in merged["cells"]]
    assert len(set(ids)) == len(ids)
    names = [name for cell in merged["cells"] if (name := cells.grader(cell))]
    assert len(set(names)) == len(names), "nbgrader refuses a name that stands twice"
    there = {cells.grader(cell) for cell in merged["cells"]}
    assert {cell["id"] for cell in new["cells"] if cells.is_locked(cell)} <= there, "no check is missing"
    assert notebooks.lost(base, mine, merged, new) == []
    again = notebooks.merge(new, merged, new)
    assert again.notebook == merged and not any(again.counts.values()), "a second time changes nothing"


@settings(max_examples=250, deadline=None)
@given(SEED, SIZE, st.booleans(), AUTHOR)
def test_a_copy_that_nobody_touched_becomes_the_new_version(seed, size, exercise, by_author):
    base = lesson(seed, size, exercise)
    new = author(base, by_author)
    assert notebooks.merge(base, base, new).notebook == new


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(SEED, SIZE, st.booleans(), LEARNER, AUTHOR)
def test_without_the_old_version_nothing_is_lost_either(seed, size, exercise, by_learner, by_author):
    typed.begin()
    old = lesson(seed, size, exercise)
    raw, new = learner(old, by_learner), author(old, by_author)
    mine = readable(raw)
    base = bases.guessed(mine, new)
    hold_promises(raw, mine, base, new, notebooks.merge(base, mine, new).notebook)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(SEED, SEED, SIZE, st.booleans(), LEARNER, AUTHOR)
def test_a_wrong_old_version_loses_nothing_either(seed, other, size, exercise, by_learner, by_author):
    typed.begin()
    old = lesson(seed, size, exercise)
    raw, new, base = learner(old, by_learner), author(old, by_author), lesson(other, size, exercise)
    mine = readable(raw)
    hold_promises(raw, mine, base, new, notebooks.merge(base, mine, new).notebook)


# One edit at a time


def code(text, **more):
    return course_cell("code", text, **more)


def answer(text="def f(x):\n    return ...", name="answer-f"):
    return course_cell("code", text, name, "answer")


def check(text='check("f", f)', name="check-f"):
    return course_cell("code", text, name, "check")


def changed(whole, index, text):
    """The same notebook with another text in one cell, as a learner edits it."""
    whole = copy.deepcopy(whole)
    whole["cells"][index]["source"] = text
    return whole


def texts_of(base, own, new):
    return said(notebooks.merge(base, own, new).notebook)


LONG = "the loss of six knobs is a bowl in each of them"


def test_an_edited_cell_stays_and_an_untouched_one_follows():
    base, new = notebook([code("a = 1"), code("b = 2")]), notebook([code("a = 1"), code("b = 3")])
    assert texts_of(base, changed(base, 0, "a = 100"), new) == ["a = 100", "b = 3"]


def test_a_clash_keeps_the_learners_cell_and_puts_the_new_one_below_it_in_a_note():
    base, new = notebook([code("a = 1"), code("end")]), notebook([code("a = 2"), code("end")])
    merged = notebooks.merge(base, changed(base, 0, "a = 100"), new)
    mine, note, end = merged.notebook["cells"]
    assert (mine["source"], cells.source(end)) == ("a = 100", "end")
    assert note["cell_type"] == "markdown", "so that it never runs"
    assert cells.source(note).startswith("**New in this version of the course.** Your cell above is as you left it.")
    assert cells.source(note).endswith("```python\na = 2\n```")
    assert "nbgrader" not in note["metadata"] and merged.counts["clash"] == 1


def test_a_text_that_clashes_is_shown_as_text():
    base, new = notebook([course_cell("markdown", LONG)]), notebook([course_cell("markdown", LONG + ", twice")])
    note = texts_of(base, changed(base, 0, LONG + " (I think)"), new)[1]
    assert note.endswith("---\n\n" + LONG + ", twice")


def test_code_with_fences_of_its_own_is_quoted_whole():
    base, new = notebook([code("x = 1")]), notebook([code('x = """\n````\n"""')])
    new["cells"][0]["id"] = base["cells"][0]["id"]
    assert texts_of(base, changed(base, 0, "x = 2"), new)[1].endswith('`````python\nx = """\n````\n"""\n`````')


def test_the_same_change_on_both_sides_is_no_clash():
    base, new = notebook([code("a = 1 + 1")]), notebook([code("a = 1 + 2")])
    assert notebooks.merge(base, changed(base, 0, "a = 1 + 2"), new).notebook == new


def test_a_newer_note_replaces_an_older_one_unless_the_learner_wrote_in_it():
    base, second, third = (notebook([answer(f"def f(x):\n    # {n}\n    return ...")]) for n in (1, 2, 3))
    own = notebooks.merge(base, changed(base, 0, "mine"), second).notebook
    again = texts_of(second, own, third)
    assert len(again) == 2 and "# 3" in again[1]
    noted = changed(own, 1, cells.source(own["cells"][1]) + "my remark")
    again = texts_of(second, noted, third)
    assert len(again) == 3 and "# 3" in again[1] and again[2].endswith("my remark")


def test_an_answer_stays_and_its_labels_follow_the_course():
    base, new = notebook([answer(), check()]), notebook([answer(), check()])
    new["cells"][0]["metadata"]["nbgrader"]["schema_version"] = 4
    own = changed(base, 0, "def f(x):\n    return x")
    own["cells"][0]["metadata"].pop("nbgrader")
    merged = notebooks.merge(base, own, new).notebook
    assert merged["cells"][0]["source"] == "def f(x):\n    return x"
    assert merged["cells"][0]["metadata"] == new["cells"][0]["metadata"]


def test_a_check_that_both_changed_is_the_courses_and_the_learners_is_kept_in_a_note():
    base, new = notebook([answer(), check()]), notebook([answer(), check('check("f", f, 2)')])
    merged = notebooks.merge(base, changed(base, 1, "pass"), new).notebook
    assert said(merged)[1] == 'check("f", f, 2)' and "```python\npass\n```" in said(merged)[2]
    assert cells.grader(merged["cells"][1]) == "check-f" and cells.grader(merged["cells"][2]) is None


@pytest.mark.parametrize("exercise", [False, True])
def test_what_was_taken_out_stays_out_but_checks_and_the_setup_cell_come_back(exercise):
    tasks = [answer(), check()] * exercise
    whole = notebook([course_cell("markdown", "title"), code("import numpy"), code("x"), *tasks])
    own = notebook([])
    back = ["import numpy", 'check("f", f)'] if exercise else []
    assert texts_of(whole, own, whole) == back
    new = copy.deepcopy(whole)
    new["cells"][2]["outputs"] = []
    assert texts_of(whole, own, new) == back, "new outputs are no reason to come back"


def test_what_was_taken_out_comes_back_where_the_course_changed_it():
    base, new = notebook([code("a"), code("the_loss(1, 2, 3)")]), notebook([code("a"), code("the_loss(1, 2, 4)")])
    own = notebook(base["cells"][:1])
    assert texts_of(base, own, new) == ["a", "the_loss(1, 2, 4)"]


def test_an_answer_cell_that_was_taken_out_comes_back_as_a_note_so_that_no_stub_runs():
    base, new = notebook([answer(), check()]), notebook([answer("def f(x, y):\n    return ..."), check()])
    own = notebook([own_cell("code", "f = max", "mine"), base["cells"][1]])
    merged = notebooks.merge(base, own, new).notebook
    assert [cell["cell_type"] for cell in merged["cells"]] == ["code", "markdown", "code"]
    assert [text for text in said(merged) if "def f(x, y)" in text]
    assert texts_of(new, merged, new) == said(merged)


def test_what_the_course_took_out_goes_unless_the_learner_changed_it():
    base, new = notebook([code("a = 1"), code("b = 2"), code("c = 3")]), notebook([code("c = 3")])
    merged = notebooks.merge(base, changed(base, 1, "b = 200"), new)
    texts = said(merged.notebook)
    assert texts[0] == "b = 200" and "The course has no cell like the one above any more" in texts[1]
    assert texts[2] == "c = 3" and merged.counts["left out"] == 1 and merged.counts["gone"] == 1


def test_a_cell_of_the_learners_own_stays_below_the_cell_it_stood_below():
    base = notebook([code(text) for text in "abc"])
    own = notebook([base["cells"][0], own_cell("markdown", "mine", "n"), *base["cells"][1:]])
    new = notebook([code(text) for text in ("x", "b", "a", "y", "c")])
    assert texts_of(base, own, new) == ["x", "b", "a", "mine", "y", "c"]


def test_the_learners_order_stays_where_they_moved_and_the_courses_holds_elsewhere():
    base = notebook([code(text) for text in "abcdef"])
    own = notebook([base["cells"][i] for i in (0, 4, 1, 2, 3, 5)])
    assert texts_of(base, own, base) == list("aebcdf")
    new = notebook([code(text) for text in "badcef"])
    assert texts_of(base, own, new) == list("baedcf")


def test_a_cell_split_in_two_keeps_both_halves_in_their_order():
    base, new = notebook([code("a = 1\nb = 2"), code("end")]), notebook([code("a = 1\nb = 3"), code("end")])
    own = notebook([{**base["cells"][0], "source": "a = 1"}, own_cell("code", "b = 2", "half"), base["cells"][1]])
    texts = texts_of(base, own, new)
    assert texts[0] == "a = 1" and "b = 3" in texts[1] and texts[2:] == ["b = 2", "end"]


def test_outputs_stay_the_learners_as_long_as_the_text_is_the_same():
    base = notebook([code("a"), code("b"), code("the_loss(1, 2)")])
    own, new = copy.deepcopy(base), copy.deepcopy(base)
    own["cells"][0].update(outputs=[], execution_count=9)
    new["cells"][0].update(execution_count=2)
    new["cells"][1].update(outputs=[])
    own["cells"][2].update(outputs=[], execution_count=10)
    new["cells"][2] = code("the_loss(1, 3)")
    merged = notebooks.merge(base, own, new).notebook["cells"]
    assert (merged[0]["outputs"], merged[0]["execution_count"]) == ([], 9), "theirs: they ran it"
    assert merged[1]["outputs"] == [], "the course's: they never ran it"
    assert merged[2] == new["cells"][2], "the course's: the text is another one"


def test_labels_are_merged_one_by_one():
    base, own, new = (notebook([code("a")]) for _ in range(3))
    base["cells"][0]["metadata"] = {"tags": ["todo", "old"], "x": 1}
    own["cells"][0]["metadata"] = {"tags": ["todo", "mine"], "x": 1, "collapsed": True}
    new["cells"][0]["metadata"] = {"tags": ["todo", "old", "new"], "x": 2}
    labels = notebooks.merge(base, own, new).notebook["cells"][0]["metadata"]
    assert labels == {"tags": ["todo", "new", "mine"], "x": 2, "collapsed": True}


def test_a_copied_answer_loses_nbgraders_name_and_not_its_text():
    whole = notebook([answer(), check()])
    copied = {**answer("def f(x):\n    return 1  # first try"), "id": "a-copy"}
    own = notebook([whole["cells"][0], copied, whole["cells"][1]])
    merged = notebooks.merge(whole, own, whole).notebook["cells"]
    assert [cells.grader(cell) for cell in merged] == ["answer-f", None, "check-f"]
    assert cells.source(merged[1]).endswith("# first try")


def test_cells_whose_ids_an_old_program_took_away_are_known_by_name_and_words():
    base = notebook([course_cell("markdown", LONG), code("b = 2"), answer(), check()])
    own = copy.deepcopy(base)
    for cell in own["cells"]:
        del cell["id"]
    own["cells"][2]["source"] = "def f(x):\n    return 7"
    new = notebook([course_cell("markdown", LONG + "."), code("b = 3"), answer(), check()])
    merged = notebooks.merge(base, readable(own), new).notebook
    assert said(merged) == [LONG + ".", "b = 3", "def f(x):\n    return 7", 'check("f", f)']
    assert [cell["id"] for cell in merged["cells"]] == [cell["id"] for cell in new["cells"]]


def test_a_reworded_cell_counts_as_the_same_and_another_one_does_not():
    old = [course_cell("markdown", LONG), code("x = 1")]
    new = [course_cell("markdown", LONG + " knob"), course_cell("markdown", "Penguins have beaks and flippers")]
    assert notebooks.successors(old, new) == {old[0]["id"]: new[0]["id"]}


def test_an_exercise_that_was_renamed_takes_the_answer_along():
    base, new = notebook([answer(), check()]), notebook([answer(name="answer-g"), check('check("g", f)', "check-g")])
    merged = notebooks.merge(base, changed(base, 0, "def f(x):\n    return 7"), new).notebook["cells"]
    assert (merged[0]["source"], cells.grader(merged[0])) == ("def f(x):\n    return 7", "answer-g")


def test_half_a_character_is_written_so_that_it_can_be_read_again():
    base = notebook([code("a")])
    own = changed(base, 0, "broken \ud83d emoji")
    assert cells.read(cells.write(own)) == own


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{}", b"[]", b"[" * 10**5, b'{"nbformat": NaN}', b'{"nbformat": 4, "cells": [{"cell_type": "code"}]}',
        b'{"nbformat": 4, "cells": [{"cell_type": "x", "source": ""}]}',
    ],
)  # fmt: skip
def test_what_is_no_notebook_is_said_to_be_damaged(data):
    with pytest.raises(cells.Damaged):
        cells.read(data)


def test_the_ids_of_the_builder_are_recognised(tmp_path):
    from building.source import Cell, hashed_id

    for kind, text in (("markdown", LONG), ("code", "a = 1\nb = 2")):
        assert cells.hashed_id(kind, text) == hashed_id(Cell(kind, text, ""), {})
