"""Files of analysers over HTTP: the sample sheet goes out, results come in, and a file that does not fit changes nothing."""
import csv
import io
import zipfile

from server import idempotency_key
from sessions import FAMILY

HEAD = "Experiment Barcode,{code}\n\nWell Position,Sample Name,Target Name,CT\n"


def result_file(code, codes, changed=lambda text: text):
    rows = [(f"{'ABCDEFGH'[i]}1", code, "Undetermined") for i, code in enumerate(codes)]
    rows += [("G12", "NTC", "Undetermined"), ("H12", "PC", "25.1")]
    lines = [f"{well},{name},{target},{ct}" for well, name, ct in rows for target in ("ORF1ab", "N")]
    return changed(HEAD.format(code=code) + "\n".join(lines) + "\n")


def tubes(sampler, lab, team, laboratory, count):
    """Single tubes of a clinic, received by the laboratory."""
    codes = []
    for number in range(count):
        code = f"PLATE{number:03d}"
        person = sampler.must("register_person", {"area": FAMILY, "name": f"孔{number}"})["person"]
        tube = sampler.must("collect_tube", {"area": FAMILY, "code": code, "kind": "single", "institution": team,
                                             "members": [{"person": person}]})["tube"]
        lab.must("receive_tube", {"tube": tube, "institution": laboratory, "count": 1})
        codes.append(code)
    return codes


def send(client, plate, text, profile="quantstudio", more=""):
    return client.post(f"/plates/{plate}/results?profile={profile}{more}", text,
                       {"Idempotency-Key": idempotency_key(), "Content-Type": "text/csv"})


def sheet_out(lab, plate, codes):
    answer = lab.get(f"/plates/{plate}/sheet?profile=quantstudio")
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/csv"), answer
    rows = list(csv.reader(io.StringIO(answer.body.decode())))
    assert rows[0] == ["Well Position", "Sample Name", "Task"], rows
    assert [row[1] for row in rows[1:]] == codes + ["NTC", "PC" if rows[-1][1] == "PC" else rows[-1][1]], rows
    assert rows[1] == ["A1", codes[0], "UNKNOWN"] and rows[-1][0] == "H12", rows
    book = lab.get(f"/plates/{plate}/sheet?profile=cfx96&format=xlsx")
    assert book.status == 200 and "plate-" in book.headers["content-disposition"], book
    with zipfile.ZipFile(io.BytesIO(book.body)) as pack:
        assert pack.testzip() is None
        assert codes[0].encode() in pack.read("xl/sharedStrings.xml"), pack.namelist()
    for path, status in (("sheet?profile=none", 404), ("sheet?profile=cfx96&format=pdf", 422), ("else", 404)):
        assert lab.get(f"/plates/{plate}/{path}").status == status, path


def refused_whole(lab, plate, codes):
    """Malformed rows, another plate, an unknown barcode: errors by row, and the plate waits as before."""
    def row_of(text, part):
        return next(i for i, line in enumerate(text.split("\n"), 1) if part in line)
    broken = [
        (lambda text: text.replace("PL-API", "PL-OTHER"), "PL-OTHER", "Experiment Barcode"),
        (lambda text: text.replace(codes[1], "STRANGER"), "STRANGER", "Sample Name"),
        (lambda text: text.replace("25.1", "25,1").replace("25,1", "2x.1"), "2x.1", "CT"),
        (lambda text: text.replace("A1,", "A99,"), "A99", "Well Position"),
    ]
    for change, part, column in broken:
        text = result_file("PL-API", codes, change)
        answer = send(lab, plate, text)
        assert answer.status == 422, answer
        told = answer.json()
        assert told["refused"] == len(told["errors"]) > 0, told
        first = told["errors"][0]
        assert first["row"] == row_of(text, part) and first["column"] == column, (first, text)
        assert first["detail_zh"] and first["detail_en"], first
    assert send(lab, plate, 'a,"b\n').status == 400
    assert send(lab, plate, "x" * (1 << 20) + "y").status == 413
    shown = lab.get(f"/queries/plate?plate={plate}").json()
    assert shown["state"] == "laid" and all(well["verdict"] is None for well in shown["wells"]), shown


def taken(lab, second, plate, codes):
    text = result_file("PL-API", codes)
    dry = send(lab, plate, text, more="&dry_run=1")
    assert dry.status == 200 and len(dry.json()["wells"]) == len(codes) + 2, dry
    assert lab.get(f"/queries/plate?plate={plate}").json()["state"] == "laid"
    answer = send(lab, plate, text)
    assert answer.status == 200, answer
    assert lab.get(f"/queries/plate?plate={plate}").json()["state"] == "read"
    again = send(lab, plate, text)
    assert again.status == 409, again
    alone = lab.do("release_plate", {"plate": plate, "signature": "钱"})
    assert alone.status == 409, alone
    second.must("release_plate", {"plate": plate, "signature": "孙"})
    for code in codes:
        assert lab.get(f"/queries/tube?code={code}").json()["verdict"] == "negative"


def run(suite, server, admin):
    team = admin.must("register_institution", {"kind": "sampling_team", "name": "板试采样队", "area": FAMILY})["institution"]
    laboratory = admin.must("register_institution", {"kind": "laboratory", "name": "板试检测所",
                                                     "area": FAMILY})["institution"]
    sampler = server.user(admin, "plate1", "community_sampling_team", FAMILY)
    lab = server.user(admin, "plate2", "testing_lab", FAMILY)
    second = server.user(admin, "plate3", "testing_lab", FAMILY)
    far = server.user(admin, "plate4", "testing_lab", "220102")
    codes = tubes(sampler, lab, team, laboratory, 5)
    plate = lab.must("lay_plate", {"institution": laboratory, "code": "PL-API",
                                   "wells": [{"code": code} for code in codes]})["plate"]
    suite.run("the sample sheet of a plate goes out as CSV and XLSX", sheet_out, lab, plate, codes)
    suite.check("a plate elsewhere does not exist", all(answer.status == 404 for answer in (
        far.get(f"/plates/{plate}/sheet?profile=cfx96"), send(far, plate, result_file("PL-API", codes)),
        sampler.get(f"/plates/{plate}/sheet?profile=cfx96"), send(sampler, plate, result_file("PL-API", codes)),
        lab.get("/plates/99999999/sheet?profile=cfx96"))))
    suite.run("an analyser file that does not fit changes nothing", refused_whole, lab, plate, codes)
    suite.run("an analyser file is taken whole and released by a second person", taken, lab, second, plate, codes)
