"""The exercises of L7, the capstone: from data_card and baseline over the array engine to the trained reader's report.

The array engine is compared with a small one of this module's own. Wrong engines (a share without a transpose, a sweep
that overwrites, a bias whose stretching is not undone) are the same engine with one rule exchanged, so a mistake is
named only if it gives the learner's gradients on all graphs up to there. Nothing is trained here: of the reader the
check gets four arrays, and lets them read. All that a learner's code does happens under the guard.
"""

import functools
import math
import operator
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np

from ..checking import (
    Case,
    Exercise,
    Mistake,
    Trouble,
    Verdict,
    case,
    close,
    examine,
    numbers,
    one_line,
    register,
    show,
)
from ..data import load_digits
from ..guard import Limits, Runner
from .common import (
    Between,
    any_blank,
    as_part,
    in_a_row,
    is_function_of,
    length,
    ran_through,
    read_by,
    unfinished,
    verdict_on,
)
from .fixtures import drawn, fixture_rng
from .fixtures import normal as _table

LESSON = "07_digit_reader"
LIMITS = Limits(call=3.0, whole=15.0)
TRAIN, TEST = 1297, 500  # rows of the digits: learn from the first, be tested on the last
WANTED, HONEST, LEAKED = 450, 466, 485  # right of 500: to pass; the most measured honestly; nobody gets there honestly


_read_by = functools.partial(read_by, limits=lambda: LIMITS)


def _says(exercise, name, /, **facts):
    """The Verdict on a known mistake."""
    mistake = exercise.mistake(name)
    return verdict_on(exercise, name, mistake.says(facts) if callable(mistake.says) else mistake.says)


def _noted(name):
    return lambda report: report.answer.note == name


def _piece(raw, shape, name):
    """A part of an answer as a float array, or a Trouble that names the part."""
    value = as_part(raw, shape, "one number" if shape == () else "an array", f"as {name}")
    if isinstance(value, Trouble) and value.kind == "returns-nothing":
        return replace(value, sentence=f"as {name} your function gives None.")
    return value


def _parts(raw, shapes):
    """Several parts in one row, or the first Trouble among them; `shapes` is {name: shape}."""
    if any_blank(raw):
        return list(raw)
    row = [_piece(each, shape, name) for each, (name, shape) in zip(raw, shapes.items(), strict=True)]
    trouble = next((each for each in row if isinstance(each, Trouble)), None)
    return trouble or in_a_row(row)


def _kind(raw):
    return one_line(type(raw).__name__, 30)


# 1 data_card: each entry of the dict is looked at by itself

_CARD = {
    "images": slice(0, 1),
    "pixels": slice(1, 2),
    "lowest": slice(2, 3),
    "highest": slice(3, 4),
    "dead pixels": slice(4, 5),
    "per class": slice(5, None),
}


def _counts(y):
    """How often each of the ten digits occurs, and before that how many counts there are: ten."""
    return np.array([10, *(np.sum(y == digit) for digit in range(10))])


def _card(X, y):
    dead = np.sum(np.all(X[0] == X, axis=0))
    return np.array([X.shape[0], X.shape[1], X.min(), X.max(), dead, *_counts(y)], dtype=float)


def _padded(counts):
    """Counts as they stand in a row: how many there are, the first ten, zeros where there are fewer."""
    counts = np.asarray(counts, dtype=float)
    return np.concatenate([[len(counts)], counts[:10], np.zeros(max(0, 10 - len(counts)))])


_CARD_SLIPS = (  # entry, name, what is said, function
    ("images", "axes", "images and pixels have changed places", lambda X, y: X.shape[1]),
    ("images", "axes", "images counts the numbers in all pictures together", lambda X, y: X.size),
    ("pixels", "axes", "images and pixels have changed places", lambda X, y: X.shape[0]),
    ("pixels", "axes", "pixels counts the numbers in all pictures together", lambda X, y: X.size),
    ("lowest", "first-picture", "the lowest ink is that of the first picture", lambda X, y: X[0].min()),
    ("highest", "first-picture", "the highest ink is that of the first picture", lambda X, y: X[0].max()),
    ("lowest", "one-number", "the lowest ink leaves out the zeros", lambda X, y: X[X > 0].min()),
    ("lowest", "hard-coded", "the lowest ink is 0 whatever the pictures are", lambda X, y: 0),
    ("highest", "hard-coded", "the highest ink is 16 whatever the pictures are", lambda X, y: 16),
    ("highest", "hard-coded", "the highest ink is 1 whatever the pictures are", lambda X, y: 1),
    ("dead pixels", "dead-zero", "dead pixels counts those that are always 0", lambda X, y: np.sum(~X.any(axis=0))),
    ("dead pixels", "dead-zero", "dead pixels counts single zeros", lambda X, y: np.sum(X == 0)),
    ("dead pixels", "dead-axis", "dead pixels counts pictures", lambda X, y: np.sum(np.ptp(X, axis=1) == 0)),
    ("dead pixels", "dead-live", "dead pixels counts the living ones", lambda X, y: np.sum(np.ptp(X, axis=0) > 0)),
    ("dead pixels", "hard-coded", "dead pixels is 3 whatever the pictures are", lambda X, y: 3),
    ("per class", "absent", "a digit that is missing has no count of 0", lambda X, y: _padded(np.bincount(y))),
    (
        "per class",
        "absent",
        "a digit that is missing has no count of 0",
        lambda X, y: _padded(np.unique(y, return_counts=True)[1]),
    ),
    (
        "per class",
        "shifted",
        "your counts begin with the digit 1, not with 0",
        lambda X, y: _padded([np.sum(y == d) for d in range(1, 11)]),
    ),
    (
        "per class",
        "shifted",
        "your counts stop at the digit 8: there are nine of them",
        lambda X, y: _padded([np.sum(y == d) for d in range(9)]),
    ),
    (
        "per class",
        "shares",
        "per class holds shares where counts are wanted",
        lambda X, y: _padded(_counts(y)[1:] / len(y)),
    ),
    ("per class", "labels", "per class holds the labels themselves", lambda X, y: _padded(y)),
)


def _read_card(raw, between, X, y):
    keys = ("images", "pixels", "lowest", "highest", "dead pixels", "per class")
    asks = "Which six names does the text above give to the entries?"
    if not isinstance(raw, dict):
        return Trouble("type", f"your function returns a thing of type {_kind(raw)} in place of a dict.", asks)
    lacking = [key for key in keys if key not in raw]
    if lacking or len(raw) != len(keys):
        more = [one_line(str(key), 20) for key in raw if key not in keys]
        said = f'has no entry "{lacking[0]}"' if lacking else f'has an entry "{more[0]}", which nobody asked for'
        return Trouble("type", f"your dict {said}.", asks)
    counts = raw["per class"]
    if counts is ...:
        return ...
    counts = numbers(counts, np.shape(counts) if np.ndim(counts) == 1 else (10,), "ten counts")
    if isinstance(counts, Trouble):
        said = counts.sentence.replace("your function returns", "as per class your function returns")
        return replace(counts, kind="type", sentence=said)
    row = _parts([raw[key] for key in keys[:5]], dict.fromkeys(keys[:5], ()))
    return row if isinstance(row, Trouble | list) else np.concatenate([row, _padded(counts)])


def _card_slip(report):
    """(the first entry that is off, the slip that explains it on every input or None), or None if all is right."""
    inputs = [each.make() for each in report.exercise.cases]
    for entry, where in _CARD.items():
        got = [value[where] for value in report.values]
        if not all(close(a, _card(*args)[where]) for a, args in zip(got, inputs, strict=True)):
            for slip in _CARD_SLIPS:
                wrong = [np.atleast_1d(slip[3](*args)) for args in inputs] if slip[0] == entry else []
                if wrong and all(close(a, b) for a, b in zip(got, wrong, strict=True)):
                    return entry, slip
            return entry, None
    return None


def _probe_card(report):
    found = _card_slip(report)
    if not found:
        return None
    entry, slip = found
    if slip:
        return verdict_on(DATA_CARD, slip[1], f"{slip[2]}.")
    for each, value in zip(report.exercise.cases, report.values, strict=True):
        true = _card(*each.make())[_CARD[entry]]
        if not close(value[_CARD[entry]], true):
            got = value[_CARD[entry]][1:] if entry == "per class" else value[_CARD[entry]][0]
            return verdict_on(DATA_CARD, "unknown", f'for {each.label} your "{entry}" is {show(got)}, and that is off.')
    return None


def _pictures(label, n, pixels, low, high, labels, constant=(), grey=0):
    def make():
        X = fixture_rng(n + pixels).integers(low, high + 1, (n, pixels)).astype(float)
        for column, ink in constant:
            X[:, column] = ink
        X[0] = np.clip(X[0], low + 1, high - 1)
        if grey:
            X[grey] = (low + high) // 2  # a picture of one grey, which is no dead pixel
        for column, ink in constant:
            X[0, column] = ink
        return X, np.array(labels)

    return Case(label, make)


@functools.cache
def _loaded():
    return load_digits()


def _first_digits():
    digits = _loaded()
    return digits.images[:60].copy(), digits.labels[:60].copy()


DATA_CARD = _read_by(
    _read_card,
    Exercise(
        name="data_card", lesson=LESSON, parameters=("X", "y"), example="data_card(np.array([[0, 5], [0, 7]]), [1, 1])",
        cases=(
            _pictures("seven pictures of five pixels", 7, 5, 0, 12, [1, 1, 3, 0, 8, 1, 3], ((1, 0), (4, 7))),
            _pictures("pictures without a 9, a 0 and "
                "a 4", 12, 6, 2, 9, [1, 2, 3, 5, 6, 7, 8, 8, 7, 1, 2, 2], ((2, 5), (4, 2))),
            _pictures("pictures without dead pixels", 14, 3, 1, 14, [9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 0, 4], grey=5),
            Case("the first sixty digits", _first_digits),
        ),
        truth=_card, shape=lambda X, y: (16,), shape_words="the six entries", probe=_probe_card,
        what="the data card",
        known="six entries, counted on four heaps of pictures: some with missing digits, some with dead pixels of "
            "ink 7.",
        question="Write a heap of two pictures of two pixels on paper. What are its six entries?",
        pointer="Rows are pictures, columns are pixels. A count runs over all rows, a dead pixel is a column.",
        step="[[4, 9], [4, 2]] with labels [0, 2]: 2 images, 2 pixels, lowest 2, highest 9, counts 1, 0, 1, 0 and so "
        "on, and column 0 is dead: it holds 4 twice.",
        mistakes=(
            Mistake("axes", "images and pixels have changed places.",
                "For a table of 7 pictures with 5 pixels each, what is its shape?",
                "One row a picture: the first number of the shape counts pictures.",
                "np.zeros((7, 5)).shape is (7, 5), and its size is 35."),
            Mistake("first-picture", "your ink is that of the first picture only.",
                "Is the darkest pixel of all in the first picture?",
                "Without an axis, min and max run over the whole table.",
                "[[0, 5], [2, 7]]: the first row goes from 0 to 5, the table from 0 to 7."),
            Mistake("one-number", "the lowest ink leaves out the zeros.",
                "Is no ink also an amount of ink?", "Zeros count: empty paper is part of the picture.",
                "[[0, 5], [2, 7]]: the lowest is 0."),
            Mistake("hard-coded", "one entry is the digits' number whatever the pictures are.",
                "Which line would notice another scanner?", "Count in the table that you are given.",
                "A heap scanned from 2 to 9 has lowest 2 and highest 9."),
            Mistake("dead-zero", "dead pixels counts those that are always 0.",
                "A pixel is 7 in every picture. What can a reader learn from it?",
                "Dead means: the same number in every picture, whichever number that is.",
                "[[4, 0], [4, 9]]: column 0 is dead, with ink 4."),
            Mistake("dead-axis", "dead pixels counts pictures.",
                "Along which axis do you walk to see one pixel in all pictures?",
                "One pixel is one column. Along axis 0 you go down a column.",
                "[[4, 0], [4, 9]]: down column 0 you see 4, 4. Along row 0 you see 4, 0."),
            Mistake("dead-live", "dead pixels counts the living ones.",
                "What does your comparison ask: are they equal or different?", "Count the columns without a change.",
                "[[4, 0], [4, 9]]: column 0 never changes, column 1 does. One is dead."),
            Mistake("absent", "a digit that is missing has no count of 0.",
                "Your heap has no 9. How long is your list?",
                "Ten places, one for each digit from 0 to 9, also where nothing is counted.",
                "Labels 1, 1, 3 give 0, 2, 0, 1 and six more zeros."),
            Mistake("shifted", "your counts begin with the digit 1, not with 0.",
                "Which digit does the first place of your list belong to?", "The digits are 0 to 9, ten of them.",
                "Labels 0, 0, 1: the list begins 2, 1."),
            Mistake("shares", "per class holds shares where counts are wanted.",
                "How many threes are there, in pictures?", "A count is a whole number. Leave the division out.",
                "Labels 1, 1, 3: the digit 1 has the count 2. Its share would be 0.67."),
            Mistake("labels", "per class holds the labels themselves.",
                "How often does each digit occur among them?", "Ten numbers are wanted, however many pictures there "
                "are.",
                "Labels 1, 1, 3 give 0, 2, 0, 1 and six more zeros."),
        ),
    ),
)  # fmt: skip


# 2 baseline


def _baseline(train, test, pick=lambda counts: int(np.argmax(counts)), share=lambda test, c: np.mean(test == c)):
    commonest = pick(np.bincount(train, minlength=10))
    return commonest, share(test, commonest)


def _last_of_ties(counts):
    return len(counts) - 1 - int(np.argmax(counts[::-1]))


def _labels(label, train, test):
    return Case(label, lambda: (np.array(train), np.array(test)))


def _draw_labels(rng):
    """A commonest digit that three training labels of five have, and one test label of four."""
    a, b, c = rng.choice(10, 3, replace=False).tolist()
    return _labels(f"training {a} {b} {a} {c} {a} and test {b} {a} {c} {b}", [a, b, a, c, a], [b, a, c, b])


