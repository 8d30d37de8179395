"""Promises of the training's bar: it says how far and how well, stops without losing anything, and leaves no trace."""

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from helpers import progress as module
from helpers.network import History, Network, train
from helpers.progress import Bar, Progress, Stopped, progress

X = np.random.default_rng(0).normal(size=(40, 3))
Y = (X[:, 0] > 0).astype(int)


@pytest.fixture
def seen():
    """What a `Progress` showed: (part, text, state) of each look; its follower is `seen.follower`."""

    class Seen(list):
        follower = None

    looks = Seen()
    looks.follower = Progress(lambda *look: looks.append(look))
    return looks


def small():
    return Network([3, 4, 2], rng=np.random.default_rng(0))


def learn(report, epochs=5, eta=0.1, network=None):
    return train(network or small(), X, Y, eta, epochs, batch=10, report=report)


def interrupted_at(update):
    """A loss for `train` that is interrupted in this update, as the kernel would be."""
    from helpers.network import cross_entropy

    count = 0

    def loss(logits, y):
        nonlocal count
        count += 1
        if count == update:
            raise KeyboardInterrupt
        return cross_entropy(logits, y)

    return loss


# What is shown


def test_each_look_says_the_epoch_and_the_loss_so_far(seen):
    history = learn(seen.follower)
    assert [part for part, _, _ in seen] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    texts = [f"epoch {n} of 5, loss {loss:.3f}" for n, loss in enumerate(history.epochs, 1)]
    assert [text for _, text, _ in seen] == texts
    assert {state for _, _, state in seen} == {"running"}


def test_a_long_training_moves_the_bar_about_fifteen_times_and_ends_full(seen):
    learn(seen.follower, epochs=1000)
    assert 15 <= len(seen) <= 17 and seen[-1][0] == 1.0 and seen[0][0] == 0.001


def test_the_last_sentence_sums_up_one_training(seen):
    loss = learn(seen.follower).epochs[-1]
    seen.follower.finish()
    assert seen[-1] == (1.0, f"Training done: 5 epochs, loss {loss:.3f}", "done")


def test_the_last_sentence_counts_several_trainings(seen):
    for epochs in (3, 1, 2):
        loss = learn(seen.follower, epochs).epochs[-1]
    assert seen[-1][1].startswith("training 3: epoch 2 of 2")
    seen.follower.finish()
    assert seen[-1][1] == f"3 trainings done; the last: 2 epochs, loss {loss:.3f}"


def test_a_loss_that_is_no_number_is_said(seen):
    network = small()
    network.layers[0].W.data = np.full((3, 4), np.inf)
    with np.errstate(all="ignore"):
        learn(seen.follower, network=network)
    seen.follower.finish()
    _, text, state = seen[-1]
    assert state == "stopped" and text.startswith("The loss was nan in epoch 1")
    assert text.endswith("Last: no epoch was finished.")


def test_no_epochs_and_no_training_are_no_riddle(seen):
    seen.follower.finish()
    assert seen[-1] == (1.0, "", "done")
    learn(seen.follower, epochs=0)
    seen.follower.finish()
    assert seen[-1] == (1.0, "Training done: no epoch was asked for", "done")


@pytest.mark.parametrize("loss,text", [(0.5, "0.500"), (0, "0.000"), (7.2e6, "7.2e+06"), (3e-9, "3.0e-09")])
def test_any_loss_can_be_read(seen, loss, text):
    seen.follower(1, 1, loss)
    assert seen[-1][1] == f"epoch 1 of 1, loss {text}"


def test_a_loop_of_ones_own_reports_as_train_does(seen):
    for _ in range(2):
        for epoch in range(1, 4):
            assert not seen.follower(epoch, 3, 1 / epoch)
    assert seen.follower.trainings == 2
    seen.follower(1, 3, 1.0)  # and here somebody interrupts
    seen.follower.finish()
    assert seen[-1][1] == "Training 3: stopped. Last: epoch 1 of 3, loss 1.000."


# Stopping


@pytest.mark.parametrize("update", [1, 4, 5, 7, 20])
def test_an_interrupted_training_gives_back_what_was_done(seen, update):
    network, twin = small(), small()
    history = train(
        network, X, Y, 0.1, 5, batch=10, loss=interrupted_at(update), report=seen.follower
    )
    assert len(history.losses) == update - 1 and len(history.epochs) == (update - 1) // 4
    assert history.stopped == f"interrupted after {update - 1} updates"
    whole = train(twin, X, Y, 0.1, 5, batch=10)
    assert history.losses == whole.losses[: update - 1]
    assert np.all(np.isfinite(network(X).data))
    seen.follower.finish()
    part, text, state = seen[-1]
    assert state == "stopped" and part == pytest.approx(len(history.epochs) / 5)
    assert text.startswith(f"Interrupted after {update - 1} updates. ") and text.endswith("so far is kept.")
    assert ("no epoch was finished" in text) == (update < 5)


