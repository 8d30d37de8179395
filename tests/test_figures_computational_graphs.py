"""The figures of lesson 3: the numbers that must come out, and every control of every figure without a browser."""

import math
from itertools import pairwise

import figure_tests
import numpy as np
import pytest
from figure_tests import elsewhere, makers, name_of, quick, settings  # noqa: F401 - quick: for all tests here
from matplotlib.backends.backend_agg import RendererAgg

from helpers.figures import computational_graphs
from helpers.graph import layout, read_graph
from helpers.plain import PlainError
from helpers.value import Value, order

MAKERS = makers(computational_graphs)
SECOND, WALKS = computational_graphs.SECOND, computational_graphs.WALKS
GRAPHS = dict(zip(("G1", "G2"), computational_graphs.GRAPHS, strict=True))


class Mine:
    """A learner's number: slopes kept at forward time, whatever they are."""

    def __init__(self, data, parents=(), slopes=(), op="", label=""):
        self.data, self.grad, self.label = float(data), 0.0, label
        self._prev, self._slopes, self._op = tuple(parents), tuple(slopes), op

    def __add__(self, other):
        return Mine(self.data + other.data, (self, other), (1.0, 1.0), "+")

    def __mul__(self, other):
        return Mine(self.data * other.data, (self, other), (other.data, self.data), "*")


def walked(figure, graph="G1", order_="topological", overwrite=False, second="no"):
    """The figure at the end of its walk with these settings."""
    if "graph" in figure.value:
        figure.set("graph", GRAPHS[graph])
    figure.set("order", order_)
    figure.set("overwrite", overwrite)
    figure.set("second", second)
    for _ in range(4):
        figure.press("finish")
    assert figure.shown["finished"] and not figure.error
    return figure


def grads(figure):
    """Label to gradient as the figure holds it now."""
    graph = figure.settings[0].graph
    return {node.name: figure.moment.grads[node.index] for node in graph.nodes}


def wrong(figure):
    """Label to the note under an amber node."""
    graph = figure.settings[0].graph
    return {graph.nodes[i].name: note for i, (note, _) in figure.moment.wrong.items()}


# ---- all of them ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_every_control_changes_picture_words_and_alt_text(make):
    figure = make()
    for control in settings(figure):
        figure_tests.assert_it_changes(figure, control.name, elsewhere(control, figure.value[control.name]))


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_every_slider_stands_both_its_ends(make):
    figure_tests.assert_both_ends(make())


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_the_browser_can_draw_every_mark(make):
    figure = make()
    figure_tests.assert_the_browser_can_draw(figure)
    figure.press(next(control.name for control in figure.controls if control.kind == "button"))
    figure._paint(1)
    marks, geometry = figure._sketch()
    assert marks and np.all(np.isfinite(geometry))


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
@pytest.mark.parametrize("guess", [26, -1e9, 1e12, 0.5])
def test_a_guess_is_shown_even_where_it_is_far_off(make, guess):
    figure = make(guess=guess)
    assert not np.array_equal(figure.picture(), make().picture())
    assert "our guess" in figure.words


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_the_alt_text_is_sentences_with_numbers_and_the_words_hold_it(make):
    figure_tests.assert_sentences(make())


# ---- figure 3a: the fingerprints -----------------------------------------------------------------------------------

FINGERPRINTS = [
    # graph, order, overwrite, second, x, y, p, q
    ("G1", "topological", False, "no", 13, -30, -10, -7),
    ("G1", "breadth-first", False, "no", 13, -30, -10, -7),
    ("G1", "topological", True, "no", 12, -18, -6, -6),
    ("G1", "recursive", False, "no", 46, -90, -17, -7),
    ("G1", "visit-once pre-order", False, "no", -1, -9, -10, -7),
    ("G1", "topological", False, "without zeroing", 65, -138, -36, -20),
    ("G1", "topological", False, "after zeroing", 13, -30, -10, -7),
    ("G2", "topological", False, "no", 4, -15, -5, -6),
    ("G2", "breadth-first", False, "no", -8, 3, -5, -6),
    ("G2", "topological", True, "no", 12, -18, -6, -6),
    ("G2", "topological", False, "after zeroing", 4, -15, -5, -6),
]


