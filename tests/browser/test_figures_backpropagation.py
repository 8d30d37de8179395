"""Each control of each figure of lesson 4, moved by mouse and by keyboard in a real JupyterLab.

Beside each figure on the page stands its twin in this process, moved alike: what the page shows
(every pixel, the alt text, the numbers) must be what the twin holds.
"""

import pytest

from helpers.figures import backpropagation

from .jupyterlab import Figure, hash_of
from .lessons_2_to_4 import ORDER, page_of, twin_of

FIGURES = {
    "two_pass_net": backpropagation.TwoPassNet,
    "shape_machine": backpropagation.ShapeMachine,
    "cost_bars": backpropagation.CostBars,
}
WITHOUT_A_TRACE = {"eta"}  # changes what the next update does


def controls(*kinds):
    """(figure, control) for every control of these kinds, for `parametrize`."""
    return [
        pytest.param(name, control, id=f"{name}-{control.name}")
        for name, figure in FIGURES.items()
        for control in figure.controls
        if control.kind in kinds
    ]


class Pair:
    """A figure on the page and its twin in this process."""

    def __init__(self, page, n, twin):
        self.page, self.twin = page, twin
        self.shown = Figure(page, n)

    def agree(self):
        """Picture, alt text and numbers on the page are the twin's, and there is no complaint."""
        assert self.shown.alt() == self.twin.alt
        assert self.shown.readouts() == self.twin.readouts
        assert self.shown.picture_hash() == hash_of(self.twin.picture(scale=2))
        assert self.shown.error() == ""

    def press(self, name, by="mouse"):
        """Push a button on the page and in the twin."""
        with self.shown.moving():
            if by == "mouse":
                self.shown.button(name).click()
            else:
                self.shown.button(name).focus()
                self.page.keyboard.press(by)
        self.twin.press(name)

    def walk(self, steps):
        """Push Step so many times, one after the other without waiting, on the page and in the twin."""
        goal = self.twin.at + steps
        with self.shown.moving():
            for _ in range(steps):
                self.shown.button("step").click()
        while self.twin.at < goal:
            self.twin._press("step")
        self.twin.set("eta", self.twin.value["eta"])  # one picture for all of them

    def choose(self, name, option):
        """Choose a menu's option on the page and in the twin."""
        with self.shown.moving():
            self.shown.select(name).select_option(option)
        self.twin.set(name, option)


@pytest.fixture(scope="module")
def page(session_lab):
    """The page with all figures of the lesson."""
    return page_of(session_lab)


@pytest.fixture(scope="module")
def pairs(page):
    """Figure's name to its `Pair`."""
    return {name: Pair(page, ORDER.index(name), twin_of(kind)) for name, kind in FIGURES.items()}


@pytest.fixture
def pair(pairs, request):
    """The pair of the test's figure, scrolled to."""
    pair = pairs[request.node.callspec.params["figure"]]
    pair.shown.look()
    return pair


def test_every_figure_of_the_lesson_is_tested_here():
    assert set(backpropagation.__all__) == set(FIGURES)


@pytest.mark.parametrize("figure", FIGURES)
def test_at_first_the_page_shows_what_python_holds(pair, figure):
    pair.agree()
    assert pair.shown.root.locator(".lf-task").inner_text() == pair.twin.task


@pytest.mark.parametrize(("figure", "control"), controls("slider"))
def test_a_slider_follows_mouse_and_arrow_keys(pair, figure, control):
    for by in ("mouse", "keyboard"):
        start, before = pair.shown.value(control.name), pair.shown.seen()
        if by == "mouse":
            pair.shown.drag(control.name, 0.95 if start < control.high * 0.9 else 0.1, steps=3)
        else:
            pair.shown.press(control.name, "ArrowLeft")
            assert pair.shown.value(control.name) == pytest.approx(start - control.step)
        assert pair.shown.value(control.name) != start
        pair.twin.set(control.name, pair.shown.value(control.name))
        pair.agree()
        changed = pair.shown.seen()["picture"] != before["picture"]
        assert changed == (control.name not in WITHOUT_A_TRACE)


@pytest.mark.parametrize(("figure", "control"), controls("choice"))
def test_a_menu_follows_mouse_and_keyboard(pair, figure, control):
    for by in ("mouse", "keyboard"):
        before, field = pair.shown.seen(), pair.shown.select(control.name)
        with pair.shown.moving():
            if by == "mouse":
                field.select_option(index=1 if field.input_value() != control.options[1] else 0)
            else:
                field.focus()
                pair.page.keyboard.press("ArrowUp" if field.input_value() != control.options[0] else "ArrowDown")
        pair.twin.set(control.name, field.input_value())
        pair.agree()
        after = pair.shown.seen()
        assert after["picture"] != before["picture"] and after["alt"] != before["alt"]


