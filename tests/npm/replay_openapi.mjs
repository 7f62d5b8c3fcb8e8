// Holds a running engine against its own description: every example of a request is sent, and every answer must be as
// the description says. Beside that, each refusal that it names is provoked, where one request can.
//   node replay_openapi.mjs ledger=<port> away=<port> token=<port> gateway=<port> limited=<port>
// Exit status 0: all is right; 1: something is not, named on
// standard error; 2: it could not be judged.
import { exchange, raw_exchange } from "./http_exchange.mjs";
import { Description, example_of, same } from "./openapi_document.mjs";
import { Scenes } from "./openapi_scenes.mjs";

const given = Object.fromEntries(process.argv.slice(2).map((each) => each.split("=")));
const ports = Object.fromEntries(["ledger", "away", "token", "gateway", "limited"].map((name) => [name, Number(given[name])]));
const found = [];
const exercised = new Map();
const provoked = new Set();
const scenes = new Scenes(ports);
let description;

// Refusals that no single request brings about: they are up to how busy the engine is, or to what is away.
const by_circumstance = (status) => status === 429 || status >= 500;

const complain = (operation, what) => found.push(`${operation.method.toUpperCase()} ${operation.path} (${operation.id}): ${what}`);

function replaced(value, from, to) {
  return from && to ? JSON.parse(JSON.stringify(value).replaceAll(from, to)) : value;
}

function target(operation, path = {}, query = {}) {
  const values = Object.fromEntries(operation.parameters.filter((each) => each.in === "path").map((each) => [each.name, example_of(each)]));
  const filled = operation.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent({ ...values, ...path }[name]));
  const text = new URLSearchParams(query).toString();
  return filled + (text && `?${text}`);
}

// Sends one request of the operation and judges its answer.
async function ask(operation, { staged = true, example = operation.bodies[0], headers = {}, path, query, body, type, port, prefix = "", suffix = "", method, ...rest } = {}) {
  const stage = staged && port === undefined ? await scenes.stage(operation.id, example?.name) : {};
  let text = body ?? replaced(example?.value, description.placeholder, stage.replace);
  const kind = type ?? (body === undefined || !example ? example?.type : "application/json");
  if (text !== undefined && typeof text !== "string") text = JSON.stringify(text);
  if (operation.bodies.length === 0 && body === undefined) text = undefined;
  if (rest.promised) text = undefined;
  let to = target(operation, { ...stage.path, ...path }, query);
  if (suffix) to = to.replace(/(\?|$)/, `${suffix}$1`);
  const request = { headers: { ...stage.headers, ...headers }, body: text, type: kind, ...rest };
  if (operation.id === "followEvents" && !rest.of_stream) request.headers.Accept ??= "application/json";
  const answer = await exchange(port ?? stage.port ?? ports.ledger, method ?? operation.method.toUpperCase(), prefix + to, request);
  if (method !== "HEAD") for (const fault of description.judge(operation, answer)) complain(operation, `${example?.name ?? ""} ${fault}`);
  if (answer.status < 400) exercised.set(`${operation.id} ${answer.status}`, true);
  return { ...answer, stage, to };
}

function expect(operation, answer, status, what) {
  if (answer.status !== status) complain(operation, `${what}: ${answer.status} instead of ${status}: ${answer.text.slice(0, 300)}`);
}

const is_success = (answer) => answer.status < 400;
function expect_success(operation, answer, what) {
  if (!is_success(answer)) complain(operation, `${what}: ${answer.status}: ${answer.text.slice(0, 300)}`);
}

const says = (operation, header) => Object.entries(operation.responses).some(([status, each]) => status[0] === "2" && header in (each.headers ?? {}));

// Each example of a body, and each parameter that may be left out.
async function replay(operation) {
  for (const example of operation.bodies.length ? operation.bodies : [undefined]) {
    const answer = await ask(operation, { example });
    expect_success(operation, answer, `example ${example?.name ?? ""}`);
  }
  if (operation.raw.requestBody && !operation.raw.requestBody.required)
    expect_success(operation, await ask(operation, { example: { name: operation.bodies[0].name, value: undefined }, headers: operation.id === "acceptOrder" ? { "X-User": "runner-7" } : {} }), "without a body");
  for (const parameter of operation.parameters.filter((each) => !each.required && example_of(each) !== undefined)) await replay_parameter(operation, parameter);
  if (operation.parameters.some((each) => each.name === "cursor")) await replay_cursor(operation);
  if (operation.method === "get") await replay_spellings(operation);
  if (operation.id === "defineStock") expect(operation, await ask(operation, { path: { sku: scenes.unused("NEW") }, body: {} }), 201, "a new item");
  if (operation.id === "openAccount") expect(operation, await ask(operation, { path: { id: scenes.unused("new") } }), 201, "a new account");
  if (operation.id === "followEvents") await replay_stream(operation);
}

