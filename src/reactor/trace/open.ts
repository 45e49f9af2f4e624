import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attributes, SpanContext } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import type { Facts, Tracer, Work } from '../work.ts';
import { type Root, rootOf } from './ids.ts';

export type OpenTracerParameters = Readonly<{
  /** Where OTLP over HTTP is taken, such as http://localhost:4318: traces go to /v1/traces under it. */
  endpoint: string;
  /** Names this process among those that work on one payment. */
  holder: string;
  log: Logger;
}>;

const SEND_EVERY_MS = 1_000;
const SEND_TIMEOUT_MS = 5_000;
/** More than these wait for the collector: what comes then is left out. */
const MOST_WAITING = 4_096;
const LAST_SEND_MS = 2_000;
const TELL_EVERY_MS = 600_000;

/**
 * Loads OpenTelemetry, which nobody pays for who asks for no traces, and sends spans to a collector. A collector that is away costs
 * spans and nothing else: they are sent beside the work, from a bounded queue. Attributes are ids and words of our own: no person, no
 * amount, no account, and of an error its name alone.
 */
export async function openTracer({ endpoint, holder, log }: OpenTracerParameters): Promise<Tracer> {
  const [{ ROOT_CONTEXT, SpanStatusCode, TraceFlags, trace }, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const random = new sdk.RandomIdGenerator();
  /** Set only while a root is begun, which is done in one go. */
  let root: Root | null = null;
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'kustodia-reactor', 'service.instance.id': holder }),
    idGenerator: {
      generateTraceId: () => root?.traceId ?? random.generateTraceId(),
      generateSpanId: () => root?.spanId ?? random.generateSpanId(),
    },
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: telling(
          new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces`, timeoutMillis: SEND_TIMEOUT_MS }),
          log,
        ),
        scheduledDelayMillis: SEND_EVERY_MS,
        maxQueueSize: MOST_WAITING,
      }),
    ],
  });
  const tracer = provider.getTracer('kustodia');
  const here = new AsyncLocalStorage<{ payment: string; span: SpanContext }>();

  /** A part of what is traced around it where that is of the same payment; else under the payment's root, linked to what is around. */
  function place(payment: string) {
    const around = here.getStore();
    const isPart = around?.payment === payment;
    const above = isPart ? around.span : { ...rootOf(payment), traceFlags: TraceFlags.SAMPLED, isRemote: true };
    return {
      links: around && !isPart ? [{ context: around.span }] : [],
      under: trace.setSpanContext(ROOT_CONTEXT, above),
    };
  }

  return {
    begin: (payment) => {
      root = rootOf(payment);
      try {
        tracer.startSpan('payment', { root: true, attributes: attributesOf({ payment }) }, ROOT_CONTEXT).end();
      } finally {
        root = null;
      }
    },
    span: async (name, work, run, facts) => {
      const { payment } = work;
      if (payment === undefined) return run();
      const { links, under } = place(payment);
      const span = tracer.startSpan(name, { links, attributes: attributesOf(work, facts) }, under);
      try {
        return await here.run({ payment, span: span.spanContext() }, run);
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : typeof error });
        throw error;
      } finally {
        span.end();
      }
    },
    past: (name, work, { from, took_ms }, facts) => {
      if (work.payment === undefined) return;
      const { links, under } = place(work.payment);
      const span = tracer.startSpan(name, { links, startTime: from, attributes: attributesOf(work, facts) }, under);
      span.end(new Date(from.getTime() + took_ms));
    },
    stop: async () => {
      await Promise.race([provider.shutdown().catch(() => undefined), sleep(LAST_SEND_MS, null, { ref: false })]);
    },
  };
}

const attributesOf = (work: Work, facts: Facts = {}): Attributes =>
  Object.fromEntries(Object.entries({ ...work, ...facts }).map(([name, value]) => [`kustodia.${name}`, value]));

/** Says now and then that spans are lost; the exporter's own errors may repeat the address, which may hold a key. */
function telling(exporter: SpanExporter, log: Logger): SpanExporter {
  let toldAt_ms = Number.NEGATIVE_INFINITY;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.code !== 0 && performance.now() - toldAt_ms > TELL_EVERY_MS) {
          toldAt_ms = performance.now();
          log.warn({ event: 'traces_not_sent' }, 'the collector takes no traces; payments go on, their spans are lost');
        }
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
