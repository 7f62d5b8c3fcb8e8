// Decodes export requests of OTLP/HTTP with the public schema: decode_traces.mjs FILE…
// Prints one JSON array of the spans in all of them, each with its resource. Exits with 1 if a file is no such request.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(import.meta.url);
const root = require("@opentelemetry/otlp-transformer/build/src/generated/root");
const request = root.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
const hex = (bytes) => Buffer.from(bytes ?? []).toString("hex");
const attributes = (pairs) =>
  Object.fromEntries((pairs ?? []).map(({ key, value }) => [key, value[value.value] ?? Object.values(value)[0]]));

const spans = [];
for (const file of process.argv.slice(2)) {
  const bytes = readFileSync(file);
  const decoded = request.decode(bytes);
  // What the schema does not know is skipped by the decoder and would be missing here.
  if (Buffer.compare(Buffer.from(request.encode(decoded).finish()), bytes) !== 0) {
    console.error(`${file}: the request has fields that the schema does not have`);
    process.exit(1);
  }
  for (const { resource, scopeSpans } of decoded.resourceSpans)
    for (const { scope, spans: these } of scopeSpans)
      for (const span of these)
        spans.push({
          resource: attributes(resource.attributes),
          scope: scope.name,
          trace_id: hex(span.traceId),
          span_id: hex(span.spanId),
          parent_id: hex(span.parentSpanId),
          name: span.name,
          kind: span.kind,
          began: String(span.startTimeUnixNano),
          ended: String(span.endTimeUnixNano),
          status: span.status?.code ?? 0,
          flags: span.flags ?? 0,
          attributes: attributes(span.attributes),
        });
}
console.log(JSON.stringify(spans, (_, value) => (typeof value === "object" && value?.low !== undefined ? Number(value) : value)));
