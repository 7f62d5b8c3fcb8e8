#include "persistence/nats_settlements.hpp"

#include <atomic>

namespace orderd {

std::function<void(message_outcome)>
nats_settlements::receiver_of(const std::shared_ptr<nats_settlements>& to, std::string key) {
  /// Shared by the copies of the function.
  struct ticket {
    ticket(std::shared_ptr<nats_settlements> receiver, std::string of)
        : to(std::move(receiver)), key(std::move(of)) {}
    ticket(const ticket&) = delete;
    ticket& operator=(const ticket&) = delete;
    ~ticket() { use({settlement::later, "it was dropped"}); }

    void use(message_outcome outcome) {
      if (!used.exchange(true))
        to->put(std::move(key), std::move(outcome));
    }

    std::shared_ptr<nats_settlements> to;
    std::string key;
    std::atomic<bool> used = false;
  };
  auto shared = std::make_shared<ticket>(to, std::move(key));
  return [shared = std::move(shared)](message_outcome outcome) { shared->use(std::move(outcome)); };
}

std::vector<std::pair<std::string, message_outcome>> nats_settlements::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(outcomes_, {});
}

void nats_settlements::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  outcomes_.clear();
}

void nats_settlements::put(std::string key, message_outcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_)
      return;
    outcomes_.emplace_back(std::move(key), std::move(outcome));
  }
  owner_->wake();
}

} // namespace orderd
