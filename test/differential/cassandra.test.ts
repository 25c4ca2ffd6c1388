/**
 * What is compared with a real Cassandra, in one file and so one after the other: there is one server for all, its schema is everybody's,
 * and test files run beside each other.
 *
 * @module
 */
import './cassandra-cql.ts';
import './cassandra-protocol.ts';
