/**
 * A grid of any number of rows, of which only those in sight are on the page, and only windows of them are asked for.
 *
 * new Grid(element, {label, columns, count, ask, chosen, edit}): `columns` are {label, width, number, editable}, `ask(from, to)` asks
 * for rows, which come by `take(from, rows)`; a cell is a text, or {text, mark} with a class of its own. `chosen(row)` is told when a
 * row is opened (click, Enter), `edit(row, column, text)` when a cell was changed (double click or F2, Enter). All is plain text.
 */

const ROW = 26; // pixels
const CHUNK = 100; // rows asked for at once
const SPARE = 6; // rows drawn beyond what is in sight
const KEPT = 60; // chunks that are kept
const TALLEST = 8_000_000; // pixels that every browser can scroll; more rows share them

/** The rows in sight: the first one and the one after the last, and how far up they stand in pixels. Pure. */
export function window_(top, height, count, row = ROW, tallest = TALLEST) {
  const whole = count * row;
  const tall = Math.min(whole, tallest);
  const at = tall > height ? (top * (whole - height)) / (tall - height) : top; // where the bar stands, in pixels of all rows
  const first = Math.max(0, Math.min(count, Math.floor(at / row) - SPARE));
  const last = Math.min(count, Math.ceil((at + height) / row) + SPARE);
  return { first, last, tall, shift: top - at };
}

/** Where the bar must stand to have a row in sight: where it stands, if the row is, else the shortest way. Pure. */
export function barFor(at, top, height, count, row = ROW, tallest = TALLEST) {
  const whole = count * row;
  const tall = Math.min(whole, tallest);
  if (tall <= height) return 0;
  const scale = (whole - height) / (tall - height);
  const now = top * scale;
  if (at * row < now) return (at * row) / scale;
  return (at + 1) * row > now + height ? ((at + 1) * row - height) / scale : top;
}

/** The chunks that hold the rows from `first` to before `last`. Pure. */
export const chunksOf = (first, last) => {
  const found = [];
  for (let chunk = Math.floor(first / CHUNK); chunk * CHUNK < last; chunk += 1) found.push(chunk);
  return found;
};

/** Where a key leads from (row, column); null for a key that leads nowhere. Pure. */
export function moved(key, { row, column }, { count, columns, page }) {
  const to = {
    ArrowDown: [row + 1, column], ArrowUp: [row - 1, column], ArrowRight: [row, column + 1], ArrowLeft: [row, column - 1],
    PageDown: [row + page, column], PageUp: [row - page, column], Home: [0, column], End: [count - 1, column],
  }[key];
  return to ? { row: Math.max(0, Math.min(count - 1, to[0])), column: Math.max(0, Math.min(columns - 1, to[1])) } : null;
}

const NARROW = 80; // pixels of a column without a width, at least

/** The pixels that all columns need: each row is a grid of its own, and as wide as the others only by that. Pure. */
export const leastWidth = (columns) => columns.reduce((all, { width }) => all + (width || NARROW), 0);

let grids = 0;

export class Grid {
  constructor(element, description) {
    this.element = element;
    this.id = `racto-grid-${(grids += 1)}`;
    this.active = { row: 0, column: 0 };
    this.chunks = new Map();
    this.asked = new Set();
    this.shown = new Map();
    this.frame = 0;
    this.editing = null;
    element.classList.add("racto-grid");
    element.setAttribute("role", "grid");
    element.tabIndex = 0;
    this.head = element.appendChild(document.createElement("div"));
    this.head.className = "racto-grid-head";
    this.head.setAttribute("role", "row");
    this.space = element.appendChild(document.createElement("div"));
    this.space.setAttribute("role", "rowgroup");
    this.space.className = "racto-grid-space";
    this.later = () => {
      this.frame ||= requestAnimationFrame(() => this.draw());
    };
    element.addEventListener("scroll", this.later, { passive: true });
    element.addEventListener("keydown", (event) => this.pressed(event));
    element.addEventListener("click", (event) => this.clicked(event));
    element.addEventListener("dblclick", (event) => this.clicked(event, true));
    this.size = new ResizeObserver(this.later);
    this.size.observe(element);
    this.change(description);
  }

  /** Other columns, another count, other callbacks. The rows that are known stay, unless `forget` is said. */
  change({ forget = false, ...description }) {
    Object.assign(this, description);
    this.element.setAttribute("aria-label", this.label);
    this.element.setAttribute("aria-rowcount", this.count + 1);
    this.element.setAttribute("aria-colcount", this.columns.length);
    const layout = this.columns.map(({ width }) => (width ? `${width}px` : `minmax(${NARROW}px, 1fr)`)).join(" ");
    this.element.style.setProperty("--columns", layout);
    this.element.style.setProperty("--least", `${leastWidth(this.columns)}px`);
    this.head.replaceChildren(...this.columns.map((column) => this.cell("columnheader", column.label, column)));
    if (forget) this.forget();
    this.later();
  }

  /** Ask for all rows anew. What is on the page stays until they come. */
  forget() {
    this.stale = new Set(this.chunks.keys());
    this.asked.clear();
    this.later();
  }

