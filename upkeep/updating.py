"""`course.py update` and `update --undo`: works out what changes, has it done, and says it in words."""

import re
from dataclasses import dataclass, field

from . import Trouble, bases, cells, files, journal, notebooks

RELOAD = "If one of these notebooks is open in JupyterLab, use File, Reload Notebook from Disk before you go on in it."
NEW = "is new"


@dataclass
class Item:
    """What becomes of one file of the course: the changes on the disk, and what is said about them."""

    path: str
    group: list = field(default_factory=list)
    said: list = field(default_factory=list)
    label: str = ""


class Plan:
    """What an update would do to work/, given the course's files as pairs (master, copy)."""

    def __init__(self, root, pairs):
        self.root, self.work, self.pairs = root, root / "work", pairs
        self.items = [item for item in [*map(self.item, pairs), *self.gone()] if item.group or item.said]

    def item(self, pair):
        """Return what becomes of one file."""
        master, copy = pair
        item = Item(copy.relative_to(self.work).as_posix())
        if copy.is_symlink():
            if bases.kept(self.root, copy) != master.read_bytes():
                item.said.append("is a link to a file elsewhere, so it is left as it is")
            return item
        own, new, base = files.read_or_none(copy), master.read_bytes(), bases.kept(self.root, copy)
        if own is None:
            item.said.append(NEW)
            item.group.append(journal.Change(item.path, None, new))
        elif own == base and own != new:
            item.group.append(journal.Change(item.path, own, new))
            item.said += self.untouched(item, own, new)
        elif own != new and copy.suffix == ".ipynb":
            if not self.merge(item, copy, (base, own, new), master):
                return item
        elif own != new and base != new:
            self.other_file(item, own, new, master)
        item.label = label(item.path, new)
        self.keep_base(item, copy, new)
        return item

    def keep_base(self, item, copy, new):
        """Let the new version be what the copy was made from, from now on."""
        place = bases.place_of(self.root, copy)
        before = files.read_or_none(place)
        if before != new:
            item.group.append(journal.Change(place.relative_to(self.work).as_posix(), before, new))

    def untouched(self, item, own, new):
        """Return what is said of a file that the learner never changed."""
        if not item.path.endswith(".ipynb"):
            return ["follows the new version"]
        try:
            old, now = cells.with_ids(cells.read(own)), self.course(new, item.path)
        except cells.Damaged:
            return ["follows the new version"]
        return sentences(notebooks.merge(old, old, now).counts) or ["has newer pictures and outputs"]

    def course(self, data, path):
        """Return a notebook of the course; raises Trouble where it can't be read."""
        try:
            return cells.with_ids(cells.read(data))
        except cells.Damaged:
            raise Trouble(
                f"The course's own file for {path} can't be read, so nothing was updated: get the course again, then "
                "run the same command again."
            ) from None

    def merge(self, item, copy, versions, master):
        """Plan the merge of a notebook that the learner changed; returns whether it follows the new version then."""
        base, own, new = versions
        now = self.course(new, item.path)
        try:
            mine = cells.read(own)
        except cells.Damaged:
            self.put_aside(item, copy, own, new)
            return True
        if base is None:
            base = bases.in_history(self.root, master, own)
        old = cells.with_ids(cells.read(base)) if base is not None else bases.guessed(mine, now)
        merged = notebooks.merge(old, mine, now)
        if base == new and not merged.counts["came back"]:
            return True
        data = cells.write(merged.notebook)
        if notebooks.lost(old, mine, merged.notebook, now) or cells.read(data) != merged.notebook:
            item.said.append(
                "can't be merged without losing something of yours, so it is left as it is; please tell the course's "
                "authors"
            )
            return False
        item.said += sentences(merged.counts)
        if merged.notebook != mine:
            item.group.append(journal.Change(item.path, own, data))
            item.said = item.said or ["has newer pictures and outputs"]
        return True

    def put_aside(self, item, copy, own, new):
        """Plan a fresh copy in place of one that can't be read, which is kept."""
        kept = files.free_name(copy, copy.suffix)
        name = kept.relative_to(self.work).as_posix()
        item.group = [journal.Change(name, None, own), journal.Change(item.path, own, new)]
        item.said.append(f"could not be read; it is kept as {self.shown(name)}, and a fresh copy is in its place")

    def other_file(self, item, own, new, master):
        """Plan for a file that is no notebook: the learner's stays if it is not one of the course's versions."""
        if bases.in_history(self.root, master, own) == own:
            item.group.append(journal.Change(item.path, own, new))
            item.said.append("follows the new version")
        else:
            name = master.relative_to(self.root).as_posix()
            item.said.append(f"was changed by you and stays as it is; the new version is {name}")

    def gone(self):
        """Return what becomes of files that the course hasn't got any more: they stay."""
        place = bases.place_of(self.root, self.work)
        known = {bases.place_of(self.root, copy) for _, copy in self.pairs}
        for path in sorted(place.glob("**/*")):
            if path.is_file() and path not in known and not path.name.endswith(".part"):
                inside = path.relative_to(place).as_posix()
                item = Item(inside, [journal.Change(path.relative_to(self.work).as_posix(), path.read_bytes(), None)])
                if (self.work / inside).exists():
                    item.said.append("is no longer part of the course; your copy stays" + self.renamed(path))
                yield item

    def renamed(self, path):
        """Return what to say where a file of the course seems to have another name now, else nothing."""
        try:
            before = set(cells.by_id(cells.read(path.read_bytes())["cells"]))
        except cells.Damaged:
            return ""
        for master, copy in self.pairs:
            if master.suffix == ".ipynb" and not bases.place_of(self.root, copy).exists():
                now = set(cells.by_id(self.course(master.read_bytes(), master.name)["cells"]))
                if 2 * len(before & now) > len(before):
                    name = self.shown(copy.relative_to(self.work).as_posix())
                    return f" with all you wrote. The course now has {name} in its place"
        return ""

    def shown(self, path):
        """Return a path as it is said: from the course's folder on."""
        return f"{self.work.name}/{path}"

    def lines(self):
        """Return the report: a line for each file on which there is something to say."""
        return self.lines_of(self.items)

    def lines_of(self, items):
        new = [self.shown(item.path) for item in items if item.said == [NEW]]
        told = [self.line(item) for item in items if item.said and item.said != [NEW]]
        return [f"New: {', '.join(new)}."] * bool(new) + told

    def line(self, item):
        """Return what is said of one file, such as: Lesson 4 (work/04_backpropagation.ipynb): 2 cells changed."""
        name = f"{item.label} ({self.shown(item.path)})" if item.label else self.shown(item.path)
        return f"{name}: {', '.join(item.said)}."

    def changes(self):
        return [item.group for item in self.items if item.group]


