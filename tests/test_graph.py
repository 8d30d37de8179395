"""The drawn graph of an expression: readable for any expression, of any class, and the same in words."""

import base64
import io
import math
import random
import warnings
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import RendererAgg
from PIL import Image

from helpers.graph import draw, layers, layout, make_plan, number, read_graph
from helpers.plain import PlainError
from helpers.value import Value, order


class Mine:
    """What a learner builds in lesson 3: slopes kept at forward time, constants made into nodes."""

    def __init__(self, data, parents=(), slopes=(), op="", label=""):
        self.data, self.grad, self.label = float(data), 0.0, label
        self._prev, self._slopes, self._op = tuple(parents), tuple(slopes), op

    def __add__(self, other):
        other = other if isinstance(other, Mine) else Mine(other)
        return Mine(self.data + other.data, (self, other), (1.0, 1.0), "+")

    def __mul__(self, other):
        other = other if isinstance(other, Mine) else Mine(other)
        return Mine(self.data * other.data, (self, other), (other.data, self.data), "*")

    def __pow__(self, n):
        return Mine(self.data**n, (self,), (n * self.data ** (n - 1),), f"**{n}")

    def tanh(self):
        t = math.tanh(self.data)
        return Mine(t, (self,), (1 - t * t,), "tanh")


class Micro:
    """micrograd's way: operands in a set, no slopes."""

    def __init__(self, data, children=(), op=""):
        self.data, self.grad, self._prev, self._op = data, 0, set(children), op

    def __add__(self, other):
        return Micro(self.data + other.data, (self, other), "+")

    def __mul__(self, other):
        return Micro(self.data * other.data, (self, other), "*")

    def __pow__(self, n):
        return Micro(self.data**n, (self,), f"**{n}")


def g1(kind=Value):
    """L = r − q, with r = p·q, q = p + x, p = x·y at x = 3, y = −2."""
    x, y = kind(3, label="x"), kind(-2, label="y")
    p = x * y
    q = p + x
    r = p * q
    loss = r + q * -1 if kind is Mine else r - q
    for node, name in ((p, "p"), (q, "q"), (r, "r"), (loss, "L")):
        node.label = name
    return loss


