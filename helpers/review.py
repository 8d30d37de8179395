"""What asks the learner: predict cards, quiz, recall, flash cards and exit ticket, and what they have done so far.

Knows no lesson: questions come from the item files that the builder writes from each lesson's review.yaml. Every
answer goes to the ledger before its explanation leaves for the page. Each card shows itself with review.js, and
carries a readable text/html and text/plain for pages that run nothing.
"""

import csv
import datetime
import difflib
import html
import io
import json
import math
import os
import re
import tempfile
from pathlib import Path

import anywidget
import traitlets

from . import ledger
from .plain import PlainError

__all__ = [
    "exit_ticket", "export_cards", "export_progress", "flash_cards", "glossary", "guess", "import_progress",
    "predict", "progress", "quiz", "recall", "summary",
]  # fmt: skip

HERE = Path(__file__).parent
CONFIDENCE = ("guessing", "unsure", "fairly sure", "certain")
SPACING = (1, 3, 7, 21, 60)  # days until a card comes back, by how often in a row it was known when due
MARKS = ("I had it", "partly", "not yet")
LONGEST = 5000  # characters kept of a learner's text
UNBOUND = "Run this cell to answer."


# Items: what the lessons ask


def _lessons():
    """All lessons' items in order, {lesson: its dict}."""
    folder = Path(os.environ.get("COURSE_ITEMS") or HERE / "items")
    lessons = {}
    for path in sorted(folder.glob("*.json")):
        try:
            items = json.loads(path.read_text(encoding="utf-8"))
            lessons[items["lesson"]] = items
        except (OSError, ValueError, KeyError, TypeError):
            raise PlainError(
                f"The questions in {path.name} can't be read. Get the file anew: "
                "python3 course.py build, or git checkout helpers/items."
            ) from None
    return lessons


def _lesson(lesson, part, words):
    """The items of one part ("quiz", "cards", ...) of a lesson; PlainError where there are none."""
    lessons = _lessons()
    if lesson not in lessons:
        raise PlainError(f"There is no lesson {lesson!r}. {_nearest(str(lesson), list(lessons))}")
    if not lessons[lesson].get(part):
        raise PlainError(f"Lesson {lesson} has no {words}.")
    return lessons[lesson][part]


def _card(name):
    """The predict card of that name; PlainError with the nearest names where there is none."""
    cards = {item["id"]: item for items in _lessons().values() for item in items.get("predict") or []}
    if name not in cards:
        raise PlainError(f"There is no predict card {name!r}. {_nearest(str(name), list(cards))}")
    return cards[name]


def _nearest(name, known):
    if not known:
        return "No lesson has been built yet."
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(known)}."


# Texts and numbers


def _html(text):
    """Plain text as HTML: escaped, with `code`, **strong** and blank lines between paragraphs."""
    paragraphs = re.split(r"\n\s*\n", str(text).strip())
    return "".join(f"<p>{_inline(paragraph)}</p>" for paragraph in paragraphs)


def _inline(text):
    pieces = re.split(r"`([^`\n]+)`", str(text))
    for index, piece in enumerate(pieces):
        piece = html.escape(piece)
        pieces[index] = f"<code>{piece}</code>" if index % 2 else re.sub(
            r"\*\*(.+?)\*\*", r"<strong>\1</strong>", piece
        )  # fmt: skip
    return "".join(pieces)


def _bare(text):
    """The same text without its markup, for text/plain and accessible names."""
    return re.sub(r"\s+", " ", re.sub(r"`([^`\n]+)`|\*\*(.+?)\*\*", r"\1\2", str(text))).strip()


def _number(value, unit=""):
    """A number as a reader would write it: 1,234.5 with a real minus sign, and its unit."""
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
    if "e" in text:
        text = f"{value:.6g}"
    return f"{text.replace('-', '−')} {unit}".strip()


