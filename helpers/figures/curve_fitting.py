"""The figures of lesson 1: three lines, the six-knob bench, the race, one knob on Hubble's nebulae, the degree slider.

Each is one class on LiveFigure and one small function that makes it, which is what the lesson calls.
"""

import numpy as np

from helpers.data import load_co2, load_hubble, standardised_co2
from helpers.descent import gradient_descent, mse_gradient, mse_polynomial, nudge_search, polynomial
from helpers.live import Button, Choice, LiveFigure, Slider, Toggle
from helpers.palette import DATA, FAINT, GRADIENT, GUESS, INK, LOSS, MODEL, RESIDUAL, STEP

__all__ = ["degree_slider", "one_knob_hubble", "race", "six_knob_bench", "three_lines"]

KNOBS = tuple(f"k{i}" for i in range(6))
RAN_AWAY = 1e6  # a mean squared error above this (in squared standard deviations) is off every scale


def _signed(number, digits):
    """A number with a real minus sign, as prose writes it."""
    return f"{number:z.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _sticks(x, bottom, top):
    """Upright segments for a LineCollection, shape (n, 2, 2)."""
    return np.stack([np.column_stack([x, bottom]), np.column_stack([x, top])], axis=1)


# ---- three lines ---------------------------------------------------------------------------------------------------


class ThreeLines(LiveFigure):
    """Three lines through the same four points; the squares of the residuals drawn as squares."""

    name = "three lines"
    task = "Choose a line, then switch on the squares: their average area is the mean squared error."
    controls = (
        Choice("line", "Line", ("A", "B", "C"), "A"),
        Toggle("squares", "show the squares"),
    )

    def __init__(self):
        self.x = np.array([0.0, 1.0, 2.0, 4.0])
        self.y = np.array([1.0, 3.0, 2.0, 6.0])
        self.lines = {"A": (1.0, 2.0), "B": (0.9, 1.1), "C": (1.0, 1.25)}  # intercept b, slope m
        self.ends = {"A": 2.9, "B": 4.6, "C": 4.7}  # how far each is drawn, so that their names do not meet
        super().__init__()

    def draw(self, figure):
        """A square frame, so that a squared residual is a square to the eye too."""
        axes = figure.add_axes((0.08, 0.13, 0.42, 0.8))
        axes.set(xlim=(-1, 9.4), ylim=(-0.8, 9.4), xlabel="x", ylabel="y", aspect="equal")
        for name, (b, m) in self.lines.items():
            end = self.ends[name]
            axes.plot([-0.6, end], [b - 0.6 * m, b + end * m], color=FAINT, lw=2, zorder=1)
            axes.text(end + 0.15, b + end * m, name, color=INK, va="center", ha="left")
        axes.plot(self.x, self.y, "o", color=DATA, ms=8, zorder=5)
        self.moving("line", axes.plot([], [], color=MODEL, lw=3, zorder=3))
        for i in range(len(self.x)):
            self.moving(f"square{i}", axes.fill([0, 0, 0, 0], [0, 0, 0, 0], fc=RESIDUAL, ec=LOSS, alpha=0.55)[0])
        panel = figure.add_axes((0.58, 0.13, 0.4, 0.8))
        panel.set_axis_off()
        panel.set(xlim=(0, 1), ylim=(0, 1))
        self.moving("sums", panel.text(0, 0.9, "", va="top", fontsize=12, linespacing=1.6))

    def residuals(self):
        """Prediction minus measurement at the four points."""
        b, m = self.lines[self.value["line"]]
        return b + m * self.x - self.y

    def update(self):
        b, m = self.lines[self.value["line"]]
        ends = np.array([-0.6, self.ends[self.value["line"]]])
        self.artists["line"].set_data(ends, b + m * ends)
        for i, e in enumerate(self.residuals()):
            x, y = self.x[i], self.y[i]
            square = self.artists[f"square{i}"]
            square.set_xy([(x, y), (x + abs(e), y), (x + abs(e), y + e), (x, y + e)])
            square.set_visible(self.value["squares"])
        self.artists["sums"].set_text(self.sums() if self.value["squares"] else "")

    def sums(self):
        """The arithmetic of the mean squared error, line by line."""
        e = self.residuals()
        rows = [f"residual {_signed(r, 1):>5}    squared {r * r:5.2f}" for r in e]
        return "\n".join([*rows, f"mean of the squares: {np.mean(e * e):.4f}"])

    def describe(self):
        b, m = self.lines[self.value["line"]]
        line = f"line {self.value['line']}, y = {_signed(b, 1)} + {_signed(m, 2)} x"
        text = f"Four points and three lines; {line}, is thick."
        if self.value["squares"]:
            text += f" A square stands on each residual; their mean area is {np.mean(self.residuals() ** 2):.4f}."
        return text

    def in_words(self):
        points = ", ".join(f"({x:g}, {y:g})" for x, y in zip(self.x, self.y, strict=True))
        return f"The points: {points}.\n{self.describe()}\n{self.sums()}"

    def read(self):
        return {"MSE": f"{np.mean(self.residuals() ** 2):.4f}" if self.value["squares"] else "hidden"}


