"""The exercises of L1: the two pictures' axes, then predict, mse, nudge_search, slope, grad_mse and fit_hubble.

The truths are written in plain Python, point by point, so that they share no code with a learner's answer.
"""

import inspect
import re

import numpy as np

from ..checking import Case, Convention, Exercise, Mistake, Trouble, case, close, numbers, one_line, register
from ..data import load_hubble
from .fixtures import fixture_rng, shaken

LESSON = "01_curve_fitting"


def _mean(values):
    values = list(values)
    return sum(values) / len(values)


# Warm-up: which quantity is on which axis

_WORDS = {
    "year": ("year", "years", "x", "time"),
    "co2": ("co2", "co₂", "ppm", "y"),
    "knob": ("knob", "knobs", "k", "k0", "k1", "m"),
    "loss": ("loss", "mse", "error"),
}
_AXES = {"curve": ("year", "co2"), "loss": ("knob", "loss")}


def _look_at_axes(answer):
    """What is wrong with a dict of two pictures, each (across, up), or None."""
    if type(answer) is not dict or set(answer) != set(_AXES):
        return Trouble(
            "type",
            'the check wants a dict with two entries, "curve" and "loss".',
            "Does it look like the one in the cell you started from?",
        )
    read = {}
    for picture, words in answer.items():
        if type(words) not in (tuple, list) or len(words) != 2:
            return Trouble(
                "type",
                f'"{picture}" needs two words: what runs across, and what runs up.',
                "Which one is missing, or one too many?",
            )
        read[picture] = tuple(_word(word) for word in words)
        if None in read[picture]:
            odd = words[read[picture].index(None)]
            shown = f'"{one_line(odd, 30)}"' if type(odd) is str else f"a thing of type {type(odd).__name__}"
            return Trouble(
                "type", f"{shown} is none of the four words year, CO2, knob and loss.", "Which of the four do you mean?"
            )
    if read == _AXES:
        return None
    if read["loss"][0] == "year":
        return "A06"
    if all(set(read[picture]) == set(_AXES[picture]) for picture in _AXES):
        return "axes-turned"
    return "knob-on-curve" if "knob" in read["curve"] else "axes-mixed"


def _word(text):
    if type(text) is not str:
        return None
    plain = text.strip().lower()
    return next((word for word, others in _WORDS.items() if plain in others), None)


AXES = Exercise(
    name="axes",
    lesson=LESSON,
    look=_look_at_axes,
    example="axes",
    what="the axes of the two pictures",
    known="you walk along the curve by changing the year, and along the loss curve by turning a knob.",
    question="Put your finger on one picture: what changes when it moves to the right?",
    pointer="One picture has 67 dots in it, a dot a year. The other has one point for every setting of a knob.",
    step="The bench: the slider moves and the year stays. So one picture has years across. What do you turn to get "
    "to another point of the other?",
    mistakes=(
        Mistake(
            "A06",
            "you put the year below the loss curve; one loss belongs to all the years at once.",
            "What do you turn to move along this picture: a year or a knob?",
            "A whole curve, with all its years, gives one number of loss: one dot on the loss curve.",
            "With k1 = 0 the curve of all 67 years has one loss. With k1 = 0.5 it has another. Those are two dots side "
            "by side in the loss picture, and what differs between them is not a year.",
        ),
        Mistake(
            "axes-turned",
            "the right pair of words stands at each picture, and at least one pair is the wrong way round.",
            "Which of the two do you choose, and which one follows from your choice?",
            "What you choose runs across. What comes out of it runs up.",
            "In the picture of the curve you choose 1990 and read off 354 ppm. The year is chosen, so it runs across.",
        ),
        Mistake(
            "knob-on-curve",
            "you put a knob on the picture of the curve; while you walk along the curve every knob stands still.",
            "Where are the dots of the 67 measurements: in which year and at which height?",
            "The curve lies among the measured dots, so it has their axes.",
            "The dot of 1990 sits at 354 ppm. The curve goes past it in the same picture.",
        ),
        Mistake(
            "axes-mixed",
            "a word stands at a picture to which it doesn't belong.",
            "Which of the two pictures has a dot for every year?",
            "Each of the four words is used once: two belong to the measured dots, two to the knobs' picture.",
            "The dot of 1990 sits at 354 ppm: that uses up two words. Which two are left for the other picture?",
        ),
    ),
)


# 1 predict

_KNOBS = "one number for each x"


def _predict(k, x):
    return [sum(k_i * x_j**i for i, k_i in enumerate(k)) for x_j in x]


def _terms(term, k, x):
    """Like predict, with the i-th term changed to term(k_i, x_j, i), in NumPy's arithmetic: 0 ** -1 is inf."""
    x = np.asarray(x, dtype=float)
    return sum(term(k_i, x, i) for i, k_i in enumerate(k))


def _one_length(report):
    """The only number of knobs for which every answer is right, or None."""
    lengths = {}
    for index, each in enumerate(report.exercise.cases):
        k, x = each.make()
        lengths.setdefault(len(k), []).append(report.gives(_predict(k, x), index))
    right = [length for length, all_right in lengths.items() if all(all_right)]
    return right[0] if len(right) == 1 and _stops_at(report, right[0]) else None


def _stops_at(report, length):
    """Whether for other numbers of knobs it fails, or uses the first ones only, or ends in numbers of another shape."""
    for index, each in enumerate(report.exercise.cases):
        k, x = each.make()
        failed = isinstance(report.values[index], Trouble)
        if len(k) != length and not failed and not report.gives(_predict(k[:length], x), index):
            return False
    return True


