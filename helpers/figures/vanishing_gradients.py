"""The figures of lesson 6: the chain of one-unit layers, the layer X-ray, the dead-unit meter, symmetry, prescriptions.

Each is one class on LiveFigure and one small function that makes it, which is what the lesson calls. Every network in
them is trained while you watch, on the course's own digits in file order: the first 1,297 images are for training, the
last 500, by other writers, for testing. An epoch of ten layers takes a few hundredths of a second.
"""

import math
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np
from matplotlib.collections import LineCollection

from helpers.data import load_digits
from helpers.live import Button, Choice, LiveFigure, Slider, Toggle
from helpers.palette import DATA, FAINT, GRADIENT, GUESS, INK, LOSS, MODEL, STEP
from helpers.plain import PlainError

__all__ = ["dead_units", "layer_xray", "prescriptions", "scalar_chain", "symmetry"]

MINUS = "\N{MINUS SIGN}"
SOFT = "#555555"  # words that explain, beside the numbers that count
NONE = "—"
NOT_FINITE = "no number"


# ---- numbers as prose writes them ----------------------------------------------------------------------------------


def _raised(whole):
    """A whole number in superscript digits."""
    return str(whole).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _ten(exponent):
    """A power of ten from its exponent, such as 2.8·10⁻⁷ for −6.55; sizes no float can hold are written too."""
    if math.isnan(exponent):
        return NOT_FINITE
    if exponent == -math.inf:
        return "0"
    if exponent == math.inf:
        return "too big"
    whole = math.floor(exponent)
    mantissa = f"{10 ** (exponent - whole):.1f}"
    if mantissa == "10.0":
        mantissa, whole = "1.0", whole + 1
    if -4 < whole < 4:
        return _plain(10**exponent)
    return f"{mantissa}·10{_raised(whole)}"


def _plain(number):
    """A number of moderate size with three digits that count, and a real minus sign."""
    if number == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(number))))
    return f"{number:.{digits}f}".replace("-", MINUS)


def _signed(number):
    """A number with two decimals and a real minus sign."""
    return f"{number:z.2f}".replace("-", MINUS)


def _size(number):
    """A number that is 0 or more, of any size."""
    return _ten(float(_log(number)))


def _log(numbers):
    """log10 of numbers that are 0 or more: −inf for 0, nan for what is not a number."""
    with np.errstate(all="ignore"):
        return np.log10(np.asarray(numbers, dtype=float))


def _rate(text):
    """A learning rate as its menu writes it, as a number."""
    return float(text.replace(MINUS, "-"))


def _begun(controls, start):
    """The controls with other first values; one that a menu lacks is added to it."""
    for name, value in start.items():
        if value is None:
            continue
        control = next(one for one in controls if one.name == name)
        if control.kind == "choice" and name == "rate":
            value = _rate_text(value)
            options = control.options if value in control.options else (*control.options, value)
            new = replace(control, options=tuple(sorted(options, key=_rate)), value=value)
        elif name == "depth" and control.kind == "choice":
            if isinstance(value, bool) or not str(value).isdecimal() or not 1 <= int(value) <= 100:
                raise PlainError(f"A network here has 1 to 100 hidden layers, a whole number, not {value!r}.")
            options = tuple(sorted({*control.options, str(int(value))}, key=int))
            new = replace(control, options=options, value=str(int(value)))
        elif control.kind == "choice":
            new = replace(control, value=control.clean(value))
        else:
            new = replace(control, value=control.clean(value))
        controls = tuple(new if one is control else one for one in controls)
    return controls


def _rate_text(rate):
    """A learning rate as the menus write it. Raises PlainError for what is not a finite number."""
    try:
        number = math.nan if isinstance(rate, bool) else float(rate)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise PlainError(f"The learning rate is a finite number, not {rate!r}.")
    return f"{number:.12g}".replace("-", MINUS)


def _guessed(guess):
    """A guess as a number, or None for a guess that is none."""
    try:
        number = math.nan if guess is None else float(guess)
    except (TypeError, ValueError):
        number = math.nan
    return number if math.isfinite(number) else None


def _guess_exponent(guess):
    """A guess at something 0 or more as log10: −7 and 1e-7 both mean 10⁻⁷."""
    return guess if guess < 0 else -math.inf if guess == 0 else math.log10(guess)


# ---- the networks --------------------------------------------------------------------------------------------------


@cache
def _digits():
    """(training images, their digits, new writers' images, their digits): file order, 1,297 and 500, ink 0 to 1."""
    digits = load_digits()
    images, labels = digits.images / 16, digits.labels
    return images[:1297], labels[:1297], images[1297:], labels[1297:]


def _sigmoid(a):
    return 0.5 * (1 + np.tanh(0.5 * a))  # no overflow anywhere


LEAK = 0.01
# Each activation: what it makes of a, and its slope there, said by a and by the result h.
ACTIVATIONS = {
    "sigmoid": (_sigmoid, lambda a, h: h * (1 - h)),
    "tanh": (np.tanh, lambda a, h: 1 - h * h),
    "ReLU": (lambda a: np.maximum(a, 0), lambda a, h: np.where(a > 0, 1.0, 0.0)),
    "leaky ReLU": (lambda a: np.where(a > 0, a, LEAK * a), lambda a, h: np.where(a > 0, 1.0, LEAK)),
}
ALL_ZERO, EQUAL, NUDGED = "all 0", "all 0.05", "all 0.05, one weight 0.06"
# How weights start: the standard deviation for a layer of this many inputs and outputs.
STARTS = {
    "σ = 1": lambda inputs, outputs: 1.0,
    "σ = 0.01": lambda inputs, outputs: 0.01,
    "Xavier": lambda inputs, outputs: math.sqrt(2 / (inputs + outputs)),
    "He": lambda inputs, outputs: math.sqrt(2 / inputs),
    ALL_ZERO: lambda inputs, outputs: 0.0,
}
WIDTH = 32


class Net:
    """`depth` hidden layers of 32 units between 64 pixels and 10 digits, softmax cross-entropy, by hand in NumPy.

    With `skips`, every hidden layer but the first adds its input to its result. `rows` are drawn 32 at a time from a
    generator that starts at `seed + 1`, so that a setting always gives the same training.
    """

    def __init__(self, activation, start, depth, skips=False, rate=0.05, batch=32, seed=0):
        sizes = [64, *[WIDTH] * depth, 10]
        shapes = list(pairwise(sizes))
        if start in (EQUAL, NUDGED):
            self.W = [np.full(shape, 0.05) for shape in shapes]
            if start == NUDGED:
                self.W[0][27, 0] += 0.01  # a pixel in the middle of the image, the first unit
        else:
            rng = np.random.default_rng(seed)
            self.W = [STARTS[start](*shape) * rng.normal(size=shape) for shape in shapes]
        self.b = [np.zeros(shape[1]) for shape in shapes]
        self.activation, self.slope = ACTIVATIONS[activation]
        self.skips, self.rate, self.batch = skips, rate, batch
        self.order = np.random.default_rng(seed + 1)

    def forward(self, X):
        """(logits, the pre-activations, what left each hidden layer before its skip, and after it, X first)."""
        pre, made, h = [], [], [X]
        for layer, (W, b) in enumerate(zip(self.W[:-1], self.b[:-1], strict=True)):
            pre.append(h[-1] @ W + b)
            made.append(self.activation(pre[-1]))
            h.append(h[-1] + made[-1] if self.skips and layer else made[-1])
        return h[-1] @ self.W[-1] + self.b[-1], pre, made, h

    def gradients(self, X, y):
        """(loss, dW of each layer, db of each layer, what `forward` gave)."""
        logits, pre, made, h = seen = self.forward(X)
        shifted = logits - logits.max(axis=1, keepdims=True)
        raised = np.exp(shifted)
        total = raised.sum(axis=1, keepdims=True)
        rows = np.arange(len(y))
        loss = float(np.mean(np.log(total[:, 0]) - shifted[rows, y]))
        da = raised / total
        da[rows, y] -= 1
        da /= len(y)
        dW, db, around = [h[-1].T @ da], [da.sum(axis=0)], 0.0
        for layer in range(len(self.W) - 2, -1, -1):
            dh = da @ self.W[layer + 1].T + around
            around = dh if self.skips and layer else 0.0
            da = dh * self.slope(pre[layer], made[layer])
            dW.append(h[layer].T @ da)
            db.append(da.sum(axis=0))
        return loss, dW[::-1], db[::-1], seen

    def update(self, X, y):
        """One step down."""
        _, dW, db, _ = self.gradients(X, y)
        self.W = [W - self.rate * d for W, d in zip(self.W, dW, strict=True)]
        self.b = [b - self.rate * d for b, d in zip(self.b, db, strict=True)]

    def batches(self):
        """The row numbers of one epoch's updates."""
        count = len(_digits()[1])
        rows = self.order.permutation(count)
        return [rows[first : first + self.batch] for first in range(0, count, self.batch)]

    def right(self):
        """(how many of the training images are read rightly, how many of the new writers')."""
        X, y, X_new, y_new = _digits()
        return tuple(_right(self.forward(A)[0], c) for A, c in ((X, y), (X_new, y_new)))


