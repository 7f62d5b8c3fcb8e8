#include "persistence/payment_contract.hpp"

#include <boost/test/unit_test.hpp>

#include <ostream>

namespace orderd {

// Boost prints what differs.
static std::ostream& operator<<(std::ostream& out, payment_finding finding) {
  return out << static_cast<int>(finding);
}
static std::ostream& operator<<(std::ostream& out, payment_state state) { return out << to_text(state); }

namespace {

const std::string id = "01890a5d-ac96-774b-bcce-b302099a8057-3";

[[nodiscard]] payment_facts facts() {
  return {*parse_uuid("01890a5d-ac96-774b-bcce-b302099a8057"), 3, 1999, "USD", "ann", "bob"};
}

[[nodiscard]] payment_reading read(payment_question question, int status, std::string body) {
  return read_payment_reply(question, facts(), {payment_fate::answered, status, std::move(body), {}, {}});
}

[[nodiscard]] std::string body_of(std::string_view state, const std::string& of = id) {
  return R"({"id":")" + of + R"(","state":")" + std::string(state) + R"("})";
}

} // namespace

BOOST_AUTO_TEST_SUITE(payment_contract)

BOOST_AUTO_TEST_CASE(each_question_has_its_path_and_a_key_of_its_own) {
  const auto authorize = make_payment_request(payment_question::authorize, facts());
  BOOST_TEST(authorize.post);
  BOOST_TEST(authorize.path == "/payments");
  BOOST_TEST(authorize.key == id + "-authorize");
  BOOST_TEST(authorize.body == R"({"id":")" + id +
                                   R"(","order_id":"01890a5d-ac96-774b-bcce-b302099a8057",)"
                                   R"("customer_id":"ann","amount_cents":1999,"currency":"USD"})");
  const auto capture = make_payment_request(payment_question::capture, facts());
  BOOST_TEST(capture.path == "/payments/" + id + "/capture");
  BOOST_TEST(capture.key == id + "-capture");
  BOOST_TEST(capture.body == R"({"amount_cents":1999,"payee":"bob"})");
  const auto cancel = make_payment_request(payment_question::cancel, facts());
  BOOST_TEST(cancel.path == "/payments/" + id + "/void");
  BOOST_TEST(cancel.key == id + "-void");
  BOOST_TEST(cancel.body == "{}");
  BOOST_TEST(make_payment_request(payment_question::refund, facts()).key == id + "-refund");
  const auto state = make_payment_request(payment_question::state, facts());
  BOOST_TEST(!state.post);
  BOOST_TEST(state.path == "/payments/" + id);
  BOOST_TEST(state.key.empty());
}

