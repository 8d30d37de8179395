"""A class's folder: nbgrader's layout, the class's own settings, its roster, and how it is made and read.

    classroom.json         the seed and the limits; whose presence says that the folder is a classroom
    nbgrader_config.py     so that nbgrader's own commands and its formgrader work here too
    gradebook.db           nbgrader's gradebook
    roster.csv             to be filled in: id, last_name, first_name, email
    source/ release/       with and without solutions; release/ is what students get
    submitted/ autograded/ feedback/    as nbgrader has them
    grading/               what is known of each submission, so that grading goes on where it stopped
    report/                what `report` writes
"""

import contextlib
import csv
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from . import Trouble
from .release import ROOT, course_releases, read_release
from .sandbox import Limits

SETTINGS = "classroom.json"
ROSTER = "roster.csv"
COLUMNS = ("id", "last_name", "first_name", "email")
ABOUT = (
    "Settings of a class of the course Downhill. The seed draws the numbers the checks try: keep it for as long as "
    "marks may be compared. Limits: seconds for one cell and for one submission, megabytes of memory for a submission."
)
CONFIG = '''"""nbgrader's settings for this class, written by `course.py classroom init`."""
import json
import os
from pathlib import Path

here = Path(__file__).resolve().parent
settings = json.loads((here / "classroom.json").read_text(encoding="utf-8"))
os.environ["DOWNHILL_CLASS_SEED"] = str(settings["seed"])  # the checks read it, so nbgrader's own autograde agrees

c = get_config()
c.CourseDirectory.course_id = "downhill"
c.CourseDirectory.root = str(here)
c.Execute.timeout = int(settings["limits"]["cell_seconds"])
c.OverwriteCells.add_missing_cells = True
'''


@dataclass(frozen=True)
class Student:
    """One line of the roster."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""

    @property
    def name(self):
        return " ".join(part for part in (self.first_name, self.last_name) if part)


@dataclass(frozen=True)
class Classroom:
    """A class's folder with its settings and releases."""

    folder: Path
    seed: int
    limits: Limits
    releases: dict

    @property
    def submitted(self):
        return self.folder / "submitted"

    def state(self, assignment, student):
        """The file in which a submission's outcome is kept."""
        return self.folder / "grading" / assignment / f"{student}.json"


# Making one


def make(folder, root=ROOT, say=print):
    """Make a classroom of `folder`, or bring the releases of one that is there up to date. Raises Trouble."""
    from .gradebook import Book

    folder = Path(folder).absolute()
    releases = course_releases(root)
    old = (folder / SETTINGS).is_file()
    _require_free(folder, old, root)
    _make_folders(folder)
    if not old:
        settings = {"about": ABOUT, "seed": secrets.randbelow(10**9 - 1) + 1, "limits": vars(Limits())}
        write(folder / SETTINGS, json.dumps(settings, indent=1) + "\n")
    room = opened(folder, releases)
    changed = [release for release in releases.values() if _put_release(folder, release, root)]
    write(folder / "nbgrader_config.py", CONFIG)
    if not (folder / ROSTER).exists():
        write(folder / ROSTER, ",".join(COLUMNS) + "\n")
    with Book(folder) as book:
        for release in releases.values():
            book.put_release(release)
    say(f"{'Brought up to date' if old else 'Made'} the class in {folder}")
    for release in releases.values():
        new = " (new)" if release in changed and old else ""
        say(f"  {release.name}  {release.file}: {len(release.checks)} exercises, {release.points:g} points{new}")
    if not old:
        say(f"Next: fill in {ROSTER}, hand out release/, put what comes back into submitted/STUDENT/L1/, and say")
        say(f"  python3 course.py classroom grade {folder}")
    return room


def _require_free(folder, old, root):
    """Raise Trouble where the folder is taken by something else."""
    if folder.exists() and not folder.is_dir():
        raise Trouble(f"{folder} is a file: name a folder for the class.")
    if not old and folder.is_dir() and any(folder.iterdir()):
        raise Trouble(f"{folder} has files in it and is no classroom: name a new or empty folder.")
    for part in ("exercises", "lessons", "notebooks", "helpers", "classroom", "tests", "work", ".venv"):
        place = Path(root).resolve() / part
        if folder.resolve() == place or place in folder.resolve().parents:
            raise Trouble(f"{folder} lies inside the course's own folder {part}: name a folder outside of it.")


def _make_folders(folder):
    try:
        for part in ("source", "release", "submitted", "autograded", "feedback", "grading"):
            (folder / part).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Trouble(f"{folder} can't be made ({reason}): name another place.") from None


def _put_release(folder, release, root):
    """Put the two versions of an assignment into the class; returns whether the released one is new there."""
    solved = Path(root) / "exercises" / "solutions" / release.file
    targets = {folder / "release" / release.name: release.data}
    if solved.is_file():
        targets[folder / "source" / release.name] = solved.read_bytes()
    new = False
    for place, data in targets.items():
        place.mkdir(parents=True, exist_ok=True)
        path = place / release.file
        if not path.is_file() or path.read_bytes() != data:
            write(path, data)
            new = new or data is release.data
    return new


