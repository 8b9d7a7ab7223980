"""What the HTTP edge does for the phone page: its files, what they may run, its protocols, and emptying a phone."""
import re

from server import PASSWORD


def page(server):
    client = server.client()
    index = client.get("/phone/", raw=True)
    assert client.get("/phone", raw=True).body == index.body  # which then goes to /phone/ by itself
    assert index.status == 200 and b'id="page"' in index.body and b"/phone/assets/" in index.body, index
    assert client.get("/phone/anything/else", raw=True).body == index.body
    assert client.get("/", raw=True).body != index.body
    script = re.search(rb'src="(/phone/assets/[^"]+\.js)"', index.body).group(1).decode()
    asset = client.get(script, raw=True)
    assert asset.status == 200 and "immutable" in asset.headers["cache-control"], asset.headers
    assert client.get("/phone/assets/none.js", raw=True).status == 404
    worker = client.get("/phone/worker.js", raw=True)
    assert worker.status == 200 and worker.headers["cache-control"] == "no-cache", worker.headers
    assert b"'__FILES__'" not in worker.body and script.rsplit("/", 1)[1].encode() in worker.body
    wasm = re.search(rb"assets/[^\"',]+\.wasm", worker.body).group(0).decode()
    assert client.get("/phone/" + wasm, raw=True).headers["content-type"] == "application/wasm"


def policy(server):
    """Only the phone page may compile WebAssembly, and nobody may evaluate text."""
    client = server.client()
    for path in ("/phone/", "/phone/worker.js"):
        assert "'wasm-unsafe-eval'" in client.get(path, raw=True).headers["content-security-policy"], path
    for path in ("/", "/board", "/phone", "/phones/", "/api/v1/openapi.json", "/x/../phone/"):
        assert "wasm" not in client.get(path, raw=True).headers["content-security-policy"], path
    both = [client.get(path, raw=True).headers["content-security-policy"] for path in ("/", "/phone/")]
    assert both[1].replace(" 'wasm-unsafe-eval'", "") == both[0], both
    assert "unsafe-inline" not in both[1] and "'unsafe-eval'" not in both[1]


def protocols(server, admin):
    """Two versions side by side; others are told so, before anything else is looked at."""
    for version in ("1", "2", None):
        assert admin.get("/session", {"X-Bihuan-Protocol": version}).status == 200
        answer = admin.do("register_user", {"display": "protocol"}, headers={"X-Bihuan-Protocol": version})
        assert answer.status == 200, answer
    for version in ("0", "3", "", "2 ", "two"):
        for client in (admin, server.client()):
            answer = client.get("/session", {"X-Bihuan-Protocol": version})
            assert answer.status == 426, answer
            assert answer.json()["field"] == "X-Bihuan-Protocol"
            assert answer.headers["x-bihuan-protocols"] == "1, 2"
    refused = admin.do("register_user", {"display": "refused"}, headers={"X-Bihuan-Protocol": "9"})
    assert refused.status == 426 and "refused" not in str(admin.get("/queries/users?limit=200").json())


def durability(admin):
    """A phone with nothing to send hears of a restore from its session."""
    for path in ("/session",):
        answer = admin.get(path)
        assert answer.headers["x-bihuan-epoch"] == str(answer.json()["epoch"]), answer.headers
        assert answer.headers["x-bihuan-copied-through"].isdigit()


def emptied(server, admin):
    """Headquarters empties the phones of one user: protocol 2 learns it, protocol 1 is logged out, others go on."""
    phone = server.user(admin, "sampler1", "finding_institution", "220102")
    other = server.user(admin, "sampler2", "finding_institution", "220102")
    user = phone.get("/session").json()["user"]
    assert other.post("/account/wipe", {"user": user}).status == 404
    assert admin.post("/account/wipe", {"user": 10 ** 9}).status == 404
    assert admin.post("/account/wipe", {}).status == 422
    assert phone.get("/session", {"X-Bihuan-Protocol": "2"}).status == 200
    assert admin.post("/account/wipe", {"user": user}).status == 200
    for _ in range(2):
        answer = phone.get("/session", {"X-Bihuan-Protocol": "2"})
        assert answer.status == 410 and answer.json()["field"] == "wipe", answer
    answer = phone.do("register_user", {"display": "x"}, headers={"X-Bihuan-Protocol": "2"})
    assert answer.status == 410 and answer.json()["field"] == "wipe", answer
    assert phone.get("/session", {"X-Bihuan-Protocol": "1"}).status == 401
    assert phone.get("/session").status == 401
    assert other.get("/session", {"X-Bihuan-Protocol": "2"}).status == 200
    assert phone.login("sampler1", PASSWORD).status == 200, "the person may take another phone"
    assert phone.get("/session", {"X-Bihuan-Protocol": "2"}).status == 200


def run(suite, server, admin):
    suite.run("the phone page and its files are served under /phone/", page, server)
    suite.run("only the phone page may compile WebAssembly", policy, server)
    suite.run("two protocols of the phone page are served, others get 426", protocols, server, admin)
    suite.run("the session tells of copies and restores", durability, admin)
    suite.run("headquarters can empty a phone", emptied, server, admin)
