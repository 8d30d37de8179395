"""What the doctor promises: the same quiet words where all is well, else what is wrong and what mends it."""

import base64
import hashlib
import importlib.metadata
import json
import os
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from helpers import doctor

ROOT = Path(__file__).resolve().parents[1]

WELL = """\
✓ Python is new enough
✓ every package is the one the course was tested with
✓ the kernel runs in the course's own environment
✓ sliders: the page's half fits the kernel's half
✓ your work is kept in the folder work
✓ the disk has room for your work
Everything is in order.
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A course's folder and an environment with a kernel and both front ends, in which all is well."""
    prefix = tmp_path / "course" / ".venv"
    share = prefix / "share" / "jupyter"
    (prefix / "bin").mkdir(parents=True)
    installed = {"numpy": "2.4.6", "anywidget": "0.11.0", "jupyterlab_widgets": "3.0.17", "ipywidgets": "8.1.9"}
    lock = "".join(f"{name}=={version} \\\n    --hash=sha256:00\n" for name, version in installed.items())
    (prefix.parent / "requirements.lock").write_text(lock)
    write(share / "kernels" / "python3" / "kernel.json", json.dumps({"argv": ["python", "-m", "ipykernel_launcher"]}))
    brought = {}
    for package, extension in doctor.FRONT_ENDS:
        served = write(share / "labextensions" / extension / "package.json", json.dumps({"name": extension}))
        brought[package] = [Recorded(f"../../share/jupyter/labextensions/{extension}/package.json", served)]

    def version(name):
        if name not in installed:
            raise importlib.metadata.PackageNotFoundError(name)
        return installed[name]

    needs = ["ipython>=6.1.0", "jupyterlab_widgets~=3.0.17", 'pytest; extra == "test"']
    monkeypatch.setattr(doctor.importlib.metadata, "version", version)
    monkeypatch.setattr(doctor.importlib.metadata, "files", brought.get)
    monkeypatch.setattr(doctor.importlib.metadata, "requires", lambda name: needs if name == "ipywidgets" else None)
    monkeypatch.setattr(doctor.sys, "prefix", str(prefix))
    monkeypatch.setattr(doctor.sys, "executable", str(prefix / "bin" / "python"))
    for name in ("JUPYTER_PATH", "JUPYTER_PREFER_ENV_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "home"))
    monkeypatch.setenv("COURSE_ROOT", str(prefix.parent))
    monkeypatch.setenv("COURSE_WORK", str(prefix.parent / "work"))
    return namedtuple("Place", "root prefix share home installed brought")(
        prefix.parent, prefix, share, tmp_path / "home", installed, brought
    )


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


class Recorded:
    """One file as a package's RECORD names it."""

    def __init__(self, name, path):
        self.name = name
        digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest())
        self.hash = namedtuple("Hash", "mode value")("sha256", digest.rstrip(b"=").decode())

    def as_posix(self):
        return self.name


def problems():
    return [finding for finding in doctor.diagnose() if not finding.ok]


def only_problem():
    (finding,) = problems()
    assert finding.mend
    return finding


# Where all is well


def test_where_all_is_well_the_words_are_always_the_same(place, capsys):
    doctor.doctor()
    assert capsys.readouterr().out == WELL


def test_this_very_environment_is_well(tmp_path):
    # Run as a notebook of the course runs it: elsewhere below the course's folder, with a work folder of its own.
    env = dict(os.environ, COURSE_WORK=str(tmp_path / "not yet there"), PYTHONUTF8="1")
    env.pop("COURSE_ROOT", None)
    command = [sys.executable, "-m", "helpers.doctor"]
    answer = subprocess.run(command, cwd=ROOT / "lessons", env=env, capture_output=True, encoding="utf-8")
    assert (answer.stdout, answer.returncode) == (WELL, 0)
    assert not (tmp_path / "not yet there").exists(), "looking changes nothing"


def test_without_the_courses_folder_the_ranges_of_the_package_count(place, capsys, monkeypatch):
    monkeypatch.setattr(doctor, "course_root", lambda: None)
    asked = ["numpy>=2.0", "ipywidgets>=8.1.5", 'pytest>=8; extra == "test"']
    monkeypatch.setattr(doctor.importlib.metadata, "requires", lambda name: asked)
    assert problems() == []
    place.installed["numpy"] = "1.26.4"
    assert "numpy is 1.26.4 and should be >=2.0" in only_problem().sentence


# What can be wrong


def test_a_problem_is_shown_with_its_mend(place, capsys):
    place.installed["numpy"] = "2.4.5"
    assert doctor.main() == 1
    said = capsys.readouterr().out
    command = "py" if os.name == "nt" else "python3"
    assert (
        "✗ packages differ from the tested ones: numpy is 2.4.5 and should be 2.4.6\n"
        f"    mend it with: {command} course.py lab --fresh\n"
    ) in said
    assert said.endswith("To mend: 1 of 6, marked with ✗.\n")


def test_an_old_python(place, monkeypatch):
    monkeypatch.setattr(doctor, "NEEDS_PYTHON", (99, 1))
    assert "needs 99.1 or newer" in only_problem().sentence


def test_a_missing_package(place):
    del place.installed["numpy"]
    assert "numpy is missing" in only_problem().sentence


def test_many_wrong_packages_are_counted_not_listed(place):
    names = [f"package{number}" for number in range(10)]
    with open(place.root / "requirements.lock", "a") as lock:
        lock.writelines(f"{name}==1.0 \\\n" for name in names)
    assert only_problem().sentence.endswith("package2 is missing and 7 more")


