// Small helpers to build the page without a template language: nothing a person or the hub says is ever parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children. `on` maps event names to listeners; null and false leave an attribute or a child out. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Sets the text only when it changed, so that a screen reader and the layout are left alone. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows or hides. */
export function show(element, visible) {
  if (element.hidden === visible) element.hidden = !visible;
}

/** Sets a data attribute only when it changed. */
export function mark(element, name, value) {
  if (element.dataset[name] !== String(value)) element.dataset[name] = String(value);
}
