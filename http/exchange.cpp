#include "http/exchange.hpp"

#include "http/query.hpp"
#include "http/views.hpp"

namespace orderd::http {

namespace {

/// An outcome on its way to the worker thread that renders it.
class late_answer final : public deferred_response {
 public:
  late_answer(outcome&& result, answer_context&& context)
      : result_(std::move(result)), context_(std::move(context)) {}
  response render() noexcept override { return present(std::move(result_), std::move(context_)); }

 private:
  outcome result_;
  answer_context context_;
};

class responding_sink final : public reply_sink {
 public:
  responding_sink(responder reply, answer_context context)
      : reply_(std::move(reply)), context_(std::move(context)) {}

  void answer(outcome&& result) noexcept override {
    reply_.send(std::make_unique<late_answer>(std::move(result), std::move(context_)));
  }

 private:
  responder reply_;
  answer_context context_;
};

void add_etag(response& to, std::uint64_t version) {
  to.headers.emplace_back("ETag", '"' + std::to_string(version) + '"');
}

/// Adds `Link: <…>; rel="next"` if there is a next page.
void add_link(response& to, const answer_context& context, const list_frame& frame, bool more) {
  std::string next;
  if (frame.next_cursor)
    next = with_parameter(context.query, "cursor", *frame.next_cursor);
  else if (frame.page && more)
    next = with_parameter(context.query, "page", std::to_string(*frame.page + 1));
  else
    return;
  to.headers.emplace_back("Link", '<' + context.path + '?' + next + ">; rel=\"next\"");
}

[[nodiscard]] list_frame frame_of(const answer_context& context, std::optional<std::uint64_t> total) {
  list_frame frame;
  frame.page = context.page;
  frame.total = total.value_or(0);
  frame.limit = context.limit;
  return frame;
}

/// Fills a success from each kind of outcome.
struct presenter {
  response& to;
  const answer_context& context;

  void operator()(const order_ptr& shown) const {
    add_etag(to, shown->version);
    if (context.names_place)
      to.headers.emplace_back("Location", "/orders/" + to_string(shown->id));
    to.body = order_json(*shown);
  }
  void operator()(const stock_view& shown) const {
    add_etag(to, shown.version);
    to.body = stock_json(shown);
  }
  void operator()(const defined_stock& shown) const {
    to.status = shown.created ? 201 : 200;
    if (shown.created)
      to.headers.emplace_back("Location", "/stock/" + percent_encode(shown.view.product.sku));
    (*this)(shown.view);
  }
  void operator()(const reservation_view& shown) const {
    if (context.names_place)
      to.headers.emplace_back("Location", "/stock/" + percent_encode(shown.sku) + "/reservations/" +
                                              to_string(shown.reservation.id));
    to.body = reservation_json(shown);
  }
  void operator()(const order_page& shown) const {
    auto frame = frame_of(context, shown.total);
    if (!frame.page && shown.more)
      frame.next_cursor = order_cursor(*shown.items.back());
    add_link(to, context, frame, shown.more);
    to.body = orders_json(shown, frame);
  }
  void operator()(const stock_page& shown) const {
    auto frame = frame_of(context, shown.total);
    if (!frame.page && shown.more)
      frame.next_cursor = stock_cursor(shown.items.back());
    add_link(to, context, frame, shown.more);
    to.body = stock_list_json(shown, frame);
  }
  void operator()(const timeline_page& shown) const {
    auto frame = frame_of(context, std::nullopt);
    if (shown.more)
      frame.next_cursor = timeline_cursor(shown.events.back().version);
    add_link(to, context, frame, shown.more);
    to.body = timeline_json(shown, frame);
  }
  void operator()(const rejection&) const {}
};

} // namespace

response present(outcome&& result, answer_context&& context) {
  if (auto* refused = std::get_if<rejection>(&result))
    return to_response(to_problem(std::move(*refused)), context.request_id);
  response answer;
  answer.status = context.status;
  std::visit(presenter{answer, context}, result);
  answer.headers.emplace_back("X-Request-Id", std::move(context.request_id));
  return answer;
}

reply_token answer_with(responder reply, answer_context context) {
  return reply_token{std::make_unique<responding_sink>(std::move(reply), std::move(context))};
}

void send_problem(responder reply, const problem& what, std::string_view request_id) {
  reply.send(to_response(what, request_id));
}

void send_json(responder reply, int status, std::string body, std::string request_id) {
  response answer;
  answer.status = status;
  answer.body = std::move(body);
  answer.headers.emplace_back("X-Request-Id", std::move(request_id));
  reply.send(std::move(answer));
}

} // namespace orderd::http
