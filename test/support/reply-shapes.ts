/**
 * Every reply that any test of the Redis gets has a shape that its command's row declares: set up before such a test.
 *
 * @module
 */
import { expect } from 'vitest';

if (/redis|wire|clients|deployment/.test(expect.getState().testPath ?? '')) {
  const { Engine } = await import('../../src/redis/engine.ts');
  const { value: call } = Object.getOwnPropertyDescriptor(Engine.prototype, 'call') as { value: InstanceType<typeof Engine>['call'] };
  Engine.prototype.call = function checked(this: InstanceType<typeof Engine>, connection, command, args): ReturnType<typeof call> {
    const reply = call.call(this, connection, command, args);
    if (reply.kind !== 'error' && reply.kind !== 'waiting' && !command.reply.includes(reply.kind)) {
      throw new Error(`${command.fullName} replied ${reply.kind}, its row declares ${command.reply.join(', ')}`);
    }
    return reply;
  };
}
