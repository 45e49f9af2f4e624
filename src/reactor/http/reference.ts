/** The page at /api: what the document of the interface says, for people. One file that loads nothing from anywhere. */
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { describeRoutes } from './openapi.ts';

type Document = ReturnType<typeof describeRoutes>;
type Html = ReturnType<typeof html>;
/** As much of JSON Schema as the page shows. */
type Schema = Readonly<{
  $ref?: string;
  type?: string;
  format?: string;
  const?: unknown;
  enum?: readonly unknown[];
  default?: unknown;
  description?: string;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
}>;
type Content = Readonly<Record<string, Readonly<{ schema?: Schema }>>>;
type Operation = Readonly<{
  operationId: string;
  summary: string;
  tags: readonly string[];
  'x-roles': readonly string[];
  parameters?: readonly Readonly<{ in: string; name: string; required?: boolean; schema?: Schema }>[];
  requestBody?: Readonly<{ content: Content }>;
  responses: Readonly<Record<string, Readonly<{ description: string; content?: Content }>>>;
}>;
type Shown = Readonly<{ method: string; path: string; operation: Operation }>;

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --quiet: #767676; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; display: grid; grid-template-columns: 15rem minmax(0, 1fr); }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem; border-right: 1px solid var(--line); }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li { margin: 0.2rem 0; }
main { padding: 1.5rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 60rem; }
h1 { margin-top: 0; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); }
article { margin: 2rem 0; scroll-margin-top: 1rem; }
h3 { margin: 0; font: 600 1rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
h4 { margin: 1rem 0 0.25rem; font-size: 0.85rem; color: var(--quiet); }
.method { display: inline-block; min-width: 4.5rem; text-transform: uppercase; }
p { margin: 0.25rem 0; }
code, .type { font-family: ui-monospace, monospace; font-size: 0.85em; }
.type, .quiet { color: var(--quiet); overflow-wrap: anywhere; }
ul.fields { list-style: none; margin: 0; padding-left: 1rem; border-left: 2px solid var(--line); }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; border: 0; } }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** With it the page can do nothing but be read. */
export const REFERENCE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Writes the page. */
export function referencePage(document: Document): Html {
  const shown = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    // What `describeRoutes` writes, of which the types of the document know less.
    Object.entries(item as Record<string, Operation>).map(
      ([method, operation]): Shown => ({ method, path, operation }),
    ),
  );
  const tags = [...Map.groupBy(shown, ({ operation }) => operation.tags[0] ?? '')];
  const schemas = Object.entries((document.components?.schemas ?? {}) as Record<string, Schema>);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Kustodia: the REST interface</title>
        <style>${raw(STYLE)}</style>
      </head>
      <body>
        <nav aria-label="Contents">
          <ul>${[...tags.map(([tag]) => tag), 'Shapes'].map((tag) => html`<li><a href="#${anchor(tag)}">${tag}</a></li>`)}</ul>
        </nav>
        <main>
          <h1>The REST interface</h1>
          <p>${document.info.description}</p>
          <p>Every request carries <code>Authorization: Bearer kus_…</code>. A command also carries an <code>Idempotency-Key</code>:
            repeated with the same key and body it is done once, and answered as before. With <code>?dryRun=true</code>, where it is
            taken, everything is checked and nothing is done. An error is a <a href="#shape-Problem">Problem</a> (RFC 9457) that says what happened and what to do.</p>
          <p>For programs: <a href="/api/openapi.json">/api/openapi.json</a> (OpenAPI ${document.openapi}).</p>
          ${tags.map(([tag, operations]) => html`<h2 id="${anchor(tag)}">${tag}</h2>${operations.map(article)}`)}
          <h2 id="shapes">Shapes</h2>
          ${schemas.map(
            ([name, schema]) =>
              html`<article id="shape-${name}"><h3>${name}</h3>${fieldsOf(schema) || typeOf(schema)}</article>`,
          )}
        </main>
      </body>
    </html>` as Html;
}

const anchor = (text: string): string => text.toLowerCase().replaceAll(' ', '-');

function article({ method, path, operation }: Shown): Html {
  const { operationId, summary, parameters = [], requestBody, responses } = operation;
  return html`<article id="${operationId}">
    <h3><span class="method">${method}</span>${path}</h3>
    <p>${summary}.</p>
    <p class="quiet">For keys of the role ${operation['x-roles'].join(', ')}.</p>
    ${
      parameters.length === 0
        ? ''
        : html`<h4>Parameters</h4><ul class="fields">${parameters.map(
            ({ in: place, name, required, schema = {} }) =>
              html`<li><code>${name}</code> <span class="type">${place}, ${typeOf(schema)}${required ? '' : ', may be left out'}</span> ${schema.description ?? ''}</li>`,
          )}</ul>`
    }
    ${requestBody ? html`<h4>Body</h4>${shape(requestBody.content)}` : ''}
    ${Object.entries(responses)
      .filter(([status]) => status.startsWith('2'))
      .map(
        ([status, { description, content }]) =>
          html`<h4>${status}: ${description}</h4>${content ? shape(content) : ''}`,
      )}
  </article>` as Html;
}

function shape(content: Content): Html | string {
  const [only] = Object.values(content);
  const schema = only?.schema ?? {};
  return fieldsOf(schema) || typeOf(schema);
}

/** The fields of an object, or of each of several that it may be; nothing of what has no fields. */
function fieldsOf(schema: Schema): Html | '' {
  const options = schema.oneOf ?? schema.anyOf;
  if (options) {
    const written = options.map((one) => fieldsOf(one) || (one.$ref ? typeOf(one) : '')).filter((one) => one !== '');
    return written.length === 0
      ? ''
      : (html`${written.map((one, i) => html`${i === 0 ? '' : html`<p class="quiet">or</p>`}${one}`)}` as Html);
  }
  if (schema.items) return fieldsOf(schema.items);
  if (!schema.properties) return '';
  const required = new Set(schema.required);
  return html`<ul class="fields">${Object.entries(schema.properties).map(
    ([name, field]) =>
      html`<li><code>${name}</code> <span class="type">${typeOf(field)}${required.has(name) ? '' : ', may be left out'}${
        field.default === undefined ? '' : `, ${JSON.stringify(field.default)} unless told`
      }</span> ${field.description ?? ''}${fieldsOf(field)}</li>`,
  )}</ul>` as Html;
}

/** What a value is, in a few words. */
function typeOf(schema: Schema): Html | string {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return html`<a href="#shape-${name}">${name}</a>` as Html;
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map(String).join(' | ');
  const options = schema.oneOf ?? schema.anyOf;
  if (options) {
    const kinds = options.map(typeOf);
    return html`${kinds.map((one, i) => html`${i === 0 ? '' : ' | '}${one}`)}` as Html;
  }
  if (schema.items) return html`list of ${typeOf(schema.items)}` as Html;
  return schema.format ?? schema.type ?? 'anything';
}
