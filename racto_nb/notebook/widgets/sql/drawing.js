import { bars, chart, histogram, lines, short } from "../shared/charts.js";
import { html } from "../shared/dom.js";

/** The chart of a result, from the points that the kernel has gathered. Pure. */

const day = (seconds) => new Date(seconds * 1000).toISOString().replace("T00:00:00.000Z", "").replace("T", " ").slice(0, 16);

const everyNth = (count, most = 8) => {
  const step = Math.max(1, Math.ceil(count / most));
  return Array.from({ length: Math.ceil(count / step) }, (_, place) => place * step);
};

/** Whether two places along an axis are too near for a word each: dates are long, so few are written. */
const fewDates = (series) => {
  const all = series.flatMap(({ points }) => points.map(([at]) => at));
  const [low, high] = [Math.min(...all), Math.max(...all)];
  return high > low ? [0, 1, 2, 3, 4].map((part) => low + ((high - low) * part) / 4) : [low];
};

function linesOf(data) {
  const { axis, names, series } = data;
  if (axis === "names") return lines({ ...data, say: (at) => String(names[at] ?? "").slice(0, 12), at: everyNth(names.length) });
  return axis === "date" ? lines({ ...data, say: day, at: fewDates(series) }) : lines(data);
}

const upwards = (name) => html`<text x="12" y="88" text-anchor="middle" transform="rotate(-90 12 88)">${name}</text>`;

const upright = (low, high) => (value) => 166 - ((value - low) / (high - low || 1)) * 156;

/** For each name from the least to the largest value, the middle half as a box, the median as a line. */
function boxesOf({ title, boxes, x, y: unit }) {
  const all = boxes.flatMap(({ values }) => values);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const y = upright(low, high);
  const step = 426 / Math.max(1, boxes.length);
  const drawn = boxes.map(({ label, values: [least, lower, middle, upper, most] }, place) => {
    const at = 46 + step * (place + 0.5);
    const half = Math.min(20, step * 0.35);
    return html`<g><title>${label}: ${[least, lower, middle, upper, most].map(short).join(", ")}</title>
      <line x1="${at}" x2="${at}" y1="${y(least)}" y2="${y(most)}" stroke="var(--quiet)"></line>
      <rect x="${at - half}" width="${half * 2}" y="${y(upper)}" height="${Math.max(1, y(lower) - y(upper))}" fill="var(--soft)" stroke="var(--brand)"></rect>
      <line x1="${at - half}" x2="${at + half}" y1="${y(middle)}" y2="${y(middle)}" stroke="var(--brand)" stroke-width="2"></line>
      ${place % Math.ceil(boxes.length / 10) === 0 && html`<text x="${at}" y="180" text-anchor="middle">${String(label).slice(0, 12)}</text>`}</g>`;
  });
  const ends = html`<text x="40" y="${y(low) + 4}" text-anchor="end">${short(low)}</text><text x="40" y="${y(high) + 4}" text-anchor="end">${short(high)}</text><text x="259" y="197" text-anchor="middle">${x}</text>${upwards(unit)}`;
  return chart(title, html`${drawn}${ends}`, [x || unit || "name", "least", "lower quarter", "median", "upper quarter", "largest"], boxes.map(({ label, values }) => [label, ...values]));
}

/** A number for each pair of names, as the strength of a colour. */
function cellsOf({ title, cells, columns, rows, x: across = "", y: down = "" }) {
  const all = cells.map(([, , value]) => value);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const wide = 390 / Math.max(1, columns.length);
  const tall = 166 / Math.max(1, rows.length);
  const drawn = cells.map(([column, row, value]) => html`<rect x="${86 + wide * column}" y="${8 + tall * row}" width="${Math.max(1, wide - 1)}" height="${Math.max(1, tall - 1)}" fill="var(--brand)" fill-opacity="${0.08 + (0.92 * (value - low)) / (high - low || 1)}"><title>${columns[column]}, ${rows[row]}: ${short(value)}</title></rect>`);
  const below = everyNth(columns.length, 7).map((place) => html`<text x="${86 + wide * (place + 0.5)}" y="188" text-anchor="middle">${String(columns[place]).slice(0, 9)}</text>`);
  const named = everyNth(rows.length, 10).map((place) => html`<text x="82" y="${8 + tall * (place + 0.5) + 4}" text-anchor="end">${String(rows[place]).slice(0, 12)}</text>`);
  return chart(title, html`${drawn}${below}${named}<text x="281" y="199" text-anchor="middle">${across}</text>${upwards(down)}`, [across || "across", down || "down", "value"], cells.map(([column, row, value]) => [columns[column], rows[row], value]));
}

const SHAPES = { bars, lines: linesOf, boxes: boxesOf, cells: cellsOf, histogram: (data) => histogram(data.axis === "date" ? { ...data, say: day } : data) };

/** The chart with what must be said about it; why there is none, where there is none. */
export function pictureOf({ data = {}, note = "" }) {
  if (data.error) return html`<p class="racto-warn" role="note">${data.error}</p>`;
  if (!SHAPES[data.shape]) return html`<p class="racto-quiet">${note ? `No chart: ${note} ` : ""}Choose a kind and its columns above.</p>`;
  return html`${SHAPES[data.shape](data)}${(data.notes ?? []).map((each) => html`<p class="racto-quiet">${each}</p>`)}`;
}
