"""What the builder promises, tried on small lessons made up for it."""

import ast
import base64
import copy
import io
import json
import re
import struct
import zlib

import build as builder
import nbformat
import numpy as np
import pytest
from building import BuildError, compare, items, run, source
from PIL import Image, PngImagePlugin

FRONT = """---
kernelspec:
  display_name: Python 3 (ipykernel)
  language: python
  name: python3
---

"""


def code(body, *options):
    """A code cell in MyST."""
    return "\n".join(["```{code-cell} ipython3", *options, body, "```", ""])


LESSON = (
    FRONT
    + r"""# A toy

Braces of LaTeX stay: $x^{{2}}$.

$$
a = \frac{{1}}{2}
$$

<details><summary>More</summary>

    +++ is no break in here

</details>

+++

Another cell, with nothing to fill in.

"""
    + code("import os, sys\nfrom pathlib import Path\n\nslope = 7 / 3")
    + """
The slope is {{ slope :.2f }} for {{ len("abc") }} points and {{ {"a": {"b": 1}}["a"]["b"] }}{{ "st" }}.

"""
    + code(
        "work = Path(os.environ['COURSE_WORK'])\n"
        "print(Path.cwd().name, work.exists(), os.environ['OMP_NUM_THREADS'])\n"
        "print('careful', file=sys.stderr)\nprint('and more')"
    )
    + code(
        "import json  # what a review card would show\n"
        "items = json.loads((Path(os.environ['COURSE_ITEMS']) / '01_toy.json').read_text('utf-8'))\n"
        "print(items['predict'][0]['because'])"
    )
    + code(
        "import matplotlib.pyplot as plt\n\n"
        "fig, ax = plt.subplots(figsize=(2, 1))\nax.plot([1, 2, 4])\nplt.close(fig)\n"
        "display(fig, metadata={'image/png': {'alt': 'A line that rises.'}})"
    )
    + code(
        "from ipywidgets import IntSlider\n\n"
        "class Both(IntSlider):\n"
        "    def _repr_mimebundle_(self, **kwargs):\n"
        "        bundle = super()._repr_mimebundle_(**kwargs)\n"
        "        return {**bundle, 'text/html': '<p>3</p>'}\n\n"
        "display(Both(value=3), IntSlider(value=4))"
    )
    + code("1 / 0", ":id: boom", ":tags: [raises-exception]")
)

EXERCISES = (
    FRONT
    + code(
        "def check(name, answer, truth):\n"
        "    if answer is None or answer is ...:\n"
        "        raise AssertionError(f'{name}: not started yet')\n"
        "    assert answer == truth, name\n"
        "    print('ok', name)"
    )
    + "\n+++\n\n"
    + code(
        "def double(x):\n"
        '    """Twice x."""\n'
        "    ### BEGIN SOLUTION\n"
        "    return 2 * x\n"
        "    ### STUB\n"
        "    # think of a sum\n"
        "    return ...\n"
        "    ### END SOLUTION",
        ":answer: double",
    )
    + code(
        "check('double', double(2), 4)\n### BEGIN HIDDEN TESTS\nassert double(4) == 8\n### END HIDDEN TESTS",
        ":check: double",
        ":points: 2",
    )
    + code(
        "def half(x):\n    ### BEGIN SOLUTION\n    return x / 2\n    ### END SOLUTION",
        ":answer: half",
    )
    + code("check('half', half(2), 1)", ":check: half", ":points: 1.5")
    + "\nThere are {{ double(21) }} ways to be wrong.\n"
)

REVIEW = """\
lesson: L1
title: A toy
predict:
  - id: L1-slope
    kind: number
    question: How steep?
    answer: "{{ slope }}"
    low: "{{ slope - 0.1 }}"
    high: 3
    because: It is {{ slope :.1f }}.
quiz:
  - id: L1-q
    question: Is it steep?
    options:
      - {text: "yes", right: "{{ slope > 1 }}", why: it is}
      - {text: "no, {{ len('four') }}", right: false, why: it is not}
"""


def course(root, lesson=None, exercises=None, review=None, slug="01_toy"):
    """A course folder with one lesson in it."""
    folder = root / "lessons" / slug
    folder.mkdir(parents=True)
    for name, text in (("lesson.md", lesson), ("exercises.md", exercises), ("review.yaml", review)):
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """What the toy course makes: {file: bytes}."""
    root = course(tmp_path_factory.mktemp("toy"), LESSON, EXERCISES, REVIEW)
    return builder.build(root, say=lambda text: None)


