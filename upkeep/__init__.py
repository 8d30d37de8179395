"""Keeps the learner's copies in work/ up to date with the course, and loses nothing of theirs.

Standard library only: course.py runs this before anything is installed.

    files      writing and renaming, whole or not at all
    cells      notebooks as bytes and as cells; what makes a cell valid
    notebooks  the three-way merge by cell id
    bases      the version each copy was made from: kept, or found again
    journal    backup, apply, finish after an interruption, undo
    updating   the commands update, update --undo, and what lab and reset need
"""


class Trouble(Exception):
    """Something the reader can mend; its text is one sentence that says what is wrong and what to do."""
