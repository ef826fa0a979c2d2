// Draws the rows that are in sight, and of each only what lies in the window: the work grows with the pixels, not with the events.

import { AXIS_PX, drawAxis } from "./axis.js";
import { Lettering } from "./lettering.js";
import { fromMs } from "./view.js";

const PAD = 4;
// Bars at least this wide stand apart from their neighbours and may carry words.
const APART_PX = 4;
const WORDS_PX = 34;
const LEAST_PX = 2;
// Few, so that neighbours join to one shape.
const SHADES = 4;

/** Where the parts of a row lie, from its top: what is switched off gives its place to the others. */
export function layoutOf(rowPx, overlays) {
  const inner = rowPx - 2 * PAD;
  const small = Math.max(4, Math.round(inner * 0.15));
  const parts = {};
  let top = PAD;
  if (overlays.work_order_operation) top = part(parts, "work_order_operation", top, Math.max(3, small - 3)) + 2;
  const below = (overlays.step ? small + 1 : 0) + (overlays.part_count ? small + 1 : 0);
  parts.main = { top, height: rowPx - PAD - below - top };
  top = parts.main.top + parts.main.height + 1;
  if (overlays.step) top = part(parts, "step", top, small) + 1;
  if (overlays.part_count) part(parts, "part_count", top, small);
  return parts;
}

function part(parts, name, top, height) {
  parts[name] = { top, height };
  return top + height;
}

