// The browser's half of pad.py: ink under the pen at once, Python's cells and reading a moment later. Mouse, finger and
// pen draw; the grid beside it is edited cell by cell with the keyboard. It knows no network.

const SIDE = 8;
const FULL = 16;
const PIXELS = 400; // of the drawing canvas, twice its size on the page
const SILENT_AFTER = 3000; // milliseconds without an answer before the reader is told why
const MORE = 4; // ink that one press of the space bar adds
const UNBOUND = "Run this cell to draw: nothing reads a pad from a saved page.";
const SILENT =
  "Python has not answered yet. If a cell is running, the pad answers when it is done; if none is, run this cell again.";
const KEYS = "Arrow keys move, space adds ink, Delete takes it away.";

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const percent = (q) => (q < 0.0005 ? "below 0.1 %" : q > 0.9995 ? "above 99.9 %" : `${(100 * q).toFixed(1)} %`);
const withArticle = (digit) => `${digit === 8 ? "an" : "a"} ${digit}`;
const grey = (ink) => Math.round(255 - 255 * Math.min(Math.max(ink / FULL, 0), 1));
const shade = (ink) => `rgb(${grey(ink)}, ${grey(ink)}, ${grey(ink)})`;

class View {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.face = model.get("face");
    this.id = `pad-${Math.random().toString(36).slice(2)}`;
    this.queue = []; // what waits for Python's answer to what was sent before
    this.at = [0, 0];
    this.seq = 0;
    this.build();
    this.onShown = () => this.draw();
    model.on("change:shown", this.onShown);
    this.draw();
  }

  close() {
    this.model.off("change:shown", this.onShown);
    clearTimeout(this.silentTimer);
  }

  // ---- what stands on the page -------------------------------------------------------------------------------------

  build() {
    const { root, face } = this;
    root.className = "pad";
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", face.name);
    this.canvas = element("canvas", { class: "pad-canvas", width: PIXELS, height: PIXELS, role: "img" });
    this.cells = [];
    this.grid = element("div", { class: "pad-grid", role: "grid", "aria-labelledby": `${this.id}-grid`, "aria-describedby": `${this.id}-keys` });
    for (let row = 0; row < SIDE; row += 1) {
      const line = element("div", { class: "pad-row", role: "row" });
      for (let col = 0; col < SIDE; col += 1) {
        const cell = element("div", { class: "pad-cell", role: "gridcell", tabindex: "-1", "data-lm-suppress-shortcuts": "true", "data-row": row, "data-col": col });
        this.cells.push(cell);
        line.append(cell);
      }
      this.grid.append(line);
    }
    this.slopes = Array.from({ length: SIDE * SIDE }, () => element("span", { class: "pad-slope" }));
    this.gradient = element("div", { class: "pad-gradient", role: "img" }, ...this.slopes);
    this.about = element("span");
    this.gradientPanel = this.panel(this.about, this.gradient);
    this.bars = Array.from({ length: 10 }, (_, digit) => {
      const bar = element("span", { class: "pad-bar" });
      const text = element("td", { class: "pad-percent" });
      const row = element("tr", {}, element("th", { scope: "row" }, String(digit)), element("td", { class: "pad-track", "aria-hidden": "true" }, bar), text);
      return { row, bar, text };
    });
    this.table = element("table", { class: "pad-chances", "aria-labelledby": `${this.id}-chances` }, element("tbody", {}, ...this.bars.map((bar) => bar.row)));
    this.tablePanel = this.panel(element("span", { id: `${this.id}-chances` }, "chance of each digit"), this.table);
    this.said = element("p", { class: "pad-said", role: "status" });
    this.note = element("p", { class: "pad-note" });
    this.error = element("p", { class: "pad-error", role: "alert", hidden: true });
    this.words = element("pre", { tabindex: "0", "data-lm-suppress-shortcuts": "true" });
    root.append(
      element("p", { class: "pad-task" }, face.task),
      element(
        "div",
        { class: "pad-panels" },
        this.panel("draw here", this.canvas),
        this.panel(element("span", { id: `${this.id}-grid` }, "ink in each cell, 0 to 16"), this.grid, element("p", { class: "pad-keys", id: `${this.id}-keys` }, KEYS)),
        this.gradientPanel,
        this.tablePanel,
      ),
      this.said,
      this.buildControls(),
      this.error,
      this.note,
      element("details", { class: "pad-words" }, element("summary", { "data-lm-suppress-shortcuts": "true" }, "In words and numbers"), this.words),
    );
    this.listenToPen();
    this.listenToKeys();
  }

  panel(caption, ...inside) {
    return element("div", { class: "pad-panel" }, element("div", { class: "pad-caption" }, caption), ...inside);
  }

  button(name, label, action) {
    const button = element("button", { type: "button", "data-name": name, "data-lm-suppress-shortcuts": "true" }, label);
    button.addEventListener("click", action);
    return button;
  }

  buildControls() {
    this.undo = this.button("undo", "Undo", () => this.tell("undo"));
    this.clear = this.button("clear", "Clear", () => this.tell("clear"));
    const another = this.face.examples ? this.button("another", "Another test digit", () => this.tell("another")) : null;
    this.fit = element("input", { type: "checkbox", "data-name": "fit", "data-lm-suppress-shortcuts": "true" });
    this.fit.addEventListener("change", () => this.tell("set_fit", { on: this.fit.checked }));
    this.ask = element("select", { "data-name": "ask", "data-lm-suppress-shortcuts": "true" }, element("option", { value: "" }, "the digit read"));
    for (let digit = 0; digit < 10; digit += 1) this.ask.append(element("option", { value: digit }, withArticle(digit)));
    this.ask.addEventListener("change", () => this.tell("ask", { digit: this.ask.value === "" ? null : Number(this.ask.value) }));
    this.asking = element("label", { class: "pad-choice" }, "Gradient for", this.ask);
    return element("div", { class: "pad-controls" }, this.undo, this.clear, another, element("label", { class: "pad-toggle" }, this.fit, "centre and scale"), this.asking);
  }

  // ---- the pen -----------------------------------------------------------------------------------------------------

  listenToPen() {
    const canvas = this.canvas;
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      const inCells = (at, size) => Math.min(Math.max((SIDE * at) / size, 0), SIDE);
      return [inCells(event.clientX - box.left, box.width), inCells(event.clientY - box.top, box.height)];
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.pen !== undefined) return;
      event.preventDefault();
      if (!this.bound()) return this.complain(UNBOUND);
      canvas.setPointerCapture(event.pointerId);
      this.pen = event.pointerId;
      if (this.model.get("shown").origin) this.paint({ base: [], strokes: [] }); // the pen wipes an example away
      this.last = place(event);
      this.ink(this.last, this.last);
      this.tell("stroke", { points: [this.last], first: true });
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== this.pen) return;
      const passed = event.getCoalescedEvents?.() ?? [];
      const points = (passed.length ? passed : [event]).map(place);
      for (const point of points) {
        this.ink(this.last, point);
        this.last = point;
      }
      this.tell("stroke", { points, first: false });
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(end, (event) => {
        if (event.pointerId !== this.pen) return;
        this.pen = undefined;
        if (!this.queue.length && !this.waiting) this.draw();
      });
    }
  }

  ink(from, to) {
    const context = this.canvas.getContext("2d");
    const scale = PIXELS / SIDE;
    context.strokeStyle = "#000";
    context.lineCap = "round";
    context.lineWidth = 2 * this.face.pen * scale;
    context.beginPath();
    context.moveTo(scale * from[0], scale * from[1]);
    context.lineTo(scale * to[0], scale * to[1] + 0.01); // a line of no length leaves no dot in some browsers
    context.stroke();
  }

  // White paper with cells laid on by hand or by an example, then the strokes, then the faint lines of the cells.
  paint({ base, strokes }) {
    const context = this.canvas.getContext("2d");
    const scale = PIXELS / SIDE;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, PIXELS, PIXELS);
    base.forEach((ink, place) => {
      if (!ink) return;
      context.fillStyle = shade(ink);
      context.fillRect(scale * (place % SIDE), scale * Math.floor(place / SIDE), scale, scale);
    });
    for (const points of strokes) points.forEach((point, n) => this.ink(points[Math.max(n - 1, 0)], point));
    context.strokeStyle = "rgba(120, 120, 120, 0.45)";
    context.lineWidth = 1;
    context.beginPath();
    for (let n = 1; n < SIDE; n += 1) {
      context.moveTo(scale * n, 0);
      context.lineTo(scale * n, PIXELS);
      context.moveTo(0, scale * n);
      context.lineTo(PIXELS, scale * n);
    }
    context.stroke();
  }

  // ---- the keyboard ------------------------------------------------------------------------------------------------

  listenToKeys() {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    this.grid.addEventListener("keydown", (event) => {
      if (event.altKey || (event.shiftKey && event.key !== "+")) return;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
        this.tell("undo");
      } else if (event.ctrlKey || event.metaKey) return;
      else if (event.key in moves) this.go(this.at[0] + moves[event.key][0], this.at[1] + moves[event.key][1]);
      else if (event.key === "Home") this.go(this.at[0], 0);
      else if (event.key === "End") this.go(this.at[0], SIDE - 1);
      else if (event.key === " " || event.key === "+") this.addInk(MORE);
      else if (event.key === "-") this.addInk(-MORE);
      else if (event.key === "Delete" || event.key === "Backspace") this.addInk(-FULL);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.grid.addEventListener("click", (event) => {
      const cell = event.target.closest(".pad-cell");
      if (!cell) return;
      this.go(Number(cell.dataset.row), Number(cell.dataset.col));
      this.addInk(MORE);
    });
  }

  go(row, col) {
    this.at = [Math.min(Math.max(row, 0), SIDE - 1), Math.min(Math.max(col, 0), SIDE - 1)];
    this.rove();
    this.cells[SIDE * this.at[0] + this.at[1]].focus({ preventScroll: true });
  }

  rove() {
    this.cells.forEach((cell, n) => {
      cell.tabIndex = n === SIDE * this.at[0] + this.at[1] ? 0 : -1;
    });
  }

  addInk(change) {
    const [row, col] = this.at;
    const cell = this.cells[SIDE * row + col];
    const ink = Math.min(Math.max(Number(cell.dataset.ink) + change, 0), FULL);
    if (this.tell("set_cell", { row, col, ink })) this.setCell(SIDE * row + col, ink);
  }

  setCell(n, ink) {
    const cell = this.cells[n];
    cell.dataset.ink = ink;
    cell.textContent = ink ? String(ink) : "";
    cell.style.background = shade(ink);
    cell.style.color = ink >= 10 ? "#fff" : "#000";
    cell.setAttribute("aria-label", `row ${Math.floor(n / SIDE) + 1}, column ${(n % SIDE) + 1}, ink ${ink}`);
  }

  // ---- to and from Python ------------------------------------------------------------------------------------------

  // One message is under way at a time; pieces of a stroke that wait are joined. True if Python will hear of it.
  tell(action, details = {}) {
    if (!this.bound()) {
      this.complain(UNBOUND);
      return false;
    }
    const last = this.queue.at(-1);
    if (action === "stroke" && !details.first && last?.action === "stroke") last.details.points.push(...details.points);
    else this.queue.push({ action, details });
    this.next();
    return true;
  }

  next() {
    if (this.waiting || !this.queue.length) return;
    const { action, details } = this.queue.shift();
    this.seq += 1;
    try {
      this.model.send({ do: action, with: details, seq: this.seq, view: this.id });
    } catch {
      this.queue = [];
      return this.complain(UNBOUND); // the kernel was restarted, and its line to this pad is cut
    }
    this.waiting = true;
    clearTimeout(this.silentTimer);
    this.silentTimer = setTimeout(() => {
      this.waiting = false;
      this.complain(SILENT);
      this.next();
    }, SILENT_AFTER);
  }

  // Whether Python knows this pad. It doesn't know one from a saved notebook.
  bound() {
    const manager = this.model.widget_manager;
    if (manager && "kernel" in manager && !manager.kernel) return false;
    return !this.root.closest(".jupyter-widgets-disconnected");
  }

  complain(sentence) {
    this.error.textContent = sentence;
    this.error.hidden = !sentence;
  }

  draw() {
    const shown = this.model.get("shown");
    this.waiting = false;
    clearTimeout(this.silentTimer);
    this.next();
    this.complain(shown.error);
    if (this.pen === undefined && !this.queue.length && !this.waiting) this.paint(shown); // the hand is not ahead
    const whose = shown.origin ? `: ${shown.origin}` : "";
    this.canvas.setAttribute("aria-label", `Drawing surface for mouse, finger or pen${whose}. With the keyboard, use the grid beside it.`);
    const ahead = this.waiting || this.queue.some((each) => each.action === "set_cell");
    shown.cells.forEach((ink, n) => ahead || this.setCell(n, ink));
    this.rove();
    this.drawReading(shown);
    this.note.textContent = shown.note;
    this.words.textContent = shown.words;
    this.undo.disabled = !shown.undo;
    this.fit.checked = shown.fit;
    this.ask.value = shown.asked === null ? "" : String(shown.asked);
    this.root.dataset.turn = shown.turn;
    this.root.dataset.state = this.pen === undefined && !this.waiting && !this.queue.length ? "rest" : "moving";
  }

  drawReading(shown) {
    const read = shown.digit !== null;
    this.gradientPanel.classList.toggle("pad-blank", !read);
    this.table.classList.toggle("pad-blank", !read);
    this.gradientPanel.hidden = this.tablePanel.hidden = this.asking.hidden = !this.face.reads;
    const sentence = shown.error && !read ? "" : shown.sentence;
    if (this.pen === undefined && this.said.textContent !== sentence) this.said.textContent = sentence;
    this.bars.forEach(({ row, bar, text }, digit) => {
      const chance = read ? shown.probabilities[digit] : 0;
      row.className = digit === shown.digit ? "pad-read" : "";
      bar.style.width = `${100 * chance}%`;
      text.textContent = read ? percent(chance) : "–";
    });
    const largest = read ? Math.max(...shown.gradient.map(Math.abs)) || 1 : 1;
    this.slopes.forEach((slope, n) => {
      const part = read ? shown.gradient[n] / largest : 0;
      const strength = 0.75 * Math.abs(part);
      const [r, g, b] = part > 0 ? [213, 94, 0] : [0, 114, 178];
      const mixed = [r, g, b].map((colour) => Math.round(255 + strength * (colour - 255)));
      slope.style.background = `rgb(${mixed.join(", ")})`;
      slope.textContent = Math.abs(part) < 0.25 ? "" : part > 0 ? "+" : "−";
    });
    this.about.replaceChildren(read ? `more ink: more (+) or less (−) of ${withArticle(shown.about)}` : "what more ink would do");
    this.gradient.setAttribute("aria-label", read ? `The gradient of the input as a picture. ${shown.slopes}` : "The gradient of the input: nothing is read.");
  }
}

function render({ model, el }) {
  const root = element("div");
  el.append(root);
  const view = new View(model, root);
  return () => view.close();
}

export default { render };
