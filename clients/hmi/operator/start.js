// Before a unit: which assembly, who builds it. And after it: how it went.

import { h, say } from "../app/dom.js";
import { clockTime, count } from "../app/format.js";
import { icon } from "../app/icons.js";
import { recall, remember } from "../app/memory.js";
import { fitting, pageOf, pager } from "../app/pages.js";

const CARDS = { landscape: 8, portrait: 9 };

/**
 * The start screen. `begin({assembly, operator})` is called with what was chosen; `image(assembly)` resolves to an address or null.
 * `operator` is who has signed in, null where no operators are kept: then a name is asked for. `records` shows the operator's own.
 */
export function startScreen({ assemblies, mayTeach, image, who, operator = null, records, begin }) {
  const ready = assemblies.filter((assembly) => assembly.ready);
  const trouble = h("p", { class: "trouble", role: "alert" });
  const choices = h("div", { class: "choices", role: "radiogroup", "aria-label": "Assembly" });
  const pages = h("div", { class: "choices-pages" });
  let chosen = ready.find((one) => one.id === recall("assembly")) ?? ready[0];
  const list = (at) => {
    const page = pageOf(ready, fitting(CARDS), at);
    choices.dataset.many = page.items.length > fitting({ landscape: 4, portrait: 3 });
    choices.replaceChildren(...page.items.map((assembly) => card(assembly, assembly === chosen, image, () => (chosen = assembly))));
    pages.replaceChildren(pager(page, list) ?? "");
  };
  list(Math.floor(ready.indexOf(chosen) / fitting(CARDS)));
  const name = operator ? null : nameField(who);
  const form = h(
    "form",
    { class: "start-form", on: { submit: (event) => submit(event, chosen, operator, name, begin) } },
    h("h1", {}, "What do you build?"),
    choices,
    ready.length > fitting(CARDS) ? pages : null,
    unready(assemblies, mayTeach),
    operator ? builder(operator, records) : h("div", { class: "start-row" }, h("label", { for: "operator" }, "Your name"), name, go()),
    trouble,
  );
  return { element: form, fail: (text) => say(trouble, text), focus: operator ? form.querySelector("input:checked") : null };
}

const go = () => h("button", { class: "primary large", type: "submit" }, icon("play"), "Start");

function nameField(who) {
  return h("input", { type: "text", id: "operator", maxlength: 80, autocomplete: "off", value: recall("operator") || who, required: true });
}

// Whoever has signed in need not be asked; what they built before is one touch away.
function builder(operator, records) {
  return h(
    "div",
    { class: "start-row signed-in" },
    h("p", { class: "builder" }, icon("person"), operator.name),
    h("button", { type: "button", on: { click: records } }, icon("chart"), "My units"),
    go(),
  );
}

function submit(event, assembly, operator, name, begin) {
  event.preventDefault();
  remember("assembly", assembly.id);
  if (name) remember("operator", name.value.trim());
  begin({ assembly, operator: operator?.name ?? name.value.trim() });
}

function card(assembly, checked, image, choose) {
  const picture = h("img", { alt: "", hidden: true });
  image(assembly).then((source) => {
    if (source) Object.assign(picture, { src: source, hidden: false });
  });
  return h(
    "label",
    { class: "choice" },
    h("input", { type: "radio", name: "assembly", value: assembly.id, checked, on: { change: choose } }),
    h("span", { class: "choice-picture" }, picture),
    h("span", { class: "choice-name" }, assembly.title),
    h("span", { class: "choice-more" }, [count(assembly.steps.length, "step"), assembly.more].filter(Boolean).join(", ")),
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
