"""Notices when a submission has changed the checker, or what the checker leans on.

A student's code and the check of it share one process. So a photograph is taken before the first cell of the
student: which object stands under which name in the course's helpers, in NumPy and in those parts of Python that
checks call, and the code inside each function and class of the helpers. What differs later was changed by the
submission. This sees every lasting change; it can't see one that is undone before the next look.
"""

import ast
import builtins
import sys
import types

LEANED_ON = (
    "builtins", "signal", "time", "inspect", "dis", "contextlib", "functools", "dataclasses", "math", "random",
    "threading", "_thread", "linecache", "traceback", "types", "importlib", "json", "re", "io", "warnings", "copy",
)  # fmt: skip
# Names that change by themselves while a notebook runs.
MOVING = {"builtins._", "builtins.__", "builtins.___", "builtins.display", "builtins.get_ipython", "linecache.cache"}
MOVING |= {"warnings.filters", "warnings.onceregistry"}
KEPT_NAMES = {"__import__", "__build_class__"}
DEEPEST = 4


def watched_modules():
    """The modules whose names are photographed: the helpers, NumPy's public ones, and what checks lean on."""
    names = [name for name in sys.modules if name == "helpers" or name.startswith("helpers.")]
    names += [name for name in sys.modules if name == "numpy" or name.startswith(("numpy.linalg", "numpy.random"))]
    names += [name for name in ("numpy._core", "numpy._core.numeric", "numpy._core.fromnumeric") if name in sys.modules]
    names += [name for name in LEANED_ON if name in sys.modules]
    return [name for name in dict.fromkeys(names) if isinstance(sys.modules[name], types.ModuleType)]


class Photograph:
    """The state of the checker at one moment; `difference()` names what has changed since, or "" if nothing has."""

    def __init__(self):
        self.modules = {name: sys.modules[name] for name in watched_modules()}
        self.names = {name: dict(vars(module)) for name, module in self.modules.items()}
        self.builtin = frozenset(dir(builtins))
        self.functions, self.tables, self._seen = [], [], {}
        for name, members in self.names.items():
            if name == "helpers" or name.startswith("helpers."):
                for member, value in members.items():
                    self._look_inside(f"{name}.{member}", value, 0)
        # Every object is kept alive in `names` and `tables`, so that an identity is never given out a second time.
        self.marks = {name: tuple(map(id, members.values())) for name, members in self.names.items()}

    def _look_inside(self, name, value, depth):
        """Keep what makes a function, a class or a table of the helpers what it is."""
        if id(value) in self._seen or depth > DEEPEST:
            return
        inner = {}
        if isinstance(value, types.FunctionType):
            self.functions.append(
                (name, value, value.__code__, value.__defaults__, value.__kwdefaults__, value.__closure__)
            )
            cells = [cell.cell_contents for cell in value.__closure__ or () if _filled(cell)]
            inner = {f"<inside {number}>": each for number, each in enumerate(cells)}
        elif isinstance(value, type) and value.__module__.startswith("helpers"):
            inner = self._keep(name, value, dict(vars(value)))
            inner = {key: getattr(each, "__func__", getattr(each, "fget", each)) for key, each in inner.items()}
        elif type(value) is dict and name.endswith("._registry"):
            inner = self._keep(name, value, dict(value))
        elif type(value) in (tuple, list):
            inner = self._keep(name, value, dict(enumerate(value)))
        elif type(value).__module__.startswith("helpers.") and hasattr(value, "__dataclass_fields__"):
            inner = self._keep(name, value, dict(vars(value)))
        self._seen[id(value)] = value
        for member, each in inner.items():
            self._look_inside(f"{name}.{member}", each, depth + 1)

    def _keep(self, name, value, members):
        self.tables.append((name, value, members, tuple(map(id, members.values()))))
        return members

    def difference(self):
        """The name of the first thing that isn't what it was, "" if all is."""
        for name, marks in self.marks.items():
            if sys.modules.get(name) is not self.modules[name]:
                return name
            if tuple(map(id, vars(self.modules[name]).values())) != marks:
                changed = self._changed_name(name)
                if changed:
                    return changed
        for name, value, code, defaults, words, closure in self.functions:
            if (
                value.__code__ is not code
                or value.__defaults__ is not defaults
                or value.__kwdefaults__ is not words
                or value.__closure__ is not closure
            ):
                return name
        for name, value, before, marks in self.tables:
            now = value if type(value) in (list, tuple) else (value if type(value) is dict else vars(value)).values()
            if tuple(map(id, now)) != marks and _has_changed(value, before):
                return name
        return ""

    def _changed_name(self, module):
        """What is different in a module, "" where only names were added or those changed that may."""
        now, before = vars(self.modules[module]), self.names[module]
        if module != "builtins":  # a new name can hide one of Python's own from the module
            hides = (now.keys() - before.keys()) & self.builtin
            if hides:
                return f"{module}.{min(hides)}"
        for member, value in before.items():
            if now.get(member, _GONE) is not value and not _may_move(module, member):
                return f"{module}.{member}"
        return ""


_GONE = object()


def _filled(cell):
    try:
        return cell.cell_contents is not _GONE
    except ValueError:  # an empty cell
        return False


def _may_move(module, member):
    """Whether a name changes by itself: those listed, and the private ones of Python's own modules."""
    private = member.startswith("_") and not module.startswith(("helpers", "numpy")) and member not in KEPT_NAMES
    return private or f"{module}.{member}" in MOVING


def _has_changed(value, before):
    """Whether something kept is gone or replaced; a class or a record may have got more since."""
    if type(value) in (tuple, list):
        return len(value) != len(before) or any(value[index] is not each for index, each in before.items())
    now = value if type(value) is dict else vars(value)
    return any(now.get(key, _GONE) is not each for key, each in before.items())


def snoops(tree):
    """What in an answer reaches for the machinery of the check, as a list of words; reads the syntax tree alone.

    It accuses nobody: an honest answer may import sys. The teacher looks.
    """
    found = []
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = [module] + [f"{module}.{alias.name}" for alias in node.names]
        found += [f"import {name}" for name in names if _is_machinery(name)]
        if isinstance(node, ast.Attribute) and node.attr in REACHING:
            found.append(f".{node.attr}")
        if isinstance(node, ast.Constant) and node.value in REACHING:
            found.append(repr(node.value))
        if isinstance(node, ast.Name) and node.id in CALLED:
            found.append(node.id)
    return list(dict.fromkeys(found))


MACHINERY = ("gc", "ctypes", "sys", "inspect", "importlib", "subprocess", "os", "signal", "threading", "builtins")
INSIDE = ("checks", "examining", "guard", "answers")
REACHING = {
    "_getframe", "_current_frames", "f_back", "f_locals", "f_globals", "tb_frame", "gi_frame", "__globals__",
    "__closure__", "__code__", "__subclasses__", "__builtins__", "get_objects", "get_referrers", "modules", "settrace",
    "setprofile", "addaudithook", "__loader__", "__spec__", "currentframe", "cell_contents",
}  # fmt: skip
CALLED = {"__import__", "exec", "eval", "compile", "breakpoint", "__builtins__", "__loader__"}


def _is_machinery(name):
    parts = name.split(".")
    return parts[0] in MACHINERY or (parts[0] == "helpers" and any(part in INSIDE for part in parts[1:]))


