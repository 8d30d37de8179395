"""What every built notebook promises, and that no number in a lesson was typed where it could be computed.

nbval proves that outputs are what the code gives. It doesn't look at a cell that was saved without outputs, at a
picture, or at a number in the prose: that is done here. Each rule is a function that lists what breaks it, and is
tried on a made-up offender first.
"""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from building.run import VIEW
from building.source import BLANK, read_text_notebook

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted(path.parent.name for path in ROOT.glob("lessons/[0-9][0-9]_*/lesson.md"))
EXERCISES = sorted(path.parent.name for path in ROOT.glob("lessons/[0-9][0-9]_*/exercises.md"))
BUILT = [f"notebooks/{slug}.ipynb" for slug in LESSONS]
RELEASED = [f"exercises/{slug}.ipynb" for slug in EXERCISES]
SOLVED = [f"exercises/solutions/{slug}.ipynb" for slug in EXERCISES]

MOST_CELLS = 5  # that may pass without something to do
THINGS_TO_DO = {
    "helpers.review": {"predict", "recall", "quiz", "flash_cards", "exit_ticket"},
    "helpers.checking": {"check"},
}


def opened(name):
    """A built notebook's cells; fails with what to do if it isn't there."""
    path = ROOT / name
    assert path.exists(), f"{name} is missing: python course.py build"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def code_cells(notebook):
    """The code cells that have code."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def tags(cell):
    """A cell's tags."""
    return cell.metadata.get("tags", [])


def test_there_is_something_to_test():
    assert LESSONS and EXERCISES


# Outputs exist


def prints_nothing(statement):
    """Whether a statement only names things: imports, definitions, assignments, and loops over nothing else."""
    if isinstance(statement, (ast.For, ast.While, ast.If, ast.With)):
        return all(map(prints_nothing, [*statement.body, *getattr(statement, "orelse", [])]))
    naming = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Pass)
    return isinstance(statement, (*naming, ast.Assign, ast.AnnAssign, ast.AugAssign))


def may_be_silent(source):
    """Whether a cell can be expected to have no output; a magic command counts as one that has."""
    try:
        return all(map(prints_nothing, ast.parse(source).body))
    except SyntaxError:
        return False


def wrong_outputs(notebook):
    """Cells that didn't run, lack an output nbval would need, have one against their tag, or failed."""
    problems = []
    for cell in code_cells(notebook):
        failed = [output.evalue for output in cell.outputs if output.output_type == "error"]
        if cell.execution_count is None:
            problems.append(f"{cell.id} was never run")
        if not cell.outputs and not may_be_silent(cell.source) and "silent" not in tags(cell):
            problems.append(f"{cell.id} has no output, so nbval compares nothing: print something or tag it silent")
        if cell.outputs and "silent" in tags(cell):
            problems.append(f"{cell.id} is tagged silent and has an output")
        if failed and "raises-exception" not in tags(cell):
            problems.append(f"{cell.id} failed: {failed[0]}")
    return problems


def hidden_from_readers(notebook):
    """Outputs that can't be seen without a kernel, or not without eyes."""
    problems = ["widget state is stored"] if "widgets" in notebook.metadata else []
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if VIEW in output.get("data", {}):
                problems.append(f"{cell.id} has a widget and no picture or text in its place")
            pictures = [kind for kind in output.get("data", {}) if kind.startswith("image/")]
            if not all(output.metadata.get(kind, {}).get("alt") for kind in pictures):
                problems.append(f"{cell.id} has a picture without alt text")
    return problems


def test_the_rules_for_outputs_see_what_they_are_for():
    def notebook(source, *outputs, tags=(), count=1):
        cell = nbformat.v4.new_code_cell(source, id="c", outputs=list(outputs), execution_count=count)
        cell.metadata["tags"] = list(tags)
        return nbformat.v4.new_notebook(cells=[cell])

    text = nbformat.v4.new_output("stream", text="a")
    error = nbformat.v4.new_output("error", ename="E", evalue="e", traceback=[])
    for quiet in (
        "import os",
        "a = 1\n\ndef f():\n    print(a)",
        "for i in range(3):\n    a = i",
        "with b:\n    c += 1",
    ):
        assert wrong_outputs(notebook(quiet)) == []
    for loud in (
        "print(1)",
        "a",
        "a = 1\na",
        "for i in x:\n    print(i)",
        "%time 1",
        "if a:\n    b = 1\nelse:\n    f()",
    ):
        assert wrong_outputs(notebook(loud)) and not wrong_outputs(notebook(loud, text))
        assert not wrong_outputs(notebook(loud, tags=["silent"]))
    assert wrong_outputs(notebook("f()", text, tags=["silent"])) and wrong_outputs(notebook("a = 1", count=None))
    assert wrong_outputs(notebook("f()", error)) and not wrong_outputs(
        notebook("f()", error, tags=["raises-exception"])
    )

    def shown(data, metadata=None):
        return notebook("f()", nbformat.v4.new_output("display_data", data=data, metadata=metadata or {}))

    assert hidden_from_readers(shown({"image/png": "x"})) and hidden_from_readers(shown({VIEW: {}}))
    assert not hidden_from_readers(shown({"image/png": "x"}, {"image/png": {"alt": "a"}}))