def label(path, data):
    """Return what a notebook of the course is called by its first heading: Lesson 4, Exercises 4; "" for others."""
    try:
        first = cells.source(cells.read(data)["cells"][0]) if path.endswith(".ipynb") else ""
    except (cells.Damaged, IndexError):
        return ""
    number = re.match(r"# (\d+) ·", first)
    kind = "Exercises" if path.startswith("exercises/") else "Lesson"
    return f"{kind} {number.group(1)}" if number else ""


def some(number, one, many):
    return f"{number} {one if number == 1 else many}"


WORDS = (  # what a merge counts, said of one and of several; what comes last is to be looked for in the notebook
    ("new", "cell is new", "cells are new"),
    ("changed", "cell changed", "cells changed"),
    ("left out", "cell was left out", "cells were left out"),
    ("came back", "cell that you took out came back", "cells that you took out came back"),
    ("answer", "of your answers is to a task that changed", "of your answers are to tasks that changed"),
    ("clash", "cell that you changed has a new version", "cells that you changed have new versions"),
    ("check", "check was replaced", "checks were replaced"),
    ("gone", "cell of yours has no place in the course any more but stays",
     "cells of yours have no place in the course any more but stay"),
)  # fmt: skip
MARKED = ("answer", "clash", "check", "gone")


def sentences(counts):
    """Return what a merge did, in words."""
    counts = {**counts, "clash": counts["clash"] - counts["answer"]}
    said = [some(counts[what], one, many) for what, one, many in WORDS if counts[what]]
    return said + ["look for “New in this version”"] * any(counts[what] for what in MARKED)


