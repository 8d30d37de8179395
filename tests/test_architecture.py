"""Who may lean on whom: the arrows between the parts, held by reading every import."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HELPERS = ROOT / "helpers"
STDLIB = set(sys.stdlib_module_names)

# What each part may import beyond the standard library: parts of helpers by their name, others as they are called.
MAY = {
    "": set(),
    "data": {"numpy"},
    "descent": {"numpy"},
    "arrays": {"numpy", "helpers.plain"},
    "value": {"numpy", "helpers.arrays", "helpers.plain"},
    "network": {"numpy", "helpers.value", "helpers.plain"},
    "clinic": {"numpy", "helpers.plain"},
    "graph": {"numpy", "matplotlib", "PIL", "helpers.palette", "helpers.plain"},
    "palette": set(),
    "plain": set(),
    "ledger": {"helpers.plain"},
    "doctor": {"helpers.ledger"},  # which knows where the course and the work folder are
    "server": {"jupyter_server"},
    "live": {"numpy", "matplotlib", "PIL", "traitlets", "anywidget", "helpers.palette", "helpers.plain"},
    "pad": {"numpy", "matplotlib", "PIL", "traitlets", "anywidget", "helpers.palette", "helpers.plain"},
    "figures": {"numpy", "matplotlib", "helpers.live", "helpers.palette", "helpers.plain", "helpers.graph"}
    | {"helpers.value", "helpers.network", "helpers.clinic", "helpers.descent", "helpers.data", "helpers.pad"},
    "guard": {"numpy"},
    "answers": {"numpy", "helpers.guard"},
    "examining": {"numpy", "helpers.answers", "helpers.guard"},
    "checking": {"helpers.answers", "helpers.examining", "helpers.guard", "helpers.ledger", "helpers.plain"},
    "checks": {"numpy", "helpers.checking", "helpers.guard", "helpers.value", "helpers.network", "helpers.clinic"}
    | {"helpers.descent", "helpers.data"},
    "questions": {"helpers.plain", "helpers.ledger"},
    "deck": {"helpers.ledger", "helpers.questions", "helpers.plain"},
    "review": {"anywidget", "traitlets", "helpers.ledger", "helpers.questions", "helpers.deck", "helpers.plain"},
    "carry": {"helpers.plain"},
    "progress": {"anywidget", "traitlets", "IPython", "helpers.plain"},
    "lamp": {"anywidget", "traitlets", "IPython", "ipykernel", "helpers.plain"},
}


def modules():
    return sorted(HELPERS.rglob("*.py"))


def part_of(path):
    inside = path.relative_to(HELPERS).with_suffix("").parts
    return "" if inside == ("__init__",) else inside[0]


def imported(path):
    """Every module that a file names in an import, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            home = ["helpers", *path.relative_to(HELPERS).parts[:-1]] if HELPERS in path.parents else []
            home = home[: len(home) - node.level + 1] if node.level else []
            module = ".".join([*home, *filter(None, [node.module])])
            if module == "helpers":
                yield from (f"helpers.{alias.name}" for alias in node.names)
            else:
                yield module


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_each_part_leans_only_on_what_it_may(path):
    part = part_of(path)
    assert part in MAY, f"helpers/{part} is new: say in this test what it may lean on"
    for name in imported(path):
        top = name.split(".")[0]
        if top in STDLIB:
            continue
        short = ".".join(name.split(".")[:2]) if top == "helpers" else top
        if short == f"helpers.{part}":
            continue
        assert short in MAY[part], f"{path.relative_to(ROOT)} leans on {name}, and {part} may not"


@pytest.mark.parametrize("path", sorted((ROOT / "upkeep").glob("*.py")), ids=lambda path: path.name)
def test_what_keeps_work_up_to_date_leans_on_the_standard_library_alone(path):
    assert {name.split(".")[0] for name in imported(path)} - {""} <= STDLIB


def test_nothing_in_helpers_imports_from_lessons():
    assert not [(p, n) for p in modules() for n in imported(p) if n.split(".")[0] in ("lessons", "building")]


def test_importing_helpers_loads_nothing_heavy():
    code = "import sys, helpers; print(sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = set(ast.literal_eval(subprocess.check_output([sys.executable, "-c", code], text=True)))
    assert not loaded & {"numpy", "matplotlib", "IPython", "ipywidgets", "anywidget", "PIL"}


@pytest.mark.parametrize("name", [f"helpers.{name}" for name in ("data", "descent", "value", "network", "clinic")])
def test_the_numerical_parts_load_no_drawing_and_no_widgets(name):
    code = f"import sys, {name}; print(sorted({{m.split('.')[0] for m in sys.modules}}))"
    loaded = set(ast.literal_eval(subprocess.check_output([sys.executable, "-c", code], text=True)))
    assert not loaded & {"matplotlib", "IPython", "ipywidgets", "anywidget", "PIL"}


def test_every_module_opens_with_a_sentence_that_says_what_lives_there():
    others = [*(ROOT / "lessons").rglob("*.py"), *(ROOT / "upkeep").glob("*.py"), ROOT / "course.py"]
    for path in [*modules(), *others]:
        assert (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").strip(), path
