"""The figures of lesson 7: the drawing pad, the gallery of mistakes, and whether "sure" can be trusted.

`network` is everywhere a dict like {"W1": …, "b1": …, "W2": …, "b2": …} of arrays or Values with tanh between the
layers, or a helpers.network.Network, or any function that turns rows of 64 numbers from 0 to 1 into ten scores a row.
"""

from collections import Counter
from itertools import pairwise

import numpy as np

from helpers.data import load_digits
from helpers.live import Button, Choice, LiveFigure
from helpers.network import Network, train
from helpers.pad import Pad, Reading
from helpers.palette import DATA, FAINT, GUESS, MODEL
from helpers.plain import PlainError
from helpers.value import Value, cross_entropy, order

__all__ = ["calibration_plot", "drawing_pad", "error_gallery", "predictions_calibration", "ready_made"]

TRAINING = 1297  # rows, in the order of the file; the rest was written by other people
PIXELS, DIGITS = 64, 10
NUDGE = 1e-4  # for a network of another engine, whose gradient is measured
NOT_A_NETWORK = (
    "This is not a network that reads digits. It takes a dict with W1, b1, W2 and b2, a Network([64, 32, 10]), or a "
    "function that turns rows of 64 numbers into ten scores a row"
)
DASH = "\N{EN DASH}"


# ---- networks of any kind ------------------------------------------------------------------------------------------


def ready_made(epochs=60):
    """A Network([64, 32, 10]) trained on the first 1,297 digits as the lesson does: η = 0.1, batches of 64, seed 0.

    Takes about half a second.
    """
    digits = load_digits()
    network = Network([PIXELS, 32, DIGITS], rng=np.random.default_rng(0))
    X, y = digits.images[:TRAINING] / 16, digits.labels[:TRAINING]
    train(network, X, y, 0.1, epochs, batch=64, rng=np.random.default_rng(0))
    return network


class _Reader:
    """Any network as one thing: `scores(X)` gives an array (N, 10), `read(x, digit)` a `Reading`.

    Raises PlainError for what is no network for digits.
    """

    def __init__(self, network):
        if isinstance(network, dict):
            self.call = _of_blocks(network)
        elif callable(network):
            self.call = network
        else:
            raise PlainError(f"{NOT_A_NETWORK}; a {type(network).__name__} is none of these.")
        self.scores(np.zeros((2, PIXELS)))  # says at once what is wrong

    def scores(self, X):
        """The scores for rows X (N, 64), an array (N, 10); PlainError where the network gives anything else."""
        with np.errstate(all="ignore"):
            try:
                scores = _array(self.call(X))
            except PlainError as error:
                raise PlainError(f"{NOT_A_NETWORK}. This one says: {str(error).splitlines()[0]}") from None
            except Exception as error:  # a learner's code runs here
                raise PlainError(f"{NOT_A_NETWORK}. This one fails: {type(error).__name__}: {error}") from None
        if scores is None or scores.shape != (len(X), DIGITS):
            got = "no numbers" if scores is None else f"an array of shape {scores.shape}"
            raise PlainError(f"{NOT_A_NETWORK}; for {len(X)} rows this one gave {got}, not ({len(X)}, {DIGITS}).")
        return scores

    def probabilities(self, X):
        """The softmax of the scores, (N, 10)."""
        return _softmax(self.scores(X))

    def read(self, x, digit=None):
        """The `Reading` of one row x (64,), with the gradient about `digit`, or about the one that is read."""
        chances = self.probabilities(x[None])[0]
        read = int(np.argmax(chances))
        about = read if digit is None else digit
        return Reading(read, chances, self.gradient(x, about), about)

    def gradient(self, x, digit):
        """The slope of log(chance of `digit`) for each of the 64 inputs.

        By the engine, if the network is written with it; else measured with a nudge to each input.
        """
        exact = self._by_the_engine(x, digit)
        if exact is not None:
            return exact
        nudges = NUDGE * np.eye(PIXELS)
        chances = self.probabilities(np.concatenate([x + nudges, x - nudges]))[:, digit]
        with np.errstate(all="ignore"):
            up, down = np.log(chances[:PIXELS]), np.log(chances[PIXELS:])
        return np.nan_to_num((up - down) / (2 * NUDGE))

    def _by_the_engine(self, x, digit):
        """The gradient by one backward pass, leaving every other gradient as it was; None where that can't be."""
        inputs = Value(x[None])
        try:
            scores = self.call(inputs)
            if not isinstance(scores, Value):
                return None
            loss = cross_entropy(scores, np.array([digit]))
        except Exception:  # a network that takes arrays only
            return None
        leaves = [(node, node.grad) for node in order(loss) if not node._op]
        loss.backward()
        gradient = -np.array(inputs.grad[0])
        for node, grad in leaves:  # a backward pass of the learner's own may be under way
            node.grad = grad
        return gradient


