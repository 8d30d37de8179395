"""What the lock files promise: one hash or more for each package, no host, and what pyproject.toml asks for."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ["requirements.lock", "requirements-test.lock", "requirements-classroom.lock"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def entries(name):
    """The requirements of a lock file, each with the hashes that follow it."""
    text = (ROOT / name).read_text("utf-8")
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
    hashes = re.compile(r"--hash=sha256:([0-9a-f]{64})\b")
    return [(Requirement(line.split(" --hash")[0]), hashes.findall(line)) for line in lines]


def pins(name):
    return {(canonicalize_name(r.name), str(r.specifier), str(r.marker)) for r, _ in entries(name)}


@pytest.mark.parametrize("name", LOCKS)
def test_each_requirement_is_one_version_with_hashes(name):
    for requirement, hashes in entries(name):
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), requirement
        assert hashes, requirement


@pytest.mark.parametrize("name", LOCKS)
def test_no_host_and_no_place_of_a_machine_is_in_it(name):
    body = [line for line in (ROOT / name).read_text("utf-8").splitlines() if not line.startswith("#")]
    text = "\n".join(body)
    assert not re.search(r"https?:|file:|//|@|--(?:extra-)?index-url|--find-links|-e ", text)
    header = [line for line in (ROOT / name).read_text("utf-8").splitlines() if line.startswith("#")]
    assert not re.search(r"/|https?:", "\n".join(header))


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("requirements.lock", PROJECT["dependencies"]),
        ("requirements-test.lock", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]),
        ("requirements-classroom.lock", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["classroom"]),
    ],
)
def test_it_has_what_the_project_asks_for(name, asked):
    locked = {}
    for requirement, _ in entries(name):
        locked.setdefault(canonicalize_name(requirement.name), []).append(str(requirement.specifier)[2:])
    for wanted in map(Requirement, asked):
        versions = locked[canonicalize_name(wanted.name)]
        assert all(wanted.specifier.contains(version) for version in versions), (str(wanted), versions)


def test_teachers_and_tests_run_with_the_learners_versions():
    assert pins("requirements.lock") <= pins("requirements-classroom.lock")
    versions = {name: {pin[:2] for pin in pins(f"requirements-{name}.lock")} for name in ("classroom", "test")}
    assert versions["classroom"] <= versions["test"]


@pytest.mark.parametrize("python", ["3.11.0", "3.12.1", "3.13.0"])
@pytest.mark.parametrize("platform", [("linux", "posix"), ("darwin", "posix"), ("win32", "nt")])
@pytest.mark.parametrize("name", LOCKS)
def test_everywhere_each_package_has_one_version(name, platform, python):
    here = {"sys_platform": platform[0], "os_name": platform[1], "implementation_name": "cpython"}
    here |= {"python_full_version": python, "python_version": python.rpartition(".")[0]}
    names = [canonicalize_name(r.name) for r, _ in entries(name) if not r.marker or r.marker.evaluate(here)]
    assert len(names) == len(set(names))
    assert {"numpy", "jupyterlab", "matplotlib", "anywidget"} <= set(names)


def test_the_citation_is_complete_and_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)  # what CFF 1.2.0 requires
    assert citation["cff-version"] == "1.2.0" and citation["type"] == "software"
    assert str(citation["version"]) == PROJECT["version"]
    assert all("name" in author or "family-names" in author for author in citation["authors"])
    assert PROJECT["license"] in citation["license"]


def test_both_licences_are_whole():
    code = (ROOT / "LICENSE").read_text("utf-8")
    assert code.startswith("BSD 3-Clause License") and "OF THE POSSIBILITY OF SUCH DAMAGE." in code
    text = (ROOT / "LICENSE-CONTENT").read_text("utf-8")
    assert "Creative Commons Attribution 4.0 International Public License" in text
    assert all(f"Section {number} -- " in text for number in range(1, 9))


def test_the_credit_for_each_table_of_data_is_given():
    text = (ROOT / "LICENSE-CONTENT").read_text("utf-8")
    tables = [path.name for path in (ROOT / "helpers" / "data").glob("*") if path.suffix in (".csv", ".txt")]
    assert tables and all(name in text for name in tables)
