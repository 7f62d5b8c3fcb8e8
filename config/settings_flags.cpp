#include "config/settings_sources.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <memory>
#include <utility>

namespace orderd {

namespace {

/// The parser and its options. Values stay text here: the table's rows judge them, so that a flag is held to
/// exactly what holds for the environment and the file.
struct parser {
  CLI::App app;
  CLI::Option* help;
  CLI::Option* version;
  CLI::Option* check_config;
  CLI::Option* print_config;
  CLI::Option* config_file;
  CLI::Option* migrate;
  CLI::Option* begin_journal;
  CLI::Option* export_file;
  CLI::Option* import_file;
  CLI::Option* verify_path;
  std::vector<CLI::Option*> rows;
};

/// An option that takes one value each time it is given; being given twice is for us to report.
CLI::Option* add_valued(CLI::App& app, const std::string& names, std::vector<std::string>& unused) {
  return app.add_option(names, unused)->allow_extra_args(false);
}

std::string names_of(const setting& row) {
  std::string names = flag_of(row);
  if (short_name(row.name) != row.name)
    names += ",--orderd-" + flag_of(row).substr(2);
  return names;
}

void add_problem(settings_problems& problems, std::string sentence) {
  problems.push_back({error_code::invalid_setting, std::move(sentence)});
}

/// Names each flag that nobody knows; what follows it is its value and no trouble of its own.
void report_unknown(const std::vector<std::string>& remaining, settings_table_view table,
                    settings_problems& problems) {
  std::vector<std::string> flags{"--help",   "--version", "--check-config",  "--print-config",
                                 "--config", "--migrate", "--begin-journal", "--export",
                                 "--import", "--verify"};
  for (const setting& row : table)
    flags.push_back(flag_of(row));
  bool value_may_follow = false;
  bool flags_ended = false;
  for (const std::string& argument : remaining) {
    if (!flags_ended && argument == "--") {
      flags_ended = true;
      value_may_follow = false;
    } else if (!flags_ended && argument.starts_with("-")) {
      const std::string flag = argument.substr(0, argument.find('='));
      add_problem(problems, "flag " + in_quotes(flag) + " is no setting" + nearest_name_hint(flag, flags));
      value_may_follow = flag.size() == argument.size();
    } else if (value_may_follow) {
      value_may_follow = false;
    } else {
      const bool is_command = argument == "import";
      add_problem(problems, "argument " + in_quotes(argument) + " does not belong to any flag" +
                                (is_command ? "; `orderd import FILE` takes no setting before it" : ""));
    }
  }
}

void collect(parser& parsed, settings_table_view table, command_line& line) {
  for (std::size_t row = 0; row < table.size(); ++row) {
    const auto& given = parsed.rows[row]->results();
    const std::string where = "flag " + flag_of(table[row]);
    if (given.size() > 1)
      add_problem(line.reading.problems, std::string(table[row].name) + ": " + where + " is given " +
                                             std::to_string(given.size()) + " times");
    else if (given.size() == 1)
      line.reading.values.push_back({row, where, given.front()});
  }
  const auto& files = parsed.config_file->results();
  if (files.size() > 1)
    add_problem(line.reading.problems, "flag --config is given " + std::to_string(files.size()) + " times");
  else if (files.size() == 1)
    line.config_file = files.front();
  line.help = parsed.help->count() > 0;
  line.version = parsed.version->count() > 0;
  line.check_config = parsed.check_config->count() > 0;
  line.print_config = parsed.print_config->count() > 0;
}

/// Finds out what the process is to do besides serving: one thing at most.
void collect_task(parser& parsed, command_line& line) {
  const std::pair<CLI::Option*, process_task> tasks[] = {
      {parsed.migrate, process_task::migrate},
      {parsed.begin_journal, process_task::begin_journal},
      {parsed.export_file, process_task::export_history},
      {parsed.import_file, process_task::import_history},
      {parsed.verify_path, process_task::verify},
  };
  std::string first;
  for (const auto& [option, task] : tasks) {
    const auto& given = option->results();
    const std::string flag = option->get_name();
    if (given.empty())
      continue;
    if (given.size() > 1)
      add_problem(line.reading.problems,
                  "flag " + flag + " is given " + std::to_string(given.size()) + " times");
    if (!first.empty())
      add_problem(line.reading.problems, "flags " + first + " and " + flag + " are two tasks; one at a time");
    const bool takes_file = task == process_task::export_history || task == process_task::import_history ||
                            task == process_task::verify;
    if (!takes_file && given.front() != "true")
      add_problem(line.reading.problems, "flag " + flag + " takes no value");
    if (takes_file && given.front().empty())
      add_problem(line.reading.problems, "flag " + flag + " needs the name of a file" +
                                             (task == process_task::verify ? " or folder" : ""));
    first = flag;
    line.task = task;
    line.task_file = takes_file ? given.front() : std::string{};
  }
}

} // namespace

std::vector<std::string> arguments_backwards(int argc, const char* const* argv) {
  std::vector<std::string> arguments;
  for (int at = 1; at < argc; ++at) {
    std::string text = argv[at];
    const bool empty_value = text.size() > 3 && text.starts_with("--") && text.find('=') == text.size() - 1;
    if (empty_value)
      text.pop_back();
    arguments.push_back(std::move(text));
    if (empty_value)
      arguments.emplace_back();
  }
  return {arguments.rbegin(), arguments.rend()};
}

command_line read_flags(settings_table_view table, int argc, const char* const* argv) {
  parser parsed;
  std::vector<std::string> unused;
  parsed.app.set_help_flag();
  parsed.app.allow_extras();
  parsed.help = parsed.app.add_flag("-h,--help");
  parsed.version = parsed.app.add_flag("--version");
  parsed.check_config = parsed.app.add_flag("--check-config");
  parsed.print_config = parsed.app.add_flag("--print-config");
  parsed.config_file = add_valued(parsed.app, "--config", unused);
  parsed.migrate = parsed.app.add_flag("--migrate");
  parsed.begin_journal = parsed.app.add_flag("--begin-journal");
  parsed.export_file = add_valued(parsed.app, "--export", unused);
  parsed.import_file = add_valued(parsed.app, "--import", unused);
  parsed.verify_path = add_valued(parsed.app, "--verify", unused);
  for (const setting& row : table)
    parsed.rows.push_back(row.kind.type == file_type::boolean
                              ? parsed.app.add_flag(names_of(row))
                              : add_valued(parsed.app, names_of(row), unused));
  command_line line;
  try {
    std::vector<std::string> arguments = arguments_backwards(argc, argv);
    parsed.app.parse(arguments);
  } catch (const CLI::ArgumentMismatch&) {
    // The only way to get here is a last flag without its value.
    add_problem(line.reading.problems, "flag " + in_quotes(argv[argc - 1]) + " needs a value");
  } catch (const CLI::Error& trouble) {
    add_problem(line.reading.problems, "command line: " + in_quotes(trouble.what()));
  }
  report_unknown(parsed.app.remaining(), table, line.reading.problems);
  collect(parsed, table, line);
  collect_task(parsed, line);
  return line;
}

} // namespace orderd
