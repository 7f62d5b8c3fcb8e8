#include "config/limits.hpp"
#include "config/settings_table.hpp"
#include "config/url_check.hpp"

namespace orderd {

namespace {

constexpr std::size_t token_bytes_max = 4000;

/// A place to append `/payments` to.
bool is_service_url(std::string_view text) { return text.empty() || is_http_url(text, url_query::refused); }

bool is_token(std::string_view text) { return text.size() <= token_bytes_max && is_printable(text); }

bool is_account(std::string_view text) {
  return !text.empty() && text.size() <= limits::user_bytes_max && is_printable(text);
}

void add_payment_service(std::vector<setting>& rows) {
  constexpr auto group = setting_group::payments;
  rows.push_back({"PAYMENT_SERVICE_URL", group,
                  text_kind(&settings::payment_service_url, "URL",
                            "http:// or https://, a host, a port and a path", is_service_url),
                  "Payment service, with PAYMENTS=http. What it has to offer is in "
                  "deploy/payment-service.md."});
  rows.push_back({"PAYMENT_SERVICE_TOKEN",
                  group,
                  text_kind(&settings::payment_service_token, "text",
                            "at most 4000 printable characters without blanks", is_token),
                  "Sent to the payment service as `Authorization: Bearer`; empty: nothing is sent.",
                  {},
                  true});
  rows.push_back({"ORDERD_PAYMENT_TIMEOUT_MS", group,
                  milliseconds_kind(&settings::payment_timeout, 10, 600'000),
                  "Longest wait for the payment service's answer to one try."});
  rows.push_back({"ORDERD_PAYMENTS_IN_FLIGHT_MAX", group,
                  number_kind(&settings::payments_in_flight_max, "steps", 1, 100'000),
                  "Steps that wait for the payment service at once; one more is put off."});
}

} // namespace

void add_payments(std::vector<setting>& rows) {
  constexpr auto group = setting_group::payments;
  rows.push_back({"PAYMENTS", group,
                  choice_kind<payments_mode>(&settings::payments, {{"none", payments_mode::none},
                                                                   {"ledger", payments_mode::ledger},
                                                                   {"http", payments_mode::http}}),
                  "Who moves the money of orders. none: nobody; ledger: accounts inside the engine; http: "
                  "the service at PAYMENT_SERVICE_URL."});
  add_payment_service(rows);
  rows.push_back({"ORDERD_PAYMENT_WAIT_MS", group, milliseconds_kind(&settings::payment_wait, 10, 3'600'000),
                  "Longest wait for one step of a payment, with all its tries; then the step is put off and "
                  "asked for again in another round."});
  rows.push_back({"ORDERD_PAYEE", group,
                  choice_kind<payee_choice>(&settings::payee, {{"runner", payee_choice::runner},
                                                               {"merchant", payee_choice::merchant}}),
                  "Who is paid when an order is completed. merchant: ORDERD_MERCHANT_ACCOUNT."});
  rows.push_back({"ORDERD_MERCHANT_ACCOUNT", group,
                  text_kind(&settings::merchant_account, "name", "1..64 printable characters without blanks",
                            is_account),
                  "Account of the merchant, for ORDERD_PAYEE=merchant."});
  rows.push_back({"ORDERD_PAYMENT_ROUNDS_MAX", group,
                  number_kind(&settings::payment_rounds_max, "rounds", 1, 10'000),
                  "Rounds of one step after which its order counts as stuck; it is still asked for."});
  rows.push_back({"ORDERD_PAYMENT_RETRY_MAX_MS", group,
                  milliseconds_kind(&settings::payment_retry_max, 10, 24 * 3'600'000),
                  "Longest pause between two rounds of a step."});
}

} // namespace orderd
