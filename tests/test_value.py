"""The engine: its gradients against finite differences and against an independent library, and its manners."""

import ast
import gc
import inspect
import io
import itertools
import math
import subprocess
import sys
import tokenize
import tracemalloc
import warnings
import weakref
from operator import itemgetter

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from autograd.scipy.special import logsumexp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from helpers import value
from helpers.plain import PlainError
from helpers.value import EngineError, Value, cross_entropy, order


@pytest.fixture(autouse=True)
def _no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


# ---- Graphs that were worked out by hand


def g1():
    x, y = Value(3.0), Value(-2.0)
    p = x * y
    q = p + x
    r = p * q
    return x, y, p, q, r, r - q


def g2():
    x, y = Value(3.0), Value(-2.0)
    p = x * y
    q = p + x
    return x, y, p, q, q**2 + p


def test_the_first_graph_of_lesson_3():
    x, y, p, q, r, loss = g1()
    loss.backward()
    assert loss.data == 21
    assert (x.grad, y.grad, p.grad, q.grad, r.grad, loss.grad) == (13, -30, -10, -7, 1, 1)


def test_the_second_graph_of_lesson_3():
    x, y, *_, loss = g2()
    loss.backward()
    assert (loss.data, x.grad, y.grad) == (3, 4, -15)


def test_the_hand_net_of_lesson_4():
    x, w1, w2 = Value(2.0), Value(0.5), Value(-1.5)
    loss = ((x * w1).tanh() * w2 - 1) ** 2
    loss.backward()
    assert loss.data == pytest.approx(4.58984, abs=5e-6)
    assert w1.grad == pytest.approx(5.39850, abs=5e-6)
    assert w2.grad == pytest.approx(-3.26327, abs=5e-6)


def test_a_node_used_twice_adds_both_gradients():
    a = Value(3.0)
    (a + a).backward()
    assert a.grad == 2
    b = Value(3.0)
    (b * b).backward()
    assert b.grad == 6


def test_a_node_of_many_uses():
    a = Value(2.0)
    sum(a * i for i in range(1000)).backward()
    assert a.grad == sum(range(1000))


def test_the_softmax_fixture_of_lesson_4():
    s = Value([2.0, 1.0, -1.0])
    cross_entropy(s, 1).backward()
    assert s.grad == pytest.approx([0.70538, -0.74050, 0.03512], abs=5e-6)


# ---- micrograd's interface: the two expressions of its README and their published results


def test_the_expression_of_micrograds_readme():
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


def test_the_sanity_check_of_micrograd_against_autograd():
    def f(x, relu):
        z = 2 * x + 2 + x
        q = relu(z) + z * x
        h = relu(z * z)
        return h + q + q * x

    x = Value(-4.0)
    y = f(x, lambda v: v.relu())
    y.backward()
    assert y.data == f(-4.0, lambda v: max(v, 0.0))
    assert x.grad == autograd.grad(lambda x: f(x, lambda v: anp.maximum(v, 0.0)))(-4.0)


def test_the_neuron_of_micrograds_lecture_node_by_node():
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2, b = Value(-3.0), Value(1.0), Value(6.8813735870195432)
    n = x1 * w1 + x2 * w2 + b
    o = n.tanh()
    o.grad = 1.0
    for node in (o, n, *n._prev, *n._prev[0]._prev):
        if node._op:
            node._backward()
    assert [round(v.grad, 4) for v in (x1, w1, x2, w2)] == [-1.5, 1.0, 0.5, 0.0]
    assert (o._op, n._op, x1._op, x1.label) == ("tanh", "+", "", "x1")


def test_prev_holds_the_operands_in_order_and_no_constants():
    a, b = Value(1.0), Value(2.0)
    assert (a - b)._prev == (a, b) and (a + a)._prev == (a, a) and (2 * a)._prev == (a,) and a._prev == ()


def test_parameters_can_be_moved_and_zeroed_as_in_micrograd():
    p = Value(1.0)
    (p * 3).backward()
    p.data -= 0.1 * p.grad
    p.grad = 0
    (p * p).backward()
    assert p.grad == pytest.approx(1.4)


# ---- What backward leaves behind