@pytest.mark.parametrize(("graph", "order_", "overwrite", "second", "x", "y", "p", "q"), FINGERPRINTS)
def test_every_walk_ends_with_the_lessons_numbers(graph, order_, overwrite, second, x, y, p, q):
    figure = walked(computational_graphs.edge_stickers(), graph, order_, overwrite, second)
    found = grads(figure)
    assert [found[name] for name in "xypq"] == [x, y, p, q]
    right = {"G1": (13, -30, -10, -7), "G2": (4, -15, -5, -6)}[graph] == (x, y, p, q)
    assert bool(figure.moment.wrong) != right
    assert ("All 6 gradients are right." in figure.alt) == right
    assert figure.readouts["x.grad"] == f"{x}".replace("-", "−")


def test_a_walk_that_multiplies_q_by_itself_visits_it_twice():
    x, y = Value(3.0, "x"), Value(-2.0, "y")
    p = x * y
    q = p + x
    figure = walked(computational_graphs.edge_stickers(q * q + p), order_="recursive")
    assert [grads(figure)[name] for name in "xy"] == [42, -81]


@pytest.mark.parametrize(
    ("settings", "named", "sentence"),
    [
        (("G1", "topological", True), {"q": "without L", "p": "without r", "x": "without q", "y": "by way of p"},
         "q handed on −6: what L had reported was written over."),
        (("G1", "recursive"), {"p": "without q", "q": "sent again"},
         "p handed on −3: its customer q had not reported yet."),
        (("G1", "visit-once pre-order"), {"p": "without q", "x": "by way of p", "y": "by way of p"},
         "p handed on −3: its customer q had not reported yet."),
        (("G2", "breadth-first"), {"p": "without q", "x": "by way of p", "y": "by way of p"},
         "p handed on 1: its customer q had not reported yet."),
        (("G1", "topological", False, "without zeroing"), {"r": "kept 1", "q": "kept −7", "p": "kept −10"},
         "r handed on 2: it still held 1 from the first run."),
    ],
)  # fmt: skip
def test_a_wrong_node_is_amber_and_names_the_missing_customer(settings, named, sentence):
    figure = walked(computational_graphs.edge_stickers(), *settings)
    assert named.items() <= wrong(figure).items()
    assert sentence in figure.verdict() and sentence in figure.alt
    scene = figure.settings[0]
    for node in scene.graph.nodes:
        note = scene.artists[f"note {node.index}"].get_text()
        assert bool(note) == (node.index in figure.moment.wrong)
    assert scene.artists["amber"].get_visible()
    amber = scene.artists["amber"].get_path()
    assert len(amber.to_polygons()) == len(figure.moment.wrong)


def test_nothing_is_amber_while_all_may_still_be_well():
    figure = computational_graphs.edge_stickers()
    while not figure.shown["finished"]:
        figure.press("step")
        assert not figure.moment.wrong


def test_a_node_turns_amber_in_the_moment_it_speaks_too_early():
    figure = computational_graphs.edge_stickers()
    figure.set("order", "visit-once pre-order")
    seen = []
    while not figure.shown["finished"]:
        figure.press("step")
        seen.append((figure.moment.title, sorted(wrong(figure))))
    assert seen[4:] == [
        ("Backward: L.grad starts at 1", []),
        ("Backward: L reports to r and q", []),
        ("Backward: r reports to p and q", []),
        ("Backward: p reports to x and y", ["p", "y"]),  # x may still be mended by q
        ("Backward: q reports to p and x", ["p", "x", "y"]),
    ]


