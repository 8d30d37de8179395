"""Each control of each figure of lesson 1, moved by mouse and by keyboard in a real JupyterLab.

Beside each figure on the page stands its twin: the same figure in this process, without a browser, moved alike. What
the page shows (every pixel, the alt text, the numbers) must be what the twin holds.
"""

import pytest

from helpers.figures import curve_fitting

from .jupyterlab import Figure, hash_of, numbers_in

FIGURES = {
    "three_lines": curve_fitting.ThreeLines,
    "six_knob_bench": curve_fitting.SixKnobBench,
    "race": curve_fitting.Race,
    "one_knob_hubble": curve_fitting.OneKnobHubble,
    "degree_slider": curve_fitting.DegreeSlider,
}
# Controls that alone change no picture, with a button whose effect they change.
ONLY_WITH_A_STEP = {("six_knob_bench", "eta"), ("one_knob_hubble", "eta"), ("one_knob_hubble", "plus")}
# What must be switched on or moved first, for a control to have something to change.
FIRST = {("one_knob_hubble", "h"): ("secant", True), ("race", "seed"): ("tries", 120.0)}

WITH_BUTTONS = ("six_knob_bench", "race", "one_knob_hubble")


def controls(*kinds):
    """(figure, control's name) for every control of these kinds, for `parametrize`."""
    return [
        (name, control.name)
        for name, figure in FIGURES.items()
        for control in figure.controls
        if control.kind in kinds and not getattr(control, "repeats", "")
    ]


class Pair:
    """A figure on the page and its twin in this process."""

    def __init__(self, page, n, twin):
        self.shown = Figure(page, n)
        self.twin = twin
        self.digits = {control.name: control.digits for control in twin.controls if control.kind == "slider"}

    def follow(self, name):
        """Set the twin's slider to what the page's slider shows."""
        self.twin.set(name, self.shown.value(name))

    def agree(self):
        """Picture, alt text, readouts and boxes on the page are the twin's."""
        assert self.shown.alt() == self.twin.alt
        assert self.shown.readouts() == self.twin.readouts
        for name, (box, spoken) in self.shown.sliders().items():
            assert float(box) == pytest.approx(self.twin.value[name], abs=0.51 * 10 ** -self.digits[name])
            assert numbers_in(spoken)[0] == pytest.approx(float(box))
        assert self.shown.picture_hash() == hash_of(self.twin.picture(scale=2))

    def put(self, name, value):
        """Set a control on the page and in the twin, by the quickest way."""
        if self.twin.value[name] == value:
            return
        if isinstance(value, bool):
            with self.shown.moving():
                self.shown.toggle(name).set_checked(value)
        else:
            with self.shown.moving():
                self.shown.type(name, str(value))
        self.twin.set(name, value)

    def press(self, name, by="mouse"):
        """Push a button on the page and in the twin."""
        with self.shown.moving():
            if by == "mouse":
                self.shown.button(name).click()
            else:
                self.shown.button(name).focus()
                self.shown.page.keyboard.press(by)
        self.twin.press(name)


@pytest.fixture(scope="module")
def page(module_lab):
    """One page with all figures of the lesson."""
    sources = ["from helpers.figures.curve_fitting import *"]
    sources += [f"fig_{name} = {name}()\nfig_{name}" for name in FIGURES]
    page = module_lab.open(sources, dots=2.0)  # a fine screen shows the picture at rest dot by dot
    module_lab.run_all(page)
    return page


@pytest.fixture(scope="module")
def pairs(page):
    """Figure's name to its `Pair`."""
    return {name: Pair(page, n, kind()) for n, (name, kind) in enumerate(FIGURES.items())}


@pytest.fixture
def pair(pairs, request):
    """The pair of the test's figure, what it needs first switched on."""
    pair = pairs[request.node.callspec.params["figure"]]
    pair.shown.look()
    need = FIRST.get((request.node.callspec.params["figure"], request.node.callspec.params.get("control")))
    if need:
        pair.put(*need)
    return pair


