/** Chat: the exchanges that are read, one below another; answers of several models side by side. */
import { bare, cleaned, given, html } from "../shared/dom.js";
import { initialize, mount } from "../shared/mount.js";

const thinking = (answer) => html`<details class="racto-thought" data-key="thinking"><summary>Thinking …</summary><div data-hold data-stream="${answer.key}-thinking"></div></details>`;

const waiting = (asked) => html`<div class="racto-panel" data-key="${asked.key}" role="group" aria-label="A call of a tool waits">
  <code>${asked.line}</code>
  <div class="racto-row">${bare("allow", "Run it", { key: asked.key, value: true })} ${bare("allow", "Do not run it", { key: asked.key, value: false })}</div></div>`;

const foot = (answer, exchange, models, busy) => html`<div class="racto-foot">
  ${answer.warning && html`<b class="racto-bad">${answer.warning}</b> `}${answer.footer}
  ${answer.state === "writing"
    ? bare("stop", "Stop", { key: answer.key })
    : html`<span class="racto-tools">
        ${bare("again", "Regenerate", { key: answer.key }, busy ? "disabled" : "")}
        <button type="button" class="racto-bare" data-copy>Copy</button>
        ${exchange.answers.length > 1 && answer.state === "done" && html`<button type="button" class="racto-bare" data-do="choose" data-with="${given({ key: answer.key })}" aria-pressed="${exchange.chosen === answer.key}">${exchange.chosen === answer.key ? "Going on from this" : "Go on from this"}</button>`}
      </span>`}</div>`;

const answerOf = (answer, exchange, asking) => html`<article class="racto-answer-pane" data-key="${answer.key}" aria-label="Answer of ${answer.model}" aria-busy="${answer.state === "writing"}">
  ${(exchange.answers.length > 1 || asking.models.length > 1) && html`<div class="racto-quiet">${answer.model}</div>`}
  <div class="racto">${cleaned(answer.above)}
  ${answer.state === "writing"
    ? html`${thinking(answer)}<div class="racto-answer" data-key="live" data-hold data-stream="${answer.key}"></div>`
    : html`<div class="racto-answer" data-key="done">${cleaned(answer.html)}</div>`}</div>
  ${asking.waiting.filter((asked) => asked.answer === answer.key).map(waiting)}
  ${foot(answer, exchange, asking.models, asking.busy)}</article>`;

const branches = ({ siblings, key }) => {
  const place = siblings.indexOf(key);
  if (siblings.length < 2) return "";
  return html`<span class="racto-quiet" role="group" aria-label="Versions of this question">
    ${bare("open", "‹", { key: siblings[place - 1] ?? key }, html`aria-label="Earlier version" ${place === 0 ? "disabled" : ""}`)}
    ${place + 1} of ${siblings.length}
    ${bare("open", "›", { key: siblings[place + 1] ?? key }, html`aria-label="Later version" ${place === siblings.length - 1 ? "disabled" : ""}`)}</span>`;
};

const questionOf = (exchange, busy, edited) => edited === exchange.key
  ? html`<form data-do="edit" data-with="${given({ key: exchange.key })}" data-key="editing">
      <textarea name="text" class="racto-prose" data-enter aria-label="Question" rows="2">${exchange.question}</textarea>
      <div class="racto-row"><button class="racto-main" ${busy ? "disabled" : ""}>Ask this</button><button type="button" class="racto-bare" data-set='{"edited": null}'>Cancel</button></div></form>`
  : html`<div class="racto racto-asked" data-key="asked"><div class="racto-answer">${cleaned(exchange.html)}</div>
      ${exchange.files.length > 0 && html`<div class="racto-quiet">with ${exchange.files.join(", ")}</div>`}
      <div class="racto-tools">${branches(exchange)} <button type="button" class="racto-bare" data-set="${given({ edited: exchange.key })}" ${busy ? "disabled" : ""}>Edit</button></div></div>`;

const exchangeOf = (exchange, asking, edited) => html`<li data-key="${exchange.key}">
  ${questionOf(exchange, asking.busy, edited)}
  <div class="${exchange.answers.length > 1 ? "racto-columns" : ""}">${exchange.answers.map((answer) => answerOf(answer, exchange, asking))}</div></li>`;

