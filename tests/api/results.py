"""Own results for the public: by receipt, and by document number and one-time code."""
import os
import time

from server import START, Server

HERE, ELSEWHERE = "220202", "220203"  # Changyi and Longtan District
COMMUNITY = "220202001001"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
WAITING_SECONDS = 20


def receipt_text(number):
    """As the phone shows it; made here anew, so that both ends are checked against each other."""
    values = [number >> 5 * (11 - place) & 31 for place in range(12)]
    total, factor = 0, 2
    for value in reversed(values):
        part = value * factor
        total, factor = total + part // 32 + part % 32, 3 - factor
    text = "".join(ALPHABET[value] for value in values + [(32 - total % 32) % 32])
    return "-".join((text[0:4], text[4:8], text[8:12], text[12]))


def document(number):
    """An identity number of 18 digits whose last one checks the others."""
    body = f"22020219900101{number:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights)) % 11]


class World:
    """A round with two tubes, and somebody from a clinic, on a server behind a proxy: each client an address."""

    def __init__(self):
        self.server = Server(arguments=["--behind-proxy"])
        self.admin = admin = self.server.admin()
        self.public = self.server.client()
        self.turn = 0
        self.team = admin.must("register_institution", {"kind": "sampling_team", "name": "采样队", "area": HERE})
        self.team = self.team["institution"]
        self.lab = admin.must("register_institution", {"kind": "laboratory", "name": "检测所", "area": HERE})["institution"]
        self.hospital = admin.must("register_institution", {"kind": "hospital", "name": "医院", "area": HERE})["institution"]
        self.people = [dict(name=f"住户{number}", document=document(number), phone=f"1390000{number:04d}",
                            category="permanent") for number in range(1, 5)]
        roll = admin.must("open_roll", {"area": HERE, "name": "名册"})["roll"]
        admin.must("list_residents", {"roll": roll, "area": COMMUNITY, "households": [
            {"building": 1, "unit": 1, "door": "101", "residents": self.people},
            {"building": 2, "unit": 1, "door": "宿舍", "residents": [
                {"name": f"职工{number}", "category": "permanent"} for number in range(1, 61)]}]})
        self.round = admin.must("order_round", {"area": HERE, "roll": roll, "starts": START,
                                                "accept_shortfall": "当日到位"})["round"]
        self.site = admin.must("open_site", {"round": self.round, "area": COMMUNITY, "institution": self.team,
                                             "name": "广场", "stations": 1, "samplers": 1})["site"]

    def sample(self, code, slots, receipts):
        people = [{"slot": slot, "receipt": receipt} for slot, receipt in zip(slots, receipts)]
        return self.admin.must("sample_tube", {"round": self.round, "site": self.site, "code": code,
                                               "people": people})["tube"]

    def deliver(self, code, tube_code):
        """A box with one tube, from the site to the laboratory."""
        admin = self.admin
        box = admin.must("seal_box", {"round": self.round, "site": self.site, "code": code, "tubes": [tube_code],
                                      "count": 1})["box"]
        admin.must("pick_up_box", {"box": box, "institution": self.team, "count": 1, "from_signature": "王某",
                                   "courier_signature": "李某"})
        admin.must("receive_box", {"box": box, "institution": self.lab, "count": 1, "courier_signature": "李某",
                                   "to_signature": "赵某"})

    def headers(self, address=None):
        """A new address each time, unless one is given."""
        self.turn += 1
        return {"X-Forwarded-For": address or f"10.{self.turn >> 16}.{self.turn >> 8 & 255}.{self.turn & 255}"}

    def ask(self, receipt, address=None, **more):
        return self.public.post("/result", dict({"receipt": receipt}, **more), self.headers(address))

    def state(self, receipt):
        answer = self.ask(receipt)
        assert answer.status == 200, answer
        return answer.json()["state"]

    def wait(self, receipt, state):
        """The cache follows the log within a moment; asked seldom enough for the limit of one receipt."""
        until = time.monotonic() + WAITING_SECONDS
        while True:
            time.sleep(0.5)
            answer = self.ask(receipt)
            if answer.status == 200 and answer.json()["state"] == state:
                return answer
            assert time.monotonic() < until, (state, answer)

    def send_code(self, number, address=None):
        return self.public.post("/result/code", {"document": number}, self.headers(address))

    def by_code(self, number, code, address=None):
        return self.public.post("/result", {"document": number, "code": code}, self.headers(address))