def assert_it_moved(pair, figure, control, before):
    """Something to see changed, and it is what the twin shows."""
    pair.agree()
    if (figure, control) in ONLY_WITH_A_STEP:
        pair.press("reset")
        pair.press("step")
        pair.agree()
        return
    after = pair.shown.seen()
    assert after["picture"] != before["picture"]
    assert after["alt"] != before["alt"]


def test_every_figure_of_the_lesson_is_tested_here():
    assert set(curve_fitting.__all__) == set(FIGURES)


@pytest.mark.parametrize("figure", FIGURES)
def test_at_first_the_page_shows_what_python_holds(pair, figure):
    pair.agree()
    assert pair.shown.error() == ""
    assert pair.shown.root.locator(".lf-task").inner_text() == pair.twin.task


@pytest.mark.parametrize(("figure", "control"), controls("slider"))
def test_a_slider_follows_the_arrow_keys(pair, figure, control):
    about = next(one for one in pair.twin.controls if one.name == control)
    start, before = pair.shown.value(control), pair.shown.seen()
    up = start + 3 * about.step <= about.high
    pair.shown.press(control, *["ArrowRight" if up else "ArrowLeft"] * 3)
    moved = pair.shown.value(control) - start
    assert moved == pytest.approx(3 * about.step if up else -3 * about.step)
    pair.follow(control)
    assert_it_moved(pair, figure, control, before)


@pytest.mark.parametrize(("figure", "control"), controls("slider"))
def test_a_slider_follows_the_mouse(pair, figure, control):
    about = next(one for one in pair.twin.controls if one.name == control)
    place = (pair.shown.value(control) - about.low) / (about.high - about.low)
    before, aim = pair.shown.seen(), 0.7 if place < 0.5 else 0.3
    pair.shown.drag(control, aim)
    reached = (pair.shown.value(control) - about.low) / (about.high - about.low)
    assert reached == pytest.approx(aim, abs=0.03 + about.step / (about.high - about.low))
    pair.follow(control)
    assert_it_moved(pair, figure, control, before)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
@pytest.mark.parametrize(("figure", "control"), controls("toggle"))
def test_a_tick_box_changes_the_picture(pair, figure, control, by):
    if control == "plus":
        pair.press("reset")
    before = pair.shown.seen()
    box = pair.shown.toggle(control)
    with pair.shown.moving():
        if by == "mouse":
            box.click()
        else:
            box.focus()
            pair.shown.page.keyboard.press("Space")
    pair.twin.set(control, box.is_checked())
    assert_it_moved(pair, figure, control, before)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
@pytest.mark.parametrize(("figure", "control"), controls("choice"))
def test_a_choice_changes_the_picture(pair, figure, control, by):
    before = pair.shown.seen()
    field = pair.shown.select(control)
    with pair.shown.moving():
        if by == "mouse":
            field.select_option(index=2)
        else:
            field.focus()
            pair.shown.page.keyboard.press("ArrowUp")
    pair.twin.set(control, field.input_value())
    assert_it_moved(pair, figure, control, before)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
@pytest.mark.parametrize("figure", WITH_BUTTONS)
def test_buttons_do_what_they_say(pair, figure, by):
    forward = [name for one, name in controls("button") if one == figure and name not in ("back", "reset")]
    for n, name in enumerate([*forward, "step", "back", "reset"]):
        before = pair.shown.seen()
        pair.press(name, by if by == "mouse" else ("Enter", "Space")[n % 2])
        pair.agree()
        assert pair.shown.seen() != before, f"{name} changed nothing"


