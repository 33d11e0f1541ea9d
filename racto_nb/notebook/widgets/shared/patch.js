/**
 * Bring an element's children to new markup while what stays the same is left alone: focus, caret, scrolling and opened blocks live on.
 *
 * data-key names a child among its siblings, so that it is found again when others come or go. Below data-hold the view draws itself.
 * A field that has the focus keeps what is typed into it, and a <details> stays as the reader left it.
 */

const keyOf = (node) => (node.nodeType === 1 ? node.getAttribute("data-key") : null);

const alike = (have, want) => have.nodeType === want.nodeType && have.nodeName === want.nodeName && keyOf(have) === keyOf(want);

function setAttributes(have, want) {
  for (const { name } of [...have.attributes]) {
    if (!want.hasAttribute(name) && name !== "data-lm-suppress-shortcuts" && !(name === "open" && have.nodeName === "DETAILS")) have.removeAttribute(name);
  }
  for (const { name, value } of want.attributes) {
    if (name === "open" && have.nodeName === "DETAILS") continue;
    if (have.getAttribute(name) !== value) have.setAttribute(name, value);
  }
}

function setValue(have, want) {
  if (have.getRootNode().activeElement === have && have.type !== "checkbox" && have.type !== "radio") return;
  if (have.nodeName === "INPUT") {
    if (have.type === "file") return;
    if (have.type === "checkbox" || have.type === "radio") have.checked = want.hasAttribute("checked");
    else have.value = want.getAttribute("value") ?? "";
  } else if (have.nodeName === "TEXTAREA") {
    if (have.value !== want.textContent) have.value = want.textContent;
  } else if (have.nodeName === "SELECT") {
    const chosen = [...want.options].find((option) => option.hasAttribute("selected")) ?? want.options[0];
    if (chosen && have.value !== chosen.value) have.value = chosen.value;
  }
}

function bring(have, want) {
  if (have.nodeType !== 1) {
    if (have.nodeValue !== want.nodeValue) have.nodeValue = want.nodeValue;
    return;
  }
  setAttributes(have, want);
  if (have.hasAttribute("data-hold")) return;
  if (have.nodeName !== "TEXTAREA") bringChildren(have, want);
  setValue(have, want);
}

function bringChildren(have, want) {
  const named = new Map([...have.childNodes].map((node) => [keyOf(node), node]).filter(([key]) => key !== null));
  let next = have.firstChild;
  for (const wanted of [...want.childNodes]) {
    const key = keyOf(wanted);
    const found = key === null ? next : named.get(key);
    if (found && alike(found, wanted)) {
      if (found === next) next = next.nextSibling;
      else have.insertBefore(found, next);
      bring(found, wanted);
    } else {
      have.insertBefore(wanted, next);
      if (wanted.nodeType === 1) for (const field of [wanted, ...wanted.querySelectorAll("select")]) if (field.nodeName === "SELECT") setValue(field, field);
    }
  }
  while (next) {
    const after = next.nextSibling;
    next.remove();
    next = after;
  }
}

/** Show `markup`, which comes from html`…`, in `element`. */
export function patch(element, markup) {
  const template = document.createElement("template");
  template.innerHTML = String(markup);
  bringChildren(element, template.content);
}
