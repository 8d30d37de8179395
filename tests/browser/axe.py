"""axe-core, the accessibility scanner, on one part of a JupyterLab page."""

from axe_playwright_python.base import AXE_FILE_PATH


def violations(page, selector):
    """What axe-core objects to in all elements of a selector: one line a fault, ready to be read."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.add_script_tag(path=str(AXE_FILE_PATH))
    # axe-core looks at no contrast, and doesn't say so, where it takes a text for invisible. That is all of
    # JupyterLab, whose <body> is 0 px high with its overflow hidden, and whatever is scrolled out of sight. So the
    # window is made as high as the notebook, and <body> as high as the window: the page looks the same.
    size = page.viewport_size
    whole = page.locator(".jp-WindowedPanel-outer").first.evaluate("one => one.scrollHeight + 150")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], whole)})
    page.evaluate("() => { document.body.style.height = '100vh'; }")
    page.wait_for_timeout(200)  # JupyterLab lays out what has come into sight
    found = page.evaluate("selector => axe.run({include: [[selector]]}, {resultTypes: ['violations']})", selector)
    page.set_viewport_size(size)
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]} {node.get('failureSummary', '')}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
