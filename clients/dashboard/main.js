// The dashboard: starts from REST, goes on by websocket, and draws the floor as it is known.

import * as hmi from "/static/hmi/app/api.js";
import { h, mark, say, show } from "/static/hmi/app/dom.js";
import { sinceWords } from "/static/hmi/app/format.js";
import { icon } from "/static/hmi/app/icons.js";
import { recall, remember } from "/static/hmi/app/memory.js";
import { accessToken, signInWithCode, signOut, toSignIn } from "/static/hmi/app/sign_in.js";
import "/static/hmi/elements/connection-badge.js";
import { emptyScreen } from "/static/hmi/operator/start.js";
import "./chart/floor-gantt.js";
import * as views from "./chart/view.js";
import { clockWords, dayWords, eventWords, stateWords } from "./chart/words.js";
import { Zone } from "./chart/zone.js";
import * as api from "./floor/api.js";
import { Feed } from "./floor/feed.js";
import { Floor, TYPES } from "./floor/floor.js";
import { Stops } from "./floor/stops.js";
import { availability, fleetAvailability, pareto, stateOf } from "./floor/summary.js";
import { Actions } from "./forms/actions.js";
import { listen, showKeys } from "./keys.js";
import { Notice } from "./notice.js";
import { printable } from "./print.js";
import { Facts } from "./side/facts.js";
import { Devices, Pareto, Tiles } from "./side/figures.js";
import { Toolbar } from "./toolbar.js";

const FIRST_SPAN_MS = 14_400_000;
const FIGURES_EVERY_MS = 1000;
const FIGURES_SOON_MS = 120;
const FRAME_LEAST_MS = 40;
const FRAME_MOST_MS = 1000;

const part = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const floor = new Floor();
const stops = new Stops(floor);
const state = { view: null, overlays: {}, current: null, selected: null, highlight: null, only: null, role: "viewer", days: 90, clockMs: 0, zone: null };
for (const type of TYPES) state.overlays[type] = recall(`overlay.${type}`) !== "off";

const nowMs = () => Date.now() + state.clockMs;
const mayWrite = () => state.role !== "viewer";
// All machines, or those of the state that was pressed in the header.
const rows = () => (state.only ? floor.order.filter((row) => states.get(row)?.state === state.only) : floor.order);
const windowMs = () => [views.fromMs(state.view), state.view.toMs];

const gantt = part("gantt");
const notice = new Notice(part("notice"));
const feed = new Feed(accessToken, {
  floor,
  stops,
  nowMs,
  window: windowMs,
  scope: () => state.current?.id ?? null,
  days: () => state.days,
  setClock,
  changed: figuresSoon,
  trouble: (sentence) => notice.say(sentence),
});
const actions = new Actions({
  floor,
  stops,
  nowMs,
  zone: () => state.zone,
  mayWrite,
  changed: (record) => {
    stops.takeRecords([record]);
    feed.later("figures", 0, () => feed.readFigures());
    drawSoon();
  },
  notice: (text, undo) => notice.say(text, undo),
});

const go = {
  span: (ms) => look(state.view.follow ? views.following(ms, nowMs()) : views.zoomed(state.view, ms / state.view.spanMs, 0.5, nowMs())),
  zoom: (factor, share = 0.5) => look(views.zoomed(state.view, factor, share, nowMs())),
  pan: (share) => look(views.panned(state.view, share, nowMs())),
  jump: () => look(views.following(state.view.spanMs, nowMs())),
  overlay,
  record: () => actions.recordNew(state.current),
  print: () => print(),
  keys: showKeys,
  machine: (step) => choose(rows()[Math.max(0, Math.min(rows().length - 1, rows().indexOf(state.current) + step))]),
  bar,
  open: () => state.selected && facts.focus(),
  close: () => select(null),
};
const toolbar = new Toolbar(part("toolbar"), go);
const tiles = new Tiles(part("tiles"));
const reasons = new Pareto(part("pareto"), (label) => {
  state.highlight = label;
  drawSoon();
});
const devices = new Devices(part("devices"));
const facts = new Facts(part("facts"), {
  close: () => select(null),
  end: (record) => actions.end(record),
  reopen: (record) => actions.reopen(record),
  change: (record) => actions.change(record),
  give: (record, code) => actions.give(record, code),
  confirm: (event) => actions.recordNew(floor.rows.get(event.machine), {
      startMs: event.fromMs,
      endMs: event.toMs,
      reason: event.label,
      detectedId: stops.about(event).seen?.event_id,
    }),
});

function look(view) {
  state.view = view;
  remember("dashboard.span", String(Math.round(view.spanMs)));
  feed.want();
  figuresAtMs = -Infinity;
  drawSoon();
}

function overlay(type) {
  state.overlays[type] = !state.overlays[type];
  remember(`overlay.${type}`, state.overlays[type] ? "on" : "off");
  drawSoon();
}

