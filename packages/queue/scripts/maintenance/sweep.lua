-- One look at everything that may need a hand.
-- ARGV: lost after ms, move after ms, limit, how long a silent worker counts in ms, worker that looks, heard of within ms, away after ms,
--   how many of those that wait are looked at
-- Replies: {now, {stale attempt ids}, {ids with an old move}, {ids past due}, workers alive, workers silent,
--   workers heard of within that time whose id comes before that of the one that looks, webhooks that are due}
local now = nowMs()
-- While Redis takes no writes (full memory, a read-only replica) it takes no heartbeats either: then this fails, and the
-- gap in the sweeps keeps the watchdog from judging anybody.
local back = backSince(now, tonumber(ARGV[7]))
local limit = tonumber(ARGV[3])
-- When there are more than one look can take, each look begins somewhere else: entries that nobody can do anything about
-- (a broken record) must not hide the others for ever.
local function upTo(key, score)
  local more = redis.call('ZCOUNT', P .. key, '-inf', score) - limit
  -- Beyond both ends, so that the first and the last are as likely as those between.
  local from = more > 0 and math.min(math.max(now % (more + 2 * limit) - limit, 0), more) or 0
  return redis.call('ZRANGEBYSCORE', P .. key, '-inf', score, 'LIMIT', from, limit)
end
local lostBefore = now - tonumber(ARGV[1])
-- Nobody could be heard of in a standstill, however short: everybody has a whole window after it.
local stale = back < lostBefore and upTo(':beats', lostBefore) or {}
local silent = redis.call('ZCOUNT', P .. ':workers', lostBefore - tonumber(ARGV[4]), lostBefore)
local alive = redis.call('ZCOUNT', P .. ':workers', '(' .. lostBefore, '+inf')
local before = 0
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', P .. ':workers', now - tonumber(ARGV[6]), '+inf')) do
  if worker < ARGV[5] then before = before + 1 end
end
-- BullMQ has to know those that wait, whoever took them out of it: a process that was stopped in the middle of a move that
-- was no longer asked for, or an operator with another tool. A few at each look, beginning anywhere.
local waiting = redis.call('ZCARD', P .. ':by:*:queued')
local from = waiting > 0 and now % waiting or 0
for _, id in ipairs(redis.call('ZRANGE', P .. ':by:*:queued', from, from + tonumber(ARGV[8]) - 1)) do
  local f = redis.call('HMGET', jobKey(id), 'queue', 'attempt', 'kind')
  if f[1] and f[2] == '0' and f[3] ~= 'workflow' and not redis.call('ZSCORE', P .. ':outbox', id) then
    local bull = P .. ':bull:' .. f[1]
    if redis.call('EXISTS', bull .. ':' .. id) == 0 or redis.call('ZSCORE', bull .. ':completed', id)
      or redis.call('ZSCORE', bull .. ':failed', id) then
      redis.call('ZADD', P .. ':outbox', now - tonumber(ARGV[2]), id)
    end
  end
end
return { now, stale, upTo(':outbox', now - tonumber(ARGV[2])), upTo(':due', now),
  alive, silent, before, redis.call('ZCOUNT', P .. ':hooks', '-inf', now) }
