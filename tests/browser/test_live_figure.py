"""What every live figure promises in a real page, whatever it draws: shown with a small figure of the test's own."""

import math

import pytest

from .jupyterlab import Figure, figures

FRAGILE = """
import time
from helpers.live import Button, LiveFigure, Slider, Toggle

class Fragile(LiveFigure):
    name = "fragile figure"
    task = "Move m, and break it."
    size = (4.0, 2.0)
    controls = (
        Slider("m", "height m", 0, 10, 1, 0, digits=0),
        Toggle("broken", "divide by zero"),
        Toggle("slow", "think for a while"),
        Button("fall", "Fall"),
    )
    asked = 0

    def draw(self, figure):
        axes = figure.add_axes((0.1, 0.2, 0.85, 0.7))
        axes.set(xlim=(0, 1), ylim=(0, 10))
        self.moving("line", axes.plot([], []))

    def update(self):
        self.asked += 1
        if self.value["slow"]:
            time.sleep(4 if self.value["m"] == 7 else 0.15)
        if self.value["broken"] and self.value["m"] == 3:
            1 / 0
        self.artists["line"].set_data([0, 1], [0, self.value["m"]])

    def pressed(self, name):
        raise KeyError("no step to take")

    def describe(self):
        return f"A line that ends at height {self.value['m']:.0f}."

    def read(self):
        return {"height": f"{self.value['m']:.0f}"}

fig = Fragile()
fig
"""


@pytest.fixture(scope="module")
def page(module_lab):
    """A page that shows one figure twice."""
    page = module_lab.open([FRAGILE, "fig"])
    module_lab.run_all(page)
    return page


@pytest.fixture
def fig(page):
    """Its first view, everything switched off and m at 0."""
    fig = Figure(page)
    for name in ("broken", "slow"):
        if fig.toggle(name).is_checked():
            with fig.moving():
                fig.toggle(name).uncheck()
    if fig.value("m"):
        fig.press("m", "Home")
    return fig


def test_two_views_of_one_figure_agree(page, fig):
    one, two = figures(page)
    for mover, follower in ((one, two), (two, one)):
        before = follower.seen()
        frame = follower.frame()
        mover.press("m", "ArrowRight", "ArrowRight")
        follower.wait_frame(after=frame)
        follower.look()
        assert follower.seen() == mover.seen()
        assert follower.seen()["picture"] != before["picture"]
        assert follower.value("m") == mover.value("m")
        assert follower.number("m").input_value() == mover.number("m").input_value()


def test_an_error_in_a_figure_is_one_sentence_and_the_next_move_works(fig):
    with fig.moving():
        fig.toggle("broken").check()
    fig.press("m", "ArrowRight", "ArrowRight", "ArrowRight")
    assert fig.value("m") == 3
    assert "division by zero" in fig.error()
    assert "Traceback" not in fig.root.inner_text()
    assert "\n" not in fig.error().strip()
    broken = fig.picture_hash()
    fig.press("m", "ArrowRight")
    assert fig.error() == ""
    assert fig.alt() == "A line that ends at height 4."
    assert fig.picture_hash() != broken


def test_a_button_that_fails_says_so_and_the_next_move_works(fig):
    fig.click("fall")
    assert "no step to take" in fig.error()
    fig.press("m", "ArrowRight")
    assert fig.error() == ""
    assert fig.readout("height") == "1"


def test_the_newest_request_wins_while_python_is_slow(page, fig, module_lab):
    with fig.moving():
        fig.toggle("slow").check()
    asked = int(module_lab.run(page, "print(fig.asked)"))
    fig.slider("m").focus()
    with fig.moving():
        for _ in range(9):
            page.keyboard.press("ArrowRight")
    assert fig.alt() == "A line that ends at height 9."
    assert fig.value("m") == 9
    assert int(module_lab.run(page, "print(fig.asked)")) - asked < 9, "each key press queued a picture of its own"


