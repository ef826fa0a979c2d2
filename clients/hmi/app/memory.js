// What this screen remembers between visits: the station it stands at and the operator's name. Never a person's token. A station's own
// key is kept for as long as the tab lives, so that loading the page again at a bench without a keyboard needs nobody.

const PREFIX = "takt.";

/** A remembered text, "" when there is none. */
export const recall = (name) => read("localStorage", name);

/** Remembers a text. */
export const remember = (name, text) => write("localStorage", name, text);

/** The same, for as long as the tab lives. */
export const recallInTab = (name) => read("sessionStorage", name);
export const rememberInTab = (name, text) => write("sessionStorage", name, text);

function read(storage, name) {
  try {
    return globalThis[storage].getItem(PREFIX + name) ?? "";
  } catch (error) {
    console.info("This browser keeps nothing.", error.name);
    return "";
  }
}

function write(storage, name, text) {
  try {
    globalThis[storage].setItem(PREFIX + name, text);
  } catch (error) {
    console.info("This browser keeps nothing.", error.name);
  }
}
