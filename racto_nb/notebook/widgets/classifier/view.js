/** ClassifierPanel: try a text, sort a frame, see what is not sure, label it by hand. */
import { bars, histogram, lines } from "../shared/charts.js";
import { button, cleaned, counted, given, html } from "../shared/dom.js";
import { Grid } from "../shared/grid.js";
import { initialize, mount } from "../shared/mount.js";
import { tabList, tabPanel } from "../shared/tabs.js";

const TABS = [["try", "Try a text"], ["rows", "Rows"], ["confidence", "Confidence"], ["person", "Needs a person"]];

const percent = (share) => (share === null || share === undefined ? "not known" : `${(100 * share).toFixed(1)}%`);

const tabs = (id, open, { queue, about }) => tabList(id, "Parts of the panel", TABS.filter(([name]) => name === "try" || about.rows > 0).map(([name, label]) => [
  name, name === "person" && queue.left > 0 ? html`${label} <span class="racto-badge">${counted(queue.left)}</span>` : label,
]), open, "turn");

const head = ({ about }) => html`<div class="racto-row racto-head"><strong>${about.name}</strong><span class="racto-quiet">${[about.asks, about.rows > 0 && `${counted(about.rows)} rows of ${about.column}`].filter(Boolean).join(" · ")}</span></div>`;

const labelList = ({ about }) => html`<details class="racto-labels"><summary>${about.labels.length ? html`${about.labels.length} labels${about.several && ", a text may have several"}` : "Labels: told with the first result"}</summary>
  <div class="racto-scroll racto-tall" tabindex="0" role="group" aria-label="Labels"><dl>${about.labels.map(([name, what]) => html`<dt>${name}</dt><dd>${what || html`<span class="racto-quiet">no description</span>`}</dd>`)}</dl></div></details>`;

const trying = ({ trial }) => html`<form data-do="try" data-key="try">
    <textarea name="text" class="racto-prose" data-enter rows="2" aria-label="Text to sort" placeholder="A text to sort"></textarea>
    <div class="racto-row"><button class="racto-main">Sort it</button>${trial.state === "asking" && html`<span class="racto-quiet">Asking …</span>`}</div></form>
  <div data-key="tried" class="racto-tried" aria-live="polite">${trial.state === "done" && html`${cleaned(trial.html)}${trial.silent && html`<p class="racto-quiet">No reason was given. A classifier that is made with include_reasoning=True asks for one.</p>`}`}
    ${trial.failed && html`<p class="racto-fault">${trial.failed}</p>`}</div>`;

const running = ({ going, about }) => html`<div class="racto-row" data-key="going">
    ${going.running
      ? html`<button type="button" data-do="stop" data-key="stop">Stop</button>`
      : going.missing > 0
        ? html`<button type="button" data-key="run" class="racto-main" data-do="run">${going.missing < about.rows ? `Sort the other ${counted(going.missing)} rows` : `Sort ${counted(about.rows)} rows`}</button>`
        : html`<button type="button" data-key="anew" data-do="run" data-with="${given({ anew: true })}" data-confirm="Ask about all rows again?">Sort all rows anew</button>`}
    ${going.rows > 0 && html`<progress class="racto-wide" value="${going.done}" max="${going.rows}" aria-label="Rows that are done"></progress>`}
    <span class="racto-quiet">${going.told}</span></div>
  ${going.why && html`<p class="${going.why.startsWith("Stopped") ? "racto-quiet" : "racto-fault"}">${going.why}</p>`}
  ${about.checkpoint && html`<p class="racto-quiet">Each answer is kept in ${about.checkpoint}.</p>`}`;

const KINDS = [["all", "All"], ["doubtful", "Not sure"], ["failed", "Failed"], ["wrong", "Wrong"], ["labelled", "By hand"]];

const titleOf = (listing) => (listing.kind === "cell" ? `${counted(listing.count)} rows: ${listing.truth} taken for ${listing.found}` : `${counted(listing.count)} rows`);

