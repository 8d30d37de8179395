"""How long from a key press to the picture, and how many pictures a second under the mouse: LiveFigure and the others.

Every contestant sits in a notebook of its own in one real JupyterLab; rounds are interleaved, so that whatever else
the machine does falls on all alike. README.md beside this file says exactly what is measured.
"""

import argparse
import json
import statistics
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import websocket
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.browser.jupyterlab import BROWSER_FLAGS, Lab, Server, find_chromium, free_port

WATCH = Path(__file__).with_name("watch.js").read_text(encoding="utf-8")
QUIET = 450  # ms without a change before the next key press: longer than any contestant waits to refine its picture
TICK = 1 / 60  # s between two mouse moves: the rate of a common display

# The picture that all three drawn by the kernel show: the six-knob bench of lesson 1 with its dots, sticks and curve,
# its gauge and its screens. `draw` makes it the usual way, with names for what the slider moves.
PICTURE = """\
import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from helpers.data import load_co2, standardised_co2

co2 = load_co2()
x, z = standardised_co2()
fine = np.linspace(-1, 1, 121)
mean, scale = co2.ppm.mean(), co2.ppm.std()

def sticks_of(k1):
    return [[(year, ppm), (year, mean + scale * k1 * at)] for year, ppm, at in zip(co2.year, co2.ppm, x)]

def loss_of(k1):
    return np.mean((k1 * x - z) ** 2)

def draw(k1):
    figure = plt.figure(figsize=(9, 4))
    curve = figure.add_axes((0.075, 0.13, 0.5, 0.8))
    curve.set(xlim=(1957, 2027), ylim=(285, 445), xlabel="year", title="CO₂ at Mauna Loa, ppm")
    sticks = curve.vlines(co2.year, co2.ppm, mean + scale * k1 * x, color="tab:purple", lw=1.4)
    curve.plot(co2.year, co2.ppm, "o", color="black", ms=3.2)
    line, = curve.plot(1992 + 33 * fine, mean + scale * k1 * fine, lw=2.6)
    gauge = figure.add_axes((0.66, 0.77, 0.31, 0.1))
    gauge.set(xscale="log", xlim=(1e-4, 1e2), ylim=(0, 1), yticks=[], title="loss (mean squared error)")
    bar = gauge.barh(0.5, loss_of(k1), height=1, color="tab:purple")[0]
    screens = figure.add_axes((0.66, 0.13, 0.31, 0.42))
    screens.set(xlim=(-1.5, 1.5), ylim=(5.6, -0.6), yticks=range(6), title="screens: minus the slope of the loss")
    screens.axvline(0, color="grey", lw=1)
    screens.text(0, 2.5, "switched off", ha="center", va="center")
    return figure, sticks, line, bar
"""

INTERACT = """\
def show(k1=0.0):
    draw(k1)
    plt.show()

ipywidgets.interact(show, k1=ipywidgets.FloatSlider(min=-2, max=2, step=0.05))
None
"""

IPYMPL = """\
%matplotlib widget
slider = ipywidgets.FloatSlider(min=-2, max=2, step=0.05, description="k1")
figure, sticks, line, bar = draw(0.0)

def show(change):
    k1 = change["new"]
    sticks.set_segments(sticks_of(k1))
    line.set_ydata(mean + scale * k1 * fine)
    bar.set_width(loss_of(k1))
    figure.canvas.draw_idle()

slider.observe(show, "value")
display(slider)
plt.show()
"""

LABEL = """\
slider = ipywidgets.FloatSlider(min=-2, max=2, step=0.05, description="k1")
label = ipywidgets.Label("loss 1.000", layout={"width": "300px"})
label.add_class("answer")

def show(change):
    label.value = f"k1 {change['new']:.2f}, loss {loss_of(change['new']):.3f}"

slider.observe(show, "value")
ipywidgets.VBox([slider, label])
"""

# Of each later lesson one figure that the kernel drives and one that is drawn from a table, where the lesson has both.
TWO_PASSES = "from helpers.figures.backpropagation import two_pass_net\ntwo_pass_net()"
ZIG_ZAG = "from helpers.figures.learning_rates import zig_zag\nzig_zag()"
GALLERY = """\
import numpy as np
from helpers.data import load_digits
from helpers.figures.digit_reader import error_gallery
from helpers.network import Network

digits = load_digits()
error_gallery(Network([64, 10], rng=np.random.default_rng(0)), digits.images / 16, digits.labels)
"""


@dataclass(frozen=True)
class Contestant:
    """One way to show a picture for a slider: its cells, and where on the page its thumb and its picture are.

    Where there are buttons in place of a slider, `buttons` are the ones for forth and back, pressed with Enter.
    """

    name: str
    cells: tuple
    thumb: str
    place: str
    picture: str
    buttons: tuple = ()

    def push(self, back):
        """(what to focus, the key to press) for one move forth or back."""
        if self.buttons:
            return self.buttons[back], "Enter"
        return self.thumb, "ArrowLeft" if back else "ArrowRight"