_DRAWN_LABELS = drawn(5, _labels("training 5 5 5 0 and test 0 1 2", [5, 5, 5, 0], [0, 1, 2]), _draw_labels)


def _digit_labels():
    labels = _loaded().labels
    return labels[:TRAIN].copy(), labels[TRAIN:].copy()


BASELINE = Exercise(
    name="baseline", lesson=LESSON, parameters=("y_train", "y_test"), example="baseline([7, 7, 1], [1, 1, 7, 2])",
    cases=(
        _labels("training 7 7 1 and test 1 1 7 2", [7, 7, 1], [1, 1, 7, 2]),
        _labels("training 4 2 9 9 4 and test 4 4 9 9 9", [4, 2, 9, 9, 4], [4, 4, 9, 9, 9]),
        _DRAWN_LABELS,
        _labels("training 0 8 0 and test 0 0 0 8 8", [0, 8, 0], [0, 0, 0, 8, 8]),
        Case("the digits", _digit_labels),
    ),
    truth=_baseline, shape=lambda train, test: (2,),
    shape_words="two numbers, the digit and its share", parts=("digit", "share"),
    what="the commonest digit and its share of the test",
    known="the digit comes from the training labels, the share from the test labels: 10.2 % of the digits.",
    question="Training 7 7 1, test 1 1 7 2. What does the fool always say, and how often is it right?",
    pointer="Choose with y_train alone. Then count in y_test how often that digit occurs, and divide by its length.",
    step="Training 3 3 5, test 5 5 5 3: the fool says 3 and is right once in four, 0.25.",
    mistakes=(
        Mistake("peeked", "you choose the commonest digit of the test labels.",
            "Which labels has the fool seen when it chooses?",
            "Test labels are for counting at the end. Nothing may be chosen with them.",
            "Training 3 3 5, test 5 5 5 3: it has seen more threes, so it says 3, though 5 would score 0.75.",
            wrong=(lambda a, b: _baseline(b, b), lambda a, b: (_baseline(a, b)[0], _baseline(b, b)[1]))),
        Mistake("training-share", "your share is counted on the training labels.",
            "On whose pictures is the fool tested?", "The digit comes from y_train, the share from y_test.",
            "Training 3 3 5, test 5 5 5 3: 3 is two thirds of the training labels and a quarter of the test's.",
            wrong=(lambda a, b: _baseline(a, a), lambda a, b: (_baseline(a, b)[0], np.mean(np.append(a, b) ==
                _baseline(a, b)[0])))),
        Mistake("ties", "of two digits that are equally common you take the larger one.",
            "Training 4 2 9 9 4: which digit does the text ask for?", "The smaller one wins a tie.",
            "3 and 5 occur twice each: the answer is 3.", wrong=lambda a, b: _baseline(a, b, _last_of_ties)),
        Mistake("first-label", "your digit is a label of the list, and no count decides it.",
            "How often does each digit occur?", "Count all ten digits first, then look for the largest count.",
            "5 3 3: 3 occurs twice, so 3 it is.",
            wrong=(lambda a, b: (a[0], np.mean(b == a[0])), lambda a, b: (a.max(), np.mean(b == a.max())))),
        Mistake("count", "you return how many are right, and a share is wanted.",
            "Right how often, out of how many?", "Divide by the number of test labels.",
            "One of four right: 0.25.", wrong=lambda a, b: _baseline(a, b, share=lambda t, c: np.sum(t == c))),
        Mistake("percent", "your share is in percent.", "Can a share be more than 1?", "1 means all of them.",
            "One of four right is 0.25, or 25 %.",
            wrong=lambda a, b: _baseline(a, b, share=lambda t, c: 100 * np.mean(t == c))),
        Mistake("wrong-ones", "your share counts the test labels that the fool gets wrong.",
            "What does the comparison count?", "Right means that the label is equal to the digit.",
            "Says 3 to 5 5 5 3: right once, share 0.25.",
            wrong=lambda a, b: _baseline(a, b, share=lambda t, c: np.mean(t != c))),
        Mistake("swapped", "the two results have changed places.", "What comes first in the text?",
            "First the digit, then the share.", "Training 3 3 5, test 5 5 5 3: the answer is 3, 0.25.",
            wrong=lambda a, b: _baseline(a, b)[::-1]),
        Mistake("commonness", "your first number is how often the digit occurs, in place of the digit.",
            "What is the largest count called, and where does it stand?", "Not the count, but its place.",
            "Counts 0, 2, 1: the largest is 2, and it stands at place 1.",
            wrong=lambda a, b: (np.bincount(a).max(), _baseline(a, b)[1])),
        Mistake("least", "you choose the rarest digit.", "Would a fool bet on what it has seen least?",
            "Look for the largest count.", "Counts 0, 2, 1: the largest stands at place 1.",
            wrong=lambda a, b: _baseline(a, b, lambda counts: int(np.argmin(counts)))),
    ),
)  # fmt: skip


# 3 softmax_regression


def _softmax(s, axis=1):
    e = np.exp(s - s.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _unshifted(s):
    with np.errstate(all="ignore"):
        return np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)


def _logistic(s):
    return np.exp(-np.logaddexp(0, -s))


def _regression(X, y, eta, steps, squash=_softmax, slope=lambda q, t: (q - t) / len(q), db=lambda ds: ds.sum(axis=0),
                start=0.0, more=0, rows=None, dW=lambda X, ds: X.T @ ds):  # fmt: skip
    """W and b in one row; what can go wrong is an argument."""
    with np.errstate(all="ignore"):
        W, b = np.full((X.shape[1], 10), start), np.zeros(10)
        for step in range(max(0, steps + more)):
            for part in rows(len(X), step) if rows else [slice(None)]:
                ds = slope(squash(X[part] @ W + b), np.eye(10)[y[part]])
                W, b = W - eta * dW(X[part], ds), b - eta * db(ds)
    return np.concatenate([W.ravel(), b])


def _with(**changes):
    return lambda X, y, eta, steps: _regression(X, y, eta, steps, **changes)


def _read_regression(raw, between, X, y, eta, steps):
    d = X.shape[1]
    if isinstance(raw, np.ndarray) and raw.shape == (d, 10):
        between.note = "W-only"
        return Trouble("type", "your function returns W alone.", "What else was trained?")
    if isinstance(raw, dict) and {"W", "b"} <= set(raw):
        raw = raw["W"], raw["b"]
    if not isinstance(raw, tuple | list) or len(raw) != 2:
        many = f"{len(raw)} things" if isinstance(raw, tuple | list) else f"a thing of type {_kind(raw)}"
        return Trouble("type", f"your function returns {many}, where W and b are wanted.", "What stands behind return?")
    if np.shape(raw[0]) == (10,) and np.shape(raw[1]) == (d, 10):
        between.note = "swapped"
    W, b = raw[::-1] if between.note == "swapped" else raw
    return _parts([W, np.ravel(b) if np.shape(b) == (1, 10) else b], {"W": (d, 10), "b": (10,)})


def _heap(label, n, d, eta, steps, scale=1.0):
    def make():
        rng = fixture_rng(10 * n + d)
        return scale * rng.random((n, d)), rng.integers(0, 10, n), eta, steps

    return Case(label, make)


SOFTMAX_REGRESSION = _read_by(
    _read_regression,
    Exercise(
        name="softmax_regression", lesson=LESSON, parameters=("X", "y", "eta", "steps"),
        example="softmax_regression(np.array([[1.0, 2.0]]), np.array([0]), 1.0, 1)",
        cases=(
            _heap("one picture, one step", 1, 2, 1.0, 1),
            _heap("7 pictures of 4 pixels, 5 steps", 7, 4, 0.5, 5),
            _heap("12 pictures of 3 pixels, 40 steps", 12, 3, 0.3, 40),
            _heap("5 pictures, no step at all", 5, 3, 0.5, 0),
            _heap("9 pictures with ink up to 1000, 3 steps", 9, 4, 0.5, 3, 1000.0),
        ),
        truth=_regression, shape=lambda X, y, eta, steps: (X.shape[1] * 10 + 10,),
        shape_words="W and b", what="W and b after these steps",
        known="the mean over all pictures, W and b both trained, as many steps as asked for, and ink of 1000 does "
            "no harm.",
        question="One picture (1, 2) of a 0, all weights 0, η = 1: what are the ten chances, and the ten slopes?",
        pointer="Scores, chances, then the slope of each score: chance minus wanted, divided by N. W gets its share "
        "through X, b directly.",
        step="All chances are 0.1. Slopes: −0.9 for the true digit, 0.1 for the others. Row 0 of W moves by η · 1, "
            "row 1 "
        "by η · 2 times the opposite.",
        mistakes=(
            Mistake("W-only", "your function returns W alone.", "Which other numbers were trained?",
                "Two things stand behind return, separated by a comma.", "return 3, 4 hands back two numbers.",
                seen=_noted("W-only")),
            Mistake("swapped", "the two results, W and b, have changed places.", "Which of them has two axes?",
                "First W, then b.",
                "With 4 pixels the first one has shape (4, 10).", seen=_noted("swapped")),
            Mistake("A28", "your weights walk uphill: the slope of the scores has the wrong sign.",
                "Should the true digit's score rise or fall?",
                "The slope is chance minus wanted, and a step goes against it.",
                "Chance 0.1, wanted 1: slope −0.9. A step against it raises the score.",
                wrong=_with(slope=lambda q, t: (t - q) / len(q))),
            Mistake("A29", "the 1/N of the mean is missing or there twice.",
                "With one picture you agree with the check. What is different with seven?",
                "The loss is a mean over N pictures, so each picture's slope is divided by N, once.",
                "Two copies of one picture must give the same step as one.",
                wrong=(_with(slope=lambda q, t: q - t), _with(slope=lambda q, t: (q - t) / len(q) ** 2),
                    _with(slope=lambda q, t: (q - t) / q.size), _with(db=lambda ds: ds.mean(axis=0)),
                    _with(dW=lambda X, ds: X.T @ ds / len(X)),
                    _with(slope=lambda q, t: q - t, db=lambda ds: ds.sum(axis=0) / len(ds)),
                    _with(slope=lambda q, t: q - t, dW=lambda X, ds: X.T @ ds / len(X)))),
            Mistake("b-still", "the bias stays at 0.",
                "What is the sum of the ten slopes of one picture, and which number does each bias get?",
                "Each digit has its own bias: add up the slopes over the pictures, not over the digits.",
                "Slopes −0.9, 0.1, … 0.1 add up to 0. The bias of the true digit alone moves by 0.9 η.",
                wrong=_with(db=lambda ds: 0.0)),
            Mistake("A26", "your bias is summed over the wrong axis.",
                "One bias per digit, many pictures. Over which of the two do its effects add up?",
                "ds has one row a picture. Add up the rows.", "Rows (1, 2) and (3, 4) give (4, 6).",
                seen=lambda report: any(
                    isinstance(value, Trouble) and "(10,)" in value.sentence and "(7,)" in value.sentence
                    for value in report.values)),
            Mistake("overflow", "with ink of 1000 there is a nan in your weights.",
                "What is np.exp(1000), and inf divided by inf?",
                "Chances don't change if the same number is taken off all ten scores. Take off the largest of each "
                "row.",
                "Scores 1000 and 998: take off 1000, and 0 and −2 have the exponentials 1 and 0.135.",
                wrong=_with(squash=_unshifted)),
            Mistake("axis", "your chances add up to 1 down the pictures, not along the digits.",
                "Which ten numbers have to add up to 1?", "One row is one picture, and its ten chances add up to 1.",
                "s.sum(axis=0) leaves one number a digit, axis=1 one number a picture.",
                wrong=_with(squash=functools.partial(_softmax, axis=0))),
            Mistake("all-in-one", "the chances of all pictures together add up to 1.",
                "Does one picture's chance depend on what else is in the heap?", "Divide each row by its own sum.",
                "Two pictures, all scores 0: each chance is 1/10, though there are 20 of them.",
                wrong=_with(squash=lambda s: _softmax(s.reshape(1, -1)).reshape(s.shape))),
            Mistake("no-softmax", "your scores are compared with 0 and 1 before they are chances.",
                "What turns ten scores into ten chances?", "Exponentials, then divide each by their sum.",
                "Scores 0 and 0 are chances 0.5 and 0.5.",
                wrong=(_with(squash=lambda s: s), _with(squash=np.exp))),
            Mistake("sigmoid", "each score goes through a sigmoid of its own.",
                "Do your ten chances add up to 1?", "Softmax: the ten share one sum.",
                "Ten scores of 0: sigmoid says 0.5 ten times, softmax 0.1.", wrong=_with(squash=_logistic)),
            Mistake("steps", "you take one step too few or one too many.",
                "With steps = 1, how many times does your update line run?", "With steps = 0 all weights stay at 0.",
                "range(3) runs through 0, 1, 2: three rounds.", wrong=(_with(more=-1), _with(more=1))),
            Mistake("one-step", "you take one step, however many are asked for.",
                "Does the return stand inside the loop?", "Behind the loop means: no deeper than the word `for`.",
                "for i in range(3): return i gives 0, after one round.",
                wrong=lambda X, y, eta, steps: _regression(X, y, eta, min(steps, 1))),
            Mistake("A30", "the learning rate is left out.", "What does eta do in your update line?",
                "A step is the learning rate times the slope.", "Slope 6, η = 0.1: the step is 0.6.",
                wrong=(lambda X, y, eta, steps: _regression(X, y, 1.0, steps),)),
            Mistake("start", "your weights don't start at zero.", "With no step at all, what should come back?",
                "Both start at zero here. There are no hidden units that could stay twins.",
                "steps = 0: forty zeros and ten more.",
                wrong=tuple(_with(start=start) for start in (1.0, 0.1, 0.01))),
            Mistake("row-by-row", "you update after every single picture.",
                "How many updates are there in one step?", "One step looks at all pictures and moves once.",
                "Twelve pictures, 40 steps: 40 updates, not 480.",
                wrong=_with(rows=lambda n, step: [slice(i, i + 1) for i in range(n)])),
            Mistake("one-picture", "only one picture takes part in each step.",
                "What do the other pictures say?", "The slope is a mean over all N pictures.",
                "Twelve pictures: X has twelve rows, and all of them stand in the product.",
                wrong=(_with(rows=lambda n, step: [slice(0, 1)]), _with(rows=lambda n, step: [slice(n - 1, n)]))),
        ),
    ),
)  # fmt: skip


