"""The figures of lesson 2: the gear train, the choice of h, the kettle on the mountain.

Each is one class on LiveFigure and one small function that makes it, which is what the lesson calls.
"""

import math
from dataclasses import replace

import numpy as np

from helpers.data import load_forbes
from helpers.live import Button, Choice, LiveFigure, Slider, Toggle
from helpers.palette import DATA, FAINT, GRADIENT, GUESS, INK, LOSS, MODEL, STEP

__all__ = ["choose_h", "gear_train", "kettle"]

MINUS = "\N{MINUS SIGN}"
TOO_BIG = "too big"


def _signed(number, digits):
    """A number with a real minus sign, as prose writes it."""
    return f"{number:z.{digits}f}".replace("-", MINUS)


def _power(number, digits=1):
    """A number as mantissa and power of ten, as prose writes it: 5.4·10⁻⁵."""
    mantissa, exponent = f"{number:.{digits}e}".split("e")
    return f"{mantissa}·10{_raised(int(exponent))}".replace("-", MINUS)


def _raised(whole):
    """A whole number in superscript digits."""
    return str(whole).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _tidy(number):
    """A number of any size in at most nine characters, five decimals where there is room."""
    size = abs(number)
    if not size < 1e300:
        return TOO_BIG
    if size >= 1e5 or 0 < size < 1e-3:
        return _power(number, 2)
    return _signed(number, 5 if size < 10 else 4 if size < 100 else 3 if size < 1e3 else 2 if size < 1e4 else 1)


def _change(number):
    """A small change with its sign, three digits that count."""
    size = abs(number)
    if not size < 1e300:
        return TOO_BIG
    text = _power(number, 2) if size >= 1e3 or 0 < size < 1e-4 else f"{number:z.3g}".replace("-", MINUS)
    return text if number < 0 else f"+{text}"


# ---- figure 2a: the gear train -------------------------------------------------------------------------------------

# Each machine: what it makes of its input, its slope there, and how its formula is written.
LINKS = {
    "square": (lambda v: v * v, lambda v: 2 * v, "{}²"),
    "sin": (np.sin, np.cos, "sin({})"),
    "exp": (np.exp, np.exp, "exp({})"),
    "tanh": (np.tanh, lambda v: 1 - np.tanh(v) ** 2, "tanh({})"),
    "3x": (lambda v: 3 * v, lambda v: 3.0 + 0 * v, "3{}"),
    "x/2": (lambda v: v / 2, lambda v: 0.5 + 0 * v, "{}/2"),
}
NONE = "none"

MIDDLE = 112  # pixels from the top: where the gears' hubs and the wires lie
ROOM = 156  # pixels: both gears of a machine, side by side
TOOTH = 4  # pixels above and below the pitch circle
PITCH = 12.5  # pixels from tooth to tooth
IDLER = 10
BIGGEST = 6.0  # a ratio beyond this is drawn as this
LABELS = 296  # pixels from the left: where the labels of the bars end
TURN = 30  # degrees by which the first gear turns for one h


def _gear(x, y, radius, first, count=None):
    """The outline of a gear around (x, y), shape (n, 2); a tooth points to the angle `first`, 0 being to the right."""
    count = count or max(6, round(2 * np.pi * radius / PITCH))
    middles = first + np.arange(count) * 2 * np.pi / count
    across = np.array([-0.3, -0.13, 0.13, 0.3]) * 2 * np.pi / count
    angles = (middles[:, None] + across).ravel()
    tip, root = radius + min(TOOTH, 0.3 * radius), radius - min(TOOTH + 1, 0.4 * radius)
    radii = np.tile([root, tip, tip, root], count)
    return np.column_stack([x + radii * np.cos(angles), y + radii * np.sin(angles)])


def _wedge(x, y, radius, degrees):
    """A slice of a disc that starts at twelve and turns clockwise by `degrees`, shape (n, 2)."""
    angles = np.deg2rad(-90 + np.linspace(0, degrees, 25))
    rim = np.column_stack([x + radius * np.cos(angles), y + radius * np.sin(angles)])
    return np.vstack([[x, y], rim])


def _box(left, right, top, bottom):
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def _round_up(size):
    """The next of …, 1, 2, 5, 10, … that is at least `size`."""
    power = 10.0 ** math.floor(math.log10(size))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= size * (1 - 1e-12))


