/** SqlAnalyst: tables and history beside a question, an editor, and what came of it. */
import { bare, cleaned, counted, given, html } from "../shared/dom.js";
import { Grid } from "../shared/grid.js";
import { initialize, mount } from "../shared/mount.js";
import { patch } from "../shared/patch.js";
import { tabList, tabPanel } from "../shared/tabs.js";
import { pictureOf } from "./drawing.js";
import { inked } from "./highlight.js";

const many = (count, one) => `${counted(count)} ${one}${count === 1 ? "" : "s"}`;

const columnOf = (column) => html`<li><button type="button" class="racto-bare racto-column" data-insert="${column.written}" title="Put ${column.written} into the statement">${column.name}</button>
  <span class="racto-quiet">${column.type}${column.key && ` · ${column.key}`}${column.masked && " · masked"}${column.about && ` · ${column.about}`}</span>
  ${column.samples.length > 0 && html`<div class="racto-samples">${column.samples.join(", ")}</div>`}</li>`;

const tableOf = (table, place, busy) => html`<li data-key="table-${place}"><details><summary>${table.name} <span class="racto-quiet">${table.kind === "view" ? "view" : table.rows === null ? "" : `${table.estimated ? "about " : ""}${many(table.rows, "row")}`}</span></summary>
  ${table.about && html`<p class="racto-quiet">${table.about}</p>`}
  ${bare("look", "Show rows", { table: place }, busy ? "disabled" : "")}
  <ul>${table.columns.map(columnOf)}</ul>${table.more > 0 && html`<p class="racto-quiet">and ${many(table.more, "column")} more</p>`}</details></li>`;

const found = (tables, find) => {
  const wanted = (find ?? "").trim().toLowerCase();
  const all = tables.map((table, place) => ({ table, place }));
  return wanted ? all.filter(({ table }) => table.name.toLowerCase().includes(wanted) || table.columns.some(({ name }) => name.toLowerCase().includes(wanted))) : all;
};

const tree = ({ state, error, tables, more = 0 }, asking, find) => html`<section class="racto-tables" aria-label="Tables" data-key="tables">
  <div class="racto-row"><h3>Tables</h3> ${bare("reread", "Read anew", {}, state === "reading" ? "disabled" : "")}</div>
  ${state === "reading" && html`<p class="racto-quiet">Reading the tables …</p>`}${error && html`<p class="racto-bad">${error}</p>`}
  ${tables.length > 8 && html`<input type="search" data-find data-key="find" aria-label="Find a table or column" placeholder="Find a table or column">`}
  <ul class="racto-tree">${found(tables, find).map(({ table, place }) => tableOf(table, place, asking.busy))}</ul>
  ${more > 0 && html`<p class="racto-quiet">and ${many(more, "table")} more</p>`}</section>`;

const marks = { running: "…", failed: "failed", stopped: "stopped" };

const earlier = (history, opened) => html`<section aria-label="Earlier questions" data-key="history">${history.length > 0 && html`<h3>Asked so far</h3>
  <ol class="racto-history">${history.map((entry) => html`<li data-key="h-${entry.key}"><button type="button" class="racto-bare" data-do="open" data-with="${given({ key: entry.key })}" aria-current="${entry.key === opened}">${entry.by_hand && html`<span class="racto-tag">SQL</span> `}${entry.label}
    <span class="racto-quiet">${marks[entry.state] ?? (entry.rows === null ? "" : many(entry.rows, "row"))}${entry.kept && " · gold"}</span></button></li>`)}</ol>`}</section>`;

const question = (asking) => html`<form data-do="ask" data-key="ask" data-clear>
  <div data-hold data-key="question"><textarea name="text" class="racto-prose" data-enter rows="2" aria-label="Question" placeholder="Ask ${asking.name} in your own words"></textarea></div>
  <div class="racto-row"><button class="racto-main" ${asking.busy ? "disabled" : ""}>Ask</button><button type="button" data-do="stop" ${asking.busy ? "" : "disabled"}>Stop</button>
    <label class="racto-inline">Statements <input type="number" min="1" max="10" value="${asking.drafts}" data-change="drafts" aria-label="How many statements are written and compared"></label>
    <span class="racto-quiet racto-step">${asking.busy ? html`<b>${asking.step || "working"} …</b>` : asking.model}</span></div></form>`;

