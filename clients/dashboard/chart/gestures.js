// Wheel, drag and pinch on the chart, as moves: {pan, scroll, zoom, point, tap}.

const TAP_PX = 5;
const WHEEL_STEP = 0.0016;
// One notch of a mouse may say 3 lines or 120 pixels.
const LINE_PX = 40;

/**
 * Listens on `canvas`. `moved(move)` hears {pan: share}, {scroll: px}, {zoom: factor, share} (share of the width that stays), {point: {x,
 * y} | null} and {tap: {x, y}}.
 */
export function listen(canvas, moved) {
  const pointers = new Map();
  let travelled = 0;
  let apart = 0;

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top, width: box.width };
  };
  const pinch = () => {
    const [a, b] = [...pointers.values()];
    return { apart: Math.max(24, Math.hypot(a.x - b.x, a.y - b.y)), middle: (a.x + b.x) / 2 };
  };

  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { x, width } = at(event);
      const unit = event.deltaMode === 1 ? LINE_PX : 1;
      const [across, down] = [event.deltaX * unit, event.deltaY * unit];
      if (event.shiftKey || Math.abs(across) > Math.abs(down)) moved({ pan: (across || down) / width });
      else moved({ zoom: Math.exp(Math.max(-600, Math.min(600, down)) * WHEEL_STEP), share: x / width });
    },
    { passive: false },
  );

  canvas.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    if (pointers.size === 1) travelled = 0;
    else ({ apart } = pinch());
  });

  canvas.addEventListener("pointermove", (event) => {
    const now = at(event);
    const before = pointers.get(event.pointerId);
    if (!before) return event.pointerType === "mouse" && moved({ point: now });
    pointers.set(event.pointerId, now);
    travelled += Math.hypot(now.x - before.x, now.y - before.y);
    if (pointers.size > 1) {
      const { apart: next, middle } = pinch();
      moved({ zoom: apart / next, share: middle / now.width });
      apart = next;
    } else if (travelled > TAP_PX) {
      moved({ pan: (before.x - now.x) / now.width });
      moved({ scroll: before.y - now.y });
    }
    return undefined;
  });

  const lift = (event) => {
    const held = pointers.get(event.pointerId);
    if (!pointers.delete(event.pointerId) || event.type === "pointercancel") return;
    if (pointers.size === 0 && travelled <= TAP_PX) moved({ tap: held });
    else travelled = Infinity;
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("pointerleave", () => moved({ point: null }));
}
