"""The figures of lesson 6: the numbers that must come out, every control without a browser, and no text on another."""

import json
import math
from functools import cache

import figure_tests
import numpy as np
import pytest
from figure_tests import Page, elsewhere, makers, name_of, settings

from helpers.figures import vanishing_gradients as figures
from helpers.network import Network, cross_entropy
from helpers.plain import PlainError

MAKERS = makers(figures)
GUESSES = {"scalar_chain": -6.0, "layer_xray": -5.0, "dead_units": 8, "symmetry": 30}
GUESSED = [make for make in MAKERS if make.__name__ in GUESSES]


def run(figure, times=100):
    """Press Step until there is nothing left to do."""
    while not figure.finished() and times:
        figure.press("step")
        times -= 1
    return figure


@cache
def trained(activation, start, depth=10, skips=False, rate=0.05):
    """A setting of the X-ray before its first epoch and after its last, without a figure and without looks between."""
    net = figures.Net(activation, start, depth, skips, rate)
    training = figures.Training(net)
    X, y, _, _ = figures._digits()
    with np.errstate(all="ignore"):
        for _ in range(training.epochs):
            for rows in net.batches():
                net.update(X[rows], y[rows])
            if not np.all(np.isfinite(net.W[-1])):
                break
    training.look()
    training.at = 1
    return training


def test_training_without_looks_between_is_the_figures_training():
    training = figures.Training(figures.Net("tanh", "Xavier", 2))
    while not training.over():
        training.step()
    ours = trained("tanh", "Xavier", 2)
    assert training.at == 20 and ours.shown.loss == training.shown.loss
    assert np.array_equal(ours.shown.norms, training.shown.norms)


# ---- what holds for all ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_every_control_changes_picture_words_and_alt_text(make):
    figure = make()
    if make is figures.dead_units:
        figure.set("updates", 300)
    for control in settings(figure):
        value = elsewhere(control, figure.value[control.name])
        if make is figures.scalar_chain and control.name == "weight":
            value = 2.0  # at 4 a ReLU chain is off the scale as at 0
        if make is figures.layer_xray and control.name == "start":
            value = "He"  # with all weights 0, skips carry nothing
        # A learning rate changes nothing before the first epoch but the words.
        silent = make is figures.layer_xray and control.name == "rate"
        figure_tests.assert_it_changes(figure, control.name, value, picture=not silent)


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_every_slider_stands_both_its_ends(make):
    figure_tests.assert_both_ends(make())


@pytest.mark.parametrize("make", [figures.scalar_chain, figures.dead_units], ids=name_of)
def test_every_tabled_slider_can_be_drawn_by_the_browser(make):
    alike = ("x",) if make is figures.scalar_chain else ()  # there x and −x may be said alike
    figure_tests.assert_the_browser_can_draw(make(guess=GUESSES[make.__name__]), alike)


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_every_control_is_answered_as_a_browser_asks_for_it(make):
    figure, sent = make(), []
    figure.send = lambda message, buffers=None: sent.append(json.dumps(message))
    for control in figure.controls:
        if make is figures.prescriptions and control.kind == "button":
            continue  # these have nothing to train yet
        figure._send_ground(1)
        asked = {"type": "ask", "ground": figure._ground}
        if control.kind == "button":
            asked["press"] = control.name
        else:
            asked["moves"] = {control.name: elsewhere(control, figure.value[control.name])}
        figure._on_message(None, asked, [])
        assert '"frame"' in sent[-1] and not figure.error, control.name


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_the_alt_text_is_sentences_with_numbers_and_the_words_hold_it(make):
    figure_tests.assert_sentences(make())


@pytest.mark.parametrize("make", GUESSED, ids=name_of)
def test_a_guess_is_drawn_and_said_even_where_it_is_far_off(make):
    without = make()
    for guess in (GUESSES[make.__name__], -1e6, 1e6, 0):
        figure_tests.assert_guess_shows(make(guess=guess), without)
    assert np.array_equal(make(guess=math.nan).picture(), without.picture())