PREDICT = Exercise(
    name="predict",
    lesson=LESSON,
    parameters=("k", "x"),
    example="predict(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0]))",
    cases=(
        case("k = 1, 2, 3 and x = 0, 1, 2", np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0])),
        case("k = 5, 0, 0, 0, 0, 0 and x = −1, 0, 0.5, 2", np.array([5.0, 0, 0, 0, 0, 0]), np.array([-1, 0, 0.5, 2.0])),
        case("k = 2, −1 and x = 0, 1, 4", np.array([2.0, -1.0]), np.array([0.0, 1.0, 4.0])),
        case("six random knobs and five random x", fixture_rng(3).normal(size=6), fixture_rng(4).uniform(-1, 1, 5)),
        case("four random knobs and seven random x", fixture_rng(5).normal(size=4), fixture_rng(6).uniform(-2, 2, 7)),
    ),
    truth=_predict,
    shape=lambda k, x: x.shape,
    shape_words=_KNOBS,
    what="k₀ + k₁x + k₂x² + …",
    known="each knob moves its own power of x, checked for 2, 3, 4 and 6 knobs.",
    question="With k = 1, 2, 3: what should come out at x = 0, and what at x = 1?",
    pointer="At x = 0 only the first knob counts. At x = 1 all powers are 1, so the knobs are added up.",
    step="k = 1, 2, 3 at x = 2: the terms are 1 · 1, then 2 · 2, then 3 · 4. Together 1 + 4 + 12 = 17.",
    mistakes=(
        Mistake(
            "fixed-length",
            lambda report: f"your function is right for {_one_length(report)} knobs and for no other number of knobs.",
            "How does your function know how many knobs there are?",
            "len(k) says how many. The work has to be repeated that often.",
            "With two knobs there are the powers 0 and 1, with six the powers 0 to 5: always from 0 up, one for each "
            "knob.",
            seen=_one_length,
        ),
        Mistake(
            "A08",
            "your knobs are in reversed order: the first one moves the highest power.",
            "Set only k₀ = 5. Which curve should appear? Which one do you get?",
            "np.polyval takes the highest power first. In this course k[i] belongs to the i-th power.",
            "k = 5, 0, 0 should be a flat line at height 5. With the order turned around it is 5x², a bowl.",
            wrong=lambda k, x: np.polyval(k, x),
        ),
        Mistake(
            "power-plus-one",
            "every power is one too high: even the first knob is multiplied by x.",
            "What is your curve's height at x = 0, and which knob should decide it?",
            "Python counts from 0, and so do the powers: the knob with index 0 gets the power 0.",
            "k = 1, 2, 3 at x = 2 should give 1 + 4 + 12 = 17. Yours gives 2 + 8 + 24 = 34.",
            wrong=lambda k, x: _terms(lambda k_i, x, i: k_i * x ** (i + 1), k, x),
        ),
        Mistake(
            "power-minus-one",
            "every power is one too low: the first knob is divided by x.",
            "Which power belongs to the knob with index 0?",
            "Python counts from 0, and so do the powers.",
            "k = 1, 2, 3 at x = 2 should give 1 + 4 + 12 = 17. Yours gives 0.5 + 2 + 6 = 8.5.",
            wrong=lambda k, x: _terms(lambda k_i, x, i: k_i * x ** (i - 1.0), k, x),
        ),
        Mistake(
            "first-missing",
            "your curve ignores the first knob.",
            "What is the first index of an array in Python?",
            "Turn only k₀: the curve should move up and down as a whole.",
            "k = 5, 0, 0 should be flat at height 5. Yours is flat at height 0.",
            wrong=lambda k, x: _terms(lambda k_i, x, i: k_i * x**i * (i > 0), k, x),
        ),
        Mistake(
            "last-missing",
            "your curve ignores the last knob.",
            "Which numbers does range(len(k) - 1) run through?",
            "range(n) stops at n − 1 by itself.",
            "For three knobs, range(3) gives 0, 1, 2: all of them. range(2) leaves one out.",
            wrong=lambda k, x: _predict(k[:-1], x),
        ),
        Mistake(
            "last-term-only",
            "your answer is the last term alone; the earlier ones were overwritten.",
            "What happens to the first term when the loop comes to the second?",
            "`total = …` throws away what total was. The terms have to be collected.",
            "k = 1, 2, 3 at x = 2: after the first round total should be 1, after the second 5, after the third 17. "
            "Print yours.",
            wrong=lambda k, x: k[-1] * x ** (len(k) - 1),
        ),
        Mistake(
            "first-term-only",
            "your answer is the first term alone, for however many knobs.",
            "How often does your loop run before the function returns?",
            "`return` ends the function at once, also inside a loop. Look at how far it is indented.",
            "k = 1, 2, 3 at x = 2: the first term is 1, and there are two more to add before the function may end.",
            wrong=lambda k, x: k[0] * x**0,
        ),
        Mistake(
            "times-not-power",
            "you multiply x by the index where x should be raised to that power.",
            "What is 2 · 3, and what is 2³?",
            "In Python `*` is “times” and `**` is “to the power of”.",
            "The knob with index 2 belongs to x². At x = 3 that is 9, and 3 · 2 is 6.",
            wrong=lambda k, x: _terms(lambda k_i, x, i: k_i * x * i, k, x),
        ),
        Mistake(
            "no-power",
            "every knob multiplies x itself, so six knobs do no more than one.",
            "Which part of your line changes from one knob to the next, apart from the knob?",
            "The first knob multiplies 1, the second x, the third x · x, and so on.",
            "At x = 2 the powers are 1, 2, 4, 8. With k = 1, 2, 3 that is 1 · 1 + 2 · 2 + 3 · 4.",
            wrong=lambda k, x: _terms(lambda k_i, x, i: k_i * x, k, x),
        ),
        Mistake(
            "base-and-exponent",
            "base and exponent have changed places: you raise the index to the power of x.",
            "In x², which of the two numbers is the knob's index?",
            "The year is the base. The index is the small number above it.",
            "At x = 3 the knob with index 2 gets 3 · 3 = 9. Yours gets 2 · 2 · 2 = 8.",
            wrong=lambda k, x: _terms(lambda k_i, x, i: k_i * float(i) ** x, k, x),
        ),
        Mistake(
            "knob-in-the-power",
            "the knob is raised to the power too.",
            "In 3x², is it the 3 or the x that is squared?",
            "Python raises to a power before it multiplies, unless parentheses say otherwise.",
            "With k₂ = 3 at x = 2: 3 · 4 = 12. (3 · 2)² is 36.",
            wrong=lambda k, x: _terms(lambda k_i, x, i: (k_i * x) ** i, k, x),
        ),
        Mistake(
            "one-number",
            "your function returns one number: the sum over all x.",
            "How many predictions do you need for 67 years?",
            "np.sum without an axis adds up everything. The sum here runs over the knobs, and the x stay apart.",
            "x = 0, 1, 2 with k = 1, 2, 3 should give three numbers, the last of them 17.",
            wrong=lambda k, x: sum(_predict(k, x)),
        ),
    ),
)


# 2 mse and 5 grad_mse: the same data sets


def _line_data(seed, count):
    x, y = fixture_rng(seed).uniform(-3, 5, count), fixture_rng(seed + 1).uniform(-4, 8, count)
    theta = fixture_rng(seed + 2).normal(size=2)
    return theta.round(2), x.round(2), y.round(2)


_F1 = (np.array([0.5, -1.0]), np.array([0.0, 1.0, 2.0, 4.0]), np.array([1.0, 3.0, 2.0, 6.0]))
_PLUS_MINUS = (np.array([0.0, 1.0]), np.arange(6.0), np.arange(6.0) + np.array([-1.0, 1, -1, 1, -1, 1]))
_LINE_CASES = (
    case("x = 0, 1, 2, 4, y = 1, 3, 2, 6, theta = (0.5, −1)", *_F1),
    case("six points with residuals +1, −1, +1, −1, +1, −1", *_PLUS_MINUS),
    case(
        "x = −1, 0.5, 2, y = 4, 0, −3, theta = (1, 2)",
        np.array([1.0, 2.0]),
        np.array([-1, 0.5, 2.0]),
        np.array([4.0, 0.0, -3.0]),
    ),
    case("seven random points", *_line_data(20, 7)),
    case("nine random points", *_line_data(30, 9)),
)
_COUNT = {"size": lambda theta, x, y: len(x)}


def _errors(theta, x, y):
    b, m = theta
    return [b + m * x_j - y_j for x_j, y_j in zip(x, y, strict=True)]


def _mse(theta, x, y):
    return _mean(e * e for e in _errors(theta, x, y))


def _turned(theta):
    return theta[1], theta[0]


