#!/usr/bin/env bash
# deploy/install-packages against a fake dpkg-query and a fake apt-get that only notes its calls.
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"

install=$root/deploy/install-packages
bin=$scratch/bin
calls=$scratch/apt-calls
mkdir "$bin"
# PATH holds only what the script may use, so that "neither root nor sudo" can be staged.
for tool in bash env sort dirname; do
    ln -s "$(command -v "$tool")" "$bin/$tool"
done

# packages_present <regular expression>: what dpkg-query calls installed
packages_present() {
    cat >"$bin/dpkg-query" <<END
#!/bin/bash
[[ \${!#} =~ ^($1)\$ ]] && printf installed || exit 1
END
    cat >"$bin/apt-get" <<END
#!/bin/bash
echo "\${DEBIAN_FRONTEND-} \$*" >>"$calls"
END
    chmod +x "$bin/dpkg-query" "$bin/apt-get"
    : >"$calls"
}

run() {
    status=0
    output=$(PATH=$bin "$@" 2>&1) || status=$?
}

packages_present '.*'
run "$install" build run test load
check_equal "nothing missing: status" 0 "$status"
check_equal "nothing missing: output" "" "$output"
check_equal "nothing missing: calls of apt-get" "" "$(cat "$calls")"

printf '#!/bin/bash\n' | tee "$bin/node" >"$bin/npm"
chmod +x "$bin/node" "$bin/npm"
packages_present '[^n].*|n[^op].*'
run "$install" test
check_equal "node from elsewhere: status" 0 "$status"
check_equal "node from elsewhere: calls of apt-get" "" "$(cat "$calls")"
rm "$bin/node" "$bin/npm"
if ((EUID == 0)); then
    run "$install" test
    check_equal "no node: status" 0 "$status"
    check_contains "no node: installs it" "install -y --no-install-recommends nodejs npm" "$(cat "$calls")"
fi

packages_present '[^c].*|c[^u].*'
if ((EUID == 0)); then
    run "$install" run test
    check_equal "curl missing: status" 0 "$status"
    check_contains "curl missing: says so" "installing curl" "$output"
    check_contains "curl missing: updates the lists" "noninteractive -q -o DPkg::Lock::Timeout=300 update" "$(cat "$calls")"
    check_contains "curl missing: installs only that" "install -y --no-install-recommends curl" "$(cat "$calls")"

    printf '#!/bin/bash\nexit 100\n' >"$bin/apt-get"
    run "$install" run
    check_equal "apt-get fails: status" 1 "$status"
    check_contains "apt-get fails: says so" "could not install: curl" "$output"

    # The same as a user who may not: nobody's shell, without sudo in its PATH.
    as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    ln -s "$(command -v setpriv)" "$bin/setpriv"
    cp "$install" "$scratch/install-packages"
    chmod 755 "$scratch" "$scratch/install-packages"
    run "${as_nobody[@]}" "$scratch/install-packages" run
else
    run "$install" run
fi
check_equal "neither root nor sudo: status" 1 "$status"
check_contains "neither root nor sudo: says so" "neither root nor sudo to install them: curl" "$output"

cat >"$bin/sudo" <<'END'
#!/bin/bash
echo "sudo $*"
END
chmod +x "$bin/sudo"
if ((EUID == 0)); then
    run "${as_nobody[@]}" "$scratch/install-packages" run
else
    run "$install" run
fi
check_equal "through sudo: status" 0 "$status"
check_contains "through sudo: calls it" \
    "sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends curl" \
    "$output"

run "$install" rnu
check_equal "unknown purpose: status" 2 "$status"
check_contains "unknown purpose: says so" "unknown purpose 'rnu'" "$output"
run "$install"
check_equal "no purpose: status" 2 "$status"

rm "$bin/dpkg-query"
run "$install" run
check_equal "no Debian: status" 1 "$status"
check_contains "no Debian: says so" "not a Debian system" "$output"
