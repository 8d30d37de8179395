"""Reads review.yaml, refuses what the widgets couldn't show, and fills in the numbers a lesson computed."""

import copy
import json
import re

import yaml

from . import BuildError
from .source import BLANK, fill, find_blanks


class Entry(dict):
    """A mapping of review.yaml that knows the line it starts on."""

    line = 1


class MarkedLoader(yaml.SafeLoader):
    """Safe YAML whose mappings are `Entry` and in which no key stands twice."""


def _read_mapping(loader, node):
    entry = Entry()
    entry.line = node.start_mark.line + 1
    yield entry
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in entry:
            raise yaml.MarkedYAMLError(problem=f"'{key}' stands twice", problem_mark=key_node.start_mark)
        entry[key] = loader.construct_object(value_node, deep=True)


MarkedLoader.add_constructor("tag:yaml.org,2002:map", _read_mapping)

# What the mappings of each list hold: field -> what it has to be; "?" marks a field that may be absent.
PROMPT = {"id": "text", "question": "text", "answer": "text"}
PREDICT = {"id": "text", "kind": "text", "question": "text", "because": "text"}
FIELDS = {
    "recall": PROMPT,
    "predict choice": {**PREDICT, "options": "texts", "answer": "index"},
    "predict number": {**PREDICT, "answer": "number", "low": "number", "high": "number", "unit": "text?"},
    "quiz": {"id": "text", "question": "text", "options": "quiz options"},
    "option": {"text": "text", "right": "flag", "why": "text"},
    "cards": {"id": "text", "front": "text", "back": "text"},
    "exit": PROMPT,
    "glossary": {"term": "text", "meaning": "text"},
    "summary": {"short": "text", "medium": "text", "detailed": "text"},
}
WANTED = {
    "text": "text that is not empty (in quotes, if it looks like a number)",
    "texts": "a list of at least two texts",
    "number": "a number",
    "index": "a whole number",
    "flag": "true or false",
    "quiz options": "a list of at least two options, each with text, right and why",
}
CODE, STARS = re.compile(r"`[^`]*`"), re.compile(r"(?<![\w*])\*{1,2}[A-Za-z][\w ]*\*{1,2}(?![\w*])")
LISTS = ("recall", "predict", "quiz", "cards", "exit", "glossary")


def read_review(path, file, slug):
    """review.yaml as plain data in a fixed order, validated, its blanks still in. Raises BuildError."""
    try:
        review = yaml.load(path.read_text(encoding="utf-8"), Loader=MarkedLoader)
    except yaml.MarkedYAMLError as error:
        raise BuildError(f"{file}:{error.problem_mark.line + 1}: {error.problem}.") from None
    if not isinstance(review, Entry):
        raise BuildError(f"{file}:1: a mapping with lesson, title and the lists of items is expected.")
    check_review(review, file, f"L{int(slug[:2])}")
    find_gaps(review, file)
    ordered = Entry({"lesson": review["lesson"], "title": review["title"]})
    ordered.update({name: review[name] for name in ("about", "needs") if name in review})
    ordered.update({name: review.get(name) or [] for name in LISTS}, summary=review.get("summary") or {})
    return ordered


def check_review(review, file, lesson):
    """Raise BuildError for the first thing in a review file that is not as the widgets need it."""
    for key in review:
        if key not in ("lesson", "title", "about", "needs", "summary", *LISTS):
            raise BuildError(f"{file}:{review.line}: unknown key '{key}'.")
    if review.get("lesson") != lesson:
        raise BuildError(f"{file}:{review.line}: in this folder it has to say lesson: {lesson}.")
    if not fits(review.get("title"), "text"):
        raise BuildError(f"{file}:{review.line}: the title is missing.")
    if "about" in review and not fits(review["about"], "text"):
        raise BuildError(f"{file}:{review.line}: 'about' says in a few words what one finds out.")
    needs = review.get("needs", [])
    if not isinstance(needs, list) or not all(isinstance(name, str) and re.fullmatch(r"L\d+", name) for name in needs):
        raise BuildError(f"{file}:{review.line}: 'needs' is a list of lessons, as [L1, L2].")
    for name in LISTS:
        if not isinstance(review.get(name) or [], list):
            raise BuildError(f"{file}:{review.line}: '{name}' has to be a list.")
        for entry in review.get(name) or []:
            check_item(name, entry, file, lesson)
    if review.get("summary"):
        check_fields("summary", review["summary"], FIELDS["summary"], file)


def check_item(name, entry, file, lesson):
    """Raise BuildError where one item (a mapping in the list `name`) of a lesson breaks the rules of its kind."""
    kind = entry.get("kind") if name == "predict" and isinstance(entry, Entry) else None
    if name == "predict" and kind not in ("choice", "number"):
        line = getattr(entry, "line", 1)
        raise BuildError(f"{file}:{line}: the kind of a predict card is choice or number, not {kind!r}.")
    check_fields(name, entry, FIELDS[f"{name} {kind}" if kind else name], file)
    where = f"{file}:{entry.line}: {name} '{title_of(entry)}'"
    if "id" in entry and not entry["id"].startswith(f"{lesson}-"):
        raise BuildError(f"{where}: the id has to begin with {lesson}-.")
    if name == "quiz" and not any(option["right"] is True or is_blank(option["right"]) for option in entry["options"]):
        raise BuildError(f"{where} has no right option.")
    answer = entry.get("answer")
    if kind == "choice" and not is_blank(answer) and not 0 <= answer < len(entry["options"]):
        raise BuildError(f"{where}: the answer {answer} is no index of its {len(entry['options'])} options.")
    numbers = [entry["low"], answer, entry["high"]] if kind == "number" else []
    if not any(map(is_blank, numbers)) and numbers != sorted(numbers):
        raise BuildError(f"{where}: the answer {answer} is outside {entry['low']} to {entry['high']}.")


