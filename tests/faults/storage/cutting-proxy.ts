import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** When a connection is cut: at the next piece of a stream that contains a text. */
interface Trap {
  readonly text: string;
  readonly sprung: () => void;
}

/** A TCP proxy that can cut its connections, and swallow requests. */
export class CuttingProxy {
  /** A request with this text in it never arrives, and its connection stays open: the server seems to be silent. */
  swallowed: string | undefined;
  /** Connections so far. */
  accepted = 0;
  readonly #behind: URL;
  readonly #server: Server;
  readonly #near = new Set<Socket>();
  #requestTrap: Trap | undefined;
  #answerTrap: Trap | undefined;

  /** @param url - Of the server behind it. */
  static async open(url: string): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(url);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  private constructor(url: string) {
    this.#behind = new URL(url);
    this.#server = createServer((near) => this.#join(near));
  }

  /** The server's, through this proxy. */
  get url(): string {
    const through = new URL(this.#behind);
    through.port = String((this.#server.address() as AddressInfo).port);
    return through.href;
  }

  /** Cuts every connection now. */
  cut(): void {
    for (const near of this.#near) near.destroy();
  }

  /** Cuts the next connection on which the client sends this text; the server never gets it. Resolves when it has. */
  cutRequest(text: string): Promise<void> {
    return new Promise((sprung) => {
      this.#requestTrap = { text, sprung };
    });
  }

  /** Cuts the next connection on which the server answers this text; the client never gets it. Resolves when it has. */
  cutAnswer(text: string): Promise<void> {
    return new Promise((sprung) => {
      this.#answerTrap = { text, sprung };
    });
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(near: Socket): void {
    const far = connect(Number(this.#behind.port), this.#behind.hostname);
    this.#near.add(near);
    this.accepted++;
    const end = () => {
      this.#near.delete(near);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on('error', end).on('close', end);
    near.on('data', (bytes) => {
      const trap = this.#requestTrap;
      if (trap !== undefined && bytes.includes(trap.text)) {
        this.#requestTrap = undefined;
        end();
        trap.sprung();
      } else if (this.swallowed === undefined || !bytes.includes(this.swallowed)) far.write(bytes);
    });
    far.on('data', (bytes) => {
      const trap = this.#answerTrap;
      if (trap !== undefined && bytes.includes(trap.text)) {
        this.#answerTrap = undefined;
        end();
        trap.sprung();
      } else near.write(bytes);
    });
  }
}
