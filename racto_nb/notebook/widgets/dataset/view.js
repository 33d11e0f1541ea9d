/** DatasetEditor: the rows on the left, the example that is open on the right, and below what is about all of them. */
import { bars, histogram, table } from "../shared/charts.js";
import { bare, cleaned, counted, given, html } from "../shared/dom.js";
import { Grid } from "../shared/grid.js";
import { initialize, mount } from "../shared/mount.js";
import { tabList, tabPanel } from "../shared/tabs.js";

const COLUMNS = [{ label: "#", width: 62, number: true }, { label: "turns", width: 60, number: true }, { label: "question", width: 0 }, { label: "answer", width: 0 }, { label: "tokens", width: 70, number: true }, { label: "findings", width: 120 }];

const INKED = { error: "racto-bad", warning: "racto-warn", hint: "racto-quiet" };

const findingOf = (found, key) => html`<li class="${INKED[found.severity] ?? ""}"><b>${found.severity}</b> ${found.says} <span class="racto-quiet">${found.fix}${found.shown && html` “${found.shown}”`}</span>
  ${found.fixable && bare("mend", "Fix", { rule: found.rule, key }, html`aria-label="Fix ${String(found.rule).replace(/[^\w]/g, " ")} in this example"`)}</li>`;

const findings = (list, key) => list.length > 0 && html`<ul class="racto-found">${list.map((each) => findingOf(each, key))}</ul>`;

const fileOf = (file, place, turn, key, pictures) => html`<li data-key="f${place}">${pictures[file.picture] && html`<img src="${pictures[file.picture]}" alt="${file.label}">`}
  ${file.label} <span class="racto-quiet">${file.about}</span> ${bare("detach", "×", { key, turn, place }, html`aria-label="Take the file away"`)}</li>`;

const lined = (text) => Math.max(1, Math.min(18, text.split("\n").reduce((all, line) => all + 1 + Math.floor(line.length / 70), 0)));

const where = (turn) => (turn.side === "messages" ? "" : ` · ${turn.side}`);

const tools = (turn, key) => html`<span class="racto-tools" role="group" aria-label="Turn ${turn.n}">
  ${bare("move", "↑", { key, turn: turn.n, by: -1 }, html`aria-label="Move turn ${turn.n} up" ${turn.first ? "disabled" : ""}`)}
  ${bare("move", "↓", { key, turn: turn.n, by: 1 }, html`aria-label="Move turn ${turn.n} down" ${turn.last ? "disabled" : ""}`)}
  <button type="button" class="racto-bare" data-split="${turn.n}" title="Two turns: what stands before the cursor, and what stands after it">Split at cursor</button>
  ${bare("merge", "Merge with next", { key, turn: turn.n }, turn.last ? "disabled" : "")}
  ${bare("insert", "Add below", { key, turn: turn.n })}
  <label class="racto-file">Attach <input type="file" multiple class="racto-hidden" data-attach="${turn.n}"></label>
  ${bare("drop", "Remove", { key, turn: turn.n }, html`data-confirm="Really remove?"`)}</span>`;

