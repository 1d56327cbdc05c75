import { createHmac } from 'node:crypto';

/**
 * The value of the header `Leeway-Signature`: when it was signed, in seconds, and HMAC-SHA256 over `<t>.<body>`. The time is
 * part of what is signed, so that nobody can send an old delivery again later.
 */
export function signature(body: string, secret: string, nowMs: number): string {
  const t = Math.floor(nowMs / 1_000);
  const mac = createHmac('sha256', secret).update(`${t}.${body}`).digest('hex');
  return `t=${t},v1=${mac}`;
}