BOOST_AUTO_TEST_CASE(a_name_cannot_break_out_of_its_string) {
  auto hostile = facts();
  hostile.customer = "a\"},\"amount_cents\":1,\"x\":\"\\";
  const auto request = make_payment_request(payment_question::authorize, hostile);
  BOOST_TEST(request.body.find(R"("customer_id":"a\"},\"amount_cents\":1,\"x\":\"\\","amount_cents":1999)") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_the_state_that_was_asked_for_is_done) {
  BOOST_TEST(read(payment_question::authorize, 201, body_of("authorized")).finding == payment_finding::done);
  BOOST_TEST(read(payment_question::capture, 200, body_of("captured")).finding == payment_finding::done);
  BOOST_TEST(read(payment_question::cancel, 200, body_of("voided")).finding == payment_finding::done);
  BOOST_TEST(read(payment_question::refund, 200, body_of("refunded")).finding == payment_finding::done);
  for (const auto question : {payment_question::capture, payment_question::cancel, payment_question::refund})
    BOOST_TEST(read(question, 200, body_of("authorized")).finding == payment_finding::undecided);
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_not_of_this_payment_decides_nothing) {
  const std::string other = "01890a5d-ac96-774b-bcce-b302099a8057-2";
  for (const std::string& body :
       {std::string("<html>"), std::string(), std::string("[]"), std::string("{}"), body_of("authorised"),
        body_of("unseen"), body_of("authorized", other), std::string(R"({"state":"authorized"})"),
        "{\"id\":\"" + id + "\",\"state\":\"authorized"}) {
    BOOST_TEST(read(payment_question::authorize, 200, body).finding == payment_finding::undecided, body);
    BOOST_TEST(read(payment_question::state, 200, body).finding == payment_finding::undecided, body);
  }
  BOOST_TEST(read(payment_question::authorize, 402, "Payment Required").finding ==
             payment_finding::undecided);
  BOOST_TEST(read(payment_question::authorize, 402, body_of("declined", other)).finding ==
             payment_finding::undecided);
}

BOOST_AUTO_TEST_CASE(a_decline_keeps_its_reason_tame_and_short) {
  const std::string reason = std::string(254, 'x') + "\xc3\xa4\xc3\xa4";
  const auto long_one = read(payment_question::authorize, 402,
                             R"({"id":")" + id + R"(","state":"declined","reason":")" + reason + R"("})");
  BOOST_TEST(long_one.finding == payment_finding::declined);
  BOOST_TEST(long_one.detail == std::string(254, 'x') + "\xc3\xa4");
  const auto odd = read(payment_question::authorize, 402,
                        R"({"id":")" + id + R"(","state":"declined","reason":"a\u0000b\nc"})");
  BOOST_TEST(odd.detail == "a b c");
  BOOST_TEST(read(payment_question::authorize, 402, body_of("declined")).detail == "declined");
}

BOOST_AUTO_TEST_CASE(a_state_is_read_and_an_unseen_payment_is_one) {
  for (const auto state : {payment_state::authorized, payment_state::captured, payment_state::voided,
                           payment_state::refunded, payment_state::declined}) {
    const auto found = read(payment_question::state, 200, body_of(to_text(state)));
    BOOST_TEST(found.finding == payment_finding::done);
    BOOST_TEST(found.state == state);
  }
  const auto unseen = read(payment_question::state, 404, "{}");
  BOOST_TEST(unseen.finding == payment_finding::done);
  BOOST_TEST(unseen.state == payment_state::unseen);
}

BOOST_AUTO_TEST_CASE(every_status_says_whether_to_ask_again) {
  for (const int status : {100, 301, 302, 408, 425, 429, 500, 502, 503, 504, 599}) {
    BOOST_TEST(read(payment_question::capture, status, body_of("captured")).finding ==
                   payment_finding::undecided,
               status);
    BOOST_TEST(!is_healthy({payment_fate::answered, status, {}, {}, {}}), status);
  }
  for (const int status : {404, 409})
    BOOST_TEST(read(payment_question::capture, status, "{}").finding == payment_finding::conflict, status);
  for (const int status : {400, 401, 402, 403, 405, 410, 422})
    BOOST_TEST(read(payment_question::capture, status, "{}").finding == payment_finding::refused, status);
  for (const int status : {200, 402, 404, 409, 422})
    BOOST_TEST(is_healthy({payment_fate::answered, status, {}, {}, {}}), status);
}

BOOST_AUTO_TEST_CASE(what_was_surely_not_sent_differs_from_what_was_not_answered) {
  const auto lost = [](payment_fate fate) {
    return read_payment_reply(payment_question::authorize, facts(), {fate, 0, {}, {}, "cut"});
  };
  BOOST_TEST(lost(payment_fate::not_sent).finding == payment_finding::not_sent);
  BOOST_TEST(lost(payment_fate::no_answer).finding == payment_finding::undecided);
  BOOST_TEST(lost(payment_fate::no_answer).detail == "cut");
}

BOOST_AUTO_TEST_CASE(what_is_kept_of_an_answer_is_text_whatever_bytes_came) {
  const std::string lost = "\xef\xbf\xbd";
  const auto kept = [](const std::string& trouble) {
    return read_payment_reply(payment_question::authorize, facts(),
                              {payment_fate::no_answer, 0, {}, {}, trouble})
        .detail;
  };
  BOOST_TEST(kept("a\xff"
                  "b") == "a" + lost + "b");
  BOOST_TEST(kept("cut \xc3") == "cut " + lost);
  BOOST_TEST(kept("\xc0\xaf") == lost + lost, "a slash that is longer than it need be");
  BOOST_TEST(kept("\xed\xa0\x80") == lost + lost + lost, "half a character of another encoding");
  BOOST_TEST(kept("\x80\xf0\x9f\x92\xb0!") == lost + "\xf0\x9f\x92\xb0!");
  BOOST_TEST(kept(std::string(1'000, '\xff')).size() == 255U, "what replaces a byte counts as well");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd
