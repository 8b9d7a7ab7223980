#!/bin/sh
# All static checks: lint.sh [CHECK...]. Each says what is wrong, where, and how to mend it.
# A failed check prints its findings; the last line is the sum.
set -u
cd "$(dirname "$0")/.." || exit 1
mkdir -p build/lint

check_layers() { tools/layers.py; }             # include law
check_banned() { tools/banned.py; }             # forbidden functions
check_headers() { tools/headers.sh; }           # each header compiles alone
check_sizes() { tools/sizes.py; }               # lines of functions and files
check_sql() { tools/sql_literals.py; }          # SQL only as literals
check_leftovers() { tools/leftovers.py; }       # unfinished marks, machine paths

check_format() {
    if ! c_files | xargs -0 -r clang-format --dry-run -Werror 2>build/lint/format.txt; then
        grep -c 'error:' build/lint/format.txt | sed 's/$/ places are formatted otherwise:/'
        sed -n 's/:[0-9]*:[0-9]*: error:.*//p' build/lint/format.txt | sort | uniq -c
        echo "run ./dev format"
        return 1
    fi
}

c_files() {
    find src tests fuzz bench -name node_modules -prune -o -name '*.[ch]' -print0 2>/dev/null
}

check_shell() {
    # shellcheck disable=SC2046 # names of ours, without blanks
    shellcheck $(grep -rlE --exclude-dir=node_modules '^#!/bin/(sh|bash)|^#!/usr/bin/env bash' \
        dev tools tests bench .ci 2>/dev/null)
}

check_python() {
    grep -rlE --exclude-dir=node_modules '^#!/usr/bin/env python3' tools tests bench 2>/dev/null |
        xargs -r python3 -c '
import ast, sys
for path in sys.argv[1:]:
    ast.parse(open(path, encoding="utf-8").read(), path)'
}

# Types of the pages. ./dev lint has installed their packages.
check_console() {
    for page in console phone; do
        [ ! -f "web/$page/package.json" ] || npm --prefix "web/$page" run --silent check || return 1
    done
}

# compiler_build DIR COMPILER: all of it, warnings being errors.
compiler_build() {
    if [ ! -f "$1/build.ninja" ]; then
        CC=$2 meson setup "$1" >build/lint/setup.txt 2>&1 || {
            tail -n 10 build/lint/setup.txt
            return 1
        }
    fi
    ninja -C "$1" >build/lint/compile.txt 2>&1 || {
        grep -E -A 6 'error:|FAILED' build/lint/compile.txt | head -n 40
        return 1
    }
}

check_gcc() { compiler_build build/dev gcc; }
check_clang() { compiler_build build/clang clang; }

check_cppcheck() {
    cppcheck -q -j 2 --std=c11 --enable=warning,portability,performance --inline-suppr \
        --error-exitcode=1 --suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches \
        --suppressions-list=tools/cppcheck.txt -DBIHUAN_VERSION='"0"' -Isrc src 2>&1
}

# clang-tidy is kept to the time it is worth; it needs the flags of the clang build.
check_tidy() {
    compiler_build build/clang clang || return 1
    find src -name '*.c' -print0 |
        xargs -0 -P 2 -n 4 clang-tidy -p build/clang --quiet 2>/dev/null >build/lint/tidy.txt
    grep -E 'warning:|error:' build/lint/tidy.txt | sort -u | sed "s|^$PWD/||" >build/lint/tidy-short.txt
    head -n 40 build/lint/tidy-short.txt
    [ ! -s build/lint/tidy-short.txt ]
}

all="layers banned headers sizes sql leftovers format shell python console gcc clang cppcheck tidy"
# shellcheck disable=SC2086 # a list of names
[ $# -gt 0 ] || set -- $all
passed=0
failed=0
for name in "$@"; do
    case " $all " in
    *" $name "*) ;;
    *)
        echo "no check $name; there are: $all"
        exit 2
        ;;
    esac
    begun=$(date +%s)
    if "check_$name" >"build/lint/$name.out" 2>&1; then
        passed=$((passed + 1))
        echo "ok $name ($(($(date +%s) - begun)) s)"
    else
        failed=$((failed + 1))
        echo "FAIL $name"
        sed 's/^/    /' "build/lint/$name.out"
    fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
