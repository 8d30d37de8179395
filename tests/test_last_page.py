"""The listings on the last page of lesson 7 have all they need, and with a framework they end where the lesson ends.

No framework is installed with the course. Where one is, its listing is run as it is printed.
"""

import ast
import builtins
import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
from building.source import read_text_notebook

ROOT = Path(__file__).resolve().parents[1]
FILE = "lessons/07_digit_reader/lesson.md"
CELLS = read_text_notebook(ROOT / FILE, FILE)
CODE = [cell.source for cell in CELLS if cell.kind == "code"]
PRINTED = [found for cell in CELLS for found in re.findall(r"```python\n(.*?)```", cell.source, re.DOTALL)]
LISTINGS = {name: next(found for found in PRINTED if name in found) for name in ("import torch", "import jax")}
NEEDED = (
    "digits =", "X_train, y_train, X_new", "def softmax(", "def topo(", "class Value:", "def as_value(", "def add(",
    "def fit(", "def matmul(", "def cross_entropy(", "def backward(self)", "def logits(", "def one_epoch(",
    "def train_reader(",
)  # fmt: skip


def names(source, context):
    """The names that a source reads or sets, by the kind of the syntax tree's context."""
    there = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    found = {node.id for node in there if isinstance(node.ctx, context)}
    if context is ast.Store:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found.add(node.name)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
            elif isinstance(node, ast.arg):
                found.add(node.arg)
    return found


def defined_by_the_lesson():
    """The names of the lesson's cells, without what its functions keep for themselves."""
    found = set(dir(builtins))
    for source in CODE:
        for statement in ast.parse(source).body:
            functions = isinstance(statement, (ast.FunctionDef, ast.ClassDef))
            found |= {statement.name} if functions else names(ast.unparse(statement), ast.Store)
    return found


def lacking(listing, known):
    """The names that a listing reads before it, or what is known already, has set them."""
    missing, known = set(), set(known)
    for statement in ast.parse(listing).body:
        source = ast.unparse(statement)
        known |= names(source, ast.Store) if not isinstance(statement, ast.Assign) else set()
        missing |= names(source, ast.Load) - known
        known |= names(source, ast.Store)
    return missing


def test_a_name_that_is_set_too_late_is_found():
    assert lacking("import jax\ng = jax.grad(f)(p)\np = g", {"f"}) == {"p"}
    assert lacking("def f(a):\n    return a + b\nb = 2", set()) == {"b"}
    assert lacking("import jax as j\nfor i in j.x:\n    k = i", set()) == set()


@pytest.mark.parametrize("name", LISTINGS)
def test_a_listing_needs_no_name_that_neither_it_nor_the_lesson_has(name):
    known = defined_by_the_lesson()
    assert "train_reader" in known and "p" not in known and lacking(LISTINGS[name], known) == set()


@pytest.mark.parametrize("name", LISTINGS)
def test_a_listing_runs_as_printed_and_ends_at_the_lessons_weights(name):
    framework = name.split()[1]
    if importlib.util.find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed, and the course doesn't need it")
    room = {"np": np, "progress": lambda: lambda *how_far: None}
    exec("from helpers.data import load_digits", room)
    for needed in NEEDED:
        exec(next(source for source in CODE if needed in source), room)
    exec(next(source for source in CODE if "def start(" in source).split("\n\n\n")[0], room)
    exec(LISTINGS[name], room)
    reader, count = room["train_reader"](room["X_train"], room["y_train"]), 0
    for block, value in reader.items():
        theirs = room["p"][block]
        theirs = np.asarray(theirs.detach() if framework == "torch" else theirs)
        assert theirs.dtype == np.float64 and np.abs(theirs - value.data).max() < 1e-14
        count += theirs.size
    assert count == 2410