@pytest.mark.parametrize("nothing", [None, math.nan, math.inf, "much"])
def test_what_is_no_number_is_no_guess(nothing):
    assert figures._guessed(nothing) is None


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_the_same_walk_gives_the_same_picture_twice(make):
    pictures = []
    for _ in range(2):
        figure = make(patient="C") if make is figures.prescriptions else make()
        if make is figures.prescriptions:
            figure.set("prescription", "leave it as it is")
        figure.press("more" if make is figures.scalar_chain else "step")
        pictures.append((figure.picture(), figure.words))
    assert np.array_equal(pictures[0][0], pictures[1][0]) and pictures[0][1] == pictures[1][1]


# ---- figure 6a -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "activation,weight,x,gain",
    [
        ("sigmoid", 1, 1.0, 2.8e-7), ("sigmoid", 2, 1.0, 1.2e-6), ("sigmoid", 8, 1.0, 2.0e-26),
        ("tanh", 1, 1.0, 0.041), ("tanh", 8, 1.0, 3.7e-55),
        ("sigmoid", 1, 0.5, 3.5e-7), ("sigmoid", 2, 0.5, 3.0e-6), ("sigmoid", 8, 0.5, 1.2e-24),
        ("tanh", 1, 0.5, 0.223), ("ReLU", 0.5, 0.5, 9.8e-4), ("ReLU", 1, 0.5, 1.0), ("ReLU", 8, 0.5, 1.1e9),
    ],
)  # fmt: skip
def test_ten_links_have_the_lessons_slopes(activation, weight, x, gain):
    chain = figures.scalar_chain(weight=weight, depth=10, activation=activation, x=x)
    assert 10 ** float(chain.gains[-1]) == pytest.approx(gain, rel=0.05)


@pytest.mark.parametrize("activation", figures.CURVES)
@pytest.mark.parametrize("weight", [-2.0, -0.5, 0.5, 1.0, 3.0])
def test_the_product_is_the_slope_that_nudging_measures(activation, weight):
    chain, h = figures.scalar_chain(weight=weight, depth=4, activation=activation, x=0.4), 1e-5
    outs = []
    for x in (0.4 + h, 0.4 - h):
        chain.value["x"] = x
        chain.work()
        outs.append(chain.out)
    chain.value["x"] = 0.4
    chain.work()
    measured = abs(outs[0] - outs[1]) / (2 * h)
    assert 10 ** float(chain.gains[-1]) == pytest.approx(measured, rel=1e-4, abs=1e-9)


def test_a_slope_that_no_float_can_hold_is_said_all_the_same():
    chain = figures.scalar_chain(weight=8, depth=100, activation="tanh")
    assert chain.readouts["slope of the chain"] == "1.3·10⁻⁵⁴¹"
    assert len(chain.artists["beyond"].get_xdata()) > 50 and chain.artists["off"].get_visible()
    chain.set("activation", "ReLU")
    assert chain.readouts["slope of the chain"] == "2.0·10⁹⁰"
    chain.set("weight", 0)
    assert chain.readouts["slope of the chain"] == "0" and not chain.error


def test_the_steepest_links_wait_until_they_are_asked_for():
    chain = figures.scalar_chain(depth=10)
    assert "steepest" not in chain.words and not chain.artists["ideal"].get_visible()
    chain.set("steepest", True)
    assert "9.5·10⁻⁷" in chain.alt and chain.artists["ideal"].get_visible()


def test_links_are_added_and_taken_away_one_at_a_time_between_1_and_100():
    chain = figures.scalar_chain()
    chain.press("less")
    assert chain.value["depth"] == 1
    chain.press("more")
    assert chain.value["depth"] == 2 and len(chain.stands) == 2
    chain.set("depth", 100)
    chain.press("more")
    assert chain.value["depth"] == 100
    chain.press("reset")
    assert chain.value["depth"] == 1 and chain.value["weight"] == 1


@pytest.mark.parametrize("depth", [1, 10, 13, 37, 100])
def test_no_text_of_the_chain_stands_on_another(depth):
    figure = figures.scalar_chain(guess=-6, depth=depth)
    for activation in figures.CURVES:
        figure.value["activation"] = activation
        figure.update()
        page = Page(figure)
        for weight in (-10, 0, 1, 8):
            assert not page.at(weight=weight).collisions(), (activation, weight)


