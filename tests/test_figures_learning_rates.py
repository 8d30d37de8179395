"""The figures of lesson 5: the numbers that must come out, every control without a browser, and no text on another."""

import math
import warnings

import figure_tests
import numpy as np
import pytest
from figure_tests import Page, elsewhere, makers, name_of, quick, settings  # noqa: F401 - quick: for all tests here

from helpers import clinic
from helpers.data import load_co2
from helpers.figures import learning_rates
from helpers.plain import PlainError

MAKERS = makers(learning_rates)


def hubble_bowl():
    """The bowl whose curvature comes from Hubble's nebulae."""
    return learning_rates.bowl(hubble=True)


ALL = [*MAKERS, hubble_bowl]
GUESSES = {"bowl": 0.5, "unit_repair": 1e8, "zig_zag": 300, "batch_noise": 0.6}


def on_the_way(figure):
    """The figure after a few steps, with all its toggles on."""
    for control in figure.controls:
        if control.kind == "toggle":
            figure.set(control.name, True)
    names = [c.name for c in figure.controls if c.kind == "button"]
    for name in ("step", "step", "step", "draw", "measure"):
        if name in names:
            figure.press(name)
    return figure


def test_the_search_for_overlapping_texts_finds_them():
    figure = learning_rates.bowl()
    page = Page(figure)
    assert page.collisions() == [] and len(list(page.texts())) > 20
    figure.artists["said"].set_text("this stands where another text stands already")
    assert page.collisions()
    figure.artists["said"].set_text("")
    figure.figure.text(0.99, 0.5, "this runs out", ha="left")
    assert ("this runs out", "leaves the picture") in page.collisions()


# ---- what holds for all of them ------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", ALL, ids=name_of)
def test_every_control_changes_picture_words_and_alt_text(make):
    for control in settings(make()):
        figure = make()
        if make is learning_rates.curve_doctor:
            figure.set("patient", "curve A" if control.name == "scaled" else "curve B")
        if control.name != "n":
            on_the_way(figure)

        def then(figure=figure):
            if make is learning_rates.batch_noise:  # its controls are for what comes next
                figure.press("step")

        figure_tests.assert_it_changes(figure, control.name, elsewhere(control, figure.value[control.name]), then)


@pytest.mark.parametrize("make", ALL, ids=name_of)
def test_every_slider_stands_both_its_ends_far_along_the_way(make):
    figure = on_the_way(make())

    def then():
        for button in ("step", "tenfold", "epoch"):
            if button in figure._controls:
                figure.press(button)

    figure_tests.assert_both_ends(figure, then)


@pytest.mark.parametrize("make", ALL, ids=name_of)
def test_learning_rates_that_make_no_sense_break_nothing(make):
    figure = on_the_way(make())
    name = next(n for n in ("eta", "power", "times") if n in figure._controls)
    control = figure._controls[name]
    for typed, kept in ((0, max(0, control.low)), (-1e3, control.low), (1e6, control.high), (math.inf, control.high)):
        figure.set(name, typed)
        assert figure.value[name] == kept
        for _ in range(3):
            if "step" in figure._controls:
                figure.press("step")
        assert not figure.error
        assert figure.alt.endswith(".") and "nan" not in figure.words
    for nonsense in (math.nan, "fast", None, True):
        with pytest.raises(PlainError, match="takes a number from"):
            figure.set(name, nonsense)
    figure.set(name, control.value)
    assert not figure.error


@pytest.mark.parametrize("make", ALL, ids=name_of)
def test_every_tabled_slider_can_be_drawn_by_the_browser_and_says_what_the_figure_says(make):
    figure = on_the_way(make())
    if "n" in figure._controls:
        figure.set("n", 8)
    for name in figure.tabled:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            table, points = figure.table(name)
        assert np.all(np.isfinite(points)) and not figure.error, name
        states, positions = table["states"], figure._controls[name].positions()
        assert len(states) == len(positions)
        if name != "n":  # a walk may be at its end before its slider is
            assert len({state["alt"] for state in states}) > 0.9 * len(states), name
        index, kept = round(0.4 * (len(states) - 1)), figure.value[name]
        figure.set(name, float(positions[index]))
        assert states[index]["alt"] == figure.alt and states[index]["readouts"] == figure.readouts
        figure.set(name, kept)


