-- Takes one request from an allowance of `burst` requests per period (generic cell rate algorithm: one number is the whole state).
-- KEYS[1] the allowance; ARGV: microseconds between two requests at the steady rate, burst.
-- Returns {granted 0|1, remaining, milliseconds until the next one would be granted}.
local step, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local due = tonumber(redis.call('GET', KEYS[1]) or '0')
-- What is used up is due a whole period ahead; what is due later was told by a clock that has been set back since.
if due < now or due - now > step * burst then
  due = now
end
local ahead = due + step - now
if ahead > step * burst then
  return {0, 0, math.ceil((ahead - step * burst) / 1000)}
end
redis.call('SET', KEYS[1], string.format('%.0f', due + step), 'PX', math.ceil(ahead / 1000) + 1)
return {1, math.floor((step * burst - ahead) / step), 0}