# ---------------------------------------------------------------- the commands


def update(root, pairs, version, say, dry_run=False):
    """Bring the course's present files into work/, or with `dry_run` only say what that would do."""
    work = root / "work"
    with alone(work, say):
        if dry_run:
            if journal.pending(work):
                say("An update was interrupted; the next course.py update goes on with it first.")
        else:
            tell_resumed(work, journal.resume(work), say)
            bases.settle(root, pairs)
        plan = Plan(root, pairs)
        lines = plan.lines()
        if not lines and not plan.changes():
            say("Your notebooks are up to date. Nothing was changed.")
            return
        if dry_run:
            say("An update would do this; nothing was changed now:")
            tell(lines, say)
            return
        about = {"course": version, "report": lines}
        backup, left_out = journal.apply(work, plan.changes(), about) if plan.changes() else (None, [])
    report(plan, backup, left_out, say)


def report(plan, backup, left_out, say):
    """Say what an update did."""
    waiting = [item for item in plan.items if item.group and item.group[0].path in left_out]
    lines = plan.lines_of([item for item in plan.items if item not in waiting])
    if lines:
        say("Your notebooks follow the new version of the course; all that you wrote is there.")
        tell(lines, say)
    for item in waiting:
        say(f"  {plan.shown(item.path)} was saved by another program at this moment, so it was left alone.")
    if waiting:
        say("Run course.py update once more for what was left alone.")
    if not lines and not waiting:
        say("Your notebooks are up to date. Nothing in them was changed.")
    if lines:
        say(RELOAD)
    if lines and backup:
        say(
            f"Copies of all files as they were before lie in {backup.relative_to(plan.root).as_posix()}; "
            "course.py update --undo takes this update back."
        )


def tell(lines, say):
    for line in lines:
        say(f"  {line}")


def tell_resumed(work, resumed, say):
    """Say what was done about an update, or an undo, that was interrupted."""
    if resumed is None:
        return
    what, details = resumed
    if what == "finished":
        say("An update was interrupted earlier; it is finished now.")
        for path in details:
            say(f"  {work.name}/{path} was changed in between, so it was left alone.")
    else:
        say("Taking back an update was interrupted earlier; it is finished now.")
        tell_kept(work, details, say)


def tell_kept(work, kept, say):
    for path, name in kept:
        say(f"  {work.name}/{path} was changed after the update; that newer file is kept as {work.name}/{name}")


def undo(root, say):
    """Take back the latest update, or one that was interrupted: every file gets its bytes from before."""
    work = root / "work"
    with alone(work, say):
        resumed = journal.resume(work, back=True)
        if resumed:
            say("An update was interrupted; it is taken back, and every file is as it was before it.")
            tell_kept(work, resumed[1], say)
            return
        taken = journal.undo(work)
        if taken is None:
            raise Trouble("There is no update to take back: work/.course/backups holds none.")
        backup, kept = taken
        say(f"The update {backup.name} is taken back: every file that it changed is as it was before.")
        tell_kept(work, kept, say)
        say(RELOAD)


def alone(work, say):
    """Hold the lock under which work/ is updated."""
    return files.alone(work / ".course" / "lock", lambda: say("Another course.py is updating work/; waiting for it."))


# ---------------------------------------------------------------- what lab, copy and reset need


def copied(root, pairs):
    """Note what the copies of these pairs were made from, just after they were made."""
    for master, copy in pairs:
        bases.record(root, copy, master)


def news(root, pairs):
    """Return one line for `lab` where an update has something to do, else "". Copies are not touched."""
    work = root / "work"
    if journal.pending(work):
        return "An update was interrupted: run course.py update once, and it is finished."
    bases.settle(root, pairs)
    newer = [
        copy for master, copy in pairs
        if copy.exists() and not copy.is_symlink() and bases.kept(root, copy) != master.read_bytes()
    ]  # fmt: skip
    if not newer:
        return ""
    return (
        f"The course has a newer version of {some(len(newer), 'file', 'files')} in work: course.py update brings it "
        "in and keeps all that you wrote."
    )
