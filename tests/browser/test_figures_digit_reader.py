"""The drawing pad in a real JupyterLab, by mouse, finger and keyboard, and the other figures of lesson 7.

What the page shows of a pad is compared with what Python holds of it, asked in the same kernel.
"""

import json
from copy import deepcopy

import nbformat
import pytest

from .axe import violations
from .jupyterlab import COURSE, Figure, colours
from .test_accessibility import use_theme

SOURCES = [
    "import json\nfrom helpers.data import load_digits\nfrom helpers.figures import digit_reader as figures\n"
    "digits = load_digits()\nX, y = digits.images[1297:] / 16, digits.labels[1297:]\nnetwork = figures.ready_made(20)\n"
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
        held = self.held(
            "{'cells': [int(ink) for ink in pad_.cells.flat], 'said': '' if pad_.error else pad_.sentence,"
            " 'words': pad_.words, 'read': pad_.reading,"
            " 'chances': None if pad_.reading is None else [float(q) for q in pad_.probabilities],"
            " 'slopes': None if pad_.reading is None else [float(g) for g in pad_.gradient.flat]}"
        )
        assert self.cells() == held["cells"]
        assert self.root.locator(".pad-said").inner_text() == held["said"]
        assert self.root.locator(".pad-words pre").text_content() == held["words"]
        read = held["read"]
        assert self.root.locator(".pad-read th").all_inner_texts() == ([] if read is None else [str(read)])
        if read is not None:
            chances = held["chances"]
            shown = self.root.locator(".pad-percent").all_inner_texts()
            for q, text in zip(chances, shown, strict=True):
                assert "below" in text or "above" in text or abs(float(text.split()[0]) - 100 * q) < 0.06
            signs = "".join(self.root.locator(".pad-slope").evaluate_all("all => all.map(s => s.textContent || '.')"))
            slopes = held["slopes"]
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
    """The pad with a network, wiped, and centring what is drawn."""
    pad = PadOnPage(module_lab, page, 0, "pad")
    pad.press("clear")
    if not pad.held("pad_.shown['fit']"):
        pad.press("fit")
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


def test_a_click_makes_a_dot_and_a_stroke_that_leaves_the_pad_goes_on_at_its_edge(pad):
    pad.draw([(1, 1)])
    dot = pad.cells()
    assert 0 < sum(dot) < 48 and pad.held("pad_.reading") is not None
    pad.agree()
    pad.press("clear")
    pad.press("fit")
    pad.draw([(4, 4), (11, 4), (11, 6), (4, 6)])
    assert pad.held("float(max(stroke[:, 0].max() for stroke in pad_._strokes))") == 8.0
    cells = pad.cells()
    assert all(cells[8 * row + 7] >= 8 for row in (4, 5)), "along the edge while the hand is outside"
    pad.draw([(1, 1)])  # the pen came up outside, and the next stroke is one of its own
    assert pad.held("len(pad_._strokes)") == 2
    pad.agree()


# width of the window in CSS pixels: a laptop's, the same at 150 %, and half a window
@pytest.mark.parametrize(("width", "rows"), [(1280, 1), (853, 1), (560, 2)])
def test_the_pad_fits_windows_of_any_width_and_draws_the_same_there(pad, width, rows):
    before = pad.page.viewport_size
    pad.page.set_viewport_size({"width": width, "height": 700})
    try:
        tops, ends = pad.root.evaluate(
            """async root => {
                 await new Promise(next => setTimeout(next, 300));  // JupyterLab lays out anew
                 const panels = Array.from(root.querySelectorAll('.pad-panel'), one => one.getBoundingClientRect());
                 return [panels.map(one => Math.round(one.top)), panels.map(one => one.right - innerWidth)];
            }"""
        )
        assert len(set(tops)) == rows, f"the panels stand in rows at {tops}"
        assert max(ends) < 0, "a panel leaves the window"
        pad.draw(TWO)
        assert pad.held("pad_.reading") == 2
        pad.agree()
    finally:
        pad.page.set_viewport_size(before)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_a_pad(pad, theme):
    use_theme(pad.page, theme)
    pad.draw(TWO)
    pad.root.locator("details").evaluate("one => { one.open = true; }")
    assert violations(pad.page, "div.pad") == []
    use_theme(pad.page, "light")


def test_jupyterlab_takes_no_key_from_any_control_of_a_pad(pad):
    controls = pad.root.locator("button, input, select, .pad-cell, summary")
    kept = controls.evaluate_all("all => all.map(one => one.getAttribute('data-lm-suppress-shortcuts'))")
    assert len(kept) >= 64 + 5 and set(kept) == {"true"}


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


# A page that runs nothing

PICTURED = "img[alt^='An 8 by 8 pad with ink in'], img[alt^='An empty 8 by 8 pad']"


@pytest.fixture(scope="module")
def saved(module_lab, page):
    """The notebook of this module as JupyterLab saves it, without the figures; its first pad has a 2 on it."""
    pad = PadOnPage(module_lab, page, 0, "pad")
    pad.press("clear")
    pad.draw(TWO)
    notebook = nbformat.read(module_lab.save(page), 4)
    assert notebook.metadata.widgets, "JupyterLab did not save the pads' state"
    notebook.cells = notebook.cells[:3]
    return notebook


def pads_of_the_built_lesson():
    built = nbformat.read(COURSE / "notebooks" / "07_digit_reader.ipynb", 4)
    return [cell for cell in built.cells if "drawing_pad(" in cell.source]


@pytest.mark.parametrize("whose", ["built, and trusted", "saved, and from somebody else"])
def test_without_a_kernel_pads_are_pictures_with_alt_texts(lab, saved, whose):
    notebook = deepcopy(saved)  # a notebook opened without a kernel is given another kernel's name
    notebook.cells = pads_of_the_built_lesson() if "built" in whose else notebook.cells[1:]
    assert len(notebook.cells) == 2
    page = lab.open(notebook, trusted="trusted" in whose, kernel=False)
    pictures = page.locator(PICTURED)
    pictures.nth(1).wait_for(state="attached")
    expected = [cell.outputs[0].metadata["image/png"]["alt"] for cell in notebook.cells]
    assert pictures.evaluate_all("all => all.map(one => one.alt)") == expected
    assert "It reads a 0" in expected[0] and ("no network" in expected[1]) == ("saved" in whose)
    for n in range(2):
        pictures.nth(n).scroll_into_view_if_needed()
        assert pictures.nth(n).bounding_box()["width"] > 600 and colours(pictures.nth(n)) > 10
    assert page.locator("div.pad").count() == 0 and page.get_by_text("Error displaying widget").count() == 0
    assert page.course["errors"] == []


def test_a_saved_pad_with_a_new_kernel_shows_its_drawing_and_says_how_to_wake_it(lab, saved):
    page = lab.open(deepcopy(saved))
    pad = PadOnPage(lab, page, 0, "pad")
    cells = pad.cells()
    assert sum(cells) > 100 and "It reads a 2" in pad.root.locator(".pad-said").inner_text()
    black = pad.black()
    box = pad.canvas.bounding_box()
    page.mouse.click(box["x"] + 20, box["y"] + 20)
    pad.root.locator(".pad-error").get_by_text("Run this cell to draw").wait_for()
    assert pad.cells() == cells and pad.black() == black
    pad.root.locator("[data-name=clear]").click()
    assert pad.cells() == cells
    assert page.course["errors"] == []