def _parse_number(text, item):
    """The number a learner typed; PlainError where it isn't one, or lies outside the item's min and max."""
    typed = str(text).strip()
    if not typed:
        raise PlainError("Type a number first. A rough one is fine.")
    unit = item.get("unit") or ""
    plain = typed.removesuffix(unit).replace("−", "-") if unit else typed.replace("−", "-")
    plain = re.sub(r"[\s_'\u00a0\u202f]", "", plain)
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", plain):
        plain = plain.replace(",", "")  # commas between thousands
    elif plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")  # a decimal comma
    try:
        value = float(plain)
    except ValueError:
        raise PlainError(f"“{typed[:40]}” is not a number. Write it in digits, such as 250 or 0.5.") from None
    low, high = item.get("min", -math.inf), item.get("max", math.inf)
    if not math.isfinite(value) or not low <= value <= high:
        raise PlainError(f"The answer lies {_between(low, high, unit)}. What is your guess within that?")
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def _between(low, high, unit):
    if math.isinf(low) and math.isinf(high):
        return "among the ordinary, finite numbers"
    if math.isinf(high):
        return f"at {_number(low, unit)} or above"
    if math.isinf(low):
        return f"at {_number(high, unit)} or below"
    return f"from {_number(low)} to {_number(high, unit)}"


def _parse_option(value, options):
    """The index of the chosen option, given as index or as its text."""
    if isinstance(value, str) and value in options:
        return options.index(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < len(options):
        raise PlainError("Choose one of the answers first.")
    return value


def _parse_confidence(value):
    """1 to 4, given as that or in words."""
    if value in CONFIDENCE:
        return CONFIDENCE.index(value) + 1
    if isinstance(value, bool) or value not in (1, 2, 3, 4):
        raise PlainError("Say how sure you are, too: it tells you later which surprises to look at again.")
    return int(value)


def _is_right(item, answer):
    """Whether a predict card's answer counts as right: the option, or a number from low to high (else ±5 %)."""
    if item["kind"] == "choice":
        return answer == item["answer"]
    if "low" in item or "high" in item:
        return item.get("low", -math.inf) <= answer <= item.get("high", math.inf)
    return math.isclose(answer, item["answer"], rel_tol=0.05)


# What all cards share


class _Card(anywidget.AnyWidget):
    """A card on the page: `face` is all that review.js knows, and its messages call the methods in `_actions`."""

    _esm = HERE / "review.js"
    _css = HERE / "review.css"
    face = traitlets.Dict().tag(sync=True)
    _actions = ()

    def __init__(self):
        super().__init__()
        self._turn = 0
        self._saved = False
        self._show()
        self.on_msg(self._on_message)

    def _show(self, complaint=""):
        """Send the card's present face; `turn` makes the browser notice even when nothing else changed."""
        self._turn += 1
        note = ledger.problem() or (f"Saved in {ledger.place()}." if self._saved else "")
        self.face = {**self._face(), "turn": self._turn, "note": note, "complaint": complaint}

    def _record(self, kind, name, entry):
        ledger.record(kind, name, entry)
        self._saved = True

    def _on_message(self, _widget, message, _buffers):
        """What the reader did. A sentence of ours is shown on the card, since no cell is there to show it."""
        action = message.get("do")
        if action not in self._actions:
            return
        try:
            getattr(self, action)(**message.get("with", {}))
        except PlainError as error:
            self._show(complaint=str(error))

    def _face(self):
        raise NotImplementedError

    def _static(self):
        """The card for pages that run nothing: (html, plain text)."""
        raise NotImplementedError

    def __repr__(self):
        return self._static()[1]

    def _repr_mimebundle_(self, **_):
        static, plain = self._static()
        return {
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            },
            "text/html": static,
            "text/plain": plain,
        }


class _Page:
    """Something to read: HTML with the same text beside it, no widget."""

    def __init__(self, static, plain):
        self._static, self._plain = static, plain

    def __repr__(self):
        return self._plain

    def _repr_html_(self):
        return self._static


def _options_html(options):
    return '<ol type="A">' + "".join(f"<li>{_inline(option)}</li>" for option in options) + "</ol>"


def _options_plain(options):
    return [f"  {chr(65 + index)}. {_bare(option)}" for index, option in enumerate(options)]


# Predict cards


