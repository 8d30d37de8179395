"""PlainError: an error shown as one sentence, since a traceback through our code helps nobody."""

__all__ = ["PlainError"]


class PlainError(Exception):
    """An error whose message is written for the learner; IPython shows the sentence alone, no traceback.

    It stays an exception: the cell stops, "Run All" stops with it, and tests can catch it.
    """

    def _render_traceback_(self):
        # IPython asks an exception for this method before it formats a traceback, and prints these lines.
        return str(self).splitlines()
