import assert from "node:assert/strict";
import test from "node:test";
import { page } from "../../racto_nb/notebook/widgets/prompt/view.js";
import { HOSTILE, harmless } from "./page.mjs";

const form = (more = {}) => ({ role: "You count.", aim: "Count.", tone: "Terse", context: "", description: "", class_name: "Answer", output: "text", guardrails: true, constraints: [{ key: "p0", text: "Digits." }, { key: "p1", text: "Short." }], examples: [], fields: [], kinds: ["text", "one of"], classes: [], ...more });
const preview = (more = {}) => ({ order: ["ROLE"], tokens: 3, hints: [], missing: 0, ...more });
const trying = (more = {}) => ({ tab: "try", models: ["m", "n"], picked: ["m"], question: "", busy: false, trials: [], opened: "", ...more });
const run = (more = {}) => ({ key: "r0", model: "m", state: "done", html: "<p>Yes</p>", text: "Yes", words: 1, read: 9, written: 1, cost: "$0.01", without: [], ...more });
const without = (more = {}) => ({ ...run({ key: "r1" }), removed: "tone", pieces: [["same", "Yes"], ["new", " sir"]], likeness: 60, warning: "", words_more: 1, cost_more: "+$0.01", ...more });
const all = (more = {}) => ({ form: form(), preview: preview(), compiled: { ROLE: { text: "You count.", tokens: 3 } }, prices: { question: false, rows: [] }, kept: {}, difference: {}, trying: trying(), trial: {}, code: "prompt = 1", ...more });
const shown = (more = {}, local = {}) => String(page(all(more), local));

test("each field says which one it is, and each row which key it has", () => {
  const text = shown();
  assert.match(text, /data-input="put" data-with="\{&quot;field&quot;:&quot;role&quot;\}"/);
  assert.match(text, /data-with="\{&quot;where&quot;:&quot;constraints&quot;,&quot;key&quot;:&quot;p1&quot;,&quot;column&quot;:&quot;text&quot;\}" aria-label="Constraint 2"/);
  assert.match(text, /aria-label="Constraint 1: up" disabled/);
});

test("a section stands with its colour's class and its tokens", () => {
  assert.match(shown(), /racto-s-role" data-key="ROLE">.*\[ROLE\].*≈ 3/s);
});

test("hints stand at the field that they are about, and what is missing is told apart", () => {
  const text = shown({ preview: preview({ hints: [{ section: "TONE", text: "No tone.", grave: false }, { section: "AIM", text: "No aim.", grave: true }], missing: 1 }) });
  assert.match(text, /racto-grave"><b>Missing:<\/b> No aim\./);
  assert.match(text, /<b>Hint:<\/b> No tone\./);
  assert.match(text, /1 missing · 1 hint</);
});

test("the field editor is there for fields alone, and the values for 'one of' alone", () => {
  assert.doesNotMatch(shown(), /Name of the class/);
  const row = { key: "n1", name: "mood", kind: "text", choices: "", about: "", optional: "" };
  assert.doesNotMatch(shown({ form: form({ output: "fields", fields: [row] }) }), /values, with commas/);
  assert.match(shown({ form: form({ output: "fields", fields: [{ ...row, kind: "one of", optional: "yes" }] }) }), /values, with commas.*checked> may be missing/s);
});

test("an answer that is written has a place for its text and a Stop, and is compared when it is there", () => {
  const writing = shown({ trial: { key: "t0", runs: [run({ state: "writing", html: "" })] }, trying: trying({ busy: true }) });
  assert.match(writing, /data-stream="r0"/);
  assert.match(writing, /aria-label="Stop m"/);
  assert.doesNotMatch(writing, /Again without/);
  const done = shown({ trial: { key: "t0", runs: [run({ without: [without()] })] } });
  assert.match(done, /<span>Yes<\/span><ins> sir<\/ins>/);
  assert.match(done, /60 %.*\(\+1\).*\(\+\$0\.01\)/s);
});

test("versions are compared line by line and can be restored", () => {
  const text = shown({ kept: { v1: { key: "v1", note: "n", aim: "a", now: false }, v2: { key: "v2", note: "", aim: "b", now: true } }, difference: { against: "v1", pieces: [["gone", "x"], ["new", "y"], ["same", "z"]], same: false }, trying: trying({ tab: "versions" }) });
  assert.match(text, /Versions \(2\)/);
  assert.match(text, /<del>− x<\/del>.*<ins>\+ y<\/ins>/s);
  assert.equal(text.match(/data-do="restore"/g).length, 1);
});

test("prices stand in a table, and what hinders them too", () => {
  const text = shown({ prices: { question: true, rows: [{ model: "m", read: "3 to 9", cost: "$0.01", trouble: "", exact: false }, { model: "n", read: "", cost: "", trouble: "No key." }] } });
  assert.match(text, /3 to 9.*\$0\.01.*data-do="count"/s);
  assert.match(text, /<td colspan="2">No key\.<\/td>/);
});

test("whatever stands in the parts, it is text", () => {
  const bad = HOSTILE;
  const row = { key: "n1", name: bad, kind: bad, choices: bad, about: bad, optional: "" };
  const rows = { constraints: [{ key: "p0", text: bad }], examples: [{ key: "p1", input: bad, output: bad }], fields: [row], kinds: [bad], classes: [{ value: bad, label: bad }] };
  assert.ok(harmless(shown({ form: form({ role: bad, aim: bad, tone: bad, context: bad, class_name: bad, output: "fields", ...rows }) })));
  assert.ok(harmless(shown({ form: form({ output: "description", description: bad }) })));
  assert.ok(harmless(shown({ compiled: { ROLE: { text: bad, tokens: 1 } }, preview: preview({ hints: [{ section: "ROLE", text: bad, grave: true }] }) })));
  assert.ok(harmless(shown({ prices: { question: true, rows: [{ model: bad, read: bad, cost: bad, trouble: "" }, { model: "n", trouble: bad }] } })));
  assert.ok(harmless(shown({ trying: trying({ models: [bad], question: bad, trials: [{ key: "t0", label: bad }, { key: "t1", label: bad }] }), trial: { key: "t0", runs: [run({ model: bad, state: "writing" }), run({ key: "r2", model: bad, cost: bad, without: [without({ pieces: [["new", bad]] }), without({ key: "r3", state: "failed", warning: bad, pieces: [], text: bad })] })] } })));
  assert.ok(harmless(shown({ kept: { v1: { key: "v1", note: bad, aim: bad, now: false } }, difference: { against: "v1", pieces: [["gone", bad], ["new", bad], ["same", bad]] }, trying: trying({ tab: "versions" }) })));
  assert.ok(harmless(shown({ code: bad, trying: trying({ tab: "python" }) })));
});

test("tabs say to the kernel which one is looked at, and only that one is drawn", () => {
  const text = shown({ trying: trying({ tab: "python" }) }, { id: "w1" });
  assert.match(text, /id="w1-tab-versions"[^>]*data-do="turn" data-with="\{&quot;value&quot;:&quot;versions&quot;\}"/);
  assert.match(text, /role="tabpanel" id="w1-panel-python" aria-labelledby="w1-tab-python"/);
  assert.doesNotMatch(text, /Question to try/);
});
