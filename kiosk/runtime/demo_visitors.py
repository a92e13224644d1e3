"""`kiosk demo` without a script: the gate stays open for whoever looks at its pages."""

from contextlib import ExitStack

import click
import uvicorn

from kiosk.runtime.demo_children import free_port
from kiosk.runtime.demo_faults import DemoOptions
from kiosk.runtime.demo_page import make_app
from kiosk.runtime.demo_stage import open_stage

PLAY_PORT = 8070


def serve_visitors(options: DemoOptions) -> None:
    """Keep the gate open for whoever looks at its pages, until Ctrl-C."""
    with ExitStack() as opened:
        stage = open_stage(options, opened)
        url, port = stage.site.screen_url, free_port(PLAY_PORT)
        click.echo(
            f"扮演来人 play a resident  http://127.0.0.1:{port}/\n"
            f"住户屏幕 resident page    {url}/\n"
            f"值守屏幕 staff page       {url}/staff\n"
            f"中心     central          {stage.site.central_url}/\n"
            f"文件夹   folder           {stage.site.folder}\n"
            "按 Ctrl-C 结束。Ctrl-C ends it."
        )
        uvicorn.run(make_app(stage), host="127.0.0.1", port=port, log_level="error")
