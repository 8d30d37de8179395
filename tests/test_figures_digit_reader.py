"""The figures of lesson 7: any kind of network behind the pad, or none; the gallery of mistakes; calibration."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import RendererAgg

from helpers.data import load_digits
from helpers.figures import digit_reader
from helpers.figures.digit_reader import (
    CARDS,
    IN_ORDER,
    MEANING,
    QUIZ,
    SIX,
    STEPS,
    SUREST,
    TENS,
    WORDS,
    calibration_plot,
    drawing_pad,
    error_gallery,
    likely_range,
    predictions_calibration,
    ready_made,
)
from helpers.network import Network
from helpers.plain import PlainError
from helpers.questions import CONFIDENCE
from helpers.value import Value, cross_entropy

DIGITS = load_digits()
X, y = DIGITS.images / 16, DIGITS.labels
X_NEW, Y_NEW = X[1297:], y[1297:]
TWO = [(2.4, 2.6), (4, 1.4), (4.9, 2.8), (4, 4.8), (2.8, 6), (5.2, 6)]


@pytest.fixture(scope="module", autouse=True)
def _coarse_pictures():
    """Pictures at rest with one pixel where readers get four: nothing here depends on how fine they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("helpers.live.FINE", 1)
        yield


@pytest.fixture(scope="module")
def network():
    return ready_made()


@pytest.fixture(scope="module")
def the_gallery(network):
    return error_gallery(network, X_NEW, Y_NEW)


@pytest.fixture
def gallery(the_gallery):
    """The network's gallery as it starts; drawing it anew for each test would take most of their time."""
    the_gallery.page = 0
    the_gallery.set("sort", SUREST)
    return the_gallery


def blocks(network, kind=lambda array: array):
    return {name: kind(value.data.copy()) for name, value in network.named_parameters().items()}


class Theirs:
    """A Value of another engine: it holds numbers, and knows how to be multiplied, as a learner's class does."""

    __array_ufunc__ = None

    def __init__(self, data):
        self.data, self.grad = np.asarray(data, dtype=float), np.zeros(np.shape(data))

    def __rmatmul__(self, left):
        return Theirs(np.asarray(left) @ self.data)

    def __add__(self, other):
        return Theirs(self.data + other.data)

    def tanh(self):
        return Theirs(np.tanh(self.data))


def kinds(network):
    """The same network in every form that the figures take."""
    plain, theirs = blocks(network), blocks(network, Theirs)

    def in_numpy(rows):
        return np.tanh(rows @ plain["W1"] + plain["b1"]) @ plain["W2"] + plain["b2"]

    def in_theirs(rows):
        hidden = (rows @ theirs["W1"] + theirs["b1"]).tanh()
        return hidden.data @ theirs["W2"] + theirs["b2"]

    def arrays_only(rows):
        return in_numpy(np.array(rows, dtype=np.float64)).tolist()

    return {
        "Network": network,
        "dict of arrays": plain,
        "dict of Values": blocks(network, Value),
        "dict of lists": blocks(network, lambda array: array.tolist()),
        "dict of a learner's Values": theirs,
        "function in NumPy": in_numpy,
        "function that gives a learner's Value": in_theirs,
        "function that gives lists": arrays_only,
        "lambda on helpers' Value": lambda rows: network(rows),
    }


KINDS = list(kinds(Network([64, 32, 10])))


# The network behind the pad


def test_the_ready_made_network_is_the_lessons(network):
    right = int(np.sum(network.predict(X_NEW) == Y_NEW))
    assert 455 <= right <= 466
    assert {name: value.shape for name, value in network.named_parameters().items()} == {
        "W1": (64, 32), "b1": (32,), "W2": (32, 10), "b2": (10,),
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_network_gives_the_same_reading_chances_and_gradient(network, kind):
    pads = [drawing_pad(each) for each in (network, kinds(network)[kind])]
    for pad in pads:
        pad.draw(TWO)
    first, second = pads
    assert first.reading == second.reading == 2
    assert np.allclose(first.probabilities, second.probabilities, atol=1e-12)
    assert np.allclose(first.gradient, second.gradient, atol=1e-6)


def test_the_chances_are_the_softmax_of_what_the_network_gives(network):
    pad = drawing_pad(network)
    pad.load(5)
    scores = network(X_NEW[5:6]).data[0]
    assert np.allclose(pad.probabilities, np.exp(scores) / np.exp(scores).sum())
    assert pad.reading == np.argmax(scores) and pad.probabilities.sum() == pytest.approx(1)


def test_the_gradient_is_what_a_nudge_of_the_ink_does(network):
    pad = drawing_pad(network)
    pad.load(8)
    pad.ask(3)
    for row, col in ((3, 3), (0, 4), (6, 2)):
        ends = []
        for nudge in (1e-5, -1e-5):
            x = X_NEW[8].copy()
            x[8 * row + col] += nudge
            ends.append(-cross_entropy(network(x[None]), np.array([3])).data)
        assert pad.gradient[row, col] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-5, abs=1e-9)


