"""The checker's report on itself, docs/checker.md: `python tests/checker_report.py` writes it, tests keep it true.

What is counted: asking.py tries every answer of the tables in tests/test_checks_*.py, slips.py tries mutants of right
answers. The tests compare their exercise's row with the page, so the page is a fresh run's.
"""

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from asking import LESSONS, Tally, answers_hold, answers_of  # noqa: E402  (the lines above make it importable)

from helpers.checks.fixtures import CLASS_SEED  # noqa: E402

__all__ = ["CATALOGUE", "named_in", "rows_of_the_page", "the_report_is_true", "the_slips_are_true"]

PAGE = ROOT / "docs" / "checker.md"
AGAIN = "docs/checker.md is not a fresh run's: python tests/checker_report.py writes it anew"
CATALOGUE = tuple(f"A{number:02d}" for number in range(1, 41))
FIXED = {  # the exercises that no class seed can change, and why
    "axes": "four words", "places": "two numbers of one worked example", "derivation": "an order of lines",
    "boiling_rate": "the rate is one number at any height", "diagnosis": "three given nets", "my_eta": "a decision",
    "curve_doctor": "six given curves", "reader": "a trained network, tested on the digits",
    "report": "a report on that network",
}  # fmt: skip
HEAD = "| exercise | kinds | known mistakes: tried | detected | named rightly | other trouble: tried | named rightly | "
HEAD += "right answers: tried | false alarms |"
SLIPS = "| exercise | slips tried | caught | named, and rightly | right by another convention | named wrongly |"


def exercises():
    """(lesson, name) of every exercise, in the order of the course."""
    return [(lesson, name) for lesson in LESSONS for name in answers_of(lesson).EVERY]


def row(name, found):
    """An exercise's row of the first table, from its Tally."""
    known, trouble = found.known, [a + b for a, b in zip(found.trouble, found.unknown, strict=True)]
    numbers = [found.kinds, *known, trouble[0], found.trouble[2] + found.unknown[0] - found.unknown[2], *found.right]
    return f"| {name} | {' | '.join(map(str, numbers))} |"


def slips_row(name, found):
    """An exercise's row of the second table, from its Slips."""
    caught = found.tried - found.convention - len(found.escaped)
    return f"| {name} | {found.tried} | {caught} | {found.named} | {found.convention} | {len(found.misnamed)} |"


def rows_of_the_page():
    """{(table's number, exercise): row} of the page as it lies there."""
    rows, table = {}, -1
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        table += line.startswith("| exercise |")
        if line.startswith("| "):
            rows[table, line.split("|")[1].strip()] = line
    return rows


def the_report_is_true(lesson, name):
    """Try all answers of an exercise; compare with its row on the page."""
    found = answers_hold(lesson, name)
    assert found.known[0] == found.known[1] and found.right[1] == 0
    if not CLASS_SEED:
        assert rows_of_the_page().get((0, name)) == row(name, found), AGAIN


def the_slips_are_true(name):
    """Try the slips of an exercise; compare with its row on the page."""
    from slips import try_slips

    found = try_slips(name)
    assert not found.escaped, "accepted, and wrong:\n" + "\n".join(found.escaped)
    assert not found.misnamed, "named, and nobody said rightly so:\n" + "\n".join(found.misnamed)
    assert rows_of_the_page().get((1, name)) == slips_row(name, found), AGAIN


def named_in():
    """{catalogue's id: [exercises that can name it]}, as a mistake or as another convention."""
    mistakes = {}
    for lesson, name in exercises():
        exercise = answers_of(lesson).EVERY[name][0]
        mistakes[name] = {each.name for each in (*exercise.mistakes, *exercise.conventions)}
    return {each: [name for name, names in mistakes.items() if each in names] for each in CATALOGUE}


