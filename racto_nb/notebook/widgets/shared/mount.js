import { Questions } from "./asking.js";
import { html } from "./dom.js";
import { patch } from "./patch.js";
import { drawStream, streamsOf } from "./streams.js";
import { tabKey } from "./tabs.js";

/**
 * A widget's view: draws `page(state, local)` whenever a part of the state changes, and tells the kernel what the user does.
 *
 * In the markup:
 *   data-do="verb"        a button says {do: verb, ...data-with}; a form says its fields besides. data-confirm asks first.
 *   data-change="verb"    a field says {do: verb, value, ...data-with} when it is left; data-input also while it is typed into.
 *   data-set='{"a": 1}'   changes what only this view knows (`local`), such as the tab that is open.
 *   data-enter            Enter in this field hands its form in (Shift+Enter is a new line).
 *   role="tab"            tabs are made by tabs.js; arrow keys, Home and End lead from one to the next.
 *   data-stream="id"      a text that arrives is drawn here; the element also has data-hold.
 */

let shownViews = 0;
const PAUSE = 250; // milliseconds of quiet until what is being typed is sent

const valueOf = (field) => {
  if (field.type === "checkbox") return field.checked;
  if (field.type === "number" || field.type === "range") return field.value === "" ? null : Number(field.value);
  return field.value;
};

const withOf = (element) => JSON.parse(element.dataset.with ?? "{}");

/** What an element says to the kernel, null for nothing. `event` is of the kinds click, submit, change or input. */
export function saidBy(element, kind) {
  const { tagName, dataset } = element;
  if (kind === "click" && tagName !== "FORM" && dataset.do) return { do: dataset.do, ...withOf(element) };
  if (kind === "submit" && tagName === "FORM" && dataset.do) return { do: dataset.do, ...Object.fromEntries(new FormData(element)), ...withOf(element) };
  const verb = kind === "change" ? (dataset.change ?? dataset.input) : kind === "input" ? dataset.input : null;
  return verb ? { do: verb, value: valueOf(element), ...withOf(element) } : null;
}

/** The rule that hides what stands in for the widget where there is no kernel, while there is one. */
const shade = (id) => `.racto-twin-${id},.jp-OutputArea-child:has(.racto-twin-${id}){display:none}`;

const frame = (state, inside) => html`${inside}
  <div class="racto-faults" role="alert">${state.fault?.text && html`<p class="racto-fault">${state.fault.text} <button type="button" data-do="hush" aria-label="Dismiss">×</button></p>`}</div>
  <div class="racto-status" role="status" aria-live="polite">${state.status}</div>`;

class View {
  constructor({ model, el }, { parts, page, name, local = {}, drawn = () => {}, message = () => {} }) {
    const id = `w${model.get("twin")}-${(shownViews += 1)}`; // of this view alone: a page may show many, also of one model
    Object.assign(this, { model, el, page, drawn, message, local: { id, ...local }, frame: 0, ends: new Map(), waiting: new Map() });
    this.parts = [...parts, "fault", "status"];
    this.root = document.createElement("div");
    this.root.className = "racto-widget";
    this.root.setAttribute("role", "region");
    this.root.setAttribute("aria-label", name);
    const style = document.createElement("style");
    style.textContent = shade(model.get("twin"));
    el.append(style, this.root);
    this.later = () => {
      this.frame ||= requestAnimationFrame(() => this.draw());
    };
    this.questions = new Questions(this.later);
    this.heard = (content, buffers) => this.message(this, content, buffers);
  }

  get state() {
    return Object.fromEntries(this.parts.map((part) => [part, this.model.get(part)]));
  }

  say(content, buffers = []) {
    this.model.send(content, undefined, buffers);
  }

  set(fields) {
    Object.assign(this.local, fields);
    this.later();
  }

  draw() {
    this.frame = 0;
    const state = this.state;
    patch(this.root, frame(state, this.page(state, this.local)));
    this.questions.draw(this.root);
    this.drawStreams();
    this.drawn(this, state);
  }

