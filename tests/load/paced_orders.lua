-- Orders of one line at a steady rate: each connection waits 100 ms between two of them.
require("orders")

function delay()
    return 100
end
