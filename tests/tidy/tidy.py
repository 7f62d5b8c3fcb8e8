"""Checks the rules of this code base that a compiler does not: tidy.py [root]

Layering of includes, sizes of files and functions, forbidden words, names, and the top-level folder. Each rule is a
function that takes a file and yields its findings; the tables below are the rules' only data. Prints one line a
finding and exits with 1 if there is any.
"""

import os
import re
import subprocess
import sys

LAYERS = {
    "domain": {"domain"},
    "config": {"config", "domain"},
    "persistence": {"persistence", "config", "domain"},
    "actors": {"actors", "persistence", "config", "domain"},
    "http": {"http", "actors", "persistence", "config", "domain"},
    "tests": {"tests", "http", "actors", "persistence", "config", "domain"},
}

# What an include starts with, and the starts of the paths that may include it. The first match counts.
THIRD_PARTY = [
    ("boost/test/", ["tests/"]),
    ("boost/", ["http/request_framer"]),
    ("caf/", ["actors/", "tests/"]),
    ("pistache/", ["http/server", "http/worker", "http/connection"]),
    ("simdjson", ["http/json_reader", "persistence/payment_", "tests/support/"]),
    ("sqlite3", ["persistence/sqlite_", "tests/unit/persistence/"]),
    ("libpq-fe.h", ["persistence/postgres_", "tests/"]),
    ("librdkafka/", ["persistence/kafka_", "tests/"]),
    ("nats/", ["persistence/nats_", "tests/"]),
    ("curl/", ["persistence/webhook_", "persistence/payment_", "persistence/curl_"]),
    ("openssl/", ["http/", "config/"]),
    ("CLI/", ["config/"]),
    ("toml++/", ["config/"]),
    ("spdlog/", ["config/"]),
    ("prometheus/", ["config/"]),
    ("tl/expected.hpp", ["domain/", "config/"]),
]
SYSTEM_FOLDERS = ("sys/", "net/", "netinet/", "arpa/", "linux/")

TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE", "deploy", *LAYERS}
TOP_LEVEL_REQUIRED = {"CMakeLists.txt", *LAYERS}
# Files without an ending are scripts; prose and data are not checked.
CHECKED_ENDINGS = (".cpp", ".hpp", ".py", ".sh", ".cmake", ".lua", ".js", ".sql", "CMakeLists.txt")
VAGUE_NAMES = {"helper", "helpers", "util", "utils", "misc", "manager", "managers"}

HEADER_LINES_MAX, HEADER_LINES_AIM = 200, 120
SOURCE_LINES_MAX, SOURCE_LINES_AIM = 500, 300
FUNCTION_LINES_MAX = 60
ACCESS = ("public", "private", "protected")

# The words are spelled in pieces so that this file keeps its own rules.
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"]) + r")\b")
WORD_RULES = [
    # (pattern, which paths, what is wrong); matched on code without comments and strings
    (re.compile(r"\busing\s+namespace\b"), r"\.hpp$", "`using namespace` in a header reaches every file that includes it"),
    (re.compile(r"\bstd::endl\b"), r"\.[ch]pp$", "`std::endl` flushes: write '\\n'"),
    (re.compile(r"#\s*include\s*<caf/all\.hpp>"), r"\.[ch]pp$", "include the CAF headers that are used, never all of them"),
    (re.compile(r"\b(sleep_for|sleep_until|usleep)\b"), r"^tests/", "a test waits for an event, it does not sleep"),
]


def is_cpp(path):
    return path.endswith((".cpp", ".hpp"))


def without_comments_and_strings(text):
    """The text with comments and the insides of literals blanked; line breaks stay, so line numbers hold."""
    token = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^()\s\\]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])*'",
        re.DOTALL,
    )
    include = re.compile(r'[ \t]*#[ \t]*include[^\n]*')
    out, at = [], 0
    while at < len(text):
        if (at == 0 or text[at - 1] == "\n") and (line := include.match(text, at)):
            out.append(line.group())
            at = line.end()
            continue
        if found := token.match(text, at):
            out.append("\n" * found.group().count("\n") if found.group()[0] == "/" else
                       '""' + "\n" * found.group().count("\n"))
            at = found.end()
            continue
        out.append(text[at])
        at += 1
    return "".join(out)


def check_includes(path, code):
    layer = path.split("/")[0]
    if layer not in LAYERS or not is_cpp(path):
        return
    for number, line in enumerate(code.split("\n"), 1):
        found = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if not found:
            continue
        quoted, name = found.group(1) == '"', found.group(2)
        reason = quoted_trouble(layer, name) if quoted else third_party_trouble(path, layer, name)
        if reason:
            yield number, reason


def quoted_trouble(layer, name):
    target = name.split("/")[0]
    if target not in LAYERS or "/" not in name:
        return f'"{name}" is not a full path from the top folder'
    if target not in LAYERS[layer]:
        return f"{layer}/ may not include {target}/ (\"{name}\")"
    return None


def third_party_trouble(path, layer, name):
    for prefix, allowed in THIRD_PARTY:
        if name.startswith(prefix):
            inside = any(path.startswith(start) for start in allowed)
            return None if inside else f"<{name}> is allowed only in {', '.join(allowed)}"
    if layer == "domain" and ("/" in name or "." in name):
        return f"domain/ includes the standard library only, not <{name}>"
    if "/" in name and not name.startswith(SYSTEM_FOLDERS):
        return f"<{name}> has no line in the table of third-party includes"
    return None


