"""The numbers that checks try a function on: always the same, or drawn anew for a class with a seed of its own.

A teacher sets the environment variable DOWNHILL_CLASS_SEED to a whole number before Python starts. It is read once,
when the first exercise is looked up; a program that grades in a child process sets it in the child's environment.
Absent, empty or 0, every fixture is the one the lessons were written with. With another number the random fixtures
come from other generators and the hand-made ones are moved a little, so that a function with typed-in answers fails.
Special cases (zeros, shapes, extreme values) stay as they are.
"""

import os

import numpy as np

from ..checking import PlainError

__all__ = ["CLASS_SEED", "class_seed", "drawn", "fixture_rng", "normal", "shaken"]

VARIABLE = "DOWNHILL_CLASS_SEED"
CLOSEST = 0.06  # a moved number is at least this share away from where it was
SPECIAL = (0.0, 0.5, 1.0, 2.0)  # sizes at which different formulas give the same number


def class_seed(environment):
    """The class's seed, 0 if there is none; PlainError where the variable holds something else than a whole number."""
    text = environment.get(VARIABLE, "").strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()):
        raise PlainError(
            f"{VARIABLE} is {text[:40]!r}: set it to a whole number such as 7, or remove it, and restart the kernel."
        )
    return int(text)


CLASS_SEED = class_seed(os.environ)


def fixture_rng(seed):
    """A generator for one fixture: default_rng(seed), or another one for each class."""
    return np.random.default_rng([CLASS_SEED, seed] if CLASS_SEED else seed)


def normal(seed, *shape):
    """Normal numbers with two decimals, in an array of that shape; for a class with a seed none of them is 0."""
    numbers = fixture_rng(seed).normal(size=shape).round(2)
    return np.where(numbers == 0, 0.37, numbers) if CLASS_SEED else numbers


def drawn(seed, today, draw):
    """`today`, or in a class with a seed what `draw` makes of a generator of its own."""
    return draw(fixture_rng(seed)) if CLASS_SEED else today


def shaken(seed, value, by=0.3):
    """`value`, or in a class with a seed the same with every float in it moved by a share of at most `by`.

    Numbers keep their sign and their size, zeros and ints stay, arrays, lists and tuples keep their shape. No two
    moved numbers of one call are equal, and none gets a size at which different formulas coincide.
    """
    if not CLASS_SEED:
        return value
    rng, taken = fixture_rng(seed), set(SPECIAL)

    def moved(number):
        if number == 0 or not np.isfinite(number):
            return number
        while True:
            found = float(f"{number * np.exp(rng.choice([-1, 1]) * rng.uniform(CLOSEST, by)):.3g}")
            if abs(found) not in taken:
                taken.add(abs(found))
                return found

    def walk(part):
        if isinstance(part, np.ndarray):
            return np.array([moved(float(number)) for number in part.flat]).reshape(part.shape)
        if isinstance(part, list | tuple):
            return type(part)(walk(each) for each in part)
        return moved(part) if isinstance(part, float) else part

    return walk(value)
