// Debian's chromium, and a page whose every error is kept.

import fs from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "../npm/node_modules/playwright-core/index.mjs";

const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-precise-memory-info", "--js-flags=--expose-gc"];
const axe = fs.readFileSync(createRequire(import.meta.url).resolve("../npm/node_modules/axe-core/axe.min.js"), "utf8");

export const launch = () => chromium.launch({ executablePath: "/usr/bin/chromium", args: flags });

/** A page at `url`, in a context of its own. `faults` has every error but those that `expected` lets through. */
export async function openPage(browser, url, { expected = () => false, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: "en-GB", timezoneId: "UTC", ...options });
  const page = await context.newPage();
  const faults = [];
  const host = new URL(url).host;
  const note = (text) => expected(text) || faults.push(text);
  page.on("pageerror", (error) => note(`page error: ${error.stack ?? error}`));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && note(`console ${message.type()}: ${message.text()}`));
  page.on("dialog", (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (asked.protocol !== "data:" && asked.host !== host) faults.push(`a request to ${request.url()}`);
  });
  await page.goto(url);
  return { page, faults, context };
}

/** What axe finds against WCAG 2.2 AA and good practice, in words. */
export async function accessibilityFaults(page) {
  // The page lets in no script of others; the driver's own evaluation is not bound by that.
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.map((each) => `${each.id}: ${each.help}: ${each.nodes.map((node) => `${node.target.join(" ")} ${node.failureSummary}`).join("; ")}`);
}

export const textOf = (page, selector) => page.locator(selector).first().textContent();
