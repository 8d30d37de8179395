"""The figures of lesson 4: the two-pass net, the shape machine and the cost bars.

Each is one class on LiveFigure and one small function that makes it, which is what the lesson calls. The networks are
worked out here by hand in NumPy, one named line a step, so that a step in the figure is a line of code.
"""

import inspect
import json
import os
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
from matplotlib.collections import LineCollection

from helpers.live import Button, Choice, LiveFigure, Slider, Toggle
from helpers.palette import DATA, FAINT, GRADIENT, GUESS, INK, LOSS, MODEL, PAPER, STEP

__all__ = ["cost_bars", "shape_machine", "two_pass_net"]

SOFT = "#555555"  # words that explain, beside the numbers that count
MINUS = "\N{MINUS SIGN}"


def _number(value, digits):
    """A number with a real minus sign; one that would not fit its place is written with an exponent."""
    text = f"{value:z.{digits}f}" if abs(value) < 1000 else f"{value:.2e}"
    return text.replace("-", MINUS)


def _numbers(values, digits=3):
    """Several numbers in brackets, as prose writes them."""
    return "(" + ", ".join(_number(value, digits) for value in np.ravel(values)) + ")"


def _sheet(figure):
    """Axes over the whole figure, one unit an inch, without ticks."""
    width, height = figure.get_size_inches()
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    return axes


def _box(left, bottom, width, height):
    """The four corners of a rectangle."""
    return [(left, bottom), (left + width, bottom), (left + width, bottom + height), (left, bottom + height)]


# ---- figure 4a: the two-pass net -----------------------------------------------------------------------------------

HAND, WIDE = "hand net, squared loss", "2-3-2, cross-entropy"
UNSAID = "not said"


# Which local slope stands under which machine of the hand net once the gradient has come through it.
SLOPES = {"w₁ · x": "dx", "tanh": "da", "w₂ · h": "dh", "(y − t)²": "dy"}


class HandNet:
    """One weight, tanh, one weight, squared loss: the net that can be done with a pocket calculator."""

    forward = ("a", "h", "y", "L")
    backward = ("dy", "dw2", "dh", "da", "dw1")
    digits = 5
    x, t = 2.0, 1.0

    def start(self):
        """The weights before any update."""
        return {"w1": np.array(0.5), "w2": np.array(-1.5)}

    def sweep(self, weights, eta, early):
        """All values and gradients of one forward and one backward pass, by name.

        With `early` the weight w2 is moved as soon as its gradient is known, which is a mistake: `dh` then meets it.
        """
        w1, w2 = weights["w1"], weights["w2"]
        a = w1 * self.x
        h = np.tanh(a)
        y = w2 * h
        loss = (y - self.t) ** 2
        dy = 2 * (y - self.t)
        dw2 = dy * h
        used = w2 - eta * dw2 if early else w2
        dh = dy * used
        da = dh * (1 - h**2)
        dw1, dx = da * self.x, da * w1
        return {"x": self.x, "t": self.t, "a": a, "h": h, "y": y, "L": loss, "dL": 1.0, "dy": dy, "dw2": dw2,
                "used": used, "dh": dh, "da": da, "dw1": dw1, "dx": dx,
                "slope dy": dy, "slope dh": used, "slope da": 1 - h**2, "slope dx": w1}

    def line(self, name, weights, v):
        """The line of code behind the step `name`, with its numbers, and a few words on it."""
        n = {key: _number(float(value), self.digits) for key, value in (v | weights).items()}
        return {
            "a": (f"a = w₁ · x = {n['w1']} · {n['x']} = {n['a']}",
                  "Input and weight meet in a product, the pre-activation a"),
            "h": (f"h = tanh(a) = tanh({n['a']}) = {n['h']}",
                  "The activation h is kept: on the way back its slope needs it"),
            "y": (f"y = w₂ · h = {n['w2']} · {n['h']} = {n['y']}", "This is what the net says; it should say t"),
            "L": (f"L = (y − t)² = ({n['y']} − {n['t']})² = {n['L']}", "The loss: the one number that is judged"),
            "dy": (f"dy = 2 (y − t) = {n['dy']}", "The way back starts with dL = 1, times the loss's own slope"),
            "dw2": (f"dw₂ = dy · h = {n['dy']} · {n['h']} = {n['dw2']}",
                    "Upstream gradient, times what stood beside w₂ in the product"),
            "dh": (f"dh = dy · w₂ = {n['dy']} · {n['used']} = {n['dh']}",
                   "Upstream gradient, times the w₂ that was used on the way forward"),
            "da": (f"da = dh · (1 − h²) = {n['dh']} · {n['slope da']} = {n['da']}",
                   "Upstream gradient, times the slope of tanh where it stands"),
            "dw1": (f"dw₁ = da · x = {n['da']} · {n['x']} = {n['dw1']}",
                    "Also dx = da · w₁, but x is data: no update for it"),
        }[name]


class WideNet:
    """Two inputs, three tanh units, two classes: one sample through the matrices of the lesson."""

    forward = ("a", "h", "s", "q", "L")
    backward = ("ds", "dW2", "dh", "da", "dW1")
    digits = 3
    x, t = np.array([1.0, -0.5]), np.array([0.0, 1.0])

    def start(self):
        """The weights and biases before any update."""
        return {
            "W1": np.array([[0.8, -0.5, 0.3], [0.4, 0.9, -0.7]]),
            "b1": np.array([0.1, -0.2, 0.0]),
            "W2": np.array([[0.7, -0.6], [-0.4, 0.9], [0.5, 0.2]]),
            "b2": np.array([0.1, -0.1]),
        }

    def sweep(self, weights, eta, early):
        """All values and gradients of one forward and one backward pass, by name; `early` as in the hand net."""
        W1, W2 = weights["W1"], weights["W2"]
        a = self.x @ W1 + weights["b1"]
        h = np.tanh(a)
        s = h @ W2 + weights["b2"]
        raised = np.exp(s - s.max())
        q = raised / raised.sum()
        loss = -np.log(q @ self.t)
        ds = q - self.t
        dW2 = np.outer(h, ds)
        used = W2 - eta * dW2 if early else W2
        dh = ds @ used.T
        da = dh * (1 - h**2)
        dW1 = np.outer(self.x, da)
        return {"x": self.x, "t": self.t, "a": a, "h": h, "s": s, "q": q, "L": loss, "dL": 1.0, "ds": ds,
                "dW2": dW2, "db2": ds, "used": used, "dh": dh, "da": da, "dW1": dW1, "db1": da}

    def line(self, name, weights, v):
        """The line of code behind the step `name`, with its numbers, and a few words on it."""
        return {
            "a": (f"a = x W1 + b1 = {_numbers(v['a'])}", "Each hidden unit adds up what its wires bring, and its bias"),
            "h": (f"h = tanh(a) = {_numbers(v['h'])}", "Unit by unit, no wires involved"),
            "s": (f"s = h W2 + b2 = {_numbers(v['s'])}", "One score for each class"),
            "q": (f"q = softmax(s) = {_numbers(v['q'])}", "Scores become probabilities: they add up to 1"),
            "L": (f"L = −ln q₂ = {_number(float(v['L']), 3)}", "The true class is the second: t = (0, 1)"),
            "ds": (f"ds = q − t = {_numbers(v['ds'])}",
                   "The slope of softmax and cross-entropy together is one subtraction"),
            "dW2": ("dW2 = hᵀ ds, on all six wires; db2 = ds",
                    "On each wire: what went in at its left end, times what comes back at its right end"),
            "dh": (f"dh = ds W2ᵀ = {_numbers(v['dh'])}",
                   "Two wires lead away from each hidden unit, so two gradients add up there"),
            "da": (f"da = dh · (1 − h²) = {_numbers(v['da'])}", "Unit by unit, times the slope of tanh"),
            "dW1": ("dW1 = xᵀ da, on all six wires; db1 = da", "Every weight has its gradient now, and none has moved"),
        }[name]


