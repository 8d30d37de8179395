"""Promises of the drawing pad without a browser: ink, cells, undo, the reading, and what it says when it can't."""

import json

import numpy as np
import pytest

from helpers.data import load_digits
from helpers.pad import FULL, PEN, WIDEST, Pad, Reading, blacken, fitted
from helpers.plain import PlainError

ONE = [(4, 1), (4, 7)]
SEVEN = [(2, 1), (6, 1), (4, 7)]


def read(cells, digit):
    """A reader that finds digit 3 in everything, and has a slope of n for cell n."""
    chances = np.full(10, 0.05)
    chances[3] = 0.55
    return Reading(3, chances, np.arange(64.0) - 10, 3 if digit is None else digit)


def seen_by(cells, digit):
    """A reader whose chances tell what it was given."""
    seen_by.got.append((cells.copy(), digit))
    return read(cells, digit)


@pytest.fixture
def pad():
    return Pad(read)


@pytest.fixture
def examples():
    digits = load_digits()
    return [(f"row {n}", digits.images[n]) for n in range(3)]


# Ink


def test_ink_is_whole_numbers_from_0_to_16():
    ink = blacken([SEVEN])
    assert ink.shape == (8, 8) and ink.min() == 0 and ink.max() == FULL
    assert np.array_equal(ink, np.rint(ink))


def test_an_upright_stroke_blackens_the_cells_it_covers_and_no_other():
    ink = blacken([[(3.5, 1.0), (3.5, 7.0)]])
    covered = 2 * PEN  # cells wide: one whole, and a rest shared by both sides
    assert (ink[2:6, 3] == FULL).all()
    assert np.allclose(ink[2:6, [2, 4]], FULL * (covered - 1) / 2, atol=1)
    assert not ink[:, [0, 1, 5, 6, 7]].any()


def test_the_ink_of_a_stroke_is_its_area():
    length = 5.0
    ink = blacken([[(1.5, 4.0), (1.5 + length, 4.0)]]).sum() / FULL
    assert ink == pytest.approx(length * 2 * PEN + np.pi * PEN**2, rel=0.03)


def test_a_single_point_makes_a_dot():
    assert blacken([[(4, 4)]]).sum() / FULL == pytest.approx(np.pi * PEN**2, rel=0.1)


def test_crossing_strokes_are_no_blacker_than_black():
    assert blacken([[(1, 1), (7, 7)], [(7, 1), (1, 7)], [(7, 1), (1, 7)]]).max() == FULL


def test_more_points_on_the_same_way_change_nothing():
    many = np.column_stack([np.full(900, 4.0), np.linspace(1, 7, 900)])
    assert np.abs(blacken([many]) - blacken([ONE])).max() <= 1


def test_the_pen_carries_as_much_ink_as_the_data():
    theirs = load_digits().images.sum(axis=1).mean() / FULL
    ours = [SEVEN, [(2, 2), (4, 1), (5, 2), (3, 6), (6, 6)], [*ONE, (4, 7), (2, 5), (6, 5)]]
    assert np.mean([blacken(fitted([one])).sum() / FULL for one in ours]) == pytest.approx(theirs, rel=0.2)


# Centring and scaling


def test_a_small_digit_in_a_corner_becomes_one_that_fills_the_rows():
    small = np.array(SEVEN) / 4
    ink = blacken(fitted([small]))
    assert ink[0].any() and ink[7].any()
    assert np.array_equal(ink, blacken(fitted([SEVEN])))
    assert not blacken([small])[3:].any()


def test_size_and_place_of_a_drawing_make_no_difference_when_fitted():
    moved = np.array(SEVEN) * 0.6 + [1.7, 2.2]
    assert np.allclose(fitted([moved])[0], fitted([SEVEN])[0])


def test_a_wide_digit_is_squeezed_and_keeps_its_height():
    wide = fitted([[(0, 2), (8, 2), (4, 6)]])[0]
    assert np.ptp(wide[:, 1]) == pytest.approx(8 - 2 * PEN)
    assert np.ptp(wide[:, 0]) == pytest.approx(WIDEST)


@pytest.mark.parametrize("strokes", [[[(1, 1)]], [[(1, 1), (1.2, 1.3)]]])
def test_a_dot_is_centred_and_not_blown_up(strokes):
    ink = blacken(fitted(strokes))
    assert ink.sum() / FULL < 3 and ink[3:5, 3:5].sum() > 0.6 * ink.sum()


