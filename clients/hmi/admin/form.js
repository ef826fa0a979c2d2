// A dialog with fields. It stays open until what was said was taken, and shows the hub's sentence where it was not.

import { h, say } from "../app/dom.js";

/**
 * `fields` [{name, label, type, value, required, hint, half, ...attributes}]; with `options` it is radio buttons (`meaning(value)` says
 * what the chosen one is), with `ticks` [[name, words]] boxes to tick (`chosen` names), with `lines` several lines, with `note` only a
 * sentence. `save(values)` rejects with a sentence. Resolves to the values that were saved, or null.
 */
export function askForm({ title, text = "", fields, confirm = "Save", save }) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "dialog", "aria-labelledby": "form-title" });
    const trouble = h("p", { class: "trouble", role: "alert" });
    const yes = h("button", { class: "primary", type: "submit" }, confirm);
    let saved = null;
    const submit = async (event) => {
      event.preventDefault();
      yes.disabled = true;
      say(trouble, "");
      const values = Object.fromEntries(new FormData(form));
      try {
        await save(values);
        saved = values;
        dialog.close();
      } catch (error) {
        say(trouble, error.message);
        yes.disabled = false;
      }
    };
    const form = h(
      "form",
      { class: "form", on: { submit } },
      h("h2", { id: "form-title" }, title),
      text && h("p", {}, text),
      fields.map(field),
      trouble,
      h("div", { class: "dialog-actions" }, h("button", { type: "button", on: { click: () => dialog.close() } }, "Cancel"), yes),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(saved);
    });
    dialog.append(form);
    document.body.append(dialog);
    dialog.showModal();
    // What stands there is replaced by what is typed.
    const first = form.querySelector("input:not([type=radio])") ?? form.querySelector("input:checked");
    first.focus();
    if (first.type !== "radio") first.select?.();
  });
}

function field({ name, label, options, meaning, ticks, note, hint, half = false, ...attributes }) {
  if (note) return h("p", { class: "aside" }, note);
  if (options) return explained(name, label, options, attributes.value, meaning);
  if (ticks) return boxes(label, ticks, attributes.chosen);
  const id = `field-${name}`;
  const input = attributes.lines
    ? linesField({ id, name, ...attributes })
    : h("input", { type: "text", autocomplete: "off", id, name, dir: "auto", "aria-describedby": hint && `${id}-hint`, ...attributes });
  const below = hint && h("p", { class: "aside", id: `${id}-hint` }, hint);
  return h("div", { class: half ? "field half" : "field" }, h("label", { for: id }, label), input, below);
}

function linesField({ lines, value, ...attributes }) {
  const area = h("textarea", { rows: lines, autocomplete: "off", dir: "auto", ...attributes });
  area.value = value;
  return area;
}

function explained(name, label, options, value, meaning) {
  if (!meaning) return choice(name, label, options, value);
  const words = h("p", { class: "aside meaning", role: "status" }, meaning(value));
  return h("div", { class: "field" }, choice(name, label, options, value, (now) => say(words, meaning(now))), words);
}

function boxes(label, ticks, chosen) {
  const one = ([name, words]) =>
    h("label", { class: "reason" }, h("input", { type: "checkbox", name, checked: chosen.includes(name) }), h("span", {}, words));
  return h("fieldset", { class: "reasons" }, h("legend", {}, label), ticks.map(one));
}

/** Radio buttons beside each other: `options` [[value, words]]. */
export function choice(name, label, options, value, change = null) {
  const radios = options.map(([given, words]) =>
    h(
      "label",
      { class: "segment" },
      h("input", { type: "radio", name, value: given, checked: given === value, on: change && { change: () => change(given) } }),
      h("span", {}, words),
    ),
  );
  return h("fieldset", { class: "segments" }, h("legend", {}, label), h("div", { class: "segment-row" }, radios));
}
