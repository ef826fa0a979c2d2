// What to do after a socket closed: the number says it. Pure.

const FINAL = {
  1009: "A message was too big. Reload the page; if it comes back, tell your engineer.",
  4400: "The hub did not understand this screen. Reload the page.",
  4401: "Your sign-in has ended.",
  4403: "Your account may not watch this station. Ask an administrator.",
  4409: "Another screen has taken this station over.",
};

const FIRST_MS = 250;
const LONGEST_MS = 8000;

/** `{retry, sentence}` for a close code; whatever is not known is tried again. */
export function verdict(code) {
  const sentence = FINAL[code];
  return sentence ? { retry: false, sentence } : { retry: true, sentence: "" };
}

/**
 * Wait before attempt `n` (from 0) in ms: doubles up to 8 s, and half of it is chance, so that a hundred screens do not come back
 * at once.
 */
export function delayMs(n, random) {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(n, 10));
  return Math.round(full / 2 + (full / 2) * random);
}
