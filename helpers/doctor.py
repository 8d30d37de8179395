"""The diagnosis: whether Python, the packages, the kernel and the widgets fit together, and what mends them.

Standard library only, so that it runs where packages are missing. `course.py doctor` and the first cell of
the start page both call it. Where all is well the text is always the same, without versions and paths.
"""

import ast
import base64
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from .ledger import course_root, work_folder

__all__ = ["Finding", "diagnose", "doctor"]

NEEDS_PYTHON = (3, 11)
NEEDS_BYTES = 200_000_000  # for the learner's notebooks and JupyterLab's own files
LOCK = "requirements.lock"
COURSE = "downhill-course"

# The halves of the widgets: the package on the kernel's side, and the extension it brings for the page.
FRONT_ENDS = (("anywidget", "anywidget"), ("jupyterlab_widgets", "@jupyter-widgets/jupyterlab-manager"))


class Finding(NamedTuple):
    """One thing that was looked at: is it in order, a sentence, and where it isn't, what mends it."""

    ok: bool
    sentence: str
    mend: str = ""


def doctor():
    """Print what is in order and what is not, each with the command that mends it; for the start page."""
    _report(diagnose())


def diagnose():
    """Look at everything and return a list of Findings, always in the same order."""
    looks = (_python, _packages, _kernel, _widgets, _work, _disk)
    return [finding for look in looks for finding in look()]


def _report(findings):
    for finding in findings:
        print(f"{'✓' if finding.ok else '✗'} {finding.sentence}")
        if finding.mend:
            print(f"    mend it with: {finding.mend}")
    wrong = sum(not finding.ok for finding in findings)
    print("Everything is in order." if not wrong else f"To mend: {wrong} of {len(findings)}, marked with ✗.")


# Python


def _python():
    version = sys.version_info[:3]
    if version[:2] >= NEEDS_PYTHON:
        return [Finding(True, "Python is new enough")]
    here, needed = ".".join(map(str, version)), ".".join(map(str, NEEDS_PYTHON))
    mend = "install a newer Python, then python3 course.py lab with that one"
    return [Finding(False, f"this is Python {here}, and the course needs {needed} or newer", mend)]


# Packages


def _packages():
    lock = _lock()
    if lock is None:
        good, wanted = "every package is in a version that the course can use", _ranges()
    else:
        good, wanted = "every package is the one the course was tested with", _pins(lock.read_text("utf-8"))
    wrong = []
    for name, specifier in wanted:
        version = _version(name)
        if version is None:
            wrong.append(f"{name} is missing")
        elif not _fits(version, specifier):
            wrong.append(f"{name} is {version} and should be {specifier.removeprefix('==')}")
    if not wrong:
        return [Finding(True, good)]
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    sentence = f"packages differ from the tested ones: {', '.join(wrong[:3])}{more}"
    return [Finding(False, sentence, _reinstall())]


def _lock():
    """Return the path of the lock file, or None where the course's folder can't be found."""
    root = course_root()
    return root / LOCK if root and (root / LOCK).is_file() else None


def _reinstall():
    """Return the command that installs the packages anew into the environment this Python runs in."""
    root = course_root()
    if root is None:
        return "open this notebook with the course's own start, python3 course.py lab"
    if Path(sys.prefix) == Path(root) / ".venv":
        return ("py" if os.name == "nt" else "python3") + " course.py lab --fresh"
    return f'"{sys.executable}" -m pip install --require-hashes -r "{Path(root) / LOCK}"'


def _pins(text):
    """Return pairs (name, "==version") of the lock's lines that count on this computer."""
    lines = re.findall(r"^([A-Za-z0-9][\w.-]*)(==[^\s;]+)\s*(?:;\s*(.+?))?\s*\\?$", text, flags=re.MULTILINE)
    return [(name, pin) for name, pin, marker in lines if not marker or _applies(marker)]


def _ranges():
    """Return pairs (name, range) of what the installed course asks for, without its extras."""
    try:
        lines = importlib.metadata.requires(COURSE) or []
    except importlib.metadata.PackageNotFoundError:
        return [(COURSE, "")]
    plain = [line for line in lines if ";" not in line]
    return [re.match(r"([\w.-]+)\s*(.*)", line).groups() for line in plain]


