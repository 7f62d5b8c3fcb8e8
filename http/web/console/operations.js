// What an operator sees to: orders that are stuck, sinks and sources of events, and the audit.

import { get, newKey, post } from "./api.js";
import { badge, byId, element, prepareDialog, setText, showEmpty, showInOrder } from "./elements.js";
import { formatCount, formatSeconds, words } from "./figures.js";

const shownMax = 20;
const quietEveryMs = 15_000;
const busyEveryMs = 3_000;

/** Orders that cannot go on by themselves, each with what can be done. */
export class StuckOrders {
  #place = byId("stuck-rows");
  #note = byId("stuck-note");
  #list = element("ul", { class: "rows stuck" });
  #rows = new Map();
  #open;
  #told = 0;
  #due = 0;
  #asking = null;
  #dialog = prepareDialog(byId("cancel-dialog"));

  constructor(open) {
    this.#open = open;
    showEmpty(this.#place, "Nothing is stuck.");
    byId("cancel-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#cancel();
    });
  }

  /** `count` is how many there are by the engine's own figures. */
  async update(count) {
    const now = performance.now();
    if (count === this.#told && now < this.#due) return;
    this.#told = count;
    this.#due = now + (count > 0 || this.#rows.size > 0 ? busyEveryMs : quietEveryMs);
    await this.#load(count);
  }

  async #load(count) {
    try {
      const page = await get(`orders?stuck=true&limit=${shownMax}`);
      this.#show(page.items, Math.max(count, page.items.length), page.next_cursor !== null);
    } catch (error) {
      setText(this.#note, `cannot be listed: ${error.message}`);
    }
  }

  #show(orders, count, more) {
    setText(this.#note, more ? `the newest ${orders.length} of ${formatCount(count)}` : orders.length > 0 ? formatCount(orders.length) : "");
    if (orders.length === 0) {
      this.#rows.clear();
      showEmpty(this.#place, "Nothing is stuck.");
      return;
    }
    const rows = new Map(orders.map((order) => [order.id, this.#rows.get(order.id) ?? this.#row(order)]));
    this.#rows = rows;
    for (const order of orders) this.#fill(rows.get(order.id), order);
    showInOrder(this.#list, [...rows.values()].map((row) => row.node));
    showInOrder(this.#place, [this.#list]);
  }

  #row(order) {
    const short = order.id.slice(-12);
    const row = { step: element("span", { class: "badge", "data-status": "failed" }), detail: element("p", { class: "quiet detail" }), outcome: element("p", { class: "outcome", role: "status" }) };
    row.retry = element("button", { type: "button", text: "Try again", "aria-label": `Try again: order ${short}`, on: { click: () => this.#retry(row, order.id) } });
    row.cancel = element("button", { type: "button", class: "danger", text: "Cancel…", "aria-label": `Cancel… order ${short}`, on: { click: () => this.#askToCancel(row, order) } });
    row.node = element("li", { class: "item", "data-id": order.id },
      element("button", { type: "button", class: "link", text: `…${short}`, title: order.id, "aria-label": `…${short}: timeline of the order`, on: { click: () => this.#open(order.id) } }),
      row.step, element("span", { class: "quiet who", title: order.customer_id, text: order.customer_id }),
      element("span", { class: "actions" }, row.retry, row.cancel), row.detail, row.outcome);
    return row;
  }

  #fill(row, order) {
    setText(row.step, order.saga?.step ?? order.status);
    setText(row.detail, `${order.saga?.failed_rounds ?? 0} failed rounds · ${order.saga?.detail ?? "no reason told"}`);
  }

  async #retry(row, id) {
    row.retry.disabled = true;
    setText(row.outcome, "Asked…");
    try {
      await post(`orders/${encodeURIComponent(id)}/retry`, {});
      setText(row.outcome, "It is being tried again.");
    } catch (error) {
      setText(row.outcome, error.message);
    }
    row.retry.disabled = false;
    this.#due = 0;
  }

  #askToCancel(row, order) {
    this.#asking = { row, id: order.id, key: newKey() };
    setText(byId("cancel-what"), `${order.id}, of ${order.customer_id}`);
    setText(byId("cancel-error"), "");
    byId("cancel-reason").value = "";
    this.#dialog.showModal();
    byId("cancel-reason").focus();
  }

  async #cancel() {
    const { row, id, key } = this.#asking;
    const confirm = byId("cancel-confirm");
    confirm.disabled = true;
    try {
      const reason = byId("cancel-reason").value.trim();
      await post(`orders/${encodeURIComponent(id)}/cancel`, reason === "" ? {} : { reason }, key);
      this.#dialog.close();
      setText(row.outcome, "Cancelled; what is held goes back.");
    } catch (error) {
      setText(byId("cancel-error"), error.message);
      this.#asking.key = newKey();
    }
    confirm.disabled = false;
    this.#due = 0;
  }
}

/** Where events go and come from. */
export class Links {
  #place = byId("sinks-rows");
  #due = 0;

  async update() {
    const now = performance.now();
    if (now < this.#due) return;
    this.#due = now + 5_000;
    try {
      const { sinks, sources } = await get("sinks");
      this.#show(sinks, sources);
    } catch {
      this.#due = now + 10_000;
    }
  }

  #show(sinks, sources) {
    if (sinks.length + sources.length === 0) return showEmpty(this.#place, "None is set: events are told to streams of /events alone.");
    const rows = [
      ...sinks.map((each) => this.#row("to", each, `${formatCount(each.lag_events)} events, ${formatSeconds(each.lag_seconds)} behind`)),
      ...sources.map((each) => this.#row("from", each, `${formatCount(each.done)} taken, ${formatCount(each.dead_letters)} dead letters`)),
    ];
    this.#place.replaceChildren(element("ul", { class: "rows links" }, ...rows));
  }

  #row(direction, link, figures) {
    return element("li", { class: "item" },
      element("strong", { text: `${direction} ${link.name}` }), badge(link.status),
      element("span", { class: "quiet", text: figures }), link.error ? element("p", { class: "error", text: link.error }) : null);
  }
}

const auditWaitMs = 120_000;

/** Runs an audit and shows what it says. An engine without one loses the card. */
export class Audit {
  #button = byId("audit-run");
  #place = byId("audit-result");

  constructor() {
    this.#button.addEventListener("click", () => this.#run());
  }

  async #run() {
    this.#button.disabled = true;
    setText(this.#button, "Running…");
    try {
      this.#show(await get("audit", auditWaitMs));
    } catch (error) {
      // An audit that has found differences says so with 500, and in the same words.
      if (error.body?.differences !== undefined) this.#show(error.body);
      else if (error.status === 404) byId("audit").hidden = true;
      else this.#place.replaceChildren(element("p", { class: "error", text: error.name === "TimeoutError" ? "The audit has not answered for two minutes; it may still run." : error.message }));
    }
    this.#button.disabled = false;
    setText(this.#button, "Run audit");
  }

  #show(report) {
    const checked = Object.entries(report.checked ?? {}).map(([name, count]) => `${formatCount(count)} ${words(name)}`).join(", ");
    const verdict = report.ok ? "No difference." : `${formatCount(report.differences_total)} differences.`;
    this.#place.replaceChildren(
      element("p", { class: report.ok ? "good" : "error", text: `${report.ok ? "✓" : "✗"} ${verdict}` }),
      element("p", { class: "quiet", text: `${checked} in ${formatSeconds(report.duration_ms / 1000)}, as of event ${formatCount(report.as_of_seq)}.` }),
      element("ul", { class: "differences" }, ...(report.differences ?? []).slice(0, 50).map((each) => element("li", { text: `${each.kind} ${each.key}: ${words(each.code)}. ${each.detail}` }))));
  }
}