const turnOf = (turn, key, pictures) => html`<li data-key="${key}-${turn.n}" class="racto-turn racto-${turn.side}">
  <div class="racto-row racto-turn-head"><select aria-label="Role of turn ${turn.n}" data-change="speak" data-with="${given({ key, turn: turn.n })}">${turn.roles.map((role) => html`<option value="${role}" ${role === turn.role ? "selected" : ""}>${role}</option>`)}</select>
    <span class="racto-quiet">turn ${turn.n}${where(turn)}${turn.name && ` · ${turn.name}`}${turn.answers && ` · answers ${turn.answers}`}</span>
    ${turn.role === "assistant" && html`<label class="racto-pick"><input type="checkbox" data-change="weigh" data-with="${given({ key, turn: turn.n })}" ${turn.learnt ? "checked" : ""}> learnt</label>`}</div>
  ${turn.files.length > 0 && html`<ul class="racto-files" aria-label="Files of turn ${turn.n}">${turn.files.map((file, place) => fileOf(file, place, turn.n, key, pictures))}</ul>`}
  <textarea aria-label="Text of turn ${turn.n}, ${turn.role}" class="racto-prose" rows="${lined(turn.text)}" data-turn="${turn.n}" data-change="write" data-with="${given({ key, turn: turn.n })}" ${turn.editable ? "" : "readonly"}>${turn.text}</textarea>
  ${!turn.editable && html`<p class="racto-quiet">This text has characters that a page would change (carriage returns, half letters). Edit it in a cell.</p>`}
  ${turn.mixed && html`<p class="racto-quiet">Texts and files stand in an order of their own here; once it is rewritten, the text stands after the files.</p>`}
  ${turn.calls.map((call) => html`<pre>${call}</pre>`)}
  ${findings(turn.found, key)}
  ${tools(turn, key)}</li>`;

const pairOf = ({ key, pair, can_pair: can }) => pair
  ? html`${bare("swap", "Swap preferred and rejected", { key })} ${bare("unpair", "Keep the preferred", { key, side: "preferred" })} ${bare("unpair", "Keep the rejected", { key, side: "rejected" })}`
  : bare("prefer", "Make a pair", { key }, html`title="The answer becomes preferred and rejected: write the better or the worse one, or swap them" ${can ? "" : "disabled"}`);

const tagsOf = ({ key, tags }) => html`<div class="racto-row racto-tags">${tags.map(([name, value]) => html`<span data-key="t${name}"><b>${name}</b> ${value} ${bare("tag", "×", { key, name, value: "" }, html`aria-label="Take the tag away"`)}</span>`)}
  <form data-do="tag" data-with="${given({ key })}" data-clear class="racto-row" data-key="new"><input name="name" aria-label="Name of a tag" placeholder="tag" size="8" required><input name="value" aria-label="Value of the tag" placeholder="value" size="10"><button class="racto-bare">Tag</button></form></div>`;

const besides = ({ tools: offered, reference, origin }) => html`${offered.length > 0 && html`<details><summary>${offered.length} tools</summary><ul>${offered.map((tool) => html`<li>${tool}</li>`)}</ul></details>`}
  ${reference && html`<p class="racto-quiet">expected: ${reference}</p>`}${origin && html`<p class="racto-quiet">from ${origin}</p>`}`;

const exampleOf = (opened, pictures) => opened.key
  ? html`<div class="racto-row" data-key="head"><h3>Example ${counted(opened.place)}</h3> ${bare("copy", "Copy", { key: opened.key })} ${bare("delete", "Delete", { key: opened.key }, html`data-confirm="Really delete?"`)} ${pairOf(opened)}</div>
    ${findings(opened.found, opened.key)}
    <ol class="racto-turns" data-key="turns">${opened.turns.map((turn) => turnOf(turn, opened.key, pictures))}</ol>
    ${opened.turns.length === 0 && bare("insert", "Add a turn", { key: opened.key, turn: 0 })}
    ${tagsOf(opened)}${besides(opened)}`
  : html`<p class="racto-quiet">Choose an example: click it, or go to it with the arrow keys and press Enter.</p>`;

const narrowing = (sheet) => html`<div class="racto-row" data-key="narrow">
  <input type="search" class="racto-wide" aria-label="Search" placeholder="Search in all turns" data-input="seek" value="${sheet.seek}">
  <form data-do="filter" class="racto-row racto-wide" data-key="where"><input name="where" class="racto-code racto-wide" aria-label="Filter, a condition of SQL" placeholder="tokens > 500 AND answer ILIKE '%sorry%'" value="${sheet.where}" title="Columns: example, turns, roles, question, answer, text, characters, tokens, files, calls, source, tags, pair, errors, warnings, rules"><button>Filter</button></form></div>`;

