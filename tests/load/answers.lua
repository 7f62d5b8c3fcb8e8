-- Shared by the cases: counts the statuses of all answers and prints one JSON line at the end of the run.
-- A case sets `expected_status`; the figures of a run with any other answer are refused.
local threads = {}

function setup(thread)
    table.insert(threads, thread)
end

expected, others = 0, {}

function response(status)
    if status == expected_status then
        expected = expected + 1
    else
        others[status] = (others[status] or 0) + 1
    end
end

local function counts_as_json(counts)
    local members = {}
    for status, count in pairs(counts) do
        table.insert(members, string.format('"%d":%d', status, count))
    end
    return "{" .. table.concat(members, ",") .. "}"
end

function done(summary, latency)
    local answered, wrong = 0, {}
    for _, thread in ipairs(threads) do
        answered = answered + thread:get("expected")
        for status, count in pairs(thread:get("others")) do
            wrong[status] = (wrong[status] or 0) + count
        end
    end
    local errors = summary.errors
    print(string.format(
        '{"expected":%d,"others":%s,"socket_errors":%d,"seconds":%.3f,"p50_us":%d,"p99_us":%d}',
        answered, counts_as_json(wrong), errors.connect + errors.read + errors.write + errors.timeout,
        summary.duration / 1e6, latency:percentile(50), latency:percentile(99)))
end
