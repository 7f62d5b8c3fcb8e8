// Orders that a payment service has left stuck are seen and settled on the console.

import assert from "node:assert/strict";
import http from "node:http";
import test from "node:test";
import { accessibilityFaults, launch, openPage } from "./browser.mjs";
import { Engine, eventually } from "./engine.mjs";

/** A payment service by deploy/payment-service.md that refuses captures as long as `refuses` says so. */
function paymentService() {
  const states = new Map();
  const answers = new Map();
  const service = { refuses: false, states };
  const done = { capture: "captured", void: "voided", refund: "refunded" };
  service.server = http.createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    const [, , id, verb] = request.url.split("/");
    const key = request.headers["idempotency-key"];
    const answer = (status, body) => {
      if (key && status < 300) answers.set(key, body);
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    };
    if (key && answers.has(key)) return answer(200, answers.get(key));
    if (request.method === "GET") return states.has(id) ? answer(200, { id, state: states.get(id) }) : answer(404, {});
    if (verb === "capture" && service.refuses) return answer(409, { reason: "told to refuse" });
    const name = id ?? JSON.parse(text).id;
    states.set(name, id === undefined ? "authorized" : done[verb]);
    return answer(id === undefined ? 201 : 200, { id: name, state: states.get(name) });
  });
  return new Promise((resolve) => service.server.listen(0, "127.0.0.1", () => resolve(Object.assign(service, { url: `http://127.0.0.1:${service.server.address().port}` }))));
}

async function stuckOrder(engine) {
  const made = await engine.order("bob", "BOOK", 2);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal((await engine.call("POST", `/orders/${made.body.id}/accept`, {}, { "X-User": "runner-7" })).status, 200);
  assert.equal((await engine.call("POST", `/orders/${made.body.id}/complete`, {}, { "X-User": "runner-7" })).status, 503);
  return made.body.id;
}

test("a stuck order is shown, tried again, and cancelled after a question", async () => {
  const payments = await paymentService();
  const engine = await Engine.started(["--payments", "http", "--payment-service-url", payments.url, "--interval-seconds", "0", "--payment-timeout-ms", "500", "--payment-wait-ms", "1000", "--payment-retry-max-ms", "50", "--payment-rounds-max", "2"]);
  const browser = await launch();
  try {
    await engine.define("BOOK", 100);
    const { page, faults } = await openPage(browser, `${engine.url}/console`, { expected: (text) => text.includes("503 (Service Unavailable)") || text.includes("409 (Conflict)") });
    await page.getByText("Nothing is stuck").waitFor();
    payments.refuses = true;
    const first = await stuckOrder(engine);
    const second = await stuckOrder(engine);
    await page.locator('[data-alarm="stuck"]', { hasText: "2 orders need an operator" }).waitFor();
    const row = (id) => page.locator(`#stuck-rows [data-id="${id}"]`);
    await row(first).getByText("told to refuse").waitFor();
    await row(second).waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);

    await row(first).getByRole("button", { name: /timeline/ }).click();
    await page.locator("#order-dialog .timeline li", { hasText: "capture started" }).waitFor();
    await page.keyboard.press("Escape");

    // While the service refuses, trying again leaves it stuck.
    await row(first).getByRole("button", { name: /again/ }).click();
    await row(first).locator(".outcome", { hasText: /./ }).waitFor();
    await row(first).waitFor();

    await row(second).getByRole("button", { name: /^Cancel/ }).click();
    await page.locator("#cancel-dialog").getByText(second).waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.getByRole("button", { name: "Keep it" }).click();
    assert.equal((await engine.call("GET", `/orders/${second}`)).body.status, "accepted");
    await row(second).getByRole("button", { name: /^Cancel/ }).click();
    await page.keyboard.type("the service lost it");
    await page.keyboard.press("Enter");
    await row(second).waitFor({ state: "detached" });
    const cancelled = await engine.call("GET", `/orders/${second}`);
    assert.equal(cancelled.body.status, "cancelled");
    const timeline = await engine.call("GET", `/orders/${second}/events`);
    assert.ok(timeline.body.items.some((each) => each.reason === "the service lost it"), JSON.stringify(timeline.body));

    payments.refuses = false;
    await row(first).getByRole("button", { name: /again/ }).click();
    await eventually("its completion", async () => (await engine.call("GET", `/orders/${first}`)).body.status === "completed");
    await page.getByText("Nothing is stuck").waitFor();
    await page.locator('[data-alarm="stuck"]').waitFor({ state: "detached" });
    assert.deepEqual(faults, []);
  } finally {
    await browser.close();
    await engine.close();
    payments.server.close();
    payments.server.closeAllConnections();
  }
});
