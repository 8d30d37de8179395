"""Turns what was reported of a submission's run into a row: points and a state an exercise, notes, what to read."""

from .release import TO_READ
from .submissions import Note, shown

STOPPED = {
    "time": "it was still running after {seconds:g} s, and was stopped",
    "exit": "it ends the whole program",
    "memory": "it asks for more memory than there is",
    "output": "it prints without end, and was stopped",
    "killed": "the system ended it, mostly because of its memory",
    "crash": "it makes Python itself crash",
}
NOTES = {
    "check": "The notebook gives the name check to something else; the course's own check was used.",
    "trace": "The notebook watches the check while it runs (a trace function); it was switched off.",
    "threads": "Something of the notebook was still running in the background during a check.",
}


def mark(release, slots, outcome, limits):
    """(rows of the exercises, notes) from a run's Outcome."""
    index = {slot.id: i for i, slot in enumerate(slot for slot in slots if slot.kind != "text")}
    rows = [_row(release, check, index, outcome, limits) for check in release.checks]
    return rows, _notes(release, index, outcome, limits)


def empty(release, state, sentence):
    """Rows without points, for a submission that could not be run, or that isn't there."""
    return [_as_row(check, 0.0, state, sentence) for check in release.checks]


def _as_row(check, points, state, sentence="", question=""):
    return {
        "exercise": check.exercise,
        "points": points,
        "of": check.points,
        "state": state,
        "sentence": sentence,
        "question": question,
    }


def _row(release, check, index, outcome, limits):
    """The row of one exercise."""
    place = index[check.id]
    report = outcome.reports.get(place)
    if place in outcome.left_out:
        return _stopped(check, outcome.left_out[place], limits, "while it was checked ")
    problem = _problem(release, check, index, outcome, limits)
    verdict = report and report["verdict"]
    if report and report["tampered"]:
        said = f"No points: the submission changed {shown(report['tampered'])}, which the checks lean on."
        return _as_row(check, 0.0, "tampered", said)
    if verdict:
        if verdict["right"]:
            return _as_row(check, check.points, "right", verdict["sentence"])
        if verdict["name"] == "not started" and problem:
            return problem
        return _as_row(check, 0.0, verdict["name"], verdict["sentence"], verdict["question"])
    if problem:
        return problem
    if report and report["error"]:
        if report["error"]["kind"] in STOPPED:
            return _stopped(check, report["error"]["kind"], limits, "while it was checked ")
        if report["error"]["name"] == "NameError":
            return _as_row(check, 0.0, "no answer", f"There is no answer: {report['error']['text']}.")
        return _as_row(check, 0.0, "error", f"The check could not be made: {_told(report['error'])}.")
    return _as_row(check, 0.0, "not reached", "The submission had to be stopped before this exercise.")


def _problem(release, check, index, outcome, limits):
    """The row for an answer whose own cell went wrong, None where it didn't."""
    for answer in release.answers_of(check.id):
        place = index.get(answer)
        if place in outcome.left_out:
            return _stopped(check, outcome.left_out[place], limits)
        error = outcome.reports.get(place, {}).get("error")
        if error and error["kind"] in STOPPED:
            return _stopped(check, error["kind"], limits)
        if error and error["kind"] == "syntax":
            return _as_row(check, 0.0, "syntax", f"The answer is not valid Python: {error['text']}.")
        if error:
            return _as_row(check, 0.0, "error", f"The answer's cell stops with {_told(error)}.")
    return None


def _stopped(check, kind, limits, when=""):
    said = STOPPED.get(kind, "it was stopped").format(seconds=limits.cell_seconds)
    return _as_row(check, 0.0, kind, f"The answer did not finish: {when}{said}.")


def _told(error):
    return shown(f"{error['name']}: {error['text']}", 200).rstrip(".")


def _stops(outcome):
    """{cell: why} for the cells that had to be stopped, whether that ended the process or not."""
    errors = {place: report["error"]["kind"] for place, report in outcome.reports.items() if report["error"]}
    return {**{place: kind for place, kind in errors.items() if kind in STOPPED}, **outcome.left_out}