def test_ink_where_the_gradient_says_so_raises_the_chance(network):
    pad = drawing_pad(network)
    pad.draw(TWO)
    pad.ask(3)
    before, where = pad.probabilities[3], np.unravel_index(np.where(pad.cells < 16, pad.gradient, -9).argmax(), (8, 8))
    pad.set_cell(*map(int, where), min(16, pad.cells[where] + 2))
    assert pad.probabilities[3] > before


def test_reading_leaves_the_learners_gradients_and_numbers_alone(network):
    before = {name: (value.data.copy(), value.grad.copy()) for name, value in network.named_parameters().items()}
    assert any(grad.any() for _, grad in before.values()), "else this test shows nothing"
    pad = drawing_pad(network)
    pad.draw(TWO)
    for name, value in network.named_parameters().items():
        assert np.array_equal(value.data, before[name][0]) and np.array_equal(value.grad, before[name][1])


def test_a_dict_that_is_trained_on_is_read_as_it_is_now(network):
    mine = blocks(network)
    pad = drawing_pad(mine)
    mine["b2"] = np.eye(10)[7] * 50
    pad.draw(TWO)
    assert pad.reading == 7 and pad.probabilities[7] > 0.99


def test_a_softmax_regression_without_a_hidden_layer_is_a_network_too():
    rng = np.random.default_rng(0)
    pad = drawing_pad({"W1": rng.normal(size=(64, 10)), "b1": np.zeros(10)})
    pad.draw(TWO)
    assert pad.reading in range(10) and pad.gradient.any()


def test_scores_of_a_million_make_no_nan():
    pad = drawing_pad(lambda rows: 1e6 * (rows @ np.eye(64)[:, 20:30]))
    pad.draw(TWO)
    assert pad.error == "" and pad.probabilities.sum() == pytest.approx(1)


def test_the_pad_starts_with_a_digit_the_network_has_not_seen(network):
    pad = drawing_pad(network)
    assert np.array_equal(pad.cells.ravel(), DIGITS.images[1297]) and "row 1,297" in pad.alt
    pad.load(499)
    assert np.array_equal(pad.cells.ravel(), DIGITS.images[1796])


def test_most_test_digits_are_read_right_on_the_pad(network):
    pad = drawing_pad(network)
    right = 0
    for number in range(0, 500, 25):
        pad.load(number)
        right += pad.reading == Y_NEW[number]
    assert right >= 17


def test_without_a_network_the_pad_says_so_and_draws():
    pad = drawing_pad()
    assert "no network behind this pad" in pad.sentence and not pad.cells.any()
    pad.draw(TWO)
    assert pad.cells.any() and pad.reading is None


def boom(rows):
    raise ZeroDivisionError("by zero")


@pytest.mark.parametrize(
    ("nonsense", "names"),
    [
        (5, "int"), ("reader", "str"), ([1, 2], "list"), (..., "ellipsis"), (np.zeros((64, 10)), "ndarray"),
        ({}, "keys of nothing"), ({"W1": np.zeros((64, 10))}, "keys W1"), ({"W": 1, "b": 2}, "keys W, b"),
        ({"W1": ..., "b1": ...}, "W1 is not an array"), ({"W1": "a", "b1": 0}, "W1 is not an array"),
        ({"W1": np.zeros((63, 10)), "b1": np.zeros(10)}, "ValueError"),
        ({"W1": np.zeros((64, 9)), "b1": np.zeros(9)}, r"\(2, 9\)"),
        (Network([64, 8, 3]), r"\(2, 3\)"), (Network([4, 3]), "rows of 4"),
        (lambda rows: None, "gave"), (lambda rows: rows[0], "shape"), (lambda rows: "seven", "no numbers"),
        (lambda: None, "TypeError"), (boom, "by zero"), (print, "gave"),
    ],
)  # fmt: skip
def test_what_is_no_network_gets_one_plain_sentence(nonsense, names):
    for make in (drawing_pad, lambda network: error_gallery(network, X_NEW, Y_NEW)):
        with pytest.raises(PlainError, match=names) as error:
            make(nonsense)
        assert len(str(error.value).splitlines()) == 1 and str(error.value).startswith("This is not a network")


