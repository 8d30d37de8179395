"""A notebook as bytes and as cells: read, written, and made valid where it isn't quite.

The rules are those of the notebook format 4.5. What can't be a notebook raises Damaged; what is one but for an
output or a label that the format doesn't know is mended, and no text of a cell is ever touched.
"""

import hashlib
import itertools
import json
import re

KINDS = ("code", "markdown", "raw")
ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
JSON_DATA = re.compile(r"application/(.*\+)?json")
OUTPUTS = {
    "stream": {"output_type", "name", "text"},
    "display_data": {"output_type", "data", "metadata"},
    "execute_result": {"output_type", "data", "metadata", "execution_count"},
    "error": {"output_type", "ename", "evalue", "traceback"},
}


class Damaged(ValueError):
    """These bytes are not a notebook that can be read."""


# Bytes and notebooks


def read(data):
    """Return the notebook in some bytes: a dict of the format 4.5, every cell valid but for missing ids.

    Raises Damaged.
    """
    try:
        notebook = json.loads(data.decode("utf-8-sig"), parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Damaged(str(error)) from None
    if not isinstance(notebook, dict) or notebook.get("nbformat") != 4 or not isinstance(notebook.get("cells"), list):
        raise Damaged("not a notebook of format 4")
    for cell in notebook["cells"]:
        if not isinstance(cell, dict) or cell.get("cell_type") not in KINDS or not is_text(cell.get("source")):
            raise Damaged("a cell that is none")
    minor = notebook.get("nbformat_minor")
    return {
        "cells": [sound_cell(cell) for cell in notebook["cells"]],
        "metadata": sound_head(notebook.get("metadata")),
        "nbformat": 4,
        "nbformat_minor": max(minor, 5) if is_count(minor) else 5,
    }


def refuse_constant(name):
    """Refuse NaN and Infinity, which JSON doesn't know and a browser can't read."""
    raise ValueError(f"{name} is not JSON")


def write(notebook):
    """Return a notebook as bytes, as Jupyter itself writes it."""
    style = {"indent": 1, "sort_keys": True, "separators": (",", ": ")}
    try:
        return (json.dumps(notebook, ensure_ascii=False, **style) + "\n").encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can hold
        return (json.dumps(notebook, ensure_ascii=True, **style) + "\n").encode("utf-8")


# Cells


def text(value):
    """Return a text of the format, which may be a list of its lines, as one string."""
    return value if isinstance(value, str) else "".join(value)


def source(cell):
    """Return what a cell says, with line ends as they are everywhere but on Windows."""
    return text(cell["source"]).replace("\r\n", "\n")


def content(cell):
    """Return what makes two cells say the same: their kind, text and attachments."""
    attached = cell.get("attachments")
    return cell["cell_type"], source(cell), json.dumps(attached, sort_keys=True) if attached else ""


def outputs(cell):
    """Return a cell's outputs and number in a form in which equal ones are equal, however their lines are split."""
    return json.dumps([joined(cell.get("outputs")), cell.get("execution_count")], sort_keys=True)


def joined(value):
    """The same value, with every list of texts as one text."""
    if isinstance(value, dict):
        return {key: joined(each) for key, each in value.items()}
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return "".join(value)
    if isinstance(value, list):
        return [joined(each) for each in value]
    return value


def grader(cell, key="grade_id"):
    """Return one of nbgrader's labels of a cell, None where it has none."""
    labels = cell["metadata"].get("nbgrader")
    return labels.get(key) if isinstance(labels, dict) else None


def is_locked(cell):
    """Whether a cell belongs to the course alone: a check, which nbgrader locks."""
    return grader(cell, "locked") is True


def is_answer(cell):
    """Whether a cell is there for the learner's answer."""
    return grader(cell, "solution") is True


def hashed_id(kind, said):
    """The id that the builder gives to a cell of this kind and text, where it is the first of its like."""
    return hashlib.sha256(f"{kind}\n{said}".encode("utf-8", "replace")).hexdigest()[:12]


def fresh_id(cell, taken):
    """Return an id that is not in `taken`: always the same one for the same cell."""
    kind, said, _ = content(cell)
    return next(new for number in itertools.count() if (new := hashed_id(kind, f"{said}\n{number}")[:8]) not in taken)


def by_id(listed):
    """Return a list of cells as {id: cell}, in order; of two with one id, the first."""
    named = {}
    for cell in listed:
        named.setdefault(cell.get("id"), cell)
    named.pop(None, None)
    return named


def with_ids(notebook):
    """Return a notebook of the course with an id of its own on every cell."""
    taken = set()
    for cell in notebook["cells"]:
        if cell.get("id") is None or cell["id"] in taken:
            cell["id"] = fresh_id(cell, taken)
        taken.add(cell["id"])
    return notebook


# What makes a cell valid


def is_text(value):
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(line, str) for line in value))


