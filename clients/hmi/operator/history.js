// One's own finished units: which, how long, and how long each step took against its benchmark.

import { h, say } from "../app/dom.js";
import { clockTime, count } from "../app/format.js";
import { icon } from "../app/icons.js";
import { fitting, pageOf, pager } from "../app/pages.js";
import { barsOf } from "../app/records.js";
import { filmButton } from "./film.js";

const STEPS = { landscape: 10, portrait: 9 };

/** `units` {records, at, pages} is a page of them, newest first; `turn(at)` resolves to another; `back` leaves. */
export function historyScreen({ person, units, turn, back }) {
  const list = h("div", { class: "history-units" });
  const detail = h("section", { class: "history-unit", "aria-live": "polite" });
  const away = h("button", { type: "button", on: { click: back } }, icon("before"), "Back");
  const head = h("header", { class: "history-head" }, h("h1", {}, units.records.length ? "Your units" : "No finished unit yet"), away);
  const choose = (record) => {
    for (const button of list.querySelectorAll("button[data-record]"))
      button.setAttribute("aria-pressed", button.dataset.record === record.id);
    showSteps(detail, record);
  };
  const show = (page) => {
    const buttons = page.records.map((record) => unitButton(record, () => choose(record)));
    list.replaceChildren(...buttons, pager(page, go) ?? "");
    if (page.records.length) choose(page.records[0]);
    else say(detail, `What ${person.name} builds stands here when it is finished.`);
  };
  const go = async (at) => {
    try {
      show(await turn(at));
    } catch (error) {
      detail.replaceChildren(h("p", { class: "trouble", role: "alert" }, error.message));
    }
  };
  show(units);
  const element = h("section", { class: "history" }, head, list, detail);
  return { element, fail: () => undefined, focus: list.querySelector("button") ?? away, leave: back };
}

function unitButton(record, click) {
  const complete = record.phase === "complete";
  return h(
    "button",
    { type: "button", class: "unit-button", "data-record": record.id, "aria-pressed": "false", on: { click } },
    icon(complete ? "done" : "wrong"),
    h("span", { class: "unit-title" }, record.title),
    h("span", { class: "unit-time" }, clockTime(record.seconds)),
    h("span", { class: "unit-when" }, `${whenWords(record.endedMs)}${complete ? "" : ", cancelled"}`),
  );
}

function whenWords(ms) {
  if (ms === null) return "";
  const at = new Date(ms);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (new Date().toDateString() === at.toDateString()) return `today ${time}`;
  return `${at.toLocaleDateString([], { day: "numeric", month: "short" })} ${time}`;
}

function showSteps(detail, record, at = 0) {
  const bars = barsOf(record.steps);
  const page = pageOf(bars, fitting(STEPS), at);
  const rows = page.items.map(({ step }) => h("evidence-bar", { name: `${step.number}  ${step.name}` }));
  const planned = record.benchmark ? ` of ${clockTime(record.benchmark)}` : "";
  detail.replaceChildren(
    h("h2", {}, record.title),
    h("p", { class: "history-sum" }, `${clockTime(record.seconds)}${planned}. ${sumWords(bars)}`),
    h("div", { class: "history-bars" }, rows),
    h(
      "div",
      { class: "history-foot" },
      filmButton(record),
      h("p", { class: "aside" }, "The mark in a bar is the time that the step should take."),
      pager(page, (to) => showSteps(detail, record, to)),
    ),
  );
  rows.forEach((row, index) => row.set(page.items[index].share, wordsOf(page.items[index].step), page.items[index]));
}

function sumWords(bars) {
  const timed = bars.filter((bar) => bar.tick !== null);
  const over = timed.filter((bar) => bar.over).length;
  if (timed.length === 0) return "No step has a time to keep to.";
  return over === 0 ? "Every step kept to its time." : `${count(over, "step")} of ${bars.length} took longer than planned.`;
}

function wordsOf(step) {
  if (step.skipped) return "skipped";
  const again = step.visits > 1 ? `, ${step.visits} times` : "";
  return `${clockTime(step.seconds)}${step.benchmark ? ` of ${clockTime(step.benchmark)}` : ""}${again}`;
}
