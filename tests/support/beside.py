"""Something that goes on in a thread while a block runs."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def every(seconds: float, act: Callable[[], object]) -> Iterator[None]:
    """Act again and again until the block ends; what it raises is raised at that end."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(seconds):
            act()

    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(go_on)
        try:
            yield
        finally:
            over.set()
        going.result()
