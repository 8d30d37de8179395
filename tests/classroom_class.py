"""A class of made-up students for the tests and the benchmark of the classroom: honest mistakes and hostile ones.

Each submission is made from a solution by changing the text of one or more cells, and says what row it has to get:
a state for every exercise, and which kinds of notes.
"""

import copy
import json
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = {f"L{number}": next((ROOT / "exercises").glob(f"{number:02}_*.ipynb")).name for number in range(1, 8)}


@dataclass
class Expected:
    """One submission: its student and assignment, its bytes, and what its row has to say.

    `states` has the exercises that are not `otherwise`; `notes` the kinds of notes that ask for a look; `trouble` a
    part of the sentence where the file can't be graded at all; `file` the name it is handed in under.
    """

    student: str
    assignment: str
    data: bytes
    states: dict = field(default_factory=dict)
    otherwise: str = "right"
    notes: set = field(default_factory=set)
    trouble: str = ""
    file: str = ""


def solved(assignment):
    """The solutions of an assignment as a notebook's dict."""
    return json.loads((ROOT / "exercises" / "solutions" / FILES[assignment]).read_text(encoding="utf-8"))


def released(assignment):
    """The released notebook's bytes."""
    return (ROOT / "exercises" / FILES[assignment]).read_bytes()


def cell(notebook, name):
    """The cell of that id."""
    return next(each for each in notebook["cells"] if each["id"] == name)


def text(node):
    return "".join(node["source"])


def to_bytes(notebook):
    return json.dumps(notebook, indent=1).encode()


# Honest mistakes: (assignment, exercise, the name the check gives it, text to replace, its replacement).
# The names are those of the list of misconceptions that the checks were built from.