def cells(built, name):
    """The cells of a built notebook."""
    return nbformat.reads(built[name].decode(), as_version=4).cells


def sentence(call, *arguments, **named):
    """What the BuildError that a call raises says."""
    with pytest.raises(BuildError) as caught:
        call(*arguments, **named)
    return str(caught.value)


def read(text, tmp_path, exercise=True):
    """The cells of a text notebook."""
    path = tmp_path / "lesson.md"
    path.write_text(text, encoding="utf-8")
    return source.read_text_notebook(path, "lessons/01_toy/lesson.md", exercise=exercise)


# Text notebooks


def test_commonmark_latex_and_details_pass_unchanged(tmp_path):
    first, second = read(LESSON, tmp_path)[:2]
    assert first.source == LESSON[len(FRONT) :].split("\n\n+++\n\nAnother")[0]
    assert second.source == "Another cell, with nothing to fill in."


def test_another_text_can_be_included(tmp_path):
    (tmp_path / "table.md").write_text("| a | b |\n|---|---|\n", encoding="utf-8")
    (cell,) = read(FRONT + "Before.\n\n<!-- include: table.md -->\n", tmp_path)
    assert cell.source == "Before.\n\n| a | b |\n|---|---|"
    said = sentence(read, FRONT + "<!-- include: no.md -->\n", tmp_path)
    assert said.startswith("lessons/01_toy/lesson.md:") and "there is no file no.md" in said


def test_a_break_inside_a_fence_is_no_new_cell(tmp_path):
    (cell,) = read(FRONT + "````\n+++\n````\n", tmp_path)
    assert cell.source == "````\n+++\n````"


def test_each_cell_knows_its_line(tmp_path):
    lines = LESSON.splitlines()
    found = read(LESSON, tmp_path)
    for cell in found:
        start = lines[int(cell.where.rpartition(":")[2]) - 1]
        assert start == (cell.source.splitlines()[0] if cell.kind == "markdown" else "```{code-cell} ipython3")
    assert {cell.kind for cell in found} == {"markdown", "code"}


def test_an_id_depends_on_the_cell_s_own_source_alone(tmp_path):
    before = read(FRONT + "one\n\n+++\n\ntwo\n", tmp_path)
    after = read(FRONT + "zero\n\n+++\n\none\n\n+++\n\ntwo\n", tmp_path)
    assert [cell.id for cell in before] == [cell.id for cell in after[1:]]
    assert re.fullmatch(r"[0-9a-f]{12}", before[0].id)


def test_equal_cells_have_different_ids(tmp_path):
    ids = [cell.id for cell in read(FRONT + "one\n\n+++\n\none\n\n+++\n\none\n", tmp_path)]
    assert len(set(ids)) == 3


def test_ids_are_explicit_or_come_from_the_role(tmp_path):
    text = FRONT + '+++ {"id": "intro", "tags": ["todo"]}\n\nHello\n\n' + code("1", ":id: one")
    hello, one = read(text, tmp_path)
    assert (hello.id, hello.tags, one.id) == ("intro", ["todo"], "one")
    roles = {cell.id for cell in read(EXERCISES, tmp_path) if cell.answer or cell.check}
    assert roles == {"answer-double", "check-double", "answer-half", "check-half"}


def test_what_authors_get_wrong_is_said_with_file_and_line(tmp_path):
    begin, end = "### BEGIN SOLUTION", "### END SOLUTION"
    cases = [
        (code("1", ":colour: red"), ":8: unknown option 'colour'"),
        ('+++ {"answer": "a"}\n\ntext\n', ":10: unknown option 'answer'; a markdown cell"),
        (code("1", ":tags: [silence]"), ":8: unknown tag 'silence'; there are raises-exception, silent, todo"),
        (code("1", ":tags: silent"), ":9: tags are a list, in brackets"),
        (code("1", ":id: a b"), ":8: the id 'a b'"),
        (code("1", ":id: a") + code("2", ":id: a"), ":12: the id 'a' is taken by the cell at lessons/01_toy"),
        (code("1", ":answer: a"), "the answer 'a' has no ### BEGIN SOLUTION"),
        (code(begin, ":answer: a"), "### BEGIN SOLUTION has no ### END SOLUTION"),
        (code(end, ":answer: a"), "### END SOLUTION has no ### BEGIN SOLUTION before it"),
        (code(f"{begin}\n{begin}\n{end}", ":answer: a"), "stands inside another one"),
        (code(f"{begin}\n{end}"), "### BEGIN SOLUTION stands in a cell without :answer:"),
        (code("### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS"), "stands in a cell without :check:"),
        (code("1", ":check: a"), "the check 'a' needs :points:"),
        (code("1", ":points: 1"), ":points: belong to a :check: cell"),
        (code("1", ":check: a", ":points: many"), "has to be a number above 0, and it is 'many'"),
        (code("1", ":check: a", ":points: 0"), "has to be a number above 0"),
        (code(f"{begin}\n{end}", ":answer: a", ":id: b"), "only one of :answer:, :check: and :id:"),
        ("- in a list\n\n  " + code("1").replace("\n", "\n  "), "has to start with ```{code-cell} at the left margin"),
        ("Text\nand {{ 1 + }} more", ":9: the expression {{ 1 + }} is not Python"),
        ("Text {{slope:.2f}}", "'{{slope:.2f}}' needs a space after {{ and before }}"),
    ]  # fmt: skip
    for text, wanted in cases:
        said = sentence(read, FRONT + text, tmp_path)
        assert wanted in said and said.startswith("lessons/01_toy/lesson.md"), f"{text!r} gave {said!r}"


