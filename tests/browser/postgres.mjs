// A PostgreSQL server of its own for a test.

import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { eventually, temporaryFolder } from "./engine.mjs";

const programs = () => fs.readdirSync("/usr/lib/postgresql").map((version) => `/usr/lib/postgresql/${version}/bin`).filter((folder) => fs.existsSync(`${folder}/initdb`)).sort().at(-1);
/** It refuses to run as root. */
const asItsUser = process.geteuid() === 0 ? ["--reuid=postgres", "--regid=postgres", "--init-groups"] : [];

const freePort = () => new Promise((resolve) => {
  const probe = net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});

export class Postgres {
  static async started() {
    const server = new Postgres();
    server.folder = await temporaryFolder();
    if (asItsUser.length > 0) execFileSync("chown", ["postgres:postgres", server.folder]);
    server.data = path.join(server.folder, "data");
    server.port = await freePort();
    execFileSync("setpriv", [...asItsUser, "--", `${programs()}/initdb`, "-D", server.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"], { cwd: server.folder, stdio: "ignore" });
    await server.start();
    return server;
  }

  get url() {
    return `postgresql://postgres@127.0.0.1:${this.port}/postgres`;
  }

  async start() {
    this.process = spawn("setpriv", [...asItsUser, "--pdeathsig=QUIT", "--", `${programs()}/postgres`, "-D", this.data, "-p", String(this.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="], { cwd: this.folder, stdio: "ignore" });
    this.ended = new Promise((resolve) => this.process.on("exit", resolve));
    await eventually("PostgreSQL", () => {
      execFileSync("psql", ["-X", "-q", "-d", this.url, "-c", "select 1"], { stdio: "ignore" });
      return true;
    });
  }

  /** At once, as a crash. */
  async kill() {
    this.process.kill("SIGQUIT");
    await this.ended;
  }

  async close() {
    await this.kill();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