@pytest.mark.parametrize("make", ALL, ids=name_of)
def test_the_alt_text_is_sentences_with_numbers_and_the_words_hold_it(make):
    figure_tests.assert_sentences(on_the_way(make()), hyphens=("e-", " -", "(-"))


@pytest.mark.parametrize("make", [m for m in MAKERS if m.__name__ in GUESSES], ids=name_of)
def test_a_guess_is_drawn_and_said_even_where_it_is_far_off(make):
    without = make()
    for guess in (GUESSES[make.__name__], -1e6, 1e12, 0):
        figure_tests.assert_guess_shows(make(guess=guess), without)
    assert not Page(on_the_way(make(guess=GUESSES[make.__name__]))).collisions()


@pytest.mark.parametrize("make", ALL, ids=name_of)
def test_nothing_is_told_before_it_was_looked_for(make):
    figure = make()
    text = figure.words + " ".join(figure.readouts.values())
    for spoiler in ("0.4065", "0.8131", "4.2·10¹⁰", "4.21", "2.9·10¹¹", "39,573", "374", "limit", "346", "diverge",
                    "minimum", "too large", "too small", "healthy", "0.25"):
        assert spoiler not in text, spoiler


@pytest.mark.parametrize("make", [m for m in ALL if m not in (learning_rates.curve_doctor,)], ids=name_of)
def test_step_back_play_and_reset_walk_and_stop_at_both_ends(make):
    figure = make()
    first = figure.alt
    figure.press("back")
    assert figure.alt == first
    alts = [first]
    for button in ("step", "step", "play"):
        figure.press(button)
        assert figure.alt != alts[-1]
        alts.append(figure.alt)
    for alt in reversed(alts[:-1]):
        figure.press("back")
        assert figure.alt == alt
    for _ in range(3):
        figure.press("step")
    figure.press("reset")
    assert figure.alt == first and not figure.error


@pytest.mark.parametrize("make", ALL, ids=name_of)
def test_no_text_stands_on_another(make):
    figure = on_the_way(make())
    page = Page(figure)
    for control in figure.controls:
        if control.kind == "slider":
            values = [control.low, 0.7 * control.high, control.high]
        elif control.kind == "choice":
            values = control.options
        else:
            continue
        for value in values:
            figure.set(control.name, value)
            if "measure" in figure._controls:
                figure.press("measure")
            assert not page.collisions(), (control.name, value)


# ---- figure 5a -----------------------------------------------------------------------------------------------------


def bowl_at(eta, steps, a=4, start=1.0):
    """The practice bowl after so many steps."""
    figure = learning_rates.bowl()
    for name, value in (("a", a), ("eta", eta), ("w0", start), ("n", steps)):
        figure.set(name, value)
    return figure


def test_the_bowl_gives_the_lessons_four_rates():
    assert bowl_at(0.25, 1).walk()[-1] == 0
    walk = np.abs(bowl_at(0.1, 20).walk())
    assert int(np.flatnonzero(walk <= 1e-3)[0]) == 14
    assert np.array_equal(bowl_at(0.5, 20).walk(), [1, -1] * 10 + [1])
    assert abs(bowl_at(0.51, 20).walk()[-1]) == pytest.approx(2.19, abs=0.005)
    assert bowl_at(0.51, 20).readouts["w"] == "2.1911"


def test_one_step_from_one_and_a_half_is_the_exercises_number():
    assert bowl_at(0.1, 1, start=1.5).walk()[-1] == pytest.approx(0.9)


def test_hubbles_bowl_has_one_step_at_0_4065_and_runs_away_past_0_8131():
    figure = hubble_bowl()
    assert 1 / figure.curvature() == pytest.approx(0.4065, abs=5e-5)
    assert 2 / figure.curvature() == pytest.approx(0.8131, abs=5e-5)
    figure.set("eta", 0.4065)
    figure.press("step")
    assert figure.walk()[-1] == pytest.approx(423.94, abs=0.05)
    figure.set("n", 60)
    for eta, closer in ((0.81, True), (0.82, False)):
        figure.set("eta", eta)
        assert (figure.outcome(figure.walk()) == "closer") == closer
    figure.set("eta", 0.85)
    assert figure.readouts["m"] == "−77748.92"


