"""The three-way merge of a notebook by cell id: the version a copy was made from, the learner's, and the new one.

What the learner wrote stays; everything else follows the course. In detail:

- A cell that the learner didn't change becomes the course's new one. Its outputs stay the learner's as long as
  its text is the same.
- A cell that both changed stays the learner's; the course's new text follows below it in a note. For a check, which
  is locked, it is the other way round: the course's runs, the learner's text follows in a note.
- A cell that the learner took out stays out, unless the course changed it since. Checks, and the first code cell of
  an exercise notebook, always come back. An answer comes back as a note, so that no stub runs after the learner's.
- A cell that the course took out goes, unless the learner changed it: then it stays, with a note.
- The course's order holds for all but the cells that the learner moved or added: these stay below the cell they
  stood below.
- The course's ids change with a cell's text. So an old cell and a new one in the same place that read alike count as
  one cell.
- Labels (metadata) are merged one by one; those of nbgrader are always the course's, each name once.

Merging the same version again changes nothing.
"""

import bisect
import copy
import difflib
import hashlib
import re
from dataclasses import dataclass, field

from . import cells

ALIKE = 0.5  # how much of their text an old and a new cell share to count as one (difflib's ratio)
COURSES_OWN = ("nbgrader", "deletable", "editable")  # labels that always follow the course
KEY = "downhill"  # the label under which a note says what it is
NOTES = {
    "clash": (
        "**New in this version of the course.** Your cell above is as you left it. The course's own cell now reads as "
        "follows; take over what you need, then delete this note."
    ),
    "check": (
        "**New in this version of the course.** The check above is the course's. Your copy of it read as follows; "
        "you may delete this note."
    ),
    "answer": (
        "**New in this version of the course.** This task changed, and your notebook has no cell for its answer any "
        "more. The course's cell reads as follows; write it into a code cell of its own if you want to solve the task."
    ),
    "gone": (
        "**New in this version of the course.** The course has no cell like the one above any more. It stays because "
        "it is yours; delete it, and this note, when you don't need it."
    ),
}
WHAT = ("new", "changed", "left out", "came back", "clash", "answer", "check", "gone")


@dataclass
class Merged:
    """A merged notebook, and how often each of `WHAT` happened on the way."""

    notebook: dict
    counts: dict = field(default_factory=lambda: dict.fromkeys(WHAT, 0))


def merge(base, own, new):
    """Return the `Merged` of three notebooks, as `cells.read` gives them; none of the three is changed."""
    return Merge(base["cells"], own["cells"], new["cells"]).whole(base, own, new)


def lost(base, own, merged, new):
    """Return the texts of the learner's cells that `merged` doesn't hold: none, if all is well.

    A text that the course itself wrote, in the old version or the new one, is not the learner's.
    """
    courses = {cells.content(cell) for cell in base["cells"] + new["cells"]}
    kept = {cells.content(cell) for cell in merged["cells"]}
    quoted = [cells.source(cell) for cell in merged["cells"] if KEY in cell["metadata"]]
    mine = [cell for cell in own["cells"] if cells.content(cell) not in courses | kept and not is_note(cell, "clash")]
    return [cells.source(c) for c in mine if not any(cells.source(c) in each for each in quoted)]


def successors(base, new):
    """Return {id in the old version: id in the new one} for the cells that live on, as the same cell.

    That is one with the same id, or one of the same kind that reads alike and stands in the same place.
    """
    old, now = cells.by_id(base), cells.by_id(new)
    after = {name: name for name in old if name in now}
    before, later = list(old), list(now)
    for what, i, j, k, m in difflib.SequenceMatcher(None, before, later, autojunk=False).get_opcodes():
        if what == "replace":
            gone = [old[name] for name in before[i:j] if name not in now]
            come = [now[name] for name in later[k:m] if name not in old]
            after.update(pairs(gone, come))
    return after


