// The chart of the floor: one row a machine, its name and state at the left, its bars on one canvas, its availability at the right.

import { h, mark, say } from "/static/hmi/app/dom.js";
import { icon, reshape } from "/static/hmi/app/icons.js";
import { AXIS_PX } from "./axis.js";
import { readColours } from "./colours.js";
import { listen } from "./gestures.js";
import { beside, hit } from "./hits.js";
import { Painter } from "./painter.js";
import { percent } from "./words.js";

const LEAST_ROW_PX = 32;
const MOST_ROW_PX = 64;
const TWO_LINES_PX = 46;
const SHAPES = { down: "wrong", stopped: "paused", running: "play", idle: "waiting", off: "power", unknown: "unsure" };

const HELP =
  "Arrow keys move through time and machines, plus and minus zoom, comma and full stop go from bar to bar, Enter opens a bar.";
const NOTHING = { state: "unknown", words: ["", ""] };

class FloorGantt extends HTMLElement {
  connectedCallback() {
    if (this.canvas) return;
    this.canvas = h("canvas", { class: "chart", tabindex: "0", role: "application", "aria-describedby": "chart-help" });
    this.list = h("ul", { class: "rows", "aria-label": "Machines" });
    this.scroller = h("div", { class: "rows-scroll" }, this.list);
    this.empty = h("p", { class: "no-machines", role: "status" });
    this.tip = h("p", { class: "tip", hidden: true });
    this.append(
      (this.day = h("p", { class: "column-name" })),
      h("p", { class: "column-share", "aria-hidden": "true" }, "Available"),
      this.canvas,
      this.scroller,
      this.empty,
      this.tip,
      h("p", { id: "chart-help", class: "for-ears" }, HELP),
    );
    this.painter = new Painter(this.canvas);
    this.heads = new Map();
    this.colours = readColours(this);
    listen(this.canvas, (move) => this.moved(move));
    this.list.addEventListener("keydown", (event) => this.walk(event));
    this.scroller.addEventListener("scroll", () => this.tell("redraw"), { passive: true });
    new ResizeObserver(() => this.tell("redraw")).observe(this);
    for (const media of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"])
      matchMedia(media).addEventListener("change", () => this.recolour());
  }

  // The machines are one stop of the Tab key; arrows go from one to the next.
  walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const buttons = [...this.list.querySelectorAll("button")];
    const next = buttons[buttons.indexOf(event.target) + step];
    if (!step || !next) return;
    event.preventDefault();
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  }

  recolour() {
    this.colours = readColours(this);
    this.tell("redraw");
  }

  tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  moved(move) {
    if (move.scroll !== undefined) this.scroller.scrollTop += move.scroll;
    else if (move.tap) this.tapped(move.tap);
    else if (move.point !== undefined) this.pointed(move.point);
    else this.tell("move", move);
  }

  rowAt(y) {
    const at = Math.floor((y - AXIS_PX + this.scroller.scrollTop) / this.rowPx);
    return y < AXIS_PX ? null : (this.scene?.rows[at] ?? null);
  }

  hitAt({ x, y }) {
    const row = this.rowAt(y);
    if (!row) return null;
    const inside = (y - AXIS_PX + this.scroller.scrollTop) % this.rowPx;
    return hit(row, x, inside, { ...this.scene, width: this.painter.width, rowPx: this.rowPx });
  }

  tapped(point) {
    const event = this.hitAt(point);
    if (event) this.tell("open", { event });
    else this.tell("choose", { row: this.rowAt(point.y) });
  }

  pointed(point) {
    const event = point && this.scene ? this.hitAt(point) : null;
    this.tip.hidden = !event;
    this.canvas.classList.toggle("over", Boolean(event));
    if (!event) return;
    say(this.tip, this.scene.words(event));
    const left = Math.min(point.x + this.canvas.offsetLeft + 14, this.clientWidth - this.tip.offsetWidth - 8);
    const below = point.y + 24 + this.tip.offsetHeight < this.clientHeight;
    this.tip.style.translate = `${Math.max(4, left)}px ${below ? point.y + 22 : point.y - this.tip.offsetHeight - 10}px`;
  }