const rule = ({ rule: name, line, message }) => html`<li><b>${name}</b>${line > 0 && `, line ${line}`}: ${message}</li>`;

const wordOf = (word) => html`<div class="racto-word" data-key="word" aria-live="polite" aria-label="What the guard says">
  ${word.state === "empty" && html`<span class="racto-quiet">The guard reads what you write. Ctrl+Enter runs it.</span>`}
  ${word.state === "asked" && html`<span class="racto-quiet">The guard is reading …</span>`}
  ${word.state === "allowed" && html`<span><b class="racto-good">✓ Allowed</b> <span class="racto-quiet">${word.reads}</span></span>`}
  ${word.state === "refused" && html`<div><b class="racto-bad">✗ Refused</b><ul>${word.broken.map(rule)}</ul>
    ${word.rewrite && html`<div class="racto-row"><code class="racto-other">${word.rewrite}</code> <button type="button" data-do="rewrite">Use this instead</button></div>`}</div>`}
  ${word.notes.map((note) => html`<p class="racto-warn">${note}</p>`)}</div>`;

const editor = (word, asking) => html`<div class="racto-panel racto-sql" data-key="sql">
  <div class="racto-editor" data-hold data-key="editor"><pre aria-hidden="true"></pre><textarea rows="5" spellcheck="false" autocapitalize="off" autocomplete="off" data-input="draft" aria-label="SQL"></textarea></div>
  <div class="racto-row"><button type="button" data-do="run" ${asking.busy || word.state === "empty" ? "disabled" : ""}>Run SQL</button>${wordOf(word)}</div></div>`;

const SAID = { found: "in the rows", computed: "computed", unknown: "not in the rows" };

const numbers = (list) => list?.length > 0 && html`<ul class="racto-numbers" aria-label="Numbers of the answer">${list.map(({ text, kind, how }) => html`<li><mark class="racto-${kind}">${text}</mark> <span class="racto-quiet">${SAID[kind]}${how && `: ${how}`}</span></li>`)}</ul>`;

const answer = (turn) => html`<div data-key="answer-${turn.key}">
  ${turn.by_hand ? html`<h3 class="racto-asked">Rows of your SQL</h3>` : html`<h3 class="racto-asked">${turn.question}</h3>`}
  ${turn.error && turn.state !== "running" && html`<p class="racto-bad racto-lines">${turn.error}</p>`}${turn.ended && html`<p class="racto-warn">${turn.ended}</p>`}
  ${turn.html && html`<div class="racto"><div class="racto-answer">${cleaned(turn.html)}</div></div>`}${numbers(turn.numbers)}
  ${turn.notes.map((note) => html`<p class="racto-quiet">${note}</p>`)}
  ${turn.footer && html`<p class="racto-quiet">${turn.footer}</p>`}</div>`;

const sorting = ({ columns, sort, descending }) => html`<label class="racto-inline">Order <select data-sort aria-label="Order by"><option value="-1">as they came</option>${columns.map((column, place) => html`<option value="${place}" ${place === sort ? "selected" : ""}>${column.label}</option>`)}</select></label>
  ${sort >= 0 && html`<button type="button" class="racto-bare" data-do="sort" data-with="${given({ column: sort })}" aria-label="${descending ? "Largest first; press for as they came" : "Smallest first; press for largest first"}">${descending ? "▼" : "▲"}</button>`}`;

const rowsOf = (grid, turn) => html`<div data-key="rows">
  <div class="racto-row">${sorting(grid)}<input type="search" data-input="search" value="${grid.search}" aria-label="Rows that hold" placeholder="Rows that hold …">
    <span class="racto-quiet" role="status">${grid.count === null ? "Looking …" : grid.count === grid.all ? many(grid.all, "row") : `${counted(grid.count)} of ${many(grid.all, "row")}`}${grid.truncated && ", there may be more"}${grid.hidden > 0 && ` · ${many(grid.hidden, "column")} more in .frame`}</span></div>
  <div data-hold data-key="grid-${turn.key}" class="racto-rows-grid"></div></div>`;

