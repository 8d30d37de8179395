"""A real JupyterLab for the browser tests and the benchmarks: started, opened, driven like a reader would, ended.

Nothing here knows a lesson. A `Server` is JupyterLab as the running Python would start it, with the settings that
the course installs and none of the developer's own. A `Lab` opens notebooks of that server in Chromium. A `Figure`
is one live figure on such a page, with its controls found by the names a reader would use for them.
"""

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import numpy as np
from nbformat.sign import NotebookNotary

HERE = Path(__file__).resolve().parent
COURSE = HERE.parents[1]

BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PATIENCE = 20_000  # ms for one step of a page: generous, since a test that waits costs nothing when all is well


def find_chromium():
    """The path of a Chromium that Playwright can drive, or None.

    COURSE_CHROMIUM wins; then what is on PATH, then the usual places of macOS and Windows, then a browser that
    `playwright install chromium` fetched. Raises FileNotFoundError where COURSE_CHROMIUM names no file.
    """
    named = os.environ.get("COURSE_CHROMIUM")
    if named:
        if not Path(named).is_file():
            raise FileNotFoundError(f"COURSE_CHROMIUM is {named!r}, and there is no such file.")
        return named
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"):
        found = shutil.which(name)
        if found:
            return found
    return next((str(place) for place in _usual_places() if place.is_file()), None)


