"""Finds and reads what students handed in, and puts a student's answers into the released notebook.

All of it is written by strangers: nothing is followed, run or believed here, and whatever is wrong with a file becomes
a sentence in its owner's row.
"""

import json
import os
import re
import stat
import unicodedata
from dataclasses import dataclass, field

from .release import source_of

LARGEST = 20 * 2**20  # bytes of a notebook that are read
MOST_CELLS = 1000
LONGEST = 200_000  # characters of one cell

STARTS = (  # what a file is that is no notebook, by its first bytes
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "a text document"),
    (b"<", "a web page"),
)


class Unreadable(Exception):
    """A submission that can't be graded; its text is a sentence for the teacher."""


@dataclass(frozen=True)
class Note:
    """Something a teacher should know of a submission; `look` asks for a look at it."""

    kind: str
    text: str
    look: bool = True


@dataclass
class Submission:
    """What one student handed in for one assignment: its bytes, the file's name, notes on how it was found."""

    student: str
    assignment: str
    data: bytes = b""
    file: str = ""
    notes: list = field(default_factory=list)
    trouble: str = ""
    key: str = ""


# Finding


def students_in(submitted):
    """The names of the folders of `submitted`, in order; hidden ones and files are left out."""
    if not submitted.is_dir():
        return []
    with os.scandir(submitted) as entries:
        return sorted(entry.name for entry in entries if not entry.name.startswith(".") and not entry.is_file())


def find(submitted, student, release):
    """The Submission of a student for a release, or None where there is no folder for it."""
    home, folder = submitted / student, submitted / student / release.name
    found = Submission(student, release.name)
    for place in (home, folder):
        if place.is_symlink():
            found.trouble = f"{place.name} is a link to another place, which is not followed."
            return found
    if not folder.is_dir():
        return None
    try:
        _choose(found, folder, release)
    except Unreadable as reason:
        found.trouble = str(reason)
    except OSError as error:
        found.trouble = f"It can't be read: {(error.strerror or str(error)).lower()}."
    return found


def _choose(found, folder, release):
    """Read the notebook of that name, else the only one there is, else the only one of this lesson."""
    paths = _notebooks(folder)
    named = [path for path in paths if path.name == release.file and path.parent == folder]
    if named:
        found.file, found.data = named[0].name, read_bytes(named[0])
        others = [path.name for path in paths if path not in named]
        if others:
            found.notes.append(
                Note("others", f"{_listed(others)} beside it: not graded.", False)
            )
        return
    if not paths:
        there = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
        raise Unreadable(f"There is no notebook: {'the folder is empty' if not there else _listed(there)}.")
    if len(paths) > 1:
        paths = [path for path in paths if _fits(path, release)] or paths
    if len(paths) > 1:
        names = _listed([path.name for path in paths])
        raise Unreadable(f"No notebook is called {release.file}, and there are several others: {names}.")
    path = paths[0]
    found.file, found.data = str(path.relative_to(folder)), read_bytes(path)
    found.notes.append(Note("renamed", f"The notebook is called {shown(found.file)}, not {release.file}.", False))


def _notebooks(folder):
    """All files that end in .ipynb, in the folder or up to two below it, hidden ones left out."""
    found = []
    for pattern in ("*", "*/*", "*/*/*"):
        for path in sorted(folder.glob(pattern)):
            inside = path.relative_to(folder).parts
            linked = any(parent.is_symlink() for parent in path.parents if folder in parent.parents)
            hidden = any(part.startswith((".", "__")) for part in inside)
            if path.name.lower().endswith(".ipynb") and not linked and not hidden:
                found.append(path)
        if found:
            break
    return found[:50]


def _fits(path, release):
    """Whether a file is a notebook with cells of this release."""
    try:
        cells = parse(read_bytes(path))["cells"]
    except (Unreadable, OSError):
        return False
    return any(_claims(cell) & release.by_id.keys() for cell in cells if _is_cell(cell))