async function replay_parameter(operation, parameter) {
  const value = String(example_of(parameter));
  if (parameter.name === "Idempotency-Key") return replay_key(operation, value);
  const extra = parameter.in === "query" ? { query: { [parameter.name]: value } } : { headers: { [parameter.name]: value } };
  const answer = await ask(operation, extra);
  expect_success(operation, answer, `${parameter.name}: ${value}`);
  if (parameter.name === "X-Request-Id" && answer.headers["x-request-id"] !== value) complain(operation, "X-Request-Id is not echoed");
  if (parameter.name === "Prefer" && !answer.headers["preference-applied"]) complain(operation, "Preference-Applied is missing");
  if (parameter.name === "If-None-Match" && answer.headers.etag) {
    const known = await ask(operation, { headers: { "If-None-Match": answer.headers.etag }, path: answer.stage.path });
    expect(operation, known, 304, "a version that is known");
  }
}

async function replay_key(operation, key) {
  const headers = { "Idempotency-Key": `${key}-${operation.id}` };
  const first = await ask(operation, { headers });
  expect_success(operation, first, "with a key");
  if (!says(operation, "Idempotency-Replayed")) return;
  const { port } = first.stage;
  const more = { staged: false, path: first.stage.path, port, headers: { ...first.stage.headers, ...headers } };
  const again = await ask(operation, more);
  if (again.headers["idempotency-replayed"] !== "true" || again.text !== first.text || again.status !== first.status)
    complain(operation, `the same key again: ${again.status} ${again.text.slice(0, 300)}`);
  const other = await ask(operation, { ...more, query: { another: "request" } });
  expect(operation, other, 422, "the key of another request");
  if (other.text.includes("idempotency_mismatch")) provoked.add(`${operation.id} 422 idempotency_mismatch`);
}

async function replay_cursor(operation) {
  const path = operation.path.endsWith("{status}") ? { status: "processed" } : undefined;
  const first = await ask(operation, { query: { limit: "1" }, path });
  const next = JSON.parse(first.text).next_cursor;
  if (next) expect_success(operation, await ask(operation, { staged: false, path: { ...first.stage.path, ...path }, headers: first.stage.headers, query: { limit: "1", cursor: next } }), "the next page");
  else complain(operation, "there was no second page to be shown");
}

// Everything answers below /api too, with a slash at its end, and to HEAD.
async function replay_spellings(operation) {
  for (const spelling of [{ prefix: "/api" }, { suffix: "/" }, { prefix: "/api", suffix: "/" }, { method: "HEAD" }])
    expect_success(operation, await ask(operation, spelling), JSON.stringify(spelling));
}

async function replay_stream(operation) {
  const stream = await ask(operation, { of_stream: "\nevent: order_created\n", headers: { "Last-Event-ID": "0.0" } });
  expect(operation, stream, 200, "a stream");
  if (!stream.headers["content-type"].startsWith("text/event-stream")) complain(operation, "the stream is none");
}

// Each refusal that the description names.
async function provoke(operation) {
  for (const { status, code } of description.problems(operation)) {
    const name = `${operation.id} ${status} ${code}`;
    if (provoked.has(name) || by_circumstance(status)) continue;
    const request = await scenes.refusal(operation, status, code);
    if (!request) { complain(operation, `nothing is known to bring about ${status} ${code}`); continue; }
    const answer = await ask(operation, { staged: false, ...request });
    const said = answer.text.startsWith("{") ? JSON.parse(answer.text).code : "";
    if (answer.status === status && said === code) provoked.add(name);
    else complain(operation, `${answer.status} ${said} instead of ${status} ${code}: ${answer.text.slice(0, 300)}`);
  }
}

