-- The constant answer from memory: what the HTTP layer alone costs, the floor that the other cases are compared with.
require("answers")
expected_status = 200
wrk.path = "/health/live"
