-- Jobs without an open attempt: how long they may wait, and pauses.

local function setDueAt(id, due, cause)
  redis.call('HSET', jobKey(id), 'dueCause', cause)
  redis.call('ZADD', P .. ':due', due, id)
end

-- When a waiting job ends for waiting: the earliest of queue wait, overall limit and completeBy. The overall limit only
-- ends a back-off: before the first attempt, and while nothing but a worker is missing, the queue wait is the limit.
local function setDue(id, readyAt)
  local f = redis.call('HMGET', jobKey(id), 'queueMs', 'overallMs', 'spentMs', 'completeBy', 'last')
  local due, cause = nil, nil
  local function consider(at, name)
    if at and (not due or at < due) then due, cause = at, name end
  end
  if f[1] then consider(readyAt + tonumber(f[1]), 'queue_wait') end
  if f[2] and readyAt > now and f[5] ~= '0' then consider(now + tonumber(f[2]) - tonumber(f[3] or '0'), 'overall') end
  if f[4] then consider(tonumber(f[4]), 'complete_by') end
  if due then setDueAt(id, due, cause) end
end

local function clearDue(id) redis.call('ZREM', P .. ':due', id) end

-- When a paused job without an attempt resumes by itself, or ends: of its limits only completeBy counts.
local function setPauseDue(id)
  local f = redis.call('HMGET', jobKey(id), 'completeBy', 'pauseUntil')
  local due, cause = tonumber(f[2] or now), 'pause'
  if f[1] and tonumber(f[1]) < due then due, cause = tonumber(f[1]), 'complete_by' end
  setDueAt(id, due, cause)
end

-- Pauses a job that has no open attempt. BullMQ forgets it until it resumes.
local function park(id)
  setState(id, 'paused')
  setPauseDue(id)
  workStopped(id)
end

local function requeue(id, readyAt)
  setState(id, readyAt > now and 'scheduled' or 'queued')
  redis.call('HSET', jobKey(id), 'readyAt', readyAt)
  setDue(id, readyAt)
end

-- Resumes a job that has no open attempt.
local function unpark(id)
  local readyAt = tonumber(redis.call('HGET', jobKey(id), 'readyAt') or now)
  redis.call('HDEL', jobKey(id), 'pause', 'pauseUntil')
  clearDue(id)
  requeue(id, math.max(now, readyAt))
  event(id, 'resumed', 0, {})
  enqueueSync(id)
end
