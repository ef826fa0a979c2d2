// Reads the hours that the chart shows, each once: the websocket keeps them right afterwards.

export const HOUR_MS = 3_600_000;
// One answer holds at most so many hours: a busy floor's day is read in parts, so that no part stops the page for long.
const RUN = 4;
const AT_ONCE = 2;
const AGAIN_MS = 3000;
// Hours kept, twice the longest window: what lies farther away is forgotten and read again when somebody looks.
const KEPT = 48;

/**
 * `read(fromMs, toMs)` fetches and takes a window in; `forget(isFar)` drops the events for which that holds; `changed(error)` is called after each, with
 * what went wrong or null.
 */
export class Loader {
  constructor({ read, forget, changed }) {
    Object.assign(this, { read, forget, changed });
    this.reset();
  }

  reset() {
    clearTimeout(this.timer);
    this.hours = new Map();
    this.queue = [];
    this.running = 0;
    this.generation = (this.generation ?? 0) + 1;
    this.window = null;
  }

  /** Sees to it that [fromMs, toMs) is read, the newest part first. */
  want(fromMs, toMs) {
    this.window = [Math.floor(fromMs / HOUR_MS), Math.floor(toMs / HOUR_MS)];
    let run = [];
    for (let hour = this.window[1]; hour >= this.window[0]; hour--) {
      if (!this.hours.has(hour)) run.unshift(hour);
      if (run.length && (this.hours.has(hour) || run.length === RUN || hour === this.window[0])) run = this.enqueue(run);
    }
    this.letGo();
    this.next();
  }

  enqueue(run) {
    for (const hour of run) this.hours.set(hour, "asked");
    this.queue.push(run);
    return [];
  }

  async next() {
    if (this.running >= AT_ONCE || this.queue.length === 0) return;
    const run = this.queue.shift();
    const generation = this.generation;
    this.running++;
    this.next();
    let failure = null;
    try {
      await this.read(run[0] * HOUR_MS, (run.at(-1) + 1) * HOUR_MS);
    } catch (error) {
      failure = error;
    }
    if (generation !== this.generation) return;
    this.running--;
    this.finished(run, failure);
  }

  finished(run, failure) {
    for (const hour of run) {
      if (failure) this.hours.delete(hour);
      else this.hours.set(hour, "read");
    }
    if (failure) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.window && this.want(this.window[0] * HOUR_MS, this.window[1] * HOUR_MS), AGAIN_MS);
    }
    this.changed(failure);
    this.next();
  }

  letGo() {
    if (this.hours.size <= KEPT) return;
    const middle = (this.window[0] + this.window[1]) / 2;
    const far = [...this.hours].filter(([hour, state]) => state === "read" && (hour < this.window[0] || hour > this.window[1]));
    far.sort(([a], [b]) => Math.abs(b - middle) - Math.abs(a - middle));
    for (const [hour] of far.slice(0, this.hours.size - KEPT)) this.hours.delete(hour);
    if (far.length) this.forget((event) => !this.keeps(event.fromMs, event.toMs));
  }

  /** Whether an hour that [fromMs, toMs] touches is kept; null is in flight, and always kept. What touches none need not be known. */
  keeps(fromMs, toMs) {
    if (toMs === null) return true;
    for (const hour of this.hours.keys()) if (fromMs < (hour + 1) * HOUR_MS && toMs >= hour * HOUR_MS) return true;
    return false;
  }

  /** The parts of a window that have not been read yet: [[fromMs, toMs], ...]. */
  gaps(fromMs, toMs) {
    const found = [];
    for (let hour = Math.floor(fromMs / HOUR_MS); hour <= Math.floor(toMs / HOUR_MS); hour++) {
      if (this.hours.get(hour) === "read") continue;
      const last = found.at(-1);
      if (last && last[1] === hour * HOUR_MS) last[1] += HOUR_MS;
      else found.push([hour * HOUR_MS, (hour + 1) * HOUR_MS]);
    }
    return found;
  }
}
