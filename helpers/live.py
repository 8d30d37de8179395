"""LiveFigure: a Matplotlib picture with real controls that follows the hand; it knows no lesson.

What costs time in a plot is drawing axes, ticks and text again. So everything that stands still is drawn once and
kept; the moving artists alone are painted on top, and one message carries the picture, its alt text and the readable
numbers. While the hand moves, the browser is sent only where the moving artists are, and draws them over the background
it keeps; an artist it has no way to draw, or a background that moves along, makes that message a quick JPEG. Once the
hand rests, a lossless picture follows. For a slider named in ``tabled`` all positions are computed ahead. Where
``draw`` says so with ``pick``, a click in the picture moves sliders too.

A figure is a subclass that says which controls it has, makes its artists in ``draw`` and moves them in ``update``::

    class Line(LiveFigure):
        name = "a line"
        task = "Turn m until the line meets the dot."
        controls = (Slider("m", "slope m", -2, 2, 0.1, 0),)

        def draw(self, figure):
            axes = figure.add_axes((0.1, 0.15, 0.85, 0.75))
            axes.set(xlim=(0, 1), ylim=(-2, 2))
            self.moving("line", axes.plot([0, 1], [0, 0]))

        def update(self):
            self.artists["line"].set_data([0, 1], [0, self.value["m"]])

        def describe(self):
            return f"A line through the origin with slope {self.value['m']:.1f}."

Everything works without a browser too: ``figure.set("m", 1)``, ``figure.press("step")``, ``figure.picture()``,
``figure.alt``, ``figure.artists["line"].get_data()``.
"""

import asyncio
import base64
import io
import math
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import anywidget
import matplotlib
import numpy as np
import traitlets
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from helpers.palette import TEXT
from helpers.plain import PlainError

__all__ = ["Button", "Choice", "LiveFigure", "Slider", "Toggle"]

DPI = 100
FINE = 2  # a picture at rest has twice the pixels each way
SLICE = 0.02  # seconds of table making before the kernel looks for other messages
BETWEEN_SLICES = 0.001
PICK = "Click in the picture to choose where to start, or type it below."


