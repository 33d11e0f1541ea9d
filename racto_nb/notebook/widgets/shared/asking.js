const ASKED_FOR = 4000; // milliseconds in which the second press counts

/**
 * Buttons with data-confirm, of one view: the first press asks, the second one within four seconds does it. Dialogs would block the page.
 *
 * What is asked is known by what the button says, not by its element: a page that is drawn anew, as progress comes, forgets nothing.
 */
export class Questions {
  constructor(changed) {
    Object.assign(this, { changed, open: new Map() });
  }

  /** Whether this press of the button `element` is the second one; the first one asks. */
  agreed(element) {
    const name = nameOfAsked(element);
    const had = this.open.get(name);
    if (had !== undefined) {
      clearTimeout(had);
      this.forget(name);
      return true;
    }
    this.open.set(name, setTimeout(() => this.forget(name), ASKED_FOR));
    this.changed();
    return false;
  }

  forget(name) {
    this.open.delete(name);
    this.changed();
  }

  /** Let the buttons in `root`, which has just been drawn, say what is asked. */
  draw(root) {
    for (const element of this.open.size ? root.querySelectorAll("[data-confirm]") : []) {
      if (!this.open.has(nameOfAsked(element))) continue;
      element.dataset.asked = "yes";
      element.textContent = element.dataset.confirm;
    }
  }

  end() {
    for (const timer of this.open.values()) clearTimeout(timer);
    this.open.clear();
  }
}

const nameOfAsked = ({ dataset }) => `${dataset.do} ${dataset.with ?? ""}`;
