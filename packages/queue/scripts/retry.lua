-- Gives a job that failed or was cancelled new attempts and a new overall; completeBy stays.
-- ARGV: id, attempts, max events
-- Replies: {"retried", move score} | {"already"} it waits or runs | {"not_possible"} it succeeded | {"too_late"} completeBy has passed | {"unknown"}
local id = ARGV[1]
local job = jobKey(id)
local now = nowMs()
local f = redis.call('HMGET', job, 'state', 'tried', 'completeBy')
if not f[1] then return { 'unknown' } end
if f[1] == 'succeeded' then return { 'not_possible' } end
if f[1] ~= 'failed' and f[1] ~= 'cancelled' then return { 'already' } end
if f[3] and tonumber(f[3]) <= now then return { 'too_late' } end
redis.call('HDEL', job, 'cause', 'error', 'finishedAt', 'cancel', 'savedMs', 'pause', 'pauseUntil', 'late')
redis.call('HSET', job, 'maxAttempts', tonumber(f[2]) + tonumber(ARGV[2]), 'spentMs', '0', 'losses', '0', 'putBacks', '0')
redis.call('ZREM', P .. ':ended', id)
redis.call('PERSIST', P .. ':events:' .. id)
requeue(id, now, now)
local score = askMove(id, 'add', now)
event(id, 'retried', 0, cjson.encode({ attempts = tonumber(ARGV[2]) }), ARGV[3], now)
return { 'retried', score }