class Predict(_Card):
    """One predict card; see `predict`."""

    _actions = ("answer", "explain", "again")

    def __init__(self, item):
        self.item = item
        self.attempts = ledger.entries("predict", item["id"])
        self.locked = bool(self.attempts)
        super().__init__()

    def answer(self, value, confidence):
        """Lock in a guess: an option (index or text) or a number, and how sure, 1 to 4 or in words.

        Raises PlainError for what isn't an answer, and when a guess is locked in already: see `again`.
        """
        if self.locked:
            raise PlainError("This guess is locked in. Use “Guess again” to try once more.")
        choice = self.item["kind"] == "choice"
        value = _parse_option(value, self.item["options"]) if choice else _parse_number(value, self.item)
        entry = {
            "answer": value,
            "confidence": _parse_confidence(confidence),
            "right": _is_right(self.item, value),
        }
        self._record("predict", self.item["id"], entry)
        self.attempts.append(entry)
        self.locked = True
        self._show()

    def explain(self, text):
        """Keep one sentence on what made the learner think so."""
        self._locked_only()
        if str(text).strip():
            self._record("predict-why", self.item["id"], {"text": str(text).strip()[:LONGEST]})
        self._show()

    def again(self):
        """Open the card for a further guess; the earlier ones stay in the ledger."""
        self._locked_only()
        self.locked = False
        self._show()

    def _locked_only(self):
        if not self.locked:
            raise PlainError("Lock in a guess first.")

    @property
    def right(self):
        """Whether the latest guess was right; None before there is one."""
        return self.attempts[-1]["right"] if self.attempts else None

    def _said(self, answer):
        item = self.item
        if item["kind"] == "choice":
            return item["options"][answer] if answer in range(len(item["options"])) else str(answer)
        return _number(answer, item.get("unit") or "")

    def _face(self):
        item = self.item
        face = {
            "kind": "predict",
            "name": item["id"],
            "label": "Predict",
            "question": item["question"],
            "options": item.get("options") if item["kind"] == "choice" else None,
            "unit": item.get("unit") or "",
            "levels": CONFIDENCE,
            "attempt": len(self.attempts) + (not self.locked),
            "locked": None,
        }
        if self.locked:
            face["locked"] = self._explanation()
        return face

    def _explanation(self):
        """What the page learns once a guess is in the ledger."""
        item, last = self.item, self.attempts[-1]
        whys = ledger.entries("predict-why", item["id"])
        choice = item["kind"] == "choice"
        said = f"You said: {self._said(last['answer'])} ({CONFIDENCE[last['confidence'] - 1]})."
        if len(self.attempts) > 1:
            said += f" Your first guess was: {self._said(self.attempts[0]['answer'])}."
        return {
            "said": said,
            "chosen": last["answer"] if choice else None,
            "correct": item["answer"] if choice else None,
            "right": last["right"],
            "verdict": self._verdict(last["right"], last["confidence"]),
            "because": item["because"],
            "why": whys[-1]["text"] if whys else "",
        }

    def _verdict(self, right, confidence):
        if right:
            exact = "" if self.item["kind"] == "choice" else f" It is {self._said(self.item['answer'])}."
            sure = "Yes, and you were guessing: read why." if confidence == 1 else "Yes, that is what happens."
            return sure + exact
        verdict = f"It turns out otherwise: {self._said(self.item['answer'])}".rstrip(".") + "."
        if confidence >= 3:
            verdict += " You were sure of it, so it comes first in your cards."
        return verdict

    def _static(self):
        item = self.item
        options = item["options"] if item["kind"] == "choice" else []
        static = f"<p><strong>Predict.</strong> {_inline(item['question'])}</p>"
        static += _options_html(options) if options else ""
        unit = f" (a number, in {item['unit']})" if item.get("unit") else "" if options else " (a number)"
        lines = [f"Predict: {_bare(item['question'])}{unit}", *_options_plain(options)]
        return f"{static}<p><em>Run this cell to lock in your guess.</em></p>", "\n".join(lines)


def predict(name):
    """Show the predict card `name`, such as "L1-three-lines".

    It asks for a guess and for how sure you are, keeps both, and only then shows what happens. Raises PlainError
    where there is no such card.
    """
    return Predict(_card(name))


def guess(name):
    """Your first guess on the predict card `name`: the option's index or the number; None before you guessed."""
    _card(name)
    attempts = ledger.entries("predict", name)
    return attempts[0].get("answer") if attempts else None


# One question after the other: quiz, recall, exit ticket


