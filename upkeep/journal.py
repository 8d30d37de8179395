"""A change of many files that happens as a whole, can be taken back, and survives an interruption anywhere.

A backup is a folder in work/.course/backups. Its name says how far it is:

    2026-11-21-1.part   being written: nothing has been changed yet; the next run throws it away
    2026-11-21-1.open   whole: a copy of every file that changes, and every new file; the next run goes on with it
    2026-11-21-1        done: this is what an undo takes back
    2026-11-21-1.undo   being taken back; the next run goes on with it

Inside stand manifest.json, `before` with the copies and `after` with the new files. Going from one state to the
next, changing a file and taking it back are each one renaming. So once a backup is whole, no more room on the disk
is needed, and every file is at all times either the old one or the new one.
"""

import datetime
import errno
import json
import os
import shutil
from dataclasses import dataclass

from . import files

KEEP = 10  # how many backups stay
STATES = (".part", ".open", ".undo")
OURS = ".course/"  # what lies below this is not the learner's


@dataclass
class Change:
    """What becomes of one file: `path` below work/, its bytes before and after; None where there is no file."""

    path: str
    before: bytes | None
    after: bytes | None


def folder_of(work):
    return work / ".course" / "backups"


def today():
    """Today's date. The one place where updates ask the clock."""
    return datetime.date.today()


def apply(work, groups, about):
    """Make the changes, each group as a whole; returns (the backup's folder, paths of groups that were left out).

    A group is left out where one of its files is no longer what it was when the change was worked out. `about` goes
    into the manifest. Raises OSError, with every file as it was.
    """
    prune(work)
    backup = prepare(work, groups, about)
    try:
        left_out = carry_out(work, backup)
        return rename(backup, ""), left_out
    except OSError:
        take_back(work, rename(backup, ".undo"))
        raise


def prepare(work, groups, about):
    """Write the backup and the new files; nothing in work/ is changed. Returns the folder, in the state .open."""
    backup = free_place(folder_of(work))
    try:
        described, number = [], 0
        for group in groups:
            described.append([])
            for change in group:
                number += 1
                name, mode = f"{number:03}", mode_of(work / change.path)
                marks = {"before": mark(change.before), "after": mark(change.after)}
                described[-1].append({"path": change.path, "copy": name, **marks})
                store(backup / "before" / name, change.before, mode)
                store(backup / "after" / name, change.after, mode)
        manifest = {**about, "date": today().isoformat(), "changes": described}
        store(backup / "manifest.json", (json.dumps(manifest, indent=1, ensure_ascii=True) + "\n").encode())
        for folder in (backup / "before", backup / "after", backup):
            if folder.is_dir():
                files.settle_folder(folder)
        return rename(backup, ".open")
    except BaseException:
        files.remove_folder(backup)
        raise


def free_place(folder):
    """Make and return the folder of a new backup, with a number that none has."""
    number = 1 + max((order(path) for path in folder.glob("*-*-*-*")), default=0)
    backup = folder / f"{today().isoformat()}-{number}.part"
    backup.mkdir(parents=True)
    return backup


def mark(data):
    return None if data is None else files.digest_of(data)


def mode_of(path):
    return path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~files.current_umask()


def store(path, data, mode=None):
    """Write one file of a backup, and wait for the disk."""
    if data is not None:
        path.parent.mkdir(exist_ok=True)
        files.write_through(path, data)
        if mode is not None:
            path.chmod(mode)


def rename(backup, state):
    """Give a backup's folder, whatever its state is now, the name of another state, and return that."""
    name = backup.name.split(".")[0]
    target = backup.with_name(name + state)
    source = next(path for path in (backup.with_name(name + each) for each in ("", *STATES)) if path.is_dir())
    if target != source:
        files.patiently(lambda: os.rename(str(source), str(target)))
        files.settle_folder(backup.parent)
    return target


