"""The state lamp: says whether the cells have run in the order of the page, so that hidden state is no riddle.

IPython tells after each cell which one ran; the saved notebook tells in which order the cells stand. Where one of
the two is missing (other programs than JupyterLab, a notebook that was never saved), the lamp says less, and
nothing wrong.
"""

import html
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import anywidget
import traitlets
from IPython import get_ipython

__all__ = ["Lamp", "Watch", "state_lamp"]

HERE = Path(__file__).parent
IN_ORDER = "State lamp: cells have run in order so far."
REMEDY = "Results may not match the page. To be sure: menu Run, Restart Kernel and Run All Cells."
EVENT = "post_run_cell"


@dataclass
class Run:
    """One run of one cell: its id, the number in its brackets, its source then, and when (s, wall clock)."""

    cell: str
    count: int
    source: str
    when: float


class Watch:
    """Remembers which cells ran, and finds the first reason why results may not match the page.

    `notebook` is the path of the saved notebook, or None where it isn't known; `own` the ids of the cells that
    show a lamp: these may run as often as they like.
    """

    def __init__(self, notebook=None, own=()):
        self.notebook = Path(notebook) if notebook else None
        self.own = set(own)
        self.runs = []
        self.lamps = []

    def __call__(self, result):
        """IPython calls this after each cell."""
        info = result.info
        if info.store_history and result.execution_count is not None:  # else a program ran it, not the reader
            self.ran(info.cell_id, result.execution_count, info.raw_cell)
            self.tell()

    def ran(self, cell, count, source, when=None):
        """Note a run; `cell` is its id or None, `count` the number in its brackets."""
        if cell is not None:
            self.runs.append(Run(cell, count, source, time.time() if when is None else when))

    def ran_before(self, sources):
        """Note what ran before the lamp was lit: (count, source) of each run, oldest first.

        IPython remembers no ids, so a run is put down to the saved cell with the same source; where there is none
        or more than one, it is left out.
        """
        _, saved, _ = self._page()
        by_source = {}
        for cell, source in saved.items():
            by_source.setdefault(source.rstrip(), []).append(cell)
        for count, source in sources:
            cells = by_source.get(source.rstrip(), [])
            if len(cells) == 1:
                self.ran(cells[0], count, source, when=time.time())

    def tell(self):
        """Let all lamps show what is true now."""
        trouble = self.trouble()
        for lamp in self.lamps:
            lamp.light(trouble)

    def trouble(self):
        """What is out of order, one sentence; "" while nothing is."""
        place, sources, saved = self._page()
        latest, furthest = {}, None
        for run in self.runs:
            own, here = run.cell in self.own, place.get(run.cell, -1)
            if run.cell in latest and not own:
                count = max(each.count for each in self.runs if each.cell == run.cell)
                return f"The cell now marked [{count}] ran more than once."
            if furthest is not None and here >= 0 and here < place.get(furthest.cell, -1) and not own:
                return f"Cell [{run.count}] ran after cell [{furthest.count}], which stands further down."
            if furthest is None or here > place.get(furthest.cell, -1):
                furthest = run
            latest[run.cell] = run
        for run in latest.values():
            source = sources.get(run.cell)
            if source is not None and saved > run.when and source.rstrip() != run.source.rstrip():
                return f"Cell [{run.count}] was edited after it ran."
        return ""

    def _page(self):
        """Of the saved notebook's code cells: {id: place}, {id: source}; and when it was saved."""
        try:
            saved = self.notebook.stat().st_mtime
            cells = json.loads(self.notebook.read_text(encoding="utf-8"))["cells"]
            sources = {cell["id"]: "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"}
        except (AttributeError, OSError, ValueError, KeyError, TypeError):
            return {}, {}, 0.0  # no notebook known, half written, or of an older form without ids
        return {cell: index for index, cell in enumerate(sources)}, sources, saved


class Lamp(anywidget.AnyWidget):
    """What the reader sees of a `Watch`: a sign, a colour and a sentence."""

    _esm = HERE / "lamp.js"
    _css = HERE / "lamp.css"
    lit = traitlets.Unicode("order").tag(sync=True)
    text = traitlets.Unicode(IN_ORDER).tag(sync=True)

    def light(self, trouble):
        """Show this trouble, or that there is none."""
        with self.hold_sync():  # sign and sentence in one message
            self.lit = "mixed" if trouble else "order"
            self.text = f"State lamp: {trouble} {REMEDY}" if trouble else IN_ORDER

    def __repr__(self):
        return self.text

    def _repr_mimebundle_(self, **_):
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {
            "application/vnd.jupyter.widget-view+json": view,
            "text/html": f"<p>{html.escape(self.text)}</p>",
            "text/plain": self.text,
        }


def state_lamp():
    """Show a lamp that stays green while the cells run from top to bottom, and says what happened when not.

    Called again, in this cell or in another, it shows one more lamp; what ran before is not forgotten.
    """
    lamp, shell = Lamp(), get_ipython()
    if shell is None:  # a plain Python has no cells
        return lamp
    watch = _watch(shell)
    watch.lamps.append(lamp)
    lamp.light(watch.trouble())
    return lamp


def _watch(shell):
    """A watch for this shell. It takes the place of an earlier one, whose runs and lamps it keeps."""
    watch = Watch(os.environ.get("JPY_SESSION_NAME"), [_cell_id(shell)])
    earlier = getattr(shell, "course_state_watch", None)
    if earlier is None:
        history = enumerate(shell.history_manager.input_hist_raw)
        watch.ran_before([(count, source) for count, source in history if 0 < count < shell.execution_count])
    else:
        shell.events.unregister(EVENT, earlier)
        watch.runs, watch.lamps = earlier.runs, earlier.lamps
        watch.own |= earlier.own
    shell.events.register(EVENT, watch)
    shell.course_state_watch = watch
    return watch


def _cell_id(shell):
    """The id of the cell that is running, or None where the front end doesn't say."""
    parent = shell.get_parent() if hasattr(shell, "get_parent") else None
    return (parent or {}).get("metadata", {}).get("cellId")
