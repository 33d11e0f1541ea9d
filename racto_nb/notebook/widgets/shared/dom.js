/** Markup as text: everything that is put into it is escaped, unless it is markup already. Pure, so that it is tested without a page. */

const SIGNS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "`": "&#96;" };

export const escape = (value) => String(value ?? "").replace(/[&<>"'`]/g, (sign) => SIGNS[sign]);

class Markup {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

/** HTML that Python has cleaned (`safe_html`, `safe_text`, `marked_text`). Never a text that a model, a user or a file wrote. */
export const cleaned = (text) => new Markup(String(text ?? ""));

const piece = (value) => {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(piece).join("");
  return value === false || value === null || value === undefined ? "" : escape(value);
};

/** html`<b>${text}</b>`: markup with its values escaped. Lists are joined; null, undefined and false are nothing, but aria-x="${false}" is. */
export const html = (strings, ...values) =>
  new Markup(strings.reduce((all, text, place) => {
    if (place >= values.length) return all + text;
    return all + text + (values[place] === false && /aria-[a-z]+="$/.test(text) ? "false" : piece(values[place]));
  }, ""));

/** What a button says to the kernel beside its verb: data-with="${given({id})}". */
export const given = (fields) => JSON.stringify(fields);

/** A number as people read it: 12,345. */
export const counted = (number) => Number(number).toLocaleString("en-US");

/**
 * A button that says `verb` to the kernel, with `fields`. `more` are attributes: a word such as "disabled", or html`…`.
 *
 * `style` names classes of look.css.
 */
export const button = (verb, label, fields = {}, more = "", style = "") => html`<button type="button" class="${style}" data-do="${verb}" data-with="${given(fields)}" ${more}>${label}</button>`;

/** The same without a frame, for what stands in a line of text. */
export const bare = (verb, label, fields = {}, more = "") => button(verb, label, fields, more, "racto-bare");
