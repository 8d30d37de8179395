"""Each control of each figure of lesson 3, by mouse and by keyboard in a real JupyterLab.

Beside each figure on the page stands its twin in this process, moved alike: what the page shows must be what the twin
holds, every pixel of it.
"""

import pytest

from helpers.figures import computational_graphs

from .jupyterlab import Figure, hash_of
from .lessons_2_to_4 import ORDER, page_of, twin_of

FIGURES = {
    "edge_stickers": computational_graphs.EdgeStickers,
    "path_counter": computational_graphs.PathCounter,
    "forward_or_reverse": computational_graphs.ForwardOrReverse,
}


class Pair:
    """A figure on the page and its twin in this process."""

    def __init__(self, page, n, twin):
        self.shown, self.twin, self.page = Figure(page, n), twin, page

    def agree(self):
        """Picture, alt text and readouts on the page are the twin's."""
        assert self.shown.alt() == self.twin.alt
        assert self.shown.readouts() == self.twin.readouts
        assert self.shown.error() == self.twin.error
        assert self.shown.picture_hash() == hash_of(self.twin.picture(scale=2))

    def push(self, name, key=""):
        """Push a button by mouse, or by a key, on the page and in the twin."""
        with self.shown.moving():
            if key:
                self.shown.button(name).focus()
                self.page.keyboard.press(key)
            else:
                self.shown.button(name).click()
        self.twin.press(name)

    def choose(self, name, option, by="mouse"):
        """Choose an option of a list; by keyboard with its arrow keys."""
        field = self.shown.select(name)
        with self.shown.moving():
            if by == "mouse":
                field.select_option(option)
            else:
                options = self.twin._controls[name].options
                way = options.index(option) - options.index(self.twin.value[name])
                field.focus()
                for _ in range(abs(way)):
                    self.page.keyboard.press("ArrowDown" if way > 0 else "ArrowUp")
        self.twin.set(name, option)
        assert field.input_value() == option

    def tick(self, name, by):
        """Change a tick box."""
        box = self.shown.toggle(name)
        with self.shown.moving():
            if by == "mouse":
                box.click()
            else:
                box.focus()
                self.page.keyboard.press("Space")
        self.twin.set(name, box.is_checked())


@pytest.fixture(scope="module")
def pairs(session_lab):
    """Figure's name to its `Pair`, all on one page."""
    page = page_of(session_lab)
    return {name: Pair(page, ORDER.index(name), twin_of(kind)) for name, kind in FIGURES.items()}


def test_every_figure_of_the_lesson_is_tested_here():
    assert set(computational_graphs.__all__) == set(FIGURES)


def test_at_first_the_page_shows_what_python_holds(pairs):
    for pair in pairs.values():
        pair.shown.look()
        pair.agree()
        assert pair.shown.root.locator(".lf-task").inner_text() == pair.twin.task


@pytest.mark.parametrize("key", ["", "Enter"])
def test_the_buttons_of_the_sticker_graph_do_what_they_say(pairs, key):
    pair = pairs["edge_stickers"]
    pair.shown.look()
    for name in ("finish", "step", "back"):
        pair.push(name, key)
    assert "Forward: L is computed" in pair.shown.alt()
    pair.push("finish", key)
    assert [pair.shown.readout(f"{name}.grad") for name in "xy"] == ["13", "−30"]
    pair.agree()
    pair.push("reset", key)
    assert pair.shown.readout("x.grad") == "nothing yet"


def test_the_lists_and_the_box_by_mouse_give_the_lessons_wrong_numbers(pairs):
    pair = pairs["edge_stickers"]
    pair.shown.look()
    pair.push("finish")
    pair.push("finish")
    pair.choose("order", "recursive")
    assert pair.shown.readout("x.grad") == "46"
    pair.choose("order", "topological")
    pair.tick("overwrite", "mouse")
    assert pair.shown.readout("x.grad") == "12"
    assert "was written over" in pair.shown.alt()
    pair.agree()
    pair.tick("overwrite", "mouse")
    pair.choose("second", "without zeroing")
    pair.push("finish")
    assert pair.shown.readout("x.grad") == "65"
    pair.choose("graph", computational_graphs.GRAPHS[1])
    pair.agree()


