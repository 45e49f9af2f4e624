/**
 * Loaded into Ponder's process before Ponder: when our end of its standard input closes, however the launcher ended, Ponder
 * ends as by Ctrl-C and gives its lock on the schema back. Ponder's own reaction would leave the lock, and the next start
 * would wait 25 seconds for it.
 */
import { isMainThread } from 'node:worker_threads';

if (isMainThread) process.stdin.on('end', () => process.kill(process.pid, 'SIGINT')).resume();