@pytest.mark.parametrize("name", [*BUILT, *RELEASED, *SOLVED])
def test_every_cell_ran_and_shows_what_it_should(name):
    assert wrong_outputs(opened(name)) == []


@pytest.mark.parametrize("name", [*BUILT, *RELEASED, *SOLVED])
def test_every_output_can_be_seen_without_a_kernel_and_read_aloud(name):
    assert hidden_from_readers(opened(name)) == []


# Something to do


def doers(notebook):
    """What the notebook's own names stand for: {name: (module, name there)} of all imports from helpers."""
    found = {}
    for cell in code_cells(notebook):
        try:
            statements = ast.walk(ast.parse(cell.source))
        except SyntaxError:  # a magic command
            continue
        for statement in statements:
            if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("helpers"):
                for name in statement.names:
                    found[name.asname or name.name] = (statement.module, name.name)
    return found


def has_something_to_do(cell, names):
    """Whether a cell asks the reader for something: a guess, an answer, a figure's controls, a change of code."""
    if "todo" in tags(cell) or cell.metadata.get("nbgrader"):
        return True
    if cell.cell_type == "markdown":
        return "**Your turn" in cell.source
    try:
        calls = [node.func for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Call)]
    except SyntaxError:
        return False
    for called in calls:
        name = called.value if isinstance(called, ast.Attribute) else called
        module, real_name = names.get(getattr(name, "id", None), ("", ""))
        if real_name in THINGS_TO_DO.get(module, ()) or module.startswith("helpers.figures"):
            return True
    return False


def longest_wait(notebook, names=None):
    """The longest run of cells without something to do, as (how many, how the first begins); `names` as of `doers`."""
    names, longest, run = names or doers(notebook), (0, ""), []
    for cell in notebook.cells:
        run = [] if has_something_to_do(cell, names) else [*run, f"{cell.id} {cell.source[:60]!r}"]
        longest = max(longest, (len(run), run[0] if run else ""), key=lambda pair: pair[0])
    return longest


def test_the_rule_for_something_to_do_sees_what_it_is_for():
    setup = nbformat.v4.new_code_cell(
        "from helpers.review import predict, summary\nfrom helpers.figures import curve_fitting as figures\n"
        "from helpers.figures.curve_fitting import degree_slider\nfrom helpers.checking import check"
    )
    names = doers(nbformat.v4.new_notebook(cells=[setup]))
    for source in ("predict('a')", "figures.bench(3)", "fig = degree_slider()", "check('a', a)"):
        assert has_something_to_do(nbformat.v4.new_code_cell(source), names), source
    for source in ("summary('L1')", "print(predict)", "other.predict()", "plot(figures)"):
        assert not has_something_to_do(nbformat.v4.new_code_cell(source), names), source
    texts = [nbformat.v4.new_markdown_cell("read", id=f"t{number}") for number in range(9)]
    texts[2].source = "**Your turn.** Turn it."
    assert longest_wait(nbformat.v4.new_notebook(cells=texts)) == (6, "t3 'read'")


@pytest.mark.parametrize("name", BUILT)
def test_no_more_than_five_cells_pass_without_something_to_do(name):
    count, first = longest_wait(opened(name))
    assert count <= MOST_CELLS, f"{count} cells from {first} on"


def without_its_opening(notebook):
    """An exercise notebook from its first heading of the second level on.

    What stands before it is the same everywhere: title and contents, the cell that imports, how to ask for a hint.
    """
    texts = [cell.source if cell.cell_type == "markdown" else "" for cell in notebook.cells]
    starts = [n for n, text in enumerate(texts) if text.startswith("## ")]
    assert starts, "an exercise notebook without a heading of the second level"
    assert starts[0] <= MOST_CELLS, f"{starts[0]} cells pass before the first exercise"
    return nbformat.v4.new_notebook(cells=notebook.cells[starts[0] :])


def test_the_opening_of_an_exercise_notebook_ends_at_its_first_heading():
    sources = ["# 3 · Exercises", "### how to ask", "## Exercise 1", "read", "## Exercise 2"]
    cells = [nbformat.v4.new_markdown_cell(source) for source in sources]
    assert without_its_opening(nbformat.v4.new_notebook(cells=cells)).cells == cells[2:]
    too_many = [nbformat.v4.new_markdown_cell("read") for _ in range(MOST_CELLS + 1)]
    for wrong in (cells[:2], too_many + cells[2:]):
        with pytest.raises(AssertionError):
            without_its_opening(nbformat.v4.new_notebook(cells=wrong))


@pytest.mark.parametrize("name", RELEASED)
def test_no_more_than_five_cells_of_an_exercise_notebook_pass_without_something_to_do(name):
    notebook = opened(name)
    names, rest = doers(notebook), without_its_opening(notebook)
    count, first = longest_wait(rest, names)
    assert count <= MOST_CELLS, f"{count} cells from {first} on"


