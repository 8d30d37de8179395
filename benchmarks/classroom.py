"""How long a class takes to grade: one `course.py classroom grade` against nbgrader run once for each student.

    python benchmarks/classroom.py [--students 9] [--cores 2]

Every lesson has the same number of submissions: solutions, and solutions with mistakes in them. nbgrader's own
`autograde` is timed on one submission of each lesson, since it takes the same time for every further one. Both run on
the same folder and must give the same points.
"""

import argparse
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from classroom_class import FILES, Expected, hand_in, honest, solved, to_bytes  # noqa: E402  (the lines above find it)

QUIET = {"JUPYTER_PLATFORM_DIRS": "1"}


def processor():
    """Seconds of processor time that ended child processes have taken so far; 0 where the system doesn't say."""
    try:
        import resource
    except ImportError:
        return 0.0
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(command, folder):
    """Run a command in a class's folder: (its seconds, its processor time, its output), or stop the benchmark."""
    bin_folder = str(Path(sys.executable).parent)
    path = os.pathsep.join([bin_folder, os.environ["PATH"]])
    environment = {**os.environ, **QUIET, "PATH": path, "PYTHONPATH": str(ROOT)}
    start, used = time.perf_counter(), processor()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return time.perf_counter() - start, processor() - used, done.stdout


def a_class(students):
    """So many submissions for each lesson: of three, one is the solution and two have mistakes where there are some."""
    found = []
    for assignment in FILES:
        wrong = [each.data for each in honest() if each.assignment == assignment]
        for number in range(students):
            data = wrong[number % len(wrong)] if number % 3 else to_bytes(solved(assignment))
            found.append(Expected(f"s{number:03}", assignment, data))
    return found


def scores(folder):
    """{(student, assignment): points} as nbgrader exports them."""
    run([sys.executable, "-m", "nbgrader", "export"], folder)
    rows = csv.DictReader(io.StringIO((folder / "grades.csv").read_text("utf-8")))
    return {(row["student_id"], row["assignment"]): float(row["raw_score"]) for row in rows if row["raw_score"]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=9, help="submissions for each lesson")
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args()
    ours = [sys.executable, "-P", "-m", "classroom"]
    with tempfile.TemporaryDirectory(prefix="course-benchmark-") as place:
        folder = Path(place) / "class"
        run([*ours, "init", str(folder)], ROOT)
        settings = json.loads((folder / "classroom.json").read_text("utf-8"))
        (folder / "classroom.json").write_text(json.dumps({**settings, "seed": 0}), "utf-8")
        submissions = a_class(options.students)
        hand_in(folder, submissions)
        theirs = {}
        for number, assignment in enumerate(FILES):  # half of them before our run and half after it
            if number == 4:
                seconds, work, said = run([*ours, "grade", str(folder), "--cores", str(options.cores)], folder)
                points = scores(folder)
            command = [sys.executable, "-m", "nbgrader", "autograde", assignment, "--student", "s000", "--force"]
            theirs[assignment] = run(command, folder)[:2]
        same = all(points[key] == value for key, value in scores(folder).items() if key[0] == "s000")
    each, theirs_each = seconds / len(submissions), mean(value for value, _ in theirs.values())
    work_each, theirs_work = work / len(submissions), mean(value for _, value in theirs.values())
    print(said.strip().splitlines()[-1])
    what = f"{len(submissions)} submissions of {len(FILES)} lessons on {options.cores} cores"
    print(f"{what}: {seconds:.1f} s, {each:.2f} s each, of the processor {work_each:.2f} s")
    listed = ", ".join(f"{name} {value:.1f}" for name, (value, _) in theirs.items())
    print(f"nbgrader once a student: {theirs_each:.1f} s each, of the processor {theirs_work:.1f} s ({listed})")
    print(f"ratio {theirs_each / each:.1f}, of the processor {theirs_work / work_each:.1f}; same points: {same}")


if __name__ == "__main__":
    main()
