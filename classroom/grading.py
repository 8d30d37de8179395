"""Grades a class: what is new or changed, on as many workers as there are cores, one row for each submission."""

import hashlib
import json
import os
import queue
import re
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from . import Trouble, marking
from .folder import Student, one_at_a_time, opened, read_roster, write
from .gradebook import Book, require_nbgrader
from .release import ROOT
from .sandbox import Broken, Worker
from .submissions import Note, Slot, Submission, Unreadable, compose, find, shown, students_in

GRADER = 1  # raise it when rows would come out differently: then everything is graded once more
FAILED = "The grader itself failed on it"


@dataclass(frozen=True)
class Task:
    """One submission to grade. It is read when its turn comes: a class may have more than fits into memory."""

    student: str
    release: object
    listed: bool

    def read(self, room):
        """The Submission, with what its row depends on as `key`; None where there is no folder for it."""
        submission = find(room.submitted, self.student, self.release)
        if submission is None:
            return None
        if not self.listed:
            submission.notes.append(Note("stranger", "The student is not in the roster."))
        submission.key = _key(submission, self.release, room.seed)
        return submission


def grade(folder, only=None, again=(), cores=None, way=None, say=print):
    """Grade what is new or changed. Returns the exit code: 0, or 1 where the grader itself failed on a submission.

    `only` is an assignment's name, `again` are students (or "all") to grade anew, `way` as in sandbox.py. Raises
    Trouble, and KeyboardInterrupt once all workers are ended and what was graded is kept.
    """
    require_nbgrader()
    room = opened(folder)
    with one_at_a_time(room.folder):
        roster = read_roster(room.folder)
        releases = _wanted(room, only)
        tasks, before = _to_do(room, releases, roster, again)
        strangers = sorted({task.student for task in tasks if not task.listed})
        say(_first_line(len(tasks), before))
        if strangers:
            say(f"  not in the roster, graded all the same: {', '.join(strangers[:8])}{' …' * (len(strangers) > 8)}")
        if not tasks:
            return 0
        with Book(room.folder) as book:
            known = book.known()
            book.put_students(roster)
            book.put_students(Student(name) for name in strangers if name not in known)
            return _grade_all(room, tasks, book, cores or _cores(), way, say)


def _wanted(room, only):
    if only is None:
        return room.releases
    if only.upper() not in room.releases:
        raise Trouble(f"There is no assignment {only}: there are {', '.join(room.releases)}.")
    return {only.upper(): room.releases[only.upper()]}


def _to_do(room, releases, roster, again):
    """(the Tasks that are new, changed or asked for, how many were graded before)."""
    tasks, before = [], 0
    students = students_in(room.submitted)
    missing = [name for name in again if name != "all" and name not in students]
    if missing:
        raise Trouble(f"There is no folder submitted/{missing[0]}: nothing of that student can be graded again.")
    ids = {student.id for student in roster}
    for release in releases.values():
        for student in students:
            task = Task(student, release, student in ids)
            submission = task.read(room)
            if submission is None:
                continue
            if student in again or "all" in again or _kept(room, submission).get("key") != submission.key:
                tasks.append(task)
            else:
                before += 1
    return tasks, before


def _key(submission, release, seed):
    """What a row depends on, as a digest."""
    notes = [note.text for note in submission.notes]
    parts = json.dumps([GRADER, seed, release.digest, submission.file, submission.trouble, notes]).encode()
    return hashlib.sha256(parts + submission.data).hexdigest()