def pairs(gone, come):
    """Return {id: id} of cells that were rewritten: each with the best of those that follow, in order."""
    found, start = {}, 0
    for cell in gone:
        rated = [(likeness(cell, other), -index) for index, other in enumerate(come[start:], start)]
        best, index = max(rated, default=(0.0, 0))
        if best >= ALIKE:
            found[cell["id"]] = come[-index]["id"]
            start = 1 - index
    return found


def likeness(one, other):
    """Return how much two cells read alike, from 0 to 1; cells of two kinds or of two roles don't."""
    roles = [(cell["cell_type"], cells.is_locked(cell), cells.is_answer(cell)) for cell in (one, other)]
    if roles[0] != roles[1]:
        return 0.0
    a, b = cells.source(one), cells.source(other)
    if a == b:
        return 1.0
    words = [re.findall(r"\w+|[^\w\s]", each) for each in (a, b)]
    matcher = difflib.SequenceMatcher(None, *words, autojunk=False)
    quick = min(matcher.real_quick_ratio(), matcher.quick_ratio())  # bounds, which cost far less
    return quick if quick < ALIKE else matcher.ratio()


def settled(positions):
    """Return the indices of a longest rising run of `positions`: the cells that kept their order."""
    ends, at, before = [], [], {}
    for index, position in enumerate(positions):
        place = bisect.bisect_left(ends, position)
        before[index] = at[place - 1] if place else None
        ends[place:] = [position] if place == len(ends) else [position, *ends[place + 1 :]]
        at[place:] = [index] if place == len(at) else [index, *at[place + 1 :]]
    run, index = set(), at[-1] if at else None
    while index is not None:
        run.add(index)
        index = before[index]
    return run


