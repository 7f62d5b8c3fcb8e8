// Stock levels: the busiest items first, then those of the list, and one that is looked for.

import { get } from "./api.js";
import { byId, element, setText, showEmpty, showInOrder } from "./elements.js";
import { formatCount, formatMoney } from "./figures.js";

const hotShown = 8;
/** An item that is asked for less often is not looked at again: looking is a request as well. */
const busyRequests = 30;
const everyMs = 3_000;
const rowsMax = 200;
const page = 20;
const listEveryMs = 10_000;

export class Stock {
  #items = new Map();
  #rows = new Map();
  #hot = [];
  #found = null;
  #missing = "";
  #cursor = null;
  #listed = [];
  #loading = false;
  #due = 0;
  #listDue = 0;
  #list = element("ul", { class: "rows stock" });
  #place = byId("stock-rows");
  #input = byId("stock-sku");
  #more = element("button", { type: "button", class: "more", text: "More items", on: { click: () => this.#loadPage() } });

  constructor() {
    byId("stock-search").addEventListener("submit", (event) => {
      event.preventDefault();
      this.find(this.#input.value);
    });
    this.#input.addEventListener("input", () => {
      if (this.#input.value === "") this.find("");
      else this.show();
    });
  }

  /** The busiest items, and whether there is somebody to ask. */
  async update(hot) {
    this.#hot = (hot ?? []).slice(0, hotShown);
    const now = performance.now();
    if (this.#loading || now < this.#due) return;
    this.#due = now + everyMs;
    this.#loading = true;
    try {
      if (this.#listed.length === 0) await this.#loadPage();
      else if (now >= this.#listDue) await this.#readListed();
      const wanted = this.#hot.filter((each) => each.requests >= busyRequests || !this.#items.has(each.sku)).map((each) => each.sku);
      if (this.#found !== null && !wanted.includes(this.#found)) wanted.push(this.#found);
      await Promise.all(wanted.map((sku) => this.#read(sku)));
    } catch {
      // The next round asks again; that figures are old is told above.
    } finally {
      this.#loading = false;
    }
    this.show();
  }

  /** Looks one item up by its SKU; none: back to the list. */
  async find(sku) {
    this.#input.value = sku;
    this.#found = null;
    this.#missing = "";
    if (sku !== "") {
      try {
        await this.#read(sku);
        if (this.#input.value === sku) this.#found = this.#items.has(sku) ? sku : null;
      } catch (error) {
        this.#missing = error.message;
      }
    }
    this.show();
  }

  async #read(sku) {
    try {
      this.#keep(await get(`stock/${encodeURIComponent(sku)}`));
    } catch (error) {
      if (error.status !== 404 || sku === this.#input.value) throw error;
    }
  }

  /** What is shown of the list, anew. */
  async #readListed() {
    this.#listDue = performance.now() + listEveryMs;
    let cursor = "";
    for (let read = 0; read < this.#listed.length && cursor !== null; ) {
      const limit = Math.min(100, this.#listed.length - read);
      const answer = await get(`stock?limit=${limit}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      answer.items.forEach((item) => this.#keep(item));
      read += limit;
      cursor = answer.next_cursor;
    }
  }

  /** The list comes from the store, which may be behind what the item itself has told. */
  #keep(item) {
    if (this.#items.get(item.sku)?.version > item.version) return;
    this.#items.set(item.sku, item);
    if (this.#items.size > rowsMax * 2) {
      const needed = new Set([...this.#listed, ...this.#hot.map((each) => each.sku), this.#found]);
      for (const sku of this.#items.keys()) if (!needed.has(sku)) this.#items.delete(sku);
    }
  }

  async #loadPage() {
    try {
      const answer = await get(`stock?limit=${page}${this.#cursor ? `&cursor=${encodeURIComponent(this.#cursor)}` : ""}`);
      for (const item of answer.items) {
        this.#keep(item);
        if (!this.#listed.includes(item.sku)) this.#listed.push(item.sku);
      }
      this.#cursor = answer.next_cursor;
    } catch {
      // The list needs the store, and the items that are busy do not.
    }
    this.show();
  }

  show() {
    const typed = this.#input.value.toLowerCase();
    const hot = this.#hot.map((each) => each.sku).filter((sku) => this.#items.has(sku));
    const busy = new Set(this.#hot.filter((each) => each.requests >= busyRequests).map((each) => each.sku));
    const order = [...new Set([...(this.#found !== null ? [this.#found] : []), ...hot, ...this.#listed])];
    const matching = order.filter((sku) => typed === "" || sku.toLowerCase().includes(typed) || this.#items.get(sku)?.name?.toLowerCase().includes(typed)).slice(0, rowsMax);
    if (matching.length === 0) {
      const nothing = typed === "" ? "No stock yet. Import a catalogue, or create an item with PUT /stock/{sku}." : this.#missing || "No item of these matches. Press Find to look the SKU up in the whole catalogue.";
      showEmpty(this.#place, nothing);
      return;
    }
    const rows = new Map(matching.map((sku) => [sku, this.#rows.get(sku) ?? this.#row()]));
    this.#rows = rows;
    for (const [sku, row] of rows) this.#fill(row, this.#items.get(sku), busy.has(sku));
    showInOrder(this.#list, [...rows.values()].map((row) => row.node));
    const more = this.#cursor !== null && typed === "" && this.#listed.length < rowsMax;
    const wanted = more ? [this.#list, this.#more] : [this.#list];
    showInOrder(this.#place, wanted);
  }

  #row() {
    const row = { sku: element("strong"), name: element("span", { class: "quiet name" }), left: element("strong"), detail: element("span", { class: "quiet" }), flag: element("span", { class: "badge" }), bar: element("span", { class: "fill" }) };
    row.node = element("li", { class: "item" },
      element("span", { class: "title" }, row.sku, row.name), row.flag,
      element("span", { class: "level" }, row.left, row.detail), element("span", { class: "bar-of", "aria-hidden": "true" }, row.bar));
    return row;
  }

  #fill(row, item, busy) {
    row.node.dataset.sku = item.sku;
    setText(row.sku, item.sku);
    row.name.title = item.name ?? "";
    setText(row.name, `${item.name ?? ""} · ${formatMoney(item.price)}`);
    setText(row.left, `${formatCount(item.available)} available`);
    setText(row.detail, `${formatCount(item.reserved)} reserved of ${formatCount(item.on_hand)}`);
    const low = item.low_stock_threshold !== null && item.available <= item.low_stock_threshold;
    const state = item.available === 0 ? "sold out" : low ? "low" : busy ? "hot" : "";
    row.flag.hidden = state === "";
    row.flag.dataset.status = state;
    setText(row.flag, state);
    row.bar.style.width = `${item.on_hand > 0 ? (100 * item.available) / item.on_hand : 0}%`;
  }
}
