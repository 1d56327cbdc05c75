-- The state of a job, and the lists of jobs by state.

local function isFinal(state) return state == 'succeeded' or state == 'failed' or state == 'cancelled' end

local function stepField(position, name) return 's' .. position .. ':' .. name end

-- Also of a job that has no state yet. A step shows its state in the record of its workflow too.
local function setState(id, to)
  local f = redis.call('HMGET', jobKey(id), 'state', 'tenantKey', 'submittedAt', 'workflow', 'step')
  for _, scope in ipairs({ f[2], '*' }) do
    if f[1] then redis.call('ZREM', P .. ':by:' .. scope .. ':' .. f[1], id) end
    redis.call('ZADD', P .. ':by:' .. scope .. ':' .. to, f[3], id)
  end
  redis.call('HSET', jobKey(id), 'state', to)
  if f[4] then redis.call('HSET', jobKey(f[4]), stepField(f[5], 'state'), to) end
end