MISTAKES = [
    ("L1", "axes", "A06", '"loss": ("knob", "loss")', '"loss": ("year", "loss")'),
    ("L1", "predict", "A08", "k[i] * x**i", "k[len(k) - 1 - i] * x**i"),
    ("L1", "mse", "A05", "np.mean(residual**2)", "np.mean(residual) ** 2"),
    ("L1", "mse", "A04", "np.mean(residual**2)", "np.sum(residual**2)"),
    ("L1", "nudge_search", "A07", "trial = best.copy()", "trial = best"),
    ("L1", "slope", "A12", "/ (2 * h)", "/ h"),
    ("L1", "slope", "A07", "up = k.copy()", "up = k"),
    ("L1", "grad_mse", "A02", "residual = b + m * x - y", "residual = y - b - m * x"),
    ("L1", "grad_mse", "A03", "np.mean(residual * x)", "np.mean(residual)"),
    ("L1", "grad_mse", "A04", "2 * np.mean(residual), 2 * np.mean(residual * x)",
     "2 * np.sum(residual), 2 * np.sum(residual * x)"),
    ("L1", "fit_hubble", "A01", "m - eta * slope_here", "m + eta * slope_here"),
    ("L2", "places", "A09", '"exp": np.sin(1.0)', '"exp": 1.0'),
    ("L2", "local_slopes", "A09", "np.cos(u), np.exp(v)", "np.cos(x), np.exp(x)"),
    ("L2", "chain", "A09", "dfs[i](value)", "dfs[i](x)"),
    ("L2", "chain", "A10", "slope = slope * dfs", "slope = (slope if i else 0) + dfs"),
    ("L2", "chain", "A11", "slope * dfs[i](value)", "slope * (dfs[i](value) if i < len(fs) - 1 else 1)"),
    ("L2", "numdiff", "A12", "/ (2 * h)", "/ h"),
    ("L2", "boiling_rate", "A11", "dC_dT * dT_dp * dp_dheight", "dC_dT * dT_dp"),
    ("L3", "forward_table", "A20", 'table["r"] - table["q"]', 'table["r"] + table["q"]'),
    ("L3", "add_mul", "A19", "(other.data, self.data)", "(self.data, other.data)"),
    ("L3", "pow_tanh_exp", "A13", "(1 - t**2,)", "(1 - self.data**2,)"),
    ("L3", "backward", "A14", "parent.grad += slope", "parent.grad = slope"),
    ("L3", "backward", "A18", "self.grad = 1.0", "pass"),
    ("L3", "zero_grad", "A15", "node.grad = 0.0", "pass"),
    ("L4", "neuron_backward", "A24", "dy_hat * w2 * (1 - h**2)", "dy_hat * w2"),
    ("L4", "neuron_backward", "A25", "(1 - h**2)", "h * (1 - h)"),
    ("L4", "neuron_backward", "A13", "(1 - h**2)", "(1 - a**2)"),
    ("L4", "dense_backward", "A26", "dout.sum(axis=0)", "dout.sum(axis=1)"),
    ("L4", "dense_backward", "A29", "dW = X.T @ dout", "dW = X.T @ dout / len(X)"),
    ("L4", "softmax_xent", "A28", "return loss, ds", "return loss, -ds"),
    ("L4", "value_step", "A15", "parameter.grad = 0.0", "pass"),
    ("L4", "value_step", "A01", "parameter.data - eta", "parameter.data + eta"),
    ("L4", "value_step", "A30", "parameter.data - eta * parameter.grad", "parameter.data - parameter.grad"),
    ("L4", "train_step", "A29", "2 * (h @ W2 + b2 - t) / len(t)", "2 * (h @ W2 + b2 - t)"),
    ("L4", "train_step", "A23", "np.outer(dy_hat, W2)", "np.outer(dy_hat, W2 - eta * h.T @ dy_hat)"),
    ("L4", "train_step", "A24", " * (1 - h**2)", ""),
    ("L5", "gd_step", "A01", "w - eta * g", "w + eta * g"),
    ("L5", "gd_step", "A30", "w - eta * g", "w - g"),
    ("L5", "eta_limit", "A04", "2 * X.T @ X / len(X)", "2 * X.T @ X"),
    ("L5", "standardise", "A35", "(test - mean) / spread", "(test - test.mean(axis=0)) / test.std(axis=0)"),
    ("L5", "momentum", "A30", "w = w - eta * v", "w = w - v"),
    ("L5", "updates", "A34", "epochs * -(-n // size)", "epochs"),
    ("L5", "my_eta", "A31", "my_eta = 0.3", "my_eta = 30.0"),
    ("L6", "chain_gain", "A13", "local = 1 - v**2", "local = 1 - a**2"),
    ("L6", "init_std", "A37", "np.sqrt(2 / fan_in)", "2 / fan_in"),
    ("L6", "layer_norms", "A15", "network.zero_grad()", "pass"),
    ("L6", "clip_by_norm", "A07", "return [g * factor for g in grads]",
     "for g in grads:\n        g *= factor\n    return grads"),
    ("L7", "softmax_regression", "A28", "ds = (q - wanted)", "ds = (wanted - q)"),
    ("L7", "softmax_regression", "A29", "(q - wanted) / len(y)", "(q - wanted)"),
    ("L7", "array_engine", "A14", "parent.grad = parent.grad + fit", "parent.grad = fit"),
]  # fmt: skip


# What lesson 3's engine is made of shows again where it is used.
CONSEQUENCES = {("add_mul", "A19"): {"backward": "A19"}, ("pow_tanh_exp", "A13"): {"backward": "A13"}}


def with_mistakes(assignment, mistakes):
    """(a notebook with these mistakes, {exercise: state}); a mistake may sit in any answer cell before its check."""
    notebook, states = solved(assignment), {}
    for _, exercise, name, old, new in mistakes:
        cells = [each for each in notebook["cells"] if each["id"].startswith("answer-") and old in text(each)]
        mine = [each for each in cells if each["id"] == f"answer-{exercise}"] or cells
        assert mine, (exercise, old)
        assert new != old
        mine[0]["source"] = text(mine[0]).replace(old, new)
        states.update({exercise: name, **CONSEQUENCES.get((exercise, name), {})})
    return notebook, states


def honest():
    """Submissions with mistakes: as few as hold all of MISTAKES with no exercise twice, and one each for L1.

    What lesson 3 builds, an engine, leans on itself, so there a student has one mistake in it.
    """
    found, left, number = [], list(MISTAKES), 0
    while left:
        assignment, taken, mine = left[0][0], set(), []
        for mistake in list(left):
            part = "engine" if mistake[0] == "L3" and mistake[1] != "forward_table" else mistake[1]
            if mistake[0] == assignment and part not in taken:
                taken.add(part)
                mine.append(mistake)
                left.remove(mistake)
        number += 1
        notebook, states = with_mistakes(assignment, mine)
        found.append(Expected(f"mixed-{number:02}", assignment, to_bytes(notebook), states))
    for number, mistake in enumerate((m for m in MISTAKES if m[0] == "L1"), 1):
        notebook, states = with_mistakes(mistake[0], [mistake])
        found.append(Expected(f"single-{number:02}", mistake[0], to_bytes(notebook), states))
    return found