def test_hubbles_loss_is_the_mean_squared_error_of_the_nebulae():
    figure = hubble_bowl()
    for m in (-100.0, 0.0, 423.9, 700.0):
        assert figure.loss(m) == pytest.approx(np.mean((m * figure.r - figure.v) ** 2))
        assert figure.slope(m) == pytest.approx(np.mean(2 * (m * figure.r - figure.v) * figure.r), abs=1e-6)


def test_each_rate_that_was_tried_leaves_its_mark_and_another_bowl_has_its_own():
    figure = learning_rates.bowl()
    for eta in (0.1, 0.5, 0.51):
        figure.press("reset")
        figure.set("eta", eta)
        figure.press("step")
        figure.press("step")
    marks = {word: list(figure.artists[word].get_xdata()) for word in ("closer", "as far", "farther")}
    assert marks == {"closer": [0.1], "as far": [0.5], "farther": [0.51]}
    assert "η = 0.510 was tried: farther." in figure.words or "η = 0.5100 was tried: farther." in figure.words
    figure.set("a", 2)
    assert all(not len(figure.artists[word].get_xdata()) for word in marks)
    figure.set("a", 4)
    assert list(figure.artists["farther"].get_xdata()) == [0.51]


def test_the_ratio_of_a_step_is_shown_when_asked_for_and_is_one_minus_eta_a():
    for a, eta in ((4, 0.1), (4, 0.3), (2.5, 1.0)):
        figure = bowl_at(eta, 3, a=a)
        assert "distance ×" not in figure.alt
        figure.set("ratio", True)
        assert figure.ratio() == pytest.approx(1 - eta * a)
        assert "distance ×" in figure.alt
    figure.set("w0", 0)
    assert figure.ratio() is None and "No distance to compare" in figure.alt


def test_a_changed_learning_rate_shows_where_as_many_steps_would_have_led():
    figure = bowl_at(0.1, 5)
    figure.set("eta", 0.2)
    assert figure.n == 5 and figure.walk()[-1] == pytest.approx(0.2**5)
    assert figure.artists["walk"].get_ydata()[-1] == pytest.approx(0.2**5)


# ---- figure 5b -----------------------------------------------------------------------------------------------------

TABLE = {  # condition number, limit, steps: counted
    "raw year": (4.2e10, 2.5e-7, 2.9e11),
    "year − 1959": (5729, 6.8e-4, 39573),
    "centred": (374, 2.7e-3, 2584),
    "standardised": (1, 1.0, 1),
}


@pytest.mark.parametrize("encoding", TABLE)
def test_the_four_valleys_have_the_lessons_numbers(encoding):
    fit = learning_rates.unit_repair().fits[encoding]
    condition, limit, steps = TABLE[encoding]
    assert fit.condition == pytest.approx(condition, rel=0.005)
    assert fit.limit == pytest.approx(limit, rel=0.01)
    assert fit.steps_needed == pytest.approx(steps, rel=0.005)
    left = [np.linalg.norm(fit.after(n, fit.best_rate)) for n in (0, fit.steps_needed - 1, fit.steps_needed)]
    assert left[2] <= 1.0001e-6 * left[0] and (left[1] > 0.9999e-6 * left[0] or steps == 1)


@pytest.mark.parametrize("encoding", [name for name in TABLE if name != "raw year"])
def test_steps_in_closed_form_are_those_of_a_loop(encoding):
    co2 = load_co2()
    fit = learning_rates.unit_repair().fits[encoding]
    design = np.column_stack([np.ones(67), fit.x])
    for rate in (0.1 * fit.limit, fit.best_rate, 0.99 * fit.limit, 1.01 * fit.limit):
        knobs = np.zeros(2)
        for n in range(41):
            if n in (0, 1, 7, 40):
                ours = fit.after(n, rate)
                assert fit.knobs(ours) == pytest.approx(knobs, rel=1e-6, abs=1e-6)
                assert fit.loss(ours) == pytest.approx(np.mean((design @ knobs - co2.ppm) ** 2), rel=1e-6)
            knobs = knobs - rate * 2 / 67 * design.T @ (design @ knobs - co2.ppm)


