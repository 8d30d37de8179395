"""The drawing pad in a real JupyterLab, by mouse, finger and keyboard, and the other figures of lesson 7.

What the page shows of a pad is compared with what Python holds of it, asked in the same kernel.
"""

import json

import pytest

from .axe import violations
from .jupyterlab import Figure
from .test_accessibility import use_theme

SOURCES = [
    "import json\nfrom helpers.data import load_digits\nfrom helpers.figures import digit_reader as figures\n"
    "digits = load_digits()\nX, y = digits.images[1297:] / 16, digits.labels[1297:]\nnetwork = figures.ready_made()\n"
    "from helpers.network import cross_entropy\nimport numpy as np\nscores = network(X).data\n"
    "q = np.exp(scores - scores.max(axis=1, keepdims=True))\nq = q / q.sum(axis=1, keepdims=True)",
    "pad = figures.drawing_pad(network)\npad",
    "bare = figures.drawing_pad()\nbare",
    "figures.error_gallery(network, X, y)",
    "figures.calibration_plot(q, y)",
    "figures.predictions_calibration({'entries': {'predict': {'a': [{'confidence': 4, 'right': True}]}}})",
]
TWO = [(2.4, 2.6), (4, 1.4), (4.9, 2.8), (4, 4.8), (2.8, 6), (5.2, 6)]


class PadOnPage:
    """One pad as a reader meets it, and its twin in the kernel."""

    def __init__(self, lab, page, n, name):
        self.lab, self.page, self.name = lab, page, name
        self.root = page.locator("div.pad").nth(n)
        self.root.wait_for()
        self.canvas = self.root.locator("canvas")
        self.root.scroll_into_view_if_needed()

    def held(self, expression):
        """What an expression about `pad` is in the kernel."""
        return json.loads(self.lab.run(self.page, f"pad_ = {self.name}; print(json.dumps({expression}))"))

    def settled(self):
        """Wait until Python has answered everything, and the page shows it."""
        turn = self.held("pad_.shown['turn']")
        self.page.wait_for_function(
            "([root, turn]) => Number(root.dataset.turn) >= turn && root.dataset.state === 'rest'",
            arg=[self.root.element_handle(), turn],
        )

    def done(self, action):
        """Do something that Python has to answer, and wait for the answer."""
        before = int(self.root.get_attribute("data-turn"))
        action()
        self.page.wait_for_function(
            "([root, before]) => Number(root.dataset.turn) > before && root.dataset.state === 'rest'",
            arg=[self.root.element_handle(), before],
        )

    def draw(self, points):
        """A stroke with the mouse, points in cells."""
        self.canvas.scroll_into_view_if_needed()
        box = self.canvas.bounding_box()
        places = [(box["x"] + box["width"] * x / 8, box["y"] + box["height"] * y / 8) for x, y in points]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place, steps=4)
        self.page.mouse.up()
        self.page.wait_for_timeout(60)  # the last of the points is on its way
        self.settled()

    def press(self, name):
        self.done(lambda: self.root.locator(f"[data-name={name}]").click())

    def cells(self):
        """The ink in the cells of the page, in the order of reading."""
        return [int(ink) for ink in self.root.locator(".pad-cell").evaluate_all("all => all.map(c => c.dataset.ink)")]

    def black(self):
        """The part of the drawing surface that is nearly black."""
        return self.canvas.evaluate(
            "c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0;"
            " for (let i = 0; i < d.length; i += 4) n += d[i] < 60; return (4 * n) / d.length; }"
        )

    def agree(self):
        """What can be seen and heard is what Python holds."""
        assert self.cells() == self.held("[int(ink) for ink in pad_.cells.flat]")
        assert self.root.locator(".pad-said").inner_text() == self.held("pad_.sentence if not pad_.error else ''")
        assert self.root.locator(".pad-words pre").text_content() == self.held("pad_.words")
        read = self.held("pad_.reading")
        assert self.root.locator(".pad-read th").all_inner_texts() == ([] if read is None else [str(read)])
        if read is not None:
            chances = self.held("[float(q) for q in pad_.probabilities]")
            shown = self.root.locator(".pad-percent").all_inner_texts()
            for q, text in zip(chances, shown, strict=True):
                assert "below" in text or "above" in text or abs(float(text.split()[0]) - 100 * q) < 0.06
            signs = "".join(self.root.locator(".pad-slope").evaluate_all("all => all.map(s => s.textContent || '.')"))
            slopes = self.held("[float(g) for g in pad_.gradient.flat]")
            largest = max(map(abs, slopes))
            expected = ["." if abs(g) < largest / 4 else "+" if g > 0 else "\N{MINUS SIGN}" for g in slopes]
            assert signs == "".join(expected)


