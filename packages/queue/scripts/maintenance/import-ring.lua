-- Adds observations to a ring, as older than all that were measured here. Those that the ring holds already are not added
-- again, each as often as it is there, so that the same import twice changes nothing.
-- ARGV: 1 ring key, 2 ring length, 3 ring ttl ms, 4 most rings of a tenant, then samples, newest first
-- Replies: number of samples added; those for which there was no room are not counted
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
  keepRing(ARGV[1], ARGV[3], ARGV[4], nowMs())
end
return added
