// The browser's half of LiveFigure: controls that a keyboard and a screen reader can use, and a canvas that shows the
// newest picture. One request is under way at a time; whatever the hand does meanwhile is gathered, newest value first.

const REST_AFTER = 220; // milliseconds without a move before the fine picture is asked for
const FINE = window.devicePixelRatio > 1; // a plain screen has no use for twice the pixels while the hand moves
const TAP = 10; // CSS pixels: a finger that moves further than this scrolls the page and chooses nothing
const SILENT_AFTER = 2500; // milliseconds without an answer before the reader is told why

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const floats = (view) => new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
const minus = (text) => text.replace("-", "\u2212");
const tidy = (value, control) => Number(value).toFixed(control.digits);

// ---- one view of a figure ------------------------------------------------------------------------------------------

class View {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.face = model.get("face");
    this.state = model.get("shown");
    // Every figure brings this module anew, so a count would not tell two of them apart on one page.
    this.id = `lf-${Math.random().toString(36).slice(2)}`;
    this.seq = 0; // the last request sent
    this.drawn = -1; // the number of the last picture shown: an older one is dropped
    this.frames = 0;
    this.asking = false;
    this.moves = {}; // gathered while a request is under way
    this.presses = [];
    this.tables = {};
    this.inputs = {};
    this.build();
    this.onStill = () => this.showStill();
    this.onMessage = (message, buffers) => this.receive(message, buffers);
    model.on("change:shown", this.onStill);
    model.on("msg:custom", this.onMessage);
    this.showStill();
  }

  close() {
    this.model.off("change:shown", this.onStill);
    this.model.off("msg:custom", this.onMessage);
    clearTimeout(this.restTimer);
    clearTimeout(this.silentTimer);
    this.stopPlaying();
  }

  // ---- what stands on the page -------------------------------------------------------------------------------------

  build() {
    const { face, root } = this;
    root.className = "lf";
    root.style.setProperty("--lf-width", `${face.width}px`);
    this.canvas = element("canvas", {
      class: "lf-picture",
      role: "img",
      width: face.width,
      height: face.height,
    });
    this.canvas.style.aspectRatio = `${face.width} / ${face.height}`;
    if (face.hint) this.listenToClicks();
    this.readouts = element("div", { class: "lf-readouts" });
    this.error = element("p", { class: "lf-error", role: "alert", hidden: true });
    this.status = element("p", { class: "lf-status", role: "status" });
    this.words = element("pre", { tabindex: 0, role: "region", "aria-label": `${face.name} in words` });
    root.append(
      element("p", { class: "lf-task" }, face.task),
      this.canvas,
      ...(face.hint ? [element("p", { class: "lf-hint" }, face.hint)] : []),
      this.readouts,
      this.buildControls(),
      this.error,
      this.status,
      element("details", { class: "lf-words" }, element("summary", {}, "The figure in words"), this.words),
    );
  }

  buildControls() {
    const panel = element("div", { class: "lf-controls", role: "group", "aria-label": `Controls of ${this.face.name}` });
    for (const event of ["focusin", "pointerenter"]) panel.addEventListener(event, () => this.wantGround());
    const sliders = element("div", { class: "lf-sliders" });
    const row = element("div", { class: "lf-buttons" });
    for (const control of this.face.controls) {
      if (control.kind === "slider") sliders.append(this.buildSlider(control));
      else if (control.kind === "toggle") row.append(this.buildToggle(control));
      else if (control.kind === "choice") row.append(this.buildChoice(control));
      else row.append(this.buildButton(control));
    }
    if (sliders.children.length) panel.append(sliders);
    if (row.children.length) panel.append(row);
    return panel;
  }

  // JupyterLab takes arrow keys and letters for itself unless the input says otherwise.
  field(tag, control, attributes) {
    return element(tag, {
      "data-name": control.name,
      "data-lm-suppress-shortcuts": "true",
      ...attributes,
    });
  }

  buildSlider(control) {
    const id = `${this.id}-${control.name}`;
    const range = this.field("input", control, {
      type: "range",
      id,
      min: control.low,
      max: control.high,
      step: control.step,
    });
    const number = this.field("input", control, {
      type: "number",
      min: control.low,
      max: control.high,
      step: "any",
      "aria-label": `${control.label}, as a number${control.unit ? ` in ${control.unit}` : ""}`,
    });
    range.addEventListener("input", () => this.slide(control, Number(range.value)));
    range.addEventListener("pointerdown", () => this.wantTable(control.name));
    range.addEventListener("focus", () => this.wantTable(control.name));
    range.addEventListener("pointerenter", () => this.wantTable(control.name));
    let entered; // JupyterLab keeps Enter from the field, which then reports the same number again when it is left
    number.addEventListener("input", () => (entered = undefined));
    number.addEventListener("change", () => number.value !== entered && this.typed(control, number));
    number.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      this.typed(control, number);
      entered = number.value;
    });
    this.inputs[control.name] = { control, range, number };
    return element(
      "div",
      { class: "lf-slider" },
      element("label", { for: id }, control.label),
      range,
      number,
      element("span", { class: "lf-unit" }, control.unit),
    );
  }

  buildToggle(control) {
    const box = this.field("input", control, { type: "checkbox" });
    box.addEventListener("change", () => this.move(control.name, box.checked));
    this.inputs[control.name] = { control, box };
    return element("label", { class: "lf-toggle" }, box, control.label);
  }

  buildChoice(control) {
    const select = this.field("select", control, {});
    for (const option of control.options) select.append(element("option", { value: option }, option));
    select.addEventListener("change", () => this.move(control.name, select.value));
    this.inputs[control.name] = { control, select };
    return element("label", { class: "lf-choice" }, control.label, select);
  }

  buildButton(control) {
    const button = this.field("button", control, { type: "button" });
    button.textContent = control.label;
    if (control.repeats) {
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", () => (this.playing ? this.stopPlaying() : this.play(control, button)));
    } else {
      button.addEventListener("click", () => {
        this.stopPlaying();
        this.press(control.name);
      });
    }
    return button;
  }

  // ---- from the hand to the kernel ---------------------------------------------------------------------------------

  preview(control, value) {
    this.inputs[control.name].number.value = tidy(value, control);
    this.say(control, value);
  }

  slide(control, value) {
    if (this.ownComplaint) this.complain(""); // it was about what had been typed
    this.preview(control, value);
    const table = this.tables[control.name];
    if (table && table.version === this.state.versions[control.name]) {
      this.hand = { name: control.name, value };
      this.drawTable(table, value);
    } else this.move(control.name, value);
    this.later(control.name, value);
  }

  typed(control, number) {
    const value = Number(number.value.replace(",", "."));
    const bounds = `${minus(String(control.low))} to ${minus(String(control.high))}`;
    if (number.value.trim() === "" || !Number.isFinite(value)) {
      this.complain(`${control.label} takes a number from ${bounds}. The figure keeps its last value.`);
      number.value = tidy(this.state.values[control.name], control);
      return;
    }
    const kept = Math.min(Math.max(value, control.low), control.high);
    this.complain(kept === value ? "" : `${control.label} goes from ${bounds}, so it is set to ${minus(String(kept))}.`);
    this.inputs[control.name].range.value = kept;
    if (kept !== value) number.value = tidy(kept, control);
    this.move(control.name, kept);
    this.later(control.name, kept);
  }

  move(name, value) {
    this.moves[name] = value;
    this.ask();
    if (!this.inputs[name].range) this.later(name, value);
  }

  press(name) {
    Object.assign(this.moves, this.resting); // what was moved last goes before the push, and must not come after it
    this.resting = {};
    this.presses.push(name);
    this.ask();
    this.later();
  }

  // ---- a click in the picture --------------------------------------------------------------------------------------

  // A mouse chooses as it is pressed and goes on while it is dragged. A finger or a pen chooses with a tap, so that a
  // swipe that begins on the picture still scrolls the page.
  listenToClicks() {
    const { canvas } = this;
    canvas.classList.add("lf-clickable");
    canvas.addEventListener("pointerenter", () => this.wantGround());
    canvas.addEventListener("pointerdown", (event) => {
      const area = this.areaAt(event);
      if (!area || !event.isPrimary || event.button !== 0) return;
      this.holding = { area, x: event.clientX, y: event.clientY, tap: event.pointerType !== "mouse" };
      if (this.holding.tap) return;
      canvas.setPointerCapture(event.pointerId);
      this.choose(area, event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (this.holding && !this.holding.tap) return this.choose(this.holding.area, event);
      const area = this.areaAt(event);
      canvas.style.cursor = area ? "crosshair" : "";
      if (area && !(area.x && area.y)) this.wantTable((area.x ?? area.y).slider);
    });
    canvas.addEventListener("pointerup", (event) => {
      const { holding } = this;
      this.holding = undefined;
      if (!holding?.tap || Math.hypot(event.clientX - holding.x, event.clientY - holding.y) > TAP) return;
      this.choose(holding.area, event);
    });
    canvas.addEventListener("pointercancel", () => (this.holding = undefined));
  }

  // Where the pointer is in the picture, in its own CSS pixels, whatever size the page shows it in.
  placeOf({ offsetX, offsetY }) {
    const { canvas, face } = this;
    return { left: (offsetX / canvas.clientWidth) * face.width, top: (offsetY / canvas.clientHeight) * face.height };
  }

  areaAt(event) {
    const { left, top } = this.placeOf(event);
    return this.state.areas.find(
      (area) => left >= area.left && left <= area.left + area.width && top >= area.top && top <= area.top + area.height,
    );
  }

  choose(area, event) {
    const { left, top } = this.placeOf(event);
    const parts = { x: (left - area.left) / area.width, y: 1 - (top - area.top) / area.height };
    const values = {};
    for (const way of ["x", "y"]) {
      if (!area[way]) continue;
      const { slider, low, high, log } = area[way];
      const { range } = this.inputs[slider];
      range.value = log ? low * (high / low) ** parts[way] : low + (high - low) * parts[way];
      values[slider] = Number(range.value); // the range input has brought it to the nearest step it has
    }
    this.complain("");
    this.chosen = Object.keys(values);
    if (this.chosen.length === 1) this.slide(this.inputs[this.chosen[0]].control, values[this.chosen[0]]);
    else this.slideAll(values);
  }

  // Two sliders at once: no table holds both, so the kernel draws.
  slideAll(values) {
    for (const [name, value] of Object.entries(values)) {
      this.preview(this.inputs[name].control, value);
      this.moves[name] = value;
      this.later(name, value);
    }
    this.ask();
  }

  // The fine picture follows when the hand has rested.
  later(name, value) {
    if (name !== undefined) (this.resting ??= {})[name] = value;
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => {
      this.wantRest = true;
      Object.assign(this.moves, this.resting);
      this.resting = {};
      this.ask();
    }, REST_AFTER);
  }

  ask() {
    if (this.asking) return;
    const press = this.presses.shift();
    const some = Object.keys(this.moves).length > 0;
    if (!some && press === undefined && !this.wantRest) return;
    const rest = Boolean(this.wantRest) && press === undefined;
    if (rest) this.wantRest = false;
    this.asking = true;
    this.seq += 1;
    if (!rest) this.hand = undefined; // the kernel draws now
    const { moves } = this;
    this.moves = {};
    this.root.dataset.state = "waiting";
    clearTimeout(this.silentTimer);
    this.silentTimer = setTimeout(() => this.silent(), SILENT_AFTER);
    const ground = this.ground?.version;
    if (!this.send({ type: "ask", view: this.id, seq: this.seq, moves, press, rest, ground })) this.silent();
  }

  // False where there is no kernel to send to: shut down, restarted or never started.
  send(message) {
    try {
      this.model.send(message);
      return true;
    } catch {
      return false;
    }
  }

  answered({ view, seq }) {
    if (view !== this.id || seq < this.seq) return;
    this.asking = false;
    clearTimeout(this.silentTimer);
    this.status.classList.remove("lf-visible");
    this.ask();
  }

  silent() {
    this.status.textContent =
      "Python has not answered yet. If a cell is running, the figure moves again when it is done; " +
      "if nothing is running, run this figure's cell again.";
    this.status.classList.add("lf-visible");
    this.stopPlaying();
    this.asking = false; // the next move asks anew
  }

  play(control, button) {
    this.playing = { control, button };
    button.setAttribute("aria-pressed", "true");
    button.textContent = "Pause";
    this.press(control.repeats);
  }

  stopPlaying() {
    if (!this.playing) return;
    clearTimeout(this.playTimer);
    const { control, button } = this.playing;
    this.playing = undefined;
    button.setAttribute("aria-pressed", "false");
    button.textContent = control.label;
  }

  // ---- from the kernel to the eye ----------------------------------------------------------------------------------

  async receive(message, buffers) {
    if (message.type === "table") return this.keepTable(message.table, buffers);
    if (message.type === "ground") return this.keepGround(message.version, buffers);
    if (message.type !== "frame") return;
    this.answered(message.state);
    await this.showFrame(message, buffers);
    if (this.playing) {
      const { control } = this.playing;
      if (message.state.finished || message.state.error) this.stopPlaying();
      else this.playTimer = setTimeout(() => this.playing && this.press(control.repeats), control.every);
    }
  }

  // Marks to draw over the background that this view keeps, or where the kernel could not send those, a picture.
  async showFrame({ state, marks }, buffers) {
    if (!marks) return this.showBitmap(state, buffers[0], "image/jpeg", "moving");
    if (state.ground !== this.ground?.version) return this.wantGround(); // sent for another view of this figure
    this.show(state, "moving", () => this.drawMarks(this.ground.picture, marks, floats(buffers[0]), 0));
  }

  async showStill() {
    const state = this.model.get("shown");
    const still = this.model.get("still");
    this.answered(state);
    if (!still || !still.byteLength) return;
    await this.showBitmap(state, still, "image/png", "rest");
    this.words.textContent = state.words;
  }

  async showBitmap(state, data, type, how) {
    const bitmap = await createImageBitmap(new Blob([bytes(data)], { type }));
    this.show(state, how, () => {
      this.fit(FINE ? bitmap : this.face); // a canvas that changes its size costs the next frame dearly
      const context = this.canvas.getContext("2d");
      context.imageSmoothingQuality = "high";
      context.drawImage(bitmap, 0, 0, this.canvas.width, this.canvas.height);
    });
    bitmap.close();
  }

  show(state, how, draw) {
    // Late, or drawn for a place that the hand has left on its table meanwhile: another follows.
    const left = this.hand && state.values[this.hand.name] !== this.hand.value;
    if (state.number < this.drawn || left) return;
    this.drawn = state.number;
    this.hand = undefined;
    draw();
    this.state = state;
    this.tell(state.alt, state.readouts, how);
    this.complain(state.error, true);
    if (!this.asking) this.follow(state.values);
    this.root.dataset.seq = state.number;
  }

  // Alt text, readouts and picture change in the same breath.
  tell(alt, readouts, how) {
    this.canvas.setAttribute("aria-label", alt);
    for (const [label, text] of Object.entries(readouts)) {
      let output = this.readouts.querySelector(`output[data-name="${CSS.escape(label)}"]`);
      if (!output) {
        output = element("output", { "data-name": label, "aria-label": label, "aria-live": "off" });
        this.readouts.append(element("span", { class: "lf-readout" }, `${label} `, output));
      }
      if (output.textContent !== text) output.textContent = text;
    }
    if (how === "rest" && !this.status.classList.contains("lf-visible")) {
      const chosen = (this.chosen ?? []).map((name) => {
        const { control, range } = this.inputs[name];
        return `${control.label} ${range.getAttribute("aria-valuetext")}`;
      });
      const numbers = Object.entries(readouts).map(([label, text]) => `${label} ${text}`);
      if (this.frames) this.status.textContent = [...chosen, ...numbers].join(", ");
      this.chosen = undefined;
    }
    this.frames += 1;
    this.root.dataset.frame = this.frames;
    this.root.dataset.state = how;
  }

  complain(sentence, fromKernel = false) {
    if (fromKernel && !sentence && this.ownComplaint) return; // what was typed stays explained until the next move
    this.ownComplaint = !fromKernel && Boolean(sentence);
    this.error.textContent = sentence;
    this.error.hidden = !sentence;
  }

  // Controls show what the kernel holds, unless the hand is ahead of it.
  follow(values) {
    for (const [name, value] of Object.entries(values)) {
      const { control, range, number, box, select } = this.inputs[name];
      if (name in this.moves || (this.resting && name in this.resting)) continue;
      if (range) {
        if (value !== null && Number(range.value) !== value) range.value = value;
        if (document.activeElement !== number) number.value = value === null ? "" : tidy(value, control);
        this.say(control, value);
      } else if (box) box.checked = value;
      else if (select) select.value = value;
    }
  }

  say(control, value) {
    const text = value === null ? "out of all bounds" : `${minus(tidy(value, control))}${control.unit ? ` ${control.unit}` : ""}`;
    this.inputs[control.name].range.setAttribute("aria-valuetext", text);
  }

  fit(picture) {
    if (this.canvas.width === picture.width) return;
    this.canvas.width = picture.width;
    this.canvas.height = picture.height;
  }

  drawMarks(background, marks, points, index) {
    this.fit(background);
    const scale = background.width / this.face.width;
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(background, 0, 0);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    for (const mark of marks) drawMark(context, mark, points, index);
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  // With the background at hand, the kernel need only send where the moving marks are.
  wantGround() {
    if (this.groundWanted || this.ground?.version === this.state.ground) return;
    this.groundWanted = this.send({ type: "ground", fine: FINE });
  }

  async keepGround(version, buffers) {
    const picture = await createImageBitmap(new Blob([bytes(buffers[0])], { type: "image/png" }));
    this.ground?.picture.close();
    this.ground = { version, picture };
    this.groundWanted = false;
  }

  // ---- tables: every position of a slider computed ahead -----------------------------------------------------------

  wantTable(name) {
    if (!this.face.tabled.includes(name) || this.wanted === name) return;
    const table = this.tables[name];
    if (table && table.version === this.state.versions[name]) return;
    if (this.send({ type: "table", name, fine: FINE })) this.wanted = name;
  }

  async keepTable(table, buffers) {
    this.wanted = undefined;
    table.points = floats(buffers[1]);
    table.background = await createImageBitmap(new Blob([bytes(buffers[0])], { type: "image/png" }));
    this.tables[table.name]?.background.close();
    this.tables[table.name] = table;
  }

  drawTable(table, value) {
    const last = table.states.length - 1;
    const index = Math.min(Math.max(Math.round((value - table.low) / table.step), 0), last);
    this.drawMarks(table.background, table.marks, table.points, index);
    const { alt, readouts } = table.states[index];
    this.complain("");
    this.tell(alt, readouts, "moving");
  }
}

