import { AsyncLocalStorage } from 'node:async_hooks';
import type { SpanContext } from '@opentelemetry/api';
import type { Logger } from 'pino';
import { escrowOf, escrowRootOf, rootOf } from '../../trace/ids.ts';
import { attributesOf, openSpans } from '../../trace/open.ts';
import type { Tracer } from '../work.ts';

export type OpenTracerParameters = Readonly<{
  /** Where OTLP over HTTP is taken, such as http://localhost:4318: traces go to /v1/traces under it. */
  endpoint: string;
  /** Names this process among those that work on one payment. */
  holder: string;
  log: Logger;
}>;

/** The reactor's spans, in the traces of its payments. */
export async function openTracer({ endpoint, holder, log }: OpenTracerParameters): Promise<Tracer> {
  const spans = await openSpans({
    ...{ endpoint, service: 'kustodia-reactor', instance: holder },
    onLost: (sentence) => log.warn({ event: 'traces_not_sent' }, sentence),
  });
  const here = new AsyncLocalStorage<{ payment: string; span: SpanContext }>();

  /** A part of what is traced around it where that is of the same payment; else under the payment's root, linked to what is around. */
  function place(payment: string) {
    const around = here.getStore();
    const isPart = around?.payment === payment;
    return {
      links: around && !isPart ? [{ context: around.span }] : [],
      under: spans.under(isPart ? around.span : rootOf(payment)),
    };
  }

  return {
    begin: (payment) => {
      spans.start('payment', { attributes: attributesOf({ payment }) }, null, rootOf(payment)).end();
    },
    join: (work, reference) => {
      const attributes = attributesOf({ ...work, reference });
      const [inside, escrow] = [escrowOf(work.payment, reference), escrowRootOf(reference)];
      const above = spans.under(rootOf(work.payment));
      spans.start('escrow', { attributes, links: [spans.link(escrow)] }, above, inside).end();
      spans.start('escrow', { attributes, links: [spans.link(inside)] }, null, escrow).end();
    },
    span: async (name, work, run, facts = {}) => {
      const { payment } = work;
      if (payment === undefined) return run();
      const { links, under } = place(payment);
      const span = spans.start(name, { links, attributes: attributesOf({ ...work, ...facts }) }, under);
      try {
        return await here.run({ payment, span: span.spanContext() }, run);
      } catch (error) {
        spans.fail(span, error instanceof Error ? error.name : typeof error);
        throw error;
      } finally {
        span.end();
      }
    },
    past: (name, work, { from, took_ms }, facts = {}) => {
      if (work.payment === undefined) return;
      const { links, under } = place(work.payment);
      const attributes = attributesOf({ ...work, ...facts });
      spans.start(name, { links, startTime: from, attributes }, under).end(new Date(from.getTime() + took_ms));
    },
    stop: spans.stop,
  };
}
