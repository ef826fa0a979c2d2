// The film of a finished unit: a player, and a button for each step that goes to where it begins.

import { get, part } from "../app/api.js";
import { h, say } from "../app/dom.js";
import { clockTime, percent } from "../app/format.js";
import { HubError, jsonOf } from "../app/http.js";
import { icon } from "../app/icons.js";
import { fitting, pageOf, pager } from "../app/pages.js";
import { accessToken } from "../app/sign_in.js";

const STEPS = { landscape: 6, portrait: 5 };
// A player cannot sign in, so the film is fetched for it: in pieces that a weak radio link brings within the time.
const PIECE = 2 ** 21;
const PIECE_WITHIN_MS = 20_000;

/** A button that opens the film of a record {id, title, filmed}; null where there is none. */
export function filmButton(record) {
  if (!record.filmed) return null;
  return h("button", { type: "button", class: "film-open", on: { click: () => watch(record) } }, icon("play"), "Watch the film");
}

function watch(record) {
  const closing = new AbortController();
  const video = h("video", { controls: true, playsinline: true, "aria-label": `Film of ${record.title}`, hidden: true });
  const state = h("p", { class: "film-state", role: "status" }, "The film is coming …");
  const steps = h("nav", { class: "film-steps", "aria-label": "Steps in the film" });
  const close = h("button", { type: "button", class: "primary", on: { click: () => dialog.close() } }, "Close");
  const dialog = h("dialog", { class: "dialog film", "aria-labelledby": "film-title" });
  const stage = h("div", { class: "film-stage" }, state, video);
  dialog.append(h("h2", { id: "film-title" }, record.title), h("div", { class: "film-parts" }, stage, steps), close);
  dialog.addEventListener("close", () => {
    closing.abort();
    video.pause();
    if (video.src) URL.revokeObjectURL(video.src);
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  close.focus();
  load(record, video, state, steps, closing.signal).catch((error) => {
    if (!closing.signal.aborted) say(state, error.message);
  });
}

async function load(record, video, state, steps, closing) {
  const { msg } = await get(`/assembly-record/${part(record.id)}`);
  if (!msg.film) throw new Error("The film of this unit is not kept any more.");
  const film = await fetchFilm(record.id, closing, (share) => say(state, `The film is coming: ${percent(share)}`));
  video.src = URL.createObjectURL(film);
  video.addEventListener("error", () => {
    video.hidden = true;
    state.hidden = false;
    say(state, "This browser cannot play the film.");
  });
  state.hidden = true;
  video.hidden = false;
  listSteps(steps, video, msg.film.chapters);
}

/** Buttons in pages; the step that is shown is marked, and its page turned to, while the film runs. */
function listSteps(steps, video, chapters) {
  let page = 0;
  let shown = -1;
  const go = (chapter) => {
    video.currentTime = chapter.at_seconds;
    video.play().catch(() => undefined);
  };
  const draw = (number) => {
    const size = fitting(STEPS);
    const { items, at, pages } = pageOf(chapters, size, number);
    page = at;
    const buttons = items.map((chapter, index) =>
      h(
        "button",
        { type: "button", class: "film-step", "aria-current": at * size + index === shown ? "step" : null, on: { click: () => go(chapter) } },
        h("span", { class: "film-step-name" }, `${chapter.number}  ${chapter.name}`),
        h("span", { class: "film-step-time" }, clockTime(chapter.at_seconds)),
      ),
    );
    steps.replaceChildren(...buttons, pager({ at, pages }, draw) ?? "");
  };
  video.addEventListener("timeupdate", () => {
    // A picture after the step began: the film has five a second.
    const now = chapters.findLastIndex((chapter) => chapter.at_seconds <= video.currentTime + 0.1);
    if (now === shown) return;
    shown = now;
    const holdsFocus = steps.contains(document.activeElement);
    if (!holdsFocus) return draw(Math.floor(Math.max(0, now) / fitting(STEPS)));
    [...steps.querySelectorAll(".film-step")].forEach((button, index) => {
      const isNow = page * fitting(STEPS) + index === now;
      if (isNow) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
  });
  draw(0);
}

async function fetchFilm(id, closing, tell) {
  const pieces = [];
  let size = 1;
  for (let first = 0; first < size; ) {
    const response = await fetchPiece(id, first, closing);
    const piece = await response.blob();
    // A hub that answers with the whole says no range.
    size = Number(response.headers.get("Content-Range")?.split("/")[1] ?? piece.size);
    pieces.push(piece);
    first += piece.size;
    if (piece.size === 0) throw new Error("The film could not be read to its end. Try again.");
    tell(Math.min(1, first / size));
  }
  return new Blob(pieces, { type: "video/webm" });
}

async function fetchPiece(id, first, closing) {
  for (const renew of [false, true]) {
    const headers = { Authorization: `Bearer ${await accessToken(renew)}`, Range: `bytes=${first}-${first + PIECE - 1}` };
    const signal = AbortSignal.any([closing, AbortSignal.timeout(PIECE_WITHIN_MS)]);
    const response = await fetch(`/assembly-record/${part(id)}/video`, { headers, signal });
    if (response.ok) return response;
    if (response.status !== 401) await jsonOf(response);
  }
  throw new HubError(401, "not_authenticated", "Sign in first.");
}
