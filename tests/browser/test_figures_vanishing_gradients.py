"""Each control of each figure of lesson 6, moved by mouse and by keyboard in a real JupyterLab.

As in lesson 1, what the page shows (every pixel, the alt text, the numbers) must be what the figure's twin in this
process holds, moved alike.
"""

import pytest

from helpers.figures import vanishing_gradients

from .test_figures_curve_fitting import Pair

FIGURES = {
    "scalar_chain": vanishing_gradients.ScalarChain,
    "layer_xray": vanishing_gradients.LayerXray,
    "dead_units": vanishing_gradients.DeadUnits,
    "symmetry": vanishing_gradients.Symmetry,
    "prescriptions": vanishing_gradients.Prescriptions,
}
# Buttons in an order in which each has something to do. All of them but "play", which has a test of its own.
WALKS = {
    "scalar_chain": ("more", "more", "less", "reset"),
    "layer_xray": ("step", "keep", "step", "keep", "back", "reset"),
    "dead_units": ("step", "step", "back", "reset"),
    "symmetry": ("step", "step", "back", "reset"),
    "prescriptions": ("step", "step", "back", "reset"),
}
UNSEEN = {("layer_xray", "rate"), ("prescriptions", "prescription")}  # before the first epoch only the alt text tells


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
    sources = ["from helpers.figures.vanishing_gradients import *"]
    sources += [f"fig_{name} = {name}()\nfig_{name}" for name in FIGURES]
    page = module_lab.open(sources, dots=2.0)
    module_lab.run_all(page)
    return page


@pytest.fixture(scope="module")
def pairs(page):
    """Figure's name to its `Pair`."""
    return {name: Pair(page, n, kind()) for n, (name, kind) in enumerate(FIGURES.items())}


@pytest.fixture
def pair(pairs, request):
    """The pair of the test's figure, in view."""
    pair = pairs[request.node.callspec.params["figure"]]
    pair.shown.look()
    return pair


def choose(pair, name, option):
    """Choose from a menu on the page and in the twin."""
    if pair.twin.value[name] != option:
        with pair.shown.moving():
            pair.shown.select(name).select_option(option)
        pair.twin.set(name, option)


def ready(pair, figure, control=""):
    """Put a figure where every control of it has something to change."""
    if figure == "layer_xray":
        for name, option in (("activation", "tanh"), ("start", "Xavier"), ("depth", "5"), ("rate", "0.05")):
            choose(pair, name, option)
    if figure == "dead_units":
        if control != "rate":
            choose(pair, "rate", "2")
        pair.put("updates", 300)
    if figure == "prescriptions":
        choose(pair, "patient", "D")
        choose(pair, "prescription", "η over 20")


def assert_it_moved(pair, before, figure="", control=""):
    """Something to see and something to hear changed, and what is heard is the twin's; each test ends with pixels."""
    assert pair.shown.alt() == pair.twin.alt and pair.shown.readouts() == pair.twin.readouts
    after = pair.shown.seen()
    changed = after["picture"] != before["picture"], after["alt"] != before["alt"]
    assert any(changed) if (figure, control) in UNSEEN else all(changed)
    assert pair.shown.error() == ""


def test_every_figure_of_the_lesson_is_tested_here():
    assert set(vanishing_gradients.__all__) == set(FIGURES)
    for name, walk in WALKS.items():
        buttons = {c.name for c in FIGURES[name].controls if c.kind == "button" and not c.repeats}
        assert buttons == set(walk)


@pytest.mark.parametrize("figure", FIGURES)
def test_at_first_the_page_shows_what_python_holds(pair, figure):
    pair.agree()
    assert pair.shown.root.locator(".lf-task").inner_text() == pair.twin.task


def test_training_without_a_prescription_is_explained_in_one_sentence(pairs):
    shown = pairs["prescriptions"].shown
    shown.look()
    shown.button("step").click()
    shown.root.locator(".lf-error", has_text="Prescribe one change first").wait_for()


@pytest.mark.parametrize(("figure", "control"), controls("choice"))
def test_a_menu_follows_the_mouse_and_the_keyboard(pair, figure, control):
    ready(pair, figure, control)
    field = pair.shown.select(control)
    for by in ("mouse", "keyboard"):
        before = pair.shown.seen()
        with pair.shown.moving():
            if by == "mouse":
                field.select_option(index=1 if field.input_value() != pair.twin._controls[control].options[1] else 2)
            else:
                field.focus()
                pair.shown.page.keyboard.press("ArrowUp")
        pair.twin.set(control, field.input_value())
        assert_it_moved(pair, before, figure, control)
    pair.agree()


@pytest.mark.parametrize(("figure", "control"), controls("toggle"))
def test_a_tick_box_follows_the_mouse_and_the_keyboard(pair, figure, control):
    ready(pair, figure)
    box = pair.shown.toggle(control)
    for by in ("mouse", "keyboard"):
        before = pair.shown.seen()
        with pair.shown.moving():
            if by == "mouse":
                box.click()
            else:
                box.focus()
                pair.shown.page.keyboard.press("Space")
        pair.twin.set(control, box.is_checked())
        assert_it_moved(pair, before)
    pair.agree()


@pytest.mark.parametrize("figure", FIGURES)
def test_buttons_follow_the_mouse_and_the_keyboard(pair, figure):
    ready(pair, figure)
    pair.press("reset")
    for by in ("mouse", "Enter"):
        for name in WALKS[figure]:
            before = pair.shown.seen()
            pair.press(name, by)
            assert_it_moved(pair, before, figure, name)
            if name == WALKS[figure][-2]:  # the last but "reset": the walk's furthest picture, pixel by pixel
                pair.agree()


@pytest.mark.parametrize("by", ["mouse", "Space"])
def test_the_training_plays_can_be_stopped_and_goes_on(pairs, by):
    pair = pairs["layer_xray"]
    pair.shown.look()
    ready(pair, "layer_xray")
    pair.press("reset")
    button = pair.shown.button("play")

    def push():
        if by == "mouse":
            button.click()
        else:
            button.focus()
            pair.shown.page.keyboard.press("Space")

    with pair.shown.moving():
        push()
        pair.shown.page.wait_for_function("b => b.textContent === 'Pause'", arg=button.element_handle())
        push()
    epoch = int(pair.shown.alt().split("Epoch ")[1].split()[0])
    assert 1 <= epoch < 20 and button.inner_text() == "Train to the end"
    for _ in range(epoch):
        pair.twin.press("step")
    pair.agree()
    pair.press("step")
    pair.agree()


@pytest.mark.parametrize(("figure", "control"), controls("slider"))
def test_a_slider_follows_the_arrow_keys_and_the_mouse(pair, figure, control):
    about = next(one for one in pair.twin.controls if one.name == control)
    start, before = pair.shown.value(control), pair.shown.seen()
    up = start + 3 * about.step <= about.high
    pair.shown.press(control, *["ArrowRight" if up else "ArrowLeft"] * 3)
    pair.follow(control)
    assert_it_moved(pair, before)
    assert abs(pair.shown.value(control) - start) == pytest.approx(3 * about.step)
    before = pair.shown.seen()
    aim = 0.7 if (pair.shown.value(control) - about.low) / (about.high - about.low) < 0.5 else 0.3
    pair.shown.drag(control, aim)
    reached = (pair.shown.value(control) - about.low) / (about.high - about.low)
    assert reached == pytest.approx(aim, abs=0.03 + about.step / (about.high - about.low))
    pair.follow(control)
    assert_it_moved(pair, before)
    pair.agree()


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
