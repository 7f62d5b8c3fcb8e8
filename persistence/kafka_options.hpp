/// Options of Kafka's client that an operator gives it beside what it is run with: how to reach brokers that
/// ask for TLS and a name, above all.
#pragma once

#include "config/result.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orderd {

/// Names and values as librdkafka has them. May hold secrets.
using kafka_option_list = std::vector<std::pair<std::string, std::string>>;

/// Reads `name=value`, divided by `;`; blanks around names are dropped, values are taken as they are. A
/// client is made with them, and ended without having reached for a broker: what librdkafka cannot use
/// together is refused as well. Errors are invalid_setting: an option that it does not know, or whose value
/// it does not take, or that is not the operator's to set, by its name and never with a value.
[[nodiscard]] result<kafka_option_list> read_kafka_options(std::string_view text);

} // namespace orderd
