// A subscriber as any service would write it: told the address, the stream and the subject, it keeps what it gets.
// node tests/npm/subscriber.mjs nats://127.0.0.1:4222 orders orders.order_created out.ndjson
// Appends a line {"id","order_id"} for each event that it has not seen, and acknowledges it after that.
import { appendFileSync } from "node:fs";
import { AckPolicy, connect, DeliverPolicy } from "nats";

const [url, stream, subject, out] = process.argv.slice(2);
const durable = "stock-client";
const seen = new Set();
const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

async function follow(connection) {
  const manager = await connection.jetstreamManager();
  await manager.consumers.add(stream, {
    durable_name: durable,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    filter_subject: subject,
    ack_wait: 5e9,
  });
  const consumer = await connection.jetstream().consumers.get(stream, durable);
  for (;;) {
    const messages = await consumer.fetch({ max_messages: 200, expires: 1000 });
    for await (const message of messages) {
      const id = message.headers.get("ce-id");
      const event = message.json();
      if (!seen.has(id)) {
        seen.add(id);
        appendFileSync(out, JSON.stringify({ id, order_id: event.order_id }) + "\n");
      }
      message.ack();
    }
  }
}

for (;;) {
  let connection;
  try {
    connection = await connect({ servers: url, reconnect: false, timeout: 2000 });
    await follow(connection);
  } catch {
    // The server is down, or has no such stream yet: it is asked again.
    await connection?.close().catch(() => {});
    await pause();
  }
}
