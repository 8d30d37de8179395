"""The exercises of L5: gd_step, eta_limit, standardise, momentum, minibatches, updates, range_test and two decisions.

Where a function hands back two things, a reader between the check and the learner's function puts them in one row of
numbers and remembers their shapes. Decisions are judged by running the training they are about.
"""

import functools
import inspect
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ..checking import (
    Case,
    Convention,
    Exercise,
    Mistake,
    Trouble,
    Verdict,
    case,
    close,
    numbers,
    one_line,
    register,
    show,
)
from ..data import load_co2, load_digits, load_hubble, standardised_co2
from ..guard import Limits
from ..network import Network, cross_entropy
from .common import any_blank, as_part, in_a_row, not_started, read_by, verdict_on
from .fixtures import drawn, fixture_rng, normal, shaken

LESSON = "05_learning_rates"
LIMITS = Limits()

_read_by = functools.partial(read_by, limits=lambda: LIMITS)


# Between the check and a function that hands back several things


def _pair(names, shapes):
    """A reader for two arrays or numbers: puts them in one row. `shapes(*args)` are the two that are wanted."""

    def read(raw, between, *args):
        kind = type(raw)
        if not issubclass(kind, list | tuple | np.ndarray) or (kind is np.ndarray and not raw.ndim):
            if kind in (int, float) or issubclass(kind, np.generic | np.ndarray):
                return Trouble("type", f"your function returns one number, and two things are wanted: {names}.", _BOTH)
            return raw
        pieces = list(raw)
        if any_blank(pieces):
            return pieces
        wanted = shapes(*args)
        alone = issubclass(kind, np.ndarray) and raw.shape == wanted[0]
        if len(pieces) != 2 or alone:
            what = "one array" if issubclass(kind, np.ndarray) else f"{len(pieces)} thing{'s' * (len(pieces) != 1)}"
            return Trouble("type", f"your function returns {what}, and two things are wanted: {names}.", _BOTH)
        parts = []
        for name, piece, shape in zip(names.split(" and "), pieces, wanted, strict=True):
            where = f"where {name} is wanted"
            value = as_part([piece], (1, *shape), name, where)
            if isinstance(value, Trouble) and value.kind == "shape":  # so it is made of numbers
                value = as_part([piece], (1, *np.shape(piece)), name, where)
            if isinstance(value, Trouble):
                return value
            parts.append(value[0])
        between.kept.append(parts)
        shapes_now = tuple(part.shape for part in parts)
        if shapes_now not in (tuple(wanted), tuple(wanted)[::-1]):  # the other way round is a mistake with a name
            return _odd_shape(names, parts, wanted)
        return in_a_row(parts)

    return read


_BOTH = "What stands behind `return`, and how many things are separated by commas there?"


def _odd_shape(names, parts, wanted):
    for name, part, shape in zip(names.split(" and "), parts, wanted, strict=True):
        if part.shape != shape:
            has, wants = (f"shape {each}" if each else "no axes: one number" for each in (part.shape, shape))
            said = f"{name} comes back with {has}, and {wants} is wanted."
            return Trouble("part-shape", said, "Which line changes its shape?")
    return None


def _which_part(names):
    """Says of an unknown answer which of the two parts is off, where, and what it is."""

    def sharper(verdict, exercise, between):
        if verdict.name == "part-shape":
            return replace(verdict, name="shape")
        if verdict.name == "nan":
            first, parts = names.split(" and ")[0], next(p for p in between.kept if not np.isfinite(in_a_row(p)).all())
            which = first if not np.isfinite(parts[0]).all() else names.split(" and ")[1]
            return replace(verdict, sentence=f"in {which} there is a nan or an inf, for finite input.")
        if verdict.name != "unknown":
            return verdict
        for each, parts in zip(exercise.cases, between.kept, strict=False):
            truth = exercise.truth(*each.make())
            split = parts[0].size
            halves = (parts[0].ravel(), truth[:split]), (parts[1].ravel(), truth[split:])
            off = [not close(got, true, exercise.rtol) for got, true in halves]
            if any(off):
                first, second = names.split(" and ")
                at = off.index(True)
                rest = "" if all(off) else f"; {(second, first)[at]} is right there"
                begins = f"yours begins {show(halves[at][0][:3])}"
                return replace(verdict, sentence=f"for {each.label}, {(first, second)[at]} is off: {begins}{rest}.")
        return verdict

    return sharper


# 1 gd_step


_STEP = shaken(10, (-2.0, -0.8, 0.25))


def _words(step):
    return [f"{name} = {value:g}".replace("-", "−") for name, value in zip(("w", "g", "η"), step, strict=True)]


def _downhill(w, g, eta):
    return w - eta * g


_LENGTH = "A slope says how steep it is here. How far to go is another question, and η answers it."

GD_STEP = Exercise(
    name="gd_step",
    lesson=LESSON,
    parameters=("w", "g", "eta"),
    example="gd_step(1.5, 6.0, 0.1)",
    cases=(
        case("w = 1.5, g = 6, η = 0.1", 1.5, 6.0, 0.1),
        case("{}, {}, {}".format(*_words(_STEP)), *_STEP),
        case("three weights and η = 0.5", np.array([1.0, -2.0, 0.5]), np.array([0.4, 3.0, -1.2]), 0.5),
        case("a table of weights and η = 0.02", normal(1, 2, 3), 5 * normal(2, 2, 3), 0.02),
        case("w = 3, g = 7, η = 2", 3.0, 7.0, 2.0),
        case("w = 0.7, g = 2.5, η = 0", 0.7, 2.5, 0.0),
    ),
    truth=_downhill,
    shape=lambda w, g, eta: np.shape(w),
    shape_words="as many numbers as w has",
    what="w after one step downhill",
    known="one step against the gradient, η times as long, for single weights and for arrays; w itself stays.",
    question="With slope 6 and η = 0.1, how long is the step, and to which side?",
    pointer="The step is η times the gradient. It goes against the gradient, and it starts at w.",
    step="Another place: w = 2, g = −5, η = 0.1. The step is 0.5 long. The slope is negative, so downhill is to the "
    "right: the new w is 2.5.",
    mistakes=(
        Mistake(
            "A01",
            "your step goes uphill.",
            "Your step follows the gradient. Which way does the gradient point: to more loss or to less?",
            "Downhill is the opposite of the gradient, and one sign says so.",
            "w = 2, g = −5, η = 0.1: the loss falls to the right, so the new w is 2.5. With the other sign it is 1.5.",
            wrong=lambda w, g, eta: w + eta * g,
        ),
        Mistake(
            "A30",
            "your step is the whole gradient: η takes no part in it.",
            "Slope 6 here and slope 6 there; is the bottom equally far away?",
            _LENGTH,
            "The bowls ½·4·w² at w = 1.5 and ½·12·w² at w = 0.5 both have slope 6. The bottom is 1.5 away in one and "
            "0.5 in the other. A step of 6 misses both.",
            wrong=(lambda w, g, eta: w - g, lambda w, g, eta: w + g),
        ),
        Mistake(
            "step-only",
            "your function returns the step, and not the place where it ends.",
            "Where do you stand after the step?",
            "The new w is the old w plus a step, which may be negative.",
            "w = 2, g = −5, η = 0.1: the step is +0.5, and the new w is 2.5.",
            wrong=(lambda w, g, eta: -eta * g, lambda w, g, eta: eta * g),
        ),
        Mistake(
            "g-missing",
            "the gradient takes no part in your step: it is η long, always to the left.",
            "On a flat place and on a cliff, should the step be the same?",
            "η is a factor. Which number does it multiply?",
            "w = 2, η = 0.1: with g = −5 the new w is 2.5, with g = −10 it is 3.",
            wrong=(lambda w, g, eta: w - eta, lambda w, g, eta: w - eta * np.ones(np.shape(g))),
        ),
        Mistake(
            "length-ignored",
            "you keep the direction of the gradient and throw its length away.",
            "On a flat place and on a cliff, should the step be equally long?",
            "In this rule a steeper slope makes a longer step: η times g, as it is.",
            "w = 2, η = 0.1: with g = −5 the new w is 2.5, with g = −10 it is 3. By the sign alone both are 2.1.",
            wrong=(
                lambda w, g, eta: w - eta * np.sign(g),
                lambda w, g, eta: w - eta * g / np.linalg.norm(g),
            ),
        ),
        Mistake(
            "one-way",
            "your step always goes to the left: the sign of the gradient is lost.",
            "Where the slope is negative, which way is down?",
            "The sign of g turns the step around by itself. Nothing has to make it positive.",
            "w = 2, g = −5, η = 0.1: minus 0.1 · (−5) is plus 0.5.",
            wrong=lambda w, g, eta: w - eta * np.abs(g),
        ),
        Mistake(
            "w-for-g",
            "your step is η times w. The gradient takes no part in it.",
            "Which of the three arguments says how steep it is?",
            "w is where you stand. g is the slope there.",
            "w = 2, g = −5, η = 0.1: the step is 0.1 · 5 long, and not 0.1 · 2.",
            wrong=lambda w, g, eta: w - eta * w,
        ),
        Mistake(
            "own-gradient",
            "your slope is 4 times w, that of one bowl; the gradient you are given goes unused.",
            "Which bowl does the caller stand in, and who knows?",
            "The slope comes in as g. Then the same line works for every loss.",
            "w = 2, g = −5, η = 0.1: no bowl of the lesson has this slope there, and the new w is still 2.5.",
            wrong=lambda w, g, eta: w - eta * 4 * w,
        ),
        Mistake(
            "parentheses",
            "η multiplies the wrong thing.",
            "In `2 - 0.1 * 5`, what does Python compute first, and in `(2 - 5) * 0.1`?",
            "η makes the step shorter. The place where you stand is not made smaller.",
            "w = 2, g = 5, η = 0.1: the step is 0.5, and the new w is 1.5.",
            wrong=(
                lambda w, g, eta: (w - g) * eta,
                lambda w, g, eta: eta * w - g,
                lambda w, g, eta: (1 - eta * g) * w,
            ),
        ),
        Mistake(
            "two",
            "your step has a factor 2 too many, or too few.",
            "Is the 2 of the squared error already in g?",
            "g is the whole slope. It needs one factor, η.",
            "w = 2, g = −5, η = 0.1: the step is 0.5 long, and not 1 or 0.25.",
            wrong=(lambda w, g, eta: w - 2 * eta * g, lambda w, g, eta: w - eta * g / 2),
        ),
        Mistake(
            "one-for-all",
            "every weight takes the same step: the entries of g are thrown together.",
            "How many slopes are in g, and to which weight does each belong?",
            "Minus and times work entry by entry. No sum and no mean is needed.",
            "w = (1, 1), g = (5, −5), η = 0.1: the new w is (0.5, 1.5).",
            wrong=(lambda w, g, eta: w - eta * np.mean(g), lambda w, g, eta: w - eta * np.sum(g)),
        ),
        Mistake(
            "no-step",
            "your function returns w or g as it came in.",
            "Which line moves the weight?",
            "Three arguments come in, and all three are needed in the line behind `return`.",
            "w = 2, g = −5, η = 0.1: the new w is 2.5.",
            wrong=(lambda w, g, eta: w, lambda w, g, eta: g),
        ),
    ),
)


