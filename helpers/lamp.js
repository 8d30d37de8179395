// The browser's half of lamp.py: a sign, a colour and a sentence that a screen reader hears when it changes.

export default {
  render({ model, el }) {
    const root = document.createElement("div");
    const sign = document.createElement("span");
    const text = document.createElement("span");
    sign.setAttribute("aria-hidden", "true");
    sign.className = "lamp-sign";
    root.className = "lamp";
    root.setAttribute("role", "status");
    root.append(sign, text);
    el.append(root);
    const draw = () => {
      root.dataset.lit = model.get("lit");
      sign.textContent = model.get("lit") === "order" ? "✓" : "!";
      if (text.textContent !== model.get("text")) text.textContent = model.get("text");
    };
    model.on("change:lit change:text", draw);
    draw();
    return () => model.off("change:lit change:text", draw);
  },
};