class _Pager(_Card):
    """Questions shown one at a time, with a way back and forth and an end."""

    part, kind, label = "", "", ""
    _actions = ("go", "restart")

    def __init__(self, lesson):
        self.lesson = lesson
        self.items = _lesson(lesson, self.part, self.label.lower())
        self.results = [self._stored(item) for item in self.items]
        self.at = next((i for i, result in enumerate(self.results) if not self._done(result)), len(self.items))
        super().__init__()

    def go(self, to):
        """Turn to question `to`, counted from 0; the number of questions stands for the end."""
        if isinstance(to, bool) or not isinstance(to, int) or not 0 <= to <= len(self.items):
            raise PlainError(f"There are {len(self.items)} questions, counted from 0.")
        self.at = to
        self._show()

    def restart(self):
        """Ask all questions anew; the earlier answers stay in the ledger."""
        self.results = [None] * len(self.items)
        self.go(0)

    def _item(self, index):
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(self.items):
            raise PlainError(f"There are {len(self.items)} questions, counted from 0.")
        return self.items[index]

    def _face(self):
        ended = self.at == len(self.items)
        face = {
            "kind": self.kind,
            "name": f"{self.lesson}-{self.kind}",
            "label": self.label,
            "at": self.at,
            "marks": [self._mark(result) for result in self.results],
            "end": self._end() if ended else None,
        }
        return face if ended else face | self._question(self.items[self.at], self.results[self.at])


class Quiz(_Pager):
    """The questions of a lesson with their options; see `quiz`."""

    part, kind, label = "quiz", "quiz", "Quiz"
    _actions = (*_Pager._actions, "answer")

    def answer(self, index, option, confidence):
        """Answer question `index` (from 0) with an option (index or text), and how sure, 1 to 4 or in words."""
        item = self._item(index)
        if self.results[index] is not None:
            raise PlainError("This question is answered. “Start over” asks all of them again.")
        chosen = _parse_option(option, [each["text"] for each in item["options"]])
        entry = {
            "answer": chosen,
            "confidence": _parse_confidence(confidence),
            "right": bool(item["options"][chosen]["right"]),
        }
        self._record("quiz", item["id"], entry)
        self.results[index] = entry
        self._show()

    @property
    def score(self):
        """How many answers are right so far."""
        return sum(result["right"] for result in self.results if result)

    def _stored(self, item):
        answers = ledger.entries("quiz", item["id"])
        return answers[-1] if answers else None

    def _done(self, result):
        return result is not None

    def _mark(self, result):
        return None if result is None else "right" if result["right"] else "wrong"

    def _question(self, item, result):
        face = {
            "question": item["question"],
            "options": [option["text"] for option in item["options"]],
            "levels": CONFIDENCE,
            "answered": None,
        }
        if result:
            wrong = "Not this one. The reasons stand beside the answers."
            if result["confidence"] >= 3:
                wrong = "Not this one. You were sure of it, so it comes first in your cards."
            face["answered"] = {
                "chosen": result["answer"],
                "right": result["right"],
                "verdict": "Right." if result["right"] else wrong,
                "rights": [bool(option["right"]) for option in item["options"]],
                "whys": [option.get("why") or "" for option in item["options"]],
            }
        return face

    def _end(self):
        done = [result for result in self.results if result]
        sure = [result["right"] for result in done if result["confidence"] >= 3]
        lines = [f"{self.score} of {len(self.items)} right."]
        if len(done) < len(self.items):
            lines.append(f"{len(self.items) - len(done)} not answered yet.")
        if sure:
            lines.append(f"Of the {len(sure)} you were sure of, {sum(sure)} {'is' if sum(sure) == 1 else 'are'} right.")
        if not all(sure):
            lines.append("The others come first in your cards.")
        return {"sentence": " ".join(lines), "rows": [item["question"] for item in self.items]}

    def _static(self):
        static, plain = ["<p><strong>Quiz.</strong> Run this cell to answer, or think first and open.</p><ol>"], []
        for item in self.items:
            options = item["options"]
            whys = "".join(
                f"<li><strong>{'Right' if option['right'] else 'Not this one'}.</strong> "
                f"{_inline(option.get('why') or '')}</li>"
                for option in options
            )
            static.append(
                f"<li>{_html(item['question'])}{_options_html([option['text'] for option in options])}"
                f'<details><summary>Answers</summary><ol type="A">{whys}</ol></details></li>'
            )
            plain += [_bare(item["question"]), *_options_plain([option["text"] for option in options])]
        return "".join(static) + "</ol>", "\n".join([f"Quiz {self.lesson}: {len(self.items)} questions", *plain])


