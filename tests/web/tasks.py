"""How long the main thread of a page is at one thing: meanwhile the page stands still."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
import websocket
from selenium import webdriver

_CATEGORIES = ("toplevel", "__metadata")


@contextmanager
def traced_tasks(driver: webdriver.Chrome) -> Iterator[list[float]]:
    """Trace what a browser does; the list holds the tasks of its pages [ms] in the end.

    Measured is the processor's time: on a busy machine tasks take longer, which says
    nothing about the page.
    """
    tasks: list[float] = []
    address = driver.capabilities["goog:chromeOptions"]["debuggerAddress"]
    version = requests.get(f"http://{address}/json/version", timeout=30).json()
    browser = websocket.create_connection(
        version["webSocketDebuggerUrl"], suppress_origin=True, timeout=120
    )
    try:
        config = {"includedCategories": list(_CATEGORIES), "excludedCategories": ["*"]}
        browser.send(
            json.dumps({"id": 1, "method": "Tracing.start", "params": {"traceConfig": config}})
        )
        _until(browser, lambda each: each.get("id") == 1)
        yield tasks
        browser.send(json.dumps({"id": 2, "method": "Tracing.end"}))
        messages = _until(browser, lambda each: each.get("method") == "Tracing.tracingComplete")
    finally:
        browser.close()
    events = [
        event
        for each in messages
        if each.get("method") == "Tracing.dataCollected"
        for event in each["params"]["value"]
    ]
    pages = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks += [
        event["tdur"] / 1000
        for event in events
        if event["ph"] == "X" and "tdur" in event and (event["pid"], event["tid"]) in pages
    ]


def _until(browser: Any, is_last: Any) -> list[dict[str, Any]]:
    """Read messages until the last one that is waited for."""
    messages: list[dict[str, Any]] = []
    while not messages or not is_last(messages[-1]):
        messages.append(json.loads(browser.recv()))
    return messages
