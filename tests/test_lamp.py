"""Promises of the state lamp: it notices hidden state, says which cell, and never cries wolf."""

import json
import os

import pytest
from IPython.core.interactiveshell import InteractiveShell

from helpers import lamp
from helpers.lamp import IN_ORDER, Watch

CELLS = {"top": "state_lamp()", "a": "x = 1", "b": "x = x + 1", "c": "print(x)"}


@pytest.fixture
def notebook(tmp_path):
    """A saved notebook with the code cells of CELLS, last saved long ago."""
    return save(tmp_path / "lesson.ipynb", CELLS, when=1000)


def save(path, cells, when):
    code = [{"cell_type": "code", "id": name, "source": [source]} for name, source in cells.items()]
    text = {"cell_type": "markdown", "id": "text", "source": ["# A heading"]}
    path.write_text(json.dumps({"cells": [text, *code], "nbformat": 4}), encoding="utf-8")
    os.utime(path, (when, when))
    return path


def watched(notebook, *cells, own=("top",)):
    """A watch that saw these cells run, one after the other, from time 2000 on."""
    watch = Watch(notebook, own)
    for count, cell in enumerate(cells, 1):
        watch.ran(cell, count, CELLS.get(cell, ""), when=2000 + count)
    return watch


# What it notices


def test_from_top_to_bottom_is_in_order(notebook):
    assert watched(notebook, "top", "a", "b", "c").trouble() == ""


def test_leaving_cells_out_is_in_order(notebook):
    assert watched(notebook, "top", "a", "c").trouble() == ""


def test_a_cell_that_ran_after_a_later_one_is_named(notebook):
    trouble = watched(notebook, "top", "a", "c", "b").trouble()
    assert trouble == "Cell [4] ran after cell [3], which stands further down."


def test_a_cell_above_the_lamp_that_runs_after_it_is_named(notebook):
    assert watched(notebook, "c", "a", own=["c"]).trouble() == (
        "Cell [2] ran after cell [1], which stands further down."
    )


def test_a_cell_that_ran_twice_is_named_by_its_present_number(notebook):
    assert watched(notebook, "top", "a", "b", "b", "b").trouble() == "The cell now marked [5] ran more than once."


def test_the_lamps_own_cell_may_run_again(notebook):
    assert watched(notebook, "top", "a", "b", "top", "c").trouble() == ""


def test_the_first_trouble_stays_until_the_kernel_restarts(notebook):
    trouble = watched(notebook, "top", "b", "a", "b", "c").trouble()
    assert trouble == "Cell [3] ran after cell [2], which stands further down."


def test_a_cell_that_was_edited_and_saved_after_it_ran_is_named(notebook):
    watch = watched(notebook, "top", "a", "b")
    save(notebook, {**CELLS, "a": "x = 2"}, when=3000)
    assert watch.trouble() == "Cell [2] was edited after it ran."


def test_a_cell_that_was_edited_and_run_but_not_saved_is_no_trouble(notebook):
    watch = Watch(notebook, ["top"])
    watch.ran("a", 1, "x = 2", when=2000)
    assert watch.trouble() == ""


def test_a_space_at_the_end_is_no_edit(notebook):
    watch = watched(notebook, "top", "a")
    save(notebook, {**CELLS, "a": "x = 1\n"}, when=3000)
    assert watch.trouble() == ""


def test_what_ran_before_the_lamp_was_lit_counts_where_its_cell_is_certain(notebook):
    watch = Watch(notebook, ["c"])
    watch.ran_before([(1, "x = 1"), (2, "x = x + 1"), (3, "something that is gone")])
    assert watch.trouble() == ""
    watch = Watch(notebook, ["c"])
    watch.ran_before([(1, "x = x + 1"), (2, "x = 1")])
    assert watch.trouble() == "Cell [2] ran after cell [1], which stands further down."