const rowsOf = (sheet) => html`<div class="racto-row racto-quiet" data-key="count">${sheet.busy ? "Searching …" : html`${counted(sheet.shown)} of ${counted(sheet.count)} examples`} ${sheet.told && html`<span class="racto-warn">${sheet.told}</span>`}
  ${sheet.where && bare("filter", "Without the filter", { where: "" })} <button type="button" class="racto-bare" data-do="new">Add an example</button></div>
  <div data-key="grid" data-hold="grid"></div>`;

const ruleOf = (rule) => html`<li data-key="${rule.rule}"><span class="${INKED[rule.severity] ?? ""}"><b>${rule.rule.replaceAll("_", " ")}</b> · ${rule.severity} · ${counted(rule.count)}</span> ${rule.fixable > 0 && bare("mend", `Fix ${counted(rule.fixable)}`, { rule: rule.rule }, html`data-confirm="Really change them?"`)}
  <div>${rule.says} <span class="racto-quiet">${rule.fix}</span></div>
  <div>${rule.places.map((place) => bare("go", `#${place}`, { place }))}${rule.places.length > 0 && rule.count > rule.places.length && html` <button type="button" class="racto-bare" data-do="filter" data-with="${given({ where: `list_contains(rules, '${rule.rule.replace(/[^\w]/g, "")}')` })}">Show all</button>`}</div></li>`;

const checking = ({ provider, providers, state, summary, rules }) => html`<div class="racto-row"><label>Rules of <select aria-label="Provider whose rules are asked" data-change="for">${providers.map((name) => html`<option value="${name}" ${name === provider ? "selected" : ""}>${name}</option>`)}</select></label>
  <button type="button" data-do="check" ${state === "running" ? "disabled" : ""}>${state === "running" ? "Checking …" : "Check all"}</button>
  <button type="button" data-do="check" data-with='{"deep": true}' title="Also duplicates, contradictions, leaks, personal data, secrets, languages and labels: it reads every letter" ${state === "running" ? "disabled" : ""}>Check deeply</button>
  <span>${summary}${state === "edited" && html` <span class="racto-quiet">(before the last edits)</span>`}</span></div>
  ${rules.length > 0 ? html`<ul class="racto-found racto-rules">${rules.map(ruleOf)}</ul>` : html`<p class="racto-quiet">${state === "done" ? "Nothing was found." : "An example is checked by itself when it is opened or edited. Check all for the whole."}</p>`}`;

const spread = ({ edges, counts, line, limit }) => edges
  ? html`${counts.length < 4 ? bars({ title: "Tokens of the examples", values: counts.map((value, place) => ({ label: `${edges[place]}`, value })), x: "tokens", y: "examples" }) : histogram({ title: "Tokens of the examples", edges, counts, x: "tokens", y: "examples", marks: limit ? [{ at: limit, label: "limit" }] : [] })}<p class="racto-quiet">${line}</p>`
  : html`<p class="racto-quiet">Counting …</p>`;

const sideOf = (name, turns) => html`<div><h4>${name}</h4>${turns.map(([role, text]) => html`<div class="racto-read"><b>${role}</b> ${cleaned(text)}</div>`)}</div>`;

const bothOf = (both) => both.sides && html`<div class="racto-panel" data-key="both"><p>${both.says}</p><div class="racto-columns">${sideOf(`Validation ${both.validation}`, both.sides[0])}${sideOf(`Training ${both.train}`, both.sides[1])}</div>${bare("go", `Open training example ${both.train}`, { place: both.train })}</div>`;

