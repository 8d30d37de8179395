"""The drawing pad: 8 × 8 cells of ink, drawn by mouse, finger or keyboard, and what a reader makes of them.

It knows no network: `read(cells, digit)` is handed in and answers with a `Reading`. The pen's strokes are kept as
points and blackened on a fine grid, whose blocks are then averaged, as the makers of the digits data did with theirs.
Everything can be driven from Python: `pad.draw(points)`, `pad.set_cell(row, col, ink)`, `pad.reading`, `pad.alt`.
"""

import base64
import io
import textwrap
import threading
from dataclasses import dataclass
from pathlib import Path

import anywidget
import matplotlib
import numpy as np
import traitlets
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from helpers.palette import DATA, FAINT, GRADIENT, INK, MODEL, TEXT
from helpers.plain import PlainError

__all__ = ["Pad", "Reading", "blacken", "fitted"]

HERE = Path(__file__).parent
SIDE = 8  # cells a row, and rows
FULL = 16  # ink of a black cell
FINE = 8  # points of the fine grid across a cell
PEN = 0.7  # radius of the pen in cells: strokes then carry as much ink as those of the digits data, about 19.5 cells
SOFT = 0.15  # width of its soft edge, half of it outside
WIDEST = 3.8  # widest that the middle of the strokes gets, in cells; the data's digits are taller than wide
MIDDLE = (4.05, 4.0)  # where the middle of the data's digits lies: x, y in cells
A_DOT = 0.5  # a drawing no larger than this, in cells, is a dot: it is centred, and not blown up
NEAR = 0.08  # points of a stroke that are nearer than this, in cells, add nothing
MOST = 2000  # points in a stroke
UNDOS = 200
NO_INK = (
    "There is no ink on the pad, so there is nothing to read. (A network would name a digit all the same: "
    "it has ten answers, and none of them is “nothing”.)"
)
NO_READER = (
    "There is no network behind this pad, so it reads nothing. Hand it a trained one: drawing_pad(reader). "
    "Drawing works already."
)
FITTED = (
    "The digits that the network learnt from fill all 8 rows and stand in the middle. So your drawing is brought to "
    "8 rows, squeezed if it is too wide, and centred; then the ink in each cell is counted, from 0 to 16."
)
NOT_FITTED = "Nothing is moved: the ink in each cell is counted where it lies, from 0 to 16."


@dataclass(frozen=True)
class Reading:
    """What a reader says to 64 cells: the digit it reads, the ten `probabilities`, and the `gradient` (64,).

    The gradient is the slope of log(probability of `about`) for each cell, ink counted from 0 to 1.
    """

    digit: int
    probabilities: np.ndarray
    gradient: np.ndarray
    about: int


def blacken(strokes):
    """The ink in each cell, shape (8, 8), whole numbers 0..16, after these strokes: arrays (n, 2) of x, y in cells.

    x goes to the right and y down, both from 0 to 8. A single point makes a dot.
    """
    places = (np.arange(SIDE * FINE) + 0.5) / FINE
    ink = np.zeros((SIDE * FINE, SIDE * FINE))
    for stroke in strokes:
        points = _thinned(np.asarray(stroke, dtype=float).reshape(-1, 2))
        ends = points[1:] if len(points) > 1 else points
        for (ax, ay), (bx, by) in zip(points, ends, strict=False):
            dx, dy = bx - ax, by - ay
            length = dx * dx + dy * dy
            columns, rows = _near(ax, bx), _near(ay, by)  # all others are too far away to get any ink
            x, y = places[columns], places[rows, None]
            along = np.clip(((x - ax) * dx + (y - ay) * dy) / length, 0, 1) if length else 0.0
            far = np.hypot(x - ax - along * dx, y - ay - along * dy)
            part = ink[rows, columns]
            np.maximum(part, np.clip((PEN + SOFT / 2 - far) / SOFT, 0, 1), out=part)
    blocks = ink.reshape(SIDE, FINE, SIDE, FINE).mean(axis=(1, 3))
    return np.rint(FULL * blocks)


def _near(one, other):
    """The slice of the fine grid, along one side, that the pen's ink can reach between two places, in cells."""
    reach = PEN + SOFT
    low, high = min(one, other) - reach, max(one, other) + reach
    return slice(max(0, int(low * FINE)), max(0, int(high * FINE) + 1))


