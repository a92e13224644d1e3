"""The section `voice` of config.yaml: tones, spoken sentences, how loud at what time of day."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_Percent = Annotated[int, Field(ge=0, le=100)]
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


def _minute(typed: object) -> int:
    """Return the minute of the day. YAML reads a bare 20:00 as that number already."""
    if isinstance(typed, int) and not isinstance(typed, bool) and 0 <= typed < 24 * 60:
        return typed
    if (found := _TIME.fullmatch(str(typed))) is None:
        raise ValueError("is a time of day such as '07:00'")
    return int(found[1]) * 60 + int(found[2])


def _is_span(span: str) -> str:
    begins, _, ends = span.partition("-")
    if span and _minute(begins) == _minute(ends):
        raise ValueError("is empty, or two times of day such as 22:00-06:30")
    return span


class VoiceConfig(BaseModel):
    """Sound: tones, spoken sentences, how loud at what time of day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tones: bool = True
    speech: bool = True
    english: bool = False
    folder: str | None = None  # of recorded sentences; None means voice/ of the state directory
    volume: _Percent = 100
    volume_from: Annotated[
        dict[Annotated[int, BeforeValidator(_minute)], _Percent], Field(max_length=12)
    ] = {}  # frozen with the rest
    quiet: Annotated[str, AfterValidator(_is_span)] = "22:00-06:30"
    quiet_volume: _Percent = 30
    announce_every_s: Annotated[int, Field(ge=60, le=86_400)] = 300

    @property
    def quiet_minutes(self) -> tuple[int, int] | None:
        """Return the minutes of the local day at which quiet begins and ends."""
        begins, _, ends = self.quiet.partition("-")
        return (_minute(begins), _minute(ends)) if self.quiet else None
