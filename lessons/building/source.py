"""Reads lesson.md and exercises.md, and tells apart what learners, teachers and readers get of each cell.

The files are MyST text notebooks. Only what the course needs is allowed in them, so that a slip of the pen is
an error with a file and a line and not a cell that silently does something else.
"""

import ast
import hashlib
import itertools
import re
from dataclasses import dataclass, field

import nbformat

from . import BuildError

OPTIONS = {"code": ("answer", "check", "id", "points", "tags"), "markdown": ("id", "tags")}
TAGS = ("raises-exception", "silent", "todo")
IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
INCLUDE = re.compile(r"<!-- include: (\S+) -->")  # another text file, by its path from the lesson's folder
BLANK = re.compile(r"\{\{\s(.+?)\s\}\}")  # the spaces tell {{ slope :.2f }} from the double braces of LaTeX
CODE_OR_MATH = re.compile(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$", re.DOTALL)


@dataclass
class Blank:
    """One `{{ expression :spec }}`: a place in a text that the kernel fills in; `where` is file:line."""

    expression: str
    spec: str | None
    where: str


@dataclass
class Cell:
    """One cell as it stands in the text source; `kind` is "markdown" or "code", `where` is file:line."""

    kind: str
    source: str
    where: str
    id: str = ""
    tags: list = field(default_factory=list)
    answer: str | None = None
    check: str | None = None
    points: float | None = None
    blanks: list = field(default_factory=list)


def find_blanks(text, file, line):
    """Every `{{ expression :spec }}` of a text that starts on `line` of `file`, in order."""
    blanks = []
    for match in BLANK.finditer(text):
        where = f"{file}:{line + text.count(chr(10), 0, match.start())}"
        expression, colon, spec = match[1].rpartition(" :")
        if not colon:
            expression, spec = match[1], None
        try:
            ast.parse(expression.strip(), mode="eval")
        except SyntaxError as error:
            raise BuildError(f"{where}: the expression {match[0]} is not Python: {error.msg}.") from None
        blanks.append(Blank(expression.strip(), spec and spec.strip(), where))
    forgotten = re.search(r"\{\{.*", CODE_OR_MATH.sub("", BLANK.sub("", text)))
    if forgotten:
        raise BuildError(
            f"{file}:{line}: {forgotten[0][:40]!r} needs a space after {{{{ and before }}}} to be filled in."
        )
    return blanks


def fill(text, values):
    """The text with its blanks replaced by `values` (an iterable of str), in order."""
    values = iter(values)
    return BLANK.sub(lambda match: next(values), text)


def read_text_notebook(path, file, exercise=False):
    """The cells of a MyST text notebook, a list of `Cell`; `file` is its name in messages.

    `exercise` allows answers and checks. Raises BuildError with file and line.
    """
    # Here and not above: the tests import the builder for its environment alone, and jupytext takes a second.
    from jupytext.myst import MystMetadataParsingError, myst_to_notebook

    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        if re.match(r":tags:\s*[^\s\[]", line):  # jupytext would stop at it without telling the line
            raise BuildError(f"{file}:{number}: tags are a list, in brackets.")
    try:
        parsed = myst_to_notebook(text, add_source_map=True)
    except MystMetadataParsingError as error:
        raise BuildError(f"{file}: {' '.join(str(error).split())}") from None
    except nbformat.ValidationError as error:
        raise BuildError(f"{file}: the front matter or a cell's options are wrong: {error.message}.") from None
    if parsed.metadata.get("kernelspec", {}).get("name") != "python3":
        raise BuildError(f"{file}:1: the front matter has to name the kernelspec python3.")
    cells, taken = [], {}
    for node, line in zip(parsed.cells, parsed.metadata["source_map"], strict=True):
        if node.cell_type == "markdown":
            where = f"{file}:{line}"
            node.source = INCLUDE.sub(lambda m, where=where: included(path.parent / m[1], where), node.source)
        if node.cell_type == "markdown":  # jupytext counts these from 0, and from the break on
            line += 1
            while not lines[line - 1].strip():
                line += 1
        cell = read_cell(node, file, line, taken, exercise)
        if cell.id in taken:
            raise BuildError(f"{cell.where}: the id '{cell.id}' is taken by the cell at {taken[cell.id]}.")
        taken[cell.id] = cell.where
        cells.append(cell)
    return cells


def included(path, where):
    """The text of another file for `<!-- include: … -->`. Raises BuildError where there is none."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        raise BuildError(f"{where}: there is no file {path.name} to include.") from None


def read_cell(node, file, line, taken, exercise):
    """One parsed cell as a `Cell`, its options checked; `taken` holds the ids of the cells before it."""
    where, options = f"{file}:{line}", dict(node.metadata)
    if node.cell_type == "raw" or "{code-cell}" in node.source:
        raise BuildError(f"{where}: a code cell has to start with ```{{code-cell}} at the left margin.")
    for option in options:
        if option not in OPTIONS[node.cell_type]:
            known = ", ".join(OPTIONS[node.cell_type])
            raise BuildError(f"{where}: unknown option '{option}'; a {node.cell_type} cell can have {known}.")
    tags = options.get("tags") or []
    for tag in tags:
        if tag not in TAGS:
            raise BuildError(f"{where}: unknown tag '{tag}'; there are {', '.join(TAGS)}.")
    cell = Cell(node.cell_type, node.source, where, tags=tags)
    cell.answer, cell.check, cell.points = (options.get(name) for name in ("answer", "check", "points"))
    check_role(cell, options, exercise)
    check_regions(cell)
    cell.id = str(options.get("id") or role_id(cell) or hashed_id(cell, taken))
    if not IDENTIFIER.fullmatch(cell.id):
        raise BuildError(f"{where}: the id '{cell.id}' may have 64 letters, digits, - and _ and nothing else.")
    if cell.kind == "markdown":
        cell.blanks = find_blanks(cell.source, file, line)
    return cell


def check_role(cell, options, exercise):
    """Raise BuildError where :answer:, :check:, :points: and :id: don't belong together."""
    if (cell.answer or cell.check) and not exercise:
        raise BuildError(f"{cell.where}: :answer: and :check: belong into exercises.md.")
    if sum(name in options for name in ("answer", "check", "id")) > 1:
        raise BuildError(f"{cell.where}: a cell has only one of :answer:, :check: and :id:.")
    if cell.check and "points" not in options:
        raise BuildError(f"{cell.where}: the check '{cell.check}' needs :points:.")
    if "points" in options and not cell.check:
        raise BuildError(f"{cell.where}: :points: belong to a :check: cell.")
    if "points" in options and (type(cell.points) not in (int, float) or cell.points <= 0):
        raise BuildError(f"{cell.where}: :points: has to be a number above 0, and it is {cell.points!r}.")


def check_regions(cell):
    """Raise BuildError where a solution or a hidden test stands in the wrong cell, or an answer has none."""
    if cell.kind != "code":
        return
    solution = regions(cell, "SOLUTION")
    if cell.answer and not solution:
        raise BuildError(f"{cell.where}: the answer '{cell.answer}' has no ### BEGIN SOLUTION to be hidden.")
    if solution and not cell.answer:
        raise BuildError(f"{cell.where}: ### BEGIN SOLUTION stands in a cell without :answer:.")
    if regions(cell, "HIDDEN TESTS") and not cell.check:
        raise BuildError(f"{cell.where}: ### BEGIN HIDDEN TESTS stands in a cell without :check:.")


def role_id(cell):
    """answer-NAME or check-NAME for a cell of an exercise, else None."""
    return (cell.answer and f"answer-{cell.answer}") or (cell.check and f"check-{cell.check}")


def hashed_id(cell, taken):
    """An id that changes only when the cell's own source does; equal cells are told apart by their order."""
    for copy_number in itertools.count():
        text = f"{cell.kind}\n{cell.source}" + f"\n{copy_number}" * bool(copy_number)
        identifier = hashlib.sha256(text.encode()).hexdigest()[:12]
        if identifier not in taken:
            return identifier


def regions(cell, name):
    """(first, last) line indices of each ### BEGIN name … ### END name in a cell, the markers included."""
    found, start = [], None
    for index, line in enumerate(cell.source.splitlines()):
        begins, ends = f"BEGIN {name}" in line, f"END {name}" in line
        if begins and start is not None:
            raise BuildError(f"{cell.where}: ### BEGIN {name} stands inside another one.")
        if ends and start is None:
            raise BuildError(f"{cell.where}: ### END {name} has no ### BEGIN {name} before it.")
        if begins:
            start = index
        if ends:
            found.append((start, index))
            start = None
    if start is not None:
        raise BuildError(f"{cell.where}: ### BEGIN {name} has no ### END {name}.")
    return found


def split_stub(lines):
    """The lines of a solution region, its markers left out, as (solution lines, stub lines)."""
    inner = lines[1:-1]
    marks = [index for index, line in enumerate(inner) if line.strip() == "### STUB"]
    if marks:
        return inner[: marks[0]], inner[marks[0] + 1 :]
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    return inner, [f"{indent}# your code here", f"{indent}..."]


def with_regions(cell, name, replace):
    """The cell's source with each region replaced by what `replace` makes of its lines, markers included."""
    lines = cell.source.splitlines()
    for start, end in reversed(regions(cell, name)):
        lines[start : end + 1] = replace(lines[start : end + 1])
    return "\n".join(lines)


def source_for(cell, version):
    """The cell's source for a version: "lesson" as written, "solved" for teachers, "released" for learners.

    Released cells have the stub in place of the solution, and no hidden tests. Solved ones keep both between
    their markers, as nbgrader wants its sources, and have no stub.
    """
    if version == "released" and cell.answer:
        return with_regions(cell, "SOLUTION", lambda lines: split_stub(lines)[1])
    if version == "released" and cell.check:
        return with_regions(cell, "HIDDEN TESTS", lambda lines: [])
    if version == "solved" and cell.answer:
        return with_regions(cell, "SOLUTION", lambda lines: [lines[0], *split_stub(lines)[0], lines[-1]])
    return cell.source


def to_node(cell, version):
    """The cell as nbformat wants it, with what nbgrader needs to know; `version` as in `source_for`."""
    if cell.kind == "markdown":
        node = nbformat.v4.new_markdown_cell(cell.source, id=cell.id)
    else:
        node = nbformat.v4.new_code_cell(source_for(cell, version), id=cell.id)
    tags = list(cell.tags)
    if cell.check and version == "released":  # so that Run All goes on past a check that isn't passed yet
        tags.append("raises-exception")
    if tags:
        node.metadata["tags"] = sorted(set(tags))
    if cell.answer or cell.check:
        node.metadata["deletable"] = False
        node.metadata["nbgrader"] = {
            "schema_version": 3,
            "grade_id": cell.id,
            "grade": bool(cell.check),
            "solution": bool(cell.answer),
            "locked": bool(cell.check),
            "task": False,
        }
    if cell.check:
        node.metadata["editable"] = False
        node.metadata["nbgrader"]["points"] = cell.points
    return node
