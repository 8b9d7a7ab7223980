"""Reading C sources for the checkers: which files there are, and their text without comments."""
import os
import re

FOLDERS = ("src", "tests", "fuzz", "bench")
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def sources(root, folders=FOLDERS, endings=(".c", ".h")):
    """Paths relative to root, in order."""
    found = []
    for folder in folders:
        for base, inner, names in os.walk(os.path.join(root, folder)):
            inner[:] = sorted(name for name in inner if name not in ("node_modules", "dist"))
            found += [os.path.relpath(os.path.join(base, name), root)
                      for name in sorted(names) if name.endswith(endings)]
    return found


def text_of(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as source:
        return source.read()


def blank(text, strings=True):
    """The same text with comments (and the inside of literals) blanked; line numbers stay."""
    def replace(match):
        token = match.group(0)
        if token[0] in "\"'":
            return token if not strings else token[0] + " " * (len(token) - 2) + token[0]
        return re.sub(r"[^\n]", " ", token)
    return TOKEN.sub(replace, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
