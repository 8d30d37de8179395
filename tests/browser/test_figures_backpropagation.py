"""Each control of each figure of lesson 4, moved by mouse and by keyboard in a real JupyterLab."""

from typing import ClassVar

from helpers.figures import backpropagation

from .figure_tests import ControlTests


class TestFigures(ControlTests):
    lesson = backpropagation
    walks: ClassVar = {"shape_machine": ("square", "reset")}  # the others' buttons: below
    # At equal sizes every product clicks, and is told from every other.
    first: ClassVar = {
        ("shape_machine", menu): {"N": 2, "in": 2, "out": 2} for menu in ("target", "left", "operation", "right")
    }
    silent: ClassVar = {("two_pass_net", "eta")}  # changes what the next update does

    def ready(self, pair, figure, control=""):
        super().ready(pair, figure, control)
        if control == "early":  # the mistake shows once ∂L/∂w₂ is known
            pair.press("reset")
            walk(pair, len(pair.twin.steps))


def walk(pair, steps):
    """Push Step so many times, one after the other without waiting, on the page and in the twin."""
    goal = pair.twin.at + steps
    with pair.shown.moving():
        for _ in range(steps):
            pair.shown.button("step").click()
    while pair.twin.at < goal:
        pair.twin._press("step")
    pair.twin.set("eta", pair.twin.value["eta"])  # one picture for all of them


def test_two_passes_an_early_update_and_one_in_time(pairs):
    pair = pairs["two_pass_net"].look()
    pair.choose("net", pair.twin.controls[1].options[0])
    pair.put("eta", 0.1)
    pair.press("reset", by="Enter")
    pair.press("update")  # refused: nothing has been computed
    assert "weights unchanged" in pair.shown.alt()
    pair.agree()
    for by in ("mouse", "Enter", "Space"):
        before = pair.shown.seen()
        pair.press("step", by=by)
        assert pair.shown.seen() != before
    walk(pair, len(pair.twin.steps) - 3)
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
    pair = pairs["two_pass_net"].look()
    pair.press("reset")
    walk(pair, len(pair.twin.steps) - 2)
    play = pair.shown.button("play")
    pair.push("play", "Space")
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
    pair = pairs["shape_machine"].look()
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


def test_measuring_replaces_counting_until_reset(pairs, session_lab):
    pair = pairs["cost_bars"].look()
    for by in ("mouse", "Enter"):
        with pair.shown.moving():
            pair.push("measure", by)
        assert "Measured on this machine" in pair.shown.alt()
        lengths = session_lab.run(pair.page, "print([list(times) for times in fig_cost_bars.measured.values()])")
        times = [[float(number) for number in one.split(",")] for one in lengths.strip(" []\n").split("], [")]
        pair.twin.measured = dict(zip(backpropagation.NETWORKS, map(tuple, times), strict=True))
        pair.twin.set("central", pair.twin.value["central"])
        pair.agree()
        pair.press("reset", by=by)
        assert "Counted in multiplications" in pair.shown.alt()
        pair.agree()


def test_the_figures_in_words_say_what_the_pictures_show(pairs):
    for pair in pairs.values():
        pair.look().same_figure_in_words()