const list = (listing) => html`<div data-key="list"><div class="racto-row" role="group" aria-label="Which rows">${KINDS.map(([kind, label]) => html`
    <button type="button" data-key="${kind}" data-do="look" data-with="${given({ kind })}" aria-pressed="${listing.kind === kind}">${label}</button>`)}
    <span class="racto-quiet" role="status">${titleOf(listing)}</span></div>
  <div data-key="grid" data-hold class="racto-rows"></div></div>`; // the grid makes an element of its own in it

const matrix = ({ names, matrix: cells, pairs }, looked) => {
  const pressed = (truth, found) => looked.kind === "cell" && looked.truth === names[truth] && looked.found === names[found];
  const cell = (truth, found, count) => html`<button type="button" class="racto-bare" data-do="look" data-with="${given({ kind: "cell", truth, found })}" aria-pressed="${pressed(truth, found)}" aria-label="${names[truth]} taken for ${names[found]}: ${count} rows">${counted(count)}</button>`;
  if (!cells) {
    return html`<h3>Most often taken for another</h3><div class="racto-scroll racto-tall" tabindex="0" role="group" aria-label="Confusions"><table><thead><tr><th scope="col">truth</th><th scope="col">found</th><th scope="col">rows</th></tr></thead>
      <tbody>${pairs.map(([truth, found, count]) => html`<tr><td>${names[truth]}</td><td>${names[found]}</td><td class="racto-number">${cell(truth, found, count)}</td></tr>`)}</tbody></table></div>`;
  }
  const most = cells.map((row) => Math.max(1, row.reduce((all, count) => all + count, 0)));
  return html`<h3>Confusion matrix</h3><p class="racto-quiet">Rows: the truth. Columns: what was found. A number lists its rows below.</p>
    <div class="racto-scroll" tabindex="0" role="group" aria-label="Confusion matrix"><table class="racto-matrix"><thead><tr><td></td>${names.map((name) => html`<th scope="col"><span title="${name}">${name}</span></th>`)}</tr></thead>
    <tbody>${cells.map((row, truth) => html`<tr><th scope="row">${names[truth]}</th>${row.map((count, found) => html`<td class="racto-number ${truth === found ? "racto-right" : "racto-wrong"}" style="--share:${((100 * count) / most[truth]).toFixed(0)}%">${count ? cell(truth, found, count) : html`<span class="racto-quiet">·</span>`}</td>`)}</tr>`)}</tbody></table></div>`;
};

