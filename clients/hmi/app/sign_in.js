// Who is signed in. The access token lives in memory alone; the cookie, which no script can read, gives a new one.
//
// The cookie is rotated at each use, and an old one that is used again ends the sign-in: tabs renew one after the other, and the one
// that renewed tells the others.

import { jsonOf } from "./http.js";

const RENEW_BEFORE_MS = 60_000;
const LOCK = "takt-refresh";

const shared = "BroadcastChannel" in globalThis ? new BroadcastChannel(LOCK) : null;
let token = "";
let endsMs = 0;
let renewing = null;

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

/** A valid token. `renew` asks for a fresh one although this one still lives. Rejects with status 401 when nobody is signed in. */
export async function accessToken(renew = false) {
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

/** Signs in with the one-time code of the address (`/#code=…`), if there is one, and takes it out of the address. */
export async function signInWithCode() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (!code) return;
  history.replaceState(null, "", location.pathname + location.search);
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
