/** Prompt builder: the form, what it compiles to beside it, and below both the trials, the versions and the Python. */
import { button, cleaned, counted, given, html } from "../shared/dom.js";
import { initialize, mount } from "../shared/mount.js";
import { tabList, tabPanel } from "../shared/tabs.js";

const PARTS = ["role", "aim", "constraints", "tone", "output"];

const act = (verb, label, fields, more) => button(verb, label, fields, more, label.length > 1 ? "racto-small" : "racto-bare");

const hintsOf = (preview, section) => {
  const found = preview.hints.filter((hint) => hint.section === section);
  return found.length > 0 && html`<ul class="racto-hints" data-key="hints">${found.map((hint) => html`<li class="${hint.grave ? "racto-grave" : ""}"><b>${hint.grave ? "Missing" : "Hint"}:</b> ${hint.text}</li>`)}</ul>`;
};

const part = (name, label, preview, inside) => html`<div class="racto-part racto-s-${name}" data-key="${name}" role="group" aria-label="${label}">
  ${inside}${hintsOf(preview, name.toUpperCase())}</div>`;

const text = (field, label, value, placeholder, rows = 2) => html`<label>${label}
  <textarea class="racto-prose" rows="${rows}" data-input="put" data-with="${given({ field })}" placeholder="${placeholder}">${value}</textarea></label>`;

const cell = (where, row, column, label, more = "") => html`<textarea class="racto-prose" rows="1" data-input="write" data-with="${given({ where, key: row.key, column })}" aria-label="${label}" ${more}>${row[column]}</textarea>`;

const rowTools = (where, row, place, what) => html`<span class="racto-tools">
  ${act("lift", "↑", { where, key: row.key }, html`aria-label="${what} ${place + 1}: up" ${place === 0 ? "disabled" : ""}`)}
  ${act("drop", "×", { where, key: row.key }, html`aria-label="${what} ${place + 1}: take away"`)}</span>`;

const constraints = ({ constraints: rows }) => html`<div class="racto-label">Constraints</div>
  <ol class="racto-rows">${rows.map((row, place) => html`<li data-key="${row.key}">${cell("constraints", row, "text", `Constraint ${place + 1}`)}${rowTools("constraints", row, place, "Constraint")}</li>`)}</ol>
  <form class="racto-add" data-do="add" data-with='{"where": "constraints"}' data-clear><input name="text" aria-label="One more constraint" placeholder="What must always or never happen"> <button>Add</button></form>`;

const examples = ({ examples: rows }) => html`<div class="racto-label">Examples</div>
  <ol class="racto-rows">${rows.map((row, place) => html`<li data-key="${row.key}"><div class="racto-pair">
    <label>Input ${cell("examples", row, "input", `Example ${place + 1}: input`)}</label><label>Output ${cell("examples", row, "output", `Example ${place + 1}: output`)}</label></div>${rowTools("examples", row, place, "Example")}</li>`)}</ol>
  ${act("add", "Add an example", { where: "examples" })}`;

const fieldRow = (row, place, kinds) => html`<li data-key="${row.key}"><div class="racto-field">
  <input value="${row.name}" data-input="write" data-with="${given({ where: "fields", key: row.key, column: "name" })}" aria-label="Field ${place + 1}: name" placeholder="name">
  <select data-change="write" data-with="${given({ where: "fields", key: row.key, column: "kind" })}" aria-label="Field ${place + 1}: kind">${kinds.map((kind) => html`<option ${row.kind === kind ? "selected" : ""}>${kind}</option>`)}</select>
  ${row.kind === "one of" && html`<input data-key="choices" value="${row.choices}" data-input="write" data-with="${given({ where: "fields", key: row.key, column: "choices" })}" aria-label="Field ${place + 1}: values, with commas" placeholder="low, high">`}
  <input data-key="about" value="${row.about}" data-input="write" data-with="${given({ where: "fields", key: row.key, column: "about" })}" aria-label="Field ${place + 1}: what it means" placeholder="what it means">
  <label class="racto-check"><input type="checkbox" data-change="write" data-with="${given({ where: "fields", key: row.key, column: "optional" })}" ${row.optional ? "checked" : ""}> may be missing</label></div>${rowTools("fields", row, place, "Field")}</li>`;

