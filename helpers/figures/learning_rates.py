"""The figures of lesson 5: the bowl, unit repair, zig-zag and momentum, batch noise, the surface zoo, the curve doctor.

Each is one class on LiveFigure and one small function that makes it, which is what the lesson calls. A walk is
computed anew from its controls, however far it has come: so a learning rate that is changed after twenty steps shows
where twenty steps would have led with that one.
"""

import math
from dataclasses import replace

import numpy as np

from helpers import clinic
from helpers.data import load_co2, load_digits, load_hubble
from helpers.live import Button, Choice, LiveFigure, Slider, Toggle
from helpers.palette import DATA, FAINT, GRADIENT, GUESS, INK, LOSS, MODEL, STEP, WRONG

__all__ = ["batch_noise", "bowl", "curve_doctor", "surface_zoo", "unit_repair", "zig_zag"]

MINUS = "\N{MINUS SIGN}"
OFF = "off the scale"
SOFT = "#5A5A5A"  # words that accompany
GHOST = "#8A8A8A"  # an earlier or a second run, for comparison


def _signed(number, digits):
    """A number with a real minus sign, as prose writes it."""
    return f"{number:z.{digits}f}".replace("-", MINUS)


def _raised(whole):
    """A whole number in superscript digits."""
    return str(whole).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _power(number, digits=1):
    """A number as mantissa and power of ten, as prose writes it: 5.4·10⁻⁵."""
    mantissa, exponent = f"{number:.{digits}e}".split("e")
    return f"{mantissa}·10{_raised(int(exponent))}".replace("-", MINUS)


def _short(number, digits=3):
    """A number of any size with about `digits` digits that count; "off the scale" for what no float holds."""
    size = abs(number)
    if not size < 1e300:
        return OFF
    if size >= 1e6 or 0 < size < 1e-3:
        return _power(number, digits - 1)
    places = max(digits - 1 - (math.floor(math.log10(size)) if size else 0), 0)
    return _signed(number, places)


def _count(number):
    """A whole number with thousands set apart; from a hundred million on as a power of ten."""
    return f"{number:,.0f}" if number < 1e8 else _power(number, 1)


def _inside(values, low, high):
    """An array for a picture: what isn't a number, or lies far outside, is brought to the nearest end."""
    values = np.asarray(values, dtype=float)
    return np.clip(np.nan_to_num(values, nan=high, posinf=high, neginf=low), low, high)


def _box(left, right, bottom, top):
    return [(left, bottom), (right, bottom), (right, top), (left, top)]


class Walk(LiveFigure):
    """A figure with a slider `n`, the steps taken so far, and the buttons that move it."""

    walking = (
        Button("step", "Step"),
        Button("back", "Back"),
        Button("play", "Play", repeats="step"),
        Button("reset", "Reset"),
    )

    def longest(self):
        """How many steps there are."""
        return next(c.high for c in self.controls if c.name == "n")

    @property
    def n(self):
        """Steps taken so far."""
        return round(self.value["n"])

    def pressed(self, name):
        to = {"step": self.n + 1, "back": self.n - 1, "reset": 0}[name]
        self.value["n"] = float(min(max(to, 0), self.longest()))

    def finished(self):
        return self.n >= self.longest()


# ---- figure 5a: the bowl -------------------------------------------------------------------------------------------


class Bowl(Walk):
    """One knob, one parabola: where a step leads for every learning rate, curvature and start."""

    name = "bowl"
    task = (
        "Choose a learning rate and press Step. Each rate you try leaves a mark in the lower strip: "
        "find the rates that behave differently."
    )
    controls = (
        Slider("eta", "learning rate η", 0, 2, 0.01, 0.1, digits=4),
        Slider("a", "curvature a", 1, 8, 0.5, 4, digits=1),
        Slider("w0", "start w₀", -2, 2, 0.05, 1),
        Slider("n", "steps so far", 0, 60, 1, 0, digits=0),
        *Walk.walking,
        Toggle("ratio", "compare each step with the one before"),
    )
    tabled = ("eta", "a", "w0", "n")
    knob, best, reach, top = "w", 0.0, 2.4, 10.0
    title = "loss: ½ a w²"
    unit, digits = "", 4

    def __init__(self, guess=None):
        self.guess = guess
        self.tried = {}  # (a, start, η) -> how the last step left it: "closer", "as far" or "farther"
        super().__init__()

    # ---- the arithmetic ----

    def curvature(self):
        """The second derivative of the loss."""
        return self.value["a"]

    def loss(self, w):
        """The loss at w, a number or an array."""
        return 0.5 * self.curvature() * np.square(w)

    def slope(self, w):
        """The derivative of `loss`."""
        return self.curvature() * (np.asarray(w) - self.best)

    def walk(self):
        """The knob after 0, 1, …, n steps."""
        points = [float(self.value["w0"])]
        for _ in range(self.n):
            points.append(points[-1] - self.value["eta"] * float(self.slope(points[-1])))
        return np.array(points)

    def outcome(self, points):
        """Has the walk come closer to the bottom, stayed as far, or gone away?"""
        start, end = abs(points[0] - self.best), abs(points[-1] - self.best)
        if abs(end - start) <= 1e-9 * start:
            return "as far"
        return "closer" if end < start else "farther"

    # ---- the picture ----

    def draw(self, figure):
        low, high = self.best - self.reach, self.best + self.reach
        left = figure.add_axes((0.06, 0.14, 0.42, 0.78))
        left.set(xlim=(low, high), ylim=(0, self.top), xlabel=f"knob {self.knob}{self.unit}", title=self.title)
        self._left_ticks(left)
        self.pick(left, x="w0", hint=f"Click in the left picture to choose where {self.knob} starts, or type it below.")
        self.moving("curve", left.plot([], [], color=LOSS, lw=2.2, zorder=2))
        self.moving("tangent", left.plot([], [], color=GRADIENT, lw=2.4, zorder=3))
        self.moving("path", left.plot([], [], "o-", color=GHOST, lw=1.1, ms=4.5, zorder=4))
        self.moving("next", left.plot([], [], color=STEP, lw=2.6, zorder=5))
        self.moving("landing", left.plot([], [], "s", color=STEP, ms=6, zorder=5))
        self.moving("point", left.plot([], [], "o", color=LOSS, ms=10, zorder=6))
        right = figure.add_axes((0.565, 0.47, 0.42, 0.45))
        right.set(xlim=(-1, 61), ylim=(low, high), title=f"{self.knob} after each step")
        self._right_ticks(right)
        right.axhline(self.best, color=LOSS, lw=1, ls=":", zorder=0)
        self.moving("walk", right.plot([], [], "o-", color=STEP, lw=1.2, ms=3.5, zorder=3))
        self.moving("said", right.text(61, self.best + 1.14 * self.reach, "", ha="right", va="center", color=SOFT))
        strip = figure.add_axes((0.565, 0.14, 0.42, 0.12))
        strip.set(xlim=(-0.02, 2.02), ylim=(0, 3), yticks=[], xlabel="learning rates you tried")
        strip.set_xticks(np.arange(0, 2.1, 0.25))
        for i, (word, mark, colour) in enumerate(
            (("closer", "o", STEP), ("as far", "D", GHOST), ("farther", "s", WRONG))
        ):
            self.moving(word, strip.plot([], [], mark, color=colour, ms=6, mec=INK, mew=0.6, zorder=4))
            strip.plot([0.95 + 0.39 * i], [3.85], mark, color=colour, ms=6, mec=INK, mew=0.6, clip_on=False)
            strip.text(0.99 + 0.39 * i, 3.8, word, ha="left", va="center", fontsize=10)
        self.moving("eta", strip.plot([], [], color=STEP, lw=2, zorder=3))
        if self.guess is not None:
            at = float(_inside(self.guess, 0, 2))
            strip.plot([at, at], [0, 3], color=GUESS, ls=":", lw=2.5, zorder=5)
            strip.text(0.0, 3.8, "dotted: your guess", color=GUESS, ha="left", va="center", fontsize=10)

    def _left_ticks(self, axes):
        axes.set_xticks(range(-2, 3))

    def _right_ticks(self, axes):
        axes.set_yticks(range(-2, 3))

    def update(self):
        points = self.walk()
        span = np.linspace(self.best - self.reach, self.best + self.reach, 81)
        far = 4 * self.reach
        seen = _inside(points, self.best - far, self.best + far)
        loss = _inside(self.loss(seen), 0, 20 * self.top)
        self.artists["curve"].set_data(span, self.loss(span))
        self.artists["path"].set_data(seen, loss)
        self.artists["walk"].set_data(np.arange(len(seen)), seen)
        here, level = points[-1], loss[-1]
        self.artists["point"].set_data([seen[-1]], [level])
        ends = seen[-1] + 0.2 * self.reach * np.array([-1, 1])
        self.artists["tangent"].set_data(ends, level + self.slope(seen[-1]) * (ends - seen[-1]))
        lands = float(_inside(here - self.value["eta"] * float(self.slope(here)), self.best - far, self.best + far))
        self.artists["next"].set_data([seen[-1], lands], [level, level])
        self.artists["landing"].set_data([lands], [level])
        self.artists["eta"].set_data([self.value["eta"]] * 2, [0, 3])
        for word in ("closer", "as far", "farther"):
            rates = [eta for eta, how in self._marks().items() if how == word]
            self.artists[word].set_data(rates, [1.5] * len(rates))
        self.artists["said"].set_text(self.ratio_in_words())

    def _marks(self):
        return {eta: how for (a, start, eta), how in self.tried.items() if a == self.curvature()}

    def ratio(self):
        """The distance to the bottom after the last step, divided by that before it, or None."""
        points = self.walk() - self.best
        if self.n == 0 or points[-2] == 0 or not np.all(np.isfinite(points[-2:])):
            return None
        return points[-1] / points[-2]

    def ratio_in_words(self):
        """What `ratio` says, where it was asked for."""
        if not self.value["ratio"]:
            return ""
        ratio = self.ratio()
        if ratio is None:
            return "no distance to compare"
        return f"last step: distance × {_signed(ratio, 3)}"

    def pressed(self, name):
        super().pressed(name)
        if name == "step":
            key = (self.curvature(), self.value["w0"], self.value["eta"])
            self.tried[key] = self.outcome(self.walk())

    def say(self, w):
        """The knob as text."""
        return _signed(w, self.digits) if abs(w) < 1e6 else _short(w)

    def describe(self):
        points = self.walk()
        slope = float(self.slope(points[-1]))
        text = (
            f"A parabola of curvature {_short(self.curvature())}, its bottom at {self.knob} = {_short(self.best, 5)}. "
            f"Learning rate {_short(self.value['eta'], 4)}, start {self.say(points[0])}: after {self.n} "
            f"steps {self.knob} = {self.say(points[-1])}, the slope there is {_short(slope)}."
        )
        if self.n:
            how = {"closer": "closer to the bottom than", "as far": "as far from the bottom as", "farther":
                   "farther from the bottom than"}[self.outcome(points)]
            text += f" That is {how} the start."
        if self.value["ratio"]:
            said = self.ratio_in_words()
            text += f" {said[:1].upper()}{said[1:]}."
        return text

    def in_words(self):
        lines = [self.describe()]
        if self.guess is not None:
            lines.append(f"Your guess is marked at η = {_short(float(self.guess))}.")
        lines += [f"After {i} steps: {self.knob} = {self.say(w)}" for i, w in enumerate(self.walk())]
        lines += [f"η = {_short(eta, 4)} was tried: {how}." for eta, how in sorted(self._marks().items())]
        return "\n".join(lines)

    def read(self):
        points = self.walk()
        slope, eta = float(self.slope(points[-1])), self.value["eta"]
        return {
            "steps": str(self.n),
            self.knob: self.say(points[-1]),
            "loss": _short(float(self.loss(points[-1])), 4),
            "slope": _short(slope, 4),
            "next step, η × slope": _short(eta * slope, 4),
        }


