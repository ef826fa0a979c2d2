// The header: how many machines are in which state, and whether what is shown is live.

import { h, mark, say, show } from "/static/hmi/app/dom.js";
import { sinceWords } from "/static/hmi/app/format.js";

const WORDS = { down: "down", stopped: "planned stop", running: "running", idle: "idle", off: "off shift" };
const part = (id) => document.getElementById(id);

/** The states with their numbers; `only(state)` hears that one was pressed: it shows only its machines, or all again. */
export class Summary {
  constructor(element, only) {
    Object.assign(this, { element, only, key: "" });
  }

  draw(states, pressed) {
    const counts = Object.keys(WORDS).map((name) => [name, states.filter((one) => one.state === name).length]);
    const key = JSON.stringify([counts, pressed]);
    if (key === this.key) return;
    this.key = key;
    const focused = this.element.contains(document.activeElement) ? document.activeElement.dataset.state : null;
    const shown = counts.filter(([name, n]) => n > 0 || name === pressed);
    this.element.replaceChildren(...shown.map(([name, n]) => this.button(name, n, name === pressed)));
    if (focused) this.element.querySelector(`[data-state="${focused}"]`)?.focus();
  }

  button(name, n, on) {
    const press = () => this.only(name);
    const attributes = { type: "button", class: "summary-part", "data-state": name, "aria-pressed": String(on), on: { click: press } };
    return h("button", { ...attributes, title: "Show only these" }, h("strong", {}, n), ` ${WORDS[name]}`);
  }
}

/** Says what the line is: `link` as the feed's, `clockMs` the hub's clock minus the browser's. */
export function drawLink({ phase, sinceMs, sentence }, zone, clockMs) {
  const cut = phase !== "live" && sinceMs !== null;
  const state = phase === "live" ? "live" : cut ? "lost" : "connecting";
  part("badge").set(state, null);
  mark(document.body, "link", state);
  show(part("link"), cut);
  // Screen readers hear that it broke and that it is back, not every second of it.
  if (part("link-said").dataset.state !== state) say(part("link-said"), cut ? `The connection is lost. ${sentence}` : "");
  part("link-said").dataset.state = state;
  if (!cut) return;
  const known = `What you see was so at ${zone.time(sinceMs + clockMs, true)}.`;
  if (phase === "refused") say(part("link-words"), `Not connected. ${sentence} ${known}`);
  else if (phase === "catching up") say(part("link-words"), `Connected again. Reading what was missed. ${known}`);
  else say(part("link-words"), `No connection for ${sinceWords(Date.now() - sinceMs)}. ${known}`);
}