def by_receipt(world):
    first, second = 812345678901234567, 4711
    tube = world.sample("T0001", [1, 2], [first, second])
    waiting = world.wait(first, "waiting")
    shown = waiting.json()
    assert sorted(shown) == ["exercise", "now", "resulted", "sampled", "state"] and shown["exercise"] is True, shown
    assert shown["resulted"] is None and shown["sampled"].startswith("2022-03-14T12:"), shown
    assert world.state(receipt_text(first)) == "waiting" and world.state(receipt_text(first).lower()) == "waiting"
    world.admin.must("undo_sample", {"tube": tube, "slot": 2})
    unknown = world.wait(second, "unknown")
    assert unknown.json()["sampled"] is None, unknown
    # Nothing outside the answer tells which it was.
    for answer in (waiting, unknown):
        assert len(answer.body) == len(waiting.body) and "server-timing" not in answer.headers, answer.headers
        assert answer.headers["cache-control"] == "no-store" and not answer.cookies
        assert sorted(answer.headers) == sorted(waiting.headers)


def malformed(world):
    good = receipt_text(4711)
    wrong = good[:-1] + ("A" if good[-1] != "A" else "B")
    for body, status in (({"receipt": wrong}, 422), ({"receipt": ""}, 422), ({"receipt": None}, 422), ({}, 422),
                         ({"receipt": -1}, 422), ({"receipt": 1 << 60}, 422), ({"receipt": 1.5}, 422),
                         ({"receipt": [good]}, 422), ({"receipt": good, "person": 1}, 422), ("[1]", 400), ("{", 400),
                         ({"document": document(1)}, 422), ({"document": "", "code": "123456"}, 422),
                         ({"document": document(1), "code": 123456}, 422), ({"document": 5, "code": "123456"}, 422)):
        answer = world.public.post("/result", body, world.headers())
        problem = answer.json()
        assert answer.status == status and problem["detail_zh"] and problem["detail_en"], (body, answer)
    assert world.public.ask("GET", "/result", headers=world.headers()).status == 404
    plain = world.public.ask("POST", "/result", "receipt=1", dict(world.headers(), **{"Content-Type": "text/plain"}))
    assert plain.status == 415, plain


def limited_by_receipt(world):
    answers = [world.ask(990001) for _ in range(20)]
    assert [answer.status for answer in answers[:12]] == [200] * 12, answers
    refused = [answer for answer in answers if answer.status == 429]
    assert refused and 1 <= int(refused[-1].headers["retry-after"]) <= 15, answers[-1].headers
    assert refused[-1].json()["detail_zh"] and "second" in refused[-1].json()["detail_en"]
    assert world.state(990002) == "unknown"  # somebody else's is not touched


def limited_by_address(world):
    statuses = [world.ask(1000000 + turn, "192.0.2.77").status for turn in range(600)]
    assert statuses[:400] == [200] * 400 and 429 in statuses, statuses.count(429)
    assert world.ask(1900000, "192.0.2.78").status == 200
    # A whole /64 of IPv6 is one client.
    statuses = [world.ask(2000000 + turn, f"2001:db8:1:2::{turn + 1:x}").status for turn in range(600)]
    assert 429 in statuses and world.ask(2900000, "2001:db8:1:3::1").status == 200


def takes_as_long(world):
    """Known and unknown receipts: the same class of time. In turn, so that a busy machine hits both."""
    known, unknown = [], []
    receipts = [500000 + turn for turn in range(40)]
    for turn in range(0, 40, 10):
        world.sample(f"T04{turn:02d}", range(5 + turn, 15 + turn), receipts[turn:turn + 10])
    world.wait(receipts[-1], "waiting")
    for turn in range(200):
        for receipt, times in ((receipts[turn % 40], known), (600000 + turn, unknown)):
            begun = time.perf_counter()
            answer = world.ask(receipt)
            times.append(time.perf_counter() - begun)
            assert answer.status == 200, answer
    ratio = sorted(known)[50] / sorted(unknown)[50]  # what is above may be anything on a busy machine
    assert 0.7 < ratio < 1.4, ratio
    # Asking for a code is answered before anybody is looked for.
    known, unknown = [], []
    for turn in range(14):
        for number, times in ((world.people[2 + turn % 2]["document"], known), (document(800 + turn), unknown)):
            begun = time.perf_counter()
            assert world.send_code(number).status == 200
            times.append(time.perf_counter() - begun)
            time.sleep(0.05)
    ratio = sorted(known)[3] / sorted(unknown)[3]  # what is above may be anything on a busy machine
    assert 0.4 < ratio < 2.5, ratio