class HubbleBowl(Bowl):
    """The same with Hubble's 24 nebulae: the knob is the slope m of v = m r, and the data make the curvature."""

    name = "Hubble's bowl"
    task = (
        "The same with Hubble's 24 nebulae; the data decide the curvature now. "
        "Which learning rate needs one step, and from which on does m run away?"
    )
    controls = tuple(
        replace(c, label="start m₀", low=-400, high=1200, step=10, value=0, digits=0) if c.name == "w0" else c
        for c in Bowl.controls
        if c.name != "a"
    )
    tabled = ("eta", "w0", "n")
    knob, reach, top = "m", 900.0, 12e5
    title = "loss, 10⁵ (km/s)²"
    unit, digits = ", km/s per Mpc", 2

    def __init__(self, guess=None):
        hubble = load_hubble()
        self.r, self.v = hubble.distance, hubble.velocity
        self.best = float(np.mean(self.r * self.v) / np.mean(self.r**2))
        super().__init__(guess)

    def curvature(self):
        return float(2 * np.mean(self.r**2))

    def loss(self, w):
        lowest = np.mean((self.best * self.r - self.v) ** 2)
        return lowest + 0.5 * self.curvature() * np.square(np.asarray(w) - self.best)

    def _left_ticks(self, axes):
        axes.set_xticks(range(-400, 1201, 400))
        axes.set_yticks(np.arange(0, 13, 2) * 1e5, [str(i) for i in range(0, 13, 2)])

    def _right_ticks(self, axes):
        axes.set_yticks(range(-400, 1201, 400))


# ---- figure 5b: unit repair ----------------------------------------------------------------------------------------

ENCODINGS = ("raw year", "year − 1959", "centred", "standardised")
GOAL = 1e-6  # of the first distance to the best line
MOST = 1e12  # steps


def encoded(year, encoding):
    """The years of the record in one of the four `ENCODINGS`, shape like `year`."""
    return {
        "raw year": year,
        "year − 1959": year - 1959,
        "centred": year - year.mean(),
        "standardised": (year - year.mean()) / year.std(),
    }[encoding]


class Encoded:
    """The line fit b + m x in one encoding: its Hessian, and every step of gradient descent in closed form.

    The loss is the mean squared error, the start b = m = 0. Along each eigenvector of the Hessian the distance to the
    best line is multiplied by 1 - η λ at every step, so 10^12 steps cost as little as one. (A loop in float64 agrees
    as long as it is run; for raw years its rounding errors end at about 10^-6 of the distance.)
    """

    def __init__(self, encoding, year, ppm):
        self.x = encoded(year, encoding)
        design = np.column_stack([np.ones_like(self.x), self.x])
        size = len(year)
        _, singular, self.axes = np.linalg.svd(design, full_matrices=False)
        self.curvatures = 2 / size * singular**2  # the larger first
        self.best = np.linalg.lstsq(design, ppm, rcond=None)[0]
        self.lowest = float(np.mean((design @ self.best - ppm) ** 2))
        self.start = self.axes @ -self.best  # distances to the best line along the eigenvectors

    @property
    def condition(self):
        """Largest curvature divided by the smallest."""
        return float(self.curvatures[0] / self.curvatures[1])

    @property
    def limit(self):
        """The learning rate from which on descent runs away: 2 / λmax."""
        return float(2 / self.curvatures[0])

    @property
    def best_rate(self):
        """The learning rate that shrinks both distances alike, and so the slower one fastest: 2 / (λmax + λmin)."""
        return float(2 / self.curvatures.sum())

    @property
    def steps_needed(self):
        """Steps at the best learning rate until no more than `GOAL` of the first distance is left, a whole number."""
        shrink = (self.condition - 1) / (self.condition + 1)  # what is left of the distance after one step
        if shrink <= GOAL:
            return 1
        return math.ceil(math.log(GOAL) / math.log1p(-2 / (self.condition + 1)))

    def after(self, steps, rate):
        """Distances to the best line along the two eigenvectors after `steps` steps, shape (..., 2)."""
        steps = np.asarray(steps, dtype=float)[..., None]
        moved = rate * self.curvatures
        factor = 1 - moved
        with np.errstate(all="ignore"):  # a runaway is inf, and the logarithm of 0 belongs to a step that arrives
            size = np.where(moved < 0.5, np.log1p(-moved), np.log(np.abs(factor)))  # log1p: 1 - 10⁻¹⁷ would be 1
            shrunk = np.where(np.abs(factor) < 1e-12, 0.0, np.exp(steps * size))
        shrunk = np.where(steps == 0, 1.0, shrunk)
        return self.start * np.where((factor < 0) & (steps % 2 == 1), -shrunk, shrunk)

    def loss(self, distances):
        """The mean squared error at such distances."""
        return self.lowest + 0.5 * np.sum(self.curvatures * distances**2, axis=-1)

    def knobs(self, distances):
        """b and m at such distances, shape (2,)."""
        return self.best + self.axes.T @ distances