def _of_blocks(blocks):
    """The function that a dict of W1, b1, W2, b2, … computes, with tanh between the layers."""
    layers = sum(str(name).startswith("W") for name in blocks)
    names = [f"{letter}{layer}" for layer in range(1, layers + 1) for letter in "Wb"]
    if not layers or set(names) != set(blocks):
        raise PlainError(f"{NOT_A_NETWORK}; this dict has the keys {', '.join(map(str, blocks)) or 'of nothing'}.")
    for name in names:  # looked up again on each call: training goes on changing them
        if _array(blocks[name]) is None:
            raise PlainError(f"{NOT_A_NETWORK}; its {name} is not an array of numbers.")

    def call(X):
        out = X
        for layer in range(1, layers + 1):
            out = out @ _array(blocks[f"W{layer}"]) + _array(blocks[f"b{layer}"])
            if layer < layers:
                out = out.tanh() if isinstance(out, Value) else np.tanh(out)
        return out

    return call


def _array(numbers):
    """What an array, a list or a Value of any engine holds, as float64; None for what holds no numbers."""
    data = numbers if isinstance(numbers, np.ndarray) else getattr(numbers, "data", numbers)
    try:
        return np.asarray(data, dtype=float)
    except (TypeError, ValueError):
        return None


def _softmax(scores):
    with np.errstate(all="ignore"):
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


def _percent(chance):
    """A chance as prose writes it."""
    return "above 99.9 %" if chance > 0.9995 else f"{100 * chance:.1f} %"


def _a(digit):
    """The digit with its article."""
    return f"{'an' if digit == 8 else 'a'} {digit}"


def _rows(X, y):
    """X (N, 64) and y (N,) as arrays; PlainError where they are not rows of digits with their labels."""
    rows, labels = _array(X), _array(y)
    if rows is None or rows.ndim != 2 or rows.shape[1] != PIXELS or not len(rows):
        raise PlainError(f"X is an array of at least one row of 64 numbers, not of shape {np.shape(X)}.")
    if labels is None or labels.shape != (len(rows),) or not np.all(np.isin(labels, range(DIGITS))):
        raise PlainError(f"y is one digit, 0 to 9, for each of the {len(rows)} rows of X.")
    if not np.all((rows >= 0) & (rows <= 1)):
        raise PlainError("X holds ink from 0 to 1: images / 16.")
    return rows, labels.astype(int)


# ---- the drawing pad -----------------------------------------------------------------------------------------------


def drawing_pad(network=None):
    """A pad to draw a digit on, which `network` reads; without one you can draw, and nothing is read.

    Raises PlainError for what is no network.
    """
    digits = load_digits()
    examples = [
        (f"{_a(digits.labels[row])} from row {row:,} of the file", digits.images[row])
        for row in range(TRAINING, len(digits.labels))
    ]
    return Pad(None if network is None else _Reader(network).read, examples)


# ---- the gallery of mistakes ---------------------------------------------------------------------------------------

