#include "persistence/nats_streams.hpp"

#include <algorithm>
#include <span>

namespace orderd {
namespace {

using stream_info = std::unique_ptr<jsStreamInfo, nats_closer<jsStreamInfo, jsStreamInfo_Destroy>>;
using stream_names =
    std::unique_ptr<jsStreamNamesList, nats_closer<jsStreamNamesList, jsStreamNamesList_Destroy>>;

/// Longer than events wait between being sent and being sent again while their broker is there.
constexpr std::int64_t duplicates_ns = 600LL * 1'000'000'000;

[[nodiscard]] std::string_view next_token(std::string_view& rest) {
  const auto dot = std::min(rest.find('.'), rest.size());
  const auto token = rest.substr(0, dot);
  rest.remove_prefix(std::min(dot + 1, rest.size()));
  return token;
}

[[nodiscard]] std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& each : texts)
    out += (out.empty() ? "" : ", ") + each;
  return out;
}

[[nodiscard]] std::vector<const char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  for (const auto& each : texts)
    pointers.push_back(each.c_str());
  return pointers;
}

[[nodiscard]] result<void> make_stream(const nats_connection& connection, const std::string& stream,
                                       const std::vector<std::string>& subjects, stream_use use) {
  jsStreamConfig config;
  if (const auto status = jsStreamConfig_Init(&config); status != NATS_OK)
    return connection.failure("stream " + stream, status);
  auto texts = pointers_to(subjects);
  config.Name = stream.c_str();
  config.Subjects = texts.data();
  config.SubjectsLen = static_cast<int>(texts.size());
  config.Storage = js_FileStorage;
  config.Retention = use == stream_use::work ? js_WorkQueuePolicy : js_LimitsPolicy;
  config.Duplicates = duplicates_ns;
  jsErrCode code{};
  const auto status = js_AddStream(nullptr, connection.jetstream(), &config, nullptr, &code);
  if (status != NATS_OK)
    return connection.refusal("stream " + stream + " cannot be made with " + joined(subjects), status, code);
  return {};
}

/// The object or list that begins the text; empty if it does not end.
[[nodiscard]] std::string_view first_value(std::string_view json) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (quoted && c == '\\')
      ++at;
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == '{' || c == '['))
      ++depth;
    else if (!quoted && (c == '}' || c == ']') && --depth == 0)
      return json.substr(0, at + 1);
  }
  return {};
}

/// What follows a key, whose quotes no text within the JSON can hold unescaped; empty if it is not there.
[[nodiscard]] std::string_view behind_key(std::string_view json, std::string_view key) {
  const auto at = json.find(key);
  return at == std::string_view::npos ? std::string_view{} : json.substr(at + key.size());
}

/// Through the protocol's own JSON: the library would write back only what it knows.
[[nodiscard]] result<void> extend_stream(const nats_connection& connection, const std::string& stream,
                                         const std::vector<std::string>& missing) {
  const auto what = "stream " + stream + " cannot be extended by " + joined(missing);
  const auto info = connection.request("$JS.API.STREAM.INFO." + stream, {});
  if (!info)
    return tl::unexpected(info.error());
  const auto config = extended_config(*info, missing);
  if (!config)
    return fail(error_code::store_failed, connection.place() + ": " + what + ": it takes no subjects");
  const auto answer = connection.request("$JS.API.STREAM.UPDATE." + stream, *config);
  if (!answer)
    return tl::unexpected(answer.error());
  if (const auto refusal = refusal_in(*answer))
    return fail(error_code::store_failed, connection.place() + ": " + what + ": " + *refusal);
  return {};
}

} // namespace

bool covers_subject(std::string_view pattern, std::string_view subject) {
  while (!pattern.empty() && !subject.empty()) {
    const auto wanted = next_token(pattern);
    if (wanted == ">")
      return true;
    const auto token = next_token(subject);
    if (wanted != "*" && wanted != token)
      return false;
  }
  return pattern.empty() && subject.empty();
}

result<void> ensure_stream(const nats_connection& connection, const std::string& stream,
                           const std::vector<std::string>& subjects, stream_use use) {
  jsStreamInfo* answer = nullptr;
  jsErrCode code{};
  const auto status = js_GetStreamInfo(&answer, connection.jetstream(), stream.c_str(), nullptr, &code);
  const stream_info info(answer);
  if (code == JSStreamNotFoundErr || status == NATS_NOT_FOUND)
    return make_stream(connection, stream, subjects, use);
  if (status != NATS_OK || info == nullptr || info->Config == nullptr)
    return connection.refusal("stream " + stream, status, code);
  const std::span<const char*> present(info->Config->Subjects,
                                       static_cast<std::size_t>(info->Config->SubjectsLen));
  std::vector<std::string> missing;
  for (const auto& subject : subjects)
    if (std::none_of(present.begin(), present.end(),
                     [&](const char* pattern) { return covers_subject(pattern, subject); }))
      missing.push_back(subject);
  return missing.empty() ? result<void>{} : extend_stream(connection, stream, missing);
}

std::optional<std::string> refusal_in(std::string_view answer) {
  const auto found = behind_key(answer, "\"error\":");
  if (found.empty())
    return {};
  const auto words = behind_key(first_value(found), "\"description\":\"");
  return words.empty() ? "it does not say why" : std::string(words.substr(0, words.find('"')));
}

std::optional<std::string> extended_config(std::string_view answer,
                                           const std::vector<std::string>& subjects) {
  const auto config = first_value(behind_key(answer, "\"config\":"));
  const auto present = behind_key(config, "\"subjects\":[");
  if (present.empty())
    return {};
  auto out = std::string(config.substr(0, config.size() - present.size()));
  for (const auto& each : subjects)
    out += '"' + each + "\",";
  if (present.starts_with(']'))
    out.pop_back();
  return out + std::string(present);
}

result<std::vector<std::string>> streams_with(const nats_connection& connection, const std::string& subject) {
  jsOptions options;
  if (const auto status = jsOptions_Init(&options); status != NATS_OK)
    return connection.failure("streams with " + subject, status);
  options.Stream.Info.SubjectsFilter = subject.c_str();
  jsStreamNamesList* answer = nullptr;
  jsErrCode code{};
  const auto status = js_StreamNames(&answer, connection.jetstream(), &options, &code);
  const stream_names names(answer);
  if (status == NATS_NOT_FOUND)
    return std::vector<std::string>{};
  if (status != NATS_OK)
    return connection.refusal("streams with " + subject, status, code);
  return names == nullptr ? std::vector<std::string>{}
                          : std::vector<std::string>(names->List, names->List + names->Count);
}

} // namespace orderd
