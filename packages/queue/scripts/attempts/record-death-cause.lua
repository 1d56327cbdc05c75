-- A worker that has to die says why, and which of its attempts may be to blame: the loss of the others is not counted.
-- ARGV: reason, then attempt id, "1" to blame or "0" cleared, and so on
-- Replies: how many of the attempts were still open
local told = 0
for i = 2, #ARGV, 2 do
  local id, n = string.match(ARGV[i], '^(.*)%.(%d+)$')
  if redis.call('HGET', jobKey(id), 'attempt') == n then
    redis.call('HSET', jobKey(id), 'a' .. n .. ':why', ARGV[1], 'a' .. n .. ':cleared', 1 - tonumber(ARGV[i + 1]))
    told = told + 1
  end
end
return told
