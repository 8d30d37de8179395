"""Each control of each figure of lesson 2, moved by mouse and by keyboard in a real JupyterLab."""

from typing import ClassVar

import pytest

from helpers.figures import chain_rule

from .figure_tests import ControlTests


class TestFigures(ControlTests):
    lesson = chain_rule
    walks: ClassVar = {
        "gear_train": ("step", "step", "back", "reset", "step", "step"),
        "kettle": ("up", "up", "down"),
    }


def test_the_train_shows_the_lessons_numbers(pairs):
    train = pairs["gear_train"].look()
    start = {"x": 1.0, "first": "sin", "second": "exp", "third": "none", "h": "0.01"}
    for name, value in (start | {"recipes": True}).items():
        train.put(name, value)
    for button in ("reset", "step", "step"):
        train.press(button)
    assert train.shown.readouts() == {
        "output nudge ÷ h": "1.24694",
        "local slopes multiplied": "1.25338",
        "all slopes taken at x, multiplied": "1.46869",
        "local slopes added": "2.86008",
    }
    train.agree()


@pytest.mark.parametrize(("n", "error"), [(-16, "100 %"), (-1, "5.6 %"), (-4, "5.1·10⁻⁵")])
def test_the_error_of_the_forward_difference_is_the_lessons(pairs, n, error):
    figure = pairs["choose_h"].look()
    figure.put("n", n)
    assert figure.shown.readout("error, forward") == error
    figure.agree()


def test_the_figures_in_words_say_what_the_pictures_show(pairs):
    for pair in pairs.values():
        pair.look().same_figure_in_words()
