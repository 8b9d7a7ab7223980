#!/usr/bin/env python3
"""Banned functions: banned.py [ROOT]. Fails for a call in src/ that tools/banned.txt forbids."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import csource  # noqa: E402


def rules(root):
    with open(os.path.join(root, "tools/banned.txt"), encoding="utf-8") as source:
        for line in source:
            if line.strip() and not line.startswith("#"):
                names, folders, instead = line.split(None, 2)
                # Not a member (->free), not part of a longer name, and followed by its arguments.
                call = re.compile(r"(?<![\w.])(?<!->)(" + names + r")\s*\(")
                yield call, folders.split(","), instead.strip()


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    checks = list(rules(root))
    bad = 0
    for path in csource.sources(root, ("src",)):
        if path == "src/base/banned.h":
            continue
        folder = path.split("/")[1]
        text = csource.blank(csource.text_of(root, path))
        for call, folders, instead in checks:
            if folder in folders:
                continue
            for match in call.finditer(text):
                print(f"{path}:{csource.line_of(text, match.start())}: {match.group(1)} is banned "
                      f"in {folder}; use {instead}")
                bad += 1
    return 1 if bad else 0


sys.exit(main())
