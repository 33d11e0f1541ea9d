/** Tabs, of which one is open: a list of them, the panels below it, and the keys that lead from one to the next (WAI-ARIA's pattern). */
import { given, html } from "./dom.js";

const chosen = (verb, name) => (verb ? html`data-do="${verb}" data-with="${given({ value: name })}"` : html`data-set="${given({ tab: name })}"`);

/**
 * A list of tabs: pairs of a name and what stands on it. `id` is this view's own (`local.id`), since a page may show many.
 *
 * A tab sets `tab` in the view, or says {do: verb, value: name} to the kernel.
 */
export const tabList = (id, label, tabs, open, verb = "") => html`<div class="racto-tabs" role="tablist" aria-label="${label}" data-key="tabs">${tabs.map(([name, text]) => html`
  <button type="button" role="tab" id="${id}-tab-${name}" data-key="tab-${name}" data-tab="${name}" aria-selected="${name === open}" aria-controls="${id}-panel-${name}" tabindex="${name === open ? 0 : -1}" ${chosen(verb, name)}>${text}</button>`)}</div>`;

/** What stands below a tab. One that is not open is hidden; it may be left out. */
export const tabPanel = (id, name, open, inside) => html`<div role="tabpanel" id="${id}-panel-${name}" aria-labelledby="${id}-tab-${name}" data-key="panel-${name}" ${name === open ? "" : "hidden"}>${inside}</div>`;

/** The place of the tab that a key leads to from the one at `place` of `count`, -1 for a key that leads nowhere. */
export function tabAfter(key, place, count) {
  const places = new Map([["ArrowRight", (place + 1) % count], ["ArrowLeft", (place + count - 1) % count], ["Home", 0], ["End", count - 1]]);
  return places.get(key) ?? -1;
}

/** Follow a key that is pressed on a tab; whether it led to another one. */
export function tabKey(event) {
  if (!event.target.matches("[role=tab]") || event.ctrlKey || event.metaKey || event.altKey) return false;
  const all = [...event.target.closest("[role=tablist]").querySelectorAll("[role=tab]")];
  const next = all[tabAfter(event.key, all.indexOf(event.target), all.length)];
  if (!next) return false;
  event.preventDefault();
  next.focus();
  next.click();
  return true;
}
