// How this page speaks with the engine: where it is, who is asking, and what a refusal says.

/** The folder above this file's: the API, wherever it is reached. */
export const top = new URL("../", import.meta.url);

const storageKey = "orderd.identity";
const answerWaitMs = 8_000;
/** A payment may be asked for meanwhile. */
const changeWaitMs = 30_000;

/** A refusal of the engine, as RFC 9457 has it. */
export class Problem extends Error {
  constructor(response, body) {
    super(body.detail ?? `${response.status} ${response.statusText}`);
    this.status = response.status;
    this.code = body.code ?? "";
    this.body = body;
    this.retryAfterMs = (Number(response.headers.get("Retry-After")) || 0) * 1000;
    this.wantsToken = (response.headers.get("WWW-Authenticate") ?? "").startsWith("Bearer");
  }
}

/** Who is asking: `{kind: "token" | "user", value}`, or null. It lives as long as the tab. */
export function identity() {
  try {
    return JSON.parse(sessionStorage.getItem(storageKey));
  } catch {
    return null;
  }
}

export function setIdentity(who) {
  if (who === null) sessionStorage.removeItem(storageKey);
  else sessionStorage.setItem(storageKey, JSON.stringify(who));
}

/** A field's value in bytes of UTF-8, which is what the engine reads; fetch takes one character a byte. */
function bytesOf(text) {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

function headersOf(more) {
  const headers = new Headers(more);
  const who = identity();
  if (who?.kind === "token") headers.set("Authorization", `Bearer ${bytesOf(who.value)}`);
  if (who?.kind === "user") headers.set("X-User", bytesOf(who.value));
  return headers;
}

/** The response to a request that was answered with 2xx; throws a Problem for any other answer. */
export async function send(path, { method = "GET", headers = {}, body, signal } = {}) {
  const response = await fetch(new URL(path, top), {
    method,
    headers: headersOf(headers),
    body,
    signal,
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
  });
  if (response.ok) return response;
  let problem = {};
  try {
    problem = await response.json();
  } catch {
    // What stands between may answer with a page of its own.
  }
  throw new Problem(response, problem);
}

/** The JSON at `path`. */
export async function get(path, waitMs = answerWaitMs) {
  const headers = { Accept: "application/json" };
  return (await send(path, { headers, signal: AbortSignal.timeout(waitMs) })).json();
}

/** Does something once, also when its answer is lost and it is sent again under the same key. */
export async function post(path, value, key = newKey()) {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "Idempotency-Key": key };
  const signal = AbortSignal.timeout(changeWaitMs);
  return (await send(path, { method: "POST", headers, body: JSON.stringify(value), signal })).json();
}

export function newKey() {
  // crypto.randomUUID is there on HTTPS and localhost alone.
  return `console-${Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