def test_raw_years_hardly_move_below_the_limit_and_run_away_above():
    figure = learning_rates.unit_repair()
    for _ in range(6):
        figure.press("tenfold")
    assert figure.n == 10**6 and figure.readouts["of the way left"] == "1.000"
    assert figure.readouts["typical residual"] == "29.18 ppm"  # the best line has 4.553 ppm
    figure.set("power", -6)
    assert "run away" in figure.alt and figure.readouts["typical residual"] == "off the scale"
    assert figure.finished()
    figure.set("power", -7)
    assert not figure.finished() and not figure.error


def test_standardised_years_need_one_step_at_their_best_rate():
    figure = learning_rates.unit_repair()
    figure.set("encoding", "standardised")
    figure.press("best")
    assert figure.eta == pytest.approx(0.5)
    figure.press("step")
    assert figure.readouts["typical residual"] == "4.553 ppm"


def test_another_encoding_begins_the_walk_again_and_a_measurement_stays():
    figure = learning_rates.unit_repair()
    figure.press("step")
    figure.press("measure")
    assert "2.9·10¹¹" in figure.alt and figure.artists["bar0"].get_visible()
    figure.set("encoding", "centred")
    assert figure.n == 0 and "2.9·10¹¹" in figure.alt and not figure.artists["bar2"].get_visible()
    assert "374" not in figure.words
    figure.press("measure")
    assert "κ 374, limit 0.0027, steps 2,584" in figure.alt


def test_the_valley_is_as_long_as_its_condition_number_says():
    figure = learning_rates.unit_repair()
    for encoding in ("centred", "standardised"):
        figure.set("encoding", encoding)
        ring = np.column_stack(figure.artists["level0"].get_data())
        spans = np.sort(np.linalg.svd(ring - ring.mean(axis=0), compute_uv=False))
        assert spans[1] / spans[0] == pytest.approx(math.sqrt(TABLE[encoding][0]), rel=0.03)
        start = np.column_stack(figure.artists["here"].get_data())[0]
        assert np.min(np.linalg.norm(ring - start, axis=1)) < 0.06  # the outer ring goes through the start


# ---- figure 5c -----------------------------------------------------------------------------------------------------


def arrived(kappa, button):
    """Steps to a thousandth of the distance in a valley, at the settings of a button."""
    figure = learning_rates.zig_zag()
    figure.set("power", math.log10(kappa))
    figure.press(button)
    figure.set("n", 4000)
    return figure.arrived(figure.places), figure


@pytest.mark.parametrize(("kappa", "plain", "promised", "ideal"), [(100, 345.4, 34.4, 50), (1000, 3453.9, 109.2, 178)])
def test_the_steps_of_plain_descent_and_of_momentum(kappa, plain, promised, ideal):
    count, figure = arrived(kappa, "plain")
    assert count == math.ceil(plain) and f"after {count} steps" in figure.alt
    count, figure = arrived(kappa, "ideal")
    assert count == ideal
    # The long-run rate alone, √β a step, promises fewer: a start at rest costs a factor that grows with the steps.
    assert math.log(1e-3) / math.log(math.sqrt(figure.value["beta"])) == pytest.approx(promised, abs=0.05)
    left = figure.distances(figure.places)
    rate = (left[140] / left[100]) ** (1 / 40) if kappa == 1000 else (left[55] / left[35]) ** (1 / 20)
    assert math.sqrt(figure.value["beta"]) < rate < math.sqrt(figure.value["beta"]) + 0.04


def test_heavy_ball_is_the_rule_of_the_exercise():
    figure = learning_rates.zig_zag()
    for name, value in (("power", 0), ("eta", 0.4), ("beta", 0.8), ("u", 1.5), ("v", 0), ("n", 2)):
        figure.set(name, value)
    # ½·4·w², η = 0.1 is ½·w², η = 0.4: both steps are the same.
    assert figure.places[-1] == pytest.approx([0.06, 0.0])


