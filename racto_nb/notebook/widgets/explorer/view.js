/** An explorer of what a RactoRAG holds: hits with their scores, a map, documents with their chunks, SQL, and files to be read in. */
import { table } from "../shared/charts.js";
import { button, cleaned, counted, given, html } from "../shared/dom.js";
import { Grid } from "../shared/grid.js";
import { initialize, mount } from "../shared/mount.js";
import { Scatter } from "../shared/scatter.js";
import { tabList, tabPanel } from "../shared/tabs.js";

const TABS = { hits: "Hits", map: "Map", documents: "Documents", sql: "SQL", files: "Read files in" };
const COLOURS = ["#3b82f6", "#e8743b", "#2fa35c", "#b25ad6", "#d6455d", "#12a5a5", "#c79a12", "#8a6d5a", "#e0659f", "#8b93a1"];
const EXAMPLE = "SELECT source, count(*) AS chunks, avg(length(content))::INT AS characters\nFROM chunks GROUP BY source ORDER BY chunks DESC";
const HELP = "Arrow keys move a ring, [ and ] change its size, Enter chooses the points in it, Space says what is nearest, o opens its document, plus and minus zoom, Home shows all, Escape chooses none.";

const opening = (verb, label, fields) => html`<button type="button" class="racto-bare racto-link" data-do="${verb}" data-with="${given(fields)}" data-set='{"tab": "documents"}'>${label}</button>`;
const options = (names, chosen) => names.map((name) => html`<option value="${name}" ${name === chosen ? "selected" : ""}>${name}</option>`);

const asking = (asked, drafts) => html`<form data-key="asking" data-search data-drafts="search" class="racto-search">
  <label class="racto-question">Question <input name="text" value="${drafts.text ?? asked.text}" placeholder="What shall be found?" autocomplete="off"></label>
  <button class="racto-main" ${asked.busy.includes("search") ? "disabled" : ""}>Search</button>
  <div class="racto-row racto-settings">
    <label>Hits <input name="k" type="number" min="1" max="200" value="${drafts.k ?? asked.k}"></label>
    <label>Search <select name="way">${options(asked.ways, drafts.way ?? asked.way)}</select></label>
    <label>Compare with <select name="against"><option value="">nothing</option>${options(asked.ways, drafts.against ?? asked.against)}</select></label>
    <label class="racto-wide">Only <input name="filters" value="${drafts.filters ?? asked.filters}" placeholder="source=terms.md; year>=2020; heading~Refunds" autocomplete="off" aria-description="Conditions on the metadata of chunks, separated by semicolons"></label>
  </div></form>`;

const score = (part) => html`<div class="racto-score"><span>${part.stage}</span><svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="8" rx="2" fill="var(--line)"></rect><rect width="${Math.max(1, part.share * 100)}" height="8" rx="2" fill="var(--brand)"></rect></svg><span class="racto-value">${part.score}</span><span class="racto-quiet">#${part.rank}</span></div>`;

const hitOf = (hit, side, compared) => html`<li data-key="h${side}-${hit.rank}" class="racto-found">
  <div class="racto-row"><b>${hit.rank}. ${hit.source}</b> <span class="racto-quiet">${hit.place}</span> ${compared && html`<span class="racto-moved">${hit.moved}</span>`}</div>
  <div class="racto-scores">${hit.parts.map(score)}</div>
  <div class="racto-text">${cleaned(hit.html)}</div>
  <div class="racto-row"><details data-key="why"><summary>Why</summary><ul>${hit.why.map((line) => html`<li>${line}</li>`)}</ul></details> ${opening("goto", "In the document", { side, rank: hit.rank })}</div></li>`;

const sideOf = (side, number, compared) => html`<div data-key="s${number}"><h3>${compared && html`${side.way} · `}${side.hits.length === 1 ? "1 hit" : `${side.hits.length} hits`}</h3>
  ${side.hits.length === 0 && html`<p class="racto-quiet">No chunk fits.</p>`}<ol class="racto-hits">${side.hits.map((hit) => hitOf(hit, number, compared))}</ol></div>`;

