"""The figures of lesson 3: the edge-sticker graph, the path counter, forward mode against reverse mode.

Each is one class on LiveFigure and one small function that makes it, which is what the lesson calls.
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from helpers.graph import (
    digits_for,
    formula,
    heading,
    known_operation,
    listed,
    make_plan,
    number,
    paint_ground,
    read_graph,
    rounded,
    sheet,
    spoken,
    text_width,
    write,
)
from helpers.live import Button, Choice, LiveFigure, Slider, Toggle
from helpers.palette import FAINT, GRADIENT, GUESS, INK, MODEL, PAPER, WRONG
from helpers.plain import PlainError
from helpers.value import Value

__all__ = ["edge_stickers", "forward_or_reverse", "path_counter"]

GRAPHS = ("L = p·q − q", "L = q² + p")
ORDERS = ("topological", "breadth-first", "recursive", "visit-once pre-order")
SECOND = ("no", "without zeroing", "after zeroing")
SOFT, DARK_AMBER = "#FFE2A0", "#7A4B00"  # amber as a ground for text, and as a text
MOST_REPORTS = 400  # plain recursion reports once for every path: more than that nobody steps through


def _listed(names, most=4):
    """Names as a sentence lists them, each once."""
    return listed(list(dict.fromkeys(names)), most)


# ---- walking over a graph ------------------------------------------------------------------------------------------


def reporters(graph, order):
    """The nodes in the order in which they hand their gradient on; leaves hand on nothing and are left out.

    Raises PlainError where plain recursion would not end soon.
    """
    computed = [node.index for node in graph.nodes if node.operands]
    root = graph.root.index
    if order == "topological":
        return computed[::-1]
    if order == "breadth-first":
        line, known = [root], {root}
        for index in line:
            fresh = [one for one in dict.fromkeys(graph.nodes[index].operands) if one not in known]
            known.update(fresh)
            line.extend(fresh)
        return [index for index in line if graph.nodes[index].operands]
    if order == "recursive":
        paths = [0] * len(graph.nodes)
        paths[root] = 1
        for node in reversed(graph.nodes):
            for operand in node.operands:
                paths[operand] += paths[node.index]
        visits = sum(paths[index] for index in computed)
        if visits > MOST_REPORTS:
            raise PlainError(
                f"plain recursion lets nodes report {visits:,} times here, once for every path, "
                f"and this figure stops at {MOST_REPORTS}"
            )
    seen, visits, waiting = set(), [], [root]
    while waiting:
        index = waiting.pop()
        if order != "recursive" and index in seen:
            continue
        seen.add(index)
        if graph.nodes[index].operands:
            visits.append(index)
        waiting.extend(reversed(graph.nodes[index].operands))
    return visits


def true_gradients(graph):
    """What every gradient has to be: each node reports once, after all its customers, and all is added up."""
    grads = [0.0] * len(graph.nodes)
    grads[-1] = 1.0
    for node in reversed(graph.nodes):
        for operand, slope in zip(node.operands, node.slopes, strict=True):
            grads[operand] += slope * grads[node.index]
    return grads


@dataclass(frozen=True)
class Moment:
    """What the graph looks like after one step."""

    title: str
    lines: tuple = ()  # the arithmetic of the step
    computed: frozenset = frozenset()  # nodes whose value is there
    grads: tuple = ()  # a number, or None where nothing has arrived yet
    at: int = -1  # the node that acts
    active: tuple = ()  # (user, place) of the wires in use
    wrong: dict = field(default_factory=dict)  # node -> (short note, sentence)
    over: bool = False  # a backward pass ends here


class Walk:
    """All moments of one forward pass and one or two backward passes over a graph."""

    def __init__(self, graph, order=ORDERS[0], overwrite=False, second=SECOND[0]):
        self.graph, self.order, self.overwrite, self.second = graph, order, overwrite, second
        self.truth = true_gradients(graph)
        self.reports = reporters(graph, order)
        self.moments = []
        self._forward()
        self.ends = [len(self.moments) - 1]  # the last moment of each pass
        nothing = [None] * len(graph.nodes)
        self._backward(nothing, f"Backward: {graph.root.name}.grad starts at 1")
        if second != SECOND[0]:
            kept = list(self.moments[-1].grads)
            if second == SECOND[2]:
                kept = [0.0] * len(kept)
                self._say("zero_grad(): every gradient is 0 again", grads=tuple(kept))
            self._backward(kept, f"backward() again: {graph.root.name}.grad is set to 1")

    def _say(self, title, **about):
        last = self.moments[-1] if self.moments else None
        kept = {"computed": last.computed, "grads": last.grads} if last else {}
        self.moments.append(Moment(title, **(kept | about)))

    def _forward(self):
        graph = self.graph
        computed = {node.index for node in graph.leaves}
        nothing = (None,) * len(graph.nodes)
        self._say("Forward: the leaves hold their numbers", computed=frozenset(computed), grads=nothing)
        for node in graph.nodes:
            if node.operands:
                computed.add(node.index)
                self._say(
                    f"Forward: {node.name} is computed, and its edges get their stickers",
                    lines=(formula(graph, node),),
                    computed=frozenset(computed),
                    at=node.index,
                    active=tuple((node.index, place) for place in range(len(node.operands))),
                )

    def _backward(self, grads, title):
        """One pass that finds `grads` in the nodes (None where nothing ever arrived)."""
        nodes, sign = self.graph.nodes, "=" if self.overwrite else "+="
        book = _Book(self.graph, self.truth, grads)
        grads = [*grads[:-1], 1.0]
        self._say(title, grads=tuple(grads), at=self.graph.root.index)
        for count, index in enumerate(self.reports, 1):
            node, handed, lines = nodes[index], grads[index], []
            book.reports(index, handed)
            for place, (operand, slope) in enumerate(zip(node.operands, node.slopes, strict=True)):
                book.pays(index, place, operand, grads[operand], self.overwrite)
                before = 0.0 if self.overwrite or grads[operand] is None else grads[operand]
                grads[operand] = before + slope * handed
                lines.append(
                    f"{nodes[operand].name}.grad {sign} {number(slope)} · {_in_brackets(handed)}"
                    f"   now {number(grads[operand])}"
                )
            over = count == len(self.reports)
            self._say(
                f"Backward: {node.name} reports to {_listed(nodes[one].name for one in node.operands)}",
                lines=tuple(lines),
                grads=tuple(grads),
                at=index,
                active=tuple((index, place) for place in range(len(node.operands))),
                wrong=book.wrong(grads, over),
                over=over,
            )
        if not self.reports:  # a single leaf
            self.moments[-1] = Moment(**(vars(self.moments[-1]) | {"over": True}))
        self.ends.append(len(self.moments) - 1)


def _in_brackets(value):
    return f"({number(value)})" if value < 0 else number(value)


class _Book:
    """Who has reported to whom in one backward pass, and so why a gradient is wrong."""

    def __init__(self, graph, truth, before):
        self.graph, self.truth = graph, truth
        self.before = [0.0 if grad is None else grad for grad in before]
        self.got = [Counter() for _ in graph.nodes]
        self.lost = [{} for _ in graph.nodes]  # customers whose report was written over
        self.done = Counter()  # how often each node has reported
        self.stuck = {}  # what cannot be mended: a wrong number was handed on

    def reports(self, index, grad):
        """Node `index` hands on `grad`."""
        self.done[index] += 1
        name = self.graph.nodes[index].name
        if not self._right(index, grad):
            note, sentence = self._reason(index)
            self.stuck.setdefault(index, (note, f"{name} handed on {number(grad)}: {sentence}"))
        elif self.done[index] > 1 and index not in self.stuck:
            self.stuck[index] = ("sent again", f"{name} reported more than once, and sent its whole gradient each time")

    def pays(self, user, place, operand, grad, overwrite):
        """`user` puts its share into `operand`, where `grad` stood."""
        if overwrite and self.got[operand]:
            self.lost[operand].update((one, None) for one, _ in self.got[operand])
        self.got[operand][user, place] += 1

    def wrong(self, grads, over):
        """Node -> (short note, sentence) for every node that is wrong and will not be mended by waiting."""
        wrong = dict(self.stuck)  # in the order in which it happened
        for node in self.graph.nodes:
            i = node.index
            settled = self.graph.users[i] and (over or not self._missing(i))
            if settled and i not in self.stuck and not self._right(i, grads[i]):
                note, sentence = self._reason(i)
                wrong[i] = (note, f"{node.name}.grad is {number(grads[i])}: {sentence}")
        return wrong

    def _right(self, index, grad):
        true = self.truth[index]
        return grad is not None and math.isclose(grad, true, rel_tol=1e-9, abs_tol=1e-12 * max(1, abs(true)))

    def _missing(self, index):
        return [user for user, place in self.graph.users[index] if not self.got[index][user, place]]

    def _reason(self, index):
        """(short note, half a sentence): the missing customer where there is one."""
        name = [node.name for node in self.graph.nodes]
        missing = [name[user] for user in self._missing(index)]
        lost = [name[user] for user in self.lost[index]]
        if missing:
            return f"without {_listed(missing, 2)}", f"its customer {_listed(missing)} had not reported yet"
        if lost:
            return f"without {_listed(lost, 2)}", f"what {_listed(lost)} had reported was written over"
        if self.before[index]:
            kept = number(self.before[index])
            return f"kept {kept}", f"it still held {kept} from the first run"
        often = [name[user] for (user, _), count in self.got[index].items() if count > 1]
        if often:
            return f"{_listed(often, 2)} again", f"{_listed(often)} reported to it more than once"
        via = [name[user] for user, _ in self.graph.users[index] if user in self.stuck]
        return f"by way of {_listed(via or ['?'], 2)}", f"{_listed(via or ['a customer'])} handed on a wrong number"


# ---- figure 3a: the edge-sticker graph -----------------------------------------------------------------------------


def _first_graph():
    """G1: p = x·y, q = p + x, r = p·q, L = r − q at x = 3, y = −2."""
    x, y = Value(3.0, "x"), Value(-2.0, "y")
    p = x * y
    q = p + x
    r = p * q
    loss = r - q
    for node, name in ((p, "p"), (q, "q"), (r, "r"), (loss, "L")):
        node.label = name
    return loss


def _second_graph():
    """G2: the same p and q, then s = q², L = s + p."""
    x, y = Value(3.0, "x"), Value(-2.0, "y")
    p = x * y
    q = p + x
    s = q**2
    loss = s + p
    for node, name in ((p, "p"), (q, "q"), (s, "s"), (loss, "L")):
        node.label = name
    return loss


def _checked(graph):
    """The graph, if one can walk over it: single finite numbers, known slopes. Raises PlainError where not."""
    for node in graph.nodes:
        if not isinstance(node.data, float):
            shape = f"an array of shape {number(node.data)}" if isinstance(node.data, np.ndarray) else "no number"
            raise PlainError(f"This figure walks over single numbers, and {node.name} holds {shape}.")
        if not math.isfinite(node.data):
            raise PlainError(
                f"The value of {node.name} is {number(node.data)}, and from there on no slope has a meaning."
            )
        for operand, slope in zip(node.operands, node.slopes, strict=True):
            edge = f"the edge from {graph.nodes[operand].name} to {node.name}"
            if slope is None and known_operation(node.op):
                raise PlainError(
                    f"{node.name} holds {number(node.data)}, and its operands give something else now: was a number "
                    "changed after the forward run? Compute the expression again."
                )
            if slope is None:
                what = f"the operation {node.op!r}" if node.op else "an operation without a name"
                raise PlainError(
                    f"No slope is known for {edge}, {what}: keep it in the node's `_slopes`, in the order of `_prev`."
                )
            if not math.isfinite(slope):
                raise PlainError(f"The slope on {edge} is {number(slope)}, so no gradient gets past it.")
    if not graph.root.operands:
        raise PlainError(f"{graph.root.name} was not computed from anything: hand over the result of an expression.")
    return graph


def _compound(polygons):
    """One path of several polygons."""
    codes = [[Path.MOVETO, *[Path.LINETO] * (len(points) - 2), Path.CLOSEPOLY] for points in polygons]
    return Path(np.concatenate(polygons), np.concatenate(codes))


class _Scene:
    """One graph of the figure: its walks, its plan, its artists."""

    def __init__(self, name, graph):
        self.name, self.graph, self.walks = name, graph, {}
        digits = self.digits = digits_for(len(graph.nodes))
        grads, notes = [{"grad 0"} for _ in graph.nodes], {}
        for order in ORDERS:
            for overwrite in (False, True):
                for second in SECOND:
                    try:
                        walk = self.walk(order, overwrite, second)
                    except PlainError:
                        continue
                    for moment in walk.moments:
                        for i, grad in enumerate(moment.grads):
                            grads[i].add("" if grad is None else f"grad {number(grad, digits)}")
                        for i, (note, _) in moment.wrong.items():
                            notes.setdefault(i, set()).add(note)
        lines = {
            node.index: [(heading(node, digits),), (number(node.data, digits),), tuple(sorted(grads[node.index]))]
            for node in graph.nodes
        }
        self.slopes = {
            (node.index, place): number(slope, digits)
            for node in graph.nodes
            for place, slope in enumerate(node.slopes)
        }
        self.plan = make_plan(graph, lines, self.slopes, notes=notes)
        self.misjudged = [
            f"{node.name} keeps {number(node.stored[place])} for the edge from {graph.nodes[operand].name}, "
            f"and its operation has {number(node.slopes[place])} there"
            for node in graph.nodes
            for place, operand in enumerate(node.operands)
            if node.misjudged(place)
        ]

    def walk(self, order, overwrite, second):
        """The walk with these settings, made once."""
        key = (order, overwrite, second)
        if key not in self.walks:
            self.walks[key] = Walk(self.graph, *key)
        return self.walks[key]

    def draw(self, axes, moving):
        """Paint what stands still and make what moves; `moving(name, artist)` takes each."""
        self.axes, self.artists = axes, {}
        graph, plan = self.graph, self.plan
        paint_ground(axes, graph, plan)

        def add(name, artist):
            self.artists[name] = moving(f"{self.name} {name}", artist)

        here = np.zeros((3, 2))
        add("amber", axes.add_patch(PathPatch(Path(here), fc=SOFT, ec=WRONG, lw=2.2, zorder=3)))
        for name, color in (("forward", MODEL), ("backward", GRADIENT)):
            add(name, axes.add_collection(LineCollection([], colors=[color], linewidths=[2.6], zorder=4)))
        for index, at in plan.boxes.items():
            looks = {"name": {"bold": True}, "value": {}, "grad": {"color": GRADIENT, "bold": True}}
            for (x, y, ha), (what, look) in zip(plan.spots(at, 3), looks.items(), strict=True):
                add(f"{what} {index}", write(axes, x, y, "", plan.size, ha=ha, **look))
            self.artists[f"name {index}"].set_text(heading(graph.nodes[index], self.digits))
            if plan.style.note:
                under = at.y - at.height / 2 - 0.11
                add(f"note {index}", write(axes, at.x, under, "", plan.style.note, color=DARK_AMBER, bold=True))
        for (user, place), at in plan.stickers.items():
            add(f"sticker {user} {place}", write(axes, at.x, at.y, "", plan.size))

    def show(self, moment):
        """Move the artists to a Moment, or hide everything for None."""
        self.axes.set_visible(moment is not None)
        for artist in self.artists.values():
            artist.set_visible(moment is not None)
        if moment is None:
            return
        plan, graph = self.plan, self.graph
        wrong = [rounded(plan.boxes[index]) for index in moment.wrong]
        self.artists["amber"].set_visible(bool(wrong))
        if wrong:
            self.artists["amber"].set_path(_compound(wrong))
        going_back = any(grad is not None for grad in moment.grads)
        lit = [part for key in moment.active for part in self._lit(key)]
        if moment.at >= 0:
            lit.append(rounded(plan.boxes[moment.at], grow=0.03))
        for name, on in (("forward", not going_back), ("backward", going_back)):
            self.artists[name].set_segments(lit if on else [])
        for node in graph.nodes:
            i = node.index
            self.artists[f"value {i}"].set_text(number(node.data, self.digits) if i in moment.computed else "")
            grad = moment.grads[i]
            self.artists[f"grad {i}"].set_text("" if grad is None else f"grad {number(grad, self.digits)}")
            self.artists[f"grad {i}"].set_color(INK if i in moment.wrong else GRADIENT)
            if plan.style.note:
                note = moment.wrong[i][0] if i in moment.wrong else ""
                self.artists[f"note {i}"].set_text(_cut(note, plan.boxes[i].width + 0.06, plan.style.note))
            for place in range(len(node.operands)):
                text = self.slopes[i, place] if i in moment.computed else ""
                self.artists[f"sticker {i} {place}"].set_text(text)

    def _lit(self, key):
        """A wire in use, in pieces that spare its sticker's text."""
        points, at = self.plan.wires[key], self.plan.stickers[key]
        return [
            np.array([*points[points[:, 0] < at.left - 1e-9], (at.left, points[-1][1])]),
            rounded(at, 0.06),
            np.array([(at.left + at.width, points[-1][1]), points[-1]]),
        ]


