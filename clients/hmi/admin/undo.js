// Undo for ten seconds: what was done stands at the bottom with its way back. A newer change takes its place.
//
// What the hub could not bring back (a step with its recordings) is only done when the ten seconds are over, or with the next change,
// or when the page is left: until then taking it back costs nothing.

import { h, show } from "../app/dom.js";
import { icon } from "../app/icons.js";

export const UNDO_S = 10;

export class Undo {
  /** `place` is the bar; `failed(text)` says why something could not be undone. */
  constructor(place, failed) {
    Object.assign(this, { place, failed, back: null, held: null, timer: 0 });
    addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== "z" || !this.back) return;
      if (event.target.matches?.("input, textarea") || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      this.undo();
    });
    addEventListener("pagehide", () => this.settle());
  }

  /** Says what was done; `back()` puts it back and shows it. */
  offer(words, back) {
    this.settle();
    this.tell(words, back);
  }

  /** Says what is done as soon as nobody takes it back any more: `work()` then does it; `back()` shows it again. Neither may reject. */
  hold(words, work, back) {
    this.settle();
    this.held = work;
    this.tell(words, back);
  }

  /** Does now what was held back, and resolves when it is done: what is read or changed after it must not depend on it. */
  async settle() {
    const work = this.held;
    if (!work) return;
    this.close();
    await work();
  }

  tell(words, back) {
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
    if (this.left > 0) return;
    if (this.held) this.settle();
    else this.close();
  }

  async undo() {
    const back = this.back;
    this.close();
    try {
      await back();
    } catch (error) {
      this.failed(`It could not be undone. ${error.message}`);
    }
  }

  close() {
    clearInterval(this.timer);
    Object.assign(this, { back: null, held: null });
    // The button goes away: the focus is not lost with it.
    if (this.place.contains(document.activeElement)) document.getElementById("screen").focus();
    show(this.place, false);
  }
}
