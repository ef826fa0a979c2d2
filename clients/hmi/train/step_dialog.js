// Asks for a step's name and the time it should take.

import { h } from "../app/dom.js";

/** Resolves to {name, benchmark} or null. */
export function askStep({ title, name, benchmark }) {
  return new Promise((resolve) => {
    const words = h("input", { type: "text", id: "step-name", maxlength: 120, required: true, autocomplete: "off", value: name });
    const seconds = h("input", {
      type: "number",
      id: "step-seconds",
      min: 0,
      max: 3600,
      step: 1,
      inputmode: "numeric",
      value: benchmark || null,
    });
    const dialog = h("dialog", { class: "dialog", "aria-labelledby": "step-title" });
    const form = h(
      "form",
      { method: "dialog" },
      h("h2", { id: "step-title" }, title),
      h("label", { for: "step-name" }, "What is done in it?"),
      words,
      h("label", { for: "step-seconds" }, "Seconds it should take (may stay empty)"),
      seconds,
      h(
        "div",
        { class: "dialog-actions" },
        h("button", { type: "button", on: { click: () => dialog.close("") } }, "Cancel"),
        h("button", { class: "primary", type: "submit", value: "yes" }, "Keep"),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      const said = words.value.trim();
      resolve(dialog.returnValue === "yes" && said ? { name: said, benchmark: Number(seconds.value) || 0 } : null);
    });
    dialog.append(form);
    document.body.append(dialog);
    dialog.showModal();
    words.focus();
  });
}
