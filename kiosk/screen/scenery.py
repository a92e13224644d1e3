"""What the pages of one gate are drawn with: words, wall clock, name, tones."""

from kiosk.config import ScreenConfig, Site
from kiosk.config_voice import VoiceConfig
from kiosk.screen.files import STATIC
from kiosk.screen.view import Panel, Scenery, Sound
from kiosk.screen.words import WallClock, load_words


def make_scenery(site: Site, voice: VoiceConfig, screen: ScreenConfig) -> Scenery:
    """Return the scenery of a gate."""
    return Scenery(
        load_words(),
        WallClock.of(site.timezone),
        site.gate,
        Panel(screen.inches, screen.distance_m),
        site.phone,
        _sounds(voice),
    )


def _sounds(voice: VoiceConfig) -> frozenset[str]:
    """Return the tones that can be heard here."""
    there = (s.value for s in Sound if (STATIC / "tones" / f"{s.value}.wav").is_file())
    return frozenset(there) if voice.tones else frozenset()
