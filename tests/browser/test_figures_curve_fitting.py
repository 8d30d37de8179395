"""Each control of each figure of lesson 1, moved by mouse and by keyboard in a real JupyterLab."""

from typing import ClassVar

import pytest

from helpers.figures import curve_fitting

from .figure_tests import PlayTests


class TestFigures(PlayTests):
    lesson = curve_fitting
    walks: ClassVar = {
        "six_knob_bench": ("nudge", "step", "hundred", "back", "reset"),
        "race": ("step", "step", "back", "reset"),
        "one_knob_hubble": ("step", "step", "back", "reset"),
    }
    plays = tuple(walks)
    first: ClassVar = {("one_knob_hubble", "h"): {"secant": True}, ("race", "seed"): {"tries": 120.0}}
    later: ClassVar = dict.fromkeys(  # they act on the steps that follow
        [("six_knob_bench", "eta"), ("one_knob_hubble", "eta"), ("one_knob_hubble", "plus")], ("reset", "step")
    )


def test_the_bench_shows_the_lessons_numbers(pairs):
    bench = pairs["six_knob_bench"].look()
    bench.press("reset")
    bench.put("eta", 0.5)
    assert bench.shown.readout("loss") == "1.0000"
    assert "Loss 1.0000" in bench.shown.alt()
    for presses, rmse in ((1, 15.49), (9, 4.50)):
        for _ in range(presses):
            bench.press("step")
        assert float(bench.shown.readout("RMSE in ppm")) == pytest.approx(rmse, abs=0.006)
    bench.press("reset")
    bench.press("hundred")
    assert float(bench.shown.readout("RMSE in ppm")) == pytest.approx(0.539, abs=0.0006)
    bench.agree()


def test_play_stops_by_itself_at_the_best_m(pairs):
    hubble = pairs["one_knob_hubble"].look()
    hubble.put("plus", False)
    hubble.put("eta", 0.4)
    hubble.press("reset")
    assert hubble.shown.readout("slope") == "−1042.8"
    hubble.shown.button("play").click()
    hubble.shown.root.locator('button[data-name="play"][aria-pressed="false"]').wait_for()
    hubble.shown.wait_frame()
    assert hubble.shown.readout("m") == "423.94"
    assert hubble.shown.readout("loss") == "50267"
    for _ in range(int(hubble.shown.readout("steps"))):
        hubble.twin.press("step")
    hubble.agree()


@pytest.mark.parametrize(
    ("degree", "forecast"), [(1, "400.3"), (2, "424.4"), (3, "389.7"), (5, "755.3"), (9, "−29854.9")]
)
def test_the_degree_slider_forecasts_2025(pairs, degree, forecast):
    slider = pairs["degree_slider"].look()
    slider.put("reveal", True)
    slider.put("degree", float(degree))
    assert slider.shown.readout("forecast for 2025") == f"{forecast} ppm"
    assert forecast in slider.shown.alt()
    slider.agree()


@pytest.mark.parametrize("nonsense", ["abc", "", "-", "nan", "1e"])
def test_a_box_without_a_number_explains_itself_and_the_next_move_works(pairs, nonsense):
    bench = pairs["six_knob_bench"].look()
    bench.put("k2", 0.5 if bench.twin.value["k2"] != 0.5 else 0.25)
    kept = bench.twin.value["k2"]
    bench.shown.type("k2", nonsense)
    bench.shown.root.locator(".lf-error").wait_for()
    assert "from −2 to 2" in bench.shown.error()
    assert bench.shown.error().count(".") <= 3
    assert float(bench.shown.number("k2").input_value()) == kept
    bench.agree(error=bench.shown.error())
    before = bench.shown.alt()
    bench.shown.press("k2", "ArrowRight")
    bench.follow("k2")
    bench.agree()
    assert bench.shown.alt() != before
    assert bench.shown.error() == ""


@pytest.mark.parametrize(("typed", "kept"), [("1e9", 2.0), ("-3", -2.0), ("1.25", 1.25)])
def test_a_typed_number_is_taken_or_brought_into_range_with_a_word(pairs, typed, kept):
    bench = pairs["six_knob_bench"].look()
    bench.put("k3", 0.0)
    with bench.shown.moving():
        bench.shown.type("k3", typed)
    bench.twin.set("k3", kept)
    bench.agree(error=bench.shown.error())
    assert bench.shown.value("k3") == kept
    assert ("set to" in bench.shown.error()) == (float(typed) != kept)


def test_the_figures_in_words_say_what_the_pictures_show(pairs):
    for pair in pairs.values():
        pair.look().same_figure_in_words()


def test_a_cell_can_move_the_figure_that_is_shown(pairs, session_lab):
    bench = pairs["six_knob_bench"].look()
    with bench.shown.moving():
        session_lab.run(bench.page, "fig_six_knob_bench.set('k1', 1.5)")
    bench.twin.set("k1", 1.5)
    bench.agree()
    assert bench.shown.value("k1") == 1.5


@pytest.mark.parametrize(("figure", "control"), [("degree_slider", "degree"), ("six_knob_bench", "k0")])
def test_a_figure_moves_while_a_cell_runs(pair, figure, control):
    page = pair.page
    if figure == "degree_slider":
        pair.put("degree", 1.0)
    pair.shown.press(control, "ArrowRight", "ArrowLeft")
    page.evaluate(
        """() => {
             const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
             const cell = kernel.requestExecute({code: 'import time; time.sleep(4)', store_history: false});
             window.courseCell = 'sent';
             cell.onIOPub = message => { if (message.content.execution_state === 'busy') window.courseCell = 'runs'; };
             cell.done.then(() => { window.courseCell = 'done'; });
        }"""
    )
    page.wait_for_function("() => window.courseCell === 'runs'")
    before = pair.shown.picture_hash()
    page.keyboard.press("ArrowRight")
    pair.follow(control)
    page.wait_for_function(
        "([canvas, alt]) => canvas.getAttribute('aria-label') === alt",
        arg=[pair.shown.picture.element_handle(), pair.twin.alt],
    )
    assert page.evaluate("() => window.courseCell") == "runs"
    assert pair.shown.picture_hash() != before
    pair.shown.wait_frame()
    pair.agree()
    page.wait_for_function("() => window.courseCell === 'done'")
