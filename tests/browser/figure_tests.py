"""What is asked of the figures of every lesson, once: each control by mouse and by keyboard, in a real JupyterLab.

Beside each figure on the page stands its twin: the same figure in this process, without a browser, moved alike. What
the page shows (every pixel, the alt text, the numbers) must be what the twin holds. A lesson's test module subclasses
`FigureTests` or `ControlTests`, says what is special about its figures, and adds what only they promise; the fixtures
`pairs` and `pair` are for both. All figures stand on one page: opening a notebook costs more than most of what is
asked of it.
"""

from typing import ClassVar
from weakref import WeakKeyDictionary

import pytest

from helpers.figures import (
    backpropagation,
    chain_rule,
    computational_graphs,
    curve_fitting,
    learning_rates,
    vanishing_gradients,
)

from .jupyterlab import Figure, hash_of, numbers_in

LESSONS = (curve_fitting, chain_rule, computational_graphs, backpropagation, learning_rates, vanishing_gradients)
# An expression of a class that a learner might have written, walked by figure 3a.
OWN = """
class Number:
    def __init__(self, data, prev=(), slopes=(), op="", label=""):
        self.data, self.grad, self._prev, self._slopes, self._op, self.label = data, 0.0, prev, slopes, op, label
    def __mul__(self, other):
        return Number(self.data * other.data, (self, other), (other.data, self.data), "*")

a, b = Number(2.0, label="a"), Number(5.0, label="b")
product = a * b
own = edge_stickers(product * a)
own
"""
MAKERS = {name: getattr(lesson, name) for lesson in LESSONS for name in lesson.__all__}
ORDER = (*MAKERS, "own")  # on the page
_PAGES = WeakKeyDictionary()  # a run has one lab, and it closes what is open at its end


def page_of(lab):
    """The page of this run with all figures, in the order of ORDER; opened at the first call."""
    if lab not in _PAGES:
        imports = "\n".join(f"from {lesson.__name__} import *" for lesson in LESSONS)
        shown = [f"fig_{name} = {name}()\nfig_{name}" for name in MAKERS]
        page = lab.open([imports, *shown, OWN], dots=2.0)  # a fine screen shows the picture at rest dot by dot
        lab.run_all(page)
        _PAGES[lab] = page
    return _PAGES[lab]


class Pair:
    """A figure on the page and its twin in this process, which makes no pictures unless it is asked for one."""

    def __init__(self, page, n, twin):
        self.page, self.twin = page, twin
        self.shown = Figure(page, n)
        self.twin._encode = lambda *_: b""

    # ---- what must be the same ------------------------------------------------------------------------------------

    def same_words(self):
        """Alt text, readouts and boxes on the page are the twin's, and so is what a screen reader says of a slider."""
        assert self.shown.alt() == self.twin.alt
        assert self.shown.readouts() == self.twin.readouts
        for name, (box, spoken) in self.shown.sliders().items():
            half = 0.51 * 10 ** -self.twin._controls[name].digits
            assert float(box) == pytest.approx(self.twin.value[name], abs=half)
            assert numbers_in(spoken)[0] == pytest.approx(float(box))

    def agree(self, error=""):
        """All that is shown is the twin's, every pixel of it, and no complaint but `error`. Returns what is seen."""
        self.same_words()
        assert self.shown.error() == error
        seen = self.shown.seen()
        assert seen["picture"] == hash_of(self.twin.picture(scale=2))
        return seen

    def same_figure_in_words(self):
        """The figure in words, opened by keyboard and closed again, is the twin's."""
        words = self.shown.root.locator("details.lf-words")
        words.locator("summary").focus()
        self.page.keyboard.press("Enter")
        assert words.locator("pre").inner_text().strip() == self.twin.words.strip()
        self.page.keyboard.press("Enter")

    # ---- moving both ------------------------------------------------------------------------------------------------

    def look(self):
        """Bring the figure into view; returns the pair."""
        self.shown.look()
        return self

    def follow(self, name):
        """Set the twin's control to what the page's shows."""
        kind = self.twin._controls[name].kind
        if kind == "slider":
            self.twin.set(name, self.shown.value(name))
        elif kind == "toggle":
            self.twin.set(name, self.shown.toggle(name).is_checked())
        else:
            self.twin.set(name, self.shown.select(name).input_value())

    def put(self, name, value):
        """Set a control on the page and in the twin, by the quickest way."""
        if self.twin.value[name] == value:
            return
        with self.shown.moving():
            if self.twin._controls[name].kind == "toggle":
                self.shown.toggle(name).set_checked(value)
            elif self.twin._controls[name].kind == "choice":
                self.shown.select(name).select_option(value)
            else:
                self.shown.type(name, str(value))
        self.twin.set(name, value)

    def push(self, button, by="mouse"):
        """Click a button of the page, or press a key on it, without waiting for a picture."""
        if by == "mouse":
            self.shown.button(button).click()
        else:
            self.shown.button(button).focus()
            self.page.keyboard.press(by)

    def press(self, name, by="mouse"):
        """Push a button on the page and in the twin."""
        with self.shown.moving():
            self.push(name, by)
        self.twin.press(name)

    def tick(self, name, by="mouse"):
        """Change a tick box on the page and in the twin."""
        box = self.shown.toggle(name)
        with self.shown.moving():
            if by == "mouse":
                box.click()
            else:
                box.focus()
                self.page.keyboard.press("Space")
        self.follow(name)

    def choose(self, name, option, by="mouse"):
        """Choose an option of a menu on the page and in the twin; by keyboard with the arrow keys."""
        field, options = self.shown.select(name), self.twin._controls[name].options
        way = options.index(option) - options.index(self.twin.value[name])
        with self.shown.moving():
            if by == "mouse":
                field.select_option(option)
            else:
                field.focus()
                for _ in range(abs(way)):
                    self.page.keyboard.press("ArrowDown" if way > 0 else "ArrowUp")
        self.follow(name)
        assert self.twin.value[name] == option

    def catch_up(self):
        """Push the twin's Step until it says what the page says; returns how often."""
        steps, said = 0, self.shown.alt()
        while self.twin.alt != said:
            self.twin.press("step")
            steps += 1
            assert steps < 60, "the page shows a state that no number of steps leads to"
        return steps


