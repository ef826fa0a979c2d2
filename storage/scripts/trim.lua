-- Retention: forgets finished intervals of one lane that ended before a time, a portion at a time.
-- KEYS: length classes, JSON by id, the lane's stream, marks of change. ARGV: time in ms, greatest number of them, index prefix.
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

-- What went touched no day after that of the time. Days before it lose their marks; windows that reach there carry the count instead.
if gone > 0 then
  local kept = math.floor(tonumber(ARGV[1]) / 86400000)
  local count = redis.call('HINCRBY', KEYS[4], 'trimmed', 1)
  local before = tonumber(redis.call('HGET', KEYS[4], 'kept'))
  if not before or before < kept then
    redis.call('HSET', KEYS[4], 'kept', string.format('%d', kept))
    for _, field in ipairs(redis.call('HKEYS', KEYS[4])) do
      if tonumber(field) and tonumber(field) < kept then
        redis.call('HDEL', KEYS[4], field)
      end
    end
  end
  redis.call('HSET', KEYS[4], string.format('%d', kept), 'trimmed ' .. count)
end

-- An exact MINID, or a small trim would never happen.
redis.call('XTRIM', KEYS[3], 'MINID', ARGV[1])
return gone
