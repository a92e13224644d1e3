"""A group whose commands are imported when called: `check` needs no OpenCV, a gate no SQL."""

import importlib
from types import ModuleType

import click

_EXTRA_OF = {"playwright": "test"}  # what else a command may lack comes with `central`
Commands = dict[str, tuple[str, str]]  # name: ("module:attribute", one line of help)


class LazyGroup(click.Group):
    """Give `commands` as a name, where its command is, and its line in the list."""

    def __init__(self, *args: object, lazy: Commands, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # click's own arguments
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*self._lazy, *self.commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, None when there is no such."""
        if cmd_name not in self._lazy:
            return super().get_command(ctx, cmd_name)
        module, _, name = self._lazy[cmd_name][0].partition(":")
        command: click.Command = getattr(_import(module), name or "command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        lines = {name: command.get_short_help_str() for name, command in self.commands.items()}
        lines |= {name: line for name, (_, line) in self._lazy.items()}
        with formatter.section("Commands"):
            formatter.write_dl(sorted(lines.items()))


def _import(module: str) -> ModuleType:
    """Return a module of ours. Raises ClickException for a library that is not installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as exc:
        library = (exc.name or "").partition(".")[0]
        if library in ("", "kiosk"):
            raise
        cure = f"pip install 'gate-kiosk[{_EXTRA_OF.get(library, 'central')}]'"
        raise click.ClickException(f"{library} is not installed here: {cure}") from exc