# 2 eta_limit


def _eigenvalues(X):
    """Those of XᵀX, the smallest first."""
    return np.linalg.eigvalsh(X.T @ X)


def _curvatures(X):
    """The eigenvalues of the Hessian of the mean squared error, the smallest first."""
    return 2 / len(X) * _eigenvalues(X)


def _limit(X):
    return 2 / _curvatures(X)[-1]


def _centred(X):
    return X - X.mean(axis=0)


def _with_ones(x):
    return np.column_stack([np.ones(len(x)), x])


ETA_LIMIT = Exercise(
    name="eta_limit",
    lesson=LESSON,
    parameters=("X",),
    example="eta_limit(np.array([[1.0, 0.0], [0.0, 3.0]]))",
    cases=(
        Case("Hubble's distances, one column,", lambda: (load_hubble().distance[:, np.newaxis].copy(),)),
        Case("ones beside Hubble's distances", lambda: (_with_ones(load_hubble().distance),)),
        Case("ones beside the years since 1959", lambda: (_with_ones(load_co2().year - 1959),)),
        Case("ones beside the standardised years", lambda: (_with_ones(standardised_co2()[0]),)),
        case("a table of 7 rows and 3 columns", normal(5, 7, 3)),
        case("a table of 4 rows and 4 columns", normal(6, 4, 4) + 1),
    ),
    truth=_limit,
    size=len,
    rtol=1e-5,  # so that a loop that finds the largest eigenvalue by itself passes
    what="the largest learning rate that is still stable",
    known="2/λ for the steepest direction of the mean squared error, on Hubble's table, CO₂ and two made-up ones.",
    question="Which direction of the bowl is the first to blow up, and how curved is the loss there?",
    pointer="The curvatures are the eigenvalues of the Hessian, (2/N) XᵀX. The most curved direction sets the limit.",
    step="X = [[1, 0], [0, 3]], N = 2: the Hessian is (2/2) · [[1, 0], [0, 9]]. Its eigenvalues are 1 and 9. "
    "The factor 1 − 9η stays above −1 as long as η is below 2/9.",
    conventions=(
        Convention(
            "half",
            "right for a loss with ½ in front. The course leaves the ½ out, so the loss is twice as curved and its "
            "limit "
            "is half of yours.",
            value=lambda X: 2 / (_curvatures(X)[-1] / 2),
        ),
    ),
    mistakes=(
        Mistake(
            "2/N-missing",
            "you take the eigenvalues of XᵀX alone: the 2/N of the mean squared error is missing.",
            "Copy every row of X once. Does the mean squared error become more curved? Does your number change?",
            "Differentiate (1/N) Σ (Xw − y)² twice. Which number stays in front of XᵀX?",
            "One column of N = 4 ones: the loss is mean (w − y)². Its slope is 2 · mean(w − y), its curvature 2. "
            "XᵀX is 4.",
            wrong=lambda X: 2 / _eigenvalues(X)[-1],
        ),
        Mistake(
            "A04",
            "your limit belongs to a sum of squares, N times as curved as their mean.",
            "Copy every data point once. Should the learning rate have to shrink?",
            "In this course a loss over several points is a mean. Where does 1/N come into the curvature?",
            "One column of N = 4 ones: the sum's curvature is 8 and its limit 0.25; the mean's curvature is 2 and its "
            "limit 1.",
            wrong=lambda X: 1 / _eigenvalues(X)[-1],
        ),
        Mistake(
            "one-over",
            "that is half the limit. With 1/λ the steepest direction is at the bottom after one step.",
            "For which η is the factor 1 − ηλ zero, and for which is it −1?",
            "Stable means that the factor lies between −1 and 1. The limit is where it reaches −1.",
            "λ = 4: at η = 1/4 the factor is 0, at η = 3/8 it is −½ and still shrinks, at η = 1/2 it is −1.",
            wrong=lambda X: 1 / _curvatures(X)[-1],
        ),
        Mistake(
            "smallest",
            "you use the smallest eigenvalue: the flattest direction.",
            "With your η, what is the factor 1 − ηλ in the steepest direction?",
            "One η for all directions. The first one to blow up sets the limit.",
            "Curvatures 1 and 9: with η = 2/1 the factors are −1 and −17. One direction flips, the other explodes.",
            wrong=lambda X: 2 / _curvatures(X)[0],
        ),
        Mistake(
            "best",
            "that is 2/(λmin + λmax), the fastest rate for two directions, and not the largest stable one.",
            "Does a step a little longer than yours blow up?",
            "The limit asks about one eigenvalue, the largest.",
            "Curvatures 1 and 9: at 2/10 the factors are 0.8 and −0.8, and both shrink. At 2/9 one of them is −1.",
            wrong=lambda X: 2 / (_curvatures(X)[0] + _curvatures(X)[-1]),
        ),
        Mistake(
            "not-squared",
            "you use a singular value of X as it is; the eigenvalues of XᵀX are their squares.",
            "If X is made three times as large, how many times as large does XᵀX become?",
            "The loss is quadratic in X. So is its curvature.",
            "X = [[1, 0], [0, 3]]: singular values 1 and 3, XᵀX = [[1, 0], [0, 9]].",
            wrong=(
                lambda X: len(X) / np.linalg.norm(X, 2),
                lambda X: 2 / np.linalg.norm(X, 2),
                lambda X: 1 / np.linalg.norm(X, 2),
                lambda X: 2 / np.sqrt(_curvatures(X)[-1]),
            ),
        ),
        Mistake(
            "curvature",
            "your function returns a curvature, not a learning rate.",
            "If the bowl becomes steeper, should the number you return rise or fall?",
            "Turn it round: the steeper the bowl, the shorter the step must be.",
            "Curvature 9: the limit is 2/9, where 1 − 9η is −1.",
            wrong=(
                lambda X: _curvatures(X)[-1],
                lambda X: _eigenvalues(X)[-1],
                lambda X: _curvatures(X)[-1] / 2,
            ),
        ),
        Mistake(
            "trace",
            "you divide by the sum or by the mean of all curvatures.",
            "Is there a direction in which the bowl is as curved as that?",
            "One direction blows up first. Which of the eigenvalues belongs to it?",
            "Curvatures 1 and 9: the sum 10 is too careful, the mean 5 too bold. With η = 2/5 the second factor is "
            "−2.6.",
            wrong=(
                lambda X: 2 / _curvatures(X).sum(),
                lambda X: 2 / _curvatures(X).mean(),
            ),
        ),
        Mistake(
            "diagonal",
            "you look at the diagonal of the Hessian only: at one weight at a time.",
            "Is the steepest direction of a slanting valley along one of the axes?",
            "The steepest direction may mix the weights. Its curvature is an eigenvalue, at least as large as any "
            "entry "
            "on the diagonal.",
            "[[2, 1], [1, 2]]: along each axis the curvature is 2, along the diagonal 3.",
            wrong=(
                lambda X: 2 / (2 * np.mean(X**2, axis=0)).max(),
                lambda X: 2 / (2 / len(X) * (X.T @ X)).max(),
            ),
        ),
        Mistake(
            "d-for-N",
            "you divide by the number of columns of X; N is the number of rows.",
            "Which axis of X counts the data points?",
            "One row a sample: X.shape is (N, d), and len(X) is N.",
            "24 nebulae and one column: N = 24.",
            wrong=lambda X: 2 / (2 / X.shape[1] * _eigenvalues(X)[-1]),
        ),
        Mistake(
            "centred",
            "you take the mean off X first: that is the limit of another table.",
            "Which table does the caller use for the descent?",
            "Centring is a repair, and a good one. This function measures the table as it is.",
            "One column with 1 and 3: (2/2) · (1 + 9) = 10. Centred it is −1 and 1, and the curvature 2.",
            wrong=lambda X: 2 / _curvatures(_centred(X))[-1] if _centred(X).any() else np.inf,
        ),
        Mistake(
            "condition",
            "your function returns the condition number.",
            "Is that a learning rate?",
            "The condition number compares the steepest direction with the flattest. The limit knows the steepest "
            "alone.",
            "Curvatures 1 and 9: condition number 9, limit 2/9. Curvatures 10 and 90: still 9, and the limit is 2/90.",
            wrong=(
                lambda X: _curvatures(X)[-1] / _curvatures(X)[0],
                lambda X: np.linalg.cond(X),
            ),
        ),
        Mistake(
            "all-limits",
            "your function returns a limit for each direction.",
            "All weights move with the same η. Which of these limits do you reach first?",
            "One number is wanted: the one that keeps every direction stable.",
            "Curvatures 1 and 9: the limits are 2 and 2/9. With η = 1 the first is fine and the second explodes.",
            wrong=(lambda X: 2 / _curvatures(X), lambda X: 2 / _curvatures(X)[::-1]),
        ),
    ),
)


# 3 standardise


def _scaled(table, mean, spread):
    return (table - mean) / np.where(spread == 0, 1.0, spread)


def _bare(table, mean, spread):
    """The same without care for a spread of 0."""
    return (table - mean) / spread


def _by_train(train, test, divide=_scaled, ddof=0):
    mean, spread = train.mean(axis=0), train.std(axis=0, ddof=ddof)
    return in_a_row(divide(train, mean, spread), divide(test, mean, spread))


def _each(train, test, divide, test_divide, test_mean, test_spread):
    """Train scaled by itself, test by the statistics that the two functions of (train, test) give."""
    return in_a_row(
        divide(train, train.mean(axis=0), train.std(axis=0)),
        test_divide(test, test_mean(train, test), test_spread(train, test)),
    )


def _ways(way):
    """`way(divide)` with care for a spread of 0 and without."""
    return tuple(functools.partial(way, divide=divide) for divide in (_scaled, _bare))


def _both_by(statistics, axis=0):
    """Both tables by the mean and the spread of the table that `statistics` makes of train and test."""

    def way(train, test, divide):
        table = statistics(train, test)
        mean, spread = table.mean(axis=axis), table.std(axis=axis)
        return in_a_row(divide(train, mean, spread), divide(test, mean, spread))

    return _ways(way)


def _own(test_mean, test_spread):
    return tuple(
        functools.partial(_each, divide=one, test_divide=other, test_mean=test_mean, test_spread=test_spread)
        for one in (_scaled, _bare)
        for other in (_scaled, _bare)
    )


def _by_rows(train, test, divide):
    return in_a_row(*(divide(t, t.mean(axis=1, keepdims=True), t.std(axis=1, keepdims=True)) for t in (train, test)))


