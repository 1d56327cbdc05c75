--[[
  Adds observations to a ring, behind all that were measured here. Those it holds already are not added again, each as often
  as it is there: the same import twice changes nothing.

  KEYS[1]  prefix
  ARGV[1]  ring key
  ARGV[2]  ring length
  ARGV[3]  ring ttl, in ms
  ARGV[4]  max rings of a tenant
  then
  ARGV     samples, newest first
  Replies
    number of samples added; those without room are not counted
]]
local ring = P .. ':ring:' .. ARGV[1]
if redis.call('TYPE', ring).ok ~= 'list' then redis.call('DEL', ring) end
local held = {}
for _, sample in ipairs(redis.call('LRANGE', ring, 0, -1)) do held[sample] = (held[sample] or 0) + 1 end
local room = tonumber(ARGV[2]) - redis.call('LLEN', ring)
local added = 0
for i = 5, #ARGV do
  local sample = ARGV[i]
  if (held[sample] or 0) > 0 then
    held[sample] = held[sample] - 1
  elseif added < room then
    redis.call('RPUSH', ring, sample)
    added = added + 1
  end
end
if redis.call('EXISTS', ring) == 1 then
  redis.call('PEXPIRE', ring, ARGV[3])
  touchRing(ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]))
end
return added
