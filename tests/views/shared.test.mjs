import assert from "node:assert/strict";
import test from "node:test";
import { Questions } from "../../racto_nb/notebook/widgets/shared/asking.js";
import { bars, histogram, lines, short, ticks } from "../../racto_nb/notebook/widgets/shared/charts.js";
import { bare, button, cleaned, escape, html } from "../../racto_nb/notebook/widgets/shared/dom.js";
import { barFor, chunksOf, leastWidth, moved, window_ } from "../../racto_nb/notebook/widgets/shared/grid.js";
import { initialize, patched, saidBy } from "../../racto_nb/notebook/widgets/shared/mount.js";
import { fitted, nearestOf, ringOf, thinned, zoomed } from "../../racto_nb/notebook/widgets/shared/scatter.js";
import { followed, streamsOf } from "../../racto_nb/notebook/widgets/shared/streams.js";
import { tabAfter, tabKey, tabList, tabPanel } from "../../racto_nb/notebook/widgets/shared/tabs.js";
import { HOSTILE, harmless, model } from "./page.mjs";

test("values are escaped in texts and in attributes", () => {
  assert.ok(harmless(html`<b title="${HOSTILE}">${HOSTILE}</b>`));
  assert.equal(escape(`&<>"'\``), "&amp;&lt;&gt;&quot;&#39;&#96;");
});

test("markup is kept, lists are joined, and nothing is nothing", () => {
  assert.equal(String(html`${[html`<i>${1}</i>`, html`<i>${2}</i>`]}${false}${null}${undefined}${cleaned("<p>")}${0}`), "<i>1</i><i>2</i><p>0");
});

test("a state that is false is said to screen readers", () => {
  assert.equal(String(html`<b aria-pressed="${false}" aria-busy="${true}" class="${false}">`), '<b aria-pressed="false" aria-busy="true" class="">');
});

test("an addition follows on what is there, and another does not", () => {
  const stream = { run: 7, seq: 2, html: "<p>a</p>", tail: "b" };
  assert.deepEqual(followed(stream, { run: 7, i: 2, add: "c" }), { run: 7, seq: 3, html: "<p>a</p>", tail: "bc" });
  assert.deepEqual(followed(stream, { run: 7, i: 2, html: "<p>bc</p>", tail: "" }), { run: 7, seq: 3, html: "<p>a</p><p>bc</p>", tail: "" });
  assert.equal(followed(stream, { run: 7, i: 4, add: "c" }), null);
  assert.equal(followed(stream, { run: 7, i: 1, add: "c" }), stream);
  assert.equal(followed(stream, { run: 6, i: 2, add: "c" }), stream);
  assert.equal(followed(stream, { run: 8, i: 1, add: "c" }), null);
});

test("a text that begins anew takes the place of the one before, and an old one never comes back", () => {
  const stream = { run: 7, seq: 9, html: "<p>a</p>", tail: "b" };
  const anew = { run: 8, seq: 0, html: "", tail: "" };
  assert.equal(followed(stream, { whole: anew }), anew);
  assert.equal(followed(anew, { whole: stream }), anew);
});

test("a lost addition is healed by a snapshot, and an old snapshot takes nothing back", () => {
  const it = model({ twin: "heals", streams: {} });
  const streams = streamsOf(it);
  it.tell("msg:custom", { t: "stream", id: "a", whole: { run: 7, seq: 1, html: "", tail: "x" } });
  it.tell("msg:custom", { t: "stream", id: "a", run: 7, i: 2, add: "z" });
  assert.equal(streams.get("a").tail, "x");
  assert.deepEqual(it.sent, [{ do: "refresh", part: "streams" }]);
  it.set("streams", { a: { run: 7, seq: 3, html: "", tail: "xyz" } });
  assert.equal(streams.get("a").tail, "xyz");
  it.set("streams", { a: { run: 7, seq: 1, html: "", tail: "x" } });
  assert.equal(streams.get("a").tail, "xyz");
});

test("changes to a part are taken in their order, and a missing one makes the page ask", () => {
  const it = model({ twin: "parts", streams: {}, numbers: { turns: 3 }, turns: { a: 1, b: 2 } });
  initialize({ model: it });
  it.tell("msg:custom", { t: "patch", part: "turns", i: 3, set: { c: 3 }, drop: ["a"] });
  assert.deepEqual(it.get("turns"), { b: 2, c: 3 });
  it.tell("msg:custom", { t: "patch", part: "turns", i: 2, set: { d: 0 }, drop: [] });
  assert.deepEqual(it.sent, []);
  it.tell("msg:custom", { t: "patch", part: "turns", i: 9, set: {}, drop: [] });
  assert.deepEqual(it.sent, [{ do: "refresh", part: "turns" }]);
  assert.deepEqual(patched({ a: 1 }, { set: { a: 2 }, drop: [] }), { a: 2 });
});

