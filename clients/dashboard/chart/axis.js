// The time axis: marks on whole hours of the site's clock, and a flag that says what time it is.

export const AXIS_PX = 30;
// A mark's words keep clear of the edges and of the flag.
const EDGE_PX = 22;
const FLAG_PX = 58;

/** Draws it above the rows of a painter. */
export function drawAxis(painter) {
  const { ctx, colours, width } = painter;
  ctx.textAlign = "center";
  const now = painter.x(painter.nowMs);
  for (const { ms, label, day } of painter.ticks()) {
    const x = painter.x(ms);
    ctx.fillStyle = colours.line;
    ctx.fillRect(Math.round(x), AXIS_PX - (day ? 9 : 6), 1, day ? 9 : 6);
    if (x < EDGE_PX || x > width - EDGE_PX || Math.abs(x - now) < FLAG_PX) continue;
    ctx.fillStyle = colours.ink_2;
    ctx.fillText(label, x, AXIS_PX / 2 - 1);
  }
  if (now > -1 && now < width + 1) flag(painter, now);
  ctx.textAlign = "left";
}

function flag({ ctx, colours, width, zone, nowMs, lettering }, now) {
  const text = zone.time(nowMs, true);
  const half = lettering.width(text) / 2 + 7;
  const middle = Math.min(width - half, Math.max(half, now));
  ctx.fillStyle = colours.now;
  ctx.fillRect(middle - half, 3, 2 * half, AXIS_PX - 9);
  ctx.beginPath();
  ctx.moveTo(now - 5, AXIS_PX - 6);
  ctx.lineTo(now + 5, AXIS_PX - 6);
  ctx.lineTo(now, AXIS_PX);
  ctx.fill();
  ctx.fillStyle = colours.ground;
  ctx.fillText(text, middle, (AXIS_PX - 3) / 2);
}