def page(tallies, slips):
    """The whole page, from {exercise: Tally} and {exercise: Slips}."""
    known, right = ([sum(getattr(t, kind)[i] for t in tallies.values()) for i in range(n)] for kind, n in
                    (("known", 3), ("right", 2)))  # fmt: skip
    tried = sum(each.tried for each in slips.values())
    escaped, misnamed = (sum(len(getattr(each, kind)) for each in slips.values()) for kind in ("escaped", "misnamed"))
    every = row("all", sum_of(tallies.values()))
    fixed = "\n".join(f"- `{name}`: {why}." for name, why in FIXED.items())
    listed = {each: ", ".join(f"`{name}`" for name in names) for each, names in named_in().items()}
    catalogue = "\n".join(f"| {each} | {names} |" for each, names in listed.items())
    return f"""# What the checker finds, and what it doesn't

Written by `python tests/checker_report.py`, from a fresh run. The tests of the checks compare every row with what they
find, so `python3 course.py test` fails when this page is out of date.

{len(tallies)} exercises. **{known[0]:,} wrong answers with a known mistake: {known[1]:,} detected, {known[2]:,} named
rightly ({known[2] / known[0]:.1%}). {right[0]} right answers in different styles: {right[1]} refused. {tried:,} slips
that stand in no catalogue: {escaped} accepted, {misnamed} named wrongly.**

## Known mistakes and right answers

*Kinds* are the mistakes a check can name, each with a question, a pointer and a worked step. *Other trouble* are wrong
types and shapes, errors, loops without an end, untouched stubs, and wrong answers that no mistake explains: those have
to be told where they differ and nothing else. Right answers by another convention count as right answers.

{HEAD}
|{"---|" * 9}
{chr(10).join(row(name, found) for name, found in tallies.items())}
{every}

## Slips that stand in no catalogue

A right answer with one thing changed: a sign, an operator, a constant, a comparison, a range, a name, an axis; a term
or a line forgotten, two arguments swapped. Whether a slip is wrong at all is decided without the check, by running it
beside the right answer on many random inputs; those that give the same everywhere or never end are left out. A slip may
be named as a known mistake only if that mistake gives its very numbers, or if a person looked at it
(`tests/reviewed_slips.txt`); all others get the general hint, which says what differs.

{SLIPS}
|{"---|" * 6}
{chr(10).join(slips_row(name, found) for name, found in slips.items())}

## The catalogue

Which of the forty misconceptions can be named in which exercise. (A21 passes, with a word on it: an engine that reads
its numbers late gives right gradients as long as nobody changes them in between.)

| id | named in |
|---|---|
{catalogue}

## A class's own numbers

With the environment variable `DOWNHILL_CLASS_SEED` set to a whole number before Python starts, the fixtures are
drawn anew: random ones from other generators, hand-made ones moved a little. Absent, empty or 0, they are the ones the
lessons were written with. Special cases (zeros, shapes, extreme values) stay. Nothing rests on a hidden test: a
function that has today's answers typed in fails in a class with a seed. These exercises have one answer, and no seed
can change it:

{fixed}

## Known holes

{HOLES}"""


HOLES = """- `reader`: four arrays don't tell which rows they were trained on. More than 485 of 500 right is taken for a
  leak, and so is a reader that does as well on the test rows as on the training rows. That finds three in four of the
  readers that learned from all rows and stopped early (450 to 466 right), and all that learned from the test rows
  alone. One that learned from half of the test rows and stopped early passes. `leakage` sees every row and has no
  such hole.
- `my_eta` and `report` ask for reasons. A check can see that there is one, not that it is good.
- A check runs in the learner's own process. It is no protection against code that is written to deceive it.
- Slips that give a mistake's very numbers get that mistake's name, though the hand may have slipped elsewhere. The
  sentence then says what the numbers are, and asks.
"""


def sum_of(tallies):
    """One Tally with the numbers of all of them."""
    total = Tally()
    for each in tallies:
        total.kinds += each.kinds
        for kind in ("known", "trouble", "right", "unknown"):
            old, new = getattr(total, kind), getattr(each, kind)
            setattr(total, kind, [a + b for a, b in zip(old, new, strict=True)])
    return total


def main():
    """Try everything and write the page."""
    os.environ["COURSE_WORK"] = tempfile.mkdtemp()
    from slips import SUBJECTS, try_slips

    tallies = {}
    for lesson, name in exercises():
        tallies[name] = answers_hold(lesson, name)
        print(row(name, tallies[name]), flush=True)
    slips = {}
    for _, name in exercises():
        if name in SUBJECTS:
            slips[name] = try_slips(name)
            print(slips_row(name, slips[name]), flush=True)
    PAGE.write_text(page(tallies, slips), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
