"""The training's bar in a real JupyterLab: it moves while the kernel works, a screen reader can read it, ■ stops it."""

import pytest

TRAIN = """import numpy as np
from helpers.network import Network, train
from helpers.progress import progress
X = np.random.default_rng(0).normal(size=(400, 8))
y = (X[:, 0] > 0).astype(int)
history = train(Network([8] + [32] * 10 + [2]), X, y, 0.05, {epochs}, batch=8, report=progress())
print("epochs", len(history.epochs) < {epochs}, history.stopped[:11])"""


@pytest.fixture(scope="module")
def page(module_lab):
    """A page with a training that takes minutes if nobody stops it, and one that is over at once."""
    return module_lab.open([TRAIN.format(epochs=3000), TRAIN.format(epochs=1)])


def run_cell(page, n):
    page.evaluate(
        """n => {
             const notebook = window.jupyterapp.shell.currentWidget.content;
             notebook.activeCellIndex = n;
             window.jupyterapp.commands.execute('notebook:run-cell');
        }""",
        n,
    )


def test_a_training_shows_its_bar_and_the_stop_button_ends_it_without_losing_anything(page, module_lab):
    run_cell(page, 0)
    bar = page.get_by_role("progressbar", name="training")
    bar.wait_for()
    page.wait_for_function(
        "bar => /^epoch [1-9]\\d* of 3000, loss \\d/.test(bar.getAttribute('aria-valuetext'))",
        arg=bar.element_handle(),
    )
    hint = page.locator(".training-hint")
    assert hint.is_visible() and "■" in hint.inner_text()
    said = page.locator(".training-said")
    assert said.inner_text() == ""  # nothing is read aloud while it runs
    page.get_by_role("button", name="Interrupt the kernel").first.click()
    module_lab.wait_idle(page)
    said.filter(has_text="Interrupted after").wait_for(state="attached")
    words = page.locator(".training-text").inner_text()
    assert words == said.inner_text() and words.endswith("What was learned so far is kept.")
    assert not hint.is_visible()
    assert page.locator(".jp-OutputArea-output", has_text="epochs True interrupted").count() == 1


def test_the_next_training_has_a_bar_of_its_own_that_ends_full(page, module_lab):
    run_cell(page, 1)
    done = page.locator(".training-said", has_text="Training done: 1 epoch, loss")
    done.wait_for(state="attached")
    module_lab.wait_idle(page)
    bar = page.get_by_role("progressbar", name="training").last
    assert bar.get_attribute("aria-valuenow") == "100"
    assert page.course["errors"] == []
