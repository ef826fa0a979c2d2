// Where there is no station yet: what one is, and how the first one is added.

import { put, part } from "./api.js";
import { h, say } from "./dom.js";

const HOW = "0 is the first camera of this computer. An rtsp:// or http:// address, a video or a folder of pictures do as well.";

/** An id as the hub takes it, from a name: "Bench 1" is bench-1. Pure. */
export function idOf(name) {
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "station-1";
}

/** The page; `again()` looks anew. Who may not add one is told whom to ask. */
export function firstStation(role, again) {
  const trouble = h("p", { class: "trouble", role: "alert" });
  const may = role === "supervisor" || role === "admin";
  const element = h("section", { class: "empty" }, h("h1", {}, "No station yet"), ...(may ? asked(trouble, again) : told(again)));
  return { element, fail: (text) => say(trouble, text), focus: element.querySelector("input") };
}

function told(again) {
  const look = h("button", { class: "primary large", type: "button", on: { click: again } }, "Look again");
  return [h("p", {}, "A station is a bench with a camera. Ask a supervisor to add one."), look];
}

function asked(trouble, again) {
  const name = field("station-name", { value: "Bench 1", maxlength: 200 });
  const camera = field("station-camera", { value: "0", maxlength: 1000, "aria-describedby": "station-how" });
  const add = h("button", { class: "primary large", type: "submit" }, "Add the station");
  const submit = async (event) => {
    event.preventDefault();
    add.disabled = true;
    say(trouble, "");
    try {
      await put(`/api/v1/stations/${part(idOf(name.value))}`, { name: name.value.trim(), camera: camera.value.trim() });
      await again();
    } catch (error) {
      say(trouble, error.message);
      add.disabled = false;
    }
  };
  return [
    h("p", {}, "A station is a bench with a camera. Add the first one, then teach it an assembly."),
    h(
      "form",
      { class: "first-station", on: { submit } },
      h("div", {}, h("label", { for: "station-name" }, "Its name"), name),
      h("div", {}, h("label", { for: "station-camera" }, "Its camera"), camera),
      h("p", { class: "aside", id: "station-how" }, HOW),
      trouble,
      add,
    ),
  ];
}

const field = (id, more) => h("input", { type: "text", id, autocomplete: "off", required: true, ...more });