MSE = Exercise(
    name="mse",
    lesson=LESSON,
    parameters=("theta", "x", "y"),
    example="mse(np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([1.0, 1.0]))",
    cases=_LINE_CASES,
    truth=_mse,
    what="the mean of the squared residuals",
    known="one number for a whole line, checked on 5 data sets of 3 to 9 points.",
    question="Take the first point by hand: what does the line predict there, and how large is its residual?",
    pointer="Three steps, in this order: the residuals, their squares, the mean. Print each for one small data set.",
    step="x = 0, 1 and y = 1, 1 with b = 0, m = 1: predictions 0, 1, residuals −1, 0, squares 1, 0, mean 0.5.",
    conventions=(
        Convention(
            "half",
            "right for the convention with ½ in front of the mean. The course leaves the ½ out: your loss is half of "
            "ours, with the same best line.",
            value=lambda theta, x, y: _mse(theta, x, y) / 2,
        ),
    ),
    mistakes=(
        Mistake(
            "A05",
            "you average the residuals first and square afterwards, so residuals of opposite sign cancel.",
            "Try residuals +1 and −1. Is that a perfect fit?",
            "The square has to come before the mean: it makes every residual count, whatever its sign.",
            "Residuals +1 and −1: their mean is 0, squared 0. Their squares are 1 and 1, and the mean of those is 1.",
            wrong=lambda theta, x, y: _mean(_errors(theta, x, y)) ** 2,
        ),
        Mistake(
            "A04",
            "that is the sum of the squares, right for the sum convention; this course takes their mean.",
            "Copy every data point once. Should the average loss, and its slope, double?",
            "A sum grows with the number of points. A mean doesn't.",
            "Residuals 1, 2, 3: the sum of the squares is 14. Copy every point: 28. The mean of the squares is 4.67 "
            "before and after.",
            wrong=lambda theta, x, y: len(x) * _mse(theta, x, y),
        ),
        Mistake(
            "root",
            "you take the root at the end: that is the RMSE, the loss in the unit of y.",
            "The M, the S and the E of “mean squared error” are there. Which step of yours has no letter?",
            "The RMSE is useful to read and awkward to differentiate. Here the loss stays squared.",
            "Residuals 1 and 3: squares 1 and 9, mean 5. The root of 5 is 2.24, and it isn't asked for.",
            wrong=lambda theta, x, y: _mse(theta, x, y) ** 0.5,
        ),
        Mistake(
            "absolute",
            "you average the sizes of the residuals without squaring them.",
            "By how much should a residual of 10 count more than a residual of 1: ten times or a hundred times?",
            "The mean of |residual| is a loss too, and a different one: it has a kink at 0 where a square is smooth.",
            "Residuals 1 and −3: sizes 1 and 3, mean 2. Squares 1 and 9, mean 5.",
            wrong=lambda theta, x, y: _mean(abs(e) for e in _errors(theta, x, y)),
        ),
        Mistake(
            "signed",
            "you average the residuals themselves: positive and negative ones cancel.",
            "What does your function give for residuals +1 and −1?",
            "Which operation makes −3 as bad as +3, and larger residuals much worse?",
            "Residuals 1 and −3: their mean is −1, a negative loss. Squares 1 and 9, mean 5.",
            wrong=(
                lambda theta, x, y: _mean(_errors(theta, x, y)),
                lambda theta, x, y: -_mean(_errors(theta, x, y)),
                lambda theta, x, y: abs(_mean(_errors(theta, x, y))),
            ),
        ),
        Mistake(
            "doubled",
            "you double the residuals where they should be squared.",
            "What is 3 · 2, and what is 3²?",
            "In Python `*` is “times” and `**` is “to the power of”.",
            "Residuals 1 and −3: doubled 2 and −6. Squared 1 and 9.",
            wrong=(
                lambda theta, x, y: 2 * _mean(_errors(theta, x, y)),
                lambda theta, x, y: -2 * _mean(_errors(theta, x, y)),
            ),
        ),
        Mistake(
            "sum-then-square",
            "you add up the residuals first and square afterwards, so residuals of opposite sign cancel.",
            "Try residuals +1 and −1. Is that a perfect fit?",
            "The square has to come first, then the mean.",
            "Residuals +1 and −1: their sum is 0. Their squares are 1 and 1, and the mean of those is 1.",
            wrong=(
                lambda theta, x, y: sum(_errors(theta, x, y)) ** 2,
                lambda theta, x, y: sum(_errors(theta, x, y)) ** 2 / len(x),
            ),
        ),
        Mistake(
            "one-less",
            "you divide by one less than the number of points.",
            "How many residuals are there, and how many do you share them out over?",
            "n − 1 belongs to the variance of a sample. A mean divides by the number of things added.",
            "Residuals 1, 2, 3: squares 1 + 4 + 9 = 14, shared out over 3.",
            wrong=lambda theta, x, y: _mse(theta, x, y) * len(x) / (len(x) - 1),
        ),
        Mistake(
            "theta-order",
            "b and m have changed places: you use the first entry of theta as the slope.",
            "In this course theta = (b, m). At x = 0, which of the two is the height of the line?",
            "The line is b + m·x. The first entry of theta is where it starts, the second how steep it is.",
            "theta = (0.5, −1) at x = 4: 0.5 + (−1) · 4 = −3.5. Turned around it would be −1 + 0.5 · 4 = 1.",
            wrong=lambda theta, x, y: _mse(_turned(theta), x, y),
        ),
        Mistake(
            "squares-subtracted",
            "you square prediction and measurement first and subtract afterwards.",
            "What is (5 − 3)², and what is 5² − 3²?",
            "A residual is a difference. It has to exist before it can be squared.",
            "Prediction 5, measured 3: the residual is 2, its square 4. 25 − 9 is 16.",
            wrong=(
                lambda theta, x, y: _mean((e + t) ** 2 - t**2 for e, t in zip(_errors(theta, x, y), y, strict=True)),
                lambda theta, x, y: _mean(t**2 - (e + t) ** 2 for e, t in zip(_errors(theta, x, y), y, strict=True)),
            ),
        ),
        Mistake(
            "added",
            "you add prediction and measurement where their difference is wanted.",
            "If the line predicts exactly what was measured, what should the loss be?",
            "A residual says how far apart two numbers are.",
            "Prediction 3, measured 3: the residual is 0. 3 + 3 is 6.",
            wrong=lambda theta, x, y: _mean((e + 2 * t) ** 2 for e, t in zip(_errors(theta, x, y), y, strict=True)),
        ),
        Mistake(
            "no-target",
            "your loss doesn't use y: it is the mean of the squared predictions.",
            "If you move the measured points up, should the loss of the same line stay as it is?",
            "A residual compares two things. Which one is missing?",
            "Prediction 3, measured 3: the residual is 0. Without the measurement you get 9.",
            wrong=lambda theta, x, y: _mean((e + t) ** 2 for e, t in zip(_errors(theta, x, y), y, strict=True)),
        ),
        Mistake(
            "last-point",
            "your answer comes from the last point alone.",
            "What happens to the first point's residual when the loop comes to the second?",
            "`total = …` throws away what total was.",
            "Squares 1, 4, 9: after the rounds of the loop the total should be 1, then 5, then 14. Print yours.",
            wrong=(
                lambda theta, x, y: _errors(theta, x, y)[-1] ** 2,
                lambda theta, x, y: _errors(theta, x, y)[-1] ** 2 / len(x),
            ),
        ),
        Mistake(
            "first-point",
            "your answer comes from the first point alone.",
            "How often does your loop run before the function returns?",
            "`return` ends the function at once, also inside a loop. Look at how far it is indented.",
            "Squares 1, 4, 9: all three have to be added before the function may end.",
            wrong=(
                lambda theta, x, y: _errors(theta, x, y)[0] ** 2,
                lambda theta, x, y: _errors(theta, x, y)[0] ** 2 / len(x),
            ),
        ),
        Mistake(
            "not-averaged",
            "your function returns a squared residual for every point.",
            "How many numbers can a loss gauge show?",
            "One step is left: many squares become one number.",
            "Squares 1, 4, 9 are three numbers. Their mean, 14 / 3, is one.",
            wrong=lambda theta, x, y: [e * e for e in _errors(theta, x, y)],
        ),
        Mistake(
            "residuals",
            "your function returns the residuals themselves, one for every point.",
            "Which two steps lead from the residuals to one number?",
            "First make them positive and let large ones count more, then make one number of them.",
            "Residuals 1 and −3: squares 1 and 9, mean 5.",
            wrong=(_errors, lambda theta, x, y: [-e for e in _errors(theta, x, y)]),
        ),
    ),
    **_COUNT,
)


# 3 nudge_search: no truth, since the answer is random; everything is seen in how it asks for the loss


_BOTTOM = np.array(shaken(9, [1.0, -1.0, 1.0, -1.0, 1.0, -1.0]))


def _bowl(k):
    """A loss with its bottom at k = (1, −1, 1, …), or nearby for a class of its own, equally steep in every knob."""
    return sum((float(value) - bottom) ** 2 for value, bottom in zip(k, _BOTTOM, strict=False))


class _Trace:
    """One run of a learner's search, with everything it asked the loss for."""

    def __init__(self, report, start, n, seed):
        self.start, self.n = np.array(start, dtype=float), n
        self.points, self.losses, self.objects = [], [], []
        self.raw = report.call(self._loss, self.start.copy(), n, np.random.default_rng(seed))
        value = self.raw if isinstance(self.raw, Trouble) else numbers(self.raw, self.start.shape, "knobs")
        self.trouble = value if isinstance(value, Trouble) else None
        self.end = None if self.trouble else value
        self.asked = len(self.losses)

    def _loss(self, k):
        self.objects.append(k)  # kept alive, so that two arrays never share an identity
        self.points.append(np.array(k, dtype=float))
        self.losses.append(_bowl(self.points[-1]))
        return self.losses[-1]

    @property
    def not_the_best(self):
        """Whether it ended at a point worse than one it had seen."""
        return not self.trouble and self.asked > 1 and _bowl(self.end) > min(self.losses) + 1e-9

    @property
    def one_array(self):
        """Whether every trial was the very same array, written over again and again."""
        return self.asked > 2 and all(_is_same_array(each, self.objects[-1]) for each in self.objects[1:])

    @property
    def one_walk(self):
        """Whether each trial started from the trial before it, good or bad."""
        steps = np.diff(np.array(self.points), axis=0)
        return bool(np.all(np.count_nonzero(steps, axis=1) <= 1))

    @property
    def nudges(self):
        """The trials minus the best point before each of them, shape (trials, knobs)."""
        best, found, rows = self.start, _bowl(self.start), []
        for point, loss in zip(self.points, self.losses, strict=True):
            rows.append(point - best)
            if loss < found:
                best, found = point, loss
        return np.array([row for row in rows if np.any(row != 0)])


def _is_same_array(one, other):
    return one is other or (type(one) is type(other) is np.ndarray and np.shares_memory(one, other))


_SIX = np.zeros(6)


def _not_the_best(report):
    """The runs of four that ended worse than a point they had seen: by luck, a wrong search can end at its best."""
    return [trace for seed in (1, 5, 6, 7) if (trace := _Trace(report, _SIX, 60, seed)).not_the_best]


def _forgets_to_go_back(report):
    traces = _not_the_best(report)
    return bool(traces) and all(trace.one_array for trace in traces)


def _returns_loss(report):
    trace = _Trace(report, _SIX, 60, 1)
    value = None if isinstance(trace.raw, Trouble) else numbers(trace.raw, (), "one number")
    return value is not None and not isinstance(value, Trouble) and any(close(value, loss) for loss in trace.losses)


def _probe_search(report):
    """The name of the first broken promise, or None."""
    trace = _Trace(report, _SIX, 60, 1)
    if trace.trouble:
        return trace.trouble
    if trace.asked <= 2:
        return "no-search"
    if trace.asked > 60:
        return "too-many"
    worse = _not_the_best(report)
    if worse:
        return _why_not_the_best([*worse, _Trace(report, _BOTTOM, 25, 2)])
    for n, start in ((1, _SIX), (2, _SIX), (25, _BOTTOM), (25, np.zeros(2))):
        short = _Trace(report, start, n, 2)
        if short.trouble:
            return short.trouble
        if short.asked > n:
            return "too-many"
        if _bowl(short.end) > _bowl(start) + 1e-9:
            return "start-not-measured"
    return _probe_randomness(report)


