/**
 * The columns that something selected looks at, by name.
 *
 * @module
 */
import type { Selectable } from '../ast.ts';

/** The names of all columns that something looks at. */
export function columnNames(selectable: Selectable): readonly string[] {
  switch (selectable.kind) {
    case 'column': return [selectable.name];
    case 'term':
    case 'countRows': return [];
    case 'function': return selectable.args.flatMap((arg) => columnNames(arg));
    case 'writetime':
    case 'maxwritetime':
    case 'ttl': return [selectable.column];
    case 'arithmetic': return [...columnNames(selectable.left), ...columnNames(selectable.right)];
    case 'cast':
    case 'negate':
    case 'field':
    case 'element':
    case 'slice':
    case 'typeHint': return columnNames(selectable.selectable);
    case 'list':
    case 'set':
    case 'tuple': return selectable.elements.flatMap((element) => columnNames(element));
    // The names of a user type's fields look like columns.
    case 'map': return selectable.entries.flatMap(([key, value]) => [...(key.kind === 'column' ? [] : columnNames(key)), ...columnNames(value)]);
  }
}