class GearTrain(LiveFigure):
    """Two or three machines in a row as pairs of gears; each pair's ratio is its machine's slope where it stands."""

    name = "gear train"
    task = (
        "Press Step to send x and its nudge through one machine after the other. "
        "What does a machine have to know before its gears get their sizes?"
    )
    controls = (
        Slider("x", "x", -3, 3, 0.05, 1.0),
        Choice("first", "machine 1", tuple(LINKS), "sin"),
        Choice("second", "machine 2", tuple(LINKS), "exp"),
        Choice("third", "machine 3", (NONE, *LINKS), NONE),
        Choice("h", "nudge h", ("1", "0.1", "0.01", "0.001", "0.0001"), "0.01"),
        Button("step", "Step"),
        Button("back", "Back"),
        Button("reset", "Reset"),
        Toggle("recipes", "compare two other recipes"),
    )
    tabled = ("x",)
    bars = ("output nudge ÷ h", "local slopes multiplied", "all slopes taken at x, multiplied", "local slopes added")
    hues = (STEP, GRADIENT, "#9A9A9A", "#9A9A9A", GUESS)

    def __init__(self, guess=None, links=None, x=1.0):
        self.guess = guess
        self.stage = 0  # how many machines have worked
        if links is not None and len(links) not in (2, 3):
            raise ValueError(f"a gear train has two or three machines, not {len(links)}")
        self.start = dict(zip(("first", "second", "third"), links or (), strict=False)) | {"x": x}
        self.controls = tuple(self._begun(control) for control in type(self).controls)
        super().__init__()

    def _begun(self, control):
        if control.name not in self.start:
            return control
        return replace(control, value=control.clean(self.start[control.name]))

    # ---- the arithmetic ----

    @property
    def links(self):
        """The names of the machines in use, two or three."""
        return [n for n in (self.value["first"], self.value["second"], self.value["third"]) if n != NONE]

    def names(self):
        """What the numbers between the machines are called: x, u, (v,) y."""
        return ["x", "u", "y"] if len(self.links) == 2 else ["x", "u", "v", "y"]

    def run(self, x):
        """The numbers on all shafts for the input x, a list one longer than the machines."""
        numbers = [np.float64(x)]
        for link in self.links:
            numbers.append(LINKS[link][0](numbers[-1]))
        return numbers

    def work(self):
        """Everything the picture shows, computed from the controls."""
        x, h = self.value["x"], float(self.value["h"])
        with np.errstate(all="ignore"):
            self.values = self.run(x)
            self.nudges = [after - before for after, before in zip(self.run(x + h), self.values, strict=True)]
            self.nudges[0] = h
            self.slopes = [LINKS[link][1](v) for link, v in zip(self.links, self.values, strict=False)]
            self.products = [np.float64(1), *np.cumprod(self.slopes)]
            misplaced = np.prod([LINKS[link][1](np.float64(x)) for link in self.links])
            self.results = [self.nudges[-1] / h, self.products[-1], misplaced, np.sum(self.slopes)]
            self.results.append(0.0 if self.guess is None else float(self.guess))

    # ---- the picture ----

    def draw(self, figure):
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set(xlim=(0, 900), ylim=(400, 0))  # pixels from the top left corner
        nowhere = [(0, 0)] * 4
        for i in range(3):
            for part, face, edge, z in (
                ("case", "#FAFAFA", FAINT, 1),
                ("driver", FAINT, MODEL, 2),
                ("idler", "#EFEFEF", "#8A8A8A", 2),
                ("driven", FAINT, MODEL, 2),
                ("turn_in", GRADIENT, GRADIENT, 3),
                ("turn_out", GRADIENT, GRADIENT, 3),
            ):
                self.moving(f"{part}{i}", axes.fill(*zip(*nowhere, strict=True), fc=face, ec=edge, lw=1, zorder=z)[0])
            self.moving(f"hubs{i}", axes.plot([], [], "o", color=INK, ms=4, zorder=4))
            for part, y, style in (
                ("title", 22, {"fontsize": 12, "weight": "bold"}),
                ("slope", 209, {"color": GRADIENT, "weight": "bold"}),
                ("product", 230, {"fontsize": 10.5}),
            ):
                self.moving(f"{part}{i}", axes.text(0, y, "", ha="center", va="center", zorder=5, **style))
        for i in range(4):
            self.moving(f"wire{i}", axes.plot([], [], color=INK, lw=1.6, zorder=1))
            self.moving(f"head{i}", axes.fill(*zip(*nowhere, strict=True), fc=INK, ec=INK, lw=0, zorder=1)[0])
            for part, y, style in (
                ("name", MIDDLE - 40, {"fontsize": 12, "weight": "bold"}),
                ("number", MIDDLE - 20, {"fontsize": 10}),
                ("nudge", MIDDLE + 20, {"fontsize": 10, "color": STEP}),
            ):
                self.moving(f"{part}{i}", axes.text(0, y, "", ha="center", va="center", zorder=5, **style))
        for i, (label, hue) in enumerate(zip((*self.bars, "your guess"), self.hues, strict=True)):
            face = "#FFFFFF" if hue == GUESS else hue
            self.moving(f"label{i}", axes.text(LABELS, 0, label, ha="right", va="center", fontsize=10.5))
            self.moving(f"bar{i}", axes.fill(*zip(*nowhere, strict=True), fc=face, ec=hue, lw=1.2, zorder=2)[0])
            self.moving(f"result{i}", axes.text(0, 0, "", ha="left", va="center", fontsize=10.5, zorder=5))
        self.moving("zero", axes.plot([], [], color="#777777", lw=1, zorder=3))
        waits = "Orange slices: how far each gear turns for the nudge.\nAfter the last machine, results follow here."
        self.moving("waits", axes.text(450, 312, waits, ha="center", va="center", color="#5A5A5A", fontsize=10.5))
        style = {"color": STEP, "ha": "center", "va": "center", "fontsize": 10}
        self.moving("nudge_name", axes.text(0, MIDDLE + 38, "nudge h", **style))

    def update(self):
        self.work()
        count = len(self.links)
        self.stage = min(self.stage, count)
        gap, wide = (90, 174) if count == 3 else (120, 226)
        left = (900 - count * wide - (count + 1) * gap) / 2
        for i in range(4):
            self._place_wire(i, left + i * (gap + wide), gap, i <= count)
        for i in range(3):
            self._place_machine(i, left + gap + i * (gap + wide), wide, i < count)
        self._place_bars()

    def _show(self, on, *names):
        for name in names:
            self.artists[name].set_visible(on)

    def _place_wire(self, i, left, gap, there):
        artists = self.artists
        self._show(there, *(f"{part}{i}" for part in ("wire", "head", "name", "number", "nudge")))
        if not there:
            return
        known = i <= self.stage
        middle, end = left + gap / 2, left + gap - 5
        artists[f"wire{i}"].set_data([left + 5, end - 6], [MIDDLE, MIDDLE])
        artists[f"head{i}"].set_xy([(end, MIDDLE), (end - 9, MIDDLE - 5), (end - 9, MIDDLE + 5)])
        artists[f"wire{i}"].set_color(INK if known else "#BBBBBB")
        artists[f"head{i}"].set_facecolor(INK if known else "#BBBBBB")
        texts = (self.names()[i], _tidy(self.values[i]), _change(self.nudges[i]))
        for part, text in zip(("name", "number", "nudge"), texts, strict=True):
            artists[f"{part}{i}"].set_text(text if known or part == "name" else "")
            artists[f"{part}{i}"].set_x(middle)
        if i == 0:
            artists["nudge_name"].set_x(middle)

    def _place_machine(self, i, left, wide, there):
        artists = self.artists
        parts = ("case", "driver", "idler", "driven", "turn_in", "turn_out", "hubs", "title", "slope", "product")
        self._show(there, *(f"{part}{i}" for part in parts))
        if not there:
            return
        known, middle = i < self.stage, left + wide / 2
        artists[f"case{i}"].set_xy(_box(left, left + wide, 6, 244))
        names = self.names()
        texts = {"title": self._made(i), "slope": "slope: not known", "product": ""}
        if known:
            texts["slope"] = f"d{names[i + 1]}/d{names[i]} = {_tidy(self.slopes[i])}"
            texts["product"] = f"product: {_tidy(self.products[i + 1])}"
        for part, text in texts.items():
            artists[f"{part}{i}"].set_text(text)
            artists[f"{part}{i}"].set_x(middle)
        artists[f"slope{i}"].set_color(GRADIENT if known else "#6A6A6A")
        for part in ("driver", "driven"):
            artists[f"{part}{i}"].set_facecolor("#CFE3F1" if known else "#F0F0F0")
            artists[f"{part}{i}"].set_edgecolor(MODEL if known else "#BBBBBB")
        self._place_gears(i, middle, self.slopes[i] if known else 1.0, known)

    def _place_gears(self, i, middle, slope, known):
        """Pitch radii in the ratio of the slope; an idler keeps the direction, and without it a gear turns back."""
        artists = self.artists
        ratio = float(np.clip(np.nan_to_num(abs(slope), nan=BIGGEST, posinf=BIGGEST), 1 / BIGGEST, BIGGEST))
        both = (ROOM - 2 * IDLER) / 2
        driver = both * ratio / (1 + ratio)
        driven = both - driver
        idle = slope >= 0 or not np.isfinite(slope)
        width = 2 * (driver + driven) + (2 * IDLER if idle else 0)
        x_in, x_out = middle - width / 2 + driver, middle + width / 2 - driven
        stuck = abs(slope) < 1e-3  # out of mesh: whatever comes in, nothing goes out
        count = max(6, round(2 * np.pi * driven / PITCH))
        # Where two wheels touch, a tooth of one stands in a gap of the other; the idler has gaps left and right.
        artists[f"driver{i}"].set_xy(_gear(x_in, MIDDLE, driver, 0.0))
        artists[f"driven{i}"].set_xy(_gear(x_out, MIDDLE, driven, np.pi + (0 if idle else np.pi / count), count))
        place = (x_in, MIDDLE - 42) if stuck else (x_in + driver + IDLER, MIDDLE)
        artists[f"idler{i}"].set_xy(_gear(*place, IDLER, np.pi / 6, 6))
        artists[f"idler{i}"].set_visible(idle)
        artists[f"hubs{i}"].set_data([x_in, x_out], [MIDDLE, MIDDLE])
        for part, x, radius, nudge in (
            ("turn_in", x_in, driver, self.nudges[i]),
            ("turn_out", x_out, driven, self.nudges[i + 1]),
        ):
            turn = np.nan_to_num(TURN * nudge / float(self.value["h"]), nan=0, posinf=345, neginf=-345)
            artists[f"{part}{i}"].set_xy(_wedge(x, MIDDLE, max(radius - TOOTH - 2, 6), float(np.clip(turn, -345, 345))))
            artists[f"{part}{i}"].set_visible(known)

    def done(self):
        """True when the last machine has worked."""
        return self.stage == len(self.links)

    def rows(self):
        """Which results are compared now, as indices into `results`; the guess is the last and stands on top."""
        if not self.done():
            return []
        return [*([4] if self.guess is not None else []), 0, 1, *([2, 3] if self.value["recipes"] else [])]

    def _place_bars(self):
        full = _round_up(max([1e-6, *(abs(r) for r in self.results[:4] if abs(r) < 1e300)]))
        two_sided = any(r < 0 for r in self.results)
        zero, unit = (LABELS + 234, 215 / full) if two_sided else (LABELS + 10, 430 / full)
        rows = self.rows()
        for i, result in enumerate(self.results):
            self._show(i in rows, f"label{i}", f"bar{i}", f"result{i}")
            y = 268 + 26 * (rows.index(i) if i in rows else 0)
            end = zero + unit * float(np.clip(np.nan_to_num(result, nan=full), -full if two_sided else 0, full))
            self.artists[f"label{i}"].set_y(y)
            self.artists[f"bar{i}"].set_xy(_box(zero, end, y - 7, y + 7))
            self.artists[f"result{i}"].set_text(_tidy(result))
            self.artists[f"result{i}"].set_position((max(zero, end) + 8, y))
        self.artists["zero"].set_data([zero, zero], [257, 257 + 26 * len(rows)])
        self._show(bool(rows), "zero")
        self._show(not rows, "waits")

    def pressed(self, name):
        self.stage = {"step": min(self.stage + 1, len(self.links)), "back": max(self.stage - 1, 0), "reset": 0}[name]

    def finished(self):
        return self.done()

    # ---- in words ----

    def formula(self):
        """The whole chain as one formula in x."""
        formula, whole = "x", True  # whole: it needs no brackets inside another
        for link in self.links:
            pattern = LINKS[link][2]
            named = "(" in pattern
            formula, whole = pattern.format(formula if whole or named else f"({formula})"), named
        return formula

    def _made(self, i):
        """A machine's formula, such as y = exp(u)."""
        into, out = self.names()[i : i + 2]
        return f"{out} = {LINKS[self.links[i]][2].format(into)}"

    def _machine_in_words(self, i):
        into, out = self.names()[i : i + 2]
        text = (
            f"Machine {i + 1}, {self._made(i)}: receives {_tidy(self.values[i])}, gives {_tidy(self.values[i + 1])}; "
            f"slope d{out}/d{into} {_tidy(self.slopes[i])}, product so far {_tidy(self.products[i + 1])}; "
            f"the nudge goes in as {_change(self.nudges[i])} and comes out as {_change(self.nudges[i + 1])}."
        )
        if abs(self.slopes[i]) < 1e-3:
            text += " The gears are out of mesh."
        elif not 1 / BIGGEST <= abs(self.slopes[i]) <= BIGGEST:
            text += f" The gears are drawn as {BIGGEST:.0f} to 1."
        return text

    def describe(self):
        count, stage = len(self.links), self.stage
        text = f"{count} machines in a row make y = {self.formula()}; x = {_signed(self.value['x'], 2)}."
        if stage == 0:
            return f"{text} No machine has worked yet; the nudge will be {self.value['h']}."
        out = self.names()[stage]
        text += (
            f" {stage} of {count} worked: {out} = {_tidy(self.values[stage])}, "
            f"product of the slopes so far {_tidy(self.products[stage])}."
        )
        if not self.done():
            text += f" The nudge of {self.value['h']} has become {_change(self.nudges[stage])}."
        else:
            nudged, _, at_x, added = map(_tidy, self.results[:4])
            text += f" A nudge of {self.value['h']} moves y by {_change(self.nudges[-1])}: {nudged} per unit of x."
            if self.value["recipes"]:
                text += f" All slopes taken at x, multiplied: {at_x}; local slopes added: {added}."
        return text

    def in_words(self):
        lines = [self.describe(), *(self._machine_in_words(i) for i in range(self.stage))]
        lines += [f"Machine {i + 1}, {self._made(i)}: not reached yet." for i in range(self.stage, len(self.links))]
        if self.done() and self.guess is not None:
            lines.append(f"Your guess: {_tidy(float(self.guess))}.")
        return "\n".join(lines)

    def read(self):
        rows = self.rows()
        return {label: _tidy(self.results[i]) if i in rows else "hidden" for i, label in enumerate(self.bars)}


