"""What the pages of one gate are drawn with: words, wall clock, name, tones."""

from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.config import ScreenConfig, Site
from kiosk.config_voice import VoiceConfig
from kiosk.screen.files import STATIC
from kiosk.screen.speech import Clips, Voice
from kiosk.screen.view import Panel, Scenery, Sound
from kiosk.screen.words import WallClock, load_words


@dataclass(frozen=True, slots=True)
class Sounds:
    """What of a gate is heard: as it was set, and the clips that there are now."""

    config: VoiceConfig = field(default_factory=VoiceConfig)
    clips: Callable[[], Clips] = dict


def make_voice(sounds: Sounds, scenery: Scenery) -> Voice:
    """Return who decides what a page of this gate says."""
    return Voice(sounds.config, scenery.wall, scenery.words, sounds.clips)


def make_scenery(site: Site, voice: VoiceConfig, screen: ScreenConfig) -> Scenery:
    """Return the scenery of a gate."""
    return Scenery(
        load_words(),
        WallClock.of(site.timezone),
        site.gate,
        Panel(screen.inches, screen.distance_m),
        site.phone,
        _sounds(voice),
        is_practice=site.practice,
    )


def _sounds(voice: VoiceConfig) -> frozenset[str]:
    """Return the tones that can be heard here."""
    there = (s.value for s in Sound if (STATIC / "tones" / f"{s.value}.wav").is_file())
    return frozenset(there) if voice.tones else frozenset()