def _notes(release, index, outcome, limits):
    """What a teacher should know of the run itself."""
    notes, cells = [], {place: name for name, place in index.items()}
    for cell, words in sorted(outcome.looks.items()):
        if cell in index:
            listed = ", ".join(shown(word, 40) for word in words[:5])
            notes.append(Note("reaches", f"The cell {shown(cell, 40)} uses what an answer doesn't need: {listed}."))
    told = {word for report in outcome.reports.values() for word in report["notes"] if word in NOTES}
    notes += [Note(f"name {word}", NOTES[word]) for word in sorted(told)]
    tampered = next((report["tampered"] for report in outcome.reports.values() if report["tampered"]), "")
    if tampered:
        notes.append(Note("tampered", f"It changed {shown(tampered)}, which checks lean on: no points from there on."))
    if outcome.stray:
        notes.append(Note("stray", "It wrote on the line over which the grader listens; that was not believed."))
    for place, why in sorted(_stops(outcome).items()):
        done = "left out" if place in outcome.left_out else "not finished"
        said = STOPPED.get(why, "it was stopped").format(seconds=limits.cell_seconds)
        notes.append(Note("stopped", f"The cell {shown(cells[place], 40)} was {done}: {said}."))
    if outcome.cut_short:
        notes.append(Note("cut short", "It had to be stopped as a whole: too many cells end or stall it."))
    return notes


def to_read(release, slots):
    """The answers in words: a list of {cell, what, source}; untouched ones are left out."""
    wanted = dict(TO_READ.get(release.name, ()))
    return [
        {"cell": slot.id, "what": wanted[slot.id], "source": slot.source}
        for slot in slots
        if slot.id in wanted and slot.source.strip() != release.by_id[slot.id].source.strip()
    ]


# The notebook that nbgrader shows


SHOWN = ("text/plain", "image/png", "image/jpeg")


def notebook(slots, outcome, trouble="", notes=()):
    """The graded notebook as nbformat's dict.

    Of what a student's code showed, text and pictures are kept. Web pages and scripts are not, since the teacher's
    browser would run them.
    """
    cells, place = [], -1
    if trouble:
        cells.append({"cell_type": "markdown", "id": "trouble", "metadata": {}, "source": f"**{_harmless(trouble)}**"})
    for note in notes:
        number = len(cells)
        cells.append({"cell_type": "markdown", "id": f"note-{number}", "metadata": {}, "source": _harmless(note.text)})
    for slot in slots:
        meta = {key: value for key, value in slot.node["metadata"].items() if key in ("nbgrader", "tags", "deletable")}
        cell = {"cell_type": slot.node["cell_type"], "id": slot.id, "metadata": meta, "source": slot.source}
        if slot.kind == "text":
            if slot.id.startswith("own-"):
                cell["source"] = _harmless(slot.source)
        else:
            place += 1
            report = outcome.reports.get(place) if outcome else None
            cell.update(execution_count=place + 1 if report else None, outputs=_outputs(report, outcome, place))
        cells.append(cell)
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": about, "cells": cells}


def _outputs(report, outcome, place):
    if outcome and place in outcome.left_out:
        text = f"Left out: {STOPPED.get(outcome.left_out[place], 'it was stopped').format(seconds=0)}"
        return [_error("Stopped", text.replace(" after 0 s", ""))]
    return [clean for output in (report["outputs"] if report else []) if (clean := _clean(output))]


def _error(name, text, lines=()):
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": list(lines) or [f"{name}: {text}"]}


def _clean(output):
    """An output in exactly the form nbformat knows, None where it isn't one."""
    kind = output.get("output_type")
    if kind == "stream" and output.get("name") in ("stdout", "stderr") and isinstance(output.get("text"), str):
        # nbgrader gives no points to a check cell that has written to stderr, so all counts as printed.
        return {"output_type": "stream", "name": "stdout", "text": output["text"]}
    if kind == "error" and all(isinstance(output.get(key), str) for key in ("ename", "evalue")):
        lines = output.get("traceback")
        lines = [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
        return _error(output["ename"], output["evalue"], lines)
    if kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
        data = {mime: value for mime, value in output["data"].items() if mime in SHOWN and isinstance(value, str)}
        return {"output_type": "display_data", "data": data, "metadata": {}} if data else None
    return None


def _harmless(text):
    """A student's markdown without the power to bring HTML into the teacher's page."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("](", "] (").replace("]:", "] :")