// ---- marks -----------------------------------------------------------------------------------------------------------

function drawMark(context, mark, points, index) {
  const spans = mark.spans[index].map(([start, count]) => [mark.start + start, count]);
  if (!spans.length) return;
  context.save();
  context.globalAlpha = mark.alpha;
  if (mark.clip) {
    context.beginPath();
    context.rect(...mark.clip);
    context.clip();
  }
  ({ line: drawLine, segments: drawSegments, text: drawText, shape: drawShape, image: drawImage })[mark.kind](
    context, mark, points, spans, index,
  );
  context.restore();
}

function trace(context, points, [start, count]) {
  context.moveTo(points[2 * start], points[2 * start + 1]);
  for (let i = start + 1; i < start + count; i += 1) context.lineTo(points[2 * i], points[2 * i + 1]);
}

function drawLine(context, mark, points, spans) {
  for (const span of spans) {
    if (mark.width) {
      context.strokeStyle = mark.color;
      context.lineWidth = mark.width;
      context.setLineDash(mark.dash);
      context.lineJoin = "round";
      context.beginPath();
      trace(context, points, span);
      context.stroke();
      context.setLineDash([]);
    }
    if (mark.marker) drawMarkers(context, mark, points, span);
  }
}

// All in one path: a stroke or a fill costs far more than the points in it.
function drawMarkers(context, mark, points, [start, count]) {
  const r = mark.radius;
  context.beginPath();
  for (let i = start; i < start + count; i += 1) {
    const [x, y] = [points[2 * i], points[2 * i + 1]];
    if (mark.marker === "s") context.rect(x - r, y - r, 2 * r, 2 * r);
    else if (mark.marker === "D") {
      context.moveTo(x, y - r);
      context.lineTo(x + r, y);
      context.lineTo(x, y + r);
      context.lineTo(x - r, y);
      context.closePath();
    } else {
      context.moveTo(x + r, y);
      context.arc(x, y, r, 0, 2 * Math.PI);
    }
  }
  context.fillStyle = mark.fill;
  context.fill();
  if (mark.edgewidth) {
    context.strokeStyle = mark.edge;
    context.lineWidth = mark.edgewidth;
    context.stroke();
  }
}

