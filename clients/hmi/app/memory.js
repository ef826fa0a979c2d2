// What this screen remembers between visits: the station it stands at and the operator's name. Never a token.

const PREFIX = "takt.";

/** A remembered text, "" when there is none. */
export function recall(name) {
  try {
    return localStorage.getItem(PREFIX + name) ?? "";
  } catch (error) {
    console.info("This browser keeps nothing.", error.name);
    return "";
  }
}

/** Remembers a text. */
export function remember(name, text) {
  try {
    localStorage.setItem(PREFIX + name, text);
  } catch (error) {
    console.info("This browser keeps nothing.", error.name);
  }
}