def _usual_places():
    programs = [os.environ.get(name) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")]
    for folder in filter(None, programs):
        yield Path(folder) / "Chromium" / "Application" / "chrome.exe"
        yield Path(folder) / "Google" / "Chrome" / "Application" / "chrome.exe"
        yield Path(folder) / "Microsoft" / "Edge" / "Application" / "msedge.exe"
    for folder in (Path("/Applications"), Path.home() / "Applications"):
        for name in ("Chromium", "Google Chrome", "Microsoft Edge"):
            yield folder / f"{name}.app" / "Contents" / "MacOS" / name
    caches = {"darwin": "Library/Caches/ms-playwright", "win32": "AppData/Local/ms-playwright"}
    cache = Path.home() / caches.get(sys.platform, ".cache/ms-playwright")
    for inside in ("chrome-*/chrome", "chrome-*/chrome.exe", "chrome-mac*/*.app/Contents/MacOS/*"):
        yield from sorted(cache.glob(f"chromium-*/{inside}"), reverse=True)


class Server:
    """JupyterLab of the running Python, on a free port of 127.0.0.1, in a temporary folder.

    Everything a developer may have of their own (settings, workspaces, trusted notebooks) is kept out by folders of
    the server's own; what the course installed beside the running Python stays in force, since that is what is to be
    tested. A random token keeps other users of the machine out.
    """

    def __init__(self):
        self.home = Path(tempfile.mkdtemp(prefix="course-browser-"))
        self.root = self.home / "notebooks"
        self.data = self.home / "data"
        self.token = secrets.token_hex(16)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        self._log = None

    def start(self, patience=90.0):
        """Start JupyterLab and return when it answers; RuntimeError with the end of its log where it doesn't."""
        self.root.mkdir(parents=True)
        (self.home / "config").mkdir()
        probe = {"ServerApp": {"jpserver_extensions": {"probe": True}}}
        (self.home / "config" / "jupyter_server_config.json").write_text(json.dumps(probe), encoding="utf-8")
        self._log = open(self.home / "server.log", "wb")  # noqa: SIM115 - open as long as the server runs
        own_group = {} if sys.platform == "win32" else {"start_new_session": True}
        self.process = subprocess.Popen(
            self._command(), cwd=self.root, env=self._environment(), stdout=self._log, stderr=self._log, **own_group
        )
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                self.ask("GET", "/api/status")
                return self
            time.sleep(0.1)
        tail = self.log()[-3000:]
        self.stop()
        raise RuntimeError(f"JupyterLab did not start. The end of its log:\n{tail}")

    def _command(self):
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser"]
        command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0"]
        command += [f"--ServerApp.root_dir={self.root}", f"--IdentityProvider.token={self.token}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--allow-root")
        return command

    def _environment(self):
        env = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "MPL"))}
        own = {
            "JUPYTER_CONFIG_DIR": self.home / "config",
            "JUPYTER_DATA_DIR": self.data,
            "JUPYTER_RUNTIME_DIR": self.home / "runtime",
            "JUPYTERLAB_SETTINGS_DIR": self.home / "settings",
            "JUPYTERLAB_WORKSPACES_DIR": self.home / "workspaces",
            "IPYTHONDIR": self.home / "ipython",
            "COURSE_WORK": self.home / "work",
            "COURSE_ROOT": COURSE,
        }
        path = os.pathsep.join(filter(None, [str(HERE / "extension"), env.get("PYTHONPATH")]))  # where probe.py lies
        same = {"PYTHONPATH": path, "PYTHONNOUSERSITE": "1"}
        return env | {name: str(folder) for name, folder in own.items()} | same

    def log(self):
        """What the server has printed so far."""
        return (self.home / "server.log").read_text(encoding="utf-8", errors="replace")

    def ask(self, method, path, body=None):
        """One request to the server's own interface; the decoded JSON answer, or None for an empty one."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def kernels(self):
        """The ids of the kernels that run."""
        return [kernel["id"] for kernel in self.ask("GET", "/api/kernels")]

    def end_kernel(self, kernel_id):
        """Shut one kernel down; a kernel that is gone already is as good."""
        try:
            self.ask("DELETE", f"/api/kernels/{kernel_id}")
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise

    def end_kernels(self):
        """Shut every kernel down."""
        for kernel_id in self.kernels():
            self.end_kernel(kernel_id)

    def stop(self):
        """End the server, its kernels and its folders, whatever state they are in."""
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(OSError):  # it may not answer any more: then the signals below end it
                self.ask("POST", "/api/shutdown")
            self._end_process()
        if self._log is not None:
            self._log.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def _end_process(self):
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            if sys.platform == "win32":
                self.process.kill()
            else:
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=10)


def free_port():
    """A port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def notebook_of(sources):
    """A notebook with one code cell for each text in `sources`."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


class Lab:
    """Notebooks of one server, open in one Chromium.

    `server` is a started `Server`, `chromium` a Playwright Browser. Every page has a JupyterLab workspace of its own;
    pages of the same theme and zoom share the browser's cache, which makes opening one three times as fast.
    """

    def __init__(self, server, chromium):
        self.server = server
        self.chromium = chromium
        self.pages = []
        self._contexts = {}
        self._named = self._opened = 0

    # ---- opening -------------------------------------------------------------------------------------------------

    def open(self, nb, theme="light", zoom=1.0, trusted=True, kernel=True, dots=None):
        """Open a notebook in JupyterLab and return its page when every cell is there; nothing has run yet.

        `nb` is a path of an .ipynb, the name of a built notebook ("01_curve_fitting"), a notebook object, or a list
        of code cells' sources. `theme` is "light" or "dark". `zoom` 2.0 shows the page as the browser's 200 % does:
        half as many CSS pixels in the same window. `dots` is how many of the screen's dots a CSS pixel is wide, where
        that is not the zoom. `trusted` says whether the server trusts its saved outputs,
        `kernel` whether one is started. Raises FileNotFoundError for a name that was not built.
        """
        notebook = self._notebook(nb)
        if not kernel:
            # A kernel that is not installed: JupyterLab asks, and the answer below is "No Kernel".
            notebook.metadata["kernelspec"] = {"name": "absent", "display_name": "Absent", "language": "absent"}
            notebook.metadata.pop("language_info", None)  # else JupyterLab takes another kernel of the language
        self._named += 1
        name = f"{self._named:03d}.ipynb"
        nbformat.write(notebook, self.server.root / name)
        if trusted:
            NotebookNotary(data_dir=str(self.server.data)).sign(nbformat.read(self.server.root / name, 4))
        return self.open_again(name, theme, zoom, kernel, dots)

    def open_again(self, name, theme="light", zoom=1.0, kernel=True, dots=None):
        """Open a notebook that already lies in the server's folder, under its name there, as it was saved."""
        self._opened += 1
        page = self._context(theme, zoom, dots or zoom).new_page()
        page.course = {"name": name, "kernel": kernel, "errors": []}
        page.on("pageerror", lambda error: page.course["errors"].append(str(error)))
        self.pages.append(page)
        self._set_theme(theme)
        workspace = f"{self.server.url}/doc/workspaces/w{self._opened}"
        page.goto(f"{workspace}/tree/{name}?reset&token={self.server.token}")
        self._wait_open(page)
        return page

    def _context(self, theme, zoom, dots):
        if (theme, zoom, dots) not in self._contexts:
            context = self.chromium.new_context(
                viewport={"width": round(1280 / zoom), "height": round(1000 / zoom)},
                device_scale_factor=dots,
                color_scheme=theme,
            )
            context.set_default_timeout(PATIENCE)
            self._contexts[theme, zoom, dots] = context
        return self._contexts[theme, zoom, dots]

    def reload(self, page):
        """Load the page anew, as F5 does; the kernel goes on."""
        page.reload()
        self._wait_open(page)

    def _notebook(self, nb):
        if isinstance(nb, nbformat.NotebookNode):
            return nb
        if isinstance(nb, (list, tuple)):
            return notebook_of(nb)
        path = Path(nb)
        if path.suffix != ".ipynb":
            path = COURSE / "notebooks" / f"{nb}.ipynb"
        return nbformat.read(path, as_version=4)

    def _set_theme(self, theme):
        name = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}[theme]
        body = {"raw": json.dumps({"theme": name})}
        self.server.ask("PUT", "/lab/api/settings/@jupyterlab/apputils-extension:themes", body)

    def _wait_open(self, page):
        page.wait_for_function(
            """() => {
                 const panel = window.jupyterapp?.shell?.currentWidget;
                 return panel?.content?.widgets?.length > 0 && panel.context?.isReady;
            }"""
        )
        if page.course["kernel"]:
            self.wait_idle(page)
        else:
            dialog = page.locator(".jp-Dialog")
            dialog.get_by_role("button", name="No Kernel").click()
            dialog.wait_for(state="detached")

    # ---- running -------------------------------------------------------------------------------------------------

    def wait_idle(self, page, patience=PATIENCE):
        """Wait until the page's kernel is connected and has nothing to do."""
        page.wait_for_function(
            """() => {
                 const session = window.jupyterapp.shell.currentWidget.sessionContext;
                 const kernel = session.session?.kernel;
                 return kernel?.connectionStatus === 'connected' && kernel.status === 'idle';
            }""",
            timeout=patience,
        )

    def run_all(self, page, patience=120_000):
        """Run every cell, as "Run All Cells" does, and wait until the last has run and the kernel is idle.

        Raises AssertionError with the error's own words where a cell failed.
        """
        page.evaluate(
            """() => {
                 window.courseRun = 'running';
                 window.jupyterapp.commands.execute('notebook:run-all-cells')
                     .then(() => { window.courseRun = 'done'; }, error => { window.courseRun = String(error); });
            }"""
        )
        page.wait_for_function("window.courseRun !== 'running'", timeout=patience)
        self.wait_idle(page)
        failed = page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets
                 .filter(cell => cell.model.type === 'code')
                 .flatMap(cell => cell.model.sharedModel.getOutputs())
                 .filter(output => output.output_type === 'error')
                 .map(output => `${output.ename}: ${output.evalue}`)"""
        )
        assert not failed, f"running the notebook raised {failed}"

    def run(self, page, source):
        """Run Python in the page's kernel, outside the notebook, and return what it printed (text)."""
        answer = page.evaluate(
            """async source => {
                 const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                 const future = kernel.requestExecute({code: source, store_history: false});
                 let printed = '';
                 future.onIOPub = message => {
                     if (message.header.msg_type === 'stream') printed += message.content.text;
                 };
                 const reply = await future.done;
                 const content = reply.content;
                 return content.status === 'ok' ? {printed} : {error: `${content.ename}: ${content.evalue}`};
            }""",
            source,
        )
        assert "error" not in answer, f"the kernel answered {answer.get('error')}"
        return answer["printed"]

    def save(self, page):
        """Save the notebook by keyboard, as a reader does, and wait until it lies on disk; returns its path."""
        path = self.server.root / page.course["name"]
        before = path.stat().st_mtime_ns
        page.evaluate(
            "() => { window.courseSaved = false;"
            " window.jupyterapp.shell.currentWidget.context.fileChanged.connect("
            "() => { window.courseSaved = true; }); }"
        )
        page.locator(".jp-Notebook").first.focus()
        page.keyboard.press("Control+s")
        page.wait_for_function("window.courseSaved")
        assert path.stat().st_mtime_ns > before
        return path

    def kernel_of(self, page):
        """The id of the page's kernel, or None."""
        return page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.id ?? null"
        )

    def close(self, page, end_kernel=True):
        """Close a page, and its kernel unless told otherwise."""
        kernel = self.kernel_of(page) if end_kernel and page.course["kernel"] else None
        page.close()
        self.pages.remove(page)
        if kernel:
            self.server.end_kernel(kernel)

    def close_all(self):
        """Close every page and end every kernel."""
        for context in self._contexts.values():
            context.close()
        self._contexts.clear()
        self.pages.clear()
        self.server.end_kernels()