# ---- figure 1a: the six-knob bench ---------------------------------------------------------------------------------


class SixKnobBench(LiveFigure):
    """Six knobs, one curve, one loss, on the CO2 record."""

    name = "six-knob bench"
    task = "Turn the six knobs until the curve lies on the dots. The residual sticks show what is left."
    controls = (
        *(Slider(k, k, -2, 2, 0.01, 0.0) for k in KNOBS),
        Slider("eta", "learning rate η", 0.01, 1, 0.01, 0.5),
        Toggle("screens", "show the screens"),
        Button("nudge", "Blind nudge"),
        Button("step", "One step"),
        Button("hundred", "100 steps"),
        Button("back", "Back"),
        Button("play", "Play", repeats="step"),
        Button("reset", "Reset"),
    )

    def __init__(self):
        co2 = load_co2()
        self.year, self.ppm = co2.year, co2.ppm
        self.x, self.z = standardised_co2()
        self.grid = np.linspace(-1, 1, 121)
        self._begin()
        super().__init__()

    def _begin(self):
        self.rng = np.random.default_rng(1)
        self.past = []
        self.evaluations = self.steps = 0

    @property
    def knobs(self):
        """The six coefficients, shape (6,)."""
        return np.array([self.value[k] for k in KNOBS])

    def _turn(self, knobs):
        self.value.update(zip(KNOBS, map(float, knobs), strict=True))

    def draw(self, figure):
        curve = figure.add_axes((0.075, 0.13, 0.5, 0.8))
        curve.set(xlim=(1957, 2027), ylim=(285, 445), xlabel="year", title="CO₂ at Mauna Loa, ppm")
        sticks = curve.vlines(self.year, self.ppm, self.ppm, color=RESIDUAL, lw=1.4, zorder=2)
        self.moving("dots", curve.plot(self.year, self.ppm, "o", color=DATA, ms=3.2, zorder=3))
        self.moving("sticks", sticks)
        self.moving("curve", curve.plot([], [], color=MODEL, lw=2.6, zorder=4))
        gauge = figure.add_axes((0.66, 0.77, 0.31, 0.1))
        gauge.set(xscale="log", xlim=(1e-4, 1e2), ylim=(0, 1), yticks=[], title="loss (mean squared error)")
        self.moving("loss", gauge.fill([1, 1, 1, 1], [0, 0, 1, 1], fc=LOSS, ec=LOSS)[0])
        screens = figure.add_axes((0.66, 0.13, 0.31, 0.42))
        screens.set(xlim=(-1.5, 1.5), ylim=(5.6, -0.6), yticks=range(6), yticklabels=KNOBS)
        screens.set_title("screens: minus the slope of the loss")
        screens.axvline(0, color="#777777", lw=1)
        for i in range(6):
            self.moving(f"screen{i}", screens.fill([0] * 4, [0] * 4, fc=GRADIENT, ec=GRADIENT)[0])
        self.moving("covered", screens.text(0, 2.5, "", ha="center", va="center", color="#555555"))

    def update(self):
        k = self.knobs
        scale, mean = self.ppm.std(), self.ppm.mean()
        self.artists["curve"].set_data(1992 + 33 * self.grid, mean + scale * polynomial(k, self.grid))
        self.artists["sticks"].set_segments(_sticks(self.year, self.ppm, mean + scale * polynomial(k, self.x)))
        self.loss = mse_polynomial(k, self.x, self.z)
        self.gradient = mse_gradient(k, self.x, self.z)
        end = min(max(self.loss, 1e-4), 1e2) if np.isfinite(self.loss) else 1e2
        self.artists["loss"].set_xy([(1e-4, 0), (end, 0), (end, 1), (1e-4, 1)])
        on = self.value["screens"]
        for i, slope in enumerate(self.gradient):
            end = float(np.clip(np.nan_to_num(-slope), -1.5, 1.5))
            bar = self.artists[f"screen{i}"]
            bar.set_xy([(0, i - 0.32), (end, i - 0.32), (end, i + 0.32), (0, i + 0.32)])
            bar.set_visible(on)
        self.artists["covered"].set_text("" if on else "switched off")

    def pressed(self, name):
        if name == "reset":
            self._begin()
            self._turn(np.zeros(6))
        elif name == "back":
            if self.past:
                knobs, self.evaluations, self.steps = self.past.pop()
                self._turn(knobs)
        else:
            self.past.append((self.knobs, self.evaluations, self.steps))
            getattr(self, f"_{name}")()

    def _nudge(self):
        path = nudge_search(self._loss_at, self.knobs, 2, self.rng, size=0.2)
        self.evaluations += 1  # the loss where the knobs stand is known already
        self._turn(path.last)

    def _step(self, count=1):
        if self.finished():
            return
        path = gradient_descent(self._loss_at, self._gradient_at, self.knobs, self.value["eta"], count)
        off = np.flatnonzero(~(path.losses < RAN_AWAY))
        end = int(off[0]) if len(off) else count
        self.steps += end
        self._turn(path.points[end])

    def _hundred(self):
        self._step(100)

    def _loss_at(self, k):
        return mse_polynomial(k, self.x, self.z)

    def _gradient_at(self, k):
        return mse_gradient(k, self.x, self.z)

    def finished(self):
        return not self._loss_at(self.knobs) < RAN_AWAY

    def rmse(self):
        """Root of the mean squared error, in ppm."""
        return np.sqrt(self.loss) * self.ppm.std()

    def describe(self):
        knobs = ", ".join(f"{k} = {_signed(self.value[k], 2)}" for k in KNOBS)
        if self.finished():
            return f"The knobs have run away ({self.steps} steps): the loss is off the scale. Press Reset or Back."
        text = (
            f"The curve drawn by the knobs {knobs} against {len(self.year)} yearly CO₂ values. "
            f"Loss {self.loss:.4f}; a typical residual is {self.rmse():.2f} ppm."
        )
        if self.value["screens"]:
            big = int(np.argmax(np.abs(self.gradient)))
            way = "up" if self.gradient[big] < 0 else "down"
            text += f" The longest screen belongs to {KNOBS[big]} and asks for {way}."
        return text

    def in_words(self):
        lines = [self.describe()]
        if self.value["screens"]:
            lines += [f"Screen of {k}: {_signed(-g, 4)}" for k, g in zip(KNOBS, self.gradient, strict=True)]
        wide = polynomial(self.knobs, self.x) * self.ppm.std() + self.ppm.mean() - self.ppm
        for year in (1959, 1975, 1992, 2009, 2025):
            lines.append(f"In {year} the curve misses the dot by {_signed(wide[year - 1959], 1)} ppm.")
        return "\n".join(lines)

    def read(self):
        return {
            "loss": f"{self.loss:.4f}" if self.loss < RAN_AWAY else "off the scale",
            "RMSE in ppm": f"{self.rmse():.3f}" if self.loss < RAN_AWAY else "off the scale",
            "blind nudges": str(self.evaluations),
            "descent steps": str(self.steps),
        }


