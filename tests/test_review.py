"""Promises of the review cards: every one can be driven from Python, keeps what was done, and gives nothing away."""

import csv
import datetime
import json
import re
from html.parser import HTMLParser

import pytest

from helpers import deck, ledger, questions, review
from helpers.plain import PlainError

VIEW = "application/vnd.jupyter.widget-view+json"
SECRET = "because-only-after-the-guess"

L0 = {
    "lesson": "L0",
    "title": "Start here",
    "recall": [],
    "predict": [],
    "quiz": [],
    "cards": [{"id": "L0-kernel", "front": "Kernel", "back": "The Python that runs your cells."}],
    "exit": [],
    "glossary": [],
    "summary": {},
}
L1 = {
    "lesson": "L1",
    "title": "Curve fitting",
    "recall": [
        {"id": "L1-r1", "question": "What does `np.mean(a**2)` do?", "answer": "It squares, then averages."},
        {"id": "L1-r2", "question": "Slope through (1, 2), (3, 8)?", "answer": "3"},
    ],
    "predict": [
        {
            "id": "L1-lines",
            "kind": "choice",
            "question": "Which line fits best, <A> or `B`?",
            "options": ["A, flat & low", "B", "x**2 + y**2"],
            "answer": 1,
            "because": f"{SECRET}: `B` misses <every> dot by a little.",
        },
        {
            "id": "L1-best-m",
            "kind": "number",
            "question": "Which m fits best?",
            "answer": 423.937,
            "low": 340,
            "high": 510,
            "unit": "km/s per Mpc",
            "because": SECRET,
        },
        {"id": "L1-loose", "kind": "number", "question": "?", "answer": 100, "because": SECRET, "min": 1, "max": 500},
    ],
    "quiz": [
        {
            "id": "L1-q1",
            "question": "Why square?",
            "options": [
                {"text": "So that misses cannot cancel", "right": True, "why": "Yes: both signs count."},
                {"text": "To make the loss smaller", "right": False, "why": "3 becomes 9."},
            ],
        },
        {
            "id": "L1-q2",
            "question": "What is `a[1]` of <5, 7>?",
            "options": [
                {"text": "5", "right": False, "why": "Counted from one."},
                {"text": "7", "right": True, "why": "Counted from zero."},
            ],
        },
    ],
    "cards": [
        {"id": "L1-loss", "front": "Loss", "back": "One number for how badly it fits."},
        {"id": "L1-mse", "front": "MSE?", "back": "Difference, square, mean."},
        {"id": "L1-minus", "front": "Why `-=`?", "back": "Against the slope."},
    ],
    "exit": [{"id": "L1-e1", "question": "One step of descent?", "answer": "Against the slope."}],
    "glossary": [{"term": "loss", "meaning": "how badly <it> fits"}, {"term": "`eta`", "meaning": "learning rate"}],
    "summary": {"short": "Turn all knobs.", "medium": "One.\n\nTwo & three.", "detailed": "Long."},
}


