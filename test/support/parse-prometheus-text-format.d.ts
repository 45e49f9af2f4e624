/** What the package answers; it has no types of its own. */
declare module 'parse-prometheus-text-format' {
  type Family = Readonly<{
    name: string;
    help: string;
    type: 'COUNTER' | 'GAUGE' | 'SUMMARY' | 'HISTOGRAM' | 'UNTYPED';
    metrics: Readonly<{ value?: string; labels?: Readonly<Record<string, string>> }>[];
  }>;
  export default function parsePrometheusTextFormat(text: string): Family[];
}
