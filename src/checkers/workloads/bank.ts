/**
 * The bank: transfers between accounts leave the total as it is, and every read of all accounts shows it (Jepsen's bank
 * workload; the classic test of snapshot isolation). A read answers a record of balances by account.
 *
 * @module
 */
import { isRead, type Operation } from '../../history/operation.ts';
import { UsageError } from '../../kernel/errors.ts';
import type { HistoryEntry, HistoryValue } from '../../kernel/history.ts';
import { inWords, isLoose, operationsOf, requireOptions } from '../checker-input.ts';
import { conclude, type Verdict } from '../verdict.ts';
import { counted, nameOf, showValue } from '../wording.ts';

/** What the bank promises. */
export interface BankOptions {
  /** The sum of all balances. Default: what the first read shows. */
  readonly total?: number;
  /** Whether a balance may fall below zero (default false). */
  readonly negativeBalances?: boolean;
}

/**
 * Checks every read of all accounts.
 *
 * @param history - reads that answer `{ account: balance }`; whatever else clients did is passed over
 * @param options - the total, and whether balances may be negative
 * @returns `unknown` when nobody read
 * @throws {@link UsageError} `INVALID_HISTORY`, `INVALID_ARGUMENT`, or `UNSUPPORTED_OPERATION` on a read that answers no balances
 */
export function checkBank(history: Iterable<HistoryEntry> | readonly Operation[], options: BankOptions = {}): Verdict {
  requireOptions(options);
  const { negativeBalances = false } = options;
  if (options.total !== undefined && typeof options.total !== 'number') {
    throw new UsageError('INVALID_ARGUMENT', `total must be a number, got ${inWords(options.total)}`);
  }
  const operations = operationsOf(history);
  const reads = operations.filter(({ f, status, output }) => isRead(f) && status === 'ok' && output !== null);
  let { total } = options;
  let accounts: readonly string[] | undefined;
  for (const read of reads) {
    const balances = balancesOf(read);
    const wrong = (what: string): Verdict => (
      conclude('bank', 'violation', operations.length, { witness: [read], explanation: `${nameOf(read.process)} read ${showValue(read.output)}: ${what}` })
    );
    const none = balances.find(([, balance]) => balance === null);
    if (none !== undefined) return wrong(`account ${none[0]} has no balance`);
    const odd = balances.find(([, balance]) => typeof balance !== 'number');
    if (odd !== undefined) throw unusable(read, `account ${odd[0]} holds ${inWords(odd[1])}`);
    const sum = balances.reduce((before, [, balance]) => before + Number(balance), 0);
    total ??= sum;
    accounts ??= balances.map(([account]) => account);
    const missing = accounts.find((account) => !balances.some(([other]) => other === account));
    const lacking = missing === undefined ? '' : `; account ${missing} is missing`;
    if (sum !== total) return wrong(`the total is ${sum} where it must be ${total}${lacking}`);
    const negative = negativeBalances ? undefined : balances.find(([, balance]) => Number(balance) < 0);
    if (negative !== undefined) return wrong(`account ${negative[0]} holds ${showValue(negative[1])}, and no balance may be negative`);
  }
  if (total === undefined || reads.length === 0) return conclude('bank', 'unknown', operations.length, { explanation: 'nobody read the accounts' });
  return conclude('bank', 'ok', operations.length, { explanation: `${counted(reads.length, 'read')} showed a total of ${total}` });
}

function balancesOf(read: Operation): [string, HistoryValue][] {
  if (!isLoose(read.output)) throw unusable(read, `it answered ${inWords(read.output)}`);
  return Object.entries(read.output) as [string, HistoryValue][];
}

function unusable(read: Operation, what: string): UsageError {
  return new UsageError('UNSUPPORTED_OPERATION', `a read of a bank answers { account: balance }; operation ${read.id}: ${what}`);
}
