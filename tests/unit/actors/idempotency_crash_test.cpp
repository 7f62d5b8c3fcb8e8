#include "tests/unit/actors/keyed_requests.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

/// What the answer says, whether it is the first or a replay; nothing while there is none, and for a refusal
/// that passes.
[[nodiscard]] std::optional<std::string> said(const answer_slot& slot) {
  if (slot->times != 1)
    return std::nullopt;
  if (const auto* replayed = std::get_if<request_record_ptr>(&*slot->value))
    return (*replayed)->body;
  if (const auto code = refusal(slot);
      code == rejection_code::overloaded || code == rejection_code::store_unavailable)
    return std::nullopt;
  return shown(*slot->value);
}

/// Random requests of a few keys for stock that does not suffice, with crashes and an absent store between
/// any two messages.
struct keyed_history {
  static constexpr unsigned keys = 12;
  engine_fixture engine;
  std::vector<std::vector<answer_slot>> slots{keys};

  explicit keyed_history(std::uint64_t seed) : engine(small_engine(), seed) {
    engine.ask<defined_stock>(definition("A", 10));
  }

  [[nodiscard]] order_request request_of(unsigned key) {
    auto request = creation(engine.fresh_uuid(), {line_of("A", 1 + key % 3)});
    std::get<create_order>(request.what).metadata = "{\"key\":" + std::to_string(key) + "}";
    return keyed(std::move(request), key);
  }

  void step() {
    auto& random = engine.random();
    const auto key = static_cast<unsigned>(random() % keys);
    slots[key].push_back(engine.submit(request_of(key)));
    engine.run_some(random() % 40);
    if (random() % 8 == 0)
      engine.crash();
    if (random() % 16 == 0)
      engine.settle();
    if (random() % 16 == 0)
      engine.advance(2s);
  }

