"""What the deck of flash cards promises where lessons and files change under it."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import deck, ledger

CARD = {"id": "L1-card-loss", "front": "What is a loss?", "back": "One number that says how wrong."}
GUESS = {
    "id": "L1-sign", "kind": "choice", "question": "Which way?", "options": ["up", "down"], "answer": 1,
    "because": "Against the slope.",
}  # fmt: skip
EXIT = {"id": "L1-exit", "question": "Say it.", "answer": "Said."}
DAY = datetime.date(2026, 11, 21)


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """A ledger of its own, on one and the same day."""
    monkeypatch.setenv("COURSE_WORK", str(tmp_path / "work"))
    monkeypatch.setattr(ledger, "today", lambda: DAY)
    for name in ("_unsaved", "_trouble", "_told"):
        monkeypatch.setattr(ledger, name, type(getattr(ledger, name))())


def test_a_card_that_a_new_version_leaves_out_and_brings_back_is_where_it_was(stored):
    ledger.record("card", "L1-card-loss", {"knew": True})
    before = deck.cards({"L1": {"cards": [CARD]}})
    assert deck.cards({"L1": {"cards": []}}) == []
    assert deck.cards({"L1": {"cards": [CARD]}}) == before
    assert before[0]["level"] == 1 and before[0]["due"] == DAY + datetime.timedelta(days=1)


def test_a_card_that_a_new_version_words_anew_keeps_its_place_in_time(stored):
    ledger.record("card", "L1-card-loss", {"knew": True})
    card = deck.cards({"L1": {"cards": [{**CARD, "front": "A loss is what?"}]}})[0]
    assert (card["front"], card["level"]) == ("A loss is what?", 1)


def test_a_question_that_changed_its_kind_still_makes_a_card(stored):
    ledger.record("predict", "L1-sign", {"answer": 0, "right": False, "confidence": 4})
    number = {**GUESS, "kind": "number", "answer": 6.0, "unit": "ppm"}
    assert [card["back"] for card in deck.cards({"L1": {"predict": [number]}})] == ["6 ppm\n\nAgainst the slope."]


def test_answers_of_two_notebooks_make_one_deck(stored):
    ledger.record("predict", "L1-sign", {"answer": 0, "right": False, "confidence": 4})
    ledger.record("exit", "L1-exit", {"mark": "not yet"})
    listed = deck.cards({"L1": {"predict": [GUESS], "exit": [EXIT], "cards": [CARD]}})
    assert [card["id"] for card in listed] == ["predict/L1-sign", "exit/L1-exit", "L1-card-loss"]


anything = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.integers(), max_size=2)
by_hand = st.lists(
    st.dictionaries(
        st.sampled_from(["knew", "date", "right", "confidence", "mark", "answer", "id"]), anything, max_size=5
    ), max_size=4,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["card", "predict", "quiz", "recall", "exit"]), by_hand, max_size=5))
def test_entries_written_by_hand_never_stop_a_deck(kinds):
    names = {"card": "L1-card-loss", "predict": "L1-sign", "exit": "L1-exit"}
    entries = {kind: {names.get(kind, "x"): listed} for kind, listed in kinds.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "everything", lambda: {"entries": entries})
        listed = deck.cards({"L1": {"predict": [GUESS], "exit": [EXIT], "cards": [CARD]}})
    assert "L1-card-loss" in [card["id"] for card in listed]
