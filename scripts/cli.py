"""The command line. A command's module is imported only when the command is asked for, so that help comes at once."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec

import typer
from typer.core import TyperCommand, TyperGroup

from scripts.terminal import UNUSABLE, commands, fail, one_line

#: Name of the command, and the module whose ``app`` (a typer.Typer) it is. One that is not there is not offered.
COMMANDS: Mapping[str, str] = {
    "up": "scripts.commands.up",
    "down": "scripts.commands.down",
    "demo": "scripts.commands.demo",
    "doctor": "scripts.commands.doctor",
    "migrate": "scripts.commands.migrate",
    "api": "scripts.commands.api",
    "projector": "scripts.commands.projector",
    "worker": "scripts.commands.worker",
    "clock": "scripts.commands.clock",
    "import-fhir": "scripts.commands.import_fhir",
    "replay": "scripts.commands.replay",
    "audit": "scripts.commands.audit",
    "chart": "scripts.commands.chart",
    "erase": "scripts.commands.erase",
    "export": "scripts.commands.export",
    "rebuild": "scripts.commands.rebuild",
    "events": "scripts.commands.events",
    "effects": "scripts.commands.effects",
    "keys": "scripts.commands.keys",
    "deid": "scripts.commands.deid",
    "organization": "scripts.commands.organization",
    "notices": "scripts.commands.notices",
    "token": "scripts.commands.token",
    "bench": "scripts.commands.bench",
}


class Commands(TyperGroup):
    """Finds commands by the table above."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # typer hides its base type
        """Name the commands whose module is there."""
        return [name for name, module in COMMANDS.items() if find_spec(module)]

    def get_command(self, ctx: typer.Context, cmd_name: str) -> TyperCommand | TyperGroup | None:  # type: ignore[override]
        """Import the command's module and return its command; None for an unknown one."""
        module = COMMANDS.get(cmd_name)
        if module is None or find_spec(module) is None:
            return None
        command = typer.main.get_command(import_module(module).app)
        assert isinstance(command, TyperCommand | TyperGroup)
        command.name = cmd_name
        return command


app = commands()


@app.callback(cls=Commands, no_args_is_help=True, epilog="Example:\n\n    caretrail up")
def caretrail() -> None:
    """Caretrail: the system of record behind a care business.

    Every command has --help with an example.
    """


def main() -> None:
    """Run the command line; what a person can mend is said in one line, the rest is a defect and shows where."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from adapters.embedded.ground import ServerFailed
    from adapters.privacy.journal import CannotServe
    from adapters.settings import Misconfigured, WrongSettings, complaint

    try:
        app(prog_name="caretrail")
    except WrongSettings as error:
        raise SystemExit(fail(str(error), UNUSABLE).exit_code) from None
    except (ServerFailed, CannotServe, Misconfigured) as error:
        raise SystemExit(fail(one_line(error), UNUSABLE).exit_code) from None
    except (ValidationError, SettingsError) as error:
        raise SystemExit(fail(complaint(error), UNUSABLE).exit_code) from None


if __name__ == "__main__":
    main()
