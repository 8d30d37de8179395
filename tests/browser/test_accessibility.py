"""Our own output areas for everyone: an axe-core scan, names and focus of every control, and room at 200 %."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from .jupyterlab import Figure, figures

FIGURES = ("three_lines()", "six_knob_bench()", "race(guess=30)", "one_knob_hubble(guess=500)", "degree_slider()")
CELLS = ["from helpers.figures.curve_fitting import *", *FIGURES]


def violations(page, selector):
    """What axe-core finds in the elements of a selector, in words."""
    found = Axe().run(page, context={"include": [[selector]]}).response["violations"]
    return [f"{one['id']}: {one['help']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.fixture(scope="module")
def light(module_lab):
    """All figures of lesson 1 on one page."""
    page = module_lab.open(CELLS)
    module_lab.run_all(page)
    return page


def test_axe_finds_nothing_in_the_light_theme(light):
    for figure in figures(light):
        figure.look()
        figure.root.locator(".lf-words summary").click()
        assert violations(light, f"#{mark(figure)}") == []


def test_axe_finds_nothing_in_the_dark_theme_at_200_percent(lab):
    page = lab.open(CELLS, theme="dark", zoom=2.0)
    lab.run_all(page)
    for figure in figures(page):
        figure.look()
        assert violations(page, f"#{mark(figure)}") == []
        for control in figure.root.locator("[data-name]:is(input, button, select)").all():
            control.scroll_into_view_if_needed()
            box = control.bounding_box()
            assert box["width"] >= 16 and box["height"] >= 16
            assert 0 <= box["x"] and box["x"] + box["width"] <= page.viewport_size["width"]


def mark(figure):
    """Give a figure an id of its own, so that a scan can be told to look at it alone."""
    return figure.root.evaluate("one => one.id || (one.id = 'scan' + Math.random().toString(36).slice(2))")


def test_axe_would_find_a_control_without_a_name(lab):
    page = lab.open(["from helpers.figures.curve_fitting import *", "degree_slider()"])
    lab.run_all(page)
    figure = Figure(page)
    figure.root.evaluate("one => one.append(document.createElement('select'))")
    assert any("select-name" in found for found in violations(page, f"#{mark(figure)}"))


def test_every_control_has_a_name_and_a_visible_focus(light):
    for figure in figures(light):
        figure.look()
        for control in figure.root.locator("[data-name]:is(input, button, select)").all():
            name = control.evaluate(
                "one => one.getAttribute('aria-label') || [...(one.labels ?? [])].map(l => l.textContent).join(' ')"
                " || one.textContent"
            )
            assert name.strip(), control.evaluate("one => one.outerHTML")
            light.keyboard.press("Tab")  # a focus that came by keyboard is the one that has to be seen
            control.focus()
            assert control.evaluate("one => getComputedStyle(one).outlineStyle") != "none", name


def test_no_two_things_on_a_page_share_an_id(lab):
    """Each widget brings its own copy of our scripts, so a count within one of them is not enough."""
    cards = [f"predict({name!r})" for name in ("L1-three-lines", "L1-knob", "L1-nudges")]
    page = lab.open([*CELLS[:1], "from helpers.review import *", *cards, "recall('L1')", "three_lines()", "race()"])
    lab.run_all(page)
    page.locator(".rv").nth(3).wait_for(state="attached")
    ids = page.locator(".jp-OutputArea-output [id]").evaluate_all("all => all.map(one => one.id)")
    groups = page.locator(".rv input[type=radio]").evaluate_all(
        "all => [...new Set(all.map(one => one.closest('.rv').dataset.name + ' ' + one.name))]"
    )
    assert len(ids) >= 5 and len(ids) == len(set(ids))
    assert len({group.split()[-1] for group in groups}) == len(groups) >= 5


def test_the_text_twin_follows_the_controls(light):
    figure = figures(light)[4]
    figure.look()
    words = figure.root.locator(".lf-words pre")
    before = words.text_content()
    figure.press("degree", "End")
    assert "degree 9" in words.text_content() and words.text_content() != before


def test_the_pages_that_run_nothing_pass_too(lab):
    page = lab.open("01_curve_fitting")
    page.locator(".jp-OutputArea-output img").first.wait_for()
    assert violations(page, ".jp-OutputArea-output") == []