def test_a_network_whose_weights_are_nan_reads_nothing_and_says_why():
    ill = {"W1": np.full((64, 10), np.nan), "b1": np.zeros(10)}
    pad = drawing_pad(ill)
    assert pad.reading is None and "nan" in pad.error
    with pytest.raises(PlainError, match="nan"):
        error_gallery(ill, X_NEW, Y_NEW)


# The gallery of mistakes


def test_the_gallery_shows_all_mistakes_and_only_these(network, gallery):
    read = network.predict(X_NEW)
    wrong = np.flatnonzero(read != Y_NEW)
    shown = [*gallery.on_page()]
    for _ in range(gallery.pages - 1):
        gallery.press("next")
        shown += [*gallery.on_page()]
    assert sorted(shown) == wrong.tolist() and gallery.readouts["wrong"] == f"{len(wrong)} of 500"
    sure = gallery.sure[shown]
    assert (np.diff(sure) <= 0).all(), "the surest first"


def test_a_picture_in_the_gallery_stands_with_its_truth_and_reading(network, gallery):
    first = gallery.on_page()[0]
    assert np.array_equal(gallery.artists["picture0"].get_array(), X_NEW[first].reshape(8, 8))
    text = gallery.artists["text0"].get_text()
    assert f"{Y_NEW[first]}, read as {network.predict(X_NEW)[first]}" in text
    assert f"{100 * gallery.sure[first]:.1f} % sure" in text and text.split("\n")[0] in gallery.words


def test_paging_stops_at_both_ends_and_a_new_order_begins_at_the_front(gallery):
    gallery.press("back")
    assert gallery.readouts["page"].startswith("1 of")
    for _ in range(gallery.pages + 1):
        gallery.press("next")
    assert gallery.readouts["page"] == f"{gallery.pages} of {gallery.pages}"
    last = gallery.on_page()
    visible = [gallery.artists[f"picture{n}"].get_visible() for n in range(10)]
    assert sum(visible) == len(last)
    gallery.set("sort", IN_ORDER)
    assert gallery.page == 0 and (np.diff(gallery.on_page()) > 0).all()
    gallery.set("sort", SUREST)
    assert gallery.page == 0


def test_the_commonest_confusion_is_counted(network, gallery):
    truth, read, count = gallery.confusions()[0]
    found = np.flatnonzero((truth == Y_NEW) & (network.predict(X_NEW) == read))
    assert len(found) == count
    assert sum(each[2] for each in gallery.confusions()) == len(gallery.wrong)


def test_a_network_without_mistakes_has_nothing_to_show(network):
    right = network.predict(X_NEW) == Y_NEW
    gallery = error_gallery(network, X_NEW[right], Y_NEW[right])
    gallery.press("next")
    assert "nothing to show" in gallery.alt and gallery.readouts["page"] == "1 of 1"
    assert not any(gallery.artists[f"picture{n}"].get_visible() for n in range(10))


@pytest.mark.parametrize(
    ("rows", "labels", "names"),
    [(X_NEW, Y_NEW[:-1], "one digit"), (X_NEW[:, :63], Y_NEW, "64 numbers"), (X_NEW[:0], Y_NEW[:0], "at least one"),
     (X_NEW * 16, Y_NEW, "images / 16"), (X_NEW, Y_NEW + 1, "0 to 9"), ("x", Y_NEW, "64 numbers"),
     (X_NEW[0], Y_NEW[:1], "64 numbers"), (X_NEW * np.nan, Y_NEW, "images / 16"), (X_NEW, None, "one digit")],
)  # fmt: skip
def test_rows_that_do_not_fit_get_one_sentence(network, rows, labels, names):
    with pytest.raises(PlainError, match=names):
        error_gallery(network, rows, labels)


# Calibration


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def made(sure, right):
    """Probabilities and labels for answers of these confidences, right or not."""
    q = np.tile((1 - np.asarray(sure, dtype=float))[:, None] / 9, (1, 10))
    q[:, 4] = sure
    return q, np.where(right, 4, 5)


