"""The order of a graph's nodes: which column each stands in, in which order, and how high.

A node stands one column left of the first that uses it, crossings are sorted out by barycentres, heights by least
squares.
"""

import numpy as np

MIDDLE = 0.3  # how strongly everything is drawn to the middle of its row, where a wire pulls with 1


def columns_of(graph):
    """For each node its column, 0 for the first: as far right as the earliest node that uses it allows."""
    depth = [0] * len(graph.nodes)
    for node in reversed(graph.nodes):
        for operand in node.operands:
            depth[operand] = max(depth[operand], depth[node.index] + 1)
    return [max(depth) - d for d in depth]


class Row:
    """A stretch of columns that stand in one row of the drawing, with its own order and heights.

    Items are ("node", i), ("again", i) for a node from a row above, and ("pass", i, column) where the wire of node i
    runs through a column. A link joins items of neighbouring columns; `place` is the operand's place in a node, else
    None.
    """

    def __init__(self, graph, column, first, last):
        self.first, self.last = first, last
        inside = [
            node.index  # a leaf at the end of a row goes to the front of the next, where it is used
            for node in graph.nodes
            if first - (not node.operands) <= column[node.index] <= last - (not node.operands and node != graph.root)
        ]
        self.columns = {c: [] for c in range(first - 1, last + 1)}
        for index in inside:
            self.columns[column[index]].append(("node", index))
        self.links = {c: [] for c in range(first - 1, last)}  # between column c and c + 1: (left, right, place)
        self.ways = {}  # (user, place) -> the (column, item) pairs that its wire starts from and passes
        users = {}
        for index in inside:
            for place, operand in enumerate(graph.nodes[index].operands):
                users.setdefault(operand, []).append((index, place))
        for source, goals in sorted(users.items()):
            if source in inside:
                item, at = ("node", source), column[source]
            else:
                item, at = ("again", source), min(column[user] for user, _ in goals) - 1
                self.columns[at].append(item)
            way = {at: item}
            for c in range(at + 1, max(column[user] for user, _ in goals)):
                way[c] = ("pass", source, c)
                self.columns[c].append(way[c])
                self.links[c - 1].append((way[c - 1], way[c], None))
            for user, place in goals:
                c = column[user] - 1
                self.links[c].append((way[c], ("node", user), place))
                self.ways[user, place] = sorted((at, item) for at, item in way.items() if at <= c)
        if not self.columns[first - 1]:
            del self.columns[first - 1], self.links[first - 1]
        self._sort()

    # -- order within the columns: as few crossings as sweeps of barycentres find

    def _sort(self):
        numbered = sorted(self.columns)
        best, least = None, None
        for backwards in (False, True):
            for c in numbered:
                self.columns[c].sort(key=lambda item: item[1], reverse=backwards)
            for sweep in range(10):
                for c in numbered[1:] if sweep % 2 == 0 else numbered[-2::-1]:
                    self._by_barycentre(c, c - 1 if sweep % 2 == 0 else c)
                crossings = self.crossings()
                if least is None or crossings < least:
                    best, least = {c: list(items) for c, items in self.columns.items()}, crossings
                if not least:
                    break
        self.columns = best
        for _ in range(6):
            if not least or not self._switch_neighbours():
                break
            least = self.crossings()

    def _by_barycentre(self, column, channel):
        """Sort one column by where the neighbours across `channel` stand; who has none keeps its place."""
        items = self.columns[column]
        other = {item: i for i, item in enumerate(self.columns[channel if channel != column else channel + 1])}
        reach = {}
        for left, right, _ in self.links[channel]:
            here, there = (right, left) if channel != column else (left, right)
            reach.setdefault(here, []).append(other[there])
        scale = len(other) / max(len(items), 1)
        key = {item: np.mean(reach[item]) if item in reach else i * scale for i, item in enumerate(items)}
        items.sort(key=key.get)

    def crossings(self):
        """How many pairs of wires cross."""
        return sum(self._crossings(c) for c in self.links)

    def _crossings(self, channel):
        if channel not in self.links:
            return 0
        left = {item: i for i, item in enumerate(self.columns[channel])}
        right = {item: i for i, item in enumerate(self.columns[channel + 1])}
        ends = np.array([(left[a], right[b]) for a, b, _ in self.links[channel]]).reshape(-1, 2)
        over = np.sign(ends[:, None, 0] - ends[None, :, 0]) * np.sign(ends[:, None, 1] - ends[None, :, 1])
        return int(np.sum(over < 0)) // 2

    def _switch_neighbours(self):
        better = False
        for c, items in self.columns.items():
            for i in range(len(items) - 1):
                before = self._crossings(c - 1) + self._crossings(c)
                items[i], items[i + 1] = items[i + 1], items[i]
                if self._crossings(c - 1) + self._crossings(c) < before:
                    better = True
                else:
                    items[i], items[i + 1] = items[i + 1], items[i]
        return better

    # -- heights: wires as level as the distances allow

    def ports(self):
        """For each node the (link's left item, place) of its operands, top to bottom."""
        ports = {}
        for c, links in self.links.items():
            position = {item: i for i, item in enumerate(self.columns[c])}
            for left, right, place in links:
                if place is not None:
                    ports.setdefault(right, []).append((position[left], place, left))
        return {node: [(left, place) for _, place, left in sorted(into)] for node, into in ports.items()}

    def place(self, tall, gap, pitch, below=0.0):
        """Heights, downwards from 0: ({item: y of its wires}, {(node, place): y of the port}, height of the row).

        `tall(item)` is how high an item is, `gap` the space between two, `pitch` that between two ports of a node,
        `below` what of a node's height lies under its box.
        """
        offset = {}
        for node, into in self.ports().items():
            for j, (_, place) in enumerate(into):
                offset[node, place] = (j - (len(into) - 1) / 2) * pitch
        lift = {item: -below / 2 if item[0] == "node" else 0.0 for items in self.columns.values() for item in items}
        pulls = {item: [] for item in lift}
        for links in self.links.values():
            for left, right, place in links:
                stiff = {0: 1.0, 1: 2.0, 2: 8.0}[(left[0] == "pass") + (right[0] == "pass")]
                shift = offset.get((right, place), 0.0) + lift[right] - lift[left]
                pulls[left].append((right, shift, stiff))
                pulls[right].append((left, -shift, stiff))
        y, apart = {}, {}
        for c, items in self.columns.items():
            heights = np.array([tall(item) for item in items])
            apart[c] = np.concatenate([[0.0], np.cumsum((heights[1:] + heights[:-1]) / 2 + gap)])
            for item, at in zip(items, apart[c] - apart[c][-1] / 2, strict=True):
                y[item] = float(at)
        numbered = sorted(self.columns)
        for sweep in range(24):
            for c in numbered if sweep % 2 == 0 else reversed(numbered):
                wanted, weights = [], []
                for item in self.columns[c]:
                    weight = MIDDLE + sum(stiff for *_, stiff in pulls[item])
                    weights.append(weight)
                    wanted.append(sum(stiff * (y[other] + shift) for other, shift, stiff in pulls[item]) / weight)
                settled = in_order_and_apart(np.array(wanted), np.array(weights), apart[c])
                y.update(zip(self.columns[c], settled.tolist(), strict=True))
        top = min(y[item] - tall(item) / 2 for item in y)
        height = max(y[item] + tall(item) / 2 for item in y) - top
        y = {item: at - top + lift[item] for item, at in y.items()}
        return y, {(node, place): y[node] + shift for (node, place), shift in offset.items()}, height


def in_order_and_apart(wanted, weights, apart):
    """The places nearest to `wanted`, by weighted squares, that keep their order and the distances in `apart`.

    With the distances taken off this is isotonic regression: neighbours that would overtake are pooled.
    """
    pools = []  # [value, weight, count]
    for value, weight in zip(wanted - apart, weights, strict=True):
        pools.append([value, weight, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            value, weight, count = pools.pop()
            last = pools[-1]
            last[0] = (last[0] * last[1] + value * weight) / (last[1] + weight)
            last[1] += weight
            last[2] += count
    return np.concatenate([np.full(count, value) for value, _, count in pools]) + apart
