"""A demo for visitors, set up: the gate, the world around it, the page."""

import socket
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace

from kiosk.runtime.demo_children import free_port
from kiosk.runtime.demo_faults import DemoOptions
from kiosk.runtime.demo_page import DemoPage
from kiosk.runtime.demo_play import Playground
from kiosk.runtime.demo_stage import Stage, open_stage
from kiosk.runtime.demo_takes import Takes
from kiosk.runtime.demo_watch import Watch
from kiosk.runtime.demo_world import WorldKeeper
from kiosk.screen.serving import listen

PLAY_PORT = 8070


@dataclass(frozen=True, slots=True)
class Visited:
    """A demo that visitors play with, and where its page is."""

    stage: Stage
    world: WorldKeeper
    play: Playground
    watch: Watch
    page: DemoPage
    url: str
    listener: socket.socket


def open_visited(options: DemoOptions, opened: ExitStack) -> Visited:
    """Set up a demo for visitors; `opened` takes it down. Raises KioskError."""
    options = replace(options, is_played=True)
    port = free_port(PLAY_PORT)
    listener = opened.enter_context(closing(listen("127.0.0.1", port, name="demo")))
    stage = open_stage(options, opened)
    world = WorldKeeper(stage)
    play = opened.enter_context(closing(Playground(stage, world, seed=options.seed)))
    watch = opened.enter_context(closing(Watch(stage, world, play)))
    page = DemoPage(Takes(world, play, watch.entries), watch)
    return Visited(stage, world, play, watch, page, f"http://127.0.0.1:{port}/", listener)