def _why_not_the_best(traces):
    """Which of the wrong ways all these runs went; the last of them began at the bottom, where no nudge is good."""
    if any(trace.trouble for trace in traces):
        return traces[-1].trouble
    if all(close(trace.end, trace.start) for trace in traces):
        return "returns-start"
    if all(_bowl(trace.end) >= max(trace.losses) - 1e-9 for trace in traces):
        return "uphill"
    if all(trace.one_walk for trace in traces):
        return "keeps-worse"
    return "returns-last" if all(close(trace.end, trace.points[-1]) for trace in traces) else "not-the-best"


def _probe_randomness(report):
    long, again, other = (_Trace(report, _SIX, 400, seed) for seed in (3, 3, 4))
    for trace in (long, again, other):
        if trace.trouble:
            return trace.trouble
    if _bowl(long.end) >= _bowl(_SIX) - 1e-9 and _bowl(other.end) >= _bowl(_SIX) - 1e-9:
        return "no-progress"
    if not close(long.end, again.end) or close(long.end, other.end):
        return "ignores-rng"
    moved = np.any(long.nudges != 0, axis=0)
    if not moved.all():
        return "some-knobs"
    if np.all(long.nudges >= 0) or np.all(long.nudges <= 0):
        return "one-way"
    return "sets-not-adds" if _sets(report) else None


def _sets(report):
    """Whether the entry that a trial changes gets the same number wherever the search starts."""
    traces = [_Trace(report, start, 2, seed) for seed in (1, 2) for start in (_SIX, _SIX + 10.0)]
    if any(trace.trouble or trace.asked < 2 for trace in traces):
        return False
    changed = [(trace.points[1][trace.points[1] != trace.start]).tolist() for trace in traces]
    return all(changed) and changed[0] == changed[1] and changed[2] == changed[3]


def _said_asked(report):
    trace = _Trace(report, _SIX, 60, 1)
    n, asked = (60, trace.asked) if trace.asked > 60 else (1, _Trace(report, _SIX, 1, 2).asked)
    return f"with n = {n} your function asks for the loss {asked} times; the measurement at the start counts too."


def _said_some_knobs(report):
    moved = np.any(_Trace(report, _SIX, 400, 3).nudges != 0, axis=0)
    still = ", ".join(f"k[{i}]" for i in np.flatnonzero(~moved))
    return f"in 400 measurements your search never turned {still}."


NUDGE_SEARCH = Exercise(
    name="nudge_search",
    lesson=LESSON,
    parameters=("loss", "k", "n", "rng"),
    example="nudge_search(lambda k: (k**2).sum(), np.array([3.0, -2.0]), 20, np.random.default_rng(0))",
    cases=(
        Case("a bowl with six knobs", lambda: (_bowl, _SIX.copy(), 40, np.random.default_rng(0))),
        Case("a bowl with two knobs", lambda: (_bowl, np.array([3.0, 2.0]), 40, np.random.default_rng(0))),
    ),
    shape=lambda loss, k, n, rng: k.shape,
    shape_words="one number for each knob",
    what="the best knobs found",
    known="it never ends higher than it began, leaves your knobs alone and asks at most n times.",
    question="Which two things must the function remember from one nudge to the next?",
    pointer="Remember the best knobs and their loss. A trial is a copy of the best knobs with one entry changed.",
    step="Best knobs (3, −2), loss 13. Trial: copy, nudge one: (3, −1.8), loss 12.24, lower, so it becomes the best. "
    "Next trial: (3.1, −1.8), loss 12.85, higher, so it is forgotten and (3, −1.8) stays.",
    mistakes=(
        Mistake(
            "A07",
            "rejected nudges stay: every trial is the same array as the knobs it should be compared with.",
            "After a rejected nudge print `k`. Did your “old” knobs survive?",
            "`trial = k` gives the same array a second name. Changing one changes “both”.",
            "Try it: a = np.zeros(2); b = a; b[0] = 1; print(a). Then again with b = a.copy().",
            seen=_forgets_to_go_back,
        ),
        Mistake(
            "returns-loss",
            "your function returns the loss it reached; the caller wants the knobs that reach it.",
            "With the loss alone, could you draw the curve?",
            "Two things are remembered all along. Return the other one.",
            "Best knobs (3, −1.8), loss 12.24: the caller wants (3, −1.8).",
            seen=_returns_loss,
        ),
        Mistake(
            "no-search",
            "your function asks for the loss at most twice, though it may ask 60 times.",
            "How often does your loop run before the function returns?",
            "`return` ends the function at once, also inside a loop. Look at how far it is indented.",
            "With n = 60: one measurement at the start, then up to 59 trials, then the return.",
        ),
        Mistake(
            "too-many",
            _said_asked,
            "How many measurements are used up before the loop begins, and how many in one round?",
            "A measurement is expensive: remember its result in a variable. The first one counts as well.",
            "n = 3: one measurement at the start, so two are left. Each round of the loop may use one.",
        ),
        Mistake(
            "returns-start",
            "your search finds better knobs and then returns the ones it started from.",
            "Which variable holds the best knobs, and which one do you return?",
            "After a trial that is better, something must remember that trial.",
            "Start (3, −2), trial (3, −1.8) is better: from now on the best knobs are (3, −1.8).",
        ),
        Mistake(
            "uphill",
            "your search climbs: it keeps a nudge when the loss grew.",
            "Which loss do you want to keep, the larger or the smaller?",
            "Read your comparison aloud, with “trial” and “best” for the two sides.",
            "Best loss 13, trial 12.24: keep the trial. Best loss 13, trial 13.8: forget it.",
        ),
        Mistake(
            "keeps-worse",
            "every nudge is kept, also those that made the loss larger.",
            "What happens in your code when a trial is worse?",
            "The trial becomes the new best only under a condition.",
            "Best loss 12.24, trial 12.85: the next trial has to start from the knobs with 12.24.",
        ),
        Mistake(
            "returns-last",
            "your function returns its last trial, whether that was good or not.",
            "Which variable holds the best knobs, and which one do you return?",
            "The last trial is the best one only by luck.",
            "Best (3, −1.8) with 12.24, last trial (3.1, −1.8) with 12.85: the first of them is wanted.",
        ),
        Mistake(
            "not-the-best",
            "your search ends at knobs with a larger loss than some it had tried.",
            "When a trial is better, what is remembered: its knobs, its loss, or both?",
            "Knobs and loss belong together. They have to be remembered in the same breath.",
            "Trial (3, −1.8), loss 12.24: both the best knobs and the best loss change.",
        ),
        Mistake(
            "start-not-measured",
            "started at the bottom of a bowl, or with few measurements allowed, your search ends higher than it began.",
            "With which loss is the first trial compared?",
            "Before the first nudge you have to know how good the start is.",
            "Start at the bottom, loss 0. First trial: loss 0.04. Compared with 0, it is rejected.",
        ),
        Mistake(
            "ignores-rng",
            "your random numbers don't come from `rng`: the same seed doesn't give the same search, or every seed "
            "gives the same one.",
            "Where do your random numbers come from?",
            "rng.integers and rng.normal draw from the generator you were given.",
            "With rng = np.random.default_rng(0), rng.integers(6) picks one of 0 to 5 and rng.normal(0, 0.1) a nudge.",
        ),
        Mistake(
            "no-progress",
            "in 400 measurements on a smooth bowl your search found nothing better than its start.",
            "How large are your nudges, and does each of them reach the trial?",
            "Print a few trials and their losses, beside the best loss.",
            "From (0, 0) towards a bottom at (1, −1), about every second small nudge is a good one.",
        ),
        Mistake(
            "some-knobs",
            _said_some_knobs,
            "Which indices can your random choice give?",
            "rng.integers(a) gives 0 to a − 1: the upper end is left out already.",
            "For six knobs the indices are 0 to 5, and rng.integers(6) gives just these.",
        ),
        Mistake(
            "one-way",
            "all your nudges have the same sign: knobs are turned in one direction only.",
            "If a knob stands too high, which of your nudges can bring it down?",
            "rng.random() lies between 0 and 1. rng.normal() lies on both sides of 0.",
            "A knob at 3 with its best place at 1 needs nudges such as −0.1.",
        ),
        Mistake(
            "sets-not-adds",
            "your trial puts a new number in place of a knob, wherever the knob stood before.",
            "A knob stands at 10, and the nudge is 0.1. Where should the trial try it?",
            "A nudge is added to what is there: the trial stays near the best place so far.",
            "Best knobs (10, 4), nudge 0.1 for the first: the trial is (10.1, 4). Yours is (0.1, 4).",
        ),
    ),
    probe=_probe_search,
)