def a_message(officer, phone, after=0):
    """The newest one for a telephone; it is written a moment after it was asked for."""
    until = time.monotonic() + WAITING_SECONDS
    while time.monotonic() < until:
        for row in officer.get("/queries/messages").json()["rows"]:
            one = officer.get(f"/queries/message?message={row['message']}").json()
            if row["message"] > after and one["phone"] == phone:
                return one
        time.sleep(0.05)
    raise AssertionError("no message came")


def newest_message(officer):
    return max([row["message"] for row in officer.get("/queries/messages").json()["rows"]], default=0)


def second_door(world):
    server, admin = world.server, world.admin
    officer = server.user(admin, "officer", "subdistrict", HERE)
    other = server.user(admin, "other", "subdistrict", ELSEWHERE)
    me, nobody = world.people[0], document(999)
    known, unknown = world.send_code(me["document"]), world.send_code(nobody)
    assert known.status == unknown.status == 200 and known.body == unknown.body, (known, unknown)
    message = a_message(officer, me["phone"])
    assert message["name"] == me["name"] and len(message["text"]) == 6 and message["text"].isdigit(), message
    listed, = officer.get("/queries/messages").json()["rows"]  # nothing waits for nobody
    assert listed["area_code"].startswith(HERE) and listed["state"] == "waiting", listed
    assert message["text"] not in str(listed) and me["name"] not in str(listed) and me["phone"] not in str(listed), listed
    assert other.get("/queries/messages").json()["rows"] == []
    hidden = other.get(f"/queries/message?message={message['message']}")
    assert hidden.status == 404 and hidden.json()["detail_en"] == other.get("/queries/message?message=99999").json()["detail_en"], hidden
    # Headquarters sees that it waits and cannot open it.
    above = server.user(admin, "above", "city_headquarters", "220200")
    assert above.get("/queries/messages").json()["rows"] == [listed]
    assert above.get(f"/queries/message?message={message['message']}").status == 404
    for who in (above, other):
        refused = who.post("/messages/told", {"message": message["message"]})
        assert refused.status == 404 and refused.json()["detail_en"] == who.post("/messages/told", {"message": 99999}).json()["detail_en"], refused
    assert officer.post("/messages/told", {}).status == 422
    assert world.public.get("/queries/messages").status == 401
    auditor = server.user(admin, "auditor", "audit_admin", "220000")
    looks = auditor.get("/queries/audit?action=query").json()["rows"]
    assert any(row["detail"] == "message" for row in looks), looks
    # The wrong code, a code for a document nobody has, and one for somebody else: all alike.
    wrong = f"{(int(message['text']) + 1) % 1000000:06d}"
    answers = [world.by_code(me["document"], wrong), world.by_code(nobody, message["text"]),
               world.by_code(world.people[1]["document"], message["text"])]
    texts = {(answer.status, answer.json()["detail_en"]) for answer in answers}
    assert len(texts) == 1 and answers[0].status == 403, answers
    right = world.by_code(me["document"].lower(), message["text"])
    assert right.status == 200 and right.json()["state"] == "waiting", right
    assert world.by_code(me["document"], message["text"]).status == 403  # once
    # Told: it leaves the list of what waits, and is not shown again.
    assert officer.post("/messages/told", {"message": message["message"]}).status == 200
    assert officer.post("/messages/told", {"message": message["message"]}).status == 200
    assert officer.get("/queries/messages").json()["rows"] == []
    told, = officer.get("/queries/messages?state=told").json()["rows"]
    assert told["told_by"] == "officer" and told["told"], told
    assert officer.get(f"/queries/message?message={message['message']}").json()["text"] is None
    assert any(row["action"] == "message_told" for row in auditor.get("/queries/audit").json()["rows"])
    # A new code ends the one before, and five tries are all there are.
    me = world.people[1]
    assert world.send_code(me["document"]).status == 200
    first = a_message(officer, me["phone"])
    assert world.send_code(me["document"]).status == 200
    second = a_message(officer, me["phone"], first["message"])["text"]
    first = first["text"]
    assert first == second or world.by_code(me["document"], first).status == 403
    for turn in range(5):
        world.by_code(me["document"], f"{(int(second) + 1 + turn) % 1000000:06d}")
    assert world.by_code(me["document"], second).status in (403, 429)
    # Asking again and again for one document is limited, from however many addresses.
    statuses = [world.send_code(document(700)).status for _ in range(12)]
    assert statuses[0] == 200 and statuses[-1] == 429, statuses
    statuses = [world.send_code(document(600 + turn), "198.51.100.5").status for turn in range(40)]
    assert statuses[0] == 200 and statuses[-1] == 429, statuses
    world.officer = officer


