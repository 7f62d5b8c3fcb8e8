// Swagger UI as it is served: every operation is there, and one is tried.

import assert from "node:assert/strict";
import test from "node:test";
import { launch, openPage } from "./browser.mjs";
import { Engine } from "./engine.mjs";

test("the API is listed and can be tried, under every spelling of the path", async () => {
  const engine = await Engine.started();
  const browser = await launch();
  try {
    const described = (await engine.call("GET", "/openapi.json")).body;
    const operations = Object.values(described.paths).flatMap((path) => Object.keys(path).filter((key) => ["get", "put", "post", "patch", "delete"].includes(key)));
    assert.ok(operations.length > 20);
    for (const path of ["/docs", "/apidocs/", "/api/docs/"]) {
      const { page, faults, context } = await openPage(browser, `${engine.url}${path}`);
      await page.locator(".opblock").first().waitFor();
      assert.equal(await page.locator(".opblock").count(), operations.length);
      const health = page.locator(".opblock-get", { has: page.locator('[data-path="/health"]') });
      await health.locator(".opblock-summary-control").click();
      await health.getByRole("button", { name: "Execute" }).click();
      await health.locator(".live-responses-table .response-col_status", { hasText: "200" }).waitFor();
      await health.locator(".live-responses-table", { hasText: "healthy" }).waitFor();
      assert.deepEqual(faults, [], path);
      await context.close();
    }
  } finally {
    await browser.close();
    await engine.close();
  }
});
