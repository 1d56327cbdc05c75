--[[
  Attempts. The record holds the number of the open one (field attempt; 0: none), which no other attempt of the job ever
  had. That number is the fencing token: every write of an attempt compares it first, and a late writer changes nothing.

  Fields of attempt n in the record, a<n>:<name>:
    worker, startedAt, endedAt, outcome, cause, durationMs
    decision             JSON; deadlineAt follows from it, from extensions and pauses
    pausedMs             how long its clocks were stopped
    waiting, waitingAt   JSON reason of a wait for a person, and since when
    phase, monitor       JSON, as its stream shows them
    bytes, truncated     stored output, and whether some was dropped
    partial              1: its result is not complete
    deathCause, cleared  why its worker died, and 1 where the attempt had no part in it
]]

-- A late write, by what it was: nothing changes but this counter.
local function countRefused(write) redis.call('HINCRBY', P .. ':tally', 'refused:' .. write, 1) end

local function renewLease(attemptId) redis.call('ZADD', P .. ':leases', now, attemptId) end

-- How long ago a lease was renewed, in ms.
local function leaseAgeMs(attemptId)
  return now - tonumber(redis.call('ZSCORE', P .. ':leases', attemptId) or '0')
end

-- Closes attempt n: later writes of it are refused.
local function closeAttempt(id, n, outcome, cause, durationMs)
  local job = jobKey(id)
  local a = attemptFields(n)
  local f = redis.call('HMGET', job, 'tenantKey', 'classKey', 'spentMs', a .. 'worker')
  redis.call('HSET', job, 'attempt', '0', a .. 'endedAt', now, a .. 'outcome', outcome, a .. 'cause', cause,
    a .. 'durationMs', durationMs, 'spentMs', tonumber(f[3] or '0') + durationMs)
  redis.call('ZREM', P .. ':leases', id .. '.' .. n)
  redis.call('ZREM', P .. ':running:' .. f[1] .. ':' .. f[2], id .. '.' .. n .. ' ' .. (f[4] or ''))
end

-- Since when Redis has been asked without a gap of awayAfterMs. In such a gap Redis stood still, or every worker did.
local function upSince(awayAfterMs)
  local f = redis.call('HMGET', P .. ':uptime', 'lastAt', 'since')
  local since = tonumber(f[2] or '0')
  if f[1] and now - tonumber(f[1]) > awayAfterMs then since = now end
  redis.call('HSET', P .. ':uptime', 'lastAt', now, 'since', since)
  return since
end