test("elements say their verb, what goes with it, and their value", () => {
  const element = (tagName, dataset, more = {}) => ({ tagName, dataset, ...more });
  assert.deepEqual(saidBy(element("BUTTON", { do: "stop", with: '{"key":"a"}' }), "click"), { do: "stop", key: "a" });
  assert.deepEqual(saidBy(element("INPUT", { change: "pick" }, { type: "checkbox", checked: true }), "change"), { do: "pick", value: true });
  assert.deepEqual(saidBy(element("INPUT", { input: "search" }, { type: "text", value: "x" }), "input"), { do: "search", value: "x" });
  assert.deepEqual(saidBy(element("INPUT", { change: "limit" }, { type: "number", value: "" }), "change"), { do: "limit", value: null });
  assert.equal(saidBy(element("INPUT", { change: "pick" }, { type: "text" }), "input"), null);
  assert.equal(saidBy(element("FORM", { do: "ask" }), "click"), null);
});

test("a button that asks goes on asking when the page is drawn anew, and another one asks for itself", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const drawn = (name) => ({ dataset: { do: "cancel", with: `{"id":"${name}"}`, confirm: "Really cancel?" }, textContent: "Cancel" });
  let page = [];
  const draw = () => {
    page = [drawn("a"), drawn("b")];
    questions.draw({ querySelectorAll: () => page });
  };
  const questions = new Questions(draw);
  const labels = () => page.map((button) => button.textContent);
  draw();
  assert.equal(questions.agreed(page[0]), false);
  t.mock.timers.tick(300);
  draw(); // progress has come
  assert.deepEqual(labels(), ["Really cancel?", "Cancel"]);
  assert.equal(page[0].dataset.asked, "yes");
  assert.equal(questions.agreed(page[1]), false);
  assert.equal(questions.agreed(page[0]), true);
  assert.deepEqual(labels(), ["Cancel", "Really cancel?"]);
  t.mock.timers.tick(4000);
  assert.deepEqual(labels(), ["Cancel", "Cancel"]);
  assert.equal(questions.agreed(page[1]), false);
  questions.end();
});

test("a grid draws the rows in sight, whatever their number", () => {
  const few = window_(260, 100, 1000);
  assert.deepEqual([few.first, few.last, few.tall], [4, 20, 26_000]);
  const many = window_(8_000_000 - 400, 400, 10_000_000);
  assert.equal(many.last, 10_000_000);
  assert.equal(many.tall, 8_000_000);
  assert.deepEqual(chunksOf(90, 210), [0, 1, 2]);
});

test("keys move within a grid and not out of it", () => {
  const size = { count: 10, columns: 3, page: 4 };
  assert.deepEqual(moved("ArrowUp", { row: 0, column: 2 }, size), { row: 0, column: 2 });
  assert.deepEqual(moved("PageDown", { row: 8, column: 0 }, size), { row: 9, column: 0 });
  assert.deepEqual(moved("End", { row: 0, column: 1 }, size), { row: 9, column: 1 });
  assert.equal(moved("a", { row: 0, column: 1 }, size), null);
});

test("an axis has round steps", () => {
  assert.deepEqual(ticks(0, 100), [0, 20, 40, 60, 80, 100]);
  assert.deepEqual(ticks(0, 1), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticks(3, 3), [3]);
  assert.deepEqual([short(12_300), short(0.25), short(2_500_000)], ["12.3k", "0.25", "2.5M"]);
});

test("a chart has its figures beside it as a table, and escapes what it is told", () => {
  const shown = String(histogram({ title: HOSTILE, edges: [0, 1, 2], counts: [3, 4], x: "tokens" }));
  assert.ok(harmless(shown));
  assert.match(shown, /<td class="racto-number">4<\/td>/);
  assert.ok(harmless(bars({ title: "t", values: [{ label: HOSTILE, value: 2 }] })));
  assert.match(String(lines({ title: "t", series: [{ name: "a", points: [[0, 0], [1, 2]] }] })), /polyline points="60,166 472,10"/);
});

test("all rows of a grid are as wide as their columns need, so that columns stand below one another", () => {
  assert.equal(leastWidth([{ width: 70 }, {}, { width: 0 }]), 70 + 80 + 80);
});

