"""Keeps tests away from the learner's own work, and gives nbval's kernels the surroundings of the builder's.

It stands at the root because `pytest --nbval notebooks` never looks into tests/.
"""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "lessons"))

from building.run import ONE_THREAD, kernel_environment  # noqa: E402  (the line above makes it importable)

SCRATCH = Path(tempfile.mkdtemp(prefix="course-test-"))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)

# Before any test imports NumPy, which reads its number of threads only once.
os.environ.update(dict.fromkeys(ONE_THREAD, "1"), COURSE_WORK=str(SCRATCH / "work"))
os.environ.pop("COURSE_ITEMS", None)
FOR_TESTS = dict(os.environ)
_notebook = None  # the one that nbval is running at present


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Give each notebook a work folder of its own, as the builder did, before nbval starts its kernel."""
    global _notebook
    notebook = item.path if item.path.suffix == ".ipynb" else None
    if notebook != _notebook:
        _notebook = notebook
        surround(kernel_environment(ROOT, Path(tempfile.mkdtemp(dir=SCRATCH))) if notebook else FOR_TESTS)


def surround(environment):
    """Make os.environ equal to `environment`."""
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)