def test_a_lying_dash_is_no_black_pad():
    ink = blacken(fitted([[(2, 4), (4, 4.1)]]))
    assert not ink[:2].any() and not ink[6:].any() and ink[3:5].any()


def test_an_upright_line_has_no_width_and_is_fitted_all_the_same():
    ink = blacken(fitted([[(1, 1), (1, 3)]]))
    assert ink[0].any() and ink[7].any() and not ink[:, [0, 1, 6, 7]].any()


def test_all_strokes_are_fitted_together():
    first, second = fitted([[(0, 0), (0, 4)], [(2, 0), (2, 4)]])
    assert first[0, 0] < second[0, 0] and first[0, 1] == second[0, 1]


def test_nothing_is_moved_with_centring_off(pad):
    pad.draw([(1, 1), (1, 3)])
    pad.set_fit(False)
    assert np.array_equal(pad.cells, blacken([[(1, 1), (1, 3)]]))
    assert "Nothing is moved" in pad.shown["note"]
    pad.set_fit(True)
    assert np.array_equal(pad.cells, blacken(fitted([[(1, 1), (1, 3)]])))


# Drawing, cells, undo


def test_pieces_of_a_stroke_make_one_stroke_and_one_undo(pad):
    pad.stroke(SEVEN[:1], first=True)
    pad.stroke(SEVEN[1:2], first=False)
    pad.stroke(SEVEN[2:], first=False)
    pieces = pad.cells
    pad.undo()
    assert not pad.cells.any()
    pad.draw(SEVEN)
    assert np.array_equal(pad.cells, pieces)


def test_a_piece_without_a_beginning_draws_nothing(pad):
    pad.stroke([(4, 4)], first=False)
    assert not pad.cells.any()


def test_a_stroke_that_leaves_the_pad_stays_on_its_edge(pad):
    pad.set_fit(False)
    pad.draw([(-50, 4), (90, 4)])
    assert np.array_equal(pad.cells, blacken([[(0, 4), (8, 4)]]))


def test_a_cell_takes_what_it_is_given(pad):
    pad.set_cell(2, 5, 12)
    pad.set_cell(2, 6, 16.0)
    pad.set_cell(0, 0, 0)
    expected = np.zeros((8, 8))
    expected[2, 5:7] = 12, 16
    assert np.array_equal(pad.cells, expected)
    pad.set_cell(2, 5, 0)
    assert pad.cells[2, 5] == 0


def test_a_cell_can_be_changed_in_a_drawing_and_nothing_else_moves(pad):
    pad.draw(SEVEN)
    before = pad.cells
    pad.set_cell(7, 7, 9)
    after = pad.cells
    assert after[7, 7] == 9
    after[7, 7] = before[7, 7]
    assert np.array_equal(after, before)
    pad.draw([(1, 6), (1, 7)])  # laid on top where it is drawn: what stands there is no longer fitted
    assert np.array_equal(pad.cells, np.maximum(blacken([[(1, 6), (1, 7)]]), np.where(pad._base > 0, pad._base, 0)))


def test_undo_goes_back_step_by_step_to_the_start_and_no_further(pad):
    states = [pad.cells]
    for action in (lambda: pad.draw(ONE), lambda: pad.draw(SEVEN), lambda: pad.set_cell(0, 0, 5), pad.clear):
        action()
        states.append(pad.cells)
    while len(states) > 1:
        assert pad.shown["undo"] and np.array_equal(pad.cells, states.pop())
        pad.undo()
    assert not pad.shown["undo"] and not pad.cells.any()
    pad.undo()
    assert not pad.cells.any() and pad.error == ""


def test_clearing_a_clear_pad_is_nothing_to_undo(pad):
    pad.clear()
    assert not pad.shown["undo"]


def test_a_cell_that_has_that_ink_already_is_nothing_to_undo(pad):
    pad.set_cell(1, 1, 0)
    assert not pad.shown["undo"]


@pytest.mark.parametrize(
    "points",
    [[], [1, 2], [(1, 2, 3)], "ink", None, [(1, np.nan)], [(np.inf, 2)], [("a", "b")], 5, [[(1, 2)]]],
)
def test_points_that_are_none_get_one_sentence_and_change_nothing(pad, points):
    with pytest.raises(PlainError, match="list of points"):
        pad.draw(points)
    assert not pad.cells.any() and not pad.shown["undo"]


