// An OpenAPI document as a judge of answers: what it does not say must not come.
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { isDeepStrictEqual } from "node:util";

const methods = ["get", "put", "post", "patch", "delete"];
// Written by every server for each connection.
const headers_of_transport = new Set(["date", "connection", "content-length", "content-type", "transfer-encoding", "keep-alive"]);

// Schemas as ajv takes them: references lead into one schema, and an object has the members that are described.
function closed(node) {
  if (Array.isArray(node)) return node.map(closed);
  if (node === null || typeof node !== "object") return node;
  const out = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, closed(value)]));
  if (typeof out.$ref === "string") out.$ref = out.$ref.replace("#/components/schemas/", "urn:orderd:openapi#/$defs/");
  if (out.properties && [out.type].flat().includes("object") && !("additionalProperties" in out)) out.additionalProperties = false;
  return out;
}

// Viewers fill in a parameter's own example: one that may be left out has it in its schema.
export const example_of = (parameter) => parameter.example ?? parameter.schema.examples?.[0];

export class Description {
  constructor(document) {
    this.document = document;
    const ajv = new (Ajv.default ?? Ajv)({ allErrors: true, strict: true, strictRequired: false, strictTypes: false, allowUnionTypes: true });
    (addFormats.default ?? addFormats)(ajv);
    ajv.addSchema({ $id: "urn:orderd:openapi", $defs: closed(document.components.schemas) });
    this.ajv = ajv;
    this.validators = new Map();
    this.operations = [];
    for (const [path, item] of Object.entries(document.paths))
      for (const method of methods)
        if (item[method]) this.operations.push(this.operation(path, method, item));
  }

  follow(node) {
    while (node?.$ref) node = node.$ref.slice(2).split("/").reduce((at, name) => at[name.replaceAll("~1", "/").replaceAll("~0", "~")], this.document);
    return node;
  }

  operation(path, method, item) {
    const raw = item[method];
    const responses = Object.fromEntries(Object.entries(raw.responses).map(([status, each]) => [status, this.follow(each)]));
    const parameters = [...(item.parameters ?? []), ...(raw.parameters ?? [])].map((each) => this.follow(each));
    const bodies = Object.entries(raw.requestBody?.content ?? {}).flatMap(([type, content]) =>
      Object.entries(content.examples ?? {}).map(([name, example]) => ({ name, type, value: this.follow(example).value, schema: content.schema })));
    return { id: raw.operationId, path, method, responses, parameters, bodies, raw };
  }

  // What is wrong with a value; empty if nothing is.
  faults(schema, value) {
    const key = JSON.stringify(schema);
    if (!this.validators.has(key)) this.validators.set(key, this.ajv.compile(closed(schema)));
    const validate = this.validators.get(key);
    return validate(value) ? "" : this.ajv.errorsText(validate.errors);
  }

  // Every (status, code) of the problems that the operation documents by their own status.
  problems(operation) {
    return Object.entries(operation.responses).flatMap(([status, response]) => {
      const codes = response.content?.["application/problem+json"]?.schema.properties?.code.enum ?? [];
      return /^\d+$/.test(status) ? codes.map((code) => ({ status: Number(status), code })) : [];
    });
  }

  // What is wrong with an answer to the operation: {status, headers, text}.
  judge(operation, answer) {
    const found = [];
    const range = `${String(answer.status)[0]}XX`;
    const response = operation.responses[answer.status] ?? operation.responses[range];
    if (!response) return [`status ${answer.status} is not documented: ${answer.text.slice(0, 300)}`];
    for (const [name, value] of Object.entries(answer.headers)) {
      if (headers_of_transport.has(name)) continue;
      // Of whatever is answered while requests are counted.
      const shared = name.startsWith("ratelimit") ? this.document.components.responses.TooManyRequests.headers : {};
      const documented = Object.entries({ ...shared, ...response.headers }).find(([each]) => each.toLowerCase() === name);
      if (!documented) { found.push(`${answer.status} has the header ${name}, which is not documented`); continue; }
      const schema = this.follow(documented[1]).schema;
      const faults = this.faults(schema, schema.type === "integer" ? Number(value) : value);
      if (faults) found.push(`${answer.status} has ${name}: ${value}: ${faults}`);
    }
    const type = (answer.headers["content-type"] ?? "").split(";")[0];
    const content = response.content?.[type];
    if (!response.content) {
      if (answer.text) found.push(`${answer.status} has a body that is not documented`);
    } else if (!content) {
      found.push(`${answer.status} is ${type}, which is not documented`);
    } else if (type.endsWith("json") && type !== "application/x-ndjson") {
      const faults = this.faults(content.schema, JSON.parse(answer.text));
      if (faults) found.push(`${answer.status}: ${faults}: ${answer.text.slice(0, 600)}`);
    } else {
      const faults = this.faults(content.schema, answer.text);
      if (faults) found.push(`${answer.status}: ${faults}`);
      if (content.schema.$ref && this.follow(content.schema).contentSchema)
        for (const line of answer.text.trimEnd().split("\n")) {
          const wrong = this.faults(this.follow(content.schema).contentSchema, JSON.parse(line));
          if (wrong) found.push(`${answer.status}: ${wrong}: ${line}`);
        }
    }
    return found;
  }

  // What is wrong with the examples themselves.
  wrong_examples() {
    const found = [];
    const look = (what, schema, value) => {
      const faults = this.faults(schema, value);
      if (faults) found.push(`${what}: ${faults}`);
    };
    for (const each of this.operations) {
      for (const { name, type, value, schema } of each.bodies) look(`${each.id}, request ${type} ${name}`, schema, value);
      if (each.raw.requestBody && !each.bodies.length) found.push(`${each.id} has no example of a request`);
      for (const parameter of each.parameters)
        if (example_of(parameter) !== undefined) look(`${each.id}, ${parameter.name}`, parameter.schema, example_of(parameter));
        else if (parameter.name !== "cursor") found.push(`${each.id}, ${parameter.name} has no example`);
      for (const [status, response] of Object.entries(each.responses))
        for (const [type, content] of Object.entries(response.content ?? {})) {
          if ("example" in content) look(`${each.id}, ${status} ${type}`, content.schema, content.example);
          for (const [name, example] of Object.entries(content.examples ?? {})) look(`${each.id}, ${status} ${name}`, content.schema, this.follow(example).value);
          if (status[0] === "2" && !("example" in content) && !content.examples) found.push(`${each.id} has no example of ${status} ${type}`);
        }
    }
    return found;
  }
}

export { isDeepStrictEqual as same };