@dataclass(frozen=True)
class Slider:
    """A number from `low` to `high` in steps of `step`; `unit` and `digits` say how its value is read out."""

    name: str
    label: str
    low: float
    high: float
    step: float
    value: float
    unit: str = ""
    digits: int = 2
    kind: str = field(default="slider", init=False)

    def clean(self, value):
        """`value` as a float inside the range; raises PlainError for what is not a number."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if isinstance(value, bool) or math.isnan(number):
            raise PlainError(f"{self.label} takes a number from {self.low:g} to {self.high:g}, not {value!r}.")
        return min(max(number, self.low), self.high)

    def positions(self):
        """All values the slider can rest on, a float64 array."""
        count = round((self.high - self.low) / self.step) + 1
        return self.low + self.step * np.arange(count)

    def nearest(self, value):
        """The position nearest to a number, as a range input of the browser takes it."""
        steps = math.floor((self.clean(value) - self.low) / self.step + 0.5)
        most = math.floor((self.high - self.low) / self.step + 1e-9)
        return round(self.low + self.step * min(steps, most), 10)  # 10 digits: 0.35, not 0.35000000000000009


@dataclass(frozen=True)
class Toggle:
    """A tick box."""

    name: str
    label: str
    value: bool = False
    kind: str = field(default="toggle", init=False)

    def clean(self, value):
        """`value` as True or False; raises PlainError for anything else."""
        if not isinstance(value, (bool, np.bool_)):
            raise PlainError(f"{self.label} is either True or False, not {value!r}.")
        return bool(value)


@dataclass(frozen=True)
class Choice:
    """One of several words."""

    name: str
    label: str
    options: tuple
    value: str
    kind: str = field(default="choice", init=False)

    def clean(self, value):
        """`value` if it is one of the options; raises PlainError otherwise."""
        if value not in self.options:
            raise PlainError(f"{self.label} is one of {', '.join(self.options)}, not {value!r}.")
        return value


@dataclass(frozen=True)
class Button:
    """A push button; with `repeats` it presses that other button again and again, until pushed once more."""

    name: str
    label: str
    repeats: str = ""
    every: int = 160  # milliseconds between repeats
    kind: str = field(default="button", init=False)


class LiveFigure(anywidget.AnyWidget):
    """The base of all figures; see the module's text for how a subclass looks.

    A subclass gives ``name``, ``task`` (one sentence that says what to do), ``controls``, ``size`` (inches) and the
    methods ``draw(figure)``, ``update()``, ``describe()`` -> alt text; if it likes ``in_words()`` -> a longer text,
    ``read()`` -> {label: text} of numbers to show, ``pressed(name)`` for its buttons, ``finished()`` -> True where a
    repeating button should stop. ``tabled`` names the sliders that the browser may draw by itself.
    """

    _esm = Path(__file__).with_name("live.js")
    _css = Path(__file__).with_name("live.css")
    face = traitlets.Dict().tag(sync=True)  # what never changes: name, task, controls, size
    shown = traitlets.Dict().tag(sync=True)  # the state that the picture at rest shows
    still = traitlets.Bytes(b"").tag(sync=True)  # that picture, PNG

    name = "figure"
    task = ""
    controls = ()
    tabled = ()
    size = (9.0, 4.0)

    def __init__(self):
        super().__init__()
        self.value = {c.name: c.value for c in self.controls if c.kind != "button"}
        self.artists = {}
        self.error = ""
        self.frames = 0  # pictures made for a browser, for tests and benchmarks
        self._controls = {c.name: c for c in self.controls}
        self._picks, self._hints = [], []  # what `pick` was told: (axes, {"x" or "y": slider}), and what the page says
        self._areas = []  # the same in CSS pixels, as the kept background has it
        self._backgrounds, self._renderers = {}, {}
        self._ground = 0  # counts backgrounds: the one that a browser keeps is stale once this moves on
        # JupyterLab may hand a browser's messages to another thread than the one that runs the cells.
        self._one_at_a_time = threading.RLock()
        self._versions = dict.fromkeys(self.tabled, 0)  # a slider's table is stale once anything else changed
        with matplotlib.rc_context(TEXT):
            self.figure = Figure(figsize=self.size, dpi=DPI)
            FigureCanvasAgg(self.figure)
            self.draw(self.figure)
        self.update()
        self.face = {
            "name": self.name,
            "task": self.task,
            "controls": [asdict(c) for c in self.controls],
            "tabled": list(self.tabled),
            "hint": " ".join(self._hints),
            "width": round(self.size[0] * DPI),
            "height": round(self.size[1] * DPI),
        }
        self._rest()
        self.on_msg(self._on_message)

    # ---- what a subclass fills in ---------------------------------------------------------------------------

    def draw(self, figure):
        """Make the axes and all artists; hand those that move to `moving`. Called once."""
        raise NotImplementedError(f"{type(self).__name__} needs a method draw(figure)")

    def update(self):
        """Move the artists to where `self.value` says."""
        raise NotImplementedError(f"{type(self).__name__} needs a method update()")

    def describe(self):
        """One or two sentences that say what the picture shows now: its alt text."""
        raise NotImplementedError(f"{type(self).__name__} needs a method describe()")

    def in_words(self):
        """The figure as a longer text, for whoever cannot or would rather not look; plain lines."""
        return self.describe()

    def read(self):
        """The numbers shown beside the picture: {label: formatted text}."""
        return {}

    def pressed(self, name):
        """A button was pushed: change `self.value` or the figure's own state. `update` follows by itself."""
        raise NotImplementedError(f"{type(self).__name__} has no button {name!r}")

    def finished(self):
        """True where a repeating button has nothing left to do."""
        return False

    # ---- driving it from Python -----------------------------------------------------------------------------

    def moving(self, name, artist):
        """Name an artist that `update` moves; returns it. A list of one, as `plot` gives, is unpacked."""
        if isinstance(artist, (list, tuple)) and len(artist) == 1:
            artist = artist[0]
        artist.set_animated(True)  # Matplotlib then leaves it out of the background
        self.artists[name] = artist
        return artist

    def set(self, name, value):
        """Move a control as the hand would. Raises PlainError for an unknown control or a value it cannot take."""
        with self._one_at_a_time:
            self._set(name, value)
            self._change()
            self._rest()

    def press(self, name):
        """Push a button as the hand would. Raises PlainError for an unknown button."""
        with self._one_at_a_time:
            self._press(name)
            self._change()
            self._rest()

    def pick(self, axes, x=None, y=None, hint=PICK):
        """Let a click or tap in `axes` move the sliders named `x` and `y`, one of them or both; `draw` calls it.

        A slider takes the number of the place on its axis, brought into its range and to its nearest step. The page
        says `hint` and shows a crosshair over the axes; the sliders' number boxes remain the way without a pointer.
        Raises ValueError for a name that is no slider, for no name at all, and for an axis that is neither linear
        nor logarithmic.
        """
        names = {way: name for way, name in (("x", x), ("y", y)) if name is not None}
        if not names:
            raise ValueError("pick needs the name of a slider for x, for y or for both")
        for way, name in names.items():
            if getattr(self._controls.get(name), "kind", "") != "slider":
                raise ValueError(f"pick can move sliders only, and {name!r} is none")
            scale = getattr(axes, f"get_{way}scale")()
            if scale not in ("linear", "log"):
                raise ValueError(f"pick cannot read numbers from an axis with the scale {scale!r}")
        self._picks.append((axes, names))
        if hint not in self._hints:
            self._hints.append(hint)

    def click(self, left, top):
        """Click in the picture as the hand would, `left` and `top` CSS pixels from its corner.

        Raises PlainError where a click chooses nothing.
        """
        with self._one_at_a_time:
            self._paint(FINE)  # brings the areas up to date
            for name, value in self._chosen(left, top).items():
                self._set(name, value)
            self._change()
            self._rest()

    @property
    def alt(self):
        """The alt text of the picture at rest."""
        return self.shown["alt"]

    @property
    def words(self):
        """The text twin of the picture at rest."""
        return self.shown["words"]

    @property
    def readouts(self):
        """The numbers beside the picture at rest, {label: text}."""
        return dict(self.shown["readouts"])

    def picture(self, scale=1):
        """The picture as an array (height, width, 4) of uint8, `scale` pixels to a CSS pixel."""
        with self._one_at_a_time:
            return self._paint(scale).copy()

    # ---- state ----------------------------------------------------------------------------------------------

    def _set(self, name, value):
        control = self._controls.get(name)
        if control is None or control.kind == "button":
            known = ", ".join(self.value) or "none"
            raise PlainError(f"There is no control {name!r} in this figure; it has: {known}.")
        clean = control.clean(value)
        if clean != self.value[name]:
            self.value[name] = clean
            self._outdate(but=name)

    def _outdate(self, but=None):
        for name in self._versions:
            self._versions[name] += name != but

    def _press(self, name):
        control = self._controls.get(name)
        if control is None or control.kind != "button":
            known = ", ".join(c.name for c in self.controls if c.kind == "button") or "none"
            raise PlainError(f"There is no button {name!r} in this figure; it has: {known}.")
        self.pressed(control.repeats or name)
        self._outdate()

    def _change(self):
        """Let the subclass move its artists; an error becomes one sentence, and the next move starts clean."""
        try:
            with np.errstate(all="ignore"):
                self.update()
            self.error = ""
        except Exception as error:  # whatever a figure or a learner's function in it raises belongs in the figure
            self._fail(error)

    def _fail(self, error):
        self.last_exception = error
        what = str(error).strip() or type(error).__name__
        self.error = f"The figure cannot show this: {what}. Move a control, and it tries again."

    def _state(self, request, full):
        state = {
            "number": self.frames,  # grows with every picture, so that a view can drop one that comes late
            "view": request.get("view", ""),  # whose request this answers, and which of its requests
            "seq": request.get("seq", 0),
            "values": {name: _sendable(value) for name, value in self.value.items()},
            "readouts": {},
            "alt": "",
            "error": self.error,
            "versions": dict(self._versions),
            "ground": self._ground,
            "areas": self._areas,
            "finished": False,
        }
        try:
            state.update(readouts=self.read(), alt=self.describe(), finished=bool(self.finished()))
            if full:
                state["words"] = self.in_words()
        except Exception as error:
            self._fail(error)
            state.update(error=self.error, alt=self.error)
            if full:
                state["words"] = self.error
        return state

    # ---- pictures -------------------------------------------------------------------------------------------

    def _paint(self, scale):
        """Paint the moving artists over the kept background; returns the renderer's own buffer."""
        figure = self.figure
        if figure.stale:  # a title, tick or limit changed: animated artists never make the figure stale
            self._backgrounds.clear()
            self._ground += 1
        if figure.dpi != DPI * scale:
            figure.dpi = DPI * scale
        if scale not in self._renderers:
            width, height = (round(inches * DPI * scale) for inches in self.size)
            self._renderers[scale] = RendererAgg(width, height, DPI * scale)
        renderer = self._renderers[scale]
        buffer = np.asarray(renderer.buffer_rgba())
        if scale in self._backgrounds:
            np.copyto(buffer, self._backgrounds[scale])
        else:
            renderer.clear()
            figure.draw(renderer)
            self._backgrounds[scale] = buffer.copy()
            self._areas = [self._area(axes, names) for axes, names in self._picks]
        for artist in self._moving():
            artist.draw(renderer)
        figure.stale = False
        return buffer

    def _area(self, axes, names):
        """Where a click counts, in CSS pixels from the top left corner, and what the ends of its axes mean."""
        shrink, height, box = DPI / self.figure.dpi, self.figure.bbox.height, axes.bbox
        area = {"left": box.x0 * shrink, "top": (height - box.y1) * shrink}
        area |= {"width": box.width * shrink, "height": box.height * shrink}
        for way, name in names.items():
            low, high = getattr(axes, f"get_{way}lim")()
            log = getattr(axes, f"get_{way}scale")() == "log"
            area[way] = {"slider": name, "low": float(low), "high": float(high), "log": log}
        return area

    def _chosen(self, left, top):
        """The sliders that a click there moves, with their values."""
        for area in self._areas:
            along = (left - area["left"]) / area["width"]
            up = 1 - (top - area["top"]) / area["height"]
            if 0 <= along <= 1 and 0 <= up <= 1:
                parts = (("x", along), ("y", up))
                return {area[way]["slider"]: self._read_off(area[way], part) for way, part in parts if way in area}
        where = " ".join(self._hints) or "This figure has no such place."
        raise PlainError(f"A click there chooses nothing. {where}")

    def _read_off(self, axis, part):
        low, high = axis["low"], axis["high"]
        number = low * (high / low) ** part if axis["log"] else low + (high - low) * part
        return self._controls[axis["slider"]].nearest(number)

    def _moving(self):
        return sorted(self.artists.values(), key=lambda artist: artist.get_zorder())

    def _encode(self, scale, form):
        image = Image.fromarray(self._paint(scale)[..., :3])
        stream = io.BytesIO()
        if form == "JPEG":
            image.save(stream, "JPEG", quality=88, subsampling=0)
        else:
            image.save(stream, "PNG", compress_level=3)
        return stream.getvalue()

    def _rest(self, request=None):
        """Send the lossless picture with everything that belongs to it, in one message."""
        self.frames += 1
        still = self._encode(FINE, "PNG")  # before the state, which says what background this is
        state = self._state(request or {}, full=True)
        with self.hold_sync():
            self.shown = state
            self.still = still

    def _frame(self, request):
        """Send the quick picture with everything that belongs to it, in one message."""
        self.frames += 1
        sketch = self._sketch() if request.get("ground") == self._ground else None
        if sketch:
            marks, geometry = sketch
            state = self._state(request, full=False)
            self.send({"type": "frame", "state": state, "marks": marks}, [geometry.tobytes()])
        else:
            picture = self._encode(1, "JPEG")  # before the state, which says what background this is
            self.send({"type": "frame", "state": self._state(request, full=False)}, [picture])

    def _sketch(self):
        """The moving artists that can be seen, for a browser that has the background: (descriptions, geometry).

        None where the background moves along or there is an artist that the browser has no way to draw.
        """
        if self.figure.stale:
            return None
        try:
            marks = [_Mark(artist, self.figure) for artist in self._moving() if artist.get_visible()]
        except TypeError:
            return None
        for mark in marks:
            mark.record()
        return _described(marks)

    def _send_ground(self, scale):
        """Send the background alone, which a browser keeps to draw the moving artists on."""
        picture = self._encode_ground(scale)
        self.send({"type": "ground", "version": self._ground}, [picture])

    def _encode_ground(self, scale):
        self._paint(scale)
        stream = io.BytesIO()
        Image.fromarray(self._backgrounds[scale][..., :3]).save(stream, "PNG", compress_level=3)
        return stream.getvalue()

    def _on_message(self, _, message, buffers):
        """A request from the browser: moves (the newest value of each control), a push, a background or a table."""
        with self._one_at_a_time:
            if message.get("type") == "table":
                self._send_table(message["name"], FINE if message.get("fine") else 1)
            elif message.get("type") == "ground":
                self._send_ground(FINE if message.get("fine") else 1)
            else:
                self._answer(message)

    def _answer(self, message):
        try:
            for name, value in message.get("moves", {}).items():
                self._set(name, value)
            if message.get("press"):
                self._press(message["press"])
            if message.get("moves") or message.get("press"):
                self._change()
        except PlainError as error:
            self.error = str(error)
        except Exception as error:
            self._fail(error)
        if message.get("rest"):
            self._rest(message)
        else:
            self._frame(message)

    # ---- tables ---------------------------------------------------------------------------------------------

    def table(self, name):
        """All positions of one slider, ready for the browser to draw: (description, geometry as float32).

        The description holds one entry an artist with its style, where its points start in the geometry (pairs of
        CSS pixels from the top left corner) and, for each position, which of them it shows. Raises PlainError if
        the slider is not tabled, TypeError for an artist that the browser cannot draw, RuntimeError where the
        background moves along.
        """
        with self._one_at_a_time:
            table = _Table(self, name)
            while not table.done():
                table.advance()
            return table.result()

    def _send_table(self, name, scale, table=None):
        """Make a table a slice at a time, so that a hand that moves meanwhile does not wait for it, and send it."""
        with self._one_at_a_time:
            if table is None or table.version != self._versions[name]:  # something else was moved meanwhile
                table = _Table(self, name)
            table.advance()
            if not table.done():
                loop = _running_loop()
                if loop:
                    loop.call_later(BETWEEN_SLICES, self._send_table, name, scale, table)
                    return
                while not table.done():
                    table.advance()
            description, geometry = table.result()
            self.send({"type": "table", "table": description}, [self._encode_ground(scale), geometry.tobytes()])

    # ---- in a notebook --------------------------------------------------------------------------------------

    def __repr__(self):
        return f"{self.name[:1].upper()}{self.name[1:]}. {self.alt}"

    def _repr_mimebundle_(self, **_):
        """The live widget, and for every page that runs nothing a picture with its alt text."""
        data = {
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            },
            "text/plain": repr(self),
            "image/png": base64.b64encode(self.still).decode("ascii"),
        }
        size = {"width": self.face["width"], "height": self.face["height"]}
        return data, {"image/png": {"alt": self.alt, **size}}