def test_inner_nodes_start_afresh_and_leaves_add_up():
    x, y, p, q, _, loss = g1()
    loss.backward()
    loss.backward()
    assert (x.grad, y.grad) == (26, -60) and (p.grad, q.grad) == (-10, -7)
    x.zero_grad()
    y.zero_grad()
    loss.backward()
    assert (x.grad, y.grad) == (13, -30)


def test_backward_changes_no_data():
    x, y, p, q, r, loss = g1()
    before = [v.data for v in (x, y, p, q, r, loss)]
    loss.backward()
    assert [v.data for v in (x, y, p, q, r, loss)] == before


def test_two_losses_that_share_a_leaf_add_up_in_it():
    w = Value([1.0, 2.0])
    (w * 3).sum().backward()
    (w * w).sum().backward()
    assert w.grad.tolist() == [5, 7]


def test_a_leaf_is_its_own_slope():
    x = Value(3.0)
    x.backward()
    assert x.grad == 1


def test_gradients_of_leaves_belong_to_them_alone():
    a, b = Value(np.ones(3)), Value(np.ones(3))
    (a + b).sum().backward()
    a.grad *= 10
    assert b.grad.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "loss",
    [lambda a: a.sum(), lambda a: (a + 0.0).sum(), lambda a: a.reshape(6).sum(), lambda a: cross_entropy(a, [0, 2])],
)
def test_a_gradient_changed_in_place_spoils_nothing(loss):
    a = Value([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    out = loss(a)
    out.backward()
    first = a.grad.copy()
    a.grad *= 0.5
    a.grad[0, 0] = 7.0
    a.zero_grad()
    out.backward()
    np.testing.assert_array_equal(a.grad, first)


def test_a_gradient_of_zeros_can_be_filled_in_place():
    a = Value(np.zeros((2, 2)))
    a.grad[0, 1] = 3.0
    a.grad += 1.0
    np.testing.assert_array_equal(a.grad, [[1.0, 4.0], [1.0, 1.0]])


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.int32, np.uint64])
def test_classes_of_small_whole_numbers_do_not_overflow(kind):
    logits = np.random.default_rng(0).normal(size=(200, 3))
    classes = np.arange(200) % 3
    a, b = Value(logits), Value(logits)
    cross_entropy(a, classes).backward()
    cross_entropy(b, classes.astype(kind)).backward()
    np.testing.assert_array_equal(a.grad, b.grad)


@pytest.mark.parametrize("wish", ["raise", "warn"])
def test_a_loss_that_flies_off_is_quiet_whatever_numpy_was_told(wish):
    with np.errstate(all=wish):
        a = Value([800.0, -1.0, 0.0])
        out = (a.exp() + a / Value([0.0, 1.0, 0.0]) + a.log()).sum() + cross_entropy(a.exp(), 0)
        out.backward()
    assert math.isnan(out.data)
    assert not np.isfinite(a.grad).all()


def test_a_fresh_python_says_nothing_of_overflow():
    code = "from helpers.value import Value; a = Value([1e200, 2.0]); loss = (a * a).sum(); loss.backward()"
    code += "; print(loss.data)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("inf\n", "")


def test_data_is_copied():
    mine = np.ones(3)
    v = Value(mine)
    v.data -= 1
    assert mine.tolist() == [1, 1, 1]


def test_the_gradient_has_the_shape_of_the_data_before_and_after():
    v, n = Value(np.ones((2, 3))), Value(1)
    assert v.grad.shape == (2, 3) and type(n.grad) is float
    (v * n).sum().backward()
    assert v.grad.shape == (2, 3) and type(n.grad) is float
    v.zero_grad()
    assert v.grad.tolist() == [[0, 0, 0], [0, 0, 0]]


def test_constants_make_no_node_and_get_no_gradient():
    x = Value(np.ones(3))
    out = (np.ones((4, 3)) * x + 2 - np.float64(1) + [1, 2, 3]).sum()
    assert len(order(out)) == 6
    out.backward()
    assert x.grad.tolist() == [4, 4, 4]


# ---- Order, depth, memory


def test_the_order_has_each_node_once_after_all_its_operands():
    *_, loss = g1()
    nodes = order(loss)
    place = {id(node): i for i, node in enumerate(nodes)}
    assert len(place) == len(nodes) == 6 and nodes[-1] is loss
    assert all(place[id(p)] < place[id(node)] for node in nodes for p in node._prev)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=60))
