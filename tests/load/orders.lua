-- Orders of one line of 1,000 customers, spread evenly over 10,000 SKUs, or all on one SKU when the first argument is
-- `hot`. The requests are made before the run starts.
require("answers")
expected_status = 201
local requests, at = {}, 0

function init(arguments)
    wrk.headers["Content-Type"] = "application/json"
    for number = 1, 10000 do
        local sku = arguments[1] == "hot" and "FLASH-HOT" or string.format("LOAD-%05d", number * 7919 % 10000 + 1)
        local body = string.format('{"customer_id":"00000000-0000-4000-8000-%012d","items":[{"sku":"%s","qty":1}]}',
            number % 1000, sku)
        requests[number] = wrk.format("POST", "/orders", nil, body)
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end
