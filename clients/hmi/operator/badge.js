// A badge reader types like a keyboard: the badge's characters, then Enter. Pure: `atMs` comes with the key.

const LEAST = 4;
// Readers take 5 to 50 ms a character. Where nothing else is typed, somebody who types a badge by hand is understood as well.
const SLOWEST_MS = 400;
// In a field that people type into, a badge is what no hand does: so many characters, so quickly on average.
const LEAST_IN_FIELD = 6;
const FASTEST_HAND_MS = 35;

export class BadgeReader {
  constructor() {
    this.text = "";
    this.firstMs = 0;
    this.lastMs = 0;
  }

  /** One key. Answers the badge when it is the Enter behind one, else "". */
  press(key, atMs, inField) {
    const gapMs = this.text ? atMs - this.lastMs : 0;
    if (gapMs > SLOWEST_MS) this.forget();
    if (key === "Enter") return this.read(atMs, inField);
    if (key.length !== 1) return key === "Shift" ? "" : this.forget();
    if (!this.text) this.firstMs = atMs;
    this.lastMs = atMs;
    this.text += key;
    return "";
  }

  read(atMs, inField) {
    const badge = this.text.trim();
    const quick = (atMs - this.firstMs) / Math.max(1, this.text.length) <= FASTEST_HAND_MS;
    this.forget();
    return (inField ? quick && badge.length >= LEAST_IN_FIELD : badge.length >= LEAST) ? badge : "";
  }

  forget() {
    this.text = "";
    return "";
  }
}

/** Calls `read(badge)` for every badge while `listens()`; the reader's Enter presses no button, and a field keeps nothing of a badge. */
export function listenForBadges(listens, read) {
  const reader = new BadgeReader();
  const heard = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !listens()) return;
    const field = event.target.matches?.("input:not([type=radio])") ? event.target : null;
    const badge = reader.press(event.key, event.timeStamp, Boolean(field));
    if (!badge) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (field?.value.endsWith(badge)) field.value = field.value.slice(0, -badge.length);
    read(badge);
  };
  addEventListener("keydown", heard, { capture: true });
}
