"""A learner's own engine goes from lesson 3 into lesson 7, and what lesson 4 built drives the new one.

The notebooks are run here without a kernel: their code cells, one after the other, in one namespace.
"""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from helpers.carry import my_engine
from helpers.checking import judge
from helpers.plain import PlainError

ROOT = Path(__file__).resolve().parents[1]
SOLVED = ROOT / "exercises" / "solutions"
LESSON_3, LESSON_4, CAPSTONE = "03_computational_graphs.ipynb", "04_backpropagation.ipynb", "07_digit_reader.ipynb"

MICROGRAD = """\
import math
class Value:
    def __init__(self, data, _children=(), _op=""):
        self.data, self.grad, self._prev, self._op = data, 0.0, set(_children), _op
        self._backward = lambda: None
    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), "+")
        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out
    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), "*")
        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out
    def of(self, value, slope):
        out = Value(value, (self,))
        def _backward():
            self.grad += slope * out.grad
        out._backward = _backward
        return out
    def __pow__(self, n): return self.of(self.data**n, n * self.data ** (n - 1))
    def tanh(self): return self.of(math.tanh(self.data), 1 - math.tanh(self.data) ** 2)
    def exp(self): return self.of(math.exp(self.data), math.exp(self.data))
    def __neg__(self): return self * -1
    def __sub__(self, other): return self + (other * -1)
    def __rsub__(self, other): return (self * -1) + other
    __radd__, __rmul__ = __add__, __mul__
    def backward(self):
        order, met = [], set()
        def visit(v):
            if v not in met:
                met.add(v)
                for child in v._prev: visit(child)
                order.append(v)
        visit(self)
        self.grad = 1.0
        for v in reversed(order): v._backward()
"""