# 4 fit


def _fit(g, shape, add=np.sum):
    """g summed down to shape; with another `add` wrongly so."""
    g = np.asarray(g, dtype=float)
    if g.shape == tuple(shape):
        return g
    front = g.ndim - len(shape)
    ones = tuple(front + axis for axis, n in enumerate(shape) if n == 1 and g.shape[front + axis] != 1)
    return np.reshape(add(g, axis=(*range(front), *ones)), shape)


def _fit_back(g, shape):
    """The axes that the shape doesn't have are taken from the end."""
    while g.ndim > len(shape):
        g = g.sum(axis=-1)
    return _fit_ones(g, shape)


def _fit_front(g, shape):
    return g.sum(axis=tuple(range(g.ndim - len(shape))))


def _fit_ones(g, shape):
    for axis, n in enumerate(shape):
        if n == 1 and axis < g.ndim:
            g = g.sum(axis=axis, keepdims=True)
    return g


def _fit_case(shape, *start):
    rng = fixture_rng(len(start) + sum(start))
    return case(f"g of shape {start} and shape {shape}", np.round(rng.normal(size=start), 2), shape)


FIT = Exercise(
    name="fit", lesson=LESSON, parameters=("g", "shape"), example="fit(np.ones((3, 2)), (2,))",
    cases=tuple(
        _fit_case(*each) for each in (
            ((2,), 3, 2), ((1, 2), 3, 2), ((3, 1), 3, 2), ((), 3, 2), ((1, 1), 3, 2), ((3, 2), 3, 2), ((), ),
            ((3,), 3, 3), ((4,), 2, 3, 4), ((3, 1), 2, 3, 4), ((2, 1, 4), 2, 3, 4), ((1, 4), 1, 4), ((1,), 5),
            ((1,), 5, 1),
        )
    ),
    truth=_fit, shape=lambda g, shape: shape, shape_words="the shape asked for",
    what="g, summed down to that shape",
    known="fourteen pairs of shapes, also three axes, one number, and nothing to do.",
    question="Two numbers are stretched over three rows. Which entries of a (3, 2) table belong to the first of them?",
    pointer="First the axes in front that the shape doesn't have, then those of length 1. Each is a sum.",
    step="[[1, 2], [3, 4], [5, 6]] for (2,): down the columns, 9 and 12. For (3, 1): along the rows, 3, 7 and 11, in a "
    "column.",
    mistakes=(
        Mistake("mean", "you average where the reports have to be added.",
            "A node has 64 customers. Does it get their mean report?", "Ways add up: sum, not mean.",
            "Ones of shape (64, 2) for (2,): 64 and 64.",
            wrong=(lambda g, shape: _fit(g, shape, np.mean),)),
        Mistake("first-row-only", "you keep one row and drop the others.",
            "What about the reports of the other rows?", "All rows are added up.",
            "[[1, 2], [3, 4]] for (2,): 4 and 6, not 1 and 2.",
            wrong=(lambda g, shape: np.ravel(g)[: math.prod(shape)].reshape(shape),
                lambda g, shape: _fit(g, shape, lambda g, axis: g[tuple(
                    0 if a in axis else slice(None) for a in range(g.ndim))]),
                lambda g, shape: _fit(g, shape, np.max))),
        Mistake("back", "you sum away axes at the end, and broadcasting adds them in front.",
            "(2,) stretched to (3, 2): which of the two axes is new?",
            "Shapes are compared from the right, so what a shape lacks stands on the left: axis 0.",
            "A (4,) bias, added to (2, 3, 4): the axes 0 and 1 are new.", wrong=_fit_back),
        Mistake("front-only", "axes of length 1 are not summed.",
            "(3, 1) stretched to (3, 2): how often is each of its numbers used?",
            "An axis of length 1 in `shape` collects everything along it, and stays.",
            "[[1, 2], [3, 4]] for (2, 1): [[3], [7]].", wrong=_fit_front),
        Mistake("ones-only", "axes that the shape doesn't have are not summed.",
            "(2,) stretched to (3, 2): how many axes must your result have?",
            "As long as g has more axes than the shape, sum the first one away.",
            "Ones of shape (3, 2) for (2,): [3, 3].", wrong=_fit_ones),
        Mistake("total", "you add up everything, whatever the shape is.",
            "How many numbers does the shape (2,) hold?", "Only stretched axes are summed.",
            "[[1, 2], [3, 4]] for (2,): [4, 6].",
            wrong=(lambda g, shape: np.sum(g), lambda g, shape: np.full(shape, np.sum(g)))),
        Mistake("as-is", "your result is g as it came.", "Which shape does it have, and which is wanted?",
            "Where shapes differ, something was stretched and has to be added up.",
            "Ones of shape (3, 2) for (2,): [3, 3].", wrong=lambda g, shape: g),
        Mistake("keepdims", "a summed axis of length 1 is lost.",
            "What does keepdims=True do?", "Axes of length 1 that the shape has must still be there afterwards.",
            "np.ones((3, 2)).sum(axis=1) has shape (3,), with keepdims=True it is (3, 1).",
            wrong=(lambda g, shape: _fit(g, shape).reshape([n for n in shape if n != 1]),
                lambda g, shape: np.squeeze(_fit(g, shape)))),
    ),
)  # fmt: skip


# 5 array_engine: an engine in which every rule can be exchanged


_SHARES = {  # operation: for each operand, g, the operands and the result -> the operand's gradient
    "add": (lambda g, a, b, out: g, lambda g, a, b, out: g),
    "multiply": (lambda g, a, b, out: g * b, lambda g, a, b, out: g * a),
    "matmul": (lambda g, a, b, out: g @ b.T, lambda g, a, b, out: a.T @ g),
    "power": (lambda g, a, n, out: g * n * a ** (n - 1),),
    "tanh": (lambda g, a, out: g * (1 - out**2),),
    "total": (lambda g, a, out: g * np.ones_like(a),),
    "cross_entropy": (lambda g, s, t, out: g * (_softmax(s) - np.eye(s.shape[1])[t]) / len(s),),
}


def _loss(s, classes):
    s = s - s.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(s).sum(axis=1)) - s[np.arange(len(s)), classes])


def _walk(root):
    """All nodes below and root, operands before results."""
    order, met, todo = [], set(), [(root, False)]
    while todo:
        node, ready = todo.pop()
        if ready:
            order.append(node)
        elif id(node) not in met:
            met.add(id(node))
            todo += [(node, True), *((each, False) for each in node._prev)]
    return order


def _early(root):
    """A wrong walk: breadth first from the result, so a node may pass on its gradient before it has all of it."""
    order = [root]
    for node in order:
        order += [each for each in node._prev if all(each is not old for old in order)]
    return order[::-1]


def _add_up(node, share):
    node.grad = node.grad + share


def _overwrite(node, share):
    node.grad = np.array(share, dtype=float)


def _share_one_array(node, share):
    """The first payment is kept as it is, the next are added into it: two nodes may keep the same array."""
    if getattr(node, "paid", False):
        node.grad += share
    else:
        node.grad, node.paid = np.asarray(share, dtype=float), True


def _engine(walk=_walk, pay=_add_up, fit=_fit, local=False, seed=np.ones_like, **shares):
    """A class like the notebook's Value; without arguments a right one."""
    rules = {**_SHARES, **shares}

    class Node:
        __array_ufunc__ = None

        def __init__(self, data, prev=(), op="", given=()):
            self.data = np.array(data, dtype=float)
            self.grad = np.zeros_like(self.data)
            self._prev, self._op, self._given = prev, op, given

        def backward(self):
            self.grad = seed(self.data)
            for node in reversed(walk(self)):
                g = np.ones_like(node.data) if local else node.grad
                for place, operand in enumerate(node._prev):
                    share = np.asarray(rules[node._op][place](g, *node._given, node.data), dtype=float)
                    pay(operand, fit(share, operand.data.shape))

        def zero_grad(self):
            self.grad = np.zeros_like(self.data)

        def __pow__(self, n):
            return Node(self.data**n, (self,), "power", (self.data, n))

        def tanh(self):
            return Node(np.tanh(self.data), (self,), "tanh", (self.data,))

        def total(self):
            return Node(self.data.sum(), (self,), "total", (self.data,))

        def cross_entropy(self, classes):
            return Node(_loss(self.data, classes), (self,), "cross_entropy", (self.data, classes))

        def __neg__(self):
            return self * -1

        def __sub__(self, other):
            return self + other * -1

        def __rsub__(self, other):
            return -self + other

    def two(op, function):
        def method(a, b, turned=False):
            a, b = (each if isinstance(each, Node) else Node(each) for each in ((b, a) if turned else (a, b)))
            return Node(function(a.data, b.data), (a, b), op, (a.data, b.data))

        return method, functools.partialmethod(method, turned=True)

    Node.__add__, Node.__radd__ = two("add", operator.add)
    Node.__mul__, Node.__rmul__ = two("multiply", operator.mul)
    Node.__matmul__, Node.__rmatmul__ = two("matmul", operator.matmul)
    return Node


@dataclass(frozen=True)
class _Program:
    """A small computation: `run(*leaves)` builds it out of nodes made of `start`; `op` is what it is there to try."""

    op: str
    words: str
    run: object
    start: dict


_A, _B, _W = _table(1, 3, 2), _table(2, 3, 2), _table(3, 3, 2)
_ROW, _COLUMN, _BACK = _table(4, 2), _table(5, 3, 1), _table(6, 2, 4)


def _net(rows, inputs, hidden, outputs):
    X, y = _table(rows, rows, inputs), np.arange(rows) * 7 % outputs
    start = {"W1": _table(7, inputs, hidden), "b1": _table(8, hidden), "W2": _table(9, hidden, outputs)}
    return _Program(
        "net", f"a network {inputs}-{hidden}-{outputs} with {rows} samples",
        lambda W1, b1, W2, b2: ((X @ W1 + b1).tanh() @ W2 + b2).cross_entropy(y), {**start, "b2": _table(10, outputs)},
    )  # fmt: skip


def _shapes(seed):
    """A graph with shapes that are drawn: rows, columns and which of them are stretched."""
    rng = fixture_rng(seed)
    n, k, m = rng.integers(2, 6, 3)
    ones = [(1, m), (n, 1), (m,), ()]
    start = {"a": _table(seed, n, k), "b": _table(seed + 1, k, m), "c": _table(seed + 2, *ones[seed % 4])}
    return _Program("net", f"(a @ b * c + c).tanh() for shapes {(n, k)}, {(k, m)} and {start['c'].shape}".replace(
        "np.int64", ""), lambda a, b, c: ((a @ b * c + c).tanh() * c).total(), start)  # fmt: skip


_NUMBERS = {"x": 3.0, "y": -2.0}
PROGRAMS = (
    _Program("backward", "G1", lambda x, y: (lambda p, q: p * q - q)(x * y, x * y + x), _NUMBERS),
    _Program("backward", "G2", lambda x, y: (lambda p: (p + x) ** 2 + p)(x * y), _NUMBERS),
    _Program("backward", "a + a", lambda a: a + a, {"a": 3.0}),
    _Program("backward", "u·v + u with u = x·y and v = u "
        "+ x", lambda x, y: (lambda u: u * (u + x) + u)(x * y), _NUMBERS),
    _Program("total", "3 · a.total()", lambda a: 3.0 * a.total(), {"a": _A}),
    _Program("multiply", "(a * b * c).total()", lambda a, b: (a * b * _W).total(), {"a": _A, "b": _B}),
    _Program("add", "((a + b) * c).total()", lambda a, b: ((a + b) * _W).total(), {"a": _A, "b": _B}),
    _Program("add", "d = a + b, then (d + a).total()", lambda a, b: (a + b + a).total(), {"a": _A, "b": _B}),
    _Program("stretch", "a table (3, 2) + a row (2,)", lambda a, b: ((a + b) * _W).total(), {"a": _A, "b": _ROW}),
    _Program("stretch", "a column (3, 1) + a row (2,)", lambda a, b: ((a + b) * _W).total(), {"a": _COLUMN, "b": _ROW}),
    _Program("stretch", "a table (3, 2) * a row (2,)", lambda a, b: (a * b * _W).total(), {"a": _A, "b": _ROW}),
    _Program("stretch", "a number * a table (3, 2)", lambda a, b: (a * b * _W).total(), {"a": 1.5, "b": _A}),
    _Program("matmul", "a @ b, both (2, 2)", lambda a, b: (a @ b * _W[:2]).total(), {"a": _A[:2], "b": _B[1:]}),
    _Program("matmul", "a @ b, (3, 2) and (2, "
        "4)", lambda a, b: (a @ b * _table(11, 3, 4)).total(), {"a": _A, "b": _BACK}),
    _Program("matmul", "an array @ a", lambda a: (_A @ a * _table(11, 3, 4)).total(), {"a": _BACK}),
    _Program("matmul", "a @ an array", lambda a: (a @ _BACK * _table(11, 3, 4)).total(), {"a": _A}),
    _Program("tanh", "(a.tanh() * c).total()", lambda a: (a.tanh() * _W).total(), {"a": _A}),
    _Program("cross_entropy", "a.cross_entropy of 3 samples", lambda a: a.cross_entropy([1, 0, 1]), {"a": _A}),
    _Program("cross_entropy", "3 times a cross-entropy", lambda a: 3.0 * a.cross_entropy([1, 0, 1]), {"a": _A}),
    _Program("cross_entropy", "a.cross_entropy with scores of 1000", lambda a: a.cross_entropy([2, 0]),
        {"a": [[1000.0, 998.0, 999.0], [-1000.0, -1001.0, 0.0]]}),
    _Program("total", "2 · a.total() for a column", lambda a: 2.0 * a.total(), {"a": _COLUMN}),
    _net(3, 3, 2, 3), _net(5, 4, 6, 3), *(_shapes(seed) for seed in (20, 21, 22, 23)),
)  # fmt: skip