def test_outside_the_courses_environment_the_mend_is_pips(place, monkeypatch):
    monkeypatch.setattr(doctor.sys, "prefix", "/srv/conda")
    monkeypatch.delenv("COURSE_ROOT")
    monkeypatch.setattr(doctor, "course_root", lambda: place.root)
    lock = place.root / "requirements.lock"
    assert doctor._reinstall() == f'"{doctor.sys.executable}" -m pip install --require-hashes -r "{lock}"'


def test_a_kernel_of_another_environment(place, monkeypatch):
    monkeypatch.setattr(doctor.sys, "prefix", str(place.home))
    place.home.mkdir()
    monkeypatch.setattr(doctor, "_widgets", lambda: [])
    finding = only_problem()
    assert f"this kernel runs in {place.home}" in finding.sentence and "Change Kernel" in finding.mend


def test_no_kernel(place):
    (place.share / "kernels" / "python3" / "kernel.json").unlink()
    assert "no kernel named python3" in only_problem().sentence


def test_a_kernel_that_starts_another_python(place):
    spec = place.share / "kernels" / "python3" / "kernel.json"
    spec.write_text(json.dumps({"argv": [os.path.abspath("/usr/bin/python3"), "-m", "ipykernel_launcher"]}))
    finding = only_problem()
    assert "the kernel named python3 starts" in finding.sentence
    assert finding.mend == f'remove the folder "{spec.parent}"'


@pytest.mark.parametrize("content", ["{", "{}", '{"argv": []}', '{"argv": null}'])
def test_a_damaged_kernel_file(place, content):
    (place.share / "kernels" / "python3" / "kernel.json").write_text(content)
    assert "is damaged" in only_problem().sentence


@pytest.mark.parametrize(("package", "extension"), doctor.FRONT_ENDS)
def test_a_missing_half_of_the_sliders(place, package, extension):
    (place.share / "labextensions" / extension / "package.json").unlink()
    assert f"the page's half of {package} is missing" in only_problem().sentence


@pytest.mark.parametrize(("package", "extension"), doctor.FRONT_ENDS)
def test_a_half_of_another_version(place, package, extension):
    (place.share / "labextensions" / extension / "package.json").write_text('{"version": "0.1"}')
    finding = only_problem()
    assert f"the page's half of {package} doesn't belong to the kernel's half" in finding.sentence
    assert "course.py lab --fresh" in finding.mend


@pytest.mark.parametrize(("package", "extension"), doctor.FRONT_ENDS)
def test_a_half_that_another_installation_hides(place, monkeypatch, package, extension):
    hiding = write(place.home / "labextensions" / extension / "package.json", '{"version": "0.1"}')
    monkeypatch.setattr(doctor.sys, "base_prefix", "/usr")
    assert problems() == [], "the course's own environment comes first in a .venv"
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    assert only_problem().mend == f'remove the folder "{hiding.parent}"'


def test_a_half_without_a_recorded_hash_is_believed(place):
    place.brought.clear()
    (place.share / "labextensions" / "anywidget" / "package.json").write_text("another")
    assert problems() == []


def test_two_widget_packages_that_do_not_fit(place):
    place.installed["jupyterlab_widgets"] = "3.1.0"
    sentences = [finding.sentence for finding in problems()]
    assert "sliders: jupyterlab_widgets is 3.1.0, and ipywidgets needs ~=3.0.17" in sentences


def test_a_folder_that_cannot_be_written(place, monkeypatch):
    def refuse(dir):
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    finding = only_problem()
    assert finding.sentence == f"nothing can be saved in {place.root / 'work'}: permission denied"
    assert str(place.root / "work") in finding.mend


def test_a_disk_that_is_nearly_full(place, monkeypatch):
    usage = namedtuple("Usage", "total used free")(10**9, 10**9, 40_000_000)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: usage)
    assert only_problem().sentence == "the disk is nearly full: 40 MB are free"


# Reading the lock


def test_every_marker_of_the_lock_can_be_judged():
    pins = doctor._pins((ROOT / "requirements.lock").read_text())
    names = [name for name, _ in pins]
    assert len(names) == len(set(names)) > 80, "each package once, on this computer"
    assert ("pywinpty" in names) == (os.name == "nt")


@pytest.mark.parametrize(
    ("marker", "applies"),
    [
        ("sys_platform == 'plan9'", False),
        ("sys_platform != 'plan9' and os_name != 'plan9'", True),
        ("sys_platform == 'plan9' or (os_name != 'plan9' and python_full_version >= '3.9')", True),
        ("python_full_version < '3.11'", False),
        ("python_full_version >= '3.11.0'", True),
        ("implementation_name != 'PyPy'", True),
    ],
)
def test_a_marker_is_judged(marker, applies):
    assert doctor._applies(marker) is applies


@pytest.mark.parametrize("marker", ["extra == 'test'", "platform_release > '5'", "not sys_platform"])
def test_a_marker_of_another_kind_is_an_error(marker):
    with pytest.raises(ValueError, match="not known here"):
        doctor._applies(marker)


@pytest.mark.parametrize(
    ("version", "specifier", "fits"),
    [
        ("2.4.6", "==2.4.6", True), ("2.4.6", "==2.4.5", False), ("3.12", "==3.12.0", True),
        ("2026.9.1", "==2026.09.01", True), ("4.6.6", ">=4.5,<5", True), ("5.0", ">=4.5,<5", False),
        ("10.0", ">=9.9", True), ("3.0.17", "~=3.0.15", True), ("3.1.0", "~=3.0.15", False),
        ("3.0.14", "~=3.0.15", False), ("2.0", "!=2.0", False), ("2.0", ">2.0", False), ("2.0", "<=2.0", True),
        ("2.0", "", True),
    ],
)  # fmt: skip
def test_a_version_lies_in_a_range_or_not(version, specifier, fits):
    assert doctor._fits(version, specifier) is fits