# Exercises


@pytest.mark.parametrize("name", RELEASED)
def test_an_untouched_exercise_runs_to_its_end_and_each_check_says_not_started(name):
    checks = [cell for cell in code_cells(opened(name)) if cell.id.startswith("check-")]
    said = {
        cell.id: " ".join(str(output.get("evalue", output.get("text"))) for output in cell.outputs) for cell in checks
    }
    assert said and {name: text for name, text in said.items() if "not started" not in text} == {}


@pytest.mark.parametrize("name", SOLVED)
def test_every_check_passes_on_the_solution(name):
    checks = [cell for cell in code_cells(opened(name)) if cell.id.startswith("check-")]
    said = {cell.id: "".join(output.get("text", "") for output in cell.outputs) for cell in checks}
    assert said and {name: text for name, text in said.items() if "✓" not in text} == {}


@pytest.mark.parametrize("slug", EXERCISES)
def test_no_solution_and_no_hidden_test_reaches_a_learner(slug):
    released, solved = opened(f"exercises/{slug}.ipynb"), opened(f"exercises/solutions/{slug}.ipynb")
    assert not re.search(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS)|### STUB", str(released))
    for ours, theirs in zip(released.cells, solved.cells, strict=True):
        assert ours.id == theirs.id and (ours.source != theirs.source or not ours.id.startswith("answer-"))


# Numbers in the prose

NUMBER = re.compile(r"(?<![\w.])\d+(?:[,\u2009\u202f]\d{3})*(?:\.\d+)?")
YEAR = re.compile(r"1[5-9]\d\d|20\d\d|2100")
CITATIONS = re.compile(r"<!-- citations -->.*?<!-- /citations -->", re.DOTALL)
GIVEN = re.compile(r"<!--\s*given:(.*?)-->", re.DOTALL)
NOT_PROSE = [
    re.compile(pattern, re.DOTALL | re.MULTILINE)
    for pattern in (
        r"^(```|~~~).*?^\1",  # fenced code
        r"^(?: {4}|\t).*?$",  # indented code
        r"`[^`\n]*`",
        r"<!--.*?-->",
        r"^> Source:.*?$",
        r"\$\$.*?\$\$",
        r"\$[^$\n]*\$",
        r"!?\[[^\]]*\]\([^)]*\)",  # links and pictures
        r"https?://\S+",
        r"</?[a-zA-Z][^>]*>",
    )
]


def typed_numbers(source):
    """Numbers in a markdown cell's prose that are long enough to be results, and weren't declared as given."""
    prose = BLANK.sub(" ", source)
    for pattern in NOT_PROSE:
        prose = pattern.sub(" ", prose)
    found = [number for number in NUMBER.findall(prose) if "." in number or len(re.sub(r"\D", "", number)) > 2]
    given = NUMBER.findall(" ".join(GIVEN.findall(source)))
    typed = [number for number in found if number not in given and not YEAR.fullmatch(number)]
    there = NUMBER.findall(re.sub(r"<!--.*?-->", " ", source, flags=re.DOTALL))
    return typed + [f"{number} (given, and not there)" for number in given if number not in there]


def prose_cells(cells):
    """(where, source) of the markdown cells, without what stands between <!-- citations --> comments."""
    texts = "\0".join(cell.source for cell in cells)
    texts = CITATIONS.sub(lambda match: "\0" * match[0].count("\0"), texts).split("\0")
    return [(cell.where, text) for cell, text in zip(cells, texts, strict=True) if cell.kind == "markdown"]


def test_the_rule_for_typed_numbers_sees_what_it_is_for():
    for text in (
        "It is 3.14.",
        "Exactly 424 of them",
        "1,000 steps",
        "in 19990 steps",
        "(0.5)",
        "about 99.5 %",
        "x = 250",
    ):
        assert typed_numbers(text), text
    for text in (
        "in 1959, 2025 and (1847)", "12 steps, 3 knobs", "{{ a :.2f }} and {{ 1.5 + 2.5 :.1f }}", "$x = 3.14$ and CO2",
        "$$\n424.5\n$$", "see `0.25` or\n```\n0.5\n```\n", "    a = 0.5", "[table 1.5](https://a.b/123.4)", "L1 and L2",
        "> Source: table 5364", "<!-- 12345 -->", "at 5364 <!-- given: 5364 -->", "$m = 600$ <!-- given: 600 -->",
        "<img width=300>",
    ):  # fmt: skip
        assert not typed_numbers(text), text
    assert typed_numbers("Nothing here <!-- given: 5364 -->") == ["5364 (given, and not there)"]
    assert typed_numbers("5364 and 5365 <!-- given: 5364 -->") == ["5365"]


@pytest.mark.parametrize("slug", LESSONS)
def test_no_number_in_the_prose_is_typed_that_could_be_computed(slug):
    file = f"lessons/{slug}/lesson.md"
    found = {where: typed_numbers(text) for where, text in prose_cells(read_text_notebook(ROOT / file, file))}
    assert {where: numbers for where, numbers in found.items() if numbers} == {}