# ---- the network behind the figures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("ours,theirs", [("sigmoid", "sigmoid"), ("tanh", "tanh"), ("ReLU", "relu")])
def test_gradients_by_hand_are_those_of_the_engine(ours, theirs):
    X, y, _, _ = figures._digits()
    net = figures.Net(ours, "He", 4)
    network = Network([64, 32, 32, 32, 32, 10], theirs)
    for layer, W in zip(network.layers, net.W, strict=True):
        layer.W.data = W
    loss = cross_entropy(network(X[:50]), y[:50])
    loss.backward()
    ours_loss, dW, db, _ = net.gradients(X[:50], y[:50])
    assert ours_loss == pytest.approx(loss.data, rel=1e-12)
    for layer, d, e in zip(network.layers, dW, db, strict=True):
        np.testing.assert_allclose(d, layer.W.grad, rtol=1e-9, atol=1e-13)
        np.testing.assert_allclose(e, layer.b.grad, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("activation", list(figures.ACTIVATIONS))
def test_gradients_through_skips_are_what_nudging_measures(activation):
    X, y, _, _ = figures._digits()
    X, y = X[:20], y[:20]
    net = figures.Net(activation, "He", 5, skips=True)
    dW = net.gradients(X, y)[1]
    for layer, place in ((0, (20, 3)), (1, (4, 7)), (3, (1, 2)), (4, (30, 0)), (5, (3, 9))):
        ends = []
        for h in (1e-5, -1e-5):
            net.W[layer][place] += h
            ends.append(net.gradients(X, y)[0])
            net.W[layer][place] -= h
        assert dW[layer][place] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-4, abs=1e-9)


def test_the_split_is_in_file_order():
    X, y, X_new, y_new = figures._digits()
    assert X.shape == (1297, 64) and X_new.shape == (500, 64) and X.max() == 1
    assert len(y) == 1297 and len(y_new) == 500


# ---- figure 6b -------------------------------------------------------------------------------------------------------


# activation, start, gradient of layer 2 over layer 10, gradient of layer 2, percent of training images after 20 epochs
TABLE = [
    ("sigmoid", "Xavier", 7.3e-6, 1.2e-6, (8, 12)),
    ("sigmoid", "σ = 1", 1.3e-2, 2.0e-2, (20, 50)),
    ("tanh", "σ = 1", 41, 27, (8, 12)),
    ("tanh", "σ = 0.01", 1.2, 1.9e-13, (8, 12)),
    ("tanh", "Xavier", 1.1, 0.20, (95, 100)),
    ("ReLU", "σ = 1", 0.93, 2.9e6, (8, 12)),
    ("ReLU", "Xavier", 1.8, 0.020, (88, 99)),
    ("ReLU", "He", 1.3, 0.79, (95, 100)),
]


@pytest.mark.parametrize("activation,start,ratio,size,percent", TABLE)
def test_ten_layers_have_the_lessons_gradients_and_learn_or_do_not(activation, start, ratio, size, percent):
    training = trained(activation, start)
    norms = training.seen[0].norms
    assert norms[1] / norms[9] == pytest.approx(ratio, rel=0.06) and norms[1] == pytest.approx(size, rel=0.06)
    assert percent[0] <= 100 * training.shown.right / 1297 <= percent[1]


def test_the_gradient_of_sigmoids_fades_with_depth_and_skips_bring_it_back():
    ratios = {}
    for depth, skips in ((5, False), (10, False), (20, False), (30, False), (30, True)):
        norms = figures.Training(figures.Net("sigmoid", "Xavier", depth, skips)).shown.norms
        ratios[depth, skips] = norms[1] / norms[depth - 1]
    assert ratios[5, False] > 1e-3 > ratios[10, False] > 1e-7 > ratios[20, False] > 1e-13 > ratios[30, False] > 1e-20
    assert ratios[30, True] > 0.03


def test_training_steps_forward_and_back_and_is_taken_up_again():
    xray = figures.layer_xray(activation="tanh")
    begin = xray.alt
    xray.press("back")
    assert xray.alt == begin
    for _ in range(3):
        xray.press("step")
    third, loss = xray.alt, xray.readouts["loss"]
    assert "Epoch 3 of 20" in third and float(loss) < 2
    xray.press("back")
    assert "Epoch 2 of 20" in xray.alt
    xray.press("step")
    assert xray.alt == third and len(xray.training.seen) == 4  # shown again, not trained again
    xray.set("activation", "ReLU")
    assert "Epoch 0 of 20" in xray.alt
    xray.set("activation", "tanh")
    assert xray.alt == third
    xray.press("reset")
    assert xray.alt == begin


