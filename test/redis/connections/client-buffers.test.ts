import { expect, it } from 'vitest';
import { ClientBuffers } from '../../../src/redis/connections/client-buffers.ts';

it('a buffer of replies that are small shrinks to a kilobyte, and grows back as they fill it', () => {
  const buffers = new ClientBuffers();
  expect(buffers.reply).toBe(16_384);
  // The peak it began with is forgotten after the span, and the size follows at the next look.
  buffers.resize(6000, 5000);
  buffers.resize(6100, 5000);
  expect(buffers.reply).toBe(1024);
  for (let i = 0; i < 10; i++) {
    buffers.replied(100_000);
    buffers.resize(6200 + i, -1);
  }
  expect(buffers.reply).toBe(16_384);
});

it('a buffer that held a long argument shrinks when what comes next is short', () => {
  const buffers = new ClientBuffers();
  buffers.received(400_002);
  buffers.resize(100, 5000);
  expect(buffers.input).toBe(400_002);
  buffers.received(120);
  buffers.resize(200, 5000);
  expect(buffers.input).toBe(20_474);
});