def read_bytes(path):
    """A file's bytes. Raises Unreadable where it is a link, no file, empty or too large."""
    state = os.lstat(path)
    if stat.S_ISLNK(state.st_mode):
        raise Unreadable(f"{shown(path.name)} is a link to another file, which is not followed.")
    if not stat.S_ISREG(state.st_mode):
        raise Unreadable(f"{shown(path.name)} is not a file.")
    if state.st_size == 0:
        raise Unreadable(f"{shown(path.name)} is empty: 0 bytes.")
    if state.st_size > LARGEST:
        size = f"{state.st_size / 2**20:.0f} MB, more than the {LARGEST >> 20} that are read"
        raise Unreadable(f"{shown(path.name)} has {size}.")
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(number, "rb") as file:
        return file.read(LARGEST)


# Reading


def parse(data):
    """The notebook in some bytes as a dict with a list of cells. Raises Unreadable with what it is instead."""
    for start, what in STARTS:
        if data.startswith(start):
            raise Unreadable(f"The file is {what}, not a notebook.")
    try:
        notebook = json.loads(_text(data))
    except (ValueError, RecursionError, MemoryError):
        kind = "a damaged notebook" if b'"cells"' in data[:4096] else "not a notebook"
        raise Unreadable(f"The file is {kind}: it can't be read as JSON.") from None
    if not isinstance(notebook, dict):
        raise Unreadable("The file is JSON, and not a notebook.")
    if "worksheets" in notebook:
        raise Unreadable("The notebook has the format of before 2015; the student can open and save it in JupyterLab.")
    if not isinstance(notebook.get("cells"), list):
        raise Unreadable("The file is JSON without cells, not a notebook.")
    if len(notebook["cells"]) > MOST_CELLS:
        count = f"{len(notebook['cells']):,} cells, more than the {MOST_CELLS:,} that are read"
        raise Unreadable(f"The notebook has {count}.")
    return notebook


def _text(data):
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def _is_cell(cell):
    """Whether it has the form of a cell."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return False
    source = cell.get("source", "")
    return isinstance(source, str) or (isinstance(source, list) and all(isinstance(line, str) for line in source))


def _meta(cell):
    meta = cell.get("metadata")
    meta = meta.get("nbgrader") if isinstance(meta, dict) else None
    return meta if isinstance(meta, dict) else {}


def _claims(cell):
    """The ids under which a submitted cell can be known: its own and nbgrader's."""
    return {each for each in (cell.get("id"), _meta(cell).get("grade_id")) if isinstance(each, str)}


# Putting together


@dataclass
class Slot:
    """One cell of the notebook that is graded: the released cell (None for one of the student's own) and its source."""

    id: str
    kind: str
    source: str
    node: dict
    exercise: str = ""


def compose(release, data):
    """(the slots to grade, the notes) for a submission's bytes; raises Unreadable.

    Answers and cells to play with come from the student, all else from the release. The student's own cells stay
    where they stand, since an answer may use what they define.
    """
    submitted, notes = [], []
    for cell in parse(data)["cells"]:
        if _is_cell(cell):
            submitted.append(cell)
    dropped = len(parse(data)["cells"]) - len(submitted)
    if dropped:
        notes.append(Note("odd cells", f"{dropped} entries of the notebook are no cells; they were left out."))
    owners = _owners(release, submitted)
    matched = {owner for owner in owners if owner}
    if not any(release.by_id[each].kind in ("answer", "check") for each in matched):
        raise Unreadable(f"The notebook has no cell of {release.name}: is it another lesson's?")
    chosen = {cell.id: _chosen(cell, submitted, owners, notes) for cell in release.cells}
    after = _own_cells(submitted, owners)
    slots = [*after.get("", [])]
    for cell in release.cells:
        slot = _slot(cell, chosen[cell.id], notes)
        slots += [slot] if slot else []
        slots += after.get(cell.id, [])
    return slots, notes


