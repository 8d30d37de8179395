"""The learner's ledger: one readable file, work/progress.json, with every guess, answer, card and check.

Standard library only, so that anything in the course may write to it. Three promises: what is in the file is
never lost, whichever notebooks are open at the same time; trouble with the file never stops a lesson; and
whatever went wrong is said once, in one sentence.
"""

import contextlib
import datetime
import errno
import json
import math
import os
import secrets
import threading
import time
from pathlib import Path

from .plain import PlainError

try:
    import fcntl
except ImportError:  # Windows has another lock
    fcntl = None
    import msvcrt

__all__ = [
    "course_root", "entries", "everything", "export", "import_", "place", "problem", "record", "today",
    "work_folder",
]  # fmt: skip

FILE = "progress.json"
VERSION = 1
ABOUT = (
    "Your progress in the course Downhill: predictions, answers, cards and checks, each with its date. "
    "You may read, copy and move this file. Delete it to start afresh. "
    "helpers.review.export_progress and import_progress carry it from one computer to another."
)
RESERVED = ("kind", "name", "id", "date")
LOCK_SECONDS = 5.0
STALE_SECONDS = 600.0  # no write takes that long

_turn = threading.RLock()
_unsaved = {}  # path of a ledger -> its entries that could not be written yet
_trouble = {}  # path of a ledger -> why it can't be read or written at present, one sentence
_told = set()  # sentences that were said already


class _Damaged(ValueError):
    """A file that no version of the course has written."""


class _Newer(OSError):
    """A file that a later version of the course has written, in a form that this one doesn't know."""


# Places


def course_root():
    """The course's folder: $COURSE_ROOT, else the nearest folder, from here upwards, that holds course.py.

    Returns a Path, or None when there is no such folder.
    """
    given = os.environ.get("COURSE_ROOT")
    return Path(given) if given else _folder_of_course()


def work_folder():
    """The learner's folder: $COURSE_WORK, else work/ in the course's folder, else work/ in the current one.

    Returns a Path; the folder may not exist yet.
    """
    given = os.environ.get("COURSE_WORK")
    return Path(given) if given else (_folder_of_course() or Path.cwd()) / "work"


def place():
    """The ledger's name as a learner would say it, such as work/progress.json."""
    return f"{work_folder().name}/{FILE}"


def today():
    """Today's date. The one place where the ledger asks the clock, so that tests can put another day here."""
    return datetime.date.today()


def _folder_of_course():
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "course.py").is_file()), None)


# Entries


def record(kind, name, entry):
    """Append one entry, save it, and return it as stored.

    `kind` says what it is ("predict", "quiz", "card", "check", ...), `name` of which item; `entry` is a dict
    of whatever belongs to it. The ledger adds `kind`, `name`, an `id` and the `date`, so these names are
    taken: ValueError. If the file can't be written, the entry is kept in memory, and that is said once.
    """
    taken = [key for key in RESERVED if key in entry]
    if taken:
        raise ValueError(f"the ledger fills in {', '.join(taken)} itself")
    kind, name = _clean(str(kind)), _clean(str(name))
    stored = _clean({**entry, "id": secrets.token_hex(6), "date": today().isoformat()})
    with _turn:
        _save({kind: {name: [stored]}})
    return {**stored, "kind": kind, "name": name}


def entries(kind, name=None):
    """All entries of one kind (of one `name`) as a list of new dicts: name by name, oldest first."""
    names = everything()["entries"].get(kind, {})
    wanted = sorted(names) if name is None else [name]
    return [{**entry, "kind": kind, "name": each} for each in wanted for entry in names.get(each, [])]


def everything():
    """The whole ledger, unsaved entries included, as a dict: about, version, entries[kind][name] -> list."""
    with _turn:
        path = _path()
        data = _load(path) if path else {}
        return _whole(data, _unsaved.get(path, {}))


def export(path):
    """Write everything the ledger knows to the file `path` and return that as a Path.

    An earlier export of the same name is replaced; any other file is left alone. Raises PlainError when the
    name is taken or the file can't be written.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "progress-export.json"
    if path.exists():
        _read_given(path, "so it was not overwritten. Choose another name.")
    try:
        _write(path, everything())
    except OSError as error:
        raise PlainError(f"{path} could not be written: {_reason(error)}.") from None
    return path


def import_(path):
    """Add those entries of the exported file `path` that the ledger hasn't got; returns how many were new.

    Nothing in the ledger is changed or removed. Raises PlainError when `path` isn't there or isn't a progress
    file.
    """
    path = Path(path)
    if not path.exists():
        raise PlainError(f"There is no file {path}. Look at its name and its folder.")
    data = _read_given(path, "so nothing was imported.")
    with _turn:
        before = _count(everything()["entries"])
        _save(data["entries"], {key: data[key] for key in data if key not in ("entries", "version")})
        return _count(everything()["entries"]) - before


def problem():
    """One sentence on why answers can't be saved at present, or "" when they can."""
    return _trouble.get(_path(), "")


# The file


def _path():
    try:
        return work_folder() / FILE
    except OSError:  # the current folder was deleted while the notebook was open
        _trouble[None] = "The folder of this notebook is gone, so your answers are kept only until it closes."
        _say(_trouble[None])
        return None


def _load(path):
    """What the file holds, or {} when it isn't there, can't be read, or was damaged and put aside."""
    try:
        try:
            return _read(path)
        except FileNotFoundError:
            return {}
        except _Damaged:
            with _locked(path):
                return _read_or_put_aside(path)
    except OSError as error:
        _tell(path, error)
        return {}