def test_the_bar_and_its_words_follow_the_training_and_it_ends():
    xray = figures.layer_xray(activation="tanh", start="Xavier", depth=1)
    left, right = xray.bar_ends
    for epoch in range(21):
        assert xray.artists["bar"].get_xy()[:, 0].max() == pytest.approx(left + (right - left) * epoch / 20)
        assert xray.artists["epoch"].get_text().startswith(f"epoch {epoch} of 20, loss ")
        assert xray.finished() == (epoch == 20)
        xray.press("play")
    assert xray.training.at == 20


def test_a_loss_that_is_no_number_ends_the_training_and_is_said():
    xray = run(figures.layer_xray(activation="ReLU", start="σ = 1"))
    assert xray.training.at == 1 and xray.finished() and "run away" in xray.alt and not xray.error
    xray.press("step")
    assert xray.training.at == 1
    xray.press("back")
    assert "loss 7.2·10⁶" in xray.alt


@pytest.mark.parametrize("rate", [0, -0.05, 1e6, "0.05", np.float64(0.3)])
def test_any_finite_learning_rate_is_taken(rate):
    xray = figures.layer_xray(activation="tanh", depth=3, rate=rate)
    norms = xray.training.shown.norms
    for _ in range(2):
        xray.press("step")
    assert not xray.error and "nan" not in xray.words and "inf" not in xray.words
    assert np.array_equal(xray.training.shown.norms, norms) == (rate == 0)


@pytest.mark.parametrize("make", [figures.layer_xray, figures.dead_units], ids=name_of)
@pytest.mark.parametrize("rate", [math.nan, math.inf, "fast", True, [0.1]])
def test_a_learning_rate_that_is_no_number_is_refused_in_one_sentence(make, rate):
    with pytest.raises(PlainError, match="The learning rate is a finite number"):
        make(rate=rate)


@pytest.mark.parametrize("depth", [0, 101, -1, 2.5, "ten", True])
def test_a_depth_that_cannot_be_is_refused_in_one_sentence(depth):
    with pytest.raises(PlainError, match="1 to 100 hidden layers"):
        figures.layer_xray(depth=depth)


@pytest.mark.parametrize("depth", [1, 2, 3, 100])
@pytest.mark.parametrize("start", ["Xavier", "all 0"])
def test_shallow_and_deep_networks_and_zero_weights_break_nothing(depth, start):
    xray = figures.layer_xray(guess=-5, depth=depth, start=start)
    xray.press("step")
    assert not xray.error and "nan" not in xray.words and "Epoch 1" in xray.alt
    assert (xray.readouts["layer 2 over the last"] == "—") == (depth < 3)
    assert len(xray.training.shown.norms) == depth + 1
    assert not Page(xray).collisions()


def test_gradients_too_small_for_the_picture_are_squares_at_its_edge():
    xray = figures.layer_xray(activation="tanh", start="σ = 0.01", depth=20)
    below = xray.artists["norms_beyond"].get_ydata()
    assert len(below) > 0 and set(below) == {figures.LOW}
    assert xray.artists["beyond"].get_text().startswith("squares")


def test_a_kept_xray_stays_in_grey_beside_another_even_of_another_depth():
    xray = figures.layer_xray(activation="tanh")
    xray.press("keep")
    assert xray.artists["grey"].get_text() == "grey: kept"
    kept = xray.artists["old_line"].get_ydata().copy()
    xray.set("activation", "sigmoid")
    assert np.array_equal(xray.artists["old_line"].get_ydata(), kept)
    assert "Kept in grey: 10 hidden layers, tanh, start Xavier" in xray.words
    for depth in ("1", "100"):
        xray.set("depth", depth)
        x = xray.artists["old_line"].get_xdata()
        assert not xray.error and x.min() == 1 and x.max() == pytest.approx(int(depth) + 1)


