"""Value: a number or an array that remembers how it was computed, so that `backward` can find every slope.

It is the engine of lesson 3 with two differences: all operations stand in one table, and a Value may hold an array.
The interface is that of micrograd (A. Karpathy, 2020).
"""

import warnings

import numpy as np

from helpers import arrays
from helpers.arrays import EngineError, numbers

__all__ = ["EngineError", "Value", "cross_entropy", "order"]


# The table. A row is forward(a, b), then for each operand its share of the upstream gradient: a function of
# (g, out, a, b), where g is the slope of the loss for out, and out = forward(a, b). `how` is no operand, but says more.
TABLE = {
    "+": (lambda a, b: a + b, lambda g, out, a, b: g, lambda g, out, a, b: g),
    "-": (lambda a, b: a - b, lambda g, out, a, b: g, lambda g, out, a, b: -g),
    "*": (lambda a, b: a * b, lambda g, out, a, b: g * b, lambda g, out, a, b: g * a),
    "/": (lambda a, b: a / b, lambda g, out, a, b: g / b, lambda g, out, a, b: -g * out / b),
    "**": (arrays.power, arrays.base_share, arrays.exponent_share),
    "@": (np.matmul, arrays.left_share, arrays.right_share),
    "neg": (lambda a: -a, lambda g, out, a: -g),
    "exp": (arrays.exp, lambda g, out, a: g * out),
    "log": (arrays.log, lambda g, out, a: g / a),
    "sin": (arrays.sin, lambda g, out, a: g * arrays.cos(a)),
    "cos": (arrays.cos, lambda g, out, a: -g * arrays.sin(a)),
    "tanh": (arrays.tanh, lambda g, out, a: g * (1 - out * out)),
    "sigmoid": (arrays.sigmoid, lambda g, out, a: g * out * (1 - out)),
    "relu": (arrays.relu, lambda g, out, a: g * (out > 0)),
    "abs": (abs, lambda g, out, a: arrays.where(a > 0, g) - arrays.where(a < 0, g)),
    "sum": (arrays.total, lambda g, out, a, how: arrays.spread(g, a, how)),
    "mean": (arrays.average, arrays.average_share),
    "max": (arrays.largest, arrays.share_of_largest),
    "reshape": (np.reshape, lambda g, out, a, shape: np.reshape(g, np.shape(a))),
    "T": (arrays.turn, lambda g, out, a, axes: arrays.turn(g, axes and np.argsort(axes))),
    "[]": (lambda a, at: a[at[0]], lambda g, out, a, at: arrays.put_back(g, a, at[0])),
    "cross_entropy": (arrays.softmax_loss, lambda g, out, s, slope: slope if g == 1 else g * slope),  # see below
}
FORWARD = {name: row[0] for name, row in TABLE.items()}
SHARES = {name: row[1:] for name, row in TABLE.items()}
# A loss that flies off has values and slopes inf and nan: to be seen, not to be warned about. (np.errstate around every
# operation would cost as much as a small operation.)
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"helpers\.(value|arrays)$")