def test_a_text_without_the_kernel_s_name_is_refused(tmp_path):
    assert "has to name the kernelspec python3" in sentence(read, "# Hello\n", tmp_path)
    assert "display_name" in sentence(read, FRONT.replace("  display_name: Python 3 (ipykernel)\n", ""), tmp_path)


def test_a_lesson_has_no_answers_and_checks(tmp_path):
    assert "belong into exercises.md" in sentence(read, EXERCISES, tmp_path, exercise=False)


def test_a_format_follows_the_last_space_and_colon():
    (blank,) = source.find_blanks("{{ a[1:2][0] :.2f }}", "f", 1)
    assert (blank.expression, blank.spec) == ("a[1:2][0]", ".2f")
    (blank,) = source.find_blanks("{{ {1: 2}[1] }}", "f", 1)
    assert (blank.expression, blank.spec) == ("{1: 2}[1]", None)


def test_braces_in_math_and_code_are_left_alone():
    text = "$x^{{2}}$ and\n$$\n{{a}}\n$$\nand `{{b}}` and\n```\n{{c}}\n```\n"
    assert source.find_blanks(text, "f", 1) == [] and source.fill(text, []) == text


# Released and solved


def answer(*lines):
    """An answer cell with a solution region of these lines, indented by four."""
    body = "\n".join(["def f(x):", "    ### BEGIN SOLUTION", *lines, "    ### END SOLUTION"])
    return source.Cell("code", body, "f:1", id="answer-f", answer="f")


def test_a_released_answer_has_a_stub_that_runs():
    text = source.source_for(answer("    return 1"), "released")
    assert text == "def f(x):\n    # your code here\n    ..."
    ast.parse(text)


def test_an_author_s_own_stub_stands_in_the_release_and_not_in_the_solution():
    cell = answer("    return 1", "    ### STUB", "    y = ...", "    return y")
    assert source.source_for(cell, "released") == "def f(x):\n    y = ...\n    return y"
    assert source.source_for(cell, "solved") == (
        "def f(x):\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"
    )


def test_every_region_of_a_cell_is_stripped():
    cell = answer("    return 1")
    cell.source = f"{cell.source}\n\n{cell.source}"
    assert "return 1" not in source.source_for(cell, "released")
    assert source.source_for(cell, "released").count("# your code here") == 2


def test_nbgrader_finds_its_metadata(built):
    by_id = {cell.id: cell.metadata for cell in cells(built, "exercises/01_toy.ipynb")}
    assert by_id["answer-double"] == {
        "deletable": False,
        "nbgrader": {"schema_version": 3, "grade_id": "answer-double", "grade": False, "solution": True,
                     "locked": False, "task": False},
    }  # fmt: skip
    assert by_id["check-half"] == {
        "deletable": False,
        "editable": False,
        "tags": ["raises-exception"],
        "nbgrader": {"schema_version": 3, "grade_id": "check-half", "grade": True, "solution": False,
                     "locked": True, "task": False, "points": 1.5},
    }  # fmt: skip


def test_released_and_solved_have_the_same_cells(built):
    released = cells(built, "exercises/01_toy.ipynb")
    solved = cells(built, "exercises/solutions/01_toy.ipynb")
    assert [cell.id for cell in released] == [cell.id for cell in solved]
    assert "raises-exception" not in str([cell.metadata for cell in solved])
    assert "HIDDEN" in str(solved) and "HIDDEN" not in str(released) and "assert double" not in str(released)
    assert "return 2 * x" in str(solved) and "return 2 * x" not in str(released)


