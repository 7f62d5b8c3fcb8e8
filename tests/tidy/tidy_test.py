"""Shows that each rule of tidy.py fails on a bad sample and passes the good one next to it."""

import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import tidy

UNFINISHED_WORD = "TO" "DO"


def findings(path, text):
    return tidy.check_file(path, text)[0]


def header(body="", start="/// What it is.\n#pragma once\n"):
    return start + body


class Includes(unittest.TestCase):
    def accepts(self, path, include):
        self.assertEqual(findings(path, f"#include {include}\n"), [])

    def refuses(self, path, include):
        self.assertEqual(len(findings(path, f"#include {include}\n")), 1, include)

    def test_layers(self):
        self.accepts("domain/a.cpp", '"domain/money.hpp"')
        self.refuses("domain/a.cpp", '"config/result.hpp"')
        self.accepts("config/a.cpp", '"domain/money.hpp"')
        self.refuses("config/a.cpp", '"persistence/journal.hpp"')
        self.accepts("persistence/a.cpp", '"config/result.hpp"')
        self.refuses("persistence/a.cpp", '"actors/stock_actor.hpp"')
        self.accepts("actors/a.cpp", '"persistence/journal.hpp"')
        self.refuses("actors/a.cpp", '"http/server.hpp"')
        self.accepts("http/a.cpp", '"actors/stock_actor.hpp"')
        self.refuses("http/a.cpp", '"tests/support/clock.hpp"')
        self.accepts("tests/e2e/a.cpp", '"http/server.hpp"')

    def test_includes_name_the_full_path(self):
        self.refuses("http/a.cpp", '"server.hpp"')
        self.refuses("http/a.cpp", '"../domain/money.hpp"')

    def test_third_party_libraries_stay_in_their_files(self):
        for good, bad, name in [
            ("actors/a.cpp", "http/a.cpp", "caf/actor.hpp"),
            ("http/server.cpp", "http/routes.cpp", "pistache/reactor.h"),
            ("http/json_reader.cpp", "http/json_writer.cpp", "simdjson.h"),
            ("http/request_framer.cpp", "http/server.cpp", "boost/beast/http/parser.hpp"),
            ("persistence/sqlite_store.cpp", "persistence/journal.cpp", "sqlite3.h"),
            ("persistence/postgres_store.cpp", "persistence/sqlite_store.cpp", "libpq-fe.h"),
            ("config/flags.cpp", "http/main.cpp", "CLI/CLI.hpp"),
            ("config/file.cpp", "persistence/file.cpp", "toml++/toml.h"),
            ("config/log.cpp", "actors/log.cpp", "spdlog/spdlog.h"),
            ("tests/unit/a.cpp", "domain/a.cpp", "boost/test/unit_test.hpp"),
        ]:
            self.accepts(good, f"<{name}>")
            self.refuses(bad, f"<{name}>")

    def test_a_library_without_a_line_in_the_table_is_refused(self):
        self.refuses("http/a.cpp", "<fmt/format.h>")

    def test_the_domain_knows_no_operating_system(self):
        self.accepts("domain/a.cpp", "<vector>")
        self.refuses("domain/a.cpp", "<unistd.h>")
        self.accepts("persistence/a.cpp", "<sys/stat.h>")

    def test_an_include_in_a_comment_is_none(self):
        self.assertEqual(findings("domain/a.cpp", '// #include "http/server.hpp"\n'), [])


class Sizes(unittest.TestCase):
    def test_headers(self):
        self.assertEqual(findings("domain/a.hpp", header("\n" * 198)), [])
        self.assertEqual(len(findings("domain/a.hpp", header("\n" * 199))), 1)

    def test_sources(self):
        self.assertEqual(findings("domain/a.cpp", "\n" * 500), [])
        self.assertEqual(len(findings("domain/a.cpp", "\n" * 501)), 1)

    def test_a_missed_aim_is_a_note_only(self):
        hard, notes = tidy.check_file("domain/a.cpp", "\n" * 301)
        self.assertEqual((hard, len(notes)), ([], 1))


