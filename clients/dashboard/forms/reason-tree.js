// The tree of reasons as one choice: branches open and close, a search finds a reason wherever it hangs.

import { h, say } from "/static/hmi/app/dom.js";
import { flatten } from "../floor/stops.js";

// A small tree is open from the start.
const OPEN_UP_TO = 14;
let trees = 0;

class ReasonTree extends HTMLElement {
  /** `tree` as REST nests it, `value` the id of the chosen code or "". A radio's "change" event bubbles up with every choice. */
  set(tree, value = "") {
    this.nodes = flatten(tree);
    this.name ??= `reason-code-${++trees}`;
    this.branches = new Map();
    const words = "Find a reason";
    const search = h("input", { type: "text", class: "reason-search", placeholder: words, "aria-label": words, autocomplete: "off" });
    search.addEventListener("input", () => this.filter(search.value.trim().toLowerCase()));
    // Only a choice is a change of this element: what is typed into the search is none.
    search.addEventListener("change", (event) => event.stopPropagation());
    this.none = h("p", { class: "aside", role: "status" });
    const root = h("ul", { class: "reason-branch", role: "radiogroup", "aria-label": "Reason" }, this.items(tree));
    this.replaceChildren(...(this.nodes.length > 8 ? [search] : []), root, this.none);
    if (this.nodes.length === 0) say(this.none, "No reason codes yet. An administrator adds them with POST /api/v1/reason-codes.");
    this.root = root;
    this.value = value;
    this.unfold();
  }

  get value() {
    return this.querySelector("input[type=radio]:checked")?.value ?? "";
  }

  set value(id) {
    for (const input of this.querySelectorAll("input[type=radio]")) input.checked = input.value === id;
  }

  /** The chosen code with its path, or null. */
  get code() {
    return this.nodes.find((node) => node.id === this.value) ?? null;
  }

  items(tree) {
    return tree.map((node) => {
      const children = node.children?.length ? h("ul", { class: "reason-branch" }, this.items(node.children)) : null;
      const choice = h(
        "label",
        { class: "reason-choice" },
        h("input", { type: "radio", name: this.name, value: node.id }),
        h("span", {}, node.name),
        h("small", {}, node.code),
      );
      const toggle = children && this.toggle(node, children);
      return h("li", { "data-code": node.id }, h("div", { class: "reason-line" }, toggle, choice), children);
    });
  }

  toggle(node, children) {
    const button = h("button", { type: "button", class: "reason-toggle", "aria-label": `Reasons under ${node.name}` });
    const open = (opened) => {
      button.setAttribute("aria-expanded", String(opened));
      children.hidden = !opened;
    };
    button.addEventListener("click", () => open(children.hidden));
    this.branches.set(node.id, open);
    return button;
  }

  unfold() {
    const small = this.nodes.length <= OPEN_UP_TO;
    const way = new Set();
    const chosen = this.querySelector("input:checked")?.closest("li");
    for (let item = chosen; item; item = item.parentElement.closest("li")) way.add(item.dataset.code);
    for (const [id, open] of this.branches) open(small || way.has(id));
  }

  filter(words) {
    const hits = new Set(
      this.nodes.filter((node) => `${node.path.join(" ")} ${node.code}`.toLowerCase().includes(words)).map((node) => node.id),
    );
    for (const item of this.querySelectorAll("li[data-code]")) {
      const inside = [...item.querySelectorAll("li[data-code]")].some((below) => hits.has(below.dataset.code));
      item.hidden = words !== "" && !hits.has(item.dataset.code) && !inside;
    }
    say(this.none, words && hits.size === 0 ? "No reason has these words." : "");
    if (words) for (const open of this.branches.values()) open(true);
    else this.unfold();
  }
}

customElements.define("reason-tree", ReasonTree);