@pytest.fixture(scope="module")
def page(module_lab):
    page = module_lab.open(SOURCES)
    module_lab.run_all(page)
    yield page
    assert page.course["errors"] == []


@pytest.fixture
def pad(module_lab, page):
    """The pad with a network, wiped."""
    pad = PadOnPage(module_lab, page, 0, "pad")
    pad.press("clear")
    return pad


def test_at_first_there_is_a_test_digit_and_its_reading(module_lab, page):
    pad = PadOnPage(module_lab, page, 0, "pad")
    pad.agree()
    assert "row 1,297" in pad.canvas.get_attribute("aria-label")


def test_a_digit_drawn_with_the_mouse_is_read(pad):
    assert pad.black() == 0
    pad.draw(TWO)
    assert pad.held("pad_.reading") == 2 and pad.black() > 0.1
    pad.agree()


def test_a_drawing_on_the_page_is_the_same_as_one_from_python(pad):
    pad.draw(TWO)
    by_hand = pad.cells()
    pad.press("clear")
    pad.done(lambda: pad.held(f"pad_.draw({TWO}) or 0"))
    there = pad.cells()
    assert sum(abs(a - b) for a, b in zip(by_hand, there, strict=True)) < 0.05 * sum(there)


def test_a_finger_draws_too(pad):
    pad.canvas.evaluate(
        """(canvas, points) => {
             const box = canvas.getBoundingClientRect();
             canvas.setPointerCapture = () => {};
             const say = (type, [x, y]) => canvas.dispatchEvent(new PointerEvent(type, {bubbles: true, pointerId: 7,
               pointerType: 'touch', clientX: box.left + box.width * x / 8, clientY: box.top + box.height * y / 8}));
             say('pointerdown', points[0]);
             for (const point of points) say('pointermove', point);
             say('pointerup', points.at(-1));
             delete canvas.setPointerCapture;
        }""",
        TWO,
    )
    pad.page.wait_for_timeout(60)
    pad.settled()
    assert pad.held("pad_.reading") == 2
    assert pad.canvas.evaluate("c => getComputedStyle(c).touchAction") == "none", "a finger would scroll the page"
    pad.agree()


def test_cells_are_drawn_with_the_keyboard_alone(pad):
    first = pad.root.locator(".pad-cell").first
    pad.root.locator(".pad-cell[tabindex='0']").focus()
    keyboard = pad.page.keyboard
    for _ in range(8):
        keyboard.press("ArrowUp")
        keyboard.press("ArrowLeft")
    assert first.evaluate("one => one === document.activeElement"), "the edge stops the arrows"
    keyboard.press("ArrowDown")
    keyboard.press("ArrowRight")
    keyboard.press("ArrowRight")
    for _ in range(5):
        pad.done(lambda: keyboard.press("Space"))
    keyboard.press("ArrowDown")
    pad.done(lambda: keyboard.press("Space"))
    expected = [0] * 64
    expected[8 + 2], expected[16 + 2] = 16, 4
    assert pad.cells() == expected
    pad.agree()
    here = pad.page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert here == "row 3, column 3, ink 4"
    pad.done(lambda: keyboard.press("Delete"))
    expected[16 + 2] = 0
    assert pad.cells() == expected
    pad.done(lambda: keyboard.press("ControlOrMeta+z"))
    assert pad.cells()[16 + 2] == 4
    cells_before = pad.lab.run(pad.page, "print(len(In))")
    assert cells_before, "the notebook is still there: no key was taken for one of JupyterLab's commands"


