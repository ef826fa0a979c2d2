// The training studio: name an assembly, record, train, look at what came of it, put it to use.

import * as api from "../app/api.js";
import { ageMs, roundTrip, unknownClock } from "../app/clock.js";
import { h, mark, say, show } from "../app/dom.js";
import { Live } from "../app/live.js";
import { recall, remember } from "../app/memory.js";
import { onKeys } from "../app/keys.js";
import { drawScreens, leaveButton } from "../app/screens.js";
import { accessToken, signInWithCode, signOut, toSignIn } from "../app/sign_in.js";
import "../elements/connection-badge.js";
import "../elements/evidence-bar.js";
import "../elements/live-picture.js";
import { ask, asking } from "../elements/confirm-dialog.js";
import { showKeys } from "../elements/key-list.js";
import { isRunning } from "./evaluation.js";
import { pageOf } from "./pages.js";
import { newId, Pending } from "./pending.js";
import { RecordView } from "./record_view.js";
import { Recorder } from "./recorder.js";
import { TrainView } from "./train_view.js";

const PICTURES_PER_S = 15;
const WIDTH = 960;
const PICTURE_MS = 2000;
const NOTICE_MS = 6000;

const KEYS = [
  ["Space", "Hold it to record"],
  ["Esc", "Take the recording back; close a question"],
  ["↑ ↓", "What is recorded: before, after"],
  ["?", "These keys"],
];

const part = (id) => document.getElementById(id);
const picture = h("live-picture");
const live = new Live(accessToken);
const pending = new Pending();
const state = {
  screen: "loading",
  station: null,
  stations: [],
  assemblies: [],
  assembly: null,
  run: null,
  versions: null,
  link: "connecting",
  pictureAtMs: null,
  ageMs: null,
  camera: "",
  get pending() {
    return pending.of(state.assembly?.id);
  },
};
let clock = unknownClock;
let page = "";

const studio = {
  state: () => state,
  addPending: (step) => changed(() => pending.add(state.assembly.id, step)),
  renamePending: (index, step) => changed(() => pending.rename(state.assembly.id, index, step)),
  dropPending: (index) => changed(() => pending.drop(state.assembly.id, index)),
  train: () => attempt(startTraining),
  cancel: () => attempt(() => api.cancelTraining(state.assembly.id)),
  activate: (number) =>
    attempt(async () => {
      await api.activate(state.assembly.id, number);
      await readVersions();
      notice(`Version ${number} is in use.`);
    }),
  image: (label) => api.sampleImage(state.assembly.id, label),
  sample,
};
const recorder = new Recorder({ picture, changed: () => draw(), done: recorded });
const recordView = new RecordView({ studio, recorder, picture });
const trainView = new TrainView(studio);

function changed(work) {
  work();
  draw();
}

async function attempt(work) {
  try {
    await work();
  } catch (error) {
    notice(error.message);
  }
  draw();
}

// The sample picture that the hub keeps, where this page has taken none itself.
function sample(target) {
  if (target.recordings === 0) return [];
  const image = h("img", { alt: "One of the pictures", hidden: true });
  api.sampleImage(state.assembly.id, target.label).then((source) => source && Object.assign(image, { src: source, hidden: false }));
  return [image];
}

async function recorded(target, sentence, kept) {
  recordView.recorded(target, sentence, kept);
  if (!kept) return;
  await attempt(async () => {
    await readAssembly();
    if (target.pending) pending.drop(state.assembly.id, 0);
  });
  api.sampleImage(state.assembly.id, target.label, true);
}

async function readAssembly() {
  state.assembly = await api.assembly(state.assembly.id);
}

async function readVersions() {
  state.versions = await api.versions(state.assembly.id);
}

async function startTraining() {
  const before = state.run;
  // Set before the hub is asked: its first word may come sooner than its answer.
  state.run = { state: "queued", fraction: 0, stage: "" };
  go("train");
  try {
    await api.train(state.assembly.id);
  } catch (error) {
    state.run = before;
    go("record");
    throw error;
  }
}

function trained(run) {
  const ended = isRunning(state.run) && !isRunning(run);
  state.run = run;
  if (run.state === "finished" && (ended || !state.versions?.versions.some((one) => one.number === run.model_version))) {
    trainView.number = run.model_version;
    attempt(async () => Promise.all([readVersions(), readAssembly()]));
  }
  draw();
}

async function open(id) {
  if (state.assembly) live.unsubscribe(`training:${state.assembly.id}`);
  Object.assign(state, { assembly: await api.assembly(id), versions: null, run: null });
  state.run = state.assembly.training;
  await readVersions();
  // After every reconnect the newest state is asked for: what was said meanwhile is not repeated.
  live.subscribe(`training:${id}`, ({ latest, subscribed }) =>
    latest ? trained(latest) : subscribed && state.run && attempt(async () => trained(await api.trainingProgress(id))),
  );
  if (state.assembly.recording) await attempt(leftOpen);
  location.hash = id;
  go(isRunning(state.run) ? "train" : "record");
}

