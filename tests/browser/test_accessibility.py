"""axe-core on the course's own outputs, in both themes, and what no scanner sees: names, focus, zoom."""

import pytest

from .axe import violations
from .jupyterlab import Figure, figures

SOURCES = [
    "from helpers.figures.curve_fitting import *\nfrom helpers.review import *",
    "three_lines()",
    "six_knob_bench()",
    "race()",
    "one_knob_hubble()",
    "degree_slider()",
]
NAMES = ("three lines", "six-knob bench", "race", "one knob", "degree slider")


@pytest.fixture(scope="module")
def page(module_lab):
    """A page with every figure of lesson 1."""
    page = module_lab.open(SOURCES)
    module_lab.run_all(page)
    return page


def use_theme(page, theme):
    """Switch JupyterLab to its light or dark theme and wait until it is in force."""
    name = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}[theme]
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", name)
    page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=name)
    page.wait_for_timeout(300)  # colours fade from one theme to the other


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_a_figure(page, theme):
    use_theme(page, theme)
    for fig in figures(page):
        fig.look()
        fig.root.locator("details.lf-words").evaluate("one => { one.open = true; }")
        sliders = fig.names("input[type=number]")
        if sliders:
            fig.type(sliders[0], "")  # shows the error sentence
    assert violations(page, "div.lf") == []


def test_the_scanner_would_see_a_fault(page):
    page.evaluate(
        """() => {
             const fault = document.createElement('div');
             fault.className = 'fault';
             fault.innerHTML = '<input type="range"><p style="color:#ccc;background:#fff">too faint</p>';
             Array.from(document.querySelectorAll('div.lf')).at(-1).append(fault);
        }"""
    )
    found = " ".join(violations(page, "div.fault"))
    page.evaluate("() => document.querySelector('.fault').remove()")
    assert "label" in found
    assert "color-contrast" in found


@pytest.mark.parametrize("n", range(len(NAMES)), ids=NAMES)
def test_every_control_has_a_name_a_role_and_a_value_that_can_be_heard(page, n):
    fig = Figure(page, n)
    for control in fig.root.locator("input, select, button").all():
        name = control.get_attribute("data-name")
        assert control.get_attribute("data-lm-suppress-shortcuts") == "true", f"JupyterLab takes {name}'s keys"
        role = {"range": "slider", "number": "spinbutton", "checkbox": "checkbox"}.get(
            control.get_attribute("type"), {"SELECT": "combobox"}.get(control.evaluate("one => one.tagName"), "button")
        )
        heard = control.aria_snapshot()
        assert heard.startswith(f'- {role} "'), f"{name} is heard as {heard!r}"
    labels = [slider.aria_snapshot() for slider in fig.root.get_by_role("slider").all()]
    assert len(set(labels)) == len(labels), f"two sliders sound alike: {labels}"
    assert fig.root.get_by_role("img").get_attribute("aria-label")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_focus_can_be_seen_on_every_control(page, theme):
    use_theme(page, theme)
    for fig in figures(page):
        fig.look()
        fig.root.locator("input, select, button").first.focus()
        for _ in range(fig.root.locator("input, select, button, summary").count()):
            page.keyboard.press("Tab")
            outline = page.evaluate(
                """() => {
                     const one = document.activeElement;
                     if (!one.closest('div.lf')) return null;
                     const style = getComputedStyle(one);
                     return [style.outlineStyle, parseFloat(style.outlineWidth), one.dataset.name ?? one.tagName];
                }"""
            )
            if outline is None:
                break
            assert outline[0] != "none" and outline[1] >= 2, f"no visible focus on {outline[2]}"


def test_tab_walks_through_a_figure_and_leaves_it(page):
    fig = Figure(page, 1)
    fig.look()
    expected = fig.root.locator("input, select, button").evaluate_all(
        "all => all.map(one => `${one.tagName} ${one.type} ${one.dataset.name}`)"
    )
    fig.root.locator("input, select, button").first.focus()
    walked = []
    for _ in expected:
        walked.append(
            page.evaluate(
                "() => { const one = document.activeElement; return `${one.tagName} ${one.type} ${one.dataset.name}`; }"
            )
        )
        page.keyboard.press("Tab")
    assert walked == expected
    for _ in range(4):
        page.keyboard.press("Tab")
    assert not page.evaluate("root => root.contains(document.activeElement)", fig.root.element_handle())


@pytest.mark.parametrize("zoom", [1.5, 2.0])
def test_zoom_hides_no_control_and_no_text(lab, zoom):
    page = lab.open([SOURCES[0], "six_knob_bench()", "one_knob_hubble()"], zoom=zoom)
    lab.run_all(page)
    for fig in figures(page):
        outside = fig.root.evaluate(
            """root => {
                 const area = root.closest('.jp-OutputArea-output').getBoundingClientRect();
                 return Array.from(root.querySelectorAll('input, select, button, output, canvas, label'))
                     .filter(one => {
                         const box = one.getBoundingClientRect();
                         const small = box.width < 12 || box.height < 12;
                         return small || box.left < area.left - 1 || box.right > area.right + 1;
                     })
                     .map(one => `${one.tagName} ${one.dataset.name ?? one.className}`);
            }"""
        )
        assert outside == []
        overlaps = fig.root.evaluate(
            """root => {
                 const all = Array.from(root.querySelectorAll('input, select, button, output'));
                 const boxes = all.map(one => one.getBoundingClientRect());
                 const found = [];
                 for (let i = 0; i < all.length; i += 1) for (let j = i + 1; j < all.length; j += 1) {
                     const [a, b] = [boxes[i], boxes[j]];
                     const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
                     const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
                     if (wide > 1 && high > 1) found.push(`${all[i].dataset.name} ${all[j].dataset.name}`);
                 }
                 return found;
            }"""
        )
        assert overlaps == []