class Merge:
    """One merge: which cell is which, what becomes of each, and in which order they stand."""

    def __init__(self, base, own, new):
        self.base, self.new = cells.by_id(base), cells.by_id(new)
        self.own = own
        self.after = successors(base, new)
        self.was = self.recognise()  # index of a learner's cell -> id of its old version
        self.twins = self.recognise_twins()  # index of a learner's cell -> id that only the new version knows
        self.counts = dict.fromkeys(WHAT, 0)
        self.results, self.notes = {}, {}  # key of a cell -> the cell; -> the notes that follow it
        self.replaced = set()  # keys of old notes that newer ones replace
        self.by_right = set()  # keys of cells that have their id and nbgrader's name from the course

    # Which cell is which

    def recognise(self):
        """Find the old version of each of the learner's cells: by id, by nbgrader's name, by its very words."""
        was, free = {}, dict(self.base)
        names = {cells.grader(cell): key for key, cell in self.base.items() if cells.grader(cell)}
        self.find(was, free, lambda cell: cell.get("id"))
        self.find(was, free, lambda cell: names.get(cells.grader(cell)))
        for index, cell in enumerate(self.own):
            if index not in was and cells.source(cell).strip():
                same = [key for key, other in free.items() if cells.content(other) == cells.content(cell)]
                if same:
                    was[index] = same[0]
                    free.pop(same[0])
        return was

    def find(self, was, free, name):
        for index, cell in enumerate(self.own):
            key = name(cell)
            if index not in was and key in free:
                was[index] = key
                free.pop(key)

    def recognise_twins(self):
        """Find the learner's cells that the old version doesn't know and the new one does."""
        twins, free = {}, {key: cell for key, cell in self.new.items() if key not in self.after.values()}
        names = {cells.grader(cell): key for key, cell in free.items() if cells.grader(cell)}
        own = [(index, cell) for index, cell in enumerate(self.own) if index not in self.was]
        for index, cell in own:
            key = cell.get("id") if cell.get("id") in free else names.get(cells.grader(cell))
            if key in free:
                twins[index] = key
                free.pop(key)
        return twins

    # What becomes of each

    def whole(self, base, own, new):
        """Do the merge; returns the `Merged`."""
        for index, cell in enumerate(self.own):
            if index in self.was:
                self.known(("own", index), cell, self.base[self.was[index]], self.after.get(self.was[index]))
            elif index in self.twins:
                self.known(("own", index), cell, None, self.twins[index])
            else:
                self.results["own", index] = copy.deepcopy(cell)
        self.unknown()
        keys = [key for key in self.with_notes(self.ordered()) if key not in self.replaced]
        self.name(keys)
        merged = [cells.sound_cell(self.results[key]) for key in keys]
        head = merged_labels(base["metadata"], own["metadata"], new["metadata"], ())
        minor = max(own["nbformat_minor"], new["nbformat_minor"])
        return Merged({"cells": merged, "metadata": head, "nbformat": 4, "nbformat_minor": minor}, self.counts)

    def known(self, key, own, old, name):
        """Decide on a cell of the learner's with its old version, and its name in the new one, if any."""
        edited = old is None or cells.content(own) != cells.content(old)
        if name is None:
            if edited:
                self.results[key] = without_grader(own)
                self.note(key, "gone", None)
            else:
                self.counts["left out"] += 1
            return
        self.by_right.add(key)
        new = self.new[name]
        moved_on = old is None or cells.content(old) != cells.content(new)
        labels = merged_labels(old["metadata"] if old else {}, own["metadata"], new["metadata"])
        if not edited or cells.content(own) == cells.content(new):
            self.results[key] = follow(old, own, new, labels)
            self.counts["changed"] += not edited and moved_on
        elif moved_on and cells.is_locked(new):
            self.results[key] = {**copy.deepcopy(new), "metadata": labels}
            self.note(key, "check", own, name)
        else:
            self.results[key] = {**copy.deepcopy(own), "id": name, "metadata": labels}
            if moved_on:
                self.note(key, "clash", new, name)
                self.counts["answer"] += cells.is_answer(new)

    def unknown(self):
        """Decide on the course's cells that the learner's copy hasn't got."""
        came_from = {now: old for old, now in self.after.items()}
        there = {self.after.get(old) for old in self.was.values()} | set(self.twins.values())
        setup = first_code(self.new)
        for name, cell in self.new.items():
            if name in there:
                continue
            old = self.base.get(came_from.get(name))
            changed = old is not None and cells.content(old) != cells.content(cell)
            if old is None:
                self.counts["new"] += 1
            elif cells.is_answer(cell):
                if changed:
                    self.counts["came back"] += 1
                    self.results["new", name] = made_note("answer", cell, name)
                continue
            elif changed or cells.is_locked(cell) or name == setup:
                self.counts["came back"] += 1
            else:
                continue
            self.results["new", name] = copy.deepcopy(cell)
            self.by_right.add(("new", name))

    def note(self, key, kind, quoted, name=None):
        """Put a note below a cell, in place of an older one of the same kind that nobody has touched."""
        self.counts[kind] += 1
        self.notes[key] = made_note(kind, quoted, name or self.own[key[1]].get("id", ""))
        if kind != "clash":
            return
        was = self.was.get(key[1])
        for index, cell in enumerate(self.own):
            if index not in self.was and is_note(cell, "clash") and cell["metadata"][KEY]["cell"] in (was, name):
                self.replaced.add(("own", index))

    # In which order they stand

    def ordered(self):
        """Return the keys of all cells that stay, in order: the course's, then what the learner put among them."""
        places = {name: index for index, name in enumerate(self.base)}
        known = sorted(self.was)
        in_order = {known[each] for each in settled([places[self.was[index]] for index in known])}
        names = {self.after.get(old): index for index, old in self.was.items() if index in in_order}
        names.update({name: index for index, name in self.twins.items()})
        keys = [("own", names[name]) if name in names else ("new", name) for name in self.new]
        order = [key for key in keys if key in self.results]
        placed = set(order)
        for index in range(len(self.own)):
            key = ("own", index)
            if key in self.results and key not in placed:
                before = next((i for i in range(index - 1, -1, -1) if ("own", i) in placed), None)
                order.insert(0 if before is None else order.index(("own", before)) + 1, key)
                placed.add(key)
        return order

    def with_notes(self, order):
        """Return the keys with those of the notes, each below its cell."""
        keys = []
        for key in order:
            keys.append(key)
            if key in self.notes:
                self.results["note", key] = self.notes[key]
                keys.append(("note", key))
        return keys

    # Names

    def name(self, keys):
        """Give every cell an id of its own, and see that no name of nbgrader's stands twice."""
        ids, names = set(self.new), {cells.grader(cell) for cell in self.new.values()} - {None}
        for cell in (self.results[key] for key in keys if key not in self.by_right):
            if cell.get("id") is None or cell["id"] in ids:
                cell["id"] = cells.fresh_id(cell, ids)
            ids.add(cell["id"])
            grade = cells.grader(cell)
            if grade in names:
                cell["metadata"].pop("nbgrader")
            elif grade is not None:
                names.add(grade)