class TwoPassNet(LiveFigure):
    """A network through which values go forward and gradients come back on the same wires, a layer a step."""

    name = "two-pass net"
    task = "Say which sign each weight's gradient will have. Then step forward, step backward, and update."
    controls = (
        Slider("eta", "learning rate η", 0, 0.5, 0.01, 0.1),
        Choice("net", "Network", (HAND, WIDE), HAND),
        Choice("sign2", "sign of ∂L/∂w₂", (UNSAID, "+", MINUS, "0"), UNSAID),
        Choice("sign1", "sign of ∂L/∂w₁", (UNSAID, "+", MINUS, "0"), UNSAID),
        Toggle("early", "use the updated w₂ in the sweep (a mistake)"),
        Button("step", "Step"),
        Button("back", "Back"),
        Button("play", "Play", repeats="step", every=900),
        Button("update", "Update"),
        Button("reset", "Reset"),
    )

    def __init__(self, guess=None, net="hand"):
        self.guess = guess
        self.nets = {HAND: HandNet(), WIDE: WideNet()}
        self.controls = tuple(
            Choice("net", "Network", (HAND, WIDE), WIDE) if net == "wide" and one.name == "net" else one
            for one in type(self).controls
        )
        self._begin(WIDE if net == "wide" else HAND)
        super().__init__()

    def _begin(self, kind):
        self.kind, self.past = kind, []
        self.weights, self.at, self.updates = self.nets[kind].start(), 0, 0
        self.before = None  # the loss before the last update
        self.refused = False
        self.said = {"sign1": UNSAID, "sign2": UNSAID}

    # ---- what is known ------------------------------------------------------------------------------------------

    @property
    def net(self):
        """The network that is shown."""
        return self.nets[self.kind]

    @property
    def steps(self):
        """The names of all steps, forward ones first."""
        return self.net.forward + self.net.backward

    def known(self):
        """The names of the values and gradients that are on the wires now."""
        names = {"x", "t", *self.steps[: self.at]}
        backward = names & set(self.net.backward)
        extra = {"dy": {"dL"}, "ds": {"dL"}, "dw1": {"dx"}, "dW2": {"db2"}, "dW1": {"db1"}}
        return names.union(*(extra.get(name, set()) for name in backward))

    def gradient_of(self, which):
        """The gradient of the first weight of layer 1 or 2."""
        return float(np.ravel(self.found[f"dw{which}" if self.kind == HAND else f"dW{which}"])[0])

    def is_known(self, which):
        """Whether the gradient of layer `which` is on its wires."""
        return (f"dw{which}" if self.kind == HAND else f"dW{which}") in self.known()

    def moved_early(self):
        """Whether the second layer's weights were moved inside this sweep."""
        return self.value["early"] and self.is_known(2) and self.value["eta"] > 0

    # ---- the picture --------------------------------------------------------------------------------------------

    def draw(self, figure):
        axes = _sheet(figure)
        self.still_parts = {HAND: [], WIDE: []}
        self.moving("stage", axes.text(0.2, 3.78, "", fontsize=12, weight="bold", va="center"))
        self.moving("lamp", axes.fill(*zip(*_box(0, 0, 1, 1), strict=True), fc=STEP, ec=INK, lw=1.2)[0])
        self.moving("lamp_text", axes.text(6.18, 3.78, "", va="center"))
        self.moving("line", axes.text(0.2, 0.55, "", fontsize=12, va="center"))
        self.moving("why", axes.text(0.2, 0.24, "", fontsize=10.5, va="center", color=SOFT))
        axes.plot([0.2, 8.8], [0.82, 0.82], color=FAINT, lw=1)
        self.rails, self.labels, self.groups = {}, {}, {HAND: [], WIDE: []}
        self._draw_hand(axes)
        self._draw_wide(axes)

    def _label(self, axes, kind, key, x, y, color, **style):
        style = {"ha": "center", "va": "center", "fontsize": 11, **style}
        artist = self.moving(f"{kind}:{key}", axes.text(x, y, "", color=color, **style))
        self.labels[kind, key] = artist
        self.groups[kind].append(artist)

    def _rail(self, axes, kind, key, start, end):
        """A wire: a faint line that always stands, a blue rail forward and an orange one back, each with its head."""
        start, end = np.array(start), np.array(end)
        along = (end - start) / np.hypot(*(end - start))
        aside = 0.045 * np.array([-along[1], along[0]])
        if along[0] < 1e-9:
            aside = -aside
        idle = FAINT if kind == HAND else "#BDBDBD"
        self.still_parts[kind] += axes.plot(*zip(start, end, strict=True), color=idle, lw=1.3, zorder=1)
        for way, color, shift, tip in (("f", MODEL, aside, end), ("b", GRADIENT, -aside, start)):
            pointing = along if way == "f" else -along
            ends = np.array([start, end]) + shift + np.array([[0], [-0.1]] if way == "f" else [[0.1], [0]]) * along
            line = axes.plot(*ends.T, color=color, lw=2, zorder=2, solid_capstyle="butt")
            tip = tip + shift
            tail = tip - 0.13 * pointing
            wing = 0.055 * np.array([-pointing[1], pointing[0]])
            head = axes.fill(*zip(tip, tail + wing, tail - wing, strict=True), fc=color, ec=color, lw=0.5, zorder=3)
            for part, artist in (("line", line), ("head", head)):
                artist = self.moving(f"{kind}:{key}:{way}:{part}", artist[0])
                self.rails.setdefault((kind, key, way), []).append(artist)
                self.groups[kind].append(artist)

    def _draw_hand(self, axes):
        level, half = 1.75, 0.36
        boxes = {"w₁ · x": 1.55, "tanh": 3.35, "w₂ · h": 5.15, "(y − t)²": 7.0}
        for text, x in boxes.items():
            self.still_parts[HAND] += axes.fill(*zip(*_box(x - half, level - 0.3, 2 * half, 0.6), strict=True),
                                                fc="#F4F4F4", ec="#777777", lw=1.2, zorder=4)
            self.still_parts[HAND].append(axes.text(x, level, text, ha="center", va="center", zorder=5, fontsize=10.5))
            self._label(axes, HAND, f"slope {SLOPES[text]}", x, level - 0.45, GRADIENT, fontsize=9.5)
        ends = {"x": (0.2, 1.19), "a": (1.91, 2.99), "h": (3.71, 4.79), "y": (5.51, 6.64), "L": (7.36, 8.8)}
        for key, (left, right) in ends.items():
            self._rail(axes, HAND, key, (left, level), (right, level))
            middle = (left + right) / 2
            self.still_parts[HAND].append(
                axes.text(middle, level + 0.5, key, ha="center", va="center", style="italic", color=SOFT)
            )
            self._label(axes, HAND, key, middle, level + 0.24, MODEL)
            self._label(axes, HAND, f"d{key}", middle, level - 0.26, GRADIENT)
        for key, x, name in (("w1", 1.55, "w₁"), ("w2", 5.15, "w₂"), ("t", 7.0, "t")):
            self._rail(axes, HAND, key, (x, 3.3), (x, level + 0.3))
            self.still_parts[HAND].append(
                axes.text(x - 0.14, 3.0, name, ha="right", va="center", style="italic", color=SOFT)
            )
            self._label(axes, HAND, key, x + 0.14, 3.0, MODEL if key == "t" else INK, ha="left")
            if key != "t":
                self._label(axes, HAND, f"d{key}", x + 0.14, 2.74, GRADIENT, ha="left")
                self._label(axes, HAND, f"sign{key[1]}", x + 0.14, 2.48, GUESS, ha="left", fontsize=10)
        if self.guess is not None:
            text = f"your guess: {_number(float(self.guess), 2)}"
            guess = axes.text(1.41, 2.74, text, ha="right", va="center", color=GUESS, fontsize=10)
            self.still_parts[HAND].append(guess)

    def _draw_wide(self, axes):
        self.spots = {"x": [(0.5, 3.0), (0.5, 1.44)],
                      "h": [(3.4, 3.18), (3.4, 2.22), (3.4, 1.26)],
                      "s": [(6.55, 3.0), (6.55, 1.44)]}
        part = self.still_parts[WIDE]

        def frame(x, y, width, height, rows):
            part.extend(axes.fill(*zip(*_box(x - width / 2, y - height / 2, width, height), strict=True),
                                  fc="#F4F4F4", ec="#777777", lw=1.2, zorder=4))
            for n, row in enumerate(rows):
                at = y + 0.185 * ((len(rows) - 1) / 2 - n)
                part.append(axes.text(x - width / 2 + 0.07, at, row, va="center", fontsize=9, style="italic",
                                      color=SOFT, zorder=5))

        def row(key, x, y, color):
            self._label(axes, WIDE, key, x, y, color, ha="right", fontsize=9, zorder=6)

        for i, (x, y) in enumerate(self.spots["x"]):
            frame(x, y, 0.8, 0.3, (f"x{'₁₂'[i]}",))
            row(f"x{i}", x + 0.36, y, MODEL)
        for j, (x, y) in enumerate(self.spots["h"]):
            frame(x, y, 1.3, 0.64, ("b", "a", "h"))
            for n, (value, slope, color) in enumerate((("b1", "db1", INK), ("a", "da", MODEL), ("h", "dh", MODEL))):
                row(f"{value}{j}", x + 0.07, y + 0.185 * (1 - n), color)
                row(f"{slope}{j}", x + 0.6, y + 0.185 * (1 - n), GRADIENT)
        for k, (x, y) in enumerate(self.spots["s"]):
            frame(x, y, 1.3, 0.64, ("b", "s", "q"))
            for n, (value, slope, color) in enumerate((("b2", "db2", INK), ("s", "ds", MODEL), ("q", "", MODEL))):
                row(f"{value}{k}", x + 0.07, y + 0.185 * (1 - n), color)
                if slope:
                    row(f"{slope}{k}", x + 0.6, y + 0.185 * (1 - n), GRADIENT)
        frame(8.4, 2.22, 0.9, 0.46, ("L", "dL"))
        row("L", 8.79, 2.22 + 0.0925, MODEL)
        row("dL", 8.79, 2.22 - 0.0925, GRADIENT)
        part.append(axes.text(8.4, 1.8, "t = (0, 1)", ha="center", va="center", fontsize=9.5, color=SOFT))
        # How far along its wire each pair of numbers stands: found by search, so that none lies on another wire.
        places = {1: ((0.54, 0.78, 0.82), (0.82, 0.46, 0.54)), 2: ((0.5, 0.22), (0.22, 0.54), (0.18, 0.46))}
        for layer, (sources, targets, left, right) in {1: ("x", "h", 0.4, 0.65), 2: ("h", "s", 0.65, 0.65)}.items():
            for i, (x0, y0) in enumerate(self.spots[sources]):
                for j, (x1, y1) in enumerate(self.spots[targets]):
                    start, end = np.array((x0 + left, y0)), np.array((x1 - right, y1))
                    self._rail(axes, WIDE, f"W{layer}{i}{j}", start, end)
                    x, y = start + places[layer][i][j] * (end - start)
                    paper = axes.fill(*zip(*_box(x - 0.2, y - 0.15, 0.4, 0.3), strict=True), fc=PAPER, lw=0, zorder=4)
                    self.groups[WIDE].append(self.moving(f"paper{layer}{i}{j}", paper))
                    self._label(axes, WIDE, f"W{layer}{i}{j}", x, y + 0.075, INK, fontsize=9, zorder=6)
                    self._label(axes, WIDE, f"dW{layer}{i}{j}", x, y - 0.075, GRADIENT, fontsize=9, zorder=6)
        for k, (x, y) in enumerate(self.spots["s"]):
            self._rail(axes, WIDE, f"q{k}", (x + 0.65, y), (7.95, 2.22 + (0.1 if k == 0 else -0.1)))
        self._label(axes, WIDE, "sign1", 0.1, 3.5, GUESS, ha="left", fontsize=9.5)
        self._label(axes, WIDE, "sign2", 4.15, 3.5, GUESS, ha="left", fontsize=9.5)

    def update(self):
        if self.value["net"] != self.kind:
            self._begin(self.value["net"])
        self.found = self.net.sweep(self.weights, self.value["eta"], self.value["early"])
        for which in (1, 2):
            if not self.is_known(which):
                self.said[f"sign{which}"] = self.value[f"sign{which}"]
        self._show_one_net()
        known = self.known()
        for way, names in (("f", known), ("b", known)):
            self._light(way, names)
        self._write(known)
        self._lamp()
        self._tell()

    def _show_one_net(self):
        """Only the chosen net's parts; what stands still is touched only when the choice changes."""
        for kind, parts in self.still_parts.items():
            for artist in parts:
                if artist.get_visible() != (kind == self.kind):
                    artist.set_visible(kind == self.kind)
        for kind, parts in self.groups.items():
            for artist in parts:
                artist.set_visible(kind == self.kind)

    def _light(self, way, known):
        """Light the rails along which something has travelled; the newest are thick."""
        newest = self.steps[self.at - 1] if self.at else ""
        thick, thin = (3.6, 1.8) if self.kind == HAND else (2.4, 1.1)
        for (kind, key, one_way), artists in self.rails.items():
            if kind != self.kind or one_way != way:
                continue
            name = self._carries(key, way)
            lit = name in known
            for artist in artists:
                artist.set_visible(lit)
            artists[0].set_linewidth(thick if name == newest else thin)

    def _carries(self, key, way):
        """The step after which a wire is lit, one way."""
        if self.kind == HAND:
            if way == "b":
                return f"d{key}"
            return {"x": "a", "w1": "a", "a": "h", "h": "y", "w2": "y", "y": "L", "t": "L", "L": "L"}[key]
        if key[0] == "q":
            return "L" if way == "f" else "ds"
        layer = key[1]
        return {"f1": "a", "f2": "s", "b1": "dW1", "b2": "dW2"}[way + layer]

    def _write(self, known):
        """The numbers on the wires."""
        digits = self.net.digits
        everything = self.found | self.weights
        if self.moved_early():
            everything["w2" if self.kind == HAND else "W2"] = self.found["used"]
        for (kind, key), artist in self.labels.items():
            if kind != self.kind or key.startswith("sign"):
                continue
            name, index = self._place(key)
            shown = name.removeprefix("slope ") in known or name in self.weights
            text = _number(float(np.asarray(everything[name])[index]), 2 if "W" in key else digits)
            artist.set_text(("× " + text if key.startswith("slope") else text) if shown else "")
        for which in (1, 2):
            idle = "" if self.kind == HAND else f"w{'₁₂'[which - 1]}: the top wire of W{which}"
            self.labels[self.kind, f"sign{which}"].set_text(self.verdict(which) or idle)

    def _place(self, key):
        """A label's key as (name of the array, index into it)."""
        if self.kind == HAND or key in ("L", "dL"):
            return key, ()
        if key.lstrip("d").startswith("W"):
            return key[:-2], (int(key[-2]), int(key[-1]))
        return key[:-1], (int(key[-1]),)

    def verdict(self, which):
        """What the learner said of the sign of a layer's first gradient, and how it turned out."""
        said = self.said[f"sign{which}"]
        first = "" if self.kind == HAND else f"top wire of W{which}: "
        if said == UNSAID:
            late = self.is_known(which) and self.value[f"sign{which}"] != UNSAID
            return f"{first}too late, it is on the wire" if late else ""
        if not self.is_known(which):
            return f"{first}you say {said}"
        g = self.gradient_of(which)
        sign = "0" if g == 0 else "+" if g > 0 else MINUS
        return f"{first}you said {said}: {'right' if said == sign else 'it is ' + sign}"

    def _lamp(self):
        x, y = 5.98, 3.78
        angle = np.linspace(0, 2 * np.pi, 33)
        lamp = self.artists["lamp"]
        lamp.set_xy(np.column_stack([x + 0.12 * np.cos(angle), y + 0.12 * np.sin(angle)]))
        state = self.lamp()
        lamp.set_facecolor({"unchanged": STEP, "moved": PAPER, "spoilt": LOSS}[state[0]])
        self.artists["lamp_text"].set_text(state[1])

    def lamp(self):
        """(state, words) of the lamp that watches the weights."""
        if self.moved_early():
            return "spoilt", "w₂ changed inside the sweep"
        if self.updates and self.at == 0:
            return "moved", f"weights moved, update {self.updates}"
        return "unchanged", "weights unchanged"

    def _tell(self):
        forward, backward = len(self.net.forward), len(self.net.backward)
        if self.at == 0:
            stage = "Before the forward pass"
            line = "Nothing has been computed yet: only the input and the weights stand on the wires."
            why = "Press Step."
            if self.updates:
                line = "Each weight moved by −η times its gradient. The old values are gone from the wires."
                why = f"The loss was {_number(self.before, 5)}. Step forward to see what it is now."
        else:
            line, why = self.net.line(self.steps[self.at - 1], self.weights, self.found)
            if self.at <= forward:
                stage = f"Forward, step {self.at} of {forward}"
            else:
                stage = f"Backward, step {self.at - forward} of {backward}"
            why += ". Press Update." if self.finished() else "."
            if self.moved_early() and self.steps[self.at - 1] == "dh":
                why = "This is the new w₂. On the way forward it was another one."
            elif self.moved_early() and self.steps[self.at - 1] in ("dw2", "dW2"):
                why = "With the mistake switched on, w₂ has moved already."
            elif self.moved_early() and self.finished():
                right = self.net.sweep(self.weights, 0, False)
                name = "dw1" if self.kind == HAND else "dW1"
                number = _number(float(np.ravel(right[name])[0]), self.net.digits)
                where = "" if self.kind == HAND else " on the top wire"
                why = f"With the w₂ of the forward pass it is {number}{where}. Here the weights of two nets are mixed."
        if self.refused:
            missing = len(self.steps) - self.at
            why = f"Update has to wait: {missing} step{'s' if missing > 1 else ''} of the two passes still to go."
        self.artists["stage"].set_text(stage)
        self.artists["line"].set_text(line)
        self.artists["why"].set_text(why)

    # ---- the hand -----------------------------------------------------------------------------------------------

    def pressed(self, name):
        self.refused = False
        if name == "reset":
            kind = self.kind
            self._begin(kind)
            self.value["sign1"] = self.value["sign2"] = UNSAID
        elif name == "back":
            if self.past:
                self.weights, self.at, self.updates, self.before = self.past.pop()
        elif name == "step":
            if not self.finished():
                self._keep()
                self.at += 1
        elif self.at == len(self.steps):
            self._keep()
            self._update_weights()
        else:
            self.refused = True

    def _keep(self):
        self.past.append((self.weights, self.at, self.updates, self.before))

    def _update_weights(self):
        sweep = self.net.sweep(self.weights, self.value["eta"], self.value["early"])
        self.before = float(sweep["L"])
        self.weights = {name: w - self.value["eta"] * sweep[f"d{name}"] for name, w in self.weights.items()}
        self.at, self.updates = 0, self.updates + 1

    def finished(self):
        return self.at == len(self.steps)

    # ---- in words -----------------------------------------------------------------------------------------------

    def describe(self):
        kind = "hand net" if self.kind == HAND else "2-3-2 net"
        parts = [f"The {kind}. {self.artists['stage'].get_text()}: {self.artists['line'].get_text().rstrip('.')}."]
        top = {which: np.ravel(self.weights[f"w{which}" if self.kind == HAND else f"W{which}"])[0] for which in (1, 2)}
        if self.moved_early():
            top[2] = np.ravel(self.found["used"])[0]
        where = "" if self.kind == HAND else " (the top wires)"
        parts.append(f"Weights{where}: w₁ = {_number(float(top[1]), 5)}, w₂ = {_number(float(top[2]), 5)}.")
        parts += [f"Gradient of w{'₁₂'[which - 1]}: {_number(self.gradient_of(which), 5)}."
                  for which in (2, 1) if self.is_known(which)]
        parts += [f"For w{'₁₂'[which - 1]}, {self.verdict(which)}." for which in (2, 1) if self.verdict(which)]
        return " ".join([*parts, f"Lamp: {self.lamp()[1]}."])

    def in_words(self):
        lines = [self.describe(), self.artists["why"].get_text()]
        if self.guess is not None:
            lines.append(f"Your guess for the gradient of w₁ in the hand net: {_number(float(self.guess), 2)}.")
        known = self.known()
        for name, weight in self.weights.items():
            lines.append(f"{name}: {self._written(weight)}")
        for name in ("x", "t", *self.steps):
            if name in known:
                lines.append(f"{name}: {self._written(self.found[name])}")
        return "\n".join(lines)

    def _written(self, value):
        value = np.asarray(value)
        if value.ndim == 0:
            return _number(float(value), self.net.digits)
        return "; ".join(_numbers(row) for row in np.atleast_2d(value))

    def read(self):
        digits = 5
        known = self.known()
        numbers = {"loss": _number(float(self.found["L"]), digits) if "L" in known else "not yet"}
        for which, sub in ((2, "₂"), (1, "₁")):
            text = _number(self.gradient_of(which), digits) if self.is_known(which) else "not yet"
            numbers[f"∂L/∂w{sub}"] = text
        numbers["updates"] = str(self.updates)
        return numbers


