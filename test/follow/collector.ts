import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/** A span as a collector gets it. */
export type Span = Readonly<{
  name: string;
  traceId: string;
  spanId: string;
  parent: string | null;
  /** Which part of the system wrote it. */
  service: string;
  process: string;
  /** Of the spans that it is linked to. */
  links: readonly Readonly<{ traceId: string; spanId: string }>[];
  attributes: Readonly<Record<string, string | number>>;
  hasFailed: boolean;
}>;

const ATTRIBUTE = z.object({
  key: z.string(),
  value: z.object({
    stringValue: z.string().optional(),
    intValue: z.coerce.number().optional(),
    doubleValue: z.number().optional(),
  }),
});
const EXPORTED = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(ATTRIBUTE) }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              ...{ name: z.string(), traceId: z.string(), spanId: z.string(), parentSpanId: z.string().optional() },
              attributes: z.array(ATTRIBUTE).default([]),
              links: z.array(z.object({ traceId: z.string(), spanId: z.string() })).default([]),
              status: z.object({ code: z.number().optional() }).optional(),
            }),
          ),
        }),
      ),
    }),
  ),
});
const read = (attributes: readonly z.output<typeof ATTRIBUTE>[]) =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.doubleValue ?? '']),
  );

/** A collector that takes OTLP over HTTP as JSON on this machine alone, and beside it whatever webhooks are sent to /hook. */
export async function startCollector() {
  const spans: Span[] = [];
  const texts: string[] = [];
  let webhooks = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      if (request.url === '/hook') webhooks++;
      else if (request.url === '/v1/traces') {
        texts.push(text);
        for (const { resource, scopeSpans } of EXPORTED.parse(JSON.parse(text)).resourceSpans)
          for (const { name, traceId, spanId, parentSpanId, attributes, links, status } of scopeSpans.flatMap(
            (s) => s.spans,
          ))
            spans.push({
              ...{ name, traceId, spanId, parent: parentSpanId ?? null, attributes: read(attributes), links },
              service: String(read(resource.attributes)['service.name']),
              process: String(read(resource.attributes)['service.instance.id']),
              hasFailed: status?.code === 2,
            });
      }
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    spans: spans as readonly Span[],
    /** All that was sent, as it came. */
    text: () => texts.join('\n'),
    webhooks: () => webhooks,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