def test_the_order_of_any_graph(pairs):
    nodes = [Value(1.0), Value(2.0)]
    for i, j in pairs:
        nodes.append(nodes[i % len(nodes)] + nodes[j % len(nodes)])
    found = order(nodes[-1])
    place = {id(node): i for i, node in enumerate(found)}
    assert len(place) == len(found)
    assert all(place[id(p)] < place[id(node)] for node in found for p in node._prev)


def test_a_chain_of_a_million_nodes():
    x = v = Value(1.0)
    for _ in range(1_000_000):
        v = v + 1.0
    v.backward()
    assert (v.data, x.grad) == (1_000_001, 1)


def test_a_diamond_of_forty_floors_takes_no_longer_than_its_edges():
    x = v = Value(1.0)
    for _ in range(40):
        v = v + v  # 2 ** 40 paths
    v.backward()
    assert x.grad == 2.0**40


def test_a_dropped_graph_is_freed_at_once():
    gc.disable()
    try:
        p, loss = itemgetter(2, -1)(g1())
        loss.backward()
        gone = weakref.ref(p)
        del p, loss
        assert gone() is None
    finally:
        gc.enable()


def test_a_number_takes_at_most_200_bytes_a_node():
    x = Value(1.5)
    tracemalloc.start()
    chain = x
    for _ in range(10_000):
        chain = chain * x
    each = tracemalloc.get_traced_memory()[0] / 10_000
    chain.backward()
    after = tracemalloc.get_traced_memory()[0] / 10_000
    tracemalloc.stop()
    assert each <= 200 and after <= 200


def test_the_engine_is_at_most_200_lines_of_code():
    source = inspect.getsource(value)
    docs = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            docs |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    silent = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    lines = {n for t in tokens if t.type not in silent for n in range(t.start[0], t.end[0] + 1)}
    assert len(lines - docs) <= 200


# ---- Against an independent library: random expressions, shapes and numbers

UNARY = {
    "neg": (lambda v: -v, lambda a: -a),
    "exp": (lambda v: (v * 0.3).exp(), lambda a: anp.exp(a * 0.3)),
    "log": (lambda v: (v * v + 1).log(), lambda a: anp.log(a * a + 1)),
    "sin": (lambda v: v.sin(), anp.sin),
    "cos": (lambda v: v.cos(), anp.cos),
    "tanh": (lambda v: v.tanh(), anp.tanh),
    "sigmoid": (lambda v: v.sigmoid(), lambda a: 0.5 * (anp.tanh(a / 2) + 1)),
    "relu": (lambda v: v.relu(), lambda a: anp.where(a > 0, a, 0.0)),
    "abs": (lambda v: v.abs(), anp.abs),
    "square": (lambda v: v**2, lambda a: a**2),
    "cube root": (lambda v: (v * v + 0.5) ** (1 / 3), lambda a: (a * a + 0.5) ** (1 / 3)),
    "base 2": (lambda v: 2 ** (v * 0.3), lambda a: 2 ** (a * 0.3)),
}
BINARY = {
    "+": (lambda u, v: u + v, lambda a, b: a + b),
    "-": (lambda u, v: u - v, lambda a, b: a - b),
    "*": (lambda u, v: u * v, lambda a, b: a * b),
    "/": (lambda u, v: u / (v * v + 1), lambda a, b: a / (b * b + 1)),
    "**": (lambda u, v: (u * u + 0.5) ** (v * 0.3), lambda a, b: (a * a + 0.5) ** (b * 0.3)),
}
NUMBERS = st.floats(-3, 3).map(lambda x: round(x, 3))


@st.composite
def expressions(draw):
    """Leaves of shapes that broadcast together, and steps: (name, index) or (name, index, index)."""
    shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3))
    leaves = [draw(hnp.arrays(float, shape, elements=NUMBERS)) for shape in shapes.input_shapes]
    places = st.integers(0, 10**6)
    step = st.one_of(
        st.tuples(st.sampled_from(sorted(UNARY)), places), st.tuples(st.sampled_from(sorted(BINARY)), places, places)
    )
    return leaves, draw(st.lists(step, min_size=1, max_size=8))


