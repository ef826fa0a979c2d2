// Training and what came of it: progress, accuracy per label, the confusion as a matrix and in sentences, the versions.

import { h, mark, say, show } from "../app/dom.js";
import { percent } from "../app/format.js";
import { icon } from "../app/icons.js";
import { ask } from "../elements/confirm-dialog.js";
import { isRunning, labelWords, matrixOf, mixUps, overall, runWords } from "./evaluation.js";

const MIX_UPS = 3;

export class TrainView {
  /** `studio` {state(), cancel, activate, image}. */
  constructor(studio) {
    Object.assign(this, { studio, number: null, stepIndex: 0, key: "" });
    this.bar = h("evidence-bar", { name: "Training" });
    this.words = h("p", { class: "run-words", role: "status" });
    this.cancel = h("button", { type: "button", on: { click: () => this.studio.cancel() } }, icon("wrong"), "Cancel training");
    this.run = h("section", { class: "run", "aria-label": "Training" }, this.words, this.bar, this.cancel);
    this.versions = h("ol", { class: "versions", "aria-label": "Versions" });
    this.result = h("section", { class: "result", "aria-label": "Evaluation" });
    this.element = h(
      "div",
      { class: "trained" },
      this.run,
      this.result,
      h("aside", { class: "side" }, h("h2", {}, "Versions"), this.versions),
    );
  }

  draw() {
    const { run, versions } = this.studio.state();
    show(this.run, Boolean(run) && run.state !== "finished");
    if (run) this.drawRun(run);
    if (!versions) return;
    const shown = versions.versions.find((one) => one.number === this.number) ?? versions.versions[0];
    const key = JSON.stringify([
      versions.active,
      versions.versions.map((one) => one.number),
      shown?.number,
      this.stepIndex,
      isRunning(run),
    ]);
    if (key === this.key) return;
    this.key = key;
    this.versions.replaceChildren(...versions.versions.map((one) => this.versionRow(one, versions.active, shown)));
    this.result.replaceChildren(
      ...(shown ? this.resultOf(shown, versions.active) : [h("h1", {}, isRunning(run) ? "It is being trained" : "Nothing is trained yet"), h("p", { class: "aside" }, "What came of it stands here.")]),
    );
  }

  drawRun(run) {
    const going = isRunning(run);
    mark(this.run, "state", run.state);
    say(this.words, runWords(run));
    this.bar.set(run.state === "finished" ? 1 : run.fraction, percent(run.state === "finished" ? 1 : run.fraction), {
      tone: run.state === "finished" ? "ok" : "grey",
    });
    show(this.bar, run.state !== "failed");
    show(this.cancel, going);
  }