# Reading one


def opened(folder, releases=None):
    """The Classroom in a folder. Raises Trouble with a sentence where there is none or its settings are damaged."""
    folder = Path(folder).absolute()
    if not folder.is_dir():
        raise Trouble(f"There is no folder {folder}: make a class with `course.py classroom init {folder}`.")
    try:
        settings = json.loads((folder / SETTINGS).read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise Trouble(f"{folder} is no classroom: make one with `course.py classroom init`.") from None
    except (OSError, ValueError) as error:
        raise Trouble(f"{folder / SETTINGS} can't be read ({error}): mend it or take it from a backup.") from None
    return Classroom(folder, _seed(settings, folder), _limits(settings, folder), releases or _class_releases(folder))


def _seed(settings, folder):
    seed = settings.get("seed") if isinstance(settings, dict) else None
    if type(seed) is not int or not 0 <= seed < 2**32:
        raise Trouble(f"The seed in {folder / SETTINGS} has to be a whole number from 0 to {2**32 - 1}.")
    return seed


def _limits(settings, folder):
    given = settings.get("limits", {})
    known = vars(Limits())
    for name, value in given.items() if isinstance(given, dict) else [("limits", given)]:
        if name not in known or isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            listed = ", ".join(known)
            raise Trouble(f"The limit {name!r} in {folder / SETTINGS} is wrong: there are {listed}, numbers above 0.")
    return Limits(**{**known, **given, "memory_mb": int(given.get("memory_mb", known["memory_mb"]))})


def _class_releases(folder):
    """The assignments as they were released in this class."""
    found = {}
    for place in sorted((folder / "release").glob("L[1-7]")):
        paths = sorted(place.glob("*.ipynb"))
        if len(paths) == 1:
            found[place.name] = read_release(place.name, paths[0])
    if not found:
        raise Trouble(f"{folder} has no released notebooks: run `course.py classroom init {folder}` again.")
    return found


def read_roster(folder):
    """The Students of roster.csv in order. Raises Trouble where it is missing, empty or has an id twice."""
    path = Path(folder) / ROSTER
    try:
        text = _text(path.read_bytes())
    except FileNotFoundError:
        raise Trouble(f"{path} is missing: it needs a first line {','.join(COLUMNS)} and a line a student.") from None
    except OSError as error:
        raise Trouble(f"{path} can't be read ({(error.strerror or str(error)).lower()}).") from None
    lines = text.splitlines()
    rows = csv.DictReader(lines, delimiter=";" if lines and ";" in lines[0] else ",")
    if "id" not in [(name or "").strip() for name in rows.fieldnames or ()]:
        raise Trouble(f"The first line of {path} has to name the columns: {','.join(COLUMNS)}.")
    students = [_student(row, path, number) for number, row in enumerate(rows, 2) if any(_cells(row))]
    if not students:
        raise Trouble(f"The roster {path} is empty: write a line for each student, at least the id.")
    seen = {}
    for student in students:
        if student.id.casefold() in seen:  # folders of two such ids are one on macOS and Windows
            raise Trouble(f"The id {student.id!r} stands twice in {path}: each student needs one of their own.")
        seen[student.id.casefold()] = student
    return students


def _cells(row):
    return [value.strip() for value in row.values() if isinstance(value, str) and value.strip()]


def _student(row, path, number):
    given = {(name or "").strip(): (value or "").strip() for name, value in row.items() if isinstance(value, str)}
    name = given.get("id", "")
    if not name or name in (".", "..") or any(char in name for char in '/\\:*?"<>|') or not name.isprintable():
        raise Trouble(f"Line {number} of {path} has no usable id: an id is the name of the student's folder.")
    return Student(name, given.get("first_name", ""), given.get("last_name", ""), given.get("email", ""))


def _text(data):
    """A roster's text; Excel writes UTF-8 with a mark, UTF-16, or the old Western encoding."""
    for start, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(start):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


# Writing


def write(path, data):
    """Write a file so that it is either the old one or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.part")
    try:
        with open(beside, "xb") as file:
            file.write(data if isinstance(data, bytes) else data.encode("utf-8", "replace"))
        os.replace(beside, path)
    finally:
        with contextlib.suppress(FileNotFoundError):  # it is gone when all went well
            beside.unlink()


@contextlib.contextmanager
def one_at_a_time(folder):
    """Keep a second `grade` from the same class. Raises Trouble. A file system without locks is no reason to stop."""
    with open(Path(folder) / ".grading.lock", "a+b") as file:
        if not _locked(file):
            raise Trouble("This class is being graded by another course.py: wait for it or stop it.")
        yield


def _locked(file):
    import errno

    try:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True
