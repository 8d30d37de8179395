"""Understands what a learner's function returned: numbers of which shape, or what else; knows no exercise.

Types and values are compared here and nowhere else, with exact types and our own arithmetic, so that an
answer whose `__eq__` always says True is no number and equals nothing.
"""

from decimal import Decimal
from fractions import Fraction

import numpy as np

from .guard import Trouble, one_line

__all__ = ["RTOL", "agree", "as_array", "close", "numbers", "show"]

# Two numbers agree when they differ by less than RTOL times the largest component of the truth, or by less
# than ATOL. So float32, another order of summation and rounding to seven digits pass, and a known mistake,
# which is off by a tenth and more, does not.
RTOL, ATOL = 1e-6, 1e-9
DEEPEST = 5  # lists in lists that are read; a list may contain itself
LONGEST = 100_000  # entries of a list that are read

_abs, _isfinite, _isnan, _max = np.abs, np.isfinite, np.isnan, np.max  # a notebook may put its own into np


def close(value, expected, rtol=RTOL):
    """Whether two arrays have one shape and agree, see RTOL; inf agrees with the same inf, nan with nan."""
    value, expected = np.asarray(value, dtype=float), np.asarray(expected, dtype=float)
    return value.shape == expected.shape and bool(agree(value, expected, rtol).all())


def agree(value, expected, rtol=RTOL):
    """Which components agree: a bool array, for two float arrays of one shape."""
    scale = _max(_abs(expected[_isfinite(expected)]), initial=0.0)
    with np.errstate(all="ignore"):
        near = _abs(value - expected) <= max(ATOL, rtol * scale)
    return near | (value == expected) | (_isnan(value) & _isnan(expected))


def show(value):
    """Numbers the way a learner would write them: six digits, at most six components."""
    value = np.asarray(value, dtype=float)
    if value.ndim == 0:
        return f"{value:.6g}"
    return f"({', '.join(f'{item:.6g}' for item in value.flat[:6])}{', …' if value.size > 6 else ''})"


def numbers(raw, shape, shape_words, printed=""):
    """The answer as a finite float array of the wanted shape, or a Trouble that says what it is instead.

    `shape_words` says the shape in words, `printed` is what the function printed before it returned `raw`.
    """
    if raw is None:
        does = "prints its result" if printed.strip() else "runs to its end"
        return Trouble(
            "prints" if printed.strip() else "returns-nothing",
            f"your function {does} and returns nothing.",
            "Which word hands a value back to the caller?",
        )
    value = as_array(raw)
    if isinstance(value, Trouble):
        return value
    if value.shape != shape:
        return _wrong_shape(value, shape, shape_words)
    if not _isfinite(value).all():
        what = "nan (not a number)" if _isnan(value).any() else "inf (too large for a number)"
        where = f" as component [{int(np.argmin(_isfinite(value)))}]" if value.ndim else ""
        return Trouble(
            "nan",
            f"your function returns {what}{where}, for finite input.",
            "Which line divides by 0, or grows without bound?",
        )
    return value


def as_array(raw, depth=0):
    """A float array from a number, an array, a list or a tuple of those, or a Trouble of the kind "type".

    Types are compared exactly: a class that only claims to be a number does not get through.
    """
    kind = type(raw)  # and never isinstance, which asks the object itself for its class
    if kind in (int, float, Fraction, Decimal):
        try:
            return np.array(float(raw))
        except (OverflowError, ValueError):  # an int beyond 1e308, a signalling nan
            return np.array(np.nan)
    if issubclass(kind, list | tuple) and depth < DEEPEST:
        return _from_sequence([*(list if issubclass(kind, list) else tuple).__iter__(raw)], kind, depth)
    if issubclass(kind, np.generic):
        raw, kind = np.array(raw), np.ndarray
    if issubclass(kind, np.ma.MaskedArray) or not issubclass(kind, np.ndarray):
        return _no_numbers(raw)
    raw = np.ndarray.view(raw, np.ndarray)
    if raw.dtype.kind in "iuf":
        return raw.astype(float)
    if raw.dtype.kind == "O" and raw.size and depth < DEEPEST:
        return _from_sequence(raw.tolist(), kind, depth) if raw.ndim else as_array(raw.item(), depth + 1)
    return _no_numbers(raw.flat[0] if raw.size else raw)


def _from_sequence(items, kind, depth):
    if len(items) > LONGEST:
        return Trouble("type", f"your function returns {len(items):,} things.", "How many numbers are wanted?")
    parts = [as_array(item, depth + 1) for item in items]
    trouble = next((part for part in parts if isinstance(part, Trouble)), None)
    if trouble:
        return trouble
    if len({part.shape for part in parts}) > 1:
        shapes = ", ".join(str(part.shape) if part.shape else "one number" for part in parts[:4])
        return Trouble(
            "type",
            f"your function returns a {kind.__name__} whose parts differ in shape: {shapes}.",
            "Which of them is the answer?",
        )
    return np.array(parts, dtype=float)


def _no_numbers(raw):
    kind = type(raw)
    if issubclass(kind, bool | np.bool_):
        what, question = f"{bool(raw)}, a truth value", "Is there a comparison in the return line?"
    elif issubclass(kind, complex | np.complexfloating):
        what, question = "a complex number", "Where do you take a root or a power of a negative number?"
    elif issubclass(kind, str):
        what, question = f"the text {one_line(str.__repr__(raw[:100]), 40)}", "Where do numbers become text?"
    elif raw is None:
        what, question = "None in place of numbers", "Does every path through it end in a return?"
    elif issubclass(kind, np.ma.MaskedArray):
        what, question = "a masked array, in which entries can be hidden", "Which plain array is meant?"
    elif callable(raw):
        what, question = "something to call in place of numbers", "Are the brackets of a call missing?"
    else:
        article = "an" if kind.__name__[0] in "AEIOUaeiou" else "a"
        what, question = f"{article} {kind.__name__}, which is no number and no array", "Which numbers are in it?"
    return Trouble("type", f"your function returns {what}.", question)


def _wrong_shape(value, shape, shape_words):
    wanted = f"{shape_words}, shape {shape}" if shape else shape_words
    got, question = f"an array of shape {value.shape}", "What are the shapes of the arrays that meet in it?"
    if value.shape == ():
        got, question = "one number", "Does something add up or average what should stay apart?"
    elif shape == () and value.size == 1:
        got, question = f"{got} with one number in it", "How do you take a number out of an array?"
    elif shape == ():
        question = "Which operation turns many numbers into one?"
    elif value.shape == (*shape, 1):
        got, question = f"{got}, a column", "Which line adds the second axis, and is it needed?"
    return Trouble("shape", f"your function returns {got}, where {wanted} is wanted.", question)
