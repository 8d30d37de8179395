"""Puts built files in place, and says where those in place differ from what the sources make."""

import base64
import copy
import io
import itertools
import json
import os
from pathlib import PurePosixPath

NOTEBOOKS, EXERCISES, SOLUTIONS, ITEMS = "notebooks", "exercises", "exercises/solutions", "helpers/items"
SUFFIXES = {NOTEBOOKS: ".ipynb", EXERCISES: ".ipynb", SOLUTIONS: ".ipynb", ITEMS: ".json"}


def strangers(root, files):
    """The files in the built folders that no source makes; `files` are those that one does."""
    found = []
    for folder, suffix in SUFFIXES.items():
        for path in sorted((root / folder).glob("*")):
            name = path.relative_to(root).as_posix()
            ours = path.suffix == suffix or folder != ITEMS  # helpers/items may hold Python's own files
            if path.is_file() and ours and not path.name.startswith(".") and name not in files:
                found.append(name)
    return found


def write(root, files, whole, say=print):
    """Put built files in place, each whole or not at all; if `whole`, also remove what no source makes."""
    for name, data in sorted(files.items()):
        path = root / name
        if path.exists() and path.read_bytes() == data:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.new")
        beside.write_bytes(data)
        os.replace(beside, path)
        say(f"  wrote {name}")
    for name in strangers(root, files) if whole else []:
        if PurePosixPath(name).suffix == SUFFIXES[str(PurePosixPath(name).parent)]:
            (root / name).unlink()
            say(f"  removed {name}, which no lesson makes")


def compare(root, files, whole, say=print):
    """One sentence for each file in place that differs from the built one; if `whole`, also for strangers."""
    problems = []
    for name, data in sorted(files.items()):
        path = root / name
        found = path.read_bytes() if path.exists() else None
        difference = "is missing." if found is None else first_difference(data, found) if found != data else None
        if difference:
            problems.append(f"{name}: {difference}")
        elif difference == "":
            say(f"  {name}: some pictures have other bytes and look the same")
    return problems + [f"{name}: no lesson makes this file." for name in (strangers(root, files) if whole else [])]


def first_difference(made, found):
    """Where two versions of a file part, in words; "" if only the bytes of equal-looking pictures differ."""
    try:
        new, old = json.loads(made), json.loads(found)
        cells = list(itertools.zip_longest(new["cells"], old["cells"], fillvalue={}))
    except (ValueError, KeyError, TypeError):
        return line_that_differs(made.decode(), found.decode(errors="replace"))
    other_pictures = False
    for number, (new_cell, old_cell) in enumerate(cells, start=1):
        if new_cell != old_cell and not same_but_for_pixels(new_cell, old_cell):
            name = (new_cell or old_cell).get("id")
            texts = (json.dumps(cell, indent=1, ensure_ascii=False) for cell in (new_cell, old_cell))
            return f"cell {number} (id {name}) differs: {line_that_differs(*texts)}"
        other_pictures = other_pictures or new_cell != old_cell
    new["cells"] = old["cells"] = []
    if other_pictures and new == old:
        return ""
    return line_that_differs(made.decode(), found.decode(errors="replace"))


def line_that_differs(made, found):
    """The first line in which two texts differ, from both sides."""
    pairs = itertools.zip_longest(made.splitlines(), found.splitlines(), fillvalue="(nothing)")
    for number, (new, old) in enumerate(pairs, start=1):
        if new != old:
            return f"line {number} is {old.strip()[:100]!r}, and the lesson makes {new.strip()[:100]!r}."
    return "line endings differ."


def same_but_for_pixels(new, old):
    """Whether two cells differ only in pictures that no eye can tell apart.

    Another processor may round the last bit of a colour differently. That is no reason to refuse a build.
    """
    new, old = copy.deepcopy(new), copy.deepcopy(old)
    if len(new.get("outputs", [])) != len(old.get("outputs", [])):
        return False
    for outputs in zip(new.get("outputs", []), old.get("outputs", []), strict=True):
        one, other = (output.get("data", {}).pop("image/png", None) for output in outputs)
        if one != other and not (one and other and look_the_same(one, other)):
            return False
    return new == old


def look_the_same(one, other):
    """Whether two base64 PNGs have the same size and nearly the same pixels."""
    import numpy as np
    from PIL import Image

    try:
        files = (io.BytesIO(base64.b64decode("".join(picture))) for picture in (one, other))
        first, second = (np.asarray(Image.open(file).convert("RGBA"), dtype=int) for file in files)
    except (OSError, ValueError):
        return False  # one of them is no picture
    if first.shape != second.shape:
        return False
    apart = np.abs(first - second)
    return bool(apart.max() <= 32 and (apart > 4).mean() < 1e-4)