def test_a_long_silence_is_explained_and_ends_with_the_picture(fig):
    with fig.moving():
        fig.toggle("slow").check()
    frame = fig.frame()
    fig.type("m", "7")
    fig.root.locator(".lf-status.lf-visible").wait_for()
    assert "Python has not answered yet" in fig.status()
    fig.wait_frame(after=frame)
    assert fig.alt() == "A line that ends at height 7."
    assert fig.status() == ""


COUNTER = """
from helpers.live import Button, LiveFigure, Slider

class Counter(LiveFigure):
    name = "counter"
    task = "Move m, then count."
    size = (4.0, 2.0)
    controls = (Slider("m", "height m", 0, 10, 1, 0, digits=0), Button("count", "Count"))
    counted = 0

    def draw(self, figure):
        axes = figure.add_axes((0.1, 0.2, 0.85, 0.7))
        axes.set(xlim=(0, 10), ylim=(0, 10))
        self.moving("line", axes.plot([], []))

    def update(self):
        self.artists["line"].set_data([0, self.counted], [0, self.value["m"]])

    def pressed(self, name):
        self.counted += 1
        self.value["m"] = 0.0  # as a Reset does; a number that came after the push would put it back

    def describe(self):
        return f"Counted to {self.counted}, m is {self.value['m']:.0f}."

Counter()
"""


def test_a_number_typed_before_a_push_does_not_come_back_after_it(module_lab):
    page = module_lab.open([COUNTER])
    module_lab.run_all(page)
    fig = Figure(page)
    fig.type("m", "7")
    fig.click("count")
    page.wait_for_timeout(600)  # longer than the fine picture waits for the hand to rest
    fig.wait_frame()
    assert fig.alt() == "Counted to 1, m is 0."


def test_arrow_keys_stay_in_the_figure(page, fig):
    active = "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex"
    before = page.evaluate(active)
    fig.press("m", "ArrowDown", "ArrowUp", "ArrowUp")
    for key in ("a", "b", "d", "d", "m"):  # in JupyterLab's command mode these insert and delete cells
        page.keyboard.press(key)
    assert page.evaluate(active) == before
    assert len(figures(page)) == 2


def test_after_a_page_reload_the_figure_still_moves(page, fig, module_lab):
    fig.press("m", "End")
    module_lab.save(page)
    module_lab.reload(page)
    fig = Figure(page)
    assert fig.alt() == "A line that ends at height 10."
    fig.press("m", "ArrowLeft")
    assert fig.alt() == "A line that ends at height 9."
    assert module_lab.run(page, "print(fig.value['m'])").strip() == "9.0"


SPOT = """
from helpers.live import LiveFigure, Slider

class Spot(LiveFigure):
    name = "spot"
    task = "Put the spot somewhere."
    size = (6.0, 3.0)
    controls = (
        Slider("x", "spot x", -2, 2, 0.05, 0),
        Slider("y", "spot y", 0, 1, 0.1, 0.5, digits=1),
        Slider("size", "size", 1, 100, 1, 10, digits=0),
    )
    tabled = ("size",)

    def draw(self, figure):
        axes = figure.add_axes((0.1, 0.2, 0.5, 0.7))
        axes.set(xlim=(-2.5, 2.5), ylim=(-0.5, 1.5))
        self.pick(axes, x="x", y="y", hint="Click in the map to move the spot, or type its place below.")
        self.moving("spot", axes.plot([], [], "o"))
        scale = figure.add_axes((0.7, 0.2, 0.25, 0.7))
        scale.set(yscale="log", ylim=(1000, 0.1), xlim=(0, 1))
        self.pick(scale, y="size", hint="Click in the scale for its size.")
        self.moving("mark", scale.plot([], []))

    def update(self):
        self.artists["spot"].set_data([self.value["x"]], [self.value["y"]])
        self.artists["mark"].set_data([0, 1], [self.value["size"]] * 2)

    def describe(self):
        return f"A spot of size {self.value['size']:.0f} at {self.value['x']:.2f}, {self.value['y']:.1f}."

fig = Spot()
fig
"""


