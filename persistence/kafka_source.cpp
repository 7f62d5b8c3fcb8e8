#include "persistence/kafka_source.hpp"

#include "persistence/kafka_reader.hpp"

#include <utility>

namespace orderd {

kafka_source::kafka_source(kafka_source_options options, message_handler handler)
    : reader_(std::make_unique<reader>(std::move(options), std::move(handler))) {}

kafka_source::~kafka_source() = default;

source_figures kafka_source::figures() const { return reader_->figures(); }

} // namespace orderd
