/** What the tests use of redlock 4, which brings no types; those on npm are for an older ioredis. */
declare module 'redlock' {
  export interface Lock {
    unlock(): Promise<void>;
    extend(ttl: number): Promise<Lock>;
  }
  export default class Redlock {
    constructor(clients: readonly unknown[], options?: { readonly retryCount?: number; readonly retryDelay?: number; readonly retryJitter?: number });
    lock(resource: string | readonly string[], ttl: number): Promise<Lock>;
  }
}
