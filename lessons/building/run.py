"""Runs a notebook in a kernel of its own and keeps of its outputs only what is the same on every run."""

import ast
import base64
import itertools
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat

from . import BuildError
from .source import fill, to_node

CELL_SECONDS = 120
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
VIEW = "application/vnd.jupyter.widget-view+json"


def kernel_environment(root, scratch, items=None):
    """The surroundings in which every notebook runs, for the build and for the tests alike.

    `scratch` is an empty folder for what the notebook writes; `items` a folder in place of helpers/items. No
    setting of a learner or an author gets in, and sums come out the same on any number of cores.
    """
    left_out = {"PYTHONWARNINGS", "PYTHONSTARTUP", "MPLBACKEND", "COURSE_ITEMS"}  # no MPLBACKEND means inline
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    environment.update(dict.fromkeys(ONE_THREAD, "1"))
    environment["COURSE_ROOT"] = str(root)
    environment["COURSE_WORK"] = str(scratch / "work")
    environment["IPYTHONDIR"] = str(scratch / "ipython")
    environment["PYTHONHASHSEED"] = "0"
    environment["TZ"] = "UTC"
    if items:
        environment["COURSE_ITEMS"] = str(items)
    if (root / "helpers").is_dir():  # this checkout's package, even where another one is installed
        others = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path not in ("", str(root))]
        environment["PYTHONPATH"] = os.pathsep.join([str(root), *others])
    return environment


# Asks for an expression's family and text inside the kernel, so that a value of any type can be formatted.
PROBE = """(lambda value, b, n: [
    "flag" if b.type(value).__name__ in ("bool", "bool_") else "text" if b.isinstance(value, b.str)
    else "whole" if b.isinstance(value, n.Integral) else "number" if b.isinstance(value, n.Real)
    else b.type(value).__name__, b.format(value, {spec!r})
])(({expression}
), __import__("builtins"), __import__("numbers"))"""


class Runner:
    """One kernel that runs a notebook's cells in order and fills in blanks between them."""

    def __init__(self, notebook, folder, environment):
        # Here and not above: the tests import this module for the environment, and nbclient takes a second.
        from nbclient import NotebookClient

        self.notebook = notebook
        self.client = NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=CELL_SECONDS,
            record_timing=False,
            shutdown_kernel="immediate",
            extra_arguments=["--IPKernelApp.log_level=40"],  # it warns of its transport on every start
            resources={"metadata": {"path": str(folder)}},
        )
        self.kernel = self.client.setup_kernel(env=environment)

    def __enter__(self):
        self.kernel.__enter__()
        return self

    def __exit__(self, *error):
        return self.kernel.__exit__(*error)

    def run(self, index, where):
        """Execute code cell `index`; raises BuildError if it stops and isn't tagged raises-exception."""
        from nbclient.exceptions import CellControlSignal, CellExecutionError, DeadKernelError

        cell = self.notebook.cells[index]
        try:
            self.client.execute_cell(cell, index)
        except CellExecutionError as error:
            reason = f"{error.ename}: {error.evalue}".strip().splitlines()[0]
            raise BuildError(f"{where} stops with {reason}", without_colours(error.traceback)) from None
        except DeadKernelError:
            raise BuildError(f"{where} ended its kernel.") from None
        except CellControlSignal:
            raise BuildError(f"{where} took longer than {CELL_SECONDS} s.") from None

    def values(self, blanks):
        """What each blank comes to, as (family, text); raises BuildError for an expression that fails."""
        asked = {str(i): PROBE.format(spec=b.spec or "", expression=b.expression) for i, b in enumerate(blanks)}
        if not asked:
            return []
        message = self.client.kc.execute("", silent=True, store_history=False, user_expressions=asked)
        replies = self.client.wait_for_reply(message)["content"]["user_expressions"]
        return [value_in(replies[str(i)], blank) for i, blank in enumerate(blanks)]


def value_in(reply, blank):
    """The (family, text) in a kernel's reply to `PROBE`; raises BuildError if the expression failed."""
    if reply["status"] == "ok":
        return tuple(ast.literal_eval(reply["data"]["text/plain"]))
    reason = f"{reply['ename']}: {reply['evalue']}"
    raise BuildError(f"{blank.where}: the expression {{{{ {blank.expression} }}}} fails with {reason}")


def as_text(blank, value):
    """A blank's value for a text; what isn't whole needs a format, for its last digits aren't stable."""
    family, text = value
    if blank.spec is None and family not in ("text", "whole", "flag"):
        shown = f"{{{{ {blank.expression} }}}}"
        asked = f"{{{{ {blank.expression} :.2f }}}}"
        raise BuildError(f"{blank.where}: the expression {shown} gives a {family} and needs a format like {asked}.")
    return text


def as_number(blank, value, wanted):
    """A blank's value for a field that holds a "number" or a "flag"; ten digits, for those are stable."""
    family, text = value
    if wanted == "flag" and family == "flag":
        return text == "True"
    if wanted == "number" and family in ("whole", "number"):
        number = float(text)
        if number - number == 0:  # neither inf nor nan: JSON has no word for them
            return int(number) if family == "whole" else float(f"{number:.10g}")
    raise BuildError(f"{blank.where}: {{{{ {blank.expression} }}}} gives {text}, where a {wanted} is needed.")


