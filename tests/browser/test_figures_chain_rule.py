"""Each control of each figure of lesson 2, moved by mouse and by keyboard in a real JupyterLab.

As in lesson 1, what the page shows (every pixel, the alt text, the numbers) must be what the figure's twin in this
process holds, moved alike.
"""

import pytest

from helpers.figures import chain_rule

from .lessons_2_to_4 import ORDER, page_of, twin_of
from .test_figures_curve_fitting import Pair

FIGURES = {
    "gear_train": chain_rule.GearTrain,
    "choose_h": chain_rule.ChooseH,
    "kettle": chain_rule.Kettle,
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
def page(session_lab):
    """The page with all figures of the lesson."""
    return page_of(session_lab)


@pytest.fixture(scope="module")
def pairs(page):
    """Figure's name to its `Pair`."""
    return {name: Pair(page, ORDER.index(name), twin_of(kind)) for name, kind in FIGURES.items()}


@pytest.fixture
def pair(pairs, request):
    """The pair of the test's figure, in view."""
    pair = pairs[request.node.callspec.params["figure"]]
    pair.shown.look()
    return pair


def assert_it_moved(pair, before):
    """Something to see and something to hear changed, and both are what the twin shows."""
    pair.agree()
    after = pair.shown.seen()
    assert after["picture"] != before["picture"] and after["alt"] != before["alt"]
    assert pair.shown.error() == ""


def test_every_figure_of_the_lesson_is_tested_here():
    assert set(chain_rule.__all__) == set(FIGURES)


@pytest.mark.parametrize("figure", FIGURES)
def test_at_first_the_page_shows_what_python_holds(pair, figure):
    pair.agree()
    assert pair.shown.root.locator(".lf-task").inner_text() == pair.twin.task


@pytest.mark.parametrize("by", [("mouse",), ("Enter", "Space")], ids=["mouse", "keyboard"])
@pytest.mark.parametrize("figure", ["gear_train", "kettle"])
def test_buttons_do_what_they_say(pair, figure, by):
    walk = ("step", "step", "back", "reset", "step", "step") if figure == "gear_train" else ("up", "up", "down")
    if figure == "gear_train" and pair.twin.stage:
        pair.press("reset")
    for n, name in enumerate(walk):
        before = pair.shown.seen()
        pair.press(name, by[n % len(by)])
        assert_it_moved(pair, before)


def test_the_train_shows_the_lessons_numbers(pairs):
    train = pairs["gear_train"]
    train.shown.look()
    train.put("recipes", True)
    assert train.shown.readouts() == {
        "output nudge ÷ h": "1.24694",
        "local slopes multiplied": "1.25338",
        "all slopes taken at x, multiplied": "1.46869",
        "local slopes added": "2.86008",
    }
    train.agree()


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
            field.select_option(index=3)
        else:
            field.focus()
            pair.shown.page.keyboard.press("ArrowUp")
    pair.twin.set(control, field.input_value())
    assert_it_moved(pair, before)


@pytest.mark.parametrize(("figure", "control"), controls("slider"))
def test_a_slider_follows_the_arrow_keys_and_the_mouse(pair, figure, control):
    about = next(one for one in pair.twin.controls if one.name == control)
    start, before = pair.shown.value(control), pair.shown.seen()
    up = start + 3 * about.step <= about.high
    pair.shown.press(control, *["ArrowRight" if up else "ArrowLeft"] * 3)
    pair.follow(control)
    assert_it_moved(pair, before)
    # A place between two marks (5364 m) is brought to the next mark by the first key.
    assert abs(pair.shown.value(control) - start) == pytest.approx(3 * about.step, abs=about.step / 2)
    before = pair.shown.seen()
    aim = 0.7 if (pair.shown.value(control) - about.low) / (about.high - about.low) < 0.5 else 0.3
    pair.shown.drag(control, aim)
    reached = (pair.shown.value(control) - about.low) / (about.high - about.low)
    assert reached == pytest.approx(aim, abs=0.03 + about.step / (about.high - about.low))
    pair.follow(control)
    assert_it_moved(pair, before)


@pytest.mark.parametrize(("n", "error"), [(-16, "100 %"), (-1, "5.6 %"), (-4, "5.1·10⁻⁵")])
def test_the_error_of_the_forward_difference_is_the_lessons(pairs, n, error):
    figure = pairs["choose_h"]
    figure.shown.look()
    figure.put("n", n)
    assert figure.shown.readout("error, forward") == error
    figure.agree()


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
