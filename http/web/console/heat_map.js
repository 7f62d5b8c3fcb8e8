// The hottest SKUs as rows, the last readings as columns, a second apart or so, and how much as colour.

import { byId, colour, element, setText, showEmpty, showInOrder } from "./elements.js";
import { formatClock, formatRate, formatSeconds, rateOfFading, Ring } from "./figures.js";

const columns = 60;
const rowsShown = 12;
const steps = 8;

/** The share of a row that is for the measure; below it, in a lane of its own, are the refusals. */
const upperLane = 0.66;

/** What can be shown in the upper lane: how it is written, and the least value that gets the full colour. */
const measures = [
  { key: "waiting", name: "Queue", unit: "waiting", write: formatRate, least: 0.2 },
  { key: "wait", name: "Wait", unit: "mean wait", write: formatSeconds, least: 0.001 },
  { key: "requests", name: "Requests", unit: "requests/s", write: formatRate, least: 10 },
];
const refusals = { key: "refused", unit: "refused/s", write: formatRate, least: 5 };

export class HeatMap {
  #onSku;
  #rows = new Map();
  #times = new Ring(columns);
  #moment = 0;
  #measure = measures[0];
  #palette = [];
  #refusalPalette = [];
  #cursor = { row: null, back: 0 };
  #place = byId("heat-rows");
  #readout = byId("heat-readout");

