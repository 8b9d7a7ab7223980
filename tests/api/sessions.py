"""First run, login, CSRF, rights, tokens, identities."""
import re

from server import PASSWORD, Client, idempotency_key

FAMILY = "220221"  # Yongji County
OTHER = "220102"   # Nanguan District


def alike(first, second):
    """Byte-equal but for the request id, with the same headers but for id, date and times."""
    def bare(answer):
        names = {name: value for name, value in answer.headers.items()
                 if name not in ("x-request-id", "date", "server-timing")}
        return answer.status, re.sub(rb'"request_id":"[0-9a-f]+"', b"", answer.body), names
    return bare(first) == bare(second)


def first_run(server):
    client = server.client()
    assert client.get("/first-run?token=" + server.token).json() == {"valid": True, "exercise": True}
    assert client.get("/first-run?token=wrong").json()["valid"] is False
    form = {"token": server.token, "login": "admin", "display": "管理员", "password": "short"}
    refused = client.post("/first-run", form)
    assert refused.status == 422 and refused.json()["field"] == "password", refused
    made = client.post("/first-run", dict(form, password=PASSWORD))
    assert made.status == 200, made
    answer = made.json()
    assert answer["exercise"] is True and answer["zone_minutes"] == 480 and answer["csrf"], answer
    assert answer["area"]["unit"] == "220000", answer["area"]
    assert "register_user" in answer["commands"] and "users" in answer["queries"]
    again = client.post("/first-run", dict(form, login="other", password=PASSWORD))
    assert again.status == 410, again


def login(server):
    client = server.client()
    unknown = client.login("nobody", PASSWORD)
    wrong = client.login("admin", "wrong password")
    assert unknown.status == 401 and alike(unknown, wrong), (unknown, wrong)
    client.cookie = "0" * 64
    answer = client.login("admin")
    assert answer.status == 200 and client.cookie != "0" * 64
    cookie = answer.cookies[0]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie, cookie
    assert "Secure" not in cookie  # plain HTTP on this machine
    assert client.get("/session").json()["user"] == answer.json()["user"]
    held = client.cookie
    assert client.post("/logout", {}).status == 200
    client.cookie = held
    assert client.get("/session").status == 401
    assert client.do("register_user", {"display": "x"}).status == 401


def csrf(server):
    client = server.client()
    client.login("admin")
    good, client.csrf = client.csrf, None
    missing = client.do("register_user", {"display": "x"})
    assert missing.status == 403 and missing.json()["field"] == "X-Bihuan-CSRF", missing
    client.csrf = good[:-1] + ("0" if good[-1] != "0" else "1")
    assert client.do("register_user", {"display": "x"}).status == 403
    client.csrf = None
    assert client.get("/queries/users").status == 200
    client.csrf = good
    assert client.do("register_user", {"display": "x"}).status == 200


def headers(server):
    client = server.client()
    for path in ("/", "/api/v1/session", "/healthz", "/assets/none.js", "/api/v1/nothing"):
        answer = client.get(path, raw=True)
        names = answer.headers
        policy = names["content-security-policy"]
        assert "frame-ancestors 'none'" in policy and "unsafe" not in policy, policy
        assert names["x-content-type-options"] == "nosniff" and names["referrer-policy"] == "no-referrer"
        assert re.fullmatch(r"[0-9a-f]{16}", names["x-request-id"]), names
        # On what may not be told apart, times would tell: a 404 carries none.
        assert ("server-timing" in names) == (answer.status != 404), names
        assert answer.status == 404 or "queue;dur=" in names["server-timing"], names


def unknown_and_forbidden(server, admin):
    lab = server.user(admin, "lab", "testing_lab", FAMILY)
    assert "register_user" not in lab.get("/session").json()["commands"]
    assert alike(lab.do("register_user", {"display": "x"}), lab.do("no_such_command", {}))
    assert alike(lab.get("/queries/users"), lab.get("/queries/no_such_query"))
    assert alike(lab.get("/import/register_institution"), lab.get("/import/no_such_command"))
    county = server.user(admin, "county", "county_headquarters", FAMILY)
    here = county.do("register_institution", {"kind": "cdc", "name": "永吉县疾控", "area": FAMILY})
    assert here.status == 200, here
    body = {"kind": "cdc", "name": "别处疾控"}
    there = county.do("register_institution", dict(body, area=OTHER))
    nowhere = county.do("register_institution", dict(body, area="990000"))
    assert there.status == 404 and alike(there, nowhere), (there, nowhere)
    there = county.get("/queries/institutions?area=" + OTHER)
    assert there.status == 404 and alike(there, county.get("/queries/institutions?area=990000")), there
    rows = county.get("/queries/institutions").json()["rows"]
    assert rows and all(row["area_code"].startswith(FAMILY) for row in rows), rows
    there = county.get("/live?area=" + OTHER)
    assert there.status == 404 and alike(there, county.get("/live?area=990000")), there