def test_no_text_of_the_xray_stands_on_another():
    xray = figures.layer_xray(guess=-5)
    extremes = [("ReLU", "σ = 1"), ("tanh", "σ = 0.01"), ("sigmoid", "all 0")]
    every = [(activation, start) for activation in figures.CURVES for start in figures.STARTS]
    for depth in ("1", "2", "5", "30", "100"):
        xray.value["depth"] = depth
        xray.update()
        page = Page(xray)
        for activation, start in every if depth == "5" else extremes:
            assert not page.at(activation=activation, start=start).collisions(), (depth, activation, start)
    xray.value["depth"] = "10"
    xray.update()
    page = Page(xray)
    for activation, start, skips in (("ReLU", "σ = 1", True), ("tanh", "He", False)):
        page.at(activation=activation, start=start, skips=skips)
        while not xray.training.over():
            xray.training.step()
            assert not page.at().collisions(), (activation, xray.training.at)


# ---- figure 6c -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate,low,high,right", [(0.1, 0, 0, 85), (0.3, 0, 0, 88), (1, 2, 12, 90), (2, 30, 32, 0)])
def test_units_die_at_large_rates_and_the_network_may_not_notice(rate, low, high, right):
    meter = figures.dead_units(rate=rate)
    assert meter.dead().sum() == 0
    meter.set("updates", 600)
    assert low <= meter.dead().sum() <= high
    assert right <= meter.watched.right[-1][1] / 5 <= (100 if right else 25)
    assert meter.readouts["silent on every image"] == f"{meter.dead().sum()} of 32"


def test_a_unit_silent_on_one_image_need_not_be_dead():
    meter = figures.dead_units(rate=0.3)
    meter.set("updates", 600)
    assert np.sum(~meter.here()) > 5 and meter.dead().sum() == 0
    first = meter.here().copy()
    meter.set("image", 2)
    assert np.any(meter.here() != first)
    assert len(meter.artists["lit"].get_xdata()) == meter.here().sum()


def test_crosses_and_fillings_show_what_was_counted():
    meter = figures.dead_units(rate=1)
    meter.set("updates", 600)
    share = meter.on().mean(axis=0)
    for unit in range(32):
        assert meter.artists[f"dead{unit}"].get_visible() == (share[unit] == 0)
        filled = np.ptp(meter.artists[f"fill{unit}"].get_xy()[:, 1])
        assert filled == pytest.approx(max(46 * share[unit], figures.SLIVER) if share[unit] else 0)
    assert 0 < min(s for s in share if s) < 0.01 and "under 1 %" in meter.words


def test_a_leak_keeps_units_from_ending_the_training():
    plain, leaky = figures.dead_units(rate=2), figures.dead_units(rate=2, activation="leaky ReLU")
    for meter in (plain, leaky):
        meter.set("updates", 600)
    assert leaky.watched.right[-1][0] > 5 * plain.watched.right[-1][0]
    assert "still lets 0.01 of the gradient through" in leaky.words and "still lets" not in plain.words


@pytest.mark.parametrize("rate", [0, -0.1, 1e6])
def test_the_meter_stands_any_learning_rate(rate):
    meter = figures.dead_units(rate=rate)
    meter.set("updates", 600)
    assert not meter.error and "nan" not in meter.words
    assert not Page(meter).collisions()


@pytest.mark.parametrize("make", [figures.dead_units, figures.symmetry], ids=name_of)
def test_updates_step_forward_and_back_and_stop_at_both_ends(make):
    figure = make()
    first = figure.alt
    figure.press("back")
    assert figure.alt == first
    figure.press("step")
    assert figure.value["updates"] == 20 and "after 20 updates" in figure.alt
    figure.set("updates", 600)
    assert figure.finished()
    figure.press("step")
    assert figure.value["updates"] == 600
    figure.press("reset")
    assert figure.alt == first


# ---- figure 6d -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start,kinds,low,high",
    [("all 0", 1, 8, 12), ("all 0.05", 1, 20, 45), ("all 0.05, one weight 0.06", 2, 40, 65), ("random", 32, 88, 96)],
)
def test_equal_units_stay_equal_and_read_badly(start, kinds, low, high):
    figure = figures.symmetry(start=start)
    figure.set("updates", 600)
    assert figure.kinds() == kinds and figure.readouts["different units"] == f"{kinds} of 32"
    assert low <= figure.watched.right[-1][1] / 5 <= high
    assert not Page(figure).collisions()


