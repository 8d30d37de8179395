"""A graph in words and numbers: what stands in a box, on an edge, and what a screen reader says."""

import math

import numpy as np
from matplotlib import font_manager

OPERATORS = ("+", "-", "*", "/", "**")


def number(value, digits=4):
    """A number in so many digits and at most nine characters, with a real minus sign; of an array its shape."""
    if isinstance(value, np.ndarray):
        return "×".join(map(str, value.shape))
    if not isinstance(value, (int, float, np.number)):
        return clean(value, 9)
    value = float(value)
    if not math.isfinite(value):
        text = "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    elif abs(value - round(value)) < 1e-12 * max(1.0, abs(value)) and abs(value) < 1e6:
        text = f"{round(value)}"
    elif 1e-3 <= abs(value) < 1e6:
        text = f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}"
    else:
        front, power = f"{value:.2e}".split("e")
        text = f"{front}e{int(power)}"
    return text.replace("-", "\N{MINUS SIGN}")


def op_sign(op):
    """An operation's name as it stands in a box."""
    return {"*": "×", "-": "\N{MINUS SIGN}"}.get(op, op)


def _count(count, thing):
    return f"{count} {thing}{'' if count == 1 else 's'}"


def listed(names, most=8):
    """Names as a sentence lists them; a long list is cut."""
    if len(names) > most:
        names = [*names[: most - 1], f"{len(names) - most + 1} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def spoken(op):
    """An operation's name as a voice reads it."""
    words = {"+": "addition", "-": "subtraction", "*": "multiplication", "/": "division", "**": "power"}
    return {**words, "@": "matrix product", "neg": "negation", "": "an operation"}.get(op, op)


def heading(node, digits=4):
    """What a node's box begins with: its name and how it was made, with a constant where there is one: r  **2."""
    if not node.op:
        return node.name
    sign, others = op_sign(node.op), [one for one in node.recipe if one[0] == "number"]
    if len(node.recipe) == 2 and len(others) == 1:
        text = number(others[0][1], digits)
        sign = f"{sign}{text}" if node.recipe[1] == others[0] else f"{text}{sign}"
    return f"{node.name}  {sign}"


def again(node):
    """What stands in the dashed box of a node that is drawn in a row above."""
    return f"\N{UPWARDS ARROW} {node.name}"


def formula(graph, node):
    """How a node is computed, in names and in numbers: "p = x × y = 3 × (−2) = −6"."""
    said = []
    for named in (True, False):
        parts = []
        for kind, what in node.recipe:
            value = graph.nodes[what].data if kind == "node" else what
            text = number(value)
            parts.append(graph.nodes[what].name if named and kind == "node" else f"({text})" if value < 0 else text)
        said.append(_written(node.op, parts))
    return f"{node.name} = {said[0]} = {said[1]} = {number(node.data)}"


def _written(op, parts):
    sign = op_sign(op)
    if op == "**" and len(parts) == 2:
        return f"{parts[0]}**{parts[1]}"
    if op == "neg" and len(parts) == 1:
        return f"\N{MINUS SIGN}{parts[0]}"
    if op in OPERATORS and len(parts) == 1:
        return f"{parts[0]} {sign} a constant"
    if op in OPERATORS:
        return f" {sign} ".join(parts)
    if op.startswith("**") and len(parts) == 1:
        return f"{parts[0]}{op}"
    inside = ", ".join(part.strip("()") if len(parts) == 1 and part.startswith("(") else part for part in parts)
    return f"{sign or 'f'}({inside})"


def clean(text, room=14):
    """One line of `text` in letters that the font has, cut to `room` characters."""
    text = " ".join(str(text).split())
    text = "".join(char if ord(char) in _letters() else "?" for char in text)
    return text if len(text) <= room else text[: room - 1] + "…"


def _letters():
    if not _LETTERS:
        _LETTERS.update(font_manager.get_font(font_manager.findfont("DejaVu Sans")).get_charmap())
    return _LETTERS


_LETTERS = {}


def alt_text(graph, grads):
    """One or two sentences: what is drawn, with the numbers at both ends."""
    leaves = graph.leaves
    text = (
        f"Graph of {graph.root.name}: {_count(len(graph.nodes), 'node')}, {_count(graph.edges, 'edge')}, "
        f"from {listed([node.name for node in leaves])} on the left to {graph.root.name} on the right. "
        f"{graph.root.name} = {number(graph.root.data)}."
    )
    if grads:
        text += f" Gradients: {listed([f'{node.name} {number(node.grad)}' for node in leaves])}."
    return text


def transcript(graph, grads):
    """The whole drawing in words: one line a node, operands before results."""
    return "\n".join([alt_text(graph, grads), *(_line(graph, node, grads) for node in graph.nodes)])


def _line(graph, node, grads):
    shape = isinstance(node.data, np.ndarray)
    text = f"{node.name}: {'shape' if shape else 'value'} {number(node.data)}"
    if grads and not shape:
        text += f", gradient {number(node.grad)}"
    if node.operands:
        names = [graph.nodes[operand].name for operand in node.operands]
        text += f"; made by {spoken(node.op)} from {' and '.join(names)}"
        if any(slope is not None for slope in node.stickers):
            text += f"; local slope {', '.join(_told(graph, node, place) for place in range(len(names)))}"
    users = list(dict.fromkeys(user for user, _ in graph.users[node.index]))
    if users:
        text += f"; used by {' and '.join(graph.nodes[user].name for user in users)}"
    return text + "."


def _told(graph, node, place):
    slope, name = node.stickers[place], graph.nodes[node.operands[place]].name
    text = f"{number(slope) if slope is not None else 'unknown'} for {name}"
    if node.misjudged(place):
        text += f" (kept by the node; the operation has {number(node.slopes[place])})"
    return text
