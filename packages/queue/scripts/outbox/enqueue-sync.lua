--[[
  Adds an outbox entry for a job that BullMQ does not have as in its record.

  KEYS[1]  prefix
  ARGV[1]  job id
  Replies
    1
    0  there is an entry
]]
return redis.call('ZADD', P .. ':outbox', 'NX', now, ARGV[1])
