// A part of the page is drawn anew after a change: whoever works with keys stays where they were.

const REACHED = "button, input, textarea";

/** Draws, and gives the focus to the control at the same place. */
export function keepingFocus(container, draw) {
  const reached = () => [...container.querySelectorAll(REACHED)];
  const at = reached().indexOf(document.activeElement);
  draw();
  if (at < 0) return;
  const now = reached();
  now[Math.min(at, now.length - 1)]?.focus();
}