def _min_max(train, test, divide):
    low, high = train.min(axis=0), train.max(axis=0)
    return in_a_row(divide(train, low, high - low), divide(test, low, high - low))


def _too_late(train, test, divide):
    train = divide(train, train.mean(axis=0), train.std(axis=0))
    return in_a_row(train, divide(test, train.mean(axis=0), train.std(axis=0)))


def _constant_kept(train, test):
    row = _by_train(train, test)
    still = np.concatenate([np.broadcast_to(train.std(axis=0) == 0, table.shape).ravel() for table in (train, test)])
    return np.where(still, in_a_row(train, test), row)


def _mean_train(train, test):
    return train.mean(axis=0)


def _std_train(train, test):
    return train.std(axis=0)


def _mean_test(train, test):
    return test.mean(axis=0)


def _std_test(train, test):
    return test.std(axis=0)


def _tables(seed, n, m, still=None, centre=5.0):
    train, test = centre + 2 * normal(seed, n, 3), centre + 1 + 3 * normal(seed + 1, m, 3)
    if still is not None:
        train[:, still] = test[:, still] = 3.0
    return train, test


def _table_case(label, *args, **kwargs):
    return case(label, *_tables(*args, **kwargs))


_TABLES = "the scaled train and the scaled test"


def _table_shapes(train, test):
    return train.shape, test.shape


def _probe_standardise(report):
    """After the numbers: a column that stands still in train and moves in test."""
    if not report.fits(_by_train) and not report.fits(functools.partial(_by_train, ddof=1)):
        return None
    train, test = _tables(30, 5, 2, still=1)
    test[:, 1] = 4.0
    row = report.call(train, test)
    if isinstance(row, Trouble) or not np.isfinite(row).all():
        return row if isinstance(row, Trouble) else "nearly-still"
    most = np.abs(row).max()
    return Verdict(True, "explodes", _EXPLODES.format(most=most)) if most > 50 else None


_EXPLODES = (
    "right, on the scale of train. One warning: a column that is 3 all through train and 4 in a test row comes out as "
    "{most:.0e}. With a 1 in place of a std of 0 it would be 1."
)


STANDARDISE = _read_by(
    _pair(_TABLES, _table_shapes),
    Exercise(
        name="standardise",
        lesson=LESSON,
        parameters=("train", "test"),
        example="standardise(np.array([[1.0], [3.0]]), np.array([[5.0]]))",
        cases=(
            _table_case("5 rows of train and 3 of test", 10, 5, 3),
            _table_case("a test of one single row", 12, 6, 1),
            _table_case("a column that stands still", 14, 4, 3, still=1),
            _table_case("a column that stands still and a test of one row", 16, 7, 1, still=0),
            _table_case("more test than train", 18, 3, 5, centre=-40.0),
        ),
        truth=_by_train,
        shape=lambda train, test: (train.size + test.size,),
        shape_words="both tables, scaled",
        what="train and test on the scale of train",
        known="both tables on the scale of train, a test of one row and columns that stand still among them.",
        question="Tomorrow one single row arrives. Which mean will you subtract from it, and which numbers knew it "
        "before?",
        pointer="Take one mean and one std for each column, both from train. Use these two for both tables. Where the "
        "std is 0, divide by 1.",
        step="One column, train 1 and 3, test 5: mean 2, std 1. Train becomes −1 and 1, test becomes 3.",
        conventions=(
            Convention(
                "sample-std",
                "right, with N − 1 under the root of the std. The course divides by N, as np.std does.",
                value=lambda train, test: _by_train(train, test, ddof=1),
            ),
        ),
        mistakes=(
            Mistake(
                "A35",
                "your test is scaled with statistics of its own.",
                "Tomorrow one single penguin arrives. Which mean will you subtract?",
                "Compute mean and std once, from train, and use the same two numbers a column for both tables.",
                "Train 1 and 3, test 5: by the scale of train it is 3. By its own mean, 5, it is 0, and so is any "
                "other "
                "single row.",
                wrong=(
                    *_own(_mean_test, _std_test),
                    *_own(_mean_test, _std_train),
                    *_own(_mean_train, _std_test),
                ),
            ),
            Mistake(
                "pooled",
                "your mean and std come from both tables together.",
                "Did the model know the test rows when it was trained?",
                "Whatever is learned from the test, be it a mean, has leaked. Statistics come from train alone.",
                "Train 1 and 3, test 5: the mean of train is 2. With the test in it, it is 3, and train has changed "
                "too.",
                wrong=_both_by(lambda train, test: np.concatenate([train, test])),
            ),
            Mistake(
                "by-test",
                "your mean and std come from test, for both tables.",
                "Which table is there while you train?",
                "Statistics come from train alone.",
                "Train 1 and 3, test 5: mean 2 and std 1, both from train.",
                wrong=_both_by(lambda train, test: test),
            ),
            Mistake(
                "test-untouched",
                "train is scaled, and test comes back as it went in.",
                "Which numbers would the model see on the test, and which has it learned with? Is there a line that "
                "takes the mean after train was scaled?",
                "Take mean and std before anything is scaled. Then apply them to both tables.",
                "Train 1 and 3 becomes −1 and 1. After that its mean is 0 and its std 1, and a test of 5 would stay 5. "
                "On the scale of train it is 3.",
                wrong=(
                    lambda train, test: in_a_row(_scaled(train, train.mean(axis=0), train.std(axis=0)), test),
                    lambda train, test: in_a_row(_bare(train, train.mean(axis=0), train.std(axis=0)), test),
                    *_ways(_too_late),
                ),
            ),
            Mistake(
                "constant-column",
                "right, except where a column stands still in train: there you divide 0 by 0 and get nan.",
                "What is the std of a column of equal numbers?",
                "Replace a std of 0 by 1 before you divide. np.where chooses entry by entry.",
                "Train 3 and 3: minus the mean is 0 and 0. Divided by 1 they stay 0.",
                wrong=(
                    lambda train, test: _by_train(train, test, divide=_bare),
                    lambda train, test: _by_train(train, test, divide=_bare, ddof=1),
                ),
            ),
            Mistake(
                "constant-kept",
                "right, except where a column stands still in train: it comes back with its old numbers.",
                "Every other column has the mean 0 now. What about this one?",
                "The mean is taken off every column. Only the division has to be spared.",
                "Train 3 and 3: minus the mean is 0 and 0, and that is the answer.",
                wrong=_constant_kept,
            ),
            Mistake(
                "centred",
                "you subtract the mean and don't divide by the std.",
                "Two columns in grams and in millimetres: are they equally wide now?",
                "Two steps: take the mean off, then divide by the std.",
                "Train 10 and 30, test 50: centred −10, 10 and 30. Divided by the std 10: −1, 1 and 3.",
                wrong=lambda train, test: in_a_row(train - train.mean(axis=0), test - train.mean(axis=0)),
            ),
            Mistake(
                "not-centred",
                "you divide by the std and don't subtract the mean.",
                "What is the mean of a standardised column?",
                "Two steps: take the mean off, then divide by the std.",
                "Train 10 and 30: mean 20, std 10. Minus the mean: −10 and 10. Divided: −1 and 1.",
                wrong=_ways(
                    lambda train, test, divide: in_a_row(
                        *(divide(each, 0.0, train.std(axis=0)) for each in (train, test))
                    )
                ),
            ),
            Mistake(
                "precedence",
                "Python divides the mean by the std, and subtracts that.",
                "In `10 - 20 / 10`, what does Python compute first?",
                "What belongs above the fraction line needs parentheses.",
                "Train 10 and 30: (10 − 20) / 10 is −1. 10 − 20 / 10 is 8.",
                wrong=_ways(
                    lambda train, test, divide: in_a_row(
                        *(table - divide(train.mean(axis=0), 0.0, train.std(axis=0)) for table in (train, test))
                    )
                ),
            ),
            Mistake(
                "variance",
                "you divide by the variance, the square of the std.",
                "In which unit is the variance of a column of millimetres?",
                "After the division no unit must be left: millimetres divided by millimetres.",
                "Train 10 and 30: variance 100, std 10. Divided by the std the entries are −1 and 1.",
                wrong=_ways(
                    lambda train, test, divide: in_a_row(
                        *(divide(table, train.mean(axis=0), train.var(axis=0)) for table in (train, test))
                    )
                ),
            ),
            Mistake(
                "one-for-all",
                "you use one mean and one std for the whole table.",
                "Is a mean of grams and millimetres a useful number?",
                "Each column has its own unit, so each has its own mean and std: axis=0 runs down the rows.",
                "Columns (1, 3) and (100, 300): means 2 and 200. Both become (−1, 1).",
                wrong=_both_by(lambda train, test: train, axis=None),
            ),
            Mistake(
                "rows",
                "you scale row by row: each sample by its own mean.",
                "Does a row hold one quantity of many samples, or many quantities of one?",
                "One row a sample: axis=0 runs down the rows, along one column.",
                "[[1, 100], [3, 300]]: the columns are (1, 3) and (100, 300), with means 2 and 200.",
                wrong=_ways(_by_rows),
            ),
            Mistake(
                "min-max",
                "you scale each column to lie between 0 and 1.",
                "What does the exercise put into the middle, and what does it take for one unit?",
                "Standardising takes the mean for zero and the std for one.",
                "Train 1 and 3: by smallest and largest 0 and 1; standardised −1 and 1.",
                wrong=_ways(_min_max),
            ),
            Mistake(
                "order",
                "the two tables come back in the wrong order.",
                "Which one does the caller expect first?",
                "train goes in first and comes out first.",
                "The caller writes train, test = standardise(train, test). Exchanged, the model would learn on the "
                "test.",
                wrong=lambda train, test: np.roll(_by_train(train, test), test.size),
            ),
            Mistake(
                "nearly-still",
                "a column that is 3 all through train and 4 in a test row comes out as nan or inf.",
                "What do you divide by where the std is 0?",
                "A pixel that is white on every training image has std 0. One day somebody draws there.",
                "Train 3 and 3, test 4: 4 − 3 = 1. Divided by 1 it stays 1; divided by 0 it is inf.",
            ),
        ),
        probe=_probe_standardise,
    ),
    sharper=_which_part(_TABLES),
)


# 4 momentum


def _ball(w, v, g, eta, beta):
    return w - eta * (beta * v + g), beta * v + g


def _moves(change):
    """A variant: `change(w, v, g, eta, beta)` returns the new w and v."""
    return lambda *args: in_a_row(*change(*args))


def _v_then(velocity, move):
    """A variant by its two lines: velocity(v, g, eta, beta), then move(w, new v, old v, g, eta, beta)."""

    def variant(w, v, g, eta, beta):
        new = velocity(v, g, eta, beta)
        return in_a_row(move(w, new, v, g, eta, beta), new)

    return variant


def _heavy(v, g, eta, beta):
    return beta * v + g


