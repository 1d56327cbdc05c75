-- Lets a paused job go on. ARGV: id, max events
-- Replies: {"resumed", move score} | {"requested"} | {"already"} | {"too_late"} | {"unknown"}
local id = ARGV[1]
local now = nowMs()
local f = redis.call('HMGET', jobKey(id), 'state', 'attempt', 'pause')
if not f[1] then return { 'unknown' } end
if f[1] == 'succeeded' or f[1] == 'failed' or f[1] == 'cancelled' then return { 'too_late' } end
-- Without a wish for a pause it goes on already, or its worker is about to let it.
if not f[3] then return { f[1] == 'paused' and f[2] ~= '0' and 'requested' or 'already' } end
redis.call('HDEL', jobKey(id), 'pause', 'pauseUntil')
if f[2] ~= '0' then return { 'requested' } end
return { 'resumed', unpark(id, now, ARGV[2]) }
