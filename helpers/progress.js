// The browser's half of progress.py: a bar, where the training is, how to stop it, and one sentence when it is over.

const HINT = "To stop: ■ in the toolbar, or Esc and then I twice. Nothing is lost.";

export default {
  render({ model, el }) {
    const make = (tag, name, parent) => {
      const made = document.createElement(tag);
      made.className = name;
      parent.append(made);
      return made;
    };
    const root = make("div", "training", el);
    const track = make("div", "training-track", root);
    const fill = make("div", "training-fill", track);
    const text = make("span", "training-text", root);
    const hint = make("span", "training-hint", root);
    const said = make("span", "training-said", root);
    track.setAttribute("role", "progressbar");
    track.setAttribute("aria-label", "training");
    track.setAttribute("aria-valuemin", "0");
    track.setAttribute("aria-valuemax", "100");
    text.setAttribute("aria-hidden", "true"); // the bar's own value text says the same
    said.setAttribute("role", "status");
    hint.textContent = HINT;
    const draw = () => {
      const { part, text: words, state } = model.get("look");
      root.dataset.state = state;
      fill.style.width = `${100 * part}%`;
      track.setAttribute("aria-valuenow", String(Math.round(100 * part)));
      track.setAttribute("aria-valuetext", words || "starting");
      text.textContent = words || (state === "running" ? "training starts" : "");
      hint.hidden = state !== "running";
      // Epoch by epoch would be a flood: heard is the end alone.
      if (state !== "running" && said.textContent !== words) said.textContent = words;
    };
    model.on("change:look", draw);
    draw();
    return () => model.off("change:look", draw);
  },
};
