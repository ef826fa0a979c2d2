// What is known about a reason on the timeline: the record that a person made, or the stop that a camera saw, and its category.

export const CATEGORIES = ["unplanned", "maintenance", "changeover", "planned"];
export const CATEGORY_WORDS = {
  unplanned: "Unplanned",
  maintenance: "Maintenance",
  changeover: "Changeover",
  planned: "Planned",
  seen: "Seen by the camera, not confirmed",
  other: "Without a category",
  confirmed: "Seen by the camera, confirmed as a record",
};
// Cerrion's times have whole seconds.
const SECOND_MS = 1000;

/** Every node of the reason tree with its path: [{id, code, name, category, path: [names], depth}], parents before children. */
export function flatten(tree, path = []) {
  return tree.flatMap((node) => {
    const here = [...path, node.name];
    return [{ ...node, path: here, depth: path.length, children: undefined }, ...flatten(node.children ?? [], here)];
  });
}

export class Stops {
  constructor(floor) {
    Object.assign(this, { floor, tree: [], codes: new Map(), byName: new Map() });
    // Records by their id, when each was asked for, records by machine and start, and by what a camera saw that they confirm; what
    // cameras saw by machine and second.
    for (const index of ["records", "taken", "byStart", "confirmed", "seen"]) this[index] = new Map();
  }

  takeTree(tree) {
    this.tree = tree;
    const nodes = flatten(tree);
    this.codes = new Map(nodes.map((node) => [node.id, node]));
    this.byName = new Map(nodes.map((node) => [node.name, node]));
  }

  /** All records behind what is kept of the timeline, asked for at `askedAtMs`: what was known before is forgotten. */
  takeAllRecords(records, askedAtMs) {
    const listed = new Set(records.map((record) => record.id));
    for (const { id } of [...this.records.values()]) if (!listed.has(id) && this.taken.get(id) < askedAtMs) this.dropRecord(id);
    this.takeRecords(records, askedAtMs);
  }

  /** Some records; the others stay, and so does what was heard of one after these were asked for. */
  takeRecords(records, askedAtMs = performance.now()) {
    for (const record of records) {
      if (this.taken.get(record.id) > askedAtMs) continue;
      this.dropRecord(record.id);
      this.taken.set(record.id, askedAtMs);
      this.records.set(record.id, record);
      if (record.detected_event_id) this.confirmed.set(record.detected_event_id, record);
      const key = `${record.machine_id} ${Math.floor(Date.parse(record.started_at))}`;
      this.byStart.set(key, [...(this.byStart.get(key) ?? []), record]);
    }
  }

  dropRecord(id) {
    const known = this.records.get(id);
    if (!known) return;
    const key = `${known.machine_id} ${Math.floor(Date.parse(known.started_at))}`;
    this.byStart.set(
      key,
      this.byStart.get(key).filter((one) => one.id !== id),
    );
    if (this.byStart.get(key).length === 0) this.byStart.delete(key);
    if (known.detected_event_id) this.confirmed.delete(known.detected_event_id);
    this.records.delete(id);
    this.taken.delete(id);
  }

  /** Stops that cameras saw, with the regions that say at which machine. */
  takeSeen(downtimes, regions) {
    this.seen.clear();
    const machines = new Map(regions.map((region) => [region.roi_name, region.machine_foreign_id]));
    for (const downtime of downtimes) {
      const machine = machines.get(downtime.roi_name) ?? downtime.roi_name;
      this.seen.set(`${machine} ${Math.floor(Date.parse(downtime.detected_at) / SECOND_MS)}`, downtime);
    }
  }

  /**
   * {record, seen, category, code} of an activity_reason event; category is one of CATEGORY_WORDS, or "confirmed" for what a camera saw
   * and a record has replaced: that is neither drawn nor counted, because the record is.
   */
  about(event) {
    const seen = this.seen.get(`${event.machine} ${Math.floor(event.fromMs / SECOND_MS)}`) ?? null;
    const machineId = this.floor.rows.get(event.machine)?.id;
    const candidates = this.byStart.get(`${machineId} ${event.fromMs}`) ?? [];
    const record = candidates.find((one) => one.reason === event.label) ?? (seen ? null : candidates[0]) ?? null;
    if (record) return { record, seen, category: record.category, code: this.codes.get(record.reason_code_id) ?? null };
    if (seen) return { record: null, seen, category: this.confirmed.has(seen.event_id) ? "confirmed" : "seen", code: null };
    const code = this.byName.get(event.label) ?? null;
    return { record: null, seen: null, category: code?.category ?? "other", code };
  }

  /** Whether a record that the page does not know yet may stand behind an event. */
  isNews(event) {
    const { record, seen } = this.about(event);
    if (seen) return false;
    if (!record) return true;
    const endMs = record.ended_at ? Math.floor(Date.parse(record.ended_at)) : null;
    return endMs !== event.toMs || record.reason !== event.label;
  }
}