const cite = (cited, place) => html`<li>${opening("cite", `[${cited.number}]`, { place })} ${cited.source} <span class="racto-quiet">${cited.span}</span>
  ${cited.found ? html`<div class="racto-text"><mark>${cited.text}</mark></div>` : html`<div class="racto-quiet">It shares no word with the claim: read the whole passage.</div>`}</li>`;

const replyOf = (reply, busy) => html`<div class="racto-panel" data-key="reply" aria-busy="${busy}">
  ${reply.state === "writing"
    ? html`<div class="racto-answer" data-key="live" data-hold data-stream="answer"></div>`
    : html`<div class="racto"><div class="racto-answer" data-key="done">${cleaned(reply.html)}</div></div>`}
  ${reply.outcome === "uncited" && html`<p class="racto-warn">The answer names none of its passages: nothing shows that it comes from them.</p>`}
  ${reply.unknown.length > 0 && html`<p class="racto-warn">It names passages that there are not: ${reply.unknown.join(", ")}.</p>`}
  ${reply.cites.length > 0 && html`<ul class="racto-cites" aria-label="Citations">${reply.cites.map(cite)}</ul>`}
  <div class="racto-quiet">${reply.warning && html`<b class="racto-bad">${reply.warning}</b> `}${reply.footer}</div></div>`;

const whyNot = (missing, busy, drafts) => html`<details data-key="whynot" class="racto-panel"><summary>Why is a passage not among them?</summary>
  <form data-do="why" data-drafts="why"><label>The passage, as it stands in a document <textarea name="text" class="racto-prose" rows="2">${drafts.text ?? ""}</textarea></label>
  <div class="racto-row"><button ${busy ? "disabled" : ""}>Look for it</button></div></form>
  <p role="status" class="${missing.reason === "found" ? "racto-good" : ""}">${missing.text ?? ""}</p></details>`;

const hits = ({ asked, facts, found, reply, missing }, drafts) => {
  if (!found.sides) return html`<p class="racto-quiet">${facts.chunks ? "Ask a question above." : "Nothing is stored yet. Read files in first."}</p>`;
  const compared = found.sides.length > 1;
  const busy = asked.busy.includes("answer");
  return html`${compared && html`<p>${found.moved}</p>`}
    <div class="${compared ? "racto-columns" : ""}" data-key="sides">${found.sides.map((side, number) => sideOf(side, number, compared))}</div>
    <div class="racto-row" data-key="answering">${facts.model ? button("answer", `Answer from these hits (${facts.model})`, {}, busy ? "disabled" : "") : html`<span class="racto-quiet">Nobody answers here: give RagExplorer a kit.</span>`}
      ${busy && button("stop", "Stop", { key: "answer" })}</div>
    ${reply.state && replyOf(reply, busy)}
    ${whyNot(missing, asked.busy.includes("why"), drafts)}`;
};

const peekOf = (peek) => html`<div class="racto-peek" role="status" data-key="peek">${peek
  ? html`<b>${peek.source}</b> <span class="racto-quiet">${peek.where}</span> <button type="button" class="racto-bare racto-link" data-do="spot" data-with="${given({ place: peek.place })}" data-set='{"tab": "documents"}'>In the document</button><div>${peek.text}</div>`
  : html`<span class="racto-quiet">Point at a point to see what it is. Drag to move, with Shift to draw around points; with Ctrl these are added.</span>`}</div>`;

const swatch = (ink) => html`<svg width="10" height="10" aria-hidden="true"><circle cx="5" cy="5" r="5" fill="${COLOURS[ink]}"></circle></svg>`;
const legendOf = (plot) => html`<ul class="racto-legend" aria-label="Colours">${plot.legend.map((name, ink) => html`<li>${swatch(ink)} ${name}</li>`)}<li>${swatch(9)} others</li></ul>`;

