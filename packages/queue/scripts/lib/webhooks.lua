-- Webhooks: each end of a job is one delivery. A job that is tried again may end again, so ends are numbered.

local function enqueueWebhook(id)
  local job = jobKey(id)
  redis.call('HINCRBY', job, 'webhookEnd', 1)
  redis.call('HSET', job, 'webhookState', 'waiting', 'webhookTries', '0')
  redis.call('ZADD', P .. ':webhooks', now, id)
end

-- The job runs again: only its next end is delivered.
local function dropWebhook(id)
  redis.call('HDEL', jobKey(id), 'webhookState', 'webhookTries', 'webhookError', 'webhookNextAt', 'webhookEndedAt')
  redis.call('ZREM', P .. ':webhooks', id)
end

-- state: delivered | given_up.
local function endWebhook(id, state, lastError)
  local job = jobKey(id)
  redis.call('ZREM', P .. ':webhooks', id)
  redis.call('HSET', job, 'webhookState', state, 'webhookEndedAt', now)
  redis.call('HDEL', job, 'webhookNextAt')
  if lastError then redis.call('HSET', job, 'webhookError', lastError) else redis.call('HDEL', job, 'webhookError') end
  redis.call('HINCRBY', P .. ':tally', 'webhooks:' .. state, 1)
  -- The events of a job may have expired; a new list would never be deleted.
  if redis.call('EXISTS', P .. ':events:' .. id) == 0 then return end
  event(id, 'webhook_ended', 0, { state = state, attempts = tonumber(redis.call('HGET', job, 'webhookTries')), error = lastError })
end
