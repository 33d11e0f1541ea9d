/** Jobs: a table for each source, with what can be done about each job. */
import { bare, button, html } from "../shared/dom.js";
import { initialize, mount } from "../shared/mount.js";

const bar = ({ done, failed, total, progress }) => done !== null && total > 0
  ? html`<progress max="${total}" value="${done + (failed ?? 0)}" aria-label="${progress}"></progress> <span class="racto-quiet">${progress}</span>`
  : html`<span class="racto-quiet">${progress}</span>`;

const jobOf = (job, source) => html`<tr data-key="${job.id}"><th scope="row"><code>${job.id}</code><div class="racto-quiet">${job.model}${job.began && html` · ${job.began}`}</div></th>
  <td><span class="${job.error ? "racto-bad" : /^(completed|.*succeeded)$/.test(job.status) ? "racto-good" : ""}">${job.status}</span></td><td>${bar(job)}</td>
  <td class="racto-number"><span class="${/^[$]/.test(job.cost) ? "" : "racto-quiet"}">${job.cost}</span></td>
  <td>${job.error && html`<span class="racto-bad">${job.error}</span> `}${job.result} ${job.note && html`<span class="racto-quiet">${job.note}</span>`}</td>
  <td>${job.doing ? html`<span class="racto-quiet">${job.doing} …</span>` : job.verbs.map((verb) => html`${verbs[verb](job, { source, id: job.id })} `)}</td></tr>`;

const verbs = {
  cancel: (job, named) => button("cancel", "Cancel", named, html`data-confirm="Really cancel?" aria-label="Cancel ${job.id}"`),
  read: (job, named) => button("read", job.result ? "Read again" : "Read", named, html`aria-label="Read what came of ${job.id}"`),
  resume: (job, named) => button("resume", "Resume", named, html`aria-label="Resume ${job.id}"`),
};

const sourceOf = (source) => html`<section data-key="${source.name}" aria-label="${source.name}"><h3>${source.name}${source.kind !== source.name && html` <span class="racto-quiet">${source.kind}</span>`}</h3>
  ${source.trouble && html`<p class="racto-fault">${source.trouble}</p>`}
  ${source.jobs.length > 0
    ? html`<div class="racto-scroll racto-jobs" tabindex="0" role="group" aria-label="Jobs of ${source.name}"><table><thead><tr><th scope="col">job</th><th scope="col">state</th><th scope="col">progress</th><th scope="col">cost</th><th scope="col">what came of it</th><th scope="col">what to do</th></tr></thead>
        <tbody>${source.jobs.map((job) => jobOf(job, source.name))}</tbody></table></div>${source.cost && html`<p class="racto-quiet">Cost of ${source.name}: ${source.cost}.</p>`}`
    : !source.trouble && html`<p class="racto-quiet">${source.looked ? "No job of this machine that somebody still waits for." : "Not looked at yet."}</p>`}</section>`;

const PAUSES = [[0, "when asked"], [10, "each 10 s"], [30, "each 30 s"], [60, "each minute"], [600, "each 10 minutes"]];

const pauses = (every) => (PAUSES.some(([value]) => value === every) ? PAUSES : [...PAUSES, [every, `each ${every} s`]]);

export const page = ({ sources, looking, costs }) => html`<div class="racto-row" data-key="top">
    <button type="button" class="racto-main" data-do="look" ${looking.now ? "disabled" : ""}>${looking.now ? "Looking …" : "Look now"}</button>
    <span role="group" aria-label="Look again">${pauses(looking.every).map(([value, label]) => bare("every", label, { value }, html`aria-pressed="${value === looking.every}"`))}</span>
    ${looking.all_ended && html`<span class="racto-quiet">All jobs have ended.</span>`}
    ${sources.length > 1 && costs.total && html`<span>Cost of all: ${costs.total}.</span>`}</div>
  ${sources.map(sourceOf)}`;

export default { initialize, render: (context) => mount(context, { name: "Jobs", parts: ["sources", "looking", "costs"], page }) };