def test_each_step_shows_its_arithmetic():
    figure = computational_graphs.edge_stickers()
    lines = []
    while not figure.shown["finished"]:
        figure.press("step")
        lines.append(figure.moment.lines)
    assert lines[0] == ("p = x × y = 3 × (−2) = −6",)
    assert lines[4] == ()
    assert lines[6] == ("p.grad += −3 · 1   now −3", "q.grad += −6 · 1   now −7")
    assert lines[7] == ("p.grad += 1 · (−7)   now −10", "x.grad += 1 · (−7)   now −7")
    figure.set("graph", GRAPHS["G2"])
    figure.press("reset")
    for _ in range(3):
        figure.press("step")
    assert figure.moment.lines == ("s = q**2 = (−3)**2 = 9",)


def test_stickers_and_values_appear_on_the_way():
    figure = computational_graphs.edge_stickers()
    scene = figure.scene
    assert scene.artists["value 2"].get_text() == "" and scene.artists["sticker 2 0"].get_text() == ""
    figure.press("step")
    assert scene.artists["value 2"].get_text() == "−6" and scene.artists["sticker 2 0"].get_text() == "−2"
    assert scene.artists["grad 2"].get_text() == ""
    figure.press("finish")
    figure.press("finish")
    assert scene.artists["grad 2"].get_text() == "grad −10"


def test_back_undoes_a_step_and_reset_all():
    figure = computational_graphs.edge_stickers()
    figure.press("back")
    assert figure.at == 0
    states = [figure.words]
    for _ in range(5):
        figure.press("step")
        states.append(figure.words)
    for words in states[-2::-1]:
        figure.press("back")
        assert figure.words == words
    figure.press("play")
    figure.press("finish")
    figure.press("reset")
    assert figure.words == states[0]


def test_a_finished_pass_stays_finished_when_the_order_changes_and_a_half_one_begins_anew():
    figure = walked(computational_graphs.edge_stickers())
    figure.set("order", "recursive")
    assert figure.shown["finished"] and figure.readouts["x.grad"] == "46"
    figure.press("back")
    figure.set("order", "topological")
    assert figure.moment.title.startswith("Forward: L is computed")
    figure.press("finish")
    figure.set("second", "without zeroing")
    assert not figure.shown["finished"] and figure.readouts["x.grad"] == "13"
    figure.press("finish")
    assert figure.readouts["x.grad"] == "65"


def test_zeroing_shows_the_zeros():
    figure = walked(computational_graphs.edge_stickers(), second="after zeroing")
    while "zero_grad" not in figure.moment.title:
        figure.press("back")
    assert set(grads(figure).values()) == {0}


# ---- figure 3a on the learner's own expression ---------------------------------------------------------------------


def test_any_expression_is_walked_and_ends_where_the_engine_ends():
    x, y = Value(1.5, "x"), Value(-0.7, "y")
    root = (x * y + x).tanh() * y - (x - y) ** 2 + (0.5 * y).exp() / (2 - x)
    root = root + abs(y).log().sin().cos().sigmoid().relu()
    root.backward()
    figure = walked(computational_graphs.edge_stickers(root))
    assert [grads(figure)[name] for name in "xy"] == pytest.approx([x.grad, y.grad], rel=1e-12)
    assert sorted(figure.moment.grads) == pytest.approx(sorted(node.grad for node in order(root)), rel=1e-12)
    assert "gradients are right" in figure.alt


def test_a_learners_own_class_is_walked_and_left_as_it_was():
    a, b = Mine(2, label="a"), Mine(5, label="b")
    root = (a * b + a) * a
    figure = walked(computational_graphs.edge_stickers(root))
    assert grads(figure)["a"] == 24 and grads(figure)["b"] == 4
    assert a.grad == b.grad == root.grad == 0
    assert "graph" not in figure.value


def test_a_wrong_slope_of_the_learners_own_is_named():
    a, b = Mine(2, label="a"), Mine(5, label="b")
    figure = computational_graphs.edge_stickers(Mine(10, (a, b), (2.0, 5.0), "*", "c"))
    assert "c keeps 2 for the edge from a, and its operation has 5 there" in figure.alt
    walked(figure)
    assert grads(figure)["a"] == 5


