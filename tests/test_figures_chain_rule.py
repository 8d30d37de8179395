"""The figures of lesson 2: the numbers that must come out, every control without a browser, and no text on another."""

import math

import figure_tests
import numpy as np
import pytest
from figure_tests import Page, elsewhere, makers, name_of, quick, settings  # noqa: F401 - quick: for all tests here

from helpers.data import load_forbes
from helpers.figures import chain_rule
from helpers.plain import PlainError

MAKERS = makers(chain_rule)
GUESSES = {"gear_train": 1.3, "choose_h": 1e-12, "kettle": 85.0}


def walked(figure=None):
    """A gear train, or the one given, with all its machines at work."""
    figure = figure or chain_rule.gear_train()
    while not figure.done():
        figure.press("step")
    return figure


def at_work(figure):
    """A figure whose controls have something to change: a gear train with all its machines at work."""
    return walked(figure) if isinstance(figure, chain_rule.GearTrain) else figure


def test_the_search_for_overlapping_texts_finds_them():
    kettle = chain_rule.kettle()
    page = Page(kettle)
    assert len(list(page.texts())) > 40 and page.collisions() == []
    kettle.artists["flag"].set_text("here")
    kettle.artists["flag"].set_position((32, 214))
    assert page.collisions() == [("here", "leaves the picture")]
    kettle.artists["flag"].set_position((8.6, 214))
    assert [pair[1] for pair in page.collisions()] == ["here"]


# ---- what holds for all three --------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_every_control_changes_picture_words_and_alt_text(make):
    figure = at_work(make())
    for control in settings(figure):
        value = elsewhere(control, figure.value[control.name])
        figure_tests.assert_it_changes(figure, control.name, value, then=lambda: at_work(figure))


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_every_slider_stands_both_its_ends(make):
    figure_tests.assert_both_ends(make())


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_every_tabled_slider_can_be_drawn_by_the_browser(make):
    figure = at_work(make())
    for control in figure.controls:
        if control.kind == "toggle":
            figure.set(control.name, True)
    figure_tests.assert_the_browser_can_draw(figure)


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_the_alt_text_is_sentences_with_numbers_and_the_words_hold_it(make):
    figure = make()
    figure_tests.assert_sentences(figure)
    assert "-" not in figure.alt


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_a_guess_is_drawn_and_said_even_where_it_is_far_off(make):
    without = at_work(make())
    for guess in (GUESSES[make.__name__], -1e6, 1e6, 0):
        figure_tests.assert_guess_shows(at_work(make(guess=guess)), without)


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_nothing_is_told_before_it_was_looked_for(make):
    figure = make()
    hidden = [text for text in figure.readouts.values() if text == "hidden"]
    assert hidden or make is chain_rule.kettle
    for spoiler in ("1.25338", "0.0032", "0.00319", "7.5", "82.8"):
        assert spoiler not in figure.alt


# ---- figure 2a -----------------------------------------------------------------------------------------------------


def test_the_train_walks_to_the_lessons_numbers():
    train = chain_rule.gear_train()
    assert set(train.readouts.values()) == {"hidden"}
    train.press("step")
    assert train.artists["slope0"].get_text() == "du/dx = 0.54030"
    assert train.artists["number1"].get_text() == "0.84147"
    assert train.artists["slope1"].get_text() == "slope: not known"
    train.press("step")
    assert train.artists["slope1"].get_text() == "dy/du = 2.31978"
    assert train.artists["product1"].get_text() == "product: 1.25338"
    assert train.readouts["local slopes multiplied"] == "1.25338"
    assert train.readouts["all slopes taken at x, multiplied"] == "hidden"
    train.set("recipes", True)
    assert train.readouts["all slopes taken at x, multiplied"] == "1.46869"
    assert train.readouts["local slopes added"] == "2.86008"
    assert "1.46869" in train.alt and "2.86008" in train.alt