class Recall(_Pager):
    """Questions answered in the learner's own words, then compared; see `recall` and `exit_ticket`."""

    _actions = (*_Pager._actions, "answer", "mark")

    def __init__(self, lesson, part, label, task):
        self.part, self.kind, self.label, self.task = part, part, label, task
        super().__init__(lesson)

    def answer(self, index, text=""):
        """Keep the learner's words for question `index` (from 0) and show the answer beside them."""
        item = self._item(index)
        text = str(text).strip()[:LONGEST]
        self._record(self.kind, item["id"], {"text": text})
        self.results[index] = {"text": text, "mark": None}
        self._show()

    def mark(self, index, mark):
        """Keep how it went, in the learner's own judgement: "I had it", "partly" or "not yet"."""
        item = self._item(index)
        if self.results[index] is None:
            raise PlainError("Look at the answer first.")
        if mark not in MARKS:
            raise PlainError(f"How it went is one of: {', '.join(MARKS)}.")
        self._record(self.kind, item["id"], {"mark": mark})
        self.results[index]["mark"] = mark
        self._show()

    def _stored(self, item):
        result = None
        for entry in ledger.entries(self.kind, item["id"]):
            if "text" in entry:
                result = {"text": entry["text"], "mark": None}
            elif result and entry.get("mark") in MARKS:
                result["mark"] = entry["mark"]
        return result

    def _done(self, result):
        return bool(result and result["mark"])

    def _mark(self, result):
        return None if not self._done(result) else "right" if result["mark"] == MARKS[0] else "wrong"

    def _question(self, item, result):
        shown = {"text": result["text"], "mark": result["mark"], "answer": item["answer"]} if result else None
        return {"task": self.task, "question": item["question"], "marking": MARKS, "answered": shown}

    def _end(self):
        marks = [result["mark"] for result in self.results if result]
        lines = [f"{marks.count(mark)} {mark}" for mark in MARKS if mark in marks]
        missing = len(self.items) - sum(map(self._done, self.results))
        lines += [f"{missing} open"] if missing else []
        return {"sentence": ", ".join(lines) + ".", "rows": [item["question"] for item in self.items]}

    def _static(self):
        rows = "".join(
            f"<li>{_html(item['question'])}<details><summary>Answer</summary>{_html(item['answer'])}</details></li>"
            for item in self.items
        )
        static = f"<p><strong>{self.label}.</strong> {html.escape(self.task)}</p><ol>{rows}</ol>"
        plain = [f"{number}. {_bare(item['question'])}" for number, item in enumerate(self.items, 1)]
        return static, "\n".join([f"{self.label} {self.lesson}: {len(plain)} questions", *plain])


def quiz(lesson):
    """Show the quiz of a lesson, such as "L1": one question at a time, each answer with its reason."""
    return Quiz(lesson)


def recall(lesson):
    """Show the questions that open a lesson: what do you still know from before? In your own words."""
    return Recall(lesson, "recall", "Recall", "Answer from memory, in a few words, before you look.")


def exit_ticket(lesson):
    """Show the questions that close a lesson, to be answered with the lesson out of sight."""
    return Recall(lesson, "exit", "Exit ticket", "Close the lesson above, and answer in a few words.")


# Flash cards


def _level_and_due(marks):
    """Where a card stands after its marks (oldest first): how often in a row it was known, and when it is due.

    Due is a date, or None for a card never seen. Knowing a card before it is due again counts for nothing, so
    going through a deck twice in an evening doesn't push it two months away.
    """
    level, due = 0, None
    for mark in marks:
        try:
            day = datetime.date.fromisoformat(mark["date"])
        except (KeyError, TypeError, ValueError):  # an entry written by hand
            continue
        if not mark.get("knew"):
            level, due = 0, day
        elif due is None or day >= due:
            level = min(level + 1, len(SPACING))
            due = day + datetime.timedelta(days=SPACING[level - 1])
    return level, due