def _kept(room, submission):
    try:
        kept = json.loads(room.state(submission.assignment, submission.student).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _first_line(count, before):
    were = f", {before} graded before" if before else ""
    if not count:
        return f"Nothing to grade{were}." if before else "Nothing to grade: the folder submitted has nothing in it."
    return f"{count} submission{'s' * (count != 1)} to grade{were}"


def _cores():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# The workers


def _grade_all(room, tasks, book, cores, way, say):
    """Hand the tasks to workers and keep what comes back. Returns the exit code."""
    waiting, done, workers, stop = queue.Queue(), queue.Queue(), [], threading.Event()
    for task in tasks:
        waiting.put(task)
    count = max(1, min(cores, len(tasks)))
    threads = [
        threading.Thread(target=_serve, args=(room, waiting, done, workers, stop, way), daemon=True)
        for _ in range(count)
    ]
    start, failed = time.monotonic(), 0
    say(f"  on {count} core{'s' * (count != 1)}, starting …")
    for thread in threads:
        thread.start()
    try:
        for number in range(1, len(tasks) + 1):
            release, submission, row, notebook = _next(done, threads)
            failed += row["trouble"].startswith(FAILED)
            _keep(room, release, submission, row, notebook, book)
            say(f"  {number:>{len(str(len(tasks)))}} of {len(tasks)}  {_told(row)}")
    finally:
        stop.set()
        for worker in list(workers):
            worker.stop_asked.set()
        for thread in threads:
            thread.join()
    seconds = time.monotonic() - start
    say(f"Graded {len(tasks)} in {seconds:.1f} s, {seconds / len(tasks):.2f} s each. {_ways(workers)}")
    if failed:
        say(f"On {failed} the grader itself failed; the same command tries them again.")
    return 1 if failed else 0


def _next(done, threads):
    """The next result; raises Trouble where no worker is left to give one."""
    while True:
        try:
            found = done.get(timeout=0.2)
        except queue.Empty:
            if not any(thread.is_alive() for thread in threads) and done.empty():
                raise Trouble("All workers have ended before the work was done; run the same command again.") from None
            continue
        if isinstance(found, Exception):
            raise Trouble(f"A worker can't start ({shown(found, 200)}): run `course.py doctor`.") from None
        return found


def _serve(room, waiting, done, workers, stop, way):
    """One worker's thread: takes tasks until there are none, or until it is stopped."""
    try:
        worker = Worker(room.seed, _hidden(room), way)
    except (Broken, OSError) as error:
        done.put(error)
        return
    workers.append(worker)
    with worker:
        while not stop.is_set():
            try:
                task = waiting.get_nowait()
            except queue.Empty:
                return
            submission = task.read(room) or Submission(task.student, task.release.name, trouble="It was taken away.")
            try:
                row, notebook = grade_one(submission, task.release, worker, room.limits)
            except KeyboardInterrupt:
                return
            submission.data = b""
            done.put((task.release, submission, row, notebook))


def _hidden(room):
    """What a student's code must not see even where it lies inside a folder that Python needs."""
    parts = ("exercises", "lessons", "notebooks", "work", "tests", ".git")
    return [room.folder, Path.home(), *(ROOT / part for part in parts)]


def _ways(workers):
    ways = {worker.way for worker in workers}
    if ways <= {"walls"}:
        return "Each ran inside walls: no network, no other files, limits on memory and time."
    why = next((worker.why_open for worker in workers if worker.why_open), "this system has no namespaces")
    return (
        f"NOT inside walls ({why}): the code could read files and use the network as you can. "
        "classroom/README.md says what to do."
    )


# One submission


def grade_one(submission, release, worker, limits):
    """(the row, the graded notebook) of one submission; never raises for what the submission is."""
    slots, notes, outcome, trouble = [], list(submission.notes), None, submission.trouble
    try:
        if not trouble:
            slots, found = compose(release, submission.data)
            notes += found
    except Unreadable as reason:
        trouble = str(reason)
    if trouble:
        rows = marking.empty(release, "unreadable", trouble)
    else:
        cells = [_cell(slot) for slot in slots if slot.kind != "text"]
        try:
            outcome = worker.run(cells, limits)
            rows, found = marking.mark(release, slots, outcome, limits)
            notes += found
        except Broken as error:
            trouble = f"{FAILED}: {error}."
            rows = marking.empty(release, "not graded", trouble)
    row = _row(submission, release, rows, notes, trouble, outcome, slots, worker)
    return row, marking.notebook(slots or _released(release), outcome, trouble, notes)


def _cell(slot):
    return {"id": slot.id, "kind": slot.kind, "source": slot.source, "exercise": slot.exercise}


def _released(release):
    return [Slot(cell.id, cell.kind, cell.source, cell.node, cell.exercise) for cell in release.cells]


def _row(submission, release, rows, notes, trouble, outcome, slots, worker):
    return {
        "key": "" if trouble.startswith(FAILED) else submission.key,
        "student": submission.student,
        "assignment": release.name,
        "file": submission.file,
        "trouble": trouble,
        "exercises": rows,
        "points": sum(row["points"] for row in rows),
        "of": release.points,
        "notes": [asdict(note) for note in notes],
        "look": bool(trouble) or any(note.look for note in notes),
        "read": marking.to_read(release, slots),
        "walls": worker.way,
        "seconds": round(outcome.seconds, 3) if outcome else 0.0,
        "runs": outcome.runs if outcome else 0,
    }


def _keep(room, release, submission, row, notebook, book):
    """Keep a submission's notebook, scores and row; the row last, so that it is there only when all is."""
    place = room.folder / "autograded" / submission.student / release.name
    write(place / release.file, json.dumps(notebook, indent=1) + "\n")
    ids = {check.exercise: check.id for check in release.checks}
    scores = {ids[each["exercise"]]: each["points"] for each in row["exercises"]}
    book.put_scores(submission.student, release, scores, _handed_in(room, submission))
    write(room.state(release.name, submission.student), json.dumps(row, indent=1) + "\n")


def _handed_in(room, submission):
    """When it was handed in, as nbgrader's exchange notes it beside the notebook, None where nothing is noted."""
    path = room.submitted / submission.student / submission.assignment / "timestamp.txt"
    try:
        if path.is_symlink() or path.stat().st_size > 100:
            return None
        text = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return text if re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?( [A-Z]{3,4})?", text) else None


def _told(row):
    head = f"{shown(row['student'], 24):24} {row['assignment']}  "
    if row["trouble"]:
        return head + shown(row["trouble"], 100)
    stopped = [each["exercise"] for each in row["exercises"] if each["state"] in marking.STOPPED]
    more = f", stopped: {', '.join(stopped)}" if stopped else ""
    look = ", needs a look" if row["look"] else ""
    return f"{head}{row['points']:g} of {row['of']:g} points, {row['seconds']:.1f} s{more}{look}"


