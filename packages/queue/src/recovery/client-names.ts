const HEARTBEAT = 'leeway-beat:';
const WORKER = 'leeway-worker:';
const ANY_OF_WORKER = new RegExp(` name=(?:${HEARTBEAT}|${WORKER})(\\S+)`, 'g');

/** The name under which a worker's heartbeat connects. */
export function beatClientName(worker: string): string {
  return `${HEARTBEAT}${worker}`;
}

/** The name of all other connections of a worker, those that BullMQ duplicates included. */
export function workerClientName(worker: string): string {
  return `${WORKER}${worker}`;
}

/** The workers that have a connection, from the reply to CLIENT LIST. */
export function workersIn(clientList: string): Set<string> {
  return new Set(Array.from(clientList.matchAll(ANY_OF_WORKER), (match) => match[1] as string));
}