@pytest.fixture(scope="module")
def pairs(session_lab, request):
    """Figure's name to its `Pair`, for the figures of the module's lesson; none of them may go wrong in the page."""
    page, names = page_of(session_lab), request.module.TestFigures.lesson.__all__
    yield {name: Pair(page, ORDER.index(name), MAKERS[name]()) for name in names}
    assert page.course["errors"] == []


@pytest.fixture
def pair(pairs, figure):
    """The pair of the test's figure, in view."""
    return pairs[figure].look()


class FigureTests:
    """What every figure promises. The subclass is called TestFigures."""

    lesson = None  # a module of helpers.figures

    @classmethod
    def cases(cls):
        """What tests are repeated for: the names of their arguments, and the values of these."""
        return {("figure",): [(name,) for name in cls.lesson.__all__]}

    def pytest_generate_tests(self, metafunc):
        """Run a test once for every figure, or for every control of the kind it asks for."""
        wanted = {"figure", "slider", "toggle", "choice", "walk", "play"} & set(metafunc.fixturenames)
        for names, values in self.cases().items():
            if set(names) == wanted:
                metafunc.parametrize(names, values)

    def test_at_first_the_page_shows_what_python_holds(self, pair, figure):
        pair.agree()
        assert pair.shown.root.locator(".lf-task").inner_text() == pair.twin.task


