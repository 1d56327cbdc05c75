--[[
  One look at everything that may have lost its process. While Redis takes no writes (memory full, a read-only replica) it
  takes no heartbeats either: this fails then as well, and the gap in its sweeps keeps the watchdog from judging anybody.

  KEYS[1]  prefix
  ARGV[1]  silence after which an attempt or a worker is lost, in ms
  ARGV[2]  age from which an outbox entry is reconciled by the sweep, in ms
  ARGV[3]  max entries of each list
  ARGV[4]  how long a silent worker is counted, in ms
  ARGV[5]  worker that sweeps
  ARGV[6]  silence within which a worker counts as a connection watcher, in ms
  ARGV[7]  gap between heartbeats that is a standstill, in ms
  ARGV[8]  waiting jobs to be checked in BullMQ
  ARGV[9]  how many connection watchers there are: they check them
  Replies
    {now, {silent attempts}, {jobs with an old outbox entry}, {jobs past due}, living workers, silent workers,
     connection watchers whose id comes before that of the one that sweeps, webhooks that are due,
     {id, queue, ... of waiting jobs to be checked}}
]]
local lostAfterMs, limit, worker = tonumber(ARGV[1]), tonumber(ARGV[3]), ARGV[5]
local since = upSince(tonumber(ARGV[7]))
local lostBefore = now - lostAfterMs

-- When there are more than `limit`, each call begins elsewhere: entries that cannot be handled (a broken record)
-- must not hide the others for ever. It may begin beyond both ends, so that the first and the last are as likely as the rest.
local function membersUpTo(key, score)
  local more = redis.call('ZCOUNT', P .. key, '-inf', score) - limit
  local from = more > 0 and math.min(math.max(now % (more + 2 * limit) - limit, 0), more) or 0
  return redis.call('ZRANGEBYSCORE', P .. key, '-inf', score, 'LIMIT', from, limit)
end

local function watchersBefore()
  local before = 0
  for _, each in ipairs(redis.call('ZRANGEBYSCORE', P .. ':workers', now - tonumber(ARGV[6]), '+inf')) do
    if each < worker then before = before + 1 end
  end
  return before
end

-- Waiting jobs without an outbox entry, a few in each call, beginning anywhere: BullMQ should have them. It may not where a
-- process was stopped in the middle of an old change, or where they were removed with another tool.
local function waitingToCheck(most)
  local count = redis.call('ZCARD', P .. ':by:*:queued')
  local from = count > 0 and now % count or 0
  local found = {}
  for _, id in ipairs(redis.call('ZRANGE', P .. ':by:*:queued', from, from + most - 1)) do
    local f = redis.call('HMGET', jobKey(id), 'queue', 'attempt', 'kind')
    if f[1] and f[2] == '0' and f[3] ~= 'workflow' and not redis.call('ZSCORE', P .. ':outbox', id) then
      found[#found + 1] = id
      found[#found + 1] = f[1]
    end
  end
  return found
end

-- In a standstill, however short, no heartbeat could arrive: every worker has a whole window after it.
local silent = since < lostBefore and membersUpTo(':leases', lostBefore) or {}
local before = watchersBefore()
return { now, silent, membersUpTo(':outbox', now - tonumber(ARGV[2])), membersUpTo(':due', now),
  redis.call('ZCOUNT', P .. ':workers', '(' .. lostBefore, '+inf'),
  redis.call('ZCOUNT', P .. ':workers', lostBefore - tonumber(ARGV[4]), lostBefore),
  before, redis.call('ZCOUNT', P .. ':webhooks', '-inf', now),
  before < tonumber(ARGV[9]) and waitingToCheck(tonumber(ARGV[8])) or {} }