def _version(name):
    """Return the version of an installed package as text, or None."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _numbers(version):
    """Return the numbers of a version: "3.1.0rc1" gives [3, 1, 0]."""
    return [int(n) for n in re.match(r"[\d.]*", version).group().split(".") if n]


def _fits(version, specifier):
    """Return whether a version lies in a range such as ">=4.5,<5", "~=3.0.15" or "==2.4.6"."""
    for operator, bound in re.findall(r"(~=|==|!=|<=|>=|<|>)\s*([\w.]+)", specifier):
        have, want = _numbers(version), _numbers(bound)
        size = max(len(have), len(want))
        long, wide = have + [0] * (size - len(have)), want + [0] * (size - len(want))
        order = (long > wide) - (long < wide)
        right = {
            "==": order == 0,
            "!=": order != 0,
            "<=": order <= 0,
            ">=": order >= 0,
            "<": order < 0,
            ">": order > 0,
            "~=": order >= 0 and have[: len(want) - 1] == want[:-1],
        }
        if not right[operator]:
            return False
    return True


def _applies(marker):
    """Return whether a marker such as "sys_platform == 'win32' and python_full_version < '3.12'" holds here.

    Raises ValueError for a marker of another form than the course's own lock files have.
    """
    here = {
        "python_full_version": list(sys.version_info[:3]),
        "python_version": list(sys.version_info[:2]),
        "sys_platform": sys.platform,
        "os_name": os.name,
        "implementation_name": sys.implementation.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
    }

    def value(node):
        if isinstance(node, ast.BoolOp):
            parts = [value(part) for part in node.values]
            return all(parts) if isinstance(node.op, ast.And) else any(parts)
        if not isinstance(node, ast.Compare) or node.left.id not in here:
            raise ValueError(f"the marker {marker!r} has a part that is not known here")
        left, right = here[node.left.id], node.comparators[0].value
        if not isinstance(left, list):
            return (left == right) == isinstance(node.ops[0], ast.Eq)
        sign = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
        return _fits(".".join(map(str, left)), sign[type(node.ops[0])] + right)

    return value(ast.parse(marker, mode="eval").body)


# The kernel


def _data_folders():
    """Return the folders in which Jupyter looks for kernels and extensions, the first to win first."""
    home = Path.home()
    user = {
        "darwin": home / "Library" / "Jupyter",
        "win32": Path(os.environ.get("APPDATA", home)) / "jupyter",
    }.get(sys.platform, Path(os.environ.get("XDG_DATA_HOME", home / ".local" / "share")) / "jupyter")
    user = Path(os.environ.get("JUPYTER_DATA_DIR", user))
    own = Path(sys.prefix) / "share" / "jupyter"
    prefer = os.environ.get("JUPYTER_PREFER_ENV_PATH", "").lower()
    inside = sys.prefix != sys.base_prefix or os.environ.get("CONDA_DEFAULT_ENV", "base") != "base"
    own_first = inside if not prefer else prefer not in ("no", "n", "false", "off", "0", "0.0")
    given = [Path(folder) for folder in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if folder]
    return [*given, *((own, user) if own_first else (user, own))]


def _first(*inside):
    """Return the first of Jupyter's data folders' files of that name, or None."""
    return next((path for path in (f.joinpath(*inside) for f in _data_folders()) if path.is_file()), None)


def _kernel():
    good = Finding(True, "the kernel runs in the course's own environment")
    root = course_root()
    started_by_course = "COURSE_ROOT" in os.environ and root and (root / ".venv").is_dir()
    if started_by_course and not _same(Path(sys.prefix), root / ".venv"):
        mend = "JupyterLab's menu Kernel, Change Kernel, Python 3 (ipykernel)"
        sentence = f"this kernel runs in {sys.prefix}, not in the course's own environment"
        return [Finding(False, sentence, mend)]
    spec = _first("kernels", "python3", "kernel.json")
    if spec is None:
        return [Finding(False, "Jupyter finds no kernel named python3", _reinstall())]
    try:
        program = json.loads(spec.read_text("utf-8"))["argv"][0]
    except (ValueError, LookupError, TypeError):
        return [Finding(False, f"the file {spec} is damaged", _reinstall())]
    # A bare name is replaced by the server's own Python; a path must lead into this environment.
    if not os.path.isabs(program) or _same(Path(program).parent, Path(sys.executable).parent):
        return [good]
    return [Finding(False, f"the kernel named python3 starts {program}", f'remove the folder "{spec.parent}"')]


def _same(one, other):
    """Return whether two folders are one and the same; interpreters are links, so those can't be compared."""
    return one.exists() and other.exists() and one.samefile(other)


