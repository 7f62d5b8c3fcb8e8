// One request and its answer, without anything that a client adds of its own.
import { request } from "node:http";
import { connect } from "node:net";

const guard_ms = 60_000;

// headers: {name: value}. of_stream: take what has come once it holds this text, and leave. promised: only say how long
// the body is.
export function exchange(port, method, path, { headers = {}, body, type, of_stream, promised } = {}) {
  return new Promise((resolve, reject) => {
    const all = { ...headers };
    if (body !== undefined && type) all["Content-Type"] = type;
    if (body !== undefined) all["Content-Length"] = Buffer.byteLength(body);
    if (promised) all["Content-Length"] = promised;
    const asked = request({ host: "127.0.0.1", port, method, path, headers: all, agent: false, timeout: guard_ms }, (came) => {
      let text = "";
      const done = () => resolve({ status: came.statusCode, headers: came.headers, text });
      came.setEncoding("utf8");
      came.on("data", (piece) => {
        text += piece;
        if (of_stream && text.includes(of_stream)) { done(); asked.destroy(); }
      });
      came.on("end", done);
      came.on("error", reject);
    });
    asked.on("timeout", () => asked.destroy(new Error(`${method} ${path} was not answered`)));
    asked.on("error", reject);
    if (promised) asked.flushHeaders();
    else asked.end(body);
  });
}

// The answer to bytes that no client would send.
export function raw_exchange(port, bytes) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.setTimeout(guard_ms, () => socket.destroy(new Error("no answer")));
    socket.on("data", (piece) => (text += piece));
    socket.on("error", (failure) => (text ? undefined : reject(failure)));
    socket.on("close", () => {
      const [head, ...rest] = text.split("\r\n\r\n");
      const [line, ...fields] = head.split("\r\n");
      const headers = Object.fromEntries(fields.map((each) => [each.split(":")[0].toLowerCase(), each.slice(each.indexOf(":") + 1).trim()]));
      resolve({ status: Number(line.split(" ")[1]), headers, text: rest.join("\r\n\r\n") });
    });
  });
}
