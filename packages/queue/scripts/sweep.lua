-- One look at everything that may need a hand.
-- ARGV: lost after ms, move after ms, limit, how long a silent worker counts in ms
-- Replies: {now, {stale attempt ids}, {ids with an old move}, {ids past due}, workers alive, workers silent}
local now = nowMs()
-- While Redis takes no writes (full memory, a read-only replica) it takes no heartbeats either: then this fails, and the
-- gap in the sweeps keeps the watchdog from judging anybody.
redis.call('SET', P .. ':swept', now)
local limit = ARGV[3]
local function upTo(key, score) return redis.call('ZRANGEBYSCORE', P .. key, '-inf', score, 'LIMIT', 0, limit) end
local lostBefore = now - tonumber(ARGV[1])
local silent = redis.call('ZCOUNT', P .. ':workers', lostBefore - tonumber(ARGV[4]), lostBefore)
local alive = redis.call('ZCOUNT', P .. ':workers', '(' .. lostBefore, '+inf')
return { now, upTo(':beats', lostBefore), upTo(':moves', now - tonumber(ARGV[2])), upTo(':due', now),
  alive, silent }
