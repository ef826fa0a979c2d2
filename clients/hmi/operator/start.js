// Before a unit: which assembly, who builds it. And after it: how it went.

import { h, say } from "../app/dom.js";
import { clockTime, count } from "../app/format.js";
import { icon } from "../app/icons.js";
import { recall, remember } from "../app/memory.js";

/** The start screen. `begin({assembly, operator})` is called with what was chosen; `image` as in coaching.js. */
export function startScreen({ assemblies, mayTeach, image, who, begin }) {
  const ready = assemblies.filter((assembly) => assembly.ready);
  const operator = h("input", {
    type: "text",
    id: "operator",
    maxlength: 80,
    autocomplete: "off",
    value: recall("operator") || who,
    required: true,
  });
  const trouble = h("p", { class: "trouble", role: "alert" });
  const button = h("button", { class: "primary large", type: "submit" }, icon("play"), "Start");
  const form = h(
    "form",
    { class: "start-form", on: { submit: (event) => submit(event, form, ready, operator, begin) } },
    h("h1", {}, "What do you build?"),
    h(
      "div",
      { class: "choices", role: "radiogroup", "aria-label": "Assembly" },
      ready.map((assembly, index) => card(assembly, index === 0, image)),
    ),
    unready(assemblies, mayTeach),
    h("div", { class: "start-row" }, h("label", { for: "operator" }, "Your name"), operator, button),
    trouble,
  );
  const remembered = [...form.querySelectorAll("input[type=radio]")].find((input) => input.value === recall("assembly"));
  if (remembered) remembered.checked = true;
  return { element: form, fail: (text) => say(trouble, text) };
}

function submit(event, form, ready, operator, begin) {
  event.preventDefault();
  const assembly = ready.find((one) => one.id === form.elements.assembly.value);
  remember("operator", operator.value.trim());
  remember("assembly", assembly.id);
  begin({ assembly, operator: operator.value.trim() });
}

function card(assembly, first, image) {
  const picture = h("img", { alt: "", hidden: true });
  image(assembly.id, `step-${assembly.steps.length}_good`).then((source) => {
    if (source) Object.assign(picture, { src: source, hidden: false });
  });
  return h(
    "label",
    { class: "choice" },
    h("input", { type: "radio", name: "assembly", value: assembly.id, checked: first }),
    h("span", { class: "choice-picture" }, picture),
    h("span", { class: "choice-name" }, assembly.title),
    h("span", { class: "choice-more" }, count(assembly.steps.length, "step")),
  );
}

function unready(assemblies, mayTeach) {
  const names = assemblies.filter((assembly) => !assembly.ready).map((assembly) => assembly.title);
  if (names.length === 0) return null;
  const sentence = `Not trained yet: ${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}. `;
  return h("p", { class: "aside" }, sentence, mayTeach ? h("a", { href: "/train" }, "Open the training studio") : null);
}

/** After the last step. `onward` starts the next unit, `choose` goes back to the start screen. */
export function finishedScreen({ unit, assembly, onward, choose }) {
  const complete = unit.phase === "complete";
  const total = (unit.finishedMs - unit.startedMs) / 1000;
  const planned = assembly.steps.reduce((sum, step) => sum + step.benchmark, 0);
  const skipped = unit.results.filter((result) => result.status === "SKIPPED").length;
  const facts = [
    h("dt", {}, "Time"),
    h("dd", {}, planned ? `${clockTime(total)} of ${clockTime(planned)}` : clockTime(total)),
    h("dt", {}, "Steps done"),
    h("dd", {}, `${unit.results.length - skipped} of ${assembly.steps.length}`),
    skipped ? [h("dt", {}, "Skipped"), h("dd", {}, String(skipped))] : null,
  ];
  const next = h("button", { class: "primary large", type: "button", id: "next-unit", on: { click: onward } }, icon("play"), "Next unit");
  const trouble = h("p", { class: "trouble", role: "alert" });
  const element = h(
    "section",
    { class: "finished", "data-phase": unit.phase },
    h("p", { class: "finished-mark" }, icon(complete ? "done" : "wrong")),
    h("h1", {}, complete ? "Unit complete" : "Unit cancelled"),
    h("p", { class: "finished-name" }, assembly.title),
    h("dl", { class: "facts" }, facts),
    h(
      "div",
      { class: "finished-actions" },
      h("button", { class: "large", type: "button", on: { click: choose } }, "Another assembly"),
      next,
    ),
    h("p", { class: "aside" }, "Enter starts the next unit."),
    trouble,
  );
  return { element, fail: (text) => say(trouble, text), focus: next };
}

/** A sentence and the next action, where there is nothing to show yet. */
export function emptyScreen({ heading, sentence, action = null }) {
  return { element: h("section", { class: "empty" }, h("h1", {}, heading), h("p", {}, sentence), action), fail: () => undefined };
}

/** One of several stations, remembered. */
export function stationScreen({ stations, choose }) {
  const buttons = stations.map((station) =>
    h(
      "button",
      { class: "station large", type: "button", on: { click: () => choose(station) } },
      h("strong", {}, station.name),
      h("span", {}, station.line_name ?? station.id),
    ),
  );
  return {
    element: h("section", { class: "stations" }, h("h1", {}, "Where are you?"), h("div", { class: "station-list" }, buttons)),
    fail: () => undefined,
  };
}