class UnitRepair(LiveFigure):
    """One line, one record, four ways to count the years: the same data, four valleys."""

    name = "unit repair"
    task = (
        "Fit the line to the CO₂ record by descent. Try to get it there with raw years, "
        "then choose another way to count the years."
    )
    controls = (
        Slider("power", "η = 10 to the power", -9, 1, 0.1, -7, digits=2),
        Choice("encoding", "years as", ENCODINGS, ENCODINGS[0]),
        Button("step", "Step"),
        Button("tenfold", "10 × as many steps"),
        Button("back", "Back"),
        Button("play", "Play", repeats="step"),
        Button("reset", "Reset"),
        Button("best", "Best η for these years"),
        Button("measure", "Measure this valley"),
    )
    tabled = ("power",)

    def __init__(self, guess=None):
        self.guess = guess
        co2 = load_co2()
        self.year, self.ppm = co2.year, co2.ppm
        self.fits = {encoding: Encoded(encoding, self.year, self.ppm) for encoding in ENCODINGS}
        self.n, self.past, self.measured = 0, [], set()
        self.was = ENCODINGS[0]
        super().__init__()

    @property
    def fit(self):
        """The `Encoded` of the chosen encoding."""
        return self.fits[self.value["encoding"]]

    @property
    def eta(self):
        """The learning rate."""
        return 10.0 ** self.value["power"]

    def draw(self, figure):
        record = figure.add_axes((0.06, 0.14, 0.27, 0.76))
        record.set(xlim=(1955, 2029), ylim=(260, 440), xlabel="year", title="CO₂, ppm")
        record.set_xticks((1960, 1980, 2000, 2020))
        record.plot(self.year, self.ppm, "o", color=DATA, ms=3, zorder=2)
        self.moving("line", record.plot([], [], color=MODEL, lw=2.6, zorder=4))
        self.moving("lost", record.text(1957, 432, "", color=MODEL, ha="left", va="top", fontsize=10))
        valley = figure.add_axes((0.36, 0.14, 0.25, 0.76))
        valley.set(xlim=(-1.08, 1.08), ylim=(-1.459, 1.459), xticks=[], yticks=[])
        valley.set_title("the valley from above")
        valley.set_xlabel("knob b, same scale as m")
        valley.set_ylabel("knob m")
        for i in range(4):
            self.moving(f"level{i}", valley.plot([], [], color=LOSS, lw=1.3, zorder=1))
        self.moving("path", valley.plot([], [], "o-", color=STEP, lw=1.4, ms=4, zorder=3))
        valley.plot([0], [0], "D", color=LOSS, ms=6, zorder=4)
        self.moving("here", valley.plot([], [], "o", color=STEP, ms=9, mec="#FFFFFF", zorder=5))
        self._draw_bars(figure.add_axes((0.64, 0.14, 0.345, 0.76)))

    def _draw_bars(self, bars):
        bars.set(xscale="log", xlim=(0.8, 2e12), ylim=(4.0, 0), yticks=[], xlabel="steps until 10⁻⁶ of the way is left")
        bars.set_title("what you measured")
        bars.set_xticks([1e0, 1e3, 1e6, 1e9, 1e12])
        bars.minorticks_off()
        for i, encoding in enumerate(ENCODINGS):
            self.moving(f"bar{i}", bars.fill([1] * 4, [i] * 4, fc=STEP, ec=STEP, alpha=0.85, zorder=2)[0])
            self.moving(f"tag{i}", bars.text(1.0, i + 0.22, encoding, ha="left", va="center", fontsize=10, zorder=4))
            self.moving(f"told{i}", bars.text(1.0, i + 0.78, "", ha="left", va="center", fontsize=10, zorder=4))
        if self.guess is not None:
            at = float(_inside(self.guess, 1, 1.5e12))
            for i in range(4):
                bars.plot([at, at], [i + 0.35, i + 0.63], color=GUESS, ls=":", lw=2.5, zorder=3)
            bars.text(2e12, 3.85, "dotted: your guess", color=GUESS, ha="right", va="center", fontsize=10)

    def update(self):
        if self.value["encoding"] != self.was:  # another valley: the walk begins again
            self.was, self.n, self.past = self.value["encoding"], 0, []
        fit, distances = self.fit, self.distances()
        b, m = self.fit.knobs(distances)
        ends = np.array([0, len(self.year) - 1])
        self.artists["line"].set_data(self.year[ends], _inside(b + m * fit.x[ends], -1e4, 1e4))
        self.artists["lost"].set_text(self.where(b + m * fit.x[ends]))
        self.artists["line"].set_visible("run away" not in self.artists["lost"].get_text())
        self._place_valley(fit, distances)
        for i, encoding in enumerate(ENCODINGS):
            known = encoding in self.measured
            self.artists[f"bar{i}"].set_visible(known)
            self.artists[f"tag{i}"].set_color(INK if known else SOFT)
            self.artists[f"tag{i}"].set_weight("bold" if encoding == self.value["encoding"] else "normal")
            self.artists[f"tag{i}"].set_text(encoding if known else f"{encoding}: not measured")
            self.artists[f"told{i}"].set_text(self.told(encoding) if known else "")
            if known:
                end = max(self.fits[encoding].steps_needed, 1.25)
                self.artists[f"bar{i}"].set_xy(_box(0.8, end, i + 0.4, i + 0.58))

    def told(self, encoding):
        """What a measurement of this encoding's valley says."""
        fit = self.fits[encoding]
        return f"κ {_short(fit.condition)}, limit {_short(fit.limit, 2)}, steps {_count(fit.steps_needed)}"

    def where(self, ends):
        """Where the line is, if it isn't in the picture."""
        if not np.all(np.isfinite(ends)) or np.max(np.abs(ends)) > 1e6:
            return "the line has run away"
        if np.max(ends) < 260:
            return f"the line lies below,\nat {_signed(np.mean(ends), 0)} ppm"
        return "" if np.min(ends) < 440 else f"the line lies above,\nat {_signed(np.mean(ends), 0)} ppm"

    def distances(self):
        """Distances to the best line now."""
        return _inside(self.fit.after(self.n, self.eta), -1e100, 1e100)

    def _place_valley(self, fit, distances):
        level = fit.loss(fit.start) - fit.lowest
        halves = np.sqrt(2 * level / fit.curvatures)
        around = np.linspace(0, 2 * np.pi, 121)
        scale = 1 / max(halves)
        for i, part in enumerate((1.0, 0.7, 0.4, 0.15)):
            ring = part * halves[:, None] * np.stack([np.cos(around), np.sin(around)])
            self.artists[f"level{i}"].set_data(*(fit.axes.T @ ring * scale))
        shown = min(self.n, 60)
        steps = np.unique(np.concatenate([np.arange(shown + 1), np.round(np.geomspace(1, max(self.n, 1), 60))]))
        path = fit.after(steps[steps <= self.n], self.eta) @ fit.axes * scale
        path = _inside(path, -20, 20)
        self.artists["path"].set_data(path[:, 0], path[:, 1])
        self.artists["here"].set_data(path[-1:, 0], path[-1:, 1])

    def pressed(self, name):
        if name == "reset":
            self.n, self.past = 0, []
        elif name == "back":
            if self.past:
                self.n = self.past.pop()
        elif name == "best":
            self.value["power"] = math.log10(self.fit.best_rate)
        elif name == "measure":
            self.measured.add(self.value["encoding"])
        elif not self.finished():
            self.past.append(self.n)
            self.n = min(self.n + 1 if name == "step" else max(10 * self.n, 10), int(MOST))

    def finished(self):
        return self.n >= MOST or not self.error_now() < 1e9

    def error_now(self):
        """Root of the mean squared error, ppm."""
        return float(np.sqrt(self.fit.loss(self.distances())))

    def left_over(self):
        """The part of the first distance to the best line that is left."""
        with np.errstate(all="ignore"):
            return float(np.linalg.norm(self.distances()) / np.linalg.norm(self.fit.start))

    def describe(self):
        error = self.error_now()
        text = (
            f"The line fit to 67 years of CO₂ with years as {self.value['encoding']}, learning rate "
            f"{_short(self.eta, 2)}, after {_count(self.n)} steps: "
        )
        if not error < 1e9:
            return f"{text}the line has run away."
        text += f"a typical residual is {_short(error)} ppm, and {_short(self.left_over())} of the way is left."
        done = [f"{e}: {self.told(e)}" for e in ENCODINGS if e in self.measured]
        return text + (f" Measured: {'; '.join(done)}." if done else "")

    def in_words(self):
        fit = self.fit
        lines = [self.describe()]
        if self.guess is not None:
            lines.append(f"Your guess is marked at {_count(float(_inside(self.guess, 0, 1e15)))} steps.")
        b, m = fit.knobs(self.distances())
        if self.error_now() < 1e9:
            lines.append(f"Knobs: b = {_short(b, 5)}, m = {_short(m, 5)}.")
        lines.append(f"Encoded, the years run from {_short(fit.x[0], 4)} to {_short(fit.x[-1], 4)}.")
        ratio = math.sqrt(fit.condition)
        shape = "is a circle" if ratio < 1.05 else f"is {_short(ratio)} times as long as wide"
        lines.append(f"Seen from above with both knobs to one scale, the valley {shape}.")
        return "\n".join(lines)

    def read(self):
        error = self.error_now()
        return {
            "η": _short(self.eta, 4),
            "steps": _count(self.n),
            "typical residual": f"{_short(error, 4)} ppm" if error < 1e9 else OFF,
            "of the way left": _short(self.left_over()) if error < 1e9 else OFF,
        }


