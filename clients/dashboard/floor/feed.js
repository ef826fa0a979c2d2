// What comes in: the first window by REST, everything after it by websocket from the position that REST told, and what REST alone knows.

import { Live } from "/static/hmi/app/live.js";
import * as api from "./api.js";
import { HOUR_MS, Loader } from "./loader.js";

const READ_AGAIN_MS = 700;
const SOON_MS = 400;
const DEVICES_EVERY_MS = 30_000;
// Asked for one by one; more than a screen of them nobody reads beside a chart.
const APPS = 24;
// A connection may follow 128 channels.
const LINES = 100;
const UPTIME_EVERY_MS = 120_000;
// A window that follows is never seen to enter an hour that has not been read.
const AHEAD_MS = 600_000;
const FIGURES_EVERY_MS = 60_000;
const MACHINES_EVERY_MS = 60_000;

export class Feed {
  /**
   * `page`: {floor, stops, window() -> [fromMs, toMs], nowMs(), scope() -> machine id or null, days(), setClock(site, differenceMs),
   * changed(), trouble(sentence)}.
   */
  constructor(token, page) {
    Object.assign(this, { page, soon: new Map(), lines: new Set(), uptime: new Map(), uptimeAtMs: 0 });
    // `current`: nothing that the hub told is missing. `counted`: every stop's record has been read. `behindMs`: when that ended.
    Object.assign(this, { current: false, counted: false, behindMs: null, reliability: undefined, devices: null });
    this.live = new Live(token);
    this.loader = new Loader({
      read: (fromMs, toMs) => this.read(fromMs, toMs),
      forget: (isFar) => page.floor.forget(isFar),
      changed: (error) => this.loaded(error),
    });
    this.live.socket.addEventListener("phase", () => this.linked());
  }

  /** Whether everything that the figures of the page's window count has been read. */
  get known() {
    return this.counted && this.loader.gaps(...this.page.window()).length === 0;
  }

  get link() {
    const { phase, sentence } = this.live.socket;
    // Live again, but what was missed has not come yet: not yet to be trusted.
    return { phase: phase === "live" && !this.current ? "catching up" : phase, sinceMs: this.behindMs, sentence };
  }

  // What is shown is known up to the last word of the hub.
  linked() {
    const { lostAtMs, heardAtMs } = this.live.socket;
    if (lostAtMs !== null) {
      this.current = false;
      this.behindMs ??= Math.min(lostAtMs, heardAtMs ?? lostAtMs);
    }
    this.page.changed();
  }

  /** Reads the page's window and goes on from there. Throws what REST refuses. */
  async start() {
    const { page } = this;
    const [machines, tree] = await Promise.all([api.machines(), api.reasonTree()]);
    page.stops.takeTree(tree);
    page.floor.takeMachines(machines);
    await this.first();
    this.live.socket.start();
    this.followLines();
    setInterval(() => this.readDevices(), DEVICES_EVERY_MS);
    setInterval(() => this.readFigures(), FIGURES_EVERY_MS);
    setInterval(() => this.readMachines(), MACHINES_EVERY_MS);
    this.readDevices();
    this.readFigures();
  }

  async first() {
    const [, toMs] = this.page.window();
    const hour = Math.floor(toMs / HOUR_MS);
    this.position = null;
    await this.read(hour * HOUR_MS - HOUR_MS, (hour + 1) * HOUR_MS);
    for (const known of [hour - 1, hour]) this.loader.hours.set(known, "read");
    this.live.subscribe("timeline:*", (heard) => this.heard(heard), { position: this.position });
    this.want();
    this.recordsSoon(null);
  }

  /** Reads what is missing of the window, and the hour that begins soon. Costs nothing while the window stays in its hours. */
  want() {
    const [fromMs, toMs] = this.page.window();
    const hours = `${Math.floor(fromMs / HOUR_MS)} ${Math.floor((toMs + AHEAD_MS) / HOUR_MS)}`;
    if (this.wanted === hours) return;
    this.wanted = hours;
    this.loader.want(fromMs, toMs + AHEAD_MS);
  }

  async read(fromMs, toMs) {
    const read = this.page.floor.beginRead();
    let answer = null;
    try {
      answer = await api.events(fromMs, toMs);
    } finally {
      this.page.floor.takeWindow(read, answer?.events);
    }
    const { floor, stops } = this.page;
    const isNews = (event) => event?.type === "activity_reason" && stops.isNews(event);
    if (answer.events.some((shape) => isNews(floor.events.get(shape.id)))) this.counted = false;
    // The first answer's place is the one to go on from: facts that a later answer holds too come twice and change nothing.
    this.position ??= answer.position;
  }

  loaded(error) {
    if (error) this.page.trouble(`Part of the timeline could not be read and is tried again. ${error.message}`);
    else this.recordsSoon(null);
    this.page.changed();
  }

  heard({ fact, subscribed, refused }) {
    if (fact) this.takeFact(fact.event ?? fact);
    if (subscribed && subscribed.recovered) {
      // The missed ones follow at once, and the records behind them are read as they come.
      this.current = true;
      this.behindMs = null;
      this.page.changed();
    } else if (subscribed) this.readAgain();
    if (refused) this.page.trouble(`The timeline cannot be followed: ${refused.message}`);
  }

