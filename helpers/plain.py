"""PlainError: an error shown as one sentence, since a traceback through our code helps nobody."""

import linecache
import traceback
from pathlib import Path

__all__ = ["PlainError", "PlainErrorInALine"]

_OURS = Path(__file__).parent


class PlainError(Exception):
    """An error whose message is written for the learner; IPython shows the sentence alone, no traceback.

    It stays an exception: the cell stops, "Run All" stops with it, and tests can catch it.
    """

    def _render_traceback_(self):
        # IPython asks an exception for this method before it formats a traceback, and prints these lines.
        return str(self).splitlines()


class PlainErrorInALine(PlainError):
    """A PlainError that also shows the line it came from: the last one outside this package."""

    def _render_traceback_(self):
        lines = super()._render_traceback_()
        theirs = [
            (frame.f_code.co_filename, number)
            for frame, number in traceback.walk_tb(self.__traceback__)
            if _OURS not in Path(frame.f_code.co_filename).parents
        ]
        if theirs:
            file, number = theirs[-1]
            source = linecache.getline(file, number).strip()
            lines.append(f"  in line {number}: {source}" if source else f"  in line {number}")
        return lines
