// What has to be there before an operation of the API can be shown, and what brings about each of its refusals.
import { exchange } from "./http_exchange.mjs";

export const customer = "550e8400-e29b-41d4-a716-446655440000";
const penniless = "550e8400-e29b-41d4-a716-446655440001";
const runner = "runner-7";
export const unknown_id = "01993b6e-0000-7000-8000-000000000000";
const product = "WIDGET-001";
const plenty = 2147483647;
const too_long = "x".repeat(65);

export class Scenes {
  // ports: of the programs, by how they were set up: ledger, away, token, gateway.
  constructor(ports) {
    this.ports = ports;
    this.names = 0;
  }

  async done(method, path, body, port = this.ports.ledger, user = undefined) {
    const answer = await exchange(port, method, path, { headers: user ? { "X-User": user } : {}, body: body && JSON.stringify(body), type: "application/json" });
    if (answer.status >= 300) throw new Error(`${method} ${path} ${JSON.stringify(body)}: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text);
  }

  // A guard against a hang, not a measure of speed.
  async eventually(what, look) {
    for (const end = Date.now() + 60_000; Date.now() < end; ) {
      const found = await look();
      if (found) return found;
    }
    throw new Error(`${what} did not come`);
  }

  async furnish() {
    await this.done("PUT", `/stock/${product}`, { on_hand: 1_000_000, price_cents: 1999, product_id: 1 });
    for (const name of [customer, "alice", runner]) {
      await this.done("PUT", `/accounts/${name}`);
      await this.done("POST", `/accounts/${name}/deposits`, { amount_cents: 1_000_000_00 });
    }
    for (const who of [customer, "alice"])
      for (let each = 0; each < 2; ++each) await this.done("POST", "/orders", { items: [{ sku: product, qty: 1 }] }, undefined, who);
  }

  unused(prefix) { return `${prefix}-${++this.names}`; }

  async order(status, items = [{ sku: product, qty: 1 }], who = customer, more = {}) {
    const draft = status === "draft" ? { status } : {};
    const { id } = await this.done("POST", "/orders", { customer_id: who, ...(items && { items }), ...draft, ...more });
    if (status === "accepted" || status === "completed") await this.done("POST", `/orders/${id}/accept`, { runner_id: runner });
    if (status === "cancelled") await this.done("POST", `/orders/${id}/cancel`);
    return id;
  }

  async reservation(state = "active") {
    const { id } = await this.done("POST", `/stock/${product}/reservations`, { qty: 1, ttl_seconds: state === "expired" ? 1 : 600 });
    const path = `/stock/${product}/reservations/${id}`;
    if (state === "released") await this.done("DELETE", path);
    if (state === "expired") await this.eventually("the end of a reservation", async () => (await this.done("GET", path)).state === state);
    return id;
  }

  // An order whose payment nobody decides.
  async undecided() {
    const port = this.ports.away;
    await this.done("PUT", `/stock/${product}`, { on_hand: 1000, price_cents: 500 }, port);
    const { id } = await this.done("POST", "/orders", { customer_id: customer, items: [{ sku: product, qty: 1 }] }, port);
    await this.eventually("a step under way", async () => (await this.done("GET", `/orders/${id}`, undefined, port)).saga?.failed_rounds > 0);
    return id;
  }

  // What the operation's example needs: {path, headers, port, replace}.
  async stage(id, example) {
    const order = async (status) => ({ path: { id: await this.order(status) } });
    const reservation = async () => ({ path: { id: await this.reservation() } });
    switch (id) {
      case "createOrder": return example === "reservation" ? { replace: await this.reservation() } : {};
      case "listOwnOrders": return { headers: { "X-User": "alice" } };
      case "getOrder": case "listOrderEvents": case "putOrder": case "patchOrder": return order("processed");
      case "patchOrderStatus": return order(example === "place" ? "draft" : "processed");
      case "placeOrder": return order("draft");
      case "acceptOrder": return { ...(await order("processed")), headers: example === "caller" ? { "X-User": runner } : {} };
      case "completeOrder": return order("accepted");
      case "cancelOrder": return order("processed");
      case "retryOrder": return { path: { id: await this.undecided() }, port: this.ports.away };
      case "getReservation": case "extendReservation": case "releaseReservation": case "commitReservation": return reservation();
      default: return {};
    }
  }

  // Asks for what the order cannot become, because of what it orders and whose it is.
  async placing(operation, items, who, more) {
    const change = operation.id === "placeOrder" ? {} : { status: "registered" };
    return { path: { id: await this.order("draft", items, who, more) }, body: change };
  }

  // The request that is refused with this code: {path, query, headers, body, type, port, promised}; nothing if none is
  // known. `staged`: what the example needs comes first.
  async refusal(operation, status, code) {
    const { id, path, bodies } = operation;
    const is_order = path.startsWith("/orders/{id}");
    const places = ["putOrder", "patchOrder", "patchOrderStatus", "placeOrder"].includes(id);
    const line = (more) => ({ body: { customer_id: customer, items: [{ sku: product, qty: 1, ...more }] } });
    switch (code) {
      case "bad_request": return { headers: { "X-Request-Id": ["one", "two"] } };
      case "bad_parameter": return { headers: operation.raw.security?.length === 0 ? { "Idempotency-Key": "" } : { "X-User": too_long } };
      case "malformed_json": return { staged: true, body: "{", type: "application/json", ...(id === "importCatalogue" && { body: "[" }) };
      case "unsupported_media_type": return { staged: true, body: "<a/>", type: "application/xml" };
      case "payload_too_large": return { promised: 1_000_000_000_000 };
      case "missing_user": return { port: this.ports.token };
      case "invalid_token": return { port: this.ports.token, headers: { Authorization: "Bearer nobody's" } };
      case "untrusted_peer": return { port: this.ports.gateway, headers: { "X-User": "alice" } };
      case "version_mismatch": return { staged: true, headers: { "If-Match": '"999999"' } };
      case "empty_items": return { body: { customer_id: customer, items: [] } };
      case "product_id_taken": return { path: { sku: this.unused("SKU") }, body: { product_id: 1 } };
      case "unknown_status":
        if (path.endsWith("{status}")) return { path: { status: "nonsense" } };
        return bodies.length ? { staged: true, body: { ...line().body, status: "nonsense" } } : { staged: true, query: { status: "nonsense" } };
      case "unknown_product": return places ? this.placing(operation, [{ sku: "NO-SUCH", qty: 1 }]) : line({ sku: "NO-SUCH" });
      case "price_changed": return places ? this.placing(operation, [{ sku: product, qty: 1, price_cents: 1 }]) : line({ price_cents: 1 });
      case "payment_declined":
        if (places) return this.placing(operation, undefined, penniless);
        return { body: { ...line().body, customer_id: penniless } };
      case "insufficient_stock":
        if (places) return this.placing(operation, [{ sku: product, qty: plenty }]);
        if (id === "createOrder") return line({ qty: plenty });
        await this.reservation();
        return { body: { defineStock: { on_hand: 0 }, adjustStock: { delta: -plenty }, reserveStock: { qty: plenty } }[id] };
      case "reservation_expired":
        if (places) return this.placing(operation, null, customer, { reservations: [{ sku: product, id: unknown_id }] });
        if (id === "createOrder") return { body: { customer_id: customer, reservations: [{ sku: product, id: unknown_id }] } };
        return { path: { id: await this.reservation("expired") } };
      case "illegal_transition": return this.illegal(operation);
      case "not_found":
        if (id === "openAccount") return { port: this.ports.token, headers: { Authorization: "Bearer token-of-operator" } };
        if (path.startsWith("/accounts")) return { path: { id: "nobody" } };
        if (path.startsWith("/schemas")) return { path: { name: "nonsense" } };
        if (path.startsWith("/sinks")) return { path: { name: "nats" } };
        return path.includes("{id}") ? { path: { id: unknown_id } } : { path: { sku: "NO-SUCH" } };
      case "invalid_field":
        if (is_order) return { path: { id: "not-a-uuid" } };
        if (path.startsWith("/accounts")) return { path: { id: too_long } };
        if (path.includes("{sku}")) return { path: { sku: too_long } };
        if (id === "createOrder") return line({ qty: 0 });
        return id === "importCatalogue" ? { body: "a,b\n1,2\n", type: "text/csv" } : { body: { from: -1 } };
      case "forbidden": return this.forbidden(operation);
      default: return undefined;
    }
  }

  async illegal({ id, path }) {
    if (id === "createOrder") {
      const { items } = await this.done("GET", `/orders/${await this.order("processed")}`);
      return { body: { customer_id: customer, reservations: [{ sku: product, id: items[0].reservation_id }] } };
    }
    if (path.startsWith("/stock")) return { path: { id: await this.reservation("released") } };
    const at = { path: { id: await this.order("cancelled") } };
    return id.startsWith("p") && id !== "placeOrder" ? { ...at, body: { status: "accepted", runner_id: runner } } : at;
  }

  async forbidden({ id, path, raw }) {
    const filters = raw.parameters?.some((each) => each.$ref?.endsWith("/CustomerFilter"));
    if (filters) return { headers: { "X-User": "alice" }, query: { customer_id: "bob" } };
    if (id === "createOrder") return { headers: { "X-User": "alice" } };
    if (!path.startsWith("/orders")) return { headers: { "X-User": "mallory" } };
    const at = { path: { id: await this.order(id === "acceptOrder" ? "processed" : "accepted") } };
    if (id === "completeOrder" || id === "retryOrder") return { ...at, headers: { "X-User": customer } };
    if (id === "acceptOrder") return { ...at, headers: { "X-User": "runner-8" }, body: { runner_id: runner } };
    return { ...at, headers: { "X-User": runner }, body: id === "placeOrder" || id === "cancelOrder" ? {} : { status: "registered" } };
  }
}
