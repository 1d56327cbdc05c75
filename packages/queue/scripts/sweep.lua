-- One look at everything that may need a hand.
-- ARGV: lost after ms, move after ms, limit, worker lost after ms
-- Replies: {now, {stale attempt ids}, {ids with an old move}, {ids past due}, workers alive, workers silent}
local now = nowMs()
local limit = ARGV[3]
local function upTo(key, score) return redis.call('ZRANGEBYSCORE', P .. key, '-inf', score, 'LIMIT', 0, limit) end
local silent = redis.call('ZCOUNT', P .. ':workers', '-inf', now - tonumber(ARGV[4]))
return { now, upTo(':beats', now - tonumber(ARGV[1])), upTo(':moves', now - tonumber(ARGV[2])), upTo(':due', now),
  redis.call('ZCARD', P .. ':workers') - silent, silent }
