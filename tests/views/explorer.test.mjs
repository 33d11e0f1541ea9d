import assert from "node:assert/strict";
import test from "node:test";
import { page } from "../../racto_nb/notebook/widgets/explorer/view.js";
import { HOSTILE, harmless } from "./page.mjs";

const hit = (more = {}) => ({ rank: 1, source: "a.md", place: "chunk 1", parts: [{ stage: "vector", score: "0.512", rank: 1, share: 0.512 }], html: "<mark>money</mark>", why: ["Its meaning is near."], moved: "", ...more });
const state = (more = {}) => ({
  asked: { text: "money", k: 5, filters: "", way: "as it is set", against: "", ways: ["as it is set", "vector"], busy: [] },
  facts: { chunks: 1066, sources: [["a.md", 2, "a.md"]], more: 0, store: "DuckDBStore", embedder: "E()", sql: true, model: "m" },
  found: { sides: [{ way: "as it is set", hits: [hit()] }], moved: "" },
  reply: {}, document: {}, missing: {}, reading: {}, grid: {}, plot: {}, ...more,
});
const shown = (more, local = {}) => String(page(state(more), local));

test("hits stand with their scores as bars and figures, and lead to their document", () => {
  const text = shown();
  assert.match(text, /1,066 chunks/);
  assert.match(text, /<rect width="51.2"/);
  assert.match(text, /0\.512/);
  assert.match(text, /<mark>money<\/mark>/);
  assert.match(text, /data-do="goto" data-with="\{&quot;side&quot;:0,&quot;rank&quot;:1\}"/);
});

test("what is typed and not handed in stays, and what was asked stands there else", () => {
  assert.match(shown(), /name="text" value="money"/);
  assert.match(shown({}, { drafts: { search: { text: "half a que", way: "vector" } } }), /value="half a que"[\s\S]*<option value="vector" selected>/);
});

test("one panel is seen at a time, and the others stay in the page", () => {
  const text = shown({}, { tab: "map" });
  assert.match(text, /aria-labelledby="-tab-hits" data-key="panel-hits" hidden/);
  assert.match(text, /aria-labelledby="-tab-map" data-key="panel-map" >/);
  assert.equal(text.match(/aria-selected="true"/g).length, 1);
});

test("two ways stand side by side with what moved", () => {
  const sides = [{ way: "vector", hits: [hit({ moved: "↑ 1 (#2 there)" })] }, { way: "keyword", hits: [] }];
  const text = shown({ found: { sides, moved: "Both find 0." } });
  assert.match(text, /Both find 0\./);
  assert.match(text, /↑ 1 \(#2 there\)/);
  assert.match(text, /No chunk fits/);
});

test("a document shows its borders, overlaps, gaps and the stretch that is to be seen", () => {
  const pieces = [
    { text: "one ", chunks: [1], begins: [1], gap: 0, marked: false }, { text: "two", chunks: [1, 2], begins: [2], gap: 0, marked: true },
    { text: " three", chunks: [2], begins: [], gap: 0, marked: true }, { text: "", chunks: [], begins: [], gap: 1400, marked: false },
  ];
  const text = shown({ document: { source: "a.md", name: "a.md", count: 2, first: 0, page: 60, pieces, rows: [[1, 0, 7, 7, "", ""]], number: 4 } }, { tab: "documents" });
  assert.match(text, /aria-label="Chunk 2 begins">2<\/span><span class="racto-over racto-focus" data-focus/);
  assert.equal(text.match(/data-focus/g).length, 1);
  assert.match(text, /⋯ 1,400 characters ⋯/);
});

test("nothing foreign becomes markup", () => {
  const hostile = [
    { facts: { ...state().facts, sources: [[HOSTILE, 1, HOSTILE]], store: HOSTILE, embedder: HOSTILE, model: HOSTILE, sql: false } },
    { asked: { ...state().asked, text: HOSTILE, filters: HOSTILE } },
    { found: { sides: [{ way: HOSTILE, hits: [hit({ source: HOSTILE, place: HOSTILE, why: [HOSTILE], moved: HOSTILE })] }], moved: HOSTILE } },
    { reply: { state: "done", html: "", outcome: "answered", unknown: [], warning: HOSTILE, footer: HOSTILE, cites: [{ number: 1, source: HOSTILE, text: HOSTILE, span: HOSTILE, found: true }] } },
    { document: { source: HOSTILE, name: HOSTILE, count: 1, first: 0, page: 60, pieces: [{ text: HOSTILE, chunks: [1], begins: [1], gap: 0, marked: false }], rows: [[1, 0, 1, 1, "", HOSTILE]], number: 1 } },
    { missing: { text: HOSTILE, reason: "found" } },
    { reading: { files: 1, done: 0, texts: 1, made: 0, source: HOSTILE }, asked: { ...state().asked, busy: ["ingest"] } },
    { reading: { rows: [[HOSTILE, 1, 1, "failed", HOSTILE]], summary: HOSTILE } },
    { grid: { columns: [], count: 1, cut: false, number: 1, query: HOSTILE } },
    { plot: { number: 1, total: 1, placed: 1, chosen: 0, lines: [HOSTILE], legend: [HOSTILE] } },
  ];
  for (const part of hostile) assert.ok(harmless(shown(part)), JSON.stringify(Object.keys(part)));
  assert.ok(harmless(shown({}, { peek: { place: 1, source: HOSTILE, where: HOSTILE, text: HOSTILE } })));
});
