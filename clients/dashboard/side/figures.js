// The figures beside the chart: availability, MTTR and MTBF with their method, the Pareto of reasons, the uptime of devices.

import { h, mark, say } from "/static/hmi/app/dom.js";
import { count } from "/static/hmi/app/format.js";
import { percent } from "../chart/words.js";
import { CATEGORY_WORDS } from "../floor/stops.js";
import { lengthWords } from "../floor/summary.js";

const BARS = 5;
const AVAILABILITY_METHOD =
  "Availability = (window − union of downtime records) ÷ window, up to now; records that overlap count once. " +
  "Of several machines: sum over sum. A stop that only a camera saw counts once a person has confirmed it.";

const LEGEND = {
  unplanned: "unplanned",
  maintenance: "maintenance",
  changeover: "changeover",
  planned: "planned",
  seen: "seen, not confirmed",
  other: "no category",
};

const hours = (value) => {
  if (value >= 48) return `${Math.round(value)} h`;
  return value >= 1 ? `${value.toFixed(1)} h` : `${Math.round(value * 60)} min`;
};

/** Availability, MTTR, MTBF and stops as tiles. */
export class Tiles {
  constructor(element) {
    const tile = (name) => {
      const parts = { name: h("h3", {}, name), value: h("p", { class: "tile-value" }, "–"), note: h("p", { class: "tile-note" }) };
      parts.element = h("div", { class: "tile" }, parts.name, parts.value, parts.note);
      return parts;
    };
    this.tiles = { availability: tile("Availability"), stops: tile("Stops"), mttr: tile("MTTR, 90 days"), mtbf: tile("MTBF, 90 days") };
    this.methods = h("div", {});
    this.heading = h("h2", {});
    this.days = h(
      "select",
      { "aria-label": "Days of MTTR and MTBF" },
      [7, 30, 90, 365].map((days) => h("option", { value: days, selected: days === 90 }, `${days} days`)),
    );
    element.append(
      h("div", { class: "panel-head" }, this.heading, this.days),
      h("div", { class: "tiles" }, Object.values(this.tiles).map((one) => one.element)),
      h("details", { class: "method" }, h("summary", {}, "How they are reckoned"), this.methods),
    );
  }

  draw({ scope, window, known, availability, reliability, days }) {
    const { tiles } = this;
    const put = (tile, value, note) => {
      say(tile.value, value);
      say(tile.note, note);
    };
    say(this.heading, scope);
    put(tiles.availability, percent(availability.share), window);
    if (!known) put(tiles.stops, "–", "reading …");
    else put(tiles.stops, String(availability.stops), availability.stops ? `${lengthWords(availability.stoppedMs)} in all` : "none in it");
    if (reliability === null) for (const name of ["mttr", "mtbf"]) put(tiles[name], "–", "could not be read");
    else if (reliability) this.reliability(reliability, days);
    const methods = [AVAILABILITY_METHOD, reliability?.method ? `MTTR and MTBF: ${reliability.method}` : ""].filter(Boolean);
    if (this.shown !== methods.join()) this.methods.replaceChildren(...methods.map((text) => h("p", {}, text)));
    this.shown = methods.join();
  }

  reliability({ mttr_hours, mtbf_hours, total_failures, total_repairs, uptime_hours }, days) {
    const { mttr, mtbf } = this.tiles;
    say(mttr.name, `MTTR, ${days} days`);
    say(mtbf.name, `MTBF, ${days} days`);
    say(mttr.value, mttr_hours === null ? "–" : hours(mttr_hours));
    say(mttr.note, total_repairs ? `of ${count(total_repairs, "repair")}` : "no repair");
    say(mtbf.value, mtbf_hours === null ? `> ${hours(uptime_hours ?? 0)}` : hours(mtbf_hours));
    say(mtbf.note, total_failures ? count(total_failures, "failure") : "no failure yet");
  }
}

