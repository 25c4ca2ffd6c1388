/**
 * What a command does not do that the real one does, by its lower-case name. The support table in the documents says so.
 *
 * @module
 */

/** Commands that are done in part, and what is missing. */
export const PARTLY: Readonly<Record<string, string>> = {
  'bgsave': 'is done at once, in no background',
  'cluster': 'answers as with `cluster-enabled no`',
  'command': '`DOCS` without summaries, arguments and histories',
  'debug': 'the subcommands that test-suites use; `SLEEP` holds up its own connection only',
  'latency': '`GRAPH` has one row, `DOCTOR` gives no advice',
  'migrate': 'only the connection that asked waits for it; in a transaction or a script it answers as where the target does not listen',
  'replicaof': 'follows a node of the same deployment, by its name; of any other host the link stays down',
  'script': '`DEBUG` answers, and there is no debugger',
  'slaveof': 'as `REPLICAOF`',
};
