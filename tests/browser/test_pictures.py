"""What a notebook shows before anything runs, without trust, without a kernel, and after it was saved: a picture."""

import nbformat
import pytest

from .jupyterlab import COURSE, Figure, colours, notebook_of

LESSON = COURSE / "notebooks" / "01_curve_fitting.ipynb"
BROKEN = ("Error displaying widget", "model not found", "Loading widget", "Javascript Error")


def figure_cells(limit=3):
    """A notebook with the first few cells of lesson 1 that hold a picture, as they were built."""
    built = nbformat.read(LESSON, as_version=4)
    cells = [
        cell for cell in built.cells
        if cell.cell_type == "code" and any("image/png" in output.get("data", {}) for output in cell.outputs)
    ]
    notebook = notebook_of([])
    notebook.cells = cells[:limit]
    return notebook


def alts(notebook):
    """The alt texts of a notebook's pictures, in order."""
    return [
        output.metadata["image/png"]["alt"]
        for cell in notebook.cells for output in cell.outputs if "image/png" in output.get("data", {})
    ]


def shown_pictures(page):
    """(alt text, how many colours) of every picture in an output area, once all are decoded."""
    images = page.locator(".jp-OutputArea-output img")
    images.first.wait_for()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.jp-OutputArea-output img')].every(one => one.naturalWidth > 0)"
    )
    return [(image.get_attribute("alt"), colours(image)) for image in images.all()]


def no_broken_widget(page):
    text = page.locator(".jp-Notebook").inner_text()
    assert not [words for words in BROKEN if words in text]


@pytest.mark.parametrize(
    "how", [{"trusted": True}, {"trusted": False}, {"kernel": False}, {"trusted": False, "kernel": False}], ids=str
)
def test_a_built_notebook_shows_its_pictures_before_anything_runs(lab, how):
    built = figure_cells()
    page = lab.open(built, **how)
    seen = shown_pictures(page)
    assert [alt for alt, _ in seen] == alts(built)
    assert all(many > 10 for _, many in seen)
    no_broken_widget(page)


@pytest.mark.parametrize("trusted", [True, False])
def test_a_learners_saved_notebook_shows_the_figure_as_it_was_left(lab, trusted):
    page = lab.open(["from helpers.figures.curve_fitting import one_knob_hubble", "one_knob_hubble()"])
    lab.run_all(page)
    figure = Figure(page)
    figure.press("m", "End")
    left = figure.seen()
    saved = nbformat.read(lab.save(page), as_version=4)
    lab.close(page)
    page = lab.open(saved, trusted=trusted)
    canvas = page.locator("canvas.lf-picture, .jp-OutputArea-output img").first
    canvas.wait_for()
    page.wait_for_timeout(500)
    assert colours(canvas) > 10
    if canvas.evaluate("one => one.tagName") == "CANVAS":
        assert Figure(page).seen() == left
    no_broken_widget(page)


def test_a_restored_figure_says_what_to_do_when_it_is_moved(lab):
    page = lab.open(["from helpers.figures.curve_fitting import degree_slider", "degree_slider()"])
    lab.run_all(page)
    Figure(page)
    saved = nbformat.read(lab.save(page), as_version=4)
    lab.close(page)
    page = lab.open(saved)
    figure = Figure(page)
    figure.slider("degree").focus()
    page.keyboard.press("ArrowRight")
    figure.root.locator(".lf-status.lf-visible").wait_for()
    assert "run this figure's cell again" in figure.status()
    lab.run_all(page)
    figure = Figure(page)
    figure.press("degree", "ArrowRight")
    assert "degree 2" in figure.alt()
