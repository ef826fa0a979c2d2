// What people do to downtimes: record, end, change, confirm, and take a slip back. Nothing is deleted; every version stays in its history.

import * as api from "../floor/api.js";
import { downtimeForm } from "./downtime_form.js";

const BACK = "It is as it was before. Both versions stay in its history.";
const WITHOUT_WORDS = "no reason given";

export class Actions {
  /**
   * `page`: {floor, stops, zone(), nowMs(), mayWrite(), changed(record), notice(text, undo)}; `undo` is {label, run}.
   */
  constructor(page) {
    this.page = page;
  }

  machines() {
    return this.page.floor.order.filter((row) => row.id !== null);
  }

  ask(more) {
    const { page } = this;
    return downtimeForm({ machines: this.machines(), tree: page.stops.tree, zone: page.zone(), nowMs: page.nowMs(), ...more });
  }

  /** A new downtime, for the machine that is chosen. `seen` {startMs, endMs, reason, detectedId} fills in what a camera saw. */
  async recordNew(row, seen = {}) {
    const machines = this.machines();
    if (!this.page.mayWrite()) return this.page.notice("Your account may look, not record. Ask an administrator for the role of operator.");
    if (machines.length === 0) return this.page.notice("There is no machine yet. Add one with POST /api/v1/machines.");
    const given = { machineId: row?.id ?? machines[0].id, category: "unplanned", ...seen };
    const record = await this.ask({
      title: seen.startMs ? "Confirm what the camera saw" : "Record a downtime",
      confirm: seen.startMs ? "Confirm" : "Record",
      given,
      fixed: Boolean(seen.startMs && row?.id),
      save: (machineId, body) => api.record(machineId, seen.detectedId ? { ...body, detected_event_id: seen.detectedId } : body),
    });
    if (!record) return undefined;
    this.page.changed(record);
    return this.page.notice(`Recorded: ${this.named(record)}.`, {
      label: "Take it back",
      run: () => this.takeBack(record),
    });
  }

  // There is no deleting: as a planned stop of no time it counts nowhere, neither as lost time nor as a failure.
  takeBack(record) {
    const body = { ended_at: record.started_at, category: "planned" };
    return this.put(record, body, "Taken back: it is a planned stop of no time now, which counts nowhere. It stays in the history.");
  }

  async end(record) {
    await this.attempt(async () => {
      const ended = await api.end(record);
      this.page.changed(ended);
      this.page.notice(`Ended: ${this.named(ended)}.`, { label: "It goes on", run: () => this.reopen(ended) });
    });
  }

  /** Takes an end back. */
  reopen(record) {
    return this.put(record, { ended_at: null }, "It goes on, as if it had never ended. The end that was taken back stays in its history.");
  }

  async change(record) {
    const given = {
      machineId: record.machine_id,
      reason: record.reason,
      category: record.category,
      reason_code_id: record.reason_code_id,
      startMs: Date.parse(record.started_at),
      endMs: record.ended_at ? Date.parse(record.ended_at) : null,
    };
    const changed = await this.ask({
      title: "Change a downtime",
      confirm: "Save",
      given,
      fixed: true,
      save: (_, body) => api.change(record, body),
    });
    if (changed) this.taken(changed, record, "Saved");
  }

  /** Another reason from the tree, with its words and its category. */
  async give(record, code) {
    await this.attempt(async () => {
      const body = { reason_code_id: code.id, reason: code.name, ...(code.category ? { category: code.category } : {}) };
      this.taken(await api.change(record, body), record, "Saved");
    });
  }

  taken(changed, before, word) {
    this.page.changed(changed);
    const { reason, category, reason_code_id, started_at, ended_at } = before;
    this.page.notice(`${word}: ${this.named(changed)}.`, {
      label: "Undo",
      run: () => this.put(changed, { reason, category, reason_code_id, started_at, ended_at }, BACK),
    });
  }

  async put(record, body, sentence) {
    await this.attempt(async () => {
      this.page.changed(await api.change(record, body));
      this.page.notice(sentence);
    });
  }

  // One after the other: a second click must not turn the way back into a refusal.
  async attempt(work) {
    if (this.busy) return;
    this.busy = true;
    try {
      await work();
    } catch (error) {
      this.page.notice(error.message);
    } finally {
      this.busy = false;
    }
  }

  named({ reason, machine_id }) {
    return `${reason || WITHOUT_WORDS} at ${this.page.floor.rowOfMachine(machine_id)?.name ?? "its machine"}`;
  }
}