def test_the_lists_and_the_box_follow_the_keys(pairs):
    pair = pairs["edge_stickers"]
    pair.shown.look()
    pair.choose("graph", computational_graphs.GRAPHS[0], by="keyboard")
    pair.choose("graph", computational_graphs.GRAPHS[1], by="keyboard")
    pair.choose("second", "after zeroing", by="keyboard")
    pair.choose("second", "no", by="keyboard")
    pair.choose("order", "breadth-first", by="keyboard")
    pair.tick("overwrite", "keyboard")
    pair.tick("overwrite", "keyboard")
    if not pair.twin.shown["finished"]:
        pair.push("finish")
        pair.push("finish")
    assert [pair.shown.readout(f"{name}.grad") for name in "xy"] == ["−8", "3"]
    assert "its customer q had not reported yet" in pair.shown.alt()
    pair.agree()


def test_play_walks_to_the_end_and_stops_there(pairs):
    pair = pairs["path_counter"]
    pair.shown.look()
    play = pair.shown.button("play")
    play.focus()
    pair.page.keyboard.press("Space")
    assert play.get_attribute("aria-pressed") == "true"
    pair.shown.root.locator('button[data-name="play"][aria-pressed="false"]').wait_for()
    pair.shown.wait_frame()
    while not pair.twin.shown["finished"]:
        pair.twin.press("step")
    pair.agree()
    assert pair.shown.readout("edges walked") == "24"


def test_play_of_the_sticker_graph_pauses(pairs):
    pair = pairs["edge_stickers"]
    pair.shown.look()
    pair.push("reset")
    play = pair.shown.button("play")
    play.click()
    pair.shown.wait_frame(after=pair.shown.frame(), state="moving")
    play.click()
    assert play.inner_text() == "Play"
    pair.shown.wait_frame()
    shown = pair.shown.alt()
    for _ in range(9):
        if pair.twin.alt != shown:
            pair.twin.press("step")
    pair.agree()


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_the_path_counter_counts(pairs, by):
    pair = pairs["path_counter"]
    pair.shown.look()
    if by == "mouse":
        pair.shown.drag("stages", 1.0)
    else:
        pair.shown.press("stages", "End")
    pair.twin.set("stages", 20)
    pair.agree()
    assert pair.shown.readout("paths") == "1,048,576"
    assert pair.shown.readout("edges") == "40"
    pair.choose("walk", computational_graphs.WALKS[1], by)
    for name, walked in (("step", "2"), ("back", "0"), ("step", "2"), ("reset", "0")):
        pair.push(name, "" if by == "mouse" else "Enter")
        assert pair.shown.readout("edges walked") == walked
    pair.choose("walk", computational_graphs.WALKS[0], by)
    pair.shown.press("stages", "Home", "ArrowRight", "ArrowRight")
    pair.twin.set("stages", 3)
    pair.agree()
    assert pair.shown.readout("paths") == "8"


def test_the_two_modes_follow_mouse_keys_and_buttons(pairs):
    pair = pairs["forward_or_reverse"]
    pair.shown.look()
    for name in ("inputs", "outputs"):
        pair.shown.drag(name, 0.5)
        pair.twin.set(name, pair.shown.value(name))
        assert 1000 < pair.twin.value[name] < 1500
        pair.shown.press(name, "ArrowLeft", "ArrowLeft")
        pair.twin.set(name, pair.twin.value[name] - 2)
    pair.agree()
    for key, name, passes in (
        ("", "digits", "2,410"),
        ("", "curve", "1"),
        ("Space", "square", "10"),
        ("Enter", "fit", "6"),
    ):
        pair.push(name, key)
        assert pair.shown.readout("forward passes") == passes
    pair.agree()
    pair.shown.type("inputs", "300")
    pair.shown.wait_frame(after=pair.shown.frame())
    pair.twin.set("inputs", 300)
    pair.agree()


def test_a_learners_own_expression_can_be_walked(pairs):
    own = Figure(next(iter(pairs.values())).page, ORDER.index("own"))
    for _ in range(2):
        own.click("finish")
    assert own.readout("a.grad") == "20"
    assert "All 4 gradients are right." in own.alt()


def test_the_figure_in_words_says_what_the_picture_shows(pairs):
    for pair in pairs.values():
        pair.shown.look()
        details = pair.shown.root.locator("details.lf-words")
        details.locator("summary").focus()
        pair.page.keyboard.press("Enter")
        assert details.locator("pre").inner_text().strip() == pair.twin.words.strip()
        pair.page.keyboard.press("Enter")


def test_nothing_went_wrong_in_the_page(pairs):
    assert next(iter(pairs.values())).page.course["errors"] == []
