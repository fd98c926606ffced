"""``python -m tests.web.pictures``: pictures of every page, for the user guide.

Taken on a stack of their own with simulated maps, light, dark and narrow, and
reduced to palettes so that they stay small.
"""

import io
import tempfile
import time
from pathlib import Path

from PIL import Image

from sptjobs.stack.running import running_stack
from tests.support.chromium import chromium
from tests.support.service import Service, grid_of_targets
from tests.web.page import Page

FOLDER = Path(__file__).parents[2] / "docs/pictures"
TABLE = (
    "OBJID,RA,DEC\nSPT-CLJ0000-5748,0.2499,-57.8066\nSPT-CLJ0001-5440,0.4150,-54.6711\nfar,120,20\n"
)
SERVERS_OWN = {"start": "", "reference": "docs", "reference-operation": "docs/jobs#createJob"}
LOOKS = {"light": ("light", 1300, 900), "dark": ("dark", 1300, 900), "narrow": ("light", 390, 844)}


def main() -> None:
    """Take all pictures anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_stack(Path(folder) / "stack") as stack:
        service = Service.of(stack)
        pages = _pages(service)
        with chromium(Path(folder) / "profile") as browser:
            page = Page(browser, stack.url)
            page.sign_in("demo", stack.password("demo"))
            for look, (scheme, width, height) in LOOKS.items():
                page.size(width, height)
                page.begin_anew()
                page.colours(scheme)
                for name, path in pages.items():
                    _take(page, name, path, look)
                page.prefer(scheme)
                for name, path in SERVERS_OWN.items():
                    page.driver.get(f"{stack.url}/{path}")
                    _keep(page, name, look)


def _pages(service: Service) -> dict[str, str]:
    looked_at = service.create(
        {"positions": TABLE, "products": ["fits", "preview"], "runid": "two clusters"}
    )
    service.wait_final(looked_at)
    many = service.create({"positions": grid_of_targets(300), "runid": "survey of 300"})
    service.wait_final(many)
    curves = service.create(
        {"positions": TABLE, "products": ["lightcurve"], "date_start": "2020-01-01"}
    )
    service.wait_final(curves)
    job = looked_at.rpartition("/")[2]
    return {
        "new-job": "",
        "look": "look?pos=0.2499+-57.8066&size=15",
        "sky": "sky?ra=0.6&dec=-57.2&scale=0.25",
        "jobs": "jobs",
        "job-previews": f"jobs/{job}",
        "light-curves": f"jobs/{curves.rpartition('/')[2]}",
        "job-targets": f"jobs/{job}?tab=targets",
        "job-download": f"jobs/{job}?tab=download",
        "job-request": f"jobs/{job}?tab=request",
        "job-history": f"jobs/{job}?tab=history",
        "account": "account",
    }


def _take(page: Page, name: str, path: str, look: str) -> None:
    page.open(path)
    if name == "new-job":
        page.paste(TABLE)
        page.until_text("about", 60)
    if name == "look":
        page.until("document.querySelector('.look-stamp')", 60)
    if name == "sky":
        page.until("document.querySelector('.survey-canvas')?.dataset.missing === '0'", 60)
    if name == "light-curves":
        page.until("document.querySelector('.preview-name button')")
        page.press("Light curves")
        page.until("document.querySelector('.curve-plot')")
    page.until("document.querySelector('.loading') === null")
    _keep(page, name, look)


def _keep(page: Page, name: str, look: str) -> None:
    time.sleep(1)
    picture = Image.open(io.BytesIO(page.driver.get_screenshot_as_png())).convert("RGB")
    # Rare colours, such as those of a few marks, must not be averaged away.
    reduced = picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    reduced.save(FOLDER / f"{name}-{look}.png", optimize=True)


if __name__ == "__main__":
    main()
