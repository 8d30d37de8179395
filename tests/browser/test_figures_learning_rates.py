"""Each control of each figure of lesson 5, moved by mouse and by keyboard in a real JupyterLab.

As in lesson 1, what the page shows (every pixel, the alt text, the numbers) must be what the figure's twin in this
process holds, moved alike.
"""

import pytest

from helpers.figures import learning_rates

from .test_figures_curve_fitting import Pair

FIGURES = {
    "bowl": learning_rates.Bowl,
    "unit_repair": learning_rates.UnitRepair,
    "zig_zag": learning_rates.ZigZag,
    "batch_noise": learning_rates.BatchNoise,
    "surface_zoo": learning_rates.SurfaceZoo,
    "curve_doctor": learning_rates.CurveDoctor,
}
BUTTONS = {
    "bowl": ("step", "step", "back", "reset"),
    "unit_repair": ("step", "tenfold", "back", "best", "measure", "reset"),
    "zig_zag": ("step", "hundred", "back", "ideal", "plain", "reset"),
    "batch_noise": ("draw", "twenty", "step", "epoch", "back", "reset"),
    "surface_zoo": ("step", "nudge", "step", "back", "reset"),
}
# What other controls must be at, for a control to have something to change.
FIRST = {
    ("surface_zoo", "n"): {"eta": 0.1, "y": 0.0},
    ("surface_zoo", "feel"): {"eta": 0.1, "y": 0.0, "n": 3.0},
}


def controls(*kinds):
    """(figure, control's name) for every control of these kinds, for `parametrize`."""
    return [
        (name, control.name)
        for name, figure in FIGURES.items()
        for control in figure.controls
        if control.kind in kinds
    ]


@pytest.fixture(scope="module")
def page(module_lab):
    """One page with all figures of the lesson."""
    sources = ["from helpers.figures.learning_rates import *"]
    sources += [f"fig_{name} = {name}()\nfig_{name}" for name in FIGURES]
    page = module_lab.open(sources, dots=2.0)
    module_lab.run_all(page)
    return page


@pytest.fixture(scope="module")
def pairs(page):
    """Figure's name to its `Pair`."""
    pairs = {name: Pair(page, n, kind()) for n, (name, kind) in enumerate(FIGURES.items())}
    for pair in pairs.values():
        pair.twin._encode = lambda *_: b""  # a twin is asked for its pixels, never sent
    return pairs


@pytest.fixture
def pair(pairs, request):
    """The pair of the test's figure, in view."""
    figure = request.node.callspec.params["figure"]
    pair = pairs[figure]
    pair.shown.look()
    for name, value in FIRST.get((figure, request.node.callspec.params.get("control")), {}).items():
        pair.put(name, value)
    return pair


def same_words(pair):
    """Alt text and numbers are the twin's: a quick look between two full ones."""
    assert (pair.shown.alt(), pair.shown.readouts()) == (pair.twin.alt, pair.twin.readouts)
    assert pair.shown.error() == ""


def assert_it_moved(pair, before):
    """Something to see and something to hear changed, and both are what the twin shows."""
    pair.agree()
    after = pair.shown.seen()
    assert after["picture"] != before["picture"] and after["alt"] != before["alt"]
    assert pair.shown.error() == ""


def test_every_figure_of_the_lesson_is_tested_here():
    assert set(learning_rates.__all__) == set(FIGURES)


@pytest.mark.parametrize("figure", FIGURES)
def test_at_first_the_page_shows_what_python_holds(pair, figure):
    pair.agree()
    assert pair.shown.root.locator(".lf-task").inner_text() == pair.twin.task


@pytest.mark.parametrize("figure", BUTTONS)
def test_buttons_do_what_they_say_by_mouse_and_by_keyboard(pair, figure):
    for by in (("mouse",), ("Enter", "Space")):
        for n, name in enumerate(BUTTONS[figure]):
            before = pair.shown.alt()
            pair.press(name, by[n % len(by)])
            same_words(pair)
            told_before = by != ("mouse",) and name in ("measure", "best")  # both stay over a reset
            assert told_before or pair.shown.alt() != before, name
        pair.agree()


@pytest.mark.parametrize("figure", BUTTONS)
def test_play_runs_until_pause(pair, figure):
    play = pair.shown.button("play")
    play.click()
    assert play.get_attribute("aria-pressed") == "true"
    pair.shown.wait_frame(after=pair.shown.frame() + 2, state="moving")
    play.focus()
    pair.shown.page.keyboard.press("Space")
    assert play.get_attribute("aria-pressed") == "false"
    pair.shown.wait_frame()
    shown, steps = pair.shown.alt(), 0
    while pair.twin.alt != shown:
        pair.twin.press("step")
        steps += 1
        assert steps < 60, "the page shows a state that no number of steps leads to"
    assert steps >= 2
    pair.agree()


