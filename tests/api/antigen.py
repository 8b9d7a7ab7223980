"""Antigen self tests: told by whoever holds a kit, with a photo that only a reason opens."""
import base64
import os
import struct
import sqlite3
import zlib

from results import receipt_text
from server import START, Server, idempotency_key

HERE, COMMUNITY = "220202", "220202001001"


def jpeg(notes=b""):
    """As far as its headers, and 64 KB that stand for the picture."""
    return (b"\xff\xd8\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0" + notes +
            b"\xff\xc0\x00\x11\x08\x02\x00\x03\x00\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01" +
            b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + bytes(range(256)) * 256 + b"\xff\xd9")


def png():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 3, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(b"\0" * 39)) + chunk(b"IEND", b""))


def text(data):
    return base64.b64encode(data).decode()


class World:
    def __init__(self):
        self.server = Server(arguments=["--behind-proxy"])
        self.admin = admin = self.server.admin()
        self.public = self.server.client()
        self.turn = 0
        self.roll = admin.must("open_roll", {"area": HERE, "name": "名册"})["roll"]
        admin.must("list_residents", {"roll": self.roll, "area": COMMUNITY, "households": [
            {"building": 1, "unit": 1, "door": "101", "residents": [
                {"name": "赵一一", "category": "permanent"}, {"name": "钱二二", "category": "permanent"}]},
            {"building": 1, "unit": 1, "door": "102", "residents": [{"name": "孙三三", "category": "permanent"}]}]})
        self.round = admin.must("order_round", {"area": HERE, "roll": self.roll, "starts": START, "antigen_first": True,
                                                "accept_shortfall": "当日到位"})["round"]
        self.kits = [receipt_text(int.from_bytes(os.urandom(8), "big") >> 4) for _ in range(8)]
        admin.must("register_kits", {"area": HERE, "name": "A", "kits": self.kits})
        admin.must("hand_out_kits", {"roll": self.roll, "slot": 1, "count": 2, "round": self.round, "kits": self.kits[:4]})
        admin.must("hand_out_kits", {"roll": self.roll, "slot": 3, "round": self.round, "kits": self.kits[4:7]})

    def headers(self, address=None, **more):
        self.turn += 1
        return dict({"X-Forwarded-For": address or f"10.9.{self.turn >> 8 & 255}.{self.turn & 255}"}, **more)

    def look(self, kit, address=None):
        return self.public.post("/antigen/kit", {"kit": kit}, self.headers(address))

    def tell(self, body, key=None):
        return self.public.post("/antigen", body, self.headers(**{"Idempotency-Key": key or idempotency_key()}))

    def rows(self, query):
        answer = self.admin.get("/queries/" + query)
        assert answer.status == 200, answer
        return answer.json()["rows"]


def told_once(world):
    kit = world.kits[0]
    ready = world.look(kit.lower()).json()
    assert ready["state"] == "ready" and ready["vaccination_hours"] == 24, ready
    assert [one["slot"] for one in ready["people"]] == [1, 2] and ready["people"][0]["name"].startswith("赵"), ready
    assert "一" not in world.look(kit).body.decode(), ready
    body = {"kit": kit, "slot": 2, "outcome": "positive", "symptom_days": 1, "photo": text(jpeg())}
    key = idempotency_key()
    first, again = world.tell(body, key), world.tell(body, key)
    # No number of a person or of a fact goes outside, and a repeat is the same bytes.
    assert first.status == 200 and first.json() == {"taken": True} and again.body == first.body, (first, again)
    assert world.tell(body).status == 409
    assert world.look(kit).json()["state"] == "used" and world.look(kit).json()["people"] == []
    row, = world.rows("antigen_tests?open=confirm")
    assert (row["slot"], row["outcome"], row["self"], row["photo"], row["late"]) == (2, "positive", True, True, False), row
    assert row["name_masked"].startswith("钱"), row
    duty, = [each for each in world.rows("loops?rule=confirm_antigen")]
    assert duty["state"] == "open", duty
    assert world.rows("cases") == [] and world.rows("positives") == []


def counted(world):
    row, = world.rows(f"round_antigen?round={world.round}")
    assert (row["due"], row["handed_out"], row["reported"], row["owing"], row["positive"]) == (3, 7, 1, 6, 1), row
    owing = world.rows(f"antigen_owing?round={world.round}&area={COMMUNITY}")
    assert [(each["slot"], each["people"], each["kits"]) for each in owing] == [(1, 2, 3), (3, 1, 3)], owing
    assert owing[0]["door"] == "101" and owing[1]["name_masked"].startswith("孙"), owing


