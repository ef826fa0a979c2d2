// The recording page: live picture, what to show, a button to hold, the film strip, and the list of what is to be taught.

import { h, mark, say, show } from "../app/dom.js";
import { count } from "../app/format.js";
import { icon, reshape } from "../app/icons.js";
import { ask, asking } from "../elements/confirm-dialog.js";
import { hint } from "./coverage.js";
import { askStep } from "./step_dialog.js";
import { nextOpen, readiness, stateOf, targetsOf } from "./targets.js";

const MARKS = { open: "waiting", short: "unsure", done: "done" };
const WORDS = { open: "no pictures", short: "few pictures", done: "recorded" };

export class RecordView {
  /** `studio` {state(), addPending, renamePending, dropPending, train, notice}; `recorder` and `picture` as in main.js. */
  constructor({ studio, recorder, picture }) {
    Object.assign(this, { studio, recorder, picture, key: "bench", replace: false, sentence: "" });
    this.build();
    this.listen();
  }

  build() {
    this.title = h("h1", { class: "target-title" });
    this.what = h("p", { class: "target-what" });
    this.told = h("p", { class: "told", role: "status" });
    this.hold = h("button", { type: "button", class: "hold primary large", id: "hold" }, icon("record"), h("span", {}, "Hold to record"));
    this.mode = h(
      "div",
      { class: "mode", role: "radiogroup", "aria-label": "What to do with the pictures that are there" },
      this.choice("add", "Add pictures"),
      this.choice("replace", "Start over"),
    );
    this.film = h("ol", { class: "film", "aria-label": "Pictures taken" });
    this.list = h("ol", { class: "targets", "aria-label": "What to teach" });
    this.addStep = h("button", { type: "button", on: { click: () => this.add() } }, icon("plus"), "Add a step");
    this.ready = h("p", { class: "aside" });
    this.train = h(
      "button",
      { type: "button", class: "primary large", id: "train", on: { click: () => this.studio.train() } },
      icon("play"),
      "Train",
    );
    this.frame = h(
      "div",
      { class: "view", "data-look": "waiting" },
      this.picture,
      h("div", { class: "target" }, this.title, this.what, this.told),
    );
    this.element = h(
      "div",
      { class: "record" },
      this.frame,
      h("div", { class: "hold-row" }, this.hold, this.mode),
      this.film,
      h("aside", { class: "side" }, this.list, h("div", { class: "side-actions" }, this.addStep, this.ready, this.train)),
    );
  }

  choice(value, words) {
    return h(
      "label",
      { class: "reason" },
      h("input", {
        type: "radio",
        name: "mode",
        value,
        checked: value === "add",
        on: { change: () => (this.replace = value === "replace") },
      }),
      words,
    );
  }