def pristine():
    """The untouched release and the solutions of every assignment."""
    found = []
    for assignment in FILES:
        found.append(Expected("untouched", assignment, released(assignment), otherwise="not started"))
        found.append(Expected("complete", assignment, to_bytes(solved(assignment))))
    return found


# Hostile and unlucky ones. All are made of L1's solutions.


def _l1(student, source, states, notes=(), where="answer-mse", keep=True, **more):
    """L1's solutions with `source` put behind (or in place of) one answer cell."""
    notebook = solved("L1")
    node = cell(notebook, where)
    node["source"] = text(node) + "\n\n" + source if keep else source
    return Expected(student, "L1", to_bytes(notebook), states, notes=set(notes), **more)


AFTER_MSE = ("mse", "nudge_search", "slope", "grad_mse", "fit_hubble")
PREDICT = "def predict(k, x):\n"
NO_POINTS = dict.fromkeys(AFTER_MSE, "tampered")


def hostile(folder):
    """Submissions that try to harm, to cheat, or are broken. `folder` is the class's own, for those who look for it."""
    return [*_that_stall(), *_that_cheat(), *_that_escape(folder), *_of_other_form(), *_that_are_unlucky()]


def _that_stall():
    mse = "def mse(theta, x, y):\n    "
    hoard = "hoard = []\nwhile True:\n    hoard.append(bytearray(4 * 10**8))"
    return [
        _l1("loop-top", "while True:\n    pass", {"mse": "time"}, {"stopped"}, keep=False),
        _l1("loop-behind", "while True:\n    pass", {}, {"stopped"}),  # a right answer, and then a loop
        _l1("loop-inside", mse + "while True:\n        pass", {"mse": "time"}),
        _l1("loop-stubborn", "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n"
            "        pass", {"mse": "time"}, {"stopped"}),
        _l1("sleeper", "import time\ntime.sleep(10000)", {"mse": "time"}, {"stopped"}, keep=False),
        _l1("exit-top", "import os\nos._exit(0)", {"mse": "exit"}, {"stopped", "reaches"}),
        _l1("exit-inside", mse + "import os\n    os._exit(0)", {"mse": "exit"}, {"stopped", "reaches"}),
        _l1("exit-politely", mse + "raise SystemExit", {"mse": "exit"}),
        _l1("bomb-top", hoard, {"mse": "memory"}, {"stopped"}, keep=False),
        _l1("bomb-inside", mse + "return sum(bytearray(10**12))", {"mse": "memory"}),
        _l1("flood-top", "while True:\n    print('x' * 10**6)", {"mse": "output"}, {"stopped"}, keep=False),
        _l1("flood-inside", mse + "while True:\n        print('x' * 1000)", {"mse": "output"}),
        _l1("flood-below", "import os\nfor _ in range(20000):\n    os.write(1, b'x' * 100_000)", {}, {"reaches"}),
        _l1("flood-disk", "with open('big', 'wb') as file:\n    while True:\n        file.write(bytes(10**6))",
            {"mse": "error"}, keep=False),
        _l1("crash", "import ctypes\nctypes.string_at(0)", {"mse": "crash"}, {"stopped", "reaches"}),
        _l1("fork", "import os\nwhile True:\n    os.fork()", {}, {"reaches"}),
        _l1("threads", "import threading, time\nfor _ in range(3):\n"
            "    threading.Thread(target=time.sleep, args=(9999,)).start()", {}, {"reaches", "name threads"}),
        _l1("late-exit", "import os, threading, time\nthreading.Timer(0.4, os._exit, [0]).start()\ntime.sleep(1)",
            {"mse": "exit"}, {"stopped", "reaches"}),
        _l1("recursion", mse + "return mse(theta, x, y)", {"mse": "recursion"}),
        _l1("syntax", "def mse(theta, x, y)\n    return 0", {"mse": "syntax"}, keep=False),
        _l1("gone", "", {"mse": "no answer"}, keep=False),
    ]  # fmt: skip


