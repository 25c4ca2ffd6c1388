/**
 * How large a connection's buffers would be: they grow with what passes through and shrink again when less does
 * (`clientsCronResizeQueryBuffer` and `clientsCronResizeOutputBuffer` of Redis 7.0). Nothing is kept here; these are the figures
 * that `CLIENT LIST` shows and that `maxmemory-clients` counts.
 *
 * @module
 */

/** What a client has to read its first requests into. */
const INPUT_BASE = 20_474;
/** A larger one shrinks when it is not needed. */
const INPUT_SHRINKS_ABOVE = 32_768;
const REPLY_MIN = 1024;
const REPLY_MAX = 16_384;

/** The buffers of one connection. */
export class ClientBuffers {
  /** What its input could hold, in bytes. */
  input: number = INPUT_BASE;
  /** What its first buffer of replies holds. */
  reply: number = REPLY_MAX;
  #inputPeak = 0;
  #replyPeak = REPLY_MAX;
  #replyPeakSince = 0;

  /** So much was there to be read at once. */
  received(bytes: number): void {
    if (bytes > this.#inputPeak) this.#inputPeak = bytes;
    if (bytes > this.input) this.input = bytes;
  }

  /** So much was replied at once. */
  replied(bytes: number): void {
    if (bytes > this.#replyPeak) this.#replyPeak = Math.min(bytes, this.reply);
  }

  /**
   * Lets the buffers fit what has been needed lately. Called some times a second.
   *
   * @param now - milliseconds
   * @param replyPeakLasts - for how long the largest reply is remembered, in milliseconds; negative: for ever
   */
  resize(now: number, replyPeakLasts: number): void {
    if (this.input > INPUT_SHRINKS_ABOVE && this.input / 2 > this.#inputPeak) this.input = Math.max(INPUT_BASE, this.#inputPeak);
    this.#inputPeak = 0;
    if (this.reply / 2 >= REPLY_MIN && this.#replyPeak < this.reply / 2) this.reply = Math.max(REPLY_MIN, this.#replyPeak + 1);
    else if (this.reply < REPLY_MAX && this.#replyPeak === this.reply) this.reply = Math.min(REPLY_MAX, this.reply * 2);
    if (replyPeakLasts >= 0 && now - this.#replyPeakSince > replyPeakLasts) {
      this.#replyPeak = 0;
      this.#replyPeakSince = now;
    }
  }
}
