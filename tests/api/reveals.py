"""What leaves only with a reason: the telephone of a door, the photo of an incident. Every look is noted, every refusal too."""
import base64
import sqlite3

from antigen import COMMUNITY, HERE, jpeg, text
from server import START, Server

OWN, PARENT = "13912340001", "13912340002"


class World:
    def __init__(self):
        self.server = Server(arguments=["--behind-proxy"])
        self.admin = admin = self.server.admin()
        self.roll = admin.must("open_roll", {"area": HERE, "name": "名册"})["roll"]
        admin.must("list_residents", {"roll": self.roll, "area": COMMUNITY, "households": [
            {"building": 1, "unit": 1, "door": "101", "residents": [
                {"name": "赵小一", "category": "permanent"}, {"name": "赵大二", "phone": PARENT, "category": "permanent"},
                {"name": "赵大三", "phone": OWN, "category": "permanent"}]},
            {"building": 1, "unit": 1, "door": "102", "residents": [{"name": "孙三三", "category": "permanent"}]}]})
        self.round = admin.must("order_round", {"area": HERE, "roll": self.roll, "starts": START,
                                                "accept_shortfall": "当日到位"})["round"]
        team = admin.must("register_institution", {"area": HERE, "kind": "sampling_team", "name": "采样队"})["institution"]
        self.site = admin.must("open_site", {"round": self.round, "area": COMMUNITY, "institution": team, "name": "点",
                                             "stations": 1, "samplers": 1})["site"]
        admin.must("sample_tube", {"round": self.round, "site": self.site, "code": "T0001", "people": [{"slot": 1}]})
        self.box = admin.must("seal_box", {"round": self.round, "site": self.site, "code": "BX01",
                                           "tubes": [{"code": "T0001"}], "count": 1})["box"]
        self.leader = self.server.user(admin, "leader", "site_leader", HERE)
        self.sampler = self.server.user(admin, "sampler", "sampler", HERE)
        self.courier = self.server.user(admin, "courier", "courier", HERE)
        self.far = self.server.user(admin, "far", "site_leader", "220203")
        self.far_courier = self.server.user(admin, "farcourier", "courier", "220203")
        self.auditor = self.server.user(admin, "auditor", "audit_admin", "220000")

    def noted(self):
        return [row for row in self.auditor.get("/queries/audit?limit=200").json()["rows"] if row["action"] == "reveal"]


def telephones(world):
    ask = {"roll": world.roll, "slot": 3, "reason": "未采致电"}
    answer = world.leader.post("/reveal/resident", ask)
    assert answer.status == 200 and answer.json()["phone"] == OWN and answer.json()["whose"] == 3, answer
    assert answer.json()["name_masked"].startswith("赵") and "大三" not in answer.json()["name_masked"], answer
    assert world.leader.post("/reveal/resident", dict(ask, slot=1)).json()["phone"] == PARENT, "a child's parent is called"
    assert world.leader.post("/reveal/resident", dict(ask, slot=4)).json()["phone"] == "", "another door is not called"
    silent = world.leader.post("/reveal/resident", dict(ask, reason=" "))
    assert silent.status == 422 and silent.json()["field"] == "reason", silent
    assert world.leader.post("/reveal/resident", {"roll": world.roll, "reason": "未采致电"}).json()["field"] == "slot"
    unknown = world.leader.post("/reveal/resident", dict(ask, slot=99999))
    for client, body in ((world.far, ask), (world.sampler, ask), (world.leader, dict(ask, roll=99999))):
        refused = client.post("/reveal/resident", body)
        assert refused.status == unknown.status == 404 and refused.json()["detail_en"] == unknown.json()["detail_en"], refused
    assert world.server.client().post("/reveal/resident", ask).status == 401
    noted = world.noted()
    assert len(noted) == 7 and f"roll {world.roll} slot 3" in [row["detail"] for row in noted], noted
    assert OWN not in str(noted) and PARENT not in str(noted)


def photos(world):
    done = world.courier.must("report_incident", {"box": world.box, "kind": "spill", "photo": text(jpeg())})
    plain = world.courier.must("report_incident", {"box": world.box, "kind": "delay"})
    told = world.courier.get(f"/queries/box?box={world.box}").json()["incidents"]
    assert [(row["kind"], row["photo"]) for row in told] == [("spill", True), ("delay", False)], told
    broken = world.courier.do("report_incident", {"box": world.box, "kind": "spill", "photo": text(b"GIF89a" + b"\0" * 40)})
    assert broken.status == 422 and broken.json()["field"] == "photo", broken
    ask, before = {"incident": told[0]["incident"], "reason": "核查泄漏"}, len(world.noted())
    shown = world.leader.post("/incident/photo", ask)
    assert shown.status == 200 and base64.b64decode(shown.json()["photo"]) == jpeg(), shown.status
    assert (shown.json()["type"], shown.json()["width"], shown.json()["height"]) == ("image/jpeg", 768, 512)
    unknown = world.leader.post("/incident/photo", dict(ask, incident=99999999))
    for client, body in ((world.far_courier, ask), (world.sampler, dict(ask, incident=told[1]["incident"]))):
        refused = client.post("/incident/photo", body)
        assert refused.status == unknown.status == 404 and refused.json()["detail_en"] == unknown.json()["detail_en"], refused
    assert len(world.noted()) == before + 4
    assert done["position"] < plain["position"]
    db = sqlite3.connect(f"file:{world.server.data}/log.db?mode=ro", uri=True)
    (body,), = db.execute("SELECT body FROM event WHERE kind = 259")
    db.close()
    assert len(body) > 65000 and b"JFIF" not in body and bytes(range(64)) not in body


def numbers_of_the_plan(world):
    site, = world.leader.get(f"/queries/round_sites?round={world.round}").json()["rows"]
    box, = world.courier.get("/queries/boxes").json()["rows"]
    assert (site["undo_minutes"], box["warn_minutes"], box["most_minutes"]) == (10, 120, 240), (site, box)


def run(suite):
    world = World()
    try:
        for name, test in (("reveal: the telephone of a door, with a reason", telephones),
                           ("reveal: the photo of an incident, with a reason", photos),
                           ("the phone is told the plan's minutes", numbers_of_the_plan)):
            suite.run(name, lambda test=test: test(world))
        text_out = world.server.output()
        suite.check("reveal: nothing of it is printed", OWN not in text_out and PARENT not in text_out)
    finally:
        world.server.remove()