def test_an_untouched_exercise_runs_to_its_end_and_says_so(built):
    checks = [cell for cell in cells(built, "exercises/01_toy.ipynb") if cell.id.startswith("check-")]
    assert [cell.outputs[0].evalue for cell in checks] == ["double: not started yet", "half: not started yet"]


def test_the_solved_exercise_passes_every_check(built):
    checks = [cell for cell in cells(built, "exercises/solutions/01_toy.ipynb") if cell.id.startswith("check-")]
    assert [cell.outputs[0].text for cell in checks] == ["ok double\n", "ok half\n"]


def test_numbers_in_the_release_are_those_of_the_solution(built):
    assert cells(built, "exercises/01_toy.ipynb")[-1].source == "There are 42 ways to be wrong."


def test_a_solution_that_fails_its_check_stops_the_build(tmp_path):
    root = course(tmp_path, exercises=EXERCISES.replace("return 2 * x", "return 3 * x"))
    said = sentence(builder.build, root, say=lambda text: None)
    assert re.match(r"lessons/01_toy/exercises\.md:\d+: the cell 'check-double' stops with AssertionError", said)


# review.yaml


def read_review(text, tmp_path):
    """A review as the builder reads it."""
    path = tmp_path / "review.yaml"
    path.write_text(text, encoding="utf-8")
    return items.read_review(path, "lessons/01_toy/review.yaml", "01_toy")


def test_a_review_has_all_lists_in_one_order(tmp_path):
    review = read_review("title: T\nlesson: L1\ncards: [{id: L1-c, front: f, back: b}]\n", tmp_path)
    assert list(review) == ["lesson", "title", "recall", "predict", "quiz", "cards", "exit", "glossary", "summary"]
    assert review["recall"] == [] and review["summary"] == {} and review["cards"][0]["back"] == "b"


def test_a_review_says_what_its_lesson_is_about_and_needs(tmp_path):
    review = read_review("title: T\nlesson: L1\nneeds: [L0]\nabout: knobs\n", tmp_path)
    assert list(review)[:4] == ["lesson", "title", "about", "needs"] and review["needs"] == ["L0"]


def test_what_is_wrong_in_a_review_is_said_with_file_and_line(tmp_path):
    choice = "predict:\n- {id: L1-p, kind: choice, question: q, options: [a, b], answer: %s, because: b}\n"
    number = "predict:\n- {id: L1-p, kind: number, question: q, answer: 5, low: %s, high: %s, because: b}\n"
    quiz = "quiz:\n- id: L1-q\n  question: q\n  options:\n  - {text: a, right: %s, why: %s}\n"
    quiz += "  - {text: b, right: false, why: w}\n"
    cases = [
        ("colour: red\n", ":1: unknown key 'colour'"),
        ("about: 3\n", "'about' says in a few words"),
        ("needs: L0\n", "'needs' is a list of lessons"),
        ("needs: [lesson 0]\n", "'needs' is a list of lessons"),
        ("title: U\n", ":3: 'title' stands twice"),
        ("recall: 3\n", "'recall' has to be a list"),
        ("recall: [3]\n", "every entry of 'recall' has to be a mapping"),
        ("recall:\n- {id: L1-r, question: q}\n", ":4: recall 'L1-r' lacks 'answer'"),
        ("recall:\n- {id: L1-r, question: q, answer: a, hint: h}\n", ":4: recall 'L1-r' has an unknown key 'hint'"),
        ("recall:\n- {id: L1-r, question: q, answer: 5}\n", "'answer' has to be text that is not empty (in quotes"),
        ("recall:\n- {id: L1-r, question: q, answer: ''}\n", "'answer' has to be text"),
        (choice % 2, "the answer 2 is no index of its 2 options"),
        (choice % -1, "the answer -1 is no index"),
        (choice % "a", "'answer' has to be a whole number, and it is 'a'"),
        (choice.replace("[a, b]", "[a]") % 0, "'options' has to be a list of at least two texts"),
        (choice.replace("choice", "guess") % 0, "the kind of a predict card is choice or number, not 'guess'"),
        (number % (6, 7), "the answer 5 is outside 6 to 7"),
        (number % ("true", 7), "'low' has to be a number"),
        (quiz % ("false", "w"), ":4: quiz 'L1-q' has no right option"),
        (quiz % ("true", "''"), ":7: option 'a': 'why' has to be text"),
        (quiz.replace("right: %s, why: %s", "right: true"), ":7: option 'a' lacks 'why'"),
        ("summary: {short: s, medium: m}\n", "summary '' lacks 'detailed'"),
        ("glossary:\n- {term: t}\n", "glossary 't' lacks 'meaning'"),
        ("cards:\n- {id: L1-c, front: '{{ x', back: '{{x}}'}\n", "needs a space after {{"),
        ("cards: [{id: L2-c, front: f, back: b}]\n", ":3: cards 'L2-c': the id has to begin with L1-"),
        ("cards: [\n", "lessons/01_toy/review.yaml:"),
        ("cards:\n- {id: L1-c, front: f, back: and *never* c}\n", "so *never* would show its stars"),
    ]  # fmt: skip
    for text, wanted in cases:
        said = sentence(read_review, f"lesson: L1\ntitle: T\n{text}", tmp_path)
        assert wanted in said and said.startswith("lessons/01_toy/review.yaml:"), f"{text!r} gave {said!r}"


