import type { Audit } from './audit.ts';
import type { Finding } from './findings.ts';

const MOST_SHOWN = 200;

/** The audit as a page for people: what was read, what was found, and what to do about each. */
export function pageOf({ counts, findings, orphans, read }: Audit): string {
  const looked = `Read at block ${read.block}: ${read.payments} payments, ${read.legs} legs, ${read.deposits} deposits, ${read.juno_transactions} transactions of Juno, ${read.payouts} payouts, ${read.escrows} escrows, ${read.transfers} transfers, ${read.evidence} pieces of evidence.`;
  const table = Object.entries(counts).map(([code, count]) => `  ${String(count).padStart(6)}  ${code}`);
  const verdict =
    findings.length === 0
      ? 'Nothing found: what is out there and what the books say are the same.'
      : `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}, each seen twice:`;
  const more = findings.length > MOST_SHOWN ? [`  … and ${findings.length - MOST_SHOWN} more: --json has all.`] : [];
  const told = orphans
    .slice(0, MOST_SHOWN)
    .map(
      ({ escrow, amount, reference, evidence }) =>
        `  Escrow ${escrow} of ${amount} was made in ${evidence} and never funded${reference === null ? '' : `, under ${reference}`}. It holds nothing: nothing is to be done.`,
    );
  return [looked, ...told, '', ...table, '', verdict, ...findings.slice(0, MOST_SHOWN).map(paragraph), ...more].join(
    '\n',
  );
}

const paragraph = ({ code, payment, amount, evidence, what, todo }: Finding): string =>
  [
    '',
    `  ${code}${payment === null ? '' : ` · payment ${payment}`}${amount === null ? '' : ` · ${amount}`}`,
    `    ${what}`,
    `    Evidence: ${evidence.join(', ')}`,
    `    ${todo}`,
  ].join('\n');