SUREST, IN_ORDER = "the surest mistakes first", "as they stand in the file"


class ErrorGallery(LiveFigure):
    """The digits that a network read wrong, ten at a time."""

    name = "gallery of mistakes"
    task = "Read each digit yourself before you look below it: could you have told?"
    controls = (
        Choice("sort", "Order", (SUREST, IN_ORDER), SUREST),
        Button("back", "Back"),
        Button("next", "Next ten"),
    )
    size = (9.0, 4.2)
    ACROSS, DOWN = 5, 2

    def __init__(self, network, X, y):
        self.X, self.y = _rows(X, y)
        chances = _Reader(network).probabilities(self.X)
        if not np.all(np.isfinite(chances)):
            raise PlainError("The network's answers are nan: its weights are no longer finite. Train it anew.")
        self.read_as, self.sure = chances.argmax(axis=1), chances.max(axis=1)
        self.truth_sure = chances[np.arange(len(self.y)), self.y]
        self.wrong = np.flatnonzero(self.read_as != self.y)
        self.page = 0
        super().__init__()

    @property
    def pages(self):
        """How many pages of ten there are, at least one."""
        return max(1, -(-len(self.wrong) // (self.ACROSS * self.DOWN)))

    def listed(self):
        """The rows of the mistakes in the chosen order."""
        if self.value["sort"] == IN_ORDER:
            return self.wrong
        return self.wrong[np.argsort(-self.sure[self.wrong], kind="stable")]

    def on_page(self):
        """The rows that this page shows, ten at most."""
        each = self.ACROSS * self.DOWN
        return self.listed()[self.page * each : (self.page + 1) * each]

    def draw(self, figure):
        for place in range(self.ACROSS * self.DOWN):
            row, col = divmod(place, self.ACROSS)
            axes = figure.add_axes((0.015 + 0.197 * col, 0.575 - 0.445 * row, 0.18, 0.315))
            axes.set_axis_off()
            axes.set(xlim=(-0.5, 7.5), ylim=(7.5, -0.5))
            picture = axes.imshow(np.zeros((8, 8)), cmap="Greys", vmin=0, vmax=1, interpolation="nearest")
            self.moving(f"picture{place}", picture)
            frame = axes.plot([-0.5, 7.5, 7.5, -0.5, -0.5], [-0.5, -0.5, 7.5, 7.5, -0.5], color="#888888", lw=0.8)
            self.moving(f"frame{place}", frame)
            text = axes.text(3.5, 8.0, "", ha="center", va="top", fontsize=9.5, linespacing=1.25)
            self.moving(f"text{place}", text)
        self.moving("head", figure.text(0.02, 0.945, "", fontsize=11.5, va="center"))

    def update(self):
        shown = self.on_page()
        for place in range(self.ACROSS * self.DOWN):
            for part in ("picture", "frame", "text"):
                self.artists[f"{part}{place}"].set_visible(place < len(shown))
            if place < len(shown):
                row = shown[place]
                self.artists[f"picture{place}"].set_data(self.X[row].reshape(8, 8))
                self.artists[f"text{place}"].set_text(
                    f"{_a(self.y[row])}, read as {self.read_as[row]}\n{_percent(self.sure[row])} sure"
                )
        self.artists["head"].set_text(self.head())

    def head(self):
        """How many are wrong, and which of them are shown."""
        if not len(self.wrong):
            return f"None of the {len(self.y):,} digits was read wrong: there is nothing to show."
        first = self.page * self.ACROSS * self.DOWN + 1
        last = first + len(self.on_page()) - 1
        return f"{len(self.wrong):,} of {len(self.y):,} read wrong. Shown: {first} to {last}, {self.value['sort']}."

    def pressed(self, name):
        self.page = min(max(self.page + (1 if name == "next" else -1), 0), self.pages - 1)

    def _set(self, name, value):
        before = self.value.get(name)
        super()._set(name, value)
        if self.value[name] != before:
            self.page = 0

    def confusions(self):
        """The pairs (truth, read as, how often), the commonest first."""
        pairs = Counter(zip(self.y[self.wrong].tolist(), self.read_as[self.wrong].tolist(), strict=True))
        return [(*pair, count) for pair, count in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))]

    def describe(self):
        if not len(self.wrong):
            return self.head()
        rows = (f"{_a(self.y[row])} read as {self.read_as[row]}, {_percent(self.sure[row])}" for row in self.on_page())
        return f"{self.head()} {'; '.join(rows)}."

    def in_words(self):
        lines = [self.head()]
        for row in self.on_page():
            lines.append(
                f"Row {row} of X: {_a(self.y[row])}, read as {self.read_as[row]} with {_percent(self.sure[row])}; "
                f"the chance of the truth was {_percent(self.truth_sure[row])}."
            )
            inks = self.X[row].reshape(8, 8)
            lines += ["  " + " ".join(f"{16 * ink:2.0f}" for ink in inks_row) for inks_row in inks]
        pairs = [f"{truth} read as {read}: {count}" for truth, read, count in self.confusions()[:6]]
        return "\n".join([*lines, *(["The commonest: " + ", ".join(pairs) + "."] if pairs else [])])

    def read(self):
        commonest = self.confusions()[:1]
        return {
            "wrong": f"{len(self.wrong)} of {len(self.y)}",
            "page": f"{self.page + 1} of {self.pages}",
            "commonest": f"{commonest[0][0]} as {commonest[0][1]}, {commonest[0][2]}×" if commonest else "none",
        }


