#!/bin/sh
# Each header compiles alone: headers.sh [ROOT]. What it needs, it includes itself.
set -u
cd "${1:-.}" || exit 1
flags=$(pkg-config --cflags libmicrohttpd jansson sqlite3 libsodium libfyaml libzstd 2>/dev/null)
export flags
# shellcheck disable=SC2016 # expanded by the inner shell
find src -name '*.h' ! -path src/base/banned.h -print0 | xargs -0 -r -n 1 -P 2 sh -c '
    # shellcheck disable=SC2086
    if ! out=$(printf "#include \"%s\"\n" "${1#src/}" |
        ${CC:-cc} -std=gnu17 -D_GNU_SOURCE -DBIHUAN_VERSION=\"0\" -Isrc $flags -Wall -Wextra \
            -Werror -fsyntax-only -x c - 2>&1); then
        printf "%s: does not compile alone; include what it uses\n%s\n" "$1" "$out" | head -n 6
        exit 1
    fi' sh || exit 1
