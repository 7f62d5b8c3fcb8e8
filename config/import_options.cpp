#include "config/import_options.hpp"

#include "config/limits.hpp"
#include "config/settings_sources.hpp"
#include "config/url_check.hpp"
#include "config/utf8.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace orderd {

namespace {

constexpr std::int64_t retry_seconds_max = 3600;
constexpr std::size_t token_bytes_max = 4000;

constexpr std::string_view usage =
    "orderd import: sets the items of a catalogue in an engine that runs\n\n"
    "usage: orderd import FILE [--url URL] [--token TOKEN] [--user NAME] [--retry-for SECONDS]\n"
    "                          [--again]\n\n"
    "  FILE                 CSV whose first line names the columns (sku, name, price or price_cents,\n"
    "                       on_hand, product_id, low_stock_threshold), or one JSON object a line;\n"
    "                       - is standard input\n"
    "  --url URL            of the engine [default http://127.0.0.1:8080]\n"
    "  --token TOKEN        of an operator, for AUTH=token; in ORDERD_TOKEN nobody else sees it\n"
    "  --user NAME          is sent as X-User, for AUTH=open and AUTH=gateway\n"
    "  --retry-for SECONDS  how long a part of the file is tried again while the engine is away or\n"
    "                       has no room, 0 to 3600 [default 60]\n"
    "  --again              sets also those rows anew that an earlier run has set\n"
    "  -h, --help           print this\n\n"
    "The file is sent in parts, each under an idempotency key that follows from its content and its\n"
    "place. So a run that was cut short is simply repeated: for 24 h the engine answers what was done\n"
    "as it did then, and does not do it twice. Within that time an earlier file therefore brings\n"
    "nothing back that was changed since, prices for example: --again does. On a terminal a bar shows\n"
    "how far it is, elsewhere a line now and then, both on standard error; the summary goes to\n"
    "standard output.\n\n"
    "Exit status: 0 all rows are done; 1 some were refused, or it was cut short; 2 the command line\n"
    "or the file cannot be used, and nothing was sent; 3 nothing was changed, since an earlier run had\n"
    "done all of it.\n\n"
    "This is not `orderd --import FILE`, which fills an empty store from a history that\n"
    "`orderd --export` wrote.\n";

/// The parser and its options. Values stay text here.
struct parser {
  CLI::App app;
  std::vector<std::string> unused;
  CLI::Option* help = add_help();
  CLI::Option* again = app.add_flag("--again");
  CLI::Option* url = add("--url");
  CLI::Option* token = add("--token");
  CLI::Option* user = add("--user");
  CLI::Option* retry_for = add("--retry-for");

  /// The library's own help would print by itself.
  CLI::Option* add_help() {
    app.set_help_flag();
    return app.add_flag("-h,--help");
  }
  CLI::Option* add(const std::string& name) { return app.add_option(name, unused)->allow_extra_args(false); }
};

/// What is read, and what was wrong on the way.
struct reading {
  import_options values;
  settings_problems problems;

  void complain(std::string sentence) {
    problems.push_back({error_code::invalid_setting, std::move(sentence)});
  }