def _turn(op, place, share):
    """The shares of an operation with one of them exchanged."""
    return {op: tuple(share if i == place else each for i, each in enumerate(_SHARES[op]))}


def _ce(slope):
    return {"cross_entropy": (lambda g, s, t, out: slope(g, _softmax(s), np.eye(s.shape[1])[t], s),)}


def _no_fit(share, shape):
    return share


WRONG_ENGINES = (  # name of the mistake, what differs
    ("A14", {"pay": _overwrite}),
    ("A17", {"walk": _early}),
    ("direction", {"walk": lambda root: _walk(root)[::-1]}),
    ("local", {"local": True}),
    ("seed", {"seed": np.zeros_like}),
    ("alias", {"pay": _share_one_array}),
    ("unfitted", {"fit": _no_fit}),
    ("fit-mean", {"fit": lambda g, shape: _fit(g, shape, np.mean)}),
    ("own-factor", {"multiply": (lambda g, a, b, out: g * a, lambda g, a, b, out: g * b)}),
    ("no-upstream", {"multiply": (lambda g, a, b, out: b, lambda g, a, b, out: a)}),
    ("no-upstream", {"add": (lambda g, a, b, out: np.ones_like(out),) * 2}),
    ("no-upstream", {"tanh": (lambda g, a, out: 1 - out**2,)}),
    ("no-upstream", {"total": (lambda g, a, out: np.ones_like(a),)}),
    ("no-upstream", _ce(lambda g, q, t, s: (q - t) / len(q))),
    ("one-operand", _turn("add", 0, lambda g, a, b, out: 0 * g)),
    ("one-operand", _turn("add", 1, lambda g, a, b, out: 0 * g)),
    ("one-operand", _turn("multiply", 0, lambda g, a, b, out: 0 * g)),
    ("one-operand", _turn("multiply", 1, lambda g, a, b, out: 0 * g)),
    ("total-mean", {"total": (lambda g, a, out: g * np.ones_like(a) / a.size,)}),
    ("A27", {"matmul": (lambda g, a, b, out: g @ b, lambda g, a, b, out: a @ g)}),
    ("A27", _turn("matmul", 0, lambda g, a, b, out: g @ b)),
    ("A27", _turn("matmul", 1, lambda g, a, b, out: a @ g)),
    ("A27", {"matmul": (lambda g, a, b, out: b.T @ g, lambda g, a, b, out: g @ a.T)}),
    ("A27", _turn("matmul", 0, lambda g, a, b, out: b.T @ g)),
    ("A27", _turn("matmul", 1, lambda g, a, b, out: g @ a.T)),
    ("A27", _turn("matmul", 1, lambda g, a, b, out: (a.T @ g).T)),
    ("A27", {"matmul": (lambda g, a, b, out: a.T @ g, lambda g, a, b, out: g @ b.T)}),
    ("entrywise", {"matmul": (lambda g, a, b, out: g * b, lambda g, a, b, out: g * a)}),
    ("A24", {"tanh": (lambda g, a, out: g,)}),
    ("A25", {"tanh": (lambda g, a, out: g * out * (1 - out),)}),
    ("tanh-input", {"tanh": (lambda g, a, out: g * (1 - a**2),)}),
    ("tanh-input", {"tanh": (lambda g, a, out: g * (1 - np.tanh(out) ** 2),)}),
    ("tanh-square", {"tanh": (lambda g, a, out: g * (1 - out),)}),
    ("A28", _ce(lambda g, q, t, s: g * (t - q) / len(q))),
    ("A29", _ce(lambda g, q, t, s: g * (q - t))),
    ("A29", _ce(lambda g, q, t, s: g * (q - t) / len(q) ** 2)),
    ("A29", _ce(lambda g, q, t, s: g * (q - t) / q.size)),
    ("no-softmax", _ce(lambda g, q, t, s: g * (s - t) / len(q))),
    ("true-class", _ce(lambda g, q, t, s: g * (q - t) * t / len(q))),
    ("true-class", _ce(lambda g, q, t, s: g * q / len(q))),
)


@np.errstate(all="ignore")
def _sweep(cls, program, times=1):
    """(the result, {leaf: gradient}, whether a leaf's numbers were changed), for any engine."""
    leaves = {name: cls(start) for name, start in program.start.items()}
    root = program.run(*leaves.values())
    value = np.array(root.data, dtype=float)
    for _ in range(times):
        root.backward()
    grads = {name: np.array(leaf.grad, dtype=float) for name, leaf in leaves.items()}
    moved = any(not np.array_equal(np.asarray(leaf.data), program.start[name]) for name, leaf in leaves.items())
    return value, grads, moved


@functools.cache
def _truth(index):
    return _sweep(_engine(), PROGRAMS[index])[:2]


def _tight(a, b):
    """To 1e-10, in shape and value."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return a.shape == b.shape and bool(np.all(np.abs(a - b) <= 1e-10 * max(1.0, np.max(np.abs(b), initial=0.0))))


def _same_grads(got, wanted):
    with np.errstate(all="ignore"):
        return all(_tight(got[name], wanted[name]) for name in wanted)


_FORWARD = (  # method, words, what is built, what it holds, other things it may hold: name -> array
    ("add", "[[1, 2], [3, 4]] + [10, 20]", lambda V: V([[1, 2], [3, 4]]) + V([10, 20]), [[11, 22], [13, 24]], {}),
    ("multiply", "a * b for two tables", lambda V: V(_A[:2]) * V(_B[:2]), _A[:2] * _B[:2],
        {"product": _A[:2] @ _B[:2]}),
    ("matmul", "a @ b for two tables", lambda V: V(_A[:2]) @ V(_B[:2]), _A[:2] @ _B[:2],
        {"product": _A[:2] * _B[:2], "turned": _B[:2] @ _A[:2]}),
    ("matmul", "[[1, 2]] @ [[3], [4]]", lambda V: V([[1, 2]]) @ V([[3], [4]]), [[11]], {}),
    ("tanh", "a.tanh() for a table", lambda V: V(_A).tanh(), np.tanh(_A), {}),
    ("total", "a.total() for a table", lambda V: V(_A).total(), _A.sum(),
        {"mean-for-sum": _A.mean(), "axis-total": _A.sum(axis=0)}),
    ("cross_entropy", "the cross-entropy of three samples", lambda V: V(_A).cross_entropy([1, 0, 1]),
        _loss(_A, [1, 0, 1]), {"sum-for-mean": 3 * _loss(_A, [1, 0, 1]), "loss-sign": -_loss(_A, [1, 0, 1]),
            "no-softmax": -np.mean(_A[[0, 1, 2], [1, 0, 1]])}),
    ("cross_entropy", "the cross-entropy of scores of 1000", lambda V: V([[1000.0, 999.0]]).cross_entropy([1]),
        _loss(np.array([[1000.0, 999.0]]), [1]), {}),
    ("add", "2 + a", lambda V: 2 + V(_A), 2 + _A, {}),
    ("add", "an array + a", lambda V: _B + V(_A), _B + _A, {}),
    ("multiply", "2 * a", lambda V: 2 * V(_A), 2 * _A, {}),
    ("multiply", "an array * a", lambda V: _B * V(_A), _B * _A, {}),
    ("matmul", "an array @ a", lambda V: _A @ V(_BACK), _A @ _BACK, {}),
)  # fmt: skip


def _bench(name):
    """Runs pieces of a learner's code under the guard, one clock for the whole check."""
    return Runner(name, operator.call, LIMITS)


def _blank(trouble):
    return trouble.kind == "exception" and "llipsis" in trouble.sentence


def _stopped(exercise, trouble, where):
    """The Verdict on code that ended without a value."""
    if _blank(trouble):
        return unfinished(f"{where}, a blank `...` is met")
    said = trouble.sentence.replace("your function", f"{where}, your code", 1)
    return verdict_on(exercise, trouble.kind, said, trouble.question, code=trouble.code)


_METHODS = {"add": "__add__", "multiply": "__mul__", "matmul": "__matmul__"}


def _read_node(node):
    """The numbers in a node, or the word for what is there instead."""
    if node is ... or node is None or node is NotImplemented:
        return "open"
    return np.array(node.data, dtype=float) if hasattr(node, "grad") else "no node"


def _look_at_engine(cls):
    if not isinstance(cls, type):
        return _says(ARRAY_ENGINE, "not-a-class", got=_kind(cls))
    if any(each.__module__.startswith("helpers.") for each in cls.__mro__[:-1]):
        return _says(ARRAY_ENGINE, "borrowed")
    bench, found = _bench("array_engine"), []
    for op, words, build, true, others in _FORWARD:
        missing = not hasattr(cls, _METHODS.get(op, op))
        got = "open" if missing else bench.call(lambda build=build: _read_node(build(cls)))
        found.append((op, words, got, np.asarray(true, dtype=float), others))
    still_open = [op for op, _, got, *_ in found if isinstance(got, str) and got == "open"]
    still_open += [op for op, _, got, *_ in found if isinstance(got, Trouble) and _blank(got)]
    if still_open:
        names = list(dict.fromkeys(still_open))
        everything = len(names) == 6
        return unfinished("no operation is filled in" if everything else f"{', '.join(names)} is still "
            f"open" if len(names) == 1
            else f"{', '.join(names)} are still open")  # fmt: skip
    for op, words, got, true, others in found:
        verdict = _forward_verdict(op, words, got, true, others)
        if verdict:
            return verdict
    return _look_at_sweeps(cls, bench)


def _forward_verdict(op, words, got, true, others):
    if isinstance(got, Trouble):
        if words.startswith("an array") or words.startswith("2 "):
            return _says(ARRAY_ENGINE, "left", words=words)
        return _stopped(ARRAY_ENGINE, got, f"in `{op}`, for {words}")
    if isinstance(got, str):
        name = "left" if words.startswith("an array") else "no-node"
        return _says(ARRAY_ENGINE, name, op=op, words=words)
    if got.shape == true.shape and _tight(got, true):
        return None
    for name, other in others.items():
        if _tight(got, other):
            return _says(ARRAY_ENGINE, name, op=op)
    if op == "cross_entropy" and not np.isfinite(got).all():
        return _says(ARRAY_ENGINE, "overflow")
    shape = f", shape {got.shape} where {true.shape} is wanted" if got.shape != true.shape else ""
    return verdict_on(
        ARRAY_ENGINE, "forward", f"your `{op}` holds {show(got)} for {words}{shape}, and that is not what it should "
            f"be.",
        "What does NumPy give for the two .data alone?",
    )  # fmt: skip


def _look_at_sweeps(cls, bench):
    results = []
    for program in PROGRAMS:
        results.append(bench.call(_sweep, cls, program))
        if isinstance(results[-1], Trouble) and results[-1].kind in ("time", "output"):
            break  # the other graphs would only show the same again
    code = getattr(getattr(cls, "backward", None), "__code__", None)
    idle = code and not code.co_names and {type(const) for const in code.co_consts} <= {type(None), str, type(...)}
    if not hasattr(cls, "backward") or idle:
        return unfinished("backward is still open")
    for index, result in enumerate(results):
        program = PROGRAMS[index]
        if not isinstance(result, Trouble) and result[2]:
            return _says(ARRAY_ENGINE, "A22", words=program.words)
        if not isinstance(result, Trouble) and _same_grads(result[1], _truth(index)[1]):
            continue
        name = _wrong_engine(results, index)
        if name:
            return _says(ARRAY_ENGINE, name, words=program.words, op=program.op)
        if isinstance(result, Trouble):
            if result.kind == "exception" and program.op == "stretch" and "(3,2)" in result.sentence:
                return _says(ARRAY_ENGINE, "unfitted", words=program.words, op="stretch")
            if result.kind == "exception" and program.op == "matmul" and "mismatch" in result.sentence:
                return _says(ARRAY_ENGINE, "A27", words=program.words, op="matmul")
            return _stopped(ARRAY_ENGINE, result, f"on the way back through {program.words}")
        return _differs(program, result[1], _truth(index)[1])
    twice = bench.call(_sweep, cls, PROGRAMS[8], 2)
    if not isinstance(twice, Trouble) and _same_grads(twice[1], _truth(8)[1]):
        return verdict_on(ARRAY_ENGINE, "zeroes", "right on all graphs to 1e-10. Yours starts from zero at each "
            "sweep; the "
            "lesson's adds up, and zeroing is the loop's own letter Z.", right=True)  # fmt: skip
    return None


def _wrong_engine(results, first):
    """The mistake that gives the learner's gradients on all graphs up to the first wrong one and on those of its op."""
    op = PROGRAMS[first].op
    seen = [
        i for i, result in enumerate(results)
        if (i <= first or PROGRAMS[i].op == op) and not isinstance(result, Trouble)
    ]  # fmt: skip
    if not seen or (isinstance(results[first], Trouble) and max(seen) < first):
        return None
    for name, changes in WRONG_ENGINES:
        engine = _engine(**changes)
        for i in seen:
            try:
                grads = _sweep(engine, PROGRAMS[i])[1]
            except (ValueError, TypeError):
                break
            if not _same_grads(results[i][1], grads):
                break
        else:
            return name
    return None


