--[[
  Why a worker is about to die, and which of its attempts may be the cause: the loss of the others does not count.

  KEYS[1]  prefix
  ARGV[1]  reason
  then for each attempt
  ARGV     attempt id
  ARGV     1 suspect | 0 cleared
  Replies
    how many of the attempts were still open
]]
local open = 0
for i = 2, #ARGV, 2 do
  local id, n = splitAttempt(ARGV[i])
  local a = attemptFields(n)
  if redis.call('HGET', jobKey(id), 'attempt') == n then
    redis.call('HSET', jobKey(id), a .. 'deathCause', ARGV[1], a .. 'cleared', 1 - tonumber(ARGV[i + 1]))
    open = open + 1
  end
end
return open
