"""What asks the learner: predict cards, quiz, recall, flash cards, exit ticket, and what was done so far.

Knows no lesson: questions.py reads them. Every answer goes to the ledger before its explanation leaves for
the page. A card shows itself with review.js, and carries text/html and text/plain for pages that run nothing.
"""

import csv
import html
import io
import json
import tempfile
from pathlib import Path

import anywidget
import traitlets

from . import deck, ledger
from .plain import PlainError
from .questions import (
    CONFIDENCE,
    bare,
    inline,
    is_right,
    lesson_part,
    lessons,
    number,
    parse_confidence,
    parse_number,
    parse_option,
    predict_item,
    to_html,
)

__all__ = [
    "exit_ticket", "export_cards", "export_progress", "flash_cards", "glossary", "guess", "import_progress",
    "lesson_map", "predict", "progress", "quiz", "recall", "summary", "words",
]  # fmt: skip

HERE = Path(__file__).parent
MARKS = ("I had it", "partly", "not yet")
LONGEST = 5000  # characters kept of a learner's text
SURE = deck.SURE


# What all cards share


class _Card(anywidget.AnyWidget):
    """A card on the page: `face` is all that review.js knows, and it may call the methods in `_actions`."""

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
        """Send the present face; `turn` makes the browser notice it even where nothing else changed."""
        self._turn += 1
        note = ledger.problem() or (f"Saved in {ledger.place()}." if self._saved else "")
        self.face = {**self._face(), "turn": self._turn, "note": note, "complaint": complaint}

    def _record(self, kind, name, entry):
        ledger.record(kind, name, entry)
        self._saved = True

    def _on_message(self, _widget, message, _buffers):
        """What the reader did. A sentence of ours goes onto the card: no cell is running that could show it."""
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
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {"application/vnd.jupyter.widget-view+json": view, "text/html": static, "text/plain": plain}


class _Page:
    """Something to read, as HTML with a plain text beside it; no widget."""

    def __init__(self, static, plain):
        self._static, self._plain = static, plain

    def __repr__(self):
        return self._plain

    def _repr_html_(self):
        return self._static


def _options_html(options):
    return '<ol type="A">' + "".join(f"<li>{inline(option)}</li>" for option in options) + "</ol>"


