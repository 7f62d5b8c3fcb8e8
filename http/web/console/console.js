// The page: asks for the figures once a second, follows the events, and shows both.

import { get, identity, send, setIdentity } from "./api.js";
import { Chart } from "./charts.js";
import { byId, element, prepareDialog, setText, showInOrder } from "./elements.js";
import { EventFeed } from "./event_stream.js";
import { formatBytes, formatClock, formatCount, formatRate, formatSeconds, histogramBetween, quantile, rate, Ring, secondsParts, sum, words } from "./figures.js";
import { HeatMap } from "./heat_map.js";
import { Audit, Links, StuckOrders } from "./operations.js";
import { OrderDialog, RecentOrders } from "./orders.js";
import { Stock } from "./stock.js";

const pollMs = 1_000;
const pollHiddenMs = 10_000;
const pollFailingMaxMs = 8_000;
const staleMs = 3_500;
/** Quantiles are of this many polls together: one second of a quiet shop is no sample. */
const sampledPolls = 5;
/** A feed that is this far behind and has told this many events goes on with what happens now. */
const behindMs = 15_000;
const behindEvents = 2_000;

// ---- the parts of the page ----

const stock = new Stock();
const orderDialog = new OrderDialog();
const openOrder = (id) => orderDialog.open(id);
const orders = new RecentOrders(openOrder);
const stuck = new StuckOrders(openOrder);
const links = new Links();
const heat = new HeatMap((sku) => {
  stock.find(sku);
  byId("stock").scrollIntoView({ block: "nearest" });
});
new Audit();

const charts = {
  orders: new Chart(byId("chart-orders"), { title: "Orders per second", format: formatRate, series: [{ label: "created", colour: "created", fill: true }, { label: "refused", colour: "refused", dash: [6, 4] }] }),
  latency: new Chart(byId("chart-latency"), { title: "Request time", format: formatSeconds, log: true, floor: 0.0001, series: [{ label: "p50", colour: "created" }, { label: "p99", colour: "refused", dash: [6, 4] }] }),
  behind: new Chart(byId("chart-behind"), { title: "To disk and to the store", format: formatSeconds, log: true, floor: 0.0001, series: [{ label: "journal sync p99", colour: "created" }, { label: "write-behind lag", colour: "refused", dash: [6, 4] }] }),
};

const tiles = {};
for (const [key, name] of [["created", "Orders created"], ["refused", "Orders refused"], ["latency", "Request time p50"], ["requests", "Requests"], ["journal", "Journal sync p99"], ["lag", "Write-behind lag"], ["store", "Store"], ["writes", "Writes"]]) {
  const tile = { value: element("span", { class: "value", text: "–" }), unit: element("span", { class: "unit" }), note: element("span", { class: "note quiet" }) };
  tile.node = element("div", { class: "tile", id: `tile-${key}` }, element("dt", { text: name }), element("dd", {}, tile.value, tile.unit, tile.note));
  tiles[key] = tile;
  byId("tiles").append(tile.node);
}

function setTile(key, [value, unit], note, state = "") {
  const tile = tiles[key];
  setText(tile.value, value);
  setText(tile.unit, unit);
  setText(tile.note, note);
  tile.node.dataset.state = state;
}

// ---- alarms ----

const alarms = new Map();

/** `text` null: it is over. */
function alarm(key, level, text) {
  if (text === null) alarms.get(key)?.remove();
  if (text === null) return alarms.delete(key);
  if (!alarms.has(key)) alarms.set(key, element("p", { class: "alarm", "data-alarm": key }));
  const node = alarms.get(key);
  node.dataset.level = level;
  setText(node, `${level === "bad" ? "✗" : "▲"} ${text}`);
  showInOrder(byId("alarms"), [...alarms.values()]);
}

// ---- figures ----

const polled = new Ring(sampledPolls + 1);
let lastGood = 0;
let failures = 0;
let askedToWaitMs = 0;
let skewMs = 0;
let timer = null;
let asking = false;
let waitsForIdentity = false;