// A recording that a closed page left behind refuses every new one. It may also be somebody else's who records now: so it is asked.
async function leftOpen() {
  const { label, station_id: at } = state.assembly.recording;
  const wish = await ask({
    title: "A recording is still open",
    text: `${label} at ${at}. Was it left behind?`,
    confirm: "Take it back",
    dismiss: "Leave it",
  });
  if (!wish) return;
  await api.revertRecording();
  await readAssembly();
  notice("The open recording has been taken back.");
}

async function create(name) {
  const id = newId();
  await api.newModel(id, name);
  state.assemblies = await api.assemblies();
  await open(id);
}

function go(screen) {
  state.screen = screen;
  draw();
}

function watch(station) {
  if (state.station) live.unsubscribe(`frames:${state.station.id}`);
  Object.assign(state, { station, pictureAtMs: Date.now() });
  remember("station", station.id);
  live.subscribe(
    `frames:${station.id}`,
    (heard) =>
      heard.picture &&
      picture.show(heard.picture, (shown) => {
        state.pictureAtMs = Date.now();
        state.ageMs = ageMs(clock, Date.now(), shown.captured_at_ns / 1e6);
      }),
    { options: { max_fps: PICTURES_PER_S, max_width: WIDTH } },
  );
}

function draw() {
  const { screen, link } = state;
  const studioShown = screen === "record" || screen === "train";
  const old = state.pictureAtMs !== null && Date.now() - state.pictureAtMs > PICTURE_MS;
  state.camera =
    link !== "live" && link !== "connecting"
      ? "No connection. It comes back by itself."
      : old
        ? "No picture from the camera. Look at it and its cable."
        : "";
  mark(document.body, "screen", screen);
  show(part("studio"), studioShown);
  show(part("page"), !studioShown);
  picture.stale = Boolean(state.camera);
  part("badge").set(
    link === "live" ? (old ? "camera" : state.ageMs === null ? "idle" : "live") : link === "connecting" ? link : "lost",
    state.ageMs,
  );
  say(part("product"), studioShown ? state.assembly.title : "Teach Takt");
  drawTabs(studioShown);
  if (!studioShown) return drawPage(screen);
  const view = screen === "record" ? recordView : trainView;
  if (part("studio").firstChild !== view.element) part("studio").replaceChildren(view.element);
  return view.draw();
}

function drawTabs(shown) {
  const tabs = part("tabs");
  show(tabs, shown);
  if (!tabs.firstChild) tabs.append(tab("choose", "Assemblies"), tab("record", "Record"), tab("train", "Train"));
  for (const button of tabs.children) button.setAttribute("aria-current", button.dataset.screen === state.screen ? "page" : "false");
}

function tab(screen, words) {
  const leave = async () => {
    if (recorder.phase !== "idle") return;
    if (screen === "choose") await attempt(async () => (state.assemblies = await api.assemblies()));
    go(screen);
  };
  return h("button", { type: "button", "data-screen": screen, on: { click: leave } }, words);
}

function drawPage(screen) {
  const key = `${screen}/${state.assemblies.length}/${state.station?.id}`;
  if (key === page) return;
  page = key;
  part("page").replaceChildren(pageOf(screen, state, { again: boot, atStation, open: (id) => attempt(() => open(id)), create }));
}

function atStation(station) {
  watch(station);
  begin();
}

function begin() {
  const asked = location.hash.slice(1);
  if (state.assemblies.some((assembly) => assembly.id === asked)) attempt(() => open(asked));
  else go("choose");
}

async function boot() {
  try {
    await signInWithCode();
    const [who, stations, assemblies] = await Promise.all([api.me(), api.stations(), api.assemblies()]);
    Object.assign(state, { stations, assemblies });
    drawScreens(part("screens"), who.role);
    if (who.role !== "supervisor" && who.role !== "admin") return go("refused");
    if (stations.length === 0) return go("no-station");
    live.socket.start();
    const station = stations.length === 1 ? stations[0] : stations.find((one) => one.id === recall("station"));
    if (!station) return go("stations");
    watch(station);
    return begin();
  } catch (error) {
    if (error.status === 401) return toSignIn();
    state.trouble = error.message;
    return go("trouble");
  }
}

let noticeTimer = 0;
function notice(text) {
  say(part("notice"), text);
  show(part("notice"), true);
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => show(part("notice"), false), NOTICE_MS);
}

live.addEventListener("roundtrip", (event) => (clock = roundTrip(clock, event.detail)));
live.socket.addEventListener("phase", (event) => changed(() => (state.link = event.detail.phase)));
part("top-actions").append(leaveButton(signOut));
onKeys((event) => (event.key === "?" && !asking() && !event.target.matches?.("input, textarea") ? () => showKeys(KEYS) : null));
setInterval(draw, 200);
boot();
