-- What the steps that a step needs have returned. ARGV: workflow, then names of steps
-- Replies: {kind, result JSON or "", kind, result, ...} in the order of the names; "" for both where there is no such step
local plan = planOf(ARGV[1]) or {}
local found = {}
for i = 2, #ARGV do
  local kind, result = '', ''
  for position, step in ipairs(plan) do
    if step.name == ARGV[i] then
      kind, result = step.kind, redis.call('HGET', jobKey(stepId(ARGV[1], position)), 'result') or ''
    end
  end
  found[#found + 1] = kind
  found[#found + 1] = result
end
return found