# ---- figure 4b: the shape machine ----------------------------------------------------------------------------------

OPERANDS = ("X", "Xᵀ", "W", "Wᵀ", "δ", "δᵀ")
MATMUL, TIMES, DOWN, ACROSS = "@", "*", ".sum(axis=0)", ".sum(axis=1)"
TARGETS = {"dW": ("in", "out"), "dX": ("N", "in"), "db": ("out",)}


class ShapeMachine(LiveFigure):
    """Two arrays and an operation: does it click, has it the shape of the gradient, and is it the gradient?"""

    name = "shape machine"
    task = "Build dW, then dX, then db out of X, W and δ. Then make W square and see what shapes no longer catch."
    controls = (
        Slider("N", "N, rows of X", 1, 5, 1, 4, digits=0),
        Slider("in", "in, columns of X", 1, 5, 1, 3, digits=0),
        Slider("out", "out, columns of W", 1, 5, 1, 2, digits=0),
        Choice("target", "Build", tuple(TARGETS), "dW"),
        Choice("left", "Left array", OPERANDS, "X"),
        Choice("operation", "Operation", (MATMUL, TIMES, DOWN, ACROSS), MATMUL),
        Choice("right", "Right array", OPERANDS, "δ"),
        Button("square", "Make W square"),
        Button("reset", "Reset"),
    )
    # Searched for: where a wrong expression gives the right numbers, it does so for every X, W and δ of those sizes.
    X = np.array([[3, 3, 3, 2, 3], [2, 0, 1, 1, -1], [0, 3, -2, 3, 3], [-2, 1, -2, 3, -2], [0, 3, 2, -2, 1]])
    W = np.array([[1, 2, -1, 3, 0], [3, 4, 0, -2, 1], [-1, 2, 3, 1, -3], [0, -3, 1, 2, 2], [2, 1, -2, 4, 1]])
    delta = np.array([[-2, 3, -1, 3, 2], [1, 1, 1, 2, 3], [-2, -1, 1, 2, 1], [-1, 1, 2, 3, -1], [2, 3, 2, 3, -1]])
    most = 5
    cell = 0.28

    def __init__(self):
        self.built = set()
        super().__init__()

    # ---- what is built ------------------------------------------------------------------------------------------

    def sizes(self):
        """{"N": …, "in": …, "out": …} as whole numbers."""
        return {name: round(self.value[name]) for name in ("N", "in", "out")}

    def names_of(self, operand):
        """The names of an operand's axes: ("N", "in") for X."""
        axes = {"X": ("N", "in"), "W": ("in", "out"), "δ": ("N", "out")}[operand[0]]
        return axes[::-1] if operand.endswith("ᵀ") else axes

    def array(self, operand, sizes):
        """An operand's numbers at these sizes, shape as `names_of` says."""
        whole = {"X": self.X, "W": self.W, "δ": self.delta}[operand[0]]
        rows, columns = (sizes[name] for name in self.names_of(operand[0]))
        part = whole[:rows, :columns]
        return part.T if operand.endswith("ᵀ") else part

    def result(self, sizes):
        """What the chosen expression gives at these sizes, or None where NumPy would refuse."""
        left, right = (self.array(self.value[side], sizes) for side in ("left", "right"))
        operation = self.value["operation"]
        if operation in (DOWN, ACROSS):
            return left.sum(axis=0 if operation == DOWN else 1)
        try:
            return left @ right if operation == MATMUL else left * right
        except ValueError:
            return None

    def truth(self, sizes):
        """The gradient that is asked for, of the loss whose slope with respect to X W + b is δ."""
        X, W, delta = (self.array(name, sizes) for name in ("X", "W", "δ"))
        return {"dW": X.T @ delta, "dX": delta @ W.T, "db": delta.sum(axis=0)}[self.value["target"]]

    def expression(self):
        """The chosen expression as code would write it."""
        if self.value["operation"] in (DOWN, ACROSS):
            return f"{self.value['left']}{self.value['operation']}"
        return f"{self.value['left']} {self.value['operation']} {self.value['right']}"

    def verdict(self):
        """One word: "stuck", "other shape", "other numbers", "lucky" (right at these sizes only) or "right"."""
        result, truth = self.result(self.sizes()), self.truth(self.sizes())
        if result is None:
            return "stuck"
        if result.shape != truth.shape:
            return "other shape"
        if not np.array_equal(result, truth):
            return "other numbers"
        generic = {"N": 4, "in": 3, "out": 2}
        elsewhere = self.result(generic)
        right = elsewhere is not None and np.array_equal(elsewhere, self.truth(generic))
        return "right" if right else "lucky"

    # ---- the picture --------------------------------------------------------------------------------------------

    def draw(self, figure):
        axes = _sheet(figure)
        self.moving("built", axes.text(0.2, 3.78, "", va="center", fontsize=11))
        self.moving("equal", axes.text(8.8, 3.78, "", va="center", ha="right", fontsize=10.5, color=SOFT))
        axes.plot([0.2, 8.8], [0.86, 0.86], color=FAINT, lw=1)
        self.moving("verdict", axes.text(0.2, 0.6, "", va="center", fontsize=12, weight="bold"))
        self.moving("why", axes.text(0.2, 0.26, "", va="center", fontsize=10.5, color=SOFT))
        self.middles = {"left": 1.26, "right": 3.5, "result": 5.74, "needed": 7.98}
        self.level = 2.05
        for key in self.middles:
            self.moving(f"{key}:title", axes.text(0, 0, "", ha="center", va="center", fontsize=12, weight="bold"))
            self.moving(f"{key}:face", axes.fill([0] * 4, [0] * 4, fc=PAPER, ec=INK, lw=1.6, zorder=1)[0])
            lines = LineCollection([], colors="#BBBBBB", linewidths=0.8, zorder=2)
            axes.add_collection(lines)
            self.moving(f"{key}:lines", lines)
            self.moving(f"{key}:rows", axes.text(0, 0, "", ha="center", va="center", fontsize=10))
            self.moving(f"{key}:columns", axes.text(0, 0, "", ha="center", va="bottom", fontsize=10))
            for i in range(self.most):
                for j in range(self.most):
                    text = axes.text(0, 0, "", ha="center", va="center", fontsize=8.5, zorder=3)
                    self.moving(f"{key}:{i}{j}", text)
        self.moving("operation", axes.text(0, self.level, "", ha="center", va="center", fontsize=13, weight="bold"))
        self.moving("equals", axes.text(4.48, self.level, "", ha="center", va="center", fontsize=13, weight="bold"))
        self.moving("wants", axes.text(6.72, self.level, "", ha="center", va="center", fontsize=13, weight="bold"))

    def _grid(self, key, title, names, values, fill, color=INK, edge="#777777", wrong=None):
        """Draw one array: `values` (rows, columns), or None for an empty frame of `names`' sizes.

        Where `wrong` is true an entry is drawn bold, in the colour of what is wrong.
        """
        sizes = self.sizes()
        rows, columns = ((1, sizes[names[0]]) if len(names) == 1 else (sizes[n] for n in names)) if names else (0, 0)
        middle, cell = self.middles[key], self.cell
        left, top = middle - columns * cell / 2, self.level + rows * cell / 2
        face = self.artists[f"{key}:face"]
        face.set_visible(bool(names))
        face.set_xy(_box(left, top - rows * cell, columns * cell, rows * cell))
        face.set(facecolor=fill, edgecolor=edge)
        across = [[(left, top - i * cell), (left + columns * cell, top - i * cell)] for i in range(1, rows)]
        down = [[(left + j * cell, top), (left + j * cell, top - rows * cell)] for j in range(1, columns)]
        self.artists[f"{key}:lines"].set_segments(across + down)
        label = self.artists[f"{key}:title"]
        label.set_text(title)
        label.set_position((middle, 3.3))
        for part, text, place in (
            ("rows", f"{names[0]}\n= {rows}" if len(names) == 2 else "", (left - 0.23, self.level)),
            ("columns", f"{names[-1]} = {columns}" if names else "", (middle, top + 0.05)),
        ):
            self.artists[f"{key}:{part}"].set_text(text)
            self.artists[f"{key}:{part}"].set_position(place)
        for i in range(self.most):
            for j in range(self.most):
                text = self.artists[f"{key}:{i}{j}"]
                inside = i < rows and j < columns and values is not None
                text.set_visible(inside)
                if inside:
                    text.set_position((left + (j + 0.5) * cell, top - (i + 0.5) * cell))
                    text.set_text(_number(np.reshape(values, (rows, columns))[i, j], 0))
                    off = wrong is not None and bool(np.reshape(wrong, (rows, columns))[i, j])
                    text.set(color=LOSS if off else color, fontweight="bold" if off else "normal")

    def result_names(self):
        """The names of the result's axes; () where there is none."""
        left, right = (self.names_of(self.value[side]) for side in ("left", "right"))
        operation = self.value["operation"]
        if operation == DOWN:
            return left[1:]
        if operation == ACROSS:
            return left[:1]
        if self.result(self.sizes()) is None:
            return ()
        if operation == MATMUL:
            return left[0], right[1]
        sizes = self.sizes()
        return tuple(a if sizes[a] >= sizes[b] else b for a, b in zip(left, right, strict=True))

    def update(self):
        sizes, state = self.sizes(), self.verdict()
        if state == "right":
            self.built.add(self.value["target"])
        tint = {"X": "#EFEFEF", "W": "#DCEBF5", "δ": "#FBE6D8"}
        summing = self.value["operation"] in (DOWN, ACROSS)
        for side in ("left", "right"):
            operand = self.value[side]
            if side == "right" and summing:
                self._grid(side, f"({operand} not needed)", (), None, PAPER)
            else:
                self._grid(side, operand, self.names_of(operand), self.array(operand, sizes), tint[operand[0]])
        result, truth = self.result(sizes), self.truth(sizes)
        fits = state in ("other numbers", "lucky", "right")
        wrong = result != truth if state == "other numbers" else None
        edge = {"right": STEP, "lucky": STEP, "other numbers": LOSS}.get(state, "#777777")
        title = "result" if result is not None else "no result"
        color = GRADIENT if state in ("right", "lucky") else INK
        self._grid("result", title, self.result_names(), result, PAPER, color, edge, wrong)
        target = self.value["target"]
        title = f"{target} by nudging" if fits else target
        self._grid("needed", title, TARGETS[target], truth if fits else None, "#FBE6D8", GRADIENT)
        self.artists["operation"].set_text(self.value["operation"])
        self.artists["operation"].set_position((2.23 if not summing else 2.75, self.level))
        self.artists["equals"].set_text("=" if result is not None else "✗")
        self.artists["wants"].set_text({"right": "=", "lucky": "=", "other numbers": "≠"}.get(state, ""))
        self._tell(state)

    def _tell(self, state):
        built = ", ".join(name for name in TARGETS if name in self.built) or "nothing yet"
        self.artists["built"].set_text(f"To build: {self.value['target']}.   Built so far: {built}")
        sizes = self.sizes()
        pairs = [f"{a} = {b}" for a, b in (("N", "in"), ("N", "out"), ("in", "out")) if sizes[a] == sizes[b]]
        warning = f"{', '.join(pairs)}: shapes can hide a mistake" if pairs else "N, in and out all differ"
        self.artists["equal"].set_text(warning)
        verdict, why = self.sentences(state)
        self.artists["verdict"].set_text(verdict)
        color = {"right": STEP, "lucky": STEP, "other numbers": LOSS}.get(state, INK)
        self.artists["verdict"].set_color(color)
        self.artists["why"].set_text(why)

    def sentences(self, state):
        """The verdict and its reason, a sentence each."""
        sizes, target = self.sizes(), self.value["target"]
        left, right = (self.names_of(self.value[side]) for side in ("left", "right"))
        needs = _shape(TARGETS[target], sizes)
        if state == "stuck":
            if self.value["operation"] == MATMUL:
                return (f"{self.expression()} does not click.",
                        f"@ needs equal inner sizes: {left[1]} = {sizes[left[1]]} stands beside "
                        f"{right[0]} = {sizes[right[0]]}.")
            return (f"{self.expression()} does not click.",
                    f"* goes entry by entry, and {_shape(left, sizes)} does not lie on {_shape(right, sizes)}.")
        shape = _shape_of(self.result(sizes))
        if state == "other shape":
            return (f"{self.expression()} clicks, but it cannot be {target}.",
                    f"It has shape {shape}; a gradient has the shape of its own array, and {target} needs {needs}.")
        if state == "other numbers":
            result, truth = np.ravel(self.result(sizes)), np.ravel(self.truth(sizes))
            wrong = int(np.sum(result != truth))
            return (f"{self.expression()} has the shape of {target} and the wrong numbers.",
                    f"{wrong} of {len(truth)} {'entries differ' if len(truth) > 1 else 'entry differs'} from what "
                    "nudging says. Shapes that fit are necessary, not sufficient.")
        if state == "lucky":
            return (f"{self.expression()} gives {target} at these sizes only.",
                    "With N = 4, in = 3 and out = 2 it does not. Change a size and see it break.")
        return (f"{self.expression()} is {target}.",
                f"Shape {needs}, and every entry is what nudging says, whatever N, in and out are.")

    # ---- the hand and the words ---------------------------------------------------------------------------------

    def pressed(self, name):
        if name == "square":
            self.value["out"] = self.value["in"]
        else:
            self.built = set()
            self.value.update({c.name: c.value for c in self.controls if c.kind != "button"})

    def describe(self):
        return (f"{self.artists['verdict'].get_text()} {self.artists['why'].get_text()} "
                f"Sizes: N = {self.sizes()['N']}, in = {self.sizes()['in']}, out = {self.sizes()['out']}.")

    def in_words(self):
        sizes = self.sizes()
        lines = [self.describe(), self.artists["built"].get_text() + ".", self.artists["equal"].get_text() + "."]
        for operand in dict.fromkeys((self.value["left"], self.value["right"])):
            rows = "; ".join(_numbers(row, 0) for row in self.array(operand, sizes))
            lines.append(f"{operand}, shape {_shape(self.names_of(operand), sizes)}: {rows}")
        result = self.result(sizes)
        if result is not None:
            rows = "; ".join(_numbers(row, 0) for row in np.atleast_2d(result))
            lines.append(f"{self.expression()}: {rows}")
        if self.verdict() in ("other numbers", "lucky", "right"):
            rows = "; ".join(_numbers(row, 0) for row in np.atleast_2d(self.truth(sizes)))
            lines.append(f"{self.value['target']} by nudging: {rows}")
        return "\n".join(lines)

    def read(self):
        sizes = self.sizes()
        result = self.result(sizes)
        return {
            "expression": self.expression(),
            "its shape": "none" if result is None else _shape_of(result),
            "needed": _shape(TARGETS[self.value["target"]], sizes),
        }


