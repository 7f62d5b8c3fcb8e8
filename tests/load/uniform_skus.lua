-- Reservations of one unit, spread evenly over 10,000 SKUs. The requests are made before the run starts.
require("answers")
expected_status = 201
local requests, at = {}, 0

function init()
    wrk.headers["Content-Type"] = "application/json"
    for sku = 1, 10000 do
        -- 7,919 is prime to 10,000: the walk visits each SKU once before any twice, in no neighbourly order.
        local path = string.format("/stock/LOAD-%05d/reservations", sku * 7919 % 10000 + 1)
        requests[sku] = wrk.format("POST", path, nil, '{"qty":1}')
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end
