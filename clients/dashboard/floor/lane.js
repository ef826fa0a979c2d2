// The events of one kind of one machine, in order of their start: what lies in a window is found without looking at the others.

const endOf = (event) => event.toMs ?? Infinity;

export class Lane {
  constructor() {
    this.events = [];
    // Greatest end up to and with each event: it only grows, so it can be searched although long events begin early.
    this.reach = [];
    this.sorted = true;
  }

  add(event) {
    const last = this.events.at(-1);
    if (last && last.fromMs > event.fromMs) this.sorted = false;
    this.events.push(event);
    if (this.sorted) this.reach.push(Math.max(this.reach.at(-1) ?? -Infinity, endOf(event)));
  }

  /** An event of this lane changed its limits. */
  changed() {
    this.sorted = false;
  }

  /** Keeps only what `holds`. */
  keep(holds) {
    this.events = this.events.filter(holds);
    this.sorted = false;
  }

  /** Position of the first event that may end at `ms` or later. */
  first(ms) {
    this.sort();
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.reach[middle] >= ms) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Calls `visit(event)` for everything that touches [fromMs, toMs), in order. */
  each(fromMs, toMs, visit) {
    for (let at = this.first(fromMs); at < this.events.length; at++) {
      const event = this.events[at];
      if (event.fromMs >= toMs) return;
      if (endOf(event) >= fromMs) visit(event);
    }
  }

  /** The last to begin of those that hold a moment, `slackMs` to either side, or null. */
  at(ms, slackMs = 0) {
    let found = null;
    this.each(ms - slackMs, ms + slackMs + 1, (event) => {
      const distance = Math.max(event.fromMs - ms, ms - endOf(event), 0);
      if (distance <= slackMs && (found === null || distance <= found.distance)) found = { event, distance };
    });
    return found?.event ?? null;
  }

  /** The event before or after another in order, or null. */
  beside(event, step) {
    this.sort();
    return this.events[this.events.indexOf(event) + step] ?? null;
  }

  sort() {
    if (this.sorted) return;
    this.events.sort((a, b) => a.fromMs - b.fromMs || (a.id < b.id ? -1 : 1));
    this.reach = new Array(this.events.length);
    let most = -Infinity;
    for (let at = 0; at < this.events.length; at++) this.reach[at] = most = Math.max(most, endOf(this.events[at]));
    this.sorted = true;
  }
}
