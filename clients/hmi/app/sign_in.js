// Who is signed in. The access token lives in memory alone; the cookie, which no script can read, gives a new one. A station may have an
// API key instead (`/#key=…`), which this tab keeps while it lives. On top of either an operator signs in, in memory alone.
//
// The cookie is rotated at each use, and an old one that is used again ends the sign-in: tabs renew one after the other, and the one
// that renewed tells the others.

import { HubError, jsonOf } from "./http.js";
import { recallInTab, rememberInTab } from "./memory.js";

const RENEW_BEFORE_MS = 60_000;
const LOCK = "takt-refresh";
const KEY = "station-key";
// After an operator's sign-in has ended, so long refusals may still come in that were meant for it and not for the screen's own token.
const REFUSED_MS = 10_000;

/** Tells "change" when an operator signs in or out, and "ended" before it when the hub ended the sign-in. */
export const identity = new EventTarget();

const shared = "BroadcastChannel" in globalThis ? new BroadcastChannel(LOCK) : null;
let token = "";
let endsMs = 0;
let renewing = null;
let acting = "";
let endedMs = 0;

shared?.addEventListener("message", (event) => {
  if (event.data.wanted) token && shared.postMessage({ token, endsMs });
  else if (event.data.endsMs > endsMs) ({ token, endsMs } = event.data);
});

function keep(answer) {
  token = answer.access_token;
  endsMs = Date.now() + (answer.expires_in ?? 600) * 1000;
  shared?.postMessage({ token, endsMs });
  return token;
}

async function post(path, body) {
  const init = { method: "POST", credentials: "same-origin", signal: AbortSignal.timeout(10_000) };
  if (body) Object.assign(init, { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  return jsonOf(await fetch(path, init));
}

/** The operator's token, else the screen's own. `renew` says that it was refused: an operator then has to sign in again. */
export async function accessToken(renew = false) {
  if (!acting) return stationToken(renew && Date.now() - endedMs > REFUSED_MS);
  if (!renew) return acting;
  endedMs = Date.now();
  identity.dispatchEvent(new Event("ended"));
  actAs("");
  return stationToken();
}

/** From now on an operator's token is used, or with "" the screen's own again. */
export function actAs(operatorToken) {
  acting = operatorToken;
  identity.dispatchEvent(new Event("change"));
}

/** The operator's token, or "". */
export const actingToken = () => acting;

/** Whether the screen itself has a station's key: then nobody has to sign it in, and nobody signs it out. */
export const hasStationKey = () => recallInTab(KEY) !== "";

/** What the screen itself is signed in with. `renew` asks for a fresh one although this one still lives. Rejects with status 401 when
 *  there is none. */
export async function stationToken(renew = false) {
  const key = recallInTab(KEY);
  if (key && !renew) return key;
  if (key) {
    rememberInTab(KEY, "");
    throw new HubError(401, "not_authenticated", "The station's key is not known any more.");
  }
  if (!renew && token && Date.now() < endsMs - RENEW_BEFORE_MS) return token;
  renewing ??= renewed().finally(() => (renewing = null));
  return renewing;
}

async function renewed() {
  const before = token;
  const locks = navigator.locks ?? { request: (_name, work) => work() };
  return locks.request(LOCK, async () => {
    // Another tab renewed while this one waited for its turn.
    if (token !== before && Date.now() < endsMs - RENEW_BEFORE_MS) return token;
    return keep(await post("/api/v1/auth/refresh"));
  });
}

export async function signIn(email, password) {
  keep(await post("/api/v1/auth/login", { email, password }));
}

/** Signs in with the one-time code (`/#code=…`) or the station's key (`/#key=…`) of the address, and takes it out of the address. */
export async function signInWithCode() {
  const given = new URLSearchParams(location.hash.slice(1));
  const [code, key] = [given.get("code"), given.get("key")];
  if (!code && !key) return;
  history.replaceState(null, "", location.pathname + location.search);
  if (key) return rememberInTab(KEY, key);
  keep(await post("/api/v1/auth/sign-in-code", { code }));
}

export async function signOut() {
  await fetch("/api/v1/auth/logout", {
    method: "POST",
    headers: { Authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(10_000),
  });
  token = "";
  toSignIn();
}

/** Goes to the sign-in page, and comes back here after it. */
export function toSignIn() {
  location.assign(`/sign-in?to=${encodeURIComponent(location.pathname)}`);
}
