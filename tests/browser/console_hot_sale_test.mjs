// A minute of a hot sale: the page keeps up, without an error and without growing.

import assert from "node:assert/strict";
import test from "node:test";
import { launch, openPage } from "./browser.mjs";
import { Engine, eventually, together } from "./engine.mjs";

const seconds = Number(process.env.SALE_SECONDS ?? 60);
const heapGrowthMax = 24 * 1024 * 1024;

test("the console follows a hot sale", async () => {
  const engine = await Engine.started();
  const browser = await launch();
  try {
    const skus = ["FLASH-LAMP", ...Array.from({ length: 40 }, (_, i) => `ITEM-${String(i).padStart(3, "0")}`)];
    for (const sku of skus) await engine.define(sku, sku === "FLASH-LAMP" ? 500 : 1_000_000);
    const { page, faults } = await openPage(browser, `${engine.url}/console`);
    await page.locator("#orders-feed", { hasText: "live" }).waitFor();
    const heap = () => page.evaluate(() => {
      globalThis.gc();
      globalThis.gc();
      return { bytes: performance.memory.usedJSHeapSize, nodes: document.querySelectorAll("*").length };
    });
    const end = Date.now() + seconds * 1_000;
    const sent = { created: 0, refused: 0 };
    let turn = 0;
    let early = null;
    const selling = together(6, () => Date.now() < end, async () => {
      const sku = turn++ % 2 === 0 ? skus[0] : skus[1 + (turn % 40)];
      const answer = await engine.order(`buyer-${turn % 97}`, sku);
      assert.ok([201, 400].includes(answer.status), JSON.stringify(answer));
      sent[answer.status === 201 ? "created" : "refused"] += 1;
    });
    const measuring = (async () => {
      await new Promise((resolve) => setTimeout(resolve, (seconds * 1_000) / 4));
      early = await heap();
      await page.locator("#link[data-state=good]").waitFor();
      assert.equal(await page.locator(".heat-row .sku").first().textContent(), "FLASH-LAMP");
    })();
    await Promise.all([selling, measuring]);
    const count = (name) => page.locator(`[data-result="${name}"]`).getAttribute("data-count").then(Number);
    await eventually("the count of created orders", async () => (await count("orders created")) === sent.created);
    await eventually("the count of refused orders", async () => (await count("orders refused: insufficient stock")) === sent.refused);
    await eventually("the newest order", async () => {
      const newest = (await engine.call("GET", "/orders?limit=1")).body.items[0].id;
      return (await page.locator(".orders .row").first().getAttribute("data-id")) === newest;
    });
    const late = await heap();
    console.log(`${sent.created} orders and ${sent.refused} refusals in ${seconds} s; heap ${early.bytes} then ${late.bytes} bytes, ${early.nodes} then ${late.nodes} elements`);
    assert.ok(late.bytes - early.bytes < heapGrowthMax, `the heap grew from ${early.bytes} to ${late.bytes} bytes`);
    assert.ok(late.nodes < 2_000, `${late.nodes} elements`);
    assert.deepEqual(faults, []);
  } finally {
    await browser.close();
    await engine.close();
  }
});
