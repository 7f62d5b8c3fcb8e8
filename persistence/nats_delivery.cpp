#include "persistence/nats_delivery.hpp"

#include "config/utf8.hpp"
#include "persistence/event_headers.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace orderd {
namespace {

/// Tokens of the subject of an acknowledgement: `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>
/// .<sequence of the consumer>.<ns>.<pending>`; newer servers put a domain and an account before the stream
/// and may add a token at the end.
constexpr std::size_t old_tokens = 9;
constexpr std::size_t new_tokens_min = 11;
/// Of the reason in a dead letter, in bytes.
constexpr std::size_t reason_bytes_max = 1'000;

using header_list = std::vector<std::pair<std::string, std::string>>;

[[nodiscard]] std::vector<std::string_view> tokens_of(std::string_view subject) {
  std::vector<std::string_view> tokens;
  while (!subject.empty()) {
    const auto dot = std::min(subject.find('.'), subject.size());
    tokens.push_back(subject.substr(0, dot));
    subject.remove_prefix(std::min(dot + 1, subject.size()));
  }
  return tokens;
}

[[nodiscard]] header_list headers_of(natsMsg* message) {
  const char** names = nullptr;
  int name_count = 0;
  header_list headers;
  if (natsMsgHeader_Keys(message, &names, &name_count) != NATS_OK)
    return headers; // it has none
  for (int name = 0; name < name_count; ++name) {
    const char** values = nullptr;
    int value_count = 0;
    if (natsMsgHeader_Values(message, names[name], &values, &value_count) != NATS_OK)
      continue;
    for (int value = 0; value < value_count; ++value)
      headers.emplace_back(names[name], values[value]);
    std::free(values);
  }
  std::free(names);
  return headers;
}

[[nodiscard]] std::string in_lower_case(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c | 0x20);
  return out;
}

/// On one line, and of bounded length.
[[nodiscard]] std::string header_line(std::string text) {
  text.resize(cut_utf8(text, reason_bytes_max).size());
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      c = ' ';
  return text;
}

[[nodiscard]] std::string_view body_of(natsMsg* message) {
  return {natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))};
}

} // namespace

std::optional<nats_position> position_of(std::string_view ack_subject) {
  if (!ack_subject.starts_with("$JS.ACK."))
    return {};
  const auto tokens = tokens_of(ack_subject);
  if (tokens.size() != old_tokens && tokens.size() < new_tokens_min)
    return {};
  const std::size_t first = tokens.size() == old_tokens ? 2 : 4;
  return nats_position{std::string(tokens[first]), std::string(tokens[first + 1]),
                       std::string(tokens[first + 3]), std::string(tokens[first + 5])};
}

incoming_message incoming_of(natsMsg* message, const nats_position& position) {
  incoming_message incoming;
  incoming.subject = natsMsg_GetSubject(message);
  incoming.body = body_of(message);
  incoming.place = position.place();
  for (auto& [name, value] : headers_of(message)) {
    auto small = in_lower_case(name);
    auto text = small.starts_with("ce-") ? from_header_value(value) : std::move(value);
    incoming.headers.emplace_back(std::move(small), std::move(text));
  }
  return incoming;
}

nats_message dead_letter_of(natsMsg* message, const std::string& prefix, const dead_letter_note& note,
                            bool with_body) {
  const std::string subject = natsMsg_GetSubject(message);
  const auto body = body_of(message);
  natsMsg* made = nullptr;
  if (natsMsg_Create(&made, (prefix + '.' + subject).c_str(), nullptr, body.data(),
                     with_body ? static_cast<int>(body.size()) : 0) != NATS_OK)
    return {};
  nats_message letter(made);
  for (const auto& [name, value] : headers_of(message)) {
    const auto kept = in_lower_case(name).starts_with("nats-") ? "Dead-Letter-" + name : name;
    if (natsMsgHeader_Add(made, kept.c_str(), value.c_str()) != NATS_OK)
      return {};
  }
  header_list notes{{"Dead-Letter-Reason", header_line(note.reason)},
                    {"Dead-Letter-Subject", subject},
                    {"Dead-Letter-Place", note.position.place()},
                    {"Dead-Letter-Tries", std::to_string(note.tries)},
                    {"Nats-Msg-Id", note.position.key()}};
  if (!with_body)
    notes.emplace_back("Dead-Letter-Body",
                       "left out: " + std::to_string(body.size()) + " bytes are too many to be sent again");
  for (const auto& [name, value] : notes)
    if (natsMsgHeader_Set(made, name.c_str(), value.c_str()) != NATS_OK)
      return {};
  return letter;
}

} // namespace orderd
