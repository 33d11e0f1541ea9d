import assert from "node:assert/strict";
import test from "node:test";
import { pictureOf } from "../../racto_nb/notebook/widgets/sql/drawing.js";
import { inked, piecesOf } from "../../racto_nb/notebook/widgets/sql/highlight.js";
import { page } from "../../racto_nb/notebook/widgets/sql/view.js";
import { HOSTILE, harmless } from "./page.mjs";

const asking = (more = {}) => ({ name: "shop", model: "m", busy: false, step: "", opened: "t0", drafts: 1, kept: 0, kept_in: "", ...more });
const word = (more = {}) => ({ state: "empty", broken: [], rewrite: "", reads: "", notes: [], ...more });
const turn = (more = {}) => ({ key: "t0", question: "Which?", by_hand: false, state: "done", kept: false, answered: true, error: "", ended: "", html: "<p>Tea</p>", numbers: [], statement: "SELECT 1", candidates: [], tries: [], notes: [], computed: "", footer: "", ...more });
const grid = (more = {}) => ({ key: "t0.0", columns: [{ label: "n", number: true, masked: false, width: 80 }], hidden: 0, all: 3, count: 3, truncated: false, sort: -1, descending: false, search: "", ...more });
const picture = { chosen: { kind: "bar", x: "n", y: "", ys: [], color: "", how: "", title: "", x_label: "", y_label: "" }, kinds: ["bar", "line"], hows: ["sum"], names: ["n"], data: {}, note: "" };
const tables = (more = {}) => ({ state: "read", error: "", more: 0, tables: [{ name: "orders", kind: "table", rows: 5, estimated: false, about: "", more: 0, columns: [{ name: "id", written: "id", type: "INTEGER", key: "key", about: "", masked: false, samples: ["1"] }] }], ...more });
const shown = (parts = {}, local = {}) => String(page({ tables: tables(), editor: { text: "", version: 0 }, word: word(), turn: {}, grid: {}, picture: {}, history: [], asking: asking(), ...parts }, local));

test("a statement is cut into pieces that together are the statement", () => {
  const sql = "SELECT sum(a), 'it''s' -- why?\nFROM \"t 1\" /* open";
  const pieces = piecesOf(sql);
  assert.equal(pieces.map(({ text }) => text).join(""), sql);
  const kinds = Object.fromEntries(pieces.map(({ text, kind }) => [text, kind]));
  assert.deepEqual([kinds.SELECT, kinds.sum, kinds["'it''s'"], kinds["-- why?"], kinds['"t 1"'], kinds["/* open"], kinds.a], ["word", "call", "string", "comment", "name", "comment", ""]);
});

test("any text stays the text it is, and is escaped", () => {
  for (const sql of ["", "'", "\"", "😀 SELECT", HOSTILE, "\u0000\n\t", "-- ", "/*", "1e", "ä_ö $1"]) assert.equal(piecesOf(sql).map(({ text }) => text).join(""), sql);
  assert.ok(!String(inked(HOSTILE)).includes("<img"));
});

test("what the guard refuses is marked, also within a piece", () => {
  assert.match(String(inked("SELECT bad(1)", [{ start: 7, end: 10 }])), /<span class="racto-sql-call racto-sql-broken">bad<\/span>/);
  assert.match(String(inked("abcdef", [{ start: 2, end: 4 }])), /ab<span class="racto-sql-broken">cd<\/span>ef/);
});

test("tables show their columns, and samples", () => {
  const text = shown();
  assert.match(text, /orders <span class="racto-quiet">5 rows/);
  assert.match(text, /data-do="look" data-with="\{&quot;table&quot;:0\}"/);
  assert.match(text, /<div class="racto-samples">1<\/div>/);
});

test("the guard's word names the rule, the line and what would be allowed", () => {
  const text = shown({ word: word({ state: "refused", broken: [{ rule: "writes", message: "DROP writes.", line: 2, start: 0, end: 4 }], rewrite: "SELECT 1" }) });
  assert.match(text, /<b>writes<\/b>, line 2: DROP writes\./);
  assert.match(text, /<code class="racto-other">SELECT 1<\/code>/);
});

test("numbers of the answer are told apart in words, not by colour alone", () => {
  const text = shown({ turn: turn({ numbers: [{ text: "7", kind: "found", how: "" }, { text: "900", kind: "unknown", how: "the nearest in the rows is 7" }] }), grid: grid(), picture });
  assert.match(text, /<mark class="racto-unknown">900<\/mark> <span class="racto-quiet">not in the rows: the nearest in the rows is 7/);
});

