"""How serving begins and ends: addresses, TLS, proxies, live folders."""
import json
import os
import shutil
import ssl
import subprocess
import threading
import time

from server import PASSWORD, Client, Server, binary
from suite import Skip


def open_address(server):
    run = subprocess.run([binary(), "serve", "--data", server.data, "--port", "0", "--address", "0.0.0.0"],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20, check=False)
    assert run.returncode == 5 and b"--tls" in run.stdout, run


def proxied(server):
    client = server.client()
    made = client.post("/first-run", {"token": server.token, "login": "admin", "display": "x",
                                      "password": PASSWORD}, {"X-Forwarded-Proto": "https",
                                                              "X-Forwarded-For": "203.0.113.9"})
    assert made.status == 200, made
    answer = client.post("/login", {"login": "admin", "password": PASSWORD},
                         {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"})
    assert answer.status == 200 and "Secure" in answer.cookies[0], answer
    assert "max-age" in answer.headers["strict-transport-security"]
    assert client.get("/metrics", {"X-Forwarded-For": "203.0.113.9"}, raw=True).status == 404


def encrypted(folder):
    if not shutil.which("openssl"):
        raise Skip("no openssl to make a certificate")
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = Server(arguments=["--address", "0.0.0.0", "--tls", f"{cert},{key}"])
    try:
        context = ssl.create_default_context(cafile=cert)
        context.check_hostname = False
        client = Client(server.port, "127.0.0.1", context)
        answer = client.post("/first-run", {"token": server.token, "login": "admin", "display": "x",
                                            "password": PASSWORD})
        assert answer.status == 200 and "Secure" in answer.cookies[0], answer
        assert client.get("/session").status == 200
    finally:
        server.remove()


def live_folder():
    server = Server(exercise=False)
    try:
        client = server.admin()
        session = client.get("/session").json()
        assert session["exercise"] is False
        assert [role["role"] for role in session["roles"]] == ["security_admin"], session["roles"]
    finally:
        server.remove()


def stop_under_load():
    """What was answered before the stop is there after it."""
    server = Server()
    admin = server.admin()
    made, lock = [], threading.Lock()

    def work():
        client = server.client()
        client.cookie, client.csrf = admin.cookie, admin.csrf
        try:
            while True:
                answer = client.do("register_user", {"display": "load"})
                if answer.status != 200:
                    return
                with lock:
                    made.append(answer.json()["user"])
        except OSError:
            return
        except Exception:  # the connection ends in the midst of an answer
            return
    try:
        threads = [threading.Thread(target=work) for _ in range(16)]
        for thread in threads:
            thread.start()
        while len(made) < 200:
            pass
        assert server.stop() == 0, server.output()
        for thread in threads:
            thread.join()
        server.serve()
        assert server.token is None  # somebody has a login
        client = server.client()
        client.login("admin")
        known, page = set(), {"next": "", "rows": []}
        path = "/queries/users?limit=200"
        while page["next"] is not None:
            page = client.get(path + (f"&after={page['next']}" if page["next"] else "")).json()
            known |= {row["user"] for row in page["rows"]}
        assert set(made) <= known, sorted(set(made) - known)[:10]
    finally:
        server.remove()


def signed_heads(server):
    with open(server.data + "-keys/heads.jsonl", encoding="utf-8") as lines:
        return [json.loads(line)["seq"] for line in lines]


def copied():
    """What is only here, what is also in the copy, and that a restored log says so."""
    server = Server()
    copy, restored = os.path.join(server.folder, "copy"), os.path.join(server.folder, "restored")
    try:
        alone = server.admin().do("register_user", {"display": "a"})
        assert alone.headers["x-bihuan-copied-through"] == "0", alone.headers
        assert alone.headers["x-bihuan-epoch"] == "0", alone.headers
        assert server.stop() == 0, server.output()
        assert signed_heads(server)[-1] == alone.json()["position"], signed_heads(server)
        server.serve(["--copy-to", copy])
        client = server.client()
        client.login("admin")
        position = client.must("register_user", {"display": "b"})["position"]
        end = time.time() + 20
        while f"copied_through {position}\n" not in client.get("/readyz", raw=True).body.decode():
            assert time.time() < end, client.get("/readyz", raw=True)
            time.sleep(0.1)
        assert f"bihuan_copied_through {position}\n" in client.get("/metrics", raw=True).body.decode()
        refused = client.do("register_user", {"display": 5})
        assert refused.status == 400 and refused.headers["x-bihuan-copied-through"] == str(position), refused
        last = client.must("register_user", {"display": "c"})["position"]
        assert server.stop() == 0, server.output()
        subprocess.run([binary(), "restore", "--from", copy, "--data", restored, "--keys", server.data + "-keys"],
                       check=True, stdout=subprocess.DEVNULL)
        server.data = restored
        server.serve()
        answer = server.admin().do("register_user", {"display": "d"})
        assert int(answer.headers["x-bihuan-epoch"]) > 0 and answer.json()["seq"] > last, answer.headers
    finally:
        server.remove()


def run(suite):
    server = Server(arguments=["--behind-proxy"])
    try:
        suite.run("behind a proxy the client's address and scheme count", proxied, server)
        server.stop()
        suite.run("an open address without TLS is refused", open_address, server)
        suite.run("TLS from certificate files", encrypted, server.folder)
    finally:
        server.remove()
    suite.run("a live folder's first administrator only lets others in", live_folder)
    suite.run("every answered command says what is copied, heads are signed", copied)
    suite.run("a stop under load loses nothing that was answered", stop_under_load)
