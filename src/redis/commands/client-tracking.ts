/**
 * `CLIENT TRACKING` and `CLIENT CACHING`.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import type { Connection } from '../connections/connection.ts';
import { ERROR } from '../errors.ts';
import { errorReply, OK, type Reply } from '../reply.ts';
import { overlap, type TrackingState } from '../connections/tracking.ts';
import { keyword, positionArgument } from './arguments.ts';

interface Options {
  redirect: number;
  isBroadcast: boolean;
  optin: boolean;
  optout: boolean;
  noLoop: boolean;
  readonly prefixes: Bytes[];
}

function readOptions({ engine }: Call, args: readonly Bytes[]): Options | string {
  const options: Options = { redirect: 0, isBroadcast: false, optin: false, optout: false, noLoop: false, prefixes: [] };
  for (let i = 3; i < args.length; i++) {
    const word = keyword(args[i]);
    const more = i + 1 < args.length;
    if (word === 'redirect' && more) {
      if (options.redirect !== 0) return 'ERR A client can only redirect to a single other client';
      options.redirect = positionArgument(args[++i]);
      if (engine.find(options.redirect) === undefined) return 'ERR The client ID you want redirect to does not exist';
    } else if (word === 'prefix' && more) {
      options.prefixes.push(args[++i] ?? '');
    } else if (word === 'bcast') {
      options.isBroadcast = true;
    } else if (word === 'optin') {
      options.optin = true;
    } else if (word === 'optout') {
      options.optout = true;
    } else if (word === 'noloop') {
      options.noLoop = true;
    } else {
      return ERROR.syntax;
    }
  }
  return options;
}

/** Why options do not go together, or not with what the connection has asked for before. */
function conflict({ isBroadcast, optin, optout, prefixes }: Options, old: TrackingState | undefined): string | undefined {
  if (!isBroadcast && prefixes.length > 0) return 'ERR PREFIX option requires BCAST mode to be enabled';
  if (old !== undefined && old.isBroadcast !== isBroadcast) {
    return "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.";
  }
  if (isBroadcast && (optin || optout)) return 'ERR OPTIN and OPTOUT are not compatible with BCAST';
  if (optin && optout) return "ERR You can't specify both OPTIN mode and OPTOUT mode";
  if ((optin && old?.option === 'optout') || (optout && old?.option === 'optin')) {
    return "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.";
  }
  return isBroadcast ? collision(prefixes, old?.prefixes ?? new Set()) : undefined;
}

function collision(prefixes: readonly Bytes[], known: ReadonlySet<Bytes>): string | undefined {
  for (const [i, prefix] of prefixes.entries()) {
    const old = [...known].find((other) => overlap(prefix, other));
    if (old !== undefined) return `ERR Prefix '${prefix}' overlaps with an existing prefix '${old}'. Prefixes for a single client must not overlap.`;
    const other = prefixes.slice(i + 1).find((later) => overlap(prefix, later));
    if (other !== undefined) return `ERR Prefix '${prefix}' overlaps with another provided prefix '${other}'. Prefixes for a single client must not overlap.`;
  }
  return undefined;
}

/** `CLIENT TRACKING` */
export function tracking(call: Call, args: readonly Bytes[]): Reply {
  const { connection, engine } = call;
  const options = readOptions(call, args);
  if (typeof options === 'string') return errorReply(options);
  switch (keyword(args[2])) {
    case 'on': {
      const problem = conflict(options, connection.tracking);
      if (problem !== undefined) return errorReply(problem);
      const { redirect, isBroadcast, optin, optout, noLoop, prefixes } = options;
      engine.tracking.enable(connection, { redirect, isBroadcast, option: optin ? 'optin' : optout ? 'optout' : undefined, noLoop, prefixes: new Set(prefixes) });
      return OK;
    }
    case 'off':
      engine.tracking.disable(connection);
      return OK;
    default:
      return errorReply(ERROR.syntax);
  }
}

/** `CLIENT CACHING` */
export function caching({ tracking: state }: Connection, answer: string): Reply {
  if (state === undefined) return errorReply('ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled');
  switch (answer) {
    case 'yes':
      if (state.option !== 'optin') return errorReply('ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.');
      break;
    case 'no':
      if (state.option !== 'optout') return errorReply('ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.');
      break;
    default:
      return errorReply(ERROR.syntax);
  }
  state.caching = true;
  return OK;
}
