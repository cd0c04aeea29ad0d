"""`python -m benchmarks.poll`: what 500 browsers cost that watch one running job.

The budget: 50 ms for 95 of 100 answers. What answers is what `make run` starts, on the demo's data, as in production:
two web processes with two threads each, and the worker beside them. A back end reports the job's progress over the API
twice a second; each client has a session and a connection that stays open, asks every 2 s as the page does, and names
the tag that it has. Printed beside it: the processor time of the web processes, and the share of 304.
"""

import argparse
import asyncio
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from threading import Event, Thread
from urllib.parse import urlencode

import psutil

from benchmarks.entitlements import console
from config.variables import ROOT
from tests.config.supervised import Supervised

BUDGET_SECONDS = 0.050
EVERY_SECONDS = 2.0
COME_SECONDS = 10.0
"""Within so long all have opened the page."""
REPORTS_SECONDS = 0.5
TENANT, USERS = "1000000001", ("admin1", "member1")
LIST = "/licences/notifications/"
KEY = re.compile(r"sessionid=(\w+)")
SECURE = {"X-Forwarded-Proto": "https"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    with console() as run, reporting(run, asked.seconds):
        cookies = sessions(run, [log_in(run, user) for user in USERS], asked.clients)
        before = web_seconds(run)
        answers = asyncio.run(watch(run, cookies, asked.clients, asked.seconds))
        return tell(answers, asked.seconds, web_seconds(run) - before)


@contextmanager
def reporting(run: Supervised, seconds: int) -> Iterator[None]:
    """A back end that says how far its job is, for as long as anybody watches."""
    command = ["manage.py", "create_api_token", "--tenant", TENANT, "--source", "https://crm.example"]
    environ = {name: value for name, value in run.environ.items() if value}
    scope = ["--scope", "system-events:write"]
    token = subprocess.check_output([sys.executable, *command, *scope], cwd=ROOT, env=environ, text=True)
    ended = Event()
    reporter = Thread(target=report, args=(int(run.environ["PORT"]), token.splitlines()[-1], seconds, ended))
    reporter.start()
    try:
        yield
    finally:
        ended.set()
        reporter.join()


def report(port: int, token: str, seconds: int, ended: Event) -> None:
    """100 % would be reached some time after the last look."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Host": f"localhost:{port}", "Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    total = int(2 * seconds / REPORTS_SECONDS)
    for seq in range(1, total):
        body = {"status": "running", "seq": seq, "name": "Orders are sent", "done": seq, "total": total}
        connection.request("PUT", "/api/v1/system-events/OrderSync", json.dumps(body), headers | SECURE)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status not in (200, 201):
            raise SystemExit(f"{answer.status}: {said[:300]!r}")
        if ended.wait(REPORTS_SECONDS):
            return


def log_in(run: Supervised, user: str) -> str:
    """The cookie of a new session."""
    port = int(run.environ["PORT"])
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    host = {"Host": f"localhost:{port}", "Referer": f"https://localhost:{port}/login/"} | SECURE
    connection.request("GET", "/login/", headers=host)
    form = connection.getresponse()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.read().decode())
    if token is None:
        raise SystemExit("The login page has no form.")
    body = urlencode({"csrfmiddlewaretoken": token[1], "login": user, "password": "demo"})
    headers = host | {"Cookie": cookies_of(form), "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/login/", body, headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 302:
        raise SystemExit(f"{user} is not let in: {answer.status}")
    return cookies_of(answer)


def sessions(run: Supervised, cookies: list[str], wanted: int) -> list[str]:
    """So many sessions, as the given ones are: each user is logged in many times over."""
    made = [secrets.token_hex(16) for _ in range(wanted)]
    with run.database() as database:
        for number, key in enumerate(made):
            database.execute(
                "INSERT INTO django_session (session_key, session_data, expire_date)"
                " SELECT %s, session_data, expire_date FROM django_session WHERE session_key = %s",
                [key, KEY.search(cookies[number % len(cookies)])[1]],  # type: ignore[index]  # whoever logged in has one
            )
    return [KEY.sub(f"sessionid={key}", cookies[0]) for key in made]


def cookies_of(answer: HTTPResponse) -> str:
    return "; ".join(value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie")


def web_seconds(run: Supervised) -> float:
    """Processor time of the web server's processes so far."""
    processes = psutil.Process(run.process.pid).children(recursive=True)
    web = [process for process in processes if "granian" in " ".join(process.cmdline())]
    return sum(sum(process.cpu_times()[:2]) for process in web)


async def watch(run: Supervised, cookies: list[str], clients: int, seconds: int) -> list[tuple[int, float]]:
    """(status, seconds) of every answer. The clients come one after the other."""
    ends = time.monotonic() + seconds
    port = int(run.environ["PORT"])
    each = [
        poll(port, cookies[number % len(cookies)], COME_SECONDS * number / clients, ends) for number in range(clients)
    ]
    return [answer for answers in await asyncio.gather(*each) for answer in answers]


async def poll(port: int, cookie: str, later: float, ends: float) -> list[tuple[int, float]]:
    """One browser: it asks every 2 s, however long the answer took."""
    await asyncio.sleep(later)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = {"Host": f"localhost:{port}", "Cookie": cookie, "HX-Request": "true", "HX-Target": "events"}
    head |= {"HX-Trigger": "events-poll", "HX-Current-URL": f"https://localhost:{port}{LIST}"} | SECURE
    answers, tag = [], ""
    while (began := time.monotonic()) < ends:
        named = head | ({"If-None-Match": tag} if tag else {})
        lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        writer.write(f"GET {LIST} HTTP/1.1\r\n{lines}\r\n".encode())
        status, tag = await answer_of(reader, tag)
        answers.append((status, time.monotonic() - began))
        await asyncio.sleep(max(0, began + EVERY_SECONDS - time.monotonic()))
    writer.close()
    return answers


async def answer_of(reader: asyncio.StreamReader, tag: str) -> tuple[int, str]:
    """Its status, and the tag to name the next time."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1").split("\r\n")
    headers = {name.lower(): value for name, _colon, value in (line.partition(": ") for line in head[1:])}
    if "chunked" in headers.get("transfer-encoding", ""):
        while (size := int((await reader.readline()).split(b";")[0], 16)) > 0:
            await reader.readexactly(size + 2)
        await reader.readline()
    else:
        await reader.readexactly(int(headers.get("content-length", 0)))
    return int(head[0].split()[1]), headers.get("etag", tag)


def tell(answers: list[tuple[int, float]], seconds: int, processor: float) -> int:
    statuses = Counter(status for status, _ in answers)
    parts = statistics.quantiles([taken for _, taken in answers], n=100)
    p95 = parts[94]
    held = p95 <= BUDGET_SECONDS and statuses.keys() <= {200, 304}
    print(
        f"{len(answers)} answers in {seconds} s, {len(answers) / seconds:.0f} a second: {json.dumps(statuses)}, "
        f"304: {100 * statuses[304] / len(answers):.0f} %; median {1000 * parts[49]:.1f} ms, 99 % "
        f"{1000 * parts[98]:.1f} ms; web processes {processor:.1f} s of processor time, "
        f"{1000 * processor / len(answers):.1f} ms an answer; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print(f"{'holds' if held else 'BROKEN'}: 95 % {1000 * p95:.1f} ms, budget {1000 * BUDGET_SECONDS:.0f} ms")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
