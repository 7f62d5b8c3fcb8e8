// Makes elements. What the engine tells goes in as text alone, so that no name of a product becomes markup.

/** `element("p", {class: "quiet", text: "…"}, child…)`. Attributes that are null or undefined are left out. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    if (name === "text") made.textContent = value;
    else if (name === "on") for (const [type, listener] of Object.entries(value)) made.addEventListener(type, listener);
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

export const byId = (id) => document.getElementById(id);

/** Sets text where it has changed: what has not is neither drawn nor read out again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function showEmpty(node, text) {
  if (node.childElementCount === 1 && node.firstElementChild.classList.contains("empty")) setText(node.firstElementChild, text);
  else node.replaceChildren(element("p", { class: "empty", text }));
}

/** Makes the children of `node` those of `made`, in order, and moves none that is in its place: it keeps its focus. */
export function showInOrder(node, made) {
  const wanted = new Set(made);
  for (const child of [...node.children]) if (!wanted.has(child)) child.remove();
  made.forEach((child, i) => {
    if (node.children[i] !== child) node.insertBefore(child, node.children[i] ?? null);
  });
}

export function badge(status) {
  return element("span", { class: "badge", "data-status": status, text: status });
}

/** Buttons marked `data-close` and clicks beside the box close a dialog; focus goes back by itself. */
export function prepareDialog(dialog) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
  return dialog;
}

/** The colour that a custom property stands for in the present theme. */
export function colour(name) {
  const probe = element("span", { hidden: "" });
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
