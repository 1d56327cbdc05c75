/** What a running attempt reports. */
export type Report =
  | { type: 'output'; stream: 'stdout' | 'stderr' | 'text'; text: string }
  /** `monitor` is an event as well, `monitor_view` is only stored. */
  | { type: 'progress' | 'checkpoint' | 'phase' | 'monitor' | 'monitor_view' | 'marker'; value: unknown }
  | { type: 'late'; lateMs: number }
  /** A new deadline, in ms from the start without the time that the clocks were stopped; who moved it, and why. */
  | { type: 'extended'; deadlineMs: number; by: string; reason: string }
  /** It waits for a person: its clocks are stopped. */
  | { type: 'waiting'; reason: string | null }
  /** `pausedMs`: how long its clocks were stopped; the deadline moves by it. `why`: the wait was over, or at its limit. */
  | { type: 'resumed'; pausedMs: number; why: 'answered' | 'limit' };

/** The arguments of report.lua for one report: its kind, its data as JSON, and a number. */
export function reportArgs(report: Report): [kind: string, data: string, number: number] {
  switch (report.type) {
    case 'output':
      return encode(report.type, { stream: report.stream, text: report.text }, Buffer.byteLength(report.text));
    case 'extended': {
      const { deadlineMs, by, reason } = report;
      return encode(report.type, { deadlineMs, by, reason }, Math.round(deadlineMs));
    }
    case 'late':
      return encode(report.type, { lateMs: report.lateMs });
    case 'waiting':
      return encode(report.type, { reason: report.reason });
    case 'resumed': {
      const pausedMs = Math.round(report.pausedMs);
      return encode(report.type, { pausedMs, why: report.why }, pausedMs);
    }
    case 'progress':
    case 'checkpoint':
    case 'phase':
    case 'monitor':
    case 'monitor_view':
    case 'marker':
      return encode(report.type, report.value ?? null);
  }
}

function encode(kind: Report['type'], data: unknown, number = 0): [string, string, number] {
  return [kind, JSON.stringify(data), number];
}