  takeFact(shape) {
    const { floor, stops } = this.page;
    const endMs = shape.to ? Date.parse(shape.to) : null;
    const wanted = floor.events.has(shape.id) || this.loader.keeps(Date.parse(shape.from), endMs);
    const event = wanted ? floor.takeFact(shape) : null;
    if (event?.type === "activity_reason" && stops.isNews(event)) {
      this.recordsSoon(event.fromMs);
      this.later("figures", SOON_MS, () => this.readFigures());
    }
    if (event && floor.rows.get(event.machine).id === null) this.later("machines", SOON_MS, () => this.readMachines());
    this.page.changed();
  }

  // The gap could not be filled: what is on the screen may be wrong, so everything is read anew. Until then it does not look live.
  readAgain() {
    this.current = false;
    this.behindMs ??= Date.now();
    this.later("all", READ_AGAIN_MS, async () => {
      this.page.floor.clear();
      this.loader.reset();
      this.wanted = "";
      await this.first();
    });
  }

  /** Runs `work` once, however often it is asked for meanwhile; a failure is said and tried again with the next reason to. */
  later(name, ms, work) {
    if (this.soon.has(name)) return;
    const run = async () => {
      this.soon.delete(name);
      try {
        await work();
      } catch (error) {
        if (name === "records") this.since = null;
        if (name === "all" || name === "records") this.later(name, 4 * READ_AGAIN_MS, work);
        console.info(`Could not read ${name}.`, error.message);
      }
      this.page.changed();
    };
    this.soon.set(name, setTimeout(run, ms));
  }

  /** Reads records soon: those since a moment, or (null) all that stand behind what is kept of the timeline. */
  recordsSoon(sinceMs) {
    this.since = sinceMs === null || this.since === null ? null : Math.min(sinceMs, this.since ?? Infinity);
    this.later("records", SOON_MS, () => this.readRecords());
  }

  async readRecords() {
    const { floor, stops } = this.page;
    const sinceMs = this.since ?? null;
    this.since = undefined;
    let firstMs = this.page.nowMs();
    for (const row of floor.order) firstMs = Math.min(firstMs, row.lanes.activity_reason.events[0]?.fromMs ?? firstMs);
    const askedAtMs = performance.now();
    const { items, whole } = await api.records(sinceMs ?? firstMs);
    if (sinceMs === null) stops.takeAllRecords(items, askedAtMs);
    else stops.takeRecords(items, askedAtMs);
    this.counted ||= sinceMs === null;
    if (!whole) this.page.trouble("There are more downtime records than are read here: figures of older ones are too good.");
    await this.readSeen(firstMs);
    this.page.changed();
  }

  async readSeen(sinceMs) {
    try {
      const [downtimes, regions] = await Promise.all([api.detected(sinceMs), api.regions()]);
      this.page.stops.takeSeen(downtimes, regions);
    } catch (error) {
      console.info("What cameras saw could not be read.", error.message);
    }
  }

  // The reasons that a camera sees change while a stop lasts: each line says so.
  followLines() {
    for (const { line } of this.page.floor.order) {
      if (!line || this.lines.has(line) || this.lines.size >= LINES) continue;
      this.lines.add(line);
      this.live.subscribe(`downtime:${line}`, ({ fact, refused }) => {
        if (fact) this.recordsSoon(this.page.nowMs());
        // No camera watches this line yet; the next reading of the machines asks again.
        if (refused && this.lines.delete(line)) this.live.unsubscribe(`downtime:${line}`);
      });
    }
  }

  async readMachines() {
    await this.quietly("The machines", async () => {
      this.page.setClock(...(await api.clock()));
      this.page.floor.takeMachines(await api.machines());
      this.page.stops.takeTree(await api.reasonTree());
      this.followLines();
    });
  }

  async readFigures() {
    const scope = this.page.scope();
    const days = this.page.days();
    let found = null;
    await this.quietly("MTTR and MTBF", async () => (found = await api.reliability(scope, days)));
    if (scope === this.page.scope() && days === this.page.days()) Object.assign(this, { reliability: found, reliabilityDays: days });
    this.page.changed();
  }

  // Who is silent comes first, then who ran least today.
  async readDevices() {
    try {
      const apps = await api.apps();
      apps.sort((a, b) => (b.status === "silent") - (a.status === "silent"));
      const shown = apps.slice(0, APPS);
      if (Date.now() - this.uptimeAtMs > UPTIME_EVERY_MS) {
        this.uptimeAtMs = Date.now();
        for (const app of shown) this.uptime.set(`${app.deviceId} ${app.app}`, await api.uptimeToday(app));
      }
      const list = shown.map((app) => ({ ...app, pct: this.uptime.get(`${app.deviceId} ${app.app}`) ?? null }));
      list.sort((a, b) => (b.status === "silent") - (a.status === "silent") || (a.pct ?? 101) - (b.pct ?? 101));
      this.devices = { list, more: apps.length - shown.length, trouble: "" };
    } catch (error) {
      console.info("The devices could not be read.", error.message);
      this.devices = { list: this.devices?.list ?? [], more: 0, trouble: error.message };
    }
    this.page.changed();
  }

  async quietly(what, work) {
    try {
      await work();
      return false;
    } catch (error) {
      console.info(`${what} could not be read.`, error.message);
      return true;
    }
  }
}
