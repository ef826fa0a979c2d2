-- Retention: forgets finished intervals of one lane that ended before a time, a portion at a time.
-- KEYS: length classes, JSON by id, the lane's stream. ARGV: time in ms, greatest number of them, index prefix.
-- Answers how many went.

local left = tonumber(ARGV[2])
local gone = 0
for _, class in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local index = ARGV[3] .. class
  local ids = left > 0 and redis.call('ZRANGEBYSCORE', index, '-inf', '(' .. ARGV[1], 'LIMIT', 0, left) or {}
  for _, id in ipairs(ids) do
    redis.call('ZREM', index, id)
    redis.call('HDEL', KEYS[2], id)
  end
  gone = gone + #ids
  left = left - #ids
  if redis.call('EXISTS', index) == 0 then
    redis.call('SREM', KEYS[1], class)
  end
end
-- An exact MINID, or a small trim would never happen.
redis.call('XTRIM', KEYS[3], 'MINID', ARGV[1])
return gone