  /// The one value of a flag, if it was given.
  [[nodiscard]] std::optional<std::string> value_of(const CLI::Option& option) {
    const auto& given = option.results();
    if (given.size() > 1)
      complain("flag " + option.get_name() + " is given " + std::to_string(given.size()) + " times");
    return given.size() == 1 ? std::optional(given.front()) : std::nullopt;
  }
};

/// Takes the name of the file, and names each flag that nobody knows.
void take_file(const std::vector<std::string>& remaining, reading& found) {
  static const std::vector<std::string> flags{"--url",       "--token", "--user",
                                              "--retry-for", "--again", "--help"};
  bool flags_ended = false;
  bool has_file = false;
  bool value_may_follow = false;
  for (const std::string& argument : remaining) {
    if (!flags_ended && argument == "--") {
      flags_ended = true;
    } else if (!flags_ended && argument != "-" && argument.starts_with("-")) {
      const std::string flag = argument.substr(0, argument.find('='));
      found.complain("flag " + in_quotes(flag) + " is no flag of an import" + nearest_name_hint(flag, flags));
      value_may_follow = flag.size() == argument.size();
    } else if (value_may_follow) {
      value_may_follow = false;
    } else if (argument.empty()) {
      found.complain("the name of the file is empty");
      has_file = true;
    } else if (has_file) {
      found.complain("argument " + in_quotes(argument) + " is one file too many: one at a time");
    } else {
      found.values.file = argument;
      has_file = true;
    }
  }
  if (!has_file && found.problems.empty())
    found.complain("the name of a file is missing (- is standard input)");
}

void take_caller(parser& parsed, const process_environment& environment, reading& found) {
  if (const auto user = found.value_of(*parsed.user)) {
    if (!is_printable(*user, limits::user_bytes_max))
      found.complain("--user: " + in_quotes(*user) + " is not allowed; allowed: 1 to " +
                     std::to_string(limits::user_bytes_max) + " bytes of UTF-8 without control characters");
    found.values.user = *user;
  }
  std::string where = "--token";
  auto token = found.value_of(*parsed.token);
  if (!token) {
    const auto variable = environment.variables.find(import_token_variable);
    if (variable != environment.variables.end() && !variable->second.empty()) {
      token = variable->second;
      where = "environment variable " + std::string(import_token_variable);
    }
  }
  if (!token)
    return;
  if (token->empty() || token->size() > token_bytes_max || !is_printable(*token))
    found.complain(where + ": the token is not allowed; allowed: 1 to " + std::to_string(token_bytes_max) +
                   " bytes of ASCII without blanks");
  found.values.token = *std::move(token);
}

void take_engine(parser& parsed, reading& found) {
  if (auto url = found.value_of(*parsed.url)) {
    if (!is_http_url(*url, url_query::refused))
      found.complain("--url: " + in_quotes(*url) +
                     " is not allowed; allowed: an http:// or https:// URL without user, query and fragment");
    while (url->ends_with('/'))
      url->pop_back();
    found.values.url = *std::move(url);
  }
  if (const auto text = found.value_of(*parsed.retry_for)) {
    std::int64_t seconds = -1;
    const auto read = std::from_chars(text->data(), text->data() + text->size(), seconds);
    if (read.ec != std::errc() || read.ptr != text->data() + text->size() || seconds < 0 ||
        seconds > retry_seconds_max)
      found.complain("--retry-for: " + in_quotes(*text) + " is not allowed; allowed: 0 to " +
                     std::to_string(retry_seconds_max) + " (seconds)");
    found.values.retry_for = std::chrono::seconds{seconds};
  }
}

} // namespace

bool is_import_command(int argc, const char* const* argv) noexcept {
  return argc > 1 && std::string_view(argv[1]) == "import";
}

tl::expected<import_outcome, settings_problems> read_import_options(int argc, const char* const* argv,
                                                                    const process_environment& environment) {
  parser parsed;
  parsed.app.allow_extras();
  reading found;
  try {
    std::vector<std::string> backwards = arguments_backwards(argc - 1, argv + 1);
    parsed.app.parse(backwards);
  } catch (const CLI::ArgumentMismatch&) {
    // The only way to get here is a last flag without its value.
    found.complain("flag " + in_quotes(argv[argc - 1]) + " needs a value");
  } catch (const CLI::Error& trouble) {
    found.complain("command line: " + in_quotes(trouble.what()));
  }
  if (parsed.help->count() > 0)
    return printed_answer{std::string(usage), 0};
  take_file(parsed.app.remaining(), found);
  take_engine(parsed, found);
  take_caller(parsed, environment, found);
  found.values.again = parsed.again->count() > 0;
  if (!found.problems.empty())
    return tl::unexpected(std::move(found.problems));
  return std::move(found.values);
}

std::string describe_import(const settings_problems& problems) {
  std::string out;
  for (const error& each : problems)
    ((out += "orderd import: ") += each.detail) += '\n';
  return out += "usage: orderd import FILE [flags]; orderd import --help tells more\n";
}

} // namespace orderd