# ---- the race ------------------------------------------------------------------------------------------------------


class Race(LiveFigure):
    """Blind nudging and gradient descent on the same six knobs, side by side."""

    name = "race"
    task = "Drag the number of tries. Which runner reaches the line first, and how far back is the other?"
    goal = 0.01
    longest = 400
    controls = (
        Slider("tries", "tries so far", 0, 400, 1, 0, digits=0),
        Choice("seed", "luck of the nudger", ("1", "2", "3", "4", "5"), "1"),
        Button("step", "One try"),
        Button("back", "Back"),
        Button("play", "Play", repeats="step", every=40),
        Button("reset", "Reset"),
    )
    tabled = ("tries",)

    def __init__(self, guess=None):
        self.guess = guess
        x, z = standardised_co2()

        def loss(k):
            return mse_polynomial(k, x, z)

        start = np.zeros(6)
        self.descent = gradient_descent(loss, lambda k: mse_gradient(k, x, z), start, 0.5, self.longest).losses
        self.nudging = {
            seed: nudge_search(loss, start, self.longest + 1, np.random.default_rng(int(seed)), size=0.1).losses
            for seed in ("1", "2", "3", "4", "5")
        }
        super().__init__()

    def reached(self, losses):
        """The first try at which the loss is at the goal or below, or None."""
        hits = np.flatnonzero(losses <= self.goal)
        return int(hits[0]) if len(hits) else None

    def draw(self, figure):
        axes = figure.add_axes((0.09, 0.15, 0.88, 0.76))
        axes.set(yscale="log", xlim=(-4, 404), ylim=(1.5e-4, 3), xlabel="tries", title="loss")
        axes.axhline(self.goal, color="#777777", lw=1)
        axes.text(402, self.goal * 1.08, f"goal: loss {self.goal:g}", ha="right", va="bottom", color="#555555")
        if self.guess is not None:
            axes.axvline(float(np.clip(self.guess, 0, 400)), color=GUESS, ls=":", lw=2)
            axes.text(np.clip(self.guess, 0, 400) + 4, 2.2, "your guess", color=GUESS, ha="left", va="center")
        self.moving("nudging", axes.plot([], [], color=DATA, lw=2, ls="--"))
        self.moving("descent", axes.plot([], [], color=GRADIENT, lw=2.6))
        self.moving("nudger", axes.plot([], [], "s", color=DATA, ms=8))
        self.moving("descender", axes.plot([], [], "o", color=GRADIENT, ms=9))
        self.moving("nudging_name", axes.text(0, 0, "blind nudging", color=DATA, va="center", ha="left"))
        self.moving("descent_name", axes.text(0, 0, "gradient descent", color=GRADIENT, va="center", ha="left"))

    def update(self):
        n = round(self.value["tries"])
        for key, dot, losses in (
            ("nudging", "nudger", self.nudging[self.value["seed"]]),
            ("descent", "descender", self.descent),
        ):
            self.artists[key].set_data(np.arange(n + 1), losses[: n + 1])
            self.artists[dot].set_data([n], [losses[n]])
            name = self.artists[f"{key}_name"]
            right = n > 300
            above = key == "nudging" or n > 60  # descent's name hangs below its line while both start at the top
            name.set_position((n if right else n + 8, losses[n] * (1.6 if above else 0.7)))
            name.set_ha("right" if right else "left")

    def pressed(self, name):
        tries = round(self.value["tries"])
        self.value["tries"] = float({"step": min(tries + 1, self.longest), "back": max(tries - 1, 0), "reset": 0}[name])

    def finished(self):
        return self.value["tries"] >= self.longest

    def describe(self):
        n = round(self.value["tries"])
        nudging = self.nudging[self.value["seed"]]
        text = f"After {n} tries: blind nudging is at loss {nudging[n]:.4f}, gradient descent at {self.descent[n]:.4f}."
        for who, losses in (("Gradient descent", self.descent), ("Blind nudging", nudging)):
            hit = self.reached(losses)
            if hit is not None and hit <= n:
                text += f" {who} reached {self.goal:g} at try {hit}."
        return text

    def in_words(self):
        nudging = self.nudging[self.value["seed"]]
        n = round(self.value["tries"])
        marks = [t for t in (0, 1, 5, 10, 20, 50, 100, 200, 300, 400) if t <= n]
        rows = [f"try {t}: nudging {nudging[t]:.4f}, descent {self.descent[t]:.4f}" for t in marks]
        return "\n".join([self.describe(), *rows])

    def read(self):
        n = round(self.value["tries"])
        return {
            "blind nudging": f"{self.nudging[self.value['seed']][n]:.4f}",
            "gradient descent": f"{self.descent[n]:.4f}",
        }