def _right(logits, classes):
    """How many rows have their largest logit at their class."""
    return int(np.sum(logits.argmax(axis=1) == classes))


@dataclass
class Seen:
    """An X-ray: what the whole training set says about a network at one moment."""

    loss: float
    right: int  # of 1,297 training images
    new: int  # of 500 images by new writers
    norms: np.ndarray  # ‖dW‖ of each layer, the output layer last
    sizes: np.ndarray  # the root mean square of each hidden layer's activations
    silent: np.ndarray  # the part of each hidden layer's units that are 0 for every training image

    @property
    def finite(self):
        """False once the loss or a gradient is no longer a number."""
        return bool(np.isfinite(self.loss) and np.all(np.isfinite(self.norms)))


@dataclass
class Training:
    """A network in training: `seen` has an X-ray before the first epoch and one after each; `at` is the one shown."""

    net: Net
    epochs: int = 20
    seen: list = field(default_factory=list)
    at: int = 0

    def __post_init__(self):
        self.look()

    def look(self):
        """Take an X-ray of the network as it is."""
        X, y, X_new, y_new = _digits()
        with np.errstate(all="ignore"):
            loss, dW, _, (logits, _, made, h) = self.net.gradients(X, y)
            sizes = [np.sqrt(np.mean(one**2)) for one in h[1:]]
            norms = [_norm(one) for one in dW]
            silent = [np.mean(np.all(one == 0, axis=0)) for one in made]
            right, new = _right(logits, y), _right(self.net.forward(X_new)[0], y_new)
        self.seen.append(Seen(loss, right, new, np.array(norms), np.array(sizes), np.array(silent)))

    def step(self):
        """Show the next epoch, trained now if it was not yet."""
        if self.over():
            return
        if self.at + 1 == len(self.seen):
            with np.errstate(all="ignore"):
                for rows in self.net.batches():
                    self.net.update(_digits()[0][rows], _digits()[1][rows])
            self.look()
        self.at += 1

    def over(self):
        """True where nothing is left to train: all epochs done, or the loss is no longer a number."""
        return self.at == self.epochs or not self.seen[self.at].finite

    @property
    def shown(self):
        """The X-ray that is shown."""
        return self.seen[self.at]


def _norm(array):
    """A Euclidean norm that neither overflows nor underflows on the way."""
    largest = np.max(np.abs(array))
    return largest * np.linalg.norm(array / largest) if largest > 0 and np.isfinite(largest) else largest


# ---- drawing on a logarithmic scale --------------------------------------------------------------------------------


def _decades(axes, low, high, step):
    """A vertical axis of powers of ten: its data are exponents."""
    axes.set_ylim(low, high)
    marks = [n for n in range(math.ceil(low), math.floor(high) + 1) if n % step == 0]
    axes.set_yticks(marks, ["1" if n == 0 else f"10{_raised(n)}" for n in marks])
    axes.axhline(0, color=FAINT, lw=1, zorder=0)


class _Curve:
    """A line of numbers on a logarithmic axis; those beyond its ends are squares at its edge."""

    def __init__(self, figure, axes, name, color, low, high, size=5, zorder=3):
        self.low, self.high = low, high
        style = {"color": color, "zorder": zorder}
        self.line = figure.moving(f"{name}_line", axes.plot([], [], "-", lw=1.8, **style))
        self.inside = figure.moving(f"{name}_inside", axes.plot([], [], "o", ms=size, **style))
        self.beyond = figure.moving(
            f"{name}_beyond", axes.plot([], [], "s", ms=size + 1, mfc="#FFFFFF", mec=color, mew=1.4, zorder=zorder + 1)
        )

    def place(self, x, exponents):
        """Show exponents (n,) at x (n,); returns how many lie beyond the axis."""
        x, exponents = np.asarray(x, dtype=float), np.asarray(exponents, dtype=float)
        known = ~np.isnan(exponents)
        x, exponents = x[known], exponents[known]
        at = np.clip(exponents, self.low, self.high)
        off = at != exponents
        self.line.set_data(x, at)
        self.inside.set_data(x[~off], at[~off])
        self.beyond.set_data(x[off], at[off])
        return int(off.sum())


def _box(left, right, bottom, top):
    return [(left, bottom), (right, bottom), (right, top), (left, top)]


# ---- figure 6a: the scalar chain -----------------------------------------------------------------------------------

CURVES = ("sigmoid", "tanh", "ReLU")
REACH = 10.5  # how far the curve of the activation is drawn to each side


