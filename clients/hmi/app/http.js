// An answer of the hub: what it holds, or an error that says what a person can do.

/** What the hub refused: `status`, `code`, a sentence, and `fields` {name: sentence} where it says which field is meant. */
export class HubError extends Error {
  constructor(status, code, sentence, fields = {}) {
    super(sentence);
    Object.assign(this, { status, code, fields });
  }
}

/** The JSON of an answer. Throws HubError when it is none of the 2xx. */
export async function jsonOf(response) {
  const text = await response.text();
  let body = {};
  try {
    body = text ? JSON.parse(text) : {};
  } catch (error) {
    if (response.ok) throw new HubError(response.status, "no_json", `The hub's answer could not be read (${error.message}).`);
  }
  if (response.ok) return body;
  throw new HubError(response.status, body.code ?? body.error_code ?? "", sentenceOf(response.status, body), fieldsOf(body));
}

function sentenceOf(status, body) {
  if (typeof body.msg === "string" && body.msg) return body.msg;
  if (typeof body.detail === "string") return body.detail;
  if (Array.isArray(body.detail)) return body.detail.map((one) => one.msg).join(" ");
  if (typeof body.error === "string" && body.error) return body.error;
  if (typeof body.message === "string" && body.message) return body.message;
  if (status === 429) return "Too many attempts. Wait a moment and try again.";
  return `The hub answered ${status}. Try again; if it stays, tell your engineer.`;
}

function fieldsOf({ detail }) {
  if (!Array.isArray(detail)) return {};
  return Object.fromEntries(detail.map((one) => [String(one.loc?.at(-1) ?? ""), one.msg]));
}