def _inside(v, g, eta, beta):
    return beta * v + eta * g


def _minus_eta_v(w, new, v, g, eta, beta):
    return w - eta * new


def _minus_v(w, new, v, g, eta, beta):
    return w - new


def _plus_v(w, new, v, g, eta, beta):
    return w + new


_W_V = "the new w and the new v"


def _w_v_shapes(w, v, g, eta, beta):
    return np.shape(w), np.shape(v)


MOMENTUM = _read_by(
    _pair(_W_V, _w_v_shapes),
    Exercise(
        name="momentum",
        lesson=LESSON,
        parameters=("w", "v", "g", "eta", "beta"),
        example="momentum(1.5, 0.0, 6.0, 0.1, 0.8)",
        cases=(
            case("the first step, w = 1.5, v = 0, g = 6, η = 0.1, β = 0.8", 1.5, 0.0, 6.0, 0.1, 0.8),
            case("the second step, w = 0.9, v = 6, g = 3.6, η = 0.1, β = 0.8", 0.9, 6.0, 3.6, 0.1, 0.8),
            case("w = −2, v = 1.5, g = −4, η = 0.3, β = 0.5", -2.0, 1.5, -4.0, 0.3, 0.5),
            case("three weights, η = 0.05, β = 0.9", normal(40, 3), normal(41, 3), 3 * normal(42, 3), 0.05, 0.9),
            case("a table of weights, η = 0.2, β = 0.7", *(normal(s, 2, 3) for s in (43, 44, 45)), 0.2, 0.7),
        ),
        truth=_moves(_ball),
        shape=lambda w, v, g, eta, beta: (np.size(w) + np.size(v),),
        shape_words="the new w and the new v",
        what="w and v after one step",
        known="v ← βv + g, then w ← w − ηv, for numbers and for arrays; two steps on the bowl lead from 1.5 to 0.06.",
        question="The ball has a velocity already. Which part of it is left, and what does the slope add to it?",
        pointer="Two lines, in this order: the new velocity from the old one and the gradient; then a step of η times "
        "the "
        "new velocity, downhill.",
        step="Another bowl: w = 1, v = 2, g = 4, η = 0.1, β = 0.5. The new v is 0.5 · 2 + 4 = 5. The new w is 1 − 0.5 "
        "= 0.5.",
        conventions=(
            Convention(
                "eta-inside",
                "right, with η inside the velocity: v ← βv − ηg, then w ← w + v. The course keeps η outside: "
                "v ← βv + g, then w ← w − ηv.",
                value=_v_then(lambda v, g, eta, beta: beta * v - eta * g, _plus_v),
            ),
            Convention(
                "eta-inside-minus",
                "right, with η inside the velocity: v ← βv + ηg, then w ← w − v. The course keeps η outside: "
                "v ← βv + g, then w ← w − ηv.",
                value=_v_then(_inside, _minus_v),
            ),
            Convention(
                "downhill-velocity",
                "right, with a velocity that points downhill: v ← βv − g, then w ← w + ηv. The course adds the "
                "gradient "
                "and steps back: v ← βv + g, then w ← w − ηv.",
                value=_v_then(lambda v, g, eta, beta: beta * v - g, lambda w, new, v, g, eta, beta: w + eta * new),
            ),
            Convention(
                "nesterov",
                "right for Nesterov's variant, which looks one step ahead: w ← w − η(g + βv). The course uses the "
                "heavy "
                "ball: w ← w − ηv.",
                value=_v_then(_heavy, lambda w, new, v, g, eta, beta: w - eta * (g + beta * new)),
            ),
            Convention(
                "averaged",
                "right for a velocity that is a running mean: v ← βv + (1 − β)g. The course's heavy ball adds all of "
                "g, "
                "so its steps are 1/(1 − β) times as long at the same η.",
                value=_v_then(lambda v, g, eta, beta: beta * v + (1 - beta) * g, _minus_eta_v),
            ),
        ),
        mistakes=(
            Mistake(
                "old-velocity",
                "w moves with the velocity from before this step.",
                "Which of your two lines comes first, and which v does the second one see?",
                "First the velocity takes in the slope. Then w moves with the new velocity.",
                "w = 1, v = 2, g = 4, η = 0.1, β = 0.5: new v 5, new w 0.5. With the old v it is 0.8, and from rest "
                "the "
                "ball would not start.",
                wrong=(
                    _v_then(_heavy, lambda w, new, v, g, eta, beta: w - eta * v),
                    _v_then(lambda v, g, eta, beta: beta * v - eta * g, lambda w, new, v, g, eta, beta: w + v),
                ),
            ),
            Mistake(
                "no-memory",
                "that is plain gradient descent: the old velocity takes no part in your step.",
                "On flat ground, g = 0: does a rolling ball stop at once?",
                "A part β of the old velocity is kept.",
                "v = 2, g = 0, β = 0.5: the new v is 1, and w still moves.",
                wrong=(
                    _moves(lambda w, v, g, eta, beta: (w - eta * g, g)),
                    _moves(lambda w, v, g, eta, beta: (w - eta * g, v)),
                ),
            ),
            Mistake(
                "plain-step",
                "the velocity is right, and w moves by the gradient alone.",
                "What is the velocity for, if w doesn't use it?",
                "w moves with v, and the gradient reaches w by way of v.",
                "w = 1, v = 2, g = 4, η = 0.1, β = 0.5: new v 5, new w 1 − 0.1 · 5 = 0.5. By g alone it would be 0.6.",
                wrong=_v_then(_heavy, lambda w, new, v, g, eta, beta: w - eta * g),
            ),
            Mistake(
                "velocity-not-kept",
                "the new w is right, and the velocity comes back as it went in.",
                "What will the ball remember at the next step?",
                "Both have changed, so both are returned anew.",
                "w = 1, v = 2, g = 4, η = 0.1, β = 0.5: the answer is 0.5 and 5.",
                wrong=(
                    _moves(lambda w, v, g, eta, beta: (_ball(w, v, g, eta, beta)[0], v)),
                    _moves(lambda w, v, g, eta, beta: (_ball(w, v, g, eta, beta)[0], g)),
                ),
            ),
            Mistake(
                "A01",
                "your step goes uphill.",
                "If v points the way the gradient points, on which side of w is less loss?",
                "With v ← βv + g the velocity points uphill, and the step goes against it. One minus, in one of the "
                "two lines.",
                "From rest, w = 1, g = 4, η = 0.1: the loss rises to the right, so the new w is 0.6.",
                wrong=(
                    _v_then(_heavy, lambda w, new, v, g, eta, beta: w + eta * new),
                    _v_then(_inside, _plus_v),
                    _v_then(lambda v, g, eta, beta: beta * v - g, _minus_eta_v),
                    _v_then(lambda v, g, eta, beta: beta * v - eta * g, _minus_v),
                ),
            ),
            Mistake(
                "A30",
                "η takes no part in your step.",
                "Slope 6 here and slope 6 there; is the bottom equally far away?",
                "The velocity says which way and how fast, η how far one step goes.",
                "w = 1, v = 2, g = 4, η = 0.1, β = 0.5: new v 5, and the step is 0.1 · 5 long.",
                wrong=(
                    _v_then(_heavy, _minus_v),
                    _v_then(lambda v, g, eta, beta: beta * v - g, _plus_v),
                ),
            ),
            Mistake(
                "eta-twice",
                "η stands in both lines.",
                "With η half as large, how much shorter should the first step be?",
                "Either inside the velocity or outside. The course has it outside, in the line that moves w.",
                "From rest, g = 4, η = 0.1: the step is 0.4 long, and not 0.04.",
                wrong=(
                    _v_then(_inside, _minus_eta_v),
                    _v_then(
                        lambda v, g, eta, beta: beta * v - eta * g, lambda w, new, v, g, eta, beta: w + eta * new
                    ),
                ),
            ),
            Mistake(
                "no-friction",
                "the old velocity is kept whole: β takes no part.",
                "With no friction at all, when does a ball come to rest?",
                "β is the part of the velocity that is left after one step.",
                "v = 2, g = 4, β = 0.5: the new v is 1 + 4.",
                wrong=(
                    _v_then(lambda v, g, eta, beta: v + g, _minus_eta_v),
                    _v_then(lambda v, g, eta, beta: v - eta * g, _plus_v),
                ),
            ),
            Mistake(
                "beta-misplaced",
                "β multiplies the wrong thing.",
                "What becomes smaller with time: the memory, or the slope under your feet?",
                "β times the old velocity, plus the gradient as it is.",
                "v = 2, g = 4, β = 0.5: the new v is 0.5 · 2 + 4 = 5.",
                wrong=(
                    _v_then(lambda v, g, eta, beta: v + beta * g, _minus_eta_v),
                    _v_then(lambda v, g, eta, beta: beta * (v + g), _minus_eta_v),
                    _v_then(lambda v, g, eta, beta: (1 - beta) * v + g, _minus_eta_v),
                    _v_then(lambda v, g, eta, beta: (1 - beta) * v + beta * g, _minus_eta_v),
                ),
            ),
            Mistake(
                "gradient-twice",
                "the gradient reaches w twice: by way of the velocity, and once more by itself.",
                "Where does g come into the step, and how often?",
                "g goes into v. From there on only v is needed.",
                "From rest, w = 1, g = 4, η = 0.1: the step is 0.4 long, and not 0.8.",
                wrong=(
                    _v_then(_heavy, lambda w, new, v, g, eta, beta: w - eta * (new + g)),
                    _v_then(
                        lambda v, g, eta, beta: beta * v - eta * g, lambda w, new, v, g, eta, beta: w + new - eta * g
                    ),
                ),
            ),
            Mistake(
                "step-returned",
                "you return the step in place of the velocity, or in place of the new w.",
                "Which two things does the caller put in again at the next step?",
                "The place w, and the velocity v as it is, without η.",
                "w = 1, v = 2, g = 4, η = 0.1, β = 0.5: the answer is 0.5 and 5. The step, 0.5 long, is neither.",
                wrong=(
                    _moves(lambda w, v, g, eta, beta: (_ball(w, v, g, eta, beta)[0], eta * (beta * v + g))),
                    _moves(lambda w, v, g, eta, beta: (_ball(w, v, g, eta, beta)[0], -eta * (beta * v + g))),
                    _moves(lambda w, v, g, eta, beta: (-eta * (beta * v + g), beta * v + g)),
                ),
            ),
            Mistake(
                "order",
                "the two come back in the wrong order: v first.",
                "Which one does the caller expect first?",
                "w goes in first and comes out first.",
                "The caller writes w, v = momentum(w, v, …).",
                wrong=_moves(lambda *args: _ball(*args)[::-1]),
            ),
        ),
    ),
    sharper=_which_part(_W_V),
)


# 5 minibatches: no truth, since the order is random; everything is seen in what the batches hold


