-- Shared by the scripts of providers: put behind lib.lua when they are loaded.
--   :provider:<name>        hash  the circuit: `st` (closed, held, open, parked), `until`, `since`, `reason`, `opens` (how often in
--                                 a row it opened or was parked), `by` (the job whose call opened it), `probe` (the job that
--                                 tries), `probeUntil`; and counters
--   :provider:<name>:calls  list  newest first: <when it ended>:<1 the provider answered | 0 it failed>
-- The state that everybody obeys follows from `st` and the time: `half_open` is open or parked with its time over.
local function circuit(name, now)
  local key = P .. ':provider:' .. name
  local f = redis.call('HMGET', key, 'st', 'until', 'since', 'reason', 'opens', 'probe', 'probeUntil', 'by')
  local c = { key = key, now = now, st = f[1] or 'closed', untilMs = tonumber(f[2] or '0'), since = f[3] or '', reason = f[4] or '',
    opens = tonumber(f[5] or '0'), probe = f[6], probeUntil = tonumber(f[7] or '0'), by = f[8] }
  if c.probe and c.probeUntil <= now then c.probe = false end
  local over = c.untilMs <= now
  c.state = c.st == 'held' and over and 'closed' or (c.st == 'open' or c.st == 'parked') and over and 'half_open' or c.st
  return c
end

-- {state, until or "", ms until then, since, reason, 1 a probe is on its way | 0, 1 this call changed it | 0}
local function said(c, changed)
  local waits = c.state ~= 'closed' and c.state ~= 'half_open'
  return { c.state, waits and c.untilMs or '', waits and c.untilMs - c.now or 0, c.since, c.state == 'closed' and '' or c.reason, c.state == 'half_open' and c.probe and 1 or 0,
    changed and 1 or 0 }
end

local function count(c, counter) redis.call('HINCRBY', c.key, counter, 1) end

local function close(c, now)
  redis.call('HSET', c.key, 'st', 'closed', 'since', now)
  redis.call('HDEL', c.key, 'until', 'reason', 'probe', 'probeUntil', 'by')
  redis.call('DEL', c.key .. ':calls')
end

local function shut(c, st, untilMs, reason, job, now)
  redis.call('HSET', c.key, 'st', st, 'until', untilMs, 'since', now, 'reason', reason, 'by', job)
  redis.call('HDEL', c.key, 'probe', 'probeUntil')
end

-- A pause that doubles each time in a row. `n`: 1 for the first.
local function grown(ms, most, n) return math.floor(math.min(tonumber(ms) * 2 ^ math.min(n - 1, 30), tonumber(most))) end

local function note(c, answered, kept, windowMs, now)
  local calls = c.key .. ':calls'
  redis.call('LPUSH', calls, now .. ':' .. answered)
  redis.call('LTRIM', calls, 0, kept - 1)
  redis.call('PEXPIRE', calls, windowMs)
end