def _sendable(value):
    """A value as JSON can hold it: a knob that ran away to inf or nan is sent as null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _running_loop():
    """The kernel's event loop, or None where Python runs without one."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class _Table:
    """A table in the making: `advance` adds the next few positions, `result` is the whole."""

    def __init__(self, figure, name):
        if name not in figure.tabled:
            raise PlainError(f"There is no table for {name!r} in this figure.")
        figure._paint(FINE)  # brings the background up to date
        self.figure, self.name = figure, name
        self.control = figure._controls[name]
        self.positions = self.control.positions()
        self.version = figure._versions[name]
        self.marks = [_Mark(artist, figure.figure) for artist in figure._moving()]
        self.states = []

    def done(self):
        """True when all positions are in."""
        return len(self.states) == len(self.positions)

    def advance(self):
        """Add positions for about `SLICE` seconds, and leave the figure as it was."""
        figure, kept = self.figure, self.figure.value[self.name]
        until = time.perf_counter() + SLICE
        try:
            while not self.done() and time.perf_counter() < until:
                figure.value[self.name] = float(self.positions[len(self.states)])
                figure.update()
                if figure.figure.stale:
                    raise RuntimeError(f"{self.name} changes the background, so it cannot be drawn from a table")
                state = figure._state({}, full=False)
                self.states.append({"alt": state["alt"], "readouts": state["readouts"]})
                for mark in self.marks:
                    mark.record()
        finally:
            figure.value[self.name] = kept
            figure.update()

    def result(self):
        """(description, geometry), as `LiveFigure.table` says."""
        description = {
            "name": self.name,
            "low": self.control.low,
            "step": self.control.step,
            "version": self.version,
            "states": self.states,
        }
        description["marks"], geometry = _described(self.marks)
        return description, geometry


