"""axe-core, the accessibility scanner, on one part of a JupyterLab page."""

from axe_playwright_python.base import AXE_FILE_PATH


def violations(element):
    """What axe-core objects to in an element (a locator): one line a fault, ready to be read."""
    page = element.page
    if page.evaluate("typeof axe === 'undefined'"):
        page.add_script_tag(path=str(AXE_FILE_PATH))
    # JupyterLab's <body> is 0 px high with its overflow hidden. axe-core then takes everything on the page for
    # invisible and looks at no contrast, without a word. As high as the window, the page looks the same. Nor does
    # it look at the contrast of what is scrolled out of sight.
    page.evaluate("() => { document.body.style.height = '100vh'; }")
    found = element.evaluate(
        """async element => {
             element.scrollIntoView({block: 'start'});
             await new Promise(next => requestAnimationFrame(() => requestAnimationFrame(next)));
             return axe.run(element, {resultTypes: ['violations']});
        }"""
    )
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]} {node.get('failureSummary', '')}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
