// The catalogue's operations: they answer in an envelope, {"status", "msg"}.

import { jsonOf } from "./http.js";
import { part, request } from "./api.js";

/** What is in the envelope; `tokenOf` as in api.js. */
export async function call(method, path, body = null, tokenOf = undefined) {
  const answer = await jsonOf(await request(method, path, body, tokenOf));
  return answer.msg ?? answer;
}

/** The id in {"id": …}, or the text itself; "" for none. */
export const idOf = (given) => (given && typeof given === "object" ? (given.id ?? "") : (given ?? ""));

/** What may be built of each product: {id, image_link, revision, product_version}; empty where nothing may. */
export async function coachable() {
  return (await call("GET", "/coachable-assembly-revision")).map((one) => ({ ...one, id: idOf(one.id) }));
}

/** A page (from 0) of the finished units of an operator with their steps, newest first: {records, page, total_pages, …}. */
export const recordsOf = (operatorId, page, size) =>
  call("GET", `/operator/${part(operatorId)}/assembly-record/filtered?page=${page + 1}&page_size=${size}`);