def test_the_bench_shows_the_lessons_numbers(pairs):
    bench = pairs["six_knob_bench"]
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


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
@pytest.mark.parametrize("figure", WITH_BUTTONS)
def test_play_runs_until_pause_and_back_undoes(pair, figure, by):
    pair.press("reset")
    play = pair.shown.button("play")

    def push():
        if by == "mouse":
            play.click()
        else:
            play.focus()
            pair.shown.page.keyboard.press("Space")

    push()
    assert play.get_attribute("aria-pressed") == "true"
    assert play.inner_text() == "Pause"
    pair.shown.wait_frame(after=pair.shown.frame() + 2, state="moving")
    push()
    assert play.get_attribute("aria-pressed") == "false"
    assert play.inner_text() == "Play"
    pair.shown.wait_frame()
    shown = pair.shown.alt()
    steps = 0
    while pair.twin.alt != shown:
        pair.twin.press("step")
        steps += 1
        assert steps < 60, "the page shows a state that no number of steps leads to"
    assert steps >= 2
    pair.agree()
    pair.shown.page.wait_for_timeout(400)  # longer than any of them waits between two steps
    assert pair.shown.alt() == shown, "it went on after Pause"
    pair.press("back")
    pair.agree()


def test_play_stops_by_itself_at_the_best_m(pairs):
    hubble = pairs["one_knob_hubble"]
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
    slider = pairs["degree_slider"]
    slider.put("reveal", True)
    slider.put("degree", float(degree))
    assert slider.shown.readout("forecast for 2025") == f"{forecast} ppm"
    assert forecast in slider.shown.alt()
    slider.agree()


@pytest.mark.parametrize("nonsense", ["abc", "", "-", "nan", "1e"])
def test_a_box_without_a_number_explains_itself_and_the_next_move_works(pairs, nonsense):
    bench = pairs["six_knob_bench"]
    bench.put("k2", 0.5 if bench.twin.value["k2"] != 0.5 else 0.25)
    kept = bench.twin.value["k2"]
    bench.shown.type("k2", nonsense)
    bench.shown.root.locator(".lf-error").wait_for()
    assert "from −2 to 2" in bench.shown.error()
    assert bench.shown.error().count(".") <= 3
    assert float(bench.shown.number("k2").input_value()) == kept
    bench.agree()
    before = bench.shown.alt()
    bench.shown.press("k2", "ArrowRight")
    bench.follow("k2")
    bench.agree()
    assert bench.shown.alt() != before
    assert bench.shown.error() == ""


@pytest.mark.parametrize(("typed", "kept"), [("1e9", 2.0), ("-3", -2.0), ("1.25", 1.25)])
def test_a_typed_number_is_taken_or_brought_into_range_with_a_word(pairs, typed, kept):
    bench = pairs["six_knob_bench"]
    bench.put("k3", 0.0)
    with bench.shown.moving():
        bench.shown.type("k3", typed)
    bench.twin.set("k3", kept)
    bench.agree()
    assert bench.shown.value("k3") == kept
    assert ("set to" in bench.shown.error()) == (float(typed) != kept)


def test_the_figure_in_words_says_what_the_picture_shows(pairs):
    for pair in pairs.values():
        pair.shown.look()
        twin_words = pair.shown.root.locator("details.lf-words")
        twin_words.locator("summary").focus()
        pair.shown.page.keyboard.press("Enter")
        assert twin_words.locator("pre").inner_text().strip() == pair.twin.words.strip()
        pair.shown.page.keyboard.press("Enter")


def test_a_cell_can_move_the_figure_that_is_shown(page, pairs, module_lab):
    bench = pairs["six_knob_bench"]
    with bench.shown.moving():
        module_lab.run(page, "fig_six_knob_bench.set('k1', 1.5)")
    bench.twin.set("k1", 1.5)
    bench.agree()
    assert bench.shown.value("k1") == 1.5


@pytest.mark.parametrize(("figure", "control"), [("degree_slider", "degree"), ("six_knob_bench", "k0")])
def test_a_figure_moves_while_a_cell_runs(page, pair, figure, control):
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


def test_nothing_went_wrong_in_the_page(page):
    assert page.course["errors"] == []