function drawSegments(context, mark, points, spans) {
  context.strokeStyle = mark.color;
  context.lineWidth = mark.width;
  context.beginPath();
  for (const span of spans) trace(context, points, span);
  context.stroke();
}

const ALIGN = { left: "left", center: "center", right: "right" };
const BASELINE = { top: "top", center: "middle", bottom: "bottom", baseline: "alphabetic" };

function drawText(context, mark, points, [[start]], index) {
  context.fillStyle = mark.color;
  context.font = `${mark.weight === "bold" ? "bold " : ""}${mark.size}px "DejaVu Sans", Verdana, sans-serif`;
  context.textAlign = ALIGN[mark.align];
  context.textBaseline = BASELINE[mark.baseline] ?? "alphabetic";
  const lines = mark.texts[index].split("\n");
  const height = 1.2 * mark.size;
  const lift = { top: 0, center: (lines.length - 1) / 2 }[mark.baseline] ?? lines.length - 1;
  lines.forEach((line, i) => context.fillText(line, points[2 * start], points[2 * start + 1] + (i - lift) * height));
}

// Cells of one colour each, put on a canvas of their own first: only a canvas can be drawn larger.
function drawImage(context, mark, points, [[start]], index) {
  const { width, height, rgba } = mark.images[index];
  const cells = element("canvas", { width, height });
  const colours = Uint8ClampedArray.from(atob(rgba), (letter) => letter.charCodeAt(0));
  cells.getContext("2d").putImageData(new ImageData(colours, width, height), 0, 0);
  const [left, bottom, right, top] = points.subarray(2 * start, 2 * start + 4);
  context.imageSmoothingEnabled = false;
  context.drawImage(cells, left, top, right - left, bottom - top);
}

function drawShape(context, mark, points, spans) {
  for (const span of spans) {
    context.beginPath();
    trace(context, points, span);
    context.closePath();
    context.fillStyle = mark.fill;
    context.fill();
    if (mark.width) {
      context.strokeStyle = mark.edge;
      context.lineWidth = mark.width;
      context.stroke();
    }
  }
}

function render({ model, el }) {
  const root = element("div");
  el.append(root);
  const view = new View(model, root);
  return () => view.close();
}

export default { render };