def _that_cheat():
    always = "class Agreeable:\n    def __eq__(self, other):\n        return True\n"
    minus = "    def __sub__(self, other):\n        return 0.0\n"
    answer = always + minus + "def mse(theta, x, y):\n    return Agreeable()"
    right = "lambda *args, **words: None"
    examining = "import helpers.examining as e\nright = e._right\n"
    return [
        _l1("always-equal", answer, {"mse": "type"}),
        _l1("check-renamed", f"check = {right}\nmse = None", {"mse": "not started"}, {"name check"}),
        _l1("check-patched", f"import helpers.checking\nhelpers.checking.check = {right}\nmse = None", NO_POINTS,
            {"tampered"}),
        _l1("examine-patched", examining + "e.examine = lambda exercise, answer: right(exercise)\nmse = None",
            NO_POINTS, {"tampered", "reaches"}),
        _l1("examine-code", "import helpers.examining as e\ne._true.__code__ = (lambda exercise, report: 1).__code__",
            NO_POINTS, {"tampered", "reaches"}),
        _l1("numpy-patched", "np.abs = lambda *args, **words: np.zeros(1)", NO_POINTS, {"tampered"}),
        _l1("builtin-patched", "import builtins\nbuiltins.all = lambda *args: True", NO_POINTS,
            {"tampered", "reaches"}),
        _l1("patched-late", "import helpers.examining\ndef mse(theta, x, y):\n"
            "    helpers.examining._true = lambda exercise, report: True\n    return 0.0", NO_POINTS,
            {"tampered", "reaches"}),
        _l1("registry", "import helpers.checking as c\nc._registry['mse'] = c._registry['predict']", NO_POINTS,
            {"tampered"}),
        _l1("hides-a-builtin", "import helpers.answers\nhelpers.answers.bool = lambda value: True", NO_POINTS,
            {"tampered", "reaches"}),
        _l1("tracer", "import sys\nsys.settrace(lambda *args: None)", {}, {"reaches", "name trace"}),
        _l1("asks-for-truth", "from helpers.checks import curve_fitting", {}, {"reaches"}),
        _l1("whispers", "import os\nfor number in range(3, 256):\n    try:\n        os.write(number, b'{}\\n')\n"
            "    except OSError:\n        pass", {}, {"reaches", "stray"}),
    ]  # fmt: skip


def _that_escape(folder):
    paths = [str(folder / "gradebook.db"), str(folder / "classroom.json"), str(ROOT / "helpers" / "spoilt.py"),
             str(Path.home() / "spoilt"), "../../spoilt", "/spoilt", "/etc/spoilt", "/tmp/course-spoilt"]  # fmt: skip
    write = f"for path in {paths!r}:\n    try:\n        open(path, 'w').write('x')\n    except OSError:\n        pass"
    look = [str(ROOT / "exercises" / "solutions" / FILES["L1"]), str(folder / "source" / "L1" / FILES["L1"])]
    read = (
        f"for path in {look!r}:\n    try:\n        open(path).read()\n    except OSError:\n        continue\n"
        "    raise SystemExit('seen')"
    )
    kill = (
        "import os, signal\nfor pid in range(2, 40000):\n    try:\n        os.kill(pid, signal.SIGKILL)\n"
        "    except OSError:\n        pass"
    )
    net = (
        "import socket\nfor place in (('127.0.0.1', 22), ('1.1.1.1', 53)):\n    try:\n"
        "        socket.create_connection(place, 1)\n    except OSError:\n        continue\n    raise SystemExit('out')"
    )
    shell = "import subprocess\ntry:\n    subprocess.run(['touch', '/tmp/course-spoilt'])\nexcept OSError:\n    pass"
    return [
        _l1("writes-outside", write, {}),
        _l1("reads-solutions", read, {}),
        _l1("kills", kill, {}, {"reaches"}),
        _l1("calls-home", net, {}),
        _l1("starts-a-shell", shell, {}, {"reaches"}),
        _l1("formula", "raise ValueError('=HYPERLINK(1)<script>alert(1)</script>')", {"axes": "error"},
            where="answer-axes", keep=False),
    ]  # fmt: skip