# ---- figure 1b: one knob on Hubble's nebulae -----------------------------------------------------------------------


class OneKnobHubble(LiveFigure):
    """One knob, so that the whole loss can be drawn: a parabola, its tangent, and a secant that closes in on it."""

    name = "one knob"
    task = "Turn m. Watch the line on the left and the point on the loss curve on the right: they are one thing."
    controls = (
        Slider("m", "knob m", -400, 1000, 5, 0, unit="km/s per Mpc", digits=1),
        Slider("h", "nudge h", 5, 400, 5, 300, unit="km/s per Mpc", digits=0),
        Slider("eta", "learning rate η", 0.05, 1, 0.05, 0.3),
        Toggle("secant", "show the secant"),
        Toggle("plus", "walk with plus instead of minus"),
        Button("step", "One step"),
        Button("back", "Back"),
        Button("play", "Play", repeats="step", every=350),
        Button("reset", "Reset"),
    )
    tabled = ("m", "h")

    def __init__(self, guess=None):
        self.guess = guess
        hubble = load_hubble()
        self.r, self.v = hubble.distance, hubble.velocity
        self.past = []
        super().__init__()

    def mse(self, m):
        """Mean squared error of v = m r, in (km/s)²; m a number or an array."""
        m = np.asarray(m, dtype=float)[..., None]
        return np.mean((m * self.r - self.v) ** 2, axis=-1)

    def slope(self, m):
        """The derivative of `mse` with respect to m."""
        return np.mean(2 * (m * self.r - self.v) * self.r)

    def draw(self, figure):
        sky = figure.add_axes((0.075, 0.14, 0.4, 0.78))
        sky.set(xlim=(-0.05, 2.15), ylim=(-500, 1500), xlabel="distance r, Mpc", title="velocity v, km/s")
        sky.axhline(0, color=FAINT, lw=1, zorder=0)
        self.moving("sticks", sky.vlines(self.r, self.v, self.v, color=RESIDUAL, lw=1.4, zorder=2))
        self.moving("dots", sky.plot(self.r, self.v, "o", color=DATA, ms=5, zorder=3))
        self.moving("line", sky.plot([], [], color=MODEL, lw=2.6, zorder=4))
        valley = figure.add_axes((0.585, 0.14, 0.395, 0.78))
        valley.set(xlim=(-430, 1030), ylim=(0, 9e5), xlabel="knob m, km/s per Mpc", title="loss, 10⁵ (km/s)²")
        valley.set_yticks(np.arange(0, 10) * 1e5, [str(i) for i in range(10)])
        self.pick(valley, x="m", hint="Click in the right picture to choose m, or type it below.")
        m = np.linspace(-430, 1030, 200)
        valley.plot(m, self.mse(m), color=LOSS, lw=2.2, zorder=2)
        if self.guess is not None:
            at = float(np.clip(self.guess, -430, 1030))
            valley.axvline(at, color=GUESS, ls=":", lw=2)
            valley.text(at + 15, 8.6e5, "your guess", color=GUESS, ha="left", va="center")
        self.moving("secant", valley.plot([], [], color=GRADIENT, lw=1.8, ls="--", zorder=3))
        self.moving("second", valley.plot([], [], "s", color=GRADIENT, ms=7, zorder=5))
        self.moving("tangent", valley.plot([], [], color=GRADIENT, lw=2.6, zorder=4))
        self.moving("point", valley.plot([], [], "o", color=LOSS, ms=10, zorder=6))

    def update(self):
        m, h = self.value["m"], self.value["h"]
        loss, slope = float(self.mse(m)), float(self.slope(m))
        self.artists["line"].set_data([0, 2.1], [0, 2.1 * m])
        self.artists["sticks"].set_segments(_sticks(self.r, self.v, m * self.r))
        self.artists["point"].set_data([m], [loss])
        ends = np.array([m - 220, m + 220])
        self.artists["tangent"].set_data(ends, loss + slope * (ends - m))
        for key in ("secant", "second"):
            self.artists[key].set_visible(self.value["secant"])
        ends = np.array([m - 120, m + h + 120])
        self.artists["secant"].set_data(ends, loss + self.chord() * (ends - m))
        self.artists["second"].set_data([m + h], [float(self.mse(m + h))])

    def chord(self):
        """The slope of the line through the loss curve at m and at m + h."""
        m, h = self.value["m"], self.value["h"]
        return float(self.mse(m + h) - self.mse(m)) / h

    def pressed(self, name):
        if name == "reset":
            self.past, self.value["m"] = [], 0.0
        elif name == "back":
            if self.past:
                self.value["m"] = self.past.pop()
        elif not self.finished():
            m = self.value["m"]
            self.past.append(m)
            sign = 1 if self.value["plus"] else -1
            self.value["m"] = float(m + sign * self.value["eta"] * self.slope(m))

    def finished(self):
        return abs(self.value["m"]) > 1e5 or abs(self.slope(self.value["m"])) < 1e-3

    def describe(self):
        m = self.value["m"]
        slope = self.slope(m)
        way = "falls" if slope < -0.05 else "rises" if slope > 0.05 else "is flat"
        text = (
            f"Left: the line v = {_signed(m, 1)} r through Hubble's {len(self.r)} nebulae. Right: the loss over m; "
            f"at m = {_signed(m, 1)} it is {self.mse(m):.0f} and {way}, with slope {_signed(slope, 1)}."
        )
        if self.value["secant"]:
            text += f" The secant to m + {self.value['h']:.0f} has slope {_signed(self.chord(), 1)}."
        return text

    def in_words(self):
        lines = [self.describe()]
        for m in (-400, 0, 200, 400, 600, 800, 1000):
            lines.append(f"m = {_signed(m, 0)}: loss {self.mse(m):.0f}, slope {_signed(self.slope(m), 1)}")
        return "\n".join(lines)

    def read(self):
        m = self.value["m"]
        numbers = {"m": _signed(m, 2), "loss": f"{self.mse(m):.0f}", "slope": _signed(self.slope(m), 1)}
        if self.value["secant"]:
            numbers["slope of the secant"] = _signed(self.chord(), 1)
        else:
            numbers["slope of the secant"] = "hidden"
        numbers["steps"] = str(len(self.past))
        return numbers


