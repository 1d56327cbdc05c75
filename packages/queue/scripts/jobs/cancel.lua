-- ARGV: id, reason, max events, output ttl ms
-- Replies: {"cancelled", {affected jobs}} | {"requested", {affected jobs}} | {"already"} | {"too_late"} | {"unknown"}
local id = ARGV[1]
local job = jobKey(id)
local now = nowMs()
local f = redis.call('HMGET', job, 'state', 'cancel', 'attempt')
local state = f[1]
if not state then return { 'unknown' } end
if state == 'cancelled' then return { 'already' } end
if state == 'succeeded' or state == 'failed' then return { 'too_late' } end
local plan = planOf(id)
if plan then
  if redis.call('HEXISTS', job, 'fate') == 0 then
    redis.call('HSET', job, 'cancel', ARGV[2])
    event(id, 'cancel_requested', 0, cjson.encode({ reason = ARGV[2] }), ARGV[3], now)
    local said = { code = 'cancelled', message = ARGV[2] }
    endWorkflow(id, plan, { state = 'cancelled', cause = 'cancelled', reason = ARGV[2], error = said }, now)
    advance(id, now)
  end
  return { redis.call('HGET', job, 'state') == 'cancelled' and 'cancelled' or 'requested', affectedJobs }
end
if f[3] ~= '0' then
  if not f[2] then
    redis.call('HSET', job, 'cancel', ARGV[2])
    event(id, 'cancel_requested', f[3], cjson.encode({ reason = ARGV[2] }), ARGV[3], now)
  end
  return { 'requested', {} }
end
redis.call('HSET', job, 'cancel', ARGV[2], 'error', cjson.encode({ code = 'cancelled', message = ARGV[2] }))
finish(id, 'cancelled', 'cancelled', now, ARGV[4])
enqueueSync(id, now)
event(id, 'finished', 0, cjson.encode({ state = 'cancelled', cause = 'cancelled' }), ARGV[3], now)
return { 'cancelled', affectedJobs }
