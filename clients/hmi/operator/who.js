// Who builds: the operators as large buttons, then the password with digits to touch; or a badge, at any moment.

import { h, say } from "../app/dom.js";
import { icon } from "../app/icons.js";
import { fitting, pageOf, pager } from "../app/pages.js";

// Where one page does not hold everybody, initials and the way to other pages need room, too.
const ALL = { landscape: 16, portrait: 21 };
const SOME = { landscape: 12, portrait: 18 };
const WRONG = "wrong_credentials";
const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/**
 * The list of operators. `signIn(operator, password)` rejects with a sentence; `onward` {name, go} is the way on without an operator, or
 * null; `said` is a sentence from before.
 */
export function whoScreen({ operators, signIn, onward, said = "" }) {
  const element = h("section", { class: "who" });
  const trouble = h("p", { class: "trouble", role: "alert" }, said);
  const screen = { element, fail: (text) => say(trouble, text), focus: null };
  const list = (at = 0) => {
    const size = sizeFor(operators);
    const page = pageOf(operators, size, at);
    const buttons = page.items.map((operator) => personButton(operator, () => pad(operator)));
    element.replaceChildren(
      h("h1", {}, "Who builds?"),
      h("p", { class: "badge-hint" }, icon("badge"), "Touch your name, or hold your badge to the reader."),
      letters(operators, (index) => focusOn(list(Math.floor(index / size)))) ?? "",
      h("div", { class: "people" }, buttons),
      h("div", { class: "who-row" }, trouble, pager(page, list), onward && aside(onward)),
    );
    Object.assign(screen, { focus: buttons[0], leave: null });
    return buttons[0];
  };
  const pad = (operator) => {
    const back = () => focusOn(list());
    const asked = padOf(operator, { signIn, back, trouble });
    element.replaceChildren(...asked.content);
    Object.assign(screen, { focus: asked.focus, leave: back });
    asked.focus.focus();
  };
  list();
  return screen;
}

const sizeFor = (operators) => fitting(operators.length <= fitting(ALL) ? ALL : SOME);
const focusOn = (element) => element?.focus();

function aside({ name, go }) {
  return h("button", { type: "button", on: { click: go } }, `Go on as ${name}`);
}

function personButton(operator, click) {
  return h(
    "button",
    { type: "button", class: "person-button", on: { click } },
    icon(operator.has_password === false ? "badge" : "person"),
    h("span", {}, operator.name),
  );
}

// Initials to jump to, where one page does not hold everybody.
function letters(operators, jump) {
  if (operators.length <= sizeFor(operators)) return null;
  const first = new Map();
  operators.forEach(({ name }, index) => {
    const letter = name.normalize("NFD").charAt(0).toUpperCase();
    if (!first.has(letter)) first.set(letter, index);
  });
  const buttons = [...first].map(([letter, index]) =>
    h("button", { type: "button", "aria-label": `Names with ${letter}`, on: { click: () => jump(index) } }, letter),
  );
  return h("nav", { class: "letters", "aria-label": "Initials" }, buttons);
}

function padOf(operator, { signIn, back, trouble }) {
  say(trouble, "");
  const away = h("button", { type: "button", on: { click: back } }, icon("before"), "Somebody else");
  if (operator.has_password === false) {
    const words = `${operator.name} has no password. Hold the badge to the reader.`;
    return { content: [h("h1", {}, operator.name), h("p", { class: "badge-hint" }, icon("badge"), words), trouble, away], focus: away };
  }
  const field = h("input", { type: "password", id: "pin", maxlength: 256, autocomplete: "off", required: true });
  const enter = h("button", { class: "primary large", type: "submit" }, "Sign in");
  const submit = async (event) => {
    event.preventDefault();
    enter.disabled = true;
    say(trouble, "");
    try {
      await signIn(operator, field.value);
    } catch (error) {
      say(trouble, error.code === WRONG ? "That is not the password. Try again." : error.message);
      enter.disabled = false;
      field.value = "";
      field.focus();
    }
  };
  const form = h(
    "form",
    { class: "pad", on: { submit } },
    h("h1", {}, operator.name),
    h("label", { for: "pin" }, "PIN or password"),
    field,
    digits(field),
    trouble,
    h("div", { class: "pad-row" }, away, enter),
  );
  return { content: [form], focus: field };
}

function digits(field) {
  const key = (shown, label, press) => h("button", { type: "button", "aria-label": label, tabindex: -1, on: { click: press } }, shown);
  const typed = (digit) => key(digit, digit, () => (field.value += digit));
  return h(
    "div",
    { class: "digits", role: "group", "aria-label": "Digits" },
    DIGITS.map(typed),
    key("Clear", "Clear all", () => (field.value = "")),
    typed("0"),
    key(icon("erase"), "Delete the last one", () => (field.value = field.value.slice(0, -1))),
  );
}
