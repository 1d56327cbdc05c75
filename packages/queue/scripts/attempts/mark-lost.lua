-- Settles an attempt nobody vouches for any more. Safe when many watchdogs run at once.
-- ARGV: id, attempt number, lost after ms (0: its connection is known to be gone), max losses, max events, output ttl ms
-- Replies: {"requeued"|"failed"|"cancelled", {affected jobs}} | {"alive"} | {"gone"}
local id, n = ARGV[1], ARGV[2]
local now = nowMs()
local member = id .. '.' .. n
if redis.call('HGET', jobKey(id), 'attempt') ~= n then
  redis.call('ZREM', P .. ':beats', member)
  return { 'gone' }
end
local beat = tonumber(redis.call('ZSCORE', P .. ':beats', member) or '0')
if now - beat < tonumber(ARGV[3]) then return { 'alive' } end
return { markLost(id, n, tonumber(ARGV[4]), now, ARGV[5], ARGV[6]), affectedJobs }