def _differs(program, got, true):
    leaf = next(name for name in true if not _tight(got[name], true[name]))
    a, b = got[leaf], true[leaf]
    if a.shape != b.shape:
        says = f"its shape is {a.shape}, and {leaf} itself has the shape {b.shape}"
    else:
        place = tuple(int(i) for i in np.unravel_index(np.argmax(~(np.abs(a - b) <= 1e-10)), b.shape))
        where = f"[{', '.join(map(str, place))}]" if place else ""
        says = f"{leaf}.grad{where} is {show(a[place])}, and a nudge there says {show(b[place])}"
    alone = " All graphs before it agree." if program is not PROGRAMS[0] else ""
    return verdict_on(ARRAY_ENGINE, "unknown", f"for {program.words} the gradient of {leaf} is off: {says}.{alone}")


def _about(template):
    return lambda facts: template.format(**facts)


ARRAY_ENGINE = Exercise(
    name="array_engine", lesson=LESSON, look=_look_at_engine, example="(Value([1.0, 2.0]) * 3).total().backward()",
    what="the gradients of the engine",
    known="G1, G2, stretched rows and columns, products of tables, two networks and four drawn graphs, all to 1e-10.",
    question="Which is the smallest graph in which only that operation occurs, and what does a nudge say there?",
    pointer="One operation at a time: make a, b small, build the sum of their result, and nudge one entry by 1e-6.",
    step="a = Value([[1, 2]]), loss = (a * a).total(): 5. With 1.001 in place of 1 it is 5.002: the slope is 2, and "
    "a.grad should be [[2, 4]].",
    mistakes=(
        Mistake("not-a-class", _about("the check wants your class itself and got a thing of type {got}."),
            'Does the cell say check("array_engine", Value)?', "A class is passed on by its name, without brackets.",
            "Value is the class, Value(3) one node of it."),
        Mistake("borrowed", "this class is built on the course's own engine, and the exercise wants yours.",
            "Which lines of the sweep did you write?", "Start from the class in the notebook.",
            "class Value: with its __init__, and your methods attached below."),
        Mistake("left", _about("{words} gives no node: a number or an array on the left isn't handled."),
            "Which method does Python ask when the left operand doesn't know what to do?",
            "__radd__, __rmul__ and __rmatmul__, and __array_ufunc__ = None keeps NumPy out.",
            "2 * a asks 2.__mul__ first, which gives up, then a.__rmul__(2)."),
        Mistake("no-node", _about("your `{op}` returns no node for {words}."),
            "What does the sweep need to go on from there?", "The result is a Value again, with its operands.",
            "power returns Value(…, (self,), …): array, operands, shares."),
        Mistake("product", _about("your `{op}` uses the other product: `*` goes entry by entry, `@` is the table "
            "product."),
            "What is [[1, 2]] times [[3, 4]] entry by entry?", "Check one entry by hand in a table of two rows.",
            "[[1, 2]] * [[3, 4]] is [[3, 8]]. [[1, 2]] @ [[3], [4]] is [[11]]."),
        Mistake("turned", "your matmul multiplies in the opposite order.", "Is a @ b the same as b @ a?",
            "self stands on the left.", "[[1, 2]] @ [[3], [4]] is [[11]], turned it is a table of two rows."),
        Mistake("mean-for-sum", "your total is a mean.", "How many numbers went in, and did you divide?",
            "total adds up, nothing else.", "[[1, 2]]: total 3, mean 1.5."),
        Mistake("axis-total", "your total leaves an axis standing.", "How many numbers should come out?",
            "Without an axis, sum adds up the whole table.", "[[1, 2], [3, 4]]: 10."),
        Mistake("sum-for-mean", "your cross-entropy is the sum over the rows, not the mean.",
            "Copy every sample once: should the loss change?", "Divide by the number of rows, once.",
            "Losses 0.2 and 0.4: the mean is 0.3."),
        Mistake("loss-sign", "your cross-entropy is negative.", "What is the logarithm of a chance below 1?",
            "The loss is minus the logarithm of the true class's chance.", "Chance 0.5: the loss is 0.69."),
        Mistake("no-softmax", "scores are used as if they were chances: the softmax is missing.",
            "What turns ten scores into ten chances?", "Exponentials, divided by their sum in the row.",
            "Scores 0 and 0: chances 0.5 and 0.5."),
        Mistake("overflow", "scores of 1000 make your cross-entropy inf or nan.", "What is np.exp(1000)?",
            "Take the largest score of each row off all its scores first.", "1000 and 999 become 0 and −1."),
        Mistake("A14", _about("in {words} a second report overwrites the first."),
            "A node with two customers gets two reports. What happens to the first?", "Reports add up, so += or its "
            "like.",
            "a + a: the slope for a is 2, one from each operand."),
        Mistake("A17", _about("in {words} a node hands on its gradient before it has all of it."),
            "Have all customers of that node reported?", "Go through the order of topo, from its end.",
            "x is used by p and by q, and p by q: q first, then p, then x."),
        Mistake("direction", _about("in {words} your sweep runs from the leaves to the result."),
            "Which node knows its gradient at the start?", "The result's is 1. So start there, and go backward.",
            "topo gives a, b, c, root: the sweep takes root, c, b, a."),
        Mistake("local", _about("in {words} each share gets ones in place of the gradient from above."),
            "What does a share need to know from its customer?", "Each share is called with its own node's gradient.",
            "(2a)²: at a = 3 the square says 12, and the doubler hands on 2 · 12 = 24."),
        Mistake("seed", "no gradient arrives anywhere: all are 0.",
            "How much does the result move if the result moves by 1?", "Before the sweep the root's gradient is set "
            "to ones.",
            "a + a: root 1, then a gets 1 and 1, which is 2."),
        Mistake("alias", _about("in {words} two nodes keep their gradient in the same array, so a sum for one shows in "
            "the other."), "c = a; c += 1: what is a now?",
            "A += on an array changes it where it lies. `x = x + y` makes a new one.",
            "g = np.ones(2); a = g; b = g; a += 1: b is [2, 2] as well."),
        Mistake("unfitted", _about("in {words} the stretched shape comes back: broadcasting is not undone."),
            "The bias has 2 numbers. How many has its gradient?", "Each share goes through fit, with the operand's "
            "shape.",
            "Ones of shape (3, 2) for a row (2,): [3, 3]."),
        Mistake("fit-mean", _about("in {words} a stretched operand gets the mean of its reports."),
            "Used by three rows: how many reports does it get?", "Reports are added up, not averaged.",
            "Ones of shape (3, 2) for a row (2,): [3, 3]."),
        Mistake("own-factor", _about("in {words} each factor gets itself as its slope, in place of the other one."),
            "a · b with a = 2, b = 5: a grows by 1. How much does the product grow?",
            "The slope for one factor is the other factor.", "2 · 5 = 10, 3 · 5 = 15: slope 5."),
        Mistake("no-upstream", _about("your `{op}` leaves out the gradient from above: right alone, not inside a "
            "graph."),
            "The result counts three times in the loss. What does the operand feel?",
            "Every share multiplies by g, its argument.", "3 · (a · b): a feels 3 · b."),
        Mistake("one-operand", _about("in {words} one of the operands gets nothing."),
            "How many shares does a node with two operands have?", "One share for each operand, in their order.",
            "a + b: both feel the whole of g."),
        Mistake("total-mean", "the share of total is divided by the number of entries.",
            "One entry grows by 1. By how much does the total grow?", "Each entry enters with slope 1.",
            "[[1, 2]]: the gradient is [[1, 1]]."),
        Mistake("A27", _about("in {words} a share of matmul is transposed wrongly or stands on the wrong side."),
            "Which shapes have g, a and b, and which shape does each share need?",
            "For a of (3, 2), b of (2, 4), g is (3, 4). Only one product with b gives (3, 2).",
            "(3, 4) with something (4, 2) makes (3, 2): that is b lying down."),
        Mistake("entrywise", "the shares of matmul are those of `*`.", "How many entries of b does one of a meet?",
            "A table product has table products for its shares.", "[[1, 2]] @ [[3], [4]]: for the 1 the slope is 3."),
        Mistake("A24", "your tanh hands on g as it came: its own slope is missing.",
            "How steep is tanh far out, at 3?", "Multiply by the slope of tanh, read off the output.",
            "tanh 0 = 0: slope 1. tanh 3 = 0.995: slope 0.01."),
        Mistake("A25", "your tanh uses the slope of the sigmoid.", "How steep is tanh at 0, and what does yours say?",
            "tanh is steepest at 0, where its slope is 1.", "Output 0.5: the slope is 0.75."),
        Mistake("tanh-input", "the slope of tanh is computed from another number than its output.",
            "What is squared in your share: the input or the output?", "The slope is read off t, the output.",
            "Output 0.5: the slope is 0.75, whatever the input was."),
        Mistake("tanh-square", "in the slope of tanh the square is missing.",
            "What is the slope at output −0.5, and at 0.5?", "The curve is symmetrical, so the sign can't matter.",
            "Output −0.5: slope 0.75, as at 0.5."),
        Mistake("A28", "the slope of cross-entropy has the wrong sign.", "Should the true score rise or fall?",
            "q − y: chance minus wanted.", "Chance 0.1, wanted 1: −0.9."),
        Mistake("A29", "in the slope of cross-entropy the 1/N is missing, or there twice.",
            "With one sample you are right. What about three?", "The loss is a mean, so each row's slope is divided "
            "by N.",
            "Three rows: each row counts a third."),
        Mistake("true-class", "only part of q − y is there in the slope of cross-entropy.",
            "Do the slopes of one row add up to 0?", "All scores have a slope; 1 is taken off at the true class.",
            "Chances 0.7, 0.2, 0.1, the second is true: 0.7, −0.8, 0.1."),
        Mistake("A22", _about("in {words} the way back changes the numbers it passes."), "Who moves the weights?",
            "backward only fills in .grad.", "Before and after a sweep, a.data is the same."),
    ),
)  # fmt: skip


# 6 gradients_agree: a right engine and engines with a planted fault, and a loss that watches who nudges what


_BLOCKS = {"W1": _table(7, 3, 2) / 3, "b1": _table(8, 2) / 30, "W2": _table(9, 2, 3) / 7}
_X, _Y = _table(30, 4, 3), np.array([0, 2, 1, 2])


class _Judged:
    """A loss of three blocks on an engine whose gradients are spoilt by `faults`; "idle" takes no part in it."""

    def __init__(self, faults, idle=False):
        Node = _engine()
        blocks = {**_BLOCKS, **({"idle": np.ones(2)} if idle else {})}
        self.faults = faults
        self.parameters = {name: Node(array) for name, array in blocks.items()}
        for parameter in self.parameters.values():
            parameter.grad = np.full_like(parameter.data, 0.3)
        self.start = {name: parameter.data.copy() for name, parameter in self.parameters.items()}
        self.slopes = self._true_slopes()
        self.nudges, self.backs = [], 0

    def _build(self, p):
        return ((_X @ p["W1"] + p["b1"]).tanh() @ p["W2"]).cross_entropy(_Y)

    def _true_slopes(self):
        Node = _engine()
        fresh = {name: Node(array) for name, array in self.start.items()}
        self._build(fresh).backward()
        return {name: parameter.grad for name, parameter in fresh.items()}

    def spoilt(self, name):
        return self.faults.get(name, lambda g: g)(self.slopes[name])

    def __call__(self):
        for name, parameter in self.parameters.items():
            off = np.asarray(parameter.data, dtype=float) - self.start[name]
            self.nudges += [(name, tuple(place), float(off[tuple(place)])) for place in np.argwhere(off).tolist()]
        loss = self._build(self.parameters)
        whole = loss.backward

        def backward():
            self.backs += 1
            before = {name: np.array(p.grad, dtype=float) for name, p in self.parameters.items()}
            whole()
            for name, p in self.parameters.items():
                p.grad = before[name] + self.faults.get(name, lambda g: g)(p.grad - before[name])

        loss.backward = backward
        return loss


def _relative(g, n):
    both = length(g) + length(n)
    return length(g - n) / both if both > 0 else 0.0


def _errors(error=_relative, g_of=lambda loss, name: loss.spoilt(name)):
    def errors(loss_of, parameters):
        with np.errstate(all="ignore"):
            return np.array([error(g_of(loss_of, name), loss_of.slopes[name]) for name in parameters], dtype=float)

    return errors


def _formula(error):
    return _errors(lambda g, n: error(np.float64(length(g - n)), length(g), length(n)))


def _all_blocks(loss_of, parameters):
    g, n = (np.concatenate([np.ravel(part(name)) for name in parameters])
        for part in (loss_of.spoilt, loss_of.slopes.get))  # fmt: skip
    return np.full(len(parameters), _relative(g, n))


def _read_errors(raw, between, loss_of, parameters):
    if not isinstance(raw, dict):
        return Trouble("type", f"your function returns a thing of type {_kind(raw)} in place of a dict.",
            "Which number belongs to which block?")  # fmt: skip
    if set(raw) != set(parameters):
        lacking = [name for name in parameters if name not in raw]
        said = f"lacks the block {lacking[0]}" if lacking else "has a name that is no parameter"
        return Trouble("type", f"your dict {said}.", "Does the return stand inside the loop over the blocks?")
    row = _parts([raw[name] for name in parameters], dict.fromkeys(parameters, ()))
    return np.where(np.abs(row) < 1e-5, 0.0, row) if isinstance(row, np.ndarray) else row


class _Watching(Between):
    """Remembers the losses that were handed to the learner's function, and what it left in the parameters."""

    def __init__(self, function, read):
        super().__init__(function, read)
        self.calls = []

    def __call__(self, loss_of, parameters):
        self.calls.append(loss_of)
        try:
            return super().__call__(loss_of, parameters)
        finally:
            loss_of.left = {name: np.asarray(p.data, dtype=float) for name, p in loss_of.parameters.items()}


def _left_over(report):
    """How far the parameters are from where they were before the call."""
    pairs = [(loss.left[name], start) for loss in report.answer.calls for name, start in loss.start.items()]
    return max(np.max(np.abs(left - start)) if left.shape == start.shape else np.inf for left, start in pairs)


def _nudge_size(report):
    return max((abs(by) for *_, by in report.answer.calls[0].nudges), default=0.0)


