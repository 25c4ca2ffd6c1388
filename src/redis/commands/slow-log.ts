/**
 * `SLOWLOG` and `LATENCY`: what took long. Without a stopwatch nothing does; see `Engine`.
 *
 * `LATENCY GRAPH` draws the same samples as Redis in one row; `LATENCY DOCTOR` gives the figures and none of the advice.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type Command, type CommandGroup } from '../command.ts';
import type { LatencySeries } from '../observation/latency-monitor.ts';
import { array, bulk, bulks, errorReply, integer, OK, type Reply } from '../reply.ts';
import { keyword, positionArgument } from './arguments.ts';
import { helpReply, subcommandsOf } from './help.ts';

const SLOWLOG_HELP: readonly string[] = [
  'GET [<count>]', '    Return top <count> entries from the slowlog (default: 10, -1 mean all).', '    Entries are made of:',
  '    id, timestamp, time in microseconds, arguments array, client IP and port,', '    client name',
  'LEN', '    Return the length of the slowlog.',
  'RESET', '    Reset the slowlog.',
];

function slowlog({ engine }: Call, args: readonly Bytes[]): Reply {
  const { slow } = engine.log;
  switch (keyword(args[1])) {
    case 'get': {
      if (args.length > 3) return errorReply(`ERR unknown subcommand or wrong number of arguments for '${args[1] ?? ''}'. Try SLOWLOG HELP.`);
      const count = args[2] === undefined ? 10 : positionArgument(args[2], 'ERR count should be greater than or equal to -1');
      if (count < -1) return errorReply('ERR count should be greater than or equal to -1');
      const entries = count === -1 ? slow.entries : slow.entries.slice(0, count);
      return array(entries.map((entry) => array([
        integer(entry.id), integer(entry.at), integer(entry.duration), bulks(entry.args), bulk(entry.address), bulk(entry.name),
      ])));
    }
    case 'len':
      return integer(slow.entries.length);
    case 'reset':
      slow.clear();
      return OK;
    default:
      return helpReply('SLOWLOG', SLOWLOG_HELP);
  }
}

const LATENCY_HELP: readonly string[] = [
  'DOCTOR', '    Return a human readable latency analysis report.',
  'GRAPH <event>', '    Return an ASCII latency graph for the <event> class.',
  'HISTORY <event>', '    Return time-latency samples for the <event> class.',
  'LATEST', '    Return the latest latency samples for all events.',
  'RESET [<event> ...]', '    Reset latency data of one or more <event> classes.', '    (default: reset all data for all event classes)',
  'HISTOGRAM [COMMAND ...]',
  '    Return a cumulative distribution of latencies in the format of a histogram for the specified command names.',
  '    If no commands are specified then all histograms are replied.',
];

const DISABLED = "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use "
  + '"CONFIG SET latency-monitor-threshold <milliseconds>." in order to enable it. '
  + "If we weren't in a deep space mission I'd suggest to take a look at https://redis.io/topics/latency-monitor.\n";
const QUIET = 'Dave, no latency spike was observed during the lifetime of this Redis instance, not in the slightest bit. '
  + 'I honestly think you ought to sit down calmly, take a stress pill, and think things over.\n';
const SPIKES = "Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you Dave?\n\n";
const BARS = '_-`';

function latest(events: ReadonlyMap<string, LatencySeries>): Reply {
  return array([...events].map(([event, { samples, max }]) => {
    const last = samples.at(-1);
    return array([bulk(event), integer(last?.at ?? 0), integer(last?.latency ?? 0), integer(max)]);
  }));
}

function doctor({ engine }: Call): string {
  const { events } = engine.log.latency;
  if (events.size === 0) return engine.configuration.number('latency-monitor-threshold') === 0 ? DISABLED : QUIET;
  const lines = [...events].map(([event, { samples, max }], i) => {
    const average = Math.floor(samples.reduce((sum, { latency }) => sum + latency, 0) / samples.length);
    const deviation = Math.floor(samples.reduce((sum, { latency }) => sum + Math.abs(latency - average), 0) / samples.length);
    const period = Math.max(1, Math.floor(engine.now / 1000) - (samples[0]?.at ?? 0)) / samples.length;
    return `${i + 1}. ${event}: ${samples.length} latency spikes (average ${average}ms, mean deviation ${deviation}ms, period ${period.toFixed(2)} sec). `
      + `Worst all time event ${max}ms.\n`;
  });
  return `${SPIKES}${lines.join('')}`;
}

function graph(event: string, { samples, max }: LatencySeries): string {
  const values = samples.map(({ latency }) => latency);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const bars = values.map((value) => BARS[high === low ? 0 : Math.min(BARS.length - 1, Math.floor(((value - low) / (high - low)) * BARS.length))]).join('');
  return `${event} - high ${high} ms, low ${low} ms (all time high ${max} ms)\n${'-'.repeat(80)}\n${bars}\n`;
}

function histograms({ engine }: Call, names: readonly Bytes[]): Reply {
  const asked = names.length === 0 ? engine.everyCommand : names.flatMap((name): readonly Command[] => {
    const command = engine.everyCommand.find(({ fullName }) => fullName === name.toLowerCase());
    return command === undefined ? [] : [command, ...command.children?.values() ?? []];
  });
  return {
    kind: 'map',
    items: asked.flatMap((command): Reply[] => {
      const pairs = engine.log.statistics.histogram(command);
      if (pairs === undefined) return [];
      const buckets: Reply = { kind: 'map', items: pairs.flatMap(([micros, count]) => [integer(micros), integer(count)]) };
      return [bulk(command.fullName), { kind: 'map', items: [bulk('calls'), integer(pairs.at(-1)?.[1] ?? 0), bulk('histogram_usec'), buckets] }];
    }),
  };
}

function latency(call: Call, args: readonly Bytes[]): Reply {
  const { latency: monitor } = call.engine.log;
  const event = args[2] ?? '';
  const series = monitor.events.get(event);
  switch (keyword(args[1])) {
    case 'latest':
      return latest(monitor.events);
    case 'history':
      return array((series?.samples ?? []).map(({ at, latency: value }) => array([integer(at), integer(value)])));
    case 'graph':
      return series === undefined ? errorReply(`ERR No samples available for event '${event}'`) : { kind: 'verbatim', format: 'txt', bytes: graph(event, series) };
    case 'doctor':
      return { kind: 'verbatim', format: 'txt', bytes: doctor(call) };
    case 'reset':
      return integer(monitor.reset(args.slice(2)));
    case 'histogram':
      return histograms(call, args.slice(2));
    default:
      return helpReply('LATENCY', LATENCY_HELP);
  }
}

/** The rows of `SLOWLOG` and `LATENCY`. */
export const SLOW_LOG_COMMANDS: CommandGroup = {
  slowlog: {
    arity: -2, flags: [], keys: NO_KEYS, categories: [], since: '2.2.12', reply: ['array', 'integer', 'simple'], subcommands: subcommandsOf('slowlog'), run: slowlog,
  },
  latency: {
    arity: -2, flags: [], keys: NO_KEYS, categories: [], since: '2.8.13', reply: ['array', 'integer', 'verbatim', 'map'],
    subcommands: subcommandsOf('latency'), run: latency,
  },
};
