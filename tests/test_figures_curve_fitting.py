"""The figures of lesson 1: the numbers that must come out, and every control of every figure without a browser."""

import figure_tests
import numpy as np
import pytest
from figure_tests import elsewhere, makers, name_of, quick, settings  # noqa: F401 - quick: for all tests here

from helpers.data import standardised_co2
from helpers.figures import curve_fitting

MAKERS = makers(curve_fitting)
NEEDS = {"h": ("secant", True), "seed": ("tries", 200)}  # what has to be on for a control to show


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_every_control_changes_picture_words_and_alt_text(make):
    figure = make()
    for control in settings(figure):
        if control.name in ("eta", "plus"):
            continue  # they act on the next step: tested below
        if control.name in NEEDS:
            figure.set(*NEEDS[control.name])
        figure_tests.assert_it_changes(figure, control.name, elsewhere(control, figure.value[control.name]))


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_every_slider_stands_both_its_ends(make):
    figure_tests.assert_both_ends(make())


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_every_tabled_slider_can_be_drawn_by_the_browser(make):
    figure = make()
    for control in figure.controls:
        if control.kind == "toggle":
            figure.set(control.name, True)
    figure_tests.assert_the_browser_can_draw(figure)


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_the_alt_text_is_sentences_with_numbers_and_the_words_hold_it(make):
    figure_tests.assert_sentences(make())


# ---- three lines ---------------------------------------------------------------------------------------------------


def test_the_line_through_no_dot_has_the_least_loss():
    figure = curve_fitting.three_lines()
    loss = {name: np.mean((b + m * figure.x - figure.y) ** 2) for name, (b, m) in figure.lines.items()}
    assert min(loss, key=loss.get) == "B"
    residuals = {name: b + m * figure.x - figure.y for name, (b, m) in figure.lines.items()}
    assert [int(np.sum(np.abs(residuals[name]) < 1e-12)) for name in "ABC"] == [2, 0, 2]


def test_the_loss_stays_hidden_until_the_squares_are_shown():
    figure = curve_fitting.three_lines()
    assert figure.readouts == {"MSE": "hidden"}
    figure.set("squares", True)
    assert figure.readouts == {"MSE": "4.5000"}


# ---- figure 1a -----------------------------------------------------------------------------------------------------


def test_the_bench_starts_at_loss_one_and_knob_one_matters_most():
    bench = curve_fitting.six_knob_bench()
    assert bench.readouts["loss"] == "1.0000"
    assert np.allclose(bench.gradient, [0, -1.161, -0.085, -0.720, -0.077, -0.530], atol=6e-4)
    bench.set("screens", True)
    assert "longest screen belongs to k1 and asks for up" in bench.alt


def test_the_bench_walks_to_the_lessons_numbers():
    bench = curve_fitting.six_knob_bench()
    bench.press("step")
    assert bench.rmse() == pytest.approx(15.49, abs=0.005)
    for _ in range(9):
        bench.press("step")
    assert bench.rmse() == pytest.approx(4.50, abs=0.005)
    bench.press("reset")
    bench.press("hundred")
    assert bench.readouts["RMSE in ppm"] == "0.539"
    assert bench.readouts["descent steps"] == "100"
    bench._step(12_000)
    bench.set("screens", True)
    assert bench.rmse() == pytest.approx(0.490, abs=0.0005)


def test_back_undoes_the_last_push_and_reset_all():
    bench = curve_fitting.six_knob_bench()
    bench.press("step")
    one = bench.readouts
    bench.press("nudge")
    bench.press("hundred")
    bench.press("back")
    bench.press("back")
    assert bench.readouts == one
    bench.press("back")
    bench.press("back")
    assert bench.readouts["loss"] == "1.0000"
    bench.press("step")
    bench.press("reset")
    assert not bench.knobs.any() and bench.past == []


def test_a_nudge_never_raises_the_loss_and_is_counted():
    bench = curve_fitting.six_knob_bench()
    losses = [bench.loss]
    for _ in range(50):
        bench.press("nudge")
        losses.append(bench.loss)
    assert np.all(np.diff(losses) <= 0) and losses[-1] < losses[0]
    assert bench.readouts["blind nudges"] == "50"


def test_a_learning_rate_past_the_limit_runs_away_and_stops_with_a_sentence():
    bench = curve_fitting.six_knob_bench()
    bench.set("eta", 1.0)
    for _ in range(5):
        bench.press("hundred")
    assert "run away" in bench.alt
    assert bench.readouts["loss"] == "off the scale"
    assert bench.shown["finished"] and not bench.error
    bench.press("reset")
    assert bench.readouts["loss"] == "1.0000"


