// The sign-in page: e-mail and password, then back to where the person came from.

import { say } from "./dom.js";
import { signIn } from "./sign_in.js";

const form = document.getElementById("sign-in");
const trouble = document.getElementById("trouble");
const button = form.querySelector("button");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  say(trouble, "");
  try {
    await signIn(form.elements.email.value.trim(), form.elements.password.value);
    location.replace(wayBack());
  } catch (error) {
    say(trouble, error.status === 401 ? "E-mail and password do not fit together." : error.message);
    button.disabled = false;
    form.elements.password.select();
  }
});

// Before this script runs the form must not go out by itself: Enter does nothing while its button is disabled.
button.disabled = false;

// Only a path of this hub: an address from outside must not send a signed-in person elsewhere.
function wayBack() {
  const to = new URLSearchParams(location.search).get("to") ?? "/";
  const url = new URL(to, location.origin);
  return url.origin === location.origin ? url.pathname : "/";
}
