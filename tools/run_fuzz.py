#!/usr/bin/env python3
"""Runs each fuzzer of build/fuzz for some time: run_fuzz.py [SECONDS] [NAME...]

New inputs go to build/fuzz-corpus/<name>/, findings to build/fuzz-findings/<name>-*; a finding, once
mended, is kept in fuzz/corpus/<name>/ and then replayed by every `./dev test`.
"""
import os
import re
import subprocess
import sys

FOLDER = "build/fuzz/fuzz"


def main():
    arguments = sys.argv[1:]
    seconds = int(arguments.pop(0)) if arguments and arguments[0].isdigit() else 60
    found = sorted(f[len("fuzz_"):] for f in (os.listdir(FOLDER) if os.path.isdir(FOLDER) else [])
                   if re.fullmatch(r"fuzz_[a-z0-9_]+", f))
    unknown = [name for name in arguments if name not in found]
    if unknown:
        sys.exit(f"no such fuzzer: {' '.join(unknown)}; there are: {' '.join(found)}")
    passed = failed = 0
    for name in arguments or found:
        new, kept = f"build/fuzz-corpus/{name}", f"fuzz/corpus/{name}"
        os.makedirs(new, exist_ok=True)
        os.makedirs("build/fuzz-findings", exist_ok=True)
        command = [f"{FOLDER}/fuzz_{name}", f"-max_total_time={seconds}", "-timeout=10",
                   "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0",
                   f"-artifact_prefix=build/fuzz-findings/{name}-", new]
        if os.path.isdir(kept):
            command.append(kept)
        run = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        executed = re.search(r"number_of_executed_units: (\d+)", run.stdout)
        if run.returncode == 0 and executed and int(executed.group(1)) > 0:
            passed += 1
            print(f"ok {name}: {executed.group(1)} inputs in {seconds} s", flush=True)
        else:
            failed += 1
            print(f"FAIL {name}: see build/fuzz-findings/", flush=True)
            print("\n".join(run.stdout.splitlines()[-40:]), flush=True)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


sys.exit(main())