def _described(marks):
    """All marks' descriptions, and their points in one array float32 (n, 2) in which each knows its start."""
    descriptions, rows = [], []
    for mark in marks:
        descriptions.append(mark.description() | {"start": len(rows)})
        rows += mark.points.rows
    return descriptions, np.array(rows, dtype=np.float32).reshape(-1, 2)


_DASHES = {"--": "lines.dashed_pattern", ":": "lines.dotted_pattern", "-.": "lines.dashdot_pattern"}


class _Points:
    """Points of many pieces in one long array: `add` says where a piece lies in it.

    A piece that starts as the last one did (a curve that grows, a mark that rests) shares its points with it.
    """

    def __init__(self):
        self.rows, self.last = [], None

    def add(self, piece):
        """Append a piece (n, 2); returns [start, n]."""
        if self.last is not None:
            start, count = self.last
            shared = min(count, len(piece))
            if shared and self.rows[start : start + shared] == piece[:shared]:
                if start + count == len(self.rows):
                    self.rows.extend(piece[count:])
                if start + len(piece) <= len(self.rows):
                    self.last = [start, len(piece)]
                    return self.last
        self.last = [len(self.rows), len(piece)]
        self.rows.extend(piece)
        return self.last


class _Mark:
    """One moving artist as the browser will draw it: its style once, its geometry for each position."""

    def __init__(self, artist, figure):
        self.artist, self.figure = artist, figure
        self.kind = _kind(artist)
        self.points = _Points()
        self.spans, self.texts, self.images = [], [], []

    def record(self):
        """Add this position's geometry to the mark's points and remember where it lies there."""
        shrink, height = DPI / self.figure.dpi, self.figure.bbox.height
        pieces = self._pieces() if self.artist.get_visible() else []
        flipped = [(np.asarray(piece, dtype=float) * (1, -1) + (0, height)) * shrink for piece in pieces]
        self.spans.append([self.points.add([tuple(point) for point in piece.tolist()]) for piece in flipped])
        if self.kind == "text":
            self.texts.append(self.artist.get_text())
        if self.kind == "image":
            self.images.append(self._pixels())

    def _pieces(self):
        artist = self.artist
        if self.kind == "line":
            return [artist.get_transform().transform(np.column_stack(artist.get_data(orig=False)))]
        if self.kind == "segments":
            segments = [segment for segment in artist.get_segments() if len(segment)]
            if not segments:
                return []
            ends = np.cumsum([len(segment) for segment in segments])[:-1]
            return np.split(artist.get_transform().transform(np.concatenate(segments)), ends)
        if self.kind == "image":
            return [np.sort(self._corners(), axis=0)]
        if self.kind == "text":
            return [artist.get_transform().transform([artist.get_position()])]
        path = artist.get_path().transformed(artist.get_transform())
        return path.to_polygons(closed_only=False)

    def _corners(self):
        """Where an image's first column and row begin and its last ones end, in Matplotlib's pixels, shape (2, 2)."""
        left, right, bottom, top = self.artist.get_extent()
        first, last = (top, bottom) if self.artist.origin == "upper" else (bottom, top)
        return self.artist.axes.transData.transform([(left, first), (right, last)])

    def _pixels(self):
        """An image's colours as {width, height, rgba in base64}, from the top left of the screen on."""
        rgba = self.artist.to_rgba(self.artist.get_array(), bytes=True)
        (left, first), (right, last) = self._corners()
        rgba = rgba[:: 1 if first > last else -1, :: 1 if left < right else -1]
        encoded = base64.b64encode(np.ascontiguousarray(rgba).tobytes()).decode("ascii")
        return {"width": rgba.shape[1], "height": rgba.shape[0], "rgba": encoded}

    def description(self):
        artist = self.artist
        pixels = DPI / 72.0  # a point is 1/72 inch
        clip = None
        if artist.get_clip_on() and artist.axes is not None and self.kind != "text":
            box, shrink = artist.axes.bbox, DPI / self.figure.dpi
            clip = [n * shrink for n in (box.x0, self.figure.bbox.height - box.y1, box.width, box.height)]
        about = {"kind": self.kind, "spans": self.spans, "clip": clip, "alpha": artist.get_alpha() or 1.0}
        if self.kind == "line":
            dash = _DASHES.get(artist.get_linestyle())
            about.update(
                color=to_hex(artist.get_color()),
                width=0 if artist.get_linestyle() == "None" else artist.get_linewidth() * pixels,
                dash=[d * artist.get_linewidth() * pixels for d in matplotlib.rcParams[dash]] if dash else [],
                marker=artist.get_marker() if artist.get_marker() not in (None, "None", "") else "",
                radius=artist.get_markersize() * pixels / 2,
                fill=to_hex(artist.get_markerfacecolor()),
                edge=to_hex(artist.get_markeredgecolor()),
                edgewidth=artist.get_markeredgewidth() * pixels,
            )
        elif self.kind == "image":
            about.update(images=self.images)
        elif self.kind == "segments":
            about.update(color=to_hex(artist.get_color()[0]), width=float(artist.get_linewidth()[0]) * pixels)
        elif self.kind == "text":
            about.update(
                texts=self.texts,
                color=to_hex(artist.get_color()),
                size=artist.get_fontsize() * pixels,
                weight=str(artist.get_fontweight()),
                align=artist.get_ha(),
                baseline=artist.get_va(),
            )
        else:
            about.update(
                fill=to_hex(artist.get_facecolor()),
                edge=to_hex(artist.get_edgecolor()),
                width=artist.get_linewidth() * pixels,
            )
        return about


def _kind(artist):
    """How the browser draws an artist; raises TypeError for one it has no way to draw."""
    from matplotlib.collections import LineCollection
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.text import Text

    for kind, classes in (("line", Line2D), ("segments", LineCollection), ("text", Text), ("shape", Patch)):
        if isinstance(artist, classes):
            return kind
    if isinstance(artist, AxesImage) and artist.get_interpolation() == "nearest":
        return "image"
    can = "lines, segments, texts, patches or images with interpolation 'nearest'"
    raise TypeError(f"a table cannot hold a {type(artist).__name__}: use {can}")
