"""When the browser tests run, and how loudly they say that they did not."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

COURSE = Path(__file__).resolve().parents[1]
ONE_FILE = "tests/browser/test_harness.py"


def run(*arguments, **variables):
    """pytest in a process of its own; (exit code, all it printed)."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=COURSE,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def nowhere(tmp_path):
    """Variables of a machine on which no browser is to be found."""
    nothing = str(tmp_path)
    return {"PATH": nothing, "HOME": nothing, "PROGRAMFILES": nothing, "LOCALAPPDATA": nothing, "COURSE_CHROMIUM": ""}


def test_together_with_others_the_browser_tests_are_left_out():
    _, text = run("--collect-only", ONE_FILE, "tests/test_server.py")
    assert ONE_FILE not in text
    assert re.search(r"\d+ deselected", text)


def test_whoever_asks_for_the_browser_tests_gets_them():
    _, text = run("--collect-only", "-m", "browser", ONE_FILE, "tests/test_server.py")
    assert ONE_FILE in text
    assert "test_server.py" not in text


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac's browser lies in /Applications, which cannot be hidden")
def test_without_a_browser_the_summary_says_loudly_what_did_not_run(nowhere):
    code, text = run(ONE_FILE, CI="", **nowhere)
    assert code == 0
    assert re.search(r"NOT RUN: \d+ browser tests, because no Chromium was found; install Chromium", text)


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac's browser lies in /Applications, which cannot be hidden")
def test_without_a_browser_ci_fails(nowhere):
    code, text = run(ONE_FILE, "-k", "small_messages", CI="true", **nowhere)
    assert code == 1
    assert "no Chromium was found, and with CI set that is a failure" in text


def test_a_named_browser_that_is_not_there_is_an_error_not_a_skip(nowhere):
    code, text = run(ONE_FILE, CI="", **(nowhere | {"COURSE_CHROMIUM": "/no/such/browser"}))
    assert code != 0
    assert "COURSE_CHROMIUM is '/no/such/browser', and there is no such file" in text