def cells(path):
    """{id: source} of a notebook's code cells."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"}


def notebook_of(folder, *sources, name=LESSON_3):
    """The path of a notebook with these code cells."""
    path = folder / name
    made = [{"id": f"c{n}", "cell_type": "code", "source": [source]} for n, source in enumerate(sources)]
    path.write_text(json.dumps({"cells": made}), encoding="utf-8")
    return path


def run_capstone(until, change=lambda source: source):
    """The namespace of the solved capstone after its cells up to the one that holds `until`; no check is run."""
    room = {}
    for name, source in cells(SOLVED / CAPSTONE).items():
        if not name.startswith("check-"):
            exec(compile(change(source), name, "exec"), room)
        if until in source:
            return room
    raise AssertionError(f"no cell of the capstone holds {until!r}")


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """A folder of exercises with the solved lesson 3 in it, as the folder where the notebook runs."""
    (tmp_path / LESSON_3).write_bytes((SOLVED / LESSON_3).read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def with_my_own(source):
    return source.replace("mine = False", "mine = True")


@pytest.mark.parametrize("style", ["as lesson 3 has it", "as micrograd has it"])
def test_a_learners_engine_is_the_witness_of_the_array_engine(beside, style, capsys):
    def change(source):
        source = with_my_own(source)
        if style == "as micrograd has it":  # whose log the learner writes in its own way, as the text says
            log = "    Scalar.log = lambda a: a.of(math.log(a.data), 1 / a.data)"
            source = "\n".join(log if "    Scalar.log =" in line else line for line in source.split("\n"))
        return source

    if style == "as micrograd has it":
        notebook_of(beside, MICROGRAD)
    room = run_capstone("two graphs:", change)
    said = capsys.readouterr().out
    assert "engine, yours." in said
    assert said.count("agree to 1e-10") == 2
    assert room["Scalar"].__module__ == "my_engine" and room["Value"] is not room["Scalar"]
    assert room["tiny_by_numbers"]().shape == (17,), "the text counts 17 slopes"


def test_the_old_class_throws_nothing_of_the_notebook_out(beside):
    room = run_capstone("mine = False", with_my_own)
    assert isinstance(room["Value"](np.ones(3)).data, np.ndarray)
    assert room["topo"].__globals__ is room["add"].__globals__ is room
    assert my_engine() is not my_engine()


def test_it_looks_in_the_folder_of_exercises_too(beside, monkeypatch):
    (beside / "exercises").mkdir()
    os.replace(LESSON_3, beside / "exercises" / LESSON_3)
    assert my_engine()(3).data == 3  # from work/, where the lessons lie
    (beside / "elsewhere").mkdir()
    monkeypatch.chdir(beside / "elsewhere")
    assert my_engine()(3).data == 3
    assert my_engine(beside / "exercises" / LESSON_3)(3).data == 3


def test_value_step_of_lesson_4_drives_the_array_engine():
    room = run_capstone("def backward(self)")
    exec(cells(SOLVED / LESSON_4)["answer-value_step"], room)
    X, y = room["X_train"][:64], room["y_train"][:64]
    p = {"W": room["Value"](np.zeros((64, 10))), "b": room["Value"](np.zeros(10))}

    def loss_of():
        return (X @ p["W"] + p["b"]).cross_entropy(y)

    losses = [room["value_step"](list(p.values()), loss_of, 0.5) for _ in range(3)]
    assert losses[0] == pytest.approx(np.log(10)) and losses[2] < losses[1] < losses[0]
    W, b = room["softmax_regression"](X, y, 0.5, 3)
    assert np.allclose(p["W"].data, W, atol=1e-14) and np.allclose(p["b"].data, b, atol=1e-14)


def test_value_step_of_lesson_4_drives_the_learners_engine_of_lesson_3(beside):
    room = {}
    exec(cells(SOLVED / LESSON_4)["answer-value_step"], room)
    w = my_engine()(3.0)
    assert [room["value_step"]([w], lambda: w * w, 0.1) for _ in range(2)] == pytest.approx([9, 5.76])
    assert w.data == pytest.approx(1.92)


def test_gradcheck_of_lesson_4_makes_gradients_agree():
    room = run_capstone("def backward(self)")
    exec(cells(SOLVED / LESSON_4)["answer-gradcheck"], room)
    exec(
        "def gradients_agree(loss_of, parameters):\n"
        "    for value in parameters.values():\n        value.grad = np.zeros_like(value.data)\n"
        "    loss_of().backward()\n"
        "    params = {name: value.data for name, value in parameters.items()}\n"
        "    grads = {name: value.grad for name, value in parameters.items()}\n"
        "    return gradcheck(lambda: float(loss_of().data), params, grads)\n",
        room,
    )
    assert judge("gradients_agree", room["gradients_agree"]).right


# What can go wrong


def test_an_engine_that_is_not_finished_says_what_is_missing():
    with pytest.raises(PlainError, match=r"1 \+ a is missing.*save that notebook"):
        my_engine(ROOT / "exercises" / LESSON_3)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("(1.0, 1.0)", "(1.0, 0.0)", r"slopes are wrong for a \+ b"),
        ('(other.data, self.data), "*"', '(self.data, other.data), "*"', r"slopes are wrong for a \* b"),
        ("self.data * other.data", "self.data + other.data", r"value is wrong for a \* b"),
        ("1 - t**2", "1 - t", "slopes are wrong for tanh"),
        ("return Value(e,", "return Valeu(e,", "exp is missing or fails"),
        ("parent.grad += slope", "parent.grad = slope", "slopes are wrong for a value that is used twice"),
        ("Value.__pow__, ", "Value.power, ", r"a \*\* n is missing"),
    ],
)
def test_an_engine_that_is_wrong_is_not_carried(beside, old, new, says):
    text = Path(LESSON_3).read_text(encoding="utf-8").replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1])
    Path(LESSON_3).write_text(text, encoding="utf-8")
    with pytest.raises(PlainError, match=says):
        my_engine()


def test_a_cell_that_needs_another_or_fails_is_named(beside):
    notebook_of(beside, "limit = 3", "class Value:\n    most = limit")
    with pytest.raises(PlainError, match=r"begins with “class Value:” fails: NameError.*copy what it needs"):
        my_engine()
    notebook_of(beside, "class Value:\n    pass", "# mine\nValue.x = 1 / 0")
    with pytest.raises(PlainError, match="“# mine” fails: ZeroDivisionError"):
        my_engine()


def test_what_is_no_notebook_of_lesson_3_gets_one_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PlainError, match=r"no notebook 03_computational_graphs\.ipynb here"):
        my_engine()
    with pytest.raises(PlainError, match=r"no notebook mine\.ipynb here"):
        my_engine("mine.ipynb")
    with pytest.raises(PlainError, match="no class Value"):
        my_engine(notebook_of(tmp_path, "x = 1"))
    for text in ("", "[1, 2]", '{"cells": 3}', '{"cells": [{"id": 1}]}'):
        (tmp_path / LESSON_3).write_text(text, encoding="utf-8")
        with pytest.raises(PlainError, match="no notebook that can be read"):
            my_engine()
