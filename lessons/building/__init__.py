"""The builder's parts: `source` and `items` read what authors write, `run` executes, `compare` checks."""


class BuildError(Exception):
    """What an author has to mend, as one sentence that starts with the file and the line.

    `details` is what may be shown above it, such as a traceback.
    """

    def __init__(self, sentence, details=""):
        super().__init__(sentence)
        self.details = details
