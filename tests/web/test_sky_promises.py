"""What the sky promises: a first picture in a second, no long frames, bounded memory."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.scale import FULL, SCALE, scaled
from tests.web.page import Page
from tests.web.sky_views import WHOLE_S, settled
from tests.web.tasks import traced_tasks

Record = Callable[[str, object], None]

FIRST_PICTURE_MS = 1000.0
OTHER_PAGES = 4.0
"""How many times as long the sky may take as a page without anything, on a machine that is busy."""
FRAME_MS = 100.0
POINTS = 10_000
MOST_TILES = 320
MOST_HEAP_MB = 60.0
"""Of JavaScript's objects; tiles are beside it."""

WATCH = """
window.firstSeen = {};
const note = (name, is) => { if (is && !(name in firstSeen)) firstSeen[name] = performance.now(); };
new MutationObserver(() => {
  note('heading', document.querySelector('main h1'));
  note('picture', document.querySelector('.survey-canvas')?.dataset.missing === '0');
}).observe(document, {subtree: true, childList: true, attributeFilter: ['data-missing']});
"""
"""Notes when a page has its heading, and the sky all tiles of its view [ms]."""

DRAG = """
const [frames, done] = arguments, canvas = document.querySelector('.survey-canvas');
const edge = canvas.getBoundingClientRect(), took = [];
let before = performance.now(), x = edge.left + edge.width / 2, y = edge.top + edge.height / 2;
canvas.setPointerCapture = () => undefined;  // there is no such pointer
const send = type => canvas.dispatchEvent(new PointerEvent(
  type, {pointerId: 1, pointerType: 'mouse', clientX: x, clientY: y, bubbles: true}));
send('pointerdown');
const step = now => {
  took.push(now - before);
  before = now;
  const turn = took.length % 60;
  x += turn < 15 || turn >= 45 ? 9 : -9;
  y += turn < 30 ? 3 : -3;
  send('pointermove');
  if (took.length < frames) return requestAnimationFrame(step);
  send('pointerup');
  done(took.slice(1));
};
requestAnimationFrame(step);
"""
"""Drags the sky there and back by a step each frame, and gives the times between frames [ms]."""


def seen_after(page: Page, path: str, name: str) -> float:
    """Open a page anew and say when something of it was first seen [ms]."""
    page.driver.get(f"{page.origin}/app/cutout/{path}")
    page.until(f"'{name}' in firstSeen", WHOLE_S)
    return float(page.js("return firstSeen[arguments[0]]", name))


def test_the_first_picture_of_the_whole_map_comes_within_a_second_when_warm(
    sky: Page, record_testsuite_property: Record
) -> None:
    script = sky.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    try:
        other = min(seen_after(sky, "nothing", "heading") for _ in range(3))
        most = max(FIRST_PICTURE_MS, OTHER_PAGES * other)
        pictures: list[float] = []
        while len(pictures) < scaled(1, 20) or (min(pictures) > most and len(pictures) < 10):
            pictures.append(seen_after(sky, "sky", "picture"))
    finally:
        sky.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
    record_testsuite_property("first_picture_ms", round(float(np.median(pictures))))
    record_testsuite_property("page_without_anything_ms", round(other))
    assert min(pictures) <= most, (pictures, other)
    if SCALE >= 5:
        assert np.median(pictures) <= FIRST_PICTURE_MS, (pictures, other)


def lay_points_over(page: Page, folder: Path) -> None:
    """Lay a table over the sky that covers most of the map, and wait until it is drawn."""
    of = np.random.default_rng(20)
    ra, dec = of.uniform(-4.5, 4.5, POINTS) % 360, of.uniform(-59.5, -52.5, POINTS)
    rows = "".join(f"o{n},{ra[n]:.5f},{dec[n]:.5f}\n" for n in range(POINTS))
    table = folder / "many.csv"
    table.write_text(f"name,ra,dec\n{rows}")
    page.upload(table)
    page.until_text("10,000 objects")
    settled(page)


