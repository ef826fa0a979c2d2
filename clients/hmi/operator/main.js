// The operator's screen: reads where the station is, listens from there, and draws.

import * as api from "../app/api.js";
import { mark, say, show } from "../app/dom.js";
import { recall, remember } from "../app/memory.js";
import { accessToken, signInWithCode, toSignIn } from "../app/sign_in.js";
import { play } from "../app/sound.js";
import "../elements/connection-badge.js";
import "../elements/evidence-bar.js";
import "../elements/live-picture.js";
import "../elements/state-caption.js";
import "../elements/step-card.js";
import "../elements/unit-strip.js";
import { Account } from "./account.js";
import { Actions } from "./actions.js";
import { readCatalogue } from "./catalogue.js";
import { CoachingScreen, drawTop } from "./coaching.js";
import { StationFeed } from "./feed.js";
import { keyOf, pageName, pageOf } from "./pages.js";
import { initial, lookNow, mustSignIn, reduce } from "./state.js";
import { stepNumber } from "./unit.js";

const DRAW_EVERY_MS = 100;
const NOTICE_MS = 6000;
const AGAIN_MS = 3000;
const REFRESH_MS = 60_000;
const SOUNDS = { done: "done", wrong: "wrong", unsure: "unsure", camera: "lost", link: "lost" };

const part = (id) => document.getElementById(id);
const parts = {};
for (const id of ["product", "place", "badge", "filmed", "person", "page", "coaching", "picture", "caption", "card", "strip", "actions", "notice"])
  parts[id] = part(id);
parts.screen = part("view");

let state = initial;
let pageKey = "";
let pageScreen = null;
const coaching = new CoachingScreen(parts, api.sampleImage);
const feed = new StationFeed(accessToken, take, parts.picture);
const actions = new Actions({ feed, state: () => state, take, notice, restart: begin, leave: () => pageScreen?.leave });
const account = new Account({ state: () => state, take, feed, notice, refresh, fail: (text) => pageScreen?.fail(text) });
const go = {
  again: boot,
  atStation,
  begin,
  next: () => actions.nextUnit(),
  another: () => {
    take({ type: "next" });
    refresh();
  },
  ...account.ways,
};

/** Takes one action in and draws soon. */
function take(action) {
  const before = state;
  state = reduce(state, { atMs: Date.now(), ...action });
  if (state !== before) drawSoon();
  // The recipe may have been taught anew since the last unit.
  if (state.unit && state.unit.recordId !== recipeOf) fetchAssembly(state.unit);
  if (before.unit?.phase !== "complete" && state.unit?.phase === "complete") play("complete");
}

let recipeOf = "";
async function fetchAssembly({ recordId, assemblyId }) {
  recipeOf = recordId;
  try {
    const now = await api.stationNow(state.station.id);
    const current = now.unit?.recordId === recordId;
    take({ type: "assembly", assembly: current ? now.assembly : await api.assembly(assemblyId) });
    if (!current) return;
    const { operator, isAuto, isFilmed } = now.unit;
    take({ type: "begun", recordId, isAuto, isFilmed, ...(operator && { operator }) });
  } catch (error) {
    notice(error.message);
    setTimeout(() => recipeOf === recordId && (recipeOf = ""), AGAIN_MS);
  }
}

let asked = 0;
function drawSoon() {
  if (!asked) asked = requestAnimationFrame(draw);
}

function draw() {
  asked = 0;
  const now = Date.now();
  const known = state.unit && state.assembly?.id === state.unit.assemblyId && stepNumber(state.assembly, state.unit.stepId) > 0;
  const shown = state.screen === "coaching" && !known ? "loading" : state.screen;
  const turned = document.body.dataset.screen !== shown;
  mark(document.body, "screen", shown);
  show(parts.coaching, shown === "coaching");
  show(parts.page, shown !== "coaching");
  const look = shown === "coaching" ? lookNow(state, now) : "";
  if (shown === "coaching") coaching.draw(state, now, feed.hubNowMs(now), changedTo);
  else drawPage(shown);
  actions.draw(parts.actions, shown === "coaching", look);
  drawTop(parts, state, look, feed.ageMs);
  if (turned) keepFocus(shown === "coaching" ? null : pageScreen?.focus);
}