@pytest.mark.parametrize(
    ("eta", "beta", "stays"), [(1.98, 0, True), (2.02, 0, False), (3.4, 0.8, True), (3.7, 0.8, False)]
)
def test_the_limit_is_two_without_momentum_and_more_with_it(eta, beta, stays):
    figure = learning_rates.zig_zag()
    figure.set("eta", eta)
    figure.set("beta", beta)
    figure.set("n", 4000)
    assert figure.runaway() != stays
    assert figure.finished()
    assert ("run away" in figure.alt) != stays


def test_the_orange_and_blue_parts_of_a_step_add_up_to_the_next_place():
    figure = learning_rates.zig_zag()
    figure.set("beta", 0.6)
    figure.set("n", 7)
    here = figure.places[-1]
    parts = [np.column_stack(figure.artists[name].get_data())[1] - here for name in ("push", "carry")]
    figure.press("step")
    assert here + parts[0] + parts[1] == pytest.approx(figure.places[-1])


def test_the_grey_walk_is_the_same_without_momentum():
    figure = learning_rates.zig_zag()
    figure.set("n", 12)
    plain = figure.places
    assert not figure.artists["ghost"].get_visible()
    figure.set("beta", 0.5)
    assert figure.artists["ghost"].get_visible() and np.array_equal(figure.ghost, plain)
    assert "Without momentum" in figure.alt


# ---- figure 5d -----------------------------------------------------------------------------------------------------


def test_the_mean_cosines_grow_with_the_batch_as_the_lesson_says():
    figure = learning_rates.batch_noise()
    means = []
    for size in learning_rates.BATCHES:
        figure.set("batch", size)
        for _ in range(3):
            figure.press("twenty")
        assert len(figure.cosines[size]) == 60
        means.append(figure.mean_cosine())
    assert means == pytest.approx([0.15, 0.31, 0.54, 0.79, 0.94, 0.995], abs=0.06)
    assert means == sorted(means)
    assert figure.artists["cosines"].get_ydata() == pytest.approx(means)


def test_an_epoch_is_all_images_once_whatever_the_batch():
    for size, updates in (("16", 82), ("64", 21), ("1024", 2)):
        figure = learning_rates.batch_noise()
        figure.set("batch", size)
        figure.press("epoch")
        assert (figure.updates, figure.images) == (updates, 1297)
        assert figure.readouts["epochs"] == "1.00" and figure.readouts["updates"] == str(updates)
        figure.press("epoch")
        assert (figure.updates, figure.images) == (2 * updates, 2 * 1297)


def test_an_epoch_that_was_begun_by_steps_is_ended():
    figure = learning_rates.batch_noise()
    for _ in range(3):
        figure.press("step")
    figure.set("batch", "256")
    figure.press("epoch")
    assert figure.images == 1297 and figure.updates == 3 + 5


def test_the_same_epochs_with_smaller_batches_get_further():
    losses = []
    for size in ("1024", "64", "4"):
        figure = learning_rates.batch_noise()
        figure.set("batch", size)
        for _ in range(3):
            figure.press("epoch")
        losses.append(figure.track[-1][1])
    assert losses[0] > 2 > losses[1] > 0.4 > losses[2]


def test_a_step_moves_the_weights_by_eta_times_the_batch_gradient():
    figure = learning_rates.batch_noise()
    figure.set("batch", "1024")
    before = {name: part.copy() for name, part in figure.params.items()}
    figure.press("step")
    rows = np.random.default_rng(1).permutation(1297)[:1024]
    gradients = clinic.gradients(before, figure.X[rows], figure.y[rows])
    for name, part in before.items():
        assert figure.params[name] == pytest.approx(part - 0.1 * gradients[name], abs=1e-12)


def test_looking_at_batches_moves_no_weight_and_back_undoes_an_epoch():
    figure = learning_rates.batch_noise()
    kept = figure.params
    figure.press("twenty")
    assert figure.params is kept and figure.updates == 0
    figure.press("step")
    alt = figure.alt
    figure.press("epoch")
    assert figure.alt != alt
    figure.press("back")
    assert figure.alt == alt
    figure.press("epoch")
    again = figure.track[-1]
    figure.press("back")
    figure.press("epoch")
    assert figure.track[-1] == again


