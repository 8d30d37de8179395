"""The version each copy in work/ was made from: kept beside the copies, or found again where it wasn't kept.

`course.py lab`, `reset` and `update` keep the course's file as it was, in work/.course/base. Copies made before
there was such a folder have none. Their version is looked for in git's history, if the course came by git; else it
is put together from what the copy itself tells: the builder's ids are hashes of a cell's text, so a cell whose id
still fits was not changed.
"""

import shutil
import subprocess

from . import cells, files

VERSIONS = 200  # how far back git is asked


def place_of(root, copy):
    """Return where the version is kept that a file of work/ was made from."""
    return root / "work" / ".course" / "base" / copy.relative_to(root / "work")


def record(root, copy, master):
    """Keep the course's file `master` as what `copy` was made from."""
    place, data = place_of(root, copy), master.read_bytes()
    if files.read_or_none(place) != data:
        files.write_whole(place, data)


def kept(root, copy):
    """Return the bytes of the version that a copy was made from, None where they were not kept or are damaged."""
    data = files.read_or_none(place_of(root, copy))
    if data is None or copy.suffix != ".ipynb":
        return data
    try:
        cells.read(data)
    except cells.Damaged:
        return None
    return data


def settle(root, pairs):
    """Keep the versions of those copies that have none kept, where one can be found for certain."""
    for master, copy in pairs:
        data = files.read_or_none(copy)
        if data is None:
            continue
        if data == master.read_bytes():
            record(root, copy, master)
        elif kept(root, copy) is None:
            found = in_history(root, master, data)
            if found is not None:
                files.write_whole(place_of(root, copy), found)


def in_history(root, master, own):
    """Return the version of `master` in git's history that a copy with the bytes `own` was made from, or None.

    That is the very same bytes, else the version that agrees with most of the copy's cells, and with at least half
    of the cells that have an id of the builder's.
    """
    name = master.relative_to(root).as_posix()
    versions = history(root, name)
    if own in versions:
        return own
    if master.suffix != ".ipynb":
        return None
    try:
        mine = {cell.get("id"): cells.content(cell) for cell in cells.read(own)["cells"]}
    except cells.Damaged:
        return None
    best, most = None, 0
    for data in versions:
        try:
            theirs = cells.by_id(cells.read(data)["cells"])
        except cells.Damaged:
            continue
        known = [name for name in theirs if name in mine]
        agree = sum(mine[name] == cells.content(theirs[name]) for name in known)
        score = agree + 2 * len(known) - len(theirs)
        if 2 * len(known) >= len(theirs) and score > most:
            best, most = data, score
    return best


def history(root, name):
    """Return the bytes of a file in each of its versions in git, the newest first; none where git has none."""
    program = shutil.which("git")
    if program is None or not (root / ".git").exists():
        return []
    commits = ask(program, root, "log", f"--max-count={VERSIONS}", "--format=%H", "--", name).decode("ascii").split()
    found = (ask(program, root, "show", f"{commit}:./{name}") for commit in commits)
    return [data for data in found if data]


def ask(program, root, *arguments):
    """Return what git prints; nothing where it fails, as in a folder that belongs to somebody else."""
    answer = subprocess.run(
        [program, "--no-optional-locks", "--no-pager", "-C", str(root), *arguments], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    return answer.stdout if answer.returncode == 0 else b""


def guessed(own, new):
    """Return the version that a copy may have been made from, as far as the copy and the new version tell.

    A cell whose id is the hash of its text is as the course wrote it. A cell with the id of a new one was made from
    a cell like that: the builder's ids change with the text, so only for checks is it a guess that the text is the
    same; there nothing is assumed, and the merge treats them as changed by both. All other cells count as the
    learner's. A cell of the new version that the copy hasn't got counts as new.
    """
    there = {cell.get("id") for cell in own["cells"]}
    known = [cell for cell in new["cells"] if cell["id"] in there and not cells.is_locked(cell)]
    names = {cell["id"] for cell in new["cells"]}
    before, at_start = None, []
    following = {}  # id of a cell -> the cells of the old version that stood below it and are gone
    for cell in own["cells"]:
        name = cell.get("id")
        if name in names:
            before = name
        elif name and cells.hashed_id(cell["cell_type"], cells.source(cell)) == name:
            (at_start if before is None else following.setdefault(before, [])).append(cell)
    whole = list(at_start)
    for cell in known:
        whole += [cell, *following.pop(cell["id"], [])]
    whole += [cell for rest in following.values() for cell in rest]
    return {**new, "cells": whole}
