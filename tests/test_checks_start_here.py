"""L0's exercises: every known wrong answer gets its own name, right ones pass in whatever style they are written."""

import functools
import operator
from fractions import Fraction

import numpy as np
import pytest
from checker_report import the_report_is_true

from helpers import checking, checks
from helpers.checks.start_here import DOUBLE, HELLO_SLOPE

RIGHT_DOUBLE = [
    lambda x: 2 * x,
    lambda x: x + x,
    lambda x: x - -x,
    lambda x: x / 0.5,
    lambda x: sum([x, x]),
    lambda x: np.multiply(x, 2),
    functools.partial(operator.mul, 2),
    lambda x: np.array(2.0) * x,
    lambda x: np.float32(2) * np.float32(x),
    (2.0).__mul__,
]
WRONG_DOUBLE = {
    "plus-two": [lambda x: x + 2, lambda x: np.add(x, 2.0)],
    "square": [lambda x: x**2, lambda x: x * x],
    "power-of-two": [lambda x: 2**x, lambda x: np.exp2(x)],
    "half": [lambda x: x / 2, lambda x: 0.5 * x],
    "unchanged": [lambda x: x, lambda x: 1 * x],
    "constant": [lambda x: 4, lambda x: 4.0],
    "ratio -1": [lambda x: -2 * x],
    "unknown": [lambda x: 3 * x, lambda x: 2 * x + 1, lambda x: 2 * abs(x)],
}


def slope_by_name(x1, y1, x2, y2):
    rise = y2 - y1
    run = x2 - x1
    return rise / run


def slope_by_fit(x1, y1, x2, y2):
    return np.polyfit([x1, x2], [y1, y2], 1)[0]


class Slope:
    def __call__(self, x1, y1, x2, y2):
        return np.diff([y1, y2])[0] / np.diff([x1, x2])[0]


def slope_by_solving(x1, y1, x2, y2):
    return np.linalg.solve([[1, x1], [1, x2]], [y1, y2])[1]


RIGHT_SLOPE = [
    slope_by_name,
    slope_by_fit,
    slope_by_solving,
    Slope(),
    lambda x1, y1, x2, y2: (y1 - y2) / (x1 - x2),
    lambda a, b, c, d: (d - b) / (c - a),
    lambda *p: (p[3] - p[1]) / (p[2] - p[0]),
    lambda x1, y1, x2, y2: float(Fraction(y2 - y1) / Fraction(x2 - x1)),
    lambda x1, y1, x2, y2: np.float64(y2 - y1) / (x2 - x1),
    lambda x1, y1, x2, y2: np.array(y2 / (x2 - x1) - y1 / (x2 - x1)),
]
WRONG_SLOPE = {
    "run-over-rise": [lambda x1, y1, x2, y2: (x2 - x1) / (y2 - y1), lambda a, b, c, d: (a - c) / (b - d)],
    "parentheses": [lambda x1, y1, x2, y2: y2 - y1 / x2 - x1],
    "parentheses-above": [lambda x1, y1, x2, y2: y2 - y1 / (x2 - x1)],
    "parentheses-below": [lambda x1, y1, x2, y2: (y2 - y1) / x2 - x1],
    "sign": [lambda x1, y1, x2, y2: (y1 - y2) / (x2 - x1), lambda x1, y1, x2, y2: (y2 - y1) / (x1 - x2)],
    "whole-numbers": [lambda x1, y1, x2, y2: (y2 - y1) // (x2 - x1)],
    "rise-only": [lambda x1, y1, x2, y2: y2 - y1],
    "argument-order": [lambda x1, x2, y1, y2: (y2 - y1) / (x2 - x1)],
    "absolute": [lambda x1, y1, x2, y2: abs(y2 - y1) / abs(x2 - x1)],
    "sums": [lambda x1, y1, x2, y2: (y2 + y1) / (x2 + x1)],
    "one-point": [lambda x1, y1, x2, y2: y2 / x2],
    "unknown": [
        lambda x1, y1, x2, y2: (y2 - y1) / (x2 - x1) + 1,
        lambda x1, y1, x2, y2: (y2 - y1) * (x2 - x1),
        lambda x1, y1, x2, y2: x2 - x1,
        lambda x1, y1, x2, y2: np.hypot(x2 - x1, y2 - y1),
    ],
}


EVERY = {
    "double": (DOUBLE, RIGHT_DOUBLE, WRONG_DOUBLE),
    "hello_slope": (HELLO_SLOPE, RIGHT_SLOPE, WRONG_SLOPE),
}


@pytest.mark.parametrize("name", EVERY)
def test_right_answers_pass_and_each_wrong_one_gets_its_own_name_as_the_report_says(name):
    the_report_is_true("start_here", name)


def test_four_is_called_a_constant_though_it_is_the_double_of_two():
    assert checking.examine(DOUBLE, lambda x: 4).name == "constant"


def test_the_lesson_shows_a_question_and_not_the_answer(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_WORK", str(tmp_path))
    checks.load("double")
    with pytest.raises(checking.CheckFailed) as caught:
        checking.check("double", lambda x: x + 2)
    assert str(caught.value) == (
        "double: your function is right for 2 and for no other number: for 3 it gives 5. "
        "What do you get if you double 10, and what if you add 2 to it?"
    )