# 4 slope


def _two_knobs(k):
    return float(k[0]) ** 4 / 10 + float(k[0]) * float(k[1]) ** 2 + float(np.exp(float(k[1]) / 2))


def _many_knobs(k):
    values = [float(value) for value in k]
    return sum((i + 1) * value**3 / 3 + np.sin(value + i) for i, value in enumerate(values)) + values[0] * values[-1]


def _moved(k, i, by):
    return [value + by * (j == i) for j, value in enumerate(k)]


def _slope(loss, k, i, h):
    return (loss(_moved(k, i, h)) - loss(_moved(k, i, -h))) / (2 * h)


def _five_point(loss, k, i, h):
    inner, outer = _slope(loss, k, i, h), _slope(loss, k, i, 2 * h)
    return (4 * inner - outer) / 3


def _half_forward(loss, k, i, h):
    return (loss(_moved(k, i, h)) - loss(k)) / (2 * h)


def _touches_the_original(report):
    """Whether it nudges the caller's own array, and leaves it changed or gets a wrong slope by that."""
    if report.changed:
        return True
    if not (report.fits(_half_forward) or report.fits(lambda loss, k, i, h: 0.0)):
        return False
    k, same = np.array([1.5, -0.7]), []

    def loss(trial):
        same.append(trial is k)
        return _two_knobs(trial)

    report.call(loss, k, 0, 0.1)
    return len(same) > 1 and all(same)


def _own_h(report):
    """Whether its slopes are those of a much smaller h than the one it was given."""
    if report.fits(_slope) or report.fits(_five_point):
        return False
    cases = (each.make() for each in report.exercise.cases)
    return all(
        not isinstance(value, Trouble) and close(value, _slope(loss, k, i, 1e-5), 2e-4)
        for value, (loss, k, i, _) in zip(report.values, cases, strict=True)
    )


def _slope_case(words, loss, k, i, h):
    return Case(f"{words}, i = {i}, h = {h:g}", lambda: (loss, np.array(k, dtype=float), i, h))


_K3, _K6 = (0.5, -1.2, 2.0), tuple(fixture_rng(8).uniform(-1.5, 1.5, 6).round(2).tolist())

SLOPE = Exercise(
    name="slope",
    lesson=LESSON,
    parameters=("loss", "k", "i", "h"),
    example="slope(lambda k: k[0]**2, np.array([3.0, 1.0]), 0, 0.1)",
    cases=(
        _slope_case("a loss with two knobs", _two_knobs, (1.5, -0.7), 0, 0.1),
        _slope_case("a loss with two knobs", _two_knobs, *shaken(10, ((1.5, -0.7), 1, 0.25))),
        _slope_case("a loss with three knobs", _many_knobs, _K3, 2, 0.2),
        _slope_case("a loss with three knobs", _many_knobs, _K3, 1, 0.5),
        _slope_case("a loss with six knobs", _many_knobs, _K6, 5, 0.1),
        _slope_case("a loss with six knobs", _many_knobs, _K6, 3, 0.3),
    ),
    truth=_slope,
    what="the slope between the two points beside k",
    known="a central difference for any knob of any loss, checked on 6 slopes; your k stays as it was.",
    question="At which two places do you ask for the loss, and how far apart are they?",
    pointer="One place has knob i larger by h, the other smaller by h. All other knobs stay.",
    step="Loss k₀², k₀ = 3, h = 0.1: at 3.1 it is 9.61, at 2.9 it is 8.41. The difference is 1.2, and the places lie "
    "0.2 apart: 1.2 / 0.2 = 6.",
    conventions=(
        Convention(
            "five-point",
            "right, by the five-point formula, which is finer and asks four times. The course uses the central "
            "difference, which asks twice.",
            value=_five_point,
        ),
    ),
    mistakes=(
        Mistake(
            "A07",
            "your function nudges the caller's own array.",
            "After the call, or after the first nudge, print `k`. Did your “old” knobs survive?",
            "`trial = k` gives the same array a second name. Changing one changes “both”.",
            "Try it: a = np.zeros(2); b = a; b[0] = 1; print(a). Then again with b = a.copy().",
            seen=_touches_the_original,
        ),
        Mistake(
            "ignores-h",
            "your slopes belong to a much smaller h than the one your function is given.",
            "Which h does the caller ask for, and which one do you use?",
            "h is an argument. A number of your own in its place hides what the caller wants to try.",
            "With h = 0.1 the two places are 0.2 apart, with h = 0.25 they are 0.5 apart.",
            seen=_own_h,
        ),
        Mistake(
            "A12",
            "every slope of yours is twice too large.",
            "How far apart are your two sample points?",
            "From k − h to k + h it is more than h.",
            "At 2.9 and at 3.1 you ask for the loss. From 2.9 to 3.1 it is 0.2, with h = 0.1.",
            wrong=lambda loss, k, i, h: 2 * _slope(loss, k, i, h),
        ),
        Mistake(
            "forward",
            "that is the slope from k to k + h, a forward difference: it looks to one side only.",
            "Your two places: does k lie in the middle between them?",
            "The central difference uses one place on each side of k. Its error is much smaller.",
            "k₀², k₀ = 3, h = 0.1: forward (9.61 − 9) / 0.1 = 6.1. Central (9.61 − 8.41) / 0.2 = 6, the true slope.",
            wrong=lambda loss, k, i, h: (loss(_moved(k, i, h)) - loss(k)) / h,
        ),
        Mistake(
            "backward",
            "that is the slope from k − h to k, a backward difference: it looks to one side only.",
            "Your two places: does k lie in the middle between them?",
            "The central difference uses one place on each side of k. Its error is much smaller.",
            "k₀², k₀ = 3, h = 0.1: backward (9 − 8.41) / 0.1 = 5.9. Central (9.61 − 8.41) / 0.2 = 6, the true slope.",
            wrong=lambda loss, k, i, h: (loss(k) - loss(_moved(k, i, -h))) / h,
        ),
        Mistake(
            "half-forward",
            "your two places are only h apart and you divide by 2h.",
            "Which two places do you compare: is one of them k itself?",
            "After the first nudge, go back to k before you take the second. Or nudge by −2h.",
            "k₀ = 3, h = 0.1: first 3.1, and then minus 0.1 is 3.0 again. The second place should be 2.9.",
            wrong=(
                _half_forward,
                lambda loss, k, i, h: (loss(k) - loss(_moved(k, i, -h))) / (2 * h),
            ),
        ),
        Mistake(
            "parentheses",
            "Python divides by 2 and then multiplies by h.",
            "What is 1.2 / 2 * 0.1, and what is 1.2 / (2 * 0.1)?",
            "What belongs below the fraction line needs parentheses.",
            "1.2 / 2 * 0.1 is 0.6 · 0.1 = 0.06. 1.2 / (2 * 0.1) is 1.2 / 0.2 = 6.",
            wrong=lambda loss, k, i, h: _slope(loss, k, i, h) * h * h,
        ),
        Mistake(
            "parentheses-above",
            "only the second loss is divided by 2h.",
            "In `9.61 - 8.41 / 0.2`, what does Python compute first?",
            "What belongs above the fraction line needs parentheses.",
            "9.61 - 8.41 / 0.2 is 9.61 − 42.05. (9.61 - 8.41) / 0.2 is 6.",
            wrong=lambda loss, k, i, h: loss(_moved(k, i, h)) - loss(_moved(k, i, -h)) / (2 * h),
        ),
        Mistake(
            "not-divided",
            "you return how much the loss changed, not yet shared out over the way.",
            "With a step half as long the change is half as large. Has the hill become less steep?",
            "Slope is change divided by the way on which it happened.",
            "k₀², from 2.9 to 3.1: the change is 1.2 on a way of 0.2.",
            wrong=(
                lambda loss, k, i, h: _slope(loss, k, i, h) * 2 * h,
                lambda loss, k, i, h: _slope(loss, k, i, h) * h,
                lambda loss, k, i, h: loss(_moved(k, i, h)) - loss(k),
            ),
        ),
        Mistake(
            "sign",
            "every slope has the right size and the opposite sign.",
            "If the loss is larger at k + h than at k − h, is the slope positive or negative?",
            "Later place minus earlier place, above the fraction line.",
            "At 3.1 the loss is 9.61, at 2.9 it is 8.41. Going right it grows, so the slope is positive.",
            wrong=lambda loss, k, i, h: -_slope(loss, k, i, h),
        ),
        Mistake(
            "all-knobs",
            "you nudge all the knobs at once.",
            "If two knobs turn together, whose slope do you see?",
            "`k + h` adds h to every entry. Only the entry with index i should change.",
            "k = (3, 1), i = 0, h = 0.1: the two places are (3.1, 1) and (2.9, 1).",
            wrong=lambda loss, k, i, h: (loss([v + h for v in k]) - loss([v - h for v in k])) / (2 * h),
        ),
        Mistake(
            "wrong-knob",
            "your slope is right for another knob than knob i.",
            "Which knob should turn when i is 0?",
            "Python counts from 0, and so does i: use it as it comes.",
            "k = (3, 1), i = 1, h = 0.1: the two places are (3, 1.1) and (3, 0.9).",
            wrong=(
                lambda loss, k, i, h: _slope(loss, k, (i - 1) % len(k), h),
                lambda loss, k, i, h: _slope(loss, k, (i + 1) % len(k), h),
                lambda loss, k, i, h: _slope(loss, k, 0, h),
                lambda loss, k, i, h: _slope(loss, k, len(k) - 1, h),
            ),
        ),
        Mistake(
            "sets-not-adds",
            "you set the knob to h and −h where it should move by h from where it stands.",
            "If the knob stands at 3, where are your two places?",
            "`=` puts a knob somewhere, `+=` moves it from where it is.",
            "k₀ = 3, h = 0.1: the places are 3.1 and 2.9. Yours are 0.1 and −0.1.",
            wrong=lambda loss, k, i, h: (loss(_moved(k, i, h - k[i])) - loss(_moved(k, i, -h - k[i]))) / (2 * h),
        ),
        Mistake(
            "all-slopes",
            "your function returns a slope for every knob.",
            "Which knob was asked for?",
            "One number is wanted: the slope of knob i.",
            "k = (3, 1), i = 0: one number, the slope along the first knob.",
            wrong=lambda loss, k, i, h: [_slope(loss, k, j, h) for j in range(len(k))],
        ),
    ),
)


