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

-- Ends what belongs to an open attempt alone: its lease, and its place among the running ones of its class.
local function leaveRunning(id, n, tenantKey, classKey, worker)
  redis.call('ZREM', P .. ':leases', id .. '.' .. n)
  redis.call('ZREM', P .. ':running:' .. tenantKey .. ':' .. classKey, id .. '.' .. n .. ' ' .. (worker or ''))
end

-- The fields of the record that close attempt n: later writes of it are refused.
local function closingFields(n, outcome, cause, durationMs, spentMs)
  local a = attemptFields(n)
  return 'attempt', '0', a .. 'endedAt', now, a .. 'outcome', outcome, a .. 'cause', cause, a .. 'durationMs', durationMs,
    'spentMs', tonumber(spentMs or '0') + durationMs
end

local function closeAttempt(id, n, outcome, cause, durationMs)
  local f = redis.call('HMGET', jobKey(id), 'tenantKey', 'classKey', 'spentMs', attemptFields(n) .. 'worker')
  redis.call('HSET', jobKey(id), closingFields(n, outcome, cause, durationMs, f[3]))
  leaveRunning(id, n, f[1], f[2], f[4])
end

-- Since when heartbeats or sweeps have arrived without a gap of standstillMs. Such a gap is a standstill of Redis, or of all workers.
local function upSince(standstillMs)
  local f = redis.call('HMGET', P .. ':uptime', 'lastAt', 'since')
  local since = tonumber(f[2] or '0')
  if f[1] and now - tonumber(f[1]) > standstillMs then since = now end
  redis.call('HSET', P .. ':uptime', 'lastAt', now, 'since', since)
  return since
end