# ---- figure 2b: choose h -------------------------------------------------------------------------------------------


def _shared(one, other):
    """How many leading characters two texts share."""
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return count


def _error(size):
    """A relative error as prose writes it: in per cent while it is that large."""
    return f"{100 * size:.2g} %" if 1e-3 <= size < 0.99 else "100 %" if size >= 0.99 else _power(size)


PALE = "#949494"  # digits that carry nothing


class ChooseH(LiveFigure):
    """The slope of exp(sin x) at x = 1 from differences, for sixteen sizes of h: the error and the digits behind it."""

    name = "choose h"
    task = "Make h smaller, a power of ten at a time, and watch the error. Where would you stop?"
    controls = (
        Slider("n", "n, for h = 10ⁿ", -16, -1, 1, -1, digits=0),
        Toggle("central", "add the central difference"),
    )
    tabled = ("n",)
    x = 1.0

    def __init__(self, guess=None):
        self.guess = guess
        self.truth = math.cos(self.x) * self.f(self.x)
        self.exponents = np.arange(-16, 0)
        self.sizes = np.array([float(f"1e{n}") for n in self.exponents])
        self.ahead = [self.f(self.x + h) for h in self.sizes]
        self.behind = [self.f(self.x - h) for h in self.sizes]
        here = self.f(self.x)
        self.slopes = {
            "forward": np.array([(a - here) / h for a, h in zip(self.ahead, self.sizes, strict=True)]),
            "central": np.array(
                [(a - b) / (2 * h) for a, b, h in zip(self.ahead, self.behind, self.sizes, strict=True)]
            ),
        }
        self.errors = {name: np.abs(slopes / self.truth - 1) for name, slopes in self.slopes.items()}
        super().__init__()

    @staticmethod
    def f(x):
        """The chain of figure 2a."""
        return math.exp(math.sin(x))

    def draw(self, figure):
        axes = figure.add_axes((0.085, 0.155, 0.475, 0.755))
        axes.set(xscale="log", yscale="log", xlim=(3e-17, 3e-1), ylim=(1e-12, 10), xlabel="h")
        axes.set_title("relative error of the slope")
        axes.set_xticks([10.0**n for n in range(-16, 0, 3)])
        axes.set_yticks([1e-12, 1e-9, 1e-6, 1e-3, 1])
        axes.minorticks_off()
        axes.axhline(1, color=FAINT, lw=1, zorder=0)
        axes.text(1e-8, 1.3, "100 %: no digit is right", ha="center", va="bottom", color="#555555", fontsize=10)
        if self.guess is not None:
            h = float(np.clip(self.guess_as_h(), 3.2e-17, 2.8e-1))
            axes.plot([h, h], [1e-12, 2e-11], color=GUESS, ls=":", lw=3)
            axes.text(h, 9e-12, " your guess ", color=GUESS, ha="left" if h < 1e-6 else "right", va="center")
        self.moving("here", axes.plot([], [], color=MODEL, lw=5, zorder=0))
        for name, colour, marker in (("central", STEP, "s"), ("forward", GRADIENT, "o")):
            self.moving(name, axes.plot([], [], f"-{marker}", color=colour, lw=2, ms=5, zorder=3))
            self.moving(f"{name}_now", axes.plot([], [], marker, color=colour, ms=10, zorder=4))
        self.moving("forward_name", axes.text(1e-4, 3e-3, "forward", color=GRADIENT, ha="right", va="center"))
        self.moving("central_name", axes.text(4e-4, 1e-9, "central", color=STEP, ha="left", va="center"))
        panel = figure.add_axes((0.585, 0, 0.415, 1))
        panel.set_axis_off()
        panel.set(xlim=(0, 373.5), ylim=(400, 0))  # pixels
        self.moving("h", panel.text(0, 40, "", va="center", weight="bold", fontsize=12))
        panel.text(0, 72, "f(x) = exp(sin x) at x = 1", va="center", fontsize=10.5)
        panel.text(0, 188, "pale: digits that cancel in the subtraction", va="center", fontsize=10, color="#6A6A6A")
        panel.text(0, 336, "pale: wrong digits", va="center", fontsize=10, color="#6A6A6A")
        for name, label, y, colours in (
            ("ahead", "f(x + h)", 104, (PALE, INK)),
            ("now", "f(x)", 132, (PALE, INK)),
            ("behind", f"f(x {MINUS} h)", 160, (PALE, INK)),
            ("truth", "true slope", 244, (INK, PALE)),
            ("forward_says", "forward", 276, (INK, PALE)),
            ("central_says", "central", 304, (INK, PALE)),
        ):
            hue = {"forward_says": GRADIENT, "central_says": STEP}.get(name, INK)
            self.moving(f"{name}_label", panel.text(0, y, label, va="center", color=hue))
            for part, colour in zip(("start", "end"), colours, strict=True):
                self.moving(f"{name}_{part}", panel.text(0, y, "", va="center", color=colour))

    digit = 9.8  # pixels: how wide a digit of DejaVu Sans is at 11 points
    column = 100  # pixels from the panel's left edge to the first digit

    def guess_as_h(self):
        """The guess as a size of h; it may have been given as the exponent."""
        guess = float(self.guess)
        return 10.0**guess if guess < 0 else max(guess, 1e-17)

    def _write(self, name, text, split):
        """A number in two colours: `split` characters in the first, the rest in the second."""
        start, end = self.artists[f"{name}_start"], self.artists[f"{name}_end"]
        start.set_text(text[:split])
        end.set_text(text[split:])
        dots = text[:split].count(".")
        start.set_x(self.column)
        end.set_x(self.column + (split - dots) * self.digit + dots * self.digit / 2)

    def digits_of(self, i):
        """f(x + h), f(x) and f(x - h) as texts of sixteen digits."""
        return [f"{v:.15f}" for v in (self.ahead[i], self.f(self.x), self.behind[i])]

    def cancelled(self, i):
        """How many leading characters f(x + h) and f(x) share."""
        ahead, now, _ = self.digits_of(i)
        return _shared(ahead, now)

    def update(self):
        i = round(self.value["n"]) + 16
        both = self.value["central"]
        h = self.sizes[i]
        self.artists["h"].set_text(f"h = 10{_raised(int(self.exponents[i]))}")
        self.artists["here"].set_data([h, h], [1e-12, 2.5e-12])
        for name, errors in self.errors.items():
            self.artists[name].set_data(self.sizes[i:], errors[i:])
            self.artists[f"{name}_now"].set_data([h], [errors[i]])
        for part in ("", "_now", "_name", "_says_label", "_says_start", "_says_end"):
            self.artists[f"central{part}"].set_visible(both)
        for part in ("label", "start", "end"):
            self.artists[f"behind_{part}"].set_visible(both)
        ahead, now, behind = self.digits_of(i)
        truth = f"{self.truth:.15f}"
        self._write("ahead", ahead, self.cancelled(i))
        self._write("now", now, self.cancelled(i))
        self._write("behind", behind, _shared(ahead, behind))
        for name in ("forward", "central"):
            says = f"{self.slopes[name][i]:.15f}"
            self._write(f"{name}_says", says, _shared(says, truth))
        self._write("truth", truth, len(truth))

    def describe(self):
        i = round(self.value["n"]) + 16
        text = f"The slope of exp(sin x) at x = 1, measured with h = 10{_raised(int(self.exponents[i]))}."
        for name in self.recipes():
            says, error = _signed(self.slopes[name][i], 10), _error(self.errors[name][i])
            text += f" {name.capitalize()} difference: {says}, relative error {error}."
        return f"{text} f(x + h) and f(x) {self._agreement(i)}."

    def _agreement(self, i):
        count = sum(c.isdigit() for c in self.digits_of(i)[0][: self.cancelled(i)])
        return "agree in all their digits" if count == 16 else f"agree in the first {count} of 16 digits"

    def recipes(self):
        """The differences that are drawn."""
        return ("forward", "central") if self.value["central"] else ("forward",)

    def in_words(self):
        lines = [self.describe(), f"True slope: {self.truth:.10f}."]
        if self.guess is not None:
            lines.append(f"Your guess: h = {_power(self.guess_as_h())}.")
        for i in range(15, round(self.value["n"]) + 15, -1):
            errors = ", ".join(f"{name} {_error(self.errors[name][i])}" for name in self.recipes())
            lines.append(f"h = 10{_raised(int(self.exponents[i]))}: relative error {errors}")
        return "\n".join(lines)

    def read(self):
        i = round(self.value["n"]) + 16
        return {
            f"error, {name}": _error(self.errors[name][i]) if name in self.recipes() else "hidden"
            for name in ("forward", "central")
        }