def random_expression(seed, count, kind=Value):
    """An expression of exactly `count` nodes (at least 2), with nodes used again at random."""
    rng = random.Random(seed)
    leaves = rng.randint(1, max(1, count // 3))
    nodes = [
        kind(round(rng.uniform(-3, 3), rng.choice([0, 1, 6])), label=rng.choice(["", f"w{i}"])) for i in range(leaves)
    ]
    loose = list(nodes)  # what nothing uses yet: in the end only the root
    while len(nodes) < count:
        one = loose.pop(rng.randrange(len(loose)))
        if loose and (len(loose) >= count - len(nodes) or rng.random() < 0.5):
            other = loose.pop(rng.randrange(len(loose)))
        elif not loose and rng.random() < 0.3:
            other = None  # nothing else has to be used
        else:
            other = rng.choice(nodes[-9:] if rng.random() < 0.6 else nodes)
            loose = [node for node in loose if node is not other]
        if other is None:
            node = rng.choice([lambda a: a.tanh(), lambda a: 2 * a, lambda a: a**2, lambda a: 1 - a])(one)
        else:
            node = rng.choice([lambda a, b: a * b, lambda a, b: a + b, lambda a, b: a - b])(one, other)
        nodes.append(node)
        loose.append(node)
    return nodes[-1]


def texts_of(figure, dpi):
    """The figure's visible texts and their ink as boxes (n, 4): x0, y0, x1, y1 in inches, half a pixel smaller."""
    renderer = RendererAgg(1, 1, dpi)
    figure.dpi = dpi
    texts = [text for axes in figure.axes if axes.get_visible() for text in axes.texts]
    texts = [text for text in texts if text.get_text() and text.get_visible()]
    extents = [text.get_window_extent(renderer).extents for text in texts]
    return texts, (np.array(extents).reshape(-1, 4) + np.array([0.5, 0.5, -0.5, -0.5])) / dpi


def overlaps(a, b):
    """Which pairs of boxes (n, 4) and (m, 4) share a point, bool (n, m)."""
    a, b = a[:, None], b[None]
    return ((a[..., :2] < b[..., 2:]) & (b[..., :2] < a[..., 2:])).all(axis=-1)


def contains(home, boxes):
    """Which of the homes (n, 4) hold the whole box (4,)."""
    return (home[:, :2] <= boxes[:2]).all(axis=1) & (home[:, 2:] >= boxes[2:]).all(axis=1)


def as_box(at):
    """A Place as x0, y0, x1, y1."""
    return at.left, at.y - at.height / 2, at.left + at.width, at.top


def walked(points, step=0.02):
    """Points of a polyline (n, 2), so many that no two are further apart than `step`."""
    pieces = []
    for a, b in pairwise(points):
        pieces.append(np.linspace(a, b, 2 + int(np.abs(b - a).max() / step)))
    return np.concatenate(pieces)


def check_readable(figure, plan, dpi=100):
    """No text meets another or sticks out of its place; no wire runs through a place that isn't its own sticker."""
    texts, ink = texts_of(figure, dpi)
    lying = np.argwhere(np.triu(overlaps(ink, ink), 1))
    assert not len(lying), [(texts[i].get_text(), texts[j].get_text()) for i, j in lying]
    names = [f"box {i}" for i in plan.boxes] + [f"sticker {a} {b}" for a, b in plan.stickers]
    names += [f"again {i}" for i, _ in plan.again]
    places = [*plan.boxes.values(), *plan.stickers.values(), *(at for _, at in plan.again)]
    places = np.array([as_box(at) for at in places])
    assert not np.triu(overlaps(places, places), 1).any()
    assert (places >= 0).all() and (places <= [plan.width, plan.height, plan.width, plan.height]).all()
    for text, box in zip(texts, ink, strict=True):
        home = [name == text.get_gid() for name in names]
        assert contains(places[home], box).any(), f"{text.get_text()!r} sticks out of its place"
    for (user, place), points in plan.wires.items():
        others = np.array([name != f"sticker {user} {place}" for name in names])
        dense = walked(points)[:, None]
        inside = (dense > places[None, others, :2] + 0.02) & (dense < places[None, others, 2:] - 0.02)
        assert not inside.all(axis=-1).any(), f"the wire to {user} runs through a box or a sticker"


# ---- readable, whatever the expression -----------------------------------------------------------------------------


@settings(max_examples=14, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.integers(3, 60), st.sampled_from(layout.STYLES))
def test_nothing_overlaps_in_any_expression_of_3_to_60_nodes_in_any_style(seed, count, style):
    root = random_expression(seed, count)
    assert len(order(root)) == count
    root.backward()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "STYLES", (style,))
        drawing = draw(root)
    assert drawing.plan.style == style
    check_readable(drawing.figure, drawing.plan)
    assert drawing.plan.width <= 9.0 + 1e-9


@pytest.mark.parametrize("edges", ["slopes", "contributions", "both", "none"])
@pytest.mark.parametrize("count", [12, 40])
def test_nothing_overlaps_whatever_stands_on_the_edges(edges, count):
    root = random_expression(7, count)
    root.backward()
    drawing = draw(root, edges=edges)
    for dpi in (100, 200) if count == 12 else (100,):
        check_readable(drawing.figure, drawing.plan, dpi)


def test_the_test_above_would_see_what_it_looks_for():
    root = random_expression(7, 12)
    for spoil in range(3):
        drawing = draw(root, edges="slopes")
        texts = [text for text in drawing.figure.axes[0].texts if text.get_gid().startswith("box")]
        if spoil == 0:
            texts[0].set_position(texts[4].get_position())  # onto another box's text
        elif spoil == 1:
            texts[0].set_text(texts[0].get_text() + " and more than fits")
        else:
            key = min(drawing.plan.wires)
            drawing.plan.wires[key][-1] = (0.0, drawing.plan.height)  # a wire right across the paper
            drawing.plan.wires[key][0] = (drawing.plan.width, 0.0)
        with pytest.raises(AssertionError):
            check_readable(drawing.figure, drawing.plan)


def two_neurons(biases=()):
    """A net of two inputs and two tanh units with a squared loss: 21 nodes, and two more for each bias."""
    x1, x2 = Value(1.0, "x1"), Value(-2.0, "x2")
    units = [Value(0.5 - i, f"w{i}1") * x1 + Value(0.2 + i, f"w{i}2") * x2 for i in range(2)]
    units = [unit + Value(0.1, bias) for unit, bias in zip(units, biases, strict=True)] if biases else units
    return (Value(0.7, "v1") * units[0].tanh() + Value(0.5, "v2") * units[1].tanh() - 1) ** 2


def test_twenty_nodes_fit_a_laptop_screen_and_sixty_need_little_more_than_two():
    for count, root, most in (
        (21, two_neurons(), 4.2),
        (25, two_neurons(biases=("b1", "b2")), 5.2),
        (20, random_expression(3, 20), 4.5),
        (60, random_expression(7, 60), 13.5),
    ):
        assert len(order(root)) == count
        root.backward()
        assert draw(root).plan.height <= most


def test_small_graphs_stay_roomy():
    assert draw(g1()).plan.style == layout.STYLES[0]
    assert draw(two_neurons()).plan.style == layout.STYLES[-1]


def test_a_sum_of_thirty_and_a_chain_of_sixty_are_readable():
    terms = [Value(i / 7, label=f"weight_{i}") for i in range(30)]
    chain = Value(0.5, label="x")
    for i in range(59):
        chain = chain.tanh() if i % 3 else chain * chain
    total = terms[0]
    for one in terms[1:]:
        total = total + one
    for root in (total, chain):
        root.backward()
        drawing = draw(root)
        check_readable(drawing.figure, drawing.plan)
        assert drawing.plan.width <= 9.0 + 1e-9
        assert drawing.plan.height < 15


@pytest.mark.parametrize("width", [0.5, 3, 20])
def test_narrow_and_wide_paper_is_readable_too(width):
    root = random_expression(11, 25)
    root.backward()
    drawing = draw(root, edges="both", width=width)
    check_readable(drawing.figure, drawing.plan)


def test_one_number_used_by_many_is_readable():
    x = Value(1.5, label="x")
    root = x * x
    for i in range(20):
        root = root + x * (i + 1)
    root.backward()
    drawing = draw(root)
    check_readable(drawing.figure, drawing.plan)


def test_a_tree_is_drawn_without_a_crossing_and_crossings_are_sorted_out():
    leaves = [Value(i, label=f"x{i}") for i in range(8)]
    mixed = [leaves[i] for i in (3, 0, 6, 2, 7, 1, 5, 4)]
    while len(mixed) > 1:
        mixed = [a + b for a, b in zip(mixed[::2], mixed[1::2], strict=True)]
    assert draw(mixed[0]).plan.crossings == 0
    a, b, c, d = (Value(i, label="abcd"[i]) for i in range(4))
    twisted = (d.exp().log() + a.exp().log()) * (b.exp().log() + c.exp().log())
    assert draw(twisted).plan.crossings == 0
    assert draw(g1()).plan.crossings <= 1


def test_operands_stand_left_of_results_in_every_row():
    drawing = draw(random_expression(3, 45))
    plan = drawing.plan
    for node in drawing.graph.nodes:
        for operand in node.operands:
            here, there = plan.boxes[operand], plan.boxes[node.index]
            assert here.x < there.x or here.y > there.y  # further left, or in a row above


def test_letters_are_never_smaller_than_eight_and_a_half_points():
    for count in (5, 20, 60):
        drawing = draw(random_expression(1, count))
        assert min(text.get_fontsize() for text in drawing.figure.findobj(lambda one: hasattr(one, "get_text"))) >= 8.5


# ---- any class -----------------------------------------------------------------------------------------------------


def test_the_courses_value_and_a_learners_class_give_the_same_picture():
    x, y = Value(3, label="x"), Value(-2, label="y")
    a, b = Mine(3, label="x"), Mine(-2, label="y")
    ours, theirs = draw((x * y + x) * y), draw((a * b + a) * b)
    assert ours.transcript == theirs.transcript
    assert np.array_equal(ours.picture(), theirs.picture())


def test_micrograds_sets_give_each_operand_back_twice_where_it_was_used_twice():
    a = Micro(5.0)
    for result, slopes in ((a + a, (1, 1)), (a * a, (5, 5)), (a**3, (75,))):
        node = read_graph(result).root
        assert node.slopes == pytest.approx(slopes)
        assert len(node.operands) == len(slopes)
    assert read_graph(Micro(2.0) * Micro(7.0)).root.slopes == (7.0, 2.0)  # in the order of their values


def test_constants_are_no_nodes():
    x = Value(2.0, label="x")
    graph_ = read_graph(3 * x + 1)
    assert [node.name for node in graph_.nodes] == ["x", "v1", "v2"]
    assert draw(x**2).transcript.count("\n") == 2

    class Careless(Mine):
        def __mul__(self, number_):
            return Careless(self.data * number_, (self, number_), (number_,), "*")

    node = read_graph(Careless(2.0) * 4).root
    assert (len(node.operands), node.slopes) == (1, (4.0,))


def test_a_class_with_nothing_but_data_and_prev_is_drawn():
    class Bare:
        def __init__(self, data, *before):
            self.data, self._prev = data, before

    drawing = draw(Bare(np.float64(3), Bare(1), Bare(np.array(2))))
    assert "v3: value 3; made by an operation from v1 and v2." in drawing.transcript
    check_readable(drawing.figure, drawing.plan)


def test_lists_properties_and_none_are_accepted_as_prev():
    class Listed:
        label, _op, grad = "", "+", np.float64(1)

        def __init__(self, data, before=None):
            self.data, self.before = data, before

        @property
        def _prev(self):
            return self.before

    one = Listed(1)
    assert read_graph(Listed(2, [one, one])).edges == 2


def test_a_gradient_of_none_counts_as_zero():
    a = Mine(1.0, label="a")
    b = a + a
    a.grad = b.grad = None
    assert "gradient" not in draw(b).transcript


def test_drawing_changes_nothing():
    root = g1()
    root.backward()
    before = [(node, node.data, node.grad, node.label, node._prev) for node in order(root)]
    draw(root).picture()
    assert before == [(node, node.data, node.grad, node.label, node._prev) for node in order(root)]


# ---- local slopes --------------------------------------------------------------------------------------------------

AT = {"a": 1.3, "b": -0.7}
OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "+ constant": lambda a, b: a + 2,
    "constant -": lambda a, b: 2 - a,
    "- constant": lambda a, b: a - 2,
    "* constant": lambda a, b: 3 * b,
    "constant /": lambda a, b: 3 / b,
    "/ constant": lambda a, b: b / 4,
    "** constant": lambda a, b: b**3,
    "constant **": lambda a, b: 3**b,
    "neg": lambda a, b: -a,
    **{name: lambda a, b, name=name: getattr(a, name)() for name in
       ("exp", "log", "sin", "cos", "tanh", "sigmoid", "relu", "abs", "sum", "mean", "max")},
    "relu below 0": lambda a, b: b.relu(),
    "abs below 0": lambda a, b: b.abs(),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_slopes_on_the_edges_are_those_that_nudges_give(name):
    operation, h = OPERATIONS[name], 1e-6
    node = read_graph(operation(Value(AT["a"], label="a"), Value(AT["b"], label="b"))).nodes
    for operand, slope in zip(node[-1].operands, node[-1].slopes, strict=True):
        high, low = dict(AT), dict(AT)
        high[node[operand].name] += h
        low[node[operand].name] -= h
        nudged = [operation(Value(at["a"]), Value(at["b"])).data for at in (high, low)]
        assert slope == pytest.approx((nudged[0] - nudged[1]) / (2 * h), rel=1e-6, abs=1e-9)


def test_an_operation_of_ones_own_is_measured_where_its_slope_was_not_kept():
    class Own(Micro):
        def softplus(self):
            return Own(math.log(1 + math.exp(self.data)), (self,), "softplus")

    assert read_graph(Own(0.4).softplus()).root.slopes == pytest.approx((1 / (1 + math.exp(-0.4)),))


def test_a_slope_that_nobody_knows_has_no_sticker():
    class Odd(Micro):
        def mystery(self, factor):
            return Odd(self.data * factor, (self,), "mystery")

    drawing = draw(Odd(2.0).mystery(3))
    assert drawing.graph.root.slopes == (None,)
    assert not drawing.plan.stickers


def test_the_stickers_are_the_nodes_own_and_a_wrong_one_is_named():
    a, b = Mine(2, label="a"), Mine(5, label="b")
    product = Mine(10, (a, b), (2.0, 5.0), "*", "c")  # its own values in place of each other's
    drawing = draw(product)
    assert "local slope 2 for a (kept by the node; the operation has 5)" in drawing.transcript
    right = draw(Mine(10, (a, b), (5.0, 2.0), "*", "c"))
    assert "kept" not in right.transcript
    assert np.any(np.all(drawing.picture()[..., :3] == (0xE6, 0x9F, 0x00), axis=-1))
    assert not np.any(np.all(right.picture()[..., :3] == (0xE6, 0x9F, 0x00), axis=-1))


def test_a_name_that_does_not_fit_the_numbers_is_not_believed():
    a, b = Mine(2), Mine(5)
    assert read_graph(Mine(10, (a, b), (5.0, 2.0), "+")).root.slopes == (5.0, 2.0)


def test_arrays_are_drawn_with_their_shapes():
    W, x = Value(np.ones((3, 2)), label="W"), Value(np.ones(2), label="x")
    loss = (W @ x).sum()
    loss.backward()
    drawing = draw(loss)
    assert "W: shape 3×2" in drawing.transcript
    check_readable(drawing.figure, drawing.plan)


# ---- in words and as an output -------------------------------------------------------------------------------------


def test_the_transcript_says_all_that_the_picture_shows():
    root = g1()
    root.backward()
    drawing = draw(root)
    assert drawing.alt == (
        "Graph of L: 6 nodes, 8 edges, from x and y on the left to L on the right. L = 21. Gradients: x 13 and y −30."
    )
    assert drawing.transcript.splitlines()[3:5] == [
        "p: value −6, gradient −10; made by multiplication from x and y; "
        "local slope −2 for x, 3 for y; used by q and r.",
        "q: value −3, gradient −7; made by addition from p and x; local slope 1 for p, 1 for x; used by r and L.",
    ]
    words = drawing.transcript
    for text in drawing.figure.findobj(lambda one: hasattr(one, "get_text")):
        for part in text.get_text().replace("grad ", "").replace("×", "").replace("+", "").split():
            assert part.strip("−") in words


def test_gradients_are_shown_once_there_are_any_and_as_asked():
    root = g1()
    assert "gradient" not in draw(root).transcript
    assert "x: value 3, gradient 0" in draw(root, grads=True).transcript
    root.backward()
    assert "x: value 3, gradient 13" in draw(root).transcript
    assert "gradient" not in draw(root, grads=False).transcript


def test_what_flows_back_along_an_edge_can_stand_on_it():
    root = g1()
    root.backward()
    texts = {text.get_gid(): text.get_text() for text in draw(root, edges="both").figure.axes[0].texts}
    assert texts["sticker 2 0"] == "−2 · −10 = 20"  # from p to x
    texts = {text.get_gid(): text.get_text() for text in draw(root, edges="contributions").figure.axes[0].texts}
    assert [texts["sticker 2 0"], texts["sticker 3 1"]] == ["20", "−7"]  # x collects 13


def test_the_output_is_a_picture_with_its_alt_text_and_the_same_each_time():
    drawing = draw(g1())
    data, metadata = drawing._repr_mimebundle_()
    picture = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    about = metadata["image/png"]
    assert about["alt"] == drawing.alt == data["text/plain"] == repr(drawing)
    assert picture.size == (2 * about["width"], 2 * about["height"])
    assert about["width"] <= 900
    assert draw(g1())._repr_mimebundle_() == (data, metadata)


def test_unlabelled_nodes_get_names_and_no_two_are_alike():
    x = Value(1, label="x")
    again = Value(2, label="x")
    names = [node.name for node in read_graph((x + again).exp() * Value(3, label="v1")).nodes]
    assert len(set(names)) == len(names)
    assert names[:2] == ["x", "x (2)"]


@pytest.mark.parametrize("label", ["$x_1$", "two\nlines", "😀", "a" * 50, "loss^2_{i}", 7, "\\frac"])
def test_any_label_can_be_drawn(label):
    x = Value(1.0)
    x.label = label
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawing = draw(x * x)
        drawing.picture()
    check_readable(drawing.figure, drawing.plan)


def test_numbers_are_short_and_lose_nothing_that_matters():
    cases = {3.0: "3", -2: "−2", 0.5: "0.5", 1 / 3: "0.3333", -0.0: "0", 1e-9: "1.00e−9", 123456.7: "123457",
             1e6: "1.00e6", math.inf: "inf", -math.inf: "−inf", 0.1 + 0.2: "0.3", 2.9999999999999996: "3"}  # fmt: skip
    assert {value: number(value) for value in cases} == cases
    rng = np.random.default_rng(0)
    assert max(len(number(v)) for v in rng.normal(size=500) * 10.0 ** rng.integers(-300, 300, 500)) <= 9
    assert number(math.nan) == "nan"


# ---- what cannot be drawn ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("thing", [None, 3.0, "L", [1, 2], Value, {"L": 21}, np.ones(3)])
def test_what_is_no_expression_gets_one_plain_sentence(thing):
    with pytest.raises(PlainError, match=r"drawn from the result of an expression") as caught:
        draw(thing)
    assert "\n" not in str(caught.value)


def test_more_than_sixty_nodes_get_one_plain_sentence_even_in_a_chain_of_five_thousand():
    x = Value(1.0)
    for _ in range(60):
        x = x + 1
    with pytest.raises(PlainError, match="has 61 nodes"):
        draw(x)
    for _ in range(5000):
        x = x + 1
    with pytest.raises(PlainError, match="has 5,061 nodes"):
        draw(x)


def test_a_cycle_gets_one_plain_sentence():
    a = Mine(1.0)
    b = a + a
    a._prev = (b,)
    with pytest.raises(PlainError, match="cycle"):
        draw(b)
    a._prev = (a,)
    with pytest.raises(PlainError, match="cycle"):
        draw(a)


def test_a_broken_prev_and_an_unknown_word_for_edges_get_one_plain_sentence():
    a = Mine(1.0)
    a._prev = 7
    with pytest.raises(PlainError, match="`_prev` has to hold"):
        draw(a)
    with pytest.raises(PlainError, match="edges is"):
        draw(g1(), edges="all")


def test_a_number_that_is_none_is_drawn_as_it_is():
    x = Value(-1.0, label="x").log()
    assert "value nan" in draw(x).transcript


def test_a_single_leaf_is_a_graph_too():
    drawing = draw(Value(3, label="x"))
    check_readable(drawing.figure, drawing.plan)
    assert drawing.alt.startswith("Graph of x: 1 node, 0 edges")


# ---- the parts -----------------------------------------------------------------------------------------------------


def test_heights_keep_order_and_distance_and_come_as_near_as_they_can():
    apart = np.array([0.0, 1.0, 2.0, 3.0])
    for wanted in ([0, 0, 0, 0], [5, 1, 2, 9], [3, 2, 1, 0], [0, 1, 2, 3]):
        found = layers.in_order_and_apart(np.array(wanted, float), np.ones(4), apart)
        assert np.all(np.diff(found) >= 1 - 1e-9)
        best = np.sum((found - wanted) ** 2)
        rng = np.random.default_rng(0)
        for _ in range(200):
            other = np.sort(rng.normal(scale=4, size=4)) + apart
            assert np.sum((other - wanted) ** 2) >= best - 1e-9


def test_a_plan_is_the_same_each_time():
    one, other = (read_graph(random_expression(5, 30)) for _ in range(2))
    lines = {node.index: [(node.name,)] for node in one.nodes}
    assert make_plan(one, lines, {}).boxes == make_plan(other, lines, {}).boxes