def test_the_nudged_result_agrees_with_the_product_alone_and_better_the_shorter_the_nudge():
    train = walked()
    gaps = []
    for h in ("1", "0.1", "0.01", "0.001", "0.0001"):
        train.set("h", h)
        nudged, product, at_x, added, _ = train.results
        assert nudged == pytest.approx((math.exp(math.sin(1 + float(h))) - math.exp(math.sin(1))) / float(h))
        gaps.append(abs(nudged - product))
    assert gaps == sorted(gaps, reverse=True) and gaps[-1] < 1e-4
    assert min(abs(nudged - at_x), abs(nudged - added)) > 0.2
    assert train.readouts["output nudge ÷ h"] == "1.25332"


@pytest.mark.parametrize("links", [("sin", "exp"), ("tanh", "square", "x/2"), ("3x", "sin", "exp"), ("exp", "tanh")])
def test_the_product_is_the_derivative_for_every_choice_of_machines(links):
    train, step = chain_rule.gear_train(links=links), 1e-6
    for x in (-3.0, -0.5, 0.0, 0.85, 1.0, 3.0):
        train.value["x"] = x
        train.update()
        measured = (train.run(x + step)[-1] - train.run(x - step)[-1]) / (2 * step)
        assert train.results[1] == pytest.approx(float(measured), rel=1e-5, abs=1e-8)


def test_three_machines_name_their_numbers_x_u_v_y_and_two_leave_v_out():
    train = walked(chain_rule.gear_train(links=("sin", "exp", "square")))
    assert [train.artists[f"name{i}"].get_text() for i in range(4)] == ["x", "u", "v", "y"]
    assert train.artists["title2"].get_text() == "y = v²"
    train.set("third", "none")
    assert train.done() and not train.artists["case2"].get_visible()
    assert [train.artists[f"name{i}"].get_text() for i in range(3)] == ["x", "u", "y"]


@pytest.mark.parametrize(
    "links,formula",
    [
        (("sin", "exp"), "exp(sin(x))"),
        (("square", "3x", "square"), "(3(x²))²"),
        (("x/2", "3x", "square"), "(3(x/2))²"),
        (("exp", "square", "x/2"), "(exp(x)²)/2"),
        (("3x", "tanh"), "tanh(3x)"),
    ],
)
def test_the_formula_of_the_chain_has_its_brackets(links, formula):
    train = chain_rule.gear_train(links=links)
    assert train.formula() == formula
    python = formula.replace("²", "**2").replace("3(", "3*(").replace("3x", "3*x")
    scope = {"x": 0.7, "sin": math.sin, "exp": math.exp, "tanh": math.tanh}
    assert eval(python, scope) == pytest.approx(float(train.run(0.7)[-1]))


def radius(outline):
    """A gear's pitch radius, from its outline: halfway between tip and root, and its centre."""
    centre = outline.get_xy()[:-1].mean(axis=0)
    reach = np.hypot(*(outline.get_xy()[:-1] - centre).T)
    return (reach.max() + reach.min() + 1) / 2, centre


def test_the_ratio_of_the_gears_is_the_slope_where_the_machine_stands():
    train = walked()
    for i in range(2):
        ratio = radius(train.artists[f"driver{i}"])[0] / radius(train.artists[f"driven{i}"])[0]
        assert ratio == pytest.approx(train.slopes[i], rel=0.03)


def test_before_a_machine_is_reached_its_gears_have_no_ratio():
    train = chain_rule.gear_train()
    for i in range(2):
        assert radius(train.artists[f"driver{i}"])[0] == pytest.approx(radius(train.artists[f"driven{i}"])[0], rel=0.01)
        assert not train.artists[f"turn_in{i}"].get_visible()