// The methods of each path are those that are described.
async function check_methods(path, item) {
  const described = ["get", "put", "post", "patch", "delete"].filter((each) => item[each]).map((each) => each.toUpperCase());
  const wanted = new Set([...described, "OPTIONS", ...(item.get ? ["HEAD"] : [])]);
  const operation = description.operations.find((each) => each.path === path);
  const shown = await exchange(ports.ledger, "OPTIONS", target(operation));
  const allow = new Set((shown.headers.allow ?? "").split(", "));
  if (shown.status !== 204 || !same(allow, wanted)) complain(operation, `OPTIONS: ${shown.status}, Allow: ${shown.headers.allow}`);
  const other = ["DELETE", "PUT", "PATCH"].find((each) => !wanted.has(each));
  const refused = await exchange(ports.ledger, other, target(operation));
  for (const fault of description.judge(operation, refused)) complain(operation, fault);
  if (refused.status !== 405 || refused.headers.allow !== shown.headers.allow) complain(operation, `${other}: ${refused.status}, Allow: ${refused.headers.allow}`);
}

// What is refused before it is understood, by the shared responses.
async function check_edge() {
  const operation = description.operations.find((each) => each.id === "getHealth");
  const end = "Host: a\r\nConnection: close\r\n\r\n";
  const cases = [
    [404, "GET /nothing HTTP/1.1\r\n" + end], [414, `GET /${"a".repeat(200_000)} HTTP/1.1\r\n` + end], [417, "GET /health HTTP/1.1\r\nExpect: wonders\r\n" + end],
    [431, `GET /health HTTP/1.1\r\nA: ${"a".repeat(200_000)}\r\n` + end], [501, "BREW /health HTTP/1.1\r\n" + end], [505, "GET /health HTTP/3.0\r\n" + end], [400, "GET /health HTTP/1.1\r\n\r\n"],
  ];
  for (const [status, bytes] of cases) {
    const answer = await raw_exchange(ports.ledger, bytes);
    expect(operation, answer, status, bytes.slice(0, 30));
    for (const fault of description.judge(operation, answer)) complain(operation, fault);
  }
}

// Whoever asks too often is refused.
async function check_rate_limit() {
  const operation = description.operations.find((each) => each.id === "listStock");
  for (let asked = 0; asked < 1000; ++asked) {
    const answer = await ask(operation, { port: ports.limited, headers: { "X-User": "mallory" } });
    if (!answer.headers.ratelimit) return complain(operation, "an answer that was counted does not say so");
    if (answer.status === 429) return;
  }
  complain(operation, "nobody was asked to slow down");
}

async function main() {
  const served = await exchange(ports.ledger, "GET", "/openapi.json");
  description = new Description(JSON.parse(served.text));
  description.placeholder = description.document.components.parameters.ReservationId.example;
  found.push(...description.wrong_examples());
  const missing = new Set();
  for (const [path, item] of Object.entries(description.document.paths)) {
    const operations = description.operations.filter((each) => each.path === path);
    const there = (await exchange(ports.ledger, "OPTIONS", target(operations[0]))).status !== 404;
    if (there) await check_methods(path, item);
    else for (const each of operations) missing.add(each.id);
  }
  const first = ["defineStock", "openAccount"];
  const all = [...first.map((id) => description.operations.find((each) => each.id === id)), ...description.operations.filter((each) => !first.includes(each.id))];
  for (const operation of all) {
    if (missing.has(operation.id)) continue;
    if (operation === all[first.length]) await scenes.furnish();
    await replay(operation);
    await provoke(operation);
  }
  await check_edge();
  await check_rate_limit();
  for (const operation of description.operations) {
    if (missing.has(operation.id)) {
      complain(operation, "it is described, and not there");
      continue;
    }
    for (const status of Object.keys(operation.responses).filter((each) => each < "400"))
      if (!exercised.has(`${operation.id} ${status}`)) complain(operation, `${status} never came`);
  }
  console.log(`${description.operations.length - missing.size} operations, ${exercised.size} kinds of success, ${provoked.size} refusals`);
}

try {
  await main();
} catch (failure) {
  console.error(`replay_openapi: ${failure.stack}`);
  for (const each of found.slice(0, 20)) console.error(`replay_openapi: ${each}`);
  process.exit(2);
}
for (const each of found.slice(0, 60)) console.error(`replay_openapi: ${each}`);
if (found.length > 60) console.error(`replay_openapi: and ${found.length - 60} more`);
process.exit(found.length ? 1 : 0);
