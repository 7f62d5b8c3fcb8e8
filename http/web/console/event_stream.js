// Server-sent events read through fetch: EventSource can send no Authorization header.

const bufferedCharactersMax = 1 << 20;

/** Takes apart a stream of server-sent events (HTML standard, 9.2.6), however its text is cut into pieces. */
export class EventParser {
  /** The id behind which to go on; also set by fields without data, which say how far a quiet stream is. */
  lastId = "";
  retryMs = 2_000;
  #rest = "";
  #afterCr = false;
  #first = true;
  #id = null;
  #type = "";
  #data = [];
  #size = 0;

  /** The events that this piece completes: `{id, type, data}`. Throws when one grows beyond all measure. */
  push(text) {
    if (this.#first && text !== "") {
      this.#first = false;
      if (text.startsWith("\uFEFF")) text = text.slice(1);
    }
    // A line may end in CR, LF or both, and the piece between the two.
    if (this.#afterCr && text !== "") {
      if (text.startsWith("\n")) text = text.slice(1);
      this.#afterCr = false;
    }
    const events = [];
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    if (text.endsWith("\r")) this.#afterCr = true;
    this.#rest = lines.pop();
    for (const line of lines) {
      if (line === "") this.#dispatch(events);
      else this.#field(line);
    }
    if (this.#rest.length + this.#size > bufferedCharactersMax) throw new RangeError("an event is too long");
    return events;
  }

  /** What was cut off in the middle does not count when the stream goes on in another connection. */
  forgetPart() {
    this.#rest = "";
    this.#afterCr = false;
    this.#first = true;
    this.#clear();
  }

  #clear() {
    this.#id = null;
    this.#type = "";
    this.#data = [];
    this.#size = 0;
  }

  #dispatch(events) {
    if (this.#id !== null) this.lastId = this.#id;
    if (this.#data.length > 0)
      events.push({ id: this.lastId, type: this.#type || "message", data: this.#data.join("\n") });
    this.#clear();
  }

  #field(line) {
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (name === "data") {
      this.#data.push(value);
      this.#size += value.length;
    } else if (name === "event") this.#type = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.retryMs = Math.min(Number(value), 60_000);
  }
}

const quietMs = 30_000;
const pauseMaxMs = 30_000;

/**
 * Follows a stream until it is stopped, and comes back behind the last event whenever it ends.
 * `open(headers, signal)` asks for it; `onEvent` is told of each event, and `onState` of `open`, `lost`
 * and `full` with the error. An `open` that throws a Problem with 401 or 403 ends it: `onState("refused")`.
 */
export class EventFeed {
  #parser = new EventParser();
  #hooks;
  #abort = null;
  #stopped = true;
  #skip = false;
  #run = 0;

  constructor(hooks) {
    this.#hooks = hooks;
  }

  get lastId() {
    return this.#parser.lastId;
  }

  start() {
    this.stop();
    this.#stopped = false;
    this.#follow(++this.#run);
  }

  stop() {
    this.#stopped = true;
    this.#run += 1;
    this.#abort?.abort();
  }

  /** Leaves out what has gathered: goes on with what happens from now on. */
  skipToNow() {
    this.#skip = true;
    this.#abort?.abort();
  }

  async #follow(run) {
    let failures = 0;
    while (!this.#stopped && run === this.#run) {
      let opened = false;
      try {
        await this.#readOnce(() => {
          opened = true;
          failures = 0;
        });
        if (run === this.#run) this.#hooks.onState("lost", null);
      } catch (error) {
        if (run !== this.#run) return;
        if (this.#skip) continue;
        if (error.status === 401 || error.status === 403) {
          this.#stopped = true;
          this.#hooks.onState("refused", error);
          return;
        }
        // A history that does not reach back to the id, or has been replaced, is begun anew.
        if (error.status === 400) this.#skip = true;
        this.#hooks.onState(error.code === "overloaded" ? "full" : "lost", error);
      }
      if (!opened) failures += 1;
      await this.#pause(failures);
    }
  }

  #pause(failures) {
    const growing = Math.min(this.#parser.retryMs * 2 ** Math.max(0, failures - 1), pauseMaxMs);
    return new Promise((resolve) => setTimeout(resolve, growing * (0.75 + Math.random() / 2)));
  }

  async #readOnce(onOpen) {
    this.#abort = new AbortController();
    this.#parser.forgetPart();
    if (this.#skip) this.#parser.lastId = "";
    this.#skip = false;
    const headers = { Accept: "text/event-stream" };
    if (this.#parser.lastId !== "") headers["Last-Event-ID"] = this.#parser.lastId;
    let watch = setTimeout(() => this.#abort.abort(), quietMs);
    try {
      const response = await this.#hooks.open(headers, this.#abort.signal);
      onOpen();
      this.#hooks.onState("open", null);
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(watch);
        watch = setTimeout(() => this.#abort.abort(), quietMs);
        for (const event of this.#parser.push(decoder.decode(value, { stream: true }))) this.#hooks.onEvent(event);
      }
    } finally {
      clearTimeout(watch);
      this.#abort.abort();
    }
  }
}
