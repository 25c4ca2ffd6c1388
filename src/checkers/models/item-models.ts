/**
 * Rows and items that are read and written whole, in part, and under conditions: a Cassandra row with lightweight transactions, a
 * DynamoDB item with condition expressions, and the siblings of the Dynamo paper.
 *
 * @module
 */
import type { HistoryValue } from '../../kernel/history.ts';
import type { Model } from '../model.ts';
import { canonical, sameValue } from '../value.ts';
import { commandModel, listOf, reads, recordOf, without, type CommandRule } from './command-model.ts';

type Fields = Readonly<Record<string, HistoryValue>>;

/** Fields set in a row; a field set to null is gone. */
function merged(row: HistoryValue, fields: Fields): Fields {
  let next: Fields = recordOf(row);
  for (const [name, value] of Object.entries(fields)) next = value === null ? without(next, name) : { ...next, [name]: value };
  return next;
}

/** Whether a row has what a condition names; null = the field must be absent. */
function holds(row: HistoryValue, condition: Fields): boolean {
  return Object.entries(condition).every(([name, value]) => sameValue(recordOf(row)[name] ?? null, value));
}

const fieldsOf = (value: HistoryValue | undefined): Fields | undefined => (
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
);

const whole: CommandRule = reads((row) => row);
const always = (): boolean => true;

/**
 * A row of Cassandra: `read` answers its columns (null: no row); `insert {columns}` and `update {columns}` set some; `delete`;
 * `insert-if-not-exists {columns}`, `update-if [{condition}, {columns}]`, `update-if-exists {columns}` and `delete-if-exists` answer
 * whether they were applied (`[applied]`).
 */
export function cassandraRow(initial: HistoryValue = null): Model<HistoryValue> {
  const set: CommandRule = {
    apply(row, [columns]) {
      const fields = fieldsOf(columns);
      return fields === undefined ? undefined : { state: merged(row, fields) };
    },
  };
  const conditional = (condition: (row: HistoryValue) => boolean): CommandRule => ({
    apply(row, args) {
      const outcome = set.apply(row, args);
      if (outcome === undefined) return undefined;
      return condition(row) ? { state: outcome.state, reply: true } : { state: row, reply: false };
    },
  });
  return commandModel('cassandra-row', initial, {
    read: whole,
    insert: set,
    update: set,
    delete: { resets: always, apply: () => ({ state: null }) },
    'insert-if-not-exists': conditional((row) => row === null),
    'update-if-exists': conditional((row) => row !== null),
    'delete-if-exists': { apply: (row) => ({ state: null, reply: row !== null }) },
    'update-if': {
      apply(row, [condition, columns]) {
        const [asked, fields] = [fieldsOf(condition), fieldsOf(columns)];
        if (asked === undefined || fields === undefined) return undefined;
        return row !== null && holds(row, asked) ? { state: merged(row, fields), reply: true } : { state: row, reply: false };
      },
    },
  });
}

/**
 * An item of DynamoDB: `get` answers it (null: none); `put item`, `update {attributes}`, `delete`; with a condition `put-if [{condition},
 * item]`, `update-if [{condition}, {attributes}]` and `delete-if {condition}` answer whether it held (an attribute that must be
 * absent is null in the condition); `add {attribute: amount}` adds to numbers and answers the new attributes.
 */
export function dynamodbItem(initial: HistoryValue = null): Model<HistoryValue> {
  const under = (act: (item: HistoryValue, fields: Fields) => HistoryValue): CommandRule => ({
    apply(item, [condition, value]) {
      const [asked, fields] = [fieldsOf(condition), fieldsOf(value ?? {})];
      if (asked === undefined || fields === undefined) return undefined;
      return holds(item, asked) ? { state: act(item, fields), reply: true } : { state: item, reply: false };
    },
  });
  const plain = (act: (item: HistoryValue, fields: Fields) => HistoryValue): CommandRule => ({
    apply(item, [value]) {
      const fields = fieldsOf(value);
      return fields === undefined ? undefined : { state: act(item, fields) };
    },
  });
  return commandModel('dynamodb-item', initial, {
    get: whole,
    read: whole,
    put: { ...plain((_, fields) => fields), resets: always },
    update: plain(merged),
    delete: { resets: always, apply: () => ({ state: null }) },
    'put-if': under((_, fields) => fields),
    'update-if': under(merged),
    'delete-if': under(() => null),
    add: {
      apply(item, [value]) {
        const amounts = fieldsOf(value);
        if (amounts === undefined) return undefined;
        const sums = Object.fromEntries(Object.entries(amounts).map(([name, by]): [string, number] => [name, Number(recordOf(item)[name] ?? 0) + Number(by)]));
        return { state: merged(item, sums), reply: sums };
      },
    },
  });
}

/**
 * A key of Dynamo that keeps siblings: `read` answers all values (in any order; a single value may stand alone, null for none);
 * `write` with a value replaces everything, with `[value, [values seen]]` only those, so that what it has not seen stays beside it.
 */
export function dynamoSiblings(initial: HistoryValue = []): Model<HistoryValue> {
  const start = ordered(initial);
  const model = commandModel('dynamo-siblings', start, {
    write: {
      resets: (args) => args.length === 1,
      apply(siblings, args) {
        const [value, seen] = args;
        if (value === undefined) return undefined;
        if (seen === undefined) return { state: [value] };
        if (!Array.isArray(seen)) return undefined;
        const rest = listOf(siblings).filter((other) => !(seen as readonly HistoryValue[]).some((one) => sameValue(one, other)));
        return { state: ordered([...rest.filter((other) => !sameValue(other, value)), value]) };
      },
    },
    read: reads((siblings) => siblings),
  });
  return {
    ...model,
    step: (state, operation) => model.step(state, operation.f === 'read' ? { ...operation, output: ordered(operation.output) } : operation),
  };
}

function ordered(values: HistoryValue): readonly HistoryValue[] {
  if (values === null) return [];
  const list = Array.isArray(values) ? (values as readonly HistoryValue[]) : [values];
  return list.toSorted((a, b) => (canonical(a) < canonical(b) ? -1 : 1));
}
