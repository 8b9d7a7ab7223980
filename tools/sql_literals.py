#!/usr/bin/env python3
"""SQL is written as string literals only: sql_literals.py [ROOT].

Fails where a literal that begins like SQL holds a printf conversion or stands in a call that builds
text, and where a database call gets a buffer instead of a literal. Values go in by binding; names of
tables are spelled out. Exceptions: a PRAGMA, which cannot bind, may take a number; and the files of
tools/sql_exceptions.txt, each with its reason.
"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import csource  # noqa: E402

PIECE = r'"(?:\\.|[^"\\\n])*"'
LITERAL = re.compile(PIECE + r"(?:\s*" + PIECE + r")*")
SQL = re.compile(r'^"\s*(SELECT\s|INSERT\s+(OR|INTO)\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s|'
                 r"DROP\s+(TABLE|INDEX|TRIGGER|VIEW)|ALTER\s+TABLE|PRAGMA\s|REPLACE\s+INTO|WITH\s+\w+.*\bAS\s*\(|"
                 r"ATTACH\s|VACUUM)", re.S)
CONVERSION = re.compile(r"%[-+ #0]*\d*(?:\.\d+|\.\*)?(?:hh|h|ll|l|z|j|t)?[sdiuxXcp]|%(?:ll|l|z)?[dux]|PRI[dux]\d+")
PRAGMA_NUMBER = re.compile(r'"PRAGMA [a-z_]+ ?= ?-?%d"')
BUILDER = re.compile(r"\b(\w*(?:printf|append|concat|format|buf_add|buffer_add|buf_put|text_add)\w*)\s*\([^;{}()]*$")
DATABASE_CALL = re.compile(r"\bdb_(script|run|rows|int)\s*\(")
SQL_ARGUMENT = {"script": 1, "run": 2, "rows": 2, "int": 4}


def arguments(text, begin):
    """The arguments of a call whose first character stands at begin; literals are blanked."""
    depth, found, start = 1, [], begin
    for at in range(begin, len(text)):
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}":
            depth -= 1
        if depth == 0 or (depth == 1 and text[at] == ","):
            found.append(text[start:at].strip())
            start = at + 1
        if depth == 0:
            break
    return found


def buffers_passed(text):
    """(offset, argument) of database calls whose SQL is a buffer filled at run time."""
    blanked = csource.blank(text)
    for match in DATABASE_CALL.finditer(blanked):
        found = arguments(blanked, match.end())
        index = SQL_ARGUMENT[match.group(1)]
        sql = found[index] if index < len(found) else ""
        local = re.fullmatch(r"\w+", sql) and re.search(
            r"^[ \t]+char " + re.escape(sql) + r"\s*\[", blanked, re.M)
        if local or re.search(r"(\.|->)at\b", sql):
            yield match.start(), sql


def exceptions(root):
    with open(os.path.join(root, "tools/sql_exceptions.txt"), encoding="utf-8") as source:
        return {line.split()[0] for line in source if line.strip() and line[0] != "#"}


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    bad, excepted = 0, exceptions(root)
    for path in csource.sources(root, ("src",)):
        if path in excepted:
            continue
        text = csource.blank(csource.text_of(root, path), strings=False)
        for offset, sql in buffers_passed(csource.text_of(root, path)):
            print(f"{path}:{csource.line_of(text, offset)}: SQL from the buffer {sql}; use a literal")
            bad += 1
        for match in LITERAL.finditer(text):
            if not SQL.match(match.group(0)):
                continue
            where = f"{path}:{csource.line_of(text, match.start())}"
            builder = BUILDER.search(text[max(0, match.start() - 200):match.start()])
            if PRAGMA_NUMBER.fullmatch(match.group(0)):
                continue
            if CONVERSION.search(match.group(0)):
                print(f"{where}: SQL with a conversion in it; bind the value instead")
                bad += 1
            elif builder:
                print(f"{where}: SQL passed to {builder.group(1)}; use one literal and bind values")
                bad += 1
    return 1 if bad else 0


sys.exit(main())