  /** Rows have come. */
  take(from, rows) {
    const chunk = Math.floor(from / CHUNK);
    this.chunks.delete(chunk);
    this.chunks.set(chunk, rows);
    this.stale?.delete(chunk);
    while (this.chunks.size > KEPT) {
      const oldest = this.chunks.keys().next().value;
      this.chunks.delete(oldest);
      this.asked.delete(oldest);
    }
    for (const [row, line] of this.shown) if (Math.floor(row / CHUNK) === chunk) this.fill(line, row);
  }

  /** Bring a row into sight and make it the active one. */
  show(row) {
    this.active = { ...this.active, row: Math.max(0, Math.min(this.count - 1, row)) };
    const bar = barFor(this.active.row, this.element.scrollTop, this.room, this.count);
    if (bar !== this.element.scrollTop) this.element.scrollTop = bar;
    this.later();
  }

  /** The pixels below the heads. */
  get room() {
    return this.element.clientHeight - this.head.offsetHeight;
  }

  seen() {
    return window_(this.element.scrollTop, this.room, this.count);
  }

  known(row) {
    return this.chunks.get(Math.floor(row / CHUNK))?.[row % CHUNK];
  }

  draw() {
    this.frame = 0;
    if (!this.element.clientHeight) return; // out of sight, such as while a theme is changed: what is drawn stays
    const { first, last, tall, shift } = this.seen();
    this.space.style.height = `${tall}px`;
    for (const [row, line] of this.shown) {
      if ((row < first || row >= last || line.children.length !== this.columns.length) && row !== this.editing?.row) {
        line.remove();
        this.shown.delete(row);
      }
    }
    for (let row = first; row < last; row += 1) {
      const line = this.shown.get(row) ?? this.line(row);
      line.style.transform = `translateY(${row * ROW + shift}px)`;
      this.fill(line, row);
    }
    for (const chunk of chunksOf(first, last)) {
      if (this.asked.has(chunk)) continue;
      this.asked.add(chunk);
      this.ask(chunk * CHUNK, Math.min(this.count, (chunk + 1) * CHUNK));
    }
    const active = this.shown.get(this.active.row)?.children[this.active.column];
    if (active) this.element.setAttribute("aria-activedescendant", active.id);
    else this.element.removeAttribute("aria-activedescendant");
  }

  line(row) {
    const line = document.createElement("div");
    line.className = "racto-grid-row";
    line.setAttribute("role", "row");
    line.setAttribute("aria-rowindex", row + 2);
    this.columns.forEach((column, place) => {
      const cell = line.appendChild(this.cell("gridcell", "", column));
      cell.id = `${this.id}-${row}-${place}`;
      cell.dataset.row = row;
      cell.dataset.column = place;
    });
    this.space.append(line);
    this.shown.set(row, line);
    return line;
  }

  cell(role, text, { number }) {
    const cell = document.createElement("div");
    cell.setAttribute("role", role);
    cell.textContent = text;
    if (number) cell.className = "racto-number";
    return cell;
  }

  fill(line, row) {
    const values = this.known(row);
    line.classList.toggle("racto-pending", !values);
    line.classList.toggle("racto-even", row % 2 === 1);
    line.setAttribute("aria-selected", row === this.active.row);
    [...line.children].forEach((cell, place) => {
      if (this.editing?.cell === cell) return;
      const value = values?.[place] ?? "";
      const text = typeof value === "object" ? value.text : String(value);
      if (cell.textContent !== text) cell.textContent = text;
      cell.className = [this.columns[place]?.number ? "racto-number" : "", value.mark ?? "", row === this.active.row && place === this.active.column ? "racto-active" : ""].join(" ").trim();
      cell.title = text.length > 12 ? text.slice(0, 500) : "";
    });
  }

  clicked(event, twice = false) {
    const cell = event.target.closest("[data-row]");
    if (!cell || this.editing?.cell === cell) return;
    this.active = { row: Number(cell.dataset.row), column: Number(cell.dataset.column) };
    this.later();
    if (twice) this.beginEdit();
    else this.chosen?.(this.active.row);
  }

  pressed(event) {
    if (this.editing) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / ROW) - 2);
    const to = moved(event.key, this.active, { count: this.count, columns: this.columns.length, page });
    if (to) {
      event.preventDefault();
      this.active = to;
      this.show(to.row);
    } else if (event.key === "F2" || (event.key === "Enter" && this.columns[this.active.column]?.editable)) {
      event.preventDefault();
      this.beginEdit();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.chosen?.(this.active.row);
    }
  }

  beginEdit() {
    const { row, column } = this.active;
    const cell = this.shown.get(row)?.children[column];
    if (!cell || !this.columns[column].editable || !this.known(row)) return;
    const before = cell.textContent;
    const field = document.createElement("input");
    field.value = before;
    field.setAttribute("aria-label", this.columns[column].label);
    cell.replaceChildren(field);
    this.editing = { row, column, cell };
    const end = (keep) => {
      if (!this.editing) return;
      const text = field.value;
      this.editing = null;
      cell.textContent = keep ? text : before;
      if (keep && text !== before) this.edit?.(row, column, text);
      this.element.focus({ preventScroll: true });
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") end(true);
      else if (event.key === "Escape") end(false);
    });
    field.addEventListener("blur", () => end(true));
    field.focus();
    field.select();
  }

  end() {
    this.size.disconnect();
    cancelAnimationFrame(this.frame);
    this.element.replaceChildren();
  }
}