/** Reasons by their time in the window. `chosen(label)` hears that one was pressed: it is pointed out, or no more. */
export class Pareto {
  constructor(element, chosen) {
    Object.assign(this, { chosen, list: h("ol", { class: "pareto" }), rest: h("p", { class: "aside" }), key: "" });
    this.legend = h("ul", { class: "legend", "aria-label": "Colours of stops" });
    element.append(h("h2", {}, "Reasons by time lost"), this.list, this.rest, this.legend);
  }

  draw(bars, highlight) {
    const shown = bars.slice(0, BARS);
    const told = ({ label, category, count: n, ms, cumulative }) => [label, category, n, lengthWords(ms), percent(cumulative)];
    const key = JSON.stringify([shown.map(told), highlight]);
    if (key !== this.key) this.build(shown, highlight);
    this.key = key;
    this.explain(new Set(bars.map((bar) => bar.category)));
    const rest = bars.length - shown.length;
    const restMs = bars.slice(BARS).reduce((sum, bar) => sum + bar.ms, 0);
    const words = rest > 0 ? `${count(rest, "more reason")} with ${lengthWords(restMs)}.` : "";
    say(this.rest, bars.length ? words : "No stop in this window.");
  }

  // Only the colours that are there.
  explain(categories) {
    const known = Object.keys(LEGEND).filter((category) => categories.has(category));
    if (this.explained === known.join()) return;
    this.explained = known.join();
    const swatch = (category) => h("span", { class: "pareto-fill", "data-category": category, "aria-hidden": "true" });
    this.legend.replaceChildren(...known.map((category) => h("li", {}, swatch(category), LEGEND[category])));
  }

  build(bars, highlight) {
    const focused = [...this.list.children].findIndex((item) => item.contains(document.activeElement));
    const most = bars[0]?.ms ?? 1;
    this.list.replaceChildren(
      ...bars.map((bar) => {
        const on = highlight === bar.label;
        const fill = h("span", { class: "pareto-fill", "data-category": bar.category });
        fill.style.setProperty("--share", `${(100 * bar.ms) / most}%`);
        const title = `${CATEGORY_WORDS[bar.category]}. Point them out in the chart.`;
        const attributes = { type: "button", class: "pareto-bar", "aria-pressed": String(on), title };
        return h(
          "li",
          {},
          h(
            "button",
            { ...attributes, on: { click: () => this.chosen(bar.label) } },
            h("span", { class: "pareto-label" }, bar.label),
            h("span", { class: "pareto-time" }, `${lengthWords(bar.ms)} · ${count(bar.count, "stop")}`),
            h("span", { class: "pareto-track" }, fill),
            h("span", { class: "pareto-sum" }, `Σ ${Math.round(bar.cumulative * 100)} %`),
          ),
        );
      }),
    );
    if (focused >= 0) this.list.children[Math.min(focused, bars.length - 1)]?.querySelector("button").focus();
  }
}

/** Uptime of the apps on devices, from their heartbeats. */
export class Devices {
  constructor(element) {
    this.body = h("tbody", {});
    this.words = h("p", { class: "aside" });
    this.heading = h("h2", {}, "Uptime of devices");
    const head = ["Device", "App", "Now", "Today"].map((name) => h("th", { scope: "col" }, name));
    this.table = h("table", { class: "devices" }, h("thead", {}, h("tr", {}, head)), this.body);
    element.append(this.heading, this.table, this.words);
  }

  /** `list` [{device, app, status, pct}]; `more` that are not shown; `trouble` says why they may be old. */
  draw({ list, more, trouble }) {
    this.table.hidden = list.length === 0;
    const words = more > 0 ? `${count(more, "more app")} of devices.` : "";
    say(this.words, trouble || (list.length ? words : "No device sends heartbeats yet."));
    this.body.replaceChildren(
      ...list.map((one) => {
        const state = h("td", {}, h("span", { class: "device-state" }, one.status));
        mark(state.firstChild, "status", one.status);
        const today = h("td", { class: "number" }, one.pct === null ? "–" : `${one.pct} %`);
        return h("tr", {}, h("th", { scope: "row" }, one.device), h("td", {}, one.app), state, today);
      }),
    );
  }
}
