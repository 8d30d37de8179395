"""Fixtures of the browser tests: one real JupyterLab and one Chromium a run, fresh pages and kernels a test."""

import contextlib
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from .figure_tests import pair, pairs  # noqa: F401 - fixtures of the tests of figures
from .jupyterlab import BROWSER_FLAGS, COURSE, Lab, Server, find_chromium

HERE = Path(__file__).parent
NO_BROWSER = "no Chromium was found"
THE_LAB = pytest.StashKey()


def pytest_collection_modifyitems(config, items):
    """Mark what lies here, and leave it out of a run that didn't ask for it.

    The two kinds don't share a process: Playwright's event loop stays open for the whole run and would get in the
    way of the other tests' own. `pytest tests/browser` and `pytest -m browser` run these; `pytest tests` doesn't.
    """
    ours = [item for item in items if HERE in Path(item.path).parents]
    for item in ours:
        item.add_marker(pytest.mark.browser)
    if not config.option.markexpr and len(ours) < len(items):
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in set(ours)]
    elif find_chromium() is None and os.environ.get("CI", "").lower() not in ("1", "true"):
        for item in ours:
            item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


def pytest_terminal_summary(terminalreporter):
    """Say loudly what did not run: a skipped browser test must not look like a passed one."""
    skipped = [one for one in terminalreporter.stats.get("skipped", []) if NO_BROWSER in str(one.longrepr)]
    if skipped:
        terminalreporter.write_line(
            f"NOT RUN: {len(skipped)} browser tests, because {NO_BROWSER}; install Chromium or Google Chrome, "
            "or set COURSE_CHROMIUM to the path of one.",
            red=True,
            bold=True,
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Keep a picture of every open page, and the end of the server's log, under a failed test's name."""
    report = yield
    lab = item.config.stash.get(THE_LAB, None)
    if report.failed and lab is not None:
        folder = COURSE / "test-results"
        folder.mkdir(exist_ok=True)
        name = re.sub(r"[^\w.-]+", "_", item.nodeid.split("/")[-1])
        for number, page in enumerate(lab.pages):
            with contextlib.suppress(PlaywrightError):  # a page that crashed: the test's own failure is what counts
                page.screenshot(path=folder / f"{name}-{number}.png", timeout=5000)
        (folder / f"{name}.log").write_text(lab.server.log()[-20_000:], encoding="utf-8")
    return report


@pytest.fixture(scope="session")
def server():
    """The one JupyterLab of this run."""
    server = Server()
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="session")
def chromium():
    """The one Chromium of this run."""
    path = find_chromium()
    assert path is not None, f"{NO_BROWSER}, and with CI set that is a failure: install it or set COURSE_CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def session_lab(chromium, server, request):
    """The lab that all tests of a run share; take `lab` unless a page is to outlive its test."""
    lab = Lab(server, chromium)
    request.config.stash[THE_LAB] = lab
    yield lab
    del request.config.stash[THE_LAB]


@pytest.fixture
def lab(session_lab):
    """Opens notebooks; what a test opened is closed after it, kernels too."""
    before = list(session_lab.pages)
    yield session_lab
    for page in [page for page in session_lab.pages if page not in before]:
        session_lab.close(page)


@pytest.fixture(scope="module")
def module_lab(session_lab):
    """Opens notebooks that all tests of a module share; closed after the last."""
    before = list(session_lab.pages)
    yield session_lab
    for page in [page for page in session_lab.pages if page not in before]:
        session_lab.close(page)
