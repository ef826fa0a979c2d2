// What holds for the whole organisation: whether only what is released may be built.

import { h } from "../app/dom.js";
import * as catalogue from "./catalogue.js";
import { keepingFocus } from "./focus.js";
import { choice } from "./form.js";

const WHICH = [
  ["off", "Everything that is trained"],
  ["on", "Only what is released"],
];
const MEANS = {
  on: "Only a published version that somebody has released is built. Everything else is refused, with a sentence that says why.",
  off: "Every trained version may be built, published or not.",
};

export class SettingsView {
  /** `undo` and `attempt` as in operators.js. */
  constructor({ undo, attempt }) {
    Object.assign(this, { undo, attempt });
    this.panel = h("section", { class: "panel", "aria-label": "Release control" });
    this.element = h("div", { class: "keep alone" }, this.panel);
  }

  async open() {
    this.released = (await catalogue.releaseControl()) ? "on" : "off";
    keepingFocus(this.panel, () => this.draw());
  }

  draw() {
    this.panel.replaceChildren(
      h("header", { class: "panel-head" }, h("h1", {}, "Settings")),
      choice("release", "What may be built?", WHICH, this.released, (wish) => this.release(wish)),
      h("p", { class: "aside", role: "status" }, MEANS[this.released]),
      h("p", { class: "aside" }, "It counts from the next unit on; units that are being built go on."),
    );
  }

  release(wish) {
    const words = { on: "Only what is released is built from now on.", off: "Everything that is trained may be built." }[wish];
    return this.attempt(async () => {
      try {
        await catalogue.setReleaseControl(wish === "on");
        this.undo.offer(words, async () => {
          await catalogue.setReleaseControl(wish !== "on");
          await this.open();
        });
      } finally {
        await this.open();
      }
    });
  }
}
