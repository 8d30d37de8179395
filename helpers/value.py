"""Value: a number or an array that remembers how it was computed, so that `backward` can find every slope.

It is the engine of lesson 3 with two differences: all operations stand in one table, and a Value may hold an array.
The interface is that of micrograd (A. Karpathy, 2020).
"""

import numpy as np

from helpers import arrays
from helpers.plain import PlainErrorInALine

__all__ = ["EngineError", "Value", "cross_entropy", "order"]


class EngineError(PlainErrorInALine, TypeError, ValueError, IndexError):
    """A Value was asked for what it cannot do. The message says what that is, and what to do."""


# The table. A row is forward(a, b, …), then for each operand its share of the upstream gradient: a function of
# (g, out, a, b, …), where g is the slope of the loss for out, and out = forward(a, b, …).
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
    "sum": (arrays.total, lambda g, out, a, *how: arrays.spread(g, a, *how)),
    "mean": (arrays.average, lambda g, out, a, *how: arrays.spread(g, a, *how) * (np.size(out) / max(np.size(a), 1))),
    "max": (lambda a, axis, keep: np.max(a, axis, keepdims=keep), arrays.share_of_largest),
    "reshape": (np.reshape, lambda g, out, a, shape: np.reshape(g, np.shape(a))),
    "T": (np.transpose, lambda g, out, a, axes: np.transpose(g, axes and np.argsort(axes))),
    "[]": (lambda a, index: a[index], lambda g, out, a, index: arrays.put_back(g, a, index)),
    "cross_entropy": (None, lambda g, out, s, slope: slope if g == 1 else g * slope),  # forward: see below
}
FORWARD = {name: row[0] for name, row in TABLE.items()}
SHARES = {name: row[1:] for name, row in TABLE.items()}
ZERO = 0.0  # the gradient of a node that has not been paid yet, known by identity


class Value:
    """A number or an array (`data`: float or float64, copied) and the slope of the loss for it (`grad`, same shape).

    Numbers and arrays that meet a Value in an expression are constants: no slope is computed for them.
    `label` is a name for drawings. Raises EngineError for what is no number.
    """

    __slots__ = ("__weakref__", "_op", "_operands", "data", "grad", "label")

    def __init__(self, data, label=""):
        self.data, self.label, self._op, self._operands = numbers(data, copy=True), label, "", ()
        self.zero_grad()

    def zero_grad(self):
        """Forget the gradient: it is zero again, in the shape of `data`."""
        self.grad = ZERO if type(self.data) is float else np.zeros(self.shape)

    @np.errstate(all="ignore")  # a loss that flies off has slopes inf and nan: to be seen, not to be warned about
    def backward(self):
        """Fill in `grad` of everything that this number was computed from: the slope of this number for it.

        Inner nodes start afresh. Leaves add up from call to call, until `zero_grad`, since mini-batches need that.
        No `data` is changed. Raises EngineError if this is not a single number.
        """
        if np.size(self.data) != 1:
            raise EngineError(
                f"backward() starts from one number, and this is an array of shape {self.shape}. "
                "Make one loss of it first, with .mean() or .sum()."
            )
        nodes = order(self)
        for node in nodes:
            if node._op:
                node.grad = ZERO
        self.grad = self.grad + (np.ones(self.shape) if self.shape else 1.0)
        for node in reversed(nodes):
            if node._op:
                node._backward()

    def _backward(self):
        """The chain rule at one node: each operand is paid its share of this node's gradient."""
        shares = SHARES[self._op]
        if len(shares) == 1:
            a, *given = self._operands
            pay(a, shares[0], (self.grad, self.data, a.data, *given))
        else:
            a, b = self._operands
            x = a.data if isinstance(a, Value) else a
            y = b.data if isinstance(b, Value) else b
            values = (self.grad, self.data, x, y)
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
    def __getitem__(self, index): return unary("[]", self, index)
    def abs(self): return unary("abs", self)
    def exp(self): return unary("exp", self)
    def log(self): return unary("log", self)
    def sin(self): return unary("sin", self)
    def cos(self): return unary("cos", self)
    def tanh(self): return unary("tanh", self)
    def sigmoid(self): return unary("sigmoid", self)
    def relu(self): return unary("relu", self)
    def sum(self, axis=None, keepdims=False): return unary("sum", self, axis, keepdims)
    def mean(self, axis=None, keepdims=False): return unary("mean", self, axis, keepdims)
    def max(self, axis=None, keepdims=False): return unary("max", self, axis, keepdims)
    def reshape(self, *shape): return unary("reshape", self, shape[0] if len(shape) == 1 else shape)
    def transpose(self, *axes): return unary("T", self, axes or None)
    # fmt: on
    T = property(lambda self: self.transpose())
    shape = property(lambda self: np.shape(self.data))
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