const secondsBetween = (a, b) => (Date.parse(b.at) - Date.parse(a.at)) / 1000;

function recent(now, pick) {
  const before = polled.at(polled.length - 1);
  const after = pick(now);
  return after === undefined ? null : histogramBetween(before && pick(before), after);
}

function showTiles(now, before, seconds) {
  const between = (pick) => (before === undefined ? null : rate(pick(before), pick(now), seconds));
  const created = between((s) => s.orders.created);
  const refused = between((s) => sum(s.orders.failures));
  const requests = between((s) => s.http.requests);
  const syncs = between((s) => s.journal.syncs);
  const latency = recent(now, (s) => s.http.latency);
  const sync = recent(now, (s) => s.journal.sync);
  const transaction = recent(now, (s) => s.store.transaction);
  const q = (histogram, share) => (histogram === null ? null : quantile(histogram, share));
  const most = Object.entries(now.orders.failures).sort((a, b) => b[1] - a[1])[0];
  setTile("created", [formatRate(created), "/s"], `${formatCount(now.orders.created)} in all`);
  setTile("refused", [formatRate(refused), "/s"], `${formatCount(sum(now.orders.failures))} in all${most?.[1] > 0 ? `, most: ${words(most[0])}` : ""}`);
  setTile("latency", secondsParts(q(latency, 0.5)), `p99 ${formatSeconds(q(latency, 0.99))}`);
  setTile("requests", [formatRate(requests), "/s"], `${formatCount(now.http.in_flight)} in flight, ${formatCount(now.http.by_class["5xx"])} of 5xx`);
  setTile("journal", secondsParts(q(sync, 0.99)), `${formatRate(syncs)} syncs/s`);
  setTile("lag", secondsParts(now.store.lag_seconds), `${formatCount(now.store.backlog_events)} events, ${formatBytes(now.store.backlog_bytes)} of journal`, now.store.lag_seconds > 10 ? "warn" : "");
  setTile("store", [now.store.up ? "● up" : "✗ down", ""], now.store.up ? `transaction p99 ${formatSeconds(q(transaction, 0.99))}` : (now.store.error ?? ""), now.store.up ? "good" : "bad");
  setTile("writes", [now.journal.accepts_writes ? "● taken" : "✗ refused", ""], `${formatCount(now.http.rate_limited)} rate-limited, ${formatCount(now.http.shed)} shed`, now.journal.accepts_writes ? "good" : "bad");
  const at = Date.parse(now.at) / 1000;
  charts.orders.push(at, [created, refused]);
  charts.latency.push(at, [q(latency, 0.5), q(latency, 0.99)]);
  charts.behind.push(at, [q(sync, 0.99), now.store.lag_seconds ?? null]);
}

const resultRows = new Map();