# ---- figure 5c: zig-zag and momentum -------------------------------------------------------------------------------


class ZigZag(Walk):
    """A long valley: steep across (curvature 1), flat along (curvature 1/κ), and a walker that may have momentum."""

    name = "zig-zag"
    task = (
        "Walk the long valley without momentum first. Then raise β: which part of the path changes, "
        "and what happens to the number of steps?"
    )
    far, goal = 1e6, 1e-3
    controls = (
        Slider("power", "valley: κ = 10 to the power", 0, 3, 0.1, 1.5, digits=1),
        Slider("eta", "learning rate η", 0, 4, 0.02, 1.8, digits=3),
        Slider("beta", "momentum β", 0, 0.99, 0.01, 0, digits=3),
        Slider("u", "start, along", -10, 10, 0.5, -9, digits=1),
        Slider("v", "start, across", -6, 6, 0.5, 2, digits=1),
        Slider("n", "steps so far", 0, 4000, 1, 0, digits=0),
        Button("step", "Step"),
        Button("hundred", "100 steps"),
        Button("back", "Back"),
        Button("play", "Play", repeats="step", every=120),
        Button("reset", "Reset"),
        Button("plain", "Best η without momentum"),
        Button("ideal", "Ideal η and β"),
    )
    tabled = ("power", "eta", "beta", "u", "v")

    def __init__(self, guess=None):
        self.guess = guess
        super().__init__()

    @property
    def kappa(self):
        """The condition number."""
        return 10.0 ** self.value["power"]

    def walk(self, beta, steps):
        """Heavy ball from rest: the places after 0, 1, … steps, shape (m, 2); shorter where it ran away or arrived."""
        u, v = self.value["u"], self.value["v"]
        eta, flat = self.value["eta"], 1 / self.kappa
        du = dv = 0.0
        places = [(u, v)]
        end = 1e-9 * math.hypot(u, v)
        for _ in range(steps):
            du, dv = beta * du + flat * u, beta * dv + v
            u, v = u - eta * du, v - eta * dv
            places.append((u, v))
            if not abs(u) + abs(v) < self.far or abs(u) + abs(v) + eta * (abs(du) + abs(dv)) < end:
                break
        return np.array(places)

    def distances(self, places):
        """Distance to the bottom as a part of the first distance."""
        sizes = np.hypot(*places.T)
        return sizes / sizes[0] if sizes[0] else sizes

    def arrived(self, places):
        """The first step after which a thousandth of the distance is left, or None."""
        hits = np.flatnonzero(self.distances(places) <= self.goal)
        return int(hits[0]) if len(hits) else None

    def draw(self, figure):
        valley = figure.add_axes((0.07, 0.14, 0.49, 0.77))
        valley.set(xlim=(-10.6, 10.6), ylim=(-7.35, 7.35), xlabel="along the valley", ylabel="across")
        valley.set(xticks=range(-10, 11, 5), yticks=range(-6, 7, 3))
        self.pick(valley, x="u", y="v", hint="Click in the valley to choose where to start, or type it below.")
        for i in range(6):
            self.moving(f"ring{i}", valley.plot([], [], color=LOSS, lw=1, zorder=1))
        valley.plot([0], [0], "D", color=LOSS, ms=6, zorder=2)
        self.moving("ghost", valley.plot([], [], "o-", color=GHOST, lw=1, ms=3, zorder=3))
        self.moving("path", valley.plot([], [], "o-", color=STEP, lw=1.5, ms=4, zorder=4))
        self.moving("here", valley.plot([], [], "o", color=STEP, ms=9, mec="#FFFFFF", zorder=6))
        self.moving("push", valley.plot([], [], color=GRADIENT, lw=2.4, zorder=5))
        self.moving("carry", valley.plot([], [], color=MODEL, lw=2.4, zorder=5))
        for i, (words, colour) in enumerate((("minus η × slope", GRADIENT), ("carried on by momentum", MODEL))):
            valley.plot([-10.4 + 7.6 * i, -9.4 + 7.6 * i], [8.0, 8.0], color=colour, lw=2.6, clip_on=False)
            valley.text(-9.1 + 7.6 * i, 7.95, words, ha="left", va="center", fontsize=10)
        fall = figure.add_axes((0.645, 0.14, 0.34, 0.78))
        fall.set(xscale="log", yscale="log", xlim=(0.9, 4400), ylim=(1e-4, 20), xlabel="step", title="distance left")
        fall.minorticks_off()
        fall.axhline(self.goal, color="#777777", lw=1)
        fall.text(1, self.goal * 0.85, "a thousandth is left", ha="left", va="top", color=SOFT, fontsize=10)
        if self.guess is not None:
            at = float(_inside(self.guess, 1, 4000))
            fall.plot([at, at], [self.goal, 20], color=GUESS, ls=":", lw=2.2, zorder=1)
            fall.set_xlabel("step (dotted: your guess)")
        self.moving("ghost_fall", fall.plot([], [], color=GHOST, lw=1.8, ls="--", zorder=2))
        self.moving("fall", fall.plot([], [], color=STEP, lw=2.4, zorder=3))
        self.moving("now", fall.plot([], [], "o", color=STEP, ms=8, zorder=4))
        self.moving("ghost_name", fall.text(4400, 34, "", ha="right", va="center", color=SOFT, fontsize=10))

    def _rings(self):
        across = np.array([6, 4, 2, 1, *(np.array([10, 5]) / math.sqrt(self.kappa))])
        around = np.linspace(0, 2 * np.pi, 181)
        for size in across:
            along = size * math.sqrt(self.kappa)
            yield along * np.cos(around), size * np.sin(around)

    def update(self):
        for i, ring in enumerate(self._rings()):
            self.artists[f"ring{i}"].set_data(*ring)
        self.places = self.walk(self.value["beta"], self.n)
        with_momentum = self.value["beta"] > 0
        self.ghost = self.walk(0.0, self.n) if with_momentum else self.places
        for name, places in (("path", self.places), ("ghost", self.ghost)):
            seen = _inside(places[:200], -60, 60)
            self.artists[name].set_data(seen[:, 0], seen[:, 1])
        for name, places in (("fall", self.places), ("ghost_fall", self.ghost)):
            left = _inside(self.distances(places), 1e-9, 1e6)
            last = len(left) - 1
            steps = np.unique(np.round(np.geomspace(1, max(last, 1), 160)).astype(int))
            steps = steps[steps <= last]
            self.artists[name].set_data(steps, left[steps])
        for name in ("ghost", "ghost_fall", "ghost_name"):
            self.artists[name].set_visible(with_momentum)
        self.artists["ghost_name"].set_text("dashed: β = 0")
        self._place_walker()

    def _place_walker(self):
        here = _inside(self.places[-1], -60, 60)
        last = len(self.places) - 1
        left = float(_inside(self.distances(self.places)[-1], 1e-9, 1e6))
        self.artists["here"].set_data(here[:1], here[1:])
        self.artists["now"].set_data([max(last, 0.9)], [left])
        slope = self.places[-1] * (1 / self.kappa, 1)
        push = _inside(here - self.value["eta"] * slope, -60, 60)
        self.artists["push"].set_data([here[0], push[0]], [here[1], push[1]])
        moved = self.places[-1] - self.places[-2] if last else np.zeros(2)
        carry = _inside(here + self.value["beta"] * moved, -60, 60)
        self.artists["carry"].set_data([here[0], carry[0]], [here[1], carry[1]])

    def pressed(self, name):
        root = math.sqrt(self.kappa)
        if name == "hundred":
            self.value["n"] = min(self.value["n"] + 100, self.longest())
        elif name == "plain":
            self.value.update(eta=2 / (1 + 1 / self.kappa), beta=0.0)
        elif name == "ideal":
            self.value.update(eta=4 / (1 + 1 / root) ** 2, beta=min(((root - 1) / (root + 1)) ** 2, 0.99))
        else:
            super().pressed(name)

    def finished(self):
        return super().finished() or len(self.places) <= self.n  # it ran away, or arrived

    def runaway(self):
        """True where the walk has left every picture."""
        return not float(np.abs(self.places[-1]).sum()) < self.far

    def _arrival(self, places):
        at = self.arrived(places)
        return "not yet" if at is None else f"after {at} step{'s' * (at != 1)}"

    def describe(self):
        u, v = self.places[-1]
        text = (
            f"A valley {_short(math.sqrt(self.kappa))} times as long as wide (κ = {_short(self.kappa)}). "
            f"Learning rate {_short(self.value['eta'])}, momentum {_short(self.value['beta'])}, start "
            f"({_signed(self.value['u'], 1)}, {_signed(self.value['v'], 1)}); {self.n} steps: "
        )
        if self.runaway():
            return f"{text}the walker has run away."
        text += f"the walker is at ({_short(u)}, {_short(v)}), a thousandth of the distance: "
        text += self._arrival(self.places) + "."
        if self.value["beta"] > 0:
            text += f" Without momentum: {self._arrival(self.ghost)}."
        return text

    def in_words(self):
        lines = [self.describe()]
        if self.guess is not None:
            lines.append(f"Your guess is marked at {_count(float(_inside(self.guess, 0, 1e9)))} steps.")
        for i, (u, v) in enumerate(self.places[:21]):
            lines.append(f"After {i} steps: along {_short(u)}, across {_short(v)}")
        return "\n".join(lines)

    def read(self):
        left = self.distances(self.places)[-1]
        return {
            "κ": _short(self.kappa),
            "steps": str(self.n),
            "distance left": OFF if self.runaway() else _short(left),
            "a thousandth left": self._arrival(self.places),
        }


