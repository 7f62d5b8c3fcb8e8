-- Orders of one line, spread evenly over 10,000 SKUs and 1,000 customers. The requests are made before the run starts.
require("answers")
expected_status = 201
local requests, at = {}, 0

function init()
    wrk.headers["Content-Type"] = "application/json"
    for sku = 1, 10000 do
        local body = string.format('{"customer_id":"00000000-0000-4000-8000-%012d","items":[{"sku":"LOAD-%05d","qty":1}]}',
            sku % 1000, sku * 7919 % 10000 + 1)
        requests[sku] = wrk.format("POST", "/orders", nil, body)
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end
