-- The open attempts of one worker, whose process seems to be gone: its connection is. Where it lives and was only cut
-- off, its attempts overlap with their successors; those that must not are left to the heartbeat, whose silence the
-- worker notices too.
-- ARGV: worker. Replies: {attempt ids}
local found = {}
for _, member in ipairs(redis.call('ZRANGE', P .. ':beats', 0, -1)) do
  local id, n = string.match(member, '^(.*)%.(%d+)$')
  local f = redis.call('HMGET', jobKey(id), 'a' .. n .. ':worker', 'limits')
  if f[1] == ARGV[1] and cjson.decode(f[2] or '{}').overlap ~= 'forbid' then found[#found + 1] = member end
end
return found
