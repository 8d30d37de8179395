"""The review cards and the state lamp in a real JupyterLab: by mouse, by keyboard, in the dark, without a kernel."""

import json

import pytest

from . import axe

SECRET = "because only after the guess"
ITEMS = {
    "lesson": "L1",
    "title": "Curve fitting",
    "recall": [{"id": "r1", "question": "Slope through (1, 2) and (3, 8)?", "answer": "3, rise over run"}],
    "predict": [
        {
            "id": "lines",
            "kind": "choice",
            "question": "Which line fits <best>, by `mse`?",
            "options": ["the flat one", "the steep one", "x**2 + y**2"],
            "answer": 1,
            "because": SECRET,
        },
        {
            "id": "number",
            "kind": "number",
            "question": "How many evaluations?",
            "answer": 1210,
            "low": 600,
            "high": 2400,
            "unit": "evaluations",
            "because": SECRET,
        },
    ],
    "quiz": [
        {
            "id": "q1",
            "question": "Why square?",
            "options": [
                {"text": "so that misses cannot cancel", "right": True, "why": "both signs count"},
                {"text": "to make the loss smaller", "right": False, "why": "3 becomes 9"},
            ],
        },
        {
            "id": "q2",
            "question": "What is `a[1]` of [5, 7]?",
            "options": [
                {"text": "5", "right": False, "why": "counted from one"},
                {"text": "7", "right": True, "why": "counted from zero"},
            ],
        },
    ],
    "cards": [
        {"id": "c1", "front": "Loss?", "back": "One number."},
        {"id": "c2", "front": "MSE?", "back": "Difference, square, mean."},
    ],
    "exit": [{"id": "e1", "question": "One step of descent?", "answer": "against the slope"}],
    "glossary": [{"term": "loss", "meaning": "how badly it fits"}],
    "summary": {"short": "Turn all knobs.", "medium": "All at once.", "detailed": "Again and again."},
}
CARDS = [
    'predict("lines")', 'predict("number")', 'quiz("L1")', 'recall("L1")', 'flash_cards("L1")',
    'exit_ticket("L1")', "progress()", 'summary("L1")', 'glossary("L1")',
]  # fmt: skip


def first_cell(folder):
    """The first cell of a notebook with its own items and an empty ledger."""
    items = folder / "items"
    items.mkdir()
    (items / "01_curve_fitting.json").write_text(json.dumps(ITEMS), encoding="utf-8")
    return (
        f"import os\nos.environ['COURSE_ITEMS'] = {str(items)!r}\n"
        f"os.environ['COURSE_WORK'] = {str(folder / 'work')!r}\n"
        "from helpers.review import *\nfrom helpers import ledger\nfrom helpers.lamp import state_lamp\nstate_lamp()"
    )


@pytest.fixture
def start(tmp_path):
    return first_cell(tmp_path)


@pytest.fixture(scope="module")
def page(module_lab, tmp_path_factory):
    """One page with every card on it; each test that changes a card has that one to itself."""
    page = opened(module_lab, [first_cell(tmp_path_factory.mktemp("cards")), *CARDS])
    yield page
    assert page.course["errors"] == []


def opened(lab, cells, **how):
    """A page on which these cells have run."""
    page = lab.open(cells, **how)
    lab.run_all(page)
    page.locator(".rv, .lamp").first.wait_for()
    return page


def card_of(page, kind, nth=0):
    card = page.locator(f'.rv[data-kind="{kind}"]').nth(nth)
    card.scroll_into_view_if_needed()
    return card


def turned(card, action):
    """Do `action` and wait until Python has answered it."""
    before = card.get_attribute("data-turn")
    action()
    card.page.wait_for_function("([card, before]) => card.dataset.turn !== before", arg=[card.element_handle(), before])


def stored(lab, page, kind, name):
    """What the ledger holds of one item, without ids and dates."""
    text = lab.run(page, f"import json; print(json.dumps(ledger.entries({kind!r}, {name!r})))")
    return [{key: entry[key] for key in entry if key not in ledger_keys} for entry in json.loads(text)]


