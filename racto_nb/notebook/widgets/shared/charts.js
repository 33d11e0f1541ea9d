import { counted, html } from "./dom.js";

/** Small charts as SVG, each with its figures as a table below it, for those who cannot see or will not trust a picture. Pure. */

const WIDE = 480;
const TALL = 200;
const LEFT = 60;
const BOTTOM = 34;
const TOP = 10;

/** Round ends and steps for an axis from `low` to `high`: [0, 20, 40, …]. */
export function ticks(low, high, about = 5) {
  if (!(high > low)) return [low];
  const rough = (high - low) / about;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * size).find((each) => each >= rough);
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-9; at += step) found.push(Number(at.toPrecision(12)));
  return found;
}

/** A number as an axis says it: 1.2k, 3M, 0.25. */
export function short(number) {
  const size = Math.abs(number);
  if (size >= 1e9) return `${Number((number / 1e9).toPrecision(3))}G`;
  if (size >= 1e6) return `${Number((number / 1e6).toPrecision(3))}M`;
  if (size >= 1e4) return `${Number((number / 1e3).toPrecision(3))}k`;
  return String(Number(number.toPrecision(4)));
}

const scale = (low, high, from, to) => (value) => from + ((value - low) / (high - low || 1)) * (to - from);

const axisY = (low, high, y, name) => html`${ticks(low, high).map((at) => html`<g><line x1="${LEFT}" x2="${WIDE - 8}" y1="${y(at)}" y2="${y(at)}" stroke="var(--line)"></line><text x="${LEFT - 6}" y="${y(at) + 4}" text-anchor="end">${short(at)}</text></g>`)}
  <text x="11" y="${(TALL - BOTTOM + TOP) / 2}" text-anchor="middle" transform="rotate(-90 11 ${(TALL - BOTTOM + TOP) / 2})">${name}</text>`;

const axisX = (low, high, x, name, say = short, at = ticks(low, high)) => html`${at.map((at) => html`<text x="${x(at)}" y="${TALL - BOTTOM + 14}" text-anchor="middle">${say(at)}</text>`)}
  <text x="${(LEFT + WIDE) / 2}" y="${TALL - 3}" text-anchor="middle">${name}</text>`;

/** The picture and, folded, its figures: `heads`, and `rows` of texts and numbers. */
export const chart = (title, picture, heads, rows) => html`<figure class="racto-chart"><figcaption>${title}</figcaption>
  <svg viewBox="0 0 ${WIDE} ${TALL}" role="img" aria-label="${title}">${picture}</svg>
  <details><summary>As a table</summary>${table(heads, rows)}</details></figure>`;

/** A table of plain values. Numbers stand to the right. */
export const table = (heads, rows) => html`<div class="racto-scroll" tabindex="0"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
  <tbody>${rows.map((row) => html`<tr>${row.map((value) => html`<td class="${typeof value === "number" ? "racto-number" : ""}">${typeof value === "number" ? counted(value) : value}</td>`)}</tr>`)}</tbody></table></div>`;

/** How often values lie between `edges` (one more than `counts`); `marks` are [{at, label}] lines across; `say` writes an edge. */
export function histogram({ title, edges, counts, x: name = "", y: unit = "count", marks = [], say = short }) {
  const most = Math.max(1, ...counts);
  const x = scale(edges[0], edges.at(-1), LEFT, WIDE - 8);
  const y = scale(0, most, TALL - BOTTOM, TOP);
  const bars = counts.map((count, place) => html`<rect x="${x(edges[place]) + 0.5}" width="${Math.max(0.5, x(edges[place + 1]) - x(edges[place]) - 1)}" y="${y(count)}" height="${TALL - BOTTOM - y(count)}" fill="var(--brand)"><title>${say(edges[place])} to ${say(edges[place + 1])}: ${counted(count)}</title></rect>`);
  const lines = marks.map(({ at, label }) => html`<line x1="${x(at)}" x2="${x(at)}" y1="${TOP}" y2="${TALL - BOTTOM}" stroke="var(--bad)" stroke-dasharray="4 3"></line><text x="${x(at) + 4}" y="${TOP + 10}">${label}</text>`);
  const rows = counts.map((count, place) => [`${say(edges[place])} to ${say(edges[place + 1])}`, count]);
  return chart(title, html`${axisY(0, most, y, unit)}${axisX(edges[0], edges.at(-1), x, name, say)}${bars}${lines}`, [name || "from … to", unit], rows);
}