def error_gallery(network, X, y):
    """The rows of X (N, 64), ink 0 to 1, that `network` reads otherwise than y says: picture, truth, reading."""
    return ErrorGallery(network, X, y)


# ---- calibration ---------------------------------------------------------------------------------------------------


def likely_range(right, count):
    """From where to where the true share may well lie (95 %) after `right` of `count`: two numbers from 0 to 1.

    Wilson's interval, Journal of the American Statistical Association 22, 209-212 (1927).
    """
    z = 1.96
    share = right / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _upright(x, ranges):
    """Segments for a LineCollection that stand at x and go from low to high."""
    return [[(at, low), (at, high)] for at, (low, high) in zip(x, ranges, strict=True)]


STEPS = "0, 50, 70, 90, 99, 100 %"
TENS = "every 10 %"
SIX = "six bins of equal number"


class CalibrationPlot(LiveFigure):
    """How sure a network says it is, against how often it is right, bin by bin."""

    name = "calibration"
    task = "Compare each dot with the dotted line: there, the network is right as often as it says."
    controls = (Choice("bins", "Bins", (STEPS, TENS, SIX), STEPS),)
    size = (9.0, 4.2)
    ROWS = 10

    def __init__(self, probabilities, y):
        chances, labels = _array(probabilities), _array(y)
        if chances is None or chances.ndim != 2 or chances.shape[1] != DIGITS or not len(chances):
            raise PlainError(f"probabilities is an array (N, 10), not of shape {np.shape(probabilities)}.")
        if labels is None or labels.shape != (len(chances),):
            raise PlainError(f"y is one digit for each of the {len(chances)} rows of probabilities.")
        sums = chances.sum(axis=1)
        if not (np.all(chances >= 0) and np.all(np.abs(sums - 1) < 1e-6)):
            raise PlainError("Each row of probabilities has to add up to 1: take the softmax of the scores.")
        self.sure = np.minimum(chances.max(axis=1), 1.0)
        self.right = chances.argmax(axis=1) == labels
        super().__init__()

    def edges(self):
        """The borders of the bins, ascending; a bin holds its lower border, the last also its upper."""
        if self.value["bins"] == STEPS:
            return np.array([0, 0.5, 0.7, 0.9, 0.99, 1.0])
        if self.value["bins"] == TENS:
            return np.arange(11) / 10
        borders = np.quantile(self.sure, np.linspace(0, 1, 7))
        return np.unique(borders)

    def bins(self):
        """(low, high, mean confidence, how many right, how many) of each bin that isn't empty."""
        edges, rows = self.edges(), []
        if len(edges) < 2:  # all answers are equally sure
            edges = np.array([edges[0], edges[0]])
        for low, high in pairwise(edges):
            inside = (self.sure >= low) & ((self.sure < high) | (high == edges[-1]))
            if inside.any():
                says = float(self.sure[inside].mean())
                rows.append((float(low), float(high), says, int(self.right[inside].sum()), int(inside.sum())))
        return rows

    def gap(self):
        """The mean distance between what it says and how often it is right, each answer counted once (0 to 1)."""
        return sum(abs(says - right / count) * count for _, _, says, right, count in self.bins()) / len(self.sure)

    def draw(self, figure):
        axes = figure.add_axes((0.095, 0.14, 0.41, 0.76))
        axes.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="how sure it says it is", ylabel="how often it is right")
        ticks = [0, 0.25, 0.5, 0.75, 1]
        axes.set_xticks(ticks, [f"{100 * tick:g} %" for tick in ticks])
        axes.set_yticks(ticks, [f"{100 * tick:g} %" for tick in ticks])
        axes.plot([0, 1], [0, 1], ":", color=GUESS, lw=1.6)
        axes.text(0.145, 0.165, "as often as it says", color=GUESS, rotation=41, ha="center", va="bottom", fontsize=9)
        self.moving("ranges", axes.vlines([0], 0, 0, color=MODEL, lw=1.6))
        self.moving("dots", axes.plot([], [], "o-", color=MODEL, lw=1, ms=7))
        panel = figure.add_axes((0.56, 0.14, 0.43, 0.76))
        panel.set_axis_off()
        panel.set(xlim=(0, 1), ylim=(0, 1))
        for at, head in ((0.36, "answers"), (0.6, "says"), (0.84, "is right")):
            panel.text(at, 0.97, head, ha="right", va="center", fontsize=10)
        panel.text(0.0, 0.97, "sure", va="center", fontsize=10)
        panel.plot([0, 0.99], [0.925, 0.925], color=FAINT, lw=1)
        for row in range(self.ROWS):
            height = 0.86 - 0.085 * row
            for column, at in enumerate((0.0, 0.36, 0.6, 0.84)):
                ha = "left" if column == 0 else "right"
                text = panel.text(at, height, "", ha=ha, va="center", fontsize=10)
                self.moving(f"cell{row}_{column}", text)

    def update(self):
        bins = self.bins()
        x = [says for _, _, says, _, _ in bins]
        self.artists["dots"].set_data(x, [right / count for _, _, _, right, count in bins])
        self.artists["ranges"].set_segments(_upright(x, [likely_range(right, count) for *_, right, count in bins]))
        for row in range(self.ROWS):
            texts = self.row(bins[row]) if row < len(bins) else ("",) * 4
            for column, text in enumerate(texts):
                self.artists[f"cell{row}_{column}"].set_text(text)

    def row(self, one):
        """A bin as four texts: from where to where, how many, what it says, what is right."""
        low, high, says, right, count = one
        digits = 0 if self.value["bins"] != SIX else 1
        span = f"{100 * low:.{digits}f} {DASH} {100 * high:.{digits}f} %"
        return span, f"{count:,}", f"{100 * says:.1f} %", f"{100 * right / count:.1f} %"

    def surest(self):
        """(how many answers are at least 99 % sure, how many of them are wrong)."""
        top = self.sure >= 0.99
        return int(top.sum()), int((top & ~self.right).sum())

    def describe(self):
        rows = "; ".join(
            f"{span} sure: {count} answer{'' if count == '1' else 's'}, says {says}, is right {right}"
            for span, count, says, right in map(self.row, self.bins())
        )
        return (
            f"How often a network is right against how sure it says it is, {len(self.sure):,} answers. {rows}. "
            f"On average the two differ by {100 * self.gap():.1f} percentage points."
        )

    def in_words(self):
        lines = [self.describe(), "The upright bars show where the true share may well lie (95 %):"]
        for one in self.bins():
            low, high = likely_range(*one[3:])
            lines.append(f"{self.row(one)[0]} sure: {100 * low:.0f} to {100 * high:.0f} %")
        count, wrong = self.surest()
        return "\n".join([*lines, f"Of the {count} answers with at least 99 %, {wrong} are wrong."])

    def read(self):
        count, wrong = self.surest()
        return {
            "says, on average": f"{100 * self.sure.mean():.1f} %",
            "is right": f"{100 * self.right.mean():.1f} %",
            "mean gap": f"{100 * self.gap():.1f} points",
            "wrong at 99 % or more": f"{wrong} of {count}",
        }


