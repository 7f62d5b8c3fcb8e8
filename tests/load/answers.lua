-- Shared by the cases: counts the statuses of all answers and prints one JSON line at the end of the run.
-- A case sets `expected_status`; measure.py refuses the figures of a run with any other answer.
local threads = {}

function setup(thread)
    table.insert(threads, thread)
end

expected, other, last_other = 0, 0, 0

function response(status)
    if status == expected_status then
        expected = expected + 1
    else
        other = other + 1
        last_other = status
    end
end

function done(summary, latency)
    local answered, wrong, wrong_status = 0, 0, 0
    for _, thread in ipairs(threads) do
        answered = answered + thread:get("expected")
        wrong = wrong + thread:get("other")
        wrong_status = math.max(wrong_status, thread:get("last_other"))
    end
    local errors = summary.errors
    print(string.format(
        '{"expected":%d,"other":%d,"other_status":%d,"socket_errors":%d,"seconds":%.3f,"p50_us":%d,"p99_us":%d}',
        answered, wrong, wrong_status, errors.connect + errors.read + errors.write + errors.timeout,
        summary.duration / 1e6, latency:percentile(50), latency:percentile(99)))
end
