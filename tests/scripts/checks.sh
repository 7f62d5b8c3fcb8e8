# shellcheck shell=bash disable=SC2034
# Sourced by the script tests: a scratch folder that is removed at the end, and checks that name what they found.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

failed() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# check_equal <what> <expected> <actual>
check_equal() { [[ $3 == "$2" ]] || failed "$1: expected '$2', got '$3'"; }

# check_contains <what> <part> <whole>
check_contains() { [[ $3 == *"$2"* ]] || failed "$1: expected '$2' in '$3'"; }