def _judged(report):
    return report.fits(_errors())


def _few_places(report):
    places = {each[:2] for each in report.answer.calls[0].nudges}
    return 0 < len(places) < sum(array.size for array in _BLOCKS.values())


def _probe_judge(report):
    loss = report.answer.calls[0]
    if _judged(report):
        sides = {}
        for name, place, by in loss.nudges:
            sides.setdefault((name, place), set()).add(by > 0)
        if sides and all(len(each) == 1 for each in sides.values()):
            return Verdict(True, "one-sided", "right on every engine, with nudges to one side. Nudges to both sides "
                "are "
                "closer to the slope: their error shrinks with the square.")  # fmt: skip
    return None


def _judge_case(label, idle=False, **faults):
    def make():
        loss = _Judged(faults, idle)
        return loss, loss.parameters

    return Case(label, make)


def _last_tripled(g):
    g = g.copy()
    g.flat[-1] *= 3
    return g


GRADIENTS_AGREE = _read_by(
    _read_errors,
    Exercise(
        name="gradients_agree", lesson=LESSON, parameters=("loss_of", "parameters"),
        example='gradients_agree(lambda: (p * p).total(), {"p": p})',
        cases=(
            _judge_case("a right engine with notes left over in .grad"),
            _judge_case("an engine whose b1 is 1 % too long", b1=lambda g: 1.01 * g),
            _judge_case("an engine with W2 half as long and b1 turned round", W2=lambda g: g / 2, b1=lambda g: -g),
            _judge_case("a right engine and a block that takes no part", idle=True),
            _judge_case("an engine with the last entry of W1 and of W2 tripled", W1=_last_tripled, W2=_last_tripled),
        ),
        truth=_errors(), rtol=2e-3, shape=lambda loss_of, parameters: (len(parameters),),
        shape_words="one number for each block", what="the relative error of each block", probe=_probe_judge,
        known="right slopes pass, 1 % shows, old notes are thrown away, zeros do no harm, and every number is back.",
        question="p holds (1, 2), the loss is (p * p).total(). Which letters of Z-F-B-U do you need, and in which "
            "order?",
        pointer="Zero, build the loss, backward once. Then for each entry: keep, raise, loss, lower, loss, put back.",
        step="p = (1, 2), nudge 0.1: 5.21 and 4.81 for entry 0, slope 0.4 / 0.2 = 2. Entry 1: 4. So n = (2, 4), and "
        "p.grad is (2, 4): error 0.",
        mistakes=(
            Mistake("A15", "what stood in .grad before is not thrown away: the first letter is missing.",
                "What stands in .grad when nobody has zeroed it?", "Zero every .grad, then build, then backward.",
                "Left over 0.3, slope 2: the sweep makes 2.3 of it.",
                wrong=_errors(g_of=lambda loss, name: loss.spoilt(name) + 0.3)),
            Mistake("no-backward", "no sweep has run: .grad is compared as it was.",
                "Which call fills in .grad?", "Build the loss once and call its backward, before the nudges.",
                "Without a sweep p.grad is 0, and the error is 1.",
                seen=lambda report: ran_through(report) and not any(loss.backs for loss in report.answer.calls)),
            Mistake("sweeps", "the sweep runs several times, and gradients add up.",
                "How often does your backward run for three blocks?", "One sweep fills in all blocks.",
                "Two sweeps: p.grad is (4, 8) in place of (2, 4).",
                seen=lambda report: ran_through(report) and report.answer.calls[0].backs > 1 and not _judged(report)),
            Mistake("restore", "after the call a parameter isn't what it was.",
                "Which number do you put back: a kept one, or one that you compute?",
                "Keep the entry before the first nudge, and put exactly that back.",
                "(0.1 + 0.3) − 0.3 is 0.10000000000000003.",
                seen=lambda report: ran_through(report) and 0 < _left_over(report) < 1e-12),
            Mistake("piled", "nudges pile up: an entry isn't back in place when the next one is nudged.",
                "How many entries are off their place at one time?", "Put the kept number back before the next entry.",
                "Entry 0 at 1.00001 while entry 1 is nudged: two slopes get mixed.",
                seen=lambda report: ran_through(report) and _left_over(report) >= 1e-12),
            Mistake("few-entries", "some entries are never nudged.", "How many entries have a table of 3 rows and 2 "
                "columns?",
                "np.ndindex(shape) walks through all of them, with any number of axes.",
                "(3, 2): (0, 0), (0, 1), (1, 0) and so on, six of them.",
                seen=lambda report: ran_through(report) and not _judged(report) and _few_places(report)),
            Mistake("nudge-size", lambda report: f"your nudge is {_nudge_size(report):.0e}, and right slopes don't "
                f"pass.",
                "How many digits has a float, and how many are left after the subtraction?",
                "Between 1e-6 and 1e-4 central differences are good to eight digits.",
                "1e-5: the error of the formula is near 1e-10, the rounding near 1e-11.",
                seen=lambda report: ran_through(report) and not _judged(report)
                    and (not 1e-9 < _nudge_size(report) < 5e-3) and report.answer.calls[0].nudges),
            Mistake("zero-block", "a block where both are zero gives nan or an error.", "What is 0 / 0?",
                "Where both lengths are 0 they agree: error 0.", "g = (0, 0), n = (0, 0): 0.",
                wrong=_errors(lambda g, n: np.float64(length(g - n)) / (length(g) + length(n))),
                seen=lambda report: [i for i, value in enumerate(report.values) if isinstance(value, Trouble)] == [3]
                    and "ZeroDivision" in report.values[3].sentence),
            Mistake("absolute", "your error isn't divided by the lengths.", "Is a difference of 0.01 large?",
                "It depends on the size of the slopes: divide by the sum of both lengths.",
                "Lengths 2 and 2.02: 0.02 / 4.02 is 0.005.", wrong=_formula(lambda d, g, n: d)),
            Mistake("denominator", "you divide by another length than the sum of both.",
                "Which two lengths stand below the line?", "The length of g plus the length of n.",
                "g = (3, 4), n = (0, 0): 5 / (5 + 0) is 1.",
                wrong=(_formula(lambda d, g, n: d / n if n else 0.0), _formula(lambda d, g, n: d / g if g else 0.0),
                    _formula(lambda d, g, n: d / max(g, n) if g + n else 0.0),
                    _formula(lambda d, g, n: 2 * d / (g + n) if g + n else 0.0),
                    _errors(lambda g, n: length(g - n) / length(g + n) if length(g + n) > 0 else 0.0))),
            Mistake("squares", "squared lengths are compared.", "Where is the root?", "A length is the root of a "
                "sum of squares.",
                "(3, 4): 9 + 16 = 25, length 5.",
                wrong=_formula(lambda d, g, n: d * d / (g * g + n * n) if g + n else 0.0)),
            Mistake("entry-by-entry", "your error is taken entry by entry.", "Which numbers does one block return?",
                "One length for the whole block's difference.", "(3, 4) − (3, 0) has length 4.",
                wrong=tuple(
                    _errors(lambda g, n, join=join: join(np.nan_to_num(np.abs(g - n) / (np.abs(g) + np.abs(n)))))
                    for join in (np.max, np.mean, np.sum))),
            Mistake("half-nudge", "your numerical slope has a factor 2 too many or too few.",
                "From −eps to +eps: how wide is that?", "Divide by the whole width, twice the nudge.",
                "5.21 − 4.81 = 0.4, width 0.2: slope 2.",
                wrong=(_errors(lambda g, n: _relative(g, 2 * n)), _errors(lambda g, n: _relative(g, n / 2)))),
            Mistake("all-in-one", "all blocks together give one error.", "Which block would you repair?",
                "Compare block by block: a small sick block drowns among large ones.",
                "b1 alone 1 % off: 0.005 there, and much less in the whole.", wrong=_all_blocks),
        ),
    ),
    _Watching,
)  # fmt: skip

# 7 reader


_READER_SHAPES = {"W1": (64, 32), "b1": (32,), "W2": (32, 10), "b2": (10,)}


@functools.cache
def _digits():
    digits = _loaded()
    return digits.images / 16, digits.labels


def _plain(block):
    """The array in a parameter: also in a Value, and in a bias that lies as one row."""
    block = getattr(block, "data", block) if not isinstance(block, np.ndarray) else block
    return np.asarray(block, dtype=float)


def _weights(raw):
    """{name: array} of a reader, or a Verdict."""
    if hasattr(raw, "named_parameters"):
        raw = raw.named_parameters()
    if not isinstance(raw, dict) or not set(_READER_SHAPES) <= set(raw):
        return verdict_on(READER, "type", 'the check wants a dict with "W1", "b1", "W2" and "b2".',
            "What does train_reader return behind its last line?")  # fmt: skip
    if any(raw[name] is ... for name in _READER_SHAPES):
        return unfinished("a block of the reader is still ...")
    blocks = {}
    for name, shape in _READER_SHAPES.items():
        try:
            block = _plain(raw[name])
        except (TypeError, ValueError):
            return verdict_on(READER, "type", f"{name} holds something else than numbers.", "What stands in it?")
        if block.shape == (1, *shape):
            block = block[0]
        if block.shape != shape:
            turned = " It lies on its side." if block.shape == shape[::-1] and block.ndim == 2 else ""
            return _says(READER, "sizes", name=name, got=block.shape, want=shape, turned=turned)
        if not np.isfinite(block).all():
            return _says(READER, "nan", name=name)
        blocks[name] = block
    return blocks


def _scores(p, X, act=np.tanh):
    with np.errstate(all="ignore"):
        return act(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]


def _right_of(p, X, y, act=np.tanh, shift=0):
    return int(np.sum((np.argmax(_scores(p, X, act), axis=1) + shift) % 10 == y))


def _alike_on_both(right, learned, loss, trained_loss):
    """Whether the test rows look like rows that were learned from.

    Measured on 92 readers with 450 to 466 right that were trained on the first 1,297 rows (three rates, three batch
    sizes, ink noise, weight decay up to 0.02): their loss is at least 1.35 times, their share of errors at least 2.2
    times that of the training rows. Of 33 that learned from all rows and stopped early, three in four lie below both.
    """
    errors, learned_errors = (TEST - right) / TEST, (TRAIN - learned + 1) / TRAIN
    return loss < 1.3 * trained_loss and errors < 2 * learned_errors


def _look_at_reader(raw):
    bench = _bench("reader")
    p = bench.call(_weights, raw)
    if isinstance(p, Trouble):
        return _stopped(READER, p, "while the check reads the four blocks")
    if isinstance(p, Verdict):
        return p
    X, y = _digits()
    train, test = (X[:TRAIN], y[:TRAIN]), (X[TRAIN:], y[TRAIN:])
    right, learned = _right_of(p, *test), _right_of(p, *train)
    facts = {"right": right, "learned": learned}
    said = f"{right} of {TEST} new writers' digits right ({right / TEST:.1%}), and {learned:,} of {TRAIN:,} seen ones"
    loss, trained_loss = _loss(_scores(p, test[0]), test[1]), _loss(_scores(p, train[0]), train[1])
    if right > LEAKED or (right > HONEST and loss < 1.8 * trained_loss):
        return _says(READER, "leak", **facts)
    if right >= WANTED and _alike_on_both(right, learned, loss, trained_loss):
        both = f"{right} of {TEST} right, and {learned:,} of {TRAIN:,}"
        return verdict_on(READER, "leak", f"{both}: your reader does as well "
            "on the test rows as on those it was to learn from. On people it has never met it errs more than twice as "
            "often.")  # fmt: skip
    if right >= WANTED:
        return verdict_on(READER, "right", f"{said}.", right=True)
    if np.ptp(p["W1"], axis=1).max() < 1e-9 and np.ptp(p["b1"]) < 1e-9:
        return _says(READER, "A38", **facts)
    mean, spread = train[0].mean(axis=0), train[0].std(axis=0)
    others = {
        "unscaled": (16 * test[0],),
        "other-ink": ((test[0] - mean) / np.where(spread > 0, spread, 1), test[0] - mean, 2 * test[0] - 1, 1 - test[0],
            test[0] - 0.5, 16 * test[0] / 255),
    }  # fmt: skip
    best = {name: max(_right_of(p, x, test[1]) for x in xs) for name, xs in others.items()}
    shifted = max(_right_of(p, *test, shift=shift) for shift in (1, 9))
    relu = max(_right_of(p, *test, act=act) for act in (lambda a: np.maximum(a, 0), _logistic))
    best |= {"shifted": shifted, "activation": relu}
    name = max(best, key=best.get)
    if best[name] > max(right + 5, 350):
        return _says(READER, name, **facts, other=best[name])
    if right >= 400 or learned >= 0.85 * TRAIN:
        return _says(READER, "early", **facts)
    return _says(READER, "untrained" if learned < 0.2 * TRAIN else "weak", **facts)