def _options_plain(options):
    return [f"  {chr(65 + index)}. {bare(option)}" for index, option in enumerate(options)]


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

        Raises PlainError for what isn't an answer, and where a guess is locked in already: see `again`.
        """
        if self.locked:
            raise PlainError("This guess is locked in. “Guess again” opens the card once more.")
        choice = self.item["kind"] == "choice"
        value = parse_option(value, self.item["options"]) if choice else parse_number(value, self.item)
        confidence = parse_confidence(confidence)
        entry = {"answer": value, "confidence": confidence, "right": is_right(self.item, value)}
        self._record("predict", self.item["id"], entry)
        self.attempts.append(entry)
        self.locked = True
        self._show()

    def explain(self, text):
        """Keep one sentence on what made the learner think so."""
        self._need_guess()
        if str(text).strip():
            self._record("predict-why", self.item["id"], {"text": str(text).strip()[:LONGEST]})
        self._show()

    def again(self):
        """Open the card for a further guess; the earlier ones stay in the ledger."""
        self._need_guess()
        self.locked = False
        self._show()

    def _need_guess(self):
        if not self.locked:
            raise PlainError("Lock in a guess first.")

    @property
    def right(self):
        """Whether the latest guess was right; None before there is one."""
        return self.attempts[-1]["right"] if self.attempts else None

    def _words(self, answer):
        if self.item["kind"] == "choice":
            return self.item["options"][answer]
        return number(answer, self.item.get("unit") or "")

    def _face(self):
        item = self.item
        return {
            "kind": "predict",
            "name": item["id"],
            "label": "Predict",
            "question": item["question"],
            "options": item["options"] if item["kind"] == "choice" else None,
            "unit": item.get("unit") or "",
            "levels": CONFIDENCE,
            "attempt": len(self.attempts) + (not self.locked),
            "locked": self._explanation() if self.locked else None,
        }

    def _explanation(self):
        """What the page learns once a guess is in the ledger."""
        item, last = self.item, self.attempts[-1]
        choice = item["kind"] == "choice"
        sure = CONFIDENCE[last["confidence"] - 1]
        said = f"You were {sure}." if choice else f"You said {self._words(last['answer'])}, {sure}."
        if len(self.attempts) > 1:
            said += f" Your first guess was: {self._words(self.attempts[0]['answer'])}."
        whys = ledger.entries("predict-why", item["id"])
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
        truth = self._words(self.item["answer"])
        truth += "" if truth.endswith((".", "?", "…")) else "."
        if right:
            guessed = "Yes. You were guessing, so read why."
            verdict = guessed if confidence == 1 else "Yes, that is what happens."
            return verdict if self.item["kind"] == "choice" else f"{verdict} It is {truth}"
        surprise = " You were sure of it, so it comes first in your cards." if confidence >= SURE else ""
        return f"It turns out otherwise: {truth}{surprise}"

    def _static(self):
        item = self.item
        options = item["options"] if item["kind"] == "choice" else []
        kind = "" if options else f" (a number, in {item['unit']})" if item.get("unit") else " (a number)"
        static = f"<p><strong>Predict.</strong> {inline(item['question'])}{html.escape(kind)}</p>"
        static += _options_html(options) if options else ""
        static += "<p><em>Run this cell to lock in your guess.</em></p>"
        return static, "\n".join([f"Predict: {bare(item['question'])}{kind}", *_options_plain(options)])


def predict(name):
    """Show the predict card `name`, such as "L1-three-lines".

    It asks for a guess and for how sure you are, keeps both, and only then shows what happens. Raises
    PlainError where there is no such card.
    """
    return Predict(predict_item(name))


def guess(name):
    """Your first guess on the predict card `name`: the option's index or the number; None before it."""
    predict_item(name)
    attempts = ledger.entries("predict", name)
    return attempts[0].get("answer") if attempts else None


# One question after the other: quiz, recall, exit ticket


class _Pager(_Card):
    """Questions shown one at a time, with a way back and forth, and an end."""

    part, kind, label = "", "", ""
    _actions = ("go", "restart", "answer", "mark")

    def __init__(self, lesson):
        self.lesson = lesson
        self.items = lesson_part(lesson, self.part, self.label.lower())
        self.results = [self._stored(item) for item in self.items]
        unanswered = [index for index, result in enumerate(self.results) if not self._done(result)]
        self.at = unanswered[0] if unanswered else len(self.items)
        super().__init__()

    def go(self, to):
        """Turn to question `to`, counted from 0; the number of questions stands for the end."""
        if to != len(self.items):
            self._item(to)
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
        face = {
            "kind": self.kind,
            "name": f"{self.lesson}-{self.kind}",
            "label": self.label,
            "at": self.at,
            "marks": [self._sign(result) for result in self.results],
            "end": None,
        }
        if self.at == len(self.items):
            return {**face, "end": {"sentence": self._end(), "rows": [item["question"] for item in self.items]}}
        return {**face, **self._question(self.items[self.at], self.results[self.at])}


