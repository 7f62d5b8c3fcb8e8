-- Reservations on a SKU that is sold out: the rush after a flash sale, which must cost no disk.
require("answers")
expected_status = 400
wrk.method = "POST"
wrk.path = "/stock/FLASH-SOLDOUT/reservations"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"qty":1}'
