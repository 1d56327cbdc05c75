--[[
  The open attempts of a worker whose connections are gone, so probably its process is too. A worker that was only cut off
  still runs them beside their successors: attempts that must not overlap are left out, and to the silence of its heartbeat,
  which the worker notices itself.

  KEYS[1]  prefix
  ARGV[1]  worker
  Replies
    {attempt ids}
]]
local found = {}
for _, attemptId in ipairs(redis.call('ZRANGE', P .. ':leases', 0, -1)) do
  local id, n = splitAttempt(attemptId)
  local f = redis.call('HMGET', jobKey(id), attemptFields(n) .. 'worker', 'limits')
  if f[1] == ARGV[1] and cjson.decode(f[2] or '{}').overlap ~= 'forbid' then found[#found + 1] = attemptId end
end
return found
