// The administration: operators (for administrators), and assemblies with their steps (for supervisors, too).

import { me } from "../app/api.js";
import { h, say, show } from "../app/dom.js";
import { onKeys } from "../app/keys.js";
import { drawScreens, leaveButton } from "../app/screens.js";
import { signInWithCode, signOut, toSignIn } from "../app/sign_in.js";
import { asking } from "../elements/confirm-dialog.js";
import { showKeys } from "../elements/key-list.js";
import { emptyScreen } from "../operator/start.js";
import { keepingFocus } from "./focus.js";
import { OperatorsView } from "./operators.js";
import { ProductsView } from "./products.js";
import { SettingsView } from "./settings.js";
import { Undo } from "./undo.js";

const NOTICE_MS = 8000;
const KEYS = [
  ["Alt ↑", "Move the step up"],
  ["Alt ↓", "Move the step down"],
  ["Ctrl Z", "Undo, while the bar stands at the bottom"],
  ["Esc", "Close a question or a form"],
  ["?", "These keys"],
];
const part = (id) => document.getElementById(id);

const undo = new Undo(part("undo"), notice);
let views = {};
let shown = "";

let timer = 0;
function notice(text) {
  say(part("notice"), text);
  show(part("notice"), Boolean(text));
  clearTimeout(timer);
  timer = setTimeout(() => show(part("notice"), false), NOTICE_MS);
}

async function attempt(work) {
  try {
    // What was held back comes first: the answer must not show what is as good as deleted.
    await undo.settle();
    await work();
  } catch (error) {
    if (error.status === 401) return toSignIn();
    notice(error.message);
  }
}

function viewsFor({ role, full_name: who }) {
  const rights = { undo, attempt, who };
  const operators = role === "admin" ? { operators: ["Operators", new OperatorsView(rights)] } : {};
  if (role !== "admin" && role !== "supervisor") return {};
  return { ...operators, assemblies: ["Assemblies", new ProductsView(rights)], settings: ["Settings", new SettingsView(rights)] };
}

function drawTabs() {
  const tabs = Object.entries(views).map(([name, [words]]) =>
    h("button", { type: "button", "aria-current": name === shown ? "page" : null, on: { click: () => go(name) } }, words),
  );
  keepingFocus(part("tabs"), () => part("tabs").replaceChildren(...tabs));
}

async function go(name) {
  shown = name;
  history.replaceState(null, "", `#${name}`);
  drawTabs();
  const [, view] = views[name];
  await attempt(async () => {
    await view.open();
    if (shown === name) part("screen").replaceChildren(view.element);
  });
}

async function boot() {
  part("screen").replaceChildren(emptyScreen({ heading: "Administration", sentence: "One moment …" }).element);
  try {
    await signInWithCode();
    const who = await me();
    drawScreens(part("screens"), who.role);
    views = viewsFor(who);
    const names = Object.keys(views);
    if (names.length === 0) return part("screen").replaceChildren(refused());
    const wanted = location.hash.slice(1);
    return await go(names.includes(wanted) ? wanted : names[0]);
  } catch (error) {
    if (error.status === 401) return toSignIn();
    const again = h("button", { class: "primary large", type: "button", on: { click: boot } }, "Look again");
    return part("screen").replaceChildren(emptyScreen({ heading: "Takt does not answer", sentence: error.message, action: again }).element);
  }
}

function refused() {
  const home = h("a", { class: "button primary large", href: "/" }, "To the bench");
  const sentence = "Your account may not change assemblies or operators. Ask an administrator for the role of supervisor.";
  return emptyScreen({ heading: "Only supervisors and administrators", sentence, action: home }).element;
}

part("top-actions").append(leaveButton(() => undo.settle().then(signOut)));
onKeys((event) => (event.key === "?" && !asking() && !event.target.matches?.("input, textarea") ? () => showKeys(KEYS) : null));
boot();