  listen() {
    const press = () => this.press();
    this.hold.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.hold.setPointerCapture(event.pointerId);
      press();
    });
    for (const name of ["pointerup", "pointercancel"]) this.hold.addEventListener(name, () => this.recorder.release());
    this.hold.addEventListener("contextmenu", (event) => event.preventDefault());
    addEventListener("keydown", (event) => this.keyDown(event, press));
    addEventListener("keyup", (event) => event.key === " " && this.recorder.release());
    addEventListener("blur", () => this.recorder.release());
  }

  keyDown(event, press) {
    if (event.key === "Escape" && this.recorder.phase !== "idle") return this.recorder.release(true);
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move && !asking() && this.element.isConnected && !event.target.matches?.("input")) return this.move(event, move);
    const elsewhere = asking() || !this.element.isConnected || event.target.matches?.("input, textarea, a, button:not(#hold)");
    if (event.key !== " " || elsewhere) return undefined;
    event.preventDefault();
    if (!event.repeat) press();
    return undefined;
  }

  move(event, by) {
    event.preventDefault();
    const targets = this.targets();
    const at = targets.findIndex((one) => one.key === this.key) + by;
    if (targets[at]) this.choose(targets[at].key);
  }

  press() {
    const { assembly, station } = this.studio.state();
    const target = this.target();
    if (!target?.mayRecord || this.hold.disabled) return;
    this.sentence = "";
    this.recorder.press(assembly.id, station.id, target, this.replace && target.recordings > 0);
  }

  /** After a recording: goes on to what is still open. */
  recorded(target, sentence, kept) {
    this.sentence = sentence;
    if (kept) this.lastKey = target.key;
    this.replace = false;
    this.mode.querySelector("input").checked = true;
  }

  /** Chooses what to record. */
  choose(key) {
    if (this.recorder.phase !== "idle") return;
    this.key = key;
    this.sentence = "";
    this.draw();
  }

  targets() {
    const { assembly, pending } = this.studio.state();
    return targetsOf(assembly, pending);
  }

  target() {
    return this.targets().find((one) => one.key === this.key);
  }

  async add() {
    const { assembly, pending } = this.studio.state();
    const number = assembly.steps.length + pending.length + 1;
    const step = await askStep({ title: `Step ${number}`, name: "", benchmark: "" });
    if (step) this.studio.addPending(step);
    if (step && this.targets().find((one) => one.key === `step-${number}`)?.mayRecord) this.choose(`step-${number}`);
  }

  async edit(target) {
    const index = Number(target.number) - this.studio.state().assembly.steps.length - 1;
    const known = this.studio.state().pending[index];
    const step = await askStep({ title: `Step ${target.number}`, ...known });
    if (step) this.studio.renamePending(index, step);
  }

  async drop(target) {
    const index = Number(target.number) - this.studio.state().assembly.steps.length - 1;
    if (
      await ask({
        title: `Leave out step ${target.number}?`,
        text: `${target.title} was not recorded yet: nothing else is lost.`,
        confirm: "Leave it out",
        dismiss: "Keep it",
      })
    )
      this.studio.dropPending(index);
  }

  draw() {
    const { assembly, camera } = this.studio.state();
    if (!assembly) return;
    const targets = this.targets();
    const target = targets.find((one) => one.key === this.key) ?? targets[0];
    this.key = target.key;
    const phase = this.recorder.phase;
    mark(this.frame, "look", phase === "recording" ? "recording" : camera ? "camera" : "waiting");
    say(this.title, target.number ? `${target.number}  ${target.title}` : target.title);
    say(this.what, camera || target.what);
    const { thumbs, greys } = this.recorder.samples(target.key);
    const covered = hint({ samples: greys, frames: target.frames, recordings: target.recordings, kind: target.key.split("-")[0] });
    const onward = this.sentence && this.lastKey === target.key && nextOpen(targets, target.key) !== target.key;
    say(
      this.told,
      phase === "recording"
        ? `Recording ${this.recorder.seconds.toFixed(1)} s. Esc takes it back.`
        : [this.sentence, covered].filter(Boolean).join(" "),
    );
    this.hold.disabled = !target.mayRecord || Boolean(camera) || phase === "ending";
    mark(this.hold, "phase", phase);
    reshape(this.hold.firstChild, phase === "recording" ? "paused" : "record");
    say(
      this.hold.lastChild,
      { recording: "Let go to end", ending: "Keeping it …", starting: "Starting …" }[phase] ?? "Hold to record (Space)",
    );
    show(this.mode, target.recordings > 0 && phase === "idle");
    this.drawFilm(target, thumbs);
    this.drawList(targets, onward ? nextOpen(targets, target.key) : "");
    const { ready, sentence } = readiness(assembly, targets);
    say(this.ready, sentence);
    this.train.disabled = !ready || phase !== "idle";
  }

  drawFilm(target, thumbs) {
    const key = `${target.key}/${thumbs.length}/${target.recordings}`;
    if (key === this.filmKey) return;
    this.filmKey = key;
    const pictures = thumbs.length ? thumbs : this.studio.sample(target);
    this.film.replaceChildren(...pictures.map((picture) => h("li", {}, picture)));
    this.film.scrollLeft = this.film.scrollWidth;
  }

  drawList(targets, suggested) {
    const key = JSON.stringify([
      targets.map((one) => [one.key, one.title, one.frames, one.recordings, one.mayRecord]),
      this.key,
      suggested,
    ]);
    if (key === this.listKey) return;
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    this.listKey = key;
    this.list.replaceChildren(...targets.map((target) => this.row(target, suggested)));
    if (focused) this.list.querySelector(`[data-key="${focused}"]`)?.focus();
    this.list.querySelector('[aria-current="true"]')?.scrollIntoView({ block: "nearest" });
  }

  row(target, suggested) {
    const state = stateOf(target);
    const words = target.recordings ? `${count(target.frames, "picture")}${state === "short" ? ", few" : ""}` : WORDS[state];
    const button = h(
      "button",
      {
        type: "button",
        class: "target-row",
        "data-key": target.key,
        "data-state": state,
        "aria-current": target.key === this.key ? "true" : null,
        on: { click: () => this.choose(target.key) },
      },
      icon(MARKS[state]),
      h("span", { class: "target-name" }, target.number ? `${target.number}  ${target.title}` : target.title),
      h("span", { class: "target-frames" }, target.key === suggested ? "next" : words),
    );
    const tools = target.pending
      ? [
          h(
            "button",
            { type: "button", class: "quiet", "aria-label": `Rename step ${target.number}`, on: { click: () => this.edit(target) } },
            icon("pen"),
          ),
          h(
            "button",
            { type: "button", class: "quiet", "aria-label": `Leave out step ${target.number}`, on: { click: () => this.drop(target) } },
            icon("wrong"),
          ),
        ]
      : [];
    return h("li", {}, button, ...tools);
  }
}
