"""The command line of the teacher's tools: init, grade, report."""

import argparse
import sys

from . import Trouble


def arguments():
    """The parser of `course.py classroom`."""
    parser = argparse.ArgumentParser(
        prog="course.py classroom", description="Make an nbgrader course of the exercises, grade it, report on it."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    one = commands.add_parser("init", help="make a class, or bring the notebooks of one up to date")
    one.add_argument("folder", metavar="FOLDER")
    one = commands.add_parser("grade", help="grade what is new or changed")
    one.add_argument("folder", metavar="FOLDER")
    one.add_argument("--only", metavar="ASSIGNMENT", help="such as L3")
    one.add_argument("--again", metavar="STUDENT", action="append", default=[], help="grade anew; all for everybody")
    one.add_argument("--cores", metavar="N", type=_count, help="how many submissions at a time; without it, all cores")
    one = commands.add_parser("report", help="write the table of marks, and the page on the class's mistakes")
    one.add_argument("folder", metavar="FOLDER")
    return parser


def _count(text):
    number = int(text)
    if not 1 <= number <= 256:
        raise argparse.ArgumentTypeError("a number of cores is from 1 to 256")
    return number


def run(options):
    """Do what the command line asks for; returns the exit code."""
    if options.command == "init":
        from .folder import make

        make(options.folder)
        return 0
    if options.command == "grade":
        from .grading import grade

        return grade(options.folder, options.only, tuple(options.again), options.cores)
    from .report import report

    report(options.folder)
    return 0


def main(argv=None):
    """Run one command; what a teacher can mend is one sentence on the error output and exit code 1."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace", line_buffering=True)
    options = arguments().parse_args(argv)
    try:
        return run(options)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped. What was graded is kept; the same command goes on from there.", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"The computer says '{error.strerror or error}' about {error.filename or 'a file'}.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