const picks = ({ models, picked }) => models.length > 1 && html`<div class="racto-row" role="group" aria-label="Models to ask">${models.map((model) => html`
  <label class="racto-pick"><input type="checkbox" data-change="pick" data-with="${given({ model })}" ${picked.includes(model) ? "checked" : ""}> ${model}</label>`)}</div>`;

const files = ({ files: held }) => held.length > 0 && html`<ul class="racto-files" aria-label="Attached files">${held.map((file, place) => html`
  <li data-key="f${place}">${file.label} <span class="racto-quiet">${Math.ceil(file.size / 1024)} kB</span> ${bare("detach", "×", { place }, html`aria-label="Take the file away"`)}</li>`)}</ul>`;

const EXPORTS = [["markdown", "Markdown"], ["cells", "Cells"], ["example", "Training example"]];

const exporting = (path, exported) => path.length > 0 && html`<div data-key="export" class="racto-row racto-quiet" role="group" aria-label="Export">Copy the conversation as
  ${EXPORTS.map(([kind, label]) => bare("export", label, { kind }))}</div>
  ${exported && html`<div data-key="exported"><textarea readonly rows="8" aria-label="The conversation, to be copied">${exported}</textarea>
    <div class="racto-row"><button type="button" data-copy-export>Copy</button>${bare("export", "Close", { kind: "" })}</div></div>`}`;

export const page = ({ path, exchanges, asking, exported }, { edited }) => html`
  <div class="racto-log" data-key="log" role="log" aria-label="Conversation" tabindex="0"><ol>${path.map((key) => exchanges[key]).filter(Boolean).map((exchange) => exchangeOf(exchange, asking, edited))}</ol>
    ${path.length === 0 && html`<p class="racto-quiet">Ask ${asking.models.join(", ")} below. Enter sends, Shift+Enter begins a new line; files can be dropped here.</p>`}</div>
  ${picks(asking)}
  ${files(asking)}
  <form data-do="ask" data-clear data-key="ask" class="racto-ask">
    <textarea name="text" class="racto-prose" data-enter rows="2" aria-label="Message" placeholder="Message"></textarea>
    <div class="racto-row"><button class="racto-main" ${asking.busy ? "disabled" : ""}>Ask</button>
      <button type="button" data-do="stop" ${asking.busy ? "" : "disabled"}>Stop</button>
      <label class="racto-file">Attach <input type="file" multiple class="racto-hidden" data-files></label>
      <button type="button" class="racto-bare" data-do="clear" data-confirm="Really?" ${path.length ? "" : "disabled"}>New conversation</button></div></form>
  ${exporting(path, exported)}`;

async function attach(view, list) {
  const all = [...list];
  if (!all.length) return;
  const buffers = await Promise.all(all.map((file) => file.arrayBuffer()));
  view.say({ do: "attach", names: all.map((file) => file.name), types: all.map((file) => file.type || "text/plain") }, buffers);
}

/** Keep the end in sight while it grows, unless the reader has scrolled away from it. */
function follow(log) {
  let near = true;
  log.addEventListener("scroll", () => (near = log.scrollHeight - log.scrollTop - log.clientHeight < 40));
  const down = () => near && (log.scrollTop = log.scrollHeight);
  log.addEventListener("racto-grew", down);
  return down;
}

function drawn(view, state) {
  const { root, local } = view;
  if (!local.down) {
    local.down = follow(root.querySelector(".racto-log"));
    root.addEventListener("dragover", (event) => event.preventDefault());
    root.addEventListener("drop", (event) => (event.preventDefault(), attach(view, event.dataTransfer.files)));
    root.addEventListener("change", (event) => event.target.matches("[data-files]") && attach(view, event.target.files));
    root.addEventListener("click", (event) => event.target.matches("[data-copy],[data-copy-export]") && copy(event.target, view));
  }
  if (local.edited && !state.path.includes(local.edited)) view.set({ edited: null });
  local.down();
}

function copy(element, view) {
  if (element.matches("[data-copy-export]")) return navigator.clipboard?.writeText(view.state.exported);
  const key = element.closest("[data-key^=a]").dataset.key;
  const answer = Object.values(view.state.exchanges).flatMap((exchange) => exchange.answers).find((each) => each.key === key);
  return navigator.clipboard?.writeText(answer?.text ?? "");
}

export default { initialize, render: (context) => mount(context, { name: "Chat", parts: ["path", "exchanges", "asking", "exported"], page, drawn }) };
