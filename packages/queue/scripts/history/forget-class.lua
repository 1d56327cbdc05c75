--[[
  Deletes a class: the rings that are its own, and its counters. Its running attempts will count from zero.

  KEYS[1]  prefix
  ARGV[1]  tenant
  ARGV[2]  class
  then
  ARGV     ring keys
  Replies
    {number of rings that existed, 1 it had counters | 0}
]]
local rings = 0
for i = 3, #ARGV do
  local scope = string.match(ARGV[i], '^[^/]*/([^/]*)/') or ''
  redis.call('ZREM', P .. ':rings:' .. scope, ARGV[i])
  rings = rings + redis.call('DEL', P .. ':ring:' .. ARGV[i])
end
redis.call('ZREM', P .. ':classes', ARGV[1] .. '|' .. ARGV[2])
return { rings, redis.call('DEL', P .. ':class:' .. ARGV[1] .. ':' .. ARGV[2]) }
