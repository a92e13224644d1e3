"""The resident's page in Debian's Chromium: from a decision to a painted frame, and its cost.

Both pages are open in one browser and take turns: ours, whose server runs in a process of
its own and whose preview runs between the decisions, and one that polls as tutorials do. A
frame counts as painted when the one after the change has begun. With `--minutes` people come
and go all the while, and the memory of the whole browser is looked at.
"""

import itertools
import json
import time
from dataclasses import asdict
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

import click
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from kiosk.bench.screen_far import Ours, Polled, browser_here, ours, polled
from kiosk.bench.screen_memory import browser_process, tree_pss_mb
from kiosk.bench.screen_sheet import draw_sheet
from kiosk.bench.screen_side import own_scripts_bytes, serving
from kiosk.bench.screen_storm import raise_storm

RESULTS = ("pass_in", "expired", "fever", "hold", "therm_down", "look_temp")
TRAFFIC = ("seen", "look_temp", "pass_in", "idle", "idle", "qr_hard closer", "idle", "fever")
GAP_MS, AIM_MS, VISIT_MS = 180, 500, 900
PAINTED = """() => {
  window.painted = [];
  let text = "";
  new MutationObserver(() => {
    const now = document.querySelector("h1").textContent;
    if (now === text) return;
    text = now;
    requestAnimationFrame(() => setTimeout(() => painted.push([now, Date.now()])));
  }).observe(document.querySelector("h1"), { childList: true, subtree: true });
}"""


class Tabs(NamedTuple):
    """The two pages in one browser."""

    mine: Tab
    theirs: Tab


@click.command("screen")
@click.option("--times", type=click.IntRange(4, 2000), default=60, show_default=True)
@click.option("--minutes", type=click.FloatRange(0, 600), default=0.0, show_default=True)
@click.option("--storm", type=click.IntRange(0, 100_000), default=0, show_default=True)
@click.option("--sheet", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
def command(
    *, times: int, minutes: float, storm: int, sheet: Path | None, as_json: bool
) -> None:
    """Measure the resident's page; `--sheet FILE.png` draws all its states and ends.

    `--storm N`: as many event streams come, read one view and vanish.
    """
    if sheet is not None:
        with browser_here() as browser, serving() as side:
            tab = browser.new_page(viewport={"width": 1280, "height": 800})
            click.echo(f"{draw_sheet(tab, side, sheet)} pictures in {sheet}")
        return
    report = _measure(times, minutes)
    if storm:
        with ours() as mine:
            came = raise_storm(int(mine.url.rpartition(":")[2]), storm)
            report["storm"] = asdict(came) | {"server_mb": mine.memory_mb() - mine.before_mb}
    click.echo(json.dumps(report) if as_json else _table(report))


def _measure(times: int, minutes: float) -> dict[str, Any]:
    with ours() as mine:
        with browser_here() as browser:
            report = measure_times(mine, browser, times)
        report["own_scripts_bytes"] = own_scripts_bytes()
        with browser_here() as browser:  # with our page alone
            report["browser_mb"] = _traffic(_open(browser, mine.url), mine, minutes)
        report["server_mb"] = round(mine.memory_mb() - mine.before_mb, 1)
        return report


def measure_times(mine: Ours, browser: Browser, times: int) -> dict[str, Any]:
    """Return how soon results are painted, ours beside those of a page that polls."""
    with polled() as theirs:
        tabs = Tabs(_open(browser, mine.url), _open(browser, theirs.url))
        first_ms = _first_paint_ms(tabs.mine)
        _watch(tabs)
        ours_ms, theirs_ms = _turns(tabs, mine, theirs, times)
        for tab in tabs:
            tab.close()
        return {
            "first_paint_ms": round(first_ms, 1),
            "decision_to_frame_ms": _spread(ours_ms),
            "polling_ms": _spread(theirs_ms),
            "ratio_p50": round(median(ours_ms) / median(theirs_ms), 3),
        }


def _open(browser: Browser, url: str) -> Tab:
    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    tab.goto(url)
    return tab


def _first_paint_ms(tab: Tab) -> float:
    """Return from the server's first answer to the first paint that has something in it."""
    tab.reload()
    tab.wait_for_function("performance.getEntriesByName('first-contentful-paint').length === 1")
    found: float = tab.evaluate(
        """() => performance.getEntriesByName("first-contentful-paint")[0].startTime
        - performance.getEntriesByType("navigation")[0].responseStart"""
    )
    return found


def _watch(tabs: Tabs) -> None:
    tabs.mine.wait_for_function("document.fonts.status === 'loaded'")
    for tab in (tabs.mine, tabs.theirs):
        tab.evaluate(PAINTED)


def _turns(
    tabs: Tabs, mine: Ours, theirs: Polled, times: int
) -> tuple[list[float], list[float]]:
    """Show a result here, then there. Returns milliseconds to the painted frame."""
    ours_ms, theirs_ms = [], []
    for turn in range(times):
        mine.show("idle")
        tabs.mine.wait_for_timeout(AIM_MS + turn * 37 % 100)  # the preview runs
        ours_ms.append(_until_painted(tabs.mine, mine.show(RESULTS[turn % len(RESULTS)])))
        tabs.theirs.wait_for_timeout(GAP_MS + turn * 61 % 100)
        theirs_ms.append(_until_painted(tabs.theirs, theirs.show(f"Pass {turn}")))
    return ours_ms, theirs_ms


def _until_painted(tab: Tab, at_s: float) -> float:
    """Return the milliseconds until the first frame painted after this instant."""
    tab.wait_for_function("at => painted.some(([, when]) => when >= at)", arg=at_s * 1000 - 1)
    whens: list[float] = tab.evaluate("painted.splice(0).map(([, when]) => when)")
    return min(when for when in whens if when >= at_s * 1000 - 1) - at_s * 1000


def _traffic(tab: Tab, mine: Ours, minutes: float) -> list[float]:
    """Let people come and go. Returns the browser's memory after a visit and each minute."""
    browser, samples = browser_process(), list[float]()
    began_s = time.monotonic()
    for turn in itertools.count():
        mine.show(TRAFFIC[turn % len(TRAFFIC)])
        tab.wait_for_timeout(VISIT_MS)
        spent_s = time.monotonic() - began_s
        if turn + 1 >= len(TRAFFIC) and spent_s >= len(samples) * 60:
            samples.append(round(tree_pss_mb(browser), 1))
        if samples and spent_s >= minutes * 60:
            break
    return samples


def _spread(values: list[float]) -> dict[str, float]:
    p95 = quantiles(values, n=20, method="inclusive")[18]
    return {"p50": round(median(values), 1), "p95": round(p95, 1), "max": round(max(values), 1)}


def _table(report: dict[str, Any]) -> str:
    here, there = report["decision_to_frame_ms"], report["polling_ms"]
    memory = report["browser_mb"]
    return "\n".join(
        (
            f"decision to painted frame  {here['p50']} ms p50, {here['p95']} p95",
            f"  a page that polls        {there['p50']} ms p50, {there['p95']} p95",
            f"  ratio of the medians     {report['ratio_p50']}",
            f"first paint                {report['first_paint_ms']} ms after the answer",
            f"own scripts                {report['own_scripts_bytes']} bytes",
            f"server                     {report['server_mb']} MB beyond what the gate has",
            *([f"storm                      {report['storm']}"] if "storm" in report else []),
            f"browser                    {memory[0]} MB, at most {max(memory)}: {memory}",
        )
    )