READER = Exercise(
    name="reader", lesson=LESSON, look=_look_at_reader, example="reader = train_reader(X_train, y_train)",
    what="four arrays of a trained network", known="at least 450 of 500 digits of new writers are read right.",
    question="What is the loss after the first epoch, and after the tenth?",
    pointer="Print the mean loss of each epoch. It starts near 2.3, the logarithm of ten, and has to fall.",
    step="At η = 0.1, batches of 64: the mean loss is near 0.34 after ten epochs and 0.07 after sixty.",
    mistakes=(
        Mistake("sizes", _about("{name} has the shape {got}, and {want} is wanted.{turned}"),
            "How many pixels, hidden units and digits are there?", "X @ W1: the 64 pixels stand first in W1's shape.",
            "W1 (64, 32), b1 (32,), W2 (32, 10), b2 (10,)."),
        Mistake("nan", _about("{name} holds nan or inf: the training blew up."), "After which update is the loss nan?",
            "A smaller learning rate, ink from 0 to 1, and the largest score taken off before exp.",
            "Print the loss of the first ten updates. If it grows, divide η by ten."),
        Mistake("leak", _about("{right} of 500 is more than this network reaches on people it has never met: 466 is "
            "the most "
            "we measured."), "Which rows did the training see?", "Train on X_train, y_train, the first 1,297 rows.",
            "Shuffling all 1,797 rows first puts the test's own pictures, or its writers, into the training."),
        Mistake("A38", _about("all 32 hidden units are alike, and the reader gets {right} of 500 right."),
            "Swap two hidden units. Does anything change? Will it ever?",
            "Weights start random, as lesson 6 said. Only the biases may start at zero.",
            "rng.normal(0, spread, (64, 32)) gives 2,048 different numbers."),
        Mistake("unscaled", _about("{right} of 500 right, and {other} if the ink goes up to 16: that is what it was "
            "trained on."),
            "Which X did you train on: from 0 to 1 or from 0 to 16?", "X = digits.images / 16, in training and in use.",
            "Ink 8 is 0.5. Fed with 16 times the ink, tanh is flat nearly everywhere."),
        Mistake("other-ink", _about("{right} of 500 right, and {other} if the ink is scaled in another way first."),
            "What happens to X between its cell and your training?",
            "Who calls the reader gives it ink from 0 to 1, and nothing else is done to it.",
            "A reader trained on standardised ink needs the same mean and spread in use."),
        Mistake("shifted", _about("{right} of 500 right, and {other} if every answer is moved by one: the labels "
            "are shifted."),
            "Which score belongs to the digit 0?", "Score 0 belongs to the digit 0, score 9 to the 9.",
            "Label 3: the slope is chance minus 1 at place 3."),
        Mistake("activation", _about("{right} of 500 right, and {other} with another activation than tanh."),
            "Which function stands between your two layers?", "The hidden layer is tanh, in training and in use.",
            "With relu −1 becomes 0, with tanh −0.76."),
        Mistake("early", _about("{right} of 500 new writers' digits right, and 450 are wanted; {learned} of the "
            "1,297 it "
            "learned from."), "Was the loss still falling when you stopped?",
            "More epochs, or a larger step; compare the loss of the last two epochs.",
            "At η = 0.1 ten epochs gave us 441, thirty 455, sixty 460."),
        Mistake("untrained", _about("{right} of 500 right: no better than saying the same digit to everything."),
            "Does the loss fall at all?", "Print the loss before and after one update on one batch.",
            "A lot of things stop a training: no update, a zero rate, labels out of step with their pictures."),
        Mistake("weak", _about("{right} of 500 right, and {learned} of the 1,297 it learned from: it has learned "
            "little."),
            "Does the judge of M4 pass your engine?", "Judge first, then the learning rate, then the number of epochs.",
            "Train on ten pictures until all ten are right. If that fails, something in the loop is off."),
    ),
)  # fmt: skip


# 8 leakage: a train_and_score that writes down which rows it is given


class _Audit:
    """Pictures that carry their row in their first pixel, and a train_and_score that keeps what it is handed."""

    def __init__(self, n, held, seed):
        rng = fixture_rng(n)
        self.X = np.column_stack([np.arange(n), rng.integers(0, 17, (n, 3))]).astype(float)
        self.y = rng.integers(0, 10, n)
        self.kept = self.X.copy(), self.y.copy()
        self.n, self.held, self.rng, self.calls = n, held, fixture_rng(seed), []

    def train_and_score(self, X_train, y_train, X_test, y_test):
        self.calls.append([np.array(each) for each in (X_train, y_train, X_test, y_test)])
        return 0.25 + 0.125 * len(self.calls) + 0.001 * self.n

    def score(self, call):
        return 0.25 + 0.125 * (call + 1) + 0.001 * self.n


def _split_fault(audit, call):
    """What is wrong with one call, as the name of a mistake, or (rows of training, rows of test)."""
    X_train, y_train, X_test, y_test = call
    if X_train.ndim == 2 and y_train.ndim == 2 and X_test.ndim == 1:
        return "arguments"
    if [each.ndim for each in call] != [2, 1, 2, 1] or X_train.shape[1] != 4 or X_test.shape[1] != 4:
        return "shapes"
    train, test = X_train[:, 0].astype(int), X_test[:, 0].astype(int)
    X, y = audit.kept
    if len(train) == audit.held and len(test) == audit.n - audit.held:
        return "sizes-swapped"
    if set(train) & set(test):
        return "overlap"
    if len(set(test)) < len(test) or len(set(train)) < len(train):
        return "twice"
    if len(test) != audit.held:
        return "size"
    if len(train) + len(test) != audit.n:
        return "lost"
    for rows, images, labels in ((train, X_train, y_train), (test, X_test, y_test)):
        if len(labels) != len(rows) or not np.array_equal(labels, y[rows]) or not np.array_equal(images, X[rows]):
            return "out-of-step"
    return train, test


def _audited(bench, answer, n, held, seed):
    """(the mistake's name or None, the audit, the test rows of the shuffled split, Verdict for trouble)."""
    audit = _Audit(n, held, seed)
    raw = bench.call(answer, audit.train_and_score, audit.X, audit.y, held, audit.rng)
    found = SimpleNamespace(audit=audit, rows=None, name=None, verdict=None)
    if isinstance(raw, Trouble):
        found.verdict = _stopped(LEAKAGE, raw, "with 20 pictures or more")
        return found
    if raw is ... or (not audit.calls and raw is None):
        found.verdict = unfinished("leakage doesn't call train_and_score "
            "yet") if raw is ... else _says(LEAKAGE, "calls", n=0)
        return found
    splits = [_split_fault(audit, call) for call in audit.calls]
    fault = next((each for each in splits if isinstance(each, str)), None)
    spoilt = not (np.array_equal(audit.X, audit.kept[0]) and np.array_equal(audit.y, audit.kept[1]))
    if spoilt or fault or len(splits) != 2:
        found.verdict = _says(LEAKAGE, "A07" if spoilt else fault or "calls", n=len(splits))
        return found
    last, first = set(range(n - held, n)), set(range(held))
    is_last = [set(test) == last for _, test in splits]
    if not any(is_last):
        firsts = any(set(test) == first for _, test in splits)
        found.verdict = _says(LEAKAGE, "first-rows" if firsts else "both-shuffled")
        return found
    if all(is_last):
        found.verdict = _says(LEAKAGE, "both-in-order")
        return found
    new = is_last.index(True)
    found.rows = tuple(sorted(splits[1 - new][1]))
    found.verdict = _returned(raw, audit.score(new), audit.score(1 - new))
    return found


def _returned(raw, new, seen):
    """The Verdict on what came back, or None if it is both shares in the right order."""
    if isinstance(raw, dict) and len(raw) == 2:
        raw = list(raw.values())
    value = numbers(raw, (2,), "two shares")
    if isinstance(value, Trouble):
        gap = numbers(raw, (), "")
        if not isinstance(gap, Trouble) and close(abs(gap), abs(seen - new)):
            return _says(LEAKAGE, "gap")
        return verdict_on(LEAKAGE, value.kind, value.sentence, value.question)
    if close(value, [new, seen]):
        return None
    if close(value, [seen, new]):
        return _says(LEAKAGE, "order")
    if close(value, [1 - new, 1 - seen]):
        return _says(LEAKAGE, "wrong-ones")
    said = f"your function returns {show(value)}, and train_and_score said {show([new, seen])}."
    return verdict_on(LEAKAGE, "unknown", said)


def _look_at_leakage(answer):
    if not is_function_of(answer, LEAKAGE.parameters):
        return examine(replace(LEAKAGE, look=None, cases=()), answer, LIMITS)
    bench, rows = _bench("leakage"), []
    for n, held, seed in ((20, 6, 0), (20, 6, 1), (20, 6, 0), (41, 10, 2), (12, 9, 3)):
        found = _audited(bench, answer, n, held, seed)
        if found.verdict:
            return found.verdict
        rows.append(found.rows)
    if rows[0] == rows[1]:
        return _says(LEAKAGE, "own-seed")
    return None if rows[0] == rows[2] else _says(LEAKAGE, "other-rng")


LEAKAGE = Exercise(
    name="leakage", lesson=LESSON, look=_look_at_leakage, parameters=("train_and_score", "X", "y", "held_out", "rng"),
    example="leakage(train_and_score, X, y, 500, np.random.default_rng(0))", what="the shares on both splits",
    known="two splits of the same sizes, no picture on both sides, none lost, each with its label; the second "
        "through rng.",
    question="Six pictures, two held out. Which rows are tested in the first split, and which might be in the second?",
    pointer="An order of row numbers, cut in two: the front trains, the back is tested. Two orders, the same cut.",
    step="Order 0 1 2 3 4 5: train on 0 1 2 3, test 4 5. Order 3 0 5 2 1 4: train on 3 0 5 2, test 1 4.",
    mistakes=(
        Mistake("calls", _about("train_and_score is called {n} times, and two splits are wanted."),
            "How many trainings does a comparison of two splits take?", "One call for each split.",
            "Two orders of rows, a loop over both, one call in it."),
        Mistake("arguments", "train_and_score gets its arguments in another order.",
            "What are its four arguments called, from left to right?", "X_train, y_train, X_test, y_test.",
            "Some libraries hand back X, X, y, y. This function wants X, y, X, y."),
        Mistake("shapes", "train_and_score gets arrays that are no pictures and no labels.",
            "What shape has each of the four?", "Pictures have two axes, labels one, and the rows fit.",
            "X[[4, 5]] has two rows, y[[4, 5]] two labels."),
        Mistake("sizes-swapped", "training and test have changed places.",
            "held_out = 2 of six: how many pictures are trained on?", "The held-out ones are tested, the others train.",
            "Six pictures, two held out: four train."),
        Mistake("overlap", "test rows are in the training set.", "Which pictures has the reader seen before its test?",
            "No row stands on both sides of the cut.", "Train on 0 1 2 3, test 4 5: nothing in common."),
        Mistake("twice", "a row stands twice on one side.", "Can one picture be drawn two times from your rng?",
            "A permutation has every row once. Drawing with replacement has not.", "3 0 5 2 1 4: each row once."),
        Mistake("size", "another number of pictures is tested than held_out says.",
            "How many rows are behind your cut?", "held_out rows are tested in both splits.",
            "Six rows, two held out: the cut is behind the fourth."),
        Mistake("lost", "some pictures are in neither part.", "How many rows have both parts together?",
            "All that is not tested trains.", "Six rows: four and two."),
        Mistake("out-of-step", "pictures and labels are out of step.", "Does picture 3 still have label 3?",
            "One order of rows for both: X[order] and y[order].", "Order 3 0: pictures 3 and 0, labels 3 and 0."),
        Mistake("A07", "your function shuffles X or y themselves, which belong to the caller.",
            "After the call, in which order are the caller's pictures?", "Shuffle row numbers, and leave X and y as "
            "they are.",
            "X[order] makes a new array. rng.shuffle(X) changes the old one."),
        Mistake("first-rows", "in the first split the first rows are tested, not the last.",
            "Where in the file do the new writers stand?", "The last held_out rows are tested.",
            "Six rows, two held out: 4 and 5."),
        Mistake("both-shuffled", "neither split tests the last rows: no new writers.",
            "Whose handwriting is tested if the rows are shuffled first?", "The first split keeps the order of the "
            "file.",
            "Six rows, two held out: 4 and 5."),
        Mistake("both-in-order", "both splits test the last rows: nothing is shuffled.",
            "Does rng.permutation change its argument, or return something?", "Use the order that comes back.",
            "order = rng.permutation(6) might be 3 0 5 2 1 4."),
        Mistake("gap", "you return the difference, and both shares are wanted.", "Which of the two is the honest one?",
            "Two numbers: new writers, then seen ones.", "0.92, 0.97."),
        Mistake("order", "the two shares have changed places.", "Which split is named first in the text?",
            "First the new writers, then the seen ones.", "0.92, 0.97: the smaller one comes first."),
        Mistake("wrong-ones", "you return the shares that are wrong.", "What does train_and_score return?",
            "Hand on what it says.", "0.92 right is 0.08 wrong."),
        Mistake("own-seed", "your shuffling doesn't come from rng: with another generator the same rows are tested.",
            "What is the last argument for?", "Ask rng for the permutation.", "rng.permutation(6)."),
        Mistake("other-rng", "with the same seed in rng another split comes out.",
            "Which generator does your shuffling ask?", "np.random has a generator of its own. Ask rng.",
            "Two calls with the same seed must test the same rows."),
    ),
)  # fmt: skip


# 9 calibration


def _bins(confidence, right, edges, inside=None, row=None, keep=False):
    """One row for each bin; which answers are in it and what is told of it are arguments."""
    def within(c, i):
        return (edges[i] <= c) & ((c < edges[i + 1]) | ((i == len(edges) - 2) & (c == edges[-1])))

    rows = []
    for i in range(len(edges) - 1):
        chosen = inside(confidence, i, edges) if inside else within(confidence, i)
        c, r = confidence[chosen], right[chosen].astype(float)
        if len(c) or keep:
            mean = (c.mean(), r.mean()) if len(c) else (0.0, 0.0)
            rows.append(row(c, r, edges[i], edges[i + 1], len(right)) if row and len(c) else (*mean, len(c)))
    return np.array(rows, dtype=float).reshape(-1, 3)


def _binned(**changes):
    return lambda confidence, right, edges: _bins(confidence, right, edges, **changes)


def _from_right(c, i, e):
    return (e[i] < c) & (c <= e[i + 1])


def _stretched_ends(c, i, e):
    low, high = (-np.inf if i == 0 else e[i]), (np.inf if i == len(e) - 2 else e[i + 1])
    return (low <= c) & (c < high)


def _read_bins(raw, between, confidence, right, edges):
    if isinstance(raw, dict):
        return Trouble("type", "your function returns a dict, where a list is wanted.", "What is one entry of the "
            "list?")
    if isinstance(raw, list | tuple) and len(raw) == 0:
        return np.zeros((0, 3))
    return raw


