"""Small changes in a function's source, as a slip of the hand would make them; knows no exercise.

Each mutant is the source with one thing changed: a sign, an operator, a constant, a comparison, a range, a name, an
axis, a term, a call, an argument. The order is fixed, and where there are more than wanted they are taken evenly.
"""

import ast
import copy

__all__ = ["all_mutants", "mutants"]

OTHER_OPERATORS = {
    ast.Add: (ast.Sub, ast.Mult), ast.Sub: (ast.Add,), ast.Mult: (ast.Div, ast.Add), ast.Div: (ast.Mult,),
    ast.MatMult: (ast.Mult,), ast.Pow: (ast.Mult,), ast.FloorDiv: (ast.Div,), ast.Mod: (ast.FloorDiv,),
}  # fmt: skip
OTHER_COMPARISONS = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,),
}  # fmt: skip
OTHER_NAMES = {
    "sum": ("mean",), "mean": ("sum",), "sin": ("cos",), "cos": ("sin",), "max": ("min",), "min": ("max",),
    "argmax": ("argmin",), "zeros": ("ones",), "tanh": ("sinh",), "exp": ("expm1",), "norm": ("max",), "sqrt": ("abs",),
    "copy": ("view",), "append": ("remove",),
}  # fmt: skip
PEELED = {"abs", "sqrt", "square", "float", "int", "list", "copy", "T", "exp", "log", "reversed"}  # f(x) -> x


def mutants(source, wanted=40):
    """At most `wanted` pairs (what was changed, the changed source), spread evenly over all there are."""
    found = all_mutants(source)
    step = max(1.0, len(found) / wanted)
    return [found[int(i * step)] for i in range(min(wanted, len(found)))]


def all_mutants(source):
    """Every (what was changed, the changed source); sources that come out alike count once."""
    tree = ast.parse(source)
    found = {}
    for index, node in enumerate(ast.walk(tree)):
        for number, words in enumerate(_changes(node)):
            changed = copy.deepcopy(tree)
            twin = next(each for i, each in enumerate(ast.walk(changed)) if i == index)
            _apply(changed, twin, number)
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text != ast.unparse(tree):
                found.setdefault(text, f"line {getattr(node, 'lineno', 0)}: {words}")
    return [(words, text) for text, words in found.items()]


def _changes(node):
    """What can be done to this node, in words."""
    return [words for words, _ in _rules(node)]


def _apply(tree, node, number):
    replacement = _rules(node)[number][1]()
    if replacement is not node:
        _Replace(node, replacement).visit(tree)


class _Replace(ast.NodeTransformer):
    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return self.new if node is self.old else self.generic_visit(node)


def _set(node, **values):
    def act():
        for name, value in values.items():
            setattr(node, name, value)
        return node

    return act


