// One sentence about what has just happened, with the way back where there is one. It waits for those who read slowly.

import { h, show } from "/static/hmi/app/dom.js";

const PLAIN_MS = 8000;
const UNDO_MS = 20_000;

export class Notice {
  constructor(element) {
    this.element = element;
  }

  /** `undo` {label, run} adds a button; the sentence stays while it has the focus. */
  say(text, undo = null) {
    const button = undo && h("button", { type: "button", on: { click: () => this.hide() || undo.run() } }, undo.label);
    this.element.replaceChildren(h("span", {}, text), ...(button ? [button] : []));
    show(this.element, true);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fade(), undo ? UNDO_MS : PLAIN_MS);
  }

  fade() {
    if (this.element.contains(document.activeElement)) this.timer = setTimeout(() => this.fade(), 2000);
    else this.hide();
  }

  hide() {
    clearTimeout(this.timer);
    show(this.element, false);
  }
}