@pytest.mark.parametrize(
    ("place", "what"),
    [((8, 0, 4), "row"), ((-1, 0, 4), "row"), ((0, 8, 4), "column"), ((0, 1.5, 4), "column"), ((True, 0, 4), "row"),
     ((0, 0, 17), "Ink"), ((0, 0, -1), "Ink"), ((0, 0, np.nan), "Ink"), ((0, 0, "dark"), "Ink"), ((0, 0, None), "Ink"),
     ((0, 0, True), "Ink")],
)  # fmt: skip
def test_cells_and_ink_that_are_none_get_one_sentence(pad, place, what):
    with pytest.raises(PlainError, match=f"(?i){what}"):
        pad.set_cell(*place)
    assert not pad.cells.any()


def test_a_very_long_stroke_is_cut_and_not_refused(pad):
    pad.draw(np.random.default_rng(0).uniform(0, 8, (5000, 2)))
    assert pad.cells.any()


# Examples


def test_with_a_reader_the_first_example_is_on_the_pad(examples):
    pad = Pad(read, examples)
    assert np.array_equal(pad.cells.ravel(), examples[0][1]) and "row 0" in pad.alt


def test_the_pen_wipes_an_example_away_and_undo_brings_it_back(examples):
    pad = Pad(read, examples)
    pad.draw(SEVEN)
    assert np.array_equal(pad.cells, blacken(fitted([SEVEN]))) and "row 0" not in pad.alt
    pad.undo()
    assert np.array_equal(pad.cells.ravel(), examples[0][1])


def test_an_example_can_be_changed_cell_by_cell(examples):
    pad = Pad(read, examples)
    pad.set_cell(0, 0, 16)
    expected = examples[0][1].reshape(8, 8).copy()
    expected[0, 0] = 16
    assert np.array_equal(pad.cells, expected) and "row 0" not in pad.alt
    assert examples[0][1][0] == load_digits().images[0][0], "the data stay as they are"


def test_another_goes_through_the_examples_and_begins_again(examples):
    pad = Pad(read, examples)
    shown = []
    for _ in range(4):
        pad.another()
        shown.append(pad.shown["origin"])
    assert shown == ["row 1", "row 2", "row 0", "row 1"]


@pytest.mark.parametrize("number", [3, -1, 1.0, "0", None])
def test_an_example_that_is_not_there_gets_one_sentence(examples, number):
    with pytest.raises(PlainError, match="from 0 to 2"):
        Pad(read, examples).load(number)


def test_a_pad_without_examples_says_so(pad):
    with pytest.raises(PlainError, match="no examples"):
        pad.another()


@pytest.mark.parametrize("ink", [np.zeros(63), np.full(64, 17.0), np.full(64, -1.0), np.full(64, np.nan)])
def test_an_example_has_to_be_64_numbers_of_ink(ink):
    with pytest.raises(PlainError, match="64 numbers"):
        Pad(read, [("x", ink)])


# The reading


def test_the_reader_gets_ink_from_0_to_1():
    seen_by.got = []
    pad = Pad(seen_by)
    pad.set_cell(2, 5, 12)
    cells, digit = seen_by.got[-1]
    assert cells.shape == (64,) and cells[2 * 8 + 5] == 12 / 16 and cells.sum() == 12 / 16 and digit is None


def test_reading_chances_and_gradient_are_the_readers(pad):
    pad.draw(ONE)
    assert pad.reading == 3 and pad.probabilities[3] == 0.55 and pad.about == 3
    assert np.array_equal(pad.gradient, (np.arange(64.0) - 10).reshape(8, 8))
    assert pad.sentence == "It reads a 3, 55.0 %. Next comes 0, 5.0 %."
    assert "More ink in row 8, column 8 would make it more of a 3" in pad.alt
    assert "row 1, column 1 would make it less" in pad.alt
    assert "3: 55.0 %" in pad.words and "\N{MINUS SIGN}10.00" in pad.words


def test_what_is_handed_out_is_a_copy(pad):
    pad.draw(ONE)
    pad.gradient[:] = pad.probabilities[:] = pad.cells[:] = 99
    assert pad.gradient.max() == 53 and pad.probabilities.max() == 0.55 and pad.cells.max() < 99


