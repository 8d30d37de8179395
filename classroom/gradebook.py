"""Keeps nbgrader's own gradebook, so that its formgrader, feedback and export work on what was graded here."""

import os
import sys
from pathlib import Path

import nbformat

from . import Trouble

NEEDED = (0, 9, 6)
COURSE = "downhill"


def require_nbgrader():
    """Raise Trouble where nbgrader is missing or too old."""
    try:
        import nbgrader
    except ImportError:
        raise Trouble(
            "nbgrader is not installed here: start with `python3 course.py classroom`, which installs it."
        ) from None
    version = tuple(int(part) for part in nbgrader.__version__.split(".")[:3] if part.isdigit())
    if version < NEEDED:
        raise Trouble(f"nbgrader {nbgrader.__version__} is too old: {'.'.join(map(str, NEEDED))} or newer is needed.")


class Book:
    """nbgrader's gradebook of a class."""

    def __init__(self, folder):
        require_nbgrader()
        from nbgrader.api import Gradebook

        # A new book asks the program alembic, which lies beside this Python, for its version.
        here = str(Path(sys.executable).parent)
        if here not in os.environ.get("PATH", "").split(os.pathsep):
            os.environ["PATH"] = os.pathsep.join([here, os.environ.get("PATH", "")])
        self.url = f"sqlite:///{folder / 'gradebook.db'}"
        self.book = Gradebook(self.url, COURSE)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.book.close()
        self.book.engine.dispose()

    def put_release(self, release):
        """Make the assignment and its cells known, as `nbgrader generate_assignment` does."""
        from nbgrader.preprocessors import ComputeChecksums, SaveCells

        self.book.update_or_create_assignment(release.name)
        notebook = nbformat.reads(release.data.decode("utf-8"), as_version=4)
        name = release.file.removesuffix(".ipynb")
        resources = {"nbgrader": {"notebook": name, "assignment": release.name, "db_url": self.url}}
        try:
            for step in (ComputeChecksums(), SaveCells()):
                notebook, resources = step.preprocess(notebook, resources)
        except RuntimeError:
            raise Trouble(
                f"{release.name} has other exercises than when it was handed out, and there are graded submissions: "
                "keep this class with the course's older version, and make a new class for the new one."
            ) from None

    def put_students(self, students):
        """Make students known, with their names."""
        for student in students:
            self.book.update_or_create_student(
                student.id, first_name=student.first_name, last_name=student.last_name, email=student.email or None
            )

    def known(self):
        """The ids of the students in the book."""
        return {student.id for student in self.book.students}

    def put_scores(self, student, release, scores, handed_in=None):
        """Store the points of each check cell, {cell id: points}. Points a teacher gave by hand stay."""
        when = {"timestamp": handed_in} if handed_in else {}
        with self.book.db.no_autoflush:  # nbgrader's own code warns of itself otherwise
            submission = self.book.update_or_create_submission(release.name, student, **when)
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                grade.auto_score = float(scores.get(grade.name, 0.0))
                grade.needs_manual_grade = grade.manual_score is not None
        self.book.db.commit()
