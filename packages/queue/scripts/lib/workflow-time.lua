--[[
  The time budget of a workflow. It is spent while at least one step is at work: from its first start to its end, back-offs
  included; waiting for a worker and pauses are free. Steps side by side spend the same seconds.

  Fields of a workflow's record beside those of every job:
    plan                 JSON list of steps, as the estimator split the time
    s<i>:state           waiting | skipped | the state of the step's job
    s<i>:cause, s<i>:usedMs, s<i>:allocMs, s<i>:startedAt, s<i>:endedAt
    atWork               how many steps are at work
    workingSince         since when any is
    spentMs              time at work before that
    endState, endCause   how it will end, decided while steps are still running

  :job:<workflow>-s<i> is the record of a step, written with the workflow; it becomes a job when it gets a state.
]]

local function stepId(id, position) return id .. '-s' .. position end

-- Steps in their order: nil for any other job.
local function planOf(id)
  local plan = redis.call('HGET', dataKey(id), 'plan')
  return plan and cjson.decode(plan) or nil
end

-- What is left of the budget at a time, in ms; default: now.
local function leftMs(id, at)
  local f = redis.call('HMGET', jobKey(id), 'totalMs', 'spentMs', 'workingSince')
  local spent = tonumber(f[2] or '0')
  if f[3] then spent = spent + (at or now) - tonumber(f[3]) end
  return tonumber(f[1]) - spent
end

-- When the sweep has to act on a workflow: at its start, and at the end of its queue wait, its pause, its budget, or at
-- completeBy. While steps are at work their own clocks come first and know the true cause: the sweep is late by slackMs.
local function setWorkflowDue(id)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'state', 'readyAt', 'queueMs', 'completeBy', 'pauseUntil', 'workingSince', 'slackMs', 'endState')
  local due, cause = nil, nil
  local function consider(at, name)
    if at and (not due or at < due) then due, cause = at, name end
  end
  local slack = f[6] and tonumber(f[7]) or 0
  if f[1] == 'scheduled' then consider(tonumber(f[2]), 'start') end
  if f[1] == 'queued' and f[3] then consider(tonumber(f[2]) + tonumber(f[3]), 'queue_wait') end
  if f[1] == 'paused' then consider(tonumber(f[5]), 'pause') end
  if f[6] then consider(now + leftMs(id) + slack, 'budget_exhausted') end
  if f[4] then consider(tonumber(f[4]) + slack, 'complete_by') end
  redis.call('ZREM', P .. ':due', id)
  -- Once its end is decided it only waits for running steps, which have clocks of their own.
  if due and not f[8] then
    redis.call('HSET', job, 'dueCause', cause)
    redis.call('ZADD', P .. ':due', due, id)
  end
end

-- A job is at work: if it is a step, the budget of its workflow is being spent.
local function workStarted(id)
  local job = jobKey(id)
  local f = redis.call('HMGET', job, 'workflow', 'atWork')
  if not f[1] or f[2] then return end
  redis.call('HSET', job, 'atWork', '1')
  local workflow = jobKey(f[1])
  if redis.call('HINCRBY', workflow, 'atWork', 1) == 1 then redis.call('HSET', workflow, 'workingSince', now) end
  local w = redis.call('HMGET', workflow, 'state', 'startedAt', 'readyAt')
  if not w[2] then redis.call('HSET', workflow, 'startedAt', now, 'queuedMs', math.max(0, now - tonumber(w[3]))) end
  if w[1] == 'queued' then setState(f[1], 'running') end
  setWorkflowDue(f[1])
end

-- A job waits for a worker, is paused, or is over.
local function workStopped(id)
  local f = redis.call('HMGET', jobKey(id), 'workflow', 'atWork')
  if not f[1] or not f[2] then return end
  redis.call('HDEL', jobKey(id), 'atWork')
  local workflow = jobKey(f[1])
  if redis.call('HINCRBY', workflow, 'atWork', -1) > 0 then return end
  local w = redis.call('HMGET', workflow, 'spentMs', 'workingSince')
  redis.call('HSET', workflow, 'spentMs', tonumber(w[1] or '0') + now - tonumber(w[2] or now))
  redis.call('HDEL', workflow, 'workingSince')
  setWorkflowDue(f[1])
end
