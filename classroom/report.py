"""The teacher's report: a table of marks as CSV, and a page that says what to look at and what the class got wrong.

Much of it was written by students, so a cell that a spreadsheet would take for a formula is made a plain text, and
everything in the page is escaped. The page is one file, needs no script and no network.
"""

import csv
import html
import io
import json
from collections import defaultdict

from .folder import Student, opened, read_roster, write
from .marking import STOPPED, empty
from .submissions import shown, students_in

COLUMNS = ("student", "name", "assignment", "exercise", "points", "of", "state", "sentence")
# States that are no mistakes of the class: nothing to talk over together.
NO_MISTAKE = {"right", "not started", "no answer", "no submission"}
NO_MISTAKE |= {"unreadable", "not graded", "not reached", "tampered"}


def report(folder, say=print):
    """Write report/marks.csv, report/index.html and report/read.html. Raises Trouble."""
    room = opened(folder)
    roster = read_roster(room.folder)
    listed = {student.id: student for student in roster}
    listed.update({name: Student(name) for name in students_in(room.submitted) if name not in listed})
    rows = [_row(room, student, release) for student in listed.values() for release in room.releases.values()]
    place = room.folder / "report"
    write(place / "marks.csv", marks(rows, listed))
    write(place / "index.html", page(room, rows, listed))
    write(place / "read.html", reading(rows, listed))
    waiting = sum(row["state"] == "waiting" for row in rows)
    graded = sum(row["state"] == "graded" for row in rows)
    say(f"{graded} graded submissions of {len(listed)} students: {place / 'index.html'}")
    say(f"The table for a spreadsheet: {place / 'marks.csv'}")
    if waiting:
        say(f"{waiting} submission{'s are' if waiting > 1 else ' is'} not graded yet: run `course.py classroom grade`.")


def _row(room, student, release):
    """What is known of a student's assignment; its `state` is graded, waiting (to be graded) or none."""
    blank = {
        "student": student.id, "assignment": release.name, "points": 0.0, "of": release.points, "notes": [],
        "trouble": "", "look": False, "read": [], "walls": "walls", "seconds": 0.0,
    }  # fmt: skip
    try:
        row = json.loads(room.state(release.name, student.id).read_text(encoding="utf-8"))
        return {**blank, **row, "state": "graded"}
    except (OSError, ValueError):
        there = (room.submitted / student.id / release.name).is_dir()
    state, said = ("waiting", "It is not graded yet.") if there else ("none", "Nothing was handed in.")
    exercises = empty(release, "not graded" if there else "no submission", said)
    return {**blank, "exercises": exercises, "state": state}


# The table


def marks(rows, students):
    """The table of marks as CSV text, one line a student and exercise, with the mark that Excel wants for UTF-8."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for row in rows:
        name = students[row["student"]].name
        for each in row["exercises"]:
            texts = [row["student"], name, row["assignment"], each["exercise"]]
            numbers = [f"{each['points']:g}", f"{each['of']:g}"]
            table.writerow([*map(harmless, texts), *numbers, harmless(each["state"]), harmless(each["sentence"])])
    return "\ufeff" + out.getvalue()


def harmless(text):
    """A text that no spreadsheet takes for a formula: with an apostrophe in front where it could."""
    text = shown(text, 300)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "|", "%") else text


# The page


STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b;
  background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { border: 1px solid #8a8a8a; padding: .3rem .5rem; text-align: left; vertical-align: top; }
thead th { background: #eee; }
td.n { text-align: right; white-space: nowrap; }
td.look { background: #fff1d6; }
td ul { margin: 0; padding-left: 1.1rem; }
summary { white-space: nowrap; }
.wide { overflow-x: auto; }
pre { background: #f4f4f4; padding: .6rem; overflow-x: auto; white-space: pre-wrap; }
a { color: #0645ad; }
@media (prefers-color-scheme: dark) {
  body { background: #161616; color: #eee; } thead th { background: #2b2b2b; } td.look { background: #4a3710; }
  pre { background: #242424; } a { color: #8ab4f8; }
}
"""


