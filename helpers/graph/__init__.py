"""The graph of an expression, drawn: `draw` takes any object with `data` and `_prev`.

`reading` makes a Graph of it, `layers` and `layout` decide where everything stands, `drawing` paints, `words` says the
same.
The names below are what figures build on.
"""

from helpers.graph.drawing import Drawing, draw, paint_ground, rounded, sheet, write
from helpers.graph.layout import digits_for, make_plan, text_width
from helpers.graph.reading import known_operation, read_graph
from helpers.graph.words import formula, heading, listed, number, spoken

__all__ = [
    "Drawing", "digits_for", "draw", "formula", "heading", "known_operation", "listed", "make_plan", "number",
    "paint_ground", "read_graph", "rounded", "sheet", "spoken", "text_width", "write",
]  # fmt: skip
