// Holds an OpenAPI document against the rules of a public linter: node lint_openapi.mjs <document>. Exit status 0: no
// problem; 1: problems, each on standard error; 2: it could not be judged. Nothing leaves the machine: references
// into the network are refused.
import { resolve } from "node:path";

let core;
try {
  core = await import("@redocly/openapi-core");
} catch (failure) {
  console.error(`lint_openapi: no linter (tests/npm/install): ${failure.message}`);
  process.exit(2);
}
const { createConfig, formatProblems, lint } = core.default ?? core;

const rules = {
  // What is only a warning by default, and wrong all the same.
  "no-invalid-media-type-examples": "error",
  "no-invalid-schema-examples": "error",
  "no-invalid-parameter-examples": "error",
  "no-unused-components": "error",
  "no-duplicated-tag-names": "error",
  "no-schema-type-mismatch": "error",
  "operation-operationId": "error",
  "operation-description": "error",
  "operation-tag-defined": "error",
  "operation-4xx-response": "error",
  "parameter-description": "error",
  "tag-description": "error",
  "no-http-verbs-in-paths": "error",
  "response-contains-header": { severity: "error", names: { "2XX": ["X-Request-Id"], "4XX": ["X-Request-Id"], "5XX": ["X-Request-Id"] } },
  // Paths are those that clients of such services know. Words are matched before what stands for ids, and no id is a word.
  "no-ambiguous-paths": "off",
  // The project is published without a licence text of its own.
  "info-license": "off",
  "info-license-url": "off",
};

try {
  const config = await createConfig({ extends: ["recommended-strict"], rules });
  const problems = await lint({ ref: resolve(process.argv[2]), config });
  if (problems.length) formatProblems(problems, { format: "stylish", totals: { errors: 0, warnings: 0, ignored: 0 }, version: "" });
  for (const each of problems) console.error(`lint_openapi: ${each.ruleId}: ${each.message} (${each.location[0]?.pointer ?? ""})`);
  process.exit(problems.length ? 1 : 0);
} catch (failure) {
  console.error(`lint_openapi: ${failure.stack}`);
  process.exit(2);
}
