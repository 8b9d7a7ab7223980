#!/usr/bin/env python3
"""Runs the test suites and sums them.

    tools/run_tests.py --build build/dev --binary build/bihuan [--long] [--marked NAME] [SUITE...]

Suites, in this order:
  unit         every test_* program of the build folder (cmocka, read as TAP)
  fuzz-replay  every fuzzer over its kept corpus, fuzz/corpus/<name>/
  <name>       tests/<name>/run, any language, executable; alphabetical
  fuzz         with --long only: each fuzzer of build/fuzz for five minutes

A suite prints `ok NAME`, `FAIL NAME ...` or `skip NAME: reason` lines as it goes and, as its last
line, `N passed, N failed, N skipped`. It finds BIHUAN (the program), BIHUAN_BUILD (build folder) and
BIHUAN_LONG (0 or 1) in its environment and runs in the top folder of the project. A comment in its
first 12 lines may say `suite-timeout: SECONDS` and `suite-under: asan tsan` (which sanitized runs
take it). A suite that ends without its last line, or runs nothing, has failed. A skip must stand in
tests/skips.txt (`suite/name  why`), else it counts as failed.

The whole text of each suite is kept in build/test-logs/. The last line here is the sum.
"""
import argparse
import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import time

LOGS = "build/test-logs"
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$")
TAP = re.compile(r"^(ok|not ok) (?:\d+) ?(?:- )?(.*)$")
UNIT_SECONDS, SUITE_SECONDS, LONG_FACTOR, SANITIZED_FACTOR = 300, 900, 12, 4
FUZZ_TOOL, FUZZ_SECONDS = "tools/run_fuzz.py", 300


class Count:
    def __init__(self):
        self.passed, self.failed, self.skipped, self.failures, self.skips = 0, 0, 0, [], []

    def fail(self, text):
        self.failed += 1
        self.failures.append(text)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.failures += other.failures
        self.skips += other.skips


def run_logged(command, log, seconds, env):
    """Exit status and text; the whole process group is ended at the limit of time."""
    with open(log, "wb") as out:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=subprocess.STDOUT, env=env, start_new_session=True)
        try:
            status = child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            status = None
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            raise
        if status is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    with open(log, encoding="utf-8", errors="replace") as text:
        return status, text.read()


def ended(status, seconds):
    return f"stopped after {seconds} s" if status is None else f"exit status {status}"


def read_tap(name, status, text, seconds):
    count, planned = Count(), None
    for line in text.splitlines():
        if line.startswith("1..") and line[3:].isdigit():
            planned = int(line[3:]) + (planned or 0)
        match = TAP.match(line)
        if not match:
            continue
        verdict, title = match.groups()
        if title.startswith("# SKIP"):
            count.skipped += 1
            count.skips.append(f"unit/{name}.{title[6:].strip()}")
        elif verdict == "ok":
            count.passed += 1
        else:
            count.fail(f"{name}: {title}")
    seen = count.passed + count.failed + count.skipped
    if planned is None or seen < planned:
        count.fail(f"{name}: {seen} of {planned or '?'} tests ran, {ended(status, seconds)}")
    elif status != 0 and not count.failed:
        count.fail(f"{name}: all tests passed, yet {ended(status, seconds)}")
    return count


def programs(build, prefix):
    """Programs that the build knows now; a folder may still hold those of removed tests."""
    try:
        with open(os.path.join(build, "meson-info/intro-targets.json"), encoding="utf-8") as source:
            targets = json.load(source)
    except FileNotFoundError:
        return []
    return sorted(target["filename"][0] for target in targets
                  if target["type"] == "executable" and target["name"].startswith(prefix))


def run_unit(options, env):
    total = Count()
    seconds = UNIT_SECONDS * (LONG_FACTOR if options.long else SANITIZED_FACTOR if options.marked else 1)
    os.makedirs(os.path.join(LOGS, "unit"), exist_ok=True)

    def one(program):
        name = os.path.basename(program)
        log = os.path.join(LOGS, "unit", name + ".log")
        tap = dict(env, CMOCKA_MESSAGE_OUTPUT="TAP")
        return name, *run_logged([program], log, seconds, tap)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, status, text in pool.map(one, programs(options.build, "test_")):
            total.add(read_tap(name, status, text, seconds))
    if total.passed + total.failed + total.skipped == 0:
        total.fail(f"no test program in {options.build}")
    return total


