"""Turns what authors write in lessons/ into the notebooks learners open: one way, and always the same bytes.

A lesson is a folder lessons/NN_slug with up to three files, which make four:

    lesson.md     ->  notebooks/NN_slug.ipynb               executed
    exercises.md  ->  exercises/solutions/NN_slug.ipynb     executed, every check passing
                  ->  exercises/NN_slug.ipynb               no solutions, no hidden tests; executed untouched
    review.yaml   ->  helpers/items/NN_slug.json            with the lesson's computed numbers filled in

Nothing is ever read back from a notebook, so nobody needs to edit one: `--check` proves that nobody did.
"""

import argparse
import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from building import BuildError
from building.compare import EXERCISES, ITEMS, NOTEBOOKS, SOLUTIONS, compare, write
from building.items import doubled_ids, filled_in, find_gaps, read_review, same_but_for_blanks, to_json
from building.run import Place, as_number, as_text, execute
from building.source import read_text_notebook

WORKERS = 2


@dataclass
class Lesson:
    """One folder of lessons/: what its files say, or None where a file is absent."""

    slug: str
    lesson: list | None
    exercises: list | None
    review: dict | None


def read_lessons(root):
    """Every lesson below root/lessons, in order. Raises one BuildError that names all that is wrong."""
    lessons, reviews, problems = [], {}, []
    for folder in sorted((root / "lessons").glob("[0-9][0-9]_*")):
        read = {}
        for name in ("lesson.md", "exercises.md", "review.yaml"):
            path, label = folder / name, f"lessons/{folder.name}/{name}"
            try:
                if path.exists() and name == "review.yaml":
                    reviews[label] = read[name] = read_review(path, label, folder.name)
                elif path.exists():
                    read[name] = read_text_notebook(path, label, exercise=name == "exercises.md")
            except BuildError as error:
                problems.append(str(error))
        lessons.append(Lesson(folder.name, read.get("lesson.md"), read.get("exercises.md"), read.get("review.yaml")))
    problems += doubled_ids(reviews)
    if problems:
        raise BuildError("\n".join(problems))
    return lessons


def build_lesson(lesson, place):
    """(the lesson's notebook as {file: bytes}, its review with every blank filled in, or None)."""
    label = f"lessons/{lesson.slug}/review.yaml"
    gaps = find_gaps(lesson.review, label) if lesson.review else []
    asked = [blank for *_, blanks in gaps for blank in blanks]
    data, _, values = execute(lesson.lesson or [], "lesson", NOTEBOOKS, place, asked=asked)
    review = filled_in(lesson.review, label, values, as_text, as_number) if lesson.review else None
    return {f"{NOTEBOOKS}/{lesson.slug}.ipynb": data} if lesson.lesson else {}, review


def build_exercises(lesson, place):
    """The two exercise notebooks as {file: bytes}; numbers in the text come from the solved one in both."""
    solved, texts, _ = execute(lesson.exercises, "solved", SOLUTIONS, place)
    released, _, _ = execute(lesson.exercises, "released", EXERCISES, place, texts=texts)
    return {f"{SOLUTIONS}/{lesson.slug}.ipynb": solved, f"{EXERCISES}/{lesson.slug}.ipynb": released}


def first_items(lesson, root):
    """The items to start from: those built last time if only numbers can differ, else with the blanks in.

    The outcome is the same either way, for what shows items runs again if a number turns out otherwise; to
    start from the last build saves that second run.
    """
    try:
        stored = json.loads((root / ITEMS / f"{lesson.slug}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        stored = None
    return to_json(stored if same_but_for_blanks(lesson.review, stored) else lesson.review)


def build(root, only="", say=print):
    """Everything the sources below `root` make, as {file name relative to root: bytes}; writes nothing there.

    `only` restricts it to lessons whose folder starts with that text. Raises BuildError.
    """
    lessons = read_lessons(root)
    chosen = [lesson for lesson in lessons if lesson.slug.startswith(only)]
    if not chosen:
        raise BuildError(f"lessons/: no lesson's folder starts with '{only}'.")
    with tempfile.TemporaryDirectory(prefix="course-build-", ignore_cleanup_errors=True) as folder:
        place = Place(root, Path(folder), Path(folder) / "items")
        place.items.mkdir()
        items = {lesson.slug: first_items(lesson, root) for lesson in lessons if lesson.review}
        put_items(items, place)
        return run_jobs(chosen, place, items, say)


def put_items(items, place):
    """Write {slug: JSON bytes} where the kernels' widgets look for them."""
    for slug, data in items.items():
        (place.items / f"{slug}.json").write_bytes(data)


def run_jobs(lessons, place, items, say):
    """Build the lessons' notebooks, and those that show items once more if a number in them has changed."""
    files, reviews = {}, {}

    def job(lesson, part):
        started = time.perf_counter()
        made, review = build_lesson(lesson, place) if part == "lesson" else (build_exercises(lesson, place), None)
        say(f"  {time.perf_counter() - started:5.1f} s  {', '.join(made) or lesson.slug}")
        files.update(made)
        if review:
            reviews[lesson.slug] = to_json(review)

    jobs = [(lesson, "lesson") for lesson in lessons if lesson.lesson or lesson.review]
    jobs += [(lesson, "exercises") for lesson in lessons if lesson.exercises]
    in_parallel(job, jobs)
    changed = {slug: data for slug, data in reviews.items() if data != items[slug]}
    put_items(changed, place)
    in_parallel(job, [(lesson, part) for lesson, part in jobs if changed and shows_items(getattr(lesson, part))])
    for slug, data in reviews.items():
        if data != {**items, **changed}[slug]:
            raise BuildError(f"lessons/{slug}/review.yaml: its numbers change when its own widgets show them.")
        files[f"{ITEMS}/{slug}.json"] = data
    return files


def shows_items(cells):
    """Whether a notebook may show items: its code speaks of review."""
    return any(cell.kind == "code" and "review" in cell.source for cell in cells or [])


def in_parallel(job, arguments):
    """Call job(*argument) for each argument, WORKERS at a time; the first error ends it all."""
    with ThreadPoolExecutor(WORKERS) as pool:
        futures = [pool.submit(job, *argument) for argument in arguments]
        try:
            for future in futures:
                future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def main(arguments=None):
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Build notebooks and exercises from lessons/.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where built files differ")
    parser.add_argument("--only", default="", metavar="01", help="only lessons whose folder starts with this")
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[1], help="the course's folder")
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    try:
        files = build(root, options.only)
    except KeyboardInterrupt:
        print("\nStopped. Nothing was written.", file=sys.stderr)
        return 130
    except BuildError as error:
        print(f"\n{error.details}\n" if error.details else "", error, sep="\n", file=sys.stderr)
        return 1
    if not options.check:
        write(root, files, whole=not options.only)
        return 0
    problems = compare(root, files, whole=not options.only)
    if problems:
        print(
            *problems,
            "\nRun `python course.py build`, look at what changed, and commit it.",
            sep="\n",
            file=sys.stderr,
        )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