# 5 grad_mse


def _grad_mse(theta, x, y):
    errors = _errors(theta, x, y)
    return 2 * _mean(errors), 2 * _mean(e * x_j for e, x_j in zip(errors, x, strict=True))


def _scaled(factor, pair):
    return factor * pair[0], factor * pair[1]


def _equal_parts(factor):
    return lambda theta, x, y: (factor * _mean(_errors(theta, x, y)),) * 2


def _no_target(theta, x, y):
    return _grad_mse(theta, x, [0.0] * len(x))


def _undifferentiated(theta, x, y):
    squares = [e * e for e in _errors(theta, x, y)]
    return _mean(squares), _mean(s * x_j for s, x_j in zip(squares, x, strict=True))


def _for_each_point(theta, x, y):
    errors = _errors(theta, x, y)
    return [2 * e for e in errors], [2 * e * x_j for e, x_j in zip(errors, x, strict=True)]


GRAD_MSE = Exercise(
    name="grad_mse",
    lesson=LESSON,
    parameters=("theta", "x", "y"),
    example="grad_mse(np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([1.0, 1.0]))",
    cases=_LINE_CASES,
    truth=_grad_mse,
    shape=lambda theta, x, y: (2,),
    shape_words="two numbers, the slope along b and the slope along m",
    parts=("b", "m"),
    what="the gradient of the mean squared error",
    known="both slopes on 5 data sets of 3 to 9 points, by a formula or by nudges.",
    question="What does your own slope() say for each of the two knobs, and which of them differs?",
    pointer="Every point adds 2 · residual · (how fast its prediction moves when the knob turns). Then take the mean.",
    step="Point x = 4 with residual −9.5: b moves its prediction by 1 for each unit, m by 4. So it adds "
    "2 · (−9.5) · 1 to the slope along b and 2 · (−9.5) · 4 to the slope along m, before the mean is taken.",
    conventions=(
        Convention(
            "half",
            "right for a loss with ½ in front of the mean. The course leaves the ½ out, so the factor 2 stays in its "
            "gradient.",
            value=lambda theta, x, y: _scaled(0.5, _grad_mse(theta, x, y)),
        ),
    ),
    mistakes=(
        Mistake(
            "A02",
            "every component has the right size and the opposite sign.",
            "Differentiate (ŷ − y)² once more: what is the inner derivative of ŷ?",
            "In (y − ŷ)² the prediction stands behind a minus, and its inner derivative brings that minus along.",
            "One point, y = 3, ŷ = 5: a larger b raises ŷ and makes the loss worse, so the slope along b is positive. "
            "y − ŷ is −2, and ŷ − y is +2.",
            wrong=(
                lambda theta, x, y: _scaled(-1, _grad_mse(theta, x, y)),
                lambda theta, x, y: _scaled(-0.5, _grad_mse(theta, x, y)),
            ),
        ),
        Mistake(
            "A03",
            "both components of your gradient are equal: b and m are treated alike.",
            "Nudge m by 0.01: does the prediction at x = 4 move as much as at x = 1?",
            "The line is b + m·x. b moves every point by the same amount, m moves a point the more the larger its x.",
            "Nudge m by 0.01: at x = 1 the line rises by 0.01, at x = 4 by 0.04. Each residual counts with its own x.",
            wrong=(_equal_parts(2), _equal_parts(1), _equal_parts(-2)),
        ),
        Mistake(
            "A04",
            "that is the gradient of the sum, right for the sum convention; this course takes the mean.",
            "Copy every data point once. Should the average loss, and its slope, double?",
            "A sum grows with the number of points, and with it every step. A mean doesn't.",
            "Two points that add 3 and 5 to the slope: the sum is 8, with copies 16. The mean is 4, with copies 4.",
            wrong=(
                lambda theta, x, y: _scaled(len(x), _grad_mse(theta, x, y)),
                lambda theta, x, y: _scaled(len(x) / 2, _grad_mse(theta, x, y)),
            ),
        ),
        Mistake(
            "swapped",
            "the two components have changed places.",
            "theta is (b, m). Which slope comes first?",
            "The gradient has the same order as the knobs it belongs to.",
            "The slope along b goes first. It is the one without x.",
            wrong=lambda theta, x, y: _grad_mse(theta, x, y)[::-1],
        ),
        Mistake(
            "theta-order",
            "b and m have changed places in your line: you use the first entry of theta as the slope.",
            "In this course theta = (b, m). At x = 0, which of the two is the height of the line?",
            "The line is b + m·x. The first entry of theta is where it starts, the second how steep it is.",
            "theta = (0.5, −1) at x = 4: 0.5 + (−1) · 4 = −3.5. Turned around it would be −1 + 0.5 · 4 = 1.",
            wrong=(
                lambda theta, x, y: _grad_mse(_turned(theta), x, y),
                lambda theta, x, y: _grad_mse(_turned(theta), x, y)[::-1],
            ),
        ),
        Mistake(
            "means-multiplied",
            "you multiply the mean residual by the mean x, where every residual has its own x.",
            "Residuals +1 and −1 at x = 0 and x = 4: is the slope along m zero?",
            "First multiply point by point, then take the mean.",
            "Residuals +1 and −1 at x = 0 and 4: products 0 and −4, mean −2. Mean residual 0 times mean x 2 is 0.",
            wrong=lambda theta, x, y: (2 * _mean(_errors(theta, x, y)), 2 * _mean(_errors(theta, x, y)) * _mean(x)),
        ),
        Mistake(
            "x-too-often",
            "there is one x too many in both components.",
            "By how much does the prediction move when b goes up by 1?",
            "b moves every prediction by the same amount, whatever x is.",
            "At x = 4: b up by 0.01 moves the line by 0.01, m up by 0.01 moves it by 0.04.",
            wrong=lambda theta, x, y: (
                _grad_mse(theta, x, y)[1],
                2 * _mean(e * x_j**2 for e, x_j in zip(_errors(theta, x, y), x, strict=True)),
            ),
        ),
        Mistake(
            "not-differentiated",
            "you average the squared residuals: the square hasn't been differentiated.",
            "What is the derivative of e² with respect to e?",
            "The loss has squares in it. Its slope has the residuals themselves, with their signs.",
            "At residual 3 the square is 9. Nudge the residual by 0.01: 3.01² is 9.0601, six hundredths more. Slope 6.",
            wrong=(_undifferentiated, lambda theta, x, y: _scaled(2, _undifferentiated(theta, x, y))),
        ),
        Mistake(
            "no-target",
            "your gradient doesn't use y.",
            "If the measured points move up, does the best line stay where it is?",
            "The residual compares a prediction with a measurement. Which one is missing?",
            "Prediction 3, measured 3: the residual is 0, and this point pulls in no direction.",
            wrong=_no_target,
        ),
        Mistake(
            "not-averaged",
            "your function returns two numbers for every point.",
            "How many knobs does the line have?",
            "One step is left: the mean over the points, for each knob.",
            "Seven points give seven contributions to the slope along b. Their mean is one number.",
            wrong=(_for_each_point, lambda theta, x, y: np.transpose(_for_each_point(theta, x, y))),
        ),
    ),
    **_COUNT,
)