class ScalarChain(LiveFigure):
    """Links v ← act(w·v) in a row, each a layer of one unit: where each link stands, and the slope of the whole."""

    name = "scalar chain"
    task = "Add links, then turn the weight. When does the slope of the whole chain grow, and when does it shrink?"
    controls = (
        Slider("weight", "weight w", -10, 10, 0.25, 1.0),
        Slider("depth", "links", 1, 100, 1, 1, digits=0),
        Slider("x", "input x", -2, 2, 0.05, 0.5),
        Choice("activation", "activation", CURVES, "sigmoid"),
        Button("less", "One link less"),
        Button("more", "One link more"),
        Button("reset", "Reset"),
        Toggle("steepest", "dashed: every link at its steepest"),
    )
    tabled = ("weight", "x")

    def __init__(self, guess=None, weight=None, depth=None, activation=None, x=None):
        self.guess = _guessed(guess)
        first = {"weight": weight, "depth": depth, "activation": activation, "x": x}
        self.controls = _begun(type(self).controls, first)
        self.first = {c.name: c.value for c in self.controls if c.kind != "button"}
        self.drawn_for = None
        super().__init__()

    # ---- the arithmetic ----

    def work(self):
        """Where each link stands, its slope and its factor |w · slope|, and log10 of the product up to it."""
        w, depth = self.value["weight"], round(self.value["depth"])
        act, slope = ACTIVATIONS[self.value["activation"]]
        v, self.stands, self.slopes = np.float64(self.value["x"]), [], []
        with np.errstate(all="ignore"):
            for _ in range(depth):
                a = w * v
                v = act(a)
                self.stands.append(float(a))
                self.slopes.append(float(self._slope(slope, a, v)))
            factors = _log(np.abs(w)) + _log(self.slopes)
        self.out = float(v)
        self.factors = factors
        self.gains = np.cumsum(factors)
        best = math.log10(abs(w) * (0.25 if self.value["activation"] == "sigmoid" else 1)) if w else -math.inf
        self.ideal = best * np.arange(1, depth + 1)

    def _slope(self, slope, a, v):
        """The slope where a link stands; far out, h·(1 − h) and 1 − h² are said without their rounding."""
        if self.value["activation"] == "sigmoid":
            return math.exp(-abs(a)) / (1 + math.exp(-abs(a))) ** 2
        if self.value["activation"] == "tanh":
            return 4 * math.exp(-2 * abs(a)) / (1 + math.exp(-2 * abs(a))) ** 2
        return slope(a, v)

    # ---- the picture ----

    def draw(self, figure):
        self.curve_axes = figure.add_axes((0.055, 0.135, 0.335, 0.755))
        self.curve_axes.set(xlim=(-REACH - 0.6, REACH + 0.6), xticks=range(-10, 11, 5))
        self.curve_axes.set_xlabel("a = w · v, what comes into a link")
        self.curve = self.curve_axes.plot([], [], color=MODEL, lw=2, zorder=2)[0]
        self.moving("tangent", self.curve_axes.plot([], [], color=GRADIENT, lw=2.4, zorder=3))
        self.moving("stands", self.curve_axes.plot([], [], "o", color=DATA, ms=5, zorder=4))
        self.moving("last", self.curve_axes.plot([], [], "o", color=GRADIENT, ms=8, zorder=5))
        self.moving("said", self.curve_axes.text(-REACH, 0, "", fontsize=10, color=GRADIENT, va="top"))
        self.factor_axes = figure.add_axes((0.475, 0.645, 0.51, 0.245))
        self.gain_axes = figure.add_axes((0.475, 0.135, 0.51, 0.39))
        self.gain_axes.set_xlabel("links", loc="left")
        self.factor_axes.set_title("factor of each link, |w · slope|", fontsize=11)
        self.gain_axes.set_title("their product: slope of the chain so far", fontsize=11)
        self.sticks = LineCollection([[(0, 0), (0, 0)]], colors=[GRADIENT], linewidths=[2])
        self.factor_axes.add_collection(self.sticks, autolim=False)
        self.moving("sticks", self.sticks)
        self.moving("tips", self.factor_axes.plot([], [], "o", color=GRADIENT, ms=5, zorder=3))
        self.moving("ideal", self.gain_axes.plot([], [], color=SOFT, lw=1.6, ls="--", zorder=2))
        self.moving("gain_line", self.gain_axes.plot([], [], color=GRADIENT, lw=1.8, zorder=3))
        self.moving("gain", self.gain_axes.plot([], [], "o", color=GRADIENT, ms=5, zorder=4))
        self.moving("beyond", self.gain_axes.plot([], [], "s", ms=6, mfc="#FFFFFF", mec=GRADIENT, mew=1.4, zorder=5))
        self.moving("guess", self.gain_axes.plot([], [], color=INK, lw=2, ls=":", zorder=2))
        note = {"fontsize": 10, "ha": "right", "transform": self.gain_axes.transAxes}
        squares = "squares: 0, or beyond the scale"
        self.moving("off", self.gain_axes.text(1, -0.17, squares, color=SOFT, va="top", **note))
        if self.guess is not None:
            self.gain_axes.text(1, 1.035, "dotted: your guess", color=GUESS, va="bottom", **note)
        self._scale()

    def _scale(self):
        """Limits, ticks and the activation's curve: what a turn of the weight leaves as it is."""
        depth, activation = round(self.value["depth"]), self.value["activation"]
        if self.drawn_for == (depth, activation):
            return
        self.drawn_for = (depth, activation)
        a = np.linspace(-REACH, REACH, 201)
        self.curve.set_data(a, ACTIVATIONS[activation][0](a))
        low, high, name = {
            "sigmoid": (-0.1, 1.35, "sigmoid(a)"),
            "tanh": (-1.15, 1.75, "tanh(a)"),
            "ReLU": (-0.8, 10.8, "ReLU(a) = max(a, 0)"),
        }[activation]
        self.curve_axes.set_ylim(low, high)
        self.curve_axes.set_title(name, fontsize=11, loc="left")
        self.artists["said"].set_y(high)
        last = max(depth, 10)
        ticks = range(1, 11) if last == 10 else [1, *range(10, last + 1, 10 if last > 30 else 5)]
        for axes in (self.factor_axes, self.gain_axes):
            axes.set_xlim(0.4, last + 0.6)
            axes.set_xticks(ticks)
        for name, size in (("tips", 5), ("gain", 5), ("beyond", 6), ("stands", 5)):
            self.artists[name].set_markersize(size if last <= 40 else size - 2)
        self.bottom, self.top = (-32, 12) if last <= 12 else (-110, 110)
        for axes, ends in ((self.factor_axes, (-6, 2, 2)), (self.gain_axes, (self.bottom, self.top))):
            for line in [one for one in axes.lines if one.get_label() == "one"]:
                line.remove()
            low, high, *step = ends
            step = step[0] if step else 10 if last <= 12 else 50
            axes.set_ylim(low - 0.02 * (high - low), high + 0.02 * (high - low))
            marks = [n for n in range(low, high + 1) if n % step == 0]
            axes.set_yticks(marks, ["1" if n == 0 else f"10{_raised(n)}" for n in marks])
            axes.axhline(0, color=FAINT, lw=1, zorder=0, label="one")

    def update(self):
        self._scale()
        self.work()
        artists, links = self.artists, np.arange(1, len(self.stands) + 1)
        act = ACTIVATIONS[self.value["activation"]][0]
        at = np.clip(self.stands, -REACH, REACH)
        artists["stands"].set_data(at, act(at))
        artists["last"].set_data(at[-1:], act(at[-1:]))
        ends = at[-1] + np.array([-1.5, 1.5])
        artists["tangent"].set_data(ends, act(at[-1]) + self.slopes[-1] * (ends - at[-1]))
        artists["said"].set_text(f"link {len(links)}: a = {self._stand()}\nslope there: {_size(self.slopes[-1])}")
        factors = np.clip(self.factors, -6, 2)
        artists["sticks"].set_segments([[(x, 0), (x, y)] for x, y in zip(links, factors, strict=True)])
        artists["tips"].set_data(links, factors)
        gains = np.clip(self.gains, self.bottom, self.top)
        off = gains != self.gains
        artists["gain_line"].set_data([0.4, *links], [0, *gains])
        artists["gain"].set_data(links[~off], gains[~off])
        artists["beyond"].set_data(links[off], gains[off])
        artists["off"].set_visible(bool(off.any()))
        artists["ideal"].set_data([0.4, *links], [0, *np.clip(self.ideal, self.bottom, self.top)])
        artists["ideal"].set_visible(self.value["steepest"])
        self._mark_guess()

    def _mark_guess(self):
        if self.guess is None:
            return
        level = float(np.clip(_guess_exponent(self.guess), self.bottom, self.top))
        low, high = self.gain_axes.get_xlim()
        self.artists["guess"].set_data([low, high], [level, level])

    def _stand(self):
        a = self.stands[-1]
        return _size(abs(a)) if a >= 0 else f"{MINUS}{_size(abs(a))}"

    def pressed(self, name):
        if name == "reset":
            self.value.update(self.first)
        else:
            self.value["depth"] = float(np.clip(self.value["depth"] + (1 if name == "more" else -1), 1, 100))

    def describe(self):
        depth, w, x = len(self.stands), _signed(self.value["weight"]), _signed(self.value["x"])
        text = (
            f"{depth} link{'s' * (depth > 1)} v ← {self.value['activation']}({w} · v), first v = {x}. "
            f"Link {depth} stands at a = {self._stand()}, where the slope is {_size(self.slopes[-1])}; its factor is "
            f"{_ten(float(self.factors[-1]))}. Output nudge for an input nudge of 1: {_ten(float(self.gains[-1]))}."
        )
        if self.value["steepest"]:
            text += f" With every link at its steepest it would be {_ten(float(self.ideal[-1]))}."
        return text

    def in_words(self):
        lines = [self.describe()]
        if self.guess is not None:
            lines.append(f"Your guess: {_ten(_guess_exponent(self.guess))}.")
        lines += [
            f"link {i + 1}: slope {_size(self.slopes[i])}, factor {_ten(float(self.factors[i]))}, "
            f"product {_ten(float(self.gains[i]))}"
            for i in range(len(self.stands))
        ]
        return "\n".join(lines)

    def read(self):
        return {
            "slope of the last link": _size(self.slopes[-1]),
            "its factor": _ten(float(self.factors[-1])),
            "slope of the chain": _ten(float(self.gains[-1])),
        }


