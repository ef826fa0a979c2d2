// The dashboard: starts from REST, goes on by websocket, and draws the floor as it is known.

import * as hmi from "/static/hmi/app/api.js";
import { h, mark, say, show } from "/static/hmi/app/dom.js";
import { recall, remember } from "/static/hmi/app/memory.js";
import { drawScreens, leaveButton } from "/static/hmi/app/screens.js";
import { accessToken, signInWithCode, signOut, toSignIn } from "/static/hmi/app/sign_in.js";
import "/static/hmi/elements/connection-badge.js";
import { emptyScreen } from "/static/hmi/operator/start.js";
import "./chart/floor-gantt.js";
import * as views from "./chart/view.js";
import { dayWords, eventWords } from "./chart/words.js";
import { Zone } from "./chart/zone.js";
import * as api from "./floor/api.js";
import { Feed } from "./floor/feed.js";
import { Floor, TYPES } from "./floor/floor.js";
import { Stops } from "./floor/stops.js";
import { Actions } from "./forms/actions.js";
import { drawLink, Summary } from "./header.js";
import { listen, showAll } from "./keys.js";
import { Notice } from "./notice.js";
import { printable } from "./print.js";
import { Facts } from "./side/facts.js";
import { Devices, Pareto, Tiles } from "./side/figures.js";
import { Side } from "./side/side.js";
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
const state = {
  ...{ view: null, overlays: {}, zone: null, clockMs: 0, role: "viewer", days: 90 },
  // The machine that is the figures' scope, the bar whose facts are shown, a reason to point out, a state to show alone.
  ...{ current: null, selected: null, highlight: null, only: null },
};
for (const type of TYPES) state.overlays[type] = recall(`overlay.${type}`) !== "off";

const nowMs = () => Date.now() + state.clockMs;
const mayWrite = () => state.role !== "viewer";
// All machines, or those of the state that was pressed in the header.
const rows = () => (state.only ? floor.order.filter((row) => side.states.get(row)?.state === state.only) : floor.order);
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
  keys: showAll,
  machine: (step) => choose(rows()[Math.max(0, Math.min(rows().length - 1, rows().indexOf(state.current) + step))]),
  bar,
  open: () => state.selected && facts.focus(),
  close: () => select(null),
};
const toolbar = new Toolbar(part("toolbar"), go);
const side = new Side({
  ...{ floor, stops, feed, state },
  tiles: new Tiles(part("tiles")),
  reasons: new Pareto(part("pareto"), (label) => {
    state.highlight = state.highlight === label ? null : label;
    figuresNow();
  }),
  devices: new Devices(part("devices")),
  summary: new Summary(part("summary"), (only) => {
    state.only = state.only === only ? null : only;
    figuresNow();
  }),
});
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
  figuresNow();
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
  feed.readFigures();
  figuresNow();
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

function figuresNow() {
  figuresAtMs = -Infinity;
  drawSoon();
}

let figuresAtMs = -Infinity;
function draw() {
  asked = 0;
  const now = nowMs();
  state.view = views.onward(state.view, now);
  feed.want();
  const link = feed.link;
  drawLink(link, state.zone, state.clockMs);
  // While the line is cut nobody knows how it goes on.
  const knownMs = link.phase === "live" || link.sinceMs === null ? now : Math.min(now, link.sinceMs + state.clockMs);
  if (performance.now() - figuresAtMs > FIGURES_EVERY_MS) {
    figuresAtMs = performance.now();
    side.draw(windowMs(), knownMs);
  }
  const page = { zone: state.zone, nowMs: now, mayWrite: mayWrite(), live: link.phase === "live" };
  toolbar.draw({ ...page, view: state.view, overlays: state.overlays });
  // While everything is read anew, what somebody reads stays.
  if (state.selected && floor.events.get(state.selected.id) !== state.selected)
    state.selected = floor.events.get(state.selected.id) ?? (page.live ? null : state.selected);
  facts.draw(state.selected, { ...page, row: floor.rows.get(state.selected?.machine), stops });
  show(part("figures"), state.selected === null);
  gantt.draw({
    ...{ ...state, nowMs: now, knownMs, stops, words, states: side.states, shares: side.shares },
    rows: rows(),
    gaps: feed.loader.gaps(...windowMs()),
    title: `Timeline of ${floor.order.length} machines`,
    days: dayWords(state.view, state.zone),
    nothing: state.only ? "No machine is in this state now." : "No machine yet. Add one with POST /api/v1/machines.",
  });
  gantt.dataset.drawn = String(gantt.painter.drawn);
  clearTimeout(timer);
  const figuresDueMs = figuresAtMs + FIGURES_EVERY_MS + 1 - performance.now();
  timer = setTimeout(drawSoon, Math.max(FRAME_LEAST_MS, Math.min(pauseMs(), figuresDueMs)));
}

const words = (event) => eventWords(event, state.zone, nowMs());

// A bar grows by about half a pixel between two pictures: more is not seen, and costs.
function pauseMs() {
  if (calm.matches) return FRAME_MOST_MS;
  const halfPixel = state.view.spanMs / Math.max(1, gantt.painter.width) / 2;
  return Math.max(FRAME_LEAST_MS, Math.min(FRAME_MOST_MS, halfPixel));
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
    drawScreens(part("screens"), who.role);
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
part("top-actions").append(leaveButton(signOut));
// What a test, or somebody with the console open, may look at.
globalThis.takt = { floor, stops, feed, state, side, nowMs };
listen(go, TYPES);
printable(gantt, drawSoon);
boot();