def _shape(names, sizes):
    """A shape with its sizes, as NumPy writes it."""
    return str(tuple(sizes[name] for name in names))


def _shape_of(array):
    """An array's shape, as NumPy writes it."""
    return str(tuple(int(n) for n in array.shape))


# ---- figure 4c: cost bars ------------------------------------------------------------------------------------------

NETWORKS = {hidden: (64, hidden, hidden, 10) for hidden in (32, 128, 512)}  # layer sizes by their hidden width


def weight_count(sizes):
    """How many weights a network of these layer sizes has, biases not counted."""
    return sum(a * b for a, b in pairwise(sizes))


def counted_ratio(sizes):
    """Multiplications of forward and backward pass together, in forward passes.

    Forward: each weight multiplies once a sample. Backward: once more for its own gradient, and once more to send the
    gradient on to the layer below, which the first layer has no need of.
    """
    weights = weight_count(sizes)
    return (3 * weights - sizes[0] * sizes[1]) / weights


class CostBars(LiveFigure):
    """What a gradient costs, in forward passes: once by backpropagation, once by nudging every weight."""

    name = "cost bars"
    task = "Compare the bars of one network, then of all three. Then let this machine measure them."
    controls = (
        Toggle("log", "logarithmic scale", True),
        Toggle("central", "central differences, two nudges a weight"),
        Button("measure", "Measure on this machine"),
        Button("reset", "Back to counting"),
    )

    def __init__(self, guess=None):
        self.guess = guess
        self.measured = {}  # hidden width: (seconds forward, seconds forward and backward)
        super().__init__()

    def draw(self, figure):
        axes = self.axes = figure.add_axes((0.165, 0.15, 0.81, 0.71))
        axes.set(ylim=(10.4, -0.6), yticks=[], xlabel="forward passes")
        self.moving("title", figure.text(0.012, 0.94, "", fontsize=11.5, va="center"))
        self.rows, self.colors = {}, {"forward": MODEL, "both": GRADIENT, "nudging": DATA}
        for n, (hidden, sizes) in enumerate(NETWORKS.items()):
            base = 3.5 * n
            name = "-".join(map(str, sizes))
            axes.text(-0.012, base + 1, f"{name}\n{weight_count(sizes):,} weights", ha="right", va="center",
                      fontsize=9.5, transform=axes.get_yaxis_transform())
            for k, (key, color) in enumerate(self.colors.items()):
                self.rows[hidden, key] = base + k
                self.moving(f"{key}{hidden}", axes.fill([1] * 4, [0] * 4, fc=color, ec=color)[0])
                self.moving(f"{key}{hidden}:name", axes.text(1, base + k, "", va="center", fontsize=9.5, color=color))
        if self.guess is not None:
            self.moving("guess", axes.plot([], [], "D", color=GUESS, ms=7, mec=PAPER, clip_on=False, zorder=5))
            text = f"your guess for forward + backward: {float(self.guess):,.4g} forward passes"
            axes.text(0.018, 9.9, text, color=GUESS, va="center", fontsize=9.5, transform=axes.get_yaxis_transform())

    # ---- numbers ------------------------------------------------------------------------------------------------

    def ratio(self, hidden):
        """Forward and backward pass together, in forward passes: measured if it was, else counted."""
        if hidden in self.measured:
            forward, both = self.measured[hidden]
            return both / forward
        return counted_ratio(NETWORKS[hidden])

    def nudging(self, hidden):
        """Forward passes that finite differences need for all weights."""
        weights = weight_count(NETWORKS[hidden])
        return 2 * weights if self.value["central"] else weights + 1

    def _scale(self):
        log = self.value["log"]
        if getattr(self, "_log", None) == log:
            return
        self._log = log
        self.axes.set_xscale("log" if log else "linear")
        self.axes.set_xlim(*((0.6, 2e6) if log else (0, 8.5e5)))
        ticks = 10 ** np.arange(7) if log else np.arange(0, 800_001, 200_000)
        self.axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        self.axes.minorticks_off()

    def _along(self, cost):
        """How far along the axis a cost stands, 0 to 1."""
        start, end = self.axes.get_xlim()
        if self._log:
            return np.log(cost / start) / np.log(end / start)
        return (cost - start) / (end - start)

    def _at(self, part):
        """The cost that stands at this part of the axis: the inverse of `_along`."""
        start, end = self.axes.get_xlim()
        return start * (end / start) ** part if self._log else start + part * (end - start)

    def update(self):
        self._scale()
        guess = None if self.guess is None else float(np.clip(self._along(max(self.guess, 1e-9)), 0.006, 0.99))
        for hidden in NETWORKS:
            for key, cost, text in self._bars(hidden):
                y = self.rows[hidden, key]
                part = self._along(cost)
                self.artists[f"{key}{hidden}"].set_xy(_box(self._at(0), y - 0.4, cost - self._at(0), 0.8))
                name = self.artists[f"{key}{hidden}:name"]
                inside = part > 0.55  # a long bar carries its own words
                if key == "both" and guess is not None and -0.012 < guess - part < 0.35:
                    part = guess + 0.004  # the words begin behind the guess's mark
                name.set_text(text)
                name.set_color(PAPER if inside else self.colors[key])
                name.set_ha("right" if inside else "left")
                name.set_position((self._at(part - 0.008 if inside else part + 0.008), y))
        if self.measured:
            title = "Measured here, on one thread, 64 samples a pass; finite differences: that many times one pass"
        else:
            title = "Counted multiplications, the same on every machine"
        self.artists["title"].set_text(title)
        if guess is not None:
            at = self._at(guess)
            self.artists["guess"].set_data([at] * 3 + [self._at(0.006)],
                                           [self.rows[hidden, "both"] for hidden in NETWORKS] + [9.9])

    def _bars(self, hidden):
        """(key, cost in forward passes, text) of a network's three bars."""
        times = self.measured.get(hidden)
        forward, both, nudging = 1.0, self.ratio(hidden), self.nudging(hidden)
        texts = ["forward 1", f"forward + backward {both:.2f}", f"finite differences {nudging:,}"]
        if times:
            for n, cost in enumerate((forward, both, nudging)):
                texts[n] += f"  ({_duration(cost * times[0])})"
        return zip(("forward", "both", "nudging"), (forward, both, nudging), texts, strict=True)

    # ---- measuring ----------------------------------------------------------------------------------------------

    def pressed(self, name):
        self.measured = {} if name == "reset" else measure()

    # ---- in words -----------------------------------------------------------------------------------------------

    def describe(self):
        how = "Measured on this machine" if self.measured else "Counted in multiplications"
        parts = [
            f"{weight_count(sizes):,} weights: forward and backward {self.ratio(hidden):.2f}, "
            f"finite differences {self.nudging(hidden):,}"
            for hidden, sizes in NETWORKS.items()
        ]
        scale = "logarithmic" if self.value["log"] else "linear"
        return f"{how}, in forward passes, on a {scale} scale. {'; '.join(parts)}."

    def in_words(self):
        lines = [self.describe()]
        for hidden, sizes in NETWORKS.items():
            lines.append(f"Layers {'-'.join(map(str, sizes))}: " + "; ".join(text for _, _, text in self._bars(hidden)))
        return "\n".join(lines)

    def read(self):
        way = "measured" if self.measured else "counted"
        return {f"{weight_count(sizes):,} weights": f"{self.ratio(hidden):.2f} {way}"
                for hidden, sizes in NETWORKS.items()}