def _sure(seed, n, *edges, also=()):
    def make():
        rng = fixture_rng(seed)
        c = np.concatenate([np.round(rng.uniform(0, 1, n), 3), also])
        return c, rng.random(len(c)) < 0.6, list(edges)

    return Case(f"{n + len(also)} confidences with the edges {list(edges)}", make)


CALIBRATION = _read_by(
    _read_bins,
    Exercise(
        name="calibration", lesson=LESSON, parameters=("confidence", "right", "edges"),
        example="calibration(np.array([0.6, 0.8, 1.0]), np.array([True, False, True]), [0.0, 0.5, 0.9, 1.0])",
        cases=(
            Case("the example", lambda: (
                np.array([0.6, 0.8, 1.0]), np.array([True, False, True]), [0.0, 0.5, 0.9, 1.0])),
            _sure(1, 30, 0.0, 0.25, 0.5, 0.75, 1.0, also=(0.0, 0.25, 0.5, 0.5, 1.0)),
            _sure(2, 9, 0.0, 0.1, 0.9, 0.95, 1.0, also=(1.0, 1.0, 0.9)),
            _sure(3, 40, 0.2, 0.6, 0.8, also=(0.2, 0.6, 0.8, 0.8)),
            _sure(4, 12, 0.0, 1.0),
            Case("nobody in any bin", lambda: (np.array([0.1, 0.2]), np.array([True, False]), [0.5, 0.75, 1.0])),
        ),
        truth=_bins, shape=lambda c, r, e: _bins(c, r, e).shape, shape_words="three numbers for each bin that isn't "
            "empty",
        what="mean confidence, share right and how many",
        known="bins closed on the left, the last one on both sides, empty ones left out, and strays outside all "
            "edges too.",
        question="Confidences 0.5 and 1.0, edges 0, 0.5, 1. Which bin does each of them fall into?",
        pointer="For each pair of neighbouring edges: who is inside, their mean confidence, their share right, "
            "their number.",
        step="0.5 and 0.7 right, 0.7 wrong, edges 0.5 and 1: mean 0.633, share 0.667, three of them.",
        mistakes=(
            Mistake("last-edge", "a confidence equal to the last edge falls out.", "Into which bin does a 1.0 fall?",
                "The last bin takes its right end as well.", "Edges 0, 0.5, 1: 1.0 is in the second bin.",
                wrong=_binned(inside=lambda c, i, e: (e[i] <= c) & (c < e[i + 1]))),
            Mistake("right-closed", "your bins hold their right end, not their left one.",
                "Edges 0, 0.5, 1: where does 0.5 fall?", "edges[i] belongs to bin i.", "0.5 is in the second bin.",
                wrong=(_binned(inside=_from_right),
                    _binned(inside=lambda c, i, e: _from_right(c, i, e) | ((i == 0) & (c == e[0]))))),
            Mistake("both-ends", "a confidence on an edge is counted in two bins.", "Can one answer be in two bins?",
                "Inside means: from the left edge on, and below the right one.", "Edges 0, 0.5, 1: 0.5 is in the "
                "second only.",
                wrong=_binned(inside=lambda c, i, e: (e[i] <= c) & (c <= e[i + 1]))),
            Mistake("open", "a confidence on an edge is in no bin.", "Edges 0, 0.5, 1: where does 0.5 fall?",
                "The left edge belongs to the bin.", "0.5 is in the second bin.",
                wrong=_binned(inside=lambda c, i, e: (e[i] < c) & (c < e[i + 1]))),
            Mistake("strays", "confidences outside all edges are pushed into the bins at the ends.",
                "Edges 0.2 to 0.8: which bin holds 0.95?", "Who is outside is left out.", "0.95 is in no bin.",
                wrong=(_binned(inside=_stretched_ends),
                    _binned(inside=lambda c, i, e: _stretched_ends(c, i, e) & (c >= e[0])),
                    _binned(inside=lambda c, i, e: (e[i] <= c) & ((c < e[i + 1]) | (i == len(e) - 2))))),
            Mistake("empty", "empty bins are in your list.", "What is the mean of no numbers?",
                "A bin without answers gets no entry.", "Edges 0, 0.5, 1, all above 0.5: one entry.",
                wrong=(_binned(keep=True), lambda c, r, e: np.array([
                    row if row[2] else (np.nan, np.nan, 0) for row in _bins(c, r, e, keep=True)]))),
            Mistake("middle", "you give the middle of the bin, not the mean confidence in it.",
                "0.9 and 1.0 in a bin from 0 to 1: what is their mean?", "Average the confidences themselves.",
                "Mean 0.95; the bin's middle would be 0.5.",
                wrong=(_binned(row=lambda c, r, low, high, n: ((low + high) / 2, r.mean(), len(c))),
                    _binned(row=lambda c, r, low, high, n: (low, r.mean(), len(c))),
                    _binned(row=lambda c, r, low, high, n: (high, r.mean(), len(c))))),
            Mistake("wrong-share", "you give the share that was wrong.", "Which answers does your mean count?",
                "The second number is the share right.", "Right, wrong, right: 0.667.",
                wrong=_binned(row=lambda c, r, low, high, n: (c.mean(), 1 - r.mean(), len(c)))),
            Mistake("count", "your second number is no share of the bin.", "Right how often, out of how many in the "
                "bin?",
                "Divide by the number in this bin.", "Two of three right: 0.667.",
                wrong=(_binned(row=lambda c, r, low, high, n: (c.mean(), r.sum(), len(c))),
                    _binned(row=lambda c, r, low, high, n: (c.mean(), r.sum() / n, len(c))))),
            Mistake("sum", "your first number is the sum of the confidences.", "Can a mean of shares be above 1?",
                "Divide by the number in the bin.", "0.9 and 1.0: 0.95.",
                wrong=_binned(row=lambda c, r, low, high, n: (c.sum(), r.mean(), len(c)))),
            Mistake("right-count", "your last number counts only those that were right.", "How many answers are in "
                "the bin?",
                "The third number counts all in the bin.", "Right, wrong, right: 3.",
                wrong=_binned(row=lambda c, r, low, high, n: (c.mean(), r.mean(), r.sum()))),
            Mistake("columns", "the three numbers of a bin are in another order.", "Which one is named first in the "
                "text?",
                "Mean confidence, share right, how many.", "(0.7, 0.5, 2).",
                wrong=(_binned(row=lambda c, r, low, high, n: (r.mean(), c.mean(), len(c))),
                    _binned(row=lambda c, r, low, high, n: (len(c), c.mean(), r.mean())),
                    lambda c, r, e: _bins(c, r, e).T)),
            Mistake("all-in-one", "all answers are in one row, whatever the edges are.", "What are the edges for?",
                "One row for each bin.", "Edges 0, 0.5, 1 make two bins.",
                wrong=lambda c, r, e: np.array([[c.mean(), r.mean(), len(c)]])),
            Mistake("backward", "your list runs from the last bin to the first.", "Which bin comes first?",
                "In the order of the edges, upwards.", "Edges 0, 0.5, 1: first the bin from 0 to 0.5.",
                wrong=lambda c, r, e: _bins(c, r, e)[::-1]),
        ),
    ),
)  # fmt: skip


# 10 report


_FOOL = 51 / TEST
_ENTRIES = ("tested on", "right", "of", "baseline", "decisions", "limits")


def _words(text):
    return len(text.split()) if isinstance(text, str) else 0


def _look_at_report(raw):
    if not isinstance(raw, dict):
        return verdict_on(REPORT, "type", "the check wants your dict and got something else.", "Does its line say "
            "{**report, …}?")
    lacking = next((name for name in _ENTRIES if name not in raw), None)
    if lacking:
        return verdict_on(REPORT, "type", f'your report has no entry "{lacking}".', "Which six entries does the text "
            "list?")
    bench = _bench("report")
    p = bench.call(_weights, raw.get("reader"))
    if not isinstance(p, dict):
        return _says(REPORT, "reader")
    X, y = _digits()
    right, learned = _right_of(p, X[TRAIN:], y[TRAIN:]), _right_of(p, X[:TRAIN], y[:TRAIN])
    said = numbers(raw["right"], (), "one number")
    of = numbers(raw["of"], (), "one number")
    fool = numbers(raw["baseline"], (), "one number")
    for name, value in (("right", said), ("of", of), ("baseline", fool)):
        if isinstance(value, Trouble):
            return verdict_on(REPORT, "type", f'beside "{name}" one number is wanted.', "Which number stands in your "
                "output?")
    where = " ".join(raw["tested on"].lower().split()) if isinstance(raw["tested on"], str) else ""
    if where not in ("new writers", "seen writers"):
        return verdict_on(REPORT, "type", '"tested on" is "new writers" or "seen writers".', "Whose rows are the last "
            "500?")
    said, of, fool = float(said), float(of), float(fool)
    facts = {"said": f"{said:g}", "right": right, "learned": learned, "of": f"{of:g}", "fool": f"{fool:g}"}
    if where == "seen writers":
        return _says(REPORT, "seen", **facts)
    if of in (TRAIN, TRAIN + TEST) or (said == learned != right):
        return _says(REPORT, "training-rows", **facts)
    if of != TEST:
        return _says(REPORT, "of", **facts)
    if said != right:
        shares = (right / TEST, 100 * right / TEST, round(right / TEST, 2), round(100 * right / TEST))
        name = "unit" if any(abs(said - share) < 6e-4 * max(1, share) for share in shares) else "not-yours"
        return _says(REPORT, name if said != TEST - right else "wrong-ones", **facts)
    if abs(fool - _FOOL) > 0.001 + 1e-12:
        for name, values in (("percent", (10.2, 51.0)), ("chance", (0.1,))):
            if any(abs(fool - value) < 0.011 * value for value in values):
                return _says(REPORT, name, **facts)
        return _says(REPORT, "baseline", **facts)
    decisions = raw["decisions"]
    if not isinstance(decisions, list | tuple) or len(decisions) < 2 or any(_words(text) < 8 for text in decisions[:2]):
        return _says(REPORT, "decisions", **facts)
    if decisions[0].split() == decisions[1].split():
        return _says(REPORT, "same-twice", **facts)
    if _words(raw["limits"]) < 8:
        return _says(REPORT, "limits", **facts)
    return verdict_on(REPORT, "right", f"{right} of {TEST} is what this reader gets on new writers, and the fool gets "
        f"51. The "
        "sentences are for a person to read.", right=True)  # fmt: skip


REPORT = Exercise(
    name="report", lesson=LESSON, look=_look_at_report, example="report", what="the one-page report",
    known="the numbers are those of your reader. The sentences are for a person to read.",
    question="Which rows was your reader tested on, and how many of them did it get right?",
    pointer="Let the reader of M5 read X_test and count. The fool's share comes from M1.",
    step="np.argmax(scores, axis=1) gives one digit a row; compare with y_test and add up the True ones.",
    mistakes=(
        Mistake("reader", "the numbers can't be compared: there is no trained reader yet. Milestone 5 comes first.",
            "Does the check of M5 pass?", "Run the cells of M5 again, down to its check.",
            "reader is a dict of four arrays, W1, b1, W2 and b2."),
        Mistake("seen", "you quote the number for seen writers; the reader of M5 is tested on new ones.",
            "Who will use it: people in the training set, or others?",
            "The last 500 rows are new writers. Quote that number.", "About 92 % for new, 97 % for seen writers."),
        Mistake("training-rows", _about("{said} of {of} counts pictures it learned from: there it gets {learned}, "
            "on new "
            "writers {right} of 500."), "Which pictures had it seen before?",
            "Only X_test and y_test count.", "Memory alone would score full marks on training rows."),
        Mistake("of", _about("you say {of}, and 500 pictures are held out."), "How many rows has X_test?",
            "The last 500.", "1,797 − 1,297 = 500."),
        Mistake("unit", _about('"right" is {said}, a share; how many of 500 is wanted.'), "How many pictures is that?",
            "A count is a whole number.", "0.93 of 500: 465."),
        Mistake("wrong-ones", _about("{said} is how many it gets wrong."), "What does your comparison count?",
            "Right means: the digit read is the label.", "40 wrong of 500: 460 right."),
        Mistake("not-yours", _about("you report {said} right, and the reader that came with it gets {right} of 500."),
            "Was the reader trained again after you wrote the number down?",
            "Count with the reader as it is now, and write that number.",
            "Another seed moves it by five or so: report and reader belong together."),
        Mistake("percent", _about("your baseline is {fool}, and a share is wanted."), "Can a share be more than 1?",
            "1 means all of them.", "51 of 500: 0.102."),
        Mistake("chance", "your baseline is a guess of one in ten, and the fool of M1 scores a little more.",
            "What does `baseline(y_train, y_test)` return?", "The share of the commonest training digit in the test.",
            "51 of 500: 0.102."),
        Mistake("baseline", _about("your baseline is {fool}, and the fool of M1 scores another number."),
            "Is it the share of `baseline`, or that of softmax regression?",
            "The fool always says the commonest digit of y_train.", "It says 3, and 51 of 500 are a 3."),
        Mistake("decisions", "two decisions are wanted, each in a sentence of eight words or more.",
            "What did you choose, what did you not choose, and which number decided it?",
            "Three parts each: chosen, not chosen, the number.",
            "“Sixty epochs and not thirty: thirty left ten more of the 500 unread.” You will have another."),
        Mistake("same-twice", "both decisions are the same text.", "What else did you have to decide?",
            "The rate, the epochs, the hidden layer, the split, refusing an answer: choose two.",
            "One about the training, one about the test, for instance."),
        Mistake("limits", "the limits take a sentence of eight words or more.",
            "For whom, or for which pictures, would you not trust it?", "Say what was never tested.",
            "Whose hands, which scanner, which paper: name one group that isn't in the data."),
    ),
)  # fmt: skip


register(
    DATA_CARD, BASELINE, SOFTMAX_REGRESSION, FIT, ARRAY_ENGINE, GRADIENTS_AGREE, READER, LEAKAGE, CALIBRATION, REPORT
)  # fmt: skip