# ---- figure 6b: the layer X-ray ------------------------------------------------------------------------------------

LOW, HIGH = -20, 10  # powers of ten that the X-ray shows
LOSS_LOW, LOSS_HIGH = -3, 4
RATES = ("0", "0.01", "0.05", "0.2", "1", "5", "1000000")
OUT = "out"


class _Xray(LiveFigure):
    """What the X-ray and the prescriptions share: gradients by layer, activations by layer, the loss by epoch."""

    epochs = 20

    def draw_panels(self, figure):
        """The three axes, their titles and the bar of the training."""
        self.gradient_axes = figure.add_axes((0.062, 0.14, 0.375, 0.75))
        self.size_axes = figure.add_axes((0.5, 0.14, 0.22, 0.75))
        self.loss_axes = figure.add_axes((0.785, 0.34, 0.2, 0.55))
        for axes, title in (
            (self.gradient_axes, "gradient of each layer's weights, ‖dW‖"),
            (self.size_axes, "size of its activations"),
        ):
            axes.set_title(title, fontsize=11)
            _decades(axes, LOW - 0.5, HIGH + 2.5, 5)
        self.loss_axes.set_title("loss, training images", fontsize=11)
        self.loss_axes.set(xlim=(-0.5, self.epochs + 0.5), xticks=range(0, self.epochs + 1, 5))
        _decades(self.loss_axes, LOSS_LOW - 0.15, LOSS_HIGH + 0.15, 1)
        page = figure.add_axes((0, 0, 1, 1))
        page.set_axis_off()
        page.set(xlim=(0, 900), ylim=(400, 0))
        self.page = page
        for x in (56, 450):
            page.text(x, 392, "layer", va="bottom", fontsize=10.5)
        left, right = self.bar_ends = (686, 886)
        page.fill(*zip(*_box(left, right, 352, 340), strict=True), fc="#FFFFFF", ec="#777777", lw=1, zorder=1)
        self.moving("bar", page.fill([left] * 4, [352] * 4, fc=STEP, ec=STEP, lw=0, zorder=2)[0])
        self.moving("epoch", page.text(686, 324, "", fontsize=10, va="center"))
        self.moving("right", page.text(686, 366, "", fontsize=10, va="center"))
        self.moving("new", page.text(686, 384, "", fontsize=10, va="center"))
        self.moving("silent", page.text(456, 46, "", fontsize=10, color=SOFT, va="top"))
        self.moving("beyond", page.text(394, 392, "", fontsize=10, color=SOFT, ha="right", va="bottom"))
        self.depth_drawn = None

    def frame_layers(self, depth):
        """The horizontal axes for so many hidden layers."""
        if depth == self.depth_drawn:
            return
        self.depth_drawn = depth
        step = next(n for n in (1, 2, 5, 10, 20, 50) if depth / n <= 10)
        coarse = next(n for n in (1, 2, 5, 10, 20, 50) if depth / n <= 5)
        marks = [1, *range(step if step > 1 else 2, depth + 1, step)] if depth > 1 else [1]
        fewer = [1, *range(coarse if coarse > 1 else 2, depth + 1, coarse)] if depth > 1 else [1]
        for name in ("norms", "sizes", "old", "old_sizes", "new_norms", "new_sizes"):
            for part in ("inside", "beyond"):
                if f"{name}_{part}" in self.artists:
                    self.artists[f"{name}_{part}"].set_markersize(5 if depth <= 12 else 4 if depth <= 30 else 2.5)
        pad = 0.035 * (depth + 1) + 0.2
        self.gradient_axes.set_xlim(1 - pad, depth + 1 + pad)
        marks = [m for m in marks if depth + 1 - m > 0.045 * depth]
        self.gradient_axes.set_xticks([*marks, depth + 1], [*map(str, marks), OUT])
        self.size_axes.set_xlim(1 - pad, max(depth, 2) + pad)
        self.size_axes.set_xticks(fewer, map(str, fewer))

    def show_training(self, training):
        """The bar, the epoch and how many images are read rightly; nothing where nothing is in training."""
        for name in ("bar", "epoch", "right", "new"):
            self.artists[name].set_visible(training is not None)
        if training is None:
            return
        seen, (left, right) = training.shown, self.bar_ends
        end = left + (right - left) * training.at / training.epochs
        self.artists["bar"].set_xy(_box(left, end, 352, 340))
        loss = f"loss {_loss(seen.loss)}" if np.isfinite(seen.loss) else NOT_FINITE
        self.artists["epoch"].set_text(f"epoch {training.at} of {training.epochs}, {loss}")
        self.artists["right"].set_text(f"training: {_share(seen.right, 1297)} right")
        self.artists["new"].set_text(f"new writers: {_share(seen.new, 500)} right")


def _loss(loss):
    """A loss as the figures write it."""
    if not math.isfinite(loss):
        return NOT_FINITE
    return f"{loss:.2f}" if 0.01 <= loss < 1000 else _size(loss)


def _note(beyond, seen):
    """What the gradients' panel has to explain."""
    if not seen.finite:
        return "no numbers left to draw"
    return "squares: 0, or beyond the scale" if beyond else ""


def _share(count, of):
    return f"{100 * count / of:.0f} %"


