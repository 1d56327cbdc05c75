-- The state of a job, and the lists of jobs by state.

local function isFinal(state) return state == 'succeeded' or state == 'failed' or state == 'cancelled' end

local function stepField(position, name) return 's' .. position .. ':' .. name end

-- Moves a job between the lists; from: nil for a job that has no state yet. Running jobs are in the list of all tenants alone:
-- they are few, and each enters and leaves it with every attempt.
local function listState(id, from, to, tenantKey, submittedAt)
  if from then
    redis.call('ZREM', P .. ':by:*:' .. from, id)
    if from ~= 'running' then redis.call('ZREM', P .. ':by:' .. tenantKey .. ':' .. from, id) end
  end
  redis.call('ZADD', P .. ':by:*:' .. to, submittedAt, id)
  if to ~= 'running' then redis.call('ZADD', P .. ':by:' .. tenantKey .. ':' .. to, submittedAt, id) end
end

-- A step shows its state in the record of its workflow too; nothing for any other job.
local function showInWorkflow(workflow, step, state)
  if workflow then redis.call('HSET', jobKey(workflow), stepField(step, 'state'), state) end
end

-- Also of a job that has no state yet.
local function setState(id, to)
  local f = redis.call('HMGET', jobKey(id), 'state', 'tenantKey', 'submittedAt', 'workflow', 'step')
  listState(id, f[1], to, f[2], f[3])
  redis.call('HSET', jobKey(id), 'state', to)
  showInWorkflow(f[4], f[5], to)
end

