#!/usr/bin/env python3
"""Makes the table of embedded files: embed.py OUTPUT.S WORK_DIR PREFIX=FOLDER...

Each file below FOLDER becomes PREFIX/relative/path. Missing folders are skipped, hidden files too.
The output names every file with its hash and is rewritten only when it would differ, so an
unchanged tree costs no rebuild. Compressed copies are kept in WORK_DIR under their hash.
"""
import gzip
import hashlib
import os
import sys

TYPES = {
    "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8", "json": "application/json", "svg": "image/svg+xml",
    "png": "image/png", "ico": "image/x-icon", "woff2": "font/woff2", "woff": "font/woff",
    "webmanifest": "application/manifest+json", "yaml": "text/yaml; charset=utf-8",
    "csv": "text/csv; charset=utf-8", "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8", "geojson": "application/geo+json",
    "webp": "image/webp", "map": "application/json", "wasm": "application/wasm",
}
MIN_SAVING = 64  # bytes; below it a compressed copy is not worth its place


def media_type(path):
    return TYPES.get(path.rsplit(".", 1)[-1].lower(), "application/octet-stream")


def files_below(prefix, folder):
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in names:
            if not name.startswith("."):
                full = os.path.join(base, name)
                yield prefix + "/" + os.path.relpath(full, folder).replace(os.sep, "/"), full


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def compressed(data, digest, work):
    """(path, size) of the kept gzip copy; None where it saves nothing."""
    kept = os.path.join(work, digest + ".gz")
    if not os.path.exists(kept):
        with open(kept + ".part", "wb") as out:
            out.write(gzip.compress(data, 9, mtime=0))
        os.replace(kept + ".part", kept)
    size = os.path.getsize(kept)
    return (kept, size) if size + MIN_SAVING <= len(data) else None


def table(entries, work):
    texts, rows = [], []
    for number, (path, full) in enumerate(entries):
        with open(full, "rb") as source:
            data = source.read()
        digest = hashlib.sha256(data).hexdigest()
        small = compressed(data, digest, work) if path.startswith("web/") else None
        for label, text in (("path", path), ("type", media_type(path)), ("hash", digest)):
            texts.append(f".L{label}{number}: .asciz {quoted(text)}")
        texts.append(f".balign 16\n.Ldata{number}: .incbin {quoted(os.path.abspath(full))}\n.byte 0")
        if small:
            texts.append(f".balign 16\n.Lgzip{number}: .incbin {quoted(os.path.abspath(small[0]))}")
        rows.append(f".quad .Lpath{number}, .Ldata{number}, {len(data)}, "
                    f"{f'.Lgzip{number}, {small[1]}' if small else '0, 0'}, "
                    f".Ltype{number}, .Lhash{number}")
    return "\n".join(
        ["/* Made by tools/embed.py; struct embedded_file is in base/embedded.h. */",
         ".section .rodata", *texts,
         ".section .data.rel.ro, \"aw\"", ".balign 8", ".globl bh_embedded_table",
         "bh_embedded_table:", *rows,
         ".section .rodata", ".balign 8", ".globl bh_embedded_table_count",
         "bh_embedded_table_count:", f".quad {len(rows)}",
         '.section .note.GNU-stack, "", %progbits', ""])


def main():
    output, work = sys.argv[1:3]
    os.makedirs(work, exist_ok=True)
    entries = []
    for pair in sys.argv[3:]:
        prefix, folder = pair.split("=", 1)
        entries.extend(files_below(prefix, folder))
    # strcmp order: bytes, as embedded_find expects.
    entries.sort(key=lambda entry: entry[0].encode())
    text = table(entries, work)
    try:
        with open(output, encoding="utf-8") as old:
            if old.read() == text:
                return
    except FileNotFoundError:
        pass
    with open(output, "w", encoding="utf-8") as out:
        out.write(text)


main()