// A machine is the scope of the figures; chosen again, or none, means all machines.
function choose(row) {
  state.current = row === state.current ? null : row;
  if (state.current) gantt.reveal(state.current);
  if (state.selected && state.selected.machine !== state.current?.identifier) state.selected = null;
  Object.assign(feed, { reliability: undefined });
  figuresAtMs = -Infinity;
  feed.readFigures();
  drawSoon();
}

function select(event) {
  const closed = state.selected !== null && event === null;
  state.selected = event;
  drawSoon();
  if (closed) gantt.canvas.focus();
}

function bar(step) {
  const event = gantt.step(step);
  if (!event) return;
  const row = floor.rows.get(event.machine);
  if (row !== state.current) choose(row);
  state.view = views.showing(state.view, event.fromMs, nowMs());
  feed.want();
  select(event);
  say(part("said"), `${row.name}: ${eventWords(event, state.zone, nowMs())}`);
}

let asked = 0;
let timer = 0;
function drawSoon() {
  if (!asked && state.view) asked = requestAnimationFrame(draw);
}

// What came in changes figures: soon, but not with each of a thousand events.
function figuresSoon() {
  figuresAtMs = Math.min(figuresAtMs, performance.now() - FIGURES_EVERY_MS + FIGURES_SOON_MS);
  drawSoon();
}

let figuresAtMs = -Infinity;
let shares = new Map();
let frames = 0;
function draw() {
  asked = 0;
  frames++;
  const now = nowMs();
  state.view = views.onward(state.view, now);
  const link = feed.link;
  drawLink(link);
  // While the line is cut nobody knows how it goes on.
  const knownMs = link.phase === "live" || link.sinceMs === null ? now : Math.min(now, link.sinceMs + state.clockMs);
  if (performance.now() - figuresAtMs > FIGURES_EVERY_MS) drawFigures(knownMs);
  const page = { zone: state.zone, nowMs: now, mayWrite: mayWrite(), live: link.phase === "live" };
  toolbar.draw({ ...page, view: state.view, overlays: state.overlays });
  // While everything is read anew, what somebody reads stays.
  if (state.selected && floor.events.get(state.selected.id) !== state.selected)
    state.selected = floor.events.get(state.selected.id) ?? (page.live ? null : state.selected);
  facts.draw(state.selected, { ...page, row: floor.rows.get(state.selected?.machine), stops });
  show(part("figures"), state.selected === null);
  gantt.draw({ ...state, rows: rows(), nowMs: now, knownMs, stops, states, shares, gaps: feed.loader.gaps(...windowMs()), title: title(), days: dayWords(state.view, state.zone), words });
  gantt.dataset.drawn = String(gantt.painter.drawn);
  clearTimeout(timer);
  const figuresDueMs = figuresAtMs + FIGURES_EVERY_MS + 1 - performance.now();
  timer = setTimeout(drawSoon, Math.max(FRAME_LEAST_MS, Math.min(pauseMs(), figuresDueMs)));
}

const words = (event) => eventWords(event, state.zone, nowMs());
const title = () => `Timeline of ${floor.order.length} machines`;

// A bar grows by about half a pixel between two pictures: more is not seen, and costs.
function pauseMs() {
  if (calm.matches) return FRAME_MOST_MS;
  const halfPixel = state.view.spanMs / Math.max(1, gantt.painter.width) / 2;
  return Math.max(FRAME_LEAST_MS, Math.min(FRAME_MOST_MS, halfPixel));
}

const UNKNOWN = { share: null, stoppedMs: 0, windowMs: 0, stops: 0 };
let states = new Map();
function drawFigures(knownMs) {
  figuresAtMs = performance.now();
  const [from, to] = windowMs();
  // A figure of which a part has not been read yet would be wrong: none is shown.
  const whole = feed.known;
  const each = new Map(floor.order.map((row) => [row, whole ? availability(row, stops, from, to, knownMs) : UNKNOWN]));
  shares = new Map([...each].map(([row, one]) => [row, one.share]));
  states = new Map(floor.order.map((row) => [row, spoken(stateOf(row, knownMs), knownMs)]));
  const scope = state.current ? [state.current] : floor.order;
  tiles.draw({
    scope: state.current ? state.current.name : "All machines",
    window: clockWords(state.view, state.zone),
    known: whole,
    availability: fleetAvailability(scope.map((row) => each.get(row))),
    reliability: state.current && !state.current.id ? null : feed.reliability,
    days: feed.reliabilityDays ?? state.days,
  });
  if (whole) reasons.draw(pareto(scope, stops, from, to, knownMs), state.highlight);
  if (feed.devices && drawnDevices !== feed.devices) devices.draw((drawnDevices = feed.devices));
  drawSummary();
}

