"""Several clients at the same moment."""

import threading
from collections.abc import Callable, Sequence

from flask import Flask

from tests.conftest import Answer, Api

Call = Callable[[Api], Answer]


def at_once(app: Flask, calls: Sequence[tuple[str, Call]]) -> list[Answer]:
    """Run each call with its token in a thread of its own, all let go at the same moment; answers in their order."""
    gate = threading.Barrier(len(calls))
    answers: dict[int, Answer] = {}

    def run(number: int, token: str, call: Call) -> None:
        client = Api(app.test_client(), token)
        gate.wait()
        answers[number] = call(client)

    threads = [threading.Thread(target=run, args=(number, *one)) for number, one in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[number] for number in range(len(calls))]