const fieldEditor = (form) => html`<div data-key="fields"><label>Name of the class <input value="${form.class_name}" data-input="put" data-with='{"field": "class_name"}'></label>
  <ol class="racto-rows">${form.fields.map((row, place) => fieldRow(row, place, form.kinds))}</ol>${act("add", "Add a field", { where: "fields" })}</div>`;

const OUTPUTS = [["text", "plain text"], ["markdown", "Markdown"], ["json", "JSON"], ["description", "a description"], ["fields", "JSON with fields of mine"]];

const output = (form) => html`<div class="racto-row"><label>Output
    <select data-change="shape">${OUTPUTS.map(([value, label]) => html`<option value="${value}" ${form.output === value ? "selected" : ""}>${label}</option>`)}${form.classes.map(({ value, label }) => html`<option value="${value}" ${form.output === value ? "selected" : ""}>the class ${label}</option>`)}</select></label>
    ${act("look", "Look for classes again", {}, html`title="Pydantic classes that cells have defined meanwhile"`)}</div>
  ${form.output === "description" && html`<div data-key="description">${text("description", "What the answer looks like", form.description, "Three bullet points, the most important one first")}</div>`}
  ${form.output === "fields" && fieldEditor(form)}`;

const formOf = (form, preview) => html`<div data-key="form" role="group" aria-label="The prompt">
  ${part("role", "Role", preview, text("role", "Role", form.role, "Who the model is, e.g. You are a translator of legal texts."))}
  ${part("aim", "Aim", preview, text("aim", "Aim", form.aim, "What it must reach"))}
  ${part("constraints", "Constraints", preview, constraints(form))}
  ${part("tone", "Tone", preview, text("tone", "Tone", form.tone, "How it speaks, e.g. Concise", 1))}
  ${part("output", "Output", preview, output(form))}
  ${part("context", "Context", preview, text("context", "Context", form.context, "Background that it needs (may be empty)"))}
  ${part("examples", "Examples", preview, examples(form))}
  ${part("guardrails", "Guardrails", preview, html`<label class="racto-check"><input type="checkbox" data-change="guard" ${form.guardrails ? "checked" : ""}> Guardrails: say what is unsure, invent nothing</label>`)}</div>`;

const pricesOf = ({ rows, question }) => rows.length > 0 && html`<table data-key="prices" class="racto-prices"><caption>What a request reads and costs, ${question ? "with the question" : "without a question"}</caption>
  <thead><tr><th scope="col">model</th><th scope="col">tokens in</th><th scope="col">price</th><th scope="col"><span class="racto-status">count</span></th></tr></thead>
  <tbody>${rows.map((row) => html`<tr data-key="${row.model}"><th scope="row">${row.model}</th>${row.trouble ? html`<td colspan="2">${row.trouble}</td>` : html`<td class="racto-number">${row.read || "…"}</td><td>${row.cost}</td>`}
    <td>${row.exact ? "counted" : act("count", "Count", { model: row.model }, html`title="Ask the provider; free of charge, nothing is answered"`)}</td></tr>`)}</tbody></table>`;

const previewOf = (preview, compiled, prices) => html`<div data-key="preview" class="racto-preview" role="group" aria-label="The compiled prompt">
  <div class="racto-row"><h3>Compiled</h3><span class="racto-quiet">about ${counted(preview.tokens)} tokens · ${preview.missing ? `${preview.missing} missing · ` : ""}${hintCount(preview.hints.length - preview.missing)}</span></div>
  <div class="racto-compiled" tabindex="0" role="group" aria-label="Sections">${preview.order.filter((name) => compiled[name]).map((name) => [name, compiled[name]]).map(([name, { text: body, tokens }]) => html`<section class="racto-section racto-s-${name.toLowerCase()}" data-key="${name}"><div class="racto-head"><b>[${name}]</b> <span class="racto-quiet">≈ ${counted(tokens)}</span></div><pre>${body}</pre></section>`)}
    ${preview.order.length === 0 && html`<p class="racto-quiet">What you write stands here as the model will read it.</p>`}</div>
  ${pricesOf(prices)}</div>`;

