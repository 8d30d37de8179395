"""The questions of all lessons, as the builder wrote them, and how a learner's answer to one is read.

Standard library only, no widgets: review.py and deck.py stand on it.
"""

import difflib
import html
import json
import math
import os
import re
from pathlib import Path

from .plain import PlainError

__all__ = [
    "CONFIDENCE", "bare", "inline", "is_right", "lesson_part", "lessons", "number", "parse_confidence",
    "parse_number", "parse_option", "predict_item", "to_html",
]  # fmt: skip

CONFIDENCE = ("guessing", "unsure", "fairly sure", "certain")


# Finding them


def lessons():
    """All lessons' items in order: {lesson: its dict, with its notebook's name as "slug"}.

    They come from $COURSE_ITEMS, else from the package.

    Raises PlainError where a file can't be read.
    """
    folder = Path(os.environ.get("COURSE_ITEMS") or Path(__file__).parent / "items")
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            items = json.loads(path.read_text(encoding="utf-8"))
            found[items["lesson"]] = {**items, "slug": path.stem}
        except (OSError, ValueError, KeyError, TypeError):
            raise PlainError(
                f"The questions in {path.name} can't be read. This makes them anew: python3 course.py build"
            ) from None
    return found


def lesson_part(lesson, part, words):
    """One part ("quiz", "cards", ...) of a lesson's items; `words` says what that is called.

    Raises PlainError where there is no such lesson or the lesson has none of it.
    """
    known = lessons()
    if lesson not in known:
        raise PlainError(f"There is no lesson {lesson!r}. {_nearest(str(lesson), list(known))}")
    if not known[lesson].get(part):
        raise PlainError(f"Lesson {lesson} has no {words}.")
    return known[lesson][part]


def predict_item(name):
    """The predict card of that name; PlainError with the nearest names where there is none."""
    cards = {item["id"]: item for items in lessons().values() for item in items.get("predict") or []}
    if name not in cards:
        raise PlainError(f"There is no predict card {name!r}. {_nearest(str(name), list(cards))}")
    return cards[name]


def _nearest(name, known):
    if not known:
        return "No lesson has been built yet."
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(known)}."


# Texts: plain, with `code` in backticks; nothing else is markup, since x**2 and 2*a are texts, too


def to_html(text):
    """A text as HTML paragraphs, escaped; a blank line parts two of them."""
    paragraphs = re.split(r"\n\s*\n", str(text).strip())
    return "".join(f"<p>{inline(paragraph)}</p>" for paragraph in paragraphs)


def inline(text):
    """A text as HTML without paragraphs, escaped."""
    pieces = re.split(r"`([^`\n]+)`", str(text))
    escaped = map(html.escape, pieces)
    return "".join(f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(escaped))


def bare(text):
    """A text on one line without its markup, for text/plain."""
    return re.sub(r"\s+", " ", re.sub(r"`([^`\n]+)`", r"\1", str(text))).strip()


def number(value, unit=""):
    """A number as a reader would write it: 1,234.5 with a real minus sign, six digits, and its unit."""
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
    return f"{text.replace('-', '−')} {unit}".strip()


# Reading answers


def parse_option(value, options):
    """The index of the chosen option, given as that or as its text; PlainError for anything else."""
    if isinstance(value, str) and value in options:
        return options.index(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < len(options):
        raise PlainError("Choose one of the answers first.")
    return value


def parse_confidence(value):
    """How sure a learner is, 1 to 4, given as that or in words; PlainError for anything else."""
    if value in CONFIDENCE:
        return CONFIDENCE.index(value) + 1
    if isinstance(value, bool) or value not in (1, 2, 3, 4):
        raise PlainError("Say how sure you are, too: your cards later start with what surprised you most.")
    return int(value)


def parse_number(text, item):
    """The number a learner typed for a predict card: an int where it is whole, else a float.

    Reads 1,5 and 1.5 alike, 1,000 as a thousand, a real minus sign, and the item's unit behind it. Raises
    PlainError for what isn't a number or lies outside the item's optional `min` and `max`.
    """
    typed = str(text).strip()
    if not typed:
        raise PlainError("Type a number first. A rough one is fine.")
    unit = item.get("unit") or ""
    plain = re.sub(r"[\s_'\u00a0\u202f]", "", typed.removesuffix(unit).replace("−", "-"))
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?", plain):
        plain = plain.replace(",", "")  # commas between thousands
    elif plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")  # a decimal comma
    try:
        value = float(plain)
    except ValueError:
        raise PlainError(f"“{typed[:40]}” is not a number. Write it in digits, such as 250 or 0.5.") from None
    low, high = item.get("min", -math.inf), item.get("max", math.inf)
    if not math.isfinite(value) or not low <= value <= high:
        raise PlainError(f"The answer lies {_between(low, high, unit)}. What is your guess there?")
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def _between(low, high, unit):
    if math.isinf(low) and math.isinf(high):
        return "among the finite numbers"
    if math.isinf(high):
        return f"at {number(low, unit)} or above"
    if math.isinf(low):
        return f"at {number(high, unit)} or below"
    return f"between {number(low)} and {number(high, unit)}"


def is_right(item, answer):
    """Whether an answer to a predict card is right: the option; a number from `low` to `high`, else to 5 %."""
    if item["kind"] == "choice":
        return answer == item["answer"]
    if "low" in item or "high" in item:
        return item.get("low", -math.inf) <= answer <= item.get("high", math.inf)
    return math.isclose(answer, item["answer"], rel_tol=0.05)
