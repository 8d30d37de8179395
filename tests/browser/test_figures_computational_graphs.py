"""Each control of each figure of lesson 3, by mouse and by keyboard in a real JupyterLab."""

import pytest

from helpers.figures import computational_graphs

from .figure_tests import ORDER, FigureTests
from .jupyterlab import Figure


class TestFigures(FigureTests):
    lesson = computational_graphs


@pytest.mark.parametrize("by", ["mouse", "Enter"])
def test_the_buttons_of_the_sticker_graph_do_what_they_say(pairs, by):
    pair = pairs["edge_stickers"].look()
    for name in ("finish", "step", "back"):
        pair.press(name, by)
    assert "Forward: L is computed" in pair.shown.alt()
    pair.press("finish", by)
    assert [pair.shown.readout(f"{name}.grad") for name in "xy"] == ["13", "−30"]
    pair.agree()
    pair.press("reset", by)
    assert pair.shown.readout("x.grad") == "nothing yet"


def test_the_lists_and_the_box_by_mouse_give_the_lessons_wrong_numbers(pairs):
    pair = pairs["edge_stickers"].look()
    pair.press("finish")
    pair.press("finish")
    pair.choose("order", "recursive")
    assert pair.shown.readout("x.grad") == "46"
    pair.choose("order", "topological")
    pair.tick("overwrite", "mouse")
    assert pair.shown.readout("x.grad") == "12"
    assert "was written over" in pair.shown.alt()
    pair.agree()
    pair.tick("overwrite", "mouse")
    pair.choose("second", "without zeroing")
    pair.press("finish")
    assert pair.shown.readout("x.grad") == "65"
    pair.choose("graph", computational_graphs.GRAPHS[1])
    pair.agree()


def test_the_lists_and_the_box_follow_the_keys(pairs):
    pair = pairs["edge_stickers"].look()
    pair.choose("graph", computational_graphs.GRAPHS[0], by="keyboard")
    pair.choose("graph", computational_graphs.GRAPHS[1], by="keyboard")
    pair.choose("second", "after zeroing", by="keyboard")
    pair.choose("second", "no", by="keyboard")
    pair.choose("order", "breadth-first", by="keyboard")
    pair.tick("overwrite", "Space")
    pair.tick("overwrite", "Space")
    if not pair.twin.shown["finished"]:
        pair.press("finish")
        pair.press("finish")
    assert [pair.shown.readout(f"{name}.grad") for name in "xy"] == ["−8", "3"]
    assert "its customer q had not reported yet" in pair.shown.alt()
    pair.agree()


def test_play_walks_to_the_end_and_stops_there(pairs):
    pair = pairs["path_counter"].look()
    play = pair.shown.button("play")
    pair.push("play", "Space")
    assert play.get_attribute("aria-pressed") == "true"
    pair.shown.root.locator('button[data-name="play"][aria-pressed="false"]').wait_for()
    pair.shown.wait_frame()
    while not pair.twin.shown["finished"]:
        pair.twin.press("step")
    pair.agree()
    assert pair.shown.readout("edges walked") == "24"


def test_play_of_the_sticker_graph_pauses(pairs):
    pair = pairs["edge_stickers"].look()
    pair.press("reset")
    play = pair.shown.button("play")
    play.click()
    pair.shown.wait_frame(after=pair.shown.frame(), state="moving")
    play.click()
    assert play.inner_text() == "Play"
    pair.shown.wait_frame()
    assert pair.catch_up() <= 9
    pair.agree()


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_the_path_counter_counts(pairs, by):
    pair = pairs["path_counter"].look()
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
        pair.press(name, "mouse" if by == "mouse" else "Enter")
        assert pair.shown.readout("edges walked") == walked
    pair.choose("walk", computational_graphs.WALKS[0], by)
    pair.shown.press("stages", "Home", "ArrowRight", "ArrowRight")
    pair.twin.set("stages", 3)
    pair.agree()
    assert pair.shown.readout("paths") == "8"


def test_the_two_modes_follow_mouse_keys_and_buttons(pairs):
    pair = pairs["forward_or_reverse"].look()
    for name in ("inputs", "outputs"):
        pair.shown.drag(name, 0.5)
        pair.twin.set(name, pair.shown.value(name))
        assert 1000 < pair.twin.value[name] < 1500
        pair.shown.press(name, "ArrowLeft", "ArrowLeft")
        pair.twin.set(name, pair.twin.value[name] - 2)
    pair.agree()
    for by, name, passes in (
        ("mouse", "digits", "2,410"),
        ("mouse", "curve", "1"),
        ("Space", "square", "10"),
        ("Enter", "fit", "6"),
    ):
        pair.press(name, by)
        assert pair.shown.readout("forward sweeps") == passes
    pair.agree()
    pair.put("inputs", 300)
    pair.agree()


def test_a_learners_own_expression_can_be_walked(pairs):
    own = Figure(next(iter(pairs.values())).page, ORDER.index("own"))
    for _ in range(2):
        own.click("finish")
    assert own.readout("a.grad") == "20"
    assert "All 4 gradients are right." in own.alt()


def test_the_figures_in_words_say_what_the_pictures_show(pairs):
    for pair in pairs.values():
        pair.look().same_figure_in_words()
