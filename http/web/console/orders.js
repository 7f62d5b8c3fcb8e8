// Recent orders as they come, and one order with its timeline.

import { get } from "./api.js";
import { badge, byId, element, prepareDialog, setText, showEmpty, showInOrder } from "./elements.js";
import { formatClock, formatCount, formatMoney, words } from "./figures.js";

const kept = 60;
const shown = 20;
const timelinePage = 100;

/** What an event of the timeline adds, as people read it. */
function written(name, value) {
  if (name.endsWith("_amount")) return formatMoney(value);
  return typeof value === "object" ? JSON.stringify(value) : value;
}

const itemsText = (items) => (items ?? []).map((item) => `${item.qty} × ${item.sku}`).join(", ");

/** The orders that were created last, of the list and of the stream. */
export class RecentOrders {
  #orders = new Map();
  #rows = new Map();
  #place = byId("orders-rows");
  #list = null;
  #open;
  #counted = { events: 0, created: 0 };
  #state = "";
  #dirty = true;

  /** `open` is called with the id of the order whose row is pressed. */
  constructor(open) {
    this.#open = open;
    setInterval(() => this.#show(), 250);
  }

  /** An event of the stream. */
  take(event) {
    this.#counted.events += 1;
    const { data, time } = event;
    const known = this.#orders.get(data.order_id);
    if (event.type === "order_created") {
      this.#counted.created += 1;
      this.#add({ id: data.order_id, customer: data.customer_id, status: data.status, total: data.total_amount, items: itemsText(data.items), at: data.created_at ?? time });
    } else if (known !== undefined && data.status) {
      known.status = data.status;
    }
    this.#dirty = true;
  }

  /** A page of the list, the newest first. What the stream has told already is newer. */
  fill(items) {
    for (const order of [...items].reverse()) {
      const known = this.#orders.get(order.id);
      if (known !== undefined) Object.assign(known, { status: order.status, currency: order.currency });
      else this.#add({ id: order.id, customer: order.customer_id, status: order.status, total: order.total_amount, currency: order.currency, items: itemsText(order.items), at: order.created_at });
    }
    this.#dirty = true;
  }

  setState(text) {
    this.#state = text;
    this.#dirty = true;
  }

  #add(order) {
    this.#orders.set(order.id, order);
    if (this.#orders.size <= kept) return;
    const oldest = [...this.#orders.values()].reduce((a, b) => (a.at <= b.at ? a : b));
    this.#orders.delete(oldest.id);
  }

  /** Rows stay where they are while somebody points at one or has gone to one. */
  #held() {
    return this.#list !== null && (this.#list.matches(":focus-within") || (matchMedia("(hover: hover)").matches && this.#list.matches(":hover")));
  }

  #show() {
    if (!this.#dirty || document.hidden) return;
    const held = this.#held();
    const told = `${this.#state}${this.#counted.events > 0 ? ` · ${formatCount(this.#counted.events)} events` : ""}${held ? " · held while you look" : ""}`;
    const feed = byId("orders-feed");
    setText(feed, told);
    feed.dataset.created = this.#counted.created;
    feed.dataset.events = this.#counted.events;
    if (held) return this.#refresh();
    this.#dirty = false;
    if (this.#orders.size === 0) {
      showEmpty(this.#place, "No orders yet. New ones appear here as they are made.");
      this.#list = null;
      return;
    }
    if (this.#list === null) {
      this.#list = element("ol", { class: "rows orders" });
      this.#place.replaceChildren(this.#list);
    }
    // Ids are made in the order of time, to the millisecond and within it.
    const newest = [...this.#orders.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, shown);
    const rows = new Map(newest.map((order) => [order.id, this.#rows.get(order.id) ?? this.#row(order)]));
    this.#rows = rows;
    showInOrder(this.#list, [...rows.values()].map((row) => row.node));
    this.#refresh();
  }

  #refresh() {
    for (const [id, row] of this.#rows) {
      const order = this.#orders.get(id);
      if (order === undefined || row.badge.dataset.status === order.status) continue;
      row.badge.dataset.status = order.status;
      setText(row.badge, order.status);
    }
  }

  #row(order) {
    const state = badge(order.status);
    const node = element("li", {},
      element("button", { type: "button", class: "row", "data-id": order.id, on: { click: () => this.#open(order.id) } },
        element("time", { class: "when", datetime: order.at, text: formatClock(order.at) }),
        element("span", { class: "what", title: order.items, text: order.items || "no items" }),
        element("span", { class: "who quiet", title: order.customer, text: order.customer }),
        element("span", { class: "sum", text: formatMoney(order.total, order.currency) }),
        state));
    return { node, badge: state };
  }
}

/** One order in a dialog, as it is now and how it came to be. */
export class OrderDialog {
  #dialog = prepareDialog(byId("order-dialog"));
  #body = byId("order-dialog-body");
  #id = null;
  #due = null;

  async open(id) {
    this.#id = id;
    setText(byId("order-dialog-title"), "Order");
    this.#body.replaceChildren(element("p", { class: "empty", text: "Loading…" }));
    if (!this.#dialog.open) this.#dialog.showModal();
    await this.#load();
  }

  /** Something has happened to an order: if it is the one that is shown, it is shown anew, once a second at most. */
  changed(id) {
    if (!this.#dialog.open || id !== this.#id || this.#due !== null) return;
    this.#due = setTimeout(() => {
      this.#due = null;
      this.#load();
    }, 1_000);
  }

  async #load() {
    const id = this.#id;
    try {
      const [order, timeline] = await Promise.all([get(`orders/${encodeURIComponent(id)}`), get(`orders/${encodeURIComponent(id)}/events?limit=${timelinePage}`)]);
      if (id === this.#id) this.#show(order, timeline);
    } catch (error) {
      if (id === this.#id) this.#body.replaceChildren(element("p", { class: "error", role: "alert", text: error.message }));
    }
  }

  #show(order, timeline) {
    const facts = [
      ["Status", badge(order.status)], ["Customer", order.customer_id], ["Total", formatMoney(order.total_amount, order.currency)],
      ["Payment", order.payment_status], ["Runner", order.runner_id], ["Created", order.created_at], ["Version", order.version],
      ["Failure", order.failure && `${words(order.failure.code)}: ${order.failure.detail}`],
      ["Saga", order.saga && `${order.saga.step}, ${order.saga.failed_rounds} failed rounds${order.saga.detail ? `: ${order.saga.detail}` : ""}`],
    ];
    const list = element("dl", { class: "facts" });
    for (const [name, value] of facts) if (value !== null && value !== undefined && value !== "") list.append(element("div", {}, element("dt", { text: name }), element("dd", {}, value instanceof Node ? value : String(value))));
    const items = element("ul", { class: "items" }, ...order.items.map((item) => element("li", { text: `${item.qty} × ${item.sku}${typeof item.price === "number" ? ` at ${formatMoney(item.price, order.currency)}` : ""}` })));
    const steps = element("ol", { class: "timeline" });
    this.#append(steps, timeline.items);
    setText(byId("order-dialog-title"), `Order ${order.id}`);
    this.#body.replaceChildren(list, element("h3", { text: "Items" }), items, element("h3", { text: "Timeline" }), steps);
    this.#offerMore(order.id, steps, timeline.next_cursor);
  }

  #append(steps, events) {
    for (const event of events) {
      const { event_type: type, at, actor, version, total_cents: _, ...rest } = event;
      const details = Object.entries(rest).filter(([, value]) => value !== null && value !== "").map(([name, value]) => `${words(name)}: ${written(name, value)}`);
      steps.append(element("li", {},
        element("strong", { text: words(type) }), element("time", { class: "quiet", datetime: at, title: at, text: `${formatClock(at)}.${String(at).slice(20, 23)}` }),
        element("span", { class: "quiet", text: actor ? `by ${actor}` : "" }), element("p", { text: details.join(" · ") })));
    }
  }

  #offerMore(id, steps, cursor) {
    if (!cursor) return;
    const more = element("button", { type: "button", text: "More of the timeline" });
    more.addEventListener("click", async () => {
      more.disabled = true;
      try {
        const page = await get(`orders/${encodeURIComponent(id)}/events?limit=${timelinePage}&cursor=${encodeURIComponent(cursor)}`);
        this.#append(steps, page.items);
        more.remove();
        this.#offerMore(id, steps, page.next_cursor);
      } catch (error) {
        more.disabled = false;
        setText(more, `Try again: ${error.message}`);
      }
    });
    this.#body.append(more);
  }
}
