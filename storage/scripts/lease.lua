-- A lease with one holder. KEYS: the lease. ARGV: take | renew | drop, holder, milliseconds to live.
-- Answers 1 when the holder has it afterwards (or, for drop, had it), else 0.
local current = redis.call('GET', KEYS[1])
if current ~= ARGV[2] and (current or ARGV[1] ~= 'take') then
  return 0
end
if ARGV[1] == 'drop' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1