def _cut(text, inches, size):
    """`text`, shortened until it is at most so wide."""
    if text_width(text, size, bold=True) <= inches:
        return text
    while text and text_width(f"{text}…", size, bold=True) > inches:
        text = text[:-1]
    return f"{text.rstrip(' ,')}…"


def _wrapped(text, inches, size, most):
    """`text` in at most `most` lines of that width, by words."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if text_width(longer, size) <= inches or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], _cut(" ".join(lines[most - 1 :]), inches, size)]
    return lines


class EdgeStickers(LiveFigure):
    """Figure 3a: a graph with its local slopes on the wires, and both passes one node at a time."""

    name = "edge-sticker graph"
    task = "Step through both runs. Then change the order, or write = for +=, and find out whose report is missing."
    letters = 10.5

    def __init__(self, root=None, guess=None):
        self.guess = guess
        graphs = (
            dict(zip(GRAPHS, (_first_graph(), _second_graph()), strict=True)) if root is None else {"your own": root}
        )
        self.scenes = {name: _Scene(name, _checked(read_graph(one))) for name, one in graphs.items()}
        plans = [scene.plan for scene in self.scenes.values()]
        self.panel = 1.18 if guess is None else 1.4  # inches below the graph, for the arithmetic
        self.size = (max(9.0, *(plan.width for plan in plans)), max(plan.height for plan in plans) + self.panel)
        choice = (Choice("graph", "graph", GRAPHS, GRAPHS[0]),) if root is None else ()
        self.controls = (
            Button("step", "Step"),
            Button("back", "Back"),
            Button("play", "Play", repeats="step", every=700),
            Button("finish", "Finish this run"),
            Button("reset", "Reset"),
            *choice,
            Choice("order", "order of reports", ORDERS, ORDERS[0]),
            Toggle("overwrite", "write = in place of +="),
            Choice("second", "backward() a second time", SECOND, SECOND[0]),
        )
        self.at, self.settings, self.walk = 0, None, None
        super().__init__()

    # -- what stands where

    def draw(self, figure):
        width, height = self.size
        for scene in self.scenes.values():
            left = (width - scene.plan.width) / 2
            bottom = self.panel + (height - self.panel - scene.plan.height) / 2
            scene.draw(sheet(figure, scene.plan, left, bottom), self.moving)
        panel = figure.add_axes((0, 0, 1, self.panel / height))
        panel.set(xlim=(0, width), ylim=(0, self.panel))
        panel.set_axis_off()
        panel.plot([0.1, width - 0.1], [self.panel - 0.03] * 2, color=FAINT, lw=1)
        top = self.panel - 0.24
        self.moving("title", write(panel, 0.15, top, "", self.letters, bold=True, ha="left"))
        self.moving("how", write(panel, width - 0.15, top, "", 9.5, color="#555555", ha="right"))
        for i in range(3):
            y = top - 0.3 - 0.25 * i
            self.moving(f"line{i}", write(panel, 0.15, y, "", self.letters, ha="left"))
            self.moving(f"verdict{i}", write(panel, width / 2 + 0.1, y, "", self.letters, ha="left"))
        if self.guess is not None:
            write(panel, width - 0.15, 0.12, self._guessed(), 9.5, color=GUESS, ha="right")

    @property
    def scene(self):
        """The graph that is shown."""
        return self.scenes[self.value.get("graph", next(iter(self.scenes)))]

    @property
    def moment(self):
        """What is shown."""
        return self.walk.moments[self.at]

    def update(self):
        settings = (self.scene, self.value["order"], self.value["overwrite"], self.value["second"])
        if settings != self.settings:
            walk = self.scene.walk(*settings[1:])  # may raise: then the figure stays as it is
            self.at = self._where(walk, settings)
            self.walk, self.settings = walk, settings
        for scene in self.scenes.values():
            scene.show(self.moment if scene is self.settings[0] else None)
        self.artists["title"].set_text(self.moment.title)
        self.artists["how"].set_text(self._how())
        lines = self.moment.lines
        if len(lines) > 3:
            lines = (*lines[:2], f"… and {len(lines) - 2} more")
        verdict = _wrapped(self.verdict(), self.size[0] / 2 - 0.3, self.letters, 3)
        for i in range(3):
            self.artists[f"line{i}"].set_text(
                _cut(lines[i], self.size[0] / 2 - 0.15, self.letters) if i < len(lines) else ""
            )
            self.artists[f"verdict{i}"].set_text(verdict[i] if i < len(verdict) else "")

    def _where(self, walk, settings):
        """The moment to show after the settings changed: an end stays an end, a pass begins anew."""
        if self.walk is None:
            return 0
        old, last = self.walk, len(self.walk.moments) - 1
        if settings[:3] == self.settings[:3]:  # only the second pass is another
            return self.at if self.at <= old.ends[1] else walk.ends[1]
        if self.at == last:
            return len(walk.moments) - 1
        if settings[0] is not self.settings[0]:
            return 0
        return min(self.at, walk.ends[0])

    def _guessed(self):
        leaf = next(iter(self.scenes.values())).graph.leaves[0]
        return f"your guess for {leaf.name}.grad: {number(float(self.guess))}"

    def _how(self):
        _, order, overwrite, second = self.settings
        again = "" if second == SECOND[0] else f", then again {second}"
        return f"{order if order.endswith('order') else order + ' order'}, {'=' if overwrite else '+='}{again}"

    # -- what it says

    def verdict(self):
        """What has gone wrong and who is missing, or that all is right; empty before there is anything to judge."""
        moment, scene = self.moment, self.settings[0]
        names = [node.name for node in scene.graph.nodes]
        if not moment.wrong and scene.misjudged:
            return f"The stickers are the operations' own. {scene.misjudged[0]}."
        if not moment.wrong:
            return f"All {len(names)} gradients are right." if moment.over else ""
        cause = min(moment.wrong, key=lambda i: moment.wrong[i][0].startswith("by way of"))  # the first in time
        wrong = sorted(moment.wrong)
        return f"{moment.wrong[cause][1]}. Wrong{'' if moment.over else ' so far'}: {_listed(names[i] for i in wrong)}."

    def pressed(self, name):
        last = len(self.walk.moments) - 1
        if name == "reset":
            self.at = 0
        elif name == "finish":
            self.at = min([end for end in self.walk.ends if end > self.at], default=last)
        else:
            self.at = min(max(self.at + (1 if name == "step" else -1), 0), last)

    def finished(self):
        return self.at >= len(self.walk.moments) - 1

    def _grads(self, nodes):
        told = [f"{node.name} {number(grad)}" for node in nodes if (grad := self.moment.grads[node.index]) is not None]
        return f" Gradients: {', '.join(told)}." if told else ""

    def describe(self):
        scene, moment = self.settings[0], self.moment
        graph = scene.graph
        which = scene.name if scene.name in GRAPHS else graph.root.name
        text = f"The graph of {which} with {len(graph.nodes)} nodes; {self._how()}. {moment.title}."
        if moment.lines:
            text += f" {'; '.join(line.replace('   now', ', now') for line in moment.lines[:3])}."
        text += self._grads(graph.nodes if len(graph.nodes) <= 8 else graph.leaves[:8])
        return f"{text} {self.verdict()}".strip()

    def in_words(self):
        scene, moment = self.settings[0], self.moment
        graph, lines = scene.graph, [self.describe()]
        for node in graph.nodes:
            i = node.index
            text = f"{node.name}: value {number(node.data) if i in moment.computed else 'not computed yet'}"
            if moment.grads[i] is not None:
                text += f", gradient {number(moment.grads[i])}"
            if node.operands:
                text += f"; by {spoken(node.op)} from {_listed(graph.nodes[operand].name for operand in node.operands)}"
            if node.operands and i in moment.computed:
                slopes = [
                    f"{number(slope)} on the edge from {graph.nodes[operand].name}"
                    for operand, slope in zip(node.operands, node.slopes, strict=True)
                ]
                text += f"; local slopes {', '.join(slopes)}"
            if i in moment.wrong:
                text += f"; WRONG: {moment.wrong[i][1]}"
            lines.append(f"{text}.")
        lines += [f"{sentence}." for sentence in scene.misjudged]
        if self.guess is not None:
            lines.append(f"Y{self._guessed()[1:]}.")
        return "\n".join(lines)

    def read(self):
        graph = self.settings[0].graph
        numbers = {}
        for node in graph.leaves[:4]:
            grad = self.moment.grads[node.index]
            numbers[f"{node.name}.grad"] = "nothing yet" if grad is None else number(grad)
        return numbers | {"step": f"{self.at} of {len(self.walk.moments) - 1}"}


# ---- figure 3b: the path counter -----------------------------------------------------------------------------------

WALKS = ("one path at a time", "one reverse sweep")


def _count(number_):
    return f"{number_:,}"


def _some(number_, thing):
    return f"{number_:,} {thing}{'' if number_ == 1 else 's'}"


def _long(seconds):
    """A time in words: 12.1 days."""
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} seconds"


class PathCounter(LiveFigure):
    """Figure 3b: n two-way stages in a row; paths double with each, edges grow by two."""

    name = "path counter"
    task = "Add stages, and count the ways from x to y. Then walk them one by one, and compare with one reverse sweep."
    most = 20
    controls = (
        Slider("stages", "two-way stages n", 1, 20, 1, 3, digits=0),
        Choice("walk", "collect the slope by", WALKS, WALKS[0]),
        Button("step", "Step"),
        Button("back", "Back"),
        Button("play", "Play", repeats="step", every=250),
        Button("reset", "Reset"),
    )
    tabled = ("stages",)

    def __init__(self, guess=None):
        self.guess = guess
        self.taken, self.taken_for = 0, None
        super().__init__()

    def draw(self, figure):
        chain = figure.add_axes((0.02, 0.5, 0.96, 0.48))
        chain.set(xlim=(0, 9 * 0.96), ylim=(-0.95, 1.05))
        chain.set_axis_off()
        self.moving("wires", chain.add_collection(LineCollection([], colors=["#8A8A8A"], linewidths=[1.4], zorder=1)))
        self.moving("lit", chain.add_collection(LineCollection([], colors=[GRADIENT], linewidths=[3.4], zorder=2)))
        dots = chain.plot([], [], "o", color=INK, mfc=PAPER, mec=INK, mew=1.5, ms=9, zorder=3)
        self.moving("dots", dots)
        for i in range(self.most + 1):
            self.moving(f"grad{i}", write(chain, 0, 0, "", 9, color=GRADIENT, bold=True))
        self.moving("x", write(chain, 0, -0.3, "x", 11))
        self.moving("y", write(chain, 0, -0.3, "y", 11))
        self.moving("says", write(chain, 0.1, 0.88, "", 10.5, ha="left"))
        rows = ["paths, 2ⁿ", "edges, 2n"] if self.guess is None else ["paths, 2ⁿ", "edges, 2n", "your guess"]
        bars = figure.add_axes((0.14, 0.12, 0.82, 0.12 + 0.08 * len(rows)))
        bars.set(xscale="log", xlim=(1, 3e6), ylim=(1.55 - len(rows), 1.5))
        bars.set_yticks([1 - i for i in range(len(rows))], rows)
        bars.tick_params(axis="y", length=0)
        bars.set_xticks([10**i for i in range(7)], [_count(10**i) for i in range(7)])
        bars.minorticks_off()
        for name, color in (("paths", MODEL), ("edges", GRADIENT)):
            self.moving(name, bars.fill([1, 1, 1, 1], [0, 0, 1, 1], fc=color, ec=color)[0])
            self.moving(f"{name}_text", bars.text(1, 0, "", ha="left", va="center", fontsize=11))
        if self.guess is not None:
            bars.plot([np.clip(self.guess, 1, 3e6)], [-1], "D", color=GUESS, ms=8, clip_on=False)

    # -- the state: how many steps of which walk; moving n or changing the walk starts anew

    @property
    def n(self):
        """How many stages."""
        return round(self.value["stages"])

    @property
    def steps(self):
        """Steps taken of the walk that is shown."""
        return self.taken if self.taken_for == (self.n, self.value["walk"]) else 0

    @property
    def needed(self):
        """Steps of the whole walk."""
        return 2**self.n if self.value["walk"] == WALKS[0] else self.n

    @property
    def touched(self):
        """Edges walked along so far."""
        return self.steps * (self.n if self.value["walk"] == WALKS[0] else 2)

    def pressed(self, name):
        now = self.steps
        self.taken_for = (self.n, self.value["walk"])
        self.taken = {"step": min(now + 1, self.needed), "back": max(now - 1, 0), "reset": 0}[name]

    def finished(self):
        return self.steps >= self.needed

    def _arcs(self):
        """For each stage, left to right, its upper and its lower wire, points (n, 2)."""
        ends = np.linspace(0.45, 8.2, self.n + 1)
        t = np.linspace(0, np.pi, 24)
        bow = min(0.5, 0.22 + 0.6 * (ends[1] - ends[0]) / 4)
        return ends, [
            [np.column_stack([a + (b - a) * (1 - np.cos(t)) / 2, side * bow * np.sin(t)]) for side in (1, -1)]
            for a, b in pairwise(ends)
        ]

    def update(self):
        n, steps = self.n, self.steps
        ends, arcs = self._arcs()
        self.artists["wires"].set_segments([wire for stage in arcs for wire in stage])
        if self.value["walk"] == WALKS[0]:
            lit = [stage[turn] for stage, turn in zip(arcs, self._turns(), strict=True)] if steps else []
        else:
            lit = [wire for stage in arcs[n - steps :] for wire in stage] if steps else []
        self.artists["lit"].set_segments(lit)
        self.artists["dots"].set_data(ends, np.zeros(n + 1))
        self.artists["x"].set_position((ends[0] - 0.25, 0))
        self.artists["y"].set_position((ends[-1] + 0.25, 0))
        for i in range(self.most + 1):
            text = ""
            if i <= n and self.value["walk"] == WALKS[1] and steps and i >= n - steps:
                text = _doubled(n - i)
            elif i == 0 and self.value["walk"] == WALKS[0] and steps:
                text = f"x has collected {_count(steps)}"
            grad = self.artists[f"grad{i}"]
            grad.set_text(text)
            single = i == 0 and self.value["walk"] == WALKS[0]
            grad.set_position((0.1 if single else ends[min(i, n)], -0.74))
            grad.set_ha("left" if single else "center")
        self.artists["says"].set_text(self.says())
        for name, y, count in (("paths", 1, 2**n), ("edges", 0, 2 * n)):
            self.artists[name].set_xy([(1, y - 0.3), (count, y - 0.3), (count, y + 0.3), (1, y + 0.3)])
            inside = count > 5e4
            self.artists[f"{name}_text"].set_position((count * (0.88 if inside else 1.12), y))
            self.artists[f"{name}_text"].set_ha("right" if inside else "left")
            self.artists[f"{name}_text"].set_color(PAPER if inside else INK)
            self.artists[f"{name}_text"].set_text(_count(count))

    def _turns(self):
        """The path that was walked last: for each stage 0 (upper wire) or 1."""
        last = max(self.steps - 1, 0)
        return [(last >> (self.n - 1 - i)) & 1 for i in range(self.n)]

    def says(self):
        """One line on what the walk has done so far."""
        if self.value["walk"] == WALKS[0]:
            if not self.steps:
                return "every local slope is 1: a path is worth 1, and the slope of y for x is the sum over all paths"
            return f"path {_count(self.steps)} of {_count(self.needed)}; edges walked: {_count(self.touched)}"
        if not self.steps:
            return "the sweep starts at y with gradient 1; each stage hands it back along both of its edges"
        return f"stage {self.steps} of {self.n}, from the right; edges walked: {_count(self.touched)}"

    def describe(self):
        n = self.n
        stages = "1 two-way stage" if n == 1 else f"{n} two-way stages in a row"
        return f"{stages} from x to y: {_count(2**n)} paths, {2 * n} edges. {self._capital(self.says())}."

    @staticmethod
    def _capital(text):
        return text[:1].upper() + text[1:]

    def in_words(self):
        rows = [f"n = {n}: {_count(2**n)} paths, {2 * n} edges" for n in (1, 2, 3, 5, 10, 15, 20)]
        if self.guess is not None:
            rows.append(f"Your guess was {_count(round(self.guess))}.")
        return "\n".join([self.describe(), *rows])

    def read(self):
        left = 2**self.n - (self.steps if self.value["walk"] == WALKS[0] else 0)
        return {
            "paths": _count(2**self.n),
            "edges": str(2 * self.n),
            "edges walked": _count(self.touched),
            "left to walk, at a path a second": _long(left),
        }


def _doubled(power):
    """2 to that power, written out while it is short."""
    return str(2**power) if power < 10 else "2" + "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(power))


# ---- figure 3c: forward mode against reverse mode ------------------------------------------------------------------


class ForwardOrReverse(LiveFigure):
    """Figure 3c: the table of all slopes, filled a column a sweep (forward) or a row a sweep (reverse)."""

    name = "forward or reverse"
    task = "Change how many inputs and outputs a function has. Which mode fills the table of slopes in fewer sweeps?"
    most, drawn = 2500, 16
    examples: ClassVar = {"fit": (6, 1), "digits": (2410, 1), "curve": (1, 100), "square": (10, 10)}
    controls = (
        Slider("inputs", "inputs", 1, 2500, 1, 6, digits=0),
        Slider("outputs", "outputs", 1, 2500, 1, 1, digits=0),
        Button("fit", "six knobs, one loss"),
        Button("digits", "digit reader: 2,410 knobs, one loss"),
        Button("curve", "one knob, a curve of 100 points"),
        Button("square", "ten and ten"),
    )

    def __init__(self, guess=None):
        self.guess = guess
        super().__init__()

    def draw(self, figure):
        table = figure.add_axes((0.03, 0.04, 0.4, 0.92))
        table.set(xlim=(-0.3, 19.3), ylim=(20.3, -0.3))
        table.set_axis_off()
        self.moving("column", table.fill([0] * 4, [0] * 4, fc="#8DBADB", ec="#8DBADB", zorder=1.5)[0])
        self.moving("row", table.fill([0] * 4, [0] * 4, fc="#F1B994", ec="#F1B994", zorder=1)[0])
        self.moving("grid", table.add_collection(LineCollection([], colors=["#8A8A8A"], linewidths=[0.8], zorder=2)))
        for name, color in (("across", MODEL), ("down", "#B04E00"), ("size", INK)):
            self.moving(name, write(table, 0, 0, "", 10.5, color=color, ha="left"))
        rows = 2 if self.guess is None else 3
        bars = figure.add_axes((0.5, 0.17, 0.46, 0.2 + 0.2 * rows))
        bars.set(
            xscale="log", xlim=(0.8, 6000), ylim=(1.45 - rows, 2.0), yticks=[], xlabel="sweeps for the whole table"
        )
        bars.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
        bars.minorticks_off()
        bars.spines["left"].set_visible(False)
        for y, name, color, says in (
            (1, "forward", MODEL, "forward mode: one sweep fills a column"),
            (0, "reverse", GRADIENT, "reverse mode: one sweep fills a row"),
        ):
            bars.text(0.8, y + 0.42, says, ha="left", va="center", fontsize=10.5)
            self.moving(name, bars.fill([1] * 4, [0] * 4, fc=color, ec=color)[0])
            self.moving(f"{name}_text", bars.text(1, y, "", ha="left", va="center", fontsize=11, fontweight="bold"))
        self.moving("says", write(bars, 0.8, 1.85, "", 11, bold=True, ha="left"))
        if self.guess is not None:
            bars.text(0.8, -0.6, "your guess", ha="left", va="center", fontsize=10.5, color=GUESS)
            bars.plot([np.clip(self.guess, 0.8, 6000)], [-1], "D", color=GUESS, ms=8, clip_on=False)

    @property
    def counts(self):
        """(inputs, outputs)."""
        return round(self.value["inputs"]), round(self.value["outputs"])

    def update(self):
        inputs, outputs = self.counts
        wide, high = min(inputs, self.drawn), min(outputs, self.drawn)
        cell = min(2.2, 16 / max(wide, high))
        right, low = wide * cell, high * cell
        grid = [np.array([(i * cell, 0), (i * cell, low)]) for i in range(wide + 1)]
        grid += [np.array([(0, j * cell), (right, j * cell)]) for j in range(high + 1)]
        self.artists["grid"].set_segments(grid)
        left, middle = 0.24 * cell, 0.76 * cell  # narrower than the cells, so that the row shows where they cross
        self.artists["column"].set_xy([(left, 0), (middle, 0), (middle, low), (left, low)])
        self.artists["row"].set_xy([(0, 0), (right, 0), (right, cell), (0, cell)])
        slopes = inputs * outputs
        for i, (name, text) in enumerate(
            (
                ("across", self._many(inputs, "column", "input")),
                ("down", self._many(outputs, "row", "output")),
                ("size", f"{_some(slopes, 'slope')} in the table"),
            )
        ):
            self.artists[name].set_position((0, low + 1.1 + 1.2 * i))
            self.artists[name].set_text(text)
        for name, y, count in (("forward", 1, inputs), ("reverse", 0, outputs)):
            self.artists[name].set_xy([(0.8, y - 0.2), (count, y - 0.2), (count, y + 0.2), (0.8, y + 0.2)])
            self.artists[f"{name}_text"].set_position((count * 1.1, y))
            self.artists[f"{name}_text"].set_text(_count(count))
        self.artists["says"].set_text(self.says())

    def _many(self, count, line, what):
        text = f"{_some(count, line)}, one for each {what}" if count > 1 else f"1 {line}, for the one {what}"
        return f"{text} ({self.drawn} drawn)" if count > self.drawn else text

    def says(self):
        """Which mode needs fewer sweeps."""
        inputs, outputs = self.counts
        if inputs == outputs:
            return "The same number of sweeps in both modes."
        mode, ratio = ("Reverse", inputs / outputs) if inputs > outputs else ("Forward", outputs / inputs)
        return f"{mode} mode: {f'{ratio:.3g}' if ratio < 100 else _count(round(ratio))} times fewer sweeps."

    def pressed(self, name):
        inputs, outputs = self.examples[name]
        self.value.update(inputs=float(inputs), outputs=float(outputs))

    def describe(self):
        inputs, outputs = self.counts
        return (
            f"A function with {_some(inputs, 'input')} and {_some(outputs, 'output')} has a table of "
            f"{_some(inputs * outputs, 'slope')}. Forward mode fills a column in one sweep and needs {_count(inputs)}; "
            f"reverse mode fills a row and needs {_count(outputs)}."
        )

    def in_words(self):
        lines = [self.describe(), self.says()]
        if self.guess is not None:
            lines.append(f"Your guess was {_count(round(self.guess))} sweeps.")
        return "\n".join(lines)

    def read(self):
        inputs, outputs = self.counts
        return {"forward sweeps": _count(inputs), "reverse sweeps": _count(outputs)}


# ---- what the lesson calls -----------------------------------------------------------------------------------------


def edge_stickers(root=None, guess=None):
    """Figure 3a on the graph of `root`, or on G1 and G2; `guess` (a gradient) is noted in the corner.

    `root` is the result of an expression of single numbers, of the course's Value or of any class with `data` and
    `_prev`. Raises PlainError, one sentence, for anything else, for more than 60 nodes, a cycle or a nan.
    """
    return EdgeStickers(root, guess)


def path_counter(guess=None):
    """Figure 3b: 2ⁿ paths against 2n edges; `guess` (a number of paths) is marked."""
    return PathCounter(guess)


def forward_or_reverse(guess=None):
    """Figure 3c: sweeps of forward and of reverse mode; `guess` (a number of sweeps) is marked."""
    return ForwardOrReverse(guess)