ledger_keys = ("id", "date", "kind", "name")


def focused(page):
    """The text or name of what has the focus."""
    return page.evaluate(
        "() => { const one = document.activeElement; return one.dataset.name ?? one.textContent.trim(); }"
    )


def violations(page):
    """What axe-core finds in the outputs, in words."""
    return axe.violations(page, ".jp-OutputArea-output")


# ---- by keyboard -----------------------------------------------------------------------------------------------------


def test_texts_stay_texts(page):
    card = card_of(page, "predict")
    assert card.locator("legend").first.inner_text() == "Which line fits <best>, by mse?"
    assert card.get_by_role("radio", name="x**2 + y**2").count() == 1
    assert card.locator("legend code").inner_text() == "mse"


def test_jupyterlabs_own_keys_are_kept_out(page):
    count = page.locator(".jp-Notebook-cell").count()
    for card in (card_of(page, "predict"), card_of(page, "quiz")):
        for control in (card.get_by_role("radio").first, card.get_by_role("button").first):
            control.focus()
            page.keyboard.type("ddxbay")  # delete, cut, insert below, insert above, make it code, make it markdown
    assert page.locator(".jp-Notebook-cell").count() == count
    assert page.locator(".jp-Dialog").count() == 0


def test_a_predict_card_is_answered_by_keyboard_alone(lab, page):
    card = card_of(page, "predict")
    assert SECRET not in page.content()
    card.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert card.get_by_role("radio", name="the steep one").is_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    assert card.get_by_role("radio", name="fairly sure").is_checked()
    page.keyboard.press("Tab")
    assert focused(page) == "Lock in my guess"
    turned(card, lambda: page.keyboard.press("Enter"))
    assert stored(lab, page, "predict", "lines") == [{"answer": 1, "confidence": 3, "right": True}]
    assert SECRET in card.get_by_role("status").inner_text()
    page.keyboard.press("Tab")
    page.keyboard.type("it looks closest, dd")
    turned(card, lambda: page.keyboard.press("Enter"))
    assert stored(lab, page, "predict-why", "lines") == [{"text": "it looks closest, dd"}]
    assert "Saved in work/progress.json." in card.inner_text()


def test_a_quiz_by_keyboard(page):
    card = card_of(page, "quiz")
    assert "both signs count" not in page.content()
    card.get_by_role("radio", name="to make the loss smaller").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # guessing
    turned(card, lambda: page.keyboard.press("Enter"))
    assert "Not this one." in card.get_by_role("status").inner_text()
    assert "3 becomes 9" in card.inner_text() and "both signs count" in card.inner_text()
    assert focused(page) == "next"
    turned(card, lambda: page.keyboard.press("Enter"))
    assert focused(page) == "option"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")  # from the first to the last: certain
    turned(card, lambda: page.keyboard.press("Enter"))
    turned(card, lambda: page.keyboard.press("Enter"))
    assert "1 of 2 right. You were sure of 1, and 1 of these is right." in card.inner_text()
    turned(card, lambda: card.get_by_role("button", name="to look at again: Why square?").press("Enter"))
    assert "Question 1 of 2" in card.inner_text()


def test_recall_cards_and_exit_ticket_by_keyboard(lab, page):
    for kind, name in (("recall", "r1"), ("exit", "e1")):
        card = card_of(page, kind)
        card.get_by_role("textbox").focus()
        page.keyboard.type("a few")
        page.keyboard.press("Enter")
        page.keyboard.type("words")
        page.keyboard.press("Tab")
        turned(card, lambda: page.keyboard.press("Enter"))
        assert ITEMS[kind][0]["answer"] in card.get_by_role("status").inner_text()
        assert focused(page) == "mark"
        page.keyboard.press("Tab")
        turned(card, lambda: page.keyboard.press("Space"))
        assert card.get_by_role("button", name="partly", pressed=True).count() == 1
        assert stored(lab, page, kind, name) == [{"text": "a few\nwords"}, {"mark": "partly"}]
        turned(card, lambda: page.keyboard.press("Enter"))
        assert "1 × partly." in card.inner_text()
    cards = card_of(page, "cards")
    cards.get_by_role("button", name="Show answer").focus()
    for expected in ("Loss?", "MSE?"):
        assert expected in cards.inner_text()
        turned(cards, lambda: page.keyboard.press("Enter"))
        assert focused(page) == "knew"
        turned(cards, lambda: page.keyboard.press("Enter"))
    assert "2 known. That is all for now. 2 cards come back tomorrow." in cards.inner_text()


