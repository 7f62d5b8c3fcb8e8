// The console's own arithmetic and its reader of server-sent events, without a browser.

import assert from "node:assert/strict";
import test from "node:test";
import { EventFeed, EventParser } from "../../http/web/console/event_stream.js";
import { formatBytes, formatRate, formatSeconds, histogramBetween, quantile, rate, rateOfFading, Ring } from "../../http/web/console/figures.js";

const stream = [
  "\uFEFFretry: 1500\n: a comment\n\n",
  "id: 12.0\nevent: order_created\ndata: {\"a\":\ndata: 1}\n\n",
  "id: 12.1\r\n\r\n",
  "data:without a blank\rid: 13.0\r\r",
  "event: nothing\n\n",
  "id: 14.0\nevent: order_updated\ndata: é € 😀\n\n",
  "id: 15.0\ndata: never finished\n",
].join("");

const expected = [
  { id: "12.0", type: "order_created", data: '{"a":\n1}' },
  { id: "13.0", type: "message", data: "without a blank" },
  { id: "14.0", type: "order_updated", data: "é € 😀" },
];

test("events are the same however the stream is cut into pieces", () => {
  for (let size = 1; size <= 40; ++size) {
    const parser = new EventParser();
    const seen = [];
    for (let at = 0; at < stream.length; at += size) seen.push(...parser.push(stream.slice(at, at + size)));
    assert.deepEqual(seen, expected, `pieces of ${size}`);
    assert.equal(parser.lastId, "14.0");
    assert.equal(parser.retryMs, 1_500);
  }
});

test("an id without data is where to go on, and what was cut off is not", () => {
  const parser = new EventParser();
  parser.push("id: 7.0\ndata: x\n\nid: 9.3\n\nid: 10.0\ndata: cut");
  parser.forgetPart();
  assert.equal(parser.lastId, "9.3");
  assert.deepEqual(parser.push("id: 10.0\ndata: whole\n\n"), [{ id: "10.0", type: "message", data: "whole" }]);
});

test("an event without an end is refused before it fills the memory", () => {
  const parser = new EventParser();
  const piece = "x".repeat(1 << 16);
  parser.push("data: ");
  assert.throws(() => {
    for (let i = 0; i < 32; ++i) parser.push(piece);
  }, RangeError);
  const lines = new EventParser();
  assert.throws(() => {
    for (let i = 0; i < 32; ++i) lines.push(`data: ${piece}\n`);
  }, RangeError);
});

test("a feed comes back behind the last event, and ends where it is not allowed", async () => {
  const asked = [];
  const states = [];
  const seen = [];
  const answers = ["retry: 1\n\nid: 1.0\ndata: a\n\nid: 2.0\ndata: cut o", "id: 2.0\ndata: b\n\n", null];
  await new Promise((resolve) => {
    const feed = new EventFeed({
      open: async (headers) => {
        asked.push(headers["Last-Event-ID"]);
        const answer = answers.shift();
        if (answer === null) throw Object.assign(new Error("who are you"), { status: 401 });
        return new Response(answer);
      },
      onEvent: (event) => seen.push(event.data),
      onState: (state) => {
        states.push(state);
        if (state === "refused") resolve();
      },
    });
    feed.start();
  });
  assert.deepEqual(asked, [undefined, "1.0", "2.0"]);
  assert.deepEqual(seen, ["a", "b"]);
  assert.deepEqual(states, ["open", "lost", "open", "lost", "refused"]);
});

/** What a feed sends as Last-Event-ID when its answers are these, in turn, until it is refused. */
function askedBy(answers, onEvent) {
  const asked = [];
  return new Promise((resolve) => {
    const feed = new EventFeed({
      open: async (headers) => {
        asked.push(headers["Last-Event-ID"]);
        const answer = answers.shift() ?? 403;
        if (typeof answer === "number") throw Object.assign(new Error("refused"), { status: answer });
        return new Response(answer);
      },
      onEvent: () => onEvent?.(feed),
      onState: (state) => state === "refused" && resolve(asked),
    });
    feed.start();
  });
}

test("a feed that is far behind goes on with now, and so does one whose place is gone", async () => {
  const once = "retry: 1\n\nid: 5.0\ndata: a\n\n";
  let skipped = false;
  const skipping = (feed) => {
    if (!skipped) feed.skipToNow();
    skipped = true;
  };
  assert.deepEqual(await askedBy([once, "id: 9.0\ndata: b\n\n"], skipping), [undefined, undefined, "9.0"]);
  assert.deepEqual(await askedBy([once, 400, "id: 1.0\ndata: c\n\n"]), [undefined, "5.0", undefined, "1.0"]);
});

test("a feed that is stopped asks for nothing more", async () => {
  let asked = 0;
  const feed = new EventFeed({
    open: async () => {
      asked += 1;
      return new Response("retry: 1\n\n");
    },
    onEvent: () => {},
    onState: (state) => state === "lost" && feed.stop(),
  });
  feed.start();
  // By then one that had not been stopped would have asked as well.
  await askedBy(["retry: 1\n\n", "", "", ""]);
  assert.equal(asked, 1);
});

test("a ring keeps the newest values in its order", () => {
  const ring = new Ring(3);
  [1, 2, 3, 4, 5].forEach((value) => ring.push(value));
  assert.deepEqual(ring.toArray(), [3, 4, 5]);
  assert.equal(ring.at(0), 5);
  assert.equal(ring.at(3), undefined);
});

test("quantiles lie between the bounds of what was counted", () => {
  const before = { bounds_seconds: [0.001, 0.01, 0.1], counts: [5, 0, 0, 0] };
  const after = { bounds_seconds: [0.001, 0.01, 0.1], counts: [5, 90, 9, 1] };
  const between = histogramBetween(before, after);
  assert.deepEqual(between.counts, [0, 90, 9, 1]);
  assert.ok(quantile(between, 0.5) > 0.001 && quantile(between, 0.5) < 0.01);
  assert.equal(quantile(between, 0.99), 0.1);
  assert.equal(quantile(between, 1), 0.1);
  assert.equal(quantile(histogramBetween(after, after), 0.5), null);
});

test("rates are of one run, and of counts that fade", () => {
  assert.equal(rate(10, 30, 2), 10);
  assert.equal(rate(30, 10, 2), null);
  assert.equal(rate(undefined, 10, 2), null);
  assert.equal(rateOfFading(100, Math.round(100 * 2 ** (-1 / 30)), 1), 0);
  const steady = 100 / (Math.LN2 / 30);
  assert.ok(Math.abs(rateOfFading(steady, steady, 1) - 100) < 2);
});

test("numbers are written with few digits and their unit", () => {
  assert.equal(formatSeconds(0.00025), "250 µs");
  assert.equal(formatSeconds(0.0123), "12.3 ms");
  assert.equal(formatSeconds(0), "0 ms");
  assert.equal(formatSeconds(null), "–");
  assert.equal(formatBytes(1_536), "1.5 KiB");
  assert.equal(formatRate(0.25), "0.25");
  assert.equal(formatRate(12_345), "12.3K");
});