  /** `onSku` is told of the SKU whose name is pressed. */
  constructor(onSku) {
    this.#onSku = onSku;
    measures.forEach((measure, i) => {
      const radio = element("input", { type: "radio", name: "heat", value: measure.key, on: { change: () => this.#choose(measure) } });
      radio.checked = i === 0;
      byId("heat-choice").append(element("label", {}, radio, ` ${measure.name}`));
    });
    this.repaint();
  }

  /** The busiest items at a moment, the busiest first, `seconds` after the ones before; null: not known. */
  push(time, hot, seconds) {
    this.#times.push(time);
    this.#moment += 1;
    const told = new Map((hot ?? []).map((each, rank) => [each.sku, { ...each, rank }]));
    for (const sku of told.keys()) if (!this.#rows.has(sku)) this.#rows.set(sku, this.#newRow(sku));
    for (const [sku, row] of this.#rows) {
      const now = told.get(sku);
      row.cells.push(now === undefined ? null : this.#cell(row, now, seconds));
      row.rank = now?.rank ?? Infinity;
      row.last = now ?? null;
      if (now !== undefined) row.seen = this.#moment;
      else if (this.#moment - row.seen >= columns) this.#rows.delete(sku);
    }
    this.#forgetSome();
  }

  show() {
    const shown = [...this.#rows.values()].filter((row) => row.rank < Infinity).sort((a, b) => a.rank - b.rank).slice(0, rowsShown);
    if (shown.length === 0) {
      showEmpty(this.#place, "No SKU has been asked for of late. The busiest ones appear here, second by second.");
      setText(this.#readout, "");
      return;
    }
    if (!shown.includes(this.#cursor.row)) this.#cursor = { row: shown[0], back: 0 };
    showInOrder(this.#place, shown.map((row) => row.node));
    const top = this.#top(shown, this.#measure);
    const refusedTop = this.#top(shown, refusals);
    this.#showLegend(top, refusedTop);
    shown.forEach((row) => this.#draw(row, top, refusedTop));
    if (this.#place.contains(document.activeElement)) this.#point(this.#cursor.row, this.#cursor.back, false);
  }

  repaint() {
    this.#palette = Array.from({ length: steps }, (_, i) => colour(`heat-${i}`));
    this.#refusalPalette = Array.from({ length: steps }, (_, i) => colour(`refusal-${i}`));
    this.show();
  }

  #choose(measure) {
    this.#measure = measure;
    this.show();
  }

  #cell(row, now, seconds) {
    return {
      waiting: now.waiting,
      wait: now.wait_ms / 1000,
      refused: rateOfFading(row.last?.refusals, now.refusals, seconds),
      requests: rateOfFading(row.last?.requests, now.requests, seconds),
    };
  }

  #newRow(sku) {
    const row = { sku, cells: new Ring(columns), rank: Infinity, last: null, seen: this.#moment };
    row.name = element("button", { type: "button", class: "sku", title: `Find ${sku} in stock`, text: sku, on: { click: () => this.#onSku(sku) } });
    row.canvas = element("canvas", { "aria-hidden": "true" });
    row.strip = element("div", {
      class: "strip", role: "slider", tabindex: "-1", "aria-label": `${sku}, the last ${columns} readings`,
      "aria-valuemin": String(1 - columns), "aria-valuemax": "0", "aria-valuenow": "0", "aria-orientation": "horizontal",
    }, row.canvas);
    row.strip.addEventListener("keydown", (event) => this.#onKey(row, event));
    row.strip.addEventListener("focus", () => this.#point(row, this.#cursor.back, false));
    row.strip.addEventListener("pointermove", (event) => this.#onPointer(row, event));
    row.strip.addEventListener("pointerleave", () => setText(this.#readout, ""));
    row.figures = element("span", { class: "now" });
    row.node = element("div", { class: "heat-row", "data-sku": sku }, row.name, row.strip, row.figures);
    return row;
  }

  /** Items that come and go by the hundred leave no more rows than twice those that are shown. */
  #forgetSome() {
    const gone = [...this.#rows.values()].filter((row) => row.rank >= rowsShown).sort((a, b) => b.seen - a.seen || a.rank - b.rank);
    for (const row of gone.slice(rowsShown * 2)) this.#rows.delete(row.sku);
  }

  #top(shown, { key, least }) {
    let top = least;
    for (const row of shown) for (const cell of row.cells.toArray()) if (cell !== null) top = Math.max(top, cell[key]);
    return top;
  }

  #level(value, top) {
    return value <= 0 ? 0 : Math.min(steps - 1, 1 + Math.floor(Math.sqrt(value / top) * (steps - 1.001)));
  }

  #draw(row, top, refusedTop) {
    const now = row.last;
    const cell = row.cells.at(0);
    setText(row.figures, `${formatRate(now.waiting)} waiting · ${formatSeconds(now.wait_ms / 1000)} · ${formatRate(cell?.requests)}/s · ${formatRate(cell?.refused)} refused/s`);
    row.strip.tabIndex = this.#cursor.row === row ? 0 : -1;
    const density = Math.min(window.devicePixelRatio || 1, 2);
    const width = Math.max(columns, Math.round(row.strip.clientWidth * density));
    const height = Math.round(row.strip.clientHeight * density);
    if (row.canvas.width !== width || row.canvas.height !== height) Object.assign(row.canvas, { width, height });
    const context = row.canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    for (let back = 0; back < columns; ++back) {
      const at = row.cells.at(back);
      const left = Math.round(((columns - 1 - back) * width) / columns);
      const right = Math.round(((columns - back) * width) / columns);
      if (at === undefined || at === null) continue;
      const cellWidth = Math.max(1, right - left - density);
      const lane = Math.round(height * upperLane);
      context.fillStyle = this.#palette[this.#level(at[this.#measure.key], top)];
      context.fillRect(left, 0, cellWidth, lane - density);
      context.fillStyle = this.#refusalPalette[this.#level(at.refused, refusedTop)];
      context.fillRect(left, lane, cellWidth, height - lane);
    }
  }

  #showLegend(top, refusedTop) {
    const legend = byId("heat-legend");
    const texts = [`${this.#measure.write(top)} ${this.#measure.unit}`, `${refusals.write(refusedTop)} ${refusals.unit}`];
    if (legend.dataset.text === texts.join()) return;
    legend.dataset.text = texts.join();
    const scale = (name, text) => element("span", { class: "scale" }, element("span", { text: "0" }),
      ...this.#palette.map((_, i) => element("span", { class: `box ${name}-${i}`, "aria-hidden": "true" })), element("span", { text }));
    legend.replaceChildren(element("span", { text: "above:" }), scale("heat", texts[0]), element("span", { text: "below:" }), scale("refusal", texts[1]));
  }

  #onPointer(row, event) {
    const box = row.strip.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    this.#point(row, Math.min(columns - 1, Math.max(0, columns - 1 - column)), false);
  }

  #onKey(row, event) {
    const rows = [...this.#place.querySelectorAll(".strip")];
    const at = rows.indexOf(row.strip);
    const moves = { ArrowLeft: 1, ArrowRight: -1, PageUp: 10, PageDown: -10, Home: columns, End: -columns };
    if (event.key in moves)
      this.#point(row, Math.min(columns - 1, Math.max(0, this.#cursor.back + moves[event.key])), true);
    else if (event.key === "ArrowDown") rows[Math.min(rows.length - 1, at + 1)].focus();
    else if (event.key === "ArrowUp") rows[Math.max(0, at - 1)].focus();
    else return;
    event.preventDefault();
  }

  /** Tells in numbers what is in a cell. */
  #point(row, back, byKey) {
    if (this.#cursor.row !== row && this.#cursor.row !== null) this.#cursor.row.strip.tabIndex = -1;
    this.#cursor = { row, back };
    row.strip.tabIndex = 0;
    const cell = row.cells.at(back);
    const time = this.#times.at(back);
    const when = time === undefined ? `${back} readings ago` : formatClock(time);
    const text = cell === null || cell === undefined
      ? `${row.sku}, ${when}: nothing known`
      : `${row.sku}, ${when}: ${formatRate(cell.waiting)} waiting, mean wait ${formatSeconds(cell.wait)}, ${formatRate(cell.requests)} requests/s, ${formatRate(cell.refused)} refused/s`;
    row.strip.setAttribute("aria-valuenow", String(-back));
    row.strip.setAttribute("aria-valuetext", text);
    if (byKey || document.activeElement === row.strip || row.strip.matches(":hover")) setText(this.#readout, text);
  }
}
