#!/usr/bin/env python3
"""SQL is written as string literals only: sql_literals.py [ROOT].

Fails where a literal that begins like SQL holds a printf conversion or stands in a call that builds
text. Values go in by binding; names of tables are spelled out.
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
BUILDER = re.compile(r"\b(\w*(?:printf|append|concat|format|buf_add|buffer_add|buf_put|text_add)\w*)\s*\([^;{}()]*$")


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    bad = 0
    for path in csource.sources(root, ("src",)):
        text = csource.blank(csource.text_of(root, path), strings=False)
        for match in LITERAL.finditer(text):
            if not SQL.match(match.group(0)):
                continue
            where = f"{path}:{csource.line_of(text, match.start())}"
            builder = BUILDER.search(text[max(0, match.start() - 200):match.start()])
            if CONVERSION.search(match.group(0)):
                print(f"{where}: SQL with a conversion in it; bind the value instead")
                bad += 1
            elif builder:
                print(f"{where}: SQL passed to {builder.group(1)}; use one literal and bind values")
                bad += 1
    return 1 if bad else 0


sys.exit(main())
