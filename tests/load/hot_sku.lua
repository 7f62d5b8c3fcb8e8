-- Reservations of one unit, all on one SKU.
require("answers")
expected_status = 201
wrk.method = "POST"
wrk.path = "/stock/FLASH-HOT/reservations"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"qty":1}'
