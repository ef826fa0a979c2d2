// Undo for ten seconds: what was done stands at the bottom with its way back. A newer change takes its place.

import { h, show } from "../app/dom.js";
import { icon } from "../app/icons.js";

export const UNDO_S = 10;

export class Undo {
  /** `place` is the bar; `failed(text)` says why something could not be undone. */
  constructor(place, failed) {
    Object.assign(this, { place, failed, back: null, timer: 0 });
    addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== "z" || !this.back) return;
      if (event.target.matches?.("input, textarea") || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      this.undo();
    });
  }

  /** Says what was done; `back()` puts it back and shows it. */
  offer(words, back) {
    this.back = back;
    this.left = UNDO_S;
    this.seconds = h("span", { class: "undo-left", "aria-hidden": "true" }, `${this.left} s`);
    const on = { click: () => this.undo() };
    const button = h("button", { type: "button", class: "undo-button", on }, icon("undo"), "Undo", this.seconds);
    this.place.replaceChildren(h("p", {}, words), button);
    show(this.place, true);
    clearInterval(this.timer);
    this.timer = setInterval(() => this.tick(), 1000);
  }

  tick() {
    this.left -= 1;
    this.seconds.textContent = `${this.left} s`;
    if (this.left <= 0) this.close();
  }

  async undo() {
    const back = this.back;
    // The button goes away: the focus is not lost with it.
    if (this.place.contains(document.activeElement)) document.getElementById("screen").focus();
    this.close();
    try {
      await back();
    } catch (error) {
      this.failed(`It could not be undone. ${error.message}`);
    }
  }

  close() {
    clearInterval(this.timer);
    this.back = null;
    show(this.place, false);
  }
}