# The widgets


def _widgets():
    wrong = [finding for package, extension in FRONT_ENDS for finding in _front_end(package, extension)]
    wrong += _widget_packages()
    return wrong or [Finding(True, "sliders: the page's half fits the kernel's half")]


def _front_end(package, extension):
    """Compare the extension that JupyterLab serves with the one that the kernel's package brought."""
    version = _version(package)
    served = _first("labextensions", *extension.split("/"), "package.json")
    if version is None or served is None:
        missing = "the kernel's" if version is None else "the page's"
        return [Finding(False, f"sliders: {missing} half of {package} is missing", _reinstall())]
    brought = _brought(package, extension)
    if brought is None or brought == _hash(served):
        return []
    sentence = f"sliders: the page's half of {package} doesn't belong to the kernel's half, {version}"
    inside = _same(served.parents[3 + extension.count("/")], Path(sys.prefix) / "share")
    return [Finding(False, sentence, _reinstall() if inside else f'remove the folder "{served.parent}"')]


def _brought(package, extension):
    """Return the SHA-256 of the extension's package.json as it was published, None if not recorded."""
    ending = f"labextensions/{extension}/package.json"
    files = importlib.metadata.files(package) or []
    return next((f.hash.value for f in files if f.as_posix().endswith(ending) and f.hash), None)


def _hash(path):
    """Return a file's SHA-256 in the form that Python packages record it in."""
    digest = hashlib.sha256(path.read_bytes()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _widget_packages():
    """Compare the two packages that ipywidgets consists of."""
    version = _version("jupyterlab_widgets")
    if _version("ipywidgets") is None:
        return [Finding(False, "sliders: the kernel's half, ipywidgets, is missing", _reinstall())]
    needs = importlib.metadata.requires("ipywidgets") or []
    found = re.search(r"^jupyterlab[_-]widgets\s*([^;\n]*)", "\n".join(needs), flags=re.MULTILINE)
    needed = found.group(1).strip() if found else ""
    if version is None or _fits(version, needed):
        return []
    sentence = f"sliders: jupyterlab_widgets is {version}, and ipywidgets needs {needed}"
    return [Finding(False, sentence, _reinstall())]


# The learner's folder


def _existing(folder):
    """Return the folder, or the nearest one above it that exists."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _work():
    folder = work_folder().absolute()
    try:
        with tempfile.TemporaryFile(dir=_existing(folder)):
            return [Finding(True, "your work is kept in the folder work")]
    except OSError as error:
        sentence = f"nothing can be saved in {folder}: {(error.strerror or str(error)).lower()}"
        mend = f'icacls "{folder}" /grant %USERNAME%:F' if os.name == "nt" else f'chmod u+rwx "{folder}"'
        return [Finding(False, sentence, mend)]


def _disk():
    free = shutil.disk_usage(_existing(work_folder().absolute())).free
    if free >= NEEDS_BYTES:
        return [Finding(True, "the disk has room for your work")]
    mend = f"deleting files you no longer need, {NEEDS_BYTES // 10**6} MB in all"
    return [Finding(False, f"the disk is nearly full: {free // 10**6} MB are free", mend)]


def main():
    """Print the diagnosis; return 1 where something has to be mended."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # an old Windows console has no check mark
    findings = diagnose()
    _report(findings)
    return 0 if all(finding.ok for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
