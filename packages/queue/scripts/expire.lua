-- Ends a job that waited too long. ARGV: id, max events, output ttl ms
-- Replies: {"failed", move score} | {"resumed", move score} the longest pause is over | {"gone"}
local id = ARGV[1]
local job = jobKey(id)
local now = nowMs()
local due = redis.call('ZSCORE', P .. ':due', id)
local f = redis.call('HMGET', job, 'state', 'dueCause', 'queueMs', 'overallMs')
if not due or tonumber(due) > now then return { 'gone' } end
if f[1] == 'paused' and f[2] == 'pause' then return { 'resumed', unpark(id, now, ARGV[2]) } end
if f[1] ~= 'queued' and f[1] ~= 'scheduled' and f[1] ~= 'paused' then
  redis.call('ZREM', P .. ':due', id)
  return { 'gone' }
end
local said = {
  queue_wait = 'No worker took the job within its queue-wait limit of ' .. (f[3] or '?') .. ' ms.',
  overall = 'The overall limit of ' .. (f[4] or '?') .. ' ms was reached while the job waited for its next attempt.',
  complete_by = 'The time given in completeBy passed while the job was waiting.',
}
redis.call('HSET', job, 'error', cjson.encode({ code = f[2], message = said[f[2]] }))
finish(id, 'failed', f[2], now, ARGV[3])
local score = askMove(id, 'remove', now)
event(id, 'finished', 0, cjson.encode({ state = 'failed', cause = f[2] }), ARGV[2], now)
return { 'failed', score }