class Aim:
    """A picture of `SPOT` on a page, and where on the page its places are."""

    def __init__(self, page, shrunk=1.0):
        self.page, self.fig = page, Figure(page)
        self.fig.root.evaluate("(root, part) => { root.style.width = `${part * 100}%`; }", shrunk)
        page.mouse.move(1, 1)

    def at(self, left, top):
        """A place of the picture, its sides taken as 1, in the window's CSS pixels."""
        self.fig.picture.scroll_into_view_if_needed()
        box = self.fig.picture.bounding_box()
        return box["x"] + 1 + left * (box["width"] - 2), box["y"] + 1 + top * (box["height"] - 2)  # 1 px of border

    def map(self, x, y):
        """A place of the map, in its own numbers."""
        return self.at(0.1 + 0.5 * (x + 2.5) / 5, 0.1 + 0.7 * (1.5 - y) / 2)

    def scale(self, size):
        """A place on the logarithmic scale, which hangs upside down."""
        return self.at(0.8, 0.1 + 0.7 * (math.log10(size) + 1) / 4)


@pytest.fixture(scope="module", params=[1.0, 1.5, 2.0], ids=lambda zoom: f"{zoom:.0%}")
def aims(module_lab, request):
    """Whether at full width or shrunk by the page, a page at this zoom with `SPOT` far down on it."""
    page = module_lab.open(["print('\\n' * 30)", SPOT], zoom=request.param)
    module_lab.run_all(page)
    return page


@pytest.mark.parametrize("shrunk", [1.0, 0.6])
def test_a_click_in_the_picture_moves_controls_and_picture(aims, shrunk):
    aim = Aim(aims, shrunk)
    fig = aim.fig
    for x, y in ((-1.35, 0.2), (0.65, 0.8)):
        before = fig.picture_hash()
        with fig.moving():
            aims.mouse.click(*aim.map(x, y))
        assert (fig.value("x"), fig.value("y")) == (x, y)
        assert (fig.number("x").input_value(), fig.number("y").input_value()) == (f"{x:.2f}", f"{y:.1f}")
        assert fig.alt().endswith(f"at {x:.2f}, {y:.1f}.")
        assert fig.picture_hash() != before
    assert aims.course["errors"] == []


def test_a_click_far_off_the_sliders_range_takes_its_end_and_one_beside_the_axes_takes_nothing(aims):
    aim = Aim(aims)
    with aim.fig.moving():
        aims.mouse.click(*aim.map(2.4, 1.4))
    assert (aim.fig.value("x"), aim.fig.value("y")) == (2, 1)
    shown, frame = aim.fig.seen(), aim.fig.frame()
    aims.mouse.click(*aim.at(0.03, 0.5))
    aims.mouse.click(*aim.at(0.65, 0.5))
    aims.mouse.click(*aim.map(0, 0), button="right")
    aims.keyboard.press("Escape")  # the menu of the right button
    with aim.fig.moving():
        aims.mouse.click(*aim.scale(20))
    assert aim.fig.frame() - frame < 4, "a click beside the axes asked for a picture"
    assert (aim.fig.value("x"), aim.fig.value("y")) == (2, 1)
    assert aim.fig.alt() == shown["alt"].replace(shown["alt"].split()[4], "20")