@pytest.mark.parametrize("bins", [STEPS, TENS, SIX])
def test_every_answer_is_in_one_bin(network, bins):
    plot = calibration_plot(softmax(network(X_NEW).data), Y_NEW)
    plot.set("bins", bins)
    assert sum(count for *_, count in plot.bins()) == 500
    assert sum(right for *_, right, _ in plot.bins()) == np.sum(network.predict(X_NEW) == Y_NEW)
    for low, high, says, right, count in plot.bins():
        assert low <= says <= high and 0 <= right <= count


def test_dots_and_table_show_the_bins():
    plot = calibration_plot(*made([0.6] * 4 + [0.95] * 10 + [1.0] * 2, [1, 1, 0, 0] + [1] * 9 + [0] + [1, 1]))
    x, share = plot.artists["dots"].get_data()
    assert np.allclose(x, [0.6, 0.95, 1.0]) and np.allclose(share, [0.5, 0.9, 1.0])
    assert [plot.artists[f"cell1_{n}"].get_text() for n in range(4)] == ["90 – 99 %", "10", "95.0 %", "90.0 %"]
    assert plot.artists["cell3_0"].get_text() == ""
    assert plot.gap() == pytest.approx((4 * 0.1 + 10 * 0.05 + 0) / 16)
    assert plot.readouts["wrong at 99 % or more"] == "0 of 2"
    assert "90 – 99 % sure: 10 answers, says 95.0 %, is right 90.0 %" in plot.alt


def test_an_answer_on_a_border_counts_above_it_and_the_surest_are_not_lost():
    plot = calibration_plot(*made([0.5, 0.9, 1.0], [1, 1, 1]))
    assert [(low, count) for low, *_, count in plot.bins()] == [(0.5, 1), (0.9, 1), (0.99, 1)]


def test_answers_that_are_all_equally_sure_make_one_bin():
    plot = calibration_plot(*made([0.7] * 5, [1, 1, 1, 0, 0]))
    plot.set("bins", SIX)
    assert [count for *_, count in plot.bins()] == [5] and plot.error == ""


def test_the_likely_range_is_wilsons():
    low, high = likely_range(8, 10)
    assert low == pytest.approx(0.490, abs=0.001) and high == pytest.approx(0.943, abs=0.001)
    assert likely_range(10, 10)[1] == 1.0 and likely_range(0, 3)[0] == 0.0


@pytest.mark.parametrize(
    ("q", "labels", "names"),
    [(np.ones((3, 10)), [1, 2, 3], "softmax"), (np.full((3, 9), 1 / 9), [1, 2, 3], r"\(N, 10\)"),
     (np.full((3, 10), 0.1), [1, 2], "each of the 3 rows"), ("q", [1], r"\(N, 10\)"),
     (np.full((3, 10), np.nan), [1, 2, 3], "softmax"), (np.zeros((0, 10)), [], r"\(N, 10\)")],
)  # fmt: skip
def test_what_is_no_softmax_gets_one_sentence(q, labels, names):
    with pytest.raises(PlainError, match=names):
        calibration_plot(q, labels)


# And you


def ledger_of(predict=(), quiz=()):
    """What `ledger.everything()` gives after these first answers, each (how sure, right)."""
    def named(answers):
        return {f"L1-{n}": [{"confidence": sure, "right": bool(right), "answer": 0}] for n, (sure, right) in answers}

    return {"version": 1, "entries": {"predict": named(enumerate(predict)), "quiz": named(enumerate(quiz))}}


def test_an_empty_ledger_says_so():
    for empty in ({"entries": {}}, ledger_of()):
        figure = predictions_calibration(empty)
        assert "no guesses of yours" in figure.alt and figure.readouts["first guesses"] == "0"
        assert len(figure.artists["dots"].get_data()[0]) == 0
        assert "no guesses" in figure.artists["empty"].get_text()
        for choice in (CARDS, QUIZ):
            figure.set("of", choice)
            assert figure.error == "" and "yet" in figure.alt


