"""What the other browser tests lean on: a real JupyterLab that runs cells, shows widgets and answers at once."""

import nbformat

WIDGET = """
import anywidget, traitlets

class Counter(anywidget.AnyWidget):
    count = traitlets.Int(0).tag(sync=True)
    _esm = '''
    export default {
      render({ model, el }) {
        const button = document.createElement('button');
        button.className = 'counter';
        const show = () => { button.textContent = `count ${model.get('count')}`; };
        model.on('change:count', show);
        button.addEventListener('click', () => model.send({ more: 1 }));
        el.append(button);
        show();
      }
    }
    '''

counter = Counter()

def count_on(widget, content, buffers):
    widget.count += content['more']

counter.on_msg(count_on)
counter
"""


def test_a_plain_widget_talks_with_its_kernel_is_saved_and_opens_again(lab):
    page = lab.open(["greeting = 'from the kernel'\nprint(greeting)", WIDGET])
    lab.run_all(page)
    page.get_by_text("from the kernel", exact=True).first.wait_for()
    page.locator("button.counter").click()
    page.get_by_role("button", name="count 1").wait_for()
    assert lab.run(page, "print(counter.count, greeting)").strip() == "1 from the kernel"
    saved = nbformat.read(lab.save(page), as_version=4)
    assert saved.cells[0].outputs[0].text == "from the kernel\n"
    lab.close(page)
    page = lab.open_again(page.course["name"])
    page.get_by_role("button", name="count 1").wait_for()  # the widget's state was saved with the notebook
    assert page.course["errors"] == []


def test_a_failing_cell_is_an_error_here_too(lab):
    page = lab.open(["1 / 0"])
    try:
        lab.run_all(page)
    except AssertionError as error:
        assert "ZeroDivisionError" in str(error)
    else:
        raise AssertionError("run_all said nothing about a cell that failed")


def test_the_course_settings_are_in_force_and_the_developers_are_not(lab):
    news = lab.server.ask("GET", "/lab/api/settings/@jupyterlab/apputils-extension:notification")
    assert news["schema"]["properties"]["fetchNews"]["default"] == "false"
    manager = lab.server.ask("GET", "/lab/api/settings/@jupyter-widgets/jupyterlab-manager:plugin")
    assert manager["schema"]["properties"]["saveState"]["default"] is True
    assert news["raw"] in ("", "{}")
    assert manager["raw"] in ("", "{}")


def test_the_kernels_small_messages_are_sent_at_once(lab):
    lab.run_all(lab.open(["1"]))
    flags = lab.server.ask("GET", "/course/probe")["nodelay"]
    assert flags, "there is no open kernel websocket to ask"
    assert all(flags)