# ---- figure 2c: the kettle on the mountain -------------------------------------------------------------------------

A, B = -42.164, 0.8956  # Forbes's line: 100 log10(pressure in inHg) = A + B (boiling point in °F)
P0, SCALE = 29.92, 8434.0  # pressure at sea level in inHg; metres in which it falls to 1/e
PLACES = (
    ("sea level", 0),
    ("Denver", 1609),
    ("Mexico City", 2240),
    ("Jungfraujoch", 3454),
    ("Mont Blanc", 4806),
    ("Base Camp", 5364),
    ("Everest", 8849),
)


def pressure_at(height):
    """Air pressure in inches of mercury at a height in metres, for a column of one temperature."""
    return P0 * np.exp(-np.asarray(height) / SCALE)


def boiling_at(pressure):
    """The boiling point of water in °F at a pressure in inches of mercury: Forbes's line read backwards."""
    return (100 * np.log10(pressure) - A) / B


def celsius(fahrenheit):
    """°F as °C."""
    return (fahrenheit - 32) * 5 / 9


class Kettle(LiveFigure):
    """A kettle carried up a mountain: height, then air pressure, then boiling point, in a row."""

    name = "kettle"
    task = "Carry the kettle up. Read the gauges from left to right, then show the slopes: which of them change?"
    controls = (
        Slider("height", "height", 0, 9000, 50, 0, unit="m", digits=0),
        Button("up", "Next place up"),
        Button("down", "Next place down"),
        Toggle("slopes", "show the three slopes"),
        Toggle("product", "show their product"),
    )
    tabled = ("height",)
    steps = ("height → pressure", "pressure → °F", "°F → °C")

    def __init__(self, guess=None):
        self.guess = guess
        forbes = load_forbes()
        self.boiling, self.pressure = forbes.boiling_point, forbes.pressure
        self.highest = SCALE * math.log(P0 / self.pressure.min())  # metres, where Forbes's readings end
        super().__init__()

    def draw(self, figure):
        self._draw_mountain(figure.add_axes((0.062, 0.255, 0.026, 0.655)))
        self._draw_barometer(figure.add_axes((0.272, 0.255, 0.026, 0.655)))
        self._draw_thermometer(figure.add_axes((0.416, 0.255, 0.026, 0.655)))
        self._draw_readings(figure.add_axes((0.65, 0.255, 0.335, 0.655)))
        page = figure.add_axes((0, 0, 1, 1))
        page.set_axis_off()
        page.set(xlim=(0, 900), ylim=(400, 0))
        style = {"ha": "center", "va": "center", "fontsize": 10.5}
        for i, x in enumerate((100, 300, 484)):
            self.moving(f"link{i}", page.text(x, 345, "", color="#555555", **style))
            self.moving(f"slope{i}", page.text(x, 370, "", color=GRADIENT, **style))
        self.moving("product", page.text(736, 370, "", ha="center", va="center", color=GRADIENT, weight="bold"))

    def _gauge(self, axes, low, high, title, unknown):
        """A tube with a scale to its left, the part without any reading of Forbes's in grey."""
        axes.set(xlim=(0, 1), ylim=(low, high), xticks=[])
        axes.set_title(title, fontsize=11, loc="center")
        for side in ("top", "right", "bottom"):
            axes.spines[side].set_visible(True)
        axes.fill([0, 1, 1, 0], [unknown[0]] * 2 + [unknown[1]] * 2, fc=FAINT, ec="none", zorder=0)

    def _draw_mountain(self, axes):
        self._gauge(axes, 0, 9000, "height, m", (self.highest, 9000))
        axes.set_yticks(range(0, 9001, 1500))
        for name, height in PLACES:
            axes.plot([1, 1.35], [height, height], color="#777777", lw=1, clip_on=False)
            axes.text(1.55, height, name, ha="left", va="center", fontsize=10)
        self.moving("height", axes.fill([0] * 4, [0] * 4, fc="#9CB4A8", ec=STEP, lw=1, zorder=2)[0])

    def _draw_barometer(self, axes):
        self._gauge(axes, 0, 32, "pressure, inHg", (0, self.pressure.min()))
        axes.set_yticks(range(0, 33, 4))
        self.moving("pressure", axes.fill([0] * 4, [0] * 4, fc="#8A8A8A", ec=DATA, lw=1, zorder=2)[0])

    def _draw_thermometer(self, axes):
        self._gauge(axes, 150, 220, "water boils at", (150, self.boiling.min()))
        axes.set_yticks(range(150, 221, 10), [f"{t} °F" for t in range(150, 221, 10)])
        other = axes.secondary_yaxis("right", functions=(celsius, lambda c: c * 9 / 5 + 32))
        other.set_yticks(range(70, 101, 5), [f"{t} °C" for t in range(70, 101, 5)])
        if self.guess is not None:
            at = float(np.clip(float(self.guess) * 9 / 5 + 32, 151, 219))
            self.moving("guess", axes.plot([0, 1], [at, at], color=INK, lw=2.5, ls=":", zorder=5))
            axes.text(3.75, at, "your guess", color=GUESS, ha="left", va="center", fontsize=10)
        self.moving("boiling", axes.fill([0] * 4, [0] * 4, fc="#D98E8E", ec=LOSS, lw=1, zorder=2)[0])

    def _draw_readings(self, axes):
        axes.set(xlim=(8, 32), ylim=(150, 220), xlabel="pressure, inHg", title="boiling point, °F: Forbes, 1857")
        axes.axvspan(8, self.pressure.min(), color="#EFEFEF", zorder=0)
        axes.text(8.6, 218, "grey: no reading\nby Forbes", va="top", color="#555555", fontsize=10)
        self.moving("flag", axes.text(0, 0, "", ha="left", va="center", color="#555555", fontsize=10))
        known = np.linspace(self.pressure.min(), 31.5, 60)
        beyond = np.linspace(9, self.pressure.min(), 60)
        axes.plot(known, boiling_at(known), color=MODEL, lw=2, zorder=2)
        axes.plot(beyond, boiling_at(beyond), color=MODEL, lw=2, ls="--", zorder=2)
        axes.plot(self.pressure, self.boiling, "o", color=DATA, ms=4, zorder=3)
        self.moving("tangent", axes.plot([], [], color=GRADIENT, lw=2.4, zorder=4))
        self.moving("point", axes.plot([], [], "o", color=LOSS, ms=9, zorder=5))

    def chain(self):
        """(pressure, °F, °C) and the three slopes, each where its link stands."""
        p = float(pressure_at(self.value["height"]))
        fahrenheit = float(boiling_at(p))
        return (p, fahrenheit, celsius(fahrenheit)), (-p / SCALE, 100 / (math.log(10) * B * p), 5 / 9)

    def extrapolated(self):
        """True above the highest of Forbes's readings."""
        return self.value["height"] > self.highest

    def update(self):
        (p, fahrenheit, _), slopes = self.chain()
        levels = (("height", 0, self.value["height"]), ("pressure", 0, p), ("boiling", 150, fahrenheit))
        for name, bottom, top in levels:
            self.artists[name].set_xy(_box(0.22, 0.78, bottom, top))
        self.artists["point"].set_data([p], [fahrenheit])
        ends = np.array([p - 3, p + 3])
        self.artists["tangent"].set_data(ends, fahrenheit + slopes[1] * (ends - p))
        self.artists["tangent"].set_visible(self.value["slopes"])
        self.artists["flag"].set_text("extrapolated" if self.extrapolated() else "")
        self.artists["flag"].set_position((p + 1, fahrenheit - 5))
        for i, text in enumerate(self.slopes_in_words()):
            self.artists[f"link{i}"].set_text(self.steps[i] if self.value["slopes"] else "")
            self.artists[f"slope{i}"].set_text(text if self.value["slopes"] else "")
        self.artists["product"].set_text(self.product_in_words() if self.value["product"] else "")

    def slopes_in_words(self):
        """The three slopes with their units."""
        per_metre, per_inch, scale = self.chain()[1]
        return (
            f"{_signed(per_metre, 6)} inHg per m",
            f"{_signed(per_inch, 4)} °F per inHg",
            f"{_signed(scale, 4)} °C per °F",
        )

    def product_in_words(self):
        """The slopes multiplied."""
        return f"multiplied: {_signed(math.prod(self.chain()[1]), 5)} °C per m"

    def pressed(self, name):
        height = self.value["height"]
        heights = [h for _, h in PLACES]
        if name == "up":
            self.value["height"] = float(min([h for h in heights if h > height], default=heights[-1]))
        else:
            self.value["height"] = float(max([h for h in heights if h < height], default=heights[0]))

    def place(self):
        """The place at this height, or an empty text."""
        return next((name for name, height in PLACES if abs(height - self.value["height"]) < 0.5), "")

    def describe(self):
        (p, fahrenheit, degrees), _ = self.chain()
        at = f" ({self.place()})" if self.place() else ""
        text = (
            f"At {self.value['height']:.0f} m{at} the pressure is {p:.2f} inches of mercury, "
            f"and water boils at {fahrenheit:.1f} °F, {degrees:.1f} °C."
        )
        if self.extrapolated():
            text += f" Forbes has no reading above {self.highest:.0f} m, so this is extrapolated."
        if self.value["slopes"]:
            text += f" Slopes: {', '.join(self.slopes_in_words())}."
        if self.value["product"]:
            text += f" Slopes {self.product_in_words()}."
        return text

    def in_words(self):
        lines = [self.describe()]
        if self.guess is not None:
            lines.append(f"Your guess is marked at {float(self.guess):g} °C.")
        for name, height in PLACES:
            if height > self.value["height"]:
                break
            p = float(pressure_at(height))
            lines.append(f"{name}, {height} m: {p:.2f} inHg, {celsius(boiling_at(p)):.1f} °C")
        pairs = "; ".join(f"{t:.1f} at {p:.2f}" for t, p in zip(self.boiling, self.pressure, strict=True))
        lines.append(f"Forbes's 17 readings, °F at inches of mercury: {pairs}.")
        return "\n".join(lines)

    def read(self):
        (p, fahrenheit, degrees), _ = self.chain()
        return {
            "pressure": f"{p:.2f} inHg",
            "water boils at": f"{degrees:.1f} °C ({fahrenheit:.1f} °F)",
            "Forbes's readings": f"end at {self.highest:.0f} m" if self.extrapolated() else "cover this height",
        }


# ---- what the lesson calls -----------------------------------------------------------------------------------------


def gear_train(guess=None, links=None, x=1.0):
    """Figure 2a: two or three machines as gears; `guess` (how far y moves per unit of x) is marked.

    `links` are the machines it starts with, such as ("3x", "x/2"); `x` is the first input.
    """
    return GearTrain(guess, links, x)


def choose_h(guess=None):
    """Figure 2b: the error of a difference over sixteen sizes of h; `guess` (an h, or its exponent) is marked."""
    return ChooseH(guess)


def kettle(guess=None):
    """Figure 2c: height, pressure, boiling point; `guess` (a boiling point in °C) is marked on the thermometer."""
    return Kettle(guess)