def test_the_spot_follows_the_mouse_until_it_is_let_go(aims):
    aim = Aim(aims)
    aims.mouse.move(*aim.map(-1, 0))
    with aim.fig.moving():
        aims.mouse.down()
    with aim.fig.moving():
        aims.mouse.move(*aim.map(1, 0.6), steps=6)
    assert (aim.fig.value("x"), aim.fig.value("y")) == (1, 0.6)
    with aim.fig.moving():
        aims.mouse.move(*aim.at(0.99, 0.02), steps=3)  # out of the axes: the nearest place that the sliders have
    assert (aim.fig.value("x"), aim.fig.value("y")) == (2, 1)
    aims.mouse.up()
    aims.mouse.move(*aim.map(0, 0), steps=3)
    assert (aim.fig.value("x"), aim.fig.value("y")) == (2, 1)


def test_one_number_can_be_picked_from_a_logarithmic_scale_and_drawn_from_a_table(aims):
    aim = Aim(aims)
    for size in (2, 30, 90, 7):
        with aim.fig.moving():
            aims.mouse.click(*aim.scale(size))
        assert aim.fig.value("size") == pytest.approx(size, rel=0.02)  # a pixel is worth a few per cent
        assert aim.fig.alt().startswith(f"A spot of size {aim.fig.value('size'):.0f} ")


def test_the_cursor_shows_where_a_click_counts_and_the_page_says_so_once(aims):
    aim = Aim(aims)
    cursor = "canvas => getComputedStyle(canvas).cursor"
    for place, shown in ((aim.map(0, 0), "crosshair"), (aim.at(0.02, 0.02), "auto"), (aim.scale(10), "crosshair")):
        aims.mouse.move(*place)
        assert aim.fig.picture.evaluate(cursor) == shown
    hint = aim.fig.root.locator(".lf-hint")
    assert hint.inner_text() == (
        "Click in the map to move the spot, or type its place below. Click in the scale for its size."
    )


def test_what_a_click_chose_is_said_to_a_screen_reader(aims):
    aim = Aim(aims)
    with aim.fig.moving():
        aims.mouse.click(*aim.map(-0.5, 0.3))
    assert aim.fig.root.locator(".lf-status").text_content() == "spot x \u22120.50, spot y 0.3"


class Hand:
    """A finger or a pen, sent through the browser's own input, so that it can also scroll the page."""

    def __init__(self, page, pointer):
        self.pointer, self.session, self.at = pointer, page.context.new_cdp_session(page), (0, 0)

    def down(self, place):
        """Touch the screen."""
        self._send("touchStart", "mousePressed", place)

    def move(self, place):
        """Move over the screen, or above it."""
        self._send("touchMove", "mouseMoved", place)

    def up(self):
        """Leave the screen."""
        self._send("touchEnd", "mouseReleased", self.at)

    def _send(self, touch, mouse, place):
        self.at = x, y = place
        if self.pointer == "touch":
            points = [] if touch == "touchEnd" else [{"x": x, "y": y}]
            self.session.send("Input.dispatchTouchEvent", {"type": touch, "touchPoints": points})
        else:
            event = {"type": mouse, "x": x, "y": y, "pointerType": "pen", "clickCount": 1}
            self.session.send("Input.dispatchMouseEvent", event | {"button": "left", "buttons": 1})


@pytest.mark.parametrize("pointer", ["touch", "pen"])
def test_a_tap_chooses_and_a_swipe_does_not(aims, pointer):
    aim, hand = Aim(aims), Hand(aims, pointer)
    fig = aim.fig
    fig.picture.evaluate(
        "canvas => { window.seen = [];"
        " canvas.addEventListener('pointerdown', event => window.seen.push(event.pointerType)); }"
    )
    with fig.moving():
        hand.down(aim.map(1.2, 0.4))
        hand.up()
    assert (fig.value("x"), fig.value("y")) == (1.2, 0.4)
    frame = fig.frame()
    hand.down(aim.map(-1, -0.3))
    for y in (-0.1, 0.2, 0.6, 1.0, 1.4):
        hand.move(aim.map(-1, y))
    hand.up()
    fig.press("size", "ArrowRight")  # what the swipe had asked for before this would show now
    assert (fig.value("x"), fig.value("y")) == (1.2, 0.4)
    assert fig.alt().endswith("at 1.20, 0.4.") and fig.frame() - frame < 5
    assert set(aims.evaluate("window.seen")) == {pointer}
    hand.session.detach()


