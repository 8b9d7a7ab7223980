#!/usr/bin/env python3
"""Include law: layers.py [ROOT]. Fails for an include that tools/layers.txt does not allow."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import csource  # noqa: E402

OWN = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.M)
OUTSIDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]+<([^>]+)>", re.M)


def law(root):
    allowed, links, headers = {}, set(), {}
    with open(os.path.join(root, "tools/layers.txt"), encoding="utf-8") as source:
        for line in source:
            words = line.split("#")[0].replace(":", " ").split()
            if not words:
                continue
            kind, name, may = words[0], words[1], set(words[2:])
            if kind == "header":
                headers[name] = may
                continue
            allowed[name] = may
            if kind == "link":
                links.add(name)
    return allowed, links, headers


def reason_against(folder, target, allowed, links):
    """Why src/<folder>/ may not include target, or None."""
    if "/" not in target:
        if folder == "main":
            return None
        return f'write "{folder}/{target}": includes name their folder'
    to, name = target.split("/", 1)
    if to == folder or "ALL" in allowed[folder]:
        return None
    if to not in allowed:
        return f"{to} is no folder of tools/layers.txt"
    if to in allowed[folder] or (to in links and "LINKS" in allowed[folder]):
        return None
    if folder in links and to in links:
        if name in (f"{to}_events.h", f"{to}_facts.h"):
            return None
        return f"of the link {to} only {to}_events.h and {to}_facts.h may be included"
    return f"{folder} may not include {to}; move the code down, or publish a fact or event"


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    allowed, links, headers = law(root)
    bad = 0
    for path in csource.sources(root, ("src",)):
        parts = path.split("/")
        folder = parts[1] if len(parts) > 2 else "main"
        text = csource.blank(csource.text_of(root, path), strings=False)
        if folder not in allowed:
            print(f"{path}:1: {folder} is no folder of tools/layers.txt")
            bad += 1
            continue
        where = [(m.start(), m.group(1), True) for m in OWN.finditer(text)]
        where += [(m.start(), m.group(1), False) for m in OUTSIDE.finditer(text)]
        for offset, target, own in sorted(where):
            if own:
                reason = reason_against(folder, target, allowed, links)
            elif target in headers and folder not in headers[target]:
                reason = f"<{target}> belongs to {' '.join(sorted(headers[target]))}"
            else:
                continue
            if reason:
                print(f"{path}:{csource.line_of(text, offset)}: {reason}")
                bad += 1
    return 1 if bad else 0


sys.exit(main())