def test_a_machine_of_constant_slope_keeps_its_gears_and_a_bent_one_does_not():
    train = walked(chain_rule.gear_train(links=("3x", "sin")))
    sizes = []
    for x in (-2, 0.1, 2.5):
        train.set("x", x)
        sizes.append([radius(train.artists[f"driver{i}"])[0] for i in range(2)])
    straight, bent = np.ptp(sizes, axis=0)
    assert straight < 1e-9 and bent > 5


def test_a_negative_slope_drops_the_idler_and_a_zero_slope_takes_it_out_of_mesh():
    train = walked(chain_rule.gear_train(x=2.0))
    assert train.slopes[0] < 0 and not train.artists["idler0"].get_visible() and train.artists["idler1"].get_visible()
    train.set("first", "square")
    train.set("x", 0.0)
    idler = train.artists["idler0"]
    assert idler.get_visible() and idler.get_xy()[:, 1].max() < chain_rule.MIDDLE - 2 * chain_rule.TOOTH
    assert "out of mesh" in train.words
    assert train.readouts["local slopes multiplied"] == "0.00000"


def test_gears_that_mesh_touch_and_do_not_run_into_each_other():
    train = walked(chain_rule.gear_train(links=("sin", "exp", "tanh")))
    for x in (-2.5, -1.0, 0.3, 1.0, 2.9):
        train.set("x", x)
        for i in range(3):
            (a, left), (b, right) = radius(train.artists[f"driver{i}"]), radius(train.artists[f"driven{i}"])
            between = 2 * chain_rule.IDLER if train.artists[f"idler{i}"].get_visible() else 0
            assert right[0] - left[0] == pytest.approx(a + b + between, abs=2)


def test_step_back_and_reset_walk_the_stages_and_stop_at_both_ends():
    train = chain_rule.gear_train()
    first = train.alt
    train.press("back")
    assert train.alt == first
    for stage in (1, 2, 2):
        train.press("step")
        assert train.stage == stage
    train.press("back")
    assert train.stage == 1 and "1 of 2 worked" in train.alt
    train.press("reset")
    assert train.alt == first


def test_numbers_too_big_for_the_picture_are_said_to_be_and_break_nothing():
    train = walked(chain_rule.gear_train(links=("square", "exp", "exp"), x=3.0))
    assert not train.error and train.artists["number3"].get_text() == "too big"
    assert "nan" not in train.words and "inf" not in train.words
    train.set("x", 1.0)
    assert train.artists["number3"].get_text() == "15.1543"


@pytest.mark.parametrize("links", [("sin", "cube"), ("sin", "none")])
def test_a_machine_that_does_not_exist_is_refused_in_one_sentence(links):
    with pytest.raises(PlainError, match="is one of"):
        chain_rule.gear_train(links=links)
    with pytest.raises(ValueError, match="two or three machines, not 1"):
        chain_rule.gear_train(links=links[:1])


@pytest.mark.parametrize("third", ["none", "tanh", "exp"])
def test_no_text_of_the_train_stands_on_another(third):
    page = Page(chain_rule.gear_train(guess=1.3))
    for stage in range(4):
        page.figure.stage = stage
        for x in (-3.0, -1.65, 0.0, 1.0, 3.0):
            for first, second in (("sin", "exp"), ("exp", "exp"), ("square", "square"), ("3x", "sin")):
                page.at(first=first, second=second, third=third, x=x, recipes=True)
                assert not page.collisions(), (first, second, x)


def test_the_numbers_on_the_wires_stay_between_the_machines():
    train = walked(chain_rule.gear_train(links=("sin", "exp", "tanh")))
    page = Page(train)
    for h in ("0.01", "0.0001"):
        for x in (-3.0, -1.65, 0.05, 2.5, 3.0):
            page.at(h=h, x=x)
            cases = [train.artists[f"case{i}"].get_window_extent(page.renderer) for i in range(3)]
            for i in range(4):
                for part in ("number", "nudge"):
                    box = train.artists[f"{part}{i}"].get_window_extent(page.renderer)
                    assert i == 0 or box.x0 >= cases[i - 1].x1
                    assert i == 3 or box.x1 <= cases[i].x0