def test_a_review_belongs_to_its_folder(tmp_path):
    assert "has to say lesson: L1" in sentence(read_review, "lesson: L2\ntitle: T\n", tmp_path)
    assert "the title is missing" in sentence(read_review, "lesson: L1\n", tmp_path)
    assert "a mapping" in sentence(read_review, "- 1\n", tmp_path)


def test_no_two_items_of_the_course_share_an_id_and_all_troubles_are_told_at_once(tmp_path):
    card = "{id: L1-same, front: f, back: b}"
    course(tmp_path, review=f"lesson: L1\ntitle: T\ncards:\n- {card}\n- {card}\n")
    course(tmp_path, lesson="no front matter", slug="02_toy")
    said = sentence(builder.read_lessons, tmp_path)
    assert "lessons/01_toy/review.yaml:5: the id 'L1-same' is taken by lessons/01_toy/review.yaml:4" in said
    assert "lessons/02_toy/lesson.md:1: the front matter" in said


def test_computed_numbers_reach_the_items(built):
    made = json.loads(built["helpers/items/01_toy.json"])
    card = made["predict"][0]
    assert (card["answer"], card["low"], card["high"]) == (2.333333333, 2.233333333, 3)
    assert card["because"] == "It is 2.3."
    assert [option["right"] for option in made["quiz"][0]["options"]] == [True, False]
    assert made["quiz"][0]["options"][1]["text"] == "no, 4"


def test_a_computed_answer_outside_its_range_is_refused(tmp_path):
    review = read_review(REVIEW.replace("high: 3", "high: 2"), tmp_path)
    asked = [blank for *_, blanks in items.find_gaps(review, "r") for blank in blanks]
    values = [("flag", "True") if ">" in b.expression else ("whole", "2") for b in asked]
    values[0] = ("number", "2.5")
    said = sentence(items.filled_in, review, "r", values, run.as_text, run.as_number)
    assert "the answer 2.5 is outside 2 to 2" in said


def test_items_built_before_are_used_only_where_nothing_but_numbers_can_differ(tmp_path):
    review = read_review(REVIEW, tmp_path)
    stored = json.loads(items.to_json(review))
    stored["predict"][0]["answer"] = 2.2
    assert items.same_but_for_blanks(review, stored)
    for change in ({"title": "Another"}, {"predict": []}, {"summary": None}):
        assert not items.same_but_for_blanks(review, {**stored, **change})
    assert not items.same_but_for_blanks(review, None)


def test_flags_and_numbers_that_are_none_are_refused():
    blank = source.Blank("x", None, "f:3")
    for value, wanted in ((("text", "a"), "number"), (("number", "nan"), "number"), (("number", "1.0"), "flag")):
        assert "f:3: {{ x }} gives" in sentence(run.as_number, blank, value, wanted)
    assert run.as_number(blank, ("whole", "3"), "number") == 3
    assert run.as_number(blank, ("flag", "False"), "flag") is False


# Running


def test_two_builds_give_the_same_bytes_whatever_was_there_before(built, tmp_path):
    root = course(tmp_path, LESSON, EXERCISES, REVIEW)
    compare.write(root, built, whole=True, say=lambda text: None)
    stale = root / "helpers/items/01_toy.json"
    stale.write_text(stale.read_text("utf-8").replace("It is 2.3.", "It is 9.9."), encoding="utf-8")
    again = builder.build(root, say=lambda text: None)
    assert {name: data == again.get(name) for name, data in built.items()} == dict.fromkeys(built, True)