class ControlTests(FigureTests):
    """What every control promises: to change something to see and to hear, to what the twin shows.

    A control is (figure, its name).
    """

    walks: ClassVar = {}  # figure: its buttons in an order in which each has something to do
    first: ClassVar = {}  # control: what others must be at for it to have something to change, {name: value}
    before: ClassVar = {}  # control: the buttons to be pushed before it has something to change
    later: ClassVar = {}  # control: the buttons that show what it did
    only_heard: ClassVar = frozenset()  # controls that may leave the picture as it is
    stays: ClassVar = frozenset()  # buttons that change nothing the second time, not even after a reset
    silent: ClassVar = frozenset()  # controls that change nothing before something else happens

    @classmethod
    def cases(cls):
        kinds = {("figure", kind): [] for kind in ("slider", "toggle", "choice")}
        for name in cls.lesson.__all__:
            for control in kind_of(cls.lesson, name).controls:
                kinds.get(("figure", control.kind), []).append((name, control.name))
        return super().cases() | kinds | {("figure", "walk"): list(cls.walks.items())}

    def ready(self, pair, figure, control=""):
        """Put a figure where a control, or where a walk along its buttons has something to change."""
        for name, value in self.first.get((figure, control), {}).items():
            pair.put(name, value)
        for button in self.before.get((figure, control), ()):
            pair.press(button)

    def assert_it_moved(self, pair, before, control):
        """Something to see and something to hear changed since `before`, and both are what the twin shows."""
        after = pair.agree()
        for button in self.later.get(control, ()):
            pair.press(button)
            after = pair.agree()
        seen, heard = after["picture"] != before["picture"], after["alt"] != before["alt"]
        if control in self.silent:
            assert not seen and not heard
        else:
            assert heard and (seen or control in self.only_heard), control

    def test_every_button_stands_in_a_walk(self):
        for name, walk in self.walks.items():
            controls = kind_of(self.lesson, name).controls
            assert set(walk) == {c.name for c in controls if c.kind == "button" and not c.repeats}, name

    def test_buttons_do_what_they_say_by_mouse_and_by_keyboard(self, pair, figure, walk):
        for ways in (("mouse",), ("Enter", "Space")):
            self.ready(pair, figure)
            if "reset" in walk:
                pair.press("reset")
            for n, name in enumerate(walk):
                before = pair.shown.seen()
                pair.press(name, ways[n % len(ways)])
                if ways == ("mouse",) or (figure, name) not in self.stays:
                    self.assert_it_moved(pair, before, (figure, name))
                else:
                    pair.agree()

    def test_a_slider_follows_the_arrow_keys_and_the_mouse(self, pair, figure, slider):
        self.ready(pair, figure, slider)
        about = pair.twin._controls[slider]
        start, before = pair.shown.value(slider), pair.shown.seen()
        way = next(n for n in (3, -3, 1, -1) if about.low <= start + n * about.step <= about.high)
        pair.shown.press(slider, *["ArrowRight" if way > 0 else "ArrowLeft"] * abs(way))
        # A place between two marks (5364 m) is brought to the next mark by the first key.
        assert pair.shown.value(slider) - start == pytest.approx(way * about.step, abs=about.step / 2)
        pair.follow(slider)
        self.assert_it_moved(pair, before, (figure, slider))
        before, place = pair.shown.seen(), (pair.shown.value(slider) - about.low) / (about.high - about.low)
        aim = 0.7 if place < 0.5 else 0.3
        pair.shown.drag(slider, aim)
        reached = (pair.shown.value(slider) - about.low) / (about.high - about.low)
        assert reached == pytest.approx(aim, abs=0.03 + about.step / (about.high - about.low))
        pair.follow(slider)
        self.assert_it_moved(pair, before, (figure, slider))

    def test_a_tick_box_follows_the_mouse_and_the_keyboard(self, pair, figure, toggle):
        self.ready(pair, figure, toggle)
        for by in ("mouse", "Space"):
            before = pair.shown.seen()
            pair.tick(toggle, by)
            self.assert_it_moved(pair, before, (figure, toggle))

    def test_a_menu_follows_the_mouse_and_the_keyboard(self, pair, figure, choice):
        self.ready(pair, figure, choice)
        options = pair.twin._controls[choice].options
        for by in ("mouse", "keyboard"):
            before, now = pair.shown.seen(), options.index(pair.twin.value[choice])
            if by == "mouse":
                pair.choose(choice, options[1 if now != 1 else -1 if len(options) > 2 else 0])
            else:
                pair.choose(choice, options[now - 1 if now else 1], by)
            self.assert_it_moved(pair, before, (figure, choice))


class PlayTests(ControlTests):
    """What every control promises, and every Play."""

    plays = ()  # figures whose Play is begun and paused, by mouse and by keyboard in turn

    @classmethod
    def cases(cls):
        ways = (("mouse", "Space"), ("Space", "mouse"))
        return super().cases() | {("figure", "play"): [(name, ways[n % 2]) for n, name in enumerate(cls.plays)]}

    def test_play_runs_until_pause_and_back_undoes(self, pair, figure, play):
        self.ready(pair, figure, "play")
        pair.press("reset")
        button, (begin, pause) = pair.shown.button("play"), play
        pair.push("play", begin)
        assert button.get_attribute("aria-pressed") == "true"
        assert button.inner_text() == "Pause"
        pair.shown.wait_frame(after=pair.shown.frame() + 2, state="moving")
        pair.push("play", pause)
        assert button.get_attribute("aria-pressed") == "false"
        assert button.inner_text() == pair.twin._controls["play"].label
        pair.shown.wait_frame()
        assert pair.catch_up() >= 2
        shown = pair.agree()
        pair.page.wait_for_timeout(400)  # longer than any of them waits between two steps
        assert pair.shown.alt() == shown["alt"], "it went on after Pause"
        pair.press("back")
        pair.agree()


def kind_of(lesson, name):
    """The class of a lesson's figure: `gear_train` makes a `GearTrain`."""
    return getattr(lesson, "".join(word.capitalize() for word in name.split("_")))