const threshold = ({ cut }) => html`<section data-key="threshold" aria-label="Threshold" class="racto-panel">
  <label>Leave to a person what is less sure than <output>${cut.value.toFixed(2)}</output>
    <input type="range" class="racto-slider" min="0" max="1" step="0.01" value="${cut.value}" data-input="cut" aria-valuetext="${cut.value.toFixed(2)}"></label>
  <label>A row costs a person, in US dollars <input type="number" min="0" max="1000000" step="any" size="8" value="${cut.person ?? ""}" data-change="price" placeholder="not known"></label>
  ${cut.lines.length > 0 && html`<dl class="racto-lines">${cut.lines.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`}</section>`;

const calibration = ({ figures, about }) => html`<div class="racto-row" data-key="calibration">
    <button type="button" data-do="calibrate" ${figures.fitting || !figures.judged || about.several ? "disabled" : ""}>Calibrate on ${counted(figures.judged?.rows ?? 0)} rows whose truth is known</button>
    ${figures.calibrated && html`<span>Calibrated ${figures.calibrated}.</span> <button type="button" class="racto-bare" data-do="raw">Show the classifier's own confidences</button>`}</div>
  ${figures.notes.map((note) => html`<p class="racto-warn">${note}</p>`)}`;

const believed = (judged) => html`<div class="racto-row racto-figures" data-key="judged"><span><b>${percent(judged.accuracy)}</b> right</span><span><b>${judged.f1.toFixed(3)}</b> macro-F1</span>
  <span><b>${judged.ece === null ? "not known" : judged.ece.toFixed(3)}</b> calibration error</span><span class="racto-quiet">of ${counted(judged.rows)} rows whose truth is known</span></div>`;

const charts = ({ figures, cut }) => {
  const { judged } = figures;
  return html`<div class="racto-columns" data-key="charts">
    ${figures.histogram
      ? histogram({ title: "Confidence of the labels", ...figures.histogram, x: "confidence", y: "rows", marks: [{ at: cut.value, label: cut.value > 0.7 ? "" : "threshold" }] })
      : figures.classified > 0 && html`<p class="racto-quiet">No confidence is known of these results, so that every row waits for a person.</p>`}
    ${judged?.reliability.length > 0 && lines({ title: "Reliability: how often a confidence comes true", series: [{ name: "bins of rows", points: judged.reliability, dots: true }], x: "mean confidence", y: "share that is right", diagonal: true, ends: { x: [0, 1], y: [0, 1] } })}
    ${judged?.curve.length > 1 && lines({ title: "Accuracy when the least sure rows are left out", series: [{ name: "thresholds", points: judged.curve.map(([share, right]) => [share, right]) }], x: "share of rows that is answered", y: "share that is right", ends: { x: [0, 1], y: [Math.min(...judged.curve.map(([, right]) => right)) * 0.98, 1] } })}
    ${figures.labels.length > 0 && bars({ title: "Rows of each label", values: figures.labels.map(([label, value]) => ({ label, value })), y: "rows" })}</div>`;
};

const confidence = (state) => html`${state.figures.classified === 0 && html`<p class="racto-quiet">Sort the rows first: then stands here how sure the labels are.</p>`}
  ${threshold(state)}${calibration(state)}
  ${state.figures.judged ? believed(state.figures.judged) : html`<p class="racto-quiet" data-key="judged">No row has a label that is known to be true, so that nobody knows how many are right. Label some under “Needs a person”.</p>`}
  ${charts(state)}${state.figures.judged && html`<div data-key="matrix">${matrix(state.figures.judged, state.listing)}</div>`}`;

const choice = ([name, score], place, { label, found }) => html`<button type="button" data-key="c${place}" data-choose="${place}" aria-pressed="${label === name}" class="${label === name ? "racto-chosen" : ""}"><kbd>${place + 1}</kbd> ${name}${score !== null && html` <span class="racto-quiet">${score.toFixed(2)}</span>`}${name === found && html` <span class="racto-quiet">found</span>`}</button>`;

const waits = (queue) => queue.row === null
  ? html`<p data-key="empty">${queue.count ? "All rows of this queue are labelled." : "No row waits for a person."}</p>`
  : html`<p class="racto-quiet" data-key="place">Row ${queue.row} · ${queue.place + 1} of ${counted(queue.count)} · found: ${queue.found || "no label"}, ${queue.sure === null ? "confidence unknown" : queue.sure.toFixed(3)}${queue.error && html` · ${queue.error}`}</p>
    <blockquote class="racto-waits" data-key="text">${queue.text}</blockquote>
    <div class="racto-row" data-key="choices" role="group" aria-label="Labels">${queue.offered.map((offer, place) => choice(offer, place, queue))}
      ${queue.labels.length > queue.offered.length && html`<label class="racto-other">Another label <select data-other><option value="">…</option>${queue.labels.map((label) => html`<option ${label === queue.label ? "selected" : ""}>${label}</option>`)}</select></label>`}</div>`;

const person = ({ queue }) => queue.several
  ? html`<p class="racto-quiet">This classifier may give a text several labels. Labelling by hand is for one label a text; the rows that are not sure are listed under “Rows”.</p>`
  : html`<div class="racto-row" role="group" aria-label="Which rows wait">
      <button type="button" data-do="order" data-with="${given({ value: "unsure" })}" aria-pressed="${queue.order === "unsure"}">Not sure</button>
      <button type="button" data-do="order" data-with="${given({ value: "spread" })}" aria-pressed="${queue.order === "spread"}">A sample of all, for calibration</button>
      <span class="racto-quiet">${counted(queue.left)} of ${counted(queue.count)} wait</span></div>
    <div class="racto-queue racto-panel" tabindex="0" data-key="queue" role="group" aria-label="Row that waits for a person; keys 1 to 9 label it">${waits(queue)}</div>
    <div class="racto-row" data-key="moves">${button("move", "← Before", { step: -1 })}${button("move", "Next →", { step: 1 })}${button("skip", "Skip")}${button("undo", "Undo", {}, queue.undo ? "" : "disabled")}
      <span class="racto-quiet">Keys: <kbd>1</kbd>–<kbd>9</kbd> label, <kbd>Enter</kbd> takes what was found, <kbd>←</kbd> <kbd>→</kbd> move, <kbd>s</kbd> skips, <kbd>u</kbd> undoes</span></div>`;

export const page = ({ tab, ...state }, { id }) => html`${head(state)}${labelList(state)}${tabs(id, tab, state)}
  ${tabPanel(id, tab, tab, html`${tab === "try" && trying(state)}
  ${tab === "rows" && html`${running(state)}${list(state.listing)}`}
  ${tab === "confidence" && html`${confidence(state)}${list(state.listing)}`}
  ${tab === "person" && person(state)}`)}`;

/** What a key says in the queue, null for a key that means nothing there. Pure. */
export function keyed(key, queue) {
  if (key === "ArrowLeft" || key === "ArrowUp") return { do: "move", step: -1 };
  if (key === "ArrowRight" || key === "ArrowDown") return { do: "move", step: 1 };
  if (key === "u") return { do: "undo" };
  if (queue.row === null) return null;
  if (key === "s") return { do: "skip" };
  if (key === "Enter") return queue.offered.some(([name]) => name === queue.found) ? { do: "mark", row: queue.row, label: queue.found } : null;
  const offer = /^[1-9]$/.test(key) ? queue.offered[Number(key) - 1] : undefined;
  return offer ? { do: "mark", row: queue.row, label: offer[0] } : null;
}

const WIDTHS = { row: 52, text: 0, label: 130, confidence: 92, truth: 120, remark: 96 };

function drawGrid(view, listing) {
  const room = view.root.querySelector(".racto-rows");
  if (view.local.grid && view.local.grid.element.parentNode !== room) {
    view.local.grid.end();
    view.local.grid = null;
  }
  if (!room) return;
  const columns = listing.heads.map((label) => ({ label, width: WIDTHS[label] || undefined, number: label === "row" || label === "confidence" }));
  const ask = (start, end) => view.say({ do: "window", start, end });
  if (!view.local.grid) view.local.grid = new Grid(room.appendChild(document.createElement("div")), { label: "Rows", columns, count: listing.count, ask });
  else if (view.local.version !== listing.version) view.local.grid.change({ count: listing.count, forget: true });
  view.local.version = listing.version;
  view.local.grid.element.style.height = `${Math.min(360, 28 * Math.max(3, listing.count + 2))}px`;
}

function drawn(view, state) {
  const { root, local } = view;
  if (!local.listening) {
    local.listening = true;
    root.addEventListener("keydown", (event) => pressed(view, event));
    root.addEventListener("click", (event) => choose(view, view.state.queue.offered?.[Number(event.target.closest("[data-choose]")?.dataset.choose)]?.[0]));
    root.addEventListener("change", (event) => event.target.matches("[data-other]") && choose(view, event.target.value));
  }
  drawGrid(view, state.listing);
}

function pressed(view, event) {
  if (!event.target.closest(".racto-queue") || event.target.matches("select, input") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" && event.target.matches("button")) return;
  const said = keyed(event.key, view.state.queue);
  if (!said) return;
  event.preventDefault();
  view.say(said);
}

/** The row that waits gets this label, and the keys go on with the next one. */
function choose(view, label) {
  const { queue } = view.state;
  if (!label || queue.row === null) return;
  view.say({ do: "mark", row: queue.row, label });
  view.root.querySelector(".racto-queue").focus({ preventScroll: true });
}

function message(view, content) {
  if (content.t === "rows" && content.version === view.model.get("listing").version) view.local.grid?.take(content.from, content.rows);
}

export default { initialize, render: (context) => mount(context, { name: "Classifier panel", parts: ["about", "trial", "going", "figures", "cut", "queue", "listing", "tab"], page, drawn, message }) };
