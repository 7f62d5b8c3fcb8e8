#include "tests/support/json_view.hpp"
#include "tests/unit/persistence/publisher_contract.hpp"
#include "tests/unit/persistence/webhook_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;
using namespace orderd::test;

namespace {

/// What stands in the structured mode. `data` is the last member, and is taken as it came.
[[nodiscard]] received_event read_event(const std::string& body) {
  const auto json = json_view::parse(body);
  constexpr std::string_view before_data = ",\"data\":";
  const auto data = body.find(before_data);
  BOOST_REQUIRE_MESSAGE(data != std::string::npos, body);
  const auto begin = data + before_data.size();
  return {json["id"].text(),       json["type"].text(),   json["subject"].text(),
          json["sequence"].text(), json["source"].text(), body.substr(begin, body.size() - 1 - begin)};
}

class webhook_stage final : public receiver_stage {
 public:
  std::unique_ptr<publisher> make(std::size_t in_flight_max,
                                  std::chrono::milliseconds answer_timeout) override {
    auto options = options_to(receiver_.url(), clock_);
    options.in_flight_max = in_flight_max;
    options.timeout = answer_timeout;
    return std::make_unique<webhook_publisher>(options);
  }
  std::vector<received_event> received(std::size_t at_least) override {
    receiver_.await_accepted(at_least);
    std::vector<received_event> all;
    for (const auto& each : receiver_.accepted())
      all.push_back(read_event(each.body));
    return all;
  }
  void go_away() override { receiver_.go_away(); }
  void come_back() override { receiver_.come_back(); }
  void answer_nothing() override { receiver_.add({webhook_fault::stall, 200, {}, for_ever}); }
  void answer_again() override {
    receiver_.clear_rules();
    receiver_.release();
  }

 private:
  webhook_receiver receiver_;
  orderd::tests::manual_clock clock_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(webhook_publisher_contract)

#define ORDERD_WEBHOOK_RULE(name)                                                                            \
  BOOST_AUTO_TEST_CASE(name) {                                                                               \
    webhook_stage stage;                                                                                     \
    publisher_contract::name(stage);                                                                         \
  }
ORDERD_PUBLISHER_CONTRACT(ORDERD_WEBHOOK_RULE)
#undef ORDERD_WEBHOOK_RULE

BOOST_AUTO_TEST_SUITE_END()