def test_a_learning_rate_of_two_with_single_images_breaks_nothing():
    figure = learning_rates.batch_noise()
    figure.set("eta", 2)
    figure.set("batch", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            figure.press("epoch")
    assert not figure.error and "nan" not in figure.words
    figure.press("reset")
    assert figure.updates == 0 and len(figure.artists["ghost0"].get_xdata()) > 10


# ---- figure 5e -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("surface", learning_rates.SURFACES)
def test_the_slopes_of_the_zoo_are_those_of_its_heights(surface):
    height, slope, _ = learning_rates.SURFACES[surface]
    for x, y in ((0.3, -0.7), (1.5, 0.2), (-2.0, 1.1)):
        nudged = [
            (height(x + 1e-6, y) - height(x - 1e-6, y)) / 2e-6,
            (height(x, y + 1e-6) - height(x, y - 1e-6)) / 2e-6,
        ]
        assert slope(x, y) == pytest.approx(nudged, abs=1e-6)


def test_on_the_ridge_the_walker_stays_and_a_millionth_off_it_leaves_after_76_steps():
    figure = learning_rates.surface_zoo()
    figure.set("n", 200)
    assert np.all(figure.places[:, 1] == 0) and abs(figure.places[-1, 0]) < 1e-15
    figure.press("nudge")
    assert figure.value["y"] == 1e-6
    assert int(np.flatnonzero(np.abs(figure.places[:, 1]) > 1)[0]) == 76
    figure.set("n", 76)
    assert figure.readouts["y"] == "1.04"


@pytest.mark.parametrize(
    ("surface", "start", "higher", "lower"),
    [("bowl", (0, 0), 16, 0), ("saddle", (0, 0), 6, 6), ("plateau", (2, 2), 0, 0), ("plateau", (0, 0), 16, 0)],
)
def test_feeling_the_ground_tells_a_minimum_from_a_saddle_and_a_plateau(surface, start, higher, lower):
    figure = learning_rates.surface_zoo()
    for name, value in (("surface", surface), ("x", start[0]), ("y", start[1]), ("feel", True)):
        figure.set(name, value)
    felt = figure.felt()
    assert (felt["higher"], felt["lower"], sum(felt.values())) == (higher, lower, 16)
    assert f"{higher} higher" in figure.alt and figure.artists["ring"].get_visible()
    assert figure.slopes[-1] < 1e-5  # no slope to tell them apart by


def test_the_plateau_keeps_a_walker_that_starts_far_out_and_lets_a_near_one_fall():
    figure = learning_rates.surface_zoo()
    figure.set("surface", "plateau")
    figure.set("n", 200)
    figure.set("x", 2)
    far = figure.heights[-1]
    figure.set("x", 1)
    assert far > 0.9 and figure.heights[-1] < 1e-6


def test_a_walker_that_left_the_map_feels_nothing_and_comes_back_on_reset():
    figure = learning_rates.surface_zoo()
    figure.set("feel", True)
    figure.set("y", 1)
    figure.set("eta", 2)
    figure.set("n", 60)
    assert "far off the map" in figure.alt and figure.finished() and not figure.artists["ring"].get_visible()
    figure.press("reset")
    assert "at (1.50, 1.00)" in figure.alt and figure.artists["ring"].get_visible()


# ---- figure 5f -----------------------------------------------------------------------------------------------------


def test_six_curves_six_diagnoses_and_one_word_too_many():
    curves = learning_rates.loss_curves()
    assert list(curves) == [f"curve {letter}" for letter in "ABCDEF"] == list(learning_rates.TRUTH)
    assert len(set(learning_rates.TRUTH.values())) == 6
    assert set(learning_rates.DIAGNOSES) - set(learning_rates.TRUTH.values()) == {"minus sign forgotten"}
    assert all(len(losses) == 61 and np.all(np.isfinite(losses)) for losses in curves.values())


def test_each_curve_shows_its_diagnosis():
    curves = learning_rates.loss_curves()
    for name in ("curve A", "curve D", "curve E", "curve F"):
        assert np.all(np.diff(curves[name]) <= 1e-12)
    scaled = curves["curve A"]
    assert scaled[0] - scaled[5] > 10 * (scaled[5] - scaled[60]) and scaled[60] > 0.7
    assert np.sum(np.diff(curves["curve B"]) > 0.01) > 15
    assert curves["curve C"][60] > 1e5
    assert curves["curve D"][60] == pytest.approx(learning_rates.lowest_loss("CO₂"), rel=0.01)
    saddle = curves["curve E"]
    assert saddle[10] > 0.98 and saddle[60] < 0.03
    small = curves["curve F"]
    assert 0.4 < (small[30] - small[60]) / (small[0] - small[30]) < 1 and small[60] > 0.5


def second_run(patient, **changes):
    """The losses of a patient's second run."""
    figure = learning_rates.curve_doctor()
    figure.set("patient", patient)
    for name, value in changes.items():
        figure.set(name, value)
    assert figure.artists["second"].get_visible() == bool(changes)
    return figure.again


@pytest.mark.parametrize(
    ("patient", "changes", "helps"),
    [
        ("curve A", {"scaled": True, "times": 8}, True),
        ("curve A", {"times": 1}, False),
        ("curve A", {"times": 4}, False),
        ("curve C", {"times": -1}, True),
        ("curve C", {"batch": True}, False),
        ("curve E", {"moved": True}, True),
        ("curve F", {"times": 6}, True),
        ("curve F", {"moved": True}, False),
    ],
)
def test_the_right_treatment_helps_and_a_wrong_one_does_not(patient, changes, helps):
    end = second_run(patient, **changes)[30]
    assert (end < 0.03) == helps, end


def test_larger_batches_calm_curve_b():
    losses = second_run("curve B", batch=True)
    assert np.all(losses[20:] < learning_rates.lowest_loss("Hubble") + 0.05)
    assert losses[40] < second_run("curve B")[40] - 0.3


def test_a_treatment_that_has_nothing_to_change_is_said_to_have_none():
    figure = learning_rates.curve_doctor()
    figure.set("patient", "curve D")
    figure.set("scaled", True)
    figure.set("batch", True)
    assert "already" in figure.alt and np.array_equal(figure.again, figure.curves["curve D"])
    figure.press("reset")
    assert figure.readouts["second run"] == "none yet" and figure.value["patient"] == "curve D"


def test_the_picked_patient_is_framed():
    figure = learning_rates.curve_doctor()
    figure.set("patient", "curve E")
    assert [name for name, frame in figure.frames_of.items() if frame.get_visible()] == ["curve E"]


# ---- a click chooses where to start --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "axes", "at", "chosen"),
    [
        (learning_rates.bowl, 0, (-1.35, 7.0), {"w0": -1.35}),
        (hubble_bowl, 0, (800, 3e5), {"w0": 800}),
        (learning_rates.zig_zag, 0, (7.5, -4.0), {"u": 7.5, "v": -4.0}),
        (learning_rates.surface_zoo, 0, (-0.65, 1.2), {"x": -0.65, "y": 1.2}),
    ],
)
def test_a_click_in_the_picture_chooses_where_to_start(make, axes, at, chosen):
    figure = make()
    figure.set("n", 3)
    before = figure.picture(1), figure.alt, figure.words
    left, up = figure.figure.axes[axes].transData.transform(at)
    figure.click(left, 400 - up)
    assert {name: figure.value[name] for name in chosen} == pytest.approx(chosen)
    assert figure.n == 3  # as with the slider: where as many steps would have led from there
    assert np.any(figure.picture(1) != before[0]) and figure.alt != before[1] and figure.words != before[2]
    assert "to choose where" in figure.face["hint"] and "or type it below" in figure.face["hint"]


@pytest.mark.parametrize("make", [learning_rates.bowl, learning_rates.zig_zag, learning_rates.surface_zoo])
def test_a_click_beside_the_picture_of_the_ground_changes_nothing(make):
    figure = make()
    values = dict(figure.value)
    with pytest.raises(PlainError, match="chooses nothing"):
        figure.click(*(figure.figure.axes[1].bbox.get_points().mean(axis=0) * 100 / figure.figure.dpi))
    assert figure.value == values
