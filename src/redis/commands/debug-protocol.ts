/**
 * `DEBUG PROTOCOL`: a reply of each kind, for the tests of clients.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { array, bulk, errorReply, integer, NIL, type Reply } from '../reply.ts';
import { keyword } from './arguments.ts';

const THREE = [integer(0), integer(1), integer(2)] as const;

const REPLIES: Readonly<Record<string, Reply>> = {
  'string': bulk('Hello World'),
  'integer': integer(12345),
  'double': { kind: 'double', text: '3.141' },
  'bignum': { kind: 'big-number', text: '1234567999999999999999999999999999999' },
  'null': NIL,
  'array': array(THREE),
  'set': { kind: 'set', items: THREE },
  'map': { kind: 'map', items: THREE.flatMap((key, i): Reply[] => [key, { kind: 'boolean', value: i === 1 }]) },
  'attrib': {
    kind: 'attributed', attributes: [bulk('key-popularity'), array([bulk('key:123'), integer(90)])], reply: bulk('Some real reply following the attribute'),
  },
  'push': { kind: 'replies', items: [{ kind: 'push', items: [bulk('server-cpu-usage'), integer(42)] }, bulk('Some real reply following the push reply')] },
  'verbatim': { kind: 'verbatim', format: 'txt', bytes: 'This is a verbatim\nstring' },
  'true': { kind: 'boolean', value: true },
  'false': { kind: 'boolean', value: false },
};

/** A reply of the kind that is asked for. */
export function debugProtocol({ connection }: Call, args: readonly Bytes[]): Reply {
  const name = keyword(args[2]);
  if (name === 'push' && connection.protocol === 2) return errorReply('ERR RESP2 is not supported by this command');
  const reply = Object.hasOwn(REPLIES, name) ? REPLIES[name] : undefined;
  return reply ?? errorReply(
    'ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false',
  );
}
