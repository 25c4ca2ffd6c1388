/**
 * JSON in and out (CQL, "JSON Support"; messages seen from Apache Cassandra 5.0.2 or read in its `fromJSONObject` methods).
 */
import { describe, expect, it } from 'vitest';
import type { DataType } from '../../../src/cassandra/types/data-type.ts';
import { encode } from '../../../src/cassandra/types/encode.ts';
import { fromJson, toJsonText } from '../../../src/cassandra/types/json.ts';
import { parseJson, parseJsonObject } from '../../../src/cassandra/types/json-value.ts';
import { native } from '../../../src/cassandra/types/type-name.ts';

const list: DataType = { kind: 'list', element: native('int'), frozen: true };
const map: DataType = { kind: 'map', key: native('int'), value: native('text'), frozen: true };

describe('a value as JSON', () => {
  it.each<readonly [DataType, unknown, string]>([
    [native('double'), 1.5e10, '1.5E10'],
    [native('double'), 100, '100.0'],
    [native('double'), NaN, 'null'],
    [native('float'), 0.1, '0.1'],
    [native('float'), 1e-5, '1.0E-5'],
    [native('decimal'), '1.50', '1.50'],
    [native('decimal'), '1E+30', '1E+30'],
    [native('bigint'), 2n ** 62n, '4611686018427387904'],
    [native('text'), 'a"b\n', '"a\\"b\\n"'],
    [native('blob'), '0xcafe', '"0xcafe"'],
    [native('timestamp'), 1_296_705_906_789, '"2011-02-03 04:05:06.789Z"'],
    [native('inet'), '::1', '"0:0:0:0:0:0:0:1"'],
    [list, [1, 2], '[1, 2]'],
    [map, new Map([[1, 'x']]), '{"1": "x"}'],
    [{ kind: 'tuple', elements: [native('int'), native('text')] }, [1, null], '[1, null]'],
  ])('%j %s', (type, value, text) => {
    expect(toJsonText(type, encode(type, value, 'v'))).toBe(text);
  });
});

describe('JSON as a value', () => {
  it.each<readonly [DataType, string, unknown]>([
    [native('int'), '5', 5],
    [native('int'), '"5"', 5],
    [native('bigint'), '9007199254740993', 9_007_199_254_740_993n],
    [native('double'), '5', 5],
    [native('text'), '"x"', 'x'],
    [list, '[1, 2]', [1, 2]],
    [list, '"[1, 2]"', [1, 2]],
    [map, '{"2": "b", "1": "a"}', new Map([[1, 'a'], [2, 'b']])],
    [native('timestamp'), '1296705906789', 1_296_705_906_789],
  ])('%j %s', (type, text, value) => {
    expect(fromJson(type, parseJson(text))).toBe(encode(type, value, 'v'));
  });

  it.each<readonly [DataType, string, string]>([
    [native('int'), '3.5', 'Expected an int value, but got a Double: 3.5'],
    [native('int'), '"x"', 'Unable to make int from \'x\''],
    [native('int'), '[1]', 'Expected an int value, but got a ArrayList: [1]'],
    [native('int'), '3000000000', 'Expected an int value, but got a Long: 3000000000'],
    [native('text'), '5', 'Expected a UTF-8 string, but got a Integer: 5'],
    [native('boolean'), '5', 'Expected a boolean value, but got a Integer: 5'],
    [native('blob'), '"cafe"', 'Value \'cafe\' is not a valid blob representation: String representation of blob is missing 0x prefix: cafe'],
    [list, '{"a": 1}', 'Expected a list, but got a LinkedHashMap: {a=1}'],
    [list, '[null]', 'Invalid null element in list'],
    [{ kind: 'tuple', elements: [native('int')] }, '[1, 2]', 'Tuple contains extra items (expected 1): [1, 2]'],
  ])('is refused: %j %s', (type, text, message) => {
    expect(() => fromJson(type, parseJson(text))).toThrow(message);
  });
});

describe('text that is no JSON object', () => {
  it('is told in Jackson\'s words', () => {
    expect(() => parseJsonObject('{bad')).toThrow(
      'Could not decode JSON string as a map: com.fasterxml.jackson.core.JsonParseException: Unexpected character (\'b\' (code 98)): was expecting double-quote to start field name\n'
      + ' at [Source: (String)"{bad"; line: 1, column: 3]. (String was: {bad)',
    );
    expect(() => parseJsonObject('[1]')).toThrow('from Array value (token `JsonToken.START_ARRAY`)\n at [Source: (String)"[1]"; line: 1, column: 1]. (String was: [1])');
  });
});