def test_no_frame_takes_long_while_it_is_dragged_under_ten_thousand_points(
    sky: Page, tmp_path: Path, record_testsuite_property: Record
) -> None:
    plain = sky.pixels(".survey-canvas")
    lay_points_over(sky, tmp_path)
    dotted = sky.pixels(".survey-canvas")
    assert np.mean((plain != dotted).any(axis=2)) > 0.1
    with traced_tasks(sky.driver) as tasks:
        frames: list[float] = sky.driver.execute_async_script(DRAG, scaled(90, 930))
    settled(sky)
    assert np.mean((sky.pixels(".survey-canvas") != dotted).any(axis=2)) > 0.1
    record_testsuite_property("points_frame_p50_ms", round(float(np.median(frames)), 1))
    record_testsuite_property("points_frame_most_ms", round(max(frames), 1))
    record_testsuite_property("points_task_most_ms", round(max(tasks), 1))
    # Processor's time holds on a machine that others share; the time between frames on a quiet one.
    assert max(tasks) < FRAME_MS
    if SCALE >= FULL:
        assert max(frames) <= FRAME_MS, sorted(frames)[-5:]


def held(page: Page, kind: str, counted: str) -> int:
    """Count by a function what the page still holds of a kind, after its garbage was collected."""
    cdp = page.driver.execute_cdp_cmd
    found = cdp("Runtime.evaluate", {"expression": f"{kind}.prototype"})["result"]
    objects = cdp("Runtime.queryObjects", {"prototypeObjectId": found["objectId"]})["objects"]
    function = f"function () {{ return ({counted})(this); }}"
    place = {"objectId": objects["objectId"]}
    count = cdp(
        "Runtime.callFunctionOn",
        {**place, "functionDeclaration": function, "returnByValue": True},
    )
    cdp("Runtime.releaseObject", place)
    return int(count["result"]["value"])


TILES = (
    "maps => maps.flatMap(each => [...each.values()])"
    ".filter(each => each?.values instanceof Float32Array).length"
)
PICTURES = "canvases => canvases.filter(each => each.width === 256).length"


WANDER = """
const [keys, chance] = arguments, canvas = document.querySelector('.survey-canvas');
for (const key of keys) canvas.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
const anyOf = list => list[Math.floor(chance * 1e6) % list.length];
if (chance < 0.15) anyOf(document.querySelectorAll('.survey-controls input[type=radio]')).click();
else if (chance < 0.3) {
  // The first two choose the map, and its values or its weights.
  const select = document.querySelectorAll('.survey-controls select')[chance < 0.22 ? 0 : 1];
  const value = anyOf(select.options).value;
  Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set.call(select, value);
  select.dispatchEvent(new Event('change', {bubbles: true}));
}
"""


def wander(page: Page, seconds: float, of: random.Random) -> None:
    """Move, enlarge, and change map, band and plane, as fast as the page follows."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        keys = of.choices(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], k=12)
        keys[of.randrange(12)] = of.choice("++++--0")
        page.js(WANDER, keys, of.random())


def used_mb(page: Page) -> tuple[float, float]:
    """Memory of the page's objects, and of the values that they refer to [MB]."""
    page.driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
    usage: dict[str, Any] = page.driver.execute_cdp_cmd("Runtime.getHeapUsage", {})
    return usage["usedSize"] / 1e6, usage["backingStorageSize"] / 1e6


def test_wandering_over_the_sky_for_long_leaves_its_memory_bounded(
    sky: Page, record_testsuite_property: Record
) -> None:
    of, seconds = random.Random(20), scaled(6, 600)
    sky.js(
        "window.tilesCame = 0; new PerformanceObserver(list => { tilesCame += list.getEntries()"
        ".filter(each => each.name.includes('PLANE=')).length; }).observe({type: 'resource'})"
    )
    wander(sky, seconds / 3, of)
    early = used_mb(sky)
    wander(sky, seconds * 2 / 3, of)
    settled(sky)
    late = used_mb(sky)
    tiles = held(sky, "Map", TILES)
    pictures = held(sky, "HTMLCanvasElement", PICTURES)
    for name, value in {"tiles_came": sky.js("return tilesCame"), "tiles_held": tiles}.items():
        record_testsuite_property(name, value)
    record_testsuite_property("sky_heap_mb", [round(each) for each in (*early, *late)])
    assert 0 < tiles <= MOST_TILES
    if SCALE >= FULL:
        assert tiles > MOST_TILES / 2
    assert pictures <= MOST_TILES
    assert late[0] < MOST_HEAP_MB
    if SCALE >= FULL:
        assert late[0] - early[0] < 10
        assert late[1] - early[1] < 10
    assert late[1] < MOST_TILES * 0.27 + 10
