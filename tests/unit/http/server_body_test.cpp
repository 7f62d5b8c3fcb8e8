#include "http/body_budget.hpp"
#include "tests/unit/http/server_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace orderd::http {
namespace {

BOOST_AUTO_TEST_SUITE(bodies)

BOOST_AUTO_TEST_CASE(small_bodies_are_not_counted) {
  body_budget budget(0);
  body_share share(budget);
  BOOST_TEST(share.cover(body_share::free_bytes));
  BOOST_TEST(!share.cover(body_share::free_bytes + 1));
}

BOOST_AUTO_TEST_CASE(what_one_request_holds_comes_back) {
  body_budget budget(200'000);
  {
    body_share first(budget);
    body_share second(budget);
    BOOST_TEST(first.cover(100'000));
    BOOST_TEST(first.cover(150'000));
    BOOST_TEST(budget.left() == 50'000U);
    BOOST_TEST(!second.cover(100'000));
    first.release();
    BOOST_TEST(second.cover(100'000));
  }
  BOOST_TEST(budget.left() == 200'000U);
}

/// Bodies of up to 200 KB are large here.
[[nodiscard]] server_limits small_bodies() {
  server_limits limits;
  limits.body_bytes_max = 100'000;
  limits.large_body_bytes_max = 200'000;
  limits.takes_large_body = [](std::string_view path) { return path == "/echo/large"; };
  return limits;
}

[[nodiscard]] std::string in_chunks(std::string_view path, std::size_t bytes) {
  constexpr std::size_t chunk = 10'000;
  std::string sent =
      "POST " + std::string(path) + " HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t done = 0; done < bytes; done += chunk)
    sent += "2710\r\n" + std::string(chunk, 'x') + "\r\n";
  return sent + "0\r\n\r\n";
}

BOOST_AUTO_TEST_CASE(a_path_may_take_larger_bodies_than_others) {
  test::test_server server(small_bodies());
  const std::string large(150'000, 'x');
  for (const auto& [path, status] : {std::pair{"/echo/large", 200}, std::pair{"/echo/other", 413}}) {
    BOOST_TEST(server.connect().ask(test::post(path, large))->status == status);
    BOOST_TEST(server.connect().ask(in_chunks(path, 150'000))->status == status);
  }
  BOOST_TEST(server.connect().ask(test::post("/echo/large", std::string(200'001, 'x')))->status == 413);
  BOOST_TEST(server.is_well());
}

BOOST_AUTO_TEST_CASE(bodies_beyond_the_budget_are_refused_until_others_have_gone) {
  auto limits = small_bodies();
  limits.body_bytes_total_max = 250'000; // room for one
  test::test_server server(limits);
  const std::string large(150'000, 'x');
  const auto request = test::post("/echo/large", large);
  for (const bool completes : {true, false}) {
    auto first = server.connect();
    first.send(request.substr(0, request.size() - 1));
    // The refusal of the second shows that the first's head has been read.
    test::wait_until([&] { return server.connect().ask(request)->status == 503; });
    BOOST_TEST(server.is_well());
    if (completes) {
      first.send("x");
      BOOST_TEST(first.read_response()->status == 200);
    } else {
      first.close();
    }
    test::wait_until([&] { return server.connect().ask(request)->status == 200; });
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd::http