test("a row is brought into sight by the shortest way, however many share the bar", () => {
  for (const count of [5, 1_000, 1_000_000]) {
    for (const from of [0, 12, count / 2, count - 1].map(Math.floor)) {
      const start = barFor(from, 0, 300, count);
      for (const row of [0, 3, from, Math.floor(count / 3), count - 1]) {
        if (row >= count) continue;
        const bar = barFor(row, start, 300, count);
        const { tall, shift } = window_(bar, 300, count);
        const y = row * 26 + shift - bar;
        assert.ok(y > -0.01 && y + 26 < 300.01, `${row} of ${count} stands at ${y}`);
        assert.ok(bar >= 0 && bar <= Math.max(0, tall - 300) + 0.01);
      }
    }
  }
  assert.equal(barFor(5, 40, 300, 1000), 40);
});

test("a map is zoomed around a place that stays where it is", () => {
  const next = zoomed({ x: 0, y: 0, zoom: 1 }, 2, { x: 1, y: -1 });
  assert.deepEqual(next, { x: 0.5, y: -0.5, zoom: 2 });
  assert.equal(zoomed(next, 1e9, { x: 0, y: 0 }).zoom, 400);
});

test("the nearest point of a map is found among those that have a place", () => {
  const places = new Float32Array([0, 0, 1, 1, 0.1, 0]);
  assert.deepEqual([nearestOf(places, 2, 0.9, 1).number, nearestOf(places, 2, 0.1, 0).number, nearestOf(places, 3, 0.1, 0).number], [1, 0, 2]);
  assert.equal(nearestOf(places, 0, 0, 0).number, -1);
});

test("a map shows all of its points at first, a ring is a polygon, and a path has a limited number of corners", () => {
  const view = fitted(new Float32Array([-1, 0, 3, 0.5]), 2, 1000, 400);
  assert.deepEqual([view.x, view.y], [1, 0.25]);
  assert.ok(view.zoom * (400 / 2.1) * 4 <= 920 + 1e-6);
  assert.equal(fitted(new Float32Array([-1, 0, 3, 0.5]), 2, 1000, 400, [7, 0]).x, 3); // the question beyond them too
  assert.equal(ringOf(0, 0, 1, 8).length, 16);
  assert.ok(Math.abs(ringOf(2, 3, 1, 8)[0] - 3) < 1e-9);
  assert.ok(thinned(Array.from({ length: 4_500 }, (_, x) => ({ x, y: 0 }))).length <= 1_000);
});

test("tabs of two views on a page have names of their own, and one tab is in the order of the Tab key", () => {
  const [one, two] = ["w1", "w2"].map((id) => String(html`${tabList(id, "Parts", [["a", "A"], ["b", HOSTILE]], "b")}${tabPanel(id, "b", "b", "text")}`));
  const ids = (text) => [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  assert.equal(new Set([...ids(one), ...ids(two)]).size, 6);
  assert.match(one, /id="w1-tab-a"[^>]*aria-selected="false" aria-controls="w1-panel-a" tabindex="-1" data-set="\{&quot;tab&quot;:&quot;a&quot;\}"/);
  assert.match(one, /id="w1-tab-b"[^>]*aria-selected="true"[^>]*tabindex="0"/);
  assert.match(one, /role="tabpanel" id="w1-panel-b" aria-labelledby="w1-tab-b"/);
  assert.ok(harmless(one));
});

test("arrow keys lead around the tabs, Home and End to the ends, and other keys nowhere", () => {
  const keys = ["ArrowRight", "ArrowLeft", "Home", "End", "Enter", "constructor"];
  assert.deepEqual(keys.map((key) => tabAfter(key, 2, 3)), [0, 1, 0, 2, -1, -1]);
  assert.equal(tabAfter("ArrowLeft", 0, 3), 2);
});

test("a key on a tab opens the next one and gives it the focus, and elsewhere it is left alone", () => {
  const did = [];
  const tab = (name) => ({ matches: (what) => what === "[role=tab]", closest: () => list, focus: () => did.push(`focus ${name}`), click: () => did.push(`click ${name}`) });
  const tabs = [tab("a"), tab("b")];
  const list = { querySelectorAll: () => tabs };
  const press = (key, target = tabs[0], more = {}) => tabKey({ key, target, preventDefault: () => did.push("stopped"), ...more });
  assert.deepEqual([press("ArrowRight"), press("x"), press("ArrowRight", tabs[0], { ctrlKey: true }), press("Home", { matches: () => false })], [true, false, false, false]);
  assert.deepEqual(did, ["stopped", "focus b", "click b"]);
});

test("a button says its verb, and what is given to it is text", () => {
  const text = String(button("go", HOSTILE, { key: HOSTILE }, html`aria-label="${HOSTILE}"`));
  assert.match(text, /^<button type="button" class="" data-do="go" data-with="/);
  assert.ok(harmless(text));
  assert.match(String(bare("go", "Go", {}, "disabled")), /class="racto-bare" data-do="go" data-with="\{\}" disabled>Go</);
});
