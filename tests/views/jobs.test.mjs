import assert from "node:assert/strict";
import test from "node:test";
import { page } from "../../racto_nb/notebook/widgets/jobs/view.js";
import { HOSTILE, harmless } from "./page.mjs";

const job = (more = {}) => ({ id: "job-1", model: "m", status: "in progress", ended: false, done: 2, failed: 0, total: 10, progress: "2 of 10", began: "2026-01-01 10:00 UTC", error: "", result: "", doing: "", cost: "not known yet", verbs: more.ended ? ["read"] : ["cancel"], note: "", ...more });
const source = (jobs, more = {}) => ({ name: "batches", kind: "batches", trouble: "", looked: true, jobs, cost: "", ...more });
const shown = (sources, looking = {}, costs = { total: "" }) => String(page({ sources, costs, looking: { every: 30, now: false, all_ended: false, ...looking } }));

test("a job under way has a bar and can be cancelled after a second thought", () => {
  const text = shown([source([job()])]);
  assert.match(text, /<progress max="10" value="2" aria-label="2 of 10">/);
  assert.match(text, /data-do="cancel"[^>]*data-confirm="Really cancel\?"/);
});

test("a job that has ended can be read", () => {
  assert.match(shown([source([job({ ended: true, status: "completed" })])]), /data-do="read"/);
  assert.match(shown([source([job({ ended: true, result: "9 answers" })])]), /9 answers[\s\S]*Read again/);
});

test("while something is done about a job there is no button for it", () => {
  const text = shown([source([job({ doing: "cancelling" })])]);
  assert.match(text, /cancelling …/);
  assert.doesNotMatch(text, /data-do="cancel"/);
});

test("all that providers say is escaped", () => {
  const bad = job({ id: HOSTILE, model: HOSTILE, status: HOSTILE, error: HOSTILE, result: HOSTILE, progress: HOSTILE, cost: HOSTILE, note: HOSTILE });
  assert.ok(harmless(shown([source([bad], { name: HOSTILE, kind: HOSTILE, trouble: HOSTILE, cost: HOSTILE })], {}, { total: HOSTILE })));
});

test("the pause that is kept is marked, also one that is not among the usual ones", () => {
  assert.match(shown([], { every: 45 }), /aria-pressed="true">each 45 s/);
});

test("a job that was left in the middle can be gone on with, and says what cannot be done", () => {
  const text = shown([source([job({ ended: true, verbs: ["resume"], note: "runs elsewhere" })])]);
  assert.match(text, /data-do="resume"/);
  assert.doesNotMatch(text, /data-do="read"/);
  assert.match(text, /runs elsewhere/);
});

test("costs stand beside the jobs, below each source, and above all sources", () => {
  const text = shown([source([job({ cost: "$0.50" })], { cost: "$0.50" }), source([], { name: "other" })], {}, { total: "$0.50" });
  assert.match(text, />\$0\.50<\/span><\/td>/);
  assert.match(text, /Cost of batches: \$0\.50\./);
  assert.match(text, /Cost of all: \$0\.50\./);
});

test("a source that could not be asked is not said to have no jobs", () => {
  const text = shown([source([], { trouble: "no connection", looked: false })]);
  assert.match(text, /no connection/);
  assert.doesNotMatch(text, /No job|Not looked at/);
});
