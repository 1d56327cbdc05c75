--[[
  Several calls of one connection in one, in their order. Each runs as if it had come alone: one that fails leaves the others
  as they are, and its error is its reply.

  KEYS[1]  prefix
  then for each call
  ARGV     name of a script
  ARGV     number of its arguments
  ARGV     its arguments
  Replies
    {{1, reply} | {0, error message}, ...}
]]
scripts['batch'] = function(KEYS, ARGV)
  local replies = {}
  local at = 1
  while at <= #ARGV do
    local script, count, argv = scripts[ARGV[at]], tonumber(ARGV[at + 1]), {}
    for i = 1, count do argv[i] = ARGV[at + 1 + i] end
    local ok, reply = pcall(script, KEYS, argv)
    if ok then
      replies[#replies + 1] = { 1, reply }
    else
      replies[#replies + 1] = { 0, type(reply) == 'table' and reply.err or tostring(reply) }
    end
    at = at + 2 + count
  end
  return replies
end
