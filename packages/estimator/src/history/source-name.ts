const MAX_SOURCE = 8;

/** A worker's id, shortened to what a sample can carry; ids differ at their end. */
export function sourceName(worker: string | undefined): string {
  const plain = (worker ?? '').replaceAll(/[^A-Za-z0-9_~.-]/g, '').slice(-MAX_SOURCE);
  return plain === '' ? 'unknown' : plain;
}