class Value:
    """A number or an array (`data`: float or float64, copied) and the slope of the loss for it (`grad`, same shape).

    Numbers and arrays that meet a Value in an expression are constants: no slope is computed for them.
    `label` is a name for drawings. Raises EngineError for what is no number.
    """

    __slots__ = ("__weakref__", "_a", "_b", "_grad", "_op", "data", "label")

    def __init__(self, data, label=""):
        self.data, self.label = numbers(data, copy=True), label
        self._op, self._a, self._b, self._grad = "", None, None, None

    @property
    def grad(self):
        if self._grad is None:  # nothing has been paid yet
            self._grad = 0.0 if type(self.data) is float else np.zeros(self.shape)
        return self._grad

    @grad.setter
    def grad(self, grad):
        self._grad = grad

    def zero_grad(self):
        """Forget the gradient: it is zero again, in the shape of `data`."""
        self._grad = None

    def backward(self):
        """Fill in `grad` of everything that this number was computed from: the slope of this number for it.

        Inner nodes start afresh. Leaves add up from call to call, until `zero_grad`, since mini-batches need that.
        No `data` is changed. Raises EngineError if this is not a single number.
        """
        if type(self.data) is not float and self.data.size != 1:
            raise EngineError(
                f"backward() starts from one number, and this is an array of shape {self.shape}. "
                "Make one loss of it first, with .mean() or .sum()."
            )
        nodes = order(self)
        for node in nodes:
            if node._op:
                node._grad = None
        self._grad = self.grad + (np.ones(self.shape) if self.shape else 1.0)
        for node in reversed(nodes):
            if node._op:
                node._backward()

    def _backward(self):
        """The chain rule at one node: each operand is paid its share of this node's gradient."""
        shares, a, b = SHARES[self._op], self._a, self._b
        if b is None:
            pay(a, shares[0], (self._grad, self.data, a.data))
        else:
            x = a.data if isinstance(a, Value) else a
            y = b.data if isinstance(b, Value) else b
            values = (self._grad, self.data, x, y)
            if a is not x:  # a constant gets nothing
                pay(a, shares[0], values)
            if b is not y:
                pay(b, shares[1], values)

    # fmt: off
    def __add__(self, other): return binary("+", self, other)
    def __radd__(self, other): return binary("+", other, self)
    def __sub__(self, other): return binary("-", self, other)
    def __rsub__(self, other): return binary("-", other, self)
    def __mul__(self, other): return binary("*", self, other)
    def __rmul__(self, other): return binary("*", other, self)
    def __truediv__(self, other): return binary("/", self, other)
    def __rtruediv__(self, other): return binary("/", other, self)
    def __pow__(self, other): return binary("**", self, other)
    def __rpow__(self, other): return binary("**", other, self)
    def __matmul__(self, other): return binary("@", self, other)
    def __rmatmul__(self, other): return binary("@", other, self)
    def __neg__(self): return unary("neg", self)
    def __abs__(self): return unary("abs", self)
    def __getitem__(self, index): return unary("[]", self, (index,))
    def abs(self): return unary("abs", self)
    def exp(self): return unary("exp", self)
    def log(self): return unary("log", self)
    def sin(self): return unary("sin", self)
    def cos(self): return unary("cos", self)
    def tanh(self): return unary("tanh", self)
    def sigmoid(self): return unary("sigmoid", self)
    def relu(self): return unary("relu", self)
    def sum(self, axis=None, keepdims=False): return unary("sum", self, (axis, keepdims))
    def mean(self, axis=None, keepdims=False): return unary("mean", self, (axis, keepdims))
    def max(self, axis=None, keepdims=False): return unary("max", self, (axis, keepdims))
    def reshape(self, *shape): return unary("reshape", self, shape[0] if len(shape) == 1 else shape)
    def transpose(self, *axes): return unary("T", self, axes)
    # fmt: on
    T = property(lambda self: self.transpose())
    shape = property(lambda self: np.shape(self.data))
    _operands = property(lambda self: tuple(x for x in (self._a, self._b) if x is not None))
    _prev = property(lambda self: tuple(x for x in self._operands if isinstance(x, Value)))

    def __iter__(self):
        return (self[i] for i in range(len(self.data)))

    def __repr__(self):
        return f"Value(data={self.data}, grad={self.grad})"

    def __array_ufunc__(self, function, method, *inputs, **options):
        """NumPy asks here, once for a whole array, when it meets a Value: in `array * value`, in `np.exp(value)`."""
        name = NUMPY_NAMES.get(function.__name__, function.__name__)
        if name not in TABLE or method != "__call__" or options:
            raise EngineError(f"np.{function.__name__} doesn't work on a Value here. Use the methods of Value.")
        return unary(name, *inputs) if len(inputs) == 1 else binary(name, *inputs)

    def __array_function__(self, function, types, inputs, options):
        """The same for `np.sum(value)` and the like."""
        own = ("sum", "mean", "max", "reshape", "transpose")
        if not inputs or inputs[0] is not self or function.__name__ not in own:
            raise EngineError(f"np.{function.__name__} doesn't work on a Value here. Use the methods of Value.")
        return getattr(self, function.__name__)(*inputs[1:], **options)


def unary(name, a, how=None):
    """The Value that an operation makes of one Value; `how` is what else it has to know, as an axis."""
    try:
        out = FORWARD[name](a.data) if how is None else FORWARD[name](a.data, how)
    except FAILURES:
        out = quietly(name, a.data) if how is None else quietly(name, a.data, how)
    return node(name, out, a, how)