def test_the_network_trains_on_from_where_it_was_stopped():
    network = small()
    first = train(network, X, Y, 0.1, 5, batch=10, loss=interrupted_at(9))
    again = learn(None, network=network)
    assert again.epochs[-1] < first.epochs[-1]


def test_after_an_interruption_no_other_training_of_the_cell_runs(seen):
    train(small(), X, Y, 0.1, 5, batch=10, loss=interrupted_at(6), report=seen.follower)
    with pytest.raises(Stopped, match=r"did not run\. Nothing is lost"):
        learn(seen.follower)
    seen.follower.finish()
    assert seen[-1][1].startswith("Interrupted after 5 updates. Last: epoch 1 of 5")


def test_a_report_without_an_end_still_serves():
    heard = []
    learn(lambda *about: heard.append(about))
    assert len(heard) == 5
    learn(None)


def test_the_end_is_told_once_whatever_ended_it():
    class Listener:
        def __init__(self, stop=False):
            self.stop, self.told = stop, []

        def __call__(self, *about):
            return self.stop

        def ended(self, history):
            self.told.append(history)

    for stop in (False, True):
        listener = Listener(stop)
        history = learn(listener)
        assert listener.told == [history] and isinstance(history, History)
        assert bool(history.stopped) == stop


# In a notebook


@pytest.fixture
def shell(monkeypatch):
    """An IPython in which `progress` shows its bars; `shell.shown` has them."""
    shell = InteractiveShell()
    shell.shown = []
    monkeypatch.setattr(module, "get_ipython", lambda: shell)
    monkeypatch.setattr(module, "display", shell.shown.append)
    shell.user_ns.update(progress=progress, train=train, small=small, X=X, Y=Y, interrupted_at=interrupted_at)
    yield shell
    module._running.clear()


def test_a_cell_has_one_bar_and_the_next_cell_another(shell):
    shell.run_cell("for _ in range(3): train(small(), X, Y, 0.1, 2, report=progress())")
    shell.run_cell("train(small(), X, Y, 0.1, 2, report=progress());")
    shell.run_cell("1;")
    assert len(shell.shown) == 2 and all(isinstance(bar, Bar) for bar in shell.shown)
    assert [bar.look["text"].split(";")[0][:13] for bar in shell.shown] == ["3 trainings d", "Training done"]
    assert {bar.look["state"] for bar in shell.shown} == {"done"} and not module._running


def test_what_ran_between_two_cells_has_no_part_in_the_next_bar(shell):
    learn(progress())
    shell.run_cell("train(small(), X, Y, 0.1, 2, report=progress());")
    assert len(shell.shown) == 2 and shell.shown[1].look["text"].startswith("Training done: 2 epochs")


def test_the_rest_of_a_cell_runs_after_a_stop_and_so_does_the_next_cell(shell):
    cell = "h = train(small(), X, Y, 0.1, 5, 10, loss=interrupted_at(6), report=progress())\nafter = len(h.losses)"
    assert shell.run_cell(cell).success and shell.user_ns["after"] == 5
    assert shell.shown[0].look["state"] == "stopped"
    assert shell.run_cell("g = train(small(), X, Y, 0.1, 5, report=progress())").success
    assert shell.user_ns["g"].stopped == "" and shell.shown[1].look["state"] == "done"


def test_a_loop_over_trainings_ends_at_a_stop_with_one_sentence(shell, capsys):
    shell.run_cell("done = []\nfor n in range(4):\n    loss = {'loss': interrupted_at(6)} if n == 1 else {}\n"
                   "    done.append(train(small(), X, Y, 0.1, 5, batch=10, report=progress(), **loss))")
    assert len(shell.user_ns["done"]) == 2
    out = capsys.readouterr().out
    assert out.strip().startswith("You stopped a training") and "Traceback" not in out
    assert shell.shown[0].look["text"].startswith("Training 2: interrupted after 5 updates. Last: epoch 1 of 5")


def test_the_bar_leaves_nothing_to_read_in_a_saved_notebook():
    bar = Bar()
    bundle = bar._repr_mimebundle_()
    assert bundle["text/html"] == "" and bundle["text/plain"] == "a bar that follows the training"
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == bar.model_id


def test_without_cells_nothing_is_shown(capsys):
    assert learn(progress()).stopped == ""
    assert capsys.readouterr().out == ""