def test_a_lesson_makes_four_files_and_no_more(built):
    assert sorted(built) == [
        "exercises/01_toy.ipynb",
        "exercises/solutions/01_toy.ipynb",
        "helpers/items/01_toy.json",
        "notebooks/01_toy.ipynb",
    ]


def test_expressions_in_the_text_are_filled_in(built):
    texts = [cell.source for cell in cells(built, "notebooks/01_toy.ipynb") if cell.cell_type == "markdown"]
    assert texts[2] == "The slope is 2.33 for 3 points and 1st."


def test_a_notebook_runs_in_clean_surroundings(built):
    outputs = cells(built, "notebooks/01_toy.ipynb")[4].outputs
    assert [(output.name, output.text) for output in outputs] == [
        ("stdout", "notebooks False 1\nand more\n"),
        ("stderr", "careful\n"),
    ]


def test_widgets_show_the_items_final_numbers(built):
    assert cells(built, "notebooks/01_toy.ipynb")[5].outputs[0].text == "It is 2.3.\n"


def test_cells_are_counted_from_one(built, tmp_path):
    late = nbformat.v4.new_output("execute_result", data={"text/plain": "1"}, execution_count=7)
    node = tidy(ran(late), tmp_path)
    assert node.execution_count == node.outputs[0].execution_count == 1
    for name in (name for name in built if name.endswith(".ipynb")):
        counts = [cell.execution_count for cell in cells(built, name) if cell.cell_type == "code"]
        assert counts == list(range(1, len(counts) + 1))


def test_nothing_of_a_widget_is_left_but_what_can_be_seen(built):
    shown = cells(built, "notebooks/01_toy.ipynb")[7].outputs
    assert sorted(shown[0].data) == ["text/html", "text/plain"]
    assert shown[1].data[run.VIEW]["model_id"] == f"{1:032x}"
    assert b"widget-state" not in built["notebooks/01_toy.ipynb"]


def test_the_metadata_is_the_kernel_s_name_and_the_language(built):
    for name in (name for name in built if name.endswith(".ipynb")):
        notebook = json.loads(built[name])
        assert notebook["metadata"] == run.METADATA
        assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
        assert built[name].endswith(b"}\n") and b"\r" not in built[name]


def test_a_built_picture_keeps_its_words_and_loses_its_program_s_name(built):
    (output,) = cells(built, "notebooks/01_toy.ipynb")[6].outputs
    assert output.metadata["image/png"]["alt"] == "A line that rises."
    data = base64.b64decode(output.data["image/png"])
    assert b"Matplotlib" not in data and Image.open(io.BytesIO(data)).size[0] > 100


def test_an_error_that_was_announced_is_shown(built):
    cell = cells(built, "notebooks/01_toy.ipynb")[8]
    assert cell.id == "boom" and cell.outputs[0].ename == "ZeroDivisionError"


@pytest.mark.parametrize(
    "text, wanted",
    [
        (code("x = 1") + code("raise ValueError('no')", ":id: bad"), r"md:11: the cell 'bad' stops with Value.*: no$"),
        ("A text\nwith {{ nowhere :.2f }}\n", r"md:9: the expression {{ nowhere }} fails with NameError: .*nowhere"),
        ("A text with {{ 1 / 3 }}\n", r"md:8: the expression {{ 1 / 3 }} gives a number and needs a format like"),
        (code("import os\nos._exit(1)"), r"md:8: the cell '\w+' ended its kernel"),
    ],
)  # fmt: skip
def test_what_fails_while_running_is_said_with_file_and_line(tmp_path, text, wanted):
    said = sentence(builder.build, course(tmp_path, FRONT + text), say=lambda text: None)
    assert re.search(r"^lessons/01_toy/lesson\." + wanted, said), said


def test_texts_flags_and_whole_numbers_need_no_format():
    blank = source.Blank("x", None, "f:3")
    for family in ("text", "whole", "flag"):
        assert run.as_text(blank, (family, "1")) == "1"
    for family in ("number", "ndarray", "tuple"):
        assert f"gives a {family} and needs a format" in sentence(run.as_text, blank, (family, "1"))


# Outputs


def ran(*outputs, source="f()"):
    """A code cell with these outputs."""
    return nbformat.v4.new_code_cell(source, id="c", outputs=list(outputs))


def display(data, metadata=None):
    """A display output."""
    return nbformat.v4.new_output("display_data", data=data, metadata=metadata or {})