def without_colours(text):
    """A text without the escape codes of terminal colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def plain_png(data):
    """The bytes of a PNG without text, time and camera chunks, which name programs, versions and moments."""
    kept, position = [data[:8]], 8
    while position < len(data):
        length = int.from_bytes(data[position : position + 4])
        chunk = data[position : position + 12 + length]
        if chunk[4:8] not in (b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf"):
            kept.append(chunk)
        position += len(chunk)
    return b"".join(kept)


def merged_streams(outputs):
    """Outputs with each run of prints as one stdout and one stderr: how it was cut and mixed is chance."""
    merged = []
    for printed, group in itertools.groupby(outputs, lambda output: output.output_type == "stream"):
        if not printed:
            merged.extend(group)
            continue
        texts = {"stdout": "", "stderr": ""}
        for output in group:
            texts[output.name] += output.text
        merged.extend(nbformat.v4.new_output("stream", name=name, text=text) for name, text in texts.items() if text)
    return merged


def tidy_display(output, where):
    """Drop from a display what needs a kernel to be seen; raises BuildError for a picture without words."""
    data = output.data
    if VIEW in data and ("image/png" in data or "text/html" in data):
        del data[VIEW]
    if "image/png" in data:
        data["image/png"] = base64.b64encode(plain_png(base64.b64decode(data["image/png"]))).decode()
    for kind in data:
        if kind.startswith("image/") and not str(output.metadata.get(kind, {}).get("alt", "")).strip():
            hint = f'give the display the metadata {{"{kind}": {{"alt": "…"}}}}'
            raise BuildError(f"{where} shows a picture without alt text; {hint}.")


def output_texts(output):
    """Every text of an output that a reader sees."""
    if output.output_type == "stream":
        return [output.text]
    if output.output_type == "error":
        return [output.ename, output.evalue, *output.traceback]
    return [text for kind, text in output.data.items() if isinstance(text, str) and not kind.startswith("image/")]


def refuse_chance(output, root, where):
    """Raise BuildError where an output shows something of this machine or of this run."""
    places = {str(place).rstrip(os.sep) + os.sep for place in (root, tempfile.gettempdir(), sys.prefix, Path.home())}
    for text in output_texts(output):
        for place in sorted(places - {os.sep}):
            if place in text:
                raise BuildError(f"{where} shows a path of this machine, {place}…, which is different on others.")
        if re.search(r"\b0x[0-9a-fA-F]{8,}\b", text):
            raise BuildError(f"{where} shows a memory address, which is different on every run.")


def tidy_cell(node, count, where, root):
    """Make an executed code cell repeatable; `count` is its place among the cells that ran."""
    node.execution_count = count
    node.outputs = merged_streams(node.outputs)
    for output in node.outputs:
        if output.output_type in ("display_data", "execute_result"):
            tidy_display(output, where)
        if output.output_type == "execute_result":
            output.execution_count = count
        refuse_chance(output, root, where)


def to_bytes(cells):
    """Cells as the bytes of a notebook: sorted keys, numbered widget ids, no state, a newline at the end."""
    notebook = nbformat.from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": METADATA, "cells": cells})
    nbformat.validate(notebook)
    text = nbformat.writes(notebook)
    displays = (output for cell in cells for output in cell.get("outputs", []) if "data" in output)
    views = [output.data[VIEW]["model_id"] for output in displays if VIEW in output.data]
    for number, model in enumerate(dict.fromkeys(views), start=1):
        text = text.replace(model, f"{number:032x}")
    return text.rstrip("\n").encode() + b"\n"


@dataclass
class Place:
    """Where a build happens: the course's root, a scratch folder, and the items that widgets read."""

    root: Path
    scratch: Path
    items: Path


def execute(cells, version, folder, place, texts=None, asked=()):
    """Run a notebook in a fresh kernel: (the file's bytes, its markdown filled in, the values of `asked`).

    `folder` is where the notebook will live, relative to the root. `texts` are the markdown cells as another
    version of the notebook filled them in. `asked` are blanks whose values are wanted after the last cell.
    """
    notebook = nbformat.v4.new_notebook(cells=[to_node(cell, version) for cell in cells])
    scratch = Path(tempfile.mkdtemp(dir=place.scratch))
    home = scratch / folder
    home.mkdir(parents=True)
    filled, count = {}, 0
    try:
        with Runner(notebook, home, kernel_environment(place.root, scratch, place.items)) as runner:
            for index, (cell, node) in enumerate(zip(cells, notebook.cells, strict=True)):
                if cell.kind == "markdown":
                    node.source = filled[cell.id] = texts[cell.id] if texts else filled_markdown(cell, runner)
                elif node.source.strip():
                    count += 1
                    where = f"{cell.where}: the cell '{cell.id}'" + " (as released)" * (version == "released")
                    runner.run(index, where)
                    tidy_cell(node, count, where, place.root)
                    refuse_broken_promise(cell, node, version)
            values = runner.values(asked)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return to_bytes(notebook.cells), filled, values


def filled_markdown(cell, runner):
    """The source of a markdown cell with what its expressions come to now."""
    return fill(cell.source, map(as_text, cell.blanks, runner.values(cell.blanks)))


def refuse_broken_promise(cell, node, version):
    """Raise BuildError where a lesson's cell says that it raises, and it doesn't."""
    raised = any(output.output_type == "error" for output in node.outputs)
    if version == "lesson" and "raises-exception" in cell.tags and not raised:
        raise BuildError(f"{cell.where}: the cell '{cell.id}' is tagged raises-exception, and nothing was raised.")
