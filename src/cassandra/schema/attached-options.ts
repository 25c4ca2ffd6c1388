/**
 * The options of a storage-attached index and what they may be (`StorageAttachedIndex.validateOptions`, `AbstractAnalyzer`,
 * `IndexWriterConfig` of Apache Cassandra 5.0). Left out: the order in which several unknown options are listed.
 *
 * @module
 */
import { ConfigError, InvalidRequestError } from '../errors.ts';
import type { DataType } from '../types/data-type.ts';
import { typeName } from '../types/type-name.ts';

const ANALYSIS = ['case_sensitive', 'normalize', 'ascii'] as const;
/** Needs a flag of the process that nobody has set. */
const UNSAFE = [['maximum_node_connections', 'Maximum node connections'], ['construction_beam_width', 'Construction beam width']] as const;
const SIMILARITIES = ['EUCLIDEAN', 'DOT_PRODUCT', 'COSINE'];
const OPTIMIZATIONS = ['LATENCY', 'RECALL'];
const VECTOR = [...UNSAFE.map(([option]) => option), 'similarity_function', 'optimize_for'] as const;
const KNOWN: ReadonlySet<string> = new Set([...ANALYSIS, ...VECTOR]);

/**
 * Refuses options that make no sense.
 *
 * @param options - as written, without the class and the target
 * @param type - the indexed column's
 * @throws {@link ConfigError} for unknown ones, {@link InvalidRequestError} for the rest, as Cassandra words them
 */
export function checkAttachedOptions(options: Readonly<Record<string, string>>, type: DataType | undefined): void {
  const unknown = Object.keys(options).filter((option) => !KNOWN.has(option));
  if (unknown.length > 0) throw new ConfigError(`Properties specified [${unknown.join(', ')}] are not understood by StorageAttachedIndex`);
  if (type === undefined) return;
  const element = type.kind === 'list' || type.kind === 'set' ? type.element : type.kind === 'map' ? type.value : type;
  const isBlob = element.kind === 'native' && element.name === 'blob';
  const isText = type.kind === 'native' && (type.name === 'text' || type.name === 'ascii');
  const analysis = ANALYSIS.filter((option) => options[option] !== undefined);
  if (analysis.length > 0 && !isText) throw new InvalidRequestError(`CQL type ${typeName(type)} cannot be analyzed.`);
  for (const option of analysis) {
    const text = options[option] ?? '';
    if (!/^(?:true|false)$/i.test(text)) throw new InvalidRequestError(`Illegal value for boolean option '${option}': ${text}`);
  }
  if (VECTOR.every((option) => options[option] === undefined)) {
    if (isBlob) throw new InvalidRequestError('Unsupported type: blob');
    return;
  }
  if (type.kind !== 'vector') throw new InvalidRequestError(`CQL type ${typeName(type)} cannot have vector options`);
  for (const [option, name] of UNSAFE) {
    if (options[option] !== undefined) throw new InvalidRequestError(`${name} cannot be set without enabling SAI_VECTOR_ALLOW_CUSTOM_PARAMETERS`);
  }
  const similarity = options['similarity_function']?.toUpperCase();
  if (similarity !== undefined && !SIMILARITIES.includes(similarity)) {
    throw new InvalidRequestError(`Similarity function ${similarity} was not recognized for index null. Valid values are: ${SIMILARITIES.join(', ')}`);
  }
  const optimization = options['optimize_for']?.toUpperCase();
  if (optimization !== undefined && !OPTIMIZATIONS.includes(optimization)) {
    throw new InvalidRequestError(`optimize_for '${optimization}' was not recognized for index null. Valid values are: ${OPTIMIZATIONS.join(', ')}`);
  }
}
