"""The exercises as the course releases them: what a submission is measured against, cell by cell."""

import ast
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from . import Trouble

ROOT = Path(__file__).resolve().parents[1]
LESSONS = range(1, 8)

# Answers in words that no check can judge: a teacher reads them. By assignment: (the answer cell's id, what it is).
TO_READ = {
    "L5": (("answer-my_eta", "the reason for a learning rate"),),
    "L7": (
        ("answer-explanations", "three explanations in the student's own words"),
        ("answer-report", "the report: decisions and limits"),
    ),
}


@dataclass(frozen=True)
class Cell:
    """One cell of a released notebook. `kind` is text, given, todo, answer or check; checks have points."""

    id: str
    kind: str
    source: str
    node: dict
    exercise: str = ""
    points: float = 0.0


@dataclass(frozen=True)
class Release:
    """One assignment: its name (L1 …), the notebook's file name, its bytes, and its cells in order."""

    name: str
    file: str
    data: bytes
    cells: tuple
    by_id: dict = field(compare=False)

    @property
    def checks(self):
        """The check cells in order."""
        return [cell for cell in self.cells if cell.kind == "check"]

    @property
    def points(self):
        """The points of the whole assignment."""
        return sum(cell.points for cell in self.checks)

    @property
    def digest(self):
        return hashlib.sha256(self.data).hexdigest()

    def answers_of(self, check):
        """The ids of the answer cells that a check judges: those since the check before it."""
        ids, found = [], []
        for cell in self.cells:
            if cell.kind == "answer":
                ids.append(cell.id)
            elif cell.kind == "check":
                if cell.id == check:
                    found = [each for each in ids if each != "answer-explanations"]
                ids = []
        return found


def source_of(node):
    """A cell's source as one text, whether it is saved as a text or as a list of lines."""
    source = node.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def read_release(name, path):
    """The Release in a built exercise notebook. Raises Trouble where it isn't one."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Trouble(f"{path} can't be read ({error.strerror}); get the course again.") from None
    cells = [_cell(node, path) for node in json.loads(data)["cells"]]
    return Release(name, path.name, data, tuple(cells), {cell.id: cell for cell in cells})


def _cell(node, path):
    meta = node["metadata"].get("nbgrader", {})
    source, exercise = source_of(node), ""
    if node["cell_type"] != "code":
        kind = "text"
    elif meta.get("grade"):
        kind, exercise = "check", _checked(source)
        if exercise is None:
            raise Trouble(f'{path}: the check cell {node["id"]} has to be one line like check("name", answer).')
    elif meta.get("solution"):
        kind = "answer"
    else:
        kind = "todo" if "todo" in node["metadata"].get("tags", []) else "given"
    return Cell(node["id"], kind, source, node, exercise, float(meta.get("points", 0)))


def _checked(source):
    """The exercise's name in `check("name", answer)`, None where the source is anything else."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return None
    call = statements[0].value if len(statements) == 1 and isinstance(statements[0], ast.Expr) else None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "check"):
        return None
    if len(call.args) != 2 or call.keywords or not isinstance(call.args[0], ast.Constant):
        return None
    return call.args[0].value


def course_releases(root=ROOT):
    """The assignments L1 to L7 as {name: Release}, from the course's exercises. Raises Trouble where one is missing."""
    found = {}
    for number in LESSONS:
        paths = sorted((Path(root) / "exercises").glob(f"{number:02}_*.ipynb"))
        if len(paths) != 1:
            raise Trouble(f"The exercises of lesson {number} are missing from the course: get the course again.")
        found[f"L{number}"] = read_release(f"L{number}", paths[0])
    return found