def grants_end(server, admin):
    user = server.user(admin, "passing", "county_headquarters", FAMILY)
    assert user.get("/queries/institutions").status == 200
    me = user.get("/session").json()["user"]
    rows = admin.get("/queries/users?limit=200").json()["rows"]
    grant = next(row for row in rows if row["user"] == me)["grants"][0]["grant"]
    admin.must("end_grant", {"grant": grant})
    assert user.get("/queries/institutions").status == 404
    assert user.do("register_institution", {"kind": "cdc", "name": "x", "area": FAMILY}).status == 404


def first_password(server, admin):
    user = admin.must("register_user", {"display": "new"})["user"]
    admin.must("grant_role", {"user": user, "role": "county_headquarters", "area": FAMILY})
    assert admin.post("/account", {"user": user, "login": "new", "password": "given secret"}).status == 200
    client = server.client()
    answer = client.login("new", "given secret").json()
    assert answer["must_change"] is True and answer["commands"] == [], answer
    assert client.get("/queries/institutions").status == 404
    assert client.post("/password", {"old": "wrong", "new": PASSWORD}).status == 401
    answer = client.post("/password", {"old": "given secret", "new": PASSWORD})
    assert answer.status == 200 and answer.json()["must_change"] is False, answer
    assert client.get("/queries/institutions").status == 200
    assert admin.post("/account", {"user": 10**9, "login": "zz", "password": "given secret"}).status == 404


def tokens(server, admin):
    answer = admin.post("/token", {"scope": "register_user users", "days": 3})
    assert answer.status == 200, answer
    client = server.client()
    client.bearer = answer.json()["token"]
    assert client.do("register_user", {"display": "by token"}).status == 200
    assert client.get("/queries/users").status == 200
    assert client.get("/queries/institutions").status == 404
    assert client.post("/token", {"scope": "users", "days": 3}).status == 403
    assert admin.post("/token/end", {"token": client.bearer}).status == 200
    assert client.get("/queries/users").status == 401
    assert admin.post("/token", {"scope": "users", "days": 100000}).status == 422


def identities(server, admin):
    person = admin.must("register_person", {"area": FAMILY, "name": "赵钱孙", "phone": "13900001234"})
    person = person["person"]
    lab = server.client()
    lab.login("lab")
    assert lab.post("/reveal", {"person": person, "reason": "核对标本"}).status in (200, 404)
    missing = admin.post("/reveal", {"person": person, "reason": ""})
    assert missing.status == 422 and missing.json()["field"] == "reason", missing
    answer = admin.post("/reveal", {"person": person, "reason": "电话通知本人"})
    assert answer.status == 200 and answer.json()["name"] == "赵钱孙", answer
    unknown = admin.post("/reveal", {"person": 7, "reason": "电话通知本人"})
    far = server.user(admin, "far", "county_cdc", OTHER)
    foreign = far.post("/reveal", {"person": person, "reason": "电话通知本人"})
    assert foreign.status == 404 and alike(foreign, unknown), (foreign, unknown)
    user = admin.must("register_user", {"display": "auditor"})["user"]
    admin.must("grant_role", {"user": user, "role": "audit_admin", "area": "220000"})
    admin.post("/account", {"user": user, "login": "auditor", "password": "first secret"})
    auditor = Client(server.port)
    auditor.login("auditor", "first secret")
    auditor.csrf = auditor.post("/password", {"old": "first secret", "new": PASSWORD}).json()["csrf"]
    seen = auditor.get("/queries/audit?limit=200")
    assert seen.status == 200, seen
    actions = [(row["action"], row["person"]) for row in seen.json()["rows"]]
    assert ("reveal", person) in actions and any(a == "login" for a, _ in actions), actions
    assert "13900001234" not in seen.body.decode()


def lockout(server, admin):
    user = admin.must("register_user", {"display": "locked"})["user"]
    admin.post("/account", {"user": user, "login": "locked", "password": "given secret"})
    client = server.client()
    for _ in range(5):
        assert client.login("locked", "wrong secret").status == 401
    assert client.login("locked", "given secret").status == 401


def run(suite, server):
    suite.run("the first administrator comes in by a one-time link", first_run, server)
    suite.run("login starts a session, logout ends it", login, server)
    suite.run("an unsafe request needs the CSRF token", csrf, server)
    suite.run("every answer carries security headers, an id and times", headers, server)
    admin = server.client()
    admin.login("admin")
    suite.run("unknown and forbidden look alike", unknown_and_forbidden, server, admin)
    suite.run("a grant that ended is gone from the open session", grants_end, server, admin)
    suite.run("a given password must be changed first", first_password, server, admin)
    suite.run("an API token does what it names", tokens, server, admin)
    suite.run("identities are shown with a reason and noted", identities, server, admin)
    suite.run("five wrong passwords lock the login", lockout, server, admin)