def refused(world):
    kit = world.kits[4]
    unknown = receipt_text(12345)
    good = {"kit": kit, "outcome": "negative"}
    exif = b"\xff\xe1\x00\x10Exif\0\0MM\0*\0\0\0\x08"
    for body, status, field in (
            (dict(good, kit=unknown), 404, "kit"), (dict(good, kit=world.kits[7]), 404, "kit"),
            (dict(good, kit=kit[:-1] + ("0" if kit[-1] != "0" else "1")), 422, "kit"), (dict(good, kit=5), 422, "kit"),
            (dict(good, slot=1), 422, "slot"), (dict(good, outcome="maybe"), 422, "outcome"),
            (dict(good, person=1), 422, "person"), (dict(good, occurred="2022-03-14T12:00:00+08:00"), 422, "occurred"),
            (dict(good, taken="2022-03-10T12:00:00+08:00"), 422, "taken"),
            (dict(good, photo="!!"), 400, "photo"), (dict(good, photo=text(b"GIF89a" + b"\0" * 40)), 422, "photo"),
            (dict(good, photo=text(jpeg()[:30])), 422, "photo"), (dict(good, photo=text(jpeg(exif))), 422, "photo"),
            (dict(good, photo=text(jpeg() + b"\0" * (256 << 10))), 413, "photo"),
            (dict(good, photo=text(png()[:-5])), 422, "photo")):
        answer = world.tell(body)
        assert answer.status == status, (field, status, answer)
        assert answer.json()["detail_zh"] and answer.json()["detail_en"], answer
        if status != 404:
            assert answer.json()["field"] == field, (field, answer)
    assert world.public.post("/antigen", good, world.headers()).status == 400
    unregistered, unused = world.look(unknown), world.look(world.kits[7])
    assert unregistered.status == unused.status == 404 and unregistered.json()["detail_en"] == unused.json()["detail_en"]
    # Neither the command nor a photo without a session.
    assert world.public.do("report_antigen", good).status == 401
    assert world.public.post("/antigen/photo", {"antigen": 1, "reason": "看看"}).status == 401
    assert len(world.rows("antigen_tests")) == 1


def limited(world):
    kit, codes = world.kits[5], []
    for _ in range(12):
        codes.append(world.look(kit).status)
    assert codes[:10] == [200] * 10 and codes[-1] == 429, codes


def photo_with_reason(world):
    admin, server = world.admin, world.server
    assert world.tell({"kit": world.kits[6], "outcome": "negative", "photo": text(png())}).status == 200
    first, second = sorted(world.rows("antigen_tests"), key=lambda each: each["antigen"])
    officer = server.user(admin, "officer", "subdistrict", "220202")
    other = server.user(admin, "other", "subdistrict", "220203")
    sampler = server.user(admin, "sampler", "sampler", "220202")
    auditor = server.user(admin, "auditor", "audit_admin", "220000")
    ask = {"antigen": first["antigen"], "reason": "判读照片"}
    assert officer.post("/antigen/photo", dict(ask, reason=" ")).status == 422
    shown = officer.post("/antigen/photo", ask)
    assert shown.status == 200 and base64.b64decode(shown.json()["photo"]) == jpeg(), shown.status
    assert (shown.json()["type"], shown.json()["width"], shown.json()["height"]) == ("image/jpeg", 768, 512)
    assert officer.post("/antigen/photo", dict(ask, antigen=second["antigen"])).json()["type"] == "image/png"
    outside, unknown = other.post("/antigen/photo", ask), other.post("/antigen/photo", dict(ask, antigen=99999999))
    assert outside.status == unknown.status == 404 and outside.json()["detail_en"] == unknown.json()["detail_en"]
    assert sampler.post("/antigen/photo", ask).status == 404
    noted = [row for row in auditor.get("/queries/audit?limit=200").json()["rows"] if row["action"] == "reveal"]
    assert len(noted) == 5, noted
    assert officer.must("review_antigen", {"antigen": first["antigen"], "reading": "negative"})
    duty, = world.rows("loops?rule=confirm_antigen")
    assert duty["state"] == "open", "what the photo shows ends nothing"


def sealed(world):
    """The picture is nowhere in the folder as it was sent."""
    db = sqlite3.connect(f"file:{world.server.data}/log.db?mode=ro", uri=True)
    bodies = [row[0] for row in db.execute("SELECT body FROM event WHERE kind = 253")]
    db.close()
    assert len(bodies) == 2 and max(map(len, bodies)) > 65000, [len(each) for each in bodies]
    for body in bodies:
        assert b"JFIF" not in body and bytes(range(64)) not in body and b"IHDR" not in body


def page(world):
    total = 0
    for path, kind in (("/result/antigen.html", "text/html"), ("/result/result.css", "text/css"),
                       ("/result/antigen.js", "text/javascript")):
        answer = world.public.get(path, {"Accept-Encoding": "identity"}, raw=True)
        assert answer.status == 200 and answer.headers["content-type"].startswith(kind), answer
        total += len(answer.body)
    assert total <= 30 * 1024, total


def nothing_printed(world):
    world.server.stop()
    printed = world.server.output()
    for word in ("赵一一", world.kits[0], "JFIF"):
        assert word not in printed, printed


def run(suite):
    world = World()
    try:
        for name, test in (
                ("antigen: told once by whoever holds the kit", told_once), ("antigen: counted by community", counted),
                ("antigen: what is refused", refused), ("antigen: limited by kit", limited),
                ("antigen: a photo is shown with a reason and noted", photo_with_reason),
                ("antigen: photos are sealed", sealed), ("antigen: the page", page),
                ("antigen: nothing personal is printed", nothing_printed)):
            suite.run(name, lambda test=test: test(world))
    finally:
        world.server.remove()