# 6 fit_hubble


def _hubble_slope(r, v, m):
    return 2 * _mean((m * r_j - v_j) * r_j for r_j, v_j in zip(r, v, strict=True))


def _path(r, v, eta, steps, start=0.0, slope=_hubble_slope):
    """All the m of a descent, the start included."""
    path, r, v = [start], [float(each) for each in r], [float(each) for each in v]  # much faster than NumPy's numbers
    for _ in range(int(steps)):
        path.append(path[-1] - eta * slope(r, v, path[-1]))
    return path


def _fit(r, v, eta, steps):
    return _path(r, v, eta, steps)[-1]


def _best(r, v):
    return sum(r_j * v_j for r_j, v_j in zip(r, v, strict=True)) / sum(r_j * r_j for r_j in r)


def _with_slope(slope):
    return lambda r, v, eta, steps: _path(r, v, eta, steps, slope=slope)[-1]


def _no_r(r, v, m):
    return 2 * _mean(m * r_j - v_j for r_j, v_j in zip(r, v, strict=True))


def _with_intercept(r, v, eta, steps):
    theta = (0.0, 0.0)
    for _ in range(steps):
        theta = tuple(value - eta * part for value, part in zip(theta, _grad_mse(theta, r, v), strict=True))
    return theta[1]


def _loss_at_end(r, v, eta, steps):
    return _mse((0.0, _fit(r, v, eta, steps)), r, v)


_H = load_hubble()


def _hubble_case(words, r, v, eta, steps):
    return case(f"{words}, eta = {eta:g}, steps = {steps}", r, v, eta, steps)


_R7, _V7 = fixture_rng(40).uniform(0, 3, 7).round(2), fixture_rng(41).uniform(-10, 30, 7).round(1)
_ONE, _FOUR, _SMALL, _LONG = range(4)  # the places of Hubble's cases
_FIT_CASES = (
    _hubble_case("Hubble's table", _H.distance, _H.velocity, 0.3, 1),
    _hubble_case("Hubble's table", _H.distance, _H.velocity, 0.3, 4),
    _hubble_case("Hubble's table", _H.distance, _H.velocity, 0.05, 4),
    _hubble_case("Hubble's table", _H.distance, _H.velocity, 0.3, 100),
    _hubble_case("Hubble's table", _H.distance, _H.velocity, 0.01, 120),
    _hubble_case("seven random points", _R7, _V7, 0.1, 3),
)


def _all_numbers(report):
    return len(report.values) == len(_FIT_CASES) and not any(isinstance(value, Trouble) for value in report.values)


def _same(report, one, other):
    return close(report.values[one], report.values[other], 1e-6)


def _ignores_eta(report):
    return (
        _all_numbers(report)
        and _same(report, _FOUR, _SMALL)
        and not _same(report, _ONE, _FOUR)
        and not report.gives(0.0, _FOUR)
    )


def _ignores_steps(report):
    same = _all_numbers(report) and _same(report, _ONE, _FOUR) and _same(report, _FOUR, _LONG)
    return same and not (report.fits(_one_step) or report.fits(_optimum) or _same(report, _ONE, -1))


def _optimum(r, v, eta, steps):
    return _best(r, v)


def _said_ignores_steps(report):
    both = " and the same eta" if _same(report, _FOUR, _SMALL) else ""
    return f"your function takes the same number of steps{both}, whatever it is given."


def _one_step(r, v, eta, steps):
    return _fit(r, v, eta, 1)


def _own_eta(report):
    """The eta with which the first step was really taken."""
    return float(report.values[_ONE]) / -_hubble_slope(_H.distance, _H.velocity, 0.0)


def _said_own_eta(report):
    m = float(report.values[_LONG])
    slope = _hubble_slope(_H.distance, _H.velocity, m)
    text = f"your function steps with eta = {_own_eta(report):.3g}, whatever eta it is given"
    if not np.isfinite(slope) or abs(slope) < 1:
        return f"{text}."
    return f"{text}; after 100 steps it stands at m = {m:.4g}, where the slope is still {slope:.4g}."


def _early_stop(report):
    """(index, steps taken) of a case that ended before its last step, where all others are right; else None."""
    if not _all_numbers(report) or not report.gives(_fit(*_FIT_CASES[_ONE].make()), _ONE):
        return None
    for index, each in enumerate(_FIT_CASES):
        path = _path(*each.make())
        if report.gives(path[-1], index):
            continue
        return next(((index, i) for i, m in enumerate(path[1:-1], 1) if close(report.values[index], m, 1e-6)), None)
    return None


def _stops_early(report):
    found = _early_stop(report)
    return found is not None and found[1] > 1 and not report.fits(_fewer)


def _fewer(r, v, eta, steps):
    return _fit(r, v, eta, steps - 1)


def _said_early(report):
    index, taken = _early_stop(report)
    r, v, *_ = _FIT_CASES[index].make()
    slope = _hubble_slope(r, v, float(report.values[index]))
    return (
        f"for {_FIT_CASES[index].label} your function stops after {taken} steps, where the slope is still {slope:.3g}."
    )


def _history(report):
    """Whether it returns all the m on its way, with the right one at the end."""
    for each, raw in zip(report.exercise.cases, report.raw, strict=True):
        path = _path(*each.make())
        if type(raw) not in (list, tuple, np.ndarray):
            return False
        value = np.atleast_1d(np.asarray(raw, dtype=object))
        if value.ndim != 1 or len(value) not in (len(path), len(path) - 1) or len(value) < 1:
            return False
        last = numbers(value[-1], (), "one number")
        if isinstance(last, Trouble) or not close(last, path[-1], 1e-4):
            return False
    return True


def _other_start(report):
    """Whether it is a right descent from another start than m = 0."""
    if not _all_numbers(report):
        return False
    r, v, eta, _ = _FIT_CASES[_ONE].make()
    bend = 2 * _mean(r_j * r_j for r_j in r)  # one step is m − eta (bend m − 2 mean(r v)), so the start follows
    start = (float(report.values[_ONE]) + eta * _hubble_slope(r, v, 0.0)) / (1 - eta * bend)
    return report.fits(lambda r, v, eta, steps: _path(r, v, eta, steps, start=start)[-1])


def _half_fit(r, v, eta, steps):
    return _fit(r, v, eta / 2, steps)


def _has_defaults(function):
    """Whether r and v are enough to call it; if not, there is no choice of eta and steps to look at."""
    try:
        inspect.signature(function).bind("r", "v")
    except (TypeError, ValueError):
        return False
    return True


def _probe_defaults(report):
    """Where eta and steps have default values: do they reach the bottom of Hubble's table to four digits?"""
    if not (_has_defaults(report.answer) and (report.fits(_fit) or report.fits(_half_fit))):
        return None
    raw = report.call(_H.distance.copy(), _H.velocity.copy())
    if isinstance(raw, Trouble):
        return raw
    m = numbers(raw, (), "one number")
    best = _best(_H.distance, _H.velocity)
    if isinstance(m, Trouble) or abs(m) > 10 * best:
        return "defaults-too-large"
    return None if f"{float(m):.4g}" == f"{best:.4g}" else "defaults-too-small"


def _said_defaults(report):
    m = float(numbers(report.call(_H.distance.copy(), _H.velocity.copy()), (), "one number"))
    slope = _hubble_slope(_H.distance, _H.velocity, m)
    return (
        f"your code is right, and with the eta and steps you chose it stops at m = {m:.4g}, where the slope is "
        f"still {slope:.3g}."
    )


def _tell_signs_apart(names, source):
    """A01 and A02 give the same path. The line that takes the step tells which one it is, if it can be read."""
    if set(names) != {"A01", "A02"}:
        return None
    plus = re.search(r"\+=?\s*\(?\s*eta\b|\b(\w+)\s*(\+=|=\s*\1\s*\+)", source)
    minus = re.search(r"-=?\s*\(?\s*eta\b|\b(\w+)\s*(-=|=\s*\1\s*-)", source)
    if bool(plus) == bool(minus):
        return None
    return "A01" if plus else "A02"