_LAST_RUN = drawn(8, (23, 5), lambda rng: ((23, 5), (29, 6), (37, 7), (44, 9), (31, 6), (26, 4))[rng.integers(1, 6)])
_RUNS = ((10, 4), (12, 3), (7, 7), (5, 8), (6, 1), _LAST_RUN)


def _read_batches(raw, between, n, size, rng):
    """Keeps the batches as lists of whole numbers; hands on what is no list of them as it is, or as a Trouble."""
    if not issubclass(type(raw), list | tuple | np.ndarray) or (issubclass(type(raw), np.ndarray) and not raw.ndim):
        if inspect.isgenerator(raw):
            return raw
        kind = f"a {type(raw).__name__}"
        return Trouble("type", f"your function returns {kind}, and a list of batches is wanted.", _WHICH_LIST)
    pieces = list(raw)
    if any_blank(pieces):
        return pieces
    kept = _Kept(n, size)
    between.kept.append(kept)
    for piece in pieces:
        if type(piece) is slice:
            kept.slices = True
        elif type(piece) is int or issubclass(type(piece), np.integer):
            kept.flat.append(int(piece))
        else:
            piece = list(piece) if type(piece) in (range, set, frozenset) else piece
            shape = piece.shape if issubclass(type(piece), np.ndarray) else (len(piece),) if _listed(piece) else None
            if shape is None or len(shape) != 1:
                what = "a table" if shape else f"a {type(piece).__name__}"
                return Trouble("type", f"where a batch of row numbers is wanted, your list holds {what}.", _WHICH_LIST)
            value = numbers(piece, shape, "row numbers")
            if isinstance(value, Trouble):
                return replace(value, sentence=value.sentence.replace("your function returns", "in a batch there is"))
            if not np.array_equal(value, np.round(value)):
                return Trouble("type", "in a batch there are numbers that are not whole: no rows.", _WHICH_LIST)
            if value.size and issubclass(type(piece), np.ndarray) and piece.dtype.kind not in "iuO":
                kept.floats = True
            kept.batches.append(value.astype(int).tolist())
    if kept.batches and (kept.flat or kept.slices):
        return Trouble("type", "your list holds batches and single numbers side by side.", _WHICH_LIST)
    return float(len(pieces))


_WHICH_LIST = "Could each thing in your list pick its rows, as in X[batch]?"


def _listed(piece):
    return issubclass(type(piece), list | tuple)