def _duration(seconds):
    """A time in the unit that reads best."""
    for limit, size, unit in ((1e-3, 1e-6, "µs"), (1, 1e-3, "ms"), (120, 1, "s"), (7200, 60, "min")):
        if seconds < limit:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 3600:.3g} h"


def _passes(sizes, batch=64):
    """Two functions of a random tanh network: its forward pass, and its forward and backward pass together."""
    rng = np.random.default_rng(0)
    weights = [rng.normal(0, a**-0.5, (a, b)) for a, b in pairwise(sizes)]
    biases = [np.zeros(b) for b in sizes[1:]]
    X, classes = rng.normal(size=(batch, sizes[0])), rng.integers(0, sizes[-1], batch)
    rows = np.arange(batch)

    def forward():
        layers = [X]
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            layers.append(np.tanh(layers[-1] @ W + b))
        s = layers[-1] @ weights[-1] + biases[-1]
        q = np.exp(s - s.max(axis=1, keepdims=True))
        q /= q.sum(axis=1, keepdims=True)
        return layers, q, -np.log(q[rows, classes]).mean()

    def both():
        layers, delta, _ = forward()
        delta[rows, classes] -= 1
        delta /= batch
        gradients = []
        for n in reversed(range(len(weights))):
            gradients += [layers[n].T @ delta, delta.sum(axis=0)]
            if n:
                delta = (delta @ weights[n].T) * (1 - layers[n] ** 2)
        return gradients

    return forward, both


