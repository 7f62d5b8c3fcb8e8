// What the console shows when the store, the engine or the right to look is not there.

import assert from "node:assert/strict";
import fs from "node:fs/promises";
import path from "node:path";
import test, { after, before } from "node:test";
import { accessibilityFaults, launch, openPage } from "./browser.mjs";
import { Engine, eventually, sha256, temporaryFolder } from "./engine.mjs";
import { Postgres } from "./postgres.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** What a browser itself says of requests that fail; the page's own faults are not among it. */
const failedRequests = (text) => /Failed to load resource|net::ERR_/.test(text);

const feedCreated = async (page) => Number((await page.locator("#orders-feed").getAttribute("data-created")) ?? 0);

test("a store that is away is an alarm, and the sale goes on", async () => {
  const postgres = await Postgres.started();
  const engine = await Engine.started([], { DATABASE_URL: postgres.url });
  try {
    await engine.define("WIDGET", 1_000);
    const { page, faults, context } = await openPage(browser, `${engine.url}/console`, { expected: failedRequests });
    await page.locator('#tile-store[data-state="good"]', { hasText: "up" }).waitFor();
    await postgres.kill();
    assert.equal((await engine.order("ada", "WIDGET")).status, 201);
    await page.locator('#tile-store[data-state="bad"]', { hasText: "down" }).waitFor();
    await page.locator('[data-alarm="store"]', { hasText: "store is away" }).waitFor();
    assert.equal(await page.locator("#alarms").getAttribute("aria-live"), "polite");
    await page.locator('#tile-writes[data-state="good"]').waitFor();
    await page.locator("#link[data-state=good]").waitFor();
    await eventually("the backlog", async () => /[1-9]\d* events/.test(await page.locator("#tile-lag .note").textContent()));
    assert.deepEqual(await accessibilityFaults(page), []);
    await postgres.start();
    await page.locator('#tile-store[data-state="good"]').waitFor({ timeout: 60_000 });
    await page.locator('[data-alarm="store"]').waitFor({ state: "detached" });
    await eventually("the order's event", async () => (await feedCreated(page)) === 1);
    assert.deepEqual(faults, []);
    await context.close();
  } finally {
    await engine.close();
    await postgres.close();
  }
});

