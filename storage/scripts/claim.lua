-- Takes a unique value. KEYS: the table. ARGV: value, the claim, the abandoned claim that may be replaced ("" = none).
-- Answers 1, or 0 when another has it. A repetition after a lost reply answers 1 again.
local current = redis.call('HGET', KEYS[1], ARGV[1])
if current and current ~= ARGV[2] and (ARGV[3] == '' or current ~= ARGV[3]) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