def _stumbles(lessons):
    """Questions to come back as cards: first those answered wrong though sure, then those marked "not yet"."""
    first, second = [], []
    for lesson, items in lessons.items():
        for kind in ("predict", "quiz"):
            answers = ledger.entries(kind)
            for item in items.get(kind) or []:
                mine = [entry for entry in answers if entry["name"] == item["id"]]
                if any(not entry.get("right") and entry.get("confidence", 0) >= 3 for entry in mine):
                    first.append(_stumble(lesson, kind, item))
        for kind in ("recall", "exit"):
            marks = [entry for entry in ledger.entries(kind) if entry.get("mark")]
            for item in items.get(kind) or []:
                mine = [entry["mark"] for entry in marks if entry["name"] == item["id"]]
                if mine and mine[-1] == MARKS[-1]:
                    second.append(_stumble(lesson, kind, item))
    return first, second


def _stumble(lesson, kind, item):
    if kind == "predict":
        right = item["options"][item["answer"]] if item["kind"] == "choice" else (
            _number(item["answer"], item.get("unit") or "")
        )  # fmt: skip
        back = f"{right}\n\n{item['because']}"
    elif kind == "quiz":
        right = [f"{option['text']}\n\n{option.get('why') or ''}" for option in item["options"] if option["right"]]
        back = "\n\n".join(right)
    else:
        back = item["answer"]
    source = {"predict": "a guess you were sure of", "quiz": "a quiz answer you were sure of"}.get(
        kind, "a question you marked “not yet”"
    )
    return {"id": f"{kind}/{item['id']}", "front": item["question"], "back": back, "lesson": lesson, "from": source}


def _deck(lessons):
    """Every card of these lessons with its level and due date, in the order in which it should come."""
    marks = {}
    for entry in ledger.entries("card"):
        marks.setdefault(entry["name"], []).append(entry)
    plain = [
        {**card, "lesson": lesson, "from": ""} for lesson, items in lessons.items() for card in items.get("cards") or []
    ]
    first, second = _stumbles(lessons)
    deck = []
    for rank, cards in enumerate((first, second, plain)):
        for card in cards:
            level, due = _level_and_due(marks.get(card["id"], []))
            deck.append({**card, "rank": rank, "level": level, "due": due})
    return sorted(deck, key=lambda card: (card["rank"], card["due"] is None, card["due"] or datetime.date.min))