@pytest.mark.parametrize(("figure", "control"), controls("slider"))
def test_a_slider_follows_the_arrow_keys_and_the_mouse(pair, figure, control):
    about = next(one for one in pair.twin.controls if one.name == control)
    start, before = pair.shown.value(control), pair.shown.seen()
    up = start + 3 * about.step <= about.high
    pair.shown.press(control, *["ArrowRight" if up else "ArrowLeft"] * 3)
    pair.follow(control)
    assert abs(pair.shown.value(control) - start) == pytest.approx(3 * about.step, abs=about.step / 2)
    same_words(pair)
    assert pair.shown.alt() != before["alt"]
    before = pair.shown.seen()
    aim = 0.7 if (pair.shown.value(control) - about.low) / (about.high - about.low) < 0.5 else 0.3
    pair.shown.drag(control, aim)
    reached = (pair.shown.value(control) - about.low) / (about.high - about.low)
    assert reached == pytest.approx(aim, abs=0.03 + about.step / (about.high - about.low))
    pair.follow(control)
    if figure == "batch_noise":  # its learning rate is for the steps that follow
        pair.press("step")
    assert_it_moved(pair, before)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
@pytest.mark.parametrize(("figure", "control"), controls("toggle"))
def test_a_tick_box_changes_the_picture(pair, figure, control, by):
    before = pair.shown.seen()
    box = pair.shown.toggle(control)
    with pair.shown.moving():
        if by == "mouse":
            box.click()
        else:
            box.focus()
            pair.shown.page.keyboard.press("Space")
    pair.twin.set(control, box.is_checked())
    assert_it_moved(pair, before)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
@pytest.mark.parametrize(("figure", "control"), controls("choice"))
def test_a_menu_changes_the_picture(pair, figure, control, by):
    before = pair.shown.seen()
    field = pair.shown.select(control)
    with pair.shown.moving():
        if by == "mouse":
            field.select_option(index=0 if field.evaluate("one => one.selectedIndex") == 1 else 1)
        else:
            field.focus()
            pair.shown.page.keyboard.press("ArrowDown")
    pair.twin.set(control, field.input_value())
    if figure == "batch_noise":  # the size of a batch is for what is drawn next
        pair.press("draw")
    assert_it_moved(pair, before)


@pytest.mark.parametrize(
    ("figure", "control"),
    [("bowl", "eta"), ("unit_repair", "power"), ("zig_zag", "eta"), ("batch_noise", "eta"), ("surface_zoo", "eta")],
)
def test_a_learning_rate_out_of_all_reason_is_explained_and_breaks_nothing(pair, figure, control):
    about = next(one for one in pair.twin.controls if one.name == control)
    pair.press("reset")
    for typed, kept in (("-30", about.low), ("1e6", about.high), ("nan", about.high), ("-1e6", about.low)):
        pair.shown.type(control, typed)
        pair.shown.root.locator(".lf-error:not([hidden])").wait_for()
        assert about.label in pair.shown.error() and len(pair.shown.error()) < 200
        assert pair.shown.value(control) == kept
        pair.shown.wait_frame()
        pair.twin.set(control, kept)
        pair.press("step")
        assert (pair.shown.alt(), pair.shown.readouts()) == (pair.twin.alt, pair.twin.readouts)
    pair.put(control, about.value)
    pair.press("reset")
    pair.agree()


def test_the_bowl_shows_the_lessons_numbers(pairs):
    bowl = pairs["bowl"]
    bowl.shown.look()
    for name, value in (("a", 4), ("w0", 1), ("eta", 0.51), ("n", 20)):
        bowl.put(name, value)
    assert bowl.shown.readout("w") == "2.1911"
    bowl.put("eta", 0.25)
    assert bowl.shown.readout("w") == "0.0000"
    bowl.agree()


def test_a_millionth_can_be_typed_as_a_start_and_leaves_the_saddle(pairs):
    zoo = pairs["surface_zoo"]
    zoo.shown.look()
    with zoo.shown.moving():
        zoo.shown.select("surface").select_option("saddle")
    zoo.twin.set("surface", "saddle")
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
    assert_it_moved(pair, before)


def test_the_figures_in_words_say_what_the_pictures_show(pairs):
    for pair in pairs.values():
        pair.shown.look()
        words = pair.shown.root.locator("details.lf-words")
        words.locator("summary").focus()
        pair.shown.page.keyboard.press("Enter")
        assert words.locator("pre").inner_text().strip() == pair.twin.words.strip()
        pair.shown.page.keyboard.press("Enter")


def test_nothing_went_wrong_in_the_page(page):
    assert page.course["errors"] == []