def follow(old, own, new, labels):
    """Return the course's new cell for one that the learner didn't change; outputs stay where the text does."""
    cell = {**copy.deepcopy(new), "metadata": labels}
    same = cells.content(own) == cells.content(new)
    if cell["cell_type"] == "code" and same and (old is None or cells.outputs(own) != cells.outputs(old)):
        cell["outputs"], cell["execution_count"] = copy.deepcopy(own["outputs"]), own["execution_count"]
    return cell


def merged_labels(base, own, new, courses=COURSES_OWN):
    """Return three dicts of metadata merged: key by key, the learner's changes first, `courses` as in `new`."""
    merged = {}
    for key in [*new, *(key for key in own if key not in new)]:
        if key in courses:
            chosen = new
        elif key == "tags":
            tags = merged_tags(*(each.get("tags", []) for each in (base, own, new)))
            chosen = {"tags": tags} if tags or "tags" in own or "tags" in new else {}
        else:
            same = (key in base and key in own and base[key] == own[key]) or (key not in base and key not in own)
            chosen = new if same else own
        if key in chosen:
            merged[key] = copy.deepcopy(chosen[key])
    return merged


def merged_tags(base, own, new):
    """Return the course's tags without those the learner took off, and with those they put on."""
    kept = [tag for tag in new if tag in own or tag not in base]
    return kept + [tag for tag in own if tag not in base and tag not in kept]


def without_grader(cell):
    """Return a copy of a cell that nbgrader and the course have no hold on any more."""
    labels = {key: value for key, value in cell["metadata"].items() if key not in COURSES_OWN}
    return {**copy.deepcopy(cell), "metadata": labels}


def first_code(named):
    """Return the id of the first code cell of an exercise notebook, None for other notebooks."""
    if not any(cells.grader(cell) for cell in named.values()):
        return None
    return next((name for name, cell in named.items() if cell["cell_type"] == "code"), None)


# Notes


def made_note(kind, quoted, name):
    """Return a markdown cell with a note of this kind, and the text of the cell `quoted`; it has no id yet."""
    said = NOTES[kind]
    if quoted is not None and quoted["cell_type"] == "markdown":
        said += f"\n\n---\n\n{cells.source(quoted)}"
    elif quoted is not None:
        said += "\n\n" + fenced(cells.source(quoted), "python" if quoted["cell_type"] == "code" else "")
    label = {"note": kind, "cell": name, "text": short_digest(said)}
    note = {"cell_type": "markdown", "metadata": {KEY: label}, "source": said.splitlines(keepends=True)}
    if quoted is not None and quoted.get("attachments"):
        note["attachments"] = copy.deepcopy(quoted["attachments"])
    return note


def fenced(said, language):
    """Return a text as a block of code in markdown, whatever fences it holds itself."""
    longest = max(map(len, re.findall(r"`{3,}", said)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{said}\n{fence}"


def is_note(cell, kind):
    """Whether a cell is a note of this kind that the learner hasn't written in."""
    label = cell["metadata"].get(KEY)
    ours = isinstance(label, dict) and label.get("note") == kind and "cell" in label
    return ours and label.get("text") == short_digest(cells.source(cell))


def short_digest(said):
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]
