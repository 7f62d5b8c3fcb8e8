// Checks one webhook as its receiver would, with the public implementation of Standard Webhooks. Reads
// {"headers": {...}, "body": "...", "secret": "whsec_..."} from its input. Exits with 0 if the signature verifies,
// with 1 if it does not, and with 2 if nothing could be judged.

import { readFileSync } from "node:fs";

async function implementation() {
  try {
    const { Webhook, WebhookVerificationError } = await import("standardwebhooks");
    return { Webhook, WebhookVerificationError };
  } catch (trouble) {
    console.error(`${trouble.message}; run deploy/npm-install tests/npm`);
    process.exit(2);
  }
}

const { Webhook, WebhookVerificationError } = await implementation();
try {
  const { headers, body, secret } = JSON.parse(readFileSync(0, "utf8"));
  const event = new Webhook(secret).verify(body, headers);
  console.log(`verified ${event.type} ${event.id}`);
} catch (trouble) {
  console.error(trouble.message);
  process.exit(trouble instanceof WebhookVerificationError ? 1 : 2);
}