class Deck(_Card):
    """Flash cards, the due ones first; see `flash_cards`."""

    _actions = ("show", "mark", "again")

    def __init__(self, lesson=None):
        self.lesson = lesson
        if lesson is not None:
            _lesson(lesson, "cards", "flash cards")
        self.known = self.missed = 0
        self.open = False
        today = ledger.today()
        self.queue = [card for card in self._cards() if card["due"] is None or card["due"] <= today]
        super().__init__()

    def _cards(self):
        lessons = _lessons()
        if self.lesson is not None:
            return _deck({self.lesson: lessons[self.lesson]})
        begun = {name: items for name, items in lessons.items() if _begun(items)}
        return _deck(begun)

    @property
    def front(self):
        """The question of the card on top; None when the deck is through."""
        return self.queue[0]["front"] if self.queue else None

    @property
    def back(self):
        """Its answer, once `show` was called."""
        return self.queue[0]["back"] if self.queue and self.open else None

    @property
    def left(self):
        """How many cards are still to come."""
        return len(self.queue)

    def show(self):
        """Turn the card on top."""
        self._need_card()
        self.open = True
        self._show()

    def mark(self, knew):
        """Say whether you knew it. A card not known comes again at the end; a known one in some days."""
        self._need_card()
        if not self.open:
            raise PlainError("Turn the card first.")
        card = self.queue.pop(0)
        self._record("card", card["id"], {"knew": bool(knew)})
        if knew:
            self.known += 1
        else:
            self.missed += 1
            self.queue.append(card)
        self.open = False
        self._show()

    def again(self):
        """Go through all cards, due or not."""
        self.queue = self._cards()
        self.known = self.missed = 0
        self.open = False
        self._show()

    def _need_card(self):
        if not self.queue:
            raise PlainError("The deck is through.")

    def _face(self):
        face = {"kind": "cards", "name": f"{self.lesson or 'all'}-cards", "label": "Flash cards", "end": None}
        if not self.queue:
            return {**face, "end": self._end()}
        card = self.queue[0]
        return {
            **face,
            "front": card["front"],
            "from": f"From {card['from']}." if card["from"] else "",
            "back": card["back"] if self.open else None,
            "left": len(self.queue),
            "done": self.known,
        }

    def _end(self):
        cards = self._cards()
        if not cards:
            return {"sentence": NOTHING_DUE, "more": False}
        done = f"{self.known} known. " if self.known else ""
        dates = [card["due"] for card in cards if card["due"]]
        soonest = min(dates, default=None)
        if soonest is None or soonest <= ledger.today():
            return {"sentence": f"{done}That is all for now.", "more": True}
        count, days = dates.count(soonest), (soonest - ledger.today()).days
        when = "tomorrow" if days == 1 else f"in {days} days"
        return {"sentence": f"{done}That is all for now. {_cards_come(count)} back {when}.", "more": True}

    def _static(self):
        if self.lesson is None:
            return f"<p><strong>Flash cards.</strong> {NOTHING_DUE}</p>", f"Flash cards: {NOTHING_DUE}"
        cards = _lesson(self.lesson, "cards", "flash cards")
        rows = "".join(
            f"<li><details><summary>{_inline(card['front'])}</summary>{_html(card['back'])}</details></li>"
            for card in cards
        )
        plain = [f"{number}. {_bare(card['front'])}" for number, card in enumerate(cards, 1)]
        head = "<p><strong>Flash cards.</strong> Say the answer, then open.</p>"
        return f"{head}<ol>{rows}</ol>", "\n".join([f"Flash cards {self.lesson}: {len(cards)} cards", *plain])


NOTHING_DUE = "Nothing is due. Cards of a lesson join this deck when you begin it."


def _cards_come(count):
    return "One card comes" if count == 1 else f"{count} cards come"


def _begun(items):
    """Whether the ledger holds anything about one of these items."""
    kinds = (("predict", "predict"), ("quiz", "quiz"), ("recall", "recall"), ("exit", "exit"), ("cards", "card"))
    stored = ledger.everything()["entries"]
    return any(item["id"] in stored.get(kind, {}) for part, kind in kinds for item in items.get(part) or [])


def flash_cards(lesson=None):
    """Show the cards of a lesson that are due; without a lesson, those of all lessons you have begun.

    Questions answered wrong though you were sure come first. A card you know comes back after 1, 3, 7, 21 and 60
    days.
    """
    return Deck(lesson)


CSV_COLUMNS = ("front", "back", "lesson", "level", "due")


