"""Random notebooks, and what learners, authors and accidents do to them: the material of the tests of updates.

Every text that a learner types holds a token «m…» that nothing else holds, so that a test can ask for it afterwards.
"""

import copy
import hashlib
import json
import re

from hypothesis import strategies as st

from upkeep import cells

OUTPUT = {"name": "stdout", "output_type": "stream", "text": ["1.0000\n"]}
PICTURE = {"data": {"image/png": "aGFsbG8=", "text/plain": ["<Figure>"]}, "metadata": {}, "output_type": "display_data"}
WORDS = ("slope", "loss", "step", "chain", "knob", "graph", "layer", "weight", "x", "y", "=", "+", "(0.1)", "\n", "```")


def course_cell(kind, said, name=None, role=None):
    """A cell as the builder makes it."""
    cell = {"cell_type": kind, "metadata": {}, "source": said.splitlines(keepends=True)}
    cell["id"] = name or hashlib.sha256(f"{kind}\n{said}".encode()).hexdigest()[:12]
    if kind == "code":
        cell.update(outputs=[OUTPUT], execution_count=1)
    if role:
        check = role == "check"
        cell["metadata"] = {"deletable": False, "nbgrader": {
            "grade": check, "grade_id": cell["id"], "locked": check, "schema_version": 3, "solution": not check,
            "task": False,
        }}  # fmt: skip
        if check:
            cell["metadata"].update(editable=False, tags=["raises-exception"])
            cell["metadata"]["nbgrader"]["points"] = 1
    return cell


def notebook(listed):
    head = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return {"cells": listed, "metadata": head, "nbformat": 4, "nbformat_minor": 5}