# ---- what a card says ------------------------------------------------------------------------------------------------


def test_nonsense_is_answered_by_a_sentence_that_goes_away_when_mended(page):
    card = card_of(page, "predict", 1)
    alert = card.get_by_role("alert")
    lock = card.get_by_role("button", name="Lock in my guess")
    card.get_by_role("textbox").fill("lots")
    card.get_by_text("unsure", exact=True).click()
    lock.click()
    alert.wait_for()
    assert alert.inner_text() == "“lots” is not a number. Write it in digits, such as 250 or 0.5."
    assert card.get_by_role("textbox").input_value() == "lots", "what was typed stays"
    card.get_by_role("textbox").fill("1,500")
    assert not alert.is_visible()
    turned(card, lock.click)
    assert "You said 1,500 evaluations, unsure." in card.inner_text()
    assert "Yes, that is what happens. It is 1,210 evaluations." in card.inner_text()


def test_an_unknown_name_is_one_sentence_and_no_traceback(lab, start):
    page = lab.open([start, 'predict("line")'])
    with pytest.raises(AssertionError, match=r"There is no predict card 'line'\. Did you mean lines"):
        lab.run_all(page)
    output = page.locator(".jp-Notebook-cell").nth(1).locator(".jp-OutputArea-output").inner_text().strip()
    assert output == "There is no predict card 'line'. Did you mean lines?"


def test_progress_is_downloaded_and_taken_over(lab, page, tmp_path):
    card = card_of(page, "progress")
    lab.run(page, "ledger.record('predict', 'other', {'answer': 1}); ledger.record('card', 'c1', {'knew': True})")
    turned(card, card.get_by_role("button", name="Look again").click)
    assert "L1 Curve fitting" in card.get_by_role("table").inner_text()
    with page.expect_download() as download:
        card.get_by_role("button", name="Download my progress").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "progress-export.json"
    assert json.loads(path.read_text(encoding="utf-8"))["entries"]["predict"]["other"][0]["answer"] == 1
    lab.run(page, f"os.environ['COURSE_WORK'] = {str(tmp_path / 'laptop')!r}")
    turned(card, lambda: card.get_by_label("Take over a file you downloaded").set_input_files(path))
    assert "taken over." in card.get_by_role("status").inner_text()
    assert '"other"' in (tmp_path / "laptop" / "progress.json").read_text(encoding="utf-8")


# ---- with axe, in light and dark, at two sizes -----------------------------------------------------------------------


@pytest.mark.parametrize(("theme", "zoom"), [("light", 1.0), ("dark", 1.5)])
def test_no_state_of_any_card_is_out_of_reach(lab, start, theme, zoom):
    page = opened(lab, [start, *CARDS], theme=theme, zoom=zoom)
    assert violations(page) == []
    predict, number = card_of(page, "predict"), card_of(page, "predict", 1)
    predict.get_by_role("radio", name="the flat one").check()
    predict.get_by_role("radio", name="certain").check()
    turned(predict, predict.get_by_role("button", name="Lock in").click)
    number.get_by_role("button", name="Lock in").click()
    number.get_by_role("alert").wait_for()
    quiz = card_of(page, "quiz")
    for name in ("to make the loss smaller", "7"):
        quiz.get_by_role("radio", name=name).check()
        quiz.get_by_role("radio", name="certain").check()
        turned(quiz, quiz.get_by_role("button", name="Answer").click)
        assert violations(page) == []
        turned(quiz, quiz.locator('[data-name="next"]').click)
    recall, cards, progress = (card_of(page, kind) for kind in ("recall", "cards", "progress"))
    turned(recall, recall.get_by_role("button", name="Show the answer").click)
    turned(recall, recall.get_by_role("button", name="not yet").click)
    turned(cards, cards.get_by_role("button", name="Show answer").click)
    turned(progress, progress.get_by_role("button", name="Look again").click)
    assert violations(page) == []
    for card in page.locator(".rv").all():
        assert card.evaluate("card => card.scrollWidth <= card.clientWidth"), "nothing sticks out of its card"


