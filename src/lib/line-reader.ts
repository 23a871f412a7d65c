// Lines out of a stream of bytes, with a bound on how long one may be.
import { StringDecoder } from 'node:string_decoder';

export class LineReader {
  readonly #decoder = new StringDecoder('utf8');
  readonly #capBytes: number;
  #rest = '';

  constructor(capBytes: number) {
    this.#capBytes = capBytes;
  }

  /** The whole lines that are there now; throws when an unfinished one has grown past the bound. */
  push(bytes: Buffer): string[] {
    const parts = (this.#rest + this.#decoder.write(bytes)).split('\n');
    this.#rest = parts.pop() ?? '';
    if (this.#rest.length > this.#capBytes || parts.some((line) => line.length > this.#capBytes))
      throw new Error(`a line is longer than ${this.#capBytes} bytes`);
    return parts.filter((line) => line !== '');
  }
}
