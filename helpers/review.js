// The browser's half of review.py: draws a card's face with native, labelled controls, and tells Python what the
// reader did. It knows no question and no answer but those in the face.

const SILENT_AFTER = 3000; // milliseconds without an answer before the reader is told why
const UNBOUND = "Run this cell to answer.";
const SILENT =
  "Python has not answered yet. If a cell is running, wait until it is done; if none is, run this cell to answer.";

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// The same small markup as in questions.py: `code`, and all else is text.
function words(text) {
  const line = document.createDocumentFragment();
  String(text)
    .split(/`([^`\n]+)`/)
    .forEach((piece, index) => line.append(index % 2 ? element("code", {}, piece) : piece));
  return line;
}

const paragraphs = (text) =>
  String(text)
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => element("p", {}, words(paragraph)));

class Card {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    // Every card brings this module anew, so a count would not tell two of them apart on one page.
    this.id = `rv-${Math.random().toString(36).slice(2)}`;
    this.drafts = {}; // texts typed but not sent, by question
    this.count = element("span", { class: "rv-count" });
    this.label = element("span", { class: "rv-label" });
    this.body = element("div", { class: "rv-body" });
    this.said = element("div", { class: "rv-said", role: "status", tabindex: "-1" });
    this.after = element("div", { class: "rv-after" });
    this.error = element("p", { class: "rv-error", role: "alert", hidden: true });
    this.note = element("p", { class: "rv-note" });
    root.className = "rv";
    root.setAttribute("role", "group");
    const head = element("div", { class: "rv-head" }, this.label, this.count);
    root.append(head, this.body, this.said, this.after, this.error, this.note);
    this.onFace = () => this.draw();
    this.onMessage = (message) => message.do === "save" && this.save(message);
    model.on("change:face", this.onFace);
    model.on("msg:custom", this.onMessage);
    root.addEventListener("input", () => this.complain("")); // whoever mends something need not read on
    this.draw();
  }

  close() {
    this.model.off("change:face", this.onFace);
    this.model.off("msg:custom", this.onMessage);
    clearTimeout(this.silentTimer);
  }

  // ---- to and from Python ------------------------------------------------------------------------------------------

  tell(action, details = {}) {
    if (this.waiting) return;
    if (!this.bound()) return this.complain(UNBOUND);
    try {
      this.model.send({ do: action, with: details });
    } catch {
      return this.complain(UNBOUND); // the kernel was restarted, and its line to this card is cut
    }
    this.waiting = true;
    clearTimeout(this.silentTimer);
    this.silentTimer = setTimeout(() => {
      this.waiting = false;
      this.complain(SILENT);
    }, SILENT_AFTER);
  }

  // Whether Python knows this card. It doesn't know one from a saved notebook, and what is sent from there is lost
  // without a word.
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
    const face = this.model.get("face");
    this.waiting = false;
    clearTimeout(this.silentTimer);
    this.complain(face.complaint);
    if (face.complaint && this.face) return; // what was typed and chosen stays
    const inside = this.root.contains(document.activeElement);
    this.face = face;
    this.label.textContent = face.label;
    this.root.dataset.kind = face.kind;
    this.root.dataset.name = face.name;
    this.root.dataset.turn = face.turn;
    this.note.textContent = face.note;
    this.count.replaceChildren();
    const { body = [], said = [], after = [] } = this[face.kind](face);
    this.body.replaceChildren(...body);
    if (this.saidBefore !== this.textOf(said)) this.said.replaceChildren(...said);
    this.saidBefore = this.textOf(said);
    this.after.replaceChildren(...after);
    this.root.setAttribute("aria-label", this.title(face));
    // What was pressed may be gone: the keyboard goes on at the next thing to do, or at what was said.
    if (inside) (this.root.querySelector("[data-focus]") ?? this.said).focus({ preventScroll: true });
  }

  textOf(nodes) {
    return nodes.map((node) => node.outerHTML).join("");
  }

  title(face) {
    const asked = face.question ?? face.front;
    return asked ? `${face.label}: ${asked.replaceAll("`", "")}` : face.label;
  }

  // ---- pieces ------------------------------------------------------------------------------------------------------

  // JupyterLab takes arrow keys and letters for itself unless the control says otherwise.
  control(tag, attributes, ...children) {
    return element(tag, { "data-lm-suppress-shortcuts": "true", ...attributes }, ...children);
  }

  button(text, action, attributes = {}) {
    const node = this.control("button", { type: "button", ...attributes }, text);
    node.addEventListener("click", action);
    return node;
  }

  form(action, ...children) {
    const node = element("form", { novalidate: true, autocomplete: "off" }, ...children);
    node.addEventListener("submit", (event) => {
      event.preventDefault();
      action(node);
    });
    node.addEventListener("keydown", (event) => this.enter(event, node));
    return node;
  }

  // JupyterLab cancels what the browser does of itself on Enter in a field: send the form, or begin a new line.
  enter(event, form) {
    const field = event.target;
    if (event.key !== "Enter" || event.isComposing || !["INPUT", "TEXTAREA"].includes(field.tagName)) return;
    event.preventDefault();
    if (field.tagName === "INPUT" || event.ctrlKey || event.metaKey) return form.requestSubmit();
    field.setRangeText("\n", field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  submit(text) {
    return this.control("button", { type: "submit", class: "rv-main" }, text);
  }

  radios(name, legend, texts, start, className) {
    const choices = texts.map((text, index) => {
      const input = this.control("input", {
        type: "radio",
        name: `${this.id}-${name}`,
        value: index + start,
        "data-name": name,
        "data-focus": index === 0 && name === "option",
      });
      return element("label", {}, input, element("span", {}, words(text)));
    });
    return element("fieldset", { class: className }, element("legend", {}, words(legend)), ...choices);
  }

  chosen(form, name) {
    const input = form.querySelector(`input[data-name="${name}"]:checked`);
    return input ? Number(input.value) : null;
  }

  // Options after the answer: what was chosen and what is right, in words and signs as well as in colour.
  outcome(options, chosen, rights, whys = []) {
    const rows = options.map((text, index) => {
      const right = rights.includes(index);
      const sign = right ? "✓" : index === chosen ? "✗" : "";
      const tag = [right && "right", index === chosen && "your answer"].filter(Boolean).join(", ");
      return element(
        "li",
        { class: right ? "rv-right" : index === chosen ? "rv-wrong" : "" },
        element("span", { class: "rv-sign", "aria-hidden": "true" }, sign),
        element(
          "div",
          {},
          words(text),
          tag ? element("span", { class: "rv-tag" }, ` (${tag})`) : null,
          whys[index] ? element("div", { class: "rv-why" }, words(whys[index])) : null,
        ),
      );
    });
    return element("ul", { class: "rv-outcome" }, ...rows);
  }

  textField(tag, name, label, value, attributes = {}) {
    const id = `${this.id}-${name}`;
    const field = this.control(tag, { id, "data-name": name, ...attributes });
    field.value = value;
    return [element("label", { for: id }, label), field];
  }

  // ---- predict -----------------------------------------------------------------------------------------------------

  predict(face) {
    if (face.attempt > 1 && !face.locked) this.count.textContent = `guess ${face.attempt}`;
    if (face.locked) return this.explained(face, face.locked);
    let asked;
    if (face.options) {
      asked = [this.radios("option", face.question, face.options, 0, "rv-options")];
    } else {
      const id = `${this.id}-question`;
      const field = this.control("input", {
        type: "text",
        inputmode: "decimal",
        "aria-labelledby": `${id} ${id}-unit`,
        "data-name": "number",
        "data-focus": true,
      });
      const unit = element("span", { id: `${id}-unit` }, face.unit);
      asked = [
        element("p", { class: "rv-question", id }, words(face.question)),
        element("div", { class: "rv-number" }, field, unit),
      ];
    }
    const lock = (form) => {
      const number = form.querySelector('input[data-name="number"]');
      const value = number ? number.value : this.chosen(form, "option");
      this.tell("answer", { value, confidence: this.chosen(form, "confidence") });
    };
    return { body: [this.form(lock, ...asked, this.confidence(face), this.actions(this.submit("Lock in my guess")))] };
  }

  confidence(face) {
    return this.radios("confidence", "How sure are you?", face.levels, 1, "rv-sure");
  }

  actions(...children) {
    return element("div", { class: "rv-actions" }, ...children);
  }

  explained(face, locked) {
    const body = [element("p", { class: "rv-question" }, words(face.question))];
    if (face.options) body.push(this.outcome(face.options, locked.chosen, [locked.correct]));
    const said = [
      element("p", { class: "rv-yours" }, words(locked.said)),
      this.verdict(locked.right, locked.verdict),
      ...paragraphs(locked.because),
    ];
    const [label, field] = this.textField("input", "why", "What made you think so?", locked.why, { type: "text" });
    const keep = this.form(
      () => this.tell("explain", { text: field.value }),
      element("div", { class: "rv-field" }, label, field, this.control("button", { type: "submit" }, "Keep")),
    );
    const again = this.button("Guess again", () => this.tell("again"), { class: "rv-quiet", "data-name": "again" });
    return { body, said, after: [keep, this.actions(again)] };
  }

  verdict(right, text) {
    const sign = element("span", { class: "rv-sign", "aria-hidden": "true" }, right ? "✓" : "✗");
    return element("p", { class: `rv-verdict ${right ? "rv-right" : "rv-wrong"}` }, sign, element("span", {}, words(text)));
  }

  // ---- questions one after the other -------------------------------------------------------------------------------

  pager(face) {
    const total = face.marks.length;
    const dots = face.marks.map((mark, index) =>
      element("i", { class: [mark && `rv-dot-${mark}`, index === face.at && "rv-dot-here"].filter(Boolean).join(" ") }),
    );
    const ended = face.end !== null;
    this.count.append(
      element("span", { class: "rv-dots", "aria-hidden": "true" }, ...dots),
      ended ? `${total} questions` : `Question ${face.at + 1} of ${total}`,
    );
  }

  // Back and forth, at the right end of a row of buttons.
  turns(face) {
    const total = face.marks.length;
    const done = face.marks[face.at] !== null;
    const forward = this.button(
      !face.answered ? "Skip" : face.at + 1 === total ? "See the result" : "Next question",
      () => this.tell("go", { to: face.at + 1 }),
      { class: done ? "rv-main" : "rv-quiet", "data-name": "next", "data-focus": done },
    );
    const back = this.button("Back", () => this.tell("go", { to: face.at - 1 }), {
      class: "rv-quiet",
      "data-name": "back",
    });
    return element("div", { class: "rv-turns" }, face.at > 0 ? back : null, forward);
  }

  ended(face) {
    const rows = face.end.rows.map((question, index) => {
      const sign = { right: "✓", wrong: "✗" }[face.marks[index]] ?? "·";
      const state = { right: "right: ", wrong: "to look at again: " }[face.marks[index]] ?? "open: ";
      const open = this.button("", () => this.tell("go", { to: index }), { class: "rv-row" });
      open.append(
        element("span", { class: "rv-sign", "aria-hidden": "true" }, sign),
        element("span", { class: "rv-hidden" }, state),
        element("span", {}, words(question)),
      );
      return element("li", { class: face.marks[index] ? `rv-${face.marks[index]}` : "" }, open);
    });
    return {
      body: [element("p", { class: "rv-question" }, words(face.end.sentence))],
      after: [
        element("ul", { class: "rv-rows" }, ...rows),
        this.actions(
          this.button("Start over", () => this.tell("restart"), {
            class: "rv-quiet",
            "data-name": "restart",
            "data-focus": true,
          }),
        ),
      ],
    };
  }

  quiz(face) {
    this.pager(face);
    if (face.end) return this.ended(face);
    const { answered } = face;
    if (!answered) {
      const send = (form) =>
        this.tell("answer", {
          index: face.at,
          option: this.chosen(form, "option"),
          confidence: this.chosen(form, "confidence"),
        });
      const options = this.radios("option", face.question, face.options, 0, "rv-options");
      const row = this.actions(this.submit("Answer"), this.turns(face));
      return { body: [this.form(send, options, this.confidence(face), row)] };
    }
    const rights = answered.rights.flatMap((right, index) => (right ? [index] : []));
    return {
      body: [
        element("p", { class: "rv-question" }, words(face.question)),
        this.outcome(face.options, answered.chosen, rights, answered.whys),
      ],
      said: [this.verdict(answered.right, answered.verdict)],
      after: [this.actions(this.turns(face))],
    };
  }

  recall(face) {
    this.pager(face);
    if (face.end) return this.ended(face);
    const question = element("p", { class: "rv-question", id: `${this.id}-question` }, words(face.question));
    const { answered } = face;
    const draft = `${face.name} ${face.at}`;
    if (!answered) {
      const field = this.textField("textarea", "text", face.task, this.drafts[draft] ?? "", {
        rows: 2,
        "aria-describedby": `${this.id}-question`,
        "data-focus": true,
      });
      field[1].addEventListener("input", () => (this.drafts[draft] = field[1].value));
      const show = () => this.tell("answer", { index: face.at, text: field[1].value });
      const row = this.actions(this.submit("Show the answer"), this.turns(face));
      return { body: [question, this.form(show, element("div", { class: "rv-long" }, ...field), row)] };
    }
    const marks = face.marking.map((mark, index) =>
      this.button(mark, () => this.tell("mark", { index: face.at, mark }), {
        "aria-pressed": String(mark === answered.mark),
        "data-name": "mark",
        "data-focus": !answered.mark && index === 0,
      }),
    );
    const how = element("span", { "aria-hidden": "true" }, "How did it go?");
    const judge = element("div", { class: "rv-judge", role: "group", "aria-label": "How did it go?" }, how, ...marks);
    return {
      body: answered.text ? [question, element("p", { class: "rv-yours" }, `You wrote: ${answered.text}`)] : [question],
      said: [element("div", { class: "rv-answer" }, ...paragraphs(answered.answer))],
      after: [this.actions(judge, this.turns(face))],
    };
  }

  exit(face) {
    return this.recall(face);
  }

  // ---- flash cards -------------------------------------------------------------------------------------------------

  cards(face) {
    if (face.end) {
      const again = this.button("Go through all anyway", () => this.tell("again"), {
        "data-name": "again",
        "data-focus": true,
      });
      return {
        body: [element("p", {}, face.end.sentence)],
        after: face.end.more ? [this.actions(again)] : [],
      };
    }
    this.count.textContent = `${face.left} to go`;
    const front = element("div", { class: "rv-front" }, ...paragraphs(face.front));
    const source = face.from ? element("p", { class: "rv-from" }, face.from) : null;
    const body = [element("div", { class: "rv-flash" }, source, front)];
    if (face.back === null) {
      const show = this.button("Show answer", () => this.tell("show"), {
        class: "rv-main",
        "data-name": "show",
        "data-focus": true,
      });
      return { body, after: [this.actions(show)] };
    }
    const knew = this.button("I knew it", () => this.tell("mark", { knew: true }), { "data-name": "knew", "data-focus": true });
    const missed = this.button("Not yet", () => this.tell("mark", { knew: false }), { "data-name": "missed" });
    return {
      body,
      said: [element("div", { class: "rv-answer" }, ...paragraphs(face.back))],
      after: [this.actions(knew, missed)],
    };
  }

  // ---- progress ----------------------------------------------------------------------------------------------------

  progress(face) {
    const cells = (row) => row.map((cell, index) => element(index ? "td" : "th", index ? {} : { scope: "row" }, cell));
    const table = element(
      "table",
      { class: "rv-table" },
      element("thead", {}, element("tr", {}, ...face.columns.map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, ...face.rows.map((row) => element("tr", {}, ...cells(row)))),
    );
    const scroll = element("div", { class: "rv-scroll", tabindex: "0", role: "region", "aria-label": "Progress table" }, table);
    const file = this.control("input", { type: "file", id: `${this.id}-file`, accept: ".json", "data-name": "file" });
    file.addEventListener("change", async () => {
      if (file.files.length) this.tell("restore", { text: await file.files[0].text() });
    });
    return {
      body: face.rows.length ? [scroll, element("p", {}, face.checks)] : [element("p", {}, face.empty)],
      said: face.message ? [element("p", {}, face.message)] : [],
      after: [
        this.actions(
          this.button("Download my progress", () => this.tell("download"), { "data-name": "download", "data-focus": true }),
          this.button("Look again", () => this.tell("refresh"), { class: "rv-quiet", "data-name": "refresh" }),
        ),
        element("div", { class: "rv-field" }, element("label", { for: file.id }, "Take over a file you downloaded:"), file),
      ],
    };
  }

  save(message) {
    const address = URL.createObjectURL(new Blob([message.text], { type: "application/json" }));
    const link = element("a", { href: address, download: message.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }
}

export default {
  render({ model, el }) {
    const root = element("div");
    el.append(root);
    const card = new Card(model, root);
    return () => card.close();
  },
};
