// The parser checks its own preconditions by assertions that hostile bytes can break (an empty chunked body
// cut before its last byte does); without them it goes on correctly, so they must not end the process.
#define BOOST_DISABLE_ASSERTS

#include "http/request_framer.hpp"

#include "http/request_target.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <exception>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace orderd::http {
namespace {

namespace beast = boost::beast::http;
using boost::beast::error_code;
using beast_view = boost::beast::string_view;

/// How many bytes of a request line may surround its target: the longest method, two spaces, the version.
constexpr std::size_t line_overhead_bytes_max = 32;
/// What chunk framing and trailers may add to the bytes of a body.
constexpr std::size_t chunk_overhead_bytes_max = 64 * 1024;

struct span {
  std::size_t at = 0;
  std::size_t size = 0;
};

struct field_span {
  span name;
  span value;
};

std::string_view std_view(beast_view text) { return {text.data(), text.size()}; }

std::optional<method> known_method(std::string_view name) {
  constexpr std::pair<std::string_view, method> known[] = {
      {"GET", method::get},        {"POST", method::post},   {"HEAD", method::head},
      {"PUT", method::put},        {"PATCH", method::patch}, {"DELETE", method::delete_},
      {"OPTIONS", method::options}};
  for (const auto& [text, value] : known)
    if (text == name)
      return value;
  return std::nullopt;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Whether a line that the parser refused ends in a well-formed version, so that only the version is at
/// fault.
bool names_other_version(std::string_view line) {
  line = line.substr(0, line.find_first_of("\r\n"));
  if (line.size() < 10)
    return false;
  const auto version = line.substr(line.size() - 9);
  return version.substr(0, 6) == " HTTP/" && is_digits(version.substr(6, 1)) && version[7] == '.' &&
         is_digits(version.substr(8, 1)) && version != " HTTP/1.1" && version != " HTTP/1.0";
}

/// What is known of the request so far. Positions count from its first byte, which may move.
struct progress {
  const server_limits& limits;
  const char* data = nullptr;
  std::size_t size = 0;
  std::size_t consumed = 0;

  bool line_done = false;
  bool head_done = false;
  bool chunked = false;
  bool http_1_0 = false;
  bool keep_alive = false;
  bool continue_told = false;
  method verb = method::get;
  span path;
  span query;
  std::vector<field_span> fields;
  std::size_t fields_seen = 0;
  std::size_t hosts = 0;
  std::size_t lengths = 0;
  bool wants_continue = false;
  bool other_expectation = false;
  std::size_t content_length = 0;
  std::size_t body_bytes_max = 0; ///< of this request, known with its path
  std::string body;
  body_share share;
  std::optional<framing_error> error;

  progress(const server_limits& bounds, body_budget& budget) : limits(bounds), share(budget) {}

  void restart() {
    consumed = 0;
    line_done = head_done = chunked = http_1_0 = keep_alive = continue_told = false;
    wants_continue = other_expectation = false;
    verb = method::get;
    fields.clear();
    fields_seen = hosts = lengths = 0;
    content_length = 0;
    body.clear();
    // One large chunked body must not pin its memory for the life of the connection.
    if (body.capacity() > chunk_overhead_bytes_max)
      body.shrink_to_fit();
    share.release();
    error.reset();
  }

  void refuse(int status, std::string_view code, std::string detail) {
    if (!error)
      error = framing_error{status, code, std::move(detail)};
  }
  void refuse(std::string detail) { refuse(400, "bad_request", std::move(detail)); }

  [[nodiscard]] span locate(std::string_view text) const {
    return {static_cast<std::size_t>(text.data() - data), text.size()};
  }
  [[nodiscard]] bool contains(std::string_view text) const {
    return text.data() >= data && text.data() + text.size() <= data + size;
  }

  void take_line(std::string_view name, std::string_view target, int version);
  void take_field(beast::field known, std::string_view name, std::string_view value);
  void check_field(beast::field known, std::string_view value);
  void check_head();
  /// Counts the bytes of the body in, or refuses.
  void hold(std::size_t bytes);
};

void progress::take_line(std::string_view name, std::string_view target, int version) {
  line_done = true;
  http_1_0 = version == 10;
  const auto found = known_method(name);
  if (!found)
    return refuse(501, "not_implemented", "this server knows no such method");
  verb = *found;
  if (target.size() > limits.target_bytes_max)
    return refuse(414, "uri_too_long", "the request target is too long");
  const auto parts = parse_request_target(target, verb == method::options);
  if (!parts)
    return refuse("the request target is malformed");
  path = parts->path.empty() ? span{} : locate(parts->path);
  query = parts->query.empty() ? span{} : locate(parts->query);
}

void progress::take_field(beast::field known, std::string_view name, std::string_view value) {
  if (++fields_seen > limits.head_fields_max)
    return refuse(431, "headers_too_large", "the request has too many header fields");
  if (head_done)
    return; // A trailer: bounded and well-formed is all that is asked of it.
  // A folded value was assembled elsewhere: folding is obsolete, and proxies disagree on what it means.
  if (!value.empty() && !contains(value))
    return refuse("a header field is folded over several lines");
  check_field(known, value);
  fields.push_back({locate(name), value.empty() ? span{} : locate(value)});
}

void progress::check_field(beast::field known, std::string_view value) {
  switch (known) {
  case beast::field::host:
    ++hosts;
    if (!is_host_value(value))
      refuse("the Host field is malformed");
    break;
  case beast::field::content_length:
    if (++lengths > 1 || !is_digits(value))
      refuse("the Content-Length is malformed or repeated");
    break;
  case beast::field::transfer_encoding:
    if (!boost::beast::iequals(beast_view(value.data(), value.size()), "chunked"))
      refuse(501, "not_implemented", "the only transfer coding known here is chunked");
    chunked = true;
    break;
  case beast::field::expect:
    wants_continue = boost::beast::iequals(beast_view(value.data(), value.size()), "100-continue");
    other_expectation = other_expectation || !wants_continue;
    break;
  default:
    break;
  }
}

void progress::hold(std::size_t bytes) {
  if (!share.cover(bytes))
    refuse(503, "overloaded", "as many bytes of request bodies are under way as may be");
}

void progress::check_head() {
  if (consumed > limits.head_bytes_max)
    return refuse(431, "headers_too_large", "the request head is too large");
  if (hosts > 1 || (hosts == 0 && !http_1_0))
    return refuse("a request needs exactly one Host field");
  if (chunked && http_1_0)
    return refuse("HTTP/1.0 has no Transfer-Encoding");
  // HTTP/1.0 has no expectations either; there the field has to be ignored.
  if (other_expectation && !http_1_0)
    return refuse(417, "expectation_failed", "the only expectation known here is 100-continue");
  const bool large =
      limits.takes_large_body != nullptr && limits.takes_large_body({data + path.at, path.size});
  body_bytes_max = large ? limits.large_body_bytes_max : limits.body_bytes_max;
  if (content_length > body_bytes_max)
    return refuse(413, "payload_too_large", "the request body is too large");
  hold(content_length);
  wants_continue = wants_continue && !http_1_0;
}

/// Hands what the parser finds to `progress`. A refusal stops the parser with an error that nobody looks at.
class message_parser final : public beast::basic_parser<true> {
 public:
  explicit message_parser(progress& found) : found_(found) {
    header_limit(static_cast<std::uint32_t>(found.limits.head_bytes_max));
    // "No limit" would compare as less than every length. Ours is applied once the length is known.
    body_limit(std::numeric_limits<std::uint64_t>::max());
  }

 private:
  void stop_if_refused(error_code& ec) const {
    if (found_.error)
      ec = beast::error::bad_field;
  }

  void on_request_impl(beast::verb, beast_view name, beast_view target, int version,
                       error_code& ec) override {
    found_.take_line(std_view(name), std_view(target), version);
    stop_if_refused(ec);
  }
  void on_field_impl(beast::field known, beast_view name, beast_view value, error_code& ec) override {
    found_.take_field(known, std_view(name), std_view(value));
    stop_if_refused(ec);
  }
  std::size_t on_chunk_body_impl(std::uint64_t, beast_view bytes, error_code&) override {
    found_.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  std::size_t on_body_impl(beast_view bytes, error_code&) override { return bytes.size(); }
  void on_response_impl(int, beast_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  void on_chunk_header_impl(std::uint64_t, beast_view, error_code&) override {}
  void on_finish_impl(error_code&) override {}

  progress& found_;
};

} // namespace

struct request_framer::implementation {
  progress found;
  std::optional<message_parser> parser;

  implementation(const server_limits& limits, body_budget& budget) : found(limits, budget) {}

  framing refused(const error_code& ec);
  /// Feeds the bytes not seen yet. False when the parser stops or wants more; `ec` says which.
  bool put(error_code& ec);
  framing read_head();
  framing wait_for_head();
  bool framing_too_large(std::size_t bytes);
  framing read_chunks();
};

framing request_framer::implementation::refused(const error_code& ec) {
  if (ec == beast::error::header_limit)
    found.refuse(431, "headers_too_large", "the request head is too large");
  else if (ec == beast::error::body_limit)
    found.refuse(413, "payload_too_large", "the request body is too large");
  else if (ec == beast::error::bad_version && names_other_version({found.data, found.size}))
    found.refuse(505, "http_version_not_supported", "this server speaks HTTP/1.1 and HTTP/1.0");
  else
    found.refuse("the request is malformed: " + ec.message());
  return framing::failed;
}

bool request_framer::implementation::put(error_code& ec) {
  try {
    found.consumed +=
        parser->put(boost::asio::const_buffer(found.data + found.consumed, found.size - found.consumed), ec);
  } catch (const std::exception&) {
    // Trailers beyond the parser's own bound are thrown, not reported.
    ec = beast::error::bad_field;
  }
  return !ec;
}

framing request_framer::implementation::wait_for_head() {
  if (!found.line_done && found.size > found.limits.target_bytes_max + line_overhead_bytes_max)
    found.refuse(414, "uri_too_long", "the request line is too long");
  if (found.size > found.limits.head_bytes_max)
    found.refuse(431, "headers_too_large", "the request head is too large");
  return found.error ? framing::failed : framing::need_more;
}

framing request_framer::implementation::read_head() {
  error_code ec;
  if (!put(ec))
    return ec == beast::error::need_more ? wait_for_head() : refused(ec);
  if (found.lengths > 0)
    found.content_length = static_cast<std::size_t>(parser->content_length().value_or(0));
  found.check_head();
  if (found.error)
    return framing::failed;
  found.head_done = true;
  found.keep_alive = parser->keep_alive();
  if (found.chunked)
    parser->body_limit(found.body_bytes_max);
  else
    found.consumed += found.content_length;
  return framing::complete;
}

/// Chunk headers and trailers are bounded like the head: the parser looks for their end anew with every
/// piece.
bool request_framer::implementation::framing_too_large(std::size_t bytes) {
  if (bytes <= found.limits.head_bytes_max)
    return false;
  found.refuse(431, "headers_too_large", "a chunk header or the trailers are too large");
  return true;
}

framing request_framer::implementation::read_chunks() {
  while (!parser->is_done()) {
    found.hold(found.size + found.body.size());
    if (found.size > found.limits.head_bytes_max + 2 * found.body_bytes_max + chunk_overhead_bytes_max)
      found.refuse(413, "payload_too_large", "the chunks of the request body are too large");
    if (found.error)
      return framing::failed;
    if (found.consumed == found.size)
      return framing::need_more;
    const auto framing_before = found.consumed - found.body.size();
    error_code ec;
    if (!put(ec)) {
      if (ec != beast::error::need_more)
        return refused(ec);
      return framing_too_large(found.size - found.consumed) ? framing::failed : framing::need_more;
    }
    // What was consumed and did not become body was framing.
    if (framing_too_large(found.consumed - found.body.size() - framing_before))
      return framing::failed;
  }
  return framing::complete;
}

request_framer::request_framer(const server_limits& limits, body_budget& budget)
    : self_(std::make_unique<implementation>(limits, budget)) {
  restart();
}

request_framer::~request_framer() = default;

void request_framer::restart() {
  self_->found.restart();
  self_->parser.emplace(self_->found);
}

framing request_framer::advance(const char* data, std::size_t size) {
  auto& found = self_->found;
  found.data = data;
  found.size = size;
  if (found.error)
    return framing::failed;
  if (!found.head_done) {
    const auto head = self_->read_head();
    if (head != framing::complete)
      return head;
  }
  framing state = framing::need_more;
  if (found.chunked)
    state = self_->read_chunks();
  else if (size >= found.consumed)
    state = framing::complete;
  if (state == framing::need_more && found.wants_continue && !std::exchange(found.continue_told, true))
    return framing::expects_continue;
  return state;
}

bool request_framer::head_complete() const noexcept { return self_->found.head_done; }

std::size_t request_framer::bytes_expected() const noexcept {
  const auto& found = self_->found;
  return found.head_done && !found.chunked ? found.consumed : 0;
}

std::size_t request_framer::consumed() const noexcept { return self_->found.consumed; }
bool request_framer::keep_alive() const noexcept { return self_->found.keep_alive; }
bool request_framer::is_head() const noexcept { return self_->found.verb == method::head; }
bool request_framer::is_http_1_0() const noexcept { return self_->found.http_1_0; }
const framing_error& request_framer::error() const noexcept { return *self_->found.error; }

void request_framer::fill(request& into, const char* data, std::size_t padding) {
  auto& found = self_->found;
  const auto view = [data](span part) { return std::string_view(data + part.at, part.size); };
  into.method = found.verb;
  into.path = found.path.size == 0 ? std::string_view("/") : view(found.path);
  into.query = view(found.query);
  into.headers.clear();
  for (const auto& field : found.fields)
    into.headers.push_back({view(field.name), view(field.value)});
  if (found.chunked) {
    found.body.reserve(found.body.size() + padding);
    into.body = found.body;
  } else {
    into.body = view({found.consumed - found.content_length, found.content_length});
  }
  into.body_padding_bytes = padding;
}

} // namespace orderd::http
