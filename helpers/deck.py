"""Which flash card comes when: spaced by how often it was known, and what surprised the learner most first.

No widgets: all is worked out anew from the lessons' cards and the ledger's entries, so nothing can drift.
"""

import datetime

from . import ledger
from .questions import number

__all__ = ["SPACING", "begun", "cards", "is_due", "level_and_due"]

SPACING = (1, 3, 7, 21, 60)  # days until a card comes back, by how often in a row it was known when due
SURE = 3  # "fairly sure" and "certain"


def level_and_due(marks):
    """Where a card stands after its marks (oldest first): (how often in a row it was known, date when due).

    The date is None for a card never seen. Knowing a card before it is due again counts for nothing, so that
    going through a deck twice in an evening doesn't push it weeks away.
    """
    level, due = 0, None
    for mark in marks:
        try:
            day = datetime.date.fromisoformat(mark["date"])
        except (KeyError, TypeError, ValueError):  # an entry that someone wrote by hand
            continue
        if not mark.get("knew"):
            level, due = 0, day
        elif due is None or day >= due:
            level = min(level + 1, len(SPACING))
            due = day + datetime.timedelta(days=SPACING[level - 1])
    return level, due


def is_due(card):
    """Whether a card from `cards` should be asked today."""
    return card["due"] is None or card["due"] <= ledger.today()


def cards(lessons):
    """All cards of these lessons as dicts (id, front, back, lesson, from, level, due), in their order.

    First questions answered wrong though the learner was sure, then those marked "not yet", then the lessons'
    own cards: seen ones by due date, then new ones as they were written.
    """
    stored = ledger.everything()["entries"]
    marks = stored.get("card", {})
    surprises, gaps, own = [], [], []
    for lesson, items in lessons.items():
        surprises += [_card(lesson, *each) for each in _surprises(items, stored)]
        gaps += [_card(lesson, *each) for each in _gaps(items, stored)]
        own += [{**card, "lesson": lesson, "from": ""} for card in items.get("cards") or []]
    deck = []
    for rank, group in enumerate((surprises, gaps, own)):
        for card in group:
            level, due = level_and_due(marks.get(card["id"], []))
            deck.append({**card, "rank": rank, "level": level, "due": due})
    return sorted(deck, key=_place)


def _place(card):
    return card["rank"], card["due"] is None, card["due"] or datetime.date.min


def begun(items):
    """Whether the ledger holds anything about a lesson with these items."""
    stored = ledger.everything()["entries"]
    return any(item["id"] in stored.get(kind, {}) for part, kind in PARTS for item in items.get(part) or [])


# A part of the item files, and the ledger's kind of the entries that belong to it.
PARTS = (("predict", "predict"), ("quiz", "quiz"), ("cards", "card"), ("recall", "recall"), ("exit", "exit"))


def _surprises(items, stored):
    for kind in ("predict", "quiz"):
        for item in items.get(kind) or []:
            answers = stored.get(kind, {}).get(item["id"], [])
            if any(not each.get("right") and _confidence(each) >= SURE for each in answers):
                yield kind, item


def _confidence(entry):
    """How sure the learner was, 0 where an entry that someone wrote by hand doesn't say it in a number."""
    given = entry.get("confidence")
    return given if isinstance(given, int | float) else 0


def _gaps(items, stored):
    for kind in ("recall", "exit"):
        for item in items.get(kind) or []:
            marks = [each["mark"] for each in stored.get(kind, {}).get(item["id"], []) if each.get("mark")]
            if marks and marks[-1] == "not yet":
                yield kind, item


def _card(lesson, kind, item):
    """A question turned into a card."""
    if kind == "predict":
        choice = item["kind"] == "choice"
        right = item["options"][item["answer"]] if choice else number(item["answer"], item.get("unit") or "")
        back, source = f"{right}\n\n{item['because']}", "a guess you were sure of"
    elif kind == "quiz":
        right = [each for each in item["options"] if each["right"]]
        back = "\n\n".join(f"{each['text']}\n\n{each.get('why') or ''}" for each in right)
        source = "a quiz answer you were sure of"
    else:
        back, source = item["answer"], "a question you marked “not yet”"
    name = f"{kind}/{item['id']}"
    return {"id": name, "front": item["question"], "back": back, "lesson": lesson, "from": source}