def live(name, module, figure, slider):
    """A figure of a lesson, moved by one of its sliders."""
    cells = (f"from helpers.figures.{module} import {figure}\n{figure}()",)
    return Contestant(name, cells, f"input[type=range][data-name={slider}]", "div.lf", "canvas")


def pushed(name, cell, forth):
    """A figure that is moved by a button and its Back."""
    buttons = tuple(f"button[data-name={one}]" for one in (forth, "back"))
    return Contestant(name, (cell,), "", "div.lf", "canvas", buttons)


CONTESTANTS = (
    Contestant("interact + plt.show()", (PICTURE + INTERACT,), ".noUi-handle", ".widget-output", "img"),
    Contestant("ipympl", (PICTURE, IPYMPL), ".noUi-handle", ".jupyter-matplotlib", "canvas"),
    Contestant("floor: a Label, no picture", (PICTURE + LABEL,), ".noUi-handle", ".widget-vbox", ".answer"),
    live("LiveFigure, kernel", "curve_fitting", "six_knob_bench", "k1"),
    live("LiveFigure, table", "curve_fitting", "one_knob_hubble", "m"),
)
LESSONS = (
    live("2 gear train, table", "chain_rule", "gear_train", "x"),
    live("3 forward or reverse, kernel", "computational_graphs", "forward_or_reverse", "inputs"),
    live("3 path counter, table", "computational_graphs", "path_counter", "stages"),
    pushed("4 two-pass net, kernel", TWO_PASSES, "step"),
    pushed("5 zig-zag, kernel", ZIG_ZAG, "step"),
    live("5 bowl, table", "learning_rates", "bowl", "eta"),
    live("6 symmetry, kernel", "vanishing_gradients", "symmetry", "updates"),
    live("6 scalar chain, table", "vanishing_gradients", "scalar_chain", "weight"),
    pushed("7 gallery of mistakes, kernel", GALLERY, "next"),
)


class Hand:
    """A mouse that never waits: Playwright's own waits for the page after each move, so a slow page would be spared
    moves that a real hand makes. This one speaks to the browser's debugging port and doesn't read the answers.
    """

    def __init__(self, page, port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10) as answer:
            targets = json.load(answer)
        address = page.url.split("?")[0]
        target = next(one for one in targets if one["url"].split("?")[0] == address)
        self._socket = websocket.create_connection(target["webSocketDebuggerUrl"], suppress_origin=True)
        self._number = 0
        self._at = (0, 0)
        self._held = 0

    def move(self, x, y):
        """Move to (x, y) in CSS pixels."""
        self._at = (x, y)
        self._send("mouseMoved")

    def button(self, what):
        """"mousePressed" or "mouseReleased", the left button, where the mouse is."""
        self._held = int(what == "mousePressed")
        self._send(what)

    def _send(self, what):
        self._number += 1
        x, y = self._at
        button = "left" if self._held or what == "mouseReleased" else "none"
        event = {"type": what, "x": x, "y": y, "button": button, "buttons": self._held, "clickCount": 1}
        self._socket.send(json.dumps({"id": self._number, "method": "Input.dispatchMouseEvent", "params": event}))


