#!/usr/bin/env python3
"""Codes for the labels of antigen kits: kit_codes.py COUNT [ADDRESS]. 60 bits of chance each and a check character, as
base/code60.h reads them; with ADDRESS the text of the QR code, which opens the page with the code after '#'."""
import os
import sys

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def code_text(number):
    values = [number >> 5 * (11 - place) & 31 for place in range(12)]
    total, factor = 0, 2
    for value in reversed(values):
        part = value * factor
        total, factor = total + part // 32 + part % 32, 3 - factor
    text = "".join(ALPHABET[value] for value in values + [(32 - total % 32) % 32])
    return "-".join((text[0:4], text[4:8], text[8:12], text[12]))


def main():
    if len(sys.argv) not in (2, 3) or not sys.argv[1].isdigit():
        sys.exit(__doc__)
    for _ in range(int(sys.argv[1])):
        code = code_text(int.from_bytes(os.urandom(8), "big") >> 4)
        print(f"{sys.argv[2].rstrip('/')}/result/antigen.html#{code}" if len(sys.argv) == 3 else code)


if __name__ == "__main__":
    main()