  /** The bar beside the selected one, or the last one of the current machine that is in sight. */
  step(by) {
    const { rows, current, selected, overlays, nowMs, view } = this.scene;
    const row = current ?? rows[0];
    if (!row) return null;
    if (selected && selected.machine === row.identifier) return beside(row, selected, by, overlays);
    return beside(row, { type: "", fromMs: Math.min(nowMs, view.toMs) }, -1, overlays);
  }

  /** Scrolls a machine into sight. */
  reveal(row) {
    const at = this.scene.rows.indexOf(row);
    const top = at * this.rowPx;
    const room = this.scroller.clientHeight;
    if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
    else if (top + this.rowPx > this.scroller.scrollTop + room) this.scroller.scrollTop = top + this.rowPx - room;
  }

  /**
   * `scene` as the painter's, with `states` (row -> {state, words: [short, more]}), `shares` (row -> 0..1 or null), `words(event)`, and
   * `title`, `days` and `nothing` (why there is no row) in words.
   */
  draw(scene) {
    this.scene = scene;
    const room = this.clientHeight - AXIS_PX;
    const fitting = Math.floor(room / Math.max(1, scene.rows.length));
    this.rowPx = Math.min(MOST_ROW_PX, Math.max(LEAST_ROW_PX, fitting));
    this.style.setProperty("--row", `${this.rowPx}px`);
    mark(this, "density", this.rowPx >= TWO_LINES_PX ? "two-lines" : "one-line");
    this.drawHeads(scene);
    const lane = this.list.firstElementChild?.children[1];
    const left = lane ? lane.offsetLeft : 0;
    const width = lane ? lane.clientWidth : this.clientWidth;
    this.canvas.style.setProperty("--left", `${left}px`);
    this.canvas.style.setProperty("--width", `${width}px`);
    this.canvas.style.setProperty("--height", `${this.clientHeight}px`);
    this.painter.size(width, this.clientHeight);
    this.canvas.setAttribute("aria-label", scene.title);
    say(this.day, scene.days);
    this.painter.paint({ ...scene, rowPx: this.rowPx, scrollPx: this.scroller.scrollTop, colours: this.colours });
  }

  drawHeads(scene) {
    const { rows, states, shares, current } = scene;
    for (const [row, head] of this.heads)
      if (!rows.includes(row)) {
        head.item.remove();
        this.heads.delete(row);
      }
    say(this.empty, rows.length ? "" : scene.nothing);
    rows.forEach((row, at) => {
      const head = this.heads.get(row) ?? this.newHead(row);
      if (this.list.children[at] !== head.item) this.list.insertBefore(head.item, this.list.children[at] ?? null);
      const { state, words } = states.get(row) ?? NOTHING;
      say(head.line, row.line);
      mark(head.item, "state", state);
      say(head.name, row.name);
      say(head.words, words[0]);
      say(head.more, words[1]);
      reshape(head.shape, SHAPES[state]);
      say(head.share, percent(shares.get(row)));
      const pressed = String(row === current);
      if (head.button.getAttribute("aria-pressed") !== pressed) head.button.setAttribute("aria-pressed", pressed);
    });
    if (rows.length && !this.list.querySelector('[tabindex="0"]')) this.heads.get(current ?? rows[0])?.button.setAttribute("tabindex", "0");
  }

  newHead(row) {
    const span = (name) => h("span", { class: name });
    const head = { name: span("row-name"), line: span("row-line"), words: span("row-words"), more: span("row-more") };
    head.shape = icon("waiting");
    head.share = h("span", { class: "row-share" });
    const press = () => this.tell("choose", { row });
    const button = { type: "button", class: "row-head", tabindex: "-1", "aria-pressed": "false", on: { click: press } };
    head.button = h("button", button, head.shape, head.name, head.line, h("span", { class: "row-state" }, head.words, head.more));
    head.item = h("li", { class: "row" }, head.button, h("span", { class: "row-lane" }), head.share);
    this.heads.set(row, head);
    return head;
  }
}

customElements.define("floor-gantt", FloorGantt);
