// Keys that do something at once, beside readers and scanners that type like a keyboard: what comes faster than a hand types is a code
// and no wish. A code presses no button, asks no question and sends no form.

// Readers take 5 to 50 ms a character; two different keys by hand take longer.
const READER_GAP_MS = 60;
// The Enter behind a code may come a little later.
const ENTER_MS = 250;
// The same key over and over may be a hand; so many times, it is a code of equal digits.
const EQUAL = 8;
// In a field that people type into, a code is what no hand does: so many characters, so quickly on average.
const LEAST_IN_FIELD = 6;
const FASTEST_HAND_MS = 35;

/** Tells codes from hands. Pure: `atMs` comes with the key. */
export class Typing {
  constructor() {
    Object.assign(this, { last: "", lastMs: -Infinity, firstMs: 0, length: 0, code: false });
  }

  /** One printable key; answers whether it belongs to a code. */
  press(key, atMs) {
    if (atMs - this.lastMs >= READER_GAP_MS) Object.assign(this, { firstMs: atMs, length: 0, code: false });
    else if (key !== this.last || this.length >= EQUAL) this.code = true;
    Object.assign(this, { last: key, lastMs: atMs, length: this.length + 1 });
    return this.code;
  }

  /** Another key, such as Tab: no code goes on behind it. */
  forget() {
    Object.assign(this, { code: false, lastMs: -Infinity });
  }

  /** Whether an Enter at this moment ends a code. */
  ends(atMs, inField) {
    if (!this.code || atMs - this.lastMs > ENTER_MS) return false;
    return !inField || (this.length >= LEAST_IN_FIELD && (this.lastMs - this.firstMs) / this.length <= FASTEST_HAND_MS);
  }
}

const isField = (target) => Boolean(target.matches?.("textarea, input:not([type=radio]):not([type=checkbox])"));

/**
 * Calls `act(event)` for every key; what it answers (a function, or nothing) is done at once, or for printable keys as soon as it is
 * clear that no code begins with it. `fields` true: a code sends no form from a text field either.
 */
export function onKeys(act, { fields = false } = {}) {
  const typing = new Typing();
  let held = null;
  let timer = 0;
  const release = () => {
    clearTimeout(timer);
    const wish = held;
    held = null;
    wish?.();
  };
  const guard = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return undefined;
    const inField = isField(event.target);
    const stop = () => {
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    if (event.key === "Enter" && (fields || !inField) && typing.ends(event.timeStamp, inField)) return stop();
    if (event.key.length !== 1) return event.key === "Shift" || typing.forget();
    if (!typing.press(event.key, event.timeStamp)) return undefined;
    held = null;
    return inField || stop();
  };
  addEventListener("keydown", guard, { capture: true });
  // Also where somebody else has taken the code's Enter, or a hand is on the screen: the next Enter is a hand's.
  addEventListener("keyup", (event) => event.key === "Enter" && typing.forget(), { capture: true });
  addEventListener("pointerdown", () => typing.forget(), { capture: true });
  addEventListener("keydown", (event) => {
    const wish = act(event);
    if (!wish) return undefined;
    event.preventDefault();
    release();
    if (event.key.length !== 1 || event.repeat) return wish();
    held = wish;
    timer = setTimeout(release, READER_GAP_MS);
    return undefined;
  });
}