@pytest.mark.parametrize(("figure", "control"), controls("toggle"))
def test_a_tick_box_follows_mouse_and_keyboard(pair, figure, control):
    if figure == "two_pass_net":  # the mistake shows once ∂L/∂w₂ is known
        pair.press("reset")
        pair.walk(len(pair.twin.steps))
    for by in ("mouse", "keyboard"):
        before, box = pair.shown.seen(), pair.shown.toggle(control.name)
        with pair.shown.moving():
            if by == "mouse":
                box.click()
            else:
                box.focus()
                pair.page.keyboard.press("Space")
        pair.twin.set(control.name, box.is_checked())
        pair.agree()
        after = pair.shown.seen()
        assert after["picture"] != before["picture"] and after["alt"] != before["alt"]


def test_two_passes_an_early_update_and_one_in_time(pairs):
    pair = pairs["two_pass_net"]
    pair.shown.look()
    pair.choose("net", pair.twin.controls[1].options[0])
    with pair.shown.moving():
        pair.shown.type("eta", "0.1")
    pair.twin.set("eta", 0.1)
    pair.press("reset", by="Enter")
    pair.press("update")  # refused: nothing has been computed
    assert "weights unchanged" in pair.shown.alt()
    pair.agree()
    for by in ("mouse", "Enter", "Space"):
        before = pair.shown.seen()
        pair.press("step", by=by)
        assert pair.shown.seen() != before
    pair.walk(len(pair.twin.steps) - 3)
    assert pair.shown.readout("∂L/∂w₁") == "5.39850"
    pair.agree()
    pair.press("update", by="Space")
    assert "weights moved, update 1" in pair.shown.alt()
    pair.agree()
    pair.press("back")
    pair.press("back", by="Enter")
    assert pair.shown.readout("∂L/∂w₁") == "not yet"
    pair.agree()


def test_play_walks_to_the_end_of_the_sweep_and_stops(pairs):
    pair = pairs["two_pass_net"]
    pair.shown.look()
    pair.press("reset")
    pair.walk(len(pair.twin.steps) - 2)
    play = pair.shown.button("play")
    play.focus()
    pair.page.keyboard.press("Space")
    assert play.get_attribute("aria-pressed") == "true"
    pair.shown.root.locator('button[data-name="play"][aria-pressed="false"]').wait_for()
    pair.shown.wait_frame()
    pair.twin.press("step")
    pair.twin.press("step")
    pair.agree()
    play.click()  # nothing left to do: it stops at once
    pair.shown.root.locator('button[data-name="play"][aria-pressed="false"]').wait_for()
    pair.shown.wait_frame()
    pair.agree()


def test_a_square_w_lets_the_wrong_product_click(pairs):
    pair = pairs["shape_machine"]
    pair.shown.look()
    pair.press("reset", by="Space")
    before = pair.shown.seen()
    for name, option in (("target", "dX"), ("left", "δ"), ("right", "W")):
        pair.choose(name, option)
    assert "does not click" in pair.shown.alt()
    pair.press("square", by="Enter")
    assert "necessary, not sufficient" in pair.shown.alt()
    pair.agree()
    pair.press("reset")
    pair.press("square")
    assert pair.shown.seen() != before
    pair.agree()


def test_measuring_replaces_counting_until_reset(pairs, page, module_lab):
    pair = pairs["cost_bars"]
    pair.shown.look()
    for by in ("mouse", "Enter"):
        with pair.shown.moving():
            if by == "mouse":
                pair.shown.button("measure").click()
            else:
                pair.shown.button("measure").focus()
                page.keyboard.press(by)
        assert "Measured on this machine" in pair.shown.alt()
        lengths = module_lab.run(page, "print([list(times) for times in fig_cost_bars.measured.values()])")
        times = [[float(number) for number in one.split(",")] for one in lengths.strip(" []\n").split("], [")]
        pair.twin.measured = dict(zip(backpropagation.NETWORKS, map(tuple, times), strict=True))
        pair.twin.set("central", pair.twin.value["central"])
        pair.agree()
        pair.press("reset", by=by)
        assert "Counted in multiplications" in pair.shown.alt()
        pair.agree()


def test_the_figure_in_words_says_what_the_picture_shows(pairs):
    for pair in pairs.values():
        pair.shown.look()
        words = pair.shown.root.locator("details.lf-words")
        words.locator("summary").focus()
        pair.page.keyboard.press("Enter")
        assert words.locator("pre").inner_text().strip() == pair.twin.words.strip()
        pair.page.keyboard.press("Enter")


def test_nothing_went_wrong_in_the_page(page):
    assert page.course["errors"] == []
