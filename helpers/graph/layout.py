"""Where everything of a drawn graph stands, in inches.

Text stands only where no foreign wire may run, so nothing has to be moved apart afterwards. A long graph goes on in the
next row, as a text does. The more nodes, the closer the style.
"""

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from helpers.graph.layers import Row, columns_of
from helpers.graph.words import again

DPI = 100
FINE = 2  # pixels each way for a pixel of the page
MARGIN = 0.1  # inches
PADDING = 0.07  # between a box's side and its text
BETWEEN = 0.1  # between a name and a value beside it
NOTE = 0.2  # the height of a note under a box
WIDEST_NOTE = 1.1


@dataclass(frozen=True)
class Place:
    """A rectangle in inches from the bottom left corner: its middle and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self):
        return self.x - self.width / 2

    @property
    def top(self):
        return self.y + self.height / 2


@dataclass(frozen=True)
class Plan:
    """Where everything of a drawing stands: in inches, with y upwards."""

    width: float
    height: float
    style: "Style"
    boxes: dict  # node -> Place
    again: tuple  # (node, Place) where a node from a row above is named once more
    stickers: dict  # (user, place among its operands) -> Place
    wires: dict  # the same -> points (n, 2) from the operand's box to the user's
    crossings: int

    @property
    def size(self):
        """Of letters, in points."""
        return self.style.size

    def spots(self, at, count):
        """Where the `count` texts of a box stand, as (x, y, horizontal alignment): name, value, gradient."""
        rows = count - (self.style.beside and count > 1)
        heights = [at.y + ((rows - 1) / 2 - i) * self.style.line for i in range(rows)]
        if rows == count:
            return [(at.x, y, "center") for y in heights]
        left, right = at.left + PADDING, at.left + at.width - PADDING
        return [(left, heights[0], "left"), *((right, y, "right") for y in heights)]


@dataclass(frozen=True)
class Style:
    """How roomy a drawing is: letters in points, everything else in inches."""

    size: float
    beside: bool  # the value stands beside the name, and notes have no room; else under it
    channel: float  # between columns, for the bends of the wires
    gap: float  # between boxes above each other
    between: float  # between rows

    @property
    def line(self):
        """From one line of text to the next."""
        return 1.42 * self.size / 72

    @property
    def note(self):
        """The size of the letters under a box, or 0 where there is no room."""
        return 0 if self.beside else self.size - 1.5


STYLES = (  # the first that is no taller than TALL is taken, else the one that is least tall
    Style(10.5, False, 0.3, 0.13, 0.3),
    Style(9.5, True, 0.26, 0.11, 0.22),
    Style(8.5, True, 0.18, 0.08, 0.16),
)
TALL = 3.9


def digits_for(count):
    """Significant digits in a drawing of so many nodes."""
    return 4 if count <= 9 else 3


class _Measures:
    """How large everything of a drawing is, in inches, before it is known where it stands."""

    def __init__(self, graph, lines, stickers, notes, style):
        self.graph, self.lines, self.style = graph, lines, style
        self.pitch = 1.5 * style.size / 72 + 0.03
        self.below = NOTE if notes and style.note else 0.0  # kept free under each box
        self.pill = {key: text_width(text, style.size) + 0.08 for key, text in stickers.items() if text}
        self.box = {index: self._wide(rows, notes.get(index, ())) for index, rows in lines.items()}
        self.name = max(text_width(again(node), style.size) for node in graph.nodes) + 2 * PADDING
        self._columns()

    def _wide(self, rows, notes):
        style = self.style
        wide = [max(text_width(text, style.size, bold=i != 1) for text in texts) for i, texts in enumerate(rows)]
        if style.beside and len(wide) > 1:
            wide = [wide[0] + BETWEEN + wide[1], *wide[2:]]
        if self.below:
            wide += [min(WIDEST_NOTE, text_width(note, style.note, bold=True)) - 2 * PADDING for note in notes]
        return max(wide) + 2 * PADDING

    def _columns(self):
        """Of each column the width of its stickers, of its boxes, and of its leaves alone."""
        self.column = columns_of(self.graph)
        self.zone, self.room, self.front = ([0.0] * (max(self.column) + 1) for _ in range(3))
        for node in self.graph.nodes:
            c = self.column[node.index]
            self.room[c] = max(self.room[c], self.box[node.index])
            if not node.operands:
                self.front[c] = max(self.front[c], self.box[node.index])
            for place in range(len(node.operands)):
                self.zone[c] = max(self.zone[c], self.pill.get((node.index, place), 0.0) + 0.18)

    def tall(self, item):
        """How high an item is, with what is kept free below it."""
        if item[0] == "pass":
            return 0.06
        if item[0] == "again":
            return self.style.line + 0.08
        count, ports = len(self.lines[item[1]]), len(self.graph.nodes[item[1]].operands)
        rows = count - (self.style.beside and count > 1)
        return max(rows * self.style.line + 0.1, ports * self.pitch) + self.below

    def cuts(self, width):
        """The ways to cut the columns into as few rows as fit `width`: for each its (first, last) columns."""
        found = [self._cut(width)]
        for limit in np.arange(width, 0, -0.1):
            shorter = self._cut(limit)
            if len(shorter) > len(found[0]):
                break
            if shorter not in found:
                found.append(shorter)
        return found

    def _cut(self, limit):
        rows, first, last = [], 0, max(self.column)
        while first <= last:
            before = max(self.name, self.front[first - 1]) + self.style.channel if first else 0.0
            used, end = 2 * MARGIN + before + self.zone[first] + self.room[first], first + 1
            while end <= last:
                used += self.style.channel + self.zone[end] + self.room[end]
                if used > limit and end > 1:  # leaves go to the row where they are used: none is left with leaves alone
                    break
                end += 1
            rows.append((first, end - 1))
            first = end
        return rows


def make_plan(graph, lines, stickers, width=9.0, notes=None):
    """Where everything stands in a drawing at most `width` inches wide (wider only if two columns are).

    `lines[i]` holds what stands in node i's box: name, value and, where it is shown, gradient; each a tuple of the
    texts that may stand there. `stickers` maps (user, place) to its text, and a wire without one has no sticker.
    `notes` maps nodes to what may stand under their boxes, where the style has room for it. The roomiest style that is
    no taller than TALL is taken.
    """
    lowest, rows = None, {}
    for style in STYLES:
        if lowest and lowest.height > 2 * TALL and style != STYLES[-1]:
            continue  # far too tall: only the closest style can help
        measures = _Measures(graph, lines, stickers, notes or {}, style)
        for cut in measures.cuts(width):
            plan = _plan(measures, cut, width, rows)
            if lowest is None or plan.height < lowest.height:
                lowest = plan
        if lowest.height <= TALL:
            break
    return lowest


def _plan(measures, cut, width, rows):
    """One Plan; `rows` keeps each Row, which is the same in every style, for the next plan."""
    stands = _Stands(measures, width)
    for ends in cut:
        rows[ends] = rows.get(ends) or Row(measures.graph, measures.column, *ends)
        stands.add(rows[ends])
    height = _whole(stands.depth - measures.style.between + MARGIN)
    return Plan(
        _whole(stands.right + MARGIN),
        height,
        measures.style,
        {index: _flipped(at, height) for index, at in sorted(stands.boxes.items())},
        tuple((index, _flipped(at, height)) for index, at in stands.again),
        {key: _flipped(at, height) for key, at in sorted(stands.stickers.items())},
        {key: points * (1, -1) + (0, height) for key, points in sorted(stands.wires.items())},
        sum(rows[ends].crossings() for ends in cut),
    )


class _Stands:
    """Collects where everything stands, row by row, y downwards."""

    def __init__(self, measures, width):
        self.measures, self.width = measures, width
        self.boxes, self.again, self.stickers, self.wires = {}, [], {}, {}
        self.depth, self.right = MARGIN, 0.0

    def add(self, row):
        """Put one more row below the others."""
        m = self.measures
        y, ports, height = row.place(m.tall, m.style.gap, m.pitch, m.below)
        start, box_start, end = self._across(row)
        self.right = max(self.right, *end.values())
        for c, items in row.columns.items():
            for item in items:
                middle, wide = (box_start[c] + end[c]) / 2, end[c] - box_start[c]
                if item[0] == "node":
                    self.boxes[item[1]] = Place(middle, self.depth + y[item], wide, m.tall(item) - m.below)
                elif item[0] == "again":
                    self.again.append((item[1], Place(middle, self.depth + y[item], wide, m.tall(item))))
        for (node, place), port in ports.items():
            c, key = m.column[node[1]], (node[1], place)
            if key in m.pill:
                middle = box_start[c] - 0.12 - m.pill[key] / 2
                self.stickers[key] = Place(middle, self.depth + port, m.pill[key], m.pitch - 0.05)
            points = _wire(row.ways[key], start, end, y, (start[c], port), box_start[c])
            self.wires[key] = points + np.array([0, self.depth])
        self.depth += height + m.style.between

    def _across(self, row):
        """For each column of a row where its stickers begin, where its boxes begin and where they end."""
        m, wide, zone = self.measures, {}, {}
        for c, items in row.columns.items():
            zone[c] = m.zone[c] if c >= row.first else 0.0
            wide[c] = max(m.box[item[1]] if item[0] == "node" else m.name for item in items if item[0] != "pass")
        spaces = max(len(wide) - 1, 1)
        spare = self.width - 2 * MARGIN - sum(wide.values()) - sum(zone.values()) - m.style.channel * spaces
        step, at = m.style.channel + min(max(spare / spaces, 0.0), 0.55), MARGIN
        start, box_start, end = {}, {}, {}
        for c in sorted(wide):
            start[c], box_start[c], end[c] = at, at + zone[c], at + zone[c] + wide[c]
            at = end[c] + step
        return start, box_start, end


def _whole(inches):
    """Rounded up to whole pixels."""
    return math.ceil(inches * DPI - 1e-6) / DPI


def _flipped(at, height):
    return Place(at.x, height - at.y, at.width, at.height)


def _wire(way, x, right, y, end, box_left):
    """The points of one wire, from the box where its `way` starts to the port at `end`, y downwards.

    Columns reach from `x` to `right`. Within one the wire is level; it bends only between two.
    """
    (column, item), *passed = way
    points = [(right[column], y[item])]
    for column, item in passed:
        points += [*_bend(points[-1], (x[column], y[item])), (right[column], y[item])]
    return np.array([*points, *_bend(points[-1], end), (box_left, end[1])])


def _bend(start, end, count=16):
    """A curve that leaves and arrives level, without its first point."""
    (x0, y0), (x1, y1) = start, end
    if abs(y0 - y1) < 1e-9:
        return [end]
    t = np.linspace(0, 1, count)[1:]
    x = x0 * (1 - t) ** 3 + 3 * (x0 + x1) / 2 * (t * (1 - t) ** 2 + t**2 * (1 - t)) + x1 * t**3
    y = y0 * ((1 - t) ** 3 + 3 * t * (1 - t) ** 2) + y1 * (3 * t**2 * (1 - t) + t**3)
    return list(zip(x.tolist(), y.tolist(), strict=True))


def text_width(text, size, bold=False):
    """How many inches a text is wide, in the widest of the resolutions that are drawn."""
    key = (text, size, bold)
    if key not in _WIDTHS:
        font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
        _WIDTHS[key] = max(
            _renderer(dpi).get_text_width_height_descent(text, font, False)[0] / dpi for dpi in (DPI, FINE * DPI)
        )
    return _WIDTHS[key]


_WIDTHS, _RENDERERS = {}, {}


def _renderer(dpi):
    if dpi not in _RENDERERS:
        _RENDERERS[dpi] = RendererAgg(1, 1, dpi)
    return _RENDERERS[dpi]
