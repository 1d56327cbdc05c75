import { withTimeout } from '@leeway/runtime/timeout';
import { isReady, type RedisConnection } from './connection.js';

/** Checks now, and whenever Redis comes back, as it may be another server then. Each warning is given once. */
export function watchDurability(redis: RedisConnection, mostMs: number, onWarning: (text: string) => void): void {
  const given = new Set<string>();
  const check = async () => {
    const warnings = await withTimeout(durabilityWarnings(redis), mostMs).catch(() => []);
    for (const text of warnings.filter((each) => !given.has(each))) onWarning(text);
    for (const text of warnings) given.add(text);
  };
  redis.on('ready', () => void check());
  if (isReady(redis)) void check();
}

/** Settings of this Redis that can lose acknowledged jobs, one sentence each. By INFO and not CONFIG, which hosted servers bar. */
async function durabilityWarnings(redis: RedisConnection): Promise<string[]> {
  const [persistence, memory] = await Promise.all([redis.info('persistence'), redis.info('memory')]);
  const warnings: string[] = [];
  if (valueOf(persistence, 'aof_enabled') === '0')
    warnings.push(
      'The append-only file of this Redis is off: jobs that were accepted are lost when it crashes. Set "appendonly yes".',
    );
  const policy = valueOf(memory, 'maxmemory_policy');
  if (valueOf(memory, 'maxmemory') !== '0' && policy !== undefined && policy !== 'noeviction')
    warnings.push(
      `This Redis evicts keys when its memory is full (maxmemory-policy ${policy}), and with them jobs and history. Set "maxmemory-policy noeviction".`,
    );
  return warnings;
}

function valueOf(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}
