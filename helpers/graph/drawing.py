"""Painting a planned graph: boxes for numbers, wires for who uses whom, on each a sticker with its slope."""

import base64
import io
import math
import warnings

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from PIL import Image

from helpers.graph.layout import DPI, FINE, digits_for, make_plan
from helpers.graph.reading import read_graph
from helpers.graph.words import again, alt_text, heading, number, transcript
from helpers.palette import GRADIENT, INK, PAPER, TEXT, WRONG
from helpers.plain import PlainError

WIRE = "#8A8A8A"


def sheet(figure, plan, left=0.0, bottom=0.0):
    """Axes whose unit is the inch, for painting `plan` with its bottom left corner at (left, bottom)."""
    width, height = figure.get_size_inches()
    axes = figure.add_axes((left / width, bottom / height, plan.width / width, plan.height / height))
    axes.set(xlim=(0, plan.width), ylim=(0, plan.height))
    axes.set_axis_off()
    return axes


def rounded(at, radius=0.07, grow=0.0):
    """The corners of a Place as a polygon with round corners, points (n, 2), closed."""
    w, h = at.width / 2 + grow, at.height / 2 + grow
    r = min(radius, w, h)
    angles = np.linspace(0, np.pi / 2, 5)
    corner = np.column_stack([np.cos(angles), np.sin(angles)]) * r
    parts = []
    for sx, sy, turned in ((1, 1, False), (-1, 1, True), (-1, -1, False), (1, -1, True)):
        part = corner * (sx, sy) + (sx * (w - r), sy * (h - r))
        parts.append(part[::-1] if turned else part)
    return np.concatenate([*parts, parts[0][:1]]) + np.array([at.x, at.y])


def paint_ground(axes, graph, plan):
    """What never changes: wires with their arrowheads, blank stickers, boxes, and names that stand a second time."""
    wires = [points for _, points in sorted(plan.wires.items())]
    axes.add_collection(LineCollection(wires, colors=WIRE, linewidths=1.2, zorder=1))
    tips = [points[-1] + [(-0.09, 0.04), (0, 0), (-0.09, -0.04)] for points in wires]
    axes.add_collection(PolyCollection(tips, facecolors=WIRE, edgecolors="none", zorder=1.5))
    pills = [rounded(at, 0.06) for _, at in sorted(plan.stickers.items())]
    axes.add_collection(PolyCollection(pills, facecolors=PAPER, edgecolors="#BBBBBB", linewidths=0.8, zorder=2))
    last, looks = len(graph.nodes) - 1, {"facecolors": [], "edgecolors": [], "linewidths": []}
    for index in plan.boxes:
        looks["facecolors"].append(PAPER if graph.nodes[index].operands else "#EFF3F6")
        looks["edgecolors"].append(INK if index == last else "#777777")
        looks["linewidths"].append(2 if index == last else 1.1)
    axes.add_collection(PolyCollection([rounded(at) for at in plan.boxes.values()], zorder=2, **looks))
    ghosts = [rounded(at) for _, at in plan.again]
    axes.add_collection(PolyCollection(ghosts, facecolors=PAPER, edgecolors="#9A9A9A", linestyles="--", zorder=2))
    for index, at in plan.again:
        write(axes, at.x, at.y, again(graph.nodes[index]), plan.size, color="#555555", gid=f"again {index}")


def write(axes, x, y, text, size, color=INK, bold=False, ha="center", gid=""):
    """A text whose middle stands at (x, y); dollar signs in a learner's label stay dollar signs."""
    look = {"size": size, "color": color, "weight": "bold" if bold else "normal", "zorder": 5, "gid": gid}
    return axes.text(x, y, text, ha=ha, va="center_baseline", parse_math=False, **look)