def code_of(world, number, phone):
    before = newest_message(world.officer)
    assert world.send_code(number).status == 200
    return a_message(world.officer, phone, before)["text"]


def never_first_learned(world):
    """A positive from a clinic, through the second door: silent until the card is filed."""
    admin, number, phone = world.admin, document(500), "13911112222"
    person = admin.must("register_person", {"area": HERE, "name": "门诊某", "document": number, "phone": phone})["person"]
    tube = admin.must("collect_tube", {"area": HERE, "code": "CLINIC1", "kind": "single", "institution": world.team,
                                       "members": [{"person": person}]})["tube"]

    def shown():
        answer = world.by_code(number, code_of(world, number, phone))
        assert answer.status == 200, answer
        told = answer.json()
        told.pop("now")
        return told

    before = shown()
    assert before["state"] == "waiting", before
    admin.must("receive_tube", {"tube": tube, "institution": world.lab, "count": 1})
    positive = admin.must("result_tube", {"tube": tube, "verdict": "positive"})
    number_of_positive = positive["positive"]
    assert shown() == before
    case = admin.must("diagnose_positive", {"positive": number_of_positive, "status": "confirmed", "severity": "mild",
                                            "origin": "local", "institution": world.hospital})["case"]
    assert shown() == before
    admin.must("file_report", {"case": case, "card_number": "22020-0001"})
    after = shown()
    assert after["state"] == "positive" and after["resulted"], after


def negative(world):
    """By both doors: of a round's tube by its receipt, of a clinic's by document."""
    admin, receipt, number, phone = world.admin, 31415926535, document(501), "13911113333"
    tube = world.sample("T0300", [50, 51], [receipt, receipt + 1])
    world.deliver("BX0300", "T0300")
    assert world.wait(receipt, "waiting")
    admin.must("result_tubes", {"institution": world.lab, "negative": [tube]})
    answer = world.wait(receipt, "negative")
    assert answer.json()["sampled"] and answer.json()["resulted"], answer
    person = admin.must("register_person", {"area": HERE, "name": "门诊乙", "document": number, "phone": phone})["person"]
    tube = admin.must("collect_tube", {"area": HERE, "code": "CLINIC2", "kind": "single", "institution": world.team,
                                       "members": [{"person": person}]})["tube"]
    admin.must("receive_tube", {"tube": tube, "institution": world.lab, "count": 1})
    admin.must("result_tube", {"tube": tube, "verdict": "negative"})
    answer = world.by_code(number, code_of(world, number, phone))
    assert answer.status == 200 and answer.json()["state"] == "negative" and answer.json()["resulted"], answer