const leakage = ({ validation, state, count, leaks, both }) => validation === null
  ? html`<p class="racto-quiet">There is no validation data. DatasetEditor(train, validation=held_out) looks for what stands in both.</p>`
  : html`<div class="racto-row"><button type="button" data-do="leaks" ${state === "running" ? "disabled" : ""}>${state === "running" ? "Looking …" : "Look for leaks"}</button> <span>${counted(validation)} validation examples${(state === "done" || state === "edited") && html`, ${counted(count)} of them in the training data`}${state === "edited" && html` <span class="racto-quiet">(before the last edits; those of edited examples are left out)</span>`}</span></div>
    ${leaks.length > 0 && html`<ul class="racto-found">${leaks.map(([kind, held, train, share, shown], number) => html`<li data-key="l${number}">${bare("pair", `validation ${held} ↔ training ${train}`, { number })} ${kind} · ${share} <span class="racto-quiet">${shown}</span></li>`)}</ul>`}
    ${leaks.length < count && html`<p class="racto-quiet">${counted(count - leaks.length)} more are not listed.</p>`}${bothOf(both)}`;

const logged = ({ edits, count, diff, who, why }) => html`<form data-do="sign" class="racto-row" data-key="sign"><label>Who edits <input name="who" value="${who}" size="14"></label><label>Why <input name="why" value="${why}" size="30"></label><button>Sign edits from now on</button></form>
  <div class="racto-row"><button type="button" data-do="compare">Compare with what was opened or saved</button></div>${diff && html`<pre>${diff}</pre>`}
  ${edits.length > 0 ? table(["when (UTC)", "who", "what", "why", ""], edits) : html`<p class="racto-quiet">Nothing was edited yet.</p>`}${count > edits.length && html`<p class="racto-quiet">and ${counted(count - edits.length)} before these: editor.data.history</p>`}`;

const saved = ({ path, beside, unsaved, exists, forms, done }, provider, over) => html`${path
  ? html`<p>${unsaved ? html`<b>${unsaved === 1 ? "1 edit is" : `${counted(unsaved)} edits are`}</b> not in ${path} yet, and kept in ${beside}.` : html`${path} has all edits.`}</p>
    <button type="button" class="racto-main" data-do="save" data-with="${given({ overwrite: exists })}" ${exists ? html`data-confirm="Really overwrite?"` : ""}>Save to ${path}</button>`
  : html`<p class="racto-warn">Edits are in the dataset of this notebook alone, and lost with the kernel: no file was given. Export one, or open the editor with a path.</p>`}
  <form data-do="export" data-with="${given({ overwrite: over })}" class="racto-row racto-export" data-key="export"><label>Export to <input name="path" required size="28" placeholder="train.openai.jsonl"></label>
    <label>for <select name="form" aria-label="Form of the file">${forms.map((name) => html`<option value="${name}" ${name === provider ? "selected" : ""}>${name}</option>`)}</select></label>
    <button type="button" aria-pressed="${over}" data-set="${given({ over: !over })}">${over ? "A file that is there is overwritten" : "A file that is there is kept"}</button>
    <button>Export</button></form>
  ${done && html`<p class="racto-good" role="status">${done}</p>`}`;

const TABS = [["checks", "Findings"], ["lengths", "Tokens"], ["leaks", "Train / validation"], ["log", "History"], ["files", "Save and export"]];

const tabs = (id, open, state) => tabList(id, "About all examples", TABS.map(([name, label]) => [
  name, name === "files" && state.saving.unsaved > 0 ? `${label} (${counted(state.saving.unsaved)})` : label,
]), open);

const inside = (open, state, over) => ({ checks: () => checking(state.checks), lengths: () => spread(state.lengths), leaks: () => leakage(state.leaking), log: () => logged(state.edits), files: () => saved(state.saving, state.checks.provider, over) })[open]();