def _save(new, extra=None):
    """Merge `new` entries into the file. What can't be written stays in memory and is tried again later."""
    path = _path()
    _unsaved[path] = _merged(_unsaved.get(path, {}), new)
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path):
            _sweep(path)
            there = _read_or_put_aside(path)
            _write(path, _whole({**(extra or {}), **there}, _unsaved[path]))
    except OSError as error:
        _tell(path, error)
        return
    _unsaved.pop(path)
    _trouble.pop(path, None)


def _read(path):
    """The ledger in a file. Raises FileNotFoundError, _Damaged, or another OSError when it can't be read."""
    if path.is_dir():
        raise _Damaged("a folder")
    raw = _patiently(path.read_bytes)
    try:
        data = json.loads(raw.decode("utf-8-sig"))  # Windows' Notepad puts a mark in front
    except (ValueError, RecursionError) as error:
        raise _Damaged(str(error)) from None
    if not _well_formed(data):
        if isinstance(data, dict) and isinstance(data.get("version"), int) and data["version"] > VERSION:
            raise _Newer("it was written by a newer version of the course")
        raise _Damaged("not the ledger's form")
    return data


def _well_formed(data):
    """Whether `data` is a dict whose "entries" are lists of dicts, by kind and name."""
    kinds = data.get("entries") if isinstance(data, dict) else None
    if not isinstance(kinds, dict) or not all(isinstance(names, dict) for names in kinds.values()):
        return False
    lists = [listed for names in kinds.values() for listed in names.values()]
    return all(isinstance(listed, list) and all(isinstance(e, dict) for e in listed) for listed in lists)


def _read_or_put_aside(path):
    """What the file holds, {} if there is none. A damaged one is renamed, never deleted; needs the lock."""
    try:
        return _read(path)
    except FileNotFoundError:
        return {}
    except _Damaged:
        number = 1
        while os.path.lexists(kept := path.with_name(f"progress.damaged-{number}.json")):
            number += 1
        path.rename(kept)
        _say(
            f"{place()} was damaged and could not be read. It is kept as {path.parent.name}/{kept.name}, "
            "and a new one was started."
        )
        return {}


def _read_given(path, consequence):
    """A progress file that the learner named, or a PlainError that says what is wrong with it."""
    try:
        return _read(path)
    except _Damaged:
        raise PlainError(f"{path} is not a progress file of this course, {consequence}") from None
    except OSError as error:
        raise PlainError(f"{path} could not be read: {_reason(error)}.") from None


def _write(path, data):
    """Write so that the file is either the old one or the whole new one, whenever the power goes."""
    path = Path(os.path.realpath(path))  # a link into a synchronised folder stays a link
    beside = path.with_name(f".{path.stem}-{secrets.token_hex(4)}.tmp")
    try:
        with open(beside, "x", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        _patiently(lambda: os.replace(beside, path))
    finally:
        with contextlib.suppress(OSError):  # it is gone when all went well
            beside.unlink()


def _sweep(path):
    """Remove what a killed program left half-written beside the file; a younger one may still be at work."""
    path = Path(os.path.realpath(path))
    for beside in path.parent.glob(f".{path.stem}-????????.tmp"):
        with contextlib.suppress(OSError):  # another notebook was faster
            if time.time() - beside.stat().st_mtime > STALE_SECONDS:
                beside.unlink()


def _patiently(action):
    """Do `action`, again for a short while if refused: Windows refuses while another program has the file."""
    for pause in (0.01, 0.02, 0.05, 0.1):
        try:
            return action()
        except PermissionError:
            time.sleep(pause)
    return action()


@contextlib.contextmanager
def _locked(path):
    """Keep other notebooks from writing. Where locks don't work, go on: merging still keeps nearly all."""
    try:
        file = open(path.with_name(".progress.lock"), "a+b")  # noqa: SIM115 (closing it frees the lock)
    except OSError:
        yield
        return
    with file:
        give_up = time.monotonic() + LOCK_SECONDS
        while not _try_lock(file) and time.monotonic() < give_up:
            time.sleep(0.01)
        yield


def _try_lock(file):
    """Whether the lock is ours, or can't be had on this file system at all."""
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True


# Values


def _whole(data, new):
    return {"about": ABOUT, "version": VERSION, **data, "entries": _merged(data.get("entries", {}), new)}


def _merged(old, new):
    """Both sets of entries, kind by kind and name by name, each entry once, oldest first."""
    whole = {kind: {name: list(listed) for name, listed in names.items()} for kind, names in old.items()}
    for kind, names in new.items():
        for name, listed in names.items():
            there = whole.setdefault(kind, {}).setdefault(name, [])
            known = {_key(entry) for entry in there}
            added = [entry for entry in listed if _key(entry) not in known]
            if added:  # dates sort as text; the sort is stable, so the entries of a day stay in their order
                there[:] = sorted(there + added, key=lambda entry: str(entry.get("date", "")))
    return whole


def _key(entry):
    """What makes an entry itself: its id, or all of it where someone wrote it by hand."""
    return str(entry["id"]) if "id" in entry else json.dumps(entry, sort_keys=True)


def _count(kinds):
    return sum(len(listed) for names in kinds.values() for listed in names.values())


def _clean(value):
    """The same value in what JSON knows: text that UTF-8 can hold, finite numbers, lists, dicts by text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, dict):
        return {_clean(str(key)): _clean(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(each) for each in value]
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays, without importing NumPy
        return _clean(value.tolist())
    return _clean(repr(value))


# Saying what is wrong


def _tell(path, error):
    _trouble[path] = (
        f"{place()} can't be used ({_reason(error)}), so answers are kept only until this notebook closes."
    )
    _say(_trouble[path])


def _say(sentence):
    if sentence not in _told:
        _told.add(sentence)
        print(sentence)


def _reason(error):
    """Why something could not be done with a file, in words."""
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "permission was refused"
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return "the disk is full"
    return error.strerror.lower() if error.strerror else str(error) or type(error).__name__