def stream(name, text):
    """A stream output."""
    return nbformat.v4.new_output("stream", name=name, text=text)


def tidy(node, root):
    """Tidy an executed cell as the builder does."""
    run.tidy_cell(node, 1, "lesson.md:8: the cell 'c'", root)
    return node


def png(pixels, **texts):
    """A picture as base64 PNG, with text chunks."""
    info = PngImagePlugin.PngInfo()
    for name, value in texts.items():
        info.add_text(name, value)
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(file, "png", pnginfo=info)
    return base64.b64encode(file.getvalue()).decode()


def test_how_prints_were_cut_and_mixed_leaves_no_trace(tmp_path):
    shown = display({"text/plain": "x"})
    pieces = [stream("stdout", "a"), stream("stderr", "!"), stream("stdout", "b\n"), shown, stream("stdout", "c")]
    others = [stream("stderr", "!"), stream("stdout", "ab"), stream("stdout", "\n"), shown, stream("stdout", "c")]
    assert tidy(ran(*copy.deepcopy(pieces)), tmp_path) == tidy(ran(*copy.deepcopy(others)), tmp_path)
    assert [output.get("text") for output in tidy(ran(*pieces), tmp_path).outputs] == ["ab\n", "!", None, "c"]


def test_text_chunks_of_a_picture_are_dropped_and_its_pixels_kept():
    pixels = np.arange(48).reshape(4, 4, 3)
    data = base64.b64decode(png(pixels, Software="Matplotlib version3.11", Comment="x" * 2000))
    time = b"tIME" + struct.pack(">HBBBBB", 2026, 1, 2, 3, 4, 5)
    dated = data[:33] + struct.pack(">I", 7) + time + struct.pack(">I", zlib.crc32(time)) + data[33:]
    assert run.plain_png(dated) == base64.b64decode(png(pixels))
    assert (np.asarray(Image.open(io.BytesIO(run.plain_png(dated)))) == pixels).all()


def test_a_picture_without_words_is_refused(tmp_path):
    picture = png(np.zeros((2, 2, 3)))
    for metadata in ({}, {"image/png": {}}, {"image/png": {"alt": "  "}}):
        said = sentence(tidy, ran(display({"image/png": picture}, metadata)), tmp_path)
        assert said.startswith("lesson.md:8: the cell 'c' shows a picture without alt text")
    assert '"image/jpeg": {"alt"' in sentence(tidy, ran(display({"image/jpeg": picture})), tmp_path)


def test_a_widget_s_view_is_dropped_only_where_something_else_can_be_seen(tmp_path):
    view = {run.VIEW: {"model_id": "a" * 32}, "text/plain": "W()"}
    assert run.VIEW in tidy(ran(display(view)), tmp_path).outputs[0].data
    assert run.VIEW not in tidy(ran(display({**view, "text/html": "<p>"})), tmp_path).outputs[0].data


def test_a_path_or_a_memory_address_in_an_output_is_refused(tmp_path):
    for output in (
        stream("stdout", f"saved in {tmp_path}/x.csv"),
        display({"text/html": f"<p>{tmp_path}/x</p>"}),
        nbformat.v4.new_output("error", ename="E", evalue="e", traceback=[f"File {tmp_path}/x.py:3"]),
    ):
        assert "shows a path of this machine" in sentence(tidy, ran(output), tmp_path)
    assert "memory address" in sentence(tidy, ran(display({"text/plain": "<F at 0x7f3a2b1c4d50>"})), tmp_path)


def test_a_promised_error_has_to_come(tmp_path):
    cell = source.Cell("code", "1", "lesson.md:8", id="c", tags=["raises-exception"])
    assert "nothing was raised" in sentence(run.refuse_broken_promise, cell, ran(), "lesson")


# Writing and comparing


@pytest.fixture
def in_place(built, tmp_path):
    """A course folder in which the toy's files have been put in place."""
    root = course(tmp_path, LESSON, EXERCISES, REVIEW)
    compare.write(root, built, whole=True, say=lambda text: None)
    return root


def difference(built, root):
    """What a check of the folder says."""
    return compare.compare(root, built, whole=True, say=lambda text: None)


def test_what_was_built_passes_the_check(built, in_place):
    assert difference(built, in_place) == []


