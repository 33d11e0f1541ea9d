import { html } from "../shared/dom.js";

/** SQL in colours, while it is typed: a small reader of words, which guesses nothing about what they mean. Pure. */

const WORDS = new Set(
  `all and any as asc at between both by case cast cross current date day desc distinct else end escape except exists extract false
  fetch filter first following for from full group grouping having in inner intersect interval is join last lateral left like ilike
  limit month natural not null nulls offset on only or order outer over partition preceding qualify range recursive right row rows
  select sets similar some symmetric table tablesample then time timestamp to trailing true unbounded union unique unnest unpivot
  pivot using values when where window with within without year insert update delete drop create alter truncate merge into set copy
  attach pragma grant revoke explain describe summarize show begin commit rollback`.split(/\s+/),
);

const SQL_SIGNS = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|`[^`]*(?:`|$)|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[\p{L}_][\p{L}\p{N}_$]*|\s+|[^\s]/gu;

const kindOf = (text, rest) => {
  if (/^(--|\/\*)/.test(text)) return "comment";
  if (text[0] === "'") return "string";
  if (text[0] === '"' || text[0] === "`") return "name";
  if (/^\d/.test(text)) return "number";
  if (!/^[\p{L}_]/u.test(text)) return "";
  if (WORDS.has(text.toLowerCase())) return "word";
  return /^\s*\(/.test(rest) ? "call" : "";
};

/** The pieces of a statement: {text, kind, start}. Together they are the statement, letter by letter. */
export function piecesOf(sql) {
  return [...sql.matchAll(SQL_SIGNS)].map((found) => ({ text: found[0], start: found.index, kind: kindOf(found[0], sql.slice(found.index + found[0].length, found.index + found[0].length + 40)) }));
}

/** The statement as markup; `broken` are the places {start, end} that the guard refuses. */
export function inked(sql, broken = []) {
  const places = broken.filter(({ start, end }) => end > start);
  const edges = [...new Set(places.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  return html`${piecesOf(sql).flatMap((piece) => cut(piece, edges)).map(({ text, kind, start }) => {
    const wrong = places.some((place) => start >= place.start && start < place.end);
    const name = [kind && `racto-sql-${kind}`, wrong && "racto-sql-broken"].filter(Boolean).join(" ");
    return name ? html`<span class="${name}">${text}</span>` : text;
  })}`;
}

const cut = ({ text, kind, start }, edges) => {
  const inside = edges.filter((edge) => edge > start && edge < start + text.length);
  return [start, ...inside].map((from, place) => ({ text: text.slice(from - start, (inside[place] ?? start + text.length) - start), kind, start: from }));
};
