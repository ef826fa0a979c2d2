// The step now: number, what to do, how it looks when done (and, when it is wrong, how it looks now beside it), the bars, what is next.

import { around, drawCrop, filling } from "../app/crop.js";
import { h, mark, say, show } from "../app/dom.js";
import { clockTime, percent } from "../app/format.js";
import { icon } from "../app/icons.js";

// How much of the surroundings is shown: beside a mistake, both pictures closer.
export const WIDE = 1.7;
export const CLOSE = 1.3;

class StepCard extends HTMLElement {
  connectedCallback() {
    if (this.body) return;
    this.number = h("span", { class: "step-number" });
    this.heading = h("h1", { class: "step-name" });
    this.words = h("p", { class: "step-words" });
    this.reference = h("canvas", { role: "img", hidden: true });
    this.sample = null;
    this.noReference = h("p", { class: "no-reference" }, "No picture of this step");
    this.now = h("canvas", { role: "img", "aria-label": "As it is now" });
    this.asItIs = h("figure", { class: "as-it-is", hidden: true }, this.now, h("figcaption", {}, icon("wrong"), "Now"));
    this.caption = h("span", {}, "How it looks done");
    this.evidence = h("evidence-bar", { name: "Evidence" });
    this.confidence = h("evidence-bar", { name: "Confidence" });
    this.time = h("evidence-bar", { name: "Time" });
    this.nextStep = h("p", { class: "next-step" });
    this.body = h(
      "div",
      { class: "step-body" },
      h("div", { class: "step-title" }, this.number, this.heading),
      this.words,
      h(
        "div",
        { class: "figures" },
        this.asItIs,
        h("figure", { class: "reference" }, this.reference, this.noReference, h("figcaption", {}, icon("done"), this.caption)),
      ),
    );
    this.append(this.body, h("div", { class: "bars" }, this.evidence, this.confidence, this.time), this.nextStep);
  }

  /** Another step: slides in. `image` resolves to an address of its picture, or null. */
  async step(step, number, image) {
    this.key = `${step.id}`;
    say(this.number, String(number));
    say(this.heading, step.name || `Step ${number}`);
    say(this.words, step.description);
    show(this.words, Boolean(step.description));
    this.body.classList.remove("slides-in");
    requestAnimationFrame(() => this.body.classList.add("slides-in"));
    const key = this.key;
    const source = await image;
    if (key !== this.key) return;
    show(this.reference, Boolean(source));
    show(this.noReference, !source);
    this.reference.setAttribute("aria-label", `How "${step.name}" looks when it is done`);
    this.sample = source ? await decoded(source) : null;
    if (key === this.key) this.drawReference();
  }

  /** Where the camera looks for this step, [x, y, w, h] or null: the reference shows the same place. */
  watch(roi) {
    if (String(roi) === String(this.roi)) return;
    this.roi = roi;
  }

  drawReference() {
    const sample = this.sample;
    if (!sample) return;
    const { naturalWidth: width, naturalHeight: height } = sample;
    const box = this.reference.clientWidth / Math.max(1, this.reference.clientHeight);
    const near = this.dataset.look === "wrong";
    const drawn = `${sample.src} ${this.roi} ${near} ${box.toFixed(2)}`;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    drawCrop(this.reference, sample, width, height, near ? around(this.roi, CLOSE) : filling(this.roi, WIDE, (box * height) / width));
  }

  /** The bars and the pictures beside them. Shares 0..1, seconds; `look` as state.js `lookNow`; `watched`: by a camera. */
  read({ look, watched, evidence, confidence, seconds, benchmark, known }) {
    mark(this, "look", look);
    show(this.asItIs, look === "wrong");
    this.drawReference();
    const fresh = known && look !== "link" && look !== "camera";
    show(this.evidence, watched);
    show(this.confidence, watched);
    const counted = fresh && evidence !== null;
    this.evidence.set(counted ? evidence : 0, counted ? percent(evidence) : "–", { tone: "ok" });
    this.confidence.set(fresh ? confidence : 0, fresh ? percent(confidence) : "–");
    const over = benchmark > 0 && seconds > benchmark;
    const words = benchmark > 0 ? `${clockTime(seconds)} of ${clockTime(benchmark)}` : clockTime(seconds);
    const longest = Math.max(seconds, benchmark || 30);
    this.time.set(benchmark > 0 ? seconds / longest : 0, words, { tone: over ? "warn" : "grey", tick: over ? benchmark / longest : null });
    say(this.caption, look === "wrong" ? "Should be" : "How it looks done");
  }

  /** What comes next in one line. */
  set next(text) {
    say(this.nextStep, text);
  }
}

async function decoded(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}

customElements.define("step-card", StepCard);
