// A question before something is changed. The browser's own modal dialog: it keeps the focus inside, Esc closes it, and the focus
// goes back to where it was.

import { h } from "../app/dom.js";

/**
 * Asks and resolves to null (not wanted) or {reason}. `reasons` [{code, text}] makes one of them needed; the last one may ask for words
 * of one's own (`free: true`).
 */
export function ask({ title, text, confirm, dismiss = "Keep going", reasons = [], tone = "plain" }) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "dialog", "aria-labelledby": "dialog-title", "data-tone": tone });
    const words = h("input", {
      type: "text",
      id: "dialog-words",
      maxlength: 200,
      autocomplete: "off",
      "aria-label": "The reason in your words",
      hidden: true,
    });
    const yes = h("button", { class: "primary", type: "submit", value: "yes", disabled: reasons.length > 0 }, confirm);
    const no = h("button", { type: "button", on: { click: () => dialog.close("") } }, dismiss);
    const form = h(
      "form",
      { method: "dialog" },
      h("h2", { id: "dialog-title" }, title),
      h("p", {}, text),
      reasons.length
        ? h(
            "fieldset",
            { class: "reasons" },
            h("legend", {}, "Reason"),
            reasons.map((reason) => choice(reason)),
            words,
          )
        : null,
      h("div", { class: "dialog-actions" }, no, yes),
    );
    const chosen = () => reasons.find((reason) => reason.code === form.elements.reason?.value);
    form.addEventListener("input", () => {
      words.hidden = !chosen()?.free;
      yes.disabled = reasons.length > 0 && (!chosen() || (chosen().free && !words.value.trim()));
    });
    form.addEventListener("change", () => chosen()?.free && words.focus());
    dialog.addEventListener("close", () => {
      const reason = chosen()?.free ? words.value.trim() : (chosen()?.text ?? "");
      dialog.remove();
      resolve(dialog.returnValue === "yes" ? { reason } : null);
    });
    dialog.append(form);
    document.body.append(dialog);
    dialog.showModal();
    // What cannot be undone is not one Enter away.
    (form.elements.reason?.[0] ?? (tone === "danger" ? no : yes)).focus();
  });
}

function choice({ code, text }) {
  return h("label", { class: "reason" }, h("input", { type: "radio", name: "reason", value: code }), h("span", {}, text));
}

/** Shows content until it is closed. */
export function tell({ title, content, close = "Close" }) {
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": "dialog-title" });
  dialog.append(
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: "dialog-title" }, title),
      content,
      h("div", { class: "dialog-actions" }, h("button", { class: "primary", type: "submit" }, close)),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("button").focus();
}

/** Whether a question is open: then the keys belong to it. */
export function asking() {
  return document.querySelector("dialog[open]") !== null;
}