def export_cards(path, lesson=None):
    """Write cards with their levels and due dates to the CSV file `path`, for Anki or a spreadsheet.

    All lessons, or one. Returns the path. Raises PlainError if another file has that name or it can't be written.
    """
    path = Path(path)
    lessons = _lessons()
    if lesson is not None:
        _lesson(lesson, "cards", "flash cards")
        lessons = {lesson: lessons[lesson]}
    table = io.StringIO()
    writer = csv.DictWriter(table, CSV_COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({**card, "due": card["due"] or ""} for card in _deck(lessons))
    head = ",".join(CSV_COLUMNS)
    try:
        if path.exists() and not path.read_text(encoding="utf-8-sig", errors="replace").startswith(head):
            raise PlainError(f"{path} is another file, so it was not overwritten. Choose another name.")
        path.write_text(table.getvalue(), encoding="utf-8-sig", newline="")  # the mark tells spreadsheets: UTF-8
    except OSError as error:
        raise PlainError(f"{path} could not be written: {(error.strerror or 'unknown reason').lower()}.") from None
    return path


# To read: summary, glossary


def summary(lesson):
    """Show the summary of a lesson at three lengths: in short, in more words, in detail."""
    levels = _lesson(lesson, "summary", "summary")
    static = (
        f"<p><strong>In short.</strong> {_inline(levels['short'])}</p>"
        f"<details><summary><strong>In more words</strong></summary>{_html(levels['medium'])}</details>"
        f"<details><summary><strong>In detail</strong></summary>{_html(levels['detailed'])}</details>"
    )
    return _Page(static, f"In short: {_bare(levels['short'])}")


def glossary(lesson):
    """Show the words of a lesson with their meanings."""
    words = _lesson(lesson, "glossary", "glossary")
    static = "".join(f"<dt><strong>{_inline(w['term'])}</strong></dt><dd>{_inline(w['meaning'])}</dd>" for w in words)
    plain = "\n".join(f"{_bare(word['term'])}: {_bare(word['meaning'])}" for word in words)
    return _Page(f"<dl>{static}</dl>", plain)


# Progress


PROGRESS_EMPTY = "Nothing yet. What you do in the lessons is listed here, lesson by lesson."
COLUMNS = ("Lesson", "Predictions", "Quiz", "Cards known", "Recall", "Exit ticket")


def _rows():
    """One row a lesson begun: its name, and what was done of how much."""
    stored = ledger.everything()["entries"]
    rows = []
    for lesson, items in _lessons().items():
        if not _begun(items):
            continue
        row = [f"{lesson} {items.get('title', '')}".strip()]
        for part, kind in (("predict", "predict"), ("quiz", "quiz"), ("cards", "card"), ("recall",) * 2, ("exit",) * 2):
            ids = [item["id"] for item in items.get(part) or []]
            done = [stored[kind][name] for name in ids if stored.get(kind, {}).get(name)]
            if kind == "card":
                done = [marks for marks in done if _level_and_due(marks)[0] > 0]
            cell = f"{len(done)} of {len(ids)}" if ids else "–"
            if kind == "quiz" and done:
                cell += f", {sum(bool(marks[-1].get('right')) for marks in done)} right"
            row.append(cell)
        rows.append(row)
    return rows


class Progress(_Card):
    """What was done so far, with the ledger to take away; see `progress`."""

    _actions = ("download", "restore", "refresh")

    def __init__(self):
        self.message = ""
        super().__init__()

    def download(self):
        """Send the ledger to the page, which offers it as a file; on Binder nothing lasts but that."""
        text = json.dumps(ledger.everything(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        self.message = "The file progress-export.json is among your downloads."
        self._show()
        self.send({"do": "save", "name": "progress-export.json", "text": text})

    def restore(self, text):
        """Take over the entries of a file that was downloaded before."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "the file"
            path.write_text(str(text), encoding="utf-8")
            try:
                new = ledger.import_(path)
            except PlainError:
                raise PlainError("That is not a progress file of this course, so nothing was imported.") from None
        self.message = f"{new} new {'entry' if new == 1 else 'entries'} taken over."
        self._show()

    def refresh(self):
        """Read the ledger again."""
        self.message = ""
        self._show()

    def _face(self):
        return {
            "kind": "progress",
            "name": "progress",
            "label": "Progress",
            "columns": COLUMNS,
            "rows": _rows(),
            "empty": PROGRESS_EMPTY,
            "message": self.message,
        }

    def _static(self):
        rows = _rows()
        if not rows:
            return f"<p><strong>Progress.</strong> {PROGRESS_EMPTY}</p>", f"Progress: {PROGRESS_EMPTY}"
        head = "".join(f'<th scope="col">{column}</th>' for column in COLUMNS)
        body = "".join(
            f'<tr><th scope="row">{html.escape(row[0])}</th>' + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>"
            for row in rows
        )
        plain = "\n".join(
            f"{row[0]}: " + ", ".join(f"{column.lower()} {cell}" for column, cell in zip(COLUMNS[1:], row[1:], strict=True))
            for row in rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>", plain


def progress():
    """Show what you have done so far, lesson by lesson, with a button to take it to another computer."""
    return Progress()


def export_progress(path="progress-export.json"):
    """Write your whole ledger to the file `path`; PlainError if something else has that name."""
    path = ledger.export(path)
    print(f"Your progress is in {path}.")
    return path


def import_progress(path):
    """Take over the entries of an exported file; what you have stays. Returns how many were new."""
    new = ledger.import_(path)
    print(f"{new} new {'entry' if new == 1 else 'entries'} taken over.")
    return new