let drawnDevices;

// What was planned is no alarm.
function spoken(one, at) {
  const calmly = one.state === "down" && ["planned", "maintenance", "changeover"].includes(stops.about(one.event).category);
  return { ...one, state: calmly ? "stopped" : one.state, words: stateWords(one, at) };
}

function drawSummary() {
  const names = { down: "down", stopped: "planned stop", running: "running", idle: "idle", off: "off shift" };
  const parts = Object.entries(names).map(([name, word]) => [[...states.values()].filter((one) => one.state === name).length, name, word]);
  const line = part("summary");
  const key = JSON.stringify([parts, state.only]);
  if (line.dataset.key === key) return;
  line.dataset.key = key;
  const focused = line.contains(document.activeElement) ? document.activeElement.dataset.state : null;
  line.replaceChildren(...parts.filter(([n, name]) => n > 0 || name === state.only).map((one) => summaryPart(...one)));
  line.querySelector(`[data-state="${focused}"]`)?.focus();
}

function summaryPart(n, name, word) {
  const press = () => {
    state.only = state.only === name ? null : name;
    figuresSoon();
  };
  const attributes = { type: "button", class: "summary-part", "data-state": name, "aria-pressed": String(state.only === name), on: { click: press } };
  return h("button", { ...attributes, title: "Show only these" }, h("strong", {}, n), ` ${word}`);
}

function drawLink({ phase, sinceMs, sentence }) {
  const cut = phase !== "live" && sinceMs !== null;
  part("badge").set(phase === "live" ? "live" : cut ? "lost" : "connecting", null);
  mark(document.body, "link", phase === "live" ? "live" : cut ? "lost" : "connecting");
  show(part("link"), cut);
  if (!cut) return;
  const ago = sinceWords(Date.now() - sinceMs);
  const known = `What you see was so at ${state.zone.time(sinceMs + state.clockMs, true)}.`;
  if (phase === "refused") say(part("link-words"), `Not connected. ${sentence} ${known}`);
  else if (phase === "catching up") say(part("link-words"), `Connected again. Reading what was missed. ${known}`);
  else say(part("link-words"), `No connection for ${ago}. ${known}`);
  // Screen readers hear that it broke, not every second of it.
  if (part("link-said").dataset.phase !== phase) say(part("link-said"), phase === "lost" ? "The connection is lost." : sentence);
  part("link-said").dataset.phase = phase;
}

function shell(screen, trouble = "") {
  mark(document.body, "screen", screen);
  show(part("page"), screen !== "floor");
  show(part("floor"), screen === "floor");
  show(part("toolbar"), screen === "floor");
  const again = h("button", { class: "primary large", type: "button", on: { click: boot } }, "Look again");
  if (screen === "loading") part("page").replaceChildren(emptyScreen({ heading: "The floor", sentence: "One moment …" }).element);
  if (screen === "trouble")
    part("page").replaceChildren(emptyScreen({ heading: "Takt does not answer", sentence: trouble, action: again }).element);
}

// Clocks run apart, and a site's zone may be set anew: this is called every minute.
function setClock({ time_zone }, clockMs) {
  if (state.zone?.name !== time_zone) state.zone = new Zone(time_zone);
  state.clockMs = clockMs;
  say(part("zone"), time_zone);
}

async function boot() {
  shell("loading");
  try {
    await signInWithCode();
    const who = await hmi.me();
    state.role = who.role;
    say(part("person"), who.full_name ?? "");
    setClock(...(await api.clock()));
    state.view = views.following(Number(recall("dashboard.span")) || FIRST_SPAN_MS, nowMs());
    await feed.start();
    shell("floor");
    drawSoon();
  } catch (error) {
    if (error.status === 401) return toSignIn();
    state.view = null;
    shell("trouble", error.message);
  }
}

gantt.addEventListener("redraw", drawSoon);
gantt.addEventListener("choose", (event) => choose(event.detail.row));
gantt.addEventListener("move", ({ detail }) => (detail.zoom ? go.zoom(detail.zoom, detail.share) : go.pan(detail.pan)));
gantt.addEventListener("open", ({ detail: { event } }) => {
  const row = floor.rows.get(event.machine);
  if (row !== state.current) choose(row);
  select(event);
});
part("tiles").addEventListener("change", (event) => {
  state.days = Number(event.target.value);
  feed.readFigures();
});
part("try-now").addEventListener("click", () => feed.live.socket.connectNow());
part("top-actions").append(h("button", { class: "quiet", type: "button", "aria-label": "Sign out", title: "Sign out", on: { click: signOut } }, icon("power")));
// What a test, or somebody with the console open, may look at.
globalThis.takt = { floor, stops, feed, state, frames: () => frames, nowMs };
listen(go, TYPES);
printable(gantt, drawSoon);
boot();
