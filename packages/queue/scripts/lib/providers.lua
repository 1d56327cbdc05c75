--[[
  Circuit breakers of model providers, one state for all workers.

  :provider:<name>        hash  storedState (closed, held, open, parked), until, since, reason, opens (how often in a row it
                                opened or was parked), by (the job whose call opened it), probe (the job that tries whether
                                the provider is back), probeUntil; and counters
  :provider:<name>:calls  list  newest first: <ended at>:<1 the provider answered | 0 it failed>

  The state that counts follows from storedState and the time: half_open is open or parked with its time over.
]]

local function readCircuit(name)
  local key = P .. ':provider:' .. name
  local f = redis.call('HMGET', key, 'storedState', 'until', 'since', 'reason', 'opens', 'probe', 'probeUntil', 'by')
  local stored, untilMs = f[1] or 'closed', tonumber(f[2] or '0')
  local isOver = untilMs <= now
  local state = stored
  if isOver and stored == 'held' then state = 'closed' end
  if isOver and (stored == 'open' or stored == 'parked') then state = 'half_open' end
  local probe = f[6]
  if probe and tonumber(f[7] or '0') <= now then probe = false end
  return { key = key, state = state, untilMs = untilMs, since = f[3] or '', reason = f[4] or '', opens = tonumber(f[5] or '0'),
    probe = probe, by = f[8] }
end

-- In replies: circuit. State, until or "", ms until then, since, reason, 1 a probe is under way | 0, 1 this call changed it | 0
local function circuitReply(c, isChanged)
  local waits = c.state ~= 'closed' and c.state ~= 'half_open'
  return { c.state, waits and c.untilMs or '', waits and c.untilMs - now or 0, c.since, c.state == 'closed' and '' or c.reason,
    c.state == 'half_open' and c.probe and 1 or 0, isChanged and 1 or 0 }
end

local function countOfProvider(c, counter) redis.call('HINCRBY', c.key, counter, 1) end

local function closeCircuit(c)
  redis.call('HSET', c.key, 'storedState', 'closed', 'since', now)
  redis.call('HDEL', c.key, 'until', 'reason', 'probe', 'probeUntil', 'by')
  redis.call('DEL', c.key .. ':calls')
end

-- change: {state: held | open | parked, untilMs, reason, job whose call did it}.
local function stopCalls(c, change)
  redis.call('HSET', c.key, 'storedState', change.state, 'until', change.untilMs, 'since', now, 'reason', change.reason, 'by', change.job)
  redis.call('HDEL', c.key, 'probe', 'probeUntil')
end

-- Doubles each time in a row. n: 1 for the first.
local function backoffMs(ms, most, n) return math.floor(math.min(tonumber(ms) * 2 ^ math.min(n - 1, 30), tonumber(most))) end

-- answered: 1 | 0. kept: how many calls are remembered, for at most windowMs.
local function recordCall(c, answered, kept, windowMs)
  local calls = c.key .. ':calls'
  redis.call('LPUSH', calls, now .. ':' .. answered)
  redis.call('LTRIM', calls, 0, kept - 1)
  redis.call('PEXPIRE', calls, windowMs)
end
