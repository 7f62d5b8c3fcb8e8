// One card with a chart of the last minutes, by uPlot, and a legend that tells the figures in words.

import uPlot from "./uPlot.js";
import { colour, element, setText } from "./elements.js";
import { Ring } from "./figures.js";

const points = 300;
const height = 150;

/** The lines of a logarithmic scale: uPlot would draw nine a decade. */
function powersOfTen(_plot, _axis, low, high) {
  const lines = [];
  for (let power = Math.ceil(Math.log10(low) - 1e-9); 10 ** power <= high; ++power) lines.push(10 ** power);
  return lines;
}

/** Round numbers need no decimals. */
const axisText = (format) => (value) => (value === null ? "" : format(value).replace(/\.0+(?=\D|$)/, ""));

const clockText = (seconds) => new Date(seconds * 1000).toLocaleTimeString("en-GB");

/**
 * `series`: `{label, colour, dash, fill}` each, `format`: how a value is written, `log`: on a logarithmic scale,
 * where `floor` is the least that is told apart.
 */
export class Chart {
  #card;
  #options;
  #times = new Ring(points);
  #values;
  #legend = [];
  #plot = null;
  #place;
  #hovered = null;

  constructor(card, options) {
    this.#card = card;
    this.#options = options;
    this.#values = options.series.map(() => new Ring(points));
    this.#place = element("div", { class: "plot", role: "img", "aria-label": `${options.title}: nothing yet` });
    const legend = element("ul", { class: "series" });
    options.series.forEach((each) => {
      const value = element("strong", { text: "–" });
      this.#legend.push(value);
      legend.append(element("li", {}, element("span", { class: `key ${each.dash ? "dashed" : ""} is-${each.colour}`, "aria-hidden": "true" }), element("span", { text: each.label }), value));
    });
    card.append(element("h2", { text: options.title }), legend, this.#place);
    new ResizeObserver(() => this.#resize()).observe(this.#place);
  }

  /** One point; null where nothing is known. */
  push(seconds, values) {
    this.#times.push(seconds);
    values.forEach((value, i) => this.#values[i].push(value));
  }

  /** Draws what has been pushed. */
  show() {
    if (this.#place.clientWidth === 0) return;
    if (this.#plot === null) this.#make();
    else this.#plot.setData(this.#data());
    if (this.#hovered === null) this.#tell(this.#times.length - 1);
    const told = this.#options.series.map((each, i) => `${each.label} ${this.#written(i, this.#times.length - 1)}`).join(", ");
    this.#place.setAttribute("aria-label", `${this.#options.title}: ${told}`);
  }

  /** Takes up the colours of another theme. */
  repaint() {
    this.#plot?.destroy();
    this.#plot = null;
    this.#hovered = null;
    this.show();
  }

  #data() {
    const floor = this.#options.floor ?? 0;
    const drawn = (value) => (value === null ? null : this.#options.log ? Math.max(value, floor) : value);
    return [this.#times.toArray(), ...this.#values.map((ring) => ring.toArray().map(drawn))];
  }

  #written(series, index) {
    const value = this.#values[series].toArray()[index];
    return value === null || value === undefined ? "–" : this.#options.format(value);
  }

  #tell(index) {
    this.#legend.forEach((node, i) => setText(node, this.#written(i, index)));
  }

  #resize() {
    if (this.#plot === null) this.show();
    else if (this.#place.clientWidth > 0 && this.#place.clientWidth !== this.#plot.width)
      this.#plot.setSize({ width: this.#place.clientWidth, height });
  }

  #make() {
    const { series, format, log, floor } = this.#options;
    const axis = { stroke: colour("quiet"), font: "11px system-ui, sans-serif", grid: { stroke: colour("line"), width: 1 }, ticks: { show: false } };
    const scale = log
      ? { distr: 3, range: (_, low, high) => [floor, Math.max(floor * 100, (high ?? floor) * 1.6)] }
      : { range: (_, low, high) => [0, Math.max(5, (high ?? 0) * 1.15)] };
    this.#plot = new uPlot(
      {
        width: this.#place.clientWidth,
        height,
        padding: [10, 28, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
        scales: { x: { time: true, range: (_, low, high) => [Math.min(low ?? 0, (high ?? 0) - 60), high ?? 1] }, y: scale },
        axes: [
          { ...axis, size: 26, space: 70, values: (_, splits) => splits.map(clockText) },
          { ...axis, size: 58, space: 28, splits: log ? powersOfTen : undefined, values: (_, splits) => splits.map(axisText(format)) },
        ],
        series: [
          {},
          ...series.map((each) => ({
            label: each.label,
            stroke: colour(each.colour),
            width: 2,
            dash: each.dash,
            fill: each.fill ? `color-mix(in srgb, ${colour(each.colour)} 18%, transparent)` : undefined,
            points: { show: false },
          })),
        ],
        hooks: {
          setCursor: [
            (plot) => {
              this.#hovered = plot.cursor.left >= 0 ? plot.cursor.idx : null;
              this.#tell(this.#hovered ?? this.#times.length - 1);
            },
          ],
        },
      },
      this.#data(),
      this.#place,
    );
  }
}
