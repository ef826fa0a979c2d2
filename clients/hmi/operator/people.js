// Who stands at the bench: the operators, and signing in and out as one of them.

import { get } from "../app/api.js";
import { actAs, actingToken, identity, stationToken } from "../app/sign_in.js";
import { call } from "../app/supercoach.js";

/** {id, name, role, …} as the screens use it. */
export function personOf(given) {
  return { ...given, id: String(given.id), name: [given.first_name, given.last_name].filter(Boolean).join(" ") };
}

/** Active operators who can sign in, by name. */
export async function activeOperators() {
  const { operators } = await call("GET", "/operator/active");
  return operators.map(personOf).sort((a, b) => a.name.localeCompare(b.name));
}

/** Signs one of them in; their token is used from now on. */
export async function signInByPassword(operator, password) {
  const { first_name, last_name } = operator;
  return actingAs(await call("POST", "/operator/authenticate", { first_name, last_name, password }, stationToken), operator);
}

/** Signs in whose badge it is. */
export async function signInByBadge(rfid) {
  const signedIn = await call("POST", "/operator/rfid/verify", { rfid }, stationToken);
  await signOutOperator();
  return actingAs(signedIn.token, personOf(signedIn));
}

// By badge nobody is more than a supervisor: what may be done is what the hub says of the token.
async function actingAs(token, { id, name }) {
  actAs(token);
  try {
    const { role } = await get("/api/v1/auth/me");
    return { id, name, role };
  } catch (error) {
    actAs("");
    throw error;
  }
}

/** Ends the operator's sign-in; the screen's own goes on. */
export async function signOutOperator() {
  const token = actingToken();
  if (!token) return;
  actAs("");
  try {
    // Without cookies: the answer of a log-out takes the cookie away that keeps the screen itself signed in.
    const init = { method: "POST", credentials: "omit", signal: AbortSignal.timeout(10_000) };
    await fetch("/api/v1/auth/logout", { ...init, headers: { Authorization: `Bearer ${token}` } });
  } catch (error) {
    console.info("The operator's sign-in ends by itself.", error.message);
  }
}

/** Calls when the hub has ended the operator's sign-in, and when the token changes. */
export function onIdentity({ ended, changed }) {
  identity.addEventListener("ended", ended);
  identity.addEventListener("change", changed);
}
