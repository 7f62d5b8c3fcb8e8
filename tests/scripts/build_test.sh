#!/usr/bin/env bash
# deploy/build and tests/run in a small project of their own: configured once, tests kept, every end in one line.
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"

project=$scratch/project
mkdir -p "$project/deploy" "$project/tests/support" "$project/tests/npm"
cp "$root/deploy/build" "$project/deploy/"
cp "$root/tests/run" "$project/tests/"
cp "$root/tests/support/tally.py" "$project/tests/support/"
for installer in deploy/install-packages deploy/npm-install; do
    printf '#!/bin/bash\n' >"$project/$installer"
    chmod +x "$project/$installer"
done
cat >"$project/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(sample LANGUAGES NONE)
option(ORDERD_TESTS "" OFF)
add_custom_target(sample ALL)
if(ORDERD_TESTS)
  enable_testing()
  foreach(name IN ITEMS good crashes empty)
    add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/${name} --logger=JUNIT,test_suite,${CMAKE_BINARY_DIR}/tests/reports/${name}.xml)
  endforeach()
  add_test(NAME plain COMMAND true)
endif()
END
cat >"$project/good" <<'END'
#!/bin/bash
echo "<testsuite><testcase name='a'/><testcase name='b'/></testsuite>" >"${1##*,}"
END
printf '#!/bin/bash\nkill -SEGV $$\n' >"$project/crashes"
printf '#!/bin/bash\necho "<testsuite/>" >"${1##*,}"\n' >"$project/empty"
chmod +x "$project"/{good,crashes,empty}

run() {
    status=0
    output=$("$@" 2>&1) || status=$?
    last=${output##*$'\n'}
}
tests_setting() { sed -n 's/^ORDERD_TESTS:BOOL=//p' "$project/build/CMakeCache.txt"; }

run "$project/deploy/build" sample
check_equal "first build: status" 0 "$status"
check_equal "first build: without tests" OFF "$(tests_setting)"
run "$project/deploy/build" sample
[[ $output != *Configuring* ]] || failed "a second build configured again"

run "$project/tests/run" '^(good|plain)$'
check_equal "passing tests: status" 0 "$status"
check_equal "passing tests: last line" "3 passed, 0 failed" "$last"
run "$project/tests/run"
check_equal "all: status" 1 "$status"
check_equal "all: last line" "3 passed, 2 failed" "$last"
check_contains "a crash is named" "FAILED crashes: ended without a report" "$output"
check_contains "no case is named" "FAILED empty: ran no test case" "$output"
run "$project/tests/run" no_such_test
check_equal "no test: status" 1 "$status"
check_equal "no test: last line" "0 passed, 1 failed" "$last"

# The report of an earlier run must not stand in for a crashed one.
cp "$project/crashes" "$project/good"
run "$project/tests/run" '^good$'
check_equal "stale report: last line" "0 passed, 1 failed" "$last"

run "$project/deploy/build" sample
check_equal "a build for running keeps the tests" ON "$(tests_setting)"

mv "$project" "$scratch/moved"
project=$scratch/moved
run "$project/deploy/build" sample
check_equal "a moved checkout: status" 0 "$status"
check_contains "a moved checkout: says so" "configuring it anew" "$output"

echo 'message(FATAL_ERROR "broken")' >>"$project/CMakeLists.txt"
run "$project/tests/run"
check_equal "broken build: status" 1 "$status"
check_equal "broken build: last line" "0 passed, 1 failed" "$last"
check_contains "broken build: says so" "the build failed" "$output"
