// A bar with its name and its number: evidence, confidence, time against benchmark, accuracy.

import { h, mark, say } from "../app/dom.js";

class EvidenceBar extends HTMLElement {
  connectedCallback() {
    if (this.fill) return;
    this.fill = h("span", { class: "bar-fill" });
    this.tick = h("span", { class: "bar-tick", hidden: true });
    this.track = h(
      "span",
      { class: "bar-track", role: "meter", "aria-valuemin": 0, "aria-valuemax": 100, "aria-label": this.getAttribute("name") },
      this.fill,
      this.tick,
    );
    this.number = h("span", { class: "bar-number" });
    this.append(h("span", { class: "bar-name", "aria-hidden": "true" }, this.getAttribute("name")), this.track, this.number);
    this.set(0, "");
  }

  /** `share` 0..1 of the bar; `words` beside it; `tone` grey, ok, warn; `tick` 0..1 marks a limit. */
  set(share, words, { tone = "grey", tick = null } = {}) {
    // It may be told its value before it stands in the page.
    this.connectedCallback();
    const whole = Math.round(Math.min(1, Math.max(0, share || 0)) * 100);
    this.fill.style.setProperty("--share", `${whole}%`);
    if (this.track.getAttribute("aria-valuenow") !== String(whole)) this.track.setAttribute("aria-valuenow", whole);
    this.track.setAttribute("aria-valuetext", words);
    mark(this, "tone", tone);
    say(this.number, words);
    this.tick.hidden = tick === null;
    if (tick !== null) this.tick.style.setProperty("--at", `${Math.round(tick * 100)}%`);
  }
}

customElements.define("evidence-bar", EvidenceBar);
