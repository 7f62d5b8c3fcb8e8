// The console shows a sale as it happens, to eyes, keyboards and readers of screens.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { accessibilityFaults, launch, openPage } from "./browser.mjs";
import { Engine, eventually, together } from "./engine.mjs";

const hostile = '<img src=x onerror="alert(1)">';
let engine;
let browser;

before(async () => {
  engine = await Engine.started();
  await engine.define("HOT", 40, "Hot thing");
  await engine.define("WARM", 100_000, "Warm thing");
  await engine.define(hostile, 5, "<script>alert(2)</script>");
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await engine?.close();
});

/** Orders until that many were sent: every third of WARM, the others of HOT. */
async function sell(count) {
  const told = { created: 0, refused: 0 };
  let sent = 0;
  await together(8, () => sent < count, async () => {
    const number = sent++;
    const answer = await engine.order(`buyer-${number % 5}`, number % 3 === 0 ? "WARM" : "HOT");
    assert.ok([201, 400].includes(answer.status), JSON.stringify(answer));
    told[answer.status === 201 ? "created" : "refused"] += 1;
  });
  return told;
}

const resultOn = (page, name) => page.locator(`[data-result="${name}"]`).getAttribute("data-count", { timeout: 10_000 }).then(Number, () => 0);

test("an empty engine has words for what is not there yet", async () => {
  const { page, faults, context } = await openPage(browser, `${engine.url}/console`);
  await page.getByText("No orders yet").waitFor();
  await page.getByText("Nothing is stuck").waitFor();
  await page.locator("#link[data-state=good]").waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("a sale is shown as it happens", async () => {
  const { page, faults, context } = await openPage(browser, `${engine.url}/console`);
  await page.getByText("live", { exact: true }).first().waitFor();
  await page.locator("#orders-feed", { hasText: "live" }).waitFor();
  const sent = await sell(300);
  assert.equal(sent.created, 140);
  assert.equal(sent.refused, 160);
  await eventually("the count of created orders", async () => (await resultOn(page, "orders created")) === sent.created);
  await eventually("the count of refused orders", async () => (await resultOn(page, "orders refused: insufficient stock")) === sent.refused);
  await eventually("every order in the feed", async () => Number(await page.locator("#orders-feed").getAttribute("data-created")) === sent.created);
  await eventually("the busiest SKU on top", async () => (await page.locator(".heat-row .sku").first().textContent()) === "HOT");
  await eventually("what is left of it", async () => (await page.locator('#stock-rows [data-sku="HOT"]').textContent()).includes("0 available"));
  await page.locator('#stock-rows [data-sku="HOT"] .badge', { hasText: "sold out" }).waitFor();

  const made = await engine.order("late-buyer", "WARM", 7);
  await page.locator(`.row[data-id="${made.body.id}"]`, { hasText: "7 × WARM" }).waitFor();
  assert.equal(await page.locator(".orders .row").first().getAttribute("data-id"), made.body.id);
  await engine.call("POST", `/orders/${made.body.id}/cancel`, { reason: "changed my mind" });
  await page.locator(`.row[data-id="${made.body.id}"] .badge`, { hasText: "cancelled" }).waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("everything is reached by keyboard, and a timeline is opened by it", async () => {
  const { page, faults, context } = await openPage(browser, `${engine.url}/console`);
  await page.locator(".orders .row").first().waitFor();
  const reached = new Set();
  let opened = false;
  for (let i = 0; i < 80; ++i) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const node = document.activeElement;
      return { name: node.id || node.className || node.name || node.tagName, outline: getComputedStyle(node).outlineStyle, visible: node.matches(":focus-visible") };
    });
    reached.add(at.name);
    if (at.name === "strip") {
      await page.keyboard.press("ArrowLeft");
      assert.match(await page.locator("#heat-readout").textContent(), /waiting, mean wait .* refused\/s|nothing known/);
    }
    if (at.name === "row" && !opened) {
      assert.equal(at.outline, "solid");
      opened = true;
      const id = await page.evaluate(() => document.activeElement.dataset.id);
      await page.keyboard.press("Enter");
      await page.locator("#order-dialog .timeline li", { hasText: "order created" }).waitFor();
      assert.ok((await page.locator("#order-dialog-title").textContent()).includes(id));
      assert.deepEqual(await accessibilityFaults(page), []);
      await page.keyboard.press("Escape");
      assert.equal(await page.evaluate(() => document.activeElement.dataset.id), id);
    }
  }
  for (const name of ["skip", "identity", "theme", "docs", "sku", "strip", "row", "stock-sku", "audit-run"]) assert.ok(reached.has(name), `${name} is not reached: ${[...reached]}`);
  assert.deepEqual(faults, []);
  await context.close();
});

test("names of products and buyers are text, whatever they say", async () => {
  const { page, faults, context } = await openPage(browser, `${engine.url}/console`);
  await page.locator("#orders-feed", { hasText: "live" }).waitFor();
  for (let i = 0; i < 8; ++i) await engine.order('<b onmouseover="alert(3)">eve</b>', hostile);
  await page.locator(".heat-row .sku", { hasText: hostile }).click();
  await page.locator("#stock-rows", { hasText: "<script>alert(2)</script>" }).waitFor();
  const row = page.locator(".orders .row", { hasText: "eve" }).first();
  await row.click();
  await page.locator("#order-dialog .items", { hasText: hostile }).waitFor();
  assert.equal(await page.locator("main img, dialog img, main script, dialog script, main b, dialog b").count(), 0);
  assert.deepEqual(faults, []);
  await context.close();
});

test("an item is found by its SKU, and what is missing is said", async () => {
  const { page, faults, context } = await openPage(browser, `${engine.url}/console`, { expected: (text) => text.includes("404 (Not Found)") });
  await page.locator("#stock-sku").fill("warm");
  await page.locator("#stock-rows [data-sku=WARM]").waitFor();
  await page.locator("#stock-sku").fill("NO-SUCH");
  await page.keyboard.press("Enter");
  await page.locator("#stock-rows", { hasText: "NO-SUCH" }).waitFor();
  await page.locator("#stock-sku").fill("");
  await page.locator("#stock-rows [data-sku=HOT]").waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("the page is itself under every spelling of its path", async () => {
  for (const path of ["/console", "/console/", "/api/console", "/api/console/"]) {
    const { page, faults, context } = await openPage(browser, `${engine.url}${path}`);
    await page.locator("#link[data-state=good]").waitFor();
    await page.locator(".plot canvas").first().waitFor();
    assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector(".tiles")).display), "grid");
    assert.deepEqual(faults, [], path);
    await context.close();
  }
});