  drawStreams() {
    const here = new Set(this.root.querySelectorAll("[data-stream]"));
    for (const [element, [id, end]] of [...this.ends]) {
      if (here.has(element) && element.dataset.stream === id) continue;
      end();
      this.ends.delete(element);
    }
    for (const element of here) {
      if (!this.ends.has(element)) this.ends.set(element, [element.dataset.stream, drawStream(this.model, element.dataset.stream, element)]);
    }
  }

  typed(element) {
    clearTimeout(this.waiting.get(element));
    this.waiting.set(element, setTimeout(() => this.handIn(element), PAUSE));
  }

  handIn(element) {
    if (!this.waiting.has(element)) return;
    clearTimeout(this.waiting.get(element));
    this.waiting.delete(element);
    this.say(saidBy(element, "input"));
  }

  handInAll() {
    for (const element of [...this.waiting.keys()]) this.handIn(element);
  }

  did(event) {
    const link = event.type === "click" && event.target.closest("a[href]");
    if (link) this.follow(event, link);
    const element = event.target.closest("[data-do],[data-set],[data-change],[data-input]");
    if (!element || !this.root.contains(element)) return;
    if (event.type === "submit") event.preventDefault();
    if (event.type === "click" && element.dataset.set) this.set(JSON.parse(element.dataset.set));
    const said = saidBy(element, event.type);
    if (said === null || (element.dataset.confirm && !this.questions.agreed(element))) return;
    if (event.type === "input") return this.typed(element);
    this.handInAll();
    if (event.type === "change" && element.dataset.input) return;
    this.say(said);
    if (event.type === "submit" && "clear" in element.dataset) element.reset();
  }

  /** A link in an answer would replace the notebook's page; one within the widget is scrolled to. */
  follow(event, link) {
    event.preventDefault();
    const to = link.getAttribute("href");
    if (to.startsWith("#")) this.root.querySelector(`[id="${CSS.escape(to.slice(1))}"]`)?.scrollIntoView({ block: "nearest" });
    else if (/^(https?:|mailto:)/i.test(to)) window.open(to, "_blank", "noopener,noreferrer");
  }

  pressed(event) {
    event.stopPropagation(); // the notebook's own keys would act on its cells
    if (tabKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches("textarea[data-enter]")) {
      event.preventDefault();
      event.target.form?.requestSubmit();
    }
  }

  begin() {
    streamsOf(this.model);
    for (const kind of ["click", "submit", "change", "input"]) this.root.addEventListener(kind, (event) => this.did(event));
    this.root.addEventListener("keydown", (event) => this.pressed(event));
    // The front end's shortcuts take keys before they come here, unless the very element with the focus says this.
    this.root.addEventListener("focusin", ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", "true"));
    for (const part of this.parts) this.model.on(`change:${part}`, this.later);
    this.model.on("msg:custom", this.heard);
    this.draw();
    return () => this.end();
  }

  end() {
    for (const part of this.parts) this.model.off(`change:${part}`, this.later);
    this.model.off("msg:custom", this.heard);
    this.handInAll();
    this.questions.end();
    cancelAnimationFrame(this.frame);
    for (const [, end] of this.ends.values()) end();
    this.el.replaceChildren();
  }
}

/**
 * Called once for each model, before its first view: keeps the parts that change key by key.
 *
 * The kernel numbers its changes to a part. Where one is missing, the whole part is asked for.
 */
export function initialize({ model }) {
  streamsOf(model);
  const numbers = { ...model.get("numbers") };
  model.on("change:numbers", () => Object.assign(numbers, model.get("numbers")));
  model.on("msg:custom", (message) => {
    if (message?.t !== "patch" || message.i < (numbers[message.part] ?? 0)) return;
    if (message.i > (numbers[message.part] ?? 0)) return model.send({ do: "refresh", part: message.part });
    numbers[message.part] = message.i + 1;
    model.set(message.part, patched(model.get(message.part), message)); // never saved: it is the kernel's
  });
}

/** `part` with the changes of a message {set, drop}, in the order of its keys. */
export function patched(part, { set, drop }) {
  const next = { ...part, ...set };
  for (const key of drop) delete next[key];
  return next;
}

/** Show a widget in `context.el`. Gives back what takes it away again. */
export const mount = (context, description) => new View(context, description).begin();
