"""`python -m bench.bulk`: service notifications against a platform that takes 50 ms for each, three ways in one run."""

import asyncio
import json
import multiprocessing
import socket
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import aiohttp
import click

from backend.core.clock import system_clock
from backend.core.settings import load_settings
from backend.wechat.gateway import Gateway
from backend.wechat.line import CONCURRENCY
from backend.wechat.miniprogram import SubscribeMessage
from bench.stage import scratch

TAKES_S = 0.05
THREADS = 64  # more threads make `requests` slower, not faster
SEND = "/wx/cgi-bin/message/subscribe/send"
ANSWER = json.dumps({"errcode": 0, "errmsg": "ok", "msgid": 1}).encode()
TOKEN = json.dumps({"access_token": "t" * 130, "expires_in": 7200}).encode()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A platform reduced to its slowness."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
            await reader.readexactly(length)
            is_token = b"stable_token" in head.split(b"\r\n", 1)[0]
            if not is_token:
                await asyncio.sleep(TAKES_S)
            body = TOKEN if is_token else ANSWER
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
            writer.write(body)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _run_stub(listener: socket.socket) -> None:
    async def main() -> None:
        server = await asyncio.start_server(_serve, sock=listener, backlog=1024)
        await server.serve_forever()

    asyncio.run(main())


@contextmanager
def slow_platform() -> Iterator[str]:
    """The base URL of a platform that takes TAKES_S for every message."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    process = multiprocessing.Process(target=_run_stub, args=(listener,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/wx"
    finally:
        process.terminate()
        process.join()
        listener.close()


def through_requests(gateway: Gateway, messages: Sequence[SubscribeMessage]) -> None:
    """One call each, as wechatpy does it, over the best number of threads."""
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(gateway.miniprogram.send_subscribe_message, messages))


def through_bulk(gateway: Gateway, messages: Sequence[SubscribeMessage]) -> None:
    """The bulk sender."""
    taken = sum(isinstance(fate, str) for part in gateway.bulk.send(messages) for _, fate in part)
    if taken != len(messages):
        raise click.ClickException(f"only {taken} of {len(messages)} were taken")


def through_bare_aiohttp(gateway: Gateway, messages: Sequence[SubscribeMessage]) -> None:
    """The floor: aiohttp without anything around it."""
    url = gateway.miniprogram.base_url.removesuffix("/wx") + SEND
    bodies = iter([json.dumps(message.body()) for message in messages])

    async def work(session: aiohttp.ClientSession) -> None:
        for body in bodies:
            async with session.post(url, data=body) as response:
                await response.read()

    async def main() -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONCURRENCY)) as session:
            await asyncio.gather(*(work(session) for _ in range(CONCURRENCY)))

    asyncio.run(main())


WAYS: dict[str, Callable[[Gateway, Sequence[SubscribeMessage]], None]] = {
    "requests": through_requests,
    "bulk sender": through_bulk,
    "bare aiohttp": through_bare_aiohttp,
}


@click.command()
@click.option("--messages", "count", default=4_000, show_default=True)
@click.option("--rounds", default=5, show_default=True)
def main(count: int, rounds: int) -> None:
    """Messages a second, medians of interleaved rounds, and their ratios round by round."""
    data = {"thing1": "主题党日", "time2": "2026年11月29日 08:00", "thing3": "会议室"}
    messages = [SubscribeMessage(f"o-{number}", "t" * 43, data, "pages/activity/detail") for number in range(count)]
    with scratch("sqlite") as (environ, _folder), slow_platform() as url:
        gateway = Gateway(replace(load_settings(environ), wechat_api_url=url), system_clock)
        gateway.miniprogram.client.tokens.token()
        rates: dict[str, list[float]] = {name: [] for name in WAYS}
        for number in range(rounds + 1):
            for name, send in WAYS.items():
                started = time.perf_counter()
                send(gateway, messages)
                if number:
                    rates[name].append(count / (time.perf_counter() - started))
    for name, found in rates.items():
        ratios = [
            statistics.median(one / other for one, other in zip(found, rates[base], strict=True))
            for base in ("requests", "bare aiohttp")
        ]
        click.echo(
            f"{name:<13}{statistics.median(found):>7.0f} /s   × requests {ratios[0]:.2f}   × aiohttp {ratios[1]:.2f}"
        )


if __name__ == "__main__":
    main()