const choice = (part, label, values, chosen, none) => html`<label class="racto-inline">${label} <select aria-label="${label}" data-change="chart" data-with="${given({ part })}">${none !== undefined && html`<option value="">${none}</option>`}${values.map((value) => html`<option value="${value}" ${value === chosen ? "selected" : ""}>${value}</option>`)}</select></label>`;

const label = (part, text, chosen, usual) => html`<label class="racto-inline">${text} <input data-input="chart" data-with="${given({ part })}" value="${chosen[part]}" maxlength="200" aria-label="${text} of the chart" placeholder="${usual}"></label>`;

const measure = (name) => html`<span class="racto-measure" data-key="y-${name}">${name} <button type="button" class="racto-bare" data-do="chart" data-with="${given({ part: "less", value: name })}" aria-label="Without ${name}">×</button></span>`;

const beside = ({ ys }, names) => ys.length > 0 && names.length > 1 && html`<div class="racto-row" data-key="ys">${ys.length > 1 && html`<span class="racto-row" role="group" aria-label="Columns in y">${ys.map(measure)}</span>`}${choice("more", "One more in y", names.filter((name) => !ys.includes(name)), "", "–")}</div>`;

const chartOf = ({ chosen, kinds, hows, names }, turn) => html`<div data-key="chart"><div class="racto-row">
  ${choice("kind", "Kind", kinds, chosen.kind, chosen.kind ? undefined : "none")}${choice("x", "x", names, chosen.x, "–")}${choice("y", "y", names, chosen.y, "–")}${choice("color", "Colour", names, chosen.color, "–")}${choice("how", "Rows of a name", hows, chosen.how, "as they are")}</div>
  ${beside(chosen, names)}<div class="racto-row" data-key="labels">${label("title", "Title", chosen, "what is drawn")}${label("x_label", "Name of x", chosen, chosen.x || "x")}${label("y_label", "Name of y", chosen, chosen.ys.join(", ") || "y")}</div>
  <div data-hold data-key="picture-${turn.key}" class="racto-picture"></div></div>`;

const sqlOf = (text) => html`<pre class="racto-ink">${inked(text)}</pre>`;

const candidate = (group, place) => html`<div class="racto-panel" data-key="group-${place}"><b>${many(group.votes, "vote")}</b>${group.chosen && html` <span class="racto-good">the answer</span>`}
  <span class="racto-quiet">${group.rows === null ? group.error : many(group.rows, "row")}</span>
  ${group.sqls.map((sql, number) => sql && html`${sqlOf(sql)}${bare("use", "Put into the editor", { group: place, place: group.places[number] })}`)}</div>`;

const tried = (tries) => tries.length > 0 && html`<details data-key="tries"><summary>What was tried (${tries.length})</summary>${tries.map(({ sql, said }) => html`<p class="racto-quiet">${said}</p>${sqlOf(sql)}`)}</details>`;

const gold = (turn, asking) => turn.answered && html`<div class="racto-row racto-gold" data-key="gold-${turn.key}"><div data-hold><form data-do="keep" class="racto-row"><input name="question" class="racto-wide" aria-label="The question that this statement answers" placeholder="What does this statement answer?" value="${turn.question}"><button>Save as a gold pair</button></form></div>
  <span class="racto-quiet" role="status">${turn.kept && "kept · "}${asking.kept > 0 && many(asking.kept, "pair")}${asking.kept > 0 && asking.kept_in && ` in ${asking.kept_in}`}</span></div>`;

const tabs = (id, open, turn) => tabList(id, "What came of it", [["rows", "Rows"], ["chart", "Chart"], ...(turn.candidates.length ? [["candidates", `Candidates (${turn.candidates.length})`]] : [])], open);

const outcome = (turn, grid, picture, asking, { id, tab }) => {
  const wished = tab === "candidates" && !turn.candidates.length ? "rows" : (tab ?? "rows");
  const open = grid.columns ? wished : "candidates";
  return html`<div data-key="turn-${turn.key}">${answer(turn)}
    ${(grid.columns || turn.candidates.length > 0) && tabs(id, open, turn)}
    ${grid.columns && html`${tabPanel(id, "rows", open, rowsOf(grid, turn))}${tabPanel(id, "chart", open, chartOf(picture, turn))}`}
    ${turn.candidates.length > 0 && tabPanel(id, "candidates", open, html`<div class="racto-columns">${turn.candidates.map(candidate)}</div>`)}
    ${tried(turn.tries)}${turn.computed && html`<details data-key="computed"><summary>Computed from the rows</summary><pre>${turn.computed}</pre></details>`}${gold(turn, asking)}</div>`;
};