class Functions(unittest.TestCase):
    body = "    work();\n" * 59

    def long_ones(self, code):
        return list(tidy.functions_over(tidy.without_comments_and_strings(code), 60))

    def test_a_function_that_is_too_long(self):
        self.assertEqual(self.long_ones("void f() {\n" + self.body[12:] + "}\n"), [])
        self.assertEqual(self.long_ones("void f() {\n" + self.body + "}\n"), [(1, 61)])

    def test_in_every_kind_of_scope(self):
        for before, after in [
            ("namespace a::b {\n", "}\n"),
            ("namespace {\n", "}\n"),
            ("class a final : public b<int> {\npublic:\n", "};\n"),
            ("template <class T, int N = 2>\nstruct a {\n", "};\n"),
            ('extern "C" {\n', "}\n"),
        ]:
            found = self.long_ones(before + "int f(int x) const noexcept {\n" + self.body + "}\n" + after)
            self.assertEqual([length for _, length in found], [61], before)

    def test_a_template_function_is_no_class(self):
        code = "template <class T>\nresult<T> f(T x) {\n" + self.body + "}\n"
        self.assertEqual(self.long_ones(code), [(1, 62)])

    def test_the_body_after_a_member_list(self):
        code = "a::a(int x)\n    : b_{x}, c_(x), d_{\n          x} {\n" + self.body + "}\n"
        self.assertEqual([length for _, length in self.long_ones(code)], [63])

    def test_a_long_class_or_table_is_no_function(self):
        self.assertEqual(self.long_ones("struct a {\n" + "    int f() { return 1; }\n" * 90 + "};\n"), [])
        self.assertEqual(self.long_ones("const row rows[] = {\n" + "    {1, f(2)},\n" * 90 + "};\n"), [])
        self.assertEqual(self.long_ones("enum class a : int {\n" + "    x,\n" * 90 + "};\n"), [])

    def test_braces_in_literals_comments_and_macros_do_not_count(self):
        noise = "    put(\"{\"); // {\n    put('{'); /* { */\n    put(R\"({)\");\n    n = 1'000;\n#define X {\n"
        code = "void f() {\n" + noise + "}\nvoid g() {\n" + self.body + "}\n"
        self.assertEqual(self.long_ones(code), [(8, 61)])


class Words(unittest.TestCase):
    def refuses(self, path, line, good):
        start = header() if path.endswith(".hpp") else ""
        self.assertEqual(len(findings(path, start + line + "\n")), 1, line)
        self.assertEqual(findings(path, start + good + "\n"), [])

    def test_unfinished_work(self):
        self.refuses("domain/a.cpp", f"// {UNFINISHED_WORD} later", "// Done.")
        self.refuses("tests/load/a.py", f"# {UNFINISHED_WORD} later", "# Done.")

    def test_using_namespace_in_a_header(self):
        self.refuses("domain/a.hpp", "using namespace std;", "using std::string;")
        self.assertEqual(findings("domain/a.cpp", "using namespace std::chrono_literals;\n"), [])

    def test_endl(self):
        self.refuses("domain/a.cpp", "out << std::endl;", "out << '\\n'; // never std::endl")

    def test_all_of_caf(self):
        self.refuses("actors/a.cpp", "#include <caf/all.hpp>", "#include <caf/actor.hpp>")

    def test_sleeping_tests(self):
        self.refuses("tests/unit/a.cpp", "std::this_thread::sleep_for(1s);", "ready.wait();")


class Names(unittest.TestCase):
    def test_names_that_say_nothing(self):
        for name in ["http/json_helper.cpp", "domain/util.cpp", "actors/stock_manager.cpp", "config/misc.cpp"]:
            self.assertEqual(len(findings(name, "")), 1, name)
        self.assertEqual(findings("domain/utilisation.cpp", ""), [])


class Headers(unittest.TestCase):
    def test_pragma_once(self):
        self.assertEqual(len(findings("domain/a.hpp", header(start="/// What it is.\n"))), 1)

    def test_first_line(self):
        self.assertEqual(len(findings("domain/a.hpp", header(start="#pragma once\n"))), 1)
        self.assertEqual(findings("tests/support/a.hpp", header(start="#pragma once\n")), [])


class TopLevel(unittest.TestCase):
    required = [name if "." in name else name + "/x" for name in tidy.TOP_LEVEL_REQUIRED]

    def test_exactly_the_house(self):
        self.assertEqual(list(tidy.check_top_level([*self.required, "README.md", ".github/x", "deploy/run"])), [])

    def test_a_stranger(self):
        self.assertEqual(len(list(tidy.check_top_level([*self.required, "src/x.cpp"]))), 1)

    def test_a_missing_folder(self):
        self.assertEqual(len(list(tidy.check_top_level(self.required[1:]))), 1)

    def test_a_checkout_without_git_is_read_without_build_output(self):
        with tempfile.TemporaryDirectory() as root:
            for path in ["domain/a.cpp", "build/x.cpp", "build-asan/x.cpp", "data/journal", "tests/build/kept.cpp"]:
                os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                open(os.path.join(root, path), "w", encoding="utf-8").close()
            self.assertEqual(tidy.project_files(root), ["domain/a.cpp", "tests/build/kept.cpp"])


if __name__ == "__main__":
    sys.exit(unittest.main())
