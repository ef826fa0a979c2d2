// The chart's colours, from the page's custom properties, and the fillings that tell categories apart without colour.

import { CATEGORIES } from "../floor/stops.js";

const PAGE = ["ground", "surface", "raised", "well", "line", "ink", "ink-2", "focus"];
const NAMES = [...PAGE, "shift", "cycle", "step", "part", "order", "now", "unknown"];
const FILLS = [...CATEGORIES, "seen", "other"];
const STRIPE = 7;

/** Reads them anew: when the page's colours change, and when it is printed. */
export function readColours(element) {
  const style = getComputedStyle(element);
  const value = (name) => style.getPropertyValue(`--${name}`).trim();
  const colours = Object.fromEntries(NAMES.map((name) => [name.replace("-", "_"), value(name)]));
  colours.fills = Object.fromEntries(FILLS.map((name) => [name, filling(value(name), value(`${name}-2`), value(`on-${name}`))]));
  colours.hatch = striped(colours.unknown, "transparent");
  return colours;
}

// One colour is a plain filling; two are stripes.
function filling(first, second, ink) {
  return { paint: second ? striped(first, second) : first, edge: first, ink };
}

/** Diagonal stripes as a pattern for a canvas. */
function striped(line, ground) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = STRIPE * 2;
  const ctx = tile.getContext("2d");
  if (ground !== "transparent") {
    ctx.fillStyle = ground;
    ctx.fillRect(0, 0, tile.width, tile.height);
  }
  ctx.strokeStyle = line;
  ctx.lineWidth = STRIPE * 0.6;
  ctx.beginPath();
  for (const shift of [-STRIPE * 2, 0, STRIPE * 2]) {
    ctx.moveTo(shift - 2, tile.height + 2);
    ctx.lineTo(shift + tile.width + 2, -2);
  }
  ctx.stroke();
  return ctx.createPattern(tile, "repeat");
}