def test_the_gradient_can_be_about_any_digit(pad):
    pad.draw(ONE)
    pad.ask(8)
    assert pad.about == 8 and pad.reading == 3 and "more of an 8" in pad.alt
    pad.ask(None)
    assert pad.about == 3
    for nonsense in (10, -1, 2.0, "3", True):
        with pytest.raises(PlainError, match="0 to 9"):
            pad.ask(nonsense)


def test_with_no_ink_nothing_is_read_and_a_sentence_says_so(pad):
    seen_by.got = []
    assert pad.reading is None and pad.probabilities is None and pad.gradient is None and pad.about is None
    assert "no ink" in pad.sentence and "no ink" in pad.alt and pad.error == ""
    empty = Pad(seen_by)
    empty.draw(ONE)
    asked = len(seen_by.got)
    empty.clear()
    assert len(seen_by.got) == asked, "a reader is not asked about an empty pad"
    assert empty.reading is None and "no ink" in empty.sentence


def test_without_a_reader_drawing_works_and_the_pad_says_why_nothing_is_read(examples):
    pad = Pad(None, examples)
    assert not pad.cells.any()
    pad.draw(SEVEN)
    assert pad.cells.any() and pad.reading is None and "no network behind" in pad.sentence


def test_a_reader_that_fails_is_one_sentence_and_the_next_stroke_tries_again():
    def moody(cells, digit):
        if cells[0]:
            raise ValueError("rows of 63 numbers")
        return read(cells, digit)

    pad = Pad(moody)
    pad.set_cell(0, 0, 16)
    assert pad.error == "The network could not read this: rows of 63 numbers." and pad.reading is None
    pad.set_cell(0, 0, 0)
    pad.set_cell(4, 4, 16)
    assert pad.error == "" and pad.reading == 3


def test_chances_that_are_nan_are_no_reading():
    pad = Pad(lambda cells, digit: Reading(0, np.full(10, np.nan), np.zeros(64), 0))
    pad.draw(ONE)
    assert pad.reading is None and "nan" in pad.error


def test_a_gradient_of_nothing_but_zeros_says_so():
    pad = Pad(lambda cells, digit: Reading(8, np.full(10, 0.1), np.zeros(64), 8))
    pad.draw(ONE)
    assert "No cell changes the chance of an 8" in pad.alt
    pad.picture()


# What the browser says, and what a page gets that runs nothing


def message(pad, do, **details):
    pad._on_message(pad, {"do": do, "with": details, "seq": 7}, [])


def test_the_browsers_messages_do_the_same(pad):
    message(pad, "stroke", points=[[2, 1], [6, 1]], first=True)
    message(pad, "stroke", points=[[4, 7]], first=False)
    assert np.array_equal(pad.cells, blacken(fitted([SEVEN]))) and pad.shown["seq"] == 7
    message(pad, "ask", digit=5)
    assert pad.about == 5
    message(pad, "undo")
    assert not pad.cells.any()


@pytest.mark.parametrize(
    ("do", "details"),
    [("set_cell", {"row": 9, "col": 0, "ink": 1}), ("stroke", {"points": [[None, 1]]}), ("stroke", {}),
     ("ask", {"digit": "x"})],
)  # fmt: skip
def test_a_message_that_makes_no_sense_becomes_a_sentence_on_the_pad(pad, do, details):
    turn = pad.shown["turn"]
    message(pad, do, **details)
    assert pad.error and pad.shown["turn"] > turn
    message(pad, "clear")
    assert pad.error == ""


def test_only_named_actions_can_be_called_from_the_page(pad):
    turn = pad.shown["turn"]
    message(pad, "close")
    message(pad, "_show")
    assert pad.shown["turn"] == turn


def test_everything_that_is_sent_is_json(examples):
    pad = Pad(read, examples)
    pad.draw(SEVEN)
    json.dumps([pad.face, pad.shown], allow_nan=False)


def test_a_saved_page_gets_a_picture_with_its_alt_text(examples):
    pad = Pad(read, examples)
    data, metadata = pad._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "text/plain", "image/png"}
    assert metadata["image/png"]["alt"] == pad.alt and metadata["image/png"]["width"] == 900
    assert data["image/png"] == Pad(read, examples)._repr_mimebundle_()[0]["image/png"], "the same on every run"


def test_the_picture_shows_what_is_on_the_pad(examples):
    pad = Pad(read, examples)
    full = pad.picture()
    pad.clear()
    empty = pad.picture()
    assert full.shape == empty.shape and (full != empty).any()
    assert (empty[..., :3].mean(axis=2) < 128).mean() < 0.03
