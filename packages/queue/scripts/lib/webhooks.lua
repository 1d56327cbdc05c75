-- Webhooks, shared by the scripts that tell them: put behind lib.lua and steps.lua when they are loaded.

-- It ends as told or given up, which is counted and said once.
local function endHook(id, state, lastError, maxEvents, now)
  local job = jobKey(id)
  redis.call('ZREM', P .. ':hooks', id)
  redis.call('HSET', job, 'hookState', state, 'hookEndedAt', now)
  redis.call('HDEL', job, 'hookNextAt')
  if lastError then redis.call('HSET', job, 'hookError', lastError) else redis.call('HDEL', job, 'hookError') end
  redis.call('HINCRBY', P .. ':tally', 'hooks:' .. state, 1)
  -- The events of a job may be gone by now; a stream that begins anew would never be forgotten.
  if redis.call('EXISTS', P .. ':events:' .. id) == 0 then return end
  event(id, 'webhook_ended', 0, cjson.encode({ state = state, attempts = tonumber(redis.call('HGET', job, 'hookTries')), error = lastError }), maxEvents, now)
end