# ---- figure 1c: the degree slider ----------------------------------------------------------------------------------


class DegreeSlider(LiveFigure):
    """Polynomials of every degree through the years before 2000, and what they say of 2025."""

    name = "degree slider"
    task = "Raise the degree and watch the training error. Then reveal the years after 1999."
    controls = (
        Slider("degree", "degree", 0, 9, 1, 1, digits=0),
        Toggle("reveal", "reveal 2000 to 2025"),
    )
    tabled = ("degree",)
    low, high = 300, 460  # ppm shown

    def __init__(self, guess=None):
        self.guess = guess
        co2 = load_co2()
        self.year, self.ppm = co2.year, co2.ppm
        self.known = co2.year < 2000
        self.fits = [self._fit(degree) for degree in range(10)]
        self.training = np.array([self._rmse(k) for k in self.fits])
        self.forecast = np.array([float(polynomial(k, self._x(2025))) for k in self.fits])
        self.missed = np.abs(self.forecast - self.ppm[-1])
        super().__init__()

    @staticmethod
    def _x(year):
        return (np.asarray(year, dtype=float) - 1992) / 33

    def _fit(self, degree):
        powers = self._x(self.year[self.known])[:, None] ** np.arange(degree + 1)
        return np.linalg.lstsq(powers, self.ppm[self.known], rcond=None)[0]

    def _rmse(self, k):
        return np.sqrt(np.mean((polynomial(k, self._x(self.year[self.known])) - self.ppm[self.known]) ** 2))

    def draw(self, figure):
        left = figure.add_axes((0.075, 0.14, 0.5, 0.78))
        left.set(xlim=(1957, 2028), ylim=(self.low, self.high), xlabel="year", title="CO₂, ppm")
        left.axvspan(2000, 2028, color="#F4F4F4", zorder=0)
        left.plot(self.year[self.known], self.ppm[self.known], "o", color=DATA, ms=3.6, zorder=3)
        self.moving("future", left.plot([], [], "o", color=DATA, markerfacecolor="#FFFFFF", ms=4.5, zorder=3))
        self.moving("curve", left.plot([], [], color=MODEL, lw=2.4, zorder=4))
        self.moving("beyond", left.plot([], [], color=MODEL, lw=2.4, ls="--", zorder=4))
        self.moving("says", left.text(1958.5, 450, "", ha="left", va="top", color=MODEL))
        if self.guess is not None:
            left.plot([2025], [np.clip(self.guess, self.low + 2, self.high - 2)], "D", color=GUESS, ms=8, zorder=5)
            left.text(2027, np.clip(self.guess, 312, 456) - 4, "your guess", color=GUESS, ha="right", va="top")
        right = figure.add_axes((0.665, 0.14, 0.315, 0.78))
        right.set(xlim=(-0.5, 9.5), ylim=(0.1, 1e5), yscale="log", xlabel="degree", title="error, ppm")
        right.set_xticks(range(10))
        right.plot(range(10), self.training, "o", color=LOSS, ms=6)
        right.text(-0.3, 0.14, "training years", color=LOSS, ha="left", va="bottom")
        self.moving("missed", right.plot([], [], "s", color=STEP, ms=6))
        self.moving("missed_name", right.text(-0.2, 4e4, "", color=STEP, ha="left", va="center"))
        self.moving("here", right.plot([], [], color=MODEL, lw=2, alpha=0.5, zorder=0))

    def update(self):
        degree, reveal = round(self.value["degree"]), self.value["reveal"]
        years = np.linspace(1958, 2000, 90)
        self.artists["curve"].set_data(years, polynomial(self.fits[degree], self._x(years)))
        later = np.linspace(2000, 2027, 60)
        self.artists["beyond"].set_data(later, polynomial(self.fits[degree], self._x(later)))
        self.artists["future"].set_data(self.year[~self.known], self.ppm[~self.known])
        self.artists["missed"].set_data(np.arange(10), self.missed)
        self.artists["missed_name"].set_text("missed in 2025" if reveal else "")
        self.artists["here"].set_data([degree, degree], [0.1, 1e5])
        for key in ("beyond", "future", "missed"):
            self.artists[key].set_visible(reveal)
        says = f"degree {degree} says {_signed(self.forecast[degree], 1)} ppm for 2025"
        self.artists["says"].set_text(says if reveal else "")

    def describe(self):
        degree = round(self.value["degree"])
        text = (
            f"A polynomial of degree {degree} fitted to the CO₂ values of 1959 to 1999; it misses them by "
            f"{self.training[degree]:.2f} ppm on the whole (RMSE)."
        )
        if self.value["reveal"]:
            off = "" if self.low < self.forecast[degree] < self.high else ", far off the picture"
            text += (
                f" For 2025 it says {_signed(self.forecast[degree], 1)} ppm{off}; "
                f"measured were {self.ppm[-1]:.2f} ppm."
            )
        return text

    def in_words(self):
        lines = [self.describe()]
        for degree in range(10):
            row = f"degree {degree}: training error {self.training[degree]:.2f} ppm"
            if self.value["reveal"]:
                row += f", forecast for 2025 {_signed(self.forecast[degree], 1)} ppm"
            lines.append(row)
        return "\n".join(lines)

    def read(self):
        degree = round(self.value["degree"])
        return {
            "training RMSE": f"{self.training[degree]:.2f} ppm",
            "forecast for 2025": f"{_signed(self.forecast[degree], 1)} ppm" if self.value["reveal"] else "hidden",
        }


# ---- what the lesson calls -----------------------------------------------------------------------------------------


def three_lines():
    """Three lines through four points, with the squares of their residuals."""
    return ThreeLines()


def six_knob_bench():
    """Figure 1a: six knobs on the CO2 record."""
    return SixKnobBench()


def race(guess=None):
    """Blind nudging against gradient descent; `guess` (a number of tries) is marked."""
    return Race(guess)


def one_knob_hubble(guess=None):
    """Figure 1b: one knob on Hubble's nebulae; `guess` (the best m) is marked on the loss curve."""
    return OneKnobHubble(guess)


def degree_slider(guess=None):
    """Figure 1c: degrees 0 to 9 and the forecast for 2025; `guess` (in ppm) is marked."""
    return DegreeSlider(guess)