def unary(name, a, *given):
    """The Value that an operation makes of one Value; `given` is what else it has to know, as an axis."""
    if type(a.data) is float and not given:
        try:
            return node(name, FORWARD[name](a.data), (a,))
        except (ArithmeticError, ValueError):
            pass
    return node(name, quietly(name, a.data, *given), (a, *given))


def binary(name, a, b):
    """The Value that an operation makes of two operands; one of them may be a constant."""
    x = a.data if isinstance(a, Value) else (a := numbers(a))
    y = b.data if isinstance(b, Value) else (b := numbers(b))
    if type(x) is float and type(y) is float:
        try:
            return node(name, FORWARD[name](x, y), (a, b))
        except (ArithmeticError, ValueError):
            pass
    return node(name, quietly(name, x, y), (a, b))


def node(name, data, operands):
    """A Value without the checks of `Value(...)`, which would take longer than the arithmetic."""
    self = object.__new__(Value)
    self.data = data if type(data) is float else numbers(data)
    self.grad, self.label, self._op, self._operands = ZERO, "", name, operands
    return self


def pay(operand, share, values):
    """Add share(*values) to an operand's gradient."""
    try:
        paid = share(*values)
    except (ArithmeticError, ValueError):  # as in 1 / 0, where NumPy says inf
        paid = share(*[np.float64(x) if type(x) is float else x for x in values])
    if type(paid) is not float or type(operand.data) is not float:
        paid = arrays.fit(paid, operand.data)
    operand.grad = paid if operand.grad is ZERO and operand._op else operand.grad + paid


def order(root):
    """Everything `root` was computed from, and itself: each node once, after all that it was computed from."""
    nodes, seen, waiting = [], set(), [root]
    while waiting:
        node = waiting.pop()
        if node is None:  # everything below the next node has been dealt with
            nodes.append(waiting.pop())
        elif node not in seen:
            seen.add(node)
            waiting += node, None
            for operand in node._operands:
                if isinstance(operand, Value) and operand not in seen:
                    waiting.append(operand)
    return nodes


def cross_entropy(logits, classes):
    """The mean over the rows of −log(softmax(logits)[class]) as one operation: logits (N, K), classes (N,), 0 to K − 1.

    The slope for the logits is (softmax − one-hot) / N. A single row (K,) with one class is a batch of one. Nothing
    overflows, since the largest logit is subtracted first. Raises EngineError where classes and logits don't fit.
    """
    s, t = np.shape(logits.data if isinstance(logits, Value) else logits), np.asarray(classes)
    if len(s) not in (1, 2) or t.shape != s[:-1] or t.dtype.kind not in "iu" or not (s and t.size):
        raise EngineError(
            f"cross_entropy takes logits of shape (N, K) and N classes as whole numbers, and got logits of shape {s} "
            f"and {t.dtype} classes of shape {t.shape}."
        )
    if np.minimum.reduce(t, axis=None) < 0 or np.maximum.reduce(t, axis=None) >= s[-1]:
        raise EngineError(f"with {s[-1]} logits classes are 0 to {s[-1] - 1}, yours go from {t.min()} to {t.max()}.")
    logits = logits if isinstance(logits, Value) else Value(logits)
    loss, slope = arrays.softmax_loss(logits.data, t)
    return node("cross_entropy", float(loss), (logits, slope))


NUMPY_NAMES = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "matmul": "@"}
NUMPY_NAMES |= {"negative": "neg", "absolute": "abs"}
RULES = {
    "+": "counted from the right, axes have to be equally long, or one of them 1",
    "@": "each row on the left has to be as long as each column on the right",
    "max": "there is nothing in it, or not that axis",
}


def numbers(x, copy=False):
    """x as a float, or as a float64 array if it has axes; EngineError if it is no number."""
    if type(x) is float or (type(x) is np.ndarray and x.dtype.char == "d" and x.ndim and not copy):
        return x
    try:
        array = np.array(x) if copy else np.asarray(x)
    except ValueError:
        raise EngineError("the rows of a list are of unequal length here, so they make no array.") from None
    if array.dtype.kind not in "biuf":
        raise EngineError(f"a Value works with numbers and arrays of numbers, not with {x!r:.40}.")
    return array.astype(np.float64, copy=False) if array.ndim else float(array)


@np.errstate(all="ignore")
def quietly(name, x, *more):
    """An operation in NumPy alone, where 1 / 0 and exp(1000) are inf; EngineError where the operands don't fit."""
    try:
        return FORWARD[name](np.float64(x) if type(x) is float else x, *more)
    except (TypeError, ValueError, IndexError) as error:
        shapes = [str(np.shape(x)) for x in (x, *more)[: len(SHARES[name])]]
        why = RULES.get(name, RULES["+"] if len(shapes) == 2 else str(error).rstrip("."))
        raise EngineError(f"{name} doesn't work for shape {' and '.join(shapes)}: {why}.") from None