  void check() {
    engine.run();
    std::map<std::string, int> made;
    for (const auto& e : engine.journal())
      if (const auto* of_order = std::get_if<order_event>(&e))
        if (const auto* created = std::get_if<order_created>(&of_order->what))
          ++made[created->metadata];
    for (unsigned key = 0; key < keys; ++key) {
      BOOST_TEST_CONTEXT("key " << key) {
        const auto last = engine.submit(request_of(key));
        engine.run();
        const auto final_word = said(last);
        BOOST_REQUIRE_MESSAGE(final_word, describe(last));
        for (const auto& slot : slots[key])
          if (const auto word = said(slot))
            BOOST_CHECK_EQUAL(*word, *final_word);
        BOOST_CHECK_LE(made["{\"key\":" + std::to_string(key) + "}"], 1);
      }
    }
    engine.audit();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(idempotency_after_a_crash)

BOOST_AUTO_TEST_CASE(an_answer_is_replayed_after_a_crash_wherever_it_had_got_to) {
  for (const bool stored : {false, true}) {
    engine_fixture engine;
    engine.ask<defined_stock>(definition("A", 5));
    const auto made = engine.ask(keyed(creation(engine.fresh_uuid(), {line_of("A", 2)}), 1));
    const auto refused = engine.submit(keyed(creation(engine.fresh_uuid(), {line_of("A", 9)}), 2));
    engine.run();
    CHECK_REFUSED(refused, rejection_code::insufficient_stock);
    if (stored) {
      engine.settle();
      engine.advance(3s);
    }
    engine.crash();
    for (int i = 0; i < 3; ++i) {
      const auto again =
          engine.ask<request_record_ptr>(keyed(creation(engine.fresh_uuid(), {line_of("A", 2)}), 1));
      BOOST_CHECK_EQUAL(again->body, shown(made));
      const auto refused_again =
          engine.ask<request_record_ptr>(keyed(creation(engine.fresh_uuid(), {line_of("A", 9)}), 2));
      BOOST_CHECK_EQUAL(refused_again->body, "insufficient_stock");
    }
    const auto other = engine.submit(keyed(creation(engine.fresh_uuid(), {line_of("A", 1)}), 1, 7));
    engine.run();
    CHECK_REFUSED(other, rejection_code::idempotency_mismatch);
    BOOST_CHECK_EQUAL(engine.ask<stock_view>(to_stock("A", get_stock{})).levels.reserved, 2);
  }
}

BOOST_AUTO_TEST_CASE(an_answer_that_only_the_store_has_waits_for_it_and_is_never_made_anew) {
  engine_fixture engine;
  const auto draft = [&] {
    return keyed(creation(engine.fresh_uuid(), {line_of("A", 1)}, order_status::draft), 1);
  };
  const auto made = engine.ask(draft());
  engine.crash();
  engine.run(); // the start's own reads are over
  engine.faults->damaged_loads = 1;
  const auto unreadable = engine.submit(draft());
  engine.run();
  CHECK_REFUSED(unreadable, rejection_code::store_unavailable);
  BOOST_CHECK_EQUAL(engine.ask<request_record_ptr>(draft())->body, shown(made));
}

BOOST_AUTO_TEST_CASE(a_key_is_forgotten_a_day_after_its_answer_also_over_a_restart) {
  engine_fixture engine;
  const auto draft = [&] {
    return keyed(creation(engine.fresh_uuid(), {line_of("A", 1)}, order_status::draft), 1);
  };
  const auto made = engine.ask(draft());
  engine.settle();
  engine.clock.advance(request_memory);
  engine.crash();
  engine.nudge(request_memory_after_start);
  BOOST_CHECK(engine.ask(draft())->id != made->id);
}

BOOST_AUTO_TEST_CASE(a_key_outlives_an_engine_that_was_down_for_days_by_an_hour) {
  for (const bool stored : {false, true}) {
    engine_fixture engine;
    const auto draft = [&](unsigned key) {
      return keyed(creation(engine.fresh_uuid(), {line_of("A", 1)}, order_status::draft), key);
    };
    const auto made = engine.ask(draft(1));
    if (stored)
      engine.settle();
    engine.clock.advance(3 * request_memory);
    engine.crash();
    // Others come first: what they have the store purge is not this one.
    for (unsigned key = 2; key < 6; ++key) {
      engine.ask(draft(key));
      engine.settle();
    }
    engine.nudge(request_memory_after_start - 1min);
    engine.ask(draft(6));
    engine.settle();
    BOOST_CHECK_EQUAL(engine.ask<request_record_ptr>(draft(1))->body, shown(made));
    engine.nudge(1min);
    BOOST_CHECK(engine.ask(draft(1))->id != made->id);
  }
}

BOOST_AUTO_TEST_CASE(a_creation_that_was_claimed_and_never_came_to_be_is_done_anew) {
  engine_fixture engine;
  const auto subject = engine.fresh_uuid();
  // It begins, says so, and is then refused for the moment.
  const auto begun = engine.submit(keyed(keyed_task{[&](reply_token reply) {
                                                      (void)reply.claim()->claimed(subject);
                                                      reply.answer(rejection{});
                                                    },
                                                    {}},
                                         1));
  engine.run();
  CHECK_REFUSED(begun, rejection_code::overloaded);
  const auto draft = [&] {
    return keyed(creation(engine.fresh_uuid(), {line_of("A", 1)}, order_status::draft), 1);
  };
  const auto made = engine.ask(draft());
  BOOST_CHECK(made->id != subject);
  BOOST_CHECK_EQUAL(engine.ask<request_record_ptr>(draft())->body, shown(made));
  BOOST_CHECK_EQUAL(records_in(engine).size(), 1U);
}

BOOST_AUTO_TEST_CASE(over_any_crash_each_key_has_one_execution_and_one_answer) {
  const auto seed = printed_seed();
  for (std::uint64_t round = 0; round < 40; ++round) {
    BOOST_TEST_CONTEXT("ORDERD_TEST_SEED=" << seed + round) {
      keyed_history history{seed + round};
      for (int i = 0; i < 80; ++i)
        history.step();
      history.check();
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test
