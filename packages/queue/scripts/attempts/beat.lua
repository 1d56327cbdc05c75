--[[
  The heartbeat of a worker: shows that it lives, and renews the leases of its attempts. A pending claim is one whose reply
  the main loop of the worker may not have read yet: the attempt it opened is renewed too.

  KEYS[1]  prefix
  ARGV[1]  worker
  ARGV[2]  its description, JSON
  ARGV[3]  how long that is kept, in ms
  ARGV[4]  gap between heartbeats that is a standstill, in ms
  ARGV[5]  number of pending claims
  then for each of them
  ARGV     job id
  ARGV     token
  then
  ARGV     attempt ids
  Replies
    {now, {attempt id of each pending claim; "": it has opened none}, signal of each attempt, ...}
    signal
      "lost"  the attempt is not the open one any more
      ""      nothing is wanted of it
      JSON    {"cancel": reason, "pause": true while it should be stopped, "limits": {...} that were changed}
]]
local worker = ARGV[1]
upSince(tonumber(ARGV[4]))
redis.call('ZADD', P .. ':workers', now, worker)
redis.call('SET', P .. ':worker:' .. worker, ARGV[2], 'PX', ARGV[3])

local function claimedBy(id, token)
  local f = redis.call('HMGET', jobKey(id), 'attempt', 'token')
  if not f[1] or f[1] == '0' or f[2] ~= token then return '' end
  renewLease(id .. '.' .. f[1])
  return id .. '.' .. f[1]
end

local function signalOf(attemptId)
  local id, n = splitAttempt(attemptId)
  local f = redis.call('HMGET', jobKey(id), 'attempt', 'cancel', 'pauseUntil', 'limitsChangedFor')
  if f[1] ~= n then
    countRefused('heartbeat')
    return 'lost'
  end
  renewLease(attemptId)
  local desired = {}
  if f[2] then desired.cancel = f[2] end
  if f[3] then desired.pause = tonumber(f[3]) > now end
  if f[4] == n then desired.limits = cjson.decode(redis.call('HGET', jobKey(id), 'limits')) end
  return next(desired) and cjson.encode(desired) or ''
end

local claimed = {}
local firstAttempt = 6 + 2 * tonumber(ARGV[5])
for i = 6, firstAttempt - 1, 2 do claimed[#claimed + 1] = claimedBy(ARGV[i], ARGV[i + 1]) end
local reply = { now, claimed }
for i = firstAttempt, #ARGV do reply[#reply + 1] = signalOf(ARGV[i]) end
return reply