FIT_HUBBLE = Exercise(
    name="fit_hubble",
    lesson=LESSON,
    parameters=("r", "v", "eta", "steps"),
    example="fit_hubble(np.array([1.0, 2.0]), np.array([10.0, 20.0]), 0.1, 3)",
    cases=_FIT_CASES,
    truth=_fit,
    what="m after that many steps of descent from m = 0",
    known="a descent by slopes, step for step, down to Hubble's constant of 1929.",
    question="What is m after the first step, by hand, and what does your function give with steps=1?",
    pointer="Each step needs three things: the residuals m·r − v at this m, the slope there, minus eta times it.",
    step="r = 1, 2 and v = 10, 20 at m = 0: residuals −10, −20, times r: −10, −40, mean −25, times 2: slope −50. With "
    "eta = 0.1 the step is +5, so m = 5. The next slope is computed at m = 5.",
    rtol=1e-4,
    size=lambda r, v, eta, steps: len(r),
    conventions=(
        Convention(
            "half",
            "right for a loss with ½ in front. The course leaves the ½ out, so your steps are half as long as ours "
            "with the same eta.",
            value=_half_fit,
        ),
        Convention(
            "other-start",
            "right for a descent from another start. The course starts at m = 0; a bowl with one bottom leads both "
            "to the same place.",
            seen=_other_start,
        ),
    ),
    mistakes=(
        Mistake(
            "returns-history",
            "your function returns all the m on its way; the last one is right.",
            "Which of them does the caller want?",
            "A list of all steps is good for a picture. The answer is one number.",
            "With steps = 3 there are 3 steps and one place where they end.",
            seen=_history,
        ),
        Mistake(
            "ignores-eta",
            _said_own_eta,
            "Two callers give eta = 0.3 and eta = 0.05. Why do they get the same m?",
            "eta is an argument. Look for a number of your own in its place.",
            "r = 1, 2 and v = 10, 20: the first slope is −50. With eta = 0.1 the first step is 5, with eta = 0.01 "
            "it is 0.5.",
            seen=_ignores_eta,
        ),
        Mistake(
            "stops-early",
            _said_early,
            "The loss hardly changed any more. Did the slope stop being steep?",
            "With a small eta every step is short, also on a steep slope. A short step is no proof of a bottom.",
            "Slope −900 with eta = 0.00001: a step of 0.009, and the bottom is hundreds away.",
            seen=_stops_early,
        ),
        Mistake(
            "ignores-steps",
            _said_ignores_steps,
            "Where in your loop does `steps` occur?",
            "`steps` is an argument. Look for a number of your own in its place.",
            "With steps = 1 the function takes one step from m = 0 and returns.",
            seen=_ignores_steps,
        ),
        Mistake(
            "no-descent",
            "your function knows the bottom without walking: it gives the same m for every eta and every number of "
            "steps.",
            "After one short step from m = 0, where would you stand?",
            "The formula for the best m is right and has no steps in it. Here the walk itself is asked for.",
            "r = 1, 2 and v = 10, 20: the best m is 10. One step with eta = 0.1 leads from 0 to 5.",
            wrong=_optimum,
        ),
        Mistake(
            "A01",
            "each of your steps goes uphill: m runs away from the bottom.",
            "Your step follows the gradient. Which way does the gradient point: to more loss or to less?",
            "The slope says where the loss grows. You want to go to the other side.",
            "Slope −50 at m = 0: to the right the loss falls. With eta = 0.1, 0 + 0.1 · (−50) = −5 goes left, and "
            "0 − 0.1 · (−50) = 5 goes right.",
            wrong=lambda r, v, eta, steps: _fit(r, v, -eta, steps),
        ),
        Mistake(
            "A02",
            "each of your steps goes uphill, though you subtract: your slope has the opposite sign.",
            "Differentiate (m·r − v)² once more: what is the inner derivative of m·r?",
            "In (v − m·r)² the prediction stands behind a minus, and its inner derivative brings that minus along.",
            "r = 1, v = 10 at m = 0: a larger m makes the loss smaller, so the slope is negative. v − m·r is +10, and "
            "m·r − v is −10.",
            wrong=lambda r, v, eta, steps: _fit(r, v, -eta, steps),
        ),
        Mistake(
            "A03",
            "the factor r is missing in your slope: near and far nebulae count alike.",
            "Nudge m by 0.01: does the prediction at r = 2 move as much as at r = 1?",
            "The prediction is m·r. How fast does it move when m turns?",
            "Nudge m by 0.01: at r = 1 the prediction rises by 0.01, at r = 2 by 0.02. Each counts with its r.",
            wrong=_with_slope(_no_r),
        ),
        Mistake(
            "A04",
            "you step with the sum over the nebulae, right for the sum convention; this course takes the mean.",
            "Copy every data point once. Should the average loss, and its slope, double?",
            "With a sum, 24 points make every step 24 times as long, and the walk may fly off.",
            "Two points that add 3 and 5 to the slope: the sum is 8, with copies 16. The mean is 4, with copies 4.",
            wrong=(
                lambda r, v, eta, steps: _fit(r, v, eta * len(r), steps),
                lambda r, v, eta, steps: _fit(r, v, eta * len(r) / 2, steps),
            ),
        ),
        Mistake(
            "intercept",
            "your line has a second knob, a height at r = 0, and it changes the best m.",
            "At distance 0, which velocity does the model v = m·r predict?",
            "Only m is turned here. The line goes through the origin.",
            "v = m·r has one knob. With b + m·r there are two, and the best pair has another m.",
            wrong=_with_intercept,
        ),
        Mistake(
            "stale-slope",
            "your slope is computed once, at the start, and used for every step.",
            "After the first step, is the ground as steep as before?",
            "A slope belongs to one place. After each step you stand at another.",
            "r = 1, 2 and v = 10, 20: at m = 0 the slope is −50, at m = 5 it is −25. The second step is half as long.",
            wrong=lambda r, v, eta, steps: -eta * steps * _hubble_slope(r, v, 0.0),
        ),
        Mistake(
            "one-step-only",
            "your function returns after the first step, for any number of steps.",
            "How often does your loop run before the function returns?",
            "`return` ends the function at once, also inside a loop. Look at how far it is indented.",
            "With steps = 3 there are three steps before the return: m = 5, then 7.5, then 8.75.",
            wrong=_one_step,
        ),
        Mistake(
            "one-step-less",
            "your function takes one step less than it was told.",
            "Which numbers does range(1, steps) run through?",
            "range(n) runs n times by itself.",
            "With steps = 1 there is one step. range(1) runs once, range(1, 1) never.",
            wrong=_fewer,
        ),
        Mistake(
            "one-step-more",
            "your function takes one step more than it was told.",
            "Which numbers does range(steps + 1) run through?",
            "range(n) runs n times by itself. A step before the loop counts too.",
            "With steps = 1 there is one step. range(2) runs twice.",
            wrong=lambda r, v, eta, steps: _fit(r, v, eta, steps + 1),
        ),
        Mistake(
            "returns-loss",
            "your function returns the loss at the end; the caller wants the m that reaches it.",
            "In which unit is your answer: km/s per Mpc, or (km/s)²?",
            "Two numbers exist at the end of the walk, m and the loss there. Return the other one.",
            "r = 1, 2 and v = 10, 20 after one step with eta = 0.1: m = 5, loss 62.5. The answer is 5.",
            wrong=_loss_at_end,
        ),
        Mistake(
            "returns-slope",
            "your function returns the slope at the end; the caller wants the m that it reached.",
            "In which place do you stand at the end of the walk?",
            "Near the bottom the slope goes to 0. The answer doesn't.",
            "r = 1, 2 and v = 10, 20 after one step with eta = 0.1: m = 5, slope −25. The answer is 5.",
            wrong=(
                lambda r, v, eta, steps: _hubble_slope(r, v, _fit(r, v, eta, steps)),
                lambda r, v, eta, steps: _hubble_slope(r, v, _fit(r, v, eta, steps - 1)),
            ),
        ),
        Mistake(
            "swapped-data",
            "r and v have changed places: you predict the distance from the velocity.",
            "The model is v = m·r. Which of the two is multiplied by m?",
            "Look at the order of the arguments: distances first, velocities second.",
            "A nebula at r = 2 with m = 400 is predicted at v = 800.",
            wrong=lambda r, v, eta, steps: _fit(v, r, eta, steps),
        ),
        Mistake(
            "defaults-too-small",
            _said_defaults,
            "Has the walk arrived, or did it run out of steps?",
            "A small eta needs many steps, a larger one few. Past about 0.8 the walk flies off.",
            "Each step leaves the fraction 1 − 2·eta·mean(r²) of the way. mean(r²) is about 1.2 here: with eta = 0.1 "
            "three quarters of the way are left after each step. How many steps until a ten-thousandth is left?",
        ),
        Mistake(
            "defaults-too-large",
            "your code is right, and with the eta and steps you chose the walk flies off to where numbers end.",
            "What happens to m in the first three steps with your eta?",
            "A step that overshoots the bottom by more than it was away from it makes things worse each time.",
            "Each step multiplies the way that is left by 1 − 2·eta·mean(r²), with mean(r²) about 1.2. With eta = 1 "
            "that is −1.5: the walk jumps to and fro, further each time.",
        ),
    ),
    probe=_probe_defaults,
    tell_apart=_tell_signs_apart,
)

register(AXES, PREDICT, MSE, NUDGE_SEARCH, SLOPE, GRAD_MSE, FIT_HUBBLE)