def test_the_pictures_of_the_units_are_their_weights():
    figure = figures.symmetry(start="random")
    sheet = figure.artists["units"].get_array()
    assert np.array_equal(sheet[9:17, 18:26], figure.watched.weights[0][:, 10].reshape(8, 8))
    assert np.ma.count_masked(sheet) == 35 * 71 - 32 * 64


# ---- the five X-rays -------------------------------------------------------------------------------------------------


def outcome(patient, prescription):
    net = figures.treated(patient, prescription).net
    names = {curve: name for name, curve in figures.ACTIVATIONS.items()}
    who, change = figures.PATIENTS[patient], figures.PRESCRIPTIONS[prescription]
    setting = {"activation": who.activation, "start": who.start} | change
    same = names[net.activation, net.slope], setting["start"], len(net.W) - 1, net.skips, net.rate
    assert same[0] == setting["activation"]
    return 100 * trained(*same).shown.right / 1297


@pytest.mark.parametrize(
    "patient,helps,not_helps",
    [
        ("A", "start: Xavier", ("leave it as it is", "η times 20", "activation: ReLU")),
        ("B", "start: He", ("leave it as it is", "η over 20", "activation: tanh")),
        ("C", "leave it as it is", ("η times 20",)),
        ("D", "η over 20", ("leave it as it is", "activation: tanh", "start: Xavier")),
        ("E", "activation: tanh", ("leave it as it is", "start: He", "η times 20")),
    ],
)
def test_each_network_has_a_prescription_that_helps_and_others_that_do_not(patient, helps, not_helps):
    assert outcome(patient, helps) > 90
    assert all(outcome(patient, other) < 30 for other in not_helps)


def test_the_five_xrays_show_five_different_findings():
    seen = {name: figures.xray_of(name).shown for name in figures.PATIENTS}
    assert len({who.finding for who in figures.PATIENTS.values()}) == 5
    ratio = {name: one.norms[1] / one.norms[9] for name, one in seen.items()}
    assert 0.3 < ratio["A"] < 3 and seen["A"].norms.max() < 1e-2 and seen["A"].norms[1] < 1e-10  # uniformly tiny
    assert seen["B"].norms.min() > 1e5  # exploding
    assert 0.3 < ratio["C"] < 3 and 1e-2 < seen["C"].norms.min() < 10 and not figures._silent(seen["C"])  # healthy
    assert 0.1 < ratio["D"] < 10 and figures._silent(seen["D"]) > 120  # dead units
    assert ratio["E"] < 1e-4 and seen["E"].norms[9] > 1e-2  # vanishing with depth


def test_the_setting_and_the_finding_stay_hidden():
    figure = figures.prescriptions()
    for name, who in figures.PATIENTS.items():
        figure.set("patient", name)
        assert who.finding not in figure.words and who.activation not in figure.words
    figure.set("setup", True)
    assert "sigmoid, start Xavier, η = 0.05" in figure.alt


def test_nothing_is_trained_before_something_is_prescribed():
    figure = figures.prescriptions()
    assert figure.finished() and "Nothing is prescribed yet." in figure.alt
    with pytest.raises(PlainError, match="Prescribe one change first"):
        figure.press("step")
    figure.set("prescription", "start: Xavier")
    figure.press("play")
    assert "fresh start, epoch 1 of 20" in figure.alt and not figure.finished()
    figure.set("patient", "B")
    assert "Tried on A: start: Xavier, epoch 1" in figure.words
    with pytest.raises(PlainError, match="X-ray is one of A, B, C, D, E"):
        figures.prescriptions("F")


def test_no_text_of_the_prescriptions_stands_on_another():
    figure = figures.prescriptions()
    page = Page(figure)
    for patient in figures.PATIENTS:
        for prescription in (figures.NOTHING, *figures.PRESCRIPTIONS):
            page.at(patient=patient, prescription=prescription, setup=True)
            if figure.training:
                figure.training.step()
            assert not page.at().collisions(), (patient, prescription)