# ---- without a kernel ------------------------------------------------------------------------------------------------


def test_a_saved_card_shows_its_state_and_says_what_to_do(lab, start):
    page = opened(lab, [start, *CARDS[:2]])
    card = card_of(page, "predict")
    card.get_by_role("radio", name="the steep one").check()
    card.get_by_role("radio", name="unsure").check()
    turned(card, card.get_by_role("button", name="Lock in").click)
    notebook = lab.save(page)
    lab.close(page)
    page = lab.open(notebook)  # JupyterLab gives it a kernel, which knows nothing of the cards
    locked, unanswered = card_of(page, "predict"), card_of(page, "predict", 1)
    assert SECRET in locked.inner_text()
    assert "How many evaluations?" in unanswered.inner_text() and SECRET not in unanswered.inner_text()
    for one, button in ((locked, "Guess again"), (unanswered, "Lock in my guess")):
        one.get_by_role("button", name=button).click()
        assert one.get_by_role("alert").inner_text() == "Run this cell to answer."


@pytest.mark.parametrize("end", ["session.kernel.restart", "shutdown"])
def test_when_its_kernel_is_gone_a_card_says_what_to_do(lab, start, end):
    page = opened(lab, [start, 'predict("lines")'])
    page.evaluate(f"() => window.jupyterapp.shell.currentWidget.sessionContext.{end}()")
    if end != "shutdown":
        lab.wait_idle(page)
    card = card_of(page, "predict")
    card.get_by_role("button", name="Lock in").click()
    card.get_by_role("alert").wait_for()
    assert card.get_by_role("alert").inner_text() == "Run this cell to answer."


# ---- the state lamp --------------------------------------------------------------------------------------------------


def run_cell(lab, page, index):
    """Run one cell as a reader does: click into it, Shift+Enter."""
    cell = page.locator(".jp-Notebook-cell").nth(index)
    cell.scroll_into_view_if_needed()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    lab.wait_idle(page)


def test_the_lamp_notices_what_ran_out_of_order(lab, start):
    page = lab.open([start, "x = 1", "x = x + 1", "print(x)"])
    lamp = page.locator(".lamp")
    for index in (0, 1):
        run_cell(lab, page, index)
    assert lamp.inner_text().endswith("State lamp: cells have run in order so far.")
    run_cell(lab, page, 3)
    assert lamp.get_attribute("data-lit") == "order", "leaving a cell out is no trouble"
    run_cell(lab, page, 2)
    page.wait_for_function("() => document.querySelector('.lamp').dataset.lit === 'mixed'")
    assert "Cell [4] ran after cell [3], which stands further down." in lamp.inner_text()
    assert lamp.get_attribute("role") == "status"
    assert violations(page) == []


def test_the_lamp_notices_an_edit_once_it_is_saved(lab, start):
    page = lab.open([start, "x = 1", "print(x)"])
    lab.run_all(page)
    page.locator(".jp-Notebook-cell").nth(1).locator(".cm-content").click()
    page.keyboard.press("End")
    page.keyboard.type("0")
    lab.save(page)
    run_cell(lab, page, 0)
    page.wait_for_function("() => document.querySelector('.lamp')?.dataset.lit === 'mixed'")
    assert "Cell [2] was edited after it ran." in page.locator(".lamp").inner_text()
