"""What staff may send from their page: small JSON of known keys, from our own page alone."""

from typing import Annotated, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import ClientDisconnect, Request

from kiosk.core.words import Source

BODY_BYTES_MAX = 4000  # a visitor's form with every letter escaped
SURE_C = (35.0, 39.9)  # a value outside is questioned once: a slip of the finger, most often
INSTRUMENTS = {
    "wrist": Source.TYPED_WRIST,
    "forehead": Source.TYPED_FOREHEAD,
    "ear": Source.TYPED_EAR,
    "contact": Source.TYPED_CONTACT,
}


class Form(BaseModel):
    """What a page may send: these keys, nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class SignOn(Form):
    """A PIN."""

    pin: Annotated[str, Field(pattern=r"^[0-9]{4,8}$")]


class Typed(Form):
    """A temperature read off an instrument, Celsius with one digit, for the case of a scan."""

    scan_id: Annotated[UUID, Field(strict=False)]
    value: Annotated[str, Field(pattern=r"^(3[0-9]|4[0-3])(\.[0-9])?$")]
    instrument: Literal["wrist", "forehead", "ear", "contact"]
    is_sure: bool = False


class Repeat(Form):
    """A case that is to be measured once more."""

    scan_id: Annotated[UUID, Field(strict=False)]


class Choice(Form):
    """How temperatures are taken from now on."""

    measuring: Literal["by_weather", "typed"]


class LookUp(Form):
    """A part of a name or a door."""

    text: Annotated[str, Field(min_length=1, max_length=40)]


class Who(Form):
    """Somebody of those who were found."""

    ref: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class Check(Form):
    """A field as it stands, to be checked while it is typed."""

    field: Literal[
        "name", "id_number", "phone", "plate", "door", "region", "arrived", "transport"
    ]
    text: Annotated[str, Field(max_length=64)]


class Nothing(Form):
    """No fields."""


F = TypeVar("F", bound=Form)


class Refusal(Exception):
    """What was sent is not taken; `key` names the words for the page, `field` where it is."""

    def __init__(
        self, status: int, key: str, detail: str = "", wait_s: int = 0, *, field: str = ""
    ) -> None:
        super().__init__(key)
        self.status, self.key, self.detail, self.wait_s = status, key, detail, wait_s
        self.field = field

    @property
    def words_key(self) -> str:
        """Return the key of the catalogues: of a field, or of the form."""
        return f"wrong.{self.key}" if self.field else f"desk.{self.key}"


async def read_form(request: Request, form: type[F]) -> F:
    """Return what our own page sent. Raises Refusal for anything else."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Refusal(415, "not_understood", "not JSON")
    if not _is_our_page(request):
        raise Refusal(403, "not_our_page")
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_BYTES_MAX:
                raise Refusal(413, "not_understood", f"over {BODY_BYTES_MAX} bytes")
    except ClientDisconnect as exc:
        raise Refusal(400, "not_understood", "cut off") from exc
    try:
        return form.model_validate_json(body)
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "body"
        raise Refusal(400, "not_understood", place) from exc


def _is_our_page(request: Request) -> bool:
    """Whether no other site's page made a browser send this.

    Source: Fetch Metadata (W3C), and the Origin header of RFC 6454.
    """
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("origin")
    return origin is None or origin == f"{request.url.scheme}://{request.headers['host']}"
