import assert from "node:assert/strict";
import test from "node:test";
import { page } from "../../racto_nb/notebook/widgets/dataset/view.js";
import { HOSTILE, harmless } from "./page.mjs";

const turn = (more = {}) => ({ n: 0, side: "messages", first: true, last: true, found: [], role: "user", roles: ["system", "user"], text: "Hi", editable: true, files: [], calls: [], answers: "", name: "", learnt: true, mixed: false, ...more });
const opened = (more = {}) => ({ key: "e1", place: 3, turns: [turn()], found: [], pair: false, can_pair: true, tags: [], tools: [], reference: "", origin: "", ...more });
const state = (more = {}) => ({
  sheet: { count: 100000, shown: 12, shape: 1, fresh: 0, seek: "", where: "", busy: false, told: "", narrowed: false, row: -1 },
  opened: {}, pictures: {}, lengths: {},
  checks: { provider: "openai", providers: ["openai"], state: "never", summary: "", rules: [] },
  leaking: { validation: 2, state: "never", count: 0, leaks: [], both: {} },
  edits: { edits: [], count: 0, undo: "", redo: "", diff: "", who: "", why: "" },
  saving: { path: "train.jsonl", beside: ".train.jsonl.edits", unsaved: 0, exists: true, notice: "", done: "", forms: ["openai"] },
  ...more,
});
const shown = (more, local = {}) => String(page(state(more), local));
const finding = (more = {}) => ({ rule: "cut_text", severity: "hint", says: "Cut.", fix: "", fixable: false, shown: "", ...more });

test("the rows are counted, and the grid has a place of its own", () => {
  assert.match(shown({}), /12 of 100,000 examples/);
  assert.match(shown({}), /data-hold="grid"/);
});

test("an open example has its turns, roles and what is found in them", () => {
  const text = shown({ opened: opened({ turns: [turn({ found: [finding({ fixable: true })] })] }) });
  assert.match(text, /<textarea[^>]*data-turn="0"[^>]*>Hi<\/textarea>/);
  assert.match(text, /<option value="user" selected>/);
  assert.match(text, /data-do="mend" data-with="\{&quot;rule&quot;:&quot;cut_text&quot;,&quot;key&quot;:&quot;e1&quot;\}"/);
});

test("texts of the data are escaped wherever they stand", () => {
  const odd = turn({ role: HOSTILE, roles: [HOSTILE], text: HOSTILE, name: HOSTILE, answers: HOSTILE, calls: [HOSTILE], files: [{ label: HOSTILE, about: HOSTILE, picture: "" }], found: [finding({ rule: HOSTILE, says: HOSTILE, fix: HOSTILE, shown: HOSTILE, fixable: true })] });
  assert.ok(harmless(shown({ opened: opened({ turns: [odd], tags: [[HOSTILE, HOSTILE]], tools: [HOSTILE], reference: HOSTILE, origin: HOSTILE }) })));
  assert.ok(harmless(shown({ checks: { provider: HOSTILE, providers: [HOSTILE], state: "done", summary: HOSTILE, rules: [{ ...finding({ rule: HOSTILE, says: HOSTILE, fix: HOSTILE }), count: 2, fixable: 2, places: [1] }] } })));
  assert.ok(harmless(shown({ edits: { edits: [[HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE]], count: 1, undo: HOSTILE, redo: HOSTILE, diff: HOSTILE, who: HOSTILE, why: HOSTILE } }, { tab: "log" })));
  assert.ok(harmless(shown({ leaking: { validation: 2, state: "done", count: 1, leaks: [[HOSTILE, 1, 2, HOSTILE, HOSTILE]], both: { says: HOSTILE, train: 1, validation: 2, sides: [[[HOSTILE, ""]], []] } } }, { tab: "leaks" })));
  assert.ok(harmless(shown({ saving: { path: HOSTILE, beside: HOSTILE, unsaved: 2, exists: true, notice: HOSTILE, done: HOSTILE, forms: [HOSTILE] } }, { tab: "files" })));
});

test("a text that a page would change is read only", () => {
  assert.match(shown({ opened: opened({ turns: [turn({ editable: false })] }) }), /readonly>Hi/);
});

test("saving over a file that is there asks first, and a pair can be swapped", () => {
  const text = shown({}, { tab: "files" });
  assert.match(text, /data-do="save" data-with="\{&quot;overwrite&quot;:true\}" data-confirm=/);
  assert.match(text, /data-do="export" data-with="\{&quot;overwrite&quot;:false\}"/);
  assert.match(shown({ opened: opened({ pair: true }) }), /data-do="swap"/);
});

test("the histogram has a table twin", () => {
  const text = shown({ lengths: { edges: [0, 10, 20, 30, 40, 50], counts: [1, 2, 3, 4, 5], line: "15 examples", limit: null } }, { tab: "lengths" });
  assert.match(text, /<svg/);
  assert.match(text, /<table>/);
});