const pieces = (list) => list.map(([kind, piece]) => (kind === "same" ? html`<span>${piece}</span>` : kind === "new" ? html`<ins>${piece}</ins>` : html`<del>${piece}</del>`));

const hintCount = (count) => `${count} ${count === 1 ? "hint" : "hints"}`;
const figure = (number) => (number === null || number === undefined ? "" : counted(number));

const signed = (number) => (number ? html` <span class="racto-quiet">(${number > 0 ? "+" : "−"}${counted(Math.abs(number))})</span>` : "");

const change = (run) => html`<tr data-key="${run.key}"><th scope="row">${run.removed}</th>${run.state === "done"
  ? html`<td class="racto-number">${run.likeness} %</td><td class="racto-number">${figure(run.words)}${signed(run.words_more)}</td><td class="racto-number">${figure(run.read)}</td><td class="racto-number">${figure(run.written)}</td><td>${run.cost}${run.cost_more && run.cost_more !== "same" && html` <span class="racto-quiet">(${run.cost_more})</span>`}</td>`
  : html`<td colspan="5">${run.state === "writing" ? html`writing … ${act("stop", "Stop", { key: run.key })}` : html`<b>${run.state}</b> ${run.warning}`}</td>`}</tr>`;

const changed = (run) => html`<details data-key="d${run.key}" class="racto-change"><summary>Without ${run.removed}: ${run.state === "writing" ? "writing …" : run.state === "done" ? (run.likeness === 100 ? "the same text" : `${run.likeness} % the same`) : run.state}</summary>
  ${run.state === "writing" ? html`<div data-key="live" class="racto racto-answer" data-hold data-stream="${run.key}"></div>` : html`<pre class="racto-diff" data-key="diff">${run.pieces.length ? pieces(run.pieces) : run.text}</pre>`}</details>`;

const ablation = (run) => html`<div data-key="without"><div class="racto-row" role="group" aria-label="Ask ${run.model} again without a part"><span class="racto-quiet">Again without</span>
    ${PARTS.map((name) => act("ablate", name, { key: run.key, part: name }))} ${act("ablate", "each of them", { key: run.key, part: "all" })}</div>
  ${run.without.length > 0 && html`<div class="racto-scroll"><table><caption>What the answer is without a part</caption><thead><tr><th scope="col">without</th><th scope="col">same text</th><th scope="col">words</th><th scope="col">read</th><th scope="col">written</th><th scope="col">price</th></tr></thead>
    <tbody><tr><th scope="row">nothing</th><td class="racto-number">100 %</td><td class="racto-number">${figure(run.words)}</td><td class="racto-number">${figure(run.read)}</td><td class="racto-number">${figure(run.written)}</td><td>${run.cost}</td></tr>${run.without.map(change)}</tbody></table></div>
    ${run.without.map(changed)}`}</div>`;

const runOf = (run) => html`<article class="racto-run" data-key="${run.key}" aria-label="Answer of ${run.model}" aria-busy="${run.state === "writing"}"><h3>${run.model}</h3>
  <div class="racto">${run.state === "writing"
    ? html`<div data-key="live" class="racto-answer" data-hold data-stream="${run.key}"></div>`
    : html`<div data-key="done">${cleaned(run.html)}</div>`}</div>
  ${run.state === "writing" ? html`<button type="button" class="racto-small" data-do="stop" data-with="${given({ key: run.key })}" aria-label="Stop ${run.model}">Stop</button>` : html`<button type="button" class="racto-small" data-copy="${run.key}">Copy</button>`}
  ${run.state === "done" && ablation(run)}</article>`;