def test_guesses_are_counted_by_how_sure_they_were():
    figure = predictions_calibration(ledger_of([(1, 0), (1, 1), (4, 1), (4, 1)], [(3, 1), (4, 0)]))
    assert figure.counts() == [(2, 1), (0, 0), (1, 1), (3, 2)]
    x, share = figure.artists["dots"].get_data()
    assert list(x) == [1, 3, 4] and np.allclose(share, [0.5, 1, 2 / 3])
    assert "certain: 2 of 3 right" in figure.alt and "unsure: none yet" in figure.alt
    assert "Of 4 you were fairly sure or certain of, 1 was wrong." in figure.alt
    figure.set("of", CARDS)
    assert figure.counts() == [(2, 1), (0, 0), (0, 0), (2, 2)] and figure.readouts["certain and wrong"] == "0 of 2"
    figure.set("of", QUIZ)
    assert figure.counts() == [(0, 0), (0, 0), (1, 1), (1, 0)]


def test_only_the_first_guess_on_a_card_counts():
    book = ledger_of([(4, 0)])
    book["entries"]["predict"]["L1-0"].append({"confidence": 1, "right": True})
    assert predictions_calibration(book).counts() == [(0, 0), (0, 0), (0, 0), (1, 0)]


def test_entries_of_another_form_are_left_out():
    book = ledger_of([(2, 1)])
    book["entries"]["predict"] |= {"a": [], "b": [{"text": "x"}], "c": [{"confidence": 9, "right": True}], "d": ["?"],
                                   "e": [{"confidence": 2, "right": None}]}  # fmt: skip
    book["entries"]["quiz"] = None
    assert predictions_calibration(book).counts() == [(0, 0), (1, 1), (0, 0), (0, 0)]


@pytest.mark.parametrize("nonsense", [None, [], 3, {}, {"entries": 3}])
def test_what_is_no_ledger_gets_one_sentence(nonsense):
    with pytest.raises(PlainError, match=r"ledger.everything\(\)"):
        predictions_calibration(nonsense)


def test_the_words_are_those_on_the_cards_and_promise_more_each():
    assert WORDS == CONFIDENCE and (np.diff(MEANING) > 0).all()


def test_the_real_ledger_fits(tmp_path, monkeypatch):
    from helpers import ledger

    monkeypatch.setenv("COURSE_WORK", str(tmp_path))
    assert "no guesses" in predictions_calibration(ledger.everything()).alt
    ledger.record("predict", "L1-x", {"answer": 1, "confidence": 3, "right": True})
    assert predictions_calibration(ledger.everything()).counts()[2] == (1, 1)


# All of them


def figures(network):
    q = softmax(network(X_NEW).data)
    some = ledger_of([(k % 4 + 1, k % 3) for k in range(40)], [(4, 0)] * 3)
    made = [
        error_gallery(network, X_NEW, Y_NEW),
        calibration_plot(q, Y_NEW),
        predictions_calibration(some),
        predictions_calibration(ledger_of()),
    ]
    return {f"{figure.name} {n}": figure for n, figure in enumerate(made)}


def settings(figure):
    """Every choice of the figure, put there one after the other, and its buttons pressed."""
    yield "as it starts"
    for control in figure.controls:
        for option in getattr(control, "options", ()):
            figure.set(control.name, option)
            yield option
        if control.kind == "button":
            figure.press(control.name)
            yield control.name


def test_every_setting_has_a_picture_an_alt_text_and_no_text_on_another_or_outside(network):
    for name, figure in figures(network).items():
        width, height = (round(inches * 100) for inches in figure.size)
        assert width <= 900
        renderer = RendererAgg(width, height, 100)
        for setting in settings(figure):
            assert figure.error == "", setting
            assert figure.alt and figure.words.startswith(figure.alt[:20])
            assert (figure.picture()[..., :3].min(axis=2) < 250).any()
            axes = figure.figure.axes
            texts = [text for one in axes for text in one.texts] + figure.figure.texts
            texts += [label for one in axes if one.axison for axis in (one.xaxis, one.yaxis)
                      for label in [axis.label, *axis.get_ticklabels()]]
            boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts
                     if text.get_text().strip() and text.get_visible()]
            for n, (words, box) in enumerate(boxes):
                inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
                assert inside, f"{name}, {setting}: {words!r} leaves the picture"
                for others, other in boxes[n + 1 :]:
                    apart = box.x1 <= other.x0 or other.x1 <= box.x0 or box.y1 <= other.y0 or other.y1 <= box.y0
                    assert apart, f"{name}, {setting}: {words!r} lies on {others!r}"


def test_the_module_offers_what_the_lesson_calls():
    assert {"drawing_pad", "error_gallery", "calibration_plot", "predictions_calibration"} <= set(digit_reader.__all__)