def test_a_notebook_edited_by_hand_is_named_with_its_cell(built, in_place):
    path = in_place / "notebooks/01_toy.ipynb"
    path.write_text(path.read_text("utf-8").replace("Another cell", "My own cell"), encoding="utf-8")
    (said,) = difference(built, in_place)
    assert said.startswith("notebooks/01_toy.ipynb: cell 2 (id ")
    assert "My own cell" in said and "Another cell" in said


def test_an_item_a_missing_file_and_other_bytes_are_named(built, in_place):
    (in_place / "exercises/01_toy.ipynb").unlink()
    items_file = in_place / "helpers/items/01_toy.json"
    items_file.write_text(items_file.read_text("utf-8").replace("It is 2.3.", "It is 2.4."), encoding="utf-8")
    solved = in_place / "exercises/solutions/01_toy.ipynb"
    solved.write_bytes(solved.read_bytes().replace(b"\n", b"\r\n"))
    missing, other, item = sorted(difference(built, in_place))
    assert missing == "exercises/01_toy.ipynb: is missing."
    assert other == "exercises/solutions/01_toy.ipynb: line endings differ."
    assert item.startswith("helpers/items/01_toy.json: line ") and "2.4" in item


def test_a_file_that_no_lesson_makes_is_named_and_removed_by_the_next_build(built, in_place):
    for name in ("notebooks/07_old.ipynb", "helpers/items/07_old.json", "notebooks/notes.txt"):
        (in_place / name).write_text("{}")
    (in_place / "helpers/items/__init__.py").write_text("")
    said = difference(built, in_place)
    assert [text.split(":")[0] for text in said] == [
        "notebooks/07_old.ipynb", "notebooks/notes.txt", "helpers/items/07_old.json"
    ]  # fmt: skip
    compare.write(in_place, built, whole=True, say=lambda text: None)
    assert difference(built, in_place) == ["notebooks/notes.txt: no lesson makes this file."]
    assert (in_place / "helpers/items/__init__.py").exists()


def test_a_part_of_the_course_says_nothing_about_the_rest(built, in_place):
    (in_place / "notebooks/07_old.ipynb").write_text("{}")
    assert compare.compare(in_place, built, whole=False) == []
    compare.write(in_place, built, whole=False)
    assert (in_place / "notebooks/07_old.ipynb").exists()


def test_pictures_that_look_the_same_pass_and_others_do_not():
    pixels = np.full((200, 200, 3), 100)
    faint, visible, spotted = pixels.copy(), pixels.copy(), pixels.copy()
    faint[3, 3, 0] += 2
    visible[3:99, 3:99] += 10
    spotted[3, 3] = 255

    def notebook(picture, alt="a"):
        shown = display({"image/png": png(picture)}, {"image/png": {"alt": alt}})
        return run.to_bytes([ran(shown)])

    assert compare.first_difference(notebook(pixels), notebook(faint)) == ""
    for other in (notebook(visible), notebook(spotted), notebook(pixels[:20]), notebook(faint, alt="b")):
        assert "cell 1 (id c) differs" in compare.first_difference(notebook(pixels), other)


def test_the_command_checks_writes_and_says_what_is_wrong(built, in_place, monkeypatch, capsys):
    monkeypatch.setattr(builder, "build", lambda root, only="": dict(built))
    command = ["--root", str(in_place)]
    assert builder.main([*command, "--check"]) == 0
    page = in_place / "notebooks/01_toy.ipynb"
    page.write_text("{}")
    assert builder.main([*command, "--check"]) == 1
    assert "notebooks/01_toy.ipynb" in capsys.readouterr().err
    assert page.read_text() == "{}"
    assert builder.main(command) == 0
    assert page.read_bytes() == built["notebooks/01_toy.ipynb"]
    assert not list(in_place.rglob("*.new"))


def test_a_build_that_fails_leaves_everything_as_it_was(in_place, capsys):
    (in_place / "lessons/01_toy/exercises.md").unlink()
    before = {path: path.read_bytes() for path in in_place.rglob("*") if path.is_file()}
    lesson = in_place / "lessons/01_toy/lesson.md"
    before[lesson] = lesson.read_text("utf-8").replace("slope = 7 / 3", "slope = 7 / 0").encode()
    lesson.write_bytes(before[lesson])
    assert builder.main(["--root", str(in_place)]) == 1
    said = capsys.readouterr().err
    assert "stops with ZeroDivisionError: division by zero" in said and "Traceback" in said
    assert {path: path.read_bytes() for path in in_place.rglob("*") if path.is_file()} == before


def test_a_lesson_that_is_not_there_is_named(in_place):
    assert "starts with '09'" in sentence(builder.build, in_place, only="09")
