-- Forgets a class: the rings that are its own, and its counters. What runs of it runs on, and is counted anew.
-- ARGV: tenant key, class key, then ring keys
-- Replies: {number of rings that were there, 1 when it had counters}
local rings = 0
for i = 3, #ARGV do
  local scope = string.match(ARGV[i], '^[^/]*/([^/]*)/') or ''
  redis.call('ZREM', P .. ':rings:' .. scope, ARGV[i])
  rings = rings + redis.call('DEL', P .. ':ring:' .. ARGV[i])
end
redis.call('ZREM', P .. ':classes', ARGV[1] .. '|' .. ARGV[2])
return { rings, redis.call('DEL', P .. ':class:' .. ARGV[1] .. ':' .. ARGV[2]) }
