// Everything the page knows of the floor: machines and their events, from REST and from the websocket, each event once.

import { Lane } from "./lane.js";

export const TYPES = ["cycle", "step", "part_count", "shift_period", "activity_reason", "work_order_operation"];
const byName = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

class Row {
  constructor(identifier) {
    Object.assign(this, { identifier, id: null, name: identifier, line: "", location: "", lanes: {}, open: new Map() });
    for (const type of TYPES) this.lanes[type] = new Lane();
  }

  /** The event in flight of a kind that began last, or null. */
  running(type) {
    let newest = null;
    for (const event of this.open.values()) if (event.type === type && (!newest || event.fromMs > newest.fromMs)) newest = event;
    return newest;
  }
}

/** An event as the page uses it, or null for what it cannot draw. */
export function eventOf(shape) {
  const fromMs = Date.parse(shape?.from);
  const toMs = shape?.to ? Date.parse(shape.to) : null;
  if (!TYPES.includes(shape?.type) || !shape.machine_foreign_id || Number.isNaN(fromMs) || Number.isNaN(toMs)) return null;
  return { id: shape.id, type: shape.type, machine: shape.machine_foreign_id, fromMs, toMs, label: shape.label ?? "" };
}

export class Floor {
  constructor() {
    this.rows = new Map();
    this.events = new Map();
    this.order = [];
    // What the websocket told since a read was asked for is newer than that read's answer.
    this.reads = new Map();
    this.nextRead = 1;
  }

  /** The machines as REST lists them. A machine that only its events name (a station) keeps its row. */
  takeMachines(machines) {
    for (const machine of machines) {
      const row = this.row(machine.machine_identifier);
      Object.assign(row, { id: machine.id, name: machine.name, line: machine.line_name ?? "", location: machine.location ?? "" });
    }
    const listed = new Set(machines.map((machine) => machine.machine_identifier));
    for (const row of [...this.rows.values()]) if (row.id !== null && !listed.has(row.identifier)) this.dropRow(row);
    this.sortRows();
  }

  row(identifier) {
    let row = this.rows.get(identifier);
    if (!row) {
      row = new Row(identifier);
      this.rows.set(identifier, row);
      this.sortRows();
    }
    return row;
  }

  rowOfMachine(id) {
    return this.order.find((row) => row.id === id) ?? null;
  }

  sortRows() {
    this.order = [...this.rows.values()].sort((a, b) => byName.compare(a.line, b.line) || byName.compare(a.name, b.name));
  }

  dropRow(row) {
    this.rows.delete(row.identifier);
    for (const lane of Object.values(row.lanes)) for (const event of lane.events) this.events.delete(event.id);
  }

  /** Call before a window is asked for; the answer goes to `takeWindow` with what this returns. */
  beginRead() {
    const read = this.nextRead++;
    this.reads.set(read, new Set());
    return read;
  }

  /** An answered window, or null for one that failed. */
  takeWindow(read, shapes) {
    const newer = this.reads.get(read);
    this.reads.delete(read);
    // Everything was forgotten since it was asked for.
    if (!newer) return;
    for (const shape of shapes ?? []) if (!newer.has(shape.id)) this.put(eventOf(shape));
  }

  /** One event as the websocket tells it. */
  takeFact(shape) {
    for (const newer of this.reads.values()) newer.add(shape?.id);
    return this.put(eventOf(shape));
  }

  put(event) {
    if (event === null) return null;
    const row = this.row(event.machine);
    const known = this.events.get(event.id);
    if (known && known.type === event.type && known.machine === event.machine) {
      if (known.fromMs !== event.fromMs || known.toMs !== event.toMs) row.lanes[event.type].changed();
      Object.assign(known, event);
    } else {
      this.events.set(event.id, event);
      row.lanes[event.type].add(event);
    }
    const held = this.events.get(event.id);
    if (held.toMs === null) row.open.set(held.id, held);
    else row.open.delete(held.id);
    return held;
  }

  /** Forgets the events for which `isFar(event)` holds. */
  forget(isFar) {
    for (const row of this.order) for (const lane of Object.values(row.lanes)) lane.keep((event) => !isFar(event) || !this.drop(event));
  }

  drop({ id }) {
    return this.events.delete(id);
  }

  /** Forgets every event, also those that a read is about to answer; the machines stay. */
  clear() {
    this.events.clear();
    this.reads.clear();
    for (const row of this.order) {
      row.open.clear();
      for (const lane of Object.values(row.lanes)) lane.keep(() => false);
    }
  }
}