# ---- figure 2b -----------------------------------------------------------------------------------------------------


def test_the_errors_are_the_lessons():
    figure = chain_rule.choose_h()
    forward, central = figure.errors["forward"], figure.errors["central"]
    at = {n: n + 16 for n in range(-16, 0)}
    assert forward[at[-1]] == pytest.approx(0.056, abs=5e-4) and central[at[-1]] == pytest.approx(0.0054, abs=5e-5)
    # Around the bottom one rounding decides the digits; another library may round the other way.
    assert -9 <= np.argmin(forward) - 16 <= -7 and forward[at[-8]] < 6e-8
    assert -6 <= np.argmin(central) - 16 <= -4 and central[at[-5]] < 2e-10
    assert forward[at[-16]] == 1 and figure.slopes["forward"][at[-16]] == 0


def test_shorter_helps_by_ten_forward_and_by_a_hundred_central_until_the_digits_run_out():
    figure = chain_rule.choose_h()
    forward, central = figure.errors["forward"], figure.errors["central"]
    assert np.allclose(forward[10:15] / forward[11:16], 0.1, rtol=0.1)
    assert np.allclose(central[12:15] / central[13:16], 0.01, rtol=0.1)
    assert forward[2] > 1e3 * forward[8] and central[2] > 1e3 * central[10]


def test_the_curve_is_drawn_only_as_far_as_the_hand_has_gone():
    figure = chain_rule.choose_h()
    for n in (-1, -8, -16):
        figure.set("n", n)
        sizes, _ = figure.artists["forward"].get_data()
        assert len(sizes) == -n and min(sizes) == float(f"1e{n}")
        assert figure.words.count("h = 10") == 1 - n
    assert not figure.artists["central"].get_visible() and figure.readouts["error, central"] == "hidden"


def test_the_digits_that_cancel_and_the_digits_that_are_wrong_are_pale():
    figure = chain_rule.choose_h()
    figure.set("n", -8)
    whole = [figure.artists[f"{name}_start"].get_text() + figure.artists[f"{name}_end"].get_text()
             for name in ("ahead", "now", "forward_says")]
    assert [float(n) for n in whole] == pytest.approx([math.exp(math.sin(1 + 1e-8)), math.exp(math.sin(1)), 1.25338])
    assert figure.artists["ahead_start"].get_text() == figure.artists["now_start"].get_text() == "2.3197768"
    assert "first 8 of 16 digits" in figure.alt
    assert figure.artists["forward_says_start"].get_text() == "1.2533807"
    figure.set("n", -16)
    assert figure.artists["ahead_end"].get_text() == "" and "agree in all" in figure.alt
    assert figure.readouts["error, forward"] == "100 %"


def test_a_guess_may_be_an_h_or_its_exponent():
    figure = chain_rule.choose_h()
    for guess, h in ((1e-8, 1e-8), (-8, 1e-8), (0.1, 0.1), (-16.0, 1e-16)):
        figure.guess = guess
        assert figure.guess_as_h() == pytest.approx(h)


@pytest.mark.parametrize("guess", [None, -16, -8, -5, 0.1])
def test_no_text_of_the_v_stands_on_another(guess):
    page = Page(chain_rule.choose_h(guess=guess))
    for central in (False, True):
        for n in range(-16, 0):
            assert not page.at(central=central, n=n).collisions(), n


# ---- figure 2c -----------------------------------------------------------------------------------------------------


def test_the_kettles_line_is_the_fit_through_forbes_readings():
    forbes = load_forbes()
    slope, start = np.polyfit(forbes.boiling_point, 100 * np.log10(forbes.pressure), 1)
    assert (round(start, 3), round(slope, 4)) == (chain_rule.A, chain_rule.B)
    left = 100 * np.log10(forbes.pressure) - start - slope * forbes.boiling_point
    assert int(np.argmax(np.abs(left))) == 11 and left[11] == pytest.approx(1.36, abs=0.005)


