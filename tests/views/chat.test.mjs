import assert from "node:assert/strict";
import test from "node:test";
import { page } from "../../racto_nb/notebook/widgets/chat/view.js";
import { HOSTILE, harmless } from "./page.mjs";

const answer = (more = {}) => ({ key: "a1", model: "m", state: "done", above: "", html: "<p>Yes</p>", text: "Yes", footer: "m · 1 + 1 tokens", warning: "", origin: "fresh", ...more });
const exchange = (more = {}) => ({ key: "q0", question: "Why?", html: "<p>Why?</p>", files: [], siblings: ["q0"], chosen: "a1", answers: [answer()], ...more });
const asking = (more = {}) => ({ models: ["m"], picked: ["m"], busy: false, files: [], waiting: [], title: "Chat", ...more });
const shown = (exchanges, more = {}, local = {}) => String(page({ path: Object.keys(exchanges), exchanges, asking: asking(more) }, local));

test("what was said is shown, with the price below it", () => {
  const text = shown({ q0: exchange() });
  assert.match(text, /<p>Why\?<\/p>/);
  assert.match(text, /<p>Yes<\/p>/);
  assert.match(text, /1 \+ 1 tokens/);
});

test("names of models, files, calls, warnings and footers are escaped", () => {
  assert.ok(harmless(shown({ q0: exchange({ answers: [answer({ model: HOSTILE, footer: HOSTILE, warning: HOSTILE }), answer({ key: "a2" })], files: [HOSTILE] }) })));
  assert.ok(harmless(shown({}, { models: [HOSTILE, "n"], files: [{ label: HOSTILE, size: 3 }] })));
  assert.ok(harmless(shown({ q0: exchange() }, { waiting: [{ key: "call0", answer: "a1", line: HOSTILE }] })));
  assert.ok(harmless(shown({ q0: exchange({ question: HOSTILE, html: "" }) }, {}, { edited: "q0" })));
});

test("an answer that is written has a Stop and a place for its text", () => {
  const text = shown({ q0: exchange({ answers: [answer({ state: "writing" })] }) }, { busy: true });
  assert.match(text, /data-stream="a1"/);
  assert.match(text, /data-do="stop" data-with="\{&quot;key&quot;:&quot;a1&quot;\}"/);
  assert.match(text, /<button class="racto-main" disabled>/);
});

test("the conversation can be copied in other forms", () => {
  const text = String(page({ path: ["q0"], exchanges: { q0: exchange() }, asking: asking(), exported: HOSTILE }, {}));
  assert.match(text, /Training example/);
  assert.ok(harmless(text));
});

test("a call that waits has a yes and a no", () => {
  const text = shown({ q0: exchange({ answers: [answer({ state: "writing" })] }) }, { busy: true, waiting: [{ key: "call0", answer: "a1", line: "f(1)" }] });
  assert.match(text, /<code>f\(1\)<\/code>/);
  assert.match(text, /Do not run it/);
});

test("versions of a question are numbered, and several answers can be gone on from", () => {
  const text = shown({ q0: exchange({ siblings: ["q9", "q0"], answers: [answer(), answer({ key: "a2", model: "n" })] }) }, { models: ["m", "n"] });
  assert.match(text, /2 of 2/);
  assert.match(text, /aria-pressed="true">Going on from this/);
});
