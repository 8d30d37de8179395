"""The bar of a training that runs: how far it is, the loss so far, and how to stop it. Knows no lesson.

    train(network, X, y, 0.05, 30, batch=64, report=progress())

The bar is one line under the cell. All trainings of a cell share it. A screen reader finds it as a progress bar and
hears one sentence when the cell is done. The bar leaves nothing behind in a saved notebook, so that a cell's output
is the same on every run. Where there are no cells, as in a script, nothing is shown.
"""

import math
from pathlib import Path

import anywidget
import traitlets
from IPython import get_ipython
from IPython.display import display

from helpers.plain import PlainError

__all__ = ["Bar", "Progress", "Stopped", "progress"]

HERE = Path(__file__).parent
# A cell is over when IPython says so; what ran between two cells, unseen, is over when the next one begins.
EVENTS = ("post_run_cell", "pre_run_cell")
LOOKS = 15  # how often one training moves the bar, at most: more is not seen, and costs


class Stopped(PlainError):
    """Ends a cell whose training was stopped, where the next training of the same cell would begin."""


class Bar(anywidget.AnyWidget):
    """What the reader sees of a `Progress`: `look` has "part", 0 to 1, "text", and "state".

    The state is "running", "done" or "stopped". All three are one trait, so that a look costs one message.
    """

    _esm = HERE / "progress.js"
    _css = HERE / "progress.css"
    look = traitlets.Dict({"part": 0.0, "text": "", "state": "running"}).tag(sync=True)

    def __repr__(self):
        return "a bar that follows the training"

    def _repr_mimebundle_(self, **_):
        # The empty HTML is for pages that run nothing: there a bar has nothing to say.
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {"application/vnd.jupyter.widget-view+json": view, "text/html": "", "text/plain": repr(self)}


class Progress:
    """Follows the trainings of one cell: call it after each epoch, as `helpers.network.train` calls its `report`.

    `show(part, text, state)` is called with what is to be seen: 0 to 1, a sentence, and a state as in `Bar`.
    """

    def __init__(self, show):
        self.show = show
        self.trainings = self.epoch = self.epochs = 0
        self.loss = None
        self.why = ""  # why the latest training ended early; "" if it didn't
        self.interrupted = False
        self.open = False  # whether the latest training may still go on

    def __call__(self, epoch, epochs, loss):
        """An epoch is done, of so many, with this mean loss. Raises Stopped if an earlier training was interrupted."""
        if not self.open or epoch <= self.epoch:
            self.begin()
        self.epoch, self.epochs, self.loss = epoch, epochs, loss
        if epoch % math.ceil(epochs / LOOKS) == 0 or epoch in (1, epochs):
            self.show(epoch / epochs, f"{self._which()}{self._where()}", "running")

    def begin(self):
        """A training begins. Raises Stopped if an earlier one of this cell was interrupted."""
        if self.interrupted:
            raise Stopped(
                "You stopped a training, so the trainings after it in this cell did not run. Nothing is lost: "
                "run the cell again to have them all."
            )
        self.trainings += 1
        self.open, self.epoch, self.loss, self.why = True, 0, None, ""

    def ended(self, history):
        """A training is over; `history` says in `stopped` why, if it was before its time."""
        if not self.open:  # over before its first epoch was
            self.begin()
        self.open, self.why = False, history.stopped
        self.interrupted = history.stopped.startswith("interrupted")

    def finish(self):
        """The cell is done: the last sentence, which a screen reader hears."""
        early = self.why or ("stopped" if self.open and self.epoch < self.epochs else "")
        if early:
            # The reasons that `train` gives are sentences without a capital and a full stop.
            kept = " What was learned so far is kept." if self.interrupted else ""  # of a loop of one's own, who knows
            text = f"{self._which()}{early}. Last: {self._where()}.{kept}"
            self.show(self.epoch / self.epochs if self.epochs else 0.0, text[0].upper() + text[1:], "stopped")
        elif self.trainings and self.loss is None:
            self.show(1.0, "Training done: no epoch was asked for", "done")
        elif self.trainings > 1:
            self.show(1.0, f"{self.trainings} trainings done; the last: {self._sum()}", "done")
        else:
            self.show(1.0, f"Training done: {self._sum()}" if self.trainings else "", "done")

    def _which(self):
        return f"training {self.trainings}: " if self.trainings > 1 else ""

    def _where(self):
        if self.loss is None:
            return "no epoch was finished"
        return f"epoch {self.epoch} of {self.epochs}, loss {_shown(self.loss)}"

    def _sum(self):
        return f"{self.epochs} epoch{'s' * (self.epochs != 1)}, loss {_shown(self.loss)}"


def _shown(loss):
    """A loss with three decimals, or in powers of ten where these say nothing."""
    return f"{loss:.3f}" if 0.001 <= abs(loss) < 10_000 or loss == 0 else f"{loss:.1e}"


_running = []  # the Progress of the cell that runs, if it has one


def progress():
    """A `report` for `train` that shows a bar under the cell; all trainings of a cell share one bar.

    In a loop of your own call it after each epoch: `bar(epoch, epochs, loss)`. Interrupting the kernel (■ in the
    toolbar, or Esc and then I twice) ends `train` after a whole update, and the rest of the cell runs. If another
    training was to follow in the same cell, the cell ends there with one sentence (`Stopped`).
    """
    if _running:
        if _running[0].interrupted:
            _running[0].begin()  # which raises
        return _running[0]
    shell = get_ipython()
    if shell is None:  # a plain Python has no cells
        return Progress(lambda part, text, state: None)
    bar = Bar()

    def show(part, text, state):
        bar.look = {"part": part, "text": text, "state": state}

    follower = Progress(show)

    def over(*_):
        for event in EVENTS:
            shell.events.unregister(event, over)
        _running.clear()
        follower.finish()

    _running.append(follower)
    for event in EVENTS:
        shell.events.register(event, over)
    display(bar)
    return follower