def calibration_plot(probabilities, y):
    """How sure a network says it is, against how often it is right: probabilities (N, 10) by softmax, y (N,)."""
    return CalibrationPlot(probabilities, y)


# ---- and you -------------------------------------------------------------------------------------------------------

WORDS = ("guessing", "unsure", "fairly sure", "certain")  # as on the cards; 1 to 4 in the ledger
MEANING = (0.33, 0.5, 0.75, 0.95)  # what these words are taken to promise: a fair reading, not a measurement
BOTH, CARDS, QUIZ = "predictions and quiz", "predictions only", "quiz only"
KINDS = {BOTH: ("predict", "quiz"), CARDS: ("predict",), QUIZ: ("quiz",)}


class PredictionsCalibration(LiveFigure):
    """How sure the learner was, against how often the first guess was right."""

    name = "your own calibration"
    task = "Compare each dot with the dotted line: there, you are right as often as your words promise."
    controls = (Choice("of", "Count", (BOTH, CARDS, QUIZ), BOTH),)
    size = (9.0, 4.2)

    def __init__(self, everything):
        self.guesses = _first_guesses(everything)
        super().__init__()

    def counts(self):
        """For each of the four words: (how many first guesses, how many of them right)."""
        guesses = [(sure, right) for kind, sure, right in self.guesses if kind in KINDS[self.value["of"]]]
        return [
            (sum(sure == level for sure, _ in guesses), sum(right for sure, right in guesses if sure == level))
            for level in (1, 2, 3, 4)
        ]

    def draw(self, figure):
        axes = figure.add_axes((0.095, 0.2, 0.55, 0.72))
        axes.set(xlim=(0.5, 4.5), ylim=(0, 1.02), ylabel="how often you were right")
        ticks = [0, 0.25, 0.5, 0.75, 1]
        axes.set_yticks(ticks, [f"{100 * tick:g} %" for tick in ticks])
        axes.set_xticks([])
        self.moving("promise", axes.plot([1, 2, 3, 4], MEANING, ":", color=GUESS, lw=1.6))
        self.moving("ranges", axes.vlines([0], 0, 0, color=DATA, lw=1.6))
        self.moving("dots", axes.plot([], [], "o-", color=DATA, lw=1, ms=8))
        for place, word in enumerate(WORDS):
            axes.text(place + 1, -0.05, word, ha="center", va="top", fontsize=10.5)
            text = axes.text(place + 1, -0.125, "", ha="center", va="top", fontsize=9.5, color="#555555")
            self.moving(f"count{place}", text)
        self.moving("empty", axes.text(2.5, 0.5, "", ha="center", va="center", fontsize=11.5, linespacing=1.6))
        panel = figure.add_axes((0.68, 0.2, 0.31, 0.72))
        panel.set_axis_off()
        panel.set(xlim=(0, 1), ylim=(0, 1))
        promise = "\n".join(f"{word}: {100 * share:.0f} %" for word, share in zip(WORDS, MEANING, strict=True))
        panel.text(
            0, 0.98, f"The dotted line is a fair\nreading of the words:\n{promise}", va="top", fontsize=10,
            color="#444444", linespacing=1.5,
        )  # fmt: skip
        self.moving("verdict", panel.text(0, 0.42, "", va="top", fontsize=10.5, linespacing=1.5))

    def update(self):
        counts = self.counts()
        seen = [(level, right, count) for level, (count, right) in enumerate(counts, 1) if count]
        x = [level for level, _, _ in seen]
        self.artists["dots"].set_data(x, [right / count for _, right, count in seen])
        self.artists["ranges"].set_segments(_upright(x, [likely_range(right, count) for _, right, count in seen]))
        for place, (count, right) in enumerate(counts):
            self.artists[f"count{place}"].set_text(f"{right} of {count} right" if count else "none yet")
        self.artists["empty"].set_text("" if seen else self.nothing().replace(". ", ".\n"))
        self.artists["promise"].set_visible(bool(seen))
        self.artists["verdict"].set_text(self.verdict("\n"))

    def nothing(self):
        """What to say where there is nothing to show."""
        what = {BOTH: "guesses", CARDS: "predictions", QUIZ: "quiz answers"}[self.value["of"]]
        return f"There are no {what} of yours in the ledger yet. Lock some in, then run this cell again."

    def verdict(self, apart=" "):
        """One sentence on the answers the learner was sure of."""
        counts = self.counts()
        sure, right = counts[2][0] + counts[3][0], counts[2][1] + counts[3][1]
        if not sure:
            return ""
        wrong = sure - right
        return f"Of {sure} you were fairly sure{apart}or certain of, {wrong} {'was' if wrong == 1 else 'were'} wrong."

    def describe(self):
        counts = self.counts()
        if not any(count for count, _ in counts):
            return self.nothing()
        rows = ", ".join(
            f"{word}: {right} of {count} right" if count else f"{word}: none yet"
            for word, (count, right) in zip(WORDS, counts, strict=True)
        )
        total = sum(count for count, _ in counts)
        head = f"How often you were right against how sure you were, {total} first guesses."
        return f"{head} {rows}. {self.verdict()}".strip()

    def in_words(self):
        lines = [self.describe()]
        for (count, right), word, share in zip(self.counts(), WORDS, MEANING, strict=True):
            if count:
                low, high = likely_range(right, count)
                lines.append(
                    f"{word}: {100 * right / count:.0f} % right; the word promises about {100 * share:.0f} %. After "
                    f"{count} the true share may well lie between {100 * low:.0f} and {100 * high:.0f} %."
                )
        return "\n".join(lines)

    def read(self):
        counts = self.counts()
        total, right = (sum(column) for column in zip(*counts, strict=True))
        certain, hits = counts[3]
        return {
            "first guesses": f"{total}",
            "right": f"{right}",
            "certain and wrong": f"{certain - hits} of {certain}",
        }


def _first_guesses(everything):
    """(kind, how sure 1 to 4, right) of the first answer to each predict card and quiz question in the ledger.

    Takes what `ledger.everything()` gives; whatever has no confidence in it is left out.
    """
    if not isinstance(everything, dict) or not isinstance(everything.get("entries"), dict):
        raise PlainError("This takes the whole ledger: predictions_calibration(ledger.everything()).")
    found = []
    for kind in ("predict", "quiz"):
        for _, answers in sorted((everything["entries"].get(kind) or {}).items()):
            first = answers[0] if answers and isinstance(answers[0], dict) else {}
            if first.get("confidence") in (1, 2, 3, 4) and isinstance(first.get("right"), bool):
                found.append((kind, first["confidence"], first["right"]))
    return found


def predictions_calibration(everything):
    """The learner's own first guesses, sure against right: takes `ledger.everything()`."""
    return PredictionsCalibration(everything)