def test_a_number_used_twice_by_one_operation_gets_two_edges():
    a = Value(3.0, "a")
    figure = walked(computational_graphs.edge_stickers(a * a))
    assert figure.moment.lines == ("a.grad += 3 · 1   now 3", "a.grad += 3 · 1   now 6")
    figure.set("overwrite", True)
    assert grads(figure)["a"] == 3 and "without" in wrong(figure)["a"]


def test_plain_recursion_on_a_graph_with_too_many_paths_says_so_and_the_next_move_works():
    x = Value(1.0, "x")
    for _ in range(12):
        x = x + x
    figure = computational_graphs.edge_stickers(x)
    figure.set("order", "recursive")
    assert "4,095 times" in figure.error and "stops at 400" in figure.error
    figure.set("order", "breadth-first")
    assert not figure.error
    walked(figure)
    assert figure.readouts["x.grad"] == "4096"


@pytest.mark.parametrize(
    ("root", "says"),
    [
        (3.0, "from the result of an expression"),
        (Value, "the class Value itself"),
        (Value(3.0, "x"), "x was not computed from anything"),
        (Value([1.0, 2.0], "w").sum(), "w holds an array of shape 2"),
        (Value(-1.0, "x").log() + 1, "nan"),
        (Value(1000.0, "x").exp() * 0, "inf"),
        (Value(0.0, "x") ** 0.5, "inf"),
        (Mine(10, (Mine(5),), (), "double"), "keep it in the node's `_slopes`"),
    ],
)
def test_what_cannot_be_walked_gets_one_plain_sentence(root, says):
    with pytest.raises(PlainError) as caught:
        computational_graphs.edge_stickers(root)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


def test_sixty_nodes_can_be_walked_and_sixty_one_get_a_sentence():
    x = Value(1.0, "x")
    for _ in range(59):
        x = x + 1
    assert grads(walked(computational_graphs.edge_stickers(x)))["x"] == 1
    with pytest.raises(PlainError, match="61 nodes"):
        computational_graphs.edge_stickers(x + 1)


def test_a_number_changed_after_the_forward_run_is_noticed():
    x = Value(3.0, "x")
    root = x * x + x
    x.data = 5.0
    with pytest.raises(PlainError, match="changed after the forward run"):
        computational_graphs.edge_stickers(root)
    a = Mine(3, label="a")
    kept = a * a  # this one keeps its slopes, so its gradients speak of the point where it was computed
    a.data = 5.0
    assert grads(walked(computational_graphs.edge_stickers(kept)))["a"] == 6


def test_a_cycle_gets_one_plain_sentence():
    a = Mine(1.0)
    b = a + a
    a._prev = (b,)
    with pytest.raises(PlainError, match="cycle"):
        computational_graphs.edge_stickers(b)


# ---- readable in every state ---------------------------------------------------------------------------------------


def check_texts(figure):
    """No two texts that are shown overlap, none runs off the picture, no foreign wire runs through one."""
    renderer = RendererAgg(1, 1, 100)
    figure.figure.dpi = 100
    shown = [one for one in figure.figure.findobj(lambda one: hasattr(one, "get_text")) if one.get_text()]
    shown = [one for one in shown if one.get_visible() and (one.axes is None or one.axes.get_visible())]
    boxes = np.array([one.get_window_extent(renderer).extents for one in shown]) + np.array([0.5, 0.5, -0.5, -0.5])
    meet = (boxes[:, None, :2] < boxes[None, :, 2:]) & (boxes[None, :, :2] < boxes[:, None, 2:])
    pairs = np.argwhere(np.triu(meet.all(axis=-1), 1))
    assert not len(pairs), [(shown[i].get_text(), shown[j].get_text()) for i, j in pairs]
    width, height = np.array(figure.size) * 100
    assert (boxes[:, :2] >= 0).all() and (boxes[:, 2:] <= [width, height]).all()
    return shown, boxes