def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def sound_cell(cell):
    """Return a valid copy of a cell, but for its id, which is left out where it can't be one."""
    kind = cell["cell_type"]
    sound = {"cell_type": kind, "metadata": sound_labels(cell.get("metadata"), kind), "source": cell["source"]}
    if isinstance(cell.get("id"), str) and ID.fullmatch(cell["id"]):
        sound["id"] = cell["id"]
    if kind == "code":
        count, made = cell.get("execution_count"), cell.get("outputs")
        sound["execution_count"] = count if is_count(count) else None
        sound["outputs"] = [each for each in made if is_output(each)] if isinstance(made, list) else []
    elif isinstance(cell.get("attachments"), dict) and all(map(is_bundle, cell["attachments"].values())):
        sound["attachments"] = cell["attachments"]
    return sound


def sound_labels(metadata, kind):
    """Return a cell's metadata without the entries that the format forbids."""
    if not isinstance(metadata, dict):
        return {}
    allowed = {
        "tags": lambda tags: isinstance(tags, list) and all(map(is_tag, tags)) and len(set(tags)) == len(tags),
        "name": lambda name: isinstance(name, str) and re.match(".+$", name),
        "jupyter": lambda value: isinstance(value, dict),
    }
    if kind == "raw":
        allowed["format"] = lambda value: isinstance(value, str)
    if kind == "code":
        allowed["collapsed"] = lambda value: isinstance(value, bool)
        allowed["scrolled"] = lambda value: isinstance(value, bool) or value == "auto"
        allowed["execution"] = lambda value: (
            isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
        )
    return {key: value for key, value in metadata.items() if key not in allowed or allowed[key](value)}


def is_tag(value):
    return isinstance(value, str) and re.match(r"[^,]+$", value) is not None


def is_bundle(value):
    return isinstance(value, dict) and all(is_text(each) or JSON_DATA.fullmatch(key) for key, each in value.items())


def is_output(value):
    """Whether a value is an output as the format knows them."""
    if not isinstance(value, dict) or set(value) != OUTPUTS.get(str(value.get("output_type"))):
        return False
    if value["output_type"] == "stream":
        return isinstance(value["name"], str) and is_text(value["text"])
    if value["output_type"] == "error":
        lines = value["traceback"]
        named = isinstance(value["ename"], str) and isinstance(value["evalue"], str)
        return named and isinstance(lines, list) and is_text(lines)
    count = value.get("execution_count")
    return is_bundle(value["data"]) and isinstance(value["metadata"], dict) and (count is None or is_count(count))


def sound_head(metadata):
    """Return a notebook's own metadata without the entries that the format forbids."""
    if not isinstance(metadata, dict):
        return {}
    strings = {"kernelspec": ("name", "display_name"), "language_info": ("name",)}
    sound = dict(metadata)
    for key, names in strings.items():
        value = sound.get(key)
        if key in sound and not (isinstance(value, dict) and all(isinstance(value.get(n), str) for n in names)):
            del sound[key]
    language = sound.get("language_info", {})
    optional = ("file_extension", "mimetype", "pygments_lexer")
    mode = language.get("codemirror_mode", "")
    if any(not isinstance(language.get(n, ""), str) for n in optional) or not isinstance(mode, str | dict):
        sound["language_info"] = {"name": language["name"]}
    if not isinstance(sound.get("authors", []), list):
        del sound["authors"]
    if not isinstance(sound.get("title", ""), str):
        del sound["title"]
    if "orig_nbformat" in sound and not (is_count(sound["orig_nbformat"]) and sound["orig_nbformat"]):
        del sound["orig_nbformat"]
    return sound