const mapOf = ({ asked, plot }, local) => {
  const busy = asked.busy.includes("map");
  return html`<div class="racto-row" data-key="tools">
      ${button("chart", plot.number ? "Map anew (PCA)" : "Map (PCA)", { method: "pca" }, busy ? "disabled" : "")}
      ${button("chart", "Map by UMAP", { method: "umap" }, busy ? "disabled" : "")}
      ${busy && button("stop", "Stop", { key: "map" })}
      <button type="button" data-set="${given({ lassoing: !local.lassoing })}" aria-pressed="${Boolean(local.lassoing)}">Lasso</button>
      <button type="button" class="racto-bare" data-zoom="1.5" aria-label="Zoom in">+</button><button type="button" class="racto-bare" data-zoom="0.667" aria-label="Zoom out">−</button>
      <button type="button" class="racto-bare" data-zoom="0">Show all</button>
      ${plot.chosen > 0 && html`<span data-key="chosen">${counted(plot.chosen)} chosen <span class="racto-quiet">explorer.selection.df</span></span> ${button("unchoose", "Choose none")}`}</div>
    <div data-hold data-scatter data-key="scatter"></div>
    ${peekOf(local.peek)}
    ${plot.number && legendOf(plot)}
    ${plot.number && html`<p class="racto-quiet" data-key="lines">${plot.placed < plot.total && html`<progress max="${plot.total}" value="${plot.placed}" aria-label="Points placed"></progress> ${counted(plot.placed)} of ${counted(plot.total)} points. `}${plot.lines.join(" ")}</p>`}
    <details data-key="points" data-points><summary>The points as a table</summary><div data-hold data-grid="map"></div></details>
    <p class="racto-quiet" data-key="keys">Keys: ${HELP}</p>`;
};

const pieceOf = (piece, seen) => {
  if (piece.gap) return html`<span class="racto-gap" title="in no chunk"> ⋯ ${counted(piece.gap)} characters ⋯ </span>`;
  const borders = piece.begins.map((number) => html`<span class="racto-border" role="note" aria-label="Chunk ${number} begins">${number}</span>`);
  const kind = piece.chunks.length > 1 ? "racto-over" : piece.chunks[0] % 2 ? "racto-odd" : "racto-even";
  const focus = piece.marked && !seen.focus;
  seen.focus ||= piece.marked;
  return html`${borders}<span class="${kind}${piece.marked ? " racto-focus" : ""}" ${focus ? cleaned("data-focus") : ""} title="chunk ${piece.chunks.join(" and ")}">${piece.text}</span>`;
};

const turn = (shown, first, label, able) => button("read", label, { source: shown.name, first: Math.max(0, first) }, able ? "" : "disabled");

const opened = (shown) => {
  const last = Math.min(shown.count, shown.first + shown.page);
  return html`<div class="racto-row" data-key="head"><b>${shown.source}</b> <span class="racto-quiet">${shown.count > shown.page ? `chunks ${shown.first + 1} to ${last} of ${counted(shown.count)}` : shown.count === 1 ? "1 chunk" : `${shown.count} chunks`}</span>
      ${shown.count > shown.page && html`${turn(shown, shown.first - shown.page, "Earlier", shown.first > 0)} ${turn(shown, last, "Later", last < shown.count)}`}</div>
    <p class="racto-quiet racto-keys"><span class="racto-odd">odd</span> and <span class="racto-even">even</span> chunks, <span class="racto-over">overlap of both</span>, <span class="racto-border">3</span> where one begins</p>
    <div class="racto-pages" tabindex="0" role="region" aria-label="Text of ${shown.source}" data-key="d${shown.number}">${((seen) => shown.pieces.map((piece) => pieceOf(piece, seen)))({})}</div>
    <details data-key="chunks"><summary>The chunks as a table</summary><div class="racto-scroll" tabindex="0"><table><thead><tr>${["chunk", "from", "to", "characters", "page", "heading"].map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
      <tbody>${shown.rows.map((row) => html`<tr>${row.map((value) => html`<td class="${typeof value === "number" ? "racto-number" : ""}">${typeof value === "number" ? counted(value) : value}</td>`)}</tr>`)}</tbody></table></div></details>`;
};