def check_notes(figure):
    """No wire runs through the note under a node."""
    scene = figure.settings[0]
    shown, boxes = check_texts(figure)
    if not scene.plan.style.note:
        return
    notes = [scene.artists[f"note {i}"] for i in figure.moment.wrong]
    below = boxes[[text in notes for text in shown]][:, None]
    if not hasattr(scene, "walked"):
        wires = scene.plan.wires.values()
        steps = [np.linspace(a, b, 25) for points in wires for a, b in pairwise(points)]
        scene.walked = scene.axes.transData.transform(np.concatenate(steps))
    inside = (scene.walked > below[..., :2]) & (scene.walked < below[..., 2:])
    assert not inside.all(axis=-1).any()


@pytest.mark.parametrize("graph", ["G1", "G2"])
@pytest.mark.parametrize("order_", computational_graphs.ORDERS)
def test_no_text_meets_another_in_any_state(graph, order_):
    figure = computational_graphs.edge_stickers(guess=26)
    figure.set("graph", GRAPHS[graph])
    figure.set("order", order_)
    for overwrite in (False, True):
        figure.set("overwrite", overwrite)
        figure.set("second", "without zeroing")
        for at in range(len(figure.walk.moments)):
            figure.at = at
            figure.update()
            check_notes(figure)


@pytest.mark.parametrize("style", layout.STYLES, ids=["roomy", "closer", "closest"])
def test_no_text_meets_another_in_a_large_graph(style, monkeypatch):
    rng = np.random.default_rng(3)
    nodes = [Value(float(rng.normal()), label) for label in ("temperature", "rain", "w", "")]
    while len(nodes) < 40:
        a, b = (nodes[max(0, len(nodes) - 1 - int(rng.exponential(4)))] for _ in range(2))
        nodes.append([a * b, a + b, a - b, a.tanh()][rng.integers(4)] if len(nodes) % 2 else nodes[-1] + a.sin())
    root = nodes[-1]
    assert 20 < len(read_graph(root).nodes) <= 60
    monkeypatch.setattr(layout, "STYLES", (style,))
    figure = computational_graphs.edge_stickers(root, guess=0.123456)
    for overwrite, order_ in ((True, "topological"), (False, "breadth-first"), (False, "visit-once pre-order")):
        walked(figure, order_=order_, overwrite=overwrite)
        check_notes(figure)


def test_no_text_of_the_other_figures_meets_another():
    for guess in (None, 40):
        paths = computational_graphs.path_counter(guess)
        paths.picture()  # ticks find their places
        for stages in (1, 9, 10, 20):
            paths.set("stages", stages)
            for walk in WALKS:
                paths.set("walk", walk)
                check_texts(paths)
                paths.taken, paths.taken_for = min(stages, 12), (stages, walk)
                paths.press("step")
                check_texts(paths)
        modes = computational_graphs.forward_or_reverse(guess)
        modes.picture()
        for inputs, outputs in ((1, 1), (6, 1), (2500, 2500), (1, 2500), (16, 17), (2410, 1)):
            modes.set("inputs", inputs)
            modes.set("outputs", outputs)
            check_texts(modes)


def test_a_learners_expression_of_twenty_nodes_fits_a_laptop_screen():
    x1, x2 = Value(1.0, "x1"), Value(-2.0, "x2")
    units = [(Value(0.5 - i, f"w{i}1") * x1 + Value(0.2 + i, f"w{i}2") * x2).tanh() for i in range(2)]
    loss = (Value(0.7, "v1") * units[0] + Value(0.5, "v2") * units[1] - 1) ** 2
    assert len(read_graph(loss).nodes) == 21
    figure = walked(computational_graphs.edge_stickers(loss), order_="visit-once pre-order")
    assert figure.scene.plan.height <= 4.2 and figure.size[1] <= 5.4
    assert "reported" in figure.verdict() or not figure.moment.wrong