test("axe finds nothing to better, in either theme and on a phone", async () => {
  for (const options of [{ colorScheme: "dark" }, { colorScheme: "light" }, { colorScheme: "light", reducedMotion: "reduce", viewport: { width: 360, height: 740 }, hasTouch: true }]) {
    const { page, faults, context } = await openPage(browser, `${engine.url}/console`, { reducedMotion: "reduce", ...options });
    await page.locator(".orders .row").first().waitFor();
    await page.locator(".heat-row").first().waitFor();
    assert.deepEqual(await accessibilityFaults(page), [], JSON.stringify(options));
    assert.deepEqual(faults, []);
    await context.close();
  }
});

test("the theme is chosen by a button and kept", async () => {
  const { page, faults, context } = await openPage(browser, `${engine.url}/console`, { colorScheme: "light" });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.locator("#theme").click();
  assert.notEqual(await background(), light);
  await page.reload();
  assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
  assert.notEqual(await background(), light);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a phone scrolls in one direction alone", async () => {
  const { page, faults, context } = await openPage(browser, `${engine.url}/console`, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  await page.locator(".orders .row").first().waitFor();
  await page.locator(".heat-row").first().waitFor();
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360);
  await page.locator(".orders .row").first().tap();
  await page.locator("#order-dialog .timeline li").first().waitFor();
  const wide = await page.evaluate(() => [...document.querySelectorAll("dialog[open], main *")].filter((node) => node.getClientRects().length > 0 && node.getBoundingClientRect().right > 361).map((node) => node.className || node.tagName));
  assert.deepEqual(wide, []);
  assert.deepEqual(faults, []);
  await context.close();
});

test("an audit is shown where there is one", async () => {
  const there = (await engine.call("GET", "/audit")).status !== 404;
  const { page, faults, context } = await openPage(browser, `${engine.url}/console`, { expected: (text) => !there && text.includes("404 (Not Found)") });
  await page.locator("#audit-run").click();
  if (there) await page.locator("#audit-result", { hasText: "No difference" }).waitFor();
  else await page.locator("#audit").waitFor({ state: "hidden" });
  assert.deepEqual(faults, []);
  await context.close();
});