def phrase(seed):
    """A text of a few words of the course, the same for the same seed."""
    number = int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:8])
    return " ".join(WORDS[number // 7**i % len(WORDS)] for i in range(3 + number % 9)) + f" {number % 997}"


def lesson(seed, size, exercise):
    """A notebook of the course with `size` cells; in an exercise notebook every fifth pair is answer and check."""
    listed = []
    for index in range(size):
        said = phrase((seed, index))
        if exercise and index % 5 == 3:
            listed.append(course_cell("code", f"def f{index}(x):\n    return ...", f"answer-f{index}", "answer"))
        elif exercise and index % 5 == 4:
            listed.append(course_cell("code", f'check("f{index}", f{index})', f"check-f{index}", "check"))
        else:
            listed.append(course_cell("code" if index % 2 else "markdown", said))
    return notebook(without_doubles(listed))


def without_doubles(listed):
    return list({cell["id"]: cell for cell in listed}.values())


# What authors do


def author(old, steps):
    """A later release: `steps` are (what, place, seed)."""
    listed = copy.deepcopy(old["cells"])
    for what, place, seed in steps:
        place = place % (len(listed) + 1)
        cell = listed[place] if place < len(listed) else None
        if what == "add" or cell is None:
            listed.insert(place, course_cell("code" if seed % 2 else "markdown", phrase(("added", seed))))
        elif what == "reword" and cell["id"].startswith(("answer-", "check-")):
            cell["source"] = (cells.text(cell["source"]) + f"\n# {phrase(seed)}").splitlines(keepends=True)
        elif what == "reword":
            said = cells.text(cell["source"]) + f" {phrase(seed)[:9]}"
            listed[place] = course_cell(cell["cell_type"], said)
        elif what == "remove":
            listed.pop(place)
        elif what == "move":
            listed.insert(seed % len(listed), listed.pop(place))
        elif what == "outputs" and cell["cell_type"] == "code":
            cell["outputs"] = [PICTURE] if seed % 2 else [{**OUTPUT, "text": [f"{seed}\n"]}]
        elif what == "labels":
            cell["metadata"]["tags"] = ["todo"]
        elif what == "kind" and not cell["metadata"].get("nbgrader"):
            listed[place] = course_cell("raw", cells.text(cell["source"]))
    return notebook(without_doubles(listed))


AUTHOR = st.lists(
    st.tuples(
        st.sampled_from(["add", "reword", "reword", "remove", "move", "outputs", "labels", "kind"]),
        st.integers(0, 30), st.integers(0, 999),
    ), max_size=6,
)  # fmt: skip


# What learners do



class Typist:
    """Types what a learner types: any text at all, and a token to know it by; `begin` it in every example."""

    def begin(self):
        self.count = 0

    def __call__(self, extra):
        self.count += 1
        return f"«m{self.count}»{extra}"


typed = Typist()


def own_cell(kind, said, name):
    cell = {"cell_type": kind, "id": name, "metadata": {}, "source": said}
    return {**cell, "outputs": [], "execution_count": None} if kind == "code" else cell


def learner(old, steps):
    """A learner's copy of a notebook: `steps` are (what, place, number, text)."""
    whole = copy.deepcopy(old)
    listed = whole["cells"]
    for what, place, number, extra in steps:
        place = place % (len(listed) + 1)
        cell = listed[place] if place < len(listed) else None
        if what == "add" or cell is None:
            kind = ("code", "markdown", "raw")[number % 3]
            listed.insert(place, own_cell(kind, typed(extra), f"{number:08x}-new"))
        else:
            EDITS[what](whole, place, number, extra)
    return whole


def edit(whole, place, number, extra):
    cell = whole["cells"][place]
    said = cells.text(cell["source"])
    cell["source"] = said[: number % (len(said) + 1)] + typed(extra) + said[number % (len(said) + 1) :]


def rewrite(whole, place, number, extra):
    whole["cells"][place]["source"] = typed(extra).splitlines(keepends=True)


def remove(whole, place, number, extra):
    whole["cells"].pop(place)


def move(whole, place, number, extra):
    whole["cells"].insert(number % len(whole["cells"]), whole["cells"].pop(place))


def split(whole, place, number, extra):
    cell, said = whole["cells"][place], cells.text(whole["cells"][place]["source"])
    cut = number % (len(said) + 1)
    half = {**copy.deepcopy(cell), "source": said[cut:], "id": f"{number:04x}-half"}
    cell["source"] = said[:cut]
    whole["cells"].insert(place + 1, half)


def join(whole, place, number, extra):
    if place + 1 < len(whole["cells"]):
        below = whole["cells"].pop(place + 1)
        cell = whole["cells"][place]
        cell["source"] = cells.text(cell["source"]) + "\n" + cells.text(below["source"])


def duplicate(whole, place, number, extra):
    copied = copy.deepcopy(whole["cells"][place])
    if number % 3 == 0:
        copied["id"] = f"{number:04x}-copy"
    elif number % 3 == 1:
        copied.pop("id", None)
    whole["cells"].insert(number % (len(whole["cells"]) + 1), copied)


def forget_ids(whole, place, number, extra):
    for cell in whole["cells"][place:]:
        cell.pop("id", None)
    whole["nbformat_minor"] = 4


def new_ids(whole, place, number, extra):
    for index, cell in enumerate(whole["cells"][place:]):
        cell["id"] = f"other-{number}-{index}"


def run_it(whole, place, number, extra):
    for cell in whole["cells"][place : place + 3]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            cell["outputs"] = [{**OUTPUT, "text": typed(extra)}] * (number % 3)
    whole["metadata"]["widgets"] = {"state": {}, "number": number}


def label(whole, place, number, extra):
    labels = dict(whole["cells"][place]["metadata"] or {})
    odd = ({"collapsed": True}, {"mine": extra}, {"tags": ["a,b", "c"]}, {"nbgrader": 3}, {"scrolled": "far"},
           {"jupyter": {"source_hidden": True}}, {"tags": ["mine"]}, {"editable": True}, {"name": ""})  # fmt: skip
    labels.update(odd[number % len(odd)])
    whole["cells"][place]["metadata"] = labels


def unlabel(whole, place, number, extra):
    whole["cells"][place]["metadata"] = {} if number % 2 else None


def turn(whole, place, number, extra):
    cell = whole["cells"][place]
    kind = ("code", "markdown", "raw")[number % 3]
    cell["cell_type"] = kind
    cell.pop("attachments", None)
    if kind == "code":
        cell.update(outputs=[], execution_count=None)
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def attach(whole, place, number, extra):
    cell = whole["cells"][place]
    if cell["cell_type"] == "markdown":
        cell["attachments"] = {"mine.png": {"image/png": "bWluZQ=="}}
        cell["source"] = cells.text(cell["source"]) + f"![{typed(extra)}](attachment:mine.png)"


def spoil(whole, place, number, extra):
    cell = whole["cells"][place]
    if cell["cell_type"] == "code":
        cell["outputs"] = [{"output_type": "dream"}, {"output_type": "stream", "text": 3}, OUTPUT, None][number % 4 :]
        cell["execution_count"] = ("many", -1, 3.5, None)[number % 4]
    whole["metadata"]["kernelspec"] = ({}, None, {"name": "python3", "display_name": "mine"})[number % 3]


EDITS = {
    "edit": edit, "rewrite": rewrite, "remove": remove, "move": move, "split": split, "join": join,
    "duplicate": duplicate, "forget ids": forget_ids, "new ids": new_ids, "run": run_it, "label": label,
    "unlabel": unlabel, "turn": turn, "attach": attach, "spoil": spoil,
}  # fmt: skip
LEARNER = st.lists(
    st.tuples(
        st.sampled_from(["add", "edit", "edit", *EDITS]), st.integers(0, 30), st.integers(0, 65535), st.text(max_size=6)
    ), max_size=7,
)  # fmt: skip


# What accidents do


def damage(data, how, place):
    """The bytes of a notebook after an accident."""
    cut = place % (len(data) + 1)
    return {
        "cut off": data[:cut],
        "merge conflict": data[:cut] + b"\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n" + data[cut:],
        "zeros": data[:cut] + b"\0" * 64,
        "not text": data[:cut] + b"\xff\xfe" + data[cut:],
        "a list": b"[" + data + b"]",
        "another format": data.replace(b'"nbformat": 4', b'"nbformat": 3'),
        "no cells": json.dumps({"nbformat": 4, "mine": data.decode("utf-8", "replace")}).encode(),
        "cells that are none": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [3]}' + b" " * cut,
        "empty": b"",
        "deep": b"[" * 100_000,
    }[how]


DAMAGE = st.sampled_from(
    ["cut off", "merge conflict", "zeros", "not text", "a list", "another format", "no cells", "cells that are none",
     "empty", "deep"]
)  # fmt: skip


def token_list(whole):
    """Every token in the texts of a notebook's cells."""
    return {token for cell in whole["cells"] for token in re.findall(r"«m\d+»", cells.text(cell["source"]))}
