// The row of buttons at the bottom and the keys: what a person can do to the unit now. What the role may not do is absent.

import { finishStep } from "../app/api.js";
import { h, mark, say } from "../app/dom.js";
import { icon, reshape } from "../app/icons.js";
import { onKeys } from "../app/keys.js";
import { soundIsOn, switchSound } from "../app/sound.js";
import { asking } from "../elements/confirm-dialog.js";
import { QUESTIONS, operationOf, showAll } from "./controls.js";
import { isForPerson } from "./state.js";
import { stepNumber, visitOf } from "./unit.js";
import { trouble } from "./words.js";

export class Actions {
  /** `feed` sends, `state()` is the newest state, `notice(text)` says what went wrong, `restart({assembly, operator})` begins a unit;
   *  `leave()` answers the way out of the page that is open, if it has one. */
  constructor({ feed, state, take, notice, restart, leave }) {
    Object.assign(this, { feed, state, take, notice, restart, leave, shown: "" });
    this.buttons = {
      done: button("done", "Done", () => this.run("done")),
      pause: button("paused", "Pause", () => this.run("pause")),
      back: button("back", "Step back", () => this.run("back")),
      skip: button("skip", "Skip", () => this.run("skip")),
      cancel: button("wrong", "Cancel unit", () => this.run("cancel")),
      sound: button("sound", "Sound", () => this.run("sound")),
      keys: button("keys", "Keys", () => this.run("keys")),
    };
    this.buttons.done.classList.add("call");
  }

  listen() {
    const act = (event) => {
      if (event.key === "Escape" && !asking()) return this.leave() ?? null;
      const operation = this.meant(operationOf(event));
      if (!operation || event.repeat) return null;
      return () => this.run(operation);
    };
    onKeys(act, { fields: true });
  }

  // Enter is what comes next: the next unit, or that this step is done where a person says so.
  meant(operation) {
    if (operation !== "next" || this.state().screen === "finished") return operation;
    return isForPerson(this.state()) ? "done" : "";
  }

  draw(row, coaching, look) {
    const { unit, role } = this.state();
    const paused = unit?.phase === "paused";
    const may = coaching && role !== "viewer";
    const asked = may && !paused && isForPerson(this.state());
    const names = [...(asked ? ["done"] : []), ...(may ? ["pause", "back", "skip"] : []), ...(may && paused ? ["cancel"] : []), ...(coaching ? ["sound", "keys"] : [])];
    const key = `${names}/${paused}/${soundIsOn()}`;
    row.hidden = names.length === 0;
    // Nothing can be changed while the hub cannot be reached: said by the caption, and the buttons wait.
    const cut = look === "link";
    for (const name of ["pause", "back", "skip", "cancel"]) wait(this.buttons[name], cut || (name === "back" && this.number() <= 1));
    wait(this.buttons.done, cut || look === "done" || this.said === visitOf(unit));
    if (key === this.shown) return;
    this.shown = key;
    mark(this.buttons.pause, "tone", paused ? "primary" : "plain");
    this.buttons.pause.classList.toggle("primary", paused);
    label(this.buttons.pause, paused ? "play" : "paused", paused ? "Go on" : "Pause");
    label(this.buttons.sound, soundIsOn() ? "sound" : "mute", soundIsOn() ? "Sound on" : "Sound off");
    this.buttons.sound.setAttribute("aria-pressed", soundIsOn());
    const focused = row.contains(document.activeElement) ? document.activeElement : null;
    row.replaceChildren(...names.map((name) => this.buttons[name]));
    // Whoever works with keys stays where they were, also when that button has gone.
    if (focused) (focused.isConnected ? focused : (row.firstChild ?? document.getElementById("screen"))).focus();
  }

  number() {
    const { assembly, unit } = this.state();
    return unit ? stepNumber(assembly, unit.stepId) : 0;
  }

  run(operation) {
    const { screen, role, unit } = this.state();
    if (operation === "sound") return switchSound(!soundIsOn());
    if (operation === "keys") return showAll();
    if (operation === "next") return this.nextUnit();
    if (screen !== "coaching" || role === "viewer" || waits(this.buttons[operation])) return undefined;
    if (operation === "done") return this.finishStep();
    if (operation === "pause" && unit.phase === "paused") return this.interrupt({ interrupt_type: "RESUME" });
    return this.question(operation);
  }

  async question(operation) {
    const { unit, assembly } = this.state();
    const number = this.number();
    const step = { number, name: assembly.steps[number - 1]?.name ?? "", previous: assembly.steps[number - 2]?.name ?? "" };
    const wish = await QUESTIONS[operation](step);
    if (!wish) return;
    const now = this.state().unit;
    // While the question was open the unit may have gone on: then the answer was to another step.
    if (now?.recordId !== unit.recordId || now.stepId !== unit.stepId)
      return this.notice("The step was finished meanwhile. Nothing was changed.");
    await this.interrupt(wish);
  }

  async interrupt(wish) {
    const { unit } = this.state();
    try {
      await this.feed.coach.interrupt({ assembly_record_id: unit.recordId, ...wish });
    } catch (error) {
      this.notice(trouble(error));
    }
  }

  // Said once a visit of a step: a second press before the answer would be about the step after it.
  async finishStep() {
    const { unit, assembly } = this.state();
    const said = visitOf(unit);
    if (this.said === said || !isForPerson(this.state())) return;
    this.said = said;
    try {
      await finishStep(unit, assembly.steps[this.number()], this.feed.hubNowMs(Date.now()));
    } catch (error) {
      this.said = "";
      this.notice(trouble(error));
    }
  }

  nextUnit() {
    const { unit, assembly, screen } = this.state();
    if (screen !== "finished") return;
    this.restart({ assembly, operator: unit.operator || localOperator() });
  }
}

function localOperator() {
  return localStorage.getItem("takt.operator") || "operator";
}

function button(shape, words, click) {
  return h("button", { type: "button", on: { click } }, icon(shape), h("span", {}, words));
}

// A button that waits keeps the focus: it only does nothing.
const waits = (element) => element.getAttribute("aria-disabled") === "true";
const wait = (element, on) => waits(element) !== on && element.setAttribute("aria-disabled", String(on));

function label(element, shape, words) {
  reshape(element.firstChild, shape);
  say(element.lastChild, words);
}