CELLS = """
import numpy as np
from helpers.live import LiveFigure, Slider

class Cells(LiveFigure):
    name = "cells"
    task = "Turn them."
    size = (4.0, 2.0)
    controls = (Slider("turn", "turn", 0, 5, 1, 0, digits=0),)

    def draw(self, figure):
        axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
        axes.set_axis_off()
        self.moving("cells", axes.imshow(self.cells(), cmap="PuOr", vmin=0, vmax=5, interpolation="nearest"))

    def cells(self):
        return (np.arange(6).reshape(2, 3) + self.value["turn"]) % 6

    def update(self):
        self.artists["cells"].set_data(self.cells())

    def describe(self):
        return f"Six cells, turned by {self.value['turn']:.0f}."

fig = Cells()
fig
"""


def test_cells_drawn_by_the_browser_have_the_colours_of_the_picture_at_rest(module_lab):
    page = module_lab.open([CELLS])
    module_lab.run_all(page)
    fig = Figure(page)
    fig.press("turn", "ArrowRight")  # by then the browser has the background
    fig.root.evaluate(
        """root => {
             const canvas = root.querySelector('canvas');
             window.colours = {};
             window.decoded = [];
             const decode = window.createImageBitmap;
             window.createImageBitmap = (...all) => { window.decoded.push(all[0].type); return decode(...all); };
             window.sample = () => {
                 const pen = canvas.getContext('2d'), unit = canvas.width / 400;
                 return [[120, 60], [200, 60], [280, 60], [120, 140], [200, 140], [280, 140]]
                     .map(([x, y]) => [...pen.getImageData(x * unit, y * unit, 1, 1).data].join());
             };
             new MutationObserver(() => { (window.colours[root.dataset.state] ??= []).push(window.sample()); })
                 .observe(root, {attributes: true, attributeFilter: ['data-frame']});
        }"""
    )
    fig.press("turn", "ArrowRight")
    moving, rest = (page.evaluate(f"window.colours.{state}") for state in ("moving", "rest"))
    assert len(moving) == 1 and moving == rest
    assert len(set(rest[0])) == 6
    assert page.evaluate("window.decoded") == ["image/png"]  # the picture at rest: the quick one came as marks
    assert page.course["errors"] == []


def test_nothing_went_wrong_in_the_page(page):
    assert page.course["errors"] == []


KERNEL = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"


@pytest.mark.parametrize("end", ["crashed", "restarted", "shut down"])
def test_without_its_python_a_figure_says_what_to_do(page, module_lab, end):
    """The last tests of this page: after each but the last, running the cell again gives a figure that moves."""
    module_lab.run_all(page)
    fig = Figure(page)
    if end == "crashed":
        page.evaluate(f"() => {{ {KERNEL}.requestExecute({{code: 'import os; os._exit(1)', store_history: false}}); }}")
        page.locator(".jp-Dialog").get_by_role("button").last.click()
        page.locator(".jp-Dialog").wait_for(state="detached")
    elif end == "restarted":
        page.evaluate(f"() => {KERNEL}.restart()")
    else:
        module_lab.server.end_kernel(module_lab.kernel_of(page))
    picture = fig.picture_hash()
    fig.slider("m").focus()
    page.keyboard.press("ArrowRight")
    fig.root.locator(".lf-status.lf-visible").wait_for()
    assert "run this figure's cell again" in fig.status()
    assert fig.picture_hash() == picture
    if end != "shut down":
        module_lab.wait_idle(page)
        module_lab.run_all(page)
        fig = Figure(page)
        fig.press("m", "ArrowRight")
        assert fig.alt() == "A line that ends at height 1."
    assert page.course["errors"] == []
