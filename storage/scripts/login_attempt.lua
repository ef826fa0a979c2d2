-- Counts one attempt to sign in to an account before its password is looked at, so that attempts side by side cannot pass the count.
-- KEYS[1] the account's counter; ARGV: attempts that are free, seconds of the first lock-out, longest lock-out in seconds, seconds until forgotten.
-- Returns 0 when the attempt may go on, else the milliseconds that the account is still locked.
local free, first, longest, forget = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local locked_until = tonumber(redis.call('HGET', KEYS[1], 'until') or '0')
-- Longer than the longest: a clock that has been set back since.
if locked_until > now and locked_until - now <= longest * 1000 then
  return locked_until - now
end
local attempts = redis.call('HINCRBY', KEYS[1], 'attempts', 1)
if attempts >= free then
  local lock_s = math.min(first * 2 ^ math.min(attempts - free, 30), longest)
  redis.call('HSET', KEYS[1], 'until', string.format('%.0f', now + lock_s * 1000))
end
redis.call('EXPIRE', KEYS[1], forget)
return 0
