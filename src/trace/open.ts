import { setTimeout as sleep } from 'node:timers/promises';
import type { Attributes, Context, Link, Span, SpanOptions } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Ids } from './ids.ts';

export type OpenSpansParameters = Readonly<{
  /** Where OTLP over HTTP is taken, such as http://localhost:4318: traces go to /v1/traces under it. */
  endpoint: string;
  /** Which part of the system it is, such as `kustodia-reactor`. */
  service: string;
  /** Names this process among those of its kind. */
  instance: string;
  /** The collector takes none: told once in ten minutes. */
  onLost: (sentence: string) => void;
}>;

export type At = Readonly<{ from: Date; took_ms: number }>;

export type Spans = Readonly<{
  /** Begins a span; ids that are given are its own, others are drawn. */
  start: (name: string, options: SpanOptions, under: Context | null, ids?: Partial<Ids>) => Span;
  /** Where a span that another process may have written is above. */
  under: (above: Ids) => Context;
  link: (to: Ids) => Link;
  /** Tells of what is over by now. */
  past: (name: string, under: Ids, at: At, facts: Readonly<Record<string, string | number>>, spanId?: string) => void;
  /** Marks it as failed, by the name of what it failed of. */
  fail: (span: Span, what: string) => void;
  stop: () => Promise<void>;
}>;

const SEND_EVERY_MS = 1_000;
const SEND_TIMEOUT_MS = 5_000;
/** More than these wait for the collector: what comes then is left out. */
const MOST_WAITING = 4_096;
const LAST_SEND_MS = 2_000;
const TELL_EVERY_MS = 600_000;

/**
 * Loads OpenTelemetry, which nobody pays for who asks for no traces, and sends spans to a collector. A collector that is away costs
 * spans and nothing else: they are sent beside the work, from a bounded queue.
 */
export async function openSpans({ endpoint, service, instance, onLost }: OpenSpansParameters): Promise<Spans> {
  const [{ ROOT_CONTEXT, SpanStatusCode, TraceFlags, trace }, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const random = new sdk.RandomIdGenerator();
  /** Set only while a span is begun, which is done in one go. */
  let own: Partial<Ids> = {};
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.instance.id': instance }),
    idGenerator: {
      generateTraceId: () => own.traceId ?? random.generateTraceId(),
      generateSpanId: () => own.spanId ?? random.generateSpanId(),
    },
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: telling(
          new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces`, timeoutMillis: SEND_TIMEOUT_MS }),
          onLost,
        ),
        scheduledDelayMillis: SEND_EVERY_MS,
        maxQueueSize: MOST_WAITING,
      }),
    ],
  });
  const tracer = provider.getTracer('kustodia');
  const contextOf = (ids: Ids) => ({ ...ids, traceFlags: TraceFlags.SAMPLED, isRemote: true });
  const under = (above: Ids) => trace.setSpanContext(ROOT_CONTEXT, contextOf(above));
  const start: Spans['start'] = (name, options, above, ids = {}) => {
    own = ids;
    try {
      return tracer.startSpan(name, { ...options, root: above === null }, above ?? ROOT_CONTEXT);
    } finally {
      own = {};
    }
  };

  return {
    ...{ start, under },
    link: (to) => ({ context: contextOf(to) }),
    past: (name, above, { from, took_ms }, facts, spanId) => {
      const options = { startTime: from, attributes: attributesOf(facts) };
      start(name, options, under(above), spanId === undefined ? {} : { spanId }).end(
        new Date(from.getTime() + took_ms),
      );
    },
    fail: (span, what) => span.setStatus({ code: SpanStatusCode.ERROR, message: what }),
    stop: async () => {
      await Promise.race([provider.shutdown().catch(() => undefined), sleep(LAST_SEND_MS, null, { ref: false })]);
    },
  };
}

/** Ids and words of our own: no person, no amount, no account, and of an error its name alone. */
export const attributesOf = (facts: Readonly<Record<string, string | number>>): Attributes =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [`kustodia.${name}`, value]));

/** Says now and then that spans are lost; the exporter's own errors may repeat the address, which may hold a key. */
function telling(exporter: SpanExporter, onLost: (sentence: string) => void): SpanExporter {
  let toldAt_ms = Number.NEGATIVE_INFINITY;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.code !== 0 && performance.now() - toldAt_ms > TELL_EVERY_MS) {
          toldAt_ms = performance.now();
          onLost('the collector takes no traces; payments go on, their spans are lost');
        }
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