test("a receiver of events that is away is named, with what waits for it", async () => {
  const engine = await Engine.started([], { WEBHOOK_URL: "http://127.0.0.1:1/", WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString("base64")}`, ORDERD_WEBHOOK_ALLOW_PRIVATE: "true" });
  try {
    await engine.define("WIDGET", 1_000);
    const { page, faults, context } = await openPage(browser, `${engine.url}/console`);
    await engine.order("ada", "WIDGET");
    await page.locator('[data-alarm="sinks"]', { hasText: "webhook (away)" }).waitFor();
    await page.locator("#sinks-rows", { hasText: "to webhook" }).locator('.badge[data-status="away"]').waitFor();
    await eventually("the events that wait", async () => /[1-9]\d* events, .* behind/.test(await page.locator("#sinks-rows").textContent()));
    assert.deepEqual(await accessibilityFaults(page), []);
    assert.deepEqual(faults, []);
    await context.close();
  } finally {
    await engine.close();
  }
});

test("an engine that restarts is waited for, and no event is lost or told twice", async () => {
  const engine = await Engine.started();
  try {
    await engine.define("WIDGET", 1_000);
    const { page, faults, context } = await openPage(browser, `${engine.url}/console`, { expected: failedRequests });
    await page.locator("#orders-feed", { hasText: "live" }).waitFor();
    for (let i = 0; i < 20; ++i) await engine.order("ada", "WIDGET");
    await eventually("the first events", async () => (await feedCreated(page)) === 20);
    await engine.stop("SIGKILL");
    await page.locator('[data-alarm="link"]', { hasText: "Connection lost" }).waitFor();
    await page.locator("body[data-stale]").waitFor();
    await page.locator("#link[data-state=bad]", { hasText: "stale" }).waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await engine.start();
    // Made before the page is back: the stream has to tell of them from where it was.
    for (let i = 0; i < 20; ++i) await engine.order("grace", "WIDGET");
    await page.locator("#link[data-state=good]").waitFor({ timeout: 60_000 });
    await page.locator('[data-alarm="link"]').waitFor({ state: "detached" });
    await eventually("the events since", async () => (await feedCreated(page)) >= 40);
    for (let i = 0; i < 20; ++i) await engine.order("linus", "WIDGET");
    await eventually("the last events", async () => (await feedCreated(page)) >= 60);
    assert.equal(await feedCreated(page), 60);
    assert.deepEqual(faults, []);
    await context.close();
  } finally {
    await engine.close();
  }
});

test("the page is there while the engine recovers, and says so", async () => {
  const engine = new Engine([], { DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none" });
  engine.folder = await temporaryFolder();
  try {
    await engine.start("listening");
    const { page, faults, context } = await openPage(browser, `${engine.url}/console`, { expected: failedRequests });
    await page.locator('[data-alarm="link"]', { hasText: "recovering" }).waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    assert.deepEqual(faults, []);
    await context.close();
  } finally {
    await engine.close();
  }
});

test("with tokens the page asks for one, keeps it in the tab and sends it in a header alone", async () => {
  const folder = await temporaryFolder();
  const tokens = path.join(folder, "tokens");
  await fs.writeFile(tokens, `operator ${sha256("open-sesame")}\nbob ${sha256("bobs-own")}\n`, { mode: 0o600 });
  const engine = await Engine.started(["--auth", "token"], { ORDERD_TOKEN_FILE: tokens });
  try {
    const { page, faults, context } = await openPage(browser, `${engine.url}/console`, { expected: failedRequests });
    const urls = [];
    page.on("request", (request) => urls.push(request.url()));
    const dialog = page.locator("#identity-dialog[open]");
    await dialog.waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    const give = async (token) => {
      await page.locator("#identity-value").fill(token);
      await page.keyboard.press("Enter");
    };
    await give("wrong");
    await page.locator("#identity-why", { hasText: "not known" }).waitFor();
    await dialog.waitFor();
    await give("bobs-own");
    await page.locator("#identity-why", { hasText: "operators" }).waitFor();
    await dialog.waitFor();
    await give("open-sesame");
    await page.locator("#link[data-state=good]").waitFor();
    await page.locator("#orders-feed", { hasText: "live" }).waitFor();
    await dialog.waitFor({ state: "detached" });
    const auth = { Authorization: "Bearer open-sesame" };
    await engine.call("PUT", "/stock/WIDGET", { name: "Widget", price_cents: 100, on_hand: 10 }, auth);
    await engine.call("POST", "/orders", { customer_id: "550e8400-e29b-41d4-a716-446655440000", items: [{ sku: "WIDGET", qty: 1 }] }, auth);
    await eventually("the event of an order", async () => (await feedCreated(page)) === 1);
    await page.reload();
    await page.locator("#link[data-state=good]").waitFor();
    assert.ok(urls.every((url) => !url.includes("sesame") && !url.includes("bobs-own")));
    assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes("sesame")), false);
    await page.locator("#identity").click();
    await page.locator("#identity-forget").click();
    await dialog.waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    assert.deepEqual(faults, []);
    await context.close();
  } finally {
    await engine.close();
    await fs.rm(folder, { recursive: true });
  }
});

test("without a stream to spare the page lives on lists", async () => {
  const engine = await Engine.started([], { ORDERD_EVENT_CLIENTS_MAX: "0" });
  try {
    await engine.define("WIDGET", 10);
    const { page, faults, context } = await openPage(browser, `${engine.url}/console`, { expected: failedRequests });
    await page.locator("#orders-feed", { hasText: "too many streams" }).waitFor();
    const made = await engine.order("ada", "WIDGET");
    await page.locator(`.row[data-id="${made.body.id}"]`).waitFor();
    assert.deepEqual(faults, []);
    await context.close();
  } finally {
    await engine.close();
  }
});
