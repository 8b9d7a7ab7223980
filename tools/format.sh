#!/bin/sh
# Formats every C file in place.
set -eu
cd "$(dirname "$0")/.."
find src tests fuzz bench -name '*.[ch]' -print0 2>/dev/null | xargs -0 -r clang-format -i