def test_of_two_cells_alike_none_is_blamed(tmp_path):
    path = save(tmp_path / "twins.ipynb", {"a": "x = 1", "b": "x = 1", "c": "print(x)"}, when=1000)
    watch = Watch(path)
    watch.ran_before([(1, "x = 1"), (2, "print(x)"), (3, "x = 1")])
    assert watch.trouble() == ""


# Where less is known


def test_without_a_saved_notebook_running_twice_is_still_noticed():
    assert watched(None, "a", "c", "b").trouble() == ""
    assert watched(None, "a", "b", "a").trouble() == "The cell now marked [3] ran more than once."


def test_without_cell_ids_the_lamp_stays_as_it_is(notebook):
    assert watched(notebook, None, None, None).trouble() == ""


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": [{"cell_type": "code", "source": []}]}', "\udcff"])
def test_a_notebook_that_cannot_be_read_is_as_good_as_none(tmp_path, content):
    path = tmp_path / "broken.ipynb"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert watched(path, "a", "c", "b").trouble() == ""
    assert watched(tmp_path / "gone.ipynb", "a", "c", "b").trouble() == ""


def test_a_cell_that_is_not_saved_yet_is_not_blamed(notebook):
    assert watched(notebook, "top", "c", "brand new").trouble() == ""


# In IPython


@pytest.fixture
def shell(monkeypatch, notebook, tmp_path):
    """An IPython in which cells can be run by id, as JupyterLab does."""
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    running = {}
    shell.get_parent = lambda: {"metadata": {"cellId": running.get("cell")}}
    monkeypatch.setattr(lamp, "get_ipython", lambda: shell)

    def run(cell, source=None, **how):
        running["cell"] = cell
        return shell.run_cell(CELLS[cell] if source is None else source, store_history=True, cell_id=cell, **how)

    shell.user_ns["state_lamp"] = lamp.state_lamp
    shell.run = run
    yield shell
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()


def test_the_lamp_follows_the_cells(shell):
    shown = shell.run("top").result
    for cell in ("a", "b"):
        shell.run(cell)
    assert (shown.lit, shown.text) == ("order", IN_ORDER)
    shell.run("a")
    assert shown.lit == "mixed"
    assert shown.text.startswith("State lamp: The cell now marked [4] ran more than once. Results may not match")
    assert "Restart Kernel and Run All Cells" in shown.text


def test_a_cell_that_fails_is_seen_too(shell, capsys):
    shown = shell.run("top").result
    shell.run("a", "1 / 0")
    shell.run("a", "1 / 0")
    assert shown.lit == "mixed"


def test_what_a_program_runs_is_not_the_readers_doing(shell):
    shown = shell.run("top").result
    shell.run_cell("x = 1", store_history=False, cell_id="a")
    shell.run_cell("x = 1", store_history=False, cell_id="a")
    assert shown.lit == "order"


def test_a_second_lamp_replaces_the_first_ones_ear_and_forgets_nothing(shell):
    first = shell.run("top").result
    shell.run("a")
    shell.run("a")
    second = shell.run("c", "state_lamp()").result
    heard = [each for each in shell.events.callbacks[lamp.EVENT] if isinstance(each, Watch)]
    assert len(heard) == 1
    assert first.text == second.text != IN_ORDER


def test_a_lamp_lit_late_knows_what_ran_before(shell):
    shell.user_ns["x"] = 0
    shell.run("c")
    shell.run("a")
    shown = shell.run("top").result
    assert shown.text.startswith("State lamp: Cell [2] ran after cell [1], which stands further down.")


def test_what_it_shows_is_the_same_on_every_run():
    shown = lamp.state_lamp()
    data = shown._repr_mimebundle_()
    assert data["text/plain"] == IN_ORDER == repr(shown)
    assert data["text/html"] == f"<p>{IN_ORDER}</p>"
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == shown.model_id


def test_in_plain_python_it_is_a_lamp_all_the_same():
    assert repr(lamp.state_lamp()) == IN_ORDER


def test_trouble_is_escaped_in_html():
    shown = lamp.Lamp()
    shown.light("<b>")
    assert "&lt;b&gt;" in shown._repr_mimebundle_()["text/html"]
