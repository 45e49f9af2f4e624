const MOMENT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})$/i;

/**
 * Reads a timestamp that names its zone; nanoseconds (J/trigger-a-token-issuance-via-bitso-transfer) are cut to milliseconds.
 * Null for everything else. SPEI's lists carry no zone (J/list-created-clabes, “server timezone”), which nobody says is UTC:
 * no date is better than one that is six hours wrong, so of those only the text is kept.
 */
export function readMoment(text: string | null): Date | null {
  const [, day, time, fraction = '', zone] = MOMENT.exec(text ?? '') ?? [];
  if (!day || !time || !zone) return null;
  const clock = Date.parse(`${day}T${time}Z`);
  // V8 reads the 30th of February as the 2nd of March.
  if (Number.isNaN(clock) || !new Date(clock).toISOString().startsWith(`${day}T${time}`)) return null;
  const offset = zone.toUpperCase() === 'Z' ? '+00:00' : zone.replace(/^([+-]\d{2}):?(\d{2})$/, '$1:$2');
  const at = new Date(`${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}${offset}`);
  return Number.isNaN(at.getTime()) ? null : at;
}
