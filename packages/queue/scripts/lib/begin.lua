-- Every script begins with this: nothing of the call before is left.
local function begin(keys)
  P = keys[1]
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  affectedJobs = {}
  retention = {}
end