class _Kept:
    """What one call gave: `batches`, or single numbers in `flat`, or `slices`."""

    def __init__(self, n, size):
        self.n, self.size, self.batches, self.flat, self.slices, self.floats = n, size, [], [], False, False

    @property
    def order(self):
        return [row for batch in self.batches for row in batch]

    @property
    def sizes(self):
        return [len(batch) for batch in self.batches]

    @property
    def wanted(self):
        rest = self.n % self.size
        return [self.size] * (self.n // self.size) + [rest] * (rest > 0)

    @property
    def covers(self):
        """Whether every row stands in one batch and in one only."""
        return sorted(self.order) == list(range(self.n))

    @property
    def good(self):
        return self.covers and self.sizes == self.wanted and not self.flat and not self.slices


_SLIPS = {  # what a call looks like if this is the mistake
    "slices": lambda k: k.slices,
    "not-cut": lambda k: (sorted(k.flat) or sorted(k.order)) == list(range(k.n)) and (k.flat or len(k.batches) == 1),
    "starts": lambda k: sorted(k.flat) == list(range(0, k.n, k.size)),
    "from-one": lambda k: sorted(k.order) == list(range(1, k.n + 1)),
    "end-dropped": lambda k: sorted(k.order) == list(range(k.n - 1)),
    "last-dropped": lambda k: k.sizes == [s for s in k.wanted if s == k.size] and _once(k),
    "empty-batch": lambda k: k.covers and k.sizes == [*k.wanted, 0],
    "size-as-count": lambda k: k.covers and len(k.batches) == k.size,
    "blocks": lambda k: k.covers and sorted(k.sizes, reverse=True) == k.wanted and _rows_in_a_row(k),
    "even-sizes": lambda k: k.covers and len(k.batches) == len(k.wanted),
    "rest-glued": lambda k: k.covers and len(k.batches) == max(1, k.n // k.size),
    "filled-up": lambda k: k.sizes == [k.size] * len(k.wanted) and set(k.order) == set(range(k.n)),
    "overlap": lambda k: len(k.sizes) > len(k.wanted) and set(k.order) == set(range(k.n)) and _neighbours_share(k),
    "drawn-again": lambda k: k.sizes in _sizes_drawn(k) and set(k.order) <= set(range(k.n)),
}


def _rows_in_a_row(kept):
    """Whether each batch holds neighbouring rows, and the batches come in another order than the rows."""
    starts = [batch[0] for batch in kept.batches]
    in_a_row = all(batch == [*range(batch[0], batch[0] + len(batch))] for batch in kept.batches)
    return in_a_row and starts != sorted(starts)


def _once(kept):
    return len(set(kept.order)) == len(kept.order) and set(kept.order) <= set(range(kept.n))


def _neighbours_share(kept):
    return all(set(one) & set(other) for one, other in pairwise(kept.batches))


def _sizes_drawn(kept):
    return kept.wanted, [kept.size] * (kept.n // kept.size), [kept.size] * len(kept.wanted)


def _batches(report, n, size, rng):
    value = report.call(n, size, rng)
    return value if isinstance(value, Trouble) else report.answer.kept[-1]


def _probe_minibatches(report):
    runs = [_batches(report, n, size, fixture_rng(7)) for n, size in _RUNS]
    trouble = next((run for run in runs if isinstance(run, Trouble)), None)
    if trouble:
        return trouble
    bad = [run for run in runs if not run.good]
    if bad:
        name = next((name for name, slip in _SLIPS.items() if all(map(slip, bad))), None)
        return name or verdict_on(MINIBATCHES, "unknown", _said_batches(bad[0]))
    if any(run.floats for run in runs):
        return "floats"
    return _probe_order(report)


def _probe_order(report):
    rng = fixture_rng(3)
    generators = (fixture_rng(1), fixture_rng(1), fixture_rng(2), rng, rng)
    one, again, other, first, second = (_batches(report, 40, 8, each) for each in generators)
    if any(run.order in (list(range(40)), list(range(39, -1, -1))) for run in (one, other)):
        return "not-shuffled"
    if one.order != again.order:
        return "ignores-rng"
    if one.order == other.order or first.order == second.order:
        return "same-each-time"
    if all(max(batch) - min(batch) == 7 for run in (one, other) for batch in run.batches):
        return "blocks"
    return None


def _said_same(report):
    if _batches(report, 40, 8, fixture_rng(1)).order == _batches(report, 40, 8, fixture_rng(2)).order:
        return "every call gives the same order, whatever generator comes in."
    return "two calls in a row on one generator give the same order."


def _said_batches(kept):
    """What is off in the batches of one call, in words."""
    begin = f"for {kept.n} rows in batches of {kept.size} "
    rows = set(range(kept.n))
    outside = next((row for row in kept.order if row not in rows), None)
    twice = next((row for row in kept.order if kept.order.count(row) > 1), None)
    missing = next((row for row in rows if row not in kept.order), None)
    if kept.flat:
        return f"{begin}your function returns {len(kept.flat)} single numbers, and no batches."
    if outside is not None:
        return f"{begin}your function hands out row {outside}, and there are the rows 0 to {kept.n - 1}."
    if twice is not None or missing is not None:
        said = [f"row {twice} comes {kept.order.count(twice)} times"] * (twice is not None)
        return f"{begin}{' and '.join([*said, *[f'row {missing} never comes'] * (missing is not None)])}."
    return f"{begin}yours have the sizes {', '.join(map(str, kept.sizes[:6]))}{', …' * (len(kept.sizes) > 6)}."


MINIBATCHES = _read_by(
    _read_batches,
    Exercise(
        name="minibatches",
        lesson=LESSON,
        parameters=("n", "size", "rng"),
        example="minibatches(10, 4, np.random.default_rng(0))",
        cases=(Case("10 rows in batches of 4", lambda: (10, 4, fixture_rng(0))),),
        known="every row once an epoch, the last batch short where it has to be, and a new order at each call.",
        what="batches of row numbers",
        question="Ten rows in batches of four: how many batches are there, and how long is each?",
        pointer="Shuffle the row numbers 0 to n − 1 with rng. Then cut them into pieces of `size`; what is left is the "
        "last piece.",
        step="Five rows in batches of two. Shuffled: 3, 0, 4, 1, 2. Cut at 2 and 4: [3, 0], [4, 1], [2].",
        mistakes=(
            Mistake(
                "slices",
                "your list holds slices, and a slice takes rows that lie side by side.",
                "Which rows does slice(0, 4) take, and where is the shuffled order?",
                "Apply each slice to the shuffled row numbers, and keep what comes out.",
                "Shuffled 3, 0, 4, 1, 2: the first slice of two gives [3, 0].",
            ),
            Mistake(
                "not-cut",
                "all rows are there, in one piece.",
                "How many updates does an epoch have if there is one batch?",
                "A loop over the starts 0, size, 2·size, … takes one piece each time.",
                "Shuffled 3, 0, 4, 1, 2, in batches of two: [3, 0], [4, 1], [2].",
            ),
            Mistake(
                "starts",
                "your list holds where batches start, and not the rows that are in them.",
                "Which rows belong to the batch that starts at 4?",
                "From each start take `size` entries of the shuffled row numbers.",
                "Shuffled 3, 0, 4, 1, 2: from start 2 two entries are [4, 1].",
            ),
            Mistake(
                "from-one",
                "your rows run from 1 to n, and Python's from 0 to n − 1.",
                "Which is the first row of X in Python, and does X[n] exist?",
                "np.arange(n) and rng.permutation(n) begin with 0 and end with n − 1.",
                "Five rows: 0, 1, 2, 3, 4. X[5] stops with an IndexError.",
            ),
            Mistake(
                "end-dropped",
                "the last row, n − 1, never comes.",
                "What is the largest number that np.arange(n - 1) gives?",
                "np.arange(n) leaves n out already.",
                "Five rows: np.arange(5) is 0, 1, 2, 3, 4.",
            ),
            Mistake(
                "last-dropped",
                "the last, short batch is missing.",
                "Ten rows in batches of four: which two rows are never seen in this epoch?",
                "n // size counts the full batches only. A slice that runs over the end is cut off by itself.",
                "Five rows in batches of two: the sizes are 2, 2 and 1.",
            ),
            Mistake(
                "empty-batch",
                "where the size fits exactly, an empty batch stands at the end.",
                "What is the mean loss of no rows?",
                "Let the starts run from 0 to below n in steps of `size`; n // size + 1 is one too many when it fits.",
                "Six rows in batches of two: the starts are 0, 2 and 4, and 6 is out.",
            ),
            Mistake(
                "size-as-count",
                "you take `size` for the number of batches.",
                "Does `size` say how many batches there are, or how long each one is?",
                "np.array_split(rows, k) makes k pieces. Here the length of the pieces is given.",
                "Nine rows with size 2: five batches, 2, 2, 2, 2 and 1 long.",
            ),
            Mistake(
                "even-sizes",
                "every row comes once, and the batches have other sizes than asked for.",
                "Ten rows in batches of four: how long are the first two?",
                "All batches have the size asked for, except the last. np.array_split spreads the shortage evenly.",
                "Five rows in batches of two: 2, 2 and 1.",
            ),
            Mistake(
                "rest-glued",
                "the rows that are left over are glued to the last full batch.",
                "Ten rows in batches of four: how long is your last batch?",
                "What is left is a batch of its own, a short one.",
                "Five rows in batches of two: 2, 2 and 1, and not 2 and 3.",
            ),
            Mistake(
                "filled-up",
                "your last batch is filled up with rows that had their turn already.",
                "How often does each row count in one epoch?",
                "The last batch may be short. An epoch is every row once.",
                "Five rows in batches of two: 2, 2 and 1.",
            ),
            Mistake(
                "overlap",
                "your batches overlap: a new one begins before the last one is over.",
                "By how much does your start move from one batch to the next?",
                "range(0, n, size) moves by `size`; range(n) moves by 1.",
                "Five rows in batches of two: the starts are 0, 2 and 4.",
            ),
            Mistake(
                "drawn-again",
                "some rows come twice and others never: each batch is drawn for itself.",
                "After the first batch is dealt, are its cards back in the pile?",
                "Shuffle once, then deal. rng.permutation(n) is a shuffled pile; rng.choice and rng.integers draw "
                "anew.",
                "Five rows, shuffled 3, 0, 4, 1, 2, dealt in twos: [3, 0], [4, 1], [2]. Each row once.",
            ),
            Mistake(
                "floats",
                "your row numbers are floats, and X[batch] wants whole ones.",
                "Which line made 3 into 3.0?",
                "np.arange and rng.permutation give whole numbers; np.zeros, np.linspace and np.append to an empty "
                "array don't.",
                "np.arange(3)[np.array([1.0])] stops with an IndexError.",
            ),
            Mistake(
                "not-shuffled",
                "the rows come in the order of the table.",
                "If the table is sorted by species, what does the first batch teach?",
                "rng.permutation(n) returns a new, shuffled array; rng.shuffle(rows) shuffles an array in place and "
                "returns "
                "None.",
                "Five rows: 3, 0, 4, 1, 2, then in another order at the next call.",
            ),
            Mistake(
                "ignores-rng",
                "with the same generator twice, your orders differ: the randomness comes from somewhere else.",
                "Could somebody else repeat your training, batch by batch?",
                "np.random.shuffle draws from a global state. rng.permutation draws from the generator you were given.",
                "With rng = np.random.default_rng(0), rng.permutation(5) gives the same order in every fresh start.",
            ),
            Mistake(
                "same-each-time",
                _said_same,
                "What does the second epoch look like?",
                "A generator made inside the function starts at its seed again at each call. Use the one you were "
                "given.",
                "rng.permutation(5), called twice on one rng, gives two orders. On two fresh default_rng(0), one.",
            ),
            Mistake(
                "blocks",
                "your batches always hold the same rows, neighbours in the table.",
                "If the table is sorted by species, how mixed is one batch?",
                "Shuffle first, and cut then. Cut first, and only whole blocks or their insides get mixed.",
                "Six rows in batches of two: after a shuffle 5, 0, 3, 1, 4, 2 the first batch is [5, 0].",
            ),
        ),
        probe=_probe_minibatches,
    ),
)


# 5, second part: updates


def _ceil(n, size):
    return -(-n // size)


def _draw_run(rng):
    """Rows, batch size and epochs, with a last batch that is well under half of the size."""
    size, whole, epochs = (int(rng.integers(*span)) for span in ((100, 400), (3, 8), (6, 12)))
    return whole * size + size // 3, size, epochs


_DRAWN_RUN = drawn(9, (1000, 300, 7), _draw_run)


def _updates_case(n, size, epochs):
    return case(f"{n} rows, batches of {size}, {epochs} epochs", n, size, epochs)


UPDATES = Exercise(
    name="updates",
    lesson=LESSON,
    parameters=("n", "size", "epochs"),
    example="updates(10, 4, 2)",
    cases=tuple(
        _updates_case(*args)
        for args in ((1000, 64, 5), (640, 64, 3), _DRAWN_RUN, (10, 64, 4), (90, 90, 30), (12, 1, 6), (129, 64, 2))
    ),
    truth=lambda n, size, epochs: float(epochs * _ceil(n, size)),
    what="how often the update line runs",
    known="a short last batch is an update too: 1,000 rows in batches of 64 make 80 updates in 5 epochs.",
    question="How many times does the update line run while the data pass through once?",
    pointer="First count the batches of one epoch, the short one too. Then take the epochs.",
    step="10 rows in batches of 4: three batches, 4, 4 and 2 long. Two epochs: 6 updates.",
    mistakes=(
        Mistake(
            "A34",
            "you count one update for each epoch.",
            "How many times does the update line run while the data pass through once?",
            "An epoch is once through the data. An update is once through the update line, after every batch.",
            "10 rows in batches of 4: three updates an epoch, so 6 in two epochs.",
            wrong=lambda n, size, epochs: epochs,
        ),
        Mistake(
            "last-dropped",
            "the last, short batch of each epoch isn't counted.",
            "10 rows in batches of 4: what happens to the last two?",
            "`//` rounds down. A batch that is not full is a batch.",
            "10 rows in batches of 4: 10 // 4 is 2, and there are three batches.",
            wrong=lambda n, size, epochs: epochs * (n // size),
        ),
        Mistake(
            "samples",
            "you count every row as an update.",
            "Does the update line run after each row, or after each batch?",
            "A batch is averaged first, and makes one step.",
            "10 rows in batches of 4: three steps, and not ten.",
            wrong=(lambda n, size, epochs: epochs * n, lambda n, size, epochs: n),
        ),
        Mistake(
            "one-epoch",
            "that is the number of updates in a single epoch.",
            "How often do the data pass through?",
            "Each epoch goes through all batches again.",
            "10 rows in batches of 4: three updates in one epoch, 6 in two.",
            wrong=(
                lambda n, size, epochs: _ceil(n, size),
                lambda n, size, epochs: n // size,
                lambda n, size, epochs: n / size,
            ),
        ),
        Mistake(
            "not-whole",
            "your number of updates isn't whole.",
            "Can a step be taken a quarter?",
            "n / size counts a short batch as a part of one. It makes a whole step.",
            "10 rows in batches of 4: 2.5 by division, and three batches.",
            wrong=lambda n, size, epochs: epochs * n / size,
        ),
        Mistake(
            "across-epochs",
            "you round once, at the end: short batches of several epochs are put together.",
            "Does a batch ever hold rows of two epochs?",
            "Each epoch ends with its own short batch. Round first, then take the epochs.",
            "10 rows in batches of 4, two epochs: 20 / 4 is 5, and there are 3 + 3.",
            wrong=(
                lambda n, size, epochs: _ceil(n * epochs, size),
                lambda n, size, epochs: n * epochs // size,
                lambda n, size, epochs: round(n * epochs / size),
            ),
        ),
        Mistake(
            "one-too-many",
            "where the size fits exactly you count a batch too many.",
            "6 rows in batches of 2: how many batches?",
            "n // size + 1 is right only if something is left over.",
            "6 rows in batches of 2: 6 // 2 is 3, and nothing is left over.",
            wrong=(lambda n, size, epochs: epochs * (n // size + 1), lambda n, size, epochs: epochs * (n // size) + 1),
        ),
        Mistake(
            "rounded",
            "you round n / size to the nearest whole number.",
            "9 rows in batches of 4: what happens to the last one?",
            "However little is left over, it makes a batch. So it is always rounded up.",
            "9 / 4 is 2.25, and there are three batches: 4, 4 and 1.",
            wrong=lambda n, size, epochs: epochs * round(n / size),
        ),
        Mistake(
            "size-for-n",
            "you multiply by the size of a batch where the number of batches is wanted.",
            "If the batches become larger, are there more updates or fewer?",
            "The batch size says how many rows go into one update.",
            "10 rows in batches of 4: three batches. In batches of 5: two.",
            wrong=(lambda n, size, epochs: epochs * size, lambda n, size, epochs: epochs * n * size),
        ),
    ),
)


# 6 range_test

STEPS = 10


def _walk(loss_and_grad, w, eta, steps=STEPS, sign=-1):
    """The places of a descent, the start first."""
    places = [w]
    for _ in range(steps):
        places.append(places[-1] + sign * eta * loss_and_grad(places[-1])[1])
    return places


def _test(steps=STEPS, sign=-1, read=lambda losses: losses[-1]):
    """A range test that reads one thing or several off the losses of each walk."""

    def test(loss_and_grad, w, etas):
        return [read([loss_and_grad(p)[0] for p in _walk(loss_and_grad, w, eta, steps, sign)]) for eta in etas]

    return test


_TRUE_TEST = _test()


def _goes_on(read=lambda loss_and_grad, before, w: loss_and_grad(w)[0], steps=STEPS):
    """Each rate starts where the last one stopped."""

    def test(loss_and_grad, w, etas):
        losses = []
        for eta in etas:
            places = _walk(loss_and_grad, w, eta, steps)
            w = places[-1]
            losses.append(read(loss_and_grad, places[-2], w))
        return losses

    return test


def _of_losses(read):
    """`read(etas, losses)` makes another answer of the right losses."""
    return lambda loss_and_grad, w, etas: read(etas, np.array(_TRUE_TEST(loss_and_grad, w, etas)))


def _drop(loss_and_grad, w, etas):
    return loss_and_grad(w)[0] - np.array(_TRUE_TEST(loss_and_grad, w, etas))


def _ellipse(w):
    return 0.5 * float(4 * w[0] ** 2 + w[1] ** 2), np.array([4.0, 1.0]) * w


def _funnel(w):
    root = np.sqrt(1 + w * w)
    return float(np.sum(root)) - 1.0, w / root


def _slanted(w):
    A, b = np.array([[3.0, 1, 0], [1, 2, 0.5], [0, 0.5, 1]]), np.array([1.0, -2.0, 0.5])
    return float(0.5 * w @ A @ w - b @ w) + 5.0, A @ w - b


def _quartic(w):
    return float(np.sum(w**4)), 4 * w**3


def _step_count(report):
    """The number of steps, not ten, whose losses these are; or None."""
    if report.fits(_TRUE_TEST):
        return None
    return next((n for n in (*range(1, 26), 50, 100) if n != STEPS and report.fits(_test(n))), None)


def _said_steps(report):
    steps = _step_count(report)
    why = ": a round too few, or the loss taken before the last step" if steps == STEPS - 1 else ""
    return f"your losses are those after {steps} step{'s' * (steps > 1)}, and ten are asked for{why}."


def _probe_range(report):
    """A rate that blows up must leave a place in the list."""
    if not report.fits(_TRUE_TEST):
        return None
    raw = report.call(_quartic, np.array([2.0, -3.0]), np.array([0.001, 1.0, 0.002]))
    if isinstance(raw, Trouble):
        said = raw.sentence.replace("your function", "for a rate that blows up your function", 1)
        return replace(raw, sentence=said) if raw.kind == "exception" else raw
    listed = issubclass(type(raw), list | tuple) or (issubclass(type(raw), np.ndarray) and raw.ndim)
    if not listed or len(raw) != 3:
        return "stops-early"
    small = [numbers(raw[place], (), "one loss") for place in (0, 2)]
    true = _TRUE_TEST(_quartic, np.array([2.0, -3.0]), [0.001, 0.002])
    off = any(isinstance(loss, Trouble) for loss in small) or not close(small, true)
    return "blow-up-spreads" if off else None


_START = shaken(11, (np.array([1.5, -2.0]), np.array([3.0, -1.0, 0.5]), np.array([-0.5, 3.0])))

RANGE_TEST = Exercise(
    name="range_test",
    lesson=LESSON,
    parameters=("loss_and_grad", "w", "etas"),
    example="range_test(lambda w: (w @ w, 2 * w), np.array([3.0, 4.0]), [0.1, 0.5])",
    cases=(
        Case("a bowl and four rates", lambda: (_ellipse, _START[0].copy(), np.array([0.01, 0.1, 0.3, 0.52]))),
        Case("a funnel and three rates", lambda: (_funnel, _START[1].copy(), np.array([0.5, 0.02, 1.5]))),
        Case("a slanted bowl and five rates", lambda: (_slanted, np.zeros(3), [0.001, 0.03, 0.3, 0.1, 0.6])),
        Case("a bowl and one rate", lambda: (_ellipse, _START[2].copy(), np.array([0.2]))),
    ),
    truth=_TRUE_TEST,
    shape=lambda loss_and_grad, w, etas: (len(etas),),
    shape_words="one loss for each rate",
    what="the loss ten steps from w, for each rate",
    known="ten steps for each rate, always from the same start, and a rate that blows up keeps its place in the list.",
    question="From where does the second rate start its ten steps?",
    pointer="For each rate: a copy of the start, ten steps, and then the loss where you stand.",
    step="loss w², start 1, rates 0.25 and 0.5, two steps. With 0.25: 1 → 0.5 → 0.25, loss 0.0625. With 0.5, from 1 "
    "again: 1 → 0 → 0, loss 0.",
    mistakes=(
        Mistake(
            "step-count",
            _said_steps,
            "After which step does your function ask for the loss?",
            "Ten updates. Then one more call of loss_and_grad, at the place where the tenth one ended.",
            "loss w², start 1, rate 0.25, two steps: 1 → 0.5 → 0.25. The loss after them is 0.0625; before the last "
            "one "
            "it was 0.25.",
            seen=lambda report: _step_count(report) is not None,
        ),
        Mistake(
            "not-restarted",
            "each rate goes on where the last one stopped.",
            "Is it a fair race if the second runner starts where the first one arrived?",
            "Every rate starts at the same w. Inside the loop, begin with a fresh copy.",
            "loss w², start 1, rates 0.25 and 0.1, two steps: the first ends at 0.25. The second starts at 1 again.",
            wrong=(
                _goes_on(),
                _goes_on(lambda loss_and_grad, before, w: loss_and_grad(before)[0]),
                _goes_on(steps=1),
            ),
        ),
        Mistake(
            "start-loss",
            "your losses are all the same: the loss at the start.",
            "Has w moved when you ask for the loss?",
            "Ten steps first. What is asked is the loss where they end.",
            "loss w², start 1, rate 0.25: at the start 1, after two steps 0.0625.",
            wrong=(_test(0), lambda loss_and_grad, w, etas: loss_and_grad(w)[0]),
        ),
        Mistake(
            "A01",
            "your steps go uphill.",
            "Your step follows the gradient. Which way does the gradient point: to more loss or to less?",
            "Downhill is the opposite of the gradient.",
            "loss w², start 1, rate 0.25: the slope is 2, and downhill is to 0.5.",
            wrong=(_test(sign=1), _test(9, sign=1), _test(1, sign=1)),
        ),
        Mistake(
            "A30",
            "the rate takes no part in your steps.",
            "Why do all rates end at the same place?",
            "The step is η times the gradient, and η is what the test is about.",
            "loss w², start 1: with η = 0.25 the first step is 0.5 long, with η = 0.1 it is 0.2.",
            wrong=(
                lambda loss_and_grad, w, etas: [_test()(loss_and_grad, w, [1.0])[0]] * len(etas),
                lambda loss_and_grad, w, etas: [_test(9)(loss_and_grad, w, [1.0])[0]] * len(etas),
            ),
        ),
        Mistake(
            "one-gradient",
            "all ten steps use the gradient of the start.",
            "Is the slope after the first step still the slope you began with?",
            "loss_and_grad has to be asked anew at every place, inside the inner loop.",
            "loss w², start 1, rate 0.25: slope 2, then, at 0.5, slope 1. 1 → 0.5 → 0.25, and not 1 → 0.5 → 0.",
            wrong=lambda loss_and_grad, w, etas: [loss_and_grad(w - STEPS * e * loss_and_grad(w)[1])[0] for e in etas],
        ),
        Mistake(
            "best-on-the-way",
            "you return the lowest loss, or the mean, of the way, where the last one is wanted.",
            "A rate that bounces: does its best moment tell you how it ends?",
            "What counts is where the tenth step ends.",
            "Losses 4, 1, 3: after two steps the loss is 3.",
            wrong=(
                _test(read=min),
                _test(read=lambda losses: min(losses[:-1])),
                _test(read=lambda losses: min(losses[1:])),
                _test(read=np.mean),
                _test(read=lambda losses: np.mean(losses[1:])),
                _test(read=lambda losses: np.mean(losses[:-1])),
            ),
        ),
        Mistake(
            "whole-curves",
            "your function returns every loss on the way, a row for each rate.",
            "Which of them is the loss after ten steps?",
            "One number for each rate: the last of its row.",
            "Losses 4, 1, 3 for a rate: its entry is 3.",
            wrong=(
                _test(read=lambda losses: losses),
                _test(read=lambda losses: losses[1:]),
                _test(read=lambda losses: losses[:-1]),
            ),
        ),
        Mistake(
            "drop",
            "your function returns how much the loss changed.",
            "What is on the vertical axis of the range test?",
            "The loss itself after ten steps is wanted.",
            "From 4 to 3: the entry is 3, and not 1.",
            wrong=(_drop, lambda *args: -_drop(*args)),
        ),
        Mistake(
            "places",
            "your function returns the weights where the steps end, and not the loss there.",
            "What does loss_and_grad give you first?",
            "Ask loss_and_grad at the last place, and keep the first of its two answers.",
            "loss w²: the place 0.25 has the loss 0.0625.",
            wrong=(
                lambda loss_and_grad, w, etas: [_walk(loss_and_grad, w, eta)[-1] for eta in etas],
                lambda loss_and_grad, w, etas: [loss_and_grad(_walk(loss_and_grad, w, eta)[-1])[1] for eta in etas],
            ),
        ),
        Mistake(
            "winner-only",
            "your function returns one number, the best rate or its loss.",
            "Could you see from one number where the blow-up begins?",
            "The decision comes afterwards, and by eye. The test hands over all losses.",
            "Rates 0.1, 0.25 and 2: losses 0.41, 0.06 and 81. Three numbers.",
            wrong=(
                _of_losses(lambda etas, losses: etas[int(losses.argmin())]),
                _of_losses(lambda etas, losses: losses.min()),
                _of_losses(lambda etas, losses: float(losses.argmin())),
                _of_losses(lambda etas, losses: losses[-1]),
            ),
        ),
        Mistake(
            "sorted",
            "the losses are right, and sorted: they no longer stand beside their rates.",
            "Which loss belongs to the second rate?",
            "Keep the order of etas.",
            "Rates 0.1, 0.25 and 2: losses 0.41, 0.06 and 81, in this order.",
            wrong=(
                _of_losses(lambda etas, losses: np.sort(losses)),
                _of_losses(lambda etas, losses: losses[np.argsort(etas)]),
                _of_losses(lambda etas, losses: losses[::-1]),
            ),
        ),
        Mistake(
            "stops-early",
            "when a rate blows up, your list comes out shorter than the list of rates.",
            "Which loss stands beside which rate then?",
            "inf and nan are answers too: this rate is too large. Keep its place.",
            "Rates 0.001, 1 and 0.002, and the second blows up: the list has three entries, and the middle one is nan.",
        ),
        Mistake(
            "blow-up-spreads",
            "after a rate that blows up, the losses of the others are off too.",
            "What is left over from the rate before?",
            "Every rate starts at the same w, untouched by those before it.",
            "Rates 0.001, 1 and 0.002, and the second blows up: the third is a small step again.",
        ),
    ),
    probe=_probe_range,
)


# 6, the decision: my_eta


@functools.cache
def _digits_problem():
    """The start, flat, and loss_and_grad for the first 1,000 digits and a 64-32-10 network."""
    digits = load_digits()
    X, y = digits.images[:1000] / 16, digits.labels[:1000]
    network = Network([64, 32, 10], rng=np.random.default_rng(0))
    parameters = network.parameters()
    shapes = [parameter.data.shape for parameter in parameters]
    ends = np.cumsum([parameter.data.size for parameter in parameters])[:-1]
    start = in_a_row(*(parameter.data for parameter in parameters))

    def loss_and_grad(w):
        for parameter, part, shape in zip(parameters, np.split(w, ends), shapes, strict=True):
            parameter.data = part.reshape(shape)
        network.zero_grad()
        loss = cross_entropy(network(X), y)
        loss.backward()
        return float(loss.data), in_a_row(*(parameter.grad for parameter in parameters))

    return start, loss_and_grad


@functools.cache
def ten_steps(eta):
    """The losses of ten steps at this rate on the notebook's problem, the start first: 11 numbers."""
    start, loss_and_grad = _digits_problem()
    with np.errstate(all="ignore"):
        return [loss_and_grad(place)[0] for place in _walk(loss_and_grad, start, eta)]


def _look_at_my_eta(answer):
    """What is wrong with a learning rate and a reason, or None."""
    eta, reason = (answer, None), None
    if type(answer) is dict and {"eta", "reason"} <= set(answer):
        eta, reason = answer["eta"], answer["reason"]
    elif type(answer) in (list, tuple) and len(answer) == 2:
        eta, reason = answer
    else:
        return Trouble("type", 'the check wants both: check("my_eta", (my_eta, reason)).', "Is one of them missing?")
    if eta is ... or eta is None:
        return not_started("not started yet. Choose a rate, write down why, and run this cell again.")
    if type(eta) is str and type(reason) is not str:
        eta, reason = reason, eta
    value = numbers(eta, (), "one number")
    if isinstance(value, Trouble):
        plain = type(eta) in (str, int, float, bool, complex)
        got = one_line(repr(eta)[:200], 40) if plain else f"a {type(eta).__name__}"
        said = f"a learning rate is one finite number, and my_eta is {got}."
        return Trouble("type", said, "Which one do you choose?")
    eta = float(value)
    if eta <= 0:
        return "not-positive"
    if type(reason) is not str or not any(map(str.isalpha, reason)):
        return "no-reason"
    losses = ten_steps(eta)
    start, end = losses[0], losses[-1]
    if not np.isfinite(end) or end > start:
        ends = f"to {end:.3g}" if np.isfinite(end) else "out of all numbers"
        return verdict_on(MY_ETA, "A31", f"with η = {eta:g} ten steps take the loss from {start:.2f} up {ends}.")
    worse = sum(after > before for before, after in pairwise(losses))
    if worse > 1:
        said = f"with η = {eta:g} the loss bounces: {worse} of the ten steps make it worse, and it ends at {end:.2f}."
        return verdict_on(MY_ETA, "edge", said)
    gain = start - min(ten_steps(1.0))
    if start - end < gain / 5:
        said = f"with η = {eta:g} ten steps take the loss from {start:.2f} to {end:.2f} only."
        return verdict_on(MY_ETA, "A32", said)
    return None


MY_ETA = Exercise(
    name="my_eta",
    lesson=LESSON,
    look=_look_at_my_eta,
    example="my_eta",
    what="a learning rate to train with",
    known="the loss falls fast at this rate, and the blow-up is not reached. Your reason is yours; talk about it.",
    question="Over which rates does your curve go down, and at which one does it shoot up?",
    pointer="Choose where the loss falls steeply, with some room to the rate at which it blows up.",
    step="Another test: losses 2.3 at 0.0001, 2.2 at 0.001, 1.4 at 0.01, 0.9 at 0.03, 40 at 0.1. Good rates lie from "
    "0.01 to 0.03. At 0.0001 nothing moves, and 0.1 is over the edge.",
    mistakes=(
        Mistake(
            "A31",
            "with this rate the loss blows up.",
            "Compute 1 − ηa. What happens when its size passes 1?",
            "A larger rate is faster up to the limit. Past it every step makes the error larger.",
            "Curvature 4: at η = 0.25 the factor is 0, one step. At 0.6 it is −1.4: after ten steps the error is 29 "
            "times "
            "as large.",
        ),
        Mistake(
            "A32",
            "with this rate next to nothing happens.",
            "The loss hardly changes. Is the slope no longer steep, or is the step too short to notice?",
            "A small rate looks calm because it does not move. Calm is not converged.",
            "Curvature 4, η = 0.0001: the factor is 0.9996. After ten steps 0.4 % of the error is gone.",
        ),
        Mistake(
            "edge",
            "this rate stands at the edge.",
            "Which neighbour of your rate did you measure on the side of the blow-up?",
            "Leave some room: the steepest direction changes on the way, and the edge moves with it.",
            "Curvature 4: the limit is 0.5. With 0.45 the factor is −0.8 and the ball leaps from wall to wall; with "
            "0.3 it is "
            "−0.2.",
        ),
        Mistake(
            "not-positive",
            "a learning rate of 0 stands still, and a negative one goes uphill.",
            "Which way does w − η·g go if η is negative?",
            "The minus in front of η points downhill already.",
            "Slope 6, η = −0.1: w grows by 0.6, towards more loss.",
        ),
        Mistake(
            "no-reason",
            "a reason is missing.",
            "What in your curve made you choose this rate?",
            "One sentence in quotes: what the curve does below your rate, at it, and above it.",
            'A reason looks like this: reason = "it falls steeply up to …, and at … it blows up".',
        ),
    ),
)


# 7 curve_doctor

CURVES = {  # what the figure's six patients have; a test compares
    "curve A": "inputs badly scaled",
    "curve B": "batches too small",
    "curve C": "learning rate too large",
    "curve D": "healthy",
    "curve E": "start near a saddle",
    "curve F": "learning rate too small",
}
WORDS = (*CURVES.values(), "minus sign forgotten")
_CONFUSED = {  # curve, and what was said of it: which mistake
    ("curve A", "healthy"): "A32",
    ("curve A", "learning rate too small"): "units-or-rate",
    ("curve A", "start near a saddle"): "A33",
    ("curve B", "learning rate too large"): "noise-or-rate",
    ("curve B", "minus sign forgotten"): "noise-or-rate",
    ("curve C", "batches too small"): "noise-or-rate",
    ("curve C", "minus sign forgotten"): "minus-or-rate",
    ("curve E", "healthy"): "A33",
    ("curve E", "learning rate too small"): "slow-or-flat",
    ("curve E", "inputs badly scaled"): "A33",
    ("curve F", "healthy"): "A32",
    ("curve F", "inputs badly scaled"): "units-or-rate",
    ("curve F", "start near a saddle"): "slow-or-flat",
}


def _look_at_curve_doctor(answer):
    """What is wrong with a dict of six diagnoses, or None."""
    if type(answer) is not dict or set(answer) != set(CURVES):
        return Trouble(
            "type",
            "the check wants a dict with one entry for each curve, A to F.",
            "Which curve is missing, or misspelt?",
        )
    said = {
        curve: one_line(word, 60).strip(" .").lower() if type(word) is str else word for curve, word in answer.items()
    }
    if any(word is None or (type(word) is str and not word) for word in said.values()):
        return not_started("not started yet, or not finished: a curve has no word yet.")
    odd = next((curve for curve, word in said.items() if type(word) is not str or word not in WORDS), None)
    if odd:
        got = one_line(repr(answer[odd])[:200], 40) if type(answer[odd]) in (str, int, float, bool) else "no word"
        words = ", ".join(WORDS)
        return Trouble("type", f"for {odd} you say {got}; the words are: {words}.", "Which of them fits best?")
    wrong = [curve for curve, word in CURVES.items() if said[curve] != word]
    if not wrong:
        return None
    known = [(curve, _CONFUSED[curve, said[curve]]) for curve in wrong if (curve, said[curve]) in _CONFUSED]
    curve, name = (known or [(wrong[0], "unknown")])[0]
    right = len(CURVES) - len(wrong)
    count = f"{right} of your six diagnoses {'is' if right == 1 else 'are'} right. " if len(wrong) > 1 else ""
    look = "Look" if count else "look"
    return verdict_on(CURVE_DOCTOR, name, f"{count}{look} again at {curve}: it is not “{said[curve]}”.")


CURVE_DOCTOR = Exercise(
    name="curve_doctor",
    lesson=LESSON,
    look=_look_at_curve_doctor,
    example="curve_doctor",
    what="a diagnosis for each curve",
    known="six diagnoses, each from the shape of the curve: how it begins, how it moves, how it ends.",
    question="Does this curve go down, stay, or go up? Is it smooth? And does it still fall at its end?",
    pointer="Look at three things: how steep the beginning is, what a single update does, and the slope at the very "
    "end. "
    "Then let the figure run the patient again with one thing changed.",
    step="A seventh patient: the loss goes 1.00, 1.44, 2.07, 2.99, and with half the learning rate 1.00, 1.21, 1.46, "
    "1.77. "
    "Slower, and still upwards. No rate heals this one: its minus sign is missing.",
    mistakes=(
        Mistake(
            "A32",
            "a curve that creeps is taken for one that has arrived.",
            "Look at the end of the curve: has the slope stopped being steep, or are the steps too short?",
            "A healthy curve falls fast and then levels off at the loss of the best line. One that still falls, or "
            "lies "
            "high above it, has not arrived.",
            "Curvature 2: η = 0.2 leaves 0.6 of the error after an update, η = 0.002 leaves 0.996. After 60 updates "
            "that is "
            "still 0.79.",
        ),
        Mistake(
            "A33",
            "a flat stretch is misread.",
            "Take one tiny step sideways. Does the ground rise in every direction?",
            "The slope is near zero at a minimum, at a saddle and on a plateau. Only the first is an end. Near a "
            "saddle "
            "the curve is flat first and falls later; with badly scaled inputs it falls first and crawls later.",
            "x² − y² from y = 0.000001 with η = 0.1: y grows by a factor 1.2 an update. After 30 updates it is "
            "0.0002, and "
            "after 76 it has passed 1.",
        ),
        Mistake(
            "slow-or-flat",
            "slow all the way and flat for a while are two things.",
            "Does the fall begin at once and stay slow, or does it begin late and go fast?",
            "A rate that is too small creeps evenly from the first update. Near a saddle nothing happens, and then a "
            "lot.",
            "Creeping: 1.00, 0.98, 0.96, 0.94. Near a saddle: 1.00, 1.00, 0.99, 0.6, 0.05.",
        ),
        Mistake(
            "units-or-rate",
            "a rate that is too small for every direction and one that is too small for some are two things.",
            "Is there a fast fall at the beginning?",
            "Where units differ, the steep direction falls at once and the flat one crawls. A small rate crawls from "
            "the "
            "start.",
            "Curvatures 100 and 0.01 with η = 0.01: the first is done in one update, the second loses 0.01 % of its "
            "error "
            "in each. With η ten times as large the first one explodes.",
        ),
        Mistake(
            "noise-or-rate",
            "a jitter without rule and a blow-up are two things.",
            "Does each update make it worse, or now this way and now that way?",
            "Small batches pull each in another direction: the loss jumps about and gets nowhere. A rate past the "
            "limit "
            "multiplies the error by the same factor at every update.",
            "Jitter: 1.0, 0.5, 0.7, 1.0, 0.6, 0.9. Past the limit: 1.0, 1.25, 1.56, 1.95, each 1.25 times the one "
            "before.",
        ),
        Mistake(
            "minus-or-rate",
            "both diseases make the loss grow, and this patient has the other one.",
            "What happens to this patient in the figure if η becomes half as large?",
            "A missing minus sign goes uphill at every learning rate. Past the limit, a smaller rate heals.",
            "Curvature 2: with η = 1.06 the factor is 1 − 2.12 = −1.12, with η = 0.53 it is −0.06. Without the minus "
            "they "
            "are 3.12 and 2.06: uphill both times.",
        ),
    ),
)

register(GD_STEP, ETA_LIMIT, STANDARDISE, MOMENTUM, MINIBATCHES, UPDATES, RANGE_TEST, MY_ETA, CURVE_DOCTOR)