export class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    this.ctx = canvas.getContext("2d");
    this.family = getComputedStyle(canvas).fontFamily;
    this.lettering = new Lettering(this.ctx);
    /** How many shapes the last picture took. */
    this.drawn = 0;
  }

  size(width, height) {
    const ratio = globalThis.devicePixelRatio || 1;
    if (this.width === width && this.height === height && this.ratio === ratio) return;
    Object.assign(this, { width, height, ratio });
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
  }

  /**
   * `scene`: {view, nowMs, knownMs (what is shown is known up to then), rows, rowPx, scrollPx, overlays, stops, zone, colours, gaps,
   * selected, current, highlight}.
   */
  paint(scene) {
    // Only what is used: a scene holds more, and must not hide a method.
    const { view, nowMs, knownMs, rowPx, overlays, stops, zone, colours, gaps, selected, current, highlight } = scene;
    Object.assign(this, { view, nowMs, knownMs, rowPx, overlays, stops, zone, colours, gaps, selected, current, highlight, drawn: 0 });
    this.from = fromMs(view);
    const { ctx, ratio, width, height } = this;
    this.perMs = width / scene.view.spanMs;
    this.parts = layoutOf(scene.rowPx, scene.overlays);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    ctx.font = `600 12px ${this.family}`;
    ctx.textBaseline = "middle";
    ctx.save();
    ctx.beginPath();
    ctx.rect(0, AXIS_PX, width, height - AXIS_PX);
    ctx.clip();
    const first = Math.max(0, Math.floor(scene.scrollPx / scene.rowPx));
    const last = Math.min(scene.rows.length - 1, Math.floor((scene.scrollPx + height - AXIS_PX) / scene.rowPx));
    for (let at = first; at <= last; at++) this.row(scene.rows[at], AXIS_PX + at * scene.rowPx - scene.scrollPx);
    this.bottom = Math.min(height, AXIS_PX + scene.rows.length * scene.rowPx - scene.scrollPx);
    this.veils();
    ctx.restore();
    drawAxis(this);
  }

  x(ms) {
    return (ms - this.from) * this.perMs;
  }

  row(row, top) {
    const { ctx, colours, overlays, parts } = this;
    ctx.fillStyle = row === this.current ? colours.raised : colours.surface;
    ctx.fillRect(0, top, this.width, this.rowPx - 1);
    if (overlays.shift_period) this.shifts(row, top);
    this.grid(top);
    const bars = (type, where, colour) => overlays[type] && this.bars(row.lanes[type], top + where.top, where.height, colour);
    bars("cycle", parts.main, colours.cycle);
    bars("work_order_operation", parts.work_order_operation, colours.order);
    bars("step", parts.step, colours.step);
    bars("part_count", parts.part_count, colours.part);
    if (overlays.activity_reason) this.reasons(row, top);
    if (this.selected?.machine === row.identifier) this.outline(top);
  }

  grid(top) {
    const { ctx } = this;
    ctx.fillStyle = this.colours.well;
    for (const { ms } of this.ticks()) ctx.fillRect(Math.round(this.x(ms)), top, 1, this.rowPx - 1);
  }

  ticks() {
    const key = `${this.from} ${this.view.toMs} ${this.width} ${this.zone.name}`;
    if (this.ticksOf !== key) Object.assign(this, { ticksOf: key, marks: this.zone.ticks(this.from, this.view.toMs, this.width) });
    return this.marks;
  }

  /** [left, right] of an event in pixels, cut to the picture; in flight reaches to what is known. */
  span(event) {
    const end = event.toMs ?? Math.max(event.fromMs, this.knownMs);
    return [Math.max(-2, this.x(event.fromMs)), Math.min(this.width + 2, this.x(end))];
  }

  shifts(row, top) {
    this.ctx.fillStyle = this.colours.shift;
    row.lanes.shift_period.each(this.from, this.view.toMs, (event) => {
      const [left, right] = this.span(event);
      this.rect(left, top, right - left, this.rowPx - 1);
    });
  }

  // Bars narrower than a pixel are added up, pixel by pixel, and drawn as a shade: a busy hour is dark, an idle one is not.
  bars(lane, top, height, colour) {
    const { ctx } = this;
    if (!(this.covered?.length >= this.width + 4)) this.covered = new Float32Array(Math.ceil(this.width) + 4);
    const { covered } = this;
    let fine = false;
    ctx.fillStyle = colour;
    lane.each(this.from, this.view.toMs, (event) => {
      const [left, right] = this.span(event);
      const wide = right - left;
      if (wide >= APART_PX) return this.bar(event, left, wide, top, height, colour);
      fine = true;
      return cover(covered, left, Math.max(wide, event.toMs === event.fromMs ? 0.6 : 0.25));
    });
    if (fine) this.shades(covered, top, height);
  }

  bar(event, left, wide, top, height, colour) {
    this.rect(left, top, wide - 1, height);
    if (height < 13 || wide < WORDS_PX || !event.label) return;
    this.words(event.label, Math.max(left, 0) + 5, top + height / 2 + 0.5, wide + Math.min(left, 0) - 10, this.colours.ink);
    this.ctx.fillStyle = colour;
  }

  shades(covered, top, height) {
    const { ctx } = this;
    const end = Math.min(covered.length, Math.ceil(this.width) + 2);
    let begin = 0;
    let shade = 0;
    for (let at = 0; at <= end; at++) {
      const now = at === end ? 0 : Math.ceil(Math.min(1, covered[at]) * SHADES - 0.08);
      if (now === shade) continue;
      if (shade > 0) {
        ctx.globalAlpha = 0.3 + (0.7 * shade) / SHADES;
        this.rect(begin, top, at - begin, height);
      }
      begin = at;
      shade = now;
    }
    ctx.globalAlpha = 1;
    covered.fill(0, 0, end);
  }

  reasons(row, top) {
    const { ctx, parts, colours } = this;
    const y = top + parts.main.top;
    row.lanes.activity_reason.each(this.from, this.view.toMs, (event) => {
      const [left, right] = this.span(event);
      const { category } = this.stops.about(event);
      if (category === "confirmed") return;
      const fill = colours.fills[category] ?? colours.fills.other;
      const wide = Math.max(LEAST_PX, right - left);
      ctx.globalAlpha = this.highlight && this.highlight !== event.label ? 0.25 : 1;
      ctx.fillStyle = fill.paint;
      this.rect(left, y, wide, parts.main.height);
      if (wide > 6 && category !== "unplanned") {
        ctx.strokeStyle = fill.edge;
        ctx.strokeRect(left + 0.5, y + 0.5, wide - 1, parts.main.height - 1);
      }
      if (wide >= WORDS_PX && parts.main.height >= 13) this.plate(event.label, left, wide, y, fill);
      ctx.globalAlpha = 1;
    });
  }

  // Words on stripes need a ground of their own.
  plate(label, left, wide, y, fill) {
    const begin = Math.max(left, 0) + 5;
    const room = Math.min(left + wide, this.width) - begin - 5;
    const text = this.lettering.fitting(label, room);
    if (!text) return;
    if (typeof fill.paint !== "string") {
      this.ctx.fillStyle = this.colours.raised;
      this.ctx.fillRect(begin - 3, y + this.parts.main.height / 2 - 8, this.lettering.width(text) + 6, 16);
    }
    this.letters(text, begin, y + this.parts.main.height / 2 + 0.5, fill.ink);
  }

  outline(top) {
    const { ctx, selected, colours } = this;
    const where = this.parts[selected.type] ?? this.parts.main;
    const [left, right] = this.span(selected);
    ctx.lineWidth = 3;
    ctx.strokeStyle = colours.focus;
    ctx.strokeRect(left - 2, top + where.top - 2, Math.max(LEAST_PX, right - left) + 4, where.height + 4);
    ctx.lineWidth = 1;
  }

  // What has not been read, what nobody can know while the line is cut, and now.
  veils() {
    const { ctx, colours } = this;
    ctx.fillStyle = colours.hatch;
    for (const [from, to] of this.gaps) ctx.fillRect(this.x(from), AXIS_PX, this.x(to) - this.x(from), this.bottom - AXIS_PX);
    if (this.knownMs < this.nowMs) {
      const left = this.x(this.knownMs);
      ctx.fillRect(left, AXIS_PX, this.x(this.nowMs) - left, this.bottom - AXIS_PX);
    }
    ctx.fillStyle = colours.now;
    ctx.fillRect(Math.round(this.x(this.nowMs)) - 1, AXIS_PX, 2, this.bottom - AXIS_PX);
  }

  rect(x, y, width, height) {
    this.drawn++;
    this.ctx.fillRect(x, y, width, height);
  }

  words(text, x, y, room, colour) {
    const shown = this.lettering.fitting(text, room);
    if (shown) this.letters(shown, x, y, colour);
  }

  letters(text, x, y, colour) {
    this.drawn++;
    this.ctx.fillStyle = colour;
    this.ctx.fillText(text, x, y);
  }
}

function cover(covered, left, wide) {
  const begin = Math.max(0, left);
  const end = left + wide;
  for (let at = Math.floor(begin); at < end && at < covered.length; at++) covered[at] += Math.min(end, at + 1) - Math.max(begin, at);
}
