import { readBooks } from './books.ts';
import { type DriveParameters, drive } from './drive.ts';
import { judge, type Report } from './report.ts';
import type { World } from './world.ts';

/** Drives payments through a world and judges them from its far end. An incomplete payment is in the report, never an error. */
export async function driveAndJudge(
  world: World,
  parameters: Omit<DriveParameters, 'api' | 'deposit'>,
): Promise<Report> {
  const began = performance.now();
  const driven = await drive({ ...parameters, api: world.api, deposit: world.deposit });
  const books = await readBooks(world, driven, performance.now() - began);
  const asked = driven.map(({ depositedAt, ...payment }) => ({ ...payment, hasDeposited: depositedAt !== undefined }));
  return judge(asked, books);
}