// The focus goes with what is shown and is never lost; where something else has it, such as a question or a way out, it stays there.
function keepFocus(wanted) {
  const at = document.activeElement;
  const free = !at || at === document.body || at === part("screen") || (part("screen").contains(at) && !at.checkVisibility());
  if (free || parts.page.contains(at)) (wanted ?? part("screen")).focus();
}

function changedTo(look) {
  play(SOUNDS[look]);
  if (look === "camera") askWhy();
}

// What the hub knows about a camera that gives no picture: one question at a time, for as long as it lasts.
async function askWhy() {
  try {
    const { source } = await api.station(state.station.id);
    take({ type: "camera", camera: source?.state === "lost" && source.reason ? source.reason : "" });
  } catch (error) {
    console.info("The camera's state could not be read.", error.message);
  }
}

// Pages are built once, not at every draw: what was typed stays.
function drawPage(shown) {
  const name = pageName(state, shown);
  const key = keyOf(state, name);
  if (key === pageKey) return;
  pageKey = key;
  pageScreen = pageOf(name, state, go);
  const at = document.activeElement;
  const free = at === document.body || at === part("screen") || parts.page.contains(at);
  parts.page.replaceChildren(pageScreen.element);
  if (free) (pageScreen.focus ?? part("screen")).focus();
}

// While there is nothing to build, somebody may be teaching it: the screen notices when it can be built.
async function lookForAssemblies() {
  if (state.screen !== "start" || document.hidden || state.link.phase !== "live" || state.assemblies.some((assembly) => assembly.ready))
    return;
  try {
    take({ type: "loaded", values: { assemblies: await api.assemblies() } });
  } catch (error) {
    console.info("The assemblies could not be read.", error.message);
  }
}

// A bench that waits is to know who may build and what, without anybody loading the page again; never under somebody's fingers.
function refreshIdle() {
  const typing = document.activeElement?.matches("input:not([type=radio])");
  if (state.screen === "start" && !document.hidden && state.link.phase === "live" && !typing) refresh();
}

// Between two units the catalogue may have changed, and who may build.
async function refresh() {
  try {
    take({ type: "loaded", values: await readCatalogue(state.role) });
  } catch (error) {
    notice(error.message);
  }
}

async function begin({ assembly, operator }) {
  // The unit before was begun by somebody who has not signed in here.
  if (mustSignIn(state)) return take({ type: "next" });
  const person = state.operator;
  if (!person) remember("operator", operator);
  try {
    const operatorId = person?.id ?? operator;
    const started = await feed.coach.start({ assembly_id: assembly.id, operator_id: operatorId, station_id: state.station.id });
    take({ type: "assembly", assembly });
    take({ type: "begun", recordId: started.assembly_record_id, operator: person?.name ?? operator });
  } catch (error) {
    pageScreen?.fail(error.message);
  }
}

async function atStation(id) {
  remember("station", id);
  const now = await api.stationNow(id);
  take({ type: "station", station: now.station, unit: now.unit, assembly: now.assembly, position: now.position });
  feed.watch(id, now, () => atStation(id));
}

/** Reads everything anew. Also the way back when the stream of facts could not be continued. */
async function boot() {
  try {
    await signInWithCode();
    const [who, stations] = await Promise.all([api.me(), api.stations()]);
    const catalogue = await readCatalogue(who.role);
    account.knows(who);
    take({ type: "loaded", values: { role: who.role, who: who.full_name, account: who.full_name || who.email, stations, ...catalogue, screen: "loading" } });
    feed.start(who.role);
    const remembered = stations.find((station) => station.id === recall("station"));
    const station = stations.length === 1 ? stations[0] : remembered;
    if (station) await atStation(station.id);
    else take({ type: "loaded", values: { screen: stations.length ? "stations" : "start" } });
  } catch (error) {
    if (error.status === 401) return toSignIn();
    take({ type: "loaded", values: { screen: "trouble", notice: error.message } });
  }
}

let noticeTimer = 0;
function notice(text) {
  say(parts.notice, text);
  show(parts.notice, Boolean(text));
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => show(parts.notice, false), NOTICE_MS);
}

account.listen(part("top-actions"), part("screens"));
parts.picture.addEventListener("shape", (event) => parts.coaching.style.setProperty("--shape", event.detail.toFixed(3)));
actions.listen();
setInterval(draw, DRAW_EVERY_MS);
setInterval(lookForAssemblies, AGAIN_MS);
setInterval(refreshIdle, REFRESH_MS);
boot();