@pytest.mark.parametrize("height,degrees", [(0, 99.93), (5364, 82.80), (8849, 71.67)])
def test_water_boils_at_the_lessons_temperatures(height, degrees):
    kettle = chain_rule.kettle()
    kettle.set("height", height)
    assert kettle.chain()[0][2] == pytest.approx(degrees, abs=0.005)
    assert f"{degrees:.1f} °C" in kettle.alt and kettle.readouts["water boils at"].startswith(f"{degrees:.1f} °C")


def test_two_slopes_change_with_height_and_the_product_does_not():
    kettle = chain_rule.kettle()
    rows = []
    for height in (0, 3000, 9000):
        kettle.set("height", height)
        slopes = kettle.chain()[1]
        rows.append([*slopes, math.prod(slopes)])
        step = 0.01
        p = chain_rule.pressure_at(np.array([height - step, height + step]))
        assert slopes[0] == pytest.approx((p[1] - p[0]) / (2 * step), rel=1e-6)
        here = kettle.chain()[0][0]
        t = chain_rule.boiling_at(np.array([here - 1e-5, here + 1e-5]))
        assert slopes[1] == pytest.approx((t[1] - t[0]) / 2e-5, rel=1e-6)
    spread = np.ptp(rows, axis=0)
    assert spread[0] > 1e-3 and spread[1] > 1 and spread[2] == 0 and spread[3] < 1e-15
    assert rows[0][3] == pytest.approx(-0.00319, abs=5e-6)
    assert -1 / rows[0][3] == pytest.approx(313, abs=0.5)


def test_slopes_and_their_product_wait_until_they_are_asked_for():
    kettle = chain_rule.kettle()
    assert "per inHg" not in kettle.words and not kettle.artists["product"].get_text()
    kettle.set("slopes", True)
    assert "°F per inHg" in kettle.alt and "0.00319" not in kettle.words
    kettle.set("product", True)
    assert "−0.00319 °C per m" in kettle.alt


def test_above_forbes_readings_the_figure_says_that_it_extrapolates():
    kettle = chain_rule.kettle()
    assert kettle.highest == pytest.approx(3070, abs=1)
    for height, beyond in ((3050, False), (3100, True)):
        kettle.set("height", height)
        assert ("extrapolated" in kettle.alt) == beyond
        assert bool(kettle.artists["flag"].get_text()) == beyond
        assert kettle.readouts["Forbes's readings"] == ("end at 3070 m" if beyond else "cover this height")


def test_the_buttons_visit_the_places_in_order_and_stop_at_both_ends():
    kettle = chain_rule.kettle()
    kettle.press("down")
    assert kettle.place() == "sea level"
    seen = []
    for _ in range(7):
        kettle.press("up")
        seen.append(kettle.place())
    assert seen == ["Denver", "Mexico City", "Jungfraujoch", "Mont Blanc", "Base Camp", "Everest", "Everest"]
    kettle.press("down")
    assert kettle.value["height"] == 5364 and "(Base Camp)" in kettle.alt
    kettle.set("height", 2000)
    kettle.press("up")
    assert kettle.place() == "Mexico City"


def test_the_words_tell_the_readings_and_only_the_places_that_were_passed():
    kettle = chain_rule.kettle()
    assert "204.6 at 26.57" in kettle.words and "Base Camp" not in kettle.words
    kettle.set("height", 9000)
    assert "Base Camp, 5364 m: 15.84 inHg, 82.8 °C" in kettle.words


@pytest.mark.parametrize("guess", [None, 70.0, 99.0])
def test_no_text_of_the_kettle_stands_on_another(guess):
    page = Page(chain_rule.kettle(guess=guess))
    for height in range(0, 9001, 500):
        assert not page.at(slopes=True, product=True, height=height).collisions(), height
