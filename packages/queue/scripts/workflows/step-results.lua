--[[
  The results of the steps that a step refers to.

  KEYS[1]  prefix
  ARGV[1]  workflow
  then
  ARGV     names of steps
  Replies
    {kind, result JSON, kind, result JSON, ...} in the order of the names; "" where there is no such step or no result
]]
local workflow = ARGV[1]
local positions, kinds = {}, {}
for i, step in ipairs(planOf(workflow) or {}) do positions[step.name], kinds[step.name] = i, step.kind end
local found = {}
for i = 2, #ARGV do
  local position = positions[ARGV[i]]
  found[#found + 1] = position and kinds[ARGV[i]] or ''
  found[#found + 1] = position and redis.call('HGET', dataKey(stepId(workflow, position)), 'result') or ''
end
return found