@pytest.fixture(autouse=True)
def course(tmp_path, monkeypatch):
    """Two lessons' items and an empty ledger; returns the work folder."""
    items = tmp_path / "items"
    items.mkdir()
    for name, content in (("00_start_here", L0), ("01_curve_fitting", L1)):
        (items / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.setenv("COURSE_ITEMS", str(items))
    monkeypatch.setenv("COURSE_WORK", str(tmp_path / "work"))
    for memory in ("_unsaved", "_trouble"):
        monkeypatch.setattr(ledger, memory, {})
    monkeypatch.setattr(ledger, "_told", set())
    return tmp_path / "work"


@pytest.fixture
def day(monkeypatch):
    """Sets the ledger's calendar to the n-th day of a year."""

    def set_to(number):
        monkeypatch.setattr(ledger, "today", lambda: datetime.date(2026, 1, 1) + datetime.timedelta(days=number))

    set_to(0)
    return set_to


def press(card, action, **details):
    """What a button on the page does."""
    card._handle_custom_msg({"do": action, "with": details}, [])


def all_texts(value):
    if isinstance(value, dict):
        return "\n".join(map(all_texts, value.values()))
    if isinstance(value, list | tuple):
        return "\n".join(map(all_texts, value))
    return str(value)


def everything_sent(card):
    """All that the page, or a saved notebook, gets to know of a card, its own code left out."""
    state = {name: value for name, value in card.get_state().items() if name not in ("_esm", "_css")}
    return all_texts(state) + all_texts(card._repr_mimebundle_())


# Predict


def test_a_guess_is_stored_before_its_explanation_leaves(monkeypatch):
    card = review.predict("L1-lines")
    assert SECRET not in everything_sent(card)
    assert "correct" not in all_texts(list(card.face))
    stored = []
    monkeypatch.setattr(ledger, "record", lambda *entry: stored.append((entry, SECRET in everything_sent(card))))
    card.answer(0, 3)
    assert stored == [(("predict", "L1-lines", {"answer": 0, "confidence": 3, "right": False}), False)]
    assert SECRET in everything_sent(card)


def test_the_static_forms_of_a_predict_card_never_tell():
    card = review.predict("L1-best-m")
    card.answer("400", 2)
    data = card._repr_mimebundle_()
    for form in ("text/html", "text/plain"):
        assert SECRET not in data[form] and "423" not in data[form]


def test_guess_is_the_first_answer_whatever_came_later():
    assert review.guess("L1-lines") is None
    card = review.predict("L1-lines")
    card.answer(2, "guessing")
    card.again()
    card.answer("B", "certain")
    assert review.guess("L1-lines") == 2
    assert [entry["answer"] for entry in ledger.entries("predict", "L1-lines")] == [2, 1]
    assert card.face["locked"]["said"] == "You were certain. Your first guess was: x**2 + y**2."


def test_a_locked_guess_stays_until_the_card_is_opened_again():
    card = review.predict("L1-lines")
    card.answer(0, 1)
    with pytest.raises(PlainError, match="locked in"):
        card.answer(1, 4)
    assert review.guess("L1-lines") == 0 and len(ledger.entries("predict", "L1-lines")) == 1


def test_a_card_that_was_answered_before_opens_with_answer_and_explanation():
    review.predict("L1-best-m").answer("1,000", 4)
    card = review.predict("L1-best-m")
    assert card.locked and not card.right
    locked = card.face["locked"]
    assert locked["said"] == "You said 1,000 km/s per Mpc, certain."
    assert locked["because"] == SECRET
    assert locked["verdict"].startswith("It turns out otherwise: 423.937 km/s per Mpc.")
    card.again()
    assert card.face["locked"] is None and card.face["attempt"] == 2
    assert SECRET not in all_texts(card.face)


@pytest.mark.parametrize(
    ("answer", "confidence", "verdict"),
    [
        (1, 4, "Yes, that is what happens."),
        (1, 1, "Yes. You were guessing, so read why."),
        (0, 2, "It turns out otherwise: B."),
        (0, 4, "It turns out otherwise: B. You were sure of it, so it comes first in your cards."),
    ],
)
def test_the_verdict_is_kind_and_says_what_comes_of_it(answer, confidence, verdict):
    card = review.predict("L1-lines")
    card.answer(answer, confidence)
    assert card.face["locked"]["verdict"] == verdict


def test_what_made_you_think_so_is_kept():
    card = review.predict("L1-lines")
    with pytest.raises(PlainError, match="Lock in a guess first"):
        card.explain("because")
    card.answer(1, 2)
    card.explain("  ")
    card.explain("it looks <closest>")
    assert [entry["text"] for entry in ledger.entries("predict-why", "L1-lines")] == ["it looks <closest>"]
    assert review.predict("L1-lines").face["locked"]["why"] == "it looks <closest>"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("450", 450), ("1,5", 1.5), ("1.5", 1.5), ("1,000", 1000), ("1,234,567.5", 1234567.5), ("−3", -3),
        ("1e3", 1000), (" 12 000 ", 12000), ("440 km/s per Mpc", 440), (440, 440), (2.5, 2.5), ("0,125", 0.125),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(typed, value):
    item = {"unit": "km/s per Mpc"}
    if typed == "0,125":  # a comma before three digits parts thousands, but not after a zero
        value = questions.parse_number(typed, item)
        assert value == 0.125
    assert questions.parse_number(typed, item) == value


@pytest.mark.parametrize("typed", ["", "  ", "lots", "1.2.3", "1,2,3", "0x10", "nan", "inf", "1e999", None, [], "٣x"])
def test_what_is_no_number_is_answered_by_a_sentence(typed):
    card = review.predict("L1-best-m")
    with pytest.raises(PlainError):
        card.answer(typed, 3)
    assert not card.locked and ledger.entries("predict") == []


def test_a_number_out_of_range_is_told_the_range():
    with pytest.raises(PlainError, match="between 1 and 500"):
        review.predict("L1-loose").answer("-4", 3)


def test_a_number_without_bounds_is_right_within_five_percent():
    item = questions.predict_item("L1-loose")
    assert questions.is_right(item, 104.9) and not questions.is_right(item, 106)


@pytest.mark.parametrize(("low", "high", "answer", "right"), [
    (340, 510, 340, True), (340, 510, 510, True), (340, 510, 339.9, False), (340, 510, 511, False),
])  # fmt: skip
def test_the_range_of_right_numbers_includes_its_ends(low, high, answer, right):
    assert questions.is_right({"kind": "number", "answer": 400, "low": low, "high": high}, answer) is right


@pytest.mark.parametrize("option", [None, -1, 3, True, "C", 1.0, [1]])
def test_what_is_no_option_is_refused(option):
    with pytest.raises(PlainError, match="Choose one of the answers"):
        review.predict("L1-lines").answer(option, 3)


@pytest.mark.parametrize("confidence", [None, 0, 5, True, "very", 2.5])
def test_without_confidence_nothing_is_locked(confidence):
    card = review.predict("L1-lines")
    with pytest.raises(PlainError, match="how sure"):
        card.answer(1, confidence)
    assert not card.locked


def test_on_the_page_a_refusal_is_a_sentence_on_the_card():
    card = review.predict("L1-best-m")
    press(card, "answer", value="lots", confidence=2)
    assert card.face["complaint"] == "“lots” is not a number. Write it in digits, such as 250 or 0.5."
    press(card, "answer", value="400", confidence=2)
    assert card.face["complaint"] == "" and card.locked
    turn = card.face["turn"]
    press(card, "explain", text="it looked so")
    press(card, "again")
    assert card.face["turn"] == turn + 2 and not card.locked


def test_the_page_can_call_nothing_but_the_actions_of_its_card():
    card = review.predict("L1-lines")
    turn = card.face["turn"]
    for action in ("close", "_show", "__init__", None, "answer_all"):
        press(card, action)
    assert card.face["turn"] == turn


def test_a_card_says_where_the_answer_was_saved_or_why_not(monkeypatch, course):
    card = review.predict("L1-lines")
    assert card.face["note"] == ""
    card.answer(1, 2)
    assert card.face["note"] == "Saved in work/progress.json."
    monkeypatch.setattr(ledger, "_write", _disk_full)
    card.again()
    card.answer(1, 2)
    assert "the disk is full" in card.face["note"] and card.locked


def _disk_full(*_):
    raise OSError(28, "No space left on device")


# Names that don't exist


def test_a_misspelt_card_is_answered_by_the_nearest_names():
    with pytest.raises(PlainError, match=r"There is no predict card 'L1-best'\. Did you mean L1-best-m\b"):
        review.predict("L1-best")
    with pytest.raises(PlainError, match=r"There are: L1-lines, L1-best-m, L1-loose\."):
        review.guess("zzz")


@pytest.mark.parametrize("show", [review.quiz, review.recall, review.exit_ticket, review.flash_cards,
                                  review.summary, review.glossary])  # fmt: skip
def test_an_unknown_lesson_and_a_lesson_without_it_are_told_apart(show):
    with pytest.raises(PlainError, match=r"There is no lesson 'L9'\. There are: L0, L1|Did you mean"):
        show("L9")
    if show is not review.flash_cards:
        with pytest.raises(PlainError, match=r"Lesson L0 has no "):
            show("L0")


def test_a_damaged_items_file_is_named(monkeypatch, tmp_path):
    (tmp_path / "items" / "02_broken.json").write_text("{", encoding="utf-8")
    with pytest.raises(PlainError, match=r"02_broken\.json can't be read"):
        review.quiz("L1")


def test_without_any_lesson_built_that_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_ITEMS", str(tmp_path / "nothing"))
    with pytest.raises(PlainError, match="No lesson has been built yet"):
        review.predict("L1-lines")


# Quiz


def test_a_quiz_asks_explains_and_sums_up():
    quiz = review.quiz("L1")
    assert quiz.at == 0 and quiz.face["marks"] == [None, None]
    assert quiz.face["answered"] is None and "3 becomes 9." not in all_texts(quiz.face)
    quiz.answer(0, 0, 4)
    assert quiz.face["answered"]["verdict"] == "Right."
    assert quiz.face["answered"]["whys"] == ["Yes: both signs count.", "3 becomes 9."]
    quiz.go(1)
    quiz.answer(1, "5", "fairly sure")
    assert quiz.face["answered"]["verdict"].startswith("Not this one. You were sure of it")
    quiz.go(2)
    assert quiz.score == 1
    assert quiz.face["end"]["sentence"] == (
        "1 of 2 right. You were sure of 2, and 1 of these is right. The rest of them come first in your cards."
    )


def test_a_quiz_goes_on_where_it_was_left_and_can_be_taken_again():
    review.quiz("L1").answer(0, 1, 2)
    quiz = review.quiz("L1")
    assert quiz.at == 1 and quiz.face["marks"] == ["wrong", None]
    quiz.answer(1, 1, 2)
    assert review.quiz("L1").at == 2
    quiz.restart()
    assert quiz.at == 0 and quiz.face["marks"] == [None, None]
    quiz.answer(0, 0, 3)
    assert [entry["right"] for entry in ledger.entries("quiz", "L1-q1")] == [False, True]


def test_an_answered_question_is_not_answered_twice():
    quiz = review.quiz("L1")
    quiz.answer(0, 0, 1)
    with pytest.raises(PlainError, match="Start over"):
        quiz.answer(0, 1, 1)
    assert len(ledger.entries("quiz", "L1-q1")) == 1


@pytest.mark.parametrize("index", [-1, 2, None, True, "0"])
def test_there_is_no_such_question(index):
    quiz = review.quiz("L1")
    with pytest.raises(PlainError, match="There are 2 questions"):
        quiz.answer(index, 0, 1)
    if index != 2:
        with pytest.raises(PlainError, match="There are 2 questions"):
            quiz.go(index)


# Recall and exit ticket


@pytest.mark.parametrize(("show", "kind", "name"), [
    (review.recall, "recall", "L1-r1"), (review.exit_ticket, "exit", "L1-e1"),
])  # fmt: skip
def test_own_words_first_then_the_answer_then_ones_own_judgement(show, kind, name):
    card = show("L1")
    answer = card.items[0]["answer"]
    assert answer not in all_texts(card.face)
    with pytest.raises(PlainError, match="Look at the answer first"):
        card.mark(0, "partly")
    card.answer(0, "  I think <so>  ")
    assert card.face["answered"] == {"text": "I think <so>", "mark": None, "answer": answer}
    with pytest.raises(PlainError, match="I had it, partly, not yet"):
        card.mark(0, "well")
    card.mark(0, "partly")
    stored = [{key: entry[key] for key in ("text", "mark") if key in entry} for entry in ledger.entries(kind, name)]
    assert stored == [{"text": "I think <so>"}, {"mark": "partly"}]


def test_what_was_written_but_not_judged_is_there_the_next_day():
    review.recall("L1").answer(0, "half a thought")
    card = review.recall("L1")
    assert card.at == 0 and card.face["answered"]["text"] == "half a thought"
    card.mark(0, "I had it")
    card.go(1)
    card.answer(1)
    card.mark(1, "not yet")
    card.go(2)
    assert card.face["end"]["sentence"] == "1 × I had it, 1 × not yet."
    assert review.recall("L1").at == 2


def test_a_novel_is_cut():
    card = review.recall("L1")
    card.answer(0, "x" * 100_000)
    assert len(ledger.entries("recall", "L1-r1")[0]["text"]) == review.LONGEST


# Flash cards


def marks(*days_and_knew):
    first = datetime.date(2026, 1, 1)
    return [{"date": (first + datetime.timedelta(days=day)).isoformat(), "knew": knew} for day, knew in days_and_knew]


@pytest.mark.parametrize(
    ("history", "level", "due"),
    [
        ([], 0, None),
        ([(0, True)], 1, 1),
        ([(0, True), (1, True)], 2, 4),
        ([(0, True), (1, True), (4, True)], 3, 11),
        ([(0, True), (1, True), (4, True), (11, True)], 4, 32),
        ([(0, True), (1, True), (4, True), (11, True), (32, True)], 5, 92),
        ([(0, True), (1, True), (4, True), (11, True), (32, True), (92, True)], 5, 152),
        ([(0, False)], 0, 0),
        ([(0, False), (0, True)], 1, 1),
        ([(0, True), (0, True), (0, True)], 1, 1),  # three times in one evening is once
        ([(0, True), (1, True), (2, True)], 2, 4),  # early: counts for nothing
        ([(0, True), (1, True), (4, False)], 0, 4),  # forgotten: from the start
        ([(0, True), (9, True)], 2, 12),  # late is fine
    ],
)
def test_a_known_card_comes_back_after_1_3_7_21_and_60_days(history, level, due):
    expected = None if due is None else datetime.date(2026, 1, 1) + datetime.timedelta(days=due)
    assert deck.level_and_due(marks(*history)) == (level, expected)


def test_a_mark_without_a_date_is_passed_over():
    assert deck.level_and_due([{"knew": True}, {"knew": True, "date": "soon"}, {"date": 3}]) == (0, None)


def test_a_deck_is_gone_through_card_by_card(day):
    cards = review.flash_cards("L1")
    assert (cards.left, cards.front, cards.back) == (3, "Loss", None)
    assert "One number for how badly it fits." not in all_texts(cards.face)
    with pytest.raises(PlainError, match="Turn the card first"):
        cards.mark(knew=True)
    cards.show()
    assert cards.back == cards.face["back"] == "One number for how badly it fits."
    cards.mark(knew=False)
    assert [cards.left, cards.front] == [3, "MSE?"]
    for _ in range(3):
        cards.show()
        cards.mark(knew=True)
    assert cards.front is None
    assert cards.face["end"] == {"sentence": "3 known. That is all for now. 3 cards come back tomorrow.", "more": True}
    with pytest.raises(PlainError, match="The deck is through"):
        cards.show()
    cards.again()
    assert cards.left == 3


def test_cards_rest_until_they_are_due(day):
    cards = review.flash_cards("L1")
    for _ in range(3):
        cards.show()
        cards.mark(knew=True)
    assert review.flash_cards("L1").left == 0
    day(1)
    assert review.flash_cards("L1").left == 3
    cards = review.flash_cards("L1")
    cards.show()
    cards.mark(knew=True)
    day(2)
    assert review.flash_cards("L1").left == 2
    day(4)
    assert review.flash_cards("L1").left == 3


def test_a_deck_of_all_lessons_holds_those_that_were_begun(day):
    cards = review.flash_cards()
    assert cards.left == 0 and cards.face["end"]["sentence"] == review.NOTHING_DUE
    review.predict("L1-lines").answer(1, 2)
    assert [card["id"] for card in review.flash_cards().queue] == ["L1-loss", "L1-mse", "L1-minus"]
    other = review.flash_cards("L0")
    other.show()
    other.mark(knew=False)
    assert review.flash_cards().front == "Kernel", "seen and due before new"
    assert "1. Kernel" in repr(review.flash_cards())


def test_what_was_wrong_though_sure_comes_first_then_what_was_not_known(day):
    review.predict("L1-lines").answer(0, 4)
    review.predict("L1-best-m").answer("1000", 2)  # wrong, but unsure: no card
    quiz = review.quiz("L1")
    quiz.answer(0, 1, 3)
    quiz.answer(1, 1, 4)  # sure and right: no card
    recall = review.recall("L1")
    recall.answer(1, "")
    recall.mark(1, "not yet")
    cards = review.flash_cards("L1")
    assert [card["id"] for card in cards.queue] == [
        "predict/L1-lines", "quiz/L1-q1", "recall/L1-r2", "L1-loss", "L1-mse", "L1-minus",
    ]  # fmt: skip
    assert cards.face["from"] == "From a guess you were sure of."
    cards.show()
    assert cards.back.startswith(f"B\n\n{SECRET}")
    cards.mark(knew=True)
    assert review.flash_cards("L1").front == "Why square?"
    day(1)
    again = [card["id"] for card in review.flash_cards("L1").queue]
    assert again[:2] == ["predict/L1-lines", "quiz/L1-q1"], "seen and due before never seen"


def test_a_question_known_at_last_leaves_the_deck():
    recall = review.recall("L1")
    recall.answer(0, "")
    recall.mark(0, "not yet")
    assert "recall/L1-r1" in [card["id"] for card in review.flash_cards("L1").queue]
    recall.mark(0, "I had it")
    assert "recall/L1-r1" not in [card["id"] for card in review.flash_cards("L1").queue]


def test_the_end_says_when_the_next_card_comes(day):
    cards = review.flash_cards("L0")
    cards.show()
    cards.mark(knew=True)
    assert cards.face["end"]["sentence"] == "1 known. That is all for now. One card comes back tomorrow."
    day(1)
    cards = review.flash_cards("L0")
    cards.show()
    cards.mark(knew=True)
    assert cards.face["end"]["sentence"] == "1 known. That is all for now. One card comes back in 3 days."


def test_cards_are_exported_for_anki_and_spreadsheets(day, tmp_path):
    review.predict("L1-lines").answer(0, 4)
    path = review.export_cards(tmp_path / "cards.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["front"] for row in rows] == [
        "Which line fits best, <A> or B?", "Kernel", "Loss", "MSE?", "Why -=?",
    ]  # fmt: skip
    assert rows[0]["lesson"] == "L1" and rows[0]["level"] == "0" and rows[0]["due"] == ""
    lines = review.export_cards(path, "L0").read_text(encoding="utf-8-sig").splitlines()
    assert lines == ["front,back,lesson,level,due", "Kernel,The Python that runs your cells.,L0,0,"]


def test_an_export_of_cards_replaces_no_other_file(tmp_path):
    other = tmp_path / "thesis.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(PlainError, match="not overwritten"):
        review.export_cards(other)
    assert other.read_text() == "a,b\n1,2\n"
    with pytest.raises(PlainError, match="could not be written"):
        review.export_cards(tmp_path / "no" / "cards.csv")


# Reading


def test_a_summary_has_three_lengths():
    page = review.summary("L1")
    assert page._repr_html_() == (
        "<p><strong>In short.</strong> Turn all knobs.</p>"
        "<details><summary><strong>In more words</strong></summary><p>One.</p><p>Two &amp; three.</p></details>"
        "<details><summary><strong>In detail</strong></summary><p>Long.</p></details>"
    )
    assert repr(page) == "In short: Turn all knobs."


def test_a_glossary_explains_its_words():
    page = review.glossary("L1")
    assert "<dt><strong>loss</strong></dt><dd>how badly &lt;it&gt; fits</dd>" in page._repr_html_()
    assert repr(page).splitlines() == ["loss: how badly <it> fits", "eta: learning rate"]


def test_the_words_of_all_lessons_stand_in_one_list_with_links():
    page = review.words()
    assert repr(page).splitlines() == [
        "eta (lesson 1): learning rate",
        "loss (lesson 1): how badly <it> fits",
    ]
    assert '<strong>loss</strong> (<a href="01_curve_fitting.ipynb">lesson 1</a>)' in page._repr_html_()


# Progress


def test_the_map_shows_every_lesson_what_it_needs_and_how_far_one_is(course):
    items = course.parent / "items" / "01_curve_fitting.json"
    content = json.loads(items.read_text(encoding="utf-8"))
    items.write_text(json.dumps({**content, "about": "which <knob>", "needs": ["L0"]}), encoding="utf-8")
    before = repr(review.lesson_map()).splitlines()
    assert before[1] == "1 Curve fitting: which <knob>; needs 0; not begun" and "needs nothing" in before[0]
    review.predict("L1-lines").answer(0, 2)
    page = review.lesson_map()
    assert "predictions 1 of 3; quiz 0 of 2; cards known 0 of 3" in repr(page)
    assert '<a href="01_curve_fitting.ipynb">1 Curve fitting</a>' in page._repr_html_()
    assert "which &lt;knob&gt;" in page._repr_html_()


def test_progress_lists_what_was_done_of_the_lessons_begun():
    review.predict("L1-lines").answer(0, 2)
    quiz = review.quiz("L1")
    quiz.answer(0, 0, 1)
    quiz.answer(1, 0, 1)
    cards = review.flash_cards("L1")
    cards.show()
    cards.mark(knew=True)
    cards.show()
    cards.mark(knew=False)
    ledger.record("checks", "mse", {"result": "wrong"})
    ledger.record("checks", "mse", {"result": "right"})
    ledger.record("checks", "slope", {"result": "wrong"})
    done = review.progress()
    assert done.face["rows"] == [["L1 Curve fitting", "1 of 3", "2 of 2, 1 right", "1 of 3", "0 of 2", "0 of 1"]]
    assert done.face["checks"] == "Exercises that passed their check: mse."
    assert "L1 Curve fitting: predictions 1 of 3, quiz 2 of 2, 1 right" in repr(done)


def test_progress_of_an_empty_ledger_is_one_sentence():
    assert repr(review.progress()) == f"Progress: {review.PROGRESS_EMPTY}"
    assert review.progress().face["rows"] == []


def test_progress_looks_again_when_asked():
    done = review.progress()
    review.predict("L1-lines").answer(0, 2)
    assert done.face["rows"] == []
    press(done, "refresh")
    assert len(done.face["rows"]) == 1


def test_progress_is_carried_from_one_computer_to_another(tmp_path, monkeypatch, capsys):
    review.predict("L1-lines").answer(2, 4)
    path = review.export_progress(tmp_path / "mine.json")
    monkeypatch.setenv("COURSE_WORK", str(tmp_path / "other" / "work"))
    assert review.guess("L1-lines") is None
    assert review.import_progress(path) == 1
    assert review.guess("L1-lines") == 2
    assert capsys.readouterr().out.splitlines()[1] == "1 new entry taken over."


def test_the_page_downloads_and_restores_the_ledger(tmp_path, monkeypatch):
    review.predict("L1-lines").answer(2, 4)
    done, sent = review.progress(), []
    monkeypatch.setattr(done, "send", sent.append)
    press(done, "download")
    (message,) = sent
    assert message["do"] == "save" and json.loads(message["text"])["entries"]["predict"]
    monkeypatch.setenv("COURSE_WORK", str(tmp_path / "other" / "work"))
    press(done, "restore", text=message["text"])
    assert done.face["message"] == "1 new entry taken over." and review.guess("L1-lines") == 2
    press(done, "restore", text="not a ledger")
    assert done.face["complaint"] == "That is not a progress file of this course, so nothing was imported."


# What pages without a kernel show


SHOWS = {
    "predict": lambda: review.predict("L1-lines"),
    "predict number": lambda: review.predict("L1-best-m"),
    "quiz": lambda: review.quiz("L1"),
    "recall": lambda: review.recall("L1"),
    "exit": lambda: review.exit_ticket("L1"),
    "cards": lambda: review.flash_cards("L1"),
    "all cards": lambda: review.flash_cards(),
    "progress": lambda: review.progress(),
}


class Balanced(HTMLParser):
    """Complains of tags that aren't closed in order, and of any tag that no text of ours has."""

    known = frozenset(re.findall(r"\w+", "p strong em ol li details summary code dl dt dd table thead tbody tr th td"))

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert tag in self.known, tag
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("show", SHOWS.values(), ids=list(SHOWS))
def test_each_card_has_a_view_and_the_same_readable_forms_on_every_run(show):
    first, second = show()._repr_mimebundle_(), show()._repr_mimebundle_()
    assert set(first) == {VIEW, "text/html", "text/plain"}
    assert first["text/html"] == second["text/html"] and first["text/plain"] == second["text/plain"]
    assert first[VIEW]["model_id"] != second[VIEW]["model_id"]
    assert not re.search(r"0x[0-9a-f]{6}|object at|20\d\d-", first["text/html"] + first["text/plain"])


@pytest.mark.parametrize("show", [*SHOWS.values(), lambda: review.summary("L1"), lambda: review.glossary("L1")])
def test_html_is_escaped_and_well_formed(show):
    shown = show()
    Balanced(shown._repr_html_() if hasattr(shown, "_repr_html_") else shown._repr_mimebundle_()["text/html"])


@pytest.mark.parametrize(("name", "secret"), [
    ("quiz", "Counted from zero."), ("recall", "It squares, then averages."), ("exit", "Against the slope."),
    ("cards", "One number for how badly it fits."),
])  # fmt: skip
def test_answers_are_behind_a_click_and_never_in_plain_text(name, secret):
    data = SHOWS[name]()._repr_mimebundle_()
    closed = re.sub(r"<details>.*?</details>", "", data["text/html"])
    assert secret in data["text/html"] and secret not in closed and secret not in data["text/plain"]


def test_backticks_become_code_and_stars_stay_stars():
    assert questions.inline("a `b<c` x**2 + y**2 `open") == "a <code>b&lt;c</code> x**2 + y**2 `open"
    assert "x**2 + y**2" in review.predict("L1-lines")._repr_mimebundle_()["text/html"]
    assert questions.bare("a `b`\n c") == "a b c"


def test_numbers_are_written_as_readers_write_them():
    written = [questions.number(value, "m") for value in (1210, -3, 423.93712, 0.00001234, 1e21, 29854.9)]
    assert written == ["1,210 m", "−3 m", "423.937 m", "1.234e−05 m", "1e+21 m", "29,854.9 m"]
