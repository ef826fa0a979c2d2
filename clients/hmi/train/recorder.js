// Records while a button or Space is held: start at the press, end at the release; too short or Esc takes it back.

import * as api from "../app/api.js";

// Shorter than this teaches nothing.
const SHORTEST_MS = 1000;
const THUMB_EVERY_MS = 250;
const THUMBS = 24;
const SMALL = [24, 18];

export class Recorder {
  /** `picture` is the live picture; `changed()` is called at every change; `done(target, sentence, kept)` after a recording. */
  constructor({ picture, changed, done }) {
    Object.assign(this, { picture, changed, done, current: null });
    this.taken = new Map();
  }

  /** "idle", "starting", "recording" or "ending". */
  get phase() {
    return this.current?.phase ?? "idle";
  }

  get seconds() {
    return this.current?.beganMs ? (performance.now() - this.current.beganMs) / 1000 : 0;
  }

  /** Thumbnails and small grey pictures taken for a target while this page was open. */
  samples(key) {
    return this.taken.get(key) ?? { thumbs: [], greys: [] };
  }

  async press(assemblyId, stationId, target, replace) {
    if (this.current) return;
    const current = { phase: "starting", target, beganMs: null, released: null };
    this.current = current;
    this.changed();
    try {
      const ops = replace ? { data_ops: "UPDATE" } : {};
      await api.startRecording(assemblyId, { ...target.body, ...ops, step_camera_name: stationId });
    } catch (error) {
      return this.finish(target, error.message, false);
    }
    if (replace) this.taken.delete(target.key);
    Object.assign(current, { phase: "recording", beganMs: performance.now(), assemblyId });
    this.timer = setInterval(() => this.take(target.key), THUMB_EVERY_MS);
    this.take(target.key);
    this.changed();
    if (current.released) return this.end(current.released === "take back");
    return undefined;
  }

  /** Lets go. `takeBack` undoes instead. */
  release(takeBack = false) {
    if (!this.current || this.current.released) return;
    this.current.released = takeBack ? "take back" : "end";
    if (this.current.phase === "recording") this.end(takeBack);
  }

  async end(takeBack) {
    clearInterval(this.timer);
    const { target, beganMs, assemblyId } = this.current;
    const short = performance.now() - beganMs < SHORTEST_MS;
    this.current.phase = "ending";
    this.changed();
    try {
      if (takeBack || short) {
        await api.revertRecording();
        this.finish(
          target,
          takeBack ? "Taken back. Nothing was kept." : "Too short: nothing was kept. Hold it for about three seconds.",
          false,
        );
      } else {
        const { msg } = await api.endRecording(assemblyId);
        this.finish(target, takenWords(msg), true);
      }
    } catch (error) {
      this.finish(target, error.message, false);
    }
  }

  finish(target, sentence, kept) {
    clearInterval(this.timer);
    this.current = null;
    this.done(target, sentence, kept);
    this.changed();
  }

  take(key) {
    if (this.picture.dataset.picture !== "some") return;
    const samples = this.samples(key);
    this.taken.set(key, samples);
    const thumb = document.createElement("canvas");
    this.picture.copyTo(thumb, 1);
    samples.thumbs.push(shrunk(thumb, 128, Math.round((128 * thumb.height) / thumb.width)));
    samples.greys.push(greys(thumb));
    for (const list of [samples.thumbs, samples.greys]) if (list.length > THUMBS) list.splice(1, 1);
    this.changed();
  }
}

function takenWords(msg) {
  const frames = /^(\d+)/.exec(msg ?? "")?.[1];
  return frames ? `${frames} pictures taken.` : "Taken.";
}

function shrunk(source, width, height) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  canvas.getContext("2d", { alpha: false }).drawImage(source, 0, 0, width, height);
  return canvas;
}

function greys(source) {
  const { data } = shrunk(source, ...SMALL)
    .getContext("2d")
    .getImageData(0, 0, ...SMALL);
  return Array.from({ length: SMALL[0] * SMALL[1] }, (_, at) => (data[at * 4] + data[at * 4 + 1] + data[at * 4 + 2]) / 3);
}