const INKS = ["var(--brand)", "#c2570c", "#2e7d32", "#7b1fa2", "#00838f", "#ad1457"];

const keysOf = (names) => names.length > 1 && names.map((name, place) => html`<g><rect x="${LEFT + 8 + place * 110}" y="${TOP}" width="10" height="10" fill="${INKS[place % INKS.length]}"></rect><text x="${LEFT + 22 + place * 110}" y="${TOP + 9}">${String(name).slice(0, 14)}</text></g>`);

/** Where a picture begins, below the names of its colours. */
const roomBelow = (names) => (names.length > 1 ? TOP + 18 : TOP);

/** One bar for each of `values`: {label, value}, and `group`, the number of one of `groups`, where they are of several. */
export function bars({ title, values, x: name = "", y: unit = "", groups = [] }) {
  const high = Math.max(0, ...values.map(({ value }) => value)) || 1;
  const low = Math.min(0, ...values.map(({ value }) => value));
  const step = (WIDE - 8 - LEFT) / Math.max(1, values.length);
  const several = groups.length > 1;
  const y = scale(low, high, TALL - BOTTOM, roomBelow(groups));
  const each = Math.ceil(values.length / 12);
  const isFirst = (place) => !several || place === 0 || values[place - 1].label !== values[place].label;
  const named = ({ label, group }) => (several ? `${label}, ${groups[group]}` : label);
  const drawn = values.map(({ label, value, group = 0 }, place) => html`<rect x="${LEFT + step * place + step * 0.1}" width="${step * 0.8}" y="${Math.min(y(value), y(0))}" height="${Math.abs(y(value) - y(0))}" fill="${INKS[group % INKS.length]}"><title>${named({ label, group })}: ${counted(value)}</title></rect>
    ${(several ? isFirst(place) && (values.length <= 24 || place % each === 0) : place % each === 0) && html`<text x="${LEFT + step * (place + 0.5)}" y="${TALL - BOTTOM + 14}" text-anchor="middle">${String(label).slice(0, 12)}</text>`}`);
  return chart(title, html`${axisY(low, high, y, unit)}${drawn}${keysOf(groups)}<text x="${(LEFT + WIDE) / 2}" y="${TALL - 3}" text-anchor="middle">${name}</text>`, [name || "name", unit || "value"], values.map((each) => [named(each), each.value]));
}

/**
 * `series` are {name, points: [[x, y], …], dots}; with `diagonal`, the line on which both are equal. `say` writes a place along x,
 * `at` are the places that are written there.
 */
export function lines({ title, series, x: nameX = "", y: nameY = "", diagonal = false, ends, say = short, at }) {
  const all = series.flatMap(({ points }) => points);
  const [lowX, highX] = ends?.x ?? [Math.min(...all.map(([at]) => at)), Math.max(...all.map(([at]) => at))];
  const [lowY, highY] = ends?.y ?? [Math.min(0, ...all.map(([, at]) => at)), Math.max(...all.map(([, at]) => at))];
  const x = scale(lowX, highX, LEFT, WIDE - 8);
  const y = scale(lowY, highY, TALL - BOTTOM, roomBelow(series));
  const drawn = series.map(({ points, dots }, place) => {
    const ink = INKS[place % INKS.length];
    return dots
      ? points.map(([a, b]) => html`<circle cx="${x(a)}" cy="${y(b)}" r="3" fill="${ink}"><title>${say(a)}, ${short(b)}</title></circle>`)
      : html`<polyline points="${points.map(([a, b]) => `${x(a)},${y(b)}`).join(" ")}" fill="none" stroke="${ink}" stroke-width="2"></polyline>`;
  });
  const keys = keysOf(series.map(({ name }) => name));
  const even = diagonal && html`<line x1="${x(lowX)}" y1="${y(lowX)}" x2="${x(highX)}" y2="${y(highX)}" stroke="var(--quiet)" stroke-dasharray="4 3"></line>`;
  const rows = series.flatMap(({ name, points }) => points.map(([a, b]) => [name, say === short ? a : say(a), b]));
  return chart(title, html`${axisY(lowY, highY, y, nameY)}${axisX(lowX, highX, x, nameX, say, at)}${even}${drawn}${keys}`, ["series", nameX || "x", nameY || "y"], rows);
}
