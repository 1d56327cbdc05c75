--[[
  Records the result of one try of a delivery.

  KEYS[1]  prefix
  ARGV[1]  job id
  ARGV[2]  number of the end
  ARGV[3]  number of the try
  ARGV[4]  error; "": delivered
  ARGV[5]  pause before the next try, in ms; "": there is none
  ARGV[6]  max tries
  ARGV[7]  time after the end within which a try may begin, in ms
  ARGV[8]  max events
  ARGV[9]  output ttl, in ms
  Replies
    "delivered"
    "given_up"
    "again"
    "late"  the job runs again, or another try is under way
]]
local id, try, error = ARGV[1], ARGV[3], ARGV[4]
local job = jobKey(id)
setRetention(ARGV[8], ARGV[9])
local f = redis.call('HMGET', job, 'webhookState', 'webhookEnd', 'webhookTries', 'finishedAt')
if f[1] ~= 'waiting' or f[2] ~= ARGV[2] then return 'late' end
if error == '' then
  -- Also after its lease: a delivery that has arrived has arrived.
  endWebhook(id, 'delivered')
  return 'delivered'
end
redis.call('HINCRBY', P .. ':tally', 'webhooks:failed', 1)
if f[3] ~= try then return 'late' end
local nextAt = now + (tonumber(ARGV[5]) or 0)
if ARGV[5] == '' or tonumber(try) >= tonumber(ARGV[6]) or nextAt - tonumber(f[4]) > tonumber(ARGV[7]) then
  endWebhook(id, 'given_up', error)
  return 'given_up'
end
redis.call('HSET', job, 'webhookError', error, 'webhookNextAt', nextAt)
redis.call('ZADD', P .. ':webhooks', nextAt, id)
return 'again'