const tryOf = (trying, trial) => html`<div data-key="try">
  ${trying.models.length === 0
    ? html`<p class="racto-quiet">There is no model here: open the builder with kits=[…], or by %racto prompt.</p>`
    : html`<div class="racto-row" role="group" aria-label="Models to try">${trying.models.map((model) => html`<label class="racto-check"><input type="checkbox" data-change="pick" data-with="${given({ model })}" ${trying.picked.includes(model) ? "checked" : ""}> ${model}</label>`)}</div>
  <form data-do="try" data-key="ask"><textarea name="question" class="racto-prose" rows="2" data-enter data-input="put" data-with='{"field": "question"}' aria-label="Question to try" placeholder="A question to try the prompt on. Enter sends it.">${trying.question}</textarea>
    <div class="racto-row"><button class="racto-main">Try</button><button type="button" data-do="stop" ${trying.busy ? "" : "disabled"}>Stop all</button></div></form>`}
  ${trying.trials.length > 1 && html`<label data-key="trials">Trial <select data-change="open">${trying.trials.map(({ key, label }) => html`<option value="${key}" ${key === trying.opened ? "selected" : ""}>${label}</option>`)}</select></label>`}
  ${trial.runs && html`<div class="racto-columns" data-key="${trial.key}">${trial.runs.map(runOf)}</div>`}</div>`;

const versionRow = (version, against) => html`<tr data-key="${version.key}"><th scope="row">${version.key}</th><td>${version.aim}</td><td>${version.note}</td>
  <td>${version.now ? "the draft" : html`${act("restore", "Restore", { key: version.key })}<button type="button" class="racto-small" data-do="compare" data-with="${given({ value: version.key })}" aria-pressed="${version.key === against}">Compare</button>`}</td></tr>`;

const versionsOf = (rows, difference) => html`<div data-key="versions">
  <form class="racto-add" data-do="keep" data-clear><input name="note" aria-label="Note for this version" placeholder="A note, if you like"> <button class="racto-main">Keep this version</button></form>
  ${rows.length > 0 ? html`<div class="racto-scroll" data-key="rows"><table><thead><tr><th scope="col">version</th><th scope="col">aim</th><th scope="col">note</th><th scope="col">what to do</th></tr></thead><tbody>${rows.map((version) => versionRow(version, difference.against))}</tbody></table></div>` : html`<p class="racto-quiet">None yet. A draft is also kept when it is tried.</p>`}
  ${difference.against && html`<h3>${difference.same ? `The draft says the same as ${difference.against}` : `What the draft changes in ${difference.against}`}</h3><pre class="racto-diff" tabindex="0" role="group" aria-label="Differences">${difference.pieces.map(([kind, line]) => (kind === "left out" ? html`<div class="racto-quiet">… ${line}</div>` : kind === "same" ? html`<div>  ${line}</div>` : kind === "new" ? html`<div><ins>+ ${line}</ins></div>` : html`<div><del>− ${line}</del></div>`))}</pre>`}</div>`;

const codeOf = (code) => html`<div data-key="python"><div class="racto-row"><button type="button" data-copy="code">Copy as Python</button><span class="racto-quiet">builder.python is the same, builder.prompt the prompt itself.</span></div><pre tabindex="0" role="group" aria-label="Python that makes the prompt"><code>${code}</code></pre></div>`;

const TABS = [["try", "Try"], ["versions", "Versions"], ["python", "Python"]];

const below = ({ trying, trial, kept, difference, code }) => ({ try: () => tryOf(trying, trial), versions: () => versionsOf(Object.values(kept), difference), python: () => codeOf(code) })[trying.tab]();

export const page = (state, { id }) => {
  const { form, preview, compiled, prices, kept, trying } = state;
  const count = Object.keys(kept).length;
  const named = TABS.map(([name, label]) => [name, name === "versions" && count > 0 ? `${label} (${count})` : label]);
  return html`
  <div class="racto-columns racto-builder" data-key="top">${formOf(form, preview)}${previewOf(preview, compiled, prices)}</div>
  ${tabList(id, "Below the form", named, trying.tab, "turn")}${tabPanel(id, trying.tab, trying.tab, below(state))}`;
};

function copied(view, element) {
  const run = (view.state.trial.runs ?? []).find(({ key }) => key === element.dataset.copy);
  navigator.clipboard?.writeText(element.dataset.copy === "code" ? view.state.code : (run?.text ?? ""));
}

function drawn(view) {
  if (view.local.ready) return;
  view.local.ready = true;
  view.root.addEventListener("click", (event) => event.target.matches("[data-copy]") && copied(view, event.target));
}

export default { initialize, render: (context) => mount(context, { name: "Prompt builder", parts: ["form", "preview", "compiled", "prices", "kept", "trying", "trial", "difference", "code"], page, drawn }) };