class Drawing:
    """A drawn graph: the last expression of a cell shows it as a picture with its alt text.

    `transcript` says the same in words, one line a node; `alt` is its first sentence; `figure` is Matplotlib's.
    """

    def __init__(self, graph, figure, plan, edges, grads):
        self.graph, self.figure, self.plan = graph, figure, plan
        self._edges, self._grads = edges, grads

    @property
    def alt(self):
        """One or two sentences: what is drawn, with the numbers at both ends."""
        return alt_text(self.graph, self._grads)

    @property
    def transcript(self):
        """The whole drawing in words: one line a node, operands before results."""
        return transcript(self.graph, self._grads)

    def picture(self, scale=1):
        """The picture as an array (height, width, 4) of uint8, `scale` pixels to a CSS pixel."""
        self.figure.dpi = DPI * scale
        canvas = FigureCanvasAgg(self.figure)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            canvas.draw()
        return np.asarray(canvas.buffer_rgba()).copy()

    def __repr__(self):
        return self.alt

    def _repr_mimebundle_(self, **_):
        stream = io.BytesIO()
        picture = self.picture(FINE)
        Image.fromarray(picture[..., :3]).save(stream, "PNG", compress_level=6)
        data = {"text/plain": repr(self), "image/png": base64.b64encode(stream.getvalue()).decode("ascii")}
        size = {"width": picture.shape[1] // FINE, "height": picture.shape[0] // FINE}
        return data, {"image/png": {"alt": self.alt, **size}}


def draw(root, edges="slopes", grads=None, width=9.0):
    """Draw the graph of the expression that ends in `root`; returns a Drawing.

    Works for helpers.value.Value and for any class with `data` and `_prev`; `_op`, `label`, `grad` and `_slopes` are
    used where they exist. `edges` says what stands on the wires: "slopes" (how much the result moves when the operand
    does), "contributions" (slope times the result's gradient: what flows back along the wire), "both" or "none".
    `grads` shows the gradients; by default if one of them is not zero. `width` is in inches. Nothing is changed.
    Raises PlainError for what is no expression, for more than 60 nodes, for a cycle and for an unknown `edges`.
    """
    if edges not in ("slopes", "contributions", "both", "none"):
        raise PlainError(f'edges is "slopes", "contributions", "both" or "none", not {edges!r}.')
    graph = read_graph(root)
    if grads is None:
        known = [node.grad for node in graph.nodes if isinstance(node.grad, (float, np.ndarray))]
        grads = any(np.any(grad != 0) for grad in known)
    digits, lines = digits_for(len(graph.nodes)), {}
    for node in graph.nodes:
        lines[node.index] = [(heading(node, digits),), (number(node.data, digits),)]
        if grads:
            lines[node.index].append((f"grad {number(node.grad, digits)}",))
    stickers = {
        (node.index, place): text
        for node in graph.nodes
        for place in range(len(node.operands))
        if (text := _on_edge(node, place, edges, digits))
    }
    plan = make_plan(graph, lines, stickers, width)
    with matplotlib.rc_context(TEXT):
        figure = Figure(figsize=(plan.width, plan.height), dpi=DPI)
        axes = sheet(figure, plan)
        paint_ground(axes, graph, plan)
        for index, at in plan.boxes.items():
            looks = ({"bold": True}, {}, {"color": GRADIENT, "bold": True})
            spots = plan.spots(at, len(lines[index]))
            for (x, y, ha), (text,), look in zip(spots, lines[index], looks, strict=False):
                write(axes, x, y, text, plan.size, ha=ha, gid=f"box {index}", **look)
        color = GRADIENT if edges == "contributions" else INK
        for (user, place), at in plan.stickers.items():
            if graph.nodes[user].misjudged(place):
                axes.fill(*rounded(at, 0.06).T, fc=WRONG, ec=WRONG, zorder=3)
            write(axes, at.x, at.y, stickers[user, place], plan.size, color=color, gid=f"sticker {user} {place}")
    return Drawing(graph, figure, plan, edges, grads)


def _on_edge(node, place, edges, digits):
    slope = node.stickers[place]
    if edges == "none" or slope is None:
        return ""
    if edges == "slopes":
        return number(slope, digits)
    paid = slope * node.grad if isinstance(node.grad, float) else math.nan
    if edges == "contributions":
        return number(paid, digits)
    return f"{number(slope, digits)} · {number(node.grad, digits)} = {number(paid, digits)}"