def _rules(node):
    """(words, function that changes the node in place or returns another one)."""
    rules = []
    if isinstance(node, ast.BinOp | ast.AugAssign):
        for other in OTHER_OPERATORS.get(type(node.op), ()):
            rules.append((f"{type(node.op).__name__} becomes {other.__name__}", _set(node, op=other())))
        if isinstance(node, ast.BinOp):
            rules.append(("the right side is dropped", lambda: node.left))
            rules.append(("the left side is dropped", lambda: node.right))
            if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult | ast.Pow):
                rules.append(("the sides are swapped", _set(node, left=node.right, right=node.left)))
        else:
            rules.append(("= in place of +=", lambda: ast.Assign([node.target], node.value)))
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        value = node.value
        others = (value + 1, value - 1, 2 * value) if type(value) is int else (2 * value, -value, value + 1)
        rules += [(f"{value} becomes {other}", _set(node, value=other)) for other in others]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        rules.append(("a minus is dropped", lambda: node.operand))
    if isinstance(node, ast.Compare):
        for other in OTHER_COMPARISONS.get(type(node.ops[0]), ()):
            rules.append((f"{type(node.ops[0]).__name__} becomes {other.__name__}", _set(node, ops=[other()])))
    if isinstance(node, ast.Attribute | ast.Name):
        field = "attr" if isinstance(node, ast.Attribute) else "id"
        for other in OTHER_NAMES.get(getattr(node, field), ()):
            rules.append((f"{getattr(node, field)} becomes {other}", _set(node, **{field: other})))
        if field == "attr" and node.attr == "T":
            rules.append(("a transpose is dropped", lambda: node.value))
    if isinstance(node, ast.Call):
        rules += _rules_of_a_call(node)
    if isinstance(node, ast.Slice) and (node.lower or node.upper):
        rules.append(("a slice takes everything", _set(node, lower=None, upper=None)))
    if isinstance(node, ast.Tuple | ast.List) and isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
        rules.append(("the first two are swapped", _set(node, elts=[node.elts[1], node.elts[0], *node.elts[2:]])))
    if isinstance(node, ast.FunctionDef):
        rules += _rules_of_a_body(node)
    if isinstance(node, ast.For):
        rules.append(("the loop runs once", _set(node, body=[*node.body, ast.Break()])))
        if not (isinstance(node.iter, ast.Call) and getattr(node.iter.func, "id", "") == "range"):
            rests = ast.Subscript(
                ast.Call(ast.Name("list", ast.Load()), [node.iter], []),
                ast.Slice(None, ast.UnaryOp(ast.USub(), ast.Constant(1))), ast.Load(),
            )  # fmt: skip
            rules.append(("the loop skips the last", _set(node, iter=rests)))
    if isinstance(node, ast.If):
        rules.append(("a condition is turned round", _set(node, test=ast.UnaryOp(ast.Not(), node.test))))
    return rules


def _rules_of_a_call(node):
    rules, name = [], getattr(node.func, "id", getattr(node.func, "attr", ""))
    if name in PEELED and len(node.args) == 1 and not node.keywords:
        rules.append((f"{name} is left out", lambda: node.args[0]))
    if name in PEELED and not node.args and isinstance(node.func, ast.Attribute):
        rules.append((f"{name} is left out", lambda: node.func.value))
    if name in ("sin", "cos", "tanh", "square", "mean", "sum") and len(node.args) == 1:
        rules.append((f"{name} is left out", lambda: node.args[0]))
    if len(node.args) >= 2:
        rules.append(("two arguments are swapped", _set(node, args=[node.args[1], node.args[0], *node.args[2:]])))
    if name == "range" and len(node.args) == 1:
        for words, op in (("one round less", ast.Sub()), ("one round more", ast.Add())):
            rules.append((words, _set(node, args=[ast.BinOp(node.args[0], op, ast.Constant(1))])))
        rules.append(("the first round is skipped", _set(node, args=[ast.Constant(1), node.args[0]])))
    for keyword in node.keywords:
        if keyword.arg in ("axis", "keepdims"):
            rest = [each for each in node.keywords if each is not keyword]
            rules.append((f"{keyword.arg} is left out", _set(node, keywords=rest)))
    return rules


def _rules_of_a_body(node):
    rules = []
    for place, line in enumerate(node.body):
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            early = ast.Return(ast.Name(line.targets[0].id, ast.Load()))
            rules.append(("returns early", _set(node, body=[*node.body[: place + 1], early])))
        if isinstance(line, ast.AugAssign | ast.Expr | ast.If | ast.For):
            rest = [*node.body[:place], *node.body[place + 1 :]]
            rules.append(("a line is left out", _set(node, body=rest or [ast.Pass()])))
    names = [arg.arg for arg in node.args.args]
    if len(names) > 1:
        turned = [ast.arg(name) for name in [names[1], names[0], *names[2:]]]
        rules.append(("two parameters are swapped", lambda: _with_arguments(node, turned)))
    return rules


def _with_arguments(node, arguments):
    node.args.args = arguments
    return node
