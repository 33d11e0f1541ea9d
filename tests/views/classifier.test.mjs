import assert from "node:assert/strict";
import test from "node:test";
import { keyed, page } from "../../racto_nb/notebook/widgets/classifier/view.js";
import { HOSTILE, harmless } from "./page.mjs";

const judged = (more = {}) => ({ rows: 4, accuracy: 0.75, f1: 0.7, ece: 0.1, brier: 0.2, reliability: [[0.4, 0.5, 2], [0.9, 1, 2]], curve: [[0.5, 1, 0.9], [1, 0.75, 0.4]], names: ["a", "b"], matrix: [[2, 1], [0, 1]], pairs: [[0, 1, 1]], ...more });
const queue = (more = {}) => ({ order: "unsure", count: 2, place: 0, left: 2, undo: false, labels: ["a", "b"], several: false, row: 7, text: "a text", found: "b", sure: 0.4, error: "", offered: [["a", 0.3], ["b", 0.4]], label: "", ...more });
const state = (more = {}) => ({
  about: { name: "Sorter", asks: "fake:fake", labels: [["a", "what a is"], ["b", ""]], several: false, checkpoint: "", rows: 10, column: "text", truth: "" },
  trial: {},
  going: { running: false, why: "", missing: 10, told: "" },
  figures: { classified: 10, failed: 0, labels: [["a", 6], ["b", 4]], histogram: { edges: [0, 0.5, 1], counts: [3, 7] }, kind: "likeness", judged: judged(), byhand: 0, calibrated: "", fitting: false, notes: [] },
  cut: { value: 0.5, person: null, lines: [["answered", "7 of 10 (70.0%)"], ["with a person's work", "not known: say what a row costs a person"]] },
  queue: queue(),
  listing: { kind: "all", truth: "", found: "", count: 10, version: 1, heads: ["row", "text"] },
  ...more,
});
const shown = (more = {}, tab = "rows") => String(page({ ...state(more), tab }, {}));

test("without a frame there is a text to try and nothing else", () => {
  const text = String(page(state({ about: { ...state().about, rows: 0 }, tab: "try" }), {}));
  assert.match(text, /A text to sort/);
  assert.doesNotMatch(text, /Needs a person/);
});

test("the rows can be sorted, what is left of them, or all anew; a run can be stopped", () => {
  assert.match(shown(), /Sort 10 rows/);
  assert.match(shown({ going: { running: false, why: "", missing: 3, told: "7 of 10 rows", done: 7, rows: 10, failed: 0 } }), /Sort the other 3 rows/);
  assert.match(shown({ going: { running: false, why: "", missing: 0, told: "" } }), /data-with="\{&quot;anew&quot;:true\}" data-confirm/);
  assert.match(shown({ going: { running: true, why: "", missing: 3, told: "7 of 10 rows", done: 7, rows: 10, failed: 0 } }), /data-do="stop"[^]*<progress[^>]*value="7" max="10"/);
});

test("each chart has its figures as a table, and a cell of the matrix lists its rows", () => {
  const text = shown({}, "confidence");
  assert.equal(text.match(/As a table/g).length, 4);
  assert.match(text, /data-with="\{&quot;kind&quot;:&quot;cell&quot;,&quot;truth&quot;:0,&quot;found&quot;:1\}" aria-pressed="false" aria-label="a taken for b: 1 rows"/);
  assert.match(shown({ listing: { ...state().listing, kind: "cell", truth: "a", found: "b", count: 1 } }, "confidence"), /1 rows: a taken for b/);
});

test("of many labels the pairs are listed in place of a matrix", () => {
  const text = shown({ figures: { ...state().figures, judged: judged({ matrix: null }) } }, "confidence");
  assert.match(text, /Most often taken for another/);
});

test("what is not known is said, not made up", () => {
  assert.match(shown({}, "confidence"), /not known: say what a row costs a person/);
  assert.match(shown({ figures: { ...state().figures, judged: null } }, "confidence"), /nobody knows how many are right/);
  assert.match(shown({ figures: { ...state().figures, histogram: null } }, "confidence"), /No confidence is known/);
  assert.match(shown({ figures: { ...state().figures, judged: judged({ ece: null, reliability: [], curve: [] }) } }, "confidence"), /<b>not known<\/b> calibration error/);
});

test("keys label, take what was found, move, skip and undo", () => {
  assert.deepEqual(keyed("2", queue()), { do: "mark", row: 7, label: "b" });
  assert.deepEqual(keyed("Enter", queue()), { do: "mark", row: 7, label: "b" });
  assert.deepEqual(keyed("ArrowRight", queue()), { do: "move", step: 1 });
  assert.deepEqual(keyed("ArrowLeft", queue()), { do: "move", step: -1 });
  assert.deepEqual(keyed("s", queue()), { do: "skip" });
  assert.deepEqual(keyed("u", queue()), { do: "undo" });
  assert.equal(keyed("3", queue()), null);
  assert.equal(keyed("x", queue()), null);
  assert.equal(keyed("Enter", queue({ found: "" })), null);
  assert.equal(keyed("1", queue({ row: null, offered: undefined })), null);
  assert.deepEqual(keyed("u", queue({ row: null })), { do: "undo" });
});

test("a label without a key of its own can be chosen from a list", () => {
  assert.match(shown({ queue: queue({ labels: ["a", "b", "c"] }) }, "person"), /<option >c<\/option>/);
  assert.match(shown({ queue: queue({ row: null, count: 2 }) }, "person"), /All rows of this queue are labelled/);
  assert.match(shown({ queue: queue({ several: true }) }, "person"), /Labelling by hand is for one label a text/);
});

test("names, texts, labels, errors and notes are escaped", () => {
  assert.ok(harmless(shown({ about: { ...state().about, name: HOSTILE, labels: [[HOSTILE, HOSTILE]], checkpoint: HOSTILE } })));
  assert.ok(harmless(shown({ going: { ...state().going, why: HOSTILE } })));
  assert.ok(harmless(shown({ trial: { state: "failed", html: "", failed: HOSTILE, silent: false } }, "try")));
  assert.ok(harmless(shown({ queue: queue({ text: HOSTILE, found: HOSTILE, offered: [[HOSTILE, 0.5]], labels: [HOSTILE, HOSTILE] }) }, "person")));
  assert.ok(harmless(shown({ figures: { ...state().figures, labels: [[HOSTILE, 3]], notes: [HOSTILE], judged: judged({ names: [HOSTILE, HOSTILE] }) } }, "confidence")));
  assert.ok(harmless(shown({ figures: { ...state().figures, judged: judged({ names: [HOSTILE, "b"], matrix: null }) }, listing: { ...state().listing, kind: "cell", truth: HOSTILE, found: "b" } }, "confidence")));
});
