// Shapes: every state has one of its own, so that colour is never the only way it is told. Drawn on a 24 x 24 grid.

import { svg } from "./dom.js";

const PATHS = {
  waiting: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16m0 3v5l3.5 2",
  seen: "M2.5 12s3.5-6.5 9.5-6.5 9.5 6.5 9.5 6.5-3.5 6.5-9.5 6.5S2.5 12 2.5 12m9.5-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
  done: "M4 12.5l5.5 5.5L20 6.5",
  wrong: "M5 5l14 14M19 5L5 19",
  unsure: "M8 8.5a4 4 0 1 1 5.6 3.7c-1 .5-1.6 1.2-1.6 2.3m0 4.4v.1",
  hands:
    "M7 12V6.5a1.5 1.5 0 0 1 3 0V11V4.5a1.5 1.5 0 0 1 3 0V11V5.5a1.5 1.5 0 0 1 3 0V12" +
    "V8.5a1.5 1.5 0 0 1 3 0V15a6 6 0 0 1-6 6h-1.5c-2 0-3.5-.8-4.7-2.5L3.5 14a1.6 1.6 0 0 1 2.4-2L7 13",
  hand:
    "M9 14V5.5a1.5 1.5 0 0 1 3 0V11m0-1a1.5 1.5 0 0 1 3 0v1.5m0-1a1.5 1.5 0 0 1 3 0V15a6 6 0 0 1-6 6" +
    "h-.8c-1.8 0-3.2-.8-4.3-2.3L4.4 15a1.5 1.5 0 0 1 2.4-1.8L9 15.5M7 6a4 4 0 0 1 7-1",
  paused: "M8.5 5v14M15.5 5v14",
  play: "M7 4.5v15l12-7.5z",
  camera:
    "M3 3l18 18M8 7h1l1.5-2h4L16 7h3a1.5 1.5 0 0 1 1.5 1.5v8" +
    "M17 19H5a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 5 7M9 12.5a3.2 3.2 0 0 0 4.5 4",
  link:
    "M3 3l18 18M5 12.5a10 10 0 0 1 4-2.4M12 9.5a10 10 0 0 1 7 3M2.5 9a14 14 0 0 1 3.5-2.3" +
    "M10 5.2A14 14 0 0 1 21.5 9M8.5 16a5 5 0 0 1 6-.6M12 19.5v.1",
  back: "M9 6l-5 5 5 5M4.5 11H14a5 5 0 0 1 0 10h-3",
  skip: "M5 5v14l9-7zM18 5v14",
  sound: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11",
  mute: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5",
  keys: "M3 7h18v11H3zM6.5 10.5v.1M10 10.5v.1M13.5 10.5v.1M17 10.5v.1M7.5 14.5h9",
  power: "M12 3.5v8M7 6.5a7.5 7.5 0 1 0 10 0",
  record: "M12 6.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11",
  plus: "M12 5v14M5 12h14",
  undo: "M9 6l-5 5 5 5M4.5 11H14a5 5 0 0 1 0 10h-3",
  badge: "M4 6.5h16v11H4zM8.5 9.2a1.9 1.9 0 1 0 0 3.8 1.9 1.9 0 0 0 0-3.8M5.8 15.8c.3-1.3 1.4-2 2.7-2s2.4.7 2.7 2M14 10.5h3.5M14 13.5h3.5",
  person: "M12 4.5a3.7 3.7 0 1 0 0 7.4 3.7 3.7 0 0 0 0-7.4M4.8 20c.6-3.6 3.5-5.5 7.2-5.5s6.6 1.9 7.2 5.5",
  chart: "M4 20V4M4 20h16M8 16v-5M12.5 16V7M17 16v-7",
  erase: "M9 6h11v12H9l-5.5-6zM12.5 9.5l5 5M17.5 9.5l-5 5",
  bench: "M3 11.5h18M6 11.5V20M18 11.5V20M9 11.5V6h6v5.5",
  floor: "M3 6h10M7 12h13M5 18h8",
  teach: "M2.5 9L12 4.5 21.5 9 12 13.5zM6.5 11v5c3 2.5 8 2.5 11 0v-5M21.5 9v5.5",
  settings: "M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4",
  before: "M19 12H5M11 6l-6 6 6 6",
  after: "M5 12h14M13 6l6 6-6 6",
  up: "M12 19V5M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  grip: "M9 6v.1M15 6v.1M9 12v.1M15 12v.1M9 18v.1M15 18v.1",
  bin: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13M10.5 11v5.5M13.5 11v5.5",
  star: "M12 4l2.4 5.2 5.6.6-4.2 3.8 1.2 5.6L12 16.4 7 19.200l1.2-5.6L4 9.8l5.600-.6z",
  pen: "M4 20l1-4L16 5l3 3L8 19z",
};

/** One of the shapes above, hidden from screen readers (the words beside it say the same). */
export function icon(name) {
  const path = svg("path", { d: PATHS[name] ?? PATHS.waiting });
  return svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", "data-icon": name }, path);
}

/** Changes the shape of an icon in place. */
export function reshape(element, name) {
  if (element.dataset.icon === name) return;
  element.dataset.icon = name;
  element.firstChild.setAttribute("d", PATHS[name] ?? PATHS.waiting);
}