class Quiz(_Pager):
    """The questions of a lesson with their options; see `quiz`."""

    part, kind, label = "quiz", "quiz", "Quiz"

    def answer(self, index, option, confidence):
        """Answer question `index` (from 0) with an option (index or text), and how sure (see `predict`)."""
        item = self._item(index)
        if self.results[index] is not None:
            raise PlainError("This question is answered. “Start over” asks all of them again.")
        chosen = parse_option(option, [each["text"] for each in item["options"]])
        confidence = parse_confidence(confidence)
        right = bool(item["options"][chosen]["right"])
        entry = {"answer": chosen, "confidence": confidence, "right": right}
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

    def _sign(self, result):
        return None if result is None else "right" if result["right"] else "wrong"

    def _question(self, item, result):
        options = item["options"]
        face = {
            "question": item["question"],
            "options": [option["text"] for option in options],
            "levels": CONFIDENCE,
            "answered": None,
        }
        if result:
            surprise = " You were sure of it, so it comes first in your cards."
            wrong = "Not this one." + (surprise if result["confidence"] >= SURE else "")
            face["answered"] = {
                "chosen": result["answer"],
                "right": result["right"],
                "verdict": "Right." if result["right"] else wrong,
                "rights": [bool(option["right"]) for option in options],
                "whys": [option.get("why") or "" for option in options],
            }
        return face

    def _end(self):
        done = [result for result in self.results if result]
        sure = [result["right"] for result in done if result["confidence"] >= SURE]
        lines = [f"{self.score} of {len(self.items)} right."]
        if len(done) < len(self.items):
            lines.append(f"{len(self.items) - len(done)} not answered yet.")
        if sure:
            lines.append(f"You were sure of {len(sure)}, and {sum(sure)} of these {_is(sum(sure))} right.")
        if not all(sure):
            lines.append("The rest of them come first in your cards.")
        return " ".join(lines)

    def _static(self):
        rows, plain = [], [f"Quiz {self.lesson}: {len(self.items)} questions"]
        for item in self.items:
            texts = [option["text"] for option in item["options"]]
            whys = "".join(
                f"<li><strong>{'Right.' if option['right'] else 'Not this one.'}</strong> "
                f"{inline(option.get('why') or '')}</li>"
                for option in item["options"]
            )
            answers = f'<details><summary>Answers</summary><ol type="A">{whys}</ol></details>'
            rows.append(f"<li>{to_html(item['question'])}{_options_html(texts)}{answers}</li>")
            plain += [bare(item["question"]), *_options_plain(texts)]
        head = "<p><strong>Quiz.</strong> Decide first, then open the answers.</p>"
        return f"{head}<ol>{''.join(rows)}</ol>", "\n".join(plain)


class Recall(_Pager):
    """Questions answered in the learner's own words, then compared; see `recall` and `exit_ticket`."""

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
        """Keep how it went in the learner's own judgement: "I had it", "partly" or "not yet"."""
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

    def _sign(self, result):
        return None if not self._done(result) else "right" if result["mark"] == MARKS[0] else "wrong"

    def _question(self, item, result):
        shown = {**result, "answer": item["answer"]} if result else None
        return {"task": self.task, "question": item["question"], "marking": MARKS, "answered": shown}

    def _end(self):
        marks = [result["mark"] for result in self.results if self._done(result)]
        parts = [f"{marks.count(mark)} × {mark}" for mark in MARKS if mark in marks]
        missing = len(self.items) - len(marks)
        return ", ".join(parts + ([f"{missing} open"] if missing else [])) + "."

    def _static(self):
        rows = "".join(
            f"<li>{to_html(item['question'])}"
            f"<details><summary>Answer</summary>{to_html(item['answer'])}</details></li>"
            for item in self.items
        )
        static = f"<p><strong>{self.label}.</strong> {html.escape(self.task)}</p><ol>{rows}</ol>"
        plain = [f"{index}. {bare(item['question'])}" for index, item in enumerate(self.items, 1)]
        return static, "\n".join([f"{self.label} {self.lesson}: {len(plain)} questions", *plain])


def _is(count):
    return "is" if count == 1 else "are"


def quiz(lesson):
    """Show the quiz of a lesson, such as "L1": one question at a time, every answer with its reason."""
    return Quiz(lesson)


def recall(lesson):
    """Show the questions that open a lesson: what do you still know from before? In your own words."""
    return Recall(lesson, "recall", "Recall", "From memory, in a few words, before you look.")


