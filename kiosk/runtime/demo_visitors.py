"""`kiosk demo` without a script: the gate stays open for whoever looks at its pages."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import click
import uvicorn

from kiosk.runtime.demo_faults import DemoOptions
from kiosk.runtime.demo_page import DemoPage
from kiosk.runtime.demo_visited import Visited, open_visited
from kiosk.screen.serving import settings


def serve_visitors(options: DemoOptions) -> None:
    """Keep the gate open for whoever looks at its pages, until Ctrl-C."""
    with ExitStack() as opened:
        click.echo("正在搭建练习用的门岗…… Setting up the practice gate…")
        visited = open_visited(replace(options, pace=1.0), opened)
        click.echo(_addresses(visited))
        server = uvicorn.Server(settings(visited.page.app()))
        opened.callback(visited.page.close)
        with _ending(server, visited.page):
            server.run(sockets=[visited.listener])


def _addresses(visited: Visited) -> str:
    site = visited.stage.site
    return (
        f"演示页   demo page        {visited.url}\n"
        "  从这里开始：扮演住户，看每个部件 Start here: play a resident, see each part\n"
        f"住户屏幕 resident page    {site.screen_url}/\n"
        "  门口那块屏幕，来人看的就是它 The screen at the gate, for whoever comes\n"
        f"值守屏幕 staff page       {site.screen_url}/staff\n"
        "  志愿者用的，用密码 2468 签到 For the volunteer; sign on with PIN 2468\n"
        f"中心     central          {site.central_url}/\n"
        "  各个门的登记都传到这里 Where the entries of all gates arrive\n"
        f"文件夹   folder           {site.folder}\n"
        "  练习用的密钥、登记和日志都在里面 Keys, journal and logs, for practice only\n"
        "按 Ctrl-C 结束。Ctrl-C ends it."
    )


@contextmanager
def _ending(server: uvicorn.Server, page: DemoPage) -> Iterator[None]:
    """End the streams as soon as the server is to stop: it waits for them."""
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(0.1):
            if server.should_exit:
                page.close()
                return

    thread = threading.Thread(target=look, name="ending", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join(1.0)
