// Which bar lies under a point: the thing that was drawn last and that one can see there.

import { layoutOf } from "./painter.js";
import { fromMs } from "./view.js";

const SLACK_PX = 4;
// Where two lie over each other the one that matters more is meant.
const ORDER = ["activity_reason", "cycle", "work_order_operation", "step", "part_count", "shift_period"];

/** The event at `x`, `y` (pixels in the row) of a row, or null. */
export function hit(row, x, y, { view, width, rowPx, overlays }) {
  const perPx = view.spanMs / width;
  const ms = fromMs(view) + x * perPx;
  const parts = layoutOf(rowPx, overlays);
  const at = (type) => (overlays[type] ? row.lanes[type].at(ms, SLACK_PX * perPx) : null);
  for (const type of ["work_order_operation", "step", "part_count"]) {
    const where = parts[type];
    if (where && y >= where.top && y < where.top + where.height + 1) return at(type) ?? at("activity_reason") ?? at("shift_period");
  }
  for (const type of ORDER) {
    const found = at(type);
    if (found) return found;
  }
  return null;
}

/** The bar after (step 1) or before (-1) another one of its machine, among the kinds that are shown; null at the end. */
export function beside(row, event, step, overlays) {
  let best = null;
  for (const type of ORDER) {
    if (!overlays[type] || type === "shift_period") continue;
    const lane = row.lanes[type];
    const candidate = type === event.type ? lane.beside(event, step) : nearest(lane, event, step);
    if (candidate && (!best || step * (candidate.fromMs - best.fromMs) < 0)) best = candidate;
  }
  return best;
}

function nearest(lane, event, step) {
  lane.sort();
  const { events } = lane;
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle].fromMs > event.fromMs) high = middle;
    else low = middle + 1;
  }
  // Those that begin at the same moment count as before, so that walking never turns in a circle.
  if (step > 0) return events[low] ?? null;
  while (low > 0 && events[low - 1].fromMs >= event.fromMs) low--;
  return events[low - 1] ?? null;
}
