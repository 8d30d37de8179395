"""What the test modules of all lessons' checks ask alike: every right answer, every wrong one.

`every` is {exercise's name: (the Exercise, its right answers, {name of a mistake: wrong answers})}.
"""

import pytest

__all__ = ["each_right", "each_wrong"]


def each_right(every):
    """Runs a test of (exercise, answer) for every right answer."""
    return pytest.mark.parametrize(
        ("exercise", "answer"),
        [pytest.param(e, a, id=f"{n}-{i}") for n, (e, right, _) in every.items() for i, a in enumerate(right)],
    )


def each_wrong(every):
    """Runs a test of (exercise, name, answer) for every wrong answer and the name it has to be given."""
    return pytest.mark.parametrize(
        ("exercise", "name", "answer"),
        [
            pytest.param(exercise, name, answer, id=f"{exercise.name}-{name}-{i}")
            for exercise, _, wrong in every.values()
            for name, answers in wrong.items()
            for i, answer in enumerate(answers)
        ],
    )