def _owners(release, submitted):
    """For each submitted cell the id of the released cell that it is, "" for the student's own."""
    owners = []
    for cell in submitted:
        meta = _meta(cell).get("grade_id")
        known = [each for each in (meta, cell.get("id")) if isinstance(each, str) and each in release.by_id]
        owners.append(known[0] if known else "")
    left = {c.source.strip(): c.id for c in reversed(release.cells) if c.id not in owners}
    for index, cell in enumerate(submitted):  # some tools give all cells new ids
        same = left.get(source_of(cell).strip())
        if not owners[index] and same and (release.by_id[same].kind == "text") == (cell["cell_type"] != "code"):
            owners[index] = same
    return owners


def _chosen(cell, submitted, owners, notes):
    """The submitted cell that counts for a released one, None where there is none."""
    mine = [each for each, owner in zip(submitted, owners, strict=True) if owner == cell.id]
    if cell.kind in ("answer", "check") and len(mine) > 1:
        what = "answer" if cell.kind == "answer" else "check"
        used = "the last that differs from the empty one counts" if what == "answer" else "copies don't count"
        notes.append(Note("copied", f"The {what} cell {cell.id} is there {len(mine)} times; {used}."))
    if cell.kind == "answer" and len(mine) > 1:
        mine = [each for each in mine if source_of(each).strip() != cell.source.strip()][-1:] or mine
    return mine[0] if mine else None


def _own_cells(submitted, owners):
    """The student's own cells, by the id of the released cell they stand behind ("" at the top)."""
    after, place, number = {}, "", 0
    for cell, owner in zip(submitted, owners, strict=True):
        if owner:
            place = owner
            continue
        number += 1
        kind = "extra" if cell["cell_type"] == "code" else "text"
        node = {"cell_type": "code" if kind == "extra" else "markdown", "metadata": {}}
        after.setdefault(place, []).append(Slot(f"own-{number}", kind, source_of(cell)[:LONGEST], node))
    return after


def _slot(cell, given, notes):
    """The cell to grade for a released cell and what was handed in for it; notes what was changed."""
    source = cell.source
    if cell.kind == "check":
        _compare_check(cell, given, notes)
    elif given is None:
        if cell.kind == "answer":
            notes.append(Note("answer gone", f"The answer cell {cell.id} is missing."))
            return None
    elif cell.kind in ("answer", "todo"):
        source = source_of(given)
        if given["cell_type"] != "code":
            notes.append(Note("answer gone", f"The cell {cell.id} is no code cell any more; it is run as code."))
        if cell.kind == "answer" and _core(cell.node["metadata"]["nbgrader"]) != _core(_meta(given)):
            notes.append(Note("metadata", f"The metadata of {cell.id} was changed; the release's counts."))
        if len(source) > LONGEST:
            notes.append(Note("long", f"The cell {cell.id} has {len(source):,} characters; it was cut."))
            source = source[:LONGEST]
    elif cell.kind == "given" and source_of(given).strip() != source.strip():
        notes.append(Note("given", f"The given cell {cell.id} was changed; the release's was used.", False))
    return Slot(cell.id, cell.kind, source, cell.node, cell.exercise)


def _compare_check(cell, given, notes):
    if given is None:
        notes.append(Note("check gone", f"The check cell {cell.id} was deleted; it was put back."))
        return
    if source_of(given).strip() != cell.source.strip() or given["cell_type"] != "code":
        notes.append(Note("check changed", f"The check cell {cell.id} was changed; the release's was used."))
    if _core(cell.node["metadata"]["nbgrader"]) != _core(_meta(given)):
        notes.append(Note("metadata", f"The metadata of {cell.id} was changed (points or lock); the release's counts."))


CORE = ("grade_id", "grade", "solution", "locked", "points", "task")


def _core(meta):
    """What of nbgrader's metadata matters; its own tools add checksums and a cell type to it."""
    core = {key: meta[key] for key in CORE if key in meta}
    if type(core.get("points")) is int:
        core["points"] = float(core["points"])
    return core


# Saying it


def shown(text, room=80):
    """A student's text as it may stand in a sentence: printable, on one line, not too long."""
    text = "".join(char if unicodedata.category(char)[0] not in "C" else " " for char in str(text))
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= room else text[: room - 2] + " …"


def _listed(names):
    names = [shown(name, 40) for name in names]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
