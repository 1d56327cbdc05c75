-- The open attempts of one worker, whose process is gone.
-- ARGV: worker. Replies: {attempt ids}
local found = {}
for _, member in ipairs(redis.call('ZRANGE', P .. ':beats', 0, -1)) do
  local id, n = string.match(member, '^(.*)%.(%d+)$')
  if redis.call('HGET', jobKey(id), 'a' .. n .. ':worker') == ARGV[1] then found[#found + 1] = member end
end
return found