def page(room, rows, students):
    """The page index.html as text."""
    graded = [row for row in rows if row["state"] == "graded"]
    parts = [
        f"<h1>The class in {_esc(room.folder.name)}</h1>",
        f"<p>{len(students)} students, {len(graded)} graded submissions. "
        '<a href="marks.csv">The marks as a table for a spreadsheet</a>. '
        '<a href="read.html">Answers in words, to be read by you</a>.</p>',
        _walls(graded),
        _looks(rows, students),
        _mistakes(graded),
        _never(rows, students),
        _marks(room, rows, students),
        _by_exercise(room, graded),
    ]
    return _document("Report on the class", "\n".join(parts))


def _walls(graded):
    outside = [row for row in graded if row["walls"] != "walls" and not row["trouble"]]
    if not outside:
        return ""
    return (
        f"<p><strong>{len(outside)} of them ran without walls</strong>: their code could read files and use the "
        "network as you can. classroom/README.md says what that means and what to do.</p>"
    )


def _looks(rows, students):
    """What needs a look, most urgent first."""
    found = sorted((row for row in rows if row["look"]), key=_urgency)
    if not found:
        return "<h2>What needs a look</h2>\n<p>Nothing.</p>"
    lines = []
    for row in found:
        reasons = ([row["trouble"]] if row["trouble"] else []) + [note["text"] for note in row["notes"] if note["look"]]
        listed = "".join(f"<li>{_esc(reason)}</li>" for reason in reasons)
        lines.append(
            f'<tr><th scope="row">{_who(row, students)}</th><td>{row["assignment"]}</td>'
            f'<td class="n">{row["points"]:g} of {row["of"]:g}</td><td class="look"><ul>{listed}</ul></td></tr>'
        )
    head = _head("student", "assignment", "points", "why")
    count = f"{len(found)} submission{'s' * (len(found) != 1)}"
    text = "A note is a reason to open the notebook, in autograded/, and no verdict on a student."
    return f"<h2>What needs a look</h2>\n<p>{text}</p>\n" + _table(f"{count}, most urgent first", head, lines)


URGENT = ("tampered", "stray", "name check", "name trace", "name threads", "check changed", "metadata", "copied")


def _urgency(row):
    kinds = {note["kind"] for note in row["notes"] if note["look"]}
    rank = next((i for i, kind in enumerate(URGENT) if kind in kinds), len(URGENT))
    return (-1 if row["trouble"] else rank, row["student"].casefold(), row["assignment"])


def mistakes(graded):
    """{(assignment, exercise, mistake): (students, sentence, question)}, the commonest first.

    The sentence and the question are those the first of these students got: numbers in them may differ.
    """
    found = defaultdict(lambda: ([], [], []))
    for row in graded:
        for each in row["exercises"]:
            if each["state"] not in NO_MISTAKE:
                students, sentences, questions = found[row["assignment"], each["exercise"], each["state"]]
                students.append(row["student"])
                sentences.append(each["sentence"])
                questions.append(each["question"])
    order = sorted(found.items(), key=lambda item: (-len(item[1][0]), item[0]))
    return {key: (students, sentences[0], questions[0]) for key, (students, sentences, questions) in order}


def _mistakes(graded):
    found = mistakes(graded)
    if not found:
        return "<h2>What the class got wrong</h2>\n<p>Nothing that has a name.</p>"
    lines = []
    for (assignment, exercise, name), (students, sentence, question) in found.items():
        who = ", ".join(_esc(shown(each, 40)) for each in students)
        lines.append(
            f'<tr><td class="n">{len(students)}</td><th scope="row">{_esc(name)}</th><td>{assignment} '
            f"{_esc(exercise)}</td><td>{_esc(sentence)}</td><td>{_esc(question)}</td>"
            f"<td><details><summary>who</summary>{who}</details></td></tr>"
        )
    head = _head("students", "mistake", "exercise", "what the check said to the first", "what it asked", "who")
    text = "The questions are made to be asked in class. A mistake that many made says more about the lesson."
    return f"<h2>What the class got wrong</h2>\n<p>{text}</p>\n" + _table(f"{len(found)} mistakes", head, lines)