def binary(name, a, b):
    """The Value that an operation makes of two operands; one of them may be a constant."""
    x = a.data if isinstance(a, Value) else (a := numbers(a))
    y = b.data if isinstance(b, Value) else (b := numbers(b))
    try:
        out = FORWARD[name](x, y)
    except FAILURES:
        out = quietly(name, x, y)
    return node(name, out, a, b)


def node(name, data, a, b=None):
    """A Value without the checks of `Value(...)`, which would take longer than the arithmetic."""
    self = object.__new__(Value)
    self.data = data if type(data) is float else numbers(data)
    self.label, self._op, self._a, self._b, self._grad = "", name, a, b, None
    return self


def pay(operand, share, values):
    """Add share(*values) to an operand's gradient."""
    try:
        paid = share(*values)
    except FAILURES:  # as in 1 / 0, where NumPy says inf
        with np.errstate(all="ignore"):
            paid = share(*[np.float64(x) if type(x) is float else x for x in values])
    if type(paid) is not float or type(operand.data) is not float:
        paid = arrays.fit(paid, operand.data)
    if operand._grad is not None:
        paid = operand._grad + paid
    elif not operand._op and type(paid) is not float:  # a leaf's gradient is its own, since a learner may change it
        paid = paid.copy() if paid is values[0] or paid is values[-1] or paid.base is not None else paid
    operand._grad = paid


def order(root):
    """Everything `root` was computed from, and itself: each node once, after all that it was computed from."""
    nodes, seen, waiting = [], set(), [root]
    while waiting:
        node = waiting.pop()
        if node is None:  # everything below the next node has been dealt with
            nodes.append(waiting.pop())
        elif node not in seen:
            seen.add(node)
            if not node._op:
                nodes.append(node)
                continue
            waiting += node, None
            waiting += [x for x in (node._a, node._b) if isinstance(x, Value) and x not in seen]
    return nodes


def cross_entropy(logits, classes):
    """The mean over the rows of −log(softmax(logits)[class]) as one operation: logits (N, K), classes (N,), 0 to K − 1.

    The slope for the logits is (softmax − one-hot) / N. A single row (K,) with one class is a batch of one. Nothing
    overflows, since the largest logit is subtracted first. Raises EngineError where classes and logits don't fit.
    """
    logits, t = logits if isinstance(logits, Value) else Value(logits), np.asarray(classes)
    s = logits.shape
    if len(s) not in (1, 2) or t.shape != s[:-1] or t.dtype.kind not in "iu" or not (s[-1] and t.size):
        raise EngineError(
            f"cross_entropy takes logits of shape (N, K) and N classes as whole numbers, and got logits of shape {s} "
            f"and {t.dtype} classes of shape {t.shape}."
        )
    try:
        loss, slope = arrays.softmax_loss(logits.data, t)
    except IndexError:
        wrong = f"with {s[-1]} logits classes are 0 to {s[-1] - 1}, yours go from {t.min()} to {t.max()}."
        raise EngineError(wrong) from None
    except (FloatingPointError, RuntimeWarning):
        loss, slope = quietly("cross_entropy", logits.data, t)
    return node("cross_entropy", float(loss), logits, slope)


FAILURES = (ArithmeticError, ValueError, TypeError, IndexError, RuntimeWarning)
NUMPY_NAMES = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "matmul": "@"}
NUMPY_NAMES |= {"negative": "neg", "absolute": "abs"}
RULES = {
    "+": "counted from the right, axes have to be equally long, or one of them 1",
    "@": "each row on the left has to be as long as each column on the right",
    "max": "there is nothing in it, or not that axis",
}


@np.errstate(all="ignore")
def quietly(name, x, *more):
    """An operation in NumPy alone, where 1 / 0 and exp(1000) are inf; EngineError where the operands don't fit."""
    try:
        return FORWARD[name](np.float64(x) if type(x) is float else x, *more)
    except (TypeError, ValueError, IndexError) as error:
        shapes = [str(np.shape(x)) for x in (x, *more)[: len(SHARES[name])]]
        why = RULES.get(name, RULES["+"] if len(shapes) == 2 else str(error).rstrip("."))
        raise EngineError(f"{name} doesn't work for shape {' and '.join(shapes)}: {why}.") from None