def walk(leaves, steps, which):
    nodes = list(leaves)
    for name, *places in steps:
        function = (UNARY if len(places) == 1 else BINARY)[name][which]
        nodes.append(function(*(nodes[i % len(nodes)] for i in places)))
    return nodes[-1]


@settings(max_examples=400, deadline=None)
@given(expressions())
def test_random_expressions_have_the_gradients_of_autograd(expression):
    arrays, steps = expression
    with np.errstate(all="ignore"):
        leaves = [Value(a) for a in arrays]
        out = walk(leaves, steps, 0)
        truth = walk([anp.array(a) for a in arrays], steps, 1)
        np.testing.assert_allclose(out.data, truth, rtol=1e-9, atol=1e-9)
        out.sum().backward()
        expected = autograd.grad(lambda leaves: anp.sum(walk(leaves, steps, 1)))([anp.array(a) for a in arrays])
    for leaf, slope in zip(leaves, expected, strict=True):
        assert np.shape(leaf.grad) == np.shape(leaf.data)
        if np.all(np.isfinite(slope)) and np.max(np.abs(slope), initial=0) < 1e12:
            np.testing.assert_allclose(leaf.grad, slope, rtol=1e-7, atol=1e-7)


@settings(max_examples=100, deadline=None)
@given(expressions())
def test_random_expressions_have_the_gradients_of_nudges(expression):
    arrays, steps = expression
    smooth = [step for step in steps if step[0] not in ("relu", "abs")]
    if not smooth:
        return
    leaves = [Value(a) for a in arrays]
    with np.errstate(all="ignore"):
        out = walk(leaves, smooth, 0).sum()
        out.backward()
        for n, a in enumerate(arrays):
            for index in itertools.islice(np.ndindex(a.shape), 3):
                ends = []
                for h in (1e-5, -1e-5):
                    moved = [b.copy() for b in arrays]
                    moved[n][index] += h
                    ends.append(np.sum(walk(moved, smooth, 1)))
                nudged = (ends[0] - ends[1]) / 2e-5
                if np.isfinite(nudged) and abs(nudged) < 1e6 and abs(ends[0]) < 1e6:
                    got = np.asarray(leaves[n].grad)[index]
                    assert got == pytest.approx(nudged, rel=1e-4, abs=1e-4)


@settings(max_examples=150, deadline=None)
@given(hnp.mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=2, max_side=4), st.randoms())
def test_matrix_products_of_all_shapes(shapes, random):
    rng = np.random.default_rng(random.randrange(10**6))
    a, b = (rng.normal(size=shape) for shape in shapes.input_shapes)
    u, v = Value(a), Value(b)
    out = u @ v
    np.testing.assert_allclose(out.data, a @ b, rtol=1e-12, atol=1e-12)
    weights = rng.normal(size=np.shape(a @ b))
    (out * weights).sum().backward()
    expected = autograd.grad(lambda ab: anp.sum(anp.matmul(ab[0], ab[1]) * weights))((a, b))
    np.testing.assert_allclose(u.grad, expected[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(v.grad, expected[1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["sum", "mean", "max"])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 2), (1,)])
def test_reductions_over_all_axes(name, axis, keepdims):
    a = np.random.default_rng(2).integers(-3, 4, size=(3, 4, 2)).astype(float)  # with equal largest entries
    v = Value(a)
    out = getattr(v, name)(axis=axis, keepdims=keepdims)
    reduce = getattr(anp, name)
    assert np.shape(out.data) == np.shape(reduce(a, axis=axis, keepdims=keepdims))
    (out * out).sum().backward()
    expected = autograd.grad(lambda a: anp.sum(reduce(a, axis=axis, keepdims=keepdims) ** 2))(a)
    np.testing.assert_allclose(v.grad, expected, rtol=1e-12, atol=1e-12)


INDEXES = [1, -1, slice(None, None, 2), (0, 1), (slice(None), 1), (..., 0), None, [0, 0, 2], ([0, 2], [1, 1]), (1, ...)]


@pytest.mark.parametrize("index", [*INDEXES, np.array([True, False, True])], ids=str)
def test_indexing_of_every_kind(index):
    a = np.random.default_rng(3).normal(size=(3, 4))
    v = Value(a)
    (v[index] ** 2).sum().backward()
    np.testing.assert_allclose(v.grad, autograd.grad(lambda a: anp.sum(a[index] ** 2))(a), rtol=1e-12)