# ---- figure 5d: batch noise ----------------------------------------------------------------------------------------

BATCHES = ("1", "4", "16", "64", "256", "1024")
TRAINING = 1297  # images: the first writers


def _flat(gradients):
    return np.concatenate([gradients[name].ravel() for name in ("W1", "b1", "W2", "b2")])


class BatchNoise(LiveFigure):
    """The gradient of a batch against the gradient of all images, and what training on batches makes of it."""

    name = "batch noise"
    task = (
        "Draw some batches of each size and watch how far their gradients point from the gradient of all images. "
        "Then train: one step is one update."
    )
    controls = (
        Slider("eta", "learning rate η", 0, 2, 0.01, 0.1),
        Choice("batch", "images in a batch", BATCHES, "16"),
        Button("draw", "Draw a batch"),
        Button("twenty", "Draw 20"),
        Button("step", "Step"),
        Button("epoch", "One epoch"),
        Button("back", "Back"),
        Button("play", "Play", repeats="step"),
        Button("reset", "Reset"),
    )
    seen = 40  # arrows kept in the picture

    def __init__(self, guess=None, seed=0):
        self.guess, self.seed = guess, seed
        digits = load_digits()
        self.X, self.y = digits.images[:TRAINING] / 16, digits.labels[:TRAINING]
        self.dice = np.random.default_rng(seed + 2)  # for batches that are only looked at
        self.cosines = {}  # batch size -> cosines at the first weights
        self.ghosts = []  # earlier runs: (images seen, losses)
        self._begin()
        super().__init__()

    def _begin(self):
        self.params = clinic.start((64, 32, 10), np.random.default_rng(self.seed))
        self.rng = np.random.default_rng(self.seed + 1)
        self.updates, self.images = 0, 0
        self.track = [(0, clinic.loss(self.params, self.X, self.y))]
        self.arrows, self.queue, self.past = [], [], []
        self._whole = None

    # ---- the arithmetic ----

    def whole(self):
        """The gradient of all images where the weights are, as one vector, shape (2410,)."""
        if self._whole is None:
            self._whole = _flat(clinic.gradients(self.params, self.X, self.y))
        return self._whole

    def _pick(self):
        """The rows of the next batch; an epoch goes through all images once, in a new order."""
        size = min(int(self.value["batch"]), TRAINING)
        if not len(self.queue):
            self.queue = self.rng.permutation(TRAINING)
        rows, self.queue = self.queue[:size], self.queue[size:]
        return rows

    def _compare(self, gradients):
        """Keep an arrow of a batch's gradient; returns its cosine to the gradient of all images."""
        some, whole = _flat(gradients), self.whole()
        sizes = np.linalg.norm(some), np.linalg.norm(whole)
        cosine = float(some @ whole / (sizes[0] * sizes[1])) if sizes[0] * sizes[1] > 0 else 0.0
        cosine = float(_inside(cosine, -1, 1))
        side = 1 if len(self.arrows) % 2 else -1  # the picture has one direction for all that is not along
        self.arrows.append((cosine, side, float(sizes[0] / sizes[1]) if sizes[1] > 0 else 0.0))
        return cosine

    def _draw_batch(self):
        rows = self.dice.permutation(TRAINING)[: int(self.value["batch"])]
        cosine = self._compare(clinic.gradients(self.params, self.X[rows], self.y[rows]))
        if self.updates == 0:
            self.cosines.setdefault(self.value["batch"], []).append(cosine)

    def _update_once(self, look=True):
        rows = self._pick()
        gradients = clinic.gradients(self.params, self.X[rows], self.y[rows])
        if look:
            self._compare(gradients)
        self.params = {name: part - self.value["eta"] * gradients[name] for name, part in self.params.items()}
        self._whole = None
        self.updates += 1
        self.images += len(rows)
        if look:
            self.track = [*self.track, (self.images, clinic.loss(self.params, self.X, self.y))]

    def _one_epoch(self):
        """Updates up to the end of this epoch; the loss of all images is taken at forty of them and at the last."""
        end = TRAINING * (self.images // TRAINING + 1)
        every = math.ceil((end - self.images) / int(self.value["batch"]) / 40)
        count = 0
        while self.images < end and not self.finished():
            count += 1
            self._update_once(look=count % every == 0 or self.images + int(self.value["batch"]) >= end)

    def _remember(self):
        state = (self.params, self.rng.bit_generator.state, self.updates, self.images, self.track)
        self.past.append((*state, list(self.arrows), self.queue))
        del self.past[:-400]

    def _return(self):
        self.params, state, self.updates, self.images, self.track, self.arrows, self.queue = self.past.pop()
        self.rng.bit_generator.state = state
        self._whole = None

    # ---- the picture ----

    def draw(self, figure):
        fan = figure.add_axes((0.055, 0.14, 0.4, 0.78))
        fan.set(xlim=(-1.15, 1.35), ylim=(-1.083, 1.083), yticks=[], title="where the gradients point")
        fan.set_xlabel("cosine to the gradient of all images")
        turn = np.linspace(0, 2 * np.pi, 121)
        fan.plot(np.cos(turn), np.sin(turn), color=FAINT, lw=1, zorder=0)
        fan.plot([0, 0], [-1, 1], color=FAINT, lw=1, zorder=0)
        fan.text(1.08, 0, "all\nimages", ha="left", va="center", fontsize=10)
        fan.text(-1.12, -0.97, "above, below:\nin turn", ha="left", va="center", fontsize=10, color=SOFT)
        for name, colour, width in (("fan", "#E9B28F", 1.0), ("last", GRADIENT, 2.4)):
            self.moving(name, fan.plot([], [], color=colour, lw=width, zorder=2))
        self.moving("tips", fan.plot([], [], "o", color=GRADIENT, ms=3.5, zorder=3))
        fan.plot([0, 1], [0, 0], color=INK, lw=3, zorder=4)
        fan.plot([1], [0], "D", color=INK, ms=6, zorder=4)
        align = figure.add_axes((0.535, 0.6, 0.45, 0.32))
        align.set(xscale="log", xlim=(0.7, 1500), ylim=(0, 1.08))
        align.set_title("mean cosine for each batch size, first weights")
        align.set_xticks([int(b) for b in BATCHES], BATCHES)
        align.minorticks_off()
        align.set_yticks([0, 0.5, 1])
        if self.guess is not None:
            at = float(_inside(self.guess, 0, 1))
            align.axhline(at, color=GUESS, ls=":", lw=2)
            align.text(1450, 0.1, "dotted: your guess", color=GUESS, ha="right", va="center", fontsize=10)
        self.moving("cosines", align.plot([], [], "o", color=GRADIENT, ms=7, zorder=3))
        style = {"ha": "left", "va": "center", "color": SOFT, "fontsize": 10}
        self.moving("left_behind", align.text(0.8, 0.27, "", **style))
        fall = figure.add_axes((0.535, 0.14, 0.45, 0.29))
        fall.set(xlim=(0, 5), ylim=(0, 3), xlabel="epochs (all images once)")
        fall.set_title("loss of all images (grey: earlier runs)")
        for i in range(3):
            self.moving(f"ghost{i}", fall.plot([], [], color=GHOST, lw=1, ls=("--", ":", "-.")[i], zorder=1))
        self.moving("fall", fall.plot([], [], color=LOSS, lw=1.8, zorder=3))
        self.moving("now", fall.plot([], [], "o", color=LOSS, ms=6, zorder=4))

    def update(self):
        arrows = self.arrows[-self.seen :]
        tips = np.array([(c, side * math.sqrt(max(1 - c * c, 0))) for c, side, _ in arrows]).reshape(-1, 2)
        spokes = np.zeros((2 * len(tips) + 1, 2))
        spokes[1::2] = tips
        self.artists["fan"].set_data(*spokes.T)
        self.artists["tips"].set_data(*tips.T)
        last = tips[-1:] if len(tips) else np.zeros((1, 2))
        self.artists["last"].set_data([0, last[0, 0]], [0, last[0, 1]])
        self.artists["left_behind"].set_text("the weights have moved: Reset, then draw" if self.updates else "")
        sizes = [b for b in BATCHES if b in self.cosines]
        self.artists["cosines"].set_data([int(b) for b in sizes], [np.mean(self.cosines[b]) for b in sizes])
        self._place(self.artists["fall"], self.track)
        at, loss = self.track[-1]
        self.artists["now"].set_data([at / TRAINING], [float(_inside(loss, 0, 9))])
        for i in range(3):
            self._place(self.artists[f"ghost{i}"], self.ghosts[-1 - i] if i < len(self.ghosts) else [])

    def _place(self, line, track):
        track = np.array(track, dtype=float).reshape(-1, 2)
        track = track[:: max(1, len(track) // 1500)]
        line.set_data(track[:, 0] / TRAINING, _inside(track[:, 1], 0, 9))

    def pressed(self, name):
        if name == "reset":
            if len(self.track) > 1:
                self.ghosts.append(self.track)
            self._begin()
        elif name == "back":
            if self.past:
                self._return()
        elif name in ("draw", "twenty"):
            for _ in range(1 if name == "draw" else 20):
                self._draw_batch()
        elif not self.finished():
            self._remember()
            if name == "step":
                self._update_once()
            else:
                self._one_epoch()

    def finished(self):
        return self.images >= 5 * TRAINING or not np.isfinite(self.track[-1][1])

    def mean_cosine(self):
        """The mean cosine of the drawn batches of this size, at the first weights, or None."""
        drawn = self.cosines.get(self.value["batch"])
        return float(np.mean(drawn)) if drawn else None

    def describe(self):
        mean = self.mean_cosine()
        drawn = len(self.cosines.get(self.value["batch"], []))
        text = f"Batches of {self.value['batch']} of {TRAINING} digits, learning rate {_short(self.value['eta'])}. "
        if self.arrows:
            text += f"The last batch gradient has cosine {_signed(self.arrows[-1][0], 2)} to that of all images. "
        if mean is not None:
            text += f"Mean of {drawn} drawn at the first weights: {_signed(mean, 3)}. "
        return f"{text}{self.updates} updates, {_short(self.images / TRAINING)} epochs: the loss is {self._loss()}."

    def _loss(self):
        loss = self.track[-1][1]
        return _short(loss) if loss < 1e6 else OFF

    def in_words(self):
        lines = [self.describe()]
        if self.guess is not None:
            lines.append(f"Your guess is marked at cosine {_short(float(self.guess))}.")
        for size in BATCHES:
            if size in self.cosines:
                drawn = self.cosines[size]
                lines.append(f"Batch of {size}: mean cosine {_signed(np.mean(drawn), 3)} over {len(drawn)} batches")
        for at, loss in self.track[:: max(1, len(self.track) // 20)]:
            lines.append(f"After {_short(at / TRAINING)} epochs: loss {_short(loss)}")
        return "\n".join(lines)

    def read(self):
        mean = self.mean_cosine()
        return {
            "updates": str(self.updates),
            "epochs": f"{self.images / TRAINING:.2f}",
            "loss": self._loss(),
            "cosine, last batch": _signed(self.arrows[-1][0], 2) if self.arrows else "none yet",
            "mean cosine": "none yet" if mean is None else _signed(mean, 3),
        }


# ---- figure 5e: the surface zoo ------------------------------------------------------------------------------------

SURFACES = {
    "bowl": (
        lambda x, y: 0.5 * (x**2 + 3 * y**2),
        lambda x, y: (x, 3 * y),
        "½ (x² + 3y²)",
    ),
    "saddle": (
        lambda x, y: x**2 - y**2,
        lambda x, y: (2 * x, -2 * y),
        "x² − y²",
    ),
    "plateau": (
        lambda x, y: 1 - np.exp(-2 * (x**2 + y**2)),
        lambda x, y: (4 * x * np.exp(-2 * (x**2 + y**2)), 4 * y * np.exp(-2 * (x**2 + y**2))),
        "1 − exp(−2 (x² + y²))",
    ),
}
LEVELS = {
    "bowl": (0.1, 0.4, 1, 2, 3.5, 5.5),
    "saddle": (-3, -2, -1, -0.4, -0.1, 0, 0.1, 0.4, 1, 2, 3),
    "plateau": (0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 0.998),
}


class SurfaceZoo(Walk):
    """Three surfaces with places of no slope, a walker, and a way to feel the ground around it."""

    name = "surface zoo"
    task = (
        "Put the walker where the slope is zero, or nearly, and let it step. "
        "Then feel the ground around it: where is it done, and where only stuck?"
    )
    controls = (
        Slider("eta", "learning rate η", 0, 2, 0.01, 0.1),
        Slider("x", "start x", -2, 2, 0.05, 1.5),
        Slider("y", "start y", -2, 2, 0.05, 0.0, digits=4),
        Slider("n", "steps so far", 0, 200, 1, 0, digits=0),
        Choice("surface", "surface", tuple(SURFACES), "saddle"),
        *Walk.walking,
        Button("nudge", "Start 10⁻⁶ higher in y"),
        Toggle("feel", "feel the ground around"),
    )
    tabled = ("eta", "x", "y", "n")
    radius = 0.35

    def __init__(self):
        self.drawn = None
        super().__init__()

    def walk(self):
        """The places after 0, 1, …, n steps, shape (n + 1, 2); shorter where the walker left the map by far."""
        slope, eta = SURFACES[self.value["surface"]][1], self.value["eta"]
        x, y = float(self.value["x"]), float(self.value["y"])
        places = [(x, y)]
        for _ in range(self.n):
            down_x, down_y = slope(x, y)
            x, y = float(x - eta * down_x), float(y - eta * down_y)
            places.append((x, y))
            if not abs(x) + abs(y) < 1e6:
                break
        return np.array(places)

    def draw(self, figure):
        land = figure.add_axes((0.055, 0.14, 0.345, 0.78))
        land.set(xlabel="x, light is high", xticks=range(-2, 3), yticks=range(-2, 3))
        self.pick(land, x="x", y="y", hint="Click in the map to choose where to start, or type it below.")
        grid = np.linspace(-2.2, 2.2, 121)
        x, y = np.meshgrid(grid, grid)
        self.maps = {}
        for name, (height, _, _) in SURFACES.items():
            lines = land.contour(x, y, height(x, y), levels=LEVELS[name], colors=LOSS, linewidths=1, zorder=1)
            lines.set_linestyle("solid")  # else heights below 0 are dashed
            shade = land.imshow(height(x, y), extent=(-2.2, 2.2, -2.2, 2.2), origin="lower", cmap="Greys_r", alpha=0.4)
            shade.set(zorder=0, interpolation="bilinear")
            self.maps[name] = (lines, shade)
        land.set(xlim=(-2.2, 2.2), ylim=(-2.2, 2.2), aspect="auto")
        self.title = land.set_title("")
        self.moving("ring", land.plot([], [], color=SOFT, lw=0.8, zorder=3))
        for name, mark, colour in (("higher", "s", WRONG), ("level", "D", "#FFFFFF"), ("lower", "o", STEP)):
            self.moving(name, land.plot([], [], mark, color=colour, ms=5.5, mec=INK, mew=0.7, zorder=7))
        self.moving("path", land.plot([], [], "o-", color=STEP, lw=1.4, ms=3.5, zorder=4))
        self.moving("start", land.plot([], [], "o", color="#FFFFFF", mec=STEP, ms=8, zorder=5))
        self.moving("here", land.plot([], [], "o", color=STEP, ms=10, mec="#FFFFFF", zorder=6))
        loss = figure.add_axes((0.5, 0.6, 0.3, 0.32))
        loss.set(xlim=(-3, 203), ylim=(-4.3, 4.3), title="height (the loss)")
        loss.axhline(0, color=FAINT, lw=1, zorder=0)
        self.moving("loss", loss.plot([], [], color=LOSS, lw=2.2))
        self.moving("loss_now", loss.plot([], [], "o", color=LOSS, ms=7))
        steep = figure.add_axes((0.5, 0.14, 0.3, 0.32))
        steep.set(xlim=(-3, 203), ylim=(1e-8, 20), yscale="log", xlabel="step")
        steep.set_title("steepness: length of the gradient")
        steep.set_yticks([1e-8, 1e-4, 1])
        steep.minorticks_off()
        self.moving("steep", steep.plot([], [], color=GRADIENT, lw=2.2))
        self.moving("steep_now", steep.plot([], [], "o", color=GRADIENT, ms=7))
        self._draw_key(figure.add_axes((0.825, 0.14, 0.17, 0.78)))

    def _draw_key(self, key):
        key.set_axis_off()
        key.set(xlim=(0, 1), ylim=(0, 1))
        self.moving("felt", key.text(0, 1.0, "", ha="left", va="top", fontsize=10))
        for i, (words, mark, colour) in enumerate(
            (("higher than here", "s", WRONG), ("level", "D", "#FFFFFF"), ("lower than here", "o", STEP))
        ):
            self.moving(f"key{i}", key.plot([0.04], [0.42 - 0.1 * i], mark, color=colour, ms=7, mec=INK, mew=0.7))
            self.moving(f"says{i}", key.text(0.12, 0.42 - 0.1 * i, words, ha="left", va="center", fontsize=10))

    def update(self):
        surface = self.value["surface"]
        if surface != self.drawn:  # another map: the one thing here that costs a full drawing
            self.drawn = surface
            for name, layers in self.maps.items():
                for layer in layers:
                    layer.set_visible(name == surface)
            self.title.set_text(f"y ↑      {surface}: {SURFACES[surface][2]}")
        height, slope, _ = SURFACES[surface]
        self.places = self.walk()
        seen = _inside(self.places, -9, 9)
        self.heights = height(*self.places.T)
        self.slopes = np.hypot(*slope(*self.places.T))
        steps = np.arange(len(seen))
        self.artists["path"].set_data(seen[:, 0], seen[:, 1])
        self.artists["start"].set_data(seen[:1, 0], seen[:1, 1])
        self.artists["here"].set_data(seen[-1:, 0], seen[-1:, 1])
        for name, values, low, high in (("loss", self.heights, -20, 20), ("steep", self.slopes, 1e-8, 1e3)):
            values = _inside(values, low, high)
            self.artists[name].set_data(steps, values)
            self.artists[f"{name}_now"].set_data(steps[-1:], values[-1:])
        self._feel(height, self.places[-1])

    def felt(self):
        """How many of 16 places around the walker are higher, level and lower: {word: count}."""
        height = SURFACES[self.value["surface"]][0]
        return {word: len(points) for word, points in self._around(height, self.places[-1]).items()}

    def _around(self, height, here):
        angles = np.arange(16) * np.pi / 8
        points = here + self.radius * np.column_stack([np.cos(angles), np.sin(angles)])
        rise = height(*points.T) - height(*here)
        return {
            "higher": points[rise > 1e-4],
            "level": points[np.abs(rise) <= 1e-4],
            "lower": points[rise < -1e-4],
        }

    def _feel(self, height, here):
        on = self.value["feel"] and bool(np.all(np.abs(here) < 9))
        here = _inside(here, -9, 9)
        for word, points in self._around(height, here).items():
            self.artists[word].set_data(points[:, 0], points[:, 1])
            self.artists[word].set_visible(on)
        turn = np.linspace(0, 2 * np.pi, 41)
        self.artists["ring"].set_data(here[0] + self.radius * np.cos(turn), here[1] + self.radius * np.sin(turn))
        for name in ("ring", *(f"key{i}" for i in range(3)), *(f"says{i}" for i in range(3))):
            self.artists[name].set_visible(on)
        self.artists["felt"].set_text("of 16 places around:\n" + self._felt_in_words("\n") if on else "")

    def _felt_in_words(self, between):
        return between.join(f"{count} {word}" for word, count in self.felt().items())

    def pressed(self, name):
        if name == "nudge":
            self.value["y"] = min(self.value["y"] + 1e-6, 2.0)
        else:
            super().pressed(name)

    def finished(self):
        return super().finished() or len(self.places) <= self.n

    def _place(self):
        x, y = self.places[-1]
        if not abs(x) + abs(y) < 1e6:
            return "far off the map"
        return f"at ({_short(x)}, {_short(y)})"

    def describe(self):
        text = (
            f"The {self.value['surface']}, height {SURFACES[self.value['surface']][2]}. Learning rate "
            f"{_short(self.value['eta'])}, start ({_short(self.value['x'])}, {_short(self.value['y'])}); after "
            f"{self.n} steps the walker is {self._place()}"
        )
        if "far" not in self._place():
            text += f", height {_short(self.heights[-1])}, steepness {_short(self.slopes[-1])}"
        if self.value["feel"]:
            text += f". Of 16 places around it: {self._felt_in_words(', ')}"
        return f"{text}."

    def in_words(self):
        lines = [self.describe()]
        for i in range(0, len(self.places), max(1, len(self.places) // 20)):
            x, y = self.places[i]
            lines.append(f"After {i} steps: x = {_short(x)}, y = {_short(y)}, steepness {_short(self.slopes[i])}")
        return "\n".join(lines)

    def read(self):
        x, y = self.places[-1]
        return {
            "steps": str(self.n),
            "x": _short(x),
            "y": _short(y),
            "height": _short(self.heights[-1]),
            "steepness": _short(self.slopes[-1]),
        }


# ---- figure 5f: the curve doctor -----------------------------------------------------------------------------------

DIAGNOSES = (
    "healthy",
    "learning rate too small",
    "learning rate too large",
    "minus sign forgotten",
    "batches too small",
    "inputs badly scaled",
    "start near a saddle",
)
UPDATES = 60

# Each patient is a real run of a line fit, targets standardised: on which data, with which learning rate, how many rows
# in a batch (0: all), how the inputs enter, the knobs it starts with, and whether the model is b + m x or, for two
# knobs in a row, w1 w2 x.
HEALTHY = {"data": "CO₂", "eta": 0.06, "batch": 0, "inputs": "standardised", "start": (0.0, 0.0), "product": False}
PATIENTS = {
    "curve A": HEALTHY | {"eta": 5e-4, "inputs": "year − 1959"},
    "curve B": HEALTHY | {"data": "Hubble", "eta": 0.15, "batch": 1},
    "curve C": HEALTHY | {"eta": 1.06},
    "curve D": HEALTHY,
    "curve E": HEALTHY | {"start": (0.02, 0.02), "product": True},
    "curve F": HEALTHY | {"eta": 0.002},
}
TRUTH = {
    "curve A": "inputs badly scaled",
    "curve B": "batches too small",
    "curve C": "learning rate too large",
    "curve D": "healthy",
    "curve E": "start near a saddle",
    "curve F": "learning rate too small",
}


def _patient_data(data, inputs):
    """Inputs and standardised targets, both (N,)."""
    if data == "Hubble":
        hubble = load_hubble()
        x, z = encoded(hubble.distance, inputs), hubble.velocity
    else:
        co2 = load_co2()
        x, z = encoded(co2.year, inputs), co2.ppm
    return x, (z - z.mean()) / z.std()


def run_patient(data, eta, batch, inputs, start, product, seed=3):
    """The loss of all rows after 0, 1, …, 60 updates of such a run, float64 (61,); see `PATIENTS`."""
    x, z = _patient_data(data, inputs)
    rng = np.random.default_rng(seed)
    knobs = np.array(start, dtype=float)
    losses = []
    with np.errstate(all="ignore"):
        for _ in range(UPDATES + 1):
            inner = np.stack([knobs[1] * x, knobs[0] * x] if product else [np.ones_like(x), x])
            residual = (knobs[0] * knobs[1] * x if product else knobs @ inner) - z
            losses.append(np.mean(residual**2))
            rows = rng.integers(len(x), size=batch) if batch else slice(None)
            knobs = knobs - eta * 2 * np.mean(residual[rows] * inner[:, rows], axis=1)
    return np.array(losses)


def loss_curves():
    """The six curves of the doctor: {"curve A": float64 (61,), …}, the loss after 0 to 60 updates."""
    return {name: run_patient(**patient) for name, patient in PATIENTS.items()}


def lowest_loss(data):
    """The loss of the best line through such data."""
    x, z = _patient_data(data, "standardised")
    return 1 - float(np.mean(x * z)) ** 2


class CurveDoctor(LiveFigure):
    """Six loss curves, each of a real run that can be run again with one thing changed."""

    name = "curve doctor"
    task = (
        "Look at the six curves and suspect something. Then pick a patient, change one thing, "
        "and see whether the dashed second run bears you out."
    )
    controls = (
        Slider("times", "η × 2 to the power", -10, 10, 1, 0, digits=0),
        Choice("patient", "patient", tuple(PATIENTS), "curve A"),
        Toggle("batch", "batches 16 times as large"),
        Toggle("scaled", "standardise the inputs"),
        Toggle("moved", "start at ½ and ½"),
        Button("reset", "Reset"),
    )
    tabled = ("times",)
    top = 1.6

    def __init__(self):
        self.curves = loss_curves()
        self.floors = {name: lowest_loss(patient["data"]) for name, patient in PATIENTS.items()}
        super().__init__()

    def treated(self):
        """The patient's settings with what the controls change, as `run_patient` takes them."""
        patient = dict(PATIENTS[self.value["patient"]])
        patient["eta"] *= 2.0 ** self.value["times"]
        if self.value["batch"] and patient["batch"]:
            patient["batch"] *= 16
        if self.value["scaled"]:
            patient["inputs"] = "standardised"
        if self.value["moved"]:
            patient["start"] = (0.5, 0.5)
        return patient

    def draw(self, figure):
        self.frames_of = {}
        for i, (name, losses) in enumerate(self.curves.items()):
            axes = figure.add_axes((0.045 + 0.155 * (i % 3), 0.57 - 0.45 * (i // 3), 0.135, 0.34))
            axes.set(xlim=(-2, 62), ylim=(0, self.top), xticks=(0, 30, 60), yticks=(0, 0.5, 1, 1.5))
            axes.set_title(name.replace("curve ", ""), fontweight="bold")
            if i % 3:
                axes.set_yticklabels([])
            axes.axhline(self.floors[name], color=GUESS, lw=1.2, ls=":", zorder=1)
            axes.plot(_inside(losses, 0, 9), color=LOSS, lw=1.8, zorder=2)
            corners = np.array([(-2, 0), (62, 0), (62, self.top), (-2, self.top), (-2, 0)])
            frame = self.moving(f"frame{i}", axes.plot(*corners.T, color=STEP, lw=3.5, zorder=4))
            frame.set_clip_on(False)
            self.frames_of[name] = frame
        ward = figure.add_axes((0.565, 0.12, 0.42, 0.79))
        ward.set(xlim=(-1, 61), ylim=(0, self.top), title="the patient again: loss of all rows")
        ward.set_xlabel("update (dotted: loss of the best line)")
        figure.text(0.275, 0.02, "update", ha="center", va="bottom")
        figure.text(0.004, 0.965, "loss", ha="left", va="center", fontsize=10)
        self.moving("floor", ward.plot([], [], color=GUESS, lw=1.4, ls=":", zorder=1))
        self.moving("patient", ward.plot([], [], color=LOSS, lw=2.6, zorder=2))
        self.moving("second", ward.plot([], [], color=STEP, lw=2.2, ls="--", zorder=3))
        self.moving("what", ward.text(60, 1.56, "", ha="right", va="top", color=STEP, fontsize=10))

    def update(self):
        patient = self.value["patient"]
        for name, frame in self.frames_of.items():
            frame.set_visible(name == patient)
        self.again = run_patient(**self.treated())
        updates = np.arange(UPDATES + 1)
        self.artists["patient"].set_data(updates, _inside(self.curves[patient], 0, 9))
        self.artists["second"].set_data(updates, _inside(self.again, 0, 9))
        floor = self.floors[patient]
        self.artists["floor"].set_data([-1, 61], [floor, floor])
        changed = self.changed()
        self.artists["second"].set_visible(bool(changed))
        self.artists["what"].set_text("dashed: " + ",\n".join(changed) if changed else "")

    def changed(self):
        """What the second run does differently, as words."""
        words = []
        if self.value["times"]:
            factor = 2.0 ** abs(self.value["times"])
            words.append(f"η {'×' if self.value['times'] > 0 else '÷'} {factor:.0f}")
        if self.value["batch"]:
            known = PATIENTS[self.value["patient"]]["batch"]
            words.append("batches 16 times as large" if known else "batches: it has all rows in one already")
        if self.value["scaled"]:
            known = PATIENTS[self.value["patient"]]["inputs"] != "standardised"
            words.append("inputs standardised" if known else "inputs: they are standardised already")
        if self.value["moved"]:
            words.append("start at ½ and ½")
        return words

    def pressed(self, name):
        self.value.update(times=0.0, batch=False, scaled=False, moved=False)

    @staticmethod
    def _says(losses):
        points = "; ".join(f"{i}: {_short(float(losses[i]))}" for i in (0, 5, 10, 20, 40, 60))
        return f"loss after updates {points}"

    def describe(self):
        text = f"Six loss curves; {self.value['patient']} is picked: {self._says(self.curves[self.value['patient']])}."
        changed = self.changed()
        if changed:
            text += f" Run again ({', '.join(changed)}): {self._says(self.again)}."
        return text

    def in_words(self):
        lines = [self.describe(), f"The best line here has loss {_short(self.floors[self.value['patient']])}."]
        lines += [f"{name[:1].upper()}{name[1:]}: {self._says(losses)}." for name, losses in self.curves.items()]
        return "\n".join(lines)

    def read(self):
        return {
            "loss at the end": _short(float(self.curves[self.value["patient"]][-1])),
            "second run": _short(float(self.again[-1])) if self.changed() else "none yet",
        }


# ---- what the lesson calls -----------------------------------------------------------------------------------------


def bowl(guess=None, hubble=False):
    """Figure 5a: one knob on a parabola; `guess` (a learning rate) is marked among the rates that were tried.

    With `hubble` the parabola is the loss of v = m r on Hubble's 24 nebulae.
    """
    return HubbleBowl(guess) if hubble else Bowl(guess)


def unit_repair(guess=None):
    """Figure 5b: the CO2 line fit in four year encodings; `guess` (a number of steps) is marked among the measured."""
    return UnitRepair(guess)


def zig_zag(guess=None):
    """Figure 5c: a long valley with and without momentum; `guess` (a number of steps) is marked."""
    return ZigZag(guess)


def batch_noise(guess=None):
    """Figure 5d: batch gradients against the whole one on digits, and training; `guess` (a cosine) is marked."""
    return BatchNoise(guess)


def surface_zoo():
    """Figure 5e: a minimum, a saddle and a plateau to walk on."""
    return SurfaceZoo()


def curve_doctor():
    """Figure 5f: six loss curves of real runs, to be run again with one thing changed."""
    return CurveDoctor()