function showResults(now, before, seconds) {
  const all = [["orders created", now.orders.created, before?.orders.created]];
  for (const [reason, count] of Object.entries(now.orders.failures))
    if (count > 0 || reason === "insufficient_stock") all.push([`orders refused: ${words(reason)}`, count, before?.orders.failures[reason] ?? 0]);
  for (const [result, count] of Object.entries(now.reservations ?? {}))
    if (count > 0 || result === "granted") all.push([`reservations: ${words(result)}`, count, before?.reservations?.[result]]);
  const place = byId("results-rows");
  if (place.firstElementChild?.tagName !== "TABLE") {
    const heads = ["Result", "Now", "In all"].map((text) => element("th", { scope: "col", text }));
    place.replaceChildren(element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody")));
  }
  const rows = all.map(([name, count, earlier]) => {
    if (!resultRows.has(name)) {
      const row = { rate: element("td"), count: element("td") };
      row.node = element("tr", { "data-result": name }, element("th", { scope: "row", text: name }), row.rate, row.count);
      resultRows.set(name, row);
    }
    const row = resultRows.get(name);
    setText(row.rate, `${formatRate(before === undefined ? null : rate(earlier, count, seconds))}/s`);
    setText(row.count, formatCount(count));
    row.node.dataset.count = count;
    return row.node;
  });
  showInOrder(place.querySelector("tbody"), rows);
}

function showAlarms(now) {
  alarm("store", "bad", now.store.up ? null : `The store is away; the engine sells on and writes later.${now.store.error ? ` ${now.store.error}` : ""}`);
  alarm("writes", "bad", now.journal.accepts_writes ? null : "Changes are refused: the journal has no room.");
  const count = now.sagas.stuck;
  alarm("stuck", "warn", count > 0 ? `${formatCount(count)} ${count === 1 ? "order needs" : "orders need"} an operator.` : null);
  const away = (now.sinks ?? []).filter((each) => each.status !== "up");
  alarm("sinks", "warn", away.length > 0 ? `Events wait for ${away.map((each) => `${each.name} (${each.status})`).join(", ")}.` : null);
}

function show(now) {
  let before = polled.at(0);
  if (before !== undefined && (before.started_at !== now.started_at || secondsBetween(before, now) <= 0)) {
    polled.clear();
    before = undefined;
  }
  const seconds = before === undefined ? 0 : secondsBetween(before, now);
  setText(byId("service"), `${now.service ?? ""} ${now.version}, since ${formatClock(now.started_at)}`);
  showTiles(now, before, seconds);
  showResults(now, before, seconds);
  showAlarms(now);
  heat.push(now.at, now.hot_skus, seconds);
  polled.push(now);
  if (document.hidden) return;
  heat.show();
  Object.values(charts).forEach((chart) => chart.show());
  stock.update(now.hot_skus);
  stuck.update(now.sagas.stuck);
  links.update();
}

async function poll() {
  if (asking || waitsForIdentity) return;
  asking = true;
  clearTimeout(timer);
  try {
    const now = await get("status", 5_000);
    failures = 0;
    askedToWaitMs = 0;
    lastGood = Date.now();
    skewMs = Date.parse(now.at) - lastGood;
    alarm("link", "bad", null);
    show(now);
  } catch (error) {
    failures += 1;
    askedToWaitMs = Math.min(error.retryAfterMs ?? 0, 60_000);
    tellFailure(error);
  }
  asking = false;
  showLink();
  if (!waitsForIdentity) timer = setTimeout(poll, pauseMs());
}

function pauseMs() {
  if (failures > 0) return Math.max(askedToWaitMs, Math.min(pollMs * 2 ** (failures - 1), pollFailingMaxMs) * (0.8 + Math.random() * 0.4));
  return document.hidden ? pollHiddenMs : pollMs;
}

function tellFailure(error) {
  const since = lastGood > 0 ? ` Figures are from ${formatClock(lastGood)}.` : "";
  if (error.status === 401 || error.status === 403) return askWho(error);
  if (error.code === "recovering") return alarm("link", "warn", `The engine is recovering; it is not there yet.${since}`);
  if (error.status === 429) return alarm("link", "warn", `The engine limits this caller's requests.${since}`);
  if (error.status !== undefined) return alarm("link", "bad", `The engine does not tell its figures: ${error.message}.${since}`);
  if (error instanceof TypeError || error.name === "TimeoutError") return alarm("link", "bad", `Connection lost; trying again.${since}`);
  // A fault of this page: it is told here, and as an error of the page.
  alarm("link", "bad", `This page cannot read the figures.${since}`);
  reportError(error);
}

/** Whether what is shown is of now: in the bar by the second, on the page by its looks. */
function showLink() {
  const age = Date.now() - lastGood;
  const allowed = document.hidden ? pollHiddenMs + staleMs : staleMs;
  const state = lastGood === 0 ? (failures > 0 ? "bad" : "wait") : age > allowed ? "bad" : "good";
  const link = byId("link");
  link.dataset.state = state;
  document.body.toggleAttribute("data-stale", state === "bad");
  const ageText = lastGood === 0 ? (waitsForIdentity ? "signed out" : failures > 0 ? "no connection" : "connecting") : `stale, ${age < 120_000 ? `${Math.round(age / 1000)} s` : formatSeconds(age / 1000)} old`;
  setText(byId("link-text"), state === "good" ? "live" : ageText);
}

setInterval(showLink, 500);

// ---- events ----

let sinceOpen = 0;
let listing = null;

const feed = new EventFeed({
  open: (headers, signal) => send("events?type=order_created,order_updated", { headers, signal }),
  onEvent: (event) => {
    const told = JSON.parse(event.data);
    sinceOpen += 1;
    orders.take(told);
    orderDialog.changed(told.data.order_id);
    if (sinceOpen > behindEvents && Date.now() + skewMs - Date.parse(told.time) > behindMs) {
      sinceOpen = 0;
      feed.skipToNow();
    }
  },
  onState: (state, error) => {
    sinceOpen = 0;
    clearInterval(listing);
    orders.setState({ open: "live", lost: "reconnecting", full: "too many streams; asking for the list", refused: "not allowed" }[state]);
    if (state === "open") listOrders();
    else if (state === "full") listing = setInterval(listOrders, 5_000);
    else if (state === "refused") askWho(error);
  },
});

async function listOrders() {
  try {
    orders.fill((await get("orders?limit=20")).items);
  } catch {
    // The list needs the store; the stream tells what comes.
  }
}

// ---- who asks ----

const identityDialog = prepareDialog(byId("identity-dialog"));
const identityForm = byId("identity-form");

function showIdentity() {
  const who = identity();
  setText(byId("identity"), who === null ? "Sign in" : who.kind === "token" ? "Token set" : `User: ${who.value}`);
}

function showKind() {
  const token = identityForm.elements.kind.value === "token";
  byId("identity-value").type = token ? "password" : "text";
  setText(byId("identity-label"), token ? "Bearer token of an operator" : "Name of an operator");
}

function openIdentity(why) {
  setText(byId("identity-why"), why);
  if (!identityDialog.open) {
    identityForm.elements.kind.value = identity()?.kind ?? identityForm.elements.kind.value;
    showKind();
    identityDialog.showModal();
    byId("identity-value").focus();
  }
}

function askWho(error) {
  waitsForIdentity = true;
  feed.stop();
  if (error.status === 401 && !identityDialog.open) identityForm.elements.kind.value = error.wantsToken ? "token" : "user";
  showKind();
  alarm("link", "warn", `Not signed in as an operator: ${error.message}.`);
  const why = error.status === 403 ? `The console is for operators: ${error.message}.` : `The engine asks who you are: ${error.message}.`;
  openIdentity(why);
}

function begin() {
  waitsForIdentity = false;
  failures = 0;
  showIdentity();
  feed.start();
  poll();
}

identityForm.addEventListener("change", showKind);
identityForm.addEventListener("submit", (event) => {
  event.preventDefault();
  setIdentity({ kind: identityForm.elements.kind.value, value: byId("identity-value").value.trim() });
  byId("identity-value").value = "";
  identityDialog.close();
  begin();
});
byId("identity-forget").addEventListener("click", () => {
  setIdentity(null);
  byId("identity-value").value = "";
  identityDialog.close();
  begin();
});
byId("identity").addEventListener("click", () => openIdentity(""));

// ---- looks ----

const themes = ["auto", "dark", "light"];

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  setText(byId("theme"), `Theme: ${theme}`);
  repaint();
}

function repaint() {
  heat.repaint();
  Object.values(charts).forEach((chart) => chart.repaint());
}

byId("theme").addEventListener("click", () => {
  const next = themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length];
  localStorage.setItem("orderd.theme", next);
  setTheme(next);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) poll();
});
window.addEventListener("resize", () => heat.show());

setTheme(themes.includes(localStorage.getItem("orderd.theme")) ? localStorage.getItem("orderd.theme") : "auto");
begin();