def _thinned(points):
    """The points without those that lie on top of the one before; the last one stays."""
    kept = list(points[:1])
    for point in points[1:]:
        if np.hypot(*(point - kept[-1])) >= NEAR:
            kept.append(point)
    if len(points) and not np.array_equal(kept[-1], points[-1]):
        kept.append(points[-1])
    return np.array(kept).reshape(-1, 2)


def fitted(strokes):
    """The same strokes, as tall as the pad, squeezed if too wide, and with their middle in the pad's."""
    strokes = [np.asarray(stroke, dtype=float).reshape(-1, 2) for stroke in strokes]
    if not strokes:
        return []
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    width, height = high - low
    span = SIDE - 2 * PEN
    if max(width, height) <= A_DOT:
        wide = tall = 1.0
    elif height <= width / 3:  # a lying dash: its length counts, or it would become a black pad
        wide = tall = span / width
    else:
        tall = span / height
        wide = min(tall, WIDEST / width) if width else tall
    return [(stroke - (low + high) / 2) * (wide, tall) + MIDDLE for stroke in strokes]


class Pad(anywidget.AnyWidget):
    """A drawing pad with a reader behind it, or none.

    `read(cells, digit)` takes cells (64,) in 0..1 and the digit to ask about, or None for the one that is read, and
    returns a `Reading`; its exceptions become a sentence on the pad. `examples` is a list of (name, ink (64,) in
    0..16) that the button "Another test digit" goes through; with a reader, the first is on the pad at the start.
    """

    _esm = HERE / "pad.js"
    _css = HERE / "pad.css"
    face = traitlets.Dict().tag(sync=True)  # what never changes
    shown = traitlets.Dict().tag(sync=True)  # what is on the pad now, and what was read

    name = "drawing pad"
    task = "Draw a digit with mouse or finger, or cell by cell with the keyboard, and see what is read."
    _actions = ("stroke", "set_cell", "clear", "undo", "another", "set_fit", "ask")

    def __init__(self, read=None, examples=()):
        super().__init__()
        self._read = read
        self._examples = [(str(name), _inked(ink)) for name, ink in examples]
        self._next = 0
        self._base, self._strokes = np.zeros((SIDE, SIDE)), []
        self._origin = ""  # what was put there, until the pen touches it
        self._past = []
        self._asked, self._fit = None, True
        self._turn, self._seq = 0, 0
        self._one_at_a_time = threading.RLock()  # JupyterLab may hand messages to another thread
        self.face = {
            "name": self.name,
            "task": self.task,
            "pen": PEN,
            "reads": read is not None,
            "examples": len(self._examples),
        }
        if read is not None and self._examples:
            self._put(0)
        self._show()
        self.on_msg(self._on_message)

    # ---- driving it ---------------------------------------------------------------------------------------------

    def draw(self, points):
        """One stroke of the pen, down to up: (x, y) in cells, x to the right and y down, from 0 to 8.

        Raises PlainError for what is no list of pairs of finite numbers.
        """
        self.stroke(points, first=True)

    def stroke(self, points, first=True):
        """A stroke, or with `first` False the next piece of it while the pen is still down."""
        points = _pairs(points)
        with self._one_at_a_time:
            if first:
                self._remember()
                if self._origin:  # the pen wipes an example away
                    self._base, self._origin = np.zeros((SIDE, SIDE)), ""
                self._strokes = [*self._strokes, points]
            elif self._strokes:
                self._strokes = [*self._strokes[:-1], np.concatenate([self._strokes[-1], points])[:MOST]]
            self._show()

    def set_cell(self, row, col, ink):
        """Put this much ink, 0 to 16, into one cell; rows and columns count from 0.

        From then on nothing is centred any more, until the pad is clear. PlainError for a cell or ink that isn't.
        """
        row, col = (_whole(value, SIDE - 1, what) for value, what in ((row, "a row"), (col, "a column")))
        try:
            number = float(ink)
        except (TypeError, ValueError):
            number = np.nan
        if isinstance(ink, bool) or not 0 <= number <= FULL:
            raise PlainError(f"Ink goes from 0 (white) to {FULL} (black), and this is {ink!r}.")
        with self._one_at_a_time:
            cells = self.cells
            if cells[row, col] != number:
                self._remember()
                cells[row, col] = number
                self._base, self._strokes, self._origin = cells, [], ""
            self._show()

    def load(self, number):
        """Put example `number` on the pad, counted from 0: a digit that the network wasn't trained on."""
        if not self._examples:
            raise PlainError("This pad has no examples.")
        number = _whole(number, len(self._examples) - 1, "an example's number")
        with self._one_at_a_time:
            self._remember()
            self._put(number)
            self._show()

    def another(self):
        """Put the next example on the pad."""
        self.load(self._next % max(len(self._examples), 1))

    def clear(self):
        """Wipe the pad. `undo` brings it back."""
        with self._one_at_a_time:
            if self.cells.any() or self._strokes:
                self._remember()
            self._base, self._strokes, self._origin = np.zeros((SIDE, SIDE)), [], ""
            self._show()

    def undo(self):
        """Take back the last stroke, cell or wipe; with nothing to take back, nothing happens."""
        with self._one_at_a_time:
            if self._past:
                self._base, self._strokes, self._origin, self._next = self._past.pop()
            self._show()

    def set_fit(self, on):
        """Whether drawings are brought to the size and place of the digits in the data."""
        if not isinstance(on, (bool, np.bool_)):
            raise PlainError(f"Centring is either True or False, not {on!r}.")
        with self._one_at_a_time:
            self._fit = bool(on)
            self._show()

    def ask(self, digit=None):
        """Let the gradient be about this digit, 0 to 9, or with None about the one that is read."""
        digit = None if digit is None else _whole(digit, 9, "a digit")
        with self._one_at_a_time:
            self._asked = digit
            self._show()

    # ---- what is there ------------------------------------------------------------------------------------------

    @property
    def cells(self):
        """The ink in each cell, a new array (8, 8), 0..16: what the network gets, times 16."""
        if not self._strokes:
            return self._base.copy()
        fit = self._fit and not self._base.any()
        return np.maximum(self._base, blacken(fitted(self._strokes) if fit else self._strokes))

    @property
    def reading(self):
        """The digit read; None where there is no ink, no network, or no answer."""
        return None if self._reading is None else self._reading.digit

    @property
    def probabilities(self):
        """The chances of the ten digits, (10,); None where nothing is read."""
        return None if self._reading is None else self._reading.probabilities.copy()

    @property
    def gradient(self):
        """The slope of log(chance) of `about` for each cell, (8, 8), ink counted 0 to 1; None where nothing is read."""
        return None if self._reading is None else self._reading.gradient.reshape(SIDE, SIDE).copy()

    @property
    def about(self):
        """The digit that the gradient is about; None where nothing is read."""
        return None if self._reading is None else self._reading.about

    @property
    def alt(self):
        """One or two sentences that say what is on the pad and what was read."""
        return self.shown["alt"]

    @property
    def words(self):
        """The pad as a longer text: the ink, the chances, the gradient."""
        return self.shown["words"]

    @property
    def sentence(self):
        """What the pad says about its drawing."""
        return self.shown["sentence"]

    @property
    def error(self):
        """One sentence where the last action or the network failed, else ""."""
        return self.shown["error"]

    # ---- state --------------------------------------------------------------------------------------------------

    def _remember(self):
        self._past = [*self._past[1 - UNDOS :], (self._base, self._strokes, self._origin, self._next)]

    def _put(self, number):
        self._origin, self._base = self._examples[number][0], self._examples[number][1].copy()
        self._strokes, self._next = [], number + 1

    def _on_message(self, _widget, message, _buffers):
        action = message.get("do")
        if action not in self._actions:
            return
        with self._one_at_a_time:
            self._seq = message.get("seq", 0)
            try:
                getattr(self, action)(**message.get("with", {}))
            except PlainError as error:
                self._show(str(error))
            except TypeError:
                self._show("The pad didn't understand that.")

    def _show(self, complaint=""):
        """Read what is there and send it, in one message."""
        cells = self.cells
        self._reading, trouble = self._take_reading(cells)
        self._turn += 1
        reading = self._reading
        self.shown = {
            "turn": self._turn,
            "seq": self._seq,
            "cells": [int(ink) if float(ink).is_integer() else round(float(ink), 2) for ink in cells.flat],
            "base": [float(ink) for ink in self._base.flat],
            "strokes": [np.round(stroke, 3).tolist() for stroke in self._strokes],
            "origin": self._origin,
            "fit": self._fit,
            "note": FITTED if self._fit and not self._base.any() else NOT_FITTED,
            "asked": self._asked,
            "about": None if reading is None else reading.about,
            "digit": self.reading,
            "probabilities": None if reading is None else [float(q) for q in reading.probabilities],
            "gradient": None if reading is None else [float(g) for g in reading.gradient],
            "sentence": self._sentence(cells),
            "slopes": self._slopes(),
            "alt": self._alt(cells),
            "words": self._words(cells),
            "error": complaint or trouble,
            "undo": bool(self._past),
        }

    def _take_reading(self, cells):
        """(Reading or None, a sentence about what went wrong or "")."""
        if self._read is None or not cells.any():
            return None, ""
        try:
            with np.errstate(all="ignore"):
                reading = self._read(cells.ravel() / FULL, self._asked)
        except PlainError as error:
            return None, str(error)
        except Exception as error:  # a learner's network runs here: what it raises belongs on the pad
            return None, f"The network could not read this: {str(error).strip() or type(error).__name__}."
        if not np.all(np.isfinite(reading.probabilities)):
            return None, "The network's answer is nan: its weights are no longer finite. Train it anew."
        return reading, ""

    def _sentence(self, cells):
        if self._read is None:
            return NO_READER
        if not cells.any():
            return NO_INK
        if self._reading is None:
            return "Nothing is read."
        first, second = np.argsort(-self._reading.probabilities, kind="stable")[:2]
        chance = self._reading.probabilities
        return f"It reads {_a(first)}, {_percent(chance[first])}. Next comes {second}, {_percent(chance[second])}."

    def _slopes(self):
        """The gradient picture in a sentence: where ink helps most, and where it hurts most."""
        if self._reading is None:
            return ""
        gradient, about = self._reading.gradient, self._reading.about
        if not np.abs(gradient).max() > 0:
            return f"No cell changes the chance of {_a(about)} at all: every slope is 0."
        best, worst = int(np.argmax(gradient)), int(np.argmin(gradient))
        return (
            f"More ink in row {best // SIDE + 1}, column {best % SIDE + 1} would make it more of {_a(about)}; "
            f"more ink in row {worst // SIDE + 1}, column {worst % SIDE + 1} would make it less of one."
        )

    def _alt(self, cells):
        inked = int(np.count_nonzero(cells))
        what = f"An 8 by 8 pad with ink in {inked} cell{'' if inked == 1 else 's'}" if inked else "An empty 8 by 8 pad"
        what += f": {self._origin}" if self._origin else ""
        return " ".join(filter(None, [f"{what}.", self._sentence(cells), self._slopes()]))

    def _words(self, cells):
        lines = [self._alt(cells), "Ink, row by row, 0 to 16:"]
        lines += [" ".join(f"{ink:2g}" for ink in row) for row in cells]
        if self._reading is not None:
            about, gradient = self._reading.about, self._reading.gradient.reshape(SIDE, SIDE)
            lines += ["Chances:", *(f"{digit}: {_percent(q)}" for digit, q in enumerate(self._reading.probabilities))]
            lines += [f"Slope of log(chance of {_a(about)}) for each cell, ink counted from 0 to 1:"]
            lines += [" ".join(f"{slope:+6.2f}" for slope in row).replace("-", "\N{MINUS SIGN}") for row in gradient]
        return "\n".join(lines)

    # ---- in a notebook ------------------------------------------------------------------------------------------

    def picture(self, scale=1):
        """The pad as a picture that runs nothing: an array (height, width, 4) of uint8."""
        with matplotlib.rc_context(TEXT):
            figure = Figure(figsize=(9.0, 3.4), dpi=100 * scale)
            canvas = FigureCanvasAgg(figure)
            self._paint(figure)
            canvas.draw()
            return np.asarray(canvas.buffer_rgba()).copy()

    def _paint(self, figure):
        cells = self.cells
        left = figure.add_axes((0.02, 0.05, 0.29, 0.77))
        title = "what the network gets" if self._read is not None else "what a network would get"
        left.set_title(f"ink in each cell, 0 to 16:\n{title}", fontsize=10)
        _grid(left, cells / FULL, "Greys", (0, 1))
        for (row, col), ink in np.ndenumerate(cells):
            if ink:
                left.text(col, row, f"{ink:g}", ha="center", va="center", fontsize=8, color=_on(ink))
        if self._reading is None:
            sentence = self.error or self._sentence(cells)
            figure.text(0.37, 0.5, _wrapped(sentence, 58), va="center", fontsize=12, linespacing=1.5)
            return
        gradient, about = self.gradient, self._reading.about
        middle = figure.add_axes((0.345, 0.05, 0.29, 0.77))
        middle.set_title(f"more ink here makes it\nmore (+) or less (\N{MINUS SIGN}) of {_a(about)}", fontsize=10)
        size = np.abs(gradient).max() or 1.0
        _grid(middle, np.zeros((SIDE, SIDE)), "Greys", (0, 1))
        for (row, col), slope in np.ndenumerate(gradient):
            part = abs(slope) / size
            color, sign = (GRADIENT, "+") if slope > 0 else (MODEL, "\N{MINUS SIGN}")
            middle.add_patch(_square(col, row, color, part))
            if part >= 0.25:
                middle.text(col, row, sign, ha="center", va="center", fontsize=11, color=INK)
        right = figure.add_axes((0.695, 0.05, 0.2, 0.77))
        chances = self._reading.probabilities
        right.set_title(f"reads {_a(self.reading)}", fontsize=11, weight="bold")
        right.barh(range(10), chances, color=[DATA if k == self.reading else "#9A9A9A" for k in range(10)], height=0.7)
        right.set(xlim=(0, 1), ylim=(9.6, -0.6), xticks=[], yticks=range(10))
        right.spines["bottom"].set_visible(False)
        for digit, chance in enumerate(chances):
            right.text(1.04, digit, _percent(chance), va="center", fontsize=9.5)

    def __repr__(self):
        return f"Drawing pad. {self.alt}"

    def _repr_mimebundle_(self, **_):
        """The live pad, and for every page that runs nothing a picture with its alt text."""
        picture = self.picture(2)
        stream = io.BytesIO()
        Image.fromarray(picture[..., :3]).save(stream, "PNG", compress_level=6)
        data = {
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            },
            "text/plain": repr(self),
            "image/png": base64.b64encode(stream.getvalue()).decode("ascii"),
        }
        return data, {"image/png": {"alt": self.alt, "width": picture.shape[1] // 2, "height": picture.shape[0] // 2}}


def _grid(axes, values, cmap, limits):
    axes.imshow(values, cmap=cmap, vmin=limits[0], vmax=limits[1])
    axes.set(xticks=[], yticks=[])
    for at in np.arange(SIDE + 1) - 0.5:
        axes.axhline(at, color=FAINT, lw=0.7)
        axes.axvline(at, color=FAINT, lw=0.7)
    for spine in axes.spines.values():
        spine.set_visible(True)


def _square(col, row, color, part):
    return Rectangle((col - 0.5, row - 0.5), 1, 1, facecolor=color, alpha=0.75 * part, lw=0)


def _on(ink):
    """The colour of a number that stands on this much ink."""
    return "#FFFFFF" if ink >= 10 else "#000000"


def _wrapped(text, width):
    return "\n".join(textwrap.wrap(text, width))


def _a(digit):
    """The digit with its article."""
    return f"{'an' if digit == 8 else 'a'} {digit}"


def _percent(chance):
    """A chance as prose writes it; what rounds to nothing or to all is said to be less or more."""
    if chance < 0.0005:
        return "below 0.1 %"
    return "above 99.9 %" if chance > 0.9995 else f"{100 * chance:.1f} %"


def _whole(value, highest, what):
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or not 0 <= value <= highest:
        raise PlainError(f"{what[:1].upper()}{what[1:]} is a whole number from 0 to {highest}, not {value!r}.")
    return int(value)


def _pairs(points):
    """Points as an array (n, 2), moved onto the pad where they lie beside it."""
    try:
        array = np.array(points, dtype=float)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.ndim != 2 or array.shape[1] != 2 or not len(array) or not np.all(np.isfinite(array)):
        raise PlainError("A stroke is a list of points (x, y), two finite numbers each, from 0 to 8.")
    return np.clip(array[:MOST], 0, SIDE)


def _inked(ink):
    array = np.asarray(ink, dtype=float)
    if array.size != SIDE * SIDE or not np.all((array >= 0) & (array <= FULL)):
        raise PlainError("An example is 64 numbers from 0 to 16.")
    return array.reshape(SIDE, SIDE)