def test_a_click_on_a_cell_adds_ink(pad):
    cell = pad.root.locator(".pad-cell").nth(27)
    pad.done(cell.click)
    pad.done(cell.click)
    assert pad.cells()[27] == 8 and sum(pad.cells()) == 8
    pad.agree()


def test_clear_and_undo(pad):
    pad.draw(TWO)
    drawn = pad.cells()
    pad.draw([(1, 1), (1, 2)])
    assert pad.cells() != drawn
    pad.press("undo")
    assert pad.cells() == drawn
    pad.press("clear")
    assert sum(pad.cells()) == 0 and pad.black() == 0
    assert "no ink" in pad.root.locator(".pad-said").inner_text()
    pad.agree()
    pad.press("undo")
    assert pad.cells() == drawn and pad.black() > 0.1


def test_another_test_digit_centring_and_the_digit_of_the_gradient(pad):
    pad.press("another")
    assert pad.held("pad_.shown['origin']").startswith("a") and sum(pad.cells()) > 100
    pad.agree()
    pad.draw([(1, 1), (1, 3)])
    fitted = pad.cells()
    pad.press("fit")
    assert pad.cells() != fitted and sum(pad.cells()[32:]) == 0
    pad.agree()
    pad.press("fit")
    pad.done(lambda: pad.root.locator("[data-name=ask]").select_option("5"))
    assert pad.held("pad_.about") == 5
    assert "of a 5" in pad.root.locator(".pad-gradient").get_attribute("aria-label")
    pad.agree()
    pad.done(lambda: pad.root.locator("[data-name=ask]").select_option(""))


def test_without_a_network_drawing_works_and_the_page_says_why_nothing_is_read(module_lab, page):
    bare = PadOnPage(module_lab, page, 1, "bare")
    assert "no network behind this pad" in bare.root.locator(".pad-said").inner_text()
    assert not bare.root.locator(".pad-gradient").is_visible() and not bare.root.locator("table").is_visible()
    bare.draw(TWO)
    assert sum(bare.cells()) > 100
    bare.agree()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_a_pad_and_every_control_has_a_name(pad, theme):
    use_theme(pad.page, theme)
    pad.draw(TWO)
    pad.root.locator("details").evaluate("one => { one.open = true; }")
    assert violations(pad.page, "div.pad") == []
    for control in pad.root.locator("button, input, select, .pad-cell, summary").all():
        assert control.get_attribute("data-lm-suppress-shortcuts") == "true"
    use_theme(pad.page, "light")


@pytest.mark.parametrize("by", ["mouse", "Enter"])
def test_the_gallery_turns_its_pages(page, by):
    gallery = Figure(page, 0)
    gallery.look()

    def press(name):
        with gallery.moving():
            if by == "mouse":
                gallery.button(name).click()
            else:
                gallery.button(name).focus()
                page.keyboard.press(by)

    press("back")
    first = gallery.seen()
    assert gallery.readouts()["page"].startswith("1 of")
    press("next")
    assert gallery.readouts()["page"].startswith("2 of") and gallery.seen()["picture"] != first["picture"]
    press("back")
    assert gallery.seen()["alt"] == first["alt"]


@pytest.mark.parametrize(("n", "name"), [(0, "sort"), (1, "bins"), (2, "of")])
def test_each_choice_changes_what_is_seen_and_heard(page, n, name):
    figure = Figure(page, n)
    figure.look()
    select = figure.root.locator(f"select[data-name={name}]")
    options = select.locator("option").all_inner_texts()
    before = figure.seen()
    with figure.moving():
        select.select_option(options[1] if n != 2 else options[2])
    after = figure.seen()
    assert after["picture"] != before["picture"] and after["alt"] != before["alt"] and figure.error() == ""
    with figure.moving():
        select.focus()
        page.keyboard.press("Home")
    assert figure.seen()["alt"] == before["alt"]