class Seat:
    """One contestant at its page, ready to be measured."""

    def __init__(self, lab, contestant, port):
        self.contestant = contestant
        self.page = lab.open(list(contestant.cells))
        lab.run_all(self.page)
        self.page.locator(contestant.place).first.wait_for()
        self.page.locator(f"{contestant.place} {contestant.picture}").first.wait_for()
        self.page.evaluate(WATCH)
        self.page.evaluate(
            "([place, picture]) => window.courseWatch.look(place, picture)", [contestant.place, contestant.picture]
        )
        self.hand = Hand(self.page, port)
        self.keys = []
        self.rates = []
        self.moves = []

    def settle(self):
        """Wait until the page is quiet."""
        self.page.evaluate("quiet => window.courseWatch.settled(quiet)", QUIET)

    def prove_that_it_moves(self):
        """Three values must show three different pictures; RuntimeError otherwise: nothing would be measured."""
        self.page.bring_to_front()
        seen = []
        for _ in range(3):
            self.page.evaluate("() => window.courseWatch.arm()")
            for _ in range(2):
                self.push(back=False)
            self.wait_answer()
            self.settle()
            seen.append(self.page.evaluate("() => window.courseWatch.fingerprint()"))
        if None in seen or len(set(seen)) < 3:
            raise RuntimeError(f"{self.contestant.name} shows the same picture for different values")
        for _ in range(6):
            self.push(back=True)
        self.settle()

    def key_presses(self, count):
        """`count` single key presses, in turns of five; each one's time to the picture, in ms."""
        for number in range(count):
            if number % 5 == 0:
                back = self.turn()
            self.focus(back)
            self.settle()
            self.page.evaluate("() => window.courseWatch.arm()")
            self.push(back)
            self.keys.append(self.wait_answer())

    def turn(self):
        """Whether the next presses go back: a range input goes where it has room, all others go to and fro."""
        share = self.share()
        return len(self.keys) // 5 % 2 == 1 if share is None else share > 0.5

    def share(self):
        """How far up its way a range input stands, 0 to 1; None where the page has another kind of control."""
        if self.contestant.buttons:
            return None
        return self.page.locator(self.contestant.thumb).first.evaluate(
            "one => one.tagName === 'INPUT' ? (one.value - one.min) / (one.max - one.min) : null"
        )

    def focus(self, back):
        """Focus what the next key press goes to."""
        self.page.locator(self.contestant.push(back)[0]).first.focus()

    def push(self, back):
        """One key press, forth or back."""
        self.focus(back)
        self.page.keyboard.press(self.contestant.push(back)[1])

    def wait_answer(self):
        """Wait for the first new picture since `arm`; ms from the key press to it."""
        self.page.wait_for_function("() => window.courseAnswer !== null", polling=25, timeout=20_000)
        return self.page.evaluate("() => window.courseAnswer")

    def drag(self, seconds):
        """Drag the thumb, where there is one, to and fro at the display's rate; distinct pictures painted a second."""
        if self.contestant.buttons:
            return
        self.settle()
        left, right, start, height = self._track(self.page.locator(self.contestant.thumb).first)
        self.hand.move(start, height)
        self.hand.button("mousePressed")
        self.page.evaluate("() => window.courseWatch.count()")
        begun = time.perf_counter()
        moves = 0
        while (now := time.perf_counter() - begun) < seconds:
            there = abs((now + 0.625) / 1.25 % 2 - 1)  # 1.25 s from end to end, from the middle on
            self.hand.move(left + (right - left) * there, height)
            moves += 1
            time.sleep(max(0.0, begun + moves * TICK - time.perf_counter()))
        tally = self.page.evaluate("() => { window.courseWatch.rest(); return window.courseTally; }")
        self.hand.button("mouseReleased")
        self.rates.append(tally["pictures"] / (time.perf_counter() - begun))
        self.moves.append(moves / seconds)

    def _track(self, thumb):
        """(left, right, where the thumb is, height) in px: the inner eight tenths of the slider's way."""
        box = thumb.bounding_box()
        share = self.share()
        if share is not None:
            track, start = box, box["x"] + 8 + share * (box["width"] - 16)
        else:
            track = self.page.locator(".noUi-base").first.bounding_box()
            start = box["x"] + box["width"] / 2
        left, right = (track["x"] + part * track["width"] for part in (0.1, 0.9))
        return left, right, start, box["y"] + box["height"] / 2


def measure(contestants, rounds, presses, seconds, say=print):
    """Run all rounds, interleaved; {name: {"ms": [...], "per_second": [...]}}."""
    server = Server()
    try:
        server.start()
        with sync_playwright() as playwright:
            port = free_port()
            flags = [*BROWSER_FLAGS, f"--remote-debugging-port={port}"]
            chromium = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
            lab = Lab(server, chromium)
            seats = [Seat(lab, contestant, port) for contestant in contestants]
            for seat in seats:
                seat.prove_that_it_moves()
            for number in range(rounds):
                say(f"round {number + 1} of {rounds}")
                for seat in seats:
                    seat.page.bring_to_front()
                    seat.key_presses(presses)
                    seat.drag(seconds)
            lab.close_all()
            chromium.close()
    finally:
        server.stop()
    return {seat.contestant.name: {"ms": seat.keys, "per_second": seat.rates, "moves": seat.moves} for seat in seats}


def table(results):
    """The results as lines of a Markdown table: medians and ratios."""
    medians = {name: statistics.median(result["ms"]) for name, result in results.items()}
    slow = medians.get(CONTESTANTS[0].name)
    floor = medians.get(CONTESTANTS[2].name)
    heads = ("way", "key press to picture, ms", "middle half, ms", "times faster than interact", "÷ floor", "a second")
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for name, result in results.items():
        low, _, high = statistics.quantiles(result["ms"], n=4)
        rate = f"{statistics.median(result['per_second']):.0f}" if result["per_second"] else "–"
        faster = f"{slow / medians[name]:.1f}" if slow else "–"
        over = f"{medians[name] / floor:.2f}" if floor else "–"
        lines.append(f"| {name} | {medians[name]:.1f} | {low:.1f} to {high:.1f} | {faster} | {over} | {rate} |")
    return lines


def main(arguments=None):
    """Measure and print; always ends with 0, since a timing is a report and not a test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="interleaved rounds (6)")
    parser.add_argument("--presses", type=int, default=10, help="key presses a round and contestant (10)")
    parser.add_argument("--seconds", type=float, default=2.5, help="seconds of dragging a round and contestant (2.5)")
    parser.add_argument("--only", help="part of the names of the contestants to run, separated by commas")
    parser.add_argument("--json", type=Path, help="write all single measurements to this file")
    parser.add_argument("--lessons", action="store_true", help="lessons 2 to 7, with interact and the floor")
    options = parser.parse_args(arguments)
    wanted = options.only.split(",") if options.only else [""]
    field = (CONTESTANTS[0], CONTESTANTS[2], *LESSONS) if options.lessons else CONTESTANTS
    contestants = [one for one in field if any(part in one.name for part in wanted)]
    results = measure(contestants, options.rounds, options.presses, options.seconds)
    print("\n".join(table(results)))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