export const page = ({ tables, word, turn, grid, picture, history, asking }, { id, tab, find }) => html`<div class="racto-sides">
  <div class="racto-side-left" data-key="left">${tree(tables, asking, find)}${earlier(history, asking.opened)}</div>
  <div class="racto-side-right" data-key="right">${question(asking)}${editor(word, asking)}${turn.key && outcome(turn, grid, picture, asking, { id, tab })}</div></div>`;

/** Colour what is typed. The text area itself is clear: caret and selection are its own. */
function ink(view) {
  const { area, pre } = view.local;
  const { word, editor: sent } = view.state;
  const fits = sent.text === area.value;
  patch(pre, html`${inked(area.value, fits ? word.broken : [])}\n`);
  pre.scrollTop = area.scrollTop;
  pre.scrollLeft = area.scrollLeft;
}

function beginEditor(view) {
  const { root, local } = view;
  local.area = root.querySelector(".racto-editor textarea");
  local.pre = root.querySelector(".racto-editor pre");
  local.area.addEventListener("input", () => ink(view));
  local.area.addEventListener("scroll", () => ink(view), { passive: true });
  local.area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey || event.shiftKey)) return;
    event.preventDefault();
    view.handInAll();
    view.say({ do: "run" });
  });
  root.addEventListener("click", (event) => event.target.closest("[data-insert]") && insert(view, event.target.closest("[data-insert]").dataset.insert));
  root.addEventListener("click", (event) => headed(view, event.target.closest(".racto-rows-grid [role=columnheader]")));
  root.addEventListener("input", (event) => event.target.matches("[data-find]") && view.set({ find: event.target.value }));
  root.addEventListener("change", (event) => event.target.matches("[data-sort]") && view.say({ do: "sort", column: Number(event.target.value) }));
}

function insert(view, text) {
  const { area } = view.local;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

const headed = (view, head) => head && view.say({ do: "sort", column: [...head.parentElement.children].indexOf(head) });

function drawGrid(view, { grid }) {
  const { root, local } = view;
  const place = root.querySelector(".racto-rows-grid");
  if (!place || !grid.columns || grid.count === null) return;
  if (local.gridKey === grid.key && local.grid?.element.parentElement === place) return;
  const columns = grid.columns.map((column, number) => ({ ...column, label: number === grid.sort ? `${column.label} ${grid.descending ? "▼" : "▲"}` : column.label }));
  const description = { label: "Rows of the result", columns, count: grid.count, ask: (start, stop) => view.say({ do: "rows", key: grid.key, start, stop }) };
  local.gridKey = grid.key;
  if (local.grid?.element.parentElement === place) {
    local.grid.element.scrollTop = 0;
    local.grid.change({ ...description, forget: true });
  } else {
    local.grid?.end();
    local.grid = new Grid(place.appendChild(document.createElement("div")), description); // a child: what is held has its attributes from above
  }
  local.grid.element.style.height = `${Math.min(360, 44 + 26 * Math.max(1, grid.count))}px`;
}

function drawn(view, state) {
  const { root, local } = view;
  if (!local.area) beginEditor(view);
  if (local.version !== state.editor.version) {
    local.version = state.editor.version;
    local.area.value = state.editor.text;
  }
  ink(view);
  drawGrid(view, state);
  const place = root.querySelector(".racto-picture");
  if (place && (local.picture !== state.picture || local.place !== place)) {
    Object.assign(local, { picture: state.picture, place });
    patch(place, pictureOf(state.picture));
  }
}

function message(view, content) {
  if (content?.t === "rows" && content.key === view.local.gridKey) view.local.grid.take(content.from, content.rows);
}

export default { initialize, render: (context) => mount(context, { name: "SQL analyst", parts: ["tables", "editor", "word", "turn", "grid", "picture", "history", "asking"], page, drawn, message }) };
