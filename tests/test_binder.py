"""What Binder is promised: repo2docker accepts the course without a warning, and takes the versions of the lock."""

import logging
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="repo2docker doesn't run on Windows")


# What a clone doesn't have, for where git can't say it.
IGNORED = shutil.ignore_patterns(".git", ".venv*", "work", "__pycache__", ".*_cache", ".hypothesis", ".ipynb_*")


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """The course as a fresh clone has it: what git tracks, and what is new and not ignored."""
    folder = tmp_path_factory.mktemp("binder") / "course"
    if not (ROOT / ".git").exists():
        return shutil.copytree(ROOT, folder, ignore=IGNORED)
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


class Keep(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.records = []

    def emit(self, record):
        self.records.append(record.getMessage())


def dry_run(folder):
    """Run repo2docker without building; return the warnings it gave."""
    from repo2docker.__main__ import make_r2d

    keep = Keep()
    logger = logging.getLogger("repo2docker")
    before = list(logger.handlers)
    try:
        platform = "--Repo2Docker.platform=linux/amd64"  # another one is a warning of its own
        r2d = make_r2d(["--no-build", "--debug", platform, str(folder)])
        r2d.initialize()  # sets the logger's handlers anew
        logger.addHandler(keep)
        r2d.start()
    finally:
        logger.handlers[:] = before
    return keep.records


def test_repo2docker_accepts_the_course_without_a_warning(clone, capsys):
    assert dry_run(clone) == []
    dockerfile = capsys.readouterr().out
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"' in dockerfile
    assert "RUN ./postBuild" in dockerfile
    assert "environment-py-3-12" in re.sub(r"-2[de]", "-", dockerfile), "Binder's own base is for Python 3.12"


def test_the_dry_run_would_notice_a_warning(clone, tmp_path):
    folder = tmp_path / "course"
    shutil.copytree(clone, folder)
    text = (folder / "environment.yml").read_text()
    (folder / "environment.yml").write_text(text.replace("python=3.12", "python"))
    assert any("Python version unspecified" in warning for warning in dry_run(folder))


def test_the_environment_takes_its_versions_from_the_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["dependencies"] == ["python=3.12", "pip", {"pip": ["-r requirements.lock"]}]


def test_nothing_beside_it_is_ignored_or_takes_its_place(clone):
    # repo2docker reads a Dockerfile or a folder binder/ first, and ignores a requirements.txt beside environment.yml.
    others = ["Dockerfile", "binder", ".binder", "requirements.txt", "Pipfile", "runtime.txt", "setup.py", "start"]
    assert [name for name in others if (clone / name).exists()] == []


def test_postbuild_installs_the_course_and_makes_the_learners_copies(clone):
    assert os.access(clone / "postBuild", os.X_OK)
    text = (clone / "postBuild").read_text()
    assert "pip install --no-deps --no-build-isolation" in text
    assert "python course.py copy" in text