def check_lines(path, text):
    """Yields (line, finding, is_hard) for the size of a C++ file."""
    lines = text.count("\n")
    if path.endswith(".hpp"):
        most, aim = HEADER_LINES_MAX, HEADER_LINES_AIM
    elif path.endswith(".cpp"):
        most, aim = SOURCE_LINES_MAX, SOURCE_LINES_AIM
    else:
        return
    if lines > most:
        yield 1, f"{lines} lines, at most {most}", True
    elif lines > aim:
        yield 1, f"{lines} lines, the aim is {aim}", False


def check_header_start(path, text):
    if not path.endswith(".hpp"):
        return
    if not re.search(r"^#pragma once$", text, re.MULTILINE):
        yield 1, "a header needs #pragma once"
    if path.split("/")[0] != "tests" and not text.startswith("///"):
        yield 1, "a header's first line says in a /// comment what it is for"


def check_words(path, text, code):
    for number, line in enumerate(text.split("\n"), 1):
        if UNFINISHED.search(line):
            yield number, "marks unfinished work: finish it or write it down elsewhere"
    if is_cpp(path):
        for number, line in enumerate(code.split("\n"), 1):
            for pattern, where, reason in WORD_RULES:
                if re.search(where, path) and pattern.search(line):
                    yield number, reason


def check_name(path):
    stem = os.path.basename(path).split(".")[0]
    if VAGUE_NAMES & set(re.split(r"[_-]", stem)):
        yield 1, f"the name {os.path.basename(path)} does not say what is in the file"


def block_kind(head):
    """What a `{` opens at namespace or class level, told by the code before it: scope, function or value."""
    head = re.sub(r"\[\[.*?\]\]|\balignas\s*\([^()]*\)", " ", head, flags=re.DOTALL).strip()
    while head.startswith("template"):
        depth, end = 0, len(head)
        for at, letter in enumerate(head):
            depth += (letter == "<") - (letter == ">")
            if letter == ">" and depth == 0:
                end = at + 1
                break
        head = head[end:].strip()
    if re.match(r"(inline\s+|typedef\s+|static\s+|constexpr\s+)*(namespace\b|class\b|struct\b|union\b|enum\b|extern\s*\"\")", head):
        if "(" not in head.split(":")[0]:
            return "scope"
    if head.endswith("=") or "(" not in head:
        return "value"
    return "function"


def functions_over(code, most):
    """Yields (line, lines) of each function at namespace or class level that is longer than `most` lines."""
    code = re.sub(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", lambda found: "\n" * found.group().count("\n"), code, flags=re.MULTILINE)
    depth_inside = 0  # braces open inside a function or value
    kind, head_start, start_line, line = "", 0, None, 1
    for at, letter in enumerate(code):
        if letter == "\n":
            line += 1
            continue
        if depth_inside:
            depth_inside += (letter == "{") - (letter == "}")
            if depth_inside == 0:
                if kind == "function" and line - start_line + 1 > most:
                    yield start_line, line - start_line + 1
                # A brace that initialises a member is followed by the next one or by the body itself.
                if code[at + 1 :].lstrip()[:1] not in (",", "{"):
                    head_start, start_line = at + 1, None
            continue
        if not letter.isspace() and start_line is None:
            start_line = line
        if letter == "{":
            kind = block_kind(code[head_start:at])
            if kind == "scope":
                head_start, start_line = at + 1, None
            else:
                depth_inside = 1
        elif letter in ";}" or (letter == ":" and code[head_start:at].strip() in ACCESS):
            head_start, start_line = at + 1, None


def check_functions(path, code):
    if is_cpp(path):
        for number, length in functions_over(code, FUNCTION_LINES_MAX):
            yield number, f"a function of {length} lines, at most {FUNCTION_LINES_MAX}"


def check_top_level(paths):
    names = {path.split("/")[0] for path in paths}
    for name in sorted(names - TOP_LEVEL):
        if not name.startswith("."):
            yield f"{name}: does not belong at the top level"
    for name in sorted(TOP_LEVEL_REQUIRED - names):
        yield f"{name}: is missing at the top level"


def project_files(root):
    """The project's files, relative to root: what git tracks or would, else what lies there but build output."""
    try:
        listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                capture_output=True, check=True).stdout.decode().split("\0")
        return sorted(path for path in set(listed) if path and os.path.isfile(os.path.join(root, path)))
    except (OSError, subprocess.CalledProcessError):
        pass
    found = []
    for folder, subfolders, names in os.walk(root):
        if folder == root:
            subfolders[:] = [name for name in subfolders
                             if not name.startswith("build") and name not in ("data", ".git", ".cache")]
        subfolders[:] = [name for name in subfolders if name not in ("__pycache__", "node_modules")]
        found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(name for name in found if name != "compile_commands.json")


def check_file(path, text):
    """(findings, notes) of one file; a note is an aim that was missed and fails nothing."""
    code = without_comments_and_strings(text) if is_cpp(path) else ""
    hard = [*check_includes(path, code), *check_header_start(path, text), *check_words(path, text, code),
            *check_name(path), *check_functions(path, code)]
    notes = []
    for number, reason, is_hard in check_lines(path, text):
        (hard if is_hard else notes).append((number, reason))
    return ([f"{path}:{number}: {reason}" for number, reason in hard],
            [f"{path}:{number}: {reason}" for number, reason in notes])


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.getcwd()
    paths = project_files(root)
    findings, notes = list(check_top_level(paths)), []
    for path in paths:
        if path.endswith(CHECKED_ENDINGS) or "." not in os.path.basename(path):
            with open(os.path.join(root, path), encoding="utf-8") as source:
                file_findings, file_notes = check_file(path, source.read())
            findings += file_findings
            notes += file_notes
    for note in notes:
        print(f"note: {note}")
    for finding in findings:
        print(finding)
    print(f"tidy: {len(paths)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
