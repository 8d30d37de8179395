// A JupyterLab extension that gives a saved picture the alternative text that its output carries. JupyterLab itself
// leaves it out (jupyter/enhancement-proposals issue 120), so that a screen reader would meet figures without a name
// until their cells have run. It is written by hand, in the form in which JupyterLab loads extensions, and needs no
// build: a container with `init` and `get`, and one plugin.

function describePictures(shell) {
  for (const panel of shell.widgets("main")) {
    for (const cell of panel.content?.widgets ?? []) {
      const outputs = cell.model?.outputs;
      (cell.outputArea?.widgets ?? []).forEach((shown, index) => {
        const metadata = outputs?.get(index)?.metadata ?? {};
        for (const image of shown.node.querySelectorAll(".jp-RenderedImage img:not([alt])")) {
          const alt = metadata["image/png"]?.alt ?? metadata.alt;
          if (alt) image.alt = alt;
        }
      });
    }
  }
}

const plugin = {
  id: "downhill-alt-text:plugin",
  description: "Gives saved pictures their alternative text",
  autoStart: true,
  activate: ({ shell }) => {
    let waiting = false;
    const later = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        describePictures(shell);
      });
    };
    const isPicture = (node) => node.nodeType === 1 && (node.localName === "img" || node.querySelector?.("img:not([alt])"));
    new MutationObserver((changes) => {
      if (changes.some(({ addedNodes }) => [...addedNodes].some(isPicture))) later();
    }).observe(document.body, { childList: true, subtree: true });
    later();
  },
};

(window._JUPYTERLAB ??= {})["downhill-alt-text"] = {
  init: () => {},
  get: async () => () => ({ __esModule: true, default: plugin }),
};
