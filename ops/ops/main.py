"""The `footing` command: one table of commands, one file a command, one place where errors become exit codes.

Exit codes: 0 done, 1 the answer is no (a command raises `typer.Exit(1)`), 2 used wrongly, 3 something it needs is not
there (`ops.errors.Missing`), 130 stopped by Ctrl-C.
"""

import logging
import os
import signal
import sys
from importlib import import_module
from typing import NoReturn

import typer

from ops.errors import Missing

# Each name is a module of `ops.commands` that holds a function of that name, or a `typer.Typer` of that name.
COMMANDS = {
    "up": "Start real Kafka and MongoDB.",
    "down": "End what `up` started.",
    "status": "Show how everything stands: parts, services, loops, read models.",
    "board": "Run the operators' board: the same as pages, live.",
    "lag": "Show how far each lane of each loop is behind.",
    "topics": "List the topics, and whether they are set up as the contract wants.",
    "doctor": "Look whether everything is as it must be.",
    "env": "Print connection settings as shell exports.",
    "schemes": "List, show and check the schemes.",
    "check": "Say whether a gate would take a record.",
    "trigger": "Send a sample, good or deliberately wrong, and show what became of it.",
    "contract": "Show the contract; hold it against what was released.",
    "partner": "Keep the registry of partners.",
    "staff": "Keep the registry of staff, who may see live figures.",
    "certify": "Say whether a partner is ready, and what is still to do.",
    "trace": "Say what became of an event, and tell the story of a referral.",
    "erase": "Forget a person.",
    "parked": "See, retry and discard what could not be handled.",
    "pause": "Hold a loop.",
    "resume": "Let a loop go on.",
    "drain": "Bring everything to rest, before maintenance.",
    "audit": "Show what operators did, and why.",
    "rebuild": "Make the read models again from the topics.",
    "verify": "Work the read models out again, and compare.",
    "backup": "Copy the databases as of one moment.",
    "restore": "Bring them back, and apply the erasures since.",
    "release": "Draft, check, publish and withdraw what everybody may read.",
    "demo": "Run everything, and compare the figures with what was published.",
    "simulate": "Let synthetic partners say a scenario.",
}

EXIT_MISSING = 3
EXIT_INTERRUPTED = 130  # as every shell has it


def run() -> None:
    """Entry point of the `footing` command."""
    wanted = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # that nobody answers is said in our own words
    try:
        try:
            build(wanted)(prog_name="footing")
        finally:
            if sys.stdout:  # it is None where it was closed
                sys.stdout.flush()  # while it can still be told that nobody could read it
    except Missing as missing:
        _end(missing.message, missing.hint)
    except BrokenPipeError:  # who reads has read enough
        _let_go_of_output()
        sys.exit(1)
    except KeyboardInterrupt:
        _interrupted()
    except SystemExit as ended:
        if ended.code == EXIT_INTERRUPTED:
            _interrupted()
        raise
    except OSError as error:
        _let_go_of_output()
        about = f": {error.filename}" if error.filename else ""
        _end(f"{error.strerror or type(error).__name__}{about}.", "Look at the disk, and where the output goes to.")
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is left is to tidy up, which takes a moment


def _interrupted() -> NoReturn:
    print("footing: interrupted.", file=sys.stderr)
    sys.exit(EXIT_INTERRUPTED)


def _end(message: str, hint: str) -> NoReturn:
    print(f"footing: {message}\n{hint}", file=sys.stderr)
    sys.exit(EXIT_MISSING)


def _let_go_of_output() -> None:
    """Python tries once more at its end, and would complain in words of its own."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def build(wanted: str | None) -> typer.Typer:
    """Make the application; only the wanted command is imported, so that `footing --help` is quick."""
    app = typer.Typer(
        help="Run Footing, and look after it.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_keep_command_names)
    for name, summary in COMMANDS.items():
        _add(app, name, summary, loaded=name == wanted)
    return app


def _add(app: typer.Typer, name: str, summary: str, *, loaded: bool) -> None:
    if not loaded:
        app.command(name, help=summary)(_not_loaded)
        return
    command = getattr(import_module(f"ops.commands.{name}"), name)
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=name, short_help=summary)
    else:
        app.command(name, short_help=summary)(command)


def _keep_command_names() -> None:
    """Run Footing, and look after it."""


def _not_loaded() -> None:
    """Stand in the list of commands for one that was not asked for."""
