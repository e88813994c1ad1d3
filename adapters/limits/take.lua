-- Counts requests in moving windows. One call serves several requests, one after another: a request is counted in all
-- of its windows, or, when one of them is full, in none.
--
-- KEYS: the windows of all requests in order, each a sorted set of the times (microseconds) of what it counts.
-- ARGV: a stamp no other call has; then per request how many windows it has, and per window how many it holds and how
-- many microseconds wide it is.
-- Answer, flat: per request 1 when it was counted, else 0; per window how many it holds now, and in how many
-- microseconds the next place in it becomes free.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local answer, key, argument, request = {}, 1, 2, 0

while argument <= #ARGV do
  local first, windows = key, tonumber(ARGV[argument])
  local counted = 1
  request = request + 1
  argument = argument + 1
  for n = 0, windows - 1 do
    local most, width = tonumber(ARGV[argument + 2 * n]), tonumber(ARGV[argument + 2 * n + 1])
    redis.call('ZREMRANGEBYSCORE', KEYS[first + n], '-inf', now - width)
    if redis.call('ZCARD', KEYS[first + n]) >= most then
      counted = 0
    end
  end
  answer[#answer + 1] = counted
  for n = 0, windows - 1 do
    local window, most, width = KEYS[key], tonumber(ARGV[argument]), tonumber(ARGV[argument + 1])
    if counted == 1 then
      redis.call('ZADD', window, now, ARGV[1] .. ':' .. request)
      redis.call('PEXPIRE', window, math.ceil(width / 1000))
    end
    local used = redis.call('ZCARD', window)
    local rank = math.max(0, used - most)
    local oldest = redis.call('ZRANGE', window, rank, rank, 'WITHSCORES')
    answer[#answer + 1] = used
    answer[#answer + 1] = oldest[2] and oldest[2] + width - now or 0
    key = key + 1
    argument = argument + 2
  end
end
return answer