export const page = (state, { id, tab = "checks", over = false }) => html`
  ${state.saving.notice && html`<p class="racto-notice" role="status">${state.saving.notice} <button type="button" class="racto-bare" data-do="away" aria-label="Dismiss">×</button></p>`}
  <div class="racto-row" data-key="undo"><button type="button" data-do="undo" ${state.edits.undo ? "" : "disabled"} title="${state.edits.undo}">Undo</button><button type="button" data-do="redo" ${state.edits.redo ? "" : "disabled"} title="${state.edits.redo}">Redo</button>
    <span class="racto-quiet">${state.edits.undo ? html`last: ${state.edits.undo}` : "no edits"}${state.saving.path && html` · ${state.saving.unsaved ? `${counted(state.saving.unsaved)} not in ${state.saving.path} yet` : `all in ${state.saving.path}`}`}</span></div>
  ${narrowing(state.sheet)}
  <div class="racto-desk" data-key="desk"><section aria-label="Examples" data-key="sheet">${rowsOf(state.sheet)}</section>
    <section aria-label="Open example" class="racto-example" data-key="example">${exampleOf(state.opened, state.pictures)}</section></div>
  ${tabs(id, tab, state)}${tabPanel(id, tab, tab, inside(tab, state, over))}`;

const halves = (field) => ({ value: field.value.slice(0, field.selectionStart), rest: field.value.slice(field.selectionStart) });

async function attachTo(view, field) {
  const all = [...field.files];
  if (!all.length) return;
  const buffers = await Promise.all(all.map((file) => file.arrayBuffer()));
  view.say({ do: "attach", key: view.state.opened.key, turn: Number(field.dataset.attach), names: all.map((file) => file.name), types: all.map((file) => file.type || "text/plain") }, buffers);
  field.value = "";
}

function split(view, button) {
  const turn = Number(button.dataset.split);
  const field = view.root.querySelector(`textarea[data-turn="${turn}"]`);
  view.say({ do: "split", key: view.state.opened.key, turn, ...halves(field) });
}

const shortcut = (view, event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || event.target.matches("textarea,input")) return;
  event.preventDefault();
  view.say({ do: event.shiftKey ? "redo" : "undo" });
};

function begun(view, state) {
  const { root, local } = view;
  const element = root.querySelector("[data-hold=grid]").appendChild(document.createElement("div")); // its own: drawing anew takes from the place what it does not know
  local.shape = state.sheet.shape;
  local.fresh = state.sheet.fresh;
  local.grid = new Grid(element, {
    label: "Examples", columns: COLUMNS, count: state.sheet.shown,
    ask: (first, last) => view.say({ do: "rows", first, last }),
    chosen: (row) => view.say({ do: "open", row, shape: local.shape }),
  });
  root.addEventListener("click", (event) => event.target.matches("[data-split]") && split(view, event.target));
  root.addEventListener("change", (event) => event.target.matches("[data-attach]") && attachTo(view, event.target));
  root.addEventListener("keydown", (event) => shortcut(view, event));
}

function drawn(view, state) {
  const { local } = view;
  if (!local.grid) begun(view, state);
  if (local.shape !== state.sheet.shape) {
    local.shape = state.sheet.shape;
    local.grid.change({ count: state.sheet.shown, forget: true });
  } else if (local.fresh !== state.sheet.fresh) local.grid.forget();
  local.fresh = state.sheet.fresh;
  if (local.opened !== state.opened.key && state.sheet.row >= 0) local.grid.show(state.sheet.row);
  local.opened = state.opened.key;
}

/** Rows have come: a window that the grid has asked for, or one row that was edited. */
function message(view, { t, first, shape, rows }) {
  const { grid } = view.local;
  if (t !== "rows" || !grid || shape !== view.local.shape) return;
  const kept = first % 100 || rows.length === 1 ? grid.chunks.get(Math.floor(first / 100)) : undefined; // the grid keeps rows by hundreds
  if (kept) kept.splice(first % 100, rows.length, ...rows);
  if (kept || first % 100 === 0) grid.take(first - (first % 100), kept ?? rows);
}

export default { initialize, render: (context) => mount(context, { name: "Dataset editor", parts: ["sheet", "opened", "pictures", "checks", "lengths", "leaking", "edits", "saving"], page, drawn, message }) };