def never_started(rows, students):
    """The ids of students of whom nothing came in, or nothing that was begun."""
    begun = set()
    for row in rows:
        states = {each["state"] for each in row["exercises"]}
        if row["state"] == "waiting" or (row["state"] == "graded" and states != {"not started"}):
            begun.add(row["student"])
    return [name for name in students if name not in begun]


def _never(rows, students):
    missing = never_started(rows, students)
    listed = "".join(f"<li>{_name(students[each])}</li>" for each in missing)
    return "<h2>Who never started</h2>\n" + (f"<ul>{listed}</ul>" if missing else "<p>Nobody.</p>")


def _marks(room, rows, students):
    """Points by student and assignment."""
    by_student = defaultdict(dict)
    for row in rows:
        by_student[row["student"]][row["assignment"]] = row
    lines = []
    for name, own in by_student.items():
        cells = "".join(_points(own[assignment]) for assignment in room.releases)
        total = sum(row["points"] for row in own.values())
        lines.append(f'<tr><th scope="row">{_name(students[name])}</th>{cells}<td class="n">{total:g}</td></tr>')
    of = {name: release.points for name, release in room.releases.items()}
    head = _head("student", *[f"{name} of {points:g}" for name, points in of.items()], f"all of {sum(of.values()):g}")
    return "<h2>Points</h2>\n" + _table("Points by student and assignment; – where nothing came in", head, lines)


def _points(row):
    text = {"none": "–", "waiting": "not graded yet"}.get(row["state"], f"{row['points']:g}")
    return f'<td class="n{" look" * row["look"]}">{text}{" (look)" * row["look"]}</td>'


def _by_exercise(room, graded):
    """How many got each exercise right, and how many began it."""
    lines = []
    for release in room.releases.values():
        of_it = [row for row in graded if row["assignment"] == release.name and not row["trouble"]]
        for check in release.checks if of_it else ():  # an assignment that nobody has handed in has nothing to show
            states = [e["state"] for row in of_it for e in row["exercises"] if e["exercise"] == check.exercise]
            right, idle = states.count("right"), states.count("not started") + states.count("no answer")
            stopped = sum(state in STOPPED for state in states)
            numbers = (len(states), right, len(states) - right - idle - stopped, stopped, idle)
            cells = "".join(f'<td class="n">{number}</td>' for number in numbers)
            lines.append(f'<tr><th scope="row">{release.name} {_esc(check.exercise)}</th>{cells}</tr>')
    head = _head("exercise", "graded", "right", "wrong", "stopped", "not begun")
    return "<h2>Exercise by exercise</h2>\n" + _table("How many of the graded submissions", head, lines)


# What a teacher reads


def reading(rows, students):
    """The page of answers in words, by assignment and question, so that like is read beside like."""
    groups = defaultdict(list)
    for row in rows:
        for each in row["read"]:
            groups[row["assignment"], each["cell"], each["what"]].append((row["student"], each["source"]))
    parts = ["<h1>Answers in words</h1>", "<p>No check judges these. They carry no points of their own.</p>"]
    for (assignment, _, what), answers in sorted(groups.items()):
        parts.append(f"<h2>{assignment}: {_esc(what)}</h2>")
        for student, source in answers:
            parts.append(f"<h3>{_name(students[student])}</h3>\n<pre>{_esc(source[:20_000])}</pre>")
    if not groups:
        parts.append("<p>There are none yet.</p>")
    return _document("Answers in words", "\n".join(parts))


# HTML


def _esc(text):
    return html.escape(str(text))


def _name(student):
    text = f"{student.name} ({student.id})" if student.name else student.id
    return _esc(shown(text, 80))


def _who(row, students):
    return _name(students[row["student"]])


def _head(*names):
    return "".join(f'<th scope="col">{_esc(name)}</th>' for name in names)


def _table(caption, head, lines):
    body = "\n".join(lines)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{_esc(caption)}"><table>'
        f"<caption>{_esc(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def _document(title, body):
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{_esc(title)}</title>\n<style>{STYLE}</style>\n'
        f"</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