def test_reshape_and_transpose():
    a = np.random.default_rng(4).normal(size=(2, 3, 4))
    weights = np.random.default_rng(5).normal(size=(4, 6))
    v = Value(a)
    (v.transpose(2, 0, 1).reshape(4, 6) * weights).sum().backward()
    expected = autograd.grad(lambda a: anp.sum(anp.reshape(anp.transpose(a, (2, 0, 1)), (4, 6)) * weights))(a)
    np.testing.assert_allclose(v.grad, expected)
    assert v.T.shape == (4, 3, 2) and v.reshape((6, 4)).shape == v.reshape(6, -1).shape == (6, 4)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 10**6), st.sampled_from([1.0, 30.0, 1000.0]))
def test_cross_entropy_is_that_of_its_parts(n, k, seed, size):
    rng = np.random.default_rng(seed)
    s, t = size * rng.normal(size=(n, k)), rng.integers(k, size=n)
    v = Value(s)
    out = cross_entropy(v, t)
    out.backward()
    onehot = np.eye(k)[t]
    f = lambda s: anp.mean(logsumexp(s, axis=1) - anp.sum(s * onehot, axis=1))  # noqa: E731
    np.testing.assert_allclose(out.data, f(s), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(v.grad, autograd.grad(f)(s), rtol=1e-9, atol=1e-12)


def test_slopes_through_numpys_functions():
    v, array = Value([0.5, 1.5]), np.array([2.0, 3.0])
    out = np.exp(v) * array + array / v - np.sin(v) ** array
    assert isinstance(out, Value)
    np.sum(out).backward()
    f = lambda a: anp.sum(anp.exp(a) * array + array / a - anp.sin(a) ** array)  # noqa: E731
    np.testing.assert_allclose(v.grad, autograd.grad(f)(v.data))


# ---- The edges of the numbers


@pytest.mark.parametrize(
    ("out", "data", "slope"),
    [
        (lambda x: x**2, 0.0, 0.0),
        (lambda x: x**1, 0.0, 1.0),
        (lambda x: x**0, 1.0, 0.0),
        (lambda x: x**0.5, 0.0, math.inf),
        (lambda x: 1 / x, math.inf, -math.inf),
        (lambda x: x.log(), -math.inf, math.inf),
        (lambda x: (x - 1).log(), math.nan, -1.0),
        (lambda x: (x - 8) ** (1 / 3), math.nan, math.nan),
        (lambda x: (x + 1000).exp(), math.inf, math.inf),
        (lambda x: (x - 1000).exp(), 0.0, 0.0),
        (lambda x: (x + 800).sigmoid(), 1.0, 0.0),
        (lambda x: (x - 800).sigmoid(), 0.0, 0.0),
        (lambda x: x.relu(), 0.0, 0.0),
        (lambda x: x.abs(), 0.0, 0.0),
        (lambda x: x * math.inf, math.nan, math.inf),
        (lambda x: (x + 1e200) ** 2, math.inf, 2e200),
        (lambda x: (x * math.nan).tanh(), math.nan, math.nan),
    ],
)
def test_at_the_edges_numbers_and_arrays_agree(out, data, slope):
    x = Value(0.0)
    y = out(x)
    y.backward()
    assert y.data == pytest.approx(data, nan_ok=True) and x.grad == pytest.approx(slope, nan_ok=True)
    a = Value([0.0])
    b = out(a)
    b.sum().backward()
    assert b.data[0] == pytest.approx(data, nan_ok=True) and a.grad[0] == pytest.approx(slope, nan_ok=True)


def test_the_slope_for_an_exponent():
    for base, exponent, slope in ((2.0, 3.0, 8 * math.log(2)), (0.0, 2.0, 0.0), (-2.0, 2.0, math.nan)):
        x = Value(exponent)
        (base**x).backward()
        assert x.grad == pytest.approx(slope, nan_ok=True)


def test_whole_numbers_and_zero_axes_become_floats():
    for data in (3, np.int64(3), np.float32(3), np.array(3), True, Value(3).data):
        v = Value(data)
        assert type(v.data) is type(v.grad) is float
    assert Value([1, 2]).data.dtype == Value(np.array([1, 2], dtype=np.int8)).data.dtype == np.float64
    assert type(Value([[1.0, 2.0]]).sum().data) is float and type((Value([1.0]) @ Value([2.0])).data) is float


def test_arrays_with_nothing_in_them():
    v = Value(np.zeros((0, 3)))
    ((v * 2 + np.ones(3)) @ np.ones((3, 2))).sum().backward()
    assert v.grad.shape == (0, 3)
    assert math.isnan(Value([]).mean().data)
    b = Value(np.ones(3))
    (v + b).sum().backward()
    assert b.grad.tolist() == [0, 0, 0]


def test_parameters_set_to_whole_numbers_still_work():
    p = Value(1.0)
    p.data = 3
    (p * p + p.tanh() + 1 / p).backward()
    assert p.grad == pytest.approx(6 + 1 - math.tanh(3) ** 2 - 1 / 9)


# ---- What a learner may do wrong: one sentence, which is also an ordinary Python error


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: Value("3"), "not with '3'"),
        (lambda: Value(None), "not with None"),
        (lambda: Value(1 + 2j), "numbers and arrays of numbers"),
        (lambda: Value([Value(1.0)]), "numbers and arrays of numbers"),
        (lambda: Value([[1], [2, 3]]), "unequal length"),
        (lambda: Value(1.0) + "x", "not with 'x'"),
        (lambda: [None] * Value(1.0), "not with [None]"),
        (lambda: Value([1, 2]) + Value([1, 2, 3]), "(2,) and (3,)"),
        (lambda: Value(np.ones((2, 3))) @ Value(np.ones((2, 3))), "each row on the left"),
        (lambda: Value(2.0) @ Value(3.0), "each row on the left"),
        (lambda: Value([1.0, 2.0]).backward(), "starts from one number"),
        (lambda: Value([1.0])[3], "out of bounds"),
        (lambda: Value(2.0)[0], "() "[:2]),
        (lambda: Value([]).max(), "nothing in it"),
        (lambda: Value([1.0]).sum(axis=2), "axis 2"),
        (lambda: Value([1.0, 2.0]).reshape(3), "reshape"),
        (lambda: np.floor(Value(1.0)), "np.floor"),
        (lambda: np.linalg.norm(Value([1.0])), "norm"),
        (lambda: np.add(np.ones(2), Value(1.0), out=np.ones(2)), "np.add"),
        (lambda: cross_entropy(Value(np.ones((2, 3))), [0, 3]), "0 to 2"),
        (lambda: cross_entropy(Value(np.ones((2, 3))), [0, -1]), "0 to 2"),
        (lambda: cross_entropy(Value(np.ones((2, 3))), [0.0, 1.0]), "whole numbers"),
        (lambda: cross_entropy(Value(np.ones((2, 3))), [0]), "(2, 3)"),
        (lambda: cross_entropy(Value(np.ones((0, 3))), np.zeros(0, int)), "(0, 3)"),
        (lambda: cross_entropy(Value(1.0), 0), "()"),
    ],
)
def test_what_has_no_meaning_gets_one_sentence(wrong, says):
    with pytest.raises(EngineError) as caught:
        wrong()
    said = str(caught.value)
    assert says in said and "\n" not in said and said.endswith(".") and len(said) < 240
    assert isinstance(caught.value, PlainError | TypeError | ValueError)


def test_the_sentence_names_the_learners_own_line():
    namespace = {"Value": Value}
    source = "a = Value(1.0)\nb = a + 'x'\n"
    try:
        exec(compile(source, "the cell", "exec"), namespace)
    except EngineError as error:
        lines = error._render_traceback_()
    assert lines[-1].startswith("  in line 2") and len(lines) == 2


def test_unpacking_a_number_says_so():
    with pytest.raises(TypeError):
        list(Value(2.0))
    assert [v.data for v in Value([1.0, 2.0])] == [1, 2]


def test_values_in_a_list_can_be_added_up_and_put_in_a_set():
    values = [Value(1.0), Value(2.0)]
    assert sum(values).data == 3 and len({*values, values[0]}) == 2


def test_repr_shows_data_and_gradient():
    assert repr(Value(2)) == "Value(data=2.0, grad=0.0)"
