// Which assembly to teach: a new one by its name, or one that exists.

import { h, say } from "../app/dom.js";
import { count } from "../app/format.js";
import { icon } from "../app/icons.js";

/** `open(id)` goes on with an assembly, `create(name)` makes one. */
export function chooseView({ assemblies, image, open, create }) {
  const name = h("input", { type: "text", id: "assembly-name", maxlength: 120, required: true, autocomplete: "off" });
  const trouble = h("p", { class: "trouble", role: "alert" });
  const form = h(
    "form",
    { class: "start-row", on: { submit: (event) => submit(event, name, create, trouble) } },
    h("label", { for: "assembly-name" }, "Its name"),
    name,
    h("button", { class: "primary large", type: "submit" }, icon("plus"), "Teach it"),
  );
  const cards = assemblies.map((assembly) => card(assembly, image, open));
  return h(
    "section",
    { class: "start-form" },
    h("h1", {}, "Teach Takt an assembly"),
    h(
      "ol",
      { class: "how" },
      ["Show the bench and each step, a few seconds each.", "Train: it takes seconds.", "Build a unit and be coached."].map((text) =>
        h("li", {}, text),
      ),
    ),
    form,
    trouble,
    cards.length ? [h("h2", {}, "Or go on with one"), h("div", { class: "choices" }, cards)] : null,
  );
}

async function submit(event, name, create, trouble) {
  event.preventDefault();
  try {
    await create(name.value.trim());
  } catch (error) {
    say(trouble, error.message);
  }
}

function card(assembly, image, open) {
  const picture = h("img", { alt: "", hidden: true });
  image(assembly.id, assembly.steps.length ? `step-${assembly.steps.length}_good` : "step-1_previous").then(
    (source) => source && Object.assign(picture, { src: source, hidden: false }),
  );
  const state = assembly.active_model_version === null ? "not trained yet" : `version ${assembly.active_model_version} in use`;
  return h(
    "button",
    { type: "button", class: "choice", on: { click: () => open(assembly.id) } },
    h("span", { class: "choice-picture" }, picture),
    h("span", { class: "choice-name" }, assembly.title),
    h("span", { class: "choice-more" }, `${count(assembly.steps.length, "step")}, ${state}`),
  );
}