def exit_ticket(lesson):
    """Show the questions that close a lesson, to be answered with the lesson out of sight."""
    return Recall(lesson, "exit", "Exit ticket", "With the lesson closed, in a few words.")


# Flash cards


class Deck(_Card):
    """Flash cards, one at a time; see `flash_cards`."""

    _actions = ("show", "mark", "again")

    def __init__(self, lesson=None):
        self.lesson = lesson
        if lesson is not None:
            lesson_part(lesson, "cards", "flash cards")
        self.queue = [card for card in self._cards() if deck.is_due(card)]
        self.known = 0
        self.turned = False
        super().__init__()

    def _cards(self):
        known = lessons()
        if self.lesson is not None:
            return deck.cards({self.lesson: known[self.lesson]})
        return deck.cards({name: items for name, items in known.items() if deck.begun(items)})

    @property
    def front(self):
        """The question of the card on top; None when the deck is through."""
        return self.queue[0]["front"] if self.queue else None

    @property
    def back(self):
        """Its answer; None before `show`."""
        return self.queue[0]["back"] if self.queue and self.turned else None

    @property
    def left(self):
        """How many cards are still to come."""
        return len(self.queue)

    def show(self):
        """Turn the card on top."""
        self._need_card()
        self.turned = True
        self._show()

    def mark(self, knew):
        """Say whether you knew it. A card not known comes again at the end; a known one in some days."""
        self._need_card()
        if not self.turned:
            raise PlainError("Turn the card first.")
        card = self.queue.pop(0)
        self._record("card", card["id"], {"knew": bool(knew)})
        self.known += bool(knew)
        if not knew:
            self.queue.append(card)
        self.turned = False
        self._show()

    def again(self):
        """Go through all cards, due or not."""
        self.queue = self._cards()
        self.known = 0
        self.turned = False
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
            "back": self.back,
            "left": len(self.queue),
            "done": self.known,
        }

    def _end(self):
        cards = self._cards()
        if not cards:
            return {"sentence": NOTHING_DUE, "more": False}
        done = f"{self.known} known. " if self.known else ""
        soonest = min((card["due"] for card in cards if card["due"]), default=None)
        if soonest is None or soonest <= ledger.today():
            return {"sentence": f"{done}That is all for now.", "more": True}
        count, days = [card["due"] for card in cards].count(soonest), (soonest - ledger.today()).days
        come = "One card comes" if count == 1 else f"{count} cards come"
        when = "tomorrow" if days == 1 else f"in {days} days"
        return {"sentence": f"{done}That is all for now. {come} back {when}.", "more": True}

    def _static(self):
        cards = self.queue if self.lesson is None else lesson_part(self.lesson, "cards", "flash cards")
        if not cards:
            return f"<p><strong>Flash cards.</strong> {NOTHING_DUE}</p>", f"Flash cards: {NOTHING_DUE}"
        rows = "".join(
            f"<li><details><summary>{inline(card['front'])}</summary>{to_html(card['back'])}</details></li>"
            for card in cards
        )
        head = "<p><strong>Flash cards.</strong> Say the answer, then open it.</p>"
        plain = [f"{index}. {bare(card['front'])}" for index, card in enumerate(cards, 1)]
        name = f"Flash cards {self.lesson or ''}".strip()
        return f"{head}<ol>{rows}</ol>", "\n".join([f"{name}: {len(cards)} cards", *plain])


NOTHING_DUE = "Nothing is due. Cards of a lesson join this deck when you begin it."


def flash_cards(lesson=None):
    """Show the cards of a lesson that are due; without a lesson, those of all lessons you have begun.

    Questions you answered wrong though you were sure come first. A card you know comes back after 1, 3, 7, 21
    and 60 days.
    """
    return Deck(lesson)


CSV_COLUMNS = ("front", "back", "lesson", "level", "due")


