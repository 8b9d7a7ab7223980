#!/usr/bin/env python3
"""Sizes: sizes.py [ROOT]. Functions of at most 70 lines, nine of ten of at most 45; files of 800.

Relies on the form that clang-format gives: the body of a function begins with `{` and ends with `}`
in the first column. Counted is the body with both braces.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import csource  # noqa: E402

FUNCTION_MAX, FUNCTION_P90, FILE_MAX = 70, 45, 800


def functions(text):
    """(name, first line, lines) of each function."""
    lines = csource.blank(text).split("\n")
    begin = 0
    for number, line in enumerate(lines, 1):
        if line.rstrip() == "{":
            begin = number
        elif line.rstrip() == "}" and begin:
            name = next((above.split("(")[0].split()[-1].lstrip("*")
                         for above in reversed(lines[max(0, begin - 8):begin - 1])
                         if "(" in above and above[:1].strip()), "?")
            yield name, begin, number - begin + 1
            begin = 0


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    bad, sizes, files = 0, [], 0
    for path in csource.sources(root):
        text = csource.text_of(root, path)
        files += 1
        length = text.count("\n")
        if length > FILE_MAX:
            print(f"{path}: {length} lines, at most {FILE_MAX}; split it by noun")
            bad += 1
        for name, line, size in functions(text):
            sizes.append(size)
            if size > FUNCTION_MAX:
                print(f"{path}:{line}: {name} has {size} lines, at most {FUNCTION_MAX}; "
                      "name its steps as functions")
                bad += 1
    sizes.sort()
    if sizes:
        p50, p90 = sizes[len(sizes) // 2], sizes[len(sizes) * 9 // 10]
        print(f"{len(sizes)} functions in {files} files: half up to {p50} lines, nine of ten up to "
              f"{p90}, longest {sizes[-1]}")
        if p90 > FUNCTION_P90:
            print(f"nine of ten functions must have at most {FUNCTION_P90} lines")
            bad += 1
    return 1 if bad else 0


sys.exit(main())
