#!/usr/bin/env python3
"""Leftovers: leftovers.py [ROOT]. Fails for unfinished marks and for paths of somebody's machine."""
import os
import re
import subprocess
import sys

# Written in parts, so that this file does not find itself.
MARKS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b(?!ING)")
MACHINE = re.compile(r"(?<![\w.:/~*-])/(wo" + r"rk|ro" + r"ot|ho" + r"me/[a-z]\w*|Users/\w+)/")
TEXT = (".c", ".h", ".py", ".sh", ".md", ".build", ".txt", ".yaml", ".yml", ".ts", ".vue", ".js",
        ".mjs", ".css", ".html", ".conf", ".service", ".cfg", ".S")
LOCK = ("package-lock.json",)


def paths(root):
    listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"],
                            stdout=subprocess.PIPE, check=True).stdout.decode()
    return [path for path in listed.split("\0") if path and os.path.isfile(os.path.join(root, path))]


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    bad = 0
    for path in paths(root):
        name = os.path.basename(path)
        if name in LOCK or not (name.endswith(TEXT) or "." not in name):
            continue
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as source:
            for number, line in enumerate(source, 1):
                mark, machine = MARKS.search(line), MACHINE.search(line)
                if mark:
                    print(f"{path}:{number}: {mark.group(1)}: finish it, or write it down as an issue")
                    bad += 1
                if machine:
                    print(f"{path}:{number}: {machine.group(0)}: a path of one machine; make it relative")
                    bad += 1
    return 1 if bad else 0


sys.exit(main())