def _time(sizes, seconds):
    """(seconds of a forward pass, of a forward and backward pass): the quickest of many, taken in turns."""
    passes = _passes(sizes)
    best = [float("inf"), float("inf")]
    until = time.perf_counter() + seconds
    while True:
        for n, run in enumerate(passes):
            start = time.perf_counter()
            run()
            best[n] = min(best[n], time.perf_counter() - start)
        if time.perf_counter() > until:
            return best


def measure(seconds=0.35):
    """{hidden width: (seconds of a forward pass, of a forward and backward pass)} on one thread of this machine.

    NumPy settles how many threads it takes when it is loaded, and threads that wait for each other on a busy machine
    can make a pass fifty times as long. So the passes run in a Python of their own that is told to take one.
    """
    parts = [inspect.getsource(_passes), inspect.getsource(_time)]
    parts.append(f"print(json.dumps([_time(sizes, {seconds}) for sizes in {list(NETWORKS.values())}]))")
    program = "\n".join(["import json, time", "from itertools import pairwise", "import numpy as np", *parts])
    one = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "BLIS")}
    environment = os.environ | one | {"VECLIB_MAXIMUM_THREADS": "1"}
    command = [sys.executable, "-P", "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError("a second Python, which is to do the timing, did not run")
    return {hidden: tuple(times) for hidden, times in zip(NETWORKS, json.loads(done.stdout), strict=True)}


# ---- what the lesson calls -----------------------------------------------------------------------------------------


def two_pass_net(guess=None, net="hand"):
    """Figure 4a: forward and backward on the same wires; `guess` (a number for ∂L/∂w₁ of the hand net) is marked.

    `net` is "hand" or "wide": which network it opens with.
    """
    return TwoPassNet(guess, net)


def shape_machine():
    """Figure 4b: build dW, dX and db out of X, W and δ."""
    return ShapeMachine()


def cost_bars(guess=None):
    """Figure 4c: what a gradient costs; `guess` (forward passes for one forward and backward pass) is marked."""
    return CostBars(guess)