def run_replay(options, env):
    total = Count()
    os.makedirs(os.path.join(LOGS, "fuzz-replay"), exist_ok=True)
    for program in programs(options.build, "replay_"):
        short = os.path.basename(program)[len("replay_"):]
        corpus = os.path.join("fuzz/corpus", short)
        inputs = [os.path.join(base, f) for base, _, names in os.walk(corpus) for f in sorted(names)]
        if not inputs:
            total.fail(f"{short}: fuzz/corpus/{short}/ is empty")
            continue
        log = os.path.join(LOGS, "fuzz-replay", short + ".log")
        status, text = run_logged([program, corpus], log, UNIT_SECONDS, env)
        if status == 0 and f"replayed {len(inputs)} inputs" in text:
            total.passed += 1
        else:
            total.fail(f"{short}: {ended(status, UNIT_SECONDS)}, see {log}")
    return total


def header_of(path):
    with open(path, encoding="utf-8", errors="replace") as source:
        return "".join(line for _, line in zip(range(12), source))


def run_fuzzers(options, env):
    return read_suite("fuzz", [FUZZ_TOOL, str(FUZZ_SECONDS)], SUITE_SECONDS * LONG_FACTOR, env)


def run_script(name, options, env):
    path = os.path.join("tests", name, "run")
    match = re.search(r"suite-timeout: *(\d+)", header_of(path))
    seconds = (int(match.group(1)) if match else SUITE_SECONDS) * (LONG_FACTOR if options.long else 1)
    return read_suite(name, [path], seconds, env)


def read_suite(name, command, seconds, env):
    """Runs a program that ends with a line of counts, and reads its findings."""
    total = Count()
    log = os.path.join(LOGS, name + ".log")
    status, text = run_logged(command, log, seconds, env)
    lines = text.rstrip("\n").split("\n")
    match = SUMMARY.match(lines[-1].strip())
    total.failures = [f"{name}: {line[5:]}" for line in lines if line.startswith("FAIL ")]
    if not match:
        total.fail(f"{name}: {ended(status, seconds)} without a last line of counts, see {log}")
        return total
    total.passed, total.failed, total.skipped = (int(number) for number in match.groups())
    total.skips = [name + "/" + line[5:].split(":")[0].strip()
                   for line in lines if line.startswith("skip ")]
    if total.skipped != len(total.skips):
        total.fail(f"{name}: counts {total.skipped} skipped but names {len(total.skips)}")
    if total.passed + total.failed + total.skipped == 0:
        total.fail(f"{name}: ran nothing")
    elif status != 0 and total.failed == 0:
        total.fail(f"{name}: nothing failed, yet {ended(status, seconds)}")
    return total


def listed_skips():
    try:
        with open("tests/skips.txt", encoding="utf-8") as source:
            return {line.split()[0] for line in source if line.strip() and line[0] != "#"}
    except FileNotFoundError:
        return set()


def suites_of(options):
    scripts = sorted(name for name in os.listdir("tests")
                     if os.access(os.path.join("tests", name, "run"), os.X_OK))
    if options.marked:
        marked = re.compile(r"suite-under:.*\b" + re.escape(options.marked) + r"\b")
        scripts = [name for name in scripts if marked.search(header_of(f"tests/{name}/run"))]
    known = ["unit", "fuzz-replay", *scripts] + (["fuzz"] if options.long else [])
    unknown = [name for name in options.suites if name not in known]
    if unknown:
        sys.exit(f"no such suite: {' '.join(unknown)}; there are: {' '.join(known)}")
    return options.suites or known


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--marked")
    parser.add_argument("suites", nargs="*")
    options = parser.parse_args()
    os.makedirs(LOGS, exist_ok=True)
    env = dict(os.environ, BIHUAN=os.path.abspath(options.binary),
               BIHUAN_BUILD=os.path.abspath(options.build), BIHUAN_LONG=str(int(options.long)))
    special = {"unit": run_unit, "fuzz-replay": run_replay, "fuzz": run_fuzzers}
    total, listed = Count(), listed_skips()
    for name in suites_of(options):
        begun = time.monotonic()
        count = special[name](options, env) if name in special else run_script(name, options, env)
        for skip in count.skips:
            print(f"skip {skip}", flush=True)
            if skip not in listed:
                count.fail(f"{skip} was skipped and is not in tests/skips.txt")
        for failure in count.failures:
            print(f"FAIL {failure}", flush=True)
        print(f"-- {name}: {count.passed} passed, {count.failed} failed, {count.skipped} skipped "
              f"in {time.monotonic() - begun:.1f} s", flush=True)
        total.add(count)
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped", flush=True)
    return 1 if total.failed or not total.passed else 0


sys.exit(main())