def _of_other_form():
    deleted, copied, altered, changed = (solved("L1") for _ in range(4))
    deleted["cells"] = [each for each in deleted["cells"] if each["id"] != "check-mse"]
    cell(deleted, "answer-mse")["source"] = "def mse(theta, x, y):\n    return 1.0"
    twin = copy.deepcopy(cell(copied, "check-axes"))
    twin["id"] = "twin"
    copied["cells"].append(twin)
    cell(altered, "check-axes")["metadata"]["nbgrader"]["points"] = 1000
    cell(altered, "check-mse")["metadata"]["nbgrader"].update(grade=False, locked=False)
    cell(changed, "check-mse")["source"] = "print('right')"
    cell(changed, "answer-mse")["source"] = "mse = 1"
    damaged = to_bytes(solved("L1"))[:-200]
    deep = b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    return [
        Expected("check-deleted", "L1", to_bytes(deleted), {"mse": "constant"}, notes={"check gone"}),
        Expected("check-copied", "L1", to_bytes(copied), notes={"copied"}),
        Expected("metadata-altered", "L1", to_bytes(altered), notes={"metadata"}),
        Expected("check-changed", "L1", to_bytes(changed), {"mse": "not-a-function"}, notes={"check changed"}),
        Expected("renamed", "L1", to_bytes(solved("L1")), file="Übung 1 (final) (2).ipynb"),
        Expected("pdf", "L1", b"%PDF-1.7 nonsense", trouble="a PDF", otherwise="unreadable"),
        Expected("empty", "L1", b"", trouble="is empty", otherwise="unreadable"),
        Expected("damaged", "L1", damaged, trouble="damaged notebook", otherwise="unreadable"),
        Expected("deep", "L1", deep, trouble="damaged notebook", otherwise="unreadable"),
        Expected("prose", "L1", "Dear teacher, I could not.".encode("utf-16"), trouble="not a notebook",
                 otherwise="unreadable"),
        Expected("other-lesson", "L1", to_bytes(solved("L2")), trouble="another lesson", otherwise="unreadable"),
        Expected("strange-json", "L1", b'{"cells": [1, null, {"cell_type": []}]}', trouble="no cell of L1",
                 otherwise="unreadable"),
        Expected("huge", "L1", b" " * (21 * 2**20), trouble="21 MB", otherwise="unreadable"),
    ]  # fmt: skip


def _that_are_unlucky():
    """Right work in an odd form: nothing is taken off for it."""
    marked = b"\xef\xbb\xbf" + to_bytes(solved("L1"))
    renumbered, helped, moved = solved("L1"), solved("L1"), solved("L1")
    for number, each in enumerate(renumbered["cells"]):
        each["id"] = f"cell-{number}"
        each["metadata"].pop("editable", None)
    own = {"cell_type": "code", "id": "mine", "metadata": {}, "source": "def residuals(theta, x, y):\n"
           "    return theta[0] + theta[1] * x - y", "outputs": [], "execution_count": None}  # fmt: skip
    place = helped["cells"].index(cell(helped, "answer-mse"))
    helped["cells"].insert(place, own)
    cell(helped, "answer-mse")["source"] = "def mse(theta, x, y):\n    return np.mean(residuals(theta, x, y) ** 2)"
    node = cell(moved, "answer-mse")
    node["id"], node["metadata"] = "another", {}
    return [
        Expected("byte-mark", "L1", marked),
        Expected("wide-text", "L1", to_bytes(solved("L1")).decode().encode("utf-16")),
        Expected("new-ids", "L1", to_bytes(renumbered)),
        Expected("own-helper", "L1", to_bytes(helped)),
        Expected("own-cell", "L1", to_bytes(moved), notes={"answer gone"}),
    ]


def whole_class(folder):
    """Every submission of the made-up class."""
    return [*pristine(), *honest(), *hostile(folder)]


def hand_in(folder, submissions):
    """Write submissions where nbgrader collects them, and their students into the roster."""
    for each in submissions:
        place = folder / "submitted" / each.student / each.assignment
        place.mkdir(parents=True, exist_ok=True)
        (place / (each.file or FILES[each.assignment])).write_bytes(each.data)
    lines = ["id,last_name,first_name,email"] + [f"{name},Of Class,{name.title()}," for name in
                                                 dict.fromkeys(each.student for each in submissions)]  # fmt: skip
    (folder / "roster.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
