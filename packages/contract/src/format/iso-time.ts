import { z } from 'zod';

export const isoTime = z.iso.datetime().describe('UTC, ISO 8601');
