"""Whoever opens a notebook sees its pictures: just built, saved, trusted or not, with a kernel or without one."""

import copy

import nbformat
import pytest

from .jupyterlab import COURSE, Figure, colours

BUILT = sorted((COURSE / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def built():
    """Every cell of every built notebook that shows a picture or a card, in one notebook, to be opened once."""
    notebooks = [nbformat.read(path, 4) for path in BUILT]
    cells = [cell for notebook in notebooks for cell in notebook.cells if shown(cell) & {"image/png", "text/html"}]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"  # two lessons may share a cell, and with it its id
    return nbformat.v4.new_notebook(cells=cells, metadata=notebooks[0].metadata)


def shown(cell):
    """The kinds of output saved in a cell, a set."""
    return {kind for output in cell.get("outputs", []) for kind in output.get("data", {})}


def alts(notebook):
    """The alt texts of all pictures saved in a notebook, in its order."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output.metadata["image/png"]["alt"] for output in outputs if "image/png" in output.get("data", {})]


def pictures(page, count):
    """(alt text, number of different colours) of every picture on the page, each scrolled to; `count` must come."""
    found = page.locator(".jp-OutputArea-output").locator("img, canvas.lf-picture")
    found.nth(count - 1).wait_for(state="attached", timeout=90_000)  # JupyterLab makes the cells one after the other
    seen = []
    for n in range(found.count()):
        one = found.nth(n)
        one.scroll_into_view_if_needed()
        one.evaluate(
            """async one => {
                 const until = performance.now() + 10000;
                 const there = () => one instanceof HTMLCanvasElement
                     ? one.closest('div.lf').dataset.state === 'rest'
                     : one.complete && one.naturalWidth > 0;
                 while (!there() && performance.now() < until) await new Promise(next => setTimeout(next, 30));
            }"""
        )
        alt = one.get_attribute("alt") or one.get_attribute("aria-label")
        seen.append((alt, colours(one)))
    return seen


def assert_pictures(page, expected):
    """Every expected picture is there, in order, with its alt text and something on it; no widget complains."""
    seen = pictures(page, len(expected)) if expected else []
    assert [alt for alt, _ in seen] == expected
    assert all(count > 10 for _, count in seen), f"a blank picture: {seen}"
    complaints = page.get_by_text("Error displaying widget").or_(page.get_by_text("Loading widget"))
    assert complaints.count() == 0


def assert_cards(page):
    """No card of the review is blank: its live form or its static one can be read."""
    outputs = page.locator(".jp-OutputArea-output:has(.rv), .jp-OutputArea-output:has(.jp-RenderedHTML)")
    texts = outputs.evaluate_all("all => all.map(one => one.textContent.trim())")
    assert all(texts), "an output with nothing to read in it"


@pytest.mark.parametrize("path", BUILT[1:-1], ids=lambda path: path.stem)  # neither the start nor the page of words
def test_every_lesson_has_pictures_to_look_for(path):
    found = alts(nbformat.read(path, 4))
    assert found
    assert all(found)


@pytest.mark.parametrize(
    ("trusted", "kernel"),
    [(True, True), (False, False), (True, False)],
    ids=["trusted, with a kernel", "untrusted, without", "trusted, without"],
)
def test_what_was_built_shows_its_pictures_before_anything_runs(lab, built, trusted, kernel):
    page = lab.open(copy.deepcopy(built), trusted=trusted, kernel=kernel)
    assert_pictures(page, alts(built))
    assert_cards(page)
    assert page.course["errors"] == []


@pytest.fixture(scope="module")
def saved(module_lab):
    """A notebook that was run, its first figure moved, and saved; its kernel has ended. The name of its file."""
    sources = ["from helpers.figures import curve_fitting as figures\nfrom helpers.review import predict, quiz"]
    sources += ["figures.one_knob_hubble()", "figures.six_knob_bench()", 'predict("L1-three-lines")', 'quiz("L1")']
    page = module_lab.open(sources)
    module_lab.run_all(page)
    Figure(page).press("m", "ArrowRight", "ArrowRight")
    module_lab.save(page)
    module_lab.close(page)
    return page.course["name"]


def test_a_saved_notebook_shows_the_figures_as_they_were_left(module_lab, saved, lab):
    notebook = nbformat.read(module_lab.server.root / saved, 4)
    assert notebook.metadata.widgets, "JupyterLab did not save the widgets' state"
    page = lab.open(notebook)  # with a new kernel: without any, JupyterLab restores no widget of its own accord
    seen = pictures(page, 2)
    assert len(seen) == 2
    assert "at m = 10.0" in seen[0][0]
    assert "k0 = 0.00" in seen[1][0]
    assert all(count > 10 for _, count in seen)
    assert page.get_by_text("Error displaying widget").count() == 0
    assert_cards(page)
    assert page.course["errors"] == []


def test_a_saved_figure_without_its_kernel_says_how_to_wake_it(module_lab, saved, lab):
    page = lab.open(nbformat.read(module_lab.server.root / saved, 4))
    fig = Figure(page)
    picture = fig.picture_hash()
    fig.slider("m").focus()
    page.keyboard.press("ArrowRight")
    fig.root.locator(".lf-status.lf-visible").wait_for()
    assert "run this figure's cell" in fig.status()
    assert fig.picture_hash() == picture
    assert page.course["errors"] == []


def test_a_saved_notebook_from_somebody_else_shows_pictures(module_lab, saved, lab):
    notebook = nbformat.read(module_lab.server.root / saved, 4)
    notebook.cells[0].source += "\n# so that it is not the notebook that was trusted"
    page = lab.open(notebook, trusted=False, kernel=False)
    expected = [
        output.metadata["image/png"]["alt"]
        for cell in notebook.cells
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert len(expected) == 2
    assert_pictures(page, expected)
    assert_cards(page)
