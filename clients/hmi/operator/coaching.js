// Draws the coaching screen from the state. Called ten times a second and after every message: it changes only what differs.

import { mark, say, show } from "../app/dom.js";
import { CLOSE } from "../elements/step-card.js";
import { cameraLostMs, isRead, lookNow, shownStepId } from "./state.js";
import { stepNumber, strip } from "./unit.js";
import { caption, nextWords } from "./words.js";

export class CoachingScreen {
  /** `parts` are the elements of the page; `image(assemblyId, label)` resolves to an address of a sample picture or null. */
  constructor(parts, image) {
    Object.assign(this, { parts, image, stepKey: "", look: "" });
  }

  /** `hubNow` is the hub's time, `now` the browser's, both ms. `changed(look)` is called when the state changes (for sounds). */
  draw(state, now, hubNow, changed) {
    const { unit, assembly } = state;
    if (!unit || !assembly) return;
    const look = lookNow(state, now);
    const stepId = shownStepId(state, now);
    const number = stepNumber(assembly, stepId);
    const step = assembly.steps[number - 1];
    if (!step) return;
    this.showStep(unit, assembly, step, number);
    this.tell(state, look, number, now);
    this.bars(state, look, step, now, hubNow);
    this.parts.strip.set(strip(unit, assembly, hubNow));
    if (look !== this.look) changed(look);
    this.look = look;
  }

  showStep(unit, assembly, step, number) {
    const key = `${unit.recordId}/${step.id}`;
    if (key === this.stepKey) return;
    this.stepKey = key;
    this.parts.card.step(step, number, this.image(assembly.id, `step-${number}_good`));
    this.parts.card.next = nextWords(assembly, number);
    this.parts.card.watch(null);
  }

  tell(state, look, number, now) {
    const { screen, picture, caption: words } = this.parts;
    const lostMs = look === "link" ? now - (state.link.sinceMs ?? now) : cameraLostMs(state, now);
    const context = {
      number,
      message: state.reading?.message,
      isRead: isRead(state, now),
      moved: state.reading?.moved,
      lostMs,
      link: state.link,
      camera: state.camera,
      pauseReason: state.unit.pauseReason,
      isAuto: state.unit.isAuto,
    };
    const { words: said, more } = caption(look, context);
    mark(screen, "look", look);
    words.tell(look, said, more);
    picture.stale = look === "link" || look === "camera";
    picture.watch(look === "link" || look === "camera" ? null : (state.reading?.roi ?? null));
  }

  bars(state, look, step, now, hubNow) {
    const { card, picture } = this.parts;
    const done = look === "done";
    const until = state.unit.pausedMs ?? hubNow;
    const result = done ? state.unit.results.find((one) => one.stepId === step.id) : null;
    card.read({
      look,
      watched: step.action === "ML",
      evidence: done ? 1 : (state.reading?.evidence ?? null),
      confidence: done ? 1 : (state.reading?.confidence ?? 0),
      seconds: result ? result.seconds : Math.max(0, (until - state.unit.stepStartedMs) / 1000),
      benchmark: step.benchmark,
      known: done || isRead(state, now),
    });
    if (state.reading?.roi) card.watch(state.reading.roi);
    if (look === "wrong") picture.copyTo(card.now, CLOSE);
  }
}

/** Header of every operator screen. */
export function drawTop(parts, state, look, age) {
  say(parts.product, state.assembly && state.unit ? state.assembly.title : "Takt");
  say(parts.place, state.station ? state.station.name : "");
  say(parts.person, state.unit?.operator ?? state.operator?.name ?? "");
  show(parts.place, Boolean(state.station));
  // In a pause nobody is filmed.
  show(parts.filmed, Boolean(state.unit?.isFilmed) && state.unit.phase === "active");
  const lost = state.link.phase === "lost" || state.link.phase === "refused";
  const shown = lost
    ? "lost"
    : state.link.phase !== "live"
      ? "connecting"
      : look === "camera"
        ? "camera"
        : state.pictureAtMs
          ? "live"
          : "idle";
  parts.badge.set(shown, shown === "live" ? age : null);
}
