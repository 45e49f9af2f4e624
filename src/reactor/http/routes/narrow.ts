import { z } from 'zod';

/** Of a value, what a schema names: whatever else is in it, however deep, is left out. Says nothing of whether it fits. */
export function narrow(schema: z.ZodType, value: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return value === undefined || value === null ? value : narrow(schema.unwrap() as z.ZodType, value);
  if (schema instanceof z.ZodUnion) {
    const options = schema.options as readonly z.ZodType[];
    const fitting = options
      .map((one) => [one, narrow(one, value)] as const)
      .find(([one, n]) => one.safeParse(n).success);
    return fitting?.[1];
  }
  // Declared to hold anything: names and values of somebody else's making.
  if (schema instanceof z.ZodUnknown) return value;
  if (schema instanceof z.ZodRecord)
    return isObject(value) ? mapped(value, Object.keys(value), () => schema.valueType as z.ZodType) : undefined;
  if (schema instanceof z.ZodArray)
    return Array.isArray(value) ? value.map((one) => narrow(schema.element as z.ZodType, one)) : undefined;
  if (schema instanceof z.ZodObject)
    return isObject(value)
      ? mapped(value, Object.keys(schema.shape), (name) => schema.shape[name] as z.ZodType)
      : undefined;
  return typeof value === 'object' && value !== null ? undefined : value;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mapped = (value: Record<string, unknown>, names: readonly string[], schemaOf: (name: string) => z.ZodType) =>
  Object.fromEntries(names.filter((name) => name in value).map((name) => [name, narrow(schemaOf(name), value[name])]));