def title_of(entry):
    """What an entry is called in a message."""
    return entry.get("id") or entry.get("term") or entry.get("text") or ""


def check_fields(name, entry, fields, file):
    """Raise BuildError where a mapping lacks a field, has one too many, or one of the wrong type."""
    if not isinstance(entry, Entry):
        raise BuildError(f"{file}:1: every entry of '{name}' has to be a mapping, and one is {entry!r}.")
    where = f"{file}:{entry.line}: {name} '{title_of(entry)}'"
    for key in entry:
        if key not in fields:
            raise BuildError(f"{where} has an unknown key '{key}'.")
    for key, wanted in fields.items():
        if key not in entry and not wanted.endswith("?"):
            raise BuildError(f"{where} lacks '{key}'.")
        wanted = wanted.rstrip("?")
        if key in entry and not fits(entry[key], wanted):
            raise BuildError(f"{where}: '{key}' has to be {WANTED[wanted]}, and it is {entry[key]!r}.")
        for text in filter(lambda each: isinstance(each, str), entry[key] if wanted == "texts" else [entry.get(key)]):
            stars = STARS.search(CODE.sub("", text))
            if stars:
                raise BuildError(f"{where}: cards know `code` and no other marks, so {stars[0]} would show its stars.")
        for option in entry[key] if wanted == "quiz options" else []:
            check_fields("option", option, FIELDS["option"], file)


def is_blank(value):
    """Whether a value is nothing but one `{{ expression }}`."""
    return isinstance(value, str) and BLANK.fullmatch(value.strip()) is not None


def fits(value, wanted):
    """Whether a value of review.yaml is what its field wants; a blank may stand for a number or a flag."""
    if wanted == "text":
        return isinstance(value, str) and bool(value.strip())
    if wanted == "texts":
        return isinstance(value, list) and len(value) > 1 and all(fits(text, "text") for text in value)
    if wanted == "quiz options":
        return isinstance(value, list) and len(value) > 1
    kinds = {"number": (int, float), "index": (int,), "flag": (bool,)}[wanted]
    return type(value) in kinds or is_blank(value)


def doubled_ids(reviews):
    """One sentence for each id that two items of the course share; `reviews` maps file names to reviews.

    Answers are stored under the id, so a second item of the same name would find the first one's answer.
    """
    seen, problems = {}, []
    for file, review in reviews.items():
        for entry in (entry for name in LISTS for entry in review[name] if "id" in entry):
            if entry["id"] in seen:
                problems.append(f"{file}:{entry.line}: the id '{entry['id']}' is taken by {seen[entry['id']]}.")
            else:
                seen[entry["id"]] = f"{file}:{entry.line}"
    return problems


def find_gaps(review, file):
    """Every string of a review with blanks, in a fixed order: a list of (container, key, wanted, blanks).

    `wanted` is "number" or "flag" where the field holds one, else "text".
    """
    found = []

    def visit(container, line):
        for key, value in container.items() if isinstance(container, dict) else enumerate(container):
            if isinstance(value, (dict, list)):
                visit(value, getattr(value, "line", line))
            elif isinstance(value, str):
                blanks = find_blanks(value, file, line)
                numeric = isinstance(container, dict) and "kind" in container and key in ("answer", "low", "high")
                wanted = "flag" if key == "right" else "number" if numeric else "text"
                found.extend([(container, key, wanted, blanks)] if blanks else [])

    visit(review, 1)
    return found


def filled_in(review, file, values, as_text, as_number):
    """A copy of the review with every blank filled in, and validated again.

    `values` are the blanks' values in the order of `find_gaps`; `as_text(blank, value)` and
    `as_number(blank, value, wanted)` turn one into what the field holds.
    """
    review, values = copy.deepcopy(review), iter(values)
    for container, key, wanted, blanks in find_gaps(review, file):
        if wanted == "text":
            container[key] = fill(container[key], [as_text(blank, next(values)) for blank in blanks])
        else:
            container[key] = as_number(blanks[0], next(values), wanted)
    for name in LISTS:
        for entry in review[name]:
            check_item(name, entry, file, review["lesson"])
    return review


def to_json(review):
    """A review as the bytes of its JSON file."""
    return json.dumps(review, ensure_ascii=False, indent=1).encode() + b"\n"


def same_but_for_blanks(template, built):
    """Whether `built` (from a JSON file) can be `template` with its blanks filled in."""
    if isinstance(template, str) and BLANK.search(template):
        return isinstance(built, (str, int, float))
    if type(built) is not {Entry: dict}.get(type(template), type(template)):
        return False
    if isinstance(template, dict):
        return list(template) == list(built) and all(same_but_for_blanks(template[key], built[key]) for key in template)
    if isinstance(template, list):
        return len(template) == len(built) and all(map(same_but_for_blanks, template, built))
    return template == built