const documents = ({ facts, document: shown }) => html`<div class="racto-library">
  <nav aria-label="Sources" data-key="sources"><ul>${facts.sources.map(([label, count, source]) => html`
    <li><button type="button" class="racto-bare" data-do="read" data-with="${given({ source })}" aria-pressed="${shown.name === source}">${label} <span class="racto-quiet">${counted(count)}</span></button></li>`)}</ul>
    ${facts.more > 0 && html`<p class="racto-quiet">${counted(facts.more)} more are not listed: explorer.read(source) opens them.</p>`}</nav>
  <div data-key="shown">${shown.pieces ? opened(shown) : html`<p class="racto-quiet">${facts.sources.length ? "Choose a document." : "Nothing is stored yet."}</p>`}</div></div>`;

const sql = ({ asked, facts, grid }, drafts) => facts.sql
  ? html`<form data-do="query" data-key="query" data-drafts="sql"><label>SELECT over the tables <code>chunks</code> and <code>facts</code>; nothing can be changed
      <textarea name="text" rows="3" spellcheck="false" data-run>${drafts.text ?? grid.query ?? EXAMPLE}</textarea></label>
      <div class="racto-row"><button class="racto-main" ${asked.busy.includes("sql") ? "disabled" : ""}>Run</button> ${asked.busy.includes("sql") && button("stop", "Stop", { key: "sql" })} <span class="racto-quiet">Ctrl+Enter ${grid.number && html`· ${counted(grid.count)} rows${grid.cut ? ", cut off here" : ""} · explorer.table`}</span></div></form>
    <div data-hold data-grid="sql" data-key="rows" ${grid.number ? "" : "hidden"}></div>`
  : html`<p class="racto-quiet">A ${facts.store} has no SQL. A DuckDBStore has.</p>`;

const files = ({ asked, reading }, drafts) => {
  const busy = asked.busy.includes("ingest");
  return html`<form data-do="ingest" data-key="ingest" data-drafts="ingest" class="racto-row racto-ingest">
      <label class="racto-wide">File or folder <input name="path" value="${drafts.path ?? ""}" placeholder="handbook/ or terms.pdf" autocomplete="off"></label>
      <label>Files of a folder <input name="pattern" value="${drafts.pattern ?? ""}" placeholder="**/*.md" autocomplete="off"></label>
      <button class="racto-main" ${busy ? "disabled" : ""}>Read in</button></form>
    <div class="racto-drop" data-key="drop"><label class="racto-file">Choose files <input type="file" multiple class="racto-hidden" data-files ${busy ? "disabled" : ""}></label> or drop them here. They are kept in the folder <code>uploads</code>, beside the notebook.</div>
    ${busy && html`<div class="racto-row" data-key="progress"><progress max="${Math.max(1, reading.files ?? 1)}" value="${reading.done ?? 0}" aria-label="Files"></progress>
      ${reading.files !== undefined && html`${reading.done} of ${reading.files} files · ${counted(reading.made)} of ${counted(reading.texts)} texts have vectors <span class="racto-quiet">${reading.source}</span>`} ${button("stop", "Stop", { key: "ingest" })}</div>`}
    ${!busy && reading.rows && html`<div data-key="report"><p>${reading.summary}</p>${table(["file", "chunks", "new vectors", "outcome", "why"], reading.rows)}</div>`}`;
};

