// A running orderd for the tests of its pages, and a client of its API.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";

const guardMs = 60_000;

/** Waits until `done` answers with something; the guard is against a hang and no measure of speed. */
export async function eventually(what, done, ms = guardMs) {
  const end = Date.now() + ms;
  let last;
  while (Date.now() < end) {
    try {
      last = await done();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not come: ${last instanceof Error ? last.message : JSON.stringify(last)}`);
}

export const temporaryFolder = () => fs.mkdtemp(path.join(os.tmpdir(), "orderd-browser-"));

/** Ends with its process group's leader, this script. */
export class Engine {
  #process = null;
  #log = "";

  constructor(flags = [], environment = {}) {
    this.flags = flags;
    this.environment = environment;
    this.port = 0;
    this.user = null;
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  }

  static async started(flags, environment) {
    const engine = new Engine(flags, environment);
    engine.folder = await temporaryFolder();
    await engine.start();
    return engine;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The second start listens where the first one did. */
  async start(until = "ready") {
    const binary = process.argv[2];
    if (!binary) throw new Error("say which orderd to test: node tests/browser/x_test.mjs build/orderd");
    this.#log = "";
    this.#process = spawn("setpriv", ["--pdeathsig=KILL", binary, "--port", String(this.port), "--data-dir", path.join(this.folder, "data"), ...this.flags], {
      env: { PATH: process.env.PATH, ...this.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) stream.on("data", (text) => (this.#log = (this.#log + text).slice(-200_000)));
    this.ended = new Promise((resolve) => this.#process.on("exit", (code, signal) => resolve(code ?? signal)));
    let over = null;
    this.ended.then((how) => (over = how));
    this.port = await eventually(`"${until}" in the log of orderd`, () => {
      if (over !== null) throw new Error(`orderd has ended with ${over}: ${this.#log}`);
      const line = this.#log.split("\n").find((each) => each.includes(`"message":"${until}"`) && each.endsWith("}"));
      return line && JSON.parse(line).port;
    });
    return this;
  }

  async stop(signal = "SIGTERM") {
    this.#process.kill(signal);
    return this.ended;
  }

  async close() {
    await this.stop("SIGKILL");
    this.agent.destroy();
    await fs.rm(this.folder, { recursive: true, force: true });
  }

  /** `{status, body}`; as the operator, or as `user`. */
  call(method, target, body, headers = {}) {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
      const request = http.request({ host: "127.0.0.1", port: this.port, agent: this.agent, method, path: target, headers: { ...(text && { "Content-Type": "application/json" }), ...headers } }, (response) => {
        let answer = "";
        response.setEncoding("utf8");
        response.on("data", (piece) => (answer += piece));
        response.on("end", () => {
          try {
            resolve({ status: response.statusCode, headers: response.headers, body: answer === "" ? null : JSON.parse(answer) });
          } catch {
            resolve({ status: response.statusCode, headers: response.headers, body: answer });
          }
        });
      });
      request.on("error", reject);
      request.setTimeout(guardMs, () => request.destroy(new Error(`no answer to ${method} ${target}`)));
      request.end(text);
    });
  }

  async define(sku, onHand, name = sku) {
    const answer = await this.call("PUT", `/stock/${encodeURIComponent(sku)}`, { name, price_cents: 1_250, on_hand: onHand });
    if (answer.status !== 201) throw new Error(`${sku} was not made: ${JSON.stringify(answer)}`);
  }

  order(user, sku, qty = 1) {
    return this.call("POST", "/orders", { items: [{ sku, qty }] }, { "X-User": user });
  }
}

export const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** Work that is done by `workers` at once until `more` says no. */
export async function together(workers, more, work) {
  await Promise.all(Array.from({ length: workers }, async () => {
    while (more()) await work();
  }));
}
