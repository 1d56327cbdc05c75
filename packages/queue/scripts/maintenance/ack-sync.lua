-- BullMQ has been told. ARGV: id, score of the move. Replies: 1, or 0 when another move has been asked for since.
local score = redis.call('ZSCORE', P .. ':outbox', ARGV[1])
if score and tonumber(score) == tonumber(ARGV[2]) then return redis.call('ZREM', P .. ':outbox', ARGV[1]) end
return 0