# ---- pictures ----------------------------------------------------------------------------------------------------

# How many different colours a canvas or an image shows, sampled on a coarse grid: 1 is a blank one.
COLOURS = """element => {
    const canvas = document.createElement('canvas');
    canvas.width = 200; canvas.height = 100;
    const pen = canvas.getContext('2d');
    pen.drawImage(element, 0, 0, 200, 100);
    const data = pen.getImageData(0, 0, 200, 100).data;
    const seen = new Set();
    for (let i = 0; i < data.length; i += 4) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
    return seen.size;
}"""


def colours(locator):
    """How many different colours a canvas or image shows; 1 for a blank one."""
    return locator.evaluate(COLOURS)


class Figure:
    """The n-th live figure of a page, with what a reader sees of it and does to it."""

    def __init__(self, page, n=0):
        self.page = page
        self.root = page.locator("div.lf").nth(n)
        self.picture = self.root.locator("canvas.lf-picture")
        self.look()

    def look(self):
        """Scroll to the figure (JupyterLab doesn't lay out what is far off screen) and wait until it is at rest."""
        self.root.wait_for(state="attached")
        self.root.scroll_into_view_if_needed()
        self.wait_frame()

    # ---- what is seen --------------------------------------------------------------------------------------------

    def picture_hash(self):
        """A fingerprint of the picture's pixels; `hash_of` makes the same of an array."""
        return self.picture.evaluate(
            """async canvas => {
                 const all = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
                 const digest = await crypto.subtle.digest('SHA-256', all);
                 return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('');
            }"""
        )

    def alt(self):
        """The alternative text of the picture that is shown now."""
        return self.picture.get_attribute("aria-label")

    def readout(self, name):
        """A readable value's text."""
        return self.root.locator(f'output[data-name="{name}"]').text_content()

    def readouts(self):
        """All readable values, name to text."""
        return self.root.locator("output[data-name]").evaluate_all(
            "all => Object.fromEntries(all.map(one => [one.dataset.name, one.textContent]))"
        )

    def error(self):
        """The error sentence that is shown, or an empty text."""
        sentence = self.root.locator(".lf-error")
        return sentence.inner_text() if sentence.count() and sentence.is_visible() else ""

    def frame(self):
        """How many pictures this figure has shown."""
        return int(self.root.get_attribute("data-frame"))

    def state(self):
        """"rest", "moving" or "waiting"."""
        return self.root.get_attribute("data-state")

    def status(self):
        """The sentence that says that Python is silent, or an empty text where nothing of the kind can be seen."""
        return self.root.locator(".lf-status").evaluate(
            "one => one.classList.contains('lf-visible') ? one.textContent : ''"
        )

    def value(self, name):
        """A slider's value."""
        return self.slider(name).evaluate("one => Number(one.value)")

    def seen(self):
        """Picture, alt text and readouts at once: what must change when a control moves."""
        return {"picture": self.picture_hash(), "alt": self.alt(), "readouts": self.readouts()}

    def sliders(self):
        """Of each slider the text in its number box and what a screen reader says of it: {name: (box, spoken)}."""
        return self.root.locator("input[type=number][data-name]").evaluate_all(
            """boxes => Object.fromEntries(boxes.map(box => {
                 const range = box.parentElement.querySelector('input[type=range]');
                 return [box.dataset.name, [box.value, range.getAttribute('aria-valuetext')]];
            }))"""
        )

    # ---- its controls --------------------------------------------------------------------------------------------

    def slider(self, name):
        """The native range input of a control."""
        return self.root.locator(f'input[type=range][data-name="{name}"]')

    def number(self, name):
        """The number box of a control."""
        return self.root.locator(f'input[type=number][data-name="{name}"]')

    def button(self, name):
        """A button."""
        return self.root.locator(f'button[data-name="{name}"]')

    def toggle(self, name):
        """A checkbox."""
        return self.root.locator(f'input[type=checkbox][data-name="{name}"]')

    def select(self, name):
        """A drop-down list."""
        return self.root.locator(f'select[data-name="{name}"]')

    def names(self, selector):
        """The names of all controls that a selector finds, in the figure's order."""
        return self.root.locator(f"{selector}[data-name]").evaluate_all("all => all.map(one => one.dataset.name)")

    # ---- moving them ---------------------------------------------------------------------------------------------

    def wait_frame(self, after=-1, state="rest"):
        """Wait until more than `after` pictures were shown and the figure is at rest, or in another `state`."""
        self.page.wait_for_function(
            "([root, after, state]) => Number(root.dataset.frame) > after && root.dataset.state === state",
            arg=[self.root.element_handle(), after, state],
        )

    @contextlib.contextmanager
    def moving(self):
        """What is done inside must show a new picture; returns when that picture rests."""
        self.wait_frame()
        before = self.frame()
        yield
        self.wait_frame(after=before)

    def press(self, name, *keys):
        """Press keys on a slider, one after the other, and wait for the picture."""
        with self.moving():
            self.slider(name).focus()
            for key in keys:
                self.page.keyboard.press(key)

    def type(self, name, text):
        """Type a number into a control's box and confirm it with Enter, without waiting for a picture."""
        box = self.number(name)
        box.click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def drag(self, name, fraction, steps=8):
        """Drag a slider's thumb with the mouse to `fraction` (0 to 1) of its way and wait for the picture."""
        slider = self.slider(name)
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        lowest, highest, value = slider.evaluate("one => [+one.min, +one.max, +one.value]")
        thumb = 16  # px: the thumb's middle travels this much less than the slider is wide
        along = [box["x"] + thumb / 2 + part * (box["width"] - thumb)
                 for part in ((value - lowest) / (highest - lowest), fraction)]
        height = box["y"] + box["height"] / 2
        with self.moving():
            self.page.mouse.move(along[0], height)
            self.page.mouse.down()
            self.page.mouse.move(along[1], height, steps=steps)
            self.page.mouse.up()

    def click(self, name):
        """Click a button and wait for the picture."""
        with self.moving():
            self.button(name).click()


def hash_of(picture):
    """What `Figure.picture_hash` gives for a picture: an array (height, width, 4) of uint8."""
    return hashlib.sha256(np.ascontiguousarray(picture).tobytes()).hexdigest()


def figures(page):
    """All live figures of a page."""
    page.locator("div.lf").first.wait_for(state="attached")
    return [Figure(page, n) for n in range(page.locator("div.lf").count())]


def numbers_in(text):
    """All numbers of a text as floats, with "−" read as a minus sign and a thousands comma left out."""
    plain = text.replace("−", "-").replace("\u202f", "").replace("\u00a0", " ")
    return [float(found.replace(",", "")) for found in re.findall(r"-?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?", plain)]
