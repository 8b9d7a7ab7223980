#!/usr/bin/env python3
"""Recounts every cell of every signed bulletin (--draft: of what a next version would say) from the facts alone, reading
no count of the log, and compares: recount.py [--draft] DATA BIHUAN. Exit status 1 when any cell differs."""
import collections, csv, functools, json, subprocess, sys
FOREVER, draft, (data, bihuan) = 2**62, ["--draft"] * ("--draft" in sys.argv), sys.argv[-2:]
rows = {row["number"]: row for row in csv.DictReader(open("rules/areas/divisions.csv", encoding="utf-8"))}
up = {row["code"]: rows[row["parent"]]["code"] if row["parent"] in rows else None for row in rows.values()}
units = list(csv.DictReader(open("rules/areas/units.csv", encoding="utf-8")))
cases, by_seq, signed, adjustments = collections.defaultdict(list), {}, {}, []
COUNTED = "case_diagnosed case_converted severity_changed case_moved_area case_excluded report_audited".split()
@functools.cache
def units_of(code, day):  # all units around a place: the subtrees of their members, less the excluded ones
    around, inside = {code} | {code := up[code] for _ in range(6) if code}, lambda text: around & set(text.split("|"))
    return [u["id"] for u in units if u["from"] <= day < (u["to"] or "9") and inside(u["members"]) and not inside(u["excludes"])]
def counts_at(e):  # its own time; if that window was signed before this was known, the beginning of the next open one
    free = [w for w in sorted(signed) if w[1] > e["at"] and (signed[w] or [FOREVER])[0] > e["seq"]]
    return e["at"] if len(e["times"]) > 1 else max(e["at"], free[0][0]) if free else "never"
def figures(start, end, position):  # {(unit, cell): people}
    count = collections.Counter()
    def add(place, at, kind, severity, n=1, converted=False, spans=("new", "cumulative")):
        for unit, span in [(u, s) for u in units_of(place, start[:10]) for s in spans]:
            if at < end and (span == "cumulative" or start <= at):
                parts = f"{kind}_{span}", f"severity_{span}.{severity}" * (kind == "confirmed"), "converted" * (converted and span == "new")
                count.update({(unit, part): n for part in parts})
    for case in cases.values():
        known = [{**e, "at": [at for s, at in e["times"] if s <= position][-1]} for e in case if e["seq"] <= position]
        known = sorted((e for e in known if e["at"]), key=lambda e: (e["kind"] != COUNTED[0], e["at"], e["seq"]))
        audits = sorted((e for e in known if e["kind"] == "report_audited"), key=lambda e: e["seq"])
        if not audits or known[0]["kind"] != COUNTED[0] or "case_excluded" in [e["kind"] for e in known]:
            continue
        place = max((e["seq"], e["area"]) for e in known if e["kind"] in ("case_diagnosed", "case_moved_area"))[1]
        stand = [e for e in known if "severity" in e and (e is known[0] or e["seq"] < audits[-1]["seq"] and e["at"] <= audits[-1]["at"])]
        confirmed = any(e.get("status") == "confirmed" or e["kind"] == "case_converted" for e in stand)
        add(place, counts_at(audits[-1]), "confirmed" if confirmed else "asymptomatic", stand[-1]["severity"])
        for e in [e for e in known if e["kind"] == "case_converted" and e not in stand and not confirmed][:1]:
            add(place, max(counts_at(e), counts_at(audits[-1])), "confirmed", e["severity"], converted=True)
    for area, f in [(area, f) for seq, area, f in adjustments if seq <= position and f["to_ms"] <= end]:
        add(area, f["from_ms"], f["measure"].split("_")[0], f["severity"], f["value"], spans=("cumulative",))
    return count
def compare(start, end, count):  # (cells, those that differ)
    cells, ask = {}, [bihuan, "bulletin", "--data", data, "--from", start, "--to", end, "--json", *draft]
    for said in [json.loads(subprocess.check_output(ask + ["--area", root])) for root in {u["parent"] for u in units} - {""}]:
        for row, name in [(row, n) for row in [said, *said["by_area"]] for n in row if n.endswith(("_new", "_cumulative", "converted"))]:
            for k, v in row[name].items() if name.startswith("severity_") else [("", row[name])]:
                cells[row["area"], (name + "." + k).rstrip(".")] = v
    wrong = [key for key, v in cells.items() if v != count[key] and (v is not None or count[key])]
    print(*[f"{start} {' '.join(key)}: bulletin {cells[key]}, recount {count[key]}\n" for key in wrong], sep="", end="")
    return len(cells), len(wrong)
for e in map(json.loads, subprocess.Popen([bihuan, "export", "log", "--data", data], stdout=subprocess.PIPE).stdout):
    kind, f, seq = e["kind"], e["fields"], e["seq"]
    if kind in COUNTED and (kind != "report_audited" or (f["level"], f["outcome"]) == ("province", "passed")):
        cases[f["case"]] += [by_seq.setdefault(seq, {**f, "kind": kind, "seq": seq, "times": [(0, e["occurred"])], "area": e["area"]})]
    elif kind in ("fact_withdrawn", "fact_redated") and f["target"] in by_seq:
        by_seq[f["target"]]["times"].append((seq, f.get("occurred_ms")))
    adjustments += [(seq, e["area"], f)] * (kind == "publisher_adjusted")
    if kind in ("bulletin_window_opened", "bulletin_signed"):
        signed.setdefault((f["from_ms"], f["to_ms"]), []).extend([f["position"]] if kind == "bulletin_signed" else [])
found = [compare(*w, figures(*w, FOREVER if draft else signed[w][-1])) for w in sorted(signed) if draft or signed[w]]
print(f"{len(found)} bulletins, {sum(n for n, _ in found)} cells, {sum(bad for _, bad in found)} differ")
sys.exit(not found or any(bad for _, bad in found))
