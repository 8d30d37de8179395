"""What every live figure promises in a real page, whatever it draws: shown with a small figure of the test's own."""

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
