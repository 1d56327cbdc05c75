--[[
  Removes an outbox entry: BullMQ has changed as well.

  KEYS[1]  prefix
  ARGV[1]  job id
  ARGV[2]  revision of the entry
  Replies
    1
    0  the record has changed since, or the entry is gone
]]
local revision = redis.call('ZSCORE', P .. ':outbox', ARGV[1])
if revision and tonumber(revision) == tonumber(ARGV[2]) then return redis.call('ZREM', P .. ':outbox', ARGV[1]) end
return 0
