export const QUEUES = [
  'attention',
  'approvals',
  'unknown',
  'suspense',
  'breaks',
  'disputes',
  'returned',
  'holds',
] as const;
export type QueueName = (typeof QUEUES)[number];

export const queueOf = (given: Readonly<Record<string, unknown>>): Readonly<{ queue?: QueueName }> => {
  const queue = QUEUES.find((one) => one === given['queue']);
  return queue ? { queue } : {};
};