def export_cards(path, lesson=None):
    """Write the cards of all lessons, or of one, to the CSV file `path`, for Anki or a spreadsheet.

    Returns the path. Raises PlainError if another file has that name or it can't be written.
    """
    path, known = Path(path), lessons()
    if lesson is not None:
        lesson_part(lesson, "cards", "flash cards")
        known = {lesson: known[lesson]}
    table = io.StringIO()
    writer = csv.DictWriter(table, CSV_COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for card in deck.cards(known):
        texts = {"front": bare(card["front"]), "back": bare(card["back"])}
        writer.writerow({**card, **texts, "due": card["due"] or ""})
    head = ",".join(CSV_COLUMNS)
    try:
        if path.exists() and not path.read_text(encoding="utf-8-sig", errors="replace").startswith(head):
            raise PlainError(f"{path} is another file, so it was not overwritten. Choose another name.")
        # The mark that utf-8-sig puts in front tells spreadsheets that this is UTF-8.
        path.write_text(table.getvalue(), encoding="utf-8-sig", newline="")
    except OSError as error:
        raise PlainError(f"{path} could not be written: {error.strerror.lower()}.") from None
    return path


# To read: summary, glossary


def summary(lesson):
    """Show the summary of a lesson at three lengths: in short, in more words, in detail."""
    levels = lesson_part(lesson, "summary", "summary")
    static = (
        f"<p><strong>In short.</strong> {inline(levels['short'])}</p>"
        f"<details><summary><strong>In more words</strong></summary>{to_html(levels['medium'])}</details>"
        f"<details><summary><strong>In detail</strong></summary>{to_html(levels['detailed'])}</details>"
    )
    return _Page(static, f"In short: {bare(levels['short'])}")


def glossary(lesson):
    """Show the words of a lesson with their meanings."""
    words = lesson_part(lesson, "glossary", "glossary")
    static = "".join(
        f"<dt><strong>{inline(word['term'])}</strong></dt><dd>{inline(word['meaning'])}</dd>" for word in words
    )
    return _Page(f"<dl>{static}</dl>", "\n".join(f"{bare(w['term'])}: {bare(w['meaning'])}" for w in words))


def words():
    """Show the words of all lessons, in the order of the alphabet, each with a link to where it is taught."""
    found = [(word, name, items) for name, items in lessons().items() for word in items.get("glossary") or []]
    found.sort(key=lambda entry: (bare(entry[0]["term"]).lower(), entry[1]))
    static, plain = "", []
    for word, name, items in found:
        link = f'<a href="{items["slug"]}.ipynb">lesson {html.escape(name[1:])}</a>'
        static += f"<dt><strong>{inline(word['term'])}</strong> ({link})</dt><dd>{inline(word['meaning'])}</dd>"
        plain.append(f"{bare(word['term'])} (lesson {name[1:]}): {bare(word['meaning'])}")
    return _Page(f"<dl>{static}</dl>", "\n".join(plain))


# Progress


def lesson_map():
    """Show all lessons: what each is about, which others it needs, and how far you are in it."""
    stored = ledger.everything()["entries"]
    static, plain, left = "", [], 'style="text-align: left"'
    for name, items in lessons().items():
        title = f"{name[1:]} {items.get('title', '')}".strip()
        needs = ", ".join(need[1:] for need in items.get("needs") or []) or "nothing"
        done = "not begun"
        if deck.begun(items):
            parts = zip(COLUMNS[1:4], deck.PARTS, strict=False)
            done = "; ".join(f"{column.lower()} {_cell(items, stored, *part)}" for column, part in parts)
        about = items.get("about", "")
        static += (
            f'<tr><th scope="row" {left}><a href="{items["slug"]}.ipynb">{html.escape(title)}</a></th>'
            + "".join(f"<td {left}>{cell}</td>" for cell in (inline(about), html.escape(needs), html.escape(done)))
            + "</tr>"
        )
        plain.append(f"{title}: {bare(about)}; needs {needs}; {done}")
    head = "".join(f'<th scope="col" {left}>{column}</th>' for column in ("lesson", "you find out", "you need", "you"))
    return _Page(f"<table><thead><tr>{head}</tr></thead><tbody>{static}</tbody></table>", "\n".join(plain))


PROGRESS_EMPTY = "Nothing yet. What you do in the lessons is listed here, lesson by lesson."
COLUMNS = ("Lesson", "Predictions", "Quiz", "Cards known", "Recall", "Exit ticket")


def _checks():
    """One sentence on the exercises that a check has passed."""
    stored = ledger.everything()["entries"].get("checks", {})
    passed = [name for name, tries in stored.items() if any(each.get("result") == "right" for each in tries)]
    return f"Exercises that passed their check: {', '.join(passed)}." if passed else ""


def _rows():
    """One row for each lesson that was begun: its name, and of every part how much was done."""
    stored = ledger.everything()["entries"]
    return [
        [f"{name} {items.get('title', '')}".strip(), *(_cell(items, stored, *part) for part in deck.PARTS)]
        for name, items in lessons().items()
        if deck.begun(items)
    ]


def _cell(items, stored, part, kind):
    ids = [item["id"] for item in items.get(part) or []]
    done = [stored[kind][name] for name in ids if stored.get(kind, {}).get(name)]
    if kind == "card":
        done = [marks for marks in done if deck.level_and_due(marks)[0] > 0]
    right = f", {sum(bool(each[-1].get('right')) for each in done)} right" if kind == "quiz" and done else ""
    return f"{len(done)} of {len(ids)}{right}" if ids else "none"


class Progress(_Card):
    """What was done so far, with the ledger to take away; see `progress`."""

    _actions = ("download", "restore", "refresh")

    def __init__(self):
        self.message = ""
        super().__init__()

    def download(self):
        """Send the ledger to the page, which offers it as a file: on Binder nothing lasts but that."""
        text = json.dumps(ledger.everything(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        self.message = "Your browser keeps it as progress-export.json, among your downloads."
        self._show()
        self.send({"do": "save", "name": "progress-export.json", "text": text})

    def restore(self, text):
        """Take over the entries of a file that was downloaded before, given as its text."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "progress.json"
            path.write_text(str(text), encoding="utf-8", errors="replace")
            try:
                new = ledger.import_(path)
            except PlainError:
                sentence = "That is not a progress file of this course, so nothing was imported."
                raise PlainError(sentence) from None
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
            "checks": _checks(),
            "empty": _checks() or PROGRESS_EMPTY,
            "message": self.message,
        }

    def _static(self):
        rows, checks = _rows(), _checks()
        if not rows:
            text = checks or PROGRESS_EMPTY
            return f"<p><strong>Progress.</strong> {html.escape(text)}</p>", f"Progress: {text}"
        head = "".join(f'<th scope="col">{column}</th>' for column in COLUMNS)
        body, plain = "", []
        for lesson, *cells in rows:
            data = "".join(f"<td>{cell}</td>" for cell in cells)
            body += f'<tr><th scope="row">{html.escape(lesson)}</th>{data}</tr>'
            parts = (f"{column.lower()} {cell}" for column, cell in zip(COLUMNS[1:], cells, strict=True))
            plain.append(f"{lesson}: {', '.join(parts)}")
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        static = f"{table}<p>{html.escape(checks)}</p>" if checks else table
        return static, "\n".join([*plain, checks]).strip()


def progress():
    """Show what you have done so far, lesson by lesson, with a button to take it to another computer."""
    return Progress()


def export_progress(path="progress-export.json"):
    """Write your whole ledger to the file `path` and return that; PlainError if the name is taken."""
    path = ledger.export(path)
    print(f"Your progress is in {path}.")
    return path


def import_progress(path):
    """Take over the entries of an exported file; what you have stays. Returns how many were new."""
    new = ledger.import_(path)
    print(f"{new} new {'entry' if new == 1 else 'entries'} taken over.")
    return new