def test_the_learning_rate_decides_how_far_one_step_goes():
    short, long = curve_fitting.six_knob_bench(), curve_fitting.six_knob_bench()
    short.set("eta", 0.1)
    short.press("step")
    long.press("step")
    assert long.knobs[1] == pytest.approx(5 * short.knobs[1])


# ---- the race ------------------------------------------------------------------------------------------------------


def test_descent_reaches_the_goal_in_nineteen_steps_and_nudging_needs_ten_times_more():
    race = curve_fitting.race()
    assert race.reached(race.descent) == 19
    assert min(race.reached(losses) for losses in race.nudging.values()) > 190


def test_the_race_can_be_stepped_and_played_to_its_end():
    race = curve_fitting.race()
    race.press("step")
    assert race.value["tries"] == 1
    race.press("back")
    race.press("back")
    assert race.value["tries"] == 0
    race.set("tries", 400)
    race.press("play")
    assert race.value["tries"] == 400 and race.shown["finished"]
    race.press("reset")
    assert race.value["tries"] == 0


# ---- figure 1b -----------------------------------------------------------------------------------------------------


def test_hubbles_slope_loss_and_best_knob_are_the_lessons():
    figure = curve_fitting.one_knob_hubble()
    assert figure.slope(0) == pytest.approx(-1042.8, abs=0.05)
    for _ in range(40):
        figure.press("step")
    assert figure.value["m"] == pytest.approx(423.94, abs=0.005)
    assert round(float(figure.mse(figure.value["m"]))) == 50267
    assert figure.shown["finished"]


def test_the_secant_closes_in_on_the_tangent():
    figure = curve_fitting.one_knob_hubble()
    figure.set("secant", True)
    gaps = []
    for h in (400, 100, 5):
        figure.set("h", h)
        gaps.append(abs(figure.chord() - figure.slope(0)))
    assert gaps[0] > gaps[1] > gaps[2]


def test_plus_walks_uphill():
    figure = curve_fitting.one_knob_hubble()
    figure.set("plus", True)
    figure.press("step")
    assert figure.value["m"] == pytest.approx(-312.84, abs=0.005)
    figure.press("back")
    assert figure.value["m"] == 0


def test_walking_uphill_for_ever_ends_before_the_numbers_do():
    figure = curve_fitting.one_knob_hubble()
    figure.set("plus", True)
    figure.set("eta", 1.0)
    for _ in range(40):
        figure.press("step")
    assert np.isfinite(figure.value["m"]) and figure.shown["finished"] and not figure.error


# ---- figure 1c -----------------------------------------------------------------------------------------------------


def test_the_forecasts_are_the_lessons():
    figure = curve_fitting.degree_slider()
    found = [round(figure.forecast[d], 1) for d in (1, 2, 3, 5, 9)]
    assert found == [400.3, 424.4, 389.7, 755.3, -29854.9]
    assert figure.ppm[-1] == 427.35


def test_the_training_error_falls_with_every_degree():
    assert np.all(np.diff(curve_fitting.degree_slider().training) < 0)


def test_the_future_is_hidden_until_it_is_revealed():
    figure = curve_fitting.degree_slider()
    assert "2025" not in figure.alt and figure.readouts["forecast for 2025"] == "hidden"
    figure.set("reveal", True)
    assert "For 2025 it says 400.3 ppm" in figure.alt


@pytest.mark.parametrize("make,guess", [("degree_slider", 500.0), ("one_knob_hubble", -5000.0), ("race", 9999)])
def test_a_guess_is_drawn_even_where_it_is_far_off(make, guess):
    maker = getattr(curve_fitting, make)
    assert np.any(maker(guess=guess).picture() != maker().picture())


def test_the_bench_and_the_lesson_use_the_same_units():
    bench = curve_fitting.six_knob_bench()
    x, z = standardised_co2()
    assert np.array_equal(bench.x, x) and np.array_equal(bench.z, z)


def test_a_click_on_the_loss_curve_sets_the_knob():
    figure = curve_fitting.one_knob_hubble()
    figure.picture(1)
    left, up = figure.figure.axes[1].transData.transform((425, 7e5))
    figure.click(left, 400 - up)
    assert figure.value["m"] == 425
    assert figure.readouts["m"] == "425.00"
    assert figure.face["hint"] == "Click in the right picture to choose m, or type it below."