def positive_pool(world):
    """Two in a tube that is positive: both wait; the re-sample of one frees him, the other's is told after the report."""
    admin, receipts = world.admin, [271828, 314159]
    tube = world.sample("T0310", [60, 61], receipts)
    world.wait(receipts[0], "waiting")
    before = [world.ask(receipt).json() for receipt in receipts]
    world.deliver("BX0310", "T0310")
    admin.must("result_tube", {"tube": tube, "verdict": "positive"})
    held = [row["person"] for row in admin.get("/queries/held_members").json()["rows"] if row["tube"] == tube]
    assert len(held) == 2, held
    told = {}
    for person, verdict in zip(held, ("negative", "positive")):
        again = admin.must("collect_tube", {"area": HERE, "code": f"AGAIN{person}", "kind": "single",
                                            "institution": world.team, "members": [{"person": person}],
                                            "resample_of": tube})["tube"]
        admin.must("receive_tube", {"tube": again, "institution": world.lab, "count": 1})
        told[verdict] = admin.must("result_tube", {"tube": again, "verdict": verdict})
    for _ in range(WAITING_SECONDS):
        time.sleep(1)
        states = [world.ask(receipt).json() for receipt in receipts]
        if any(each["state"] == "negative" for each in states):
            break
    sick = next(place for place in range(2) if states[place]["state"] != "negative")
    assert states[1 - sick]["state"] == "negative" and states[1 - sick]["resulted"], states
    states[sick].pop("now")
    before[sick].pop("now")
    assert states[sick] == before[sick], (states, before)  # the same answer as before anything was known
    case = admin.must("diagnose_positive", {"positive": told["positive"]["positive"], "status": "asymptomatic",
                                            "severity": "none", "origin": "local",
                                            "institution": world.hospital})["case"]
    admin.must("file_report", {"case": case, "card_number": "22020-0002"})
    answer = world.wait(receipts[sick], "positive")
    assert answer.json()["resulted"], answer


def rejected(world):
    receipt = 1618033
    tube = world.sample("T0320", [62], [receipt])
    world.wait(receipt, "waiting")
    world.admin.must("reject_tube", {"tube": tube, "reason": "leak"})
    world.wait(receipt, "sample_again")


def page(world):
    total = 0
    for path, kind in (("/result/", "text/html"), ("/result/result.css", "text/css"), ("/result/result.js", "text/javascript")):
        answer = world.public.get(path, {"Accept-Encoding": "identity"}, raw=True)
        assert answer.status == 200 and answer.headers["content-type"].startswith(kind), answer
        total += len(answer.body)
    assert total <= 30 * 1024, total
    assert world.public.get("/result", raw=True).body == world.public.get("/result/", raw=True).body
    assert b"/result/result.js" in world.public.get("/result/", raw=True).body


def restarted(world):
    """After a restart the cache is made anew from the log: the same answers."""
    receipt = 271828182845
    world.sample("T0500", [2], [receipt])
    world.wait(receipt, "waiting")
    assert world.server.stop() == 0
    world.server.serve(["--behind-proxy"])
    world.public = world.server.client()
    world.wait(receipt, "waiting")
    world.wait(812345678901234567, "waiting")


def closed(world):
    """The outbreak's key is destroyed: nothing is told any more, by neither door, also not after a restart."""
    os.remove(world.server.data + "-keys/outbreak.key")
    until = time.monotonic() + WAITING_SECONDS
    while world.ask(812345678901234567).status != 410:
        assert time.monotonic() < until
        time.sleep(0.2)
    gone = world.ask(5)
    assert gone.status == 410 and "疫情" in gone.json()["detail_zh"] and "closed" in gone.json()["detail_en"], gone
    assert world.send_code(document(1)).status == 410 and world.by_code(document(1), "123456").status == 410


def nothing_printed(world):
    world.server.stop()
    text = world.server.output()
    for word in ("住户", "13900000001", "812345678901234567", document(1)):
        assert word not in text, text


def run(suite):
    world = World()
    try:
        for name, test in (
                ("own result: by receipt", by_receipt), ("own result: malformed requests", malformed),
                ("own result: limited by receipt", limited_by_receipt),
                ("own result: limited by address", limited_by_address),
                ("own result: by document and one-time code", second_door),
                ("own result: a positive is never first learned", never_first_learned),
                ("own result: negative by both doors", negative),
                ("own result: a positive pool of a round", positive_pool),
                ("own result: a rejected tube", rejected),
                ("own result: known and unknown take as long", takes_as_long), ("own result: the page", page),
                ("own result: the same after a restart", restarted),
                ("own result: nothing after the key is destroyed", closed),
                ("own result: nothing personal is printed", nothing_printed)):
            suite.run(name, lambda test=test: test(world))
    finally:
        world.server.remove()