test("a tab is open at a time", () => {
  const parts = { turn: turn({ candidates: [{ sqls: ["A"], places: [0], votes: 2, rows: 1, error: "", chosen: true }] }), grid: grid(), picture };
  const open = (tab) => [...shown(parts, { tab }).matchAll(/role="tabpanel" id="-panel-(\w+)"[^>]* (hidden)?>/g)].filter(([, , hidden]) => !hidden).map(([, name]) => name);
  assert.deepEqual([open(undefined), open("chart"), open("candidates")], [["rows"], ["chart"], ["candidates"]]);
});

test("while a question runs, nothing else can be started and it can be stopped", () => {
  const text = shown({ asking: asking({ busy: true, step: "running SQL" }) });
  assert.match(text, /<button class="racto-main" disabled>Ask/);
  assert.match(text, /data-do="stop" >Stop/);
  assert.match(text, /running SQL …/);
});

test("foreign texts are escaped wherever they stand", () => {
  const column = { name: HOSTILE, written: HOSTILE, type: HOSTILE, key: HOSTILE, about: HOSTILE, masked: false, samples: [HOSTILE] };
  assert.ok(harmless(shown({ tables: tables({ error: HOSTILE, tables: [{ name: HOSTILE, kind: "table", rows: null, estimated: false, about: HOSTILE, more: 0, columns: [column] }] }) })));
  assert.ok(harmless(shown({ word: word({ state: "refused", broken: [{ rule: HOSTILE, message: HOSTILE, line: 1, start: 0, end: 1 }], rewrite: HOSTILE, notes: [HOSTILE] }) })));
  const foreign = turn({ question: HOSTILE, error: HOSTILE, ended: HOSTILE, html: "", numbers: [{ text: HOSTILE, kind: "found", how: HOSTILE }], notes: [HOSTILE], footer: HOSTILE, computed: HOSTILE, tries: [{ sql: "", said: HOSTILE }], candidates: [{ sqls: ["A"], places: [0], votes: 1, rows: null, error: HOSTILE, chosen: false }] });
  assert.ok(harmless(shown({ turn: foreign, grid: grid({ columns: [{ label: HOSTILE }], search: HOSTILE }), picture: { ...picture, names: [HOSTILE, "n"], chosen: { ...picture.chosen, ys: [HOSTILE, "n"], title: HOSTILE, x_label: HOSTILE, y_label: HOSTILE } }, history: [{ key: "t0", label: HOSTILE, by_hand: true, state: "done", rows: 1, kept: true }], asking: asking({ name: HOSTILE, model: HOSTILE }) })));
});

test("each shape of chart has its figures as a table", () => {
  const name = HOSTILE;
  const all = [
    { shape: "bars", title: name, x: name, y: name, values: [{ label: name, value: 3, group: 0 }], groups: [name] },
    { shape: "bars", title: "t", x: "x", y: "y", values: [{ label: name, value: 3, group: 0 }, { label: name, value: 4, group: 1 }], groups: [name, "b"] },
    { shape: "lines", title: name, x: name, y: name, axis: "number", names: [], series: [{ name, dots: true, points: [[1, 2], [2, 3]] }] },
    { shape: "lines", title: name, x: name, y: name, axis: "names", names: [name, "b"], series: [{ name, dots: false, points: [[0, 2], [1, 3]] }] },
    { shape: "lines", title: name, x: name, y: name, axis: "date", names: [], series: [{ name, dots: false, points: [[1704067200, 2], [1706745600, 3]] }] },
    { shape: "histogram", title: name, x: name, y: name, axis: "date", edges: [1704067200, 1706745600], counts: [2] },
    { shape: "boxes", title: name, x: name, y: name, boxes: [{ label: name, values: [1, 2, 3, 4, 5] }] },
    { shape: "cells", title: name, x: name, y: name, cells: [[0, 0, 2]], columns: [name], rows: [name] },
  ];
  for (const data of all) {
    const text = String(pictureOf({ data }));
    assert.match(text, /<table>/);
    assert.ok(harmless(text), data.shape);
    assert.doesNotMatch(text, /NaN|undefined|Infinity/, data.shape);
  }
  assert.match(String(pictureOf({ data: all[4] })), /2024-01-01/);
  assert.ok(harmless(pictureOf({ data: { error: HOSTILE } })));
});

test("several columns of y can be taken away again, and a title and labels be written", () => {
  const text = shown({ turn: turn(), grid: grid(), picture: { ...picture, names: ["n", "k", "m"], chosen: { ...picture.chosen, y: "n", ys: ["n", "k"], title: "Sold" } } }, { tab: "chart" });
  assert.match(text, /aria-label="Without k"/);
  assert.match(text, /aria-label="One more in y"/);
  assert.match(text, /value="Sold"[^>]*aria-label="Title of the chart"/);
});
