"""Each control of each figure of lesson 5, moved by mouse and by keyboard in a real JupyterLab."""

from typing import ClassVar

import pytest

from helpers.figures import learning_rates

from .figure_tests import PlayTests


class TestFigures(PlayTests):
    lesson = learning_rates
    walks: ClassVar = {
        "bowl": ("step", "step", "back", "reset"),
        "unit_repair": ("step", "tenfold", "back", "best", "measure", "reset"),
        "zig_zag": ("step", "hundred", "back", "ideal", "plain", "reset"),
        "batch_noise": ("draw", "twenty", "step", "epoch", "back", "reset"),
        "surface_zoo": ("step", "nudge", "step", "back", "reset"),
    }
    plays = tuple(walks)
    first: ClassVar = {
        ("surface_zoo", "n"): {"eta": 0.1, "y": 0.0},
        ("surface_zoo", "feel"): {"eta": 0.1, "y": 0.0, "n": 3.0},
        ("surface_zoo", "eta"): {"n": 3.0},
        ("zig_zag", "beta"): {"n": 3.0},
        ("unit_repair", "power"): {"encoding": "standardised", "power": -2.0},
        ("unit_repair", "play"): {"encoding": "standardised", "power": -2.0},  # others run away at once, and Play ends
    }
    before: ClassVar = {("unit_repair", "power"): ("reset", "step", "step")}
    later: ClassVar = {("batch_noise", "eta"): ("step",), ("batch_noise", "batch"): ("draw",)}  # for what comes next
    # Raw years hardly move in ten steps; what was found out about a unit stays over a reset.
    only_heard: ClassVar = {
        ("surface_zoo", "nudge"),
        ("unit_repair", "step"),
        ("unit_repair", "tenfold"),
        ("unit_repair", "back"),
    }
    stays: ClassVar = {("unit_repair", "best"), ("unit_repair", "measure")}


@pytest.mark.parametrize(
    ("figure", "control"),
    [("bowl", "eta"), ("unit_repair", "power"), ("zig_zag", "eta"), ("batch_noise", "eta"), ("surface_zoo", "eta")],
)
def test_a_learning_rate_out_of_all_reason_is_explained_and_breaks_nothing(pair, figure, control):
    about = pair.twin._controls[control]
    pair.press("reset")
    for typed, kept in (("-30", about.low), ("1e6", about.high), ("nan", about.high), ("-1e6", about.low)):
        pair.shown.type(control, typed)
        pair.shown.root.locator(".lf-error:not([hidden])").wait_for()
        assert about.label in pair.shown.error() and len(pair.shown.error()) < 200
        assert pair.shown.value(control) == kept
        pair.shown.wait_frame()
        pair.twin.set(control, kept)
        pair.press("step")
        pair.same_words()
    pair.put(control, about.value)
    pair.press("reset")
    pair.agree()


def test_the_bowl_shows_the_lessons_numbers(pairs):
    bowl = pairs["bowl"].look()
    for name, value in (("a", 4), ("w0", 1), ("eta", 0.51), ("n", 20)):
        bowl.put(name, value)
    assert bowl.shown.readout("w") == "2.1911"
    bowl.put("eta", 0.25)
    assert bowl.shown.readout("w") == "0.0000"
    bowl.agree()


def test_a_millionth_can_be_typed_as_a_start_and_leaves_the_saddle(pairs):
    zoo = pairs["surface_zoo"].look()
    zoo.put("surface", "saddle")
    for name, value in (("eta", 0.1), ("y", 0.000001), ("n", 76)):
        zoo.put(name, value)
    assert zoo.shown.readout("y") == "1.04"
    zoo.agree()


@pytest.mark.parametrize(
    ("figure", "at", "chosen"),
    [
        ("bowl", (-1.35, 6.0), {"w0": -1.35}),
        ("zig_zag", (7.5, -4.0), {"u": 7.5, "v": -4.0}),
        ("surface_zoo", (-0.65, 1.2), {"x": -0.65, "y": 1.2}),
    ],
)
def test_a_click_in_the_picture_chooses_where_to_start(pair, figure, at, chosen):
    pair.put("n", 3)
    before, twin = pair.shown.seen(), pair.twin
    twin.picture(1)
    left, up = twin.figure.axes[0].transData.transform(at)
    place = {"left": left, "top": 400 - up}
    pair.shown.picture.scroll_into_view_if_needed()
    box = pair.shown.picture.bounding_box()
    with pair.shown.moving():
        pair.shown.page.mouse.click(
            box["x"] + 1 + place["left"] * (box["width"] - 2) / 900,
            box["y"] + 1 + place["top"] * (box["height"] - 2) / 400,
        )
    twin.click(**place)
    assert {name: pair.shown.value(name) for name in chosen} == chosen
    after = pair.agree()
    assert after["picture"] != before["picture"] and after["alt"] != before["alt"]


def test_the_figures_in_words_say_what_the_pictures_show(pairs):
    for pair in pairs.values():
        pair.look().same_figure_in_words()
