"""The teacher's tools: make an nbgrader course from the exercises, grade a class, report on it.

`python3 course.py classroom` is the way in; README.md in this folder says what isolates a student's code and what
does not. Two kinds of code live here and must not be mixed up: what runs beside the marks (everything else), and what
runs beside a student's code (worker.py, walls.py, running.py, integrity.py), which is given nothing to spoil.
"""


class Trouble(Exception):
    """Something the teacher can mend; its text is one sentence that says what is wrong and what to do."""
