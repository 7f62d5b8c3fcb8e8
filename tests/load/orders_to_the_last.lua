-- The orders of orders.lua for so many seconds, and then none until each has its answer: what was sent can be counted
-- against what is stored. Arguments: hot or all, seconds. For one thread of wrk; -d bounds the wait for the answers.
require("orders")
local ffi = require("ffi")
ffi.cdef [[
    struct instant { long seconds; long nanoseconds; };
    int clock_gettime(int clock, struct instant* now);
    int getpid(void);
    int kill(int process, int signal);
]]
local clock_monotonic, sigint = 1, 2
local instant = ffi.new("struct instant")

local function now()
    ffi.C.clock_gettime(clock_monotonic, instant)
    return tonumber(instant.seconds) + tonumber(instant.nanoseconds) / 1e9
end

-- wrk asks for one request that it only looks at, before the first that it sends.
sent, answered, began_at, answered_at = -1, 0, 0, 0
local seconds, thread

local next_request, make_requests, count_answer, remember_thread, print_answers = request, init, response, setup, done

function setup(made)
    thread = made
    remember_thread(made)
end

function init(arguments)
    seconds = tonumber(arguments[2])
    make_requests(arguments)
end

function request()
    if sent <= 0 then
        began_at = now()
    elseif now() - began_at >= seconds then
        if answered == sent then
            ffi.C.kill(ffi.C.getpid(), sigint) -- wrk ends the run and reports
        end
        return "" -- nothing to write: the connection rests
    end
    sent = sent + 1
    return next_request()
end

function response(status)
    answered, answered_at = answered + 1, now()
    count_answer(status)
end

function done(summary, latency)
    local missing = thread:get("sent") - thread:get("answered")
    if missing ~= 0 then
        print(missing .. " requests were not answered")
        return
    end
    summary.duration = (thread:get("answered_at") - thread:get("began_at")) * 1e6
    print_answers(summary, latency)
end