export const page = (state, local) => {
  const { facts } = state;
  const tab = local.tab ?? "hits";
  const drafts = (form) => local.drafts?.[form] ?? {};
  const panel = (name, open, inside) => tabPanel(local.id, name, open, inside);
  return html`<div class="racto-row racto-facts" data-key="facts"><b>${counted(facts.chunks)} chunks</b> <span>${facts.sources.length + facts.more === 1 ? "1 source" : `${counted(facts.sources.length + facts.more)} sources`}</span> <span class="racto-quiet">${facts.store} · ${facts.embedder}</span></div>
    ${asking(state.asked, drafts("search"))}${tabList(local.id, "What is shown", Object.entries(TABS), tab)}
    ${panel("hits", tab, hits(state, drafts("why")))}${panel("map", tab, mapOf(state, local))}${panel("documents", tab, documents(state))}${panel("sql", tab, sql(state, drafts("sql")))}${panel("files", tab, files(state, drafts("ingest")))}`;
};

async function upload(view, list) {
  const all = [...list];
  if (!all.length) return;
  const buffers = await Promise.all(all.map((file) => file.arrayBuffer()));
  view.say({ do: "upload", names: all.map((file) => file.name) }, buffers);
  view.set({ tab: "files" });
}

function search(view, form) {
  const { text, k, filters, way, against } = Object.fromEntries(new FormData(form));
  view.say({ do: "search", text, k: Math.round(Number(k)) || 5, filters, way, against });
  if (view.local.tab !== "map") view.set({ tab: "hits" }); // on the map, hits are seen where they lie
}

function begin(view) {
  const { root, local } = view;
  const on = (kind, does, capture = false) => root.addEventListener(kind, does, capture);
  on("submit", (event) => event.target.matches("[data-search]") && (event.preventDefault(), search(view, event.target)));
  on("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("[data-run]")) event.target.form.requestSubmit();
  });
  // What is typed and not handed in yet must outlive the next drawing.
  on("input", (event) => {
    const form = event.target.form?.dataset.drafts;
    if (form) local.drafts = { ...local.drafts, [form]: { ...local.drafts?.[form], [event.target.name]: event.target.value } };
  });
  on("change", (event) => event.target.matches("[data-files]") && upload(view, event.target.files));
  on("dragover", (event) => event.preventDefault());
  on("drop", (event) => (event.preventDefault(), upload(view, event.dataTransfer.files)));
  on("toggle", () => view.later(), true);
  on("click", (event) => {
    const zoom = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (zoom !== undefined) Number(zoom) ? local.scatter.zoom(Number(zoom), local.scatter.view) : local.scatter.showAll();
    const link = event.target.closest("a[href^='#cite-']");
    if (!link) return;
    event.preventDefault();
    event.stopPropagation();
    view.say({ do: "cite", place: Number(link.getAttribute("href").slice(6)) });
    view.set({ tab: "documents" });
  }, true);
  local.scatter = new Scatter(within(root.querySelector("[data-scatter]")), {
    label: "Map of the vectors",
    help: HELP,
    colours: COLOURS,
    peek: (place) => place >= 0 && view.say({ do: "peek", place }),
    open: (place) => place >= 0 && (view.say({ do: "spot", place }), view.set({ tab: "documents" })),
    lasso: (polygon, more) => view.say({ do: "lasso", polygon, more }),
    clear: () => view.say({ do: "unchoose" }),
  });
  local.begun = true;
}

/** An element of our own in one that is held: what is drawn anew takes the attributes of the held one away. */
const within = (held) => held.firstElementChild ?? held.appendChild(document.createElement("div"));