# ---- figure 3b -----------------------------------------------------------------------------------------------------


def test_twenty_stages_have_a_million_paths_and_forty_edges():
    figure = computational_graphs.path_counter()
    figure.set("stages", 20)
    assert figure.readouts["paths"] == "1,048,576"
    assert figure.readouts["edges"] == "40"
    assert figure.readouts["left to walk, at a path a second"] == "12.1 days"
    assert "1,048,576 paths, 40 edges" in figure.alt
    ends = [figure.artists[name].get_xy()[:, 0].max() for name in ("paths", "edges")]
    assert ends == [2**20, 40]


@pytest.mark.parametrize("n", [1, 2, 5])
def test_walking_all_paths_takes_each_once_and_the_sweep_collects_as_much(n):
    figure = computational_graphs.path_counter()
    figure.set("stages", n)
    seen = set()
    while not figure.shown["finished"]:
        figure.press("step")
        seen.add(tuple(figure._turns()))
    assert len(seen) == figure.steps == 2**n
    assert figure.readouts["edges walked"] == f"{n * 2**n}"
    figure.set("walk", WALKS[1])
    assert figure.steps == 0
    while not figure.shown["finished"]:
        figure.press("step")
    assert figure.readouts["edges walked"] == str(2 * n)
    assert figure.artists["grad0"].get_text() == str(2**n)


def test_the_walk_can_be_undone_and_begins_anew_with_another_n():
    figure = computational_graphs.path_counter()
    figure.press("back")
    assert figure.steps == 0
    figure.press("step")
    figure.press("step")
    figure.press("back")
    assert figure.steps == 1
    figure.set("stages", 4)
    assert figure.steps == 0
    figure.press("play")
    assert figure.steps == 1
    figure.press("reset")
    assert figure.steps == 0 and len(figure.artists["lit"].get_segments()) == 0


def test_the_path_that_is_lit_goes_from_x_to_y():
    figure = computational_graphs.path_counter()
    figure.press("step")
    lit = figure.artists["lit"].get_segments()
    assert len(lit) == 3
    for one, after in pairwise(lit):
        assert np.allclose(one[-1], after[0])


# ---- figure 3c -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "forward", "reverse", "says"),
    [
        ("fit", "6", "1", "Reverse mode: 6 times"),
        ("digits", "2,410", "1", "Reverse mode: 2,410 times"),
        ("curve", "1", "100", "Forward mode: 100 times"),
        ("square", "10", "10", "The same number"),
    ],
)
def test_forward_needs_a_sweep_an_input_and_reverse_a_sweep_an_output(button, forward, reverse, says):
    figure = computational_graphs.forward_or_reverse()
    figure.press(button)
    assert figure.readouts == {"forward sweeps": forward, "reverse sweeps": reverse}
    assert figure.says().startswith(says)
    lengths = [figure.artists[name].get_xy()[:, 0].max() for name in ("forward", "reverse")]
    assert [f"{length:,.0f}" for length in lengths] == [forward, reverse]


def test_the_table_has_a_column_an_input_and_a_row_an_output_as_far_as_it_is_drawn():
    figure = computational_graphs.forward_or_reverse()
    for inputs, outputs in ((3, 2), (2410, 1), (5, 100)):
        figure.set("inputs", inputs)
        figure.set("outputs", outputs)
        lines = len(figure.artists["grid"].get_segments())
        assert lines == min(inputs, 16) + min(outputs, 16) + 2
        assert f"{inputs * outputs:,} slopes" in figure.alt
        assert ("drawn" in figure.artists["across"].get_text()) == (inputs > 16)


def test_a_ratio_is_rounded_as_one_would_say_it():
    figure = computational_graphs.forward_or_reverse()
    figure.set("inputs", 7)
    figure.set("outputs", 3)
    assert figure.says() == f"Reverse mode: {7 / 3:.3g} times fewer sweeps."
    assert math.isclose(7 / 3, 2.33, abs_tol=0.005)
