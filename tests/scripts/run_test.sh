#!/usr/bin/env bash
# deploy/run with the real program: the ready line, the demo catalogue once, signals, and a port in use.
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
address=http://127.0.0.1:$port
export ORDERD_DATA_DIR=$scratch/data PORT=$port
unset HOST LISTEN_PORT SERVICE_PORT DATABASE_URL DB_HOST AUTH OPERATORS ORDERD_CONFIG
mark=$ORDERD_DATA_DIR/.demo-catalogue-pending
running=
trap '[[ -z $running ]] || kill -KILL "$running" 2>/dev/null || true; rm -rf "$scratch"' EXIT

# start [flag…]: runs deploy/run until its ready line; `running` is its process id.
start() {
    rm -f "$scratch/out"
    mkfifo "$scratch/out"
    # Background jobs of a script ignore SIGINT; a program started by hand does not.
    env --default-signal=INT "$root/deploy/run" "$@" >"$scratch/out" 2>>"$scratch/log" &
    running=$!
    exec 4<"$scratch/out"
    IFS= read -r -t 120 line <&4 || { cat "$scratch/log" >&2; failed "no ready line"; }
    check_equal "the ready line" "orderd is ready on $address" "$line"
}

# stop <signal>: `status` is how deploy/run ended; its output must have ended too, with no further line.
stop() {
    kill "-$1" "$running"
    status=0
    wait "$running" || status=$?
    running=
    check_equal "output after the ready line" "" "$(timeout 60 cat <&4 || echo "still open")"
    ! curl --silent --noproxy '*' --max-time 5 "$address/health/live" || failed "something still answers after SIG$1"
}

on_hand() { curl --silent --noproxy '*' --max-time 30 "$address/stock/$1" | jq .on_hand; }
set_on_hand() {
    curl --silent --noproxy '*' --max-time 30 --fail --output /dev/null --request PUT \
        --header 'Content-Type: application/json' --data "$2" "$address/stock/$1" || failed "PUT /stock/$1"
}

start
check_equal "an empty folder gets the catalogue: FLASH-100" 100 "$(on_hand FLASH-100)"
check_equal "an empty folder gets the catalogue: WIDGET-001" 100000 "$(on_hand WIDGET-001)"
[[ ! -e $mark ]] || failed "the mark stayed after a whole import"
set_on_hand FLASH-100 '{"name": "Flash", "price": 9.90, "on_hand": 77, "product_id": 3}'

status=0
refused=$("$root/deploy/run" 2>&1 </dev/null) || status=$?
check_equal "a port in use: status" 1 "$status"
check_contains "a port in use: says so" "already listens on 127.0.0.1:$port" "$refused"
stop TERM
check_equal "SIGTERM: status" 0 "$status"

start
check_equal "a used folder is left alone" 77 "$(on_hand FLASH-100)"
stop INT
check_equal "SIGINT: status" 0 "$status"

# As after an import that was cut short: some products exist, the mark does too.
: >"$mark"
start
check_equal "a repair leaves what exists alone" 77 "$(on_hand FLASH-100)"
[[ ! -e $mark ]] || failed "the mark stayed after a repair"
kill -KILL "$running"
wait "$running" 2>/dev/null || true
running=

rm -rf "$ORDERD_DATA_DIR"
mkdir -p "$ORDERD_DATA_DIR"
: >"$mark"
start
check_equal "a repair imports what is missing" 100 "$(on_hand FLASH-100)"
stop TERM

# Whether the database is there or not, nothing but the embedded store is filled.
rm -rf "$ORDERD_DATA_DIR"
"$root/deploy/run" --database-url postgresql://127.0.0.1:1/none >/dev/null 2>"$scratch/away.log" </dev/null &
running=$!
for ((tries = 0; tries < 600; ++tries)); do
    grep -q '"message":"listening"' "$scratch/away.log" && break
    kill -0 "$running" || failed "it ended while its database is away"
    read -r -t 0.1 <> <(:) || true
done
grep -q '"message":"listening"' "$scratch/away.log" || failed "it does not listen while its database is away"
[[ ! -e $mark ]] || failed "a database named by a flag would get the demo catalogue"
kill -TERM "$running"
status=0
wait "$running" || status=$?
running=
check_equal "SIGTERM while the database is away: status" 0 "$status"

check_contains "a task is done and ends" "has schema" "$("$root/deploy/run" --migrate 2>/dev/null </dev/null)"
status=0
verified=$("$root/deploy/run" --verify "$ORDERD_DATA_DIR" 2>/dev/null </dev/null) || status=$?
check_equal "--verify is answered by orderd: status" 0 "$status"
check_contains "--verify is answered by orderd" "nothing differs" "$verified"
# An import is a client: it has nobody to announce, and fills no folder.
status=0
refused=$("$root/deploy/run" import "$root/deploy/demo-catalogue.csv" --url "$address" 2>&1 </dev/null) || status=$?
check_equal "an import without an engine: status" 1 "$status"
check_contains "an import without an engine: says so" "orderd import: the engine cannot be reached" "$refused"
[[ ! -e $mark ]] || failed "an import would get the demo catalogue"
rm -rf "$ORDERD_DATA_DIR"

status=0
refused=$("$root/deploy/run" --port 0 2>&1 </dev/null) || status=$?
check_equal "a port that cannot be announced: status" 2 "$status"

check_equal "a bad setting: status" 2 "$("$root/deploy/run" --port x >/dev/null 2>&1 </dev/null || echo $?)"
check_contains "--check-config is answered by orderd" "$port" \
    "$(timeout 120 "$root/deploy/run" --check-config 2>/dev/null </dev/null)"

# What a file says counts like flags and environment, and less than either.
folder="$scratch/a \"b\" \\c"
export ORDERD_CONFIG=$scratch/orderd.toml
printf 'host = "localhost"\nport = %s\ndata_dir = "%s"\noperators = ["chief", "other"]\n' \
    "$port" "$scratch/a \\\"b\\\" \\\\c" >"$ORDERD_CONFIG"
environment_folder=$ORDERD_DATA_DIR
unset PORT ORDERD_DATA_DIR
address=http://localhost:$port
start
check_equal "the file's folder gets the catalogue" 100 "$(on_hand FLASH-100)"
[[ -n $(ls -A "$folder") ]] || failed "nothing in the folder that the file names"
set_on_hand FLASH-100 '{"on_hand": 55}'
stop TERM

export ORDERD_DATA_DIR=$environment_folder
address=http://127.0.0.1:$port
start --host 127.0.0.1
check_equal "the environment's folder goes before the file's" 100 "$(on_hand FLASH-100)"
stop TERM
