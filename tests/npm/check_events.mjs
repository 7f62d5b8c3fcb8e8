// Holds events against their JSON Schemas, with a public validator. Standard input has one JSON object a line:
// {"schema": …} registers a schema, which must be valid itself, describe every member and fit its own examples;
// {"type": …, "data": …} is checked against the schema with the id urn:orderd:schema:<type>:1. Exit status 0: all
// is right; 1: something is not, named on standard error; 2: it could not be judged.
import { createInterface } from "node:readline";

let Ajv, addFormats;
try {
  Ajv = (await import("ajv/dist/2020.js")).default;
  addFormats = (await import("ajv-formats")).default;
} catch (failure) {
  console.error(`check_events: no validator (deploy/npm-install tests/npm): ${failure.message}`);
  process.exit(2);
}

const ajv = new (Ajv.default ?? Ajv)({ allErrors: true, strict: true, allowUnionTypes: true });
(addFormats.default ?? addFormats)(ajv);
const found = [];

function describeAll(schema, path) {
  if (schema.type === "object" && schema.properties && schema.additionalProperties !== false)
    found.push(`${path} lets other members in`);
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (!member.description) found.push(`${path}.${name} is not described`);
    describeAll(member, `${path}.${name}`);
  }
  if (schema.items) describeAll(schema.items, `${path}[]`);
}

function check(id, data, what) {
  const validate = ajv.getSchema(id);
  if (!validate) found.push(`there is no schema ${id}`);
  else if (!validate(data)) found.push(`${what}: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(data)}`);
}

function register(schema) {
  if (!ajv.validateSchema(schema)) found.push(`${schema.$id} is no schema: ${ajv.errorsText(ajv.errors)}`);
  ajv.addSchema(schema);
  describeAll(schema, schema.$id);
  if (!schema.examples?.length) found.push(`${schema.$id} has no example`);
  for (const example of schema.examples ?? []) check(schema.$id, example, `an example of ${schema.$id}`);
}

let events = 0;
try {
  for await (const line of createInterface({ input: process.stdin })) {
    const given = JSON.parse(line);
    if (given.schema) register(given.schema);
    else {
      check(`urn:orderd:schema:${given.type}:1`, given.data, given.type);
      ++events;
    }
  }
} catch (failure) {
  console.error(`check_events: ${failure.stack}`);
  process.exit(2);
}
for (const each of found.slice(0, 20)) console.error(`check_events: ${each}`);
if (events === 0) {
  console.error("check_events: there was no event to be checked");
  process.exit(2);
}
process.exit(found.length ? 1 : 0);