  versionRow(version, active, shown) {
    const right = overall(version);
    const made = new Date(version.created_at_ms);
    const words = `${made.toLocaleDateString()} ${made.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`;
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: "target-row",
          "data-key": `v${version.number}`,
          "aria-current": version === shown ? "true" : null,
          on: { click: () => this.choose(version.number) },
        },
        icon(version.number === active ? "done" : "waiting"),
        h("span", { class: "target-name" }, `Version ${version.number}`, h("small", {}, words)),
        h("span", { class: "target-frames" }, version.number === active ? "in use" : right === null ? "" : percent(right)),
      ),
    );
  }

  choose(number) {
    const focused = document.activeElement?.dataset.key;
    Object.assign(this, { number, stepIndex: 0 });
    this.draw();
    if (focused) this.versions.querySelector(`[data-key="${focused}"]`)?.focus();
  }

  resultOf(version, active) {
    const right = overall(version);
    const step = version.steps[Math.min(this.stepIndex, version.steps.length - 1)];
    const inUse = version.number === active;
    const use = h(
      "button",
      { type: "button", class: "primary", disabled: inUse, on: { click: () => this.activate(version, active) } },
      inUse ? "In use" : `Use version ${version.number}`,
    );
    return [
      h(
        "div",
        { class: "result-head" },
        h("h1", {}, `Version ${version.number}`),
        use,
        inUse ? h("a", { class: "button", href: "/" }, "Try it at the bench") : null,
      ),
      h(
        "p",
        { class: "result-words" },
        right === null
          ? "Nothing was held back to check it with."
          : `${percent(right)} of the pictures it had never seen were named rightly.`,
        ` ${version.frames} pictures, ${version.seconds.toFixed(1)} s.`,
      ),
      this.mixUpsOf(version),
      this.stepTabs(version),
      step ? h("div", { class: "step-result" }, bars(step), h("div", { class: "matrix-frame" }, matrix(step))) : null,
      h(
        "ul",
        { class: "sentences" },
        (step?.sentences ?? []).map((sentence) => h("li", {}, sentence)),
      ),
    ].filter(Boolean);
  }

  mixUpsOf(version) {
    const pairs = mixUps(version).slice(0, MIX_UPS);
    if (pairs.length === 0) return null;
    return h(
      "ul",
      { class: "mix-ups" },
      pairs.map((pair) =>
        h(
          "li",
          {},
          this.sample(pair.label),
          this.sample(pair.taken_for),
          h("p", {}, `“${labelWords(pair.label)}” was taken for “${labelWords(pair.taken_for)}” in ${pair.frames} of ${pair.of} pictures.`),
        ),
      ),
    );
  }

  sample(label) {
    const picture = h("img", { alt: labelWords(label), hidden: true });
    const none = h("span", {}, "made up");
    this.studio.image(label).then((source) => {
      if (source) Object.assign(picture, { src: source, hidden: false });
      show(none, !source);
    });
    return h("span", { class: "thumb" }, picture, none);
  }

  stepTabs(version) {
    if (version.steps.length < 2) return null;
    return h(
      "div",
      { class: "step-tabs", role: "group", "aria-label": "Step" },
      version.steps.map((step, index) =>
        h(
          "button",
          {
            type: "button",
            "aria-pressed": index === this.stepIndex ? "true" : "false",
            "data-key": `s${index}`,
            on: { click: () => this.showStep(index) },
          },
          String(step.number ?? index + 1),
        ),
      ),
    );
  }

  showStep(index) {
    this.stepIndex = index;
    this.draw();
    this.result.querySelector(`[data-key="s${index}"]`)?.focus();
  }

  async activate(version, active) {
    const older = active !== null && version.number < active;
    const back = active === null ? "" : ` You can go back to version ${active} at any time.`;
    const text = `Every station uses it from its next picture on.${back}`;
    if (
      await ask({
        title: `${older ? "Go back to" : "Use"} version ${version.number}?`,
        text,
        confirm: older ? "Go back" : "Use it",
        dismiss: "Leave it",
      })
    )
      this.studio.activate(version.number);
  }
}

function bars(step) {
  return h(
    "div",
    { class: "bars" },
    step.evaluation.map((one) => {
      const bar = h("evidence-bar", { name: labelWords(one.label) });
      queueMicrotask(() => bar.set(one.accuracy, percent(one.accuracy), { tone: one.accuracy >= 0.95 ? "ok" : "warn" }));
      return bar;
    }),
  );
}

function matrix(step) {
  const { columns, rows } = matrixOf(step);
  const head = h(
    "tr",
    {},
    h("td", {}),
    columns.map((name) => h("th", { scope: "col" }, labelWords(name))),
  );
  const body = rows.map((row) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, labelWords(row.name)),
      row.cells.map((cell) =>
        h(
          "td",
          { "data-cell": cell.right ? "right" : cell.frames > 0 ? "mixed" : "none" },
          cell.frames || cell.right ? String(cell.frames) : "·",
        ),
      ),
    ),
  );
  return h(
    "table",
    { class: "matrix" },
    h("caption", {}, "What was shown (rows), and what it was taken for (columns), in pictures"),
    h("thead", {}, head),
    h("tbody", {}, body),
  );
}
