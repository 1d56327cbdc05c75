-- What became of a try.
-- ARGV: id, number of the end, number of the try, error or "": it was delivered, pause before the next try in ms or "": there is none,
--       most tries, no try begins so many ms after the end, max events
-- Replies: "delivered" | "given_up" | "again" | "late": the job has gone on, or another try is under way
local id, n = ARGV[1], ARGV[3]
local job = jobKey(id)
local now = nowMs()
local f = redis.call('HMGET', job, 'hookState', 'hookEnd', 'hookTries', 'finishedAt')
if f[1] ~= 'waiting' or f[2] ~= ARGV[2] then return 'late' end
if ARGV[4] == '' then
  -- Also where its lease was over: what has arrived has arrived.
  endHook(id, 'delivered', nil, ARGV[8], now)
  return 'delivered'
end
redis.call('HINCRBY', P .. ':tally', 'hooks:failed', 1)
if f[3] ~= n then return 'late' end
local nextAt = now + (tonumber(ARGV[5]) or 0)
if ARGV[5] == '' or tonumber(n) >= tonumber(ARGV[6]) or nextAt - tonumber(f[4]) > tonumber(ARGV[7]) then
  endHook(id, 'given_up', ARGV[4], ARGV[8], now)
  return 'given_up'
end
redis.call('HSET', job, 'hookError', ARGV[4], 'hookNextAt', nextAt)
redis.call('ZADD', P .. ':hooks', nextAt, id)
return 'again'
