#include "tests/unit/actors/processor_fixture.hpp"

#include "config/log.hpp"

#include <algorithm>

namespace orderd::test {

namespace {

caf::behavior order_shard_double(caf::event_based_actor*, processor_surroundings* around) {
  return {[around](order_request& request) { around->requests.push_back(std::move(request)); }};
}

caf::behavior loader_double(caf::event_based_actor* self, processor_surroundings* around) {
  return {[=](const load_unfinished& ask) { self->send(ask.reply_to, around->page(ask)); },
          [=](const load_acceptances& ask) { self->send(ask.reply_to, around->page(ask)); }};
}

caf::behavior journal_double(caf::event_based_actor*, processor_surroundings* around) {
  return {[around](journal_append& asked) {
    BOOST_CHECK(!asked.what);
    BOOST_CHECK(asked.reply.durability() == durability_mode::store);
    if (around->holds_barriers)
      around->barriers.push_back(std::move(asked));
    else
      asked.reply.answer(std::move(asked.answer));
  }};
}

} // namespace

loaded_unfinished processor_surroundings::page(const load_unfinished& ask) {
  ++pages;
  if (store_is_away)
    return {fail(error_code::store_failed, "away")};
  std::vector<unfinished_order> found;
  auto next = ask.after ? unfinished.upper_bound(*ask.after) : unfinished.begin();
  for (; next != unfinished.end() && found.size() < ask.limit; ++next)
    found.push_back(next->second);
  return {std::move(found)};
}

loaded_acceptances processor_surroundings::page(const load_acceptances& ask) {
  ++pages;
  if (store_is_away)
    return {fail(error_code::store_failed, "away")};
  std::vector<acceptance_due> found;
  auto next = ask.after ? acceptances.upper_bound({ask.after->at, ask.after->id}) : acceptances.begin();
  for (; next != acceptances.end() && found.size() < ask.limit; ++next)
    found.push_back({next->second, next->first});
  return {std::move(found)};
}

processor_fixture::processor_fixture() {
  log::set_level(log::level::error);
  counters.headroom_bytes = std::uint64_t{1} << 30U;
  setup.clock = &clock;
  setup.counters = &counters;
  setup.interval = std::chrono::seconds{5};
  setup.attention_bytes = std::uint64_t{48} * 1024;
}

processor_fixture::~processor_fixture() {
  for (const auto& each : {target, shard, setup.loader, setup.journal})
    caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
  run();
  around.requests.clear();
  around.barriers.clear();
  scheduler().clock().cancel_all();
  run();
  target = shard = setup.loader = setup.journal = {}; // They may not outlive the system.
}

void processor_fixture::start() {
  setup.loader = system.spawn(loader_double, &around);
  setup.journal = system.spawn(journal_double, &around);
  shard = system.spawn(order_shard_double, &around);
  target = system.spawn(processor, setup);
  run();
}

void processor_fixture::advance(std::chrono::milliseconds by) {
  constexpr std::chrono::milliseconds longest_step{10};
  while (by.count() > 0) {
    const auto step = std::min(by, longest_step);
    by -= step;
    clock.advance(step);
    scheduler().advance_time(step);
    run();
  }
}

std::vector<uuid> processor_fixture::asked() const {
  std::vector<uuid> ids;
  for (const auto& request : around.requests)
    ids.push_back(request.id);
  return ids;
}

void processor_fixture::answer(outcome result) {
  BOOST_REQUIRE(!around.requests.empty());
  auto request = std::move(around.requests.front());
  around.requests.pop_front();
  BOOST_CHECK(std::holds_alternative<attend_order>(request.what));
  BOOST_CHECK(request.who.is_operator);
  request.reply.answer(std::move(result));
  run();
}

std::vector<uuid> processor_fixture::ids(std::uint8_t first, std::uint8_t last) {
  std::vector<uuid> made;
  for (int number = first; number <= last; ++number)
    made.push_back(id(static_cast<std::uint8_t>(number)));
  return made;
}

} // namespace orderd::test