class LayerXray(_Xray):
    """A network of 32 units a layer on real digits: gradients and activations by layer, before and while it trains."""

    name = "layer X-ray"
    task = (
        "Look at the gradients before the first epoch and say whether this network will learn. "
        "Then train it. Which change makes it learn?"
    )
    controls = (
        Choice("activation", "activation", CURVES, "sigmoid"),
        Choice("start", "start", tuple(STARTS), "Xavier"),
        Choice("depth", "hidden layers", ("1", "2", "5", "10", "20", "30", "100"), "10"),
        Choice("rate", "learning rate η", RATES, "0.05"),
        Toggle("skips", "skips: add each layer's input"),
        Button("step", "Train one epoch"),
        Button("back", "Back one epoch"),
        Button("play", "Train to the end", repeats="step", every=40),
        Button("reset", "New start"),
        Button("keep", "Keep as grey"),
    )

    def __init__(self, guess=None, activation=None, start=None, depth=None, rate=None, skips=None):
        self.guess = _guessed(guess)
        first = {"activation": activation, "start": start, "depth": depth, "rate": rate, "skips": skips}
        self.controls = _begun(type(self).controls, first)
        self.trainings, self.kept = {}, None
        super().__init__()

    @property
    def setting(self):
        """What distinguishes this training from the others."""
        return tuple(self.value[name] for name in ("activation", "start", "depth", "skips", "rate"))

    @property
    def training(self):
        """The training of this setting; one that was begun before is taken up again."""
        if self.setting not in self.trainings:
            activation, start, depth, skips, rate = self.setting
            net = Net(activation, start, int(depth), skips, _rate(rate))
            self.trainings[self.setting] = Training(net, self.epochs if int(depth) <= 30 else self.epochs // 2)
        return self.trainings[self.setting]

    def draw(self, figure):
        self.draw_panels(figure)
        grey = "#9A9A9A"
        self.old = _Curve(self, self.gradient_axes, "old", grey, LOW, HIGH, 4, zorder=2)
        self.old_sizes = _Curve(self, self.size_axes, "old_sizes", grey, LOW, HIGH, 3, zorder=2)
        self.old_loss = _Curve(self, self.loss_axes, "old_loss", grey, LOSS_LOW, LOSS_HIGH, 2, zorder=2)
        self.norms = _Curve(self, self.gradient_axes, "norms", GRADIENT, LOW, HIGH, zorder=4)
        self.sizes = _Curve(self, self.size_axes, "sizes", MODEL, LOW, HIGH, 4, zorder=4)
        self.losses = _Curve(self, self.loss_axes, "losses", LOSS, LOSS_LOW, LOSS_HIGH, 3, zorder=4)
        self.moving("guess", self.gradient_axes.plot([], [], color=INK, lw=2, ls=":", zorder=3))
        self.moving("grey", self.page.text(62, 46, "", color=SOFT, fontsize=10, va="top"))
        self.moving("guess_name", self.page.text(392, 46, "", color=GUESS, fontsize=10, ha="right", va="top"))

    def update(self):
        depth, training = int(self.value["depth"]), self.training
        self.frame_layers(depth)
        seen = training.shown
        layers = np.arange(1, depth + 2)
        beyond = self.norms.place(layers, _log(seen.norms))
        beyond += self.sizes.place(layers[:-1], _log(seen.sizes))
        self.artists["silent"].set_text(f"silent units: {_silent(seen)} of {depth * WIDTH}")
        self._losses_of(training, self.losses)
        self._place_kept()
        self.artists["beyond"].set_text(_note(beyond, seen))
        self.show_training(training)
        self._mark_guess(seen)

    def _losses_of(self, training, curve):
        past = training.seen[: training.at + 1]
        curve.place(range(len(past)), _log([one.loss for one in past]))

    def _place_kept(self):
        self.artists["grey"].set_text("grey: kept" if self.kept else "")
        if self.kept is None:
            return
        norms, sizes, losses, _ = self.kept
        depth = int(self.value["depth"])
        stretch = (depth / max(len(sizes), 1)) if len(sizes) != depth else 1.0
        layers = 1 + (np.arange(len(norms))) * stretch
        self.old.place(np.minimum(layers, depth + 1), _log(norms))
        self.old_sizes.place(np.minimum(layers[:-1], max(depth, 2)), _log(sizes))
        self.old_loss.place(range(len(losses)), _log(losses))

    def ends(self):
        """The two hidden layers whose gradients are compared: layers of one shape, the second and the last."""
        depth = int(self.value["depth"])
        return (2, depth) if depth > 2 else None

    def ratio(self):
        """log10 of the gradient of layer 2 over that of the last hidden layer, or None with fewer than three."""
        if not self.ends():
            return None
        first, last = (self.training.shown.norms[n - 1] for n in self.ends())
        return float(_log(first) - _log(last)) if first > 0 or last > 0 else math.nan

    def _mark_guess(self, seen):
        if self.guess is None:
            return
        shown = bool(self.ends()) and seen.norms[self.ends()[1] - 1] > 0
        for name in ("guess", "guess_name"):
            self.artists[name].set_visible(bool(shown))
        if not shown:
            return
        (first, last), level = self.ends(), float(_log(seen.norms[self.ends()[1] - 1]))
        level = float(np.clip(level, LOW, HIGH))
        end = float(np.clip(level + _guess_exponent(self.guess), LOW, HIGH))
        self.artists["guess"].set_data([first, last], [end, level])
        self.artists["guess_name"].set_text("dotted: your guess")

    def pressed(self, name):
        training = self.training
        if name == "step":
            training.step()
        elif name == "back":
            training.at = max(training.at - 1, 0)
        elif name == "keep":
            past = training.seen[: training.at + 1]
            label = f"{self.label()}, epoch {training.at}"
            self.kept = (training.shown.norms, training.shown.sizes, [one.loss for one in past], label)
        else:
            training.at = 0

    def finished(self):
        return self.training.over()

    # ---- in words ----

    def label(self):
        """This setting in a few words."""
        activation, start, depth, skips, rate = self.setting
        return (
            f"{depth} hidden layer{'s' * (depth != '1')}, {activation}, start {start}"
            f"{', with skips' * skips}, η = {rate}"
        )

    def describe(self):
        training, seen = self.training, self.training.shown
        text = f"Kept in grey: {self.kept[3]}. Now: " if self.kept else ""
        text += f"{self.label()}. Epoch {training.at} of {training.epochs}: loss {_loss(seen.loss)}"
        text += f", {_share(seen.right, 1297)} of the training images right. "
        if not seen.finite:
            return text + "The numbers have run away: the gradients cannot be drawn any more."
        if self.ends():
            first, last = self.ends()
            text += (
                f"Gradient at layer {first}: {_size(seen.norms[first - 1])}, at layer {last}: "
                f"{_size(seen.norms[last - 1])}; activations at layer {last}: {_size(seen.sizes[last - 1])}."
            )
        else:
            text += f"Gradient at layer 1: {_size(seen.norms[0])}; activations: {_size(seen.sizes[0])}."
        return text

    def in_words(self):
        seen, lines = self.training.shown, [self.describe()]
        if self.guess is not None:
            lines.append(f"Your guess for layer 2 over the last: {_ten(_guess_exponent(self.guess))}.")
        lines += [
            f"layer {i + 1}: gradient {_size(seen.norms[i])}, activations {_size(seen.sizes[i])}"
            for i in range(len(seen.sizes))
        ]
        return "\n".join([*lines, f"output layer: gradient {_size(seen.norms[-1])}"])

    def read(self):
        seen, ratio = self.training.shown, self.ratio()
        return {
            "gradient at layer 2": _size(seen.norms[1]) if len(seen.sizes) > 1 else NONE,
            "layer 2 over the last": NONE if ratio is None else _ten(ratio),
            "loss": _loss(seen.loss),
            "training images right": _share(seen.right, 1297),
            "new writers right": _share(seen.new, 500),
        }


# ---- figures 6c and 6d: one hidden layer, watched for 600 updates --------------------------------------------------

UPDATES, EVERY = 600, 20
SLIVER = 3.0  # px: what a unit that is on for a handful of images shows at least, so that it doesn't look dead


@dataclass
class Watched:
    """What 600 updates did to a 64-32-10 network, every 20 updates; `stopped` is the last that had numbers in it."""

    weights: list  # (64, 32) at each look
    on: list  # (1297, 32) of bool at each look: which image makes which unit say something
    right: list  # (of 1,297 training images, of 500 by new writers) at each look
    loss: list


@lru_cache(maxsize=24)
def _watch(activation, start, rate, seed=0):
    """Train one hidden layer of 32 units for 600 updates of 64 images, and look at it every 20: a `Watched`."""
    net = Net(activation, start, 1, rate=rate, batch=64, seed=seed)
    X, y, _, _ = _digits()
    watched, rows = Watched([], [], [], []), []
    with np.errstate(all="ignore"):
        for n in range(UPDATES + 1):
            if n % EVERY == 0:
                pre = net.forward(X)[1]
                watched.weights.append(net.W[0])
                watched.on.append(pre[0] > 0)
                watched.right.append(net.right())
                watched.loss.append(net.gradients(X, y)[0])
            rows = rows or net.batches()
            some = rows.pop(0)
            net.update(X[some], y[some])
    return watched


def _show_progress(axes):
    """Axes for the part of the images that is read rightly, against updates."""
    axes.set(xlim=(-10, UPDATES + 10), ylim=(-3, 103), xlabel="updates", xticks=range(0, UPDATES + 1, 200))
    axes.set_yticks(range(0, 101, 25), [f"{n} %" for n in range(0, 101, 25)])
    axes.set_title("read rightly", fontsize=11)
    axes.axhline(10, color=FAINT, lw=1, zorder=0)


class DeadUnits(LiveFigure):
    """32 ReLU units on real digits: how many images make each one say something, while they are trained."""

    name = "dead-unit meter"
    task = (
        "Step through the updates, at one learning rate after the other. Which units are silent on this image, "
        "and which on every image?"
    )
    controls = (
        Slider("updates", "updates", 0, UPDATES, EVERY, 0, digits=0),
        Slider("image", "image", 1, 1297, 1, 1, digits=0),
        Choice("rate", "learning rate η", ("0", "0.03", "0.1", "0.3", "1", "2", "5", "1000000"), "0.1"),
        Choice("activation", "activation", ("ReLU", "leaky ReLU"), "ReLU"),
        Button("step", "Step"),
        Button("back", "Back"),
        Button("play", "Play", repeats="step", every=60),
        Button("reset", "Reset"),
    )
    tabled = ("updates",)

    def __init__(self, guess=None, rate=None, activation=None):
        self.guess = _guessed(guess)
        self.controls = _begun(type(self).controls, {"rate": rate, "activation": activation})
        super().__init__()

    @property
    def watched(self):
        """The training at this learning rate."""
        # Of seeds 0 to 7 this one alone starts with no silent unit; at η = 1 they end with 2 to 17 silent ones.
        return _watch(self.value["activation"], "He", _rate(self.value["rate"]), seed=1)

    def draw(self, figure):
        page = figure.add_axes((0, 0, 1, 1))
        page.set_axis_off()
        page.set(xlim=(0, 900), ylim=(400, 0))
        page.text(20, 22, "32 hidden units; a full box is on for all 1,297 images", fontsize=10.5,
                  va="center")
        self.cells = []
        for unit in range(WIDTH):
            left, top = 20 + 58 * (unit % 8), 40 + 66 * (unit // 8)
            self.cells.append((left, top))
            frame = _box(left, left + 46, top + 46, top)
            page.fill(*zip(*frame, strict=True), fc="#FFFFFF", ec="#777777", lw=1, zorder=1)
            self.moving(f"fill{unit}", page.fill([left] * 4, [top + 46] * 4, fc="#9CC4DE", ec=MODEL, lw=0, zorder=2)[0])
            self.moving(f"dead{unit}", page.plot([], [], color=INK, lw=1.6, zorder=4))
        self.moving("lit", page.plot([], [], "o", color=DATA, ms=5, zorder=5))
        page.plot([26], [312], "o", color=DATA, ms=5)
        page.text(38, 312, "on for this image", fontsize=10, va="center")
        page.plot([176, 188, 182, 176, 188], [306, 318, 312, 318, 306], color=INK, lw=1.6)
        page.text(198, 312, "silent on all 1,297 images", fontsize=10, va="center")
        bars = (("silent_here", "silent on this image"), ("silent", "silent on every image"))
        for row, (name, label) in enumerate(bars):
            y = 345 + 28 * row
            page.text(172, y, label, fontsize=10.5, ha="right", va="center")
            frame = _box(180, 436, y + 8, y - 8)
            page.fill(*zip(*frame, strict=True), fc="#FFFFFF", ec="#777777", lw=1, zorder=1)
            self.moving(name, page.fill([180] * 4, [y] * 4, fc=(FAINT, "#777777")[row], ec="none", zorder=2)[0])
            self.moving(f"{name}_count", page.text(444, y, "", fontsize=10.5, va="center"))
        if self.guess is not None:
            x = 180 + 8 * float(np.clip(self.guess, 0, 32))
            self.moving("guess", page.plot([x, x], [358, 388], color=INK, lw=2, ls=":", zorder=6))
            page.text(486, 373, "dotted: your guess", color=GUESS, fontsize=10, va="center")
        picture = figure.add_axes((0.56, 0.4, 0.155, 0.155 * 9 / 4))
        picture.set(xticks=[], yticks=[])
        for side in ("top", "right"):
            picture.spines[side].set_visible(True)
        # The picture is part of the background: it stands still while the updates run, which keeps those quick.
        self.picture_of_digit = picture.imshow(
            np.zeros((8, 8)), cmap="Greys", vmin=0, vmax=1, interpolation="nearest"
        )
        self.picture_title = picture.set_title("", fontsize=11)
        self.drawn_image = None
        axes = figure.add_axes((0.79, 0.14, 0.195, 0.75))
        _show_progress(axes)
        self.moving("train", axes.plot([], [], color=MODEL, lw=2, zorder=3))
        self.moving("new", axes.plot([], [], color=STEP, lw=2, ls="--", zorder=4))
        axes.text(600, 42, "training images", color=MODEL, ha="right", fontsize=10)
        axes.text(600, 33, "dashed: new writers", color=STEP, ha="right", fontsize=10)

    @property
    def look(self):
        """Which of the looks at the training is shown."""
        return round(self.value["updates"] / EVERY)

    def on(self):
        """(1297, 32) of bool: which image makes which unit say something, at this moment."""
        return self.watched.on[self.look]

    def dead(self):
        """(32,) of bool: the units that are silent on every training image."""
        return ~self.on().any(axis=0)

    def here(self):
        """(32,) of bool: the units that are on for the image shown."""
        return self.on()[round(self.value["image"]) - 1]

    def update(self):
        images, labels, _, _ = _digits()
        image = round(self.value["image"]) - 1
        if image != self.drawn_image:
            self.drawn_image = image
            self.picture_of_digit.set_data(images[image].reshape(8, 8))
            self.picture_title.set_text(f"image {image + 1}: a {labels[image]}")
        share, dead, here = self.on().mean(axis=0), self.dead(), self.here()
        for unit, (left, top) in enumerate(self.cells):
            level = max(46 * share[unit], SLIVER) if share[unit] else 0.0
            self.artists[f"fill{unit}"].set_xy(_box(left, left + 46, top + 46, top + 46 - level))
            cross = [(left + 6, top + 6), (left + 40, top + 40), (left + 23, top + 23), (left + 6, top + 40),
                     (left + 40, top + 6)]
            self.artists[f"dead{unit}"].set_data(*zip(*cross, strict=True))
            self.artists[f"dead{unit}"].set_visible(bool(dead[unit]))
        lit = [(left + 38, top + 8) for (left, top), on in zip(self.cells, here, strict=True) if on]
        self.artists["lit"].set_data(*(zip(*lit, strict=True) if lit else ([], [])))
        for name, count, y in (("silent_here", int(np.sum(~here)), 345), ("silent", int(np.sum(dead)), 373)):
            self.artists[name].set_xy(_box(180, 180 + 8 * count, y + 8, y - 8))
            self.artists[f"{name}_count"].set_text(f"{count}")
        _draw_progress(self, self.watched)

    def pressed(self, name):
        change = {"step": EVERY, "back": -EVERY, "reset": -UPDATES}[name]
        self.value["updates"] = float(np.clip(EVERY * self.look + change, 0, UPDATES))

    def finished(self):
        return self.look == UPDATES // EVERY

    def describe(self):
        train, new = self.watched.right[self.look]
        return (
            f"{self.value['activation']} network 64-32-10, η = {self.value['rate']}, "
            f"after {EVERY * self.look} updates: {int(np.sum(~self.here()))} of 32 hidden units are silent on image "
            f"{round(self.value['image'])}, {int(np.sum(self.dead()))} on every training image. "
            f"Loss {_loss(self.watched.loss[self.look])}; "
            f"{_share(train, 1297)} of the training images and {_share(new, 500)} of the new writers' are read rightly."
        )

    def in_words(self):
        share = self.on().mean(axis=0)
        lines = [self.describe()]
        if self.guess is not None:
            lines.append(f"Your guess: {_plain(self.guess)} units silent on every image.")
        units = ", ".join("under 1 %" if 0 < s < 0.01 else f"{round(100 * s)} %" for s in share)
        lines.append(f"On how many of the images each unit is on: {units}.")
        if self.value["activation"] == "leaky ReLU":
            lines.append(f"A leaky unit that is silent still lets {LEAK} of the gradient through.")
        return "\n".join(lines)

    def read(self):
        train, new = self.watched.right[self.look]
        return {
            "silent on this image": f"{int(np.sum(~self.here()))} of 32",
            "silent on every image": f"{int(np.sum(self.dead()))} of 32",
            "training images right": _share(train, 1297),
            "new writers right": _share(new, 500),
        }


def _draw_progress(figure, watched):
    """The two curves of images read rightly, up to the look that is shown."""
    past = np.array(watched.right[: figure.look + 1], dtype=float)
    at = EVERY * np.arange(len(past))
    figure.artists["train"].set_data(at, 100 * past[:, 0] / 1297)
    figure.artists["new"].set_data(at, 100 * past[:, 1] / 500)


class Symmetry(LiveFigure):
    """The 32 hidden units of a network as pictures of their weights, while it trains from four kinds of start."""

    name = "symmetry"
    task = "Run the training from each start. How many different units does it end with?"
    controls = (
        Slider("updates", "updates", 0, UPDATES, EVERY, 0, digits=0),
        Choice("start", "all weights start", (ALL_ZERO, EQUAL, NUDGED, "random"), EQUAL),
        Button("step", "Step"),
        Button("back", "Back"),
        Button("play", "Play", repeats="step", every=60),
        Button("reset", "Reset"),
    )
    span = 0.6  # weights beyond this are drawn as this

    def __init__(self, guess=None, start=None):
        self.guess = _guessed(guess)
        self.controls = _begun(type(self).controls, {"start": start})
        super().__init__()

    @property
    def look(self):
        """Which of the looks at the training is shown."""
        return round(self.value["updates"] / EVERY)

    @property
    def watched(self):
        """The training from this start."""
        start = self.value["start"]
        return _watch("tanh", "Xavier" if start == "random" else start, 0.3)

    def kinds(self):
        """How many different units there are: those whose weights differ by more than rounding."""
        weights = self.watched.weights[self.look].T
        kinds = []
        for one in weights:
            if not any(np.allclose(one, other, rtol=0, atol=1e-6) for other in kinds):
                kinds.append(one)
        return len(kinds)

    def draw(self, figure):
        axes = figure.add_axes((0.015, 0.1, 0.62, 0.8))
        axes.set_axis_off()
        axes.set_title("the 64 weights into each of the 32 hidden units, as pictures", fontsize=11)
        self.moving(
            "units",
            axes.imshow(self._mosaic(), cmap="PuOr", vmin=-self.span, vmax=self.span, interpolation="nearest"),
        )
        bar = figure.add_axes((0.2, 0.06, 0.25, 0.035))
        bar.imshow([np.linspace(-1, 1, 101)], cmap="PuOr", aspect="auto")
        bar.set(xticks=[], yticks=[])
        bar.text(-3, 0, f"{MINUS}{self.span} or less", ha="right", va="center", fontsize=10)
        bar.text(103, 0, f"{self.span} or more", ha="left", va="center", fontsize=10)
        axes = figure.add_axes((0.715, 0.14, 0.27, 0.75))
        _show_progress(axes)
        if self.guess is not None:
            level = float(np.clip(self.guess, 0, 100))
            axes.plot([0, UPDATES], [level] * 2, color=INK, lw=2, ls=":", zorder=2)
            note = {"fontsize": 10, "ha": "right", "va": "bottom", "transform": axes.transAxes}
            axes.text(1, 1.02, "dotted: your guess", color=GUESS, **note)
        self.moving("train", axes.plot([], [], color=MODEL, lw=2, zorder=3))
        self.moving("new", axes.plot([], [], color=STEP, lw=2, ls="--", zorder=4))
        axes.text(600, 70, "training images", color=MODEL, ha="right", fontsize=10)
        axes.text(600, 63, "dashed: new writers", color=STEP, ha="right", fontsize=10)

    def _mosaic(self):
        """The 32 pictures in four rows of eight, with gaps, as one array."""
        sheet = np.full((4 * 9 - 1, 8 * 9 - 1), np.nan)
        for unit, weights in enumerate(self.watched.weights[self.look].T):
            top, left = 9 * (unit // 8), 9 * (unit % 8)
            sheet[top : top + 8, left : left + 8] = weights.reshape(8, 8)
        return np.ma.masked_invalid(sheet)

    def update(self):
        self.artists["units"].set_data(self._mosaic())
        _draw_progress(self, self.watched)

    def pressed(self, name):
        change = {"step": EVERY, "back": -EVERY, "reset": -UPDATES}[name]
        self.value["updates"] = float(np.clip(EVERY * self.look + change, 0, UPDATES))

    def finished(self):
        return self.look == UPDATES // EVERY

    def describe(self):
        train, new = self.watched.right[self.look]
        kinds = self.kinds()
        return (
            f"A tanh network 64-32-10 whose weights start {self.value['start']}, η = 0.3, after {EVERY * self.look} "
            f"updates: its 32 hidden units are of {kinds} kind{'s' * (kinds > 1)}. "
            f"Loss {_loss(self.watched.loss[self.look])}; "
            f"{_share(train, 1297)} of the training images and {_share(new, 500)} of the new writers' are read rightly."
        )

    def in_words(self):
        weights = self.watched.weights[self.look]
        lines = [self.describe()]
        if self.guess is not None:
            lines.append(f"Your guess: {_plain(self.guess)} % of the images.")
        ends = [f"{low:z.2f} to {high:z.2f}".replace("-", MINUS)
                for low, high in zip(weights.min(axis=0), weights.max(axis=0), strict=True)]
        return "\n".join([*lines, *(f"unit {n + 1}: weights {end}" for n, end in enumerate(ends))])

    def read(self):
        train, new = self.watched.right[self.look]
        return {
            "different units": f"{self.kinds()} of 32",
            "training images right": _share(train, 1297),
            "new writers right": _share(new, 500),
        }


# ---- five X-rays, one prescription each ----------------------------------------------------------------------------

NOTHING = "choose one"
LEAVE = "leave it as it is"


@dataclass(frozen=True)
class Patient:
    """A network that was trained for some epochs, and what `diagnose` should call its X-ray."""

    activation: str
    start: str
    rate: float
    epochs: int
    finding: str


PATIENTS = {
    "A": Patient("tanh", "σ = 0.01", 0.05, 0, "uniformly tiny"),
    "B": Patient("ReLU", "σ = 1", 0.05, 0, "exploding"),
    "C": Patient("tanh", "Xavier", 0.05, 0, "healthy"),
    "D": Patient("ReLU", "He", 1.0, 1, "dead units"),
    "E": Patient("sigmoid", "Xavier", 0.05, 0, "vanishing with depth"),
}
# Each prescription: what it changes in a patient's network before training starts afresh.
PRESCRIPTIONS = {
    LEAVE: {},
    "start: Xavier": {"start": "Xavier"},
    "start: He": {"start": "He"},
    "activation: tanh": {"activation": "tanh"},
    "activation: ReLU": {"activation": "ReLU"},
    "add skips": {"skips": True},
    "η times 20": {"rate": 20},
    "η over 20": {"rate": 1 / 20},
}
TEN = 10  # hidden layers of every patient


@cache
def xray_of(patient):
    """The X-ray of a patient, "A" to "E": a `Training` that has arrived where the picture was taken."""
    who = PATIENTS[patient]
    training = Training(Net(who.activation, who.start, TEN, rate=who.rate), who.epochs)
    while not training.over():
        training.step()
    return training


def treated(patient, prescription):
    """A patient's network from a fresh start with one change, not trained yet: a `Training`."""
    who, change = PATIENTS[patient], dict(PRESCRIPTIONS[prescription])
    rate = who.rate * change.pop("rate", 1)
    setting = {"activation": who.activation, "start": who.start, "rate": rate} | change
    return Training(Net(depth=TEN, **setting), Prescriptions.epochs)


class Prescriptions(_Xray):
    """Five networks of ten hidden layers: read each X-ray, prescribe one change, and train to see what it did."""

    name = "five X-rays"
    task = "Say what ails each network, prescribe one change, and train it from a fresh start. Which one needs none?"
    controls = (
        Choice("patient", "X-ray", tuple(PATIENTS), "A"),
        Choice("prescription", "prescription", (NOTHING, *PRESCRIPTIONS), NOTHING),
        Toggle("setup", "show how it was set up"),
        Button("step", "Train one epoch"),
        Button("back", "Back one epoch"),
        Button("play", "Train to the end", repeats="step", every=40),
        Button("reset", "Fresh start"),
    )

    def __init__(self, patient=None):
        self.controls = _begun(type(self).controls, {"patient": patient})
        self.trainings, self.results = {}, {}
        super().__init__()

    def draw(self, figure):
        self.draw_panels(figure)
        grey = "#8A8A8A"
        self.norms = _Curve(self, self.gradient_axes, "norms", grey, LOW, HIGH, zorder=3)
        self.sizes = _Curve(self, self.size_axes, "sizes", grey, LOW, HIGH, 4, zorder=3)
        self.new_norms = _Curve(self, self.gradient_axes, "new_norms", GRADIENT, LOW, HIGH, zorder=4)
        self.new_sizes = _Curve(self, self.size_axes, "new_sizes", MODEL, LOW, HIGH, 4, zorder=4)
        self.losses = _Curve(self, self.loss_axes, "losses", LOSS, LOSS_LOW, LOSS_HIGH, 3, zorder=4)
        self.moving("who", self.page.text(392, 46, "", fontsize=10, color=SOFT, ha="right", va="top"))

        self.moving("setup", self.gradient_axes.text(1, LOW + 1, "", fontsize=10, color=SOFT, va="bottom"))
        self.moving("waits", self.page.text(686, 324, "nothing in training yet", fontsize=10, color=SOFT, va="center"))

    @property
    def training(self):
        """The treated network in training, or None before anything was prescribed."""
        key = self.value["patient"], self.value["prescription"]
        if key[1] == NOTHING:
            return None
        if key not in self.trainings:
            self.trainings[key] = treated(*key)
        return self.trainings[key]

    def update(self):
        self.frame_layers(TEN)
        before, training = xray_of(self.value["patient"]).shown, self.training
        layers = np.arange(1, TEN + 2)
        beyond = self.norms.place(layers, _log(before.norms))
        beyond += self.sizes.place(layers[:-1], _log(before.sizes))
        if training is None:
            for curve in (self.new_norms, self.new_sizes, self.losses):
                curve.place([], [])
        else:
            now = training.shown
            beyond += self.new_norms.place(layers, _log(now.norms))
            beyond += self.new_sizes.place(layers[:-1], _log(now.sizes))
            past = training.seen[: training.at + 1]
            self.losses.place(range(len(past)), _log([one.loss for one in past]))
        self.artists["beyond"].set_text(_note(beyond, training.shown if training else before))
        self.artists["who"].set_text(f"grey: X-ray {self.value['patient']}, {self._taken()}")
        self.artists["setup"].set_text(self._setup() if self.value["setup"] else "")
        self.artists["waits"].set_visible(training is None)
        self.artists["silent"].set_text(f"silent units: {_silent(before)} of {TEN * WIDTH}")
        self.show_training(training)

    def pressed(self, name):
        if self.training is None:
            raise PlainError("Prescribe one change first; then there is a network to train.")
        if name == "step":
            self.training.step()
        else:
            self.training.at = max(self.training.at - 1, 0) if name == "back" else 0

    def finished(self):
        return self.training is None or self.training.over()

    # ---- in words ----

    def _taken(self):
        epochs = xray_of(self.value["patient"]).at
        return f"after {epochs} epoch{'s' * (epochs > 1)}" if epochs else "before training"

    def _setup(self):
        who = PATIENTS[self.value["patient"]]
        return f"{who.activation}, start {who.start}, η = {who.rate:g}"

    def describe(self):
        seen, training = xray_of(self.value["patient"]).shown, self.training
        text = (
            f"X-ray {self.value['patient']}, taken {self._taken()}: gradient {_size(seen.norms[1])} at layer 2 and "
            f"{_size(seen.norms[TEN - 1])} at layer 10; activations {_size(seen.sizes[1])} and "
            f"{_size(seen.sizes[TEN - 1])}; {_silent(seen)} of {TEN * WIDTH} units silent on every image; "
            f"loss {_loss(seen.loss)}."
        )
        if self.value["setup"]:
            text += f" It was set up with {self._setup()}."
        if training is None:
            return f"{text} Nothing is prescribed yet."
        now = training.shown
        return (
            f"{text} Prescribed: {self.value['prescription']}; fresh start, epoch {training.at} of {training.epochs}: "
            f"loss {_loss(now.loss)}, {_share(now.right, 1297)} of the training images right."
        )

    def in_words(self):
        seen, lines = xray_of(self.value["patient"]).shown, [self.describe()]
        lines += [
            f"layer {i + 1}: gradient {_size(seen.norms[i])}, activations {_size(seen.sizes[i])}, "
            f"silent units {round(WIDTH * seen.silent[i])} of {WIDTH}"
            for i in range(TEN)
        ]
        lines.append(f"output layer: gradient {_size(seen.norms[TEN])}")
        for (patient, prescription), training in self.trainings.items():
            if training.at:
                lines.append(
                    f"Tried on {patient}: {prescription}, epoch {training.at}: loss {_loss(training.shown.loss)}, "
                    f"{_share(training.shown.right, 1297)} of the training images right"
                )
        return "\n".join(lines)

    def read(self):
        seen, training = xray_of(self.value["patient"]).shown, self.training
        now = training.shown if training else None
        return {
            "X-ray taken": self._taken(),
            "silent units": f"{_silent(seen)} of {TEN * WIDTH}",
            "loss after treatment": _loss(now.loss) if now else NONE,
            "training images right": _share(now.right, 1297) if now else NONE,
            "new writers right": _share(now.new, 500) if now else NONE,
        }


def _silent(seen):
    """How many of all hidden units say nothing on any training image."""
    return round(WIDTH * float(np.sum(seen.silent)))


# ---- what the lesson calls -----------------------------------------------------------------------------------------


def scalar_chain(guess=None, weight=None, depth=None, activation=None, x=None):
    """Figure 6a: a chain of one-unit layers; `guess` (the slope of the whole chain, or its power of ten) is marked.

    `weight`, `depth` (1 to 100 links), `activation` ("sigmoid", "tanh", "ReLU") and the input `x` are where it starts.
    """
    return ScalarChain(guess, weight, depth, activation, x)


def layer_xray(guess=None, activation=None, start=None, depth=None, rate=None, skips=None):
    """Figure 6b: gradients and activations by layer; `guess` (layer 2 over the last layer, or its exponent) is marked.

    The others are where it starts: `start` is one of "σ = 1", "σ = 0.01", "Xavier", "He", "all 0"; `depth` is how
    many hidden layers, 1 to 100; `rate` is any finite learning rate.
    """
    return LayerXray(guess, activation, start, depth, rate, skips)


def dead_units(guess=None, rate=None, activation=None):
    """Figure 6c: 32 ReLU units in training; `guess` (how many are silent on every image) is marked."""
    return DeadUnits(guess, rate, activation)


def symmetry(guess=None, start=None):
    """Figure 6d: training from equal weights; `guess` (per cent of the images read rightly) is marked."""
    return Symmetry(guess, start)


def prescriptions(patient=None):
    """Five X-rays "A" to "E" to diagnose, with one prescription each to try."""
    return Prescriptions(patient)
