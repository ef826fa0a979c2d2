// Whether what is shown is live, and how old it is. Small, and always there.

import { h, mark, say } from "../app/dom.js";

const SLOW_MS = 250;

class ConnectionBadge extends HTMLElement {
  connectedCallback() {
    if (this.words) return;
    this.words = h("span", { class: "badge-words" });
    this.append(h("span", { class: "badge-dot", "aria-hidden": "true" }), this.words);
    this.title = "Age of what you see, from the moment the camera took it";
  }

  /** `state`: live, connecting, lost, camera; `ageMs` from captured_at to the screen, or null when it is not known. */
  set(state, ageMs) {
    const slow = state === "live" && ageMs !== null && ageMs > SLOW_MS;
    mark(this, "state", slow ? "slow" : state);
    const words = {
      live: ageMs === null ? "live" : `live ${Math.round(ageMs)} ms`,
      connecting: "connecting",
      lost: "no connection",
      camera: "no picture",
      idle: "connected",
    };
    say(this.words, slow ? `slow ${Math.round(ageMs)} ms` : words[state]);
  }
}

customElements.define("connection-badge", ConnectionBadge);
