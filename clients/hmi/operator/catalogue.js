// What can be built: the recipes that are taught and, where any are published, the newest published one of each product.

import * as api from "../app/api.js";
import { coachable } from "../app/supercoach.js";
import { activeOperators } from "./people.js";

/** The recipes, what is published of them, and who may build; `role` as in state.js. Another `stamp` = something of it has changed. */
export async function readCatalogue(role) {
  const [assemblies, published, operators] = await Promise.all([
    api.assemblies(),
    unlessRefused(coachable, []),
    role === "viewer" ? [] : unlessRefused(activeOperators, []),
  ]);
  const stamp = JSON.stringify([operators, published.map(({ id, image_link, revision }) => [id, image_link, revision])]);
  return { assemblies, coachable: published, operators, stamp };
}

// A hub that keeps no operators and publishes nothing is used as it is.
async function unlessRefused(read, otherwise) {
  try {
    return await read();
  } catch (error) {
    if (error.status !== 403 && error.status !== 404) throw error;
    return otherwise;
  }
}

/** The assemblies to choose from. Where something is published nobody is offered what is not, but those who teach: they try it out. */
export function choicesOf({ assemblies, coachable: published }, mayTeach) {
  if (published.length === 0) return assemblies;
  const links = new Map(published.map((one) => [one.id, one]));
  const more = (one) => (links.has(one.id) ? versionWords(links.get(one.id)) : "not published");
  const chosen = assemblies.filter((one) => links.has(one.id) || (mayTeach && one.ready));
  return chosen.map((one) => ({ ...one, more: more(one), picture: links.get(one.id)?.image_link ?? "" }));
}

const versionWords = ({ revision, product_version }) => product_version || (revision ? `version ${revision}` : "");

/** Address of an assembly's picture: its own, or how its last step looks done; null when there is none. */
export async function pictureOf(assembly) {
  // Only what this hub serves: nothing is ever loaded from elsewhere.
  const own = assembly.picture?.startsWith("/") && !assembly.picture.startsWith("//") ? await api.imageAt(assembly.picture) : null;
  return own ?? api.sampleImage(assembly.id, `step-${assembly.steps.length}_good`);
}