def groups_of(backup):
    """Return the groups of changes that a manifest describes. Raises OSError where it can't be read."""
    path = backup / "manifest.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))["changes"]
    except (ValueError, KeyError):
        raise OSError(errno.EIO, "this is no list of changes", str(path)) from None


def now(work, change):
    return mark(files.read_or_none(work / change["path"]))


def was_made(backup, change):
    """Whether a new file was put in place already."""
    return change["after"] is not None and not (backup / "after" / change["copy"]).exists()


def was_taken_back(backup, change):
    """Whether an old file was put back already."""
    return change["before"] is not None and not (backup / "before" / change["copy"]).exists()


def carry_out(work, backup):
    """Make those changes of a backup that are not made yet; returns the paths that changed in between."""
    left_out = []
    for group in groups_of(backup):
        to_do = [change for change in group if not was_made(backup, change)]
        there = [now(work, change) for change in to_do]
        if any(mark not in (change["before"], change["after"]) for change, mark in zip(to_do, there, strict=True)):
            left_out.append(group[0]["path"])
            continue
        for change, mark in zip(to_do, there, strict=True):
            if mark != change["after"]:
                make(backup, change, work / change["path"])
    return left_out


def make(backup, change, path):
    """Make one change: a renaming, or the removal of a file."""
    if change["after"] is None:
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.replace(backup / "after" / change["copy"], path)
    files.settle_folder(path.parent)


def take_back(work, backup):
    """Undo those changes of a backup that were made; returns [(path, where a newer file is kept)].

    A file that was changed after the update is kept under another name, and the old one put in its place.
    """
    kept = []
    for group in reversed(groups_of(backup)):
        for change in reversed(group):
            path, there = work / change["path"], now(work, change)
            not_made = there != change["after"] and not was_made(backup, change) and change["after"] is not None
            if there == change["before"] or not_made or was_taken_back(backup, change):
                continue
            if there not in (None, change["after"]) and not change["path"].startswith(OURS):
                kept.append((change["path"], files.keep(path).relative_to(work).as_posix()))
            put_back(backup, change, path)
    shutil.rmtree(str(rename(backup, ".part")))
    return kept


def put_back(backup, change, path):
    """Undo one change: a renaming, or the removal of a file that is kept elsewhere or is the course's."""
    if change["before"] is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.replace(backup / "before" / change["copy"], path)
    elif path.exists():
        path.unlink()
    files.settle_folder(path.parent)


def order(backup):
    """Return the number of a backup, which grows from one to the next."""
    number = backup.name.split(".")[0].rpartition("-")[2]
    return int(number) if number.isdigit() else 0


def backups(work, state=""):
    """Return the folders of the backups in one state, the oldest first."""
    found = [path for path in folder_of(work).glob("*-*-*-*") if path.is_dir() and path.suffix == state]
    return sorted(found, key=order)


def resume(work, back=False):
    """Go on with what was interrupted: with `back` it is taken back. Returns (what was done, details) or None.

    What was done is "finished", with the paths that were left out, or "undone", with what `take_back` returns.
    """
    for backup in backups(work, ".part"):
        shutil.rmtree(str(backup))
    for backup in backups(work, ".undo"):
        return "undone", take_back(work, backup)
    for backup in backups(work, ".open"):
        if back:
            return "undone", take_back(work, rename(backup, ".undo"))
        left_out = carry_out(work, backup)
        rename(backup, "")
        return "finished", left_out
    return None


def undo(work):
    """Take the latest update back; returns (its folder, what `take_back` returns), or None where there is none."""
    done = backups(work)
    if not done:
        return None
    return done[-1], take_back(work, rename(done[-1], ".undo"))


def prune(work):
    """Delete all but the last backups, so that with the next one there are `KEEP`."""
    for backup in backups(work)[: 1 - KEEP]:
        shutil.rmtree(str(rename(backup, ".part")))


def pending(work):
    """Whether an update was interrupted, so that the next one has to go on with it."""
    return bool(backups(work, ".open") or backups(work, ".undo"))
