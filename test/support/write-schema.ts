/**
 * Writes `src/kernel/faults/fault-plan.schema.json` from the schema that plans are read with: `npx tsx test/support/write-schema.ts`.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { planSchema } from '../../src/kernel/faults/plan.ts';

const schema = { title: 'splitbrain fault plan', ...toJsonSchema(planSchema, { errorMode: 'ignore' }) };
writeFileSync('src/kernel/faults/fault-plan.schema.json', `${JSON.stringify(schema, null, 1)}\n`);