/** A grid where there is one to be seen, with the columns of `columns`; `mark` tells one table from the next. */
function gridOf(view, name, { columns, count, mark, label }) {
  const { local, root } = view;
  const element = within(root.querySelector(`[data-grid=${name}]`));
  const described = { label, columns, count, ask: (first, last) => view.say({ do: "rows", table: name, first, last }) };
  local.grids ??= {};
  const held = local.grids[name];
  element.style.height = `${Math.min(360, 27 * (count + 1) + 6)}px`;
  if (!held || held.grid.element !== element) local.grids[name] = { mark, grid: new Grid(element, described) };
  else if (held.mark !== mark) {
    held.mark = mark;
    held.grid.chunks.clear();
    held.grid.change({ ...described, forget: true });
  }
}

function drawn(view, state) {
  const { local, root } = view;
  if (!local.begun) begin(view);
  const tab = local.tab ?? "hits";
  forget(view, "search", `${given({ ...state.asked, busy: [] })}`);
  forget(view, "sql", state.grid.number);
  local.scatter.lassoing = Boolean(local.lassoing);
  if (tab === "map") wantPoints(view, state);
  if (tab === "sql" && state.grid.number) gridOf(view, "sql", { columns: state.grid.columns, count: state.grid.count, mark: state.grid.number, label: "Rows of the SELECT" });
  if (tab === "map" && state.plot.number && root.querySelector("[data-points]")?.open) {
    const columns = [{ label: "source", width: 160 }, { label: "place", width: 110 }, { label: "text" }, { label: "x", width: 70, number: true }, { label: "y", width: 70, number: true }];
    const count = state.plot.chosen || state.plot.placed;
    gridOf(view, "map", { columns, count, mark: `${state.plot.number}-${count}-${local.choice ?? 0}`, label: "Points of the map" });
  }
  if (tab === "documents" && state.document.number !== local.read) {
    local.read = state.document.number;
    const focus = root.querySelector("[data-focus]");
    const pages = root.querySelector(".racto-pages");
    if (focus && pages) pages.scrollTop += focus.getBoundingClientRect().top - pages.getBoundingClientRect().top - pages.clientHeight / 3;
  }
}

/** Let go of what was typed into a form when what it says has come from elsewhere, or was taken. */
function forget(view, form, mark) {
  const { local } = view;
  local.marks ??= {};
  if (local.marks[form] === mark) return;
  const first = !(form in local.marks);
  local.marks[form] = mark;
  if (!first && local.drafts?.[form]) view.set({ drafts: { ...local.drafts, [form]: undefined } });
}

/** Ask for the map when it is first looked at, and for its points where this page was loaded after they had been sent. */
function wantPoints(view, { plot, facts, asked }) {
  const { local } = view;
  local.scatter.later();
  const wanted = plot.number ?? 0;
  if (local.wanted === wanted || asked.busy.includes("map")) return;
  local.wanted = wanted;
  if (!wanted && facts.chunks) view.say({ do: "chart", method: "pca" });
  else if (wanted && local.scatter.number !== wanted) view.say({ do: "points" });
}

const bytes = (view) => view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);

function message(view, content, buffers = []) {
  const { local } = view;
  switch (content.t) {
    case "points":
      local.scatter.number = content.number;
      return local.scatter.load(content, new Float32Array(bytes(buffers[0])), new Uint8Array(bytes(buffers[1])));
    case "marks":
      return local.scatter.mark(content);
    case "chosen":
      local.scatter.choose(new Uint32Array(bytes(buffers[0])));
      return view.set({ choice: (local.choice ?? 0) + 1 });
    case "peek":
      return view.set({ peek: content });
    case "rows":
      return local.grids?.[content.table]?.grid.take(content.from, content.rows);
  }
}

const PARTS = ["asked", "facts", "found", "reply", "document", "missing", "reading", "grid", "plot"];

export default {
  initialize,
  render(context) {
    let shown;
    const end = mount(context, { name: "RagExplorer", parts: PARTS, page, drawn: (view, state) => drawn((shown = view), state), message });
    return () => {
      shown?.local.scatter?.end();
      for (const { grid } of Object.values(shown?.local.grids ?? {})) grid.end();
      end();
    };
  },
};
