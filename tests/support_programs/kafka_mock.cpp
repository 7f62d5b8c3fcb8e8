/// librdkafka's mock cluster as a program: kafka_mock <brokers>. Prints the bootstrap servers, and then obeys
/// the lines of its standard input until it ends:
///
///   down                       all brokers cut their connections and refuse new ones; what they have stays
///   up                         they accept connections again
///   fail <count> <error>       so many of the next Produce requests are answered with this error of Kafka's
///                              protocol, 1 to 120; with -195 (`RD_KAFKA_RESP_ERR__TRANSPORT`) they are cut
///   topic <name> <partitions>  makes a topic; one that a client asks for is made with 4 partitions
///   topic_error <name> <error> has brokers answer to those who ask for the topic with this error, 1 to 120;
///   0
///                              takes it back
///   quit
///
/// Each is answered by the line `ok`, or by one that starts with `error:`.

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr int produce_request = 0;
constexpr int brokers_max = 16;
constexpr int failures_max = 100'000;
constexpr int partitions_max = 1'000;
constexpr int all_brokers = -1;

[[nodiscard]] std::string said(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_NO_ERROR ? "ok" : std::string("error: ") + rd_kafka_err2str(error);
}

[[nodiscard]] std::string fail_produce(rd_kafka_mock_cluster_t* cluster, std::istream& words) {
  int count = 0;
  int code = 0;
  if (!(words >> count >> code) || count < 0 || count > failures_max)
    return "error: fail <count, at most " + std::to_string(failures_max) + "> <error>";
  if (count == 0) {
    rd_kafka_mock_clear_request_errors(cluster, produce_request);
    return "ok";
  }
  const std::vector<rd_kafka_resp_err_t> errors(static_cast<std::size_t>(count),
                                                static_cast<rd_kafka_resp_err_t>(code));
  rd_kafka_mock_push_request_errors_array(cluster, produce_request, errors.size(), errors.data());
  return "ok";
}

[[nodiscard]] std::string create_topic(rd_kafka_mock_cluster_t* cluster, int brokers, std::istream& words) {
  std::string name;
  int partitions = 0;
  if (!(words >> name >> partitions) || partitions < 1 || partitions > partitions_max)
    return "error: topic <name> <partitions, at most " + std::to_string(partitions_max) + ">";
  return said(rd_kafka_mock_topic_create(cluster, name.c_str(), partitions, brokers));
}

[[nodiscard]] std::string set_topic_error(rd_kafka_mock_cluster_t* cluster, std::istream& words) {
  std::string name;
  int code = 0;
  if (!(words >> name >> code) || code < 0 || code > 120)
    return "error: topic_error <name> <error, at most 120>";
  rd_kafka_mock_topic_set_error(cluster, name.c_str(), static_cast<rd_kafka_resp_err_t>(code));
  return "ok";
}

[[nodiscard]] std::string obey(rd_kafka_mock_cluster_t* cluster, int brokers, const std::string& line) {
  std::istringstream words(line);
  std::string verb;
  words >> verb;
  if (verb == "down")
    return said(rd_kafka_mock_broker_set_down(cluster, all_brokers));
  if (verb == "up")
    return said(rd_kafka_mock_broker_set_up(cluster, all_brokers));
  if (verb == "fail")
    return fail_produce(cluster, words);
  if (verb == "topic")
    return create_topic(cluster, brokers, words);
  if (verb == "topic_error")
    return set_topic_error(cluster, words);
  return verb == "quit" ? "ok" : "error: '" + verb + "' is no command";
}

} // namespace

int main(int count, char** texts) {
  const int brokers = count == 2 ? std::atoi(texts[1]) : 0;
  if (brokers < 1 || brokers > brokers_max) {
    std::cerr << "usage: kafka_mock <brokers, at most " << brokers_max << ">\n";
    return 2;
  }
  char reason[512];
  rd_kafka_t* const client = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), reason, sizeof reason);
  rd_kafka_mock_cluster_t* const cluster =
      client == nullptr ? nullptr : rd_kafka_mock_cluster_new(client, brokers);
  if (cluster == nullptr) {
    std::cerr << "kafka_mock: cannot make the cluster" << (client == nullptr ? reason : "") << '\n';
    return 1;
  }
  std::cout << rd_kafka_mock_cluster_bootstraps(cluster) << '\n' << std::flush;
  std::string line;
  while (line != "quit" && std::getline(std::cin, line))
    std::cout << obey(cluster, brokers, line) << '\n' << std::flush;
  rd_kafka_mock_cluster_destroy(cluster);
  rd_kafka_destroy(client);
  return 0;
}
